r"""Writes a term as LaTeX that reads back as the same term.

What binds how tightly is said once, in `BINDINGS`; `symrnn.notation.plain` writes the same notation for a terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from fractions import Fraction
from typing import Any, Generic, TypeVar

from symrnn.language.functions import COMMANDS
from symrnn.language.terms import (
    ASIDE,
    BAR,
    BELOW,
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
    children,
)
from symrnn.notation.pieces import scanned
from symrnn.notation.vocabulary import APPLIED_LETTERS, GREEK

Path = tuple[str | int, ...]
#: The last step of a path to a node without its operand: a transpose, a mark, a sign, a sum with its bounds.
OWN = "own"
NodeT_co = TypeVar("NodeT_co", bound=Term, covariant=True)


class Level(IntEnum):
    """How tightly notation binds, loosest first."""

    SUM = 0
    SIGNED = 1
    ELEMENTWISE = 2
    DOT = 3
    PRODUCT = 4
    PREFIX = 5
    QUOTIENT = 6
    FACTOR = 7
    RAISED = 8
    INDEXED = 9
    ATOM = 10


@dataclass(frozen=True)
class Binding:
    """How one kind of node binds.

    `needs` is the loosest level that a subterm in a field may have without brackets (a field that is not named is
    delimited by the notation itself). `tail` is the field that the notation ends with. What an operator with a `reach`
    is applied to goes on over every operator of that level or a tighter one.
    """

    level: Level
    needs: Mapping[str, Level]
    tail: str = ""
    reach: Level | None = None


BINDINGS: Mapping[str, Binding] = {
    "Num": Binding(Level.ATOM, {}),
    "Sym": Binding(Level.ATOM, {}),
    "Norm": Binding(Level.ATOM, {}),
    "Extremum": Binding(Level.ATOM, {}),
    "Ellipsis": Binding(Level.ATOM, {}),
    "Elided": Binding(Level.ATOM, {}),
    "Sub": Binding(Level.INDEXED, {"base": Level.ATOM}),
    "Sup": Binding(Level.RAISED, {"base": Level.INDEXED}),
    "Mark": Binding(Level.RAISED, {"base": Level.INDEXED}),
    "Pow": Binding(Level.RAISED, {"base": Level.INDEXED}),
    "Transpose": Binding(Level.RAISED, {"base": Level.INDEXED}),
    "Apply": Binding(Level.FACTOR, {"function": Level.RAISED}),
    "Given": Binding(Level.RAISED, {"base": Level.RAISED}),
    "Indicator": Binding(Level.FACTOR, {}),
    "Cases": Binding(Level.FACTOR, {}),
    "Stack": Binding(Level.ATOM, {}),
    "WrittenOut": Binding(Level.ATOM, {}),
    "Row": Binding(Level.INDEXED, {}),
    "Submatrix": Binding(Level.INDEXED, {"whole": Level.INDEXED}),
    "Fraction": Binding(Level.QUOTIENT, {}),
    "Frac": Binding(Level.QUOTIENT, {}),
    "Deriv": Binding(Level.QUOTIENT, {"numerator": Level.PREFIX, "denominator": Level.RAISED}),
    "Gradient": Binding(Level.PREFIX, {"numerator": Level.QUOTIENT}, tail="numerator"),
    "Operator": Binding(
        Level.PREFIX, {"numerator": Level.PREFIX, "denominator": Level.RAISED}, tail="numerator", reach=Level.PRODUCT
    ),
    "Big": Binding(Level.PREFIX, {"body": Level.ELEMENTWISE}, tail="body", reach=Level.ELEMENTWISE),
    "Mul": Binding(Level.PRODUCT, {"factors": Level.PREFIX}, tail="factors"),
    "Dot": Binding(Level.DOT, {"factors": Level.PRODUCT}, tail="factors"),
    "Hadamard": Binding(Level.ELEMENTWISE, {"factors": Level.DOT}, tail="factors"),
    "Outer": Binding(Level.ELEMENTWISE, {"factors": Level.DOT}, tail="factors"),
    "Neg": Binding(Level.SIGNED, {"term": Level.ELEMENTWISE}, tail="term"),
    "Add": Binding(Level.SUM, {"terms": Level.SIGNED}, tail="terms"),
    "Compare": Binding(Level.SUM, {}),
}


def kind(term: Term) -> str:
    """The row of `BINDINGS` that a term belongs to. Raises TypeError for a node that is in none."""
    name = type(term).__name__
    if isinstance(term, Num) and in_decimals(term.value) is None:
        name = "Fraction"
    elif isinstance(term, Mul) and term.sign:
        name = "Dot"
    elif isinstance(term, Deriv) and term.prefix:
        name = "Gradient" if term.sign == "nabla" else "Operator"
    if name not in BINDINGS:
        raise TypeError(f"no notation for {name}")
    return name


def in_decimals(value: Fraction) -> str | None:
    """A number in decimal notation, or None where it has no end."""
    rest = value.denominator
    digits = 0
    while rest != 1:
        divisor = 10 if rest % 10 == 0 else 5 if rest % 5 == 0 else 2
        if rest % divisor:
            return None
        rest //= divisor
        digits += 1
    if not digits:
        return str(value.numerator)
    scaled = str(value.numerator * 10**digits // value.denominator).rjust(digits + 1, "0")
    return f"{scaled[:-digits]}.{scaled[-digits:]}"


@dataclass(frozen=True)
class PrintedNode(Generic[NodeT_co]):
    """A node on its way to paper: what it is, where it stands, and who writes it."""

    writer: NotationWriter
    node: NodeT_co
    path: Path = ()

    @property
    def marked(self) -> str:
        """The colour of this subterm, or nothing."""
        return self.writer.marks.get(self.path, "")

    def own(self, text: str) -> str:
        """What the node itself adds to its operand, in colour where that alone is marked."""
        name = self.writer.marks.get((*self.path, OWN), "")
        return self.writer.colour(text, name) if name else text

    def part(self, *step: str | int) -> PrintedNode[Any]:
        """The subterm at `step`."""
        found: Any = self.node
        for key in step:
            found = getattr(found, key) if isinstance(key, str) else found[key]
        return PrintedNode(self.writer, found, (*self.path, *step))

    def whole(self, *step: str | int) -> str:
        """The subterm at `step`, written without brackets."""
        return self.writer.whole(self.part(*step))

    def at(self, *step: str | int) -> str:
        """The subterm at `step`, in brackets if it needs them there."""
        part = self.part(*step)
        text = self.writer.whole(part)
        return self.writer.bracket(text, part.node) if self.writer.needs_brackets(self.node, step) else text

    def all(self, field: str) -> list[str]:
        """The subterms of a field, each in brackets if it needs them."""
        return [self.at(field, position) for position in range(len(getattr(self.node, field)))]


Rule = Callable[[PrintedNode[Any]], str]


class NotationWriter:
    """One notation: a rule for every node and a table of how they bind."""

    def __init__(
        self, rules: Mapping[type[Term], Rule], bindings: Mapping[str, Binding], marks: Mapping[Path, str] | None = None
    ) -> None:
        self._rules = rules
        self._bindings = bindings
        self.marks = marks or {}

    def write(self, term: Term) -> str:
        """A whole term. Raises TypeError for a node that the notation does not have."""
        return self.whole(PrintedNode(self, term))

    def whole(self, part: PrintedNode[Term]) -> str:
        """A subterm without brackets of its own."""
        rule = self._rules.get(type(part.node))
        if rule is None:
            raise TypeError(f"no notation for {type(part.node).__name__}")
        text = rule(part)
        return self.colour(text, part.marked) if part.marked else text

    def bracket(self, text: str, term: Term) -> str:
        """The text of `term` in brackets."""
        return f"({text})"

    def colour(self, text: str, name: str) -> str:
        """The text of a marked subterm."""
        return text

    def needs_brackets(self, parent: Term, step: Path) -> bool:
        """Whether the subterm of `parent` at `step` would read differently without brackets."""
        field = str(step[0])
        child = PrintedNode(self, parent).part(*step).node
        own = self._bindings[kind(parent)]
        if self._bindings[kind(child)].level < own.needs.get(field, Level.SUM):
            return True
        siblings = getattr(parent, field)
        if not isinstance(siblings, tuple) or field != own.tail:
            return False
        position = step[1]
        assert isinstance(position, int)
        if own.level == Level.PRODUCT and position and _run_together(siblings[position - 1], child):
            return True
        reach = self._reach(child)
        return position + 1 < len(siblings) and reach is not None and reach <= own.level

    def _reach(self, term: Term) -> Level | None:
        """The loosest operator that would go on with the end of `term` rather than with all of it."""
        own = self._bindings[kind(term)]
        if not own.tail:
            return None
        last = getattr(term, own.tail)
        step: Path = (own.tail, len(last) - 1) if isinstance(last, tuple) else (own.tail,)
        inner = None if self.needs_brackets(term, step) else self._reach(PrintedNode(self, term).part(*step).node)
        return min((level for level in (own.reach, inner) if level is not None), default=None)


def _run_together(left: Term, right: Term) -> bool:
    """Two numbers side by side would look like one."""
    return isinstance(left, Num) and isinstance(right, Num)


def conditions(part: PrintedNode[Any], *step: str | int, compare: Mapping[str, str]) -> list[str]:
    """The conditions at `step`; two that share their middle become one chain, as in ``a <= k <= b``."""
    written: list[str] = []
    marks: list[str] = []
    previous: Compare | None = None
    for position, condition in enumerate(part.part(*step).node):
        here = part.part(*step, position)
        behind = f" {compare[condition.op]} {here.whole('right')}"
        if previous is not None and _chains(previous, condition):
            written[-1] += behind
            marks[-1] = marks[-1] or here.marked
            previous = None
        else:
            written.append(here.whole("left") + behind)
            marks.append(here.marked)
            previous = condition
    colour = part.writer.colour
    return [colour(text, mark) if mark else text for text, mark in zip(written, marks, strict=True)]


def _chains(first: Compare, second: Compare) -> bool:
    return first.right == second.left and any({first.op, second.op} <= ops for ops in ({"<", "<="}, {">", ">="}))


def names_index(big: Big) -> bool:
    """Whether the conditions of a sum show what it runs over."""
    first = big.conditions[:1]
    chained = big.conditions[:2] if len(big.conditions) > 1 and _chains(*big.conditions[:2]) else first
    return any(big.index in (c.left, c.right) for c in chained)


def without_bounds(part: PrintedNode[Big]) -> list[PrintedNode[Big]]:
    r"""A sum and those directly inside it that are written under one sign, as in ``\sum_{c,d}``; none where there are bounds."""
    found: list[PrintedNode[Big]] = []
    while isinstance(part.node, Big) and (part.node.lower, part.node.upper, part.node.conditions) == (None, None, ()):
        if found and (part.node.kind != found[0].node.kind or {part.path, (*part.path, OWN)} & part.writer.marks.keys()):
            break
        found.append(part)
        part = part.part("body")
    return found


def power_of_application(part: PrintedNode[Pow]) -> bool:
    r"""Whether a power is written on the function, as in ``\tanh^{2}(x)``."""
    base = part.node.base
    return (
        isinstance(base, Apply)
        and isinstance(base.function, Sym)
        and len(base.function.name) > 1
        and base.function.name not in GREEK
        and isinstance(part.node.exponent, Num)
        and not part.part("base").marked
    )


# ---------------------------------------------------------------------------------------------------------------- LaTeX

_COMMANDS = GREEK | COMMANDS | {"ell", "infty", "ln"}
_COMPARE = {"=": "=", "!=": r"\neq", "<": "<", "<=": r"\leq", ">": ">", ">=": r"\geq", "in": r"\in", "|": r"\mid"}
_RELATE = {
    **_COMPARE,
    ":=": ":=",
    "<-": r"\leftarrow",
    "+=": r"\mathrel{+}=",
    "-=": r"\mathrel{-}=",
    "~": r"\approx",
    "oc": r"\propto",
    "in": r"\in",
}
_STYLES = {"cal": "mathcal", "bb": "mathbb", "text": "text", "index": "text", "open": "text"}
_MULTIPLY = {"": " ", "cdot": r" \cdot ", "times": r" \times "}
_HALVES = {"above": (r"\partial", ""), "below": ("", r"\partial")}
_DIFFERENTIALS = {"partial": (r"\partial", r"\partial"), "partial+": (r"\partial^{+}", r"\partial"), "d": ("d", "d"), **_HALVES}
_TOP, _PRIME = r"\top", r"\prime "
_TALL = (Frac, Big, Cases)
_SCRIPTS = frozenset({"indices", "exponent"})


def _is_tall(term: Term) -> bool:
    """Whether brackets around a term must grow."""
    if isinstance(term, _TALL) or (isinstance(term, Deriv) and term.sign != "nabla") or kind(term) == "Fraction":
        return True
    return any(step[0] not in _SCRIPTS and _is_tall(child) for step, child in children(term))


def _fence(text: str, tall: bool) -> str:
    return rf"\left({text}\right)" if tall else f"({text})"


class _LatexWriter(NotationWriter):
    def bracket(self, text: str, term: Term) -> str:
        return _fence(text, _is_tall(term))

    def colour(self, text: str, name: str) -> str:
        return rf"\textcolor{{{name}}}{{{text}}}"


def is_unwritten(node: Sub) -> bool:
    """Whether the scripts of a letter are its reader's, for a function that its document leaves open, and not written."""
    return all(isinstance(script, Sym) and script.style == "open" for script in node.indices)


def _num(p: PrintedNode[Num]) -> str:
    value = p.node.value
    return in_decimals(value) or rf"\frac{{{value.numerator}}}{{{value.denominator}}}"


def _sym(p: PrintedNode[Sym]) -> str:
    name, style = p.node.name, p.node.style
    if style in ("card", "set"):
        text = rf"|\{name[1:-1]}|" if name[1:-1] in _COMMANDS else name.replace("∪", r" \cup ")
    elif style == BAR:
        return rf"\bar{{{_sym(replace(p, node=replace(p.node, style='')))}}}"
    elif style in PREFIXES:
        prefix = style if style in ("d", "dp") else _command(style.removesuffix("_"))
        return f"{prefix} {_sym(replace(p, node=replace(p.node, style='')))}"
    elif style.startswith(ASIDE):
        return _sym(replace(p, node=replace(p.node, style="")))
    elif style.startswith(KIND):
        below = "".join(_sym(replace(p, node=Sym(letter))) for letter in style.split()[1:])
        return rf"{_sym(replace(p, node=replace(p.node, style='')))}_{{{below}}}"
    elif style:
        text = rf"\{_STYLES[style]}{{{name}}}"
    elif name.rstrip("'") in _COMMANDS:
        text = rf"\{name}"
    elif name == "sigma_any":  # an activation that a document leaves open, and writes without the script
        text = r"\sigma"
    elif "_" in name:
        letter, _, below = name.partition("_")
        text = f"{letter}_{{{below}}}"
    else:
        text = name if len(name.rstrip("'")) == 1 else rf"\operatorname{{{name}}}"
    return rf"\{p.node.accent}{{{text}}}" if p.node.accent else text


def _sub(p: PrintedNode[Sub]) -> str:
    base = p.node.base
    if is_unwritten(p.node):
        return p.at("base")
    scripts = f"_{{{','.join(_as_name(i, text) for i, text in zip(p.node.indices, p.all('indices'), strict=True))}}}"
    if isinstance(base, Sym) and (prefix := base.style.removesuffix("_")) in BELOW and prefix != base.style:
        below = _sym(replace(p.part("base"), node=replace(base, style="")))
        return rf"{_command(prefix)}_{{{below}{scripts}}}"
    if isinstance(base, Sym) and base.style.startswith(KIND):  # what counts its components is written
        return _sym(replace(p.part("base"), node=replace(base, style=""))) + scripts
    return p.at("base") + scripts


def _as_name(index: Term, text: str) -> str:
    """Three letters or more in a subscript as the word that they are, ``W_{out}``, unless that would be read as a word of formulas."""
    letters = "".join(text.split())
    if not isinstance(index, Mul) or len(index.factors) < 3 or not letters.isalpha() or len(letters) != len(index.factors):
        return text
    return letters if len(scanned(letters)) == len(letters) else text


def _command(name: str) -> str:
    return name if len(name) == 1 else rf"\{name}"


def _mark(p: PrintedNode[Mark]) -> str:
    mark = p.node.mark
    coloured = p.own(mark)
    if coloured == mark and mark.startswith("'"):
        return p.at("base") + mark
    return p.at("base") + f"^{{{coloured.replace(chr(39), _PRIME)}}}"


def _pow(p: PrintedNode[Pow]) -> str:
    if power_of_application(p):
        application = p.part("base")
        return f"{application.at('function')}^{{{p.at('exponent')}}}{_argument(application)}"
    return f"{p.at('base')}^{{{p.at('exponent')}}}"


def _argument(p: PrintedNode[Apply]) -> str:
    return _fence(p.whole("argument"), _is_tall(p.node.argument))


def _add(p: PrintedNode[Add]) -> str:
    text = p.at("terms", 0)
    for position in range(1, len(p.node.terms)):
        term = p.part("terms", position)
        if not isinstance(term.node, Neg):
            text += f" + {p.at('terms', position)}"
        elif term.marked:
            text += " " + p.writer.colour(f"{{}} - {term.at('term')}", term.marked)
        else:
            # Empty groups on both sides keep a coloured sign at its distance.
            sign = "-" if term.own("-") == "-" else term.own("{} - {}")
            text += f" {sign} {term.at('term')}"
    return text


def _mul(p: PrintedNode[Mul]) -> str:
    written = p.all("factors")
    if not p.node.sign:
        # From the right, since a factor in brackets may be taken for the argument of the one before it.
        for position in reversed(range(len(written) - 1)):
            if written[position + 1].startswith(("(", r"\left(")) and _ends_with_function(p.node.factors[position]):
                written[position] = p.writer.bracket(written[position], p.node.factors[position])
    return _MULTIPLY[p.node.sign].join(written)


def _ends_with_function(term: Term) -> bool:
    """Whether a bracket behind this factor would be its argument."""
    while not isinstance(term, Sym):
        if isinstance(term, Deriv) and term.sign == "nabla":
            term = term.numerator
        elif isinstance(term, (Sub, Sup, Mark, Pow, Transpose)):
            term = term.base
        else:
            return False
    return term in APPLIED_LETTERS


def _norm(p: PrintedNode[Norm]) -> str:
    text = p.at("term")
    kind = {"F": "_F", "infty": r"_{\infty}"}.get(p.node.kind, "")
    return (rf"\left\lVert {text} \right\rVert" if _is_tall(p.node.term) else rf"\lVert {text} \rVert") + kind


def _deriv(p: PrintedNode[Deriv]) -> str:
    if p.node.sign == "nabla" and isinstance(p.node.denominator, Elided):
        return rf"\nabla {p.at('numerator')}"
    if p.node.sign == "nabla":
        return rf"\nabla_{{{p.at('denominator')}}} {p.at('numerator')}"
    above, below = _DIFFERENTIALS[p.node.sign]
    below = f"{below} {p.at('denominator')}".strip()
    if p.node.prefix:
        return rf"\frac{{{above}}}{{{below}}} {p.at('numerator')}"
    above = f"{above} {p.at('numerator')}".strip()
    return rf"\frac{{{above}}}{{{below}}}"


def _big(p: PrintedNode[Big]) -> str:
    together = without_bounds(p)
    if len(together) > 1:
        letters = ",".join(part.at("index") for part in together)
        head = rf"\{p.node.kind}_{{{letters}}}"
        return f"{p.own(head)} {together[-1].at('body')}".rstrip()
    below = conditions(p, "conditions", compare=_COMPARE)
    if p.node.lower is not None:
        below.insert(0, f"{p.at('index')}={p.at('lower')}")
    elif not names_index(p.node):
        below.insert(0, p.at("index"))
    above = "" if p.node.upper is None else f"^{{{p.at('upper')}}}"
    head = rf"\{p.node.kind}_{{{', '.join(below)}}}{above}"
    return f"{p.own(head)} {p.at('body')}".rstrip()


def _cases(p: PrintedNode[Cases]) -> str:
    rows = []
    for position, (_, required) in enumerate(p.node.branches):
        written = ", ".join(conditions(p, "branches", position, 1, compare=_COMPARE))
        condition = rf"\text{{if }} {written}" if required else r"\text{otherwise}"
        rows.append(f"{p.at('branches', position, 0)} & {condition}")
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"


def _stack(p: PrintedNode[Stack]) -> str:
    rows = [[p.at("rows", r, c) for c in range(len(row))] for r, row in enumerate(p.node.rows)]
    if p.node.brackets == "[":
        return f"[{'; '.join(map(', '.join, rows))}]"
    columns = f"{{{'c' * max(map(len, rows))}}}" if p.node.brackets == "array" else ""
    name = f"{{{p.node.brackets}}}"
    return rf"\begin{name}{columns} " + r" \\ ".join(map(" & ".join, rows)) + rf" \end{name}"


_RULES: Mapping[type[Term], Rule] = {
    Num: _num,
    Sym: _sym,
    Sub: _sub,
    Sup: lambda p: f"{p.at('base')}^{{({','.join(p.all('indices'))})}}",
    Mark: _mark,
    Pow: _pow,
    Transpose: lambda p: f"{p.at('base')}^{{{p.own(_TOP)}}}",
    Neg: lambda p: f"{p.own('-')}{p.at('term')}",
    Add: _add,
    Mul: _mul,
    Hadamard: lambda p: r" \odot ".join(p.all("factors")),
    Outer: lambda p: r" \otimes ".join(p.all("factors")),
    Frac: lambda p: rf"\frac{{{p.at('numerator')}}}{{{p.at('denominator')}}}",
    Apply: lambda p: p.at("function") + _argument(p),
    Given: lambda p: p.at("base") + _fence(", ".join(p.all("arguments")), any(map(_is_tall, p.node.arguments))),
    Norm: _norm,
    Extremum: lambda p: rf"\{p.node.kind}" + _fence(", ".join(p.all("terms")), any(map(_is_tall, p.node.terms))),
    Compare: lambda p: f"{p.at('left')} {_COMPARE[p.node.op]} {p.at('right')}",
    Elided: lambda p: "",
    Ellipsis: lambda p: r"\dots",
    Big: _big,
    Deriv: _deriv,
    Cases: _cases,
    Stack: _stack,
    WrittenOut: lambda p: rf"\left[ {p.at('entry')} \right]",
    Row: lambda p: rf"\left[{p.whole('whole')}\right]_{{{p.node.number + 1}}}",
    Submatrix: lambda p: f"{p.at('whole')}[{slices(p.node)}]",
    Indicator: lambda p: rf"\mathbb{{1}}[{p.at('condition')}]",
}


def slices(block: Submatrix) -> str:
    """The places of a block as they are written."""
    return ", ".join(":".join(bounds) for bounds in block.bounds)


def latex(term: Term, marks: Mapping[Path, str] | None = None) -> str:
    r"""The LaTeX of a term, without dollar signs.

    The subterms at the paths in `marks` (see `symrnn.language.terms.walk`) are coloured: ``\textcolor{red}{...}``.
    """
    return _LatexWriter(_RULES, BINDINGS, marks).write(term)


def latex_relation(
    relation: Relation, left_marks: Mapping[Path, str] | None = None, right_marks: Mapping[Path, str] | None = None
) -> str:
    """The LaTeX of a relation; the marks are those of its two sides."""
    return f"{latex(relation.left, left_marks)} {_RELATE[relation.op]} {latex(relation.right, right_marks)}"
