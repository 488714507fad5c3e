"""A claim that no reading holds for, as the guards before *wrong* look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from symrnn.deciding.decide import Decider, Outcome, dependencies
from symrnn.language.choices import Inadmissible
from symrnn.language.claims import Reading, extended
from symrnn.language.model import Model, Name
from symrnn.language.tensors import Ref, Tensor
from symrnn.language.terms import Relation, Term
from symrnn.reading.definitions import Understanding
from symrnn.reading.document import Statement
from symrnn.reading.lexicon import ERRORS


@dataclass(frozen=True)
class Refuted:
    """A claim that no reading holds for, and what it was read from."""

    statement: Statement
    relation: Relation
    admissible: tuple[Reading, ...]
    refused: tuple[Inadmissible, ...]
    understanding: Understanding
    decider: Decider
    suppositions: tuple[tuple[Name, Statement], ...] = ()
    position: int = 0
    #: The letters with a prefix of which the document shows that they are gradients, or parts of some.
    errors: frozenset[Name] = frozenset()
    #: Whether the loss that it is about is no loss of one step alone.
    of_all_steps: bool = False

    @property
    def nodes(self) -> Iterator[Term]:
        """All parts of both sides, as they are written."""
        return self.relation.nodes()

    @property
    def names(self) -> set[Name]:
        """The quantities that both sides name."""
        found = map(self.understanding.lexicon.occurrence, self.nodes)
        return {occurrence.name for occurrence in found if occurrence is not None}


def outcomes_with(refuted: Refuted, change: Callable[[Tensor], Tensor]) -> Iterator[Outcome]:
    """What a refuted claim comes to in each reading where its sides, and the definitions of the network, are changed."""
    home = refuted.decider
    decider = Decider(home.model.changed(change), home.instance, home.manner)
    return (decider.decide(reading.claim.changed(change)) for reading in refuted.admissible)


def rests_on(refuted: Refuted, apart_from: frozenset[Name] = frozenset()) -> set[Name]:
    """The quantities that a claim names, and those that its readings depend on otherwise than through some."""
    model = refuted.understanding.model
    names = refuted.names
    for reading in refuted.admissible:
        keys = dependencies(reading.claim.sides, extended(model, reading.claim), apart_from)
        names |= {model.quantities[key].name for key in keys if key in model.quantities}
    if not refuted.admissible:
        names |= all_dependencies(names, model, apart_from)
    return names


def all_dependencies(names: set[Name], model: Model, apart_from: frozenset[Name] = frozenset()) -> set[Name]:
    refs = tuple(Ref(q.key, None, q.shape) for name in names for q in model.named(name).values())
    return {model.quantities[key].name for key in dependencies(refs, model, apart_from) if key in model.quantities}


def is_known_error(name: Name) -> bool:
    """Whether a letter stands for an error: an ε without a name beside it may be noise, which is free."""
    return name.letter in ERRORS and (bool(name.suffix) or name.letter.lower() == "delta")


def definitions_behind(node: Tensor, model: Model) -> list[Tensor]:
    """What defines the quantities that an expression depends on."""
    found = (model.quantities[key].definition for key in dependencies((node,), model) if key in model.quantities)
    return [definition for definition in found if definition is not None]
