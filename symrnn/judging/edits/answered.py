"""Edits that the right answer suggests: a piece of it in place of one that it does not have, a factor of it that a product lacks.

They come last, and alone: what a nearer edit makes has a name of its own, and with several of them anything becomes the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from symrnn.judging import mistakes
from symrnn.judging.edits.setting import Change, Setting, at_right, in_script
from symrnn.judging.verdict import Edit, Exchange, Path
from symrnn.language.parts import complement
from symrnn.language.terms import Add, Big, Compare, Deriv, Hadamard, Mul, Neg, Num, Outer, Relation, Term, walk
from symrnn.notation.said import said
from symrnn.reading.lexicon import Lexicon

_Product = Mul | Hadamard | Outer


def answered_edits(relation: Relation, setting: Setting) -> Iterator[Change]:
    """A piece of the answer for one that only the formula has, and the factors that only the answer has."""
    if setting.answer is None:
        return
    own, meant = _pieces(relation.right, setting.lexicon), _pieces(setting.answer, setting.lexicon)
    missing = dict.fromkeys(piece for _, piece in meant if piece not in {node for _, node in own})
    known = {piece for _, piece in meant}
    for path, node in own:
        if path and node not in known and _is_part(node, relation.right):
            for piece in missing:
                if _size(piece) <= 2 * _size(relation.right):
                    yield at_right(relation, path, piece, Edit(_name(piece, setting), Exchange(node, piece)))
    factors = dict.fromkeys(f for piece in known if isinstance(piece, _Product) for f in piece.factors if f in missing)
    products = [(path, node) for path, node in own if isinstance(node, _Product)]
    multiplied = {f for _, node in products for f in node.factors}
    inside = {(*path, "factors", n) for path, node in products for n in range(len(node.factors))}
    for path, node in own:
        if path in inside and not isinstance(node, _Product):
            continue  # the product that it is in takes the factor
        for factor in factors:
            name = mistakes.ACTIVATION_DERIVATIVE if complement(factor) in multiplied else mistakes.FACTOR
            for new in _with_factor(node, factor):
                yield at_right(relation, path, new, Edit(name, said("the factor ", factor, " is missing")))


def _pieces(term: Term, lexicon: Lexicon) -> list[tuple[Path, Term]]:
    """What a formula is made of, but for indices and conditions, and what stands inside derivatives."""
    found = [(path, node) for path, node in walk(term) if not in_script(term, path, lexicon)]
    cases = [path for path, node in found if isinstance(node, Compare)]
    whole = [path for path, node in found if isinstance(node, Deriv) or lexicon.occurrence(node) is not None]
    return [
        (path, node)
        for path, node in found
        if not any(path[: len(outer)] == outer for outer in cases) and not any(path[: len(o)] == o != path for o in whole)
    ]


def _is_part(node: Term, whole: Term) -> bool:
    """Whether something is left of a formula where a piece of it is exchanged."""
    return not isinstance(node, Num) and 2 * _size(node) <= _size(whole)


def _size(term: Term) -> int:
    return Counter(True for _ in walk(term)).total()


def _name(piece: Term, setting: Setting) -> mistakes.Mistake:
    return mistakes.QUANTITY if setting.quantity(piece) is not None or isinstance(piece, Deriv) else mistakes.OTHER_PIECE


def _with_factor(node: Term, factor: Term) -> Iterator[Term]:
    """A product with one more factor, or a product of what was none."""
    if isinstance(node, _Product):
        for position in range(len(node.factors) + 1):
            yield type(node)((*node.factors[:position], factor, *node.factors[position:]))
    elif not isinstance(node, (Add, Big, Neg, Num)):
        for kind in (Mul, Hadamard):
            yield kind((factor, node))
            yield kind((node, factor))
