"""A check that is made again whenever one of its files changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name

from symrnn.app.outcome import UNUSABLE, Output, print_whole, say
from symrnn.judging.judgement import Options, Report
from symrnn.judging.kept.live import Live
from symrnn.language.errors import InputError
from symrnn.reading.document import SUFFIXES, Document

Judge = Callable[[Document], Report]


def watched(files: Sequence[str], options: Options, once: Callable[[Judge], Output]) -> Output:
    """Prints a check and each one after a change, until it is interrupted. What an edit does not touch is not judged again.

    Raises InputError where there is nothing to watch.
    """
    if not files or "-" in files:
        raise InputError("--watch needs files or folders to watch; name them")
    if find_spec("watchfiles") is None:
        raise InputError("--watch needs watchfiles; install it with: pip install 'symrnn[server]'")
    lives: dict[str, Live] = {}
    folders = {str(path if path.is_dir() else path.parent) for path in map(Path, files)}

    def judge(document: Document) -> Report:
        return lives.setdefault(document.name, Live(options)).check(document)

    def again() -> int:
        try:
            output = once(judge)
        except InputError as error:
            say(str(error))
            return UNUSABLE
        print_whole(output.text)
        return output.status

    status = again()
    for changes in resolve_name("watchfiles:watch")(*folders, raise_interrupt=False):
        if any(Path(name).suffix.lower() in SUFFIXES for _, name in changes):
            status = again()
    return Output("", status)
