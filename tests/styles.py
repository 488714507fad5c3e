"""Small documents in the styles that notes come in: true claims, the same in other notation, and false ones."""

from __future__ import annotations

from dataclasses import dataclass

Wrong = tuple[str, str]


@dataclass(frozen=True)
class Style:
    """Definitions, true claims, the same in other notation, false claims with the name of the mistake (or nothing)."""

    name: str
    definitions: tuple[str, ...]
    true: tuple[str, ...]
    notation: tuple[str, ...] = ()
    false: tuple[Wrong, ...] = ()

    @property
    def transposable(self) -> tuple[str, ...]:
        """True claims about vectors and matrices of which both sides can be transposed."""
        return tuple(claim for claim in (*self.true, *self.notation) if r"\partial^+" not in claim)


RAISED = Style(
    "times in brackets above",
    (
        r"a^{(t)} = b + W h^{(t-1)} + U x^{(t)}",
        r"h^{(t)} = \tanh(a^{(t)})",
        r"o^{(t)} = c + V h^{(t)}",
        r"\hat{y}^{(t)} = \operatorname{softmax}(o^{(t)})",
        r"L^{(t)} = -\sum_{k} y_k^{(t)} \log \hat{y}_k^{(t)}",
        r"L = \sum_{t=1}^{T} L^{(t)}",
    ),
    (
        r"\nabla_{o^{(t)}} L = \hat{y}^{(t)} - y^{(t)}",
        r"(\nabla_{o^{(t)}} L)_k = \hat{y}^{(t)}_k - y^{(t)}_k",
        r"\nabla_{h^{(T)}} L = V^\top \nabla_{o^{(T)}} L",
        r"\nabla_{h^{(t)}} L = W^\top \mathrm{diag}(1 - (h^{(t+1)})^2) (\nabla_{h^{(t+1)}} L) "
        r"+ V^\top (\nabla_{o^{(t)}} L)",
        r"\nabla_c L = \sum_t \nabla_{o^{(t)}} L",
        r"\nabla_b L = \sum_t \mathrm{diag}(1 - (h^{(t)})^2) \nabla_{h^{(t)}} L",
        r"\nabla_V L = \sum_t (\nabla_{o^{(t)}} L) {h^{(t)}}^\top",
    ),
    (
        r"\nabla_{h^{(T)}} L = V^T \nabla_{o^{(T)}} L",
        r"\nabla_{h^{(T)}} L = V^{\mathsf T} \left(\nabla_{o^{(T)}} L\right)",
        r"\nabla_c L = \sum_{t=1}^{T} \nabla_{o^{(t)}} L",
        r"\nabla_c L = \sum_{t=1}^{T} (\hat{y}^{(t)} - y^{(t)})",
        r"\frac{\partial L}{\partial c} = \sum_t (\hat{y}^{(t)} - y^{(t)})",
        r"\nabla_{o^{(t)}} L = -y^{(t)} + \hat{y}^{(t)}",
        r"\frac{\partial L}{\partial o^{(t)}} = \hat{y}^{(t)} - y^{(t)}",
        r"\nabla_b L = \sum_t (1 - (h^{(t)})^2) \odot \nabla_{h^{(t)}} L",
        r"\nabla_b L = \sum_t \nabla_{a^{(t)}} L",
        r"\nabla_V L = \sum_t (\nabla_{o^{(t)}} L) \otimes h^{(t)}",
        r"\nabla_V L = \sum_{t=1}^{T} (\hat{y}^{(t)} - y^{(t)}) (h^{(t)})^T",
    ),
    (
        (r"\nabla_{h^{(T)}} L = V \nabla_{o^{(T)}} L", "missing transpose"),
        (r"\nabla_{o^{(t)}} L = y^{(t)} - \hat{y}^{(t)}", ""),
        (r"\nabla_{h^{(t)}} L = V^\top (\nabla_{o^{(t)}} L)", "only the immediate derivative"),
        (r"\nabla_b L = \sum_t \nabla_{h^{(t)}} L", "missing activation derivative"),
        (r"\nabla_V L = \sum_t (\nabla_{o^{(t)}} L) {h^{(t-1)}}^\top", "index shifted"),
        (r"\nabla_c L = \frac{1}{T} \sum_t \nabla_{o^{(t)}} L", "mean against sum"),
        (r"\nabla_c L = \nabla_{o^{(t)}} L", "a missing sum"),
    ),
)

LOGISTIC = Style(
    "other letters and the logistic function",
    (
        r"s_t = \sigma(A x_t + B s_{t-1} + b)",
        r"o_t = C s_t + d",
        r"p_t = \mathrm{softmax}(o_t)",
        r"E = -\sum_{t=0}^{T} t_t^T \log p_t",
    ),
    (
        r"\frac{\partial E}{\partial o_t} = p_t - t_t",
        r"\frac{\partial E}{\partial C} = \sum_{t=0}^{T} (p_t - t_t) \otimes s_t",
        r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(s_t \odot (1 - s_t)) B",
        r"\frac{\partial p_t}{\partial o_t} = \mathrm{diag}(p_t) - p_t p_t^T",
        r"\frac{\partial s_3}{\partial s_1} = \frac{\partial s_3}{\partial s_2} \frac{\partial s_2}{\partial s_1}",
    ),
    (
        r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(\sigma'(A x_t + B s_{t-1} + b)) B",
        r"\frac{\partial s_t}{\partial s_{t-1}} = \operatorname{diag}(s_t - s_t^2) B",
        r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(s_t) \mathrm{diag}(1 - s_t) B",
        r"\frac{\partial p_t}{\partial o_t} = \mathrm{diag}(p_t) - p_t \otimes p_t",
        r"\frac{\partial E}{\partial C} = \sum_{t=0}^{T} (p_t - t_t) s_t^{\top}",
        r"\frac{\partial E}{\partial C} = \sum_{t} p_t s_t^T - \sum_{t} t_t s_t^T",
        r"\nabla_C E = \sum_{t=0}^{T} (p_t - t_t) s_t^{\mathsf T}",
        r"\nabla_{d} E = \sum_{t=0}^{T} (p_t - t_t)",
    ),
    (
        (r"\frac{\partial s_t}{\partial s_{t-1}} = B", "missing activation derivative"),
        (r"\frac{\partial s_t}{\partial s_{t-1}} = B \mathrm{diag}(s_t \odot (1 - s_t))", "reversed order"),
        (r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(s_t \odot (1 - s_t)) A", "swapped parameter"),
        (r"\frac{\partial s_t}{\partial s_{t-1}} = \mathrm{diag}(1 - s_t^2) B", ""),
        (r"\frac{\partial p_t}{\partial o_t} = \mathrm{diag}(p_t \odot (1 - p_t))", "diagonal-only softmax Jacobian"),
        (r"\frac{\partial E}{\partial C} = \sum_{t=1}^{T} (p_t - t_t) \otimes s_t", "wrong bound (terms lost)"),
        (r"\frac{\partial E}{\partial C} = \sum_{t=0}^{T} (t_t - p_t) \otimes s_t", ""),
        (r"\frac{\partial E}{\partial C} = \sum_{t=0}^{T} (p_t - t_t) \otimes s_{t-1}", "index shifted"),
        (r"\frac{\partial E}{\partial o_t} = p_t + t_t", "a sign"),
        (r"\frac{\partial E}{\partial s_t} = B^T (p_t - t_t)", ""),
    ),
)

COMPONENTS = Style(
    "components and sums",
    (
        r"a_{t,i} = \sum_j W_{ij} h_{t-1,j} + \sum_l U_{il} x_{t,l} + b_i",
        r"h_{t,i} = \tanh(a_{t,i})",
        r"z_{t,k} = \sum_i V_{ki} h_{t,i} + c_k",
        r"p_{t,k} = \frac{e^{z_{t,k}}}{\sum_m e^{z_{t,m}}}",
        r"L = -\sum_{t=1}^{T} \sum_k y_{t,k} \log p_{t,k}",
    ),
    (
        r"\frac{\partial L}{\partial z_{t,k}} = p_{t,k} - y_{t,k}",
        r"\frac{\partial L}{\partial V_{ki}} = \sum_{t=1}^{T} (p_{t,k} - y_{t,k}) h_{t,i}",
        r"\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = (1 - h_{t,i}^2) W_{ij}",
        r"\frac{\partial h_{t,i}}{\partial a_{t,i}} = 1 - h_{t,i}^2",
        r"\frac{\partial z_{t,k}}{\partial h_{t,i}} = V_{ki}",
        r"\frac{\partial L}{\partial c_k} = \sum_{t=1}^{T} (p_{t,k} - y_{t,k})",
    ),
    (
        r"\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = W_{ij} (1 - h_{t,i}^2)",
        r"\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = W_{ij} - h_{t,i}^2 W_{ij}",
        r"\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = \left(1 - \tanh^2(a_{t,i})\right) W_{ij}",
        r"\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = \tanh'(a_{t,i}) W_{ij}",
        r"\frac{\partial L}{\partial V_{ki}} = \sum_{t=1}^{T} p_{t,k} h_{t,i} - \sum_{t=1}^{T} y_{t,k} h_{t,i}",
        r"\frac{\partial p_{t,k}}{\partial z_{t,m}} = p_{t,k} (\delta_{km} - p_{t,m})",
        r"\frac{\partial p_{t,k}}{\partial z_{t,m}} = p_{t,k} (\mathbb{1}[k = m] - p_{t,m})",
        r"p_{t,k} = \frac{\exp(z_{t,k})}{\sum_m \exp(z_{t,m})}",
        r"L = -\sum_{t=1}^{T} \sum_k y_{t,k} \ln p_{t,k}",
    ),
    (
        (r"\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = (1 - h_{t,i}^2) W_{ji}", "missing transpose"),
        (r"\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = (1 - h_{t,j}^2) W_{ij}", ""),
        (r"\frac{\partial h_{t,i}}{\partial h_{t-1,j}} = (1 + h_{t,i}^2) W_{ij}", "a sign"),
        (r"\frac{\partial L}{\partial V_{ki}} = \sum_{t=1}^{T} (p_{t,k} - y_{t,k}) h_{t-1,i}", "index shifted"),
        (
            r"\frac{\partial L}{\partial V_{ki}} = \sum_{t=2}^{T} (p_{t,k} - y_{t,k}) h_{t,i}",
            "wrong bound (terms lost)",
        ),
        (r"\frac{\partial L}{\partial V_{ki}} = (p_{t,k} - y_{t,k}) h_{t,i}", "a missing sum"),
        (r"\frac{\partial p_{t,k}}{\partial z_{t,m}} = p_{t,k} (\delta_{km} + p_{t,m})", "a sign"),
    ),
)

ROWS = Style(
    "row vectors and a mean loss",
    (
        r"h_t = \tanh(x_t W_x + h_{t-1} W_h + b)",
        r"z_t = h_t W_y + c",
        r"p_t = \mathrm{softmax}(z_t)",
        r"L = -\frac{1}{T} \sum_{t=1}^{T} \sum_k y_{t,k} \log p_{t,k}",
    ),
    (
        r"\frac{\partial L}{\partial z_t} = \frac{1}{T} (p_t - y_t)",
        r"\frac{\partial L}{\partial W_y} = \frac{1}{T} \sum_{t=1}^{T} h_t^T (p_t - y_t)",
        r"\frac{\partial L}{\partial c} = \frac{1}{T} \sum_{t=1}^{T} (p_t - y_t)",
    ),
    (
        r"\frac{\partial L}{\partial W_y} = \frac{1}{T} \sum_{t=1}^{T} h_t \otimes (p_t - y_t)",
        r"\frac{\partial L}{\partial W_y} = \sum_{t=1}^{T} h_t^{\top} \frac{\partial L}{\partial z_t}",
        r"\nabla_{W_y} L = \frac{1}{T} \sum_{t} h_t^{\mathsf T} (p_t - y_t)",
        r"\frac{\partial L}{\partial c} = \sum_{t=1}^{T} \frac{p_t - y_t}{T}",
        r"\frac{\partial L}{\partial z_t} = \frac{p_t - y_t}{T}",
    ),
    (
        (r"\frac{\partial L}{\partial z_t} = p_t - y_t", "mean against sum"),
        (r"\frac{\partial L}{\partial c} = \sum_{t=1}^{T} (p_t - y_t)", "mean against sum"),
        (r"\frac{\partial L}{\partial W_y} = \frac{1}{T} \sum_{t=1}^{T} x_t^T (p_t - y_t)", ""),
        (r"\frac{\partial L}{\partial c} = \frac{1}{T} \sum_{t=1}^{T} (y_t - p_t)", ""),
    ),
)

RECURSION = Style(
    "a recursion for the error, with an abbreviation",
    (
        r"h_t = \tanh(U x_t + W h_{t-1})",
        r"z_t = V h_t",
        r"\hat{y}_t = \mathrm{softmax}(z_t)",
        r"L_t = -y_t^T \log \hat{y}_t",
        r"L = \sum_{t=1}^{T} L_t",
        r"e_t = \hat{y}_t - y_t",
        r"\delta_T = (V^T e_T) \odot (1 - h_T^2)",
        r"\delta_t = (V^T e_t + W^T \delta_{t+1}) \odot (1 - h_t^2)",
    ),
    (
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} e_t h_t^T",
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \delta_t h_{t-1}^T",
        r"\frac{\partial L}{\partial U} = \sum_{t=1}^{T} \delta_t x_t^T",
        r"\frac{\partial L_t}{\partial h_t} = V^T e_t",
    ),
    (
        r"\frac{\partial L_t}{\partial h_t} = V^T (\hat{y}_t - y_t)",
        r"\frac{\partial L_t}{\partial h_t} = V^T \hat{y}_t - V^T y_t",
        r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \delta_t \otimes h_{t-1}",
        r"\nabla_W L = \sum_{t} \delta_t h_{t-1}^{\top}",
        r"\delta_t = \mathrm{diag}(1 - h_t^2) (V^T e_t + W^T \delta_{t+1})",
        r"\delta_t = (1 - h_t^2) \odot (V^T e_t) + (1 - h_t^2) \odot (W^T \delta_{t+1})",
        r"\delta_t = (1 - h_t \odot h_t) \odot (V^{\mathsf T} e_t + W^{\mathsf T} \delta_{t+1})",
    ),
    (
        (r"\frac{\partial L_t}{\partial h_t} = V e_t", "missing transpose"),
        (r"\frac{\partial L_t}{\partial h_t} = e_t", "missing output matrix"),
        (r"\frac{\partial L}{\partial W} = \sum_{t=1}^{T} \delta_t h_t^T", "index shifted"),
        (r"\frac{\partial L}{\partial U} = \sum_{t=2}^{T} \delta_t x_t^T", "wrong bound (terms lost)"),
        (r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} h_t e_t^T", ""),
        (r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} \delta_t h_t^T", ""),
        (r"\frac{\partial L}{\partial V} = e_t h_t^T", "a missing sum"),
    ),
)

GENERAL = Style(
    "a general activation and a squared loss",
    (
        r"h_t = \phi(W h_{t-1} + U x_t + b)",
        r"y_t = V h_t",
        r"L = \frac{1}{2} \sum_{t=1}^{T} \| y_t - d_t \|^2",
    ),
    (
        r"\frac{\partial L}{\partial y_t} = y_t - d_t",
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (y_t - d_t) h_t^T",
        r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\phi'(W h_{t-1} + U x_t + b)) W",
    ),
    (
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (y_t - d_t) \otimes h_t",
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} y_t h_t^{\top} - \sum_{t=1}^{T} d_t h_t^{\top}",
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} (V h_t - d_t) h_t^T",
        r"\nabla_{y_t} L = V h_t - d_t",
    ),
    (
        (r"\frac{\partial L}{\partial y_t} = 2 (y_t - d_t)", ""),
        (r"\frac{\partial L}{\partial y_t} = d_t - y_t", "a sign"),
        (r"\frac{\partial h_t}{\partial h_{t-1}} = W \mathrm{diag}(\phi'(W h_{t-1} + U x_t + b))", ""),
        (r"\frac{\partial h_t}{\partial h_{t-1}} = \mathrm{diag}(\phi'(W h_{t-1} + U x_t + b)) U", ""),
    ),
)

PRODUCTS = Style(
    "products of Jacobians",
    (
        r"h_t = \tanh(W_{xh} x_t + W_{hh} h_{t-1})",
        r"o_t = W_{hy} h_t",
        r"\hat{y}_t = \mathrm{softmax}(o_t)",
        r"\ell_t = -\sum_{k=1}^{K} y_{t,k} \log \hat{y}_{t,k}",
        r"L = \frac{1}{T} \sum_{t=1}^{T} \ell_t",
    ),
    (
        r"\frac{\partial h_t}{\partial h_k} = \prod_{i=k+1}^{t} \frac{\partial h_i}{\partial h_{i-1}}",
        r"\frac{\partial h_i}{\partial h_{i-1}} = \mathrm{diag}(1 - h_i^2) W_{hh}",
        r"\frac{\partial h_t}{\partial h_k} = \prod_{i=t}^{k+1} \mathrm{diag}(1 - h_i^2) W_{hh}",
        r"\frac{\partial L}{\partial W_{hy}} = \frac{1}{T} \sum_{t=1}^{T} (\hat{y}_t - y_t) h_t^T",
        r"\frac{\partial \ell_t}{\partial W_{hh}} = \sum_{k=1}^{t} \frac{\partial \ell_t}{\partial h_t} "
        r"\frac{\partial h_t}{\partial h_k} \frac{\partial^+ h_k}{\partial W_{hh}}",
    ),
    (
        r"\frac{\partial h_i}{\partial h_{i-1}} = \mathrm{diag}(\tanh'(W_{xh} x_i + W_{hh} h_{i-1})) W_{hh}",
        r"\frac{\partial h_i}{\partial h_{i-1}} = \mathrm{diag}(1 - \tanh^2(W_{xh} x_i + W_{hh} h_{i-1})) W_{hh}",
        r"\frac{\partial L}{\partial W_{hy}} = \frac{1}{T} \sum_{t=1}^{T} (\hat{y}_t - y_t) \otimes h_t",
        r"\frac{\partial L}{\partial W_{hy}} = \sum_{t=1}^{T} \frac{\partial L}{\partial o_t} h_t^T",
    ),
    (
        (r"\frac{\partial h_t}{\partial h_k} = \prod_{i=k+1}^{t-1} \frac{\partial h_i}{\partial h_{i-1}}", ""),
        (r"\frac{\partial h_i}{\partial h_{i-1}} = W_{hh}", "missing activation derivative"),
        (r"\frac{\partial L}{\partial W_{hy}} = \sum_{t=1}^{T} (\hat{y}_t - y_t) h_t^T", "mean against sum"),
        (
            r"\frac{\partial \ell_t}{\partial W_{hh}} = \sum_{k=t-1}^{t} \frac{\partial \ell_t}{\partial h_t} "
            r"\frac{\partial h_t}{\partial h_k} \frac{\partial^+ h_k}{\partial W_{hh}}",
            "truncated",
        ),
        (r"\frac{\partial h_i}{\partial h_{i-1}} = \mathrm{diag}(1 - h_{i-1}^2) W_{hh}", "index shifted"),
    ),
)

DENOMINATOR = Style(
    "denominator layout",
    (
        r"h_t = \tanh(W^T h_{t-1} + U^T x_t)",
        r"z_t = V^T h_t",
        r"p_t = \mathrm{softmax}(z_t)",
        r"L_t = -y_t^T \ln p_t",
        r"L = L_1 + L_2 + \dots + L_T",
    ),
    (
        r"\frac{\partial h_t}{\partial h_{t-1}} = W \mathrm{diag}(1 - h_t^2)",
        r"\frac{\partial z_t}{\partial h_t} = V",
        r"\frac{\partial L_t}{\partial h_t} = \frac{\partial z_t}{\partial h_t} \frac{\partial L_t}{\partial z_t}",
        r"\frac{\partial L_t}{\partial h_t} = V (p_t - y_t)",
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} h_t (p_t - y_t)^T",
    ),
    (
        r"\frac{\partial L_t}{\partial h_t} = V p_t - V y_t",
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} h_t \otimes (p_t - y_t)",
        r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} \left(h_t p_t^{\top} - h_t y_t^{\top}\right)",
        r"\nabla_V L = \sum_{t} h_t (p_t - y_t)^{\mathsf T}",
    ),
    (
        (r"\frac{\partial L_t}{\partial h_t} = V^T (p_t - y_t)", ""),
        (r"\frac{\partial L}{\partial V} = \sum_{t=1}^{T} x_t (p_t - y_t)^T", ""),
        (r"\frac{\partial L_t}{\partial h_t} = V (y_t - p_t)", ""),
    ),
)

STYLES = (RAISED, LOGISTIC, COMPONENTS, ROWS, RECURSION, GENERAL, PRODUCTS, DENOMINATOR)
