"""The page of the mistakes in the notes, made from their check: ``python tests/mistakes_table.py`` writes it anew."""

from __future__ import annotations

from checked import notes_report
from places import ROOT

from symrnn.judging.verdict import Edit, Slip, Wrong
from symrnn.notation import unicode_relation

PAGE = ROOT / "derivations" / "mistakes_in_the_notes.md"
HEAD = """# Mistakes in the notes

What is wrong with the notes that come with symrnn, as their author wrote them. This page is written by
`python tests/mistakes_table.py`; a test compares it.

"""


def table() -> str:
    """Every wrong statement and every slip, with its name and its repair."""
    rows = ["| label | verdict | the mistake | as it should read | needs |", "|---|---|---|---|---|"]
    for judgement in notes_report().judgements:
        verdict = judgement.verdict
        if isinstance(verdict, (Slip, Wrong)) and verdict.repair is not None:
            names = "; ".join(_named(edit) for edit in verdict.repair.edits)
            needs = ", ".join(map(str, verdict.repair.hypotheses))
            label = judgement.statement.label
            rows.append(f"| {label} | {verdict.word} | {names} | {unicode_relation(verdict.repair.relation)} | {needs} |")
    return "\n".join(rows) + "\n"


def _named(edit: Edit) -> str:
    """The name of a mistake with where it lies: a piece, or the earlier statement that has it."""
    what = f"the repair of ({edit.source})" if edit.source else str(edit.said)
    return f"{edit.name} ({what})" if edit.source else f"{edit.name}: {what}"


def page() -> str:
    """The page as Markdown."""
    return HEAD + table()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
