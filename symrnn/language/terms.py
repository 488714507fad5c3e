"""The closed set of nodes a formula is made of, exactly as its author wrote it.

A term is notation, not yet meaning: ``h_i`` does not say whether ``i`` is a time or a class, ``a b`` does not say
whether it is a dot product. `symrnn.reading.elaborate` gives a term its meaning under a reading. Every node is frozen and
hashable; nothing here imports anything of symrnn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cache
from typing import Any, Concatenate, ParamSpec, Self

#: What a change of both sides takes beside the side.
By = ParamSpec("By")

#: What stands before a letter and makes another one of it: an error, a differential, a change.
PREFIXES = {"delta": "δ", "d": "d", "Delta": "Δ", "dp": "dp", "nabla": "∇"}
#: Letters of errors that have what they are errors of below them, ``\\delta_{f_t}``: as prefixes they end with ``_``.
BELOW = {"delta": "δ", "Delta": "Δ", "epsilon": "ε", "varepsilon": "ε", "d": "d", "g": "g"}
PREFIXES |= {f"{letter}_": sign for letter, sign in BELOW.items()}
#: And what stands above one for the same, where an equation says so: ``\\bar{h}_t = \\partial L / \\partial h_t``.
BAR = "bar"
PREFIXES[BAR] = "‾"
#: What the style begins with of a letter that is told apart by what counts its components: ``of h`` of the a of ``a_h``.
KIND = "of "
#: What the style begins with of a letter in an example beside the network; the number of the example follows.
ASIDE = "aside "


class _Kept:
    """What a walk over a term has met below it, and its hash, kept with the term; no part of its value."""

    __slots__ = ("_hash", "_met")
    _met: tuple[Placed, ...]
    _hash: int

    def __init_subclass__(cls) -> None:
        cls.__hash__ = _Kept.__hash__  # type: ignore[method-assign]  # else each class of terms would count its own anew

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            kind: Any = type(self)
            made = hash((kind, *[getattr(self, name) for name in _field_names(kind)]))
            object.__setattr__(self, "_hash", made)
            return made


@dataclass(frozen=True, slots=True)
class Term(_Kept):
    """A formula, or a part of one."""


@dataclass(frozen=True, slots=True)
class Num(Term):
    """A non-negative number: ``2``, ``0.5``."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Sym(Term):
    r"""A letter or a word, with its accent: ``W``, ``\alpha`` (name ``alpha``), ``\hat{y}``, ``\mathcal{L}``, ``\text{loss}``.

    `style` is ``cal`` (calligraphic), ``bb`` (blackboard), ``text`` (a word of two letters or more), ``card`` (``|V|``), one of
    `PREFIXES` (``\delta f``, ``dh`` as one letter), begins with `KIND` or `ASIDE`, or is empty. Bold and roman letters are read as
    the plain letter, since notes use them for the same quantity.
    """

    name: str
    accent: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True)
class Sub(Term):
    """A subscript: ``h_t``, ``y_{t,k}`` (two indices), ``W_{hh}`` (one index, the product ``h h``), ``(V h)_i``."""

    base: Term
    indices: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Sup(Term):
    r"""An index written as a bracketed superscript: ``h^{(t)}``, ``a^{\langle t\rangle}``."""

    base: Term
    indices: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Mark(Term):
    """A mark without a value of its own: ``h_t^+`` (explicit derivative), ``W^*``, ``f'``. `mark` is ``+``, ``*`` or primes."""

    base: Term
    mark: str


@dataclass(frozen=True, slots=True)
class Pow(Term):
    r"""A power: ``h_t^2``, ``e^{z_i}``, ``\tanh^2(x)`` (the power of the application)."""

    base: Term
    exponent: Term


@dataclass(frozen=True, slots=True)
class Transpose(Term):
    r"""``W^T``, ``W^\top``, ``W^{\mathsf T}``."""

    base: Term


@dataclass(frozen=True, slots=True)
class Neg(Term):
    """A minus sign before a term."""

    term: Term


@dataclass(frozen=True, slots=True)
class Add(Term):
    """A sum of two or more terms; a subtracted one is a `Neg`, an ellipsis an `Ellipsis`."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Mul(Term):
    r"""A product of two or more factors: juxtaposition (`sign` empty), ``\cdot`` or ``\times`` (`sign` ``cdot``, ``times``)."""

    factors: tuple[Term, ...]
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Hadamard(Term):
    r"""An elementwise product ``a \odot b``."""

    factors: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Outer(Term):
    r"""An outer product ``a \otimes b``."""

    factors: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Frac(Term):
    """A quotient."""

    numerator: Term
    denominator: Term


@dataclass(frozen=True, slots=True)
class Apply(Term):
    r"""A function applied to one argument: ``\tanh(a)``, ``\sigma'(a)`` (the function is ``Mark(sigma, ')``), ``\log p``."""

    function: Term
    argument: Term


@dataclass(frozen=True, slots=True)
class Given(Term):
    r"""A quantity written with what it depends on: ``E_t(y_t, \hat{y}_t)`` means `base`, ``s(t)`` the same as ``s_t``."""

    base: Term
    arguments: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Extremum(Term):
    r"""The largest or smallest of several values, entry by entry: ``\max(0, a)``. `kind` is ``max`` or ``min``."""

    kind: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Norm(Term):
    r"""``\|v\|``. `kind` is what says which norm: ``F`` of Frobenius, ``infty``; empty for that of Euclid, and where nothing says it."""

    term: Term
    kind: str = ""


class _TwoSided:
    """What relates two formulas."""

    __slots__ = ()
    left: Term
    right: Term

    @property
    def sides(self) -> tuple[Term, Term]:
        """What it relates."""
        return self.left, self.right

    def nodes(self) -> Iterator[Term]:
        """All that stands on its two sides."""
        return (node for side in self.sides for _, node in walk(side))

    @property
    def letters(self) -> frozenset[str]:
        """The letters anywhere on its two sides."""
        return frozenset(node.name for node in self.nodes() if isinstance(node, Sym))

    @property
    def both_ways(self) -> tuple[tuple[Term, Term], tuple[Term, Term]]:
        """Each side with the other one."""
        return (self.left, self.right), (self.right, self.left)

    def changed(self, change: Callable[Concatenate[Term, By], Term], *by: By.args, **named: By.kwargs) -> Self:
        """The same with both sides changed."""
        both: Any = self
        made: Self = replace(both, left=change(self.left, *by, **named), right=change(self.right, *by, **named))
        return made


@dataclass(frozen=True, slots=True)
class Compare(_TwoSided, Term):
    """A relation between two index expressions, as a condition: ``i = k``, ``i != k``, ``k <= t``. `op` is one of =, !=, <, <=, >, >=,
    and | between an event and what it is conditioned on."""

    op: str
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Elided(Term):
    r"""A body that the author left out, as in ``\sum_{i=1}^{K} = 1``."""


@dataclass(frozen=True, slots=True)
class Ellipsis(Term):
    r"""``\dots`` between the terms of a sum or the factors of a product."""


@dataclass(frozen=True, slots=True)
class Big(Term):
    r"""An indexed sum or ordered product: ``\sum_{i=0}^{T}``, ``\prod_{m=k+1}^{t}``, ``\sum_{i \neq k}``, ``\sum_k``.

    `kind` is ``sum`` or ``prod``. Bounds may be missing; `conditions` hold what is written instead of, or beside, them.
    """

    kind: str
    index: Term
    lower: Term | None
    upper: Term | None
    conditions: tuple[Compare, ...]
    body: Term


@dataclass(frozen=True, slots=True)
class Deriv(Term):
    r"""A derivative of `numerator` with respect to `denominator`.

    `sign` is ``partial`` (``\partial``), ``partial+`` (``\partial^+``), ``d`` or ``nabla`` (``\nabla_W L``); ``above`` or ``below``
    where its author left out the other ∂. `prefix` is true where
    the author wrote an operator before its operand: ``\frac{\partial}{\partial V}(V h)``; it is always true for ``nabla``.
    """

    numerator: Term
    denominator: Term
    sign: str = "partial"
    prefix: bool = False


#: The signs of a derivative that lacks one of its two ∂.
HALVES = frozenset({"above", "below"})


@dataclass(frozen=True, slots=True)
class Cases(Term):
    """Values with their conditions; an empty tuple of conditions is *otherwise*."""

    branches: tuple[tuple[Term, tuple[Compare, ...]], ...]


@dataclass(frozen=True, slots=True)
class Stack(Term):
    r"""Rows of quantities that make one: ``[h, x]``, ``[h; x]``, ``\begin{bmatrix} A & B \end{bmatrix}``.

    `brackets` is ``[`` for a list, else the name of the environment.
    """

    rows: tuple[tuple[Term, ...], ...]
    brackets: str = "["


@dataclass(frozen=True, slots=True)
class WrittenOut(Term):
    r"""A vector or a matrix written out with dots, ``[w_{11}, \dots; \vdots]``: its entry at `ROW` and `COLUMN`, w_{row,column}.

    `diagonal` is the entry where both are the same, if that is another one; `ends` are the letters of the last row and the last
    column (empty for a number), one of them for a vector; `is_row` says that a vector is written as a row.
    """

    entry: Term
    diagonal: Term | None
    ends: tuple[str, ...]
    is_row: bool = False


#: The letters of the row and of the column of an entry.
ROW, COLUMN = Sym("row", style="index"), Sym("column", style="index")


@dataclass(frozen=True, slots=True)
class Row(Term):
    r"""One row of an equation between stacks, as a part of the whole: of ``[i; f] = W x``, f is row 1 of the 2 of W x."""

    whole: Term
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class Submatrix(Term):
    r"""``W_{:, n:}``: the entries of a matrix from and to a size, in its rows and its columns; an end that is left out is empty.

    ``W[n:]`` are rows of a matrix, or entries of a vector.
    """

    whole: Term
    bounds: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Indicator(Term):
    r"""``\mathbb{1}[i = k]``: one where the condition holds, else zero."""

    condition: Compare


#: The signs of an equation that may define its left side.
DEFINING = ("=", ":=")
#: The signs of what claims that two sides are equal, or makes them so.
EQUALITIES = (*DEFINING, "<-")


@dataclass(frozen=True, slots=True)
class Relation(_TwoSided):
    r"""What a statement says.

    `op` is ``=``, ``:=``, ``<-``, ``+=``, ``-=``, ``~`` (``\approx``), ``oc`` (``\propto``), ``!=``, ``<``, ``<=``, ``>``, ``>=``
    or ``in``.

    For ``in`` the right side is the space: ``\mathbb{R}^{m \times n}`` is ``Pow(Sym("R", style="bb"), Mul((m, n), "times"))``.
    `conditions` are what is stated beside it, as in ``..., k > t``; they bind where they are about its indices.
    """

    op: str
    left: Term
    right: Term
    conditions: tuple[Compare, ...] = ()


Placed = tuple[tuple[str | int, ...], "Term"]


def children(term: Term) -> list[Placed]:
    """The direct subterms of `term`, each with its path (field name, then positions inside tuples)."""
    kind: Any = type(term)
    found: list[Placed] = []
    for name in _field_names(kind):
        _collect((name,), getattr(term, name), found)
    return found


@cache
def _field_names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _collect(path: tuple[str | int, ...], value: object, found: list[Placed]) -> None:
    if isinstance(value, Term):
        found.append((path, value))
    elif isinstance(value, tuple):
        for position, item in enumerate(value):
            _collect((*path, position), item, found)


def walk(term: Term) -> Sequence[Placed]:
    """`term` and all its subterms, outermost first, each with its path from the root."""
    return ((), term), *_below(term)


def _below(term: Term) -> tuple[Placed, ...]:
    """All subterms of `term`, without itself, which a circle would keep."""
    try:
        return term._met
    except AttributeError:
        below = tuple([((*step, *path), node) for step, child in children(term) for path, node in walk(child)])
        object.__setattr__(term, "_met", below)
        return below


def rebuilt(term: Term, change: Callable[[Term], Term]) -> Term:
    """The term with `change` applied to each direct subterm; the same object where nothing changes."""
    if not _below(term):
        return term
    kind: Any = type(term)
    old = [getattr(term, name) for name in _field_names(kind)]
    new = [_changed(value, change) for value in old]
    return term if all(a is b for a, b in zip(old, new, strict=True)) else kind(*new)


def _changed(value: Any, change: Callable[[Term], Term]) -> Any:
    if isinstance(value, Term):
        return change(value)
    if isinstance(value, tuple):
        items = tuple(_changed(item, change) for item in value)
        return value if all(a is b for a, b in zip(value, items, strict=True)) else items
    return value


def replaced(term: Term, others: Mapping[Term, Term]) -> Term:
    """The term with others wherever some stand in it."""
    return others[term] if term in others else rebuilt(term, lambda part: replaced(part, others))


def step_into(node: Any, step: str | int) -> Any:
    """One step of a path: a field of a term, or a place in a tuple."""
    return node[step] if isinstance(step, int) else getattr(node, step)


def replace_at(term: Term, path: tuple[str | int, ...], new: Term) -> Term:
    """A copy of `term` with the subterm at `path` replaced by `new`."""
    return _replaced(term, path, new)  # type: ignore[return-value]


def _replaced(value: object, path: tuple[str | int, ...], new: Term) -> object:
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, tuple) and isinstance(step, int):
        return (*value[:step], _replaced(value[step], rest, new), *value[step + 1 :])
    kind: Any = type(value)
    parts = [(name, getattr(value, name)) for name in _field_names(kind)]
    return kind(*[_replaced(part, rest, new) if name == step else part for name, part in parts])
