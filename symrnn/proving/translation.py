"""From the language that engines share to that of the kernel, and back to print what was found.

Both have the same expressions; those of the kernel are typed, and Refused is raised where an expression of a document is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

from symrnn.deciding.hypotheses import Hypothesis
from symrnn.language import tensors as page
from symrnn.language.claims import Claim
from symrnn.language.model import Model
from symrnn.language.tensors import Affine as PageIndex
from symrnn.language.tensors import Tensor as PageTensor
from symrnn.proving.kernel import indices, network, proofs, terms
from symrnn.proving.kernel.indices import Affine
from symrnn.proving.kernel.terms import Tensor


def _translated(value: Any, node: Callable[[Any], Any], home: Any, index: Callable[[Any], Any]) -> Any:
    if isinstance(value, (PageTensor, Tensor)):
        return node(value)
    if isinstance(value, (PageIndex, Affine)):
        return index(value)
    if isinstance(value, (page.Condition, indices.Condition)):
        return home(value.op, index(value.left), index(value.right))
    return tuple(_translated(v, node, home, index) for v in value) if isinstance(value, tuple) else value


def kernel_index(index: PageIndex) -> Affine:
    """An index in the language of the kernel."""
    return Affine(index.terms, index.constant) + Affine()


def page_index(index: Affine) -> PageIndex:
    """An index of the kernel in the language of the engines."""
    return PageIndex(index.terms, index.constant)


def kernel_condition(condition: page.Condition) -> indices.Condition:
    """A condition in the language of the kernel."""
    return indices.Condition(condition.op, kernel_index(condition.left), kernel_index(condition.right))


@lru_cache(maxsize=1 << 15)
def kernel_node(node: PageTensor) -> Tensor:
    """An expression in the language of the kernel. Raises Refused where it is ill-typed."""
    kind = getattr(terms, type(node).__name__)
    made: Tensor = kind(*(_translated(v, kernel_node, indices.Condition, kernel_index) for v in page.arguments(node)))
    return made


@lru_cache(maxsize=1 << 14)
def page_node(node: Tensor) -> PageTensor:
    """An expression of the kernel in the language of the engines."""
    kind = getattr(page, type(node).__name__)
    made: PageTensor = kind(*(_translated(v, page_node, page.Condition, page_index) for v in terms.arguments(node)))
    return made


def network_of(model: Model) -> network.Network:
    """The network of a model. Raises Refused where a definition is ill-typed."""
    names = [q.text for q in model.quantities.values()]
    quantities = {
        q.key: network.Quantity(
            key=q.key,
            symbol=q.text if names.count(q.text) == 1 else q.key.removesuffix("[t]"),
            timed=q.timed,
            shape=q.shape,
            definition=None if q.definition is None else kernel_node(q.definition),
            special=tuple((kernel_index(at), kernel_node(value)) for at, value in q.special),
            recurrence=q.recurrence,
        )
        for q in model.quantities.values()
    }
    return network.Network(quantities, model.first, Affine.of(model.horizon or "T", model.horizon_offset))


def claim_of(claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> proofs.Claim:
    """A claim under hypotheses. Raises Refused where it is ill-typed."""
    zeros = frozenset(h.about for h in hypotheses if h.kind in ("zero", "zero end"))
    ones = frozenset(h.about for h in hypotheses if h.kind in ("sum", "one-hot"))
    within = (*(c for h in hypotheses for c in _condition(h)), *map(kernel_condition, claim.within))
    left, right = kernel_node(claim.left), kernel_node(claim.right)
    return proofs.Claim(
        left=left,
        right=terms.Full(Fraction(0), right.shape) if claim.literal_zero else right,
        variables=tuple((name, "" if role == "time" else label) for name, role, label in claim.variables),
        within=within,
        assumed=proofs.Assumed(zeros, ones),
    )


def _condition(hypothesis: Hypothesis) -> Iterator[indices.Condition]:
    """What a hypothesis says of indices."""
    if hypothesis.condition is not None:
        yield kernel_condition(hypothesis.condition)
