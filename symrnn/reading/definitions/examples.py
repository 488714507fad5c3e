"""What stands in a derivation and claims nothing of the network: numbers of a worked example, and of what a letter depends on."""

from __future__ import annotations

import re
from collections.abc import Collection

from symrnn.language.parts import factors_of, unsigned
from symrnn.language.scripted import all_scripts, letter_under
from symrnn.language.terms import (
    Add,
    Apply,
    Compare,
    Deriv,
    Ellipsis,
    Frac,
    Given,
    Mul,
    Norm,
    Num,
    Pow,
    Relation,
    Stack,
    Sub,
    Sup,
    Sym,
    Term,
    Transpose,
    walk,
)


def is_value_of_an_example(right: Term) -> bool:
    """Arithmetic on numbers one of which is a decimal, as ``1 - (0.537)^2``, or a power of e, or on vectors and matrices of numbers.

    No equation between quantities has such a side.
    """
    nodes = [node for _, node in walk(right)]
    powers = [node.base for node in nodes if isinstance(node, Pow) and node.base == Sym("e")]
    signs = [*powers, *(node.function for node in nodes if isinstance(node, Apply))]
    letters = [node for node in nodes if isinstance(node, Sym) and not any(node is sign for sign in signs)]
    return not letters and (bool(powers) or any(_denominator(node) > 1 or isinstance(node, Stack) for node in nodes))


def has_value_of_an_example(right: Term) -> bool:
    """A decimal that may be the value of a letter in an example: one that is added or taken away, as in ``y_1 - 0.5``, or a factor
    that is no multiple of one half, as in ``W \\cdot 0.087``.
    """
    nodes = [node for _, node in walk(right)]
    summands = (term for node in nodes if isinstance(node, Add) for term in node.terms)
    factors = (factor for node in nodes if isinstance(node, Mul) for factor in node.factors)
    return any(_denominator(term) > 1 for term in summands) or any(_denominator(factor) > 2 for factor in factors)


def lists_values(relation: Relation) -> bool:
    """``[x_1, x_2, x_3] = [1, 2, 3]``: the data of an example, one value for each step."""
    return isinstance(relation.left, Stack) and is_value_of_an_example(relation.right)


def is_encoded(right: Term) -> bool:
    r"""``\text{one-hot}(c_t)``: data as the vectors that stand for them, which no equation makes."""
    first = right.factors[0] if isinstance(right, Mul) else None
    return isinstance(first, Sym) and re.fullmatch("one-?hot", first.name, re.IGNORECASE) is not None


def lists_own_entries(relation: Relation, defined: Collection[Term] = ()) -> bool:
    r"""``p_t = [p_{t,1}, \dots, p_{t,K}]^\top``: how the entries of a letter are called, none of which an equation gives."""
    left, right = relation.left, relation.right.base if isinstance(relation.right, Transpose) else relation.right
    entries = [e for row in right.rows for e in row if not isinstance(e, Ellipsis)] if isinstance(right, Stack) else []
    own = [set(all_scripts(entry)) - set(all_scripts(left)) for entry in entries]
    numbered = any(isinstance(script, Num) for scripts in own for script in scripts) and all(len(scripts) == 1 for scripts in own)
    same = letter_under(left) is not None and {letter_under(entry) for entry in entries} == {letter_under(left)}
    return numbered and same and not any(entry in defined for entry in entries)


def is_dependence(relation: Relation) -> bool:
    """``x = x(r)``, ``L_t \\leftarrow h_t``: what a letter depends on."""
    left, right = relation.left, relation.right
    if relation.op == "<-":
        return isinstance(right, (Ellipsis, Sym)) or (isinstance(right, (Sub, Sup)) and isinstance(right.base, Sym))
    if isinstance(right, Given):
        return right.base == left
    return isinstance(right, Mul) and not right.sign and len(right.factors) == 2 and right.factors[0] == left


def is_of_events(relation: Relation) -> bool:
    """``P(s_t = 0) = 1 - q``, ``L = -\\log p(y | x)``: what is said of a probability says of nothing how it is computed."""
    nodes = list(relation.nodes())
    events = (node for node in nodes if isinstance(node, Given) for argument in node.arguments if isinstance(argument, Compare))
    return any(events) and not any(isinstance(node, Deriv) for node in nodes)


def is_clipped(relation: Relation) -> bool:
    r"""``g \leftarrow \frac{c}{\|g\|} g``: what is scaled by its size, as gradients are that get too large."""
    left, right = relation.left, relation.right
    sized = any(isinstance(node, Norm) and node.term == left for _, node in walk(right))
    return relation.op == "<-" and sized and left in _above(right)


def _above(term: Term) -> list[Term]:
    """The factors of a product that divide nothing."""
    return [above for f in factors_of(term) for above in (_above(f.numerator) if isinstance(f, Frac) else [f])]


def _denominator(node: Term) -> int:
    """That of a number, with or without a sign; 1 for anything else."""
    number = unsigned(node)
    return number.value.denominator if isinstance(number, Num) else 1
