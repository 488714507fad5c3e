"""The gate before *wrong*: the word is said only where no guess stands behind it.

Each guard looks at one way in which a refuted claim may yet be true, and gives the reason why it may. Whoever says *wrong* asks
`objection` first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from symrnn.deciding.decide import Decider, Fails, Holds, dependencies
from symrnn.deciding.evaluate.world import AT_ONE_STEP, BY_THE_EQUATION
from symrnn.judging.edits import is_summed
from symrnn.judging.losses import false_of_every_loss
from symrnn.judging.through import differentiated_through
from symrnn.language.choices import Inadmissible, Untried
from symrnn.language.claims import Claim, Reading, extended
from symrnn.language.functions import BY_NAME, is_well_known, meaning, quadratic
from symrnn.language.model import Model, Name, Quantity, quantity_key
from symrnn.language.tensors import Affine, Condition, Const, Dot, Jac, Map, Power, Ref, Sum, Tensor, mentioned, parts_of, walk
from symrnn.language.terms import (
    Add,
    Apply,
    Big,
    Cases,
    Compare,
    Deriv,
    Extremum,
    Frac,
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
    rebuilt,
)
from symrnn.language.terms import walk as walk_term
from symrnn.notation.said import Told, by_name, name_typed, one_by_one, said
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.definitions import Understanding, is_abstract, is_approximate, is_doubted
from symrnn.reading.definitions.examples import has_value_of_an_example
from symrnn.reading.definitions.finding import is_fixed
from symrnn.reading.definitions.mentions import outermost
from symrnn.reading.document import Statement
from symrnn.reading.elaborate import readings
from symrnn.reading.elaborate.prefixed import UNNAMED
from symrnn.reading.lexicon import ERRORS, Lexicon, Occurrence, part_of


@dataclass(frozen=True)
class Refuted:
    """A claim that no reading holds for, and what it was read from."""

    statement: Statement
    relation: Relation
    admissible: tuple[Reading, ...]
    refused: tuple[Inadmissible, ...]
    understanding: Understanding
    decider: Decider
    suppositions: tuple[tuple[Name, Statement], ...] = ()
    position: int = 0
    #: The letters with a prefix of which the document shows that they are gradients, or parts of some.
    errors: frozenset[Name] = frozenset()

    @property
    def nodes(self) -> Iterator[Term]:
        """All parts of both sides, as they are written."""
        return (node for side in (self.relation.left, self.relation.right) for _, node in walk_term(side))

    @property
    def names(self) -> set[Name]:
        """The quantities that both sides name."""
        found = map(self.understanding.lexicon.occurrence, self.nodes)
        return {occurrence.name for occurrence in found if occurrence is not None}


def objection(refuted: Refuted) -> Told | None:
    """Why a refuted claim is not to be called wrong; None where nothing speaks against it."""
    return next((reason for guard in GUARDS if (reason := guard(refuted)) is not None), None)


def untried_reading(refuted: Refuted) -> Told | None:
    """A formula may have more readings than were tried."""
    return next((str(r.reason) for r in refuted.refused if isinstance(r, Untried)), None)


def failed_definition(refuted: Refuted) -> Told | None:
    """A claim may rest on a quantity whose definition has no meaning here: it names it, or differentiates what is made of it.

    That other quantities have values made of it does not matter to a derivative: it may have any value.
    """
    given_up, model = refuted.understanding.given_up, refuted.understanding.model
    through = [differentiated_through(r.claim, extended(model, r.claim)) for r in refuted.admissible]
    names = refuted.names
    if not through or None in through:
        names = _rests_on(refuted)
    names |= {model.quantities[key].name for keys in through if keys for key in keys if key in model.quantities}
    failed = next((name for name in given_up if name in names and not _is_a_target_here(name, refuted)), None)
    return None if failed is None else said("it rests on ", failed.bare, ", whose definition has no meaning here")


def values_of_an_example(refuted: Refuted) -> Told | None:
    """What single equations say of numbered steps may be the example of another network than the one that the claim is about."""
    model = refuted.decider.model
    first = model.first - 1
    special = {
        key: q
        for key, q in model.quantities.items()
        if q.definition and any(not at.names() and at.constant > first for at, _ in q.special)
    }
    used = {key for r in refuted.admissible for key in dependencies((r.claim.left, r.claim.right), model)} & special.keys()
    if not used:
        return None
    general = {
        key: replace(q, special=tuple(s for s in q.special if s[0].names() or s[0].constant <= first)) for key, q in special.items()
    }
    decider = Decider(replace(model, quantities={**model.quantities, **general}), refuted.decider.instance)
    if not any(isinstance(decider.decide(r.claim), Holds) for r in refuted.admissible):
        return None
    return said(
        "it is true where ",
        name_typed(model.quantities[min(used)].name),
        " has its general equation at every step, also where another one is given",
    )


def equation_of_a_step(refuted: Refuted) -> Told | None:
    """``a_2 = \\tanh(x_2 A + a_1 B)``, with weights that the general equation does not have, may be a step of another network."""
    model, lexicon = refuted.decider.model, refuted.understanding.lexicon
    found = lexicon.occurrence(refuted.relation.left)
    numbered = found is not None and found.indices and all(isinstance(index, Num) for index in found.indices)
    known = model.named(found.name).get(True) if found is not None and numbered else None
    if known is None or any(isinstance(node, Deriv) for node in refuted.nodes):
        return None
    if known.definition is None:
        return said("nothing else says what ", refuted.relation.left, " is: this may be its definition")
    general = replace(model, quantities={key: replace(q, special=()) for key, q in model.quantities.items()})
    own = dependencies((known.definition,), general)
    weights = [q for name in refuted.names for q in model.named(name).values() if q.is_parameter]
    other = next((q for q in weights if q.key not in own), None)
    if other is None:
        return None
    return said(
        "the general equation of ",
        name_typed(known.name),
        " has no ",
        name_typed(other.name),
        ": this may be a step of another network",
    )


def letter_of_a_rule(refuted: Refuted) -> Told | None:
    """A letter without a step may be that of an equation without one, ``y = W x``, which is about no step of this network."""
    understanding = refuted.understanding
    sides = (refuted.relation.left, refuted.relation.right)
    named = [o for side in sides for o in outermost(side, understanding.lexicon)]
    bare = {quantity_key(o.name, False): o.name for o in named if not o.indices}
    key = next((key for key in understanding.refused.values() if key in bare), None)
    return None if key is None else said(bare[key].bare, " may be that of an equation which has no meaning here")


def said_to_be_near(refuted: Refuted) -> Told | None:
    """What the text calls approximate is not claimed as it stands."""
    near = is_approximate(refuted.statement.context)
    return "the text calls it an approximation, or leaves something out of it; write what is left out" if near else None


def _is_a_target_here(name: Name, refuted: Refuted) -> bool:
    """Whether a failed equation for a letter without a step, ``y = W x``, is about another one than the targets y_t of the claim.

    A target is what the losses alone are made of; where the claim has the letter without a step as well, it may be either.
    """
    understanding = refuted.understanding
    quantities = understanding.model.quantities.values()
    target = understanding.model.named(name).get(True)
    if target is None or target.definition is not None or target.key in understanding.refused.values():
        return False
    found = (o for side in (refuted.relation.left, refuted.relation.right) for o in outermost(side, understanding.lexicon))
    bare = any(occurrence.name == name and not occurrence.indices for occurrence in found)
    users = [q for q in quantities if q.definition is not None and target.key in q.uses]
    return not bare and bool(users) and not any(q.shape for q in users)


def doubtful_definition(refuted: Refuted) -> Told | None:
    """Two equations may run together, here or in what defines a quantity of the claim, or a letter may be given another value."""
    before = {p: doubt for p, doubt in refuted.understanding.doubts.items() if p <= refuted.position}
    if refuted.position in before:
        return before[refuted.position].reason
    names = _rests_on(refuted) if before else set()
    found = ((name, doubt) for doubt in before.values() for name in doubt.names if name in names)
    return next((said("it rests on ", name.bare, ", whose definition is doubtful: ", doubt.reason) for name, doubt in found), None)


def step_in_a_word(refuted: Refuted) -> Told | None:
    """``u_{ot}`` may be u_o at step t, where nothing shows that o is a name."""
    model = refuted.understanding.model
    for name in sorted(_rests_on(refuted), key=lambda n: n.text):
        if name.suffix[1:] == "t" and True not in model.named(name):
            return said(
                "it rests on ",
                name_typed(name),
                ", which may be ",
                name.bare,
                f" with the name {name.suffix[0]} at step t; write it with a comma",
            )
    return None


def _rests_on(refuted: Refuted) -> set[Name]:
    """The quantities that a claim names, and those that its readings depend on."""
    model = refuted.understanding.model
    names = refuted.names
    for reading in refuted.admissible:
        keys = dependencies((reading.claim.left, reading.claim.right), extended(model, reading.claim))
        names |= {model.quantities[key].name for key in keys if key in model.quantities}
    if not refuted.admissible:
        names |= _dependencies(names, model)
    return names


def _dependencies(names: set[Name], model: Model) -> set[Name]:
    refs = tuple(Ref(q.key, None, q.shape) for name in names for q in model.named(name).values())
    return {model.quantities[key].name for key in dependencies(refs, model) if key in model.quantities}


def open_function(refuted: Refuted) -> Told | None:
    """A claim may write out a derivative of a function that the document leaves open: a loss, or an activation."""
    model = refuted.understanding.model
    for reading in refuted.admissible:
        left, right = (_open_slopes(side, model) for side in (reading.claim.left, reading.claim.right))
        if not reading.claim.literal_zero and left - right:
            return "it may be true of some losses or functions and false of others, and nothing says which one is meant"
        written = [_differentiated(side, model) for side in (reading.claim.left, reading.claim.right)]
        open_ones = sorted(written[0] - written[1])
        if open_ones:
            return said(
                "it may be true of some functions ", Sym(open_ones[0]), ", and the document does not say which one is meant"
            )
    return None


def slope_of_an_example(refuted: Refuted) -> Told | None:
    """``1 - h_t^2`` beside ``h_t = f(z_t)``, or a tanh that the network does not have: the claim is about one of the functions f."""
    model, lexicon = refuted.understanding.model, refuted.understanding.lexicon
    functions = {
        n.function for q in model.quantities.values() for n in walk(q.definition or Const(Fraction(0))) if isinstance(n, Map)
    }
    open_ones = sorted(functions - BY_NAME.keys())
    for _, node in walk_term(refuted.relation.right) if open_ones else ():
        if isinstance(node, Add) and len(node.terms) == 2 and node.terms[0] == Num(Fraction(1)) and isinstance(node.terms[1], Neg):
            inner = node.terms[1].term
            found = lexicon.occurrence(inner.base if isinstance(inner, Pow) else inner)
            known = model.named(found.name).values() if found is not None else ()
            if any(isinstance(q.definition, Map) and q.definition.function in open_ones for q in known):
                return said(
                    "it may be true of some functions ", Sym(open_ones[0]), ", and the document does not say which one is meant"
                )
        if isinstance(node, Compare) and any(lexicon.occurrence(side) is not None for side in (node.left, node.right)):
            return said(
                "it may be true where ", Sym(open_ones[0]), " has a kink, and the document does not say which function is meant"
            )
        name = meaning(_letter(node.function)) if isinstance(node, Apply) and not _is_open(node.function) else ""
        if name not in functions and quadratic(name) is not None:
            return said(
                "it may be true where ", Sym(open_ones[0]), f" is {name}, and the document does not say which function is meant"
            )
    return None


def unknown_function(refuted: Refuted) -> Told | None:
    """A claim may be about a function that nothing in the document says anything of: ``h_3 = f(h_2)``."""
    model, right = refuted.understanding.model, refuted.relation.right
    if isinstance(right, Apply) and is_abstract(right, model.functions) and not _is_made_by(refuted, _letter(right.function)):
        return said("nothing says what the function ", by_name(_letter(right.function)), " is")
    for reading in refuted.admissible:
        if any(
            isinstance(n, Map) and n.function == "norm" for side in (reading.claim.left, reading.claim.right) for n in walk(side)
        ):
            return "a length that is not squared has no exact value here"
        written, more = (_open_functions(side, model) for side in (reading.claim.left, reading.claim.right))
        if more - written:
            return said("nothing says what the function ", by_name(sorted(more - written)[0]), " is")
    used = {
        n.function for q in model.quantities.values() if q.definition is not None for n in walk(q.definition) if isinstance(n, Map)
    }
    for node in refuted.nodes:
        letter = _letter(node.function) if isinstance(node, Apply) else ""
        if letter and not is_well_known(letter) and letter not in used and letter not in model.functions:
            return said("nothing says what the function ", by_name(letter), " is")
    return _another_use(refuted, used)


def _another_use(refuted: Refuted, used: set[str]) -> Told | None:
    """``E = f(o)`` may be meant with a function of its own where E is made with no open f, as other quantities are."""
    right, left = refuted.relation.right, refuted.understanding.lexicon.occurrence(refuted.relation.left)
    letter = _letter(right.function) if isinstance(right, Apply) else ""
    if left is None or letter not in used - BY_NAME.keys() - refuted.understanding.model.functions.keys():
        return None
    own = (q.definition for q in refuted.understanding.model.named(left.name).values() if q.definition is not None)
    made_with = {n.function for definition in own for n in walk(definition) if isinstance(n, Map)}
    return None if letter in made_with else said("the function ", by_name(letter), " may be another one here")


def _is_made_by(refuted: Refuted, function: str) -> bool:
    """Whether the left side is defined as the value of a function."""
    found = refuted.understanding.lexicon.occurrence(refuted.relation.left)
    known = refuted.understanding.model.named(found.name).values() if found is not None else ()
    return any(isinstance(q.definition, Map) and q.definition.function == function for q in known)


def _open_functions(side: Tensor, model: Model) -> set[str]:
    """The functions without a rule that a side holds, also in what it is defined by."""
    nodes = (n for part in (side, *_definitions(side, model)) for n in walk(part))
    return {n.function for n in nodes if isinstance(n, Map)} - BY_NAME.keys()


def _is_open(function: Term) -> bool:
    """Whether a function is a letter with a script, as a σ is read that a document leaves open."""
    while isinstance(function, Mark):
        function = function.base
    return isinstance(function, Sub)


def _letter(function: Term) -> str:
    while isinstance(function, (Mark, Sub)):
        function = function.base
    return function.name if isinstance(function, Sym) else ""


def supposition(refuted: Refuted) -> Told | None:
    """A claim may be about an example, where a quantity that it depends on has a value supposed just before."""
    model = refuted.understanding.model
    names = refuted.names | _dependencies(refuted.names, model)
    if _has_numbered_steps(refuted) and _goes_to_the_end(names, model):  # ``T = 3`` says where that is
        names.add(Name(model.horizon))
    for name, statement in refuted.suppositions:
        if name in names and statement.section == refuted.statement.section:
            return f"it may be meant where {statement.latex} ({statement.place.within})"
    return None


def _has_numbered_steps(refuted: Refuted) -> bool:
    found = map(refuted.understanding.lexicon.occurrence, refuted.nodes)
    return any(isinstance(index, Num) for occurrence in found if occurrence is not None for index in occurrence.indices)


def _goes_to_the_end(names: set[Name], model: Model) -> bool:
    """Whether one of some quantities is defined by what is at the last step, or up to it."""
    definitions = (q.definition for name in names for q in model.named(name).values())
    return any(definition is not None and model.horizon in definition.free for definition in definitions)


def guessed_rank(refuted: Refuted) -> Told | None:
    """Shapes that do not meet may be those of what only an open function gives, or of another name (``n = m``) for what nothing defines."""
    understanding = refuted.understanding
    if refuted.admissible:
        return None
    named = refuted.names
    renamed = (
        name
        for name in named
        if any(_is_another_name(q.definition, understanding.model) for q in understanding.model.named(name).values())
    )
    loose = (name for name in named if _stands_alone(name, understanding.model))
    abstract = (
        name for name in understanding.abstract if name in named and name.letter not in LOSSES - {"C"}
    )  # a loss is a number
    clashes = [reason.clash for reason in refuted.refused if reason.clash is not None]
    labels = {label for clash in clashes for side in (clash.left, clash.right) for label in side}
    own = (name for label in sorted(labels) for name in _of_a_size_of_its_own(label, understanding.model))
    deep = (name for name in named if _has_many_axes(name, understanding.model))
    name = next(iter((*abstract, *renamed, *loose, *own, *deep)), None)
    return None if name is None else said("nothing says how many components ", name.bare, " has")


def _has_many_axes(name: Name, model: Model) -> bool:
    """Whether a quantity that no space declares is taken to have three axes or more: its scripts may be no components."""
    return name not in model.declared and any(len(q.shape) > 2 for q in model.named(name).values())


def _of_a_size_of_its_own(label: str, model: Model) -> Iterator[Name]:
    """The quantities along an axis that only parameters and values at one step have: no equation for every step says how long it is."""
    having = [q for q in model.quantities.values() if label in q.shape]
    used = {key for q in model.quantities.values() if q.definition is not None for key in mentioned(q.definition)}
    if len(parts_of(label)) == 1 and not any(q.definition is not None or (q.timed and q.key in used) for q in having):
        yield from (q.name for q in sorted(having, key=lambda q: q.is_parameter))


def _stands_alone(name: Name, model: Model) -> bool:
    """Whether nothing defines a quantity, and nothing is defined by it and what is computed: then its size is that of no other."""
    known = model.named(name).values()
    computed = {key for key, q in model.quantities.items() if q.definition is not None}
    inside = {key for q in model.quantities.values() for key in q.uses}
    used = {key for q in model.quantities.values() if q.uses & computed or q.key in inside for key in q.uses}
    return bool(known) and all(q.shape and q.definition is None and not q.special and q.key not in used for q in known)


def _is_another_name(definition: Tensor | None, model: Model) -> bool:
    return isinstance(definition, Ref) and model.quantities[definition.quantity].definition is None


def derivative_of_a_free_letter(refuted: Refuted) -> Told | None:
    """What is differentiated and has no equation may depend on more than the document says: a gate whose equation is not read."""
    model = refuted.understanding.model
    for side in (refuted.relation.left, refuted.relation.right):
        for node in (n for _, n in walk_term(side) if isinstance(n, Deriv) and not n.prefix):
            found = refuted.understanding.lexicon.occurrence(node.numerator)
            known = model.named(found.name) if found is not None else {}
            if found is not None and known and all(q.definition is None and not q.special and not q.slope for q in known.values()):
                return said("no equation says what ", found.name.bare, " depends on, and it is differentiated")
    return None


def left_on_the_right(refuted: Refuted) -> Told | None:
    """``dL/dh_t = a + dL/dh_t``: what is added to itself may be what comes from elsewhere."""
    left, right = refuted.relation.left, refuted.relation.right
    if not isinstance(right, Add) or left not in right.terms:
        return None
    return said(left, " stands on both sides, and may be what comes to it from elsewhere on the right; give that another letter")


def unused_quantity(refuted: Refuted) -> Told | None:
    """The derivative of a loss by a quantity that nothing is made of is no error of the network: its letter may be that of another one."""
    for reading in refuted.admissible:
        model = extended(refuted.understanding.model, reading.claim)
        sides = (reading.claim.left, reading.claim.right)
        for jac in (n for side in sides for part in (side, *_definitions(side, model)) for n in walk(part) if isinstance(n, Jac)):
            quantity = model.quantities.get(jac.wrt.quantity)
            computed = quantity is not None and quantity.timed and quantity.definition is not None and not jac.numerator.shape
            if computed and jac.wrt.quantity not in dependencies((jac.numerator,), model):
                return said(
                    "nothing of the network is made of ",
                    name_typed(model.quantities[jac.wrt.quantity].name),
                    ", by which is differentiated",
                )
    return None


def _is_of_known_parts(refuted: Refuted) -> bool:
    """Whether a claim is made of what one cell hands to another, which is true or false of any loss."""
    return any(part_of(name) is not None for name in refuted.names & refuted.errors)


def without_a_path(refuted: Refuted) -> Told | None:
    """``\\partial h_t / \\partial h_{t-1}`` is not meant as zero where no equation makes h of h, as where the gates have ``H_{t-1}``."""
    for reading in refuted.admissible:
        model = extended(refuted.understanding.model, reading.claim)
        for jac in (n for side in (reading.claim.left, reading.claim.right) for n in walk(side) if isinstance(n, Jac)):
            above = model.quantities.get(jac.numerator.quantity) if isinstance(jac.numerator, Ref) else None
            if above is None or above.definition is None or jac.numerator == jac.wrt or reading.claim.literal_zero:
                continue
            below = model.quantities[jac.wrt.quantity]
            if below.timed and below.definition is not None and below.key not in dependencies((above.definition,), model):
                return said(
                    "no equation makes ", name_typed(above.name), " of ", name_typed(below.name), ", by which it is differentiated"
                )
    return None


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
    used = {key for c in claims for key in refuted.understanding.examples & dependencies((c.left, c.right), refuted.decider.model)}
    used |= {quantity.key for c in claims for quantity in c.unknown if quantity.key == UNNAMED}
    free = {name for claim in claims for name, *_ in claim.variables}
    settled = free <= set(refuted.understanding.lexicon.free_letters(refuted.relation.left))
    if not used or _is_of_known_parts(refuted) or (settled and false_of_every_loss(claims, used, refuted.decider)):
        return None
    return "nothing says how the loss depends on the outputs of the steps; write it out, or as a sum over the steps"


def unlinked_loss(refuted: Refuted) -> Told | None:
    """The loss of one step, left open, beside a loss as a whole that is written out: nothing says that it is a term of that."""
    model = refuted.understanding.model
    for reading in refuted.admissible:
        keys = dependencies((reading.claim.left, reading.claim.right), model)
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
    for loss, shorter in shorter_sequences(claims, refuted.decider):
        if not all(isinstance(shorter.decide(claim), Fails) for claim in claims):
            last, horizon = _last_number(loss), shorter.model.horizon
            return said(
                name_typed(loss.name),
                f" ends at step {last}, and only beyond it this is known to be false; write the sum up to {horizon}",
            )
    return None


def shorter_sequences(claims: Sequence[Claim], decider: Decider) -> Iterator[tuple[Quantity, Decider]]:
    """The losses that some claims depend on and that end at a number, before the last step of the instance; with it ending there."""
    model, instance = decider.model, decider.instance
    keys = set().union(*(dependencies((claim.left, claim.right), model) for claim in claims))
    for quantity in (model.quantities[key] for key in sorted(keys) if key in model.quantities):
        last = _last_number(quantity)
        steps = last - model.first + 1 + model.horizon_offset
        if last > model.first and steps < instance.steps:
            yield quantity, Decider(model, replace(instance, steps=steps), decider.manner)


def _last_number(quantity: Quantity) -> int:
    """The last step that the definition of a loss goes to by its number; 0 where it goes to none, or to a letter."""
    if quantity.timed or quantity.shape or quantity.definition is None:
        return 0
    nodes = list(walk(quantity.definition))
    times = [n.upper for n in nodes if isinstance(n, Sum)] + [n.time for n in nodes if isinstance(n, Ref) and n.time is not None]
    return max((time.constant for time in times if not time.terms), default=0)


def part_of_an_error(refuted: Refuted) -> Told | None:
    r"""An error that no equation defines, as ``\delta^{h,\text{next}}_t``, is no free letter: it is a derivative said in words."""
    model = refuted.understanding.model
    for name in refuted.names:
        if part_of(name) is not None and name not in refuted.errors:
            return said("it rests on ", name_typed(name), ", a part of a gradient that is said in words alone; add its equation")
    for key in sorted(k for r in refuted.admissible for k in dependencies((r.claim.left, r.claim.right), model)):
        quantity = model.quantities.get(key)
        free = quantity is not None and quantity.timed and quantity.definition is None  # a value at the end alone defines none
        if quantity is not None and free and not quantity.slope and _is_error(quantity.name):
            return said("it rests on ", name_typed(quantity.name), ", which no equation defines; add its equation")
    return None


def part_at_a_bar(refuted: Refuted) -> Told | None:
    r"""What stands at the foot of a bar and is no step, ``\right|_{h_{t+1}}``, may be held fixed, or be what a part comes through."""
    feet = [foot[1:-1].strip() if foot.startswith("{") else foot for foot in _FEET.findall(refuted.statement.latex)]
    found = next((foot for foot in feet if not _STEP.fullmatch(foot)), None)
    return None if found is None else f"{found} at the foot of a bar may name a part of the derivative; give that part a letter"


_FEET = re.compile(r"(?:\||\\r?vert|\\mid)\s*_\s*(\{(?:[^{}]|\{[^{}]*\})*\}|\\[A-Za-z]+|[^\s\\{])")
_STEP = re.compile(r"[a-z\d](?:\s*[-+]\s*\d+)?")


def _is_error(name: Name) -> bool:
    """Whether a letter stands for an error: an ε without a name beside it may be noise, which is free."""
    return name.letter in ERRORS and (bool(name.suffix) or name.letter.lower() == "delta")


def _open_slopes(side: Tensor, model: Model) -> set[str]:
    """The slopes of open functions that a side is about: those it holds, and those of what it differentiates."""
    jacobians = [n for part in (side, *_definitions(side, model)) for n in walk(part) if isinstance(n, Jac)]
    keys = {n.quantity for n in walk(side) if isinstance(n, Ref)} | dependencies(tuple(n.numerator for n in jacobians), model)
    return {key for key in keys if key in model.quantities and model.quantities[key].slope}


def _differentiated(side: Tensor, model: Model) -> set[str]:
    """The functions without a rule that a side differentiates, or holds the derivative of, also in what it is defined by.

    A derivative differentiates what lies between its numerator and what it is by: ∂L/∂o_t not the activation that o_t is made with.
    """
    nodes = [n for part in (side, *_definitions(side, model)) for n in walk(part)]
    found = {n.function for n in nodes if isinstance(n, Map) and n.order}
    for jac in (n for n in nodes if isinstance(n, Jac)):
        parts = (jac.numerator, *_definitions(jac.numerator, model))
        maps = {n for part in parts for n in walk(part) if isinstance(n, Map) and n.function not in BY_NAME}
        found |= {n.function for n in maps if jac.wrt.quantity in dependencies((n.argument,), model)}
    return found - BY_NAME.keys()


def _definitions(node: Tensor, model: Model) -> list[Tensor]:
    """What defines the quantities that an expression depends on."""
    found = (model.quantities[key].definition for key in dependencies((node,), model) if key in model.quantities)
    return [definition for definition in found if definition is not None]


def unclear_condition(refuted: Refuted) -> Told | None:
    """A condition that is stated beside an equation may restrict more than its indices."""
    is_index = refuted.understanding.lexicon.is_index
    unclear = next((c for c in refuted.relation.conditions if not (is_index(c.left) and is_index(c.right))), None)
    return None if unclear is None else said("it is stated where ", unclear, ", which is not about its indices")


def restated_aside(refuted: Refuted) -> Told | None:
    """An aside, or what "would be" so "in some variants", may speak of a quantity of another network."""
    statement, right = refuted.statement, refuted.relation.right
    found = refuted.understanding.lexicon.occurrence(refuted.relation.left)
    known = refuted.understanding.model.named(found.name).values() if found is not None else ()
    derived = any(isinstance(n, Deriv) for _, n in walk_term(right))
    aside = statement.remark or (not derived and (is_doubted(statement.context, "") or _leaves_out(refuted)))
    if aside and any(q.definition is not None for q in known):
        return said("an aside, which says something else of ", refuted.relation.left, " than its definition")
    return None


def _leaves_out(refuted: Refuted) -> bool:
    """Whether an equation in a sentence lacks some of what its quantity is made with, but no weight: ``h_t = f(U x_t)``."""
    lexicon, model = refuted.understanding.lexicon, refuted.understanding.model
    found = lexicon.occurrence(refuted.relation.left)
    if not refuted.statement.inline or refuted.statement.previous is not None or found is None:
        return False
    written = {o.name for _, n in walk_term(refuted.relation.right) if (o := lexicon.occurrence(n)) is not None}
    if not any(q.is_parameter for name in written for q in model.named(name).values()):
        return False
    uses = [{model.quantities[key].name for key in q.uses if key in model.quantities} for q in model.named(found.name).values()]
    return any(written & made < made for made in uses)


def other_explicit_derivative(refuted: Refuted) -> Told | None:
    """An explicit derivative may hold the other quantities of its step fixed as well, or that of a total all other steps."""
    for reading in refuted.admissible:
        if any(isinstance(n, Jac) and n.explicit for side in (reading.claim.left, reading.claim.right) for n in walk(side)):
            for manner, meaning in _EXPLICIT.items():
                if _may_hold(reading.claim, refuted.decider, manner):
                    return f"it may be true where ∂⁺ {meaning}"
    return None


def _may_hold(claim: Claim, decider: Decider, manner: str) -> bool:
    """Whether a claim is not refuted in another manner of explicit derivatives, at the instance or at a longer one."""
    outcome = Decider(decider.model, decider.instance, manner).decide(claim)
    if not isinstance(outcome, Holds):
        return not isinstance(outcome, Fails)
    longer = replace(decider.instance, steps=decider.instance.steps + _MORE_STEPS)
    return Decider(decider.model, longer, manner).refute(claim, outcome.hypotheses) is None


_MORE_STEPS = 4
_EXPLICIT = {
    BY_THE_EQUATION: "is by what stands in the equation itself, and holds the other quantities of the step fixed",
    AT_ONE_STEP: "of a sum over all steps holds fixed what stands at other steps",
}


def other_side(refuted: Refuted) -> Told | None:
    """``h_1 = h_0 W + x_1 U`` beside ``h_t = W h_{t-1} + U x_t``: an equation anew, with vectors on the other side of the matrices."""
    relation, understanding = refuted.relation, refuted.understanding
    found = understanding.lexicon.occurrence(relation.left)
    made = [q.definition for q in understanding.model.named(found.name).values() if q.definition is not None] if found else []
    behind = [inner for definition in made for inner in (definition, *_definitions(definition, understanding.model))]
    if not made or any(
        isinstance(node, Jac) for definition in behind for node in walk(definition)
    ):  # what is no state but an error
        return None
    turned = replace(relation, right=_turned(relation.right))
    admissible = readings(turned, understanding.model, understanding.lexicon)[0] if turned != relation else []
    if not any(isinstance(refuted.decider.decide(reading.claim), Holds) for reading in admissible):
        return None
    return (
        "vectors stand on the other side of matrices in the equation before; write it so, or say that rows are meant from here on"
    )


def _turned(term: Term) -> Term:
    """A formula with every product the other way round."""
    term = rebuilt(term, _turned)
    return replace(term, factors=term.factors[::-1]) if isinstance(term, Mul) else term


def step_of_an_example(refuted: Refuted) -> Told | None:
    """``W^{(k)} e_{T-2} = e_{T-3}``: a formula at single steps may be an example, in which a letter besides is one of them as well."""
    left, lexicon = refuted.relation.left, refuted.understanding.lexicon
    fixed = (o for side in (left, refuted.relation.right) for o in outermost(side, lexicon))
    if lexicon.occurrence(left) is not None or isinstance(left, Deriv) or not any(_at_one_step(o, lexicon) for o in fixed):
        return None
    decider = refuted.decider
    for claim in (reading.claim for reading in refuted.admissible):
        for letter in (name for name, role, _ in claim.variables if role == "time"):
            for step in range(decider.model.first, decider.model.first + decider.instance.steps):
                there = Condition("=", Affine.of(letter), Affine((), step))
                if decider.agrees(replace(claim, within=(*claim.within, there)), decider.usual(claim)):
                    return said(
                        "it may be meant at one ",
                        by_name(letter),
                        " of its other steps; write that step for the letter, or say it beside",
                    )
    return None


def _at_one_step(occurrence: Occurrence, lexicon: Lexicon) -> bool:
    return bool(occurrence.indices) and all(is_fixed(index, lexicon) for index in occurrence.indices)


def another_name(refuted: Refuted) -> Told | None:
    """The link ``(y_T - h_T)^2`` after ``L = (y_T - p_T)^2`` may say what p is, where no equation defines it."""
    lexicon, previous = refuted.understanding.lexicon, refuted.statement.previous
    if previous is None or lexicon.occurrence(refuted.relation.left) is None:
        return None
    before, now = ({o.name for o in outermost(side, lexicon)} for side in (previous, refuted.relation.right))
    known = {name: refuted.understanding.model.named(name).values() for name in before | now}
    free = [name for name in before - now if any(q.timed for q in known[name]) and all(q.definition is None for q in known[name])]
    computed = any(q.definition is not None for name in now - before for q in known[name])
    return said("no equation defines ", free[0].bare, ", and this one may say what it is") if free and computed else None


def constraint(refuted: Refuted) -> Told | None:
    """``w_1 + w_2 = 1``, ``n_x = m``: what only says that free letters have a value restricts them, and claims nothing of the network."""
    relation, model = refuted.relation, refuted.understanding.model
    sides = (relation.left, relation.right)
    bare = all(isinstance(side, (Sym, Sub)) for side in sides)
    if not (bare or any(map(_is_number, sides))) or any(isinstance(n, Deriv) for n in refuted.nodes):
        return None
    known = [q for name in refuted.names for q in model.named(name).values()]
    if any(not (q.definition is None or isinstance(q.definition, Ref)) or q.special for q in known) or not refuted.names:
        return None
    return "it restricts letters that are free in this network, and may be a condition"


def of_any_index(refuted: Refuted) -> Told | None:
    """``\\tilde x = \\lambda x_i + (1 - \\lambda) x_j``: what a quantity is does not hold for each i and j that it has not itself."""
    left, right, lexicon = refuted.relation.left, refuted.relation.right, refuted.understanding.lexicon
    if lexicon.occurrence(left) is None or any(isinstance(node, Deriv) for node in refuted.nodes):
        return None
    own = set(lexicon.free_letters(left))
    loose = next((letter for letter in lexicon.free_letters(right) if letter not in own), None)
    return None if loose is None else said("it does not say which ", by_name(loose), " is meant; ", left, " has none")


def by_a_function(refuted: Refuted) -> Told | None:
    """``\\partial z / \\partial g`` beside ``z = f(g(x))``: a letter of a function stands for its value, of which no equation says it."""
    model = refuted.understanding.model
    maps = (n for q in model.quantities.values() if q.definition is not None for n in walk(q.definition) if isinstance(n, Map))
    functions = model.functions.keys() | {n.function for n in maps}
    for node in (n for n in refuted.nodes if isinstance(n, Deriv) and not n.prefix):
        found = next(
            (side for side in (node.numerator, node.denominator) if isinstance(side, Sym) and side.name in functions), None
        )
        if found is not None:
            return said(found, " is a function, and may stand for its value; give that a letter")
    return None


def letter_and_number(refuted: Refuted) -> Told | None:
    """``a1 = a2``: a letter with a number behind it is a name, and no product."""
    for side in (refuted.relation.left, refuted.relation.right):
        if isinstance(side, Mul) and not side.sign and len(side.factors) == 2 and isinstance(side.factors[1], Num):
            return said(side, " may be a name; write its number below the letter")
    return None


def _is_number(term: Term) -> bool:
    return isinstance(term, Num) or (
        isinstance(term, Frac) and isinstance(term.numerator, Num) and isinstance(term.denominator, Num)
    )


def function_of_a_letter(refuted: Refuted) -> Told | None:
    """``h(x) = c x``: letters of vectors that do not multiply may be a function and its argument."""
    left = refuted.relation.left
    if refuted.admissible or not isinstance(left, Mul) or left.sign or not all(isinstance(f, Sym) for f in left.factors):
        return None
    return said(left, " may be a function of a letter, and nothing says which one")


def decimal(refuted: Refuted) -> Told | None:
    """``y_1 - 0.5``, ``W \\cdot 0.087``: a decimal may be what a letter is in the text's example."""
    found = has_value_of_an_example(refuted.relation.right)
    return "a decimal stands in it, which may be the value of a letter in an example; write the letter" if found else None


def number_of_an_example(refuted: Refuted) -> Told | None:
    """``\\partial L / \\partial x = 14 \\times 3``: a number that is not 0 or 1 may be the value in an example."""
    nodes = [node for _, node in walk_term(refuted.relation.right)]
    numbers = {node.value for node in nodes if isinstance(node, Num)}
    if any(isinstance(node, Sym) for node in nodes) or numbers <= {0, 1}:
        return None
    return "its right side is a number, which may be the value in an example; write it in letters"


def other_function(refuted: Refuted) -> Told | None:
    """``σ(z) = \\max(0, z)`` in a list of functions names another one to choose."""
    left, right = refuted.relation.left, refuted.relation.right
    if isinstance(left, (Sub, Sup)) and isinstance(left.base, Apply):
        return said(
            by_name(_letter(left.base.function)), " may be a function of vectors here, such as the softmax; give that one a letter"
        )
    known = [name for record in BY_NAME.values() if quadratic(record.name) is not None for name in record.spellings]
    if isinstance(left, Apply) and isinstance(left.function, Mark):
        letter = _letter(left.function)
        choice = rf"\\?{letter}\s*\(\s*\w+\s*\)\s*=\s*\\?(?:{'|'.join(name for name in known if name != letter)})\b"
        chosen = bool(letter) and re.search(choice, refuted.statement.context) is not None
        return (
            said("it may be about another function that ", by_name(letter), " is here; give that one a letter") if chosen else None
        )
    if not isinstance(left, Apply) or not isinstance(left.function, Sym):
        return None
    nodes = [node for _, node in walk_term(right)]
    model, lexicon = refuted.understanding.model, refuted.understanding.lexicon
    others = [left.argument, *(Apply(Sym(name), left.argument) for name in known if name != left.function.name)]
    claims = (readings(replace(refuted.relation, left=other), model, lexicon)[0] for other in others)
    held = any(isinstance(refuted.decider.decide(r.claim), Holds) for some in claims for r in some)
    if not held and not any(isinstance(node, (Extremum, Cases)) for node in nodes):
        return None
    return said("it may name another function to choose for ", by_name(_letter(left.function)), "; give that one a letter")


def layers(refuted: Refuted) -> Told | None:
    """Weights that differ from step to step, ``W^{[l]}``, are those of layers, which are no steps of a recurrent network."""
    model = refuted.understanding.model
    for name in sorted(_rests_on(refuted), key=str):
        step = model.named(name).get(True)
        if name.letter in ("W", "w") and step is not None and step.definition is None:
            return said(name.bare, " differs from step to step, as the weights of layers do, which are no steps of one network")
    return None


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
    return isinstance(side, Ref) and not side.shape and side.time == Affine.of(model.horizon, model.horizon_offset)


def other_units(refuted: Refuted) -> Told | None:
    """A second equation by entries, on its own and without a derivative, may be of other units: ``a_k^t`` beside ``a_h^t``."""
    lexicon, relation = refuted.understanding.lexicon, refuted.relation
    found = lexicon.occurrence(relation.left)
    known = found and refuted.understanding.model.named(found.name).get(True)
    if not found or not known or known.definition is None or refuted.statement.previous is not None:
        return None
    if found.name in refuted.understanding.model.declared:  # a vector of a space that the text states has no other units
        return None
    letters = {i.name for i in found.indices if isinstance(i, Sym)} - lexicon.times - {lexicon.horizon}
    derived = any(isinstance(node, Deriv) for _, node in walk_term(relation.right))
    if not letters or derived or _is_error(found.name):
        return None
    return said(
        relation.left,
        " has another equation before; if ",
        one_by_one(", ", map(by_name, sorted(letters))),
        " counts other units, give them a letter",
    )


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


def _measure(side: Tensor) -> str:
    """How a loss measures: by a logarithm, or by a square; empty where it does neither."""
    nodes = list(walk(side))
    if any(isinstance(n, Map) and n.function == "log" for n in nodes):
        return "logarithm"
    squares = ((isinstance(n, Power) and n.exponent == 2) or (isinstance(n, Dot) and n.left == n.right) for n in nodes)
    return "square" if any(squares) else ""


Guard = Callable[[Refuted], Told | None]
GUARDS: tuple[Guard, ...] = (
    untried_reading,
    failed_definition,
    values_of_an_example,
    equation_of_a_step,
    letter_of_a_rule,
    said_to_be_near,
    doubtful_definition,
    step_in_a_word,
    open_function,
    slope_of_an_example,
    unknown_function,
    example_of_a_loss,
    unlinked_loss,
    steps_of_the_loss,
    part_of_an_error,
    part_at_a_bar,
    supposition,
    unclear_condition,
    constraint,
    another_name,
    other_side,
    step_of_an_example,
    guessed_rank,
    derivative_of_a_free_letter,
    left_on_the_right,
    unused_quantity,
    without_a_path,
    summed_step,
    restated_aside,
    other_explicit_derivative,
    of_any_index,
    by_a_function,
    letter_and_number,
    function_of_a_letter,
    decimal,
    number_of_an_example,
    other_function,
    layers,
    other_loss,
    other_units,
    summed_examples,
)
