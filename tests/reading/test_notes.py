"""The built-in notes: all of their equations are there and are read."""

from __future__ import annotations

from symrnn.notation import unicode
from symrnn.reading.document import Document
from symrnn.reading.notes import NAME, builtin_notes


def notes() -> Document:
    return builtin_notes()


def test_every_relation_is_a_statement_with_a_label_of_its_own() -> None:
    statements = notes().statements
    assert len(statements) == 61
    assert all(statement.relation is not None for statement in statements)
    assert all(statement.place.file == NAME for statement in statements)
    assert not [s.label for s in statements if s.label == f"L{s.place.line}"]


def test_the_tags_come_in_order() -> None:
    tags = [statement.label for statement in notes().statements if statement.label[0].isdigit()]
    assert tags == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5"]


def test_the_total_loss_stands_alone() -> None:
    assert "Σ_{t=0}^{T} Lₜ" in [unicode(expression.term) for expression in notes().expressions]


def test_the_cases_are_told_before_their_equations() -> None:
    found = {statement.label: statement for statement in notes().statements}
    assert found["case-equal"].context.endswith("Case 1 is")
    assert found["softmax-case1-a"].context.endswith("Case 1:")
    assert found["softmax-case2-a"].context.endswith("Case 2:")
    assert found["logits-result.2"].remark
