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

from symrnn.language.terms import KIND, Big, Deriv, Mul, Num, Pow, Relation, Sub, Sup, Sym, Term, children, rebuilt, replaced, walk
from symrnn.reading.lexicon.lexicon import ERRORS, scripts
from symrnn.reading.lexicon.observed import USUAL_TIMES, letter

#: What counts each component of a quantity.
Kind = tuple[str, ...]
_DEFINING = ("=", ":=")


@dataclass(frozen=True)
class _Entry:
    """A letter with the letters that count its components, and all else that stands at it."""

    base: Sym
    counted: tuple[str, ...]
    rest: tuple[Term, ...]

    @property
    def kind(self) -> Kind:
        return tuple(map(_plain, self.counted))


@dataclass(frozen=True)
class Families:
    """The kinds of each letter of the forward pass and of its errors, the letters that count units there, and what sums of each go to."""

    counting: frozenset[str]
    ends: Mapping[Term, str]
    kinds: Mapping[Sym, frozenset[Kind]]

    def read(self, relation: Relation) -> tuple[tuple[Mapping[str, str], Relation], ...]:
        """What a relation says of each kind that its letters may count: these letters with the kind, and the relation about it."""
        left, right = _with_plain_counters(relation.left), _with_plain_counters(relation.right)
        relation = replace(relation, left=left, right=right)
        own = {**self._summed(left), **self._summed(right)}
        found = [*_entries(left), *_entries(right)]
        letters = list(dict.fromkeys(x for entry in found for x in entry.counted if x not in own))
        known = own | {x: _plain(x) for x in letters if _plain(x) in self.counting}
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
        found = {x: family or (_plain(x) if _plain(x) in self.counting else "") for x, family in found.items()}
        return {x: family for x, family in found.items() if family}

    def names(self, relation: Relation) -> bool:
        """Whether an equation gives a letter to the derivatives by the quantities of each kind."""
        left = _entry(relation.left)
        return relation.op in _DEFINING and left is not None and left.base.name in ERRORS and isinstance(relation.right, Deriv)

    def told(self, term: Term) -> Term:
        """A lone formula, in which each letter counts its own kind."""
        return self._told_in(term, {x: x for x in self.counting})

    def _told(self, relation: Relation, counts: Mapping[str, str]) -> Relation:
        return replace(relation, left=self._told_in(relation.left, counts), right=self._told_in(relation.right, counts))

    def _fits(self, found: Iterable[_Entry], counts: Mapping[str, str]) -> bool:
        """Whether each quantity has the kind that its letters would give it."""
        kinds = ((self.kinds.get(entry.base), tuple(counts.get(x, "") for x in entry.counted)) for entry in found)
        return all(known is None or kind in known for known, kind in kinds)

    def _told_in(self, term: Term, counts: Mapping[str, str]) -> Term:
        """A formula with each letter told apart by its kind."""
        entry = _entry(term)
        kinds = self.kinds.get(entry.base, frozenset()) if entry is not None else frozenset()
        if entry is None or len(kinds) < 2:
            return rebuilt(term, lambda part: self._told_in(part, counts))
        kind = tuple(counts.get(x, "") for x in entry.counted)
        if kind not in kinds and kind[::-1] in kinds:  # the rows for the columns of the one matrix between two kinds
            kind = kind[::-1]
        return _with_base(term, replace(entry.base, style=KIND + " ".join(kind))) if all(kind) else term


def families(relations: Sequence[Relation]) -> Families | None:
    """The kinds of units that the letters below others count in a document; None where no letter has several."""
    forward = [r for r in relations if _is_forward(r)]
    if not any(_are_apart(a, b, forward) for a in forward for b in forward if a is not b):
        return None
    sums = [n for r in relations for side in (r.left, r.right) for _, n in walk(side) if isinstance(n, Big)]
    made = [entry for r in forward for side in (r.left, r.right) for entry in _entries(side)]
    counting = frozenset(_plain(x) for entry in made for x in entry.counted)
    ends: dict[Term, set[str]] = defaultdict(set)
    for big in sums:
        if isinstance(big.upper, Sym) and _plain(_counter(big.index)) in counting:
            ends[big.upper].add(_plain(_counter(big.index)))
    kinds: dict[Sym, set[Kind]] = defaultdict(set)
    for entry in made:
        kinds[entry.base].add(entry.kind)
    for relation in relations:  # an error has the kinds of what it is the error of
        left, right = _entry(relation.left), relation.right
        by = _entry(right.denominator) if isinstance(right, Deriv) else None
        if left is not None and by is not None and by.base in kinds and left.counted == by.counted:
            kinds[left.base] |= kinds[by.base]
    one_kind = {end: found.pop() for end, found in ends.items() if len(found) == 1}
    return Families(counting, one_kind, {base: frozenset(found) for base, found in kinds.items()})


def _is_forward(relation: Relation) -> bool:
    """Whether an equation is one of the network: of a letter with components, that is no error, and of no derivative."""
    entry = _entry(relation.left)
    named = entry is not None and entry.base.name not in ERRORS
    return named and relation.op in _DEFINING and not any(isinstance(n, Deriv) for _, n in walk(relation.right))


def _are_apart(first: Relation, second: Relation, forward: Sequence[Relation]) -> bool:
    """Whether the second equation, for the same letter, adds up at the same step what is made of the first one's."""
    one, two = _entry(first.left), _entry(second.left)
    if one is None or two is None or (one.base, one.rest) != (two.base, two.rest) or len(one.counted) != 1 != len(two.counted):
        return False
    summed = {(_plain(_counter(n.index)),) for _, n in walk(second.right) if isinstance(n, Big)}
    return one.kind != two.kind and one.kind in summed and _reaches(two, one, forward)


def _reaches(start: _Entry, goal: _Entry, forward: Sequence[Relation]) -> bool:
    """Whether a quantity is made, at its step, of another one."""
    made: dict[tuple[Sym, Kind], set[tuple[Sym, Kind]]] = defaultdict(set)
    for relation in forward:
        left = _entry(relation.left)
        if left is not None and left.rest == goal.rest:
            made[left.base, left.kind] |= {(e.base, e.kind) for e in _entries(relation.right) if e.rest == goal.rest}
    seen: set[tuple[Sym, Kind]] = set()
    stack = [(start.base, start.kind)]
    while stack:
        below = made[stack.pop()] - seen
        seen |= below
        stack.extend(below)
    return (goal.base, goal.kind) in seen


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
    while isinstance(base, (Sub, Sup, Pow)):
        parts = tuple(part for script in scripts(base) for part in (script.factors if isinstance(script, Mul) else (script,)))
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
    return replace(term, base=_with_base(term.base, base)) if isinstance(term, (Sub, Sup, Pow)) else base
