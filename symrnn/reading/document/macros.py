r"""Macros that an author defined, and comments: what TeX settles before it reads a formula."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symrnn.reading.document.source import Mapped, Source, group_end

#: How many characters the macros of one text may add, and how deep they may stand inside each other.
LARGEST_EXPANSION = 1_000_000
DEEPEST_EXPANSION = 20

_COMMENT = re.compile(r"\\[\s\S]|%[^\n]*")
_DEFINITION = re.compile(
    r"\\(?P<how>(?:re)?newcommand|providecommand|DeclareMathOperator|def)\*?"
    r"\s*(?:\{\s*\\(?P<braced>[A-Za-z]+|.)\s*\}|\\(?P<bare>[A-Za-z]+|.))"
    r"\s*(?:\[(?P<count>\d)\])?\s*(?:\[(?P<default>[^\[\]]*)\])?(?P<pattern>(?:#\d)*)\s*(?=\{)"
)
_USE = re.compile(r"\\([A-Za-z]+|[\s\S])")
_PARAMETER = re.compile(r"#(\d)")


def drop_comments(text: Mapped) -> Mapped:
    r"""Without ``% ...`` up to the end of the line; ``\%`` is no comment."""
    return text.sub(_COMMENT, lambda match: "" if match[0].startswith("%") else None)


@dataclass(frozen=True)
class _Macro:
    body: str
    count: int
    default: str | None


class Macros:
    r"""The macros defined so far: ``\newcommand``, ``\def`` and ``\DeclareMathOperator``, with arguments."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._macros: dict[str, _Macro] = {}
        self._left = LARGEST_EXPANSION

    def take(self, text: Mapped) -> Mapped:
        """`text` without its definitions, which are remembered."""
        parts: list[Mapped] = []
        done = 0
        for match in _DEFINITION.finditer(text.text):
            end = group_end(text.text, match.end())
            if match.start() < done or end is None:
                continue
            self._define(match, text.text[match.end() + 1 : end - 1])
            parts.append(text.cut(done, match.start()))
            done = end
        return Mapped.join([*parts, text.cut(done)]) if parts else text

    def _define(self, match: re.Match[str], body: str) -> None:
        if match["how"] == "DeclareMathOperator":
            body = rf"\operatorname{{{body}}}"
        count = int(match["count"] or 0) or len(match["pattern"]) // 2
        self._macros[match["braced"] or match["bare"]] = _Macro(body, count, match["default"])

    def expand(self, text: Mapped, depth: int = 0) -> Mapped:
        """`text` with every use of a macro replaced by what it stands for.

        Raises:
            InputError: macros grow without end.
        """
        if not self._macros:
            return text
        parts: list[Mapped] = []
        done = 0
        for use in _USE.finditer(text.text):
            macro = self._macros.get(use[1])
            if macro is None or use.start() < done:
                continue
            found = _arguments(macro, text, use.end())
            if found is None:
                continue
            arguments, end = found
            replaced = _apply(macro, arguments, text.offsets[use.start()])
            self._left -= len(replaced.text)
            if depth > DEEPEST_EXPANSION or self._left < 0:
                message = f"the macro {use[0]} expands without end; change its definition"
                raise self._source.error(text.offsets[use.start()], message)
            parts += [text.cut(done, use.start()), self.expand(replaced, depth + 1)]
            done = end
        return Mapped.join([*parts, text.cut(done)]) if parts else text


def _arguments(macro: _Macro, text: Mapped, position: int) -> tuple[list[Mapped], int] | None:
    """What a use of `macro` is applied to, and where it ends; None when arguments are missing."""
    arguments: list[Mapped] = []
    if macro.default is not None:
        optional = re.compile(r"\s*\[([^\[\]]*)\]").match(text.text, position)
        arguments.append(text.cut(*optional.span(1)) if optional else Mapped.at(macro.default, text.offsets[position]))
        position = optional.end() if optional else position
    while len(arguments) < macro.count:
        token = re.compile(r"\s*(\\[A-Za-z]+|\\.|[^\\}])").match(text.text, position)
        if token is None:
            return None
        start, end = token.start(1), token.end()
        if token[1] == "{":
            group = group_end(text.text, start)
            if group is None:
                return None
            start, end = start + 1, group - 1
            position = group
        else:
            position = end
        arguments.append(text.cut(start, end))
    return arguments, position


def _apply(macro: _Macro, arguments: list[Mapped], offset: int) -> Mapped:
    def parameter(match: re.Match[str]) -> Mapped | None:
        number = int(match[1])
        if not 1 <= number <= len(arguments):
            return None
        argument = arguments[number - 1]
        # \nabla#1 with L is \nabla L, not a command \nablaL
        touches = re.search(r"\\[A-Za-z]+$", match.string[: match.start()]) and argument.text[:1].isalpha()
        return Mapped.join([Mapped.at(" ", offset), argument]) if touches else argument

    return Mapped.at(macro.body, offset).sub(_PARAMETER, parameter)
