r"""The blocks of a matrix: those that a second formula says, as ``z_t = W [h_{t-1}, x_t] + b = A h_{t-1} + B x_t + b`` says ``W = [A, B]``,
and those that are named after the gates which one equation gives: W_i and W_f beside ``[i_t, f_t] = σ(W x_t + b)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from symrnn.language.model import Name
from symrnn.language.parts import cells_of, terms_of
from symrnn.language.terms import DEFINING, Apply, Mul, Relation, Row, Stack, Sub, Sup, Sym, Term, rebuilt, replaced, walk
from symrnn.reading.definitions.finding import DefiningEquation
from symrnn.reading.definitions.mentions import occurrences, outermost
from symrnn.reading.lexicon import Lexicon, without_prefix

#: Where what no equation defines by itself stands: before all others.
_NOWHERE = -300


def with_blocks(found: list[DefiningEquation], relations: Sequence[Relation | None], lexicon: Lexicon) -> list[DefiningEquation]:
    """Adds the matrices whose blocks are letters that nothing defines, by equations that are a second formula for a quantity."""
    result = list(found)
    used = {o.name for d in found for o in outermost(d.body, lexicon)} | {d.name for d in found}
    stacks = {(d.name, d.indices): d.body for d in found if isinstance(d.body, Stack)}

    for relation in (r for r in relations if r is not None and r.op in DEFINING):
        left = lexicon.occurrence(relation.left)
        known = next((d for d in found if left is not None and (d.name, d.indices) == (left.name, left.indices)), None)
        divided = None if known is None else _divided(_opened(known.body, stacks, lexicon), relation.right)
        matrix = None if divided is None else lexicon.occurrence(divided[0])
        if divided is None or matrix is None or matrix.indices or any(d.name == matrix.name for d in result):
            continue
        blocks = [lexicon.occurrence(cell) for row in divided[1].rows for cell in row]
        if all(block is not None and not block.indices and block.name not in used for block in blocks):
            result.append(DefiningEquation(_NOWHERE - len(result), matrix.name, (), divided[1]))
    return result


def with_weights_of_gates(
    found: list[DefiningEquation], relations: Sequence[Relation | None], lexicon: Lexicon
) -> list[DefiningEquation]:
    """Gates that one equation gives, with the weights of each where the document names these and never speaks of all of them again."""
    result = list(found)
    for source in dict.fromkeys(d.source for d in found):
        gates = [(d, row) for d in found if d.source == source and (row := _row_in(d.body)) is not None]
        if not gates or len(gates) != gates[0][1].count:
            continue
        others = [o for n, r in enumerate(relations) if r is not None and n != source for o in occurrences(r, lexicon)]
        spoken = {without_prefix(o.name) or o.name for o in others if not o.indices}
        weights = _weights_in(gates[0][1].whole, lexicon)
        own = {replace(weight, suffix=gate.name.letter) for weight in weights for gate, _ in gates}
        given = {d.name for d in result} | {o.name for d in result for o in outermost(d.body, lexicon) if d.source != source}
        if own & spoken and not (spoken | given) & set(weights) and not own & given:
            for gate, row in gates:
                whole = replaced(row.whole, {weight.term: replace(weight, suffix=gate.name.letter).term for weight in weights})
                result[result.index(gate)] = replace(gate, body=replaced(gate.body, {row: whole}))
    return result


def _row_in(term: Term) -> Row | None:
    return next((node for _, node in walk(term) if isinstance(node, Row)), None)


def _weights_in(term: Term, lexicon: Lexicon) -> list[Name]:
    """The letters without a step that stand alone in a sum, or first or last in its products."""
    inside = term.argument if isinstance(term, Apply) else term
    ends = (end for part in terms_of(inside) for end in ((part.factors[0], part.factors[-1]) if isinstance(part, Mul) else (part,)))
    letters = (lexicon.occurrence(end) for end in ends)
    return list(dict.fromkeys(o.name for o in letters if o is not None and not o.indices and not o.name.suffix))


def _divided(first: Term, second: Term) -> tuple[Term, Stack] | None:
    """The matrix before, or behind, a stack in the first formula, and its blocks in the second, which is the same otherwise."""
    if isinstance(first, Apply) and isinstance(second, Apply) and first.function == second.function:
        return _divided(first.argument, second.argument)
    terms, others = terms_of(first), terms_of(second)
    for term in (t for t in terms if isinstance(t, Mul) and len(t.factors) == 2 and t not in others):
        assert isinstance(term, Mul)
        before = isinstance(term.factors[1], Stack)
        matrix, stack = term.factors if before else term.factors[::-1]
        cells = cells_of(stack)
        blocks = [_factor_of(cell, others, before) for cell in cells]
        products = {other for cell in cells for other in others if _factor_of(cell, [other], before) is not None}
        if len(cells) > 1 and None not in blocks and {*terms} - {term} == {*others} - products and len(products) == len(cells):
            found = tuple(block for block in blocks if block is not None)
            return matrix, Stack((found,) if before else tuple((block,) for block in found), "bmatrix")
    return None


def _factor_of(cell: Term, terms: Sequence[Term], before: bool) -> Term | None:
    """The letter that stands before, or behind, a cell in one of some products."""
    for term in terms:
        if isinstance(term, Mul) and len(term.factors) == 2:
            letter, vector = term.factors if before else term.factors[::-1]
            if vector == cell and isinstance(letter, (Sym, Sub, Sup)):
                return letter
    return None


def _opened(term: Term, stacks: Mapping[tuple[Name, tuple[Term, ...]], Term], lexicon: Lexicon) -> Term:
    """A formula with the parts of each vector that is one of several: ``[h_{t-1}, x_t]`` for u_t."""
    found = lexicon.occurrence(term)
    if found is not None:
        return stacks.get((found.name, found.indices), term)
    return rebuilt(term, lambda part: _opened(part, stacks, lexicon))
