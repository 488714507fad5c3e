"""Guards before *wrong*: what a function may be that the document leaves open or names elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial

from symrnn.deciding.decide import Fails, Holds, dependencies
from symrnn.judging.guards.refuted import Refuted, definitions_behind, outcomes_with
from symrnn.language.functions import BY_NAME, is_well_known, meaning, quadratic
from symrnn.language.model import Model, reached
from symrnn.language.parts import contains, taken_from_one
from symrnn.language.scripted import letter_under, under
from symrnn.language.tensors import Const, Dot, Full, Jac, Map, Ref, Tensor, rebuilt, walk, with_function
from symrnn.language.terms import Apply, Cases, Compare, Deriv, Extremum, Mark, Mul, Pow, Sub, Sup, Sym, Term
from symrnn.language.terms import walk as walk_term
from symrnn.notation.said import Told, by_name, said
from symrnn.reading.definitions import is_abstract
from symrnn.reading.definitions.mentions import outermost
from symrnn.reading.document.activations import SIGMA, as_open
from symrnn.reading.elaborate import readings
from symrnn.reading.lexicon import function_name


def open_function(refuted: Refuted) -> Told | None:
    """A claim may write out a derivative of a function that the document leaves open: a loss, or an activation."""
    model = refuted.understanding.model
    for reading in refuted.admissible:
        left, right = (_open_slopes(side, model) for side in reading.claim.sides)
        if not reading.claim.literal_zero and left - right:
            return "it may be true of some losses or functions and false of others, and nothing says which one is meant"
        written = [_differentiated(side, model) for side in reading.claim.sides]
        open_ones = sorted(written[0] - written[1])
        if open_ones and not all(_false_of_the_usual(refuted, name) for name in open_ones):
            return said(
                "it may be true of some functions ", Sym(open_ones[0]), ", and the document does not say which one is meant"
            )
    return None


#: The functions that an activation usually is.
_USUAL = ("tanh", "sigma", "relu")
#: The σ of which a text says that it may be any activation.
_SIGMA = function_name(as_open(SIGMA))


def _false_of_the_usual(refuted: Refuted, function: str) -> bool:
    """Whether a claim fails where a function that makes a state is any of the usual ones, or none unless the text calls it an activation.

    That of an output may be a softmax, and what is said of a function itself may be said of one of several.
    """
    if isinstance(refuted.relation.left, Apply) or not _makes_states(function, refuted.understanding.model):
        return False

    def linear(node: Tensor) -> Tensor:
        node = rebuilt(node, linear)
        if not isinstance(node, Map) or node.function != function:
            return node
        return Full(Fraction(node.order == 1), node.shape) if node.order else node.argument

    usual: list[Callable[[Tensor], Tensor]] = [partial(with_function, function=function, other=name) for name in _USUAL]
    usual += [] if function == _SIGMA else [linear]
    return all(isinstance(outcome, Fails) for change in usual for outcome in outcomes_with(refuted, change))


def _makes_states(function: str, model: Model) -> bool:
    """Whether a state is made with a function, directly or through other quantities."""
    states = {q.key for q in model.quantities.values() if q.recurrence}
    made = (model.quantities[key].definition for key in reached(states, model) if key in model.quantities)
    return any(
        isinstance(n, Map) and n.function == function for definition in made if definition is not None for n in walk(definition)
    )


def slope_by_its_value(refuted: Refuted) -> Told | None:
    """``f'(y) = y (1 - y)``: a slope at a letter by this letter alone may be written by the value of the function, y = f(x)."""
    left, lexicon = refuted.relation.left, refuted.understanding.lexicon
    if not isinstance(left, Apply) or not isinstance(left.function, Mark):
        return None
    if contains(refuted.relation.right, (Apply, Cases)):
        return None
    at, inside = lexicon.occurrence(left.argument), {o.name for o in outermost(refuted.relation.right, lexicon)}
    return said(left, " may be meant where ", at.name.bare, " is the value of the function") if at and inside == {at.name} else None


def value_of_a_function(refuted: Refuted) -> Told | None:
    """``σ(z) = y`` and ``\\tanh'(z) = 1 - y^2`` say what a function is, of any z, where steps are left out: y is what it gives."""
    left, lexicon = refuted.relation.left, refuted.understanding.lexicon
    at = lexicon.occurrence(left.argument) if isinstance(left, Apply) else None
    values = list(outermost(refuted.relation.right, lexicon))
    if at is None or not values or at.indices or any(o.indices or o.name == at.name for o in values):
        return None
    return said(values[0].name.bare, " may be the value of the function, whatever ", at.name.bare, " is")


def slope_of_an_example(refuted: Refuted) -> Told | None:
    """``1 - h_t^2`` beside ``h_t = f(z_t)``, or a tanh that the network does not have, or has elsewhere where the claim says what h_t is:
    it is about one of the functions f."""
    model, lexicon = refuted.understanding.model, refuted.understanding.lexicon
    functions = {
        n.function for q in model.quantities.values() for n in walk(q.definition or Const(Fraction(0))) if isinstance(n, Map)
    }
    open_ones = sorted(functions - BY_NAME.keys())
    for _, node in walk_term(refuted.relation.right) if open_ones else ():
        inner = taken_from_one(node)
        if inner is not None:
            found = lexicon.occurrence(inner.base if isinstance(inner, Pow) else inner)
            known = model.named(found.name).values() if found is not None else ()
            if any(isinstance(q.definition, Map) and q.definition.function in open_ones for q in known):
                return said(
                    "it may be true of some functions ", Sym(open_ones[0]), ", and the document does not say which one is meant"
                )
        if isinstance(node, Compare) and any(lexicon.occurrence(side) is not None for side in node.sides):
            return said(
                "it may be true where ", Sym(open_ones[0]), " has a kink, and the document does not say which function is meant"
            )
        name = meaning(_letter(node.function)) if isinstance(node, Apply) and not _is_open(node.function) else ""
        chosen = node is refuted.relation.right and any(_is_made_by(refuted, f) for f in open_ones)
        if (name not in functions or chosen) and quadratic(name) is not None:
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
        if any(isinstance(n, Map) and n.function == "norm" for n in reading.claim.nodes()):
            return "a length that is not squared has no exact value here"
        written, more = (_open_functions(side, model) for side in reading.claim.sides)
        if more - written:
            return said("nothing says what the function ", by_name(sorted(more - written)[0]), " is")
    used = {
        n.function for q in model.quantities.values() if q.definition is not None for n in walk(q.definition) if isinstance(n, Map)
    }
    letters = {name.partition("_")[0] for name in (*used, *model.functions)}  # f of f_k as well
    for node in refuted.nodes:
        letter = _letter(node.function) if isinstance(node, Apply) else ""
        if letter and not is_well_known(letter) and letter not in letters:
            return said("nothing says what the function ", by_name(letter), " is")
    return _another_use(refuted, used)


def _another_use(refuted: Refuted, used: set[str]) -> Told | None:
    """``E = f(o)`` may be meant with a function of its own where E is made with no f, of which other quantities are made or which
    stands by itself."""
    right, left = refuted.relation.right, refuted.understanding.lexicon.occurrence(refuted.relation.left)
    letter = _letter(right.function) if isinstance(right, Apply) else ""
    if left is None or letter not in (used | refuted.understanding.model.functions.keys()) - BY_NAME.keys():
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
    nodes = (n for part in (side, *definitions_behind(side, model)) for n in walk(part))
    return {n.function for n in nodes if isinstance(n, Map)} - BY_NAME.keys()


def _is_open(function: Term) -> bool:
    """Whether a function is a letter with a script, as a σ is read that a document leaves open."""
    return isinstance(under(function, (Mark,)), Sub)


def _letter(function: Term) -> str:
    letter = letter_under(function, (Mark, Sub))
    return "" if letter is None else letter.name


def _open_slopes(side: Tensor, model: Model) -> set[str]:
    """The slopes of open functions that a side is about: those it holds, also by another name, and those of what it differentiates."""
    jacobians = [n for part in (side, *definitions_behind(side, model)) for n in walk(part) if isinstance(n, Jac)]
    held = {key for n in walk(side) if isinstance(n, Ref) for key in _with_its_meaning(n, model)}
    return {key for key in held if _is_slope(key, model)}.union(*(_slopes_between(jac, model) for jac in jacobians))


def _with_its_meaning(ref: Ref, model: Model) -> Iterator[str]:
    """The key of a quantity, and those of what it is another name for: ``c_t = \\partial f(x_t, h_{t-1}, w) / \\partial h_{t-1}``."""
    part: Tensor | None = ref
    while isinstance(part, Ref) and part.quantity in model.quantities:
        yield part.quantity
        part = model.quantities[part.quantity].definition


def _slopes_between(jac: Jac, model: Model) -> set[str]:
    """The slopes of open functions by the arguments through which a numerator is made of what it is differentiated by."""
    parts = (jac.numerator, *definitions_behind(jac.numerator, model))
    products = (n for part in parts for n in walk(part) if isinstance(n, Dot))
    factors = ((n.left.quantity, n.right) for n in products if isinstance(n.left, Ref) and _is_slope(n.left.quantity, model))
    return {key for key, argument in factors if jac.wrt.quantity in dependencies((argument,), model)}


def _is_slope(key: str, model: Model) -> bool:
    return key in model.quantities and model.quantities[key].slope


def _differentiated(side: Tensor, model: Model) -> set[str]:
    """The functions without a rule that a side differentiates, or holds the derivative of, also in what it is defined by.

    A derivative differentiates what lies between its numerator and what it is by: ∂L/∂o_t not the activation that o_t is made with.
    """
    nodes = [n for part in (side, *definitions_behind(side, model)) for n in walk(part)]
    found = {n.function for n in nodes if isinstance(n, Map) and n.order}
    for jac in (n for n in nodes if isinstance(n, Jac)):
        parts = (jac.numerator, *definitions_behind(jac.numerator, model))
        maps = {n for part in parts for n in walk(part) if isinstance(n, Map) and n.function not in BY_NAME}
        found |= {n.function for n in maps if jac.wrt.quantity in dependencies((n.argument,), model)}
    return found - BY_NAME.keys()


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


def function_of_a_letter(refuted: Refuted) -> Told | None:
    """``h(x) = c x``: letters of vectors that do not multiply may be a function and its argument."""
    left = refuted.relation.left
    if refuted.admissible or not isinstance(left, Mul) or left.sign or not all(isinstance(f, Sym) for f in left.factors):
        return None
    return said(left, " may be a function of a letter, and nothing says which one")


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
