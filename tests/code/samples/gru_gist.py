"""A GRU in one function, with its parameters in a dictionary."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gru_loss(params, inputs, targets, h0):
    Wz, Uz, bz = params["Wz"], params["Uz"], params["bz"]
    Wr, Ur, br = params["Wr"], params["Ur"], params["br"]
    Wh, Uh, bh = params["Wh"], params["Uh"], params["bh"]
    Wy, by = params["Wy"], params["by"]
    vocab = Wz.shape[1]
    x, z, r, g, h, p = {}, {}, {}, {}, {-1: h0}, {}
    loss = 0.0
    for t, (word, target) in enumerate(zip(inputs, targets)):
        x[t] = np.eye(vocab)[word]
        z[t] = sigmoid(Wz @ x[t] + Uz @ h[t - 1] + bz)
        r[t] = sigmoid(Wr @ x[t] + Ur @ h[t - 1] + br)
        g[t] = np.tanh(Wh @ x[t] + Uh @ (r[t] * h[t - 1]) + bh)
        h[t] = (1 - z[t]) * h[t - 1] + z[t] * g[t]
        scores = Wy @ h[t] + by
        p[t] = np.exp(scores - np.max(scores))
        p[t] /= p[t].sum()
        loss -= np.log(p[t][target])
    loss /= len(targets)

    grads = {name: np.zeros_like(value) for name, value in params.items()}
    carried = np.zeros_like(h0)
    for t in range(len(inputs) - 1, -1, -1):
        dscores = p[t].copy()
        dscores[targets[t]] -= 1
        dscores /= len(targets)
        grads["Wy"] += np.outer(dscores, h[t])
        grads["by"] += dscores
        dh = Wy.T @ dscores + carried
        dg = dh * z[t]
        dz = dh * (g[t] - h[t - 1])
        carried = dh * (1 - z[t])
        ag = dg * (1 - g[t] ** 2)
        grads["Wh"] += np.outer(ag, x[t])
        grads["Uh"] += np.outer(ag, r[t] * h[t - 1])
        grads["bh"] += ag
        through = Uh.T @ ag
        carried = carried + through * r[t]
        ar = through * h[t - 1] * r[t] * (1 - r[t])
        grads["Wr"] += np.outer(ar, x[t])
        grads["Ur"] += np.outer(ar, h[t - 1])
        grads["br"] += ar
        carried = carried + Ur.T @ ar
        az = dz * z[t] * (1 - z[t])
        grads["Wz"] += np.outer(az, x[t])
        grads["Uz"] += np.outer(az, h[t - 1])
        grads["bz"] += az
        carried = carried + Uz.T @ az
    return loss, grads
