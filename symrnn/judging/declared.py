"""What a document declares, as far as it binds verdicts: layouts, hypotheses, spaces; and what is not told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from symrnn.judging.judge import Judge
from symrnn.judging.mistakes import known_rule
from symrnn.language import questions
from symrnn.language.errors import InputError
from symrnn.language.model import Name
from symrnn.language.terms import Term
from symrnn.reading.document import ONE_HOT, Directive, Document, Statement, quantity_named, refused
from symrnn.reading.lexicon import Lexicon


def apply(directive: Directive, judge: Judge) -> None:
    """Lets a directive bind from here on. Raises InputError, with its place, where nothing here is meant by it."""
    if directive.kind == "layout":
        for question in (questions.LAYOUT, questions.CHAIN_ORDER):
            judge.pin(question, directive.text)
    elif directive.kind == "given" and directive.text.endswith(ONE_HOT):
        name = _named_in(directive, judge.understanding.lexicon)
        known = [h for h in judge.decider.value_hypotheses if h.kind == "one-hot"]
        found = next((h for h in known if judge.understanding.model.quantities[h.about].name == name), None)
        if found is not None:
            judge.give(found, directive.position, directive.place)
        elif not directive.everywhere and not directive.prose and name not in _free_classes(judge):
            options = ", ".join(judge.understanding.model.quantities[h.about].text for h in known)
            raise refused(directive, f"it is no target here; {f'there are {options}' if options else 'there is none'}")


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


def check_rows(document: Document, judges: Sequence[Judge]) -> None:
    """Raises InputError for a declared space or hypothesis that is about nothing, or that the equations contradict."""
    for position, (judge, statement) in enumerate(zip(judges, document.statements, strict=True)):
        if not statement.declared or statement.relation is None:
            continue
        understanding = judge.understanding
        name = _name(statement.relation.left, understanding.lexicon)
        where = f"{statement.place}: symrnn: {statement.declared} {statement.latex}"
        if statement.declared == "shape" and position in understanding.contradicted:
            raise InputError(f"{where}: {understanding.contradicted[position]}")
        if statement.declared == "shape" and (name is None or not understanding.model.named(name)):
            raise InputError(f"{where}: no quantity of the network is called that; declare it where it is defined or used")
        if statement.declared == "given" and judge.stated_by(statement.relation) is None:
            known = ", ".join(dict.fromkeys(h.text for h in judge.decider.value_hypotheses))
            raise InputError(f"{where}: this is no hypothesis that can be given; there are {known or 'none here'}")


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
        here = [s for s in statements if (s.place.file, s.place.line) == (place.file, place.line)]
        if directive.alone and not here:
            after = statements[directive.position : directive.position + 1]
            return any(s.place.file == statement.place.file and s.place.line == statement.place.line for s in after)
        if here:
            return statement in here
        before = statements[max(directive.position - 1, 0) : directive.position]
        return any(s.chain == statement.chain and s.place.file == place.file for s in before)
