"""Which quantities are numbers because they are added to an inner product: c and p_t of ``p_t = σ(v^T h_t + c)``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from symrnn.language.model import Name
from symrnn.language.terms import Add, Apply, Mul, Sym, Term, Transpose
from symrnn.reading.definitions.finding import DefiningEquation
from symrnn.reading.definitions.mentions import outermost, positive
from symrnn.reading.lexicon import Lexicon


def numbers(definitions: Iterable[DefiningEquation], lexicon: Lexicon) -> frozenset[Name]:
    """What such sums define, the small letters in their other terms, and the data that are compared with nothing but numbers."""
    definitions = list(definitions)
    sums = {definition: set(_numbers_of(definition, lexicon)) for definition in definitions}
    found = {name for names in sums.values() for name in names}
    defined = {definition.name for definition in definitions}
    for definition in (d for d in definitions if not sums[d]):
        named = {o.name for o in outermost(definition.body, lexicon) if o.indices}
        if named & found and not named & (defined - found):
            found |= {name for name in named if name.letter[:1].islower()}
    return frozenset(found)


def _numbers_of(definition: DefiningEquation, lexicon: Lexicon) -> Iterator[Name]:
    body = positive(definition.body)
    if isinstance(body, Apply) and body.function != Sym("softmax"):
        body = positive(body.argument)
    terms = [positive(term) for term in body.terms] if isinstance(body, Add) else []
    products = [term for term in terms if _is_inner_product(term, lexicon)]
    if not products:
        return
    yield definition.name
    for term in terms:
        if term not in products:
            yield from (o.name for o in outermost(term, lexicon) if o.name.letter[:1].islower())


def _is_inner_product(term: Term, lexicon: Lexicon) -> bool:
    """``v^T h_t``: a small letter, transposed, times another one."""
    if not isinstance(term, Mul) or len(term.factors) != 2 or not isinstance(term.factors[0], Transpose):
        return False
    pair = (lexicon.occurrence(term.factors[0].base), lexicon.occurrence(term.factors[1]))
    return all(o is not None and o.name.letter[:1].islower() for o in pair)
