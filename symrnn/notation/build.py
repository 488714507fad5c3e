"""The actions of the grammar: they build terms while it is parsed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from typing import Any, NamedTuple

from lark import Token

from symrnn.language.parts import factors_of, product_of, unsigned
from symrnn.language.scripted import letter_under
from symrnn.language.terms import (
    Add,
    Apply,
    Big,
    Cases,
    Compare,
    Deriv,
    Elided,
    Ellipsis,
    Extremum,
    Frac,
    Given,
    Hadamard,
    Indicator,
    Mark,
    Mul,
    Neg,
    Norm,
    Num,
    Outer,
    Pow,
    Stack,
    Sub,
    Submatrix,
    Sup,
    Sym,
    Term,
    Transpose,
    replaced,
    walk,
)
from symrnn.notation.unreadable import Unreadable
from symrnn.notation.vocabulary import COMPARISONS, CONCATENATIONS, EVERY, EXAMPLES, LOSSES, MEMBER, PRODUCT, TIMES


def _value(token: Token) -> Any:
    return token.value


def _unreadable_at(token: Token, message: str) -> Unreadable:
    return Unreadable(message, token.start_pos or 0, str(token))


class _Script(NamedTuple):
    """A subscript, superscript or mark on its way to its base."""

    kind: str
    terms: tuple[Term, ...]
    mark: str
    token: Token


class _Bound(NamedTuple):
    """What stands below (a list of chains) or above (one term) a sum sign."""

    below: tuple[_Links, ...]
    above: Term | None


class _Links(NamedTuple):
    """``a`` or ``a < b <= c``."""

    terms: tuple[Term, ...]
    signs: tuple[str, ...]

    def comparisons(self, token: Token) -> tuple[Compare, ...]:
        """The two-sided comparisons that the links consist of."""
        for sign in self.signs:
            if sign not in COMPARISONS | {"in"}:
                raise _unreadable_at(token, f"a condition with {sign}, which is no comparison")
        pairs = zip(self.signs, self.terms, self.terms[1:], strict=False)
        return tuple(Compare(sign, left, right) for sign, left, right in pairs)


class _Loop(NamedTuple):
    """One index of a sum or product; where the letters that it stands for are listed, `among` has them."""

    letter: Term
    lower: Term | None
    conditions: tuple[Compare, ...]
    upper: Term | None = None
    among: tuple[Term, ...] = ()


def _scripted(base: Term, scripts: list[_Script]) -> Term:
    """`base` with its scripts: subscripts first, then indices in brackets, then blocks, marks and powers as written."""
    for script in sorted(_with_one_foot(scripts), key=_rank):
        base = _with_script(base, script)
    return base


def _rank(script: _Script) -> int:
    if script.kind == "SUPIDX" and any(_bounds(place) is not None for place in script.terms):
        return 2
    return {"SUB": 0, "SUPIDX": 1}.get(script.kind, 2)


def _index(term: Term) -> Term:
    """An index expression in which ``k'`` is a letter of its own, beside k."""
    if isinstance(term, Mark) and isinstance(term.base, Sym) and set(term.mark) == {"'"}:
        return replace(term.base, name=term.base.name + term.mark)
    if isinstance(term, Add):
        return Add(tuple(map(_index, term.terms)))
    if isinstance(term, Mul):
        return replace(term, factors=tuple(map(_index, term.factors)))
    return Neg(_index(term.term)) if isinstance(term, Neg) else term


def _with_one_foot(scripts: list[_Script]) -> list[_Script]:
    """The scripts of a letter; of several below it, which TeX refuses, all but the last are names: ``c_c_t`` is ``c_{c,t}``."""
    below = [script for script in scripts if script.kind == "SUB"]
    powers = [script for script in scripts if script.kind == "POW"]
    if len(powers) > 1:
        raise _unreadable_at(powers[1].token, "two powers at one letter")
    if len(below) < 2:
        return scripts
    if not all(isinstance(term, Sym) for script in below[:-1] for term in script.terms):
        raise _unreadable_at(below[1].token, "two subscripts at one letter")
    joined = below[0]._replace(terms=tuple(term for script in below for term in script.terms))
    return [joined, *(script for script in scripts if script.kind != "SUB")]


def _with_script(base: Term, script: _Script) -> Term:
    selected = _selected(base, script.terms) if script.kind in ("SUB", "SUPIDX") else None
    if selected is not None:
        return selected
    if script.kind == "SUB":
        return _below(base, script.terms)
    if script.kind == "SUPIDX":
        return Sup(base, script.terms) if _takes_index(base, script.terms) else Pow(base, script.terms[0])
    if script.kind == "POW":
        return Pow(base, script.terms[0])
    if script.kind == "TRANSPOSE":
        return Transpose(base)
    if script.mark == "+":
        return _held_fixed(base)
    return Mark(base, script.mark)


def _held_fixed(base: Term) -> Term:
    """The explicit derivative; a loss as a whole has none at a step, where it is the one by what that step uses."""
    if isinstance(base, Sub) and isinstance(base.base, Deriv) and _is_of_a_loss(base.base) and isinstance(base.indices[0], Num):
        return replace(base.base, denominator=Sub(base.base.denominator, base.indices))  # \Big|_{t=2}
    derivative = base.base if isinstance(base, Sub) and isinstance(base.base, Deriv) else base
    if not isinstance(derivative, Deriv) or derivative.prefix:
        return Mark(base, "+")
    return derivative if _is_at_a_step(derivative) else replace(derivative, numerator=Mark(derivative.numerator, "+"))


def _is_at_a_step(derivative: Deriv) -> bool:
    below = derivative.denominator
    return _is_of_a_loss(derivative) and isinstance(below, Sub) and not TIMES.isdisjoint(below.indices)


def _is_of_a_loss(derivative: Deriv) -> bool:
    """Whether it is the derivative of a loss as a whole, which no step stands at."""
    return isinstance(derivative.numerator, Sym) and derivative.numerator.name in LOSSES


def _below(base: Term, places: tuple[Term, ...]) -> Term:
    r"""``(\\partial L / \\partial W)_t`` is the derivative by W as step t uses it."""
    if isinstance(base, Deriv) and _is_of_a_loss(base) and len(places) == 1 and places[0] in TIMES:
        return replace(base, denominator=Sub(base.denominator, places))
    return Sub(base, places)


def _selected(matrix: Term, places: tuple[Term, ...]) -> Term | None:
    """What stands at some rows and columns of a matrix, if places are told by colons.

    ``W_{:, n:}`` is a block, as is ``W_{f[:, n:]}`` of W_f; ``E_{:,w}``, a column, is E w with the w that has a one at its place, and
    ``E_{w,:}`` a row. ``W[n:]`` are the rows from n on.
    """
    name, bounds = places[:-2], tuple(_bounds(place) for place in places[-2:])
    match bounds:
        case (tuple() as rows, tuple() as columns) if any((*rows, *columns)):
            return Submatrix(Sub(matrix, name) if name else matrix, (rows, columns))
        case (tuple() as rows,) if any(rows):
            return Submatrix(matrix, (rows,))
    if places[0] == EVERY and len(places) == 2:
        return Mul((matrix, places[1]))
    return Mul((Transpose(matrix), places[0])) if places[1:] == (EVERY,) else None


def _bounds(place: Term) -> tuple[str, str] | None:
    """``n:`` is from n on, ``:n`` up to it, and ``:`` everything; n may be ``n_h``."""
    factors = factors_of(place)
    names = ["" if factor == EVERY else _end_of_block(factor) for factor in factors]
    if EVERY not in factors or None in names or len(factors) > 2:
        return None
    return (names[0] or "", names[1] or "") if len(names) == 2 else ("", "")


def _end_of_block(term: Term) -> str | None:
    """The letter of a size, with what stands below it."""
    match term:
        case Sym(name, "") if term != EVERY:
            return name
        case Sub(Sym(base, ""), (Sym(below, ""),)):
            return f"{base}_{below}"
    return None


def _takes_index(base: Term, terms: tuple[Term, ...]) -> bool:
    """``e^{(z_i)}`` and ``2^{(n)}`` are powers, ``h^{(t)}`` has an index."""
    if len(terms) > 1 or (not isinstance(base, Num) and base != Sym("e")):
        return True
    parts = terms[0].terms if isinstance(terms[0], Add) else terms
    plain = (unsigned(part) for part in parts)
    return base == Sym("e") and all(isinstance(part, (Sym, Num)) for part in plain)


def _changed_letter(term: Term, change: Callable[[Sym], Sym], token: Token) -> Term:
    """`term` with the letter changed that its scripts hang on."""
    layers: list[Any] = []
    while isinstance(term, (Sub, Sup, Pow, Mark, Transpose)):
        layers.append(term)
        term = term.base
    if not isinstance(term, Sym):
        raise _unreadable_at(token, "an accent over more than one letter")
    term = change(term)
    for layer in reversed(layers):
        term = replace(layer, base=term)
    return term


def _accented(letter: Sym, accent: str, token: Token) -> Sym:
    if letter.accent:
        raise _unreadable_at(token, "two accents over one letter")
    return replace(letter, accent=accent)


def _folded(parts: tuple[Any, ...], build: Callable[[tuple[Term, ...], str], Term]) -> Term:
    """``[a, sign, b, sign, c]`` from the left, with equal signs in a row as one node."""
    run: list[Term] = [parts[0]]
    sign = ""
    for token, operand in zip(parts[1::2], parts[2::2], strict=True):
        name = token.value
        if sign and name != sign:
            run = [build(tuple(run), sign)]
        run.append(operand)
        sign = name
    return build(tuple(run), sign) if sign else run[0]


def _elementwise(factors: tuple[Term, ...], sign: str) -> Term:
    if sign == "oslash":
        return reduce(Frac, factors)
    return Hadamard(factors) if sign == "odot" else Outer(factors)


def _product(factors: tuple[Term, ...], sign: str) -> Term:
    return Mul(factors, "cdot" if sign == "cdot" else "times")


def _is_letter(term: Term) -> bool:
    return letter_under(term, (Mark, Sub)) is not None


def _as_word(term: Term) -> Term:
    """``\\sum_{batch}``: letters without a sign between them that are a word for what is summed over."""
    letters = term.factors if isinstance(term, Mul) else ()
    word = "".join(letter.name for letter in letters if isinstance(letter, Sym) and letter == Sym(letter.name))
    return Sym(word, "", "text") if word in EXAMPLES and len(word) == len(letters) else term


def _loops(items: tuple[_Links, ...], token: Token) -> list[_Loop]:
    """The indices that the list below a sum sign binds, outermost first."""
    alone = [item.terms[0] for item in items if not item.signs or _is_of_steps(item)]
    bound = [item for item in items if item.signs == ("=",) and _is_letter(item.terms[0])]
    members = [item for item in items if item.signs == ("in",) and _is_named_set(item) and not _is_of_steps(item)]
    listed = [item for item in items if item.signs == ("in",) and isinstance(item.terms[1], Stack) and _is_letter(item.terms[0])]
    named = [*bound, *members, *listed]
    conditions = tuple(
        _by_numbers(c)
        for item in items
        if item.signs and not _is_of_steps(item) and item not in named
        for c in item.comparisons(token)
    )
    alone = [_as_word(term) for term in alone]
    if not all(_is_letter(term) for term in alone):
        raise _unreadable_at(token, "a sum or product whose index is not a letter")
    # In "i, j = 1" the bound is meant for both letters.
    shared = bound[0].terms[1] if bound else None
    loops = [_Loop(letter, shared, ()) for letter in alone]
    loops += [_Loop(item.terms[0], item.terms[1], ()) for item in bound]
    loops += [_Loop(item.terms[0], Num(Fraction(1)), (), _size(item.terms[1])) for item in members]
    loops += [_listed(item.terms[0], item.terms[1]) for item in listed]
    if not loops:
        loops = [_Loop(_conditional_index(items, token), None, ())]
    return [*loops[:-1], loops[-1]._replace(conditions=conditions)]


def _listed(letter: Term, members: Term) -> _Loop:
    """``k \\in \\{1, \\dots, K\\}``, which are numbers, and ``g \\in \\{f, i, o\\}``, which are letters."""
    assert isinstance(members, Stack)
    (cells,) = members.rows
    if any(isinstance(cell, Ellipsis) for cell in cells):
        return _Loop(letter, cells[0], (), cells[-1])
    return _Loop(letter, None, (), among=cells)


def _counter(letter: Term) -> Term:
    r"""What a sum counts by: ``\sum_{h_1=1}^{H}`` by a letter of its own, ``h_1``, and no entry of an h."""
    if not isinstance(letter, Sub) or not isinstance(letter.base, Sym) or len(letter.indices) > 1:
        return letter
    below = letter.indices[0]
    number = str(below.value) if isinstance(below, Num) and below.value.denominator == 1 else ""
    return replace(letter.base, name=f"{letter.base.name}_{number}") if number else letter


def _repeated_for(loop: _Loop, kind: str, term: Term) -> Term | None:
    """The sum or product of a term for each of the letters that are listed; None where none are."""
    if not loop.among or loop.conditions:
        return None
    parts = tuple(replaced(term, {loop.letter: letter}) for letter in loop.among)
    return Add(parts) if kind == "sum" else Mul(parts)


def _is_named_set(item: _Links) -> bool:
    """Whether this is ``k \\in U``: all of what the letter k numbers."""
    return _is_letter(item.terms[0]) and isinstance(item.terms[1], Sym)


def _is_of_steps(item: _Links) -> bool:
    """``t \\in S``, whatever the set is called: every step."""
    return item.signs == ("in",) and item.terms[0] in TIMES and isinstance(item.terms[1], Sym)


def _by_numbers(condition: Compare) -> Compare:
    r"""``k \in S(t)`` of a set that anything may be in, by numbers that are above 0 for its members; any other condition as it is."""
    letter, of = condition.left, condition.right
    base = of.base if isinstance(of, (Given, Sub, Sup)) else of
    if condition.op != "in" or not isinstance(base, Sym) or not _is_letter(letter):
        return condition
    member = Sym(f"{MEMBER}{base.name}", "", "text")
    below = of.indices if isinstance(of, Sub) else ()
    number: Term = Sub(member, (*below, letter))
    if isinstance(of, (Given, Sup)):
        number = replace(of, base=number)
    return Compare(">", number, Num(Fraction(0)))


def _are_parts(branches: tuple[Any, ...]) -> bool:
    """Whether cases are those of the sets that all members are divided into: ``k \\in I`` and ``k \\in U``."""
    conditions = [condition for _, (*conditions,) in branches for condition in conditions]
    sets = {c.right for c in conditions if c.op == "in" and isinstance(c.right, Sym)}
    letters = {c.left for c in conditions}
    return len(sets) == len(branches) == len(conditions) > 1 == len(letters) and all(map(_is_letter, letters))


def _size(members: Term) -> Sym:
    """The number of members of a set that is named by a letter."""
    assert isinstance(members, Sym)
    return Sym(f"|{members.name}|", "", "card")


def _sum_without_an_index(body: Term, token: Token) -> Term:
    r"""``\sum \exp(z_t)`` adds up the entries of a vector, ``\sum L_t`` the steps, ``\sum W_{ij} h_j`` what stands twice below."""
    exponential = (isinstance(body, Apply) and body.function == Sym("exp")) or (isinstance(body, Pow) and body.base == Sym("e"))
    if exponential:
        return Mul((Transpose(Sym("1", "", "bb")), body))
    below = body.indices[0] if isinstance(body, Sub) and len(body.indices) == 1 else None
    if Sym("t") in (below, *(below.indices if isinstance(below, Sub) else ())):  # of L_t, of δ_{z_t}
        return Big("sum", Sym("t"), None, None, (), body)
    repeated = _repeated(body.factors) if isinstance(body, Mul) else ()
    if len(repeated) == 1:
        return Big("sum", repeated[0], None, None, (), body)
    raise _unreadable_at(token, "a sum or product without an index")


def _repeated(factors: tuple[Term, ...]) -> tuple[Term, ...]:
    """The letters, no steps, that stand below more than one factor of a product."""
    below = [
        {
            n
            for _, node in walk(factor)
            if isinstance(node, Sub)
            for i in node.indices
            for _, n in walk(i)
            if isinstance(n, Sym) and not n.style
        }
        for factor in factors
    ]
    found = Counter(letter for letters in below for letter in letters)
    return tuple(letter for letter, count in found.items() if count > 1 and letter not in TIMES)


def _conditional_index(items: tuple[_Links, ...], token: Token) -> Term:
    """The index of a sum that is bound by conditions only: the middle of three, else the first letter."""
    for item in items:
        candidates = item.terms[1:2] if len(item.terms) == 3 else item.terms[:2]
        for term in candidates:
            if _is_letter(term):
                return term
    raise _unreadable_at(token, "a sum or product without an index")


def _conditions(items: tuple[_Links, ...], token: Token) -> tuple[Compare, ...]:
    if not all(item.signs for item in items):
        raise _unreadable_at(token, "a condition that is not a comparison")
    return tuple(comparison for item in items for comparison in item.comparisons(token))


#: What stands below a norm, and the kind that it says: the 2 of Euclid, the F of Frobenius.
_NORMS: dict[tuple[Term, ...], str] = {(Num(Fraction(2)),): "", (Sym("F"),): "F", (Sym("infty"),): "infty"}


def _kind_of_norm(script: _Script) -> str:
    if script.terms not in _NORMS:
        raise _unreadable_at(script.token, "a norm that is not Euclidean, nor that of Frobenius or by ∞")
    return _NORMS[script.terms]


class TermBuilder:
    """The actions of the grammar, called while it is parsed. Each method is named after its rule or alias."""

    def start(self, term: Term) -> Term:
        return term

    def leaf(self, token: Token) -> Term:
        term: Term = _value(token)
        return term

    def plain(self, _: Token, term: Term) -> Term:
        return term

    def sum(self, *parts: Any) -> Term:
        signs = ["+", *(token.value for token in parts[1::2])]
        return Add(tuple(Neg(t) if sign == "-" else t for sign, t in zip(signs, parts[::2], strict=True)))

    def negative(self, _: Token, term: Term) -> Term:
        return Neg(term)

    def elem_c(self, *parts: Any) -> Term:
        return _folded(parts, _elementwise)

    elem_o = elem_c

    def dot_c(self, *parts: Any) -> Term:
        return _folded(parts, _product)

    dot_o = dot_c

    def jux_c(self, *factors: Term) -> Term:
        return Mul(factors)

    jux_o = jux_c

    def quotient(self, above: Term, below: Term) -> Term:
        return Frac(above, below)

    fraction = quotient

    def operator(self, *parts: Any) -> tuple[str, Term]:
        return parts[0].value, parts[-1]

    def operated(self, operator: tuple[str, Term], operand: Term) -> Term:
        return Deriv(operand, operator[1], operator[0], True)

    def slashed(self, sign: Token, above: Term, _: Token, below: Term) -> Term:
        return Deriv(above, below, _value(sign))

    def derivative(self, sign: Token, above: Term, below: Term) -> Term:
        return Deriv(above, below, _value(sign))

    def nabla(self, below: Term, operand: Term) -> Term:
        return Deriv(operand, below, "nabla", True)

    def scripted(self, base: Term, *scripts: _Script) -> Term:
        if isinstance(base, Norm):
            base = replace(base, kind="".join(_kind_of_norm(script) for script in scripts if script.kind == "SUB"))
            scripts = tuple(script for script in scripts if script.kind != "SUB")
        return _scripted(base, list(scripts))

    def script(self, token: Token, *terms: Term) -> _Script:
        indices = tuple(map(_index, terms)) if token.type in ("SUB", "SUPIDX") else terms
        return _Script(token.type, indices, _value(token) or "", token)

    def head(self, name: Token, *scripts: _Script) -> tuple[Term, list[_Script]]:
        """A function, and the powers written on it that are meant for its value."""
        outer = [script for script in scripts if script.kind in ("POW", "TRANSPOSE")]
        if any(script.kind == "POW" and isinstance(script.terms[0], Neg) for script in outer):
            raise _unreadable_at(name, "a negative power of a function may be its inverse")
        return _scripted(_value(name), [script for script in scripts if script not in outer]), outer

    def called(self, head: tuple[Term, list[_Script]], argument: Term) -> Term:
        return _scripted(Apply(head[0], argument), head[1])

    prefixed = called

    def accented(self, token: Token, term: Term) -> Term:
        field, value = _value(token)
        if field == "style":
            return _changed_letter(term, lambda letter: replace(letter, style=value), token)
        return _changed_letter(term, lambda letter: _accented(letter, value, token), token)

    def given(self, base: Term, *arguments: Term) -> Term:
        """What a quantity depends on; of ``\\text{prod}(A, B)`` the arguments are factors, of ``\\text{concat}(h, x)`` parts."""
        if isinstance(base, Sym) and base.name in CONCATENATIONS:
            return Stack((arguments,))
        return Mul(arguments) if base == PRODUCT and len(arguments) > 1 else Given(base, arguments)

    def event(self, first: Term, *rest: Any) -> Term:
        """What a probability is of: ``P(y = 1 | x)``."""
        for sign, behind in zip(rest[::2], rest[1::2], strict=True):
            first = Compare(_value(sign), first, behind)
        return first

    def extremum(self, token: Token, *terms: Term) -> Term:
        return Extremum(_value(token), terms)

    def norm(self, term: Term) -> Term:
        return Norm(term)

    def chain(self, first: Term, *rest: Any) -> _Links:
        return _Links(tuple(map(_index, (first, *rest[1::2]))), tuple(token.value for token in rest[::2]))

    def listed(self, *members: Term) -> Term:
        return Stack((tuple(map(_index, members)),))

    def relation_list(self, *items: _Links) -> tuple[_Links, ...]:
        return items

    def indicator(self, token: Token, items: tuple[_Links, ...]) -> Term:
        indicators = tuple(map(Indicator, _conditions(items, token)))
        return product_of(indicators)

    def branch(self, value: Term, when: Token, items: tuple[_Links, ...] = ()) -> Any:
        return value, _conditions(items, when)

    def stack(self, token: Token, first: Term, *rest: Any) -> Term:
        rows = [[first]]
        for separator, cell in zip(rest[::2], rest[1::2], strict=True):
            if separator.value in ("ROW", "SEMICOLON"):
                rows.append([])
            rows[-1].append(cell)
        return Stack(tuple(map(tuple, rows)), _value(token))

    def cases(self, *branches: Any) -> Term:
        if _are_parts(branches):
            return Cases(branches)
        return Cases(tuple((value, tuple(map(_by_numbers, conditions))) for value, conditions in branches))

    def bound(self, token: Token, content: Any) -> _Bound:
        return _Bound(content, None) if token.type == "BSUB" else _Bound((), _index(content))

    def bounds(self, token: Token, *bounds: _Bound) -> tuple[Token, list[_Loop], Term | None]:
        items = tuple(item for bound in bounds for item in bound.below)
        uppers = [bound.above for bound in bounds if bound.above is not None]
        if len(uppers) > 1:
            raise _unreadable_at(token, "a sum or product with two upper bounds")
        if not bounds and _value(token) == "sum":
            return token, [], None
        return token, _loops(items, token), uppers[0] if uppers else None

    def big(self, head: tuple[Token, list[_Loop], Term | None], *body: Any) -> Term:
        token, loops, upper = head
        kind = _value(token)
        term: Term = Elided() if not body else body[0] if len(body) == 1 else Neg(body[1])
        if not loops:
            return _sum_without_an_index(term, token)
        for loop in reversed(loops):
            counter = _counter(loop.letter)
            if counter != loop.letter:
                term = replaced(term, {loop.letter: counter})
                named = tuple(c.changed(replaced, {loop.letter: counter}) for c in loop.conditions)
                loop = loop._replace(letter=counter, conditions=named)
            term = _repeated_for(loop, kind, term) or Big(kind, loop.letter, loop.lower, upper or loop.upper, loop.conditions, term)
        return term
