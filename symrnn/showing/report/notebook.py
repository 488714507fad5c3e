"""Reports, verdicts and statements that show themselves in Jupyter.

``%load_ext symrnn`` makes every report, judgement, statement and relation of a notebook show itself;
``show(report)`` does so for one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from symrnn.judging.judgement import Judgement, Report
from symrnn.judging.verdict import VERDICTS
from symrnn.language.terms import Relation
from symrnn.notation import latex_relation
from symrnn.reading.document import Statement
from symrnn.showing.report.formulas import author_formula, changed
from symrnn.showing.report.html import block
from symrnn.showing.report.page import Display, as_prose
from symrnn.showing.report.wording import clean, coverage, repair_of, why

Shown = Report | Judgement | Statement | Relation

_CELL = Markup('<td style="text-align:left;vertical-align:middle;padding:.3em .8em"><div style="{}">{}</div></td>')
#: Formulas stand at the left, one below the other.
_LEFT, _PLAIN = "display:flex;flex-direction:column;align-items:flex-start", ""
_SHORT = Markup("<p>{}</p><table>{}</table><details><summary>every equation</summary><table>{}</table></details>")
_ROW = Markup("<tr>{}</tr>")


@dataclass(frozen=True)
class View:
    """Something that shows itself in a notebook."""

    of: Shown

    def _repr_html_(self) -> str:
        return html_of(self.of)

    def _repr_latex_(self) -> str | None:
        return latex_of(self.of)


def show(of: Shown) -> View:
    """A view of a report, a judgement, a statement or a relation, to be the last line of a cell."""
    return View(of)


def html_of(of: Shown) -> str:
    """What is shown, as a piece of HTML."""
    if isinstance(of, Report):
        mistakes = [j for j in of.judgements if VERDICTS[j.verdict.word].status == "mistake"]
        return str(_SHORT.format(clean(coverage(of)), _rows(mistakes), _rows(of.judgements)))
    if isinstance(of, Judgement):
        return str(Markup("<table>{}</table>").format(_row(of)))
    return str(block(_equation(of)))


def latex_of(of: Shown) -> str | None:
    """A statement or a relation between dollar signs; None for what is no single formula."""
    if isinstance(of, Judgement):
        of = of.statement
    if isinstance(of, Report) or not _equation(of).typeset:
        return None
    return f"$\\displaystyle {_equation(of).latex}$"


def _equation(of: Statement | Relation) -> Display:
    return author_formula(of) if isinstance(of, Statement) else Display(latex_relation(of))


def _rows(judgements: Iterable[Judgement]) -> Markup:
    return Markup("").join(map(_row, judgements))


def _row(judgement: Judgement) -> Markup:
    word, repair = judgement.verdict.word, repair_of(judgement.verdict)
    verdict = Markup('<span style="color:{};white-space:nowrap">{} {}</span>').format(
        VERDICTS[word].light, VERDICTS[word].sign, word
    )
    shown = block(author_formula(judgement.statement))
    if repair is not None:
        shown += Markup("<div>↓</div>") + block(changed(repair.relation, repair.left_marks, repair.right_marks))
    cells = (
        (_PLAIN, verdict),
        (_PLAIN, clean(judgement.statement.label)),
        (_LEFT, shown),
        (_PLAIN, block(as_prose(why(judgement)))),
    )
    return _ROW.format(Markup("").join(_CELL.format(*cell) for cell in cells))


def load_ipython_extension(ipython: Any) -> None:
    """Let everything of these kinds show itself; IPython calls this for ``%load_ext symrnn``."""
    formatters = ipython.display_formatter.formatters
    makers: dict[str, Callable[[Shown], str | None]] = {"text/html": html_of, "text/latex": latex_of}
    for kind, make in makers.items():
        for of in (Report, Judgement, Statement, Relation):
            formatters[kind].for_type(of, make)
