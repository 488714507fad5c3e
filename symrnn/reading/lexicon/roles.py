"""The role of each letter of a document, from evidence: a table of role, reason and letters, read from the top to the bottom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from symrnn.language.parts import letters_in
from symrnn.language.scripted import all_scripts, scripts
from symrnn.language.terms import PREFIXES, Big, Deriv, Mark, Pow, Relation, Sub, Sup, Sym, Term, children, walk
from symrnn.reading.lexicon.errors import errors_by_target, inner_errors
from symrnn.reading.lexicon.lexicon import SMALL_GREEK, Evidence, Lexicon
from symrnn.reading.lexicon.observed import USUAL_INDICES, USUAL_TIMES, Letters, Observed, base_letter, letter, letters_of
from symrnn.reading.lexicon.prefixes import handed_on

Role = Literal[
    "last step",
    "part of a name",
    "index",
    "size",
    "component",
    "time",
    "class",
    "raised",
    "numbered",
    "bare",
    "above",
    "stepped",
    "factor",
    "example",
]
Roles = Mapping[str, Letters]
_USUALLY = "it is usually called so"


@dataclass(frozen=True)
class Rule:
    """A reason for which letters play a role, given what is seen and the roles that the rules before have found."""

    role: Role
    why: str
    letters: Callable[[Observed, Roles], Iterable[str]]


def build_lexicon(relations: Iterable[Relation], extra: Iterable[Term], last: str = "") -> Lexicon:
    """The use of letters over all relations and lone expressions of a document, or of a part of one that calls its last step `last`."""
    relations = tuple(relations)
    seen = Observed(relations, tuple(extra))
    horizon, why = _last_step(seen, last)
    roles: dict[str, Letters] = {**dict.fromkeys(get_args(Role), frozenset()), "last step": frozenset({horizon})}
    evidence = [Evidence(horizon, "last step", why)]
    for rule in RULES:
        found = frozenset(rule.letters(seen, roles)) - {""}
        roles[rule.role] |= found
        evidence += [Evidence(x, rule.role, rule.why) for x in sorted(found)]
    lexicon = Lexicon(
        roles["index"],
        roles["time"],
        roles["component"],
        horizon,
        roles["raised"],
        roles["numbered"],
        roles["bare"],
        roles["class"],
        roles["above"],
        roles["factor"],
        seen.of_gates | {(base, x) for base, x in seen.in_words if x in ("i", "n")},
        roles["example"],
        stepped=roles["stepped"],
        evidence=tuple(evidence),
    )
    by_target = [
        (o.name, of.name, is_function)
        for left, output, is_function in errors_by_target(relations)
        if (o := lexicon.occurrence(left)) is not None and (of := lexicon.occurrence(output)) is not None
    ]
    before_functions = {o.name for term in inner_errors(relations) if (o := lexicon.occurrence(term)) is not None}
    before_functions |= {replace(of, style=name.style) for name, of, is_function in by_target if is_function}
    inside = {node.base for node in seen.nodes if isinstance(node, (Sub, Sup))}
    named = (lexicon.occurrence(node) for node in seen.nodes if node not in inside)
    handed = handed_on(o.name for o in named if o is not None and o.name.style in PREFIXES)
    outputs = {name: of for name, of, _ in by_target}
    return replace(lexicon, inner=frozenset(before_functions), outputs=outputs, handed=handed)


# ----------------------------------------------------------------------------------------------------- the last step


def _last_step(seen: Observed, elsewhere: str) -> tuple[str, str]:
    """The letter of the last time, and why."""
    uppers = [big for big in seen.sums if big.upper is not None]
    if any("T" in letters_in(big.upper) for big in uppers):
        return "T", "a sum ends there"
    for big in (big for big in uppers if not _counts_beside_a_step(big)):
        ends = sorted(letters_in(big.upper) - seen.shifted)
        if ends and letter(big.index) in seen.shifted | {"t"}:
            return ends[0], "a sum over time ends there"
    for big in uppers:
        upper = letter(big.upper)
        if upper and upper in seen.shifted - seen.rules and letter(big.index) in seen.rules:
            return upper, "a sum over the steps of a recurrence ends there"
    for upper in _ends_of_totals(seen):
        return upper, "a sum over the steps of a recurrence, of which nothing else says how far it goes, ends there"
    found = sorted(seen.last_steps())
    if not found and elsewhere and any(node == Sym(elsewhere) for node in seen.nodes):
        return elsewhere, "it is called so elsewhere"
    return (found[0], "a state stands there, and nothing counts by it") if found else ("T", _USUALLY)


def _ends_of_totals(seen: Observed) -> Iterator[str]:
    """The n of ``\\partial L / \\partial W = \\sum_{t=1}^n …``, although ``h_n = f(h_{n-1})`` stands at the end of a list."""
    for relation in seen.relations:
        for big in (node for _, node in walk(relation.right) if isinstance(node, Big)):
            upper = letter(big.upper)
            counts = upper in seen.rules - USUAL_TIMES and letter(big.index) in (seen.shifted | USUAL_TIMES) - {upper}
            if counts and upper not in letters_in(relation.left):
                yield upper


def last_step(relations: Iterable[Relation]) -> str:
    """What a document calls its last step; empty where nothing says so."""
    horizon, why = _last_step(Observed(tuple(relations)), "")
    return horizon if why != _USUALLY else ""


def _counts_beside_a_step(big: Big) -> bool:
    """Whether the index of a sum stands at a letter that has a step besides: ``S(t)_{m,k}``, ``s_k^t``."""
    index = letter(big.index)
    return any(index in found and found & USUAL_TIMES - {index} for found in map(_scripts_together, (n for _, n in walk(big.body))))


def _scripts_together(term: Term) -> Letters:
    """The letters that stand alone below, above or in brackets behind one letter."""
    return letters_of(all_scripts(term))


# ------------------------------------------------------------------------------------------------------- other roles


def _parts(seen: Observed, _: Roles) -> Letters:
    inside = {x for _, x in seen.in_families}
    outside = {x for base, scripts in seen.below if base not in seen.families for x in letters_of(scripts)}
    named = frozenset(x for _, x in seen.in_words) | (inside - outside)
    return named - seen.bound - seen.shifted - seen.compared - seen.counting_together - USUAL_TIMES


def _usual(seen: Observed, roles: Roles) -> Letters:
    free = USUAL_INDICES & (seen.alone | seen.counting_together) - (seen.bases - seen.shifted - seen.counting_together)
    return free - roles["part of a name"]


def _sizes(seen: Observed, roles: Roles) -> Letters:
    return frozenset(letter(big.upper) for big in seen.sums) - roles["last step"] - {""}


def _components(seen: Observed, roles: Roles) -> Iterator[str]:
    return (letter(big.index) for big in seen.sums if letter(big.upper) in roles["size"] - seen.bound)


def _to_the_end(seen: Observed, roles: Roles) -> Iterator[str]:
    return (letter(big.index) for big in seen.sums if letters_in(big.upper) & roles["last step"])


def _from_a_step(seen: Observed, roles: Roles) -> Iterator[str]:
    r"""The q of ``\sum_{t=q}^T``, and of ``\prod_{k=q}^{t-1}``."""
    return (letter(big.lower) for big in seen.sums if letter(big.index) in roles["time"] and big.lower is not None)


def _to_a_time(seen: Observed, roles: Roles) -> Iterator[str]:
    return (letter(big.index) for big in seen.sums if letters_in(big.upper) & roles["time"])


def _classes(seen: Observed, roles: Roles) -> Letters:
    return seen.named_in_logarithms - seen.bound - seen.shifted - _usual(seen, roles) - roles["last step"]


def _in_brackets_above(seen: Observed, roles: Roles) -> Iterator[str]:
    return (base for base, above in seen.with_letters_above if above in roles["index"])


def _steps_above(seen: Observed, roles: Roles) -> Iterator[str]:
    powers = (power for power in seen.exponents if isinstance(power.base, Sym))
    return (base_letter(power) for power in powers if letters_in(power.exponent) and letters_in(power.exponent) <= roles["time"])


def _at_steps(seen: Observed, roles: Roles) -> Iterator[str]:
    r"""The h of ``\partial h^{(1)} / \partial c^{(1)}`` beside ``c^{(t)}``: at a step, and no layer."""
    for node in seen.nodes:
        of, by = (node.numerator, node.denominator) if isinstance(node, Deriv) else (None, None)
        if isinstance(of, Sup) and isinstance(by, Sup) and of.indices == by.indices and base_letter(by) in roles["raised"]:
            yield base_letter(of)


def _numbered_beside_raised(seen: Observed, roles: Roles) -> Letters:
    below = frozenset(base for base, script in seen.with_letters_below if script in roles["index"])
    return (seen.with_numbers_below & roles["raised"]) - below


def _numbered_alone(seen: Observed, roles: Roles) -> Letters:
    scripted = seen.with_letters_below | seen.with_letters_above
    lettered = {base for base, script in scripted if script in roles["index"]}
    raised = (power for power in seen.exponents if isinstance(power.base, Sym))  # β_1^t is a power of the number β_1
    lettered |= {base_letter(power) for power in raised if letters_in(power.exponent) & roles["index"]}
    alone = seen.with_numbers_below - lettered - seen.defined_below
    return alone - frozenset(_at_the_step_of(seen, lettered)) if seen.shifted else frozenset()


def _at_the_step_of(seen: Observed, lettered: Letters | set[str]) -> Iterator[str]:
    r"""The E of ``\partial E_3 / \partial h_3``: what is differentiated by something at a step, at the same one."""
    for node in (node for node in seen.nodes if isinstance(node, Deriv)):
        of, by = node.numerator, node.denominator
        if isinstance(of, Sub) and isinstance(by, Sub) and of.indices == by.indices and base_letter(by) in lettered:
            yield base_letter(of)


def _examples(seen: Observed, roles: Roles) -> Letters:
    r"""The s of ``\sum_s \sum_t \delta_t^{(s)}``: only sums of gradients count by it, to no end, and it stands beside a step."""
    others = seen.bases | seen.shifted | seen.compared | roles["time"] | roles["component"] | roles["last step"]
    bounded = {letter(big.index) for big in seen.sums if big.kind != "sum" or big.lower or big.upper or big.conditions}
    scripted = [_counting_at(node) for term in seen.terms for node in _whole_letters(term)]
    without_step = {x for letters in scripted if not letters & roles["time"] for x in letters}
    elsewhere = {x for r in seen.relations if not _is_of_gradients(r) for x in r.letters}
    return seen.bound - others - bounded - without_step - elsewhere


def _whole_letters(term: Term) -> Iterator[Term]:
    """The letters of a formula, each with all of its scripts."""
    if base_letter(term):
        yield term
    else:
        for _, part in children(term):
            yield from _whole_letters(part)


def _counting_at(term: Term) -> Letters:
    """The letters in the scripts of a letter."""
    inner = _counting_at(term.base) if isinstance(term, (Sub, Sup, Mark, Pow)) else frozenset()
    return inner.union(*map(letters_in, scripts(term)))


def _differentiated_above(seen: Observed, roles: Roles) -> Iterator[str]:
    r"""The h of ``\sum_i \frac{\partial L}{\partial h_t^i} \dots``, whose components are counted above."""
    sides = (side for n in seen.nodes if isinstance(n, Deriv) for side in (n.numerator, n.denominator))
    powers = (side for side in sides if isinstance(side, Pow) and isinstance(side.base, Sub))
    return (base_letter(power) for power in powers if letter(power.exponent) in seen.bound - seen.shifted - roles["time"])


def _is_of_gradients(relation: Relation) -> bool:
    """Whether the left side of an equation has a derivative, or a letter with the prefix of one."""
    return any(isinstance(n, Deriv) or (isinstance(n, Sym) and n.style in PREFIXES) for _, n in walk(relation.left))


RULES: tuple[Rule, ...] = (
    Rule(
        "part of a name", "it stands below others in one word with letters that count nothing, or where such letters stand", _parts
    ),
    Rule("class", "a logarithm is taken of what it stands below", _classes),
    Rule("size", "a sum ends there", _sizes),
    Rule("component", "a sum that ends at a size counts by it", _components),
    Rule("time", "it stands in a script with a number added", lambda seen, _: seen.shifted),
    Rule("time", "a sum to the last step counts by it", _to_the_end),
    Rule("time", _USUALLY, lambda seen, _: USUAL_TIMES - seen.bases),
    Rule("time", "a sum to a step counts by it", _to_a_time),
    Rule("time", "a sum over steps begins there", _from_a_step),
    Rule("index", "a sum or a product counts by it", lambda seen, _: seen.bound),
    Rule("index", "it stands in a script with a number added", lambda seen, _: seen.shifted),
    Rule("index", "a condition compares it", lambda seen, roles: seen.compared - roles["class"]),
    Rule("index", "it stands in a script, and is usually called so", _usual),
    Rule("index", "it stands in twos below a letter, as indices do", lambda seen, _: seen.paired),
    Rule("index", "a sum over steps begins there", _from_a_step),
    Rule("index", "it is a size", lambda _, roles: {x for x in roles["size"] if len(x) == 1}),
    Rule("index", "it is the last step", lambda _, roles: roles["last step"]),
    Rule("index", "it is counted back from an index", lambda seen, roles: seen.counted_back(roles["index"])),
    Rule("raised", "it has an index in brackets above", _in_brackets_above),
    Rule("raised", "it has a step above", _steps_above),
    Rule("raised", "it has a number in brackets above, as has what it is differentiated by, where others have an index", _at_steps),
    Rule("numbered", "it has numbers below, and its index in brackets above", _numbered_beside_raised),
    Rule("numbered", "it has numbers below, and never an index", _numbered_alone),
    Rule("bare", "it stands somewhere without a script", lambda seen, _: seen.bare),
    Rule("above", "an equation defines it with a letter above", lambda seen, _: seen.defined_above),
    Rule("above", "a sum counts by what stands above it where it is differentiated", _differentiated_above),
    Rule(
        "stepped",
        "an equation defines it with a step above, or makes what it defines so of it",
        lambda seen, roles: seen.stepped(roles["time"]) - SMALL_GREEK,
    ),
    Rule("factor", "it stands without a script in a product", lambda seen, _: seen.factors),
    Rule("example", "only sums of gradients count by it, beside the steps", _examples),
)
