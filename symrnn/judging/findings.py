"""What an author should look at, of all that a report says: values, worst first, that every output and the exit status go by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from symrnn.judging import mistakes
from symrnn.judging.declared import Silence
from symrnn.judging.judgement import CommonCause, Judgement, Report
from symrnn.judging.mistakes import LEVELS, WARNING, Mistake, known_rule
from symrnn.judging.together.ledger import answer_to
from symrnn.judging.verdict import VERDICTS, Conditional, Slip, Undecided, Unread, Verdict, Wrong, ground_of
from symrnn.language import questions
from symrnn.language.choices import ShapeClash
from symrnn.language.model import Name
from symrnn.language.tensors import Jac, Permute, Ref
from symrnn.language.terms import Relation, Sym
from symrnn.notation import latex
from symrnn.notation.said import Told
from symrnn.reading.document import Place, Statement


@dataclass(frozen=True)
class OneCause:
    """What a definition would have to say for some of so many wrong equations to hold."""

    instead: Relation
    mended: tuple[Judgement, ...]
    wrong: int


@dataclass(frozen=True)
class Finding:
    """One thing to look at: how bad it is, the rules it breaks, the place, and the statement, where it is about one; `other` is the one
    that it contradicts, `cause` says which mistakes it is the cause of."""

    level: str
    rules: tuple[Mistake, ...]
    place: Place
    judgement: Judgement | None = None
    other: Judgement | None = None
    cause: OneCause | None = None

    @property
    def label(self) -> str:
        """The label of the statement, empty where it is about none."""
        return "" if self.judgement is None else self.judgement.statement.label

    @property
    def end(self) -> Place | None:
        """Where the statement ends, in the file that it begins in."""
        end = None if self.judgement is None else self.judgement.statement.end
        return end if end is not None and end.part == self.place.part else None

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(rule.code for rule in self.rules)


@dataclass(frozen=True)
class Cause:
    """Why rows have to wait: a quantity that nothing defines, or whose definition, at `statement`, has no meaning; or a loss of which
    nothing says how it depends on the outputs, and with which equation for it they were `tried`."""

    name: Name
    statement: Statement | None
    reason: Told
    waiting: tuple[Judgement, ...]
    tried: Relation | None = None


@dataclass(frozen=True)
class Selection:
    """Which rules count: all of them, or the selected ones, without the ignored ones; by code, by kind or by verdict."""

    selected: frozenset[str] = field(default_factory=frozenset)
    ignored: frozenset[str] = field(default_factory=frozenset)

    @staticmethod
    def of(selected: Iterable[str] = (), ignored: Iterable[str] = ()) -> Selection:
        """Raises InputError for what is the name of no rule."""
        return Selection(frozenset(map(known_rule, selected)), frozenset(map(known_rule, ignored)))

    def narrowed(self, finding: Finding) -> Finding | None:
        """The finding with the rules that count, None where none does."""
        rules = tuple(rule for rule in finding.rules if self.counts({rule.code, rule.kind, finding.level}))
        return replace(finding, rules=rules) if rules else None

    def counts(self, names: set[str]) -> bool:
        """Whether something counts that has these names: a code, a kind, a verdict."""
        return (not self.selected or bool(names & self.selected)) and not names & self.ignored


def findings(report: Report, selection: Selection | None = None) -> tuple[Finding, ...]:
    """What to look at in a report, worst first, of one kind in the order of the document."""
    silence = Silence(report.document)
    told = [narrowed for finding in _all_findings(report) if (narrowed := _told(finding, silence)) is not None]
    if len(report.judgements) == len(report.document.statements):
        told += [Finding(WARNING, (mistakes.UNUSED,), directive.place) for directive in silence.unused]
    if selection is not None:
        told = [narrowed for finding in told if (narrowed := selection.narrowed(finding)) is not None]
    return _worst_first(told)


def kept_silent(report: Report, selection: Selection | None = None) -> tuple[Finding, ...]:
    """What is not told of a report, since a comment, the configuration or an option says so, worst first."""
    told = {(id(f.judgement), id(f.other), rule) for f in findings(report, selection) for rule in f.rules}
    silent = []
    for finding in _all_findings(report):
        rules = tuple(rule for rule in finding.rules if (id(finding.judgement), id(finding.other), rule) not in told)
        if rules:
            silent.append(replace(finding, rules=rules))
    return _worst_first(silent)


def _all_findings(report: Report) -> list[Finding]:
    found = [f for j in report.judgements if (f := _finding(j)) is not None]
    return [*found, *_common_causes(report), *_switches(report.judgements), *_switches_of_vec(report.judgements)]


def _worst_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda finding: LEVELS.index(finding.level)))


def _told(finding: Finding, silence: Silence) -> Finding | None:
    """The finding with the rules that no comment silences, None where none is left."""
    assert finding.judgement is not None
    statement = finding.judgement.statement
    rules = tuple(r for r in finding.rules if not silence.silences(statement, (r.code, r.kind, finding.level)))
    return replace(finding, rules=rules) if rules else None


def statuses(found: Iterable[Finding]) -> set[str]:
    """What findings do to the exit status: ``mistake``, ``open``; a warning does nothing."""
    return {VERDICTS[finding.level].status for finding in found if finding.level in VERDICTS}


def _finding(judgement: Judgement) -> Finding | None:
    rules = _rules(judgement.verdict)
    return Finding(judgement.verdict.word, rules, judgement.statement.place, judgement) if rules else None


def _rules(verdict: Verdict) -> tuple[Mistake, ...]:
    match verdict:
        case Slip(repair) | Wrong(repair=repair) if repair is not None:
            own = [edit for edit in repair.edits if not edit.source]
            return tuple(dict.fromkeys(edit.mistake for edit in own or repair.edits))
        case Wrong(certificate):
            return (mistakes.SHAPES if isinstance(certificate, ShapeClash) else mistakes.FALSE,)
        case Undecided(waits_for=name):
            return (mistakes.UNDECIDED if name is None else mistakes.UNDEFINED,)
        case Unread():
            return (mistakes.UNREAD,)
        case Conditional():
            return (mistakes.HYPOTHESIS,)
    return ()


def _common_causes(report: Report) -> Iterator[Finding]:
    """Definitions by which several equations are wrong that would hold by another one: told where these stand."""
    mended: dict[CommonCause, list[Judgement]] = {}
    for judgement in report.judgements:
        if judgement.cause is not None:
            mended.setdefault(judgement.cause, []).append(judgement)
    for cause, rows in mended.items():
        one = OneCause(cause.instead, tuple(rows), report.counts["wrong"])
        for definition in (j for j in report.judgements if j.statement.place == cause.definition.place):
            yield Finding(WARNING, (mistakes.ONE_CAUSE,), definition.statement.place, definition, cause=one)


def _switches(judgements: Sequence[Judgement]) -> Iterator[Finding]:
    """One Jacobian in two layouts: told where the second one stands first."""
    first: dict[tuple[str, str, bool], dict[str, Judgement]] = {}
    for judgement in judgements:
        layout, jacobian = answer_to(questions.LAYOUT, judgement.verdict), _jacobian(judgement.verdict)
        if layout and jacobian is not None:
            seen = first.setdefault(jacobian, {})
            if seen and layout not in seen:
                yield Finding(WARNING, (mistakes.LAYOUT,), judgement.statement.place, judgement, next(iter(seen.values())))
            seen.setdefault(layout, judgement)


def _switches_of_vec(judgements: Sequence[Judgement]) -> Iterator[Finding]:
    """vec of columns and vec of rows: told where the second one stands first."""
    orders = [(order, j) for j in judgements if (order := answer_to(questions.STACKED, j.verdict))]
    other = next((j for order, j in orders if order != orders[0][0]), None)
    if other is not None:
        yield Finding(WARNING, (mistakes.VEC,), other.statement.place, other, orders[0][1])


def _jacobian(verdict: Verdict) -> tuple[str, str, bool] | None:
    """Which quantity is differentiated by which, where the left side of what was proven is one derivative."""
    ground = ground_of(verdict)
    left = None if ground is None else ground.claim.left
    if isinstance(left, Permute):
        left = left.argument
    if isinstance(left, Jac) and isinstance(left.numerator, Ref):
        return left.numerator.quantity, left.wrt.quantity, left.explicit
    return None


def causes(report: Report) -> tuple[Cause, ...]:
    """What rows wait for, that for which most of them do first."""
    by_name: dict[tuple[int, Name], list[Judgement]] = {}
    failed: dict[tuple[int, Name], Judgement] = {}
    for judgement in report.judgements:
        verdict, network = judgement.verdict, id(judgement.network)
        if isinstance(verdict, Undecided):
            if verdict.fails is not None:
                failed.setdefault((network, verdict.fails), judgement)
            if verdict.waits_for is not None:
                by_name.setdefault((network, verdict.waits_for), []).append(judgement)
    for (network, name), rows in by_name.items():
        unread = next((j for j in report.judgements if isinstance(j.verdict, Unread) and _begins_with(j.statement, name)), None)
        if unread is not None and unread.statement not in [row.statement for row in rows]:
            failed.setdefault((network, name), unread)
    found = [_cause(name, failed.get((network, name)), tuple(rows)) for (network, name), rows in by_name.items()]
    found += _open_losses(report)
    return tuple(sorted(found, key=lambda cause: -len(cause.waiting)))


def _open_losses(report: Report) -> Iterator[Cause]:
    by_loss: dict[tuple[int, Relation], list[Judgement]] = {}
    for judgement in report.judgements:
        tried = judgement.verdict.tried if isinstance(judgement.verdict, Undecided) else None
        if tried is not None:
            by_loss.setdefault((id(judgement.network), tried), []).append(judgement)
    for (_, tried), rows in by_loss.items():
        if isinstance(tried.left, Sym):
            yield Cause(Name.of(tried.left), None, "", tuple(rows), tried)


def _cause(name: Name, failed: Judgement | None, waiting: tuple[Judgement, ...]) -> Cause:
    verdict = None if failed is None else failed.verdict
    reason = verdict.reason if isinstance(verdict, (Undecided, Unread)) else ""
    return Cause(name, None if failed is None else failed.statement, reason, waiting)


def _begins_with(statement: Statement, name: Name) -> bool:
    """Whether the left side of an unread statement begins with a letter."""
    letter = latex(name.bare)
    rest = statement.latex.removeprefix(letter)
    return rest != statement.latex and not rest[:1].isalpha()
