"""Claims that hold for every number of time steps and all sizes of axes, with their proofs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from symrnn.deciding.hypotheses import Hypothesis
from symrnn.language.claims import Claim, extended
from symrnn.language.model import Model, Quantity
from symrnn.proving import rewriting
from symrnn.proving.certificates import Certificate, document
from symrnn.proving.coupled import has_coupled_states, has_short_products
from symrnn.proving.kernel.outcomes import Declined, Refused
from symrnn.proving.kernel.proofs import Assumed, Chain, Equation, Induction, Lemma
from symrnn.proving.kernel.rules import EARLIER
from symrnn.proving.kernel.terms import Diag, Jac, Map, Power, Product, Tensor, Times, walk
from symrnn.proving.lemmas import Library, differentiates_backwards, from_reverse
from symrnn.proving.normal import Mode
from symrnn.proving.rewriting import Stuck
from symrnn.proving.translation import claim_of, network_of

_LETTERS, _STEPS, _EVERYTHING = Mode(jacobians=False, explicit=False), Mode(jacobians=False), Mode()
_SLOPES = Mode(slopes=True)


@dataclass(frozen=True)
class Proof:
    """A claim that holds for every length and every size, and why.

    `lemmas` come in the order in which they use each other; `parts` are the equations that make up the claim (more than one
    only under a hypothesis such as i ≠ k), each with its proof.
    """

    model: Model
    claim: Claim
    hypotheses: tuple[Hypothesis, ...]
    lemmas: tuple[Lemma, ...]
    parts: tuple[tuple[Equation, Chain], ...]

    def added_to(self, certificate: Certificate, name: str) -> list[str]:
        """Adds the proof to a certificate about its network; what the kernel reads in it. Raises Refused or Declined."""
        return certificate.add(name, claim_of(self.claim, self.hypotheses), self.lemmas, [chain for _, chain in self.parts])


def read_by_kernel(proof: Proof) -> list[str]:
    """What the kernel reads in a proof, once it has accepted it. Raises Refused or Declined."""
    certificate = Certificate(network_of(extended(proof.model, proof.claim)))
    return proof.added_to(certificate, "the claim")


def proof_file(proofs: Iterable[tuple[str, Proof]]) -> str | None:
    """The file of some proofs, each with the name of its claim; None without any. Raises Refused or Declined.

    Those about one network that one prover found share their lemmas.
    """
    made: dict[tuple[int, tuple[Quantity, ...]], Certificate] = {}
    done: list[Certificate] = []
    for name, proof in proofs:
        key = id(proof.model), proof.claim.unknown
        if key not in made or not made[key].knows(proof.lemmas):
            made[key] = Certificate(network_of(extended(proof.model, proof.claim)))
            done.append(made[key])
        proof.added_to(made[key], name)
    return json.dumps(document(done), ensure_ascii=False, separators=(",", ":")) if done else None


class Prover:
    """Proves claims about one model; lemmas are proven once, and the kernel accepts each proof or there is none."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._known: dict[tuple[object, ...], tuple[Library, Certificate]] = {}
        self._proofs: dict[tuple[Claim, tuple[Hypothesis, ...]], Proof | None] = {}

    def about(self, claim: Claim) -> tuple[Library, Certificate]:
        """The lemmas about the model, and about the quantities that the claim adds to it, with what the kernel has accepted of them.

        Raises Refused where the kernel does not take it for a network.
        """
        if claim.unknown not in self._known:
            network = network_of(extended(self.model, claim))
            self._known[claim.unknown] = Library(network), Certificate(network, for_file=False)
        return self._known[claim.unknown]

    def prove(self, claim: Claim, hypotheses: tuple[Hypothesis, ...] = ()) -> Proof | None:
        """A proof for every length and size, None when none was found."""
        key = claim, hypotheses
        if key not in self._proofs:
            try:
                self._proofs[key] = self.attempt(claim, hypotheses)
            except (Stuck, Refused, Declined, RecursionError):
                self._proofs[key] = None
        return self._proofs[key]

    def attempt(self, claim: Claim, hypotheses: tuple[Hypothesis, ...] = ()) -> Proof:
        """A proof for every length and size, which the kernel has accepted. Raises Stuck, Refused or Declined."""
        rewriting.begin()
        if any(not (label or role == "time") for _, role, label in claim.variables):
            raise Stuck("it is not known what an index counts")
        library, certificate = self.about(claim)
        meant = claim_of(claim, hypotheses)
        equations = library.model.equations(meant)
        parts = tuple((equation, self._chain(library, equation, meant.assumed)) for equation in equations)
        proof = Proof(self.model, claim, hypotheses, _used(library, [chain for _, chain in parts]), parts)
        proof.added_to(certificate, "a claim")
        return proof

    def _chain(self, library: Library, equation: Equation, hypotheses: Assumed) -> Chain:
        try:
            return _by_some_mode(library, equation, hypotheses)
        except Stuck:
            if not differentiates_backwards(library, equation):
                raise
        return from_reverse(library, _by_some_mode(library.reflected, library.reflection.equation(equation), hypotheses))


def _by_some_mode(library: Library, equation: Equation, hypotheses: Assumed) -> Chain:
    """A proof of an equation in the first mode in which there is one. Raises Stuck."""
    reason = "no mode"
    for mode in _modes(equation, library):
        try:
            with library.assuming(hypotheses, {}):
                return library.chain(equation, mode)
        except Stuck as stuck:
            reason = str(stuck)
    raise Stuck(reason)


def _modes(equation: Equation, library: Library) -> list[Mode]:
    """What to write out, the most promising first: products of Jacobians, or step by step where states have no short ones."""
    left, right = ([n for t in side for e, _ in t.factors for n in walk(e.node)] for side in (equation.left, equation.right))
    closed, stepwise = _closed([*left, *right]), tuple(_stepwise(left, right))
    times = {n.wrt.time for n in (*left, *right) if isinstance(n, Jac)}
    recursion = len(times) > 1 and not any(isinstance(n, Product) for n in (*left, *right))
    first = has_coupled_states(library) or (recursion and not has_short_products(library))
    return [*stepwise, *closed] if first else [*closed, *stepwise]


def _closed(nodes: list[Tensor]) -> tuple[Mode, ...]:
    """Nothing of a claim about derivatives is written out at first, everything where functions are written."""
    if any(isinstance(n, (Diag, Map, Power, Times)) for n in nodes):
        return _EVERYTHING, _STEPS, _LETTERS, _SLOPES
    return _LETTERS, _STEPS, _EVERYTHING


def _stepwise(left: list[Tensor], right: list[Tensor]) -> Iterator[Mode]:
    """From the states that only one side differentiates by, then from all before the latest one of the claim, or before the next one."""
    one, other = ({n.wrt for n in nodes if isinstance(n, Jac) and n.wrt.time is not None} for nodes in (left, right))
    step = Mode(absorb=False, closed=False)
    yield replace(step, through=frozenset(one - other))
    times = {ref.time for ref in one | other if ref.time is not None}
    latest = {time for time in times if not any(later.terms == time.terms and later.constant > time.constant for later in times)}
    for by in (0, 1):
        yield replace(step, late=tuple(time + by for time in sorted(latest, key=repr)))


def _used(library: Library, chains: list[Chain]) -> tuple[Lemma, ...]:
    """The lemmas that some chains use, directly or through others, in the order in which they were accepted."""
    found: set[str] = set()
    open_chains = list(chains)
    while open_chains:
        chain = open_chains.pop()
        for step in (*chain.left, *chain.right):
            if step.rule in ("use", "argument") and not step.data[0].startswith(EARLIER) and step.data[0] not in found:
                members = library.beside(step.data[0])
                found.update(lemma.name for lemma in members)
                open_chains += (chain for lemma in members for chain in chains_of(lemma))
    return tuple(lemma for name, lemma in library.lemmas.items() if name in found)


def chains_of(lemma: Lemma) -> list[Chain]:
    """The chains of steps in the proof of a lemma."""
    return [lemma.proof.base, lemma.proof.step] if isinstance(lemma.proof, Induction) else [lemma.proof]
