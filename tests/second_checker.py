"""A second checker of proof files, written from derivations/proof_format.md alone.

It shares nothing with the first: expressions are tuples, a sum is a list of tuples, and an index is a dictionary made hashable. `verdict`
says "accepted", "refused" or "declined".
"""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import gcd

# Nothing here has a type beyond what Python sees: it is a table of cases, to be read beside the page.
# mypy: ignore-errors


class No(Exception):
    """Refused."""


class Cannot(Exception):
    """Declined."""


def verdict(text):
    try:
        judge(text)
    except No:
        return "refused"
    except (Cannot, RecursionError):
        return "declined"
    return "accepted"


def form(ok):
    if not ok:
        raise Cannot


def must(ok, why=""):
    if not ok:
        raise No(why)


# ---------------------------------------------------------------------------------- indices: a sorted tuple of (name, factor); "" is 1


def ix(pairs):
    total = Counter()
    for name, k in pairs:
        total[name] += k
    return tuple(sorted((n, k) for n, k in total.items() if k))


def num(c):
    return ix([("", c)])


def var(name):
    return ((name, 1),)


def plus(*many):
    return ix([pair for i in many for pair in i])


def times(i, k):
    return ix([(n, k * c) for n, c in i])


def minus(a, b):
    return plus(a, times(b, -1))


def names(*many):
    return {n for i in many for n, _ in i if n}


def const(i):
    return dict(i).get("", 0)


def put(i, values):
    return plus(*(times(values[n], k) if n in values else ((n, k),) for n, k in i))


def size(label):
    return plus(*(num(1) if part == "1" else var(f"|{part}|") for part in label.split("+")))


def within(indices, axes):
    return [c for i, a in zip(indices, axes, strict=True) for c in (minus(i, num(1)), minus(size(a), i))]


def same(a, b):
    return [minus(a, b), minus(b, a)]


def told(conditions):
    """Conditions as a set, without what is trivially true."""
    return frozenset(c for c in conditions if names(c) or const(c) < 0)


@lru_cache(maxsize=1 << 14)
def clash(conditions):
    rows = {tight(c) for c in conditions}
    while not any(not names(r) and const(r) < 0 for r in rows):
        rows = {r for r in rows if names(r)}
        if not rows or len(rows) > 400:
            return False
        ups, downs = Counter(), Counter()
        for r in rows:
            for n, k in r:
                if n:
                    (ups if k > 0 else downs)[n] += 1
        out = min(sorted(set(ups) | set(downs)), key=lambda n: ups[n] * downs[n])
        having = {r: dict(r).get(out, 0) for r in rows}
        rows = {r for r, k in having.items() if not k} | {
            tight(plus(times(a, -having[b]), times(b, having[a]))) for a in rows if having[a] > 0 for b in rows if having[b] < 0
        }
    return True


def tight(row):
    d = gcd(*(k for n, k in row if n))
    return ix([(n, k // d) for n, k in row]) if d > 1 else row


def sure(c, facts):
    if not names(c):
        return const(c) >= 0
    if c in facts:
        return True
    return clash(near(c, frozenset(facts)) | {minus(num(-1), c)})


@lru_cache(maxsize=1 << 14)
def near(c, facts):
    seen, rest, found = names(c), set(facts), set()
    while True:
        new = {f for f in rest if not names(f) or names(f) & seen}
        if not new:
            return frozenset(found)
        found, rest, seen = found | new, rest - new, seen | names(*new)


def need(facts, *conditions):
    must(all(sure(c, facts) for c in conditions), "a condition does not follow")


def ways(condition):
    op, a, b = condition
    up, down = minus(b, a), minus(a, b)
    less, more = minus(up, num(1)), minus(down, num(1))
    return {"=": [[up, down]], "!=": [[less], [more]], "<": [[less]], "<=": [[up]], ">": [[more]], ">=": [[down]]}[op]


# -------------------------------------------------------------------------------------------------------- expressions


class Node:
    """A kind and its arguments; equal ones are one object."""

    known = {}  # noqa: RUF012

    def __new__(cls, kind, *args):
        key = (kind, *args)
        if key not in cls.known:
            node = super().__new__(cls)
            node.kind, node.args = kind, args
            node.shape = shape_of(node)
            node.free = free_of(node)
            cls.known[key] = node
        return cls.known[key]


def shape_of(n):
    match n.kind, n.args:
        case (("number" | "index" | "truth"), _):
            return ()
        case "full", (_, axes):
            return axes
        case "identity", (a,):
            return (a, a)
        case "quantity", (_, _, axes):
            return axes
        case "derivative", (p, q, _):
            must(q.kind == "quantity")
            return p.shape + q.shape
        case "contract", (p, q, k):
            must(0 <= k <= len(p.shape) and k <= len(q.shape) and p.shape[len(p.shape) - k :] == q.shape[:k])
            return p.shape[: len(p.shape) - k] + q.shape[k:]
        case "permute", (p, order):
            must(sorted(order) == [*range(len(p.shape))])
            return tuple(p.shape[j] for j in order)
        case (("times" | "over"), (p, q)):
            must(p.shape == q.shape)
            return p.shape
        case "plus", (parts,):
            must(parts and all(p.shape == parts[0].shape for p in parts))
            return parts[0].shape
        case "power", (p, _):
            return p.shape
        case "function", (_, k, p):
            must(k >= 0)
            return p.shape
        case "softmax", (p,):
            must(len(p.shape) == 1)
            return p.shape
        case "diagonal matrix", (p,):
            must(len(p.shape) == 1)
            return p.shape + p.shape
        case "diagonal", (p,):
            must(len(p.shape) == 2 and p.shape[0] == p.shape[1])
            return p.shape[:1]
        case "component", (p, at):
            must(len(at) <= len(p.shape))
            return p.shape[len(at) :]
        case "stack", (_, a, p):
            return (a, *p.shape)
        case "sum", (v, low, high, _, p):
            must(v not in names(low, high))
            return p.shape
        case "product", (v, low, high, _, p):
            must(v not in names(low, high))
            must(p.shape == () or (len(p.shape) == 2 and p.shape[0] == p.shape[1]))
            return p.shape
        case "cases", (branches,):
            must(branches and all(p.shape == branches[0][0].shape for p, _ in branches))
            return branches[0][0].shape
    raise AssertionError(n.kind)


def indices_in(x):
    """The indices in arguments that are no expressions: conditions are triples that begin with their relation."""
    if isinstance(x, tuple) and x and isinstance(x[0], str) and x[0] in OPS:
        return [x[1], x[2]]
    return []


OPS = ("=", "!=", "<", "<=", ">", ">=")


def free_of(n):
    match n.kind, n.args:
        case "index", (i,):
            return names(i)
        case "quantity", (_, time, _):
            return names(time or ())
        case "component", (p, at):
            return p.free | names(*at)
        case "stack", (v, _, p):
            return p.free - {v}
        case "sum", (v, low, high, conditions, p):
            return ((p.free | names(*(i for c in conditions for i in indices_in(c)))) - {v}) | names(low, high)
        case "product", (v, low, high, _, p):
            return (p.free - {v}) | names(low, high)
        case "cases", (branches,):
            return {x for p, cs in branches for x in p.free | names(*(i for c in cs for i in indices_in(c)))}
        case "truth", (c,):
            return names(*indices_in(c))
    return {x for p in children(n) for x in p.free}


def children(n):
    flat = [p for p, _ in n.args[0]] if n.kind == "cases" else n.args[0] if n.kind == "plus" else n.args
    return [p for p in flat if isinstance(p, Node)]


def everything(n):
    yield n
    for p in children(n):
        yield from everything(p)


def mapped(n, change):
    """The expression with its direct parts changed."""
    if n.kind == "plus":
        return Node("plus", tuple(map(change, n.args[0])))
    if n.kind == "cases":
        return Node("cases", tuple((change(p), cs) for p, cs in n.args[0]))
    return Node(n.kind, *(change(x) if isinstance(x, Node) else x for x in n.args))


def inst(n, values):
    values = {k: v for k, v in values.items() if k in n.free}
    if not values:
        return n
    if n.kind in ("stack", "sum", "product"):
        must(n.args[0] not in names(*values.values()), "captured")

    def i(x):
        return put(x, values)

    def c(x):
        return (x[0], i(x[1]), i(x[2]))

    def p(x):
        return inst(x, values)

    match n.kind, n.args:
        case "index", (x,):
            return Node("index", i(x))
        case "quantity", (key, time, axes):
            return Node("quantity", key, i(time), axes)
        case "component", (x, at):
            return Node("component", p(x), tuple(map(i, at)))
        case "sum", (v, low, high, conditions, x):
            return Node("sum", v, i(low), i(high), tuple(map(c, conditions)), p(x))
        case "product", (v, low, high, falling, x):
            return Node("product", v, i(low), i(high), falling, p(x))
        case "cases", (branches,):
            return Node("cases", tuple((p(x), tuple(map(c, cs))) for x, cs in branches))
        case "truth", (x,):
            return Node("truth", c(x))
    return mapped(n, p)


# -------------------------------------------------------------------------------------- terms: (c, {entry: power}, where, bound), frozen


def entry(n, at):
    must(len(at) == len(n.shape), "an index for each axis")
    return (n, tuple(at))


def term(c, factors=(), where=(), bound=()):
    powers = Counter()
    for e, k in factors:
        powers[e] += k
    return (Fraction(c), frozenset((e, k) for e, k in powers.items() if k), told(where), frozenset(bound))


def one(e):
    return term(1, [(e, 1)])


def join(t, u):
    return term(t[0] * u[0], [*t[1], *u[1]], t[2] | u[2], t[3] | u[3])


def scale(t, k):
    return (t[0] * k, *t[1:])


def also(t, conditions):
    return term(t[0], t[1], [*t[2], *conditions], t[3])


def e_names(e):
    return set(e[0].free) | names(*e[1])


def t_names(t):
    return set(t[3]).union(names(*t[2]), *(e_names(e) for e, _ in t[1]))


def e_put(e, values):
    return entry(inst(e[0], values), [put(i, values) for i in e[1]])


def t_put(t, values):
    return term(t[0], [(e_put(e, values), k) for e, k in t[1]], [put(c, values) for c in t[2]], t[3] - set(values))


def well_formed(t):
    must(all(b.startswith("~") for b in t[3]))
    ways_out = frozenset(ix([(n, k) for n, k in c if n in t[3]]) for c in t[2])
    must(all(clash(ways_out | {plus(times(var(b), s), num(-1))}) for b in t[3] for s in (1, -1)), "infinite")


def single(terms):
    must(len(terms) == 1 and len(terms[0][1]) == 1)
    ((e, _),) = terms[0][1]
    must(terms[0] == one(e))
    return e


def rename(t, new):
    must(set(new) <= t[3] and len(set(new.values())) == len(new) and all(n.startswith("~") for n in new.values()))
    must(not set(new.values()) & (t_names(t) - set(new)))
    c, factors, where, bound = t_put(t, {a: var(b) for a, b in new.items()})
    return (c, factors, where, bound | set(new.values()))


# ---------------------------------------------------------------------------------------------------------------- opening


def count(n):
    if n.kind == "derivative":
        p = n.args[0]
        return {"function": 0, "softmax": 1}.get(p.kind, count(p))
    return n.args[2] if n.kind == "contract" else int(n.kind == "sum")


def raw(n, at, fresh):
    """What a component is made of: (c, list of factors, where, bound)."""
    match n.kind, n.args:
        case ("number", (c,)) | ("full", (c, _)):
            return [(c, [], [], [])] if c else []
        case "index", (i,):
            must(not names(i))
            return [(const(i), [], [], [])] if const(i) else []
        case "identity", _:
            return [(1, [], same(*at), [])]
        case "contract", (p, q, _):
            k = len(p.shape) - len(fresh)
            vs = [var(v) for v in fresh]
            return [(1, [(entry(p, [*at[:k], *vs]), 1), (entry(q, [*vs, *at[k:]]), 1)], within(vs, p.shape[k:]), fresh)]
        case "permute", (p, order):
            old = [None] * len(order)
            for m, j in enumerate(order):
                old[j] = at[m]
            return [(1, [(entry(p, old), 1)], [], [])]
        case "times", (p, q):
            return [(1, [(entry(p, at), 1), (entry(q, at), 1)], [], [])]
        case "over", (p, q):
            return [(1, [(entry(p, at), 1), (entry(q, at), -1)], [], [])]
        case "plus", (parts,):
            return [(1, [(entry(p, at), 1)], [], []) for p in parts]
        case "power", (p, k):
            return [(1, [(entry(p, at), k)], [], [])]
        case "diagonal matrix", (p,):
            return [(1, [(entry(p, at[:1]), 1)], same(*at), [])]
        case "diagonal", (p,):
            return [(1, [(entry(p, [*at, *at]), 1)], [], [])]
        case "component", (p, first):
            return [(1, [(entry(p, [*first, *at]), 1)], [], [])]
        case "stack", (v, _, p):
            return [(1, [(entry(inst(p, {v: at[0]}), at[1:]), 1)], [], [])]
        case "sum", (v, low, high, conditions, p):
            here = {v: var(fresh[0])}
            start = (1, [(entry(inst(p, here), at), 1)], [minus(var(fresh[0]), low), minus(high, var(fresh[0]))], fresh)
            return bracket([start], [(op, put(a, here), put(b, here)) for op, a, b in conditions])
        case "truth", (condition,):
            return bracket([(1, [], [], [])], [condition])
        case "cases", (branches,):
            found, left = [], [(1, [], [], [])]
            for p, conditions in branches:
                met = bracket(left, conditions)
                found += [(c, [*f, (entry(p, at), 1)], w, b) for c, f, w, b in met]
                left = left + [(-c, f, w, b) for c, f, w, b in met]
            return found
        case "derivative", (p, q, explicit):
            return change(p, q, explicit, at, fresh)
    raise No(f"{n.kind} has no parts")


def bracket(terms, conditions):
    for op, a, b in conditions:
        (way,) = ways(("=" if op == "!=" else op, a, b))
        met = [(c, f, [*w, *way], bound) for c, f, w, bound in terms]
        terms = terms + [(-c, f, w, bound) for c, f, w, bound in met] if op == "!=" else met
    return terms


def change(p, q, explicit, at, fresh):
    head, tail = at[: len(p.shape)], at[len(p.shape) :]

    def d(x, index):
        return (entry(Node("derivative", x, q, explicit), [*index, *tail]), 1)

    if p.kind == "index":
        return []
    if p.kind == "function":
        f, k, a = p.args
        return [(1, [(entry(Node("function", f, k + 1, a), head), 1), d(a, head)], [], [])]
    if p.kind == "softmax":
        (a,), v = p.args, [var(fresh[0])]
        second = (-1, [(entry(p, head), 1), (entry(p, v), 1), d(a, v)], within(v, p.shape), fresh)
        return [(1, [(entry(p, head), 1), d(a, head)], [], []), second]
    found = []
    for c, factors, where, bound in raw(p, head, fresh):
        powers = Counter()
        for e, k in factors:
            powers[e] += k
        for e, k in powers.items():
            if k:
                found.append((c * k, [*factors, (e, -1), d(*e)], where, bound))
    return found


def opened(n, at, fresh):
    if n.kind in ("quantity", "function", "softmax", "product"):
        raise No("no parts")
    must(len(fresh) == count(n), "as many new names as sums")
    return [term(*t) for t in raw(n, at, fresh)]


# ----------------------------------------------------------------------------------------------------------------- slopes

X, SQ = "x", lambda f: ("^", (f, "x"), 2)
E = {f: (f, "x") for f in ("exp", "sigma", "cos", "sin", "tan", "npdf", "ncdf", "sinh", "cosh", "sqrt", "sign", "step", "tanh")}


def neg(a):
    return ("*", -1, a)


def over(a, b):
    return ("*", a, ("^", b, -1))


TABLE = {
    "exp": E["exp"],
    "log": over(1, X),
    "tanh": ("+", 1, neg(SQ("tanh"))),
    "sigma": ("+", E["sigma"], neg(SQ("sigma"))),
    "sin": E["cos"],
    "cos": neg(E["sin"]),
    "tan": ("+", 1, SQ("tan")),
    "arctan": over(1, ("+", 1, ("^", X, 2))),
    "sqrt": over(1, ("*", 2, E["sqrt"])),
    "step": 0,
    "sign": 0,
    "npdf": ("*", neg(X), E["npdf"]),
    "ncdf": E["npdf"],
    "sinh": E["cosh"],
    "cosh": E["sinh"],
    "sech": over(neg(E["sinh"]), SQ("cosh")),
    "arctanh": over(1, ("+", 1, neg(("^", X, 2)))),
    "softplus": E["sigma"],
    "logsigmoid": ("sigma", neg(X)),
    "abs": E["sign"],
    "relu": E["step"],
    "elu": ("+", E["step"], ("*", E["exp"], ("+", 1, neg(E["step"])))),
    "silu": ("+", E["sigma"], ("*", ("*", X, E["sigma"]), ("+", 1, neg(E["sigma"])))),
    "gelu": ("+", E["ncdf"], ("*", X, E["npdf"])),
    "hardtanh": ("+", ("step", ("+", X, 1)), neg(("step", ("+", X, neg(1))))),
}


def slope_formula(f, k):
    """The formula of the derivative of order k; a call is (f, x) or (f, x, order)."""
    if k == 1:
        return TABLE[f]
    return prime(slope_formula(f, k - 1))


def prime(a):
    if not isinstance(a, tuple):
        return int(a == "x")
    match a:
        case ("+", b, c):
            return ("+", prime(b), prime(c))
        case ("*", b, c):
            return ("+", ("*", prime(b), c), ("*", b, prime(c)))
        case ("^", b, n):
            return ("*", ("*", n, ("^", b, n - 1)), prime(b))
        case (f, b, *k):
            return ("*", (f, b, (k or [0])[0] + 1), prime(b))
    raise AssertionError


def build(a, x):
    match a:
        case "x":
            return x
        case ("+", b, c):
            return Node("plus", (build(b, x), build(c, x)))
        case ("*", int(c), b):
            return Node("contract", Node("number", Fraction(c)), build(b, x), 0)
        case ("*", b, c):
            return Node("times", build(b, x), build(c, x))
        case ("^", b, n):
            return Node("power", build(b, x), n)
        case (f, b, *k):
            return Node("function", f, (k or [0])[0], build(b, x))
    return Node("full", Fraction(a), x.shape)


# ------------------------------------------------------------------------------------------------------ reading


def json_of(text):
    def pairs(found):
        form(len(dict(found)) == len(found))
        return dict(found)

    def bad(_):
        raise Cannot

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_float=bad, parse_constant=bad)
    except ValueError as problem:
        raise Cannot from problem


def obj(x, *members):
    form(isinstance(x, dict) and set(x) == set(members))
    return [x[m] for m in members]


def lst(x, n=None):
    form(isinstance(x, list) and (n is None or len(x) == n))
    return x


def text(x):
    form(isinstance(x, str))
    return x


def whole(x, low=-(10**9)):
    form(type(x) is int and low <= x <= 10**9)
    return x


def flag(x):
    form(type(x) is bool)
    return x


def ratio(x):
    if isinstance(x, list):
        p, q = lst(x, 2)
        return Fraction(whole(p), whole(q, 1))
    return Fraction(whole(x))


def index(x):
    if not isinstance(x, list):
        return num(whole(x))
    form(x)
    pairs = [(text(n), whole(k)) for n, k in (lst(p, 2) for p in x[1:])]
    return ix([("", whole(x[0])), *((n, k) for n, k in pairs if named(n))])


def named(n):
    form(n != "")
    return True


def indices(x):
    return tuple(map(index, lst(x)))


def label(x):
    form(text(x) and "|" not in x and all(x.split("+")))
    return x


def axes(x):
    found = tuple(map(label, lst(x)))
    form(len(found) <= 8)
    return found


def cond(x):
    op, a, b = lst(x, 3)
    form(isinstance(op, str) and op in OPS)
    return (op, index(a), index(b))


def conds(x):
    return tuple(map(cond, lst(x)))


class Nodes:
    """The numbered expressions of a development."""

    def __init__(self):
        self.all, self.depths = [], []

    def get(self, x):
        form(whole(x, 0) < len(self.all))
        self.inner = max(self.inner, self.depths[x])
        return self.all[x]

    def add(self, items):
        g = self.get
        kinds = {
            "number": [ratio],
            "index": [index],
            "full": [ratio, axes],
            "identity": [label],
            "quantity": [text, lambda x: None if x is None else index(x), axes],
            "derivative": [g, g, flag],
            "contract": [g, g, whole],
            "permute": [g, lambda x: tuple(map(whole, lst(x)))],
            "times": [g, g],
            "over": [g, g],
            "plus": [lambda x: tuple(map(g, lst(x)))],
            "power": [g, whole],
            "function": [text, whole, g],
            "softmax": [g],
            "diagonal matrix": [g],
            "diagonal": [g],
            "component": [g, indices],
            "stack": [text, label, g],
            "sum": [text, index, index, conds, g],
            "product": [text, index, index, flag, g],
            "cases": [lambda x: tuple((g(p), conds(cs)) for p, cs in (lst(b, 2) for b in lst(x)))],
            "truth": [cond],
        }
        for x in lst(items):
            form(isinstance(x, list) and x and isinstance(x[0], str) and x[0] in kinds)
            readers = kinds[x[0]]
            form(len(x) == len(readers) + 1)
            self.inner = 0
            made = Node(x[0], *[read(a) for read, a in zip(readers, x[1:], strict=True)])
            form(self.inner < 150 and len(self.all) < 100_000 and len(made.shape) <= 8)
            self.all.append(made)
            self.depths.append(self.inner + 1)

    def entry(self, x):
        n, at = lst(x, 2)
        return entry(self.get(n), indices(at))

    def term(self, x):
        c, factors, where, bound = lst(x, 4)
        found = [(self.entry(f[:2]), whole(f[2])) for f in (lst(f, 3) for f in lst(factors))]
        return term(ratio(c), found, indices(where), map(text, lst(bound)))

    def sum(self, x):
        return [self.term(t) for t in lst(x)]

    def chain(self, x):
        left, right = ([self.step(s) for s in lst(side)] for side in obj(x, "left", "right"))
        form(len(left) + len(right) <= 20_000)
        return left, right

    def step(self, x):
        form(isinstance(x, list) and len(x) > 1 and isinstance(x[0], str))
        if x[0] == "back":
            _, new, inner = lst(x, 3)
            step = self.step(inner)
            form(step[0] in ("unfold", "use", "product"))
            return ("back", step[1], self.term(new), step)
        at = whole(x[1], 0)
        form(x[0] in ARGUMENTS)
        readers = ARGUMENTS[x[0]]
        form(len(x) == len(readers) + 2)
        return (x[0], at, *(read(self, a) for read, a in zip(readers, x[2:], strict=True)))


def texts(_, x):
    return [text(t) for t in lst(x)]


def valued(read):
    def inner(_, x):
        found = {text(k): read(v) for k, v in (lst(p, 2) for p in lst(x))}
        form(len(found) == len(x))
        return found

    return inner


def which(_, x):
    form(isinstance(x, str) and x in ("empty", "first", "last"))
    return x


def plain(read):
    return lambda _, x: read(x)


AN_ENTRY = Nodes.entry
ARGUMENTS = {
    **{r: [AN_ENTRY] for r in ("unfold", "chain rule", "release", "slope", "softmax", "inside", "zero", "square", "total")},
    "open": [AN_ENTRY, texts],
    "product": [AN_ENTRY, which, texts],
    "use": [AN_ENTRY, plain(text), valued(index), texts],
    "argument": [AN_ENTRY, plain(text), valued(index)],
    "split": [plain(index)],
    "vacuous": [],
    "narrow": [plain(indices)],
    "substitute": [plain(text), plain(index)],
    "rename": [valued(text)],
    "collect": [plain(lambda x: whole(x, 0))],
}

# -------------------------------------------------------------------------------------------------------------- networks


class Network:
    def __init__(self, x, nodes):
        first, last, quantities = obj(x, "first", "last", "quantities")
        self.q = {}
        for item in lst(quantities):
            key, symbol, timed, shape, definition, special, way = obj(
                item, "key", "symbol", "timed", "shape", "definition", "special", "recurrence"
            )
            form(type(way) is int and way in (-1, 0, 1))
            form(text(key) not in self.q)
            self.q[key] = {
                "symbol": text(symbol),
                "timed": flag(timed),
                "shape": axes(shape),
                "definition": None if definition is None else nodes.get(definition),
                "special": [(index(at), nodes.get(n)) for at, n in (lst(p, 2) for p in lst(special))],
                "way": way,
            }
        self.last, self.first = index(last), whole(first)
        form(len(names(self.last)) == 1 and all(k == 1 and "|" not in n for n, k in self.last if n))
        (self.letter,) = names(self.last)
        self.constants = names(self.last, *(size(a) for q in self.q.values() for a in q["shape"]))
        always = [minus(self.last, num(first)), *(minus(size(a), num(1)) for q in self.q.values() for a in q["shape"])]
        self.always = told(always)
        self.check()

    def check(self):
        must(self.letter != "t" and not self.letter.startswith("~"))
        signs = [(q["symbol"], q["timed"]) for q in self.q.values()]
        must(len(set(signs)) == len(signs))
        for key, q in self.q.items():
            must(not key.startswith("held "))
            must(q["timed"] or (not q["way"] and not q["special"]))
            must(all(names(at) <= {self.letter} for at, _ in q["special"]))
            for n in [n for _, n in q["special"]] + ([] if q["definition"] is None else [q["definition"]]):
                self.typed(n, self.constants | ({"t"} if q["timed"] else set()))
                must(n.shape == q["shape"])
        needs = {key: list(self.needs(q)) for key, q in self.q.items()}
        reach = {}
        for key in needs:
            seen, todo = set(), [key]
            while todo:
                for other, _ in needs[todo.pop()]:
                    if other not in seen:
                        seen.add(other)
                        todo.append(other)
            reach[key] = seen
        for key in needs:
            group = {o for o in reach[key] if key in reach[o]}
            edges = [(a, b, s) for a in group for b, s in needs[a] if b in group]
            must(any(self.runs(group, edges, d) for d in (-1, 1)), "needs itself")

    def runs(self, group, edges, d):
        if any(s is None or s * d < 0 for _, _, s in edges):
            return False
        still = [(a, b) for a, b, s in edges if s == 0]
        endless = [(a, b) for a, b, _ in edges if self.q[a]["way"] != d and self.q[b]["way"] != d]
        return acyclic(group, still) and acyclic(group, endless)

    def needs(self, q):
        for n, now in [(n, at) for at, n in q["special"]] + ([] if q["definition"] is None else [(q["definition"], var("t"))]):
            for part in everything(n):
                if part.kind == "quantity":
                    key, time, _ = part.args
                    shift = None if time is None or not q["timed"] else minus(put(time, {"t": now}), now)
                    yield key, None if shift is None or names(shift) else const(shift)

    def typed(self, n, allowed):
        must(n.free <= allowed, "a name that nothing has")
        for part in everything(n):
            if part.kind == "quantity":
                must(not part.args[0].startswith("held "))
                self.of(part)

    def of(self, ref):
        key, time, shape = ref.args
        q = self.q.get(key.removeprefix("held "))
        must(q is not None and q["shape"] == shape and (time is not None) == q["timed"], "no such quantity")
        return {**q, "definition": None, "special": [], "way": 0} if key.startswith("held ") else q

    def end(self, q):
        return plus(self.last, num(1)) if q["way"] == 1 else num(self.first - 1)

    def definition(self, ref, facts):
        q, time = self.of(ref), ref.args[1]
        if time is None:
            return q["definition"]
        for at, n in q["special"]:
            if all(sure(c, facts) for c in same(time, at)):
                return inst(n, {"t": time})
            must(sure(minus(minus(time, at), num(1)), facts) or sure(minus(minus(at, time), num(1)), facts))
        if q["definition"] is None:
            return None
        if q["way"]:
            out = minus(time, self.last) if q["way"] == 1 else minus(num(self.first), time)
            if sure(minus(out, num(1)), facts):
                return None
            need(facts, times(out, -1))
        return inst(q["definition"], {"t": time})

    def held(self, n, now):
        must(n.kind != "derivative")
        if n.kind != "quantity":
            return mapped(n, lambda p: self.held(p, now))
        key, time, shape = n.args
        if time is None:
            must(self.of(n)["definition"] is None)
            return n
        gap = minus(time, now)
        must(not names(gap))
        return Node("quantity", "held " + key.removeprefix("held "), time, shape) if gap else n


def acyclic(group, edges):
    left = set(group)
    while left:
        done = {a for a in left if not any(x == a and y in left for x, y in edges)}
        if not done:
            return False
        left -= done
    return True


# ----------------------------------------------------------------------------------------------------------------- rules


class Judge:
    def __init__(self, network):
        self.net, self.lemmas, self.zeros, self.ones, self.earlier = network, {}, set(), set(), {}

    def chain(self, left, right, given, chain):
        ends = [self.walk(side, steps, told(given)) for side, steps in zip((left, right), chain, strict=True)]
        must(Counter(ends[0]) == Counter(ends[1]), "the ends differ")
        return ends[0]

    def walk(self, terms, steps, given):
        facts, state = given | self.net.always, list(terms)
        for t in terms:
            well_formed(t)
            must(not t[3] & names(*given))
        for rule, at, *rest in steps:
            must(at < len(state), "no such term")
            if rule == "collect":
                (other,) = rest
                must(at < other < len(state) and state[at][1:] == state[other][1:])
                total = (state[at][0] + state[other][0], *state[at][1:])
                del state[other]
                state[at : at + 1] = [total] if total[0] else []
            elif rule == "back":
                new, step = rest
                well_formed(new)
                must({e for e, k in new[1] if k < 0} <= {e for e, k in state[at][1] if k < 0})
                must(self.apply(new, step, facts) == [state[at]], "does not lead back")
                state[at] = new
            else:
                state[at : at + 1] = self.apply(state[at], (rule, at, *rest), facts)
            form(len(state) <= 2_000)
        return state

    def apply(self, t, step, facts):
        rule, _, *rest = step
        known = facts | t[2]
        if rule in ("split", "vacuous", "narrow", "substitute", "rename", "square", "total"):
            return getattr(self, rule)(t, facts, known, *rest)
        e, fresh = rest[0], rest[-1] if rule in ("open", "product", "use") else []
        must(
            len(set(fresh)) == len(fresh)
            and all(v.startswith("~") for v in fresh)
            and not set(fresh) & (t_names(t) | names(*facts))
        )
        powers = dict(t[1])
        must(e in powers, "no such factor")
        value = getattr(self, rule.replace(" ", "_"))(*rest, known)
        rest_of = join(t, term(1, [(e, -1 if powers[e] > 0 else 1)]))
        if powers[e] > 0:
            return [join(rest_of, v) for v in value]
        must(len(value) == 1 and not value[0][2] and not value[0][3] and value[0][0])
        return [join(rest_of, term(1 / value[0][0], [(x, -k) for x, k in value[0][1]]))]

    def open(self, e, fresh, facts):
        return opened(*e, fresh)

    def unfold(self, e, facts):
        must(e[0].kind == "quantity")
        d = self.net.definition(e[0], facts)
        must(d is not None, "free")
        return [one(entry(d, e[1]))]

    def chain_rule(self, e, facts):
        n, at = e
        must(n.kind == "derivative" and n.args[0].kind == "quantity")
        p, q, explicit = n.args
        found, tau = [], p.args[1]
        if p.args[0] == q.args[0]:
            half = len(p.shape)
            must(p.shape == q.shape)
            pairs = [*zip(at[:half], at[half:], strict=True), *([(tau, q.args[1])] if tau is not None else [])]
            found = [term(1, [], [c for a, b in pairs for c in same(a, b)])]
        d = self.net.definition(p, facts)
        if d is None:
            return found
        explicit = explicit and tau is not None
        if explicit:
            d = self.net.held(d, tau)
            key, when, shape = q.args
            if when is not None and not key.startswith("held ") and not all(sure(c, facts) for c in same(when, tau)):
                apart = minus(when, tau)
                must(sure(minus(apart, num(1)), facts) or sure(minus(times(apart, -1), num(1)), facts))
                q = Node("quantity", "held " + key, when, shape)
        return [*found, one(entry(Node("derivative", d, q, explicit), at))]

    def release(self, e, facts):
        def off(n):
            must(n.kind != "derivative")
            if n.kind == "quantity":
                return Node("quantity", n.args[0].removeprefix("held "), *n.args[1:])
            return mapped(n, off)

        return [one(entry(off(e[0]), e[1]))]

    def slope(self, e, facts):
        n, at = e
        must(n.kind == "function" and n.args[1] >= 1 and n.args[0] in TABLE)
        return [one(entry(build(slope_formula(*n.args[:2]), n.args[2]), at))]

    def softmax(self, e, facts):
        n, at = e
        must(n.kind == "function" and n.args[:2] == ("exp", 0) and len(n.shape) == 1)
        total = Node("contract", n, Node("full", Fraction(1), n.shape), 1)
        return [term(1, [(entry(Node("softmax", n.args[2]), at), 1), (entry(total, ()), 1)])]

    def inside(self, e, facts):
        n, at = e
        must(n.kind == "function")
        x, i = single(opened(n.args[2], at, []))
        return [one(entry(Node("function", *n.args[:2], x), i))]

    def product(self, e, how, fresh, facts):
        n, at = e
        must(n.kind == "product")
        v, low, high, falling, p = n.args
        must(len(fresh) == int(bool(at) and how != "empty"))
        need(facts, *within(at, n.shape))
        if how == "empty":
            need(facts, *same(high, minus(low, num(1))))
            return [term(1, [], same(*at) if at else [])]
        need(facts, minus(high, low))
        last = how == "last"
        factor = inst(p, {v: high if last else low})
        rest = Node("product", v, low if last else plus(low, num(1)), plus(high, num(-1)) if last else high, falling, p)
        if not at:
            return [term(1, [(entry(factor, ()), 1), (entry(rest, ()), 1)])]
        left, right = (factor, rest) if falling == last else (rest, factor)
        m = var(fresh[0])
        return [term(1, [(entry(left, (at[0], m)), 1), (entry(right, (m, at[1])), 1)], within([m], n.shape[:1]), fresh)]

    def zero(self, e, facts):
        must(e[0].kind == "quantity" and e[0].args[0] in self.zeros)
        need(facts, *same(e[0].args[1], self.net.end(self.net.of(e[0]))))
        return []

    def instance(self, name, values, fresh, facts):
        found = self.lemmas.get(name)
        if name in self.earlier:
            found, variable, direction, fixed = self.earlier[name]
            wanted = {**{n: var(n) for n in fixed}, variable: plus(var(variable), num(-direction))}
            must(all(values.get(n, var(n)) == i for n, i in wanted.items()), "one value earlier")
        must(found is not None, "no such lemma")
        left, right, given = found
        must(all(n.startswith("~") for n in values))
        bound = sorted({b for t in right for b in t[3]})
        must(len(bound) == len(fresh) and not set(fresh) & (set(values) | names(*values.values())))
        need(facts, *(put(c, values) for c in given))
        new = dict(zip(bound, fresh, strict=True))
        return e_put(single(left), values), [t_put(rename(t, {b: new[b] for b in t[3]}), values) for t in right]

    def use(self, e, name, values, fresh, facts):
        left, right = self.instance(name, values, fresh, facts)
        must(left == e, "another entry")
        return right

    def argument(self, e, name, values, facts):
        n, at = e
        must(n.kind in ("function", "softmax"))
        if n.kind == "softmax":
            must(name in self.lemmas)
            need(facts, *within(at, n.shape))
            left, right, given = self.lemmas[name]
            (a, i), (b, _) = single(left), single(right)
            must(a.shape == n.shape)
            whole_axis = told(within(i, a.shape))
            others = names(*facts, *(given - whole_axis)) | e_names(e) | inst(b, values).free | set(values)
            must(len(names(*i)) == 1 and i[0] == var(*names(*i)) and not names(*i) & others)
            at, facts = i, facts | whole_axis
        left, right = self.instance(name, values, [], facts)
        x, i = single(right)
        must(left == (n.args[-1], at) and i == at and x.shape == n.shape)
        return [one(entry(Node(n.kind, *n.args[:-1], x), e[1]))]

    def square(self, t, facts, known, e):
        n, at = e
        must(n.kind == "function" and n.args[0] in ("tanh", "sigma", "step") and n.args[1] == 0 and dict(t[1]).get(e, 0) >= 2)
        rest, y = join(t, term(1, [(e, -2)])), one(e)
        dy = one(entry(Node("function", n.args[0], 1, n.args[2]), at))
        made = {"tanh": [(dy, -1), (term(1), 1)], "sigma": [(dy, -1), (y, 1)], "step": [(y, 1)]}[n.args[0]]
        return [join(rest, scale(v, k)) for v, k in made]

    def total(self, t, facts, known, e):
        n, at = e
        must(len(at) == 1 and len(names(*at)) == 1 and at[0] == var(*names(*at)))
        (v,) = names(*at)
        must(n.kind == "softmax" or (n.kind == "quantity" and n.args[0] in self.ones))
        axis = told(within(at, n.shape))
        must(v in t[3] and axis <= t[2])
        rest = term(t[0], [*t[1], (e, -1)], t[2] - axis, t[3] - {v})
        must(v not in t_names(rest) | n.free)
        return [rest]

    def split(self, t, facts, known, c):
        return [also(t, [c]), also(t, [minus(num(-1), c)])]

    def vacuous(self, t, facts, known):
        must(clash(known))
        return []

    def narrow(self, t, facts, known, conditions):
        new = told(conditions)
        need(known, *new)
        need(facts | new, *t[2])
        return [(t[0], t[1], new, t[3])]

    def substitute(self, t, facts, known, name, value):
        must(name not in names(value))
        need(known, *same(var(name), value))
        new = t_put(t, {name: value})
        return [new if name in t[3] else (new[0], new[1], t[2], t[3])]

    def rename(self, t, facts, known, new):
        must(not names(*facts) & set(new.values()))
        return [rename(t, new)]


def judge(text_of_file):
    whole_file = json_of(text_of_file)
    kind, developments = obj(whole_file, "format", "developments")
    form(kind == "symrnn proofs 1")
    claimed = 0
    for development in lst(developments):
        items, network, lemmas, claims = obj(development, "nodes", "network", "lemmas", "claims")
        nodes = Nodes()
        nodes.add(items)
        nodes.inner = 0
        judge_of = Judge(Network(network, nodes))
        for x in lst(lemmas):
            lemma(x, nodes, judge_of)
        for x in lst(claims):
            claim(x, nodes, judge_of)
            claimed += 1
    must(claimed, "nothing is claimed")


def lemma(x, nodes, judge_of):
    read = [one_lemma(y, nodes) for y in (x if isinstance(x, list) else [x])]
    must(len({m["name"] for m in read}) == len(read))
    must(not any(m["name"] in judge_of.lemmas or m["name"].startswith("earlier") for m in read))
    must(not any(map(divides, [t for m in read for t in (*m["equation"][0], *m["equation"][1])])))
    must(len(read) < 2 or (len({m["course"] for m in read}) == 1 and read[0]["course"] is not None))
    for m in read:
        (left, right, given), course = m["equation"], m["course"]
        judge_of.zeros, judge_of.ones, judge_of.earlier = set(), set(), {}
        if course is None:
            judge_of.chain(left, right, given, m["chains"][0])
            continue
        v, start, direction = course
        must(v.startswith("~") and v not in names(start))
        since = times(minus(var(v), start), direction)
        need(given | judge_of.net.always, since)
        judge_of.chain(left, right, given | set(same(var(v), start)), m["chains"][0])
        known = {"earlier": m["equation"], **{"earlier " + o["name"]: o["equation"] for o in read}}
        judge_of.earlier = {n: (e, v, direction, names(start)) for n, e in known.items()}
        judge_of.chain(left, right, given | {minus(since, num(1))}, m["chains"][1])
    for m in read:
        judge_of.lemmas[m["name"]] = m["equation"]


def one_lemma(x, nodes):
    name, left, right, given, proof = obj(x, "name", "left", "right", "given", "proof")
    equation = (nodes.sum(left), nodes.sum(right), told(indices(given)))
    text(name)
    if isinstance(proof, dict) and "variable" not in proof:
        return {"name": name, "equation": equation, "course": None, "chains": [nodes.chain(proof)]}
    v, start, direction, base, step = obj(proof, "variable", "start", "direction", "base", "step")
    form(type(direction) is int and direction in (-1, 1))
    course = (text(v), index(start), direction)
    return {"name": name, "equation": equation, "course": course, "chains": [nodes.chain(base), nodes.chain(step)]}


def divides(t):
    def inside(n):
        parts = [(x.kind, x.args) for x in everything(n)]
        return any(k == "over" or (k == "power" and a[1] < 0) or (k == "function" and a[0] == "log") for k, a in parts)

    return any(k < 0 or inside(e[0]) for e, k in t[1])


def claim(x, nodes, judge_of):
    name, left, right, indices_, within_, zero, ones, proofs = obj(
        x, "name", "left", "right", "indices", "within", "zero", "one", "proofs"
    )
    within_ = conds(within_)
    form(sum(op == "!=" for op, _, _ in within_) <= 6)
    left, right = nodes.get(left), nodes.get(right)
    variables = [(text(n), None if a is None else label(a)) for n, a in (lst(p, 2) for p in lst(indices_))]
    zero, ones = {text(k) for k in lst(zero)}, {text(k) for k in lst(ones)}
    text(name)
    proofs = [nodes.chain(p) for p in lst(proofs)]
    net = judge_of.net
    own = [n for n, _ in variables]
    must(len(set(own)) == len(own) and not any(n in net.constants or n.isdecimal() for n in own))
    for side in (left, right):
        net.typed(side, net.constants | set(own))
    must(left.shape == right.shape)
    must(all(names(a, b) <= net.constants | set(own) for _, a, b in within_))
    for key in zero:
        must(key in net.q and net.q[key]["way"] and all(at != net.end(net.q[key]) for at, _ in net.q[key]["special"]))
    for key in ones:
        must(key in net.q and net.q[key]["definition"] is None and not net.q[key]["special"] and len(net.q[key]["shape"]) == 1)
    values = {n: var("~" + n) for n in own}
    sides = [inst(side, values) for side in (left, right)]
    at = [var(f"~{n + 1}") for n in range(len(left.shape))]
    base = within(at, left.shape)
    for n, a in variables:
        base += within([values[n]], [a]) if a is not None else [minus(values[n], num(net.first)), minus(net.last, values[n])]
    base += [c for side in sides for c in asked(net, side)]
    cases = list(product(*(ways((op, put(a, values), put(b, values))) for op, a, b in within_)))
    must(len(cases) == len(proofs))
    judge_of.zeros, judge_of.ones, judge_of.earlier = zero, ones, {}
    shown = right.kind in ("number", "full") and not right.args[0]
    for case, proof in zip(cases, proofs, strict=True):
        given = told([*base, *(c for way in case for c in way)])
        must(not clash(given | net.always), "no index")
        end = judge_of.chain([one(entry(sides[0], at))], [one(entry(sides[1], at))], given, proof)
        shown = shown or not all(clash(t[2] | given | net.always) for t in end)
    must(shown, "nothing is shown")


def asked(net, n):
    match n.kind, n.args:
        case "quantity", (_, time, _) if time is not None and net.of(n)["way"] == -1:
            return [minus(time, num(net.first - 1))]
        case ("sum", (_, low, high, _, _)) | ("product", (_, low, high, _, _)):
            return [plus(minus(high, low), num(1))]
        case "component", (p, at):
            return within(at, p.shape[: len(at)]) + asked(net, p)
        case "derivative", (_, q, _):
            return asked(net, q)
        case (("contract" | "permute" | "times" | "over" | "plus" | "diagonal matrix" | "diagonal"), _):
            return [c for p in children(n) for c in asked(net, p)]
    return []
