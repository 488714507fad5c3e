"""Where a document begins a new network: an equation that defines anew what an earlier one defines.

A second equation for a letter is a restatement, and so a claim, unless something announces a new network: another heading, words
such as "for example" or "instead", that it makes concrete what was an open function (``h_t = f(x_t, h_{t-1})``), or that it is made
with gates of which nothing before has the weights, or that it is the loss of an earlier network once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from symrnn.language.functions import BY_SPELLING
from symrnn.language.model import Name, quantity_key
from symrnn.language.parts import terms_of
from symrnn.language.terms import Add, Apply, Big, Deriv, Ellipsis, Given, Mark, Mul, Relation, Sub, Sym, Term, walk
from symrnn.notation.vocabulary import LOSSES
from symrnn.reading.definitions.examples import lists_own_entries
from symrnn.reading.definitions.finding import are_fixed, introduced
from symrnn.reading.definitions.functions import document_functions
from symrnn.reading.definitions.mentions import names_in, outermost, parameters
from symrnn.reading.lexicon import ERRORS, Lexicon, function_name

_ANNOUNCED = re.compile(
    r"\b(for (example|instance)|e\.g\.|instead|alternatively|variants?|now (consider|suppose|take)|consider (a|an|the|now|instead)"
    r"|special case|simplest|simplified|formulation|version|extended to|modified|in the case of|concretely|specifically|replace[ds]?"
    r"|would (be(come)?|read)|zum beispiel|par exemple)\b",
    re.IGNORECASE,
)
_WHERE = re.compile(r"(?i)(?:\b(?:where|wobei|où|donde|onde|dove|gdzie|где)|其中|这里|這裡|ここで|여기서)\s*[:,，：、]?\s*$")
#: How much of the text before an equation may announce it.
_NEAR = 120


@dataclass(frozen=True)
class Site:
    """A relation with the place that it stands at: the heading above it, the text right before it, whether it is an aside, whether it is
    a condition of another one in its row, whether it goes on with a chain, and whether it stands in a sentence."""

    relation: Relation | None
    section: str
    context: str
    aside: bool
    beside: bool = False
    linked: bool = False
    inline: bool = False


def renewals(
    sites: Sequence[Site], defined: Mapping[str, int], since: int, lexicon: Lexicon, formerly: Set[Relation] = frozenset()
) -> Iterator[tuple[int, str]]:
    """The equations from `since` on that may begin a new network: position and key of the quantity.

    `defined` holds the positions at which the quantities got their definitions, `formerly` the losses that others took the place of.
    """
    functions = document_functions([s.relation for s in sites])
    computed = _computed(sites, defined, lexicon)
    for position in range(since, len(sites)):
        site = sites[position]
        passed_over = (
            site.aside or site.beside or (site.linked and not _follows_restatement(sites, position, defined, functions, lexicon))
        )
        found = None if site.relation is None or passed_over else introduced(site.relation, lexicon)
        if site.relation is None or found is None or are_fixed(found.indices, lexicon):
            continue
        key = quantity_key(found.name, bool(found.indices))
        before = sites[defined[key]] if defined.get(key, position) != position else None
        if (
            before is None
            or before.relation is None
            or not all(_defines_step(r, found.name) for r in (site.relation, before.relation))
        ):
            continue
        earlier = (s.relation for s in sites[defined[key] : position] if s.relation is not None)
        returns = site.relation in formerly
        if not returns and any(r.sides == site.relation.sides for r in earlier):
            continue  # the same equation once more
        said = bool(_ANNOUNCED.search(site.context[-_NEAR:]))
        if not said and _is_of_its_gradient(site.relation, before.relation, defined, defined[key], lexicon):
            continue
        if site.inline and not said and _letters([site], lexicon) < _letters([before], lexicon) and _is_same_function(site, before):
            continue  # a reminder of it that leaves out some of it
        if _is_general_form(sites, position, defined[key], functions):
            continue
        open_now = _is_open(site.relation.right, functions, lexicon, computed)
        concrete = makes_concrete(before.relation.right, site.relation.right, functions, lexicon, computed)
        own = lexicon.occurrence(before.relation.left)
        variant = _is_named(site) and own is not None and own.name == found.name  # not beside what only is a function of it
        announced = returns or site.section != before.section or said or variant or explains(site, before, lexicon)
        announced |= _is_extended(sites, position, defined, lexicon) or _has_other_gates(sites, position, key, defined, lexicon)
        announced |= _has_its_own_weights(sites, position, defined[key], lexicon)
        if not open_now and (concrete or (defined[key] < position and announced)):
            yield position, key


def _is_of_its_gradient(now: Relation, before: Relation, defined: Mapping[str, int], position: int, lexicon: Lexicon) -> bool:
    r"""Whether an equation says what the derivative is that a letter was made the name of, by what the network has had since then.

    ``\\delta_t = \\hat y_t - y_t`` after ``\\delta_t = \\partial L / \\partial o_t`` is a claim under any heading.
    """
    by = lexicon.occurrence(before.right.denominator) if isinstance(before.right, Deriv) else None
    at = None if by is None else defined.get(quantity_key(by.name, bool(by.indices)))
    return at is not None and at < position and not isinstance(now.right, Deriv)


def explains(site: Site, before: Site, lexicon: Lexicon) -> bool:
    r"""Whether an equation says, behind "where", what a letter is in the formula before it, made with other parameters than elsewhere."""
    own, old = (_parameters(s, lexicon) for s in (site, before))
    return bool(own and old) and not own & old and _WHERE.search(site.context) is not None


def _parameters(site: Site, lexicon: Lexicon) -> set[Name]:
    return set() if site.relation is None else parameters(site.relation.right, lexicon)


def _follows_restatement(
    sites: Sequence[Site], position: int, defined: Mapping[str, int], functions: Mapping[str, object], lexicon: Lexicon
) -> bool:
    """Whether the link before one of a chain says what defines its quantity, an open function: ``h_t = f(h_{t-1}) = \\tanh(W h_{t-1})``."""
    before = sites[position - 1].relation
    if before is not None and lists_own_entries(before):
        return True
    found = None if before is None else introduced(before, lexicon)
    first = None if found is None else defined.get(quantity_key(found.name, bool(found.indices)))
    known = None if first is None or first >= position - 1 else sites[first].relation
    if before is None or known is None or not _is_open(known.right, functions, lexicon):
        return False
    return known.sides == (before.left, before.right)


def makes_concrete(
    before: Term, now: Term, functions: Mapping[str, object], lexicon: Lexicon, computed: Set[Name] = frozenset()
) -> bool:
    """Whether a formula says which function one before it leaves open, or at least of which formula an open activation is."""
    opened = _is_open(before, functions, lexicon, computed) and not _is_open(now, functions, lexicon, computed)
    less = not is_abstract(now, functions) or opened
    return is_abstract(before, functions) and less and lexicon.occurrence(now) is None


def _is_open(term: Term, functions: Mapping[str, object], lexicon: Lexicon, computed: Set[Name] = frozenset()) -> bool:
    return is_abstract(term, functions) and not _is_of_a_formula(term, lexicon, computed)


def _computed(sites: Sequence[Site], defined: Mapping[str, int], lexicon: Lexicon) -> set[Name]:
    """The quantities that equations give as sums or products: ``a_t = W h_{t-1} + U x_t``."""
    given = (relation for at in defined.values() if 0 <= at < len(sites) and (relation := sites[at].relation) is not None)
    found = (lexicon.occurrence(relation.left) for relation in given if isinstance(relation.right, (Add, Mul)))
    return {o.name for o in found if o is not None and o.indices}


def _is_same_function(site: Site, before: Site) -> bool:
    """Whether two equations are of one function, or both of none."""
    functions = (
        site.relation.right.function if site.relation and isinstance(site.relation.right, Apply) else None
        for site in (site, before)
    )
    return len(set(functions)) == 1


def _is_general_form(sites: Sequence[Site], position: int, first: int, functions: Mapping[str, object]) -> bool:
    """Whether an equation leaves open nothing but the function that one before it gives, of which nothing else is said."""
    relations = [s.relation for s in sites if s.relation is not None]
    now, old = (None if s.relation is None else s.relation.right for s in (sites[position], sites[first]))
    if not isinstance(now, Apply) or not isinstance(old, Apply) or not is_abstract(now, functions) or is_abstract(old, functions):
        return False
    applied = [node.function for r in relations for side in r.sides for _, node in walk(side) if isinstance(node, Apply)]
    said = [f for f in applied if now.function in (f, f.base if isinstance(f, Mark) else f)]
    return {*terms_of(now.argument)} == {*terms_of(old.argument)} and len(said) == 1


def _is_of_a_formula(term: Term, lexicon: Lexicon, computed: Set[Name]) -> bool:
    """``f(W h_{t-1} + U x_t)``, or ``f(a_t)`` where a is computed so, unlike ``f(u v)``: a cell whose activation alone is open."""
    if not isinstance(term, Apply):
        return False
    found = lexicon.occurrence(term.argument)
    return any(o.indices for o in outermost(term.argument, lexicon)) if found is None else found.name in computed


def _is_extended(sites: Sequence[Site], position: int, defined: Mapping[str, int], lexicon: Lexicon) -> bool:
    """Whether an equation is made with a quantity that stands nowhere before it, and whose own equation has letters that do not either."""
    old = _letters(sites[:position], lexicon)
    own = _letters([sites[position]], lexicon)
    for name in own - old:
        at = defined.get(quantity_key(name, True), -1)
        if at >= position and _letters([sites[at]], lexicon) - old - own:
            return True
    return False


def _has_other_gates(sites: Sequence[Site], position: int, key: str, defined: Mapping[str, int], lexicon: Lexicon) -> bool:
    """Whether an equation for a state is made with gates that are no part of what the first one is made with: a second cell.

    They stand between the two, are made with the state of the step before, and have weights of their own.
    """
    first = defined[key]
    old = _letters(sites[: first + 1], lexicon)
    for name in _letters([sites[position]], lexicon) - old - _made_with(first, sites, defined, lexicon):
        at = defined.get(quantity_key(name, True), -1)
        if first < at < position and _is_fed_back(sites[at], sites[position], lexicon) and _parameters(sites[at], lexicon) - old:
            return True
    return False


def _has_its_own_weights(sites: Sequence[Site], position: int, first: int, lexicon: Lexicon) -> bool:
    """Whether all weights of an equation stand nowhere before it, and what is known goes in: ``\\sigma(W_f [h_{t-1}, x_t])`` is the gate
    anew, which was written with two matrices. What follows speaks of these weights, or of none that only the first equation has.
    """
    relation, before = sites[position].relation, sites[first].relation
    if relation is None or before is None or isinstance(before.right, Deriv):
        return False
    known, later = _letters(sites[:position], lexicon), _letters(sites[position + 1 :], lexicon)
    own, old = _parameters(sites[position], lexicon), _parameters(sites[first], lexicon)
    found = lexicon.occurrence(relation.left)
    into = {o.name for o in outermost(relation.right, lexicon) if o.indices}
    if not own or own & known or not into or into - known or found is None or found.name.letter in LOSSES | ERRORS:
        return False
    return bool(own & later) or not (old - own) & later


def beginning(sites: Sequence[Site], position: int, key: str, defined: Mapping[str, int], lexicon: Lexicon) -> int:
    """Where the cell begins that an equation is the second one of: with what stands right before it, and is made for it alone."""
    own = _made_with(position, sites, defined, lexicon) - _made_with(defined[key], sites, defined, lexicon)
    begins = {at for name in own if (at := defined.get(quantity_key(name, True), -1)) > defined[key]}
    while position - 1 in begins:
        position -= 1
    return position


def _made_with(position: int, sites: Sequence[Site], defined: Mapping[str, int], lexicon: Lexicon) -> set[Name]:
    """The letters of an equation, and of the equations for these."""
    seen: set[Name] = set()
    names = _letters([sites[position]], lexicon)
    while names - seen:
        seen |= names
        found = (defined.get(quantity_key(name, True), -1) for name in names)
        names = _letters([sites[p] for p in found if p >= 0], lexicon)
    return seen


def _is_fed_back(gate: Site, state: Site, lexicon: Lexicon) -> bool:
    """Whether the equation of a gate has the state that another one gives, at another step than its own."""
    of, own = (None if s.relation is None else introduced(s.relation, lexicon) for s in (state, gate))
    if of is None or own is None or gate.relation is None:
        return False
    return any(o.name == of.name and o.indices != own.indices for o in outermost(gate.relation.right, lexicon))


def _letters(sites: Sequence[Site], lexicon: Lexicon) -> set[Name]:
    return set[Name]().union(*(names_in(site.relation, lexicon) for site in sites))


def _is_named(site: Site) -> bool:
    """Whether the text right before an equation names its activation: ``ReLU: h_t = ReLU(...)`` is another variant."""
    right = None if site.relation is None else site.relation.right
    name = function_name(right.function).lower() if isinstance(right, Apply) else ""
    return len(name) > 2 and name in site.context[-_NEAR:].lower()


def _defines_step(relation: Relation, name: Name) -> bool:
    """Whether an equation says how a quantity is computed at a step; a derivative or a closed form claims something, a number nothing,
    nor does what breaks off, ``z_t = W h_{t-1} + \\dots``.

    The derivative that an error is the name of, ``\\delta_t = \\partial E / \\partial s_t``, defines it.
    """
    if name.letter in ERRORS and isinstance(relation.right, Deriv):
        return True
    inside = [node for _, node in walk(relation.right)]
    if not any(isinstance(node, Sym) for node in inside) or any(map(_breaks_off, inside)):
        return False
    closed = any(isinstance(node, Big) and node.kind == "prod" for node in inside)
    sums = any(isinstance(node, Big) for node in inside) and name.letter not in LOSSES
    return not closed and not sums and not any(isinstance(node, Deriv) for node in inside)


def _breaks_off(term: Term) -> bool:
    """Whether dots end a sum, or stand for all of an argument."""
    parts = term.terms[-1:] if isinstance(term, Add) else (term.argument,) if isinstance(term, Apply) else ()
    return any(isinstance(part, Ellipsis) for part in parts)


def is_abstract(term: Term, functions: Mapping[str, object]) -> bool:
    """Whether a formula is nothing but a function that the document leaves open, of what it depends on."""
    if isinstance(term, Given):
        return True
    function = term.function if isinstance(term, Apply) else None
    base = function.base if isinstance(function, Sub) else function
    known = function is not None and function_name(function) in functions
    return isinstance(base, Sym) and base.name not in BY_SPELLING and not known
