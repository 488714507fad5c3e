"""Where lemmas are made: rewriting, proofs by normal forms and by induction, and the lemmas that are proven."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from symrnn.proving.kernel.checker import admit, hypotheses
from symrnn.proving.kernel.indices import Affine
from symrnn.proving.kernel.network import Network
from symrnn.proving.kernel.outcomes import Refused
from symrnn.proving.kernel.proofs import Assumed, Chain, Earlier, Equation, Induction, Lemma, groups
from symrnn.proving.kernel.rules import Context
from symrnn.proving.kernel.sums import Entry, Sum, Term, renamed
from symrnn.proving.kernel.terms import Product, Tensor
from symrnn.proving.normal import Hook, Lemmas, Mode, Normaliser, is_power
from symrnn.proving.rewriting import FreshNames, Rewriting, Stuck, is_patient
from symrnn.proving.settling import settle

Result = TypeVar("Result")
EXPANDED = Mode()
PLAIN = Mode(absorb=False)


def variables(letters: str, count: int) -> tuple[Affine, ...]:
    """As many variables as a tensor has axes."""
    return tuple(Affine.of(f"~{letters}{n}") for n in range(count))


class Workshop(Lemmas):
    """The lemmas about one model, each proven once, and what they are made with."""

    def __init__(self, model: Network) -> None:
        self.model = model
        self.checker = Context(model)
        self.names = FreshNames()
        self.lemmas: dict[str, Lemma] = {}
        #: The quantities that each depends on.
        self.used: dict[str, frozenset[str]] = {}
        self._known: dict[tuple[object, ...], object] = {}
        self._making: set[tuple[object, ...]] = set()
        #: The lemmas that were needed in vain because they are being made, since the innermost one was begun.
        self._awaited: set[tuple[object, ...]] = set()

    def once(self, key: tuple[object, ...], make: Callable[[], Result]) -> Result:
        """What `make` gives, computed once; a lemma that needs itself is none."""
        if key in self._known:
            known = self._known[key]
            if isinstance(known, Stuck):
                raise Stuck(str(known))
            return known  # type: ignore[return-value]
        if key in self._making:
            self._awaited.add(key)
            raise Stuck(f"the lemma {key} would need itself")
        self._making.add(key)
        awaited, self._awaited = self._awaited, set()
        try:
            with self.assuming(Assumed(), {}):
                result = make()
        except Stuck as reason:
            # Inside the making of another lemma it may have failed only for want of that one, or of the patience that is left.
            if self._making == {key} or (self._awaited <= {key} and is_patient()):
                self._known[key] = Stuck(str(reason))  # without the frames that it came through
            raise
        finally:
            self._making.discard(key)
            self._awaited = awaited | self._awaited - {key}
        self._known[key] = result
        return result

    @contextmanager
    def assuming(self, assumed: Assumed, earlier: Mapping[str, Earlier]) -> Iterator[None]:
        """Within it, rules may use these hypotheses."""
        before = self.checker.assumed, self.checker.earlier
        self.checker.assumed, self.checker.earlier = assumed, earlier
        try:
            yield
        finally:
            self.checker.assumed, self.checker.earlier = before

    def rewriting(self, terms: Sum, given: frozenset[Affine]) -> Rewriting:
        """A new rewriting of a sum."""
        return Rewriting(self.checker, self.names, terms, given)

    def normal(self, terms: Sum, given: frozenset[Affine], mode: Mode = EXPANDED, hook: Hook | None = None) -> Rewriting:
        """A sum in normal form, with the steps to it. Raises Stuck."""
        rewriting = self.rewriting(terms, given)
        Normaliser(rewriting, self, mode, hook).run()
        rewriting.tidy()
        return rewriting

    def chain(self, equation: Equation, mode: Mode = EXPANDED, hook: Hook | None = None) -> Chain:
        """A proof of an equation by normal forms. Raises Stuck."""
        left, right = (self.rewriting(side, equation.given) for side in (equation.left, equation.right))
        settle(*((rw, Normaliser(rw, self, mode, hook)) for rw in (left, right)))
        return Chain(tuple(left.steps), tuple(right.steps))

    def induction(
        self,
        equation: Equation,
        variable: str,
        start: Affine,
        direction: int,
        hook: Hook,
        mode: Mode = PLAIN,
        beside: Mapping[str, Equation] = MappingProxyType({}),
    ) -> Induction:
        """A proof by induction, together with the equations `beside` it, by the names of their hypotheses. Raises Stuck."""
        proof = Induction(variable, start, direction, Chain((), ()), Chain((), ()))
        since = (Affine.of(variable) - start).scaled(direction)
        with self.assuming(self.checker.assumed, {}):
            base = self.chain(replace(equation, given=equation.given | {since, since.scaled(-1)}), mode, hook)
        with self.assuming(self.checker.assumed, hypotheses(equation, beside, proof)):
            step = self.chain(replace(equation, given=equation.given | {since - 1}), mode, hook)
        return replace(proof, base=base, step=step)

    def add(self, name: str, equation: Equation, proof: Chain | Induction) -> str:
        """Adds a lemma; its proof is for the kernel to judge, which reads it from the file of the claims that need it."""
        self.add_all(Lemma(name, equation, proof))
        return name

    def add_all(self, *lemmas: Lemma) -> None:
        """Adds a lemma, or several that one induction proves. Raises Stuck."""
        try:
            admit(self.checker, *lemmas)
        except Refused as reason:
            raise Stuck(f"{lemmas[0].name}: {reason}") from reason
        self.checker.accepted.update((lemma.name, lemma.equation) for lemma in lemmas)
        self.lemmas.update((lemma.name, lemma) for lemma in lemmas)

    def beside(self, name: str) -> tuple[Lemma, ...]:
        """A lemma with those that are proven together with it."""
        return next(group for group in groups(self.lemmas.values()) if any(lemma.name == name for lemma in group))

    def anew(self, t: Term) -> Term:
        """A term with new bound variables."""
        return renamed(t, dict(zip(sorted(t.bound), self.names.take(len(t.bound)), strict=True)))


class Leaving(Normaliser):
    """A normal form that leaves one tensor as it is."""

    def __init__(self, rewriting: Rewriting, lemmas: Lemmas, mode: Mode, leaf: Tensor) -> None:
        super().__init__(rewriting, lemmas, mode)
        self.leaf = leaf

    def _entry(self, at: int, entry: Entry, exponent: int) -> bool:
        return entry.node is not self.leaf and super()._entry(at, entry, exponent)


def peel(rw: Rewriting, at: int, entry: Entry, which: str, bound: Affine) -> bool:
    """Splits a factor off a product of Jacobians that ends (or begins) at `bound`, where it certainly has one."""
    node = entry.node
    if not isinstance(node, Product) or not is_power(node):
        return False
    if (node.upper if which == "last" else node.lower) != bound:
        return False
    count = node.upper - node.lower + 1
    if rw.known(at, count - 1):
        rw.do(at, "product", entry, rw.names.take(len(entry.at) // 2), (which,))
        return True
    if rw.known(at, count.scaled(-1)):
        return False
    rw.do(at, "split", data=(count - 1,))
    return True
