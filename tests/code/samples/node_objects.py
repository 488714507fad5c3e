"""A unit that works on objects: what it computes and its gradients stay with them, and nothing is returned."""

import numpy as np


class UnitParam:
    def __init__(self, units, x_dim):
        self.w = np.random.rand(units, x_dim + units)
        self.b = np.random.rand(units)
        self.w_diff = np.zeros((units, x_dim + units))
        self.b_diff = np.zeros(units)


class UnitState:
    def __init__(self, units, x_dim):
        self.h = np.zeros(units)
        self.bottom_diff_h = np.zeros(units)
        self.bottom_diff_x = np.zeros(x_dim)


class Unit:
    def __init__(self, unit_param, unit_state):
        self.param, self.state = unit_param, unit_state

    def forward(self, x, h_prev):
        self.joined = np.hstack((x, h_prev))
        self.state.h = np.tanh(self.param.w @ self.joined + self.param.b)

    def backward(self, top_diff_h):
        d = top_diff_h * (1 - self.state.h**2)
        self.param.w_diff += np.outer(d, self.joined)
        self.param.b_diff += d
        back = self.param.w.T @ d
        self.state.bottom_diff_x, self.state.bottom_diff_h = back[: -len(d)], back[-len(d) :]


class Layer:
    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]

    def forward(self, x, h_prev):
        Wx, Wh, b = self.params
        h_next = np.tanh(x @ Wx + h_prev @ Wh + b)
        self.cache = x, h_prev, h_next
        return h_next


def backward(self, dh_next):
    Wx, Wh, b = self.params
    x, h_prev, h_next = self.cache
    d = dh_next * (1 - h_next**2)
    self.grads[0][...] = x.T @ d
    self.grads[1][...] = h_prev.T @ d
    self.grads[2][...] = d.sum(axis=0)
    return d @ Wx.T, d @ Wh.T


Layer.backward = backward
