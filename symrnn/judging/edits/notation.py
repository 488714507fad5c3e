"""Edits of notation: a wrong letter, a missing hat, a wrong index letter, a mark or a body left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeGuard

from symrnn.judging import mistakes
from symrnn.judging.edits.activations import slopes_at_values
from symrnn.judging.edits.setting import Change, Place, Setting, change_at, in_parameter, index_places, is_parameter, total_loss
from symrnn.judging.mistakes import Mistake
from symrnn.judging.verdict import Edit, Exchange, Path
from symrnn.language.functions import BY_SPELLING
from symrnn.language.model import Name, Quantity
from symrnn.language.terms import (
    HALVES,
    KIND,
    Add,
    Apply,
    Big,
    Deriv,
    Elided,
    Mark,
    Num,
    Relation,
    Stack,
    Sub,
    Sup,
    Sym,
    Term,
    children,
    replace_at,
    replaced,
    step_into,
    walk,
)
from symrnn.notation.said import one_by_one, said
from symrnn.notation.vocabulary import ANY_PARAMETER
from symrnn.reading.lexicon import ERRORS, SMALL_GREEK, Lexicon, Occurrence, without_prefix


def letter_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """Edits of notation: hats, letters, marks, a summand left out. Letters that nothing defines come first, and alone.

    No letter is meant that makes a slope one at what its function gives: that would be one guess for the sake of another.
    """
    whole = with_both_signs(relation)
    if whole is not None:
        yield whole
        return
    slopes = slopes_at_values(relation, setting)
    if slopes is not None:
        yield slopes
    others = _edits_of_letters(relation, setting)
    yield from (c for c in others if slopes is not None or slopes_at_values(c.relation, setting) is None)


def _edits_of_letters(relation: Relation, setting: Setting) -> Iterator[Change]:
    yield from _error_meant(relation, setting)
    unknown = list(dict.fromkeys(name for name in undefined_names(relation, setting) if name not in setting.errors))
    if unknown:
        yield from _known_letter_for(unknown[0], relation, setting, guess=len(unknown) == 1)
        return
    elided = list(_elided_edits(relation, setting))
    if elided:
        yield from elided
        return
    yield from _letter_edits(relation, setting)
    yield from _bound_letter_edits(relation, setting)
    yield from _mark_edits(relation, setting)


def _error_meant(relation: Relation, setting: Setting) -> Iterator[Change]:
    """``δc_t`` for a c_t that an equation makes of errors: ``c_t = δh_t * o_t + δc_{t+1} * f_{t+1}``."""
    found = setting.lexicon.occurrence(relation.left)
    if found is None or not found.indices or setting.quantity(relation.left) is None:
        return
    letters = (o for _, node in walk(relation.right) if (o := setting.lexicon.occurrence(node)) is not None)
    for style in dict.fromkeys(o.name.style for o in letters if without_prefix(o.name) is not None):
        error = _with_style(relation.left, style)
        yield Change(replace(relation, left=error), Edit(mistakes.LETTER, Exchange(relation.left, error)))


def _with_style(term: Term, style: str) -> Term:
    """A letter with scripts, with a prefix."""
    if isinstance(term, (Sub, Sup)):
        return replace(term, base=_with_style(term.base, style))
    return replace(term, style=style) if isinstance(term, Sym) else term


def with_both_signs(relation: Relation) -> Change | None:
    """Every derivative with its ∂ above and below the line; None where none lacks one."""
    changed = relation
    for place, node in _places(relation):
        if isinstance(node, Deriv) and node.sign in HALVES:
            changed = change_at(changed, place, replace(node, sign="partial"))
    return None if changed is relation else Change(changed, Edit(mistakes.PARTIAL, "∂ on both sides of the line"))


def notation_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """All edits of notation: those of letters, and another name for an index."""
    yield from letter_edits(relation, setting)
    yield from _index_edits(relation, setting)
    yield from bound_index_edits(relation, setting)
    yield from total_loss_edits(relation, setting)
    yield from step_loss_edits(relation, setting)


def undefined_names(relation: Relation, setting: Setting) -> Iterator[Name]:
    """The quantities of a relation that the model does not know."""
    found = (o for side in relation.sides for _, _, o in _heads(side, setting.lexicon))
    indexed = {o.name for o in found if (o.indices or o.name.letter == "delta") and not _is_one_where_equal(o, setting)}
    for name in _named_places(relation, setting):
        together = setting.model.abbreviations.get(name)
        if together is not None and isinstance(together[1], Stack):  # of errors: of each of them one has to know what it is
            yield from (o.name for _, _, o in _heads(together[1], setting.lexicon) if not setting.model.named(o.name))
        known = setting.model.named(name) or together is not None
        if not known and not _free_by_nature(name, name in indexed, setting):
            yield name


def _is_one_where_equal(found: Occurrence, setting: Setting) -> bool:
    """Whether this is δ_{ij}, and not the error δ_{t,k} of two steps."""
    two = found.name.letter == "delta" and len(found.indices) == 2
    return two and not all(map(setting.lexicon.may_be_time, found.indices))


def _free_by_nature(name: Name, indexed: bool, setting: Setting) -> bool:
    """A small Greek letter alone that nothing defines is a number such as a learning rate, not a slip, unless it names a function or, as
    δ but for δ_{ij}, an error; so are I, delta_{ij} and the functions that the document leaves open."""
    number = name.letter in SMALL_GREEK and not indexed and name.letter not in BY_SPELLING
    slopes = {q.name.letter.rstrip("'") for q in setting.model.quantities.values() if q.slope}
    return number or name.letter in ("I", "e") or name.letter in setting.lexicon.indices or name.letter in slopes


def _known_letter_for(name: Name, relation: Relation, setting: Setting, guess: bool) -> Iterator[Change]:
    """A letter that the document defines, wherever the unknown one stands; only another accent of it where nothing is to be guessed.

    A letter for any of the parameters is meant for none of the quantities. What is differentiated is not guessed, nor what stands only
    where is differentiated by, since the chain rule is true of any letter there, nor one of two unknown letters. A weight without an
    index is meant for no state, which has one: ∂L/∂U is no ∂L/∂h. An error, such as δo_t, is meant for no o_t, nor x for δ: an equation
    about errors is none of the network. The other case of a letter with the same name below it, ``w_{xh}`` for ``W_{xh}``, is no guess.
    """
    places = _named_places(relation, setting).get(name, [])  # none for what only a letter here is short for
    if without_prefix(name) is not None or name.letter in ANY_PARAMETER or not places:
        return
    guess = guess and not any(_is_differentiated(relation, place) for place, _ in places)
    guess = guess and not all(_in_derivative(relation, place) for place, _ in places)
    heads = (o for side in relation.sides for _, _, o in _heads(side, setting.lexicon) if o.name == name)
    bare = not any(o.indices for o in heads)
    for other in dict.fromkeys(q.name for q in setting.model.quantities.values()):
        guessed = other.letter != name.letter and not _is_of_other_case(name, other)
        if guessed and (not guess or (bare and False not in setting.model.named(other))):
            continue
        if guessed and other.letter in ERRORS and name.letter not in ERRORS:
            continue
        yield _renamed_everywhere(relation, places, name, other, setting)


def _is_of_other_case(name: Name, other: Name) -> bool:
    """Whether two names are of one letter, small and capital, and have the same word below them."""
    return bool(name.suffix) and name == replace(other, letter=other.letter.swapcase())


def _places(relation: Relation) -> Iterator[tuple[Place, Term]]:
    for side in ("left", "right"):
        for path, node in walk(getattr(relation, side)):
            yield (side, path), node


def _named_places(relation: Relation, setting: Setting) -> dict[Name, list[tuple[Place, Sym]]]:
    """For every quantity, the symbols that name it; of an update rule only what is assigned may be wrong."""
    result: dict[Name, list[tuple[Place, Sym]]] = {}
    for side in ("right",) if setting.update else ("left", "right"):
        for path, letter, occurrence in _heads(getattr(relation, side), setting.lexicon):
            result.setdefault(occurrence.name, []).append(((side, path), letter))
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
                change = _renamed_everywhere(relation, chosen, name, other, setting)
                if not _by_data(change.relation.left, setting) or _by_data(relation.left, setting):
                    yield change


def _by_data(term: Term, setting: Setting) -> bool:
    """Whether a derivative is by what the data give: nobody means that, and a target for a prediction turns a sign."""
    if not isinstance(term, Deriv):
        return False
    quantity = setting.quantity(term.denominator)
    return quantity is not None and quantity.timed and quantity.definition is None


def _renamed_everywhere(relation: Relation, places: list[tuple[Place, Sym]], name: Name, other: Name, setting: Setting) -> Change:
    for place, letter in places:
        new = replace(letter, name=other.letter, accent=other.accent, style=other.style)
        relation = change_at(relation, place, new)
    change = Exchange(name.term, replace(other, suffix=name.suffix).term)
    return Change(relation, Edit(_letter_mistake(name, other), change))


def _letter_mistake(name: Name, other: Name) -> Mistake:
    if name.letter == other.letter:
        return mistakes.HAT_MISSING if other.accent and not name.accent else mistakes.HAT_EXTRA if name.accent else mistakes.ACCENT
    return mistakes.LETTER


def _confusable(name: Name, setting: Setting) -> Iterator[Name]:
    """The names that a slip of the pen may have meant: another accent, the other of target and prediction, in an update rule
    another parameter. What has steps is not meant by what has none: no ``L_t`` by ``\\mathcal{L}``. An error is meant for another one."""
    variants = setting.model.named(name)
    known = next(iter(variants.values()), None)
    is_prefixed = without_prefix(name) is not None
    for quantity in setting.model.quantities.values():
        other = quantity.name
        if not (
            (other.letter == name.letter and other.suffix == name.suffix)
            or (known is not None and other.suffix == name.suffix and _same_kind(known, quantity))
            or (known is not None and setting.update and known.is_parameter and quantity.is_parameter)
        ):
            continue
        other = replace(other, style=name.style) if is_prefixed else other
        if other == name or (variants and variants.keys().isdisjoint(setting.model.named(other))):
            continue
        if other.letter != name.letter or not other.style.startswith(KIND):  # else it is written the same
            yield other


def _same_kind(a: Quantity, b: Quantity) -> bool:
    """Target and prediction: two vectors over the classes, one of them free and one defined."""
    return a.timed and b.timed and a.shape == b.shape == ("classes",) and (a.definition is None) != (b.definition is None)


def _index_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """Another index letter in one place, one side or one term; it makes no letter that nothing defines, as h_t would become h_y."""
    known = set(undefined_names(relation, setting))
    places = [p for p in index_places(relation, setting.lexicon) if not in_parameter(relation, p[0], setting)]
    places = [(place, letter) for place, letter in places if setting.lexicon.is_index(letter)]  # f of ``D_f`` is a name
    letters = list(dict.fromkeys(symbol.name for _, symbol in places))
    for letter in letters:
        mine = [(p, s) for p, s in places if s.name == letter]
        for other in letters:
            if other == letter:
                continue
            for chosen in _index_groups(mine):
                changed = relation
                for place, written in chosen:
                    changed = change_at(changed, place, replace(written, name=other))
                lost = _left_letters(relation, setting) - _left_letters(changed, setting)
                if lost or not known.issuperset(undefined_names(changed, setting)):
                    continue
                yield Change(changed, Edit(mistakes.INDEX_LETTER, Exchange(Sym(letter), Sym(other), "index")))


def bound_index_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """The index of a sum that its summand does not have, in place of another one there: ``\\sum_j e^{a_i}``."""
    for place, node in _places(relation):
        index = node.index if isinstance(node, Big) else None
        if not isinstance(index, Sym) or not isinstance(node, Big) or index in {n for _, n in walk(node.body)}:
            continue
        inside = [(path, letter) for (_, path), letter in index_places(Relation("=", node.body, index), setting.lexicon)]
        for letter in dict.fromkeys(letter for _, letter in inside):
            body = node.body
            for path, _ in (found for found in inside if found[1] == letter):
                body = replace_at(body, path, index)
            changed = change_at(relation, place, replace(node, body=body))
            yield Change(changed, Edit(mistakes.INDEX_LETTER, Exchange(letter, index, "index")))


def total_loss_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """The loss of one step on the left, where its step is only that of a sum on the right: the loss as a whole is meant."""
    total, left = total_loss(setting.model), relation.left
    found = setting.lexicon.occurrence(left.numerator) if isinstance(left, Deriv) else None
    if total is None or found is None or not isinstance(left, Deriv) or not is_summed(relation, setting.lexicon):
        return
    known = setting.model.named(found.name).get(True)
    if known is not None and not known.shape:
        whole = setting.written(total)
        change = Exchange(left.numerator, whole)
        yield Change(replace(relation, left=replace(left, numerator=whole)), Edit(mistakes.INDEX_LETTER, change))


def step_loss_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """The loss as a whole on the right, where the left side is of the loss of one step: that is meant."""
    left = relation.left
    found = setting.lexicon.occurrence(left.numerator) if isinstance(left, Deriv) else None
    total = total_loss(setting.model)
    if total is None or found is None or not found.indices or found.name != total.name or not isinstance(left, Deriv):
        return
    whole, own = setting.written(total), left.numerator
    derivatives = {n for _, n in walk(relation.right) if isinstance(n, Deriv) and n.numerator == whole}
    right = replaced(relation.right, {n: replace(n, numerator=own) for n in derivatives})
    if right != relation.right:
        yield Change(replace(relation, right=right), Edit(mistakes.INDEX_LETTER, Exchange(whole, own)))


def is_summed(relation: Relation, lexicon: Lexicon) -> bool:
    """Whether the one index of what the left side differentiates is only that of a sum on the right side, or steps of it are added up."""
    left = relation.left
    found = lexicon.occurrence(left.numerator) if isinstance(left, Deriv) else None
    if found is None or len(found.indices) != 1 or not isinstance(found.indices[0], Sym) or not isinstance(left, Deriv):
        return False
    letter = found.indices[0]
    bound = any(isinstance(node, Big) and node.index == letter for _, node in walk(relation.right))
    bound = bound or _adds_steps(relation.right, found.name, lexicon)
    free = {*lexicon.free_letters(relation.right), *lexicon.free_letters(left.denominator)}
    return bound and letter.name not in free


def _adds_steps(right: Term, name: Name, lexicon: Lexicon) -> bool:
    """``∂L_1/∂W + ∂L_2/∂W + ∂L_3/∂W``: each summand has the quantity at a step with a number."""
    terms = right.terms if isinstance(right, Add) else ()
    steps = [
        o.indices for term in terms for _, node in walk(term) if (o := lexicon.occurrence(node)) is not None and o.name == name
    ]
    return len(terms) > 1 and len(steps) >= len(terms) and all(isinstance(i, Num) for indices in steps for i in indices)


def _left_letters(relation: Relation, setting: Setting) -> set[str]:
    """The index letters on the left: a slip does not make one of them disappear, that would say less."""
    return {symbol.name for (side, _), symbol in index_places(relation, setting.lexicon) if side == "left"}


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
                yield Change(changed, Edit(mistakes.LETTER, Exchange(node.upper, Sym(capital), "upper bound")))


#: So many marks are named one by one.
_FEW_MARKS = 2


def _mark_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """The mark of an explicit derivative, where a total one is written: one of them, or all those by parameters on the right.

    Those by parameters come first: notes write ``\\partial s_k / \\partial W`` for the part of one step.
    """
    unmarked = [(place, node) for place, node in _places(relation) if _is_unmarked(node)]
    by_parameters = [(place, node) for place, node in unmarked if _may_be_marked(node, setting)]
    others = [found for found in unmarked if found not in by_parameters and _by_another_time(found[1], relation, setting)]
    for place, node in (*by_parameters, *others):
        yield _marked(relation, {place: node}, setting)
    yield from explicit_marks(relation, setting)


def explicit_marks(relation: Relation, setting: Setting) -> Iterator[Change]:
    """Every derivative by a parameter on the right marked as explicit, as in the terms of a sum over earlier steps."""
    found = {
        place: node
        for place, node in _places(relation)
        if place[0] == "right" and _is_unmarked(node) and _may_be_marked(node, setting)
    }
    if found:
        yield _marked(relation, found, setting)


def explicit_throughout(relation: Relation, setting: Setting) -> Relation | None:
    """Every derivative by a quantity of another step, or of a formula by a parameter in it, marked as explicit, on both sides.

    None where there is none, where one is a total d, or where one is of a quantity by a parameter: through all steps, unless marked.
    """
    nodes = {place: node for place, node in _places(relation) if isinstance(node, Deriv)}
    found = {place: node for place, node in nodes.items() if _is_unmarked(node) and _by_another_time(node, relation, setting)}
    for place, node in nodes.items():
        if node.sign not in ("partial", "partial+"):
            return None
        if _is_unmarked(node) and is_parameter(node.denominator, setting):
            if setting.lexicon.occurrence(node.numerator) is not None:
                return None
            found[place] = node
    return _marked(relation, found, setting).relation if found else None


def _may_be_marked(node: Deriv, setting: Setting) -> bool:
    """Whether a derivative is by a parameter and of what has a step: a loss of the whole has no other steps to hold fixed."""
    found = setting.lexicon.occurrence(node.numerator)
    return is_parameter(node.denominator, setting) and (found is None or bool(found.indices))


def _is_unmarked(node: Term) -> TypeGuard[Deriv]:
    return isinstance(node, Deriv) and node.sign == "partial" and not node.prefix and not isinstance(node.numerator, Mark)


def _marked(relation: Relation, places: dict[Place, Deriv], setting: Setting) -> Change:
    for place, node in places.items():
        relation = change_at(relation, place, replace(node, numerator=Mark(node.numerator, "+")))
    by = {node.denominator for node in places.values()}
    if len(places) > _FEW_MARKS and len(by) == 1:
        change = Exchange(
            said("the derivatives by ", by.pop(), " on the right"), "explicit derivatives, which hold other steps fixed"
        )
    else:
        change = Exchange(
            one_by_one(", ", dict.fromkeys(places.values())), "the explicit derivative, which holds other steps fixed"
        )
    return Change(relation, Edit(mistakes.EXPLICIT_MARK, change))


def _by_another_time(node: Deriv, relation: Relation, setting: Setting) -> bool:
    """Whether a derivative that is not said to vanish is of a quantity at one time by one at another: an argument of its equation."""
    found = [setting.lexicon.occurrence(side) for side in (node.numerator, node.denominator)]
    times = [o.indices for o in found if o is not None]
    vanishes = any(isinstance(side, Num) for side in relation.sides)
    return not vanishes and len(times) == 2 and all(times) and times[0] != times[1]


def _elided_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """The summand of the same sum in the line before, where a sum has none."""
    earlier = [node for term in reversed(setting.before) for _, node in walk(term) if isinstance(node, Big)]
    for place, node in _places(relation):
        if isinstance(node, Big) and isinstance(node.body, Elided):
            bodies = [b.body for b in earlier if b.index == node.index and not isinstance(b.body, Elided)]
            for body in dict.fromkeys(bodies):
                changed = change_at(relation, place, replace(node, body=body))
                yield Change(changed, Edit(mistakes.SUMMAND, said("the summand ", body, " is missing")))
