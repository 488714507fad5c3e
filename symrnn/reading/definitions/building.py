"""The model that follows from the defining equations: ranks are corrected until all have a meaning, sizes unify."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace

from symrnn.language import questions
from symrnn.language.budget import TooLarge, limited
from symrnn.language.choices import Choices, Inadmissible, Opaque, explore
from symrnn.language.errors import incident
from symrnn.language.model import Model, Name, Quantity, quantity_key
from symrnn.language.parts import letters_in, unsigned
from symrnn.language.tensors import (
    JOIN,
    SINGLE,
    Affine,
    Build,
    Dot,
    Map,
    Pick,
    Ref,
    Shape,
    Softmax,
    Tensor,
    mentioned,
    parts_of,
    sized_axis,
    walk,
)
from symrnn.language.terms import Add, Apply, Big, Deriv, Given, Mul, Sym, Term
from symrnn.language.terms import walk as walk_term
from symrnn.notation.said import Part, Told, name_typed, said
from symrnn.reading.definitions.doubts import Doubt
from symrnn.reading.definitions.finding import DefiningEquation
from symrnn.reading.definitions.guesses import Guesses
from symrnn.reading.definitions.measures import Measure
from symrnn.reading.definitions.mentions import outermost
from symrnn.reading.definitions.refining import (
    circular,
    completed,
    recognised,
    with_free_start,
    with_recurrence,
    with_shared_expressions,
)
from symrnn.reading.definitions.unknowns import is_example, is_open_loss
from symrnn.reading.elaborate import SOME_STEP, Elaborator, Variable, concrete, elaborating, index_of
from symrnn.reading.elaborate.operand import Labels
from symrnn.reading.lexicon import Lexicon

_LOGARITHMS = (Sym("log"), Sym("ln"))
_MOST_READINGS = 60
#: How often the ranks may change for the sake of one definition.
_MOST_TRIES = 6
_DEFINITION_BUDGET = 2_000_000
_ADDED = "a number is added to a vector in it; state the shapes"


@dataclass(frozen=True)
class Understanding:
    """A model with what it was made from.

    `defines` maps the position of a relation to the key that it defines; `renamed` those that define it only after a change of
    letter; `failed` holds defining equations without a meaning, with the reason, `given_up` the names that they would define.
    """

    model: Model
    lexicon: Lexicon
    defines: dict[int, str]
    renamed: Mapping[int, tuple[Name, Name]]
    failed: Mapping[int, Told]
    given_up: tuple[Name, ...] = ()
    #: Declared spaces that the defining equations contradict: the position of the declaration, and what is against it.
    contradicted: Mapping[int, Told] = field(default_factory=dict)
    #: What the failed equations would define: the position of each, and the key.
    refused: dict[int, str] = field(default_factory=dict)
    #: The equations that suppose something of a quantity, by their positions.
    supposed: Mapping[int, Name] = field(default_factory=dict)
    #: The losses that the document only names, each read as one example: nothing is refuted by it.
    examples: frozenset[str] = frozenset()
    #: The losses that no equation gives, and that the text names: cross-entropies.
    named_losses: frozenset[Name] = frozenset()
    #: What the losses may be that are only the name of a measure.
    measures: tuple[Measure, ...] = ()
    #: The quantities that an open function gives.
    abstract: tuple[Name, ...] = ()
    #: The positions of what gives a quantity a value at one step, beside its equation or without one.
    values: frozenset[int] = frozenset()
    #: The equations after which some quantities may be others than their definitions say, by their positions.
    doubts: Mapping[int, Doubt] = field(default_factory=dict)
    #: The equations that say what a name with several steps is short for, by their positions.
    abbreviated: frozenset[int] = frozenset()


class _Failure(Exception):
    """A defining equation without a meaning under the present guess of ranks.

    `rank` is the one that its left side would have; `mendable` says whether other ranks may give it a meaning. With `numbers` it has
    one, but a better one if one of these letters is a number.
    """

    def __init__(
        self,
        definition: DefiningEquation,
        reason: Told,
        done: int,
        rank: int | None = None,
        mendable: bool = True,
        numbers: tuple[Name, ...] = (),
    ) -> None:
        super().__init__(reason)
        self.definition, self.reason, self.done, self.rank = definition, reason, done, rank
        self.mendable, self.numbers = mendable, numbers


class _NoStep(Inadmissible):
    """A formula without a time of what has one at every step, ``z = A x``: no other ranks give it one."""


class _Rows(Exception):
    """The vectors of this document are rows, which changes what the products of two vectors mean."""


class Builder:
    """Tries guesses of ranks, elaborates the defining equations, unifies sizes and names them."""

    def __init__(self, guesses: Guesses) -> None:
        self.guesses = guesses
        self.lexicon = guesses.lexicon
        self.row_vectors = bool(guesses.batch) and guesses.rows

    # ------------------------------------------------------------------------------------------------------ search

    def build(
        self, renamed: dict[int, tuple[Name, Name]], base: Understanding | None, short: Sequence[DefiningEquation] = ()
    ) -> Understanding:
        """The model under the first guess of ranks that gives all defining equations a meaning; `short` are for what they abbreviate."""
        ranks = self.guesses.guess()
        failed: dict[int, Told] = {}
        self.given_up: list[Name] = []
        self.refused: dict[int, str] = {}
        self.short: dict[int, DefiningEquation] = {d.source: d for d in self.guesses.found if self._is_short(d)}
        self.short |= {d.source: d for d in short}
        self.guesses.found = [d for d in self.guesses.found if d.source not in self.short]
        self.resorted: set[DefiningEquation] = set()
        tries: Counter[int] = Counter()
        untouched: dict[int, dict[str, int]] = {}
        while True:  # every failure is one more try of a definition, of which each has few, or gives one up
            try:
                return self._finish(ranks, renamed, failed, base)
            except _Rows:
                self.row_vectors, ranks = True, self.guesses.guess()
            except _Failure as failure:
                source = failure.definition.source
                tries[source] += 1
                untouched.setdefault(source, ranks)
                mendable = failure.mendable and not self.guesses.in_numbers and tries[source] <= _MOST_TRIES
                better = self._improved(ranks, failure) if mendable else None
                if better is None and failure.numbers and failure.definition not in self.resorted:
                    self.resorted.add(failure.definition)
                elif better is None:
                    if failure.definition.abbreviates(self.lexicon) is not None:
                        self.short[source] = failure.definition
                    else:
                        failed[source] = failure.reason
                        self.refused[source] = self._key(failure.definition)
                        self.given_up += [] if self._is_of_another(failure.definition) else [failure.definition.name]
                    self.guesses.found = [d for d in self.guesses.found if d is not failure.definition]
                    ranks = untouched[source]  # what was tried for its sake says nothing of the others
                ranks = better or ranks

    def _is_of_another(self, definition: DefiningEquation) -> bool:
        """Whether ``y = W x``, without a step, is about another y than the data y_t, with which a loss compares what is computed."""
        if definition.indices:
            return False
        computed = {d.name for d in self.guesses.found if d.indices} - {definition.name}
        users = [(d, {o.name for o in outermost(d.body, self.lexicon) if o.indices}) for d in self.guesses.found]
        uses = [(d, names) for d, names in users if definition.name in names]
        return bool(uses) and all(d.name in self.guesses.losses and names & computed for d, names in uses)

    def _is_short(self, definition: DefiningEquation) -> bool:
        """Whether a name is short for a derivative with two steps, and can be nothing else: none of its letters counts components."""
        counted = {i.name for i in definition.indices if isinstance(i, Sym)} <= self.lexicon.times - self.lexicon.components
        return definition.abbreviates(self.lexicon) is not None and (
            (counted and len(definition.indices) > 1) or definition.leaves_out_a_step(self.lexicon)
        )

    def _improved(self, ranks: dict[str, int], failure: _Failure) -> dict[str, int] | None:
        """Ranks under which more equations have a meaning: that of the left side, or one of a free quantity."""
        if failure.rank is not None:
            key = self._key(failure.definition)
            ruled = failure.definition.is_special(self.lexicon) and any(
                d.name == failure.definition.name and not d.is_special(self.lexicon) for d in self.guesses.found
            )  # the value at one step, ``J_0 = a``, says nothing of what a rule makes at every step
            return None if key in self.guesses.shapes or ruled else {**ranks, key: failure.rank}
        keys = self._free_keys(failure.definition, ranks)
        numbers = {quantity_key(name, timed) for name in failure.numbers for timed in (False, True)}
        others = [(key, 0) for key in keys if key in numbers] if numbers else [(key, rank) for key in keys for rank in (2, 1, 0)]
        for key, rank in others:
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

    def _free_keys(self, definition: DefiningEquation, ranks: dict[str, int]) -> list[str]:
        defined = {self._key(d) for d in self.guesses.found}
        names = dict.fromkeys(o.name for o in outermost(definition.body, self.lexicon))
        keys = [quantity_key(n, timed) for n in names for timed in (False, True)]
        classes = {quantity_key(name, timed) for name in self.guesses.classes for timed in (False, True)}
        return [k for k in keys if k in ranks and k not in defined | classes | self.guesses.shapes.keys()]

    def _key(self, definition: DefiningEquation) -> str:
        return quantity_key(definition.name, bool(definition.indices) and self.guesses.timed(definition.name))

    # -------------------------------------------------------------------------------------------------- elaboration

    def draft(self, ranks: Mapping[str, int], labels: Labels) -> Model:
        """A model in which every size is unknown and nothing is defined yet."""
        quantities = {}
        short = {d.name: found for d in self.short.values() if (found := d.abbreviates(self.lexicon)) is not None}
        for name in (n for n in self.guesses.occurrences if n not in short):
            for timed in (False, True):
                key = quantity_key(name, timed)
                if key in ranks:
                    shape = self.guesses.shapes.get(key) or self._fresh_shape(ranks[key], timed, labels)
                    quantities[key] = Quantity(key, name, timed, shape)
                    is_class, is_slope = name in self.guesses.classes, "'" in name.suffix
                    quantities[key] = replace(quantities[key], one_hot=is_class, slope=is_slope)
        first, horizon_offset = self.guesses.time_range()
        return Model(
            quantities,
            first,
            self.lexicon.horizon,
            horizon_offset,
            index_letters=self.lexicon.indices,
            functions=self.guesses.functions,
            calls=self.guesses.open_functions,
            abbreviations=short,
            row_vectors=self.row_vectors,
            batch=self.guesses.batch,
        )

    def _fresh_shape(self, rank: int, timed: bool, labels: Labels) -> Shape:
        """Axes of unknown sizes; a matrix that changes with time has the examples of the batch along one of them."""
        fresh, batch = tuple(labels.fresh() for _ in range(rank)), self.guesses.batch
        if not (timed and rank == 2 and batch):
            return fresh
        return (batch, fresh[1]) if self.guesses.rows else (fresh[0], batch)

    def _elaborated(self, ranks: Mapping[str, int], labels: Labels) -> tuple[Model, dict[DefiningEquation, Tensor], Labels]:
        draft = self.draft(ranks, labels)
        bodies: dict[DefiningEquation, Tensor] = {}
        for number, definition in enumerate(self.guesses.found):
            draft, body, labels = self._one(draft, definition, labels, number)
            bodies[definition] = body
        return draft, bodies, labels

    def _one(self, draft: Model, definition: DefiningEquation, labels: Labels, number: int) -> tuple[Model, Tensor, Labels]:
        """The tensor of one defining equation; sizes that it ties together are unified in the labels returned."""
        refusals: list[Inadmissible] = []
        sizes: dict[str, str] = {}

        def run(choices: Choices) -> tuple[Tensor, Labels, dict[str, str]]:
            own = deepcopy(labels)
            return (*self._body(draft, definition, choices, own, number), own, sizes)

        try:
            with limited(_DEFINITION_BUDGET):
                for result, _ in explore(run, _MOST_READINGS):
                    if isinstance(result, Inadmissible):
                        refusals.append(result)
                        continue
                    body, own, _ = result
                    return draft, body, own
        except _Failure:
            raise
        except Exception as error:
            reason = str(error) if isinstance(error, TooLarge) else incident(error)
            raise _Failure(definition, reason, number, mendable=False) from error
        mendable = not any(isinstance(refusal, (_NoStep, Opaque)) for refusal in refusals)
        raise _Failure(definition, refusals[0].reason, number, mendable=mendable)

    def _body(self, draft: Model, definition: DefiningEquation, choices: Choices, labels: Labels, number: int) -> tuple[Tensor]:
        quantity = draft.quantities[self._key(definition)]
        elaborator = elaborating(replace(draft, sizes=self._size_letters(draft, labels)), self.lexicon, choices, labels)
        components = self._open_indices(elaborator, quantity, definition)
        operand = concrete(elaborator, definition.body)
        shape = quantity.shape[len(components) :]
        if choices.answers().get(questions.ADDED_SCALAR) and definition not in self.resorted:
            raise _Failure(definition, "a number is added to a vector", number, numbers=self._terms_of_sums(definition))
        if definition.name in self.guesses.losses and not shape and operand.rank:
            if definition not in self.resorted:
                letters = tuple(o.name for o in outermost(definition.body, self.lexicon))
                raise _Failure(definition, "a loss is a number", number, numbers=letters)
            operand = elaborator.combine.added_up(operand)
        if len(operand.tensor.shape) != len(shape) and not operand.number:
            if self._is_gated(definition) and questions.SIDE_BY_SIDE in choices.answers():
                raise Inadmissible(said("a gate beside a state as one number, where ", name_typed(quantity.name), " is a vector"))
            sides = f"its left side has {len(shape)} axes and its right side {len(operand.tensor.shape)}"
            raise _Failure(definition, sides, number, len(operand.tensor.shape) + len(components))
        tensor = elaborator.combine.broadcast(operand, shape, f"the definition of {quantity.text}")
        if SOME_STEP in tensor.free:
            raise _NoStep("it does not say at which time step")
        for variable, label in reversed(list(zip(components, quantity.shape, strict=False))):
            tensor = Build(variable, label, tensor)
        bound = {"t", draft.horizon} if quantity.timed and not definition.is_special(self.lexicon) else {draft.horizon}
        loose: list[Part] = [n for n in sorted(tensor.free - bound) if not sized_axis(n)]
        loose += [name_typed(quantity.name) for quantity in elaborator.unknown.values()]
        if loose:
            raise Inadmissible(said("it does not say what ", loose[0], " is"))
        return (labels.put_into(tensor, {}),)

    def _is_gated(self, definition: DefiningEquation) -> bool:
        """Whether the products of an equation are of gates and states, ``f_t c_{t-1}``, which are elementwise; a loss has none."""
        nodes = [node for _, node in walk_term(definition.body)]
        if any(isinstance(node, Apply) and node.function in _LOGARITHMS for node in nodes):
            return False
        products = [node.factors for node in nodes if isinstance(node, Mul)]
        return any(sum(any(o.indices for o in outermost(f, self.lexicon)) for f in factors) > 1 for factors in products)

    def _terms_of_sums(self, definition: DefiningEquation) -> tuple[Name, ...]:
        """The letters that stand alone in a sum."""
        sums = [node for _, node in walk_term(definition.body) if isinstance(node, Add)]
        found = [self.lexicon.occurrence(unsigned(term)) for total in sums for term in total.terms]
        return tuple(o.name for o in found if o is not None)

    def _open_indices(self, elaborator: Elaborator, quantity: Quantity, definition: DefiningEquation) -> list[str]:
        """Declares the indices on the left of a definition; the names of those that count components."""
        indices = list(definition.indices)
        if quantity.timed and indices and not definition.is_special(self.lexicon):
            time = next((i for i in indices if self.guesses.certainly_time(i)), indices[0])
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
        result = {letter: labels.find(label) for letter, label in self.guesses.sizes.items()}
        for definition in self.guesses.found:
            for _, node in walk_term(definition.body):
                if isinstance(node, Big) and isinstance(node.upper, Sym) and node.upper.name not in self._time_letters():
                    for label in _simplest(map(labels.find, self._axes_of(node, draft))):
                        result.setdefault(node.upper.name, label)
        return result

    def _time_letters(self) -> frozenset[str]:
        return self.lexicon.times | {self.lexicon.horizon}

    def _axes_of(self, big: Big, draft: Model) -> Iterator[str]:
        """The axes on which a summation index stands as a component."""
        letter = big.index
        for occurrence in outermost(big.body, self.lexicon):
            if letter not in occurrence.indices:
                continue
            for timed, quantity in draft.named(occurrence.name).items():
                components = list(occurrence.indices)
                if timed and len(components) > len(quantity.shape):
                    usual = components[-1] if occurrence.raised else components[0]
                    components.remove(next((i for i in components if self.guesses.certainly_time(i)), usual))
                if letter in components[: len(quantity.shape)]:
                    yield quantity.shape[components.index(letter)]

    # ------------------------------------------------------------------------------------------------------- finish

    def _finish(
        self,
        ranks: dict[str, int],
        renamed: dict[int, tuple[Name, Name]],
        failed: dict[int, Told],
        base: Understanding | None,
    ) -> Understanding:
        """The understanding of a document under a guess of ranks. Raises _Failure where a definition has no meaning under it."""
        draft, raw, labels = self._elaborated(ranks, Labels())
        bodies = {definition: recognised(body) for definition, body in raw.items()}
        if not self.guesses.batch and self._rows(bodies) and not self.row_vectors:
            raise _Rows
        model = self._model(draft, bodies, labels)
        if base is not None:
            model = completed(model, base.model)
        found = self.guesses.found
        kept = {d.name for d in found}
        added = [d for d in found if d in self.resorted and d.name not in self.guesses.losses]
        return Understanding(
            model,
            self.lexicon,
            {d.source: self._key(d) for d in found if not d.mended},  # what its author wrote of these is a claim
            renamed,
            failed,
            tuple(name for name in self.given_up if name not in kept),
            refused=self.refused,
            examples=frozenset(self._key(d) for d in found if is_example(d)),
            abstract=tuple(d.name for d in found if isinstance(d.body, Given) and not is_open_loss(d)),
            values=frozenset(d.source for d in found if d.is_special(self.lexicon)),
            abbreviated=frozenset(self.short),
            doubts={d.source: Doubt((d.name,), _ADDED) for d in added},
        )

    def _model(self, draft: Model, bodies: Mapping[DefiningEquation, Tensor], labels: Labels) -> Model:
        """The model with its definitions, in which every axis has the name of its size. Raises _Failure for definitions in a circle."""
        names = self._named_labels(draft, bodies, labels)

        def called(label: str) -> str:
            return JOIN.join(names[part] for part in parts_of(labels.find(label)))

        named, known = _renamed({label: called(label) for label in _all_labels(draft, bodies)}, labels), dict[Tensor, Tensor]()
        quantities = {key: replace(q, shape=tuple(map(called, q.shape))) for key, q in draft.quantities.items()}
        for definition, body in bodies.items():
            key = self._key(definition)
            quantities[key] = self._defined(quantities[key], definition, named.put_into(body, known))
        self._refuse_circles(quantities, draft.first)
        quantities = with_shared_expressions(with_free_start(with_recurrence(quantities, draft.first), draft.first))
        letters = {letter: labels.find(label) for letter, label in self._size_letters(draft, labels).items()}
        sizes = {letter: called(label) for letter, label in letters.items() if all(part in names for part in parts_of(label))}
        return replace(
            draft,
            quantities=quantities,
            time_letters=self._definition_times(),
            sizes={**self._document_sizes(quantities), **sizes},
            batch=names.get(labels.find(draft.batch), ""),
            derivatives=self._derivatives(quantities),
            declared={s.name: tuple(names.get(labels.find(x), f"?{x}") for x in s.axes) for s in self.guesses.spaces},
        )

    def _derivatives(self, quantities: Mapping[str, Quantity]) -> dict[Name, tuple[tuple[Sym, ...], Term]]:
        """The quantities with three axes or more that are the derivative of a vector by a matrix."""
        result: dict[Name, tuple[tuple[Sym, ...], Term]] = {}
        for definition in self.guesses.found:
            letters = tuple(i for i in definition.indices if isinstance(i, Sym))
            wide = isinstance(definition.body, Deriv) and len(quantities[self._key(definition)].shape) > 2
            if wide and len(letters) == len(definition.indices) == 1:
                result[definition.name] = letters, definition.body
        return result

    def _refuse_circles(self, quantities: Mapping[str, Quantity], first: int) -> None:
        """Raises _Failure for the last equation on a circle of equations, each of which needs the next at one time."""
        circle = circular(quantities, first)
        for number, definition in reversed(list(enumerate(self.guesses.found))):
            if self._key(definition) in circle:
                raise _Failure(definition, said(name_typed(definition.name), " would be defined by itself"), number, mendable=False)

    def _definition_times(self) -> frozenset[str]:
        """The letters that count time in the definitions: they never count anything else."""
        letters: set[str] = set()
        for definition in self.guesses.found:
            if definition.indices and self.guesses.timed(definition.name):
                time = next((i for i in definition.indices if self.guesses.certainly_time(i)), definition.indices[0])
                letters |= letters_in(time)
        return frozenset(letters - self.lexicon.components)

    def _defined(self, quantity: Quantity, definition: DefiningEquation, tensor: Tensor) -> Quantity:
        if definition.is_special(self.lexicon) and quantity.timed:
            empty = elaborating(Model({}, horizon=self.lexicon.horizon), self.lexicon, Choices((), {}))
            time = index_of(empty, definition.indices[0])
            return replace(quantity, special=(*quantity.special, (time, tensor)))
        return replace(quantity, definition=tensor)

    def _document_sizes(self, quantities: Mapping[str, Quantity]) -> dict[str, str]:
        """Size letters from sums over components anywhere in the document."""
        draft = Model(quantities)
        result: dict[str, str] = {}
        scripts = (o.indices for term in self.guesses.terms for o in outermost(term, self.lexicon))
        below = {x for indices in scripts for index in indices for x in self.lexicon.letters(index) if x.islower()}
        for term in self.guesses.terms:
            for _, node in walk_term(term):
                if isinstance(node, Big) and isinstance(node.upper, Sym):
                    if node.upper.name in self._time_letters() | below:
                        continue
                    for label in _simplest(self._axes_of(node, draft)):
                        result.setdefault(node.upper.name, label)
        return result

    def _rows(self, raw: Mapping[DefiningEquation, Tensor]) -> bool:
        """Whether the definitions multiply vectors from the left of matrices (all vectors are rows); what places the parts of a stack in
        it is none that is written."""
        products = [n for body in raw.values() for n in walk(body) if isinstance(n, Dot) and n.axes == 1]
        rows = sum(len(n.left.shape) == 1 and len(n.right.shape) == 2 for n in products)
        columns = sum(len(n.left.shape) == 2 and len(n.right.shape) == 1 and bool(mentioned(n.left)) for n in products)
        return rows > columns

    def _named_labels(self, draft: Model, raw: Mapping[DefiningEquation, Tensor], labels: Labels) -> dict[str, str]:
        """Names for the unified sizes: hidden, classes, input, then numbered ones."""
        names: dict[str, str] = {SINGLE: SINGLE}

        def give(label: str, name: str) -> None:
            for root in parts_of(labels.find(label)):
                if root not in names:
                    taken = sum(1 for n in names.values() if n.rstrip("0123456789") == name)
                    names[root] = name if not taken else f"{name}{taken + 1}"

        if self.guesses.batch:
            give(self.guesses.batch, "examples")
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
        defined = {self._key(d) for d in self.guesses.found}
        for key, quantity in draft.quantities.items():
            for label in quantity.shape:
                if quantity.timed and key not in defined:
                    give(label, "input")
        for label in _all_labels(draft, raw):
            give(label, "size")
        return names


def _simplest(labels: Iterable[str]) -> list[str]:
    """The first axis of those with the fewest parts, if there is one: what counts the entries of a part may stand at the whole as well."""
    return sorted(labels, key=lambda label: len(parts_of(label)))[:1]


def _axes_inside(node: Tensor) -> Iterator[str]:
    """The axes of a vector operand, or of the vector that a scalar operand is a component of."""
    yield from node.shape
    for inner in walk(node):
        if isinstance(inner, Pick) and isinstance(inner.argument, Ref):
            yield from inner.argument.shape


def _all_labels(draft: Model, raw: Mapping[DefiningEquation, Tensor]) -> list[str]:
    labels = [label for q in draft.quantities.values() for label in q.shape]
    labels += [label for body in raw.values() for node in walk(body) for label in node.shape]
    return list(dict.fromkeys(labels))


def _renamed(mapping: Mapping[str, str], labels: Labels) -> Labels:
    named = deepcopy(labels)
    for label, name in mapping.items():
        named.rename(label, name)
    return named
