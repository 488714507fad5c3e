"""Networks and claims in full, as a person compares them with a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

from symrnn.proving.kernel.functions import SLOPES
from symrnn.proving.kernel.indices import Affine, Condition
from symrnn.proving.kernel.network import TIME, Network, Quantity
from symrnn.proving.kernel.proofs import Claim
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
    Sum,
    Tensor,
    Times,
    Truth,
    walk,
)

#: What begins the account of each claim.
ACCEPTED = "accepted:"
_SIGNS = {"!=": "≠", "<=": "≤", ">=": "≥"}


class Printer:
    """Writes expressions about one network. Every operation is in brackets, so that no rule of precedence is needed."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def lines(self, name: str, claim: Claim) -> Iterator[str]:
        """A claim, with the values of its indices and its hypotheses."""
        yield f"{ACCEPTED} {name}"
        yield f"  {self.text(claim.left)} = {self.text(claim.right)}"
        for index, label in claim.variables:
            low, high = ("1", label) if label else (str(self.network.first), written(self.network.last))
            yield f"  for {index} from {low} to {high}"
        for condition in claim.within:
            yield f"  where {condition_text(condition)}"
        for key in sorted(claim.assumed.zeros):
            q = self.network.quantities[key]
            yield f"  given {self._letter(q, self.network.end(q))} = 0"
        for key in sorted(claim.assumed.ones):
            yield f"  given that the components of {self._letter(self.network.quantities[key], Affine.of(TIME))} add up to 1"
        used = sorted({n.function for side in (claim.left, claim.right) for n in walk(side) if isinstance(n, Map)} - SLOPES.keys())
        if used:
            yield f"  for all differentiable functions {', '.join(used)}"

    def network_lines(self) -> Iterator[str]:
        """All quantities of the network, with what defines them."""
        network = self.network
        yield f"network with steps from {network.first} to {written(network.last)}, of any length and sizes:"
        for q in network.quantities.values():
            yield f"  {self._letter(q, Affine.of(TIME))} ∈ {_space(q.shape)}{self._defined(q)}"

    def _defined(self, q: Quantity) -> str:
        said = [f"{self._letter(q, at)} = {self.text(value)}" for at, value in q.special]
        if q.definition is None:
            return "".join(f", {x}" for x in said) or ", free"
        said.insert(0, f"= {self.text(q.definition)}")
        if q.recurrence:
            said.append(f"free {'after the last' if q.recurrence > 0 else 'before the first'} step")
        return " " + ", ".join(said)

    def _letter(self, q: Quantity, time: Affine) -> str:
        return f"{q.symbol}[{written(time)}]" if q.timed else q.symbol

    def text(self, node: Tensor) -> str:
        """An expression."""
        return _RULES[type(node)](self, node)

    def ref(self, node: Ref) -> str:
        """A quantity."""
        symbol = self.network.quantity(node).symbol
        return symbol if node.time is None else f"{symbol}[{written(node.time)}]"

    def joined(self, parts: Iterable[Tensor], sign: str) -> str:
        """Several expressions with a sign between them."""
        return f"({f' {sign} '.join(map(self.text, parts))})"

    def contraction(self, node: Dot) -> str:
        """A product over no, one or more axes."""
        if node.axes == 0:
            number = () in (node.left.shape, node.right.shape)
            return self.joined((node.left, node.right), "·" if number else "⊗")
        return self.joined((node.left, node.right), "·" if node.axes == 1 else f"·{node.axes}·")

    def permuted(self, node: Permute) -> str:
        """A transposed matrix, or axes in another order."""
        if node.order == (1, 0):
            return f"{self.text(node.argument)}ᵀ"
        return f"axes({', '.join(str(n + 1) for n in node.order)}; {self.text(node.argument)})"

    def big(self, node: Sum) -> str:
        """A sum with its bounds and conditions."""
        conditions = "".join(f", {condition_text(c)}" for c in node.conditions)
        return f"Σ({node.variable} = {written(node.lower)}…{written(node.upper)}{conditions}: {self.text(node.body)})"

    def ordered(self, node: Product) -> str:
        """An ordered product: its first factor is on the left, or with falling factors its last."""
        low, high = written(node.lower), written(node.upper)
        return f"Π({node.variable} = {f'{high}…{low} falling' if node.falling else f'{low}…{high}'}: {self.text(node.body)})"

    def cases(self, node: Choose) -> str:
        """Cases, the first whose conditions hold."""
        said = (f"{self.text(value)} if {' and '.join(map(condition_text, cs)) or 'else'}" for value, cs in node.branches)
        return "{" + "; ".join(said) + "}"


def written(index: Affine) -> str:
    """An index: ``T - 1``."""
    text = ""
    for name, count in (*index.terms, *([("", index.constant)] if index.constant or not index.terms else [])):
        size = str(abs(count)) if not name else ("" if abs(count) == 1 else f"{abs(count)}") + name
        text += (" - " if count < 0 else " + ") + size if text else ("-" if count < 0 else "") + size
    return text


def condition_text(c: Condition) -> str:
    """A relation between indices."""
    return f"{written(c.left)} {_SIGNS.get(c.op, c.op)} {written(c.right)}"


def _space(shape: Shape) -> str:
    return f"ℝ^({' × '.join(shape)})" if shape else "ℝ"


def _full(value: Fraction, axes: Shape) -> str:
    return f"{value}" if not axes else f"{value}({' × '.join(axes)})"


_RULES: dict[type[Tensor], Callable[[Printer, Any], str]] = {
    Const: lambda p, n: str(n.value) if n.value >= 0 else f"({n.value})",
    Integer: lambda p, n: f"({written(n.index)})",
    Full: lambda p, n: _full(n.value, n.axes),
    Eye: lambda p, n: f"I({n.label})",
    Ref: Printer.ref,
    Jac: lambda p, n: f"∂{'⁺' if n.explicit else ''}{p.text(n.numerator)}/∂{p.text(n.wrt)}",
    Dot: Printer.contraction,
    Permute: Printer.permuted,
    Times: lambda p, n: p.joined((n.left, n.right), "⊙"),
    Over: lambda p, n: p.joined((n.left, n.right), "/"),
    Plus: lambda p, n: p.joined(n.terms, "+"),
    Power: lambda p, n: f"{p.text(n.base)}^{n.exponent}",
    Map: lambda p, n: f"{n.function}{chr(39) * n.order}({p.text(n.argument)})",
    Softmax: lambda p, n: f"softmax({p.text(n.argument)})",
    Diag: lambda p, n: f"diag({p.text(n.argument)})",
    DiagPart: lambda p, n: f"diagonal({p.text(n.argument)})",
    Pick: lambda p, n: f"{p.text(n.argument)}[{', '.join(map(written, n.indices))}]",
    Build: lambda p, n: f"[{p.text(n.body)}]({n.variable} = 1…{n.label})",
    Sum: Printer.big,
    Product: Printer.ordered,
    Choose: Printer.cases,
    Truth: lambda p, n: f"𝟙[{condition_text(n.condition)}]",
}
