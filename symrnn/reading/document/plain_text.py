r"""Equations in plain text, as people type them where no mathematics is set: ``dL/dW_hh = sum_t delta_t h_{t-1}^T``.

A text without a formula in LaTeX is read once more, for these: in its prose, in spans of code, and in listings that are no programs.
An equation is what stands around its sign up to the first word of prose; `typeset` spells it in LaTeX, and it is read as any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from symrnn.language.functions import WORDS
from symrnn.notation.vocabulary import GREEK, listed
from symrnn.reading.document.pieces import Code, Formula, Piece, Prose
from symrnn.reading.document.source import Mapped
from symrnn.reading.document.typed import BIG, WEIGHT, typeset

#: Languages of a listing that may hold equations.
_LANGUAGES = frozenset(["", "text", "txt", "plain", "plaintext", "none", "math", "ascii"])
#: What stands in a program, and in no equation.
_PROGRAM = re.compile(
    r"^\s*(?:def|class|import|from|return|for|while|if|elif|else|function|print|assert|with|try|@\w+)\b[^\n]*(?:[:({;]|$)"
    r"|\b(?:np|numpy|torch|tf|self|nn|F|jnp|math)\.\w|==|//|&&|;[ \t]*$|\bprint\(|\blambda\b",
    re.MULTILINE,
)
_LETTER = r"[A-Za-z\u0370-\u03ff]"
_WORD = rf"{_LETTER}\w*"
#: What may be the name of a quantity before what stands below it: a letter, a differential of one, or a short word.
_SHORT = re.compile(rf"{WEIGHT}|[A-Za-z]{{1,5}}")
_SIGN = r"(?:<-|←|:=|\+=|-=|≈|=)"
_TOKEN = re.compile(
    rf"(?P<word>{_WORD})|(?P<number>\d+(?:\.\d+)?)|(?P<line>\n[ \t]*)|(?P<space>[ \t]+)|(?P<sign>{_SIGN}(?!=))"
    r"|(?P<stop>[,.;:](?=\s+[^\W\d_]{2,}|\s*(?:\n|$))(?<!\.\.)|[!?\"“”«»#`，。；：、（）]|</?[A-Za-z][^<>]{0,300}>)|(?P<transposed>\.T\b)"
    r"|(?P<mathematics>\\?[-+*/^_()\[\]{}|<>'@~]|[,.·⋅×⊙∘⊗∂∑∏∇√≤≥≠′’…⊤½¼¾²³¹]|[\u0300-\u030c\u1d2c-\u1d6a\u2070-\u209c\u2c7c])"
    r"|(?P<other>[\s\S])"
)
#: A line that begins like this goes on with the one before, and one that ends like that goes on with the next.
_GOES_ON = re.compile(r"[ \t]*(?:[=+·⊙@]|\*(?![ \t*]))")
_ENDS_OPEN = re.compile(r"[=+*·⊙@(\[{,-][ \t]*$")
#: What is no part of an equation at its ends: an article, what an item of a list begins with, a bracket or a dash of the sentence.
_BEFORE = re.compile(r"(?:\s|[aAI](?=[ \t]+\w)|[-+*•>](?=[ \t])|\(?\d+[.)][ \t]|[),.;:])+")
_AFTER = re.compile(r"(?:\s|[,.;:]|(?<=\s)[-–({\[<])+\Z")
#: The words of a sentence that may stand right behind an equation; another one may belong to it: "A times B".
_GO_ON = frozenset(
    listed(
        "and or but where with for is are was has when if then as so because since which that while in at from using by we i it "
        "this not thus hence to the a an on instead given here being holds my our your have get has define "
        "und oder wo mit ist et ou où avec est y o con es donde"
    )
)
#: And those that may stand before it, but say that the equation is not of what is written there: "with respect to W = …".
_BELONGS = frozenset(listed("of to by over times transpose transposed norm sum product respect wrt von nach de par sur"))
#: A letter with its step, as programs and people in haste write it: ``ht-1``; words of that form are none.
_STEPPED = re.compile(r"(?<![A-Za-z])[A-Za-z]t[-+]1(?!\d)")
_WITH_STEP = re.compile(r"d?(?!at|it|At|It|dt)[A-Za-z]t")
_ANY_WORD = re.compile(r"[^\W\d_]+")
#: What joins the word behind it to what stands before: a full stop, or a bracket, close to both.
_HANGS = re.compile(r"^[.(\[{]$")
_LONGEST = 2_000


def with_equations(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """`pieces`, with the equations in their prose and in their listings as formulas."""
    held = [(piece, _may_hold_equations(piece)) for piece in pieces]
    names = frozenset(word for piece, text in held if text for word in _names(text.text))
    for piece, text in held:
        if text is None:
            yield piece
        else:
            yield from _in_text(text, names)


def _may_hold_equations(piece: Piece) -> Mapped | None:
    """The text of prose, or of a listing that is no program; of anything else nothing."""
    if isinstance(piece, Code) and (piece.language not in _LANGUAGES or _PROGRAM.search(piece.raw.text)):
        return None
    return piece.raw if isinstance(piece, Prose | Code) else None


def _names(text: str) -> Iterator[str]:
    """The words that are names of quantities by an operator that stands beside them: ``loss = …``, ``dtanh * …``."""
    stepped = bool(_STEPPED.search(text))
    for word in re.finditer(rf"\b{_WORD}", text):
        before, after = (
            text[max(0, word.start() - 3) : word.start()].rstrip(" ")[-1:],
            text[word.end() : word.end() + 4].lstrip(" "),
        )
        if word[0] in _GO_ON:
            continue
        operand = re.match(r"[*@·⊙^/]|\.T", after) or before in tuple("*@·⊙/")
        if operand or re.match(r"[+:]?=(?!=)", after) or (stepped and _WITH_STEP.fullmatch(word[0])):
            yield word[0]


def _in_text(text: Mapped, names: frozenset[str]) -> Iterator[Piece]:
    """A text as its prose and its equations."""
    done = 0
    for run in _runs(text.text, names):
        start, end = _trimmed(text.text, *run)
        if end - start > _LONGEST or not _is_equation(text.text[start:end]):
            continue
        if done < start:
            yield _prose(text.cut(done, start))
        word = _joined(text.text, (start, end), run)
        problem = f"the word {word} may belong to it; write it in signs and letters, or end the sentence before it" if word else ""
        yield Formula(typeset(text.cut(start, end)), display=False, alone=_is_line(text.text, start, end), problem=problem)
        done = end
    if done < len(text.text):
        yield _prose(text.cut(done))


def _joined(text: str, equation: tuple[int, int], run: tuple[int, int]) -> str:
    """The word beside an equation that may belong to it, so that only a part of it would be read; nothing where none does."""
    (start, end), (first, last) = equation, run
    behind, between = _ANY_WORD.match(text, last), text[end:last]
    if behind and (not between or (between == " " and behind[0].lower() not in _GO_ON) or _HANGS.search(between)):
        return behind[0]
    before = re.search(r"[^\W\d_]+(?=[ \t]*\Z)", text[max(0, first - 40) : first]) if not text[first:start].strip() else None
    begins_with_word = re.match(rf"{_LETTER}{{3,}}", text[start:end])
    belongs = before and (before[0].lower() in _BELONGS or (begins_with_word and before[0].lower() not in _GO_ON))
    return before[0] if before and belongs else ""


def _prose(raw: Mapped) -> Prose:
    return Prose(raw, " ".join(raw.text.replace("`", " ").split()))


def _runs(text: str, names: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where the tokens of mathematics stand in a row."""
    start = 0
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        ends = kind == "stop" or (kind == "word" and not _is_name(token, names)) or (kind == "other" and token[0].isalpha())
        if kind == "line":
            line = text[start : token.start()].rpartition("\n")[2]
            ends = not (_GOES_ON.match(text, token.end()) or _ENDS_OPEN.search(line)) or not line.strip()
        if ends:
            yield start, token.start()
            start = token.end()
    yield start, len(text)


def _is_name(word: re.Match[str], names: frozenset[str]) -> bool:
    """Whether a word is one of mathematics: a letter, a known function, a letter with a name below it, or what is calculated with."""
    base = word[0].partition("_")[0].rstrip("0123456789") or word[0]
    known = base in WORDS or base in GREEK or not names.isdisjoint({word[0], base, base.removeprefix("d")})
    if len(base) == 1 or known or (base in BIG and word.string[word.end() : word.end() + 1] in tuple("_({[^")):
        return True
    before, after = word.string[max(0, word.start() - 4) : word.start()], word.string[word.end() : word.end() + 12]
    if re.search(r"[\w})\]'] *[-+*@·⊙/^=] *$|[\w}][(\[]$", before):  # an operand; two words in a row are prose
        following = re.match(r" +([a-z]{2,})(?![\w(=])", after)
        if following is None or re.search(r" [-–] $", before):
            return following is None
        return following[1] in _GO_ON or bool(_WITH_STEP.fullmatch(following[1]))
    return bool(_SHORT.fullmatch(base) and ("_" in word[0] or after[:1] in tuple("_^[")))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without what belongs to the sentence at both ends, and without a bracket that closes or opens nothing there."""
    if before := _BEFORE.match(text, start, end):
        start = before.end()
    if after := _AFTER.search(text, start, end):
        end = after.start()
    closed = text.count(")", start, end) - text.count("(", start, end)
    while closed > 0 and text[end - 1] == ")":
        end, closed = end - 1, closed - 1
    while closed < 0 and text[start] == "(":
        start, closed = start + 1, closed + 1
    return start, end


def _is_equation(run: str) -> bool:
    """Whether something of mathematics stands on both sides of a sign."""
    sides = re.split(_SIGN, run)
    return len(sides) > 1 and all(re.search(r"\w", side) for side in sides) and bool(re.search(_LETTER, sides[0]))


def _is_line(text: str, start: int, end: int) -> bool:
    """Whether a part of a text is all that its line holds."""
    before, after = text[:start].rpartition("\n")[2], text[end:].partition("\n")[0]
    return not re.search(r"\w", before + after)
