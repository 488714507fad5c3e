"""Layers that a letter counts: ``h_t^l = f(W^l h_t^{l-1} + U^l h_{t-1}^l)`` is read at three layers, of which l is the second.

What a document says of every layer is claimed of the middle one, which has one below and one above it, and said so by its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from symrnn.language.parts import ONE, contains
from symrnn.language.scripted import all_scripts, letter_under
from symrnn.language.terms import (
    DEFINING,
    Add,
    Apply,
    Big,
    Deriv,
    Mark,
    Neg,
    Num,
    Pow,
    Relation,
    Stack,
    Sub,
    Sup,
    Sym,
    Term,
    children,
    rebuilt,
    replaced,
    walk,
)

_LAYERS, _MIDDLE = 3, 2
_LETTERS = frozenset(Sym(name) for name in ("l", "ell", "i", "j", "k", "m", "n"))
#: Those that count nothing else, where another one counts the steps: ``h_n^l`` beside ``h_{n-1}^l``.
_USUAL = frozenset({Sym("l"), Sym("ell")})
_SCRIPTED = (Sub, Sup, Pow)


#: A letter, and the words below it.
Quantity = tuple[Sym | None, frozenset[str]]


@dataclass(frozen=True)
class Layers:
    """The letter that counts the layers of a document, that of the last one, and the quantities that each layer has.

    What is above a quantity that stands without a layer elsewhere (`bare`) may be a power. Layers that an equation of their own is
    `given` for have no other one. Those that are `named` are derivatives by some equation.
    """

    letter: Sym
    last: frozenset[Sym]
    own: frozenset[Sym]
    bare: frozenset[Sym]
    given: frozenset[tuple[Sym | None, Fraction]]
    named: frozenset[Quantity]

    def read(self, relation: Relation, first: bool) -> Relation:
        """What a relation says of the middle layer; the rule of a quantity, where it is the `first` one, of all layers."""
        if not first:
            return relation.changed(self._at, _MIDDLE)
        numbers = [n for n in range(1, _LAYERS + 1) if (_base(relation.left), Fraction(n)) not in self.given]
        sides = ([self._at(side, n) for n in numbers] for side in relation.sides)
        left, right = (Stack(tuple((cell,) for cell in cells)) for cells in sides)
        return replace(relation, left=left, right=right)

    def of(self, term: Term) -> Term:
        """A lone expression, at the middle layer."""
        return self._at(term, _MIDDLE)

    def defined(self, relation: Relation) -> Quantity | None:
        """The quantity whose rule for every layer a relation is: made with none above it, or with what is differentiated by it."""
        quantity, inside = _quantity(relation.left), [n for _, n in walk(relation.right)]
        is_rule = relation.op in DEFINING and quantity[0] in self.own and self.letter in _scripts(relation.left)
        above = any(s != self.letter and (self._layer(s, 0) or 0) > 0 for n in inside for s in _scripts(n))
        written_out = any(isinstance(n, Deriv) for n in inside) and not isinstance(relation.right, Deriv)
        return quantity if is_rule and not above and not (written_out and quantity in self.named) else None

    def _at(self, term: Term, number: int) -> Term:
        if isinstance(term, Big) and term.index == self.letter:
            return self._added_up(term, number)
        if isinstance(term, Apply):
            return Apply(replaced(term.function, {self.letter: Num(Fraction(number))}), self._at(term.argument, number))
        if isinstance(term, Pow) and isinstance(term.base, Apply) and (layer := self._layer(term.exponent, number)) is not None:
            return Apply(_of_layer(term.base.function, layer), self._at(term.base.argument, number))
        if not isinstance(term, _SCRIPTED) or _base(term) not in self.own:
            return rebuilt(term, lambda part: self._at(part, number))
        base = self._at(term.base, number)
        scripts = (term.exponent,) if isinstance(term, Pow) else term.indices
        layers = [self._layer(script, number) for script in scripts]
        if not isinstance(term, Sub) and not self._has_layer(term.base):
            layers = [self._numbered(s, term) if n is None else n for s, n in zip(scripts, layers, strict=True)]
        found = tuple(Num(Fraction(n)) for n in layers if n is not None)
        if not found:
            if isinstance(term.base, Sub) and isinstance(base, Sup) and not isinstance(scripts[0], Num):
                return replace(base, base=Sub(base.base, scripts))  # h_l^t is h_t^l
            return replace(term, base=base)
        rest = tuple(s for s, n in zip(scripts, layers, strict=True) if n is None)
        if rest and not isinstance(term, Pow):
            base = replace(term, base=base, indices=rest)
        return Sup(base, found)

    def _numbered(self, script: Term, term: Term) -> Fraction | None:
        """The number of a layer, which is no power: ``h_t^0``."""
        return script.value if isinstance(script, Num) and (not script.value or _base(term) not in self.bare) else None

    def _has_layer(self, term: Term) -> bool:
        """Whether a layer stands above (or below) a letter, by a letter or by its number."""
        while isinstance(term, _SCRIPTED):
            scripts = (term.exponent,) if isinstance(term, Pow) else term.indices
            number = not isinstance(term, Sub) and any(isinstance(s, Num) for s in scripts)
            if number or any(self._layer(s, _MIDDLE) is not None for s in scripts):
                return True
            term = term.base
        return False

    def _layer(self, script: Term, number: int) -> Fraction | None:
        """Which layer a script names: l, l - 1, L."""
        letter, shift = _shifted(script)
        if letter == self.letter:
            return number + shift
        return _LAYERS + shift if letter in self.last else None

    def _added_up(self, term: Big, number: int) -> Term:
        """A sum over the layers, written out."""
        upper = None if term.upper is None else self._layer(term.upper, number)
        if term.kind != "sum" or not isinstance(term.lower, Num) or upper is None or term.conditions:
            return term
        return Add(tuple(self._at(term.body, n) for n in range(int(term.lower.value), int(upper) + 1)))


def _of_layer(function: Term, layer: Fraction) -> Term:
    """The function of a layer, ``f^{l-1}``, which is no power where a letter counts layers."""
    return replace(function, base=_of_layer(function.base, layer)) if isinstance(function, Mark) else Sub(function, (Num(layer),))


def layers_of(relations: Iterable[Relation]) -> Layers | None:
    """The layers of a document that has a rule for each, made with the layer below."""
    relations = list(relations)
    made = _made(relations)
    counting = next((letters for r in relations if (letters := list(_counting(r, made)))), [])
    letter = next((x for x in counting if x in _USUAL), counting[0] if counting else None)
    if letter is None:
        return None
    nodes = [n for r in relations for n in r.nodes() if isinstance(n, _SCRIPTED)]
    own = frozenset(base for n in nodes if any(_shifted(s)[0] == letter for s in _scripts(n)) if (base := _base(n)) is not None)
    found = (_shifted(s)[0] for n in nodes if _base(n) in own for s in _scripts(n))
    last = frozenset(x for x in found if x is not None and x.name.isupper() and not x.style and x != Sym("T"))
    bare = (b for r in relations for side in r.sides for b in _without(side, frozenset({letter, *last})))
    lefts = [r.left for r in relations if r.op in DEFINING and _base(r.left) in own and not isinstance(r.left, Sub)]
    given = ((_base(left), s.value) for left in lefts for s in _scripts(left) if isinstance(s, Num))
    named = (_quantity(r.left) for r in relations if isinstance(r.right, Deriv))
    return Layers(letter, last, own, frozenset(bare), frozenset(given), frozenset(named))


def _quantity(term: Term) -> Quantity:
    return _base(term), frozenset(s.name for s in _scripts(term) if isinstance(s, Sym) and s.style == "text")


def _without(term: Term, layers: frozenset[Sym]) -> Iterator[Sym]:
    """The letters that stand somewhere with a step, and with neither a layer nor a number above them."""
    base, scripts = _base(term), _scripts(term)
    if base is not None and scripts and not any(_shifted(s)[0] in layers or isinstance(s, Num) for s in scripts):
        yield base
    for _, part in children(term) if base is None else ():
        yield from _without(part, layers)


def _made(relations: Iterable[Relation]) -> dict[Sym, frozenset[Sym]]:
    """The quantities with a layer and a step that each of them is made with at its own, directly or through others, and itself."""
    direct: dict[Sym, set[Sym]] = {}
    for relation in relations:
        base, scripts = _base(relation.left), _scripts(relation.left)
        if _is_forward(relation) and base is not None and len(scripts) > 1:
            inside = (n for _, n in walk(relation.right) if isinstance(n, _SCRIPTED) and set(_scripts(n)) == set(scripts))
            direct.setdefault(base, {base}).update(other for n in inside if (other := _base(n)) is not None)
    while any(grown := [b for b, own in direct.items() if not own >= {x for o in own for x in direct.get(o, ())}]):
        for base in grown:
            direct[base] |= {x for other in direct[base] for x in direct.get(other, ())}
    return {base: frozenset(own) for base, own in direct.items()}


def _is_forward(relation: Relation) -> bool:
    base = _base(relation.left)
    errors = base is not None and base.name in ("delta", "Delta")
    return relation.op in DEFINING and not errors and not contains(relation.right, Deriv)


def _counting(relation: Relation, made: Mapping[Sym, frozenset[Sym]]) -> Iterator[Sym]:
    """The letter that counts layers in a rule: a quantity at a step is made with what is one below it, or below what is made with it."""
    base, scripts = _base(relation.left), _scripts(relation.left)
    if not _is_forward(relation) or base is None or len(scripts) < 2:
        return
    inside = [n for _, n in walk(relation.right) if isinstance(n, _SCRIPTED)]
    same = [set(_scripts(n)) for n in inside if (own := _base(n)) == base or (own is not None and base in made.get(own, ()))]
    for script in scripts:
        below = {Add((script, Neg(ONE))) if s == script else s for s in scripts}
        if isinstance(script, Sym) and script in _LETTERS and below in same:
            yield script


def _base(term: Term) -> Sym | None:
    return letter_under(term, _SCRIPTED)


def _scripts(term: Term) -> tuple[Term, ...]:
    return all_scripts(term, _SCRIPTED)


def _shifted(script: Term) -> tuple[Sym | None, Fraction]:
    """The letter of ``l``, ``l - 1`` or ``l + 1`` and how far it is from it."""
    if isinstance(script, Sym):
        return script, Fraction(0)
    if isinstance(script, Add) and len(script.terms) == 2 and isinstance(script.terms[0], Sym):
        number = script.terms[1]
        inner, sign = (number.term, -1) if isinstance(number, Neg) else (number, 1)
        if isinstance(inner, Num):
            return script.terms[0], sign * inner.value
    return None, Fraction(0)
