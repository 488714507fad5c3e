r"""Source -> pieces, without what has no meaning (spacing, ``\left``, fonts, labels)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from symrnn.language.functions import WORDS
from symrnn.language.terms import Num, Sym
from symrnn.notation.unreadable import MAX_DEPTH, MAX_LENGTH, Unreadable
from symrnn.notation.vocabulary import (
    ADDING,
    BOLD_FONTS,
    BOLD_MACRO,
    CASES,
    CHARACTERS,
    COMMANDS,
    DROPPED_WITH_ARGUMENT,
    GREEK,
    GRIDS,
    IDLE_COMMANDS,
    ITEM_SIGNS,
    LATER,
    LOCAL,
    MATRICES,
    NO_LETTERS,
    ONE_FONTS,
    PROOF_ENDS,
    RELATIONS,
    SIZES,
    SPACING,
    STYLED_FONTS,
    SWITCHES,
    TEXT_FONTS,
    TIMES,
    WORD_FONTS,
)

_MAX_DIGITS = 100


@dataclass(slots=True)
class Piece:
    """A part of the source with a role of its own. `mate` is the index of the other bracket of a pair, else -1."""

    kind: str
    value: Any
    start: int
    end: int
    mate: int = -1


#: Functions that are known by their letters alone, before a bracket, a prime or a power.
_NAMED = "|".join(sorted({"log_softmax", "ReLU", *WORDS}, key=len, reverse=True))
#: What may stand between such a word and its bracket: ``func_2(z)``.
_NUMBERED = r"(?:\s*_\s*(?:[A-Za-z\d]|\{[A-Za-z\d]+\}))?"
#: And those that are no product of letters wherever they stand alone: ``log p``.
_ALONE = "log|exp|tanh|softmax|sigmoid|sigm|relu|diag"


def _spaced(word: str) -> str:
    """A pattern for a word whose letters may have spaces between them, which TeX does not show."""
    return word if re.search(r"[^A-Za-z]", word) else r"\s*".join(word)


#: Words of this field that people write in letters of formulas, where they would be products: ``Loss_t``, ``net_j``, ``dh_{next}``.
_PLAIN_WORDS = "|".join(
    _spaced(word)
    for word in [
        *(
            form
            for word in ("loss", "cost", "error", "net", "target", "label", "logits?", "total")
            for form in (word, word.title())
        ),
        *(
            "next",
            "prev",
            "new",
            "old",
            "raw",
            "true",
            "pred",
            "MSE",
            "BCE",
            "NLL",
            "d[a-z]{1,2}(?:raw|next|prev)",
            "d(?:tanh|sigmoid)",
            "activation",
            *(name for name in sorted(GREEK) if len(name) > 3 and name.islower()),  # sigma(z)
        ),
    ]
)
#: And a word of code, with its step in square brackets, ``inputs[t]``, or of several parts, ``pre_act``; ``dh_next`` has a prefix.
_CODE_WORD = r"(?<!_)(?!d[a-z]_)[a-z]{2,}(?:_[a-z]{2,})+(?![A-Za-z])|[a-z]{4,}(?=[\[_])"
#: The name of a set, and of several sets together.
_SET = r"(?:\\math[a-z]+\s*\{?\s*[A-Z]\s*\}?|[A-Z])(?![A-Za-z_^])"
_UNION = rf"{_SET}(?:\s*(?:\\cup(?![A-Za-z])|∪)\s*{_SET})+"
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<comment>%[^\n]*)|(?P<ellipsis>\.\.\.?)|(?P<number>\d{1,3}(?:\{,\}\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    rf"|(?P<function>(?:{_NAMED})(?=['^]|{_NUMBERED}\s*(?:\\(?:left|[bB]igg?l?)\s*)?(?:\{{\s*\(|\(|\[|\\\{{|\\lbrace))"
    rf"|(?<![A-Za-z])(?:{_ALONE})(?![A-Za-z]))"
    r"|(?P<power>\*\*)|(?P<turned>(?<=[A-Za-z\d)\]}])\.T(?![A-Za-z\d_]))"
    rf"|(?P<array>(?:\.\s*|(?<![A-Za-z]))shape(?![A-Za-z]))|(?P<word>(?<![A-Za-z])(?:(?:{_PLAIN_WORDS})(?![A-Za-z])|{_CODE_WORD}))|(?P<union>{_UNION})|(?P<letter>[A-Za-z])"
    rf"|(?P<cardinal>(?:\\left\s*)?(?:\||\\[lv]?vert(?![a-zA-Z]))\s*(?:{_UNION}|(?:\\math[a-z]+\s*)?\{{?\s*(?:[A-Z]|\\(?:[tT]heta|Omega|Sigma))\s*\}}?)\s*"
    r"(?:\\right\s*)?(?:\||\\[rv]?vert(?![a-zA-Z])))"
    rf"|(?P<adding>{ADDING})"
    r"|(?P<command>\\(?:operatorname|tag|[hv]space)\*|\\[A-Za-z]+|\\[\s\S])|(?P<double>:=|=:|\|\|)|(?P<char>[\s\S])"
)
_WORD = re.compile(r"\s*(?:\{((?:[A-Za-z0-9\s\-]|\\[,;:!_ ])*)\}|([A-Za-z0-9]))")
#: A script that no product has: an index, and no power, inverse or transpose.
_SCRIPT_OF_LAST = re.compile(r"\s*(?:_|\^\s*\{?\s*[(a-z])")
_SWITCHED = re.compile(r"\s*()([A-Za-z0-9]+)(?=\s*\})")
_ENVIRONMENT = re.compile(r"\s*\{\s*([A-Za-z]+\*?)\s*\}")
_BRACED_GRID = re.compile(r"\\left\s*\\(?:\{|lbrace)\s*\\begin\s*\{(array|aligned|matrix)\}(?:\s*\{[^{}]*\})?")
_COLUMNS = re.compile(r"\s*\{[^{}]*\}")
_BAR_DELIMITER = re.compile(r"\s*(?:\\\||\\Vert(?![A-Za-z])|\|\||‖)")
_DOT_DELIMITER = re.compile(r"\s*\.")
_ENDS_FACTOR = re.compile(r"[A-Za-z\d)}\]']")
_BEGINS_FACTOR = re.compile(r"[A-Za-z({]|\s*\\(?:frac|dfrac|sum|prod|left|big|hat|partial)(?![A-Za-z])")
#: A bar at whose foot something stands, ``|_t``, and what may stand below or above a brace.
_BARS = frozenset(["|", r"\vert", r"\lvert", r"\rvert", r"\mid"])
_OPENING_BARS = frozenset(["|", r"\vert", r"\lvert"])
_BAR_OR_EDGE = re.compile(r"\\[rl]?vert(?![A-Za-z])|\\(?:[A-Za-z]+|[\s\S])|\|\||[{}()\[\]|&]")
_AT = re.compile(r"\s*_\s*(?:\{|\\[A-Za-z]+|[^\s\\{])")
#: And what stands there says at which step.
_AT_STEP = re.compile(r"\{\s*(?:t|\\tau)\s*=\s*(\w)\s*\}")
#: Words there that say that all else is held fixed; others, as in ``|_{\\text{future}}`` or ``|_{rec}``, name a part.
_HELD_FIXED = re.compile(
    r"(?i)expli[cz]it|explícit|direct|direkt|diret|immediate|inmediat|imediat|immédiat|unmittelbar|local|lokal|partial|fix|fijo|fija|fest|[ck]onst"
    r"|\bus(?:e|age)\b|直接|即时|即時|显式|顯式|明示|固定|常数|常量|常數|定数|고정|상수|직접|фикс|явн|непосредств"
)
_LETTERS = re.compile(r"[^\W\d_]{2}")
_ANY_COMMAND = re.compile(r"\\[A-Za-z]+")
_ABOVE = re.compile(r"\s*\^\s*(?:\{|\\[A-Za-z]+|[^\s\\{])")
_TRANSPOSED = re.compile(r"\s*\{\s*[Tt]r\s*\}")
_EXTREME = re.compile(r"\s*\\(min|max)(?![A-Za-z])")
#: The letters that sums and products are named after; one over a range is the sign itself: ``\\Sigma_{t=1}^{T}``.
_CAPITALS = {r"\Sigma": r"\sum", r"\Pi": r"\prod"}
_SCRIPTED = r"(?:\{[^{}]*\}|\\?\w)"
_RANGE = re.compile(rf"\s*(?:\\limits\s*)?(?:\^\s*{_SCRIPTED}\s*)?_\s*\{{[^{{}}=]*=")
_BEFORE_BRACKET = re.compile(r"\s*(?:\\left\s*)?[(\[]")
_NOTHING = re.compile(r"\s*\{\s*\}")
#: A name at the foot of a letter, before it: ``{}_T W``; and what may stand before that, none of which has a foot of its own.
_NAME = r"\s*(?:\{\s*([A-Za-z]+)\s*\}|([A-Za-z]))"
_NAME_BEFORE = re.compile(rf"{_NAME}(?=\s*[A-Za-z\\{{])")
_SIDE = re.compile(rf"\s*(?:_{_NAME}\s*)?")
_BETWEEN = frozenset(["PLUS", "MINUS", "DOT", "ELEM"])
_FOOTLESS = frozenset(["LB", "REL", "PLUS", "MINUS", "DOT", "ELEM", "OPEN", "COMMA", "SEMICOLON", "AMP", "ROW", "QUAD"])
_PROOF_END = re.compile(r"(?:[\s.,;~]|\\q?quad(?![A-Za-z]))*\Z")
_EDGE = re.compile(r"\\[\s\S]|[{}]")
_ROW_END = re.compile(r"\*?(?:[ \t]*\[\s*-?[\d.]+\s*[a-z]{2}\s*\])?")
_SEVERAL_WORDS = re.compile(r"[A-Za-z]+(?: [A-Za-z]+){1,3}")
#: A name as code has it: ``\\text{vocab\\_size}``.
_NAME_OF_CODE = re.compile(r"[A-Za-z]{2,}(?:\\?_[A-Za-z]{2,})+")
#: Two letters in a font that words have as well, of which the last one may have a step: ``\mathbf{Wh}_t``.
_WEIGHT_AND_VECTOR = re.compile(r"[A-Z][a-z]")
_STEP_OF_LAST = re.compile(r"\s*[_^]\s*\{?\s*\(?\s*[tT](?![A-Za-z])")
_NEGATED = re.compile(r"\s*(=|\\equiv)")
_STACKED_SIGN = re.compile(r"\s*(?:\{\s*(:=|=|\\[a-zA-Z]+|[<>])\s*\}|(:=|=|\\[a-zA-Z]+|[<>]))")
_STACKED_BIG = re.compile(
    r"\s*(?:\{\s*(?:\\left\s*\(\s*)?\\(sum|prod)(?:\\limits)?\s*(?:\\right\s*\)\s*)?\}|\\(sum|prod)(?![A-Za-z]))"
)
_OVER = re.compile(r"\\over(?![A-Za-z])")
_DEFINES = re.compile(r"(?i)\bdef|triangle|\\Delta|△")
_SIGN_MARK = re.compile(r"\s*[_^]\s*(?:\{|\\[A-Za-z]+|[^\s\\{])")
#: ``\text{i $\ne$ k}``: letters in the font of words, with a formula for the sign.
_SIGN_IN_WORDS = re.compile(r"\s*[A-Za-z]\s*\$[^$]*\$\s*[A-Za-z\d]\s*")
#: ``\text{i = k}`` beside a case: a condition in the font of words.
_CONDITION_IN_WORDS = re.compile(r"\s*[A-Za-z]\s*(?:=|<|>|≠|≤|≥)\s*(?:[A-Za-z]|\d)\s*")
#: Two words one after the other, which are none of a formula: ``\text{(since h_0 is constant)}``.
_WORDS = re.compile(r"[A-Za-z]{2,} (?:\S+ )?[A-Za-z]{2,}")
_ENDS_FORMULA_IN_TEXT = re.compile(r"\$|\\\(|\\\)")


def _set_name(text: str) -> str:
    """What a set is called; several together have one name, in whatever order they stand."""
    names = re.split(r"\\cup(?![A-Za-z])|∪", text)
    return "∪".join(sorted(re.sub(r"\\(?:left|right|[lrv]?vert|math[a-z]+)|[^A-Za-z]", "", name) for name in names))


def _brace_end(source: str, opening: int) -> int:
    """The offset of the brace that closes the one at `opening`."""
    depth = 0
    for edge in _EDGE.finditer(source, opening):
        depth += {"{": 1, "}": -1}.get(edge.group(), 0)
        if depth == 0:
            return edge.start()
        if depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH}", edge.start(), "{")
    raise Unreadable("this bracket is never closed", opening, "{")


def scanned(source: str) -> list[Piece]:
    if len(source) > MAX_LENGTH:
        raise Unreadable(f"longer than {MAX_LENGTH} characters", MAX_LENGTH, source[MAX_LENGTH : MAX_LENGTH + 10])
    scanner = _Scanner(source)
    scanner.scan(0, len(source))
    return scanner.pieces


class _Scanner:
    """Source -> pieces, from left to right."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.pieces: list[Piece] = []
        # TeX takes one digit where an argument without braces stands: \frac12, x_12.
        self.single_digits = 0
        # Where a size such as \left stands in front of the piece that comes next.
        self.sized_from = -1
        # Where bars stand that close one, as in |v|.
        self.bars: set[int] = set()
        # What stands before a letter at its foot, and is read behind it.
        self.before: list[Piece] = []

    def scan(self, start: int, stop: int) -> None:
        """Append the pieces of ``source[start:stop]``."""
        at = start
        while at < stop:
            found = _TOKEN.match(self.source, at, stop)
            assert found is not None and found.lastgroup is not None
            at = self._take(found.lastgroup, found.group(), at, found.end())

    def _add(self, kind: str, value: Any, start: int, end: int) -> int:
        last = [piece.kind for piece in self.pieces[-2:]]
        if kind == "QUAD" and last and last[-1] in _BETWEEN and last[0] not in ("SUP", "SUB"):  # it separates nothing
            if last == ["QUAD", "MINUS"] and len(self.pieces) > 2:
                del self.pieces[-2]
            return end
        while kind in _BETWEEN - {"MINUS"} and len(self.pieces) > 1 and self.pieces[-1].kind == "QUAD":
            self.pieces.pop()
        self.pieces.append(Piece(kind, value, start if self.sized_from < 0 else self.sized_from, end))
        self.sized_from = -1
        self.single_digits = {"SUB": 1, "SUP": 1, "FRAC": 2, "LB": 0}.get(kind, max(0, self.single_digits - 1))
        if kind in ("SYM", "BIG") and self.before:
            self.pieces += [replace(piece, start=end, end=end) for piece in self.before]
            self.before = []
        return end

    def _before_letter(self, start: int, end: int) -> int | None:
        r"""Note the name at the foot of the letter that comes next: ``{}_T W`` is read as ``W_{\text{T}}``."""
        last = [piece.kind for piece in self.pieces[-2:]]
        empty = last == ["LB", "RB"]
        name = _NAME_BEFORE.match(self.source, end) if empty or not last or last[-1] in _FOOTLESS else None
        if name is None:
            return None
        if empty:
            start = self.pieces[-2].start
            del self.pieces[-2:]
        return self._named(name, start)

    def _named(self, name: re.Match[str], start: int) -> int:
        word = Sym(name[1] or name[2], "", "text")
        self.before += [Piece("SUB", "_", name.start(), name.end()), Piece("SYM", word, name.start(), name.end())]
        self.sized_from = start
        return name.end()

    def _sideset(self, text: str, start: int, end: int) -> int:
        r"""``\sideset{_S}{_l}\delta`` has a name before its letter and scripts behind it; ``\sideset{}{_l}\sum`` is ``\sum_l``."""
        opening = self._opening(end)
        closing = _brace_end(self.source, opening) if opening >= 0 else end
        behind = self._opening(closing + 1)
        before = _SIDE.fullmatch(self.source, opening + 1, closing)
        if behind < 0 or before is None:
            raise Unreadable(f"{text} with more than a name before its letter", start, text)
        if before[1] or before[2]:
            self._named(before, start)
        scripts = _Scanner(self.source)
        scripts.scan(behind + 1, _brace_end(self.source, behind))
        self.before, self.sized_from = self.before + scripts.pieces, start
        return _brace_end(self.source, behind) + 1

    def _take(self, group: str, text: str, start: int, end: int) -> int:
        if group in ("space", "comment"):
            return end
        if group == "array":
            raise Unreadable("it says which shape an array of a program has", start, text, remark=True)
        if group == "number":
            return self._number(text, start, end)
        if group == "word":
            word = re.sub(r"\s", "", text)
            return self._add("SYM", Sym(word, style="" if "_" in text or word in GREEK else "text"), start, end)
        if group == "letter":
            return self._add("SYM", Sym(text), start, end)
        if group in ("power", "turned"):  # as code has them, h ** 2 and W.T
            self._add("SUP", "^", start, end)
            return end if group == "power" else self._add("TOP", "T", start, end)
        if group == "adding":
            return self._add("REL", "-=" if "-" in text else "+=", start, end)
        if group == "cardinal":
            return self._add("SYM", Sym(f"|{_set_name(text)}|", "", "card"), start, end)
        if group == "union":
            return self._add("SYM", Sym(_set_name(text), "", "set"), start, end)
        if group == "function":
            return self._add("FUNC", Sym(_function_name(text) or text), start, end)
        text = CHARACTERS.get(text, text)
        return self._command(r"\cdot" if text == "." and self._multiplies(start, end) else text, start, end)

    def _multiplies(self, start: int, end: int) -> bool:
        """Whether a dot stands between two factors, as in ``W.x_1``: close to both, or before a sum or a fraction."""
        before = start > 0 and bool(_ENDS_FACTOR.match(self.source[start - 1]))
        return before and bool(self.pieces) and bool(_BEGINS_FACTOR.match(self.source, end))

    def _number(self, text: str, start: int, end: int) -> int:
        text = text.replace("{,}", "")  # 59{,}000
        if self.single_digits and len(text) > 1 and text[0] != ".":
            text, end = text[0], start + 1
        if len(text) > _MAX_DIGITS:
            raise Unreadable("a number with too many digits", start, text[:10])
        return self._add("NUM", Num(Fraction(text)), start, end)

    def _command(self, text: str, start: int, end: int) -> int:
        special = self._special(text)
        if special is not None:
            return special(text, start, end)
        if text in IDLE_COMMANDS or (text in ITEM_SIGNS and self._begins_item(end)):
            return end
        if text in PROOF_ENDS and _PROOF_END.match(self.source, end):
            return end
        if text in _BARS and start in self.bars:
            return self._add("BAR", "|", start, end)
        if text in _BARS and (at := _AT.match(self.source, end)):
            return self._held_fixed(text, start, at)
        if text == r"\dot" and _BEFORE_BRACKET.match(self.source, end):  # no accent stands over a bracket: \cdot is meant
            return self._command(r"\cdot", start, end)
        if text in _OPENING_BARS and (mate := self._mate_of_bar(end)) is not None:
            self.bars.add(mate)
            return self._add("BAR", "|", start, end)
        if text == "^" and (transposed := _TRANSPOSED.match(self.source, end)):
            self._add("SUP", "^", start, end)
            return self._add("TOP", "T", end, transposed.end())
        if text == "_" and (named := self._before_letter(start, end)) is not None:
            return named
        if text in "_^" and (nothing := _NOTHING.match(self.source, end)):
            return nothing.end()
        if text in _CAPITALS and _RANGE.match(self.source, end):
            text = _CAPITALS[text]
        if text in SPACING:
            return self._after_sizing(text, start, end)
        kind, value = COMMANDS.get(text) or self._unknown(text, end)
        if kind == "REL" and text not in "<>":
            end = self._without_marks(end)
        return self._add(kind, value, start, end)

    def _begins_item(self, end: int) -> bool:
        """Whether a sign that ends there stands before a formula, and not between two factors: ``\\quad \\bullet a``."""
        after_gap = bool(self.pieces) and self.pieces[-1].kind == "QUAD" and not self.source[end:].lstrip().startswith("\\quad")
        return not self.pieces or after_gap

    def _mate_of_bar(self, end: int) -> int | None:
        """Where the bar stands that closes the one which ends here, ``|v|``: in the same brackets, with something between them."""
        depth = 0
        for edge in _BAR_OR_EDGE.finditer(self.source, end):
            depth += {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}.get(edge.group(), 0)
            if depth < 0 or (depth == 0 and edge.group() == "&"):
                return None
            if depth == 0 and edge.group() in _BARS:
                return edge.start() if self.source[end : edge.start()].strip() else None
        return None

    def _held_fixed(self, text: str, start: int, at: re.Match[str]) -> int:
        r"""``\left. \frac{\partial h_t}{\partial W} \right|_t``: the explicit derivative, where all else is held fixed."""
        end = _brace_end(self.source, at.end() - 1) + 1 if at[0].endswith("{") else at.end()
        if told := _AT_STEP.fullmatch(self.source, at.end() - 1, end):  # the derivative by what that step uses
            self._add("SUB", "_", start, at.end() - 1)
            self.scan(told.start(1), told.end(1))
            self._add("SUP", "^", end - 1, end)
            return self._add("PLUS", "+", end - 1, end)
        if re.search(r"[=,]", self.source[at.end() : end]):
            raise Unreadable("a value at one point is not read; write the equation at that point", start, text)
        words = _ANY_COMMAND.sub(" ", self.source[at.end() : end])
        if (word := words.strip("{} ")) in LATER | LOCAL:
            self._add("SUP", "^", start, at.end())
            return self._add("SYM", Sym(word, "", "text"), at.end(), end)
        if _LETTERS.search(words) and not _HELD_FIXED.search(words):
            raise Unreadable("a part that is named in words is not read; give it a letter", start, text)
        foot = at.end() if at[0].endswith("{") else at.end() - 1
        step = Sym(self.source[foot:end].strip("{} "))
        if step in TIMES:
            self._add("SUB", "_", start, foot)
            self._add("SYM", step, foot, end)
        self._add("SUP", "^", start, at.end())
        return self._add("PLUS", "+", end - 1, end)

    def _without_marks(self, at: int) -> int:
        r"""Behind what is written at a relation sign: ``\approx_{(3)}``, ``=^{!}``."""
        mark = _SIGN_MARK.match(self.source, at)
        return _brace_end(self.source, mark.end() - 1) + 1 if mark and mark[0].endswith("{") else mark.end() if mark else at

    def _unknown(self, text: str, end: int) -> tuple[str, Any]:
        """What a command is that nothing here knows: a letter, or a command with an argument, which is not read."""
        opening = self._opening(end)
        takes_argument = opening >= 0 and not self.source.startswith("{}", opening)
        if not text[1:].isalpha() or text[1:] in NO_LETTERS or takes_argument:
            return "UNKNOWN", text
        bold = BOLD_MACRO.fullmatch(text[1:])
        return "SYM", Sym(bold[1]) if bold else Sym(text[1:], "", "text")

    def _special(self, text: str) -> Callable[[str, int, int], int] | None:
        name = text[1:]
        if text in DROPPED_WITH_ARGUMENT:
            return self._dropped
        if text[0] != "\\":
            return None
        if name in TEXT_FONTS:
            return self._text
        if name in WORD_FONTS or name in BOLD_FONTS or name in STYLED_FONTS:
            return self._font
        return {
            r"\underbrace": self._braced,
            r"\overbrace": self._braced,
            r"\begin": self._begin,
            r"\end": self._end,
            r"\\": self._row_end,
            r"\cr": self._row_end,
            r"\not": self._negation,
            r"\arg": self._extreme,
            r"\sideset": self._sideset,
            r"\stackrel": self._stacked,
            r"\overset": self._stacked,
            r"\underset": self._stacked,
            r"\buildrel": self._stacked,
            r"\xrightarrow": self._arrow,
            r"\matrix": self._plain_matrix,
            r"\pmatrix": self._plain_matrix,
        }.get(text)

    def _after_sizing(self, text: str, start: int, end: int) -> int:
        r"""Skip spacing and sizes, which belong to the piece behind; ``\left.`` and ``\right.`` stand for no bracket at all."""
        if text in SIZES:
            self.sized_from = start
        if text in (r"\left", r"\right"):
            grid = _BRACED_GRID.match(self.source, start) if text == r"\left" else None
            if grid:
                return self._add("BEGIN", grid.group(1), start, grid.end())
            bar = _BAR_DELIMITER.match(self.source, end)
            if bar:
                return self._add("NORM" if text == r"\left" else "ENDNORM", "|", start, bar.end())
            dot = _DOT_DELIMITER.match(self.source, end)
            return self._no_bracket(text, dot.end()) if dot else end
        return end

    def _no_bracket(self, text: str, end: int) -> int:
        """A size without a bracket belongs to what it opens before, or closes behind."""
        if text == r"\right" and self.pieces:
            self.pieces[-1].end, self.sized_from = end, -1
        return end

    def _arrow(self, text: str, start: int, end: int) -> int:
        r"""``\xrightarrow{n \to \infty}``, an arrow with words over it."""
        return self._add("ARROW", "", start, self._dropped(text, start, end))

    def _dropped(self, text: str, start: int, end: int) -> int:
        return _brace_end(self.source, self._required(text, start, end)) + 1

    def _required(self, text: str, start: int, end: int) -> int:
        """The offset of the brace that opens the argument of a command."""
        opening = self._opening(end)
        if opening < 0:
            raise Unreadable(f"{text} without its argument", start, text)
        return opening

    def _opening(self, at: int) -> int:
        """The offset of a brace that opens right behind `at`, or -1."""
        while at < len(self.source) and self.source[at].isspace():
            at += 1
        return at if at < len(self.source) and self.source[at] == "{" else -1

    def _text(self, text: str, start: int, end: int) -> int:
        opening = self._opening(end)
        if opening < 0:
            return self._font(text, start, end)
        closing = _brace_end(self.source, opening)
        content = _in_words(self.source[opening + 1 : closing])
        if "$" in content or r"\(" in content:
            self._words_with_formulas(opening + 1, closing)
        elif content.strip() in ("-", "+", "="):  # a sign in the font of words is short, and still a sign
            return self._command(content.strip(), start, closing + 1)
        elif _CONDITION_IN_WORDS.fullmatch(content):
            self.scan(self.source.index(content.strip(), opening), closing)
        elif _NAME_OF_CODE.fullmatch(content.strip()):
            self._add("TEXT", re.sub(r"\\?_", "-", content.strip()), start, closing + 1)
        elif re.search(r"[\\_^]", content) and not _WORDS.search(content):
            return end
        elif _SEVERAL_WORDS.fullmatch(content.strip()) and self._is_whole_script(closing + 1):
            self._add("SYM", Sym("-".join(content.split()), "", "text"), start, closing + 1)
        elif not self._word(text, content.strip(), start, closing + 1):
            self._add("TEXT", content, start, closing + 1)
        return closing + 1

    def _is_whole_script(self, end: int) -> bool:
        r"""Whether what ends here is all that stands below or above a letter: ``L_{\text{from output}}``."""
        opened = [piece.kind for piece in self.pieces[-2:]]
        return opened[1:] == ["LB"] and opened[0] in ("SUB", "SUP") and self.source[end:].lstrip().startswith("}")

    def _words_with_formulas(self, start: int, stop: int) -> None:
        r"""``\text{if $i = k$}``: words and formulas take turns."""
        at, formula = start, False
        between = bool(_SIGN_IN_WORDS.fullmatch(self.source, start, stop))
        for mark in [*_ENDS_FORMULA_IN_TEXT.finditer(self.source, start, stop), None]:
            until = mark.start() if mark else stop
            if formula or (between and len(self.source[at:until].strip()) <= 1):
                self.scan(at, until)
            elif self.source[at:until].strip(" .,;"):
                self._add("TEXT", self.source[at:until], at, until)
            at, formula = (mark.end() if mark else stop), not formula

    def _font(self, text: str, start: int, end: int) -> int:
        name = text[1:]
        found = (_SWITCHED if name in SWITCHES else _WORD).match(self.source, end)
        if found is None:
            return self._font_of_formula(name, start, end)
        content = re.sub(r"\\[,;:!_ ]", "", found.group(1) or found.group(2) or "").strip()
        if name in STYLED_FONTS and not content.isdigit():
            return self._add("SYM", Sym(content, "", STYLED_FONTS[name]), start, found.end())
        if self._word(name, content, start, found.end()):
            return found.end()
        weighed = name in ONE_FONTS and _WEIGHT_AND_VECTOR.fullmatch(content) and _STEP_OF_LAST.match(self.source, found.end())
        if (name in BOLD_FONTS or weighed) and found.group(1) and self._is_product_at_step(found.end()):
            self.scan(found.start(1), found.end(1))
            return found.end()
        if name in BOLD_FONTS or not content:
            return end
        return self._add("TEXT", content, start, found.end())

    def _is_product_at_step(self, end: int) -> bool:
        r"""Whether bold letters in one group have a script that is that of their last one: ``\boldsymbol{Wx}_t`` is ``W x_t``."""
        is_unit = self.single_digits or (self.pieces and self.pieces[-1].kind == "ACCENT")
        return not is_unit and bool(_SCRIPT_OF_LAST.match(self.source, end))

    def _font_of_formula(self, name: str, start: int, end: int) -> int:
        r"""A font over more than a word: ``\mathbf{h_t}`` is read as ``h_t``, ``\mathcal{L}_t`` keeps its style."""
        if name in STYLED_FONTS and self._opening(end) >= 0:
            return self._add("ACCENT", ("style", STYLED_FONTS[name]), start, end)
        return end

    def _word(self, font: str, content: str, start: int, end: int) -> bool:
        """Add `content` if it is a number, a letter or the name of a function."""
        function = _function_name(content)
        if content == "1" and font.lstrip("\\") in ONE_FONTS:
            self._add("SYM", Sym("1", "", "bb"), start, end)
        elif content.isdecimal() and content.isascii() and len(content) <= _MAX_DIGITS:
            self._add("NUM", Num(Fraction(content)), start, end)
        elif len(content) == 1 and content.isalpha() and content.isascii():
            self._add("SYM", Sym(content), start, end)
        elif function is not None:
            self._add("FUNC", Sym(function), start, end)
        else:
            return False
        return True

    def _begin(self, text: str, start: int, end: int) -> int:
        name = _ENVIRONMENT.match(self.source, end)
        if name is None or name.group(1) not in CASES | MATRICES:
            piece = self.source[start : name.end() if name else end]
            raise Unreadable(f"the environment {piece} is not read", start, piece)
        columns = _COLUMNS.match(self.source, name.end()) if name.group(1) == "array" else None
        return self._add("BEGIN", name.group(1), start, columns.end() if columns else name.end())

    def _plain_matrix(self, text: str, start: int, end: int) -> int:
        r"""``\matrix{a & b \cr c & d}``, as plain TeX has it."""
        closing = _brace_end(self.source, self._required(text, start, end))
        self._add("BEGIN", "matrix", start, end)
        self.scan(self._opening(end) + 1, closing)
        return self._add("END", "matrix", closing, closing + 1)

    def _end(self, text: str, start: int, end: int) -> int:
        name = _ENVIRONMENT.match(self.source, end)
        if name is None or name.group(1) not in CASES | GRIDS | MATRICES:
            piece = self.source[start : name.end() if name else end]
            raise Unreadable(f"{piece} ends nothing that is read", start, piece)
        return self._add("END", name.group(1), start, name.end())

    def _row_end(self, text: str, start: int, end: int) -> int:
        size = _ROW_END.match(self.source, end)
        return self._add("ROW", "", start, size.end() if size else end)

    def _negation(self, text: str, start: int, end: int) -> int:
        sign = _NEGATED.match(self.source, end)
        if sign is None:
            raise Unreadable(r"\not before a sign other than =", start, text)
        return self._add("REL", "!=", start, sign.end())

    def _extreme(self, text: str, start: int, end: int) -> int:
        r"""``\arg\min`` is one word."""
        word = _EXTREME.match(self.source, end)
        if word is None:
            return self._add("UNKNOWN", text, start, end)
        return self._add("FUNC", Sym(f"arg{word[1]}"), start, word.end())

    def _braced(self, text: str, start: int, end: int) -> int:
        r"""``\underbrace{x}_{words}`` is x."""
        opening = self._opening(end)
        if opening < 0:
            return self._add("BRACE", None, start, end)
        closing = _brace_end(self.source, opening)
        self.scan(opening, closing + 1)
        name = _AT.match(self.source, closing + 1) or _ABOVE.match(self.source, closing + 1)
        if name is None:
            return closing + 1
        return _brace_end(self.source, name.end() - 1) + 1 if name[0].endswith("{") else name.end()

    def _stacked(self, text: str, start: int, end: int) -> int:
        r"""``\stackrel{\text{def}}{=}`` defines; any other mark above or below a relation sign is dropped."""
        over = _OVER.search(self.source, end) if text == r"\buildrel" else None
        opening = end if over else self._opening(end)
        closing = over.end() - 1 if over else _brace_end(self.source, opening) if opening >= 0 else end
        sign = _STACKED_SIGN.match(self.source, closing + 1) if opening >= 0 else None
        relation = RELATIONS.get((sign.group(1) or sign.group(2)) if sign else "")
        big = _STACKED_BIG.match(self.source, closing + 1) if opening >= 0 else None
        if big is not None:  # \underset{k}{\sum} is \sum_k
            self._add("BIG", big[1] or big[2], start, big.end())
            self._add(*(("SUB", "_") if text == r"\underset" else ("SUP", "^")), opening, opening + 1)
            self.scan(opening, closing + 1)
            return big.end()
        if relation is None and text == r"\underset" and opening >= 0:
            return closing + 1  # of \underset{k}{\arg\min} only what it stands below is read
        if sign is None or relation is None:
            raise Unreadable(f"{text} over something that is not a relation sign", start, text)
        if "?" in self.source[opening:closing]:
            raise Unreadable("a sign with ? over it asks, and claims nothing", start, text)
        if relation == "=" and _DEFINES.search(self.source, opening, closing):
            relation = ":="
        return self._add("REL", relation, start, sign.end())


_ACCENT_IN_TEXT = re.compile(r"\\(?:[\"'`^~=.]|[cvuHr](?![A-Za-z]))\s*\{?\\?([A-Za-z])\}?")
_LETTER_IN_TEXT = re.compile(r"\\(ss|o|O|ae|AE|oe|OE|aa|AA|l|L|i|j)(?![A-Za-z])(?:\{\}|\s)?")
_SPACE_IN_TEXT = re.compile(r"\\[,;:!> ]|~|\\q?quad(?![A-Za-z])")


def _in_words(text: str) -> str:
    r"""Text with its spaces plain and without accents: ``f\"ur~alle`` is *fur alle*."""
    if "\\" not in text and "~" not in text:
        return text
    return _SPACE_IN_TEXT.sub(" ", _LETTER_IN_TEXT.sub(r"\1", _ACCENT_IN_TEXT.sub(r"\1", text)))


def _function_name(word: str) -> str | None:
    """The function that a word of two letters or more names: ``ReLU`` -> ``relu``."""
    return WORDS.get(re.sub(r"[\s_\-]", "", word).lower())
