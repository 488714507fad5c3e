"""A development: a network, lemmas about it, each proven from those before, and claims."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from symrnn.proving.kernel import reading
from symrnn.proving.kernel.checker import Checker
from symrnn.proving.kernel.outcomes import Declined, Refused
from symrnn.proving.kernel.printing import Printer


class Development:
    """Judges one network, lemmas and claims, in the order in which they come. Raises Refused or Declined, with the place."""

    def __init__(self, nodes: Any, network: Any) -> None:
        self._reader = reading.Reader()
        with _at("the network"):
            self._reader.nodes(nodes)
            self._checker = Checker(self._reader.network(network))
        self.printer = Printer(self._checker.network)

    def extend(self, nodes: Any) -> None:
        """More expressions for what comes."""
        with _at("an expression"):
            self._reader.nodes(nodes)

    def lemma(self, value: Any) -> None:
        """Accepts a lemma, or a list of those that one induction proves."""
        members = value if isinstance(value, list) else [value]
        with _at(f"the lemma {', '.join(map(_name, members))}"):
            self._checker.accept(*map(self._reader.lemma, members))

    def claim(self, value: Any) -> list[str]:
        """Accepts a claim; what it says, in full."""
        with _at(f"the claim {_name(value)}"):
            name, claim, proofs = self._reader.claim(value)
            self._checker.conclude(claim, proofs)
            return list(self.printer.lines(name, claim))


def judge(text: str) -> list[str]:
    """What a proof file proves, in full. Raises Refused or Declined."""
    said: list[str] = []
    for number, item in enumerate(reading.document(text), start=1):
        with _at(f"development {number}"):
            said += _judged(item)
    if not said:
        raise Refused("the file claims nothing")
    return said


def _judged(item: Any) -> Iterator[str]:
    data = reading.record(item, "nodes", "network", "lemmas", "claims")
    development = Development(data["nodes"], data["network"])
    for value in reading.items(data["lemmas"]):
        development.lemma(value)
    claims = reading.items(data["claims"])
    if claims:
        yield from development.printer.network_lines()
    for value in claims:
        yield from development.claim(value)


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Says where it was that something was refused or declined."""
    try:
        yield
    except RecursionError as problem:
        raise Declined(f"{place}: nested too deeply") from problem
    except (Refused, Declined) as problem:
        raise type(problem)(f"{place}: {problem}") from problem


def _name(value: Any) -> str:
    name = value.get("name") if isinstance(value, dict) else None
    return repr(name)[:80]
