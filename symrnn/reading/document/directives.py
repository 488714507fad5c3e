"""What an author declares to symrnn: in comments of the text, in the configuration, and in plain words where they are certain.

``<!-- symrnn: shape v (n); given Σ_k y_{t,k} = 1; layout numerator; first step 1; loss Q_t -->``, ``% symrnn: ignore[missing-hat]``
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from symrnn.language.errors import InputError
from symrnn.language.model import ACCENTS
from symrnn.language.terms import Relation, Term
from symrnn.notation import Unreadable, read_row
from symrnn.reading.document.records import Directive, Document, Place, Statement
from symrnn.reading.document.source import Source

#: How a comment begins that is meant for symrnn, after the sign of the comment.
MARK = re.compile(r"\s*symrnn:(?P<said>.*)", re.DOTALL)
ONE_HOT = "one-hot"
CROSS_ENTROPY = "cross-entropy"
_KINDS = "shape, given, layout, first step, loss, ignore, off and on"
_ITEM = re.compile(r"(?P<kind>shape|given|layout|first step|loss|measure|ignore|off|on)(?![A-Za-z])\s*(?P<text>.*)", re.DOTALL)
_SHAPE = re.compile(r"(?P<name>.+?)\s*\((?P<sizes>[^()]*)\)")
_CODES = re.compile(r"\[(?P<codes>[^\[\]]*)\]|")
_LETTERS = {"Σ": r"\sum ", "Π": r"\prod ", "ᵀ": r"^T", "∈": r"\in "}


@dataclass(frozen=True)
class Declaration:
    """A comment for symrnn, or a sentence of the text that is taken as one (`prose`): where it stands, and what it says."""

    place: Place
    text: str
    alone: bool = False
    prose: bool = False


def directives(said: Sequence[Declaration], statements: Sequence[Statement]) -> tuple[Directive, ...]:
    """The directives of some comments, each with the position of the first statement after it in its file.

    Raises InputError, with the place, for one that is none, unless it is prose.
    """
    found: list[Directive] = []
    for comment in said:
        try:
            found += tuple(_parsed(comment, _position(comment.place, statements)))  # all of them or none
        except InputError:
            if not comment.prose:
                raise
    return tuple(found)


def written(comments: Sequence[tuple[int, str]], source: Source) -> Iterator[Declaration]:
    """Comments by their offsets in a source; one on a line of its own is `alone`."""
    for offset, text in comments:
        yield Declaration(source.place(offset), text, not source.line_before(offset).strip(" \t>%"))


def _parsed(comment: Declaration, position: int) -> Iterator[Directive]:
    items = [comment.text] if comment.prose else comment.text.split(";")
    for item in filter(None, map(str.strip, items)):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise InputError(f"{comment.place}: symrnn: {item}: there is no such declaration; there are {_KINDS}")
        text = match["text"].strip()
        yield _checked(Directive(match["kind"], text, comment.place, position, comment.alone, prose=comment.prose))


def _checked(directive: Directive) -> Directive:
    """The directive with its text in one form. Raises InputError where it says nothing."""
    kind, text = directive.kind, directive.text
    if kind in ("off", "on") and text:
        raise refused(directive, "nothing follows it")
    if kind == "ignore":
        codes = _CODES.fullmatch(text)
        if codes is None:
            raise refused(directive, "write ignore, or ignore[code, code]")
        return replace(directive, text=",".join(filter(None, map(str.strip, (codes["codes"] or "").split(",")))))
    if kind == "layout" and text not in ("numerator", "denominator"):
        raise refused(directive, "the layout is numerator or denominator")
    if kind == "measure" and text != CROSS_ENTROPY:
        raise refused(directive, f"the only measure is {CROSS_ENTROPY}")
    if kind == "first step" and not re.fullmatch(r"\d{1,3}", text):
        raise refused(directive, "give the number of the first step")
    if kind == "shape" and not _SHAPE.fullmatch(text):
        raise refused(directive, "write the letter and the sizes of its axes, as in: shape W (n, m)")
    if kind in ("given", "loss") and not text:
        raise refused(directive, "write the formula")
    return directive


def refused(directive: Directive, why: str) -> InputError:
    """What is wrong with a directive, with its place."""
    return InputError(f"{directive.place}: symrnn: {directive.kind} {directive.text}".rstrip() + f": {why}")


def _position(place: Place, statements: Sequence[Statement]) -> int:
    """The position of the first statement after a place in its file, else that after the last one in it, else the first."""
    last = 0
    for position, statement in enumerate(statements):
        if statement.place.part == place.part:
            if (statement.place.line, statement.place.column) >= (place.line, place.column):
                return position
            last = position + 1
    return last


# -------------------------------------------------------------------------------------------------------- declarations


def with_declared(statements: Sequence[Statement], found: Sequence[Directive]) -> tuple[list[Statement], list[Directive]]:
    """The statements with a row for each declared space and each given hypothesis, and the directives with their positions in these.

    Raises InputError for a formula that is not read.
    """
    result: list[Statement] = []
    moved: list[Directive] = []
    waiting = sorted(found, key=lambda directive: directive.position)
    for position in range(len(statements) + 1):
        while waiting and waiting[0].position == position:
            directive = waiting.pop(0)
            row = _row(directive)
            moved.append(replace(directive, position=len(result)))
            if row is not None:
                result.append(row)
        if position < len(statements):
            result.append(statements[position])
    return result, moved


def without(document: Document, misfits: Sequence[Directive]) -> Document:
    """A document without some of its directives and the rows that they made; they are its misfits."""
    dropped = [d for d in document.directives if d in misfits]
    rows = {d.position for d in dropped if makes_a_row(d)}
    kept = [
        replace(d, position=d.position - sum(row < d.position for row in rows)) for d in document.directives if d not in dropped
    ]
    statements = tuple(s for position, s in enumerate(document.statements) if position not in rows)
    return replace(document, statements=statements, directives=tuple(kept), misfits=(*document.misfits, *dropped))


def makes_a_row(directive: Directive) -> bool:
    """Whether a declaration is a statement of its own: a space, or a formula that is given."""
    return directive.kind == "shape" or (directive.kind == "given" and not directive.text.endswith(ONE_HOT))


def _row(directive: Directive) -> Statement | None:
    """The statement that a declaration makes: the space of a letter, or a formula that is given."""
    if not makes_a_row(directive):
        return None
    if directive.kind == "shape":
        match = _SHAPE.fullmatch(directive.text)
        assert match is not None
        sizes = [size.strip() for size in match["sizes"].split(",") if size.strip()]
        exponent = r" \times ".join(sizes)
        space = rf"\mathbb{{R}}^{{{exponent}}}" if sizes else r"\mathbb{R}"
        latex = rf"{spelled(match['name'])} \in {space}"
    else:
        latex = spelled(directive.text)
    return Statement(
        "", directive.place, "", "", latex, _relation(directive, latex), None, 0, False, "", None, declared=directive.kind
    )


def _relation(directive: Directive, latex: str) -> Relation:
    try:
        (chain,) = read_row(latex)
        left, right = chain.sides
        (operator,) = chain.operators
    except (Unreadable, ValueError) as error:
        reason = error.message if isinstance(error, Unreadable) else "write one relation"
        raise refused(directive, f"it is not read: {reason}") from None
    if left is None or right is None:
        raise refused(directive, "write both sides of the relation")
    return Relation("in" if directive.kind == "shape" else operator, left, right)


def quantity_named(directive: Directive) -> Term:
    """The quantity that a directive names. Raises InputError for what is none."""
    latex = spelled(directive.text.removesuffix(ONE_HOT).removesuffix("is ").strip(" $"))
    try:
        (chain,) = read_row(latex)
        (side,) = chain.sides
    except (Unreadable, ValueError):
        side = None
    if side is None:
        raise refused(directive, "name one quantity, such as y_t")
    return side


def spelled(text: str) -> str:
    r"""LaTeX for what is also written in Unicode: ``Σ_k ŷ_k`` is ``\sum _k \hat{y}_k``."""
    accents = {mark: name for name, mark in ACCENTS.items()}
    result = ""
    for sign in unicodedata.normalize("NFD", text):
        if sign in accents and result:
            result = rf"{result[:-1]}\{accents[sign]}{{{result[-1]}}}"
        else:
            result += _LETTERS.get(sign, sign)
    return result


# --------------------------------------------------------------------------------------------------- said in the text

_LAYOUT = re.compile(r"\b(numerator|denominator)[ -]layout\b", re.IGNORECASE)
_THROUGHOUT = re.compile(
    r"\b(throughout|everywhere|all|always|we use|we write|convention|(derivatives|jacobians)\b.*\bare\b.*\blayout)\b", re.IGNORECASE
)
_DOUBT = re.compile(
    r"\b(if|when|whenever|unless|suppose|assume|not|never|or|rather|instead|some|other|others|often|while|only|false|may|might|need"
    r"|whether|is it|does)\b",
    re.IGNORECASE,
)
_HOT = r"one[- ]?hot(?:[- ]encoded)?\b"
#: What follows a formula that is said to be one-hot, or to sum to one, which is what counts.
_IS_ONE_HOT = re.compile(
    rf"\s*(?:(?:is|are|be|being|denotes?)\s+(?:(?:represented|encoded|written|given)\s+(?:as|by|in)\s+)?|,\s*|\()"
    rf"(?:(?:an?|the|our)\s+)?(?:[\w-]+\s+)?{_HOT}|\s*sums?\s+to\s+(?:one|1)\b"
    r"|\s*(?:is|are)\s+(?:an?\s+)?(?:probability\s+)?distributions?\b",
    re.IGNORECASE,
)
#: What stands right before one: ``with one-hot $y_t$``; "for one-hot" only makes a condition.
_ONE_HOT_HERE = re.compile(
    rf"(?P<for>\bfor\s+(?:(?:an?|the)\s+)?)?\b{_HOT}(?:\s+(?:ground[- ]truth|true|targets?|labels?|outputs?|vectors?|encodings?))*\s*$",
    re.IGNORECASE,
)
#: ``with $y_t$ one-hot``.
_WITH = re.compile(r"\bwith(?:\s+(?:the|an?))?(?:\s+(?:targets?|labels?|outputs?))?\s*$", re.IGNORECASE)
_HOT_BEHIND = re.compile(rf"\s*{_HOT}", re.IGNORECASE)


_CROSS_ENTROPY = re.compile(
    r"cross[- ]?entropy|log[- ]?loss\b|negative log[- ]?likelihood|交叉熵|对数损失|对数似然|交差エントロピー|クロスエントロピー"
    r"|교차 ?엔트로피|크로스 ?엔트로피|entropie croisée|entrop[ií]a cruzada|kreuzentropie|кросс-?энтропи|перекр[её]стн",
    re.IGNORECASE,
)
#: Other measures, and cross-entropies of another form.
_OTHER_MEASURE = re.compile(
    r"\bbinary|squared?\b|quadratic|\bmse\b|hinge|absolute error|均方|平方误差|二乗|제곱|quadratique|cuadr[aá]tic|quadrátic|квадрат",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(
    r"\b(such as|e\.g|for example|for instance|usually|typically|commonly|like)\b|比如|例如|一般|通常|例えば", re.IGNORECASE
)


def measure_said(prose: Sequence[tuple[int, str]], source: Source) -> Iterator[Declaration]:
    """The loss that the text names for all of it: one sentence says that it is the cross-entropy, and none speaks of another one."""
    sentences = [(offset, sentence) for offset, text in prose for sentence in re.split(r"(?<=[.!?;。！？；])", text)]
    if not any(_OTHER_MEASURE.search(s) for _, s in sentences):
        sure = (offset for offset, s in sentences if _CROSS_ENTROPY.search(s) and not _DOUBT.search(s) and not _EXAMPLE.search(s))
        yield from (Declaration(source.place(offset), f"measure {CROSS_ENTROPY}", prose=True) for offset in list(sure)[:1])


def layout_said(prose: Sequence[tuple[int, str]], source: Source) -> Iterator[Declaration]:
    """The layout that the text declares for all of it: one sentence says so, and no other speaks of the other layout."""
    sentences = [(offset, sentence) for offset, text in prose for sentence in re.split(r"(?<=[.!?;])\s", text)]
    found = [(offset, s) for offset, s in sentences if _LAYOUT.search(s)]
    layouts = {match[1].lower() for _, s in found for match in _LAYOUT.finditer(s)}
    declaring = [offset for offset, s in found if _THROUGHOUT.search(s) and not _DOUBT.search(s)]
    if len(layouts) == 1 and declaring:
        yield Declaration(source.place(declaring[0]), f"layout {layouts.pop()}", prose=True)


def one_hot_said(before: str, formula: str, after: str) -> str:
    """The formula that the text says is one-hot, empty where it does not: ``where $y_t$ is one-hot``, ``with one-hot $y_t$``."""
    name = formula.split(r"\in ")[0].strip()
    begin = re.split(r"[.;!?]\s", before)[-1]
    here = _ONE_HOT_HERE.search(begin)
    said = _IS_ONE_HOT.match(after) or (_WITH.search(begin) and _HOT_BEHIND.match(after))
    if (said is None and (here is None or here["for"])) or re.search(r"[=<>;]", name):
        return ""
    end = re.split(r"[.;!]", after)[0]
    return "" if _DOUBT.search(begin) or _DOUBT.search(end) or "?" in end else name
