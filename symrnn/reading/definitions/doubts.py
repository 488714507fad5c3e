"""Equations after which a quantity may be another one than its definition says.

``o_t = \\sigma(z_t) h_t = o_t \\odot \\tanh(c_t)`` are two definitions, between which a line break or a comma is lost;
``h_t = h_t \\odot m_t`` gives a letter another value, as programs do, and so does ``dz = dz \\odot z (1 - z)``, also where no step is
written. Neither claims what it says as an equation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from symrnn.language.model import Name
from symrnn.language.parts import contains
from symrnn.language.terms import DEFINING, EQUALITIES, Add, Apply, Big, Deriv, Hadamard, Mul, Relation, Sym, Term, walk
from symrnn.notation.said import Told, by_name, said
from symrnn.reading.definitions.mentions import outermost
from symrnn.reading.lexicon import Lexicon, without_prefix

#: What no equation gives.
STATE, OUTPUT = "state", "output"
_STEPS = (Sym("t"), Sym("tau"))


@dataclass(frozen=True)
class Doubt:
    """The quantities that may be others from an equation on, and why."""

    names: tuple[Name, ...]
    reason: Told
    #: What is the same whatever they are does not hang on them.
    apart_from: frozenset[Name] = frozenset()
    #: What it is that no equation stands behind at all, a state or an output, and as what it is taken: not even a slip is said of what
    #: hangs on it.
    unwritten: tuple[str, str] | None = None
    #: Other equations show what they are: it is said beside what hangs on them, and stands in the way of nothing.
    borne_out: bool = False

    @property
    def is_guess(self) -> bool:
        """Whether it is about what is read between the lines, and other equations may bear that out; none says what an output is."""
        return bool(self.apart_from) or (self.unwritten is not None and self.unwritten[0] == STATE)


def doubts(relations: Sequence[Relation | None], lexicon: Lexicon) -> dict[int, Doubt]:
    """The doubtful equations, by their positions."""
    found = {}
    stepped = frozenset(_at_steps(relations, lexicon))
    for position, relation in enumerate(relations):
        counter = None if relation is None else _may_count_components(relation, stepped, lexicon)
        total = None if relation is None or counter is None else lexicon.occurrence(relation.left)
        if counter is not None and total is not None:
            found[position] = Doubt(
                (total.name,), said(by_name(counter), " may count components, at one step; write the step as well")
            )
            continue
        function = None if relation is None or relation.op not in DEFINING else _function_of(relation, lexicon)
        if function is not None and relation is not None:
            found[position] = Doubt(
                (function,), said(relation.left, " may be a function, and no product; give it a letter at its step")
            )
            continue
        left = None if relation is None or relation.op not in EQUALITIES else lexicon.occurrence(relation.left)
        if relation is None or left is None:
            continue
        if without_prefix(left.name) is None and not any(map(lexicon.may_be_time, left.indices)):
            continue
        before = relations[position - 1] if position else None
        swallowed = None if before is None else _swallowed(before, relation, lexicon)
        if swallowed is not None:
            name = lexicon.occurrence(swallowed)
            found[position] = Doubt(
                (left.name,) if name is None else (left.name, name.name),
                said("two equations seem to run together; a comma or line break is missing before ", swallowed),
            )
        elif _repeats_itself(relation):
            found[position] = Doubt(
                (left.name,), said(relation.left, " is given by itself at the same step; a new value needs a letter of its own")
            )
    return found


def _at_steps(relations: Sequence[Relation | None], lexicon: Lexicon) -> Iterator[Name]:
    """The quantities that stand at ``t`` somewhere."""
    nodes = (node for r in relations if r is not None for node in r.nodes())
    found = (lexicon.occurrence(node) for node in nodes)
    return (o.name for o in found if o is not None and any(i in _STEPS for i in o.indices))


def _may_count_components(relation: Relation, stepped: Set[Name], lexicon: Lexicon) -> str | None:
    r"""The letter that may count steps or components.

    It is that of the sum in ``L = -\\sum_i y_i \\log p_i``, or i in ``y_i = e^{x_i} / \\sum_j e^{x_j}`` where a step is called i elsewhere.
    """
    left = lexicon.occurrence(relation.left)
    if left is None or relation.op not in DEFINING or len(left.indices) > 1:
        return None
    every = [
        (o.name, o.indices[0].name)
        for o in outermost(relation.right, lexicon)
        if len(o.indices) == 1 and isinstance(o.indices[0], Sym)
    ]
    for total in (node for _, node in walk(relation.right) if isinstance(node, Big) and node.upper != Sym(lexicon.horizon)):
        bound = total.index.name if isinstance(total.index, Sym) else ""
        inside = {name for name, index in every if index == bound}
        for counter in left.indices or ((total.index,) if total.upper is None else ()):
            letter = counter.name if isinstance(counter, Sym) else ""
            alike = inside & {name for name, index in every if index == letter}
            counts = letter and not _is_step(counter) and (letter in lexicon.times) == bool(left.indices)
            if counts and not _is_step(total.index) and alike & stepped:
                return letter
    return None


def _is_step(index: Term) -> bool:
    """Whether a letter always counts steps, also with a prime: ``\\sum_{t'}``."""
    return isinstance(index, Sym) and Sym(index.name.rstrip("'")) in _STEPS


def _function_of(relation: Relation, lexicon: Lexicon) -> Name | None:
    """The letter before another one that is written as its argument: D of ``D(u_t) = \\mathrm{diag}(f'(u_t))``."""
    left = relation.left
    if not isinstance(left, Mul) or left.sign or len(left.factors) != 2:
        return None
    letter, argument = map(lexicon.occurrence, left.factors)
    nodes = [node for _, node in walk(relation.right)]
    taken = any(left.factors[1] in {part for _, part in walk(node.argument)} for node in nodes if isinstance(node, Apply))
    if letter is None or argument is None or letter.indices or left.factors[0] in nodes or not taken:
        return None
    return letter.name


def _swallowed(first: Relation, link: Relation, lexicon: Lexicon) -> Term | None:
    """The left side that ends the right one before it: ``h_t`` in ``o_t = \\sigma(z_t) h_t = o_t \\odot \\tanh(c_t)``."""
    body, left = first.right, lexicon.occurrence(link.left)
    if first.left != link.left or left is None or not isinstance(body, Mul) or body.sign or not isinstance(body.factors[-2], Apply):
        return None
    last = lexicon.occurrence(body.factors[-1])
    if last is None or last.indices != left.indices or body.factors[-1] in {node for _, node in walk(link.right)}:
        return None
    return body.factors[-1] if isinstance(link.right, Apply) or _repeats_itself(link) else None


def _repeats_itself(relation: Relation) -> bool:
    """Whether the left side is a factor or a summand of the right one, which nobody means as an equation."""
    right = relation.right
    parts = right.factors if isinstance(right, (Mul, Hadamard)) else right.terms if isinstance(right, Add) else ()
    return relation.left in parts and not contains(right, Deriv)
