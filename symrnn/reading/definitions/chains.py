"""What a second equation for a quantity defines: ``h_t = tanh(z_t) = tanh(W h_{t-1} + U x_t)`` says what ``z_t`` is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from symrnn.language.model import Name
from symrnn.language.terms import DEFINING, Big, Given, Neg, Relation, Sub, Sup, Term, children, replace_at, walk
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.definitions.finding import DefiningEquation
from symrnn.reading.definitions.mentions import outermost
from symrnn.reading.definitions.renewals import makes_concrete
from symrnn.reading.definitions.steps import at_own_step
from symrnn.reading.lexicon import Lexicon


def with_inner_definitions(
    found: list[DefiningEquation], relations: Sequence[Relation | None], lexicon: Lexicon, barred: frozenset[int] = frozenset()
) -> list[DefiningEquation]:
    r"""Adds what equations define by being a second formula for a quantity, where both are alike but for one letter that nothing defines.

    Nor does an equation behind them define it that gives it the value of the quantity itself, ``z_t = \tanh(W h_{t-1})`` behind
    ``h_t = \tanh(W h_{t-1})`` and ``h_t = \tanh(z_t)``: that is a claim.
    """
    defined = {d.name for d in found if d.indices or d.name.letter not in LOSSES}  # that of a step is another one than their sum
    result = list(found)
    for position, relation in enumerate(relations):
        if relation is None or relation.op not in DEFINING or position in barred or any(d.source == position for d in result):
            continue
        relation = at_own_step(relation)
        same = next((d for d in found if d.source < position and _left_of(d, relation, lexicon)), None)
        inner = None if same is None else _same_loss(same.body, relation.right, result, position, lexicon)
        against: set[Name] = set()
        if same is not None and inner is None:
            against = {d.name for d in result if d.source > position and d.name != same.name and d.body == same.body}
            inner = _inner(same.body, relation.right, defined - against, position, lexicon)
        if inner is not None:
            defined.add(inner.name)
            result = [*(d for d in result if d.name != inner.name or d.name not in against), inner]
    return result


def with_concrete_links(
    found: list[DefiningEquation], relations: Sequence[Relation | None], functions: Mapping[str, object], lexicon: Lexicon
) -> list[DefiningEquation]:
    """Takes ``y_t = f(h_t) = tanh(h_t)`` for what it ends with: the link after an open function says which one it is."""

    def concrete(definition: DefiningEquation) -> DefiningEquation:
        after = definition.source + 1
        link = relations[after] if 0 < after < len(relations) else None
        if link is None or link.op not in DEFINING or not _left_of(definition, link, lexicon):
            return definition
        of_a_step = any(o.indices for o in outermost(link.right, lexicon))  # y_t = 1 says of no function which one it is
        if not of_a_step or not makes_concrete(definition.body, link.right, functions, lexicon):
            return definition
        return replace(definition, source=after, body=link.right)

    return [concrete(definition) for definition in found]


def _left_of(definition: DefiningEquation, relation: Relation, lexicon: Lexicon) -> bool:
    left = lexicon.occurrence(relation.left)
    return left is not None and (left.name, left.indices) == (definition.name, definition.indices)


def _inner(first: Term, second: Term, defined: set[Name], position: int, lexicon: Lexicon) -> DefiningEquation | None:
    """The definition of the letter in one formula that the other has a formula for."""
    difference = _difference(*(_with_its_sign(side) for side in (first, second)))
    for letter, body in (difference, difference[::-1]) if difference is not None and difference[0] is not first else ():
        found = lexicon.occurrence(letter)
        if found is None or found.name in defined or not found.indices or lexicon.occurrence(body) is not None:
            continue
        if found.name.letter in LOSSES and any(isinstance(node, Given) for _, node in walk(body)):  # of which nothing is known
            continue
        if all(other.name != found.name for other in outermost(body, lexicon)):
            return DefiningEquation(position, found.name, found.indices, body)
    return None


def _with_its_sign(total: Term) -> Term:
    """A sum with the sign before it at what it adds up."""
    inside = total.term if isinstance(total, Neg) else None
    return replace(inside, body=Neg(inside.body)) if isinstance(inside, Big) and inside.kind == "sum" else total


def _same_loss(
    first: Term, second: Term, found: Sequence[DefiningEquation], position: int, lexicon: Lexicon
) -> DefiningEquation | None:
    r"""A loss of a step that no equation gives, in the place of another one, is the same: ``L = \\sum_t L_t = \\sum_t \\ell_t``."""
    letters = _difference(first, second)
    before, after = (None, None) if letters is None else map(lexicon.occurrence, letters)
    if letters is None or before is None or after is None or before.indices != after.indices or len(after.indices) != 1:
        return None
    if before.name == after.name:  # L_t of L_t(o_t, y_t)
        return None
    is_new = after.name not in {d.name for d in found if d.indices} and {before.name.letter, after.name.letter} <= LOSSES
    return DefiningEquation(position, after.name, after.indices, letters[0]) if is_new else None


def _difference(a: Term, b: Term) -> tuple[Term, Term] | None:
    """The two subterms in which two formulas differ, if that is one place; the innermost ones that are no scripts."""
    if a == b:
        return None
    below, there = list(children(a)), list(children(b))
    alike = type(a) is type(b) and not isinstance(a, (Sub, Sup)) and [s for s, _ in below] == [s for s, _ in there]
    differing = [(step, x, y) for (step, x), (_, y) in zip(below, there, strict=False) if x != y] if alike else []
    if len(differing) == 1:
        step, x, y = differing[0]
        if replace_at(a, step, y) == b:
            return _difference(x, y)
    return a, b
