r"""What is typed for a formula where no mathematics is set, spelt in LaTeX: ``dL/dWhh`` is ``\frac{\partial L}{\partial W_{hh}}``."""

from __future__ import annotations

import re

from symrnn.language.functions import COMMANDS, WORDS
from symrnn.notation.vocabulary import GREEK
from symrnn.reading.document.characters import spelt_in_latex
from symrnn.reading.document.source import Mapped

#: Words for sums and products over a range.
BIG = {"sum": r"\sum", "Sum": r"\sum", "prod": r"\prod", "product": r"\prod", "Prod": r"\prod", "Σ": r"\sum", "Π": r"\prod"}
#: A weight as programs call it: ``Wxh``.
WEIGHT = r"[UVW][a-z]{2,3}"
_ESCAPE = re.compile(r"\\([_*^()\[\]{}<>#+\-=])")
#: What programs write before a function of a library, and the product of two arrays.
_LIBRARY = re.compile(r"\b(?:np|numpy|torch|tf|math)\.(?=[a-z])")
_PRODUCT = re.compile(r"\b(?:dot|matmul|mm)\(((?:[^(),]|\([^()]*\))+),\s*((?:[^()]|\([^()]*\))+)\)")
#: ``h_prev`` as some write it, and a letter with its number.
_TURNED = re.compile(r"(?<![A-Za-z])(d?)(prev|next|old|new)_([A-Za-z])(?![A-Za-z])")
_NUMBERED = re.compile(r"(?<![A-Za-z_^\\{])(d?[A-Za-z])(\d+)(?![\w.])")
_SIGNS = {"**": "^", "@": " ", "<-": r"\gets ", "←": r"\gets ", "...": r"\dots ", ".T": "^{T}", "Σ": r"\sum ", "Π": r"\prod "}
_SIGN = re.compile(r"\*\*|@|<-|←|\.\.\.|(?<!\.)\.T\b|Σ|Π")
_ACCENT = re.compile(r"(?<![A-Za-z])(d?)([A-Za-z])(?:(?<![wWtTcC])_?(hat|tilde|bar)(?![A-Za-z])|_(hat|tilde|bar)(?![A-Za-z])|(~))")
_WORD = re.compile(r"(?<![\\A-Za-z_^])(?<!_\{)(?<!\^\{)[A-Za-z]{2,}(?![A-Za-z])")
_STEP = re.compile(r"(?<![\\A-Za-z_^{])(d?)(?!dt)([A-Za-z])t([+-]\d)?(?![\w{(])")
_RANGE = re.compile(r"(\\(?:sum|prod)\s*)_(\w+\s*=\s*[\w-]+)")
_BRACKETED = re.compile(r"([_^])\(([^()]*)\)")
_BELOW = re.compile(r"_([A-Za-z0-9]\w*)([+-]\d+(?![\w.]))?")
_ABOVE = re.compile(r"\^(-?[A-Za-z0-9]+)")
_SCRIPTS = r"(?:\s?[_^]\{(?:[^{}]|\{[^{}]*\})*\}|\[[^\[\]]*\]|')*"
_ATOM = rf"(?:\\[a-z]+\{{\w+\}}|\\?[A-Za-z]+|\([^()]*\)){_SCRIPTS}"
_DERIVATIVE = re.compile(rf"(?<![A-Za-z\\])∂\s?({_ATOM})?\s*/\s*∂\s?({_ATOM})")


#: A derivative as it is typed, of which each ``d`` is read as a sign before anything else: ``dloss/dWhh``, ``d/dW``.
_TYPED = re.compile(r"(?<![A-Za-z\\])d(?=[A-Za-z(\s/])(\s?(?:\([^()]*\)|[^\s/()=]*)\s*/\s*)d(?=\s?[A-Za-z(])")


def typeset(text: Mapped) -> Mapped:
    """`text` in LaTeX. Each letter keeps the place that it has in the text."""
    arrays = (
        text.sub(_ESCAPE, lambda escape: escape[1]).sub(_LIBRARY, lambda _: "").sub(_PRODUCT, lambda two: f"({two[1]}) ({two[2]})")
    )
    named = arrays.sub(_TURNED, lambda name: f"{name[1]}{name[3]}_{name[2]}").sub(
        _NUMBERED, lambda name: f"{name[1]}_{{{name[2]}}}"
    )
    plain = spelt_in_latex(named)
    signs = plain.sub(_TYPED, lambda found: f"∂{found[1]}∂").sub(_ACCENT, _accented).sub(_SIGN, lambda sign: _SIGNS[sign[0]])
    steps = signs.sub(_STEP, lambda step: f"{step[1]}{step[2]}_{{t{step[3] or ''}}}")
    words = steps.sub(_WORD, _word).sub(_RANGE, lambda found: f"{found[1]}_{{{found[2]}}}")
    scripts = words.sub(_BRACKETED, _bracketed).sub(_BELOW, _below).sub(_ABOVE, lambda above: f"^{{{above[1]}}}")
    return scripts.sub(_DERIVATIVE, lambda found: rf"\frac{{\partial {found[1] or ''}}}{{\partial {found[2]}}}")


def _accented(letter: re.Match[str]) -> str:
    return rf"{letter[1]}\{letter[3] or letter[4] or 'tilde'}{{{letter[2]}}}"


def _word(found: re.Match[str]) -> str | None:
    """A word: a function, a Greek letter, the differential of a name, a weight of a program, a product of two letters, or a name."""
    return _spelt(found[0], found.string[found.end() :])


def _spelt(word: str, behind: str) -> str | None:
    if word in BIG:
        return BIG[word] + " "
    if word in COMMANDS or word in GREEK:
        return rf"\{word} "
    if word in WORDS:
        return None
    if word[0] == "d" and (len(word) == 2 or re.fullmatch(WEIGHT, word[1:]) or word[1:] in GREEK or len(word) > 4):
        rest = word[1:]
        return "d" + (rest if len(rest) == 1 else _spelt(rest, behind) or rest)
    if re.fullmatch(WEIGHT, word):
        return f"{word[0]}_{{{word[1:]}}}"
    if re.fullmatch("[A-Z][a-z]", word):
        return f"{word[0]}_{{{word[1]}}}" if re.match(r"\s*[*·]|\s+[a-z]|\^", behind) else f"{word[0]} {word[1]}"
    return rf"\text{{{word}}}"


def _bracketed(script: re.Match[str]) -> str:
    """``h^(t)`` keeps its brackets, which a power has none of; ``h_(t-1)`` needs none."""
    return f"^{{({script[2]})}}" if script[1] == "^" else f"_{{{script[2]}}}"


def _below(script: re.Match[str]) -> str:
    """What stands below a letter; ``h_t-1`` is the state before, since no one sets a difference so close."""
    name, offset = script[1], script[2] or ""
    if len(name) == 1:
        return f"_{{{name}{offset}}}"
    parts = [rf"\text{{{part}}}" if len(part) > 2 and part.isalpha() else part for part in name.split("_") if part]
    return f"_{{{','.join(parts)}}}{offset}"
