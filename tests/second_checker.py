"""A second checker of proof files, written from `derivations/proof_format.md` alone: ``python tests/second_checker.py proofs.json``.

Standard library only; it shares no code with the kernel and was written without sight of it. The order is that of the page.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import gcd, prod
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

Json = Any


class Refused(Exception):
    """This is no proof."""


class Declined(Exception):
    """This cannot be judged."""


def refuse(why: str) -> NoReturn:
    raise Refused(why)


def need(holds: bool, why: str) -> None:
    """Refuses unless it holds."""
    if not holds:
        raise Refused(why)


def form(holds: bool, why: str) -> None:
    """Declines unless it holds."""
    if not holds:
        raise Declined(why)


# Indices and conditions

Index = tuple[int, tuple[tuple[str, int], ...]]
"""c + Σ k·name: names in order, no k is 0."""

Condition = tuple[str, Index, Index]


def index(constant: int, pairs: Iterable[tuple[str, int]] = ()) -> Index:
    """The index, with equal names added up."""
    total: dict[str, int] = {}
    for name, k in pairs:
        total[name] = total.get(name, 0) + k
    return constant, tuple(sorted((name, k) for name, k in total.items() if k))


def named(name: str) -> Index:
    """The index that is a name."""
    return 0, ((name, 1),)


def plus(i: Index, j: Index, k: int = 1) -> Index:
    """i + k·j."""
    return index(i[0] + k * j[0], [*i[1], *((name, k * m) for name, m in j[1])])


def less(i: Index, j: Index) -> Index:
    """i - j."""
    return plus(i, j, -1)


def shifted(i: Index, by: int) -> Index:
    """i + by."""
    return i[0] + by, i[1]


def names_of(*indices: Index) -> frozenset[str]:
    """The names in indices."""
    return frozenset(name for i in indices for name, _ in i[1])


def index_put(i: Index, values: Mapping[str, Index]) -> Index:
    """The index with names replaced."""
    found = index(i[0], [pair for pair in i[1] if pair[0] not in values])
    for name, k in i[1]:
        if name in values:
            found = plus(found, values[name], k)
    return found


def within(*indices: Index) -> frozenset[Index]:
    """Conditions c >= 0, without those that hold."""
    return frozenset(c for c in indices if c[1] or c[0] < 0)


def equal(i: Index, j: Index) -> tuple[Index, Index]:
    """i = j."""
    return less(i, j), less(j, i)


def between(low: Index, i: Index, high: Index) -> tuple[Index, Index]:
    """low <= i <= high."""
    return less(i, low), less(high, i)


def ways(condition: Condition) -> list[tuple[Index, ...]]:
    """How a condition can hold: a list of alternatives, each of c >= 0."""
    op, a, b = condition
    below, above = shifted(less(b, a), -1), shifted(less(a, b), -1)
    found: dict[str, list[tuple[Index, ...]]] = {
        "=": [equal(a, b)],
        "!=": [(below,), (above,)],
        "<": [(below,)],
        "<=": [(less(b, a),)],
        ">": [(above,)],
        ">=": [(less(a, b),)],
    }
    return found[op]


def tightened(row: Index) -> Index:
    """A row divided by what its coefficients have in common, the constant rounded down."""
    divisor = gcd(*(k for _, k in row[1]))
    return (row[0] // divisor, tuple((name, k // divisor) for name, k in row[1])) if divisor > 1 else row


@lru_cache(maxsize=100_000)
def contradict(conditions: frozenset[Index]) -> bool:
    """Whether conditions c >= 0 contradict each other, by Fourier's elimination."""
    rows = {tightened(row) for row in conditions}
    while len(rows) <= 400:
        if any(not pairs and constant < 0 for constant, pairs in rows):
            return True
        lower: dict[str, list[tuple[int, Index]]] = {}
        upper: dict[str, list[tuple[int, Index]]] = {}
        for row in rows:
            for name, k in row[1]:
                (lower if k > 0 else upper).setdefault(name, []).append((abs(k), row))
        if not lower and not upper:
            return False
        _, name = min((len(lower.get(name, ())) * len(upper.get(name, ())), name) for name in {*lower, *upper})
        made = {tightened(plus(plus((0, ()), p, b), q, a)) for a, p in lower.get(name, ()) for b, q in upper.get(name, ())}
        rows = {row for row in rows if name not in names_of(row)} | made
    return False


@lru_cache(maxsize=200_000)
def follows(c: Index, conditions: frozenset[Index]) -> bool:
    """Whether c >= 0 follows from conditions."""
    if not c[1]:
        return c[0] >= 0
    connected, rest = {shifted(plus((0, ()), c, -1), -1)}, set(conditions)
    names = set(names_of(c))
    while near := {row for row in rest if not row[1] or names & names_of(row)}:
        connected |= near
        rest -= near
        names |= names_of(*near)
    return contradict(frozenset(connected))


def all_follow(wanted: Iterable[Index], conditions: frozenset[Index]) -> bool:
    """Whether all follow."""
    return all(follows(c, conditions) for c in wanted)


def differ(i: Index, j: Index, conditions: frozenset[Index]) -> bool:
    """Whether it follows that one index is certainly less or greater than the other."""
    return any(follows(way[0], conditions) for way in ways(("!=", i, j)))


def size(label: str) -> Index:
    """The size of an axis."""
    total: Index = (0, ())
    for part in label.split("+"):
        total = plus(total, (1, ()) if part == "1" else named(f"|{part}|"))
    return total


def in_axis(i: Index, label: str) -> tuple[Index, Index]:
    """1 <= i <= size."""
    return between((1, ()), i, size(label))


# Nodes


@dataclass(eq=False)
class Node:
    """An expression. Equal ones are one object."""

    kind: str
    args: tuple[Any, ...]
    shape: tuple[str, ...]
    free: frozenset[str]
    inner: frozenset[str]
    """The free names of what stands in the scope of the binder."""
    depth: int
    uses: frozenset[tuple[Node, bool]]
    """The quantities, and whether the time has names that are bound."""
    kinds: frozenset[tuple[str, Any]]
    """The kinds of nodes, with the order of a power, the function of a function and the name that a binder binds."""

    def __lt__(self, other: Node) -> bool:
        return id(self) < id(other)


LAYOUT = {
    "number": "r", "index": "i", "full": "rS", "identity": "a", "quantity": "xtS", "derivative": "nnb", "contract": "nnz",
    "permute": "nZ", "times": "nn", "over": "nn", "plus": "N", "power": "nz", "function": "xzn", "softmax": "n",
    "diagonal matrix": "n", "diagonal": "n", "component": "nI", "stack": "van", "sum": "viiCn", "product": "viibn", "cases": "B",
    "truth": "c",
}  # fmt: skip
"""What follows the kind: each letter is read by READERS and walked through by `mapped`."""

BINDERS = ("stack", "sum", "product")
SCOPED = "nC"

NODES: dict[Any, Node] = {}


def mapped(letter: str, value: Any, on_node: Callable[[Node], Any], on_index: Callable[[Index], Index]) -> Any:
    """A part of a node with something done to the nodes and the indices in it."""

    def on_condition(condition: Condition) -> Condition:
        return condition[0], on_index(condition[1]), on_index(condition[2])

    if letter == "n":
        return on_node(value)
    if letter == "N":
        return tuple(map(on_node, value))
    if letter == "i" or (letter == "t" and value is not None):
        return on_index(value)
    if letter == "I":
        return tuple(map(on_index, value))
    if letter == "c":
        return on_condition(value)
    if letter == "C":
        return tuple(map(on_condition, value))
    if letter == "B":
        return tuple((on_node(p), tuple(map(on_condition, conditions))) for p, conditions in value)
    return value


def contents(letter: str, value: Any) -> tuple[list[Node], list[Index]]:
    """The nodes and the indices in a part of a node."""
    nodes: list[Node] = []
    indices: list[Index] = []
    mapped(letter, value, lambda node: nodes.append(node), lambda i: indices.append(i) or i)  # type: ignore[func-returns-value]
    return nodes, indices


def make(kind: str, *args: Any) -> Node:
    """The node, after its type is checked."""
    key = kind, args
    if key not in NODES:
        NODES[key] = made(kind, args)
    return NODES[key]


def made(kind: str, args: tuple[Any, ...]) -> Node:
    """A new node."""
    shape = shape_of(kind, args)
    free, inner, nodes = set[str](), set[str](), list[Node]()
    bound = {args[0]} if kind in BINDERS else set[str]()
    for letter, arg in zip(LAYOUT[kind], args, strict=True):
        children, indices = contents(letter, arg)
        names = names_of(*indices).union(*(child.free for child in children))
        if bound and letter in SCOPED:
            inner |= names - bound
            names -= bound
        free |= names
        nodes += children
    depth = 1 + max((child.depth for child in nodes), default=0)
    form(depth <= 150 and len(shape) <= 8, "an expression is deep or has many axes")
    kinds = frozenset({(kind, args[1] if kind == "power" else args[0] if kind in ("function", *BINDERS) else None)})
    uses = {(q, hidden or bool(q.args[1] and bound & names_of(q.args[1]))) for child in nodes for q, hidden in child.uses}
    node = Node(
        kind, args, shape, frozenset(free), frozenset(inner), depth, frozenset(uses), kinds.union(*(n.kinds for n in nodes))
    )
    if kind == "quantity":
        node.uses = frozenset({(node, False)})
    return node


def shape_of(kind: str, args: tuple[Any, ...]) -> tuple[str, ...]:
    """The axes of a node, by the table."""
    if kind in ("number", "index", "truth"):
        return ()
    if kind in ("full", "quantity"):
        return tuple(args[-1])
    if kind == "identity":
        return args[0], args[0]
    if kind == "derivative":
        need(args[1].kind == "quantity", "a derivative by no quantity")
        return (*args[0].shape, *args[1].shape)
    if kind == "contract":
        p, q, n = args[0].shape, args[1].shape, args[2]
        need(0 <= n <= min(len(p), len(q)) and p[len(p) - n :] == q[:n], "a contraction of different axes")
        return (*p[: len(p) - n], *q[n:])
    if kind == "permute":
        need(sorted(args[1]) == list(range(len(args[0].shape))), "no permutation")
        return tuple(args[0].shape[j] for j in args[1])
    if kind in ("times", "over", "plus", "cases"):
        shapes = [p.shape for p in (args if kind in ("times", "over") else args[0] if kind == "plus" else [p for p, _ in args[0]])]
        need(bool(shapes) and len(set(shapes)) == 1, "different axes")
        return tuple(shapes[0])
    if kind == "power":
        return tuple(args[0].shape)
    if kind == "function":
        need(args[1] >= 0, "a derivative of negative order")
        return tuple(args[2].shape)
    if kind == "softmax":
        need(len(args[0].shape) == 1, "a softmax of no vector")
        return tuple(args[0].shape)
    if kind == "diagonal matrix":
        need(len(args[0].shape) == 1, "a diagonal matrix of no vector")
        return args[0].shape[0], args[0].shape[0]
    if kind == "diagonal":
        need(len(args[0].shape) == 2 and len(set(args[0].shape)) == 1, "a diagonal of no square")
        return (args[0].shape[0],)
    if kind == "component":
        need(len(args[1]) <= len(args[0].shape), "a component of too few axes")
        return tuple(args[0].shape[len(args[1]) :])
    if kind == "stack":
        return (args[1], *args[2].shape)
    need(args[0] not in names_of(args[1], args[2]), "bounds with the bound name")
    if kind == "product":
        need(args[4].shape == () or (len(args[4].shape) == 2 and len(set(args[4].shape)) == 1), "a product of no squares")
    return tuple(args[4].shape)


def put(node: Node, values: Mapping[str, Index], memo: dict[Any, Node] | None = None) -> Node:
    """The node with free names replaced by indices."""
    memo = {} if memo is None else memo
    values = {name: i for name, i in values.items() if name in node.free and i != named(name)}
    if not values:
        return node
    key = node, tuple(sorted(values.items()))
    if key in memo:
        return memo[key]
    scoped = values
    if node.kind in BINDERS:
        scoped = {name: i for name, i in values.items() if name in node.inner}
        need(node.args[0] not in names_of(*scoped.values()), "a bound name would capture a name")
    args = []
    for letter, arg in zip(LAYOUT[node.kind], node.args, strict=True):
        here = scoped if node.kind in BINDERS and letter in SCOPED else values
        args.append(mapped(letter, arg, lambda p, here=here: put(p, here, memo), lambda i, here=here: index_put(i, here)))  # type: ignore[misc]
    memo[key] = make(node.kind, *args)
    return memo[key]


def with_quantities(node: Node, change: Callable[[Node], Node], memo: dict[Node, Node] | None = None) -> Node:
    """The node with its quantities changed."""
    memo = {} if memo is None else memo
    if node not in memo:
        if node.kind == "quantity":
            memo[node] = change(node)
        else:
            args = (
                mapped(letter, arg, lambda p: with_quantities(p, change, memo), lambda i: i)
                for letter, arg in zip(LAYOUT[node.kind], node.args, strict=True)
            )
            memo[node] = make(node.kind, *args)
    return memo[node]


HELD = "held "


def held(q: Node) -> Node:
    """The quantity, held."""
    return q if q.args[0].startswith(HELD) else make("quantity", HELD + q.args[0], *q.args[1:])


def released(q: Node) -> Node:
    """The quantity, not held."""
    return make("quantity", q.args[0].removeprefix(HELD), *q.args[1:])


# Sums of terms

Entry = tuple[Node, tuple[Index, ...]]


class Term(NamedTuple):
    """c · Σ [where] Π entry^power. The powers stand in the order in which they come first."""

    c: Fraction
    powers: dict[Entry, int]
    where: frozenset[Index]
    bound: frozenset[str]

    def names(self) -> frozenset[str]:
        return self.bound | names_of(*self.where) | names_in(self.powers)


Sum = list[Term]


def names_in(entries: Iterable[Entry]) -> frozenset[str]:
    """The free names of entries."""
    return frozenset().union(*(node.free | names_of(*at) for node, at in entries))


def term(c: int | Fraction, *factors: tuple[Entry, int], where: Iterable[Index] = (), bound: Iterable[str] = ()) -> Term:
    """A term; powers of one entry add up, and 0 vanishes."""
    powers: dict[Entry, int] = {}
    for e, n in factors:
        powers[e] = powers.get(e, 0) + n
    return Term(Fraction(c), {e: n for e, n in powers.items() if n}, within(*where), frozenset(bound))


def entry(node: Node, *at: Index) -> Entry:
    """A component, one index an axis."""
    need(len(at) == len(node.shape), "an entry without one index an axis")
    return node, at


def one(node: Node, *at: Index) -> Term:
    """An entry as a term."""
    return term(1, (entry(node, *at), 1))


def product_of(s: Term, t: Term) -> Term:
    """The product of terms that share no bound name."""
    return term(s.c * t.c, *s.powers.items(), *t.powers.items(), where=s.where | t.where, bound=s.bound | t.bound)


def scaled(t: Term, c: int | Fraction) -> Term:
    """c times the term."""
    return t._replace(c=t.c * c)


def in_case(t: Term, *conditions: Index) -> Term:
    """The term where conditions hold as well."""
    return t._replace(where=t.where | within(*conditions))


def where_all(terms: Sum, conditions: Iterable[Condition]) -> Sum:
    """Terms times the brackets of conditions, one by one."""
    for condition in conditions:
        if condition[0] == "!=":
            terms = terms + [scaled(in_case(t, *equal(*condition[1:])), -1) for t in terms]
        else:
            terms = [in_case(t, *ways(condition)[0]) for t in terms]
        short(terms)
    return terms


def short(terms: Sum) -> Sum:
    """The sum, unless it is long."""
    form(len(terms) <= 2000, "a sum of many terms")
    return terms


def well_formed(t: Term) -> None:
    """Bound names are variables, and the sum over them is finite."""
    need(all(v.startswith("~") for v in t.bound), "a bound name that is no variable")
    cone = within(*(index(0, [pair for pair in c[1] if pair[0] in t.bound]) for c in t.where))
    for v in t.bound:
        need(all(contradict(cone | {(-1, ((v, sign),))}) for sign in (1, -1)), "a sum without end")


def entries_put(t: Term, values: Mapping[str, Index]) -> list[tuple[Entry, int]]:
    """The factors with names replaced."""
    memo: dict[Any, Node] = {}
    return [((put(p, values, memo), tuple(index_put(i, values) for i in at)), n) for (p, at), n in t.powers.items()]


def term_put(t: Term, values: Mapping[str, Index], bound: Iterable[str]) -> Term:
    """The term with names replaced in factors and conditions, and with other bound names."""
    return term(t.c, *entries_put(t, values), where=(index_put(c, values) for c in t.where), bound=bound)


def single(terms: Sum) -> Entry:
    """The entry that is all of a sum."""
    need(len(terms) == 1 and terms[0] == term(1, *terms[0].powers.items()), "more than an entry")
    need(list(terms[0].powers.values()) == [1], "more than an entry")
    return next(iter(terms[0].powers))


# Reading

KEYS = {
    "file": ("format", "developments"),
    "development": ("nodes", "network", "lemmas", "claims"),
    "network": ("first", "last", "quantities"),
    "quantity": ("key", "symbol", "timed", "shape", "definition", "special", "recurrence"),
    "lemma": ("name", "left", "right", "given", "proof"),
    "chain": ("left", "right"),
    "induction": ("variable", "start", "direction", "base", "step"),
    "claim": ("name", "left", "right", "indices", "within", "zero", "one", "proofs"),
}


def read_object(data: Json, what: str) -> dict[str, Json]:
    form(isinstance(data, dict) and sorted(data) == sorted(KEYS[what]), f"a {what} of another form")
    return dict(data)


def read_list(data: Json, *lengths: int) -> list[Json]:
    form(isinstance(data, list) and (not lengths or len(data) in lengths), "a list of another form")
    return list(data)


def read_int(data: Json) -> int:
    form(type(data) is int and abs(data) <= 10**9, "no whole number")
    return int(data)


def read_position(data: Json) -> int:
    form(read_int(data) >= 0, "a negative position")
    return int(data)


def read_bool(data: Json) -> bool:
    form(isinstance(data, bool), "neither true nor false")
    return bool(data)


def read_text(data: Json) -> str:
    form(isinstance(data, str), "no text")
    return str(data)


def read_name(data: Json) -> str:
    form(read_text(data) != "", "an empty name")
    return str(data)


def read_choice(data: Json, *choices: Any) -> Any:
    form(any(type(data) is type(c) and data == c for c in choices), "none of what it can be")
    return data


def read_names(data: Json) -> tuple[str, ...]:
    return tuple(map(read_text, read_list(data)))


def read_rational(data: Json) -> Fraction:
    if not isinstance(data, list):
        return Fraction(read_int(data))
    p, q = map(read_int, read_list(data, 2))
    form(q >= 1, "a quotient by no positive number")
    return Fraction(p, q)


def read_index(data: Json) -> Index:
    if not isinstance(data, list):
        return read_int(data), ()
    form(data != [], "an index of nothing")
    pairs = [read_list(pair, 2) for pair in data[1:]]
    return index(read_int(data[0]), [(read_name(name), read_int(k)) for name, k in pairs])


def read_indices(data: Json) -> tuple[Index, ...]:
    return tuple(map(read_index, read_list(data)))


def read_where(data: Json) -> frozenset[Index]:
    return within(*read_indices(data))


def read_condition(data: Json) -> Condition:
    op, a, b = read_list(data, 3)
    return read_choice(op, "=", "!=", "<", "<=", ">", ">="), read_index(a), read_index(b)


def read_conditions(data: Json) -> tuple[Condition, ...]:
    return tuple(map(read_condition, read_list(data)))


def read_label(data: Json) -> str:
    form("|" not in read_text(data) and all(data.split("+")), "no label")
    return str(data)


def read_shape(data: Json) -> tuple[str, ...]:
    form(len(read_list(data)) <= 8, "many axes")
    return tuple(map(read_label, data))


def read_pairs(data: Json, second: Callable[[Json], Any]) -> dict[str, Any]:
    pairs = [read_list(pair, 2) for pair in read_list(data)]
    found = {read_text(name): second(value) for name, value in pairs}
    form(len(found) == len(pairs), "a name with two values")
    return found


@dataclass
class Reader:
    """Reads what speaks of nodes."""

    nodes: list[Node] = field(default_factory=list)

    def node(self, data: Json) -> Node:
        form(0 <= read_int(data) < len(self.nodes), "no node")
        return self.nodes[data]

    def new(self, data: Json) -> Node:
        """The node that is written."""
        kind = read_text(read_list(data)[0] if data else None)
        form(kind in LAYOUT and len(data) == 1 + len(LAYOUT[kind]), "a node of no kind")
        return make(kind, *(self.part(letter, part) for letter, part in zip(LAYOUT[kind], data[1:], strict=True)))

    def part(self, letter: str, data: Json) -> Any:
        return READERS[letter](self, data)

    def cases(self, data: Json) -> Any:
        pairs = [read_list(pair, 2) for pair in read_list(data)]
        return tuple((self.node(p), read_conditions(conditions)) for p, conditions in pairs)

    def entry(self, data: Json) -> Entry:
        p, at = read_list(data, 2)
        return entry(self.node(p), *read_indices(at))

    def term(self, data: Json) -> Term:
        c, factors, where, bound = read_list(data, 4)
        powers = []
        for factor in read_list(factors):
            p, at, n = read_list(factor, 3)
            powers.append((self.entry([p, at]), read_int(n)))
        return term(read_rational(c), *powers, where=read_where(where), bound=read_names(bound))

    def sum(self, data: Json) -> Sum:
        return short([self.term(t) for t in read_list(data)])

    def step(self, data: Json) -> Step:
        rule = read_text(read_list(data)[0] if data else None)
        if rule == "back":
            new, inner = self.term(read_list(data, 3)[1]), read_list(data[2])
            form(inner[:1] in (["unfold"], ["use"], ["product"]), "no rule to go back by")
            step = self.step(inner)
            return Step("back", step.at, (new, step))
        form(rule in RULES and len(data) == 2 + len(RULES[rule]), "no rule")
        parts = tuple(self.part(letter, part) for letter, part in zip(RULES[rule], data[2:], strict=True))
        return Step(rule, read_position(data[1]), parts)

    def chain(self, data: Json) -> Chain:
        data = read_object(data, "chain")
        left, right = ([self.step(step) for step in read_list(data[side])] for side in ("left", "right"))
        form(len(left) + len(right) <= 20_000, "a long proof")
        return Chain(left, right)

    def proof(self, data: Json) -> Chain | Induction:
        if not isinstance(data, dict) or "variable" not in data:
            return self.chain(data)
        data = read_object(data, "induction")
        return Induction(
            read_text(data["variable"]), read_index(data["start"]), read_choice(data["direction"], 1, -1),
            self.chain(data["base"]), self.chain(data["step"]),
        )  # fmt: skip

    def lemma(self, data: Json) -> Lemma:
        data = read_object(data, "lemma")
        left, right = self.sum(data["left"]), self.sum(data["right"])
        return Lemma(read_text(data["name"]), left, right, read_where(data["given"]), self.proof(data["proof"]))

    def claim(self, data: Json) -> Claim:
        data = read_object(data, "claim")
        within = read_conditions(data["within"])
        form(sum(op == "!=" for op, _, _ in within) <= 6, "many conditions !=")
        indices = [read_list(pair, 2) for pair in read_list(data["indices"])]
        return Claim(
            read_text(data["name"]), self.node(data["left"]), self.node(data["right"]),
            [(read_text(name), None if label is None else read_label(label)) for name, label in indices],
            within, list(read_names(data["zero"])), list(read_names(data["one"])),
            [self.chain(chain) for chain in read_list(data["proofs"])],
        )  # fmt: skip


READERS: dict[str, Callable[[Reader, Json], Any]] = {
    "n": Reader.node,
    "N": lambda self, data: tuple(map(self.node, read_list(data))),
    "B": Reader.cases,
    "e": Reader.entry,
    "r": lambda _, data: read_rational(data),
    "i": lambda _, data: read_index(data),
    "t": lambda _, data: None if data is None else read_index(data),
    "I": lambda _, data: read_indices(data),
    "S": lambda _, data: read_shape(data),
    "a": lambda _, data: read_label(data),
    "c": lambda _, data: read_condition(data),
    "C": lambda _, data: read_conditions(data),
    "b": lambda _, data: read_bool(data),
    "x": lambda _, data: read_text(data),
    "v": lambda _, data: read_text(data),
    "z": lambda _, data: read_int(data),
    "Z": lambda _, data: tuple(map(read_int, read_list(data))),
    "F": lambda _, data: read_names(data),
    "W": lambda _, data: read_where(data),
    "V": lambda _, data: read_pairs(data, read_index),
    "R": lambda _, data: read_pairs(data, read_text),
    "w": lambda _, data: read_choice(data, "empty", "first", "last"),
    "o": lambda _, data: read_position(data),
}


class Step(NamedTuple):
    """A rule, the term it is for, and the rest."""

    rule: str
    at: int
    parts: tuple[Any, ...]


class Chain(NamedTuple):
    """Steps on both sides."""

    left: list[Step]
    right: list[Step]


class Induction(NamedTuple):
    """A base and a step."""

    variable: str
    start: Index
    direction: int
    base: Chain
    step: Chain


class Lemma(NamedTuple):
    """An equation of sums within conditions."""

    name: str
    left: Sum
    right: Sum
    given: frozenset[Index]
    proof: Chain | Induction


class Claim(NamedTuple):
    """An equation of nodes."""

    name: str
    left: Node
    right: Node
    indices: list[tuple[str, str | None]]
    within: tuple[Condition, ...]
    zero: list[str]
    one: list[str]
    proofs: list[Chain]


# The network


class Quantity(NamedTuple):
    """What the network says of a quantity."""

    key: str
    symbol: str
    timed: bool
    shape: tuple[str, ...]
    definition: Node | None
    special: list[tuple[Index, Node]]
    recurrence: int

    def definitions(self) -> list[tuple[Index | None, Node]]:
        """All definitions; those at one time with it."""
        return [*([(None, self.definition)] if self.definition else []), *self.special]

    def free(self) -> bool:
        return not self.definitions()


class Network(NamedTuple):
    """Quantities from the first step to the last."""

    first: Index
    last: Index
    quantities: dict[str, Quantity]
    constants: frozenset[str]
    always: frozenset[Index]

    def quantity(self, q: Node) -> Quantity:
        """The quantity of a node, which is written as it must be."""
        return self.known(q, q.args[0])

    def known(self, q: Node, key: str) -> Quantity:
        """The quantity of a key, which has the axes of a node, and a time if that has one."""
        need(key in self.quantities, "no quantity")
        found = self.quantities[key]
        need(found.shape == q.shape and found.timed == (q.args[1] is not None), "a quantity with other axes or another time")
        return found

    def end(self, quantity: Quantity) -> Index:
        """The time before the first step, or after the last."""
        return shifted(self.first, -1) if quantity.recurrence < 0 else shifted(self.last, 1)

    def typed(self, node: Node, names: frozenset[str]) -> None:
        """Refuses a node with other free names or with a quantity that is not one."""
        need(node.free <= self.constants | names, "a name that is none")
        bound = {value for kind, value in node.kinds if kind in BINDERS}
        need(not bound & {"t", *self.constants, *names} and not any(n.startswith("~") for n in bound), "a bound name that is kept")
        for q, _ in node.uses:
            self.quantity(q)

    def definition(self, q: Node, conditions: frozenset[Index]) -> Node | None:
        """The definition of a quantity at its time, or None if it is free."""
        key, time, _ = q.args
        found = self.known(q, key.removeprefix(HELD))
        if key.startswith(HELD):
            return None
        if time is None:
            return found.definition
        for special, node in found.special:
            if all_follow(equal(time, special), conditions):
                return put(node, {"t": time})
            need(differ(time, special, conditions), "a time that may be special")
        if found.definition is None:
            return None
        if found.recurrence:
            inside = less(time, self.first) if found.recurrence < 0 else less(self.last, time)
            if follows(shifted(plus((0, ()), inside, -1), -1), conditions):
                return None
            need(follows(inside, conditions), "a time that may lie beyond the end")
        return put(found.definition, {"t": time})


def read_quantity(reader: Reader, data: Json) -> Quantity:
    data = read_object(data, "quantity")
    special = [read_list(pair, 2) for pair in read_list(data["special"])]
    return Quantity(
        read_text(data["key"]), read_text(data["symbol"]), read_bool(data["timed"]), read_shape(data["shape"]),
        None if data["definition"] is None else reader.node(data["definition"]),
        [(read_index(at), reader.node(p)) for at, p in special], read_choice(data["recurrence"], -1, 0, 1),
    )  # fmt: skip


def read_network(reader: Reader, data: Json) -> Network:
    """The network, which is as it must be."""
    data = read_object(data, "network")
    first, last = (read_int(data["first"]), ()), read_index(data["last"])
    form([k for _, k in last[1]] == [1], "no last step")
    letter = last[1][0][0]
    form("|" not in letter, "a size as a last step")
    listed = [read_quantity(reader, each) for each in read_list(data["quantities"])]
    quantities = {quantity.key: quantity for quantity in listed}
    form(len(quantities) == len(listed), "two quantities of one key")
    sizes = {size(label) for quantity in listed for label in quantity.shape}
    network = Network(
        first, last, quantities, frozenset({letter}) | names_of(*sizes), within(less(last, first), *(shifted(s, -1) for s in sizes))
    )
    need(letter != "t" and not letter.startswith("~"), "a last step that is no constant")
    need(len({(q.symbol, q.timed) for q in listed}) == len(listed), "two quantities of one symbol")
    for quantity in listed:
        check_quantity(network, quantity, letter)
    check_founded(network)
    return network


def check_quantity(network: Network, quantity: Quantity, letter: str) -> None:
    """A quantity is as it must be, but for what it needs."""
    need(not quantity.key.startswith(HELD), "a quantity that is held")
    need(quantity.timed or not (quantity.special or quantity.recurrence), "a recurrence without a time")
    for at, node in quantity.definitions():
        need(at is None or names_of(at) <= {letter}, "a special time with a name")
        need(node.shape == quantity.shape, "a definition of other axes")
        network.typed(node, frozenset({"t"} if quantity.timed else ()))


Needs = dict[str, list[tuple[str, int | None]]]


def check_founded(network: Network) -> None:
    """Every definition leads back to what is free."""
    needs: Needs = {key: list(needed(quantity)) for key, quantity in network.quantities.items()}
    for group in groups(needs):
        inner: Needs = {key: [(other, shift) for other, shift in needs[key] if other in group] for key in group}
        if any(inner.values()):
            need(any(founded(network, inner, d) for d in (-1, 1)), "quantities that need each other")


def needed(quantity: Quantity) -> Iterator[tuple[str, int | None]]:
    """What the definitions of a quantity need, and how much later."""
    for at, node in quantity.definitions():
        now = named("t") if at is None else at
        for q, hidden in node.uses:
            time = q.args[1]
            shift = less(time if at is None else index_put(time, {"t": at}), now) if time else None
            known = quantity.timed and not hidden and shift is not None and not shift[1]
            yield q.args[0], shift[0] if known and shift else None


def reached(needs: Needs, key: str) -> set[str]:
    """What a quantity needs, directly or through others."""
    found: set[str] = set()
    open_ = [key]
    while open_:
        for other, _ in needs.get(open_.pop(), ()):
            if other not in found:
                found.add(other)
                open_.append(other)
    return found


def groups(needs: Needs) -> list[frozenset[str]]:
    """The quantities that need each other."""
    reach = {key: reached(needs, key) for key in needs}
    return list({frozenset(other for other in reach[key] if key in reach[other]) for key in needs if key in reach[key]})


def founded(network: Network, needs: Needs, d: int) -> bool:
    """Whether quantities that need each other go back to an end, before (d = -1) or after."""
    shifts = [shift for found in needs.values() for _, shift in found]
    if any(shift is None or shift * d < 0 for shift in shifts):
        return False
    still: Needs = {key: [(other, shift) for other, shift in found if shift == 0] for key, found in needs.items()}
    plain: Needs = {key: found for key, found in needs.items() if network.quantities[key].recurrence != d}
    return not any(key in reached(part, key) for part in (still, plain) for key in part)


# Rules


@dataclass
class Here:
    """What holds where a step stands."""

    network: Network
    facts: frozenset[Index]
    lemmas: dict[str, Lemma]
    hypotheses: dict[str, Lemma] = field(default_factory=dict)
    induction: Induction | None = None
    zero: Sequence[str] = ()
    one: Sequence[str] = ()
    term: Term = field(default_factory=lambda: term(1))

    @property
    def conditions(self) -> frozenset[Index]:
        """The facts and the conditions of the term."""
        return self.facts | self.term.where

    def hold(self, wanted: Iterable[Index], why: str) -> None:
        need(all_follow(wanted, self.conditions), why)

    def fresh(self, names: Sequence[str], count: int) -> list[str]:
        """Exactly as many new names as are needed."""
        need(len(names) == count and len(set(names)) == count, "more or fewer new names")
        used = self.term.names() | names_of(*self.facts)
        need(all(name.startswith("~") and name not in used for name in names), "a new name in use")
        return list(names)


def fresh_count(p: Node) -> int:
    """How many new names opening asks for."""
    if p.kind == "contract":
        return int(p.args[2])
    if p.kind == "derivative":
        inner = p.args[0]
        return 0 if inner.kind in ("function", "index") else 1 if inner.kind == "softmax" else fresh_count(inner)
    return int(p.kind == "sum")


def opened(p: Node, at: tuple[Index, ...], fresh: Sequence[str]) -> Sum:
    """A component by the parts of a node."""
    args = p.args
    if p.kind in ("number", "full") or (p.kind == "index" and not args[0][1]):
        c = args[0][0] if p.kind == "index" else args[0]
        return [term(c)] if c else []
    if p.kind == "identity":
        return [term(1, where=equal(*at))]
    if p.kind == "contract":
        left = len(args[0].shape) - args[2]
        new = tuple(map(named, fresh))
        inside = [c for v, label in zip(new, args[0].shape[left:], strict=True) for c in in_axis(v, label)]
        return [term(1, ((args[0], at[:left] + new), 1), ((args[1], new + at[left:]), 1), where=inside, bound=fresh)]
    if p.kind == "permute":
        return [one(args[0], *(at[args[1].index(j)] for j in range(len(at))))]
    if p.kind in ("times", "over"):
        return [term(1, ((args[0], at), 1), ((args[1], at), 1 if p.kind == "times" else -1))]
    if p.kind == "plus":
        return [one(q, *at) for q in args[0]]
    if p.kind == "power":
        return [term(1, ((args[0], at), args[1]))]
    if p.kind == "diagonal matrix":
        return [in_case(one(args[0], at[0]), *equal(*at))]
    if p.kind == "diagonal":
        return [one(args[0], at[0], at[0])]
    if p.kind == "component":
        return [one(args[0], *args[1], *at)]
    if p.kind == "stack":
        return [one(put(args[2], {args[0]: at[0]}), *at[1:])]
    if p.kind == "sum":
        return opened_sum(p, at, fresh[0])
    if p.kind == "truth":
        return where_all([term(1)], [args[0]])
    if p.kind == "cases":
        return opened_cases(p, at)
    if p.kind == "derivative":
        return opened_derivative(p, at, fresh)
    refuse(f"a {p.kind} that has no parts")


def opened_sum(p: Node, at: tuple[Index, ...], new: str) -> Sum:
    """A sum by its terms."""
    name, low, high, conditions, body = p.args
    values = {name: named(new)}
    inside = [(op, index_put(a, values), index_put(b, values)) for op, a, b in conditions]
    return where_all([term(1, ((put(body, values), at), 1), where=between(low, named(new), high), bound=[new])], inside)


def opened_cases(p: Node, at: tuple[Index, ...]) -> Sum:
    """The first case whose conditions hold."""
    open_, found = [term(1)], list[Term]()
    for q, conditions in p.args[0]:
        met = where_all(open_, conditions)
        found += [product_of(t, one(q, *at)) for t in met]
        open_ = short(open_ + [scaled(t, -1) for t in met])
    return found


def opened_derivative(p: Node, at: tuple[Index, ...], fresh: Sequence[str]) -> Sum:
    """The derivative of what has parts."""
    inner, q, explicit = p.args
    here, by = at[: len(inner.shape)], at[len(inner.shape) :]

    def d(node: Node, i: tuple[Index, ...]) -> Entry:
        return make("derivative", node, q, explicit), i + by

    if inner.kind == "index":
        return []
    if inner.kind == "function":
        f, n, a = inner.args
        return [term(1, ((make("function", f, n + 1, a), here), 1), (d(a, here), 1))]
    if inner.kind == "softmax":
        v = (named(fresh[0]),)
        a, s = inner.args[0], (inner, here)
        rest = term(-1, (s, 1), ((inner, v), 1), (d(a, v), 1), where=in_axis(v[0], inner.shape[0]), bound=fresh)
        return [term(1, (s, 1), (d(a, here), 1)), rest]
    found: Sum = []
    for t in opened(inner, here, fresh):
        for x, n in t.powers.items():
            found.append(term(t.c * n, *t.powers.items(), (x, -1), (d(*x), 1), where=t.where, bound=t.bound))
    return found


def by_parts(here: Here, e: Entry, fresh: Sequence[str]) -> Sum:
    return opened(*e, here.fresh(fresh, fresh_count(e[0])))


def by_definition(here: Here, e: Entry) -> Sum:
    need(e[0].kind == "quantity", "no quantity")
    node = here.network.definition(e[0], here.conditions)
    if node is None:
        refuse("a quantity that is free")
    return [one(node, *e[1])]


def by_chain_rule(here: Here, e: Entry) -> Sum:
    need(e[0].kind == "derivative" and e[0].args[0].kind == "quantity", "no derivative of a quantity")
    p, q, explicit = e[0].args
    found: Sum = []
    if p.args[0] == q.args[0]:
        need(p.shape == q.shape and (p.args[1] is None) == (q.args[1] is None), "one quantity with different axes or times")
        n = len(p.shape)
        pairs = [*zip(e[1][:n], e[1][n:], strict=True), *([(p.args[1], q.args[1])] if p.args[1] else [])]
        found.append(term(1, where=[c for pair in pairs for c in equal(*pair)]))
    node = here.network.definition(p, here.conditions)
    if node is None:
        return found
    if explicit and p.args[1]:
        node, q = frozen(here, node, p.args[1]), aimed(here, q, p.args[1])
    return [*found, one(make("derivative", node, q, explicit and bool(p.args[1])), *e[1])]


def frozen(here: Here, node: Node, time: Index) -> Node:
    """A definition with what stands at another time held."""
    need(not any(kind == "derivative" for kind, _ in node.kinds), "an explicit derivative of a derivative")
    need(not any(hidden for _, hidden in node.uses), "a time that is bound")

    def change(q: Node) -> Node:
        if q.args[0].startswith(HELD):
            return q
        if q.args[1] is None:
            need(here.network.quantity(q).definition is None, "a path that is hidden")
            return q
        apart = less(q.args[1], time)
        need(not apart[1], "times that differ by no number")
        return held(q) if apart[0] else q

    return with_quantities(node, change)


def aimed(here: Here, q: Node, time: Index) -> Node:
    """What an explicit derivative is by: held if it stands at another time."""
    key, at, _ = q.args
    if at is None or key.startswith(HELD) or all_follow(equal(at, time), here.conditions):
        return q
    need(differ(at, time, here.conditions), "a time that may be the same")
    return held(q)


def by_release(here: Here, e: Entry) -> Sum:
    need(not any(kind == "derivative" for kind, _ in e[0].kinds), "a derivative that is released")
    return [one(with_quantities(e[0], released), *e[1])]


def by_slope(here: Here, e: Entry) -> Sum:
    need(e[0].kind == "function", "no function")
    f, n, x = e[0].args
    need(n >= 1 and f in SLOPES, "no slope")
    return [one(slope(f, n, x), *e[1])]


def by_softmax(here: Here, e: Entry) -> Sum:
    need(e[0].kind == "function" and e[0].args[:2] == ("exp", 0) and len(e[0].shape) == 1, "no exponential of a vector")
    total = make("contract", e[0], make("full", Fraction(1), e[0].shape), 1)
    return [term(1, ((make("softmax", e[0].args[2]), e[1]), 1), ((total, ()), 1))]


def by_inside(here: Here, e: Entry) -> Sum:
    need(e[0].kind == "function" and fresh_count(e[0].args[2]) == 0, "no function of a component")
    f, n, p = e[0].args
    x, at = single(opened(p, e[1], ()))
    return [one(make("function", f, n, x), *at)]


def by_product(here: Here, e: Entry, which: str, fresh: Sequence[str]) -> Sum:
    need(e[0].kind == "product", "no product")
    name, low, high, falling, body = e[0].args
    for i, label in zip(e[1], body.shape, strict=True):
        here.hold(in_axis(i, label), "a component outside its axis")
    if which == "empty":
        here.fresh(fresh, 0)
        here.hold(equal(high, shifted(low, -1)), "a product that is not empty")
        return [term(1, where=equal(*e[1]) if e[1] else ())]
    here.hold([less(high, low)], "a product that may be empty")
    first = which == "first"
    factor = put(body, {name: low if first else high})
    rest = make("product", name, shifted(low, int(first)), shifted(high, int(first) - 1), falling, body)
    left, right = (factor, rest) if first != falling else (rest, factor)
    new = here.fresh(fresh, len(body.shape) // 2)
    if not new:
        return [term(1, ((left, ()), 1), ((right, ()), 1))]
    v = named(new[0])
    return [term(1, ((left, (e[1][0], v)), 1), ((right, (v, e[1][1])), 1), where=in_axis(v, body.shape[0]), bound=new)]


def by_end(here: Here, e: Entry) -> Sum:
    need(e[0].kind == "quantity" and e[0].args[0] in here.zero and e[0].args[1] is not None, "nothing that is zero")
    end = here.network.end(here.network.quantity(e[0]))
    here.hold(equal(e[0].args[1], end), "not at the end")
    return []


def lemma_at(here: Here, name: str, values: Mapping[str, Index]) -> Lemma:
    """A lemma that may be used with these values."""
    need(all(v.startswith("~") for v in values), "a value for what is no variable")
    if name in here.lemmas:
        return here.lemmas[name]
    need(name in here.hypotheses, "no lemma")
    hypothesis, induction = here.hypotheses[name], here.induction
    assert induction is not None
    variable = induction.variable
    need(values.get(variable) == shifted(named(variable), -induction.direction), "not the value before")
    need(all(values.get(v, named(v)) == named(v) for v in names_of(induction.start)), "another start")
    return hypothesis


def by_lemma(here: Here, e: Entry, name: str, values: Mapping[str, Index], fresh: Sequence[str]) -> Sum:
    lemma = lemma_at(here, name, values)
    p, at = single(lemma.left)
    need((put(p, values), tuple(index_put(i, values) for i in at)) == e, "a lemma about something else")
    here.hold((index_put(c, values) for c in lemma.given), "a lemma outside its conditions")
    bound = sorted(frozenset().union(*(t.bound for t in lemma.right)))
    new = dict(zip(bound, here.fresh(fresh, len(bound)), strict=True))
    own = frozenset().union(*(t.names() for t in [*lemma.left, *lemma.right])) | names_of(*values.values()) | frozenset(values)
    need(not own & frozenset(fresh), "a new name in use")
    found: Sum = []
    for t in lemma.right:
        renamed = {v: named(new[v]) for v in t.bound}
        found.append(term_put(t, {**values, **renamed}, [new[v] for v in t.bound]))
    return found


def by_argument(here: Here, e: Entry, name: str, values: Mapping[str, Index]) -> Sum:
    need(e[0].kind in ("function", "softmax"), "no function")
    lemma = lemma_at(here, name, values)
    (p, i), (q, j) = single(lemma.left), single(lemma.right)
    q = put(q, values)
    need(put(p, values) == e[0].args[-1] and q.shape == p.shape, "a lemma about another argument")
    given = [index_put(c, values) for c in lemma.given]
    if e[0].kind == "function":
        need(tuple(index_put(k, values) for k in i) == e[1] == tuple(index_put(k, values) for k in j), "other components")
        here.hold(given, "a lemma outside its conditions")
        return [one(make("function", *e[0].args[:2], q), *e[1])]
    need(name in here.lemmas and i == j and len(i[0][1]) == 1, "a lemma that does not speak of each component")
    v = i[0][1][0][0]
    axis = within(*in_axis(named(v), q.shape[0]))
    rest = frozenset(given) - axis
    need(v.startswith("~") and i[0] == named(v) and v not in values, "a lemma that does not speak of each component")
    need(v not in names_of(*here.facts, *here.term.where, *rest) | names_in([e]) | q.free, "a component that is not any one")
    here.hold(rest, "a lemma outside its conditions")
    here.hold(in_axis(e[1][0], q.shape[0]), "a component outside its axis")
    return [one(make("softmax", q), *e[1])]


ENTRY_RULES: dict[str, Callable[..., Sum]] = {
    "open": by_parts, "unfold": by_definition, "chain rule": by_chain_rule, "release": by_release, "slope": by_slope,
    "softmax": by_softmax, "inside": by_inside, "product": by_product, "zero": by_end, "use": by_lemma, "argument": by_argument,
}  # fmt: skip


def replaced(here: Here, e: Entry, value: Sum) -> Sum:
    """The term with one power of an entry replaced by its value."""
    old = here.term
    if old.powers[e] > 0:
        rest = term(old.c, *old.powers.items(), (e, -1), where=old.where, bound=old.bound)
        return [product_of(rest, t) for t in value]
    rest = term(old.c, *old.powers.items(), (e, 1), where=old.where, bound=old.bound)
    need(len(value) == 1 and not value[0].bound and not value[0].where and value[0].c != 0, "one over more than a product")
    return [product_of(rest, term(1 / value[0].c, *((x, -n) for x, n in value[0].powers.items())))]


def square(here: Here, e: Entry) -> Sum:
    old = here.term
    need(old.powers.get(e, 0) >= 2 and e[0].kind == "function" and e[0].args[1] == 0, "no square of a function")
    f, _, x = e[0].args
    need(f in ("tanh", "sigma", "step"), "no square that is known")
    slope_ = ((make("function", f, 1, x), e[1]), 1)
    rest = term(old.c, *old.powers.items(), (e, -2), where=old.where, bound=old.bound)
    value = {"tanh": [term(-1, slope_), term(1)], "sigma": [term(-1, slope_), term(1, (e, 1))], "step": [term(1, (e, 1))]}[f]
    return [product_of(rest, t) for t in value]


def total(here: Here, e: Entry) -> Sum:
    old = here.term
    need(e[0].kind == "softmax" or (e[0].kind == "quantity" and e[0].args[0] in here.one), "nothing that adds up to one")
    if e[0].kind == "quantity":
        here.network.quantity(e[0])
    names = names_of(*e[1])
    need(old.powers.get(e) == 1 and len(names) == 1 and e[1] == tuple(map(named, names)), "not the sum of the components")
    (v,) = names
    axis = within(*in_axis(named(v), e[0].shape[0]))
    rest = term(old.c, *old.powers.items(), (e, -1), where=old.where - axis, bound=old.bound - names)
    need(v in old.bound and axis <= old.where and v not in rest.names() | e[0].free, "not the sum of the components")
    return [rest]


def split(here: Here, i: Index) -> Sum:
    return [in_case(here.term, i), in_case(here.term, shifted(plus((0, ()), i, -1), -1))]


def vacuous(here: Here) -> Sum:
    need(contradict(here.conditions), "a term that need not vanish")
    return []


def narrow(here: Here, where: frozenset[Index]) -> Sum:
    here.hold(where, "conditions that do not follow")
    need(all_follow(here.term.where, here.facts | where), "conditions that say less")
    return [here.term._replace(where=where)]


def substitute(here: Here, name: str, i: Index) -> Sum:
    old = here.term
    here.hold(equal(named(name), i), "a name that need not be equal")
    need(name not in names_of(i), "a name by itself")
    if name in old.bound:
        return [term_put(old, {name: i}, old.bound - {name})]
    return [term(old.c, *entries_put(old, {name: i}), where=old.where, bound=old.bound)]


def turn(here: Here, name: str, i: Index) -> Sum:
    old = here.term
    need(name in old.bound and name not in names_of(i), "a name that is not bound, or from an end that it is part of")
    return [term_put(old, {name: less(i, named(name))}, old.bound)]


def rename(here: Here, pairs: Mapping[str, str]) -> Sum:
    old = here.term
    need(old.bound >= set(pairs), "a name that is not bound")
    new = list(pairs.values())
    need(len(set(new)) == len(new) and all(name.startswith("~") for name in new), "two names become one, or no variable")
    need(not set(new) & ((old.names() - set(pairs)) | names_of(*here.facts)), "a name in use")
    return [term_put(old, {a: named(b) for a, b in pairs.items()}, {pairs.get(v, v) for v in old.bound})]


def back(here: Here, new: Term, step: Step) -> Sum:
    well_formed(new)
    over = {e for e, n in new.powers.items() if n < 0} - {e for e, n in here.term.powers.items() if n < 0}
    need(not over, "a new divisor")
    need(applied(replace(here, term=new), step.rule, step.parts) == [here.term], "another term")
    return [new]


TERM_RULES: dict[str, Callable[..., Sum]] = {
    "square": square, "total": total, "split": split, "vacuous": vacuous, "narrow": narrow, "substitute": substitute, "turn": turn,
    "rename": rename, "back": back,
}  # fmt: skip

RULES = {
    "open": "eF", "unfold": "e", "chain rule": "e", "release": "e", "slope": "e", "softmax": "e", "inside": "e", "product": "ewF",
    "zero": "e", "use": "exVF", "argument": "exV", "square": "e", "total": "e", "split": "i", "vacuous": "", "narrow": "W",
    "substitute": "vi", "turn": "vi", "rename": "R", "collect": "o",
}  # fmt: skip
"""What follows the position: letters of READERS."""


def applied(here: Here, rule: str, parts: tuple[Any, ...]) -> Sum:
    """What a rule makes of a term."""
    if rule in TERM_RULES:
        return TERM_RULES[rule](here, *parts)
    need(parts[0] in here.term.powers, "a factor that is not there")
    return replaced(here, parts[0], ENTRY_RULES[rule](here, *parts))


def run(here: Here, terms: Sum, steps: Sequence[Step]) -> Sum:
    """What steps make of a sum."""
    terms = list(terms)
    for step in steps:
        need(step.at < len(terms), "a term that is not there")
        if step.rule == "collect":
            collect(terms, step.at, step.parts[0])
        else:
            terms[step.at : step.at + 1] = applied(replace(here, term=terms[step.at]), step.rule, step.parts)
        short(terms)
    return terms


def collect(terms: Sum, at: int, other: int) -> None:
    """Adds a later term to one that is the same but for the coefficient."""
    need(at < other < len(terms), "a term that is not there")
    s, t = terms[at], terms.pop(other)
    need(s[1:] == t[1:], "terms that differ")
    terms[at : at + 1] = [s._replace(c=s.c + t.c)] if s.c + t.c else []


# Slopes

N = Fraction


def number(c: int, like: Node) -> Node:
    return make("full", N(c), like.shape)


def add(*parts: Node) -> Node:
    found = parts[0]
    for part in parts[1:]:
        found = make("plus", (found, part))
    return found


def mul(*parts: Node) -> Node:
    found = parts[0]
    for part in parts[1:]:
        found = by(int(found.args[0]), part) if found.kind == "full" else make("times", found, part)
    return found


def by(c: int, p: Node) -> Node:
    """A number times a node."""
    return make("contract", make("number", N(c)), p, 0)


def power(p: Node, n: int) -> Node:
    return make("power", p, n)


def fn(f: str, x: Node, n: int = 0) -> Node:
    return make("function", f, n, x)


SLOPES: dict[str, Callable[[Node], Node]] = {
    "exp": lambda x: fn("exp", x),
    "log": lambda x: by(1, power(x, -1)),
    "tanh": lambda x: add(number(1, x), by(-1, power(fn("tanh", x), 2))),
    "sigma": lambda x: add(fn("sigma", x), by(-1, power(fn("sigma", x), 2))),
    "sin": lambda x: fn("cos", x),
    "cos": lambda x: by(-1, fn("sin", x)),
    "tan": lambda x: add(number(1, x), power(fn("tan", x), 2)),
    "arctan": lambda x: by(1, power(add(number(1, x), power(x, 2)), -1)),
    "sqrt": lambda x: by(1, power(by(2, fn("sqrt", x)), -1)),
    "step": lambda x: number(0, x),
    "sign": lambda x: number(0, x),
    "npdf": lambda x: mul(by(-1, x), fn("npdf", x)),
    "ncdf": lambda x: fn("npdf", x),
    "sinh": lambda x: fn("cosh", x),
    "cosh": lambda x: fn("sinh", x),
    "sech": lambda x: mul(by(-1, fn("sinh", x)), power(power(fn("cosh", x), 2), -1)),
    "arctanh": lambda x: by(1, power(add(number(1, x), by(-1, power(x, 2))), -1)),
    "softplus": lambda x: fn("sigma", x),
    "logsigmoid": lambda x: fn("sigma", by(-1, x)),
    "abs": lambda x: fn("sign", x),
    "relu": lambda x: fn("step", x),
    "elu": lambda x: add(fn("step", x), mul(fn("exp", x), add(number(1, x), by(-1, fn("step", x))))),
    "silu": lambda x: add(fn("sigma", x), mul(x, fn("sigma", x), add(number(1, x), by(-1, fn("sigma", x))))),
    "gelu": lambda x: add(fn("ncdf", x), mul(x, fn("npdf", x))),
    "hardtanh": lambda x: add(fn("step", add(x, number(1, x))), by(-1, fn("step", add(x, by(-1, number(1, x)))))),
}


def slope(f: str, n: int, x: Node) -> Node:
    """The derivative of order n of a function, at x."""
    found = SLOPES[f](x)
    for _ in range(n - 1):
        found = differentiated(found, x)
    return found


def differentiated(p: Node, x: Node) -> Node:
    """The derivative of what `SLOPES` makes, by x."""
    if p == x:
        return number(1, x)
    if p.kind == "full":
        return number(0, x)
    if p.kind == "plus":
        return make("plus", tuple(differentiated(q, x) for q in p.args[0]))
    if p.kind == "times":
        a, b = p.args
        return add(mul(differentiated(a, x), b), mul(a, differentiated(b, x)))
    if p.kind == "contract":
        return add(by(0, p.args[1]), make("contract", p.args[0], differentiated(p.args[1], x), 0))
    if p.kind == "power":
        a, n = p.args
        return mul(by(n, power(a, n - 1)), differentiated(a, x))
    f, n, a = p.args
    return mul(fn(f, a, n + 1), differentiated(a, x))


# Lemmas and claims


def check_chain(here: Here, given: frozenset[Index], left: Sum, right: Sum, chain: Chain) -> Sum:
    """Both sides end in the same terms, which are returned."""
    for t in [*left, *right]:
        well_formed(t)
        need(not t.bound & names_of(*given), "a bound name that is given")
    here = replace(here, facts=given | here.network.always)
    ends = run(here, left, chain.left)
    others = run(here, right, chain.right)
    for t in ends:
        need(t in others, "sides that end in different terms")
        others.remove(t)
    need(not others, "sides that end in different terms")
    return ends


def divides(lemma: Lemma) -> bool:
    """Whether there is a divisor in a lemma."""
    for t in [*lemma.left, *lemma.right]:
        for (p, _), n in t.powers.items():
            if n < 0 or any(kind == "over" or (kind == "function" and x == "log") for kind, x in p.kinds):
                return True
            if any(kind == "power" and x < 0 for kind, x in p.kinds):
                return True
    return False


def check_lemmas(here: Here, group: Sequence[Lemma]) -> None:
    """Lemmas that are proven together."""
    names = [lemma.name for lemma in group]
    for lemma in group:
        need(lemma.name not in here.lemmas and not lemma.name.startswith("earlier"), "a name that is not new")
        need(not divides(lemma), "a lemma that divides")
    need(len(set(names)) == len(names), "two lemmas of one name")
    if len(group) > 1:
        kinds = {lemma.proof[:3] if isinstance(lemma.proof, Induction) else None for lemma in group}
        need(len(kinds) == 1 and None not in kinds, "different inductions")
    others = {f"earlier {lemma.name}": lemma for lemma in group}
    for lemma in group:
        if isinstance(lemma.proof, Induction):
            check_induction(here, lemma, lemma.proof, {"earlier": lemma, **others})
        else:
            check_chain(here, lemma.given, lemma.left, lemma.right, lemma.proof)
    here.lemmas.update(zip(names, group, strict=True))


def check_induction(here: Here, lemma: Lemma, proof: Induction, hypotheses: dict[str, Lemma]) -> None:
    """A lemma by induction."""
    variable, start = named(proof.variable), proof.start
    need(proof.variable.startswith("~") and proof.variable not in names_of(start), "an induction on nothing")
    s = plus((0, ()), less(variable, start), proof.direction)
    need(follows(s, lemma.given | here.network.always), "an induction that starts too late")
    check_chain(here, lemma.given | within(*equal(variable, start)), lemma.left, lemma.right, proof.base)
    inside = replace(here, hypotheses=hypotheses, induction=proof)
    check_chain(inside, lemma.given | within(shifted(s, -1)), lemma.left, lemma.right, proof.step)


def asked(node: Node, network: Network) -> Iterator[Index]:
    """What a side asks for, to have a meaning."""
    kind, args = node.kind, node.args
    if kind == "quantity" and network.quantity(node).recurrence == -1:
        yield shifted(less(args[1], network.first), 1)
    elif kind in ("sum", "product"):
        yield shifted(less(args[2], args[1]), 1)
    elif kind == "component":
        for i, label in zip(args[1], args[0].shape, strict=False):
            yield from in_axis(i, label)
    if kind == "derivative":
        yield from asked(args[1], network)
    elif kind in ("contract", "permute", "times", "over", "plus", "diagonal matrix", "diagonal", "component"):
        for letter, arg in zip(LAYOUT[kind], args, strict=True):
            for child in contents(letter, arg)[0]:
                yield from asked(child, network)


def check_assumed(network: Network, claim: Claim) -> None:
    """What a claim assumes may be assumed."""
    for key in claim.zero:
        need(key in network.quantities and network.quantities[key].recurrence != 0, "an end that there is not")
        end = network.end(network.quantities[key])
        for at, _ in network.quantities[key].special:
            need(differ(at, end, network.always), "an end that may have a value")
    for key in claim.one:
        need(key in network.quantities and key not in claim.zero, "no quantity, or one that is zero")
        need(network.quantities[key].free() and len(network.quantities[key].shape) == 1, "what is not free to add up to one")


def check_claim(here: Here, claim: Claim) -> None:
    """A claim and its proof."""
    network = here.network
    names = [name for name, _ in claim.indices]
    need(len(set(names)) == len(names) and not set(names) & network.constants, "an index that is something else")
    need(not any(name.isdecimal() for name in names), "an index that is a number")
    need(claim.left.shape == claim.right.shape, "sides of different axes")
    for side in (claim.left, claim.right):
        network.typed(side, frozenset(names))
    need(all(names_of(a, b) <= network.constants | set(names) for _, a, b in claim.within), "a condition on nothing")
    check_assumed(network, claim)
    values = {name: named(f"~{name}") for name in names}
    left, right = put(claim.left, values), put(claim.right, values)
    places = tuple(named(f"~{n + 1}") for n in range(len(left.shape)))
    given = [c for i, label in zip(places, left.shape, strict=True) for c in in_axis(i, label)]
    for name, label in claim.indices:
        i = values[name]
        given += between(network.first, i, network.last) if label is None else in_axis(i, label)
    given += [*asked(left, network), *asked(right, network)]
    inside = [ways((op, index_put(a, values), index_put(b, values))) for op, a, b in claim.within]
    need(prod(map(len, inside)) == len(claim.proofs), "fewer or more proofs than equations")
    here = replace(here, zero=claim.zero, one=claim.one)
    shown = right.kind in ("number", "full") and right.args[0] == 0
    for way, chain in zip(product(*inside), claim.proofs, strict=True):
        facts = within(*given, *(c for part in way for c in part))
        need(not contradict(facts | network.always), "conditions that contradict each other")
        ends = check_chain(here, facts, [one(left, *places)], [one(right, *places)], chain)
        shown = shown or any(not contradict(facts | network.always | t.where) for t in ends)
    need(shown, "nothing is shown")


def check_development(data: Json) -> list[str]:
    """A network with its lemmas and claims; the names of the claims."""
    data = read_object(data, "development")
    reader = Reader()
    form(len(read_list(data["nodes"])) <= 100_000, "many nodes")
    for node in data["nodes"]:
        reader.nodes.append(reader.new(node))
    here = Here(read_network(reader, data["network"]), frozenset(), {})
    for lemma in read_list(data["lemmas"]):
        check_lemmas(here, [reader.lemma(each) for each in (lemma if isinstance(lemma, list) else [lemma])])
    names = []
    for each in read_list(data["claims"]):
        claim = reader.claim(each)
        check_claim(here, claim)
        names.append(claim.name)
    return names


def members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """An object whose members stand once."""
    found = dict(pairs)
    form(len(found) == len(pairs), "a member that stands twice")
    return found


def claims(text: str) -> list[str]:
    """The names of the claims of a file that is accepted."""
    NODES.clear()
    try:
        data = json.loads(text, object_pairs_hook=members)
    except (ValueError, RecursionError) as error:
        raise Declined("no JSON") from error
    data = read_object(data, "file")
    form(data["format"] == "symrnn proofs 1", "another format")
    names = [name for development in read_list(data["developments"]) for name in check_development(development)]
    need(bool(names), "no claim")
    return names


def verdict(text: str) -> str:
    """accepted, refused or declined."""
    try:
        claims(text)
    except Refused:
        return "refused"
    except Declined:
        return "declined"
    return "accepted"


def main(path: str) -> int:
    """Says the verdict, and the claims or the reason; the exit status is that of the kernel."""
    try:
        print("accepted:", *claims(Path(path).read_text(encoding="utf-8")), sep="\n  ")
    except Refused as why:
        print(f"refused: {why}")
        return 1
    except (Declined, UnicodeDecodeError) as why:
        print(f"declined: {why}")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
