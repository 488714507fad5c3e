"""How fast the compiled gradients are, beside what one would write or use instead.

python tests/benchmarks/bench_gradients.py [--only NAME …] [--clock cpu] [--plot FILE.png]

All contenders compute the loss and the gradients of U, W and V of the notes' network in float64, at four sizes, without
a batch and with 32 examples, and are compared with each other before anything is timed. Everything is measured in one run,
on one thread. In every round each contender has a turn of some milliseconds, and the median of all its calls is taken: only
the ratios say something, the times depend on the machine. Where other programs compete for the processor, --clock cpu counts the time of
this process alone. A contender that is not installed is named; torch and jax are none of symrnn's dependencies.
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
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from symrnn.running import compile

SIZES = ((16, 8, 8, 50), (64, 32, 32, 50), (128, 64, 64, 200), (256, 128, 128, 100))
BATCHES = (None, 32)
OURS = "symrnn"
Case = tuple[dict[str, Any], Any, Any]
Contender = Callable[[dict[str, Any], Any, Any], Callable[[], Any]]


def case(hidden: int, inputs: int, classes: int, steps: int, batch: int | None) -> Case:
    """Parameters of moderate size, an input sequence and one-hot targets."""
    rng = np.random.default_rng(0)
    params = {
        "U": rng.normal(size=(hidden, inputs)) / inputs**0.5,
        "W": rng.normal(size=(hidden, hidden)) / hidden**0.5,
        "V": rng.normal(size=(classes, hidden)) / hidden**0.5,
    }
    lead = () if batch is None else (batch,)
    x = rng.normal(size=(*lead, steps, inputs))
    y = np.eye(classes)[rng.integers(0, classes, size=(*lead, steps))]
    return params, x, y


def ours(params: dict[str, Any], x: Any, y: Any) -> Callable[[], Any]:
    program = compile("notes")

    def run() -> Any:
        loss, g = program.gradients(params, x, y)
        return loss, g["U"], g["W"], g["V"]

    return run


def ours_with_numba(params: dict[str, Any], x: Any, y: Any) -> Callable[[], Any]:
    from symrnn.running import jit

    program = jit.compile("notes")

    def run() -> Any:
        loss, g = program.gradients(params, x, y)
        return loss, g["U"], g["W"], g["V"]

    return run


def per_step(params: dict[str, Any], x: Any, y: Any) -> Callable[[], Any]:
    """Back-propagation as it is written in tutorials: everything inside the loop over time."""
    U, W, V = params["U"], params["W"], params["V"]
    steps = x.shape[-2]

    def run() -> Any:
        h = {-1: np.zeros((*x.shape[:-2], len(W)))}
        p, loss = {}, 0.0
        for t in range(steps):
            h[t] = np.tanh(x[..., t, :] @ U.T + h[t - 1] @ W.T)
            z = h[t] @ V.T
            e = np.exp(z - z.max(-1, keepdims=True))
            p[t] = e / e.sum(-1, keepdims=True)
            loss -= np.sum(y[..., t, :] * np.log(p[t]))
        dU, dW, dV = np.zeros_like(U), np.zeros_like(W), np.zeros_like(V)
        after = np.zeros_like(h[0])
        for t in reversed(range(steps)):
            dz = p[t] - y[..., t, :]
            da = (1 - h[t] ** 2) * (dz @ V + after)
            if x.ndim == 2:
                dV += np.outer(dz, h[t])
                dW += np.outer(da, h[t - 1])
                dU += np.outer(da, x[t])
            else:
                dV += dz.T @ h[t]
                dW += da.T @ h[t - 1]
                dU += da.T @ x[:, t]
            after = da @ W
        return loss, dU, dW, dV

    return run


def fused(params: dict[str, Any], x: Any, y: Any) -> Callable[[], Any]:
    """What someone writes who knows NumPy well, for this one network and these sizes.

    Products for all steps at once, three calls a step into memory that is kept, the views of each step made before.
    """
    U, W, V = params["U"], params["W"], params["V"]
    batch = x.shape[:-2]
    steps, (hidden, inputs), classes = x.shape[-2], U.shape, len(V)
    rows = steps * (batch[0] if batch else 1)
    a, d, slope = (np.empty((rows, hidden)) for _ in range(3))
    h = np.zeros((rows + rows // steps, hidden))
    z, e = np.empty((rows, classes)), np.empty((rows, classes))
    tmp = np.empty((*batch, hidden))
    now, before = h[rows // steps :], h[: -(rows // steps)]
    a_t, d_t, slope_t, now_t, before_t = (list(v.reshape(steps, *batch, hidden)) for v in (a, d, slope, now, before))
    forward, backward = list(zip(a_t, before_t, now_t, strict=True)), list(zip(d_t, slope_t, strict=True))[::-1]
    turned = np.empty((hidden, hidden)) if batch else W.T

    def run() -> Any:
        xs, ys = x, y
        if batch:
            xs = np.ascontiguousarray(x.transpose(1, 0, 2)).reshape(-1, inputs)
            ys = np.ascontiguousarray(y.transpose(1, 0, 2)).reshape(-1, classes)
            np.copyto(turned, W.T)
        add, dot, multiply, tanh = np.add, np.dot, np.multiply, np.tanh
        dot(xs, U.T, out=a)
        for value, last, state in forward:
            dot(last, turned, out=tmp)
            add(tmp, value, out=tmp)
            tanh(tmp, out=state)
        dot(now, V.T, out=z)
        np.subtract(z, z.max(1, keepdims=True), out=z)
        np.exp(z, out=e)
        total = e.sum(1, keepdims=True)
        loss = np.log(total).sum() - np.vdot(ys, z)
        np.divide(e, total, out=e)
        np.subtract(e, ys, out=e)
        dot(e, V, out=d)
        multiply(now, now, out=slope)
        np.subtract(1.0, slope, out=slope)
        tmp[...] = 0.0
        for value, steep in backward:
            add(tmp, value, out=tmp)
            multiply(tmp, steep, out=value)
            dot(value, W, out=tmp)
        return loss, d.T @ xs, d.T @ before, e.T @ now

    return run


def with_autograd(params: dict[str, Any], x: Any, y: Any) -> Callable[[], Any]:
    import autograd.numpy as anp
    from autograd import value_and_grad
    from autograd.scipy.special import logsumexp

    def loss(p: tuple[Any, Any, Any]) -> Any:
        U, W, V = p
        h, total = anp.zeros((*x.shape[:-2], len(W))), 0.0
        for t in range(x.shape[-2]):
            h = anp.tanh(x[..., t, :] @ U.T + h @ W.T)
            z = h @ V.T
            total = total + anp.sum(y[..., t, :] * (logsumexp(z, axis=-1, keepdims=True) - z))
        return total

    gradient = value_and_grad(loss)
    arguments = params["U"], params["W"], params["V"]

    def run() -> Any:
        value, (dU, dW, dV) = gradient(arguments)
        return value, dU, dW, dV

    return run


def torch_loop(params: dict[str, Any], x: Any, y: Any) -> Callable[[], Any]:
    import torch

    torch.set_num_threads(1)
    U, W, V = (torch.tensor(params[k], requires_grad=True) for k in "UWV")
    xt, yt = torch.tensor(x), torch.tensor(y)

    def run() -> Any:
        h, states = torch.zeros(*x.shape[:-2], len(W), dtype=torch.float64), []
        inputs = xt @ U.T
        for t in range(x.shape[-2]):
            h = torch.tanh(inputs[..., t, :] + h @ W.T)
            states.append(h)
        z = torch.stack(states, -2) @ V.T
        loss = -(yt * torch.log_softmax(z, -1)).sum()
        dU, dW, dV = torch.autograd.grad(loss, (U, W, V))
        return loss.item(), dU.numpy(), dW.numpy(), dV.numpy()

    return run


def torch_rnn(params: dict[str, Any], x: Any, y: Any) -> Callable[[], Any]:
    import torch

    torch.set_num_threads(1)
    hidden, inputs = params["U"].shape
    network = torch.nn.RNN(inputs, hidden, bias=False, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        network.weight_ih_l0.copy_(torch.tensor(params["U"]))
        network.weight_hh_l0.copy_(torch.tensor(params["W"]))
    V = torch.tensor(params["V"], requires_grad=True)
    xt, yt = torch.tensor(x), torch.tensor(y)

    def run() -> Any:
        states, _ = network(xt)
        loss = -(yt * torch.log_softmax(states @ V.T, -1)).sum()
        dU, dW, dV = torch.autograd.grad(loss, (network.weight_ih_l0, network.weight_hh_l0, V))
        return loss.item(), dU.numpy(), dW.numpy(), dV.numpy()

    return run


def with_jax(params: dict[str, Any], x: Any, y: Any) -> Callable[[], Any]:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    xs, ys = jnp.asarray(np.moveaxis(x, -2, 0)), jnp.asarray(np.moveaxis(y, -2, 0))

    def loss(p: tuple[Any, Any, Any]) -> Any:
        U, W, V = p

        def step(h: Any, a: Any) -> Any:
            h = jnp.tanh(a + h @ W.T)
            return h, h

        _, states = jax.lax.scan(step, jnp.zeros((*x.shape[:-2], W.shape[0])), xs @ U.T)
        return -(ys * jax.nn.log_softmax(states @ V.T, -1)).sum()

    gradient = jax.jit(jax.value_and_grad(loss))
    arguments = tuple(jnp.asarray(params[k]) for k in "UWV")

    def run() -> Any:
        value, (dU, dW, dV) = jax.block_until_ready(gradient(arguments))
        return value, dU, dW, dV

    return run


CONTENDERS: dict[str, Contender] = {
    OURS: ours,
    "symrnn numba": ours_with_numba,
    "NumPy per step": per_step,
    "NumPy fused": fused,
    "autograd": with_autograd,
    "torch loop": torch_loop,
    "torch nn.RNN": torch_rnn,
    "JAX jit": with_jax,
}


def prepared(data: Case) -> tuple[dict[str, Callable[[], Any]], list[str]]:
    """The contenders that are installed, each run once and compared with the first, and the names of the others."""
    runs: dict[str, Callable[[], Any]] = {}
    absent = []
    for name, make in CONTENDERS.items():
        try:
            runs[name] = make(*data)
        except ImportError as error:
            absent.append(f"{name} ({error.name} is not installed)")
            continue
        agree(name, runs[name](), runs[OURS]())
    return runs, absent


def agree(name: str, result: Any, expected: Any) -> None:
    for a, b in zip(result, expected, strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-8, atol=1e-10, err_msg=name)


#: Seconds of one turn.
_TURN = 0.005
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def measured(
    runs: dict[str, Callable[[], Any]], rounds: int, seconds: float, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """The median time of each contender, in seconds; the contenders take turns, so that all see the same noise."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    gc.disable()
    for number in range(rounds):
        for name, run in runs.items():
            if number < 5 or sum(times[name]) < seconds:
                run()  # once unmeasured: the contender before it has emptied the caches
                times[name] += _turn(run, clock)
        if number >= 5 and all(sum(taken) >= seconds for taken in times.values()):
            break
    gc.enable()
    return {name: statistics.median(taken) for name, taken in times.items()}


def _turn(run: Callable[[], Any], clock: Callable[[], float]) -> list[float]:
    """The times of some calls in a row, as a training makes them."""
    taken: list[float] = []
    while not taken or sum(taken) < _TURN:
        start = clock()
        run()
        taken.append(clock() - start)
    return taken


def kernels() -> list[str]:
    """The versions of the libraries that are in use, and which matrix kernels run, where threadpoolctl tells."""
    versions = [f"{name} {module.__version__}" for name in ("numpy", "torch", "jax", "numba") if (module := sys.modules.get(name))]
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return versions
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return versions + [f"{p['internal_api']} {p['version']} {p.get('architecture', '')} {p['num_threads']} thread" for p in pools]


def table(results: dict[tuple[Any, ...], dict[str, float]]) -> Table:
    shown = Table(title="Time of each contender divided by that of symrnn; above 1 symrnn is faster")
    for column in ("H, D, K, T", "batch", "symrnn", *(name for name in CONTENDERS if name != OURS)):
        shown.add_column(column, justify="right")
    for (size, batch), medians in results.items():
        ratios = [f"{medians[name] / medians[OURS]:.2f}" if name in medians else "absent" for name in CONTENDERS if name != OURS]
        shown.add_row(", ".join(map(str, size)), str(batch or "none"), f"{medians[OURS] * 1e3:.3f} ms", *ratios)
    means = [_geometric_mean(results, name) for name in CONTENDERS if name != OURS]
    shown.add_row("geometric mean", "", "", *means)
    return shown


def _geometric_mean(results: dict[tuple[Any, ...], dict[str, float]], name: str) -> str:
    ratios = [medians[name] / medians[OURS] for medians in results.values() if name in medians]
    return f"{statistics.geometric_mean(ratios):.2f}" if ratios else "absent"


def plot(results: dict[tuple[Any, ...], dict[str, float]], path: str) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 5), layout="constrained")
    labels = [f"{', '.join(map(str, size))}\nbatch {batch or 'none'}" for size, batch in results]
    for name in CONTENDERS:
        ratios = [medians.get(name, float("nan")) / medians[OURS] for medians in results.values()]
        axes.plot(range(len(labels)), ratios, "o-", label=name, linewidth=2 if name == OURS else 1)
    axes.set_xticks(range(len(labels)), labels, fontsize=7)
    axes.set(
        yscale="log",
        xlabel="H, D, K, T",
        ylabel="time / time of symrnn",
        title="Loss and gradients, float64, one thread",
    )
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", metavar="N", type=int, default=1000, help="at most so many rounds for each size (%(default)s)")
    parser.add_argument(
        "--seconds", metavar="S", type=float, default=4.0, help="at most this long for each contender and size (%(default)s)"
    )
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="what is counted (%(default)s)")
    parser.add_argument("--plot", metavar="FILE", default="bench_gradients.png", help="where to write the plot (%(default)s)")
    names = ", ".join(name for name in CONTENDERS if name != OURS)
    parser.add_argument("--only", metavar="NAME", nargs="*", choices=CONTENDERS, help=f"measure only these beside {OURS}: {names}")
    options = parser.parse_args()
    if options.only:
        for name in [n for n in CONTENDERS if n != OURS and n not in options.only]:
            del CONTENDERS[name]
    results, absent = {}, []
    for batch in BATCHES:
        for size in SIZES:
            runs, absent = prepared(case(*size, batch))
            results[size, batch] = measured(runs, options.rounds, options.seconds, CLOCKS[options.clock])
    console = Console(width=150)
    console.print(table(results))
    console.print(f"{options.clock} clock; {', '.join(kernels())}")
    for name in absent:
        console.print(f"left out: {name}")
    try:
        plot(results, options.plot)
        console.print(f"plot: {options.plot}")
    except ImportError:
        console.print("no plot: matplotlib is not installed (the extra symrnn[plot])")


if __name__ == "__main__":
    main()
