"""Statements that a program is made of, each with its proof.

A program works for every length and every size, so its statements are proven for all of them. Where no induction is found (a logistic
output), they are proven at an instance, compared at others modulo a prime, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symrnn.deciding.decide import Decider, Fails, Holds
from symrnn.deciding.evaluate import Instance
from symrnn.language.budget import TooLarge, limited
from symrnn.language.claims import Claim
from symrnn.language.model import Model
from symrnn.language.tensors import Affine, Condition, Tensor, substitute
from symrnn.proving.opinion import second_opinion
from symrnn.proving.prove import Prover as Induction
from symrnn.running.adjoint import TensorEquation
from symrnn.running.cost import NOW, CostPart
from symrnn.running.errors import CannotCompile
from symrnn.running.writing import as_latex, written_equation

#: What a proof at an instance may cost, in operations.
_BUDGET = 14_000_000
_BY_INDUCTION = "proven for every length and every size"
_BY_DEFINITION = "the same for every length and every size, with the definitions put in"


@dataclass(frozen=True)
class ProvenEquation:
    """An equation that holds without hypotheses, for which lengths and sizes that was shown, and at the steps of which part of the loss."""

    left: Tensor
    right: Tensor
    latex: str
    evidence: str
    part: CostPart | None = None


class EquationProver:
    """Proves statements about one model; where there is no proof, the instance serves to say why."""

    def __init__(self, model: Model, instance: Instance) -> None:
        self.model = model
        self._induction = Induction(model)
        self._instance = instance

    def latex(self, equation: TensorEquation) -> str:
        return as_latex(written_equation(equation.left, equation.right, self.model))

    def by_definition(self, equation: TensorEquation) -> ProvenEquation:
        """The statement for an equation whose sides are the same once names are replaced by what they stand for."""
        return ProvenEquation(equation.left, equation.right, self.latex(equation), _BY_DEFINITION)

    def prove(self, equation: TensorEquation) -> ProvenEquation:
        """The equation with its proof: for every length and size, else at an instance. Raises CannotCompile when there is none."""
        claim = equation_as_claim(equation, self.model)
        evidence = _BY_INDUCTION if self._induction.prove(claim) is not None else self._at_instance(equation, claim)
        return ProvenEquation(equation.left, equation.right, self.latex(equation), evidence, equation.part)

    def _at_instance(self, equation: TensorEquation, claim: Claim) -> str:
        reason, outcome = "", self._decided(claim)
        if isinstance(outcome, str):
            reason = outcome
        elif isinstance(outcome, Fails):
            reason = f"it is false, the two sides differ by {outcome.point.gap}"
        elif not isinstance(outcome, Holds):
            reason = outcome.reason
        elif outcome.hypotheses:
            reason = "it holds only if " + " and ".join(str(h.said) for h in outcome.hypotheses)
        else:
            reason = second_opinion(self.model, claim, (), seed=1) or ""
        if reason:
            raise CannotCompile(f"{self.latex(equation)} is not proven: {reason}")
        sizes = ", ".join(f"{label} {size}" for label, size in self._instance.sizes)
        return f"proven for {self._instance.steps} steps, {sizes}; at others seen modulo a prime"

    def _decided(self, claim: Claim) -> Any:
        """What exact algebra at the instance says; the reason where that is too much work."""
        try:
            with limited(_BUDGET):
                return Decider(self.model, self._instance).decide(claim)
        except TooLarge as error:
            return str(error)


def equation_as_claim(equation: TensorEquation, model: Model) -> Claim:
    """The equation as a claim, for all values of its free indices, at the steps that count in its part of the loss."""
    left, right, part = equation.left, equation.right, equation.part
    last = model.last
    if part is not None and part.only_last:
        left, right = (substitute(side, {"t": last}) for side in (left, right))
    free = left.free | right.free
    time = [("t", "time", "")] if "t" in free else []
    bounds: list[Condition] = []
    if part is not None and time and part.skipped:
        bounds.append(Condition(">=", NOW, Affine((), model.first + part.skipped)))
    if part is not None and time and part.left:
        bounds.append(Condition("<=", NOW, last - part.left))
    return Claim(left, right, (*time, *equation.components), within=tuple(bounds))
