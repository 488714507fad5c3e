"""Claims about a loss that the document leaves open, with a step that only their right side has: what they say of one step or the last."""

from __future__ import annotations

from dataclasses import replace

from symrnn.judging.guards.losses import open_losses
from symrnn.language.claims import Reading
from symrnn.language.terms import Big, Deriv, Relation, Sub, Sym, Term, rebuilt, replaced, walk
from symrnn.reading.definitions import Understanding
from symrnn.reading.lexicon import Lexicon, unprefixed, without_prefix


def of_last_step(relation: Relation, admissible: list[Reading], understanding: Understanding) -> tuple[Relation, Sym] | None:
    """A claim about an open loss with a sum to a step that the left side does not have, as one to the last step; with that step."""
    lexicon, last = understanding.lexicon, Sym(understanding.lexicon.horizon)
    uppers = {node.upper for _, node in walk(relation.right) if isinstance(node, Big)}
    steps = {upper for upper in uppers - {node for _, node in walk(relation.left)} if isinstance(upper, Sym)}
    step = next(iter(steps)) if len(steps) == 1 else last
    is_open = any(open_losses(reading.claim, understanding) for reading in admissible)
    if (
        not is_open
        or step == last
        or step.name not in lexicon.times
        or not set(lexicon.free_letters(relation.right)) <= {step.name}
    ):
        return None
    return replace(relation, right=replaced(relation.right, {step: last})), step


def of_one_step(relation: Relation, admissible: list[Reading], understanding: Understanding) -> Relation | None:
    """A claim about an open loss and a parameter that names a step on its right alone, as one about the parameter of that step."""
    left, lexicon = relation.left, understanding.lexicon
    found = lexicon.occurrence(left)
    is_error = found is not None and without_prefix(found.name) is not None
    if not is_error and not any(open_losses(r.claim, understanding) for r in admissible):
        return None
    below = unprefixed(left) if is_error else _below_a_loss(left, lexicon)
    by = None if below is None else lexicon.occurrence(below)
    known = {} if by is None else understanding.model.named(by.name)
    steps = set(lexicon.free_letters(relation.right)) - set(lexicon.free_letters(left))
    if below is None or by is None or by.indices or set(known) != {False} or not known[False].is_parameter:
        return None
    if len(steps) != 1 or not steps <= lexicon.times:
        return None
    step = (Sym(*steps),)

    def placed(term: Term) -> Term:
        if isinstance(term, Deriv) and term.denominator == below:
            return replace(term, denominator=Sub(below, step))
        return Sub(term, step) if is_error and term == left else rebuilt(term, placed)

    return replace(relation, left=placed(left), right=placed(relation.right))


def _below_a_loss(left: Term, lexicon: Lexicon) -> Term | None:
    """What a derivative is by, where that of something without an index; None for another term."""
    of = lexicon.occurrence(left.numerator) if isinstance(left, Deriv) and not left.prefix else None
    return left.denominator if isinstance(left, Deriv) and of is not None and not of.indices else None
