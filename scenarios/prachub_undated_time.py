# %% [markdown]
# # A neuron that remembers: backpropagation through time
#
# PracHub, "Backpropagation Through Time (BPTT) - Complete Walkthrough", undated. A recurrent
# neuron reads two numbers, one after the other. Drawn out in time it is a plain network in which
# the same weight stands in several places.

# %%
import os
from pathlib import Path

import neurograph as ng
from neurograph.drawing import alt_text, save
from neurograph.explanations import explain
from neurograph.figures import draw_figure

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("prachub_undated_time")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(number, what):
    drawing = draw_figure(scenario, scenario.figures[number])
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## Unrolled
#
# The hidden neuron of the second step hears its own input and the hidden neuron of the first step.
# Weights of one *tie* are one parameter.

# %%
net = scenario.network()
net.forward(scenario.inputs)
net.backward(scenario.targets)
for name in ("h1", "y1", "h2", "y2"):
    print(name, net.neuron(name).out)

# %%
keep(0, "network")

# %% [markdown]
# ## Two paths back
#
# The first hidden neuron is blamed twice: by its own output, and by the second hidden neuron. The
# error messages are added.

# %%
print(explain(net, "h1.delta", depth=1))

# %% [markdown]
# ## One weight, several uses
#
# The gradient of a shared weight is the sum of what each use of it adds.

# %%
for first, second in (("v1", "v2"), ("o1", "o2"), ("u1", "u2")):
    parts = [net.value(f"{name}.own_gradient") for name in (first, second)]
    print(f"{net.connection(first).tie}: {parts[0]:.6f} + {parts[1]:.6f}", end=" ")
    print(f"= {net.value(f'{first}.gradient'):.6f}")

# %% [markdown]
# ## What is printed
#
# One wrong value of tanh spreads through the rest of the page: every later number follows from the
# one before it.

# %%
result = ng.run_scenario(scenario)
print(f"{len(result.reproduced)} of {len(result.verdicts)} numbers are reproduced")
for erratum in result.errata:
    print(f"{erratum.symbol}: {erratum.printed}, not {erratum.correct}: {erratum.cause}")
