"""From the relations of a document to its model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from symrnn.language.model import Name
from symrnn.language.terms import Relation, Sym, Term
from symrnn.notation.said import name_typed, said
from symrnn.reading.definitions.blocks import with_blocks, with_weights_of_gates
from symrnn.reading.definitions.building import Builder, Understanding
from symrnn.reading.definitions.chains import with_concrete_links, with_inner_definitions
from symrnn.reading.definitions.doubts import Doubt, doubts
from symrnn.reading.definitions.finding import (
    DefiningEquation,
    between_spaces,
    by_any_parameter,
    candidates,
    puts_errors_together,
    with_exchanged_letters,
    with_meant_index,
    with_steps_of_open_functions,
    with_total_loss,
)
from symrnn.reading.definitions.functions import document_functions
from symrnn.reading.definitions.guesses import Guesses
from symrnn.reading.definitions.implied import with_implied_arguments
from symrnn.reading.definitions.measures import named_measures
from symrnn.reading.definitions.mentions import occurrences, outermost
from symrnn.reading.definitions.restrictions import Positions, restrictions
from symrnn.reading.definitions.spaces import Space, declared_spaces
from symrnn.reading.definitions.unknowns import is_named_loss, with_open_losses, with_open_outputs, with_open_states
from symrnn.reading.lexicon import Lexicon, build_lexicon, without_prefix


@dataclass(frozen=True)
class Declared:
    """What holds of a whole document: its first step, the letters of its losses, and that these are cross-entropies, as the author
    declares them, and what its last step is called, where only a part of it is read."""

    first: int | None = None
    losses: tuple[Term, ...] = ()
    cross_entropy: bool = False
    last: str = ""


_AS_IT_STANDS, _NOTHING = Positions(), Declared()


def with_declared_roles(lexicon: Lexicon, declared: Declared) -> Lexicon:
    found = (lexicon.occurrence(term) for term in declared.losses)
    return replace(lexicon, first=declared.first, losses=frozenset(o.name for o in found if o is not None))


def understand(
    relations: Sequence[Relation | None],
    expressions: Iterable[Term] = (),
    base: Understanding | None = None,
    positions: Positions = _AS_IT_STANDS,
    declared: Declared = _NOTHING,
    numbers: bool = False,
) -> Understanding:
    """Reads the model off the relations of a document, in order; `None` stands for one that was not read.

    With `base`, quantities that the document does not define itself are taken from that model. What is `declared` holds, whatever the
    equations suggest. With `numbers` every quantity is a number.
    """
    extra = list(expressions)
    read = [r for r in relations if r is not None]
    lexicon = with_declared_roles(build_lexicon(read, extra, declared.last), declared)
    restricting = restrictions(relations, lexicon, positions)
    terms = [side for r in read for side in r.sides] + extra
    spaces = _at_steps(declared_spaces(relations, lexicon), relations, lexicon)
    draft = _drafted(relations, terms, lexicon, positions, frozenset(restricting.supposed) | restricting.claimed, declared)
    names = [d for d in draft.found if d.of_gradients or puts_errors_together(d.body, lexicon)]
    found = [d for d in draft.found if d not in names]
    known = {d.name for d in found}
    short = [*by_any_parameter(found, lexicon), *(d for d in names if without_prefix(d.name) not in known)]
    found = [d for d in found if d.name not in {s.name for s in short}]
    found = between_spaces(found, draft.functions, {s.name: s.sizes for s in spaces}, lexicon)

    def built(spaces: tuple[Space, ...]) -> Understanding:
        return Builder(Guesses(lexicon, found, draft.functions, terms, spaces, numbers)).build(draft.renamed, base, short)

    understanding = _without_contradictions(built, spaces, found, lexicon)
    return replace(
        understanding,
        supposed=restricting.supposed,
        named_losses=frozenset(d.name for d in found if is_named_loss(d)),
        measures=named_measures(relations, found, lexicon),
        doubts={**understanding.doubts, **draft.doubts, **doubts(relations, lexicon)},
    )


@dataclass(frozen=True)
class _Draft:
    """The defining equations of a document, those that it leaves open among them, with what is doubtful or exchanged in them."""

    found: list[DefiningEquation]
    functions: dict[str, tuple[Sym, Term]]
    renamed: dict[int, tuple[Name, Name]]
    doubts: dict[int, Doubt]


def _drafted(
    relations: Sequence[Relation | None],
    terms: list[Term],
    lexicon: Lexicon,
    positions: Positions,
    barred: frozenset[int],
    declared: Declared,
) -> _Draft:
    """What a document defines, and what it only lets see: the inner parts of its equations, its arguments, states and losses."""
    functions = document_functions(relations)
    found = [with_meant_index(d, lexicon) for d in candidates(relations, lexicon, positions.asides, barred)]
    found = with_weights_of_gates(found, relations, lexicon)
    found = with_concrete_links(found, relations, functions, lexicon)
    found = with_inner_definitions(found, relations, lexicon, barred)
    implied = with_implied_arguments(with_blocks(found, relations, lexicon), relations, terms, lexicon)
    found, opened = with_open_states(implied.found, lexicon)
    found, between = with_open_outputs(found, terms, lexicon)
    found = with_steps_of_open_functions(with_total_loss(found, terms, lexicon), lexicon)
    found = with_open_losses(found, terms, lexicon, declared.cross_entropy)
    found, renamed = with_exchanged_letters(found, terms, lexicon)
    found.sort(key=lambda d: d.source in positions.inherited)
    return _Draft(found, functions, renamed, {**implied.doubts, **opened, **between})


def _at_steps(spaces: tuple[Space, ...], relations: Sequence[Relation | None], lexicon: Lexicon) -> tuple[Space, ...]:
    """The spaces, that of a letter which has a time wherever it is used as the one at each step: ``h \\in \\mathbb{R}^n``."""
    used: dict[Name, list[bool]] = {}
    for occurrence in (o for r in relations if r is not None and r.op != "in" for o in occurrences(r, lexicon)):
        timed = len(occurrence.indices) == 1 and lexicon.may_be_time(occurrence.indices[0])
        used.setdefault(occurrence.name, []).append(timed)
    return tuple(replace(s, indexed=True) if not s.indexed and all(used.get(s.name, [False])) else s for s in spaces)


def _without_contradictions(
    built: Callable[[tuple[Space, ...]], Understanding],
    spaces: tuple[Space, ...],
    found: Sequence[DefiningEquation],
    lexicon: Lexicon,
) -> Understanding:
    """The model under all declared spaces that its equations allow.

    Where equations have no meaning under the declarations and have one without, the fewest possible are left out, and named: the one
    without which most have a meaning, the later of two, or those of everything that these equations mention.
    """
    under_all = built(spaces)
    failing = [d for d in found if d.source in under_all.failed]
    mentioned = {d.name for d in failing} | {o.name for d in failing for o in outermost(d.body, lexicon)}
    suspects = tuple(space for space in spaces if space.name in mentioned)
    for left_out in ([(space,) for space in reversed(suspects)], [suspects]) if suspects else ():
        models = [(some, built(tuple(s for s in spaces if s not in some))) for some in left_out]
        some, model = min(models, key=lambda pair: len(pair[1].failed))
        mended = next((s for s in under_all.failed if s in model.defines), None)
        if mended is not None and len(model.failed) < len(under_all.failed):
            name = name_typed(model.model.quantities[model.defines[mended]].name)
            against = said("it contradicts the definition of ", name, ": ", under_all.failed[mended])
            return replace(model, contradicted={space.source: against for space in some})
    return under_all
