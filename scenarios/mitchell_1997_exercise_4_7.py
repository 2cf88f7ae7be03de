# %% [markdown]
# # Momentum from the second example on
#
# Tom M. Mitchell, "Machine Learning", 1997, exercise four point seven: two examples, shown one
# after the other, with momentum. The book asks for the weights after each and prints no solution.

# %%
import os
from pathlib import Path

import neurograph as ng
from neurograph.drawing import alt_text, save
from neurograph.explanations import explain
from neurograph.figures import draw_figure
from neurograph.scenario import play

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("mitchell_1997_exercise_4_7")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(number, what):
    drawing = draw_figure(scenario, scenario.figures[number])
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## The first example
#
# Nothing is remembered yet: the change is that of gradient descent.

# %%
run = scenario.run("first_example")
inputs, targets = scenario.data_of(run)
net = scenario.network(run)
net.forward(inputs)
net.backward(targets)
print(explain(net, "c.delta", depth=0))

# %%
keep(0, "network")

# %% [markdown]
# ## The second example
#
# Now part of the change before is added. The connection from a has an input of nothing in this
# example, so that its gradient is nothing; it moves all the same, by what is remembered.

# %%
trained = {}
for name in ("both_examples", "without_momentum"):
    kind = scenario.run(name)
    (_, trained[name]), *_ = play(scenario, kind)
for address in ("w_ca.weight", "w_cb.weight", "c.bias", "w_dc.weight", "d.bias"):
    values = "  ".join(f"{one.value(address):.6f}" for one in trained.values())
    print(f"{address:12} {values}")

# %% [markdown]
# The left column is with momentum, the right one without. What each parameter remembers:

# %%
memory = trained["both_examples"]
for name in ("w_ca", "w_cb", "w_dc"):
    print(f"{name}: velocity {memory.value(f'{name}.velocity'):+.6f}")

# %% [markdown]
# ## What is printed
#
# The weights of the exercise are given; all else is ours.

# %%
result = ng.run_scenario(scenario)
print(f"{len(result.reproduced)} of {len(result.verdicts)} numbers are reproduced")
for erratum in result.errata:
    print(f"{erratum.symbol}: {erratum.printed}, not {erratum.correct}: {erratum.cause}")
