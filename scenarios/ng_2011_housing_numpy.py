# %% [markdown]
# # The price of a house, with a deviation divided by n
#
# Andrew Ng, "Machine Learning", 2011, first exercise. The price of a house follows from its size
# and its rooms. Two sets of answers are found for it, because programs do not agree on what a
# *standard deviation* is: some divide by the number of houses, others by one less.

# %%
import os
from pathlib import Path

import numpy as np

import neurograph as ng
from neurograph.drawing import alt_text, save
from neurograph.figures import draw_figure
from neurograph.scenario import play

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("ng_2011_housing_numpy")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(number, what):
    drawing = draw_figure(scenario, scenario.figures[number])
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## Standard units
#
# Each input is given to the neuron as its distance from the mean, in deviations.

# %%
table = np.loadtxt(scenario.data.file, delimiter=",", skiprows=3)[:, :2]
for ddof, name in ((0, "n"), (1, "n - 1")):
    standard = (table - table.mean(axis=0)) / table.std(axis=0, ddof=ddof)
    print(f"divided by {name}: same as here", np.allclose(standard, scenario.inputs))

# %% [markdown]
# ## Four hundred rounds
#
# The bias is the mean price, whatever the units. The two weights are still on their way: size and
# rooms go together, so that the bowl is long.

# %%
for run in scenario.runs:
    rounds = sum(step.rounds for step in run.steps if step.trains)
    *_, (_, net) = play(scenario, run)
    thetas = [net.value(name) for name in ("price.bias", "theta_1.weight", "theta_2.weight")]
    print(f"{run.name}, rate {run.learning_rate}, {rounds} rounds:", *(f"{t:.6f}" for t in thetas))

# %%
keep(0, "surface")

# %%
keep(1, "history")

# %% [markdown]
# ## The same line
#
# In square feet and rooms the two answers are one: a larger deviation makes a larger weight.

# %%
slopes = np.array(thetas[1:]) / table.std(axis=0, ddof=0)
print("dollars for a square foot and for a room:", slopes.round(6))

# %% [markdown]
# ## What is printed
#
# All of them.

# %%
result = ng.run_scenario(scenario)
print(f"{len(result.reproduced)} of {len(result.verdicts)} numbers are reproduced")
for erratum in result.errata:
    print(f"{erratum.symbol}: {erratum.printed}, not {erratum.correct}: {erratum.cause}")
