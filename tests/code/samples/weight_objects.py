"""A cell whose weights are objects that hold value and gradient, made at the top of the file."""

import numpy as np

vocab = sorted(set("abcd"))
vocab_size = len(vocab)
hidden = 90
joined = hidden + vocab_size


def squash(x):
    return 1 / (1 + np.exp(-x))


class Weight:
    def __init__(self, name, value):
        self.name = name
        self.v = value
        self.d = np.zeros_like(value)
        self.m = np.zeros_like(value)


class Weights:
    def __init__(self):
        self.Wf = Weight("Wf", np.random.randn(hidden, joined))
        self.bf = Weight("bf", np.zeros((hidden, 1)))
        self.Wi = Weight("Wi", np.random.randn(hidden, joined))
        self.bi = Weight("bi", np.zeros((hidden, 1)))
        self.Wg = Weight("Wg", np.random.randn(hidden, joined))
        self.bg = Weight("bg", np.zeros((hidden, 1)))
        self.Wo = Weight("Wo", np.random.randn(hidden, joined))
        self.bo = Weight("bo", np.zeros((hidden, 1)))
        self.Wy = Weight("Wy", np.random.randn(vocab_size, hidden))
        self.by = Weight("by", np.zeros((vocab_size, 1)))

    def all(self):
        return [self.Wf, self.bf, self.Wi, self.bi, self.Wg, self.bg, self.Wo, self.bo, self.Wy, self.by]


weights = Weights()


def step(x, h, c, w=weights):
    z = np.vstack((h, x))
    f = squash(w.Wf.v @ z + w.bf.v)
    i = squash(w.Wi.v @ z + w.bi.v)
    g = np.tanh(w.Wg.v @ z + w.bg.v)
    o = squash(w.Wo.v @ z + w.bo.v)
    c = f * c + i * g
    return z, f, i, g, o, c, o * np.tanh(c)


def step_back(dh, dc, c_prev, z, f, i, g, o, c, w=weights):
    do = dh * np.tanh(c) * o * (1 - o)
    dc = dc + dh * o * (1 - np.tanh(c) ** 2)
    df = dc * c_prev * f * (1 - f)
    di = dc * g * i * (1 - i)
    dg = dc * i * (1 - g * g)
    for parameter, bias, d in ((w.Wf, w.bf, df), (w.Wi, w.bi, di), (w.Wg, w.bg, dg), (w.Wo, w.bo, do)):
        parameter.d += d @ z.T
        bias.d += d
    dz = w.Wf.v.T @ df + w.Wi.v.T @ di + w.Wg.v.T @ dg + w.Wo.v.T @ do
    return dz[:hidden], dc * f


def forward_backward(inputs, targets, h_prev, c_prev):
    hs, cs, kept, ps = {-1: h_prev}, {-1: c_prev}, {}, {}
    loss = 0
    for t in range(len(inputs)):
        x = np.zeros((vocab_size, 1))
        x[inputs[t]] = 1
        *kept[t], cs[t], hs[t] = step(x, hs[t - 1], cs[t - 1])
        y = weights.Wy.v @ hs[t] + weights.by.v
        ps[t] = np.exp(y) / np.exp(y).sum()
        loss -= np.log(ps[t][targets[t], 0])
    for w in weights.all():
        w.d.fill(0)
    dh, dc = np.zeros_like(h_prev), np.zeros_like(c_prev)
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        weights.Wy.d += dy @ hs[t].T
        weights.by.d += dy
        dh, dc = step_back(weights.Wy.v.T @ dy + dh, dc, cs[t - 1], *kept[t], cs[t])
    return loss, hs[len(inputs) - 1], cs[len(inputs) - 1]


smooth_loss = -np.log(1 / vocab_size)
while True:
    pass
