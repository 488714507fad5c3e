"""Which returned value is the gradient of what: by the names that the code itself uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

_PREFIXES = (
    "dLd",
    "dL_d",
    "dJd",
    "dJ_d",
    "dEd",
    "dE_d",
    "dloss_d",
    "grad_",
    "grads_",
    "gradient_",
    "nabla_",
    "delta_",
    "top_diff_",
    "bottom_diff_",
    "d_",
    "g_",
    "grad",
    "d",
    "D",
    "g",
)
#: Attributes of an object that holds one parameter: its value, and the gradient by it.
_VALUES = ("v", "value", "val", "data", "w", "weight", "array", "theta", "param")
_SLOTS = ("d", "dv", "grad", "grads", "gradient", "deriv", "derivative", "delta", "dw", "dvalue", "diff")
_SUFFIXES = ("_grad", "_grads", "_gradient", "_delta", "_diff", "_d", "_g", "grad")
_LOSSES = (
    "loss",
    "total_loss",
    "cost",
    "l",
    "j",
    "e",
    "err",
    "error",
    "nll",
    "objective",
    "smooth_loss",
    "total",
    "total_cost",
    "ce",
    "losses",
)
#: Dictionaries and lists that hold gradients; their own names say nothing.
_HOLDERS = re.compile(r"^(self\.)?(grads?|gradients?|derivatives?|dparams?|d_params?|deltas?)$", re.IGNORECASE)


def is_loss(name: str) -> bool:
    return last_part(name).lower() in _LOSSES


def is_gradient(name: str) -> bool:
    """Whether a name begins or ends as those of gradients do."""
    return bool(_stems(last_part(name), with_itself=False))


def holds_gradients(name: str) -> bool:
    return bool(_HOLDERS.match(name))


def last_part(path: str) -> str:
    """The name in `params.Wxh` or `self.Wxh`."""
    return path.rsplit(".", 1)[-1]


def parameter_of(gradient: str, parameters: Iterable[str]) -> str | None:
    """The parameter that a gradient's name is made of; None where there is none, or more than one and none beside it."""
    by_name: dict[str, list[str]] = {}
    for path in parameters:
        by_name.setdefault(last_part(path), []).append(path)
    owner = gradient.rpartition(".")[0]
    if owner not in ("", "self") and last_part(gradient).lower() in _SLOTS:
        value = [path for paths in by_name.values() for path in paths if path.rpartition(".")[0] == owner and _is_value(path)]
        if len(value) == 1:
            return value[0]
    in_holder = "." in gradient and holds_gradients(gradient.rsplit(".", 1)[0])
    name = last_part(gradient)
    for candidate in _stems(name, with_itself=in_holder):
        for fits in (by_name.get(candidate), _without_case(candidate, by_name)):
            beside = [path for path in fits or () if path.rpartition(".")[0] == owner]
            if len(beside) == 1 or (fits and len(fits) == 1):
                return (beside or fits or [""])[0]
    return None


def _is_value(path: str) -> bool:
    return last_part(path).lower() in _VALUES


def _stems(name: str, with_itself: bool) -> list[str]:
    stems = [name[len(prefix) :] for prefix in _PREFIXES if name.startswith(prefix)]
    stems += [name[: -len(suffix)] for suffix in _SUFFIXES if name.endswith(suffix)]
    stems = [stem for stem in stems if stem]
    return ([name, *stems] if with_itself else stems) + [stem.lstrip("_") for stem in stems]


def in_part(gradient: str, parameter: str) -> bool:
    """Whether a gradient is called after a part of a parameter's name or the other way round: `d_b` for `bh`, `dWxh` for `Wx`."""
    whole = _plain(last_part(parameter))
    stems = [_plain(stem) for stem in _stems(last_part(gradient), with_itself=False)]
    return any(a.startswith(b) or a.endswith(b) for stem in stems if stem for a, b in ((stem, whole), (whole, stem)))


def _plain(text: str) -> str:
    return text.replace("_", "").lower()


def _without_case(name: str, by_name: dict[str, list[str]]) -> list[str]:
    return [path for other, paths in by_name.items() if _plain(other) == _plain(name) for path in paths]


def returned_names(function: ast.FunctionDef) -> list[str | None]:
    """What the last `return` of a function gives back, name by name; None for what has no name."""
    statements = [node for node in _own_nodes(function) if isinstance(node, ast.Return) and node.value is not None]
    if not statements:
        return []
    value = max(statements, key=lambda node: node.lineno).value
    return [name_of(part) for part in flattened(value)]


def _own_nodes(function: ast.FunctionDef) -> list[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    nodes: list[ast.AST] = []
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        nodes.append(node)
        if not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            todo.extend(ast.iter_child_nodes(node))
    return nodes


def flattened(value: ast.expr | None) -> list[ast.expr | None]:
    """The parts of tuples and lists, and of dictionaries written out, in order."""
    if isinstance(value, (ast.Tuple, ast.List)):
        return [part for element in value.elts for part in flattened(element)]
    return [value]


def name_of(value: ast.expr | None) -> str | None:
    """`dW`, `self.dW` and `grads.W` for names, attributes and entries of dictionaries; None for other expressions."""
    if isinstance(value, ast.Name):
        return value.id
    if isinstance(value, ast.Attribute):
        base = name_of(value.value)
        return f"{base}.{value.attr}" if base else None
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant) and isinstance(value.slice.value, str):
        base = name_of(value.value)
        return f"{base}.{value.slice.value}" if base else None
    if (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id in ("float", "dict", "tuple", "list")
        and value.args
    ):
        return name_of(value.args[0])
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Div, ast.Mult)):
        return name_of(value.left)
    return None
