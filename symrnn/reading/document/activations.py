r"""A well-known letter of a function that the text uses for another one: "where $\sigma$ is the activation, usually tanh"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from symrnn.language.terms import DEFINING, Add, Apply, Mark, Relation, Sub, Sup, Sym, Term, rebuilt
from symrnn.reading.lexicon.observed import base_letter

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
_OUTPUTS = frozenset("yp")
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


def opened(term: Term) -> Term:
    """A formula with an open function for each σ."""
    term = rebuilt(term, opened)
    if not isinstance(term, Apply):
        return term
    term = replace(term, argument=opened(term.argument))
    if term.function == SIGMA:
        return replace(term, function=_OPEN)
    if isinstance(term.function, Mark) and term.function.base == SIGMA:
        return replace(term, function=replace(term.function, base=_OPEN))
    return term
