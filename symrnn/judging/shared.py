"""Files of one work: what an earlier one defines holds in a later one that lacks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from symrnn.judging.judgement import Judgement, Report
from symrnn.judging.together.ledger import ledger
from symrnn.judging.verdict import Conditional, Undecided
from symrnn.language.parts import contains, letters_in
from symrnn.language.scripted import letter_under
from symrnn.language.terms import Deriv
from symrnn.reading.document import Document, Place, Statement, without
from symrnn.reading.lexicon.observed import USUAL_INDICES

Judge = Callable[[Document], Report]
#: How many files before one are looked at that say no more of its letters than nearer ones.
_MOST_NEAR = 20
#: How many titles are told of files that are shown as one.
_MOST_TITLES = 4


def with_earlier(document: Document, report: Report, earlier: Sequence[Document], judge: Judge) -> Report:
    """The report on a document, with what earlier files define where its own equations wait for that; else as it is.

    Nothing is taken from another file by a document that needs nothing.
    """
    waiting = waits(report)
    earlier = concerned(earlier, document) if waiting else ()
    if not earlier:
        return report
    found = judge(joined(earlier, document))
    start = sum(len(one.statements) for one in earlier)
    lost = [d for d in document.directives if replace(d, position=d.position + start) in found.document.misfits]
    own = without(document, lost)
    written = {statement.id: statement for statement in own.statements}
    judgements = tuple(
        replace(judgement, statement=written[judgement.statement.id])
        for judgement in found.judgements
        if judgement.statement.id in written
    )
    result = replace(found, document=replace(own, lenders=tuple(one.name for one in earlier)), judgements=judgements)
    return result if waits(result) < waiting else report


def limited_to(report: Report, files: Collection[Path]) -> Report:
    """The report on what stands in some of the files that a document reads in, as if these were the document."""
    document = report.document

    def is_in(place: Place) -> bool:
        return Path(place.file).resolve() in files

    kept = [is_in(statement.place) for statement in document.statements]
    directives = tuple(replace(d, position=sum(kept[: d.position])) for d in document.directives if d.everywhere or is_in(d.place))
    statements = tuple(statement for statement, own in zip(document.statements, kept, strict=True) if own)
    judgements = tuple(j for j in report.judgements if is_in(j.statement.place))
    name = next((s.place.file for s in statements), document.name)
    own = replace(document, name=name, statements=statements, directives=directives)
    return replace(report, document=own, judgements=judgements)


def concerned(earlier: Sequence[Document], document: Document) -> list[Document]:
    """The documents of a long work that may count for a later one.

    They say something of its letters or of theirs, or declare something; far ones must define what no nearer one does.
    """
    needed, defined, found = _letters(document), frozenset[str](), list[Document]()
    for one in reversed(earlier):
        heads = [s.relation.left for s in one.statements if s.relation is not None and not contains(s.relation.left, Deriv)]
        said = needed & frozenset[str]().union(*map(letters_in, heads))
        if (said or _declares(one)) and (len(found) < _MOST_NEAR or not said <= defined):
            needed, defined = needed | _letters(one), defined | said
            found.insert(0, one)
    return found


def _declares(document: Document) -> bool:
    return any(directive.kind not in ("ignore", "off", "on") for directive in document.directives)


def _letters(document: Document) -> frozenset[str]:
    return frozenset[str]().union(*(r.letters for r in document.relations)) - USUAL_INDICES


def joined(earlier: Sequence[Document], document: Document) -> Document:
    """A document with earlier ones before it, in which the names of statements and sections stay apart."""
    statements: list[Statement] = []
    directives = []
    for number, one in enumerate((*earlier, document)):
        name = Path(one.name).name
        is_earlier = one is not document
        directives += [
            replace(d, position=d.position + len(statements))
            for d in one.directives
            if not is_earlier or d.kind not in ("ignore", "off", "on")
        ]
        statements += [_renamed(s, f"{name}#{number}") if is_earlier else s for s in one.statements]
    expressions = tuple(e for one in (*earlier, document) for e in one.expressions)
    sections = tuple(s for one in (*earlier, document) for s in one.sections)
    return replace(document, statements=tuple(statements), directives=tuple(directives), expressions=expressions, sections=sections)


def _renamed(statement: Statement, name: str) -> Statement:
    """A statement of an earlier file: its id and its label are its file's, and it continues no chain of a later one."""
    return replace(statement, id=f"{name} {statement.id}", label=f"{name} {statement.label}", chain=-statement.chain)


def labelled_apart(documents: Sequence[Document]) -> list[Document]:
    """Documents in which a label that comes in several of them has the name of its file."""
    uses = Counter(label for document in documents for label in {statement.label for statement in document.statements})
    result = []
    for document, name in zip(documents, _short([document.name for document in documents]), strict=True):
        named = (s if uses[s.label] == 1 else replace(s, label=f"{name} {s.label}") for s in document.statements)
        result.append(replace(document, statements=tuple(named)))
    return result


def _short(names: Sequence[str]) -> list[str]:
    """The names of files without their folders, where that tells them apart."""
    short = [Path(name).name for name in names]
    return short if len(set(short)) == len(names) else list(names)


def bound_together(reports: Sequence[Report]) -> Report:
    """Several reports as one, in which sections have the names of their files."""
    names, titles = [report.document.name for report in reports], [report.document.title for report in reports]
    judgements: list[Judgement] = []
    for number, (name, report) in enumerate(zip(_short(names), reports, strict=True)):
        for judgement in report.judgements:
            s = judgement.statement
            section = f"{name}: {s.section}" if s.section else name
            chain = s.chain + 1_000_000 * number
            judgements.append(replace(judgement, statement=replace(s, id=f"{number}.{s.id}", section=section, chain=chain)))
    main = max(reports, key=lambda report: len(report.network.quantities))
    document = replace(
        main.document,
        name=", ".join(names),
        digest=sha256("".join(report.document.digest for report in reports).encode()).hexdigest(),
        title=", ".join(titles) if len(titles) <= _MOST_TITLES else f"{titles[0]} and {len(titles) - 1} more",
        statements=tuple(judgement.statement for judgement in judgements),
        directives=(),
        bound=tuple(names),
    )
    model = tuple(dict.fromkeys(line for report in reports for line in report.model))
    return replace(main, document=document, judgements=tuple(judgements), ledger=ledger(judgements), model=model)


def waits(report: Report) -> int:
    """How many statements rest on what nothing defines, or are true only of a usual network in its place."""
    return sum(_waits(judgement) for judgement in report.judgements)


def _waits(judgement: Judgement) -> bool:
    verdict, relation = judgement.verdict, judgement.statement.relation
    if isinstance(verdict, Undecided):
        return verdict.waits_for is not None
    if not isinstance(verdict, Conditional) or relation is None or judgement.network is None:
        return False
    known = {quantity.name.letter for quantity in judgement.network.quantities.values()}
    above = (letter_under(node.numerator) for node in relation.nodes() if isinstance(node, Deriv))
    return any(letter is not None and letter.name not in known for letter in above)
