"""The model of a document: which of its equations define the network, and the shapes that follow from them.

Ranks are first guessed from the letters (capital: matrix, small: vector, small Greek without a time: number), then
corrected until every defining equation has a meaning; the sizes of axes follow by unification.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from fractions import Fraction

from symrnn.choices import Choices, Inadmissible, explore
from symrnn.elaborate import FUNCTIONS, Elaborator, Variable
from symrnn.lexicon import Lexicon, Occurrence, build_lexicon, derivative_numerators
from symrnn.model import Model, Name, Quantity, quantity_key
from symrnn.operands import Labels
from symrnn.tensors import (
    Affine,
    Build,
    Const,
    Dot,
    Map,
    Over,
    Pick,
    Ref,
    Softmax,
    Sum,
    Tensor,
    rebuilt,
    size_of,
    substitute,
    walk,
)
from symrnn.terms import (
    Add,
    Apply,
    Big,
    Hadamard,
    Mark,
    Mul,
    Neg,
    Norm,
    Num,
    Outer,
    Relation,
    Sub,
    Sup,
    Sym,
    Term,
    Transpose,
    replace_at,
)
from symrnn.terms import walk as walk_term

_DEFINING = ("=", ":=")
_SCALAR_GREEK = frozenset(["alpha", "beta", "gamma", "epsilon", "varepsilon", "eta", "lambda", "mu", "kappa", "nu", "rho", "tau"])
_VECTOR_FUNCTIONS = (Sym("softmax"), Sym("diag"), Sym("tr"))
_LOSSES = ("L", "E", "J", "C")
_MOST_ATTEMPTS = 60


@dataclass(frozen=True)
class Definition:
    """One defining equation: where it stands, what it defines and by which term."""

    source: int
    name: Name
    indices: tuple[Term, ...]
    body: Term

    def is_special(self, lexicon: Lexicon) -> bool:
        """Whether it holds at one time only (``h_0 = 0``, ``delta_T = ...``)."""
        return bool(self.indices) and all(_fixed(i, lexicon) for i in self.indices)


@dataclass(frozen=True)
class Understanding:
    """A model with what it was made from.

    `defines` maps the position of a relation to the key that it defines; `renamed` those that define it only after a change of
    letter; `failed` holds defining equations without a meaning, with the reason.
    """

    model: Model
    lexicon: Lexicon
    defines: Mapping[int, str]
    renamed: Mapping[int, tuple[Name, Name]]
    failed: Mapping[int, str]


def understand(
    relations: Sequence[Relation | None], expressions: Iterable[Term] = (), base: Understanding | None = None
) -> Understanding:
    """Reads the model off the relations of a document, in order; `None` stands for one that was not read.

    With `base`, quantities that the document does not define itself are taken from that model.
    """
    extra = list(expressions)
    read = [r for r in relations if r is not None]
    lexicon = build_lexicon(read, extra)
    found = _candidates(relations, lexicon)
    functions = _functions(relations)
    terms = [side for r in read for side in (r.left, r.right)] + extra
    found = _with_total_loss(found, terms, lexicon)
    found, renamed = _exchange_letters(found, lexicon)
    return _Builder(lexicon, found, functions, terms).build(renamed, base)


# --------------------------------------------------------------------------------------------- finding definitions


def _fixed(index: Term, lexicon: Lexicon) -> bool:
    letters = {n.name for _, n in walk_term(index) if isinstance(n, Sym)}
    return letters <= {lexicon.horizon}


def _candidates(relations: Sequence[Relation | None], lexicon: Lexicon) -> list[Definition]:
    """The first equation for each quantity (and for each fixed time of it) that has it alone on its left."""
    result: list[Definition] = []
    seen: set[tuple[Name, bool, tuple[Term, ...] | None]] = set()
    for position, relation in enumerate(relations):
        if relation is None or relation.op not in _DEFINING:
            continue
        found = lexicon.occurrence(relation.left)
        if found is None or isinstance(relation.left, Mark) or not _introduces(found, relation, lexicon):
            continue
        special = bool(found.indices) and all(_fixed(i, lexicon) for i in found.indices)
        key = (found.name, bool(found.indices), found.indices if special else None)
        restated = special and (found.name, True, None) in seen
        if key not in seen and not (restated and not isinstance(relation.right, Num)):
            seen.add(key)
            result.append(Definition(position, found.name, found.indices, relation.right))
    general = {d.name for d in result if d.indices and not d.is_special(lexicon)}
    return [d if d.name in general else _for_every_time(d, lexicon) for d in result]


def _for_every_time(definition: Definition, lexicon: Lexicon) -> Definition:
    """``z_3 = V s_3``, if nothing defines z in general, stands for every time; an initial or final value does not."""
    times = {i for o in _outermost(definition.body, lexicon) for i in o.indices}
    if len(definition.indices) != 1 or not isinstance(definition.indices[0], Num) or times != set(definition.indices):
        return definition
    body = definition.body
    for path, node in list(walk_term(body)):
        if isinstance(node, (Sub, Sup)) and node.indices == definition.indices:
            body = replace_at(body, path, replace(node, indices=(Sym("t"),)))
    return replace(definition, indices=(Sym("t"),), body=body)


def _introduces(found: Occurrence, relation: Relation, lexicon: Lexicon) -> bool:
    """Whether an equation can define its left side: not an index, not an update of what stands on its right as well."""
    if not found.indices and found.name.letter in lexicon.indices and not found.name.accent:
        return False
    if isinstance(relation.right, Sym) and not found.indices and relation.right.name == found.name.letter:
        return False
    letters = [i for i in found.indices if isinstance(i, Sym)]
    if len({i.name for i in letters}) != len(letters):
        return False
    own = {n.name for i in found.indices for _, n in walk_term(i) if isinstance(n, Sym)}
    if not set(lexicon.free_letters(relation.right)) <= own:
        return False
    fixed = [i for i in found.indices if not isinstance(i, Sym)]
    if fixed and not all(_fixed(i, lexicon) for i in found.indices):
        return False
    return all(other.name != found.name or other.indices != found.indices for other in _outermost(relation.right, lexicon))


def _functions(relations: Sequence[Relation | None]) -> dict[str, tuple[Sym, Term]]:
    """The document's own functions of one letter, ``f(x) = ...``; well-known ones keep their meaning and are checked instead."""
    result: dict[str, tuple[Sym, Term]] = {}
    known = {*FUNCTIONS, "softmax", "diag", "tr", "trace", "Tr"}
    for relation in relations:
        if relation is None or relation.op not in _DEFINING or not isinstance(relation.left, Apply):
            continue
        function, argument = relation.left.function, relation.left.argument
        if isinstance(function, Sym) and isinstance(argument, Sym) and function.name not in known:
            result.setdefault(function.name, (argument, relation.right))
    return result


def _with_total_loss(found: list[Definition], terms: list[Term], lexicon: Lexicon) -> list[Definition]:
    """Adds the total loss where the document differentiates it but states it outside any equation, or only per step."""
    defined = {(d.name, bool(d.indices)) for d in found}
    wanted = _undefined_total(terms, defined, lexicon)
    if wanted is None:
        return found
    per_step = _loss_per_step(wanted, found)
    if per_step is None:
        return found
    stated = next((t for t in terms if _sums(t, per_step.name, lexicon)), None)
    letter = Sym("t")
    summand = Sub(Sym(per_step.name.letter, per_step.name.accent, per_step.name.style), (letter,))
    total = stated or Big("sum", letter, None, None, (), summand)
    return [*found, Definition(-1, wanted, (), total)]


def _undefined_total(terms: list[Term], defined: set[tuple[Name, bool]], lexicon: Lexicon) -> Name | None:
    for numerator in derivative_numerators(terms):
        occurrence = lexicon.occurrence(numerator)
        if occurrence is None or occurrence.indices or (occurrence.name, False) in defined:
            continue
        if (occurrence.name, True) in defined or occurrence.name.letter in _LOSSES:
            return occurrence.name
    return None


def _loss_per_step(total: Name, found: list[Definition]) -> Definition | None:
    same = [d for d in found if d.name == total and d.indices]
    losses = [d for d in found if d.indices and any(isinstance(n, Apply) and _is_log(n) for _, n in walk_term(d.body))]
    return next(iter(same + losses), None)


def _is_log(term: Apply) -> bool:
    return isinstance(term.function, Sym) and FUNCTIONS.get(term.function.name) == "log"


def _sums(term: Term, name: Name, lexicon: Lexicon) -> bool:
    """Whether a term is a sum (or a multiple of one) of nothing but a quantity over time."""
    while not isinstance(term, Big):
        factors = getattr(term, "factors", ())
        if not factors:
            return False
        term = factors[-1]
    occurrence = lexicon.occurrence(term.body)
    return occurrence is not None and occurrence.name == name and len(occurrence.indices) == 1


def _exchange_letters(found: list[Definition], lexicon: Lexicon) -> tuple[list[Definition], dict[int, tuple[Name, Name]]]:
    """Renames an output whose letter the loss uses for the target.

    A cross-entropy takes the logarithm of an output. Where it is that of something nothing defines, while the output
    itself stands outside the logarithm (or nowhere), the letter on the left of the output's definition is a slip.
    """
    defined = {d.name for d in found if not d.is_special(lexicon)}
    for loss in found:
        inside = _names_in_logs(loss.body, lexicon)
        free = [name for name in inside if name not in defined]
        if not free or any(name in defined for name in inside):
            continue
        for output in found:
            if _is_output(output) and output.name not in inside:
                new = replace(output, name=free[0])
                return [new if d is output else d for d in found], {output.source: (output.name, free[0])}
    return found, {}


def _names_in_logs(term: Term, lexicon: Lexicon) -> list[Name]:
    result = []
    for _, node in walk_term(term):
        if isinstance(node, Apply) and _is_log(node):
            occurrences = [lexicon.occurrence(inner) for _, inner in walk_term(node.argument)]
            result += [o.name for o in occurrences if o is not None and o.indices]
    return list(dict.fromkeys(result))


def _is_output(definition: Definition) -> bool:
    function = definition.body.function if isinstance(definition.body, Apply) else None
    return isinstance(function, Sym) and function.name in ("softmax", "sigma", "sigmoid", "logistic")


# ------------------------------------------------------------------------------------------------ building the model


class _Failure(Exception):
    """A defining equation without a meaning under the present guess of ranks."""

    def __init__(self, definition: Definition, reason: str, done: int, rank: int | None = None) -> None:
        super().__init__(reason)
        self.definition, self.reason, self.done, self.rank = definition, reason, done, rank


class _Rows(Exception):
    """The vectors of this document are rows, which changes what the products of two vectors mean."""


class _Builder:
    """Guesses ranks, elaborates the defining equations, unifies sizes and names them."""

    def __init__(
        self, lexicon: Lexicon, found: list[Definition], functions: dict[str, tuple[Sym, Term]], terms: list[Term]
    ) -> None:
        self.lexicon = lexicon
        self.found = found
        self.functions = functions
        self.terms = terms
        self.occurrences = self._occurrences()
        self.row_vectors = False

    def _occurrences(self) -> dict[Name, list[Occurrence]]:
        result: dict[Name, list[Occurrence]] = {}
        bodies = [d.body for d in self.found]
        parameters = {p.name for p, _ in self.functions.values()}
        for term in bodies:
            for occurrence in _outermost(term, self.lexicon):
                if occurrence.name.letter in parameters and not occurrence.indices:
                    continue
                result.setdefault(occurrence.name, []).append(occurrence)
        for definition in self.found:
            occurrence = Occurrence(definition.name, definition.indices)
            result.setdefault(definition.name, []).append(occurrence)
        everywhere = [o for term in self.terms for o in _outermost(term, self.lexicon)]
        for occurrence in everywhere:
            if occurrence.name in result:
                result[occurrence.name].append(occurrence)
        return {name: seen for name, seen in result.items() if not self._is_no_quantity(name, seen)}

    def _is_no_quantity(self, name: Name, seen: list[Occurrence]) -> bool:
        plain = not name.accent and not name.style and not name.suffix
        bare = all(not o.indices for o in seen)
        defined = any(d.name == name for d in self.found)
        letters = self.lexicon.indices | {self.lexicon.horizon, "e", "I"}
        return (not defined and plain and bare and name.letter in letters) or name.style == "bb"

    # ---------------------------------------------------------------------------------------------------- guesses

    def timed(self, name: Name) -> bool:
        """Whether a quantity carries a time: one of its subscripts looks like one."""
        seen = self.occurrences[name]
        single = [o.indices[0] for o in seen if len(o.indices) == 1]
        several = [i for o in seen if len(o.indices) > 1 for i in o.indices]
        if any(self._certainly_time(i) for i in single + several):
            return True
        if any(d.name == name and len(d.indices) == 1 for d in self.found):
            return True
        if name in self._by_component():
            return False
        return any(self._maybe_time(i) for i in single)

    def _by_component(self) -> set[Name]:
        """The quantities whose only subscript is one that counts components in the defining equation they stand in."""
        result = set()
        for definition in self.found:
            components = {i for i in definition.indices[1:] if isinstance(i, Sym)}
            for occurrence in _outermost(definition.body, self.lexicon):
                if len(occurrence.indices) == 1 and occurrence.indices[0] in components:
                    result.add(occurrence.name)
        return result

    def _certainly_time(self, index: Term) -> bool:
        if isinstance(index, Add):
            return any(isinstance(_positive(t), Num) for t in index.terms)
        return isinstance(index, Sym) and (index.name in ("t", "tau") and index.name in self.lexicon.times)

    def _maybe_time(self, index: Term) -> bool:
        if isinstance(index, Sym):
            return index.name in self.lexicon.times | {self.lexicon.horizon}
        return isinstance(index, Num)

    def guess(self) -> dict[str, int]:
        """A first rank for every quantity, by key."""
        result = {}
        scalar = self._is_scalar_network()
        for name, seen in self.occurrences.items():
            for timed in self._variants(name):
                if scalar:
                    result[quantity_key(name, timed)] = 0
                    continue
                counts = [len(o.indices) - timed for o in seen if o.indices]
                components = max([c for c in counts if c > 0], default=0)
                result[quantity_key(name, timed)] = components or self._rank_by_letter(name, timed)
        return result

    def _is_scalar_network(self) -> bool:
        """Whether everything is a number: small letters multiply, and nothing that needs a vector occurs."""
        bodies = [d.body for d in self.found]
        nodes = [node for body in bodies for _, node in walk_term(body)]
        vectors = any(
            isinstance(n, (Transpose, Hadamard, Outer, Norm)) or (isinstance(n, Apply) and n.function in _VECTOR_FUNCTIONS)
            for n in nodes
        )
        capital = any(name.letter[:1].isupper() and not self.timed(name) for name in self.occurrences if name.letter not in _LOSSES)
        products = any(isinstance(n, Mul) for n in nodes)
        components = any(len(o.indices) > 1 for seen in self.occurrences.values() for o in seen)
        return products and not vectors and not capital and not components

    def _variants(self, name: Name) -> list[bool]:
        """Untimed, timed, or both where a document defines a total and its value per step under one letter."""
        if not self.timed(name):
            return [False]
        total = any(d.name == name and not d.indices for d in self.found)
        per_step = any(d.name == name and d.indices for d in self.found) or any(len(o.indices) == 1 for o in self.occurrences[name])
        return [False, True] if total and per_step else [False] if total else [True]

    def _rank_by_letter(self, name: Name, timed: bool) -> int:
        if timed:
            return 1
        if name.letter in _SCALAR_GREEK or name.letter in ("L", "E", "J", "ell"):
            return 0
        return 2 if name.letter[:1].isupper() else 1

    # ------------------------------------------------------------------------------------------------------ search

    def build(self, renamed: dict[int, tuple[Name, Name]], base: Understanding | None) -> Understanding:
        """The model under the first guess of ranks that gives all defining equations a meaning."""
        ranks = self.guess()
        failed: dict[int, str] = {}
        for _ in range(_MOST_ATTEMPTS):
            try:
                return self._finish(ranks, renamed, failed, base)
            except _Rows:
                self.row_vectors, ranks = True, self.guess()
            except _Failure as failure:
                better = self._improved(ranks, failure)
                if better is None:
                    failed[failure.definition.source] = failure.reason
                    self.found = [d for d in self.found if d is not failure.definition]
                else:
                    ranks = better
        raise AssertionError("every attempt either fixes a rank or gives up an equation")

    def _improved(self, ranks: dict[str, int], failure: _Failure) -> dict[str, int] | None:
        """Ranks under which more equations have a meaning: that of the left side, or one of a free quantity."""
        if failure.rank is not None:
            return {**ranks, self._key(failure.definition): failure.rank}
        for key in self._free_keys(failure.definition, ranks):
            for rank in (2, 1, 0):
                if rank == ranks[key]:
                    continue
                changed = {**ranks, key: rank}
                try:
                    self._elaborated(changed, Labels())
                    return changed
                except _Failure as other:
                    if other.done > failure.done or (other.rank is not None and other.definition is failure.definition):
                        return changed
        return None

    def _free_keys(self, definition: Definition, ranks: dict[str, int]) -> list[str]:
        defined = {self._key(d) for d in self.found}
        names = dict.fromkeys(o.name for o in _outermost(definition.body, self.lexicon))
        keys = [quantity_key(n, timed) for n in names for timed in (False, True)]
        return [k for k in keys if k in ranks and k not in defined]

    def _key(self, definition: Definition) -> str:
        return quantity_key(definition.name, bool(definition.indices) and self.timed(definition.name))

    # -------------------------------------------------------------------------------------------------- elaboration

    def draft(self, ranks: Mapping[str, int], labels: Labels) -> Model:
        """A model in which every size is unknown and nothing is defined yet."""
        quantities = {}
        for name in self.occurrences:
            for timed in (False, True):
                key = quantity_key(name, timed)
                if key in ranks:
                    shape = tuple(labels.fresh() for _ in range(ranks[key]))
                    quantities[key] = Quantity(key, name, timed, shape)
        first, horizon_offset = self._time_range()
        return Model(
            quantities,
            first,
            self.lexicon.horizon,
            horizon_offset,
            index_letters=self.lexicon.indices,
            functions=self.functions,
            row_vectors=self.row_vectors,
        )

    def _time_range(self) -> tuple[int, int]:
        """The first time step, and how far the last one is from the horizon letter."""
        sums = [n for term in self.terms + [d.body for d in self.found] for _, n in walk_term(term)]
        ranges = [r for n in sums if isinstance(n, Big) and n.kind == "sum" for r in [self._range_of(n)] if r is not None]
        losses = [r for n in sums if isinstance(n, Big) and self._sums_loss(n) for r in [self._range_of(n)] if r is not None]
        stated = [r for d in self.found if not d.indices for _, n in walk_term(d.body) for r in self._ranges_in(n)]
        known = stated or losses or ranges
        if known:
            return min(lower for lower, _ in known), max(offset for _, offset in known)
        indices = [i for seen in self.occurrences.values() for o in seen for i in o.indices]
        return (0 if Neg(Num(Fraction(1))) in indices else 1), 0

    def _ranges_in(self, node: Term) -> list[tuple[int, int]]:
        found = self._range_of(node) if isinstance(node, Big) and node.kind == "sum" else None
        return [] if found is None else [found]

    def _sums_loss(self, big: Big) -> bool:
        occurrence = self.lexicon.occurrence(big.body)
        return occurrence is not None and len(occurrence.indices) == 1

    def _range_of(self, big: Big) -> tuple[int, int] | None:
        lower, upper = big.lower, big.upper
        if not isinstance(lower, Num) or upper is None:
            return None
        parts = upper.terms if isinstance(upper, Add) else (upper,)
        if Sym(self.lexicon.horizon) not in parts:
            return None
        numbers = [(t, _positive(t)) for t in parts]
        offset = sum(-n.value if isinstance(t, Neg) else n.value for t, n in numbers if isinstance(n, Num))
        return int(lower.value), int(offset)

    def _elaborated(self, ranks: Mapping[str, int], labels: Labels) -> tuple[Model, dict[int, Tensor], Labels]:
        draft = self.draft(ranks, labels)
        bodies: dict[int, Tensor] = {}
        for number, definition in enumerate(self.found):
            draft, body, labels = self._one(draft, definition, labels, number)
            bodies[definition.source] = body
        return draft, bodies, labels

    def _one(self, draft: Model, definition: Definition, labels: Labels, number: int) -> tuple[Model, Tensor, Labels]:
        """The tensor of one defining equation; sizes that it ties together are unified in the labels returned."""
        refusals: list[Inadmissible] = []
        sizes: dict[str, str] = {}

        def run(choices: Choices) -> tuple[Tensor, Labels, dict[str, str]]:
            own = deepcopy(labels)
            return (*self._body(draft, definition, choices, own, number), own, sizes)

        for result, _ in explore(run, _MOST_ATTEMPTS):
            if isinstance(result, Inadmissible):
                refusals.append(result)
                continue
            body, own, _ = result
            return draft, body, own
        raise _Failure(definition, refusals[0].reason, number)

    def _body(self, draft: Model, definition: Definition, choices: Choices, labels: Labels, number: int) -> tuple[Tensor]:
        quantity = draft.quantities[self._key(definition)]
        elaborator = Elaborator(replace(draft, sizes=self._size_letters(draft, labels)), self.lexicon, choices, labels)
        components = self._open_indices(elaborator, quantity, definition)
        operand = elaborator.concrete(definition.body)
        shape = quantity.shape[len(components) :]
        if len(operand.tensor.shape) != len(shape) and not operand.number:
            raise _Failure(definition, "rank", number, len(operand.tensor.shape) + len(components))
        tensor = elaborator.combine.broadcast(operand, shape, f"the definition of {quantity.text}")
        for variable, label in reversed(list(zip(components, quantity.shape, strict=False))):
            tensor = Build(variable, label, tensor)
        return (elaborator.resolver()(tensor),)

    def _open_indices(self, elaborator: Elaborator, quantity: Quantity, definition: Definition) -> list[str]:
        """Declares the indices on the left of a definition; the names of those that count components."""
        indices = list(definition.indices)
        if quantity.timed and indices and not definition.is_special(self.lexicon):
            time = next((i for i in indices if self._certainly_time(i)), indices[0])
            indices.remove(time)
            letter = next(n.name for _, n in walk_term(time) if isinstance(n, Sym))
            elaborator.declare(letter, Variable("t", letter, "time"))
        elif quantity.timed and indices:
            indices = indices[1:]
        components = []
        for index, label in zip(indices, quantity.shape, strict=False):
            if isinstance(index, Sym):
                elaborator.declare(index.name, Variable(index.name, index.name, "component", label))
                components.append(index.name)
        return components

    def _size_letters(self, draft: Model, labels: Labels) -> dict[str, str]:
        """Letters that bound sums over components, each with the axis that the summation index runs over."""
        result: dict[str, str] = {}
        for definition in self.found:
            for _, node in walk_term(definition.body):
                if isinstance(node, Big) and isinstance(node.upper, Sym) and node.upper.name not in self._time_letters():
                    label = self._axis_of(node, draft)
                    if label is not None:
                        result.setdefault(node.upper.name, labels.find(label))
        return result

    def _time_letters(self) -> frozenset[str]:
        return self.lexicon.times | {self.lexicon.horizon}

    def _axis_of(self, big: Big, draft: Model) -> str | None:
        """The axis on which a summation index stands as a component."""
        letter = big.index
        for occurrence in _outermost(big.body, self.lexicon):
            if letter not in occurrence.indices:
                continue
            for timed, quantity in draft.named(occurrence.name).items():
                place = occurrence.indices.index(letter) - (timed and len(occurrence.indices) > len(quantity.shape))
                if 0 <= place < len(quantity.shape):
                    return quantity.shape[place]
        return None

    # ------------------------------------------------------------------------------------------------------- finish

    def _finish(
        self,
        ranks: dict[str, int],
        renamed: dict[int, tuple[Name, Name]],
        failed: dict[int, str],
        base: Understanding | None,
    ) -> Understanding:
        draft, bodies, labels = self._elaborated(ranks, Labels())
        bodies = {source: _recognised(body) for source, body in bodies.items()}
        raw = {d.source: bodies[d.source] for d in self.found}
        if self._rows(raw) and not self.row_vectors:
            raise _Rows
        names = self._named_labels(draft, raw, labels)
        relabel = _relabeller({label: names[labels.find(label)] for label in _all_labels(draft, raw)}, labels, names)
        quantities = {key: replace(q, shape=tuple(names[labels.find(x)] for x in q.shape)) for key, q in draft.quantities.items()}
        defines = {}
        for definition in self.found:
            key = self._key(definition)
            tensor = relabel(bodies[definition.source])
            defines[definition.source] = key
            quantities[key] = self._defined(quantities[key], definition, tensor)
        quantities = _shared(_with_free_start(_with_recurrence(quantities), draft.first))
        sizes = {letter: names[labels.find(label)] for letter, label in self._size_letters(draft, labels).items()}
        model = replace(
            draft,
            quantities=quantities,
            time_letters=self._definition_times(),
            sizes={**self._document_sizes(quantities), **sizes},
        )
        if base is not None:
            model = _completed(model, base.model, self.lexicon)
        return Understanding(model, self.lexicon, defines, renamed, failed)

    def _definition_times(self) -> frozenset[str]:
        """The letters that count time in the definitions: they never count anything else."""
        letters = set()
        for definition in self.found:
            if definition.indices and self.timed(definition.name):
                time = next((i for i in definition.indices if self._certainly_time(i)), definition.indices[0])
                letters |= {n.name for _, n in walk_term(time) if isinstance(n, Sym)}
        return frozenset(letters - self.lexicon.components)

    def _defined(self, quantity: Quantity, definition: Definition, tensor: Tensor) -> Quantity:
        if definition.is_special(self.lexicon) and quantity.timed:
            time = Elaborator(Model({}, horizon=self.lexicon.horizon), self.lexicon, Choices((), {})).index(definition.indices[0])
            return replace(quantity, special=(*quantity.special, (time, tensor)))
        return replace(quantity, definition=tensor)

    def _document_sizes(self, quantities: Mapping[str, Quantity]) -> dict[str, str]:
        """Size letters from sums over components anywhere in the document."""
        draft = Model(quantities)
        result: dict[str, str] = {}
        for term in self.terms:
            for _, node in walk_term(term):
                if isinstance(node, Big) and isinstance(node.upper, Sym) and node.upper.name.isupper():
                    if node.upper.name in self._time_letters():
                        continue
                    label = self._axis_of(node, draft)
                    if label is not None:
                        result.setdefault(node.upper.name, label)
        return result

    def _rows(self, raw: Mapping[int, Tensor]) -> bool:
        """Whether the definitions multiply vectors from the left of matrices (all vectors are rows)."""
        products = [n for body in raw.values() for n in walk(body) if isinstance(n, Dot) and n.axes == 1]
        rows = sum(len(n.left.shape) == 1 and len(n.right.shape) == 2 for n in products)
        columns = sum(len(n.left.shape) == 2 and len(n.right.shape) == 1 for n in products)
        return rows > columns

    def _named_labels(self, draft: Model, raw: Mapping[int, Tensor], labels: Labels) -> dict[str, str]:
        """Names for the unified sizes: hidden, classes, input, then numbered ones."""
        names: dict[str, str] = {}

        def give(label: str, name: str) -> None:
            root = labels.find(label)
            if root not in names:
                taken = sum(1 for n in names.values() if n.rstrip("0123456789") == name)
                names[root] = name if not taken else f"{name}{taken + 1}"

        for body in raw.values():
            for node in walk(body):
                if isinstance(node, Ref) and node.time is not None and node.time == Affine.of("t", -1):
                    for label in node.shape:
                        give(label, "hidden")
        for body in raw.values():
            for node in walk(body):
                if isinstance(node, Softmax) or (isinstance(node, Map) and node.function == "log"):
                    for label in _axes_inside(node):
                        give(label, "classes")
        defined = {self._key(d) for d in self.found}
        for key, quantity in draft.quantities.items():
            for label in quantity.shape:
                if quantity.timed and key not in defined:
                    give(label, "input")
        for label in _all_labels(draft, raw):
            give(label, "size")
        return names


def _axes_inside(node: Tensor) -> Iterator[str]:
    """The axes of a vector operand, or of the vector that a scalar operand is a component of."""
    yield from node.shape
    for inner in walk(node):
        if isinstance(inner, Pick) and isinstance(inner.argument, Ref):
            yield from inner.argument.shape


def _positive(term: Term) -> Term:
    return term.term if isinstance(term, Neg) else term


def _outermost(term: Term, lexicon: Lexicon) -> Iterator[Occurrence]:
    """Every quantity that a term mentions, once for each place, without the letters of its subscripts."""
    if isinstance(term, Apply):
        yield from _outermost(term.argument, lexicon)
        return
    if isinstance(term, Big):
        yield from _outermost(term.body, lexicon)
        return
    occurrence = lexicon.occurrence(term)
    if occurrence is not None:
        yield occurrence
        return
    if isinstance(term, (Sub, Sup)):
        yield from _outermost(term.base, lexicon)
        return
    for field in type(term).__dataclass_fields__:
        yield from _outermost_in(getattr(term, field), lexicon)


def _outermost_in(value: object, lexicon: Lexicon) -> Iterator[Occurrence]:
    if isinstance(value, Term):
        yield from _outermost(value, lexicon)
    elif isinstance(value, tuple):
        for item in value:
            yield from _outermost_in(item, lexicon)


def _all_labels(draft: Model, raw: Mapping[int, Tensor]) -> list[str]:
    labels = [label for q in draft.quantities.values() for label in q.shape]
    labels += [label for body in raw.values() for node in walk(body) for label in node.shape]
    return list(dict.fromkeys(labels))


def _relabeller(mapping: Mapping[str, str], labels: Labels, names: Mapping[str, str]):  # type: ignore[no-untyped-def]
    named = deepcopy(labels)
    for label, name in mapping.items():
        named.unify(label, name)
    return Elaborator(Model({}), build_lexicon([], []), Choices((), {}), named).resolver()


def _recognised(tensor: Tensor) -> Tensor:
    """Writes exp(z_k) / sum_j exp(z_j), for all k, as softmax(z)."""
    tensor = rebuilt(tensor, _recognised)
    if not isinstance(tensor, Build) or not isinstance(tensor.body, (Over, Dot)):
        return tensor
    quotient = _quotient(tensor.body)
    if quotient is None:
        return tensor
    top, bottom = quotient
    if not isinstance(top, Map) or top.function != "exp" or not isinstance(bottom, Sum) or bottom.conditions:
        return tensor
    index = Affine.of(bottom.variable)
    whole = (bottom.lower, bottom.upper) == (Affine((), 1), size_of(tensor.label))
    if not whole or substitute(top, {tensor.variable: index}) is not bottom.body:
        return tensor
    argument = top.argument
    if isinstance(argument, Pick) and argument.indices == (Affine.of(tensor.variable),):
        return Softmax(argument.argument)
    return Softmax(Build(tensor.variable, tensor.label, argument))


def _quotient(tensor: Tensor) -> tuple[Tensor, Tensor] | None:
    """Numerator and denominator of a quotient of scalars, as the elaborator writes it."""
    if isinstance(tensor, Over):
        return tensor.left, tensor.right
    if isinstance(tensor, Dot) and isinstance(tensor.left, Over) and tensor.axes == 0:
        return tensor.right, tensor.left.right
    return None


def _with_recurrence(quantities: dict[str, Quantity]) -> dict[str, Quantity]:
    """Marks the states: quantities on a cycle of definitions that are asked for at another time."""
    shifts: dict[str, set[tuple[str, int]]] = {
        key: {
            (n.quantity, n.time.constant)
            for n in walk(q.definition)
            if isinstance(n, Ref) and n.time is not None and n.time.names() == {"t"}
        }
        for key, q in quantities.items()
        if q.definition is not None
    }
    result = dict(quantities)
    for key, uses in shifts.items():
        for used, shift in uses:
            if shift and used in shifts and key in _reachable(used, shifts):
                old = result[used].recurrence
                result[used] = replace(result[used], recurrence=min(old, shift) if shift < 0 else max(old, shift))
    return result


def _with_free_start(quantities: dict[str, Quantity], first: int) -> dict[str, Quantity]:
    """Leaves the initial state free where a document says that it is zero: that is a hypothesis, and verdicts name it."""

    def is_zero_start(quantity: Quantity, at: Affine, value: Tensor) -> bool:
        zero = isinstance(value, Dot) and isinstance(value.left, Const) and value.left.value == 0
        return quantity.recurrence < 0 and not at.names() and at.constant < first and zero

    return {
        key: replace(q, special=tuple((at, v) for at, v in q.special if not is_zero_start(q, at, v)))
        for key, q in quantities.items()
    }


def _reachable(start: str, shifts: Mapping[str, set[tuple[str, int]]]) -> set[str]:
    seen, stack = {start}, [start]
    while stack:
        for used, _ in shifts.get(stack.pop(), ()):
            if used not in seen:
                seen.add(used)
                stack.append(used)
    return seen


def _shared(quantities: dict[str, Quantity]) -> dict[str, Quantity]:
    """Uses a quantity wherever its defining expression stands inside another definition.

    Notes define ``y_t = softmax(V h_t)`` first and ``z_t = V h_t`` later; only then does the derivative of y by z mean something.
    """
    result = dict(quantities)
    for key, quantity in quantities.items():
        body = quantity.definition
        if body is None or isinstance(body, Ref) or not body.shape or not quantity.timed:
            continue
        named = Ref(key, Affine.of("t"), quantity.shape)
        for other, target in result.items():
            if other == key or target.definition is None:
                continue
            if target.definition is body and list(quantities).index(other) < list(quantities).index(key):
                continue
            replaced = _replace(target.definition, body, named)
            if replaced is not target.definition and key not in _uses_now(result, key, other):
                result[other] = replace(target, definition=replaced)
    return result


def _uses_now(quantities: Mapping[str, Quantity], key: str, other: str) -> set[str]:
    """{key} when replacing inside `other` would make `key` depend on itself at one time."""
    seen, stack = set(), [key]
    while stack:
        definition = quantities[stack.pop()].definition
        for node in walk(definition) if definition is not None else ():
            if isinstance(node, Ref) and node.time == Affine.of("t") and node.quantity not in seen:
                seen.add(node.quantity)
                stack.append(node.quantity)
    return {key} if other in seen else set()


def _replace(node: Tensor, old: Tensor, new: Tensor) -> Tensor:
    if node is old:
        return new
    return rebuilt(node, lambda child: _replace(child, old, new))


def _completed(model: Model, base: Model, lexicon: Lexicon) -> Model:
    """The model with what it lacks taken from a named one."""
    missing = {
        key: q for key, q in base.quantities.items() if key not in model.quantities or model.quantities[key].definition is None
    }
    return replace(
        model,
        quantities={**model.quantities, **missing},
        sizes={**base.sizes, **model.sizes},
        index_letters=model.index_letters | base.index_letters,
        first=base.first,
        horizon=base.horizon,
        horizon_offset=base.horizon_offset,
    )
