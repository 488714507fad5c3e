"""What a derivative goes through: the quantities on the way from what is differentiated to what it is differentiated by."""

from __future__ import annotations

from symrnn.deciding.decide import dependencies
from symrnn.language.claims import Claim
from symrnn.language.model import Model
from symrnn.language.tensors import Affine, Jac, Tensor, refs_in, substitute

#: So many steps after the one that is differentiated by a walk goes on: a recursion backwards has no end.
_MOST_STEPS = 3


def differentiated_through(claim: Claim, model: Model) -> set[str] | None:
    """The keys of what lies between above and below in the derivatives of a claim; None where nothing is differentiated.

    Nothing before the step of what is below depends on it. Where steps cannot be compared it is all that stands above rests on.
    """
    jacobians = [n for n in claim.nodes() if isinstance(n, Jac)]
    return set().union(*(keys_between(jac, model) for jac in jacobians)) if jacobians else None


def keys_between(jac: Jac, model: Model) -> set[str]:
    """The keys of what lies between above and below in one derivative."""
    time = jac.wrt.time
    found: set[str] = set()
    if time is None or not _collect(jac.numerator, jac.wrt.quantity, time, model, found, set()):
        return dependencies((jac.numerator,), model)
    return found


def _collect(node: Tensor, below: str, time: Affine, model: Model, found: set[str], seen: set[tuple[str, Affine]]) -> bool:
    """Adds what a formula is made of from a step on, but for what is below itself; False where that is not seen."""
    for ref in refs_in(node):
        quantity = model.quantities.get(ref.quantity)
        if ref.time is None:
            if quantity is not None and quantity.definition is not None:
                return False
            continue
        ahead = ref.time - time
        if ahead.terms or ahead.constant > _MOST_STEPS:
            return False
        if ahead.constant < 0 or (ref.quantity == below and not ahead.constant) or (ref.quantity, ref.time) in seen:
            continue
        seen.add((ref.quantity, ref.time))
        found.add(ref.quantity)
        definition = None if quantity is None or quantity.definition is None else substitute(quantity.definition, {"t": ref.time})
        if definition is not None and not _collect(definition, below, time, model, found, seen):
            return False
    return True
