r"""Macros that an author defined, and comments: what TeX settles before it reads a formula."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from symrnn.reading.document.source import Mapped

#: How many characters the macros of one text may make, level by level, and how deep they may stand inside each other.
LARGEST_EXPANSION = 2_000_000
DEEPEST_EXPANSION = 20
#: What the use of a macro inside what another one stands for counts, however little it stands for itself.
_NESTED_USE = 100
#: How deep uses may stand in the arguments of uses.
DEEPEST_ARGUMENT = 60

_COMMENT = re.compile(r"\\[\s\S]|%[^\n]*")
_NAME = r"\s*(?:\{\s*\\(?P<braced>[A-Za-z@]+|[^\s])\s*\}|\\(?P<bare>[A-Za-z@]+|[^\s]))\s*"
_COMMAND = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|DeclareRobustCommand)\*?" + _NAME + r"(?:\[(?P<count>\d)\])?\s*"
    r"(?:\[(?P<default>[^\[\]]*)\])?\s*(?=\{)"
)
_DEF = re.compile(r"\\(?:long\s*\\)?[gex]?def" + _NAME + r"(?P<parameters>(?:[^{}#\\\n]|#\d|\\[^\n])*?)\s*(?=\{)")
_OPERATOR = re.compile(r"\\DeclareMathOperator\*?" + _NAME + r"(?=\{)")
_LET = re.compile(r"\\(?:global\s*\\)?let\s*\\(?P<bare>[A-Za-z@]+|[^\s])\s*=?\s*\\(?P<old>[A-Za-z@]+|[^\s])")
_DELIMITERS = re.compile(r"\\DeclarePairedDelimiter\*?" + _NAME + r"(?=\{)")
_DOCUMENT_COMMAND = re.compile(
    r"\\(?:New|Renew|Provide|Declare)(?:Expandable)?DocumentCommand" + _NAME + r"\{(?P<arguments>(?:[^{}]|\{[^{}]*\})*)\}\s*(?=\{)"
)
_DEFINING = frozenset(
    [
        *(f"{how}{kind}DocumentCommand" for how in ("New", "Renew", "Provide", "Declare") for kind in ("", "Expandable")),
        "newcommand", "renewcommand", "providecommand", "DeclareRobustCommand", "def", "gdef", "edef", "xdef", "long",
        "DeclareMathOperator", "let", "global", "DeclarePairedDelimiter",
    ]
)  # fmt: skip
_USE = re.compile(r"\\([A-Za-z]+|[\s\S])")
#: What ``\\NewDocumentCommand`` says of one argument: a group, one in brackets with or without a default, a star.
_DECLARED = re.compile(r"(?P<kind>[mosO])\s*(?:(?<=O)\s*\{(?P<default>[^{}]*)\})?")
#: What stands in a body for an argument that is left out, and for a star that is there or is not.
_NO_VALUE, _STAR, _NO_STAR = "-NoValue-", "-BooleanTrue-", "-BooleanFalse-"
_CHOICE = re.compile(r"If(?P<asked>NoValue|Value|Boolean)(?P<branches>TF|T|F)")
_PARAMETER = re.compile(r"#(\d)")
_ARGUMENT = re.compile(r"\s*(\\[A-Za-z]+|\\.|[^\\}$&])")
_OPTIONAL = re.compile(r"\s*\[([^\[\]]*)\]")


def drop_comments(text: Mapped) -> Mapped:
    r"""Without ``% ...`` up to the end of the line; ``\%`` is no comment."""
    return text.sub(_COMMENT, lambda match: "" if match[0].startswith("%") else None)


@dataclass(frozen=True)
class _Parameter:
    """One argument: a group or a sign, or up to what ends it; with a default it is optional, in brackets; or it is a star."""

    end: str = ""
    default: str | None = None
    star: bool = False


_ONE = _Parameter()


@dataclass(frozen=True)
class _Macro:
    r"""What a use stands for; `before` stands before all arguments."""

    body: str
    parameters: tuple[_Parameter, ...] = ()
    before: str = ""
    starred: bool = False


#: What common packages define, where the author does not.
_KNOWN = {
    "pdv": _Macro(r"\frac{\partial #1}{\partial #2}", (_ONE, _ONE)),
    "dv": _Macro(r"\frac{d #1}{d #2}", (_ONE, _ONE)),
    "vb": _Macro(r"\mathbf{#1}", (_ONE,), starred=True),
    "norm": _Macro(r"\lVert #1 \rVert", (_ONE,), starred=True),
    "pd": _Macro(r"\frac{\partial #1}{\partial #2}", (_ONE, _ONE)),
    "od": _Macro(r"\frac{d #1}{d #2}", (_ONE, _ONE)),
    "diffp": _Macro(r"\frac{\partial #1}{\partial #2}", (_ONE, _ONE)),
    "set": _Macro(r"\{ #1 \}", (_ONE,), starred=True),
}


@dataclass
class Macros:
    r"""The macros defined so far, by ``\newcommand``, ``\def``, ``\let`` and their kin; what comes later counts from there on."""

    _macros: dict[str, _Macro] = field(default_factory=lambda: dict(_KNOWN))
    #: Names given by ``\let`` to commands of TeX itself.
    _aliases: dict[str, str] = field(default_factory=dict)
    #: Macros of which a use was left as it was: it expands without end, or lacks an argument.
    _left_over: set[str] = field(default_factory=set)
    _room: int = LARGEST_EXPANSION

    def settle(self, text: Mapped) -> Mapped:
        """`text` without its definitions, which are remembered, and with every use replaced by what it stands for."""
        settled = self._settled(text, 0, 0)
        if not self._aliases:
            return settled
        return settled.sub(_USE, lambda use: "\\" + self._aliases[use[1]] + " " if use[1] in self._aliases else None)

    def problem(self, text: str) -> str:
        """What to say of a macro in a settled text that could not be replaced; nothing without one."""
        uses = (use[1] for use in _USE.finditer(text)) if self._left_over else ()
        name = next((name for name in uses if name in self._left_over), None)
        return f"the macro \\{name} expands without end, or lacks an argument; change its definition or its use" if name else ""

    def _settled(self, text: Mapped, depth: int, nesting: int) -> Mapped:
        parts: list[Mapped] = []
        done = 0
        for use in _USE.finditer(text.text):
            if use.start() < done:
                continue
            if use[1] in _DEFINING:
                end = self.define(text, use.start())
                new = None
            elif (choice := _CHOICE.fullmatch(use[1])) is not None:
                new, end = self._chosen(choice, text, use.end(), depth, nesting)
            else:
                new, end = self._expansion(text, use, depth, nesting)
            if end is None:
                continue
            parts.append(text.cut(done, use.start()))
            if new is not None:
                parts.append(new)
            done = end
        if not parts:
            return text
        settled = Mapped.join([*parts, text.cut(done)])
        if depth or nesting:
            self._take(len(settled.text))
        return settled

    # --- definitions

    def define(self, text: Mapped, start: int) -> int | None:
        """Where the definition ends that begins at `start`, which is remembered; None if it is none."""
        if let := _LET.match(text.text, start):
            self._let(let["bare"], let["old"])
            return let.end()
        for pattern in (_COMMAND, _DEF, _OPERATOR, _DELIMITERS, _DOCUMENT_COMMAND):
            match = pattern.match(text.text, start)
            end = text.group_ends.get(match.end()) if match else None
            if match is None or end is None:
                continue
            name, body = match["braced"] or match["bare"], text.text[match.end() + 1 : end - 1]
            if pattern is _DELIMITERS:
                return self._delimiters(text, name, body, end)
            macro = _macro(match, body)
            if macro is None:
                return None
            if not (match[0].lower().startswith("\\provide") and self._macros.get(name) is not _KNOWN.get(name)):
                self._macros[name] = macro
                self._aliases.pop(name, None)
            return end
        return None

    def _let(self, name: str, old: str) -> None:
        self._macros.pop(name, None)
        self._aliases.pop(name, None)
        if old in self._macros:
            self._macros[name] = self._macros[old]
        elif name != self._aliases.get(old, old):
            self._aliases[name] = self._aliases.get(old, old)

    def _delimiters(self, text: Mapped, name: str, left: str, position: int) -> int | None:
        r"""``\DeclarePairedDelimiter{\norm}{\lVert}{\rVert}``."""
        opening = re.compile(r"\s*(?=\{)").match(text.text, position)
        end = text.group_ends.get(opening.end()) if opening else None
        if opening is None or end is None:
            return None
        self._macros[name] = _Macro(f"{left} #1 {text.text[opening.end() + 1 : end - 1]}", (_ONE,), starred=True)
        return end

    # --- uses

    def _chosen(
        self, choice: re.Match[str], text: Mapped, position: int, depth: int, nesting: int
    ) -> tuple[Mapped | None, int | None]:
        r"""The branch that ``\IfNoValueTF{#1}{...}{...}`` or one of its kin takes, and where it ends."""
        arguments = _arguments(_Macro("", (_ONE,) * (1 + len(choice["branches"]))), text, position)
        if arguments is None:
            return None, None
        (asked, *branches), end = arguments
        holds = {"NoValue": asked.text == _NO_VALUE, "Value": asked.text != _NO_VALUE, "Boolean": asked.text == _STAR}[
            choice["asked"]
        ]
        number = choice["branches"].find("T" if holds else "F")
        return (self._settled(branches[number], depth, nesting) if number >= 0 else Mapped.at("", text.offsets[position])), end

    def _expansion(self, text: Mapped, use: re.Match[str], depth: int, nesting: int) -> tuple[Mapped | None, int | None]:
        """What a use of a macro stands for and where it ends; no end where it is none, or is left as it is."""
        macro = self._macros.get(use[1])
        if macro is None:
            return None, None
        found = _arguments(macro, text, use.end())
        if found is None and macro is _KNOWN.get(use[1]):
            return None, None
        if found is not None and depth <= DEEPEST_EXPANSION and nesting <= DEEPEST_ARGUMENT:
            try:
                return self._applied(macro, found[0], text.offsets[use.start()], depth, nesting), found[1]
            except _NoRoom:
                if depth or nesting:
                    raise
        self._left_over.add(use[1])
        return None, None

    def _applied(self, macro: _Macro, arguments: list[Mapped], offset: int, depth: int, nesting: int) -> Mapped:
        """What a macro stands for with these arguments. Raises _NoRoom where that is too much."""
        self._take(_NESTED_USE if depth else 0)
        replaced = _apply(macro, [self._settled(argument, depth, nesting + 1) for argument in arguments], offset)
        self._take(len(replaced.text))
        return self._settled(replaced, depth + 1, nesting)

    def _take(self, characters: int) -> None:
        self._room -= characters
        if self._room < 0:
            raise _NoRoom


class _NoRoom(Exception):
    """The macros of a text make more than they may."""


def _macro(match: re.Match[str], body: str) -> _Macro | None:
    """The macro that a definition makes; None for one whose arguments are of another kind."""
    if match.re is _OPERATOR:
        return _Macro(rf"\operatorname{{{body}}}")
    if match.re is _DEF:
        before, *ends = re.split(r"#\d", match["parameters"])
        return _Macro(body, tuple(_Parameter(end.strip()) for end in ends), before.strip())
    if match.re is _DOCUMENT_COMMAND:
        written = match["arguments"].replace("+", "")
        if _DECLARED.sub("", written).strip():
            return None
        return _Macro(body, tuple(_declared(declared) for declared in _DECLARED.finditer(written)))
    parameters = (_ONE,) * int(match["count"] or 0)
    return _Macro(body, parameters if match["default"] is None else (_Parameter(default=match["default"]), *parameters[1:]))


def _declared(match: re.Match[str]) -> _Parameter:
    default = {"o": _NO_VALUE, "O": match["default"] or ""}.get(match["kind"])
    return _Parameter(default=default, star=match["kind"] == "s")


def _arguments(macro: _Macro, text: Mapped, position: int) -> tuple[list[Mapped], int] | None:
    """What a use of `macro` is applied to, and where it ends; None when arguments are missing."""
    arguments: list[Mapped] = []
    if macro.starred:
        size = re.compile(r"\*?(?:\s*\[\\[A-Za-z]+\])?").match(text.text, position)
        position = size.end() if size else position
    if macro.before:
        if not text.text.startswith(macro.before, position):
            return None
        position += len(macro.before)
    for parameter in macro.parameters:
        found = _argument(parameter, text, position)
        if found is None:
            return None
        argument, position = found
        arguments.append(argument)
    return arguments, position


def _argument(parameter: _Parameter, text: Mapped, position: int) -> tuple[Mapped, int] | None:
    if parameter.star:
        star = re.compile(r"\s*\*").match(text.text, position)
        return Mapped.at(_STAR if star else _NO_STAR, text.offsets[position]), star.end() if star else position
    if parameter.default is not None:
        optional = _OPTIONAL.match(text.text, position)
        if optional is None:
            return Mapped.at(parameter.default, text.offsets[position]), position
        return text.cut(*optional.span(1)), optional.end()
    return _up_to(text, position, parameter.end) if parameter.end else _group_or_sign(text, position)


#: How far from its beginning an argument ends that a sign ends.
_LONGEST_ARGUMENT = 1_000


def _up_to(text: Mapped, position: int, end: str) -> tuple[Mapped, int] | None:
    at = text.text.find(end, position, position + _LONGEST_ARGUMENT)
    return (text.cut(position, at), at + len(end)) if at >= 0 else None


def _group_or_sign(text: Mapped, position: int) -> tuple[Mapped, int] | None:
    token = _ARGUMENT.match(text.text, position)
    if token is None:
        return None
    if token[1] != "{":
        return text.cut(token.start(1), token.end()), token.end()
    group = text.group_ends.get(token.start(1))
    return (text.cut(token.start(1) + 1, group - 1), group) if group is not None else None


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
