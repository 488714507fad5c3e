"""A sum on its way to another form, every step recorded as the checker wants it."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache

from symrnn.language.budget import Budget
from symrnn.proving.canonical import canonical_names, values_that_match
from symrnn.proving.kernel.indices import Affine, follows
from symrnn.proving.kernel.meaning import new_variables
from symrnn.proving.kernel.outcomes import Refused
from symrnn.proving.kernel.proofs import Equation, Step
from symrnn.proving.kernel.rules import Context, bound_names
from symrnn.proving.kernel.sums import Entry, Sum, Term, term

_MOST_TRIED = 30_000
_MOST_STEPS = 6000
_MOST_TERMS = 240


class Stuck(Exception):
    """No proof was found, and why."""


#: How many rules the claim at hand may still try, over all of its lemmas; each context has its own, so that two checks may run at once.
_patience: ContextVar[Budget | None] = ContextVar("patience", default=None)


def begin() -> None:
    """Begins to count the rules that a claim tries: more than any sensible proof are too many, the same on every machine."""
    _patience.set(Budget(_MOST_TRIED))


def is_patient() -> bool:
    """Whether the claim at hand may try more rules."""
    patience = _patience.get()
    return patience is None or patience.left > 0


class FreshNames:
    """New variables, never the same twice."""

    def __init__(self) -> None:
        self._count = 0

    def take(self, count: int) -> tuple[str, ...]:
        self._count += count
        return tuple(f"~v{n}" for n in range(self._count - count, self._count))


class Rewriting:
    """The terms of a sum and the steps that led to them."""

    def __init__(self, checker: Context, names: FreshNames, terms: Sum, given: frozenset[Affine]) -> None:
        self.checker = checker
        self.names = names
        self.given = given
        self.facts = given | checker.always
        self.state: list[Term] = list(terms)
        self.steps: list[Step] = []

    def known(self, at: int, condition: Affine) -> bool:
        """Whether a condition holds wherever the bracket of a term does."""
        return follows(condition, self.facts | self.state[at].where)

    def do(
        self, at: int, rule: str, entry: Entry | None = None, fresh: tuple[str, ...] = (), data: tuple[object, ...] = ()
    ) -> None:
        """Applies a rule to a term. Raises Refused."""
        result = self._applied(self.state[at], Step(rule, at, (), entry, fresh, data))
        self._record(Step(rule, at, result, entry, fresh, data))
        self.state[at : at + 1] = result

    def back(self, at: int, rule: str, new: Term, entry: Entry, fresh: tuple[str, ...] = (), data: tuple[object, ...] = ()) -> None:
        """Replaces a term by one that a rule turns into it. Raises Refused."""
        step = Step(rule, at, (new,), entry, fresh, data, backward=True)
        if self._applied(new, step) != (self.state[at],):
            raise Refused(f"{rule} does not lead back")
        self._record(step)
        self.state[at] = new

    def _applied(self, t: Term, step: Step) -> Sum:
        patience = _patience.get()
        if patience is not None and not patience.take(1):
            raise Stuck("the search for a proof grows too long")
        return self.checker.applied(t, step, self.facts)

    def _record(self, step: Step) -> None:
        self.steps.append(step)
        if len(self.steps) > _MOST_STEPS or len(self.state) > _MOST_TERMS:
            raise Stuck("the proof grows too long")

    def open(self, at: int, entry: Entry) -> None:
        """Writes a component of a compound tensor in components of its parts."""
        self.do(at, "open", entry, self.names.take(new_variables(entry.node)))

    def use(self, at: int, entry: Entry, lemma: str) -> bool:
        """Applies a lemma or the induction hypothesis to an entry; False when it is about something else."""
        values = self.values_for(entry, lemma)
        if values is None:
            return False
        fresh = self.names.take(len(bound_names(self._equation(lemma).right)))
        self.do(at, "use", entry, fresh, (lemma, tuple(sorted(values.items()))))
        return True

    def values_for(self, entry: Entry, lemma: str) -> dict[str, Affine] | None:
        """The values of a lemma's variables at which its left side is an entry."""
        return values_that_match(self._equation(lemma).left[0].factors[0][0], entry)

    def _equation(self, name: str) -> Equation:
        earlier = self.checker.earlier.get(name)
        return self.checker.accepted[name] if earlier is None else earlier.equation

    # ---------------------------------------------------------------------------------------------------- order

    def tidy(self) -> None:
        """Brings terms into one form: fewest conditions, bound variables renamed, like terms collected."""
        for at in range(len(self.state) - 1, -1, -1):
            self._rename(at)
            if self._narrow(at):
                self._rename(at)
        for at in range(len(self.state)):
            other = at + 1
            while at < len(self.state) and other < len(self.state):
                if self.state[at].is_like(self.state[other]):
                    self._collect(at, other)
                    other = at + 1
                else:
                    other += 1

    def _narrow(self, at: int) -> bool:
        """Whether conditions were left out; the term stays where it is."""
        conditions = needed(self.state[at].where, self.facts)
        if conditions == self.state[at].where:
            return False
        self.do(at, "narrow", data=(conditions,))
        return True

    def _rename(self, at: int) -> None:
        renaming = canonical_names(self.state[at])
        if any(old != new for old, new in renaming.items()):
            self.do(at, "rename", data=(tuple(sorted(renaming.items())),))

    def _collect(self, at: int, other: int) -> None:
        a, b = self.state[at], self.state[other]
        total = replace(a, coefficient=a.coefficient + b.coefficient)
        result = (total,) if total.coefficient else ()
        self._record(Step("collect", at, result, data=(other,)))
        del self.state[other]
        self.state[at : at + 1] = result


@lru_cache(maxsize=1 << 12)
def needed(where: frozenset[Affine], facts: frozenset[Affine]) -> frozenset[Affine]:
    """The conditions without those that follow from the others."""
    kept = set(where)
    for c in sorted(where, key=lambda c: (-len(c.terms), repr(c))):
        if follows(c, (kept - {c}) | facts):
            kept.discard(c)
    return frozenset(kept)


def exchanged(t: Term, out: Iterable[tuple[Entry, int]], into: Iterable[tuple[Entry, int]], gone: Iterable[str] = ()) -> Term:
    """A term with factors taken out and others put in; the variables in `gone` are no longer bound, nor their conditions kept."""
    lost = set(gone)
    factors = (*t.factors, *((e, -n) for e, n in out), *into)
    where = (c for c in t.where if lost.isdisjoint(c.names()))
    return term(t.coefficient, factors, where, t.bound - lost)
