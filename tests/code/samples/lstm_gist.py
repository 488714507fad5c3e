"""An LSTM in one function: weights of each gate act on the state and the input, stacked."""

import numpy as np

H_size = 100
X_size = 70
z_size = H_size + X_size


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def dsigmoid(y):
    return y * (1 - y)


def dtanh(y):
    return 1 - y * y


def forward_backward(inputs, targets, h_prev, C_prev, W_f, b_f, W_i, b_i, W_C, b_C, W_o, b_o, W_y, b_y):
    """symrnn: --set H_size=3 X_size=4 --shape h_prev=3,1 C_prev=3,1
    symrnn: --shape W_f=3,7 W_i=3,7 W_C=3,7 W_o=3,7 W_y=4,3 b_f=3,1 b_i=3,1 b_C=3,1 b_o=3,1 b_y=4,1
    """
    x_s, z_s, f_s, i_s, C_bar_s, C_s, o_s, h_s, y_s = {}, {}, {}, {}, {}, {}, {}, {}, {}
    h_s[-1] = np.copy(h_prev)
    C_s[-1] = np.copy(C_prev)
    loss = 0
    for t in range(len(inputs)):
        x_s[t] = np.zeros((X_size, 1))
        x_s[t][inputs[t]] = 1
        z_s[t] = np.vstack((h_s[t - 1], x_s[t]))
        f_s[t] = sigmoid(np.dot(W_f, z_s[t]) + b_f)
        i_s[t] = sigmoid(np.dot(W_i, z_s[t]) + b_i)
        C_bar_s[t] = np.tanh(np.dot(W_C, z_s[t]) + b_C)
        C_s[t] = f_s[t] * C_s[t - 1] + i_s[t] * C_bar_s[t]
        o_s[t] = sigmoid(np.dot(W_o, z_s[t]) + b_o)
        h_s[t] = o_s[t] * np.tanh(C_s[t])
        v = np.dot(W_y, h_s[t]) + b_y
        y_s[t] = np.exp(v) / np.sum(np.exp(v))
        loss += -np.log(y_s[t][targets[t], 0])
    dW_f, dW_i, dW_C, dW_o, dW_y = (np.zeros_like(w) for w in (W_f, W_i, W_C, W_o, W_y))
    db_f, db_i, db_C, db_o, db_y = (np.zeros_like(b) for b in (b_f, b_i, b_C, b_o, b_y))
    dh_next = np.zeros_like(h_prev)
    dC_next = np.zeros_like(C_prev)
    for t in reversed(range(len(inputs))):
        dv = np.copy(y_s[t])
        dv[targets[t]] -= 1
        dW_y += np.dot(dv, h_s[t].T)
        db_y += dv
        dh = np.dot(W_y.T, dv)
        dh += dh_next
        tanh_C = np.tanh(C_s[t])
        do = dh * tanh_C
        do = dsigmoid(o_s[t]) * do
        dW_o += np.dot(do, z_s[t].T)
        db_o += do
        dC = np.copy(dC_next)
        dC += dh * o_s[t] * dtanh(tanh_C)
        dC_bar = dC * i_s[t]
        dC_bar = dC_bar * dtanh(C_bar_s[t])
        dW_C += np.dot(dC_bar, z_s[t].T)
        db_C += dC_bar
        di = dC * C_bar_s[t]
        di = dsigmoid(i_s[t]) * di
        dW_i += np.dot(di, z_s[t].T)
        db_i += di
        df = dC * C_s[t - 1]
        df = dsigmoid(f_s[t]) * df
        dW_f += np.dot(df, z_s[t].T)
        db_f += df
        dz = np.dot(W_f.T, df) + np.dot(W_i.T, di) + np.dot(W_C.T, dC_bar) + np.dot(W_o.T, do)
        dh_next = dz[:H_size, :]
        dC_next = f_s[t] * dC
    return loss, dW_f, dW_i, dW_C, dW_o, dW_y, db_f, db_i, db_C, db_o, db_y
