# %% [markdown]
# # A network of any size, and a task: swap two bits
#
# Notes on the GitHub project "general purpose network", undated, author unknown. Two inputs, layers
# of four, three and two logistic neurons, no biases. The notes compute one forward pass on paper
# and end where the backward pass would begin. This lesson checks the forward pass, goes on to the
# backward pass, and lets the network learn the task that the notes name.

# %%
import os
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np

import neurograph as ng
from neurograph.drawing import alt_text, draw_history, draw_network, draw_surface, entitle, save
from neurograph.explanations import explain
from neurograph.landscape import loss_surface
from neurograph.scenario import play

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("unknown_undated_general_purpose_network")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(drawing, what):
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## Layers and levels
#
# The notes speak of layers and write each as a matrix. Here every neuron is an object, and its
# *level* is the length of the longest way to it from an input. In a network without shortcuts the
# two are the same.

# %%
net = scenario.network()
for level in net.levels:
    print(level)
print(f"{net.number_of_nodes()} neurons, {net.number_of_edges()} connections, one parameter each")

# %% [markdown]
# ## Rounded while computing, or exact
#
# Whoever computes on paper rounds every result and goes on with the rounded one. Each rounding may
# move a later digit. With `digits` the pass does the same; without, it is exact. Here are both, for
# the sample that the notes compute.

# %%
run = scenario.run("as_computed")
inputs, targets = scenario.data_of(run)
paper, exact = scenario.network(), scenario.network()
paper.forward(inputs, digits=run.digits)
exact.forward(inputs)
for name in [name for level in net.levels[1:] for name in level]:
    rounded, true = paper.neuron(name).out, exact.neuron(name).out
    print(f"{name}: on paper {rounded:.4f}, exact {true:.7f}, apart by {rounded - true:+.1e}")

# %%
result = ng.run_scenario(scenario, "as_computed")
print(f"{len(result.verdicts)} printed numbers, {len(result.reproduced)} reproduced")
for verdict in result.errata:
    print(f"{verdict.address} ({verdict.place}): {verdict.printed}, not {verdict.correct}")
    print("  " + " ".join(verdict.cause.split()))

# %% [markdown]
# The printed net of d1 was not rounded where all the others were. Which products were rounded can
# be read off the sum:

# %%
print(explain(paper, "d1.net", depth=0, digits=4))
unit = Decimal(1).scaleb(-run.digits)
products = [Decimal(f"{one.message:.12g}") for one in paper.incoming("d1")]
parts = [product.quantize(unit, ROUND_HALF_UP) for product in products]
print("rounded before adding:", " + ".join(map(str, parts)), "=", sum(parts))

# %% [markdown]
# ## The pass that the notes leave out
#
# An output's *delta* says how E changes with its net. A hidden neuron's delta is the sum of the
# error messages that come back to it, times the slope of its function. That is the whole rule:
# applied level by level from the end, it works for any number of levels.

# %%
exact.backward(targets)
for level in reversed(exact.levels[1:]):
    print("  ".join(f"{name} {exact.neuron(name).delta:+.7f}" for name in level))
print(explain(exact, "c1.delta", depth=0))

# %% [markdown]
# The deltas shrink on the way back: each level multiplies by a slope that is a quarter at most.
# This is why deep networks of logistic neurons learn slowly at their beginning.

# %%
for level in reversed(exact.levels[1:]):
    largest = max(abs(exact.neuron(name).delta) for name in level)
    slope = max(exact.neuron(name).slope for name in level)
    print(f"{level[0][0]}: largest delta {largest:.2e}, largest slope {slope:.4f}")

# %%
keep(draw_network(exact, scenario.figures[0].show), "network")

# %% [markdown]
# No formula is to be trusted because it looks right. Every gradient beside the one that is measured
# by making the weight a little larger and a little smaller:

# %%
check = ng.check_gradients(exact, inputs, targets)
print(f"{len(check.parameters)} gradients, largest relative error {check.worst.error:.1e}")
silent = [one.name for one in exact.outgoing("a2") if one.gradient == 0]
print(f"a2 is {exact.neuron('a2').out:g} in this sample, so that {', '.join(silent)} have none")

# %% [markdown]
# ## Learning to swap
#
# The task: two bits in, the same bits in the other order out. All four samples go through the
# network together, and their errors are added. For a long time nothing seems to happen; the history
# shows where the walk rests.

# %%
task = scenario.run("swap_sum")
inputs, targets = scenario.data_of(task)
rounds = sum(step.rounds for step in task.steps if step.do == "train")
learner = scenario.network(task)
print(f"rate {task.learning_rate}, {rounds:,} rounds; untrained outs:")
print(learner.predict(inputs).round(4))

# %%
history = learner.train(inputs, targets, learning_rate=task.learning_rate, epochs=rounds)
print(history.ended, learner.predict(inputs).round(4), sep="\n")

# %%
drawing = draw_history(history, "loss")
drawing.ax.set(title=scenario.figures[2].title, xscale="log")
keep(drawing, "history")

# %% [markdown]
# The first rest: all four samples get nearly the same outs, because the weights of the notes make
# the neurons of a layer nearly alike, and alike they have to break apart first. The second: the two
# middle samples, in which the bits differ, are not yet told apart. Here are the outs of d1 for the
# four samples, one row for each, as the rounds go by.

# %%
moments = np.append(0, np.unique(np.geomspace(1, rounds, 11).astype(int)))
one, outs = scenario.network(task), []
for more in np.diff(moments, prepend=0):
    if more:
        one.train(inputs, targets, learning_rate=task.learning_rate, epochs=int(more))
    outs.append(one.predict(inputs)[:, 0])

# %%
print("after ", *(f"{moment:>7,}" for moment in moments))
for sample, row in zip(inputs, np.transpose(outs), strict=True):
    print(sample, *(f"{out:7.3f}" for out in row))

# %% [markdown]
# ## Summed or averaged
#
# If the errors of the four samples are averaged instead of added, every gradient is a quarter as
# large, and it takes about four times as many rounds. The runs of the scenario stop just before and
# just after the round that brings all outs to the right side of one half.

# %%
for kind in (scenario.run("swap_sum"), scenario.run("swap_mean")):
    done = 0
    for step, one in play(scenario, kind):
        done += step.rounds if step.do == "train" else 0
        if done and step.do == "forward":
            right = ((one.predict(inputs) > 1 / 2) == (targets > 1 / 2)).all(axis=1).sum()
            print(f"{kind.reduction:4} after {done:>6,} rounds: {right} of {len(inputs)} right")

# %% [markdown]
# ## Why no bias is needed
#
# For the sample 0, 0 every net of the first hidden layer is 0, whatever the weights. How can such a
# network be free to answer? A hidden neuron all of whose weights are 0 has the same out for every
# sample: it serves the next layer as a bias. Weights chosen by hand show it.

# %%
hand = scenario.run("swap_by_hand")
made = scenario.network()
for address, value in hand.steps[0].values:
    made.set_value(address, value)
made.forward(inputs)
for name in ("b1", "b3", "c1", "c3", "d1", "d2"):
    print(name, made.neuron(name).out.round(4))

# %% [markdown]
# Read by columns, one for each sample: b1 follows a bit, b3 is the same for all, c3 is driven to
# one by it and is the bias of the last layer; c1 carries the other bit, and d1 and d2 give the bits
# in the other order.

# %% [markdown]
# ## The ground that it walked on
#
# The error over one weight of each output, all else as after training. The ground is a corner of a
# plain: past it nothing is to be gained, and back from it lie the two slopes of the two outputs.

# %%
figure = scenario.figures[1]
surface = loss_surface(learner, inputs, targets, *figure.over, span=8, points=81)
drawing = draw_surface(surface)
entitle(drawing, figure.title.replace(", ", ",\n"))
keep(drawing, "surface")
