# %% [markdown]
# # A line through data, found by walking downhill
#
# Gianmario Spacagna, Daniel Slater, Phuong Vo.T.H and Valentino Zocca, "Backpropagation Algorithm",
# Packt Hub, 2017. The text begins with linear regression: one linear neuron, whose error is squared
# and whose weights go against the gradient. It has no data. Here it gets some: in 1857 James Forbes
# boiled water at seventeen places in the Alps and wrote down the temperature and the pressure of
# the air, so that others could carry a thermometer uphill in place of a barometer.

# %%
import os
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import neurograph as ng
from neurograph.drawing import (
    Drawing,
    alt_text,
    draw_history,
    draw_network,
    draw_surface,
    entitle,
    save,
)
from neurograph.landscape import at_point, descend, loss_surface

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("spacagna_2017_linear_regression")
print(f"{scenario.title}\n{scenario.author}, {scenario.year}: {scenario.source}")


# %%
def keep(drawing, what, title=""):
    if title:
        entitle(drawing, title)
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## The data and the neuron
#
# The temperatures are given to the neuron in *standard units*: the mean is taken away, the rest
# divided by the standard deviation. Why that matters is seen further down.

# %%
degrees, pressure = np.loadtxt(scenario.data.file, delimiter=",", skiprows=1).T
inputs, targets = scenario.inputs, scenario.targets
print(f"{len(inputs)} places, {degrees.min()} to {degrees.max()} degrees Fahrenheit")
standard = (degrees - degrees.mean()) / degrees.std()
print(f"x = (degrees - {degrees.mean():.3f}) / {degrees.std():.5f}")
print("as in the scenario:", np.allclose(inputs[:, 0], standard))

# %% [markdown]
# The neuron adds weight times x and bias; J is half the mean of the squared errors. For a weight
# and a bias of 0 its *gradient* can be written down at sight: minus the mean of x times t, and
# minus the mean of t.

# %%
run = scenario.run("descent")
net = scenario.network(run)
net.forward(inputs)
print(f"J = {net.total_error(targets):.6f}, half the mean of t^2 = {(targets**2).mean() / 2:.6f}")
net.backward(targets)
print(f"dJ/dw = {net.value('w.gradient'):.8f} = {-(inputs * targets).mean():.8f}")
print(f"dJ/db = {net.value('y.bias_gradient'):.8f} = {-targets.mean():.8f}")

# %%
keep(draw_network(net, scenario.figures[0].show, sample=1), "network")

# %% [markdown]
# ## Down to the least squares
#
# For a line the lowest point of J is known in closed form: it solves the *normal equations*. NumPy
# does that. Gradient descent knows nothing of it, and arrives there all the same.

# %%
ones = np.ones_like(inputs)
best = np.linalg.lstsq(np.hstack([inputs, ones]), targets[:, 0])[0]
rounds = sum(step.rounds for step in run.steps if step.trains)
fitted = scenario.network(run)
history = fitted.train(inputs, targets, learning_rate=run.learning_rate, epochs=rounds)
print(f"least squares:              w = {best[0]:.9f}, b = {best[1]:.9f}")
print(f"descent, {rounds} rounds:        ", end="")
print(f"w = {fitted.value('w.weight'):.9f}, b = {fitted.value('y.bias'):.9f}")

# %%
keep(draw_history(history), "history", scenario.figures[3].title)

# %% [markdown]
# In the old units the line can be used by anybody with a thermometer.

# %%
slope = fitted.value("w.weight") / degrees.std()
start = fitted.value("y.bias") - slope * degrees.mean()
errors = pressure - (start + slope * degrees)
print(f"pressure = {start:.3f} + {slope:.4f} * degrees")
print(f"part of the variance explained: {1 - errors.var() / pressure.var():.4f}")
worst, *others = np.argsort(-abs(errors))
print(f"row {worst + 1} lies {errors[worst]:.2f} off the line,", end=" ")
print(f"and no other more than {abs(errors[others]).max():.2f}")

# %%
figure = Figure(figsize=(7, 5), layout="constrained")
ax = figure.add_subplot()
ax.plot(degrees, pressure, "o", label="measured by Forbes")
ax.plot(degrees, start + slope * degrees, label="the neuron after training")
ax.text(degrees[worst], pressure[worst], f"row {worst + 1}  ", ha="right", va="bottom")
ax.set(xlabel="boiling point, degrees Fahrenheit", ylabel="pressure, inches of mercury")
ax.legend()
keep(Drawing(ax, "What Forbes measured, and the line of the neuron after training."), "data")

# %% [markdown]
# ## The bowl
#
# J over weight and bias is a bowl with one lowest point: no walk can be caught anywhere else. In
# standard units it is round, so that the gradient points straight at the middle, and every round
# removes the same part of the distance: the learning rate.

# %%
figure = scenario.figures[1]
bowl = loss_surface(net, inputs, targets, *figure.over, span=((-25, 31), (-3, 53)), points=41)
keep(draw_surface(bowl, kind="3d"), "surface", figure.title)

# %%
path = descend(net, inputs, targets, learning_rate=run.learning_rate, steps=rounds)
drawing = draw_surface(bowl, path)
drawing.ax.set_aspect("equal")
keep(drawing, "path", scenario.figures[2].title)

# %%
left = np.linalg.norm(path.parameters[:6] - best, axis=1)
print("distance left, from round to round:", (left[1:] / left[:-1]).round(6))
print("1 - learning rate:", 1 - run.learning_rate)

# %% [markdown]
# ## Without standard units
#
# The *curvature* of J says how the slope changes. Of a bowl the largest and the smallest curvature
# matter: a rate above two over the largest makes the walk fly out, and the smallest then says how
# long the rest takes. In degrees the bowl is a gorge.

# %%
for name, x in (("standard units", inputs), ("degrees", degrees[:, None])):
    shape = at_point(net, x, targets)
    largest, smallest = shape.eigenvalues
    limit = shape.largest_stable_learning_rate
    print(f"{name:15} curvatures {largest:.6g} and {smallest:.3g}, rates below {limit:.3g}")

# %% [markdown]
# ## Where the 2 goes
#
# The derivative of a square has a factor 2, which the text counts as a part of the learning rate.
# With the 2 kept (no half in front of J) and half the rate, the path is the same.

# %%
twice = scenario.run("with_the_2")
rounds = twice.steps[-1].rounds
for one in (run, twice):
    trial = scenario.network(one)
    trial.train(inputs, targets, learning_rate=one.learning_rate, epochs=rounds)
    w, b = trial.value("w.weight"), trial.value("y.bias")
    print(f"{trial.graph['loss']:20} rate {one.learning_rate}: w = {w:.9f}, b = {b:.9f}")
