r"""A function of a step that is given at letters of its own: ``q_t = F_\theta(q_{t-1}, x_t)`` with ``F_{A,B}(q, x) = \tanh(A q + B x)``.

The parameters below it are listed one time and not the other; it is the same function, and its formula is that of the step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from symrnn.language.functions import BY_SPELLING
from symrnn.language.terms import (
    DEFINING,
    Apply,
    Big,
    Deriv,
    Ellipsis,
    Given,
    Mark,
    Mul,
    Pow,
    Relation,
    Sub,
    Sup,
    Sym,
    Term,
    replaced,
    walk,
)
from symrnn.notation.vocabulary import TIMES


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


def with_arguments_of_states(relations: Sequence[Relation]) -> Mapping[Relation, Relation]:
    r"""Equations with the argument that they leave out of a function, ``\tanh'(\cdot)``: that at which one state is this function.

    It is at the step of the left side, where no other one stands in the equation that it may be at.
    """
    made = {(r.left, r.right) for r in relations if r.op in DEFINING and isinstance(r.right, Apply) and _is_general(r.left)}
    result: dict[Relation, Relation] = {}
    for relation in relations:
        nodes = list(relation.nodes())
        for left_out in [n for n in nodes if isinstance(n, Apply) and isinstance(n.argument, Ellipsis)]:
            function = left_out.function.base if isinstance(left_out.function, Mark) else left_out.function
            whole = [(state, made_of.argument) for state, made_of in made if made_of.function == function]
            named = [one for one in whole if one[0].base in nodes] if len(whole) > 1 else whole
            argument = _argument_at_its_step(relation, *named[0]) if len(named) == 1 else None
            if argument is not None:
                full = replace(left_out, argument=argument)
                result[relation] = result.get(relation, relation).changed(replaced, {left_out: full})
    return result


def _is_general(left: Term) -> TypeGuard[Sub]:
    """Whether an equation is for every step: of a letter with one letter below it."""
    return isinstance(left, Sub) and len(left.indices) == 1 and isinstance(left.indices[0], Sym)


def _argument_at_its_step(relation: Relation, state: Sub, argument: Term) -> Term | None:
    """The argument of a state at the step of an error or of a gradient by a quantity of a step; None where an equation has others.

    A derivative of what has a step itself says what is differentiated: its network tells the argument (see `left_out`).
    """
    left = relation.left.denominator if isinstance(relation.left, Deriv) else relation.left
    is_jacobian = isinstance(relation.left, Deriv) and isinstance(relation.left.numerator, Sub)
    steps = left.indices if isinstance(left, Sub) and len(left.indices) == 1 and not is_jacobian else ()
    others = {n.indices for _, n in walk(relation.right) if isinstance(n, Sub) and TIMES & {s for _, s in walk(n.indices[-1])}}
    summed = any(isinstance(n, Big) for n in relation.nodes())
    return None if summed or not steps or others - {steps} else replaced(argument, {state.indices[0]: steps[0]})


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
