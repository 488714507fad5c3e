"""The readings of an equation: every combination of answers about its notation that gives it a meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from symrnn.language import questions
from symrnn.language.choices import Choices, Inadmissible, explore
from symrnn.language.claims import Claim, Reading
from symrnn.language.model import Model, Quantity
from symrnn.language.questions import Question
from symrnn.language.tensors import Affine, Condition, Eye, Full, Tensor, refs_in
from symrnn.language.tensors import walk as walk_tensor
from symrnn.language.terms import Big, Deriv, Num, Relation, Sym, Term, walk
from symrnn.notation import unicode
from symrnn.notation.said import by_name, said
from symrnn.reading.elaborate.derivatives import is_vec
from symrnn.reading.elaborate.elaboration import Elaborator, Variable
from symrnn.reading.elaborate.equated import equated
from symrnn.reading.elaborate.indices import condition_of
from symrnn.reading.elaborate.rules import elaborating
from symrnn.reading.lexicon import Lexicon

_MOST_READINGS = 160


@dataclass(frozen=True)
class Forms:
    """Ways to write that are not the usual ones.

    With `short` an elementwise product of a vector and a matrix scales the rows or columns; with `kronecker`, as where a formula has
    vec(W), ⊗ is the Kronecker product; a derivative by a matrix is then one by its entries one after the other, unless vec says which.
    """

    short: bool = False
    kronecker: bool = False


_USUAL = Forms()


def readings(
    relation: Relation, model: Model, lexicon: Lexicon, pinned: Mapping[Question, str] | None = None, forms: Forms = _USUAL
) -> tuple[list[Reading], list[Inadmissible]]:
    """Every admissible reading of an equation, preferred ones first, and why the other ones are not admissible."""
    admissible: dict[Claim, Reading] = {}
    refused: list[Inadmissible] = []
    for result, answers in tried(relation, model, lexicon, pinned, forms):
        if isinstance(result, Inadmissible):
            refused.append(result)
        elif result not in admissible:
            stated = ", ".join(unicode(condition) for condition in relation.conditions) if result.within else ""
            admissible[result] = Reading(result, (*answers.items(), *(((questions.STATED, stated),) if stated else ())))
    return list(admissible.values()), refused


def tried(
    relation: Relation, model: Model, lexicon: Lexicon, pinned: Mapping[Question, str] | None = None, forms: Forms = _USUAL
) -> Iterator[tuple[Claim | Inadmissible, dict[Question, str]]]:
    """What an equation says under each combination of answers, the preferred ones first, one after the other as they are asked for."""
    counts_components = any(_sums_components(side, model) for side in relation.sides)
    has_vec = any(is_vec(node) for node in relation.nodes())
    tells_total = _tells_total_from_partial(relation)
    prefixed = tuple(dict.fromkeys(name for side in relation.sides for name in lexicon.behind_prefixes(side)))
    letters = dict.fromkeys(letter for side in relation.sides for letter in lexicon.free_letters(side))

    def run(choices: Choices) -> Claim:
        elaborator = elaborating(model, lexicon, choices)
        elaborator.counts_components = counts_components
        elaborator.tells_total = tells_total
        elaborator.combine.short_forms = forms.short
        elaborator.combine.kronecker = forms.kronecker or has_vec
        elaborator.combine.stacks_all = forms.kronecker and not has_vec
        elaborator.prefixed = prefixed
        for letter in letters:
            if letter not in model.sizes:
                elaborator.declare(letter, Variable(letter, letter))
        return claim_made(elaborator, relation)

    return explore(run, _MOST_READINGS, dict(pinned or {}))


def _sums_components(term: Term, model: Model) -> bool:
    """Whether a formula sums over components, so that a number below a letter may be one as well."""
    return any(isinstance(n, Big) and isinstance(n.upper, Sym) and n.upper.name in model.sizes for _, n in walk(term))


def _tells_total_from_partial(relation: Relation) -> bool:
    """Whether an equation writes d for some derivatives and ∂ for others, which then hold fixed what else a formula is of."""
    signs = {n.sign for n in relation.nodes() if isinstance(n, Deriv)}
    return {"d", "partial"} <= signs


def claim_made(e: Elaborator, relation: Relation) -> Claim:
    """The equation as two tensors of one shape. Raises Inadmissible."""
    left, right = e.operand(relation.left), e.operand(relation.right)
    a, b = equated(e.combine, left, right)
    free = sorted(a.free | b.free)
    zero = isinstance(relation.right, Num) and relation.right.value == 0
    unknown = tuple(_resolved_unknown(e))
    known: dict[Tensor, Tensor] = {}
    sides = e.labels.put_into(a, known), e.labels.put_into(b, known)
    _check_sizes(sides, {label for q in unknown for label in q.shape})
    within = (*_stated(e, relation, frozenset(free)), *dict.fromkeys(_at_steps(e, sides)))
    return Claim(*sides, _free_variables(e, frozenset(free)), unknown, zero, within)


def _stated(e: Elaborator, relation: Relation, free: frozenset[str]) -> Iterator[Condition]:
    """The conditions beside an equation that are about its free indices. Raises Inadmissible."""
    for compare in relation.conditions:
        letters = {n.name for n in compare.nodes() if isinstance(n, Sym)}
        own = {letter for letter in letters if letter in e.variables and e.variables[letter].name in free}
        if own and letters - own <= {e.model.horizon, *e.model.sizes}:
            yield condition_of(e, compare)


def _at_steps(e: Elaborator, sides: tuple[Tensor, Tensor]) -> Iterator[Condition]:
    """What stands before the last step, as the loss ``L_{T-1}``, stands at a step: there are as many. (A state has a value before.)"""
    first, last = Affine((), e.model.first), e.model.last
    for ref in (ref for side in sides for ref in refs_in(side)):
        at, known = ref.time, e.model.quantities.get(ref.quantity)
        if at is not None and known is not None and not known.recurrence:
            behind = last - at
            if at.names() == {e.model.horizon} and not behind.names() and behind.constant > 0:
                yield Condition(">=", at, first)


def _check_sizes(sides: tuple[Tensor, Tensor], known: set[str]) -> None:
    """Raises Inadmissible for an identity or a constant whose number of components nothing says."""
    for node in (n for side in sides for n in walk_tensor(side)):
        labels = (node.label,) if isinstance(node, Eye) else node.axes if isinstance(node, Full) else ()
        if any(label.startswith("?") and label not in known for label in labels):
            raise Inadmissible("nothing says how many components a vector or a matrix here has")


def _free_variables(e: Elaborator, names: frozenset[str]) -> tuple[tuple[str, str, str], ...]:
    result = []
    for variable in e.declared.values():
        if variable.name in names:
            label = e.labels.find(variable.label) if variable.label else ""
            if variable.role == "component" and not label:
                raise Inadmissible(said("nothing says how far the index ", by_name(variable.letter), " counts"))
            result.append((variable.name, variable.role or "time", label))
    return tuple(result)


def _resolved_unknown(e: Elaborator) -> Iterator[Quantity]:
    for quantity in e.unknown.values():
        yield replace(quantity, shape=e.labels.resolve(quantity.shape))
