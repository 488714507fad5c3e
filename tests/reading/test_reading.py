"""What people write, in one small document each: every row as pencil and paper give it."""

from __future__ import annotations

import pytest
from checked import checked

from symrnn.judging.judgement import Judgement
from symrnn.judging.verdict import Proven
from symrnn.language import questions
from symrnn.reading.document import read_text

pytestmark = pytest.mark.usefixtures("words_alone")

STATE = r"$$h_t = \tanh(W h_{t-1} + U x_t) \tag{h}$$" + "\n\n"
INITIAL = {"definition": "D", "assumption": "A", "proven": "P", "conditional": "C", "slip": "S", "wrong": "W", "undecided": "?"}


def judged(text: str) -> list[Judgement]:
    return list(checked(read_text(text, "notes.md", "markdown")).judgements)


def words(text: str) -> str:
    """The verdicts in order, a letter each."""
    return "".join(INITIAL.get(j.verdict.word, "-") for j in judged(text))


CELL = (
    r"$$\tilde c_t = \tanh(A x_t + B h_{t-1}), \quad g_t = \sigma(D x_t), \quad c_t = c_{t-1} + g_t \odot \tilde c_t$$"
    r"$$h_t = \tanh(c_t), \quad L = \sum_t \frac{1}{2} \lVert h_t - d_t \rVert^2, \quad \delta^c_t \equiv \frac{\partial L}{\partial c_t}$$"
)

ONE_STEP = (
    r"$$ k_t = \sigma(A x_t + B s_{t-1}), \quad n_t = \tanh(C x_t + D s_{t-1}), \quad s_t = (1 - k_t) \odot s_{t-1} + k_t \odot n_t $$"
    r"$$ %s = \frac{\partial L}{\partial s_t} \odot (n_t - s_{t-1}) \odot k_t \odot (1 - k_t), \quad"
    r" %s = \frac{\partial L}{\partial s_t} \odot k_t \odot (1 - n_t^2) $$"
    r"$$ \frac{\partial L}{\partial A} = \sum_{t=1}^T %s x_t^\top, \quad \frac{\partial L}{\partial D} = \sum_{t=1}^T %s x_t^\top $$"
)
CASES = {
    "a derivative by a parameter that is said to be a number claims it": (
        r"$$ z_t = W h_{t-1} + U x_t + b, \quad h_t = \tanh(z_t) $$ where $\frac{\partial z_t}{\partial b} = 1$, "
        r"$$ \frac{\partial h_t}{\partial z_t} = \mathrm{diag}(1 - h_t^2) $$",
        "DDSP",
    ),
    "a row ends with \\cr, which Markdown doubles": (
        r"$$\begin{aligned} s_t &= \tanh(U x_t + W s_{t-1}) \\cr"
        + "\n"
        + r"z_t &= V s_t \cr q_t &= \mathrm{softmax}(z_t) \end{aligned}$$"
        r"$$ \frac{\partial z_t}{\partial s_t} = V $$",
        "DDDP",
    ),
    "a letter with other weights at each step is short for other things, and makes nothing wrong": (
        r"$$ s_t = \tanh(U x_t + W s_{t-1}), \quad q_t = \mathrm{softmax}(V s_t), \quad E_t = -y_t^\top \log q_t $$"
        r"$$ \frac{\partial E_3}{\partial V} = (q_3 - y_3) \otimes s_3 $$ where $z_3 = V s_3$, and below $z_2 = U x_2 + W s_1$.",
        "DDDC??",
    ),
    "a new value by the old one, without steps, is called wrong by nobody": (
        r"$$ z = \sigma(U x), \quad c = \tanh(W x), \quad a = (1 - z) \odot a + z \odot c $$",
        "DD?",
    ),
    "what another equation for the same gradient has from the next step is not left out under a hypothesis": (
        r"$$ f_t = \sigma(U x_t + W h_{t-1}), \quad c_t = f_t \odot c_{t-1} + x_t, \quad h_t = \tanh(c_t) $$"
        r"$$ \frac{\partial L}{\partial c_t} = \frac{\partial L}{\partial h_t} \frac{\partial h_t}{\partial c_t} $$"
        r"$$ \frac{\partial L}{\partial c_t} = \frac{\partial L}{\partial h_t} \odot (1 - h_t^2)"
        r" + \frac{\partial L}{\partial c_{t+1}} \odot f_{t+1} $$",
        "DDDWP",
    ),
    "an error named by what has a step has it too where it is written without": (
        ONE_STEP % (r"\delta_k", r"\delta_n", r"\delta_k", r"\delta_n"),
        "DDDDDPW",
    ),
    "with a step it is the same one": (ONE_STEP % (r"\delta_k", r"\delta_n", r"\delta_{k,t}", r"\delta_{n,t}"), "DDDDDPW"),
    "so has one named above": (ONE_STEP % (r"\delta^k", r"\delta^n", r"\delta^k", r"\delta^n_t"), "DDDDDPW"),
    "and one with a prefix, which is the gradient before the function": (ONE_STEP % ("dk", "dn", "dk", "dn"), "DDDPPPW"),
    "dots in a sum stand for the other terms of an equation, at whatever step": (
        r"$$ z_t = W h_{t-1} + U x_t + b, \quad h_t = \tanh(z_t), \quad o_t = V h_t $$ Since $z_t = W h_{t-1} + \dots$, that is"
        r" $z_t = \dots + U x_t + \dots$ and $z_t = W h_{t-1} + \dots + b$, $$ o_t = V \tanh(U x_t + b + W \tanh(U x_{t-1} + \dots)) $$"
        r"$$ \frac{\partial h_k}{\partial h_{k-1}} = \mathrm{diag}(\tanh'(W h_{k-1} + \dots)) W $$"
        r"$$ o_t = V \tanh(U x_t + b + W \tanh(U x_t + \dots)) $$ $$ z_t = W h_{t-1} + V h_{t-1} + \dots $$",
        "DDDPPPPPW?",
    ),
    "a quantity is made with another whose sum has the same terms in another order, and with more besides": (
        r"$$ h_t = \tanh(W h_{t-1} + U x_t + b), \quad a_t = U x_t + W h_{t-1}, \quad z_t = b + U x_t + W h_{t-1} $$"
        r"$$ \frac{\partial h_t}{\partial z_t} = \mathrm{diag}(1 - h_t^2) $$"
        r"$$ \frac{\partial h_t}{\partial a_t} = \mathrm{diag}(1 - h_t^2) $$"
        r"$$ \frac{\partial h_t}{\partial h_{t-1}} = \frac{\partial h_t}{\partial z_t} W $$"
        r"$$ \frac{\partial h_t}{\partial z_t} = \mathrm{diag}(h_t^2) $$",
        "DDDPPPW",
    ),
    "a parameter whose name holds the letter of the step stays the same at the next step": (
        r"$$ h_{t+1} = \tanh(W_{tot} h_t + U_{cat} x_t), \quad y_{t+1} = V_{out} h_{t+1}, \quad L_t = \frac12 \|y_t - r_t\|^2 $$"
        r"$$ \frac{\partial L_t}{\partial h_t} = V_{out}^\top (y_t - r_t) $$"
        r"$$ \frac{\partial h_{t+1}}{\partial h_t} = \mathrm{diag}(1 - h_{t+1}^2) W_{tot} $$"
        r"$$ \frac{\partial h_{t+1}}{\partial h_t} = \mathrm{diag}(1 - h_{t+1}^2) V_{out} $$",
        "DDDPPW",
    ),
    "what is given a number at the start of an algorithm claims nothing of later steps": (
        r"$$ h_t = \tanh(W h_{t-1} + U x_t) $$ $$ h \leftarrow 0, \quad e \leftarrow 0 $$",
        "DAA",
    ),
    "an entry of a bias that is named by a letter makes no class of that letter": (
        r"$$ h_t = \tanh(U x_t + W h_{t-1}), \quad p_t = \mathrm{softmax}(V h_t + b_y), \quad E_t = - y_t \cdot \log p_t $$"
        r"$$ \frac{\partial E_t}{\partial V_{ij}} = (p_{t,i} - y_{t,i}) h_{t,j} $$"
        r"$$ \frac{\partial E_t}{\partial b_{y_i}} = p_{t,i} - y_{t,i} $$",
        "DDDC?",
    ),
    "what is above zero is no class": (
        r"$$ h_t = \max(0, W h_{t-1} + U x_t), \quad z_t = V h_t, \quad p_t = \operatorname{softmax}(z_t) $$"
        r"$$ L_t = -y_t^\top \log p_t $$"
        r"$$ \frac{\partial L}{\partial h_t} = V^\top (p_t - y_t)"
        r" + W^\top \left( \frac{\partial L}{\partial h_{t+1}} \odot \mathbf{1}[h_{t+1} > 0] \right) $$"
        r"$$ \frac{\partial L}{\partial W}"
        r" = \sum_t \left( \frac{\partial L}{\partial h_t} \odot \mathbf{1}[h_t > 0] \right) h_{t-1}^\top $$",
        "DDDDCP",
    ),
    "errors with an accent above are others, and no slip of it": (
        CELL
        + r"$$\delta^{\tilde{c}}_t \equiv \frac{\partial L}{\partial \tilde{c}_t} = \delta^c_t \odot g_t$$"
        + r"$$\delta^{\tilde c}_t = \delta^c_t$$ $$\delta^c_t = \delta^{\tilde c}_t$$",
        "DDDDDDDPWW",
    ),
    "a letter with a letter below or above it is a name above an error, which its formula defines": (
        CELL
        + r"$$\delta^{a_g}_t = \delta^c_t \odot \tilde c_t \odot g_t \odot (1 - g_t)$$"
        + r"$$\delta^{a^c}_t = \delta^c_t \odot g_t \odot (1 - \tilde c_t^2)$$"
        + r"$$\frac{\partial L}{\partial D} = \sum_t \delta^{a_g}_t x_t^\top$$"
        + r"$$\frac{\partial L}{\partial B} = \sum_t \delta^{a^c}_t h_{t-1}^\top$$"
        + r"$$\frac{\partial L}{\partial B} = \sum_t \delta^{a^c}_t h_t^\top$$",
        "DDDDDDDDPPW",
    ),
    "an error with a comma above is a name; where no equation defines it, it is the part that the others bear out": (
        CELL
        + r"$$\delta^h_t = h_t - d_t + \delta^{h,\text{later}}_t$$"
        + r"$$\delta^c_t = \delta^h_t \odot (1 - h_t^2) + \delta^c_{t+1}$$ $$\frac{\partial L}{\partial h_t} = \delta^h_t$$",
        "DDDDDDPPP",
    ),
    "an error with a comma above that an equation defines is judged": (
        CELL
        + r"$$\delta^{h,\text{later}}_t = B^\top (\delta^c_{t+1} \odot g_{t+1} \odot (1 - \tilde c_{t+1}^2))$$"
        + r"$$\delta^h_t = h_t - d_t + \delta^{h,\text{later}}_t$$"
        + r"$$\delta^c_t = \delta^h_t \odot (1 - h_t^2) + \delta^c_{t+1}$$ $$\frac{\partial L}{\partial h_t} = \delta^h_t$$"
        + r"$$\frac{\partial L}{\partial h_t} = h_t - d_t$$",
        "DDDDDDDDPPW",
    ),
    "matrices with a comma above are other letters": (
        r"$$h_t = \tanh(W^{h,h} h_{t-1} + W^{h,x} x_t)$$"
        r"$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W^{h,h}$$"
        r"$$\frac{\partial h_t}{\partial x_t} = \mathrm{diag}(1 - h_t^2) W^{h,x}$$"
        r"$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) \odot W^{h,h}$$",
        "DPPW",
    ),
    "a matrix between two layers has both above it": (
        r"$$h^l_t = \tanh(W^{l,l} h^l_{t-1} + W^{l-1,l} h^{l-1}_t + b^{l-1,l})$$"
        r"$$\frac{\partial h^l_t}{\partial h^l_{t-1}} = \mathrm{diag}(1 - (h^l_t)^2) W^{l,l}$$"
        r"$$\frac{\partial h^l_t}{\partial h^{l-1}_t} = \mathrm{diag}(1 - (h^l_t)^2) W^{l,l}$$",
        "DPW",
    ),
    "a chain of two formulas defines what stands in the first": (
        r"$$h_t = \tanh(a_t) = \tanh(W h_{t-1} + U x_t)$$ $$\frac{\partial h_t}{\partial a_t} = \mathrm{diag}(1 - h_t^2)$$"
        r"$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W^\top$$",
        "DDPW",
    ),
    "a second formula that differs in more than a letter is a claim": (
        STATE + r"$$h_t = \tanh(W h_{t-1} + 2 U x_t)$$",
        "DW",
    ),
    "what a recursion starts with is no definition": (
        STATE
        + r"$$q_t = \frac{\partial L}{\partial h_t}$$ Start with $c_t = q_t$ and go on by $$c_{k-1} = q_{k-1} + W^\top c_k$$"
        + r"$$c_t = q_t + W^\top c_{t+1}$$ $$c_t = q_t + W c_{t+1}$$",
        "DDAPDW",
    ),
    "what one starts with is a definition where nothing goes on from it": (
        STATE + r"We start with $c_t = V h_t$, and so $$\frac{\partial c_t}{\partial h_t} = V$$",
        "DDP",
    ),
    "a recursion is not what one starts with": (
        r"Let us start with the network: $$h_t = g(W h_{t-1} + U x_t)$$ $$L = \sum_{t=1}^{T} \ell(h_t, y_t)$$"
        r"$$\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \frac{\partial \ell(h_t, y_t)}{\partial W}$$",
        "DDP",
    ),
    "a letter of which nothing else is said may be any function": (
        STATE + r"$$k_j = g_j(h_t)$$ $$\frac{\partial k_j}{\partial h_t} = 0$$",
        "DD?",
    ),
    "functions with a letter below are defined by the document": (
        STATE
        + r"$$f_k(v) = \frac{1}{1 + e^{-v}}$$ $$o_t = f_k(h_t)$$ $$\frac{\partial o_t}{\partial h_t} = \mathrm{diag}(o_t(1 - o_t))$$",
        "DDDP",
    ),
    "a condition beside an equation is no definition, and belongs to it alone": (
        r"$$s_t = \sigma(w s_{t-1} + u x_t), \qquad E = \frac{1}{2} (s_T - d)^2$$"
        r"$$\frac{\partial s_t}{\partial s_{t-1}} = w s_t (1 - s_t)$$"
        r"$$\frac{\partial E}{\partial w} = \frac{\partial E}{\partial u} \quad \text{if } x_t = s_{t-1}$$"
        r"$$\frac{\partial s_t}{\partial u} = 0 \quad \text{when } x_t = 0$$"
        r"$$\frac{\partial s_t}{\partial s_{t-1}} = s_t (1 - s_t)$$"
        r"$$\frac{\partial s_t}{\partial s_{t-1}} = w s_t (1 - s_t) \quad \text{if } x_t = 1$$",
        "DDP?A?AWPA",
    ),
    "a condition in prose defines nothing that is in use": (
        STATE
        + r"If $x_t = h_{t-1}$, the input is the state. $$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W$$",
        "DAP",
    ),
    "a letter that is a factor without an index has powers above it": (
        r"$$s_t = \tanh(w s_{t-1} + u x_t), \qquad L = \sum_{t=1}^{T} \frac{1}{2} (s_t - y_t)^2$$"
        r"$$\frac{\partial L}{\partial w} = \sum_{t=1}^{T} \frac{\partial L}{\partial s_t} (1 - s_t^2) s_{t-1}$$"
        r"$$\frac{\partial s_t}{\partial s_0} = w^t \prod_{j=1}^{t} (1 - s_j^2)$$"
        r"$$\frac{\partial s_t}{\partial s_0} = w \prod_{j=1}^{t} (1 - s_j^2)$$",
        "DDPPW",
    ),
    "updates with the gradient written out": (
        STATE + r"$$o_t = V h_t, \qquad L = \sum_{t=1}^{T} \frac{1}{2} \|o_t - y_t\|^2$$"
        r"$$V \leftarrow V - \eta \sum_{t=1}^{T} (o_t - y_t) h_t^\top$$ $$V \leftarrow V - \eta \sum_{t=1}^{T} (y_t - o_t) h_t^\top$$"
        r"$$V = V - \eta \sum_{t=1}^{T} (o_t - y_t) h_t^\top$$ $$V \leftarrow V - \eta \lambda V$$"
        r"$$W \leftarrow W - \eta \sum_{t=1}^{T} \left((1 - h_t^2) \odot \frac{\partial L}{\partial h_t}\right) h_{t-1}^\top$$",
        "DDDP?P?P",
    ),
    "a recursion over two steps starts with two states": (
        r"$$s_t = \tanh(a s_{t-1} + b s_{t-2} + c x_t), \qquad J = \frac{1}{2} \sum_{t=1}^{T} (s_t - d_t)^2$$"
        r"$$\frac{d J}{d b} = \sum_{t=2}^{T} \frac{d J}{d s_t} (1 - s_t^2) s_{t-2}$$"
        r"$$\frac{d s_t}{d s_{t-2}} = (1 - s_t^2) (b + a^2 (1 - s_{t-1}^2))$$ $$\frac{d s_t}{d s_{t-2}} = (1 - s_t^2) b$$",
        "DDCCW",
    ),
    "a value at one step of what has an equation is a claim": (
        r"$$a_t = W h_{t-1} + U x_t, \qquad h_t = \tanh(a_t), \qquad E = \frac{1}{2} \sum_{t=1}^{T} \| h_t - y_t \|^2$$"
        r"The errors are $\delta_t = \partial E / \partial a_t$. $$\delta_T = 0$$ $$h_2 = 0$$ $$h_T = 0$$ $$h_0 = 0$$"
        r"$$\delta_t = (1 - h_t^2) \odot (h_t - y_t + W^\top \delta_{t+1})$$",
        "DDDDWWWAP",
    ),
    "the end of a backward recursion is a definition": (
        STATE + r"$$L = \sum_{t=1}^{T} \frac{1}{2} \|h_t - y_t\|^2$$"
        r"$$e_T = h_T - y_T, \qquad e_t = h_t - y_t + W^\top a_{t+1}, \qquad a_t = (1 - h_t^2) \odot e_t$$"
        r"$$\frac{\partial L}{\partial h_t} = e_t$$",
        "DDDDDP",
    ),
    "a vector and a matrix, elementwise": (
        STATE
        + r"$$\frac{\partial h_t}{\partial h_{t-1}} = (1 - h_t^2) \odot W$$ $$\frac{\partial h_t}{\partial h_{t-1}} = h_t \odot W$$",
        "DPW",
    ),
    "a sum that is not written": (
        r"$$h_i(t) = f(a_i(t)), \qquad a_i(t) = \sum_j w_{ij} h_j(t-1) + \sum_j u_{ij} x_j(t)$$"
        r"$$\frac{\partial h_i(t)}{\partial h_k(t-2)} = f'(a_i(t)) w_{ij} f'(a_j(t-1)) w_{jk}$$"
        r"$$\frac{\partial h_i(t)}{\partial h_k(t-2)} = f'(a_i(t)) w_{ij} f'(a_j(t-1)) w_{kj}$$",
        "DDPW",
    ),
    "T above as the number of the last step": (
        r"$$h_t = A h_{t-1} + B x_t$$ $$\frac{\partial h_T}{\partial h_0} = A^T$$ $$\frac{\partial h_T}{\partial h_0} = 2 A^T$$",
        "DPW",
    ),
    "the loss of a step for the loss as a whole": (
        STATE + r"$$p_t = \mathrm{softmax}(V h_t), \qquad E_t = -y_t^\top \log p_t, \qquad E = \sum_t E_t$$"
        r"$$\frac{\partial E_t}{\partial W} = \sum_t \frac{\partial E_t}{\partial W}$$",
        "DDDDS",
    ),
    "the loss of a step where nothing says what the loss as a whole is": (
        STATE + r"$$p_t = \mathrm{softmax}(V h_t), \qquad E_t = -y_t^\top \log p_t$$"
        r"$$\frac{\partial E_t}{\partial W} = \sum_t \frac{\partial E_t}{\partial W}$$",
        "DDD?",
    ),
    "a letter of which nothing is known": (
        r"$$h_t = \tanh(W h_{t-1} + U x_t), \qquad L = \sum_{t=1}^{T} \frac{1}{2} \|h_t - y_t\|^2$$"
        r"$$\frac{\partial (h_t^\top M h_t)}{\partial h_t} = 2 M h_t$$"
        r"$$\frac{\partial (h_t^\top M h_t)}{\partial h_t} = (M + M^\top) h_t$$"
        r"$$\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \gamma_t h_{t-1}^\top$$",
        "DD?P?",
    ),
    "a link of a chain says what an open function is": (
        r"$$y(0) = 0$$ $$y(t) = f(h(t)) = \tanh(h(t)), \qquad h(t) = w y(t-1) + x(t)$$"
        r"$$\frac{\partial y(t)}{\partial h(t)} = 1 - y(t)^2$$ $$\frac{\partial y(t)}{\partial h(t)} = 1 - y(t)$$",
        "DDDDPW",
    ),
    "what is held fixed at the foot of a bar": (
        STATE + r"$$L = \sum_{t=1}^{T} \frac{1}{2} \|h_t - y_t\|^2$$"
        r"$$\frac{\partial L}{\partial W} = \sum_t \frac{\partial L}{\partial h_t} \left.\frac{\partial h_t}{\partial W}\right|_{h_{t-1}}$$"
        r"$$\frac{\partial L}{\partial W} = \sum_t \frac{\partial L}{\partial h_t} \frac{\partial h_t}{\partial W}\bigg|_t$$"
        r"$$\frac{\partial h_t}{\partial W}\bigg|_{t=1} = 0$$",
        "DDPP?",
    ),
    "a part of a derivative that is named in words is read where these say of which step it is": (
        STATE + r"$$L = \sum_{t=1}^{T} \frac{1}{2} \|h_t - y_t\|^2$$"
        r"$$\left.\frac{\partial L}{\partial h_t}\right|_{\text{now}} = h_t - y_t$$"
        r"$$\left.\frac{\partial L}{\partial h_t}\right|_{\text{memory}} = h_t - y_t$$"
        r"$$\left.\frac{\partial h_t}{\partial h_{t-1}}\right|_{\text{explicit}} = \mathrm{diag}(1 - h_t^2) W$$",
        "DDP-P",
    ),
    "what is at another step than its index stands outside of a product": (
        r"$$s_t = \tanh(w s_{t-1} + u x_t)$$"
        r"$$\frac{\partial s_t}{\partial w} = \sum_{k=1}^{t} \prod_{j=k+1}^{t} w (1 - s_j^2) (1 - s_k^2) s_{k-1}$$"
        r"$$\frac{\partial s_t}{\partial w} = \sum_{k=1}^{t} \prod_{j=k}^{t} w (1 - s_j^2) (1 - s_k^2) s_{k-1}$$"
        r"$$\frac{\partial s_t}{\partial s_k} = \prod_{j=k+1}^{t} (1 - s_j^2) w$$",
        "DPWP",
    ),
    "what is at another step than its index stands outside of a product of matrices": (
        STATE + r"$$\frac{\partial h_t}{\partial W} = \sum_{k=1}^{t} \prod_{j=k+1}^{t} \mathrm{diag}(1 - h_j^2) W"
        r"\frac{\partial^+ h_k}{\partial W}$$",
        "DP",
    ),
    "a step above beside letters that stand below others, and a prefix before it": (
        r"$$a^t = W_{xa} x^t + W_{sa} s^{t-1} \qquad s^t = \tanh(a^t)$$"
        r"$$\delta a^t = \delta s^t \odot (1 - \tanh^2(a^t)) \qquad \delta s^{t-1} = W_{sa}^\top \delta a^t$$",
        "DDPC",
    ),
    "sizes and the number of steps are n with words below it": (
        r"$$h_t = \tanh(W h_{t-1} + U x_t)$$ $$z_t = V h_t$$ $$p_t = \frac{e^{z_t}}{\sum_{i=1}^{n_z} e^{z_{t,i}}}$$"
        r"$$l_t = -\sum_{i=1}^{n_z} y_{t,i} \log p_{t,i} \qquad L = \sum_{t=1}^{n_{seq}} l_t$$"
        r"$$\frac{\partial L}{\partial V} = \sum_{t=1}^{n_{seq}} \frac{\partial l_t}{\partial z_t} h_t^\top$$"
        r"$$\frac{\partial L}{\partial V} = \sum_{t=1}^{n_{seq}} \frac{\partial l_t}{\partial z_t} h_{t-1}^\top$$",
        "DDDDDPW",
    ),
    "a small letter for the entries of a matrix": (
        STATE + r"$$\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = (1 - h_{t,i}^2) w_{ij}$$"
        r"$$\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = (1 - h_{t,i}^2) w_{ji}$$",
        "DPW",
    ),
    "repeated indices behind a sum over steps, and in what an operator differentiates": (
        STATE + r"$$q_t = V h_t$$ $$q_{t,l} = V_{lm} h_{t,m}$$ $$a_{t,i} = W_{ij} h_{t-1,j}$$"
        r"$$\frac{\partial h_{t,m}}{\partial W_{ij}} = \sum_{r=1}^{t} \frac{\partial h_{t,m}}{\partial h_{r,n}}"
        r"\frac{\partial^+ h_{r,n}}{\partial W_{ij}}$$"
        r"$$\frac{\partial q_{t,l}}{\partial V_{ij}} = \frac{\partial}{\partial V_{ij}} (V_{lm} h_{t,m})$$",
        "DDPDPP",
    ),
    "an open function has no undefined letter": (
        r"$$h_t = f(x_t, h_{t-1}, w)$$"
        r"$$\frac{\partial h_t}{\partial w} - \frac{\partial f(x_t, h_{t-1}, w)}{\partial w} = 0$$",
        "DS",
    ),
    "a prime for a transpose, where only derivatives have it": (
        STATE + r"$$L = \sum_{t=1}^{T} \frac{1}{2} \|h_t - y_t\|^2$$"
        r"$$\frac{\partial L}{\partial h_t} = (h_t - y_t) + W' ((1 - h_{t+1}^2) \odot \frac{\partial L}{\partial h_{t+1}})$$",
        "DDP",
    ),
    "dots between factors": (
        STATE + r"$$o_t = V.h_t$$ $$\frac{\partial o_t}{\partial h_{t-1}} = V.\frac{\partial h_t}{\partial h_{t-1}}$$",
        "DDP",
    ),
    "conditions in the font of words": (
        r"$$s_t = \sigma(W s_{t-1} + U x_t), \qquad a_t = W s_{t-1} + U x_t$$"
        r"$$\frac{\partial s_{t,i}}{\partial a_{t,j}} = \begin{cases} s_{t,i}(1 - s_{t,i}) & \text{i = j} \\"
        r" 0 & \text{i $\ne$ j} \end{cases}$$",
        "DDP",
    ),
    "what has no equation and is differentiated": (
        r"$$c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t)$$"
        r"$$\frac{\partial f_t}{\partial h_{t-1}} = \mathrm{diag}(f_t)$$",
        "DD?",
    ),
    "a claim does not say which step is the first": (
        STATE + r"$$J = \frac{1}{2} \| h_T - d \|^2$$"
        r"$$\frac{\partial J}{\partial U} = \sum_{t=2}^{T} ((1 - h_t^2) \odot \frac{\partial J}{\partial h_t}) x_t^\top$$",
        "DDW",
    ),
    "the step after an initial state is the first": (
        STATE + r"$$h_0 = M v, \qquad J = \frac{1}{2} \| h_T - d \|^2$$ $$\frac{\partial J}{\partial M} = 0$$"
        r"$$\frac{\partial h_1}{\partial v} = \mathrm{diag}(1 - h_1^2) W M$$"
        r"$$\frac{\partial J}{\partial U} = \sum_{t=0}^{T} ((1 - h_t^2) \odot \frac{\partial J}{\partial h_t}) x_t^\top$$",
        "DDDWPW",
    ),
    "prose about an input that is one-hot declares nothing": (
        r"At step $t$ is a one-hot vector $x_t$, and $x_t$ is one-hot. "
        + STATE
        + r"$$\frac{\partial h_t}{\partial x_t} = \mathrm{diag}(1 - h_t^2) U$$",
        "DP",
    ),
    "T above what has its time there": (
        r"$$s_t = \sigma(w s_{t-1} + v x_t), \qquad J = \sum_{t=1}^T \gamma^t s_t$$ $$\frac{\partial J}{\partial s_T} = \gamma^T$$",
        "DDP",
    ),
    "vec of a matrix is no matrix, and that of a vector the vector": (
        STATE + r"$$\mathrm{vec}(W) = W$$ $$\mathrm{vec}(W h_t) = W h_t$$",
        "D?P",
    ),
    "what a sum over the steps adds up is a function of what it is written with": (
        STATE
        + r"$$L = \sum_{t=1}^{T} \ell(h_t)$$ $$\frac{\partial L}{\partial h_t} = \frac{\partial \ell(h_t)}{\partial h_t}$$"
        + r"$$\frac{\partial L}{\partial U} = 0$$",
        "DDWW",
    ),
    "a product that has a meaning at one distance of its letters only shows nothing": (
        r"$$a_t = W h_{t-1} + U x_t, \quad h_t = \tanh(a_t)$$"
        + r"$$\frac{\partial h_t}{\partial h_k} = W^{t-k} \prod_{i=k}^{t+1} \frac{\partial h_i}{\partial a_i}$$",
        "DD?",
    ),
    "a function is differentiated by the letter that it is applied to; one that is applied to nothing is open": (
        STATE
        + r"$$\frac{d\sigma}{dx} = \frac{d}{dx} \frac{1}{1 + e^{-x}} = \sigma(x) (1 - \sigma(x))$$"
        + r"$$\frac{d\sigma}{dx} = \sigma(x)$$ $$\frac{\partial \tanh}{\partial x} = 1 - \tanh^2$$",
        "DPPW?",
    ),
    "a logarithm to another base is none that is known here": (STATE + r"$$2 \log_2 2 = 2, \quad 2 \log_2 2 = 0$$", "D??"),
    "lengths that are equal are no vectors": (STATE + r"As long as $n_x = n_y = \tau$.", "DD?"),
    "a letter with a star counts as well": (STATE + r"$$h_t = h_t, \quad i^{\star} = 1, \dots, n$$", "DPA"),
    "a state with a gate of which nothing before has the weights begins another network": (
        STATE
        + r"$$c_t = c_{t-1} + \tanh(V h_t)$$ This sum may grow without bound, which a gate prevents:"
        + r"$$c_t = f_t \odot c_{t-1} + \tanh(V h_t), \qquad f_t = \sigma(A x_t)$$"
        + r"$$\frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(f_t)$$"
        + r"Writing $z_t = V h_t$, $c_t = f_t \odot c_{t-1} + \sigma(z_t)$.",
        "DDDDPDW",
    ),
    "a state that would be another one in some variants is no mistake": (
        STATE + r"In some variants the input is replaced by noise, so that it would be $$h_t = \tanh(W h_{t-1} + n_t)$$",
        "DD",
    ),
    "an open function may be another one where it makes something else": (
        r"$$h_t = f(W h_{t-1} + U x_t), \quad L_t = \frac{1}{2} \lVert h_t - y_t \rVert^2$$ So $L_t = f(h_t)$, but $h_t = f(h_{t-1})$.",
        "DD?W",
    ),
    "a step in square brackets is a step": (
        r"$$h[t] = \tanh(W h[t-1] + U x[t]), \qquad L = \sum_t L_t(h[t]), \qquad \delta[t] = \frac{\partial L}{\partial h[t]}$$"
        + r"$$\delta[t] = \frac{\partial L_t}{\partial h[t]} + W^\top (\delta[t+1] \odot (1 - h[t+1]^2))$$"
        + r"$$\delta[t] = \frac{\partial L_t}{\partial h[t]} + W^\top \delta[t+1]$$",
        "DDDPW",
    ),
    "what a loss is of has its step in brackets": (
        r"$$h(t) = \tanh(W h(t-1) + U x(t)), \qquad L = \sum_t L_t(h(t)), \qquad \delta(t) = \frac{\partial L}{\partial h(t)}$$"
        + r"$$\delta(t) = \frac{\partial L_t}{\partial h(t)} + W^\top (\delta(t+1) \odot (1 - h(t+1)^2))$$",
        "DDDP",
    ),
    "an error with the step of its state above": (
        r"$$a_t = W h_{t-1} + U x_t, \qquad h_t = \sigma(a_t), \qquad L = \sum_t L_t(h_t)$$"
        + r"$$\delta^{a_t} = \frac{\partial L}{\partial a_t}$$"
        + r"$$\delta^{h_t} = W^\top \delta^{a_{t+1}} + \frac{\partial L_t}{\partial h_t}$$"
        + r"$$\delta^{a_t} = \delta^{h_t} \odot h_t (1 - h_t), \qquad \delta^{a_t} = \delta^{h_t} \odot h_t$$",
        "DDDDDPW",
    ),
    "an equation at the step before says what a state is": (
        r"$$a_t = U x_t + W s_{t-1}, \quad s_{t-1} = f(a_{t-1})$$"
        + r"$$\frac{\partial a_t}{\partial a_{t-1}} = W \, \mathrm{diag}(f'(a_{t-1})), \quad \frac{\partial a_t}{\partial a_{t-1}} = W$$",
        "DDP?",
    ),
    "a gate of a letter of functions is a factor before brackets": (
        r"$$f_t = \sigma(W_f x_t), \quad g_t = \tanh(W_g x_t), \quad c_t = f_t \odot c_{t-1} + g_t$$"
        + r"$$\frac{\partial f_t}{\partial x_t} = \mathrm{diag}(f_t (1 - f_t)) W_f$$"
        + r"$$\frac{\partial g_t}{\partial x_t} = \mathrm{diag}(1 - g_t^2) W_g$$"
        + r"$$\frac{\partial f_t}{\partial x_t} = \mathrm{diag}(f_t (1 - f_t)^2) W_f$$",
        "DDDPPW",
    ),
    "entries of a matrix whose name has a letter below": (
        r"$$f_t = \sigma(W_f x_t + U_f f_{t-1})$$"
        + "".join(
            rf"$$\frac{{\partial f_{{t,i}}}}{{\partial x_{{t,j}}}} = f_{{t,i}} (1 - f_{{t,i}}) {entry}$$"
            for entry in ("W_{f,i,j}", "W_{f,ij}", "W_{f_{ij}}", "(W_f)_{ij}", "U_{f,i,j}")
        ),
        "DPPPPW",
    ),
    "the sensitivity of a unit by a weight has the unit above": (
        r"$$s_k(t) = \sum_i w_{ki} y_i(t-1) + \sum_j u_{kj} x_j(t), \qquad y_k(t) = f(s_k(t))$$"
        + r"$$p_{ij}^k(t) = \frac{\partial y_k(t)}{\partial w_{ij}}$$"
        + r"$$p_{ij}^k(t) = f'(s_k(t)) \left[ \sum_l w_{kl} p_{ij}^l(t-1) + \delta_{ik} y_j(t-1) \right]$$",
        "DDDP",
    ),
    "a known function of several arguments is one of its own, one for each weight, and a question mark ends a formula": (
        r"$$ g_t = \sigma(v_t, s_{t-1}; W_g), \quad k_t = \sigma(v_t, s_{t-1}; W_k), \quad u_t = \tanh(v_t, s_{t-1}; W_u) $$"
        r"$$ m_t = g_t \odot m_{t-1} + k_t \odot u_t, \quad s_t = \tanh(m_t) $$"
        r"$$ m_t = \sigma(v_t, s_{t-1}; W_g) \odot m_{t-1} + \sigma(v_t, s_{t-1}; W_k) \odot \tanh(v_t, s_{t-1}; W_u) $$"
        r"$$ m_t = \sigma(v_t, s_{t-1}; W_k) \odot m_{t-1} + \sigma(v_t, s_{t-1}; W_k) \odot \tanh(v_t, s_{t-1}; W_u) $$"
        r"$$ \frac{\partial m_t}{\partial m_{t-1}} = \frac{\partial g_t}{\partial m_{t-1}} \odot m_{t-1}"
        r" + g_t \odot \frac{\partial m_{t-1}}{\partial m_{t-1}} + \frac{\partial k_t}{\partial m_{t-1}} \odot u_t"
        r" + k_t \odot \frac{\partial u_t}{\partial m_{t-1}} ? $$"
        r"$$ \frac{\partial m_t}{\partial m_{t-1}} = \mathrm{diag}(g_t)"
        r" + \mathrm{diag}(m_{t-1}) \frac{\partial g_t}{\partial s_{t-1}} \mathrm{diag}(1 - s_{t-1}^2) $$",
        "DDDDDPWPW",
    ),
    "what a step runs over says nothing of a state before it": (
        STATE + r"where $h_t, t = 1, ..., T$ are states. $$ \frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W $$",
        "DAP",
    ),
    "a name for several things, and a condition in a sentence, claim nothing": (
        STATE + r"with parameters $\theta = \{U, W, V\}$, inputs $x = (x_1, \dots, x_T)$ and $\mathbf{y} = [y_1, \ldots, y_T]$."
        r" If $\|W\| < 1$, for $s > t$ where $0 < \alpha < 1$, $$\|W\| \leq 1$$",
        "DAAAAAAAA",
    ),
    "sizes below a letter, a vertical bar around a set and a letter for the times sign are read": (
        r"where $U \in \Bbb R^{n x d}$, $$ h_t = \tanh(U_{n \times d} x_t + W_{n \times n} h_{t-1}) $$"
        r"$$ L_t = \sum_{j=1}^{\left| V \right|} h_{t,j}^2 $$"
        r"$$ \frac{\partial L_t}{\partial h_t} = 2 h_t $$ $$ \frac{\partial L_t}{\partial h_t} = h_t $$",
        "ADDPW",
    ),
    "what a text calls approximate claims nothing, and what takes a weight apart gives it no definition": (
        STATE + r"$$L = \sum_t \|h_t\|^2$$ Ignoring the slope of tanh, $$\frac{\partial h_t}{\partial h_{t-1}} = W$$"
        r" In general, $$\frac{\partial h_t}{\partial h_{t-1}} = W$$"
        r" Let $W = P D P^{-1}$ be diagonalizable. Then $$W^{T-1} = P D^{T-1} P^{-1}$$"
        r"$$\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W$$",
        "DD?WA?P",
    ),
    "I beside what is taken entry by entry is one everywhere": (
        r"$$a_t = W h_{t-1} + U x_t, \qquad h_t = \tanh(a_t), \qquad L = \sum_t L_t(h_t)$$"
        + r"$$\frac{\partial L}{\partial a_t} = \frac{\partial L}{\partial h_t} \odot (I - h_t \odot h_t)$$"
        + r"$$\frac{\partial L}{\partial a_t} = \frac{\partial L}{\partial h_t} \odot (I - h_t)$$",
        "DDDPW",
    ),
    "a weight by whose copies is differentiated is the same at every step": (
        r"$$z_t = W h_{t-1} + U x_t, \qquad h_t = \tanh(z_t), \qquad J = \sum_{t=1}^T J_t(h_t)$$"
        + r"$$\frac{\partial J}{\partial W} = \sum_{k=1}^T \frac{\partial J}{\partial W_k}$$"
        + r"$$\frac{\partial z_t}{\partial h_{t-1}} = W_t$$",
        "DDDPP",
    ),
    "what stands before its argument may be a function": (
        r"$$u_t = W h_{t-1} + U x_t, \qquad h_t = f(u_t)$$"
        + r"$$D_f(u_t) := \mathrm{diag}(f'(u_t)), \qquad \frac{\partial h_t}{\partial h_{t-1}} = D_f(u_t) W$$",
        "DD??",
    ),
    "a loss of an output is no copy of itself": (
        r"$$h_t = f(h_{t-1}, x_t, \theta), \qquad \ell_t = \ell(h_t), \qquad L = \sum_{t=1}^T \ell_t$$"
        + r"$$\frac{d L}{d \theta} = \sum_{t=1}^T \frac{\partial \ell_t}{\partial h_t} \frac{d h_t}{d \theta}$$",
        "D?DP",
    ),
    "a chain that begins with a sum over the steps is about the whole": (
        r"$$s_t = \tanh(A s_{t-1} + B x_t), \qquad E_t = \frac{1}{2} \lVert s_t - y_t \rVert^2$$"
        + r"$$\frac{\partial E_t}{\partial A} = \sum_t \frac{\partial E_t}{\partial A}"
        + r" = \frac{\partial E_3}{\partial A} + \frac{\partial E_2}{\partial A} + \frac{\partial E_1}{\partial A}$$"
        + r"$$\frac{\partial E_t}{\partial A} = \frac{\partial E_2}{\partial A} + \frac{\partial E_1}{\partial A}$$",
        "DD???",
    ),
    "what the text says of a function in a display is heard": (
        r"$$s_t = \sigma(W s_{t-1} + U x_t)$$ 其中 $$\sigma$$ 是激活函数，通常为 tanh。"
        + r"$$\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) W$$",
        "D?",
    ),
}


@pytest.mark.parametrize(("text", "due"), CASES.values(), ids=CASES)
def test_rows(text: str, due: str) -> None:
    assert words(text) == due


def test_a_divisor_that_may_vanish_is_named() -> None:
    text = STATE + r"$$\frac{h_t}{h_t} = 1$$"
    verdicts = [j.verdict for j in judged(text)]
    assert isinstance(verdicts[1], Proven)
    assert dict(verdicts[1].answers)[questions.NONZERO] == "hₜ"
    text = STATE + r"$$p_t = \mathrm{softmax}(V h_t)$$ $$\frac{p_t}{p_t} = 1$$"
    proven = judged(text)[2].verdict
    assert isinstance(proven, Proven) and questions.NONZERO not in dict(proven.answers)


def test_an_explicit_derivative_of_a_formula_is_left_open() -> None:
    """What is held fixed in w h_{t-1} no mark says: h_{t-1} + w ∂⁺h_{t-1}/∂w was taken for it, and the true h_{t-1} called wrong."""
    cell = r"$$ h_t = \tanh(w h_{t-1} + u x_t) $$"
    marked = r"$$ \frac{\partial^+ (w h_{t-1})}{\partial w} = h_{t-1} \tag{marked} $$"
    total = r"$$ \frac{\partial (w h_{t-1})}{\partial w} = h_{t-1} + w \frac{\partial h_{t-1}}{\partial w} \tag{total} $$"
    found = checked(read_text("\n\n".join((cell, marked, total)), "marks.md", "markdown")).judgements
    assert [j.verdict.word for j in found] == ["definition", "undecided", "proven"]


def test_a_letter_that_a_sum_over_components_begins_at_is_any_of_them() -> None:
    """Σ_{i=j}^C p_i = 1 was seen at j = 1 alone, and proven."""
    network = (
        r"$$ s_t = \tanh(U x_t + W s_{t-1}) $$ $$ p_t = \mathrm{softmax}(V s_t) $$ $$ L = -\sum_{t=1}^{T} y_t^\top \log p_t $$"
    )
    false = r"$$ \sum_{i=j}^{C} p_{t,i} = 1 \tag{false} $$"
    true = (
        r"$$ \sum_{i=j}^{C} p_{t,i} = p_{t,j} + \sum_{i=j+1}^{C} p_{t,i} \tag{true} $$ $$ \sum_{i=1}^{C} p_{t,i} = 1 \tag{whole} $$"
    )
    found = checked(read_text("\n\n".join((network, false, true)), "sums.md", "markdown")).judgements
    assert {j.statement.label: j.verdict.word for j in found[3:]} == {"false": "wrong", "true": "proven", "whole": "proven"}
