"""The page of rules, written from their table: `python tests/rules_page.py`."""

from __future__ import annotations

from collections.abc import Iterator

from places import ROOT

from symrnn.judging.mistakes import CONVENTION, MATHEMATICS, NOTATION, OTHER, RULES

PAGE = ROOT / "derivations" / "rules.md"
_KINDS = {
    NOTATION: "An edit of notation mends it: the equation is a *slip*.",
    CONVENTION: "A change of convention mends it: the equation is *wrong*.",
    MATHEMATICS: "A change of the mathematics mends it: the equation is *wrong*.",
    OTHER: "What no edit mends, and what else an author should look at.",
}


def page() -> str:
    """The page as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Rules"
    yield ""
    yield "Each finding names the rules that it breaks: `notes.md:13:4: wrong[reversed-order] …`. `--select` and `--ignore` take codes,"
    yield "kinds (the headings below) and verdicts (`wrong`, `slip`, `undecided`, `unread`, `conditional`, `warning`), separated by commas."
    yield "A code stays what it is. This page is written by `python tests/rules_page.py`; a test compares it."
    for kind, meaning in _KINDS.items():
        yield ""
        yield f"## {kind}"
        yield ""
        yield meaning
        yield ""
        yield "| code | what it is called | what it is | for example |"
        yield "|---|---|---|---|"
        yield from (f"| `{r.code}` | {r.name} | {r.meaning} | {r.example} |" for r in RULES if r.kind == kind)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
