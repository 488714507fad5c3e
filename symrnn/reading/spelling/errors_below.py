r"""Errors that are named by what they are errors of: ``\delta_{f_t}``, ``\delta^h_t``, ``g_{c_t}``.

Where no equation says what one of them is, they are the gradients of the loss by what is named, as in ``\delta f_t``; what a derivative
defines, ``\delta_{h_t} = \partial L / \partial h_t``, is that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from symrnn.language.parts import contains
from symrnn.language.scripted import all_scripts, under
from symrnn.language.terms import (
    BELOW,
    DEFINING,
    Add,
    Deriv,
    Mul,
    Neg,
    Num,
    Pow,
    Relation,
    Stack,
    Sub,
    Sup,
    Sym,
    Term,
    children,
    rebuilt,
    walk,
)
from symrnn.notation.vocabulary import LATER, LOCAL, TOTAL
from symrnn.reading.lexicon import ERRORS
from symrnn.reading.lexicon.observed import USUAL_TIMES, counts_steps

#: Letters that are no errors by themselves: ``d_{W_o}``, ``g_{c_t}``.
_PLAIN = BELOW.keys() - ERRORS
_LAST = frozenset({"T"})
_LAYER = Sym("l")
_ERRORS = frozenset(map(Sym, ERRORS))

#: A letter with what else belongs to its name: ``a_f``.
_Named = tuple[Sym, frozenset[Term]]


class _Known(NamedTuple):
    """What an error may be one of."""

    states: frozenset[_Named]
    weights: frozenset[_Named]


@dataclass(frozen=True)
class _Error:
    """An error: its letter, the quantity that it is one of, in letters and words, and the step that this is at."""

    letter: str
    quantity: Sym
    names: tuple[Term, ...]
    step: Term | None

    @property
    def named(self) -> _Error:
        """The same at any step."""
        return replace(self, step=None)


@dataclass(frozen=True)
class ErrorLetters:
    """What equations of a document define at a step, or use as weights, and its errors that are gradients by what their names say."""

    known: _Known
    gradients: frozenset[_Error]

    def spelled(self, term: Term) -> Term:
        """A formula with these errors as letters with a prefix."""
        error = _error(term, self.known)
        if error is None:
            return rebuilt(term, self.spelled)
        letter = replace(error.quantity, style=f"{error.letter}_")
        scripts = (*error.names, *(() if error.step is None else (error.step,)))
        return term if error.named not in self.gradients else Sub(letter, scripts) if scripts else letter


def error_letters(relations: Iterable[Relation], expressions: Iterable[Term]) -> ErrorLetters:
    """The errors of a document that are gradients by what stands below them; nothing that the network computes is made of one."""
    equations = [r for r in relations if r.op in DEFINING]
    states = frozenset(state for r in equations for cell in _cells(r.left) if (state := _at_a_step(cell)) is not None)
    forward = [
        r for r in equations if (state := _at_a_step(r.left)) is not None and not state[0].style and state[0].name not in ERRORS
    ]
    known = _Known(states, frozenset(_weights(forward)) - states)
    terms = (*(side for r in equations for side in r.sides), *expressions)
    found = {e.named for term in terms for e in _errors(term, known)}
    named = {e.named for r in equations for e in _by_derivative(r, known)}
    given = {e.named for r in equations if (e := _given(r, known)) is not None}
    given -= {e for e in given if e.letter in _PLAIN and len({o.quantity for o in found if o.letter == e.letter}) > 1}
    inside = {e.letter for r in forward if _error(r.left, known) is None for e in _errors(r.right, known)}
    said = {e for e in named if e.letter in _PLAIN}
    letters = {e.letter for e in (found - named - given) | said} - inside
    return ErrorLetters(known, frozenset(e for e in found - (named - said) if e.letter in letters))


def names_layers(relations: Iterable[Relation], terms: Iterable[Term]) -> bool:
    """Whether an l stands above letters alone, in no equation of the network: it is no more than the name of a layer."""
    given = [r for r in relations if isinstance(letter := _scripts(r.left)[1], Sym) and letter not in _ERRORS]
    forward = [r for r in given if not contains(r.right, Deriv)]
    counted = any(node == _LAYER for r in forward for node in r.nodes())
    nodes = [node for term in terms if _layer(term) is None for _, node in walk(term)]
    return not counted and nodes.count(_LAYER) == sum(isinstance(n, Pow) and _layer(n.exponent) is not None for n in nodes)


def with_named_layers(term: Term, states: frozenset[Sym]) -> Term:
    r"""``\delta_t^{l}`` and ``\delta_t^{l+1}`` as letters of two names; ``h_t^l`` is h_t, where equations define that at a step."""
    term = rebuilt(term, lambda part: with_named_layers(part, states))
    name = _layer(term.exponent) if isinstance(term, Pow) else None
    if name is None or not isinstance(term, Pow):
        return term
    return (
        term.base if name == "l" and _scripts(term.base)[1] in states - _ERRORS else replace(term, exponent=Sym(name, style="text"))
    )


def _layer(exponent: Term) -> str | None:
    """``l``, ``l+1`` or ``l-1``; None for any other exponent."""
    if exponent == _LAYER:
        return "l"
    number = exponent.terms[1] if isinstance(exponent, Add) and exponent.terms[0] == _LAYER else None
    shift, sign = (number.term, "-") if isinstance(number, Neg) else (number, "+")
    return f"l{sign}{shift.value}" if isinstance(shift, Num) else None


def _weights(forward: Iterable[Relation]) -> Iterator[_Named]:
    """The capitals, and the biases, without a step that equations of the network are made with."""
    for _, node in (placed for r in forward for placed in walk(r.right)):
        scripts, letter = _scripts(node)
        weighs = isinstance(letter, Sym) and (letter.name.isupper() or letter.name == "b") and not counts_steps(letter, _LAST)
        if isinstance(letter, Sym) and weighs and all(isinstance(s, Sym) and not counts_steps(s, _LAST) for s in scripts):
            yield letter, frozenset(scripts)


def _cells(left: Term) -> tuple[Term, ...]:
    return tuple(cell for row in left.rows for cell in row) if isinstance(left, Stack) else (left,)


def _at_a_step(term: Term) -> _Named | None:
    """The letter that has one step among its scripts, with the others; None for any other term."""
    scripts, letter = _scripts(term)
    names = [s for s in scripts if not counts_steps(s, _LAST)]
    if not isinstance(letter, Sym) or len(names) + 1 != len(scripts) or not all(isinstance(s, Sym) for s in names):
        return None
    return letter, frozenset(names)


def _errors(term: Term, known: _Known) -> Iterator[_Error]:
    error = _error(term, known)
    if error is not None:
        yield error
    else:
        for _, part in children(term):
            yield from _errors(part, known)


def _by_derivative(relation: Relation, known: _Known) -> Iterator[_Error]:
    r"""The error that an equation says to be a derivative, other than ``\partial L / \partial h_t = \delta_{h_t}``, which its name says.

    It does not say of which step the loss is: ``\partial L_t / \partial h_t = \delta_{h_t}``.
    """
    for side, other in relation.both_ways:
        error = _error(side, known)
        if error is not None and isinstance(other, Deriv):
            own = _scripts(other.denominator)[1] == error.quantity
            total = not _scripts(other.numerator)[0]
            if (error.letter in ERRORS and (side is relation.left or not (own and total))) or (error.letter in _PLAIN and own):
                yield error


def _given(relation: Relation, known: _Known) -> _Error | None:
    """The error that an equation gives at a step, and not by what it is at another one."""
    error = _error(relation.left, known)
    if error is None or not isinstance(error.step, Sym) or error.step.name not in USUAL_TIMES:
        return None
    return None if error.named in {e.named for e in _errors(relation.right, known)} else error


def _error(term: Term, known: _Known) -> _Error | None:
    """The error that a letter with scripts is; None for any other term."""
    scripts, base = _scripts(term)
    if not isinstance(base, Sym) or base.name not in BELOW or base.accent or base.style:
        return None
    words = tuple(s for s in scripts if isinstance(s, Sym) and s.style == "text" and s.name in LATER | LOCAL | {TOTAL})
    quantities = [s for s in scripts if isinstance(s, (Sub, Sup)) or (base.name in _PLAIN and (s, frozenset()) in known.weights)]
    if len(quantities) == 1 and len(words) + 1 == len(scripts):
        parts, letter = _scripts(quantities[0])
        steps = [part for part in parts if counts_steps(part, _LAST)]
        names = tuple(part for part in parts if part not in steps)
        fitting = (known.weights if base.name in _PLAIN else frozenset()) | (known.states if steps else frozenset())
        if not isinstance(letter, Sym) or len(steps) > 1 or (letter, frozenset(names)) not in fitting:
            return None
        return _Error(base.name, letter, (*names, *words), steps[0] if steps else None)
    steps = [s for s in scripts if counts_steps(s, _LAST)]
    names = tuple(s for s in scripts if s not in (*words, *steps))
    found = [n for n in names if isinstance(n, Sym) and (n, frozenset(o for o in names if o != n)) in known.states]
    if len(steps) != 1 or len(found) != 1:
        return None
    (letter,) = found
    return _Error(base.name, letter, (*(n for n in names if n != letter), *words), steps[0])


def _scripts(term: Term) -> tuple[list[Term], Term]:
    """All that stands below and above a letter, from the inside out, and the letter."""
    kinds = (Sub, Sup, Pow)
    return [part for script in all_scripts(term, kinds) for part in _apart(script)], under(term, kinds)


def _apart(script: Term) -> tuple[Term, ...]:
    """``ot`` are two scripts."""
    return script.factors if isinstance(script, Mul) and not script.sign else (script,)
