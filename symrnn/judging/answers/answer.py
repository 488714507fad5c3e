"""The right side that an equation about a derivative should have: derived from the network, written as the document writes, and proven."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from symrnn.judging.answers.arithmetic import transposed
from symrnn.judging.answers.entries import Entries
from symrnn.judging.answers.network import NetworkDerivatives, WantedDerivative
from symrnn.judging.answers.rules import NoAnswer
from symrnn.judging.answers.writing import AnswerWriter, Manner
from symrnn.judging.edits.setting import Setting
from symrnn.language.model import Quantity
from symrnn.language.parts import contains, letters_in
from symrnn.language.tensors import Affine, Jac, Pick, Ref, Tensor, Times, substitute
from symrnn.language.tensors import walk as walk_tensor
from symrnn.language.terms import Apply, Deriv, Hadamard, Outer, Relation, Sym, Term, Transpose, walk
from symrnn.reading.elaborate import is_vec, readings
from symrnn.reading.elaborate.prefixed import loss_of
from symrnn.reading.lexicon import without_prefix

#: An answer longer than this helps nobody.
_LONGEST = 400


class Letters:
    """Letters for new sums, that neither a quantity nor the left side has; those that the document counts with come first."""

    def __init__(self, left: Term, setting: Setting) -> None:
        lexicon, names = setting.lexicon, {q.name.letter for q in setting.model.quantities.values()}
        taken = letters_in(left) | names | setting.model.sizes.keys()
        self._free = [x for x in "tkjilmnsrq" if x not in taken and x != setting.model.horizon]
        self._free.sort(key=lambda x: x not in lexicon.indices)
        self.step = next((x for x in self._free if x in lexicon.times), "") or next((x for x in self._free if x in "tkjsr"), "r")
        self._free = [x for x in self._free if x != self.step and x not in lexicon.times]
        self.used = {self.step}

    def component(self, label: str) -> str:
        """A letter for the next sum over components. Raises NoAnswer when there is none left."""
        if not self._free:
            raise NoAnswer
        letter = self._free.pop(0)
        self.used.add(letter)
        return letter


def derived(relation: Relation, setting: Setting) -> Iterator[tuple[Term, frozenset[str]]]:
    """Right sides for an equation whose left side is a derivative, likeliest layout first, with the letters that they count with.

    Nothing here is proven.
    """
    left = relation.left
    if isinstance(left, Deriv) and is_vec(left.denominator):  # by the entries of a matrix: those of the derivative by the matrix
        vec, matrix = left.denominator.function, left.denominator.argument
        by_matrix = replace(relation, left=replace(left, denominator=matrix))
        yield from ((Apply(vec, term), letters) for term, letters in derived(by_matrix, setting))
        return
    target = _target(relation.left, setting)
    if target is None:
        return
    spoken = _spoken_of(relation.right, setting)
    kept = spoken - {target.wrt.quantity}
    recursion = target.wrt.quantity in spoken
    for chosen, at_states in dict.fromkeys(((kept, not recursion), (kept, True), (frozenset[str](), True))):
        letters = Letters(relation.left, setting)
        try:
            for term in _written(target, NetworkDerivatives(setting.model, chosen, at_states), relation, setting, letters):
                yield term, frozenset(letters.used)
        except NoAnswer:
            continue


def backward(loss: Ref, wrt: Ref, kept: frozenset[str], setting: Setting) -> Iterator[tuple[Relation, frozenset[str]]]:
    """∂loss/∂wrt in terms of the derivatives by what is `kept`, as the document would write it; its layouts, likeliest first.

    Nothing here is proven. Raises NoAnswer where there are no rules for it.
    """
    model, hand = setting.model, setting.hand
    definitions = [q.definition for q in model.quantities.values() if q.definition is not None]
    gated = any(isinstance(node, Times) for definition in definitions for node in walk_tensor(definition))
    manner = Manner("partial", False, hand.diagonal and not gated, hand.outer)
    writer = AnswerWriter(model, hand, manner, _named(model.quantities.values()))
    left = writer.component(Jac(loss, wrt, False), ())
    letters = Letters(left, setting)
    value = NetworkDerivatives(model, kept - {wrt.quantity}).of(WantedDerivative(loss, wrt, False, ()), letters.step)
    for form in (value,) if len(value.shape) != 2 else (value, transposed(value)):
        yield Relation("=", left, writer.term(form)), frozenset(letters.used)


def _named(quantities: Iterable[Quantity]) -> dict[tuple[str, str], Quantity]:
    """The quantities that are the derivative by another one at their own step, by what these are of and by."""
    found: dict[tuple[str, str], Quantity] = {}
    for quantity in quantities:
        definition = quantity.definition
        if not isinstance(definition, Jac) or not isinstance(definition.numerator, Ref) or quantity.shape != definition.shape:
            continue
        if definition.wrt.time in (None, Affine.of("t")):
            found.setdefault((definition.numerator.quantity, definition.wrt.quantity), quantity)
    return found


def _target(left: Term, setting: Setting) -> WantedDerivative | None:
    """The derivative that a left side is, or is the name of."""
    quantity = setting.quantity(left)
    named = (quantity is not None and isinstance(quantity.definition, Jac)) or setting.error(left) is not None
    if not named and not contains(left, Deriv):
        return None
    found = readings(Relation("=", left, left), setting.model, setting.lexicon)[0]
    targets = (WantedDerivative.of(_spelled_out(reading.claim.left, setting)) for reading in found if not reading.claim.unknown)
    return next((target for target in targets if target is not None), None)


def _spelled_out(node: Tensor, setting: Setting) -> Tensor:
    """A letter for a derivative, as the derivative at its time."""
    if isinstance(node, Pick):
        return Pick(_spelled_out(node.argument, setting), node.indices)
    definition = setting.model.quantities[node.quantity].definition if isinstance(node, Ref) else None
    if not isinstance(node, Ref) or not isinstance(definition, Jac):
        return node
    return definition if node.time is None else substitute(definition, {"t": node.time})


def _spoken_of(right: Term, setting: Setting) -> frozenset[str]:
    """The quantities by which the right side of a claim differentiates."""
    found = [setting.quantity(node.denominator) for _, node in walk(right) if isinstance(node, Deriv)]
    named = [setting.quantity(node) for _, node in walk(right)]
    keys = {q.definition.wrt.quantity for q in named if q is not None and isinstance(q.definition, Jac)}
    keys |= {q.key for _, node in walk(right) if (q := setting.error(node)) is not None}
    return frozenset(keys | {q.key for q in found if q is not None and not q.is_parameter})


def _names(relation: Relation, setting: Setting) -> dict[tuple[str, str], Quantity]:
    """The letters of an equation that stand for derivatives, by what these are of and by."""
    nodes = list(relation.nodes())
    named = _named(quantity for node in nodes if (quantity := setting.quantity(node)) is not None)
    return named | (_errors(setting) if any(setting.error(node) is not None for node in nodes) else {})


def _errors(setting: Setting) -> dict[tuple[str, str], Quantity]:
    """The letters with a prefix that are gradients of the loss, by what they are of and by."""
    loss, _ = loss_of(setting.model)
    found: dict[tuple[str, str], Quantity] = {}
    for name in setting.errors if isinstance(loss, Ref) else ():
        for quantity in setting.model.named(without_prefix(name) or name).values():
            assert isinstance(loss, Ref)
            found[loss.quantity, quantity.key] = replace(quantity, name=name)
    return found


def _written(
    target: WantedDerivative, derivative: NetworkDerivatives, relation: Relation, setting: Setting, letters: Letters
) -> Iterator[Term]:
    value = derivative.of(target, letters.step)
    if sum(1 for _ in walk_tensor(value)) > _LONGEST:
        raise NoAnswer
    writer = AnswerWriter(setting.model, setting.hand, _manner(relation, setting), _names(relation, setting))
    if target.components:
        yield writer.term(Entries(letters.component).of(value, target.components))
        return
    forms: list[Tensor] = [value] if len(value.shape) != 2 else [value, transposed(value)]
    for form in forms:
        yield writer.term(form)


def _manner(relation: Relation, setting: Setting) -> Manner:
    nodes = [node for _, node in walk(relation.right)]
    found = [node for node in relation.nodes() if isinstance(node, Deriv)]
    derivative = found[0] if found else Deriv(relation.left, relation.left)
    diagonal = any(isinstance(n, Apply) and n.function == Sym("diag") for n in nodes)
    elementwise = any(isinstance(n, Hadamard) for n in nodes)
    outer = any(isinstance(n, Outer) for n in nodes)
    rows = any(isinstance(n, Transpose) for n in nodes)
    sign = "partial" if derivative.sign == "partial+" else derivative.sign
    return Manner(
        sign,
        derivative.prefix,
        diagonal if diagonal != elementwise else setting.hand.diagonal,
        outer or (setting.hand.outer and not rows),
    )
