# %% [markdown]
# # Sharing out an error, and the gradient
#
# Bernd Klein, python-course.eu, chapter "Backpropagation in Neural Networks", undated. Before it
# comes to gradients the chapter shares out the error of an output among the connections that led to
# it, in proportion to their weights; then it drops the denominator, as if that changed the scale
# alone. This lesson puts three things side by side: the error shared out, the same without the
# denominator, and the gradient.

# %%
import os
from pathlib import Path

import numpy as np

import neurograph as ng
from neurograph.drawing import alt_text, draw_network, save
from neurograph.explanations import explain

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("klein_undated_linear_network")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(drawing, run):
    save(drawing, figures / f"{scenario.name}_network_{run}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## The network
#
# Four neurons lead to two outputs. The outputs are *linear*: out is net, the plain sum of what
# comes in. The *error* of an output is its target less its out.

# %%
inputs, targets = scenario.inputs, scenario.targets
shared, plain, graded = (scenario.network() for _ in range(3))
for net in (shared, plain, graded):
    net.forward(inputs)
print(explain(shared, "o1.net", depth=0))
for name, target in zip(shared.outputs, targets, strict=True):
    out = shared.neuron(name).out
    print(f"{name}: target {target:g}, out {out:g}, error {target - out:+.2f}")

# %% [markdown]
# ## In proportion to the weights
#
# The *share* of a connection is the error times its weight, over the sum of all weights into that
# output. The shares of one output add up to its error: nothing is lost.

# %%
shared.attribute(targets)
for name in shared.outputs:
    total = sum(connection.weight for connection in shared.incoming(name))
    shares = [connection.share for connection in shared.incoming(name)]
    print(f"{name}: weights add up to {total:g}; shares", *(f"{share:+.6f}" for share in shares))
    print(f"    which add up to {sum(shares):+.6f}, the error is {shared.neuron(name).error:+.6f}")

# %% [markdown]
# What comes back to one neuron from both outputs is its own error, by which a layer before it could
# be judged in the same way.

# %%
for name in shared.inputs:
    parts = [connection.share for connection in shared.outgoing(name)]
    print(f"{name}: {parts[0]:+.6f} {parts[1]:+.6f} = {shared.neuron(name).error:+.6f}")
keep(draw_network(shared, scenario.figures[0].show), "in_proportion")

# %% [markdown]
# ## Without the denominator
#
# Now each share is the error times the weight, no more. In matrices: the errors of the hidden
# neurons are W transposed times the errors of the outputs. One product, and no division.

# %%
errors = plain.attribute(targets, normalised=False)
weights = np.array([[one.weight for one in plain.incoming(name)] for name in plain.outputs])
e = np.array([plain.neuron(name).error for name in plain.outputs])
print("W =", weights, "e =", e, sep="\n")
print("W^T e      ", weights.T @ e)
print("the network", errors)
keep(draw_network(plain, scenario.figures[1].show), "without_denominator")

# %% [markdown]
# Is that a mere change of scale? Then all errors would have been multiplied by the same number.

# %%
for name in plain.inputs:
    with_sum, without = shared.neuron(name).error, plain.neuron(name).error
    print(f"{name}: {without:+.6f} / {with_sum:+.6f} = {without / with_sum:.4f}")

# %% [markdown]
# It is not, because the weights of the two outputs add up to different sums, and each divides its
# own part of the error.

# %% [markdown]
# ## The gradient
#
# The *gradient* asks another question: how does the loss, half the sum of the squared errors,
# change with a value? One backward pass answers it for all of them.

# %%
graded.backward(targets)
print(explain(graded, "h1.out_gradient", depth=1))

# %%
print(f"{'':4}{'in proportion':>15}{'W^T e':>12}{'dE/dh':>12}")
for name in graded.inputs:
    one, two = shared.neuron(name).error, plain.neuron(name).error
    print(f"{name:4}{one:15.6f}{two:12.6f}{graded.neuron(name).out_gradient:12.6f}")

# %% [markdown]
# The last two columns are the same but for the sign: without the denominator the error that comes
# back to a neuron is minus its gradient, exactly. The shares in proportion are not: for some
# neurons they are of a different size altogether. So dropping the denominator is no simplification
# of the first rule, but the step from a rule of thumb to the chain rule.
#
# One thing no share has: the gradient of a *weight* also holds what came in over it. A weight whose
# input is small cannot help much, however large its share of the blame.

# %%
print(f"{'':5}{'share':>10}{'gradient':>10}{'input':>8}")
for connection in graded.incoming("o1"):
    share, out = plain.connection(connection.name).share, connection.message / connection.weight
    print(f"{connection.name:5}{share:10.3f}{connection.gradient:10.3f}{out:8.2f}")

# %%
keep(draw_network(graded, scenario.figures[2].show), "gradient")

# %% [markdown]
# ## Which of them goes downhill
#
# Change the eight weights a little along each of the three: by the shares, by the shares without
# denominator, and against the gradient. All three lower the loss here. For the same small length of
# the change the gradient lowers it most; that is what it is for.

# %%
before = graded.total_error()
names = [connection.name for _, _, connection in graded.edges(data=True)]
rules = {
    "in proportion": [shared.connection(name).share for name in names],
    "without denominator": [plain.connection(name).share for name in names],
    "gradient": [-graded.connection(name).gradient for name in names],
}

# %%
for rule, changes in rules.items():
    trial, length = scenario.network(), np.linalg.norm(changes)
    for name, change in zip(names, changes, strict=True):
        trial.set_value(f"{name}.weight", trial.connection(name).weight + change / length / 1000)
    trial.forward(inputs)
    print(f"{rule:20} lowers E by {before - trial.total_error(targets):.3e}")

# %% [markdown]
# ## Is the page right?
#
# The page gives one number for a share; the others here are computed by hand from its formulas.
# What disagrees are two matrices of the page that print one index wrongly:

# %%
result = ng.run_scenario(scenario)
print(f"{len(result.reproduced)} numbers reproduced, {len(result.errata)} not")
for slip in scenario.slips:
    print(f"{slip.place}: printed {slip.printed}, meant {slip.meant}")
