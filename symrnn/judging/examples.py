"""What stands in a derivation and claims nothing of the network: numbers of a worked example, and of what a letter depends on."""

from __future__ import annotations

from symrnn.language.terms import Add, Apply, Given, Mul, Neg, Num, Relation, Sym, Term, walk


def is_value_of_an_example(right: Term) -> bool:
    """Arithmetic on numbers one of which is a decimal, as ``1 - (0.537)^2``: no equation between quantities has such a side."""
    functions = [node.function for _, node in walk(right) if isinstance(node, Apply)]
    letters = [node for _, node in walk(right) if isinstance(node, Sym) and not any(node is function for function in functions)]
    return not letters and any(_is_decimal(node) for _, node in walk(right))


def has_decimal_summand(right: Term) -> bool:
    """A decimal that is added or taken away, as in ``y_1 - 0.5``: it may be the value that a letter has in an example."""
    sums = (node for _, node in walk(right) if isinstance(node, Add))
    return any(_is_decimal(term.term if isinstance(term, Neg) else term) for node in sums for term in node.terms)


def is_dependence(relation: Relation) -> bool:
    """``x = x(r)``: what a letter depends on."""
    left, right = relation.left, relation.right
    if isinstance(right, Given):
        return right.base == left
    return isinstance(right, Mul) and not right.sign and len(right.factors) == 2 and right.factors[0] == left


def _is_decimal(node: Term) -> bool:
    return isinstance(node, Num) and node.value.denominator != 1
