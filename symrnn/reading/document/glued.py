r"""Two equations with nothing between them: ``o_t = \\sigma(z_t) h_t = o_t \\odot \\tanh(c_t)``, where a comma or a line break is lost.

Read as one chain, ``o_t = o_t \\odot \\tanh(c_t)`` makes no sense, or h_t, of which no other equation is but this one, would have none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from symrnn.language.scripted import scripts
from symrnn.language.terms import DEFINING, Apply, Deriv, Given, Mul, Pow, Relation, Sub, Sup, Sym, Term, walk
from symrnn.notation import latex
from symrnn.reading.document.records import Statement

_INPUT = "x"


def with_equations_apart(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """The statements, with the second equation of a chain as one of its own where two have nothing between them."""
    given = {(s.relation.left, s.relation.right) for s in statements if s.relation is not None and s.relation.op in DEFINING}
    result = list(statements)
    for number, (first, link) in enumerate(pairwise(statements)):
        left = _lost(first, link, given)
        if left is None or first.relation is None or link.relation is None:
            continue
        before = first.relation.right
        assert isinstance(before, Mul)
        rest = before.factors[:-1]
        own = replace(first.relation, right=rest[0] if len(rest) == 1 else replace(before, factors=rest))
        next_one = replace(link.relation, left=left)
        chain = max(s.chain for s in result) + 1
        result[number] = replace(first, relation=own, latex=_written(own), right_origin=None)
        result[number + 1] = replace(
            link, relation=next_one, latex=_written(next_one), previous=None, chain=chain, left_origin=None
        )
    return tuple(result)


def _written(relation: Relation) -> str:
    return f"{latex(relation.left)} = {latex(relation.right)}"


def _lost(first: Statement, link: Statement, given: set[tuple[Term, Term]]) -> Term | None:
    """The left side that ends the right one before it: a letter at the same step, behind a function of something."""
    one, other = first.relation, link.relation
    if one is None or other is None or link.previous != one.right or first.previous is not None or one.left != other.left:
        return None
    body = one.right
    if not isinstance(body, Mul) or body.sign or not isinstance(body.factors[-2], Apply) or other.op != "=":
        return None
    last = body.factors[-1]
    letter = last.base if isinstance(last, (Sub, Sup, Pow, Given)) else None
    same = isinstance(letter, Sym) and letter.name != _INPUT and scripts(last) == scripts(one.left) != ()
    nodes = [node for _, node in walk(other.right)]
    elsewhere = {right for left, right in given if left == last}
    if not same or last in nodes or any(isinstance(node, Deriv) for node in nodes) or elsewhere - {other.right}:
        return None
    return last if isinstance(other.right, Apply) or one.left in nodes else None
