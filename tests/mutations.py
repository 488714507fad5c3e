"""Ways to break a formula, one small change of its right side at a time, and ways to write it differently.

A mutant is a relation whose right side is not what its author wrote; nothing here knows whether it is still true. None
of this uses the edits that `symrnn` searches for repairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Any

from symrnn.language.model import Model
from symrnn.language.terms import (
    Add,
    Apply,
    Big,
    Cases,
    Compare,
    Deriv,
    Elided,
    Ellipsis,
    Frac,
    Hadamard,
    Mark,
    Mul,
    Neg,
    Num,
    Outer,
    Pow,
    Relation,
    Sub,
    Sup,
    Sym,
    Term,
    Transpose,
    children,
    replace_at,
    walk,
)

Path = tuple[str | int, ...]
Change = tuple[str, Term]
Wide = Mul | Hadamard | Outer

#: What a subterm is: a value, a whole index or bound, a part of one, a letter that is bound, the name of a function, or
#: the lower half of a derivative.
VALUE, INDEX, INNER, BINDER, FUNCTION, BELOW = "value", "index", "inner", "binder", "function", "below"
ONE, TWO = Num(Fraction(1)), Num(Fraction(2))
DIAG = Sym("diag")


@dataclass(frozen=True)
class Mutant:
    """A broken relation and the kind of the change that broke it."""

    kind: str
    relation: Relation


@dataclass(frozen=True)
class Vocabulary:
    """The letters of a document: all that stand alone, its matrices, what carries a time, its states, and the letter of its last step."""

    letters: tuple[Sym, ...]
    matrices: tuple[Sym, ...]
    timed: tuple[Sym, ...]
    states: tuple[Sym, ...]
    horizon: str


def vocabulary(model: Model) -> Vocabulary:
    """The letters of a model that mutants are made of."""
    named = [(q, Sym(q.name.letter, q.name.accent, q.name.style)) for q in model.quantities.values() if not q.name.suffix]
    matrices = tuple(symbol for q, symbol in named if q.is_parameter and len(q.shape) == 2)
    timed = tuple(symbol for q, symbol in named if q.timed)
    states = tuple(symbol for q, symbol in named if q.recurrence == -1)
    return Vocabulary(tuple(symbol for _, symbol in named), matrices, timed, states, model.horizon)


def mutants(relation: Relation, words: Vocabulary) -> list[Mutant]:
    """Every mutant of the right side of a relation, each once, under the first kind that makes it."""
    found: dict[Term, str] = {}
    for path, node, role in places(relation.right):
        for kind, new in _changes(node, role, path, relation.right, words):
            found.setdefault(replace_at(relation.right, path, new), kind)
    for kind, new in _whole(relation.right, words):
        found.setdefault(new, kind)
    found.pop(relation.right, None)
    return [Mutant(kind, replace(relation, right=right)) for right, kind in found.items()]


def places(term: Term, path: Path = (), role: str = VALUE) -> Iterator[tuple[Path, Term, str]]:
    """Every subterm with its path and what it is part of."""
    yield path, term, role
    quantity = role in (VALUE, BELOW) and isinstance(term, (Sub, Sup)) and isinstance(term.base, Sym)
    for step, child in children(term):
        if quantity and step == ("base",):
            continue
        yield from places(child, (*path, *step), _role(term, step, role))


def _role(parent: Term, step: Path, role: str) -> str:
    if role in (INDEX, INNER):
        return INNER
    if step[0] in ("indices", "lower", "upper") or isinstance(parent, Compare):
        return INDEX
    if step[0] == "conditions" or (isinstance(parent, Cases) and step[-2:-1] == (1,)):
        return BINDER
    if step[0] == "index":
        return BINDER
    if step[0] == "function":
        return FUNCTION
    if isinstance(parent, Deriv) and step[0] == "denominator":
        return BELOW
    return role


def _changes(node: Term, role: str, path: Path, root: Term, words: Vocabulary) -> Iterator[Change]:
    if role == INDEX and not _completes_a_name(root, path, words):
        yield from _index_by_one(node)
        yield from _another_index(node, root)
    if role in (VALUE, BELOW):
        yield from _letters(node, words)
    if role != VALUE:
        return
    if isinstance(node, (Mul, Hadamard, Outer)):
        yield from _fewer_factors(node)
        yield from _exchanged(node)
    if isinstance(node, Mul):
        yield from _more_factors(node, root, words)
    elif _stands_alone(root, path):
        yield from _with_factor(node, root, words)
    for change in (_signs, _sums, _transposed, _powers, _fractions, _derivatives, _functions, _numbers, _branches):
        yield from change(node)


# --------------------------------------------------------------------------------------------------------- factors


def _fewer_factors(node: Wide) -> Iterator[Change]:
    for position in range(len(node.factors)):
        rest = (*node.factors[:position], *node.factors[position + 1 :])
        yield "factor deleted", rest[0] if len(rest) == 1 else replace(node, factors=rest)


def _exchanged(node: Wide) -> Iterator[Change]:
    for a, b in combinations(range(len(node.factors)), 2):
        factors = list(node.factors)
        factors[a], factors[b] = factors[b], factors[a]
        yield "factors swapped", replace(node, factors=tuple(factors))


def _more_factors(node: Mul, root: Term, words: Vocabulary) -> Iterator[Change]:
    for position in range(len(node.factors) + 1):
        for factor in _offered(root, words):
            factors = (*node.factors[:position], factor, *node.factors[position:])
            yield "factor inserted", replace(node, factors=factors)


def _with_factor(node: Term, root: Term, words: Vocabulary) -> Iterator[Change]:
    for factor in _offered(root, words):
        yield "factor inserted", Mul((factor, node))
        yield "factor inserted", Mul((node, factor))


def _offered(root: Term, words: Vocabulary) -> Iterator[Term]:
    """The matrices, their transposes, and the slope of tanh at the steps that the formula speaks of."""
    for matrix in words.matrices:
        yield matrix
        yield Transpose(matrix)
    for state in words.states:
        for time in _times(root, words):
            slope = Add((ONE, Neg(Pow(Sub(state, (time,)), TWO))))
            yield Apply(DIAG, slope)


def _times(root: Term, words: Vocabulary) -> Iterator[Term]:
    """The letters and numbers that a formula has as whole subscripts of what carries a time."""
    indexed = (n for _, n in walk(root) if isinstance(n, Sub) and n.base in words.timed)
    yield from dict.fromkeys(n.indices[0] for n in indexed if isinstance(n.indices[0], (Sym, Num)))


def _completes_a_name(root: Term, path: Path, words: Vocabulary) -> bool:
    """Whether a subscript tells two letters apart, as the f of W_f."""
    below = [node for place, node in walk(root) if place == path[:-2]]
    return any(isinstance(node, (Sub, Sup)) and node.base not in (*words.letters, Sym("delta")) for node in below)


def _stands_alone(root: Term, path: Path) -> bool:
    """Whether a subterm is an operand on its own: a side, a term of a sum, what a wide product or a sum is of."""
    nodes = dict(walk(root))
    if isinstance(nodes[path], (Num, Neg, Add, Mul, Big)):
        return False
    above = [nodes[path[:cut]] for cut in range(len(path)) if path[:cut] in nodes]
    return not above or isinstance(above[-1], (Add, Outer, Hadamard, Neg, Big))


# ------------------------------------------------------------------------------------------------- letters, indices


def _index_by_one(node: Term) -> Iterator[Change]:
    for by in (-1, 1):
        shifted = _shifted(node, by)
        if shifted is not None:
            yield "index or bound by one", shifted


def _shifted(index: Term, by: int) -> Term | None:
    """An index with a whole number added, None where it would become a number below zero."""
    parts = index.terms if isinstance(index, Add) else (index,)
    letters = tuple(p for p in parts if not isinstance(_bare(p), Num))
    constant = by + sum(-_value(p.term) if isinstance(p, Neg) else _value(p) for p in parts if isinstance(_bare(p), Num))
    if not letters:
        return Num(constant) if constant >= 0 else None
    if not constant:
        return letters[0] if len(letters) == 1 else Add(letters)
    return Add((*letters, Num(constant) if constant > 0 else Neg(Num(-constant))))


def _bare(term: Term) -> Term:
    return term.term if isinstance(term, Neg) else term


def _value(term: Term) -> Fraction:
    return term.value if isinstance(term, Num) else Fraction(0)


def _another_index(node: Term, root: Term) -> Iterator[Change]:
    if isinstance(node, Sym):
        letters = [n for _, n, role in places(root) if role == INDEX and isinstance(n, Sym) and n != node]
        yield from (("another index letter", other) for other in dict.fromkeys(letters))


def _letters(node: Term, words: Vocabulary) -> Iterator[Change]:
    if node in words.matrices:
        yield from (("letter swapped", other) for other in words.matrices if other != node)
    if not isinstance(node, Sub) or not isinstance(node.base, Sym):
        return
    for other in words.timed:
        if other != node.base:
            hat = other.name == node.base.name
            yield ("hat added or removed" if hat else "letter swapped"), replace(node, base=other)
    turned = replace(node.base, accent="" if node.base.accent else "hat")
    yield "hat added or removed", replace(node, base=turned)


# ------------------------------------------------------------------------------------------------------ signs, sums


def _signs(node: Term) -> Iterator[Change]:
    if isinstance(node, Neg):
        yield "sign flipped", node.term
    if isinstance(node, Add):
        for position, term in enumerate(node.terms):
            flipped = term.term if isinstance(term, Neg) else Neg(term)
            yield "sign flipped", Add((*node.terms[:position], flipped, *node.terms[position + 1 :]))
            rest = (*node.terms[:position], *node.terms[position + 1 :])
            yield "term dropped", rest[0] if len(rest) == 1 else Add(rest)
    if isinstance(node, (Mul, Outer, Hadamard, Frac)):
        yield "sign flipped", Neg(node)


def _sums(node: Term) -> Iterator[Change]:
    if not isinstance(node, Big) or isinstance(node.body, Elided):
        return
    yield ("sum dropped" if node.kind == "sum" else "product dropped"), node.body
    if node.kind == "prod":
        yield "ordered product reversed", replace(node, lower=node.upper, upper=node.lower)
        yield "ordered product transposed", Transpose(node)
    elif node.lower is not None and node.upper is not None:
        yield "one term of the sum", replace(node, lower=node.upper)
    if node.conditions:
        yield "condition dropped", replace(node, conditions=())


def _branches(node: Term) -> Iterator[Change]:
    if isinstance(node, Cases) and len(node.branches) == 2:
        (a, when), (b, otherwise) = node.branches
        yield "branches swapped", Cases(((b, when), (a, otherwise)))
        turned = tuple(replace(c, op={"=": "!=", "!=": "="}.get(c.op, c.op)) for c in when)
        yield "condition turned", Cases(((a, turned), (b, otherwise)))


# ----------------------------------------------------------------------------------------------- shapes, functions


def _transposed(node: Term) -> Iterator[Change]:
    if isinstance(node, Transpose):
        yield "transpose removed", node.base
    elif _is_quantity(node):
        yield "factor transposed", Transpose(node)
    if isinstance(node, Apply) and node.function == DIAG:
        yield "diag unwrapped", node.argument
    elif isinstance(node, (Sub, Add)):
        yield "diag wrapped", Apply(DIAG, node)
    if isinstance(node, Outer):
        yield "another product", Mul(node.factors)
        yield "another product", Hadamard(node.factors)
        yield "outer product transposed", Transpose(node)
    elif isinstance(node, Hadamard):
        yield "another product", Outer(node.factors)
    elif isinstance(node, Mul) and len(node.factors) == 2:
        yield "another product", Outer(node.factors)
        yield "another product", Hadamard(node.factors)


def _is_quantity(node: Term) -> bool:
    return isinstance(node, Sym) or (isinstance(node, Sub) and isinstance(node.base, Sym))


def _powers(node: Term) -> Iterator[Change]:
    if isinstance(node, Pow) and isinstance(node.exponent, Num):
        yield "power removed", node.base
        yield "power by one", Pow(node.base, Num(node.exponent.value + 1))
    elif isinstance(node, (Sub, Frac)):
        yield "squared", Pow(node, TWO)


def _fractions(node: Term) -> Iterator[Change]:
    if isinstance(node, Frac):
        yield "fraction turned", Frac(node.denominator, node.numerator)
        yield "denominator dropped", node.numerator
        yield "numerator dropped", Frac(ONE, node.denominator)


def _derivatives(node: Term) -> Iterator[Change]:
    if not isinstance(node, Deriv) or node.prefix:
        return
    if isinstance(node.numerator, Mark):
        yield "explicit mark removed", replace(node, numerator=node.numerator.base)
    else:
        yield "explicit mark added", replace(node, numerator=Mark(node.numerator, "+"))
    yield "derivative turned", replace(node, numerator=node.denominator, denominator=node.numerator)


def _functions(node: Term) -> Iterator[Change]:
    if isinstance(node, Apply) and node.function != DIAG:
        yield "function removed", node.argument
        for other in ("tanh", "exp", "log", "softmax"):
            if node.function != Sym(other):
                yield "function swapped", Apply(Sym(other), node.argument)
    elif isinstance(node, Sub):
        yield "function wrapped", Apply(Sym("tanh"), node)


def _numbers(node: Term) -> Iterator[Change]:
    if isinstance(node, Num):
        yield "number by one", Num(node.value + 1)
        if node.value > 0:
            yield "number by one", Num(node.value - 1)


def _whole(right: Term, words: Vocabulary) -> Iterator[Change]:
    """Changes of a whole side: its sign, a mean for a sum, a factor, a term of its own too many."""
    yield "sign flipped", right.term if isinstance(right, Neg) else Neg(right)
    steps = Add((Sym(words.horizon), ONE))
    yield "mean against sum", Mul((Frac(ONE, steps), right))
    yield "mean against sum", Mul((Frac(ONE, Sym(words.horizon)), right))
    yield "doubled", Mul((TWO, right))
    yield "halved", Frac(right, TWO)
    yield "transposed", Transpose(right)


# ------------------------------------------------------------------------------------------ rewritings, still true

LETTERS = "mlkji"

#: The letters that count: others below a letter may be a part of its name.
USUAL = "ijklmnt"


def rewritings(relation: Relation) -> list[tuple[str, Relation]]:
    """Other ways to write a relation that say the same."""
    left, right = relation.left, relation.right
    found = [
        ("sides negated", Relation("=", _negated(left), _negated(right))),
        ("sides doubled", Relation("=", Mul((TWO, left)), Mul((TWO, right)))),
    ]
    if not _is_quantity(right):  # a letter on the left would be defined
        found.append(("sides exchanged", Relation("=", right, left)))
    found += [("sum reordered", replace(relation, right=new)) for new in _reordered(right)]
    found += [("bound index renamed", replace(relation, right=new)) for new in _renamed_sums(right, relation)]
    found += [("free index renamed", new) for new in _renamed_free(relation)]
    found += [("sum split", replace(relation, right=new)) for new in _split_sums(right)]
    return found


def transposed(relation: Relation) -> Relation:
    """Both sides transposed."""
    return Relation("=", Transpose(relation.left), Transpose(relation.right))


def _negated(term: Term) -> Term:
    return term.term if isinstance(term, Neg) else Neg(term)


def _reordered(term: Term) -> Iterator[Term]:
    for path, node, role in places(term):
        if role == VALUE and isinstance(node, Add) and not any(isinstance(t, Ellipsis) for t in node.terms):
            yield replace_at(term, path, Add(node.terms[::-1]))


def _letters_of(relation: Relation) -> set[str]:
    return {n.name for side in (relation.left, relation.right) for _, n in walk(side) if isinstance(n, Sym)}


def _fresh(old: Sym, relation: Relation) -> Sym:
    """Another letter: n for a time t, since a letter that counts steps in one line should not count entries in another."""
    if old.name == "t":
        return Sym("n")
    return Sym(next(letter for letter in LETTERS if letter not in _letters_of(relation)))


def _renamed_sums(term: Term, relation: Relation) -> Iterator[Term]:
    for path, node, _ in places(term):
        if isinstance(node, Big) and isinstance(node.index, Sym):
            inner = {n.index for _, n in walk(node.body) if isinstance(n, Big)}
            if node.index not in inner:
                yield replace_at(term, path, _with_index(node, node.index, _fresh(node.index, relation)))


def _with_index(node: Big, old: Sym, new: Term) -> Big:
    conditions = tuple(substituted(c, old, new) for c in node.conditions)
    return replace(node, index=new, conditions=conditions, body=substituted(node.body, old, new))


def substituted(term: Any, old: Sym, new: Term) -> Any:
    """A term with another index for one, wherever it stands in a subscript or a bound."""
    for path, node, role in list(places(term)):
        if role in (INDEX, INNER) and node == old:
            term = replace_at(term, path, new)
    return term


def _renamed_free(relation: Relation) -> Iterator[Relation]:
    sides = (relation.left, relation.right)
    bound = {n.index for side in sides for _, n in walk(side) if isinstance(n, Big)}
    indices = [n for side in sides for _, n, role in places(side) if role in (INDEX, INNER)]
    used = {n for n in indices if isinstance(n, Sym)}
    for index in sorted(used - bound, key=lambda s: s.name):
        if index.name in USUAL:
            yield Relation("=", *(substituted(side, index, _fresh(index, relation)) for side in sides))


def _split_sums(term: Term) -> Iterator[Term]:
    """The first or the last term of a sum written on its own."""
    for path, node, role in places(term):
        if not (role == VALUE and isinstance(node, Big) and node.kind == "sum" and isinstance(node.index, Sym)):
            continue
        if isinstance(node.lower, Num) and not node.conditions and not isinstance(node.body, Elided):
            first = substituted(node.body, node.index, node.lower)
            yield replace_at(term, path, Add((first, replace(node, lower=Num(node.lower.value + 1)))))
            if isinstance(node.upper, Sym):
                last = substituted(node.body, node.index, node.upper)
                rest = replace(node, upper=Add((node.upper, Neg(ONE))))
                yield replace_at(term, path, Add((rest, last)))
