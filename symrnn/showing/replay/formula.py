"""Tensor expressions as Python source: one rule per node, each for a single component of it.

A component is named by the source of its positions, counted from 1 as in the notes: component ``("i",)`` of ``W h`` is
``sum(W(i, j) * h(j) for j in hidden)``. What is used more than once, or cannot be said in one expression, becomes a
function of the program; the writer collects those.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symrnn.language.formulas import formula
from symrnn.language.functions import BY_NAME, derivative_polynomial
from symrnn.language.model import Model
from symrnn.language.tensors import (
    Affine,
    Build,
    Choose,
    Condition,
    Const,
    Diag,
    DiagPart,
    Dot,
    Eye,
    Full,
    Integer,
    Jac,
    Map,
    Over,
    Permute,
    Pick,
    Plus,
    Power,
    Product,
    Ref,
    Softmax,
    Sum,
    Tensor,
    Times,
    Truth,
    size_of,
    sized_axis,
    walk,
)
from symrnn.showing.replay.names import Identifiers, quantity_name
from symrnn.showing.replay.source import (
    ONE,
    ZERO,
    Snippet,
    call,
    choice,
    loop_source,
    number_source,
    polynomial,
    power_source,
    product_source,
    quotient,
    sum_source,
)

At = tuple[str, ...]

#: What stands for a function that no one defined, as in the ball arithmetic: x + x^2/3 + x^3/5.
_EXAMPLE = (Fraction(0), Fraction(1), Fraction(1, 3), Fraction(1, 5))
_OPERATORS = {"=": "=="}


@dataclass(frozen=True)
class IndicesInSight:
    """The index variables in sight, with their source. With `own`, quantities move within their own time step only."""

    indices: Mapping[str, str] = field(default_factory=dict)
    own: bool = False

    def bound(self, variables: Mapping[str, str]) -> IndicesInSight:
        return IndicesInSight({**self.indices, **variables}, self.own)


class ReplayWriter:
    """Writes expressions about one model and collects what they need: quantities, functions, parts of the prelude."""

    def __init__(self, model: Model, labels: Iterable[str]) -> None:
        self.model = model
        self.names = Identifiers()
        self.needs: set[str] = set()
        self.imports: set[str] = set()
        self.functions: dict[tuple[str, int], str] = {}
        self.bodies: dict[str, str] = {}
        self.helpers: dict[Hashable, str] = {}
        self.definitions: dict[str, tuple[str, str]] = {}
        self.quantities: dict[str, str] = {}
        self.axes = {label: self.names.take(label, f"{label}s") for label in labels}
        self.horizon = self.names.take(model.horizon) if model.horizon else ""
        self._name_quantities()

    def _name_quantities(self) -> None:
        """Values per step keep a letter that they share with their total."""
        ordered = sorted(self.model.quantities.values(), key=lambda q: not q.timed)
        self._quantity_names = {
            q.key: self.names.take(name, f"{name}_value" if q.timed else f"{name}_total")
            for q, name in ((q, quantity_name(q)) for q in ordered)
        }

    # -------------------------------------------------------------------------------------------------- expressions

    def component(self, node: Tensor, at: At, scope: IndicesInSight) -> Snippet:
        """The source of one component."""
        return _RULES[type(node)](self, node, at, scope)

    def affine(self, index: Affine, scope: IndicesInSight) -> Snippet:
        """An index."""
        terms = sorted(index.terms, key=lambda term: term[1] < 0)
        parts = [product_source(number_source(Fraction(c)), Snippet(self._index_name(name, scope))) for name, c in terms]
        return sum_source([*parts, number_source(Fraction(index.constant))])

    def _index_name(self, name: str, scope: IndicesInSight) -> str:
        if axis := sized_axis(name):
            return f"len({self.axes[axis]})"
        if name in scope.indices:
            return scope.indices[name]
        self.needs.add("horizon")
        return self.horizon

    def condition(self, condition: Condition, scope: IndicesInSight) -> str:
        operator = _OPERATORS.get(condition.op, condition.op)
        return f"{self.affine(condition.left, scope)} {operator} {self.affine(condition.right, scope)}"

    def conditions(self, conditions: tuple[Condition, ...], scope: IndicesInSight) -> str:
        return " and ".join(self.condition(c, scope) for c in conditions) or "True"

    def range(self, node: Sum | Product, scope: IndicesInSight) -> str:
        """What the variable of a sum or product runs over."""
        for label, axis in self.axes.items():
            if node.lower == Affine((), 1) and node.upper == size_of(label):
                return axis
        low, high = self.affine(node.lower, scope), self.affine(node.upper + 1, scope)
        if isinstance(node, Product) and node.falling:
            return f"range({self.affine(node.upper, scope)}, {self.affine(node.lower - 1, scope)}, -1)"
        return f"range({low}, {high})"

    def locals(self, scope: IndicesInSight, count: int) -> tuple[tuple[str, ...], IndicesInSight]:
        """Names for bound positions, and the scope in which they are taken."""
        names: list[str] = []
        for _ in range(count):
            names.append(self.names.local({*scope.indices.values(), *names}))
        return tuple(names), scope.bound({f"position {name}": name for name in names})

    def variable(self, name: str, scope: IndicesInSight) -> tuple[str, IndicesInSight]:
        """A Python name for a bound index variable, near to its letter."""
        local = self.names.local(scope.indices.values(), name.split("#")[0])
        return local, scope.bound({name: local})

    # ------------------------------------------------------------------------------------------------ what it needs

    def quantity(self, key: str) -> str:
        """The name of a quantity, which the program will define."""
        self.quantities.setdefault(key, self._quantity_names[key])
        return self.quantities[key]

    def given(self, key: str) -> bool:
        """Whether a quantity is a weight or the like, that no time step can hold fixed."""
        return self.model.quantities[key].is_parameter

    def function(self, name: str, order: int) -> str:
        """The name of an elementwise function or of a derivative of it."""
        record = BY_NAME.get(name)
        if record is not None and record.mpmath and (order == 0 or name == "exp"):
            self.imports.add(record.mpmath)
            return record.mpmath
        if (name, order) not in self.functions:
            suffix = {0: "", 1: "_prime"}.get(order, f"_{order}")
            self.functions[name, order] = own = self.names.take(name + suffix)
            self.bodies[own] = str(self._function_body(name, order))
        return self.functions[name, order]

    def _function_body(self, name: str, order: int) -> Snippet:
        x = Snippet("x")
        slope = derivative_polynomial(name, order) if order else None
        if slope is not None:
            return polynomial(map(Fraction, slope), call(self.function(name, 0), "x"))
        if name in BY_NAME:
            return _BODIES[name] if name in _BODIES and not order else formula(name, order, x, _Codes(self))
        coefficients_left = list(_EXAMPLE)
        for _ in range(order):
            coefficients_left = [n * c for n, c in enumerate(coefficients_left)][1:]
        return polynomial(coefficients_left, x)

    def helper(self, key: Hashable, name: str, parameters: Iterable[str], body: Callable[[], Snippet]) -> str:
        """A function of the program that remembers its values, written when it is first asked for."""
        if key not in self.helpers:
            self.helpers[key] = own = self.names.take(name)
            self.needs.add("cache")
            self.definitions[own] = ", ".join(parameters), str(body())
        return self.helpers[key]


class _Codes:
    """The arithmetic of formulas in the source of a program."""

    def __init__(self, writer: ReplayWriter) -> None:
        self.number, self.product, self.quotient, self.power = number_source, product_source, quotient, power_source
        self.sum = lambda a, b: sum_source((a, b))
        self.call = lambda function, order, a: call(writer.function(function, order), a)


#: Functions that mpmath has not and no formula says.
_BODIES = {"step": Snippet("int(x > 0)")}


# --------------------------------------------------------------------------------------------------------- quantities


def _timed(w: ReplayWriter, keyword: str, time: Affine | None, scope: IndicesInSight) -> tuple[str, ...]:
    return () if time is None else (f"{keyword}={w.affine(time, scope)}",)


def _ref(w: ReplayWriter, node: Ref, at: At, scope: IndicesInSight) -> Snippet:
    arguments = (*at, *_timed(w, "t", node.time, scope))
    name = w.quantity(node.quantity)
    return call("own", name, *arguments) if scope.own and not w.given(node.quantity) else call(name, *arguments)


def _jac(w: ReplayWriter, node: Jac, at: At, scope: IndicesInSight) -> Snippet:
    """A call of the function that differentiates; that of one quantity by another serves at all times."""
    if isinstance(node.numerator, Ref):
        return _jac_of_quantity(w, node, node.numerator, at, scope)
    variables = sorted(name for name in node.free if name in scope.indices)
    arguments = (*at, *(scope.indices[name] for name in variables))
    inner = IndicesInSight(own=node.explicit)
    parameters = []
    for name in variables:
        parameter, inner = w.variable(name, inner)
        parameters.append(parameter)
    positions, inner = w.locals(inner, len(at))
    name = f"d_d{w.quantity(node.wrt.quantity)}{'_explicit' * node.explicit}"
    return call(w.helper(node, name, (*positions, *parameters), lambda: _slope(w, node, positions, inner)), *arguments)


def _jac_of_quantity(w: ReplayWriter, node: Jac, numerator: Ref, at: At, scope: IndicesInSight) -> Snippet:
    top, bottom = numerator.quantity, node.wrt.quantity
    positions, inner = w.locals(IndicesInSight(own=node.explicit), len(at))
    at_t = None if numerator.time is None else Affine.of("t")
    at_wrt = None if node.wrt.time is None else Affine.of("wrt")
    parameters = [name for name, time in (("t", at_t), ("wrt", at_wrt)) if time is not None]
    inner = inner.bound({name: name for name in parameters})
    general = Jac(Ref(top, at_t, numerator.axes), Ref(bottom, at_wrt, node.wrt.axes), node.explicit)
    name = f"d{w.quantity(top)}_d{w.quantity(bottom)}{'_explicit' * node.explicit}"
    own = w.helper(general, name, (*positions, *parameters), lambda: _slope(w, general, positions, inner))
    return call(own, *at, *_timed(w, "t", numerator.time, scope), *_timed(w, "wrt", node.wrt.time, scope))


def _slope(w: ReplayWriter, node: Jac, positions: At, scope: IndicesInSight) -> Snippet:
    count = len(node.numerator.shape)
    moving = w.component(node.numerator, positions[:count], scope)
    w.needs |= {"diff", "explicit_diff"} if node.explicit else {"diff"}
    by = (w.quantity(node.wrt.quantity), *positions[count:], *_timed(w, "t", node.wrt.time, scope))
    return call("explicit_diff" if node.explicit else "diff", f"lambda: {moving}", *by)


# ------------------------------------------------------------------------------------------------------------ products


def _dot(w: ReplayWriter, node: Dot, at: At, scope: IndicesInSight) -> Snippet:
    kept = len(node.left.shape) - node.axes
    first, last = at[:kept], at[kept:]
    if node.axes == 1 and kept == 1 and isinstance(node.left, (Diag, Eye)):
        return product_source(_on_diagonal(w, node.left, first[0], scope), w.component(node.right, at, scope))
    if node.axes == 1 and len(last) == 1 and isinstance(node.right, (Diag, Eye)):
        return product_source(w.component(node.left, at, scope), _on_diagonal(w, node.right, last[0], scope))
    names, inner = w.locals(scope, node.axes)
    body = product_source(w.component(node.left, (*first, *names), inner), w.component(node.right, (*names, *last), inner))
    if not node.axes:
        return body
    labels = node.left.shape[kept:]
    return loop_source(body, *(f"for {name} in {w.axes[label]}" for name, label in zip(names, labels, strict=True)))


def _on_diagonal(w: ReplayWriter, node: Diag | Eye, i: str, scope: IndicesInSight) -> Snippet:
    return ONE if isinstance(node, Eye) else w.component(node.argument, (i,), scope)


def _diag(w: ReplayWriter, node: Diag, at: At, scope: IndicesInSight) -> Snippet:
    return product_source(_equal(*at), w.component(node.argument, at[:1], scope))


def _equal(i: str, j: str) -> Snippet:
    if i.isdigit() and j.isdigit():
        return ONE if i == j else ZERO
    return call("int", f"{i} == {j}")


def _permute(w: ReplayWriter, node: Permute, at: At, scope: IndicesInSight) -> Snippet:
    inner = dict(zip(node.order, at, strict=True))
    return w.component(node.argument, tuple(inner[axis] for axis in range(len(at))), scope)


def _over(w: ReplayWriter, node: Over, at: At, scope: IndicesInSight) -> Snippet:
    top, bottom = w.component(node.left, at, scope), w.component(node.right, at, scope)
    return quotient(call("mpf", top) if _is_whole(node) else top, bottom)


def _is_whole(node: Tensor) -> bool:
    """Whether Python would divide whole numbers here, to a float."""
    return not any(isinstance(inner, (Ref, Jac, Map, Softmax)) for inner in walk(node))


def _power(w: ReplayWriter, node: Power, at: At, scope: IndicesInSight) -> Snippet:
    base = w.component(node.base, at, scope)
    return power_source(call("mpf", base) if node.exponent < 0 and _is_whole(node) else base, node.exponent)


def _softmax(w: ReplayWriter, node: Softmax, at: At, scope: IndicesInSight) -> Snippet:
    w.imports.add("exp")
    (name,), inner = w.locals(scope, 1)
    axis = w.axes[node.shape[0]]
    every = call("exp", w.component(node.argument, (name,), inner))
    return quotient(call("exp", w.component(node.argument, at, scope)), loop_source(every, f"for {name} in {axis}"))


def _map(w: ReplayWriter, node: Map, at: At, scope: IndicesInSight) -> Snippet:
    return call(w.function(node.function, node.order), w.component(node.argument, at, scope))


# ------------------------------------------------------------------------------------------------ sums and components


def _sum(w: ReplayWriter, node: Sum, at: At, scope: IndicesInSight) -> Snippet:
    clauses = []
    body: Tensor = node
    while isinstance(body, Sum):
        where = w.range(body, scope)
        name, scope = w.variable(body.variable, scope)
        condition = f" if {w.conditions(body.conditions, scope)}" if body.conditions else ""
        clauses.append(f"for {name} in {where}{condition}")
        body = body.body
    return loop_source(w.component(body, at, scope), *clauses)


def _product(w: ReplayWriter, node: Product, at: At, scope: IndicesInSight) -> Snippet:
    if not node.shape:
        w.imports.add("fprod")
        where = w.range(node, scope)
        name, scope = w.variable(node.variable, scope)
        return call("fprod", f"{w.component(node.body, (), scope)} for {name} in {where}")
    variables = sorted(name for name in node.free if name in scope.indices)
    inner, parameters = IndicesInSight(), []
    for name in variables:
        parameter, inner = w.variable(name, inner)
        parameters.append(parameter)
    matrix = w.helper(node, "P", parameters, lambda: _ordered(w, node, inner))
    return Snippet(f"{matrix}({', '.join(scope.indices[v] for v in variables)})[{', '.join(at)}]")


def _ordered(w: ReplayWriter, node: Product, scope: IndicesInSight) -> Snippet:
    w.needs.add("ordered")
    where = w.range(node, scope)
    name, scope = w.variable(node.variable, scope)
    positions, scope = w.locals(scope, 2)
    factor = f"lambda {', '.join(positions)}, {name}={name}: {w.component(node.body, positions, scope)}"
    return call("ordered", f"[{factor} for {name} in {where}]", w.axes[node.shape[0]])


def _pick(w: ReplayWriter, node: Pick, at: At, scope: IndicesInSight) -> Snippet:
    return w.component(node.argument, (*(str(w.affine(i, scope)) for i in node.indices), *at), scope)


def _build(w: ReplayWriter, node: Build, at: At, scope: IndicesInSight) -> Snippet:
    position = at[0] if at[0].isalnum() else f"({at[0]})"
    return w.component(node.body, at[1:], scope.bound({node.variable: position}))


def _choose(w: ReplayWriter, node: Choose, at: At, scope: IndicesInSight) -> Snippet:
    """The last branch needs no condition: where none applies the certificate could not have been computed."""
    *branches, (last, _) = node.branches
    tested = [(w.component(value, at, scope), w.conditions(conditions, scope)) for value, conditions in branches]
    return choice(tested, w.component(last, at, scope))


_RULES: dict[type, Callable[[ReplayWriter, Any, At, IndicesInSight], Snippet]] = {
    Const: lambda w, n, at, scope: number_source(n.value),
    Integer: lambda w, n, at, scope: w.affine(n.index, scope),
    Full: lambda w, n, at, scope: number_source(n.value),
    Eye: lambda w, n, at, scope: _equal(*at),
    Ref: _ref,
    Jac: _jac,
    Dot: _dot,
    Permute: _permute,
    Times: lambda w, n, at, scope: product_source(w.component(n.left, at, scope), w.component(n.right, at, scope)),
    Over: _over,
    Plus: lambda w, n, at, scope: sum_source(w.component(term, at, scope) for term in n.terms),
    Power: _power,
    Map: _map,
    Softmax: _softmax,
    Diag: _diag,
    DiagPart: lambda w, n, at, scope: w.component(n.argument, (*at, *at), scope),
    Pick: _pick,
    Build: _build,
    Sum: _sum,
    Product: _product,
    Choose: _choose,
    Truth: lambda w, n, at, scope: call("int", w.condition(n.condition, scope)),
}
