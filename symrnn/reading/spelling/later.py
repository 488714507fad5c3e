r"""The step of a part of a gradient that is written without one, as code has it: ``dh_t = V^T do_t + dh_{next}``.

On the right side of an equation ``dh_{next}`` is that of the step of the equation. On the left, ``dh_{next} = W^T da_t`` or
``dh_{prev} = W^T da_t``, it is handed to the step before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from symrnn.language.parts import ONE
from symrnn.language.scripted import SCRIPTED, all_scripts, letter_under
from symrnn.language.terms import PREFIXES, Add, Deriv, Neg, Relation, Sub, Sup, Sym, Term, rebuilt, walk
from symrnn.notation.vocabulary import LATER, LOCAL, TOTAL

_STEP = Sym("t")
_BEFORE_IT = Add((_STEP, Neg(ONE)))
_NEXT, _BEFORE = Sym("next", style="text"), Sym("prev", style="text")
HANDED_ON = (_NEXT, _BEFORE)


def with_steps(relation: Relation) -> Relation:
    """The relation with a step below each part of a gradient that has none."""
    left = relation.left
    if not any(_STEP in node.indices for side in (left, relation.right) for _, node in walk(side) if isinstance(node, (Sub, Sup))):
        return relation
    if any(_is_part(left, word) for word in HANDED_ON):
        assert isinstance(left, Sub)
        left = Sub(replace(left, indices=(_NEXT,)), (_BEFORE_IT,))
    return replace(relation, left=left, right=_placed(relation.right))


def as_handed_on(left: Term) -> Term | None:
    r"""``\delta c_{next}`` at the step before for ``\delta c_{t-1}``, or for ``\partial L / \partial c_{t-1}``; None for another term."""
    term = left.denominator if isinstance(left, Deriv) and not left.prefix else left
    if not isinstance(term, Sub) or not isinstance(term.base, Sym) or term.indices != (_BEFORE_IT,):
        return None
    letter = replace(term.base, style="delta") if term is not left else term.base
    return Sub(Sub(letter, (_NEXT,)), term.indices) if letter.style in PREFIXES else None


def beside_totals(relations: Iterable[Relation]) -> dict[Sym, Sym]:
    r"""The letters with a prefix of which an equation makes a total, ``g_{c_t}^{total} = g_{c_t} + \\dots``, with the word for what they
    are by themselves: the part from later steps, or the rest where a term has that."""
    found = {}
    for relation in relations:
        letter = letter_under(relation.left)
        inside = [(letter_under(n), all_scripts(n)) for _, n in walk(relation.right) if isinstance(n, SCRIPTED)]
        parts = [scripts for own, scripts in inside if own == letter and not _words(scripts)]
        if letter is not None and letter.style in PREFIXES and TOTAL in _words(all_scripts(relation.left)) and parts:
            later = any(own == letter and _words(scripts) & LATER for own, scripts in inside)
            found[letter] = Sym("local" if later else "next", style="text")
    return found


def with_parts(term: Term, words: Mapping[Sym, Sym]) -> Term:
    """A formula with a word for the part at each of some letters that has none."""
    letter = letter_under(term)
    if letter not in words or not isinstance(term, SCRIPTED):
        return rebuilt(term, lambda part: with_parts(part, words))
    scripts = all_scripts(term)
    return term if letter is None or _words(scripts) else Sub(letter, (words[letter], *scripts))


def _words(scripts: Iterable[Term]) -> frozenset[str]:
    return frozenset(s.name for s in scripts if isinstance(s, Sym) and s.name in LATER | LOCAL | {TOTAL})


def _placed(term: Term) -> Term:
    return Sub(term, (_STEP,)) if _is_part(term, _NEXT) else rebuilt(term, _placed)


def _is_part(term: Term, word: Sym) -> bool:
    letter = term.base if isinstance(term, Sub) and term.indices == (word,) else None
    return isinstance(letter, Sym) and letter.style in PREFIXES
