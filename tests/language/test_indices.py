"""Indices are tuples, and yet one thing: no walk over an expression takes them apart."""

from __future__ import annotations

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
