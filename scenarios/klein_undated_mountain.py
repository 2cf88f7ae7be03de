# %% [markdown]
# # A mountain in the fog
#
# Bernd Klein, python-course.eu, chapter "Backpropagation in Neural Networks", undated. The chapter
# explains gradient descent by a picture: somebody is dropped on a mountain in thick fog and wants
# to get down to the sea. He sees nothing but the slope under his feet. From one side the way down
# leads to the sea, from the other into a basin above it. This lesson builds that mountain out of a
# network, the smallest there is: one weight, and a sine for its function.

# %%
import os
from pathlib import Path

import numpy as np

import neurograph as ng
from neurograph.drawing import alt_text, draw_curve, draw_network, entitle, save
from neurograph.explanations import explain
from neurograph.landscape import at_point, descend, loss_curve, restarts

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("klein_undated_mountain")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(drawing, what, title=""):
    if title:
        entitle(drawing, title)
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## The network of one weight
#
# Its out is the sine of w1 times its input. Two samples say what the out should be; the *loss* is
# half the square of the difference, averaged over the samples. It depends on the one weight, and so
# it is a curve: the profile of the mountain.

# %%
inputs, targets = scenario.inputs, scenario.targets
net = scenario.network()
keep(draw_network(net), "network")

# %%
for given, wanted in zip(inputs[:, 0], targets[:, 0], strict=True):
    print(f"for input {given:g} the out should be {wanted:g}")
net.forward(inputs)
print(explain(net, "o1.out", sample=1, depth=1))

# %% [markdown]
# Where are the sea, the basin and the hill between them? On a fine grid of weights, a point lower
# than both its neighbours is a bottom, and one higher than both is a top.

# %%
low, high = -2, 7 / 2
curve = loss_curve(net, inputs, targets, "w1", span=(low, high), points=1101)
change = np.sign(np.diff(curve.losses))
for place in np.flatnonzero(change[1:] != change[:-1]) + 1:
    kind = "bottom" if change[place] > 0 else "top"
    print(f"{kind:6} near w1 = {curve.values[place]:.3f}, height {curve.losses[place]:.4f}")

# %%
keep(draw_curve(curve), "curve_mountain", scenario.figures[1].title)

# %% [markdown]
# ## What the walker knows
#
# The *gradient* is the slope under the walker's feet: one backward pass gives it, and nothing else
# of the mountain. A step goes the other way, and is as long as the slope is steep, times the
# *learning rate*.

# %%
right = scenario.run("from_the_right")
start = dict(right.steps[0].values)["w1.weight"]
net.set_value("w1.weight", start)
net.forward(inputs)
net.backward(targets)
slope = net.value("w1.gradient")
print(f"at w1 = {start} the slope is {slope:.9f}")
print(f"so that the next w1 is {start - right.learning_rate * slope:.9f}")

# %% [markdown]
# ## Dropped on the right, dropped on the left
#
# The same rule, the same number of steps, two sides of the hill.

# %%
paths = {}
for name in ("from_the_right", "from_the_left"):
    run = scenario.run(name)
    begin = dict(run.steps[0].values)["w1.weight"]
    paths[name] = descend(
        net, inputs, targets, over="w1", start=[begin], learning_rate=run.learning_rate, steps=300
    )


# %%
def show_way(name):
    path = paths[name]
    net.set_value("w1.weight", path.parameters[-1, 0])
    print(f"{name}: ends at w1 = {path.parameters[-1, 0]:.9f}, height {path.losses[-1]:.9f}")
    end = loss_curve(net, inputs, targets, "w1", span=(low, high))
    title = next(one.title for one in scenario.figures if one.run == name and one.step is None)
    return keep(draw_curve(end, {"way down": path}), f"curve_{name}", title)


# %%
show_way("from_the_right")

# %%
show_way("from_the_left")

# %% [markdown]
# The walk from the right ends where both samples are met. That place is known exactly, for the
# targets were chosen so: the weight whose sine is the first target, on the falling side of the
# wave.

# %%
print(f"pi - arcsin({targets[0, 0]}) = {np.pi - np.arcsin(targets[0, 0]):.9f}")

# %% [markdown]
# ## A hundred drops
#
# Nobody knows beforehand on which side he is dropped. So drop many, at random places, and count.
# Each ends in the bottom on its side of the hill; none is left on the top.

# %%
drops = restarts(
    net, inputs, targets, over="w1", n=100, seed=1, low=low, high=high,
    learning_rate=right.learning_rate,
)  # fmt: skip
print(drops)
for place, height, count in zip(drops.minima, drops.minimum_losses, drops.counts, strict=True):
    print(f"{count} of {len(drops.starts)} end at w1 = {place[0]:.6f}, height {height:.6f}")

# %% [markdown]
# On the curve: where each was dropped, and which bottom it reached. Nothing but the side of the
# hill decides.

# %%
net.set_value("w1.weight", start)
drawing = draw_curve(loss_curve(net, inputs, targets, "w1", span=(low, high)))
for minimum, name, mark in ((0, "the sea", "o"), (1, "the basin", "s")):
    dropped = np.sort(drops.starts[drops.label == minimum, 0])
    heights = loss_curve(net, inputs, targets, "w1", dropped).losses
    label = f"{len(dropped)} drops end in {name}"
    drawing.ax.plot(dropped, heights, mark, color=("#a3457f", "#b5470b")[minimum], label=label)

# %%
drawing.ax.set_ylim(top=3 / 2)
drawing.ax.legend(loc="upper right")
keep(drawing, "basins", scenario.figures[-1].title)

# %% [markdown]
# ## How long may a step be
#
# In a bottom the loss curves upwards. A step overshoots the bottom if the rate is larger than one
# over this *curvature*, and the walker climbs out if it is larger than twice that. The basin is
# narrow and the sea is wide, so that they bear different rates.

# %%
limits = []
for place in drops.minima:
    shape = at_point(net, inputs, targets, "w1", at=place)
    limits.append(shape.largest_stable_learning_rate)
    curvature = shape.hessian[0, 0]
    print(f"w1 = {place[0]:.4f}: curvature {curvature:.4f}, no rate above {limits[-1]:.4f}")

# %% [markdown]
# From both sides, with rates below, just above, and far above what the basin bears: the last four
# weights of each walk tell whether it has come to rest.

# %%
sea_limit, basin_limit = limits
for rate in (basin_limit / 2, basin_limit * 11 / 10, basin_limit * 2, basin_limit * 3):
    for begin in (start, paths["from_the_left"].parameters[0, 0]):
        walk = {"over": "w1", "start": [begin], "learning_rate": rate, "steps": 300}
        last = descend(net, inputs, targets, **walk).parameters[-4:, 0]
        print(f"rate {rate:.3f}, from {begin:5.2f}: ... {last.round(3)}")

# %% [markdown]
# Just above the limit the walker steps to and fro across the basin, for ever. Far above it he leaps
# over hills, and where he comes to rest, if he does, has little to do with where he was dropped.
# Here are the first steps of such a walk.

# %%
wild = descend(
    net, inputs, targets, over="w1", start=[start], learning_rate=2 * basin_limit, steps=6
)
ground = loss_curve(net, inputs, targets, "w1", span=(low, high))
drawing = draw_curve(ground, {"too long steps": wild})
keep(drawing, "curve_too_long_steps", "Steps that are too long")
