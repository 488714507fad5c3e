"""Repairs as edits of the source: the author's own text, with only the pieces changed that a repair changes.

The printed forms of the old and the new formula tell what changes; the old one is laid beside the text as its author wrote it, so that
macros and spacing around stay. Whatever comes of it is read again, and is an edit only if it is the repair, and nothing else changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from symrnn.judging.judgement import Judgement
from symrnn.judging.verdict import Repair, Slip, Wrong, cost_of
from symrnn.language.terms import Relation, Term
from symrnn.notation import latex
from symrnn.reading.document import Document, Origin, Statement


@dataclass(frozen=True)
class Splice:
    """New text in place of what stands from `start` to `end` in a file."""

    file: str
    start: int
    end: int
    text: str


Reread = Callable[[Mapping[str, str]], Document]


def certain_repair(judgement: Judgement) -> Repair | None:
    """The repair of a slip, or the only one of its cost of a wrong equation."""
    found = cheapest(judgement)
    return found[0] if len(found) == 1 else None


def cheapest(judgement: Judgement) -> list[Repair]:
    """The repairs of the smallest cost of what is wrong; of a slip, the one there is."""
    verdict = judgement.verdict
    if isinstance(verdict, Slip):
        return [verdict.repair]
    if isinstance(verdict, Wrong) and verdict.repair is not None:
        return [verdict.repair, *(other for other in verdict.others if cost_of(other.edits) <= cost_of(verdict.repair.edits))]
    return []


def fixed(
    document: Document, repairs: Sequence[tuple[int, Repair]], texts: Mapping[str, str], reread: Reread
) -> tuple[dict[str, str], list[int]]:
    """The texts of the files after all repairs that can be put in, by the positions of their statements, and these positions.

    `reread` reads the document again, with the texts that it is given.
    """
    now, done = dict(texts), []
    goal = {position: repair.relation for position, repair in repairs}
    for position in goal:
        for splices in _ways(document.statements[position], goal[position]):
            new = spliced(now, splices)
            again = reread(new)
            if new != now and _is_repaired(document, again, position, goal):
                now, document = new, again
                break
        if document.statements[position].relation == goal[position]:
            done.append(position)
    return now, done


def spliced(texts: Mapping[str, str], splices: Sequence[Splice]) -> dict[str, str]:
    """The texts with new pieces."""
    result = dict(texts)
    in_order = sorted(enumerate(splices), key=lambda pair: (pair[1].start, pair[1].end, pair[0]))
    for _, splice in reversed(in_order):
        text = result[splice.file]
        result[splice.file] = text[: splice.start] + splice.text + text[splice.end :]
    return result


def _is_repaired(old: Document, new: Document, position: int, goal: Mapping[int, Relation]) -> bool:
    """Whether the statement at a position is what it should be, and every other one is what it was or will be."""
    if len(old.statements) != len(new.statements) or new.statements[position].relation != goal[position]:
        return False
    for number, (before, after) in enumerate(zip(old.statements, new.statements, strict=True)):
        same = before.relation == after.relation
        wanted = number in goal and after.relation is not None and after.relation.left == goal[number].left
        if not (same or number == position or wanted):
            return False
    return True


def _ways(statement: Statement, new: Relation) -> Iterator[list[Splice]]:
    """Ways to write a relation where a statement stands, the one that keeps most of the author's text first."""
    old = statement.relation
    if old is None or statement.left_origin is None or statement.right_origin is None:
        return
    sides = [(statement.left_origin, old.left, new.left), (statement.right_origin, old.right, new.right)]
    for rewrite in (_edited, _edited_in_scripts, _rewritten):
        splices: list[Splice] = []
        for origin, before, after in sides:
            found = [] if before == after else rewrite(origin, before, after)
            if found is None:
                break
            splices += found
        else:
            yield splices


def _rewritten(origin: Origin, old: Term, new: Term) -> list[Splice] | None:
    """The whole side anew, between the white space that is around it."""
    return [Splice(origin.file, origin.offsets[0], _trimmed(origin), latex(new))]


def _trimmed(origin: Origin) -> int:
    """Where a side ends, without white space, a comma or a full stop behind it."""
    return origin.offsets[len(re.sub(r"\s*(?<!\\)[.,;]?\s*$", "", origin.text))]


# ------------------------------------------------------------------------------------------------ pieces of one side

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[^\s]", re.DOTALL)
#: Spellings of one sign, and what says nothing.
_SAME = {r"\operatorname": r"\mathrm", r"\top": "T", r"\intercal": "T", r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\ast": "*"}
_NOTHING = frozenset(
    ["{", "}", r"\left", r"\right", r"\,", r"\;", r"\!", r"\ ", r"\quad", r"\:", r"\displaystyle", "&", r"\big", r"\Big"]
)


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    end: int


def _tokens(text: str) -> list[_Token]:
    return [_Token(_SAME.get(m[0], m[0]), m.start(), m.end()) for m in _TOKEN.finditer(text)]


def _edited(origin: Origin, old: Term, new: Term) -> list[Splice] | None:
    """The side with only the pieces changed in which the printed forms differ; None where these cannot be found in it."""
    written = [t for t in _tokens(origin.text) if t.text not in _NOTHING]
    before, after = _tokens(latex(old)), _tokens(latex(new))
    printed, new_text = latex(old), latex(new)
    meaning = [n for n, t in enumerate(before) if t.text not in _NOTHING]
    places: dict[int, _Token] = {}
    matcher = SequenceMatcher(None, [before[n].text for n in meaning], [t.text for t in written], autojunk=False)
    for block in matcher.get_matching_blocks():
        places.update((meaning[block.a + n], written[block.b + n]) for n in range(block.size))
    splices = []
    changes = SequenceMatcher(
        None, [printed[t.start : t.end] for t in before], [new_text[t.start : t.end] for t in after], autojunk=False
    )
    for kind, a, b, c, d in changes.get_opcodes():
        if kind == "equal":
            continue
        if kind == "insert":
            a, c, d = _slid(before, after, a, c, d)
            b = a
        inserted = new_text[after[c].start : after[d - 1].end] if c < d else ""
        if a == b and inserted[:1] in ("+", "-") and new_text[: after[c].start].endswith(" "):
            inserted = f" {inserted}"
        where = _where(origin, places, before, a, b)
        if where is None:
            return None
        splices.append(Splice(origin.file, *where, _spaced(inserted)))
    return splices


#: A script that is one sign, without braces.
_SCRIPT = re.compile(r"[_^]\s*(?P<sign>\\[A-Za-z]+|[^\s{}\\])")


def _edited_in_scripts(origin: Origin, old: Term, new: Term) -> list[Splice] | None:
    """The same, with braces around scripts that become longer: from ``h_t`` to ``h_{t - 1}``."""
    splices = _edited(origin, old, new)
    if splices is None:
        return None
    scripts = [(origin.offsets[m.start("sign")], origin.offsets[m.end("sign")]) for m in _SCRIPT.finditer(origin.text)]
    changed = [(start, end) for start, end in scripts if any(start <= s.start and s.end <= end for s in splices)]
    opening = [Splice(origin.file, start, start, "{") for start, _ in changed]
    return [*opening, *splices, *(Splice(origin.file, end, end, "}") for _, end in changed)]


def _slid(before: Sequence[_Token], after: Sequence[_Token], a: int, c: int, d: int) -> tuple[int, int, int]:
    """An insertion moved to the right, as far as the same tokens follow, until its braces are a pair: ``^{2}`` and not ``}^{2``."""
    start = a, c, d
    while not _balanced(after[c:d]) and a < len(before) and d < len(after) and before[a].text == after[c].text:
        a, c, d = a + 1, c + 1, d + 1
    return (a, c, d) if _balanced(after[c:d]) else start


def _balanced(tokens: Sequence[_Token]) -> bool:
    depth = 0
    for token in tokens:
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        if depth < 0:
            return False
    return depth == 0


def _where(origin: Origin, places: Mapping[int, _Token], before: Sequence[_Token], a: int, b: int) -> tuple[int, int] | None:
    """Where the printed tokens from `a` to `b` stand in the author's text; for none, after the one before."""
    inside = [n for n in range(a, b) if before[n].text not in _NOTHING]
    if inside:
        if any(n not in places for n in inside):
            return None
        return origin.offsets[places[inside[0]].start], origin.offsets[places[inside[-1]].end]
    if a < b:
        return None  # only braces go
    following = next((n for n in range(a, len(before)) if n in places), None)
    if following is not None and following == a:
        here = origin.offsets[places[following].start]
        return here, here
    earlier = next((n for n in range(a - 1, -1, -1) if n in places), None)
    if earlier is None:
        return origin.offsets[0], origin.offsets[0]
    here = origin.offsets[places[earlier].end]
    return here, here


def _spaced(text: str) -> str:
    """The text, apart from a letter right behind it that would make another command of it."""
    return f"{text} " if re.search(r"\\[A-Za-z]+$", text) else text
