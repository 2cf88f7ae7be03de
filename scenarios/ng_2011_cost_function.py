# %% [markdown]
# # What a penalty costs
#
# Andrew Ng, "Machine Learning", 2011, programming exercise four. Before its functions meet
# pictures of digits, they are tried on a small network whose numbers are easy to write down:
# cosines in, four labels out. The test exists with and without a *penalty* for large weights.

# %%
import os
from pathlib import Path

import neurograph as ng
from neurograph.drawing import alt_text, save
from neurograph.figures import draw_figure

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("ng_2011_cost_function")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(number, what):
    drawing = draw_figure(scenario, scenario.figures[number])
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## The network

# %%
plain = scenario.network(scenario.run("lambda_0"))
inputs, targets = scenario.inputs, scenario.targets
plain.forward(inputs)
plain.backward(targets)
print(f"J = {plain.value('loss'):.6f}")

# %%
keep(0, "network")

# %% [markdown]
# ## The penalty
#
# It adds to the cost what the squares of the weights add up to, times lambda over twice the number
# of samples. Biases are left out.

# %%
for name, factor in (("lambda_3", 3), ("lambda_4", 4)):
    net = scenario.network(scenario.run(name))
    net.forward(inputs)
    net.backward(targets)
    squares = sum(net.edges[pair].weight ** 2 for pair in net.edges)
    by_hand = plain.value("loss") + factor / (2 * len(inputs)) * squares
    print(f"{name}: J = {net.value('loss'):.6f}, by hand {by_hand:.6f}")

# %% [markdown]
# ## In the gradients
#
# Every gradient of a weight grows by lambda times the weight over the number of samples; those of
# biases stay.

# %%
for address in ("h1.bias_gradient", "x1->h1.gradient", "h1->o1.gradient"):
    print(f"{address:18} {plain.value(address):+.6f} {net.value(address):+.6f}")

# %% [markdown]
# ## What is printed
#
# All of them, under each lambda.

# %%
result = ng.run_scenario(scenario)
print(f"{len(result.reproduced)} of {len(result.verdicts)} numbers are reproduced")
for erratum in result.errata:
    print(f"{erratum.symbol}: {erratum.printed}, not {erratum.correct}: {erratum.cause}")
