r"""LaTeX -> terms, exactly as the author wrote them.

A row of mathematics is read in four steps. `_Scanner` cuts the source into pieces and drops what has no meaning
(spacing, ``\left``, fonts, labels). `_matched` pairs the brackets. `_Translator` turns the pieces of one expression
into the tokens of ``grammar.lark``; decisions that need context are made there (is ``^T`` a transpose, is ``\frac`` a
derivative, is ``f`` followed by a bracket). `_Builder` builds terms while the LALR parser runs, so no parse tree is
ever made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from symrnn.terms import (
    Add,
    Apply,
    Big,
    Cases,
    Compare,
    Deriv,
    Elided,
    Ellipsis,
    Frac,
    Given,
    Hadamard,
    Indicator,
    Mark,
    Mul,
    Neg,
    Norm,
    Num,
    Outer,
    Pow,
    Sub,
    Sup,
    Sym,
    Term,
    Transpose,
    children,
)

if TYPE_CHECKING:
    from lark import Lark, Token

MAX_DEPTH = 200
MAX_LENGTH = 100_000
_MAX_DIGITS = 100


class Unreadable(Exception):
    """The source is not a formula this reader knows.

    `position` is the offset in the source of `piece`, which stopped the reader; `message` says why.
    """

    def __init__(self, message: str, position: int, piece: str) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.piece = piece


@dataclass(frozen=True)
class Chain:
    """Sides joined by relation signs, as ``a = b = c``.

    The first side is None when the row starts with a relation sign. `spans` are the offsets of the sides in the source.
    `kind` is ``relation``, ``expression`` (no relation sign) or ``remark`` (written in brackets behind ``\\because``).
    """

    sides: tuple[Term | None, ...]
    operators: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    kind: str


def read_row(source: str) -> tuple[Chain, ...]:
    r"""The chains of one row of mathematics, a remark right behind the chain it stands in.

    Raises:
        Unreadable: the row holds something that is not read.
    """
    pieces = _matched(source)
    return tuple(_Row(source, pieces).chains(0, len(pieces), remark=False))


def read_term(source: str) -> Term:
    r"""The one expression that `source` is.

    Raises:
        Unreadable: it is not a single expression, or holds something that is not read.
    """
    pieces = _matched(source)
    start, stop = _trimmed(pieces, 0, len(pieces))
    return _read_range(source, pieces, start, stop)


# -------------------------------------------------------------------------------------------------------- pieces


@dataclass(slots=True)
class _Piece:
    """A part of the source with a role of its own. `mate` is the index of the other bracket of a pair, else -1."""

    kind: str
    value: Any
    start: int
    end: int
    mate: int = -1


def _words(text: str) -> list[str]:
    return text.split()


_GREEK = _words(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho "
    "sigma varsigma tau upsilon phi varphi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell infty"
)
_FUNCTIONS = {
    name: name
    for name in _words(
        "softmax logsoftmax diag tanh sigmoid relu exp log ln tr sinh cosh sin cos tan max min argmax argmin sign sgn "
        "sech arctanh arctan softplus logsumexp logsigmoid vec det rank blockdiag elu gelu"
    )
} | {"trace": "tr", "sigm": "sigmoid", "atanh": "arctanh", "artanh": "arctanh"}
_APPLIED_LETTERS = {Sym(name) for name in ("f", "g", "sigma", "phi", "varphi", "psi")}
_TEXT_FONTS = frozenset(_words("text textrm textbf textit textsf texttt textnormal mbox hbox textup textsl emph"))
_WORD_FONTS = frozenset(_words("mathrm mathsf mathit mathbf mathtt mathnormal operatorname operatorname* rm bf it"))
_BOLD_FONTS = frozenset(_words("boldsymbol bm vec pmb mathbfit symbf"))
#: These change the font up to the end of the group: ``{\\bf W}``.
_SWITCHES = frozenset({"rm", "bf", "it", "cal"})
_ONE_FONTS = frozenset(_words("mathbf boldsymbol bm vec pmb mathbb mathds mathbbm textbf symbf bf"))
_STYLED_FONTS = {"mathcal": "cal", "mathscr": "cal", "cal": "cal", "mathbb": "bb", "mathds": "bb", "mathbbm": "bb"}
_ACCENTS = {
    "hat": "hat",
    "widehat": "hat",
    "bar": "bar",
    "overline": "bar",
    "tilde": "tilde",
    "widetilde": "tilde",
    "dot": "dot",
}
_RELATIONS = {
    "=": "=",
    ":=": ":=",
    r"\equiv": ":=",
    r"\triangleq": ":=",
    r"\coloneqq": ":=",
    r"\coloneq": ":=",
    r"\doteq": ":=",
    r"\leftarrow": "<-",
    r"\gets": "<-",
    r"\longleftarrow": "<-",
    r"\approx": "~",
    r"\simeq": "~",
    r"\propto": "oc",
    r"\neq": "!=",
    r"\ne": "!=",
    "<": "<",
    r"\lt": "<",
    r"\le": "<=",
    r"\leq": "<=",
    r"\leqslant": "<=",
    ">": ">",
    r"\gt": ">",
    r"\ge": ">=",
    r"\geq": ">=",
    r"\geqslant": ">=",
    r"\in": "in",
}
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_PLAIN = {
    "{": ("LB", "{"),
    "}": ("RB", "{"),
    "(": ("OPEN", "("),
    ")": ("CLOSE", "("),
    "[": ("OPEN", "["),
    "]": ("CLOSE", "["),
    r"\lbrack": ("OPEN", "["),
    r"\rbrack": ("CLOSE", "["),
    r"\{": ("OPEN", r"\{"),
    r"\}": ("CLOSE", r"\{"),
    r"\lbrace": ("OPEN", r"\{"),
    r"\rbrace": ("CLOSE", r"\{"),
    r"\langle": ("OPEN", "<"),
    r"\rangle": ("CLOSE", "<"),
    r"\lVert": ("NORM", "|"),
    r"\rVert": ("ENDNORM", "|"),
    r"\|": ("BAR", "|"),
    r"\Vert": ("BAR", "|"),
    "||": ("BAR", "|"),
    "+": ("PLUS", "+"),
    "-": ("MINUS", "-"),
    "*": ("DOT", "*"),
    r"\ast": ("DOT", "*"),
    r"\star": ("STAR", "*"),
    r"\cdot": ("DOT", "cdot"),
    r"\times": ("DOT", "times"),
    r"\odot": ("ELEM", "odot"),
    r"\circ": ("ELEM", "odot"),
    r"\otimes": ("ELEM", "otimes"),
    "/": ("SLASH", "/"),
    "^": ("SUP", "^"),
    "_": ("SUB", "_"),
    "'": ("PRIME", "'"),
    r"\prime": ("PRIME", "'"),
    r"\top": ("TOP", "T"),
    r"\intercal": ("TOP", "T"),
    "&": ("AMP", "&"),
    ",": ("COMMA", ","),
    ";": ("SEMICOLON", ";"),
    ".": ("STOP", "."),
    ":": ("COLON", ":"),
    r"\colon": ("COLON", ":"),
    r"\quad": ("QUAD", ""),
    r"\qquad": ("QUAD", ""),
    r"\frac": ("FRAC", None),
    r"\dfrac": ("FRAC", None),
    r"\tfrac": ("FRAC", None),
    r"\cfrac": ("FRAC", None),
    r"\partial": ("PARTIAL", "partial"),
    r"\nabla": ("NABLA", None),
    r"\sum": ("BIG", "sum"),
    r"\prod": ("BIG", "prod"),
    r"\because": ("REASON", ""),
    r"\therefore": ("REASON", ""),
    r"\underbrace": ("BRACE", None),
    r"\overbrace": ("BRACE", None),
    r"\substack": ("DROPPED", None),
    "...": ("ELLIPSIS", None),
} | {command: ("REL", op) for command, op in _RELATIONS.items()}
_NAMED = (
    {rf"\{name}": ("ELLIPSIS", None) for name in _words("ldots cdots dots vdots ddots dotsc dotsb dotsm dotsi")}
    | {
        rf"\{name}": ("ARROW", "")
        for name in _words("implies Rightarrow iff Leftrightarrow Longrightarrow Longleftrightarrow")
    }
    | {
        rf"\{name}": ("DROPPED", None)
        for name in _words(
            "boxed mathclose mathopen mathbin mathrel mathop mathord mathinner mathpunct cancel ensuremath"
        )
    }
    | {rf"\{name}": ("ACCENT", ("accent", accent)) for name, accent in _ACCENTS.items()}
    | {rf"\{name}": ("SYM", Sym(name)) for name in _GREEK}
    | {rf"\{name}": ("FUNC", Sym(canonical)) for name, canonical in _FUNCTIONS.items()}
)
_COMMANDS: dict[str, tuple[str, Any]] = _PLAIN | _NAMED
#: Typed as a character instead of a command, as keyboards and web pages have it.
_CHARACTERS = {
    "−": "-",
    "·": r"\cdot",
    "⋅": r"\cdot",
    "×": r"\times",
    "⊙": r"\odot",
    "∘": r"\circ",
    "⊗": r"\otimes",
    "∂": r"\partial",
    "∇": r"\nabla",
    "∑": r"\sum",
    "Σ": r"\Sigma",
    "∏": r"\prod",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "≈": r"\approx",
    "∝": r"\propto",
    "≡": r"\equiv",
    "≔": ":=",
    "∈": r"\in",
    "←": r"\gets",
    "⊤": r"\top",
    "′": "'",
    "’": "'",
    "…": r"\dots",
    "⋯": r"\cdots",
    "‖": r"\|",
    "α": r"\alpha",
    "β": r"\beta",
    "γ": r"\gamma",
    "δ": r"\delta",
    "ε": r"\varepsilon",
    "η": r"\eta",
    "θ": r"\theta",
    "λ": r"\lambda",
    "μ": r"\mu",
    "ρ": r"\rho",
    "σ": r"\sigma",
    "τ": r"\tau",
    "φ": r"\varphi",
    "ψ": r"\psi",
    "ω": r"\omega",
    "ℓ": r"\ell",
    "∞": r"\infty",
}
_SPACING = frozenset(
    _words(
        r"\, \; \: \! \> \  \/ \- ~ \displaystyle \textstyle \scriptstyle \scriptscriptstyle \limits \nolimits "
        r"\nonumber \notag \thinspace \medspace \thickspace \enspace \negthinspace \allowbreak \nobreak \relax \hfill "
        r"\strut \mathstrut "
        r"\left \right \big \Big \bigg \Bigg \bigl \bigr \Bigl \Bigr \biggl \biggr \Biggl \Biggr \bigm \Bigm"
    )
) | {"\\ ", "\\\n", "\\\t"}
_DROPPED_WITH_ARGUMENT = frozenset(
    _words(
        r"\label \tag \tag* \hspace \hspace* \vspace \vspace* \phantom \hphantom \vphantom \color \textcolor \mskip "
        r"\eqref"
    )
)
_CASES = frozenset({"cases", "dcases", "rcases", "cases*", "dcases*"})
_GRIDS = frozenset({"array", "aligned", "matrix"})

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<comment>%[^\n]*)|(?P<ellipsis>\.\.\.)|(?P<number>\d+(?:\.\d+)?|\.\d+)"
    r"|(?P<function>(?:log_?softmax|logsumexp|softmax|softplus|sigmoid|diag|tanh|sinh|cosh|relu|ReLU|exp|log|ln|tr)"
    r"(?=\s*(?:\\(?:left|[bB]igg?l?)\s*)?(?:\{\s*\(|\(|\[|\\\{|\\lbrace))"
    r"|(?:log_?softmax|softmax|sigmoid|tanh|exp|log|ln)(?=['^]))"
    r"|(?P<letter>[A-Za-z])"
    r"|(?P<command>\\(?:operatorname|tag|[hv]space)\*|\\[A-Za-z]+|\\[\s\S])|(?P<double>:=|\|\|)|(?P<char>[\s\S])"
)
_WORD = re.compile(r"\s*(?:\{((?:[A-Za-z0-9\s\-]|\\[,;:!_ ])*)\}|([A-Za-z0-9]))")
_SWITCHED = re.compile(r"\s*()([A-Za-z0-9]+)(?=\s*\})")
_ENVIRONMENT = re.compile(r"\s*\{\s*([A-Za-z]+\*?)\s*\}")
_BRACED_GRID = re.compile(r"\\left\s*\\(?:\{|lbrace)\s*\\begin\s*\{(array|aligned|matrix)\}(?:\s*\{[^{}]*\})?")
_DOT_DELIMITER = re.compile(r"\s*\.")
_EDGE = re.compile(r"\\[\s\S]|[{}]")
_ROW_END = re.compile(r"\*?(?:[ \t]*\[\s*-?[\d.]+\s*[a-z]{2}\s*\])?")
_NEGATED = re.compile(r"\s*(=|\\equiv)")
_STACKED_SIGN = re.compile(r"\s*(?:\{\s*(:=|=|\\[a-zA-Z]+|[<>])\s*\}|(:=|=|\\[a-zA-Z]+|[<>]))")
_DEFINES = re.compile(r"(?i)\bdef|triangle|\\Delta|△")
_ENDS_FORMULA_IN_TEXT = re.compile(r"\$|\\\(|\\\)")


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


def _scanned(source: str) -> list[_Piece]:
    if len(source) > MAX_LENGTH:
        raise Unreadable(f"longer than {MAX_LENGTH} characters", MAX_LENGTH, source[MAX_LENGTH : MAX_LENGTH + 10])
    scanner = _Scanner(source)
    scanner.scan(0, len(source))
    return scanner.pieces


class _Scanner:
    """Source -> pieces, from left to right."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.pieces: list[_Piece] = []
        # TeX takes one digit where an argument without braces stands: \frac12, x_12.
        self.single_digits = 0

    def scan(self, start: int, stop: int) -> None:
        """Append the pieces of ``source[start:stop]``."""
        at = start
        while at < stop:
            found = _TOKEN.match(self.source, at, stop)
            assert found is not None and found.lastgroup is not None
            at = self._take(found.lastgroup, found.group(), at, found.end())

    def _add(self, kind: str, value: Any, start: int, end: int) -> int:
        self.pieces.append(_Piece(kind, value, start, end))
        self.single_digits = {"SUB": 1, "SUP": 1, "FRAC": 2, "LB": 0}.get(kind, max(0, self.single_digits - 1))
        return end

    def _take(self, group: str, text: str, start: int, end: int) -> int:
        if group in ("space", "comment"):
            return end
        if group == "number":
            return self._number(text, start, end)
        if group == "letter":
            return self._add("SYM", Sym(text), start, end)
        if group == "function":
            return self._add("FUNC", Sym(_function_name(text) or text), start, end)
        text = _CHARACTERS.get(text, text)
        return self._command(text, start, end)

    def _number(self, text: str, start: int, end: int) -> int:
        if self.single_digits and len(text) > 1 and text[0] != ".":
            text, end = text[0], start + 1
        if len(text) > _MAX_DIGITS:
            raise Unreadable("a number with too many digits", start, text[:10])
        return self._add("NUM", Num(Fraction(text)), start, end)

    def _command(self, text: str, start: int, end: int) -> int:
        special = self._special(text)
        if special is not None:
            return special(text, start, end)
        if text in _SPACING:
            return self._after_sizing(text, start, end)
        kind, value = _COMMANDS.get(text, ("UNKNOWN", text))
        return self._add(kind, value, start, end)

    def _special(self, text: str) -> Callable[[str, int, int], int] | None:
        name = text[1:]
        if text in _DROPPED_WITH_ARGUMENT:
            return self._dropped
        if text[0] != "\\":
            return None
        if name in _TEXT_FONTS:
            return self._text
        if name in _WORD_FONTS or name in _BOLD_FONTS or name in _STYLED_FONTS:
            return self._font
        return {
            r"\begin": self._begin,
            r"\end": self._end,
            r"\\": self._row_end,
            r"\not": self._negation,
            r"\stackrel": self._stacked,
            r"\overset": self._stacked,
            r"\underset": self._stacked,
        }.get(text)

    def _after_sizing(self, text: str, start: int, end: int) -> int:
        r"""Skip spacing and sizes; ``\left.`` and ``\right.`` stand for no bracket at all."""
        if text in (r"\left", r"\right"):
            grid = _BRACED_GRID.match(self.source, start) if text == r"\left" else None
            if grid:
                return self._add("BEGIN", grid.group(1), start, grid.end())
            dot = _DOT_DELIMITER.match(self.source, end)
            return dot.end() if dot else end
        return end

    def _dropped(self, text: str, start: int, end: int) -> int:
        opening = self._opening(end)
        if opening < 0:
            raise Unreadable(f"{text} without its argument", start, text)
        return _brace_end(self.source, opening) + 1

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
        content = self.source[opening + 1 : closing]
        if "$" in content or r"\(" in content:
            self._words_with_formulas(opening + 1, closing)
        elif re.search(r"[\\_^]", content):
            return end
        elif not self._word(text, content.strip(), start, closing + 1):
            self._add("TEXT", content, start, closing + 1)
        return closing + 1

    def _words_with_formulas(self, start: int, stop: int) -> None:
        r"""``\text{if $i = k$}``: words and formulas take turns."""
        at, formula = start, False
        for mark in [*_ENDS_FORMULA_IN_TEXT.finditer(self.source, start, stop), None]:
            until = mark.start() if mark else stop
            if formula:
                self.scan(at, until)
            elif self.source[at:until].strip(" .,;"):
                self._add("TEXT", self.source[at:until], at, until)
            at, formula = (mark.end() if mark else stop), not formula

    def _font(self, text: str, start: int, end: int) -> int:
        name = text[1:]
        found = (_SWITCHED if name in _SWITCHES else _WORD).match(self.source, end)
        if found is None:
            return self._font_of_formula(name, start, end)
        content = re.sub(r"\\[,;:!_ ]", "", found.group(1) or found.group(2) or "").strip()
        if name in _STYLED_FONTS and not content.isdigit():
            return self._add("SYM", Sym(content, "", _STYLED_FONTS[name]), start, found.end())
        if self._word(name, content, start, found.end()):
            return found.end()
        if name in _BOLD_FONTS or not content:
            return end
        return self._add("TEXT", content, start, found.end())

    def _font_of_formula(self, name: str, start: int, end: int) -> int:
        r"""A font over more than a word: ``\mathbf{h_t}`` is read as ``h_t``, ``\mathcal{L}_t`` keeps its style."""
        if name in _STYLED_FONTS and self._opening(end) >= 0:
            return self._add("ACCENT", ("style", _STYLED_FONTS[name]), start, end)
        return end

    def _word(self, font: str, content: str, start: int, end: int) -> bool:
        """Add `content` if it is a number, a letter or the name of a function."""
        function = _function_name(content)
        if content == "1" and font.lstrip("\\") in _ONE_FONTS:
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
        if name is None or name.group(1) not in _CASES:
            piece = self.source[start : name.end() if name else end]
            raise Unreadable(f"the environment {piece} is not read", start, piece)
        return self._add("BEGIN", name.group(1), start, name.end())

    def _end(self, text: str, start: int, end: int) -> int:
        name = _ENVIRONMENT.match(self.source, end)
        if name is None or name.group(1) not in _CASES | _GRIDS:
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

    def _stacked(self, text: str, start: int, end: int) -> int:
        r"""``\stackrel{\text{def}}{=}`` defines; any other mark above or below a relation sign is dropped."""
        opening = self._opening(end)
        closing = _brace_end(self.source, opening) if opening >= 0 else end
        sign = _STACKED_SIGN.match(self.source, closing + 1) if opening >= 0 else None
        relation = _RELATIONS.get((sign.group(1) or sign.group(2)) if sign else "")
        if sign is None or relation is None:
            raise Unreadable(f"{text} over something that is not a relation sign", start, text)
        if relation == "=" and _DEFINES.search(self.source, opening, closing):
            relation = ":="
        return self._add("REL", relation, start, sign.end())


def _function_name(word: str) -> str | None:
    """The function that a word of two letters or more names: ``ReLU`` -> ``relu``."""
    return _FUNCTIONS.get(re.sub(r"[\s_\-]", "", word).lower())


# ------------------------------------------------------------------------------------------------------ brackets

_CLOSING = {"LB": "RB", "OPEN": "CLOSE", "NORM": "ENDNORM", "BEGIN": "END"}
_ENDS = frozenset(_CLOSING.values())
_SINGLES = frozenset(_words("SYM NUM FUNC TEXT REL PLUS MINUS DOT STAR ELEM PRIME TOP"))


def _matched(source: str) -> list[_Piece]:
    r"""The pieces with their mates, without the alignment marks and the wide spaces that separate nothing."""
    kept: list[_Piece] = []
    stack: list[int] = []
    for piece in _scanned(source):
        _resolve_bar(piece, kept, stack)
        if piece.kind in _ENDS:
            opening = _pop_mate(source, piece, kept, stack)
            if _is_single(kept, opening, piece):
                kept[opening:] = [replace(kept[-1], start=kept[opening].start, end=piece.end)]
                continue
            piece.mate, kept[opening].mate = opening, len(kept)
        elif piece.kind in _CLOSING:
            if len(stack) >= MAX_DEPTH:
                raise Unreadable(f"nested deeper than {MAX_DEPTH}", piece.start, source[piece.start : piece.end])
            stack.append(len(kept))
        elif _is_idle(piece, kept, stack):
            continue
        kept.append(piece)
    if stack:
        unclosed = kept[stack[-1]]
        raise Unreadable("this bracket is never closed", unclosed.start, source[unclosed.start : unclosed.end])
    return kept


def _is_single(kept: list[_Piece], opening: int, closing: _Piece) -> bool:
    """Whether braces hold one piece only, which then means the same without them."""
    return closing.kind == "RB" and opening == len(kept) - 2 and kept[-1].kind in _SINGLES


def _resolve_bar(piece: _Piece, kept: list[_Piece], stack: list[int]) -> None:
    if piece.kind == "BAR":
        piece.kind = "ENDNORM" if stack and kept[stack[-1]].kind == "NORM" else "NORM"


def _pop_mate(source: str, piece: _Piece, kept: list[_Piece], stack: list[int]) -> int:
    opening = kept[stack[-1]] if stack else None
    if opening is None or _CLOSING[opening.kind] != piece.kind or opening.value != piece.value:
        raise Unreadable("this bracket closes none that is open", piece.start, source[piece.start : piece.end])
    return stack.pop()


def _is_idle(piece: _Piece, kept: list[_Piece], stack: list[int]) -> bool:
    if piece.kind == "DROPPED":
        return True
    if piece.kind == "AMP":
        return not stack or kept[stack[-1]].kind != "BEGIN"
    return piece.kind == "QUAD" and bool(stack)


# ---------------------------------------------------------------------------------------------------------- rows

_SEPARATORS = frozenset({"COMMA", "SEMICOLON", "QUAD", "ARROW", "REASON"})
_LINKING_WORDS = frozenset(
    _words(
        "and where with for if when while as or so then thus hence since because therefore i.e. ie e.g. such that "
        "subject to also otherwise else but given let is"
    )
)


class _Row:
    """One row, cut at its relation signs and separators."""

    def __init__(self, source: str, pieces: list[_Piece]) -> None:
        self.source = source
        self.pieces = pieces

    def chains(self, start: int, stop: int, remark: bool) -> Iterator[Chain]:
        """The chains of ``pieces[start:stop]``, each followed by the remarks written in it."""
        for begin, end, signs, remarks in self._stretches(start, stop):
            chain = self._chain(begin, end, signs, remark)
            if chain is not None:
                yield chain
            for opening in remarks:
                yield from self.chains(opening + 2, self.pieces[opening].mate, remark=True)

    def _stretches(self, start: int, stop: int) -> Iterator[tuple[int, int, list[int], list[int]]]:
        """Begin, end, relation signs and remarks of each chain."""
        begin, at = start, start
        signs: list[int] = []
        remarks: list[int] = []
        while at < stop:
            piece = self.pieces[at]
            if piece.kind == "REL":
                signs.append(at)
            elif self._separates(piece):
                yield begin, at, signs, remarks
                begin, signs, remarks = at + 1, [], []
            elif _is_remark(self.pieces, at):
                remarks.append(at)
            at = piece.mate + 1 if piece.mate > at else at + 1
        yield begin, stop, signs, remarks

    def _separates(self, piece: _Piece) -> bool:
        if piece.kind != "TEXT":
            return piece.kind in _SEPARATORS
        words = piece.value.lower().strip(" .,;:").split()
        spaced = piece.value[:1].isspace() and piece.value[-1:].isspace()
        return spaced or len(words) != 1 or words[0] in _LINKING_WORDS

    def _chain(self, begin: int, end: int, signs: list[int], remark: bool) -> Chain | None:
        if remark and not signs:
            return None
        edges = [begin - 1, *signs, end]
        ranges = [_trimmed(self.pieces, a + 1, b) for a, b in pairwise(edges)]
        if not signs and ranges[0][0] >= ranges[0][1]:
            return None
        sides = [self._side(n, a, b, signs) for n, (a, b) in enumerate(ranges)]
        return Chain(
            tuple(sides),
            tuple(self.pieces[sign].value for sign in signs),
            tuple(self._span(a, b, signs) for a, b in ranges),
            "remark" if remark else "relation" if signs else "expression",
        )

    def _side(self, number: int, start: int, stop: int, signs: list[int]) -> Term | None:
        if start < stop:
            return _read_range(self.source, self.pieces, start, stop)
        if number == 0:
            return None
        sign = self.pieces[signs[number - 1]]
        raise Unreadable("nothing stands behind this sign", sign.start, self.source[sign.start : sign.end])

    def _span(self, start: int, stop: int, signs: list[int]) -> tuple[int, int]:
        if start < stop:
            return self.pieces[start].start, self.pieces[stop - 1].end
        return self.pieces[signs[0]].start, self.pieces[signs[0]].start


def _is_remark(pieces: list[_Piece], at: int) -> bool:
    return pieces[at].kind in ("OPEN", "LB") and pieces[at + 1].kind == "REASON"


def _trimmed(pieces: list[_Piece], start: int, stop: int) -> tuple[int, int]:
    """The range without punctuation and remarks at its end, and without line ends at either end."""
    while start < stop and pieces[start].kind in ("ROW", "QUAD"):
        start += 1
    while start < stop:
        last = stop - 1
        if pieces[last].kind in ("STOP", "COMMA", "SEMICOLON", "ROW", "QUAD"):
            stop = last
        elif start <= pieces[last].mate < last and _is_remark(pieces, pieces[last].mate):
            stop = pieces[last].mate
        else:
            break
    return start, stop


# -------------------------------------------------------------------------------------------------------- tokens

_STARTS_FACTOR = frozenset(
    _words("SYM NUM LB OPEN FUNC FRAC ACCENT BIG TEXT PARTIAL NABLA BEGIN NORM ELLIPSIS BRACE UNKNOWN")
)
#: What may stand behind a function that is only named: ``f = \tanh``.
_LEAVES_FUNCTION_ALONE = frozenset(_words("RB CLOSE END ENDNORM REL COMMA ELEM ROW AMP STOP SEMICOLON"))
_NEGATIVE_WORDS = frozenset({"or", "not", "unless", "except", "nor", "neither"})
#: Tokens that the grammar needs and the actions do not see; their names begin with an underscore in the grammar.
_SILENT = frozenset(_words("LB RB OPEN ARGS CLOSE COMMA SLASH NORM ENDNORM NABLA FRAC CASES ENDCASES BRANCH"))


class _Jump(NamedTuple):
    """At piece `at` emit `types` and go on at piece `target`."""

    at: int
    types: tuple[str, ...]
    target: int


class _Translator:
    """The pieces of one expression -> the tokens of the grammar.

    Arguments always get braces, so that the grammar needs one form only. Work that waits for the end of an argument
    lies on a stack of jumps; nothing here calls itself once for each level of brackets.
    """

    def __init__(self, source: str, pieces: list[_Piece], start: int, stop: int) -> None:
        from lark import Token

        self.token = Token
        self.source = source
        self.pieces = pieces
        self.start = start
        self.stop = stop
        self.out: list[Token] = []
        self.jumps: list[_Jump] = []
        self.roles: dict[int, str] = {}

    def tokens(self) -> list[Token]:
        """All tokens of the expression."""
        at = self.start
        while at < self.stop or self.jumps:
            landing = bool(self.jumps) and self.jumps[-1].at == at
            at = self._land(self.jumps.pop()) if landing else self._step(at)
        return self.out

    def _land(self, jump: _Jump) -> int:
        for type_ in jump.types:
            self._emit_at(type_, None, min(jump.at, len(self.pieces) - 1))
        return jump.target

    def _emit_at(self, type_: str, value: Any, at: int) -> None:
        piece = self.pieces[at]
        type_ = f"_{type_}" if type_ in _SILENT else type_
        token = self.token(type_, self.source[piece.start : piece.end], piece.start, end_pos=piece.end)
        token.value = value
        self.out.append(token)

    def _emit(self, type_: str, value: Any, at: int) -> int:
        self._emit_at(type_, value, at)
        return at + 1

    def _kind(self, at: int) -> str:
        """The kind of the piece at `at`; empty where the expression, or the argument being emitted, has ended."""
        limit = self.jumps[-1].at if self.jumps else self.stop
        return self.pieces[at].kind if self.start <= at < limit else ""

    def _step(self, at: int) -> int:
        piece = self.pieces[at]
        role = self.roles.get(at)
        if role is not None:
            return self._in_role(role, at)
        if _is_remark(self.pieces, at):
            return piece.mate + 1
        if piece.kind in ("SYM", "ACCENT", "LB"):
            self._note_dependence(at)
        special: dict[str, Callable[[int], int]] = {
            "SUB": self._subscript,
            "SUP": self._superscript,
            "FRAC": self._fraction,
            "FUNC": self._function,
            "SYM": self._symbol,
            "BIG": self._big,
            "NABLA": self._nabla,
            "ACCENT": self._accent,
            "BRACE": self._brace,
            "BEGIN": self._cases,
            "PARTIAL": self._partial,
            "PRIME": self._primes,
            "LB": self._left_brace,
            "OPEN": self._open,
            "TEXT": self._text,
            "UNKNOWN": self._unknown,
        }
        method = special.get(piece.kind)
        return method(at) if method else self._plain(at)

    def _in_role(self, role: str, at: int) -> int:
        if role in ("BSUB", "BSUP"):
            self._emit(role, None, at)
            return self._arguments(at + 1, 1)
        if role == "SKIP":
            return at + 1
        return self._emit(role, {"PARTIAL": "d", "MARK": self.pieces[at].value}.get(role), at)

    def _plain(self, at: int) -> int:
        piece = self.pieces[at]
        if piece.kind == "QUAD":
            return at + 1
        if piece.kind in ("COLON", "ROW") and self.jumps:
            return self._emit("COMMA", None, at)
        if piece.kind in ("NUM", "ELLIPSIS"):
            return self._emit("SYM", piece.value or Ellipsis(), at)
        return self._emit(piece.kind, piece.value, at)

    def _unknown(self, at: int) -> int:
        piece = self.pieces[at]
        text = self.source[piece.start : piece.end]
        what = "unknown command" if text.startswith("\\") else "unknown character"
        raise Unreadable(f"{what} {text}", piece.start, text)

    # -- arguments

    def _unit_end(self, at: int, depth: int = 0) -> int:
        """The end of the argument that TeX would take at `at`: a braced group or one symbol."""
        kind = self._kind(at)
        if kind in ("LB", "BEGIN"):
            return self.pieces[at].mate + 1
        if depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH}", self.pieces[at].start, self._text_of(at))
        if kind == "FRAC":
            return self._unit_end(self._unit_end(at + 1, depth + 1), depth + 1)
        if kind in ("ACCENT", "BRACE"):
            return self._unit_end(at + 1, depth + 1)
        if kind in ("OPEN", "NORM"):
            raise Unreadable(
                "an argument that begins with a bracket needs braces", self.pieces[at].start, self._text_of(at)
            )
        if not kind or kind in _ENDS:
            before = self.pieces[at - 1]
            raise Unreadable("an argument is missing here", before.end, self._text_of(at - 1))
        return at + 1

    def _text_of(self, at: int) -> str:
        return self.source[self.pieces[at].start : self.pieces[at].end]

    def _unit(self, at: int) -> tuple[int, int, int]:
        """Start and stop of the content of the argument at `at`, and where the source goes on."""
        end = self._unit_end(at)
        return (at + 1, end - 1, end) if self._kind(at) == "LB" else (at, end, end)

    def _inner(self, start: int, stop: int) -> tuple[int, int]:
        """A content without braces around all of it."""
        while start < stop and self._kind(start) == "LB" and self.pieces[start].mate == stop - 1:
            start, stop = start + 1, stop - 1
        return start, stop

    def _arguments(self, at: int, count: int) -> int:
        """Emit the next `count` arguments, each in braces; returns where to go on."""
        ranges = []
        for _ in range(count):
            start, stop, at = self._unit(at)
            ranges.append(self._inner(start, stop))
        return self._ranges(ranges, at)

    def _ranges(self, ranges: list[tuple[int, int]], target: int) -> int:
        self.jumps.append(_Jump(ranges[-1][1], ("RB",), target))
        for (_, stop), (start, _) in reversed(list(pairwise(ranges))):
            self.jumps.append(_Jump(stop, ("RB", "LB"), start))
        self._emit_at("LB", None, ranges[0][0])
        return ranges[0][0]

    def _skip_scripts(self, at: int) -> int:
        while self._kind(at) in ("SUB", "SUP", "PRIME"):
            at = at + 1 if self._kind(at) == "PRIME" else self._unit_end(at + 1)
        return at

    def _factor_end(self, at: int) -> int:
        if self._kind(at) in ("OPEN", "NORM"):
            return self._skip_scripts(self.pieces[at].mate + 1)
        end = self._skip_scripts(self._unit_end(at))
        dependent = self._letter_end(at) == end and self._list_separators(end)
        return self._skip_scripts(self.pieces[end].mate + 1) if dependent else end

    # -- scripts

    def _subscript(self, at: int) -> int:
        self._emit("SUB", None, at)
        return self._arguments(at + 1, 1)

    def _primes(self, at: int) -> int:
        end = at
        while self._kind(end) == "PRIME":
            end += 1
        self._emit("MARK", "'" * (end - at), at)
        return end

    def _superscript(self, at: int) -> int:
        start, stop, end = self._unit(at + 1)
        start, stop = self._inner(start, stop)
        index_end = self._index_end(start, stop)
        if start == stop or not self._only_marks(index_end, stop):
            self._emit("POW", None, at)
            return self._arguments(at + 1, 1)
        self.jumps.append(_Jump(stop, (), end))
        if index_end == start:
            return start
        self._emit("SUPIDX", None, at)
        return self._ranges([(start + 1, index_end - 1)], index_end)

    def _index_end(self, start: int, stop: int) -> int:
        """Where an index in brackets ends that a superscript begins with; `start` if there is none."""
        piece = self.pieces[start] if start < stop else None
        if piece is not None and piece.kind == "OPEN" and piece.value in "([<":
            return piece.mate + 1
        if piece is not None and piece.kind == "REL" and piece.value == "<":
            signs = (n for n in range(start + 1, stop) if self._kind(n) == "REL" and self.pieces[n].value == ">")
            return next(signs, start - 1) + 1
        return start

    def _only_marks(self, start: int, stop: int) -> bool:
        """Whether these pieces are marks (the last perhaps a transpose); if so, their roles are noted."""
        roles = {}
        for at in range(start, stop):
            piece = self.pieces[at]
            if at == stop - 1 and (piece.kind == "TOP" or piece.value == Sym("T")):
                roles[at] = "TRANSPOSE"
            elif piece.kind in ("PLUS", "STAR") or piece.value == "*":
                roles[at] = "MARK"
            elif piece.kind != "PRIME":
                return False
        self.roles |= roles
        return True

    # -- what a quantity depends on

    def _note_dependence(self, at: int) -> None:
        r"""Note that the brackets behind the letter at `at` list what it depends on: ``E_t(y_t, \hat{y}_t)``."""
        opening = self._letter_end(at)
        separators = self._list_separators(opening) if opening is not None else []
        if opening is not None and separators:
            self._check_single_letter(at, separators[0])
            self.roles |= dict.fromkeys(separators, "COMMA")
            self.roles[opening] = "ARGS"

    def _letter_end(self, at: int) -> int | None:
        """The end of the letter at `at` with its scripts; None if no single letter stands there."""
        if self._kind(at) == "LB":
            start, stop = self._inner(at, self.pieces[at].mate + 1)
            inside = start < stop and self._kind(start) in ("SYM", "ACCENT", "LB") and self._letter_end(start) == stop
            return self._skip_scripts(self.pieces[at].mate + 1) if inside else None
        if self._kind(at) == "SYM":
            return None if self._is_indicator(self.pieces[at].value) else self._skip_scripts(at + 1)
        return self._skip_scripts(self._unit_end(at)) if self._kind(at) == "ACCENT" else None

    def _list_separators(self, opening: int) -> list[int]:
        """The commas and semicolons in the round brackets at `opening` that are in no brackets further in."""
        if self._kind(opening) != "OPEN" or self.pieces[opening].value != "(" or _is_remark(self.pieces, opening):
            return []
        own = self._own_level(opening + 1, self.pieces[opening].mate)
        return [at for at in own if self._kind(at) in ("COMMA", "SEMICOLON")]

    def _check_single_letter(self, at: int, comma: int) -> None:
        """Letters without space between them are a word here: ``max(a, b)`` is a function that is not read."""
        start = self.pieces[at].start
        before = self.out[-1] if self.out else None
        if before is not None and before.type == "SYM" and before.end_pos == start and self.source[start].isalpha():
            raise _several_arguments(self.pieces[comma].start, self._text_of(comma))

    # -- what a single piece means

    def _symbol(self, at: int) -> int:
        value = self.pieces[at].value
        if self._is_indicator(value) and self._condition(at + 1) is not None:
            return self._indicator(at)
        if value in _APPLIED_LETTERS and self._opens_argument(self._skip_scripts(at + 1)):
            return self._emit("CALL", value, at)
        if value == Sym("d") and self._slash_of_differential(at) is not None:
            return self._differential(at)
        return self._emit("SYM", value, at)

    def _text(self, at: int) -> int:
        words = self.pieces[at].value.strip()
        return self._emit("SYM", Sym(re.sub(r"\s+", " ", words), "", "text"), at)

    def _function(self, at: int) -> int:
        value = self.pieces[at].value
        behind = self._skip_scripts(at + 1)
        if self._opens_argument(behind):
            return self._emit("CALL", value, at)
        alone = not self._kind(behind) or self._kind(behind) in _LEAVES_FUNCTION_ALONE
        return self._emit("SYM" if alone else "PREFIX", value, at)

    def _opens_argument(self, at: int) -> bool:
        """Whether an opening bracket stands at `at`, perhaps in braces: ``\\sigma{(x)}``."""
        if self._kind(at) == "LB":
            start, stop = self._inner(at, self.pieces[at].mate + 1)
            return self._kind(start) == "OPEN" and self.pieces[start].mate == stop - 1
        return self._kind(at) == "OPEN" and not _is_remark(self.pieces, at) and self.roles.get(at) != "ARGS"

    def _left_brace(self, at: int) -> int:
        mate = self.pieces[at].mate
        return mate + 1 if mate == at + 1 else self._emit("LB", None, at)

    def _open(self, at: int) -> int:
        if self.pieces[at].value == "<":
            raise Unreadable("angle brackets are read in superscripts only", self.pieces[at].start, self._text_of(at))
        return self._emit("OPEN", None, at)

    def _accent(self, at: int) -> int:
        self._emit("ACCENT", self.pieces[at].value, at)
        return self._arguments(at + 1, 1)

    def _brace(self, at: int) -> int:
        r"""``\underbrace{x}_{words}`` is x."""
        end = self._unit_end(at + 1)
        behind = self._unit_end(end + 1) if self._kind(end) in ("SUB", "SUP") else end
        self.jumps.append(_Jump(end, (), behind))
        return at + 1

    def _big(self, at: int) -> int:
        self._emit("BIG", self.pieces[at].value, at)
        script = at + 1
        while self._kind(script) in ("SUB", "SUP"):
            self.roles[script] = "BSUB" if self._kind(script) == "SUB" else "BSUP"
            script = self._unit_end(script + 1)
        return at + 1

    def _nabla(self, at: int) -> int:
        if self._kind(at + 1) != "SUB":
            raise Unreadable(r"\nabla without a subscript", self.pieces[at].start, self._text_of(at))
        self._emit("NABLA", None, at)
        return self._arguments(at + 2, 1)

    # -- indicators

    def _is_indicator(self, value: Term) -> bool:
        return isinstance(value, Sym) and value.style == "bb" and value.name in ("1", "I")

    def _condition(self, at: int) -> tuple[int, int, int] | None:
        """Start, stop and end of the condition in the brackets or the subscript at `at`, if it is one."""
        if self._kind(at) == "SUB":
            start, stop, end = self._unit(at + 1)
        elif self._kind(at) in ("OPEN", "LB"):
            start, stop, end = at, self.pieces[at].mate + 1, self.pieces[at].mate + 1
        else:
            return None
        while start < stop and self._kind(start) in ("LB", "OPEN") and self.pieces[start].mate == stop - 1:
            start, stop = start + 1, stop - 1
        return (start, stop, end) if self._has_relation(start, stop) else None

    def _has_relation(self, start: int, stop: int) -> bool:
        at = start
        while at < stop:
            if self._kind(at) == "REL":
                return True
            at = max(at, self.pieces[at].mate) + 1
        return False

    def _indicator(self, at: int) -> int:
        condition = self._condition(at + 1)
        assert condition is not None
        self._emit("INDICATOR", None, at)
        return self._ranges([condition[:2]], condition[2])

    # -- fractions and derivatives

    def _fraction(self, at: int) -> int:
        start, stop, middle = self._unit(at + 1)
        start_below, stop_below, end = self._unit(middle)
        above, below = self._inner(start, stop), self._inner(start_below, stop_below)
        sign = self._derivative_sign(above, below)
        if not sign:
            self._emit("FRAC", None, at)
            return self._ranges([(start, stop), (start_below, stop_below)], end)
        return self._derivative(at, sign, above, below, end)

    def _derivative_sign(self, above: tuple[int, int], below: tuple[int, int]) -> str:
        if above[0] == above[1] or below[0] == below[1]:
            return ""
        if self._kind(above[0]) == self._kind(below[0]) == "PARTIAL":
            return "partial+" if self._explicit_end(above[0]) > above[0] + 1 else "partial"
        return "d" if self._is_d(above, alone=True) and self._is_d(below, alone=False) else ""

    def _is_d(self, content: tuple[int, int], alone: bool) -> bool:
        """Whether a content begins with the d of a differential; `alone` if it may be all of it."""
        start, stop = content
        if self.pieces[start].value != Sym("d"):
            return False
        return alone if start + 1 == stop else self._kind(start + 1) in _STARTS_FACTOR

    def _derivative(self, at: int, sign: str, above: tuple[int, int], below: tuple[int, int], end: int) -> int:
        numerator = self._explicit_end(above[0]), above[1]
        denominator = below[0] + 1, below[1]
        if self._kind(numerator[0]) == "SUP" and numerator[0] < numerator[1]:
            raise Unreadable("a derivative of higher order", self.pieces[at].start, self._text_of(at))
        self._emit("DERIV" if numerator[0] < numerator[1] else "DOP", sign, at)
        ranges = [numerator, denominator] if numerator[0] < numerator[1] else [denominator]
        return self._ranges(ranges, end)

    def _explicit_end(self, at: int) -> int:
        r"""Where ``\partial^+`` ends that begins at `at`; ``at + 1`` without the plus."""
        if self._kind(at) == "PARTIAL" and self._kind(at + 1) == "SUP":
            start, stop, end = self._unit(at + 2)
            if stop == start + 1 and self._kind(start) == "PLUS":
                return end
        return at + 1

    def _partial(self, at: int) -> int:
        end = self._explicit_end(at)
        self._emit("PARTIAL", "partial+" if end > at + 1 else "partial", at)
        return end

    def _slash_of_differential(self, at: int) -> int | None:
        """The slash of ``dL/dW`` or ``d/dW`` whose first d stands at `at`."""
        slash = at + 1
        if self._kind(slash) in _STARTS_FACTOR:
            slash = self._factor_end(slash)
        found = self._kind(slash) == "SLASH" and self._kind(slash + 1) == "SYM"
        if not found or self.pieces[slash + 1].value != Sym("d"):
            return None
        return slash if self._kind(slash + 2) in _STARTS_FACTOR else None

    def _differential(self, at: int) -> int:
        slash = self._slash_of_differential(at)
        assert slash is not None
        self.roles[slash + 1] = "PARTIAL"
        return self._emit("PARTIAL", "d", at)

    # -- cases

    def _cases(self, at: int) -> int:
        mate = self.pieces[at].mate
        self._emit("CASES", None, at)
        branches = [self._branch(start, stop) for start, stop in self._case_rows(at + 1, mate)]
        if not branches:
            raise Unreadable("cases without a case", self.pieces[at].start, self._text_of(at))
        ends = [("BRANCH",)] * (len(branches) - 1) + [("ENDCASES",)]
        targets = [branch[0][0] for branch in branches[1:]] + [mate + 1]
        for (value, condition), types, target in reversed(list(zip(branches, ends, targets, strict=True))):
            self.jumps.append(_Jump(condition[1], types, target))
            self.jumps.append(_Jump(value[1], ("WHEN",), condition[0]))
        self._emit_at("BRANCH", None, branches[0][0][0])
        return branches[0][0][0]

    def _case_rows(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The rows of a ``cases`` environment that hold anything."""
        at = begin = start
        while at <= stop:
            if at == stop or self._kind(at) == "ROW":
                if begin < at:
                    yield begin, at
                begin = at + 1
            at = max(at, self.pieces[at].mate) + 1

    def _branch(self, start: int, stop: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """The ranges of a value and of its condition."""
        own = self._own_level(start, stop)
        cut = next((at for at in own if self._kind(at) == "AMP"), None)
        if cut is None:
            cut = next((at for at in own if self._kind(at) == "TEXT"), None)
        if cut is None:
            raise Unreadable("a case without a condition", self.pieces[start].start, self._text_of(start))
        value = _trimmed(self.pieces, start, cut)
        condition = self._case_condition([at for at in own if at >= cut], cut, stop)
        return value, condition

    def _own_level(self, start: int, stop: int) -> list[int]:
        own, at = [], start
        while at < stop:
            own.append(at)
            at = max(at, self.pieces[at].mate) + 1
        return own

    def _case_condition(self, own: list[int], start: int, stop: int) -> tuple[int, int]:
        """The condition without its words; empty for *otherwise*."""
        words = [at for at in own if self._kind(at) == "TEXT"]
        said = [word for at in words for word in re.findall(r"[a-z]+", self.pieces[at].value.lower())]
        start = start + 1 if self._kind(start) == "AMP" else start
        idle = {at for at in own if self._kind(at) in ("TEXT", "STOP", "SEMICOLON", "QUAD")}
        formula = [at for at in own if at >= start and at not in idle and self._kind(at) != "COMMA"]
        first = self.pieces[min(start, stop - 1)]
        if _NEGATIVE_WORDS & set(said) or (formula and "otherwise" in said):
            raise Unreadable("a condition with these words is not read", first.start, " ".join(said))
        if formula:
            self._drop_words(words, formula, idle)
            return formula[0], max(self.pieces[formula[-1]].mate, formula[-1]) + 1
        if not {"otherwise", "else"} & set(said):
            raise Unreadable("a condition in words only", first.start, " ".join(said))
        return start, start

    def _drop_words(self, words: list[int], formula: list[int], idle: set[int]) -> None:
        r"""Between two formulas ``\text{and}`` is read as a comma, other words as nothing."""
        self.roles |= dict.fromkeys(idle, "SKIP")
        for at in words:
            if formula[0] < at < formula[-1] and "and" in self.pieces[at].value.lower().split():
                self.roles[at] = "COMMA"


# --------------------------------------------------------------------------------------------------------- terms


def _value(token: Token) -> Any:
    return token.value


def _unreadable_at(token: Token, message: str) -> Unreadable:
    return Unreadable(message, token.start_pos or 0, str(token))


class _Script(NamedTuple):
    """A subscript, superscript or mark on its way to its base."""

    kind: str
    terms: tuple[Term, ...]
    mark: str
    token: Token


class _Bound(NamedTuple):
    """What stands below (a list of chains) or above (one term) a sum sign."""

    below: tuple[_Links, ...]
    above: Term | None


class _Links(NamedTuple):
    """``a`` or ``a < b <= c``."""

    terms: tuple[Term, ...]
    signs: tuple[str, ...]

    def comparisons(self, token: Token) -> tuple[Compare, ...]:
        """The two-sided comparisons that the links consist of."""
        for sign in self.signs:
            if sign not in _COMPARISONS:
                raise _unreadable_at(token, f"a condition with {sign}, which is no comparison")
        pairs = zip(self.signs, self.terms, self.terms[1:], strict=False)
        return tuple(Compare(sign, left, right) for sign, left, right in pairs)


class _Loop(NamedTuple):
    """One index of a sum or product."""

    letter: Term
    lower: Term | None
    conditions: tuple[Compare, ...]


def _scripted(base: Term, scripts: list[_Script]) -> Term:
    """`base` with its scripts: subscripts first, then indices in brackets, then marks and powers as written."""
    _check_doubles(scripts)
    order = {"SUB": 0, "SUPIDX": 1}
    for script in sorted(scripts, key=lambda script: order.get(script.kind, 2)):
        base = _with_script(base, script)
    return base


def _check_doubles(scripts: list[_Script]) -> None:
    for kind, name in (("SUB", "subscripts"), ("POW", "powers")):
        same = [script for script in scripts if script.kind == kind]
        if len(same) > 1:
            raise _unreadable_at(same[1].token, f"two {name} at one letter")


def _with_script(base: Term, script: _Script) -> Term:
    if script.kind == "SUB":
        return Sub(base, script.terms)
    if script.kind == "SUPIDX":
        return Sup(base, script.terms) if _takes_index(base, script.terms) else Pow(base, script.terms[0])
    if script.kind == "POW":
        return Pow(base, script.terms[0])
    return Transpose(base) if script.kind == "TRANSPOSE" else Mark(base, script.mark)


def _takes_index(base: Term, terms: tuple[Term, ...]) -> bool:
    """``e^{(z_i)}`` and ``2^{(n)}`` are powers, ``h^{(t)}`` has an index."""
    if len(terms) > 1 or (not isinstance(base, Num) and base != Sym("e")):
        return True
    parts = terms[0].terms if isinstance(terms[0], Add) else terms
    plain = (part.term if isinstance(part, Neg) else part for part in parts)
    return base == Sym("e") and all(isinstance(part, (Sym, Num)) for part in plain)


def _changed_letter(term: Term, change: Callable[[Sym], Sym], token: Token) -> Term:
    """`term` with the letter changed that its scripts hang on."""
    layers: list[Any] = []
    while isinstance(term, (Sub, Sup, Pow, Mark, Transpose)):
        layers.append(term)
        term = term.base
    if not isinstance(term, Sym):
        raise _unreadable_at(token, "an accent over more than one letter")
    term = change(term)
    for layer in reversed(layers):
        term = replace(layer, base=term)
    return term


def _accented(letter: Sym, accent: str, token: Token) -> Sym:
    if letter.accent:
        raise _unreadable_at(token, "two accents over one letter")
    return replace(letter, accent=accent)


def _folded(parts: tuple[Any, ...], build: Callable[[tuple[Term, ...], str], Term]) -> Term:
    """``[a, sign, b, sign, c]`` from the left, with equal signs in a row as one node."""
    run: list[Term] = [parts[0]]
    sign = ""
    for token, operand in zip(parts[1::2], parts[2::2], strict=True):
        name = token.value
        if sign and name != sign:
            run = [build(tuple(run), sign)]
        run.append(operand)
        sign = name
    return build(tuple(run), sign) if sign else run[0]


def _elementwise(factors: tuple[Term, ...], sign: str) -> Term:
    return Hadamard(factors) if sign == "odot" else Outer(factors)


def _product(factors: tuple[Term, ...], sign: str) -> Term:
    return Mul(factors, "cdot" if sign == "cdot" else "times")


def _is_letter(term: Term) -> bool:
    while isinstance(term, (Mark, Sub)):
        term = term.base
    return isinstance(term, Sym)


def _loops(items: tuple[_Links, ...], token: Token) -> list[_Loop]:
    """The indices that the list below a sum sign binds, outermost first."""
    alone = [item.terms[0] for item in items if not item.signs]
    bound = [item for item in items if item.signs == ("=",) and _is_letter(item.terms[0])]
    conditions = tuple(c for item in items if item.signs and item not in bound for c in item.comparisons(token))
    if not all(_is_letter(term) for term in alone):
        raise _unreadable_at(token, "a sum or product whose index is not a letter")
    # In "i, j = 1" the bound is meant for both letters.
    shared = bound[0].terms[1] if bound else None
    loops = [_Loop(letter, shared, ()) for letter in alone]
    loops += [_Loop(item.terms[0], item.terms[1], ()) for item in bound]
    if not loops:
        loops = [_Loop(_conditional_index(items, token), None, ())]
    return [*loops[:-1], loops[-1]._replace(conditions=conditions)]


def _conditional_index(items: tuple[_Links, ...], token: Token) -> Term:
    """The index of a sum that is bound by conditions only: the middle of three, else the first letter."""
    for item in items:
        candidates = item.terms[1:2] if len(item.terms) == 3 else item.terms[:2]
        for term in candidates:
            if _is_letter(term):
                return term
    raise _unreadable_at(token, "a sum or product without an index")


def _conditions(items: tuple[_Links, ...], token: Token) -> tuple[Compare, ...]:
    if not all(item.signs for item in items):
        raise _unreadable_at(token, "a condition that is not a comparison")
    return tuple(comparison for item in items for comparison in item.comparisons(token))


def _names_norm(script: _Script) -> bool:
    """Whether this is the 2 of a Euclidean norm or the F of a Frobenius norm."""
    if script.kind != "SUB":
        return False
    if script.terms in ((Num(Fraction(2)),), (Sym("F"),)):
        return True
    raise _unreadable_at(script.token, "a norm that is not Euclidean")


class _Builder:
    """The actions of the grammar, called while it is parsed. Each method is named after its rule or alias."""

    def start(self, term: Term) -> Term:
        return term

    def leaf(self, token: Token) -> Term:
        term: Term = _value(token)
        return term

    def plain(self, _: Token, term: Term) -> Term:
        return term

    def sum(self, *parts: Any) -> Term:
        signs = ["+", *(token.value for token in parts[1::2])]
        return Add(tuple(Neg(t) if sign == "-" else t for sign, t in zip(signs, parts[::2], strict=True)))

    def negative(self, _: Token, term: Term) -> Term:
        return Neg(term)

    def elem_c(self, *parts: Any) -> Term:
        return _folded(parts, _elementwise)

    elem_o = elem_c

    def dot_c(self, *parts: Any) -> Term:
        return _folded(parts, _product)

    dot_o = dot_c

    def jux_c(self, *factors: Term) -> Term:
        return Mul(factors)

    jux_o = jux_c

    def quotient(self, above: Term, below: Term) -> Term:
        return Frac(above, below)

    fraction = quotient

    def operator(self, *parts: Any) -> tuple[str, Term]:
        return parts[0].value, parts[-1]

    def operated(self, operator: tuple[str, Term], operand: Term) -> Term:
        return Deriv(operand, operator[1], operator[0], True)

    def slashed(self, sign: Token, above: Term, _: Token, below: Term) -> Term:
        return Deriv(above, below, _value(sign))

    def derivative(self, sign: Token, above: Term, below: Term) -> Term:
        return Deriv(above, below, _value(sign))

    def nabla(self, below: Term, operand: Term) -> Term:
        return Deriv(operand, below, "nabla", True)

    def scripted(self, base: Term, *scripts: _Script) -> Term:
        if isinstance(base, Norm):
            scripts = tuple(script for script in scripts if not _names_norm(script))
        return _scripted(base, list(scripts))

    def script(self, token: Token, *terms: Term) -> _Script:
        return _Script(token.type, terms, _value(token) or "", token)

    def head(self, name: Token, *scripts: _Script) -> tuple[Term, list[_Script]]:
        """A function, and the powers written on it that are meant for its value."""
        outer = [script for script in scripts if script.kind in ("POW", "TRANSPOSE")]
        if any(script.kind == "POW" and isinstance(script.terms[0], Neg) for script in outer):
            raise _unreadable_at(name, "a negative power of a function may be its inverse")
        return _scripted(_value(name), [script for script in scripts if script not in outer]), outer

    def called(self, head: tuple[Term, list[_Script]], argument: Term) -> Term:
        return _scripted(Apply(head[0], argument), head[1])

    prefixed = called

    def accented(self, token: Token, term: Term) -> Term:
        field, value = _value(token)
        if field == "style":
            return _changed_letter(term, lambda letter: replace(letter, style=value), token)
        return _changed_letter(term, lambda letter: _accented(letter, value, token), token)

    def given(self, base: Term, *arguments: Term) -> Term:
        return Given(base, arguments)

    def norm(self, term: Term) -> Term:
        return Norm(term)

    def chain(self, first: Term, *rest: Any) -> _Links:
        return _Links((first, *rest[1::2]), tuple(token.value for token in rest[::2]))

    def relation_list(self, *items: _Links) -> tuple[_Links, ...]:
        return items

    def indicator(self, token: Token, items: tuple[_Links, ...]) -> Term:
        comparisons = _conditions(items, token)
        if len(comparisons) != 1:
            raise _unreadable_at(token, "an indicator of more than one condition")
        return Indicator(comparisons[0])

    def branch(self, value: Term, when: Token, items: tuple[_Links, ...] = ()) -> Any:
        return value, _conditions(items, when)

    def cases(self, *branches: Any) -> Term:
        return Cases(branches)

    def bound(self, token: Token, content: Any) -> _Bound:
        return _Bound(content, None) if token.type == "BSUB" else _Bound((), content)

    def bounds(self, token: Token, *bounds: _Bound) -> tuple[str, list[_Loop], Term | None]:
        items = tuple(item for bound in bounds for item in bound.below)
        uppers = [bound.above for bound in bounds if bound.above is not None]
        if len(uppers) > 1:
            raise _unreadable_at(token, "a sum or product with two upper bounds")
        return _value(token), _loops(items, token), uppers[0] if uppers else None

    def big(self, head: tuple[str, list[_Loop], Term | None], *body: Any) -> Term:
        kind, loops, upper = head
        term: Term = Elided() if not body else body[0] if len(body) == 1 else Neg(body[1])
        for loop in reversed(loops):
            term = Big(kind, loop.letter, loop.lower, upper, loop.conditions, term)
        return term


# ------------------------------------------------------------------------------------------------------- parsing


@cache
def _parser() -> Lark:
    """The parser, made when the first formula is read."""
    from lark import Lark
    from lark.lexer import Lexer

    class Handed(Lexer):
        """The tokens come ready-made from the translator."""

        __future_interface__ = 1

        def __init__(self, lexer_conf: Any) -> None:
            """Nothing in the configuration matters here."""

        def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:
            return iter(lexer_state.text)

    grammar = files(__package__).joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer=Handed, transformer=_actions())


def _actions() -> Any:
    """The builder as lark wants it: each action takes the list of its children."""
    from types import SimpleNamespace

    builder = _Builder()

    def spread(action: Callable[..., Any]) -> Callable[[list[Any]], Any]:
        return lambda parts: action(*parts)

    names = [name for name in vars(_Builder) if not name.startswith("_")]
    return SimpleNamespace(**{name: spread(getattr(builder, name)) for name in names})


def _read_range(source: str, pieces: list[_Piece], start: int, stop: int) -> Term:
    from lark import UnexpectedToken

    if start >= stop:
        raise Unreadable("there is no formula", 0, "")
    tokens = _Translator(source, pieces, start, stop).tokens()
    parse: Callable[[Any], Any] = _parser().parse
    try:
        term: Term = parse(tokens)
    except UnexpectedToken as error:
        raise _explained(error.token, source, pieces[stop - 1].end) from None
    if len(tokens) >= MAX_DEPTH // 2:
        _check_depth(term, pieces[start].start)
    return term


def _explained(token: Token, source: str, end: int) -> Unreadable:
    if token.type == "$END":
        return Unreadable("the formula ends too early", end, "")
    position = token.start_pos or 0
    piece = str(token)
    if token.type == "_COMMA":
        return _several_arguments(position, piece)
    if token.type in ("_RB", "_CLOSE", "ENDNORM"):
        return Unreadable("the formula ends too early before this", position, piece)
    return Unreadable(f"{piece} cannot stand here", position, piece)


def _several_arguments(position: int, piece: str) -> Unreadable:
    return Unreadable("a comma inside brackets: functions of several arguments are not read", position, piece)


def _check_depth(term: Term, position: int) -> None:
    """Long towers of scripts or fractions nest without brackets; other code walks terms recursively."""
    waiting = [(term, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH}", position, type(node).__name__)
        waiting.extend((child, depth + 1) for _, child in children(node))
