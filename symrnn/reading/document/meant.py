"""The statements of a document as their letters and equations are meant: what it writes with several signs, in short, or in its own way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from symrnn.language.functions import meaning
from symrnn.language.parts import column_of
from symrnn.language.terms import Apply, Relation, Term, replaced
from symrnn.reading.definitions.stacks import with_parts_named, with_rows_named
from symrnn.reading.document.activations import (
    SIGMA,
    activations_said,
    as_open,
    at_other_steps,
    function_chosen,
    gives_logistic,
    is_chosen_for_certain,
    opened,
    with_named,
)
from symrnn.reading.document.records import Document, Problem, Statement
from symrnn.reading.elaborate.repeated import uses_convention, with_sums
from symrnn.reading.lexicon import function_name
from symrnn.reading.spelling.accumulated import (
    accumulations,
    summed_by_its_letter,
    summed_up,
    told_by_their_step,
    with_their_arguments,
)
from symrnn.reading.spelling.asides import asides
from symrnn.reading.spelling.cell import cell_of
from symrnn.reading.spelling.elementwise import with_elementwise_products
from symrnn.reading.spelling.errors_below import error_letters, names_layers, with_named_layers
from symrnn.reading.spelling.families import families
from symrnn.reading.spelling.later import beside_totals, with_parts, with_steps
from symrnn.reading.spelling.layers import Quantity, layers_of
from symrnn.reading.spelling.letters import habits_of, respelled
from symrnn.reading.spelling.schemes import schemes
from symrnn.reading.spelling.stepless import naming_errors, stepless, with_their_step, without_step
from symrnn.reading.spelling.templates import with_arguments_of_states, with_formulas_of_steps
from symrnn.reading.spelling.together import names_before_steps, one_below_another, steps_apart
from symrnn.reading.spelling.units import units_of
from symrnn.reading.spelling.variants import variants
from symrnn.reading.spelling.written_out import bracketed_entries, with_entries


def as_meant(document: Document, prose: str, opens_sigma: bool) -> Document:
    """The document with the letters, the sums over steps and those over repeated indices, that its habits of writing make."""
    document, chosen = _written_in_full(document)
    opens_sigma = opens_sigma or SIGMA in chosen
    document = _with_steps(_with_activations_said(document, prose) if opens_sigma else document)
    relations, expressions = _formulas(document)
    habits = habits_of(relations, expressions)
    sums = uses_convention(relations, prose)
    document = _changed(document, lambda term: respelled(opened(term) if opens_sigma else term, habits))
    document = _changed(document, lambda term: one_below_another(term, habits.states))
    sums_of_steps = summed_by_its_letter(document.relations)
    document = _changed(document, lambda term: told_by_their_step(term, sums_of_steps)) if sums_of_steps else document
    relations, expressions = _formulas(document)
    if names_layers(relations, (*_sides(relations), *expressions)):
        document = _changed(document, lambda term: with_named_layers(term, habits.states))
    document = _with_one_letter(document)
    for change in (with_their_arguments, with_elementwise_products, with_parts_named, with_rows_named):
        document = _with_relations(document, change(list(document.relations)))
    document = _changed(document, units_of(*_formulas(document)).told)
    document = _with_families(document)
    document = _with_relations(document, naming_errors(_formulas(document)[0]))
    unstepped = without_step(_formulas(document)[0])
    document = _changed(document, lambda term: with_their_step(term, unstepped)) if unstepped else document
    document = _with_accumulations(document)  # of what had no step
    document = _changed(document, error_letters(*_formulas(document)).spelled)
    parts = beside_totals(_formulas(document)[0])
    document = _changed(document, lambda term: with_parts(term, parts)) if parts else document
    cell = cell_of(document.relations)

    def finished(relation: Relation) -> Relation:
        relation = with_steps(relation if cell is None else cell.at_its_step(relation))
        return with_sums(relation) if sums else relation

    return _changed(document, lambda term: term, finished)


def _with_accumulations(document: Document) -> Document:
    """The document with what it adds up step by step as equations with a sum."""
    once = accumulations(document.relations)
    statements = tuple(s if s.relation is None else replace(s, relation=summed_up(s.relation, once)) for s in document.statements)
    return replace(document, statements=statements)


def _with_chosen_functions(document: Document) -> tuple[Document, frozenset[Term]]:
    r"""The document with the functions that its letters are said to be, ``\\phi = \\tanh``, and these letters.

    A letter is what one function is chosen for it where it is first applied. What is chosen elsewhere, or after others, is an example.
    """
    read = [(s, s.relation) for s in document.statements if s.relation is not None]
    calls = [(n.function, s.section) for s, r in read for n in r.nodes() if isinstance(n, Apply) and n is not r.left]
    first: dict[Term, str] = {}
    for function, section in calls:
        first.setdefault(function, section)
    logistic = any(gives_logistic(r) for _, r in read)
    found = {s.id: r for s, relation in read if (r := function_chosen(relation, first)) is not None}
    found = {place: r for place, r in found.items() if not (logistic and _of(r) == SIGMA)}
    several = {_of(r) for r in found.values() if len({other.right for other in found.values() if _of(other) == _of(r)}) > 1}

    def statement(old: Statement) -> Statement:
        equation = found.get(old.id)
        if equation is None:
            return old
        certain = first.get(_of(equation)) == old.section and is_chosen_for_certain(old.context, equation)
        if certain and _of(equation) not in several:
            return replace(old, relation=equation)
        message, name = "one of the functions that a letter may stand for", function_name(as_open(_of(equation)))
        chosen = meaning(function_name(equation.right.function)) if isinstance(equation.right, Apply) else ""
        problem = Problem(old.place.line, old.place.column, old.latex, message, remark=True, example=name, chosen=chosen)
        return replace(old, relation=None, problem=problem)

    return replace(document, statements=tuple(map(statement, document.statements))), frozenset(map(_of, found.values()))


def _of(equation: Relation) -> Term:
    """The function that an equation ``f(x) = …`` is about."""
    return equation.left.function if isinstance(equation.left, Apply) else equation.left


def _written_in_full(document: Document) -> tuple[Document, frozenset[Term]]:
    """The document without what stands for many: steps that are added up, entries, layers, functions that it chooses; and their letters."""
    document = _with_accumulations(document)
    document = _with_relations(document, with_formulas_of_steps(_formulas(document)[0]))
    document = _with_relations(document, with_arguments_of_states(_formulas(document)[0]))
    entries = bracketed_entries(*_formulas(document))
    return _with_chosen_functions(_with_layers(_changed(document, lambda term: with_entries(replaced(term, entries)))))


def _with_activations_said(document: Document, prose: str) -> Document:
    """The document with the activations that its text names."""
    relations, _ = _formulas(document)
    said, states = activations_said(prose), at_other_steps(relations)
    return _with_relations(document, {r: with_named(r, said, states) for r in relations} if said else {})


def _with_steps(document: Document) -> Document:
    """The document with the steps that its letters leave out, or have in one word with a name; its asides have letters of their own."""
    relations, expressions = _formulas(document)
    names = names_before_steps(relations, expressions)
    of_gates, before_components = schemes(relations, (*_sides(relations), *expressions), names)
    named = names | before_components
    document = _changed(_with_relations(document, of_gates), lambda term: steps_apart(term, named))
    left_out = stepless(*_formulas(document))
    document = _changed(document, left_out.called, left_out.spelled)
    return _with_relations(document, asides(_formulas(document)[0], left_out.above.keys()))


def _with_one_letter(document: Document) -> Document:
    """The document with one letter for each quantity that is written with two; each statement tells which of its letters are read so."""
    found = variants(_formulas(document)[0])
    if not found:
        return document
    letters = [() if s.relation is None else found.of(s.relation) for s in document.statements]
    document = _changed(document, found.spelled)
    statements = (replace(s, letters=own) for s, own in zip(document.statements, letters, strict=True))
    return replace(document, statements=tuple(statements))


def _sides(relations: Sequence[Relation]) -> list[Term]:
    return [side for relation in relations for side in relation.sides]


def _with_relations(document: Document, others: Mapping[Relation, Relation]) -> Document:
    """The document with other relations in the place of some."""
    statements = tuple(
        s if s.relation is None else replace(s, relation=others.get(s.relation, s.relation)) for s in document.statements
    )
    return replace(document, statements=statements)


def _formulas(document: Document) -> tuple[list[Relation], list[Term]]:
    return list(document.relations), [e.term for e in document.expressions]


def _changed(document: Document, of: Callable[[Term], Term], finished: Callable[[Relation], Relation] = lambda r: r) -> Document:
    """The document with a change made in each of its formulas."""

    def statement(old: Statement) -> Statement:
        found, before = old.relation, old.previous
        if found is not None:
            stated = tuple(c.changed(of) for c in found.conditions)
            found = finished(replace(found.changed(of), conditions=stated))
        return replace(old, relation=found, previous=None if before is None else of(before))

    expressions = tuple(replace(e, term=of(e.term)) for e in document.expressions)
    return replace(document, statements=tuple(map(statement, document.statements)), expressions=expressions)


def _with_layers(document: Document) -> Document:
    """The document at some layers, where a letter counts them."""
    layers = layers_of(document.relations)
    if layers is None:
        return document
    seen: set[Quantity | None] = {None}
    statements = []
    for statement in document.statements:
        relation, previous = statement.relation, statement.previous
        if relation is not None:
            name = layers.defined(relation)
            relation = layers.read(relation, first=name not in seen)
            seen.add(name)
        previous = None if previous is None else layers.of(previous)
        statements.append(replace(statement, relation=relation, previous=previous))
    expressions = tuple(replace(e, term=layers.of(e.term)) for e in document.expressions)
    return replace(document, statements=tuple(statements), expressions=expressions)


def _with_families(document: Document) -> Document:
    """The document with the quantities that share a letter told apart, where the letters that count their units do."""
    apart = families(_formulas(document)[0])
    if apart is None:
        return document
    statements = []
    for statement in document.statements:
        if statement.relation is not None:
            found = apart.read(statement.relation)
            previous = None if statement.previous is None else apart.told(statement.previous)
            relation, every = found[0][1], found if len(found) > 1 else ()
            if every and apart.names(statement.relation):
                found = (*found, *(({}, r) for r in apart.of_single_units(statement.relation)))
                relation, every = (
                    replace(relation, left=column_of(r.left for _, r in found), right=column_of(r.right for _, r in found)),
                    (),
                )
            statement = replace(statement, relation=relation, previous=previous, kinds=every)
        statements.append(statement)
    expressions = tuple(replace(e, term=apart.told(e.term)) for e in document.expressions)
    return replace(document, statements=tuple(statements), expressions=expressions)
