"""The network that a document is about: its quantities, their shapes and the equations that define them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property

from symrnn.language.tensors import Affine, Shape, Tensor, mentioned, parts_of
from symrnn.language.terms import BAR, KIND, PREFIXES, Sub, Sym, Term

#: Combining characters for the accents of letters.
ACCENTS = {
    "hat": "\u0302",
    "bar": "\u0304",
    "tilde": "\u0303",
    "dot": "\u0307",
    "ddot": "\u0308",
    "check": "\u030c",
    "breve": "\u0306",
    "acute": "\u0301",
    "grave": "\u0300",
    "mathring": "\u030a",
    "overrightarrow": "\u20d7",
    "overleftarrow": "\u20d6",
}


@dataclass(frozen=True)
class Name:
    r"""What a quantity is called: its letter with accent and style, and the part of its subscript that is no index (``W_{hh}``)."""

    letter: str
    accent: str = ""
    style: str = ""
    suffix: str = ""

    @staticmethod
    def of(symbol: Sym, suffix: str = "") -> Name:
        return Name(symbol.name, symbol.accent, symbol.style, suffix)

    @property
    def bare(self) -> Sym:
        """The letter alone."""
        return Sym(self.letter, self.accent, self.style)

    @property
    def term(self) -> Term:
        """The name as it is written in a formula."""
        return self.at()

    def at(self, *indices: Term) -> Term:
        """The name with indices behind the part of its subscript that is none."""
        below = (*((Sym(self.suffix, "", "text"),) if self.suffix else ()), *indices)
        return Sub(self.bare, below) if below else self.bare

    @cached_property
    def text(self) -> str:
        """The name as a person writes it: ``ŷ``, ``W_hh``."""
        bar = ACCENTS[BAR] if self.style == BAR else ""
        accented = unicodedata.normalize("NFC", self.letter + ACCENTS.get(self.accent, "") + bar)
        suffix = self.suffix or ("".join(self.style.split()[1:]) if self.style.startswith(KIND) else "")
        return ("" if bar else self._prefix) + accented + (f"_{suffix}" if suffix else "")

    @property
    def _prefix(self) -> str:
        return PREFIXES.get(self.style, "")

    def __str__(self) -> str:
        style = f"{self.style} " if self.style and self.style not in PREFIXES else ""  # L is another letter than \\mathcal{L}
        accented = style + self._prefix + self.letter + (f"^{self.accent}" if self.accent else "")
        return accented + (f"_{self.suffix}" if self.suffix else "")


@dataclass(frozen=True)
class Quantity:
    """One quantity of the network.

    `definition` is an expression in the time ``t``; `special` are definitions at one time (``delta_T = ...``). `recurrence` is -1 for
    a state that is defined by its value one step earlier, +1 for one defined by the step after it, else 0. A
    state has a free initial value; one that runs backwards has a free value after the last step. `one_hot` marks a class that the data
    name (``y_t`` of ``p_{t,y_t}``), as the vector with a 1 in that class.
    `slope` marks a value or derivative of a function that the document leaves open (`slope_name`).
    """

    key: str
    name: Name
    timed: bool
    shape: Shape
    definition: Tensor | None = None
    special: tuple[tuple[Affine, Tensor], ...] = ()
    recurrence: int = 0
    one_hot: bool = False
    slope: bool = False

    @property
    def text(self) -> str:
        """The name for messages."""
        return self.name.text

    @cached_property
    def uses(self) -> frozenset[str]:
        """The quantities that stand in its definitions."""
        definitions = (self.definition, *(special for _, special in self.special))
        return frozenset().union(*(mentioned(d) for d in definitions if d is not None))

    @property
    def is_parameter(self) -> bool:
        """Free and without a time: a weight or a bias."""
        return self.definition is None and not self.timed


@dataclass(frozen=True)
class Model:
    r"""The quantities of a document and what its letters mean.

    `horizon` is the letter of the last time step, which is `horizon` + `horizon_offset`; `sizes` says which letter counts the entries
    of which axis; `declared` has the shapes that the document states; `index_letters` are those that serve as subscripts,
    `time_letters` those that count time in the definitions; `functions` are the document's own; `batch` is the axis of the
    examples that a network takes side by side; `calls` has the arguments of each function that the document leaves open;
    `abbreviations` have the letters below and above a name, and the derivative that it is short for: ``\gamma_t^{(k)}``; so have
    `derivatives` for quantities that are one by a matrix: ``P_t = \partial h_t / \partial W``.
    """

    quantities: Mapping[str, Quantity]
    first: int = 0
    horizon: str = "T"
    horizon_offset: int = 0
    sizes: Mapping[str, str] = field(default_factory=dict)
    declared: Mapping[Name, Shape] = field(default_factory=dict)
    index_letters: frozenset[str] = frozenset()
    time_letters: frozenset[str] = frozenset()
    functions: Mapping[str, tuple[Sym, Term]] = field(default_factory=dict)
    row_vectors: bool = False
    batch: str = ""
    calls: Mapping[Name, tuple[Term, ...]] = field(default_factory=dict)
    abbreviations: Mapping[Name, tuple[tuple[Sym, ...], Term]] = field(default_factory=dict)
    derivatives: Mapping[Name, tuple[tuple[Sym, ...], Term]] = field(default_factory=dict)
    #: The functions with kinks that expressions go through, as far as they were asked for.
    kinks: dict[Tensor, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def named(self, name: Name) -> dict[bool, Quantity]:
        """The quantities of that name, by whether they carry a time."""
        return self._by_name.get(name, {})

    @cached_property
    def _by_name(self) -> dict[Name, dict[bool, Quantity]]:
        found: dict[Name, dict[bool, Quantity]] = {}
        for quantity in self.quantities.values():
            found.setdefault(quantity.name, {})[quantity.timed] = quantity
        return found

    def changed(self, change: Callable[[Tensor], Tensor]) -> Model:
        """The model with a change made in all that defines its quantities."""

        def of(quantity: Quantity) -> Quantity:
            special = tuple((at, change(value)) for at, value in quantity.special)
            return replace(quantity, definition=quantity.definition and change(quantity.definition), special=special)

        return replace(self, quantities={key: of(quantity) for key, quantity in self.quantities.items()})

    @property
    def last(self) -> Affine:
        """The last step."""
        return Affine.of(self.horizon, self.horizon_offset)

    @property
    def labels(self) -> tuple[str, ...]:
        """The axis labels in use, in order of appearance."""
        labels = (label for q in self.quantities.values() for label in q.shape)
        return tuple(dict.fromkeys(name for label in labels for name in (*parts_of(label), label)))


def quantity_key(name: Name, timed: bool) -> str:
    """The key of a quantity in its model: a loss per step and a total loss may share their name."""
    return f"{name}[t]" if timed else str(name)


def letter_of_open(name: Name) -> Sym:
    """The letter of the function that gives a quantity which no equation does."""
    return Sym(f"{name.letter}'", name.accent, name.style)


def slope_name(function: Name, argument: int) -> Name:
    """The name of the derivative of an open function by one of its arguments, counted from 1; of its value with 0.

    Derivatives of the first order at one point cannot tell a function from its tangent there, so that a document's ``l(o_t, y_t)``
    is read as a sum of its arguments, each times a free slope.
    """
    return replace(function, suffix=f"{function.suffix}'{argument}")


def reached(keys: Set[str], model: Model, closed: Set[Name] = frozenset()) -> set[str]:
    """The keys of some quantities, and of all that stand in their definitions, or behind these; not behind those of `closed` ones."""
    seen: set[str] = set()
    open_keys = set(keys)
    while open_keys:
        seen |= open_keys
        known = (model.quantities[key] for key in open_keys if key in model.quantities)
        open_keys = set[str]().union(*(quantity.uses for quantity in known if quantity.name not in closed)) - seen
    return seen
