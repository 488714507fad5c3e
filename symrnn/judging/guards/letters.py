"""Guards before *wrong*: what a letter, an index or a number in a claim may stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from symrnn.deciding.decide import Holds, dependencies
from symrnn.judging.guards.refuted import Refuted, definitions_behind, is_known_error, rests_on
from symrnn.language.model import Model, Name
from symrnn.language.tensors import Affine, Condition, Jac, Map, Ref, Tensor, mentioned, parts_of, walk
from symrnn.language.terms import Add, Apply, Deriv, Mul, Neg, Num, Pow, Sub, Sup, Sym, Term, Transpose, rebuilt
from symrnn.language.terms import walk as walk_term
from symrnn.notation.said import Told, by_name, name_typed, said
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.definitions.examples import has_value_of_an_example
from symrnn.reading.definitions.finding import are_fixed, puts_errors_together
from symrnn.reading.definitions.mentions import occurrences, outermost
from symrnn.reading.elaborate import readings
from symrnn.reading.lexicon import Lexicon, part_of


def step_in_a_word(refuted: Refuted) -> Told | None:
    """``u_{ot}`` may be u_o at step t, where nothing shows that o is a name."""
    model = refuted.understanding.model
    for name in sorted(rests_on(refuted), key=lambda n: n.text):
        if name.suffix[1:] == "t" and True not in model.named(name):
            return said(
                "it rests on ",
                name_typed(name),
                ", which may be ",
                name.bare,
                f" with the name {name.suffix[0]} at step t; write it with a comma",
            )
    return None


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
    if isinstance(definition, Ref):
        return model.quantities[definition.quantity].definition is None
    return definition is not None and not mentioned(definition)  # a zero of any size


def derivative_of_a_free_letter(refuted: Refuted) -> Told | None:
    """What is differentiated and has no equation may depend on more than the document says: a gate whose equation is not read."""
    model = refuted.understanding.model
    for side in refuted.relation.sides:
        for node in (n for _, n in walk_term(side) if isinstance(n, Deriv) and not n.prefix):
            found = refuted.understanding.lexicon.occurrence(node.numerator)
            known = model.named(found.name) if found is not None else {}
            if found is not None and known and all(q.definition is None and not q.special and not q.slope for q in known.values()):
                return said("no equation says what ", found.name.bare, " depends on, and it is differentiated")
    return None


def one_index_of_two(refuted: Refuted) -> Told | None:
    r"""``(\partial c_t / \partial c_0)_j`` of vectors has one index for two axes: an entry of the diagonal may be meant, or a row."""
    for node in refuted.nodes:
        inside = node.base if isinstance(node, Sub) and len(node.indices) == 1 else None
        if isinstance(inside, Deriv):
            found = map(refuted.understanding.lexicon.occurrence, (inside.numerator, inside.denominator))
            known = (refuted.understanding.model.named(o.name).values() if o is not None else () for o in found)
            if all(any(q.shape for q in quantities) for quantities in known):
                return said(inside, " has two axes, and one index here; write both")
    return None


def slope_at_a_free_letter(refuted: Refuted) -> Told | None:
    """``\\sigma'(a_t)`` with an a_t that no equation gives is the slope at what the activation is of: a is no input of its own.

    An equation for the slope itself, ``f'(x) = ...``, holds for any x.
    """
    model = refuted.understanding.model
    if isinstance(refuted.relation.left, Apply):
        return None
    for reading in refuted.admissible:
        sides = (reading.claim.left, reading.claim.right)
        parts = (part for side in sides for part in (side, *definitions_behind(side, model)))
        for argument in (n.argument for part in parts for n in walk(part) if isinstance(n, Map) and n.order):
            quantity = model.quantities.get(argument.quantity) if isinstance(argument, Ref) else None
            if quantity is not None and quantity.timed and quantity.definition is None and not quantity.special:
                return said("it rests on the slope of an activation at ", name_typed(quantity.name), ", which no equation defines")
    return None


def part_of_an_error(refuted: Refuted) -> Told | None:
    r"""An error that no equation defines, as ``\delta^{h,\text{next}}_t``, is no free letter: it is a derivative said in words.

    One that an equation makes of others, and that is about nothing with a letter, may be a gradient of which that equation is wrong.
    """
    model, lexicon = refuted.understanding.model, refuted.understanding.lexicon
    for name in refuted.names:
        _, body = model.abbreviations.get(name, ((), None))
        if body is not None and not _only_names(body, lexicon):
            return said(
                "it rests on ", name_typed(name), ", whose own equation may be what is wrong; write what it is a gradient by"
            )
        if part_of(name) is not None and name not in refuted.errors:
            return said("it rests on ", name_typed(name), ", a part of a gradient that is said in words alone; add its equation")
    for key in sorted(k for r in refuted.admissible for k in dependencies(r.claim.sides, model)):
        quantity = model.quantities.get(key)
        free = quantity is not None and quantity.timed and quantity.definition is None  # a value at the end alone defines none
        if quantity is not None and free and not quantity.slope and is_known_error(quantity.name):
            return said("it rests on ", name_typed(quantity.name), ", which no equation defines; add its equation")
    return None


def _only_names(body: Term, lexicon: Lexicon) -> bool:
    """Whether a letter is short for one derivative or error, or for several one after the other."""
    return isinstance(body, Deriv) or lexicon.occurrence(body) is not None or puts_errors_together(body, lexicon)


def part_at_a_bar(refuted: Refuted) -> Told | None:
    r"""What stands at the foot of a bar and is no step, ``\right|_{h_{t+1}}``, may be held fixed, or be what a part comes through."""
    feet = [foot[1:-1].strip() if foot.startswith("{") else foot for foot in _FEET.findall(refuted.statement.latex)]
    found = next((foot for foot in feet if not _STEP.fullmatch(foot)), None)
    return (
        None if found is None else said(found, " at the foot of a bar may name a part of the derivative; give that part a letter")
    )


_FEET = re.compile(r"(?:\||\\r?vert|\\mid)\s*_\s*(\{(?:[^{}]|\{[^{}]*\})*\}|\\[A-Za-z]+|[^\s\\{])")


_STEP = re.compile(r"[a-z\d](?:\s*[-+]\s*\d+)?")


def last_step_above(refuted: Refuted) -> Told | None:
    r"""``\partial h^T / \partial h^0 = a^T`` where T is the last step: that of a may be a power, and no transpose."""
    last = Sym(refuted.understanding.lexicon.horizon)
    if not any(isinstance(node, Pow) and node.exponent == last for _, node in walk_term(refuted.relation.left)):
        return None
    turned = next(
        (n for n in refuted.nodes if isinstance(n, Transpose) and isinstance(n.base, Sym) and n.base.name.islower()), None
    )
    return None if turned is None else said(last, " above ", turned.base, " may be the last step; write ^\\top for a transpose")


def counted_back_by_the_last_step(refuted: Refuted) -> Told | None:
    r"""``\\partial c_t / \\partial c_{t-T}``: what a step is counted back by may be any number of steps, and T no last one."""
    last = Neg(Sym(refuted.understanding.lexicon.horizon))
    scripts = (script for node in refuted.nodes if isinstance(node, (Sub, Sup)) for script in node.indices)
    back = next((script for script in scripts if isinstance(script, Add) and last in script.terms), None)
    return None if back is None else said(last.term, " in ", back, " may be any number of steps; write another letter for it")


def other_side(refuted: Refuted) -> Told | None:
    """``h_1 = h_0 W + x_1 U`` beside ``h_t = W h_{t-1} + U x_t``: an equation anew, with vectors on the other side of the matrices."""
    relation, understanding = refuted.relation, refuted.understanding
    found = understanding.lexicon.occurrence(relation.left)
    made = [q.definition for q in understanding.model.named(found.name).values() if q.definition is not None] if found else []
    behind = [inner for definition in made for inner in (definition, *definitions_behind(definition, understanding.model))]
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
    fixed = occurrences(refuted.relation, lexicon)
    if lexicon.occurrence(left) is not None or isinstance(left, Deriv) or not any(are_fixed(o.indices, lexicon) for o in fixed):
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


def of_any_index(refuted: Refuted) -> Told | None:
    """``\\tilde x = \\lambda x_i + (1 - \\lambda) x_j``: what a quantity is does not hold for each i and j that it has not itself."""
    left, right, lexicon = refuted.relation.left, refuted.relation.right, refuted.understanding.lexicon
    if lexicon.occurrence(left) is None or any(isinstance(node, Deriv) for node in refuted.nodes):
        return None
    own = set(lexicon.free_letters(left))
    loose = next((letter for letter in lexicon.free_letters(right) if letter not in own), None)
    return None if loose is None else said("it does not say which ", by_name(loose), " is meant; ", left, " has none")


def letter_and_number(refuted: Refuted) -> Told | None:
    """``a1 = a2``: a letter with a number behind it is a name, and no product."""
    for side in refuted.relation.sides:
        if isinstance(side, Mul) and not side.sign and len(side.factors) == 2 and isinstance(side.factors[1], Num):
            return said(side, " may be a name; write its number below the letter")
    return None


def decimal(refuted: Refuted) -> Told | None:
    """``y_1 - 0.5``, ``W \\cdot 0.087``: a decimal may be what a letter is in the text's example."""
    found = has_value_of_an_example(refuted.relation.right)
    return "a decimal stands in it, which may be the value of a letter in an example; write the letter" if found else None


def number_of_an_example(refuted: Refuted) -> Told | None:
    """``\\partial L / \\partial x = 14 \\times 3``: a number that is not 0 or 1 may be the value in an example.

    Any number may be that of a bare letter: ``l = 1`` is where a loop begins that counts by l, beside a loss of that letter.
    """
    nodes = [node for _, node in walk_term(refuted.relation.right)]
    numbers = {node.value for node in nodes if isinstance(node, Num)}
    if any(isinstance(node, Sym) for node in nodes) or (numbers <= {0, 1} and not isinstance(refuted.relation.left, Sym)):
        return None
    return "its right side is a number, which may be the value in an example; write it in letters"
