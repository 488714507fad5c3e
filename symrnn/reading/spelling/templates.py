r"""A function of a step that is given at letters of its own: ``q_t = F_\theta(q_{t-1}, x_t)`` with ``F_{A,B}(q, x) = \tanh(A q + B x)``.

The parameters below it are listed one time and not the other; it is the same function, and its formula is that of the step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from symrnn.language.functions import BY_SPELLING
from symrnn.language.terms import DEFINING, Apply, Given, Mul, Pow, Relation, Sub, Sup, Sym, Term, replaced, walk


@dataclass(frozen=True)
class _Call:
    """A letter, what stands below it, and its arguments."""

    letter: Sym
    below: tuple[Term, ...]
    arguments: tuple[Term, ...]


def with_formulas_of_steps(relations: Sequence[Relation]) -> Mapping[Relation, Relation]:
    """What the equations of such functions, and of the steps that are made with them, are to be read as."""
    calls = [(r, _call(r.left)) for r in relations if r.op in DEFINING]
    templates = [(r, call) for r, call in calls if call is not None and _is_template(call, r.right)]
    result: dict[Relation, Relation] = {}
    for template, call in templates:
        same = [other for _, other in templates if other.letter == call.letter]
        steps = list(dict.fromkeys(r for r in relations if r.op in DEFINING and _is_step(r, call)))
        if len(same) > 1 or len(steps) != 1:
            continue
        step = steps[0]
        used = _call(step.right)
        assert used is not None
        values = dict(zip(call.arguments, used.arguments, strict=True))
        formula = replaced(template.right, values)
        before = relations.index(step) < relations.index(template)
        function = Sub(used.letter, used.below) if used.below else used.letter
        result[template] = replace(template, left=step.left, right=formula)
        result[step] = replace(step, right=Given(function, used.arguments) if before else formula)
    return result


def _call(term: Term) -> _Call | None:
    """``F_\\theta(a, b)`` and ``H_W(z)``; a capital letter before one factor is read as another factor."""
    if isinstance(term, Given):
        function, arguments = term.base, term.arguments
    elif isinstance(term, Apply):
        function, arguments = term.function, (term.argument,)
    elif isinstance(term, Mul) and len(term.factors) == 2 and isinstance(term.factors[0], Sub):
        function, arguments = term.factors[0], term.factors[1:]
    else:
        return None
    letter = function.base if isinstance(function, Sub) else function
    if not isinstance(letter, Sym) or letter.name in BY_SPELLING:
        return None
    return _Call(letter, function.indices if isinstance(function, Sub) else (), arguments)


def _is_template(call: _Call, formula: Term) -> bool:
    """Whether a formula is that of a function of plain letters, of which each stands in it, as do the parameters below the function."""
    letters = [node for _, node in walk(formula) if isinstance(node, Sym)]
    scripted = {node.base for _, node in walk(formula) if isinstance(node, (Sub, Sup, Pow, Given))}
    named = (*call.arguments, *call.below)
    own = all(isinstance(a, Sym) and a in letters for a in named) and len(set(named)) == len(named)
    return own and bool(call.below) and not scripted & set(named)


def _is_step(relation: Relation, template: _Call) -> bool:
    """Whether the right side is the function of a template, at quantities that have a step."""
    used = _call(relation.right)
    if used is None or used.letter != template.letter or len(used.arguments) != len(template.arguments):
        return False
    return isinstance(relation.left, (Sub, Sup, Pow)) and all(isinstance(a, (Sub, Sup, Pow)) for a in used.arguments)
