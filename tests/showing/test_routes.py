"""In the picture of a network no arrow runs through a node, and no weight is behind one or upon another."""

from __future__ import annotations

from math import dist

import pytest

from symrnn.judging.judgement import Options
from symrnn.judging.networks import read_model
from symrnn.reading.document import read_text
from symrnn.showing.report.page import Edge, NetworkPicture, Node
from symrnn.showing.report.routes import RADIUS, label_width, routes
from symrnn.showing.report.unrolled import drawn_network

NETWORKS = {
    "simple": r"$$ h_t = \tanh(W h_{t-1} + U x_t), \quad o_t = V h_t, \quad L = \sum_t (o_t - y_t)^2 $$",
    "two layers": r"$$ a_t = \tanh(W a_{t-1} + U x_t), \quad b_t = \tanh(R b_{t-1} + S a_t), \quad o_t = V b_t + Q x_t $$",
    "gru": r"""$$ z_t = \sigma(W_z x_t + U_z h_{t-1}), \quad r_t = \sigma(W_r x_t + U_r h_{t-1}) $$
$$ \tilde h_t = \tanh(W_h x_t + U_h (r_t \odot h_{t-1})), \quad h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \tilde h_t $$""",
    "lstm": r"""$$ f_t = \sigma(W_f x_t + U_f h_{t-1}), \quad i_t = \sigma(W_i x_t + U_i h_{t-1}) $$
$$ o_t = \sigma(W_o x_t + U_o h_{t-1}) $$
$$ g_t = \tanh(W_g x_t + U_g h_{t-1}), \quad c_t = f_t \odot c_{t-1} + i_t \odot g_t, \quad h_t = o_t \odot \tanh(c_t) $$""",
}


def picture(text: str) -> NetworkPicture:
    found = drawn_network(read_model(read_text(text, "a.md", "markdown"), Options()).model)
    assert found is not None
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_arrows_and_weights_keep_clear_of_nodes_and_of_each_other(name: str) -> None:
    network = picture(NETWORKS[name])
    found = routes(network)
    assert [route.edge for route in found] == list(network.edges)
    for route in found:
        others = [(n.x, n.y) for n in network.nodes if n.name not in (route.edge.source, route.edge.target)]
        assert all(dist(point, node) > RADIUS for point in route.points for node in others), route.edge
        assert (route.label is None) == (not route.edge.latex)
    labels = [(route.label, label_width(route.edge)) for route in found if route.label is not None]
    for number, (spot, width) in enumerate(labels):
        assert all(dist(spot, (node.x, node.y)) > RADIUS + 0.1 for node in network.nodes)
        for other, wide in labels[:number]:
            assert abs(spot[0] - other[0]) > (width + wide) / 2 or abs(spot[1] - other[1]) > 0.3


def test_an_arrow_bends_around_what_is_in_its_way() -> None:
    nodes = tuple(Node(name, name, 0, y, "made") for name, y in (("a", 0), ("b", 2), ("c", 4)))
    straight, bent = routes(NetworkPicture(nodes, (Edge("a", "b"), Edge("a", "c", "W"))))
    assert straight.is_straight and not bent.is_straight
    assert min(dist(point, (0, 2)) for point in bent.points) > RADIUS
