"""Notations of derivations, in one small document each: every row as pencil and paper give it."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

INITIAL = {"definition": "D", "assumption": "A", "proven": "P", "conditional": "C", "slip": "S", "wrong": "W", "undecided": "?"}

NET = (
    r"$$ a^{(t)} = W_s s^{(t-1)} + W_x x^{(t)}, \quad s^{(t)} = \sigma(a^{(t)}), \quad p^{(t)} = \mathrm{softmax}(V s^{(t)}) $$"
    r"$$ E^{(t)} = -\sum_{i=1}^{K} y^{(t)}_i \log p^{(t)}_i, \quad E = \sum_{t=1}^{T} E^{(t)} $$"
)

UNITS = r"$$ net_t = R q_{t-1} + B x_t, \quad q_t = g(net_t) $$"
UNITS_AND_ERRORS = (
    r"$$ a_t = U x_t + W h_{t-1}, \quad h_t = \tanh(a_t), \quad z_t = V h_t, \quad L = \frac12 \sum_t \|z_t - y_t\|^2 $$"
    r"$$ \delta_t = \frac{\partial L}{\partial a_t} $$"
)

CASES = {
    "a weight with a step above is the same weight as it is used there": (
        NET
        + r"$$ \frac{\partial E}{\partial W_s} = \sum_{k=1}^{T} \frac{\partial E}{\partial W_s^{(k)}} $$"
        + r"$$ \frac{\partial E}{\partial W_{s[i,j]}^{(k)}}"
        + r" = \sum_{m=1}^{N_s} \frac{\partial E}{\partial a_{[m]}^{(k)}} \frac{\partial a_{[m]}^{(k)}}{\partial W_{s[i,j]}^{(k)}} $$"
        + r"$$ \frac{\partial E}{\partial s^{(t-1)}} = (W_s^{(t)})^T \frac{\partial E}{\partial a^{(t)}}"
        + r" + \frac{\partial E^{(t-1)}}{\partial s^{(t-1)}} $$"
        + r"$$ \frac{\partial a_m^{(k)}}{\partial s_n^{(k-1)}} = W_{s[m,n]}^{(k)} $$"
        + r"$$ \frac{\partial a_m^{(k)}}{\partial s_n^{(k-1)}} = W_{s[n,m]}^{(k)} $$",
        "DDDDDPPCPW",
    ),
    "what has two steps is short for the derivative that defines it, where the one step is not before the other": (
        NET
        + r"$$ \gamma_t^{(k)} = \frac{\partial E^{(t)}}{\partial s^{(k)}} $$"
        + r"$$ \frac{\partial E^{(t)}}{\partial W_s^{(k)}} = (\gamma_t^{(k)} \odot \sigma'(a^{(k)})) (s^{(k-1)})^T $$"
        + r"$$ \gamma_t^{(k-1)} = W_s^T (\gamma_t^{(k)} \odot \sigma'(a^{(k)})) $$"
        + r"$$ \gamma_t^{(k-1)} = W_s (\gamma_t^{(k)} \odot \sigma'(a^{(k)})) $$"
        + r"$$ \gamma_{t,i}^{(k-1)} = \sum_j W_{s,ji} \gamma_{t,j}^{(k)} \sigma'(a_j^{(k)}) $$",
        "DDDDDDPCWC",
    ),
    "a chain through a step between two others holds where they are in order": (
        NET
        + r"$$ \frac{\partial s^{(t)}}{\partial s^{(k-1)}}"
        + r" = \frac{\partial s^{(t)}}{\partial s^{(k)}} \frac{\partial s^{(k)}}{\partial s^{(k-1)}} $$"
        + r"$$ \frac{\partial s^{(t)}}{\partial s^{(k-1)}}"
        + r" = \frac{\partial s^{(t)}}{\partial s^{(k)}} \frac{\partial s^{(k+1)}}{\partial s^{(k)}} $$",
        "DDDDDCW",
    ),
    "a derivative that lacks a ∂ is a slip, and one that is false with it is none": (
        NET
        + r"$$ \frac{\partial s^{(t)}}{s^{(t-1)}} = \mathrm{diag}(s^{(t)} \odot (1 - s^{(t)})) W_s $$"
        + r"$$ \frac{E}{\partial W_s} = \sum_t \frac{\partial E}{\partial a^{(t)}} (s^{(t-1)})^T $$"
        + r"$$ \frac{\partial s^{(t)}}{s^{(t-1)}} = W_s \mathrm{diag}(s^{(t)} \odot (1 - s^{(t)})) V^T $$",
        "DDDDDSS?",
    ),
    "in plain TeX, with macros for bold letters": (
        r"$$ \vh_t = \tanh(\mU \vx_t + \mW \vh_{t-1}), \quad \underline{q}_t = V \vh_t, \quad p_t = \mathrm{softmax}(\underline{q}_t) $$"
        r"$$ L \buildrel \rm def \over = -\sum_t \sum_k y_{t_k} \log p_{t_k}, \quad \sum_k y_{t,k} = 1 $$"
        r"$$ {\partial L \over \partial \underline{q}_t} = p_t - y_t, \quad \partial_{V} L = \sum_t (p_t - y_t) h_t^T $$"
        r"$$ \nabla_{\vh_t} L = V^T (p_t - y_t) + \mW^T \left( (1 - h_{t+1}^2) \odot \nabla_{\vh_{t+1}} L \right) $$"
        r"$$ {\partial h_{t,i} \over \partial h_{t-1,j}} = (1 - h_{t,i}^2) W_{ji} $$",
        "DDDDAPPPW",
    ),
    "sums over sets of units run over all that their letters number": (
        r"$$ s_k(t) = \sum_{l \in U} w_{kl} y_l(t) + \sum_{m \in I} u_{km} x_m(t), \quad y_k(t+1) = f(s_k(t)) $$"
        r"$$ J(t) = \frac{1}{2} \sum_{k \in U} (d_k(t) - y_k(t))^2, \quad p_{ij}^k(t) = \frac{\partial y_k(t)}{\partial w_{ij}} $$"
        r"$$ p_{ij}^k(t+1) = f'(s_k(t)) \left[ \sum_{l \in U} w_{kl} p_{ij}^l(t) + \delta_{ik} y_j(t) \right] $$"
        r"$$ \frac{\partial J(t)}{\partial w_{ij}} = -\sum_{k \in U} (d_k(t) - y_k(t)) p_{ij}^k(t) $$"
        r"$$ \frac{\partial J(t)}{\partial w_{ij}} = \sum_{k \in U} (d_k(t) - y_k(t)) p_{ij}^k(t) $$",
        "DDDDPPW",
    ),
    "what a set has in it is not guessed": (
        NET
        + r"$$ e_i^{(t)} = \begin{cases} y_i^{(t)} - p_i^{(t)} & \text{if } i \in S^{(t)} \\ 0 & \text{otherwise} \end{cases} $$"
        + r"$$ \frac{\partial E^{(t)}}{\partial V_{jm}} = -e_j^{(t)} s_m^{(t)} $$"
        + r"$$ \frac{\partial E^{(t)}}{\partial s_m^{(t)}} = \sum_{i \in S^{(t)}} (p_i^{(t)} - y_i^{(t)}) V_{im} $$",
        "DDDDDD??",
    ),
    "a gate of the letter of the function of a section before is no loss that is added up": (
        r"$$ h_t = f(h_{t-1}, x_t; \theta) $$"
        r"$$ f_t = \sigma(W x_t + U h_{t-1}), \quad c_t = f_t \odot c_{t-1} $$ $$ \frac{\partial f}{\partial \theta} = 1 $$"
        r"$$ h_t = f(h_{t-1}, x_t; \theta) $$"
        r"$$ \frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(f_t) $$",
        "DDD?PP",
    ),
    "vectors and matrices are written out entry by entry, with dots": (
        UNITS
        + r"$$ \begin{bmatrix} q_1^t \\ q_2^t \\ \vdots \\ q_n^t \end{bmatrix} = g\left("
        + r" \left[\begin{array}{c} r_{11} r_{12} \ldots r_{1 n} \\ \cdot \\ \cdot \\ r_{n 1} r_{n 2} \ldots r_{n n} \end{array}\right]"
        + r" \begin{bmatrix} q_1^{t-1} \\ \vdots \\ q_n^{t-1} \end{bmatrix} + B x_t \right) $$"
        + r"$$ \frac{\partial net_t}{\partial q_{t-1}} = \begin{bmatrix}"
        + r" \frac{\partial net_1^t}{\partial q_1^{t-1}} & \cdots & \frac{\partial net_1^t}{\partial q_n^{t-1}}"
        + r" \\ \vdots & \ddots & \vdots \\"
        + r" \frac{\partial net_n^t}{\partial q_1^{t-1}} & \cdots & \frac{\partial net_n^t}{\partial q_n^{t-1}} \end{bmatrix}"
        + r" = \begin{pmatrix} r_{11} & r_{12} & \ldots & r_{1 n} \\ & \cdot & & \\"
        + r" r_{n 1} & r_{n 2} & \ldots & r_{n n} \end{pmatrix} = R $$"
        + r"$$ \frac{\partial net_t}{\partial x_t} = \begin{pmatrix} r_{11} & r_{21} & \ldots & r_{n1} \\ \vdots \\"
        + r" r_{1n} & r_{2n} & \ldots & r_{n n} \end{pmatrix} $$",
        "DDPPPPW",
    ),
    "diagonal matrices are written out, or given by their entries": (
        UNITS
        + r"$$ \frac{\partial q_t}{\partial n e t_t} = \begin{bmatrix} g'(net_1^t) & 0 & & 0 \\ 0 & g'(net_2^t) & \ldots & 0 \\"
        + r" & & \cdot & \\ 0 & 0 & \ldots & g'(net_n^t) \end{bmatrix} $$"
        + r"$$ \frac{\partial q_t}{\partial net_t} = \mathrm{diag}(g'(net_1^t), g'(net_2^t), \dots, g'(net_n^t)) $$"
        + r"$$ \frac{\partial net_{t+1}}{\partial net_t} = R \, \mathrm{diag}(g'(net_1^t), \dots, g'(net_n^t)) $$"
        + r"$$ \frac{\partial net_{t+1}}{\partial net_t} = R \, \mathrm{diag}(g'(net_1^{t+1}), \dots, g'(net_n^{t+1})) $$",
        "DDPPPW",
    ),
    "the diagonal of a matrix that is written out may be another one": (
        NET
        + r"$$ z^{(t)} = V s^{(t)}, \quad \frac{\partial p^{(t)}}{\partial z^{(t)}} = \begin{bmatrix}"
        + r" p_1^{(t)} (1 - p_1^{(t)}) & -p_1^{(t)} p_2^{(t)} & \cdots & -p_1^{(t)} p_K^{(t)} \\"
        + r" -p_2^{(t)} p_1^{(t)} & p_2^{(t)} (1 - p_2^{(t)}) & \cdots & -p_2^{(t)} p_K^{(t)} \\ \vdots & & \ddots & \vdots \\"
        + r" -p_K^{(t)} p_1^{(t)} & -p_K^{(t)} p_2^{(t)} & \cdots & p_K^{(t)} (1 - p_K^{(t)}) \end{bmatrix} $$",
        "DDDDDDP",
    ),
    "ω with two letters below is an entry of W": (
        r"$$ net_t = W q_{t-1} + B x_t, \quad q_t = \tanh(net_t) $$"
        r"$$ \frac{\partial net_t}{\partial q_{t-1}} = \begin{bmatrix} \omega_{11} & \omega_{12} & \ldots & \omega_{1n} \\"
        r" \vdots & & & \vdots \\ \omega_{n1} & \omega_{n2} & \ldots & \omega_{nn} \end{bmatrix} $$"
        r"$$ \frac{\partial net_{t,i}}{\partial q_{t-1,j}} = \omega_{ij} $$"
        r"$$ \frac{\partial net_{t,i}}{\partial q_{t-1,j}} = \omega_{ji} $$",
        "DDPPW",
    ),
    "a letter that is the name of a derivative by a matrix stands in its short forms": (
        r"$$ s_t = f(A x_t + B s_{t-1}), \quad P_t = \frac{\partial s_t}{\partial B} $$"
        r"$$ P_t = f'(A x_t + B s_{t-1}) (B P_{t-1} + s_{t-1}^T \otimes I) $$"
        r"$$ P_t = f'(A x_t + B s_{t-1}) (B P_{t-1} + s_t^T \otimes I) $$"
        r"$$ P_t = f'(A x_t + B s_{t-1}) (B P_{t-1} + s_{t-1}) $$"
        r"$$ P_t = f'(A x_t + B s_{t-1}) B P_{t-1} $$",
        "DDPWPW",
    ),
    "a step that stands twice below derivatives is summed over as components are": (
        r"We use the summation convention. $$ s_t = \tanh(A s_{t-1} + B x_t), \quad q_t = C s_t $$ $$ q_{t_l} = C_{lm} s_{t_m} $$"
        r"$$ \frac{\partial s_{t_m}}{\partial A_{ij}} = \frac{\partial s_{t_m}}{\partial s_{r_n}}"
        r" \frac{\partial^+ s_{r_n}}{\partial A_{ij}} $$"
        r"$$ \frac{\partial s_{t_m}}{\partial A_{ij}} = 2 \frac{\partial s_{t_m}}{\partial s_{r_n}}"
        r" \frac{\partial^+ s_{r_n}}{\partial A_{ij}} $$"
        r"$$ \frac{\partial s_{t_m}}{\partial A_{ij}} = \sum_{r=0}^{t} \frac{\partial s_{t_m}}{\partial s_{r_n}}"
        r" \frac{\partial^+ s_{r_n}}{\partial A_{ij}} $$",
        "DDPPWP",
    ),
    "a loss that stands alone in a sentence is still one that is only differentiated": (
        UNITS
        + r"$$ \mathcal{L} = \sum_{t=1}^{T} \ell(q_t, y_t) $$ By the loss $L$"
        + r"$$ \frac{\partial L}{\partial q_t} = \frac{\partial \ell(q_t, y_t)}{\partial q_t}"
        + r" + \frac{\partial L}{\partial q_{t+1}} \frac{\partial q_{t+1}}{\partial q_t} $$",
        "DDDP",
    ),
    "the explicit derivative of a gate by a matrix may be a product with the vector that it takes": (
        r"$$ f_t = \sigma(W_f [h_{t-1}, x_t] + b_f), \quad c_t = f_t \odot c_{t-1} + A x_t, \quad h_t = \tanh(c_t) $$"
        r"$$ \frac{\partial f_t}{\partial W_f} = f_t (1 - f_t) [h_{t-1}, x_t] $$"
        r"$$ \frac{\partial f_t}{\partial W_f} = f_t (1 - f_t) [h_t, x_t] $$",
        "DDDSW",
    ),
    "entries that follow no pattern are not guessed": (
        UNITS
        + r"$$ \frac{\partial net_t}{\partial q_{t-1}} = \begin{pmatrix} r_{11} & \ldots & r_{1n} \\"
        + r" \vdots \\ r_{n1} & \ldots & 2 \end{pmatrix} $$",
        "DD?",
    ),
    "vec and the Kronecker product are read, whatever the order of the entries": (
        r"$$ s_t = f(A x_t + B s_{t-1}) $$"
        r"$$ \frac{\partial^+ s_t}{\partial \, \mathrm{vec}(B)} = s_{t-1}^T \otimes \mathrm{diag}(f'(A x_t + B s_{t-1})) $$"
        r"$$ \frac{\partial s_t}{\partial \mathrm{vec}(B)} = \mathrm{diag}(f'(A x_t + B s_{t-1}))"
        r" \left( s_{t-1}^T \otimes I + B \frac{\partial s_{t-1}}{\partial \mathrm{vec}(B)} \right) $$"
        r"$$ \frac{\partial s_t}{\partial B} = f'(A x_t + B s_{t-1})"
        r" \left( B \frac{\partial s_{t-1}}{\partial B} + I \otimes s_{t-1}^T \right) $$"
        r"$$ \frac{\partial s_t}{\partial \mathrm{vec}(B)} = B"
        r" \left( s_{t-1}^T \otimes I + B \frac{\partial s_{t-1}}{\partial \mathrm{vec}(B)} \right) $$"
        r"$$ \frac{\partial^+ s_t}{\partial \mathrm{vec}(B)} = x_t^T \otimes \mathrm{diag}(f'(A x_t + B s_{t-1})) $$",
        "DPPPWW",
    ),
    "vec of a product is a Kronecker product with vec, and a gradient by vec one of vectors": (
        UNITS_AND_ERRORS
        + r"$$ \mathrm{vec}(V W) = (I \otimes V) \, \mathrm{vec}(W) $$ $$ \mathrm{vec}(V W) = (W^T \otimes I) \, \mathrm{vec}(V) $$"
        r"$$ \mathrm{vec}(V W) = (W \otimes I) \, \mathrm{vec}(V) $$"
        r"$$ \mathrm{vec}\left(\frac{\partial L}{\partial W}\right) = \sum_t h_{t-1} \otimes \delta_t $$"
        r"$$ \frac{\partial L}{\partial \mathrm{vec}(W)} = \sum_t (h_{t-1}^T \otimes I)^T \delta_t $$"
        r"$$ \frac{\partial L}{\partial \mathrm{vec}(W)} = \sum_t h_t \otimes \delta_t $$",
        "DDDDDPPWPPW",
    ),
    "a cell of one function hands back the error before it; a sum over a batch is that of its example": (
        r"$$ v_t = \tanh(M r_t + N v_{t-1} + c) $$ $$ dtanh = dv_{next} * (1 - v_{next}^2) $$ $$ dM = dtanh \cdot r_t^T $$"
        r"$$ dN = dtanh \cdot v_{prev}^T $$ $$ dc = \sum_{batch} dtanh $$ $$ dv_{prev} = N^T \cdot dtanh $$"
        r"$$ dr_t = M \cdot dtanh $$",
        "DPPPPPW",
    ),
    "what comes from later steps is not all of a gradient whose whole has a letter too": (
        r"$$ v_t = \tanh(M r_t + N v_{t-1}), \quad o_t = R v_t $$ $$ dv_t = R^T do_t + dv_{next} $$ $$ dv_t = dv_{next} $$"
        r"$$ dR = \sum_t do_t v_t^T $$",
        "DDP?P",
    ),
    "a letter for a derivative by any of the parameters is short for it, and is no quantity": (
        r"$$ v_t = \tanh(M r_t + N v_{t-1}) $$"
        r" Let $S_t := \frac{\partial v_t}{\partial \theta} \in \mathbb{R}^{d \times |\theta|}$,"
        r" $\tilde S_t := \frac{\partial v_t}{\partial \theta_t}$ and $J_t := \frac{\partial v_t}{\partial v_{t-1}}$."
        r"$$ S_t = \tilde S_t + J_t S_{t-1} $$ with $S_0 = 0$. $$ S_t = \tilde S_t + J_t S_t $$"
        r"$$ \frac{\partial v_t}{\partial \theta} = \tilde S_t"
        r" + \frac{\partial v_t}{\partial v_{t-1}} \frac{\partial v_{t-1}}{\partial \theta} $$",
        "DDADDPP?P",
    ),
    "single bars are a length, its square that of a vector, and intervals may be half open": (
        r"$$ q_t = \tanh(A r_t + B q_{t-1}), \quad o_t = C q_t, \quad F = \sum_t F_t, \quad \text{where } F_t = \frac12 |o_t - y_t|^2 $$"
        r"$$ \large{\frac{\partial F_t}{\partial o_t} = o_t - y_t}, \quad \frac{\partial F_t}{\partial o_t} = 2 (o_t - y_t) $$"
        r"$$ \frac{d}{da} \tanh(a) = 1 - \tanh^2(a) \in (0, 1] $$"
        r"$$ \left|\frac{\partial q_t}{\partial q_{t-1}}\right| = |\mathrm{diag}(1 - q_t^2) B| $$ $$ |F_t|^2 = F_t^2 $$",
        "DDDDPWPAPP",
    ),
    "a norm of a matrix is one of several, which are equal where the matrices are, and makes no vector of the matrix": (
        UNITS + r"$$ \eta_R = \|R\| = \sigma_{\max}(R), \quad \rho(R) = \lambda_{\max}(R) $$"
        r"$$ \frac{\partial q_t}{\partial q_{t-1}} = R \,\mathrm{diag}(g'(net_t)) $$"
        r"$$ \left\|\frac{\partial q_t}{\partial q_{t-1}}\right\| = \|\mathrm{diag}(g'(net_t)) R\|, \quad"
        r" \|R\| = \|R^T R\| $$",
        "DDA??WP?",
    ),
    "a letter of a function that the document applies nowhere is the activation of the network": (
        UNITS_AND_ERRORS + r"$$ \frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\sigma'(a_t)) W $$"
        r"$$ \delta_t = f'(a_t) \odot (V^T (z_t - y_t) + W^T \delta_{t+1}) $$"
        r"$$ \frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\sigma'(h_t)) W $$",
        "DDDDDPPW",
    ),
    "arrows say what a letter depends on, a last equality may name what stands before it, and what breaks off begins no network": (
        UNITS_AND_ERRORS + r"$$ \frac{\partial L}{\partial z_t} = z_t - y_t =: e_t $$" + "\n\n## By paths\n\n"
        r"Since $a_t = W h_{t-1} + \dots$ and $z_t \leftarrow h_t \leftarrow h_{t-1} \leftarrow \dots \leftarrow W$,"
        r"$$ \delta_t = (V^T e_t + W^T \delta_{t+1}) \odot (1 - h_t^2) $$ $$ \frac{\partial L}{\partial V} = \sum_t e_t h_t^T $$"
        r"$$ \frac{\partial L}{\partial V} = \sum_t e_t h_{t-1}^T $$",
        "DDDDDPDPAAAAPPW",
    ),
    "a row beside 1 - h² is taken entry by entry": (
        UNITS_AND_ERRORS + r"$$ \delta_t = ((z_t - y_t) V + \delta_{t+1} W) (1 - h_t^2) $$"
        r"$$ \delta_t = ((z_t - y_t) V + \delta_{t+1} W) (1 - h_t) $$",
        "DDDDDPW",
    ),
    "a reminder in a sentence that leaves out some of an equation begins no network": (
        UNITS_AND_ERRORS.replace("V h_t", "V h_t + c") + "\n\n## Proof\n\nSince $z_t = V h_t$ and $z_t = V h_t + c$,"
        r"$$ \frac{\partial L}{\partial h_t} = V^T (z_t - y_t) + W^T \delta_{t+1} $$"
        r"$$ \frac{\partial L}{\partial h_t} = V (z_t - y_t) + W^T \delta_{t+1} $$",
        "DDDDD?PPW",
    ),
    "a formula with an open activation makes an open function concrete, in a chain as well": (
        r"$$ q_t = f_W(q_{t-1}, r_t) $$ This is $$ q_t = \phi(W_q q_{t-1} + W_r r_t), \quad o_t = g(q_t) = \psi(C q_t + c) $$"
        r"$$ E_t = \ell(o_t, y_t), \quad \frac{\partial q_t}{\partial q_{t-1}} = \mathrm{diag}(\phi'(W_q q_{t-1} + W_r r_t)) W_q $$"
        r"$$ \frac{\partial E_t}{\partial c} = \psi'(C q_t + c) \odot \frac{\partial E_t}{\partial o_t} $$"
        r"$$ \frac{\partial q_t}{\partial q_{t-1}} = W_q \mathrm{diag}(\phi'(W_q q_{t-1} + W_r r_t)) $$",
        "DDDDDPPW",
    ),
    "letters with a number below count in a sum, as others do": (
        UNITS_AND_ERRORS + r"$$ \frac{\partial L}{\partial h_{t,j}} = \sum_{k_1} (z_{t,k_1} - y_{t,k_1}) V_{k_1 j}"
        r" + \sum_{i_1} \sum_{i_2=1}^{H} V_{i_1 i_2} 0 + \sum_{i_1=1}^{H} W_{i_1 j} \delta_{t+1,i_1} $$"
        r"$$ \frac{\partial L}{\partial h_{t,j}} = \sum_{k_1} (z_{t,k_1} - y_{t,k_1}) V_{k_1 j}"
        r" + \sum_{i_1=1}^{H} W_{j i_1} \delta_{t+1,i_1} $$",
        "DDDDDPW",
    ),
    "the formula of a function at letters of its own is that of the step, whatever parameters stand below it": (
        r"$$ q_t = F_\eta(q_{t-1}, r_t), \quad o_t = H_\zeta(q_t) $$ They are given as $F_{A,B}(q, r) = \tanh(A q + B r)$"
        r" and $H_C(q) = C q$. $$ E = \frac12 \sum_t \|o_t - y_t\|^2 $$"
        r"$$ \frac{\partial q_t}{\partial q_{t-1}} = \mathrm{diag}(1 - q_t^2) A $$"
        r"$$ \frac{\partial q_t}{\partial q_{t-1}} = A \mathrm{diag}(1 - q_t^2) $$"
        r"$$ \frac{\partial E}{\partial C} = \sum_t (o_t - y_t) q_t^T $$",
        "DDDDDPWP",
    ),
    "an arrow between equations separates them": (
        UNITS + r"$$ q_1 = g(net_1) \to q_2 = g(R q_1 + B x_2) \rightarrow q_3 = g(R q_1 + B x_3) $$",
        "DDPPW",
    ),
    "a weight that stands elsewhere with nothing above is raised to a power, and no quantity at a step": (
        r"$$ s_k = s_{k-1} w_{rec} + x_k w_x $$ $$ \frac{\partial s_k}{\partial s_{k-m}} = w_{rec}^m $$",
        "DP",
    ),
    "a letter that is only differentiated is short for the one loss, which is defined under a word; C may be a cell": (
        r"$$ h_t = \tanh(A x_t + B h_{t-1}), \quad p_t = \mathrm{softmax}(U h_t), \quad \text{loss} = -\sum_{t=1}^T y_t^\top \log p_t $$"
        r"$$ \frac{\partial L}{\partial p_{t,k}} = -\frac{y_{t,k}}{p_{t,k}} $$"
        r"$$ \frac{\partial L}{\partial p_{t,k}} = \frac{y_{t,k}}{p_{t,k}} $$"
        r"$$ \frac{\partial C}{\partial p_{t,k}} = \frac{y_{t,k}}{p_{t,k}} $$",
        "DDDPW?",
    ),
    "an argument that is left out is that of the equation of what is differentiated, at its step": (
        UNITS_AND_ERRORS
        + r"$$ \frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - \tanh^2(\dots)) W = \mathrm{diag}(\tanh') W $$"
        r"$$ \prod_{j=k+1}^{t} \frac{\partial h_j}{\partial h_{j-1}} = \prod_{j=k+1}^{t} \tanh'(\cdot) W $$"
        r"$$ \prod_{j=k}^{t-1} \frac{\partial h_{j+1}}{\partial h_j} = \prod_{j=k}^{t-1} \tanh' W $$"
        r"$$ \frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\tanh'(\cdot)) W^T $$",
        "DDDDDPPPPW",
    ),
    "a chain that begins with an open function of before makes it concrete; what a prediction says as well is none of its target": (
        r"$$ q_t = f_q(q_{t-1}, r_t), \quad y_t = f_y(q_t) $$ A usual one is"
        r"$$ q_t = f_q(q_{t-1}, r_t) = \tanh(B q_{t-1} + A r_t), \quad o_t = C q_t, \quad \hat y_t = f_y(q_t) = \mathrm{softmax}(o_t) $$"
        r"$$ E = -\sum_t \sum_k y_{t,k} \log \hat y_{t,k}, \quad \frac{\partial E}{\partial o_t} = \hat y_t - y_t $$"
        r"$$ \frac{\partial q_t}{\partial q_{t-1}} = \mathrm{diag}(1 - q_t^2) B, \quad \frac{\partial E}{\partial o_t} = y_t - \hat y_t $$",
        "DDPDDDDDCPW",
    ),
    "a slip of the mark in a sum over all steps is one at a numbered step as well": (
        UNITS_AND_ERRORS
        + r"$$ \frac{\partial h_3}{\partial W} = \sum_k \frac{\partial h_3}{\partial h_k} \frac{\partial h_k}{\partial W} $$"
        r"$$ \frac{\partial h_3}{\partial W} = \sum_k \frac{\partial h_3}{\partial h_k} \frac{\partial h_k}{\partial U} $$",
        "DDDDDSW",
    ),
    "a delta in quotients of two changes alone is a ∂": (
        r"$$ v_t = \tanh(M r_t + N v_{t-1}), \quad E = \sum_t \|v_t\|^2 $$"
        r"$$ \frac{\delta E}{\delta N} = \sum_t \frac{\delta E}{\delta v_t} \odot (1 - v_t^2) v_{t-1}^T $$"
        r"$$ {\delta E \over \delta v_t} = 2 v_t + N^T ({\delta E \over \delta v_{t+1}} \odot (1 - v_{t+1}^2)) $$"
        r"$$ {\delta E \over \delta v_t} = 2 v_t + N ({\delta E \over \delta v_{t+1}} \odot (1 - v_{t+1}^2)) $$",
        "DDPPW",
    ),
    "an outer product of two vectors stays one where no vec is written: its order counts": (
        UNITS_AND_ERRORS + r"$$ \frac{\partial L}{\partial W} = \sum_t \delta_t \otimes h_{t-1} $$"
        r"$$ \frac{\partial L}{\partial W} = \sum_t h_{t-1} \otimes \delta_t $$",
        "DDDDDPW",
    ),
    "of entries one after the other only products are known, and no vec is summed with its matrix": (
        UNITS_AND_ERRORS + r"$$ \tanh(\mathrm{vec}(W)) = \mathrm{vec}(\tanh(W)) $$"
        r"$$ \mathrm{vec}(W) + W = 2 W $$ $$ \mathrm{vec}(W) = W $$",
        "DDDDD???",
    ),
    "an index that a sum lacks is a slip of the definition that has it, and no constant": (
        r"$$ s_t = \tanh(U x_t + W s_{t-1}), \quad z_t = V s_t, \quad p_{t,i} = \frac{e^{z_{t,i}}}{\sum_{j=1}^K e^{z_{t,i}}} $$"
        r"$$ L = -\sum_t \sum_{i=1}^K y_{t,i} \log p_{t,i}, \quad \sum_{i=1}^K y_{t,i} = 1 $$"
        r"$$ \frac{\partial L}{\partial z_t} = p_t - y_t $$ $$ \frac{\partial L}{\partial V} = \sum_t (p_t - y_t) s_{t-1}^T $$",
        "DDSDAPW",
    ),
    "sizes have words below them, and what is in brackets above or behind a letter is a step beside components": (
        r"$$ a(t)_i = \sum_{j=1}^{N_{hid}} W_{ij} s(t-1)_j + \sum_{m=1}^{D_x} U_{im} x(t)_m, \quad s(t)_i = \tanh(a(t)_i) $$"
        r"$$ E(t) = \frac{1}{2} \sum_{i=1}^{N_{hid}} (s(t)_i - d(t)_i)^2 $$"
        r"$$ \frac{\partial s(t)_i}{\partial s(t-1)_k} = (1 - s(t)_i^2) W_{ik} $$"
        r"$$ \frac{\partial E(t)}{\partial s(t-1)_k} = \sum_{i=1}^{N_{hid}} (s(t)_i - d(t)_i) (1 - s(t)_i^2) W_{ik} $$"
        r"$$ \frac{\partial E(t)}{\partial s(t-1)_k} = \sum_{i=1}^{N_{hid}} (s(t)_i - d(t)_i) (1 - s(t)_i^2) W_{ki} $$",
        "DDDPPW",
    ),
    "gates above weights are names, whatever their letters count elsewhere": (
        r"$$ i = \sigma(W^i [h_{t-1}, x_t]), \quad f = \sigma(W^f [h_{t-1}, x_t]), \quad o = \sigma(W^o [h_{t-1}, x_t]) $$"
        r"$$ g = \tanh(W^g [h_{t-1}, x_t]), \quad c_t = f \odot c_{t-1} + i \odot g, \quad h_t = o \odot \tanh(c_t) $$"
        r"$$ \frac{\partial^+ c_t}{\partial c_{t-1}} = \mathrm{diag}(f) $$"
        r"$$ \frac{\partial h_t}{\partial c_t} = \mathrm{diag}(o \odot (1 - c_t^2)) $$",
        "DDDDDDPW",
    ),
    "units and inputs are sets that lie one after the other, and the units with a target are any of them": (
        r"$$ q_k(t) = \begin{cases} a_k(t) & \text{if } k \in A \\ v_k(t) & \text{if } k \in N \end{cases} $$"
        r"$$ n_k(t) = \sum_{l \in N \cup A} m_{kl} q_l(t), \quad v_k(t+1) = g_k(n_k(t)) $$"
        r"$$ e_k(t) = \begin{cases} r_k(t) - v_k(t) & k \in O(t) \\ 0 & \text{otherwise} \end{cases} $$"
        r"$$ E(t) = \frac12 \sum_{k \in N} e_k(t)^2 $$"
        r"$$ \frac{\partial E(t)}{\partial m_{ij}} = -\sum_{k \in N} e_k(t) \frac{\partial v_k(t)}{\partial m_{ij}} $$"
        r"$$ \frac{\partial E(t)}{\partial m_{ij}} = \sum_{k \in N} e_k(t) \frac{\partial v_k(t)}{\partial m_{ij}} $$"
        r"$$ \frac{\partial v_k(t+1)}{\partial m_{ij}}"
        r" = g_k'(n_k(t)) (\sum_{l \in N} m_{kl} \frac{\partial v_l(t)}{\partial m_{ij}} + \delta_{ik} q_j(t)) $$"
        r"$$ \frac{\partial v_k(t+1)}{\partial m_{ij}}"
        r" = g_k'(n_k(t)) (\sum_{l \in N} m_{lk} \frac{\partial v_l(t)}{\partial m_{ij}} + \delta_{ik} q_j(t)) $$"
        r"$$ p^k_{ij}(t) = \frac{\partial v_k(t)}{\partial m_{ij}} $$"
        r"$$ p^k_{ij}(t+1) = g_k'(n_k(t)) (\sum_{l \in N} m_{kl} p^l_{ij}(t) + \delta_{ik} q_j(t)) $$"
        r"$$ p^k_{ij}(t+1) = g_k'(n_k(t)) (\sum_{l \in N} m_{kl} p^l_{ij}(t) + \delta_{ik} q_i(t)) $$",
        "DDDDDPWPWDPS",
    ),
    "a delta with two letters that count no time is 1 where they are equal, beside errors of that letter too": (
        r"$$ n_k(t) = \sum_{l=1}^N m_{kl} v_l(t-1) + b_k, \quad v_k(t) = \tanh(n_k(t)) $$"
        r"$$ q^k_{ij}(t) = (1 - v_k(t)^2) (\sum_{l=1}^N m_{kl} q^l_{ij}(t-1) + \delta_{ik} v_j(t-1)) $$"
        r"$$ \frac{\partial v_k(t)}{\partial m_{ij}}"
        r" = (1 - v_k(t)^2) (\sum_{l=1}^N m_{kl} \frac{\partial v_l(t-1)}{\partial m_{ij}} + \delta_{ik} v_j(t-1)) $$"
        r"$$ \frac{\partial v_k(t)}{\partial m_{ij}}"
        r" = (1 - v_k(t)^2) (\sum_{l=1}^N m_{kl} \frac{\partial v_l(t-1)}{\partial m_{ij}} + \delta_{ij} v_j(t-1)) $$"
        r"$$ E(t) = \frac12 \sum_{k=1}^N (v_k(t) - r_k(t))^2, \quad \delta_k(t) = \frac{\partial E(t)}{\partial n_k(t)} $$"
        r"$$ \frac{\partial n_k(t)}{\partial b_i} = \delta_{ik} + \sum_{l=1}^N m_{kl} \frac{\partial v_l(t-1)}{\partial b_i} $$",
        "DDDPSDDP",
    ),
    "what is said of the members of one set defines nothing that is said of all, and is no alarm": (
        r"If $k \in A$, then $q_k(t) = a_k(t)$. $$ q_k(t) = \begin{cases} a_k(t) & k \in A \\ v_k(t) & k \in N \end{cases} $$"
        r"$$ n_k(t) = \sum_{l \in N \cup A} m_{kl} q_l(t), \quad v_k(t+1) = \tanh(n_k(t)) $$"
        r"If $l \in A$, then $\partial q_l(t) / \partial m_{ij} = 0$."
        r"$$ \frac{\partial n_k(t)}{\partial m_{ij}}"
        r" = \delta_{ik} q_j(t) + \sum_{l \in N} m_{kl} \frac{\partial v_l(t)}{\partial m_{ij}} $$"
        r"$$ \frac{\partial n_k(t)}{\partial m_{ij}} = \delta_{ik} q_j(t) $$",
        "ADDDDA?PS",
    ),
    "a sum without an index is over the letter that stands twice": (
        r"$$ v_i(t) = \tanh(\sum M_{ij} v_j(t-1) + \sum R_{ij} r_j(t)) $$"
        r"$$ \frac{\partial v_i(t)}{\partial v_j(t-1)} = (1 - v_i(t)^2) M_{ij} $$"
        r"$$ \frac{\partial v_i(t)}{\partial v_j(t-1)} = (1 - v_i(t)^2) M_{ji} $$",
        "DPW",
    ),
    "a number right behind an open function says of it nothing that could be proven": (
        r"$$ v_t = g(M r_t + N v_{t-1}), \quad o_t = f(R v_t) $$ It has $o_t = 1$ for the first class. $$ u_t = R v_t $$",
        "DDAD",
    ),
    "units above their letter, and functions below which the letter of the unit stands": (
        r"$$ n_i(t) = \sum_j m_{ij} v^j(t-1) + r_i(t), \quad v^i(t) = f_i(n_i(t)), \quad E(t) = \frac12 \sum_k (q_k(t) - v^k(t))^2 $$"
        r"$$ \frac{\partial v^k(t)}{\partial v^j(t-1)} = f_k'(n_k(t)) m_{kj} $$"
        r"$$ \frac{\partial E(t)}{\partial n_j(t)} = -f_j'(n_j(t)) (q_j(t) - v^j(t)) $$"
        r"$$ \frac{\partial v^i(t)}{\partial m_{lu}}"
        r" = f_i'(n_i(t)) (\delta_{il} v^u(t-1) + \sum_j m_{ij} \frac{\partial v^j(t-1)}{\partial m_{lu}}) $$"
        r"$$ \frac{\partial v^k(t)}{\partial v^j(t-1)} = f_k'(n_k(t)) m_{jk} $$"
        r"$$ \frac{\partial v^k(t)}{\partial v^j(t-1)} = f_j'(n_k(t)) m_{kj} $$",
        "DDDPPPW?",
    ),
    "layers above their letter are no units": (
        r"$$ v^1(t) = \tanh(M^1 r(t) + N^1 v^1(t-1)), \quad v^2(t) = \tanh(M^2 v^1(t) + N^2 v^2(t-1)) $$"
        r"$$ \frac{\partial v^2(t)}{\partial v^1(t)} = \mathrm{diag}(1 - v^2(t)^2) M^2 $$",
        "DDP",
    ),
    "a second equation on the next line of a formula, whose letter has a space": (
        "$$ v_t = \\tanh(M r_t + N v_{t-1} + b)\n o_t = R v_t + c $$ $o_t \\in \\mathbb{R}^k$"
        r"$$ \frac{\partial o_t}{\partial v_t} = R $$ $$ \frac{\partial v_t}{\partial v_{t-1}} = \mathrm{diag}(\tanh'(a_t)) N $$",
        "DDAPP",
    ),
    "the square of what has its step behind it": (
        r"$$ v(t) = \tanh(M r(t) + N v(t-1)), \quad e_k(t) = q_k(t) - v_k(t), \quad E(t) = \frac12 \sum_k e_k^2(t) $$"
        r"$$ \frac{\partial E(t)}{\partial v_k(t)} = -e_k(t) $$ $$ \frac{\partial E(t)}{\partial v_k(t)} = e_k(t) $$",
        "DDDPW",
    ),
    "what is said beside the last case, in other languages": (
        r"$$ v_t = \tanh(M r_t + N v_{t-1}), \quad E_t = \begin{cases} \frac12 \|v_t - q_t\|^2 & \text{wenn } t = T \\"
        r" 0 & \text{sonst} \end{cases} $$",
        "DD",
    ),
    "the change of a parameter is what its first equation says": (
        r"$$ v_t = \tanh(M r_t + N v_{t-1}), \quad o_t = R v_t, \quad L = \frac12 \sum_t \|o_t - q_t\|^2 $$"
        r"$$ \Delta R = -\eta \frac{\partial L}{\partial R} $$ $$ \Delta R = -\eta \sum_t (o_t - q_t) v_t^T $$"
        r"$$ \Delta R = \eta \sum_t (o_t - q_t) v_t^T $$ $$ \Delta R = -\eta \frac{\partial L}{\partial R} - \lambda R $$",
        "DDDDPW?",
    ),
    "a name before a letter is one of its names": (
        r"$$ z_t = {}_T W h_{t-1} + {}_S W x_t, \quad h_t = \tanh(z_t), \quad o_t = V h_t, \quad L = \sum_t L_t(o_t) $$"
        r"$$ {}_S\delta_t = V^\top \frac{\partial L}{\partial o_t}, \quad"
        r" \sideset{_T}{_t}\delta = ({}_TW)^\top \frac{\partial L}{\partial z_{t+1}} $$"
        r"$$ \frac{\partial L}{\partial h_t} = {}_S\delta_t + {}_T\delta_t $$"
        r"$$ \frac{\partial L}{\partial h_t} = 2 {}_S\delta_t + {}_T\delta_t $$"
        r"$$ \frac{\partial L}{\partial {}_TW} = \sideset{}{_t}\sum \frac{\partial L}{\partial z_t} h_{t-1}^\top \quad \blacksquare $$",
        "DDDDDDPWP",
    ),
    "what a state is a function of is no function itself, where two equations of the state say what it is": (
        r"$$ h_t = \tanh(W h_{t-1} + U x_t), \quad o_t = V h_t, \quad L = \sum_t L_t(o_t) $$"
        "\n\nSay $h_t = \\tanh(z_t)$, having $z_t = \\tanh(W h_{t-1} + U x_t)$.\n\n"
        r"$$ \frac{\partial L}{\partial U} = \sum_t \frac{\partial L}{\partial z_t} x_t^\top $$",
        "DDDDWP",
    ),
    "a derivative that ends in a new letter of an error introduces it, and the loss as a whole for that of a step is a slip": (
        r"$$ h_t = \tanh(z_t), \quad z_t = W h_{t-1} + U x_t, \quad y_t = \mathrm{softmax}(V h_t) $$"
        r"$$ L = -\sum_{t=1}^{T} p_t \log (y_t) $$ $$ \frac{\partial L_t}{\partial h_t} = V^\top (y_t - p_t) = \delta_{h_t} $$"
        r"$$ \frac{\partial L_t}{\partial z_t} = \delta_{h_t} \odot (1 - h_t^2) $$"
        r"$$ \frac{\partial L_t}{\partial z_t} = \delta_{h_t} \odot h_t $$"
        r"$$ \frac{\partial L_t}{\partial z_t} = \frac{\partial L}{\partial h_t} \frac{\partial h_t}{\partial z_t} $$",
        "DDDDCDPWS",
    ),
    "the gradient at a chain's end is no definition where an equation has the letter": (
        r"$$ h_t = \tanh(W h_{t-1} + U x_t), \quad o_t = V h_t, \quad L = \sum_t L_t(o_t) $$"
        r"$$ \delta_t = 2 \frac{\partial L}{\partial o_t} $$"
        r"$$ \frac{\partial L}{\partial o_t} = \delta_t $$",
        "DDDDW",
    ),
    "a sum over the steps that ends at its own letter is meant to end with the last": (
        r"$$ h_t = \tanh(W h_{t-1} + U x_t), \quad y_t = \mathrm{softmax}(V h_t), \quad L = -\sum_{t=0}^{t} p_t \log (y_t) $$"
        r"$$ \frac{\partial L_t}{\partial h_t} = V^\top (y_t - p_t) $$",
        "DDSC",
    ),
    "names of weights that end without braces": (
        r"$$ h_t = \tanh(W_hh h_{t-1} + W_xh x_t + b_h), \quad y_t = W_hy*h_t + b_y, \quad L = \frac12 \sum_t (y_t - d_t)^2 $$"
        r"$$ \frac{\partial L}{\partial W_hy} = \sum_t (y_t - d_t) h_t^\top $$ $$ \frac{\partial L}{\partial W_hy} = \sum_t (y_t - d_t) $$",
        "DDDPW",
    ),
    "products of weights with letters that have no step": (
        r"$$ h = \tanh(W_h h + W_x x), \quad o_t = V h_t, \quad h_t = \tanh(W_h h_{t-1} + W_x x_t) $$"
        r"$$ \frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W_h $$",
        "DDPP",
    ),
    "the shapes of arrays claim nothing": (
        r"$$ h_t = \tanh(W_x x_t + W_h h_{t-1}) $$ $$ W_x.shape = hidden * Xsz $$ $$ h shape = hidden * 1 $$",
        "DAA",
    ),
    "a gradient with a step at the foot of a bar is that by the weight as this step uses it": (
        r"$$ h_t = \tanh(w h_{t-1} + u x_t), \quad L = \frac12 \sum_{t=1}^{T} (h_t - y_t)^2 $$"
        r"$$ \delta_t = \frac{\partial L}{\partial h_t} $$"
        r"$$ \frac{\partial L}{\partial w}\Big|_{t} = \delta_t (1 - h_t^2) h_{t-1} $$"
        r"$$ \frac{\partial L}{\partial w}\Big|_{t=2} = \delta_2 (1 - h_2^2) h_1 $$"
        r"$$ \frac{\partial L}{\partial w}\Big|_{t} = \delta_t (1 - h_t^2) h_t $$",
        "DDDPPW",
    ),
    "what is said of a probability says of no loss how it is computed": (
        r"$$ h_t = \tanh(W h_{t-1} + U x_t), \quad p_t = \mathrm{softmax}(V h_t), \quad L = \sum_t L_t(p_t) $$"
        r"$$ L_t = -\log P(y_t \mid x_1, \dots, x_t), \quad P(x_1, \dots, x_n) = \prod_{t=1}^{n} P(x_t | x_{<t}) $$"
        r"$$ P(q_t = 0) = 1 - r_t $$"
        r"$$ \frac{\partial L}{\partial h_n} = \frac{\partial L_n}{\partial p_n} \frac{\partial p_n}{\partial h_n} $$"
        r"$$ \frac{\partial L_t}{\partial h_t} = \frac{\partial L_t}{\partial p_t} \frac{\partial p_t}{\partial h_t} $$",
        "DDDAAAPP",
    ),
    "a bound in a clause with if, before a display or in its row, is a condition, and what follows from it is none": (
        r"$$ h_t = \tanh(W h_{t-1} + U x_t) $$ If the norms satisfy $$ \|W\| \max_t \rho(D_t) < 1 $$"
        r"then. Wenn $$ \|W^\top \mathrm{diag}(1 - h_t^2)\| > 1 $$ we see. If it is so, then $$ \|W h_{t-1}\|^2 \leq 2 \|W\|^3 $$"
        r"$$ \text{if } \|g\| > c: \quad g \leftarrow \frac{c}{\|g\|} g $$"
        r"$$ \nabla \leftarrow c \frac{\nabla}{\|\nabla\|} $$",
        "DAA?AAA",
    ),
    "what is true of one unit alone is so where a sentence, or a size that its section supposes, says that there is one": (
        r"$$ h_t = \tanh(W h_{t-1} + U x_t) $$ with $h_t \in \mathbb{R}^{n}$. For $n = 1$ and no other size it is"
        r"$$ \frac{\partial h_t}{\partial h_{t-1}} = (1 - h_t^2) \cdot W $$ and $$ \frac{\partial h_t}{\partial h_{t-1}} = 1 - h_t^2 $$"
        "\n\n# In general\n\n"
        r"$$ \frac{\partial h_t}{\partial h_{t-1}} = (1 - h_t^2) \cdot W $$ Of a scalar network,"
        r"$$ \frac{\partial h_t}{\partial h_{t-1}} = (1 - h_t^2) \cdot W $$",
        "DAACWWC",
    ),
    "an open loss may be that of the last of the steps that a claim has by their numbers": (
        r"$$ h_t = \tanh(w h_{t-1} + u x_t) $$ $$ \frac{\partial L}{\partial w} = \frac{\partial L}{\partial h_3}"
        r" (\frac{\partial h_3}{\partial w} + \frac{\partial h_3}{\partial h_2} \frac{\partial h_2}{\partial w}"
        r" + \frac{\partial h_3}{\partial h_2} \frac{\partial h_2}{\partial h_1} \frac{\partial h_1}{\partial w}) $$",
        "D?",
    ),
    "a function without its argument is at that of the one state which it gives, at the step of the left side": (
        r"$$ h_t = \tanh(W h_{t-1} + U x_t), \quad h_1 = \tanh(W h_0 + U x_1), \quad L = \sum_t \frac12 \|h_t - y_t\|^2 $$"
        r"$$ \delta_t = \frac{\partial L}{\partial h_t} \odot \tanh'(\cdot) $$"
        r"$$ \frac{\partial L}{\partial W} = \sum_t \delta_t h_{t-1}^T $$"
        r"$$ \frac{\partial h_{k+1}}{\partial h_k} = \mathrm{diag}(1 - \tanh^2(\cdot)) W $$"
        r"$$ \frac{\partial h_{k+1}}{\partial h_k} = \mathrm{diag}(\tanh(\cdot)) W $$"
        r"$$ \delta_t = W^T \delta_{t+1} \odot \tanh'(\cdot) $$",
        "DPDDPPW?",
    ),
    "an update of a letter that stands for the weights moves each of them": (
        r"$$ h_t = \tanh(W_h h_{t-1} + W_x x_t), \quad L = \sum_t \frac12 \|h_t - y_t\|^2 $$"
        r"$$ W \leftarrow W - \eta \frac{\partial L}{\partial W} $$ $$ \theta \leftarrow \theta - \eta \nabla_\theta L $$"
        r"$$ \theta \leftarrow \theta + \eta \frac{\partial L}{\partial \theta} $$",
        "DDPP?",
    ),
    "a target that nothing defines may be the class that the loss picks": (
        r"$$ h_t = \tanh(W h_{t-1} + U x_t), \quad p_t = \mathrm{softmax}(V h_t), \quad L = -\sum_t \log p_t[w_{t+1}] $$"
        r"$$ \frac{\partial L}{\partial V} = \sum_t (p_t - y_t) h_t^T $$ $$ \frac{\partial L}{\partial V} = \sum_t (p_t + y_t) h_t^T $$",
        "DDDC?",
    ),
    "sides that are lists define each of what is listed": (
        r"$$ c_t = f_t \odot c_{t-1} + i_t, \quad L = \frac12 \sum_t \|c_t - y_t\|^2 $$"
        r"$$ (i_t, f_t) = (\tanh(a_t), \sigma(b_t))^\top, \quad a_t = A x_t, \quad b_t = B x_t $$"
        r"$$ \frac{\partial L}{\partial a_t} = \frac{\partial L}{\partial c_t} \odot (1 - i_t^2) $$"
        r"$$ \frac{\partial L}{\partial b_t} = \frac{\partial L}{\partial c_t} \odot f_t \odot (1 - f_t) $$",
        "DDDDDPW",
    ),
    "a bound is given by what is true of an open loss that the last step has": (
        r"$$ net_t = U x_t + W f(net_{t-1}), \quad \delta_t^T = \frac{\partial E}{\partial net_t} $$"
        r"$$ \|\delta_k^T\| \leq \|\delta_t^T\| \prod_{i=k}^{t-1} \|W\| \|\mathrm{diag}[f'(net_i)]\| $$"
        r"$$ \|\delta_k^T\| \leq \|\delta_t^T\| \prod_{i=k}^{t-1} \|W\| $$",
        "DDC?",
    ),
    "words over a sign, at the end of a row or at its beginning": (
        r"$$ z_t = W h_{t-1} + U x_t, \quad h_t = \tanh(z_t), \quad L = \sum_t \ell_t(h_t) $$"
        r"$$ \begin{align} \frac{\partial L}{\partial z_t} \stackrel{\text{chain rule}}{=} \\"
        r" \mathrm{diag}(1 - h_t^2) \frac{\partial L}{\partial h_t} \\"
        r" \overset{\text{(a)}}{=} (1 - h_t^2) \odot \frac{\partial L}{\partial h_t} \end{align} $$",
        "DDDPP",
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_every_row_has_the_verdict_that_is_due(text: str, expected: str) -> None:
    judgements = checked(read_text(text, "notes.md", "markdown")).judgements
    assert "".join(INITIAL.get(j.verdict.word, "-") for j in judgements) == expected


@pytest.mark.parametrize("matrix", ["C", "W_{out}", "W^{(o)}", "w"])
@pytest.mark.parametrize(("factor", "word"), [("", "proven"), ("2", "wrong")])
def test_two_letters_in_brackets_behind_a_matrix_are_those_of_an_entry(matrix: str, factor: str, word: str) -> None:
    loss = r"E_t = \frac12 (z_t - y_t)^\top (z_t - y_t) $$"
    text = rf"$$ h_t = \tanh(A h_{{t-1}} + B x_t), \quad z_t = {matrix} h_t, \quad {loss} with ${matrix} \in \mathbb{{R}}^{{K \times H}}$"
    claim = rf"$$ \frac{{\partial E_t}}{{\partial {matrix}(i,j)}} = {factor} (z_t - y_t)_i h_{{t,j}} $$"
    assert checked(read_text(f"{text}\n\n{claim}\n", "entry.md", "markdown")).judgements[-1].verdict.word == word


@pytest.mark.parametrize(
    "row", [r"dL = G : dW", r"dL = \frac{\partial L}{\partial h} : \mathrm{d}h = M : dW", r"L = M : \frac{\partial L}{\partial W}"]
)
def test_a_product_with_a_colon_is_not_cut_at_it(row: str) -> None:
    statements = read_text(f"$$ {row} $$\n", "colon.md", "markdown").statements
    assert len(statements) == row.count("=")
    assert all(s.relation is None and ":" in s.latex for s in statements)


def test_a_colon_before_words_or_sizes_or_an_equation_ends_the_one_before() -> None:
    for behind in (r"\text{a state}", r"n \times m", "b = c"):
        first = read_text(f"$$ a = U b : {behind} $$\n", "colon.md", "markdown").statements[0]
        assert first.relation is not None
