"""Which equations of a document define something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from fractions import Fraction

from symrnn.language.functions import OUTPUTS, is_well_known, meaning
from symrnn.language.model import Name, letter_of_open
from symrnn.language.parts import ONE, letters_in, terms_of, unsigned
from symrnn.language.terms import (
    DEFINING,
    PREFIXES,
    Add,
    Apply,
    Big,
    Cases,
    Deriv,
    Given,
    Hadamard,
    Mark,
    Mul,
    Neg,
    Num,
    Relation,
    Stack,
    Sub,
    Sup,
    Sym,
    Term,
    Transpose,
    rebuilt,
    replace_at,
    replaced,
)
from symrnn.language.terms import walk as walk_term
from symrnn.notation.vocabulary import ANY_PARAMETER, LOSSES
from symrnn.reading.definitions.examples import is_of_events, lists_own_entries, lists_values
from symrnn.reading.definitions.mentions import names_in, outermost, parameters
from symrnn.reading.definitions.stacks import rows_of_stack
from symrnn.reading.definitions.steps import is_backward
from symrnn.reading.lexicon import ERRORS, Lexicon, Occurrence, derivative_numerators, function_name, part_of, without_prefix

STEP = Sym("t", style="index")

_LEARNING_RATES = frozenset(map(Sym, ["eta", "alpha", "epsilon", "lr"]))


@dataclass(frozen=True)
class DefiningEquation:
    r"""One defining equation: where it stands, what it defines and by which term; `mended` if its author wrote another index.

    With `of_gradients` it only names what is made of gradients, as a part of one: ``dh_t^{(reset)} = U^\top dr_t``.
    """

    source: int
    name: Name
    indices: tuple[Term, ...]
    body: Term
    mended: bool = False
    of_gradients: bool = False

    def is_special(self, lexicon: Lexicon) -> bool:
        """Whether it holds at one time only (``h_0 = 0``, ``delta_T = ...``)."""
        return are_fixed(self.indices, lexicon)

    def abbreviates(self, lexicon: Lexicon) -> tuple[tuple[Sym, ...], Term] | None:
        r"""The letters and the derivative of what is no quantity of one step: ``\gamma_t^{(k)} = \partial J_t / \partial h_k``.

        One of them may be left out on the left, as t in ``\delta_k = \partial J_t / \partial h_k``. Nor is what is by any of the
        parameters, ``P_t = \partial h_t / \partial \theta``, nor several errors together.
        """
        letters = tuple(i for i in self.indices if isinstance(i, Sym) and lexicon.may_be_time(i))
        steps = len(letters) + self.leaves_out_a_step(lexicon) + self.is_by_any_parameter(lexicon)
        is_short = (isinstance(self.body, Deriv) and steps > 1) or puts_errors_together(self.body, lexicon) or self.of_gradients
        is_short = is_short and len(letters) == len(self.indices) > 0
        return (letters, self.body) if is_short and set(letters) <= {n for _, n in walk_term(self.body)} else None

    def leaves_out_a_step(self, lexicon: Lexicon) -> bool:
        """Whether the derivative has a step, that of the loss, which does not stand on the left."""
        return _leaves_out_a_step(self.indices, self.body, lexicon)

    def is_by_any_parameter(self, lexicon: Lexicon) -> bool:
        """Whether it is a derivative by a letter such as θ, for any of the parameters or all of them."""
        by = lexicon.occurrence(self.body.denominator) if isinstance(self.body, Deriv) else None
        return by is not None and by.name.letter in ANY_PARAMETER


def puts_errors_together(body: Term, lexicon: Lexicon) -> bool:
    """Whether a formula is errors one after the other and nothing else: ``[\\delta i_t; \\delta f_t]``."""
    cells = [lexicon.occurrence(cell) for row in body.rows for cell in row] if isinstance(body, Stack) else []
    return len(cells) > 1 and all(cell is not None and without_prefix(cell.name) is not None for cell in cells)


def by_any_parameter(found: Sequence[DefiningEquation], lexicon: Lexicon) -> list[DefiningEquation]:
    """The equations that only give a letter to a derivative by a θ of which nothing is made."""
    short = [d for d in found if d.is_by_any_parameter(lexicon) and d.abbreviates(lexicon) is not None]
    others = [d for d in found if d not in short]
    used = {o.name.letter for d in others for o in outermost(d.body, lexicon)} | {d.name.letter for d in others}
    return [] if used & ANY_PARAMETER else short


def _leaves_out_a_step(indices: Sequence[Term], body: Term, lexicon: Lexicon) -> bool:
    above = lexicon.occurrence(body.numerator) if isinstance(body, Deriv) else None
    if above is None or len(above.indices) != 1 or not indices:
        return False
    step = above.indices[0]
    return isinstance(step, Sym) and step.name in lexicon.times and step not in indices


def is_fixed(index: Term, lexicon: Lexicon) -> bool:
    letters = letters_in(index)
    return letters <= {lexicon.horizon}


def are_fixed(indices: Sequence[Term], lexicon: Lexicon) -> bool:
    """Whether indices are there and stand for one step alone: ``h_0``, ``h_T``."""
    return bool(indices) and all(is_fixed(index, lexicon) for index in indices)


def candidates(
    relations: Sequence[Relation | None],
    lexicon: Lexicon,
    asides: frozenset[int] = frozenset(),
    barred: frozenset[int] = frozenset(),
) -> list[DefiningEquation]:
    """The first equation for each quantity (and for each fixed time of it) that has it alone on its left, none at a barred position."""
    relations = _without_changes(_with_names(relations, lexicon), lexicon)
    result: list[DefiningEquation] = []
    seen: set[tuple[Name, bool, tuple[Term, ...] | None]] = set()
    named = {name for r in relations for name in names_in(r, lexicon)}
    lefts = {o.name for r in relations if r is not None and (o := lexicon.occurrence(r.left)) is not None}
    given = {r.left for r in relations if r is not None}
    used = {o.name for r in relations if r is not None and not is_step_down(r.right) for o in outermost(r.right, lexicon)}
    places = sorted(
        range(len(relations)), key=lambda n: (_says_more(relations[n], lexicon), n in asides, _is_backward(relations[n]))
    )
    rows = (
        (n, row)
        for n in places
        if n not in barred and (written := relations[n]) is not None
        if not lists_values(written) and not lists_own_entries(written, given)
        for row in rows_of_stack(_named_error(written, lexicon))
    )
    for position, relation in rows:
        own = _names_gradients(named, relation, lefts, lexicon)
        relation = _at_its_step(relation, lexicon) if own else relation
        found = introduced(relation, lexicon)
        if found is None or (not own and _is_of_gradients_by(named, found.name, relation, lefts, lexicon)):
            continue
        if is_step_down(relation.right) and found.name in used and all(is_fixed(i, lexicon) for i in found.indices):
            continue
        special = are_fixed(found.indices, lexicon)
        key = (found.name, bool(found.indices), found.indices if special else None)
        whole = (found.name, False, None) in seen and not any(lexicon.may_be_time(i) for i in found.indices)
        restated = whole or (special and (found.name, True, None) in seen)
        start = special and isinstance(found.indices[0], Num) and found.indices[0].value <= 0
        initial = start and not any(o.indices for o in outermost(relation.right, lexicon))
        if key not in seen and not (restated and not initial and not isinstance(relation.right, Num)):
            seen.add(key)
            result.append(DefiningEquation(position, found.name, found.indices, relation.right, of_gradients=own))
    kept = _without_targets(_without_values(result, lexicon))
    return _for_every_time(sorted(kept, key=lambda d: d.source), lexicon)


def is_step_down(term: Term) -> bool:
    r"""Whether a formula is less a learning rate times gradients, ``-\\eta \\cdot (dW_1 + dW_2)``, or times a sum over the steps.

    That moves a parameter of the network; it does not give it.
    """
    factors = term.term.factors if isinstance(term, Neg) and isinstance(term.term, Mul) else ()
    moves = (node for factor in factors for _, node in walk_term(factor))
    return any(f in _LEARNING_RATES for f in factors) and any(map(_is_move, moves))


def _is_move(node: Term) -> bool:
    is_gradient = isinstance(node, Sym) and (node.name in ERRORS | {"d"} or node.style in PREFIXES)
    return is_gradient or (isinstance(node, Big) and node.kind == "sum")


def _without_changes(relations: Sequence[Relation | None], lexicon: Lexicon) -> Sequence[Relation | None]:
    r"""The relations but those that tell how a quantity changes when others do, ``h'_t = \\sigma'(c_t) c'_t - o'_t``, and those of what
    these alone are made with: they are no part of the network."""
    named = Counter(name for r in relations for name in names_in(r, lexicon))
    changes = {r for r in relations if r is not None and _is_of_changes(r, named.keys(), lexicon)}
    named.subtract(name for r in changes for name in names_in(r, lexicon))
    alone = {o.name for r in changes for o in outermost(r.right, lexicon) if named[o.name] == 1}

    def is_other(relation: Relation | None) -> bool:
        found = None if relation is None else introduced(relation, lexicon)
        return relation not in changes and (found is None or found.name not in alone)

    return [r if is_other(r) else None for r in relations] if changes else relations


def _is_of_changes(relation: Relation, named: Set[Name], lexicon: Lexicon) -> bool:
    """Whether a primed letter is given by terms with one other each, as a factor, all of which are in the network without the prime."""
    found = introduced(relation, lexicon)
    letter = None if found is None else _unprimed(found.name)
    if letter is None or letter.letter not in {name.letter for name in named}:
        return False
    terms = [unsigned(term) for term in terms_of(relation.right)]
    factors = [[lexicon.occurrence(f) for f in (t.factors if isinstance(t, (Hadamard, Mul)) else (t,))] for t in terms]
    primed = [[o for o in some if o is not None and _unprimed(o.name) in named] for some in factors]
    inside = [o for o in outermost(relation.right, lexicon) if _unprimed(o.name) in named]
    return all(len(some) == 1 for some in primed) and len(inside) == len(primed)


def _unprimed(name: Name) -> Name | None:
    return replace(name, letter=name.letter[:-1]) if name.letter.endswith("'") else None


def _is_of_gradients_by(named: Set[Name], name: Name, relation: Relation, lefts: Set[Name], lexicon: Lexicon) -> bool:
    """Whether an equation gives a gradient by what is `named`, or makes something of such ones: that is no part of the network."""
    used = {o.name for o in outermost(relation.right, lexicon)}
    together = puts_errors_together(relation.right, lexicon)
    if together and not lefts >= used:
        return True
    if _is_change(name, relation, lexicon):
        return False
    return _gradient_by(name) in named or (not together and any(_gradient_by(other) in named for other in used))


def _names_gradients(named: Set[Name], relation: Relation, lefts: Set[Name], lexicon: Lexicon) -> bool:
    """Whether an equation gives an error, or a letter with a prefix about nothing that is `named` by itself, by gradients at a step.

    Or by errors one after the other that are given so. A capital alone, ``\\delta Q``, may be a weight by another letter.
    """
    left = lexicon.occurrence(relation.left)
    if relation.op not in DEFINING or left is None or len(left.indices) != 1 or not _is_error(left.name):
        return False
    if left.name.letter.isupper() and not left.name.suffix:
        return False
    used = {o.name for o in outermost(relation.right, lexicon)} - {left.name}
    if isinstance(relation.right, Stack):
        return used <= lefts and all(map(_is_error, used)) and _gradient_by(left.name) not in named
    return _gradient_by(left.name) not in named and any(_gradient_by(other) in named for other in used)


def _is_error(name: Name) -> bool:
    """Whether a letter is one of errors, or has a prefix; a d with a word below, ``d_{gates}``, is one that is made of others."""
    return name.style in PREFIXES or name.letter in ERRORS or (name.letter == "d" and len(name.suffix) > 1)


def _at_its_step(relation: Relation, lexicon: Lexicon) -> Relation:
    """An equation for what is at ``t - 1`` as one for what is at t."""
    left = lexicon.occurrence(relation.left)
    index = left.indices[0] if left is not None else None
    if left is None or not isinstance(index, Add) or len(index.terms) != 2 or not isinstance(index.terms[0], Sym):
        return relation
    step, shift = index.terms
    back = shift.term if isinstance(shift, Neg) else Neg(shift)
    return replace(relation, left=left.name.at(step), right=replaced(relation.right, {step: Add((step, back))}))


def _with_names(relations: Sequence[Relation | None], lexicon: Lexicon) -> list[Relation | None]:
    r"""The relations, those that end in a new letter as what it names: ``\partial L / \partial z_t = \delta_t``, ``= D_t``.

    A letter that is no error is one only where another equation of derivatives uses it.
    """
    made = {name for r in relations if r is not None and not _is_of_gradients(r) for name in names_in(r, lexicon)}
    left = {o.name for r in relations if r is not None and (o := lexicon.occurrence(r.left)) is not None}
    uses = Counter(name for r in relations for name in names_in(r, lexicon))

    def named(relation: Relation | None) -> Relation | None:
        if relation is None or relation.op not in DEFINING or not isinstance(relation.left, Deriv):
            return relation
        found = lexicon.occurrence(relation.right)
        above, by = (lexicon.occurrence(part) for part in (relation.left.numerator, relation.left.denominator))
        if found is None or above is None or by is None or not found.indices or found.name in made | left:
            return relation
        of_their_steps = found.name.letter in ERRORS and found.indices == by.indices
        components = {i for i in by.indices if not lexicon.may_be_time(i)}
        used = uses[found.name] > 1 and above.name in made and set(found.indices) == {*above.indices, *components}
        return replace(relation, left=relation.right, right=relation.left) if of_their_steps or used else relation

    return [named(relation) for relation in relations]


def _is_of_gradients(relation: Relation) -> bool:
    nodes = [node for side in relation.sides for _, node in walk_term(side)]
    return any(isinstance(node, Deriv) or (isinstance(node, Sym) and node.name in ERRORS) for node in nodes)


def _is_change(name: Name, relation: Relation, lexicon: Lexicon) -> bool:
    r"""Whether this says what the change of a parameter is: ``\Delta W = -\eta \partial L / \partial W``."""
    by = (lexicon.occurrence(n.denominator) for _, n in walk_term(relation.right) if isinstance(n, Deriv))
    return name.style == "Delta" and any(o is not None and o.name == without_prefix(name) for o in by)


def _gradient_by(name: Name) -> Name | None:
    """The quantity that a letter with a prefix is about, or a part of the gradient by it."""
    part = part_of(name)
    return part[0] if part is not None else without_prefix(name)


def with_meant_index(definition: DefiningEquation, lexicon: Lexicon) -> DefiningEquation:
    r"""A definition with a sum whose summand lacks its index, and has that of the left side: ``e^{z_i} / \sum_j e^{z_i}``.

    A sum over the steps that ends at its own index, ``\sum_{t=1}^{t}``, is meant to end with the last one.
    """
    body = definition.body
    for path, node in walk_term(body):
        if isinstance(node, Big) and node.kind == "sum" and node.upper == node.index == Sym("t"):
            return replace(definition, body=replace_at(body, path, replace(node, upper=Sym(lexicon.horizon))), mended=True)
        if not isinstance(node, Big) or node.kind != "sum" or node.index in {n for _, n in walk_term(node.body)}:
            continue
        inside = {n for o in outermost(node.body, lexicon) for n in o.indices}
        meant = [i for i in definition.indices if i in inside and isinstance(i, Sym) and not lexicon.may_be_time(i)]
        if len(meant) == 1 and isinstance(node.index, Sym):
            summand = replaced(node.body, {meant[0]: node.index})
            return replace(definition, body=replace_at(body, path, replace(node, body=summand)), mended=True)
    return definition


def _named_error(relation: Relation, lexicon: Lexicon) -> Relation:
    r"""``\delta_{t-1}^T = \partial E / \partial h_{t-1}`` as ``\delta_t = \partial E / \partial h_t``: a row or a column.

    What has two steps loses the components as well: ``\gamma_{t,j}^{(k-1)} = \partial J_t / \partial h_j^{(k-1)}`` says what
    ``\gamma_t^{(k)}`` is.
    """
    left, right = relation.left, relation.right
    left = left.base if isinstance(left, Transpose) else left
    found = lexicon.occurrence(left)
    by = lexicon.occurrence(right.denominator) if isinstance(right, Deriv) else None
    if found is None or by is None or not isinstance(right, Deriv):
        return relation
    steps = [i for i in found.indices if lexicon.may_be_time(i)]
    several = len(steps) + _leaves_out_a_step(found.indices, right, lexicon) > 1
    if not several and (found.name.letter not in ERRORS or found.indices != by.indices or len(by.indices) != 1):
        return relation
    shared = [i for i in found.indices if i in by.indices]
    moved: dict[Term, Term | None] = {i: _own_letter(i) if several else STEP for i in shared if isinstance(i, Add)}
    moved |= {i: None for i in shared if several and i not in steps}
    right = replace(right, denominator=_with_scripts(right.denominator, moved))
    return replace(relation, left=_with_scripts(left, moved), right=right)


def _own_letter(index: Add) -> Term:
    """The k of ``k - 1``."""
    return next((part for part in index.terms if isinstance(part, Sym)), index)


def _with_scripts(term: Term, changes: Mapping[Term, Term | None]) -> Term:
    r"""A letter with other scripts, also in ``\delta_{h_{t-1}}``, without those that are changed to nothing."""
    if not isinstance(term, (Sub, Sup)):
        return term
    base = _with_scripts(term.base, changes)
    indices = tuple(_with_scripts(new, changes) for i in term.indices if (new := changes.get(i, i)) is not None)
    return replace(term, base=base, indices=indices) if indices else base


def _without_values(found: list[DefiningEquation], lexicon: Lexicon) -> list[DefiningEquation]:
    """Without what gives a value at one step, from the first one on, to a quantity whose equation says what it is there.

    Only what is given by itself at another step needs a value at one of them: other values are claims.
    """
    general = {d.name: d for d in found if d.indices and not d.is_special(lexicon)}

    def needs_none(definition: DefiningEquation) -> bool:
        first = definition.indices[0]
        if definition.name not in general or (isinstance(first, Num) and first.value <= 0):
            return False
        return not _is_recursive(definition.name, general, lexicon, -1 if isinstance(first, Num) else 1)

    return [d for d in found if not (d.is_special(lexicon) and needs_none(d))]


def _without_targets(found: list[DefiningEquation]) -> list[DefiningEquation]:
    r"""Without ``y_t = f(h_t)`` where ``\hat y_t = f(h_t)`` says the same: beside its prediction, y_t is a target."""
    hats = {(d.name.letter, d.indices, d.body) for d in found if d.name.accent == "hat"}
    return [d for d in found if d.name.accent or (d.name.letter, d.indices, d.body) not in hats]


def _is_recursive(name: Name, rules: Mapping[Name, DefiningEquation], lexicon: Lexicon, sign: int) -> bool:
    """Whether a quantity is given, directly or through others, by itself, and something there at a later (or earlier) step."""
    seen: set[Name] = set()
    stack, moved = [name], False
    while stack:
        rule = rules.get(stack.pop())
        for found in outermost(rule.body, lexicon) if rule is not None else ():
            moved = moved or any(_steps(index) * sign > 0 for index in found.indices)
            if found.name not in seen:
                seen.add(found.name)
                stack.append(found.name)
    return name in seen and moved


def _steps(index: Term) -> Fraction:
    """How many steps an index is later than its letter."""
    parts = index.terms if isinstance(index, Add) else ()
    numbers = [(part.term, -1) if isinstance(part, Neg) else (part, 1) for part in parts]
    return sum((number.value * sign for number, sign in numbers if isinstance(number, Num)), Fraction(0))


def _says_more(relation: Relation | None, lexicon: Lexicon) -> int:
    """0 for what names a derivative of another step, 1 for one of its own, 2 for any other equation: what a letter is the name of
    defines it, wherever that is said. So does what is said for the members of every set, before what is said of one set's."""
    if relation is not None and isinstance(relation.right, Cases) and _is_of_members(relation.right):
        return 1
    found = None if relation is None else lexicon.occurrence(relation.left)
    if relation is None or found is None or not isinstance(relation.right, Deriv):
        return 2
    return 0 if _leaves_out_a_step(found.indices, relation.right, lexicon) else 1


def _is_of_members(cases: Cases) -> bool:
    return all([c.op for c in conditions] == ["in"] for _, conditions in cases.branches)


def _is_backward(relation: Relation | None) -> bool:
    """A recursion back in time defines a quantity where nothing else does."""
    return relation is not None and is_backward(relation)


def introduced(relation: Relation, lexicon: Lexicon) -> Occurrence | None:
    """What an equation can define: the quantity that stands alone on its left."""
    if is_of_events(relation):
        return None
    relation = _named_error(relation, lexicon)
    found = lexicon.occurrence(relation.left) if relation.op in DEFINING and not isinstance(relation.left, Mark) else None
    return found if found is not None and _introduces(found, relation, lexicon) else None


def _for_every_time(found: list[DefiningEquation], lexicon: Lexicon) -> list[DefiningEquation]:
    """``h_1 = f(h_0)``, ``h_2 = f(h_1)``: where all equations for single steps follow one rule, the first stands for every time.

    An initial value, given as a number, stays beside the rule; so does everything for which a rule is given in general.
    """
    other = _of_other_things(found, lexicon)
    found = [d for d in found if d not in other]
    general = {d.name for d in found if d.indices and not d.is_special(lexicon)}
    steps = [d for d in found if d.name not in general and d.is_special(lexicon) and not isinstance(d.body, Num)]
    rules = {d: rule for d in steps if (rule := _rule(d, lexicon)) is not None}
    result = []
    for definition in found:
        same = [d for d in steps if d.name == definition.name]
        if definition not in rules or any(rules.get(d) != rules[definition] for d in same):
            result.append(definition)
        elif definition is same[0]:
            result.append(replace(definition, indices=(STEP,), body=rules[definition]))
    return result


def _of_other_things(found: list[DefiningEquation], lexicon: Lexicon) -> set[DefiningEquation]:
    """``z_3 = V s_3`` and ``z_2 = W s_1 + U x_2``: at each step with other weights, a letter is short for something else."""
    steps = [d for d in found if d.is_special(lexicon)]
    weights = {d: parameters(d.body, lexicon) for d in steps}
    pairs = ((a, b) for a in steps for b in steps if a.name == b.name and a.indices != b.indices)
    return {a for a, b in pairs if weights[a] and weights[b] and not weights[a] & weights[b]}


def _rule(definition: DefiningEquation, lexicon: Lexicon) -> Term | None:
    """The body of an equation for step n, or for the last one, with t for n and t - 1 for n - 1; None where it is about other times."""
    if len(definition.indices) != 1:
        return None
    body, now = definition.body, definition.indices[0]
    for path, node in list(walk_term(body)):
        found = lexicon.occurrence(node) if isinstance(node, (Sub, Sup)) else None
        if found is None or not found.indices or not isinstance(node, (Sub, Sup)) or node.indices != found.indices:
            continue
        shift = _shift(node.indices[0], now)
        if shift not in (0, -1) or any(is_fixed(i, lexicon) for i in node.indices[1:]):
            return None
        at = STEP if not shift else Add((STEP, Neg(ONE)))
        body = replace_at(body, path, replace(node, indices=(at, *node.indices[1:])))
    return body if body != definition.body else None


def _shift(index: Term, now: Term) -> Fraction | None:
    """How far an index is from another one: of 1 from 2, of -1 from 0, or of T - 1 from T."""
    number = unsigned(index)
    if isinstance(number, Num) and isinstance(now, Num):
        return (number.value if number is index else -number.value) - now.value
    if index == now:
        return Fraction(0)
    return Fraction(-1) if index == Add((now, Neg(ONE))) else None


def _introduces(found: Occurrence, relation: Relation, lexicon: Lexicon) -> bool:
    """Whether an equation can define its left side: not an index, not an update of what stands on its right as well."""
    if not found.indices and found.name.letter in lexicon.indices and not found.name.accent:
        return False
    if isinstance(relation.right, Sym) and not found.indices and relation.right.name == found.name.letter:
        return False
    letters = [i for i in found.indices if isinstance(i, Sym)]
    if len({i.name for i in letters}) != len(letters):
        return False
    own = {n.name for i in found.indices for _, n in walk_term(i) if isinstance(n, Sym)}
    if not set(lexicon.free_letters(relation.right)) <= own and not _leaves_out_a_step(found.indices, relation.right, lexicon):
        return False
    fixed = [i for i in found.indices if not isinstance(i, Sym)]
    if fixed and not all(is_fixed(i, lexicon) for i in found.indices):
        return False
    return all(_is_elsewhere(other, found) for other in outermost(relation.right, lexicon))


def _is_elsewhere(other: Occurrence, found: Occurrence) -> bool:
    """Whether what stands on the right is another quantity, or the same one at another time; ``A^{(t)} = A`` defines nothing."""
    return other.name != found.name or (other.indices != found.indices and (bool(other.indices) or not found.indices))


def with_total_loss(found: list[DefiningEquation], terms: list[Term], lexicon: Lexicon) -> list[DefiningEquation]:
    """Adds the total loss where the document differentiates it but states it outside any equation, or only per step."""
    defined = {(d.name, bool(d.indices)) for d in found}
    wanted = _undefined_total(terms, defined, lexicon)
    made = (d for d in found if d.indices and not isinstance(d.body, Deriv))
    used = {o.name for d in made for o in outermost(d.body, lexicon) if o.name != d.name}
    if wanted is None or wanted in used:  # what a state is made of is no loss
        return found
    per_step = _loss_per_step(wanted, found)
    if per_step is None:
        return found
    stated = next((t for t in terms if _sums(t, per_step.name, lexicon)), None)
    letter = Sym("t")
    summand = Sub(per_step.name.bare, (letter,))
    total = stated or Big("sum", letter, None, None, (), summand)
    return [*found, DefiningEquation(-1, wanted, (), total)]


def open_functions(found: list[DefiningEquation], lexicon: Lexicon) -> dict[Name, tuple[Term, ...]]:
    """The functions of quantities that defining equations use and nothing defines (``l(o_t, y_t)``), with their arguments."""
    defined = {d.name for d in found}
    calls = [n for d in found for _, n in walk_term(d.body) if isinstance(n, Given) and not lexicon.is_timed_call(n)]
    named = [(lexicon.called(call), call.arguments) for call in calls]
    return {o.name: arguments for o, arguments in reversed(named) if o is not None and o.name not in defined}


def with_steps_of_open_functions(found: list[DefiningEquation], lexicon: Lexicon) -> list[DefiningEquation]:
    """Lets ``l_t(o_t, y_t)``, which nothing defines, define ``l_t`` as an open function of what stands in its brackets."""
    result, known = list(found), {d.name for d in found}
    for definition in found:
        for _, node in walk_term(definition.body):
            base = lexicon.occurrence(node.base) if isinstance(node, Given) and not lexicon.is_timed_call(node) else None
            if isinstance(node, Given) and base is not None and base.indices and base.name not in known:
                known.add(base.name)
                value = Given(letter_of_open(base.name), node.arguments)
                result.append(DefiningEquation(-2 - len(result), base.name, base.indices, value))
    return result


def between_spaces(
    found: list[DefiningEquation], functions: Mapping[str, object], spaces: Mapping[Name, tuple[Term, ...]], lexicon: Lexicon
) -> list[DefiningEquation]:
    r"""Lets an open function g from a space to another one, ``y = g(h)``, be one of all entries of h for each entry of y."""

    def general(definition: DefiningEquation) -> DefiningEquation:
        call = definition.body
        if not isinstance(call, Apply) or is_well_known(name := function_name(call.function)) or not name or name in functions:
            return definition
        of = lexicon.occurrence(call.argument)
        sizes = [spaces.get(n, ()) for n in (definition.name, of.name)] if of is not None else [(), ()]
        apart = all(sizes) and sizes[0] != sizes[1]
        return replace(definition, body=Given(call.function, (call.argument,))) if apart else definition

    return [general(d) for d in found]


def _undefined_total(terms: list[Term], defined: set[tuple[Name, bool]], lexicon: Lexicon) -> Name | None:
    """The loss without a step that is differentiated and has no equation; of several that are named, ``L_{out}``, only ``L_{total}``."""
    found = (o.name for numerator in derivative_numerators(terms) if (o := lexicon.occurrence(numerator)) and not o.indices)
    known = (n for n in found if (n, False) not in defined and ((n, True) in defined or n.letter in LOSSES))
    losses = list(dict.fromkeys(known))
    whole = [n for n in losses if n.suffix.lower().startswith("tot")] or [n for n in losses if not n.suffix]
    return next(iter(whole or losses * (len(losses) == 1)), None)


def _loss_per_step(total: Name, found: list[DefiningEquation]) -> DefiningEquation | None:
    same = [d for d in found if d.name == total and d.indices]
    losses = [d for d in found if d.indices and any(isinstance(n, Apply) and is_log(n) for _, n in walk_term(d.body))]
    return next(iter(same + losses), None)


def is_log(term: Apply) -> bool:
    return isinstance(term.function, Sym) and meaning(term.function.name) == "log"


def _sums(term: Term, name: Name, lexicon: Lexicon) -> bool:
    """Whether a term is a sum (or a multiple of one) of nothing but a quantity over time."""
    while not isinstance(term, Big):
        factors = getattr(term, "factors", ())
        if not factors:
            return False
        term = factors[-1]
    occurrence = lexicon.occurrence(term.body)
    return occurrence is not None and occurrence.name == name and len(occurrence.indices) == 1


def with_exchanged_letters(
    found: list[DefiningEquation], terms: Sequence[Term], lexicon: Lexicon
) -> tuple[list[DefiningEquation], dict[int, tuple[Name, Name]]]:
    """Renames an output whose letter the loss uses for the target.

    A cross-entropy takes the logarithm of an output. Where it is that of something nothing defines, while the output
    itself stands outside the logarithm (or nowhere), the letter on the left of the output's definition is a slip; where that letter
    is at steps elsewhere and the other one never, the one in the loss is.
    """
    stepped = {o.name for term in terms for o in outermost(term, lexicon) if any(map(_is_step, o.indices))}
    defined = {d.name for d in found if not isinstance(d.body, Num)}
    used = {o.name for d in found if not _measures_output(d) for o in outermost(d.body, lexicon)}
    for loss in found:
        inside = _names_in_logs(loss.body, lexicon)
        free = [name for name in inside if name not in defined]
        if not free or any(name in defined for name in inside):
            continue
        outside = {o.name for o in outermost(loss.body, lexicon)} - set(inside)
        for output in found:
            if _is_output(output) and output.name not in inside and output.name not in used:
                if output.name in stepped and free[0] not in stepped:
                    letter = output.name.bare
                    body = _with_output(loss.body, free[0], letter, loss.indices, lexicon)
                    meant = replace(loss, body=body, mended=True)
                    return [meant if d is loss else d for d in found], {}
                if output.name not in outside and output.name.letter != free[0].letter:
                    continue
                new = replace(output, name=free[0])
                return [new if d is output else d for d in found], {output.source: (output.name, free[0])}
    return found, {}


def _is_step(index: Term) -> bool:
    return isinstance(index, (Num, Add)) or index in (Sym("t"), Sym("tau"))


def _with_output(term: Term, name: Name, output: Sym, steps: tuple[Term, ...], lexicon: Lexicon) -> Term:
    """The formula of a loss at some step with the output there in the place of a letter that nothing defines."""
    found = lexicon.occurrence(term)
    if found is None:
        return rebuilt(term, lambda part: _with_output(part, name, output, steps, lexicon))
    indices = (*(step for step in steps if step not in found.indices), *found.indices)
    return term if found.name != name else Sub(output, indices) if indices else output


def _measures_output(definition: DefiningEquation) -> bool:
    return any(isinstance(n, Apply) and is_log(n) for _, n in walk_term(definition.body))


def _names_in_logs(term: Term, lexicon: Lexicon) -> list[Name]:
    """What a formula takes logarithms of; what stands in the brackets of a function, ``\\log p(y_t, x_t)``, is not meant by it."""
    result = []
    for _, node in walk_term(term):
        if isinstance(node, Apply) and is_log(node):
            called = {
                part for _, n in walk_term(node.argument) if isinstance(n, Given) for a in n.arguments for _, part in walk_term(a)
            }
            occurrences = [lexicon.occurrence(inner) for _, inner in walk_term(node.argument) if inner not in called]
            result += [o.name for o in occurrences if o is not None and o.indices]
    return list(dict.fromkeys(result))


def _is_output(definition: DefiningEquation) -> bool:
    function = definition.body.function if isinstance(definition.body, Apply) else None
    return isinstance(function, Sym) and meaning(function.name) in OUTPUTS
