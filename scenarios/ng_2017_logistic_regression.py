# %% [markdown]
# # One logistic neuron, and digits that nobody has
#
# Andrew Ng, "Neural Networks and Deep Learning", 2017. The first programming exercise of the
# course builds logistic regression as a network of one neuron, and prints what its functions
# should return for a small test.

# %%
import os
from pathlib import Path

import numpy as np

import neurograph as ng
from neurograph.drawing import alt_text, save
from neurograph.figures import draw_figure

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("ng_2017_logistic_regression")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(number, what):
    drawing = draw_figure(scenario, scenario.figures[number])
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## The neuron
#
# Two inputs, two weights, one bias. The gradient of a weight is the mean of the errors times its
# input: what the loss and the function have in common cancels out.

# %%
net = scenario.network()
inputs, targets = scenario.inputs, scenario.targets
outs = net.forward(inputs)
net.backward(targets)
print("outs", outs.ravel())
print("w1.gradient", net.value("w1.gradient"), ((outs - targets)[:, 0] * inputs[:, 0]).mean())

# %%
keep(0, "network")

# %% [markdown]
# ## Digits that are lost
#
# The course computes the cost with log(1 - a). Where the out a is nearly one, most digits of 1 - a
# are gone before the logarithm is taken. Written with the net, nothing is lost: the same cost is
# ln(1 + e^net) less the target times net.

# %%
nets = net.value("a.net")
plain = -np.log(np.where(targets[:, 0] == 1, outs[:, 0], 1 - outs[:, 0])).mean()
exact = (np.logaddexp(0, nets) - targets[:, 0] * nets).mean()
print(f"as the course computes it {float(plain)!r}")
print(f"without the loss          {float(exact)!r}")
print(f"the total error here      {net.total_error(targets)!r}")

# %% [markdown]
# ## A hundred rounds

# %%
keep(1, "history")

# %% [markdown]
# ## What is printed
#
# All but the last digits of the two costs.

# %%
result = ng.run_scenario(scenario)
print(f"{len(result.reproduced)} of {len(result.verdicts)} numbers are reproduced")
for erratum in result.errata:
    print(f"{erratum.symbol}: {erratum.printed}, not {erratum.correct}: {erratum.cause}")
