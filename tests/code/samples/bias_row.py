"""Readers of batches whose bias is a row of the weights: one with a gate, and a plain one."""

import numpy as np


def unroll_forward(x, W):
    steps, batch, inputs = x.shape
    H = W.shape[1] // 2
    ones = np.ones((batch, 1))
    h = np.zeros((batch, H))
    hs, rows, gates = [h], [], []
    for t in range(steps):
        rows.append(np.hstack([ones, x[t], h]))
        a = rows[t] @ W
        z = 1 / (1 + np.exp(-a[:, :H]))
        c = np.tanh(a[:, H : 2 * H])
        gates.append((z, c))
        h = (1 - z) * h + z * c
        hs.append(h)
    return np.array(hs[1:]), (rows, hs, gates, W)


def unroll_backward(dhs, cache):
    rows, hs, gates, W = cache
    H = W.shape[1] // 2
    inputs = W.shape[0] - H - 1
    dW = np.zeros(W.shape)
    dx = np.zeros((len(rows), len(hs[0]), inputs))
    dh = np.zeros(hs[0].shape)
    for t in reversed(range(len(rows))):
        z, c = gates[t]
        dh = dh + dhs[t]
        da = np.hstack([dh * (c - hs[t]) * z * (1 - z), dh * z * (1 - c**2)])
        dW += rows[t].T @ da
        drow = da @ W.T
        dx[t] = drow[:, 1 : inputs + 1]
        dh = dh * (1 - z) + drow[:, inputs + 1 :]
    return dx, dW


def plain_forward(x, W):
    steps, batch, inputs = x.shape
    hidden = W.shape[1]
    rows = np.zeros((steps, batch, W.shape[0]))
    hs = np.zeros((steps + 1, batch, hidden))
    for t in range(steps):
        rows[t, :, 0] = 1
        rows[t, :, 1 : inputs + 1] = x[t]
        rows[t, :, inputs + 1 :] = hs[t]
        hs[t + 1] = np.tanh(rows[t] @ W)
    return hs[1:], (rows, hs, W)


def plain_backward(dhs, cache):
    rows, hs, W = cache
    steps, batch, size = rows.shape
    inputs = size - hs.shape[2] - 1
    dW = np.zeros(W.shape)
    dx = np.zeros((steps, batch, inputs))
    dh = np.zeros(hs[0].shape)
    for t in reversed(range(steps)):
        da = (dhs[t] + dh) * (1 - hs[t + 1] ** 2)
        dW += rows[t].T @ da
        drow = da @ W.T
        dx[t] = drow[:, 1 : inputs + 1]
        dh = drow[:, inputs + 1 :]
    return dx, dW
