# %% [markdown]
# # Up or down? The sign of a change
#
# Tariq Rashid, "Make Your Own Neural Network", 2016, works out the update of one weight. Texts of
# the example agree in every number but the last: in some the weight grows, in others it shrinks.
# Which is right can be seen without any formula.

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
scenario = ng.load_scenario("rashid_2016_weight_update")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(number, what):
    drawing = draw_figure(scenario, scenario.figures[number])
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## The pass
#
# Two outs, two weights, one logistic output that is too small. Every number has an address.

# %%
run = scenario.run("up")
net = scenario.network(run)
net.forward(scenario.inputs)
net.backward(scenario.targets)
for address in ("k1.net", "k1.out", "k1.slope", "w11.gradient"):
    print(f"{address} = {net.value(address):.5f}")

# %%
keep(0, "network")

# %% [markdown]
# ## The sign
#
# The *gradient* says how the error changes when the weight grows. Here it is negative: the error
# falls. So the weight has to grow. Subtracting the gradient does that, since it takes away a
# negative number.

# %%
print(explain(net, "w11.new_weight", depth=0, learning_rate=run.learning_rate))

# %%
gradient, before = net.value("w11.gradient"), net.value("loss")
for step in (run.learning_rate, -run.learning_rate):
    trial = scenario.network(run)
    trial.set_value("w11.weight", net.value("w11.weight") - step * gradient)
    trial.forward(scenario.inputs)
    change = trial.total_error(scenario.targets) - before
    print(f"w11 = {trial.value('w11.weight'):.3f}: the error changes by {change:+.6f}")

# %%
keep(1, "curve")

# %% [markdown]
# ## What is printed
#
# One sign is lost in the second text, and nothing else is wrong in it.

# %%
result = ng.run_scenario(scenario)
print(f"{len(result.reproduced)} of {len(result.verdicts)} numbers are reproduced")
for erratum in result.errata:
    print(f"{erratum.symbol}: {erratum.printed}, not {erratum.correct}: {erratum.cause}")
