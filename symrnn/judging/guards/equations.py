"""Guards before *wrong*: definitions that failed or may be others, examples, and what is only supposed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

from symrnn.deciding.decide import Decider, Fails, Holds, dependencies
from symrnn.judging.guards.refuted import Refuted, all_dependencies, is_known_error, outcomes_with, rests_on
from symrnn.judging.guards.through import differentiated_through, keys_between
from symrnn.judging.unsaid import outputs_compared
from symrnn.language.claims import Claim, extended
from symrnn.language.functions import meaning
from symrnn.language.model import Model, Name, Quantity, quantity_key
from symrnn.language.parts import ONE, contains
from symrnn.language.tensors import (
    Affine,
    Const,
    Full,
    Jac,
    Map,
    Ref,
    Tensor,
    mentioned,
    parts_of,
    rebuilt,
    refs_in,
    size_of,
    substitute,
    walk,
    with_function,
)
from symrnn.language.terms import ASIDE, Apply, Deriv, Frac, Num, Relation, Sub, Sym, Term
from symrnn.language.terms import walk as walk_term
from symrnn.notation.said import Told, by_name, name_typed, one_by_one, said
from symrnn.notation.vocabulary import MEMBER
from symrnn.reading.definitions import Doubt, Understanding, is_approximate, is_doubted, is_of_one_kind, say_numbers
from symrnn.reading.definitions.doubts import OUTPUT
from symrnn.reading.definitions.examples import is_value_of_an_example
from symrnn.reading.definitions.mentions import occurrences, outermost
from symrnn.reading.document import Statement
from symrnn.reading.lexicon import function_name, is_membership, without_prefix

#: How much of the text before a claim may say that it is about numbers.
_NEAR = 80


def refused_value(refuted: Refuted) -> Told | None:
    """A value at one step, ``r_0 = I``, which the shape that a rule was given does not allow, may say what shape it has."""
    if refuted.admissible or letter_of_a_rule(refuted) is not None:
        return None
    names = {quantity_key(name, timed): name for name in refuted.names for timed in (False, True)}
    before = refuted.understanding.refused.items()
    name = next((names[key] for position, key in before if position < refuted.position and key in names), None)
    return (
        None if name is None else said("another equation for ", name_typed(name), " has no meaning with the shape that it has here")
    )


def failed_definition(refuted: Refuted) -> Told | None:
    """A claim may rest on a quantity whose definition has no meaning here: it names it, or differentiates what is made of it.

    That other quantities have values made of it does not matter to a derivative: it may have any value.
    """
    understanding, relation = refuted.understanding, refuted.relation
    given_up, model = understanding.given_up, understanding.model
    through = [differentiated_through(r.claim, extended(model, r.claim)) for r in refuted.admissible]
    names = refuted.names
    if not through or None in through:
        names = rests_on(refuted)
    names |= {model.quantities[key].name for keys in through if keys for key in keys if key in model.quantities}
    found = (name for name in given_up if name in names)
    failed = next((name for name in found if not _is_a_target_here(name, relation, understanding)), None)
    return None if failed is None else rests_on_failed(failed)


def rests_on_failed(name: Name) -> Told:
    """The reason why a claim that rests on a quantity whose definition has no meaning is not decided."""
    return said("it rests on ", name.bare, ", whose definition has no meaning here")


def goes_through_failed(claim: Claim, relation: Relation, understanding: Understanding) -> Name | None:
    """A quantity whose definition has no meaning here, and through which a derivative of a claim that holds may go.

    As an input it leaves out what that definition says. An equation without derivatives holds whatever it is.
    """
    model = extended(understanding.model, claim)
    behind = (model.quantities[key].definition for key in dependencies(claim.sides, model) if key in model.quantities)
    derived = [n for side in (*claim.sides, *behind) if side is not None for n in walk(side) if isinstance(n, Jac)]
    keys = frozenset[str]().union(*(keys_between(jac, model) for jac in derived))
    names = {model.quantities[key].name for key in keys if key in model.quantities}
    found = (name for name in understanding.given_up if name in names)
    return next((name for name in found if not _is_a_target_here(name, relation, understanding)), None)


def _general(model: Model) -> Model:
    """The network with the general equation of each quantity at all its steps but those that it starts from."""

    def at_every_step(quantity: Quantity) -> Quantity:
        starts = tuple((at, value) for at, value in quantity.special if at.names() or at.constant < model.first)
        return replace(quantity, special=starts) if quantity.definition else quantity

    return replace(model, quantities={key: at_every_step(q) for key, q in model.quantities.items()})


def values_of_an_example(refuted: Refuted) -> Told | None:
    """What single equations say of numbered steps may be the example of another network than the one that the claim is about."""
    model = refuted.decider.model
    general = _general(model)
    special = {key for key, q in model.quantities.items() if q != general.quantities[key]}
    used = {key for r in refuted.admissible for key in dependencies(r.claim.sides, model)} & special
    if not used:
        return None
    decider = Decider(general, refuted.decider.instance)
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
    given = lexicon.occurrence(refuted.relation.right)
    if given is not None and given.indices and all(q.definition is None for q in model.named(given.name).values()):
        return said(refuted.relation.right, " is given, and may be put in place of ", refuted.relation.left, " here")
    own = dependencies((known.definition,), _general(model))
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


def recursion(refuted: Refuted) -> Told | None:
    r"""``m_t = \beta m_{t-1} + \nabla L``, of what no other equation gives at every step, is how it is defined."""
    model, lexicon = refuted.decider.model, refuted.understanding.lexicon
    found = lexicon.occurrence(refuted.relation.left)
    known = model.named(found.name).get(True) if found is not None and found.indices else None
    if known is None or known.definition is not None:
        return None
    earlier = any(o.name == known.name and o.indices != found.indices for o in outermost(refuted.relation.right, lexicon) if found)
    return said("nothing else says what ", refuted.relation.left, " is: this may be its definition") if earlier else None


def other_rule(refuted: Refuted) -> Told | None:
    r"""``\Delta W = -\eta \partial L / \partial W - \lambda W``: there are many rules by which a parameter may change."""
    lexicon = refuted.understanding.lexicon
    found = lexicon.occurrence(refuted.relation.left)
    by = [lexicon.occurrence(node.denominator) for node in refuted.nodes if isinstance(node, Deriv)]
    if found is None or found.name.style != "Delta" or not any(o is not None and o.name == without_prefix(found.name) for o in by):
        return None
    return said("it may be another rule for ", refuted.relation.left)


def beside_the_network(refuted: Refuted) -> Told | None:
    """An example that has letters of the network may have numbers for vectors, or mean the network after all."""
    letter = next((name for name in sorted(refuted.names, key=str) if name.style.startswith(ASIDE)), None)
    return None if letter is None else said(letter.bare, " is one of an example beside the network here; give it another letter")


def members_of_a_set(refuted: Refuted) -> Told | None:
    """What is told apart by a set may be claimed of its members only: it holds where everything is in the set."""
    model = refuted.decider.model
    sets = {key: q for key, q in model.quantities.items() if is_membership(q.name)}
    used = {key for r in refuted.admissible for key in dependencies(r.claim.sides, model)} & sets.keys()
    if not used:
        return None

    def of_all(node: Tensor) -> Tensor:
        is_one = isinstance(node, Map) and node.function == "step" and bool(mentioned(node) & sets.keys())
        return Full(Fraction(1), node.shape) if is_one else rebuilt(node, of_all)

    if not any(isinstance(outcome, Holds) for outcome in outcomes_with(refuted, of_all)):
        return None
    letter = model.quantities[min(used)].name.letter.removeprefix(MEMBER)
    return said("it may be meant for the members of ", by_name(letter), " only")


def of_one_kind(refuted: Refuted) -> Told | None:
    """What is said "if $w$ goes from an input node to a hidden node" is claimed of such weights only, whatever its letters are."""
    said_so = is_of_one_kind(refuted.statement.context)
    return "its sentence says of which units or weights it holds; give those a letter of their own" if said_so else None


def part_of_an_axis(refuted: Refuted) -> Told | None:
    """A claim about every entry along parts that lie one after the other may be meant for those of one part."""
    for claim in (reading.claim for reading in refuted.admissible):
        for name, _, label in claim.variables:
            parts = parts_of(label)
            for number, part in enumerate(parts) if len(parts) > 1 else ():
                at = {name: sum(map(size_of, parts[:number]), Affine.of(name))}
                variables = tuple((n, role, part if n == name else whole) for n, role, whole in claim.variables)
                sides = substitute(claim.left, at), substitute(claim.right, at)
                within = tuple(condition.substitute(at) for condition in claim.within)
                own = replace(claim, left=sides[0], right=sides[1], variables=variables, within=within)
                if isinstance(refuted.decider.decide(own), Holds):
                    return said("it may be meant for some of what ", by_name(name), " counts only")
    return None


def letter_of_a_rule(refuted: Refuted) -> Told | None:
    """A letter without a step may be that of an equation without one, ``y = W x``, which is about no step of this network."""
    understanding = refuted.understanding
    named = occurrences(refuted.relation, understanding.lexicon)
    bare = {quantity_key(o.name, False): o.name for o in named if not o.indices}
    key = next((key for key in understanding.refused.values() if key in bare), None)
    return None if key is None else said(bare[key].bare, " may be that of an equation which has no meaning here")


def said_to_be_near(refuted: Refuted) -> Told | None:
    """What the text calls approximate is not claimed as it stands."""
    near = is_approximate(refuted.statement.context)
    return "the text calls it an approximation, or leaves something out of it; write what is left out" if near else None


def _is_a_target_here(name: Name, relation: Relation, understanding: Understanding) -> bool:
    """Whether a failed equation for a letter without a step, ``y = W x``, is about another one than the targets y_t of the claim.

    A target is what the losses alone are made of, or, of an open loss, what the claim compares; where the claim has the letter without
    a step as well, it may be either.
    """
    quantities, lexicon = understanding.model.quantities.values(), understanding.lexicon
    target = understanding.model.named(name).get(True)
    if target is None or target.definition is not None or target.key in understanding.refused.values():
        return False
    found = occurrences(relation, lexicon)
    bare = any(occurrence.name == name and not occurrence.indices for occurrence in found)
    users = [q for q in quantities if q.definition is not None and target.key in q.uses]
    is_compared = any(given.name == name for _, given, _ in outputs_compared(relation, understanding.model, lexicon))
    return not bare and (bool(users) or is_compared) and not any(q.shape for q in users)


def doubtful_definition(refuted: Refuted) -> Told | None:
    """Two equations may run together, here or in what defines a quantity of the claim, or a letter may be given another value."""
    before = {p: doubt for p, doubt in refuted.understanding.doubts.items() if p <= refuted.position}
    if refuted.position in before:
        return before[refuted.position].reason
    return next(_rests_on_doubts(refuted, before.values()), None)


def unwritten_state(refuted: Refuted) -> Told | None:
    """A state that no equation gives, ``h_{t-1}`` alone, may be made otherwise than it is taken here."""
    return next(_rests_on_doubts(refuted, (d for d in refuted.understanding.doubts.values() if d.unwritten)), None)


def _rests_on_doubts(refuted: Refuted, some: Iterable[Doubt]) -> Iterator[Told]:
    """Why a claim may be true that hangs on doubtful quantities.

    An output that it differentiates by what that is taken to be a function of is one for certain, whatever else goes into it: what is
    false of some of these functions is no equation.
    """
    above = map(refuted.understanding.lexicon.occurrence, (n.numerator for n in refuted.nodes if isinstance(n, Deriv)))
    differentiated = {occurrence.name for occurrence in above if occurrence is not None}
    for name, doubt in [(name, one) for one in some for name in one.names if not one.borne_out]:
        is_known = doubt.unwritten is not None and doubt.unwritten[0] == OUTPUT and name in differentiated
        if not is_known and name in rests_on(refuted, doubt.apart_from):
            yield said("it rests on ", name.bare, ", whose definition is doubtful: ", doubt.reason)


def supposition(refuted: Refuted) -> Told | None:
    """A claim may be about an example, where a quantity that it depends on has a value supposed just before."""
    model = refuted.understanding.model
    names = refuted.names | all_dependencies(refuted.names, model)
    definitions = (q.definition for name in names for q in model.named(name).values() if q.definition is not None)
    names |= {Name(node.function) for definition in definitions for node in walk(definition) if isinstance(node, Map)}
    if _has_numbered_steps(refuted) and _goes_to_the_end(names, model):  # ``T = 3`` says where that is
        names.add(Name(model.horizon))
    supposed = [statement for name, statement in refuted.suppositions if names & {name, *_differentiated(name, model)}]
    here = (statement for statement in supposed if statement.section == refuted.statement.section)
    near = next((statement for statement in here if not _is_data(statement) or _has_decimals(refuted.nodes)), None)
    if near is None or _fails_in_the_example(refuted, supposed) or _fails_for_its_function(refuted, near):
        return None
    return f"it may be meant where {near.latex} ({near.place.within})"


def _fails_for_its_function(refuted: Refuted, supposed: Statement) -> bool:
    """Whether a claim is false as well of the function that is supposed before it, ``\\phi = \\tanh``."""
    problem = supposed.problem
    if problem is None or not problem.chosen:
        return False
    change = partial(with_function, function=problem.example, other=problem.chosen)
    return bool(refuted.admissible) and all(isinstance(outcome, Fails) for outcome in outcomes_with(refuted, change))


def one_unit(refuted: Refuted) -> Told | None:
    """A claim may be about a network of one unit, ``n = 1``, where it is not false: there no factor needs to be made a matrix."""
    supposed = one_unit_said(refuted.statement, refuted.suppositions, refuted.understanding.model)
    claims = [reading.claim for reading in refuted.admissible]
    if supposed is None or (claims and all(isinstance(of_one_unit(refuted.decider).decide(claim), Fails) for claim in claims)):
        return None
    return f"it may be meant where {supposed}"


def one_unit_said(statement: Statement, suppositions: Iterable[tuple[Name, Statement]], model: Model) -> str | None:
    """What says that a statement is about numbers: its sentence, or the size that its section supposes, ``n = 1``."""
    here = (s for _, s in suppositions if s.section == statement.section and s.relation is not None)
    sized = (s.latex for s in here if s.relation and s.relation.right == ONE and _size_letter(s.relation.left) in model.sizes)
    return next(sized, "every quantity is a number" if say_numbers([statement.context[-_NEAR:]]) else None)


def of_one_unit(decider: Decider) -> Decider:
    """Decides at the instance in which every axis has one entry."""
    home = decider.instance
    return Decider(decider.model, replace(home, sizes=tuple((label, 1) for label, _ in home.sizes)))


def _size_letter(term: Term) -> str:
    """The name of the letter of a size, ``d_h``."""
    base, below = (term.base, term.indices) if isinstance(term, Sub) else (term, ())
    return "_".join(part.name for part in (base, *below) if isinstance(part, Sym))


def _is_data(statement: Statement) -> bool:
    """Whether a letter is given the numbers of an example, ``p = [0.2, 0.8]``: an equation without such numbers is not about them."""
    right = statement.relation.right if statement.relation is not None else Num(Fraction(0))
    return not isinstance(right, Num) and is_value_of_an_example(right) and _has_decimals(node for _, node in walk_term(right))


def _has_decimals(nodes: Iterable[Term]) -> bool:
    return any(isinstance(node, Num) and node.value.denominator > 2 for node in nodes)


def _differentiated(name: Name, model: Model) -> Iterator[Name]:
    r"""The quantities whose derivative one is: what is supposed of ``r_t = \\partial \\ell_t / \\partial h_t`` is of the loss."""
    definitions = (q.definition for q in model.named(name).values() if q.definition is not None)
    jacobians = (node for definition in definitions for node in walk(definition) if isinstance(node, Jac))
    return (model.quantities[ref.quantity].name for node in jacobians for ref in refs_in(node.numerator))


def _fails_in_the_example(refuted: Refuted, supposed: Sequence[Statement]) -> bool:
    """Whether a claim about every step is false as well where all letters have the values that are supposed of them, ``w = 1``."""
    model, lexicon = refuted.decider.model, refuted.understanding.lexicon
    timed = all(any(role == "time" for _, role, _ in reading.claim.variables) for reading in refuted.admissible)
    if not refuted.admissible or not timed or _has_numbered_steps(refuted):
        return False
    quantities = dict(model.quantities)
    sides = [side for reading in refuted.admissible for side in reading.claim.sides]
    by = {node.wrt.quantity for side in sides for node in walk(side) if isinstance(node, Jac)}
    for relation in (statement.relation for statement in supposed):
        found = lexicon.occurrence(relation.left) if relation is not None else None
        known = model.named(found.name).get(bool(found.indices)) if found is not None else None
        if (
            relation is None
            or found is None
            or known is None
            or known.shape
            or known.key in by
            or not isinstance(relation.right, Num)
        ):
            return False
        value, before = Const(relation.right.value), quantities[known.key]
        if not found.indices:
            quantities[known.key] = replace(before, definition=value)
        elif len(found.indices) == 1 and isinstance(found.indices[0], Num):
            at = Affine((), int(found.indices[0].value))
            quantities[known.key] = replace(before, special=(*before.special, (at, value)))
        else:
            return False
    decider = Decider(replace(model, quantities=quantities), refuted.decider.instance)
    return all(isinstance(decider.decide(reading.claim), Fails) for reading in refuted.admissible)


def _has_numbered_steps(refuted: Refuted) -> bool:
    found = map(refuted.understanding.lexicon.occurrence, refuted.nodes)
    return any(isinstance(index, Num) for occurrence in found if occurrence is not None for index in occurrence.indices)


def _goes_to_the_end(names: set[Name], model: Model) -> bool:
    """Whether one of some quantities is defined by what is at the last step, or up to it."""
    definitions = (q.definition for name in names for q in model.named(name).values())
    return any(definition is not None and model.horizon in definition.free for definition in definitions)


def new_value(refuted: Refuted) -> Told | None:
    """``a = (1 - z) \\odot a + z \\odot c``, without any step, gives a new value by the one before."""
    left, model = refuted.relation.left, refuted.understanding.model
    found = refuted.understanding.lexicon.occurrence(left)
    known = model.named(found.name).values() if found is not None and not found.indices else ()
    nodes = [node for _, node in walk_term(refuted.relation.right)]
    if left not in nodes or any(isinstance(n, Deriv) for n in nodes) or not known or any(q.definition is not None for q in known):
        return None
    return said(left, " on the right may be its value at the step before; write the steps of both")


def unclear_condition(refuted: Refuted) -> Told | None:
    """A condition that is stated beside an equation may restrict more than its indices."""
    is_index, model = refuted.understanding.lexicon.is_index, refuted.understanding.model
    known = {model.horizon, *model.sizes, *(node.name for node in refuted.nodes if isinstance(node, Sym))}
    for stated in refuted.relation.conditions:
        letters = {n.name for n in stated.nodes() if isinstance(n, Sym)}
        if letters & known - {model.horizon} and letters - known:
            return said("it is stated where ", stated, ", and has no ", one_by_one(", ", map(by_name, sorted(letters - known))))
    unclear = next((c for c in refuted.relation.conditions if not (is_index(c.left) and is_index(c.right))), None)
    return None if unclear is None else said("it is stated where ", unclear, ", which is not about its indices")


def restated_aside(refuted: Refuted) -> Told | None:
    """An aside, or what "would be" so "in some variants", may speak of a quantity of another network."""
    statement, right = refuted.statement, refuted.relation.right
    found = refuted.understanding.lexicon.occurrence(refuted.relation.left)
    known = refuted.understanding.model.named(found.name).values() if found is not None else ()
    derived = contains(right, Deriv)
    aside = statement.remark or (not derived and (is_doubted(statement.context, "") or _leaves_out(refuted)))
    if aside and any(q.definition is not None for q in known):
        return said("an aside, which says something else of ", refuted.relation.left, " than its definition")
    return None


def written_otherwise(refuted: Refuted) -> Told | None:
    """``f_t = \\sigma(W [h, x])`` beside ``f_t = \\sigma(h W + x U)`` is the same gate as others write it, with other matrices."""
    right, lexicon, quantities = refuted.relation.right, refuted.understanding.lexicon, refuted.understanding.model.quantities
    found = lexicon.occurrence(refuted.relation.left)
    known = refuted.understanding.model.named(found.name).get(bool(found.indices)) if found is not None else None
    definition = known.definition if known is not None else None
    if refuted.admissible or not isinstance(right, Apply) or not isinstance(definition, Map) or definition.order:
        return None
    inside = definition.argument
    if isinstance(inside, Ref):  # by a letter for what the function is of
        inside = quantities[inside.quantity].definition or inside
    made = {quantities[key].name for key in mentioned(inside) if key in quantities and quantities[key].is_parameter}
    if meaning(function_name(right.function)) != definition.function or made <= refuted.names:
        return None
    return said(refuted.relation.left, " has an equation with matrices of other shapes; give those here letters of their own")


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


def constraint(refuted: Refuted) -> Told | None:
    """``w_1 + w_2 = 1``, ``n_x = m``: what only says that free letters have a value restricts them, and claims nothing of the network."""
    relation, model = refuted.relation, refuted.understanding.model
    sides = relation.sides
    bare = all(isinstance(side, (Sym, Sub)) for side in sides)
    if not (bare or any(map(_is_number, sides))) or any(isinstance(n, Deriv) for n in refuted.nodes):
        return None
    known = [q for name in refuted.names for q in model.named(name).values()]
    if any(not (q.definition is None or isinstance(q.definition, Ref)) or q.special for q in known) or not refuted.names:
        return None
    return "it restricts letters that are free in this network, and may be a condition"


def _is_number(term: Term) -> bool:
    return isinstance(term, Num) or (
        isinstance(term, Frac) and isinstance(term.numerator, Num) and isinstance(term.denominator, Num)
    )


def layers(refuted: Refuted) -> Told | None:
    """Weights that differ from step to step, ``W^{[l]}``, are those of layers, which are no steps of a recurrent network."""
    model = refuted.understanding.model
    for name in sorted(rests_on(refuted), key=str):
        step = model.named(name).get(True)
        if name.letter in ("W", "w") and step is not None and step.definition is None:
            return said(name.bare, " differs from step to step, as the weights of layers do, which are no steps of one network")
    return None


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
    derived = contains(relation.right, Deriv)
    if not letters or derived or is_known_error(found.name):
        return None
    return said(
        relation.left,
        " has another equation before; if ",
        one_by_one(", ", map(by_name, sorted(letters))),
        " counts other units, give them a letter",
    )
