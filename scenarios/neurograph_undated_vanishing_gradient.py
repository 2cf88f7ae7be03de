# %% [markdown]
# # The error that fades
#
# Numbers of our own, undated. Five logistic neurons in a chain. The output learns at once; what
# does the first neuron hear of it?

# %%
import os
from pathlib import Path

import neurograph as ng
from neurograph.drawing import alt_text, save
from neurograph.figures import draw_figure

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("neurograph_undated_vanishing_gradient")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(number, what):
    drawing = draw_figure(scenario, scenario.figures[number])
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## A fifth at each step
#
# Each delta is the one after it, times a weight, times a *slope*. The slope of a logistic neuron
# is a quarter at most.

# %%
net = scenario.network()
net.forward(scenario.inputs)
net.backward(scenario.targets)
for name in ("n5", "n4", "n3", "n2", "n1"):
    neuron = net.neuron(name)
    print(f"{name}: slope {neuron.slope:.4f}, delta {neuron.delta:.7f}")

# %%
keep(0, "network")

# %%
keep(1, "gradients")

# %% [markdown]
# ## Can larger weights help?
#
# Weight times slope would have to be one. But a larger weight makes a larger net, and there the
# slope is smaller. Here is the product for the second neuron, and what the first one hears.

# %%
for weight in (1, 2, 4, 8, 16):
    trial = scenario.network()
    for number in range(1, 6):
        trial.set_value(f"w{number}.weight", weight)
    trial.forward(scenario.inputs)
    trial.backward(scenario.targets)
    slope, delta = trial.neuron("n2").slope, trial.neuron("n1").delta
    print(f"weight {weight:2}: times slope {weight * slope:.4f}, first delta {delta:.1e}")

# %% [markdown]
# ## What is printed
#
# All are ours; the program agrees with forty-digit arithmetic.

# %%
result = ng.run_scenario(scenario)
print(f"{len(result.reproduced)} of {len(result.verdicts)} numbers are reproduced")
for erratum in result.errata:
    print(f"{erratum.symbol}: {erratum.printed}, not {erratum.correct}: {erratum.cause}")
