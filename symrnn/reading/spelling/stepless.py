r"""Equations that leave out the step of what they give: ``\\hat y = softmax(z_t)`` beside ``\\hat y_t``, and a loss
``E = -\\sum_k y_k \\log \\hat y_k`` or ``L(y, \\hat y) = …`` whose value at a step is written elsewhere: ``E_4``, ``L(y_t, \\hat y_t)``.

A letter may have a step nowhere, ``q = V h_t``, nor an error of a gate, ``\\delta_z = \\delta h_t \\odot z_t``: it is at that of what it is
made of.

One that says what another says at each step, ``A = X U + H W`` beside ``A_t = X_t U + H_{t-1} W``, is that equation.

So do the gates of a cell, ``f = \\sigma(W x + U h)`` beside ``c_t = f \\odot c_{t-1} + \\dots``, with all that goes into them.

What a sum over the steps adds up of a loss in this way, ``\\sum_t \\ell(o_t, y_t)``, is that of a step, also where no equation gives it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from symrnn.language.parts import letters_in, unsigned
from symrnn.language.scripted import all_scripts, letter_under, scripts, under
from symrnn.language.terms import (
    DEFINING,
    PREFIXES,
    Add,
    Apply,
    Big,
    Deriv,
    Frac,
    Given,
    Mul,
    Neg,
    Num,
    Pow,
    Relation,
    Sub,
    Sup,
    Sym,
    Term,
    children,
    rebuilt,
    replaced,
    walk,
)
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.lexicon.lexicon import ERRORS
from symrnn.reading.lexicon.observed import USUAL_INDICES, USUAL_TIMES, base_letter, counts_steps
from symrnn.reading.lexicon.prefixes import unprefixed
from symrnn.reading.spelling.later import HANDED_ON

_STEP = Sym("t")
_EXPONENTIAL = Sym("e")
_BIAS = "b"
_ERRORS = frozenset(map(Sym, ERRORS))
_PREFIX = Sym("d")


@dataclass(frozen=True)
class Stepless:
    """What a document leaves steps out of: the letters that have one elsewhere, each with whether it stands above, and the equations.

    `restated` are those that another equation says at each step, with that one; `functions` are the losses that are given as
    functions of such letters, ``L(y, \\hat y)``, with these; `summed` those of which a sum adds up the values at its steps.
    """

    above: Mapping[Sym, bool] = field(hash=False)
    relations: frozenset[Relation]
    restated: Mapping[Relation, Relation] = field(hash=False)
    functions: frozenset[Given]
    summed: frozenset[Term]

    def spelled(self, relation: Relation) -> Relation:
        """A relation with the steps that it leaves out."""
        if relation not in self.relations:
            return self.restated.get(relation, relation)
        left = relation.left.base if isinstance(relation.left, Given) else relation.left
        if _STEP in all_scripts(left):
            return replace(relation, right=_with_steps(relation.right, self.above))
        raised = (letter := letter_under(left)) is not None and self.above.get(letter, False)
        return replace(relation, left=_at_step(left, raised), right=_with_steps(relation.right, self.above))

    def called(self, term: Term) -> Term:
        """A formula with the value at a step of each loss that is written with the letters at it: L_t for ``L(y_t, \\hat y_t)``.

        One that nothing defines is a function of what stands in its brackets, and of nothing else: ``L_t(y_t, \\hat y_t)``.
        """
        term = rebuilt(term, self.called)
        if not isinstance(term, Given):
            return term
        summed = term.base in self.summed
        step = _only_step(term) if summed else _step_of_call(term, self.functions)
        letter = term if step is None else Sub(term.base, (step,))
        return replace(term, base=letter) if summed and step is not None else letter


def stepless(relations: Iterable[Relation], expressions: Iterable[Term]) -> Stepless:
    """What the relations and lone expressions of a document leave steps out of."""
    relations = tuple(relations)
    nodes = [node for r in relations for node in r.nodes()]
    nodes += [node for term in expressions for _, node in walk(term)]
    above = dict(_stepped(nodes))
    numbered = [(n.base, n.indices) for n in nodes if isinstance(n, Sub) and all(isinstance(i, Num) for i in n.indices)]
    steps = {indices for letter, indices in numbered if letter in above}
    above |= {x: False for x, indices in numbered if isinstance(x, Sym) and x not in above and indices in steps}
    computed = {letter_under(r.left) for r in relations if r.op in DEFINING and _STEP in all_scripts(r.left)}
    softmaxes = {r: of for r in relations if (of := _normalized(r)) in above and of in computed}
    above = {base: above[of] for r, of in softmaxes.items() if isinstance(base := letter_under(r.left), Sym)} | above
    outputs = {letter_under(r.left) for r in softmaxes}
    calls = [n for n in nodes if isinstance(n, Given)]
    found: set[Relation] = {*softmaxes, *(r for r in relations if _measures(r, outputs))}
    functions: set[Given] = set()
    for relation in relations:
        left = relation.left
        is_function = isinstance(left, Given) and all(isinstance(a, Sym) and not counts_steps(a) for a in left.arguments)
        letter: Term = left.base if isinstance(left, Given) and is_function else left
        letter = letter.base if isinstance(letter, Sub) and _is_component(letter) else letter
        if relation.op not in DEFINING or not isinstance(letter, Sym) or not _leaves_out(relation, letter, above):
            continue
        called = isinstance(left, Given) and any(_step_of_call(call, frozenset({left})) is not None for call in calls)
        if called or letter in above:
            found.add(relation)
            functions |= {left} if isinstance(left, Given) else set()
    plain = {r: _without_steps(r) for r in relations if r.op in DEFINING}
    restated = {r: meant for r in plain if r not in found and (meant := _at_each_step(r, plain)) is not None}
    restated |= {r: meant for r, meant in _in_a_cell(relations).items() if r not in found}
    return Stepless(above, frozenset(found), restated, frozenset(functions), frozenset(_summed(nodes)))


def _is_component(term: Term) -> bool:
    """``b_h`` of ``b_h = f(a_h^t)``: a letter with one other below it, which counts no steps; the k of a loss, ``J_k``, counts them."""
    below = term.indices if isinstance(term, Sub) and base_letter(term) not in LOSSES else ()
    return len(below) == 1 and isinstance(below[0], Sym) and not counts_steps(below[0])


def _normalized(relation: Relation) -> Term | None:
    r"""The letter of which an equation gives an entry of the softmax, ``\\hat y_k = e^{z_k} / \\sum_j e^{z_j}``: k counts no steps."""
    left, right = relation.left, relation.right
    big = right.denominator if isinstance(right, Frac) else None
    if relation.op not in DEFINING or not isinstance(left, Sub) or len(left.indices) != 1 or not isinstance(big, Big):
        return None
    entries = [n for _, n in walk(big.body) if isinstance(n, Sub) and n.indices == (big.index,)]
    same = isinstance(right, Frac) and right.numerator == replaced(big.body, {big.index: left.indices[0]})
    return entries[0].base if same and big.kind == "sum" and len(entries) == 1 else None


def _measures(relation: Relation, outputs: Collection[Term | None]) -> bool:
    r"""Whether an equation gives the loss of a step by such entries: ``L_t = -\\sum_k y_k \\log \\hat y_k``."""
    nodes = [n for _, n in walk(relation.right)]
    loss = relation.op in DEFINING and _STEP in all_scripts(relation.left) and base_letter(relation.left) in LOSSES
    inside = any(isinstance(n, Sub) and n.base in outputs for n in nodes)
    return loss and inside and not any(counts_steps(script) for n in nodes for script in scripts(n))


def naming_errors(relations: Sequence[Relation]) -> dict[Relation, Relation]:
    r"""``d\\hat y_t = \\delta`` and ``\\partial L / \\partial \\hat y_t = d_y`` turned round, as what names an error at a step.

    The name stands alone on one right side, on no left one, and has a step nowhere.
    """
    nodes = [node for r in relations for node in r.nodes()]
    barred = {n.base for n in nodes if isinstance(n, (Sub, Sup, Pow, Given))} | {r.left for r in relations}
    named = {
        r for r in relations if r.op in DEFINING and r.right not in barred and _is_name_of_error(r.right) and _is_error(r.left)
    }
    several = Counter(r.right for r in named)
    return {r: replace(r, left=r.right, right=r.left) for r in named if several[r.right] == 1}


def _is_name_of_error(term: Term) -> bool:
    below = scripts(term)
    one = isinstance(term, Sub) and term.base in _ERRORS | {_PREFIX} and len(below) == 1 and isinstance(below[0], Sym)
    return term in _ERRORS or (one and not counts_steps(below[0]))


def _is_error(term: Term) -> bool:
    """Whether a term is a letter with a prefix, or a derivative of a loss, at a step."""
    if isinstance(term, Deriv):
        return base_letter(term.numerator) in LOSSES and _STEP in all_scripts(term.denominator)
    letter = letter_under(term)
    return letter is not None and letter.style in PREFIXES and _STEP in all_scripts(term)


def without_step(relations: Iterable[Relation]) -> frozenset[Term]:
    """The letters, and the errors of quantities with a step, that equations give by what is at a step and that have none anywhere."""
    relations = tuple(relations)
    letters, nodes = _letters_without_step(relations), [node for r in relations for node in r.nodes()]
    return letters | frozenset(targets_of(letters, relations, nodes)) | _errors_without_step(relations)


def targets_of(outputs: frozenset[Term], relations: Iterable[Relation], nodes: Collection[Term]) -> Iterator[Term]:
    r"""The letters without a step that such letters are compared with, and that no equation gives: y of ``\\hat y - y``."""
    known = {r.left for r in relations if r.op in DEFINING} | {n.base for n in nodes if isinstance(n, (Sub, Sup, Pow, Given))}
    for node in (node for node in nodes if isinstance(node, Add) and len(node.terms) == 2):
        pair = {unsigned(term) for term in node.terms}
        if pair & outputs:
            yield from (letter for letter in pair - known if isinstance(letter, Sym))


def with_their_step(term: Term, some: frozenset[Term]) -> Term:
    """A formula with the step of each of these letters and errors that has none."""
    if isinstance(term, Sub) and replace(term, indices=term.indices[:1]) in some:
        return replace(term, indices=(_as_name(term.indices[0]), *(term.indices[1:] or (_STEP,))))
    if isinstance(term, Sub) and term.base in some and _counts_components(term):
        return replace(term, indices=(_STEP, *term.indices))
    if term in some:
        return Sub(term, (_STEP,))
    scripted = isinstance(term, (Sub, Sup, Pow)) and term.base in some  # it has one
    return term if scripted else rebuilt(term, lambda part: with_their_step(part, some))


def _as_name(index: Term) -> Term:
    """A letter as part of a name: the k of a gate counts nothing."""
    return replace(index, style="text") if isinstance(index, Sym) and not index.accent else index


def _letters_without_step(relations: Sequence[Relation]) -> frozenset[Term]:
    """The letters that one equation gives by what is at a step or next to it, and that have a step nowhere: ``q = V h_t``.

    What an equation without any step is made of is none: the y of ``J = (y - d)^2`` may be that of the last step alone.
    """
    nodes = [node for r in relations for node in r.nodes()]
    equations = [r for r in relations if r.op in DEFINING]
    within = (r for r in equations if not isinstance(r.left, Deriv) and not any(map(counts_steps, _scripts_in(r))))
    bases = (letter_under(n) for n in nodes if isinstance(n, (Sub, Sup, Pow, Given)) and not _counts_components(n))
    barred: set[Term | None] = {*dict(_stepped(nodes)), *bases, *(n.function for n in nodes if isinstance(n, Apply))}
    barred |= {*(n for r in within for n in r.nodes()), *(script for r in relations for script in _scripts_in(r))}
    given = Counter(r.left for r in equations)
    return frozenset(r.left for r in equations if given[r.left] == 1 and r.left not in barred and _is_letter_given_at_a_step(r))


def _errors_without_step(relations: Sequence[Relation]) -> frozenset[Term]:
    """The errors without a step, ``\\delta_z``, ``dz`` and ``dz_{raw}``, that are given by what is at a step or next to it, or beside it.

    They are of quantities with a step, or, with a prefix, of none that the document knows: that of a weight is added up.
    """
    nodes = [node for r in relations for node in r.nodes()]
    stepped, known = dict(_stepped(nodes)).keys(), {*nodes}
    equations = [r for r in relations if r.op in DEFINING]
    summed = {r.left for r in equations if any(isinstance(n, Big) for n in r.nodes())}
    beside = {n for r in relations if _STEP in {*_scripts_in(r)} for n in _standing(r.right) if n not in summed}
    found: frozenset[Term] = frozenset(n for n in beside if _of_what(n) in stepped)
    own = (r for r in equations if _has_prefix(r.left) and (unprefixed(r.left) not in known or unprefixed(r.left) == r.left))
    errors = [*own, *(r for r in equations if _of_what(r.left) in stepped)]
    while True:
        given = (r.left for r in errors if _is_given_at_a_step(replace(r, right=with_their_step(r.right, found))))
        more = found.union(given)
        if more == found:
            return found
        found = more


def _has_prefix(left: Term) -> bool:
    """Whether a letter has a prefix, and at most names below it, or is a d with a word below, ``d_{gates}``.

    What is handed on, ``dh_{next}``, is of another step.
    """
    below = all_scripts(left)
    letter = letter_under(left) if isinstance(left, (Sym, Sub)) else None
    if letter is None or any(counts_steps(script) or script in HANDED_ON for script in below):
        return False
    return letter.style in PREFIXES or (letter == _PREFIX and any(map(_is_word, below)))


def _is_word(script: Term) -> bool:
    word = under(script)
    is_one = isinstance(word, Sym) and (word.style == "text" or "_" in word.name)
    return is_one or (isinstance(word, Mul) and len(word.factors) > 2)


def _of_what(left: Term) -> Sym | None:
    """The letter that an error without a step is named by; None for what is none."""
    if isinstance(left, Sym):
        return replace(left, style="") if left.style in PREFIXES else None
    is_error = isinstance(left, (Sub, Sup, Pow)) and isinstance(left.base, Sym) and left.base.name in ERRORS
    named = scripts(left) if is_error else ()
    return letter_under(named[0]) if len(named) == 1 and not any(map(counts_steps, (*named, *all_scripts(named[0])))) else None


def _scripts_in(relation: Relation) -> Iterator[Term]:
    return (script for node in relation.nodes() for script in scripts(node))


def _counts_components(term: Term) -> bool:
    return isinstance(term, Sub) and all(isinstance(i, Sym) and i.name in USUAL_INDICES - USUAL_TIMES for i in term.indices)


def _is_letter_given_at_a_step(relation: Relation) -> bool:
    left = relation.left
    plain = isinstance(left, Sym) and left.style not in PREFIXES and left.name not in LOSSES
    return plain and _is_given_at_a_step(relation)


def _is_given_at_a_step(relation: Relation) -> bool:
    """Whether an equation gives its left side by what is at a step or next to it, and adds up nothing."""
    nodes = [node for _, node in walk(relation.right)]
    again = relation.left in (
        _standing(relation.right) if isinstance(relation.left, Sym) else nodes
    )  # the dh of dh_{next} is another
    if again or any(isinstance(n, Big) for n in nodes):
        return False
    shown = {script for n in nodes for script in all_scripts(n) if counts_steps(script)}
    return _STEP in shown and all(letters_in(script) == {_STEP.name} for script in shown)


def _at_each_step(relation: Relation, plain: Mapping[Relation, Relation]) -> Relation | None:
    """The equation that says at each step what one without any step says; `plain` has each that defines something, without its steps."""
    if plain[relation] != relation or not isinstance(relation.right, (Add, Apply, Mul)):
        return None
    return next((r for r, bare in plain.items() if r != relation and bare == relation), None)


def _without_steps(term: Any) -> Any:
    """A formula, or an equation, in which no letter has a step."""
    if isinstance(term, Relation):
        return Relation("=", _without_steps(term.left), _without_steps(term.right))
    term = rebuilt(term, _without_steps)
    while isinstance(term, (Sub, Sup, Pow, Given)) and (found := scripts(term)) and all(map(counts_steps, found)):
        term = term.base
    return term


def _in_a_cell(relations: Collection[Relation]) -> dict[Relation, Relation]:
    """The equations of a cell whose gates have no step, at its step: the states that are made with the gates enter them from before."""
    users = [r for r in relations if r.op in DEFINING and _STEP in all_scripts(r.left) and letter_under(r.left) is not None]
    inside = {r: set(_standing(r.right)) for r in users}
    own = {letter_under(r.left) for r in users}
    plain = {
        r.left: r for r in relations if r.op in DEFINING and isinstance(r.left, Sym) and r.left not in own and _is_gate(r.right)
    }
    gates = {letter: r for letter, r in plain.items() if any(letter in letters for letters in inside.values())}
    late = {letter_under(r.left) for r in users if inside[r] & gates.keys()}
    late |= {letter_under(r.left) for r in users if any(letter_under(n) in late and _STEP in scripts(n) for _, n in walk(r.right))}
    entering = {n for r in gates.values() for n in _standing(r.right) if n.name.islower() and not n.style} - gates.keys()
    if not entering & late:
        return {}
    below = (n.denominator for r in relations for n in r.nodes() if isinstance(n, Deriv) and isinstance(n.denominator, Sub))
    named = {n for n in below if scripts(n)[0] in gates and base_letter(n).islower() and base_letter(n) != _BIAS}
    now: dict[Term, Term] = dict.fromkeys(gates.keys() | entering | named, _STEP)
    before: dict[Term, Term] = {n: Add((_STEP, Neg(Num(Fraction(1))))) for n in entering & late}
    found = {}
    for relation in relations:
        is_gate = relation in gates.values()
        if is_gate or any(isinstance(n, Deriv) or any(map(counts_steps, scripts(n))) for n in relation.nodes()):
            right = _placed(relation.right, now | before if is_gate else now)
            found[relation] = replace(relation, left=_placed(relation.left, now), right=right)
    return {r: meant for r, meant in found.items() if r != meant}


def _is_gate(right: Term) -> bool:
    """Whether a formula is a function of a sum of products, in which no step stands."""
    steps = any(counts_steps(script) for _, n in walk(right) for script in scripts(n))
    terms = right.argument.terms if isinstance(right, Apply) and isinstance(right.argument, Add) else ()
    return not steps and any(isinstance(term, Mul) for term in terms)


def _standing(term: Term) -> Iterator[Sym]:
    """The letters of a formula that have no scripts and stand in none."""
    if isinstance(term, Sym):
        yield term
    elif not isinstance(term, (Sub, Sup)):
        for part in [term.argument] if isinstance(term, Apply) else [part for _, part in children(term)]:
            yield from _standing(part)


def _placed(term: Term, steps: Mapping[Term, Term]) -> Term:
    """A formula with its step at each of some letters that have no scripts, or that are named by their script: ``z_f``."""
    if term in steps:
        named = tuple(replace(i, style="text") for i in term.indices if isinstance(i, Sym)) if isinstance(term, Sub) else ()
        return Sub(term.base if isinstance(term, Sub) else term, (*named, steps[term]))
    if isinstance(term, Apply):
        return replace(term, argument=_placed(term.argument, steps))
    return term if isinstance(term, (Sub, Sup)) else rebuilt(term, lambda part: _placed(part, steps))


def _summed(nodes: Iterable[Term]) -> Iterator[Term]:
    """The losses that sums call with what stands at the step that they count."""
    for big in (n for n in nodes if isinstance(n, Big) and n.kind == "sum"):
        for call in (n for _, n in walk(big.body) if isinstance(n, Given)):
            if (
                isinstance(call.base, Sym)
                and call.base.name in LOSSES
                and counts_steps(big.index)
                and _only_step(call) == big.index
            ):
                yield call.base


def _only_step(call: Given) -> Term | None:
    """The one script that each argument of a call has; None where it is not the same for all."""
    found = [frozenset(all_scripts(argument)) for argument in call.arguments]
    return next(iter(found[0])) if len(set(found)) == 1 and len(found[0]) == 1 else None


def _stepped(nodes: Iterable[Term]) -> Iterator[tuple[Sym, bool]]:
    """The letters that have a step somewhere, and whether it stands above them."""
    for node in nodes:
        letter = letter_under(node)
        power = isinstance(node, Pow) and letter is not None and letter.name.isupper()
        if letter is not None and not power and any(counts_steps(script) for script in scripts(node)):
            yield letter, isinstance(node, (Sup, Pow))


def _step_of_call(call: Given, functions: frozenset[Given]) -> Term | None:
    """The step at which a function of letters without a step is called with these letters; None for another formula."""
    for function in functions:
        if call.base == function.base and call != function and len(call.arguments) == len(function.arguments):
            pairs = list(zip(call.arguments, function.arguments, strict=True))
            steps = {scripts(a)[0] for a, letter in pairs if isinstance(a, (Sub, Sup, Pow)) and a.base == letter}
            if len(steps) == 1 and all(a == letter or (isinstance(a, (Sub, Sup, Pow)) and a.base == letter) for a, letter in pairs):
                return steps.pop()
    return None


def _leaves_out(relation: Relation, letter: Sym, above: Mapping[Sym, bool]) -> bool:
    """Whether a right side is of what has a step, all of one step, and neither adds up the steps nor differentiates.

    That of a loss may leave out all of its steps; ``y = W x`` is about a product, whatever x is elsewhere.
    """
    nodes = [node for _, node in walk(relation.right)]
    sums = [n for n in nodes if isinstance(n, Big)]
    counted = {n.index for n in sums if n.upper is None or not letters_in(n.upper) & (USUAL_TIMES | {"T"})} - {_STEP}
    if any(isinstance(n, Deriv) or n == letter for n in nodes) or any(n.kind != "sum" or n.index not in counted for n in sums):
        return False
    counted |= set(all_scripts(relation.left)) if _is_component(relation.left) else set()
    shown = {script for n in nodes if letter_under(n) in above for script in all_scripts(n)}
    return shown <= {_STEP} | counted and (_STEP in shown or (letter.name in LOSSES and any(n in above for n in nodes)))


def _with_steps(term: Term, above: Mapping[Sym, bool]) -> Term:
    """A formula with the step at each of some letters that has none."""
    letter = letter_under(term)
    if letter is not None and letter in above:
        return term if _STEP in all_scripts(term) else _at_step(term, above[letter])
    if letter is not None and letter != _EXPONENTIAL and not isinstance(term, Sym):
        return term  # the y of W_{hy} is a name
    return rebuilt(term, lambda part: _with_steps(part, above))


def _at_step(term: Term, raised: bool) -> Term:
    if raised:
        return Sup(term, (_STEP,))
    return Sub(term.base, (_STEP, *term.indices)) if isinstance(term, Sub) else Sub(term, (_STEP,))
