"""One form for terms that differ in the names of their bound variables only, and matching of entries against patterns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import permutations, product
from typing import Any

from symrnn.proving.kernel.indices import Affine, Condition
from symrnn.proving.kernel.sums import Entry, Term
from symrnn.proving.kernel.terms import Tensor, arguments, instantiate

_MOST_ORDERS = 720


@lru_cache(maxsize=1 << 13)
def skeleton(node: Tensor) -> tuple[str, tuple[Affine, ...]]:
    """A tensor without its indices, and the indices in order."""
    found: list[Affine] = []
    parts = [_bare(value, found) for value in arguments(node)]
    return f"{type(node).__name__}({','.join(parts)})", tuple(found)


def _bare(value: Any, found: list[Affine]) -> str:
    if isinstance(value, Tensor):
        text, indices = skeleton(value)
        found.extend(indices)
        return text
    if isinstance(value, Affine):
        found.append(value)
        return "@"
    if isinstance(value, Condition):
        found.extend((value.left, value.right))
        return f"@{value.op}@"
    if isinstance(value, tuple):
        return "(" + ",".join(_bare(item, found) for item in value) + ")"
    return repr(value)


def indices_of(entry: Entry) -> tuple[Affine, ...]:
    """All indices of an entry: those inside its tensor, then its components."""
    return skeleton(entry.node)[1] + entry.at


@lru_cache(maxsize=1 << 13)
def counted_down(entry: Entry) -> frozenset[str]:
    """The names that some index of an entry is less by."""
    return frozenset([name for i in indices_of(entry) for name, k in i.terms if k == -1])


def values_that_match(pattern: Entry, entry: Entry) -> dict[str, Affine] | None:
    """Values of the pattern's variables that make it the entry; None when there are none.

    A variable is found where it stands alone or is added to, or taken from, what has none.
    """
    values: dict[str, Affine] = {}
    if skeleton(pattern.node)[0] != skeleton(entry.node)[0] or len(pattern.at) != len(entry.at):
        return None
    pairs = list(zip(indices_of(pattern), indices_of(entry), strict=True))
    for wanted, index in pairs:
        own = [(name, k) for name, k in wanted.terms if name.startswith("~")]
        if len(own) == 1 and abs(own[0][1]) == 1:
            ((name, k),) = own
            values.setdefault(name, (index - wanted).scaled(k) + Affine.of(name))
    return values if all(wanted.substitute(values) == index for wanted, index in pairs) else None


@lru_cache(maxsize=1 << 12)
def generalised(*nodes: Tensor) -> tuple[tuple[Tensor, ...], Mapping[str, Affine]]:
    """Tensors with their variables named in order of appearance, and what each of these stands for."""
    names = dict.fromkeys(n for node in nodes for i in skeleton(node)[1] for n, _ in i.terms if n.startswith("~"))
    new = {old: f"~x{number}" for number, old in enumerate(names)}
    values = {old: Affine.of(name) for old, name in new.items()}
    return tuple(instantiate(node, values) for node in nodes), {name: Affine.of(old) for old, name in new.items()}


@lru_cache(maxsize=1 << 12)
def canonical_names(t: Term) -> Mapping[str, str]:
    """New names for the bound variables of a term, the same for terms that differ in such names only."""
    ranks = _ranks(t)
    best: tuple[Any, dict[str, str]] | None = None
    for order in _orders(ranks):
        names = {old: f"~c{n}" for n, old in enumerate(order)}
        key = factors_key(t, names), conditions_key(t, names)
        if best is None or key < best[0]:
            best = key, names
    return best[1] if best else {}


def factors_key(t: Term, names: dict[str, str] | None = None) -> str:
    """What a term is a sum of, apart from its coefficient and its conditions."""
    return str(sorted((skeleton(e.node)[0], n, [_text(i, names or {}) for i in indices_of(e)]) for e, n in t.factors))


def conditions_key(t: Term, names: dict[str, str] | None = None) -> str:
    """The conditions of a term."""
    return str(sorted(_text(c, names or {}) for c in t.where))


def _text(index: Affine, names: dict[str, str]) -> str:
    return str(sorted((names.get(n, n), k) for n, k in index.terms)) + str(index.constant)


def _ranks(t: Term) -> dict[str, str]:
    """For every bound variable a text that tells it from others by where it stands, refined until that tells no more."""
    ranks = dict.fromkeys(t.bound, "")
    classes = 1
    for _ in range(len(t.bound)):
        seen: dict[str, list[str]] = {name: [ranks[name]] for name in ranks}
        for e, n in t.factors:
            indices = indices_of(e)
            texts = [_text(i, {name: "?" + ranks[name] for name in ranks}) for i in indices]
            for name in set().union(*(i.names() for i in indices)) & t.bound:
                own = [position for position, i in enumerate(indices) if name in i.names()]
                seen[name].append(f"{skeleton(e.node)[0]}{n}{own}{texts}")
        texts_of = {name: str(sorted(found)) for name, found in seen.items()}
        order = {text: str(position) for position, text in enumerate(sorted(set(texts_of.values())))}
        ranks = {name: order[text] for name, text in texts_of.items()}
        if len(order) == classes:
            break
        classes = len(order)
    return ranks


def _orders(ranks: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """The orders of variables that respect their ranks."""
    groups: dict[str, list[str]] = {}
    for name in sorted(ranks):
        groups.setdefault(ranks[name], []).append(name)
    choices = [permutations(groups[rank]) for rank in sorted(groups, key=int)] if groups and len(ranks) else []
    for count, parts in enumerate(product(*choices)):
        if count >= _MOST_ORDERS:
            return
        yield tuple(name for part in parts for name in part)
