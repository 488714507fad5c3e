"""Work that may take so much time and memory, and no more."""

from __future__ import annotations

import os
import resource
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

#: CPU seconds that one document may cost, and the memory in kilobytes beside the 100 MB of the program itself: 500 MB in all.
SECONDS, KILOBYTES = 10, 400 * 1024


class Hangs(Exception):
    """A document took more than its CPU seconds."""


@contextmanager
def in_time(seconds: float = SECONDS) -> Iterator[None]:
    """Raises Hangs where the work goes on after so many seconds of CPU."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise Hangs(f"more than {seconds} s of CPU")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def apart(work: Callable[[], object], seconds: float = SECONDS, kilobytes: int = KILOBYTES) -> str:
    """What went wrong with some work, done in a process of its own: a traceback, too much time, too much memory, or nothing."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os._exit(_work(work, writer, seconds, kilobytes))
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        said = pipe.read()
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return said or (f"ended by {ended}" if ended else "")


def _work(work: Callable[[], object], writer: int, seconds: float, kilobytes: int) -> int:
    """Works and writes down what went wrong; what the process it comes from had in memory does not count."""
    before = _memory()
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with in_time(seconds):
            work()
        grown = _memory() - before
        said = f"{grown // 1024} MB of memory" if grown > kilobytes else ""
    except BaseException:
        said = traceback.format_exc()
    os.write(writer, said.encode())
    return 0


def _memory() -> int:
    """The most memory this process has had since it began, in kilobytes; a forked one begins with that of its parent."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
