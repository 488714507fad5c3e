"""Intervals are exact, hold the values that functions have, and end where those do."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from symrnn.deciding.algebras.ball import Ball
from symrnn.judging.bounds.ranges import End, Interval, of_function
from symrnn.language.functions import RECORDS

BALL = Ball(1)
POINTS = [Fraction(n, 3) for n in range(-40, 41)]
#: Where a function or its slope is as large or small as it can be, or nearly.
FAR = [Fraction(n) for n in (-60, 0, 60)]


def values(name: str, order: int) -> list[float]:
    import numpy as np

    arguments = np.array([BALL.number(x) for x in (*POINTS, *FAR)], dtype=object)
    return [float(x.mid()) for x in BALL.map(name, order, arguments)]


#: These have no value at some of the points.
PARTIAL = {("sqrt", 0), ("sqrt", 1), ("sin", 1), ("cos", 1), ("arctan", 1)}
#: What the table says the values of: functions, and slopes where it says anything of them.
RANGES = [
    (record.name, order)
    for record in RECORDS
    for order in (0, 1)
    if record.values
    and record.ball
    and (of_function(record.name, order).low.value, of_function(record.name, order).high.value) != (None, None)
]


@pytest.mark.parametrize(("name", "order"), [found for found in RANGES if found not in PARTIAL])
def test_a_function_has_the_values_of_its_interval_and_no_others(name: str, order: int) -> None:
    interval, found = of_function(name, order), values(name, order)
    if interval.low.value is not None:
        assert abs(min(found) - float(interval.low.value)) < 1e-2
        assert min(found) >= float(interval.low.value) - 1e-12
    if interval.high.value is not None:
        assert abs(max(found) - float(interval.high.value)) < 1e-2
        assert max(found) <= float(interval.high.value) + 1e-12


@pytest.mark.parametrize(
    ("made", "due"),
    [
        (Interval.read("(-1, 1)").product(Interval.read("(0, 1)")), "(-1, 1)"),
        (Interval.read("[-1, 1]").product(Interval.read("(0, 1)")), "(-1, 1)"),
        (Interval.read("[0, 1]").product(Interval.read("(0, 1)")), "[0, 1)"),
        (Interval.read("[-1, 2]").product(Interval.read("[-3, 1]")), "[-6, 3]"),
        (Interval.read("[0, inf)").product(Interval.read("(0, 1)")), "[0, ∞)"),
        (Interval.read("[-1, inf)").product(Interval.read("(0, 1)")), "(-∞, ∞)"),
        (Interval.read("(-1, 1)").power(2), "[0, 1)"),
        (Interval.read("(-1, 1)").power(3), "(-1, 1)"),
        (Interval.read("(0, 1)").sum(Interval.read("[-1, 0]")), "(-1, 1)"),
        (Interval.read("(-3, 1]").absolute, "[0, 3)"),
        (Interval.read("(0, 1)").united(Fraction(0)), "[0, 1)"),
    ],
)
def test_arithmetic_on_intervals_keeps_open_ends(made: Interval, due: str) -> None:
    assert str(made) == due


def test_what_is_below_or_at_most_a_number() -> None:
    one = Interval.point(Fraction(1))
    assert Interval.read("(0, 1)").holds("<", one)
    assert not Interval.read("(0, 1]").holds("<", one)
    assert Interval.read("(0, 1]").holds("<=", one)
    assert Interval.read("(1, inf)").holds(">", one)
    assert not Interval().holds("<=", one)


def test_products_hold_every_product_of_their_members() -> None:
    ends = [End(Fraction(n), is_open) for n in (-2, 0, 1) for is_open in (True, False)]
    intervals = [
        Interval(a, b)
        for a, b in itertools.product(ends, ends)
        if a.value is not None and b.value is not None and a.value < b.value
    ]
    for one, other in itertools.product(intervals, intervals):
        made = one.product(other)
        for x, y in itertools.product(members(one), members(other)):
            assert not Interval.point(x * y).holds("<", made) and not made.holds("<", Interval.point(x * y))


def members(interval: Interval) -> list[Fraction]:
    assert interval.low.value is not None and interval.high.value is not None
    middle = (interval.low.value + interval.high.value) / 2
    ends = [end.value for end in (interval.low, interval.high) if not end.open and end.value is not None]
    return [middle, (interval.low.value + middle) / 2, *ends]
