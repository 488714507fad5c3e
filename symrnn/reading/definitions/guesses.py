"""First guesses, from letters and subscripts: what carries a time, how many axes it has, how long the network is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from symrnn.language.model import Name, quantity_key, slope_name
from symrnn.language.parts import ONE, factors_of, terms_of, unsigned
from symrnn.language.tensors import Shape
from symrnn.language.terms import (
    Add,
    Apply,
    Big,
    Deriv,
    Frac,
    Given,
    Hadamard,
    Mul,
    Neg,
    Norm,
    Num,
    Outer,
    Sub,
    Sym,
    Term,
    Transpose,
)
from symrnn.language.terms import walk as walk_term
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.definitions.finding import DefiningEquation, open_functions
from symrnn.reading.definitions.losses import losses
from symrnn.reading.definitions.mentions import binary, classes, outermost
from symrnn.reading.definitions.numbers import numbers
from symrnn.reading.definitions.scalars import VECTOR_FUNCTIONS
from symrnn.reading.definitions.spaces import Space, size_letters
from symrnn.reading.lexicon import Lexicon, Occurrence

#: The sizes of steps, Δt (`symrnn.reading.spelling.letters`).
_STEP_SIZES = frozenset({Name("Delta", suffix="t"), Name("Delta", suffix="tau")})
_SCALAR_GREEK = frozenset(["alpha", "beta", "gamma", "epsilon", "varepsilon", "eta", "lambda", "mu", "kappa", "nu", "rho", "tau"])

#: Letters of weights, which are matrices.
_WEIGHTS = frozenset("WUV")


class Guesses:
    """What the letters of the defining equations suggest."""

    def __init__(
        self,
        lexicon: Lexicon,
        found: list[DefiningEquation],
        functions: dict[str, tuple[Sym, Term]],
        terms: list[Term],
        spaces: tuple[Space, ...] = (),
        numbers: bool = False,
    ) -> None:
        self.lexicon = lexicon
        self.in_numbers = numbers
        self.found = found
        self.functions = functions
        self.terms = terms
        self.open_functions = open_functions(found, lexicon)
        self.occurrences = self._occurrences()
        self.binary = binary(terms, lexicon)
        self.classes = (classes(terms, lexicon) & self.occurrences.keys()) - self.binary
        self.losses = losses(found, terms, lexicon)
        self.spaces = spaces
        self.shapes = self._declared_shapes()
        self.sizes = size_letters(spaces, terms, lexicon)
        self.batch, self.rows = self._axis_of_examples()

    def _axis_of_examples(self) -> tuple[str, bool]:
        """The axis along which a batch holds its examples, if there is one, and whether each example is a row.

        States that are matrices at every step have it in common: by their declared spaces, or by two subscripts besides the time.
        No weight and no vector has it: a Jacobian ``J_t \\in \\mathbb{R}^{d \\times d}`` holds no examples.
        """
        declared = [shape for key, shape in self.shapes.items() if key.endswith("[t]") and len(shape) == 2 and shape[0] != shape[1]]
        others = {axis for shape in self.shapes.values() if shape not in declared for axis in shape}
        if declared:
            first, last = ({shape[end] for shape in declared} for end in (0, 1))
            axis, rows = (declared[0][1], False) if len(last) == 1 < len(first) else (declared[0][0], True)
            return ("", True) if axis in others else (axis, rows)
        states = {d.name for d in self.found if not isinstance(d.body, Deriv)}
        by_subscripts = any(
            len(o.indices) == 3 and name.letter[:1].isupper() and self.timed(name) and name in states
            for name, seen in self.occurrences.items()
            for o in seen
        )
        return ("=examples", True) if by_subscripts else ("", True)

    def _declared_shapes(self) -> dict[str, Shape]:
        """The shapes that the document declares, by key; what is declared without an index is meant at every step."""
        result: dict[str, Shape] = {}
        for space in self.spaces:
            variants = self._variants(space.name) if space.name in self.occurrences and space.name not in self.classes else []
            timed = space.indexed if space.indexed in variants else True
            if timed in variants:
                result.setdefault(quantity_key(space.name, timed), space.axes)
        return result

    def _occurrences(self) -> dict[Name, list[Occurrence]]:
        result: dict[Name, list[Occurrence]] = {}
        bodies = [*(d.body for d in self.found), *(body for _, body in self.functions.values())]
        parameters = {p.name for p, _ in self.functions.values()}
        for term in bodies:
            for occurrence in outermost(term, self.lexicon):
                if occurrence.name.letter in parameters and not occurrence.indices:
                    continue
                result.setdefault(occurrence.name, []).append(occurrence)
        for definition in self.found:
            occurrence = Occurrence(definition.name, definition.indices)
            result.setdefault(definition.name, []).append(occurrence)
        for occurrence in self._elsewhere(result):
            if occurrence.name in result:
                result[occurrence.name].append(occurrence)
        for function, arguments in self.open_functions.items():
            result.pop(function, None)
            for name, argument in self._slopes(function, arguments):
                lead = next((o for o in map(self.lexicon.occurrence, arguments) if o is not None and o.indices), argument)
                result[name] = [Occurrence(name, lead.indices)]
                result.setdefault(argument.name, []).append(argument)
        if not any(self.lexicon.is_kronecker(Occurrence(d.name, d.indices)) for d in self.found):
            result = {name: [o for o in seen if not self.lexicon.is_kronecker(o)] for name, seen in result.items()}
        for name in self._weights() & result.keys():
            result[name] = [o for o in result[name] if not self._is_at_a_step(o)]
        return {name: seen for name, seen in result.items() if seen and not self._is_no_quantity(name, seen)}

    def _weights(self) -> set[Name]:
        """The capitals that stand without a step in a product with what has one: ``W^{(k)}`` is the same W as it is used at step k."""
        products = [n.factors for d in self.found if d.indices for _, n in walk_term(d.body) if isinstance(n, Mul)]
        found = [[self.lexicon.occurrence(factor) for factor in factors] for factors in products]
        beside = {
            o.name for row in found if any(o is not None and o.indices for o in row) for o in row if o is not None and not o.indices
        }
        return {name for name in beside - {d.name for d in self.found} if name.letter[:1].isupper()}

    def _is_at_a_step(self, weight: Occurrence) -> bool:
        """Whether an index of a weight counts steps, or is a number in brackets above."""
        letters = (i for i in weight.indices if not isinstance(i, Num))
        return any(map(self.lexicon.may_be_time, letters)) or (
            weight.raised and any(isinstance(i, Num) for i in weight.indices[-1:])
        )

    def _slopes(self, function: Name, arguments: tuple[Term, ...]) -> Iterator[tuple[Name, Occurrence]]:
        """The value and the derivatives of an open function, each with the argument whose time and shape it has."""
        found = [o for o in map(self.lexicon.occurrence, arguments) if o is not None]
        for number, argument in enumerate((*found[:1], *found)):
            yield slope_name(function, number), argument

    def _elsewhere(self, defined: Mapping[Name, list[Occurrence]]) -> Iterator[Occurrence]:
        """What the whole document mentions, but not ``W^{(t)}`` below a derivative where W has no time anywhere else."""
        nodes = [node for term in self.terms for _, node in walk_term(term)]
        below = [o for n in nodes if isinstance(n, Deriv) for o in outermost(n.denominator, self.lexicon)]
        everything = [o for term in self.terms for o in outermost(term, self.lexicon)]
        rest = list((Counter(everything) - Counter(below)).elements())
        indexed = {o.name for seen in (*defined.values(), rest) for o in seen if o.indices}
        yield from rest
        yield from (o for o in below if o.name in indexed)

    def _is_no_quantity(self, name: Name, seen: list[Occurrence]) -> bool:
        plain = not name.accent and not name.style and not name.suffix
        bare = all(not o.indices for o in seen)
        defined = any(d.name == name for d in self.found)
        if name.letter == "I" and plain and self._multiplies_states(name.letter):
            return False
        letters = self.lexicon.indices | {self.lexicon.horizon, "e", "I"}
        return (not defined and plain and bare and name.letter in letters) or name.style == "bb"

    def _multiplies_states(self, letter: str) -> bool:
        """Whether a letter stands beside a vector in a defining equation, where an identity matrix would say nothing."""
        products = [n for d in self.found for _, n in walk_term(d.body) if isinstance(n, Mul) and Sym(letter) in n.factors]
        return any(o.indices for product in products for f in product.factors for o in outermost(f, self.lexicon))

    # ---------------------------------------------------------------------------------------------------- guesses

    def timed(self, name: Name) -> bool:
        """Whether a quantity carries a time: one of its subscripts looks like one."""
        if name in self.classes:
            return any(o.indices for o in self.occurrences[name])
        if self._is_weight(name):
            return False
        seen = self.occurrences[name]
        single = [o.indices[0] for o in seen if len(o.indices) == 1]
        several = [i for o in seen if len(o.indices) > 1 for i in o.indices]
        if any(self.certainly_time(i) for i in single + several):
            return True
        if any(d.name == name and len(d.indices) == 1 and self.lexicon.may_be_time(d.indices[0]) for d in self.found):
            return True
        if name in self._by_component():
            return False
        return any(self._maybe_time(i) for i in single)

    def _is_weight(self, name: Name) -> bool:
        """Whether a capital that nothing defines stands without an index in a defining equation, and with none of time in any.

        ``W_t`` elsewhere is W as step t uses it, ``W_{11}`` an entry.
        """
        if not name.letter[:1].isupper() or any(d.name == name for d in self.found):
            return False
        used = [o for d in self.found for o in outermost(d.body, self.lexicon) if o.name == name]
        return any(not o.indices for o in used) and not any(self.certainly_time(i) for o in used for i in o.indices)

    def _by_component(self) -> set[Name]:
        """The quantities whose only subscript is one that counts components in the defining equation they stand in."""
        result = set()
        for definition in self.found:
            components = {i for i in definition.indices[1:] if isinstance(i, Sym)} | self._added_up(definition.body)
            for occurrence in outermost(definition.body, self.lexicon):
                if len(occurrence.indices) == 1 and occurrence.indices[0] in components:
                    result.add(occurrence.name)
        return result

    def _added_up(self, body: Term) -> set[Term]:
        """The indices of sums over all entries of something that has no step: ``\\sum_k y_k \\log p_k`` with p = softmax(z)."""
        stepless = {d.name for d in self.found if not d.indices}
        sums = [node for _, node in walk_term(body) if isinstance(node, Big) and node.upper is None]
        return {
            s.index for s in sums if any(o.name in stepless and o.indices == (s.index,) for o in outermost(s.body, self.lexicon))
        }

    def certainly_time(self, index: Term) -> bool:
        if isinstance(index, Add):
            return any(isinstance(unsigned(t), Num) for t in index.terms)
        return isinstance(index, Sym) and (index.name in ("t", "tau") and index.name in self.lexicon.times)

    def _maybe_time(self, index: Term) -> bool:
        if isinstance(index, Sym):
            return index.style != "component" and index.name in self.lexicon.times | {self.lexicon.horizon}
        return isinstance(index, Num)

    def guess(self) -> dict[str, int]:
        """A first rank for every quantity, by key."""
        result: dict[str, int] = {}
        scalar, added = self.in_numbers or self._is_scalar_network(), numbers(self.found, self.lexicon)
        slopes = dict(s for function, arguments in self.open_functions.items() for s in self._slopes(function, arguments))
        for name, seen in self.occurrences.items():
            for timed in self._variants(name):
                declared = self.shapes.get(quantity_key(name, timed))
                if declared is not None:
                    result[quantity_key(name, timed)] = len(declared)
                    continue
                if scalar or name in added or name in self.classes:
                    result[quantity_key(name, timed)] = 0 if scalar or name in added else 1
                    continue
                if name in slopes:
                    continue
                counts = [len(o.indices) - timed for o in seen if o.indices and (timed or not self.timed(name))]
                components = max([c for c in counts if c > 0], default=0)
                number = name in self.losses | self.binary
                if self._is_weight(name):  # ``W_{11}`` has one subscript
                    components = max(components, self._rank_by_letter(name, timed))
                result[quantity_key(name, timed)] = components or (0 if number else self._rank_by_letter(name, timed))
        for name, argument in slopes.items():
            function = next(
                f for f in self.open_functions if any(name == slope for slope, _ in self._slopes(f, self.open_functions[f]))
            )
            own = 0 if name == slope_name(function, 0) else self._rank_of(argument, result)
            result[quantity_key(name, self.timed(name))] = self._rank_of_values(function, result) + own
        return result

    def _rank_of_values(self, function: Name, ranks: Mapping[str, int]) -> int:
        """The rank of what an open function gives: that of what it defines, or is added to with a step size, else it is a number."""
        for definition in self.found:
            for call in _summands(definition.body):
                found = self.lexicon.called(call) if isinstance(call, Given) else None
                if found is not None and found.name == function:
                    return self._rank_of(Occurrence(definition.name, definition.indices), ranks)
        return 0

    def _rank_of(self, argument: Occurrence, ranks: Mapping[str, int]) -> int:
        """The rank of an argument of an open function, with a time or without one."""
        return next(
            (ranks[key] for timed in (bool(argument.indices), True, False) if (key := quantity_key(argument.name, timed)) in ranks),
            1,
        )

    def _is_scalar_network(self) -> bool:
        """Whether everything is a number: small letters multiply, and nothing that needs a vector occurs."""
        bodies = [d.body for d in self.found]
        nodes = [node for body in bodies for _, node in walk_term(body)]
        vectors = any(
            isinstance(n, (Transpose, Hadamard, Outer, Norm)) or (isinstance(n, Apply) and n.function in VECTOR_FUNCTIONS)
            for n in nodes
        )
        weights = [n for n in self.occurrences if (not self.timed(n) or self._is_of_layers(n)) and n not in self.losses]
        capital = any(name.letter[:1].isupper() for name in weights if name.letter not in LOSSES)
        vectors = vectors or any(self.shapes.values())
        products = any(isinstance(n, Mul) for n in nodes)
        components = any(map(self._has_components, self.occurrences.values()))
        return products and not vectors and not capital and not components

    def _is_of_layers(self, name: Name) -> bool:
        """Whether a letter of weights that nothing defines has numbers below, one for each layer: ``W_1``, ``W_2``."""
        numbers = all(len(o.indices) == 1 and isinstance(o.indices[0], Num) for o in self.occurrences[name])
        return name.letter in _WEIGHTS and numbers and all(d.name != name for d in self.found)

    def _has_components(self, seen: Sequence[Occurrence]) -> bool:
        """Whether a letter has an index beside another one, or never one that may be a step: ``q_i``, and not ``h_k`` beside ``h_t``."""
        single = [o.indices[0] for o in seen if len(o.indices) == 1]
        steps = [i for i in single if not isinstance(i, Sym) or self.lexicon.may_be_time(i)]
        return any(len(o.indices) > 1 for o in seen) or bool(single and not steps)

    def _variants(self, name: Name) -> list[bool]:
        """Untimed, timed, or both where a document defines a total and its value per step under one letter."""
        if not self.timed(name):
            return [False]
        total = any(d.name == name and not d.indices for d in self.found) or self._is_bias(name)
        alone = (o.indices[0] for o in self.occurrences[name] if len(o.indices) == 1)
        per_step = any(d.name == name and d.indices for d in self.found) or any(self._maybe_time(i) for i in alone)
        return [False, True] if total and per_step else [False] if total else [True]

    def _is_bias(self, name: Name) -> bool:
        """Whether the letter of a state is added without a step to a product with what has one, ``V h_t + c`` beside c_t: another c."""
        bodies = [d.body for d in self.found if d.indices and d.name != name]
        sums = [node for body in bodies for _, node in walk_term(body) if isinstance(node, Add)]
        beside = [total for total in sums if Occurrence(name, ()) in map(self.lexicon.occurrence, total.terms)]
        factors = (f for total in beside for term in total.terms if isinstance(term, Mul) for f in term.factors)
        stepped = any(o.indices for o in map(self.lexicon.occurrence, factors) if o is not None)
        return stepped and any(d.name == name and d.indices for d in self.found)

    def _rank_by_letter(self, name: Name, timed: bool) -> int:
        if timed and name.letter in ("L", "ell"):
            return 0
        if timed and self._is_of_layers(name):
            return 2
        if timed:
            return 2 if self.batch and name.letter[:1].isupper() and name.letter not in LOSSES - {"C"} else 1
        if name.letter in _SCALAR_GREEK or name.letter in ("L", "J", "ell") or name in _STEP_SIZES:
            return 0
        return 2 if name.letter[:1].isupper() else 1

    def time_range(self) -> tuple[int, int]:
        """The first time step, which may be declared, and how far the last one is from the horizon letter."""
        first, offset = self._seen_range()
        return (first if self.lexicon.first is None else self.lexicon.first), offset

    def _seen_range(self) -> tuple[int, int]:
        sums = [n for term in self.terms + [d.body for d in self.found] for _, n in walk_term(term)]
        ranges = [r for n in sums if isinstance(n, Big) and n.kind == "sum" for r in [self._range_of(n)] if r is not None]
        losses = [r for n in sums if isinstance(n, Big) and self._sums_loss(n) for r in [self._range_of(n)] if r is not None]
        stated = [r for d in self.found if not d.indices for _, n in walk_term(d.body) for r in self._ranges_in(n)]
        known = stated or losses or ranges
        begins = [] if stated else [first for d in self.found if not d.indices for first in self._begins(d.body)]
        if begins:  # a loss of so many steps says where they begin, and the claims how the last one is called
            return min(begins), max((offset for _, offset in known), default=0)
        if known:
            lowest, offset = min(lower for lower, _ in known), max(offset for _, offset in known)
            # What only claims say of the first step may be their mistake: an initial state says it, and no sequence begins at 2.
            given = min(self._after_initial_states(), default=min(lowest, 1))
            return (lowest if stated or losses else given), offset
        indices = [i for seen in self.occurrences.values() for o in seen for i in o.indices]
        return (0 if Neg(ONE) in indices or self._is_asked_for_at_zero() else 1), 0

    def _after_initial_states(self) -> Iterator[int]:
        """The steps after those at which a document gives the value of a state."""
        rules = {d.name for d in self.found if d.indices and not d.is_special(self.lexicon)}
        for definition in self.found:
            at = definition.indices[0] if definition.indices else None
            if definition.name in rules and isinstance(at, Num) and at.value <= 0:
                yield int(at.value) + 1

    def _is_asked_for_at_zero(self) -> bool:
        """Whether anything but a state, which has an initial value there, stands at step 0."""
        for seen in self.occurrences.values():
            indices = [i for o in seen for i in o.indices]
            state = any(isinstance(i, Add) and any(isinstance(t, Neg) for t in i.terms) for i in indices)
            if Num(Fraction(0)) in indices and not state:
                return True
        return False

    def _ranges_in(self, node: Term) -> list[tuple[int, int]]:
        found = self._range_of(node) if isinstance(node, Big) and node.kind == "sum" else None
        return [] if found is None else [found]

    def _begins(self, body: Term) -> Iterator[int]:
        """Where sums over steps begin that go from a number to a number."""
        for _, node in walk_term(body):
            match node:
                case Big("sum", index, Num(lower), Num()) if index is not None:
                    if self._sums_loss(node) or self.lexicon.may_be_time(index):
                        yield int(lower)

    def _sums_loss(self, big: Big) -> bool:
        occurrence = self.lexicon.occurrence(big.body)
        return occurrence is not None and len(occurrence.indices) == 1

    def _range_of(self, big: Big) -> tuple[int, int] | None:
        lower, upper = big.lower, big.upper
        if not isinstance(lower, Num) or upper is None:
            return None
        parts = terms_of(upper)
        if not any(self.lexicon.is_horizon(part) for part in parts):
            return None
        numbers = [(t, unsigned(t)) for t in parts]
        offset = sum(-n.value if isinstance(t, Neg) else n.value for t, n in numbers if isinstance(n, Num))
        return int(lower.value), int(offset)


def _summands(body: Term) -> Iterator[Term]:
    r"""What a formula is, or adds up, without the letters of numbers: x and f(x) of ``x + \eta f(x)``."""
    for term in terms_of(body) if isinstance(body, Add) else (body,):
        parts = [part for part in factors_of(unsigned(term)) if not _is_of_numbers(part)]
        yield from parts if len(parts) == 1 else ()


def _is_of_numbers(term: Term) -> bool:
    r"""Whether a formula is made of numbers and of small letters without scripts, or of the step size ``\Delta t``."""
    inside = [node for _, node in walk_term(term)]
    letters = (n.base if isinstance(n, Sub) and n.base == Sym("Delta") else n for n in inside)
    return all(isinstance(n, (Num, Mul, Frac)) or (isinstance(n, Sym) and not n.name.isupper()) for n in letters)
