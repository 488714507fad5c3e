"""The fixed parts of a program; each is printed only where something needs it."""

from __future__ import annotations

#: Without a derivative a quantity is nothing but a function that remembers its values.
PLAIN_QUANTITY = "quantity = cache\n"

MOVED_QUANTITY = """\
memory, nudge = {}, {}
def quantity(f):  # remembers its values; a derivative nudges one of them, and all that depends on it follows
    def value(*at, **time):
        key = value, at, time.get("t")
        if key not in memory:
            memory[key] = f(*at, **time) + nudge.get(key, 0)
        return memory[key]
    return value
"""

GIVEN = """\
def given(table):  # an input: its rows, for each time where it has one
    rows = lambda time: (table[time["t"]] if time else table).split(";")
    return quantity(lambda *at, **time: mpf(rows(time)[(1, 1, *at)[-2] - 1].split()[(1, 1, *at)[-1] - 1]))
"""

DIFF = """\
def diff(f, of, *at, **time):  # the derivative of f() by one entry of a quantity, by central differences
    def moved(by):
        memory.clear()
        nudge[of, at, time.get("t")] = by
        return f()
    slope = mp.diff(moved, 0)
    memory.clear(), nudge.clear()
    return slope
"""

EXPLICIT_DIFF = """\
still = {}
def explicit_diff(f, of, *at, **time):  # the same, while the quantities of all other time steps keep their values
    memory.clear(), f()
    still.clear(), still.update(memory)
    return diff(f, of, *at, **time)
def own(of, *at, **time):  # a quantity of which only what belongs to its own time step moves
    t = time.get("t")
    if nudge:
        memory.clear()
        held = {key: value for key, value in still.items() if None not in (t, key[2]) and t != key[2]}
        memory.update((key, value) for key, value in held.items() if key not in nudge)
    return of(*at, **time)
"""

ORDERED = """\
def ordered(factors, axis):  # the matrix product, from left to right
    result = {(i, j): mpf(i == j) for i in axis for j in axis}
    for factor in factors:
        result = {(i, j): sum(result[i, k] * factor(k, j) for k in axis) for i in axis for j in axis}
    return result
"""
