"""Indices are tuples, and yet one thing: no walk over an expression takes them apart; equal expressions are one object."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from symrnn.judging.kept.memory import digest
from symrnn.language import tensors
from symrnn.proving.kernel import terms

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("language", [tensors, terms])
def test_an_index_is_no_part_of_an_expression(language: ModuleType) -> None:
    index = language.Affine.of("i", 1)
    whole = language.Ref("W[t]", index, ("hidden", "input"))
    entry = language.Pick(whole, (language.Affine.of("j"), index))
    assert entry.free == {"i", "j"}
    assert language.rebuilt(entry, lambda part: part) is entry
    assert [node for node in language.walk(entry) if node is not entry] == [whole]


def test_an_index_is_written_as_what_it_is() -> None:
    index = tensors.Affine.of("i", 1)
    assert digest(index) != digest(tuple(index))
    assert repr(index) == "Affine(terms=(('i', 1),), constant=1)"


@pytest.mark.parametrize("language", [tensors, terms])
def test_equal_expressions_are_one_object_and_forgotten_with_the_last_name_for_them(language: ModuleType) -> None:
    whole = language.Ref("W[t]", language.Affine.of("i", 5), ("hidden", "input"))
    before = len(language.Interned.pool)
    power = language.Power(whole, 71)
    assert language.Power(whole, 71) is power and len(language.Interned.pool) == before + 1
    del power
    assert len(language.Interned.pool) == before


@pytest.mark.parametrize("language", [tensors, terms])
def test_what_is_forgotten_where_python_ends_is_forgotten_in_silence(language: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[object] = []
    power = language.Power(language.Ref("W[t]", language.Affine.of("i", 5), ("hidden", "input")), 73)
    monkeypatch.setattr(sys, "unraisablehook", heard.append)
    monkeypatch.setattr(language, "Interned", None)  # as the names of a module are, once Python has ended it
    del power
    assert heard == []
