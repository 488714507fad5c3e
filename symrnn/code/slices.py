"""Which lines of a function bear on which of its gradients, by the names they assign and use."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from symrnn.code.names import last_part


def influence(function: ast.FunctionDef, gradients: Collection[str]) -> dict[int, set[str]]:
    """By line, the gradients that its statement bears on.

    A name counts as used where it occurs, whatever is done with it: this orders suspects and decides nothing.
    """
    statements = [node for node in ast.walk(function) if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr))]
    assigned = {id(node): _assigned(node) for node in statements}
    used = {id(node): _used(node) for node in statements}
    result: dict[int, set[str]] = {}
    for gradient in gradients:
        wanted = {gradient, last_part(gradient)}
        reached: set[int] = set()
        grown = True
        while grown:
            grown = False
            for node in statements:
                if id(node) not in reached and assigned[id(node)] & wanted:
                    reached.add(id(node))
                    wanted |= used[id(node)]
                    grown = True
        for node in statements:
            if id(node) in reached:
                result.setdefault(node.lineno, set()).add(gradient)
    return result


def distance(bears_on: Collection[str], wrong: Collection[str]) -> float:
    """How badly `this line is wrong` explains that these gradients are wrong, and no others: 0 for well."""
    together = set(bears_on) | set(wrong)
    return len(set(bears_on) ^ set(wrong)) / max(1, len(together))


def _assigned(node: ast.stmt) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    names = {name for target in targets for name in _stored(target)}
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and node.value.args:
        names |= _stored(node.value.args[0])
    return names


def _stored(target: ast.expr) -> set[str]:
    """`dW` of `dW[:, t]`; the entry `dW` of `grads["dW"]`, not all of `grads`."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return {name for part in target.elts for name in _stored(part)}
    if isinstance(target, ast.Subscript):
        key = target.slice
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            return {key.value}
        return _stored(target.value)
    if isinstance(target, ast.Attribute):
        return {target.attr}
    return {target.id} if isinstance(target, ast.Name) else set()


def _used(node: ast.stmt) -> set[str]:
    value = node.value if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)) else None
    if value is None:
        return set()
    names = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
    names |= {part.attr for part in ast.walk(value) if isinstance(part, ast.Attribute)}
    return names | {part.value for part in ast.walk(value) if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def suspects(function: ast.FunctionDef, gradients: Collection[str], wrong: Collection[str]) -> Mapping[int, float]:
    """Lines with how badly each explains what is wrong; those of the forward pass bear on everything and come late."""
    return {line: distance(bears, wrong) for line, bears in influence(function, gradients).items()}
