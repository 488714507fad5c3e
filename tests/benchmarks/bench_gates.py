"""How fast the compiled gradients of an LSTM and a GRU are, beside hand-fused NumPy, PyTorch and JAX.

python tests/benchmarks/bench_gates.py [--only NAME …] [--rounds N] [--sizes N]

As in bench_gradients.py all contenders compute the loss and all gradients in float64, on one thread and in one run, and are compared with
each other before anything is timed; the clock is that of this process. Only the ratios say something. A contender that is not
installed is named.
"""

from __future__ import annotations

import os

if __name__ == "__main__":  # libraries read these when they are imported
    for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ[_variable] = "1"
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ["JAX_PLATFORMS"] = "cpu"

import argparse
import gc
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from symrnn.judging.check import read_model
from symrnn.judging.judgement import Options
from symrnn.reading.document import read_text
from symrnn.running import compile, proof

SIZES = ((64, 32, 32, 50, None), (128, 64, 64, 200, None), (64, 32, 32, 50, 32))
OUTPUT = r"$$ p_t = \mathrm{softmax}(V h_t) $$ $$ L = -\sum_{t=1}^{T} y_t^T \log p_t $$"
LSTM = (
    " ".join(
        rf"$$ {n}_t = {f}(W_{n} x_t + R_{n} h_{{t-1}} + b_{n}) $$"
        for n, f in zip("ifog", (r"\sigma",) * 3 + (r"\tanh",), strict=True)
    )
    + r" $$ c_t = f_t \odot c_{t-1} + i_t \odot g_t $$ $$ h_t = o_t \odot \tanh(c_t) $$ "
    + OUTPUT
)
GRU = (
    " ".join(rf"$$ {n}_t = \sigma(W_{n} x_t + R_{n} h_{{t-1}} + b_{n}) $$" for n in "zr")
    + r" $$ n_t = \tanh(W_n x_t + b_n + r_t \odot (R_n h_{t-1} + d_n)) $$ $$ h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1} $$ "
    + OUTPUT
)
Params = dict[str, Any]
Call = Callable[[], tuple[float, Params]]


def believed(self: Any, equation: Any) -> Any:
    """A benchmark needs no proofs."""
    return proof.ProvenEquation(equation.left, equation.right, self.latex(equation), "not looked at", equation.part)


def ours(text: str) -> Callable[[Params, Any, Any], Call]:
    program = compile(read_model(read_text(text, "cell.md", "markdown"), Options()).model)
    return lambda params, x, y: lambda: program.gradients(params, x, y)


def sigmoid(a: Any) -> None:
    """In place."""
    np.negative(a, a)
    np.exp(a, a)
    np.add(a, 1.0, a)
    np.divide(1.0, a, a)


def output(h: Any, V: Any, y: Any) -> tuple[float, Any, Any]:
    """The loss, and its derivatives by the states and by V."""
    z = h @ V.T
    z -= z.max(1, keepdims=True)
    e = np.exp(z)
    total = e.sum(1, keepdims=True)
    loss = float((y.sum(1) * np.log(total[:, 0])).sum() - np.vdot(y, z))
    dz = e * (y.sum(1, keepdims=True) / total) - y
    return loss, dz @ V, dz.T @ h


def fused_lstm(params: Params, x: Any, y: Any) -> Call:
    """One product a step for all gates, memory that is kept, views of each step made before; for one cell and these sizes."""
    gates = "ifog"
    W = np.concatenate([params[f"W_{n}"] for n in gates])
    R = np.concatenate([params[f"R_{n}"] for n in gates])
    b = np.concatenate([params[f"b_{n}"] for n in gates])
    V, H = params["V"], R.shape[1]
    batch, T = x.shape[:-2], x.shape[-2]
    n = batch[0] if batch else 1
    a, da = np.empty((T * n, 4 * H)), np.zeros(((T + 1) * n, 4 * H))
    h, c = np.zeros(((T + 1) * n, H)), np.zeros(((T + 1) * n, H))
    q, k, s = np.empty((T * n, H)), np.empty((T * n, 4 * H)), np.empty((T * n, H))
    dc, dh = np.zeros(((T + 1) * n, H)), np.empty((T * n, H))
    f_next = np.zeros(((T + 1) * n, H))
    t4, t1, t2 = np.empty((*batch, 4 * H)), np.empty((*batch, H)), np.empty((*batch, H))
    RT = np.empty((H, 4 * H)) if batch else np.empty((4 * H, H)).T
    parts = [a[:, j * H : (j + 1) * H] for j in range(4)]

    def steps(*arrays: Any) -> list[Any]:
        return list(zip(*(m.reshape(T, *batch, -1) for m in arrays), strict=True))

    forward = steps(h[:-n], a, a[:, : 3 * H], *parts, c[:-n], c[n:], q, h[n:])
    backward = steps(da[n:], dh, dc[n:], f_next[n:], s, dc[:-n], da[:-n, : 3 * H], k, da[:-n])[::-1]

    def run() -> tuple[float, Params]:
        xs = x if not batch else np.ascontiguousarray(x.swapaxes(0, 1)).reshape(T * n, -1)
        ys = y if not batch else np.ascontiguousarray(y.swapaxes(0, 1)).reshape(T * n, -1)
        np.copyto(RT, R.T)
        np.dot(xs, W.T, a)
        a_ = a
        a_ += b
        for before, all_, three, i, f, o, g, last, now, curved, state in forward:
            before.dot(RT, t4)
            np.add(t4, all_, all_)
            sigmoid(three)
            np.tanh(g, g)
            np.multiply(f, last, t1)
            np.multiply(i, g, t2)
            np.add(t1, t2, now)
            np.tanh(now, curved)
            np.multiply(o, curved, state)
        loss, back, dV = output(h[n:], V, ys)
        np.copyto(dh, back)
        i, f, o, g = parts
        np.copyto(f_next[: T * n], f)
        k_i, k_f, k_o, k_g = (k[:, j * H : (j + 1) * H] for j in range(4))
        np.multiply(i * (1 - i), g, k_i)
        np.multiply(f * (1 - f), c[:-n], k_f)
        np.multiply(o * (1 - o), q, k_o)
        np.multiply(1 - g * g, i, k_g)
        np.multiply(1 - q * q, o, s)
        for after, d_h, dc_after, f_after, steep, d_c, _, kk, now in backward:
            after.dot(R, t1)
            np.add(t1, d_h, d_h)
            np.multiply(dc_after, f_after, t1)
            np.multiply(d_h, steep, t2)
            np.add(t1, t2, d_c)
            for j, d in enumerate((d_c, d_c, d_h, d_c)):
                np.multiply(d, kk[..., j * H : (j + 1) * H], now[..., j * H : (j + 1) * H])
        d = da[: T * n]
        dW, dR, db = d.T @ xs, d.T @ h[:-n], d.sum(0)
        found = {"V": dV}
        for j, name in enumerate(gates):
            rows = slice(j * H, (j + 1) * H)
            found |= {f"W_{name}": dW[rows], f"R_{name}": dR[rows], f"b_{name}": db[rows]}
        return loss, found

    return run


def fused_gru(params: Params, x: Any, y: Any) -> Call:
    """As `fused_lstm`, for a GRU whose reset gate acts after the product."""
    gates = "zrn"
    W = np.concatenate([params[f"W_{n}"] for n in gates])
    R = np.concatenate([params[f"R_{n}"] for n in gates])
    b = np.concatenate([params[f"b_{n}"] for n in gates])
    d_n, V, H = params["d_n"], params["V"], R.shape[1]
    batch, T = x.shape[:-2], x.shape[-2]
    n = batch[0] if batch else 1
    a, h = np.empty((T * n, 3 * H)), np.zeros(((T + 1) * n, H))
    m, da = np.empty((T * n, H)), np.zeros(((T + 1) * n, 3 * H))
    dn = np.empty((T * n, H))
    dh, carried = np.empty((T * n, H)), np.zeros((*batch, H))
    k = np.empty((T * n, 3 * H))
    t3, t1 = np.empty((*batch, 3 * H)), np.empty((*batch, H))
    RT = np.empty((H, 3 * H)) if batch else np.empty((3 * H, H)).T
    z, r, g = (a[:, j * H : (j + 1) * H] for j in range(3))

    def steps(*arrays: Any) -> list[Any]:
        return list(zip(*(v.reshape(T, *batch, -1) for v in arrays), strict=True))

    forward = steps(h[:-n], a[:, : 2 * H], z, r, g, m, h[n:])
    backward = steps(
        da[n:], dh, z, k[:, :H], k[:, H : 2 * H], k[:, 2 * H :], r, da[:-n, :H], da[:-n, H : 2 * H], da[:-n, 2 * H :], dn
    )[::-1]
    two, last = t3[..., : 2 * H], t3[..., 2 * H :]

    def run() -> tuple[float, Params]:
        xs = x if not batch else np.ascontiguousarray(x.swapaxes(0, 1)).reshape(T * n, -1)
        ys = y if not batch else np.ascontiguousarray(y.swapaxes(0, 1)).reshape(T * n, -1)
        np.copyto(RT, R.T)
        np.dot(xs, W.T, a)
        np.add(a, b, a)
        for before, zr, z_t, r_t, g_t, m_t, state in forward:
            before.dot(RT, t3)
            np.add(two, zr, zr)
            sigmoid(zr)
            np.add(last, d_n, m_t)
            np.multiply(r_t, m_t, t1)
            np.add(t1, g_t, g_t)
            np.tanh(g_t, g_t)
            np.subtract(before, g_t, t1)
            np.multiply(z_t, t1, t1)
            np.add(g_t, t1, state)
        loss, back, dV = output(h[n:], V, ys)
        np.copyto(dh, back)
        np.multiply(z * (1 - z), h[:-n] - g, k[:, :H])
        np.multiply(1 - g * g, 1 - z, k[:, 2 * H :])
        np.multiply(r * (1 - r), m, k[:, H : 2 * H])
        carried[...] = 0.0
        for after, d_h, z_t, kz, kr, kn, r_t, dz, dr, dm, da_n in backward:
            after.dot(R, t1)
            np.add(t1, d_h, d_h)
            np.add(d_h, carried, d_h)
            np.multiply(d_h, z_t, carried)
            np.multiply(d_h, kz, dz)
            np.multiply(d_h, kn, da_n)
            np.multiply(da_n, kr, dr)
            np.multiply(da_n, r_t, dm)
        d = da[: T * n]
        dR, ds = d.T @ h[:-n], d.sum(0)
        found = {"V": dV, "W_n": dn.T @ xs, "b_n": dn.sum(0), "d_n": ds[2 * H :], "R_n": dR[2 * H :]}
        dW = d[:, : 2 * H].T @ xs
        for j, name in enumerate("zr"):
            rows = slice(j * H, (j + 1) * H)
            found |= {f"W_{name}": dW[rows], f"R_{name}": dR[rows], f"b_{name}": ds[rows]}
        return loss, found

    return run


def torch_cell(params: Params, x: Any, y: Any, kind: str) -> Call:
    import torch

    torch.set_num_threads(1)
    H, D = params["V"].shape[1], x.shape[-1]
    gates = "ifgo" if kind == "lstm" else "rzn"
    cell = getattr(torch.nn, kind.upper())(D, H, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_ih_l0.copy_(torch.from_numpy(np.concatenate([params[f"W_{n}"] for n in gates])))
        cell.weight_hh_l0.copy_(torch.from_numpy(np.concatenate([params[f"R_{n}"] for n in gates])))
        cell.bias_ih_l0.copy_(torch.from_numpy(np.concatenate([params[f"b_{n}"] for n in gates])))
        cell.bias_hh_l0.zero_()
        if kind == "gru":
            cell.bias_hh_l0[2 * H :] = torch.from_numpy(params["d_n"])
    V = torch.from_numpy(params["V"]).requires_grad_()
    xs, ys = torch.from_numpy(x), torch.from_numpy(y)

    def run() -> tuple[float, Params]:
        for p in (*cell.parameters(), V):
            p.grad = None
        h, _ = cell(xs)
        loss = -(ys * torch.log_softmax(h @ V.T, -1)).sum()
        loss.backward()
        found = {"V": V.grad.numpy()}
        for j, name in enumerate(gates):
            rows = slice(j * H, (j + 1) * H)
            found[f"W_{name}"] = cell.weight_ih_l0.grad.numpy()[rows]
            found[f"R_{name}"] = cell.weight_hh_l0.grad.numpy()[rows]
            found[f"b_{name}"] = cell.bias_ih_l0.grad.numpy()[rows]
        if kind == "gru":
            found["d_n"] = cell.bias_hh_l0.grad.numpy()[2 * H :]
        return loss.item(), found

    return run


def jax_cell(params: Params, x: Any, y: Any, kind: str) -> Call:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def step(p: Params, carry: Any, x_t: Any) -> Any:
        h, c = carry
        if kind == "lstm":
            i, f, o, g = jnp.split(p["W"] @ x_t + p["R"] @ h + p["b"], 4)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
        else:
            (z, r, u), (z2, r2, u2) = jnp.split(p["W"] @ x_t + p["b"], 3), jnp.split(p["R"] @ h, 3)
            z, r = jax.nn.sigmoid(z + z2), jax.nn.sigmoid(r + r2)
            n = jnp.tanh(u + r * (u2 + p["d_n"]))
            h = (1 - z) * n + z * h
        return (h, c), h

    def loss(p: Params, x: Any, y: Any) -> Any:
        zero = jnp.zeros(p["V"].shape[1])
        _, h = jax.lax.scan(lambda carry, x_t: step(p, carry, x_t), (zero, zero), x)
        return -(y * jax.nn.log_softmax(h @ p["V"].T)).sum()

    total = loss if x.ndim == 2 else lambda p, x, y: jax.vmap(loss, (None, 0, 0))(p, x, y).sum()
    gates = "ifog" if kind == "lstm" else "zrn"
    joined = {k: jnp.asarray(np.concatenate([params[f"{k}_{n}"] for n in gates])) for k in "WRb"} | {"V": jnp.asarray(params["V"])}
    if kind == "gru":
        joined["d_n"] = jnp.asarray(params["d_n"])
    function, xs, ys, H = jax.jit(jax.value_and_grad(total)), jnp.asarray(x), jnp.asarray(y), params["V"].shape[1]

    def run() -> tuple[float, Params]:
        value, g = function(joined, xs, ys)
        jax.block_until_ready(g)
        found = {name: np.asarray(g[name]) for name in ("V", "d_n") if name in g}
        for j, name in enumerate(gates):
            found |= {f"{k}_{name}": np.asarray(g[k])[j * H : (j + 1) * H] for k in "WRb"}
        return float(value), found

    return run


def case(kind: str, hidden: int, inputs: int, classes: int, steps: int, batch: int | None) -> tuple[Params, Any, Any]:
    rng = np.random.default_rng(0)
    params: Params = {"V": rng.normal(size=(classes, hidden)) / hidden**0.5}
    for name in "ifog" if kind == "lstm" else "zrn":
        params[f"W_{name}"] = rng.normal(size=(hidden, inputs)) / inputs**0.5
        params[f"R_{name}"] = rng.normal(size=(hidden, hidden)) / hidden**0.5
        params[f"b_{name}"] = rng.normal(size=hidden)
    if kind == "gru":
        params["d_n"] = rng.normal(size=hidden)
    lead = () if batch is None else (batch,)
    return params, rng.normal(size=(*lead, steps, inputs)), np.eye(classes)[rng.integers(0, classes, size=(*lead, steps))]


CONTENDERS: dict[str, Callable[[str], Callable[[Params, Any, Any], Call]]] = {
    "symrnn": lambda kind: ours(LSTM if kind == "lstm" else GRU),
    "NumPy, fused by hand": lambda kind: fused_lstm if kind == "lstm" else fused_gru,
    "PyTorch": lambda kind: lambda p, x, y: torch_cell(p, x, y, kind),
    "JAX, jit": lambda kind: lambda p, x, y: jax_cell(p, x, y, kind),
}


def medians(calls: dict[str, Call], rounds: int) -> dict[str, float]:
    """The median time of a call of each, in turns of a few calls."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            for _ in range(3):
                start = time.process_time()
                call()
                times[name].append(time.process_time() - start)
    return {name: statistics.median(found) for name, found in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(CONTENDERS))
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--sizes", type=int, default=len(SIZES))
    given = parser.parse_args()
    proof.EquationProver.prove = believed  # type: ignore[method-assign]
    print(f"{'cell':5} {'H, D, K, T, batch':26} {'contender':22} {'ms':>8} {'ratio':>7}")
    for kind in ("lstm", "gru"):
        for size in SIZES[: given.sizes]:
            params, x, y = case(kind, *size)
            calls: dict[str, Call] = {}
            for name in given.only:
                try:
                    calls[name] = CONTENDERS[name](kind)(params, x, y)
                    loss, gradients = calls[name]()
                except ImportError as error:
                    print(f"{name}: {error.name} is not installed")
                    calls.pop(name, None)
                    continue
                wanted, others = calls["symrnn"]()
                np.testing.assert_allclose(loss, wanted, rtol=1e-9)
                for key, gradient in gradients.items():
                    np.testing.assert_allclose(gradient, others[key], rtol=1e-7, atol=1e-9, err_msg=f"{name} {key}")
            gc.disable()
            found = medians(calls, given.rounds)
            gc.enable()
            for name, seconds in found.items():
                print(f"{kind:5} {size!s:26} {name:22} {seconds * 1e3:8.3f} {seconds / found['symrnn']:7.2f}")


if __name__ == "__main__":
    main()
