"""Small edits of a function's text: each is one mistake that people make, undone."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

#: Calls of which the order of the two operands is easily mistaken.
_PRODUCTS = frozenset({"dot", "outer", "matmul", "inner"})
_Simple = (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)


@dataclass(frozen=True)
class TextEdit:
    """Replace the bytes from `start` to `end` of the file by `text`. `name` is what the mistake was; `cost` orders edits."""

    name: str
    cost: int
    line: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Text:
    """A file's text as bytes, with the places of its nodes."""

    data: bytes

    @property
    def starts(self) -> list[int]:
        result = [0]
        for line in self.data.splitlines(keepends=True):
            result.append(result[-1] + len(line))
        return result


class Editor:
    """All edits of one function.

    `names` are the local arrays that may stand in for one another, `gradients` the names of the gradients that are wrong.
    """

    def __init__(self, text: str, function: ast.FunctionDef, wrong: Sequence[str]) -> None:
        self._text = Text(text.encode())
        self._starts = self._text.starts
        self._function = function
        self._wrong = wrong
        body = [node for node in ast.walk(function) if isinstance(node, ast.expr)]
        stored = [node.id for node in body if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
        arguments = [argument.arg for argument in function.args.args if argument.arg != "self"]
        self.names = list(dict.fromkeys([*stored, *arguments]))
        self._values = self._occurring((ast.Subscript,)) + [name for name in self.names if len(name) < 14]
        self._attributes = [text for text in self._occurring((ast.Attribute,)) if text.startswith("self.") and text.count(".") == 1]
        self._slices = self._occurring_slices()
        self._called = {node.func.id for node in body if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}

    # --------------------------------------------------------------------------------------------------- the text

    def _place(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        return self._place(node.lineno, node.col_offset), self._place(node.end_lineno or 0, node.end_col_offset or 0)

    def source(self, node: ast.expr | ast.stmt) -> str:
        start, end = self._span(node)
        return self._text.data[start:end].decode()

    def _replaced(self, name: str, cost: int, node: ast.expr | ast.stmt, text: str) -> TextEdit:
        start, end = self._span(node)
        return TextEdit(name, cost, node.lineno, start, end, text)

    def _occurring(self, kinds: tuple[type, ...]) -> list[str]:
        nodes = [node for node in ast.walk(self._function) if isinstance(node, kinds) and isinstance(node.ctx, ast.Load)]  # type: ignore[attr-defined]
        texts = [ast.unparse(node) for node in nodes]
        return [text for text in dict.fromkeys(texts) if len(text) < 24 and "shape" not in text]

    def _occurring_slices(self) -> list[str]:
        nodes = [node for node in ast.walk(self._function) if isinstance(node, ast.Subscript)]
        return list(
            dict.fromkeys(ast.unparse(n.slice) for n in nodes if any(isinstance(part, ast.Slice) for part in ast.walk(n.slice)))
        )

    # ------------------------------------------------------------------------------------------------------ edits

    def edits(self, lines: Callable[[int], bool]) -> list[TextEdit]:
        """The edits of the statements on the lines, the cheapest first."""
        found: dict[tuple[int, int, str], TextEdit] = {}
        for statement in self._statements(lines):
            for edit in self._of_statement(statement):
                known = found.get((edit.start, edit.end, edit.text))
                if known is None or edit.cost < known.cost:
                    found[edit.start, edit.end, edit.text] = edit
        return sorted(found.values(), key=lambda edit: (edit.cost, edit.line, edit.start))

    def _statements(self, lines: Callable[[int], bool]) -> Iterator[ast.stmt]:
        for node in ast.walk(self._function):
            if isinstance(node, (*_Simple, ast.For)) and lines(node.lineno):
                yield node

    def _of_statement(self, statement: ast.stmt) -> Iterator[TextEdit]:
        if isinstance(statement, ast.For):
            yield from self._of_loop(statement)
            return
        if isinstance(statement, ast.Return):
            return
        if isinstance(statement, ast.AugAssign):
            yield from self._of_accumulation(statement)
        if isinstance(statement, ast.Assign):
            yield from self._of_assignment(statement)
        for node in ast.walk(statement):
            if isinstance(node, ast.expr):
                yield from self._of_expression(node)
        if isinstance(statement, (ast.Assign, ast.AugAssign)) and not isinstance(statement.value, (ast.Tuple, ast.List)):
            yield from self._factors(statement)
        yield from self._inserted(statement)

    def _of_loop(self, loop: ast.For) -> Iterator[TextEdit]:
        iterated = self.source(loop.iter)
        if isinstance(loop.iter, ast.Call) and getattr(loop.iter.func, "id", "") == "reversed" and loop.iter.args:
            yield self._replaced("order of the loop", 2, loop.iter, self.source(loop.iter.args[0]))
        elif isinstance(loop.iter, ast.Call) and getattr(loop.iter.func, "id", "") == "range":
            yield self._replaced("order of the loop", 2, loop.iter, f"reversed({iterated})")
        for node in ast.walk(loop.iter):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "range":
                if len(node.args) == 1:
                    yield self._replaced("bound of the loop", 1, node, f"range(1, {self.source(node.args[0])})")
                elif isinstance(node.args[0], ast.Constant) and node.args[0].value == 1 and len(node.args) == 2:
                    yield self._replaced("bound of the loop", 1, node, f"range({self.source(node.args[1])})")
                for argument in node.args:
                    yield from self._shifted("bound of the loop", argument)

    def _of_accumulation(self, statement: ast.AugAssign) -> Iterator[TextEdit]:
        target, value = self.source(statement.target), self.source(statement.value)
        signs: dict[type[ast.operator], tuple[str, ...]] = {
            ast.Add: ("=", "-="),
            ast.Sub: ("+=", "="),
            ast.Mult: ("/=",),
            ast.Div: ("*=",),
        }
        for sign in signs.get(type(statement.op), ()):
            yield self._replaced(f"{sign} where another was meant", 1, statement, f"{target} {sign} {value}")

    def _of_assignment(self, statement: ast.Assign) -> Iterator[TextEdit]:
        if len(statement.targets) == 1 and isinstance(statement.targets[0], (ast.Name, ast.Subscript, ast.Attribute)):
            target, value = self.source(statement.targets[0]), self.source(statement.value)
            yield self._replaced("= for +=", 1, statement, f"{target} += {value}")
            if isinstance(statement.value, (ast.Name, ast.Subscript, ast.Attribute)):
                yield self._replaced("a copy left out", 1, statement.value, f"{value}.copy()")
            for name in self.names:
                yield self._replaced("a summand left out", 2, statement.value, f"{value} + {name}")

    def _of_expression(self, node: ast.expr) -> Iterator[TextEdit]:
        if isinstance(node, ast.Subscript):
            yield from self._of_subscript(node)
        if isinstance(node, ast.BinOp):
            yield from self._of_operator(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
            yield self._replaced("sign", 1, node, self.source(node.operand))
        if isinstance(node, ast.Call):
            yield from self._of_call(node)
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            yield from self._of_constant(node)
        if isinstance(node, ast.Attribute) and node.attr == "T":
            yield self._replaced("transpose", 1, node, self.source(node.value))
        elif isinstance(node, (ast.Name, ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Load):
            yield self._replaced("transpose", 1, node, f"{self.source(node)}.T")
        if isinstance(node, ast.Name) and node.id in self.names:
            for other in self.names:
                if other != node.id:
                    yield self._replaced("another name", 2, node, other)
        if isinstance(node, ast.Attribute) and self.source(node) in self._attributes:
            for other in self._attributes:
                if other != self.source(node):
                    yield self._replaced("another name", 2, node, other)

    def _of_subscript(self, node: ast.Subscript) -> Iterator[TextEdit]:
        if isinstance(node.slice, (ast.Name, ast.BinOp)):
            yield from self._shifted("index", node.slice)
        if isinstance(node.slice, ast.Tuple):
            for part in node.slice.elts:
                if isinstance(part, (ast.Name, ast.BinOp)):
                    yield from self._shifted("index", part)
        if any(isinstance(part, ast.Slice) for part in ast.walk(node.slice)):
            for other in self._slices:
                if other != self.source(node.slice):
                    yield self._replaced("slice", 2, node.slice, other)
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            keys = [
                n.value
                for n in ast.walk(self._function)
                if isinstance(n, ast.Constant) and isinstance(n.value, str) and len(n.value) < 12
            ]
            for key in dict.fromkeys(keys):
                if key != node.slice.value and key.isidentifier():
                    yield self._replaced("another name", 2, node.slice, repr(key))

    def _shifted(self, what: str, node: ast.expr) -> Iterator[TextEdit]:
        for step in (-1, 1):
            base, offset = _offset(node)
            total = offset + step
            text = self.source(base) + (f" {'+' if total > 0 else '-'} {abs(total)}" if total else "")
            yield self._replaced(what, 1, node, text)

    def _of_operator(self, node: ast.BinOp) -> Iterator[TextEdit]:
        left, right = self.source(node.left), self.source(node.right)
        if isinstance(node.op, ast.MatMult):
            yield self._replaced("order of the product", 1, node, f"{right} @ {left}")
            for a in (left, _transposed(left)):
                for b in (right, _transposed(right)):
                    yield self._replaced("order of the product", 2, node, f"{_grouped(b)} @ {_grouped(a)}")
                    yield self._replaced("transposes", 2, node, f"{_grouped(a)} @ {_grouped(b)}")
        if isinstance(node.op, (ast.Add, ast.Sub)):
            sign = "-" if isinstance(node.op, ast.Add) else "+"
            yield self._replaced("sign", 1, node, f"{left} {sign} {_grouped(right) if sign == '-' else right}")
            yield self._replaced("a summand too many", 2, node, left)
            yield self._replaced("a summand too many", 2, node, right)
        if isinstance(node.op, ast.Sub):
            yield self._replaced("sign", 1, node, f"{_grouped(right)} - {_grouped(left)}")
        if isinstance(node.op, (ast.Mult, ast.Div)):
            yield self._replaced("a factor too many", 2, node, left)
            if isinstance(node.op, ast.Mult):
                yield self._replaced("a factor too many", 2, node, right)
                yield self._replaced("product of matrices", 2, node, f"{left} @ {right}")
            yield self._replaced("* and /", 2, node, f"{left} {'/' if isinstance(node.op, ast.Mult) else '*'} {_grouped(right)}")
        yield from self._slopes(node)

    def _slopes(self, node: ast.BinOp) -> Iterator[TextEdit]:
        """The derivative of tanh for that of the logistic function, and back; of another quantity; square for not squared."""
        parsed = _slope(node)
        if parsed is None:
            return
        kind, inner = parsed
        if kind == "tanh":
            yield self._replaced("slope of the activation", 2, node, f"{inner} * (1 - {inner})")
            for value in self._values:
                if value != inner:
                    yield self._replaced("slope at another value", 3, node, f"1 - {value} * {value}")
        else:
            yield self._replaced("slope of the activation", 2, node, f"(1 - {inner} ** 2)")
            for value in self._values:
                if value != inner:
                    yield self._replaced("slope at another value", 3, node, f"{value} * (1 - {value})")
        if kind == "plain":
            yield self._replaced("slope of the activation", 1, node, f"1 - {inner} ** 2")

    def _of_call(self, node: ast.Call) -> Iterator[TextEdit]:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        function = self.source(node.func)
        given = [self.source(argument) for argument in node.args]
        if name in _PRODUCTS and len(given) == 2 and not node.keywords:
            for a in (given[0], _transposed(given[0])):
                for b in (given[1], _transposed(given[1])):
                    yield self._replaced("order of the product", 1 if (a, b) == tuple(given) else 2, node, f"{function}({b}, {a})")
                    yield self._replaced("transposes", 2, node, f"{function}({a}, {b})")
        if name in _PRODUCTS and len(given) == 1 and isinstance(node.func, ast.Attribute):
            left = self.source(node.func.value)
            for a in (left, _transposed(left)):
                for b in (given[0], _transposed(given[0])):
                    yield self._replaced("order of the product", 2, node, f"{_grouped(b)}.{name}({a})")
                    yield self._replaced("transposes", 2, node, f"{_grouped(a)}.{name}({b})")
        for keyword in node.keywords:
            if isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, bool):
                yield self._replaced(keyword.arg or "flag", 1, keyword.value, str(not keyword.value.value))
        if isinstance(node.func, ast.Name) and len(node.args) == 1:
            for other in sorted(self._called):
                if other != node.func.id:
                    yield self._replaced("another function", 2, node.func, other)

    def _of_constant(self, node: ast.Constant) -> Iterator[TextEdit]:
        value = node.value
        assert isinstance(value, (int, float))
        others = [value + 1, value - 1, *((2, 0.5) if value == 1 else ()), *((1.0,) if value in (0.5, 2.0) else ())]
        for other in others:
            if other >= 0:
                yield self._replaced("constant", 1, node, repr(other))

    def _factors(self, statement: ast.Assign | ast.AugAssign) -> Iterator[TextEdit]:
        value = self.source(statement.value)
        grouped = value if isinstance(statement.value, (ast.Name, ast.Call, ast.Subscript, ast.Attribute)) else f"({value})"
        yield self._replaced("sign", 1, statement.value, f"-{grouped}")
        for other in self._values:
            yield self._replaced("slope of the activation left out", 2, statement.value, f"{grouped} * (1 - {other} * {other})")
            yield self._replaced("slope of the activation left out", 2, statement.value, f"{grouped} * {other} * (1 - {other})")
            yield self._replaced("a factor left out", 3, statement.value, f"{grouped} * {other}")
            yield self._replaced("a factor left out", 3, statement.value, f"{grouped} / {other}")
        for name in self.names:
            yield self._replaced("a factor left out", 3, statement.value, f"{grouped} / len({name})")
        for factor in ("2 * ", "0.5 * "):
            yield self._replaced("a factor left out", 2, statement.value, f"{factor}{grouped}")
        if isinstance(statement, ast.AugAssign):
            for name in self.names:
                yield self._replaced("a summand left out", 3, statement.value, f"{value} + {name}")
        yield self._replaced("a sum left out", 2, statement.value, f"{grouped}.sum(axis=0)")
        yield self._replaced("a sum left out", 2, statement.value, f"{grouped}.sum(axis=1, keepdims=True)")

    def _inserted(self, statement: ast.stmt) -> Iterator[TextEdit]:
        """A statement after this one: a gradient that is not accumulated, a mean that is not divided by, an index that is not lowered."""
        _, end = self._span(statement)
        indent = " " * statement.col_offset

        def after(name: str, cost: int, text: str) -> TextEdit:
            return TextEdit(name, cost, statement.lineno, end, end, f"\n{indent}{text}")

        start, stop = self._span(statement)
        yield TextEdit("a statement too many", 3, statement.lineno, start, stop, "pass")
        if not isinstance(statement, (ast.Assign, ast.AugAssign)):
            return
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if len(targets) != 1 or isinstance(targets[0], ast.Tuple):
            return
        target = self.source(targets[0])
        for name in self._wrong:
            yield after("a statement left out", 2, f"{name} += {target}")
        for name in self.names:
            yield after("a statement left out", 4, f"{target} /= {name}")
            yield after("a statement left out", 4, f"{target} /= len({name})")
            yield after("a statement left out", 4, f"{target} += {name}")
        for index in self._indices():
            yield after("a statement left out", 4, f"{target}[{index}] -= 1")
        for value in self._values:
            yield after("a statement left out", 5, f"{target} *= {value}")
            yield after("a statement left out", 5, f"{target} *= 1 - {value} ** 2")
            for name in self._wrong:
                yield after("a statement left out", 5, f"{name} += {target} @ {value}.T")
                yield after("a statement left out", 5, f"{name} += np.outer({target}, {value})")
                yield after("a statement left out", 5, f"{name} += {value}.T @ {target}")

    def _indices(self) -> list[str]:
        nodes = [node for node in ast.walk(self._function) if isinstance(node, ast.Subscript)]
        texts = [ast.unparse(node.slice) for node in nodes]
        return [text for text in dict.fromkeys(texts) if any(c in text for c in "[,") and ":" not in text]


def _offset(node: ast.expr) -> tuple[ast.expr, int]:
    """`t - 1` as t and -1."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        right = node.right
        if isinstance(right, ast.Constant) and isinstance(right.value, int):
            return node.left, right.value if isinstance(node.op, ast.Add) else -right.value
    return node, 0


def _grouped(text: str) -> str:
    node = ast.parse(text, mode="eval").body
    return text if isinstance(node, (ast.Name, ast.Call, ast.Subscript, ast.Attribute, ast.Constant)) else f"({text})"


def _transposed(text: str) -> str:
    return text.removesuffix(".T") if text.endswith(".T") else f"{_grouped(text)}.T"


def _slope(node: ast.BinOp) -> tuple[str, str] | None:
    """`1 - y*y` and `1 - y**2` as tanh of y, `y * (1 - y)` as the logistic function of y, `1 - y` as plain."""
    if isinstance(node.op, ast.Sub) and isinstance(node.left, ast.Constant) and node.left.value == 1:
        right = node.right
        if isinstance(right, ast.BinOp) and isinstance(right.op, ast.Mult) and ast.dump(right.left) == ast.dump(right.right):
            return "tanh", ast.unparse(right.left)
        if isinstance(right, ast.BinOp) and isinstance(right.op, ast.Pow):
            return "tanh", ast.unparse(right.left)
        if isinstance(right, (ast.Name, ast.Subscript, ast.Attribute)):
            return "plain", ast.unparse(right)
    if isinstance(node.op, ast.Mult) and isinstance(node.right, ast.BinOp):
        inner = _slope(node.right)
        if inner and inner[0] == "plain" and inner[1] == ast.unparse(node.left):
            return "logistic", inner[1]
    return None
