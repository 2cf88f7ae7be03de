# %% [markdown]
# # Three slips in a derivation
#
# Bernd Klein, python-course.eu, chapter "Backpropagation in Neural Networks", undated. The chapter
# derives the gradient of a weight that leads into a logistic neuron, and slips three times on the
# way. A slip in a formula cannot be seen in the formula. But every formula gives a number, and
# whether the number is a gradient can be measured.

# %%
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np

import neurograph as ng
from neurograph.drawing import alt_text, draw_network, draw_surface, entitle, save
from neurograph.explanations import explain
from neurograph.landscape import descend, loss_surface

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("klein_undated_logistic_derivation")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(drawing, what):
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## The derivation, term by term
#
# The loss E depends on an output o1, that on its net, and that on the weight w11. The *chain rule*
# multiplies what each step contributes: how E changes with o1, how o1 changes with its net, how the
# net changes with the weight.

# %%
run = scenario.run("derivation")
inputs, targets, rate = scenario.inputs, scenario.targets, run.learning_rate
net = scenario.network()
net.forward(inputs)
net.backward(targets)
print(explain(net, "w11.gradient", depth=0))

# %%
drawing = draw_network(net, scenario.figures[0].show)
keep(drawing, "network")

# %% [markdown]
# ## Measuring
#
# Make w11 a little larger and a little smaller, compute E both times, divide the difference by the
# difference of the weights. No chain rule is in this, only two forward passes.

# %%
h = 1e-6
errors = []
for change in (h, -h):
    trial = scenario.network()
    trial.set_value("w11.weight", net.value("w11.weight") + change)
    trial.forward(inputs)
    errors.append(trial.total_error(targets))
print(f"measured {(errors[0] - errors[1]) / (2 * h):.9f}, computed {net.value('w11.gradient'):.9f}")

# %% [markdown]
# ## The three slips
#
# Here is what is printed and what is meant; and then, for the two that concern this gradient, the
# number that the printed formula gives beside the measured one.

# %%
for number, slip in enumerate(scenario.slips, start=1):
    print(f"{number}. {slip.place}\n   printed: {slip.printed}\n   meant:   {slip.meant}")
    print(f"   because {' '.join(slip.cause.split())}")


# %%
def sign_lost(o, h):
    return (o.target - o.out) * o.slope * h


def printed_formula(o):
    return (o.target - o.out) * o.slope * o.out


o1 = net.neuron("o1")
check = ng.check_gradients(net, inputs, targets)
measured = {one.address.removesuffix(".weight"): one.central for one in check.parameters}

# %%
print(f"{'':5}{'measured':>14}{'sign lost':>14}{'and o for h':>14}")
for one, h in zip(net.incoming("o1"), inputs, strict=True):
    print(f"{one.name:5}{measured[one.name]:14.9f}{sign_lost(o1, h):14.9f}", end="")
    print(f"{printed_formula(o1):14.9f}")

# %% [markdown]
# The last column shows its fault without any calculation: all four weights would have the same
# gradient, whatever came in over them. A weight whose input is 0 would be blamed like any other.
#
# The remaining slip is an index: in the fourth row of a matrix the weight of another row is
# printed, so that h4 gets back an error that belongs to h2.

# %%
o2 = net.neuron("o2")
back = [net.connection(name).weight * o2.delta for name in ("w42", "w22")]
own = net.connection("w41").weight * o1.delta
print(f"dE/dh4 with w42: {own + back[0]:.9f}; with w22: {own + back[1]:.9f}")
print(f"the network:     {net.neuron('h4').out_gradient:.9f}")

# %% [markdown]
# ## What a lost sign does
#
# Against the gradient E falls, along it E rises. A lost sign is made up for where weights are
# changed by adding; where they are changed by subtracting, it climbs.

# %%
print(f"E before: {net.total_error():.9f}")
for sign, way in ((-1, "minus the gradient"), (1, "its sign lost")):
    trial = scenario.network()
    for one in net.incoming("o1") + net.incoming("o2"):
        trial.set_value(f"{one.name}.weight", one.weight + sign * rate * one.gradient)
    trial.forward(inputs)
    print(f"E after a step with {way}: {trial.total_error(targets):.9f}")

# %% [markdown]
# ## On the ground
#
# The loss over two weights into o1, and two walks from the same point: one with the gradient, and
# one that subtracts what the printed formula gives, its sign lost and o1 in place of h.

# %%
figure = scenario.figures[1]
trial, points, losses = scenario.network(), [], []
for _ in range(301):
    trial.step(inputs, targets, 0)
    points.append([trial.value(f"{name}.weight") for name in figure.over])
    losses.append(trial.total_error())
    for name, weight in zip(figure.over, points[-1], strict=True):
        trial.set_value(f"{name}.weight", weight - rate * printed_formula(trial.neuron("o1")))

# %%
surface = loss_surface(net, inputs, targets, *figure.over, span=(-6, 5), points=91)
walk = {"over": figure.over, "learning_rate": rate, "steps": len(points) - 1}
down = descend(net, inputs, targets, **walk)
astray = SimpleNamespace(over=down.over, parameters=points, losses=losses)
drawing = draw_surface(surface, {"the gradient": down, "as printed": astray})
entitle(drawing, figure.title)
keep(drawing, "surface")

# %% [markdown]
# The one goes straight down, at right angles to the lines of equal height. The other climbs, and
# not even straight up: it takes the same step along both weights, though their inputs differ.

# %%
for name, weights in (("gradient", down.parameters), ("as printed", np.array(points))):
    first = weights[1] - weights[0]
    print(f"{name:10}: first step {first[0]:+.6f}, {first[1]:+.6f}", end="; ")
    print(f"one over the other {first[0] / first[1]:.4f}")
ratio = inputs[0] / inputs[3]
print(f"input of w11 over input of w41: {ratio:.4f}")
