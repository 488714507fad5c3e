"""What every edit needs: the change it makes, where it stands, and what the document says about letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from symrnn.judging.edits.hand import Hand
from symrnn.judging.verdict import Edit, Path
from symrnn.language.model import Model, Name, Quantity
from symrnn.language.terms import Big, Mark, Num, Pow, Relation, Sub, Sup, Sym, Term, children, replace_at, step_into, walk
from symrnn.reading.elaborate import is_vec
from symrnn.reading.lexicon import Lexicon, without_prefix


@dataclass(frozen=True)
class Change:
    """A changed relation and the edit that led to it."""

    relation: Relation
    edit: Edit


@dataclass(frozen=True)
class Setting:
    """What edits are drawn from: the model, the letters, the formulas just before (whose sums an elided body may repeat).

    `hand` is how the document writes. `update` is true for the claim of an update rule, in which one parameter is easily written
    for another. `answer` is the right side that is known to be right. `errors` are the letters with a prefix, such as δf, that are
    known to be gradients of the loss.
    """

    model: Model
    lexicon: Lexicon
    before: tuple[Term, ...] = ()
    update: bool = False
    answer: Term | None = None
    errors: frozenset[Name] = frozenset()
    hand: Hand = field(default_factory=Hand)

    def quantity(self, term: Term) -> Quantity | None:
        """The quantity that a term names, with all of its indices or without those of components."""
        found = self.lexicon.occurrence(term)
        if found is None or isinstance(term, Mark):
            return None
        known = self.model.named(found.name)
        return known.get(bool(found.indices)) or known.get(False)

    def error(self, term: Term) -> Quantity | None:
        """The quantity by which a letter with a prefix is known to be the gradient of the loss."""
        found = self.lexicon.occurrence(term)
        about = None if found is None or found.name not in self.errors else without_prefix(found.name)
        return None if about is None else next(iter(self.model.named(about).values()), None)

    def written(self, quantity: Quantity, time: Term | None = None) -> Term:
        """A quantity at a time as the document writes it."""
        return self.hand.quantity(quantity.name, *(() if time is None or not quantity.timed else (time,)))


Place = tuple[str, Path]


def change_at(relation: Relation, place: Place, new: Term) -> Relation:
    """The relation with one subterm replaced."""
    side, path = place
    changed = replace_at(getattr(relation, side), path, new)
    return replace(relation, left=changed) if side == "left" else replace(relation, right=changed)


def index_places(relation: Relation, lexicon: Lexicon) -> list[tuple[Place, Sym]]:
    """Every index letter in a script, unless a sum right around it binds it."""
    result = []
    for side in ("left", "right"):
        result += [((side, path), s) for path, s in _free_indices(getattr(relation, side), frozenset(), lexicon)]
    return result


def in_script(root: Term, path: Path, lexicon: Lexicon) -> bool:
    """Whether a subterm is (part of) an index: below a letter, or a time above one."""
    node: Any = root
    for step in path:
        if _is_script(node, step, lexicon):
            return True
        node = step_into(node, step)
    return False


def _is_script(node: Any, step: str | int, lexicon: Lexicon) -> bool:
    if isinstance(node, Pow) and step == "exponent":
        found = lexicon.occurrence(node)
        return found is not None and node.exponent in found.indices
    return isinstance(node, (Sub, Sup)) and step == "indices"


def in_parameter(relation: Relation, place: Place, setting: Setting) -> bool:
    """Whether an index counts components of a parameter: another one there is no slip but another entry."""
    node: Any = getattr(relation, place[0])
    for step in place[1]:
        if isinstance(node, Sub) and is_parameter(node, setting):
            return True
        node = step_into(node, step)
    return False


def _free_indices(
    term: Term, bound: frozenset[str], lexicon: Lexicon, path: Path = (), inside: bool = False
) -> Iterator[tuple[Path, Sym]]:
    if isinstance(term, Sym) and inside and term.name not in bound and not term.accent and len(term.name) == 1:
        yield path, term
    if isinstance(term, Big) and isinstance(term.index, Sym):
        yield from _free_indices(term.body, bound | {term.index.name}, lexicon, (*path, "body"), inside)
        return
    for step, child in children(term):
        script = _is_script(term, step[0], lexicon)
        yield from _free_indices(child, bound, lexicon, (*path, *step), inside or script)


def is_parameter(term: Term, setting: Setting) -> bool:
    """Whether a term is a weight or a bias, an entry of one, or all of its entries one after the other."""
    term = term.argument if is_vec(term) else term
    occurrence = setting.lexicon.occurrence(term)
    return occurrence is not None and any(q.is_parameter for q in setting.model.named(occurrence.name).values())


def at_right(relation: Relation, path: Path, new: Term, edit: Edit) -> Change:
    """A change of one subterm of the right side."""
    return Change(change_at(relation, ("right", path), new), edit)


def total_loss(model: Model) -> Quantity | None:
    """The scalar without a time that is defined: what the network is trained to make small."""
    return next((q for q in model.quantities.values() if not q.timed and not q.shape and q.definition is not None), None)


def times_at(relation: Relation, path: Path, setting: Setting) -> list[Term]:
    """Index letters in scope at a place that count time."""
    letters: dict[str, None] = {}
    node: Any = relation.right
    for step in path:
        if isinstance(node, Big) and isinstance(node.index, Sym):
            letters[node.index.name] = None
        node = step_into(node, step)
    for _, letter in index_places(relation, setting.lexicon):
        if letter.name in setting.lexicon.times:
            letters[letter.name] = None
    return [Sym(name) for name in letters]


def times_near(node: Term, relation: Relation, path: Path, setting: Setting) -> list[Term]:
    """The times at which a factor beside a subterm may be taken: those of its own quantities, of the left side, and the letters."""
    found = (*_times_in(node, setting), *_times_in(relation.left, setting), *times_at(relation, path, setting))
    return list(dict.fromkeys(found))


def _times_in(term: Term, setting: Setting) -> Iterator[Term]:
    for _, node in walk(term):
        occurrence = setting.lexicon.occurrence(node)
        known = setting.model.named(occurrence.name) if occurrence is not None and occurrence.indices else {}
        if occurrence is not None and True in known:
            time = occurrence.indices[-1 if occurrence.raised else 0]
            if not isinstance(time, Num) and setting.lexicon.may_be_time(time):
                yield time


def parent_of(root: Term, path: Path) -> Term | None:
    """The term that a subterm stands in."""
    node: Any = root
    parent: Term | None = None
    for step in path:
        if isinstance(node, Term):
            parent = node
        node = step_into(node, step)
    return parent
