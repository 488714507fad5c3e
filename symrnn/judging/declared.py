"""What a document declares, as far as it binds verdicts: layouts, hypotheses, spaces; and what is not told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from symrnn.deciding.hypotheses import Hypothesis
from symrnn.judging.introduced import stated_hypothesis
from symrnn.judging.judge import Judge
from symrnn.judging.mistakes import known_rule
from symrnn.language import questions
from symrnn.language.errors import InputError
from symrnn.language.model import Name, Quantity
from symrnn.language.parts import letters_in
from symrnn.language.scripted import scripts
from symrnn.language.terms import Big, Term, walk
from symrnn.reading.document import ONE_HOT, Directive, Document, Statement, makes_a_row, quantity_named, refused
from symrnn.reading.lexicon import Lexicon


def apply(directive: Directive, judge: Judge) -> None:
    """Lets a directive bind from here on, where something here is meant by it."""
    if directive.kind == "layout":
        for question in (questions.LAYOUT, questions.CHAIN_ORDER):
            judge.pin(question, directive.text)
    elif directive.kind == "given" and directive.text.endswith(ONE_HOT):
        name = _named_in(directive, judge.understanding.lexicon)
        found = next((h for h, target in _targets(judge) if target.name == name), None)
        if found is not None:
            judge.hearing.give(found, directive.position, directive.place)


def _targets(judge: Judge) -> list[tuple[Hypothesis, Quantity]]:
    """The hypotheses that something is one-hot, each with what it is about."""
    known = [h for h in judge.decider.value_hypotheses if h.kind == "one-hot"]
    return [(h, judge.understanding.model.quantities[h.about]) for h in known]


def _named_in(directive: Directive, lexicon: Lexicon) -> Name | None:
    """The quantity that a directive names. Raises InputError where it names none, unless it is prose."""
    try:
        return _name(quantity_named(directive), lexicon)
    except InputError:
        if not directive.prose:
            raise
        return None


def _free_classes(judge: Judge) -> set[Name | None]:
    """What stands for one class, and so is one-hot by nature."""
    return {judge.understanding.model.quantities[h.about].name for h in judge.decider.given}


def misfits(document: Document, courts: Sequence[Judge]) -> tuple[Directive, ...]:
    """What is declared for all files of a project, and is about nothing in this one.

    Raises InputError for what the document declares itself and is about nothing, and for a space that the equations contradict.
    """
    found = []
    for directive in document.directives:
        why = "" if directive.prose else _misfit(directive, document, courts)
        if why and not directive.everywhere:
            raise refused(directive, why)
        if why:
            found.append(directive)
    return tuple(found)


def _misfit(directive: Directive, document: Document, courts: Sequence[Judge]) -> str:
    """Why a declaration fits nothing from its place on; empty where it fits."""
    position = directive.position
    bound = courts if directive.everywhere else courts[position:] or courts[-1:]
    later = list({id(judge): judge for judge in bound}.values())
    if directive.kind == "loss":
        return _no_loss(directive, document, later)
    if directive.kind == "given" and directive.text.endswith(ONE_HOT):
        return _no_target(directive, later)
    if directive.kind not in ("shape", "given"):
        return ""
    statement, understanding = document.statements[position], courts[position].understanding
    assert statement.relation is not None
    name = _name(statement.relation.left, understanding.lexicon)
    if directive.kind == "shape":
        if position in understanding.contradicted:
            raise refused(directive, str(understanding.contradicted[position]))
        if name is None or not understanding.model.named(name):
            return "no quantity of the network is called that; declare it where it is defined or used"
    elif stated_hypothesis(courts[position].hearing, statement.relation) is None:
        known = ", ".join(dict.fromkeys(str(h.said) for h in courts[position].decider.value_hypotheses))
        return f"this is no hypothesis that can be given; there are {known or 'none here'}"
    return ""


def may_fit(directive: Directive, document: Document) -> bool:
    """Whether a document for which something is declared has all letters that the declaration is about, as far as reading shows."""
    declared = next((d for d in document.directives if (d.place, d.text) == (directive.place, directive.text)), None)
    if declared is None:
        return False
    row = document.statements[declared.position].relation if makes_a_row(declared) else None
    about = quantity_named(declared) if row is None else row.left
    counted = (n.index if isinstance(n, Big) else i for _, n in walk(about) for i in scripts(n) or (None,))
    return _have(document, letters_in(about) - frozenset[str]().union(*map(letters_in, counted)))


def _have(document: Document, letters: frozenset[str]) -> bool:
    """Whether the equations of a document have all these letters; one that was not read may have any that is in its text."""
    own = [statement for statement in document.statements if not statement.declared]
    sides = (side for s in own if s.relation is not None for side in s.relation.sides)
    left = letters - frozenset[str]().union(*map(letters_in, sides))
    return all(any(letter in s.latex for s in own if s.relation is None) for letter in left)


def _no_loss(directive: Directive, document: Document, judges: Iterable[Judge]) -> str:
    """Why what is declared a loss is none; a letter whose equation was not read may be one."""
    names = [(judge.understanding.model, _named_in(directive, judge.understanding.lexicon)) for judge in judges]
    found = [quantity for model, name in names if name is not None for quantity in model.named(name).values()]
    if found:
        return "" if any(not quantity.shape for quantity in found) else "a loss is a number, and this is none"
    letters = [name.letter for _, name in names if name is not None]
    written = any(_have(document, frozenset([letter])) for letter in letters)
    return "" if written else "no equation has this letter; declare it where it is used"


def _no_target(directive: Directive, judges: Sequence[Judge]) -> str:
    """Why what is declared one-hot is no target."""
    known = [target for judge in judges for _, target in _targets(judge)]
    for judge in judges:
        name = _named_in(directive, judge.understanding.lexicon)
        if name in _free_classes(judge) or any(target.name == name for _, target in _targets(judge)):
            return ""
    options = ", ".join(dict.fromkeys(target.text for target in known))
    return f"it is no target here; {f'there are {options}' if options else 'there is none'}"


def check_codes(document: Document) -> None:
    """Raises InputError, with the place, for an ignored rule that there is none of."""
    for directive in document.directives:
        for code in filter(None, directive.text.split(",")) if directive.kind == "ignore" else ():
            try:
                known_rule(code)
            except InputError as error:
                raise refused(directive, str(error)) from None


def _name(term: Term, lexicon: Lexicon) -> Name | None:
    found = lexicon.occurrence(term)
    return None if found is None else found.name


@dataclass
class Silence:
    """What is not to be told: by line, by stretch, for the whole document; and which of it was of use."""

    document: Document
    used: set[Directive] = field(default_factory=set)

    def is_about(self, statement: Statement) -> bool:
        """Whether something of what may be said of a statement is not to be told."""
        return bool(self._about(statement))

    def silences(self, statement: Statement, names: Iterable[str]) -> bool:
        """Whether what one of `names` says of a statement, a rule, its kind or its level, is not told."""
        found = [d for d in self._about(statement) if not d.text or set(d.text.split(",")) & set(names)]
        self.used.update(found)
        return bool(found)

    @property
    def unused(self) -> list[Directive]:
        """The comments on lines that silence nothing."""
        return [d for d in self.document.directives if d.kind == "ignore" and not d.everywhere and d not in self.used]

    def _about(self, statement: Statement) -> list[Directive]:
        position = self.document.statements.index(statement)
        found = [d for d in self.document.directives if d.kind == "ignore" and (d.everywhere or self._is_at(d, statement))]
        switches = [d for d in self.document.directives if d.kind in ("off", "on") and d.position <= position]
        if switches and switches[-1].kind == "off":
            found.append(switches[-1])
        return found

    def _is_at(self, directive: Directive, statement: Statement) -> bool:
        """A comment is about the equations of its line, else about those before it; alone on its line, about the next line of them."""
        statements, place = self.document.statements, directive.place
        here = [s for s in statements if (s.place.part, s.place.line) == (place.part, place.line)]
        if directive.alone and not here:
            after = statements[directive.position : directive.position + 1]
            return any((s.place.part, s.place.line) == (statement.place.part, statement.place.line) for s in after)
        if here:
            return statement in here
        before = statements[max(directive.position - 1, 0) : directive.position]
        return any(s.chain == statement.chain and s.place.part == place.part for s in before)
