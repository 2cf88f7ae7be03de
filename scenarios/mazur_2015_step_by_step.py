# %% [markdown]
# # One example, two orders of change
#
# Matt Mazur, "A Step by Step Backpropagation Example", 2015. The smallest network in which
# everything happens: two inputs, two hidden neurons, two outputs, one training example. This lesson
# computes every number of that page, and then asks a question that the page does not: are all the
# weights to be changed at the same time, or one after the other?

# %%
import os
from pathlib import Path

import neurograph as ng
from neurograph.drawing import alt_text, draw_history, draw_network, draw_surface, entitle, save
from neurograph.explanations import explain
from neurograph.landscape import descend, loss_surface

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("mazur_2015_step_by_step")
print(f"{scenario.title}\n{scenario.author}, {scenario.year}: {scenario.source}")


# %%
def keep(drawing, what):
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## Forward: from the inputs to the error
#
# A *neuron* adds up what comes in over its *connections*: each sends the *out* of the neuron behind
# it, times its *weight*. The sum, with the neuron's *bias*, is called *net*. A function bends net
# into out, here the logistic function, which lies between 0 and 1.

# %%
run = scenario.run("derivations")
inputs, targets, rate = scenario.inputs, scenario.targets, run.learning_rate
net = scenario.network()
net.forward(inputs)
print(explain(net, "h1.out"))

# %% [markdown]
# Both hidden neurons pass their out on to both outputs. How far the outputs are from their
# *targets* is one number, the *total error* E: for each output half the square of the difference,
# added up.

# %%
error = net.total_error(targets)
for name in net.outputs:
    one = net.neuron(name)
    print(f"{name}: out {one.out:.9f}, target {one.target}, its error {one.loss:.9f}")
print(f"total error {error:.9f}")

# %% [markdown]
# ## Backward: who is to blame
#
# The *gradient* of a weight says how fast E grows when that weight grows. It is a product along the
# connection: the out behind it, times the *delta* of the neuron in front of it. Delta says how fast
# E grows when the neuron's net grows. For an output it can be read off; a hidden neuron gathers
# *error messages*, weight times delta, over all connections that leave it.

# %%
net.backward(targets)
print(explain(net, "w5.gradient", depth=1))
print(explain(net, "h1.delta", depth=1))

# %%
drawing = draw_network(net, scenario.figures[0].show)
keep(drawing, "network")

# %% [markdown]
# ## Is the page right?
#
# The scenario file beside this lesson lists every number of the page, digit by digit. Each is
# computed again and compared: it counts as reproduced if it agrees to half a unit of its last
# printed digit. What does not agree is an *erratum*, and must have a cause.

# %%
result = ng.run_scenario(scenario)
print(f"{len(result.verdicts)} printed numbers, {len(result.reproduced)} reproduced")
for verdict in result.errata:
    print(f"{verdict.symbol} is printed as {verdict.printed}, and is {verdict.correct}:")
    print(" ".join(verdict.cause.split()))

# %% [markdown]
# ## Two orders
#
# Nearly everything is reproduced, but not by one way of computing. The derivations use the weights
# of the forward pass for every delta, and change all weights together at the end: the
# *simultaneous* order. The results printed after training come from a program that changes the
# output weights first, and sends the error messages back through the changed ones: *in place*.
# Below, one round in both orders, side by side.

# %%
both = {"simultaneous": scenario.network(), "in_place": scenario.network()}
for order, one in both.items():
    one.step(inputs, targets, rate, order=order)
print(f"{'':12}{'simultaneous':>16}{'in place':>16}")
for number in range(1, 9):
    news = [one.value(f"w{number}.weight") for one in both.values()]
    print(f"w{number} after  " + "".join(f"{new:16.9f}" for new in news))

# %% [markdown]
# The weights into the outputs, w5 to w8, come out the same. Those into the hidden neurons do not.
# The reason can be seen in one error message, the one that comes back over w5: in place, it is
# delta times the *new* w5.

# %%
start = scenario.network()
for order, one in both.items():
    message, delta = one.value("w5.error_message"), one.value("o1.delta")
    print(f"{order:13} error message {message:.9f} = {delta:.9f} * {message / delta:.9f}")
print(f"w5 before: {start.value('w5.weight')}, after: {both['in_place'].value('w5.weight'):.9f}")

# %% [markdown]
# ## Which of them is the gradient?
#
# A gradient can be measured without any of the theory: make a weight a little larger, then a little
# smaller, and see how the error differs. This *central difference* knows nothing of deltas, so it
# can judge between the two.

# %%
check = ng.check_gradients(start, inputs, targets)
print(f"{'':4}{'measured':>14}{'simultaneous':>16}{'in place':>16}")
measured = {one.address: one.central for one in check.parameters}
for name in [f"w{number}" for number in range(1, 9)]:
    found = [one.value(f"{name}.gradient") for one in both.values()]
    print(f"{name}  {measured[f'{name}.weight']:14.9f}" + "".join(f"{one:16.9f}" for one in found))

# %% [markdown]
# The simultaneous order gives what is measured, for all eight weights. What the in-place order
# computes for w1 to w4 is the derivative of the error at no point at all: it joins the old w1 to w4
# with the new w5 to w8. It is smaller than the gradient here, but still points downhill, so that
# training works with it too, on a slightly different path.

# %%
shortfall = 1 - both["in_place"].value("w1.gradient") / both["simultaneous"].value("w1.gradient")
print(f"in place, w1 gets {shortfall:.1%} less than its gradient")

# %% [markdown]
# ## After many rounds
#
# After one round the two orders differ from the seventh decimal on, and they never meet again. The
# page prints results of both, which is why a reader who follows the derivation to the letter does
# not find the numbers of the last paragraph.

# %%
rounds = scenario.run("error_after_10000_rounds").steps[0].rounds
for order in both:
    one = scenario.network()
    history = one.train(inputs, targets, learning_rate=rate, epochs=rounds, order=order)
    outs = one.predict(inputs)
    print(f"{order:13} E in round 2 {history['loss'][1]:.9f}, in round {rounds:,}", end=" ")
    print(f"{history['loss'][-1]:.10f}; then the outs are {outs[0]:.9f} and {outs[1]:.9f}")

# %% [markdown]
# Read the last lines with care: the error of a round belongs to the forward pass of that round,
# before its weights change. The page's final error is that of the last round in simultaneous order;
# the page's final outs are those after it, in place.

# %%
trained = scenario.network()
history = trained.train(inputs, targets, learning_rate=rate, epochs=rounds)
drawing = draw_history(history)
entitle(drawing, scenario.figures[2].title)
keep(drawing, "history")

# %% [markdown]
# ## The error as a landscape
#
# Hold six weights still and let two vary: the error becomes a height over a plane, and training a
# walk on it. A step goes against the gradient, straight down the slope, at right angles to the
# lines of equal height. Where the ground is flat the steps are short.

# %%
figure = scenario.figures[1]
surface = loss_surface(net, inputs, targets, *figure.over, span=(-6, 3), points=91)
walk = {"over": figure.over, "learning_rate": rate, "steps": 200}
from_here = descend(net, inputs, targets, **walk)
elsewhere = descend(net, inputs, targets, start=[2, -4], **walk)

# %%
drawing = draw_surface(surface, {"from here": from_here, "from elsewhere": elsewhere})
entitle(drawing, figure.title)
keep(drawing, "surface")

# %% [markdown]
# The lines of equal height are straight: w5 and w6 act through one sum, the net of o1, so that one
# can make up for the other. One example cannot say which of the two should carry the answer, and
# each walk ends at the foot of the slope wherever it happens to arrive. The foot is not at height
# zero: o2 has its own part of the error, which w5 and w6 cannot reach.

# %%
for path in (from_here, elsewhere):
    print(f"ends at w5, w6 = {path.parameters[-1]}, at height {path.losses[-1]:.9f}")
print(f"of which o2, left as it is, has {net.value('o2.loss'):.9f}")
