"""Every usual kind of network and loss as a program, against autograd: one sequence and a batch, float64 to 1e-12."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import array_api_strict
import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from symrnn.judging.check import read_model
from symrnn.judging.judgement import Options
from symrnn.language.model import Model
from symrnn.language.tensors import Const
from symrnn.reading.document import read_text
from symrnn.running import BadArray, CannotCompile, Compiled, compile, proof
from symrnn.running.adjoint import adjoints
from symrnn.running.compiler import gated, plan
from symrnn.running.gate import agree
from symrnn.running.plain import plain as readable

STEPS, EXAMPLES = 5, 3
SIZES = {"input": 4, "hidden": 3, "hidden2": 2, "classes": 5, "size": 6, "input2": 2, "hidden+input": 7}

Arrays = dict[str, Any]
#: (parameters, x, y, initial states) -> the values that go on, for every network below.
Run = Callable[[Arrays, Any, Any, Arrays], Any]


def sigma(a: Any) -> Any:
    return 1 / (1 + anp.exp(-a))


def softmax(z: Any) -> Any:
    e = anp.exp(z)
    return e / anp.sum(e)


def plain(p: Arrays, x: Any, h: Arrays, f: Any = anp.tanh) -> Iterator[Any]:
    state = h["h"]
    for x_t in x:
        state = f(p["U"] @ x_t + p["W"] @ state + p["b"])
        yield state


def lstm(p: Arrays, x: Any, first: Arrays) -> Iterator[Any]:
    h, c = first["h"], first["c"]
    for x_t in x:
        f, i, o, g = (p[f"W_{k}"] @ x_t + p[f"R_{k}"] @ h + p[f"b_{k}"] for k in "fiog")
        c = sigma(f) * c + sigma(i) * anp.tanh(g)
        h = sigma(o) * anp.tanh(c)
        yield h


def joined(p: Arrays, x: Any, first: Arrays) -> Iterator[Any]:
    h, c = first["h"], first["c"]
    for x_t in x:
        f, i, o, g = (p[f"W_{k}"] @ anp.concatenate([h, x_t]) + p[f"b_{k}"] for k in "fioc")
        c = sigma(f) * c + sigma(i) * anp.tanh(g)
        h = sigma(o) * anp.tanh(c)
        yield h


def peephole(p: Arrays, x: Any, first: Arrays) -> Iterator[Any]:
    h, c = first["h"], first["c"]
    for x_t in x:
        f, i = (sigma(p[f"W_{k}"] @ x_t + p[f"R_{k}"] @ h + p[f"p_{k}"] * c) for k in "fi")
        c = f * c + i * anp.tanh(p["W_c"] @ x_t + p["R_c"] @ h)
        h = sigma(p["W_o"] @ x_t + p["R_o"] @ h + p["p_o"] * c) * anp.tanh(c)
        yield h


def gru(p: Arrays, x: Any, first: Arrays) -> Iterator[Any]:
    h = first["h"]
    for x_t in x:
        z, r = (sigma(p[f"W_{k}"] @ x_t + p[f"U_{k}"] @ h) for k in "zr")
        h = (1 - z) * h + z * anp.tanh(p["W"] @ x_t + p["U"] @ (r * h))
        yield h


def gru_after(p: Arrays, x: Any, first: Arrays) -> Iterator[Any]:
    h = first["h"]
    for x_t in x:
        z, r = (sigma(p[f"W_{k}"] @ x_t + p[f"U_{k}"] @ h + p[f"b_{k}"]) for k in "zr")
        n = anp.tanh(p["W_n"] @ x_t + p["b_n"] + r * (p["U_n"] @ h + p["d_n"]))
        h = (1 - z) * n + z * h
        yield h


def leaky(p: Arrays, x: Any, first: Arrays) -> Iterator[Any]:
    h = first["h"]
    for x_t in x:
        h = (1 - p["alpha"]) * h + p["alpha"] * anp.tanh(p["U"] @ x_t + p["W"] @ h + p["b"])
        yield h


def residual(p: Arrays, x: Any, first: Arrays) -> Iterator[Any]:
    h = first["h"]
    for x_t in x:
        h = h + anp.tanh(p["U"] @ x_t + p["W"] @ h + p["b"])
        yield h


def jordan(p: Arrays, x: Any, first: Arrays) -> Iterator[Any]:
    out = first["p"]
    for x_t in x:
        out = softmax(p["V"] @ anp.tanh(p["U"] @ x_t + p["W"] @ out + p["b"]) + p["d"])
        yield out


def stacked(p: Arrays, x: Any, first: Arrays) -> Iterator[Any]:
    s = first["s"]
    for h in plain(p, x, first):
        s = anp.tanh(p["A"] @ h + p["B"] @ s)
        yield s


def both_ways(p: Arrays, x: Any, first: Arrays) -> Iterator[Any]:
    h = list(plain(p, x, first))
    s, back = first["s"], []
    for x_t in x[::-1]:
        s = anp.tanh(p["A"] @ x_t + p["B"] @ s)
        back.append(s)
    for h_t, s_t in zip(h, back[::-1], strict=True):
        yield p["V"] @ h_t + p["Q"] @ s_t + p["d"]


def logits(cell: Any) -> Any:
    return lambda p, x, h: [p["V"] @ s + p["d"] for s in cell(p, x, h)]


def entropy(outputs: Any, weights: Any = lambda t, y: 1.0) -> Run:
    """Σ_t w_t Σ_k -y log softmax(z) of the logits that a function gives."""

    def run(p: Arrays, x: Any, y: Any, h: Arrays) -> Any:
        given = y["y"] if isinstance(y, dict) else y
        return sum(-weights(t, y) * anp.sum(given[t] * anp.log(softmax(z))) for t, z in enumerate(outputs(p, x, h)))

    return run


def last(run: Any) -> Run:
    return lambda p, x, y, h: run(list(plain(p, x, h))[-1], p, y)


def squared(outputs: Any, factor: float = 1.0) -> Run:
    return lambda p, x, y, h: factor * sum(anp.sum((z - y[t]) ** 2) for t, z in enumerate(outputs(p, x, h)))


def scalar(p: Arrays, x: Any, h: Arrays) -> list[Any]:
    return [p["v"] @ s + p["d"] for s in plain(p, x, h)]


def one(z: Any, y: Any) -> Any:
    return -anp.sum(y * anp.log(softmax(z)))


def single(p: Arrays, x: Any, h: Arrays) -> list[Any]:
    matrices = {"U": p["u"] * np.eye(1), "W": p["w"] * np.eye(1), "b": 0.0}
    return list(plain(matrices, x[:, None], {"h": h["h"] * np.ones(1)}))


def binary(a: Any, y: Any) -> Any:
    return -y * anp.log(sigma(a)) - (1 - y) * anp.log(1 - sigma(a))


STATE = r"h_t = \tanh(U x_t + W h_{t-1} + b)"
OUTPUT = r"p_t = \mathrm{softmax}(V h_t + d)"
ENTROPY = r"L = -\sum_{t=1}^{T} \sum_k y_{t,k} \log p_{t,k}"
LINEAR = r"\hat y_t = V h_t + d"
GATES = r"""f_t = \sigma(W_f x_t + R_f h_{t-1} + b_f), i_t = \sigma(W_i x_t + R_i h_{t-1} + b_i), o_t = \sigma(W_o x_t + R_o h_{t-1} + b_o),
g_t = \tanh(W_g x_t + R_g h_{t-1} + b_g), c_t = f_t \odot c_{t-1} + i_t \odot g_t, h_t = o_t \odot \tanh(c_t)"""


@dataclass(frozen=True)
class Case:
    """A document, what autograd differentiates, how its targets are drawn, and functions that are passed in."""

    lines: tuple[str, ...]
    run: Run
    functions: Any = None
    targets: str = "normal"


def case(*lines: str, run: Run, **more: Any) -> Case:
    return Case(lines, run, **more)


PLAIN = logits(plain)
CASES = {
    "lstm": case(*GATES.split(", "), OUTPUT, ENTROPY, run=entropy(logits(lstm))),
    "lstm of [h; x]": case(
        *(rf"{n} = {f}(W_{k} [h_{{t-1}}, x_t] + b_{k})" for n, f, k in (("f_t", r"\sigma", "f"), ("i_t", r"\sigma", "i"),
                                                                    ("o_t", r"\sigma", "o"), (r"\tilde c_t", r"\tanh", "c"))),
        r"c_t = f_t * c_{t-1} + i_t * \tilde c_t", r"h_t = o_t * \tanh(c_t)", OUTPUT, ENTROPY, run=entropy(logits(joined)),
    ),
    "peephole": case(
        r"f_t = \sigma(W_f x_t + R_f h_{t-1} + p_f \odot c_{t-1})", r"i_t = \sigma(W_i x_t + R_i h_{t-1} + p_i \odot c_{t-1})",
        r"c_t = f_t \odot c_{t-1} + i_t \odot \tanh(W_c x_t + R_c h_{t-1})", r"o_t = \sigma(W_o x_t + R_o h_{t-1} + p_o \odot c_t)",
        r"h_t = o_t \odot \tanh(c_t)", r"q_t = \mathrm{softmax}(V h_t + d)", ENTROPY.replace("p_", "q_"), run=entropy(logits(peephole)),
    ),
    "gru": case(
        r"z_t = \sigma(W_z x_t + U_z h_{t-1})", r"r_t = \sigma(W_r x_t + U_r h_{t-1})",
        r"\tilde h_t = \tanh(W x_t + U (r_t \odot h_{t-1}))", r"h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \tilde h_t",
        OUTPUT, ENTROPY, run=entropy(logits(gru)),
    ),
    "gru, reset after": case(
        r"z_t = \sigma(W_z x_t + U_z h_{t-1} + b_z)", r"r_t = \sigma(W_r x_t + U_r h_{t-1} + b_r)",
        r"n_t = \tanh(W_n x_t + b_n + r_t \odot (U_n h_{t-1} + d_n))", r"h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}",
        OUTPUT, ENTROPY, run=entropy(logits(gru_after)),
    ),
    "leaky": case(r"h_t = (1 - \alpha) h_{t-1} + \alpha \tanh(U x_t + W h_{t-1} + b)", OUTPUT, ENTROPY, run=entropy(logits(leaky))),
    "residual": case(r"h_t = h_{t-1} + \tanh(U x_t + W h_{t-1} + b)", OUTPUT, ENTROPY, run=entropy(logits(residual))),
    "jordan": case(STATE.replace("h_{t-1}", "p_{t-1}"), OUTPUT, ENTROPY,
                   run=lambda p, x, y, h: -sum(anp.sum(y[t] * anp.log(q)) for t, q in enumerate(jordan(p, x, h)))),
    "stacked": case(STATE, r"s_t = \tanh(A h_t + B s_{t-1})", r"p_t = \mathrm{softmax}(V s_t + d)", ENTROPY, run=entropy(logits(stacked))),
    "both ways": case(STATE, r"s_t = \tanh(A x_t + B s_{t+1})", r"p_t = \mathrm{softmax}(V h_t + Q s_t + d)", ENTROPY,
                      run=entropy(both_ways)),
    "relu": case(STATE.replace(r"\tanh", r"\mathrm{ReLU}"), OUTPUT, ENTROPY,
                 run=entropy(logits(lambda p, x, h: plain(p, x, h, lambda a: anp.maximum(a, 0))))),
    "passed function": case(STATE.replace(r"\tanh", r"\phi"), OUTPUT, ENTROPY,
                            run=entropy(logits(lambda p, x, h: plain(p, x, h, anp.arctan))),
                            functions={"phi": (np.arctan, lambda a: 1 / (1 + a * a))}),
    "input beside the state": case(STATE, r"p_t = \mathrm{softmax}(V h_t + Q x_t + d)", ENTROPY,
                                   run=entropy(lambda p, x, h: [z + p["Q"] @ x_t for z, x_t in zip(PLAIN(p, x, h), x, strict=True)])),
    "rows": case(r"h_t = \tanh(x_t U + h_{t-1} W + b)", r"p_t = \mathrm{softmax}(h_t V + d)", ENTROPY,
                 run=lambda p, x, y, h: entropy(PLAIN)({k: v.T for k, v in p.items()}, x, y, h)),
    "tied": case(r"h_t = \tanh(E x_t + W h_{t-1} + b)", r"p_t = \mathrm{softmax}(E^T h_t)", ENTROPY,
                 run=entropy(lambda p, x, h: [p["E"].T @ s for s in plain({**p, "U": p["E"]}, x, h)])),
    "embedding": case(r"e_t = E x_t", STATE.replace("x_t", "e_t"), OUTPUT, ENTROPY,
                      run=lambda p, x, y, h: entropy(PLAIN)(p, x @ p["E"].T, y, h)),
    "last step": case(STATE, OUTPUT, r"L = -y^T \log p_T", run=last(lambda s, p, y: one(p["V"] @ s + p["d"], y))),
    "last step, one output": case(STATE, r"p = \mathrm{softmax}(V h_T + d)", r"L = -\sum_k y_k \log p_k",
                                  run=last(lambda s, p, y: one(p["V"] @ s + p["d"], y))),
    "last step of a loss": case(STATE, OUTPUT, "L = L_T", r"L_t = -y_t^T \log p_t",
                                run=last(lambda s, p, y: one(p["V"] @ s + p["d"], y[-1]))),
    "two sums": case(STATE, OUTPUT, r"L = -\sum_{t=1}^{T} y_t^T \log p_t - \frac13 \sum_{t=2}^{T-1} y_t^T \log p_t",
                     run=entropy(PLAIN, lambda t, y: 1 + (0 < t < STEPS - 1) / 3)),
    "mean over T": case(STATE, OUTPUT, r"L = -\frac{1}{T} \sum_{t=1}^{T} y_t^T \log p_t", run=entropy(PLAIN, lambda t, y: 1 / STEPS)),
    "mean over T + 1": case(STATE, OUTPUT, r"L = -\frac{1}{T+1} \sum_{t=0}^{T} y_t^T \log p_t", run=entropy(PLAIN, lambda t, y: 1 / STEPS)),
    "masked": case(STATE, OUTPUT, r"L = -\sum_{t=1}^{T} m_t \sum_k y_{t,k} \log p_{t,k}", run=entropy(PLAIN, lambda t, y: y["m"][t])),
    "masked mean": case(STATE, OUTPUT, r"L_t = -y_t^T \log p_t", r"L = \frac{\sum_{t=1}^T m_t L_t}{\sum_{t=1}^T m_t}",
                        run=entropy(PLAIN, lambda t, y: y["m"][t] / anp.sum(y["m"]))),
    "weighted squares": case(STATE, LINEAR, r"L = \sum_{t=1}^T w_t \|\hat y_t - y_t\|^2",
                             run=lambda p, x, y, h: sum(y["w"][t] * anp.sum((z - y["y"][t]) ** 2) for t, z in enumerate(PLAIN(p, x, h)))),
    "squares by a product": case(STATE, LINEAR, r"L = \sum_{t=1}^T \frac12 (\hat y_t - y_t)^T (\hat y_t - y_t)", run=squared(PLAIN, 0.5)),
    "squares by components": case(STATE, LINEAR, r"L = \frac12 \sum_{t=1}^T \sum_k (y_{t,k} - \hat y_{t,k})^2", run=squared(PLAIN, 0.5)),
    "squares of each step": case(STATE, LINEAR, r"E_t = \frac12 (y_t - \hat y_t)^2", r"E = \sum_t E_t", run=squared(PLAIN, 0.5)),
    "number as output": case(STATE, r"\hat y_t = v^T h_t + d", r"L = \sum_{t=1}^{T} (\hat y_t - y_t)^2", run=squared(scalar)),
    "binary": case(STATE, r"p_t = \sigma(v^T h_t + d)", r"L = -\sum_{t=1}^{T} (y_t \log p_t + (1 - y_t) \log(1 - p_t))",
                   run=lambda p, x, y, h: sum(binary(a, y[t]) for t, a in enumerate(scalar(p, x, h)))),
    "binary at the end": case(STATE, r"p = \sigma(v^T h_T + d)", r"L = -y \log p - (1 - y) \log(1 - p)",
                              run=last(lambda s, p, y: binary(p["v"] @ s + p["d"], y))),
    "classes": case(STATE, OUTPUT, r"L = -\sum_{t=1}^{T} \log p_{t,y_t}", targets="classes",
                    run=lambda p, x, y, h: entropy(PLAIN)(p, x, np.eye(SIZES["classes"])[y], h)),
    "weight decay": case(STATE, OUTPUT, ENTROPY + r" + \frac{\lambda}{2} \|W\|^2",
                         run=lambda p, x, y, h: entropy(PLAIN)(p, x, y, h) + p["lambda"] / 2 * anp.sum(p["W"] ** 2)),
    "numbers as states": case(r"h_t = \tanh(u x_t + w h_{t-1})", r"L = \sum_{t=1}^T (h_t - y_t)^2",
                              run=squared(single)),
}  # fmt: skip


@pytest.fixture(autouse=True)
def believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The equations are proven elsewhere; here it is their programs that are looked at, which the gate has compared with the network."""
    monkeypatch.setattr(
        proof.EquationProver, "prove", lambda self, e: proof.ProvenEquation(e.left, e.right, self.latex(e), "not looked at", e.part)
    )


def program_of(case: Case) -> Compiled:
    return compile(model_of(case), functions=case.functions)


def model_of(case: Case) -> Model:
    text = "\n\n".join(f"$$ {line} $$" for line in case.lines)
    return read_model(read_text(text, "test.md", "markdown"), Options()).model


def drawn(program: Compiled, case: Case, lead: tuple[int, ...] = ()) -> tuple[Any, ...]:
    rng = np.random.default_rng(5)
    signature = program.signature

    def several(given: Any) -> Any:
        shapes = {g.name: (*lead, *((STEPS,) if g.timed else ()), *((SIZES[g.label],) if g.label else ())) for g in given}
        made = {name: np.asarray(rng.normal(size=shape)) for name, shape in shapes.items()}
        return next(iter(made.values())) if len(made) == 1 else made

    params = {n: np.asarray(0.5 * rng.normal(size=[SIZES[label] for label in labels])) for n, labels in program.parameters.items()}
    x = several(signature.inputs)
    y = rng.integers(0, SIZES["classes"], (*lead, STEPS)) if case.targets == "classes" else several(signature.data)
    first = {name: rng.normal(size=(*lead, *((SIZES[label],) if label else ()))) for name, label in signature.states}
    return params, x, y, first


def part(given: Any, example: int) -> Any:
    return {name: array[example] for name, array in given.items()} if isinstance(given, dict) else given[example]


def expected(case: Case, p: Arrays, x: Any, y: Any, h: Arrays) -> tuple[float, Arrays]:
    """The loss and its derivatives by autograd: by the parameters, the input and the initial states."""
    value = case.run(p, x, y, h)
    by_all = grad(lambda everything: case.run(everything[0], everything[1], y, everything[2]))((p, x, h))
    return float(np.sum(value)), {**by_all[0], "x": by_all[1], **by_all[2]}


def plain_function(case: Case) -> Any:
    """The function of the plain program, as a person would have it from a file."""
    namespace: dict[str, Any] = {}
    exec(builtins.compile(readable(plan(model_of(case), frozenset(case.functions or ()))), "plain", "exec"), namespace)
    return namespace["loss_and_gradients"]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("xp", [np, array_api_strict], ids=["numpy", "strict"])
def test_the_plain_program_is_the_fast_one_for_arrays_of_any_library(name: str, xp: Any) -> None:
    case = CASES[name]
    program, function = program_of(case), plain_function(case)
    p, x, y, h = drawn(program, case)
    signature = program.signature

    def given(wanted: Any, value: Any) -> list[Any]:
        return [xp.asarray(value[g.name] if isinstance(value, dict) else value) for g in wanted]

    states = [xp.asarray(h[state]) for state, _ in signature.states]
    passed = [g for pair in (case.functions or {}).values() for g in (over(xp, pair[0]), over(xp, pair[1]))]
    arguments = [*map(xp.asarray, p.values()), *given(signature.inputs, x), *given(signature.data, y), *states, *passed]
    loss, gradients = function(*arguments)
    wanted, others = program.gradients(p, x, y, h)
    assert float(loss) == pytest.approx(wanted, rel=1e-13)
    assert set(gradients) == set(others)
    for key, gradient in gradients.items():
        assert isinstance(gradient, type(xp.asarray(0.0))) or xp is np
        np.testing.assert_allclose(np.asarray(gradient), others[key], rtol=1e-12, atol=1e-13, err_msg=key)


def over(xp: Any, function: Any) -> Any:
    return lambda a: xp.asarray(function(np.asarray(a)))


@pytest.mark.parametrize("name", CASES)
def test_gradients_agree_with_autograd(name: str) -> None:
    case = CASES[name]
    program = program_of(case)
    p, x, y, h = drawn(program, case, (EXAMPLES,))
    each = [expected(case, p, part(x, n), part(y, n), part(h, n)) for n in range(EXAMPLES)]
    loss, gradients = program.gradients(p, part(x, 0), part(y, 0), part(h, 0), outside=True)
    assert loss == pytest.approx(each[0][0], rel=1e-12)
    assert program.loss(p, part(x, 0), part(y, 0), part(h, 0)) == pytest.approx(loss, rel=1e-13)
    assert set(gradients) == set(each[0][1])
    for key, gradient in gradients.items():
        assert gradient.shape == np.shape(each[0][1][key])
        np.testing.assert_allclose(gradient, each[0][1][key], rtol=1e-12, atol=1e-13, err_msg=key)
    loss, gradients = program.gradients(p, x, y, h, outside=True)
    for key, gradient in gradients.items():
        found = [one[1][key] for one in each]
        whole = np.stack(found) if key == "x" or key in h else sum(found)
        if key == "lambda" or (name == "weight decay" and key == "W"):
            continue  # what depends on parameters alone counts once for all examples
        np.testing.assert_allclose(gradient, whole, rtol=1e-12, atol=1e-12, err_msg=key)
    forward = program.forward(p, x, h)
    for key, values in program.forward(p, part(x, 1), part(h, 1)).items():
        np.testing.assert_allclose(forward[key][1], values, rtol=1e-12, atol=1e-14, err_msg=key)


# ------------------------------------------------------------------------------------------------------- the gate


#: Lines of the LSTM's program, and what they could have been printed as by mistake.
MISPRINTS = {
    "a sign": ("add(r0_4hidden, stack_1_t", "subtract(r0_4hidden, stack_1_t", "loss"),
    "another gate": ("multiply(f_t, c_before_t", "multiply(i_t, c_before_t", "loss"),
    "an order of matrices": ("np.copyto(stack_1_T_1, R_f.T)", "np.copyto(stack_1_T_1, R_i.T)", "loss"),
    "a factor": ("return cross_entropy(z, y)", "return cross_entropy(z, y) * 2.0", "loss"),
    "a step": ("np.dot(d_z.T, h, d_V)", "np.dot(d_z.T, h_before, d_V)", "derivative by V"),
    "an edge": ("d_a_all[-n:] = 0.0", "d_a_all[-n:] = 1.0", "derivative by"),
    "a slope": ("sigma_slope(f, a, f_slope)", "tanh_slope(f, a, f_slope)", "derivative by"),
    "a product less": ("multiply(d_h_t, d_c_t, r1_hidden)", "multiply(d_h_t, 1.0, r1_hidden)", "derivative by"),
    "the first state": ("d_c_given = d_c[:n] * f[:n]", "d_c_given = d_c[:n] * f[-n:]", "derivative by c"),
}


@pytest.mark.parametrize("kind", MISPRINTS)
def test_a_program_that_is_printed_wrongly_is_refused(kind: str) -> None:
    planned = plan(model_of(CASES["lstm"]))
    source = gated(planned)
    old, new, what = MISPRINTS[kind]
    assert old in source.code
    with pytest.raises(CannotCompile, match=f"the program computes another {what}"):
        agree(planned, replace(source, code=source.code.replace(old, new)))


@pytest.mark.parametrize("change", [{"skipped": 1}, {"only_last": True}, {"factor": Const(Fraction(2))}])
def test_a_loss_that_is_taken_apart_wrongly_is_refused(change: Any) -> None:
    planned = plan(model_of(CASES["mean over T"]))
    cost = planned.cost
    other = replace(planned.network, cost=replace(cost, parts=(replace(cost.parts[0], **change),)))
    with pytest.raises(CannotCompile, match=r"computes another (loss|derivative)|has no rule"):
        gated(replace(planned, network=other, backward=adjoints(other)))


# -------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            (STATE.replace(r"\tanh", r"\phi"), OUTPUT, ENTROPY),
            "h has the function phi, of which nothing is known; pass it in",
        ),
        (
            (STATE, OUTPUT, r"L = \sum_{t=1}^{T} d^\top p_t"),
            r"the loss has a part with p that has no rule; what has one: .*\\lambda",
        ),
        ((STATE, OUTPUT, r"L_t = -y_t^\top \log p_t", r"L = L_3"), "the loss uses y at a step of its own"),
        ((r"h_t = \tanh(U V x_t + W h_{t-1})", OUTPUT.replace("V", "Q"), ENTROPY), "a product of parameters stands in the network"),
    ],
)
def test_what_has_no_rule_is_said_in_the_letters_of_the_document(lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(CannotCompile, match=said):
        program_of(Case(lines, entropy(PLAIN)))


def test_classes_count_from_zero() -> None:
    program = program_of(CASES["classes"])
    p, x, y, _ = drawn(program, CASES["classes"])
    with pytest.raises(BadArray, match="y has classes from 0 to 9; they count from 0 to 4"):
        program.loss(p, x, np.where(y == y.min(), 0, 9))
    assert program.loss(p, x, np.eye(5)[y]) == pytest.approx(program.loss(p, x, y), rel=1e-14)
