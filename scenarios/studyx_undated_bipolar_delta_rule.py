# %% [markdown]
# # An out that cannot be
#
# StudyX, homework and answer, undated. One neuron between minus one and one, two patterns, the
# delta rule. The answer on the page goes wrong in its first line, and there is a way to see that
# without a calculator.

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
scenario = ng.load_scenario("studyx_undated_bipolar_delta_rule")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(number, what):
    drawing = draw_figure(scenario, scenario.figures[number])
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## Between minus one and one
#
# The function is twice the logistic function, less one. Its out can never be above one, and its
# slope can never be negative.

# %%
run = scenario.run("first_pattern")
inputs, targets = scenario.data_of(run)
net = scenario.network(run)
net.forward(inputs)
net.backward(targets)
print(f"net {net.value('o.net'):g}, out {net.value('o.out'):.6f}, slope {net.value('o.slope'):.6f}")

# %%
keep(0, "network")

# %% [markdown]
# ## Why the first pattern teaches nearly nothing
#
# The neuron is nearly right already, and where it is right its slope is small too: the change is
# the rate times error times slope times input.

# %%
print(explain(net, "w1.new_weight", depth=0, learning_rate=run.learning_rate))

# %% [markdown]
# ## The second pattern

# %%
(_, trained), *_ = play(scenario, scenario.run("both_patterns"))
for name in ("w1", "w2", "w3", "w4"):
    print(
        f"{name}: from {net.value(f'{name}.weight'):+.0f} to {trained.value(f'{name}.weight'):+.6f}"
    )

# %%
keep(1, "curve")

# %% [markdown]
# ## What is printed
#
# What is right of the answer is the net of the first pattern, and the weight whose input is
# nothing.

# %%
result = ng.run_scenario(scenario)
print(f"{len(result.reproduced)} of {len(result.verdicts)} numbers are reproduced")
for erratum in result.errata:
    print(f"{erratum.symbol}: {erratum.printed}, not {erratum.correct}: {erratum.cause}")
