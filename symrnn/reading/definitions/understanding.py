"""From the relations of a document to its model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symrnn.language.terms import (
    Relation,
    Term,
)
from symrnn.reading.definitions.building import Builder, Understanding
from symrnn.reading.definitions.finding import (
    candidates,
    document_functions,
    with_exchanged_letters,
    with_steps_of_open_functions,
    with_total_loss,
)
from symrnn.reading.lexicon import build_lexicon


def understand(
    relations: Sequence[Relation | None],
    expressions: Iterable[Term] = (),
    base: Understanding | None = None,
    asides: frozenset[int] = frozenset(),
) -> Understanding:
    """Reads the model off the relations of a document, in order; `None` stands for one that was not read.

    With `base`, quantities that the document does not define itself are taken from that model. What stands at a position in
    `asides` (a footnote) defines only what nothing else does.
    """
    extra = list(expressions)
    read = [r for r in relations if r is not None]
    lexicon = build_lexicon(read, extra)
    found = candidates(relations, lexicon, asides)
    functions = document_functions(relations)
    terms = [side for r in read for side in (r.left, r.right)] + extra
    found = with_total_loss(found, terms, lexicon)
    found = with_steps_of_open_functions(found, lexicon)
    found, renamed = with_exchanged_letters(found, lexicon)
    return Builder(lexicon, found, functions, terms).build(renamed, base)
