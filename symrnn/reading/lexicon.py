"""What the letters of a document are for: which subscripts are indices, which count time, which belong to a name.

Everything here is read off the document as a whole, before any formula has a meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from symrnn.language.model import Name
from symrnn.language.terms import (
    PREFIXES,
    Add,
    Apply,
    Big,
    Compare,
    Deriv,
    Given,
    Mark,
    Mul,
    Neg,
    Num,
    Pow,
    Relation,
    Sub,
    Sup,
    Sym,
    Term,
    children,
    walk,
)

_USUAL_INDICES = frozenset("ijklmnt") | {"tau"}
_USUAL_TIMES = frozenset("t") | {"tau"}
SMALL_GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "varepsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "rho",
        "sigma",
        "tau",
        "phi",
        "varphi",
        "chi",
        "psi",
        "omega",
    ]
)
#: Letters of errors: what stands below says of what, and is no class.
ERRORS = frozenset({"delta", "Delta", "epsilon", "varepsilon"})
_NEVER_NAMES = frozenset({"e"})
#: Words below what a logarithm is taken of that say which class: ``-log p_{t,target}``.
_CLASS_WORDS = frozenset({"target", "true", "label", "correct", "gold"})


@dataclass(frozen=True)
class Occurrence:
    """One appearance of a quantity: its name and its indices (those in brackets above last), with the term it is."""

    name: Name
    indices: tuple[Term, ...]
    raised: bool = False


@dataclass(frozen=True)
class Lexicon:
    """The use of letters in one document.

    `raised` are those that have an index in brackets above: ``h`` of ``h^{(t)}``; with `numbered` ones a number below is part of
    the name: ``W_1`` and ``W_2``. `bare` ones stand somewhere without any index: what is above them elsewhere may be a power.
    `classes` are letters (or words) for one class that does not change: ``c`` of ``-log p_{t,c}``; `above` are capitals whose time
    stands above them without brackets: ``L^t``.
    """

    indices: frozenset[str]
    times: frozenset[str]
    components: frozenset[str]
    horizon: str
    raised: frozenset[str] = frozenset()
    numbered: frozenset[str] = frozenset()
    bare: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    above: frozenset[str] = frozenset()
    #: Those that stand without any index in a product of an equation, as ``w`` of ``w s_{t-1}``: ``w^t`` is a power.
    factors: frozenset[str] = frozenset()
    #: Pairs of a letter and the gate below it that it belongs to: ``W_i`` of ``i_t = σ(W_i x_t)``, whatever counts with i elsewhere.
    gates: frozenset[tuple[str, str]] = frozenset()
    #: Letters with a prefix whose first equation has the slope of their function: ``\delta o_t`` of ``\delta o_t = … o_t (1 - o_t)``.
    inner: frozenset[Name] = frozenset()
    #: What the document declares: its losses, and its first step.
    losses: frozenset[Name] = frozenset()
    first: int | None = None
    #: What was found for terms met before, by identity (candidates of a repair share most of theirs); each is kept alive.
    _met: dict[int, tuple[Term, Occurrence | None]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _letters: dict[int, tuple[Term, tuple[str, ...]]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def is_index(self, term: Term) -> bool:
        """Whether a subscript is an index expression rather than a part of a name."""
        if isinstance(term, Num):
            return True
        if isinstance(term, Sym):
            known = term.name in self.indices or term.name == self.horizon
            return term.style == "index" or (known and not term.style and not term.accent)
        if isinstance(term, Neg):
            return self.is_index(term.term)
        if isinstance(term, (Add, Mul)):
            parts = term.terms if isinstance(term, Add) else term.factors
            return all(self.is_index(part) for part in parts)
        return False

    def may_be_time(self, index: Term) -> bool:
        """Whether an index can be one of time: a number, or an expression with a letter that counts time somewhere."""
        letters = set(self.letters(index))
        return not letters or bool(letters & (self.times | {self.horizon}))

    def is_horizon(self, term: Term) -> bool:
        """Whether a term is the last step: ``T``, also with a word or a letter below as in ``T_y``."""
        if isinstance(term, (Sub, Sup)) and not any(self.is_index(i) for i in term.indices):
            term = term.base
        return isinstance(term, Sym) and term.name == self.horizon

    def is_timed_call(self, term: Given) -> bool:
        """Whether brackets behind a letter hold its time: ``s(t - 1)``."""
        return len(term.arguments) == 1 and self.is_index(term.arguments[0])

    def is_class(self, script: Term) -> bool:
        """Whether a subscript is a class that the data name, as ``y_t`` in ``p_{t,y_t}``: a letter with a time of its own, or ``c``."""
        if isinstance(script, Sym):
            return script.name in self.classes and not script.accent and script.style in ("", "text")
        found = self.occurrence(script) if isinstance(script, (Sub, Sup, Pow)) else None
        return found is not None and len(found.indices) == 1 and found.name.letter not in self.times

    def letters(self, index: Term) -> Iterator[str]:
        """The letters that count in an index expression, without that of a class."""
        found = self.occurrence(index) if self.is_class(index) else None
        for part in (index,) if found is None else found.indices:
            yield from (n.name for _, n in walk(part) if isinstance(n, Sym) and not n.style)

    def occurrence(self, term: Term) -> Occurrence | None:
        """The quantity that a term names, if it is a letter with scripts; None for any other term."""
        met = self._met.get(id(term))
        if met is None:
            met = self._met[id(term)] = term, self._occurrence(term)
        return met[1]

    def _occurrence(self, term: Term) -> Occurrence | None:
        if isinstance(term, Sym):
            return None if term.style == "bb" else Occurrence(Name.of(term), ())
        if isinstance(term, Given) and self.is_timed_call(term):
            inner = self.occurrence(term.base)
            return inner and Occurrence(inner.name, (*inner.indices, *term.arguments), True)
        if isinstance(term, Given) or (isinstance(term, Mark) and term.mark == "+"):
            return self.occurrence(term.base)
        if isinstance(term, Mark) and term.mark == "*":  # a target ``y_t^*``, which is another letter than ``y_t``
            inner = self.occurrence(term.base)
            return inner and replace(inner, name=replace(inner.name, suffix=inner.name.suffix + "*"))
        if isinstance(term, Pow) and self._is_time_above(term):
            inner = self.occurrence(term.base)
            return inner and Occurrence(inner.name, (*inner.indices, term.exponent), True)
        if isinstance(term, Pow) and self._is_name_above(term):
            inner = self.occurrence(term.base)
            suffix = script_text(term.exponent)
            return None if inner is None else replace(inner, name=replace(inner.name, suffix=inner.name.suffix + suffix))
        if isinstance(term, (Sub, Sup)):
            inner = self.occurrence(term.base)
            return inner and self._scripted(inner, term)
        return None

    def _is_name_above(self, term: Pow) -> bool:
        """``delta_t^h``, ``W^{xh}``, ``delta_t^{a_f}``: letters above that count nothing belong to the name, and so do words."""
        factors = term.exponent.factors if isinstance(term.exponent, Mul) else (term.exponent,)
        if _is_word(factors):
            return True
        if isinstance(term.base, Sym) and term.base.name in _NEVER_NAMES:
            return False
        return all(map(self._is_part_of_name, factors))

    def _is_part_of_name(self, script: Term) -> bool:
        """Whether a letter of a script counts nothing, itself (with an accent it never does) and in what is below it."""
        if isinstance(script, (Sub, Pow)):
            return all(map(self._is_part_of_name, (script.base, *_scripts(script))))
        return isinstance(script, Sym) and (
            bool(script.accent) or (script.name not in self.indices and script.name != self.horizon)
        )

    def _is_time_above(self, term: Pow) -> bool:
        """``h^t``: a letter of time above a small letter is an index, above a capital one (``W^{t-k}``) a power.

        No equation defines a power; a capital that one defines with a letter above (``L^t = ...``) has its time there.
        """
        letters = {t.name for _, t in walk(term.exponent) if isinstance(t, Sym)}
        base = term.base
        while isinstance(base, Sub):
            base = base.base
        return (
            isinstance(base, Sym)
            and base.name not in _NEVER_NAMES
            and (base.name.islower() or base.name in self.above)
            and bool(letters)
            and letters <= self.times
            and base.name not in (self.factors - self.above if letters <= _USUAL_TIMES else self.bare)
            and self.is_index(term.exponent)
        )

    def _scripted(self, inner: Occurrence, term: Sub | Sup) -> Occurrence:
        name, indices = inner.name, list(inner.indices)
        for script in term.indices:
            if isinstance(script, Sub) and self._is_time_with_component(script):
                indices.extend((script.base, *script.indices))
                continue
            layer = isinstance(script, Num) and (
                (bool(inner.indices) or name.letter not in self.raised) if isinstance(term, Sup) else name.letter in self.numbered
            )
            state = self._state_below(name, script)
            if state is not None:
                name = replace(name, suffix=name.suffix + state.name.text)
                indices.extend(state.indices)
                continue
            parts = _split(script)
            gate = any((name.letter, _letter(part)) in self.gates for part in parts)
            if all(self.is_index(part) or self.is_class(part) for part in parts) and not layer and not gate:
                indices.extend(parts)
            else:
                name = Name(name.letter, name.accent, name.style, name.suffix + script_text(script))
        return Occurrence(name, tuple(indices), inner.raised or isinstance(term, Sup))

    def _state_below(self, name: Name, script: Term) -> Occurrence | None:
        """The state whose error ``\\delta_{h_t}`` is: a letter with a time below one that stands for errors."""
        return self.occurrence(script) if name.letter in ERRORS and self.is_class(script) else None

    def _is_time_with_component(self, script: Sub) -> bool:
        """``t_k`` of ``y_{t_k}``: component k at time t, where no step has a letter below elsewhere."""
        return isinstance(script.base, Sym) and script.base.name in self.times and all(map(self.is_index, script.indices))

    def free_letters(self, term: Term) -> tuple[str, ...]:
        """The letters that stand in subscripts of quantities and that no sum around them binds, from left to right."""
        met = self._letters.get(id(term))
        if met is None:
            met = self._letters[id(term)] = term, tuple(self._unbound(term, frozenset()))
        return met[1]

    def _unbound(self, term: Term, bound: frozenset[str]) -> Iterator[str]:
        occurrence = self.occurrence(term)
        if occurrence is not None:
            letters = (name for i in occurrence.indices for name in self.letters(i))
            yield from (name for name in letters if name not in bound and name != self.horizon)
            return
        if isinstance(term, Big) and isinstance(term.index, Sym):
            bound = bound | {term.index.name}
        parts = [term.argument] if isinstance(term, Apply) else [child for _, child in children(term)]
        for child in parts:
            yield from self._unbound(child, bound)


def _is_word(factors: tuple[Term, ...]) -> bool:
    """Whether letters side by side are a word: ``W^{rec}``, ``W^{in}``."""
    word = "".join(map(_letter, factors))
    return word == "in" or (len(word) == len(factors) > 2 and word.isalpha())


def _split(index: Term) -> tuple[Term, ...]:
    """``tk`` as a subscript is two indices, ``2k`` is one."""
    if isinstance(index, Mul) and not any(isinstance(f, Num) for f in index.factors):
        return index.factors
    return (index,)


def script_text(term: Term) -> str:
    """A subscript that is part of a name, as plain text."""
    if isinstance(term, Sym):
        return Name(term.name, term.accent).text
    if isinstance(term, Num):
        return str(term.value)
    if isinstance(term, (Sub, Pow)):
        return "".join(map(script_text, (term.base, *_scripts(term))))
    if isinstance(term, Neg):
        return "-" + script_text(term.term)
    if isinstance(term, Mul):
        return "".join(script_text(f) for f in term.factors)
    if isinstance(term, Add):
        return "+".join(script_text(t) for t in term.terms).replace("+-", "-")
    return type(term).__name__.lower()


def function_name(function: Term) -> str:
    """What a function is called: ``sigma``; ``sigma_h`` is another one, of which nothing is known."""
    if isinstance(function, Sub) and isinstance(function.base, Sym):
        return f"{function.base.name}_{''.join(map(script_text, function.indices))}"
    return function.name if isinstance(function, Sym) else ""


def build_lexicon(relations: Iterable[Relation], extra: Iterable[Term]) -> Lexicon:
    """The use of letters over all relations and lone expressions of a document."""
    relations = list(relations)
    terms = [side for r in relations for side in (r.left, r.right)] + list(extra)
    nodes = [node for term in terms for _, node in walk(term)]
    bound = {_letter(b.index) for b in nodes if isinstance(b, Big)} - {""}
    shifted = set(_shifted_letters(nodes))
    bases = {_base_letter(n) for n in nodes if isinstance(n, (Sub, Sup))}
    compared = {name for c in nodes if isinstance(c, Compare) for side in (c.left, c.right) for name in _counting(side)}
    stated = [c for relation in relations for c in relation.conditions]
    compared |= {name for c in stated for side in (c.left, c.right) for name in _counting(side) if name not in bases}
    alone = {i.name for n in nodes if not isinstance(n, Pow) for i in _scripts(n) if isinstance(i, Sym)}
    usual = {x for x in _USUAL_INDICES & alone if x not in bases or x in shifted}
    usual -= _parts_of_names(nodes, bound | shifted | compared | _USUAL_INDICES) - bound - shifted - compared - _USUAL_TIMES
    horizon = _horizon(nodes, shifted, set(_rules(relations)))
    sizes = {_letter(b.upper) for b in nodes if isinstance(b, Big) and b.upper is not None} - {"", horizon}
    components = {_letter(b.index) for b in nodes if isinstance(b, Big) and _letter(b.upper) in sizes - bound} - {""}
    bounded = {_letter(b.index) for b in nodes if isinstance(b, Big) and horizon in _letters(b.upper)}
    times = shifted | bounded | (_USUAL_TIMES - bases) | (_USUAL_TIMES & shifted)
    times |= {_letter(b.index) for b in nodes if isinstance(b, Big) and _letters(b.upper) & times}
    classes = _fixed_classes(nodes, relations, bound | shifted | usual | {horizon})
    indices = bound | shifted | (compared - classes) | usual | {s for s in sizes if len(s) == 1} | {horizon}
    indices |= set(_counted_back(nodes, indices))
    raised = {_base_letter(n) for n in nodes if isinstance(n, Sup) and any(_letters(i) & indices for i in n.indices)}
    raised |= {_base_letter(n) for n in nodes if isinstance(n, Pow) and isinstance(n.base, Sym) and _is_step(n.exponent, times)}
    lettered = {
        _base_letter(n) for n in nodes if isinstance(n, (Sub, Sup, Pow)) and any(_letters(i) & indices for i in _scripts(n))
    }
    below = {_base_letter(n) for n in nodes if isinstance(n, Sub) and any(_letters(i) & indices for i in n.indices)}
    numbered = {_base_letter(n) for n in nodes if isinstance(n, Sub) and all(isinstance(i, Num) for i in n.indices)}
    left = {_base_letter(r.left) for r in relations if isinstance(r.left, (Sub, Sup))}
    numbered = (numbered & raised) - below | (numbered - lettered - left if shifted else set())
    return Lexicon(
        frozenset(indices),
        frozenset(times - {""}),
        frozenset(components),
        horizon,
        frozenset(raised),
        frozenset(numbered),
        frozenset(x for term in terms for x in _bare(term)),
        frozenset(classes),
        frozenset(_base_letter(r.left) for r in relations if isinstance(r.left, Pow) and r.op in ("=", ":=")),
        frozenset(_factor_letters(relations)),
        frozenset(_gates(relations)),
        frozenset(_inner(relations)),
    )


def _inner(relations: list[Relation]) -> Iterator[Name]:
    """The letters with a prefix that stand for the error before the function of a gate: the slope is in their first equation."""
    seen: set[Sym] = set()
    functions = {r.left: r.right for r in relations if r.op in ("=", ":=") and isinstance(r.right, Apply)}
    for relation in (r for r in relations if r.op in ("=", ":=") and isinstance(r.left, Sub)):
        assert isinstance(relation.left, Sub)
        letter = relation.left.base
        if not isinstance(letter, Sym) or letter.style not in PREFIXES or letter in seen:
            continue
        seen.add(letter)
        gate = Sub(replace(letter, style=""), relation.left.indices)
        if any(_is_slope(node, gate, functions.get(gate)) for _, node in walk(relation.right)):
            yield Name.of(letter)


def _is_slope(node: Term, gate: Term, value: Term | None) -> bool:
    """Whether a term is the slope of a gate ``o = σ(a)``, or a factor of it: ``σ'(a)``, ``1 - o``, ``1 - o^2``."""
    if isinstance(node, Apply) and isinstance(node.function, Mark) and isinstance(value, Apply):
        return node.argument == value.argument
    one = Num(Fraction(1))
    return node in (Add((one, Neg(gate))), Add((one, Neg(Pow(gate, Num(Fraction(2)))))))


def _gates(relations: Iterable[Relation]) -> Iterator[tuple[str, str]]:
    """What has the letter of a gate below it in the equation of this gate, ``i_t = σ(W_i x_t + b_i)``, and in no sum over it.

    The i of ``W_{in}`` beside ``W_{out}`` is none that counts either.
    """
    below = [
        n for r in relations for side in (r.left, r.right) for _, n in walk(side) if isinstance(n, Sub) and len(n.indices) == 1
    ]
    words = {
        _base_letter(n)
        for n in below
        if isinstance(n.indices[0], Mul) and len(n.indices[0].factors) > 2 and _is_word(n.indices[0].factors)
    }
    yield from ((letter, "i") for n in below if (letter := _base_letter(n)) in words and n.indices[0] == Mul((Sym("i"), Sym("n"))))
    for relation in relations:
        gate = _base_letter_of(relation.left)
        if relation.op not in ("=", ":=") or len(gate) != 1 or not gate.islower():
            continue
        nodes = [node for _, node in walk(relation.right)]
        if any(isinstance(node, Big) and _letter(node.index) == gate for node in nodes):
            continue
        below = [node for node in nodes if isinstance(node, Sub) and isinstance(node.base, Sym)]
        yield from ((_base_letter(n), gate) for n in below for i in n.indices if Sym(gate) in _split(i))


def _factor_letters(relations: Iterable[Relation]) -> Iterator[str]:
    products = (n for r in relations for side in (r.left, r.right) for _, n in walk(side) if isinstance(n, Mul))
    yield from (factor.name for product in products for factor in product.factors if isinstance(factor, Sym))


def _fixed_classes(nodes: list[Term], relations: list[Relation], counting: set[str]) -> set[str]:
    """Letters below what a logarithm is taken of that name one class: ``-log p_{t,c}``, ``-log p_c`` where ``p_t`` or ``p`` is defined."""
    lefts = [r.left for r in relations]
    defined = {_base_letter(x) if isinstance(x, (Sub, Sup)) else _letter(x) for x in lefts} - {""}
    suffixed = {_letter(i) for x in lefts if isinstance(x, Sub) for i in x.indices}
    logs = [n.argument for n in nodes if isinstance(n, Apply) and n.function in (Sym("log"), Sym("ln"))]
    inside = [n for argument in logs for _, n in walk(argument) if isinstance(n, Sub) and _base_letter(n) in defined]
    found = {_letter(n.indices[-1]) for n in inside}
    scripts = {id(n) for node in nodes for script in _scripts(node) for _, n in walk(script)}
    bare = {f.name for n in nodes if isinstance(n, (Add, Mul)) and id(n) not in scripts for f in _parts(n) if isinstance(f, Sym)}
    return {x for x in found if (len(x) == 1 and x.islower()) or x in _CLASS_WORDS} - counting - suffixed - bare


def _parts(node: Add | Mul) -> tuple[Term, ...]:
    return node.terms if isinstance(node, Add) else node.factors


def _parts_of_names(nodes: list[Term], counting: set[str]) -> set[str]:
    """Letters below others that name a part, as the i of an input gate: ``W_{xi}`` beside ``b_i``, or ``b_i`` beside ``b_f``."""
    scripts = [(_base_letter(n), i) for n in nodes if isinstance(n, Sub) for i in n.indices]
    products = [{_letter(f) for f in i.factors} for _, i in scripts if isinstance(i, Mul)]
    states = {base.lower() for base, _ in scripts}
    products += [set(word) for _, i in scripts if len(word := _letter(i)) == 2 and word[0] in states]
    named = {x for letters in products if not letters <= counting | {""} for x in letters & counting}
    alone: dict[str, set[str]] = {}
    for base, script in scripts:
        alone.setdefault(base, set()).add(_letter(script) if len(_letter(script)) == 1 else "")
    families = [letters for letters in alone.values() if any(x.islower() for x in letters - counting)]
    inside = {x for letters in families for x in letters & counting}
    outside = {x for letters in alone.values() if letters not in families for x in letters}
    return named | (inside - outside)


def _is_step(exponent: Term, times: set[str]) -> bool:
    letters = _letters(exponent)
    return bool(letters) and letters <= times


def _letter(term: Term | None) -> str:
    return term.name if isinstance(term, Sym) else ""


def _letters(term: Term | None) -> set[str]:
    return set() if term is None else {t.name for _, t in walk(term) if isinstance(t, Sym)}


def _counting(side: Term) -> set[str]:
    """The letters of one side of a condition that count something: not the y of a class ``y_t``."""
    if isinstance(side, (Sub, Sup, Pow)):
        return {name for script in _scripts(side) for name in _letters(script)}
    if isinstance(side, (Add, Mul)):
        return {name for part in (side.terms if isinstance(side, Add) else side.factors) for name in _counting(part)}
    return _counting(side.term) if isinstance(side, Neg) else _letters(side)


def _base_letter(term: Sub | Sup | Pow) -> str:
    base: Term = term
    while isinstance(base, (Sub, Sup, Mark, Pow)):
        base = base.base
    return _letter(base)


def _shifted_letters(nodes: list[Term]) -> Iterator[str]:
    """Letters that stand in a subscript with a number added: ``t`` of ``h_{t-1}``."""
    for node in nodes:
        scripts = _scripts(node)
        for script in scripts:
            if isinstance(script, Add) and any(_is_number(t) for t in script.terms):
                yield from (t.name for t in script.terms if isinstance(t, Sym) and t.name.islower())


def _scripts(node: Term) -> tuple[Term, ...]:
    """What may be an index of a letter: below it, above it, or alone in brackets behind it."""
    if isinstance(node, Given):
        return node.arguments if len(node.arguments) == 1 else ()
    return node.indices if isinstance(node, (Sub, Sup)) else (node.exponent,) if isinstance(node, Pow) else ()


def _is_number(term: Term) -> bool:
    return isinstance(term, Num) or (isinstance(term, Neg) and isinstance(term.term, Num))


def _counted_back(nodes: list[Term], indices: set[str]) -> Iterator[str]:
    """Letters that are subtracted from an index or added to one below a letter: ``m`` of ``h_{n-m}``."""
    for script in (i for node in nodes if isinstance(node, (Sub, Sup)) for i in node.indices if isinstance(i, Add)):
        parts = [part.term if isinstance(part, Neg) else part for part in script.terms]
        letters = {_letter(part) for part in parts if isinstance(part, Sym)}
        if letters & indices and all(isinstance(part, (Sym, Num)) for part in parts):
            yield from (x for x in letters - indices if len(x) == 1)


def _rules(relations: Iterable[Relation]) -> Iterator[str]:
    """The letters that stand alone below the left side of an equation whose right side has the same letter at another step."""
    for relation in relations:
        left = {i for i in _scripts(relation.left) if isinstance(i, Sym)}
        for _, node in walk(relation.right):
            same = isinstance(node, (Sub, Sup)) and _base_letter(node) == _base_letter_of(relation.left)
            for script in _scripts(node) if same else ():
                if isinstance(script, Add):
                    yield from (t.name for t in left if t in script.terms)


def _bare(term: Term) -> Iterator[str]:
    """The letters of a formula that are no base of a script, and no script."""
    if isinstance(term, (Sub, Sup, Pow)):
        return
    if isinstance(term, Sym):
        yield term.name
    for _, child in children(term):
        yield from _bare(child)


def _base_letter_of(term: Term) -> str:
    return _base_letter(term) if isinstance(term, (Sub, Sup, Pow)) else _letter(term)


def _horizon(nodes: list[Term], shifted: set[str], rules: set[str]) -> str:
    """The letter of the last time: the upper bound of a sum over an index that is shifted, else ``T``."""
    uppers = [b for b in nodes if isinstance(b, Big) and b.upper is not None]
    for big in uppers:
        letters = {x for x in _letters(big.upper) if x.isupper()}
        if "T" in letters:
            return "T"
    for big in uppers:
        for letter in sorted(x for x in _letters(big.upper) if x not in shifted):
            if _letter(big.index) in shifted | {"t"}:
                return letter
    for big in uppers:
        upper = _letter(big.upper)
        if upper and upper in shifted - rules and _letter(big.index) in rules:
            return upper
    return next(_last_steps(nodes, shifted), "T")


def _last_steps(nodes: list[Term], shifted: set[str]) -> Iterator[str]:
    """Letters that can only be a last step where none is called ``T``: ``tau`` or a capital, at a state, never bound or shifted."""
    scripted = [n for n in nodes if isinstance(n, (Sub, Sup))]
    states = {_base_letter(n) for n in scripted if any(_letters(i) & shifted and isinstance(i, Add) for i in n.indices)}
    bound = {_letter(b.index) for b in nodes if isinstance(b, Big)}
    if any(node == Sym("T") for node in nodes):
        return
    for node in scripted:
        letters = {_letter(i) for i in node.indices} - shifted - bound
        if _base_letter(node) in states:
            yield from sorted(x for x in letters if x == "tau" or (len(x) == 1 and x.isupper()))


def derivative_numerators(terms: Iterable[Term]) -> Iterator[Term]:
    """Whatever the document differentiates."""
    for term in terms:
        for _, node in walk(term):
            if isinstance(node, Deriv):
                yield node.numerator
