"""Networks whose quantities are numbers: the text says so, gives its weights values, or nothing in it needs a vector."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from symrnn.language.functions import BY_NAME
from symrnn.language.parts import unsigned
from symrnn.language.terms import Apply, Big, Hadamard, Norm, Num, Outer, Relation, Stack, Sym, Term, Transpose, WrittenOut, walk
from symrnn.reading.definitions.examples import lists_values
from symrnn.reading.definitions.spaces import real_sizes
from symrnn.reading.lexicon import Lexicon

VECTOR_FUNCTIONS = frozenset(Sym(name) for name, record in BY_NAME.items() if record.takes != "entries")
_SAID = re.compile(
    r"\b(scalars?|one-dimensional|1-?d|skalar\w*|scalaires?|escalar\w*)\b"
    r"|\b(single|one|1) (hidden |recurrent )?(unit|neuron|node)s?\b|\bsingle-(unit|neuron|node)\b|скаляр|标量|純量|スカラー",
    re.IGNORECASE,
)
#: What makes a sentence with such a word one about something else: a loss is a number in every network.
_NOT_SAID = re.compile(r"\b(loss\w*|cost|error|objective|function|product|not|no|never|than|unlike|if)\b|n't\b", re.IGNORECASE)


def say_numbers(texts: Iterable[str]) -> bool:
    """Whether a sentence, or what it has in brackets, says that states and weights are numbers."""
    parts = (part for text in texts for part in re.split(r"[.;:!?](?=\s|$)|[()\u2014]", text))
    return any(_SAID.search(part) and not _NOT_SAID.search(part) for part in parts)


def gives_values(relation: Relation, lexicon: Lexicon) -> bool:
    """``W_{hh} = 0.8``: a weight, a capital without a time, that has one number for its value, neither 0 nor 1."""
    found = lexicon.occurrence(relation.left) if relation.op == "=" else None
    value = unsigned(relation.right)
    weight = found is not None and not found.indices and found.name.letter in ("W", "U", "V")
    return weight and isinstance(value, Num) and value.value not in (0, 1)


def need_vectors(relations: Iterable[Relation | None], lexicon: Lexicon) -> bool:
    """Whether something in some relations has a meaning for vectors and matrices only."""
    return any(_needs_vectors(relation, lexicon) for relation in relations if relation is not None)


def _needs_vectors(relation: Relation, lexicon: Lexicon) -> bool:
    if lists_values(relation):
        return False
    if relation.op == "in":
        return bool(real_sizes(relation.right))
    nodes = [node for side in _sides(relation, lexicon) for _, node in walk(side)]
    return any(_is_of_vectors(node, lexicon) or (isinstance(node, Norm) and relation.op == "=") for node in nodes)


def _sides(relation: Relation, lexicon: Lexicon) -> Iterator[Term]:
    """The sides of a relation; ``w^T`` alone on one of them may be a power of the last step."""
    for side in relation.sides:
        yield side.base if isinstance(side, Transpose) and lexicon.horizon == "T" else side


def _is_of_vectors(node: Term, lexicon: Lexicon) -> bool:
    if isinstance(node, (Transpose, Hadamard, Outer, Stack, WrittenOut)):
        return True
    if isinstance(node, Apply):
        return node.function in VECTOR_FUNCTIONS
    if isinstance(node, Big):
        return isinstance(node.index, Sym) and node.index.name in lexicon.components
    found = lexicon.occurrence(node)
    return found is not None and (found.name.letter == "I" or len(found.indices) > 1)
