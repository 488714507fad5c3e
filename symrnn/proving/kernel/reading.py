"""Proof files: JSON in, networks, lemmas and claims out (the format is specified in derivations/proof_format.md).

What has not the form of the format is declined; what has it and is ill-typed, or no proof, is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from symrnn.proving.kernel.indices import OPERATORS, Affine, Condition, Facts, collected
from symrnn.proving.kernel.network import Network, Quantity
from symrnn.proving.kernel.outcomes import Declined
from symrnn.proving.kernel.proofs import Assumed, Chain, Claim, Equation, Induction, Lemma, Step
from symrnn.proving.kernel.sums import Entry, Sum, Term, term
from symrnn.proving.kernel.terms import (
    Build,
    Choose,
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
    Shape,
    Softmax,
    Tensor,
    Times,
    Truth,
)
from symrnn.proving.kernel.terms import Sum as SumOver

FORMAT = "symrnn proofs 1"
MOST_NODES = 100_000
MOST_STEPS = 20_000
DEEPEST = 150
LARGEST = 10**9
MOST_UNEQUAL = 6
MOST_AXES = 8


def document(text: str) -> list[Any]:
    """The developments of a proof file. Raises Declined."""
    try:
        data = json.loads(text, object_pairs_hook=_once_each, parse_float=_no_number, parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:
        raise Declined(f"no JSON that can be read: {problem}") from problem
    whole = record(data, "format", "developments")
    if whole["format"] != FORMAT:
        raise Declined(f"the format is not {FORMAT}")
    return items(whole["developments"])


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return dict(pairs)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no whole number")


# ------------------------------------------------------------------------------------------------------- plain data


def _form(holds: object, what: str) -> None:
    if not holds:
        raise Declined(f"not of the form of the format: {what}")


def record(value: Any, *names: str) -> dict[str, Any]:
    _form(isinstance(value, dict) and value.keys() == set(names), f"an object with {', '.join(names)} is expected")
    made: dict[str, Any] = value
    return made


def items(value: Any, length: int | None = None) -> list[Any]:
    _form(isinstance(value, list) and length in (None, len(value)), "a list of another length is expected")
    made: list[Any] = value
    return made


def _text(value: Any) -> str:
    _form(isinstance(value, str), "a text is expected")
    return str(value)


def _name(value: Any) -> str:
    _form(value != "", "a name is expected")
    return _text(value)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, items(value)))


def _label(value: Any) -> str:
    text = _text(value)
    _form("|" not in text and all(text.split("+")), f"{text!r} is no label of an axis")
    return text


def _shape(value: Any) -> Shape:
    shape = tuple(map(_label, items(value)))
    _form(len(shape) <= MOST_AXES, f"more than {MOST_AXES} axes")
    return shape


def _whole(value: Any, low: int = -LARGEST) -> int:
    _form(type(value) is int and low <= value <= LARGEST, "a whole number is expected")
    return int(value)


def _truth(value: Any) -> bool:
    _form(isinstance(value, bool), "true or false is expected")
    return bool(value)


def _rational(value: Any) -> Fraction:
    if isinstance(value, list):
        above, below = items(value, 2)
        return Fraction(_whole(above), _whole(below, 1))
    return Fraction(_whole(value))


def _index(value: Any) -> Affine:
    """``3``, or ``[3, ["k", 1], ["T", -1]]`` for 3 + k - T."""
    if not isinstance(value, list):
        return Affine((), _whole(value))
    _form(value, "an index begins with a number")
    pairs = [(_name(name), _whole(count)) for name, count in (items(pair, 2) for pair in value[1:])]
    return Affine(collected(pairs), _whole(value[0]))


def _indices(value: Any) -> tuple[Affine, ...]:
    return tuple(map(_index, items(value)))


def _facts(value: Any) -> Facts:
    return frozenset(c for c in _indices(value) if c.terms or c.constant < 0)


def _condition(value: Any) -> Condition:
    op, left, right = items(value, 3)
    _form(op in OPERATORS, f"{op!r} is no relation")
    return Condition(op, _index(left), _index(right))


def _conditions(value: Any) -> tuple[Condition, ...]:
    return tuple(map(_condition, items(value)))


# ----------------------------------------------------------------------------------------------------------- nodes


class Reader:
    """Reads what stands in one development, whose expressions are numbered: each is made of those before it."""

    def __init__(self) -> None:
        self._nodes: list[Tensor] = []
        self._depth: list[int] = []
        self.kinds: Mapping[str, tuple[type[Tensor], tuple[Callable[[Any], Any], ...]]] = {
            "number": (Const, (_rational,)),
            "index": (Integer, (_index,)),
            "full": (Full, (_rational, _shape)),
            "identity": (Eye, (_label,)),
            "quantity": (Ref, (_text, lambda value: None if value is None else _index(value), _shape)),
            "derivative": (Jac, (self.node, self.node, _truth)),
            "contract": (Dot, (self.node, self.node, _whole)),
            "permute": (Permute, (self.node, lambda value: tuple(map(_whole, items(value))))),
            "times": (Times, (self.node, self.node)),
            "over": (Over, (self.node, self.node)),
            "plus": (Plus, (lambda value: tuple(map(self.node, items(value))),)),
            "power": (Power, (self.node, _whole)),
            "function": (Map, (_text, _whole, self.node)),
            "softmax": (Softmax, (self.node,)),
            "diagonal matrix": (Diag, (self.node,)),
            "diagonal": (DiagPart, (self.node,)),
            "component": (Pick, (self.node, _indices)),
            "stack": (Build, (_text, _label, self.node)),
            "sum": (SumOver, (_text, _index, _index, _conditions, self.node)),
            "product": (Product, (_text, _index, _index, _truth, self.node)),
            "cases": (
                Choose,
                (lambda value: tuple((self.node(n), _conditions(c)) for n, c in (items(b, 2) for b in items(value))),),
            ),
            "truth": (Truth, (_condition,)),
        }

    def nodes(self, value: Any) -> None:
        """Adds expressions to the numbered ones. Raises Refused where one is ill-typed."""
        for item in items(value):
            _form(isinstance(item, list) and item and isinstance(item[0], str) and item[0] in self.kinds, "no such expression")
            kind, parts = self.kinds[item[0]]
            _form(len(item) == len(parts) + 1, f"{item[0]} has {len(parts)} parts")
            self._inner = 0
            made: Tensor = kind(*(part(argument) for part, argument in zip(parts, item[1:], strict=True)))
            if self._inner >= DEEPEST or len(self._nodes) >= MOST_NODES or len(made.shape) > MOST_AXES:
                raise Declined("an expression is larger than what is judged")
            self._nodes.append(made)
            self._depth.append(self._inner + 1)

    def node(self, value: Any) -> Tensor:
        """The expression of a number."""
        number = _whole(value, 0)
        _form(number < len(self._nodes), f"there is no expression {number} yet")
        self._inner = max(self._inner, self._depth[number])
        return self._nodes[number]

    # ------------------------------------------------------------------------------------------------------- networks

    def network(self, value: Any) -> Network:
        """``{"first", "last", "quantities"}``."""
        data = record(value, "first", "last", "quantities")
        found = [self._quantity(item) for item in items(data["quantities"])]
        quantities = {q.key: q for q in found}
        _form(len(quantities) == len(found), "two quantities have one key")
        last = _index(data["last"])
        _form(
            len(last.terms) == 1 and last.terms[0][1] == 1 and "|" not in last.terms[0][0],
            "the last step is a letter, and a number",
        )
        return Network(quantities, _whole(data["first"]), last)

    def _quantity(self, value: Any) -> Quantity:
        data = record(value, "key", "symbol", "timed", "shape", "definition", "special", "recurrence")
        _form(data["recurrence"] in (-1, 0, 1), "a recurrence is -1, 0 or 1")
        return Quantity(
            key=_text(data["key"]),
            symbol=_text(data["symbol"]),
            timed=_truth(data["timed"]),
            shape=_shape(data["shape"]),
            definition=None if data["definition"] is None else self.node(data["definition"]),
            special=tuple((_index(at), self.node(n)) for at, n in (items(pair, 2) for pair in items(data["special"]))),
            recurrence=_whole(data["recurrence"]),
        )

    # --------------------------------------------------------------------------------------------------------- proofs

    def lemma(self, value: Any) -> Lemma:
        """``{"name", "left", "right", "given", "proof"}``."""
        data = record(value, "name", "left", "right", "given", "proof")
        equation = Equation(self._sum(data["left"]), self._sum(data["right"]), _facts(data["given"]))
        return Lemma(_text(data["name"]), equation, self._proof(data["proof"]))

    def claim(self, value: Any) -> tuple[str, Claim, tuple[Chain, ...]]:
        """``{"name", "left", "right", "indices", "within", "zero", "one", "proofs"}``."""
        data = record(value, "name", "left", "right", "indices", "within", "zero", "one", "proofs")
        within = _conditions(data["within"])
        if sum(c.op == "!=" for c in within) > MOST_UNEQUAL:
            raise Declined(f"more than {MOST_UNEQUAL} indices that differ")
        claim = Claim(
            left=self.node(data["left"]),
            right=self.node(data["right"]),
            variables=tuple((_text(n), "" if x is None else _label(x)) for n, x in (items(p, 2) for p in items(data["indices"]))),
            within=within,
            assumed=Assumed(frozenset(_texts(data["zero"])), frozenset(_texts(data["one"]))),
        )
        return _text(data["name"]), claim, tuple(map(self._chain, items(data["proofs"])))

    def _proof(self, value: Any) -> Chain | Induction:
        if isinstance(value, dict) and "variable" not in value:
            return self._chain(value)
        data = record(value, "variable", "start", "direction", "base", "step")
        _form(data["direction"] in (-1, 1), "a direction is 1 or -1")
        start, direction = _index(data["start"]), _whole(data["direction"])
        return Induction(_text(data["variable"]), start, direction, self._chain(data["base"]), self._chain(data["step"]))

    def _chain(self, value: Any) -> Chain:
        data = record(value, "left", "right")
        left, right = (tuple(map(self._step, items(data[side]))) for side in ("left", "right"))
        if len(left) + len(right) > MOST_STEPS:
            raise Declined(f"more than {MOST_STEPS} steps")
        return Chain(left, right)

    def _sum(self, value: Any) -> Sum:
        return tuple(map(self._term, items(value)))

    def _term(self, value: Any) -> Term:
        coefficient, factors, where, bound = items(value, 4)
        powers = ((self._entry([node, at]), _whole(power)) for node, at, power in (items(f, 3) for f in items(factors)))
        return term(_rational(coefficient), powers, _indices(where), _texts(bound))

    def _entry(self, value: Any) -> Entry:
        node, at = items(value, 2)
        return Entry(self.node(node), _indices(at))

    def _step(self, value: Any) -> Step:
        """``[rule, position, …]``, or ``["back", new term, step that leads back]``."""
        _form(isinstance(value, list) and len(value) > 1 and isinstance(value[0], str), "a step is a rule, a position and so on")
        if value[0] == "back":
            _, new, inner = items(value, 3)
            step = self._step(inner)
            _form(step.rule in _BACKWARDS and not step.backward, "only unfold, use and product go backwards")
            return Step(step.rule, step.at, (self._term(new),), step.entry, step.fresh, step.data, backward=True)
        rule, at, rest = value[0], _whole(value[1], 0), value[2:]
        _form(rule in STEPS, f"{rule!r} is no rule")
        parts = {name: self._part(name, item) for name, item in zip(STEPS[rule], items(rest, len(STEPS[rule])), strict=True)}
        entry, fresh = parts.pop("entry", None), parts.pop("fresh", ())
        return Step(rule, at, (), entry, fresh, tuple(parts.values()))

    def _part(self, name: str, value: Any) -> Any:
        """What else a step needs, by what it is called in the specification."""
        match name:
            case "entry":
                return self._entry(value)
            case "fresh":
                return _texts(value)
            case "lemma" | "variable":
                return _text(value)
            case "index":
                return _index(value)
            case "conditions":
                return _facts(value)
            case "other":
                return _whole(value, 0)
            case "values":
                return _pairs(value, _index)
            case "names":
                return _pairs(value, _text)
        _form(value in ("empty", "first", "last"), "empty, first or last is expected")
        return value


def _pairs(value: Any, read: Callable[[Any], Any]) -> tuple[tuple[str, Any], ...]:
    found = {_text(name): read(item) for name, item in (items(pair, 2) for pair in items(value))}
    _form(len(found) == len(value), "a name stands twice")
    return tuple(found.items())


#: What stands in a step after its rule and its position.
STEPS: Mapping[str, tuple[str, ...]] = {
    "open": ("entry", "fresh"),
    "unfold": ("entry",),
    "chain rule": ("entry",),
    "release": ("entry",),
    "slope": ("entry",),
    "softmax": ("entry",),
    "inside": ("entry",),
    "product": ("entry", "which", "fresh"),
    "zero": ("entry",),
    "use": ("entry", "lemma", "values", "fresh"),
    "argument": ("entry", "lemma", "values"),
    "square": ("entry",),
    "total": ("entry",),
    "split": ("index",),
    "vacuous": (),
    "narrow": ("conditions",),
    "substitute": ("variable", "index"),
    "turn": ("variable", "index"),
    "rename": ("names",),
    "collect": ("other",),
}
_BACKWARDS = ("unfold", "use", "product")
