r"""One cell as code has it: its states ``c_{prev}`` and ``c_{next}``, the errors ``d\gamma_o`` before its gates, gradients at its step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from symrnn.language.functions import BY_SPELLING
from symrnn.language.parts import ONE
from symrnn.language.scripted import under
from symrnn.language.terms import PREFIXES, Add, Apply, Big, Mul, Neg, Relation, Sub, Sup, Sym, Term, children, rebuilt, walk
from symrnn.reading.lexicon import BEFORE_ITS_FUNCTION

_STEP = Sym("t")
_BEFORE = Add((_STEP, Neg(ONE)))
_NEXT, _PREV = Sym("next", style="text"), Sym("prev", style="text")
#: ``dp\tilde{c}``: the error before the function that gives a candidate.
_BEFORE_FUNCTION = Sym("p", style="d")


@dataclass(frozen=True)
class Cell:
    """The letters of what gates are functions of, none of which stands anywhere without a prefix: γ, where Γ is a gate.

    `values` has what a function gives where it gives one quantity alone: ``dtanh`` is the error before that.
    """

    inner: frozenset[str]
    values: Mapping[str, Term]

    def at_its_step(self, relation: Relation) -> Relation:
        """A relation about gradients in the cell with its step below each letter: what goes in is of the step before."""
        if not _has_prefix(relation.left):
            return relation
        left, right = self._placed(relation.left), self._placed(relation.right)
        if isinstance(left, Sym) or (isinstance(left, Sub) and not {_STEP, _NEXT, _PREV} & set(left.indices)):
            left = Sub(left, (_STEP,)) if _counts_freely(right) else left
        return replace(relation, left=left, right=right)

    def _placed(self, term: Term) -> Term:
        if isinstance(term, Mul) and _BEFORE_FUNCTION in term.factors[:-1]:
            at = term.factors.index(_BEFORE_FUNCTION)
            named = (*term.factors[:at], _with_prefix(term.factors[at + 1]), *term.factors[at + 2 :])
            return self._placed(named[0] if len(named) == 1 else replace(term, factors=named))
        if isinstance(term, Sub) and term.indices in ((_NEXT,), (_PREV,)) and not _has_prefix(term.base):
            return Sub(term.base, (_STEP if term.indices == (_NEXT,) else _BEFORE,))
        value = self.values.get(_function_behind_d(term.base if isinstance(term, Sub) and term.indices == (_STEP,) else term))
        if value is not None:
            return _with_prefix(value)
        if isinstance(term, Sym) and term.style in PREFIXES and term.name in self.inner:
            return Sym(term.name.capitalize(), term.accent, BEFORE_ITS_FUNCTION)
        return rebuilt(term, self._placed)


def cell_of(relations: Iterable[Relation]) -> Cell | None:
    """The cell that a document's gradients are in, where it speaks of those by the next state; None where it speaks of none."""
    known = list(relations)
    nodes = [node for r in known for node in r.nodes()]
    letters = {node.name for node in nodes if isinstance(node, Sym) and not node.style}
    handed = [node for node in nodes if isinstance(node, Sub) and _has_prefix(node.base)]
    if not any(node.indices == (_NEXT,) for node in handed) or not any(isinstance(n, Sub) and n.indices == (_PREV,) for n in nodes):
        return None
    errors = {node.name for node in nodes if isinstance(node, Sym) and node.style in PREFIXES}
    return Cell(frozenset(name for name in errors - letters if name.capitalize() in letters), dict(_values(known)))


def _values(relations: Sequence[Relation]) -> Iterator[tuple[str, Term]]:
    """The functions that give one quantity alone, each with that."""
    found: dict[str, set[Term]] = {}
    for relation in relations:
        function = relation.right.function if isinstance(relation.right, Apply) else None
        if isinstance(function, Sym) and isinstance(relation.left, (Sub, Sup)):
            found.setdefault(function.name, set()).add(relation.left)
    yield from ((function, next(iter(lefts))) for function, lefts in found.items() if len(lefts) == 1)


def _has_prefix(term: Term) -> bool:
    """Whether a letter with scripts, or ``dp`` before one, is a gradient."""
    if isinstance(term, Mul):
        return term.factors[0] == _BEFORE_FUNCTION
    term = under(term, (Sub, Sup))
    return (isinstance(term, Sym) and term.style in PREFIXES) or bool(_function_behind_d(term))


def _function_behind_d(term: Term) -> str:
    """The function of ``dtanh``; empty for anything else."""
    word = term.name if isinstance(term, Sym) and term.style == "text" else ""
    return word[1:] if word.startswith("d") and word[1:] in BY_SPELLING else ""


def _with_prefix(term: Term) -> Term:
    if isinstance(term, (Sub, Sup)):
        return replace(term, base=_with_prefix(term.base))
    return replace(term, style=BEFORE_ITS_FUNCTION) if isinstance(term, Sym) else term


def _counts_freely(term: Term) -> bool:
    """Whether the step stands in a script, and in none of a sum or a product that counts by it."""
    if isinstance(term, Big) and term.index == _STEP:
        return False
    if isinstance(term, (Sub, Sup)) and any(_STEP in {node for _, node in walk(index)} for index in term.indices):
        return True
    return any(_counts_freely(node) for _, node in children(term))
