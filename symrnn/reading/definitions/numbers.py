"""Which quantities are numbers because they are added to an inner product: c and p_t of ``p_t = σ(v^T h_t + c)``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from symrnn.language.model import Name
from symrnn.language.parts import unsigned
from symrnn.language.terms import Add, Apply, Big, Mul, Norm, Sym, Term, Transpose
from symrnn.reading.definitions.finding import DefiningEquation
from symrnn.reading.definitions.mentions import outermost
from symrnn.reading.lexicon import Lexicon


def numbers(definitions: Iterable[DefiningEquation], lexicon: Lexicon) -> frozenset[Name]:
    """What such sums and norms define, the small letters in their other terms, and the data that are compared with nothing but numbers."""
    definitions = list(definitions)
    sums = {definition: set(_numbers_of(definition, lexicon)) for definition in definitions}
    found = {name for names in sums.values() for name in names}
    defined = {definition.name for definition in definitions}
    for definition in (d for d in definitions if not sums[d]):
        named = {o.name for o in outermost(definition.body, lexicon) if o.indices}
        if named & found and not named & (defined - found):
            found |= {name for name in named if name.letter[:1].islower()}
    lengths = {definition.name for definition in definitions if isinstance(definition.body, Norm)}
    return frozenset(found | lengths | set(_of_one_unit(definitions, lexicon)))


def _of_one_unit(definitions: list[DefiningEquation], lexicon: Lexicon) -> Iterator[Name]:
    """What belongs to a single unit, whose argument is a sum over components: that, what is made of it alone, and the weights of that."""
    found = {
        d.name for d in definitions if len(d.indices) == 1 and any(_is_sum_over_components(term, lexicon) for term in _terms(d))
    }
    components = {o.name for d in definitions for o in outermost(d.body, lexicon) if len(o.indices) > 1} | {
        d.name for d in definitions if len(d.indices) > 1
    }
    made = {d: {o.name for o in outermost(d.body, lexicon) if o.indices} - {d.name} for d in definitions if len(d.indices) == 1}
    while more := {d.name for d, names in made.items() if names and names <= found} - found - components:
        found |= more
    yield from found
    for factors in (term.factors for d in definitions if d.name in found for term in _terms(d) if isinstance(term, Mul)):
        names = [o.name for o in map(lexicon.occurrence, factors) if o is not None]
        if len(names) == len(factors) == 2 and names[1] in found:
            yield names[0]
    for definition in (d for d in definitions if d.name in found):
        yield from (o.name for term in _terms(definition) if (o := lexicon.occurrence(term)) is not None and not o.indices)


def _terms(definition: DefiningEquation) -> list[Term]:
    """The terms of the sum that a quantity is, or that its activation is of."""
    body = unsigned(definition.body)
    if isinstance(body, Apply) and body.function != Sym("softmax"):
        body = unsigned(body.argument)
    return [unsigned(term) for term in body.terms] if isinstance(body, Add) else []


def _is_sum_over_components(term: Term, lexicon: Lexicon) -> bool:
    """``\\sum_i W_{f,i} x_{t,i}``: a sum of products of components, which leaves no index but the step."""
    if not isinstance(term, Big) or term.kind != "sum" or not isinstance(term.body, Mul):
        return False
    found = [lexicon.occurrence(factor) for factor in term.body.factors]
    letters = {letter for o in found if o is not None for i in o.indices for letter in lexicon.letters(i)}
    counted = term.index.name if isinstance(term.index, Sym) else ""
    return (
        len(found) > 1
        and all(o is not None and term.index in o.indices for o in found)
        and counted not in lexicon.times
        and letters <= {counted} | lexicon.times
    )


def _numbers_of(definition: DefiningEquation, lexicon: Lexicon) -> Iterator[Name]:
    terms = _terms(definition)
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
