"""Series that lie side by side in one array, so that one product, one sum and one function serve all of them.

The pre-activations of gates are products of different matrices with one vector. With the matrices one below the other these are one
product, and the derivative by that vector is one again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symrnn.language.tensors import Dot, Map, Plus, Tensor
from symrnn.running.adjoint import is_matrix
from symrnn.running.schedule import SeriesRule, SeriesStack, matrix_product, series_of


def products(rules: Sequence[SeriesRule], is_constant: Callable[[Tensor], bool]) -> list[SeriesStack]:
    """The stacks of a loop: sums of a product with the same vector, and of what the loop does not change."""
    found: dict[tuple[Tensor, str], list[tuple[SeriesRule, Tensor]]] = {}
    for rule in rules:
        terms = rule.right.terms if isinstance(rule.right, Plus) else (rule.right,)
        changing = [term for term in terms if not is_constant(term)]
        if len(changing) == 1 and len(terms) > 1 and _is_product(changing[0]) and len(rule.right.shape) == 1:
            vector, matrix = matrix_product(changing[0].left, changing[0].right)  # type: ignore[attr-defined]
            found.setdefault((vector, rule.label), []).append((rule, matrix))
    functions = {rule.right.argument: rule.right.function for rule in rules if isinstance(rule.right, Map)}
    stacks = []
    for (vector, label), group in found.items():
        if len(group) > 1:
            ordered = sorted(group, key=lambda pair: functions.get(_at_own_step(pair[0], functions), ""))
            members, matrices = zip(*((rule.series, matrix) for rule, matrix in ordered), strict=True)
            stacks.append(SeriesStack(members, label, matrices, vector))
    return stacks


def values(rules: Sequence[SeriesRule], stack: SeriesStack) -> list[SeriesStack]:
    """The values of one function at neighbours in a stack."""
    by_argument = {found[0]: rule for rule in rules if isinstance(rule.right, Map) and (found := series_of(rule.right.argument))}
    groups: list[list[SeriesRule]] = []
    for member in stack.members:
        rule = by_argument.get(member)
        if rule is None:
            groups.append([])
        elif groups and groups[-1] and groups[-1][-1].right.function == rule.right.function:  # type: ignore[attr-defined]
            groups[-1].append(rule)
        else:
            groups.append([rule])
    return [SeriesStack(tuple(rule.series for rule in group), stack.label) for group in groups if len(group) > 1]


def _at_own_step(rule: SeriesRule, functions: dict[Tensor, str]) -> Tensor:
    """The series of a rule as the argument of a function, where it is one."""
    return next((a for a in functions if series_of(a) == (rule.series, 0)), rule.right)


def _is_product(node: Tensor) -> bool:
    """Whether a tensor is the product of a parameter with two axes and a vector."""
    return isinstance(node, Dot) and node.axes == 1 and (is_matrix(node.left) or is_matrix(node.right))
