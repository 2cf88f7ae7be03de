# %% [markdown]
# # A rule older than the gradient
#
# Cornell University, course CS472, 2004: one neuron learns a logical or. It says yes or no, so
# that there is no slope to go down. The *perceptron rule* changes the weights only where the
# answer is wrong, by the rate times the error times what came in.

# %%
import os
from pathlib import Path

import neurograph as ng
from neurograph.drawing import alt_text, save
from neurograph.figures import draw_figure
from neurograph.scenario import play

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("cornell_2004_perceptron_or")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(number, what):
    drawing = draw_figure(scenario, scenario.figures[number])
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## Why no slope
#
# The function of the neuron is a step: flat on both sides. Its derivative is nothing, and so is
# every gradient. The scenario says that one is taken for it.

# %%
run = scenario.runs[0]
net = scenario.network(run)
inputs, targets = scenario.inputs, scenario.targets
print("outs before anything is learned:", net.predict(inputs).ravel())
print("wanted:                         ", targets.ravel())

# %% [markdown]
# ## Example by example
#
# Each line is one example: what the neuron says, how wrong that is, and the weights after it. The
# third weight is a threshold, because its input is always minus one.

# %%
names = ("w1", "w2", "w3")
for step, walked in play(scenario, run):
    weights = [walked.value(f"{name}.weight") for name in names]
    out, error = walked.value("y.out"), walked.value("y.delta")
    print(
        f"{step.place.removeprefix('ours: '):24} out {out:.0f} error {error:+.0f} weights {weights}"
    )

# %%
keep(0, "network")

# %% [markdown]
# ## When does it end?
#
# In the last epoch nothing changes: all examples are right, and the rule has nothing more to do.
# For classes that a line divides it always ends so.

# %%
print("outs after:", walked.predict(inputs).ravel())

# %% [markdown]
# ## What is printed
#
# All of them: what the file prints, and what is ours.

# %%
result = ng.run_scenario(scenario)
print(f"{len(result.reproduced)} of {len(result.verdicts)} numbers are reproduced")
for erratum in result.errata:
    print(f"{erratum.symbol}: {erratum.printed}, not {erratum.correct}: {erratum.cause}")
