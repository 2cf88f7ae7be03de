# %% [markdown]
# # After all examples, after each, after every few
#
# Gianmario Spacagna, Daniel Slater, Phuong Vo.T.H and Valentino Zocca, "Backpropagation Algorithm",
# Packt Hub, 2017. One sentence of the text says that the weights may change after all examples
# (*full batch*), after each (*online*), or after a set number of them (*mini-batch*). What does it
# matter? Here is the same regression learned in each way, with the same rate, drawn on the same
# map.

# %%
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np

import neurograph as ng
from neurograph.drawing import alt_text, draw_history, draw_surface, entitle, save
from neurograph.landscape import loss_surface

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("spacagna_2017_batches")
print(f"{scenario.title}\n{scenario.author}, {scenario.year}: {scenario.source}")


# %%
def keep(drawing, what, title):
    entitle(drawing, title)
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## Three ways through the same rows
#
# A *round* is once through all the rows. In a round the full batch makes one step, online as many
# as there are rows. Each step is the same rule: against the gradient, here the mean over the rows
# of the batch. The *minimum* is known, for this is least squares.

# %%
inputs, targets = scenario.inputs, scenario.targets
ones = np.ones_like(inputs)
best = np.linalg.lstsq(np.hstack([inputs, ones]), targets[:, 0])[0]
print(f"{len(inputs)} rows; the minimum is at w = {best[0]:.5f}, b = {best[1]:.5f}")
ways = [scenario.run(name) for name in ("full_batch", "online", "mini_batch")]
for run in ways:
    size = run.batch_size or len(inputs)
    print(f"{run.name}: {size} rows a step, {-(-len(inputs) // size)} steps a round")

# %% [markdown]
# After one round, and after all of them: how far from the minimum?

# %%
for run in ways:
    net = scenario.network(run)
    how = {"learning_rate": run.learning_rate, "batch_size": run.batch_size}
    for step in run.steps:
        if step.do == "train":
            net.train(inputs, targets, epochs=step.rounds, **how)
            off = np.hypot(net.value("w.weight") - best[0], net.value("y.bias") - best[1])
            print(f"{run.name:10} {step.rounds:3} rounds more: off by {off:.6f}")

# %% [markdown]
# ## The paths
#
# To see every step the rounds are walked by hand, batch by batch. J is computed for every point,
# over all the rows, though the walker only knew his batch.


# %%
def on_map(points):
    losses = ((points[:, :1] * inputs.T + points[:, 1:] - targets.T) ** 2).mean(axis=1) / 2
    return SimpleNamespace(over=("w.weight", "y.bias"), parameters=points, losses=losses)


# %%
def walk(run, rounds, net):
    points = [[net.value("w.weight"), net.value("y.bias")]]
    size = run.batch_size or len(inputs)
    for first in list(range(0, len(inputs), size)) * rounds:
        rows = slice(first, first + size)
        net.step(inputs[rows], targets[rows], run.learning_rate)
        points.append([net.value("w.weight"), net.value("y.bias")])
    return on_map(np.array(points))


# %%
start = scenario.network()
bowl = loss_surface(start, inputs, targets, "w", "y.bias", span=((-12, 12), (-3, 31)), points=81)


def show_way(number, rounds):
    run = ways[number]
    path = walk(run, rounds, scenario.network(run))
    drawing = draw_surface(bowl, {f"{rounds} rounds": path})
    return keep(drawing, f"path_{run.name}", scenario.figures[number].title)


# %%
show_way(0, rounds=50)

# %%
show_way(1, rounds=2)

# %%
show_way(2, rounds=10)

# %% [markdown]
# The full batch walks straight to the middle, a tenth of the way that is left in each step. Online
# is nearly there after one round, for it makes a step on each row; but every row pulls the line
# towards itself, first the cold places and then the warm ones, and so the path is a wide bow. The
# mini-batches lie between the two.

# %% [markdown]
# ## Beside the minimum
#
# Only the full batch arrives. The others come to rest on a small circuit: the steps of one round
# add up to nothing, and yet none of them is nothing. A shorter step makes a smaller circuit.


# %%
def settled(run, rounds):
    net = scenario.network(run)
    how = {"learning_rate": run.learning_rate, "batch_size": run.batch_size}
    net.train(inputs, targets, epochs=rounds, **how)
    return net


# %%
ends = {}
for name in ("online", "mini_batch", "online_slower"):
    run = scenario.run(name)
    called = f"{name.replace('_', ' ')}, rate {run.learning_rate}"
    ends[called] = walk(run, 1, settled(run, 1000))

# %%
there = scenario.network()
there.set_value("w.weight", best[0])
there.set_value("y.bias", best[1])
near = loss_surface(there, inputs, targets, "w", "y.bias", span=1 / 8, points=61)
drawing = draw_surface(near, ends)
keep(drawing, "circuits", "One round, after a thousand: circuits beside the minimum")

# %%
for name, path in ends.items():
    print(f"{name}: J between {path.losses.min():.5f} and {path.losses.max():.5f}", end=", ")
    print(f"the least possible is {near.loss_here:.5f}")

# %% [markdown]
# ## Shuffled
#
# In practice the rows come in another order in every round. Then there is no circuit: the ends of
# the rounds are scattered around the minimum, a cloud instead of a ring.

# %%
run = scenario.run("shuffled")
one = scenario.network(run)
how = {"learning_rate": run.learning_rate, "batch_size": 1, "shuffle": True, "seed": run.seed}
both = ("w.weight", "y.bias")
history = one.train(inputs, targets, epochs=run.steps[0].rounds, record=both, **how)
cloud = np.stack([history[name] for name in both], axis=1)[-200:]
print("mean of the cloud less the minimum:", (cloud.mean(axis=0) - best).round(5))
print("its spread:", cloud.std(axis=0).round(5))

# %%
nearer = loss_surface(there, inputs, targets, "w", "y.bias", span=1 / 400, points=61)
drawing = draw_surface(nearer, bar=False)
drawing.ax.plot(*cloud.T, "o", color="white", markeredgecolor="black", markersize=4)
keep(drawing, "cloud", "Rows in random order: the ends of 200 rounds")

# %% [markdown]
# ## What the history shows
#
# The loss of a round is the mean over its steps, each before its change. So online it never comes
# down to what the full batch reaches, and the difference is the price of the swinging.

# %%
online = scenario.run("online")
net = scenario.network(online)
rounds = sum(step.rounds for step in online.steps if step.trains)
history = net.train(
    inputs, targets, learning_rate=online.learning_rate, epochs=rounds, batch_size=1
)
keep(draw_history(history), "history", scenario.figures[3].title)
