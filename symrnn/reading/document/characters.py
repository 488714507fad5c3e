r"""Unicode that stands for LaTeX in a formula: letters below and above the line, accents, fractions.

Keyboards, web pages and programs write ``ŷₜ``, ``W⁻¹`` and ``½`` where LaTeX has ``\hat{y}_{t}``, ``W^{-1}`` and ``\frac{1}{2}``.
"""

from __future__ import annotations

import re
import unicodedata

from symrnn.reading.document.source import Mapped

#: What LaTeX writes before a character that stands below or above the line, by how its decomposition begins.
_SIDES = {"<sub>": "_", "<super>": "^"}
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u0307": "dot", "\u030c": "check"}
_MARKS = "".join(_ACCENTS)
_BLOCKS = "\u00b2\u00b3\u00b9\u02b0-\u02b8\u1d2c-\u1d6a\u2070-\u209c\u2c7c\u2c7d"
_BELOW_OR_ABOVE = re.compile(rf"[{_BLOCKS}]+")
#: A letter with an accent, alone or behind a ``d``: in words of other languages accents are none of formulas.
_MARKED = re.compile(rf"(?<![^\W\d_]{{2}})(?<![^\W\d_d∂])(?:[A-Za-z][{_MARKS}]|[\u00c0-\u017f\u1e00-\u1ef9])(?![^\W\d_])")
_FRACTION = re.compile("[\u00bc-\u00be\u2150-\u215e]")
#: A letter that is set bold as words are: ``\\mbox{\\boldmath{$T$}}``.
_BOLD = re.compile(r"\\mbox\s*\{\s*\\boldmath\s*\{?\s*\$([^$]*)\$\s*\}?\s*\}|\\boldmath\s*\{\s*\$([^$]*)\$\s*\}")
_SUM = re.compile(r"\u03a3(?=\s*(?:_|\^))")


def spelt_in_latex(body: Mapped) -> Mapped:
    """`body` with LaTeX for its characters that are one sign of Unicode and several of LaTeX, and with bold letters as letters."""
    body = body.sub(_BOLD, lambda bold: f"{{{bold[1] or bold[2]}}}")
    if body.text.isascii():
        return body
    plain = body.sub(_FRACTION, _fraction).sub(_BELOW_OR_ABOVE, _scripts).sub(_MARKED, _accented)
    return plain.sub(_SUM, lambda _: r"\sum ")


def _fraction(sign: re.Match[str]) -> str:
    over, under = unicodedata.normalize("NFKC", sign[0]).split("\u2044")
    return rf"\frac{{{over}}}{{{under}}}"


def _scripts(run: re.Match[str]) -> str:
    """What a run of characters says that stand below or above the line; any other character of its blocks is itself."""
    parts: list[tuple[str, str]] = []
    for sign in run[0]:
        kind, _, code = unicodedata.decomposition(sign).partition(" ")
        side = _SIDES.get(kind, "")
        letter = chr(int(code, 16)).replace("\u2212", "-") if side and " " not in code else sign
        if parts and parts[-1][0] == side:
            letter = parts.pop()[1] + letter
        parts.append((side, letter))
    return "".join(f"{side}{{{letters}}}" if side else letters for side, letters in parts)


def _accented(letter: re.Match[str]) -> str | None:
    """A letter with an accent that formulas have; one of words is left alone."""
    apart = unicodedata.normalize("NFD", letter[0])
    accent = _ACCENTS.get(apart[1:])
    return None if accent is None else rf"\{accent}{{{apart[0]}}}"
