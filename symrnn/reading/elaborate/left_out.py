r"""Functions whose argument is left out, ``\tanh'(\cdot)``, ``f'(\dots)``, ``\mathrm{diag}(\tanh')``.

It is what they are of in the equation of what is differentiated.
"""

from __future__ import annotations

from collections.abc import Mapping

from symrnn.language.functions import meaning
from symrnn.language.model import Model
from symrnn.language.tensors import Map
from symrnn.language.tensors import walk as walk_tensor
from symrnn.language.terms import Apply, Big, Deriv, Ellipsis, Mark, Mul, Relation, Sym, Term, rebuilt, replaced, walk
from symrnn.notation.from_tensors import Notation
from symrnn.reading.lexicon import Lexicon, function_name

_STEP = Sym("t")


def with_arguments(relation: Relation, model: Model, lexicon: Lexicon) -> Relation | None:
    """The equation with the arguments that are left out on its right side; None where none is, or nothing says which."""
    steps = _steps(relation.left, lexicon)
    arguments = _arguments(relation.left, model, lexicon)
    if not steps or not arguments:
        return None
    right = _filled(relation.right, steps[0], steps, arguments, model, lexicon)
    return None if right == relation.right else Relation(relation.op, relation.left, right, relation.conditions)


def _steps(left: Term, lexicon: Lexicon) -> list[Term]:
    """The steps of what is differentiated on the left."""
    found = (lexicon.occurrence(node.numerator) for _, node in walk(left) if isinstance(node, Deriv))
    return [o.indices[0] for o in found if o is not None and len(o.indices) == 1]


def _arguments(left: Term, model: Model, lexicon: Lexicon) -> Mapping[str, Term]:
    """What the functions in the equation of what is differentiated are of, by the functions, where each stands there once."""
    above = (lexicon.occurrence(node.numerator) for _, node in walk(left) if isinstance(node, Deriv))
    names = dict.fromkeys(o.name for o in above if o is not None and o.indices)
    definitions = [q.definition for name in names for q in model.named(name).values() if q.timed and q.definition is not None]
    maps = {node for d in definitions for node in walk_tensor(d) if isinstance(node, Map) and not node.order}
    functions = [node.function for node in maps]
    notation = Notation(model)
    return {node.function: notation.term(node.argument) for node in maps if functions.count(node.function) == 1}


def _filled(term: Term, step: Term, steps: list[Term], arguments: Mapping[str, Term], model: Model, lexicon: Lexicon) -> Term:
    """A term with the arguments at a step; in a product over steps at its own."""
    if isinstance(term, Big):
        own = next((s for s in steps if any(node == term.index for _, node in walk(s))), term.index)
        return rebuilt(term, lambda part: _filled(part, own, steps, arguments, model, lexicon))
    function = term.function if isinstance(term, Apply) else term
    base = function.base if isinstance(function, Mark) and set(function.mark) == {"'"} else function
    name = function_name(base)
    argument = arguments.get(meaning(name) or name) if name else None
    if argument is None or not (isinstance(term, Apply) or isinstance(function, Mark)):
        return rebuilt(term, lambda part: _filled(part, step, steps, arguments, model, lexicon))
    whole = Apply(function, replaced(argument, {_STEP: step}))
    if not isinstance(term, Apply) or isinstance(term.argument, Ellipsis):
        return whole
    if isinstance(function, Mark) and _is_weight(term.argument, model, lexicon):  # \tanh' W
        return Mul((whole, term.argument))
    return term


def _is_weight(term: Term, model: Model, lexicon: Lexicon) -> bool:
    found = lexicon.occurrence(term)
    known = model.named(found.name).get(False) if found is not None and not found.indices else None
    return known is not None and known.is_parameter and len(known.shape) == 2
