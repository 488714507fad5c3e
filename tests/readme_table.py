"""The README's table of the mistakes in the notes, made from their check: ``python tests/readme_table.py`` writes it anew."""

from __future__ import annotations

from pathlib import Path

from symrnn.judging.check import check
from symrnn.judging.verdict import Edit, Slip, Wrong
from symrnn.notation import unicode_relation
from symrnn.reading.notes import builtin_notes

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- mistakes -->\n", "<!-- end of mistakes -->\n"


def table() -> str:
    """Every wrong statement and every slip, with its name and its repair."""
    rows = ["| label | verdict | the mistake | as it should read | needs |", "|---|---|---|---|---|"]
    for judgement in check(builtin_notes()).judgements:
        verdict = judgement.verdict
        if isinstance(verdict, (Slip, Wrong)) and verdict.repair is not None:
            names = "; ".join(_named(edit) for edit in verdict.repair.edits)
            needs = ", ".join(verdict.repair.hypotheses)
            label = judgement.statement.label
            rows.append(f"| {label} | {verdict.word} | {names} | {unicode_relation(verdict.repair.relation)} | {needs} |")
    return "\n".join(rows) + "\n"


def _named(edit: Edit) -> str:
    """The name of a mistake with where it lies: a piece, or the earlier statement that has it."""
    what = edit.text.split(": ")[0]
    return f"{edit.name} ({what})" if edit.source else f"{edit.name}: {what}"


def with_table(text: str) -> str:
    """The README with the table of today."""
    start, stop = text.index(BEGIN) + len(BEGIN), text.index(END)
    return text[:start] + table() + text[stop:]


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
