"""One notebook is run, and what it shows of each object is looked at."""

import ast
import re
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

SET_UP = """\
import neurograph as ng
from neurograph import drawing, exercises, landscape

scenario = ng.load_scenario("mazur_2015")
data = scenario.inputs, scenario.targets
net = scenario.network()
_ = net.forward(scenario.inputs), net.backward(scenario.targets)
steps = ng.trace(net, *data, learning_rate=0.5)
history = net.copy().train(*data, learning_rate=0.5, epochs=20, record=["loss", "w5.weight"])
surface = landscape.loss_surface(net, *data, "w5", "w6", points=21)
result = ng.run_scenario(scenario, run="derivations")
now = net.values()
"""

#: By the expression in a cell: words of its page, whether it has a picture, and its one line.
CELLS = {
    "net": (("levels 2-2-2", ">w8<", "0.593"), True, "Network(6 neurons, 8 connections,"),
    'net.nodes["h1"]': (("Neuron h1", "0.3775", "Incoming"), False, "Neuron('h1', activation="),
    'net.edges["h1", "o1"]': (("Connection w5", "At its ends"), False, "Connection('h1' -> 'o1',"),
    "scenario": (("Matt Mazur, 2015", "The network", "Runs"), True, "Scenario('mazur_2015_step"),
    "result": (("50 reproduced", "1 erratum"), False, "ScenarioResult('mazur_2015_step"),
    "result.errata[0]": (("erratum", "0.019049119"), False, "Verdict(address='w7.error_message'"),
    "ng.check_gradients(net, *data)": (("complex step", "within"), False, "GradientCheck(10 para"),
    "history": (("20 epochs", "at the start"), True, "History(20 epochs, 20 steps: loss 0.298"),
    "steps": (("h1.net", "forward"), False, "<Trace of 64 events:"),
    "surface": (("21 x 21 numbers", "loss here"), True, "LossSurface(w5.weight from"),
    "net.plan()": (("straight_line", "12 parameters"), False, "Plan(engine='straight_line'"),
    'ng.explain(net, "w5.gradient")': (("0.082167", "<math"), False, "<Explanation of w5.gradient"),
    'exercises.exercise(scenario, ask="update", seed=1)': (("Given",), False, "Exercise(id='"),
}

#: What is typed before Tab, and what is offered.
COMPLETED = {
    'net.nodes["h': ("h1", "h2"),
    'net["o': ("o1", "o2"),
    'net.edges["h1", "': ("o1", "o2"),
    'history["w5': ("w5.weight",),
    'steps["o2.de': ("o2.delta",),
    'now["w8.gr': ("w8.gradient",),
}


#: Asks the kernel itself what it offers: the same as a notebook is offered.
TAB = f"{{typed: get_ipython().complete(None, typed)[1] for typed in {list(COMPLETED)}}}"


@pytest.fixture(scope="module")
def run() -> dict[str, list[Any]]:
    """What each cell of the notebook puts out, by its source; one kernel runs them all."""
    sources = (SET_UP, *CELLS, "drawing.draw_network(net)", TAB)
    page = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source, id=f"cell-{number}")
            for number, source in enumerate(sources)
        ]
    )
    NotebookClient(page, timeout=120, kernel_name="python3").execute()
    return {cell.source: [output.get("data") for output in cell.outputs] for cell in page.cells}


def test_the_set_up_prints_nothing(run: dict[str, list[Any]]) -> None:
    """Nothing warns, and nothing is printed."""
    assert run[SET_UP] == []


@pytest.mark.parametrize("source", CELLS)
def test_a_cell_shows_its_object(source: str, run: dict[str, list[Any]]) -> None:
    """A page with its words and its picture, the same as Markdown, and one line of plain text."""
    words, pictured, line = CELLS[source]
    (data,) = run[source]
    page = data["text/html"]
    assert [word for word in words if word not in page] == []
    assert ("<svg" in page) == pictured
    assert data["text/markdown"].strip()
    assert data["text/plain"].startswith(line)
    assert len(data["text/plain"]) < 200


def test_a_picture_is_described_for_who_cannot_see_it(run: dict[str, list[Any]]) -> None:
    """The picture of a network says what it shows."""
    (data,) = run["net"]
    (label,) = re.findall(r'<figure role="img" aria-label="([^"]*)"', data["text/html"])
    assert label.startswith("A feed-forward network of 6 neurons")


def test_a_drawing_is_shown_as_a_picture(run: dict[str, list[Any]]) -> None:
    """A drawing is a picture in pixels at least."""
    (data,) = run["drawing.draw_network(net)"]
    assert "image/png" in data


@pytest.mark.parametrize("typed", COMPLETED)
def test_tab_completes(typed: str, run: dict[str, list[Any]]) -> None:
    """Tab offers the names and addresses that begin so, and no others."""
    (data,) = run[TAB]
    offered = [match.strip("\"'[]") for match in ast.literal_eval(data["text/plain"])[typed]]
    assert offered == list(COMPLETED[typed])
