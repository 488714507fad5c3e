"""The changes that may mend a formula: small edits of its tree, each with its kind and the name of the mistake it undoes.

An edit is a way to change a relation; nothing here knows whether the result is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from symrnn.lexicon import SMALL_GREEK, Lexicon, Occurrence
from symrnn.model import Model, Name, Quantity
from symrnn.tensors import Map, Softmax
from symrnn.terms import (
    Add,
    Apply,
    Big,
    Deriv,
    Elided,
    Frac,
    Hadamard,
    Mark,
    Mul,
    Neg,
    Num,
    Outer,
    Pow,
    Relation,
    Sub,
    Sup,
    Sym,
    Term,
    Transpose,
    children,
    replace_at,
    step_into,
    walk,
)
from symrnn.verdict import Edit, Path

NOTATION, CONVENTION, MATHEMATICS = "notation", "convention", "mathematics"


@dataclass(frozen=True)
class Change:
    """A changed relation and the edit that led to it."""

    relation: Relation
    edit: Edit


@dataclass(frozen=True)
class Setting:
    """What edits are drawn from: the model, the letters, the formulas just before (whose sums an elided body may repeat).

    `update` is true for the claim of an update rule, in which one parameter is easily written for another.
    """

    model: Model
    lexicon: Lexicon
    show: Callable[[Term], str]
    before: tuple[Term, ...] = ()
    update: bool = False


# -------------------------------------------------------------------------------------------------------- notation


def letter_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """Edits of notation: hats, letters, marks, a summand left out. Letters that nothing defines come first, and alone."""
    unknown = next(undefined_names(relation, setting), None)
    if unknown is not None:
        yield from _known_letter_for(unknown, relation, setting)
        return
    elided = list(_elided_edits(relation, setting))
    if elided:
        yield from elided
        return
    yield from _letter_edits(relation, setting)
    yield from _bound_letter_edits(relation, setting)
    yield from _mark_edits(relation, setting)


def notation_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """All edits of notation: those of letters, and another name for an index."""
    yield from letter_edits(relation, setting)
    yield from _index_edits(relation, setting)


def undefined_names(relation: Relation, setting: Setting) -> Iterator[Name]:
    """The quantities of a relation that the model does not know."""
    for name in _named_places(relation, setting):
        if not setting.model.named(name) and not _free_by_nature(name, setting):
            yield name


def _free_by_nature(name: Name, setting: Setting) -> bool:
    """A small Greek letter that nothing defines is a number such as a learning rate, not a slip; so are I and delta."""
    return name.letter in SMALL_GREEK or name.letter in ("I", "e") or name.letter in setting.lexicon.indices


def _known_letter_for(name: Name, relation: Relation, setting: Setting) -> Iterator[Change]:
    """A letter that the document defines, wherever the unknown one stands.

    What is differentiated is not guessed: there only an accent may be wrong.
    """
    places = _named_places(relation, setting)[name]
    guess = not any(_is_differentiated(relation, place) for place, _ in places)
    for other in dict.fromkeys(q.name for q in setting.model.quantities.values()):
        if not guess and other.letter != name.letter:
            continue
        yield _renamed_everywhere(relation, places, name, other, setting)


Place = tuple[str, Path]


def _places(relation: Relation) -> Iterator[tuple[Place, Term]]:
    for side in ("left", "right"):
        for path, node in walk(getattr(relation, side)):
            yield (side, path), node


def change_at(relation: Relation, place: Place, new: Term) -> Relation:
    """The relation with one subterm replaced."""
    side, path = place
    changed = replace_at(getattr(relation, side), path, new)
    return replace(relation, left=changed) if side == "left" else replace(relation, right=changed)


def _named_places(relation: Relation, setting: Setting) -> dict[Name, list[tuple[Place, Sym]]]:
    """For every quantity, the symbols that name it; of an update rule only what is assigned may be wrong."""
    result: dict[Name, list[tuple[Place, Sym]]] = {}
    for side in ("right",) if setting.update else ("left", "right"):
        for path, symbol, occurrence in _heads(getattr(relation, side), setting.lexicon):
            result.setdefault(occurrence.name, []).append(((side, path), symbol))
    return result


def _heads(term: Term, lexicon: Lexicon, path: Path = ()) -> Iterator[tuple[Path, Sym, Occurrence]]:
    """The symbol at the head of every quantity that a term mentions, outside subscripts and function names."""
    occurrence = lexicon.occurrence(term)
    if occurrence is not None:
        inner, at = term, path
        while not isinstance(inner, Sym):
            inner, at = inner.base, (*at, "base")  # type: ignore[attr-defined]
        yield at, inner, occurrence
        return
    for step, child in children(term):
        if isinstance(term, (Sub, Sup)) and step[0] == "indices":
            continue
        if (isinstance(term, Apply) and step[0] == "function") or (isinstance(term, Big) and step[0] != "body"):
            continue
        yield from _heads(child, lexicon, (*path, *step))


def _groups(relation: Relation, places: list[tuple[Place, Sym]]) -> Iterator[list[tuple[Place, Sym]]]:
    """Sets of places that a slip of the pen may cover: all, one side, those inside derivatives, each one."""
    seen = set()
    for chosen in (
        places,
        [p for p in places if _in_derivative(relation, p[0])],
        [p for p in places if p[0][0] == "left"],
        [p for p in places if p[0][0] == "right"],
        [p for p in places if p[0][0] == "left" or _in_derivative(relation, p[0])],
        *([p] for p in places),
    ):
        key = tuple(p[0] for p in chosen)
        if chosen and key not in seen:
            seen.add(key)
            yield chosen


def _is_differentiated(relation: Relation, place: Place) -> bool:
    """Whether a place is (in) the numerator of a derivative."""
    node: Any = getattr(relation, place[0])
    for step in place[1]:
        if isinstance(node, Deriv) and step == "numerator" and not node.prefix:
            return True
        node = step_into(node, step)
    return False


def _in_derivative(relation: Relation, place: Place) -> bool:
    """Whether a place is the numerator or denominator of a derivative (rather than the operand of an operator)."""
    node: Any = getattr(relation, place[0])
    for step in place[1]:
        if isinstance(node, Deriv):
            return step == "denominator" or not node.prefix
        node = step_into(node, step)
    return False


def _letter_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    for name, places in _named_places(relation, setting).items():
        for other in _confusable(name, setting):
            for chosen in _groups(relation, places):
                yield _renamed_everywhere(relation, chosen, name, other, setting)


def _renamed_everywhere(relation: Relation, places: list[tuple[Place, Sym]], name: Name, other: Name, setting: Setting) -> Change:
    for place, symbol in places:
        new = replace(symbol, name=other.letter, accent=other.accent, style=other.style)
        relation = change_at(relation, place, new)
    text = f"{setting.show(_symbol(name))} → {setting.show(_symbol(other))}"
    return Change(relation, Edit(NOTATION, _letter_mistake(name, other), text))


def _symbol(name: Name) -> Term:
    symbol = Sym(name.letter, name.accent, name.style)
    return Sub(symbol, (Sym(name.suffix, "", "text"),)) if name.suffix else symbol


def _letter_mistake(name: Name, other: Name) -> str:
    if name.letter == other.letter:
        return "a hat too few" if other.accent and not name.accent else "a hat too many" if name.accent else "a wrong accent"
    return "a wrong letter"


def _confusable(name: Name, setting: Setting) -> Iterator[Name]:
    """The names that a slip of the pen may have meant: another accent, the other of target and prediction, in an update rule
    another parameter."""
    known = next(iter(setting.model.named(name).values()), None)
    for quantity in setting.model.quantities.values():
        other = quantity.name
        if other == name:
            continue
        if (
            (other.letter == name.letter and other.suffix == name.suffix)
            or (known is not None and other.suffix == name.suffix and _same_kind(known, quantity))
            or (known is not None and setting.update and known.is_parameter and quantity.is_parameter)
        ):
            yield other


def _same_kind(a: Quantity, b: Quantity) -> bool:
    """Target and prediction: two vectors over the classes, one of them free and one defined."""
    return a.timed and b.timed and a.shape == b.shape == ("classes",) and (a.definition is None) != (b.definition is None)


def _index_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """Another index letter in one place, one side or one term."""
    places = [p for p in _index_places(relation) if not _in_parameter(relation, p[0], setting)]
    letters = list(dict.fromkeys(symbol.name for _, symbol in places))
    for letter in letters:
        mine = [(p, s) for p, s in places if s.name == letter]
        for other in letters:
            if other == letter:
                continue
            for chosen in _index_groups(mine):
                changed = relation
                for place, symbol in chosen:
                    changed = change_at(changed, place, replace(symbol, name=other))
                if _left_letters(relation) - _left_letters(changed):
                    continue
                yield Change(changed, Edit(NOTATION, "a wrong index letter", f"index {letter} → {other}"))


def _left_letters(relation: Relation) -> set[str]:
    """The index letters on the left: a slip does not make one of them disappear, that would say less."""
    return {symbol.name for (side, _), symbol in _index_places(relation) if side == "left"}


def _index_places(relation: Relation) -> list[tuple[Place, Sym]]:
    """Every index letter in a subscript, unless a sum right around it binds it."""
    result = []
    for side in ("left", "right"):
        result += [((side, path), s) for path, s in _free_indices(getattr(relation, side), frozenset())]
    return result


def _in_parameter(relation: Relation, place: Place, setting: Setting) -> bool:
    """Whether an index counts components of a parameter: another one there is no slip but another entry."""
    node: Any = getattr(relation, place[0])
    for step in place[1]:
        if isinstance(node, Sub) and _is_parameter(node, setting):
            return True
        node = step_into(node, step)
    return False


def _free_indices(term: Term, bound: frozenset[str], path: Path = (), inside: bool = False) -> Iterator[tuple[Path, Sym]]:
    if isinstance(term, Sym) and inside and term.name not in bound and not term.accent and len(term.name) == 1:
        yield path, term
    if isinstance(term, Big) and isinstance(term.index, Sym):
        yield from _free_indices(term.body, bound | {term.index.name}, (*path, "body"), inside)
        return
    for step, child in children(term):
        script = isinstance(term, (Sub, Sup)) and step[0] == "indices"
        yield from _free_indices(child, bound, (*path, *step), inside or script)


def _index_groups(places: list[tuple[Place, Sym]]) -> Iterator[list[tuple[Place, Sym]]]:
    seen = set()
    left, right = [p for p in places if p[0][0] == "left"], [p for p in places if p[0][0] == "right"]
    for chosen in (right, left, *([p] for p in places)):
        key = tuple(p[0] for p in chosen)
        if chosen and key not in seen:
            seen.add(key)
            yield chosen


def _bound_letter_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """``\\sum_{i=1}^{k}`` for ``\\sum_{i=1}^{K}``: a small letter above a sum for the capital one."""
    for place, node in _places(relation):
        if isinstance(node, Big) and isinstance(node.upper, Sym) and node.upper.name.islower():
            capital = node.upper.name.upper()
            if capital in setting.model.sizes or capital == setting.model.horizon:
                changed = change_at(relation, place, replace(node, upper=Sym(capital)))
                yield Change(changed, Edit(NOTATION, "a wrong letter", f"upper bound {node.upper.name} → {capital}"))


def _mark_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """The mark of an explicit derivative, where a total one is written."""
    for place, node in _places(relation):
        if isinstance(node, Deriv) and node.sign == "partial" and not node.prefix and not isinstance(node.numerator, Mark):
            changed = change_at(relation, place, replace(node, numerator=Mark(node.numerator, "+")))
            if _is_parameter(node.denominator, setting):
                text = f"{setting.show(node)} → the explicit derivative"
                yield Change(changed, Edit(NOTATION, "the mark of the explicit derivative", text))


def _is_parameter(term: Term, setting: Setting) -> bool:
    occurrence = setting.lexicon.occurrence(term)
    return occurrence is not None and any(q.is_parameter for q in setting.model.named(occurrence.name).values())


def _elided_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """The summand of the same sum in the line before, where a sum has none."""
    earlier = [node for term in reversed(setting.before) for _, node in walk(term) if isinstance(node, Big)]
    for place, node in _places(relation):
        if isinstance(node, Big) and isinstance(node.body, Elided):
            bodies = [b.body for b in earlier if b.index == node.index and not isinstance(b.body, Elided)]
            for body in dict.fromkeys(bodies):
                changed = change_at(relation, place, replace(node, body=body))
                yield Change(changed, Edit(NOTATION, "a summand left out", f"the summand {setting.show(body)} is missing"))


# ---------------------------------------------------------------------------------------- convention and mathematics


def likely_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """The few edits of the right side that formulas put together from earlier ones need: orders, transposes, lost terms."""
    for path, node in walk(relation.right):
        if isinstance(node, Big) and node.kind == "prod":
            yield _at(relation, path, *next(_transposes(node, relation.right, path, setting)))
            for new, edit in _bound_edits(node, setting):
                if edit.kind == CONVENTION:
                    yield _at(relation, path, new, edit)
    for new, edit in all_sums_from_first(relation.right, setting):
        yield _at(relation, (), new, edit)


def _at(relation: Relation, path: Path, new: Term, edit: Edit) -> Change:
    return Change(change_at(relation, ("right", path), new), edit)


def earlier_repair(
    label: str, written: Term, repaired: Term, edits: tuple[Edit, ...]
) -> Callable[[Relation, Setting], Iterator[Change]]:
    """The source of edits that put the repaired right side of an earlier statement where its false one was used."""

    def changes(relation: Relation, setting: Setting) -> Iterator[Change]:
        for path, node in walk(relation.right):
            if node == written and path:
                text = f"the repair of ({label}): " + ", ".join(e.text for e in edits)
                edit = Edit(MATHEMATICS, edits[0].name, text, label)
                for place, new in _inserted(relation.right, path, repaired):
                    yield Change(change_at(relation, ("right", place), new), edit)

    return changes


def _inserted(root: Term, path: Path, repaired: Term) -> Iterator[tuple[Path, Term]]:
    """The repaired piece in its surroundings: D (x) r after a factor v (x) makes (v D) (x) r."""
    parent: Any = root
    for step in path[:-2]:
        parent = step_into(parent, step)
    if isinstance(parent, Outer) and isinstance(repaired, Outer) and path[-1] == 1 and len(parent.factors) == 2:
        before = parent.factors[0]
        factors = (*before.factors, repaired.factors[0]) if isinstance(before, Mul) else (before, repaired.factors[0])
        yield path[:-2], Outer((Mul(factors), repaired.factors[1]))
    elif isinstance(parent, Mul) and isinstance(repaired, Mul):
        position = path[-1]
        assert isinstance(position, int)
        factors = (*parent.factors[:position], *repaired.factors, *parent.factors[position + 1 :])
        yield path[:-2], replace(parent, factors=factors)
    else:
        yield path, repaired


def deeper_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """Edits of the right side: of convention (transposes, orders) and of mathematics (factors, bounds, signs, letters)."""
    for path, node in walk(relation.right):
        for new, edit in _edits_of(node, path, relation, setting):
            yield Change(change_at(relation, ("right", path), new), edit)


def _edits_of(node: Term, path: Path, relation: Relation, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    if _inside_script(relation.right, path):
        yield from _shifts(node, setting)
        return
    if _inside_derivative_or_function(relation.right, path):
        return
    yield from _sign_edits(node, setting)
    yield from _turned_round(node, setting)
    yield from _recurrent_edits(node, setting)
    yield from _softmax_edits(node, setting)
    yield from _transposes(node, relation.right, path, setting)
    if isinstance(node, Mul) and node.sign != "times":
        yield from _factor_edits(node, relation, path, setting)
    elif _is_operand(relation.right, path, setting):
        yield from _wrapped(node, relation, path, setting)
    if isinstance(node, Hadamard):
        yield from _elementwise_factors(node, relation, path, setting)
    if isinstance(node, (Hadamard, Outer)):
        yield from _deletions(node, setting)
        yield from _exchanges(node, setting)
    if isinstance(node, Big):
        yield from _bound_edits(node, setting)
    yield from _parameter_edits(node, setting)
    if not path:
        yield from _whole_edits(node, relation, setting)


def _inside_script(term: Term, path: Path) -> bool:
    node: Any = term
    for step in path:
        if isinstance(node, (Sub, Sup)) and step == "indices":
            return True
        node = step_into(node, step)
    return False


def _inside_derivative_or_function(term: Term, path: Path) -> bool:
    node: Any = term
    for step in path:
        if isinstance(node, (Deriv, Apply, Frac, Pow)) or (isinstance(node, Big) and step != "body"):
            return not (isinstance(node, Apply) and step == "argument" and not _is_activation(node))
        node = step_into(node, step)
    return False


def _is_activation(node: Apply) -> bool:
    return isinstance(node.function, Sym) and node.function.name != "diag"


def _is_operand(root: Term, path: Path, setting: Setting) -> bool:
    """Whether a subterm can become a product: a term of a sum, an operand of a wide product, a whole side."""
    node: Any = root
    parent: Any = None
    for step in path:
        if not isinstance(node, tuple):
            parent = node
        node = step_into(node, step)
    if isinstance(node, (Num, Big, Neg)):
        return False
    return parent is None or isinstance(parent, (Add, Outer, Hadamard, Neg, Big, Mul))


def _sign_edits(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    if isinstance(node, Add):
        for position, term in enumerate(node.terms):
            flipped = term.term if isinstance(term, Neg) else Neg(term)
            terms = (*node.terms[:position], flipped, *node.terms[position + 1 :])
            yield Add(terms), Edit(MATHEMATICS, "a sign", f"the sign of {setting.show(_bare(term))}")


def _bare(term: Term) -> Term:
    return term.term if isinstance(term, Neg) else term


def _turned_round(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """A transpose that is not written as one: ``W_{ji}`` for ``W_{ij}``, ``a^T b`` for ``b^T a``."""
    new: Term | None = None
    if isinstance(node, Sub) and len(node.indices) == 1 and isinstance(node.indices[0], Mul):
        new = replace(node, indices=(replace(node.indices[0], factors=node.indices[0].factors[::-1]),))
    elif isinstance(node, Sub) and len(node.indices) == 2:
        new = replace(node, indices=node.indices[::-1])
    elif isinstance(node, Mul) and len(node.factors) == 2:
        a, b = node.factors
        if isinstance(a, Transpose) != isinstance(b, Transpose):
            new = replace(node, factors=(_flipped(b), _flipped(a)))
    if new is not None:
        yield new, Edit(CONVENTION, "missing transpose", f"{setting.show(node)} → {setting.show(new)}")


def _flipped(term: Term) -> Term:
    return term.base if isinstance(term, Transpose) else Transpose(term)


def _transposes(node: Term, root: Term, path: Path, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    if isinstance(node, Transpose):
        yield node.base, Edit(CONVENTION, "a transpose too many", f"{setting.show(node)} → {setting.show(node.base)}")
    elif isinstance(node, Big) and node.kind == "prod":
        yield Transpose(node), Edit(CONVENTION, "missing transpose", "the ordered product must be transposed")
    elif _is_matrix(node, setting) and not _transposed_already(root, path):
        new = Transpose(node)
        yield new, Edit(CONVENTION, "missing transpose", f"{setting.show(node)} → {setting.show(new)}")


def _transposed_already(root: Term, path: Path) -> bool:
    node: Any = root
    for step in path[:-1]:
        node = step_into(node, step)
    return isinstance(node, Transpose)


def _is_matrix(node: Term, setting: Setting) -> bool:
    occurrence = setting.lexicon.occurrence(node)
    if occurrence is None or occurrence.indices:
        return False
    return any(len(q.shape) == 2 for q in setting.model.named(occurrence.name).values())


def _factor_edits(node: Mul, relation: Relation, path: Path, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    for position in range(len(node.factors) + 1):
        for factor, edit in factors_offered(relation, path, setting):
            yield replace(node, factors=(*node.factors[:position], factor, *node.factors[position:])), edit
    yield from _deletions(node, setting)
    yield from _exchanges(node, setting)
    yield from _adjoints(node, relation, path, setting)


def _adjoints(node: Mul, relation: Relation, path: Path, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """The total derivative of the loss by a state where factors give only what comes through one step."""
    total = total_loss(setting.model)
    states = [q for q in setting.model.quantities.values() if q.recurrence == -1]
    if total is None:
        return
    for start in range(len(node.factors)):
        for stop in range(start + 1, len(node.factors) + 1):
            for state in states:
                for time in _times_at(relation, path, setting):
                    adjoint = Deriv(_symbol(total.name), _stated(state, time))
                    factors = (*node.factors[:start], adjoint, *node.factors[stop:])
                    piece = node.factors[start] if stop == start + 1 else Mul(node.factors[start:stop])
                    text = f"{setting.show(piece)} → {setting.show(adjoint)}"
                    new = factors[0] if len(factors) == 1 else replace(node, factors=factors)
                    yield new, Edit(MATHEMATICS, "only the immediate derivative", text)


def _elementwise_factors(node: Hadamard, relation: Relation, path: Path, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """An elementwise product with the activation derivative that it lacks, or with the part of one that it lacks."""
    for quantity, slope in _states(setting):
        for time in _times_at(relation, path, setting) if quantity.shape else ():
            whole = slope(_stated(quantity, time))
            for part in whole.factors if isinstance(whole, Hadamard) else (whole,):
                text = f"the factor {setting.show(part)} is missing"
                yield Hadamard((*node.factors, part)), Edit(MATHEMATICS, "missing activation derivative", text)
            if isinstance(whole, Hadamard):
                text = f"the factor {setting.show(whole)} is missing"
                yield Hadamard((*node.factors, *whole.factors)), Edit(MATHEMATICS, "missing activation derivative", text)


def _wrapped(node: Term, relation: Relation, path: Path, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """A product with one more factor, where there was a single operand."""
    for factor, edit in factors_offered(relation, path, setting):
        yield Mul((factor, node)), edit
        yield Mul((node, factor)), edit
        if isinstance(factor, Apply) and not path and isinstance(relation.left, Deriv):
            yield Outer((factor, node)), edit


def _deletions(node: Mul | Hadamard | Outer, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    for position, factor in enumerate(node.factors):
        rest = (*node.factors[:position], *node.factors[position + 1 :])
        new = rest[0] if len(rest) == 1 else replace(node, factors=rest)
        yield new, Edit(MATHEMATICS, "a factor too many", f"the factor {setting.show(factor)} is too many")


def _exchanges(node: Mul | Hadamard | Outer, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    for position in range(len(node.factors) - 1):
        a, b = node.factors[position : position + 2]
        new = replace(node, factors=(*node.factors[:position], b, a, *node.factors[position + 2 :]))
        yield new, Edit(CONVENTION, "reversed order", f"{setting.show(a)} and {setting.show(b)} change places")


def factors_offered(relation: Relation, path: Path, setting: Setting) -> list[tuple[Term, Edit]]:
    """The factors that a product may lack: the parameters and their transposes, the activation derivatives at the steps at hand."""
    result: list[tuple[Term, Edit]] = []
    for quantity in setting.model.quantities.values():
        if quantity.is_parameter and len(quantity.shape) == 2:
            name = "missing output matrix" if "classes" in quantity.shape else "missing weight matrix"
            for term in (_symbol(quantity.name), Transpose(_symbol(quantity.name))):
                result.append((term, Edit(MATHEMATICS, name, f"the factor {setting.show(term)} is missing")))
    for term in _slopes(relation, path, setting):
        edit = Edit(MATHEMATICS, "missing activation derivative", f"the factor {setting.show(term)} is missing")
        result.append((term, edit))
    return result


def _slopes(relation: Relation, path: Path, setting: Setting) -> Iterator[Term]:
    """diag(1 - h_k^2) (or the like, 1 - h_k^2 for numbers) for every state and every time that the formula speaks of."""
    times = _times_at(relation, path, setting)
    for quantity, slope in _states(setting):
        for time in times:
            term = slope(_stated(quantity, time))
            yield Apply(Sym("diag"), term) if quantity.shape else term


def _states(setting: Setting) -> Iterator[tuple[Quantity, Callable[[Term], Term]]]:
    """The quantities that an activation defines, with its derivative."""
    for quantity in setting.model.quantities.values():
        slope = activation_slope(quantity)
        if slope is not None:
            yield quantity, slope


def _stated(quantity: Quantity, time: Term) -> Term:
    return Sub(Sym(quantity.name.letter, quantity.name.accent, quantity.name.style), (time,))


def activation_slope(quantity: Quantity) -> Callable[[Term], Term] | None:
    """The derivative of the activation that defines a state, as a formula in the state itself; None for any other quantity."""
    definition = quantity.definition
    if not isinstance(definition, Map):
        return None
    one = Num(Fraction(1))
    if definition.function == "tanh":
        return lambda h: Add((one, Neg(Pow(h, Num(Fraction(2))))))
    if definition.function == "sigma":
        return lambda h: Hadamard((h, Add((one, Neg(h)))))
    return None


def _times_at(relation: Relation, path: Path, setting: Setting) -> list[Term]:
    """Index letters in scope at a place that count time."""
    letters: dict[str, None] = {}
    node: Any = relation.right
    for step in path:
        if isinstance(node, Big) and isinstance(node.index, Sym):
            letters[node.index.name] = None
        node = step_into(node, step)
    for _, symbol in _index_places(relation):
        if symbol.name in setting.lexicon.times:
            letters[symbol.name] = None
    return [Sym(name) for name in letters]


def _recurrent_edits(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """The loss of one step where the total one is meant: the paths through later steps are forgotten."""
    if isinstance(node, Deriv) and not node.prefix:
        occurrence = setting.lexicon.occurrence(node.numerator)
        total = total_loss(setting.model)
        if occurrence is not None and occurrence.indices and total is not None:
            known = setting.model.named(occurrence.name).get(True)
            if known is not None and not known.shape and known.definition is not None:
                new = replace(node, numerator=_symbol(total.name))
                text = f"{setting.show(node)} → {setting.show(new)}"
                yield new, Edit(MATHEMATICS, "only the immediate derivative", text)


def total_loss(model: Model) -> Quantity | None:
    """The scalar without a time that is defined: what the network is trained to make small."""
    return next((q for q in model.quantities.values() if not q.timed and not q.shape and q.definition is not None), None)


def _later_terms(node: Term, relation: Relation, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """The term that comes through the next step, for every state: dL/dh_{t+1} dh_{t+1}/dh_t."""
    total = total_loss(setting.model)
    if total is None:
        return
    for quantity in setting.model.quantities.values():
        if quantity.recurrence != -1:
            continue
        for time in _times_at(relation, (), setting):
            now, later = _stated(quantity, time), _stated(quantity, shift(time, 1))
            term = Mul((Deriv(_symbol(total.name), later), Deriv(later, now)))
            terms = (*node.terms, term) if isinstance(node, Add) else (node, term)
            text = f"the term {setting.show(term)} is missing"
            yield Add(terms), Edit(MATHEMATICS, "only the immediate derivative", text)


def _softmax_edits(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """diag(p) - p p^T where only the diagonal p (1 - p) is written."""
    inner = node.argument if isinstance(node, Apply) and node.function == Sym("diag") else node
    if not isinstance(inner, (Mul, Hadamard)) or len(inner.factors) != 2:
        return
    for p, rest in (inner.factors, inner.factors[::-1]):
        occurrence = setting.lexicon.occurrence(p)
        known = setting.model.named(occurrence.name).get(True) if occurrence is not None else None
        if known is not None and isinstance(known.definition, Softmax) and rest == Add((Num(Fraction(1)), Neg(p))):
            whole = Add((Apply(Sym("diag"), p), Neg(Mul((p, Transpose(p))))))
            text = f"{setting.show(node)} → {setting.show(whole)}"
            yield whole, Edit(MATHEMATICS, "diagonal-only softmax Jacobian", text)


def _bound_edits(node: Big, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """Bounds one further or one less, a lower bound at the first step, the order of a product turned round."""
    first = Num(Fraction(max(setting.model.first, 0)))
    if node.lower is not None and node.lower != first and isinstance(node.lower, Num):
        text = f"the sum over {setting.show(node.index)} starts at {setting.show(first)}"
        yield replace(node, lower=first), Edit(MATHEMATICS, "wrong bound (terms lost)", text)
    if node.lower is not None and not isinstance(node.lower, Num) and node.kind == "sum":
        text = f"the sum over {setting.show(node.index)} starts at {setting.show(first)}"
        yield replace(node, lower=first), Edit(MATHEMATICS, "truncated", text)
    for name in ("lower", "upper"):
        bound = getattr(node, name)
        if bound is None:
            continue
        for by in (-1, 1):
            shifted = shift(bound, by)
            text = f"{name} bound {setting.show(bound)} → {setting.show(shifted)}"
            changed = replace(node, lower=shifted) if name == "lower" else replace(node, upper=shifted)
        yield changed, Edit(MATHEMATICS, "wrong bound", text)
    if node.kind == "prod" and node.lower is not None and node.upper is not None:
        turned = replace(node, lower=node.upper, upper=node.lower)
        yield turned, Edit(CONVENTION, "reversed order", "the ordered product runs the other way")


def all_sums_from_first(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """Every sum over time that starts at a number later than the first step, moved to it: the same terms lost twice."""
    first = Num(Fraction(max(setting.model.first, 0)))
    late = [(path, big) for path, big in walk(node) if isinstance(big, Big) and _starts_late(big, first)]
    if len(late) < 2:
        return
    for path, _ in late:
        node = replace_at(node, (*path, "lower"), first)
    letters = " and ".join(setting.show(big.index) for _, big in late)
    yield node, Edit(MATHEMATICS, "wrong bound (terms lost)", f"the sums over {letters} start at {setting.show(first)}")


def _starts_late(big: Big, first: Num) -> bool:
    return isinstance(big.lower, Num) and big.lower.value > first.value


def shift(index: Term, by: int) -> Term:
    """An index expression plus a whole number, written as a person would."""
    parts = list(index.terms) if isinstance(index, Add) else [index]
    constant = by
    kept = []
    for part in parts:
        value = _bare(part)
        if isinstance(value, Num):
            constant += int(value.value) * (-1 if isinstance(part, Neg) else 1)
        else:
            kept.append(part)
    if constant or not kept:
        number = Num(Fraction(abs(constant)))
        kept.append(Neg(number) if constant < 0 else number)
    return kept[0] if len(kept) == 1 else Add(tuple(kept))


def _shifts(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """An index one step earlier or later."""
    letters = [n.name for _, n in walk(node) if isinstance(n, Sym)]
    if not isinstance(node, (Sym, Add)) or len(letters) != 1 or letters[0] not in setting.lexicon.times:
        return
    for by in (-1, 1):
        new = shift(node, by)
        yield new, Edit(MATHEMATICS, "index shifted", f"index {setting.show(node)} → {setting.show(new)}")


def _parameter_edits(node: Term, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """Another parameter, or another quantity of the same rank, in place of one."""
    occurrence = setting.lexicon.occurrence(node)
    if occurrence is None or isinstance(node, Mark):
        return
    known = setting.model.named(occurrence.name).values()
    for mine in known:
        for other in setting.model.quantities.values():
            if other.name == mine.name or other.timed != mine.timed or len(other.shape) != len(mine.shape):
                continue
            new = _renamed(node, other.name)
            if new is not None:
                name = "swapped parameter" if mine.is_parameter else "swapped quantity"
                yield new, Edit(MATHEMATICS, name, f"{setting.show(node)} → {setting.show(new)}")


def _renamed(node: Term, name: Name) -> Term | None:
    if isinstance(node, Sym):
        return _symbol(name) if name.suffix else Sym(name.letter, name.accent, name.style)
    if isinstance(node, Sub) and isinstance(node.base, Sym) and not name.suffix:
        return replace(node, base=Sym(name.letter, name.accent, name.style))
    return None


def _whole_edits(node: Term, relation: Relation, setting: Setting) -> Iterator[tuple[Term, Edit]]:
    """Edits of a whole side: its sign, the number of steps as a factor or divisor, a sum over an index left open."""
    yield from all_sums_from_first(node, setting)
    yield from _later_terms(node, relation, setting)
    yield Neg(node), Edit(MATHEMATICS, "a sign", "the sign of the whole side")
    horizon, first = Sym(setting.model.horizon), setting.model.first - setting.model.horizon_offset
    steps: Term = horizon if first == 1 else shift(horizon, 1 - first)
    over = Edit(MATHEMATICS, "mean against sum", f"the mean over {setting.show(steps)} steps, not their sum")
    yield Mul((Frac(Num(Fraction(1)), steps), node)), over
    under = Edit(MATHEMATICS, "mean against sum", "the sum over all steps, not their mean")
    yield Mul((steps, node)), under
    left = {s.name for (side, _), s in _index_places(relation) if side == "left"}
    for letter in dict.fromkeys(s.name for (side, _), s in _index_places(relation) if side == "right"):
        if letter not in left:
            lower = Num(Fraction(max(setting.model.first, 0)))
            summed = Big("sum", Sym(letter), lower, horizon, (), node)
            yield summed, Edit(MATHEMATICS, "a missing sum", f"the sum over {letter} is missing")
