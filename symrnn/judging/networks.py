"""The networks of a document, each from its place on, and the sizes at which they are checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType

from symrnn.deciding.decide import Decider, Holds
from symrnn.deciding.evaluate import Instance
from symrnn.deciding.network import number_of_entries
from symrnn.judging.judgement import Options
from symrnn.language.budget import TooLarge, limited
from symrnn.language.errors import InputError
from symrnn.language.model import Model, Name, quantity_key, reached, slope_name
from symrnn.language.parts import letters_in
from symrnn.language.terms import Mul, Relation, Term, Transpose, walk
from symrnn.notation import Unreadable, read_term
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.definitions import (
    Declared,
    Doubt,
    Site,
    Understanding,
    beginning,
    explains,
    gives_values,
    introduced,
    is_condition,
    is_said_to_follow,
    is_start,
    is_supposed,
    need_vectors,
    renewals,
    say_numbers,
    understand,
)
from symrnn.reading.definitions.mentions import names_in, outermost
from symrnn.reading.definitions.restrictions import Positions
from symrnn.reading.document import Document, Statement, quantity_named
from symrnn.reading.elaborate import readings
from symrnn.reading.lexicon import ERRORS, Lexicon, Occurrence, last_step
from symrnn.reading.notes import builtin_notes

#: Sizes that differ from each other, so that a misplaced transpose cannot hide; hidden is at least 2.
_USUAL_SIZES = {"hidden": 2, "classes": 3, "input": 4}
#: How many entries the quantities of an unrolled network may have for exact algebra: about 6 steps of the usual sizes.
_MOST_EXACT_ENTRIES = 140
_MOST_NETWORKS = 24
_RESTATEMENT_BUDGET = 1_000_000
NAMED_MODELS = ("notes",)
#: Relations at positions of a document in place of those that stand there; None for nothing.
Changes = Mapping[int, Relation | None]


@dataclass(frozen=True)
class Earlier:
    """What an earlier network says of a quantity and still holds: the positions, that of its general equation first, and its letter."""

    positions: tuple[int, ...]
    letter: str

    @property
    def position(self) -> int:
        """Where it is defined."""
        return self.positions[0]


@dataclass(frozen=True)
class Stretch:
    """A network with the position from which on it holds, and the earlier definitions that still hold there, by their keys.

    `in_numbers` makes the same network of nothing but numbers, where nothing in it needs a vector. `otherwise` is the network before,
    where only a sentence speaks of another one and what follows may be about either.
    """

    start: int
    understanding: Understanding
    inherited: Mapping[str, Earlier] = field(default_factory=dict)
    in_numbers: Callable[[], Understanding | None] | None = field(default=None, compare=False)
    otherwise: Understanding | None = None
    #: Letters of which the text says that they depend on the state before.
    dependent: frozenset[str] = frozenset()
    #: The same network with other relations at some positions, or none.
    changed: Callable[[Changes], Understanding] | None = field(default=None, compare=False)

    @property
    def defined(self) -> Mapping[str, int]:
        """The keys of what is defined, here or before, each with the position."""
        return {key: earlier.position for key, earlier in self._all().items()}

    def before(self, start: int) -> Mapping[str, Earlier]:
        """What is defined before a position."""
        known = {key: replace(e, positions=tuple(p for p in e.positions if p < start)) for key, e in self._all().items()}
        return {key: earlier for key, earlier in known.items() if earlier.positions}

    def _all(self) -> Mapping[str, Earlier]:
        """What is defined; a value at one step, ``h_0 = 0``, stands beside the equation of its quantity and takes no place of it."""
        understanding, quantities = self.understanding, self.understanding.model.quantities
        own: dict[str, list[int]] = {}
        for position, key in (understanding.refused | understanding.defines).items():
            if position >= 0:
                own.setdefault(key, []).append(position)
        result = dict(self.inherited)
        for key, positions in own.items():
            if understanding.values.issuperset(positions) and key in self.inherited:
                positions += self.inherited[key].positions
            first = sorted(dict.fromkeys(positions), key=lambda p: (p in understanding.values, p))
            result[key] = Earlier(tuple(first), quantities[key].name.letter if key in quantities else "")
        return result


@dataclass(frozen=True)
class _Source:
    """What networks are read from: a document, its relations with what stands around them, and the network that the options name."""

    document: Document
    sites: Sequence[Site]
    base: Understanding | None


def read_model(document: Document, options: Options) -> Understanding:
    """The model of a document's last network, completed by the one that the options name."""
    return networks(document, options)[-1].understanding


def networks(document: Document, options: Options) -> tuple[Stretch, ...]:
    """The networks of a document, in order: each holds from its place on, to the place of the next."""
    sites = [
        Site(s.relation, s.section, s.context, s.remark, s.beside, s.previous is not None, s.inline) for s in document.statements
    ]
    source = _Source(document, sites, _named_model(options.model))
    stretches = [_stretch(source, 0, {})]
    searched = 0
    while len(stretches) < _MOST_NETWORKS:
        last = stretches[-1]
        formerly = _losses_before(stretches, sites)
        anew = renewals(sites, last.defined, searched, last.understanding.lexicon, formerly)
        found = next(((p, key) for p, key in anew if not _is_restatement(source, last, p, options, formerly)), None)
        if found is None:
            break
        searched = found[0] + 1
        kept, taken = _uses(sites, last, *found, _rest_of_section(sites, found[0] + 1))
        if sites[found[0]].inline and kept and not taken:
            continue  # the sentence only mentions another network: what follows is about the one before
        before, after = _divided(source, last, *found)
        sure = not sites[found[0]].inline or (not kept and (taken or _computes_more(sites, before, after, found[0])))
        after = after if sure else replace(after, otherwise=last.understanding)
        stretches[-1:] = before, *_by_sections(source, (*stretches[:-1], before), after, found)
        searched = max(searched, stretches[-1].start)
    unread = [s for s in document.statements if s.problem is not None]
    quantities = [q for stretch in stretches for q in stretch.understanding.model.quantities.values()]
    computed = {q.name.letter for q in quantities if q.timed and q.definition is not None}
    known = (_with_unread(_with_turned_vectors(stretch, sites), unread, computed) for stretch in stretches)
    return tuple(replace(stretch, dependent=document.dependent) for stretch in known)


def _with_unread(stretch: Stretch, unread: Sequence[Statement], computed: Set[str]) -> Stretch:
    """A network with what it takes as given, or guesses, and an equation that could not be read says otherwise of.

    That has no definition here. It may be made of what another network of the document has, or of what no equation is read of either.
    """
    understanding = stretch.understanding
    found = [(s, o) for s in unread if (o := _on_the_left(s, understanding)) is not None]
    letters = computed | {o.name.letter for _, o in found}
    names = [o.name for s, o in found if _is_left_open(o, understanding) and _speaks_of(s, letters)]
    given_up = tuple(dict.fromkeys((*understanding.given_up, *names)))
    return replace(stretch, understanding=replace(understanding, given_up=given_up)) if names else stretch


def _on_the_left(unread: Statement, understanding: Understanding) -> Occurrence | None:
    r"""The quantity at a step that an unread equation says what it is: ``z_t = W \star h_{t-1}``."""
    left, sign, _ = unread.latex.partition("=")
    try:
        found = understanding.lexicon.occurrence(read_term(left.strip(" :&"))) if sign else None
    except Unreadable:
        return None
    return found if found is not None and found.indices else None


def _is_left_open(found: Occurrence, understanding: Understanding) -> bool:
    """Whether a quantity is free in a network, or one that no equation gives and that is taken as some function."""
    known = understanding.model.named(found.name).get(True)
    guessed = {name for doubt in understanding.doubts.values() if doubt.unwritten for name in doubt.names}
    return known is not None and (known.definition is None or found.name in guessed)


def _speaks_of(unread: Statement, letters: Set[str]) -> bool:
    """Whether the right side of an unread equation has one of some letters at a step: then it is not one of data alone."""
    right = unread.latex.partition("=")[2]
    return any(re.search(rf"(?<![A-Za-z]){letter}\s*\}}*\s*[_^(]", right) for letter in letters)


def _with_turned_vectors(stretch: Stretch, sites: Sequence[Site]) -> Stretch:
    """A network of rows with doubts about its numbers that are products of columns: ``y_t^T log p_t`` is a matrix there."""
    understanding = stretch.understanding
    model, lexicon, found = understanding.model, understanding.lexicon, {}
    for position, key in understanding.defines.items() if model.row_vectors else ():
        relation = sites[position].relation if position >= 0 else None
        if relation is not None and not model.quantities[key].shape and _is_of_columns(relation.right):
            free = (
                o.name
                for o in outermost(relation.right, lexicon)
                if all(q.definition is None for q in model.named(o.name).values())
            )
            text = "vectors are columns in it and rows elsewhere; write it by components"
            found[position] = Doubt((model.quantities[key].name, *free), text)
    return replace(stretch, understanding=replace(understanding, doubts={**found, **understanding.doubts})) if found else stretch


def _is_of_columns(term: Term) -> bool:
    products = (node.factors[:-1] for _, node in walk(term) if isinstance(node, Mul))
    return any(isinstance(factor, Transpose) for factors in products for factor in factors)


def _rest_of_section(sites: Sequence[Site], start: int) -> range:
    """The relations of a section from a position on."""
    end = start
    while end < len(sites) and sites[end].section == sites[max(start - 1, 0)].section:
        end += 1
    return range(start, end)


def _uses(
    sites: Sequence[Site], last: Stretch, position: int, key: str, some: range, shared: Set[Name] = frozenset()
) -> tuple[bool, bool]:
    """Whether some relations speak of what only the equation before is made with, and of what only the new one is.

    What is `shared` goes into the new network too, though not into that equation, as the input does.
    """
    old, new = (names_in(sites[p].relation, last.understanding.lexicon) for p in (last.defined[key], position))
    spoken = _names_of([sites[n] for n in some], last.understanding.lexicon)
    return bool(spoken & (old - new - shared)), bool(spoken & (new - old))


def _computes_more(sites: Sequence[Site], before: Stretch, after: Stretch, position: int) -> bool:
    """Whether the section of an equation also says what the network before has no letter for, such as gates: it mentions no other one."""
    section = range(after.start, _rest_of_section(sites, position + 1).stop)
    made = (after.understanding.model.quantities[key] for key, at in after.defined.items() if at in section)
    return any(q.timed and q.name.letter not in LOSSES | ERRORS and not before.understanding.model.named(q.name) for q in made)


def _by_sections(source: _Source, earlier: Sequence[Stretch], after: Stretch, found: tuple[int, str]) -> tuple[Stretch, ...]:
    """A new network, and another one again from each later section on that speaks of what that one is made with.

    That is so up to the next equation that may begin a network. `found` has the equation that began the new one, and its quantity.
    """
    sites = source.sites
    start = _rest_of_section(sites, found[0] + 1).stop
    further = renewals(sites, after.defined, start, after.understanding.lexicon)
    last_start = next((p for p, _ in further), len(sites))
    inputs = {q.name for q in after.understanding.model.quantities.values() if q.timed and q.definition is None}
    meant = [(after.start, after)]
    while start < last_start:
        section = range(start, _rest_of_section(sites, start + 1).stop)
        if section.stop > last_start:
            break
        present = meant[-1][1]
        others = (n for n in (after, *reversed(earlier)) if n is not present)
        again = next((n for n in others if _turns_to(sites, section, present, n)), None)
        if again is None and present is after and _uses(sites, earlier[-1], *found, section, inputs) == (True, False):
            again = earlier[-1]
        meant += [] if again is None else [(start, again)]
        start = section.stop
    return _in_turn(source, meant)


def _in_turn(source: _Source, meant: Sequence[tuple[int, Stretch]]) -> tuple[Stretch, ...]:
    """The networks that hold from some positions on, the first of which is new."""
    (_, after), *later = meant
    if not later:
        return (after,)
    ends = [start for start, _ in later]
    ended = replace(_stretch(source, after.start, after.inherited, ends[0]), otherwise=after.otherwise)
    spans = zip(later, [*ends[1:], None], strict=True)
    return ended, *(_stretch(source, start, _known_again(source.sites, n, after, start), end) for (start, n), end in spans)


def _known_again(sites: Sequence[Site], network: Stretch, after: Stretch, start: int) -> Mapping[str, Earlier]:
    """What is known where a network holds again: its own, and what was defined since by letters that it does not have."""
    if network is after:
        return after.before(start)
    own = network.before(after.start)
    letters = frozenset[str]().union(*(_letters(sites[p]) for earlier in own.values() for p in earlier.positions))
    return {**{key: e for key, e in after.before(start).items() if e.letter not in letters}, **own}


def _turns_to(sites: Sequence[Site], section: range, present: Stretch, other: Stretch) -> bool:
    """Whether a section speaks of what another network is made with and the present one is not, and not the other way round.

    An input is no part of either: it goes into each, though not into every equation. What the section itself defines tells nothing,
    and losses and errors may be those of any network.
    """
    lexicon = present.understanding.lexicon

    def made_with(network: Stretch, end: int) -> frozenset[Name]:
        known = (q for q in network.understanding.model.quantities.values() if q.name.letter not in LOSSES | ERRORS)
        made = {q.name for q in known if q.definition is not None or not q.timed}
        return _names_of([sites[p] for p in network.defined.values() if 0 <= p < end], lexicon) & made

    spoken, its = _names_of([sites[p] for p in section], lexicon), made_with(other, section.start)
    return bool(spoken & its - made_with(present, section.stop)) and not spoken & made_with(present, section.start) - its


def _divided(source: _Source, last: Stretch, position: int, key: str) -> tuple[Stretch, Stretch]:
    """A stretch up to a place where a new network begins, and the new one, which keeps what it does not define anew.

    It begins with its section, but behind the definition that its equation for a quantity takes the place of.
    """
    sites, lexicon = source.sites, last.understanding.lexicon
    section = sites[position].section
    start, first = position, max(last.start, last.defined[key] + 1)
    while start > first and sites[start - 1].section == section != sites[last.start].section:
        start -= 1
    if start == position > first and explains(sites[position], sites[last.defined[key]], lexicon):
        start -= 1  # the formula whose letter it explains
    start = min(start, beginning(sites, position, key, last.defined, lexicon))
    anew = {key, *(k for p, k in renewals(sites, last.defined, start, lexicon) if sites[p].section == section)}
    kept = {k: earlier for k, earlier in last.before(start).items() if k not in anew}
    old = replace(_stretch(source, last.start, last.inherited, start), otherwise=last.otherwise)
    after = _stretch(source, start, kept)
    orphans = _orphans(old, after, anew)
    return old, _stretch(source, start, {k: e for k, e in kept.items() if k not in orphans}) if orphans else after


def _orphans(before: Stretch, after: Stretch, anew: Set[str]) -> Set[str]:
    """What the quantities defined anew were made with before, and nothing is any more: the gates of a cell whose state is another now.

    Losses and errors are made with everything, whatever they are; that an error is by something makes nothing of that, nor does a
    loss that is only named, which is one of all that is used no further.
    """
    old, new = before.understanding.model, after.understanding.model
    states = {key for key in anew if key in old.quantities and old.quantities[key].name.letter not in ERRORS | LOSSES}
    feeding = reached(states, old) - anew
    errors = {key for key, quantity in new.quantities.items() if quantity.name.letter in ERRORS}
    named = {key for key, q in new.quantities.items() if q.name.letter in LOSSES} - {*after.understanding.defines.values()}
    closed = {key: replace(q, definition=None) if key in named else q for key, q in new.quantities.items()}
    return feeding - reached(new.quantities.keys() - feeding - errors, replace(new, quantities=closed))


def _stretch(source: _Source, start: int, inherited: Mapping[str, Earlier], end: int | None = None) -> Stretch:
    """The network of the relations from `start` to `end` and of those inherited definitions that they speak of."""
    document, sites = source.document, source.sites
    end = len(sites) if end is None else end
    kept = _spoken_of(inherited, sites, range(start, end))
    own = kept.union(range(start, end))
    whole = len(own) == len(sites)
    relations = [site.relation if n in own else None for n, site in enumerate(sites)]
    sections = {sites[n].section for n in own}
    expressions = [e.term for e in document.expressions if whole or e.section in sections]
    positions = _positions(sites, kept, start)
    bound = declared(document)
    if not whole:  # its last step may be called so, and nothing in it say that
        bound = replace(bound, last=last_step(site.relation for site in sites if site.relation is not None))

    def read(numbers: bool = False, changes: Changes = MappingProxyType({})) -> Understanding:
        said = [changes.get(n, relation) for n, relation in enumerate(relations)]
        return understand(said, expressions, source.base, positions, bound, numbers)

    understanding = read()
    anew = _defined_anew(understanding, inherited, sites[start:end]) or _made_anew(
        understanding, inherited, sites, range(start, end)
    )
    if anew:
        return _stretch(source, start, {key: e for key, e in inherited.items() if key not in anew}, end)
    stretch = Stretch(start, understanding, inherited, changed=lambda changes: read(changes=changes))
    return _with_numbers(stretch, sites, end, read)


def _positions(sites: Sequence[Site], inherited: frozenset[int], start: int) -> Positions:
    """How the relations of a network that begins somewhere are meant, as their places and the text around them say."""

    def those(hold: Callable[[Site], bool]) -> frozenset[int]:
        return frozenset(n for n, site in enumerate(sites) if hold(site))

    return Positions(
        asides=those(lambda site: site.aside),
        inherited=inherited,
        hedged=those(lambda site: is_supposed(site.context)),
        following=those(lambda site: is_said_to_follow(site.context)),
        starting=those(lambda site: is_start(site.context)),
        conditions=those(lambda site: site.beside or is_condition(site.context)),
        before=tuple(site.relation for site in sites[:start] if site.relation is not None),
    )


def _with_numbers(stretch: Stretch, sites: Sequence[Site], end: int, read: Callable[[bool], Understanding]) -> Stretch:
    """A network that may be one of numbers: that one where the text up to its end says so or gives weights values, else with it at hand.

    The rest of the document may be written for vectors where the text of its own place speaks of numbers.
    """
    lexicon = stretch.understanding.lexicon
    if not any(quantity.shape for quantity in stretch.understanding.model.quantities.values()):
        return stretch
    own = sites[stretch.start : end]

    def say(some: Sequence[Site]) -> bool:
        valued = any(gives_values(site.relation, lexicon) for site in some if site.relation is not None)
        return valued or say_numbers(text for site in some for text in (site.section, site.context))

    said = say(own)
    if need_vectors((site.relation for site in (own if said else sites)), lexicon):
        return stretch

    @cache
    def in_numbers() -> Understanding | None:
        found = read(True)
        return found if len(found.failed) <= len(stretch.understanding.failed) else None

    found = in_numbers() if said or say(sites[:end]) else None
    return replace(stretch, in_numbers=in_numbers) if found is None else replace(stretch, understanding=found)


def _spoken_of(inherited: Mapping[str, Earlier], sites: Sequence[Site], own: range) -> frozenset[int]:
    """The positions of the inherited definitions of what a stretch names, of what these need, and of the loss where it names none.

    The spaces that are declared of the letters in these hold as well.
    What else an earlier section defines says nothing here: its weights of columns may be weights of rows now.
    """
    named = {letter for n in own for letter in _letters(sites[n])}
    wanted = named if named & set(LOSSES) else named | set(LOSSES)
    kept: set[int] = set()
    while found := {p for e in inherited.values() if not e.letter or e.letter in wanted for p in e.positions} - kept:
        kept |= found
        wanted = wanted.union(*(_letters(sites[p]) for p in found))
    needed = frozenset[str]().union(*(_letters(sites[p]) for p in kept))
    return frozenset(kept).union(p for p in range(own.start) if _is_space_of(sites[p], needed))


def _is_space_of(site: Site, letters: frozenset[str]) -> bool:
    """Whether a relation declares the space of one of some letters."""
    return site.relation is not None and site.relation.op == "in" and bool(letters_in(site.relation.left) & letters)


def _letters(site: Site) -> frozenset[str]:
    return frozenset() if site.relation is None else site.relation.letters


def _defined_anew(understanding: Understanding, inherited: Mapping[str, Earlier], own: Sequence[Site]) -> set[str]:
    """The inherited quantities that have no meaning in a network which has an equation of its own for them.

    Where the states become rows, the output ``z_t = W_y h_t`` of the columns gives way to ``z_t = h_t W_y`` with its weights.
    """
    lost = {key for name in understanding.given_up for key in (quantity_key(name, False), quantity_key(name, True))}
    if not lost & inherited.keys():
        return set()
    relations = (site.relation for site in own if site.relation is not None and not site.aside and not site.beside)
    found = (introduced(relation, understanding.lexicon) for relation in relations)
    return lost & inherited.keys() & {quantity_key(o.name, bool(o.indices)) for o in found if o is not None}


def _made_anew(understanding: Understanding, inherited: Mapping[str, Earlier], sites: Sequence[Site], own: range) -> set[str]:
    """The inherited quantities that an equation of a network makes with other parameters, of one of which a later one speaks.

    ``o_t = V h_t + c`` of a section before gives way to ``o_t = Q h_t + b``, with the gradients by Q and b behind it.
    """
    lexicon, quantities = understanding.lexicon, understanding.model.quantities
    found: set[str] = set()
    for position in own:
        site = sites[position]
        left = None if site.relation is None or site.aside or site.beside else introduced(site.relation, lexicon)
        key = "" if left is None else quantity_key(left.name, bool(left.indices))
        if site.relation is None or key not in inherited or key not in quantities:
            continue
        made = names_in(site.relation, lexicon)
        used = [quantities[other] for other in quantities[key].uses if other in quantities]
        new = {name for name in made if name not in _names_of(sites[:position], lexicon)}
        kept = {q.name for q in used if q.is_parameter} & made
        if not kept and new & _names_of(sites[position + 1 :], lexicon):
            found.add(key)
    return found


def _names_of(sites: Sequence[Site], lexicon: Lexicon) -> frozenset[Name]:
    return frozenset[Name]().union(*(names_in(site.relation, lexicon) for site in sites))


def declared(document: Document) -> Declared:
    """What a document declares or says of its first step and its losses, for all of its networks. Raises InputError for no letter."""
    firsts = [int(d.text) for d in document.directives if d.kind == "first step"]
    losses = tuple(quantity_named(d) for d in document.directives if d.kind == "loss")
    return Declared(firsts[-1] if firsts else None, losses, any(d.kind == "measure" for d in document.directives))


def _losses_before(stretches: Sequence[Stretch], sites: Sequence[Site]) -> frozenset[Relation]:
    """The equations of losses that the last network has others for: nothing is made with a loss, and so it may come again alone."""
    last = stretches[-1]
    before = [e for s in stretches[:-1] for key, e in s.before(last.start).items() if key in last.defined]
    found = {sites[e.position].relation for e in before if e.letter in LOSSES}
    return frozenset(r for r in found if r is not None) - {sites[p].relation for p in last.defined.values()}


def _is_restatement(source: _Source, last: Stretch, position: int, options: Options, formerly: frozenset[Relation]) -> bool:
    """Whether an equation says nothing new: in the network as far as it is read, or in that of what stands before it.

    What comes later may be about another network, and give the letters of this one other shapes. An equation that has stood in it
    before is said again, also where it needs a hypothesis: ``δ_t = p_t - y_t``.
    """
    sites = source.sites
    relation = sites[position].relation
    if relation not in formerly and any(site.relation == relation for site in sites[last.start : position]):
        return True
    if _restates(last, sites[position], options):
        return True
    return _restates(_stretch(source, last.start, last.inherited, position), sites[position], options)


def _restates(stretch: Stretch, site: Site, options: Options) -> bool:
    """Whether an equation is true in a network, so that it defines nothing anew there."""
    model, lexicon = stretch.understanding.model, stretch.understanding.lexicon
    assert site.relation is not None
    with limited(_RESTATEMENT_BUDGET), suppress(TooLarge, RecursionError):
        decider = Decider(model, instance_for(model, Options(options.steps)))
        outcomes = (decider.decide(r.claim) for r in readings(site.relation, model, lexicon)[0] if not r.claim.unknown)
        return any(isinstance(outcome, Holds) and not outcome.hypotheses for outcome in outcomes)
    return False


def _named_model(name: str | None) -> Understanding | None:
    if name is None:
        return None
    if name not in NAMED_MODELS:
        raise InputError(f"there is no model {name!r}; the models are: {', '.join(NAMED_MODELS)}")
    notes = builtin_notes()
    return understand([s.relation for s in notes.statements], [e.term for e in notes.expressions])


def instance_for(model: Model, options: Options) -> Instance:
    """The sizes of the exact check: what the options say, else small numbers, all different.

    What the options say is left out where exact algebra would not get through.
    """
    asked = _asked_for(model, options)
    return _asked_for(model, Options()) if _is_large(model, asked) else asked


def beyond_exact(model: Model, options: Options) -> Instance | None:
    """The instance that the options ask for, if exact algebra would not get through there."""
    asked = _asked_for(model, options)
    return asked if _is_large(model, asked) else None


def _is_large(model: Model, instance: Instance) -> bool:
    usual = number_of_entries(model, _asked_for(model, Options()))
    return number_of_entries(model, instance) > max(usual, _MOST_EXACT_ENTRIES)


def _asked_for(model: Model, options: Options) -> Instance:
    """The sizes that the options ask for, the others different from these, from each other, and from the last step, the step after
    it and the number of steps: else 1/K would pass for 1/T. An axis of nothing but one weight of an open function has one entry."""
    last = model.first + options.steps - 1 - model.horizon_offset
    taken = {*options.sizes.values(), options.steps, last, last + 1}
    sizes: dict[str, int] = {}
    alone = _of_one_weight(model)
    for label in model.labels:
        if label in alone and label not in options.sizes:
            sizes[label] = 1
            continue
        size = options.sizes.get(label) or _USUAL_SIZES.get(label, 5)
        while size in taken and label not in options.sizes:
            size += 1
        taken.add(size)
        sizes[label] = size
    return Instance(options.steps, tuple(sizes.items()))


def _of_one_weight(model: Model) -> set[str]:
    """The axes that only one weight has, of those that open functions take: with any slope by each entry, one tells as much as many."""
    parts = [slope_name(f, n) for f, arguments in model.calls.items() for n in range(len(arguments) + 1)]
    slopes = {q.key for name in parts for q in model.named(name).values()}
    owners: dict[str, set[str]] = {}
    for quantity in model.quantities.values():
        for label in quantity.shape:
            owners.setdefault(label, set()).add("" if quantity.key in slopes else quantity.key)
    alone = {label: next(iter(keys - {""})) for label, keys in owners.items() if len(keys) == 2 and "" in keys}
    return {label for label, key in alone.items() if model.quantities[key].is_parameter}
