r"""What a document only speaks of: errors and functions that no equation gives.

Of ``\delta_{t,k}`` its text alone says that it is ``\partial L_t / \partial z_k``. An equation with one is tried with what the letter
usually is: the gradient of the loss, or of the loss of its other step, by what an activation is of, or by a state. The f of
``\partial f / \partial h_{t-1}`` is what gives the state. It may be so, and the author can say it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from symrnn.language.model import Model, Name, Quantity, letter_of_open
from symrnn.language.tensors import Map, Ref, Softmax, Tensor
from symrnn.language.terms import Add, Apply, Big, Deriv, Mark, Mul, Neg, Num, Relation, Sub, Sym, Term, rebuilt, walk
from symrnn.notation.vocabulary import APPLIED_LETTERS, LOSSES
from symrnn.reading.definitions.finding import STEP
from symrnn.reading.definitions.measures import Measure, usual_formulas
from symrnn.reading.definitions.mentions import outermost
from symrnn.reading.lexicon import ERRORS, Lexicon, Occurrence


@dataclass(frozen=True)
class Meaning:
    """What an error with so many steps may be: the gradient of the loss, or of that of its first or last step, by a quantity."""

    name: Name
    steps: int
    loss: Name
    by: Name
    turned: bool = False

    def of(self, found: Occurrence, lexicon: Lexicon) -> Term:
        """The gradient that the error with its scripts is."""
        steps = [i for i in found.indices if lexicon.may_be_time(i)]
        rest = tuple(i for i in found.indices if i not in steps)
        at, below = (steps[::-1] if self.turned else steps) if len(steps) == 2 else (None, steps[0])
        loss = self.loss.bare if at is None else Sub(self.loss.bare, (at,))
        return Deriv(loss, self.by.at(below, *rest))

    def put_into(self, relation: Relation, lexicon: Lexicon) -> Relation:
        """An equation with the gradient for the error."""

        def put(term: Term) -> Term:
            found = lexicon.occurrence(term)
            if found is None or found.name != self.name:
                return rebuilt(term, put)
            return self.of(found, lexicon) if _steps(found, lexicon) == self.steps else term

        return relation.changed(put)


def undefined_error(relation: Relation, model: Model, lexicon: Lexicon) -> Term | None:
    """The first error of an equation that stands at one step or two and that nothing defines."""
    for node in relation.nodes():
        found = lexicon.occurrence(node)
        if found is None or found.name.letter not in ERRORS or found.name != Name(found.name.letter):
            continue
        if 1 <= _steps(found, lexicon) <= 2 and not model.named(found.name) and found.name not in model.abbreviations:
            return node
    return None


def likely_gradients(error: Term, model: Model, lexicon: Lexicon) -> Iterator[Meaning]:
    """What an error may be, the likeliest first: by what the activation of a state is of, then by what is made at each step."""
    found = lexicon.occurrence(error)
    assert found is not None
    steps = _steps(found, lexicon)
    losses = [q.name for q in model.quantities.values() if q.name.letter in LOSSES and not q.shape and q.timed == (steps == 2)]
    for loss in losses:
        for quantity in _made_at_steps(model):
            yield from (Meaning(found.name, steps, loss, quantity.name, turned) for turned in (False, True)[:steps])


def as_given_by(relation: Relation, model: Model, lexicon: Lexicon) -> tuple[Relation, Term, Term] | None:
    r"""``\\partial f / \\partial h_{t-1}`` as the explicit derivative of the state on the left, with the letter and the state."""
    left = relation.left
    state = lexicon.occurrence(left.numerator) if isinstance(left, Deriv) and not left.prefix else None
    known = None if state is None else model.named(state.name).get(True)
    if not isinstance(left, Deriv) or state is None or known is None or known.definition is None:
        return None
    above = {n.numerator for _, n in walk(relation.right) if isinstance(n, Deriv) and n.numerator in APPLIED_LETTERS}
    letter = above.pop() if len(above) == 1 else None
    if not isinstance(letter, Sym) or model.named(Name.of(letter)):
        return None

    def put(term: Term) -> Term:
        if isinstance(term, Deriv) and term.numerator == letter:
            return Deriv(left.numerator, term.denominator, "partial+")
        return rebuilt(term, put)

    right = put(relation.right)
    return None if letter in {n for _, n in walk(right)} else (replace(relation, right=right), letter, left.numerator)


def _steps(found: Occurrence, lexicon: Lexicon) -> int:
    return sum(map(lexicon.may_be_time, found.indices))


def _made_at_steps(model: Model) -> list[Quantity]:
    """What the network makes at each step, the arguments of activations first."""
    made = [q for q in model.quantities.values() if q.timed and q.shape and q.definition is not None and not q.slope]
    inside = {
        q.definition.argument.quantity for q in made if isinstance(q.definition, Map) and isinstance(q.definition.argument, Ref)
    }
    return sorted(made, key=lambda q: q.key not in inside)


def usual_recurrences(relation: Relation, model: Model, lexicon: Lexicon) -> Iterator[Relation]:
    r"""What may give the state of a Jacobian that no equation gives, by the one weight beside it: ``h_t = \\tanh(W h_{t-1} + x_t)``."""
    nodes = list(relation.nodes())
    states = {of.name for node in nodes if (of := _differentiated_by_itself(node, lexicon)) is not None}
    free = {o.name for side in relation.sides for o in outermost(side, lexicon) if not o.indices and not model.named(o.name)}
    weights = {name for name in free if name.letter.isupper() and len(name.letter) == 1 and name.letter != lexicon.horizon}
    if len(states) != 1 or len(weights) != 1 or model.named(*states):
        return
    (state,), (weight,) = states, weights
    data = Sub(Sym("x" if state.letter != "x" else "u"), (STEP,))
    argument = Add((Mul((weight.term, state.at(Add((STEP, Neg(Num(Fraction(1)))))))), data))
    named = dict.fromkeys(n.function.base for n in nodes if isinstance(n, Apply) and isinstance(n.function, Mark))
    for function in named or (Sym("tanh"), Sym("sigma")):
        yield Relation("=", state.at(STEP), Apply(function, argument))
    if not named:
        yield Relation("=", state.at(STEP), argument)


def usual_losses(position: int, relation: Relation, model: Model, lexicon: Lexicon) -> Iterator[Measure]:
    r"""What the loss of a step that no equation gives may be, by the output and the target of which a claim has the difference:
    ``\\partial L / \\partial V = \\sum_t (p_t - y_t) h_t^\\top``. It would stand at the position of the claim."""
    losses = {q.name: model.calls[f] for q in model.quantities.values() if (f := Name.of(letter_of_open(q.name))) in model.calls}
    for output, target, function in outputs_compared(relation, model, lexicon) if len(losses) == 1 else ():
        ((loss, arguments),) = losses.items()
        if output.name.at(STEP) not in arguments:  # the loss is of what is made of that
            continue
        at_its_step = [replace(found, indices=(STEP,)) for found in (output, target)]
        for formula in usual_formulas(at_its_step[0], at_its_step[1], function):
            has_steps = True in model.named(loss)
            given = (loss.at(STEP), formula) if has_steps else (loss.term, Big("sum", STEP, None, None, (), formula))
            yield Measure(position, *given, Relation("=", *given))


def outputs_compared(relation: Relation, model: Model, lexicon: Lexicon) -> Iterator[tuple[Occurrence, Occurrence, str]]:
    """What is computed and what it is compared with, at one step, and the function that makes the former."""
    for node in dict.fromkeys(n for n in relation.nodes() if isinstance(n, Add) and len(n.terms) == 2):
        pair = [lexicon.occurrence(term.term if isinstance(term, Neg) else term) for term in node.terms]
        is_difference = sum(isinstance(term, Neg) for term in node.terms) == 1
        first, second = pair
        if not is_difference or first is None or second is None or len(first.indices) != 1 or first.indices != second.indices:
            continue
        for output, target in ((first, second), (second, first)):
            made, given = (model.named(o.name).get(True) for o in (output, target))
            if made is not None and made.definition is not None and (given is None or given.definition is None):
                yield output, target, _made_by(made.definition)


def _made_by(definition: Tensor) -> str:
    if isinstance(definition, Softmax):
        return "softmax"
    return definition.function if isinstance(definition, Map) and not definition.order else ""


def _differentiated_by_itself(node: Term, lexicon: Lexicon) -> Occurrence | None:
    """The state of a Jacobian by the same state at another step."""
    of, by = (lexicon.occurrence(side) for side in (node.numerator, node.denominator)) if isinstance(node, Deriv) else (None, None)
    return of if of is not None and by is not None and of.name == by.name and of.indices != by.indices else None
