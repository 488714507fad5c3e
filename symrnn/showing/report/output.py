"""A page -> a file: LaTeX, PDF where a TeX is found, or HTML."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from symrnn.judging.judgement import Report
from symrnn.judging.shared import bound_together
from symrnn.language.errors import InputError
from symrnn.language.saving import check_target, save
from symrnn.showing.report import errata, html, markdown, typeset
from symrnn.showing.report.page import Page
from symrnn.showing.report.pages import page_of

#: Long enough for a large document on a slow machine.
_SECONDS = 180
#: The ending with which a report becomes a list of errata, and any other page Markdown.
ERRATA = ".md"
_INSTALL = "install texlive-latex-base, texlive-latex-recommended and texlive-pictures (Debian), or tectonic, for a PDF"


def write_page(page: Page, path: Path) -> str:
    """Write a page as its ending says, and return a line that tells what was written.

    Raises:
        InputError: the ending is none of .tex, .pdf, .html and .md, the file cannot be written, or TeX fails or is missing.
    """
    check_output(path)
    suffix = path.suffix.lower()
    return _WRITERS[suffix](page, path)


def write_report(reports: Sequence[Report], path: Path, short: bool = False) -> str:
    """Write reports as one page, or as a list of errata, as its ending says; as `write_page` otherwise. `short` is as in `page_of`."""
    if path.suffix.lower() != ERRATA:
        return write_page(page_of(reports[0] if len(reports) == 1 else bound_together(reports), short), path)
    save(path, errata.render(reports).encode())
    return f"wrote {path}"


def check_output(path: Path, *inputs: str | Path) -> None:
    """Raises InputError where a page cannot be written, before any work is done for it."""
    if path.suffix.lower() not in _WRITERS:
        *most, last = _WRITERS
        raise InputError(f"{path}: give an output that ends in {', '.join(most)} or {last}")
    check_target(path, *inputs)


def _write_tex(page: Page, path: Path) -> str:
    for picture in page.pictures:
        save(path.with_name(typeset.picture_file(picture)), picture.pdf)
    save(path, typeset.render(page).encode())
    return " and ".join([f"wrote {path}", *(str(path.with_name(typeset.picture_file(p))) for p in page.pictures)])


def _write_html(page: Page, path: Path) -> str:
    save(path, html.render(page).encode())
    return f"wrote {path}"


def _write_markdown(page: Page, path: Path) -> str:
    save(path, markdown.render(page).encode())
    return f"wrote {path}"


def _write_pdf(page: Page, path: Path) -> str:
    command = tex_command()
    if command is None:
        written = _write_tex(page, path.with_suffix(".tex"))
        raise InputError(f"{path}: not made, for there is no latexmk, pdflatex or tectonic ({written}); {_INSTALL}")
    save(path, compiled(page, command))
    return f"wrote {path}"


_WRITERS: Mapping[str, Callable[[Page, Path], str]] = {
    ".tex": _write_tex,
    ".pdf": _write_pdf,
    ".html": _write_html,
    ".md": _write_markdown,
}


def tex_command() -> list[str] | None:
    """How to make a PDF from ``page.tex`` here; None without a TeX.

    No shell commands for TeX, and no files outside its folder.
    """
    safe = ["-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape"]
    if shutil.which("latexmk"):
        return ["latexmk", "-norc", "-pdf", *safe, "page.tex"]
    if shutil.which("pdflatex"):
        return ["pdflatex", *safe, "page.tex"]
    if shutil.which("tectonic"):
        return ["tectonic", "--untrusted", "page.tex"]
    return None


def compiled(page: Page, command: list[str]) -> bytes:
    """The PDF of a page. Raises InputError when TeX fails."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _write_tex(page, place / "page.tex")
        # The second run knows where the links lead to; latexmk and tectonic repeat by themselves.
        for _ in range(2 if command[0] == "pdflatex" else 1):
            _run(command, place)
        return (place / "page.pdf").read_bytes()


def _run(command: list[str], place: Path) -> None:
    # Nothing of the clock may get into the file: the same input gives the same bytes.
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": "0",
        "FORCE_SOURCE_DATE": "1",
        "openout_any": "p",
        "openin_any": "p",
    }
    try:
        done = subprocess.run(
            command,
            cwd=place,
            env=environment,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"{command[0]} did not finish within {_SECONDS} seconds; write a .tex file instead") from None
    if done.returncode:
        raise InputError(f"{command[0]} failed: {_complaint(done.stdout.decode(errors='replace'))}; write a .tex file instead")


def _complaint(log: str) -> str:
    lines = [line for line in log.splitlines() if line.startswith(("!", "l.", "error"))]
    return " ".join(lines[:2]) or "no reason was given"
