# %% [markdown]
# # A kernel in four places, and the winner
#
# Numbers of our own, undated. A kernel of four weights is laid on nine pixels in four places; the
# largest of the four sums goes on. Which weights learn, and from which pixels?

# %%
import os
from pathlib import Path

import neurograph as ng
from neurograph.drawing import alt_text, save
from neurograph.figures import draw_figure

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("neurograph_undated_max_pooling")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(number, what):
    drawing = draw_figure(scenario, scenario.figures[number])
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## Four sums, one kernel
#
# Every place has the same four weights: they are *tied*.

# %%
net = scenario.network()
net.forward(scenario.inputs)
for name in ("s11", "s12", "s21", "s22", "m"):
    print(f"{name} = {net.neuron(name).out:.2f}")

# %%
keep(0, "network")

# %% [markdown]
# ## Only the winner hears of the error
#
# The slope of a maximum is one for the largest message and nothing for the others.

# %%
net.backward(scenario.targets)
for name in ("s11", "s12", "s21", "s22"):
    print(f"{name}: delta {net.neuron(name).delta:+.6f}")

# %% [markdown]
# So the gradient of the kernel is the winner's delta times the pixels under it.

# %%
winner = net.neuron("s21")
for connection in net.incoming("s21"):
    pixel = net.neuron(connection.pre).out
    print(f"{connection.tie}: {winner.delta:.6f} * {pixel} = {connection.gradient:.6f}")

# %% [markdown]
# ## What is printed
#
# All are ours, computed by hand; the program agrees.

# %%
result = ng.run_scenario(scenario)
print(f"{len(result.reproduced)} of {len(result.verdicts)} numbers are reproduced")
for erratum in result.errata:
    print(f"{erratum.symbol}: {erratum.printed}, not {erratum.correct}: {erratum.cause}")
