"""What a formula means: tensor expressions in which every axis has a named size and every index a role.

`symrnn.reading.elaborate` turns notation (`symrnn.language.terms`) into these nodes under one reading; every evaluation, proof and program
starts from them. Nodes are interned: equal expressions are the same object, so that equality and hashing cost nothing
and whatever was computed for one subexpression serves wherever it stands.

Axes are labels (``hidden``, ``classes``, ``input``); a shape is a tuple of labels, ``()`` a scalar. Vectors have one axis: row
and column are matters of notation and are settled before a formula gets here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from itertools import count
from typing import Any, ClassVar, NamedTuple
from weakref import KeyedRef

Shape = tuple[str, ...]

_serial = count()


class Interned(type):
    """Makes construction return the one object that stands for its arguments."""

    pool: ClassVar[dict[tuple[object, ...], KeyedRef[Any, Any]]] = {}

    def __call__(cls, *arguments: Any) -> Any:
        key = (cls, *arguments)
        reference = Interned.pool.get(key)
        known = None if reference is None else reference()
        if known is None:
            known = super().__call__(*arguments)
            Interned.pool[key] = KeyedRef(known, _forget, key)
        return known


def _forget(gone: KeyedRef[Any, Any], pool: dict[tuple[object, ...], KeyedRef[Any, Any]] = Interned.pool) -> None:
    """Drops what no expression needs any more, unless another has taken its place; `pool` has its name no more where Python ends."""
    if pool.get(gone.key) is gone:
        del pool[gone.key]


class Affine(NamedTuple):
    """An integer index such as ``k + 1`` or ``T - 1``: a constant plus whole multiples of named integers.

    Names are index variables, the horizon letter of the document, and ``|label|`` for the size of an axis. It is a tuple, since nothing
    is hashed and compared as often.
    """

    terms: tuple[tuple[str, int], ...] = ()
    constant: int = 0

    @staticmethod
    def of(name: str, shift: int = 0) -> Affine:
        return Affine(((name, 1),), shift)

    def __add__(self, other: Affine | int) -> Affine:  # type: ignore[override]
        if isinstance(other, int):
            return Affine(self.terms, self.constant + other)
        terms = _collected((*self.terms, *other.terms)) if self.terms and other.terms else self.terms or other.terms
        return Affine(terms, self.constant + other.constant)

    def __sub__(self, other: Affine | int) -> Affine:
        return self + (-other if isinstance(other, int) else other.scaled(-1))

    def scaled(self, factor: int) -> Affine:
        """This index times a whole number."""
        return Affine(tuple([(name, factor * c) for name, c in self.terms if factor * c]), factor * self.constant)

    def value(self, env: Mapping[str, int]) -> int:
        """The integer it stands for; KeyError names a variable without a value."""
        total = self.constant
        for name, c in self.terms:
            total += c * env[name]
        return total

    def names(self) -> frozenset[str]:
        return frozenset([name for name, _ in self.terms])

    def substitute(self, values: Mapping[str, Affine]) -> Affine:
        """This index with variables replaced by indices."""
        if not any(name in values for name, _ in self.terms):
            return self
        result = Affine((), self.constant)
        for name, c in self.terms:
            result = result + values.get(name, Affine.of(name)).scaled(c)
        return result


def _collected(terms: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    totals: dict[str, int] = {}
    for name, c in terms:
        totals[name] = totals.get(name, 0) + c
    return tuple(sorted((name, c) for name, c in totals.items() if c))


#: What joins the labels of an axis along which several others lie one after the other: ``hidden+input`` of [h, x].
JOIN = "+"
#: The axis of a number among the parts of such an axis.
SINGLE = "1"


def parts_of(label: str) -> tuple[str, ...]:
    """The axes that lie one after the other along an axis; only itself for a simple one."""
    return tuple(label.split(JOIN))


def size_name(axis: str) -> str:
    """What stands for the size of an axis among the names of indices."""
    return f"|{axis}|"


def sized_axis(name: str) -> str:
    """The axis whose size a name among those of indices stands for; empty for an index variable."""
    return name[1:-1] if name.startswith("|") else ""


def size_of(label: str) -> Affine:
    """The size of the axis `label`, as an index."""
    total = Affine()
    for part in parts_of(label):
        total = total + (Affine((), 1) if part == SINGLE else Affine.of(size_name(part)))
    return total


class Sizes(dict[str, int]):
    """The sizes of axes by label; that of an axis of several parts is the sum of theirs."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        super().__init__({label: size for label, size in sizes.items() if JOIN not in label and label != SINGLE})
        self.update({label: self[label] for label in sizes if label not in self})

    def __missing__(self, label: str) -> int:
        if label == SINGLE:
            return 1
        if JOIN not in label:
            raise KeyError(label)
        return sum(self[part] for part in parts_of(label))


@dataclass(frozen=True)
class Condition:
    """A relation between two indices; `op` is one of = != < <= > >=."""

    op: str
    left: Affine
    right: Affine

    def holds(self, env: Mapping[str, int]) -> bool:
        a, b = self.left.value(env), self.right.value(env)
        return {"=": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[self.op]

    def names(self) -> frozenset[str]:
        return self.left.names() | self.right.names()

    def substitute(self, values: Mapping[str, Affine]) -> Condition:
        return Condition(self.op, self.left.substitute(values), self.right.substitute(values))


@dataclass(frozen=True, eq=False)
class Tensor(metaclass=Interned):
    """A tensor expression.

    Its `shape`, `free` (its free index variables) and `indices_in_order` (the same, sorted) are known once it is built.
    """

    shape: Shape = field(init=False, repr=False)
    free: frozenset[str] = field(init=False, repr=False)
    indices_in_order: tuple[str, ...] = field(init=False, repr=False)
    serial: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "serial", next(_serial))
        object.__setattr__(self, "shape", self._shape())
        object.__setattr__(self, "free", self._free())
        object.__setattr__(self, "indices_in_order", tuple(sorted(self.free)))

    @cached_property
    def parts(self) -> tuple[Tensor, ...]:
        """The direct subexpressions."""
        return tuple(_tensors_in(arguments(self)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies, also those from other processes, are made by construction, and so are the one object that stands for an expression."""
        return type(self), arguments(self)

    def _shape(self) -> Shape:
        raise NotImplementedError

    def _free(self) -> frozenset[str]:
        return frozenset().union(*map(free_names, arguments(self)))


@cache
def _argument_names(kind: type[Tensor]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind) if f.init)


def arguments(node: Tensor) -> tuple[Any, ...]:
    """The constructor arguments of a node."""
    return tuple([getattr(node, name) for name in _argument_names(type(node))])


def free_names(part: object) -> frozenset[str]:
    """The index variables that a constructor argument mentions."""
    if isinstance(part, Tensor):
        return part.free
    if isinstance(part, (Affine, Condition)):
        return part.names()
    if isinstance(part, tuple):
        return frozenset().union(*map(free_names, part)) if part else frozenset()
    return frozenset()


@dataclass(frozen=True, eq=False)
class Const(Tensor):
    """A rational number."""

    value: Fraction

    def _shape(self) -> Shape:
        return ()


@dataclass(frozen=True, eq=False)
class Integer(Tensor):
    """An index used as a number, such as the ``T`` of ``1/T``."""

    index: Affine

    def _shape(self) -> Shape:
        return ()


@dataclass(frozen=True, eq=False)
class Full(Tensor):
    """The constant tensor of a given shape: ``0``, the vector of ones."""

    value: Fraction
    axes: Shape

    def _shape(self) -> Shape:
        return self.axes


@dataclass(frozen=True, eq=False)
class Eye(Tensor):
    """The identity matrix."""

    label: str

    def _shape(self) -> Shape:
        return (self.label, self.label)


@dataclass(frozen=True, eq=False)
class Ref(Tensor):
    """A quantity of the model, at a time or (`time` None) without one."""

    quantity: str
    time: Affine | None
    axes: Shape

    def _shape(self) -> Shape:
        return self.axes


@dataclass(frozen=True, eq=False)
class Jac(Tensor):
    """The derivative of `numerator` by the quantity `wrt`: axes of the numerator, then axes of `wrt` (numerator layout).

    Total derivative, or with `explicit` the immediate one: all that stands at other time steps is held fixed, but for `wrt` itself.
    """

    numerator: Tensor
    wrt: Ref
    explicit: bool

    def _shape(self) -> Shape:
        return self.numerator.shape + self.wrt.shape


@dataclass(frozen=True, eq=False)
class Dot(Tensor):
    """Contraction of the last `axes` axes of `left` with the first ones of `right`; with 0, the outer product."""

    left: Tensor
    right: Tensor
    axes: int

    def _shape(self) -> Shape:
        return self.left.shape[: len(self.left.shape) - self.axes] + self.right.shape[self.axes :]


@dataclass(frozen=True, eq=False)
class Permute(Tensor):
    """Axes reordered: axis `j` of the result is axis `order[j]` of the argument."""

    argument: Tensor
    order: tuple[int, ...]

    def _shape(self) -> Shape:
        return tuple(self.argument.shape[j] for j in self.order)


@dataclass(frozen=True, eq=False)
class Times(Tensor):
    """Elementwise product of two tensors of one shape."""

    left: Tensor
    right: Tensor

    def _shape(self) -> Shape:
        return self.left.shape


@dataclass(frozen=True, eq=False)
class Over(Tensor):
    """Elementwise quotient of two tensors of one shape."""

    left: Tensor
    right: Tensor

    def _shape(self) -> Shape:
        return self.left.shape


@dataclass(frozen=True, eq=False)
class Plus(Tensor):
    """The sum of tensors of one shape."""

    terms: tuple[Tensor, ...]

    def _shape(self) -> Shape:
        return self.terms[0].shape


@dataclass(frozen=True, eq=False)
class Power(Tensor):
    """Elementwise whole power."""

    base: Tensor
    exponent: int

    def _shape(self) -> Shape:
        return self.base.shape


@dataclass(frozen=True, eq=False)
class Map(Tensor):
    """An elementwise function, or its derivative of the given order."""

    function: str
    order: int
    argument: Tensor

    def _shape(self) -> Shape:
        return self.argument.shape


@dataclass(frozen=True, eq=False)
class Softmax(Tensor):
    """softmax of a vector."""

    argument: Tensor

    def _shape(self) -> Shape:
        return self.argument.shape


@dataclass(frozen=True, eq=False)
class Diag(Tensor):
    """The diagonal matrix of a vector."""

    argument: Tensor

    def _shape(self) -> Shape:
        return (self.argument.shape[0], self.argument.shape[0])


@dataclass(frozen=True, eq=False)
class DiagPart(Tensor):
    """The diagonal of a square matrix, as a vector."""

    argument: Tensor

    def _shape(self) -> Shape:
        return (self.argument.shape[0],)


@dataclass(frozen=True, eq=False)
class Pick(Tensor):
    """Components, counted from 1: each index takes one leading axis away."""

    argument: Tensor
    indices: tuple[Affine, ...]

    def _shape(self) -> Shape:
        return self.argument.shape[len(self.indices) :]


@dataclass(frozen=True, eq=False)
class Build(Tensor):
    """The tensor whose component number `variable` along a new first axis is `body`."""

    variable: str
    label: str
    body: Tensor

    def _shape(self) -> Shape:
        return (self.label, *self.body.shape)

    def _free(self) -> frozenset[str]:
        return self.body.free - {self.variable}


@dataclass(frozen=True, eq=False)
class Sum(Tensor):
    """The sum of `body` for `variable` from `lower` to `upper` where all conditions hold."""

    variable: str
    lower: Affine
    upper: Affine
    conditions: tuple[Condition, ...]
    body: Tensor

    def _shape(self) -> Shape:
        return self.body.shape

    def _free(self) -> frozenset[str]:
        inner = self.body.free | free_names(self.conditions)
        return (inner - {self.variable}) | self.lower.names() | self.upper.names()


@dataclass(frozen=True, eq=False)
class Product(Tensor):
    """The ordered matrix product of `body`, factors written from left to right for rising (or falling) `variable`."""

    variable: str
    lower: Affine
    upper: Affine
    falling: bool
    body: Tensor

    def _shape(self) -> Shape:
        return self.body.shape

    def _free(self) -> frozenset[str]:
        return (self.body.free - {self.variable}) | self.lower.names() | self.upper.names()


@dataclass(frozen=True, eq=False)
class Choose(Tensor):
    """The first branch whose conditions all hold."""

    branches: tuple[tuple[Tensor, tuple[Condition, ...]], ...]

    def _shape(self) -> Shape:
        return self.branches[0][0].shape


@dataclass(frozen=True, eq=False)
class Truth(Tensor):
    """1 where the condition holds, else 0."""

    condition: Condition

    def _shape(self) -> Shape:
        return ()


def _tensors_in(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple) and not isinstance(value, Affine):
        for item in value:
            yield from _tensors_in(item)


def walk(node: Tensor) -> Iterator[Tensor]:
    """The node and all its subexpressions, outermost first."""
    open_ = [node]
    while open_:
        node = open_.pop()
        yield node
        open_.extend(reversed(node.parts))


@lru_cache(maxsize=1 << 16)
def mentioned(node: Tensor) -> frozenset[str]:
    """The quantities that stand in an expression."""
    own = (node.quantity,) if isinstance(node, Ref) else ()
    return frozenset(own).union(*map(mentioned, node.parts))


@lru_cache(maxsize=1 << 14)
def refs_in(node: Tensor) -> tuple[Ref, ...]:
    """Where quantities stand in an expression, from left to right."""
    return tuple(part for part in walk(node) if isinstance(part, Ref))


def rebuilt(node: Tensor, change: Any) -> Tensor:
    """The node with `change` applied to each direct subexpression."""
    return type(node)(*(_changed(value, change) for value in arguments(node)))


def _changed(value: Any, change: Any) -> Any:
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, tuple) and not isinstance(value, Affine):
        return tuple(_changed(item, change) for item in value)
    return value


def replaced(node: Tensor, old: Tensor, new: Tensor) -> Tensor:
    """The expression with another one wherever `old` stands in it."""
    return new if node is old else rebuilt(node, lambda part: replaced(part, old, new))


def with_function(node: Tensor, function: str, other: str) -> Tensor:
    """The expression with another elementwise function wherever one stands in it."""
    node = rebuilt(node, lambda part: with_function(part, function, other))
    return Map(other, node.order, node.argument) if isinstance(node, Map) and node.function == function else node


def substitute(node: Tensor, values: Mapping[str, Affine]) -> Tensor:
    """The expression with free index variables replaced; bound ones must not clash (the elaborator makes them unique)."""
    if not (node.free & values.keys()):
        return node
    return type(node)(*(_substituted(value, values) for value in arguments(node)))


def _substituted(value: Any, values: Mapping[str, Affine]) -> Any:
    if isinstance(value, Tensor):
        return substitute(value, values)
    if isinstance(value, (Affine, Condition)):
        return value.substitute(values)
    if isinstance(value, tuple):
        return tuple(_substituted(item, values) for item in value)
    return value


def what_it_counts(node: Tensor) -> Affine | None:
    """What an expression of indices and whole numbers counts: ``2 (t - 7)``; None for any other."""
    match node:
        case Integer(index):
            return index
        case Const(value) if value.denominator == 1:
            return Affine((), value.numerator)
        case Plus(terms):
            parts = [what_it_counts(part) for part in terms]
            return None if None in parts else sum((part for part in parts if part is not None), Affine())
        case Dot(left, right, 0) | Times(left, right):
            one, other = what_it_counts(left), what_it_counts(right)
            if one is None or other is None or (one.terms and other.terms):
                return None
            return one.scaled(other.constant) if one.terms else other.scaled(one.constant)
        case _:
            return None
