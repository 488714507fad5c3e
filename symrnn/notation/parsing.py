"""One expression -> its term."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

from lark import Lark, Token, UnexpectedToken

from symrnn.language.terms import Term, children
from symrnn.notation.arguments import Translation
from symrnn.notation.build import TermBuilder
from symrnn.notation.pieces import Piece
from symrnn.notation.tables import parser_of
from symrnn.notation.tokens import tokens_of
from symrnn.notation.unreadable import MAX_DEPTH, Unreadable, several_arguments


@cache
def parser() -> Lark:
    """The parser, made when the first formula is read."""
    return parser_of(_actions())


def _actions() -> Any:
    """The builder as lark wants it: each action takes the list of its children."""
    builder = TermBuilder()

    def spread(action: Callable[..., Any]) -> Callable[[list[Any]], Any]:
        return lambda parts: action(*parts)

    names = [name for name in vars(TermBuilder) if not name.startswith("_")]
    return SimpleNamespace(**{name: spread(getattr(builder, name)) for name in names})


def read_range(source: str, pieces: list[Piece], start: int, stop: int) -> Term:
    """The term that ``pieces[start:stop]`` are."""
    if start >= stop:
        raise Unreadable("there is no formula", 0, "")
    tokens = tokens_of(Translation(source, pieces, start, stop))
    parse: Callable[[Any], Any] = parser().parse
    try:
        term: Term = parse(tokens)
    except UnexpectedToken as error:
        raise _explained(error.token, source, pieces[stop - 1].end) from None
    if len(tokens) >= MAX_DEPTH // 2:
        _check_depth(term, pieces[start].start)
    return term


def _explained(token: Token, source: str, end: int) -> Unreadable:
    if token.type == "$END":
        return Unreadable("the formula ends too early", end, "")
    position = token.start_pos or 0
    piece = str(token)
    if token.type == "_COMMA":
        return several_arguments(position, piece)
    if token.type in ("_RB", "_CLOSE", "_ENDNORM"):
        return Unreadable("the formula ends too early before this", position, piece)
    return Unreadable(f"{piece} cannot stand here", position, piece)


def _check_depth(term: Term, position: int) -> None:
    """Long towers of scripts or fractions nest without brackets; other code walks terms recursively."""
    waiting = [(term, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH}", position, type(node).__name__)
        waiting.extend((child, depth + 1) for _, child in children(node))
