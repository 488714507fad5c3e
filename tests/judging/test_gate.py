"""The gate before *wrong*: every guard has a case that trips it, and lets through what no guess stands behind."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from checked import checked

from symrnn.deciding.decide import Decider
from symrnn.judging.check import instance_for, read_model
from symrnn.judging.guards.equations import failed_definition, recursion
from symrnn.judging.guards.gate import GUARDS, untried_reading
from symrnn.judging.guards.letters import number_of_an_example
from symrnn.judging.guards.refuted import Refuted
from symrnn.judging.judgement import Judgement, Options
from symrnn.judging.verdict import Proven, Undecided, Wrong
from symrnn.language import questions
from symrnn.language.choices import Choices, Inadmissible, Untried, explore
from symrnn.language.model import Name
from symrnn.language.terms import Relation
from symrnn.notation import read_row
from symrnn.reading.document import read_text
from symrnn.reading.elaborate import readings

pytestmark = pytest.mark.usefixtures("words_alone")

NETWORK = r"$$ h_t = \tanh(U x_t + W h_{t-1}), \qquad o_t = V h_t, \qquad L = \sum_{t=1}^T L_t, \qquad "
LOSS = NETWORK + r"L_t = \frac12 \|o_t - r_t\|^2 $$"
OPEN_LOSS = NETWORK + r"L_t = \ell(o_t, r_t) $$"
GATED = r"$$ f_t = \sigma(A h_{t-1}), \qquad c_t = f_t \odot c_{t-1} + x_t, \qquad h_t = \tanh(c_t) $$"
ANY_FUNCTION = r"$$ h_t = f(U x_t + W h_{t-1}) $$"
SQUARED = r"$$ o_t = V h_t, \qquad L = \sum_{t=1}^T L_t, \qquad L_t = \frac12 \|o_t - r_t\|^2 $$"
ANY_OUTPUT = ANY_FUNCTION + "\n\n" + SQUARED
FED_BACK = r"$$ h_t = f(U x_t + W h_{t-1} + A o_{t-1}) $$" + "\n\n" + SQUARED
OPEN_OUTPUT = LOSS.replace("V h_t", "g(V h_t)")
SAID_OPEN = r"with $h_t = \sigma(U x_t + W h_{t-1})$, where $\sigma$ is the activation, usually tanh"

BY_WORDS = r"$$ \delta^h_t = V^\top (o_t - r_t) + \delta^{h,\text{ahead}}_t $$"

UNITS = r"$$ a_{t,h} = \sum_{i=1}^{I} w_{hi} x_{t,i} + \sum_{g=1}^{H} u_{hg} b_{t-1,g}, \quad b_{t,h} = \tanh(a_{t,h}) $$"
NO_LOSS = r"$$ z_t = A x_t + B h_{t-1}, \qquad h_t = \tanh(z_t) $$"
DEAD = LOSS + "\n\n" + r"$$ a_t = W h_{t-1} + u x_t, \qquad \delta_t = \frac{\partial L}{\partial a_t} $$"
ANY_WORD = LOSS.replace(r"\tanh(", "func(")
ASIDE = LOSS + "\n\nFor a layer\n\n$$ r = W x $$"
TWO_STEPS = LOSS + "\n\n" + r"$$ \gamma_t^{(k-1)} = \frac{\partial L_t}{\partial h_{k-1}} $$"
HEDGED = GATED + "\n\nSome write the cell with one gate for two, as\n\n"
TRIPPED = {
    "what is given in place of a state": (LOSS, r"h_1 = r_0", "may be put in place of"),
    "a change with a term for decay": (
        LOSS + r" $$ \Delta V = -\eta \frac{\partial L}{\partial V} $$",
        r"\Delta V = -\eta \frac{\partial L}{\partial V} - \lambda V",
        "it may be another rule",
    ),
    "members of a set": (
        LOSS + r" $$ e_{t,k} = \begin{cases} o_{t,k} - r_{t,k} & k \in S_t \\ 0 & \text{otherwise} \end{cases} $$",
        r"\frac{\partial L}{\partial o_{t,k}} = e_{t,k}",
        "the members of S only",
    ),
    "weights of one kind": (
        LOSS + r" with $a_t = U x_t + W h_{t-1}$. If $W_{ij}$ goes from a noisy unit to a quiet unit, then",
        r"\frac{\partial L}{\partial W_{ij}} = \sum_{t=1}^T \frac{\partial L}{\partial a_{t,i}} x_{t,j}",
        "of which units or weights it holds",
    ),
    "a range up to a letter that the equation does not have": (
        LOSS + " For $s < r$ we have",
        r"\frac{\partial L}{\partial h_s} = W^\top \mathrm{diag}(1 - h_{s+1}^2) \frac{\partial L}{\partial h_{s+1}}",
        "and has no r",
    ),
    "a step with other weights": (
        r"$$ h_1 = \tanh(A x_1) $$ In general, $$ z_j = W h_{j-1} + U x_j, \quad h_j = \tanh(z_j) $$",
        r"h_2 = \tanh(A x_2 + W h_1)",
        "a step of another network",
    ),
    "steps with equations of their own": (
        r"$$ h_1 = \tanh(A x_1), \quad h_2 = \tanh(A x_2 + B h_1) $$ In general, $$ z_j = W h_{j-1} + b, \quad h_j = \tanh(z_j) $$",
        r"\frac{\partial h_j}{\partial h_{j-1}} = \mathrm{diag}(1 - h_j^2) W",
        "also where another one is given",
    ),
    "numbers of an example for a vector": (LOSS, r"h_1 = \tanh(U [0.8, 0.2] + W h_0)", ""),
    "an index of components that counts steps elsewhere": (
        r"$$ y = \mathrm{softmax}(x) $$ $$ y_i = \frac{e^{x_i}}{\sum_{j=1}^n e^{x_j}} $$ $$ h_t = \tanh(A x_t + B h_{t-1}) $$"
        r"$$ \frac{\partial h_t}{\partial h_k} = \prod_{i=k+1}^t \frac{\partial h_i}{\partial h_{i-1}} $$",
        r"\frac{\partial y_i}{\partial x_j} = y_i (\mathbf{1}(i=j) - y_j)",
        "i may count components",
    ),
    "a letter for what a function gives": (
        r"$$ i_t = \sigma(W x_t + U s_{t-1}), \quad s_t = i_t \odot s_{t-1}, \quad y_t = \sigma(V s_t) $$"
        r"$$ \frac{\partial i_t}{\partial z_t} = \mathrm{diag}(\sigma'(z_t)) $$ $$ \sigma(z) = \frac{1}{1 + e^{-z}} $$"
        r"$$ \sigma'(z) = \sigma(z)(1 - \sigma(z)) $$",
        r"\sigma(z) = y",
        "may be the value of the function",
    ),
    "a sum that may be over the steps or over components": (
        r"$$ h_t = \tanh(A x_t + B h_{t-1}), \quad p_t = \mathrm{softmax}(C h_t), \quad L = -\sum_i y_i \log p_i, \quad r_t = p_t - y_t $$",
        r"\frac{\partial L}{\partial C} = (p - y) h^\top",
        "i may count components",
    ),
    "a number that is added to a vector": (
        r"$$ h_t = \tanh(A x_t + B h_{t-1}), \quad a_t = \sum_i w_i x_{t,i}, \quad c_t = D h_t + a_t $$",
        r"\frac{\partial c_t}{\partial h_t} = D^\top h_t",
        "a number is added to a vector",
    ),
    "a word below a letter that may end with the step": (
        r"$$ h_t = \tanh(z_{pt} + W h_{t-1}), \quad L = \sum_t L_t(h_t) $$",
        r"\frac{\partial L}{\partial z_{pt}} = \frac{\partial L}{\partial h_t} \odot (1 - h_t^2)",
        "the name p at step t",
    ),
    "a quantity of any two examples": (
        LOSS + "\n\n" + r"$$ u = 2 v $$",
        r"u = \lambda x_i + (1 - \lambda) x_j",
        "it does not say which i is meant",
    ),
    "a function for its value": (
        r"$$ g = \tanh(c) $$ $$ z = f(g(x)) $$",
        r"\frac{\partial z}{\partial x} = \frac{\partial z}{\partial g} \frac{\partial g}{\partial x}",
        "nothing says how many components x has",
    ),
    "names with numbers": (r"$$ z = a x $$", r"a 1 = a 3", "may be a name"),
    "a component of a function": (
        r"$$ \sigma(z) = \frac{1}{1 + e^{-z}} $$ $$ z = W x $$",
        r"\sigma(z)_j = \frac{e^{z_j}}{\sum_k e^{z_k}}",
        "may be a function of vectors here",
    ),
    "the value of an example": (LOSS, r"\frac{\partial L}{\partial o_t} = 14 \times 3", "may be the value in an example"),
    "a function to choose": (
        r"$$ \sigma(z) = \frac{1}{1 + e^{-z}} $$ $$ z = W x $$",
        r"\sigma(z) = \max(0, z)",
        "another function to choose",
    ),
    "a tanh to choose": (
        r"$$ \sigma(z) = \frac{1}{1 + e^{-z}} $$ $$ z = W x $$",
        r"\sigma(z) = \frac{e^z - e^{-z}}{e^z + e^{-z}}",
        "another function to choose",
    ),
    "the slope of a tanh to choose": (
        r"$$ \sigma(z) = \frac{1}{1 + e^{-z}} $$ $$ z = W x $$" + "\n\nAlso $\\sigma(x) = \\tanh(x)$ is usual, with",
        r"\sigma'(2 x) = 1 - (\sigma(2 x))^2",
        "another function that sigma is here",
    ),
    "weights of layers": (
        r"$$ z^{[l]} = W^{[l]} a^{[l-1]} + b^{[l]}, \quad a^{[l]} = \sigma(z^{[l]}) $$",
        r"\frac{\partial a^{[l]}}{\partial a^{[l-1]}} = W^{[l]} a^{[l]}",
        "as the weights of layers do",
    ),
    "an error of which nothing says how long it is": (
        NO_LOSS + "\n\n" + r"$$ \delta_T = C^\top (p - r) $$",
        r"\frac{\partial L}{\partial B} = \sum_{t=1}^T (\delta_T \odot (1 - h_t^2)) h_{t-1}^\top",
        "nothing says how many components δ has",
    ),
    "a state that no equation makes of itself": (
        r"$$ g_t = \sigma(A y_{t-1} + B x_t), \quad c_t = g_t \odot c_{t-1}, \quad h_t = g_t \odot \tanh(c_t) $$"
        r"$$ L = \sum_t r_t^\top h_t $$",
        r"\frac{\partial L}{\partial h_{t-1}} = \frac{\partial L}{\partial h_t} \frac{\partial h_t}{\partial h_{t-1}}",
        "no equation makes h of h",
    ),
    "a state of which only the step before is written": (
        r"$$ g_t = A H_{t-1} + B x_t $$ $$ L = \sum_t r_t^\top g_t $$",
        r"\frac{\partial L}{\partial B} = \sum_{t=1}^T \frac{\partial L}{\partial g_t} x_{t-1}^\top",
        "it rests on H, whose definition is doubtful: no equation gives it",
    ),
    "a loss of the last step beside the sum": (LOSS, r"L = L_T", "may be for sequences with one output"),
    "the letter of an aside, without its step": (
        ASIDE,
        r"\frac{\partial L}{\partial r} = \sum_{t=1}^T (o_t - r_t)",
        "r may be that of an equation which has no meaning here",
    ),
    "a state on the other side of its matrix": (LOSS, r"h_2 = \tanh(x_2 U + h_1 W)", "vectors stand on the other side"),
    "an example at single steps": (
        TWO_STEPS,
        r"W^\top \mathrm{diag}(1 - h_k^2) (\gamma_{T-1}^{(T-2)} + \gamma_T^{(T-2)}) = \gamma_{T-1}^{(T-3)} + \gamma_T^{(T-3)}",
        "it may be meant at one k of its other steps",
    ),
    "a part of an error with a value at the end alone": (
        r"$$ h_t = \tanh(A x_t + B h_{t-1}), \quad z_t = C h_t, \quad p_t = \mathrm{softmax}(z_t), \quad L = -\sum_t y_t^\top \log p_t $$"
        r"$$ \delta^h_t = C^\top (p_t - y_t) + \delta^{h,\text{ahead}}_t $$ $$ \delta^{h,\text{ahead}}_T = 0 $$",
        r"\frac{\partial L}{\partial A} = \sum_t (\delta^h_t \odot (1 - h_t^2)) x_t^\top",
        "which no equation defines",
    ),
    "what stands for any parameter": (
        r"$$ h_t = \tanh(A x_t + B h_{t-1}), \quad z_t = C h_t, \quad p_t = \mathrm{softmax}(z_t), \quad L_t = -y_t^\top \log p_t $$",
        r"\frac{\partial L_t}{\partial \theta_s} = \frac{\partial L_t}{\partial h_t} \frac{\partial h_t}{\partial \theta_s}",
        "theta",
    ),
    "a sum over what may be examples": (
        r"$$ h_t = \tanh(A x_t + B h_{t-1} + b), \quad z_t = C h_t, \quad L = \sum_t \ell(z_t, y_t) $$",
        r"\frac{\partial L}{\partial b} = \sum_{i=1}^{M} \left( \sum_t \frac{\partial L}{\partial h_t} \odot (1 - h_t^2) \right)_i",
        "if it counts examples, state the shapes",
    ),
    "a bias that nothing has, by which is differentiated": (
        NO_LOSS,
        r"\frac{\partial L}{\partial b_t} = \frac{\partial L}{\partial z_t} \frac{\partial z_t}{\partial b_t}",
        "nothing defines b",
    ),
    "two unknown letters": (
        NO_LOSS,
        r"\frac{\partial h_t}{\partial z_t} = \mathrm{diag}(1 - m_t \odot q_t)",
        "nothing defines",
    ),
    "what a part of a derivative comes through": (
        LOSS,
        r"\left. \frac{\partial L}{\partial h_t} \right|_{h_{t+1}} = W^\top (\frac{\partial L}{\partial h_{t+1}} \odot (1 - h_{t+1}^2))",
        "h_{t+1} at the foot of a bar may name a part",
    ),
    "a part of a derivative with a number": (
        LOSS,
        r"\frac{\partial L}{\partial h_t}^{(1)} = V^\top (o_t - r_t)",
        "numbered above",
    ),
    "a matrix that is told from another by a name": (
        LOSS + "\n\n" + r"$$ D_t = \mathrm{diag}(1 - h_t^2) $$",
        r"\frac{\partial h_t}{\partial h_{t-1}} = D_f W",
        "nothing defines D",
    ),
    "an error without any index": (
        r"$$ h_t = \tanh(A x_t + B h_{t-1}), \quad z_t = C h_t, \quad p_t = \mathrm{softmax}(z_t), \quad L_t = -y_t^\top \log p_t $$",
        r"\frac{\partial L_t}{\partial C} = \delta h_t^\top",
        "nothing defines",
    ),
    "a loss that is only named, at one step": (
        NO_LOSS,
        r"\frac{\partial L}{\partial A} = \sum_k \frac{\partial L}{\partial z_t} x_t^\top",
        "how the loss depends",
    ),
    "an open activation on both sides": (
        ANY_OUTPUT,
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \mathrm{diag}(1 - h_t^2) \frac{\partial L}{\partial h_t} h_{t-1}^\top",
        "it may be true of some functions f",
    ),
    "one of the functions of a state, which makes another quantity": (
        r"$$ h_t = f(W h_{t-1} + U x_t), \qquad y_t = \sigma(V h_t) $$",
        r"h_1 = \sigma(W h_0 + U x_1)",
        "it may be true where f is sigma",
    ),
    "a function that stands for any": (ANY_WORD, r"L = func(o_1)", "what the function func is"),
    "an error of what nothing is made of": (
        DEAD,
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^T \delta_t h_{t-1}^\top",
        "nothing of the network is made of a",
    ),
    "what is added to itself": (
        LOSS,
        r"\frac{\partial L}{\partial h_t} = V^\top (o_t - r_t) + \frac{\partial L}{\partial h_t}",
        "stands on both sides",
    ),
    "a state of other cells": (HEDGED, r"c_t = f_t \odot c_{t-1} + (1 - f_t) \odot x_t", "an aside"),
    "a function of a letter": (LOSS, "h(x) = 2 x", "may be a function"),
    "lengths that are equal": (LOSS + "\n\n" + r"$$ n_x = n_y $$", r"n_x = \tau", "may be a condition"),
    "units of another layer": (UNITS, r"a_{t,j} = \sum_{i=1}^{I} w_{ji} x_{t,i}", "if j counts other units"),
    "a weight that nothing defines": (
        r"$$ h_t = f(W, h_{t-1}) $$",
        r"\frac{\partial L}{\partial U} = \frac{\partial L}{\partial h_t}"
        r" \sum_{i=1}^t \frac{\partial h_i}{\partial h_t} \frac{\partial h_i^+}{\partial U}",
        "nothing defines U",
    ),
    "an error that is said in words": (
        LOSS + "\n\n" + BY_WORDS,
        r"\frac{\partial L}{\partial h_t} = \delta^h_t",
        "it rests on delta_hahead, which no equation defines",
    ),
    "an open loss": (OPEN_LOSS, r"\frac{\partial L_t}{\partial o_t} = 3 (o_t - r_t)", "some losses"),
    "an open activation": (ANY_FUNCTION, r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(1 - h_t^2) W", "some functions"),
    "an open activation that may be none": (ANY_FUNCTION, r"\frac{\partial h_t}{\partial h_{t-1}} = W", "some functions"),
    "an open output": (OPEN_OUTPUT, r"\frac{\partial L_t}{\partial V} = (o_t - r_t) h_t^\top", "some functions"),
    "a gate held fixed": (GATED, r"\frac{\partial^+ c_t}{\partial h_{t-1}} = 0", "in the equation itself"),
    "one step of a total": (LOSS, r"\frac{\partial^+ L}{\partial h_t} = V^\top (o_t - r_t)", "at other steps"),
    "a letter that nothing defines": (
        LOSS,
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^T (q_t - r_t) h_t^\top + Q",
        "nothing defines",
    ),
    "a decimal for a letter": (LOSS, r"\frac{\partial L_t}{\partial o_t} = o_t - 0.5", "a decimal"),
    "a second loss to choose": (LOSS, r"L_t = -\sum_k r_{t,k} \log o_{t,k}", "another loss"),
    "a condition on weights": (
        LOSS.replace(r"\tanh(U", r"\tanh(u_1 U").replace("W h", "u_2 W h"),
        "u_1 + u_2 = 1",
        "may be a condition",
    ),
}
RUN_TOGETHER = GATED + "\n\n" + r"$$ o_t = \sigma(B h_{t-1}) h_t = o_t \odot \tanh(c_t) $$"
RUN_ON = r"$$ a_t = B x_t $$ $$ i_t = \sigma(A x_t) a_t = \tanh(B x_t), \qquad c_t = c_{t-1} + i_t \odot a_t $$"
GIVEN_ANEW = LOSS + "\n\n" + r"$$ h_t = h_t \odot m_t $$"
DOUBTFUL = {
    "a definition that two equations run together in": (
        RUN_TOGETHER,
        r"\frac{\partial o_t}{\partial h_{t-1}} = B",
        "it rests on o, whose definition is doubtful: two equations seem to run together",
    ),
    "a definition that swallows the next one": (
        RUN_ON,
        r"\frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(a_t)",
        "run together",
    ),
    "a letter that is given another value": (
        GIVEN_ANEW,
        r"\frac{\partial L_t}{\partial V} = 2 (o_t - r_t) h_t^\top",
        "given by itself at the same step",
    ),
}
THREE_STEPS = LOSS.replace(r"\sum_{t=1}^T L_t", r"\sum_{t=1}^3 L_t")
WRITTEN_OUT = LOSS.replace(r"\sum_{t=1}^T L_t", "L_1 + L_2 + L_3")
LET_THROUGH = {
    "a transpose that lacks in an error": (
        LOSS + "\n\n" + r"$$ \delta_t = \frac{\partial L_t}{\partial h_t} $$",
        r"\delta_t = V (o_t - r_t)",
    ),
    "one product of two the other way round": (LOSS, r"h_2 = \tanh(x_2 U + W h_1)"),
    "targets beside the letter of an aside": (ASIDE, r"\frac{\partial L_t}{\partial o_t} = r_t - o_t"),
    "a derivative that is said to vanish": (LOSS, r"\frac{\partial L}{\partial o_t} = 0"),
    "a function that is none of the usual ones": (
        r"$$ \sigma(z) = \frac{1}{1 + e^{-z}} $$ $$ z = W x $$",
        r"\sigma(z) = \frac{1}{1 + e^{z}}",
    ),
    "a loss of a step before the last one": (LOSS, r"L = L_{T-1}"),
    "an error of which an equation says how long it is": (
        LOSS + "\n\n" + r"$$ \delta_T = V^\top (o_T - r_T) $$",
        r"\frac{\partial L_T}{\partial W} = (\delta_T \odot (1 - o_T^2)) h_{T-1}^\top",
    ),
    "an example that is false at each step": (
        TWO_STEPS,
        r"W \mathrm{diag}(1 - h_k^2) (\gamma_{T-1}^{(T-2)} + \gamma_T^{(T-2)}) = \gamma_{T-1}^{(T-3)} + \gamma_T^{(T-3)}",
    ),
    "a slope, whatever the loss is": (
        NO_LOSS,
        r"\frac{\partial L}{\partial z_t} = \frac{\partial L}{\partial h_t} \odot (1 - h_t)",
    ),
    "a weight, whatever the loss is": (NO_LOSS, r"\frac{\partial L}{\partial x_t} = B^\top \frac{\partial L}{\partial z_t}"),
    "a step of a loss that ends at a number": (THREE_STEPS, r"\frac{\partial L}{\partial o_t} = r_t - o_t"),
    "a step of the losses that are written out": (WRITTEN_OUT, r"\frac{\partial L}{\partial o_t} = r_t - o_t"),
    "a step at the foot of a bar": (
        LOSS,
        r"\left. \frac{\partial h_t}{\partial W} \right|_{t} = \mathrm{diag}(h_t) \left. \frac{\partial h_t}{\partial W} \right|_{t}",
    ),
    "a loss is a number, whatever function it is of": (
        OPEN_LOSS,
        r"\frac{\partial L_t}{\partial W} = \frac{\partial L_t}{\partial o_t} \frac{\partial h_t}{\partial W}",
    ),
    "noise": (
        r"$$ h_t = \tanh(U x_t + W h_{t-1}) + \epsilon_t $$",
        r"\frac{\partial h_t}{\partial h_{t-1}} = W",
    ),
    "a loss with the other sign": (LOSS.replace(r"\frac12 \|o_t - r_t\|^2", r"-r_t^\top \log o_t"), r"L_t = r_t^\top \log o_t"),
    "a decimal in front": (LOSS, r"\frac{\partial L_t}{\partial o_t} = 0.5 (o_t - r_t)"),
    "a value of what is defined": (LOSS, r"h_t^\top h_t = 1"),
    "an open loss": (OPEN_LOSS, r"\frac{\partial L}{\partial h_t} = V^\top \frac{\partial L}{\partial o_t}"),
    "an open activation": (ANY_FUNCTION, r"\frac{\partial h_t}{\partial h_{t-1}} = W \mathrm{diag}(f'(U x_t + W h_{t-1}))"),
    "an open activation that the derivative does not reach": (ANY_OUTPUT, r"\frac{\partial L}{\partial o_t} = r_t - o_t"),
    "an open activation that the output is fed back through": (FED_BACK, r"\frac{\partial L}{\partial o_t} = r_t - o_t"),
    "an open activation behind the output": (ANY_OUTPUT, r"\frac{\partial L_t}{\partial U} = V^\top (o_t - r_t) x_t^\top"),
    "an output without an equation that a claim differentiates": (
        r"$$ h_t = \tanh(U x_t + W h_{t-1}) $$",
        r"\frac{\partial L_t}{\partial h_{t-2}} = \frac{\partial L_t}{\partial p_t} \frac{\partial p_t}{\partial h_t}"
        r" \frac{\partial h_t}{\partial h_{t-1}}",
    ),
    "an activation, as the text says, that is left out": (SAID_OPEN, r"\frac{\partial h_t}{\partial h_{t-1}} = W"),
    "a step with an equation of its own, and a claim that is false without it too": (
        r"$$ h_1 = \tanh(A x_1) $$ $$ z_j = W h_{j-1} + b, \quad h_j = \tanh(z_j) $$",
        r"\frac{\partial h_j}{\partial h_{j-1}} = \mathrm{diag}(1 - h_j) W",
    ),
    "a step with the same weights": (LOSS, r"h_2 = \tanh(U x_1 + W h_1)"),
    "an explicit derivative": (GATED, r"\frac{\partial^+ c_t}{\partial c_{t-1}} = \mathrm{diag}(1 - f_t)"),
    "a truncated sum": (
        LOSS,
        r"\frac{\partial L_t}{\partial W} = \sum_{k=t-3}^{t} \frac{\partial L_t}{\partial h_k} \frac{\partial^+ h_k}{\partial W}",
    ),
    "a loss": (LOSS, r"\frac{\partial L_t}{\partial o_t} = r_t - o_t"),
}


def judged(network: str, claim: str) -> Judgement:
    report = checked(read_text(f"{network}\n\n$$ {claim} \\tag{{it}} $$\n", "gate.md", "markdown"))
    return next(j for j in report.judgements if j.statement.label == "it")


@pytest.mark.parametrize(("network", "claim", "reason"), (TRIPPED | DOUBTFUL).values(), ids=TRIPPED | DOUBTFUL)
def test_where_a_guess_stands_behind_it_nothing_is_called_wrong(network: str, claim: str, reason: str) -> None:
    verdict = judged(network, claim).verdict
    assert isinstance(verdict, Undecided) and reason in str(verdict.reason)


@pytest.mark.parametrize("network", [THREE_STEPS, WRITTEN_OUT], ids=["three steps", "written out"])
def test_the_last_step_is_where_the_loss_ends(network: str) -> None:
    verdict = judged(network, r"\frac{\partial L}{\partial o_t} = o_t - r_t").verdict
    assert isinstance(verdict, Proven)
    assert (questions.LAST_STEP, "where L ends") in verdict.answers


@pytest.mark.parametrize(("network", "claim"), LET_THROUGH.values(), ids=LET_THROUGH)
def test_what_no_guess_stands_behind_is_called_wrong(network: str, claim: str) -> None:
    assert isinstance(judged(network, claim).verdict, Wrong)


FAILED_GATE = r"""
$$ z_t = A \star x_t \star h_{t-1} $$
$$ f_t = \sigma(z_t), \quad i_t = \sigma(B x_t), \quad c_t = f_t \odot c_{t-1} + i_t \odot x_t, \quad h_t = i_t \odot \tanh(c_t) $$
"""


@pytest.mark.parametrize(
    ("claim", "word"),
    [
        (r"\frac{\partial h_t}{\partial c_t} = \mathrm{diag}(1 - \tanh^2(c_t))", "wrong"),
        (r"\frac{\partial c_t}{\partial f_t} = \mathrm{diag}(c_t)", "wrong"),
        (r"\frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(i_t)", "undecided"),
        (r"\frac{\partial c_t}{\partial h_{t-1}} = \mathrm{diag}(c_{t-1} \odot f_t)", "undecided"),
        (r"\frac{\partial f_t}{\partial z_t} = \mathrm{diag}(f_t)", "undecided"),
    ],
)
def test_a_failed_definition_matters_where_a_derivative_goes_through_it(claim: str, word: str) -> None:
    assert judged(FAILED_GATE, claim).verdict.word == word


UNREAD_STATE = r"""
$$ i_t = \sigma(P h_{t-1} + Q x_t), \quad e_t = \sigma(R h_{t-1} + S x_t) $$
$$ h_t = e_t \bowtie \tanh(x_t) $$
$$ o_t = V h_t, \quad p_t = \text{softmax}(o_t) $$
$$ g_t := \frac{\partial L}{\partial o_t} $$
"""
SECOND_NETWORK = UNREAD_STATE + "\nWith the activation $z_t$ we have\n$$ i_t := \\sigma(z_t) $$\n"


@pytest.mark.parametrize("network", [UNREAD_STATE, SECOND_NETWORK], ids=["in its network", "in a later one"])
@pytest.mark.parametrize(
    ("claim", "word"),
    [
        (
            r"\frac{\partial L}{\partial h_t} = \frac{\partial L}{\partial o_t} \frac{\partial o_t}{\partial h_t}"
            r" + \frac{\partial L}{\partial o_{t+1}} \frac{\partial o_{t+1}}{\partial h_t}",
            "undecided",
        ),
        (r"\frac{\partial L}{\partial h_t} = g_t V", "undecided"),
        (r"\frac{\partial o_{t+1}}{\partial h_t} = 0", "undecided"),
        (r"\frac{\partial o_t}{\partial h_t} = V", "proven"),
    ],
    ids=["chain rule", "at its own step", "zero", "not through it"],
)
def test_what_an_unread_equation_says_is_no_input_of_a_proof(network: str, claim: str, word: str) -> None:
    assert judged(network, claim).verdict.word == word


def test_what_a_failed_definition_hides_is_no_input_of_a_proof() -> None:
    """z_t is made of h_{t-1}, and c_t so of c_{t-1} otherwise than by the product as well."""
    assert judged(FAILED_GATE, r"\frac{\partial c_t}{\partial c_{t-1}} = \mathrm{diag}(f_t)").verdict.word == "undecided"
    assert judged(FAILED_GATE, r"\frac{\partial c_t}{\partial f_t} = \mathrm{diag}(c_{t-1})").verdict.word == "proven"


def test_a_failed_definition_is_found_through_others() -> None:
    """A claim about o_t = V h_t rests on the definition of h_t."""
    document = read_text(LOSS + "\n\n$$ o_t = 2 V h_t $$\n", "gate.md", "markdown")
    understanding, statement = read_model(document, Options()), document.statements[-1]
    assert statement.relation is not None
    admissible, refused = readings(statement.relation, understanding.model, understanding.lexicon)
    decider = Decider(understanding.model, instance_for(understanding.model, Options()))
    refuted = Refuted(statement, statement.relation, tuple(admissible), tuple(refused), understanding, decider)
    assert failed_definition(refuted) is None
    without = replace(refuted, understanding=replace(understanding, given_up=(Name("h"),)))
    assert str(failed_definition(without)) == "it rests on h, whose definition has no meaning here"


@pytest.mark.parametrize(
    ("claim", "may_define"), [(r"m_t = \beta m_{t-1} + h_t", True), (r"m_t = h_t", False), (r"h_t = 2 h_{t-1}", False)]
)
def test_a_recursion_of_what_has_no_other_equation_may_be_its_definition(claim: str, may_define: bool) -> None:
    network = f"{LOSS}\n\n$$ m_0 = 0 $$\n"
    understanding = read_model(read_text(network, "gate.md", "markdown"), Options())
    statement = read_text(f"{network}\n$$ {claim} $$\n", "gate.md", "markdown").statements[-1]
    decider = Decider(understanding.model, instance_for(understanding.model, Options()))
    assert statement.relation is not None
    refuted = Refuted(statement, statement.relation, (), (), understanding, decider)
    assert (recursion(refuted) is not None) == may_define


def test_a_letter_is_what_its_definition_says_up_to_where_it_is_given_another_value() -> None:
    claim = r"\frac{\partial L_t}{\partial V} = 2 (o_t - r_t) h_t^\top"
    text = f"{LOSS}\n\n$$ {claim} $$\n\n$$ h_t = h_t \\odot m_t $$\n\n$$ {claim} $$\n"
    before, anew, after = checked(read_text(text, "gate.md", "markdown")).judgements[-3:]
    assert isinstance(before.verdict, Wrong)
    assert isinstance(anew.verdict, Undecided) and isinstance(after.verdict, Undecided)


@pytest.mark.parametrize(("network", "word"), [(NETWORK + "E = 0 $$", "undecided"), (LOSS, "wrong")], ids=["without", "with"])
def test_a_link_may_say_what_a_letter_without_an_equation_is(network: str, word: str) -> None:
    """The prediction q of the link before is that letter; o has its equation."""
    letter = "q" if word == "undecided" else "o"
    claim = rf"E = \frac12 ({letter}_T - r_T)^\top ({letter}_T - r_T) = \frac12 (h_T - r_T)^\top (h_T - r_T)"
    report = checked(read_text(f"{network.replace('E = 0', '')}\n\n$$ {claim} $$\n", "gate.md", "markdown"))
    assert report.judgements[-1].verdict.word == word


def test_readings_beyond_the_most_are_said_to_be_untried() -> None:
    def run(choices: Choices) -> str:
        return choices.choose("first", ("a", "b")) + choices.choose("second", ("c", "d"))

    found = [result for result, _ in explore(run, 3)]
    assert found[:3] == ["ac", "ad", "bc"] and isinstance(found[3], Untried)
    assert not any(isinstance(result, Inadmissible) for result, _ in explore(run, 4))


def test_an_untried_reading_is_an_objection() -> None:
    statement = judged(LOSS, r"o_t = V h_t").statement
    refuted = Refuted(statement, statement.relation, (), (Inadmissible("shapes"),), None, None)  # type: ignore[arg-type]
    assert untried_reading(refuted) is None
    assert untried_reading(replace(refuted, refused=(Untried("more readings"),))) == "more readings"


def test_every_guard_says_what_it_looks_at() -> None:
    assert all(guard.__doc__ for guard in GUARDS)


NUMBERS = r"$$ z_t = u x_t + w h_{t-1}, \quad h_t = \tanh(z_t), \quad L = \sum_{t=1}^T L_t, \quad L_t = \frac12 (v h_t - r_t)^2 $$"


@pytest.mark.parametrize(
    ("claim", "word"),
    [
        (r"\frac{\partial h_t}{\partial h_{t-1}} = 1 - h_t^2", "undecided"),  # so it is with w = 1
        (r"\frac{\partial h_t}{\partial h_{t-1}} = (1 - h_t) w", "wrong"),
        (r"\frac{\partial L_t}{\partial h_t} = v (r_t - v h_t)", "wrong"),
        (r"\frac{\partial L_t}{\partial w} = 1", "undecided"),  # by what is supposed to be a number
    ],
)
def test_what_is_false_in_the_example_as_well_is_wrong(claim: str, word: str) -> None:
    text = NUMBERS + f"\n\nTake $w = 1$ and $r_1 = 0.6$.\n\n$$ {claim} $$"
    assert checked(read_text(text, "gate.md", "markdown")).judgements[-1].verdict.word == word


def test_an_equation_that_holds_all_slopes_of_an_open_function_is_about_any_function() -> None:
    slope = r"\frac{\partial f(x_t, h_{t-1}, w)}{\partial %s}"
    lines = (
        r"h_t = f(x_t, h_{t-1}, w), \quad o_t = g(h_t, v), \quad L = \frac{1}{T} \sum_{t=1}^T l(y_t, o_t)",
        rf"\frac{{\partial h_t}}{{\partial w}} = {slope % 'w'} + {slope % 'h_{t-1}'}",
        rf"c_t = {slope % 'h_{t-1}'}, \quad b_t = {slope % 'w'}",
        r"\frac{\partial h_t}{\partial w} = b_t + \sum_{i=1}^{t-1} (\prod_{j=i}^{t} c_j) b_i",
        r"\frac{\partial h_t}{\partial w} = b_t + \sum_{i=1}^{t-1} (\prod_{j=i+1}^{t} c_j) b_i",
        r"\frac{\partial h_t}{\partial w} = 1",  # f may be w
        r"\frac{\partial l(y_t, o_t)}{\partial o_t} = o_t - y_t",
    )
    text = "\n\n".join(f"$$ {line} $$" for line in lines)
    found = [j.verdict.word for j in checked(read_text(text, "gate.md", "markdown")).judgements]
    assert found == ["definition"] * 3 + ["wrong"] + ["definition"] * 2 + ["wrong", "proven", "undecided", "undecided"]


@pytest.mark.parametrize(("claim", "held"), [("l = 1", True), (r"l_t = 1", False), (r"l = \eta", False), (r"o_t = 7", True)])
def test_a_number_for_a_bare_letter_may_be_where_a_loop_begins(claim: str, held: bool) -> None:
    ((chain,),) = (read_row(claim),)
    left, right = chain.sides
    assert left is not None and right is not None
    refuted: Any = SimpleNamespace(relation=Relation("=", left, right))
    assert (number_of_an_example(refuted) is not None) == held
