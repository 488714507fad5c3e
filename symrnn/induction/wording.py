"""Terms, entries and equations as a person would write them, in Unicode."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from symrnn.induction.linear import opposite
from symrnn.induction.meaning import HELD
from symrnn.induction.sums import Entry, Sum, Term, renamed
from symrnn.model import Model
from symrnn.tensors import (
    Affine,
    Const,
    Diag,
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
    Tensor,
    Times,
)
from symrnn.tensors import Sum as SumOver

_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303"}
_SMALL = dict(zip("0123456789", "₀₁₂₃₄₅₆₇₈₉", strict=True))
_OUTER = "abcdefg"
_COMPONENTS, _TIMES = "cdefglopquvwz", "ikmnjrst"
_PRIMES = {0: "", 1: "′", 2: "″"}


class Writer:
    """Writes entries, terms and sums about one model."""

    def __init__(self, model: Model) -> None:
        self.model = model

    # ------------------------------------------------------------------------------------------------------- entries

    def index(self, index: Affine) -> str:
        """An index: ``k+1``."""
        parts: list[str] = []
        for name, k in sorted(index.terms, key=lambda pair: pair[1] < 0):
            sign = "−" if k < 0 else "+" if parts else ""
            parts.append(sign + (str(abs(k)) if abs(k) != 1 else "") + _letter(name))
        if index.constant or not parts:
            parts.append(_number(Fraction(index.constant), signed=bool(parts)))
        return "".join(parts)

    def entry(self, entry: Entry) -> str:
        """A component: ``h_{t,a}``, ``∂h_{t,a}/∂W_{b,c}``, ``P^h(i,k)_{a,b}``."""
        node, at = entry.node, entry.at
        if isinstance(node, Ref):
            return self._ref(node, at)
        if isinstance(node, Jac):
            rank = len(node.numerator.shape)
            plus = "⁺" if node.explicit else ""
            return f"∂{plus}{self.entry(Entry(node.numerator, at[:rank]))}/∂{self._ref(node.wrt, at[rank:])}"
        if isinstance(node, Map):
            return f"{node.function}{_PRIMES.get(node.order, f'^({node.order})')}({self.entry(Entry(node.argument, at))})"
        if isinstance(node, Product) and self._is_power(node):
            return self._power(node) + self._subscript(at)
        text = self.whole(node)
        if at and isinstance(node, (Plus, Dot, Times, Over, Power, SumOver, Product)):
            text = f"({text})"
        return text + self._subscript(at)

    def _ref(self, ref: Ref, at: tuple[Affine, ...]) -> str:
        key = ref.quantity.removeprefix(HELD)
        quantity = self.model.quantities.get(key)
        letter = key
        if quantity is not None:
            name = quantity.name
            letter = name.letter + _ACCENTS.get(name.accent, "") + (f"_{name.suffix}" if name.suffix else "")
        return letter + self._subscript(((ref.time,) if ref.time is not None else ()) + at)

    def _subscript(self, at: tuple[Affine, ...]) -> str:
        texts = [self.index(i) for i in at]
        if not texts:
            return ""
        return f"_{texts[0]}" if len(texts) == 1 and len(texts[0]) == 1 else "_{" + ",".join(texts) + "}"

    def _is_power(self, node: Product) -> bool:
        body, step = node.body, Affine.of(node.variable, -1)
        return node.falling and isinstance(body, Jac) and isinstance(body.numerator, Ref) and body.wrt.time == step

    def _power(self, node: Product) -> str:
        assert isinstance(node.body, Jac)
        letter = self._ref(Ref(node.body.wrt.quantity, None, node.body.wrt.axes), ())
        return f"P^{letter}({self.index(node.upper)},{self.index(node.lower - 1)})"

    # ------------------------------------------------------------------------------------------------- whole tensors

    def whole(self, node: Tensor) -> str:
        """A tensor as a formula."""
        if isinstance(node, (Ref, Map, Jac)):
            return self.entry(Entry(node, ()))
        if isinstance(node, (Const, Full)):
            return _number(node.value)
        if isinstance(node, Integer):
            return self.index(node.index)
        if isinstance(node, Plus):
            return " + ".join(self.whole(t) for t in node.terms).replace("+ −", "− ")
        if isinstance(node, (Dot, Times, Over)):
            return self._binary(node)
        if isinstance(node, (SumOver, Product)):
            return self._big(node)
        return self._function(node)

    def _binary(self, node: Dot | Times | Over) -> str:
        left, right = self._factor(node.left), self._factor(node.right)
        if isinstance(node, Over):
            return f"{left}/{right}"
        if isinstance(node, Times):
            return f"{left} ⊙ {right}"
        if isinstance(node.right, Full) and node.axes == 0 and node.right.value == 1:
            return left
        if isinstance(node.left, Const) and node.left.value == -1:
            return f"−{right}"
        outer = node.axes == 0 and node.left.shape and node.right.shape
        return f"{left} ⊗ {right}" if outer else f"{left} {right}"

    def _factor(self, node: Tensor) -> str:
        text = self.whole(node)
        return f"({text})" if isinstance(node, (Plus, Times, Over)) else text

    def _big(self, node: SumOver | Product) -> str:
        if isinstance(node, Product) and self._is_power(node):
            return self._power(node)
        sign = "Σ" if isinstance(node, SumOver) else "Π↓" if node.falling else "Π↑"
        more = [f"{self.index(c.left)} {c.op} {self.index(c.right)}" for c in getattr(node, "conditions", ())]
        bounds = ", ".join([f"{_letter(node.variable)}={self.index(node.lower)}..{self.index(node.upper)}", *more])
        return f"{sign}_{{{bounds}}} {self._factor(node.body)}"

    def _function(self, node: Tensor) -> str:
        if isinstance(node, Diag):
            return f"diag({self.whole(node.argument)})"
        if isinstance(node, Softmax):
            return f"softmax({self.whole(node.argument)})"
        if isinstance(node, Permute) and node.order == (1, 0):
            return self._bracketed(node.argument) + "ᵀ"
        if isinstance(node, Power):
            return self._bracketed(node.base) + ("²" if node.exponent == 2 else f"^{node.exponent}")
        if isinstance(node, Pick):
            return self._bracketed(node.argument) + self._subscript(node.indices)
        if isinstance(node, Eye):
            return "I"
        parts = [
            self.whole(c) for v in node.__dict__.values() for c in (v if isinstance(v, tuple) else (v,)) if isinstance(c, Tensor)
        ]
        return f"{type(node).__name__.lower()}({', '.join(parts)})"

    def _bracketed(self, node: Tensor) -> str:
        text = self.whole(node)
        return text if isinstance(node, (Ref, Map)) else f"({text})"

    # ---------------------------------------------------------------------------------------------- terms, conditions

    def condition(self, c: Affine) -> str:
        """A condition ``c ≥ 0`` with positive parts on both sides."""
        left = Affine(tuple((n, -k) for n, k in c.terms if k < 0))
        right = Affine(tuple((n, k) for n, k in c.terms if k > 0))
        if not left.terms:
            return f"{self.index(right)} ≥ {self.index(Affine((), -c.constant))}"
        if not right.terms:
            return f"{self.index(left)} ≤ {self.index(Affine((), c.constant))}"
        return f"{self.index(left + max(-c.constant, 0))} ≤ {self.index(right + max(c.constant, 0))}"

    def conditions(self, conditions: Iterable[Affine]) -> str:
        """Several conditions; that a component lies within its axis goes without saying."""
        every = set(conditions)
        components = {n for c in every if any(x.startswith("|") for x, _ in c.terms) for n, _ in c.terms}
        texts = []
        for c in sorted(every, key=repr):
            whole = any(x.startswith("|") for x, _ in c.terms)
            begins = len(c.terms) == 1 and c.terms[0] in {(n, 1) for n in components} and c.constant == -1
            if whole or begins or (opposite(c) in every and repr(opposite(c)) < repr(c)):
                continue
            texts.append(self.condition(c).replace("≤", "=").replace("≥", "=") if opposite(c) in every else self.condition(c))
        return ", ".join(texts)

    def term(self, t: Term) -> str:
        """A term: coefficient, sum signs with conditions, factors; bound variables get letters."""
        t = _lettered(t)
        factors = [self.entry(e) + ("" if n == 1 else f"^{n}") for e, n in t.factors]
        sums = ",".join(sorted(_letter(n) for n in t.bound))
        conditions = self.conditions(t.where)
        head = f"Σ_{{{sums}}}" if sums else ""
        body = " ".join(x for x in (head, f"[{conditions}]" if conditions else "", " ".join(factors)) if x)
        if abs(t.coefficient) == 1:
            return ("−" if t.coefficient < 0 else "") + (body or "1")
        return f"{_number(t.coefficient)} {body}".strip()

    def sum(self, terms: Sum) -> str:
        """A sum of terms."""
        return " + ".join(self.term(t) for t in terms).replace("+ −", "− ") if terms else "0"


def _letter(name: str) -> str:
    plain = name.removeprefix("~")
    if plain.isdecimal():
        return _OUTER[int(plain) - 1]
    if "#" in plain:
        return plain.partition("#")[0]
    return "".join(_SMALL[c] if c.isdecimal() else c for c in plain)


def _lettered(t: Term) -> Term:
    """A term with letters for its bound variables: some for components, others for times."""
    axes = {n for c in t.where if any(x.startswith("|") for x, _ in c.terms) for n, _ in c.terms}
    taken = {_letter(n) for n in t.names - t.bound}
    pools = {True: (x for x in _COMPONENTS if x not in taken), False: (x for x in _TIMES if x not in taken)}
    names = {n: f"~{next(pools[n in axes], n.removeprefix('~'))}" for n in sorted(t.bound)}
    # The letters may be names of other bound variables: go by way of names that nothing has.
    passing = renamed(t, {n: f"~!{n}" for n in names})
    return renamed(passing, {f"~!{n}": new for n, new in names.items()})


def _number(value: Fraction, signed: bool = False) -> str:
    sign = "−" if value < 0 else "+" if signed else ""
    return sign + str(abs(value))
