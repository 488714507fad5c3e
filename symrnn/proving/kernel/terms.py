"""Typed tensor expressions: every axis has a label, and two axes have one size where their labels are the same.

A shape is a tuple of labels, ``()`` a scalar. No ill-typed expression can be made: the constructors raise Refused. Nodes are
interned, so that equal expressions are one object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, ClassVar
from weakref import KeyedRef

from symrnn.proving.kernel.indices import Affine, Condition
from symrnn.proving.kernel.outcomes import Refused

Shape = tuple[str, ...]

#: What joins the labels of an axis along which several others lie one after the other: ``hidden+input`` of [h, x].
JOIN = "+"
#: The axis of a number among the parts of such an axis.
SINGLE = "1"


def size_of(label: str) -> Affine:
    """The size of the axis `label`, as an index."""
    total = Affine()
    for part in label.split(JOIN):
        total = total + (Affine((), 1) if part == SINGLE else Affine.of(f"|{part}|"))
    return total


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


def _typed(holds: object, what: str) -> None:
    if not holds:
        raise Refused(f"ill-typed: {what}")


@dataclass(frozen=True, eq=False)
class Tensor(metaclass=Interned):
    """A tensor expression; its `shape` and `free` (the names that it does not bind) are known once it is built.

    Raises Refused where it would be ill-typed.
    """

    shape: Shape = field(init=False, repr=False)
    free: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", self._shape())
        object.__setattr__(self, "free", self._free())

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies, also those from other processes, are made by construction, and so are the one object that stands for an expression."""
        return type(self), arguments(self)

    def _shape(self) -> Shape:
        raise NotImplementedError

    def _free(self) -> frozenset[str]:
        return free_names(arguments(self))


@cache
def _argument_names(kind: type[Tensor]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind) if f.init)


def arguments(node: Tensor) -> tuple[Any, ...]:
    """The constructor arguments of a node."""
    return tuple([getattr(node, name) for name in _argument_names(type(node))])


def free_names(part: object) -> frozenset[str]:
    """The names that a constructor argument mentions."""
    if isinstance(part, Tensor):
        return part.free
    if isinstance(part, (Affine, Condition)):
        return part.names()
    return frozenset().union(*map(free_names, part)) if isinstance(part, tuple) and part else frozenset()


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
    """A quantity of the network, at a time or (`time` None) without one."""

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
        _typed(isinstance(self.wrt, Ref), "a derivative by what is no quantity")
        return self.numerator.shape + self.wrt.shape


@dataclass(frozen=True, eq=False)
class Dot(Tensor):
    """Contraction of the last `axes` axes of `left` with the first ones of `right`; with 0, the outer product."""

    left: Tensor
    right: Tensor
    axes: int

    def _shape(self) -> Shape:
        left, right, n = self.left.shape, self.right.shape, self.axes
        _typed(0 <= n <= min(len(left), len(right)), "a contraction of more axes than there are")
        cut = len(left) - n
        _typed(left[cut:] == right[:n], "a contraction of different axes")
        return left[:cut] + right[n:]


@dataclass(frozen=True, eq=False)
class Permute(Tensor):
    """Axes reordered: axis `j` of the result is axis `order[j]` of the argument."""

    argument: Tensor
    order: tuple[int, ...]

    def _shape(self) -> Shape:
        _typed(sorted(self.order) == list(range(len(self.argument.shape))), "axes in an order that is none")
        return tuple(self.argument.shape[j] for j in self.order)


@dataclass(frozen=True, eq=False)
class Times(Tensor):
    """Elementwise product of two tensors of one shape."""

    left: Tensor
    right: Tensor

    def _shape(self) -> Shape:
        _typed(self.left.shape == self.right.shape, "an elementwise product of different axes")
        return self.left.shape


@dataclass(frozen=True, eq=False)
class Over(Tensor):
    """Elementwise quotient of two tensors of one shape."""

    left: Tensor
    right: Tensor

    def _shape(self) -> Shape:
        _typed(self.left.shape == self.right.shape, "an elementwise quotient of different axes")
        return self.left.shape


@dataclass(frozen=True, eq=False)
class Plus(Tensor):
    """The sum of tensors of one shape."""

    terms: tuple[Tensor, ...]

    def _shape(self) -> Shape:
        _typed(len({part.shape for part in self.terms}) == 1, "a sum of different axes")
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
        _typed(self.order >= 0, "a derivative of negative order")
        return self.argument.shape


@dataclass(frozen=True, eq=False)
class Softmax(Tensor):
    """softmax of a vector."""

    argument: Tensor

    def _shape(self) -> Shape:
        _typed(len(self.argument.shape) == 1, "softmax of what is no vector")
        return self.argument.shape


@dataclass(frozen=True, eq=False)
class Diag(Tensor):
    """The diagonal matrix of a vector."""

    argument: Tensor

    def _shape(self) -> Shape:
        _typed(len(self.argument.shape) == 1, "a diagonal matrix of what is no vector")
        return self.argument.shape * 2


@dataclass(frozen=True, eq=False)
class DiagPart(Tensor):
    """The diagonal of a square matrix, as a vector."""

    argument: Tensor

    def _shape(self) -> Shape:
        _typed(len(self.argument.shape) == 2 and len(set(self.argument.shape)) == 1, "the diagonal of what is not square")
        return self.argument.shape[:1]


@dataclass(frozen=True, eq=False)
class Pick(Tensor):
    """Components, counted from 1: each index takes one leading axis away."""

    argument: Tensor
    indices: tuple[Affine, ...]

    def _shape(self) -> Shape:
        _typed(len(self.indices) <= len(self.argument.shape), "more indices than axes")
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
        _typed(self.variable not in self.lower.names() | self.upper.names(), "a bound of a sum depends on its own variable")
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
        shape = self.body.shape
        _typed(self.variable not in self.lower.names() | self.upper.names(), "a bound of a product depends on its own variable")
        _typed(not shape or (len(shape) == 2 and shape[0] == shape[1]), "an ordered product of what is neither square nor a number")
        return shape

    def _free(self) -> frozenset[str]:
        return (self.body.free - {self.variable}) | self.lower.names() | self.upper.names()


@dataclass(frozen=True, eq=False)
class Choose(Tensor):
    """The first branch whose conditions all hold."""

    branches: tuple[tuple[Tensor, tuple[Condition, ...]], ...]

    def _shape(self) -> Shape:
        _typed(len({value.shape for value, _ in self.branches}) == 1, "cases of different axes")
        return self.branches[0][0].shape


@dataclass(frozen=True, eq=False)
class Truth(Tensor):
    """1 where the condition holds, else 0."""

    condition: Condition

    def _shape(self) -> Shape:
        return ()


def subtensors(node: Tensor) -> Iterator[Tensor]:
    """The direct subexpressions of a node."""
    return _tensors_in(arguments(node))


def _tensors_in(value: tuple[Any, ...]) -> Iterator[Tensor]:
    for item in value:
        if isinstance(item, Tensor):
            yield item
        elif isinstance(item, tuple) and not isinstance(item, Affine):
            yield from _tensors_in(item)


def walk(node: Tensor) -> Iterator[Tensor]:
    """The node and all its subexpressions, outermost first."""
    yield node
    for child in subtensors(node):
        yield from walk(child)


def rebuilt(node: Tensor, change: Callable[[Tensor], Tensor]) -> Tensor:
    """The node with `change` applied to each direct subexpression."""
    made: Tensor = type(node)(*[_changed(value, change) for value in arguments(node)])
    return made


def _changed(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(value, Tensor):
        return change(value)
    is_several = isinstance(value, tuple) and not isinstance(value, Affine)
    return tuple([_changed(item, change) for item in value]) if is_several else value


def instantiate(node: Tensor, values: Mapping[str, Affine]) -> Tensor:
    """A tensor with free index variables replaced. Raises Refused where a binder of it would capture a variable."""
    if node.free.isdisjoint(values):
        return node
    return _instance(node, frozenset([item for item in values.items() if item[0] in node.free]))


@lru_cache(maxsize=1 << 13)
def _instance(node: Tensor, replaced: frozenset[tuple[str, Affine]]) -> Tensor:
    own, values = getattr(node, "variable", None), dict(replaced)
    if any(own in index.names() for index in values.values()):
        raise Refused(f"the binder {own} would capture a variable")
    made: Tensor = type(node)(*[_instantiated(value, values) for value in arguments(node)])
    return made


def _instantiated(value: Any, values: Mapping[str, Affine]) -> Any:
    if isinstance(value, Tensor):
        return instantiate(value, values)
    if isinstance(value, (Affine, Condition)):
        return value.substitute(values)
    return tuple([_instantiated(item, values) for item in value]) if isinstance(value, tuple) else value
