"""The quantity that a letter with scripts names, once it is known which scripts are indices and which belong to a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from symrnn.language import questions
from symrnn.language.model import Name
from symrnn.language.parts import factors_of, letters_in
from symrnn.language.questions import Question
from symrnn.language.scripted import SCRIPTED, scripts, under
from symrnn.language.terms import Add, Apply, Big, Deriv, Given, Mark, Mul, Neg, Num, Pow, Sub, Sup, Sym, Term, children, walk
from symrnn.notation.vocabulary import MEMBER
from symrnn.reading.lexicon.prefixes import without_prefix

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


@dataclass(frozen=True)
class Evidence:
    """Why a letter plays a role in a document."""

    letter: str
    role: str
    why: str


@dataclass(frozen=True)
class Occurrence:
    """One appearance of a quantity: its name and its indices (those in brackets above last), with the term it is."""

    name: Name
    indices: tuple[Term, ...]
    raised: bool = False

    @cached_property
    def question(self) -> Question:
        """What is asked where its subscripts may count more than one thing."""
        return questions.SUBSCRIPT.about(", ".join(map(_as_asked, self.indices)), self.name.text)


def _as_asked(index: Term) -> str:
    """An index as plain text."""
    if isinstance(index, Num):
        return str(index.value)
    if isinstance(index, Sym):
        return index.name
    if isinstance(index, Neg):
        return "-" + _as_asked(index.term)
    if isinstance(index, Add):
        return "+".join(map(_as_asked, index.terms)).replace("+-", "-")
    return type(index).__name__.lower()


#: The letter of ``\delta_{ij}``, which is 1 where i is j, else 0.
KRONECKER = "delta"
_KRONECKER = Name(KRONECKER)
#: What is known of terms is known of so many at once: all that the repairs of a statement have in common.
_MOST_MET = 1 << 13

Found = TypeVar("Found")


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
    #: Pairs of a letter and one below it that belongs to its name, whatever that counts elsewhere: the i of ``b_i`` beside ``b_f``.
    named: frozenset[tuple[str, str]] = frozenset()
    #: Letters by which sums of gradients add up what is beside the steps, as the examples of a batch: ``\\delta_t^{(s)}``.
    examples: frozenset[str] = frozenset()
    #: Letters with a prefix whose first equation has the slope of their function: ``\delta o_t`` of ``\delta o_t = … o_t (1 - o_t)``.
    inner: frozenset[Name] = frozenset()
    #: The outputs that letters with a prefix are about which bear the name of their target: ŷ for ``dy_t = \\hat y_t - y_t``.
    outputs: Mapping[Name, Name] = field(default_factory=dict, hash=False)
    #: The quantities whose gradient is handed on from later steps, where its whole has no letter.
    handed: frozenset[Name] = frozenset()
    #: Letters that have a step above where an equation defines them, or makes what it defines so of them: no power, also where they
    #: stand plain elsewhere.
    stepped: frozenset[str] = frozenset()
    #: What the document declares: its losses, and its first step.
    losses: frozenset[Name] = frozenset()
    first: int | None = None
    #: Why each letter has its roles (two lexicons with the same roles are equal).
    evidence: tuple[Evidence, ...] = field(default=(), repr=False, compare=False)
    #: What was found for terms met before, by identity (candidates of a repair share most of theirs); each is kept alive.
    _met: dict[int, tuple[Term, Occurrence | None]] = field(default_factory=dict, init=False, repr=False, compare=False)
    #: What formulas mention (see `symrnn.reading.definitions.mentions`), in the same way.
    mentions: dict[int, tuple[Term, tuple[Occurrence, ...]]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _letters: dict[int, tuple[Term, tuple[str, ...]]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _behind: dict[int, tuple[Term, tuple[Name, ...]]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def evidence_of(self, letters: Set[str]) -> tuple[Evidence, ...]:
        """Why some letters have their roles."""
        return tuple(e for e in self.evidence if e.letter in letters)

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

    def called(self, call: Given) -> Occurrence | None:
        """The function that a call names: with other weights, as in ``\\sigma(x_t, h_{t-1}; W_f)``, it is another one."""
        found = self.occurrence(call.base)
        arguments = [o for o in map(self.occurrence, call.arguments) if o is not None]
        weights = [o.name.text for o in arguments if not o.indices and o.name.letter[:1].isupper()]
        if found is None or found.indices or not weights or not any(o.indices for o in arguments):
            return found
        return replace(found, name=replace(found.name, suffix=" ".join((found.name.suffix, *weights)).strip()))

    def is_class(self, script: Term) -> bool:
        """Whether a subscript is a class that the data name, as ``y_t`` in ``p_{t,y_t}``: a letter with a time of its own, or ``c``."""
        if isinstance(script, Sym):
            return script.name in self.classes and not script.accent and script.style in ("", "text")
        found = self.occurrence(script) if isinstance(script, SCRIPTED) else None
        return found is not None and len(found.indices) == 1 and found.name.letter not in self.times

    def is_kronecker(self, found: Occurrence) -> bool:
        """Whether this is a delta with two letters that count no time below it: 1 where they are equal, unless an equation defines it."""
        letters = len(found.indices) == 2 and all(isinstance(i, Sym) for i in found.indices)
        return found.name == _KRONECKER and letters and not any(map(self.may_be_time, found.indices))

    def letters(self, index: Term) -> Iterator[str]:
        """The letters that count in an index expression, without that of a class."""
        found = self.occurrence(index) if self.is_class(index) else None
        for part in (index,) if found is None else found.indices:
            yield from (n.name for _, n in walk(part) if isinstance(n, Sym) and not n.style)

    def occurrence(self, term: Term) -> Occurrence | None:
        """The quantity that a term names, if it is a letter with scripts; None for any other term."""
        met = self._met.get(id(term))
        if met is None:
            met = _remembered(self._met, term, self._occurrence(term))
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
        if isinstance(term, Pow) and isinstance(term.base, Sym) and term.base.name in ERRORS:
            state = self._state_below(Name.of(term.base), term.exponent)
            if state is not None:
                return self._occurrence(Sub(term.base, (term.exponent,)))
        if isinstance(term, Pow) and self._is_time_above(term):
            inner = self.occurrence(term.base)
            return inner and Occurrence(inner.name, (*inner.indices, term.exponent), self.may_be_time(term.exponent))
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
        factors = factors_of(term.exponent)
        if is_word(factors):
            return True
        if isinstance(term.base, Sym) and term.base.name in _NEVER_NAMES:
            return False
        base = term.base.name if isinstance(term.base, Sym) else ""
        return all(self._is_part_of_name(f) or (isinstance(f, Sym) and (base, f.name) in self.named) for f in factors)

    def _is_part_of_name(self, script: Term) -> bool:
        """Whether a letter of a script counts nothing, itself (with an accent it never does) and in what is below it."""
        if isinstance(script, (Sub, Pow)):
            return all(map(self._is_part_of_name, (script.base, *scripts(script))))
        return isinstance(script, Sym) and (
            bool(script.accent) or script.style == "text" or (script.name not in self.indices and script.name != self.horizon)
        )

    def _is_time_above(self, term: Pow) -> bool:
        """``h^t``: a letter of time above a small letter is an index, above a capital one (``W^{t-k}``) a power.

        No equation defines a power; a capital that one defines with a letter above (``L^t = ...``) has its time there.
        """
        letters = letters_in(term.exponent)
        base = term.base
        if isinstance(base, Sub) and isinstance(base.base, Sym) and base.base.name in self.numbered & SMALL_GREEK:
            return False  # β_1^t is a power of the number β_1
        base = under(base, (Sub,))
        return (
            isinstance(base, Sym)
            and base.name not in _NEVER_NAMES
            and (base.name.islower() or base.name in self.above)
            and bool(letters)
            and (
                letters <= self.times
                or self._is_beside_the_last(base.name, term.exponent)
                or (base.name in self.above - self.bare and isinstance(term.base, Sub))
            )
            and base.name not in (self.factors - self.above if letters <= {"t", "tau"} else self.bare - self.stepped)
            and self.is_index(term.exponent)
        )

    def _is_beside_the_last(self, base: str, exponent: Term) -> bool:
        """Whether an exponent is the last step, or the one before or after it, ``z^{T+1}``; ``W^{T-1}`` is a power of a weight."""
        return (
            base in self.stepped and (base.islower() or base not in self.factors) and set(self.letters(exponent)) == {self.horizon}
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
            if isinstance(script, Sub) and self._is_name_with_components(script):
                name = replace(name, suffix=name.suffix + script_text(script.base))
                indices.extend(part for index in script.indices for part in _split(index))
                continue
            parts = _split(script)
            named = any(isinstance(part, Sym) and (name.letter, part.name) in self.named for part in parts)
            if all(self.is_index(part) or self.is_class(part) for part in parts) and not layer and not named:
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

    def _is_name_with_components(self, script: Sub) -> bool:
        """``f_{ij}`` of ``W_{f_{ij}}``: the entry i, j of W_f."""
        parts = [part for index in script.indices for part in _split(index)]
        count = all(self.is_index(part) and not self.may_be_time(part) for part in parts)
        return count and len(parts) > 1 and self._is_part_of_name(script.base)

    def free_letters(self, term: Term) -> tuple[str, ...]:
        """The letters that stand in subscripts of quantities and that no sum around them binds, from left to right."""
        met = self._letters.get(id(term))
        if met is None:
            met = _remembered(self._letters, term, tuple(self._unbound(term)))
        return met[1]

    def behind_prefixes(self, term: Term) -> tuple[Name, ...]:
        """The quantities that are named behind a prefix anywhere in a term, outermost first."""
        met = self._behind.get(id(term))
        if met is None:
            found = self.occurrence(term)
            own = None if found is None else without_prefix(found.name)
            below = (name for _, child in children(term) for name in self.behind_prefixes(child))
            met = _remembered(self._behind, term, (*(() if own is None else (own,)), *below))
        return met[1]

    def _unbound(self, term: Term) -> Iterator[str]:
        occurrence = self.occurrence(term)
        if occurrence is not None:
            letters = (name for i in occurrence.indices for name in self.letters(i))
            yield from (name for name in letters if name != self.horizon)
            return
        bound = term.index.name if isinstance(term, Big) and isinstance(term.index, Sym) else None
        parts = [term.argument] if isinstance(term, Apply) else [child for _, child in children(term)]
        for child in parts:
            yield from (name for name in self.free_letters(child) if name != bound)


def _remembered(met: dict[int, tuple[Term, Found]], term: Term, found: Found) -> tuple[Term, Found]:
    """What was found for a term, from now on known by its identity; what many others were is forgotten, they are let go."""
    if len(met) >= _MOST_MET:
        met.clear()
    met[id(term)] = term, found
    return term, found


def is_word(factors: tuple[Term, ...]) -> bool:
    """Whether letters side by side are a word: ``W^{rec}``, ``W^{in}``."""
    word = "".join(f.name if isinstance(f, Sym) else "" for f in factors)
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
        return "".join(map(script_text, (term.base, *scripts(term))))
    if isinstance(term, Neg):
        return "-" + script_text(term.term)
    if isinstance(term, Mul):
        return "".join(script_text(f) for f in term.factors)
    if isinstance(term, Add):
        return "+".join(script_text(t) for t in term.terms).replace("+-", "-")
    return type(term).__name__.lower()


def is_membership(name: Name) -> bool:
    """Whether this is the name of numbers that are above 0 for the members of a set."""
    return name.style == "text" and name.letter.startswith(MEMBER) and name.letter.removeprefix(MEMBER)[:1].isupper()


def function_name(function: Term) -> str:
    """What a function is called: ``sigma``; ``sigma_h`` is another one, of which nothing is known."""
    if isinstance(function, Sub) and isinstance(function.base, Sym):
        return f"{function.base.name}_{''.join(map(script_text, function.indices))}"
    return function.name if isinstance(function, Sym) else ""


def derivative_numerators(terms: Iterable[Term]) -> Iterator[Term]:
    """Whatever the document differentiates."""
    for term in terms:
        for _, node in walk(term):
            if isinstance(node, Deriv):
                yield node.numerator
