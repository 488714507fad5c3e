"""Writes a term on one line of Unicode, for a table in a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from symrnn.language.model import ACCENTS
from symrnn.language.terms import (
    ASIDE,
    BAR,
    KIND,
    PREFIXES,
    Add,
    Apply,
    Big,
    Cases,
    Compare,
    Deriv,
    Elided,
    Ellipsis,
    Extremum,
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
    Relation,
    Row,
    Stack,
    Sub,
    Submatrix,
    Sup,
    Sym,
    Term,
    Transpose,
    WrittenOut,
)
from symrnn.notation.printer import (
    BINDINGS,
    Binding,
    Level,
    NotationWriter,
    PrintedNode,
    Rule,
    conditions,
    in_decimals,
    is_unwritten,
    names_index,
    power_of_application,
    slices,
    without_bounds,
)
from symrnn.notation.vocabulary import GREEK

# A fraction on one line does not delimit its parts, and beside another factor it is no unit.
_TIGHT = {"numerator": Level.FACTOR, "denominator": Level.FACTOR}
_BINDINGS: Mapping[str, Binding] = {
    **BINDINGS,
    "Frac": replace(BINDINGS["Frac"], level=Level.DOT, needs=_TIGHT),
    "Fraction": replace(BINDINGS["Fraction"], level=Level.DOT),
    "Deriv": replace(BINDINGS["Deriv"], needs=_TIGHT),
    "Operator": replace(BINDINGS["Operator"], needs=_TIGHT),
    "Gradient": replace(BINDINGS["Gradient"], needs={"numerator": Level.FACTOR}),
}
_COMPARE = {"=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥", "in": "∈", "|": "|"}
_RELATE = {**_COMPARE, ":=": "≔", "<-": "←", "+=": "+=", "-=": "-=", "~": "≈", "oc": "∝"}
_MULTIPLY = {"": " ", "cdot": " · ", "times": " × "}
_DIFFERENTIALS = {"partial": ("∂", "∂"), "partial+": ("∂⁺", "∂"), "d": ("d", "d"), "above": ("∂", ""), "below": ("", "∂")}
_LETTERS = {"epsilon": "ϵ", "varepsilon": "ε", "phi": "ϕ", "varphi": "φ", "ell": "ℓ", "infty": "∞"}
_VARIANTS = {"vartheta": "ϑ", "varrho": "ϱ", "varsigma": "ς", "varpi": "ϖ", "lambda": "λ", "Lambda": "Λ"}
_BELOW = str.maketrans("0123456789+−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ")
_ABOVE = str.maketrans("0123456789+−=()abcdefghijklmnoprstuvwxyzβγδφχθ", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵝᵞᵟᵠᵡᶿ")


def _script(text: str, sign: str, small: Mapping[int, int]) -> str:
    """A script in small characters if there is one for each, else after its sign."""
    text = _compact(text)
    if all(ord(character) in small for character in text):
        return text.translate(small)
    return f"{sign}{text}" if len(unicodedata.normalize("NFC", text)) == 1 else f"{sign}{{{text}}}"


def _compact(text: str) -> str:
    return text.replace(" ", "")


def _below(text: str) -> str:
    return _script(text, "_", _BELOW)


def _above(text: str) -> str:
    return _script(text, "^", _ABOVE)


def _num(p: PrintedNode[Num]) -> str:
    return in_decimals(p.node.value) or str(p.node.value)


def _sym(p: PrintedNode[Sym]) -> str:
    prefix = PREFIXES.get(p.node.style, "")
    if p.node.style == "card":
        return f"|{_letter(p.node.name[1:-1], '')}|"
    if p.node.style == BAR:
        return unicodedata.normalize("NFC", _sym(replace(p, node=replace(p.node, style=""))) + ACCENTS[BAR])
    if p.node.style.startswith(ASIDE):
        return _sym(replace(p, node=replace(p.node, style="")))
    if p.node.style.startswith(KIND):
        below = "".join(_letter(letter, "") for letter in p.node.style.split()[1:])
        return _sym(replace(p, node=replace(p.node, style=""))) + _below(below)
    style = "" if prefix else p.node.style
    return prefix + unicodedata.normalize("NFC", _letter(p.node.name, style) + ACCENTS.get(p.node.accent, ""))


def _letter(name: str, style: str) -> str:
    if style in ("cal", "bb") and len(name) == 1:
        return _styled(name, "SCRIPT" if style == "cal" else "DOUBLE-STRUCK")
    if style:
        return name
    if name == "sigma_any":  # an activation that a document leaves open, and writes without the script
        return "σ"
    letter, mark, below = name.partition("_")
    if mark and below.isdecimal():
        return _letter(letter, style) + _below(below)
    if name in _LETTERS or name in _VARIANTS:
        return _LETTERS.get(name) or _VARIANTS[name]
    if name in GREEK:
        return unicodedata.lookup(f"GREEK {'CAPITAL' if name[0].isupper() else 'SMALL'} LETTER {name.upper()}")
    return name


def _styled(letter: str, style: str) -> str:
    """The letter as a character of its own: ``ℒ``, ``ℝ``, ``𝟙``."""
    described = unicodedata.name(letter).removeprefix("LATIN ").replace(" LETTER ", " ")
    for name in (f"{style} {described}", f"MATHEMATICAL {style} {described}"):
        try:
            return unicodedata.lookup(name)
        except KeyError:
            continue
    return letter


def _sub(p: PrintedNode[Sub]) -> str:
    base = p.node.base
    if is_unwritten(p.node):
        return p.at("base")
    below = _below(",".join(p.all("indices")))
    if isinstance(base, Sym) and base.style.startswith(KIND):  # what counts its components is written
        return _sym(replace(p.part("base"), node=replace(base, style=""))) + below
    return p.at("base") + below


def _mark(p: PrintedNode[Mark]) -> str:
    mark = p.node.mark
    return p.at("base") + {"+": "⁺", "*": "*"}.get(mark, "′" * len(mark))


def _pow(p: PrintedNode[Pow]) -> str:
    if power_of_application(p):
        application = p.part("base")
        return f"{application.at('function')}{_above(p.at('exponent'))}({application.whole('argument')})"
    return p.at("base") + _above(p.at("exponent"))


def _add(p: PrintedNode[Add]) -> str:
    text = p.at("terms", 0)
    for position in range(1, len(p.node.terms)):
        term = p.part("terms", position)
        text += f" − {term.at('term')}" if isinstance(term.node, Neg) else f" + {p.at('terms', position)}"
    return text


def _deriv(p: PrintedNode[Deriv]) -> str:
    if p.node.sign == "nabla":
        return f"∇{_below(p.at('denominator'))} {p.at('numerator')}"
    above, below = _DIFFERENTIALS[p.node.sign]
    below += p.at("denominator")
    return f"{above}/{below} {p.at('numerator')}" if p.node.prefix else f"{above}{p.at('numerator')}/{below}"


def _big(p: PrintedNode[Big]) -> str:
    sign = {"sum": "Σ", "prod": "Π"}[p.node.kind]
    together = without_bounds(p)
    if len(together) > 1:
        return f"{sign}_{{{','.join(part.at('index') for part in together)}}} {together[-1].at('body')}".rstrip()
    below = conditions(p, "conditions", compare=_COMPARE)
    if p.node.lower is not None:
        below.insert(0, f"{p.at('index')}={p.at('lower')}")
    elif not names_index(p.node):
        below.insert(0, p.at("index"))
    above = "" if p.node.upper is None else f"^{{{_compact(p.at('upper'))}}}"
    return f"{sign}_{{{_compact(','.join(below))}}}{above} {p.at('body')}".rstrip()


def _cases(p: PrintedNode[Cases]) -> str:
    rows = []
    for position, (_, required) in enumerate(p.node.branches):
        written = ", ".join(conditions(p, "branches", position, 1, compare=_COMPARE))
        rows.append(f"{p.at('branches', position, 0)} {f'if {written}' if required else 'otherwise'}")
    return "{" + "; ".join(rows)


def _stack(p: PrintedNode[Stack]) -> str:
    rows = [[p.at("rows", r, c) for c in range(len(row))] for r, row in enumerate(p.node.rows)]
    return f"[{'; '.join(map(', '.join, rows))}]"


_RULES: Mapping[type[Term], Rule] = {
    Num: _num,
    Sym: _sym,
    Sub: _sub,
    Sup: lambda p: p.at("base") + _above(f"({','.join(p.all('indices'))})"),
    Mark: _mark,
    Pow: _pow,
    Transpose: lambda p: p.at("base") + "ᵀ",
    Neg: lambda p: f"−{p.at('term')}",
    Add: _add,
    Mul: lambda p: _MULTIPLY[p.node.sign].join(p.all("factors")),
    Hadamard: lambda p: " ⊙ ".join(p.all("factors")),
    Outer: lambda p: " ⊗ ".join(p.all("factors")),
    Frac: lambda p: f"{p.at('numerator')}/{p.at('denominator')}",
    Apply: lambda p: f"{p.at('function')}({p.whole('argument')})",
    Given: lambda p: f"{p.at('base')}({', '.join(p.all('arguments'))})",
    Extremum: lambda p: f"{p.node.kind}({', '.join(p.all('terms'))})",
    Norm: lambda p: f"‖{p.at('term')}‖{({'F': '_F', 'infty': '_∞'}).get(p.node.kind, '')}",
    Compare: lambda p: f"{p.at('left')} {_COMPARE[p.node.op]} {p.at('right')}",
    Elided: lambda p: "",
    Ellipsis: lambda p: "…",
    Big: _big,
    Deriv: _deriv,
    Cases: _cases,
    Stack: _stack,
    WrittenOut: lambda p: f"[{p.at('entry')}]",
    Row: lambda p: f"[{p.whole('whole')}]{_below(str(p.node.number + 1))}",
    Submatrix: lambda p: f"{p.at('whole')}[{slices(p.node)}]",
    Indicator: lambda p: f"𝟙[{p.at('condition')}]",
}


def unicode(term: Term) -> str:
    """A term on one line: ``Σ_{i=0}^{T} (ŷᵢ − yᵢ) ⊗ hᵢ``."""
    return NotationWriter(_RULES, _BINDINGS).write(term)


def unicode_relation(relation: Relation) -> str:
    """A relation on one line."""
    return f"{unicode(relation.left)} {_RELATE[relation.op]} {unicode(relation.right)}"
