"""Which proofs are accepted.

An equation says that two sums (`symrnn.proving.kernel.sums`) are equal for all integers that its free variables can stand for within
its conditions, for every horizon and all sizes. A proof rewrites both sides, one rule at a time, until they are the same sum;
or it does so twice, at the first value of a variable and after it with the equation one value earlier as a hypothesis: an
induction. Every step is computed here; nothing is taken from a proof but which rule to apply where.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from symrnn.proving.kernel.indices import Affine, Facts, contradictory, equal, follows
from symrnn.proving.kernel.network import Network
from symrnn.proving.kernel.outcomes import Declined, Refused
from symrnn.proving.kernel.proofs import Assumed, Chain, Claim, Earlier, Equation, Induction, Lemma, Step
from symrnn.proving.kernel.rules import EARLIER, Context, names_of
from symrnn.proving.kernel.sums import VARIABLE, Sum, Term, is_finite
from symrnn.proving.kernel.terms import Const, Full, Map, Over, Power, Tensor, walk

#: A sum with more terms than this is not judged.
MOST_TERMS = 2_000


class Checker:
    """Accepts lemmas about one network, in order, and claims that follow from them. Raises Refused where the network is none."""

    def __init__(self, network: Network) -> None:
        network.check()
        self.network = network
        self.context = Context(network)

    def accept(self, *lemmas: Lemma) -> None:
        """Adds a lemma to the accepted ones, or several that one induction proves. Raises Refused."""
        admit(self.context, *lemmas)
        beside = {f"{EARLIER} {lemma.name}": lemma.equation for lemma in lemmas}
        for lemma in lemmas:
            self.context.assumed, self.context.earlier = Assumed(), {}
            if isinstance(lemma.proof, Induction):
                self._induction(lemma.equation, lemma.proof, beside)
            else:
                self._chain(lemma.equation, lemma.proof)
        self.context.accepted.update((lemma.name, lemma.equation) for lemma in lemmas)

    def conclude(self, claim: Claim, proofs: Sequence[Chain]) -> None:
        """Accepts a claim: each of its equations has a proof, and something is shown. Raises Refused."""
        self.network.sensible(claim)
        equations = list(self.network.equations(claim))
        if len(equations) != len(proofs):
            raise Refused(f"the claim consists of {len(equations)} equations, with {len(proofs)} proofs")
        self.context.assumed, self.context.earlier = claim.assumed, {}
        shown = is_zero(claim.right)
        for equation, proof in zip(equations, proofs, strict=True):
            known = equation.given | self.network.always
            if contradictory(known):
                raise Refused("no index is as the claim wants it")
            end = self._chain(equation, proof)
            shown = shown or not all(contradictory(t.where | known) for t in end)
        if not shown:
            raise Refused("both sides vanish, so nothing is shown")

    # --------------------------------------------------------------------------------------------------- proofs

    def _induction(self, equation: Equation, proof: Induction, beside: Mapping[str, Equation]) -> None:
        name, here = proof.variable, Affine.of(proof.variable)
        if not name.startswith(VARIABLE) or name in proof.start.names():
            raise Refused("an induction needs a variable and a start that does not depend on it")
        since = (here - proof.start).scaled(proof.direction)
        if not follows(since, equation.given | self.network.always):
            raise Refused("the equation also speaks of values before the base case")
        self._chain(replace(equation, given=equation.given.union(equal(here, proof.start))), proof.base)
        self.context.earlier = hypotheses(equation, beside, proof)
        self._chain(replace(equation, given=equation.given | {since - 1}), proof.step)

    def _chain(self, equation: Equation, proof: Chain) -> Sum:
        """The sum that both sides are equal to. Raises Refused."""
        left = self._rewritten(equation.left, proof.left, equation.given)
        right = self._rewritten(equation.right, proof.right, equation.given)
        if Counter(left) != Counter(right):
            raise Refused("the two sides do not end in the same sum")
        return left

    def _rewritten(self, terms: Sum, steps: Sequence[Step], given: Facts) -> Sum:
        """A sum after some steps. Raises Refused."""
        state, taken = list(terms), names_of(given)
        for t in terms:
            well_formed(t)
            if t.bound & taken:
                raise Refused("a bound variable of a sum stands in a condition of its equation")
        for number, step in enumerate(steps, start=1):
            try:
                self._apply(state, step, given)
            except Refused as reason:
                raise Refused(f"step {number} ({step.rule}): {reason}") from reason
            if len(state) > MOST_TERMS:
                raise Declined(f"a sum of more than {MOST_TERMS} terms")
        return tuple(state)

    def _apply(self, state: list[Term], step: Step, given: Facts) -> None:
        if not 0 <= step.at < len(state):
            raise Refused(f"no term stands at position {step.at}")
        if step.rule == "collect":
            _collect(state, step)
            return
        before, facts = state[step.at], given | self.network.always
        if step.backward:
            (new,) = step.result
            well_formed(new)
            if not new.divisors <= before.divisors:
                raise Refused("a step backwards divides by something new")
            if self.context.applied(new, step, facts) != (before,):
                raise Refused("the rule does not lead back to the term")
            state[step.at] = new
        else:
            state[step.at : step.at + 1] = self.context.applied(before, step, facts)


def admit(context: Context, *lemmas: Lemma) -> None:
    """Whether equations may be lemmas: names are new, nothing divides, and several at once have one induction. Raises Refused."""
    names = {lemma.name for lemma in lemmas}
    if len(names) < len(lemmas) or any(name in context.accepted or name.startswith(EARLIER) for name in names):
        raise Refused("there are two lemmas of that name")
    if any(map(divides, (t for lemma in lemmas for t in lemma.equation.left + lemma.equation.right))):
        raise Refused("a lemma divides")
    courses = {_course(lemma.proof) for lemma in lemmas}
    if len(courses) > 1 or (len(lemmas) > 1 and None in courses):
        raise Refused("lemmas that are proven at once need one induction")


def _course(proof: Chain | Induction) -> tuple[str, Affine, int] | None:
    return (proof.variable, proof.start, proof.direction) if isinstance(proof, Induction) else None


def hypotheses(own: Equation, beside: Mapping[str, Equation], proof: Induction) -> dict[str, Earlier]:
    """The hypotheses of an induction by their names: its own equation, and those that are proven at once, one value earlier."""
    every = {EARLIER: own, **beside}
    return {name: Earlier(e, proof.variable, proof.direction, proof.start.names()) for name, e in every.items()}


def _collect(state: list[Term], step: Step) -> None:
    """c t + d t = (c + d) t, for the terms at `at` and at a later position."""
    (other,) = step.data
    if not step.at < other < len(state) or not state[step.at].is_like(state[other]):
        raise Refused("only like terms can be collected")
    total = state[step.at].coefficient + state[other].coefficient
    a = state[step.at]
    del state[other]
    state[step.at : step.at + 1] = [replace(a, coefficient=total)] if total else []


def well_formed(t: Term) -> None:
    """Raises Refused unless a sum is over variables, with finitely many values."""
    if any(not n.startswith(VARIABLE) for n in t.bound):
        raise Refused("a variable begins with ~")
    if not is_finite(t):
        raise Refused("a sum over infinitely many values")


def divides(t: Term) -> bool:
    """Whether a term divides by something, or holds the logarithm of it."""

    def inner(node: Tensor) -> bool:
        negative = isinstance(node, Power) and node.exponent < 0
        return negative or isinstance(node, Over) or (isinstance(node, Map) and node.function == "log")

    return any(n < 0 or any(map(inner, walk(e.node))) for e, n in t.factors)


def is_zero(node: Tensor) -> bool:
    """Whether an expression is a zero that is written as one."""
    return isinstance(node, (Const, Full)) and not node.value
