"""A tutorial's class: parameters are attributes, the loss is a method, back-propagation walks back from every step on its own."""

import numpy as np


def softmax(z):
    shifted = np.exp(z - np.max(z))
    return shifted / np.sum(shifted)


class Reader:
    def __init__(self, words, hidden=30, window=4):
        self.words = words
        self.hidden = hidden
        self.window = window
        self.U = np.random.uniform(-np.sqrt(1.0 / words), np.sqrt(1.0 / words), (hidden, words))
        self.V = np.random.uniform(-np.sqrt(1.0 / hidden), np.sqrt(1.0 / hidden), (words, hidden))
        self.W = np.random.uniform(-np.sqrt(1.0 / hidden), np.sqrt(1.0 / hidden), (hidden, hidden))

    def forward(self, x):
        steps = len(x)
        s = np.zeros((steps + 1, self.hidden))
        o = np.zeros((steps, self.words))
        for t in np.arange(steps):
            s[t] = np.tanh(self.U[:, x[t]] + self.W.dot(s[t - 1]))
            o[t] = softmax(self.V.dot(s[t]))
        return o, s

    def loss(self, x, y):
        o, _ = self.forward(x)
        correct = o[np.arange(len(y)), y]
        return -np.sum(np.log(correct))

    def bptt(self, x, y):
        steps = len(y)
        o, s = self.forward(x)
        dLdU = np.zeros(self.U.shape)
        dLdV = np.zeros(self.V.shape)
        dLdW = np.zeros(self.W.shape)
        delta_o = o
        delta_o[np.arange(len(y)), y] -= 1.0
        for t in np.arange(steps)[::-1]:
            dLdV += np.outer(delta_o[t], s[t].T)
            delta = self.V.T.dot(delta_o[t]) * (1 - s[t] ** 2)
            for step in np.arange(max(0, t - self.window), t + 1)[::-1]:
                dLdW += np.outer(delta, s[step - 1])
                dLdU[:, x[step]] += delta
                delta = self.W.T.dot(delta) * (1 - s[step - 1] ** 2)
        return [dLdU, dLdV, dLdW]


class Regressor:
    """One number at the end of a sequence of vectors; gradients are left on the object."""

    def __init__(self, features, hidden):
        self.params = {
            "Wx": np.random.randn(hidden, features) * 0.1,
            "Wh": np.random.randn(hidden, hidden) * 0.1,
            "b": np.zeros(hidden),
            "w": np.random.randn(hidden) * 0.1,
        }
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}

    def loss(self, xs, target):
        p = self.params
        self.states = [np.zeros(p["b"].shape)]
        for x in xs:
            self.states.append(np.tanh(p["Wx"] @ x + p["Wh"] @ self.states[-1] + p["b"]))
        self.error = p["w"] @ self.states[-1] - target
        return 0.5 * self.error**2

    def backward(self, xs, target):
        p, g = self.params, self.grads
        for name in g:
            g[name] = np.zeros_like(p[name])
        g["w"] = self.error * self.states[-1]
        dh = self.error * p["w"]
        for x, h, before in zip(reversed(xs), reversed(self.states[1:]), reversed(self.states[:-1])):
            da = dh * (1.0 - h * h)
            g["b"] += da
            g["Wx"] += np.outer(da, x)
            g["Wh"] += np.outer(da, before)
            dh = p["Wh"].T @ da
