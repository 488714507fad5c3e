"""Cases, vectors and matrices between the lines of an environment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from symrnn.notation.arguments import Jump, Translation
from symrnn.notation.brackets import trimmed
from symrnn.notation.unreadable import Unreadable
from symrnn.notation.vocabulary import MATRICES

#: What is said beside the last case, in the languages of notes.
_OTHERWISE = re.compile(
    r"(?i)\b(?:otherwise|else|sinon|autrement|sonst|ansonsten|altrimenti|anders|inaczej|jinak|иначе|contrari[oa]|en otro caso)\b"
    r"|否则|否則|其他|其它|其余|その他|それ以外|그\s*외|그렇지\s*않으면|아니면"
)
_NEGATIVE_WORDS = frozenset({"or", "not", "unless", "except", "nor", "neither"})


def stack_of_cells(t: Translation, at: int, separators: list[int]) -> int:
    """Several quantities as one: ``[h, x]``, ``\\begin{bmatrix} h \\\\ x \\end{bmatrix}``."""
    mate = t.pieces[at].mate
    cells = list(pairwise([at, *separators, mate]))
    dotted = any(t.kind(n) == "ELLIPSIS" for n in range(at, mate)) or any(_is_dots(t, cell) for cell in cells)
    if any(b == a + 1 for a, b in cells) and not dotted:
        raise Unreadable("an empty place among brackets", t.pieces[at].start, t.text_of(at))
    t.roles |= dict.fromkeys(separators, "NEXTCELL") | {mate: "ENDSTACK"}
    for before, behind in cells:
        if before + 1 == behind or _is_dots(t, (before, behind)):
            t.roles |= dict.fromkeys(range(before + 1, behind), "SKIP") | {behind: f"DOTS {t.roles[behind]}"}
    return t.emit("STACK", "[" if t.pieces[at].value == "(" else t.pieces[at].value, at)


def _is_dots(t: Translation, cell: tuple[int, int]) -> bool:
    """Whether a cell holds nothing but a dot, which stands for more rows."""
    return cell[1] == cell[0] + 2 and (t.kind(cell[0] + 1) == "STOP" or t.pieces[cell[0] + 1].value == "cdot")


def environment(t: Translation, at: int) -> int:
    braced = t.source.startswith(r"\left", t.pieces[at].start)
    if t.pieces[at].value not in MATRICES or braced:
        return _cases(t, at)
    own = t.own_level(at + 1, t.pieces[at].mate)
    separators = [n for n in own if t.kind(n) in ("AMP", "ROW")]
    idle = [n for n in separators if t.kind(n) == "ROW" and (n + 1 == t.pieces[at].mate or t.kind(n + 1) == "ROW")]
    t.roles |= dict.fromkeys(idle, "SKIP")
    separators = [n for n in separators if n not in idle]
    return stack_of_cells(t, at, separators)


def _cases(t: Translation, at: int) -> int:
    mate = t.pieces[at].mate
    t.emit("CASES", None, at)
    branches = [_branch(t, start, stop) for start, stop in _case_rows(t, at + 1, mate)]
    if not branches:
        raise Unreadable("cases without a case", t.pieces[at].start, t.text_of(at))
    ends = [("BRANCH",)] * (len(branches) - 1) + [("ENDCASES",)]
    targets = [branch[0][0] for branch in branches[1:]] + [mate + 1]
    for (value, condition), types, target in reversed(list(zip(branches, ends, targets, strict=True))):
        t.jumps.append(Jump(condition[1], types, target))
        t.jumps.append(Jump(value[1], ("WHEN",), condition[0]))
    t.emit_at("BRANCH", None, branches[0][0][0])
    return branches[0][0][0]


def _case_rows(t: Translation, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The rows of a ``cases`` environment that hold anything."""
    at = begin = start
    while at <= stop:
        if at == stop or t.kind(at) == "ROW":
            if begin < at:
                yield begin, at
            begin = at + 1
        at = max(at, t.pieces[at].mate) + 1


def _branch(t: Translation, start: int, stop: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The ranges of a value and of its condition."""
    own = t.own_level(start, stop)
    cut = next((at for at in own if t.kind(at) == "AMP"), None)
    if cut is None:
        cut = next((at for at in own if t.kind(at) == "TEXT"), None)
    if cut is None:
        raise Unreadable("a case without a condition", t.pieces[start].start, t.text_of(start))
    value = trimmed(t.pieces, start, cut)
    condition = _case_condition(t, [at for at in own if at >= cut], cut, stop)
    return value, condition


def _case_condition(t: Translation, own: list[int], start: int, stop: int) -> tuple[int, int]:
    """The condition without its words; empty for *otherwise*."""
    words = [at for at in own if t.kind(at) == "TEXT"]
    said = [word for at in words for word in re.findall(r"[a-z]+", t.pieces[at].value.lower())]
    start = start + 1 if t.kind(start) == "AMP" else start
    idle = {at for at in own if t.kind(at) in ("TEXT", "STOP", "SEMICOLON", "QUAD")}
    formula = [at for at in own if at >= start and at not in idle and t.kind(at) != "COMMA"]
    first = t.pieces[min(start, stop - 1)]
    otherwise = _OTHERWISE.search(" ".join(t.pieces[at].value for at in words))
    if _NEGATIVE_WORDS & set(said) or (formula and otherwise):
        raise Unreadable("a condition with these words is not read", first.start, " ".join(said))
    if formula:
        _drop_words(t, words, formula, idle)
        return t.inner(formula[0], max(t.pieces[formula[-1]].mate, formula[-1]) + 1, ("LB", "OPEN"))
    if not otherwise:
        raise Unreadable("a condition in words only", first.start, " ".join(said))
    return start, start


def _drop_words(t: Translation, words: list[int], formula: list[int], idle: set[int]) -> None:
    r"""Between two formulas ``\text{and}`` is read as a comma, other words as nothing."""
    t.roles |= dict.fromkeys(idle, "SKIP")
    for at in words:
        if formula[0] < at < formula[-1] and "and" in t.pieces[at].value.lower().split():
            t.roles[at] = "COMMA"
