r"""Quantities that share a letter, told apart by what counts their components: ``a_h^t`` of the hidden units and ``a_k^t`` of the outputs.

Where ``a_k^t = \\sum_h w_{hk} b_h^t`` is made, at the same step, of all the ``a_h^t``, the two cannot be one array: h (with h' and h_1)
and k count units of different kinds, and so the matrices ``w_{ih}``, ``w_{h'h}`` and ``w_{hk}`` are three. A letter of no kind, the j of
``\\delta_j^t = \\partial L / \\partial a_j^t``, counts the units of any kind that the quantities beside it have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from symrnn.language.parts import factors_of, unsigned
from symrnn.language.scripted import SCRIPTED, scripts
from symrnn.language.terms import (
    DEFINING,
    KIND,
    PREFIXES,
    Big,
    Deriv,
    Given,
    Num,
    Pow,
    Relation,
    Sub,
    Sup,
    Sym,
    Term,
    children,
    rebuilt,
    replaced,
    walk,
)
from symrnn.reading.lexicon.lexicon import ERRORS
from symrnn.reading.lexicon.observed import USUAL_TIMES, letter

#: What counts each component of a quantity.
Kind = tuple[str, ...]


@dataclass(frozen=True)
class _Entry:
    """A letter with the letters that count its components, and all else that stands at it."""

    base: Sym
    counted: tuple[str, ...]
    rest: tuple[Term, ...]

    def kind(self, of: Mapping[str, str]) -> Kind:
        """What its letters count, where that is another letter for some."""
        return tuple(of.get(_plain(x), _plain(x)) for x in self.counted)


@dataclass(frozen=True)
class Families:
    """What each letter counts, and each sum to an end, and the kinds of each quantity: those of the forward pass and their errors."""

    of: Mapping[str, str]
    ends: Mapping[Term, str]
    kinds: Mapping[Sym, frozenset[Kind]]
    single: Mapping[Sym, frozenset[Sym]]

    def of_single_units(self, relation: Relation) -> list[Relation]:
        """What an equation for an error says of the single units that have the quantity: ``\\delta_\\iota`` of ``\\delta_j``."""
        by = _differentiated_by(relation)
        units = sorted(self.single.get(by.base, ()), key=str) if by is not None and len(by.counted) == 1 else []
        others: list[dict[Term, Term]] = [{Sym(by.counted[0]): unit} for unit in units] if by is not None else []
        return [relation.changed(replaced, o) for o in others]

    def read(self, relation: Relation) -> tuple[tuple[Mapping[str, str], Relation], ...]:
        """What a relation says of each kind that its letters may count: these letters with the kind, and the relation about it."""
        relation = relation.changed(_with_plain_counters)
        left, right = relation.sides
        own = {**self._summed(left), **self._summed(right)}
        found = [*_entries(left), *_entries(right)]
        letters = list(dict.fromkeys(x for entry in found for x in entry.counted if x not in own))
        known = own | {x: self.of[_plain(x)] for x in letters if _plain(x) in self.of}
        if known.keys() >= set(letters) and self._fits(found, known):
            return (({}, self._told(relation, known)),)
        every = sorted({family for kinds in self.kinds.values() for kind in kinds for family in kind})
        choices = (own | dict(zip(letters, values, strict=True)) for values in product(every, repeat=len(letters)))
        fitting = [counts for counts in choices if self._fits(found, counts)]
        varied = [x for x in letters if len({c[x] for c in fitting}) > 1]
        return tuple(({x: c[x] for x in varied}, self._told(relation, c)) for c in fitting or [known])

    def _summed(self, term: Term) -> dict[str, str]:
        """The letters that sums count by, each with what it counts, where the letter or the end of the sum says so."""
        sums = [n for _, n in walk(term) if isinstance(n, Big)]
        found = {_counter(n.index): self.ends.get(n.upper, "") if n.upper else "" for n in sums if _counter(n.index)}
        found = {x: family or self.of.get(_plain(x), "") for x, family in found.items()}
        return {x: family for x, family in found.items() if family}

    def names(self, relation: Relation) -> bool:
        """Whether an equation gives a letter to the derivatives by the quantities of each kind."""
        left = _entry(relation.left)
        return (
            relation.op in DEFINING and left is not None and left.base.name in ERRORS and _differentiated_by(relation) is not None
        )

    def told(self, term: Term) -> Term:
        """A lone formula, in which each letter counts its own kind."""
        return self._told_in(term, self.of)

    def _told(self, relation: Relation, counts: Mapping[str, str]) -> Relation:
        return relation.changed(self._told_in, counts)

    def _fits(self, found: Iterable[_Entry], counts: Mapping[str, str]) -> bool:
        """Whether each quantity has the kind that its letters would give it."""
        return all(entry.base not in self.kinds or self._kind(entry, counts) in self.kinds[entry.base] for entry in found)

    def _kind(self, entry: _Entry, counts: Mapping[str, str]) -> Kind:
        """The kind of a quantity: by its own letters, where there is one, else by what they count."""
        meant = tuple(counts.get(x, "") for x in entry.counted)
        own = tuple(_plain(x) for x in entry.counted)
        return own if own in self.kinds[entry.base] and meant == entry.kind(self.of) else meant

    def _told_in(self, term: Term, counts: Mapping[str, str]) -> Term:
        """A formula with each letter told apart by its kind."""
        entry = _entry(term)
        kinds = self.kinds.get(entry.base, frozenset()) if entry is not None else frozenset()
        if entry is None or len(kinds) < 2:
            return rebuilt(term, lambda part: self._told_in(part, counts))
        kind = self._kind(entry, counts)
        if kind not in kinds and kind[::-1] in kinds:  # the rows for the columns of the one matrix between two kinds
            kind = kind[::-1]
        return _with_base(term, replace(entry.base, style=KIND + " ".join(kind))) if all(kind) else term


def families(relations: Sequence[Relation]) -> Families | None:
    """The kinds of units that the letters below others count in a document; None where no letter has several."""
    forward = [r for r in relations if _is_forward(r)]
    if not any(_are_apart(a, b, forward) for a in forward for b in forward if a is not b) and not any(map(_has_several, forward)):
        return None
    of = _counted(forward)
    if of is None:
        return None
    sums = [n for r in relations for n in r.nodes() if isinstance(n, Big)]
    ends: dict[Term, set[str]] = defaultdict(set)
    for big in sums:
        if isinstance(big.upper, Sym) and (family := of.get(_plain(_counter(big.index)))):
            ends[big.upper].add(family)
    kinds: dict[Sym, set[Kind]] = defaultdict(set)
    given = {e.base for r in forward if (e := _entry(r.left))}
    for entry in (entry for r in forward for side in r.sides for entry in _entries(side)):
        kinds[entry.base].add(entry.kind(of if entry.base in given else {}))  # weights are told apart by their own letters
    made = frozenset(kinds)
    for relation in relations:  # an error has the kinds of what it is the error of
        left, by = _entry(relation.left), _differentiated_by(relation)
        if left is not None and by is not None and left.base not in made and by.base in made and left.counted == by.counted:
            kinds[left.base] |= kinds[by.base]
    units = {e.kind(of) for r in forward if (e := _entry(r.left))}
    for entry in [e for r in relations for side in r.sides for e in _entries(side) if e.base not in kinds]:
        if entry.kind(of) in units:  # of another letter those of what is computed that it is written with
            kinds[entry.base].add(entry.kind(of))
    one_kind = {end: found.pop() for end, found in ends.items() if len(found) == 1}
    return Families(of, one_kind, {base: frozenset(found) for base, found in kinds.items()}, _single_units(relations))


def _single_units(relations: Sequence[Relation]) -> dict[Sym, frozenset[Sym]]:
    """The letters that stand alone below others on left sides, and count nothing."""
    found: dict[Sym, set[Sym]] = defaultdict(set)
    for relation in relations:
        left = relation.left.base if isinstance(relation.left, (Sup, Pow, Given)) else relation.left
        if isinstance(left, Sub) and isinstance(left.base, Sym) and len(left.indices) == 1:
            found[left.base] |= {x for x in left.indices if isinstance(x, Sym) and not _counter(x)}
    return {base: frozenset(units) for base, units in found.items()}


def _counted(forward: Sequence[Relation]) -> dict[str, str] | None:
    """What each letter of the forward pass counts: the h of ``\\sum_h u_{jh} y_h^{t-1}`` what j does, where ``y_j`` is given, and no y_h.

    None where it may be several things.
    """
    given: dict[Sym, set[str]] = defaultdict(set)
    for made in filter(None, (_entry(r.left) for r in forward)):
        if len(made.counted) == 1:
            given[made.base].add(_plain(made.counted[0]))
    of = {_plain(x): _plain(x) for r in forward for side in r.sides for e in _entries(side) for x in e.counted}
    for relation in forward:
        left = _entry(relation.left)
        for entry in _entries(relation.right):
            known, name = given.get(entry.base, set()), _plain(entry.counted[0])
            if not known or name in known or len(entry.counted) > 1 or left is None:
                continue
            meant = [x for x in known if (x,) == left.kind({})] or sorted(known)
            if len(meant) > 1 or of[name] not in (name, meant[0]):
                return None
            of[name] = meant[0]
    return of


def _differentiated_by(relation: Relation) -> _Entry | None:
    """By what an equation differentiates that gives a letter to a derivative, or to what is taken off."""
    right = unsigned(relation.right)
    return _entry(right.denominator) if isinstance(right, Deriv) else None


def _is_forward(relation: Relation) -> bool:
    """Whether an equation is one of the network: of a letter with components, without an error, a change or a derivative."""
    entry = _entry(relation.left)
    nodes = list(relation.nodes())
    backward = any(isinstance(n, Deriv) or (isinstance(n, Sym) and (n.name in ERRORS or n.style in PREFIXES)) for n in nodes)
    return entry is not None and relation.op in DEFINING and not backward


def _are_apart(first: Relation, second: Relation, forward: Sequence[Relation]) -> bool:
    """Whether the second equation, for the same letter, adds up at the same step what is made of the first one's."""
    one, two = _entry(first.left), _entry(second.left)
    if one is None or two is None or (one.base, one.rest) != (two.base, two.rest) or len(one.counted) != 1 != len(two.counted):
        return False
    summed = {(_plain(_counter(n.index)),) for _, n in walk(second.right) if isinstance(n, Big)}
    return one.kind({}) != two.kind({}) and one.kind({}) in summed and _reaches(two, one, forward)


def _has_several(relation: Relation) -> bool:
    """Whether weights of one letter stand in sums of two ends, ``\\sum_{i=1}^I w_{ic} x_i + \\sum_{h=1}^H w_{hc} b_h``: two matrices."""
    ends: dict[tuple[Sym, str], set[Term]] = defaultdict(set)
    for big in (n for _, n in walk(relation.right) if isinstance(n, Big) and isinstance(n.upper, Sym)):
        for entry in _entries(big.body):
            if len(entry.counted) == 2 and entry.counted[0] == _counter(big.index):
                ends[entry.base, entry.counted[1]].add(big.upper)  # type: ignore[arg-type]
    return any(len(found) > 1 for found in ends.values())


def _reaches(start: _Entry, goal: _Entry, forward: Sequence[Relation]) -> bool:
    """Whether a quantity is made, at its step, of another one."""
    made: dict[tuple[Sym, Kind], set[tuple[Sym, Kind]]] = defaultdict(set)
    for relation in forward:
        left = _entry(relation.left)
        if left is not None and left.rest == goal.rest:
            made[left.base, left.kind({})] |= {(e.base, e.kind({})) for e in _entries(relation.right) if e.rest == goal.rest}
    seen: set[tuple[Sym, Kind]] = set()
    stack = [(start.base, start.kind({}))]
    while stack:
        below = made[stack.pop()] - seen
        seen |= below
        stack.extend(below)
    return (goal.base, goal.kind({})) in seen


def _entries(term: Term) -> Iterator[_Entry]:
    """The letters of a formula that have components."""
    entry = _entry(term)
    if entry is not None:
        yield entry
        return
    for _, part in children(term):
        yield from _entries(part)


def _entry(term: Term) -> _Entry | None:
    """A letter with single letters below it that count no steps."""
    base = term
    below: tuple[Term, ...] = ()
    rest: tuple[Term, ...] = ()
    while isinstance(base, SCRIPTED) and (found := scripts(base)):
        parts = tuple(part for script in found for part in factors_of(script))
        below, rest = ((*parts, *below), rest) if isinstance(base, Sub) else (below, (*rest, *parts))
        base = base.base
    counted = tuple(filter(None, map(_counter, below)))
    rest += tuple(part for part in below if not _counter(part))
    return _Entry(base, counted, rest) if isinstance(base, Sym) and counted else None


def _counter(index: Term) -> str:
    """The letter that a script is, ``h`` or ``h_1``; empty for a step or any other."""
    name = letter(index)
    if isinstance(index, Sub) and len(index.indices) == 1 and isinstance(index.indices[0], (Num, Sym)):
        name = f"{letter(index.base)}_{letter(index.indices[0]) or index.indices[0]}" if letter(index.base) else ""
    return name if _plain(name).islower() and len(_plain(name)) == 1 and _plain(name) not in USUAL_TIMES else ""


def _with_plain_counters(term: Term) -> Term:
    """A formula in which sums count by one letter each: ``h_1`` is one."""
    if isinstance(term, Big) and isinstance(term.index, Sub) and (name := _counter(term.index)):
        term = replaced(term, {term.index: Sym(name)})
    return rebuilt(term, _with_plain_counters)


def _plain(name: str) -> str:
    """What h', h'' and h_1 count: what h does."""
    return name.partition("_")[0].rstrip("'")


def _with_base(term: Term, base: Sym) -> Term:
    """A letter with scripts as another one with them."""
    return replace(term, base=_with_base(term.base, base)) if isinstance(term, SCRIPTED) else base
