"""Guards before *wrong*: which loss is meant, and over which steps and examples it is summed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from fractions import Fraction

from symrnn.deciding.decide import Decider, Fails, dependencies
from symrnn.judging.edits import is_summed
from symrnn.judging.guards.refuted import Refuted
from symrnn.judging.losses import false_of_every_loss
from symrnn.language.claims import Claim
from symrnn.language.model import Model, Quantity
from symrnn.language.tensors import Const, Dot, Map, Power, Ref, Sum, Tensor, mentioned, walk
from symrnn.language.terms import Big, Deriv, Given, Num, Relation, Sup, Sym, Term, rebuilt
from symrnn.language.terms import walk as walk_term
from symrnn.notation.said import Told, name_typed, said
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.definitions import Understanding
from symrnn.reading.elaborate.prefixed import UNNAMED
from symrnn.reading.lexicon import part_of


def _is_of_known_parts(refuted: Refuted) -> bool:
    """Whether a claim is made of what one cell hands to another, which is true or false of any loss."""
    return any(part_of(name) is not None for name in refuted.names & refuted.errors)


def summed_step(refuted: Refuted) -> Told | None:
    """A claim about the loss of one step that sums over this step on the right, or in the link before, may be about the loss as a whole."""
    relation, previous = refuted.relation, refuted.statement.previous
    links = [relation] if previous is None else [relation, replace(relation, right=previous)]
    if not isinstance(relation.left, Deriv) or not any(is_summed(link, refuted.understanding.lexicon) for link in links):
        return None
    return said(relation.left.numerator, " may be meant as the sum over the steps, which is what the right side adds up")


def example_of_a_loss(refuted: Refuted) -> Told | None:
    """A loss that the document only names, or not even that, may be that of the last step, or of one step alone.

    What is true of one of these may be meant; and a letter that the left side does not have may be the last step.
    """
    claims = [r.claim for r in refuted.admissible]
    used = {key for claim in claims for key in open_losses(claim, refuted.understanding)}
    free = {name for claim in claims for name, *_ in claim.variables}
    settled = free <= set(refuted.understanding.lexicon.free_letters(refuted.relation.left)) and not _is_unrolled(refuted)
    of_all = refuted.of_all_steps
    if not used or _is_of_known_parts(refuted) or (settled and false_of_every_loss(claims, used, refuted.decider, of_all)):
        return None
    return HOW_IT_DEPENDS


def _is_unrolled(refuted: Refuted) -> bool:
    """Whether a claim adds up what states at several steps, by their numbers, have of a derivative: the loss may be that of the last."""
    relation = refuted.relation
    by = relation.left.denominator if isinstance(relation.left, Deriv) else None
    inner = [n for _, n in walk_term(relation.right) if isinstance(n, Deriv) and n.denominator == by]
    found = (refuted.understanding.lexicon.occurrence(n.numerator) for n in inner)
    states = (o for o in found if o is not None and o.name.letter not in LOSSES)
    return len({index for o in states for index in o.indices if isinstance(index, Num)}) > 1


#: Why a claim about a loss that is only named is left open.
HOW_IT_DEPENDS = "nothing says how the loss depends on the outputs of the steps; write it out, or as a sum over the steps"


def tried_loss(refuted: Refuted) -> Relation | None:
    r"""The equation for a loss that is only named by which a claim was read, ``L = \\sum_t \\ell(o_t)``: its author may write it."""
    model, understanding = refuted.understanding.model, refuted.understanding
    for reading in refuted.admissible:
        known = {**model.quantities, **{q.key: q for q in reading.claim.unknown}}
        for loss in (known[key] for key in sorted(open_losses(reading.claim, understanding)) if key in known):
            body = loss.definition.body if isinstance(loss.definition, Sum) else None
            parts = [known[key] for key in sorted(mentioned(body)) if key in known] if body is not None else []
            made = [q.name.at(Sym("t")) for q in parts if not q.slope and q.definition is not None]
            if made and body is not None:
                summand = made[0] if isinstance(body, Ref) else Given(Sym("ell"), tuple(made))
                steps = Num(Fraction(model.first)), Sym(model.horizon)
                name = loss.name.bare if loss.key != UNNAMED else Sym("L")
                return Relation("=", name, Big("sum", Sym("t"), *steps, (), summand))
    return None


def of_one_summand(term: Term) -> Term:
    """A formula without the sums that count what no summand has, such as the examples of a batch."""
    if isinstance(term, Big) and term.index not in {part for _, part in walk_term(term.body)}:
        return of_one_summand(term.body)
    return rebuilt(term, of_one_summand)


def open_losses(claim: Claim, understanding: Understanding) -> set[str]:
    """The keys of the losses that a claim is about and that the document leaves open."""
    named = understanding.examples & dependencies(claim.sides, understanding.model)
    return {*named, *(quantity.key for quantity in claim.unknown if quantity.key == UNNAMED)}


def unlinked_loss(refuted: Refuted) -> Told | None:
    """The loss of one step, left open, beside a loss as a whole that is written out: nothing says that it is a term of that."""
    model = refuted.understanding.model
    for reading in refuted.admissible:
        keys = dependencies(reading.claim.sides, model)
        found = [model.quantities[key] for key in sorted(keys) if key in model.quantities]
        opened = {q.name.letter.removesuffix("'") for q in found if q.slope}
        steps = [q for q in found if q.timed and not q.shape and q.name.letter in opened]
        totals = [q for q in found if not q.timed and not q.shape and q.definition is not None and q.name.letter in LOSSES]
        for step, total in ((step, total) for step in steps for total in totals):
            if step.key not in dependencies((total.definition or Const(Fraction(0)),), model):
                return said(
                    "nothing says how ",
                    name_typed(total.name),
                    " depends on ",
                    name_typed(step.name),
                    " of the steps; write it as their sum",
                )
    return None


def steps_of_the_loss(refuted: Refuted) -> Told | None:
    """A loss of three steps, ``L = L_1 + L_2 + L_3``, says which step is the last one; a claim may be true up to there."""
    claims = [reading.claim for reading in refuted.admissible]
    for loss, last, ended in ended_sequences(claims, refuted.decider, refuted.understanding.examples):
        if not all(isinstance(ended.decide(claim), Fails) for claim in claims):
            may = "may end" if loss.key in refuted.understanding.examples else "ends"
            text = f" {may} at step {last}, and only beyond it this is known to be false; write the sum up to {ended.model.horizon}"
            return said(name_typed(loss.name), text)
    return None


def ended_sequences(
    claims: Sequence[Claim], decider: Decider, examples: Set[str], named: int = 0
) -> Iterator[tuple[Quantity, int, Decider]]:
    """The losses that some claims depend on and that end at a number, with it, and the instance ending there.

    One of the `examples`, which no equation gives, may end where the claims name the last of the losses of its steps by a number, if no
    equation of the document names a later step than that: `named` is the last one.
    """
    model, instance = decider.model, decider.instance
    keys = set().union(*(dependencies(claim.sides, model) for claim in claims))
    for quantity in (model.quantities[key] for key in sorted(keys) if key in model.quantities):
        last = _last_named(claims, quantity) if quantity.key in examples else _last_number(quantity)
        if last > model.first and not (quantity.key in examples and last < named):
            yield quantity, last, Decider(model, replace(instance, steps=last - model.first + 1), decider.manner)


def _last_named(claims: Sequence[Claim], total: Quantity) -> int:
    """The last step at which claims have a loss that a total adds up, where each has its number, or a sum goes to one; else 0.

    It is none where the claims name a later step of anything.
    """
    summand = total.definition.body if isinstance(total.definition, Sum) else None
    nodes = [node for claim in claims for node in claim.nodes()] if isinstance(summand, Ref) else []
    sums = {node.variable: node.upper for node in nodes if isinstance(node, Sum) and not node.upper.terms}
    times = [n.time for n in nodes if isinstance(n, Ref) and isinstance(summand, Ref) and n.quantity == summand.quantity]
    ends = [time.substitute(sums) for time in times if time is not None]
    last = max((end.constant for end in ends), default=0) if all(not end.terms for end in ends) else 0
    others = (n.time for claim in claims for n in claim.nodes() if isinstance(n, Ref) and n.time is not None and not n.time.terms)
    return last if last >= max((time.constant for time in others), default=0) else 0


def _last_number(quantity: Quantity) -> int:
    """The last step that the definition of a loss goes to by its number; 0 where it goes to none, or to a letter."""
    if quantity.timed or quantity.shape or quantity.definition is None:
        return 0
    nodes = list(walk(quantity.definition))
    times = [n.upper for n in nodes if isinstance(n, Sum)] + [n.time for n in nodes if isinstance(n, Ref) and n.time is not None]
    return max((time.constant for time in times if not time.terms), default=0)


def other_loss(refuted: Refuted) -> Told | None:
    """A second equation for a loss, on its own, may name another one to choose: the cross-entropy beside the squared error."""
    found = refuted.understanding.lexicon.occurrence(refuted.relation.left)
    known = refuted.understanding.model.named(found.name).get(bool(found.indices)) if found is not None else None
    if known is None or known.shape or known.definition is None or refuted.statement.previous is not None:
        return None
    if any(_is_of_the_last_step(reading.claim.right, refuted.understanding.model) for reading in refuted.admissible):
        return said(refuted.relation.left, " has another equation before, and this one may be for sequences with one output")
    before, now = _measure(known.definition), {_measure(reading.claim.right) for reading in refuted.admissible}
    if not before or "" in now or now == {before} != {"square"}:
        return None
    return said(refuted.relation.left, " has another equation before, and this one may name another loss")


def _is_of_the_last_step(side: Tensor, model: Model) -> bool:
    """Whether a side is the loss of the last step, and nothing else."""
    return isinstance(side, Ref) and not side.shape and side.time == model.last


def summed_examples(refuted: Refuted) -> Told | None:
    """``\\sum_{i=1}^N (\\delta_t)_i``, where N is the size of nothing that is known, may add up the examples of a batch."""
    model = refuted.understanding.model
    if refuted.admissible:
        return None
    for node in refuted.nodes:
        upper = node.upper if isinstance(node, Big) else None
        if isinstance(upper, Sym) and upper.name.isupper() and upper.name not in (model.horizon, *model.sizes):
            return said(upper, " is the size of no axis that is known; if it counts examples, state the shapes")
    return None


def examples_of_a_letter(refuted: Refuted) -> Told | None:
    r"""``\sum_s``, where s is no step, may add up the examples of a batch, unless it fits as a sum over components."""
    lexicon = refuted.understanding.lexicon
    for node in (n for n in refuted.nodes if isinstance(n, Big) and n.upper is None and isinstance(n.index, Sym)):
        index = node.index.name if isinstance(node.index, Sym) else ""
        above = any(isinstance(part, Sup) and part.indices == (node.index,) for _, part in walk_term(node.body))
        may_be = index in lexicon.examples or (above and index not in lexicon.times)
        if may_be and (not refuted.admissible or of_one_summand(node) != node):
            return said(
                "nothing says what ", node.index, " counts; if it counts the examples of a batch, write the equation of one"
            )
    return None


def _measure(side: Tensor) -> str:
    """How a loss measures: by a logarithm, or by a square; empty where it does neither."""
    nodes = list(walk(side))
    if any(isinstance(n, Map) and n.function == "log" for n in nodes):
        return "logarithm"
    squares = ((isinstance(n, Power) and n.exponent == 2) or (isinstance(n, Dot) and n.left == n.right) for n in nodes)
    return "square" if any(squares) else ""
