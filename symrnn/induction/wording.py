"""Terms, rules and equations as a person would write them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from symrnn.induction.sums import Entry, Sum, Term, renamed
from symrnn.model import Model
from symrnn.tensors import Affine, Const, Integer, Jac, Map, Product, Ref, Softmax, Tensor

_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303"}
_SMALL = dict(zip("0123456789", "₀₁₂₃₄₅₆₇₈₉", strict=True))
_OUTER = "abcdefg"
_COMPONENTS, _TIMES = "cdefglopquvwz", "ikmnjrst"
_PRIMES = {0: "", 1: "′", 2: "″"}


class Writer:
    """Writes entries, terms and sums; `names` renames variables."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def index(self, index: Affine) -> str:
        """An index: ``k+1``."""
        parts: list[str] = []
        for name, k in index.terms:
            sign = "-" if k < 0 else "+" if parts else ""
            parts.append(sign + (str(abs(k)) if abs(k) != 1 else "") + _letter(name))
        if index.constant or not parts:
            parts.append(f"{index.constant:+d}" if parts else str(index.constant))
        return "".join(parts).replace("-", "−")

    def entry(self, entry: Entry) -> str:
        """A component: ``h_{t,a}``, ``∂h_{t,a}/∂W_{b,c}``, ``P(i,k)_{a,b}``."""
        node, at = entry.node, entry.at
        if isinstance(node, Ref):
            return self._ref(node, at)
        if isinstance(node, Jac):
            rank = len(node.numerator.shape)
            plus = "⁺" if node.explicit else ""
            return f"∂{plus}{self.entry(Entry(node.numerator, at[:rank]))}/∂{self._ref(node.wrt, at[rank:])}"
        if isinstance(node, Map):
            return f"{node.function}{_PRIMES.get(node.order, f'^({node.order})')}({self._argument(node.argument, at)})"
        if isinstance(node, Softmax):
            return f"softmax({self._whole(node.argument)}){self._subscript(at)}"
        if isinstance(node, Product):
            return self._product(node, at)
        if isinstance(node, Const):
            return str(node.value)
        if isinstance(node, Integer):
            return f"({self.index(node.index)})"
        return f"{self._whole(node)}{self._subscript(at)}"

    def _ref(self, ref: Ref, at: tuple[Affine, ...]) -> str:
        key = ref.quantity.removeprefix("held ")
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

    def _argument(self, node: Tensor, at: tuple[Affine, ...]) -> str:
        return f"{self._whole(node)}{self._subscript(at)}"

    def _product(self, node: Product, at: tuple[Affine, ...]) -> str:
        body = node.body
        chain = isinstance(body, Jac) and isinstance(body.numerator, Ref) and node.falling
        if chain and isinstance(body, Jac) and body.wrt.time == Affine.of(node.variable, -1):
            letter = self._ref(Ref(body.wrt.quantity, None, body.wrt.axes), ())
            return f"P^{letter}({self.index(node.upper)},{self.index(node.lower - 1)}){self._subscript(at)}"
        arrow = "↓" if node.falling else "↑"
        bounds = f"{_letter(node.variable)}={self.index(node.lower)}..{self.index(node.upper)}"
        return f"(Π{arrow}_{{{bounds}}} {self._whole(body)}){self._subscript(at)}"

    def _whole(self, node: Tensor) -> str:
        if isinstance(node, Ref):
            return self._ref(node, ())
        if isinstance(node, (Map, Jac, Softmax, Product, Const, Integer)):
            return self.entry(Entry(node, ()))
        children = [c for c in node.__dict__.values() if isinstance(c, Tensor)]
        children += [c for v in node.__dict__.values() if isinstance(v, tuple) for c in v if isinstance(c, Tensor)]
        sign = {"Plus": " + ", "Times": " ⊙ ", "Over": "/", "Dot": " "}.get(type(node).__name__)
        inner = (sign or ", ").join(self._whole(c) for c in children)
        return f"({inner})" if sign else f"{type(node).__name__}({inner})"

    def condition(self, c: Affine) -> str:
        """A condition ``c ≥ 0`` with positive parts on both sides."""
        left = Affine(tuple((n, -k) for n, k in c.terms if k < 0))
        right = Affine(tuple((n, k) for n, k in c.terms if k > 0))
        if c.constant > 0 and not right.terms:
            return f"{self.index(left)} ≤ {c.constant}"
        return f"{self.index(left - min(c.constant, 0))} ≤ {self.index(right + max(c.constant, 0))}"

    def term(self, t: Term) -> str:
        """A term: coefficient, sum signs with conditions, factors; bound variables get letters."""
        t = _lettered(t)
        factors = [self.entry(e) + ("" if n == 1 else f"^{n}") for e, n in t.factors]
        conditions = [self.condition(c) for c in sorted(t.where, key=repr) if not _is_range(c)]
        sums = ",".join(sorted(_letter(n) for n in t.bound))
        head = f"Σ_{{{sums}}}" if sums else ""
        bracket = f"[{', '.join(conditions)}]" if conditions else ""
        body = " ".join(x for x in (head, bracket, " ".join(factors)) if x)
        if t.coefficient == 1:
            return body or "1"
        if t.coefficient == -1:
            return f"−{body or '1'}"
        return f"{_number(t.coefficient)} {body}".strip()

    def sum(self, terms: Sum) -> str:
        """A sum of terms."""
        return " + ".join(self.term(t) for t in terms).replace("+ −", "− ") if terms else "0"

    def conditions(self, conditions: Iterable[Affine]) -> str:
        return ", ".join(self.condition(c) for c in sorted(conditions, key=repr) if not _is_range(c))


def _letter(name: str) -> str:
    plain = name.removeprefix("~")
    if plain.isdecimal():
        return _OUTER[int(plain) - 1]
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


def _number(value: Fraction) -> str:
    return str(value).replace("-", "−")


def _is_range(c: Affine) -> bool:
    """Whether a condition only says that a component lies within its axis (or starts from 1)."""
    return any(n.startswith("|") for n, _ in c.terms) and len(c.terms) == 2 and c.constant == 0
