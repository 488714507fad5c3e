"""What a formula is made of."""

from __future__ import annotations

import pytest

from symrnn.language.parts import complement, slopes_in, taken_from_one
from symrnn.language.terms import walk
from symrnn.notation import read_term


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        ("1 - h_t^2", [("h_t", "tanh")]),
        ("o_t (1 - o_t)", [("o_t", "sigma")]),
        (r"e_t \odot f_t \odot (1 - f_t) \odot (1 - g_t^2)", [("f_t", "sigma"), ("g_t", "tanh")]),
        ("1 - o_t", []),
        ("o_t (1 - f_t)", []),
        ("1 + h_t^2", []),
        ("2 - h_t^2", []),
        ("1 - h_t^3", []),
    ],
)
def test_slopes_by_the_value_of_a_function(formula: str, found: list[tuple[str, str]]) -> None:
    slopes = (slope for _, node in walk(read_term(formula)) for slope in slopes_in(node))
    assert [(value, function) for _, value, function in slopes] == [(read_term(value), function) for value, function in found]


def test_what_a_gate_leaves() -> None:
    gate, rest = read_term("z_t"), read_term("1 - z_t")
    assert (complement(gate), complement(rest)) == (rest, gate)
    assert taken_from_one(rest) == gate
    assert taken_from_one(read_term("1 - a - b")) is None
