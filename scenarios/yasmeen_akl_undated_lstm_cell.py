# %% [markdown]
# # Inside an LSTM cell
#
# Yasmeen Akl, notebook, undated. A cell with one unit reads a sequence of three numbers. Three
# gates decide what is kept, what is added and what is shown; each is an ordinary logistic neuron,
# and a gate acts by being multiplied.

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
scenario = ng.load_scenario("yasmeen_akl_undated_lstm_cell")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(number, what):
    drawing = draw_figure(scenario, scenario.figures[number])
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## Gates multiply
#
# A neuron with the *combine rule* product multiplies what arrives instead of adding it. Two of
# them make the new state, a third the out.

# %%
net = scenario.network()
net.forward(scenario.inputs)
for name in ("f", "i", "g", "c", "o", "h"):
    print(name, net.neuron(name).out.round(4))

# %%
keep(0, "network")

# %% [markdown]
# ## Where does the state come from?

# %%
print(explain(net, "c.net", depth=1, sample=3))

# %% [markdown]
# ## Back through the cell
#
# The slope of a product by one factor is the other factor. A gate that is nearly open lets the
# error through to the state before nearly whole: that is what the cell was made for.

# %%
net.backward(scenario.targets)
for sample in range(3):
    kept = net.connection(("c_before", "kept"))
    print(f"step {sample + 1}: dc/dc_before = {kept.message_slope[sample]:.4f}", end=" ")
    print(f"= f = {net.neuron('f').out[sample]:.4f}")

# %% [markdown]
# ## What is printed
#
# All of them.

# %%
result = ng.run_scenario(scenario)
print(f"{len(result.reproduced)} of {len(result.verdicts)} numbers are reproduced")
for erratum in result.errata:
    print(f"{erratum.symbol}: {erratum.printed}, not {erratum.correct}: {erratum.cause}")
