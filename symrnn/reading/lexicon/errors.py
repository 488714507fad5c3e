"""Which letters with a prefix are errors before the function of a gate, and not of the gate itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from symrnn.language.model import Name
from symrnn.language.terms import PREFIXES, Add, Apply, Mark, Neg, Num, Pow, Relation, Sub, Sym, Term, walk


def inner_errors(relations: Sequence[Relation]) -> Iterator[Name]:
    """The letters with a prefix whose first equation has the slope of a gate: ``\\delta o_t = … o_t (1 - o_t)``."""
    seen: set[Sym] = set()
    functions = {r.left: r.right for r in relations if r.op in ("=", ":=") and isinstance(r.right, Apply)}
    for relation in (r for r in relations if r.op in ("=", ":=") and isinstance(r.left, Sub)):
        assert isinstance(relation.left, Sub)
        letter = relation.left.base
        if not isinstance(letter, Sym) or letter.style not in PREFIXES or letter in seen:
            continue
        seen.add(letter)
        gate = Sub(replace(letter, style=""), relation.left.indices)
        if any(_is_slope(node, gate, functions.get(gate)) for _, node in walk(relation.right)):
            yield Name.of(letter)


def _is_slope(node: Term, gate: Term, value: Term | None) -> bool:
    """Whether a term is the slope of a gate ``o = σ(a)``, or a factor of it: ``σ'(a)``, ``1 - o``, ``1 - o^2``."""
    if isinstance(node, Apply) and isinstance(node.function, Mark) and isinstance(value, Apply):
        return node.argument == value.argument
    one = Num(Fraction(1))
    return node in (Add((one, Neg(gate))), Add((one, Neg(Pow(gate, Num(Fraction(2)))))))
