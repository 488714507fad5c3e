"""The cases of the arena, small: what each rule of the kernel is good for, and for each of its conditions a proof that only it refuses.

A case is a file of tests/arena. `python tests/arena_cases.py` writes them; a test compares.
"""

# A step is a line.
# ruff: noqa: E501

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from places import TESTS

ARENA = TESTS / "arena"

Json = Any
Steps = Sequence[Json]


def ix(text: str) -> Json:
    """``~s - T + 3`` as an index."""
    constant, names = 0, []
    for sign, part in re.findall(r"([+-]?)\s*([^\s+-]+)", text):
        factor = -1 if sign == "-" else 1
        if part.isdecimal():
            constant += factor * int(part)
        else:
            names.append([part, factor])
    return [constant, *names] if names else constant


def at_least(*texts: str) -> Json:
    """Conditions ``a >= b``, ``a = b``."""
    found: list[Json] = []
    for text in texts:
        a, op, b = re.split(r"\s*(>=|=)\s*", text)
        found.append(ix(f"{a} {minus(b)}"))
        if op == "=":
            found.append(ix(f"{b} {minus(a)}"))
    return found


def minus(text: str) -> str:
    """The index with the other sign."""
    text = text if text.startswith("-") else "+ " + text
    return text.translate(str.maketrans("+-", "-+"))


def axis(name: str, label: str) -> list[str]:
    """That an index lies within an axis."""
    return [f"{name} >= 1", f"|{label}| >= {name}"]


def entry(node: int, *at: str) -> Json:
    return [node, [ix(i) for i in at]]


def term(coefficient: Json, factors: Sequence[tuple[Json, int]] = (), where: Sequence[str] = (), bound: Sequence[str] = ()) -> Json:
    return [coefficient, [[*e, n] for e, n in factors], at_least(*where), list(bound)]


def one(e: Json) -> Json:
    return term(1, [(e, 1)])


class Development:
    """A network that most cases share, with the lemmas and claims of one case."""

    def __init__(self) -> None:
        self.nodes: list[Json] = []
        self.lemmas: list[Json] = []
        self.claims: list[Json] = []
        self.first, self.last = 0, ix("T")
        self.quantities: list[Json] = []
        self.W = self.free("W", "hidden", "hidden")
        self.V = self.free("V", "classes", "hidden")
        self.b, self.d = self.free("b", "hidden"), self.free("d", "hidden")
        self.k = self.free("k", "classes")
        self.a, self.s = self.free("a"), self.free("s")
        self.timed("x", ("hidden",))
        self.timed("y", ("classes",))
        self.timed("h", ("hidden",), self.tanh(self.dot(self.W, self.at("h", "t - 1"))), -1)
        self.timed("g", ("hidden",), self.dot(self.W, self.at("g", "t + 1")), 1)
        self.timed("z", ("hidden",), self.dot(self.W, self.at("h", "t")))

    def n(self, kind: str, *parts: Json) -> int:
        """The number of an expression."""
        node = [kind, *parts]
        if node not in self.nodes:
            self.nodes.append(node)
        return self.nodes.index(node)

    def quantity(self, key: str, shape: Sequence[str], **more: Json) -> None:
        """A quantity of the network."""
        plain = {"symbol": key, "timed": False, "definition": None, "special": [], "recurrence": 0}
        self.quantities.append({"key": key, "shape": list(shape), **plain, **more})

    def free(self, key: str, *shape: str) -> int:
        """A parameter."""
        self.quantity(key, shape)
        return self.n("quantity", key, None, list(shape))

    def timed(self, key: str, shape: Sequence[str], definition: int | None = None, recurrence: int = 0, **more: Json) -> None:
        """A quantity with a time."""
        self.quantity(key, shape, timed=True, definition=definition, recurrence=recurrence, **more)

    def at(self, key: str, time: str, *shape: str) -> int:
        """A quantity at a time."""
        return self.n("quantity", key, ix(time), list(shape or (("classes",) if key == "y" else ("hidden",))))

    def dot(self, left: int, right: int, axes: int = 1) -> int:
        return self.n("contract", left, right, axes)

    def scaled(self, number: Json, node: int) -> int:
        return self.dot(self.n("number", number), node, 0)

    def full(self, number: Json, *shape: str) -> int:
        return self.n("full", number, list(shape))

    def tanh(self, node: int, order: int = 0) -> int:
        return self.n("function", "tanh", order, node)

    def jac(self, p: int, q: int, explicit: bool = False) -> int:
        return self.n("derivative", p, q, explicit)

    def lemma(self, name: str, left: Json, right: Json, given: Sequence[str], proof: Json) -> None:
        self.lemmas.append({"name": name, "left": left, "right": right, "given": at_least(*given), "proof": proof})

    def claim(self, left: int, right: int, *proofs: tuple[Steps, Steps], **more: Json) -> None:
        """A claim; without steps, both sides are the same."""
        plain: dict[str, Json] = {"indices": [], "within": [], "zero": [], "one": []}
        chains = [chain(*proof) for proof in proofs or [((), ())]]
        self.claims.append({"name": "claim", "left": left, "right": right, **plain, **more, "proofs": chains})

    @property
    def file(self) -> Json:
        network = {"first": self.first, "last": self.last, "quantities": self.quantities}
        inner = {"nodes": self.nodes, "network": network, "lemmas": self.lemmas, "claims": self.claims}
        return {"format": "symrnn proofs 1", "developments": [inner]}


def chain(left: Steps = (), right: Steps = ()) -> Json:
    return {"left": list(left), "right": list(right)}


def induction(variable: str, start: str, direction: int, base: Json, step: Json) -> Json:
    return {"variable": variable, "start": ix(start), "direction": direction, "base": base, "step": step}


Case = tuple[str, Json]
_MAKERS: list[tuple[str, Any]] = []


def case(verdict: str) -> Any:
    """Marks the maker of a case, whose name is its name."""

    def kept(make: Any) -> Any:
        _MAKERS.append((verdict, make))
        return make

    return kept


accepted, forged = case("accepted"), case("forged")


def cases() -> Iterator[tuple[str, str, Json]]:
    """Verdict, name and file of every case."""
    for verdict, make in _MAKERS:
        development = Development()
        result = make(development)
        yield verdict, make.__name__, result or development.file
    for name in ill_typed(Development()):
        development = Development()
        node = ill_typed(development)[name]()
        development.claim(node, node, indices=[["v", None]] if "itself" in name else [])
        yield "forged", f"typed_{name}", development.file
    yield from declined()


def open_(at: int, e: Json, *fresh: str) -> Json:
    return ["open", at, e, list(fresh)]


# ------------------------------------------------------------------------------------------------- what opening a component means


@accepted
def contract_with_the_identity(d: Development) -> None:
    """I b = b."""
    eye = d.n("identity", "hidden")
    left = d.dot(eye, d.b)
    steps = [
        open_(0, entry(left, "~1"), "~v"),
        open_(0, entry(eye, "~1", "~v")),
        ["substitute", 0, "~v", ix("~1")],
        ["narrow", 0, []],
    ]
    d.claim(left, d.b, (steps, ()))


@accepted
def transposed_twice(d: Development) -> None:
    turned = d.n("permute", d.W, [1, 0])
    twice = d.n("permute", turned, [1, 0])
    d.claim(twice, d.W, ([open_(0, entry(twice, "~1", "~2")), open_(0, entry(turned, "~2", "~1"))], ()))


@forged
def transposed_once(d: Development) -> None:
    turned = d.n("permute", d.W, [1, 0])
    d.claim(turned, d.W, ([open_(0, entry(turned, "~1", "~2"))], ()))


@accepted
def three_axes_in_a_circle(d: Development) -> None:
    """Axes (2, 3, 1) of b ⊗ b ⊗ d."""
    cube = d.dot(d.dot(d.b, d.b, 0), d.d, 0)
    turned = d.n("permute", cube, [1, 2, 0])
    other = d.dot(d.dot(d.b, d.d, 0), d.b, 0)

    def opened(node: int, *at: str) -> Steps:
        return [open_(0, entry(node, *at)), open_(0, entry(d.nodes[node][1], *at[:2]))]

    d.claim(
        turned,
        other,
        ([open_(0, entry(turned, "~1", "~2", "~3")), *opened(cube, "~3", "~1", "~2")], opened(other, "~1", "~2", "~3")),
    )


@accepted
def times_ones(d: Development) -> None:
    ones = d.full(1, "hidden")
    left = d.n("times", d.b, ones)
    d.claim(left, d.b, ([open_(0, entry(left, "~1")), open_(0, entry(ones, "~1"))], ()))


@accepted
def over_twos(d: Development) -> None:
    twos = d.full(2, "hidden")
    left, right = d.n("over", d.b, twos), d.scaled([1, 2], d.b)
    half = d.n("number", [1, 2])
    d.claim(
        left,
        right,
        ([open_(0, entry(left, "~1")), open_(0, entry(twos, "~1"))], [open_(0, entry(right, "~1")), open_(0, entry(half))]),
    )


@accepted
def a_sum_of_two_is_twice(d: Development) -> None:
    left, right = d.n("plus", [d.b, d.b]), d.scaled(2, d.b)
    two = d.n("number", 2)
    d.claim(left, right, ([open_(0, entry(left, "~1")), ["collect", 0, 1]], [open_(0, entry(right, "~1")), open_(0, entry(two))]))


@accepted
def a_square_is_a_product(d: Development) -> None:
    left, right = d.n("power", d.b, 2), d.n("times", d.b, d.b)
    d.claim(left, right, ([open_(0, entry(left, "~1"))], [open_(0, entry(right, "~1"))]))


@accepted
def the_diagonal_of_a_diagonal_matrix(d: Development) -> None:
    matrix = d.n("diagonal matrix", d.b)
    left = d.n("diagonal", matrix)
    d.claim(left, d.b, ([open_(0, entry(left, "~1")), open_(0, entry(matrix, "~1", "~1"))], ()))


@accepted
def components_make_a_vector(d: Development) -> None:
    part = d.n("component", d.b, [ix("i")])
    left = d.n("stack", "i", "hidden", part)
    moved = d.n("component", d.b, [ix("~1")])
    d.claim(left, d.b, ([open_(0, entry(left, "~1")), open_(0, entry(moved))], ()))


@accepted
def a_sum_with_one_term(d: Development) -> None:
    """Σ_k of x_k from 0 to T where k = 0 is x_0."""
    left = d.n("sum", "k", 0, ix("T"), [["=", ix("k"), 0]], d.at("x", "k"))
    steps = [open_(0, entry(left, "~1"), "~v"), ["substitute", 0, "~v", 0], ["narrow", 0, []]]
    d.claim(left, d.at("x", "0"), (steps, ()))


@accepted
def a_sum_without_one_term(d: Development) -> None:
    """Σ_k x_k from 0 to T is x_0 and what is left without k = 0."""
    whole, rest = (d.n("sum", "k", 0, ix("T"), conditions, d.at("x", "k")) for conditions in ([], [["!=", ix("k"), 0]]))
    right = d.n("plus", [d.at("x", "0"), rest])
    steps = [
        open_(0, entry(right, "~1")),
        open_(1, entry(rest, "~1"), "~v"),
        ["substitute", 2, "~v", 0],
        ["narrow", 2, []],
        ["collect", 0, 2],
    ]
    d.claim(whole, right, ([open_(0, entry(whole, "~1"), "~v")], steps))


@accepted
def cases_and_brackets(d: Development) -> None:
    """x_0 where t = 0, else 0, is [t = 0] x_0; the branches are told one after the other."""
    zero, x = d.full(0, "hidden"), d.at("x", "0")
    here = [["=", ix("t"), 0]]
    left = d.n("cases", [[x, here], [zero, []]])
    right = d.dot(d.n("truth", here[0]), x, 0)
    moved = d.n("cases", [[x, [["=", ix("~t"), 0]]], [zero, []]])
    truth = d.n("truth", ["=", ix("~t"), 0])
    dotted = d.dot(truth, x, 0)
    steps = [open_(0, entry(moved, "~1")), open_(1, entry(zero, "~1")), open_(1, entry(zero, "~1"))]
    d.claim(left, right, (steps, [open_(0, entry(dotted, "~1")), open_(0, entry(truth))]), indices=[["t", None]])


@forged
def a_case_that_comes_later(d: Development) -> None:
    """Of two branches without conditions the first counts."""
    left = d.n("cases", [[d.a, []], [d.s, []]])
    right = d.n("plus", [d.a, d.s])
    d.claim(left, right, ([open_(0, entry(left))], [open_(0, entry(right))]))


@accepted
def a_number_and_an_index(d: Development) -> None:
    left, right = d.n("index", 3), d.n("number", 3)
    d.claim(left, right, ([open_(0, entry(left))], [open_(0, entry(right))]))


@forged
def an_index_that_is_no_number(d: Development) -> None:
    left, right = d.n("index", ix("T")), d.n("number", 0)
    d.claim(left, right, ([open_(0, entry(left))], [open_(0, entry(right))]))


@forged
def opened_with_too_many_names(d: Development) -> None:
    left = d.n("plus", [d.b])
    d.claim(left, d.b, ([open_(0, entry(left, "~1"), "~v")], ()))


@forged
def a_quantity_has_no_parts(d: Development) -> None:
    d.claim(d.b, d.b, ([open_(0, entry(d.b, "~1"))], ()))


# ------------------------------------------------------------------------------------------------------------------ typing


def ill_typed(d: Development) -> Mapping[str, Callable[[], int]]:
    """Expressions that are none: each is claimed to be itself."""
    W, V, b, k, x = d.W, d.V, d.b, d.k, d.at("x", "0")
    low = ix("v")
    return {
        "derivative_by_no_quantity": lambda: d.jac(b, d.n("power", b, 2)),
        "contraction_of_no_axes_left": lambda: d.dot(b, W, 2),
        "contraction_of_no_axes_right": lambda: d.dot(W, b, 2),
        "contraction_of_fewer_than_no_axes": lambda: d.dot(b, k, -1),
        "contraction_of_different_axes": lambda: d.dot(b, k),
        "permutation": lambda: d.n("permute", W, [0, 0]),
        "product_of_different_axes": lambda: d.n("times", b, k),
        "quotient_of_different_axes": lambda: d.n("over", b, k),
        "sum_of_different_axes": lambda: d.n("plus", [b, k]),
        "sum_of_nothing": lambda: d.n("plus", []),
        "derivative_of_negative_order": lambda: d.tanh(b, -1),
        "softmax_of_a_matrix": lambda: d.n("softmax", W),
        "diagonal_matrix_of_a_matrix": lambda: d.n("diagonal matrix", W),
        "diagonal_of_no_square": lambda: d.n("diagonal", V),
        "diagonal_of_a_vector": lambda: d.n("diagonal", b),
        "component_of_no_axis": lambda: d.n("component", b, [1, 1]),
        "sum_within_itself": lambda: d.n("sum", "v", low, ix("T"), [], x),
        "sum_up_to_itself": lambda: d.n("sum", "v", 0, low, [], x),
        "product_within_itself": lambda: d.n("product", "v", low, ix("T"), True, W),
        "product_of_no_square": lambda: d.n("product", "v", 0, ix("T"), True, V),
        "product_of_vectors": lambda: d.n("product", "v", 0, ix("T"), True, b),
        "cases_of_different_axes": lambda: d.n("cases", [[b, []], [k, []]]),
        "cases_without_a_case": lambda: d.n("cases", []),
        "quantity_with_other_axes": lambda: d.n("quantity", "b", None, ["classes"]),
        "quantity_without_its_time": lambda: d.n("quantity", "x", None, ["hidden"]),
        "quantity_with_a_time_that_it_has_not": lambda: d.n("quantity", "b", 0, ["hidden"]),
        "quantity_that_is_none": lambda: d.n("quantity", "q", None, ["hidden"]),
        "quantity_that_is_held": lambda: d.n("quantity", "held b", None, ["hidden"]),
        "name_that_is_none": lambda: d.at("x", "j"),
        "size_that_is_none": lambda: d.n("index", ix("|other|")),
    }


@accepted
def the_same_on_both_sides(d: Development) -> None:
    d.claim(d.b, d.b)


@forged
def sides_of_different_axes(d: Development) -> None:
    """b = k at their first component, since the proof sees components only."""
    ones, others = d.full(1, "hidden"), d.full(1, "classes")
    d.claim(ones, others, ([open_(0, entry(ones, "~1"))], [open_(0, entry(others, "~1"))]))


@forged
def an_entry_without_all_its_indices(d: Development) -> None:
    d.lemma("l", [one(entry(d.W, "~i"))], [one(entry(d.W, "~i"))], [], chain())
    d.claim(d.b, d.b)


# ---------------------------------------------------------------------------------------- bound names, ends, derivatives


@forged
def a_sum_that_binds_the_time(d: Development) -> None:
    """p_t = 1 + Σ_{t=1}^{1} p_{t-1} needs p_0 for p_0, and looks as if it needed the step before: p_0 = 1 + p_0."""
    one_ = d.n("number", 1)
    before = d.n("quantity", "p", ix("t - 1"), [])
    total = d.n("sum", "t", 1, 1, [], before)
    d.timed("p", (), d.n("plus", [one_, total]), -1)
    now = d.n("quantity", "p", 0, [])
    less = d.scaled(-1, now)
    left = d.n("plus", [now, less])
    steps = [
        open_(0, entry(left)),
        ["unfold", 0, entry(now)],
        open_(0, entry(d.n("plus", [one_, total]))),
        open_(0, entry(one_)),
        open_(1, entry(total), "~v"),
        ["substitute", 1, "~v", 1],
        open_(2, entry(less)),
        open_(2, entry(d.n("number", -1))),
        ["collect", 1, 2],
    ]
    d.claim(left, one_, (steps, [open_(0, entry(one_))]))


@forged
def a_sum_that_binds_a_variable(d: Development) -> None:
    """In u_t = Σ_{~t=1}^{1} x_{~t-1} the explicit derivative by x_t would compare two names that look alike."""
    before = d.n("quantity", "x", ix("~t - 1"), ["hidden"])
    d.timed("u", ("hidden",), d.n("sum", "~t", 1, 1, [], before))
    d.claim(d.b, d.b)


@forged
def an_end_that_may_be_special(d: Development) -> None:
    """p_{T-3} = 0 is p_{-1} at T = 2: no free end that another value could be supposed of."""
    d.timed("p", (), None, -1, special=[[ix("T - 3"), d.n("number", 0)]])
    d.claim(d.b, d.b, zero=["p"])


@forged
def what_is_zero_and_sums_to_one(d: Development) -> None:
    """A vector whose end is zero has no entries there that add up to 1."""
    d.timed("p", ("hidden",), None, -1)
    d.claim(d.b, d.b, zero=["p"], one=["p"])


@forged
def a_derivative_by_other_axes(d: Development) -> None:
    h, number = d.at("h", "0"), d.n("quantity", "h", 0, [])
    e = entry(d.jac(h, number), "1")
    d.lemma("l", [one(e)], [one(e)], [], chain([["chain rule", 0, e]], [["chain rule", 0, e]]))
    d.claim(d.b, d.b)


@forged
def a_derivative_by_a_state_without_a_time(d: Development) -> None:
    h, timeless = d.at("h", "0"), d.n("quantity", "h", None, ["hidden"])
    e = entry(d.jac(h, timeless), "1", "1")
    d.lemma("l", [one(e)], [one(e)], [], chain([["chain rule", 0, e]], [["chain rule", 0, e]]))
    d.claim(d.b, d.b)


# ------------------------------------------------------------------------------------------------- new names, and factors


def scalar_squared(d: Development, *, clashing: bool) -> None:
    """(Σ b)² is a double sum; with one name for both sums it is Σ b²."""
    ones = d.full(1, "hidden")
    total = d.dot(ones, d.b)
    left = d.dot(total, total, 0)
    squares = d.dot(d.n("power", d.b, 2), ones) if clashing else left
    other = "~v" if clashing else "~w"
    steps = [
        open_(0, entry(left)),
        open_(0, entry(total), "~v"),
        open_(0, entry(ones, "~v")),
        open_(0, entry(total), other),
        open_(0, entry(ones, other)),
    ]
    power = d.n("power", d.b, 2)
    right = [open_(0, entry(squares), "~v"), open_(0, entry(power, "~v")), open_(0, entry(ones, "~v"))]
    d.claim(left, squares, (steps, right if clashing else steps))


@accepted
def two_sums_with_two_names(d: Development) -> None:
    scalar_squared(d, clashing=False)


@forged
def two_sums_with_one_name(d: Development) -> None:
    scalar_squared(d, clashing=True)


@forged
def two_axes_with_one_name(d: Development) -> None:
    """Σ_ij W_ij² as Σ_i W_ii²."""
    part = d.n("diagonal", d.W)
    left, right = d.dot(d.W, d.W, 2), d.dot(part, part)
    d.claim(
        left,
        right,
        (
            [open_(0, entry(left), "~v", "~v")],
            [open_(0, entry(right), "~v"), open_(0, entry(part, "~v")), open_(0, entry(part, "~v"))],
        ),
    )


@accepted
def two_axes_with_two_names(d: Development) -> None:
    left = d.dot(d.W, d.W, 2)
    d.claim(left, left, ([open_(0, entry(left), "~v", "~w")], [open_(0, entry(left), "~v", "~w")]))


@forged
def a_name_of_the_facts(d: Development) -> None:
    """Σ b = b_1, with the index k = 1 of the claim as the name of the sum."""
    ones, first = d.full(1, "hidden"), d.n("component", d.b, [1])
    left = d.dot(ones, d.b)
    steps = [open_(0, entry(left), "~k"), open_(0, entry(ones, "~k")), ["substitute", 0, "~k", 1], ["narrow", 0, []]]
    d.claim(left, first, (steps, [open_(0, entry(first))]), indices=[["k", "hidden"]], within=[["=", ix("k"), 1]])


@forged
def a_name_that_is_no_variable(d: Development) -> None:
    left = d.dot(d.b, d.b)
    d.claim(left, left, ([open_(0, entry(left), "v")], [open_(0, entry(left), "v")]))


@forged
def a_factor_that_is_not_there(d: Development) -> None:
    other = d.n("plus", [d.b])
    d.claim(d.b, d.b, ([open_(0, entry(other, "~1"))], ()))


@forged
def a_term_that_is_not_there(d: Development) -> None:
    d.claim(d.b, d.b, ([["vacuous", 1]], ()))


# -------------------------------------------------------------------------------------------------------- what is divided by


@forged
def one_over_a_sum(d: Development) -> None:
    """1 / Σ b as Σ 1/b."""
    ones, unit = d.full(1, "hidden"), d.full(1)
    total, inverse = d.dot(ones, d.b), d.n("power", d.b, -1)
    left, right = d.n("over", unit, total), d.dot(ones, inverse)
    steps = [open_(0, entry(left)), open_(0, entry(unit)), open_(0, entry(total), "~v"), open_(0, entry(ones, "~v"))]
    d.claim(left, right, (steps, [open_(0, entry(right), "~v"), open_(0, entry(inverse, "~v")), open_(0, entry(ones, "~v"))]))


@forged
def one_over_two_terms(d: Development) -> None:
    total = d.n("plus", [d.a, d.s])
    left, right = d.n("power", total, -1), d.n("power", d.a, -1)
    d.claim(left, right, ([open_(0, entry(left)), open_(0, entry(total))], [open_(0, entry(right))]))


@forged
def one_over_a_bracket(d: Development) -> None:
    """1 / diag(b) as if nothing were zero beside the diagonal."""
    matrix, inverse, ones = d.n("diagonal matrix", d.b), d.n("power", d.b, -1), d.full(1, "hidden")
    left, right = d.n("power", matrix, -1), d.dot(inverse, ones, 0)
    at = ("~1", "~2")
    d.claim(
        left,
        right,
        (
            [open_(0, entry(left, *at)), open_(0, entry(matrix, *at))],
            [open_(0, entry(right, *at)), open_(0, entry(inverse, "~1")), open_(0, entry(ones, "~2"))],
        ),
    )


@forged
def one_over_nothing(d: Development) -> None:
    zero = d.full(0)
    d.lemma("l", [one(entry(zero))], [term(0, [(entry(zero), 1)])], [], chain([open_(0, entry(zero))], [open_(0, entry(zero))]))
    left = d.n("power", zero, -1)
    d.claim(left, left, ([open_(0, entry(left)), ["use", 0, entry(zero), "l", [], []]], ()))


@accepted
def one_over_a_product(d: Development) -> None:
    """1 / (a s) = 1/a 1/s."""
    both = d.n("times", d.a, d.s)
    left, one_a, one_s = d.n("power", both, -1), d.n("power", d.a, -1), d.n("power", d.s, -1)
    right = d.n("times", one_a, one_s)
    d.claim(
        left,
        right,
        ([open_(0, entry(left)), open_(0, entry(both))], [open_(0, entry(right)), open_(0, entry(one_a)), open_(0, entry(one_s))]),
    )


def lemma_that_divides(d: Development, node: int) -> None:
    d.lemma("l", [one(entry(node))], [one(entry(node))], [], chain())
    d.claim(d.b, d.b)


@forged
def a_lemma_with_a_quotient(d: Development) -> None:
    lemma_that_divides(d, d.n("over", d.a, d.s))


@forged
def a_lemma_with_a_negative_power(d: Development) -> None:
    lemma_that_divides(d, d.n("power", d.a, -1))


@forged
def a_lemma_with_a_logarithm(d: Development) -> None:
    lemma_that_divides(d, d.n("function", "log", 0, d.a))


@forged
def a_lemma_with_a_negative_factor(d: Development) -> None:
    d.lemma("l", [one(entry(d.a))], [term(1, [(entry(d.a), 1)]), term(1, [(entry(d.s), -1)]), term(-1, [(entry(d.s), -1)])], [],
            chain([], [["collect", 1, 2]]))  # fmt: skip
    d.claim(d.b, d.b)


@accepted
def a_lemma_with_a_power(d: Development) -> None:
    lemma_that_divides(d, d.n("power", d.a, 0))


@forged
def backwards_with_a_new_divisor(d: Development) -> None:
    """1 = x / x where x = 0: with a zero that a step backwards divides by."""
    zero, unit = d.full(0), d.full(1)
    d.quantity("n", (), definition=zero)
    nothing = d.n("quantity", "n", None, [])
    back = ["back", term(1, [(entry(nothing), 1), (entry(zero), -1)]), ["unfold", 0, entry(nothing)]]
    steps = [open_(0, entry(unit)), back, ["unfold", 0, entry(nothing)]]
    d.claim(unit, unit, (steps, [open_(0, entry(unit))]))


# -------------------------------------------------------------------------------------------------------------- definitions


@accepted
def a_definition(d: Development) -> None:
    """z_t = W h_t."""
    right = d.dot(d.W, d.at("h", "t"))
    moved = d.dot(d.W, d.at("h", "~t"))
    z = d.at("z", "~t")
    steps = [["unfold", 0, entry(z, "~1")], open_(0, entry(moved, "~1"), "~v")]
    d.claim(d.at("z", "t"), right, (steps, [open_(0, entry(moved, "~1"), "~v")]), indices=[["t", None]])


@accepted
def and_backwards(d: Development) -> None:
    right = d.dot(d.W, d.at("h", "t"))
    z = d.at("z", "~t")
    d.claim(d.at("z", "t"), right, ((), [["back", one(entry(z, "~1")), ["unfold", 0, entry(z, "~1")]]]), indices=[["t", None]])


@forged
def backwards_to_something_else(d: Development) -> None:
    right = d.dot(d.W, d.at("h", "t"))
    z = d.at("z", "~t - 1")
    d.claim(d.at("z", "t - 1"), right, ((), [["back", one(entry(z, "~1")), ["unfold", 0, entry(z, "~1")]]]), indices=[["t", None]])


@accepted
def a_state_by_its_recursion(d: Development) -> None:
    left, right = d.at("h", "t"), d.tanh(d.dot(d.W, d.at("h", "t - 1")))
    d.claim(left, right, ([["unfold", 0, entry(d.at("h", "~t"), "~1")]], ()), indices=[["t", None]])


@forged
def an_initial_state_is_free(d: Development) -> None:
    """h_{-1} has no recursion."""
    left, right = d.at("h", "-1"), d.tanh(d.dot(d.W, d.at("h", "-2")))
    d.claim(left, right, ([["unfold", 0, entry(left, "~1")]], ()))


@forged
def an_end_is_free(d: Development) -> None:
    left, right = d.at("g", "T + 1"), d.dot(d.W, d.at("g", "T + 2"))
    d.claim(left, right, ([["unfold", 0, entry(left, "~1")]], ()))


@forged
def a_state_at_a_time_that_is_open(d: Development) -> None:
    """h_{t-1} may be the initial state."""
    left, right = d.at("h", "t - 1"), d.tanh(d.dot(d.W, d.at("h", "t - 2")))
    d.claim(left, right, ([["unfold", 0, entry(d.at("h", "~t - 1"), "~1")]], ()), indices=[["t", None]])


def ended(d: Development) -> None:
    """e_t = W e_{t+1}, with e_{T+1} = 0."""
    d.timed("e", ("hidden",), d.dot(d.W, d.at("e", "t + 1")), 1, special=[[ix("T + 1"), d.full(0, "hidden")]])


@accepted
def a_special_value(d: Development) -> None:
    ended(d)
    zero, e = d.full(0, "hidden"), d.at("e", "T + 1")
    d.claim(e, zero, ([["unfold", 0, entry(e, "~1")]], ()))


@forged
def a_special_value_at_a_time_that_is_open(d: Development) -> None:
    """e_{t+1} may be the special one."""
    ended(d)
    left, right = d.at("e", "t + 1"), d.dot(d.W, d.at("e", "t + 2"))
    moved = d.at("e", "~t + 1")
    d.claim(left, right, ([["unfold", 0, entry(moved, "~1")]], ()), indices=[["t", None]])


@forged
def a_special_value_at_the_start(d: Development) -> None:
    """u_0 is said apart from u_t = W u_{t-1}."""
    d.timed("u", ("hidden",), d.dot(d.W, d.at("u", "t - 1")), -1, special=[[0, d.b]])
    left, right = d.at("u", "t"), d.dot(d.W, d.at("u", "t - 1"))
    d.claim(left, right, ([["unfold", 0, entry(d.at("u", "~t"), "~1")]], ()), indices=[["t", None]])


@accepted
def no_special_value_before(d: Development) -> None:
    ended(d)
    left, right = d.at("e", "t"), d.dot(d.W, d.at("e", "t + 1"))
    d.claim(left, right, ([["unfold", 0, entry(d.at("e", "~t"), "~1")]], ()), indices=[["t", None]])


@forged
def an_unknown_is_not_defined(d: Development) -> None:
    d.claim(d.b, d.b, ([["unfold", 0, entry(d.b, "~1")]], ()))


# ------------------------------------------------------------------------------------------------------------- derivatives


def product_rule(d: Development) -> tuple[int, Steps]:
    """∂(b ⊙ b)/∂b, and the steps to 2 [i = j] b_i."""
    left = d.jac(d.n("times", d.b, d.b), d.b)
    inner = entry(d.jac(d.b, d.b), "~1", "~2")
    return left, [open_(0, entry(left, "~1", "~2")), ["chain rule", 0, inner]]


@accepted
def the_product_rule(d: Development) -> None:
    left, steps = product_rule(d)
    twice = d.scaled(2, d.b)
    right, two = d.n("diagonal matrix", twice), d.n("number", 2)
    other = [open_(0, entry(right, "~1", "~2")), open_(0, entry(twice, "~1")), open_(0, entry(two))]
    d.claim(left, right, (steps, other))


@accepted
def the_product_rule_of_two(d: Development) -> None:
    """∂(b ⊙ d)/∂d = diag(b): the derivative of the left factor is the first term."""
    left = d.jac(d.n("times", d.b, d.d), d.d)
    right = d.n("diagonal matrix", d.b)
    steps = [
        open_(0, entry(left, "~1", "~2")),
        ["chain rule", 0, entry(d.jac(d.b, d.d), "~1", "~2")],
        ["chain rule", 0, entry(d.jac(d.d, d.d), "~1", "~2")],
    ]
    d.claim(left, right, (steps, [open_(0, entry(right, "~1", "~2"))]))


@accepted
def the_slope_of_a_function(d: Development) -> None:
    """∂exp(b)/∂b = diag(exp(b))."""
    exp = d.n("function", "exp", 0, d.b)
    change, slope = d.n("function", "exp", 1, d.b), d.n("diagonal matrix", exp)
    left = d.jac(exp, d.b)
    steps = [
        open_(0, entry(left, "~1", "~2")),
        ["chain rule", 0, entry(d.jac(d.b, d.b), "~1", "~2")],
        ["slope", 0, entry(change, "~1")],
    ]
    d.claim(left, slope, (steps, [open_(0, entry(slope, "~1", "~2"))]))


@forged
def the_slope_of_an_unknown_function(d: Development) -> None:
    f = d.n("function", "f", 1, d.b)
    d.claim(f, f, ([["slope", 0, entry(f, "~1")]], ()))


@forged
def the_slope_of_a_value(d: Development) -> None:
    f = d.n("function", "exp", 0, d.b)
    d.claim(f, f, ([["slope", 0, entry(f, "~1")]], ()))


@accepted
def the_derivative_of_softmax(d: Development) -> None:
    """∂p/∂b = diag(p) - p ⊗ p for p = softmax(b)."""
    p = d.n("softmax", d.b)
    left, first, outer = d.jac(p, d.b), d.n("diagonal matrix", p), d.dot(p, p, 0)
    second = d.scaled(-1, outer)
    right = d.n("plus", [first, second])
    at = ("~1", "~2")
    steps = [
        open_(0, entry(left, *at), "~v"),
        ["chain rule", 0, entry(d.jac(d.b, d.b), *at)],
        ["chain rule", 1, entry(d.jac(d.b, d.b), "~v", "~2")],
        ["substitute", 1, "~v", ix("~2")],
        ["narrow", 1, []],
    ]
    minus_one = d.n("number", -1)
    other = [
        open_(0, entry(right, *at)),
        open_(0, entry(first, *at)),
        open_(1, entry(second, *at)),
        open_(1, entry(minus_one)),
        open_(1, entry(outer, *at)),
    ]
    d.claim(left, right, (steps, other))


@accepted
def a_derivative_of_a_free_quantity(d: Development) -> None:
    left = d.jac(d.b, d.d)
    d.claim(
        left,
        d.full(0, "hidden", "hidden"),
        ([["chain rule", 0, entry(left, "~1", "~2")]], [open_(0, entry(d.full(0, "hidden", "hidden"), "~1", "~2"))]),
    )


@forged
def a_derivative_at_another_time(d: Development) -> None:
    """∂x_t/∂x_s is not the identity."""
    left, eye = d.jac(d.at("x", "t"), d.at("x", "s")), d.n("identity", "hidden")
    moved = d.jac(d.at("x", "~t"), d.at("x", "~s"))
    steps = [["chain rule", 0, entry(moved, "~1", "~2")]]
    d.claim(left, eye, (steps, [open_(0, entry(eye, "~1", "~2"))]), indices=[["t", None], ["s", None]])


@forged
def a_chain_rule_of_no_quantity(d: Development) -> None:
    left = d.jac(d.n("power", d.b, 1), d.b)
    d.claim(left, left, ([["chain rule", 0, entry(left, "~1", "~2")]], ()))


def explicit_chain(d: Development, q: int) -> Steps:
    """The explicit derivative of h_t by a quantity, down to what is held fixed: h_{t-1} in tanh(W h_{t-1})."""
    before = d.n("quantity", "held h", ix("~t - 1"), ["hidden"])
    inner = d.dot(d.W, before)
    outer = d.tanh(inner)
    return [
        open_(0, entry(d.jac(outer, q, True), "~1", "~2")),
        open_(0, entry(d.jac(inner, q, True), "~1", "~2"), "~v"),
        ["chain rule", 0, entry(d.jac(d.W, q, True), "~1", "~v", "~2")],
    ]


@accepted
def an_explicit_derivative_by_the_state_before(d: Development) -> None:
    """∂⁺h_t/∂h_{t-1} = diag(tanh'(W h_{t-1})) W."""
    now, before = d.at("h", "~t"), d.n("quantity", "held h", ix("~t - 1"), ["hidden"])
    left = d.jac(d.at("h", "t"), d.at("h", "t - 1"), True)
    slope = d.tanh(d.dot(d.W, d.at("h", "t - 1")), 1)
    matrix = d.n("diagonal matrix", slope)
    right = d.dot(matrix, d.W)
    start = d.jac(now, d.at("h", "~t - 1"), True)
    change = d.tanh(d.dot(d.W, before), 1)
    moved_slope = d.tanh(d.dot(d.W, d.at("h", "~t - 1")), 1)
    moved = d.dot(d.n("diagonal matrix", moved_slope), d.W)
    steps = [
        ["chain rule", 0, entry(start, "~1", "~2")],
        ["vacuous", 0],
        *explicit_chain(d, before),
        ["chain rule", 0, entry(d.jac(before, before, True), "~v", "~2")],
        ["substitute", 0, "~v", ix("~2")],
        ["narrow", 0, []],
        ["release", 0, entry(change, "~1")],
    ]
    other = [
        open_(0, entry(moved, "~1", "~2"), "~v"),
        open_(0, entry(d.n("diagonal matrix", moved_slope), "~1", "~v")),
        ["substitute", 0, "~v", ix("~1")],
        ["narrow", 0, []],
    ]
    d.claim(left, right, (steps, other), indices=[["t", None]])


@forged
def an_explicit_derivative_at_a_time_that_is_open(d: Development) -> None:
    """∂⁺h_t/∂h_s is zero for s = t - 2 and not for s = t - 1."""
    left = d.jac(d.at("h", "t"), d.at("h", "s"), True)
    start, q = d.jac(d.at("h", "~t"), d.at("h", "~s"), True), d.n("quantity", "held h", ix("~s"), ["hidden"])
    before = d.n("quantity", "held h", ix("~t - 1"), ["hidden"])
    steps = [
        ["chain rule", 0, entry(start, "~1", "~2")],
        *[[rule, at + 1, *rest] for rule, at, *rest in explicit_chain(d, q)],
        ["chain rule", 1, entry(d.jac(before, q, True), "~v", "~2")],
    ]
    d.claim(left, left, (steps, steps), indices=[["t", None], ["s", None]])


@forged
def a_derivative_that_is_held(d: Development) -> None:
    """An explicit derivative of what is defined by a derivative."""
    d.timed("j", ("hidden", "hidden"), d.jac(d.at("h", "t"), d.at("h", "t - 1")))
    j = d.n("quantity", "j", ix("~t"), ["hidden", "hidden"])
    left = d.jac(d.n("quantity", "j", ix("t"), ["hidden", "hidden"]), d.b, True)
    steps = [["chain rule", 0, entry(d.jac(j, d.b, True), "~1", "~2", "~3")]]
    d.claim(left, left, (steps, steps), indices=[["t", None]])


@forged
def a_hidden_path_is_held(d: Development) -> None:
    """An explicit derivative by way of a quantity without a time, which may need other times."""
    d.quantity("m", ("hidden",), definition=d.at("h", "T"))
    m = d.n("quantity", "m", None, ["hidden"])
    d.timed("u", ("hidden",), d.n("plus", [m]))
    left = d.jac(d.at("u", "t"), d.at("x", "t"), True)
    steps = [["chain rule", 0, entry(d.jac(d.at("u", "~t"), d.at("x", "~t"), True), "~1", "~2")]]
    d.claim(left, left, (steps, steps), indices=[["t", None]])


@forged
def a_time_that_is_bound_is_held(d: Development) -> None:
    """An explicit derivative of a sum over times, of which one is its own."""
    d.timed("u", ("hidden",), d.n("sum", "k", 0, ix("t"), [], d.at("x", "k")))
    left = d.jac(d.at("u", "t"), d.b, True)
    steps = [["chain rule", 0, entry(d.jac(d.at("u", "~t"), d.b, True), "~1", "~2")]]
    d.claim(left, left, (steps, steps), indices=[["t", None]])


@forged
def a_derivative_is_released(d: Development) -> None:
    """What is held fixed does not change: its derivative is zero, and not that of the quantity."""
    held, x = d.n("quantity", "held x", 0, ["hidden"]), d.at("x", "0")
    node, free, zero = d.jac(held, x), d.jac(x, x), d.full(0, "hidden", "hidden")
    at = ("~i", "~j")
    d.lemma("zero", [one(entry(node, *at))], [], [], chain([["chain rule", 0, entry(node, *at)]]))
    d.lemma("one", [one(entry(node, *at))], [one(entry(free, *at))], [], chain([["release", 0, entry(node, *at)]]))
    d.claim(zero, zero)


# --------------------------------------------------------------------------------------------------------------- functions


@accepted
def exponentials_are_a_softmax(d: Development) -> None:
    exp, p = d.n("function", "exp", 0, d.b), d.n("softmax", d.b)
    total = d.dot(exp, d.full(1, "hidden"))
    right = d.n("stack", "i", "hidden", d.n("times", d.n("component", p, [ix("i")]), total))
    moved = d.n("times", d.n("component", p, [ix("~1")]), total)
    d.claim(
        exp,
        right,
        (
            [["softmax", 0, entry(exp, "~1")]],
            [open_(0, entry(right, "~1")), open_(0, entry(moved)), open_(0, entry(d.n("component", p, [ix("~1")])))],
        ),
    )


def no_softmax(d: Development, function: int) -> None:
    total = d.dot(function, d.full(1, "hidden"))
    right = d.dot(d.n("softmax", d.b), total, 0)
    d.claim(function, right, ([["softmax", 0, entry(function, "~1")]], [open_(0, entry(right, "~1"))]))


@forged
def tanh_is_no_softmax(d: Development) -> None:
    no_softmax(d, d.tanh(d.b))


@forged
def a_slope_is_no_softmax(d: Development) -> None:
    no_softmax(d, d.n("function", "exp", 1, d.b))


@accepted
def a_function_of_a_component(d: Development) -> None:
    part = d.n("component", d.b, [1])
    left, right = d.tanh(part), d.n("component", d.tanh(d.b), [1])
    d.claim(left, right, ([["inside", 0, entry(left)]], [open_(0, entry(right))]))


def not_inside(d: Development, argument: int, right: int) -> None:
    left = d.tanh(argument)
    d.claim(left, right, ([["inside", 0, entry(left, "~1")]], ()))


@forged
def a_function_of_a_multiple(d: Development) -> None:
    """tanh(2 b) as tanh(b)."""
    not_inside(d, d.scaled(2, d.b), d.tanh(d.b))


@forged
def a_function_of_a_number(d: Development) -> None:
    not_inside(d, d.full(2, "hidden"), d.tanh(d.b))


@forged
def a_lemma_from_a_number(d: Development) -> None:
    """1 = 1, used from b."""
    d.lemma("l", [term(1)], [term(1)], [], chain())
    d.claim(d.b, d.b, ([["use", 0, entry(d.b, "~1"), "l", [], []]],) * 2)


@forged
def a_function_of_a_sum_of_two(d: Development) -> None:
    not_inside(d, d.n("plus", [d.b, d.d]), d.tanh(d.b))


@forged
def a_function_of_a_square(d: Development) -> None:
    not_inside(d, d.n("power", d.b, 2), d.tanh(d.b))


@forged
def a_function_beside_the_diagonal(d: Development) -> None:
    """exp(diag(b)) is 1 beside the diagonal."""
    left = d.n("function", "exp", 0, d.n("diagonal matrix", d.b))
    right = d.dot(d.n("function", "exp", 0, d.b), d.full(1, "hidden"), 0)
    ones = d.full(1, "hidden")
    d.claim(
        left, right, ([["inside", 0, entry(left, "~1", "~2")]], [open_(0, entry(right, "~1", "~2")), open_(0, entry(ones, "~2"))])
    )


@accepted
def the_square_of_tanh(d: Development) -> None:
    y, slope, ones = d.tanh(d.b), d.tanh(d.b, 1), d.full(1, "hidden")
    left, minus_one = d.n("power", y, 2), d.n("number", -1)
    scaled = d.scaled(-1, slope)
    right = d.n("plus", [scaled, ones])
    other = [open_(0, entry(right, "~1")), open_(0, entry(scaled, "~1")), open_(0, entry(minus_one)), open_(1, entry(ones, "~1"))]
    d.claim(left, right, ([open_(0, entry(left, "~1")), ["square", 0, entry(y, "~1")]], other))


@accepted
def the_square_of_the_logistic_function(d: Development) -> None:
    y, slope = (d.n("function", "sigma", order, d.b) for order in (0, 1))
    left, minus_one = d.n("power", y, 2), d.n("number", -1)
    scaled = d.scaled(-1, slope)
    right = d.n("plus", [scaled, y])
    other = [open_(0, entry(right, "~1")), open_(0, entry(scaled, "~1")), open_(0, entry(minus_one))]
    d.claim(left, right, ([open_(0, entry(left, "~1")), ["square", 0, entry(y, "~1")]], other))


@accepted
def the_cube_of_a_jump(d: Development) -> None:
    y = d.n("function", "step", 0, d.b)
    left = d.n("power", y, 3)
    square = ["square", 0, entry(y, "~1")]
    d.claim(left, y, ([open_(0, entry(left, "~1")), square, square], ()))


@forged
def the_square_of_one_factor(d: Development) -> None:
    """y as y y⁻² y, which is 1."""
    y, ones = d.n("function", "step", 0, d.b), d.full(1, "hidden")
    d.claim(y, ones, ([["square", 0, entry(y, "~1")]], [open_(0, entry(ones, "~1"))]))


@forged
def the_square_of_a_factor_that_is_not_there(d: Development) -> None:
    y = d.n("function", "step", 0, d.b)
    d.claim(d.b, d.b, ([["square", 0, entry(y, "~1")]],) * 2)


@forged
def the_square_of_a_slope(d: Development) -> None:
    """step' is zero; step'² as step' is true, and no rule."""
    y = d.n("function", "step", 1, d.b)
    left = d.n("power", y, 2)
    d.claim(left, y, ([open_(0, entry(left, "~1")), ["square", 0, entry(y, "~1")]], ()))


@forged
def the_square_of_an_unknown_function(d: Development) -> None:
    y = d.n("function", "f", 0, d.b)
    left = d.n("power", y, 2)
    d.claim(left, y, ([open_(0, entry(left, "~1")), ["square", 0, entry(y, "~1")]], ()))


# ------------------------------------------------------------------------------------------------------- ordered products


def power_of(d: Development, low: str, high: str, *, falling: bool = True) -> int:
    return d.n("product", "m", ix(low), ix(high), falling, d.W)


@accepted
def an_empty_product(d: Development) -> None:
    left, eye = power_of(d, "1", "0"), d.n("identity", "hidden")
    d.claim(left, eye, ([["product", 0, entry(left, "~1", "~2"), "empty", []]], [open_(0, entry(eye, "~1", "~2"))]))


@accepted
def a_product_of_one_number(d: Development) -> None:
    left = d.n("product", "m", 1, 1, False, d.a)
    rest = d.n("product", "m", 1, 0, False, d.a)
    d.claim(left, d.a, ([["product", 0, entry(left), "last", []], ["product", 0, entry(rest), "empty", []]], ()))


@accepted
def a_product_of_one_matrix(d: Development) -> None:
    left, rest = power_of(d, "1", "1"), power_of(d, "2", "1")
    steps = [
        ["product", 0, entry(left, "~1", "~2"), "first", ["~v"]],
        ["product", 0, entry(rest, "~1", "~v"), "empty", []],
        ["substitute", 0, "~v", ix("~1")],
        ["narrow", 0, []],
    ]
    d.claim(left, d.W, (steps, ()))


def two_factors(d: Development, falling: bool, which: str, ordered: bool) -> None:
    """The product of J_0 and J_1, J_t = diag(x_t) W, from left to right with falling or rising index."""
    matrices = [d.dot(d.n("diagonal matrix", d.at("x", t)), d.W) for t in ("m", "0", "1")]
    left = d.n("product", "m", 0, 1, falling, matrices[0])
    first, second = (matrices[2], matrices[1]) if falling == ordered else (matrices[1], matrices[2])
    right = d.dot(first, second)
    last = which == "last"
    rest = d.n("product", "m", 0 if last else 1, 0 if last else 1, falling, matrices[0])
    none = d.n("product", "m", 0 if last else 2, -1 if last else 1, falling, matrices[0])
    before = last == falling
    one_at = ("~v", "~2") if before else ("~1", "~v")
    empty_at = ("~w", one_at[1]) if before else (one_at[0], "~w")
    steps = [
        ["product", 0, entry(left, "~1", "~2"), which, ["~v"]],
        ["product", 0, entry(rest, *one_at), which, ["~w"]],
        ["product", 0, entry(none, *empty_at), "empty", []],
        ["substitute", 0, "~w", ix("~2" if before else "~1")],
        ["narrow", 0, at_least(*axis("~v", "hidden"))],
    ]
    d.claim(left, right, (steps, [open_(0, entry(right, "~1", "~2"), "~v")]))


@accepted
def falling_factors_split_at_the_last(d: Development) -> None:
    two_factors(d, falling=True, which="last", ordered=True)


@accepted
def falling_factors_split_at_the_first(d: Development) -> None:
    two_factors(d, falling=True, which="first", ordered=True)


@accepted
def rising_factors_split_at_the_last(d: Development) -> None:
    two_factors(d, falling=False, which="last", ordered=True)


@accepted
def rising_factors_split_at_the_first(d: Development) -> None:
    two_factors(d, falling=False, which="first", ordered=True)


@forged
def falling_factors_in_the_other_order(d: Development) -> None:
    two_factors(d, falling=True, which="last", ordered=False)


@forged
def rising_factors_in_the_other_order(d: Development) -> None:
    two_factors(d, falling=False, which="first", ordered=False)


@forged
def a_product_that_is_not_empty(d: Development) -> None:
    left, eye = power_of(d, "1", "1"), d.n("identity", "hidden")
    d.claim(left, eye, ([["product", 0, entry(left, "~1", "~2"), "empty", []]], [open_(0, entry(eye, "~1", "~2"))]))


@forged
def a_product_over_less_than_nothing(d: Development) -> None:
    """Over less than the empty range: as an entry of a lemma, where no claim says that it has a meaning."""
    left = power_of(d, "1", "-1")
    at = ("~i", "~j")
    bounds = [*axis("~i", "hidden"), *axis("~j", "hidden")]
    d.lemma(
        "l", [one(entry(left, *at))], [term(1, [], ["~i = ~j"])], bounds, chain([["product", 0, entry(left, *at), "empty", []]])
    )
    d.claim(d.b, d.b)


@forged
def a_factor_of_an_empty_product(d: Development) -> None:
    """With one factor less than none: I = W and so on."""
    left, rest = power_of(d, "1", "0"), power_of(d, "1", "-1")
    right = d.dot(d.W, rest)
    at = ("~i", "~j")
    bounds = [*axis("~i", "hidden"), *axis("~j", "hidden")]
    d.lemma(
        "l",
        [one(entry(left, *at))],
        [one(entry(right, *at))],
        bounds,
        chain([["product", 0, entry(left, *at), "last", ["~v"]]], [open_(0, entry(right, *at), "~v")]),
    )
    d.claim(d.b, d.b)


@forged
def a_product_outside_its_axes(d: Development) -> None:
    left, eye = power_of(d, "1", "0"), d.n("identity", "hidden")
    at = ("~i", "~j")
    d.lemma(
        "l",
        [one(entry(left, *at))],
        [one(entry(eye, *at))],
        [],
        chain([["product", 0, entry(left, *at), "empty", []]], [open_(0, entry(eye, *at))]),
    )
    d.claim(d.b, d.b)


@forged
def an_empty_product_with_a_name_too_many(d: Development) -> None:
    left, eye = power_of(d, "1", "0"), d.n("identity", "hidden")
    d.claim(left, eye, ([["product", 0, entry(left, "~1", "~2"), "empty", ["~v"]]], [open_(0, entry(eye, "~1", "~2"))]))


@forged
def the_first_factor_without_a_name(d: Development) -> None:
    left = power_of(d, "1", "1")
    d.claim(left, left, ([["product", 0, entry(left, "~1", "~2"), "first", []]], ()))


@forged
def two_sizes_are_equal(d: Development) -> None:
    """A product that is not square: the first and the last factor of one are different matrices of ones, so that H = K."""
    ones = d.full(1, "hidden", "classes")
    whole = d.n("product", "m", 1, 1, True, ones)
    d.claim(whole, whole)


# -------------------------------------------------------------------------------------------------- hypotheses on values


def zero_state(d: Development, key: str, time: str, zeros: Sequence[str], indices: Json = ()) -> None:
    node, zero = d.at(key, time), d.full(0, "hidden")
    moved = d.at(key, time.replace("t", "~t"))
    steps = [["zero", 0, entry(moved, "~1")]]
    d.claim(node, zero, (steps, [open_(0, entry(zero, "~1"))]), zero=list(zeros), indices=list(indices))


@accepted
def an_initial_state_that_is_zero(d: Development) -> None:
    zero_state(d, "h", "-1", ["h"])


@accepted
def an_end_that_is_zero(d: Development) -> None:
    zero_state(d, "g", "T + 1", ["g"])


@forged
def a_state_that_is_not_said_to_be_zero(d: Development) -> None:
    zero_state(d, "h", "-1", ["g"])


@forged
def a_later_state_is_not_zero(d: Development) -> None:
    zero_state(d, "h", "t", ["h"], [["t", None]])


@forged
def a_state_before_the_end_is_not_zero(d: Development) -> None:
    zero_state(d, "g", "T", ["g"])


@forged
def an_input_has_no_end(d: Development) -> None:
    zero_state(d, "x", "-1", ["x"])


@forged
def a_special_end_is_not_assumed(d: Development) -> None:
    """e_{T+1} is what the document says."""
    ones = d.full(1, "hidden")
    d.timed("e", ("hidden",), d.dot(d.W, d.at("e", "t + 1")), 1, special=[[ix("T + 1"), ones]])
    zero_state(d, "e", "T + 1", ["e"])


@forged
def a_hypothesis_about_nothing(d: Development) -> None:
    d.claim(d.b, d.b, zero=["nothing"])


@forged
def a_sum_of_nothing_is_assumed(d: Development) -> None:
    d.claim(d.b, d.b, one=["nothing"])


@forged
def a_hypothesis_in_a_lemma(d: Development) -> None:
    """A lemma holds without the hypotheses of a claim before it."""
    zero_state(d, "h", "-1", ["h"])
    before = d.at("h", "-1")
    lemma = {
        "name": "l",
        "left": [one(entry(before, "~i"))],
        "right": [],
        "given": [],
        "proof": chain([["zero", 0, entry(before, "~i")]]),
    }
    d.lemmas.append(lemma)


@forged
def a_hypothesis_of_the_claim_before(d: Development) -> None:
    zero_state(d, "h", "-1", ["h"])
    zero_state(d, "h", "-1", [])


def totalled(d: Development, vector: int, proof: Steps, ones: Sequence[str] = (), right: int | None = None) -> None:
    left = d.dot(vector, d.full(1, "classes"))
    unit = d.full(1)
    before = [open_(0, entry(left), "~v"), open_(0, entry(d.full(1, "classes"), "~v"))]
    d.claim(
        left,
        unit if right is None else right,
        ([*before, *proof], [open_(0, entry(unit))] if right is None else ()),
        one=list(ones),
    )


@accepted
def a_softmax_adds_up(d: Development) -> None:
    p = d.n("softmax", d.k)
    totalled(d, p, [["total", 0, entry(p, "~v")]])


@accepted
def a_target_adds_up_if_assumed(d: Development) -> None:
    y = d.at("y", "0")
    totalled(d, y, [["total", 0, entry(y, "~v")]], ["y"])


@forged
def a_target_adds_up(d: Development) -> None:
    y = d.at("y", "0")
    totalled(d, y, [["total", 0, entry(y, "~v")]])


@forged
def a_function_adds_up(d: Development) -> None:
    f = d.tanh(d.k)
    totalled(d, f, [["total", 0, entry(f, "~v")]])


@forged
def what_is_defined_is_not_assumed_to_add_up(d: Development) -> None:
    d.timed("q", ("classes",), d.full(0, "classes"))
    q = d.at("q", "0", "classes")
    totalled(d, q, [["total", 0, entry(q, "~v")]], ["q"])


@forged
def what_is_defined_at_one_time_is_not_assumed_to_add_up(d: Development) -> None:
    d.timed("q", ("classes",), special=[[0, d.full(0, "classes")]])
    q = d.at("q", "0", "classes")
    totalled(d, q, [["total", 0, entry(q, "~v")]], ["q"])


@forged
def a_matrix_does_not_add_up(d: Development) -> None:
    d.claim(d.b, d.b, one=["W"])


@forged
def a_sum_without_one_component(d: Development) -> None:
    """Σ p_v from 2 on is not 1."""
    p = d.n("softmax", d.k)
    part = d.n("component", p, [ix("i")])
    left = d.n("sum", "i", 2, ix("|classes|"), [], part)
    unit, moved = d.full(1), d.n("component", p, [ix("~v")])
    steps = [open_(0, entry(left), "~v"), open_(0, entry(moved)), ["total", 0, entry(p, "~v")]]
    d.claim(left, unit, (steps, [open_(0, entry(unit))]))


@forged
def a_sum_up_to_the_last_but_one(d: Development) -> None:
    p = d.n("softmax", d.k)
    part = d.n("component", p, [ix("i")])
    left = d.n("sum", "i", 1, ix("|classes| - 1"), [], part)
    unit, moved = d.full(1), d.n("component", p, [ix("~v")])
    steps = [open_(0, entry(left), "~v"), open_(0, entry(moved)), ["total", 0, entry(p, "~v")]]
    d.claim(left, unit, (steps, [open_(0, entry(unit))]))


@forged
def a_weighted_sum_does_not_add_up(d: Development) -> None:
    """Σ p_v k_v = k_v for a v that nothing says."""
    p = d.n("softmax", d.k)
    left = d.dot(p, d.k)
    d.claim(left, left, ([open_(0, entry(left), "~v"), ["total", 0, entry(p, "~v")]],) * 2)


@forged
def the_square_of_a_softmax_does_not_add_up(d: Development) -> None:
    p = d.n("softmax", d.k)
    left = d.dot(p, p)
    d.claim(left, left, ([open_(0, entry(left), "~v"), ["total", 0, entry(p, "~v")]],) * 2)


@forged
def the_first_component_does_not_add_up(d: Development) -> None:
    part = d.n("component", d.n("softmax", d.k), [1])
    steps = [open_(0, entry(part)), ["total", 0, entry(d.n("softmax", d.k), "1")]]
    d.claim(part, part, (steps, steps))


@forged
def a_row_does_not_add_up(d: Development) -> None:
    d.claim(d.W, d.W, ([["total", 0, entry(d.W, "~1", "~2")]],) * 2)


@forged
def a_single_component_does_not_add_up(d: Development) -> None:
    """p_i for a free i, with its range written beside it."""
    p, unit = d.n("softmax", d.k), d.full(1, "classes")
    steps = [["narrow", 0, at_least(*axis("~1", "classes"))], ["total", 0, entry(p, "~1")]]
    d.claim(p, unit, (steps, [open_(0, entry(unit, "~1"))]))


@forged
def a_shifted_softmax_does_not_add_up(d: Development) -> None:
    """Σ p_{v+1} over all components leaves out the first."""
    p = d.n("softmax", d.k)
    part = d.n("component", p, [ix("i + 1")])
    left = d.n("sum", "i", 0, ix("|classes| - 1"), [], part)
    d.claim(
        left,
        left,
        ([open_(0, entry(left), "~v"), open_(0, entry(d.n("component", p, [ix("~v + 1")]))), ["total", 0, entry(p, "~v + 1")]],)
        * 2,
    )


@forged
def a_softmax_that_changes_does_not_add_up(d: Development) -> None:
    """Σ_v softmax(x_v)_v, a vector for each component."""
    inner = d.n("softmax", d.at("y", "i"))
    left = d.n("sum", "i", 1, ix("|classes|"), [], d.n("component", inner, [ix("i")]))
    moved = d.n("softmax", d.at("y", "~v"))
    unit = d.full(1)
    steps = [open_(0, entry(left), "~v"), open_(0, entry(d.n("component", moved, [ix("~v")]))), ["total", 0, entry(moved, "~v")]]
    d.claim(left, unit, (steps, [open_(0, entry(unit))]))


# ------------------------------------------------------------------------------------------------------------------ lemmas


def ones_lemma(d: Development, name: str = "ones", given: Sequence[str] = ()) -> None:
    """The vector of ones has ones."""
    ones = d.full(1, "hidden")
    d.lemma(name, [one(entry(ones, "~i"))], [term(1)], given, chain([open_(0, entry(ones, "~i"))]))


@accepted
def a_lemma_is_used(d: Development) -> None:
    ones_lemma(d)
    left = d.n("times", d.b, d.full(1, "hidden"))
    d.claim(
        left, d.b, ([open_(0, entry(left, "~1")), ["use", 0, entry(d.full(1, "hidden"), "~1"), "ones", [["~i", ix("~1")]], []]], ())
    )


@forged
def two_lemmas_of_one_name(d: Development) -> None:
    ones_lemma(d)
    ones_lemma(d)
    d.claim(d.b, d.b)


@forged
def a_lemma_that_is_called_earlier(d: Development) -> None:
    ones_lemma(d, "earlier")
    d.claim(d.b, d.b)


@forged
def a_lemma_that_is_none(d: Development) -> None:
    ones = d.full(1, "hidden")
    d.claim(ones, ones, ([["use", 0, entry(ones, "~1"), "ones", [["~i", ix("~1")]], []]], ()))


@forged
def a_lemma_that_comes_later(d: Development) -> None:
    ones = d.full(1, "hidden")
    zero = d.full(0, "hidden")
    d.lemma("a", [one(entry(zero, "~i"))], [one(entry(zero, "~i"))], [], chain([["use", 0, entry(zero, "~i"), "b", [], []]]))
    d.lemma("b", [one(entry(zero, "~i"))], [one(entry(zero, "~i"))], [], chain())
    d.claim(ones, ones)


@forged
def a_lemma_outside_its_conditions(d: Development) -> None:
    """[t = 0] = 1 for t = 0, used for every t."""
    truth, unit = d.n("truth", ["=", ix("~t"), 0]), d.full(1)
    d.lemma("l", [one(entry(truth))], [term(1)], ["~t = 0"], chain([open_(0, entry(truth)), ["narrow", 0, []]]))
    d.claim(
        d.n("truth", ["=", ix("t"), 0]),
        unit,
        ([["use", 0, entry(truth), "l", [], []]], [open_(0, entry(unit))]),
        indices=[["t", None]],
    )


@forged
def a_lemma_about_something_else(d: Development) -> None:
    ones_lemma(d)
    twos = d.full(2, "hidden")
    ones = d.full(1, "hidden")
    d.claim(twos, ones, ([["use", 0, entry(twos, "~1"), "ones", [["~i", ix("~1")]], []]], [open_(0, entry(ones, "~1"))]))


@forged
def a_lemma_at_another_horizon(d: Development) -> None:
    """[T ≥ 0] = 1, used for T = -1."""
    truth, other, unit = d.n("truth", [">=", ix("T"), 0]), d.n("truth", [">=", -1, 0]), d.full(1)
    d.lemma("l", [one(entry(truth))], [term(1)], [], chain([open_(0, entry(truth)), ["narrow", 0, []]]))
    d.claim(other, unit, ([["use", 0, entry(other), "l", [["T", -1]], []]], [open_(0, entry(unit))]))


@forged
def a_lemma_from_two_terms(d: Development) -> None:
    """b + d = d + b, used from b alone."""
    d.lemma("l", [one(entry(d.b, "~i")), one(entry(d.d, "~i"))], [one(entry(d.d, "~i")), one(entry(d.b, "~i"))], [], chain())
    d.claim(d.b, d.b, ([["use", 0, entry(d.b, "~1"), "l", [["~i", ix("~1")]], []]],) * 2)


@forged
def a_lemma_from_a_multiple(d: Development) -> None:
    """2 b = b + b, used from b."""
    right = d.n("plus", [d.b, d.b])
    d.lemma(
        "l",
        [term(2, [(entry(d.b, "~i"), 1)])],
        [one(entry(right, "~i"))],
        [],
        chain([], [open_(0, entry(right, "~i")), ["collect", 0, 1]]),
    )
    d.claim(d.b, right, ([["use", 0, entry(d.b, "~1"), "l", [["~i", ix("~1")]], []]], ()))


def row_lemma(d: Development) -> int:
    """(W b)_i = Σ_v W_iv b_v."""
    product = d.dot(d.W, d.b)
    right = term(1, [(entry(d.W, "~i", "~v"), 1), (entry(d.b, "~v"), 1)], axis("~v", "hidden"), ["~v"])
    d.lemma("row", [one(entry(product, "~i"))], [right], [], chain([open_(0, entry(product, "~i"), "~v")]))
    return product


def row_used(d: Development, index: str, fresh: Sequence[str], right: Steps) -> None:
    product = row_lemma(d)
    d.claim(product, product, ([["use", 0, entry(product, "~1"), "row", [["~i", ix(index)]], list(fresh)]], right))


@accepted
def a_lemma_with_a_sum(d: Development) -> None:
    product = d.dot(d.W, d.b)
    row_used(d, "~1", ["~w"], [open_(0, entry(product, "~1"), "~w")])


@forged
def a_lemma_with_too_few_names(d: Development) -> None:
    product = d.dot(d.W, d.b)
    row_used(d, "~1", [], [open_(0, entry(product, "~1"), "~v")])


@forged
def a_lemma_with_too_many_names(d: Development) -> None:
    product = d.dot(d.W, d.b)
    row_used(d, "~1", ["~w", "~u"], [open_(0, entry(product, "~1"), "~w")])


@accepted
def a_lemma_backwards(d: Development) -> None:
    product = row_lemma(d)
    steps = [
        open_(0, entry(product, "~1"), "~w"),
        ["back", one(entry(product, "~1")), ["use", 0, entry(product, "~1"), "row", [["~i", ix("~1")]], ["~w"]]],
    ]
    d.claim(product, product, (steps, ()))


def captured(d: Development, values: Json, fresh: str) -> None:
    """A lemma with a free index ~j beside the sum: Σ_v W_jv b_v; j must not become the name of the sum."""
    row = d.n("component", d.dot(d.W, d.b), [ix("~j")])
    right = term(1, [(entry(d.W, "~j", "~v"), 1), (entry(d.b, "~v"), 1)], axis("~v", "hidden"), ["~v"])
    product = d.dot(d.W, d.b)
    d.lemma("row", [one(entry(row))], [right], [], chain([open_(0, entry(row)), open_(0, entry(product, "~j"), "~v")]))
    target = d.n("component", product, [ix("~i")])
    d.claim(
        d.n("component", product, [ix("i")]),
        d.n("component", product, [ix("i")]),
        ([["use", 0, entry(target), "row", values, [fresh]]], [["use", 0, entry(target), "row", values, [fresh]]]),
        indices=[["i", "hidden"]],
    )


@accepted
def a_lemma_with_a_free_index(d: Development) -> None:
    captured(d, [["~j", ix("~i")]], "~w")


@forged
def a_sum_that_captures_a_free_index(d: Development) -> None:
    """A lemma in a free ~j, f(~j) = Σ_v ..., used with ~j itself as the name of the sum: W_jj comes out."""
    product, trace = d.dot(d.W, d.b), d.dot(d.n("diagonal", d.W), d.b)
    diagonal = d.n("diagonal", d.W)
    sum_ = term(1, [(entry(d.W, "~j", "~v"), 1), (entry(d.b, "~v"), 1)], axis("~v", "hidden"), ["~v"])
    d.lemma("row", [one(entry(product, "~j"))], [sum_], [], chain([open_(0, entry(product, "~j"), "~v")]))
    ones = d.full(1, "hidden")
    left = d.n("times", product, ones)
    steps = [
        open_(0, entry(left, "~1")),
        open_(0, entry(ones, "~1")),
        ["use", 0, entry(product, "~1"), "row", [["~j", ix("~1")]], ["~1"]],
    ]
    d.claim(
        left,
        d.dot(trace, ones, 0),
        (steps, [open_(0, entry(d.dot(trace, ones, 0), "~1")), open_(0, entry(trace), "~v"), open_(0, entry(diagonal, "~v"))]),
    )


def unused_index(d: Development) -> tuple[int, int]:
    """A lemma with a free index that its left side does not have: 0 = Σ_v [v = 1] W_jv - W_j1, for every j."""
    zero, first = d.full(0), d.n("component", d.W, [ix("~j"), 1])
    right = [
        term(1, [(entry(d.W, "~j", "~v"), 1)], ["~v = 1"], ["~v"]),
        term(-1, [(entry(d.W, "~j", "1"), 1)]),
    ]
    steps = [["substitute", 0, "~v", 1], ["narrow", 0, []], ["collect", 0, 1]]
    d.lemma("l", [one(entry(zero))], right, [], chain([open_(0, entry(zero))], steps))
    return zero, first


@forged
def a_new_name_that_a_value_has(d: Development) -> None:
    """0 = Σ_v [v = 1] W_jv - W_j1 for every j, used for j = w with the sum over w: 0 = W_11 - W_w1."""
    zero, _ = unused_index(d)
    steps = [["use", 0, entry(zero), "l", [["~j", ix("~w")]], ["~w"]], ["substitute", 0, "~w", 1], ["narrow", 0, []]]
    right = [term(1, [(entry(d.W, "1", "1"), 1)]), term(-1, [(entry(d.W, "~w", "1"), 1)])]
    d.lemma("m", [one(entry(zero))], right, [], chain(steps))
    d.claim(d.b, d.b)


@forged
def a_new_name_that_has_a_value(d: Development) -> None:
    """(W b)_i = Σ_v W_iv b_v, with the sum over w and w = 1: W_i1 b_1."""
    product = row_lemma(d)
    right = term(1, [(entry(d.W, "~i", "1"), 1), (entry(d.b, "1"), 1)])
    steps = [["use", 0, entry(product, "~i"), "row", [["~w", 1]], ["~w"]], ["narrow", 0, []]]
    d.lemma("m", [one(entry(product, "~i"))], [right], [], chain(steps))
    d.claim(d.b, d.b)


@forged
def a_new_name_that_the_lemma_has(d: Development) -> None:
    """The lemma's own j as the name of its sum: 0 = W_11 - W_j1."""
    zero, _ = unused_index(d)
    steps = [["use", 0, entry(zero), "l", [], ["~j"]], ["substitute", 0, "~j", 1], ["narrow", 0, []]]
    right = [term(1, [(entry(d.W, "1", "1"), 1)]), term(-1, [(entry(d.W, "~j", "1"), 1)])]
    d.lemma("m", [one(entry(zero))], right, [], chain(steps))
    d.claim(d.b, d.b)


@forged
def a_sum_bound_in_a_condition(d: Development) -> None:
    """b_1 = Σ_k b_k where k = 1: the name of the sum is that of the condition."""
    first, ones = d.n("component", d.b, [1]), d.full(1, "hidden")
    right = term(1, [(entry(d.b, "~k"), 1)], axis("~k", "hidden"), ["~k"])
    d.lemma(
        "l",
        [one(entry(first))],
        [right],
        ["~k = 1"],
        chain([open_(0, entry(first))], [["substitute", 0, "~k", 1], ["narrow", 0, []]]),
    )
    total = d.dot(d.b, ones)
    d.claim(
        first,
        total,
        ([["use", 0, entry(first), "l", [], ["~v"]]], [open_(0, entry(total), "~v"), open_(0, entry(ones, "~v"))]),
        indices=[["k", "hidden"]],
        within=[["=", ix("k"), 1]],
    )


# --------------------------------------------------------------------------------------------------------------- arguments


def same_argument(
    d: Development, left: int, right: int, at: Sequence[str], steps: tuple[Steps, Steps], given: Sequence[str] = ()
) -> None:
    d.lemma("same", [one(entry(left, *at))], [one(entry(right, *at))], given, chain(*steps))


def function_of(d: Development, kind: str, node: int) -> int:
    return d.n("softmax", node) if kind == "softmax" else d.tanh(node)


def equal_vectors(d: Development, kind: str, *, values: Json, at: str = "~1", given: Sequence[str] = ()) -> None:
    """f(b + 0) = f(b), by a lemma on the argument."""
    zero = d.full(0, "hidden")
    again = d.n("plus", [d.b, zero])
    steps = [open_(0, entry(again, "~i")), open_(1, entry(zero, "~i"))]
    same_argument(d, again, d.b, ["~i"], (steps, ()), given)
    d.claim(
        function_of(d, kind, again),
        function_of(d, kind, d.b),
        ([["argument", 0, entry(function_of(d, kind, again), at), "same", values]], ()),
    )


@accepted
def a_function_of_equal_vectors(d: Development) -> None:
    equal_vectors(d, "tanh", values=[["~i", ix("~1")]])


@accepted
def a_softmax_of_equal_vectors(d: Development) -> None:
    equal_vectors(d, "softmax", values=[])


@accepted
def a_softmax_of_vectors_that_are_equal_within_their_axis(d: Development) -> None:
    equal_vectors(d, "softmax", values=[], given=axis("~i", "hidden"))


@forged
def a_softmax_of_vectors_that_are_equal_in_one_component(d: Development) -> None:
    equal_vectors(d, "softmax", values=[["~i", ix("~1")]])


@forged
def a_softmax_of_vectors_that_are_equal_where_something_holds(d: Development) -> None:
    """The lemma holds for i = 1 only, and the claim says that i is 1."""
    zero = d.full(0, "hidden")
    again = d.n("plus", [d.b, zero])
    steps = [open_(0, entry(again, "~i")), open_(1, entry(zero, "~i"))]
    same_argument(d, again, d.b, ["~i"], (steps, ()), ["~i = 1"])
    left, right = d.n("softmax", again), d.n("softmax", d.b)
    d.claim(
        left, right, ([["argument", 0, entry(left, "~1"), "same", []]], ()), indices=[["i", "hidden"]], within=[["=", ix("i"), 1]]
    )


@forged
def a_softmax_of_a_row_and_of_the_diagonal(d: Development) -> None:
    """Row i of W and its diagonal agree at component i."""
    row, diagonal = d.n("component", d.W, [ix("~i")]), d.n("diagonal", d.W)
    same_argument(d, row, diagonal, ["~i"], ([open_(0, entry(row, "~i"))], [open_(0, entry(diagonal, "~i"))]))
    left = d.n("softmax", d.n("component", d.W, [ix("i")]))
    d.claim(
        left,
        d.n("softmax", diagonal),
        ([["argument", 0, entry(d.n("softmax", row), "~1"), "same", []]], ()),
        indices=[["i", "hidden"]],
    )


@forged
def a_softmax_of_the_diagonal_and_of_a_row(d: Development) -> None:
    row, diagonal = d.n("component", d.W, [ix("~i")]), d.n("diagonal", d.W)
    same_argument(d, diagonal, row, ["~i"], ([open_(0, entry(diagonal, "~i"))], [open_(0, entry(row, "~i"))]))
    right = d.n("softmax", d.n("component", d.W, [ix("i")]))
    d.claim(
        d.n("softmax", diagonal),
        right,
        ([["argument", 0, entry(d.n("softmax", diagonal), "~1"), "same", []]], ()),
        indices=[["i", "hidden"]],
    )


@forged
def a_softmax_of_vectors_that_are_equal_at_one(d: Development) -> None:
    """The lemma is about component 1, a number."""
    row, diagonal = d.n("component", d.W, [1]), d.n("diagonal", d.W)
    same_argument(d, row, diagonal, ["1"], ([open_(0, entry(row, "1"))], [open_(0, entry(diagonal, "1"))]))
    d.claim(d.n("softmax", row), d.n("softmax", diagonal), ([["argument", 0, entry(d.n("softmax", row), "~1"), "same", []]], ()))


@forged
def a_softmax_of_vectors_that_are_equal_from_two_on(d: Development) -> None:
    """The lemma is about component i + 1."""
    zero = d.full(0, "hidden")
    again = d.n("plus", [d.b, zero])
    steps = [open_(0, entry(again, "~i + 1")), open_(1, entry(zero, "~i + 1"))]
    same_argument(d, again, d.b, ["~i + 1"], (steps, ()))
    left, right = d.n("softmax", again), d.n("softmax", d.b)
    d.claim(left, right, ([["argument", 0, entry(left, "~1"), "same", []]], ()))


@forged
def a_softmax_over_two_axes(d: Development) -> None:
    """softmax(1_H)_j = softmax(1_K)_j, which is 1/H = 1/K."""
    ones, others = d.full(1, "hidden"), d.full(1, "classes")
    same_argument(d, ones, others, ["~i"], ([open_(0, entry(ones, "~i"))], [open_(0, entry(others, "~i"))]))
    left, right = (d.n("component", d.n("softmax", node), [1]) for node in (ones, others))
    steps = [open_(0, entry(left)), ["argument", 0, entry(d.n("softmax", ones), "1"), "same", []]]
    d.claim(left, right, (steps, [open_(0, entry(right))]))


@forged
def a_function_over_two_axes(d: Development) -> None:
    ones, others = d.full(1, "hidden"), d.full(1, "classes")
    same_argument(d, ones, others, ["~i"], ([open_(0, entry(ones, "~i"))], [open_(0, entry(others, "~i"))]))
    left, right = (d.n("component", d.tanh(node), [1]) for node in (ones, others))
    steps = [open_(0, entry(left)), ["argument", 0, entry(d.tanh(ones), "1"), "same", [["~i", 1]]]]
    d.claim(left, right, (steps, [open_(0, entry(right))]))


@forged
def a_softmax_outside_its_axis(d: Development) -> None:
    zero = d.full(0, "hidden")
    again = d.n("plus", [d.b, zero])
    steps = [open_(0, entry(again, "~i")), open_(1, entry(zero, "~i"))]
    same_argument(d, again, d.b, ["~i"], (steps, ()), axis("~i", "hidden"))
    left, right = d.n("softmax", again), d.n("softmax", d.b)
    d.lemma("l", [one(entry(left, "~j"))], [one(entry(right, "~j"))], [], chain([["argument", 0, entry(left, "~j"), "same", []]]))
    d.claim(d.b, d.b)


@forged
def a_function_of_another_component(d: Development) -> None:
    """b_i = b_i, about an argument at other components."""
    turned = d.n("permute", d.W, [1, 0])
    d.lemma(
        "same", [one(entry(turned, "~i", "~j"))], [one(entry(d.W, "~j", "~i"))], [], chain([open_(0, entry(turned, "~i", "~j"))])
    )
    left, right = d.tanh(turned), d.tanh(d.W)
    d.claim(left, right, ([["argument", 0, entry(left, "~1", "~2"), "same", [["~i", ix("~1")], ["~j", ix("~2")]]]], ()))


@forged
def a_lemma_about_another_argument(d: Development) -> None:
    zero = d.full(0, "hidden")
    again = d.n("plus", [d.b, zero])
    same_argument(d, again, d.b, ["~i"], ([open_(0, entry(again, "~i")), open_(1, entry(zero, "~i"))], ()))
    left, right = d.tanh(d.d), d.tanh(d.b)
    d.claim(left, right, ([["argument", 0, entry(left, "~1"), "same", [["~i", ix("~1")]]]], ()))


@forged
def an_argument_that_is_a_multiple(d: Development) -> None:
    """2 b on the right of a lemma is no single entry."""
    again = d.n("plus", [d.b, d.b])
    d.lemma(
        "same",
        [one(entry(again, "~i"))],
        [term(2, [(entry(d.b, "~i"), 1)])],
        [],
        chain([open_(0, entry(again, "~i")), ["collect", 0, 1]]),
    )
    left, right = d.tanh(again), d.tanh(d.b)
    d.claim(left, right, ([["argument", 0, entry(left, "~1"), "same", [["~i", ix("~1")]]]], ()))


@forged
def an_argument_of_no_function(d: Development) -> None:
    d.claim(d.b, d.b, ([["argument", 0, entry(d.b, "~1"), "same", []]], ()))


@forged
def a_softmax_by_a_lemma_on_numbers(d: Development) -> None:
    p = d.n("softmax", d.b)
    d.lemma("same", [one(entry(d.a))], [one(entry(d.a))], [], chain())
    d.claim(p, p, ([["argument", 0, entry(p, "~1"), "same", []]], ()))


@forged
def a_softmax_by_no_lemma(d: Development) -> None:
    p = d.n("softmax", d.b)
    d.claim(p, p, ([["argument", 0, entry(p, "~1"), "same", []]], ()))


# ------------------------------------------------------------------------------------------------------------------- terms


@accepted
def a_sum_is_split(d: Development) -> None:
    """Σ from 0 to T is Σ from 0 to t and Σ from t + 1 to T."""
    whole, low, high = (d.n("sum", "k", ix(a), ix(b), [], d.at("x", "k")) for a, b in (("0", "T"), ("0", "t"), ("t + 1", "T")))
    right = d.n("plus", [low, high])
    moved = [d.n("sum", "k", ix(a), ix(b), [], d.at("x", "k")) for a, b in (("0", "~t"), ("~t + 1", "T"))]
    plus = d.n("plus", moved)
    steps = [
        open_(0, entry(whole, "~1"), "~v"),
        ["split", 0, ix("~t - ~v")],
        ["narrow", 0, at_least("~v >= 0", "~t >= ~v")],
        ["narrow", 1, at_least("~v >= ~t + 1", "T >= ~v")],
    ]
    other = [open_(0, entry(plus, "~1")), open_(0, entry(moved[0], "~1"), "~v"), open_(1, entry(moved[1], "~1"), "~v")]
    d.claim(whole, right, (steps, other), indices=[["t", None]])


def narrowed(d: Development, conditions: Sequence[str]) -> None:
    """Σ_k x_k from 0 to t, with other bounds."""
    whole = d.n("sum", "k", 0, ix("t"), [], d.at("x", "k"))
    moved = d.n("sum", "k", 0, ix("~t"), [], d.at("x", "k"))
    steps = [open_(0, entry(moved, "~1"), "~v"), ["narrow", 0, at_least(*conditions)]]
    d.claim(whole, whole, (steps, steps), indices=[["t", None]])


@accepted
def bounds_are_written_otherwise(d: Development) -> None:
    narrowed(d, ["~v >= 0", "~t >= ~v", "T >= ~v"])


@forged
def a_bound_is_narrower(d: Development) -> None:
    narrowed(d, ["~v >= 0", "~t >= ~v + 1"])


@forged
def a_bound_is_wider(d: Development) -> None:
    narrowed(d, ["~v >= 0", "T >= ~v"])


@accepted
def an_empty_sum(d: Development) -> None:
    left, zero = d.n("sum", "k", 1, 0, [], d.at("x", "k")), d.full(0, "hidden")
    d.claim(left, zero, ([open_(0, entry(left, "~1"), "~v"), ["vacuous", 0]], [open_(0, entry(zero, "~1"))]))


@accepted
def an_empty_sum_between_integers(d: Development) -> None:
    """No integer k has 2k = 1."""
    left, zero = d.n("truth", ["=", [0, ["t", 2]], 1]), d.full(0)
    moved = d.n("truth", ["=", [0, ["~t", 2]], 1])
    d.claim(left, zero, ([open_(0, entry(moved)), ["vacuous", 0]], [open_(0, entry(zero))]), indices=[["t", None]])


@forged
def a_sum_that_is_not_empty(d: Development) -> None:
    left, zero = d.n("sum", "k", 0, 0, [], d.at("x", "k")), d.full(0, "hidden")
    d.claim(left, zero, ([open_(0, entry(left, "~1"), "~v"), ["vacuous", 0]], [open_(0, entry(zero, "~1"))]))


@forged
def a_variable_for_something_else(d: Development) -> None:
    """Σ x_k from 0 to T as x_0."""
    left = d.n("sum", "k", 0, ix("T"), [], d.at("x", "k"))
    steps = [open_(0, entry(left, "~1"), "~v"), ["substitute", 0, "~v", 0], ["narrow", 0, []]]
    d.claim(left, d.at("x", "0"), (steps, ()))


@forged
def a_variable_for_itself(d: Development) -> None:
    """v = v, and the sum would be gone."""
    left = d.dot(d.b, d.b)
    d.claim(left, left, ([open_(0, entry(left), "~v"), ["substitute", 0, "~v", ix("~v")]],) * 2)


def counted(d: Development, *steps: Json) -> tuple[Json, Json]:
    """Σ_k x_k from 0 to T, as what is opened and then turned."""
    whole = d.n("sum", "k", 0, ix("T"), [], d.at("x", "k"))
    return whole, [open_(0, entry(whole, "~1"), "~v"), *steps]


@accepted
def a_sum_from_its_other_end(d: Development) -> None:
    """Σ_k x_k from 0 to T is Σ_k x_{T-k}."""
    whole, steps = counted(d, ["turn", 0, "~v", ix("T")])
    turned = d.n("sum", "k", 0, ix("T"), [], d.at("x", "T - k"))
    d.claim(whole, turned, (steps, [open_(0, entry(turned, "~1"), "~v")]))


@forged
def a_sum_from_an_end_that_it_is_part_of(d: Development) -> None:
    """Σ_k x_k is not Σ_k x_0: k - k counts nothing."""
    whole, steps = counted(d, ["turn", 0, "~v", ix("~v")])
    same = d.n("sum", "k", 0, ix("T"), [["=", ix("k"), ix("k")]], d.at("x", "0"))
    d.claim(whole, same, (steps, [open_(0, entry(same, "~1"), "~v"), ["turn", 0, "~v", ix("~v")]]))


@forged
def an_index_from_its_other_end(d: Development) -> None:
    """x_t is not x_{T-t}: t is not summed over."""
    d.claim(d.at("x", "t"), d.at("x", "T - t"), ([["turn", 0, "~t", ix("T")]], ()), indices=[["t", None]])


@forged
def a_binder_captures_the_last_step(d: Development) -> None:
    """Σ_T x_{T+i} = Σ_k x_{k+i} for a sum over T, with T for i: Σ x_{2k} is not Σ x_{k+T}."""
    inner, other = (d.n("sum", name, 0, 3, [], d.at("x", f"{name} + ~i")) for name in ("T", "k"))
    opened = chain([open_(0, entry(inner, "~j"), "~v")], [open_(0, entry(other, "~j"), "~v")])
    d.lemma("l", [one(entry(inner, "~j"))], [one(entry(other, "~j"))], [], opened)
    captured = d.n("sum", "T", 0, 3, [], d.at("x", "T + T"))
    twice = term(1, [(entry(d.at("x", "~w + ~w"), "~j"), 1)], ["~w >= 0", "3 >= ~w"], ["~w"])
    d.lemma("c", [one(entry(captured, "~j"))], [twice], [], chain([open_(0, entry(captured, "~j"), "~w")]))
    left, right = d.n("sum", "k", 0, 3, [], d.at("x", "k + k")), d.n("sum", "k", 0, 3, [], d.at("x", "k + T"))
    here = entry(captured, "~1")
    steps = [
        open_(0, entry(left, "~1"), "~v"),
        ["back", one(here), ["use", 0, here, "c", [["~j", ix("~1")]], ["~v"]]],
        ["use", 0, here, "l", [["~i", ix("T")], ["~j", ix("~1")]], []],
    ]
    d.claim(left, right, (steps, ()))


@forged
def a_sum_up_to_its_own_variable(d: Development) -> None:
    """Σ_m x_m up to m itself: a number for m is put in for both, and 4 x_3 = x_0 + x_1 + x_2 + x_3."""
    own = d.n("sum", "~m", 0, ix("~m"), [], d.at("x", "~m"))
    parts = term(1, [(entry(d.at("x", "~w"), "~j"), 1)], ["~w >= 0", "~m >= ~w"], ["~w"])
    d.lemma("own", [one(entry(own, "~j"))], [parts], [], chain([open_(0, entry(own, "~j"), "~w")]))
    third = d.n("sum", "~m", 0, 3, [], d.at("x", "3"))
    left, right = d.n("sum", "k", 0, 3, [], d.at("x", "k")), d.n("sum", "k", 0, 3, [], d.at("x", "3"))
    here = entry(third, "~1")
    steps = [
        open_(0, entry(left, "~1"), "~v"),
        ["back", one(here), ["use", 0, here, "own", [["~j", ix("~1")], ["~m", 3]], ["~v"]]],
        open_(0, here, "~u"),
    ]
    d.claim(left, right, (steps, [open_(0, entry(right, "~1"), "~u")]))


@forged
def a_product_up_to_its_own_variable(d: Development) -> None:
    """Π_m m up to m itself is 1 times the rest; with 3 for m also in the factor, 27 = 9."""
    number = d.n("index", 3)

    def of(name: str, low: int, high: Json, body: int) -> int:
        return d.n("product", name, low, high, True, body)

    def valued(name: str, low: int) -> list[Json]:
        """The steps to the value of a product of threes."""
        factors = [
            ["product", 0, entry(of(name, low, high, number)), "last" if high >= low else "empty", []]
            for high in range(3, low - 2, -1)
        ]
        return [*factors, *[open_(0, entry(number))] * (4 - low)]

    own, rest = (of("~m", low, ix("~m"), d.n("index", ix("~m"))) for low in (1, 2))
    first = term(1, [(entry(d.n("index", 1)), 1), (entry(rest), 1)])
    d.lemma("own", [one(entry(own))], [first], ["~m >= 1"], chain([["product", 0, entry(own), "first", []]]))
    whole = entry(of("~m", 1, 3, number))
    d.lemma("value", [one(whole)], [term(27)], [], chain(valued("~m", 1)))
    steps = [
        *valued("k", 1),
        ["back", one(whole), ["use", 0, whole, "value", [], []]],
        ["use", 0, whole, "own", [["~m", 3]], []],
        open_(0, entry(d.n("index", 1))),
        *valued("~m", 2),
    ]
    d.claim(of("k", 1, 3, number), of("k", 2, 3, number), (steps, valued("k", 2)))


@accepted
def a_sum_with_another_name(d: Development) -> None:
    left = d.dot(d.b, d.b)
    d.claim(left, left, ([open_(0, entry(left), "~v"), ["rename", 0, [["~v", "~w"]]]], [open_(0, entry(left), "~w")]))


def renamed(d: Development, names: Json, indices: Json = ()) -> None:
    """Σ_vw W_vw² with other names."""
    left = d.dot(d.W, d.W, 2)
    steps = [open_(0, entry(left), "~v", "~w"), ["rename", 0, names]]
    d.claim(left, left, (steps, steps), indices=list(indices))


@accepted
def names_are_exchanged(d: Development) -> None:
    renamed(d, [["~v", "~w"], ["~w", "~v"]])


@forged
def two_names_become_one(d: Development) -> None:
    renamed(d, [["~v", "~u"], ["~w", "~u"]])


@forged
def a_name_becomes_another_that_is_in_use(d: Development) -> None:
    renamed(d, [["~v", "~w"]])


@forged
def a_name_that_is_not_bound(d: Development) -> None:
    renamed(d, [["~z", "~u"]])


@forged
def a_name_becomes_no_variable(d: Development) -> None:
    renamed(d, [["~v", "v"]])


@forged
def a_name_becomes_one_of_the_facts(d: Development) -> None:
    renamed(d, [["~v", "~k"]], [["k", "hidden"]])


def collected(d: Development, at: int, other: int, parts: Sequence[int]) -> None:
    left = d.n("plus", list(parts))
    steps = [open_(0, entry(left, "~1")), ["collect", at, other]]
    d.claim(left, left, (steps, steps))


@forged
def unlike_terms_are_collected(d: Development) -> None:
    collected(d, 0, 1, [d.b, d.d])


@forged
def a_term_is_collected_with_itself(d: Development) -> None:
    collected(d, 0, 0, [d.b, d.d])


@forged
def a_term_before_is_collected(d: Development) -> None:
    collected(d, 1, 0, [d.b, d.b])


@forged
def a_term_that_is_none_is_collected(d: Development) -> None:
    collected(d, 0, 2, [d.b, d.b])


@accepted
def terms_that_cancel(d: Development) -> None:
    negative, minus_one, zero = d.scaled(-1, d.b), d.n("number", -1), d.full(0, "hidden")
    left = d.n("plus", [d.b, negative])
    steps = [open_(0, entry(left, "~1")), open_(1, entry(negative, "~1")), open_(1, entry(minus_one)), ["collect", 0, 1]]
    d.claim(left, zero, (steps, [open_(0, entry(zero, "~1"))]))


@forged
def other_ends(d: Development) -> None:
    d.claim(d.b, d.d)


@forged
def a_coefficient_is_lost(d: Development) -> None:
    two, left = d.n("number", 2), d.scaled(2, d.b)
    d.claim(left, d.b, ([open_(0, entry(left, "~1")), open_(0, entry(two))], ()))


@forged
def a_sum_without_end(d: Development) -> None:
    """Σ 1 over all j ≥ 0 and k = j + 1."""
    endless = term(1, [], ["~k = ~j + 1", "~k >= 0"], ["~j", "~k"])
    d.lemma("l", [endless], [endless], [], chain())
    d.claim(d.b, d.b)


@forged
def a_sum_without_a_lower_end(d: Development) -> None:
    endless = term(1, [], ["0 >= ~j"], ["~j"])
    d.lemma("l", [endless], [endless], [], chain())
    d.claim(d.b, d.b)


@forged
def a_bound_name_that_is_no_variable(d: Development) -> None:
    """Σ over the horizon."""
    odd = term(1, [], ["T >= 0", "3 >= T"], ["T"])
    d.lemma("l", [odd], [odd], [], chain())
    d.claim(d.b, d.b)


@forged
def backwards_to_a_sum_without_end(d: Development) -> None:
    """e_v = 0 outside of a range is no bracket: f_v = 1 - 1 has no end in either part."""
    f = d.n("truth", ["=", ix("~v"), 1])
    d.lemma("l", [one(entry(f))], [term(1, [], ["~v = 1"])], [], chain([open_(0, entry(f))]))
    unit = d.full(1)
    bracket = d.n("sum", "k", 1, 1, [], unit)
    steps = [
        open_(0, entry(bracket), "~v"),
        open_(0, entry(unit)),
        ["back", term(1, [(entry(f), 1)], [], ["~v"]), ["use", 0, entry(f), "l", [], []]],
    ]
    d.claim(bracket, bracket, (steps, steps))


# --------------------------------------------------------------------------------------------------------------- induction


def powers(d: Development, high: str) -> int:
    """1^high as a product of ones."""
    return d.n("product", "m", 1, ix(high), True, d.full(1))


def induct(
    d: Development,
    *,
    variable: str = "~s",
    start: str = "0",
    direction: int = 1,
    base: Json = None,
    step: Json = None,
    given: Sequence[str] = ("~s >= 0",),
    right: Json = None,
) -> None:
    """A product of ones is one, for every number of factors."""
    node, before = powers(d, "~s"), powers(d, "~s - 1")
    unit = d.full(1)
    proven = chain([["product", 0, entry(node), "empty", []]])
    use = ["use", 0, entry(before), "earlier", [["~s", ix("~s - 1")]], []]
    further = chain([["product", 0, entry(node), "last", []], open_(0, entry(unit)), use])
    proof = induction(variable, start, direction, proven if base is None else base, further if step is None else step)
    d.lemma("l", [one(entry(node))], [term(1)] if right is None else right, given, proof)
    left = powers(d, "T")
    d.claim(left, unit, ([["use", 0, entry(left), "l", [["~s", ix("T")]], []]], [open_(0, entry(unit))]))


@accepted
def an_induction(d: Development) -> None:
    induct(d)


@accepted
def an_induction_downwards(d: Development) -> None:
    """Π from s to T."""
    unit = d.full(1)
    node, after = (d.n("product", "m", ix(low), ix("T"), True, unit) for low in ("~s", "~s + 1"))
    use = ["use", 0, entry(after), "earlier", [["~s", ix("~s + 1")]], []]
    base = chain([["product", 0, entry(node), "empty", []]])
    step = chain([["product", 0, entry(node), "first", []], open_(0, entry(unit)), use])
    d.lemma("l", [one(entry(node))], [term(1)], ["T + 1 >= ~s"], induction("~s", "T + 1", -1, base, step))
    whole = d.n("product", "m", 0, ix("T"), True, unit)
    d.claim(whole, unit, ([["use", 0, entry(whole), "l", [["~s", 0]], []]], [open_(0, entry(unit))]))


@forged
def an_induction_without_its_start(d: Development) -> None:
    induct(d, base=chain())


@forged
def an_induction_without_its_step(d: Development) -> None:
    induct(d, step=chain())


@forged
def an_induction_the_other_way(d: Development) -> None:
    induct(d, direction=-1)


@forged
def an_induction_that_starts_too_late(d: Development) -> None:
    """From 1 on, while the lemma speaks of 0 as well: with another value for it, 0 = 1 would come out there."""
    unit, node = d.full(1), d.n("truth", [">=", ix("~s"), 1])
    base = chain([open_(0, entry(node)), ["narrow", 0, []]])
    d.lemma("l", [one(entry(node))], [term(1)], ["~s >= 0"], induction("~s", "1", 1, base, base))
    never = d.n("truth", [">=", 0, 1])
    d.claim(never, unit, ([["use", 0, entry(never), "l", [["~s", 0]], []]], [open_(0, entry(unit))]))


@forged
def an_induction_at_the_same_value(d: Development) -> None:
    """The hypothesis is what is to be shown: anything follows."""
    node = powers(d, "~s")
    use = ["use", 0, entry(node), "earlier", [["~s", ix("~s")]], []]
    induct(d, step=chain([use]))


@forged
def an_induction_at_the_value_itself(d: Development) -> None:
    """The same, with no value said."""
    node = powers(d, "~s")
    induct(d, step=chain([["use", 0, entry(node), "earlier", [], []]]))


@forged
def an_induction_two_values_earlier(d: Development) -> None:
    """There may be none."""
    node, before, last = powers(d, "~s"), powers(d, "~s - 1"), powers(d, "~s - 2")
    unit = d.full(1)
    use = ["use", 0, entry(last), "earlier", [["~s", ix("~s - 2")]], []]
    steps = [
        ["product", 0, entry(node), "last", []],
        open_(0, entry(unit)),
        ["product", 0, entry(before), "last", []],
        open_(0, entry(unit)),
        use,
    ]
    induct(d, step=chain(steps), given=["~s >= 0"])


@forged
def an_induction_with_another_start(d: Development) -> None:
    """[s ≥ u] = 1 for s ≥ u: with s one less, u may not be one less as well; then nothing would be shown."""
    node, moved = (d.n("truth", ["=", ix(s), ix(u)]) for s, u in (("~s", "~u"), ("~s - 1", "~u - 1")))
    base = chain([open_(0, entry(node)), ["narrow", 0, []]])
    use = ["use", 0, entry(moved), "earlier", [["~s", ix("~s - 1")], ["~u", ix("~u - 1")]], []]
    back = ["back", one(entry(moved)), ["use", 0, entry(moved), "t", [["~s", ix("~s - 1")], ["~u", ix("~u - 1")]], []]]
    d.lemma("t", [one(entry(node))], [term(1, [], ["~s = ~u"])], [], chain([open_(0, entry(node))]))
    step = chain([open_(0, entry(node)), back, use])
    d.lemma("l", [one(entry(node))], [term(1)], ["~s >= ~u"], induction("~s", "~u", 1, base, step))
    d.claim(d.b, d.b)


@forged
def an_induction_on_the_horizon(d: Development) -> None:
    """The horizon is no variable: [T = 0] = 1 for T = 0, and then on from there."""
    node, unit = powers(d, "T"), d.full(1)
    base = chain([["product", 0, entry(node), "empty", []]])
    step = chain([["use", 0, entry(node), "earlier", [], []]])
    d.lemma("l", [one(entry(node))], [term(1)], [], induction("T", "0", 1, base, step))
    d.claim(node, unit)


@forged
def an_induction_on_the_horizon_alone(d: Development) -> None:
    """The same where both chains are sound."""
    node = d.n("truth", [">=", ix("T"), 0])
    steps = chain([open_(0, entry(node)), ["narrow", 0, []]])
    d.lemma("l", [one(entry(node))], [term(1)], [], induction("T", "0", 1, steps, steps))
    d.claim(d.b, d.b)


@forged
def an_induction_that_starts_at_itself(d: Development) -> None:
    """From s = s + 1 downwards there is no start, and every step has its hypothesis: [0 = 1] = 1."""
    node = d.n("truth", ["=", 0, 1])
    base = chain([["vacuous", 0]], [["vacuous", 0]])
    step = chain([["use", 0, entry(node), "earlier", [["~s", ix("~s + 1")]], []]])
    d.lemma("l", [one(entry(node))], [term(1)], [], induction("~s", "~s + 1", -1, base, step))
    d.claim(node, d.full(1), ([["use", 0, entry(node), "l", [], []]], [open_(0, entry(d.full(1)))]))


@forged
def the_hypothesis_outside_of_an_induction(d: Development) -> None:
    induct(d, base=chain([["use", 0, entry(powers(d, "~s")), "earlier", [["~s", ix("~s")]], []]]))


@forged
def the_hypothesis_of_the_lemma_before(d: Development) -> None:
    """After an induction its hypothesis is gone."""
    induct(d)
    before = powers(d, "~s - 1")
    steps = [["use", 0, entry(before), "earlier", [["~s", ix("~s - 1")]], []]]
    d.lemma("m", [one(entry(before))], [term(1)], [], chain(steps))


@forged
def the_hypothesis_in_a_claim(d: Development) -> None:
    """p(k - 1) = 1 where k may be 0."""
    induct(d)
    moved, unit = powers(d, "~s - 1"), d.full(1)
    d.claim(
        powers(d, "s - 1"),
        unit,
        ([["use", 0, entry(moved), "earlier", [["~s", ix("~s - 1")]], []]], [open_(0, entry(unit))]),
        indices=[["s", None]],
    )


def two_at_once(d: Development, *, base: Json = None, second: Json = None, other: str = "earlier q", name: str = "q") -> None:
    """Two products of ones, each of which is one as the other one was a factor earlier."""
    unit, half = d.full(1), d.n("plus", [d.full(1)])
    nodes = {k: d.n("product", "m", 1, ix("~s"), True, body) for k, body in (("p", unit), ("q", half))}
    before = {k: d.n("product", "m", 1, ix("~s - 1"), True, body) for k, body in (("p", unit), ("q", half))}

    def proof(k: str, body: Steps, lemma: str) -> Json:
        node, same = nodes[k], before[k]
        swap = [["use", 0, entry(same), lemma, [["~s", ix("~s - 1")]], []]]
        step = chain([["product", 0, entry(node), "last", []], *body, *swap])
        return induction("~s", "0", 1, chain([["product", 0, entry(node), "empty", []]]), step)

    ones = [open_(0, entry(unit))]
    halves = [open_(0, entry(half)), open_(0, entry(unit))]
    first = proof("p", ones, "earlier")
    if base is not None:
        first["base"] = base
    one_ = {"name": "p", "left": [one(entry(nodes["p"]))], "right": [term(1)], "given": at_least("~s >= 0"), "proof": first}
    two = {"name": name, "left": [one(entry(nodes["q"]))], "right": [term(1)], "given": at_least("~s >= 0"),
           "proof": proof("q", halves, other) if second is None else second}  # fmt: skip
    d.lemmas.append([one_, two])
    left = d.n("product", "m", 1, ix("T"), True, half)
    d.claim(left, unit, ([["use", 0, entry(left), "q", [["~s", ix("T")]], []]], [open_(0, entry(unit))]))


@accepted
def two_lemmas_at_once(d: Development) -> None:
    two_at_once(d)


@accepted
def two_lemmas_that_need_each_other(d: Development) -> None:
    """Of u and w, u_t = w_{t-1} and w_t = u_{t-1}: both are b at every time, if both are at the first."""
    for key, other in (("u", "w"), ("w", "u")):
        d.timed(key, ("hidden",), d.at(other, "t - 1"), -1, special=[[0, d.b]])
    lemmas = []
    for key, other in (("u", "w"), ("w", "u")):
        node, before = d.at(key, "~s"), d.at(other, "~s - 1")
        use = ["use", 0, entry(before, "~i"), f"earlier {other}", [["~s", ix("~s - 1")]], []]
        base = chain([["unfold", 0, entry(node, "~i")]])
        proof = induction("~s", "0", 1, base, chain([["unfold", 0, entry(node, "~i")], use]))
        lemmas.append(
            {
                "name": key,
                "left": [one(entry(node, "~i"))],
                "right": [one(entry(d.b, "~i"))],
                "given": at_least("~s >= 0", "T >= ~s"),
                "proof": proof,
            }
        )
    d.lemmas.append(lemmas)
    last = d.at("u", "T")
    d.claim(last, d.b, ([["use", 0, entry(last, "~1"), "u", [["~s", ix("T")], ["~i", ix("~1")]], []]], ()))


def pair_of_ones(d: Development, *proofs: Json, names: Sequence[str] = ("u", "w")) -> None:
    """Two lemmas at once, 1 = 1 for s ≥ 0, with these proofs."""
    ones = d.full(1)
    d.lemmas.append([
        {"name": name, "left": [one(entry(ones))], "right": [term(1)], "given": at_least("~s >= 0", "~r >= 0", "9 >= ~s", "9 >= ~r"), "proof": proof}
        for name, proof in zip(names, proofs, strict=True)
    ])  # fmt: skip
    d.claim(d.b, d.b)


def sound(d: Development, variable: str = "~s", start: str = "0", direction: int = 1) -> Json:
    opened = chain([open_(0, entry(d.full(1)))])
    return induction(variable, start, direction, opened, opened)


@accepted
def two_inductions_at_once(d: Development) -> None:
    pair_of_ones(d, sound(d), sound(d))


@forged
def two_inductions_on_different_variables(d: Development) -> None:
    pair_of_ones(d, sound(d), sound(d, "~r"))


@forged
def two_inductions_from_different_starts(d: Development) -> None:
    pair_of_ones(d, sound(d), sound(d, start="-1"))


@forged
def two_inductions_in_different_directions(d: Development) -> None:
    pair_of_ones(d, sound(d, start="-1"), sound(d, start="9", direction=-1))


@forged
def an_induction_and_a_chain_at_once(d: Development) -> None:
    pair_of_ones(d, sound(d), chain([open_(0, entry(d.full(1)))]))


@forged
def two_chains_at_once(d: Development) -> None:
    pair_of_ones(d, *[chain([open_(0, entry(d.full(1)))])] * 2)


@forged
def two_lemmas_of_one_name_at_once(d: Development) -> None:
    pair_of_ones(d, sound(d), sound(d), names=("u", "u"))


@forged
def a_lemma_whose_name_begins_with_earlier(d: Development) -> None:
    pair_of_ones(d, sound(d), sound(d), names=("u", "earlier w"))


@forged
def the_hypothesis_of_another_lemma_at_the_same_value(d: Development) -> None:
    """Each from the other one at the same value."""
    two_at_once(d, second=induction("~s", "0", 1, chain([["product", 0, entry(d.n("product", "m", 1, ix("~s"), True, d.n("plus", [d.full(1)]))), "empty", []]]),
                                    chain([["use", 0, entry(d.n("product", "m", 1, ix("~s"), True, d.n("plus", [d.full(1)]))), "earlier q", [], []]])))  # fmt: skip


@forged
def the_hypothesis_of_another_lemma_in_the_base(d: Development) -> None:
    node = d.n("product", "m", 1, ix("~s"), True, d.full(1))
    two_at_once(d, base=chain([["use", 0, entry(node), "earlier p", [["~s", ix("~s - 1")]], []]]))


# ---------------------------------------------------------------------------------------------------------------- networks


def network_case(d: Development) -> None:
    d.claim(d.b, d.b)


@forged
def a_quantity_that_needs_itself(d: Development) -> None:
    """u_t = u_t + 1."""
    d.timed("u", (), d.n("plus", [d.n("quantity", "u", ix("t"), []), d.full(1)]), -1)
    network_case(d)


@forged
def two_quantities_that_need_each_other(d: Development) -> None:
    u, w = (d.n("quantity", key, None, []) for key in ("u", "w"))
    d.quantity("u", (), definition=d.n("plus", [w, d.full(1)]))
    d.quantity("w", (), definition=u)
    network_case(d)


@forged
def a_recursion_without_an_end(d: Development) -> None:
    """u_t = W u_{t-1} at every time, and no initial state."""
    d.timed("u", ("hidden",), d.dot(d.W, d.at("u", "t - 1")), 0)
    network_case(d)


@forged
def a_recursion_that_says_the_other_direction(d: Development) -> None:
    d.timed("u", ("hidden",), d.dot(d.W, d.at("u", "t + 1")), -1)
    network_case(d)


@forged
def a_recursion_both_ways(d: Development) -> None:
    d.timed("u", ("hidden",), d.n("plus", [d.at("u", "t - 1"), d.at("u", "t + 1")]), -1)
    network_case(d)


@forged
def a_recursion_over_all_times(d: Development) -> None:
    d.timed("u", ("hidden",), d.n("sum", "k", 0, ix("T"), [], d.at("u", "k")), -1)
    network_case(d)


@accepted
def two_states_that_need_each_other(d: Development) -> None:
    d.timed("u", ("hidden",), d.n("times", d.at("w", "t - 1"), d.b), -1)
    d.timed("w", ("hidden",), d.n("plus", [d.at("u", "t"), d.at("w", "t - 1")]), -1)
    network_case(d)


@accepted
def a_state_by_way_of_an_output(d: Development) -> None:
    d.timed("u", ("hidden",), d.dot(d.W, d.at("w", "t - 1")), -1)
    d.timed("w", ("hidden",), d.n("plus", [d.at("u", "t")]))
    network_case(d)


@forged
def a_definition_of_other_axes(d: Development) -> None:
    d.quantity("u", ("classes",), definition=d.b)
    network_case(d)


@forged
def a_special_definition_of_other_axes(d: Development) -> None:
    d.timed("u", ("classes",), None, 0, special=[[0, d.b]])
    network_case(d)


@forged
def a_definition_with_a_free_name(d: Development) -> None:
    """u = x_s for every s."""
    d.quantity("u", ("hidden",), definition=d.at("x", "~s"))
    network_case(d)


@forged
def a_definition_with_a_time_that_is_none(d: Development) -> None:
    d.quantity("u", ("hidden",), definition=d.at("x", "t"))
    network_case(d)


@forged
def a_recurrence_without_a_time(d: Development) -> None:
    d.quantity("u", ("hidden",), definition=d.b, recurrence=-1)
    network_case(d)


@forged
def a_special_value_without_a_time(d: Development) -> None:
    d.quantity("u", ("hidden",), definition=d.b, special=[[0, d.d]])
    network_case(d)


@forged
def a_special_time_that_is_none(d: Development) -> None:
    """u_s = 0 for a size s."""
    d.timed("u", ("hidden",), None, 0, special=[[ix("|hidden|"), d.full(0, "hidden")]])
    network_case(d)


@forged
def two_quantities_with_one_symbol(d: Development) -> None:
    d.quantity("u", (), symbol="a")
    network_case(d)


@accepted
def one_symbol_with_and_without_a_time(d: Development) -> None:
    d.timed("u", (), symbol="a")
    network_case(d)


@forged
def a_quantity_called_held(d: Development) -> None:
    d.quantity("held u", ())
    network_case(d)


@forged
def a_horizon_called_t(d: Development) -> None:
    d.last = ix("t")
    d.quantities = [q for q in d.quantities if q["key"] in ("b", "W")]
    network_case(d)


@forged
def a_horizon_that_is_a_variable(d: Development) -> None:
    d.last = ix("~T")
    network_case(d)


# ------------------------------------------------------------------------------------------------------------------ claims


@accepted
def a_claim_with_conditions(d: Development) -> None:
    """[t > s] = 1 where t > s."""
    left, unit = d.n("truth", [">", ix("t"), ix("s")]), d.full(1)
    moved = d.n("truth", [">", ix("~t"), ix("~s")])
    steps = [open_(0, entry(moved)), ["narrow", 0, []]]
    d.claim(left, unit, (steps, [open_(0, entry(unit))]), indices=[["t", None], ["s", None]], within=[[">", ix("t"), ix("s")]])


def bracket(d: Development, op: str, within: Json, proofs: int) -> None:
    """[t op s] = 1 within conditions."""
    left, unit = d.n("truth", [op, ix("t"), ix("s")]), d.full(1)
    moved = d.n("truth", [op, ix("~t"), ix("~s")])
    steps = [open_(0, entry(moved)), ["vacuous", 1]] if op == "!=" else [open_(0, entry(moved)), ["narrow", 0, []]]
    proof = (steps, [open_(0, entry(unit))])
    d.claim(left, unit, *[proof] * proofs, indices=[["t", None], ["s", None]], within=within)


@accepted
def different_indices(d: Development) -> None:
    bracket(d, "!=", [["!=", ix("t"), ix("s")]], 2)


@forged
def different_indices_with_one_proof(d: Development) -> None:
    bracket(d, "!=", [["!=", ix("t"), ix("s")]], 1)


@forged
def a_proof_too_many(d: Development) -> None:
    bracket(d, ">", [[">", ix("t"), ix("s")]], 2)


@forged
def a_strict_condition_from_a_weak_one(d: Development) -> None:
    bracket(d, ">", [[">=", ix("t"), ix("s")]], 1)


@accepted
def a_weak_condition_from_a_strict_one(d: Development) -> None:
    bracket(d, "<=", [["<", ix("t"), ix("s")]], 1)


@accepted
def an_equation_from_an_equation(d: Development) -> None:
    bracket(d, "=", [["=", ix("t"), ix("s")]], 1)


@forged
def an_equation_from_a_bound(d: Development) -> None:
    bracket(d, "=", [["<=", ix("t"), ix("s")]], 1)


@forged
def no_index_is_as_wanted(d: Development) -> None:
    """Where t < s and s < t, everything holds."""
    zero, unit = d.full(0), d.full(1)
    within = [["<", ix("t"), ix("s")], ["<", ix("s"), ix("t")]]
    steps = [open_(0, entry(unit)), ["vacuous", 0]]
    d.claim(unit, zero, (steps, [open_(0, entry(zero))]), indices=[["t", None], ["s", None]], within=within)


@forged
def a_step_beyond_the_horizon(d: Development) -> None:
    """[t ≤ T - 1] = 1 for all steps."""
    left, unit = d.n("truth", ["<=", ix("t"), ix("T - 1")]), d.full(1)
    moved = d.n("truth", ["<=", ix("~t"), ix("T - 1")])
    d.claim(left, unit, ([open_(0, entry(moved)), ["narrow", 0, []]], [open_(0, entry(unit))]), indices=[["t", None]])


@accepted
def a_step_within_the_horizon(d: Development) -> None:
    left, unit = d.n("truth", ["<=", ix("t"), ix("T")]), d.full(1)
    moved = d.n("truth", ["<=", ix("~t"), ix("T")])
    d.claim(left, unit, ([open_(0, entry(moved)), ["narrow", 0, []]], [open_(0, entry(unit))]), indices=[["t", None]])


@accepted
def a_component_within_its_axis(d: Development) -> None:
    left, unit = d.n("truth", ["<=", ix("i"), ix("|hidden|")]), d.full(1)
    moved = d.n("truth", ["<=", ix("~i"), ix("|hidden|")])
    d.claim(left, unit, ([open_(0, entry(moved)), ["narrow", 0, []]], [open_(0, entry(unit))]), indices=[["i", "hidden"]])


@accepted
def a_picked_component_lies_within_its_axis(d: Development) -> None:
    """b_{i+1} = b_{i+1} [i ≤ H - 1]: where the left side has a meaning."""
    part, moved = (d.n("component", d.b, [ix(i)]) for i in ("i + 1", "~i + 1"))
    truth, here = (d.n("truth", ["<=", ix(i), ix("|hidden| - 1")]) for i in ("i", "~i"))
    right, other = d.dot(part, truth, 0), d.dot(moved, here, 0)
    d.claim(
        part,
        right,
        ([open_(0, entry(moved))], [open_(0, entry(other)), open_(0, entry(here)), open_(0, entry(moved)), ["narrow", 0, []]]),
        indices=[["i", "hidden"]],
    )


@accepted
def an_axis_of_parts(d: Development) -> None:
    """[H + 1 ≤ H + K] = 1: no axis is empty."""
    d.quantity("c", ("hidden+classes",))
    left, unit = d.n("truth", ["<=", ix("|hidden| + 1"), ix("|hidden| + |classes|")]), d.full(1)
    d.claim(left, unit, ([open_(0, entry(left)), ["narrow", 0, []]], [open_(0, entry(unit))]))


@forged
def nothing_is_shown(d: Development) -> None:
    """An empty sum on both sides."""
    empty = d.n("sum", "k", 1, 0, [], d.at("x", "k"))
    twice = d.n("plus", [empty, empty])
    steps = [open_(0, entry(empty, "~1"), "~v"), ["vacuous", 0]]
    other = [open_(0, entry(twice, "~1")), open_(0, entry(empty, "~1"), "~v"), ["vacuous", 0], *steps]
    d.claim(empty, twice, (steps, other))


@forged
def nothing_is_shown_of_empty_sums(d: Development) -> None:
    """The same, with the empty sums left as they stand."""
    empty = d.n("sum", "k", 1, 0, [], d.at("x", "k"))
    steps = [open_(0, entry(empty, "~1"), "~v")]
    d.claim(empty, empty, (steps, steps))


@forged
def a_file_without_a_claim(d: Development) -> None:
    ones_lemma(d)


@forged
def an_index_that_is_a_number(d: Development) -> None:
    """An index called 1 would be the first component: W = diagonal, for a picked one."""
    d.claim(d.W, d.W, indices=[["1", "hidden"]])


@forged
def an_index_that_is_the_horizon(d: Development) -> None:
    d.claim(d.b, d.b, indices=[["T", None]])


@forged
def an_index_that_stands_twice(d: Development) -> None:
    d.claim(d.b, d.b, indices=[["i", "hidden"], ["i", "classes"]])


@forged
def a_condition_on_no_index(d: Development) -> None:
    d.claim(d.b, d.b, within=[["<=", ix("~1"), 1]])


@forged
def a_binder_captures_an_index(d: Development) -> None:
    """Σ_m x_{m+i} = Σ_k x_{k+i}, with m for i: Σ_m x_{2m} on the left, Σ_k x_{k+m} on the right."""
    inner, other = (d.n("sum", name, 0, ix("T"), [], d.at("x", f"{name} + ~i")) for name in ("~m", "k"))
    d.lemma(
        "l",
        [one(entry(inner, "~j"))],
        [one(entry(other, "~j"))],
        [],
        chain([open_(0, entry(inner, "~j"), "~v")], [open_(0, entry(other, "~j"), "~v")]),
    )
    twice = d.n("sum", "~m", 0, ix("T"), [], d.at("x", "~m + ~m"))
    right = d.n("sum", "k", 0, ix("T"), [], d.at("x", "k + m"))
    d.claim(
        twice, right, ([["use", 0, entry(twice, "~1"), "l", [["~i", ix("~m")], ["~j", ix("~1")]], []]], ()), indices=[["m", None]]
    )


# ---------------------------------------------------------------------------------------------------------------- declined


def powers_after(number: int, count: int) -> list[Json]:
    """Powers of powers of the expression `number`, each of the one before."""
    return [["power", number + n, 1] for n in range(count)]


@accepted
def an_expression_that_is_150_deep(d: Development) -> None:
    d.nodes += [["power", d.b, 1], *powers_after(len(d.nodes), 148)]
    d.claim(len(d.nodes) - 1, len(d.nodes) - 1)


@accepted
def eight_axes(d: Development) -> None:
    half = d.full(1, *["hidden"] * 4)
    whole = d.dot(half, half, 0)
    d.claim(whole, whole)
    plain = d.full(1, *["hidden"] * 8)
    d.claim(plain, plain)


@accepted
def a_large_number(d: Development) -> None:
    number = d.n("number", 10**9)
    d.claim(number, number)


@accepted
def six_pairs_of_indices_that_differ(d: Development) -> None:
    """In 64 ways."""
    names = [f"{letter}{n}" for n in range(6) for letter in "rs"]
    within = [["!=", ix(f"r{n}"), ix(f"s{n}")] for n in range(6)]
    d.claim(d.b, d.b, *[((), ())] * 64, indices=[[name, None] for name in names], within=within)


def many_terms(development: Json, count: int) -> None:
    """b + b + … is itself, by way of a sum of so many terms."""
    nodes = development["nodes"]
    nodes.append(["plus", [2] * count])
    steps = [open_(0, entry(len(nodes) - 1, "~1"))]
    development["claims"].append({"name": "many", "left": len(nodes) - 1, "right": len(nodes) - 1, "indices": [], "within": [],
                                  "zero": [], "one": [], "proofs": [chain(steps, steps)]})  # fmt: skip


@accepted
def a_sum_of_2000_terms(d: Development) -> Json:
    file = d.file
    many_terms(file["developments"][0], 2_000)
    return file


def good() -> Json:
    d = Development()
    a_definition(d)
    return d.file


def declined() -> Iterator[tuple[str, str, Json]]:
    """Files that have not the form of the format, or are larger than what is judged: each is `good` with one thing changed."""

    def changed(change: Any) -> Json:
        file = json.loads(json.dumps(good()))
        change(file, file["developments"][0])
        return file

    changes: Mapping[str, Any] = {
        "a_sum_of_2001_terms": lambda f, d: many_terms(d, 2_001),
        "a_development_that_is_a_list": lambda f, d: f.update(developments=[[]]),
        "lemmas_that_are_an_object": lambda f, d: d.update(lemmas={}),
        "a_name_that_is_a_number": lambda f, d: d["claims"][0].update(name=5),
        "a_label_that_is_empty": lambda f, d: d["nodes"].append(["identity", ""]),
        "a_quantity_with_nine_axes": lambda f, d: d["network"]["quantities"].append(
            {"key": "u", "symbol": "u", "timed": False, "shape": ["a"] * 9, "definition": None, "special": [], "recurrence": 0}),
        "a_truth_that_is_one": lambda f, d: d["nodes"].append(["derivative", 2, 2, 1]),
        "a_node_that_is_an_object": lambda f, d: d["nodes"].append({"kind": "number"}),
        "a_node_without_a_kind": lambda f, d: d["nodes"].append([]),
        "a_node_whose_kind_is_a_list": lambda f, d: d["nodes"].append([[]]),
        "a_step_that_is_an_object": lambda f, d: d["claims"][0]["proofs"][0]["left"].append({"rule": "vacuous", "at": 0}),
        "a_step_without_a_position": lambda f, d: d["claims"][0]["proofs"][0]["left"].append(["vacuous"]),
        "a_step_whose_rule_is_a_list": lambda f, d: d["claims"][0]["proofs"][0]["left"].append([[], 0]),
        "an_expression_that_is_151_deep": lambda f, d: d["nodes"].extend([["power", 2, 1], *powers_after(len(d["nodes"]), 149)]),
        "another_format": lambda f, d: f.update(format="symrnn proofs 2"),
        "a_member_too_many": lambda f, d: f.update(more=1),
        "no_claims_member": lambda f, d: d.pop("claims"),
        "a_node_of_no_kind": lambda f, d: d["nodes"].append(["magic"]),
        "a_node_with_a_part_too_many": lambda f, d: d["nodes"].append(["number", 1, 1]),
        "a_node_before_it_is_made": lambda f, d: d["nodes"].append(["softmax", len(d["nodes"])]),
        "a_node_of_a_negative_number": lambda f, d: d["nodes"].append(["softmax", -1]),
        "a_number_that_is_none": lambda f, d: d["nodes"].append(["number", "1"]),
        "a_number_that_is_true": lambda f, d: d["nodes"].append(["number", True]),
        "a_number_that_is_large": lambda f, d: d["nodes"].append(["number", 10**10]),
        "a_quotient_by_zero": lambda f, d: d["nodes"].append(["number", [1, 0]]),
        "a_relation_that_is_none": lambda f, d: d["nodes"].append(["truth", ["~", 1, 1]]),
        "a_label_with_a_bar": lambda f, d: d["nodes"].append(["identity", "|a|"]),
        "a_label_with_an_empty_part": lambda f, d: d["nodes"].append(["identity", "a+"]),
        "an_index_without_a_name": lambda f, d: d["nodes"].append(["index", [0, ["", 1]]]),
        "an_index_of_nothing": lambda f, d: d["nodes"].append(["index", []]),
        "nine_axes": lambda f, d: d["nodes"].append(["full", 0, ["a"] * 9]),
        "nine_axes_of_a_product": lambda f, d: d["nodes"].extend([["full", 0, ["a"] * 5], ["contract", len(d["nodes"]), len(d["nodes"]), 0]]),
        "an_expression_that_is_deep": lambda f, d: d["nodes"].extend([["power", len(d["nodes"]) - 1 + n, 1] for n in range(160)]),
        "two_quantities_of_one_key": lambda f, d: d["network"]["quantities"].append(d["network"]["quantities"][0]),
        "a_recurrence_of_two": lambda f, d: d["network"]["quantities"][0].update(recurrence=2),
        "a_horizon_of_two_letters": lambda f, d: d["network"].update(last=[0, ["S", 1], ["T", 1]]),
        "a_horizon_that_is_twice_a_letter": lambda f, d: d["network"].update(last=[0, ["T", 2]]),
        "a_horizon_that_is_a_size": lambda f, d: d["network"].update(last=[0, ["|a|", 1]]),
        "a_rule_that_is_none": lambda f, d: d["claims"][0]["proofs"][0]["left"].append(["magic", 0]),
        "a_rule_with_a_part_too_many": lambda f, d: d["claims"][0]["proofs"][0]["left"].append(["vacuous", 0, 0]),
        "a_rule_that_goes_backwards": lambda f, d: d["claims"][0]["proofs"][0]["left"].append(["back", [1, [], [], []], ["vacuous", 0]]),
        "backwards_twice": lambda f, d: d["claims"][0]["proofs"][0]["left"].append(
            ["back", [1, [], [], []], ["back", [1, [], [], []], ["unfold", 0, [0, [0, 0]]]]]
        ),
        "a_negative_position": lambda f, d: d["claims"][0]["proofs"][0]["left"].append(["vacuous", -1]),
        "a_name_with_two_values": lambda f, d: d["claims"][0]["proofs"][0]["left"].append(["rename", 0, [["~v", "~a"], ["~v", "~b"]]]),
        "a_factor_that_is_middle": lambda f, d: d["claims"][0]["proofs"][0]["left"].append(["product", 0, [0, [0, 0]], "middle", []]),
        "a_direction_of_two": lambda f, d: d["lemmas"].append(
            {"name": "l", "left": [], "right": [], "given": [],
             "proof": {"variable": "~s", "start": 0, "direction": 2, "base": chain(), "step": chain()}}),
        "seven_indices_that_differ": lambda f, d: d["claims"][0].update(within=[["!=", [0, ["t", 1]], n] for n in range(7)]),
    }  # fmt: skip
    for name, change in changes.items():
        yield "declined", name, changed(change)
    yield "declined", "a_member_that_stands_twice", written(good()).replace("{", '{"format":"symrnn proofs 1",', 1)
    yield "declined", "no_json", "{"
    yield "declined", "a_number_with_a_point", written(good()).replace('"first":0', '"first":0.0')
    yield "declined", "a_number_that_is_none_at_all", written(good()).replace('"first":0', '"first":NaN')


def path(verdict: str, name: str) -> Path:
    return ARENA / verdict / f"{name}.json"


def written(file: Json) -> str:
    """The text of a file; of what is no JSON, the text itself."""
    return file if isinstance(file, str) else json.dumps(file, ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    for verdict, name, file in cases():
        path(verdict, name).parent.mkdir(parents=True, exist_ok=True)
        path(verdict, name).write_text(written(file), encoding="utf-8")
