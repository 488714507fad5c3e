"""The argument of a state's activation under a letter of its own that no equation gives: ``z_t`` of ``\\tanh'(z_t)``.

``h_t = \\tanh(W h_{t-1} + U x_t)`` is then ``h_t = \\tanh(z_t)`` with ``z_t = W h_{t-1} + U x_t``. Nothing is called
wrong that rests on it. Where an equation gives it, but with another name of the bias, the state's own is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from symrnn.language.functions import BY_SPELLING, meaning
from symrnn.language.model import Name
from symrnn.language.parts import ONE, contains, letters_in, slopes_in
from symrnn.language.terms import Add, Apply, Deriv, Mark, Mul, Pow, Relation, Row, Sub, Sup, Sym, Term, rebuilt, walk
from symrnn.notation.said import by_name, name_typed, said
from symrnn.notation.vocabulary import ANY_PARAMETER, LOSSES
from symrnn.reading.definitions.doubts import Doubt
from symrnn.reading.definitions.finding import DefiningEquation
from symrnn.reading.definitions.mentions import outermost
from symrnn.reading.lexicon import Lexicon, Occurrence, function_name, without_prefix

#: Where what no equation defines stands: before all others.
_NOWHERE = -500


@dataclass(frozen=True)
class Implied:
    """The definitions with those that are implied, and a doubt about each of these letters, by a position before all others."""

    found: list[DefiningEquation]
    doubts: dict[int, Doubt]


def with_implied_arguments(
    found: list[DefiningEquation], relations: Sequence[Relation | None], terms: Sequence[Term], lexicon: Lexicon
) -> Implied:
    """Adds the letters of the arguments of activations, each of which belongs to one state."""
    result, doubts = _with_own_arguments(found, lexicon), dict[int, Doubt]()
    for function, letters in _arguments(terms, lexicon).items():
        states = [d for d in result if d.indices and not d.is_special(lexicon) and _activation(d.body) == function]
        if len(states) != 1 or len(letters) != 1 or states[0].name in letters:
            continue
        (state,), (name,) = states, letters
        body = state.body
        assert isinstance(body, Apply)
        used = {d.name for d in result} | {o.name for d in result for o in outermost(_without_slopes(d.body), lexicon)}
        if name not in used and lexicon.occurrence(body.argument) is None:
            source = _NOWHERE - len(doubts)
            result = [replace(d, body=replace(body, argument=Sub(name.bare, state.indices))) if d is state else d for d in result]
            result.append(DefiningEquation(source, name, state.indices, body.argument))
            text = said("it is taken as what ", by_name(function), " is of in the equation of ", name_typed(state.name))
            doubts[source] = Doubt((name,), text, frozenset({state.name}))
    for state, term, name in _differentiated_by(terms, [r for r in relations if r is not None], result, lexicon):
        source = _NOWHERE - len(doubts)
        body = state.body
        assert isinstance(body, Apply)
        result = [
            replace(d, body=replace(body, argument=term)) if d.source == state.source and d.name == state.name else d
            for d in result
        ]
        result.append(DefiningEquation(source, name, state.indices, body.argument))
        text = said("it is taken as what the function in the equation of ", name_typed(state.name), " is of")
        doubts[source] = Doubt((name,), text, frozenset({state.name}))
    return Implied(result, doubts)


def _with_own_arguments(found: list[DefiningEquation], lexicon: Lexicon) -> list[DefiningEquation]:
    """The definitions with the argument of a state's function under its letter, whose equation spells it otherwise than the state's."""
    result = list(found)
    for own in found:
        states = [d for d in result if d.indices == own.indices and isinstance(d.body, Apply) and _alike(own.body, d.body.argument)]
        theirs = {o.name for d in states for o in outermost(d.body, lexicon)}
        spelled = {o.name for o in outermost(own.body, lexicon)} - theirs
        elsewhere = {o.name for d in result if d is not own for o in outermost(d.body, lexicon)}
        if len(states) == 1 and not spelled & elsewhere:
            (state,) = states
            body = state.body
            assert isinstance(body, Apply)
            named = replace(state, body=replace(body, argument=Sub(own.name.bare, own.indices)))
            in_another_case = any(replace(name, letter=name.letter.swapcase()) in theirs for name in spelled)  # which it claims
            meant = replace(own, source=_NOWHERE - own.source if in_another_case else own.source, body=body.argument)
            result = [named if d is state else meant if d is own else d for d in result]
    return result


def _differentiated_by(
    terms: Iterable[Term], relations: Iterable[Relation], found: Sequence[DefiningEquation], lexicon: Lexicon
) -> Iterator[tuple[DefiningEquation, Term, Name]]:
    r"""The states that are a function of a formula and are differentiated by one letter that no equation has, at their step.

    ``\partial o_t / \partial z_{o,t}`` beside ``o_t = \sigma(W h_{t-1})``; also without the step, ``\partial o_t / \partial z_o``,
    and letters that are named after the state where a gradient is by them, or by which a gradient has the slope of the state.
    """
    computed = [d for d in found if not contains(d.body, Deriv)]
    known = {o.name for d in computed for o in outermost(d.body, lexicon)} | {d.name for d in found}
    given = [replace(d, body=_row_inside(d.body)) for d in found if d.indices and not d.is_special(lexicon)]
    states = {d.name: d for d in given if isinstance(d.body, Apply)}
    below: dict[Name, dict[Name, Term]] = {}
    for node in (node for term in terms for _, node in walk(term) if isinstance(node, Deriv)):
        above, by = lexicon.occurrence(node.numerator), lexicon.occurrence(node.denominator)
        state = states.get(above.name) if above is not None else None
        if (
            state is None
            or above is None
            or by is None
            or by.name in known
            or by.name.letter[:1].isupper()
            or by.name.letter in ANY_PARAMETER
        ):
            continue
        at_its_step = by.indices == above.indices and list(map(letters_in, by.indices)) == list(map(letters_in, state.indices))
        if at_its_step or (by.name.suffix == state.name.text and not by.indices):
            below.setdefault(state.name, {})[by.name] = by.name.at(*state.indices)
    for of, letter in (*_named_after(terms, states, known, lexicon), *_by_a_slope(relations, states, known, lexicon)):
        below.setdefault(of, {})[letter] = letter.at(*states[of].indices)
    for name, letters in below.items():
        body = states[name].body
        if len(letters) == 1 and isinstance(body, Apply) and lexicon.occurrence(body.argument) is None:
            ((letter, term),) = letters.items()
            yield states[name], term, letter


def _named_after(
    terms: Iterable[Term], states: Mapping[Name, DefiningEquation], known: AbstractSet[Name], lexicon: Lexicon
) -> Iterator[tuple[Name, Name]]:
    r"""States with letters named after them that no equation has: ``\delta\hat{o}_t``, ``\delta z_{o,t}``, ``\sigma'(\bar{o}_t)``,
    ``\sigma(z_{o,t})`` or ``\partial L / \partial z_o``."""
    for node in (node for term in terms for _, node in walk(term)):
        by_its_name = _inside(node, lexicon)
        found = lexicon.occurrence(by_its_name or node)
        function = _called(node.function) if isinstance(node, Apply) and not isinstance(node.function, Mark) else ""
        name = None if found is None else found.name if by_its_name is not None else without_prefix(found.name)
        if found is None or name is None or name in known or name.letter[:1].isupper():
            continue
        if name.letter == "b" and not name.accent:  # a bias, which the equation of the gate leaves out
            continue
        if by_its_name is None and replace(name, suffix="") in known and _has_above(node):  # a part of the gradient by that letter
            continue
        steps = {len(found.indices), 1} if isinstance(node, Deriv) else {len(found.indices)}
        named = [of for of, d in states.items() if len(d.indices) in steps and _is_after(name, of)]
        named = [of for of in named if function in ("", _activation(states[of].body))]
        if len(named) == 1:
            yield named[0], name


def _has_above(term: Term) -> bool:
    return any(isinstance(node, (Sup, Pow)) for _, node in walk(term))


def _by_a_slope(
    relations: Iterable[Relation], states: Mapping[Name, DefiningEquation], known: AbstractSet[Name], lexicon: Lexicon
) -> Iterator[tuple[Name, Name]]:
    r"""States with letters that no equation has, by which the gradient of a loss has the slope of that state alone:
    ``\partial L / \partial a_t = \partial L / \partial h_t \odot (1 - h_t^2)``, or ``da_t = dh_t \odot (1 - h_t^2)``."""
    for relation in relations:
        by = _gradient_by(relation, lexicon)
        if by is None or by.name in known or len(by.indices) != 1:
            continue
        slopes = {o.name for o in _slopes(relation.right, states, lexicon) if o.indices == by.indices}
        if len(slopes) == 1 and not by.name.letter[:1].isupper() and by.name.letter not in ANY_PARAMETER:
            yield slopes.pop(), by.name


def _gradient_by(relation: Relation, lexicon: Lexicon) -> Occurrence | None:
    """What a derivative of a loss is by, or a letter with a prefix that is made of others is about; of derivatives it is a name."""
    left = relation.left
    if isinstance(left, Deriv):
        above = lexicon.occurrence(left.numerator)
        return lexicon.occurrence(left.denominator) if above is not None and above.name.letter in LOSSES else None
    found = lexicon.occurrence(left)
    of = None if found is None else without_prefix(found.name)
    return None if found is None or of is None or contains(relation.right, Deriv) else replace(found, name=of)


def _slopes(term: Term, states: Mapping[Name, DefiningEquation], lexicon: Lexicon) -> Iterator[Occurrence]:
    """The states whose slope by their values stands in a formula: ``1 - h_t^2`` of a tanh, ``o_t (1 - o_t)`` of a σ."""
    for value, function in ((value, function) for _, node in walk(term) for _, value, function in slopes_in(node)):
        found = lexicon.occurrence(value)
        if found is not None and found.name in states and _activation(states[found.name].body) == function:
            yield found


def _inside(node: Term, lexicon: Lexicon) -> Term | None:
    """What a function or its slope is at, or a loss is differentiated by."""
    if isinstance(node, Apply):
        return node.argument
    of = lexicon.occurrence(node.numerator) if isinstance(node, Deriv) else None
    return node.denominator if isinstance(node, Deriv) and of is not None and of.name.letter in LOSSES else None


def _row_inside(body: Term) -> Term:
    r"""A gate that is one row of ``\sigma(W x_t)``, where the function is taken entry by entry, as the function of that row of W x_t."""
    whole = body.whole if isinstance(body, Row) else None
    record = BY_SPELLING.get(_called(whole.function)) if isinstance(whole, Apply) else None
    if not isinstance(body, Row) or not isinstance(whole, Apply) or record is None or record.takes != "entries":
        return body
    return replace(whole, argument=replace(body, whole=whole.argument))


def _is_after(name: Name, state: Name) -> bool:
    """Whether a name is the state's with another accent, or has the state below it, in any case and without its accent."""
    below = name.suffix == state.text or (bool(name.suffix) and name.suffix.lower() == state.letter.lower() and not state.suffix)
    return (bool(name.accent) and replace(name, accent=state.accent) == state) or below


def _arguments(terms: Iterable[Term], lexicon: Lexicon) -> dict[str, set[Name]]:
    """The letters at a step that stand, alone, as the argument of a function or of its derivative, by the functions."""
    result: dict[str, set[Name]] = {}
    for node in (node for term in terms for _, node in walk(term) if isinstance(node, Apply)):
        found = lexicon.occurrence(node.argument)
        function = node.function.base if isinstance(node.function, (Mark, Pow)) else node.function
        if found is not None and len(found.indices) == 1 and lexicon.may_be_time(found.indices[0]) and not found.name.suffix:
            result.setdefault(_called(function), set()).add(found.name)
    return result


def _without_slopes(term: Term) -> Term:
    """A formula with 1 for the derivatives of functions: what stands in them is what the function is of, and no input of its own."""
    slope = isinstance(term, Apply) and isinstance(term.function, Mark)
    return ONE if slope else rebuilt(term, _without_slopes)


def _called(function: Term) -> str:
    name = function_name(function)
    return meaning(name) or name


def _activation(body: Term) -> str:
    return _called(body.function) if isinstance(body, Apply) else ""


def _alike(first: Term, second: Term) -> bool:
    """Whether two sums differ in nothing but their order, what is below a letter that stands alone in them, b for b_h, and how large a
    letter with a word below is written, w_{xh} for W_{xh}."""
    parts = [sorted(map(_plain, term.terms)) if isinstance(term, Add) else [] for term in (first, second)]
    return first != second and bool(parts[0]) and parts[0] == parts[1]


def _plain(term: Term) -> str:
    return repr(term.base if isinstance(term, Sub) and isinstance(term.base, Sym) else _in_small(term))


def _in_small(term: Term) -> Term:
    """A formula with small letters for those with a word below."""
    if isinstance(term, Sub) and isinstance(term.base, Sym) and any(isinstance(script, Mul) for script in term.indices):
        return replace(term, base=replace(term.base, name=term.base.name.lower()))
    return rebuilt(term, _in_small)
