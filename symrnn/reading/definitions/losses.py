"""Which quantities of a document are losses: numbers that nothing of the network depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from symrnn.language.model import Name
from symrnn.language.parts import TWO
from symrnn.language.terms import Add, Apply, Big, Deriv, Norm, Pow, Sym, Term
from symrnn.language.terms import walk as walk_term
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.definitions.finding import DefiningEquation, is_log
from symrnn.reading.definitions.mentions import outermost
from symrnn.reading.lexicon import Lexicon, Occurrence, derivative_numerators

_WORDS = frozenset(["loss", "cost", "error", "err", "objective", "mse", "ce", "bce", "nll", "ell", "l"])


def losses(found: Sequence[DefiningEquation], terms: Iterable[Term], lexicon: Lexicon) -> frozenset[Name]:
    """The names of the losses.

    A loss is called as one, or is differentiated and written as one (with a logarithm, the square of a difference, or as the sum of
    its steps). It is the end of the network: what a state or an output depends on is none, and neither is a Jacobian that shares its
    letter.
    """
    differentiated = {o.name for o in map(lexicon.occurrence, derivative_numerators(terms)) if o is not None}
    called = {d.name for d in found if d.name in lexicon.losses or _is_called(d.name)}
    called |= {d.name for d in found if d.name in differentiated and (_measures(d.body) or added_up(d, lexicon) == d.name)}
    names = called - {d.name for d in found if _is_matrix(d.body)}
    while True:
        used = {o.name for d in found for o in _used(d.body, lexicon) if d.name not in names or _is_earlier(o, d)}
        if not names & used:
            return frozenset(names)
        names -= used


def _used(body: Term, lexicon: Lexicon) -> Iterator[Occurrence]:
    """What the value of a term depends on; an error ``\\delta_t = dL/dh_t`` does not depend on the loss that it differentiates."""
    differentiated = {o.name for o in map(lexicon.occurrence, derivative_numerators([body])) if o is not None}
    return (o for o in outermost(body, lexicon) if o.name not in differentiated)


def _is_called(name: Name) -> bool:
    return name.letter in LOSSES or name.letter.lower() in _WORDS


def added_up(definition: DefiningEquation, lexicon: Lexicon) -> Name | None:
    r"""What a definition without a step is the sum of over the steps: l of ``L = \\sum_t l(t)``; None where it is no such sum."""
    body = definition.body
    of = lexicon.occurrence(body.body) if isinstance(body, Big) and body.kind == "sum" and not definition.indices else None
    return of.name if of is not None and isinstance(body, Big) and of.indices == (body.index,) else None


def _measures(body: Term) -> bool:
    nodes = [node for _, node in walk_term(body)]
    squares = (n.base for n in nodes if isinstance(n, Pow) and n.exponent == TWO)
    return any(isinstance(n, Apply) and is_log(n) for n in nodes) or any(isinstance(base, (Add, Norm)) for base in squares)


def _is_matrix(body: Term) -> bool:
    return any(isinstance(n, Deriv) or (isinstance(n, Apply) and n.function == Sym("diag")) for _, n in walk_term(body))


def _is_earlier(mentioned: Occurrence, definition: DefiningEquation) -> bool:
    """Whether a quantity is defined by itself at another step, as states are."""
    shifted = any(isinstance(i, Add) for i in mentioned.indices)
    return mentioned.name == definition.name and bool(definition.indices) and shifted
