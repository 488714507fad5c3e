"""The tables of the grammar, stored beside it: making them takes a fifth of a second, more than reading most documents.

``python -c 'from symrnn.notation import tables; tables.store()'`` writes them again; those of another grammar or another version of
lark are not used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import lark
from lark import Lark, Token
from lark.grammar import Rule
from lark.lexer import Lexer, TerminalDef

_STORED = "grammar.json"


class Handed(Lexer):
    """The tokens come ready-made from the translator."""

    __future_interface__ = 1

    def __init__(self, lexer_conf: Any) -> None:
        """Nothing in the configuration matters here."""

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:
        return iter(lexer_state.text)


def grammar() -> str:
    """The grammar of formulas."""
    return files(__package__).joinpath("grammar.lark").read_text("utf-8")


def parser_of(actions: Any) -> Lark:
    """The parser of the grammar whose terms are made by `actions`."""
    stored = json.loads(files(__package__).joinpath(_STORED).read_text("utf-8"), object_pairs_hook=_with_numbers)
    if stored["made from"] != origin():
        return _made(actions)
    stored["data"]["parser"]["lexer_conf"]["lexer_type"] = stored["data"]["options"]["lexer"] = Handed
    loaded: Callable[..., Lark] = Lark._load_from_dict  # as the stand-alone parsers that lark writes do
    return loaded(stored["data"], stored["memo"], transformer=actions)


def text() -> str:
    """The tables as they are stored."""
    data, memo = _made(None).memo_serialize([TerminalDef, Rule])
    data["parser"]["lexer_conf"]["lexer_type"] = data["options"]["lexer"] = None
    return json.dumps({"made from": origin(), "data": data, "memo": memo}, separators=(",", ":")) + "\n"


def store() -> None:
    """Writes the tables."""
    Path(__file__).with_name(_STORED).write_text(text(), encoding="utf-8")


def _made(actions: Any) -> Lark:
    return Lark(grammar(), parser="lalr", lexer=Handed, transformer=actions)


def origin() -> list[str]:
    """What tables are made from: a version of lark and a grammar."""
    return [f"lark {lark.__version__}", sha256(grammar().encode()).hexdigest()]


def _with_numbers(pairs: list[tuple[str, Any]]) -> dict[Any, Any]:
    """An object of JSON, whose keys are texts, with numbers where there were numbers."""
    return {int(key) if key.isdigit() else key: value for key, value in pairs}
