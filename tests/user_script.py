"""A user's script, for type checkers alone: lines that end in `refused` are wrong."""

from typing import assert_type

import numpy as np
from numpy.typing import NDArray

import neurograph as ng

net = ng.Network.layered(2, 2, 1, bias=0.1, seed=1)
net.forward([0.05, 0.10])
Value = float | NDArray[np.float64]

assert_type(net.nodes["h1"].net, Value)
assert_type(net.nodes["h1"].delta, Value)
assert_type(net.nodes["h1"].bias, float | None)
assert_type(net.nodes["h1"].activation, str)
assert_type(net.nodes["h1"].trainable, bool)
assert_type(net.neuron("h1"), ng.Neuron)
assert_type(net.edges["h1", "o1"], ng.Connection)
assert_type(net.edges["h1", "o1"].weight, float)
assert_type(net["h1"]["o1"].gradient, Value)
assert_type(net.connection("w1").label, str | None)
for name, neuron in net.nodes.items():
    assert_type(neuron.out, Value)
    print(name, neuron["out"], len(net.nodes), name in net.nodes)
for (pre, post), connection in net.edges.items():
    print(pre, post, connection.weight * 2)
for pre, post, weight in net.edges(data="weight"):
    print(pre, post, weight)
net.nodes["h1"].bias = 0.5
net.nodes["h1"].bias = None
net.nodes["h1"].activation = "tanh"
net.nodes["h1"]["colour"] = "red"
net.edges["h1", "o1"].weight = -1
net.edges["h1", "o1"].tie = "w"
net.nodes(data=True)

print(net.nodes["h1"].bais)  # refused
net.nodes["h1"].bais = 0.5  # refused
net.nodes["h1"].bias = "0.5"  # refused
net.nodes["h1"].net = 0.5  # refused
print(net.neuron("h1").weight)  # refused
print(net.edges["h1", "o1"].wieght)  # refused
net.edges["h1", "o1"].weight = None  # refused
print(net["h1"]["o1"].delta)  # refused
