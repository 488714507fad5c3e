r"""Derivations that are proven line by line.

A `Derivation` is a page: equations with their reasons, from the definitions to the result. `run` judges each with the
engine that judges notes. A line that is not proven stops the script, and so does one that is proven under a hypothesis
it does not name, or names one that it does not need.

>>> page = Derivation("state", "The state", "How the state follows from the state before it.")
>>> page.define(r"h_t = \tanh(W h_{t-1})", "The state is a function of the state before it.")
>>> page.define(r"L_t = c^\top h_t", "The loss is a number.")
>>> page.step(r"\frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1 - h_t^2) W", "The chain rule.")
>>> [line.judgement.verdict.word for line in prove(page, Options(steps=2)).lines]
['definition', 'definition', 'proven']
"""

from __future__ import annotations

import re
import runpy
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import click

import symrnn
from symrnn.judging.check import check
from symrnn.judging.judgement import Judgement, Options, Report
from symrnn.judging.verdict import VERDICTS, Conditional, Proven
from symrnn.language import questions
from symrnn.language.errors import InputError
from symrnn.language.terms import Relation
from symrnn.notation import Chain, Unreadable, read_row, read_term, unicode
from symrnn.notation.said import Said, one_by_one
from symrnn.reading.document import read_text
from symrnn.showing.report.appendix import colophon, proof_table
from symrnn.showing.report.inductions import proof_anchors, treatise_of
from symrnn.showing.report.output import write_page
from symrnn.showing.report.page import (
    QUOTED_SIGN,
    Arc,
    Display,
    Entry,
    Graph,
    Inline,
    Link,
    Math,
    Note,
    Page,
    Picture,
    Prose,
    Section,
    Stop,
    Words,
    as_prose,
    prose,
    slug,
)
from symrnn.showing.report.pages import picture_of_network, proof_note
from symrnn.showing.report.wording import clean, equation, extent_text, hypotheses_of, why
from symrnn.showing.sizes import with_sizes

NOT_PROVEN, UNUSABLE = 1, 2
#: Sizes beyond these make polynomials that nobody wants to wait for.
MOST_STEPS, LARGEST_SIZE = 12, 12

_REFERENCE = re.compile(r"@([\w-]+)")
_SIZES = ("hidden", "classes", "input")


Kind = Literal["definition", "step", "result", "quoted"]
#: How a line is marked that is not about the network and so not judged.
QUOTED: Literal["quoted"] = "quoted"
_SIGNS = {**{word: kind.sign for word, kind in VERDICTS.items()}, QUOTED: QUOTED_SIGN}


@dataclass(frozen=True)
class DerivedLine:
    """One equation of a derivation: why it holds, under which hypotheses, and what it is called in other reasons."""

    latex: str
    reason: str
    given: tuple[str, ...]
    name: str
    section: str
    kind: Kind


@dataclass
class Derivation:
    r"""A page that is written line by line.

    `name` is that of its script. Reasons are plain text with formulas between dollar signs; ``@name`` in a reason is
    the number of the line with that name. `conventions` are sentences about notation for the top of the page.
    """

    name: str
    title: str
    about: str
    conventions: tuple[str, ...] = ()
    lines: list[DerivedLine] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    current: str = ""

    def section(self, title: str, text: str = "") -> None:
        """Begin a part of the page."""
        self.current = title
        self.texts[title] = text

    def define(self, latex: str, reason: str, *, name: str = "") -> None:
        """An equation that introduces a quantity."""
        self.add("definition", latex, reason, (), name)

    def step(self, latex: str, reason: str, *, given: Sequence[str] = (), name: str = "") -> None:
        """An equation that is to be proven, under the hypotheses `given` in the words of the catalogue."""
        self.add("step", latex, reason, tuple(given), name)

    def result(self, latex: str, reason: str, *, given: Sequence[str] = (), name: str = "") -> None:
        """A step that the page was written for."""
        self.add("result", latex, reason, tuple(given), name)

    def quote(self, latex: str, reason: str, *, name: str = "") -> None:
        """A fact of general mathematics that is not judged here and marked as such."""
        self.add(QUOTED, latex, reason, (), name)

    def add(self, kind: Kind, latex: str, reason: str, given: tuple[str, ...], name: str = "") -> None:
        """A line of any kind. Raises InputError where its name is taken."""
        if name and any(line.name == name for line in self.lines):
            raise InputError(f"{self.title}: two lines are called {name}; give them different names")
        self.lines.append(DerivedLine(latex, reason, given, name, self.current, kind))

    def number(self, name: str) -> int:
        """The number of the line with that name. Raises InputError when there is none."""
        for number, line in enumerate(self.lines, 1):
            if line.name == name:
                return number
        raise InputError(f"{self.title}: a reason refers to @{name}, but no line has that name")

    def judged(self) -> list[tuple[int, DerivedLine]]:
        """The lines that are judged, each with its number."""
        return [(number, line) for number, line in enumerate(self.lines, 1) if line.kind != QUOTED]

    def source(self) -> str:
        """The equations as a Markdown document, each tagged with its number."""
        parts, section = [f"# {self.title}"], ""
        for number, line in self.judged():
            if line.section != section:
                section = line.section
                parts.append(f"## {section}")
            parts.append(f"$$\n{line.latex} \\tag{{{number}}}\n$$")
        return "\n\n".join(parts)


@dataclass(frozen=True)
class Proved:
    """A line with its judgement (none if it is quoted); `fault` says why it does not stand, and is empty for one that does."""

    number: int
    line: DerivedLine
    judgement: Judgement | None
    fault: str = ""

    @property
    def word(self) -> str:
        """The verdict, or that there is none."""
        return QUOTED if self.judgement is None else self.judgement.verdict.word


@dataclass(frozen=True)
class JudgedDerivation:
    """All lines of a derivation with their judgements."""

    derivation: Derivation
    report: Report
    lines: tuple[Proved, ...]

    @property
    def fault(self) -> Proved | None:
        """The first line that does not stand."""
        return next((line for line in self.lines if line.fault), None)


# --------------------------------------------------------------------------------------------------------------- proving


def prove(derivation: Derivation, options: Options | None = None) -> JudgedDerivation:
    """Judge every line. Raises InputError when the lines are no network or not one equation each."""
    document = read_text(derivation.source(), derivation.title, "markdown")
    report = check(document, options)
    labels = [j.statement.label for j in report.judgements]
    expected = [str(number) for number, _ in derivation.judged()]
    if labels != expected:
        raise InputError(f"{derivation.title}: {_odd(report, expected)} is not one equation")
    switches = {label: entry.answer for entry in report.ledger if entry.question == questions.JACOBIANS for label in entry.switches}
    judgements = {int(j.statement.label): j for j in report.judgements}
    proved = tuple(
        _proved(number, line, judgements.get(number), switches.get(str(number))) for number, line in enumerate(derivation.lines, 1)
    )
    return JudgedDerivation(derivation, report, proved)


def _odd(report: Report, expected: Sequence[str]) -> str:
    """The line that gave more than one statement, or one of its own labels."""
    found = next((j.statement for j in report.judgements if j.statement.label not in expected), None)
    if found is None:
        return "one of its lines"
    number = found.label.partition(".")[0]
    return f"line {number}" if number in expected else found.latex


def _proved(number: int, line: DerivedLine, judgement: Judgement | None, layout: str | None) -> Proved:
    if judgement is None:
        return Proved(number, line, None)
    return Proved(number, line, judgement, _fault(line, judgement) or _switch(layout))


def _fault(line: DerivedLine, judgement: Judgement) -> str:
    """Why a line does not stand as it is written."""
    word = judgement.verdict.word
    if word == "definition":
        return "" if line.kind == "definition" else "it is read as a definition, so there is nothing to prove"
    if word not in ("proven", "conditional"):
        return f"{word}: {why(judgement)}"
    needed, given = set(map(str, hypotheses_of(judgement.verdict))), set(line.given)
    if needed - given:
        return f"it holds only if {' and '.join(sorted(needed - given))}, which it does not say"
    if given - needed:
        return f"it says that it needs {' and '.join(sorted(given - needed))}, but holds without"
    return ""


def _switch(layout: str | None) -> str:
    """A page that changes its layout on the way would puzzle its reader."""
    return f"it needs Jacobians in {layout} layout, the lines before do not" if layout else ""


# ------------------------------------------------------------------------------------------------------------------ page


def derivation_page(proof: JudgedDerivation, pictures: tuple[Picture, ...] = ()) -> Page:
    """The derivation as a page for LaTeX or HTML."""
    derivation = proof.derivation
    titles = list(dict.fromkeys(line.section for line in derivation.lines))
    treatise = treatise_of(proof.report)
    proofs = proof_anchors(treatise)
    return Page(
        title=derivation.title,
        subtitle=conclusion(proof),
        introduction=tuple(prose(text) for text in (derivation.about, *derivation.conventions)),
        network=picture_of_network(proof.report),
        sections=tuple(_section(proof, title, proofs) for title in titles),
        pictures=pictures,
        graph=_graph(proof),
        appendix=proof_table(proof.report, proofs),
        treatise=treatise,
        colophon=colophon(proof.report, f"symrnn derive {derivation.name}"),
    )


def conclusion(proof: JudgedDerivation) -> str:
    """What may be said of a derivation that stands."""
    but = " that is not quoted" if any(line.word == QUOTED for line in proof.lines) else ""
    verdicts = [p.judgement.verdict for p in proof.lines if p.judgement]
    extents = {v.ground.extent for v in verdicts if isinstance(v, (Proven, Conditional))}
    extent = extents.pop() if len(extents) == 1 else proof.report.scope
    return f"Every line{but} was proven for {extent_text(extent)}."


def _graph(proof: JudgedDerivation) -> Graph:
    """Which line rests on which, by the names that reasons mention."""
    stops = tuple(Stop(slug(str(p.number)), f"({p.number})", p.word, as_prose(_shown(p))) for p in proof.lines)
    arcs = (
        Arc(proof.derivation.number(name) - 1, p.number - 1, "reason")
        for p in proof.lines
        for name in _REFERENCE.findall(p.line.reason)
    )
    return Graph(stops, tuple(sorted(set(arcs), key=lambda arc: (arc.target, arc.source))))


def _shown(proved: Proved) -> Said:
    """A line as a formula."""
    if proved.judgement is not None:
        return equation(proved.judgement.statement)
    return one_by_one("; ", (r for chain in read_row(proved.line.latex) for r in _relations(chain)))


def _relations(chain: Chain) -> Iterator[Relation]:
    sides = [side for side in chain.sides if side is not None]
    for operator, left, right in zip(chain.operators, sides, sides[1:], strict=False):
        yield Relation(operator, left, right)


def _section(proof: JudgedDerivation, title: str, proofs: Mapping[str, str]) -> Section:
    derivation = proof.derivation
    entries = tuple(_entry(derivation, proved, proofs) for proved in proof.lines if proved.line.section == title)
    text = derivation.texts.get(title, "")
    return Section(title, entries, (_with_references(derivation, text),) if text else ())


def _entry(derivation: Derivation, proved: Proved, proofs: Mapping[str, str]) -> Entry:
    line, anchor = proved.line, slug(str(proved.number))
    notes = [Note("if", ((Words(text),),), "given") for text in line.given]
    return Entry(
        anchor=anchor,
        label=str(proved.number),
        word=proved.word,
        equation=Display(line.latex),
        before=_with_references(derivation, line.reason),
        notes=(*notes, *(proof_note(proofs[a]) for a in (anchor,) if a in proofs)),
        is_result=line.kind == "result",
    )


def _with_references(derivation: Derivation, text: str) -> Prose:
    """A reason with the numbers of the lines that it names."""
    result: list[Inline] = []
    for part in prose(text):
        if isinstance(part, Math):
            result.append(part)
        elif isinstance(part, Words):
            result.extend(_linked(derivation, part.text))
    return tuple(result)


def _linked(derivation: Derivation, text: str) -> Iterator[Inline]:
    for position, piece in enumerate(_REFERENCE.split(text)):
        if position % 2:
            number = str(derivation.number(piece))
            yield Link(slug(number), number)
        elif piece:
            yield Words(piece)


# -------------------------------------------------------------------------------------------------------------- terminal


def in_terminal(proof: JudgedDerivation, width: int) -> Iterator[str]:
    """The derivation for a terminal, up to the first line that does not stand."""
    derivation = proof.derivation
    yield derivation.title
    yield "=" * len(derivation.title)
    yield from _wrapped(_spoken(prose(derivation.about)), width, "")
    section = ""
    for proved in proof.lines:
        if proved.line.section != section:
            section = proved.line.section
            yield f"\n{section}\n{'-' * len(section)}"
        yield from _line_in_words(derivation, proved, width)
        if proved.fault:
            return


def _line_in_words(derivation: Derivation, proved: Proved, width: int) -> Iterator[str]:
    yield ""
    yield from _wrapped(_spoken(_with_references(derivation, proved.line.reason)), width, "     ")
    given = f", if {' and '.join(proved.line.given)}" if proved.line.given else ""
    yield from _wrapped(clean(str(_shown(proved))), width, f"{proved.number:>3}  ")
    yield f"     {_SIGNS[proved.word]} {proved.word}{given}"


def _wrapped(text: str, width: int, start: str) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=start, subsequent_indent=" " * len(start), break_long_words=False)


def _spoken(parts: Prose) -> str:
    return "".join(_spoken_formula(part.latex) if isinstance(part, Math) else part.text for part in parts)


def _spoken_formula(latex: str) -> str:
    try:
        return unicode(read_term(latex))
    except Unreadable:
        return latex


# --------------------------------------------------------------------------------------------------------------- running


Pictures = Callable[[JudgedDerivation], tuple[Picture, ...]]
with_output = click.option(
    "-o", "output", metavar="OUT.md|.tex|.pdf|.html", type=click.Path(path_type=Path), help="Write a report."
)


def run(derivation: Derivation, arguments: Sequence[str] | None = None, pictures: Pictures | None = None) -> int:
    """Prove and show a derivation as a script would, and return its exit status.

    `pictures` makes what belongs to the page beyond its formulas; it is asked when every line stands. Exit status: 0 every
    line stands, 1 one does not, 2 unusable arguments.
    """

    @click.command(help=derivation.about, context_settings={"help_option_names": ["-h", "--help"]})
    @with_sizes
    @with_output
    def command(steps: int, hidden: int | None, classes: int | None, input_: int | None, output: Path | None) -> int:
        sizes = {k: v for k, v in zip(_SIZES, (hidden, classes, input_), strict=True) if v is not None}
        if len(set(sizes.values())) < len(sizes):
            raise InputError("give sizes that differ, so that no misplaced transpose can hide")
        return told(prove(derivation, Options(steps, sizes)), output, pictures)

    try:
        return int(command.main(arguments, standalone_mode=False) or 0)
    except click.ClickException as error:
        return refusal(error.format_message())
    except InputError as error:
        return refusal(str(error))


def refusal(message: str) -> int:
    print(f"symrnn: {clean(message)}", file=sys.stderr)
    return UNUSABLE


def told(proof: JudgedDerivation, output: Path | None, pictures: Pictures | None) -> int:
    """Print a derivation and write its page; the exit status."""
    width = min(shutil.get_terminal_size().columns, 100)
    click.echo("\n".join(in_terminal(proof, width)))
    fault = proof.fault
    if fault is not None:
        click.echo(f"symrnn: line {fault.number} is not proven: {clean(fault.fault)}", err=True)
        click.echo(f"symrnn:   {clean(fault.line.latex)}", err=True)
        return NOT_PROVEN
    click.echo(f"\n{conclusion(proof)}")
    if output is not None:
        made = pictures(proof) if pictures is not None else ()
        click.echo(write_page(derivation_page(proof, made), output))
    return 0


# ------------------------------------------------------------------------------------------------------------ by its name


def derivation_scripts() -> dict[str, Path]:
    """The derivations by name: those installed with symrnn, or those of the checkout it runs from."""
    package = Path(symrnn.__file__).parent
    for folder in (package / "derivations", package.parent / "derivations"):
        if folder.is_dir():
            return {path.stem: path for path in sorted(folder.glob("*.py")) if not path.stem.startswith("_")}
    return {}


def run_script(path: Path, arguments: Sequence[str]) -> int:
    before = sys.argv
    sys.argv = [str(path), *arguments]
    try:
        runpy.run_path(str(path), run_name="__main__")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    finally:
        sys.argv = before
    return 0
