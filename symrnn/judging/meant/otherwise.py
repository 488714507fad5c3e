"""Readings of an equation that are tried where no usual one makes it true: short forms, sums that are not written, T as the last step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from symrnn.language import questions
from symrnn.language.choices import Inadmissible
from symrnn.language.functions import quadratic
from symrnn.language.model import Model
from symrnn.language.parts import ONE
from symrnn.language.questions import Answers
from symrnn.language.tensors import Map
from symrnn.language.tensors import walk as walk_tensor
from symrnn.language.terms import (
    Add,
    Apply,
    Big,
    Deriv,
    Hadamard,
    Mark,
    Norm,
    Outer,
    Pow,
    Relation,
    Sup,
    Sym,
    Term,
    Transpose,
    rebuilt,
    replaced,
    walk,
)
from symrnn.notation import unicode
from symrnn.notation.vocabulary import APPLIED_LETTERS
from symrnn.reading.definitions.mentions import outermost
from symrnn.reading.elaborate import Forms
from symrnn.reading.elaborate.immediate import IMMEDIATE, with_immediate
from symrnn.reading.elaborate.left_out import with_arguments
from symrnn.reading.elaborate.repeated import repeated, with_sums
from symrnn.reading.lexicon import Lexicon

_TRANSPOSED = "T"
_STEP = Sym("t")
_IDENTITY = Sym("I")


@dataclass(frozen=True)
class Otherwise:
    """An equation as it may be meant as well: written out, or with short forms, and what is said of that reading."""

    relation: Relation
    answers: Answers
    forms: Forms = field(default_factory=Forms)
    #: Whether it is tried for what it makes true alone, and leaves nothing open.
    only_if_true: bool = False


def other_readings(relation: Relation, refused: Sequence[Inadmissible], model: Model, lexicon: Lexicon) -> Iterator[Otherwise]:
    """What else an equation may mean, the likeliest first."""
    spelled = relation.changed(_spelled, model, lexicon)
    if spelled != relation:
        yield Otherwise(spelled, ())
        yield from other_readings(spelled, refused, model, lexicon)
    complete = with_arguments(relation, model, lexicon)
    if complete is not None:
        yield Otherwise(complete, ((questions.LEFT_OUT, "that of the equation of what is differentiated"),))
    activation = _activation(model)
    for letter in _open_letters(relation, model) if activation else ():
        named = relation.changed(_applying, letter, activation)
        yield Otherwise(named, ((questions.OPEN_FUNCTION.about(unicode(letter)), f"the activation of the network, {activation}"),))
    if isinstance(relation.left, Norm) and isinstance(relation.right, Norm):
        inside = Relation(relation.op, relation.left.term, relation.right.term, relation.conditions)
        yield Otherwise(inside, ())
    immediate = with_immediate(relation, model, lexicon)
    if immediate is not None:
        yield Otherwise(immediate, (IMMEDIATE,))
    nodes = list(relation.nodes())
    if any(isinstance(node, (Hadamard, Outer, Add)) for node in nodes) and any(reason.clash is not None for reason in refused):
        yield Otherwise(relation, (), Forms(short=True))
        if any(_IDENTITY in node.terms for node in nodes if isinstance(node, Add)):
            ones = relation.changed(_ones)
            yield Otherwise(ones, ((questions.IDENTITY, "ones everywhere, beside what is taken entry by entry"),))
    if any(isinstance(node, Outer) for node in nodes):
        yield Otherwise(relation, (), Forms(kronecker=True))
    stepped = _at_one_step(relation, model, lexicon)
    if stepped is not None:
        yield Otherwise(stepped, ((questions.TIME_LEFT_OUT, "some step, which the loss is that of"),), only_if_true=True)
    letters = sorted(repeated(relation) - lexicon.times)
    if letters:
        answers = tuple((questions.INDEX.about(letter), "summed over, since it stands in several factors") for letter in letters)
        yield Otherwise(with_sums(relation, frozenset(letters)), answers)
    one = _of_one_example(relation.right, lexicon) if _adds_over_examples(relation.left, model, lexicon) else None
    if one is not None and any(reason.clash is not None for reason in refused):
        yield Otherwise(replace(relation, right=one), ((questions.SUM_OVER_EXAMPLES, "of the one example that is written here"),))
    if lexicon.horizon == _TRANSPOSED and Sym(_TRANSPOSED) in nodes and any(isinstance(node, Transpose) for node in nodes):
        raised = relation.changed(_raised, lexicon)
        yield Otherwise(raised, ((questions.T_ABOVE, "the number of the last step"),))


def _at_one_step(relation: Relation, model: Model, lexicon: Lexicon) -> Relation | None:
    """An equation for the derivative of a loss, of which no step is written at all, for the loss of one step and what is at that."""
    nodes = list(relation.nodes())
    found = [o for n in nodes if (o := lexicon.occurrence(n)) is not None]
    loss = lexicon.occurrence(relation.left.numerator) if isinstance(relation.left, Deriv) else None
    known = None if loss is None else model.named(loss.name).get(True)
    steps = any(not isinstance(i, Sym) or i == _STEP or i.name == lexicon.horizon for o in found for i in o.indices)
    if loss is None or known is None or known.shape or steps:
        return None
    timed = {o.name for o in found if True in model.named(o.name) and (o.name == loss.name or False not in model.named(o.name))}

    def at_step(term: Term) -> Term:
        name = lexicon.occurrence(term)
        if name is None:
            return rebuilt(term, at_step)
        return name.name.at(_STEP, *name.indices) if name.name in timed else term

    return relation.changed(at_step)


def _adds_over_examples(left: Term, model: Model, lexicon: Lexicon) -> bool:
    """Whether a side is the gradient of a loss by a parameter: that for a batch is the sum of those for its examples."""
    of = lexicon.occurrence(left.numerator) if isinstance(left, Deriv) else None
    by = lexicon.occurrence(left.denominator) if isinstance(left, Deriv) else None
    if of is None or by is None or of.indices or by.indices:
        return False
    losses, parameters = model.named(of.name).values(), model.named(by.name).values()
    return all(not q.shape for q in losses) and bool(parameters) and all(q.is_parameter for q in parameters)


def _of_one_example(term: Term, lexicon: Lexicon) -> Term | None:
    r"""A sum over the examples of a batch, ``\sum_s \sum_t \delta_t^{(s)}``, for one of them; None where not all of it is added up so."""
    if isinstance(term, Add):
        parts = [_of_one_example(part, lexicon) for part in term.terms]
        return None if None in parts else Add(tuple(part for part in parts if part is not None))
    if not isinstance(term, Big) or term.kind != "sum" or not isinstance(term.index, Sym):
        return None
    if term.index.name not in lexicon.examples:
        inner = _of_one_example(term.body, lexicon)
        return None if inner is None else replace(term, body=inner)
    timed = [o for o in outermost(term.body, lexicon) if o.indices and any(map(lexicon.may_be_time, o.indices))]
    one = _without(term.body, term.index)
    counted = bool(timed) and all(term.index in o.indices for o in timed)
    return one if counted and all(node != term.index for _, node in walk(one)) else None


def _without(term: Term, index: Sym) -> Term:
    """A formula without an index in brackets above."""
    if isinstance(term, Sup) and term.indices == (index,):
        return term.base
    return rebuilt(term, lambda part: _without(part, index))


def _spelled(term: Term, model: Model, lexicon: Lexicon) -> Term:
    """The derivative by a matrix for each letter that is the name of one: ``\\partial h_{t-1} / \\partial W`` for ``P_{t-1}``."""
    found = lexicon.occurrence(term)
    if found is None or found.name not in model.derivatives:
        return term if found is not None else rebuilt(term, lambda part: _spelled(part, model, lexicon))
    (letter,), body = model.derivatives[found.name]
    return replaced(body, {letter: found.indices[0]}) if len(found.indices) == 1 else term


def _activation(model: Model) -> str:
    """The one function of entries that the network applies; empty where it has several, or none."""
    definitions = (q.definition for q in model.quantities.values() if q.definition is not None)
    applied = {node.function for d in definitions for node in walk_tensor(d) if isinstance(node, Map) and quadratic(node.function)}
    return applied.pop() if len(applied) == 1 else ""


def _open_letters(relation: Relation, model: Model) -> Iterator[Term]:
    """The letters of functions in an equation that the document defines nowhere, and that no equation of the network applies: σ beside a
    network of tanh."""
    definitions = (q.definition for q in model.quantities.values() if q.definition is not None)
    applied = {node.function for d in definitions for node in walk_tensor(d) if isinstance(node, Map)} | model.functions.keys()
    nodes = (node for node in relation.nodes() if isinstance(node, Apply))
    letters = dict.fromkeys(n.function.base if isinstance(n.function, Mark) else n.function for n in nodes)
    return (letter for letter in letters if letter in APPLIED_LETTERS and isinstance(letter, Sym) and letter.name not in applied)


def _applying(term: Term, letter: Term, function: str) -> Term:
    """A formula that applies a function where it applied a letter; what else the letter stands for, such as a gate f_t, stays."""
    term = rebuilt(term, lambda part: _applying(part, letter, function))
    if not isinstance(term, Apply):
        return term
    if term.function == letter:
        return Apply(Sym(function), term.argument)
    if isinstance(term.function, Mark) and term.function.base == letter:
        return Apply(Mark(Sym(function), term.function.mark), term.argument)
    return term


def _ones(term: Term) -> Term:
    """1 for I in each sum: ``I - h \\odot h``."""
    term = rebuilt(term, _ones)
    if not isinstance(term, Add):
        return term
    return Add(tuple(ONE if part == _IDENTITY else part for part in term.terms))


def _raised(term: Term, lexicon: Lexicon) -> Term:
    """Powers of the last step for transposes; of a letter whose time stands above it, its value at the last step."""
    if isinstance(term, Transpose):
        found = lexicon.occurrence(Pow(term.base, _STEP)) if isinstance(term.base, Sym) else None
        last = Sym(_TRANSPOSED)
        return Sup(term.base, (last,)) if found is not None and found.indices else Pow(_raised(term.base, lexicon), last)
    return rebuilt(term, lambda part: _raised(part, lexicon))
