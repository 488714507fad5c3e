"""A report made by hand, with every verdict and every kind of evidence: outputs are tested without a check."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

from symrnn.deciding.evidence import Point, Scope
from symrnn.judging import mistakes
from symrnn.judging.judgement import Judgement, LedgerEntry, Report
from symrnn.judging.verdict import (
    Assumption,
    Conditional,
    Definition,
    Edit,
    Ground,
    Proven,
    Repair,
    Size,
    Slip,
    StatedHypothesis,
    Undecided,
    Unread,
    Verdict,
    Wrong,
)
from symrnn.language import questions
from symrnn.language.choices import ShapeClash
from symrnn.language.claims import Claim
from symrnn.language.model import Model
from symrnn.language.tensors import Const
from symrnn.reading.document import Document, Problem, Statement, read_text

SCOPE = Scope(4, (("input", 4), ("hidden", 2), ("classes", 3)))
CLAIM = Claim(Const(Fraction(0)), Const(Fraction(1)), ())
HERE, EVERYWHERE = Ground(CLAIM, SCOPE), Ground(CLAIM, "all")
POINT = Point(CLAIM, SCOPE, 7, (("t", 2),), (1, 2), "[0.125 +/- 1e-9]", "[-0.5 +/- 1e-9]", "[0.625 +/- 2e-9]", ("s_{-1} = 0",))
LONG = "a_very_long_word_that_cannot_be_broken_anywhere_and_is_wider_than_any_column_of_the_table_at_eighty"
TEXT = r"""
# First, with a comma: 100%

$$ s_t = \tanh(A x_t + B s_{t-1}) \tag{def} $$
$$ \frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) B \tag{proven} $$
$$ \frac{\partial L_t}{\partial o_t} = p_t - q_t \tag{conditional} $$

# Second

$$ L_t = -q_t \log q_t \tag{slip} $$
$$ \frac{\partial L}{\partial B} = \sum_{i=1}^{T} \sum_{k=1}^{i} (\hat{y_i} - y_i) \left(\prod_{m=k+1}^{i}
B^T \mathrm{diag}(1 - \tanh^2(A x_m + B s_{m-1}))\right) \otimes s_{k-1} \tag{point} $$
$$ V = A - \alpha \frac{\partial L}{\partial V} \tag{shapes} $$
$$ u_t = w_t \tag{undecided} $$
$$ \sum_k q_{t,k} = 1 \tag{assumption} $$
$$ v_t = w_t \tag{unread} $$
"""


def verdicts(repaired: Statement) -> dict[str, Verdict]:
    """A verdict for each label of TEXT; repairs give the relation of `repaired`."""
    assert repaired.relation is not None
    hat = Edit(mistakes.HAT_MISSING, "q → q̂")
    factor = Edit(mistakes.OUTPUT_MATRIX, "the factor C is missing")
    answers = ((questions.SUBSCRIPT.about("t", "s"), "time"), (questions.LAYOUT, "numerator"))
    repair = Repair(repaired.relation, (hat,), HERE, (), answers)
    dear = Repair(repaired.relation, (factor, hat), EVERYWHERE, ("Σ_k q_k = 1",), answers)
    return {
        "def": Definition("s", "(hidden)"),
        "proven": Proven(EVERYWHERE, answers, "8 polynomials over ℚ are identically zero", (StatedHypothesis("s_{-1} = 0", 3),)),
        "conditional": Conditional(HERE, answers, ("Σ_k q_k = 1",), "12 polynomials", (("Σ_k q_k = 1", POINT),)),
        "slip": Slip(repair, POINT),
        "point": Wrong(POINT, answers, dear, (repair,), Size(1, 2, True)),
        "shapes": Wrong(ShapeClash("terms of a sum", ("classes", "hidden"), ("hidden", "input")), ()),
        "assumption": Assumption("the sum of q", ("Σ_k q_k = 1",)),
        "undecided": Undecided(f"the engine met {LONG}"),
        "unread": Unread("an operator without an operand", "\\wedge", 16, 8),
    }


@cache
def document() -> Document:
    """TEXT as a document with an awkward name and label, whose last statement was not read."""
    read = read_text(TEXT, "my notes,1.md", "markdown")
    awkward = [replace(s, label="slip: 5%, or more") if s.label == "slip" else s for s in read.statements]
    unread = replace(awkward[-1], relation=None, problem=Problem(16, 8, "\\wedge", "an operator without an operand"))
    return replace(read, statements=(*awkward[:-1], unread))


def report(of: Document | None = None, *, without: frozenset[str] = frozenset()) -> Report:
    """The report on TEXT; statements whose verdict is in `without` are called proven."""
    of = of or document()
    found = verdicts(of.statements[1])
    judgements = tuple(_judged(statement, found, without) for statement in of.statements)
    ledger = (
        LedgerEntry(questions.JACOBIANS, "numerator", ("proven",)),
        LedgerEntry(questions.JACOBIANS, "denominator", ("point",), ("point",)),
    )
    return Report(of, judgements, ledger, ("sₜ = tanh(A xₜ + B sₜ₋₁)",), SCOPE, Model({}))


def _judged(statement: Statement, found: dict[str, Verdict], without: frozenset[str]) -> Judgement:
    verdict = found.get(statement.label.split(":")[0], found["proven"])
    return Judgement(statement, found["proven"] if verdict.word in without else verdict, "follows from the line before")
