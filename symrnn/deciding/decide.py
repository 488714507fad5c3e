"""Whether a claim holds: the sieve modulo a prime, the exact proof, the certificate of falsity.

The sieve only chooses what to prove or to refute next. *Proven* comes from polynomials that are zero, *refuted* from a
ball that excludes zero; anything else is undecided.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, product
from typing import Any

import numpy as np

from symrnn.deciding.algebras.base import Array, TooLarge, Undefined
from symrnn.deciding.algebras.exact import Effort
from symrnn.deciding.evaluate import BadRange, Instance, OutOfRange, Unsupported, World
from symrnn.deciding.evidence import Point, Scope
from symrnn.deciding.hypotheses import (
    Hypothesis,
    about_indices,
    about_values,
    compared,
    given,
    nonzero,
    steps_in_order,
    within_the_ends,
)
from symrnn.deciding.network import ExactNetwork, Network, ball_network, enlarged, exact_network, modular_network
from symrnn.language.budget import Stopped
from symrnn.language.claims import Claim, extended
from symrnn.language.model import Model, Name, reached
from symrnn.language.tensors import (
    Affine,
    Choose,
    Condition,
    Jac,
    Map,
    Over,
    Pick,
    Power,
    Ref,
    Tensor,
    Truth,
    mentioned,
    replaced,
    walk,
    what_it_counts,
)
from symrnn.language.terms import Add, Relation, Sym
from symrnn.notation.from_tensors import number
from symrnn.notation.said import Spelled, Told, by_name, one_by_one, said

_SEEDS = (1, 2, 3, 5)
#: How many steps longer than the instance a sequence is at which it is asked whether a claim has a meaning at more times.
_MORE_STEPS = 4
_DIGITS = 12


@dataclass(frozen=True)
class Holds:
    """Proven exactly at the instance, under `hypotheses`."""

    hypotheses: tuple[Hypothesis, ...]
    identity: str


@dataclass(frozen=True)
class Fails:
    """Refuted by a point that satisfies every value hypothesis of the catalogue."""

    point: Point


@dataclass(frozen=True)
class Open:
    """Neither, and why; `empty` when no assignment of the indices has a meaning at all, `unfinished` when it took too much work."""

    reason: Told
    empty: bool = False
    unfinished: bool = False


Outcome = Holds | Fails | Open


class Decider:
    """Decides claims about one model at one instance, keeping the unrolled networks between claims.

    `manner` is that of explicit derivatives (see `World`).
    """

    def __init__(self, model: Model, instance: Instance, manner: str = "") -> None:
        self.manner = manner
        self.model = model
        self.instance = instance
        self.given = given(model)
        known = {h.about for h in self.given}
        self.value_hypotheses = tuple(h for h in about_values(model) if h.about not in known)
        self._worlds: dict[tuple[Any, ...], World] = {}
        self._longer: Decider | None = None
        self._agreed: dict[tuple[Claim, tuple[Hypothesis, ...], int], bool | None] = {}
        self._sieved: dict[tuple[Claim, bool], tuple[Hypothesis, ...] | None] = {}
        self._tested: dict[tuple[Claim, tuple[Hypothesis, ...]], Outcome | TooLarge] = {}
        self._of_indices: dict[Claim, tuple[Hypothesis, ...]] = {}

    # ------------------------------------------------------------------------------------------------------ worlds

    def _world(self, kind: str, claim: Claim | None, seed: int, hypotheses: tuple[Hypothesis, ...]) -> Any:
        """A network in one algebra; one that knows the claim's own unknown quantities if it has any."""
        unknown = claim.unknown if claim is not None else ()
        hypotheses = (*self.given, *hypotheses)
        key = (kind, unknown, seed, hypotheses)
        if key not in self._worlds:
            model = self.model if claim is None else extended(self.model, claim)
            instance = enlarged(self.instance, unknown)
            if kind == "exact":
                self._worlds[key] = exact_network(model, instance, hypotheses)
            else:
                make = modular_network if kind == "modular" else ball_network
                self._worlds[key] = make(model, instance, seed, hypotheses)
            self._worlds[key].manner = self.manner
        return self._worlds[key]

    def scope(self) -> Scope:
        return Scope(self.instance.steps, self.instance.sizes)

    def environments(self, claim: Claim, world: World, hypotheses: tuple[Hypothesis, ...] = ()) -> Iterator[dict[str, int]]:
        """All values of the free indices, every time step and every component, at which it does not divide by a count of zero."""
        conditions = [h for h in (*hypotheses, *divisor_hypotheses(claim)) if not h.is_about_values]
        ranges = []
        for _, role, label in claim.variables:
            if role == "time":
                ranges.append(range(world.first, world.last + 1))
            else:
                ranges.append(range(1, world.sizes.get(label, 1) + 1))
        names = [name for name, _, _ in claim.variables]
        for values in product(*ranges):
            env = {**world.base_env, **dict(zip(names, values, strict=True))}
            if claim.covers(env) and all(h.allows(env) for h in conditions):
                yield env

    def sides(self, claim: Claim, world: World, env: dict[str, int]) -> tuple[Array, Array] | None:
        """Both sides at one assignment, None where it asks for what does not exist."""
        try:
            return world.value(claim.left, env), world.value(claim.right, env)
        except (OutOfRange, BadRange):
            return None

    def narrow(self, claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> Told:
        """Where a claim has a meaning at few values of an index only, however long the sequence is; empty where it has at many.

        That is known from a longer sequence, at which it has one at no more of them. Up to a step that a claim itself names by its number,
        as in ``\\prod_{j=k+1}^{3}``, they are all that it is about.
        """
        met, tried = self._met(claim, hypotheses)
        if len(met) == len(tried):
            return ""
        tied = _tied(claim, met, tried)
        if tied is not None:
            return said("it has a meaning only where ", tied)
        if self._longer is None:
            self._longer = Decider(self.model, replace(self.instance, steps=self.instance.steps + _MORE_STEPS), self.manner)
        more, _ = self._longer._met(claim, hypotheses)
        for n, (name, role, _) in enumerate(claim.variables):
            here, there = ({values[n] for values in found} for found in (met, more))
            if role == "time" and len(there) <= len(here) and not (len(here) > 1 and max(here) in _numbered_steps(claim)):
                values = ", ".join(map(str, sorted(here)))
                few = f" = {values} of {self.instance.steps} steps, and at no more values at more steps"
                return said("it has a meaning at ", by_name(name), few)
        return ""

    def _met(self, claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        """The values of the free indices at which a claim has a meaning, and those at which it was tried."""
        world = self._world("modular", claim, 1, tuple(h for h in hypotheses if h.is_about_values))
        tried = list(self.environments(claim, world, hypotheses))
        met = [env for env in tried if self.sides(claim, world, env) is not None]
        return [_free(claim, env) for env in met], [_free(claim, env) for env in tried]

    # ------------------------------------------------------------------------------------------------------- sieve

    def agrees(self, claim: Claim, hypotheses: tuple[Hypothesis, ...], seed: int = 1) -> bool | None:
        """Whether both sides are equal at a random point modulo a prime; None when no assignment has a meaning."""
        key = claim, hypotheses, seed
        if key not in self._agreed:
            self._agreed[key] = self._agrees(claim, hypotheses, seed)
        return self._agreed[key]

    def _agrees(self, claim: Claim, hypotheses: tuple[Hypothesis, ...], seed: int) -> bool | None:
        values = tuple(h for h in hypotheses if h.is_about_values)
        world = self._world("modular", claim, seed, values)
        met = False
        for env in self.environments(claim, world, hypotheses):
            pair = self.sides(claim, world, env)
            if pair is None:
                continue
            met = True
            if not np.array_equal(pair[0], pair[1]):
                return False
        return True if met else None

    def candidates(self, claim: Claim) -> Iterator[tuple[Hypothesis, ...]]:
        """Sets of hypotheses, the smallest first."""
        for indices in ((), *((h,) for h in self.of_indices(claim))):
            for chosen in _subsets(self.usual(claim)):
                yield (*chosen, *indices, *divisor_hypotheses(claim))

    def of_indices(self, claim: Claim) -> tuple[Hypothesis, ...]:
        """The hypotheses on its free indices that a claim may be meant under."""
        if claim not in self._of_indices:
            self._of_indices[claim] = index_hypotheses(claim, self.model)
        return self._of_indices[claim]

    def usual(self, claim: Claim) -> tuple[Hypothesis, ...]:
        """The value hypotheses that a claim may need, without one-hot targets: those come last."""
        return tuple(h for h in relevant(claim, self.value_hypotheses, self.model) if h.kind != "one-hot")

    def sieve(self, claim: Claim, one_hot: bool = True) -> tuple[Hypothesis, ...] | None:
        """The smallest set of hypotheses under which the sieve finds no difference; None when there is none.

        One-hot targets are tried only where `one_hot` allows it and nothing else will do. Raises Undefined, Unsupported
        and TooLarge.
        """
        key = claim, one_hot
        if key not in self._sieved:
            self._sieved[key] = self._sieve(claim, one_hot)
        return self._sieved[key]

    def _sieve(self, claim: Claim, one_hot: bool) -> tuple[Hypothesis, ...] | None:
        usual = self.usual(claim)
        for indices in ((), *((h,) for h in self.of_indices(claim))):
            if self.agrees(claim, (*usual, *indices)):
                found = next((*c, *indices) for c in _subsets(usual) if self.agrees(claim, (*c, *indices)))
                return (*found, *divisor_hypotheses(claim))
        return self._one_hot_sieve(claim) if one_hot else None

    def differs(self, claim: Claim) -> bool:
        """Whether the sieve finds a difference under each hypothesis about indices: one that none of these steps meets says nothing."""
        usual = self.usual(claim)
        cases = ((), *((h,) for h in self.of_indices(claim)))
        return all(self.agrees(claim, (*usual, *indices)) is False for indices in cases)

    def _one_hot_sieve(self, claim: Claim) -> tuple[Hypothesis, ...] | None:
        used = relevant(claim, self.value_hypotheses, self.model)
        special = tuple(h for h in used if h.kind == "one-hot")
        try:
            if not special or not self.agrees(claim, used):
                return None
            rest = tuple(h for h in used if h.kind in ("zero", "zero end"))
            found = next((*special, *c) for c in _subsets(rest) if self.agrees(claim, (*special, *c)))
            return (*found, *divisor_hypotheses(claim))
        except Undefined:
            return None

    # ------------------------------------------------------------------------------------------------------ decide

    def decide(self, claim: Claim) -> Outcome:
        """Proven under the fewest hypotheses, refuted, or open."""
        try:
            return self._decide(claim)
        except Unsupported as reason:
            return Open(f"{reason} is beyond this engine")
        except TooLarge as reason:
            return Open(str(reason), unfinished=True)
        except Undefined as reason:
            return Open(str(reason))

    def _decide(self, claim: Claim) -> Outcome:
        if not self._has_instance(claim):
            return Open("it asks for time steps or components that do not exist, whatever its indices are", empty=True)
        try:
            hypotheses = self.sieve(claim)
        except Undefined as reason:
            return Open(str(reason))
        if hypotheses is not None:
            outcome = self.prove(claim, hypotheses)
            if not isinstance(outcome, Open):
                return outcome
        point = self.refute(claim, self.usual(claim))
        if point is not None:
            return self._in_a_case(claim) or Fails(point)
        if hypotheses is not None:
            return outcome
        # Equal in ball arithmetic although the sieve, which knows no identities between functions, sees a difference.
        for candidate in self.candidates(claim):
            outcome = self.prove(claim, candidate)
            if isinstance(outcome, Holds):
                return outcome
        return Open("no difference was found, and no proof either")

    def _in_a_case(self, claim: Claim) -> Holds | None:
        """A proof in one case of the indices of a claim with exponentials, between which the sieve knows no identities."""
        nodes = claim.nodes()
        if not any(isinstance(node, Map) and node.function == "exp" for node in nodes):
            return None
        for case in self.of_indices(claim):
            if self.refute(claim, (*self.usual(claim), case)) is None:
                chosen = ((*some, case, *divisor_hypotheses(claim)) for some in _subsets(self.usual(claim)))
                found = (outcome for h in chosen if isinstance(outcome := self.prove(claim, h), Holds))
                return next(found, None)
        return None

    def _every_case(self, claim: Claim, hypotheses: tuple[Hypothesis, ...], outcome: Outcome) -> Outcome:
        """The outcome for a claim with cases: each is claimed wherever its own condition holds, also where an earlier one does."""
        if not isinstance(outcome, Holds):
            return outcome
        for variant, conditions in by_cases(claim):
            world = self._world("modular", claim, 1, ())
            free = set(world.base_env) | {name for name, _, _ in claim.variables}
            known = [c for c in conditions if c.names() <= free]
            if known and not any(all(c.holds(env) for c in known) for env in self.environments(claim, world)):
                return Open(said("the case ", one_by_one(", ", map(compared, known)), " never occurs"))
            if not self.agrees(variant, hypotheses):
                point = self.refute(variant, hypotheses)
                return Fails(point) if point is not None else Open("two of its cases overlap, and no proof was found for both")
            other = self._zero(variant, hypotheses)
            if not isinstance(other, Holds):
                return other
        return outcome

    def _has_instance(self, claim: Claim) -> bool:
        world = self._world("modular", claim, 1, ())
        return any(self.sides(claim, world, env) is not None for env in self.environments(claim, world))

    # ------------------------------------------------------------------------------------------------------- prove

    def prove(self, claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> Outcome:
        """The exact zero test of every component at every assignment, and in every case wherever its condition holds.

        A case that fails where an earlier one holds is refuted.
        """
        return self._every_case(claim, hypotheses, self._zero(claim, hypotheses))

    def _zero(self, claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> Outcome:
        """The exact zero test, made once: what is too large in itself is so again, what ended with its statement's budget may not be."""
        known = self._tested.get((claim, hypotheses))
        if isinstance(known, TooLarge):
            raise known.with_traceback(None)
        return known or self._zero_once(claim, hypotheses)

    def _zero_once(self, claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> Outcome:
        values = tuple(h for h in hypotheses if h.is_about_values)
        world: ExactNetwork = self._world("exact", claim, 0, values)
        effort = Effort.start(world.algebra.variables)
        try:
            outcome = self._zero_in(world, claim, hypotheses)
        except (TooLarge, Stopped) as reason:  # what was given up on the way means nothing, and the world may have kept some of it
            self._worlds = {key: known for key, known in self._worlds.items() if known is not world}
            if effort.too_large and isinstance(reason, TooLarge):
                self._tested[claim, hypotheses] = reason.with_traceback(None)
            raise
        if not effort.exhausted:
            self._tested[claim, hypotheses] = outcome
        return outcome

    def _zero_in(self, world: ExactNetwork, claim: Claim, hypotheses: tuple[Hypothesis, ...]) -> Outcome:
        entries, assignments, nonzero = 0, 0, claim.literal_zero
        one_hot = {h.about for h in (*self.given, *hypotheses) if h.kind == "one-hot"}
        for env in self.environments(claim, world, hypotheses):
            pair = self.sides(claim, world, env)
            if pair is None:
                continue
            assignments += 1
            for a, b in zip(pair[0].flat, pair[1].flat, strict=True):
                entries += 1
                nonzero = nonzero or not a.is_zero() or not b.is_zero()
                if not world.algebra.vanishes(a - b, world.free_vectors(one_hot)):
                    return Open("a polynomial that should vanish does not")
        if not entries:
            return Open("no instance of it could be tested")
        if not nonzero:
            return Open("both sides vanish identically, so nothing is shown")
        narrow = self.narrow(claim, hypotheses)
        if narrow:
            return Open(narrow)
        return Holds(
            hypotheses,
            f"{entries} polynomials over ℚ, from {assignments} assignments of its indices, are identically zero",
        )

    # ------------------------------------------------------------------------------------------------------ refute

    def refute(self, claim: Claim, hypotheses: tuple[Hypothesis, ...], seeds: Iterable[int] = _SEEDS) -> Point | None:
        """A rational point, within the hypotheses, at which the two sides certainly differ."""
        for seed in seeds:
            world = self._world("ball", claim, seed, tuple(h for h in hypotheses if h.is_about_values))
            try:
                point = self._difference(claim, world, hypotheses, seed)
            except Undefined:
                continue
            if point is not None:
                return point
        return None

    def fails_at(self, point: Point) -> bool:
        """Whether the two sides of a claim differ at a point that was found before: they are computed again."""
        known = {h.said: h for h in self.value_hypotheses}
        hypotheses = tuple(known[said] for said in point.hypotheses if said in known)
        try:
            world = self._world("ball", point.claim, point.seed, hypotheses)
            env = {**world.base_env, **dict(point.indices)}
            pair = self.sides(point.claim, world, env) if point.claim.covers(env) else None
        except (Undefined, Unsupported, TooLarge):
            return False
        if pair is None:
            return False
        entry = tuple(i - 1 for i in point.entry)
        return bool(abs(pair[0][entry] - pair[1][entry]) > 0)

    def _difference(self, claim: Claim, world: Network, hypotheses: tuple[Hypothesis, ...], seed: int) -> Point | None:
        best: tuple[float, Point] | None = None
        for env in self.environments(claim, world, hypotheses):
            pair = self.sides(claim, world, env)
            if pair is None:
                continue
            for place, (a, b) in enumerate(zip(pair[0].flat, pair[1].flat, strict=True)):
                gap: Any = abs(a - b)
                if gap > 0 and (best is None or float(gap.mid()) > 1.5 * best[0]):
                    entry = tuple(map(int, np.unravel_index(place, pair[0].shape)))
                    best = float(gap.mid()), self._point(claim, world, env, entry, (a, b, gap), seed)
        return None if best is None else best[1]

    def _point(
        self,
        claim: Claim,
        world: Network,
        env: dict[str, int],
        entry: tuple[int, ...],
        numbers: tuple[Any, Any, Any],
        seed: int,
    ) -> Point:
        indices = tuple((name, env[name]) for name, _, _ in claim.variables)
        left, right, gap = (x.str(_DIGITS) for x in numbers)
        scope = Scope(world.instance.steps, world.instance.sizes)
        needed = tuple(h.said for h in world.hypotheses)
        return Point(claim, scope, seed, indices, tuple(i + 1 for i in entry), left, right, gap, needed)


def relevant(claim: Claim, hypotheses: tuple[Hypothesis, ...], model: Model) -> tuple[Hypothesis, ...]:
    """The value hypotheses about quantities that a claim can depend on."""
    used = dependencies(claim.sides, model)
    return tuple(h for h in hypotheses if h.about in used)


def _subsets(hypotheses: tuple[Hypothesis, ...]) -> Iterator[tuple[Hypothesis, ...]]:
    """All subsets, the smallest first."""
    for count in range(len(hypotheses) + 1):
        yield from combinations(hypotheses, count)


def dependencies(tensors: tuple[Tensor, ...], model: Model, closed: Set[Name] = frozenset()) -> set[str]:
    """The keys of all quantities that tensors mention, directly or through definitions other than those of `closed` ones."""
    return reached(frozenset[str]().union(*map(mentioned, tensors)), model, closed)


def index_hypotheses(claim: Claim, model: Model) -> tuple[Hypothesis, ...]:
    """The hypotheses on free indices that a claim may be meant under: a step before the last, equal or different indices.

    Two indices can only be meant to be equal or different where one part of the claim depends on both, such as ∂p_i/∂z_k: anything
    is true of h_i = h_k where i = k. Left out are also those that a case distinction or an indicator of the claim is about (it claims
    both cases, and one would never be looked at), and those between indices that both sides depend on, unless they count
    classes: the cases of a softmax are told apart so, while W_ji for W_ij is simply false.
    """
    if not claim.variables:
        return ()
    about, sides = list(about_indices(claim.variables)), (claim.left, claim.right)
    ranges = (*within_the_ends(claim.variables, sides, model), *dict.fromkeys(steps_in_order(claim.variables, sides)))
    if not about:
        return ranges
    nodes = [*walk(claim.left), *walk(claim.right)]
    told_apart = {condition.names() for node in nodes for condition in _conditions(node)}
    common = claim.left.free & claim.right.free
    labels = {name: label for name, _, label in claim.variables}
    result = []
    for hypothesis in about:
        pair = hypothesis.condition.names() if hypothesis.condition is not None else frozenset()
        by_classes = all(labels[name] == "classes" for name in pair)
        if pair in told_apart or not any(pair <= node.free and _is_joint(node) for node in nodes):
            continue
        if by_classes or not pair <= common:
            result.append(hypothesis)
    return (*result, *ranges)


def _is_joint(node: Tensor) -> bool:
    """Whether a part of a claim depends on all of its indices at once: a derivative, or a component of one."""
    return isinstance(node, (Pick, Jac)) and any(isinstance(part, Jac) for part in walk(node))


def _conditions(node: Tensor) -> tuple[Condition, ...]:
    """The conditions between indices that an indicator or a case distinction has."""
    if isinstance(node, Truth):
        return (node.condition,)
    return tuple(c for _, conditions in node.branches for c in conditions) if isinstance(node, Choose) else ()


@lru_cache(maxsize=4096)
def by_cases(claim: Claim) -> tuple[tuple[Claim, tuple[Condition, ...]], ...]:
    """A claim with each conditional branch of its cases put first in turn, and the conditions of that branch."""
    cases = {node: None for node in claim.nodes() if isinstance(node, Choose)}
    result = []
    for node in cases:
        for branch in (b for b in node.branches if b[1]):
            turned = Choose((branch, *(b for b in node.branches if b is not branch)))
            left, right = (replaced(side, node, turned) for side in claim.sides)
            result.append((replace(claim, left=left, right=right), branch[1]))
    return tuple(result)


@lru_cache(maxsize=4096)
def divisor_hypotheses(claim: Claim) -> tuple[Hypothesis, ...]:
    """That what a claim divides by is not zero where it only counts: t - 7, but not T, the number of steps."""
    found: dict[Affine, None] = {}
    for node in (*walk(claim.left), *walk(claim.right)):
        below = node.right if isinstance(node, Over) else node.base if isinstance(node, Power) and node.exponent < 0 else None
        if below is not None and not mentioned(below):
            count = what_it_counts(below)
            if count is not None and (count.constant < 0 or any(c < 0 for _, c in count.terms)):
                found[count] = None
    return tuple(nonzero(count) for count in found)


def _free(claim: Claim, env: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(env[name] for name, _, _ in claim.variables)


def _numbered_steps(claim: Claim) -> set[int]:
    """The steps that a claim names by a number."""
    times = (node.time for node in claim.nodes() if isinstance(node, Ref))
    return {int(time.constant) for time in times if time is not None and not time.terms}


def _tied(claim: Claim, met: Sequence[tuple[int, ...]], tried: Sequence[tuple[int, ...]]) -> Spelled | None:
    """Two steps that are always equally far apart where a claim has a meaning, and not where it was tried: ``k = t``."""
    steps = [(n, name) for n, (name, role, _) in enumerate(claim.variables) if role == "time"]
    for (m, first), (n, second) in combinations(steps, 2):
        here, there = ({values[m] - values[n] for values in found} for found in (met, tried))
        if len(here) == 1 < len(there):
            (distance,) = here
            text = f"{first} = {second}" + (f" {'+' if distance > 0 else '−'} {abs(distance)}" if distance else "")
            later = Add((Sym(second), number(distance))) if distance else Sym(second)
            return Spelled(Relation("=", Sym(first), later), text)
    return None
