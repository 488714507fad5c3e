"""Witnesses at large sizes: equal to plain evaluation where that is possible, linear in the steps, never more than a witness."""

from __future__ import annotations

import random
from functools import cache
from itertools import islice

import numpy as np
import pytest
from places import DOCUMENTS
from tests_support import written_out

from symrnn.deciding.algebras.modular import Modular
from symrnn.deciding.decide import Decider
from symrnn.deciding.evaluate import BadRange, Instance, OutOfRange
from symrnn.deciding.evidence import Point, Scope, Witness
from symrnn.deciding.network import Network
from symrnn.deciding.witness import Witnesses
from symrnn.deciding.witness.contraction import projected
from symrnn.deciding.witness.sweeps import SweptNetwork
from symrnn.judging.check import check, instance_for, read_model
from symrnn.judging.extent import Disagreement, Reach
from symrnn.judging.judgement import Judgement, Options
from symrnn.judging.verdict import Proven, Wrong
from symrnn.language.claims import Claim
from symrnn.language.tensors import Tensor
from symrnn.reading.definitions import Understanding
from symrnn.reading.document import Document, read_document, read_text
from symrnn.reading.elaborate import readings
from symrnn.reading.notes import builtin_notes
from symrnn.showing.report import as_json
from symrnn.showing.report.appendix import colophon
from symrnn.showing.report.wording import witness_text

MODEL = r"""
$$ h_t = \tanh(U x_t + W h_{t-1}), \qquad z_t = V h_t, \qquad p_t = \mathrm{softmax}(z_t) $$
$$ L_t = -y_t^\top \log p_t, \qquad L = \sum_{t=0}^{T} L_t $$
"""
BY_W = r"\frac{\partial L}{\partial W} = "
AFTER = r"\frac{\partial^+ h_k}{\partial W}"
FACTORS = r"\frac{\partial L_i}{\partial h_i} \frac{\partial h_i}{\partial h_k}" + AFTER
PRODUCT = r"\frac{\partial L_i}{\partial h_i} \left( \prod_{m=k+1}^{i} \frac{\partial h_m}{\partial h_{m-1}} \right)" + AFTER
#: Sums and products with bounds of every kind; whether they are true does not matter here.
SUMS = (
    BY_W + r"\sum_{i=0}^{T} \sum_{k=0}^{i}" + FACTORS,
    BY_W + r"\sum_{i=0}^{T} \sum_{k=0}^{i-1}" + FACTORS,
    BY_W + r"\sum_{k=0}^{T} \sum_{i=k+1}^{T}" + FACTORS,
    BY_W + r"\sum_{i=2}^{T} \sum_{k=i-2}^{i}" + FACTORS,
    BY_W + r"\sum_{i=0}^{T} \sum_{k=0}^{T}" + FACTORS,
    BY_W + r"\sum_{i=0}^{T} \sum_{k=0}^{i}" + PRODUCT,
    BY_W + r"\sum_{i=1}^{T} \sum_{k=0}^{i-2}" + PRODUCT,
    BY_W + r"\sum_{i=2}^{T} \sum_{k=i-2}^{i}" + PRODUCT,
    BY_W + r"\sum_{i=0}^{T} \sum_{j=0}^{i} \sum_{k=0}^{j} \frac{\partial L_i}{\partial h_i} \frac{\partial h_i}{\partial h_j}"
    r"\frac{\partial h_j}{\partial h_k}" + AFTER,
    BY_W + r"\sum_{i=0}^{T} \sum_{k=0}^{i} \frac{1}{i + 1} \frac{\partial L_i}{\partial h_k}" + AFTER,
    BY_W + r"\frac{\partial L}{\partial h_T} \frac{\partial h_T}{\partial W} + \sum_{t=0}^{T-1} \frac{\partial L_t}{\partial W}",
    r"\frac{\partial L}{\partial h_{-1}} = \sum_{i=0}^{T} \left( \prod_{m=0}^{i} W^\top \mathrm{diag}(1 - h_m^2) \right)"
    r"V^\top (p_i - y_i)",
    r"\frac{\partial h_t}{\partial h_{-1}} = \prod_{m=0}^{t} \mathrm{diag}(1 - h_m^2) W",
    r"\frac{\partial h_t}{\partial W} = \sum_{k=0}^{t} \frac{\partial h_t}{\partial h_k}" + AFTER,
    r"\frac{\partial L_t}{\partial V} = \sum_{j=1}^{K} \frac{\partial L_t}{\partial z_{t,j}} \frac{\partial z_{t,j}}{\partial V}",
    r"\frac{\partial L}{\partial V} = \sum_{t=0}^{T} \sum_{j=1}^{K} \frac{\partial L_t}{\partial z_{t,j}}"
    r"\frac{\partial z_{t,j}}{\partial V}",
    r"\frac{\partial L}{\partial U} = \sum_{t=0}^{T} \mathrm{diag}(1 - h_t^2) \frac{\partial L}{\partial h_t} x_t^\top",
)
TRUE_TO_FOUR = (
    MODEL + r"$$ \frac{\partial L}{\partial V} = \sum_{i=0}^{3} \frac{\partial L_i}{\partial z_i} \otimes h_i \tag{four} $$"
)


@cache
def document(name: str) -> Document:
    return builtin_notes() if name == "notes" else read_document(DOCUMENTS / name)


@cache
def sums() -> Document:
    return read_text(MODEL + "\n".join(rf"$${line} \tag{{{n}}}$$" for n, line in enumerate(SUMS)), "sums.md", "markdown")


def claims(source: Document) -> tuple[Understanding, list[tuple[str, Claim]]]:
    """A few readings of every equation of a document."""
    understanding = read_model(source, Options())
    found = []
    for statement in source.statements:
        if statement.relation is not None:
            readable, _ = readings(statement.relation, understanding.model, understanding.lexicon)
            found += [(statement.label, reading.claim) for reading in readable[:2] if not reading.claim.unknown]
    return understanding, found


def plain(network: Network, side: Tensor, env: dict[str, int]) -> int | str:
    """An expression written out, or what it raises."""
    try:
        return written_out(network, side, env)
    except (BadRange, OutOfRange) as error:
        return type(error).__name__


def swept(network: SweptNetwork, side: Tensor, env: dict[str, int]) -> int | str:
    try:
        return int(projected(network, side, env))
    except (BadRange, OutOfRange) as error:
        return type(error).__name__


def compare(source: Document, steps: int, most: int) -> int:
    """Holds both ways of evaluation against each other on every side; the number of comparisons of numbers."""
    understanding, found = claims(source)
    instance = Instance(steps, instance_for(understanding.model, Options()).sizes)
    decider, numbers = Decider(understanding.model, instance), 0
    direct, quick = (kind(understanding.model, instance, Modular(5)) for kind in (Network, SweptNetwork))
    for label, claim in found:
        every = list(islice(decider.environments(claim, direct), 200))
        for env in random.Random(label).sample(every, min(most, len(every))):
            for side in (claim.left, claim.right):
                expected = plain(direct, side, env)
                assert swept(quick, side, env) == expected, (label, env)
                numbers += isinstance(expected, int)
    return numbers


#: A document that defines nothing has nothing to evaluate.
WITHOUT_A_NETWORK = {"plain_network_unsaid.md"}
NAMES = (str(path.relative_to(DOCUMENTS)) for path in sorted(DOCUMENTS.rglob("*.*")) if path.name not in WITHOUT_A_NETWORK)


@pytest.mark.parametrize("name", ["notes", *NAMES])
def test_sweeps_give_what_plain_evaluation_gives(name: str) -> None:
    assert compare(document(name), 3, 3)


@pytest.mark.parametrize("steps", [1, 2, 3, 6])
def test_sums_with_bounds_of_every_kind(steps: int) -> None:
    assert compare(sums(), steps, 6) > 15


# ---------------------------------------------------------------------------------------------------------- cost


class Counting(Modular):
    """Residues that count the products of arrays."""

    products = 0

    def contract(self, a: np.ndarray, b: np.ndarray, axes: int) -> np.ndarray:
        self.products += 1
        return super().contract(a, b, axes)


def products(claim: Claim, understanding: Understanding, steps: int) -> int:
    sizes = instance_for(understanding.model, Options()).sizes
    algebra = Counting(1)
    network = SweptNetwork(understanding.model, Instance(steps, sizes), algebra)
    env = {**network.base_env, **{name: network.last if role == "time" else 1 for name, role, _ in claim.variables}}
    for side in (claim.left, claim.right):
        projected(network, side, env)
    return algebra.products


@pytest.mark.parametrize("number", range(len(SUMS)))
def test_the_cost_grows_linearly_with_the_steps(number: int) -> None:
    """Twice the steps cost twice as much: double and triple sums are swept, not enumerated."""
    understanding, found = claims(sums())
    claim = dict(reversed(found))[str(number)]
    ten, twenty, forty = (products(claim, understanding, steps) for steps in (10, 20, 40))
    assert forty - twenty == pytest.approx(2 * (twenty - ten), rel=0.05)


# ------------------------------------------------------------------------------------------------------- witnesses


def large(source: Document, options: Options) -> dict[str, Judgement]:
    return {j.statement.label: j for j in check(source, options).judgements}


@cache
def four(steps: int) -> Judgement:
    return large(read_text(TRUE_TO_FOUR, "four.md", "markdown"), Options(steps, every_length=False))["four"]


def test_what_holds_for_four_steps_only_is_refuted_at_another_length() -> None:
    """A second opinion at random lengths sees it, also where nothing larger than the instance was asked for."""
    verdict = four(4).verdict
    assert isinstance(verdict, Wrong) and isinstance(verdict.certificate, Point)
    assert verdict.certificate.scope.steps != 4


def test_at_forty_steps_it_is_wrong_with_a_certificate_at_few() -> None:
    verdict = four(40).verdict
    assert isinstance(verdict, Wrong) and isinstance(verdict.certificate, Point)
    assert verdict.certificate.scope.steps <= 5


def test_a_true_statement_gets_a_witness_that_says_what_it_is_worth() -> None:
    text = MODEL + r"$$ \frac{\partial L}{\partial V} = \sum_{i=0}^{T} \frac{\partial L_i}{\partial z_i} \otimes h_i \tag{all} $$"
    report = check(read_text(text, "all.md", "markdown"), Options(40, {"hidden": 20}, every_length=False))
    judgement = next(j for j in report.judgements if j.statement.label == "all")
    assert isinstance(judgement.verdict, Proven)
    assert isinstance(judgement.verdict.ground.extent, Scope) and judgement.verdict.ground.extent.steps == 4
    assert judgement.witness is not None and judgement.witness.outcome == "agrees"
    assert witness_text(judgement.witness).endswith("(no proof)")
    entry = next(s for s in as_json.report_object(report)["statements"] if s["label"] == "all")
    assert entry["witness"] == {
        "scope": {"steps": 40, "hidden": 20, "classes": 3, "input": 4},
        "modulus": 2**31 - 1,
        "points": 3,
        "assignments": 3,
        "outcome": "agrees",
        "where": None,
    }


def test_identities_between_functions_are_not_tried() -> None:
    text = MODEL + r"$$ \tanh(\tau) = \frac{e^{\tau} - e^{-\tau}}{e^{\tau} + e^{-\tau}} \tag{tanh} $$"
    judgement = large(read_text(text, "tanh.md", "markdown"), Options(40, every_length=False))["tanh"]
    assert isinstance(judgement.verdict, Proven)
    assert judgement.witness is not None
    assert (judgement.witness.outcome, "functions" in judgement.witness.where) == ("untried", True)


class Denying(Witnesses):
    """Witnesses that see a difference everywhere."""

    def of(self, claim: Claim, hypotheses: object) -> Witness:
        return Witness(Scope(40, ()), 1, 1, "differs", "t = 7")


def test_a_witness_against_a_proof_for_every_length_is_an_error_of_the_program() -> None:
    understanding, found = claims(sums())
    instance = instance_for(understanding.model, Options())
    denying = Denying(understanding.model, instance, instance)
    reach = Reach(understanding.model, Scope(instance.steps, instance.sizes), True, denying)
    with pytest.raises(Disagreement, match="an error in symrnn"):
        reach.of(dict(reversed(found))["13"], ())


def test_too_many_terms_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symrnn.deciding.witness.application._MOST_APPLICATIONS", 3)
    understanding, found = claims(sums())
    sizes = instance_for(understanding.model, Options()).sizes
    witnesses = Witnesses(understanding.model, Instance(20, sizes), Instance(4, sizes))
    claim = dict(reversed(found))["15"]
    assert witnesses.of(claim, ()).outcome == "untried"


def test_a_page_says_what_was_witnessed_and_how_to_repeat_it() -> None:
    report = check(read_text(TRUE_TO_FOUR, "four.md", "markdown"), Options(40, {"hidden": 20}, every_length=False))
    told = dict(colophon(report))
    assert told["checked at"].startswith("4 time steps, hidden 2")
    assert told["witnessed at"].startswith("40 time steps, hidden 20")
    assert told["to repeat"].startswith("symrnn check four.md --steps 40 --hidden 20")


def test_what_a_document_says_of_its_targets_holds_at_large_sizes_too() -> None:
    """Classes that the data choose are one-hot vectors, also at 40 steps."""
    report = check(document("chosen_class.md"), Options(40, every_length=False))
    outcomes = {j.statement.label: j.witness.outcome for j in report.judgements if j.witness is not None}
    assert outcomes.pop("n1") == "untried"  # log softmax is an identity between functions
    assert len(outcomes) >= 9 and set(outcomes.values()) == {"agrees"}


def test_letters_that_nothing_defines_have_sizes_at_large_instances() -> None:
    text = MODEL + r"$$ \tanh(a) = \frac{e^{2a} - 1}{e^{2a} + 1} \tag{it} $$"
    judgement = large(read_text(text, "it.md", "markdown"), Options(40, every_length=False))["it"]
    assert isinstance(judgement.verdict, Proven)
    assert judgement.witness is not None and judgement.witness.outcome == "untried"
