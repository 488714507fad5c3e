"""Proof files with something small changed: a number, a name, a rule, a position, a part left out, doubled or exchanged."""

from __future__ import annotations

import json
import random
from typing import Any

Json = Any
Place = tuple[list[Any] | dict[str, Any], Any]

RULES = (
    "open",
    "unfold",
    "chain rule",
    "release",
    "slope",
    "softmax",
    "inside",
    "zero",
    "square",
    "total",
    "use",
    "product",
    "narrow",
    "split",
)
NAMES = ("~1", "~2", "~t", "~i", "~v", "~s", "T", "t", "|hidden|", "|classes|", "earlier", "v", "=", "<=", ">", "!=")


def mutants(file: Json, chosen: random.Random) -> str:
    """The text of a file after one change (of every ten, three)."""
    for _ in range(chosen.choice((1, 1, 1, 1, 1, 1, 1, 2, 2, 3))):
        _change(file, chosen)
    return json.dumps(file)


def _change(file: Json, chosen: random.Random) -> None:
    places: list[Place] = []
    _collect(file["developments"], places)
    holder, key = chosen.choice(places)
    value = holder[key]
    if isinstance(value, bool):
        holder[key] = not value
    elif isinstance(value, int):
        holder[key] = chosen.choice((value + 1, value - 1, -value, 0, 1, 2))
    elif isinstance(value, str):
        holder[key] = chosen.choice(RULES if value in RULES else NAMES)
    elif value is None:
        holder[key] = 0
    elif isinstance(value, list) and value:
        _change_list(value, chosen)
    elif isinstance(value, dict) and chosen.random() < 0.2:
        value.pop(chosen.choice(sorted(value)))
    else:
        holder[key] = []


def _change_list(value: list[Any], chosen: random.Random) -> None:
    at, other = chosen.randrange(len(value)), chosen.randrange(len(value))
    match chosen.randrange(3):
        case 0:
            del value[at]
        case 1:
            value.insert(other, json.loads(json.dumps(value[at])))
        case 2:
            value[at], value[other] = value[other], value[at]


def _collect(value: Json, places: list[Place]) -> None:
    """Every place in a file, the parts before the whole."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        places.append((value, key))
        _collect(item, places)
