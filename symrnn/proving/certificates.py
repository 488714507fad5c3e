"""Proofs as the kernel reads them (derivations/proof_format.md), and what the kernel says of each."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from symrnn.proving.kernel import reading
from symrnn.proving.kernel.development import Development
from symrnn.proving.kernel.indices import Affine, Condition
from symrnn.proving.kernel.network import Network, Quantity
from symrnn.proving.kernel.proofs import Chain, Claim, Induction, Lemma, Step, groups
from symrnn.proving.kernel.sums import Entry, Sum, Term
from symrnn.proving.kernel.terms import Tensor, arguments

Json = Any
_KINDS = {kind: name for name, (kind, _) in reading.Reader().kinds.items()}


class DevelopmentWriter:
    """Writes what stands in one development; expressions are numbered as they come."""

    def __init__(self) -> None:
        self.nodes: list[Json] = []
        self._numbers: dict[Tensor, int] = {}

    def node(self, node: Tensor) -> int:
        """The number of an expression."""
        if node not in self._numbers:
            written = [_KINDS[type(node)], *(self._argument(value) for value in arguments(node))]
            self._numbers[node] = len(self.nodes)
            self.nodes.append(written)
        return self._numbers[node]

    def _argument(self, value: Any) -> Json:
        if isinstance(value, Tensor):
            return self.node(value)
        if isinstance(value, Affine):
            return index(value)
        if isinstance(value, tuple):
            return [self._argument(item) for item in value]
        if isinstance(value, Condition):
            return condition(value)
        return rational(value) if isinstance(value, Fraction) else value

    def network(self, network: Network) -> Json:
        """A network."""
        quantities = [self._quantity(q) for q in network.quantities.values()]
        return {"first": network.first, "last": index(network.last), "quantities": quantities}

    def _quantity(self, q: Quantity) -> Json:
        return {
            "key": q.key,
            "symbol": q.symbol,
            "timed": q.timed,
            "shape": list(q.shape),
            "definition": None if q.definition is None else self.node(q.definition),
            "special": [[index(at), self.node(value)] for at, value in q.special],
            "recurrence": q.recurrence,
        }

    def lemma(self, lemma: Lemma) -> Json:
        """A lemma with its proof."""
        equation, proof = lemma.equation, lemma.proof
        return {
            "name": lemma.name,
            "left": self._sum(equation.left),
            "right": self._sum(equation.right),
            "given": indices(equation.given),
            "proof": self._induction(proof) if isinstance(proof, Induction) else self.chain(proof),
        }

    def claim(self, name: str, claim: Claim, proofs: Iterable[Chain]) -> Json:
        """A claim with its proofs."""
        return {
            "name": name,
            "left": self.node(claim.left),
            "right": self.node(claim.right),
            "indices": [[index, label or None] for index, label in claim.variables],
            "within": list(map(condition, claim.within)),
            "zero": sorted(claim.assumed.zeros),
            "one": sorted(claim.assumed.ones),
            "proofs": list(map(self.chain, proofs)),
        }

    def _induction(self, proof: Induction) -> Json:
        base, step = self.chain(proof.base), self.chain(proof.step)
        return {"variable": proof.variable, "start": index(proof.start), "direction": proof.direction, "base": base, "step": step}

    def chain(self, chain: Chain) -> Json:
        """The steps from both sides of an equation."""
        return {"left": list(map(self._step, chain.left)), "right": list(map(self._step, chain.right))}

    def _sum(self, terms: Sum) -> Json:
        return list(map(self._term, terms))

    def _term(self, t: Term) -> Json:
        factors = [[*self._entry(e), power] for e, power in t.factors]
        return [rational(t.coefficient), factors, indices(t.where), sorted(t.bound)]

    def _entry(self, entry: Entry) -> Json:
        return [self.node(entry.node), list(map(index, entry.at))]

    def _step(self, step: Step) -> Json:
        data = iter(step.data)
        written = [step.rule, step.at, *(self._part(name, step, data) for name in reading.STEPS[step.rule])]
        return ["back", self._term(step.result[0]), written] if step.backward else written

    def _part(self, name: str, step: Step, data: Any) -> Json:
        if name == "entry":
            assert step.entry is not None
            return self._entry(step.entry)
        if name == "fresh":
            return list(step.fresh)
        value = next(data)
        if name == "conditions":
            return indices(value)
        if name in ("values", "names"):
            return [[key, index(x) if isinstance(x, Affine) else x] for key, x in value]
        return index(value) if isinstance(value, Affine) else value


def index(value: Affine) -> Json:
    """An index: a number, or a list of a number and of names with their factors."""
    return [value.constant, *([name, count] for name, count in value.terms)] if value.terms else value.constant


def indices(values: Iterable[Affine]) -> Json:
    """Conditions, in an order that is the same in every run."""
    return list(map(index, sorted(values, key=lambda c: (c.terms, c.constant))))


def condition(value: Condition) -> Json:
    """A relation between two indices."""
    return [value.op, index(value.left), index(value.right)]


def rational(value: Fraction) -> Json:
    """A rational number: a whole one, or two."""
    return value.numerator if value.denominator == 1 else [value.numerator, value.denominator]


class Certificate:
    """A development as it is written, each part of which the kernel reads and judges as it comes; it is kept where it is `for_file`.

    Raises Refused or Declined where it does not accept one.
    """

    def __init__(self, network: Network, for_file: bool = True) -> None:
        self._for_file = for_file
        self._writer = DevelopmentWriter()
        self._network = self._writer.network(network)
        self._judged = len(self._writer.nodes)
        self._kernel = Development(list(self._writer.nodes), self._network)
        self._lemmas: dict[str, Json] = {}
        self._known: dict[str, Lemma] = {}
        self._claims: list[Json] = []

    def add(self, name: str, claim: Claim, lemmas: Iterable[Lemma], proofs: Iterable[Chain]) -> list[str]:
        """Adds a claim and the lemmas that its proofs need; what the kernel read, in full."""
        lemmas = tuple(lemmas)
        for group in groups(lemmas):
            if group[0].name not in self._lemmas:
                members = [self._writer.lemma(lemma) for lemma in group]
                written = members if len(members) > 1 else members[0]
                self._send()
                self._kernel.lemma(written)
                self._lemmas[group[0].name] = written if self._for_file else None
        self._known.update((lemma.name, lemma) for lemma in lemmas)
        written = self._writer.claim(name, claim, proofs)
        self._send()
        said = self._kernel.claim(written)
        if self._for_file:
            self._claims.append(written)
        return said

    def knows(self, lemmas: Iterable[Lemma]) -> bool:
        """Whether each of some lemmas is one that was added, or has a name that none has."""
        return all(self._known.get(lemma.name, lemma) == lemma for lemma in lemmas)

    def _send(self) -> None:
        """Gives the kernel the expressions that it does not have yet."""
        new, self._judged = self._writer.nodes[self._judged :], len(self._writer.nodes)
        self._kernel.extend(new)

    @property
    def development(self) -> Json:
        """All of it, as it stands in a file."""
        return {
            "nodes": self._writer.nodes,
            "network": self._network,
            "lemmas": list(self._lemmas.values()),
            "claims": self._claims,
        }


def document(certificates: Iterable[Certificate]) -> Json:
    """A proof file."""
    return {"format": reading.FORMAT, "developments": [certificate.development for certificate in certificates]}
