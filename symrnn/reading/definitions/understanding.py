"""From the relations of a document to its model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

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
from symrnn.reading.definitions.spaces import Space, declared_spaces
from symrnn.reading.lexicon import build_lexicon


def understand(
    relations: Sequence[Relation | None],
    expressions: Iterable[Term] = (),
    base: Understanding | None = None,
    asides: frozenset[int] = frozenset(),
    inherited: frozenset[int] = frozenset(),
) -> Understanding:
    """Reads the model off the relations of a document, in order; `None` stands for one that was not read.

    With `base`, quantities that the document does not define itself are taken from that model. What stands at a position in
    `asides` (a footnote) defines only what nothing else does; a definition at one in `inherited`, which an earlier network of the
    document had, is left out where it does not fit to the others.
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
    found.sort(key=lambda d: d.source in inherited)

    def built(spaces: tuple[Space, ...]) -> Understanding:
        return Builder(lexicon, found, functions, terms, spaces).build(renamed, base, inherited)

    return _without_contradictions(built, declared_spaces(relations, lexicon))


def _without_contradictions(built: Callable[[tuple[Space, ...]], Understanding], spaces: tuple[Space, ...]) -> Understanding:
    """The model under all declared spaces that its equations allow.

    Where equations have no meaning under the declarations and have one without, the fewest possible are left out, and named.
    """
    under_all = built(spaces)
    if not spaces or not under_all.failed:
        return under_all
    fewest = len(built(()).failed)
    if fewest == len(under_all.failed):
        return under_all
    for left_out in (*((space,) for space in spaces), spaces):
        found = built(tuple(s for s in spaces if s not in left_out))
        if len(found.failed) == fewest:
            break
    source, reason = next((s, r) for s, r in under_all.failed.items() if s not in found.failed)
    against = f"it contradicts the definition of {found.model.quantities[found.defines[source]].text}: {reason}"
    return replace(found, contradicted={space.source: against for space in left_out})
