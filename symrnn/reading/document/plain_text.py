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
    r"^\s*(?:def|class|import|from|return|for\s+\w+\s+in|while|if|elif|else|function|print|assert|with|try|@\w+)\b[^\n]*(?:[:({;]|$)"
    r"|\b(?:np|numpy|torch|tf|self|nn|F|jnp|math)\.\w|(?<!=)==(?!=)|&&|;[ \t]*$|\bprint\(|\blambda\b",
    re.MULTILINE,
)
_LETTER = r"[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f\u0370-\u03ff\u1e00-\u1eff\u2113]"
_WORD = rf"{_LETTER}(?:{_LETTER}|[0-9_])*"
#: What may be the name of a quantity before what stands below it: a letter, a differential of one, or a short word.
_SHORT = re.compile(rf"{WEIGHT}|[A-Za-z]{{1,5}}")
_SIGN = r"(?:<-|←|:=|\+=|-=|≈|=)"
#: What ends an equation: a full stop of a sentence, an arrow, a tag, and the remark behind it in a listing.
_STOP = (
    r"[ \t]{2,}(?:←|<-|→|->|#|//|--)[^\n]*|->|=>|[→⇒↑↓↔│]|[.;:](?=\s+[^\W\d_]{2,}|\s*(?:\n|$))(?<!\.\.)"
    r"|[!?\"“”«»#`，。；：、（）]|</?[A-Za-z][^<>]{0,300}>"
)
_TOKEN = re.compile(
    rf"(?P<stop>{_STOP})|(?P<prose>{_LETTER}{{2,}}(?:-{_LETTER}{{2,}})+)|(?P<word>{_WORD})|(?P<number>\d+(?:\.\d+)?)|(?P<line>\n[ \t]*)"
    rf"|(?P<space>[ \t]+)|(?P<sign>{_SIGN}(?!=))|(?P<comma>,(?=\s+[^\W\d_]{{2,}}|\s*(?:\n|$)))|(?P<transposed>(?<!\.)\.T\b)"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<mathematics>\\?[-+*/^_|<>'@~]|\\[{}]|[,.·⋅×⊙∘⊗∂∑∏∇√≤≥≠′’…⊤½¼¾²³¹∈ℝ]"
    r"|[\u0300-\u030c\u1d2c-\u1d6a\u2070-\u209c\u2c7c])|(?P<other>[\s\S])"
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
_BELONGS = re.compile(
    r"(?i)\b(?:respect to|divided by|multiplied by|of|over|times|transposed?|norm|sum|product|wrt|von|nach|de|par|sur)[ \t]*\Z"
)
#: And those, by how they begin, that say what is done with what stands beside them: no sentence goes on with one.
_OPERATION = re.compile(
    r"(?i)times|plus|minus|more|less|dot|over|divi|multipl|moltipl|transpos|traspu|elem|hadamard|outer|inner|squar|cube|inver|scal"
    r"|mal|geteilt|fois|moins|vezes|mais|menos|m[aá]s|por|per|con|und|et|e$|y$"
)
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
    """The words that are names of quantities by an operator that stands beside them: ``loss = …``, ``dtanh * …``, ``dloss/dby``."""
    stepped = bool(_STEPPED.search(text))
    for word in re.finditer(rf"\b{_WORD}", text):
        before, after = text[max(0, word.start() - 3) : word.start()].rstrip(" "), text[word.end() : word.end() + 4].lstrip(" ")
        if word[0] in _GO_ON:
            continue
        differential = word[0][0] == "d" and (re.match(r"/[d∂]", after) or re.search(r"[\w})]/$", before))
        operand = re.match(r"[*@·⊙^]|\.T\b|[+:]?=(?!=)", after) or before[-1:] in tuple("*@·⊙")
        if differential or operand or (stepped and _WITH_STEP.fullmatch(word[0])):
            yield word[0]


def _in_text(text: Mapped, names: frozenset[str]) -> Iterator[Piece]:
    """A text as its prose and its equations."""
    done = 0
    for run in _runs(text.text, names):
        start, end = _trimmed(text.text, *run)
        if end - start > _LONGEST or not _is_equation(text.text[start:end]) or _is_loop(text.text, run):
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
    if behind and (not between or (between == " " and not _goes_on(text, behind)) or _HANGS.search(between)):
        return behind[0]
    before = text[max(0, first - 40) : first] if not text[first:start].strip() else ""
    word = re.search(r"([^\W\d_]+)[ \t]*\Z", before)
    begins_with_word = re.match(rf"{_LETTER}{{3,}}", text[start:end])
    belongs = word and (_BELONGS.search(before) or (begins_with_word and word[1].lower() not in _GO_ON))
    return word[1] if word and belongs else ""


def _goes_on(text: str, word: re.Match[str]) -> bool:
    """Whether a sentence goes on with a word behind an equation: one that usually does, or any but of an operation with another behind."""
    if word[0].lower() in _GO_ON:
        return True
    sentence = re.match(r" [a-z]{2,}(?![\w(^=])", text[word.end() : word.end() + 20])
    return word[0].isascii() and sentence is not None and not _OPERATION.match(word[0])


def _is_loop(text: str, run: tuple[int, int]) -> bool:
    """Whether a run is where a loop of a pseudo-code begins: "for t = T down to 1"."""
    begins = re.search(r"(?i)\bfor[ \t]*\Z", text[max(0, run[0] - 8) : run[0]])
    return bool(begins and re.match(r"(?:to|down|until|in)\b", text[run[1] : run[1] + 8]))


def _prose(raw: Mapped) -> Prose:
    return Prose(raw, " ".join(raw.text.replace("`", " ").split()))


def _runs(text: str, names: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where the tokens of mathematics stand in a row."""
    start, opened = 0, list[bool]()  # whether each bracket that is open stands close behind what it is of
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "open":
            opened.append(bool(re.match(r"[\w})\]']", text[token.start() - 1 : token.start()])))
        elif kind == "close" and opened:
            opened.pop()
        ends = kind in ("stop", "prose") or (kind == "comma" and not opened) or (kind == "other" and token[0].isalpha())
        ends |= kind == "word" and not _is_name(token, names, is_argument=any(opened))
        if kind == "line":
            line = text[start : token.start()].rpartition("\n")[2]
            ends = not (_GOES_ON.match(text, token.end()) or _ENDS_OPEN.search(line)) or not line.strip()
        if ends:
            yield start, token.start()
            start, opened = token.end(), []
    yield start, len(text)


def _is_name(word: re.Match[str], names: frozenset[str], *, is_argument: bool) -> bool:
    """Whether a word is one of mathematics: a letter, a known function, a letter with a name below it, or what is calculated with."""
    base = word[0].partition("_")[0].rstrip("0123456789") or word[0]
    known = base in WORDS or base in GREEK or not names.isdisjoint({word[0], base, base.removeprefix("d")})
    if len(base) == 1 or known or (base in BIG and word.string[word.end() : word.end() + 1] in tuple("_({[^")):
        return True
    before, after = word.string[max(0, word.start() - 4) : word.start()], word.string[word.end() : word.end() + 12]
    if is_argument or re.search(r"[\w})\]'] *[-+*@·⊙/^=] *$", before):  # an operand; two words in a row are prose
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
