r"""Single units below a letter, and functions before one: ``w_{i\\iota}`` leads from each input i to the one unit ι of ``a_\\iota^t``.

A letter that stands before others only, also with the prime of a derivative, is a function: h of ``h(s^t)`` beside ``h'(s^t)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from symrnn.language.scripted import SCRIPTED, under
from symrnn.language.terms import (
    DEFINING,
    Apply,
    Big,
    Deriv,
    Given,
    Mark,
    Mul,
    Pow,
    Relation,
    Sub,
    Sup,
    Sym,
    Term,
    children,
    rebuilt,
    walk,
)
from symrnn.reading.lexicon.lexicon import ERRORS
from symrnn.reading.lexicon.observed import USUAL_INDICES, letter


@dataclass(frozen=True)
class Units:
    """The letters of single units, those by which sums count, and those of functions."""

    single: frozenset[Term]
    counted: frozenset[Term]
    functions: frozenset[Term]
    #: The errors that leave out the component of what they are errors of, ``\\epsilon_s^t`` of s_c^t, with it.
    short: Mapping[Term, Term] = field(hash=False)

    def told(self, term: Term) -> Term:
        """A formula with the units apart from what counts beside them, and with functions of what stands behind them."""
        term = replace(term, base=self.told(term.base)) if isinstance(term, (Sub, Sup)) else rebuilt(term, self.told)
        if term in self.short:
            return self.short[term]
        if isinstance(term, Sub) and len(term.indices) == 1 and self._is_pair(term.indices[0]):
            return replace(term, indices=term.indices[0].factors)  # type: ignore[attr-defined]
        return self._applied(term) if isinstance(term, Mul) and not term.sign else term

    def _is_pair(self, script: Term) -> bool:
        parts = set(script.factors) if isinstance(script, Mul) and len(script.factors) == 2 else set()
        return len(parts & self.single) == 1 == len(parts & self.counted)

    def _applied(self, product: Mul) -> Term:
        factors: list[Term] = []
        for factor in product.factors:
            before = factors[-1] if factors else None
            letter = before.base if isinstance(before, Mark) else before
            if before is not None and letter in self.functions:
                factors[-1] = Apply(before, factor)
            else:
                factors.append(factor)
        return replace(product, factors=tuple(factors)) if len(factors) > 1 else factors[0]


def units_of(relations: Sequence[Relation], expressions: Iterable[Term]) -> Units:
    """The single units and the functions of a document."""
    terms = [side for r in relations for side in r.sides] + list(expressions)
    nodes = [node for term in terms for _, node in walk(term)]
    counted = frozenset(n.index for n in nodes if isinstance(n, Big))
    given = (_below(r.left) for r in relations if r.op in DEFINING)
    plain = USUAL_INDICES | {letter(x).rstrip("'") for x in counted}
    single = frozenset(x for x in given if isinstance(x, Sym) and x.name.rstrip("'") not in plain)
    products = [n.factors for n in nodes if isinstance(n, Mul) and not n.sign]
    before = [(a, b) for factors in products for a, b in pairwise(factors)]
    primed = {a.base for a, b in before if isinstance(a, Mark) and a.mark == "'" and isinstance(b, SCRIPTED)}
    standing = [n for term in terms for n in _standing(term)]
    small = {x for x in primed if isinstance(x, Sym) and x.name.islower()}
    functions = {x for x in small if standing.count(x) == sum(x == a and isinstance(b, SCRIPTED) for a, b in before)}
    short = dict(pair for r in relations if (pair := _short(r)) is not None)
    return Units(single, counted, frozenset(x for x in functions if x in standing), short)


def _short(relation: Relation) -> tuple[Term, Term] | None:
    """``\\epsilon_s`` and ``\\epsilon_{s,c}``, of an equation that gives the derivative by s_c."""
    left, right = relation.left, relation.right
    by = right.denominator if isinstance(right, Deriv) and relation.op in DEFINING else None
    while isinstance(left, (Sup, Pow, Given)) and isinstance(by, (Sup, Pow, Given)):
        left, by = left.base, by.base
    if not isinstance(left, Sub) or not isinstance(by, Sub) or letter(left.base) not in ERRORS or left.indices != (by.base,):
        return None
    return left, replace(left, indices=(*left.indices, *by.indices))


def _below(left: Term) -> Term | None:
    """What stands alone below a letter."""
    left = under(left, (Sup, Pow, Given))
    return left.indices[0] if isinstance(left, Sub) and len(left.indices) == 1 and isinstance(left.base, Sym) else None


def _standing(term: Term) -> Iterable[Term]:
    """The letters that stand without scripts and marks."""
    if isinstance(term, Sym):
        yield term
    elif not isinstance(term, (*SCRIPTED, Mark)):
        for name, part in children(term):
            if name[0] != "index":
                yield from _standing(part)
    elif not isinstance(term.base, Sym):
        yield from _standing(term.base)
