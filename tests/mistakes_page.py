"""The page of caught mistakes, written from the mutants of the built-in notes: `python tests/mistakes_page.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mutant_score import CAUGHT, CONDITIONAL, OUTCOMES, SHAPES, Judged, originals, score, table
from places import ROOT

from symrnn.notation import unicode_relation

PAGE = ROOT / "derivations" / "caught_mistakes.md"
_EACH = 2


def page() -> str:
    """The page as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    results = score()
    total = Counter(r.outcome for r in results)
    yield "# Caught mistakes"
    yield ""
    yield f"Every true statement of the built-in notes, and every repaired one ({len(originals())} in all), was broken"
    yield f"in each small way below: {len(results)} broken statements, judged under the reading of the statement that they"
    yield "are made from. *Equivalent* ones are proven equal to the same left side: nothing was broken."
    yield "This page is written by `python tests/mistakes_page.py`; a test compares it."
    yield ""
    yield "| change | " + " | ".join(OUTCOMES) + " |"
    yield "|---|" + "---:|" * len(OUTCOMES)
    for kind, counts in table(results):
        yield _row(kind, counts)
    yield _row("**all**", total)
    yield ""
    yield "## Examples"
    for kind, _ in table(results):
        examples = list(_examples(kind, results))
        if examples:
            yield ""
            yield f"### {kind.capitalize()}"
            yield ""
            yield from examples


def _row(name: str, counts: Counter[str]) -> str:
    return f"| {name} | " + " | ".join(str(counts[outcome] or "") for outcome in OUTCOMES) + " |"


def _examples(kind: str, results: tuple[Judged, ...]) -> Iterator[str]:
    """A few mutants of one kind, from different statements, those refuted by numbers before those without a meaning."""
    mine = [r for r in results if r.mutant.kind == kind and r.outcome in (*CAUGHT, CONDITIONAL)]
    mine.sort(key=lambda r: r.outcome == SHAPES)
    labels: set[str] = set()
    for result in mine:
        if result.original.label not in labels and len(labels) < _EACH:
            labels.add(result.original.label)
            yield f"- from ({result.original.label}): `{unicode_relation(result.mutant.relation)}`: {_verdict(result)}"


def _verdict(result: Judged) -> str:
    if result.outcome == CONDITIONAL:
        return f"true only if {result.evidence}"
    return result.evidence if result.outcome == result.evidence else f"{result.outcome} ({result.evidence})"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
