"""Text -> LaTeX: nothing in it is taken for markup."""

from __future__ import annotations

import re
import unicodedata

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\dots{}",
    "\N{NO-BREAK SPACE}": "~",
}
_MATH = {
    "−": "-",
    "→": r"\to ",
    "←": r"\leftarrow ",
    "≔": ":=",
    "≈": r"\approx ",
    "≠": r"\neq ",
    "≤": r"\leq ",
    "≥": r"\geq ",
    "∝": r"\propto ",
    "∈": r"\in ",
    "∂": r"\partial ",
    "∇": r"\nabla ",
    "Σ": r"\sum ",
    "Π": r"\prod ",
    "∞": r"\infty ",
    "·": r"\cdot ",
    "×": r"\times ",
    "⊙": r"\odot ",
    "⊗": r"\otimes ",
    "‖": r"\Vert ",
    "ᵀ": r"^{\top}",
    "⁺": "^{+}",
    "′": "'",
    "𝟙": r"\mathbb{1}",
    "ℚ": r"\mathbb{Q}",
    "ℝ": r"\mathbb{R}",
    "ℒ": r"\mathcal{L}",
    "ℓ": r"\ell ",
    "√": r"\surd ",
    "±": r"\pm ",
    "ϵ": r"\epsilon ",
    "ε": r"\varepsilon ",
    "ϕ": r"\phi ",
    "φ": r"\varphi ",
    "ϑ": r"\vartheta ",
    "λ": r"\lambda ",
}
_GREEK_NAMES = {
    unicodedata.lookup(f"GREEK {size} LETTER {name.upper()}"): f"\\{name.title() if size == 'CAPITAL' else name} "
    for size, names in (
        ("SMALL", "alpha beta gamma delta zeta eta theta iota kappa mu nu xi pi rho sigma tau upsilon chi psi omega"),
        ("CAPITAL", "gamma delta theta xi upsilon phi psi omega"),
    )
    for name in names.split()
}
_SUPER = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", "0123456789-=()abcdefghijklmnoprstuvwxyz", strict=True))
_SUB = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=()aehijklmnoprstuvx", strict=True))
_TEXT_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0308": '"',
    "\u030a": "r",
    "\u030c": "v",
    "\u0327": "c",
}
_LETTERS = {
    "ß": r"{\ss}",
    "æ": r"{\ae}",
    "Æ": r"{\AE}",
    "ø": r"{\o}",
    "Ø": r"{\O}",
    "ł": r"{\l}",
    "Ł": r"{\L}",
    "œ": r"{\oe}",
}
_SIGNS = {
    **{sign: f"${latex.strip()}$" for sign, latex in (*_MATH.items(), *_GREEK_NAMES.items())},
    **{sign: f"$^{{{letter}}}$" for sign, letter in _SUPER.items()},
    **{sign: f"$_{{{letter}}}$" for sign, letter in _SUB.items()},
}
_BREAK = r"\allowbreak{}"
_LONGEST_WORD = 28


def tex_text(written: str) -> str:
    r"""Text as LaTeX; a word that is too long for a line may be broken anywhere.

    >>> tex_text("50% of σ_2")
    '50\\% of $\\sigma$\\_2'
    """
    tokens = re.split(r"(\s+)", written)
    return "".join(_BREAK.join(map(_plain, t)) if len(t) > _LONGEST_WORD else _plain(t) for t in tokens)


def _clusters(written: str) -> list[str]:
    """Characters, each with the marks that combine with it."""
    clusters: list[str] = []
    letters = (unicodedata.normalize("NFD", c) if c.isalpha() else c for c in unicodedata.normalize("NFC", written))
    for character in "".join(letters):
        if unicodedata.combining(character) and clusters:
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _plain(token: str) -> str:
    made = "".join(map(_character_with_marks, _clusters(token)))
    # Two hyphens would become a dash.
    return made if "–" in token or "—" in token else made.replace("--", "-{}-")


def breakable(name: str) -> str:
    """A name, in which nothing is a formula, with places to break after its hyphens, dots and underscores."""
    return "".join(_plain(c) + (_BREAK if c in "-._/" else "") for c in name)


def _character_with_marks(cluster: str) -> str:
    base, marks = cluster[0], cluster[1:]
    made = _character(base)
    for mark in marks:
        letter = {"i": r"\i", "j": r"\j"}.get(made, made)
        made = f"\\{_TEXT_ACCENTS[mark]}{{{letter}}}" if mark in _TEXT_ACCENTS else made
    return made


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character in _LETTERS:
        return _LETTERS[character]
    if character.isascii():
        return character if character.isprintable() or character == "\n" else " "
    if character in _SIGNS:
        return _SIGNS[character]
    # No font here has it; its number in a box says at least what it is.
    return rf"\unknowncharacter{{{ord(character):04X}}}"


def code(written: str) -> str:
    """Text that is shown as it stands, in a typewriter font, with a place to break after each character."""
    shown = (_plain(c) if not c.isspace() else "~" for c in unicodedata.normalize("NFC", written))
    return rf"\texttt{{{_BREAK.join(shown)}}}"
