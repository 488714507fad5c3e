"""Compiled programs: what is proven is what runs, and it agrees with everything else that can compute a gradient."""

from __future__ import annotations

import copy
import inspect
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import autograd.numpy as anp
import mpmath
import numpy as np
import pytest
from autograd import grad

from symrnn.deciding.decide import Decider
from symrnn.deciding.evidence import Scope
from symrnn.judging.check import instance_for, read_model
from symrnn.judging.judgement import Judgement, Options, Report
from symrnn.judging.verdict import Ground, Repair, Undecided, Wrong
from symrnn.language.choices import ShapeClash
from symrnn.language.claims import Claim
from symrnn.language.errors import InputError
from symrnn.language.model import Model, Name
from symrnn.language.tensors import Const, Dot, Over, Ref, Times
from symrnn.language.terms import Relation
from symrnn.notation import read_row
from symrnn.reading.document import read_text
from symrnn.reading.elaborate import readings
from symrnn.reading.lexicon import build_lexicon
from symrnn.running import BadArray, CannotCompile, Compiled, compile, kernels, lambdified, workspace
from symrnn.running.adjoint import TensorEquation
from symrnn.running.compiler import plan
from symrnn.running.emit import _identifier
from symrnn.running.products import numbers_first
from symrnn.running.program import vetted
from symrnn.running.proof import EquationProver, equation_as_claim
from symrnn.running.workspace import Workspace, Workspaces

Arrays = dict[str, Any]

HIDDEN, INPUT, CLASSES, STEPS = 5, 4, 3, 7
SIZES = {"hidden": HIDDEN, "hidden2": 6, "input": INPUT, "classes": CLASSES, "input2": CLASSES}

BIASES = r"""
$$a_t = b + W h_{t-1} + U x_t$$

$$h_t = \tanh(a_t)$$

$$\hat y_t = \mathrm{softmax}(c + V h_t)$$

$$L_t = -\sum_k y_{t,k} \log \hat y_{t,k}$$
"""
MEAN_AND_SIGMA = r"""
$$h_t = \sigma(W_{hx} x_t + W_{hh} h_{t-1} + b_h)$$

$$\hat y_t = \mathrm{softmax}(W_{yh} h_t)$$

$$L = -\frac{1}{T} \sum_{t=1}^{T} y_t \log \hat y_t$$
"""
SQUARED = r"""
$$h_t = \tanh(U x_t + W h_{t-1})$$

$$\hat y_t = V h_t$$

$$L_t = \frac{1}{2} \|\hat y_t - y_t\|^2$$
"""
COMPONENTS = r"""
$$h_{t,i} = \tanh(\sum_j U_{ij} x_{t,j} + \sum_j W_{ij} h_{t-1,j})$$

$$\hat y_{t,k} = \frac{e^{z_{t,k}}}{\sum_{j=1}^K e^{z_{t,j}}}$$

$$z_t = V h_t$$

$$L = -\sum_{t=1}^{T} \sum_{k=1}^K y_{t,k} \log \hat y_{t,k}$$
"""
ROWS = r"""
$$s_t = \sigma(x_t A + s_{t-1} B)$$

$$p_t = \mathrm{softmax}(s_t C)$$

$$L = -\frac{1}{T} \sum_{t=1}^{T} \sum_{k=1}^K y_{t,k} \log p_{t,k}$$
"""
SCALED = r"""
$$h_t = \tanh(2 U x_t - W h_{t-1})$$

$$\hat y_t = \mathrm{softmax}(V h_t)$$

$$L_t = -\sum_k y_{t,k} \log \hat y_{t,k}$$
"""
DOCUMENTS = {"scaled": SCALED, "biases": BIASES, "mean": MEAN_AND_SIGMA, "squared": SQUARED, "components": COMPONENTS, "rows": ROWS}


def model_of(text: str) -> Model:
    return read_model(read_text(text, "test.md", "markdown"), Options()).model


@lru_cache
def program_of(name: str) -> Compiled:
    return compile("notes") if name == "notes" else compile(model_of(DOCUMENTS[name]))


@pytest.fixture
def program() -> Compiled:
    return program_of("notes")


def arguments(program: Compiled, lead: tuple[int, ...] = (), seed: int = 0) -> tuple[Arrays, Any, Any, Any]:
    rng = np.random.default_rng(seed)
    params = {n: rng.normal(size=[SIZES[label] for label in labels]) for n, labels in program.parameters.items()}
    x, y = rng.normal(size=(*lead, STEPS, INPUT)), rng.normal(size=(*lead, STEPS, CLASSES))
    first = {name: rng.normal(size=(*lead, SIZES[label])) for name, label in program.signature.states}
    return params, x, y, first or None


def assert_close(found: Arrays, expected: Arrays, rtol: float) -> None:
    """Every entry agrees, relative to itself; an entry that is exactly zero has to be."""
    assert found.keys() == expected.keys()
    for name in found:
        assert found[name].shape == expected[name].shape
        np.testing.assert_allclose(found[name], expected[name], rtol=rtol, atol=0, err_msg=name)


# --------------------------------------------------------------------------------------------------- what is proven


def test_the_program_says_what_was_proven_and_for_which_sizes(program: Compiled) -> None:
    derivatives = [s for s in program.statements if "partial" in s.latex]
    assert len(derivatives) == 7
    for statement in derivatives:
        assert f"# {statement.latex}\n    #   proven for every length and every size\n" in program.source
    assert r"W^{\top} \frac{\partial L}{\partial a_{t + 1}} + V^{\top} \frac{\partial L}{\partial z_{t}}" in program.source


@pytest.mark.parametrize("name", ["notes", "biases", "rows"])
def test_what_is_printed_is_what_was_proven(name: str) -> None:
    planned = plan("notes" if name == "notes" else model_of(DOCUMENTS[name]))
    model = replace(planned.network.model, sizes={"K": "classes"})
    decider = Decider(model, instance_for(model, Options()))
    for statement in (*planned.through, *planned.gradients):
        chain = read_row(statement.latex)[0]
        relation = Relation("=", chain.sides[0], chain.sides[-1])
        own = equation_as_claim(TensorEquation(statement.left, statement.right), model)
        found, _ = readings(relation, model, build_lexicon([relation], []))
        same = [r.claim for r in found if r.claim.left is own.left and r.claim.variables == own.variables]
        assert any(decider.agrees(replace(own, left=own.right, right=claim.right), ()) for claim in same), statement.latex


def test_numbers_are_worked_out_and_come_first() -> None:
    half, x = Over(Const(Fraction(1)), Const(Fraction(2))), Ref("x", None, ("input",))
    matrix = Dot(Const(Fraction(2)), Ref("U", None, ("hidden", "input")), 0)
    product = Dot(Ref("U", None, ("hidden", "input")), x, 1)
    assert numbers_first(Dot(Dot(half, Const(Fraction(3)), 0), Dot(matrix, x, 1), 0)) is Dot(Const(Fraction(3)), product, 0)
    assert numbers_first(Dot(half, Dot(matrix, x, 1), 0)) is product
    assert numbers_first(Dot(x, half, 0)) is Dot(Const(Fraction(1, 2)), x, 0)
    assert numbers_first(Over(x, x)) is Over(x, x)
    assert numbers_first(product) is product


def test_a_wrong_equation_is_not_compiled() -> None:
    planned = plan("notes")
    model = planned.network.model
    prover = EquationProver(model, instance_for(model, Options()))
    recursion = next(s for s in planned.through if isinstance(s.right, Times))
    assert isinstance(recursion.right, Times)
    prover.prove(TensorEquation(recursion.left, recursion.right))
    with pytest.raises(CannotCompile, match=r"partial a_\{t\}.* is false, the two sides differ by"):
        prover.prove(TensorEquation(recursion.left, recursion.right.right))


def test_an_equation_that_needs_a_hypothesis_is_not_compiled() -> None:
    planned = plan("notes")
    model = planned.network.model
    output = planned.through[0]
    product, minus = output.right.terms  # type: ignore[attr-defined]
    assert isinstance(product, Dot)
    with pytest.raises(CannotCompile, match="it holds only if Σ_k y_k = 1"):
        without = type(output.right)((product.right, minus))
        EquationProver(model, instance_for(model, Options())).prove(TensorEquation(output.left, without))


# ------------------------------------------------------------------------------------------------ independent checks


def notes_loss(U: Any, W: Any, V: Any, x: Any, y: Any, h: Any) -> Any:
    """Written by hand, for autograd."""
    total = 0.0
    for t in range(len(x)):
        h = anp.tanh(anp.dot(U, x[t]) + anp.dot(W, h))
        z = anp.dot(V, h)
        total = total + anp.sum(y[t]) * anp.log(anp.sum(anp.exp(z))) - anp.dot(y[t], z)
    return total


def test_autograd_agrees(program: Compiled) -> None:
    params, x, y, first = arguments(program)
    U, W, V = params["U"], params["W"], params["V"]
    loss, gradients = program.gradients(params, x, y, first)
    assert loss == pytest.approx(notes_loss(U, W, V, x, y, first["h"]), rel=1e-13)
    expected = {n: grad(notes_loss, i)(U, W, V, x, y, first["h"]) for i, n in enumerate("UWV")}
    assert_close(gradients, expected, 1e-11)


def test_a_complex_step_agrees(program: Compiled) -> None:
    params, x, y, first = arguments(program)
    _, gradients = program.gradients(params, x, y, first)
    for name, gradient in gradients.items():
        for index in np.ndindex(gradient.shape):
            nudged = {n: p.astype(complex) for n, p in params.items()}
            nudged[name][index] += 1e-30j
            sizes = STEPS, 1, (), np.dtype(complex)
            space = Workspace()
            space.forward = program._functions["forward_memory"](space, *sizes, x, *nudged.values())
            value = program._loss(space, *sizes, x, first["h"][None], y, *nudged.values())
            assert gradient[index] == pytest.approx(value.imag / 1e-30, rel=1e-11)


def digits(params: Arrays, x: Any, y: Any, first: Any, nudge: tuple[str, tuple[int, ...], Any] | None = None) -> Any:
    """The loss of the notes in mpmath, with one entry of one parameter moved."""
    exact = {name: mpmath.matrix(array.tolist()) for name, array in params.items()}
    if nudge is not None:
        exact[nudge[0]][nudge[1]] += nudge[2]
    h, total = mpmath.matrix(first.tolist()), mpmath.mpf(0)
    for row, target in zip(x, y, strict=True):
        h = (exact["U"] * mpmath.matrix(row.tolist()) + exact["W"] * h).apply(mpmath.tanh)
        z = exact["V"] * h
        top = max(z)
        scale = top + mpmath.log(sum(mpmath.exp(v - top) for v in z))
        total += sum(mpmath.mpf(float(t)) * (scale - v) for t, v in zip(target, z, strict=True))
    return total


def central_differences(params: Arrays, x: Any, y: Any, first: Any) -> Arrays:
    """Gradients at far more digits than the result has, whatever cancels."""
    result = {name: np.empty(array.shape) for name, array in params.items()}
    with mpmath.workdps(400):
        step = mpmath.mpf(10) ** -150
        for name, array in params.items():
            for index in np.ndindex(array.shape):
                up, down = (digits(params, x, y, first, (name, index, sign * step)) for sign in (1, -1))
                result[name][index] = float((up - down) / (2 * step))
    return result


def small(scale: float, steps: int, seed: int = 1) -> tuple[Arrays, Any, Any, Any]:
    rng = np.random.default_rng(seed)
    params = {"U": rng.normal(size=(2, 3)), "W": scale * rng.normal(size=(2, 2)), "V": rng.normal(size=(4, 2))}
    y = np.eye(4)[rng.integers(0, 4, size=steps)]
    return params, rng.normal(size=(steps, 3)), y, rng.normal(size=2)


def test_fifty_digits_agree(program: Compiled) -> None:
    case = small(1.0, 5)
    loss, gradients = program.gradients(*case)
    with mpmath.workdps(50):
        assert loss == pytest.approx(float(digits(*case)), rel=1e-14)
    assert_close(gradients, central_differences(*case), 1e-12)


def test_vanishing_gradients_keep_their_digits(program: Compiled) -> None:
    params, x, y, first = small(1e-4, 25)
    x[1:], y[:-1] = 0.0, 0.0  # what the first input does to the last output
    _, gradients = program.gradients(params, x, y, first)
    assert 0 < abs(gradients["U"]).max() < 1e-80
    assert_close(gradients, central_differences(params, x, y, first), 1e-12)


def saturated() -> tuple[Arrays, Any, Any, Any]:
    """A case in which every state is close to 1."""
    params, x, y, first = small(0.1, 4)
    params["U"] = 4.0 * abs(params["U"])
    return params, abs(x) + 1.0, y, first


def test_saturated_states_keep_their_digits(program: Compiled) -> None:
    params, x, y, first = saturated()
    _, gradients = program.gradients(params, x, y, first)
    assert abs(program.forward(params, x, first)["h"]).max() == 1.0
    assert_close(gradients, central_differences(params, x, y, first), 1e-12)


def test_a_certain_output_keeps_its_digits(program: Compiled) -> None:
    params, x, y, first = small(0.5, 4)
    params["V"] *= 60.0
    z = program.forward(params, x, first)["z"]
    y = np.eye(4)[z.argmax(1)]
    loss, gradients = program.gradients(params, x, y, first)
    assert 0 < loss < 1e-3
    with mpmath.workdps(50):
        assert loss == pytest.approx(float(digits(params, x, y, first)), rel=1e-12)
    assert_close(gradients, central_differences(params, x, y, first), 1e-12)


def test_without_the_corrections_digits_are_lost(program: Compiled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_NEAR", 0.0)
    params, x, y, first = saturated()
    with pytest.raises(AssertionError):
        assert_close(program.gradients(params, x, y, first)[1], central_differences(params, x, y, first), 1e-12)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_other_documents_compile_and_agree_with_differences(name: str) -> None:
    program = program_of(name)
    params, x, y, first = arguments(program)
    loss, gradients = program.gradients(params, x, y, first)
    assert loss == pytest.approx(expected_loss(name, program.forward(params, x, first)[program.output], y), rel=1e-12)
    for parameter, gradient in gradients.items():
        for index in np.ndindex(gradient.shape):
            moved = {n: p.copy() for n, p in params.items()}
            values = []
            for sign in (1, -1):
                moved[parameter][index] = params[parameter][index] + sign * 1e-6
                values.append(program.loss(moved, x, y, first))
            assert gradient[index] == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-5, abs=1e-7)


def expected_loss(name: str, output: Any, y: Any) -> float:
    if name == "squared":
        return float(((output - y) ** 2).sum() / 2)
    return float(-(y * np.log(output)).sum() / (STEPS if name in ("mean", "rows") else 1))


def test_a_gradient_without_the_targets_summing_to_one(program: Compiled) -> None:
    params, x, y, first = arguments(program)
    assert abs(y.sum(1) - 1).min() > 0.01
    output = program.forward(params, x, first)
    error = y.sum(1)[:, None] * output["ŷ"] - y
    _, gradients = program.gradients(params, x, y, first)
    np.testing.assert_allclose(gradients["V"], error.T @ output["h"], rtol=1e-11)


# -------------------------------------------------------------------------------------------------------- lambdified


def test_lambdified_equals_compiled(program: Compiled) -> None:
    exact = lambdified("notes")
    rng = np.random.default_rng(3)
    params = {"U": rng.normal(size=(2, 2)), "W": rng.normal(size=(2, 2)), "V": rng.normal(size=(3, 2))}
    x, y, first = rng.normal(size=(3, 2)), rng.normal(size=(3, 3)), rng.normal(size=2)
    values = program.forward(params, x, first)
    for name, value in exact.forward(params, x, first).items():
        np.testing.assert_allclose(values[name], value, rtol=1e-13)
    loss, gradients = program.gradients(params, x, y, first)
    exact_loss, exact_gradients = exact.gradients(params, x, y, first)
    assert loss == pytest.approx(exact_loss, rel=1e-13)
    assert_close(gradients, exact_gradients, 1e-11)
    assert len(exact.statements) == 5
    for sides in exact.statements:
        left, right = sides.left(params, x, y, first), sides.right(params, x, y, first)
        assert np.abs(left).max() > 1e-3
        np.testing.assert_allclose(left, right, rtol=1e-10)
    with pytest.raises(BadArray, match=r"x has shape \(4, 2\); these expressions are for \(3, 2\)"):
        exact.forward(params, rng.normal(size=(4, 2)))


# ------------------------------------------------------------------------------------------------- batches and types


@pytest.mark.parametrize("name", ["notes", "mean", "squared", "rows", "biases"])
def test_a_batch_is_the_sum_of_its_examples(name: str) -> None:
    program = program_of(name)
    params, x, y, first = arguments(program, (4,))
    loss, gradients, last = program.gradients_and_state(params, x, y, first)
    starts = [None if first is None else {k: v[n] for k, v in first.items()} for n in range(4)]
    single = [program.gradients_and_state(params, x[n], y[n], starts[n]) for n in range(4)]
    assert loss == pytest.approx(sum(one[0] for one in single), rel=1e-12)
    assert program.loss(params, x, y, first) == pytest.approx(loss, rel=1e-12)
    for parameter in params:
        total = sum(one[1][parameter] for one in single)
        np.testing.assert_allclose(gradients[parameter], total, rtol=1e-10, atol=1e-12)
    for state in last:
        np.testing.assert_allclose(last[state], [one[2][state] for one in single], rtol=1e-12)
    whole = program.forward(params, x, first)
    for n in range(4):
        for quantity, value in program.forward(params, x[n], starts[n]).items():
            np.testing.assert_allclose(whole[quantity][n], value, rtol=1e-12)


def test_a_batch_of_one_is_a_batch(program: Compiled) -> None:
    params, x, y, first = arguments(program)
    alone = program.gradients(params, x, y, first)
    batch = program.gradients(params, x[None], y[None], first["h"][None])
    assert batch[0] == pytest.approx(alone[0], rel=1e-13)
    assert program.forward(params, x[None])["h"].shape == (1, STEPS, HIDDEN)
    assert_close(batch[1], alone[1], 1e-10)
    assert_close(program.gradients(params, x, y, first)[1], alone[1], 1e-15)


def test_the_state_can_be_carried_over(program: Compiled) -> None:
    params, x, y, first = arguments(program)
    whole = program.forward(params, x, first)
    _, _, state = program.gradients_and_state(params, x[:3], y[:3], first)
    np.testing.assert_allclose(program.forward(params, x[3:], state)["h"], whole["h"][3:], rtol=1e-13)


def test_float32_stays_float32(program: Compiled) -> None:
    params, x, y, first = arguments(program)
    narrow = {n: p.astype(np.float32) for n, p in params.items()}
    loss, gradients = program.gradients(narrow, x.astype(np.float32), y.astype(np.float32), first["h"].astype(np.float32))
    expected_loss, expected = program.gradients(params, x, y, first)
    assert loss == pytest.approx(expected_loss, rel=1e-4)
    for name, gradient in gradients.items():
        assert gradient.dtype == np.float32
        np.testing.assert_allclose(gradient, expected[name], rtol=2e-3, atol=1e-4)
    assert program.forward(narrow, x.astype(np.float32))["ŷ"].dtype == np.float32


def test_zero_is_the_initial_state_that_is_left_out(program: Compiled) -> None:
    params, x, y, _ = arguments(program)
    left_out = program.gradients(params, x, y)
    given = program.gradients(params, x, y, np.zeros(HIDDEN))
    assert left_out[0] == given[0]
    assert_close(left_out[1], given[1], 0)


def test_arrays_of_any_layout_are_read_and_none_is_written_to(program: Compiled) -> None:
    params, x, y, first = arguments(program)
    expected = program.gradients(params, x, y, first)[1]
    odd = {n: np.asfortranarray(p) for n, p in params.items()}
    wide = np.zeros((STEPS, 2 * INPUT))
    wide[:, ::2] = x
    copies = {n: p.copy() for n, p in odd.items()}
    assert_close(program.gradients(odd, wide[:, ::2], np.asfortranarray(y), first)[1], expected, 1e-12)
    for name in odd:
        assert (odd[name] == copies[name]).all()
    results = program.forward(params, x, first)
    kept = {n: v.copy() for n, v in results.items()}
    program.gradients(params, x + 1, y, first)
    assert all((results[n] == kept[n]).all() for n in kept)


def test_threads_do_not_disturb_each_other(program: Compiled) -> None:
    cases = [arguments(program, seed=n) for n in range(8)]
    expected = [program.gradients(*case)[0] for case in cases]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            assert [r[0] for r in pool.map(lambda case: program.gradients(*case), cases)] == expected


def test_arrays_of_a_workspace_lie_at_cache_lines_and_do_not_overlap() -> None:
    space = Workspace()
    shapes = [(6, 3), (5,), (100, 200), (2**10, 2**10), (1, 1)]
    arrays = [space.empty(shape, np.dtype(float)) for shape in shapes]
    for number, array in enumerate(arrays):
        assert array.ctypes.data % 64 == 0
        array[...] = number
    assert [array.shape for array in arrays] == shapes
    assert all((array == number).all() for number, array in enumerate(arrays))
    assert [[row.shape for row in rows] for rows in space.steps(tuple(arrays[:1]), 3, (2,), 1)] == [[(2, 3)]] * 3
    back = space.steps((arrays[0],), 6, (), -1)
    assert back[0][0].ctypes.data == arrays[0][-1].ctypes.data


def test_memory_of_a_large_result_is_used_again_once_nobody_holds_it() -> None:
    space, shape, dtype = Workspace(), (100, 200), np.dtype(float)
    first, second = space.result(shape, dtype), space.result(shape, dtype)
    place = first.ctypes.data
    assert second.ctypes.data != place
    corner = first[:1, 1:]
    del first
    kept = space.result(shape, dtype)
    assert kept.ctypes.data != place
    del corner
    assert space.result((200, 100), dtype).ctypes.data != place
    assert space.result(shape, np.dtype(np.float32)).ctypes.data != place
    third = space.result(shape, dtype)
    assert third.ctypes.data == place
    assert third.flags.writeable and third.flags.c_contiguous


def test_workspaces_are_kept_by_shape_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    spaces = Workspaces()
    first = spaces.take(1)
    first.empty((10,), np.dtype(float))
    assert spaces.take(1) is not first
    spaces.give_back(1, first)
    assert spaces.take(2) is not first
    assert spaces.take(1) is first
    spaces.give_back(1, first)
    monkeypatch.setattr(workspace, "_MOST_BYTES", first.nbytes)
    second = spaces.take(2)
    second.empty((10,), np.dtype(float))
    spaces.give_back(2, second)
    assert spaces.take(1) is not first
    assert spaces.take(2) is second
    monkeypatch.setattr(workspace, "_MOST_BYTES", first.nbytes - 1)
    third = spaces.take(3)
    third.empty((10,), np.dtype(float))
    spaces.give_back(3, third)
    assert spaces.take(3) is not third


def test_gradients_that_are_kept_stay_as_they_are() -> None:
    program = program_of("notes")
    rng = np.random.default_rng(0)
    params = {"U": rng.normal(size=(120, 80)), "W": rng.normal(size=(120, 120)), "V": rng.normal(size=(3, 120))}
    cases = [(rng.normal(size=(4, 80)), rng.normal(size=(4, 3))) for _ in range(4)]
    found = [program.gradients(params, x, y)[1] for x, y in cases]
    for (x, y), gradients in zip(cases, found, strict=True):
        assert_close(compile("notes").gradients(params, x, y)[1], gradients, 1e-12)


# ------------------------------------------------------------------------------------------------------- large numbers


def test_logits_of_ten_thousand_do_no_harm(program: Compiled) -> None:
    params, x, y, first = arguments(program)
    params["V"] *= 1e4 / abs(program.forward(params, x, first)["z"]).max()
    loss, gradients = program.gradients(params, x, abs(y), first)
    values = program.forward(params, x, first)
    assert abs(values["z"]).max() == pytest.approx(1e4)
    np.testing.assert_allclose(values["ŷ"].sum(1), 1.0, rtol=1e-12)
    assert np.isfinite(loss) and all(np.isfinite(g).all() for g in gradients.values())
    shifted = values["z"] - values["z"].max(1, keepdims=True)
    expected = abs(y).sum(1) @ np.log(np.exp(shifted).sum(1)) - (abs(y) * shifted).sum()
    assert loss == pytest.approx(expected, rel=1e-12)


def test_the_logistic_function_has_no_overflow() -> None:
    program = program_of("rows")
    params, x, y, first = arguments(program)
    params["A"] *= 1e4
    _, gradients = program.gradients(params, x, y, first)
    assert all(np.isfinite(g).all() for g in gradients.values())
    a, s = (program.forward(params, x, first)[n] for n in "as")
    assert a.min() < -800 and s.min() < 1e-300 and s.max() == 1.0


def test_numbers_that_are_too_large_are_reported(program: Compiled) -> None:
    params, x, y, _ = arguments(program)
    params["V"][:] = 1e308
    x[:] = 1.0
    params["U"][:] = 1.0
    with (
        pytest.raises(BadArray, match=r"the loss is .*: the numbers in between are too large for float64"),
        np.errstate(all="ignore"),
    ):
        program.loss(params, x, y)


# --------------------------------------------------------------------------------------------------------- bad arrays


def _without(name: str) -> Any:
    return lambda p, x, y, h: (({k: v for k, v in p.items() if k != name}), x, y, h)


def _with(name: str, change: Any) -> Any:
    return lambda p, x, y, h: ({**p, name: change(p[name])}, x, y, h)


def _spoilt(array: Any, value: float) -> Any:
    array = array.copy()
    array[1, 2] = value
    return array


BAD = {
    "missing": (_without("W"), r"params lacks 'W'; it needs U \(H, D\), W \(H, H\), V \(K, H\)"),
    "extra": (lambda p, x, y, h: ({**p, "Q": p["U"]}, x, y, h), "params has 'Q', which the model does not have"),
    "no dict": (lambda p, x, y, h: (list(p.values()), x, y, h), "params is of type list; give a dict"),
    "list": (_with("U", lambda a: a.tolist()), r'params\["U"\] is of type list; make it a plain NumPy array'),
    "integers": (_with("U", lambda a: a.astype(int)), r'params\["U"\] has dtype int64; it must be float64 or float32'),
    "half": (_with("V", lambda a: a.astype(np.float16)), "has dtype float16; it must be float64 or float32"),
    "complex": (
        lambda p, x, y, h: (p, x.astype(complex), y, h),
        "x has dtype complex128; it must be float64 or float32",
    ),
    "mixed": (_with("W", lambda a: a.astype(np.float32)), "has dtype float32, the first parameter float64"),
    "mixed x": (lambda p, x, y, h: (p, x.astype(np.float32), y, h), "x has dtype float32, the first parameter float64"),
    "transposed": (_with("V", lambda a: a.T), r'"V"\] has shape \(5, 3\); it must be \(K, H\), with H = 5'),
    "not square": (_with("W", lambda a: a[:, :3]), r'"W"\] has shape \(5, 3\); it must be \(H, H\), with H = 5'),
    "flat": (_with("U", lambda a: a.ravel()), r'"U"\] has shape \(20,\); it must be \(H, D\)'),
    "x wide": (
        lambda p, x, y, h: (p, x[:, :2], y, h),
        r"x has shape \(7, 2\); it must be \(T, D\) or \(N, T, D\), with D = 4",
    ),
    "x flat": (lambda p, x, y, h: (p, x[0], y, h), r"x has shape \(4,\); it must be \(T, D\) or \(N, T, D\)"),
    "x deep": (lambda p, x, y, h: (p, x[None, None], y, h), r"x has shape \(1, 1, 7, 4\); it must be"),
    "y short": (lambda p, x, y, h: (p, x, y[1:], h), r"y has shape \(6, 3\) and x \(7, 4\); they need the same number"),
    "y in batch": (lambda p, x, y, h: (p, x, y[None], h), r"y has shape \(1, 7, 3\) and x \(7, 4\)"),
    "y none": (lambda p, x, y, h: (p, x, None, h), "y is None; give the targets"),
    "y wide": (lambda p, x, y, h: (p, x, y[:, :2], h), r"y has shape \(7, 2\); it must be .*, with K = 3"),
    "no steps": (lambda p, x, y, h: (p, x[:0], y[:0], h), r"x has shape \(0, 4\), without an entry"),
    "h0 long": (lambda p, x, y, h: (p, x, y, np.zeros(4)), r"h0 has shape \(4,\); it must be \(H,\), with H = 5"),
    "h0 batch": (lambda p, x, y, h: (p, x, y, np.zeros((2, 5))), r"h0 has shape \(2, 5\); it must be \(H,\), since x"),
    "h0 name": (lambda p, x, y, h: (p, x, y, {"g": np.zeros(5)}), "h0 has 'g'; the states of the model are h"),
    "nan": (_with("U", lambda a: _spoilt(a, np.nan)), r'params\["U"\] is nan at \(1, 2\); every entry must be finite'),
    "inf": (lambda p, x, y, h: (p, _spoilt(x, np.inf), y, h), r"x is inf at \(1, 2\)"),
    "inf y": (lambda p, x, y, h: (p, x, _spoilt(y, -np.inf), h), r"y is -inf at \(1, 2\)"),
    "nan h0": (lambda p, x, y, h: (p, x, y, np.full(5, np.nan)), r"h0 is nan at \(0,\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_an_array_that_does_not_fit_is_named(case: str, program: Compiled) -> None:
    spoil, message = BAD[case]
    params, x, y, first = arguments(program)
    program.gradients(params, x, y, first)
    with pytest.raises(BadArray, match=message):
        program.gradients(*spoil(params, x, y, first))
    with pytest.raises(BadArray, match=message):
        program.loss(*spoil(params, x, y, first))


def test_a_bad_array_is_bad_input_and_a_bad_value() -> None:
    assert issubclass(BadArray, InputError) and issubclass(BadArray, ValueError)


def test_large_entries_are_finite(program: Compiled) -> None:
    params, x, y, _ = arguments(program)
    x[0, 0] = 1e200  # its square is not
    assert np.isfinite(program.loss(params, x, y))


# ----------------------------------------------------------------------------------------------------- what is refused

STATE, OUTPUT, LOSS = (
    r"$$h_t = \tanh(U x_t + W h_{t-1})$$",
    r"$$p_t = \mathrm{softmax}(V h_t)$$",
    r"$$L_t = -y_t \log p_t$$",
)
REFUSED = {
    "two losses": ((STATE, OUTPUT, LOSS, r"$$M_t = -y_t \log p_t + 1$$"), r"several losses|M"),
    "own start": ((STATE, OUTPUT, LOSS, r"$$h_0 = 1$$"), "h is defined apart at one step"),
    "no loss": ((STATE,), "defines no loss"),
    "other loss": ((STATE, r"$$L = \sum_{t=1}^{T} c^\top h_t$$"), "the loss has a part with h that has no rule"),
    "unnamed output": ((STATE, r"$$L_t = -y_t \log \mathrm{softmax}(V h_t)$$"), "the loss has a part with h, y that has no rule"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_model_without_a_rule_is_refused_with_the_reason(name: str) -> None:
    equations, reason = REFUSED[name]
    with pytest.raises(CannotCompile, match=reason):
        compile(model_of("\n\n".join(equations)))


def test_a_model_that_is_not_shipped_is_refused() -> None:
    with pytest.raises(CannotCompile, match="there is no model 'lstm'"):
        compile("lstm")


NOTES_WITH_GRADIENT = r"""
$$h_t = \tanh(U x_t + W h_{t-1})$$

$$\hat y_t = \mathrm{softmax}(V h_t)$$

$$L_t = -y_t \log \hat y_t$$

$$\frac{\partial L}{\partial V} = \sum_{t=0}^{T} \hat y_t \otimes h_t$$
"""


def reported(verdict: Any) -> Report:
    document = read_text(NOTES_WITH_GRADIENT, "mine.md", "markdown")
    network = model_of(NOTES_WITH_GRADIENT)
    return Report(document, (Judgement(document.statements[-1], verdict),), (), (), Scope(4, ()), network)


def test_a_document_with_a_wrong_gradient_is_refused_with_the_reason() -> None:
    clash = ShapeClash("the two sides", (), ())
    with pytest.raises(CannotCompile, match=r"the gradient at mine.md:8, L8 is wrong, and no repair was proven"):
        compile(reported(Wrong(clash, ())))
    with pytest.raises(CannotCompile, match=r"the gradient at mine.md:8, L8 is undecided: too large; correct it"):
        compile(reported(Undecided("too large")))


def test_a_repaired_gradient_is_compiled_and_the_source_says_so() -> None:
    document = read_text(NOTES_WITH_GRADIENT, "mine.md", "markdown")
    relation = document.statements[-1].relation
    assert relation is not None
    claim = Claim(Const(Fraction(0)), Const(Fraction(0)), ())
    repair = Repair(relation, (), Ground(claim, "all"), (), ())
    program = compile(reported(Wrong(ShapeClash("the two sides", (), ()), (), repair)))
    assert "# The gradient at mine.md:8, L8 is wrong as written, and was repaired.\n" in program.source


# ----------------------------------------------------------------------------------------------------------- safety


@pytest.mark.parametrize(
    "code",
    [
        "import os",
        "from os import system",
        "def f(x):\n    return 'text'",
        "def f(x):\n    return x.__class__",
        "def f(x):\n    return x.tofile",
        "def f(__x):\n    return __x",
        "def f(x):\n    return [y for y in x]",
        "def f(x):\n    return lambda: x",
        "class A: pass",
    ],
)
def test_nothing_but_arithmetic_is_run(code: str) -> None:
    with pytest.raises(CannotCompile, match="that it must not have"):
        vetted(code)


def test_names_are_harmless() -> None:
    names = ["lambda", "np", "h\u0302", "é", "T", "d_x", "W_T", "1", "x; import os", "__class__"]
    found = [_identifier(Name(name), 7) for name in names]
    assert found == ["lambda_q", "np_q", "h", "q7", "T_q", "dx", "WT", "q7", "ximportos", "class_q"]
    assert all(name.isidentifier() and name.isascii() for name in found)


def test_the_source_has_no_loop_over_anything_but_time(program: Compiled) -> None:
    loops = [line for line in program.source.splitlines() if line.lstrip().startswith(("for ", "while "))]
    assert len(loops) == 2
    assert all("_t in rows_" in line for line in loops)
    assert "for " not in inspect.getsource(kernels).split('"""', 2)[2].replace("for each", "").replace("for a", "").replace(
        "for logits", ""
    )


def _arrays() -> tuple[dict[str, Any], Any, Any]:
    rng = np.random.default_rng(0)
    params = {"U": rng.normal(size=(4, 3)), "W": rng.normal(size=(4, 4)), "V": rng.normal(size=(5, 4))}
    return params, rng.normal(size=(6, 3)), np.eye(5)[rng.integers(0, 5, size=6)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda params, x, y: (params, x, y.argmax(axis=1)), r"if it holds classes, make them one-hot: numpy.eye\(K\)\[y\]"),
        (lambda params, x, y: (params, x.astype(x.dtype.newbyteorder()), y), "not in the byte order of this machine"),
        (lambda params, x, y: (params, np.ma.array(x), y), "x is of type MaskedArray"),
        (lambda params, x, y: (params, x.view(np.matrix), y), "x is of type matrix"),
        (lambda params, x, y: (params, x.tolist(), y), "x is of type list"),
    ],
)
def test_arrays_of_other_kinds_are_refused_also_after_plain_ones(change: Any, message: str) -> None:
    program, (params, x, y) = compile("notes"), _arrays()
    program.gradients(params, x, y)
    with pytest.raises(BadArray, match=message):
        program.gradients(*change(params, x, y))


def test_programs_are_copied_and_pickled() -> None:
    program, (params, x, y) = compile("notes"), _arrays()
    wanted, gradients = program.gradients(params, x, y)
    for other in (copy.deepcopy(program), pickle.loads(pickle.dumps(program))):
        loss, found = other.gradients(params, x, y)
        assert loss == wanted
        assert all(np.array_equal(found[name], gradients[name]) for name in gradients)
