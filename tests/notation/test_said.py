"""What is said about formulas is a value: words and formulas in turn, which each output prints in its own way."""

from __future__ import annotations

from symrnn.language.model import Name
from symrnn.language.terms import Relation, Sym
from symrnn.notation import read_term
from symrnn.notation.said import Spelled, one_by_one, said
from symrnn.showing.report.page import Math, Words, as_prose

HAT = read_term(r"\hat{y}_t")


def test_words_next_to_each_other_are_one_part() -> None:
    once = said("the factor ", "of ", HAT, "", said(" is", " missing"))
    assert once == said("the factor of ", HAT, " is missing")
    assert once != said("the factor of ", HAT, " is wrong")
    assert not said("", said())


def test_each_output_prints_a_formula_in_its_own_way() -> None:
    what = one_by_one(" and ", (HAT, Relation("=", Sym("i"), Sym("k")), Spelled(Sym("alpha"), "alpha")))
    assert str(what) == "ŷₜ and i = k and alpha"
    assert as_prose(what) == (Math(r"\hat{y}_{t}"), Words(" and "), Math("i = k"), Words(" and "), Math(r"\alpha"))


def test_text_of_a_document_steers_no_terminal() -> None:
    assert as_prose("an\x1b[2J end") == (Words("an�[2J end"),)


def test_a_name_is_written_with_the_part_of_its_subscript() -> None:
    assert said(Name("W", suffix="hh").term) == said(read_term(r"W_{\text{hh}}"))
