"""A proof as a person would write it: notation, lemmas with base and step, then the claim."""

from __future__ import annotations

from collections.abc import Iterator

from symrnn.induction.proofs import Chain, Equation, Induction, Lemma, Step
from symrnn.induction.prove import Proof, extended
from symrnn.induction.sums import Sum, Term
from symrnn.induction.wording import Writer
from symrnn.tensors import Affine, Product

_REASONS = {
    "unfold": "by definition",
    "chain rule": "by the chain rule",
    "square": "since the slope of the activation is a polynomial in its value",
    "order": "by the derivative of the function",
    "softmax": "by the definition of softmax",
    "total": "since the components add up to one",
    "zero": "since the initial state is zero",
    "product": "splitting off a factor of the product",
    "split": "telling cases apart",
    "vacuous": "leaving out what no index satisfies",
    "substitute": "taking the one term of a sum over a single point",
    "collect": "collecting like terms",
}
_MOST_LINES, _LONGEST = 6, 420


def explain(proof: Proof) -> list[str]:
    """The lines of a proof."""
    return list(_Explainer(proof).lines())


class _Explainer:
    def __init__(self, proof: Proof) -> None:
        self.proof = proof
        self.writer = Writer(extended(proof.model, proof.claim))
        self.numbers = {lemma.name: f"Lemma {n}" for n, lemma in enumerate(proof.lemmas, start=1)}

    def lines(self) -> Iterator[str]:
        yield "For every number of time steps and all sizes:"
        for equation, _ in self.proof.parts:
            yield "  " + self._equation(equation)
        if self.proof.hypotheses:
            yield "under " + ", ".join(h.text for h in self.proof.hypotheses)
        yield from self._notation()
        for lemma in self.proof.lemmas:
            yield from self._lemma(lemma)
        for equation, chain in self.proof.parts:
            yield "Claim. " + self._equation(equation)
            yield from self._chain(equation, chain, "  ")
            yield "  The two sides are the same sum. ∎"

    def _notation(self) -> Iterator[str]:
        yield "Here [...] is 1 where its conditions hold and 0 elsewhere; sums run over all integers that the bracket admits,"
        yield "  indices of components over their whole axis."
        equations = [e for e, _ in self.proof.parts] + [lemma.equation for lemma in self.proof.lemmas]
        if any(isinstance(e.node, Product) for q in equations for t in (*q.left, *q.right) for e, _ in t.factors):
            yield "P^h(i,k) is the product of the Jacobians ∂h_m/∂h_{m−1} for m = i, i−1, …, k+1; the identity for i = k."

    def _equation(self, equation: Equation) -> str:
        given = self.writer.conditions(equation.given)
        both = f"{self.writer.sum(equation.left)} = {self.writer.sum(equation.right)}"
        return f"{both}   for {given}" if given else both

    def _lemma(self, lemma: Lemma) -> Iterator[str]:
        yield f"{self.numbers[lemma.name]}. " + self._equation(lemma.equation)
        proof = lemma.proof
        if not isinstance(proof, Induction):
            yield from self._chain(lemma.equation, proof, "  ")
            return
        v, writer = Affine.of(proof.variable), self.writer
        before = writer.index(v - proof.direction)
        way = "" if proof.direction > 0 else ", downwards"
        yield f"  By induction on {writer.index(v)}{way}."
        yield f"  Base: {writer.index(v)} = {writer.index(proof.start)}."
        yield from self._chain(lemma.equation, proof.base, "    ")
        yield f"  Step: suppose it holds for {before} in place of {writer.index(v)}."
        yield from self._chain(lemma.equation, proof.step, "    ")
        relation = "≥" if proof.direction > 0 else "≤"
        yield f"  So it holds for every {writer.index(v)} {relation} {writer.index(proof.start)}."

    def _chain(self, equation: Equation, chain: Chain, indent: str) -> Iterator[str]:
        for name, terms, steps in (("left", equation.left, chain.left), ("right", equation.right, chain.right)):
            yield f"{indent}The {name} side is {self.writer.sum(terms)}"
            for state, reasons in self._milestones(terms, steps):
                why = f"   ({'; '.join(reasons)})" if reasons else ""
                yield f"{indent}  = {self.writer.sum(state)}{why}"

    def _milestones(self, terms: Sum, steps: tuple[Step, ...]) -> list[tuple[Sum, list[str]]]:
        """Some of the sums on the way, with the reasons that led to each: those before and after a lemma is used."""
        found: list[tuple[Sum, list[str]]] = []
        reasons: dict[str, None] = {}
        state = list(terms)
        for position, step in enumerate(steps):
            _follow(state, step)
            reason = self._reason(step)
            if reason:
                reasons[reason] = None
            following = steps[position + 1].rule if position + 1 < len(steps) else "end"
            turn = (step.rule == "use") != (following == "use") and len(self.writer.sum(tuple(state))) <= _LONGEST
            if following == "end" or turn:
                found.append((tuple(state), list(reasons)))
                reasons = {}
        if len(found) > _MOST_LINES:
            kept = found[: _MOST_LINES - 1]
            rest = dict.fromkeys(r for _, why in found[_MOST_LINES - 1 :] for r in why)
            found = [*kept, (found[-1][0], list(rest))]
        return found

    def _reason(self, step: Step) -> str:
        if step.rule in ("use", "argument"):
            name = step.data[0]
            return "by the induction hypothesis" if name == "earlier" else f"by {self.numbers.get(name, name)}"
        return _REASONS.get(step.rule, "")


def _follow(state: list[Term], step: Step) -> None:
    """The sum after a step that is known to be right."""
    if step.rule == "collect":
        del state[step.data[0]]
    state[step.at : step.at + 1] = step.result
