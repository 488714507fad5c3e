"""Letters with scripts: which quantity each one is, at which time, and which component of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

from symrnn.language import questions
from symrnn.language.choices import Inadmissible
from symrnn.language.model import Name, Quantity, reached
from symrnn.language.tensors import (
    Affine,
    Build,
    Const,
    Dot,
    Eye,
    Jac,
    Map,
    Permute,
    Pick,
    Plus,
    Ref,
    Sum,
    Tensor,
    Times,
    Truth,
    mentioned,
    parts_of,
    size_of,
    sized_axis,
    substitute,
)
from symrnn.language.tensors import walk as walk_tensor
from symrnn.language.terms import PREFIXES, Compare, Num, Sym, Term, replace_at, replaced, walk
from symrnn.notation.said import name_typed, said
from symrnn.reading.elaborate.choosing import chosen
from symrnn.reading.elaborate.elaboration import SOME_STEP, Elaborator, Unknown, Variable
from symrnn.reading.elaborate.indices import condition_of, elided_time, index_of, may_be, take_role, variables_of
from symrnn.reading.elaborate.operand import Operand
from symrnn.reading.elaborate.prefixed import (
    GRADIENT,
    INSIDE,
    PART,
    WHOLE,
    by_its_inside,
    change_of,
    differential,
    loss_of,
    meanings,
    part_of_gradient,
)
from symrnn.reading.lexicon import BEFORE_ITS_FUNCTION, SMALL_GREEK, Occurrence, is_membership, part_of, without_prefix


def concrete(e: Elaborator, term: Term) -> Operand:
    """The meaning of a term, a derivative in the layout of the reading."""
    return e.combine.unstacked(e.combine.laid_out(e.operand(term)))


def quantity_of(e: Elaborator, term: Term) -> Operand | None:
    """A letter with scripts as a quantity of the model; None when the term is something else."""
    found = e.lexicon.occurrence(term)
    if found is None:
        return None
    known = e.model.named(found.name)
    if found.name in e.model.abbreviations:
        return _spelled_out(e, found)
    if (not known or _is_other_delta(e, known, found)) and _is_special(e, found):
        return None
    number = class_below(e, term)
    if number is not None:
        basis = not known and found.name == Name("e") and found.indices == (number,)
        return class_vector(e, number) if basis else of_class(e, term, number, partial(quantity_of, e))
    if not known and found.name == Name("e") and len(found.indices) == 1:
        return _basis_vector(e, index_of(e, found.indices[0]))
    about = None if known else e.lexicon.outputs.get(found.name) or without_prefix(found.name)
    if about is not None and e.model.named(about):
        return _prefixed(e, replace(found, name=about), found.name.style)
    part = None if known else part_of(found.name)
    if part is not None and e.model.named(part[0]):
        return _part(e, replace(found, name=part[0]), found.name, part[1])
    return _found(e, known or _unknown(e, found), found)


def _spelled_out(e: Elaborator, found: Occurrence) -> Operand:
    """What a name is short for, with the steps that stand at it here. Raises Inadmissible."""
    letters, body = e.model.abbreviations[found.name]
    steps = [i for i in found.indices if e.lexicon.may_be_time(i) and may_be(e, index_of(e, i), "time")]
    if len(steps) != len(letters):
        raise Inadmissible(said(name_typed(found.name), f" with {len(steps)} steps, which is defined with {len(letters)}"))
    for step in steps:
        take_role(e, index_of(e, step), "time")
    whole = e.operand(replaced(body, dict(zip(letters, steps, strict=True))))
    rest = [index_of(e, i) for i in found.indices if i not in steps]
    return component_at(e, e.combine.laid_out(whole).tensor, rest) if rest else whole


def _found(e: Elaborator, known: dict[bool, Quantity], found: Occurrence) -> Operand:
    return _indexed(e, known, found) if found.indices else _bare(e, known)


# ------------------------------------------------------------------------------------------------------ prefixes


def _prefixed(e: Elaborator, found: Occurrence, prefix: str) -> Operand:
    """A letter with a prefix: the gradient of the loss by what is named behind it, or the differential of that."""
    copy = copy_named(e, found)
    if copy is not None:
        return Operand(by_copy(e, Operand(_loss(e)), *copy).tensor)
    inner = _found(e, e.model.named(found.name), found)
    ref = inner.tensor.argument if isinstance(inner.tensor, Pick) else inner.tensor
    if not isinstance(ref, Ref):
        raise Inadmissible(f"{prefix} before something that is no quantity")
    meaning = e.choices.choose(questions.BEFORE_A_LETTER.about(PREFIXES[prefix]), meanings(prefix))
    whole = _gradient_by(e, ref) if meaning == GRADIENT else _change_in(e, ref, prefix)
    inside = prefix == BEFORE_ITS_FUNCTION or replace(found.name, style=prefix) in e.lexicon.inner
    if meaning == GRADIENT and inside:
        e.choices.choose(questions.BEFORE.about(PREFIXES[prefix], found.name.text), (INSIDE,))
        whole = by_its_inside(e.model, ref, whole)
    return Operand(Pick(whole, inner.tensor.indices) if isinstance(inner.tensor, Pick) else whole)


def _part(e: Elaborator, found: Occurrence, name: Name, later: bool) -> Operand:
    """A part of the gradient by a quantity: what comes from later steps, or from its own step.

    Where no loss is written, what is handed on may be all of the gradient: a cell knows of no loss at its own step.
    """
    inner = _found(e, e.model.named(found.name), found)
    if not isinstance(inner.tensor, Ref):
        raise Inadmissible(said(name_typed(name), " is a part of no gradient by a quantity"))
    loss, weights = loss_of(e.model)
    e.unknown |= {weight.key: weight for weight in weights}
    all_of_it = (WHOLE,) if later and weights and found.name in e.lexicon.handed else ()
    parts = (f"{PART} {'later steps' if later else 'its own step'}", *all_of_it)
    if e.choices.choose(questions.PART_OF_GRADIENT.about(name.text), parts) == WHOLE:
        return Operand(Jac(loss, inner.tensor, False))
    return Operand(part_of_gradient(e.model, loss, weights, inner.tensor, later))


def _loss(e: Elaborator) -> Tensor:
    loss, weights = loss_of(e.model)
    e.unknown |= {weight.key: weight for weight in weights}
    return loss


def _gradient_by(e: Elaborator, ref: Ref) -> Tensor:
    return Jac(_loss(e), ref, False)


def copy_named(e: Elaborator, found: Occurrence | None) -> tuple[Quantity, Affine, list[Affine]] | None:
    """The parameter, the step and the components of ``W^{(t)}_{ij}`` where W has no time: the W that is used at step t."""
    known = e.model.named(found.name) if found is not None else {}
    if found is None or not found.indices or set(known) != {False}:
        return None
    copy = copy_of(e, known[False], [index_of(e, i) for i in found.indices])
    return None if copy is None else (known[False], *copy)


def by_copy(e: Elaborator, numerator: Operand, parameter: Quantity, time: Affine, components: list[Affine]) -> Operand:
    """The derivative by what a parameter is at one step: through the one quantity that it enters there."""
    made = [q for q in e.model.quantities.values() if q.timed and q.definition is not None and _uses(q.definition, parameter)]
    behind = reached(mentioned(numerator.tensor), e.model)
    used = [q for q in made if q.key in behind] or made  # a gradient by it is no use of it
    if len(used) != 1:
        raise Inadmissible(said(name_typed(parameter.name), f" at one step, which enters {len(used)} quantities there"))
    e.choices.choose(questions.WITH_A_TIME.about(parameter.text), ("as it is used at that step",))
    take_role(e, time, "time")
    state = Ref(used[0].key, time, used[0].shape)
    whole = Ref(parameter.key, None, parameter.shape)
    tensor = Dot(Jac(numerator.tensor, state, False), Jac(state, whole, True), len(state.shape))
    if not components:
        return Operand(tensor, "", numerator.tensor, whole)
    component_at(e, whole, components)
    return entry_of(tensor, numerator, whole, components)


def entry_of(tensor: Tensor, numerator: Operand, below: Ref, components: Sequence[Affine]) -> Operand:
    """One entry, in the axes of what stands below, of a derivative."""
    count = numerator.rank
    order = (*range(count, count + len(below.shape)), *range(count))
    return Operand(Pick(Permute(tensor, order) if count else tensor, tuple(components)), numerator.side)


def _change_in(e: Elaborator, ref: Ref, prefix: str) -> Tensor:
    """What changes freely are the quantities with a prefix that nothing defines, else everything that nothing defines."""
    named = [q for name in e.prefixed for q in e.model.named(name).values()]
    every = (q for q in e.model.quantities.values() if q.definition is None and not q.one_hot and not q.slope)
    free = [q for q in named if q.definition is None] or list(every)
    directions = [(q, change_of(q, prefix)) for q in (*free, *(q for q in named if q.recurrence < 0))]
    e.unknown |= {change.key: change for _, change in directions}
    own = next((change for q, change in directions if q.key == ref.quantity and q.definition is None), None)
    return differential(e.model, ref, directions) if own is None else Ref(own.key, ref.time, ref.axes)


# ------------------------------------------------------------------------------------------------------- classes


def class_below(e: Elaborator, term: Term) -> Term | None:
    """The subscript of a letter that is a class which the data choose, if it has one."""
    found = e.lexicon.occurrence(term)
    for index in () if found is None else found.indices:
        if e.lexicon.is_class(index):
            return index
    return None


def class_vector(e: Elaborator, number: Term) -> Operand:
    """A class that the data choose, as the vector with a 1 there. Raises Inadmissible for a letter that is no class."""
    found = e.lexicon.occurrence(number)
    known = e.model.named(found.name).get(bool(found.indices)) if found is not None else None
    if found is None or known is None or not known.one_hot or not known.shape:
        name = found.name.text if found is not None else "a formula"
        raise Inadmissible(f"{name} with a subscript of its own stands as a subscript, but is not the number of a class here")
    e.choices.choose(questions.AS_A_NUMBER.about(found.name.text), (questions.RIGHT_CLASS,))
    return Operand(Ref(known.key, _time_of_class(e, found.indices[0]) if found.indices else None, known.shape))


def _time_of_class(e: Elaborator, index: Term) -> Affine:
    time = index_of(e, index)
    take_role(e, time, "time")
    return time


def of_class(e: Elaborator, term: Term, number: Term, read: Callable[[Term], Operand | None]) -> Operand:
    """What `read` makes of a term with a chosen class among its subscripts: the component of that class."""
    weights = class_vector(e, number).tensor
    e.count += 1
    letter = Sym(f"class#{e.count}", style="index")
    variable = Variable(letter.name, letter.name, "component", weights.shape[0], bound=True)
    e.declare(letter.name, variable)
    for path, node in list(walk(term)):
        if node == number:
            term = replace_at(term, path, letter)
    inner = read(term)
    if inner is None:
        raise Inadmissible("a component of something that is no quantity")
    inner = e.combine.laid_out(inner)
    return Operand(chosen(weights, letter.name, inner.tensor), inner.side)


def weight_of(e: Elaborator, compare: Compare) -> Tensor:
    """1 where a condition holds, else 0. Raises Inadmissible for an order between classes."""
    if is_of_members(e, compare):
        return Map("step", 0, concrete(e, compare.left).tensor)
    bit = bit_of(e, compare)
    if bit is not None:
        return bit
    for number, index in compare.both_ways:
        if e.lexicon.is_class(number):
            if compare.op not in ("=", "!="):
                raise Inadmissible("an order between classes")
            vector = class_vector(e, number).tensor
            other = class_vector(e, index).tensor if e.lexicon.is_class(index) else None
            same = Dot(vector, other, 1) if other is not None else component_at(e, vector, [index_of(e, index)]).tensor
            return same if compare.op == "=" else Plus((Const(Fraction(1)), Dot(Const(Fraction(-1)), same, 0)))
    return Truth(condition_of(e, compare))


def bit_of(e: Elaborator, compare: Compare) -> Tensor | None:
    """``y_t = 1`` of a target that is 0 or 1: the target itself, and 1 minus it for ``y_t = 0``; None for another condition."""
    for side, value in compare.both_ways:
        found = e.lexicon.occurrence(side) if e.lexicon.is_class(side) else None
        known = e.model.named(found.name).get(True) if found is not None else None
        if known is None or known.shape or known.one_hot or not isinstance(value, Num) or compare.op not in ("=", "!="):
            continue
        target = concrete(e, side).tensor
        if (value.value == 1) == (compare.op == "="):
            return target
        return Plus((Const(Fraction(1)), Dot(Const(Fraction(-1)), target, 0)))
    return None


def is_of_members(e: Elaborator, compare: Compare) -> bool:
    """Whether a condition says that something is a member of a set, by a number that is above 0 then."""
    found = e.lexicon.occurrence(compare.left)
    return compare.op == ">" and found is not None and is_membership(found.name)


def mentions_class(e: Elaborator, compare: Compare) -> bool:
    """Whether a condition is about a class that the data choose."""
    return e.lexicon.is_class(compare.left) or e.lexicon.is_class(compare.right)


def _basis_vector(e: Elaborator, index: Affine) -> Operand:
    """``e_i``: the vector with a 1 at one component."""
    label = e.labels.fresh()
    take_role(e, index, "component", label)
    e.choices.choose(questions.BASIS_VECTOR, ("a vector of the standard basis",))
    return Operand(Pick(Eye(label), (index,)))


# ----------------------------------------------------------------------------------------------------- scripts


def _is_special(e: Elaborator, found: Occurrence) -> bool:
    """Letters with a fixed meaning unless the document uses them for a quantity: I, an index as a number, delta_{ij}."""
    if not found.indices and not found.name.accent and not found.name.suffix:
        letter = found.name.letter
        return letter in ("I", e.model.horizon) or letter in e.model.sizes or letter in e.variables
    return found.name.letter == "delta" and len(found.indices) == 2


def _is_other_delta(e: Elaborator, known: Mapping[bool, Quantity], found: Occurrence) -> bool:
    """Whether delta_{ij} is the Kronecker symbol, in a network whose errors are called delta as well and have fewer components."""
    return e.lexicon.is_kronecker(found) and all(len(q.shape) < 2 for q in known.values())


def _unknown(e: Elaborator, found: Occurrence) -> dict[bool, Quantity]:
    """A quantity that nothing defines: free, of a rank that its letter suggests."""
    key = f"unknown {found.name}"
    if key not in e.unknown:
        if found.name.letter in e.variables:
            raise Unknown(f"the index {found.name.letter} is used as a quantity")
        timed = any(_looks_timed(e, i) for i in found.indices)
        shape = e.model.declared.get(found.name)
        if shape is None:
            rank = int(e.choices.choose(questions.RANK.about(found.name.text), tuple(map(str, _likely_ranks(found.name, timed)))))
            shape = tuple(e.labels.fresh() for _ in range(max(rank, len(found.indices) - timed)))
        e.unknown[key] = Quantity(key, found.name, timed, shape)
    return {e.unknown[key].timed: e.unknown[key]}


def _looks_timed(e: Elaborator, index: Term) -> bool:
    return bool({n.name for n in _symbols(index)} & e.lexicon.times) or isinstance(index, Num)


def _bare(e: Elaborator, known: dict[bool, Quantity]) -> Operand:
    quantity = known.get(False)
    if quantity is not None and _means_one_step(e, known):
        quantity = None
    if quantity is not None:
        return Operand(Ref(quantity.key, None, quantity.shape))
    timed = known[True]
    return Operand(Ref(timed.key, elided_time(e), timed.shape))


def _means_one_step(e: Elaborator, known: dict[bool, Quantity]) -> bool:
    """Whether a bare letter that names both a total and a value per step means the latter (only where time is left out)."""
    if True not in known:
        return False
    options = ("the total", "its value at one step") if SOME_STEP in e.declared else ("the total",)
    return e.choices.choose(questions.WITHOUT_AN_INDEX.about(known[True].text), options) != "the total"


def _indexed(e: Elaborator, known: dict[bool, Quantity], found: Occurrence) -> Operand:
    indices = [index_of(e, i) for i in found.indices]
    options = dict(_ways(e, known, indices, found.raised))
    chosen = e.choices.choose(found.question, tuple(options))
    if chosen not in options:
        raise Inadmissible(said(f"{chosen} does not fit ", name_typed(found.name)))
    return options[chosen]()


def _ways(
    e: Elaborator, known: dict[bool, Quantity], indices: list[Affine], raised: bool
) -> Iterator[tuple[str, Callable[[], Operand]]]:
    """The ways to read a list of subscripts: what each counts, and the operand that results."""
    timed, untimed = known.get(True), known.get(False)
    if timed is not None:
        yield from _timed_ways(e, timed, indices, raised)
    if untimed is None:
        return
    whole = Ref(untimed.key, None, untimed.shape)
    if len(indices) <= len(untimed.shape) and _may_be_components(e, indices):
        yield "component", partial(partial(component_at, e), whole, indices)
    if timed is None and (copy := copy_of(e, untimed, indices)) is not None:
        yield "time, where it is the same as elsewhere", partial(partial(component_at, e), whole, copy[1])


def copy_of(e: Elaborator, parameter: Quantity, indices: list[Affine]) -> tuple[Affine, list[Affine]] | None:
    """The step and the components of ``W^{(t)}`` and ``W^{(t)}_{ij}``, where W is a parameter without a time; None for another one.

    A number is a step beside a weight that is a number, ``u_1``, which has no components.
    """
    letters = _step_letters(e)
    steps = [i for i in indices if (i.names() or not parameter.shape) and i.names() <= letters and may_be(e, i, "time")]
    rest = [i for i in indices if i not in steps]
    if len(steps) != 1 or not parameter.is_parameter or len(rest) not in (0, len(parameter.shape)):
        return None
    return (steps[0], rest) if _may_be_components(e, rest) else None


def _step_letters(e: Elaborator) -> set[str]:
    letters = e.model.time_letters | e.lexicon.times
    return {v.name for v in e.declared.values() if v.role == "time" or v.letter in letters} | {e.model.horizon}


def _timed_ways(
    e: Elaborator, quantity: Quantity, indices: list[Affine], raised: bool
) -> Iterator[tuple[str, Callable[[], Operand]]]:
    rank = len(quantity.shape)
    places = [len(indices) - 1, 0] if raised else [0, len(indices) - 1]
    if rank >= len(indices) - 1:
        for place in dict.fromkeys(places):
            rest = [*indices[:place], *indices[place + 1 :]]
            if may_be(e, indices[place], "time") and _may_be_components(e, rest):
                name = "time" if not rest else "time, component" if place == 0 else "component, time"
                yield name, partial(partial(_at, e), quantity, indices[place], rest)
    lettered = e.counts_components or all(i.names() for i in indices)
    shifted = any(i.names() and i.constant for i in indices)  # h_{i-1} is the step before, no neighbour of a component
    if lettered and not shifted and 1 <= len(indices) <= rank and not raised and _may_be_components(e, indices):
        yield "component", partial(partial(_at_some_time, e), quantity, indices)
    if rank == 0 and len(indices) == 1 and may_be(e, indices[0], "component") and indices[0].names():
        summands = _summands(quantity)
        if summands is not None:
            yield "term of the sum over components", partial(partial(_term_of, e), summands, indices[0])


def _may_be_components(e: Elaborator, indices: list[Affine]) -> bool:
    return all(may_be(e, i, "component") for i in indices)


def _at(e: Elaborator, quantity: Quantity, time: Affine, components: list[Affine]) -> Operand:
    take_role(e, time, "time")
    return component_at(e, Ref(quantity.key, time, quantity.shape), components)


def component_at(e: Elaborator, tensor: Tensor, indices: list[Affine]) -> Operand:
    places = [index + _counted_from(e, index, label) for index, label in zip(indices, tensor.shape, strict=False)]
    return Operand(Pick(tensor, tuple(places)) if places else tensor)


def _counted_from(e: Elaborator, index: Affine, label: str) -> Affine:
    """How many entries lie before the first that an index counts: along parts one after the other, it may count those of one part."""
    parts = parts_of(e.labels.find(label))
    own = [e.labels.find(variable.label) for variable in variables_of(e, index) if variable.label]
    if len(parts) == 1 or len(own) != 1 or parts.count(own[0]) != 1:
        take_role(e, index, "component", label)
        return Affine()
    take_role(e, index, "component")
    return sum(map(size_of, parts[: parts.index(own[0])]), Affine())


def _summands(quantity: Quantity) -> Tensor | None:
    """The vector whose entries a scalar definition adds up (``L_t = -y_t log p_t`` as a sum over classes)."""
    definition = quantity.definition
    return None if definition is None else summands(definition)


def _at_some_time(e: Elaborator, quantity: Quantity, components: list[Affine]) -> Operand:
    return component_at(e, Ref(quantity.key, elided_time(e), quantity.shape), components)


def _term_of(e: Elaborator, vector: Tensor, index: Affine) -> Operand:
    from_time = elided_time(e)
    return component_at(e, substitute(vector, {"t": from_time}), [index])


def summands(definition: Tensor) -> Tensor | None:
    """The vector that a scalar expression sums: of v . w the elementwise product, of a sum over components its terms."""
    if isinstance(definition, Dot) and not definition.left.shape and definition.axes == 0:
        inner = summands(definition.right)
        return None if inner is None else Dot(definition.left, inner, 0)
    if isinstance(definition, Dot) and definition.axes == 1 and len(definition.left.shape) == len(definition.right.shape) == 1:
        return Times(definition.left, definition.right)
    if isinstance(definition, Sum) and definition.upper.names() and all(map(sized_axis, definition.upper.names())):
        label = sized_axis(next(iter(definition.upper.names())))
        return Build(definition.variable, label, definition.body)
    return None


def _symbols(term: Term) -> Iterator[Sym]:
    return (node for _, node in walk(term) if isinstance(node, Sym))


def _likely_ranks(name: Name, timed: bool) -> tuple[int, ...]:
    if timed:
        return (1, 0)
    if name.letter in SMALL_GREEK:
        return (0,)
    if name.letter[:1].isupper():
        return (2, 1, 0)
    return (1, 0)


def _uses(definition: Tensor, parameter: Quantity) -> bool:
    return any(isinstance(node, Ref) and node.quantity == parameter.key for node in walk_tensor(definition))
