r"""A well-known letter of a function that the text uses for another one: "where $\sigma$ is the activation, usually tanh"."""

from __future__ import annotations

import re
from dataclasses import replace

from symrnn.language.terms import Apply, Mark, Sub, Sym, Term, rebuilt

_ACTIVATION = re.compile(
    r"(?i)activat|non-?linear|squash|激活函数|啟動函數|激勵函數|活性化関数|활성화|aktivierung|ativação|activación|нелинейн|активац"
)
#: Another function than the logistic one, or words behind which examples stand in a formula of their own.
_OTHER = re.compile(
    r"(?i)tanh|hyperbolic|relu|双曲|(?:such as|e\.\s?g\.|like|usually|typically|commonly|generally"
    r"|例如|比如|一般[为是]?|通常[为是]?|z\.\s?B\.|par exemple|por ejemplo|por exemplo|например|或|or)[\s,:(（]*$"
)
_LETTER = re.compile(r"\\sigma(?:\s*\(\s*\\?(?:cdot|\w)\s*\))?")
SIGMA = Sym("sigma")
#: The letter of a function of which the text says that it may be another one than the logistic function.
_OPEN = Sub(SIGMA, (Sym("act", "", "text"),))


def is_said_open(formula: str, after: str) -> bool:
    """Whether a text behind ``\\sigma`` says that it is an activation, and names another one than the logistic function."""
    sentence = re.split(r"[.;。；](?:\s|$)|\n\s*\n", after)[0]
    return bool(_LETTER.fullmatch(formula.strip()) and _ACTIVATION.search(sentence) and _OTHER.search(sentence))


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
