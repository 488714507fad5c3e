"""Work that may take so much time and memory, and no more."""

from __future__ import annotations

import os
import resource
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

#: CPU seconds, and the memory in kilobytes, that one document may cost.
SECONDS, KILOBYTES = 10, 500 * 1024


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
        _work(work, writer, seconds)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        said = pipe.read()
    _, status, used = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status):
        return said or f"ended by {os.waitstatus_to_exitcode(status)}"
    grown = used.ru_maxrss
    return f"{grown // 1024} MB of memory" if grown > kilobytes else ""


def _work(work: Callable[[], object], writer: int, seconds: float) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with in_time(seconds):
            work()
        os._exit(0)
    except BaseException:
        os.write(writer, traceback.format_exc().encode())
        os._exit(1)
