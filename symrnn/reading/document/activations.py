r"""A well-known letter of a function that the text uses for another one: "where $\sigma$ is the activation, usually tanh"."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from symrnn.language.functions import is_well_known, meaning
from symrnn.language.terms import DEFINING, Add, Apply, Extremum, Frac, Mark, Relation, Sub, Sup, Sym, Term, rebuilt
from symrnn.reading.lexicon.observed import base_letter, letter

_ACTIVATION = re.compile(
    r"(?i)activat|non-?linear|squash|激活函数|啟動函數|激勵函數|活性化関数|활성화|aktivierung|ativação|activación|нелинейн|активац"
)
#: Another function than the logistic one, or words behind which examples stand in a formula of their own.
_OTHER = re.compile(
    r"(?i)tanh|hyperbolic|relu|双曲|(?:such as|e\.\s?g\.|like|usually|typically|commonly|generally"
    r"|例如|比如|一般[为是]?|通常[为是]?|z\.\s?B\.|par exemple|por ejemplo|por exemplo|например|或|or)[\s,:(（]*$"
)
_LETTER = re.compile(r"\\sigma(?:\s*\(\s*\\?(?:cdot|\w)\s*\))?")
_NAMED = r"[^.;,。；，]{0,25}(?:激活函数|activation(?: function)?s?)[^.;,。；，]{0,12}?"
_HIDDEN = re.compile(rf"(?i)(?:隐藏层|隐层|hidden(?: layer| state| unit)?s?){_NAMED}(?P<name>tanh|relu)")
_OUTPUT = re.compile(rf"(?i)(?:输出层?|output(?: layer)?s?){_NAMED}(?P<name>softmax)")
_HEDGED = re.compile(
    r"(?i)\b(?:if|or|usually|typically|commonly|generally|such as|e\.g|may|can|could|often)\b|一般|通常|例如|比如|或"
)
_CASE = re.compile(
    rf"{_HEDGED.pattern}|\b(?:for|when|suppose|consider|instance|wenn|falls|für|si|pour|para|если|при)\b|若|如果", re.IGNORECASE
)
_LET = re.compile(r"(?i)\b(?:let|take|set|sei|soit|sea|seja|пусть)\b|设|令|取")
_OUTPUTS = frozenset("yp")
_IDENTITIES = frozenset({"id", "identity"})
_ARGUMENT = Sym("x")
SIGMA = Sym("sigma")
#: The letter of a function of which the text says that it may be another one than the logistic function.
_OPEN = Sub(SIGMA, (Sym("any", "", "open"),))


def is_said_open(formula: str, after: str) -> bool:
    """Whether a text behind ``\\sigma`` says that it is an activation, and names another one than the logistic function."""
    sentence = re.split(r"[.;。；](?:\s|$)|\n\s*\n", after)[0]
    return bool(_LETTER.fullmatch(formula.strip()) and _ACTIVATION.search(sentence) and _OTHER.search(sentence))


def activations_said(prose: str) -> dict[str, str]:
    """The activations that the text names for certain, of ``hidden`` states and of the ``output``; empty unless it names both."""
    sentences = [s for s in re.split(r"(?<=[.;。；!?！？])", prose) if not _HEDGED.search(s)]
    found = {role: next((m["name"] for s in sentences if (m := pattern.search(s))), "") for role, pattern in _ROLES}
    return {role: name.lower() for role, name in found.items()} if all(found.values()) else {}


_ROLES = (("hidden", _HIDDEN), ("output", _OUTPUT))


def at_other_steps(relations: Iterable[Relation]) -> frozenset[str]:
    """The letters that stand at a step with a number added, ``h_{t-1}``."""
    nodes = (node for r in relations for node in r.nodes() if isinstance(node, (Sub, Sup)))
    return frozenset(base_letter(node) for node in nodes if any(isinstance(i, Add) for i in node.indices))


def with_named(relation: Relation, said: Mapping[str, str], states: frozenset[str]) -> Relation:
    r"""``h_t = \\sigma(z_t)``, ``\\hat y_t = \\sigma(o_t)`` with the activation that the text names, for a state and for an output."""
    letter, right = base_letter(relation.left), relation.right
    role = "hidden" if letter in states else "output" if letter in _OUTPUTS else ""
    if not said or not role or not isinstance(right, Apply) or right.function != SIGMA or relation.op not in DEFINING:
        return relation
    return replace(relation, right=replace(right, function=Sym(said[role])))


def function_chosen(relation: Relation, applied: Collection[Term]) -> Relation | None:
    r"""``\\phi = \\tanh`` of a letter that is `applied`, and ``\\sigma(z) = \\tanh(z)``, as an equation for that function; else None.

    What gives a formula, ``\\sigma(z) = 1 / (1 + e^{-z})``, chooses nothing.
    """
    left, right = relation.left, relation.right
    if relation.op not in DEFINING:
        return None
    word = right.indices[0] if isinstance(right, Sub) and right.base == SIGMA else right  # \sigma_{\text{sigmoid}}
    if left in applied and isinstance(word, Sym) and (word.name in _IDENTITIES or is_well_known(word.name)):
        value = _ARGUMENT if word.name in _IDENTITIES else Apply(word, _ARGUMENT)
        return replace(relation, left=Apply(left, _ARGUMENT), right=value)
    if not isinstance(left, Apply) or left.function != SIGMA:
        return None
    named = letter(right.function) if isinstance(right, Apply) and right.argument == left.argument else ""
    other = is_well_known(named) and meaning(named) != SIGMA.name
    return relation if other or right == left.argument or isinstance(right, Extremum) else None


def is_chosen_for_certain(before: str, equation: Relation) -> bool:
    """Whether the words before ``\\sigma = \\tanh`` say it of the network, and of no example or case: a linear network is one."""
    sentence = re.split(r"[.;:。；：]\s", before)[-1]
    linear = isinstance(equation.left, Apply) and equation.right == equation.left.argument
    return not _CASE.search(sentence) and not (linear and _LET.search(sentence))


def gives_logistic(relation: Relation) -> bool:
    """``\\sigma(z) = 1 / (1 + e^{-z})``: σ is what it is usually called."""
    left = relation.left
    return isinstance(left, Apply) and left.function == SIGMA and isinstance(relation.right, Frac)


def opened(term: Term) -> Term:
    """A formula with an open function for each σ."""
    term = rebuilt(term, opened)
    if not isinstance(term, Apply):
        return term
    function = term.function
    function = replace(function, base=as_open(function.base)) if isinstance(function, Mark) else as_open(function)
    return replace(term, argument=opened(term.argument), function=function)


def as_open(function: Term) -> Term:
    """The letter of a function, where σ may be another one than the logistic one."""
    return _OPEN if function == SIGMA else function
