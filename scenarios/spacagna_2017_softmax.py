# %% [markdown]
# # Three kinds, three probabilities
#
# Gianmario Spacagna, Daniel Slater, Phuong Vo.T.H and Valentino Zocca, "Backpropagation Algorithm",
# Packt Hub, 2017. For more than two classes the text sums the cross-entropy over all outputs and
# says that the update stays as it was. Here are all 150 irises of Fisher's paper, three kinds of
# fifty, by the length and the width of their petals.

# %%
import os
from pathlib import Path

import numpy as np

import neurograph as ng
from neurograph.drawing import (
    alt_text,
    draw_classes,
    draw_decisions,
    draw_history,
    draw_network,
    entitle,
    save,
)
from neurograph.landscape import decision

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("spacagna_2017_softmax")
print(f"{scenario.title}\n{scenario.author}, {scenario.year}: {scenario.source}")


# %%
def keep(drawing, what):
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## Softmax: outs that add up to one
#
# Three neurons, one for each kind. Each raises e to the power of its net, and divides by the sum of
# all three: so the outs are probabilities, and no out can grow unless the others shrink. With all
# weights 0 the three are equal, and the cost of each flower is the logarithm of 3.

# %%
run = scenario.run("descent")
inputs, targets = scenario.inputs, scenario.targets
net = scenario.network(run)
outs = net.forward(inputs)
print(f"first flower: {outs[0]}, which add up to {outs[0].sum():g}")
print(f"J = {net.total_error(targets):.9f}, ln 3 = {np.log(3):.9f}")

# %% [markdown]
# ## Out minus target, once more
#
# The cross-entropy looks at one out only, that of the right kind. Through the softmax each net
# changes every out; and yet, after the chain rule has gone through all of it, *delta* is out minus
# target for each. The three deltas of a flower add up to nothing: what one kind is to win, the
# others are to lose.

# %%
net.backward(targets)
deltas = np.stack([net.neuron(name).delta for name in net.outputs], axis=1)
print("first flower: target", targets[0], "delta", deltas[0])
print("delta is out - target for all:", np.allclose(deltas, outs - targets))
print(f"largest sum of the deltas of a flower: {abs(deltas.sum(axis=1)).max():.1e}")

# %% [markdown]
# The *gradient* of a weight is the mean of delta times input. So the three gradients of one input
# add up to nothing as well, and the weights, which begin at 0, keep the sum 0 for ever.

# %%
check = ng.check_gradients(net, inputs, targets)
print(f"{len(check.parameters)} gradients, largest relative error {check.worst.error:.1e}")
for name in net.inputs:
    gradients = [connection.gradient for connection in net.outgoing(name)]
    print(name, *(f"{gradient:+.6f}" for gradient in gradients), f"sum {sum(gradients):+.1e}")

# %% [markdown]
# ## Training
#
# The scenario looks at the network twice on the way.

# %%
learner, histories = scenario.network(run), []
for step in run.steps:
    if step.do == "train":
        histories.append(
            learner.train(inputs, targets, learning_rate=run.learning_rate, epochs=step.rounds)
        )
        longest = np.linalg.norm([one.weight for one in learner.outgoing("length")])
        print(f"{step.rounds} rounds: {histories[-1]}, weights of length {longest:.3f} together")

# %%
for name in learner.inputs:
    weights = [connection.weight for connection in learner.outgoing(name)]
    print(name, *(f"{weight:+.6f}" for weight in weights), f"sum {sum(weights):+.1e}")
wrong = (learner.predict(inputs).argmax(axis=1) != targets.argmax(axis=1)).sum()
print(f"{wrong} of {len(inputs)} flowers are taken for another kind")

# %%
learner.forward(inputs[0])
drawing = draw_network(learner, scenario.figures[0].show)
keep(drawing, "network")

# %% [markdown]
# ## Three regions
#
# Each panel shows the out of one neuron over the plane of the two inputs. The line is where it says
# one half; the flowers of its own kind are round.

# %%
three = [decision(learner, inputs, targets, output=name) for name in learner.outputs]
drawing = draw_decisions(three)
entitle(drawing, scenario.figures[1].title)
keep(drawing, "decision")

# %% [markdown]
# The answer is the neuron whose out is the largest. One picture shows where each of them wins:

# %%
drawing = draw_classes(three)
entitle(drawing, scenario.figures[2].title)
keep(drawing, "classes")

# %% [markdown]
# ## A minimum that is never reached
#
# Setosa can be cut off by a straight line. The farther its weights grow, the surer the answer and
# the lower the cost, without end: J has no minimum, only a bound. The bound is what the other two
# kinds cost alone, which two thirds of the flowers have to pay. That is the task of the lesson on
# logistic regression:

# %%
two = ng.load_scenario("spacagna_2017_logistic_regression")
other = two.run("descent")
pair = two.network(other)
epochs = sum(step.rounds for step in other.steps if step.trains)
pair.train(two.inputs, two.targets, learning_rate=other.learning_rate, epochs=epochs)
pair.forward(two.inputs)

# %%
bound = len(two.inputs) / len(inputs) * pair.total_error(two.targets)
for history in histories:
    print(f"J = {history['loss'][-1]:.6f}, above the bound {bound:.6f} by", end=" ")
    print(f"{history['loss'][-1] - bound:.6f}")

# %%
rounds = sum(step.rounds for step in run.steps if step.trains)
whole = scenario.network(run).train(inputs, targets, learning_rate=run.learning_rate, epochs=rounds)
drawing = draw_history(whole)
drawing.ax.axhline(bound, color="black", linestyle=":", label="the bound")
drawing.ax.set(title=scenario.figures[3].title, xscale="log", yscale="log")

# %%
drawing.ax.legend()
keep(drawing, "history")
