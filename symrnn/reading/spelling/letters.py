"""What is one letter of a document although it is written with several signs: ``s'_t``, ``\\delta f_t``, ``dh_t``, ``h^0``, ``v_t^1``.

Whether a prime is a derivative, a d a factor or a number above a power is seen from the document as a whole, never from one formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache, partial
from itertools import pairwise, takewhile

from symrnn.language.parts import ONE, factors_of
from symrnn.language.scripted import SCRIPTED, all_scripts, letter_under, under
from symrnn.language.terms import (
    BAR,
    COLUMN,
    DEFINING,
    PREFIXES,
    ROW,
    Add,
    Apply,
    Big,
    Deriv,
    Frac,
    Given,
    Mark,
    Mul,
    Neg,
    Num,
    Pow,
    Relation,
    Stack,
    Sub,
    Sup,
    Sym,
    Term,
    Transpose,
    children,
    rebuilt,
    replaced,
    walk,
)
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.lexicon.observed import USUAL_TIMES, counts_steps
from symrnn.reading.lexicon.prefixes import as_prefixed
from symrnn.reading.spelling.stepless import targets_of
from symrnn.reading.spelling.written_out import with_single_digits

_ONES = Sym("1", "", "bb")
_INDICATORS = frozenset({_ONES, Sym("I", "", "bb")})
_IN = (Mul((Sym("i"), Sym("n"))),)

#: What stands below a function that is the same for every unit.
_UNIT = Sym("unit", "", "open")
#: Letters that count the components of a matrix.
_COUNTING = frozenset("ijklmnpq")

_STEP = Sym("t")
_DELTA = Sym("delta")
_IDENTITY = Sym("I")
_CHANGE = Sym("Delta")
_MAPS = frozenset({Sym("F"), Sym("G"), Sym("Phi"), Sym("Psi")})
#: What a letter may be a prefix of that is itself no letter: what stands in brackets behind it, and the value of a function.
_FORMULAS = (Apply, Add, Mul)
#: Letters of losses, which belong to a whole sequence where they have no step.


@dataclass(frozen=True)
class Habits:
    """How one document writes.

    Whether primes make letters, which prefixes do, the letters with numbered versions or steps above, those of functions, the
    indices that count components from 0, the gates of one step that are written without it, the matrices whose transpose has a prime,
    the small letters of entries, ``w_{ij}`` of W, the applications of functions to letters, ``\\sigma(x)``, the letters of functions
    that are quantities where they have a step, as the f of ``f_t (1 - f_t)``, the identities with their size, ``I_d``, and the letters
    of losses that are only differentiated, each with that of the loss that an equation defines in another style or in a word: L beside
    ``\\mathcal{L}`` or ``\\text{loss}``.
    """

    primes: bool
    prefixes: frozenset[str]
    #: Whether a bar above a letter makes the gradient by it: ``\\bar{h}_t = \\partial L / \\partial h_t``.
    numbered_above: frozenset[Sym]
    functions: frozenset[Sym]
    from_zero: frozenset[Sym]
    gates: frozenset[Term]
    turned: frozenset[Sym] = frozenset()
    entries: frozenset[Sym] = frozenset()
    applied: frozenset[Apply] = frozenset()
    states: frozenset[Sym] = frozenset()
    identities: frozenset[Term] = frozenset()
    losses: Mapping[Sym, Sym] = field(default_factory=dict, hash=False)
    #: The letters that count the units above a letter with its step behind it, ``y^k(t)``, as they do below others, ``w_{kj}``.
    units: frozenset[Term] = frozenset()
    #: The functions that have the letter of the unit below them, ``f_k(net_k)``: one function, whichever letter that is.
    unit_functions: frozenset[Term] = frozenset()
    #: The letters whose components have their step above, ``\\delta_j^t``: ``\\delta_j^T`` is that of the last step, and no transpose.
    components_above: frozenset[Sym] = frozenset()
    #: Whether δ stands in quotients of two changes alone, ``\\frac{\\delta E}{\\delta V}``, and is a ∂ there.
    deltas: bool = False
    #: The letters that carry a step above wherever they stand, but for ``h^T``.
    stepped: frozenset[Sym] = frozenset()
    #: The small letters that end the name below a weight, without braces, ``W_hy h_t``.
    ending: frozenset[Term] = frozenset()
    #: Whether a bar above a letter makes the gradient by it: ``\\bar{h}_t = \\partial L / \\partial h_t``.
    bars: bool = False
    #: Products of an indicator and what stands below a letter as well: ``\\mathbb{I}(c)`` beside ``p_{t,c}`` is the basis vector of c.
    bases: frozenset[Term] = frozenset()
    #: The words that stand with a d before them as well, ``pre_act`` beside ``dpre_act``.
    words: frozenset[str] = frozenset()
    #: The capitals of maps, as the F of ``h_t = F(h_{t-1})``, of which an equation says what they are: ``F(h) = \\sigma(W h)``.
    maps: frozenset[Term] = frozenset()


def habits_of(relations: list[Relation], expressions: Iterable[Term]) -> Habits:
    """The habits that the relations and lone expressions of a document show."""
    expressions = list(expressions)
    terms = [side for r in relations for side in r.sides] + expressions
    nodes = [node for term in terms for _, node in walk(term)]
    functions = {letter for node in nodes if isinstance(node, Apply) and (letter := _letter(node.function)) is not None}
    quotients = [node for node in nodes if isinstance(node, Frac) and _is_of_changes(node)]
    stepped = frozenset(_steps_above(nodes))
    return Habits(
        deltas=0 < 2 * len(quotients) == sum(node == _DELTA for node in nodes),
        primes=any(_primed(r.left) not in {None, *functions} for r in relations if r.op in DEFINING),
        bars=any(_says_what_a_bar_is(r) for r in relations),
        prefixes=frozenset(p for p in PREFIXES if _is_prefix(p, relations, expressions)),
        numbered_above=frozenset(_versions(nodes)) | stepped,
        stepped=stepped,
        functions=frozenset(functions),
        from_zero=frozenset(_counting_from_zero(nodes)),
        gates=(gates := frozenset(_gates(relations, nodes))) | frozenset(targets_of(gates, relations, nodes)),
        turned=frozenset(_turned(relations)),
        entries=frozenset(_entries(relations, nodes)),
        applied=frozenset(node for node in nodes if isinstance(node, Apply) and _is_quantity(node.argument)),
        states=frozenset(_states(relations)),
        identities=frozenset(_identities(relations, nodes)),
        losses=dict(_losses(relations, nodes, expressions)),
        units=frozenset(_units(nodes)),
        unit_functions=frozenset(_unit_functions(nodes)),
        components_above=frozenset(_components_above(nodes)),
        ending=frozenset(_ending_names(terms)),
        bases=frozenset(_bases(nodes)),
        maps=frozenset(_maps(relations, nodes)),
        words=frozenset(_words(nodes)),
    )


# ------------------------------------------------------------------------------------------------------------ evidence


def _maps(relations: list[Relation], nodes: Sequence[Term]) -> Iterator[Term]:
    """The capitals that stand before one letter wherever they stand, and before one on the left of an equation."""
    calls = [node.factors[0] for node in nodes if isinstance(node, Mul) and _is_call(node)]
    given = [r.left.factors[0] for r in relations if r.op in DEFINING and isinstance(r.left, Mul) and _is_call(r.left)]
    yield from (letter for letter in given if nodes.count(letter) == calls.count(letter))


def _words(nodes: Iterable[Term]) -> Iterator[str]:
    """The words of code of which there is one with a d before it as well."""
    words = {node.name for node in nodes if isinstance(node, Sym) and "_" in node.name}
    yield from (word for word in words if f"d{word}" in words)


def _is_call(term: Term) -> bool:
    return isinstance(term, Mul) and not term.sign and len(term.factors) == 2 and term.factors[0] in _MAPS


def _ending_names(terms: Sequence[Term]) -> Iterator[Term]:
    """Plain letters that stand behind weights, with at most one letter below, and nowhere else, and there before what has a step."""
    found = [node for term in terms for node in _whole_letters(term)]
    products = [node for node in found if isinstance(node, Mul)]
    letters = [letter for product in products if not product.sign for run, _ in _behind_weights(product) for letter in run]
    before = {letter for product in products for run, at_a_step in _behind_weights(product) if at_a_step for letter in run}
    yield from (letter for letter in letters if letter in before and found.count(letter) == letters.count(letter))


def _behind_weights(product: Mul) -> Iterator[tuple[list[Term], bool]]:
    """The one or two plain letters behind each weight of a product, and whether a small letter with scripts follows them."""
    factors = [
        f for factor in product.factors for f in (factor.factors if isinstance(factor, Mul) and not factor.sign else (factor,))
    ]
    for at, weight in enumerate(factors):
        run = list(takewhile(partial(_is_name, weight), factors[at + 1 : at + (2 if isinstance(weight, Sub) else 3)]))
        rest = factors[at + 1 + len(run) :]
        if run:
            yield [under(letter, (Transpose,)) for letter in run], bool(rest) and _is_one_of_many(rest[0])


def _is_one_of_many(term: Term) -> bool:
    """Whether a term is a small letter with scripts, as that of a step."""
    return isinstance(term, SCRIPTED) and (letter := _letter(term)) is not None and letter.name.islower()


def _whole_letters(term: Term) -> Iterator[Term]:
    """A term and all in it, letters with all of their scripts."""
    yield term
    if not isinstance(term, SCRIPTED) or _letter(term) is None:
        for _, part in children(term):
            yield from _whole_letters(part)


def _is_name(weight: Term, letter: Term) -> bool:
    """Whether these may be a weight and the end of its name: ``W_h`` and y, or W and x of ``Wx x_t``."""
    one_below = isinstance(weight, Sub) and len(weight.indices) == 1 and isinstance(weight.indices[0], Sym)
    named = one_below or (isinstance(weight, Sym) and not weight.style)
    is_weight = named and (base := _letter(weight)) is not None and (base.name.isupper() or base.name == "b")
    letter = under(letter, (Transpose,))
    return is_weight and isinstance(letter, Sym) and letter == Sym(letter.name) and letter.name.islower() and len(letter.name) == 1


def _with_whole_names(product: Mul, ending: frozenset[Term]) -> Term:
    """``W_h y h_t`` as ``W_{hy} h_t``, and ``W y h_t`` as ``W_y h_t``, where y ends names."""
    factors: list[Term] = []
    for factor in product.factors:
        weight = factors[-1] if factors else None
        end = under(factor, (Transpose,))
        if weight is not None and end in ending and _is_name(weight, end):
            below = Mul((weight.indices[0], end)) if isinstance(weight, Sub) else end
            name = Sub(weight.base if isinstance(weight, Sub) else weight, (below,))
            factors[-1] = Transpose(name) if isinstance(factor, Transpose) else name
        else:
            factors.append(factor)
    return factors[0] if len(factors) == 1 else replace(product, factors=tuple(factors))


def _primed(term: Term) -> Sym | None:
    """The letter of ``s'_t``: a letter with scripts and primes."""
    term = under(term, (Sub, Sup))
    if not isinstance(term, Mark) or set(term.mark) != {"'"}:
        return None
    return _letter(term.base)


def _turned(relations: Iterable[Relation]) -> Iterator[Sym]:
    """Capitals that have a prime in equations about derivatives and errors only, and elsewhere none: ``W'`` is the transpose of W."""
    plain: set[Sym] = set()
    primed: set[Sym] = set()
    for relation in relations:
        nodes = list(relation.nodes())
        marks = {n.base for n in nodes if isinstance(n, Mark) and n.mark == "'" and isinstance(n.base, Sym)}
        backward = any(isinstance(n, Deriv) for n in nodes) or _is_error(relation.left)
        plain |= {n for n in nodes if isinstance(n, Sym)} if not backward else set()
        primed |= {letter for letter in marks if backward and letter.name.isupper() and len(letter.name) == 1}
        if not backward:
            primed -= marks
            plain -= marks
    yield from primed & plain


def _is_error(left: Term) -> bool:
    letter = _letter(left)
    if isinstance(left, Mul) and left.factors[0] in (Sym("d"), Sym("delta")):
        return True
    return letter is not None and (letter.name in ("delta", "Delta") or letter.accent == "bar")


def _letter(term: Term) -> Sym | None:
    return letter_under(term, (*SCRIPTED, Mark))


def _is_prefix(name: str, relations: list[Relation], expressions: list[Term]) -> bool:
    r"""Whether a letter stands before other letters in every product, and so on a left side: it is no quantity of its own.

    A size may have its letter, d of ``\mathbb{R}^d``: sizes, scripts and words such as "grad" are no products of quantities. A
    formula in brackets or a function may stand behind it as well, ``d(\tanh(c_t))``.
    """
    equations = [r for r in relations if r.op not in ("in", r"\in")]
    sides = [side for r in equations for side in r.sides] + expressions
    alone = [side for side in sides if name != "d" or side not in expressions]  # "vectors of size $d$"
    if not any(_prefixed(r.left, name) for r in equations if r.op in DEFINING) or Sym(name) in alone:
        return False
    nodes = [node for side in sides for node in _outside_scripts(side)]
    products = [node for node in nodes if isinstance(node, Mul) and node.sign != "times" and not _is_spelled(node)]
    return all(_prefixes_in(product.factors, name, _FORMULAS) == product.factors.count(Sym(name)) for product in products)


def _says_what_a_bar_is(relation: Relation) -> bool:
    """Whether an equation says that a letter with a bar is the gradient of a loss by the letter, ``\\bar{A}_{ij}`` also of any letter."""
    letter, by = _letter(relation.left), relation.right
    if letter is None or letter.accent != "bar" or relation.op not in DEFINING or not isinstance(by, Deriv):
        return False
    loss = _letter(by.numerator)
    plain = replaced(relation.left, {letter: replace(letter, accent="")})
    return loss is not None and loss.name in LOSSES and by.denominator == plain


def _outside_scripts(term: Term) -> Iterator[Term]:
    """A term and all in it but what stands below or above a letter."""
    yield term
    inner = (term.base,) if isinstance(term, SCRIPTED) else (part for _, part in children(term))
    for part in inner:
        yield from _outside_scripts(part)


def _is_spelled(product: Mul) -> bool:
    """Whether a product is a word: three or more letters, side by side, that have no scripts."""
    return len(product.factors) > 2 and not product.sign and all(isinstance(f, Sym) and len(f.name) == 1 for f in product.factors)


def _prefixed(left: Term, name: str) -> bool:
    return isinstance(left, Mul) and not left.sign and len(left.factors) == 2 and _prefixes_in(left.factors, name) == 1


def _prefixes_in(factors: tuple[Term, ...], name: str, formulas: tuple[type[Term], ...] = ()) -> int:
    """How often a letter stands right before a quantity or one of some formulas."""
    return sum(a == Sym(name) and (_may_be_behind(b) or isinstance(b, formulas)) for a, b in pairwise(factors))


def _may_be_behind(term: Term) -> bool:
    """Whether a prefix may stand before a factor: a quantity, also one that is turned, ``dw_i^T``."""
    return _is_quantity(term.base if isinstance(term, Transpose) else term)


def _is_quantity(term: Term) -> bool:
    scripted = isinstance(term, (Sym, Sub, Sup, Mark, Given)) or (isinstance(term, Pow) and _is_index_or_word(term.exponent))
    return scripted and _letter(term) is not None


def _is_index_or_word(exponent: Term) -> bool:
    return counts_steps(exponent) or (isinstance(exponent, Sym) and exponent.style == "text")


def _versions(nodes: Iterable[Term]) -> Iterator[Sym]:
    """Letters that somewhere carry a 1 above, which is no power, but for e of an example: ``e^1 / (e^1 + e^2)``."""
    for node in nodes:
        one_above = isinstance(node, Pow) and node.exponent == ONE and node.base != Sym("e")
        letter = _letter(node) if one_above else None
        if letter is not None:
            yield letter


def _steps_above(nodes: list[Term]) -> Iterator[Sym]:
    """Letters that always carry a step above, ``h^t``: a number there is a step as well."""
    timed = {
        _letter(node.base) for node in nodes if isinstance(node, Pow) and counts_steps(node.exponent) and isinstance(node.base, Sym)
    }
    raised = [_letter(node.base) for node in nodes if isinstance(node, (Pow, Transpose)) and isinstance(node.base, Sym)]
    for letter in timed:
        if letter is not None and letter.name.islower() and letter.name != "e" and raised.count(letter) == nodes.count(letter):
            yield letter


def _components_above(nodes: list[Term]) -> Iterator[Sym]:
    """Letters with a step above what a sum counts by below them, ``\\sum_k \\delta_k^t``."""
    counted = {node.index for node in nodes if isinstance(node, Big)}
    stepped = {node.base for node in nodes if isinstance(node, Sub) and any(map(counts_steps, node.indices))}  # δ_t^T is a row
    for node in nodes:
        component = node.base if isinstance(node, Pow) and counts_steps(node.exponent) else None
        if isinstance(component, Sub) and isinstance(component.base, Sym) and counted.issuperset(component.indices):
            yield from {component.base} - stepped


def _counting_from_zero(nodes: list[Term]) -> Iterator[Sym]:
    """The indices of sums from 0 to a size less 1, which are never shifted: ``\\sum_{i=0}^{V-1}``."""
    scripts = [i for node in nodes if isinstance(node, (Sub, Sup)) for i in node.indices]
    shifted = {n for script in scripts if isinstance(script, Add) for _, n in walk(script)}
    for node in nodes:
        size, index = _size_counted_from_zero(node), node.index if isinstance(node, Big) else None
        if size is not None and isinstance(index, Sym) and size not in scripts and not {index, size} & shifted:
            yield index


def _gates(relations: Iterable[Relation], nodes: list[Term]) -> Iterator[Term]:
    """``i = σ(W x_t + U h_{t-1})``: letters that are made of what a step has, and that never carry the step themselves."""
    scripted = [node for node in nodes if isinstance(node, SCRIPTED)]
    bases = {node.base for node in scripted}
    counting = (node for node in scripted if not _names_a_weight(node))
    indices = {n for node in counting for part in _scripts(node) for _, n in walk(part)} | {
        n.index for n in nodes if isinstance(n, Big)
    }
    for relation in relations:
        right = [node for _, node in walk(relation.right)]
        timed = any(_STEP in _scripts(node) for node in right if isinstance(node, SCRIPTED))
        if relation.op not in DEFINING or not timed or any(isinstance(node, (Deriv, Big)) for node in right):
            continue
        rows = relation.left.rows if isinstance(relation.left, Stack) else ((relation.left,),)
        for cell in (cell for row in rows for cell in row):
            letter = cell.base if isinstance(cell, Sub) else cell
            counts = letter in indices and not isinstance(cell, Sub)  # in a_o it is a letter with a name, whatever W_a counts
            plain = isinstance(letter, Sym) and letter.name not in LOSSES | USUAL_TIMES and not counts
            if plain and cell not in bases and not any(isinstance(n, (Num, Add)) or n == _STEP for _, n in walk(cell)):
                yield cell


def _names_a_weight(node: Term) -> bool:
    """Whether a letter stands alone below or above one of weights: ``W_i``, ``U^f``, ``b_o``."""
    letter, parts = _letter(node), _scripts(node)
    is_weight = letter is not None and (letter.name.isupper() or letter.name == "b")
    return is_weight and len(parts) == 1 and isinstance(parts[0], Sym) and parts[0] != _STEP


def _states(relations: Iterable[Relation]) -> Iterator[Sym]:
    """The letters that an equation defines at a step: ``f_t = ...``, ``g^{(t)} = ...``."""
    for relation in relations:
        letter = _letter(relation.left) if relation.op in DEFINING and _has_step(relation.left) else None
        if letter is not None:
            yield letter


def _has_step(term: Term) -> bool:
    while isinstance(term, (*SCRIPTED, Mark)):
        if isinstance(term, SCRIPTED) and any(
            n.name in USUAL_TIMES for i in _scripts(term) for _, n in walk(i) if isinstance(n, Sym)
        ):
            return True
        term = term.base
    return False


def _bases(nodes: list[Term]) -> Iterator[Term]:
    """Products of an indicator and the letter or the word of a class."""
    scripted = (node for node in nodes if isinstance(node, (Sub, Sup)))
    below = {i for node in scripted if len(all_scripts(node)) > 1 for i in node.indices}
    for node in nodes:
        if isinstance(node, Mul) and len(node.factors) == 2 and node.factors[0] in _INDICATORS and node.factors[1] in below:
            yield node


def _scripts(term: Term) -> tuple[Term, ...]:
    if isinstance(term, Pow):
        return (term.exponent,)
    return term.arguments if isinstance(term, Given) else term.indices if isinstance(term, (Sub, Sup)) else ()


def _entries(relations: Iterable[Relation], nodes: list[Term]) -> Iterator[Sym]:
    """Small letters that stand only for entries, ``w_{ij}``, beside a matrix of the same letter, and that no equation defines; ω_{ij} is
    one of W, ``w_{in}`` alone another matrix."""
    factors = {factor for node in nodes if isinstance(node, Mul) for factor in node.factors}
    defined = {_letter(r.left) for r in relations if r.op in DEFINING}
    scripted = [node for node in nodes if isinstance(node, Sub) and _counts_twice(node)]
    written, words = [node.base for node in scripted], [node.base for node in scripted if node.indices == _IN]
    for letter in {base for base in written if isinstance(base, Sym)}:
        matrix, only_in = _matrix_of(letter), written.count(letter) == words.count(letter)
        if (
            letter not in defined
            and matrix != letter
            and matrix in factors
            and written.count(letter) == nodes.count(letter)
            and not only_in
        ):
            yield letter


def _matrix_of(letter: Sym) -> Sym:
    return replace(letter, name="W" if letter.name == "omega" else letter.name.upper())


def _units(nodes: list[Term]) -> Iterator[Term]:
    """Letters below one with its step behind it, ``net_k(t)``, or both below a weight, or that a sum counts by; none counts layers."""
    pairs = (i for node in nodes if isinstance(node, Sub) for i in node.indices if isinstance(i, Mul) and len(i.factors) == 2)
    counted = {node.index for node in nodes if isinstance(node, Big)} | {letter for pair in pairs for letter in pair.factors}
    layers = {n for node in nodes if isinstance(node, Pow) and isinstance(node.exponent, Add) for _, n in walk(node.exponent)}
    below = {node.base.indices[0] for node in nodes if isinstance(node, Given) and isinstance(node.base, Sub)}
    for letter in (counted | below) - layers:
        if isinstance(letter, Sym) and letter == Sym(letter.name) and letter.name.islower() and letter.name not in USUAL_TIMES:
            yield letter


def _unit_functions(nodes: list[Term]) -> Iterator[Term]:
    """The letters of functions that are applied to what has the same letter below it, by which a sum counts: ``f_k(net_k)``."""
    counted = {node.index for node in nodes if isinstance(node, Big)}
    for node in nodes:
        if not isinstance(node, Apply):
            continue
        function = node.function.base if isinstance(node.function, Mark) else node.function
        argument = node.argument.base if isinstance(node.argument, Given) else node.argument
        if isinstance(function, Sub) and _is_unit(function) and function.indices[0] in counted & set(_scripts(argument)):
            yield function.base


def _is_unit(function: Sub) -> bool:
    (*others, letter) = function.indices
    single = isinstance(letter, Sym) and letter == Sym(letter.name) and len(letter.name) == 1 and letter.name.islower()
    return single and not others and letter != _STEP


def _of_each_unit(term: Apply, habits: Habits) -> Term:
    """The function that is applied, without the letter of the unit below it where its argument has that letter too, or is any number."""
    function = term.function.base if isinstance(term.function, Mark) else term.function
    argument = term.argument.base if isinstance(term.argument, Given) else term.argument
    if not isinstance(function, Sub) or function.base not in habits.unit_functions or not _is_unit(function):
        return term.function
    if not isinstance(argument, Sym) and function.indices[0] not in _scripts(argument):
        return term.function
    own = replace(function, indices=(_UNIT,))
    return replace(term.function, base=own) if isinstance(term.function, Mark) else own


def _identities(relations: Iterable[Relation], nodes: list[Term]) -> Iterator[Term]:
    """``I_d``, ``I_{n_h}``, ``I_{d \\times d}``: an I that no equation defines, with what stands below no other letter."""
    sized = [node for node in nodes if isinstance(node, Sub) and node.base == _IDENTITY and len(node.indices) == 1]
    others = {part for node in nodes if isinstance(node, (Sub, Sup)) and node.base != _IDENTITY for part in node.indices}
    if any(_letter(r.left) == _IDENTITY for r in relations):
        return
    for node in sized:
        size = node.indices[0]
        sizes = size.factors if isinstance(size, Mul) and size.sign == "times" else (size,)
        if not any(n in others or not _is_letter_of_size(n.base if isinstance(n, Sub) else n) for n in sizes):
            yield node


def _is_letter_of_size(term: Term) -> bool:
    return isinstance(term, Sym) and not term.style and term.name not in USUAL_TIMES


def _losses(relations: Iterable[Relation], nodes: list[Term], expressions: Sequence[Term]) -> Iterator[tuple[Sym, Sym]]:
    letters = [node for node in nodes if isinstance(node, Sym) and node.name in LOSSES]
    differentiated = [letter for node in nodes if isinstance(node, Deriv) and (letter := _letter(node.numerator)) is not None]
    defined = {_letter(r.left) for r in relations if r.op in DEFINING}
    for letter in dict.fromkeys(letters):
        given = [other for other in dict.fromkeys(letters) if other in defined]
        others = [other for other in given if other.name == letter.name or _is_short(letter, given)]
        alone = sum(expression == letter for expression in expressions)  # "the loss $L$"
        if letter not in defined and len(others) == 1 and letters.count(letter) - alone == differentiated.count(letter) > 0:
            yield letter, others[0]


def _is_short(letter: Sym, losses: Sequence[Sym]) -> bool:
    r"""Whether a letter is short for the only loss that is defined, under a word, ``\\text{loss}``; a C may be a cell."""
    return len(losses) == 1 and len(losses[0].name) > 3 and letter != Sym("C")


def _counts_twice(term: Sub) -> bool:
    parts = [part for i in term.indices for part in factors_of(i)]
    if len(parts) == 1:
        return isinstance(parts[0], Num) and 10 < parts[0].value < 100  # w_{11}
    return len(parts) == 2 and all(isinstance(p, Num) or p in (ROW, COLUMN) or _counts(p) for p in parts)


def _counts(index: Term) -> bool:
    return isinstance(index, Sym) and index.name in _COUNTING


def _size_counted_from_zero(term: Term) -> Sym | None:
    """V of a sum from 0 to V - 1, unless V is the usual number of steps."""
    if not isinstance(term, Big) or term.lower != Num(Fraction(0)) or not isinstance(term.upper, Add):
        return None
    size, *rest = term.upper.terms
    return size if isinstance(size, Sym) and size != Sym("T") and rest == [Neg(ONE)] else None


# ----------------------------------------------------------------------------------------------------------- spelling


@lru_cache(maxsize=1 << 12)
def _is_of_sizes(script: Term) -> bool:
    """Whether a subscript only says how large a matrix is: ``A_{n \\times d}``."""
    return isinstance(script, Mul) and script.sign == "times" and len(script.factors) == 2


def _is_of_changes(term: Frac) -> bool:
    """``\\frac{\\delta E}{\\delta V}``: a quotient of two letters with δ in front."""
    sides = (term.numerator, term.denominator)
    return all(isinstance(side, Mul) and side.factors[0] == _DELTA and len(side.factors) == 2 for side in sides)


def respelled(term: Term, habits: Habits) -> Term:
    """A formula with a letter of its own for each that is written with several signs; between two edits of a document most are kept."""
    if habits.bars and isinstance(term, Sym) and term.accent == "bar" and not term.style:
        return replace(term, accent="", style=BAR)
    whole = _as_a_whole(term, habits)
    if whole is not None:
        return whole if whole == term or term in habits.gates else respelled(whole, habits)
    if isinstance(term, Apply):
        return replace(term, function=_of_each_unit(term, habits), argument=respelled(term.argument, habits))
    names = habits.gates if isinstance(term, (Sub, Sup, Pow)) else frozenset()  # the f of W_f is no gate
    term = rebuilt(term, lambda part: part if part in names else respelled(part, habits))
    if (named := as_prefixed(term)) is not None:
        return named
    if isinstance(term, Deriv):
        return _respelled_derivative(term, habits)
    if isinstance(term, Mark):
        return _respelled_mark(term, habits)
    if isinstance(term, Big):
        return _respelled_sum(term, habits)
    return _joined(term, habits.prefixes) if isinstance(term, Mul) else _respelled_scripts(term, habits)


def _as_a_whole(term: Term, habits: Habits) -> Term | None:
    """What a formula stands for before anything in it is respelled; None where its parts are respelled by themselves."""
    if habits.deltas and isinstance(term, Frac) and _is_of_changes(term):
        return Deriv(term.numerator.factors[1], term.denominator.factors[1])  # type: ignore[attr-defined]
    if term in habits.gates:
        base, below = (term.base, term.indices) if isinstance(term, Sub) else (term, ())
        return Sub(base, (*below, _STEP))
    if term in habits.identities:
        return _IDENTITY
    if term in habits.bases and isinstance(term, Mul):
        return Sub(_ONES, (term.factors[1],))
    if isinstance(term, Sub) and len(term.indices) == 1 and _is_of_sizes(term.indices[0]):
        return term.base
    if isinstance(term, Sym):
        word = Sym(term.name.removeprefix("d"), style="d")
        return word if term.name != word.name and word.name in habits.words else habits.losses.get(term, term)
    if isinstance(term, Mul) and habits.ending and (whole := _with_whole_names(term, habits.ending)) != term:
        return whole
    if isinstance(term, Mul) and _CHANGE in term.factors and (sized := _with_step_sizes(term)) != term:
        return sized
    if isinstance(term, Mul) and term.factors[0] in habits.maps and _is_call(term):
        return Apply(*term.factors)
    return _as_product(term, habits)


def _respelled_derivative(term: Deriv, habits: Habits) -> Term:
    """Of a function of a letter, ``\\partial \\sigma / \\partial x``; nobody differentiates a row: ``h^T`` is the last state there."""
    if not term.prefix and Apply(term.numerator, term.denominator) in habits.applied:
        return replace(term, numerator=Apply(term.numerator, term.denominator))
    return replace(term, numerator=_at_the_end(term.numerator, habits), denominator=_at_the_end(term.denominator, habits))


def _respelled_mark(term: Mark, habits: Habits) -> Term:
    """A transpose, the letter ``s'``, the letter ``y^*``."""
    if term.base in habits.turned and term.mark == "'":
        return Transpose(term.base)
    if habits.primes and set(term.mark) == {"'"} and _is_quantity(term.base) and _letter(term.base) not in habits.functions:
        return _renamed(term.base, term.mark)
    return Pow(term.base, Sym("*")) if term.mark == "*" and _is_quantity(term.base) else term


def _respelled_sum(term: Big, habits: Habits) -> Term:
    """To a size that is one letter, ``n_y``, and counted from 1."""
    if isinstance(term.upper, Sub):
        term = replace(term, upper=_as_one_letter(term.upper))
    size = _size_counted_from_zero(term) if term.index in habits.from_zero else None
    return term if size is None else replace(term, lower=ONE, upper=size)


def _respelled_scripts(term: Term, habits: Habits) -> Term:
    """A letter whose scripts are no powers, and an entry of a matrix."""
    if isinstance(term, Sub) and term.base in habits.entries and isinstance(term.base, Sym):
        return with_single_digits(replace(term, base=_matrix_of(term.base)))
    if isinstance(term, Transpose) and isinstance(term.base, Sub) and term.base.base in habits.components_above:
        return Pow(term.base, Sym("T"))
    numbered = _letter(term) in habits.numbered_above
    if isinstance(term, Pow) and isinstance(term.exponent, Num) and numbered and _is_scripted(term.base):
        return Sup(term.base, (term.exponent,))
    power = term.base if isinstance(term, Given) else None
    if isinstance(term, Given) and isinstance(power, Pow) and power.exponent in habits.units and isinstance(power.base, Sym):
        return replace(term, base=Sub(power.base, (power.exponent,)))  # y^k(t)
    if isinstance(power, Pow) and isinstance(power.exponent, Num) and not numbered:  # e^2(t)
        return replace(power, base=Given(power.base, _scripts(term)))
    return term


def _at_the_end(term: Term, habits: Habits) -> Term:
    return Pow(term.base, Sym("T")) if isinstance(term, Transpose) and term.base in habits.stepped else term


def _as_product(term: Term, habits: Habits) -> Mul | None:
    """``f_t (1 - f_t)^2`` as a product where f_t is a quantity, also among other factors; None for what holds no such thing."""
    if isinstance(term, Mul) and not term.sign:
        parts = [(factor, _as_product(factor, habits)) for factor in term.factors]
        found = tuple(f for factor, product in parts for f in ((factor,) if product is None else product.factors))
        return Mul(found) if len(found) > len(term.factors) else None
    if isinstance(term, Apply):
        is_state = (
            _has_step(term.function) and _letter(term.function) in habits.states and not isinstance(under(term.function), Mark)
        )
        return Mul((term.function, term.argument)) if is_state else None
    if not isinstance(term, (Sub, Sup, Pow, Mark, Transpose)) or isinstance(term.base, Mul):
        return None
    inner = _as_product(term.base, habits)
    return None if inner is None else Mul((*inner.factors[:-1], replace(term, base=inner.factors[-1])))


def _as_one_letter(size: Sub) -> Term:
    """The size ``n_y``, ``D_h`` as one letter; ``T_x`` is a last step."""
    script = size.indices[0]
    if not isinstance(size.base, Sym) or len(size.indices) != 1 or size.base.name in USUAL_TIMES | {"T"}:
        return size
    letters = factors_of(script)
    word = "".join(letter.name for letter in letters if isinstance(letter, Sym))
    return replace(size.base, name=f"{size.base.name}_{word}") if word and not counts_steps(script) else size


def _is_scripted(term: Term) -> bool:
    return isinstance(term, (Sym, Sub, Sup, Mark))


def _renamed(term: Term, primes: str) -> Term:
    """``s_t`` and a prime: the letter ``s'`` at t."""
    if isinstance(term, Sym):
        return replace(term, name=term.name + primes)
    assert isinstance(term, (Sub, Sup, Mark, Given))
    return replace(term, base=_renamed(term.base, primes))


def _with_step_sizes(product: Mul) -> Term:
    r"""``\\Delta t`` as one letter, the size of a step: it does not count steps."""
    factors: list[Term] = []
    for factor in product.factors:
        if isinstance(factor, Sym) and factor.name in USUAL_TIMES and factors[-1:] == [_CHANGE]:
            factors[-1] = Sub(_CHANGE, (replace(factor, style="text"),))
        else:
            factors.append(factor)
    return factors[0] if len(factors) == 1 else replace(product, factors=tuple(factors))


def _joined(product: Mul, prefixes: frozenset[str]) -> Term:
    """``A d x_t`` as the product of two quantities, A and dx at t."""
    factors: list[Term] = []
    for factor in product.factors:
        before = factors[-1] if factors else None
        if isinstance(before, Sym) and before.name in prefixes and not before.style and _may_be_behind(factor):
            factors[-1] = _with_prefix(factor, before.name)
        else:
            factors.append(factor)
    return factors[0] if len(factors) == 1 else replace(product, factors=tuple(factors))


def _with_prefix(term: Term, prefix: str) -> Term:
    if isinstance(term, Sym):
        return replace(term, style=prefix)
    assert isinstance(term, (Sub, Sup, Pow, Mark, Given, Transpose))
    return replace(term, base=_with_prefix(term.base, prefix))
