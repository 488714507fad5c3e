"""Claims that hold for every number of time steps and all sizes of axes, with their proofs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symrnn.deciding.hypotheses import Hypothesis
from symrnn.language.claims import Claim, extended
from symrnn.language.model import Model
from symrnn.language.tensors import Affine, Condition, Diag, Map, Power, Times, walk
from symrnn.proving.checker import Checker
from symrnn.proving.lemmas import Library
from symrnn.proving.linear import contradictory
from symrnn.proving.meaning import Refused
from symrnn.proving.normal import Mode
from symrnn.proving.proofs import Assumed, Chain, Equation, Induction, Lemma
from symrnn.proving.rewriting import Patience, Stuck

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


def equations(checker: Checker, claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> Iterator[Equation]:
    """What has to be proven for a claim under hypotheses on its indices."""
    cases: list[frozenset[Affine]] = [frozenset()]
    for hypothesis in hypotheses:
        if hypothesis.kind in ("equal", "different"):
            a, b = (Affine.of(f"~{name}") for name in hypothesis.about.split(","))
            ways = [{a - b, b - a}] if hypothesis.kind == "equal" else [{a - b - 1}, {b - a - 1}]
            cases = [case | frozenset(way) for case in cases for way in ways]
        elif hypothesis.kind == "nonzero" and hypothesis.condition is not None:
            count = hypothesis.condition.left.substitute({name: Affine.of(f"~{name}") for name, _, _ in claim.variables})
            cases = [case | {way} for case in cases for way in (count - 1, count.scaled(-1) - 1)]
        elif hypothesis.condition is not None:
            named = {hypothesis.about: Affine.of(f"~{hypothesis.about}")}
            condition = hypothesis.condition.substitute(named)
            cases = [case | {condition.right - condition.left - 1} for case in cases]
    for condition in claim.within:
        said = condition.substitute({name: Affine.of(f"~{name}") for name, _, _ in claim.variables})
        cases = [case | way for case in cases for way in _ways(said)]
    for case in cases:
        yield checker.network.statement(claim.left, claim.right, claim.variables, case)


def _ways(condition: Condition) -> list[frozenset[Affine]]:
    """What is at least zero where a condition between indices holds: one set for each way in which it can."""
    below, above = condition.right - condition.left, condition.left - condition.right
    return {
        "=": [frozenset({below, above})],
        "!=": [frozenset({below - 1}), frozenset({above - 1})],
        "<": [frozenset({below - 1})],
        "<=": [frozenset({below})],
        ">": [frozenset({above - 1})],
        ">=": [frozenset({above})],
    }[condition.op]


def assumed(hypotheses: tuple[Hypothesis, ...]) -> Assumed:
    """The hypotheses on values, as the checker knows them."""
    zeros = frozenset(h.about for h in hypotheses if h.kind in ("zero", "zero end"))
    return Assumed(zeros, frozenset(h.about for h in hypotheses if h.kind in ("sum", "one-hot")))


def check(proof: Proof) -> None:
    """Checks a proof from nothing but the model, the claim and its hypotheses. Raises Refused."""
    checker = Checker(extended(proof.model, proof.claim))
    wanted = list(equations(checker, proof.claim, proof.hypotheses))
    if wanted != [equation for equation, _ in proof.parts]:
        raise Refused("the equations are not those of the claim")
    for lemma in proof.lemmas:
        checker.accept(lemma)
    conclude(checker, proof)


def conclude(checker: Checker, proof: Proof) -> None:
    """Checks what follows from lemmas that are accepted already; something must be shown. Raises Refused."""
    shown = proof.claim.literal_zero
    for equation, chain in proof.parts:
        if contradictory(equation.given | checker.always):
            raise Refused("no index is as the claim wants it")
        end = checker.conclude(equation, chain, assumed(proof.hypotheses))
        shown = shown or not all(contradictory(t.where | equation.given | checker.always) for t in end)
    if not shown:
        raise Refused("both sides vanish, so nothing is shown")


class Prover:
    """Proves claims about one model; lemmas are proven once."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._libraries: dict[tuple[object, ...], Library] = {}

    def library(self, claim: Claim) -> Library:
        """The lemmas about the model, and about the quantities that the claim adds to it."""
        if claim.unknown not in self._libraries:
            self._libraries[claim.unknown] = Library(extended(self.model, claim))
        return self._libraries[claim.unknown]

    def prove(self, claim: Claim, hypotheses: tuple[Hypothesis, ...] = ()) -> Proof | None:
        """A proof for every length and size, None when none was found."""
        try:
            return self.attempt(claim, hypotheses)
        except (Stuck, Refused, RecursionError):
            return None

    def attempt(self, claim: Claim, hypotheses: tuple[Hypothesis, ...] = ()) -> Proof:
        """A proof for every length and size. Raises Stuck or Refused."""
        Patience.start()
        if any(not (label or role == "time") for _, role, label in claim.variables):
            raise Stuck("it is not known what an index counts")
        library = self.library(claim)
        parts = []
        for equation in equations(library.checker, claim, hypotheses):
            parts.append((equation, self._chain(library, equation, assumed(hypotheses))))
        used = _used(library, [chain for _, chain in parts])
        proof = Proof(self.model, claim, hypotheses, used, tuple(parts))
        conclude(library.checker, proof)
        return proof

    def _chain(self, library: Library, equation: Equation, hypotheses: Assumed) -> Chain:
        reason = Stuck("no mode")
        for mode in _modes(equation):
            try:
                with library.assuming(hypotheses, None):
                    return library.chain(equation, mode)
            except Stuck as stuck:
                reason = stuck
        raise reason


def _modes(equation: Equation) -> tuple[Mode, ...]:
    """What to write out, the most promising first: nothing of a claim about derivatives, everything where functions are written."""
    nodes = [n for t in (*equation.left, *equation.right) for e, _ in t.factors for n in walk(e.node)]
    if any(isinstance(n, (Diag, Map, Power, Times)) for n in nodes):
        return _EVERYTHING, _STEPS, _LETTERS, _SLOPES
    return _LETTERS, _STEPS, _EVERYTHING


def _used(library: Library, chains: list[Chain]) -> tuple[Lemma, ...]:
    """The lemmas that some chains use, directly or through others, in the order in which they were accepted."""
    found: set[str] = set()
    open_chains = list(chains)
    while open_chains:
        chain = open_chains.pop()
        for step in (*chain.left, *chain.right):
            if step.rule in ("use", "argument") and step.data[0] != "earlier" and step.data[0] not in found:
                found.add(step.data[0])
                open_chains += chains_of(library.lemmas[step.data[0]])
    return tuple(lemma for name, lemma in library.lemmas.items() if name in found)


def chains_of(lemma: Lemma) -> list[Chain]:
    """The chains of steps in the proof of a lemma."""
    return [lemma.proof.base, lemma.proof.step] if isinstance(lemma.proof, Induction) else [lemma.proof]
