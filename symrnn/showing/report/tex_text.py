"""Unicode text -> LaTeX: nothing in it is taken for markup, and formulas in it are set as formulas."""

from __future__ import annotations

import re
import unicodedata

from symrnn.language.functions import WORDS
from symrnn.language.model import ACCENTS
from symrnn.showing.report.formulas import is_harmless

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
_ACCENTS = {mark: name for name, mark in ACCENTS.items()} | {"\u0308": "ddot", "\u20d7": "vec"}
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
_FORMULA = {*_MATH, *_GREEK_NAMES, *_SUPER, *_SUB}
_BREAK = r"\allowbreak{}"
_GOES_ON = re.compile(r"[=+<>/-]|[0-9.]+")
#: A number, also in brackets or one that opens them, is of the formula whose last sign asks for a right side: ``h = (1 − z)``.
_NUMBER = re.compile(r"[(\[]*[0-9][0-9./(\[]*[)\]]*")
_ASKS_FOR_MORE = re.compile(r"[=+−⋅⊙⊗<>≤≥]\s*$")
_INDEXED = re.compile(r"[A-Za-z]_(\w|\{[^{}]*\})(?!\w)")
_LONGEST_WORD = 28
_WORDS = re.compile(r"\b(if|otherwise)\b")
_NAMED = "|".join(sorted(WORDS, key=len, reverse=True))
_CALL = re.compile(rf"({_NAMED})\(")
_GROUP = re.compile(r"([_^])\{([^{}]*)\}")
# Stand for the braces of a script while other braces are escaped.
_OPEN, _CLOSE = "\ue000", "\ue001"
_AS_IT_IS = frozenset("_^<>|'" + _OPEN + _CLOSE)
_FUNCTIONS = re.compile(rf"\b({_NAMED})\b")


def tex_text(written: str) -> str:
    r"""Text as LaTeX; runs of mathematical characters become formulas.

    >>> tex_text("the factor diag(1 − hₖ²) is missing: 100%")
    'the factor $\\operatorname{diag}(1 - h_{k}^{2})$ is missing: 100\\%'
    """
    return "".join(f"${tex_formula(part)}$" if is_math else _words(part) for is_math, part in runs(written))


def _words(written: str) -> str:
    """Words; one that is too long for a line may be broken anywhere."""
    tokens = re.split(r"(\s+)", written)
    return "".join(_BREAK.join(map(_plain, t)) if len(t) > _LONGEST_WORD else _plain(t) for t in tokens)


def runs(written: str) -> list[tuple[bool, str]]:
    """Text in pieces, each with whether it is a formula.

    >>> runs("then true if Σ_k y_k = 1, not else")
    [(False, 'then true if '), (True, 'Σ_k y_k = 1'), (False, ', not else')]
    """
    found: list[tuple[bool, str]] = []
    run = ""
    for token in re.split(r"(\s+)", unicodedata.normalize("NFC", written)):
        if (token.isspace() and run) or _is_formula(token, run):
            run += token
        else:
            found += [*_closed(run), (False, token)]
            run = ""
    return _merged([*found, *_closed(run)])


def _merged(found: list[tuple[bool, str]]) -> list[tuple[bool, str]]:
    """Pieces of words next to each other as one; empty pieces left out."""
    result: list[tuple[bool, str]] = []
    for is_math, part in found:
        if result and not is_math and not result[-1][0]:
            result[-1] = (False, result[-1][1] + part)
        elif part:
            result.append((is_math, part))
    return result


def _is_formula(token: str, run: str) -> bool:
    """Whether a word belongs to a formula: by its characters, as a single letter, or inside brackets left open."""
    if not token or token.isspace():
        return False
    core = token.strip(",;:.")
    if run and (run.count("(") > run.count(")") or (_GOES_ON.fullmatch(core) and not run.rstrip().endswith(","))):
        return True
    if _NUMBER.fullmatch(core) and _ASKS_FOR_MORE.search(run):
        return True
    single = len(core) == 1 and core.isascii() and core.isalpha() and core not in "aAI"
    accented = len(core) == 1 and "\u0302" in unicodedata.normalize("NFD", core)
    return single or accented or bool(_CALL.match(core)) or any(c in _FORMULA for c in core) or bool(_INDEXED.match(core))


def _closed(run: str) -> list[tuple[bool, str]]:
    """A finished formula; punctuation and spaces at its end stay outside, and so do words that only look like one."""
    inside = run.rstrip(" \n\t,;:.")
    return [(bool(inside), inside), (False, run[len(inside) :])]


def tex_formula(written: str) -> str:
    r"""A formula in Unicode as LaTeX, without dollar signs.

    >>> tex_formula("Σ_k y_k = 1"), tex_formula("h_{-1} = 0"), tex_formula("i ≠ k")
    ('\\sum_k y_k = 1', 'h_{-1} = 0', 'i \\neq k')
    """
    grouped = written
    while (inner := _GROUP.sub(rf"\1{_OPEN}\2{_CLOSE}", grouped)) != grouped:
        grouped = inner
    made = "".join(map(_math_character, _clusters(grouped))).replace(_OPEN, "{").replace(_CLOSE, "}")
    for sign in "^_":
        # Characters that are each a script of their own, such as ⁻²ˣ, are one script together.
        run = rf"(?:\{sign}\{{[^{{}}]*\}}){{2,}}"
        made = re.sub(run, lambda m: m.group().replace(f"}}{m.group()[0]}{{", ""), made)
    made = _WORDS.sub(r"\\text{ \1 }", made)
    made = re.sub(r" +", " ", _FUNCTIONS.sub(r"\\operatorname{\1}", made)).replace(" _", "_").replace(" ^", "^").strip()
    return made if is_harmless(made) else rf"\text{{{_plain(written)}}}"


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


def _math_character(cluster: str) -> str:
    base, marks = cluster[0], cluster[1:]
    made = _MATH.get(base) or _GREEK_NAMES.get(base)
    if made is None and base in _SUPER:
        made = f"^{{{_SUPER[base]}}}"
    elif made is None and base in _SUB:
        made = f"_{{{_SUB[base]}}}"
    elif made is None:
        made = base if base in _AS_IT_IS or base.isspace() else _character(base)
    for mark in marks:
        made = f"\\{_ACCENTS[mark]}{{{made.strip()}}}" if mark in _ACCENTS else made
    return made


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
    if character in _FORMULA:
        return f"${_math_character(character)}$"
    # No font here has it; its number in a box says at least what it is.
    return rf"\unknowncharacter{{{ord(character):04X}}}"


def code(written: str) -> str:
    """Text that is shown as it stands, in a typewriter font, with a place to break after each character."""
    shown = (_plain(c) if not c.isspace() else "~" for c in unicodedata.normalize("NFC", written))
    return rf"\texttt{{{_BREAK.join(shown)}}}"
