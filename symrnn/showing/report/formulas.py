r"""LaTeX that may be typeset, and where a long formula may be broken.

A document's own LaTeX is only typeset when every command in it is on a list of harmless ones: nothing that a document
says can read a file, define a macro or stop the run. What is not on the list is printed afresh from the tree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from symrnn.judging.verdict import Path
from symrnn.language.functions import COMMANDS
from symrnn.language.terms import Relation
from symrnn.notation import latex_relation
from symrnn.reading.document import Statement
from symrnn.showing.report.page import Display

#: The colour of changed pieces; the typesetters say what it looks like.
CHANGED = "changed"

_GREEK = """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho
    sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""
_NAMES = "ell infty ln operatorname mathrm mathbf mathbb mathcal textrm text"
_SIGNS = """
    partial nabla sum prod frac dfrac tfrac left right hat bar tilde widehat widetilde overline dot ddot vec check breve
    cdot times odot otimes circ leftarrow rightarrow to gets approx propto neq ne leq le geq ge in top mathsf intercal
    dots ldots cdots vdots lVert rVert Vert lvert rvert sqrt quad qquad prime mathsf bigl bigr Bigl Bigr big Big
    langle rangle mid equiv boldsymbol because surd pm
"""
SAFE_COMMANDS = frozenset((_GREEK + _NAMES + _SIGNS).split()) | COMMANDS
_SAFE_SYMBOLS = frozenset(",;:!| {}")
_TOKEN = re.compile(r"\\([A-Za-z]+)|\\(.)|(.)", re.DOTALL)
_CASES = re.compile(r"\\begin\{cases\}.*?\\end\{cases\}", re.DOTALL)
_TEXT = re.compile(r"\\text(?:rm)?\{[^{}]*\}")
_LONGEST = 4000
# Where a line may be broken, outside all brackets.
_BREAKS = ("=", "+", "-", r"\leftarrow", r"\approx", r"\leq", r"\geq", r"\otimes", r"\propto")
_OPENING, _CLOSING = (
    ("(", "[", "{", r"\{", r"\lVert", r"\left", r"\begin"),
    (")", "]", "}", r"\}", r"\rVert", r"\right", r"\end"),
)


def author_formula(statement: Statement, *, continues: bool = False) -> Display:
    """A statement as its author wrote it; without its left side where it `continues` a chain."""
    latex = _without_head(statement) if continues else statement.latex
    if statement.relation is None:
        return Display(statement.latex, typeset=False)
    if is_harmless(latex):
        return Display(latex)
    return Display(latex_relation(statement.relation))


def changed(relation: Relation, left: tuple[Path, ...], right: tuple[Path, ...]) -> Display:
    """A repaired relation with its changed pieces coloured."""
    return Display(latex_relation(relation, _marks(left), _marks(right)))


def _marks(paths: tuple[Path, ...]) -> Mapping[Path, str]:
    return dict.fromkeys(paths, CHANGED)


def _without_head(statement: Statement) -> str:
    pieces = broken(statement.latex)
    for number, piece in enumerate(pieces):
        if number and piece.startswith(("=", r"\leftarrow", r"\approx", r"\leq", r"\geq", r"\propto")):
            return " ".join(pieces[number:])
    return statement.latex


# ------------------------------------------------------------------------------------------------------------- harmless


def is_harmless(latex: str) -> bool:
    """Whether LaTeX holds nothing but balanced, well-known mathematics."""
    if len(latex) > _LONGEST or not latex.isascii() or "^^" in latex:
        return False
    plain = _CASES.sub(lambda m: _opened(m.group()), _TEXT.sub(_checked_text, latex))
    return all(map(_is_harmless_token, _TOKEN.finditer(plain))) and _is_balanced(plain) and not _has_two_scripts(plain)


def _opened(cases: str) -> str:
    """The inside of a case distinction, without what only stands there."""
    inside = cases.removeprefix(r"\begin{cases}").removesuffix(r"\end{cases}")
    return "{" + inside.replace(r"\\", " ").replace("&", " ") + "}"


def _checked_text(match: re.Match[str]) -> str:
    """Words are harmless when they hold letters, marks and simple formulas only."""
    inside = match.group().partition("{")[2][:-1]
    simple = re.fullmatch(r"(?:[A-Za-z0-9 .,;:()'-]|\$[A-Za-z0-9 =+<>_,-]*(?:\\neq[A-Za-z0-9 =]*)?\$)*", inside)
    return "{}" if simple else "#"


def _is_harmless_token(token: re.Match[str]) -> bool:
    name, symbol, character = token.groups()
    if name:
        return name in SAFE_COMMANDS
    if symbol:
        return symbol in _SAFE_SYMBOLS
    return character not in "$%#&~\\\0" and (character.isprintable() or character.isspace())


def _is_balanced(latex: str) -> bool:
    depth = 0
    for token in _TOKEN.finditer(latex):
        depth += {"{": 1, "}": -1}.get(token.group(), 0)
        if depth < 0:
            return False
    return depth == 0 and latex.count(r"\left") - latex.count(r"\leftarrow") == latex.count(r"\right") - latex.count(r"\rightarrow")


def _has_two_scripts(latex: str) -> bool:
    """Whether something has two superscripts or two subscripts, which TeX refuses."""
    bare = latex
    while (shorter := re.sub(r"\{[^{}]*\}", "@", bare)) != bare:
        bare = shorter
    one = r"(?:\\[A-Za-z]+|@|[A-Za-z0-9+*])"
    return bool(re.search(rf"([\^_])\s*{one}\s*(?:(?!\1)[\^_]\s*{one}\s*)?\1|\^\s*{one}\s*'|'\s*\^\s*{one}\s*\^", bare))


# ------------------------------------------------------------------------------------------------------------- breaking


def broken(latex: str) -> list[str]:
    """The pieces of a formula between which a line may end: in front of relations and signs outside all brackets.

    >>> broken(r"a = b + \\left(c + d\\right)")
    ['a', '= b', '+ \\\\left(c + d\\\\right)']
    """
    pieces, start, depth, last = [], 0, 0, ""
    for token in re.finditer(r"\\[A-Za-z]+|\\.|\S", latex):
        text = token.group()
        depth += (text in _OPENING) - (text in _CLOSING)
        if text in _BREAKS and not depth and last not in ("", "_", "^", "=", "(", r"\left", r"\right", *_BREAKS):
            pieces.append(latex[start : token.start()].strip())
            start = token.start()
        if last in (r"\left", r"\right"):
            depth -= (text in _OPENING) - (text in _CLOSING)
        last = text
    return [*pieces, latex[start:].strip()]
