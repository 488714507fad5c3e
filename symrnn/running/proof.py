"""Statements that a program is made of, each with its proof.

A program works for every length and every size, so its statements have to be proven for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from symrnn.deciding.decide import Decider, Fails, Holds
from symrnn.deciding.evaluate import Instance
from symrnn.language.claims import Claim
from symrnn.language.model import Model
from symrnn.language.tensors import Tensor
from symrnn.proving.prove import Prover as Induction
from symrnn.running.adjoint import Equation
from symrnn.running.errors import CannotCompile
from symrnn.running.writing import as_latex, written

_BY_INDUCTION = "proven for every length and every size"
_BY_DEFINITION = "the same for every length and every size, with the definitions put in"


@dataclass(frozen=True)
class Statement:
    """An equation that holds without hypotheses for every length and every size, and how that was shown."""

    left: Tensor
    right: Tensor
    latex: str
    evidence: str


class Prover:
    """Proves statements about one model; where there is no proof, the instance serves to say why."""

    def __init__(self, model: Model, instance: Instance) -> None:
        self.model = model
        self._induction = Induction(model)
        self._instance = instance

    def latex(self, equation: Equation) -> str:
        return as_latex(written(equation.left, equation.right, self.model))

    def by_definition(self, equation: Equation) -> Statement:
        """The statement for an equation whose sides are the same once names are replaced by what they stand for."""
        return Statement(equation.left, equation.right, self.latex(equation), _BY_DEFINITION)

    def prove(self, equation: Equation) -> Statement:
        """The equation with its proof. Raises CannotCompile when there is none."""
        proof = self._induction.prove(claim_of(equation))
        if proof is not None:
            return Statement(equation.left, equation.right, self.latex(equation), _BY_INDUCTION)
        raise CannotCompile(f"{self.latex(equation)} is not proven for every length and size: {self._reason(equation)}")

    def _reason(self, equation: Equation) -> str:
        outcome = Decider(self.model, self._instance).decide(claim_of(equation))
        if isinstance(outcome, Fails):
            return f"it is false, the two sides differ by {outcome.point.gap}"
        if not isinstance(outcome, Holds):
            return outcome.reason
        if outcome.hypotheses:
            return "it holds only if " + " and ".join(h.text for h in outcome.hypotheses)
        sizes = ", ".join(f"{label} {size}" for label, size in self._instance.sizes)
        return f"it holds for {self._instance.steps} steps, {sizes}, but no induction was found"


def claim_of(equation: Equation) -> Claim:
    """The equation as a claim, for all values of its free indices."""
    free = equation.left.free | equation.right.free
    time = [("t", "time", "")] if "t" in free else []
    return Claim(equation.left, equation.right, (*time, *equation.components))
