"""Reasons are words and formulas in turn: a formula in one is a value, which each output prints in its own way."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from checked import checked
from places import ROOT

from symrnn.judging.verdict import Undecided
from symrnn.language.terms import Sym
from symrnn.notation.said import Said, Spelled
from symrnn.reading.document import read_text

#: What takes a reason, or something else that people are told.
TOLD = {"Assumption", "Definition", "Doubt", "Inadmissible", "Opaque", "Open", "Undecided", "said"}
PACKAGE = ROOT / "symrnn"


def texts_of_formulas(source: str) -> Iterator[str]:
    """Formulas and names that are put into words as text, where something is told; a text may spell a formula that stands beside it."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    spelled = {part for call in calls if ast.unparse(call.func) == "Spelled" for part in ast.walk(call)}
    told = [part for call in calls if ast.unparse(call.func) in TOLD for part in ast.walk(call) if part not in spelled]
    for value in dict.fromkeys(part.value for part in told if isinstance(part, ast.FormattedValue)):
        if isinstance(value, ast.Attribute) and value.attr == "text":
            yield ast.unparse(value)
        if isinstance(value, ast.Call) and ast.unparse(value.func) in ("unicode", "unicode_relation"):
            yield ast.unparse(value)


def test_no_formula_is_put_into_words_as_text() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix(): list(texts_of_formulas(path.read_text(encoding="utf-8")))
        for path in PACKAGE.rglob("*.py")
    }
    assert {path: texts for path, texts in found.items() if texts} == {}


def test_a_formula_in_words_is_seen() -> None:
    assert list(texts_of_formulas('raise Inadmissible(f"{name.text} with {unicode(term)}")')) == ["name.text", "unicode(term)"]


def test_a_quantity_in_a_reason_is_a_formula() -> None:
    text = r"$ h_t = \tanh(W h_{t-1} + a_t) $ $ a_t = V b_t $ $ b_t = U a_t $ $ L = \sum_t h_t^\top h_t $"
    report = checked(read_text(text, "reasons.md", "markdown"))
    reasons = [j.verdict.reason for j in report.judgements if isinstance(j.verdict, Undecided)]
    circle = next(reason for reason in reasons if "would be defined by itself" in str(reason))
    assert isinstance(circle, Said) and Spelled(Sym("b"), "b") in circle.parts
