# %% [markdown]
# # Down a long bowl
#
# Aston Zhang, Zachary C. Lipton, Mu Li, Alexander J. Smola, "Dive into Deep Learning", 2023. A
# bowl that is twenty times as steep across as along. What is a good step along it is too large
# across it. Four optimisers deal with that.

# %%
import os
from dataclasses import replace
from pathlib import Path

import neurograph as ng
from neurograph.drawing import alt_text, save
from neurograph.figures import draw_figure
from neurograph.scenario import play

# %%
figures = Path(os.environ.get("NEUROGRAPH_FIGURES", "figures"))
figures.mkdir(exist_ok=True)
scenario = ng.load_scenario("zhang_2023_optimizers")
print(f"{scenario.title}\n{scenario.author}: {scenario.source}")


# %%
def keep(number, what):
    drawing = draw_figure(scenario, scenario.figures[number])
    save(drawing, figures / f"{scenario.name}_{what}.svg")
    print(alt_text(drawing))
    return drawing


# %% [markdown]
# ## Too steep for one rate
#
# Gradient descent multiplies each coordinate by one less rate times curvature. Across, that factor
# is negative: the walk zigzags. With a rate a little larger, it is beyond minus one.

# %%
net = scenario.network()
net.forward(scenario.inputs)
for name in ("descent", "descent_too_far"):
    rate = scenario.run(name).learning_rate
    for pre, post in (("a", "y1"), ("b", "y2")):
        factor = 1 - rate * 2 * net.neuron(pre).out ** 2
        print(f"{name}: {net.connection((pre, post)).name} times {factor:+.2f} in each step")

# %%
keep(0, "path_descent")

# %%
keep(1, "path_momentum")

# %% [markdown]
# ## Where each of them ends
#
# After twenty steps. The lowest point is nothing, nothing.

# %%
for run in scenario.runs:
    (step, walked), *_ = play(scenario, run)
    x1, x2 = walked.value("x1.weight"), walked.value("x2.weight")
    print(f"{run.name:16} rate {run.learning_rate:<4} x1 {x1:+.6f}  x2 {x2:+.6f}")

# %% [markdown]
# ## Where epsilon stands
#
# AdaGrad divides by a root, and adds a very small number so that it never divides by nothing. The
# book adds it inside the root, others outside. A trace of that is in the last printed digit.

# %%
inside = scenario.run("adagrad").optimizer
outside = replace(inside, epsilon_inside=False)
for optimizer in (inside, outside):
    trial = scenario.network()
    trial.train(scenario.inputs, scenario.targets, optimizer=optimizer,
                learning_rate=scenario.run("adagrad").learning_rate, epochs=20)  # fmt: skip
    print(f"inside {optimizer.epsilon_inside}: x1 = {trial.value('x1.weight'):.6f}")

# %% [markdown]
# ## What is printed
#
# All of them, with epsilon inside the root.

# %%
result = ng.run_scenario(scenario)
print(f"{len(result.reproduced)} of {len(result.verdicts)} numbers are reproduced")
for erratum in result.errata:
    print(f"{erratum.symbol}: {erratum.printed}, not {erratum.correct}: {erratum.cause}")
