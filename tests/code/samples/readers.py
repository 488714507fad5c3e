"""Readers of whole sequences: in both directions, with attention, in two layers, and in batches."""

import numpy as np


def bidirectional_loss(x, y, Wf, Uf, bf, Wb, Ub, bb, V, c):
    """Labels at every step, read from left to right and from right to left.

    x: (T, D)
    Wf: (H, D)
    Uf: (H, H)
    bf: (H,)
    Wb: (H, D)
    Ub: (H, H)
    bb: (H,)
    V: (K, 2*H)
    c: (K,)
    """
    T = x.shape[0]
    H = bf.shape[0]
    left = np.zeros((T + 1, H))
    right = np.zeros((T + 1, H))
    for t in range(T):
        left[t + 1] = np.tanh(Wf @ x[t] + Uf @ left[t] + bf)
    for t in reversed(range(T)):
        right[t] = np.tanh(Wb @ x[t] + Ub @ right[t + 1] + bb)
    both = np.concatenate([left[1:], right[:-1]], axis=1)
    scores = both @ V.T + c
    log_z = np.log(np.exp(scores).sum(axis=1))
    loss = np.mean(log_z - scores[np.arange(T), y])

    dscores = np.exp(scores - log_z[:, np.newaxis])
    dscores[np.arange(T), y] -= 1
    dscores /= T
    dV = dscores.T @ both
    dc = dscores.sum(axis=0)
    dboth = dscores @ V
    dleft, dright = np.split(dboth, 2, axis=1)
    dWf, dUf, dbf = np.zeros_like(Wf), np.zeros_like(Uf), np.zeros_like(bf)
    dWb, dUb, dbb = np.zeros_like(Wb), np.zeros_like(Ub), np.zeros_like(bb)
    carried = np.zeros(H)
    for t in reversed(range(T)):
        da = (dleft[t] + carried) * (1 - left[t + 1] ** 2)
        dWf += np.outer(da, x[t])
        dUf += np.outer(da, left[t])
        dbf += da
        carried = Uf.T @ da
    carried = np.zeros(H)
    for t in range(T):
        da = (dright[t] + carried) * (1 - right[t] ** 2)
        dWb += np.outer(da, x[t])
        dUb += np.outer(da, right[t + 1])
        dbb += da
        carried = Ub.T @ da
    return loss, {"Wf": dWf, "Uf": dUf, "bf": dbf, "Wb": dWb, "Ub": dUb, "bb": dbb, "V": dV, "c": dc}


def attention_loss(x, y, W, U, b, q, V):
    """One label for a sequence: an average of all states, weighted by attention.

    x: (T, D)
    W: (H, D)
    U: (H, H)
    b: (H,)
    q: (H,)
    V: (K, H)
    """
    T = len(x)
    h = [np.zeros_like(b)]
    for t in range(T):
        h.append(np.tanh(W @ x[t] + U @ h[-1] + b))
    states = np.stack(h[1:])
    energy = states @ q
    weights = np.exp(energy - energy.max())
    weights = weights / weights.sum()
    context = np.einsum("t,th->h", weights, states)
    scores = V @ context
    probs = np.exp(scores - scores.max())
    probs = probs / probs.sum()
    loss = -np.log(probs[y])

    dscores = probs.copy()
    dscores[y] -= 1
    dV = np.outer(dscores, context)
    dcontext = V.T @ dscores
    dstates = np.outer(weights, dcontext)
    dweights = states @ dcontext
    denergy = weights * (dweights - np.dot(weights, dweights))
    dq = states.T @ denergy
    dstates += np.outer(denergy, q)
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b)
    carried = 0
    for t in range(T - 1, -1, -1):
        da = (dstates[t] + carried) * (1 - states[t] ** 2)
        dW += np.outer(da, x[t])
        dU += np.outer(da, h[t])
        db += da
        carried = U.T @ da
    return loss, dW, dU, db, dq, dV


def two_layers(x, y, W1, U1, W2, U2, V):
    """Squared errors of a network with two recurrent layers, for a batch of sequences.

    x: inputs, (N, T, D)
    y: targets, (N, T, K)
    W1: (D, H)
    U1: (H, H)
    W2: (H, M)
    U2: (M, M)
    V: (M, K)
    """
    N, T, _ = x.shape
    lower = np.zeros((T + 1, N, U1.shape[0]))
    upper = np.zeros((T + 1, N, U2.shape[0]))
    error = np.zeros((T, N, V.shape[1]))
    loss = 0.0
    for t in range(T):
        lower[t] = np.tanh(x[:, t] @ W1 + lower[t - 1] @ U1)
        upper[t] = np.tanh(lower[t] @ W2 + upper[t - 1] @ U2)
        error[t] = upper[t] @ V - y[:, t]
        loss += 0.5 * np.sum(error[t] ** 2) / N
    dW1, dU1, dW2, dU2, dV = map(np.zeros_like, (W1, U1, W2, U2, V))
    dlower = np.zeros_like(lower[0])
    dupper = np.zeros_like(upper[0])
    for t in reversed(range(T)):
        dout = error[t] / N
        dV += upper[t].T @ dout
        a2 = (dout @ V.T + dupper) * (1 - upper[t] ** 2)
        dW2 += lower[t].T @ a2
        dU2 += upper[t - 1].T @ a2
        dupper = a2 @ U2.T
        a1 = (a2 @ W2.T + dlower) * (1 - lower[t] ** 2)
        dW1 += x[:, t].T @ a1
        dU1 += lower[t - 1].T @ a1
        dlower = a1 @ U1.T
    return loss, dW1, dU1, dW2, dU2, dV


def sentiment(tokens, label, E, W, U, b, v, c):
    """The probability of a yes after the last word.

    E: (V, D)
    W: (H, D)
    U: (H, H)
    b: (H,)
    v: (H,)
    c: (1,)
    """
    h = np.zeros((len(tokens) + 1, U.shape[0]))
    for t, token in enumerate(tokens):
        h[t + 1] = np.tanh(W.dot(E[token]) + U.dot(h[t]) + b)
    score = v.dot(h[-1]) + c[0]
    p = 1 / (1 + np.exp(-score))
    cost = -(label * np.log(p) + (1 - label) * np.log(1 - p))
    grads = {}
    dscore = p - label
    grads["dv"] = dscore * h[-1]
    grads["dc"] = np.array([dscore])
    grads["dE"], grads["dW"], grads["dU"], grads["db"] = (np.zeros_like(a) for a in (E, W, U, b))
    dh = dscore * v
    for t in reversed(range(len(tokens))):
        da = dh * (1 - h[t + 1] ** 2)
        grads["db"] += da
        grads["dW"] += np.outer(da, E[tokens[t]])
        grads["dU"] += np.outer(da, h[t])
        grads["dE"][tokens[t]] += W.T.dot(da)
        dh = U.T.dot(da)
    return cost, grads


def relu_reader(x, y, W, U, b, V):
    """A network of rectified units with row vectors, and a squared error at its end.

    x: (T, D)
    y: (K,)
    W: (D, H)
    U: (H, H)
    b: (H,)
    V: (H, K)
    """
    a, h = [], [np.zeros(b.shape)]
    for t in range(x.shape[0]):
        a.append(x[t] @ W + h[-1] @ U + b)
        h.append(np.maximum(0, a[-1]))
    out = h[-1] @ V
    loss = np.sum((out - y) ** 2)
    dout = 2 * (out - y)
    dV = np.outer(h[-1], dout)
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b)
    dh = dout @ V.T
    for t in reversed(range(x.shape[0])):
        da = dh * (a[t] > 0)
        dW += np.outer(x[t], da)
        dU += np.outer(h[t], da)
        db += da
        dh = da @ U.T
    return loss, dW, dU, db, dV
