"""A network whose steps are counted from the other end, and proofs about it as proofs about the network itself.

A state that runs backwards is there one that runs forwards, about which lemmas are known. Only the times at which quantities are asked
for change: a for first + last - a. Every rule of the kernel is the same in both directions, so that each step of a proof is one as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from symrnn.proving.kernel.indices import Affine
from symrnn.proving.kernel.network import TIME, Network, Quantity
from symrnn.proving.kernel.proofs import Chain, Equation, Induction, Lemma, Step
from symrnn.proving.kernel.rules import EARLIER
from symrnn.proving.kernel.sums import Entry, Sum, term
from symrnn.proving.kernel.terms import Ref, Tensor, instantiate, rebuilt

_NAMED = ("use", "argument")


@dataclass(frozen=True)
class Reflection:
    """The times of a network from the other end; `of` a reflected thing is the thing itself."""

    network: Network

    def time(self, at: Affine) -> Affine:
        """The time that is as far from the last step as this one is from the first."""
        return self.network.last + self.network.first - at

    def reflected(self) -> Network:
        """The network with all quantities at the times from the other end."""
        return replace(self.network, quantities={key: self._quantity(q) for key, q in self.network.quantities.items()})

    def _quantity(self, q: Quantity) -> Quantity:
        special = tuple((self.time(at), self.tensor(value)) for at, value in q.special)
        definition = q.definition
        if definition is not None:
            now = {TIME: self.time(Affine.of(TIME))} if q.timed else {}
            definition = self.tensor(instantiate(definition, now))
        return replace(q, definition=definition, special=special, recurrence=-q.recurrence)

    def tensor(self, node: Tensor) -> Tensor:
        """An expression that asks for every quantity at the time from the other end."""
        if isinstance(node, Ref):
            return node if node.time is None else Ref(node.quantity, self.time(node.time), node.axes)
        return rebuilt(node, self.tensor)

    def sum(self, terms: Sum) -> Sum:
        """A sum of such entries."""
        return tuple(term(t.coefficient, ((self.entry(e), n) for e, n in t.factors), t.where, t.bound) for t in terms)

    def entry(self, entry: Entry) -> Entry:
        """A component of such an expression."""
        return Entry(self.tensor(entry.node), entry.at)

    def equation(self, equation: Equation) -> Equation:
        """An equation about such entries."""
        return Equation(self.sum(equation.left), self.sum(equation.right), equation.given)

    def chain(self, chain: Chain, names: Mapping[str, str]) -> Chain:
        """A proof by steps, in which lemmas have other names."""
        return Chain(*(tuple(self._step(step, names) for step in side) for side in (chain.left, chain.right)))

    def lemma(self, lemma: Lemma, names: Mapping[str, str]) -> Lemma:
        """A lemma and its proof, in which lemmas have other names."""
        group = lemma.group and f"{lemma.group} in reverse"
        return Lemma(names[lemma.name], self.equation(lemma.equation), self._proof(lemma.proof, names), group)

    def _proof(self, proof: Chain | Induction, names: Mapping[str, str]) -> Chain | Induction:
        if isinstance(proof, Chain):
            return self.chain(proof, names)
        return replace(proof, base=self.chain(proof.base, names), step=self.chain(proof.step, names))

    def _step(self, step: Step, names: Mapping[str, str]) -> Step:
        entry = None if step.entry is None else self.entry(step.entry)
        return replace(step, result=self.sum(step.result), entry=entry, data=_renamed(step, names))


def _renamed(step: Step, names: Mapping[str, str]) -> tuple[Any, ...]:
    """What a step rests on, with the other name of its lemma, or of the hypothesis that a lemma is in its induction."""
    if step.rule not in _NAMED:
        return step.data
    name, *rest = step.data
    beside = name.removeprefix(f"{EARLIER} ")
    return (names.get(name, f"{EARLIER} {names[beside]}" if beside in names else name), *rest)
