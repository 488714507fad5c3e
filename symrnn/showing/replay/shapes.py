"""The program that shows two shapes that cannot meet."""

from __future__ import annotations

from collections.abc import Mapping

from symrnn.language.choices import ShapeClash
from symrnn.language.remarks import CODING, remarks
from symrnn.showing.replay.names import Identifiers

#: Joints that are matrix products; every other one needs two equal shapes, as a sum does.
_PRODUCTS = {"factors do not fit": "", "a column left of a matrix": "column", "a row right of a matrix": "row"}


def shape_program(clash: ShapeClash, sizes: Mapping[str, int], text: str) -> str:
    """A program that exits with 0 because what the equation joins cannot be joined.

    `text` is the equation for the reader. Equal or trivial sizes are changed, so that axes of different names differ.
    """
    names = Identifiers()
    called = {label: names.take(label, f"{label}s") for label in dict.fromkeys((*clash.left, *clash.right))}
    chosen = _different(tuple(called), sizes)
    lines = [CODING, *remarks(f"{text}\n{clash}")]
    head = f"{', '.join(called.values())} = {', '.join(str(chosen[label]) for label in called)}" if called else ""
    a, b = (tuple(called[label] for label in shape) for shape in (clash.left, clash.right))
    body = _as_tuples(a, b) if max(len(a), len(b)) > 2 else _as_matrices(a, b, clash.joint)
    return "\n".join([*lines, *filter(None, [head]), *body]) + "\n"


def _different(labels: tuple[str, ...], sizes: Mapping[str, int]) -> dict[str, int]:
    """A size above 1 for every axis, each its own."""
    chosen: dict[str, int] = {}
    for label in labels:
        size = max(2, sizes.get(label, 2))
        while size in chosen.values():
            size += 1
        chosen[label] = size
    return chosen


def _as_matrices(left: tuple[str, ...], right: tuple[str, ...], joint: str) -> list[str]:
    side = _PRODUCTS.get(joint)
    row = ("1", *left) if side == "" and len(left) == 1 else left
    column = ("1", *right) if side == "row" and len(right) == 1 else right
    return [
        "from mpmath import zeros",
        f"left, right = {_matrix(row)}, {_matrix(column)}",
        'print((left.rows, left.cols), "against", (right.rows, right.cols))',
        "try:",
        f"    left {'+' if side is None else '*'} right",
        "except ValueError as clash:",
        '    print("mpmath says:", clash)',
        "else:",
        '    raise SystemExit("these shapes do meet")',
    ]


def _matrix(axes: tuple[str, ...]) -> str:
    return f"zeros({', '.join((*axes, '1', '1')[:2])})"


def _as_tuples(left: tuple[str, ...], right: tuple[str, ...]) -> list[str]:
    """Arrays of three axes and more are beyond mpmath's matrices: their shapes are enough."""
    return [
        f"left, right = ({''.join(f'{axis}, ' for axis in left)}), ({''.join(f'{axis}, ' for axis in right)})",
        'print(left, "against", right)',
        "assert left != right",
    ]
