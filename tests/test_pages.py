"""The living page, written and used in a browser as a reader would use it."""

import base64
import json
import os
import re
import shutil
import sys
import tempfile
import tomllib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import html5lib
import numpy as np
import pytest
from random_use import RandomUser

import neurograph as ng
from neurograph.cli import main
from neurograph.errors import (
    InvalidTypeError,
    InvalidValueError,
    ScenarioError,
    StructureError,
    UnknownNameError,
    UnwritableError,
)
from neurograph.escapes import printable
from neurograph.explanations import explain
from neurograph.optimizers import Adam, Optimizer, OptimizerRow
from neurograph.pages import frame, languages, live, live_widget, page, site
from neurograph.pages.formula_templates import math_template
from neurograph.pages.html_frame import style_sheet
from neurograph.pages.page_data import Example, example_of
from neurograph.pages.scenario_template import network_template
from neurograph.pages.web_page import web_page
from neurograph.scenario import run_scenario
from neurograph.scenario.schema import scenario_of
from neurograph.words import catalogue

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
in_a_browser = pytest.mark.skipif(
    not CHROMIUM, reason="no Chromium is installed to show the page in"
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCENARIOS = sorted(ng.find_scenarios())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Start a browser."""
    playwright = pytest.importorskip("playwright.sync_api")
    # A socket of the browser stands in its folder for temporary files, and its path must be short.
    with tempfile.TemporaryDirectory(dir="/tmp" if Path("/tmp").is_dir() else None) as folder:
        own = {**os.environ, "TMPDIR": folder}
        with playwright.sync_playwright() as tools:
            browser = tools.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=own)
            yield browser
            browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that gives the page of a scenario, written once."""
    folder = tmp_path_factory.mktemp("pages")

    def page_of(name: str) -> Path:
        path = folder / f"{name}.html"
        if not path.exists():
            ng.page(name, path=path)
        return path

    return page_of


@pytest.fixture
def show(chromium: Any, pages: Callable[[str], Path]) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a page; in the end nothing may stand in the console."""
    messages: list[str] = []
    contexts = []

    def shown(path: Path | str = "mazur_2015", **options: Any) -> Any:
        context = chromium.new_context(**options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: messages.append(message.text))
        tab.on("pageerror", lambda error: messages.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        requests: list[str] = []
        file = pages(path) if isinstance(path, str) else path
        tab.goto(file.as_uri())
        assert all(url == file.as_uri() for url in requests)
        if options.get("java_script_enabled", True):
            until_alive(tab)
        return tab

    yield shown
    for context in contexts:
        context.close()
    assert messages == []


def until_alive(tab: Any) -> None:
    """Wait until the page has unpacked its data, if it has any."""
    tab.wait_for_selector("html.alive, html:not(:has(#data))")


def reload(tab: Any) -> None:
    """Load a page again: as far as it takes over what its address says."""
    tab.reload()
    until_alive(tab)


def number(tab: Any, address: str, where: str = "#picture") -> float:
    """Return the number that stands at an address."""
    node = tab.locator(f'{where} [data-address="{address}"]').first
    return float(node.get_attribute("data-value"))


def mazur() -> ng.Network:
    """Return the 2-2-2 network after one backward pass."""
    scenario = ng.load_scenario("mazur_2015")
    net = scenario.network()
    net.forward(scenario.inputs)
    net.backward(scenario.targets)
    return net


# -- the file ---------------------------------------------------------------------------------


def test_the_page_is_one_small_file(pages: Callable[[str], Path]) -> None:
    """The page of the 2-2-2 network is under 200 kB and names nothing to be loaded."""
    text = pages("mazur_2015").read_text(encoding="utf-8")
    assert len(text.encode()) < 200_000
    assert not re.search(r"\bsrc=|<link|@import|url\(", text)
    assert "default-src 'none'" in text


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_page_is_valid(name: str, pages: Callable[[str], Path]) -> None:
    """Every scenario's page is HTML without an error of syntax."""
    html5lib.HTMLParser(strict=True).parse(pages(name).read_text(encoding="utf-8"))


def test_the_data_hold_every_run_and_printed_value(pages: Callable[[str], Path]) -> None:
    """Runs, their conventions and all printed values of the file are in the data of the page."""
    text = pages("mazur_2015").read_text(encoding="utf-8")
    (packed,) = re.findall(r'<script type="text/plain" id="data">(.*?)</script>', text)
    data = json.loads(zlib.decompress(base64.b64decode(packed), wbits=-15))
    scenario = ng.load_scenario("mazur_2015")
    assert [run["name"] for run in data["runs"]] == [run.name for run in scenario.runs]
    for run, facts in zip(data["runs"], scenario.runs, strict=True):
        assert run["order"] == facts.order
        assert [step["do"] for step in run["steps"]] == [step.do for step in facts.steps]
        for step, wanted in zip(run["steps"], facts.steps, strict=True):
            values = [(one["address"], one["value"]) for one in step.get("printed", [])]
            assert values == [(one.address, one.value) for one in wanted.printed]


def test_words_are_complete() -> None:
    """Every language has every word of the English catalogue, with the same places in it."""
    assert languages() == ["de", "en"]
    english = catalogue("en")
    for language in languages():
        words = catalogue(language)
        assert words.keys() == english.keys()
        for key, text in english.items():
            pairs = zip(*map(_texts, (text, words[key])), strict=True)
            for own, other in pairs:
                assert {*re.findall(r"{\w+}", own)} == {*re.findall(r"{\w+}", other)}, key


def _texts(text: Any) -> list[str]:
    """Return the sentences of an entry, by their names."""
    return [text] if isinstance(text, str) else [text[name] for name in sorted(text)]


def test_a_template_has_parentheses_where_a_sum_is_a_factor() -> None:
    """A sum that is written out keeps its parentheses in a product, and needs none alone."""
    factor = ng.Formula("a * total(b)", ["a", "b"])
    assert "data-parentheses" in math_template(factor, ["a", "b"], ["b"])
    term = ng.Formula("total(b) + a", ["a", "b"])
    assert "data-parentheses" not in math_template(term, ["a", "b"], ["b"])


# -- wrong use --------------------------------------------------------------------------------


def test_a_network_needs_data(tmp_path: Path) -> None:
    """A network alone has no numbers to show; a scenario has its own."""
    net = ng.Network.layered(2, 1, weights=0.5)
    with pytest.raises(InvalidTypeError, match="needs inputs and targets"):
        page(net, path=tmp_path / "a.html")
    with pytest.raises(InvalidTypeError, match="has its own inputs and targets"):
        page("mazur_2015", [1.0], path=tmp_path / "a.html")
    with pytest.raises(StructureError):
        page(ng.Network(), [1.0], [1.0], path=tmp_path / "a.html")
    assert not (tmp_path / "a.html").exists()


def test_a_language_without_words_is_named(tmp_path: Path) -> None:
    """An unknown language is refused with those there are."""
    with pytest.raises(
        UnknownNameError, match="no words of a page in language 'tlh'; there are de, en"
    ):
        page("mazur_2015", path=tmp_path / "a.html", language="tlh")


def test_another_file_is_not_overwritten(tmp_path: Path) -> None:
    """What is no page of neurograph stays as it is; a page is written anew."""
    path = tmp_path / "a.html"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(UnwritableError, match="is there already and is no page of neurograph"):
        page("mazur_2015", path=path)
    path.unlink()
    page("mazur_2015", path=path)
    page("mazur_2015", path=path)


def test_the_command_names_what_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that is not there, and a scenario with an error, end with status 2 and no file."""
    assert main(["page", "mazur_2015", "-o", str(tmp_path / "no" / "a.html")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("title = 1", encoding="utf-8")
    assert main(["page", str(wrong), "-o", str(tmp_path / "a.html")]) == 2
    assert "wrong.toml: title" in capsys.readouterr().err
    with pytest.raises(ScenarioError, match="title"):
        page(wrong, path=tmp_path / "a.html")
    assert not (tmp_path / "a.html").exists()


@pytest.mark.parametrize("name", ["a.pdf", "a.svg", "html", "a.html.txt"])
def test_a_page_is_written_to_a_file_of_its_kind(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that promises another kind of file is refused, and nothing is written."""
    assert main(["page", "mazur_2015", "-o", str(tmp_path / name)]) == 2
    assert f"{name}: a page is written to a file that ends in .html or .htm" in (
        capsys.readouterr().err.replace("\n", " ")
    )
    assert not list(tmp_path.iterdir())
    assert main(["page", "mazur_2015", "-o", str(tmp_path / "a.HTM")]) == 0


def test_the_command_opens_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--open` hands the file's address to the browser; the name of the scenario names the file."""
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.chdir(tmp_path)
    assert main(["page", "mazur_2015", "--open"]) == 0
    path = tmp_path / "mazur_2015_step_by_step.html"
    assert opened == [path.resolve().as_uri()]


@pytest.mark.parametrize("arguments", [[], ["--all", "mazur_2015"]])
def test_a_page_is_of_one_scenario_or_of_all(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither, and both, are refused."""
    assert main(["page", *arguments]) == 2
    assert "name one scenario, or --all" in capsys.readouterr().err


# -- in a browser -----------------------------------------------------------------------------


@in_a_browser
@pytest.mark.parametrize("name", SCENARIOS)
def test_numbers_are_those_of_the_passes(name: str, show: Callable[..., Any]) -> None:
    """Every number in the picture and the tables is that of the passes of the first run."""
    scenario = ng.load_scenario(name)
    run = scenario.runs[0]
    net = scenario.network(run)
    inputs, targets = scenario.data_of(run)
    first = run.steps[0].samples
    if first is not None:
        inputs, targets = inputs[np.array(first) - 1], targets[np.array(first) - 1]
    net.forward(inputs, digits=run.digits)
    net.backward(targets, digits=run.digits)
    tab = show(name)
    tab.click("#tables summary")
    shown = tab.locator("#picture [data-value], #tables [data-value]").evaluate_all(
        "nodes => nodes.map(({ dataset }) => [dataset.address, dataset.value])"
    )
    assert len(shown) > len(net)
    for address, text in shown:
        value, computed = np.atleast_1d(net.value(address))[0], float(text)
        np.testing.assert_allclose(computed, value, rtol=1e-12, atol=1e-15, err_msg=address)


@in_a_browser
def test_a_number_is_followed_to_the_inputs_and_back(show: Callable[..., Any]) -> None:
    """Operands lead to their own equations, and the trail leads back."""
    tab = show()
    tab.click('[data-element="n2"] circle')
    assert tab.locator("#inspector h2").inner_text() == "The numbers of h1"
    tab.locator('#inspector .card[aria-label="h1.delta"] [data-to="h1.out_gradient"]').first.click()
    tab.locator('#inspector .card.current [data-to="o1.delta"]').first.click()
    assert tab.locator("#inspector .card.current").get_attribute("aria-label") == "o1.delta"
    value = number(tab, "o1.delta", "#inspector")
    assert value == pytest.approx(0.7413650695523157 * 0.18681560180895948, rel=1e-12)
    tab.click("#inspector .trail button")
    assert tab.locator("#inspector .card.current").get_attribute("aria-label") == "h1.out_gradient"
    assert tab.locator("#inspector .trail button").count() == 0


@in_a_browser
def test_an_equation_stands_in_symbols_and_in_numbers(show: Callable[..., Any]) -> None:
    """net_h1 = w1 i1 + w2 i2 + b, and below it the numbers of the page."""
    tab = show()
    tab.click('[data-element="n2"] circle')
    card = tab.locator('#inspector .card[aria-label="h1.net"]')
    symbols, numbers = card.locator("math").all()
    assert symbols.text_content() == "neth1=w1⋅outi1+w2⋅outi2+bh1"
    assert numbers.text_content() == "=0.15⋅0.05+0.2⋅0.1+0.35"


@in_a_browser
def test_the_picture_is_used_with_keys_alone(show: Callable[..., Any]) -> None:
    """Tab reaches the picture, arrows its things, and what has the focus is chosen."""
    tab = show()
    tab.focus('#picture [tabindex="0"]')
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#inspector h2").inner_text() == "The numbers of h1"
    tab.keyboard.press("ArrowLeft")
    assert tab.locator("#inspector h2").inner_text() == "The numbers of i2"


@in_a_browser
def test_steps_show_only_what_is_known(show: Callable[..., Any]) -> None:
    """Home knows inputs and weights alone; each step one number more, with its sentence."""
    tab = show()
    tab.keyboard.press("Home")
    assert tab.locator('#picture [data-element="n2"] .number').text_content() == ""
    assert number(tab, "i1.out") == 0.05
    sentence = tab.locator("#player .sentence")
    for _ in range(3):
        tab.keyboard.press("ArrowRight")
    net = mazur()
    assert sentence.inner_text().startswith("h1 combines what arrives, and adds its bias: h1.net =")
    tab.select_option("#shown select >> nth=0", "net")
    assert number(tab, "h1.net") == pytest.approx(net.value("h1.net"), rel=1e-12)
    assert tab.locator('#picture [data-element="n3"] .number').text_content() == ""
    tab.keyboard.press("ArrowLeft")
    assert tab.locator('#picture [data-element="n2"] .number').text_content() == ""
    tab.keyboard.press("End")
    assert number(tab, "h2.net") == pytest.approx(net.value("h2.net"), rel=1e-12)
    assert tab.locator("#player-on").is_disabled()


@in_a_browser
def test_play_goes_on_by_itself_and_stops_at_the_end(show: Callable[..., Any]) -> None:
    """Play starts anew at the end, goes on at its speed, and pauses."""
    tab = show()
    tab.select_option("#player select", "200")
    tab.keyboard.press("Space")
    tab.locator("#player .count", has_text=re.compile(r"^([3-9]|\d\d) of")).wait_for()
    tab.click("#player-play")
    assert tab.locator("#player-play").inner_text() == "Play"
    slider = tab.locator("#player input[type=range]")
    last = slider.get_attribute("max")
    slider.fill(str(int(last) - 1))
    tab.click("#player-play")
    tab.locator("#player .count", has_text=f"{last} of {last}").wait_for()
    assert tab.locator("#player-play").inner_text() == "Play"


@in_a_browser
def test_messages_run_forward_and_errors_back(show: Callable[..., Any]) -> None:
    """A step that sends a message moves a dot along its line, away from its neuron or to it."""
    tab = show()
    positions = """async () => {
        const dot = document.querySelector("#picture .messages circle");
        const first = Number(dot.getAttribute("cx"));
        const later = () => Number(dot.getAttribute("cx")) !== first || !dot.isConnected;
        while (!later()) await new Promise(requestAnimationFrame);
        return [dot.getAttribute("class"), first, Number(dot.getAttribute("cx"))];
    }"""
    step_of_error = tab.locator("#player input[type=range]")
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    name, first, later = tab.evaluate(positions)
    assert (name, later > first) == ("message", True)
    for step in range(20, 60):
        step_of_error.fill(str(step))
        if "error back" in tab.locator("#player .sentence").inner_text():
            break
    step_of_error.fill(str(step - 1))
    tab.click("#player-on")
    name, first, later = tab.evaluate(positions)
    assert (name, later < first) == ("error", True)


@in_a_browser
def test_less_motion_sends_no_dots(show: Callable[..., Any]) -> None:
    """Where a reader wants no movement, nothing runs along the lines."""
    tab = show(reduced_motion="reduce")
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#picture .connection.now").count() == 1
    assert tab.locator("#picture .messages circle").count() == 0


@in_a_browser
def test_the_picture_shows_where_numbers_come_from_and_go(show: Callable[..., Any]) -> None:
    """Of h1, inputs and their weights are its sources, and both outputs follow from it."""
    tab = show()
    tab.click('[data-element="n2"] circle')

    def names(kind: str) -> set[str]:
        return set(tab.locator(f"#picture .neuron.{kind} .name").all_text_contents())

    assert names("source") == {"i1", "i2"}
    assert names("reached") >= {"o1", "o2"}
    tab.locator('#inspector .card[aria-label="h1.delta"] [data-to="h1.out_gradient"]').first.click()
    assert {"o1", "o2"} <= names("source")


@in_a_browser
def test_tables_are_right_when_they_open(show: Callable[..., Any]) -> None:
    """What changed while they were closed stands in them before they are seen."""
    tab = show()
    field = tab.locator('#whatif input[type=text][data-address="w5.weight"]')
    field.fill("0.5")
    field.press("Enter")
    opened = """() => {
        document.querySelector("#tables summary").click();
        return document.querySelector('#tables [data-address="w5.weight"]').dataset.value;
    }"""
    assert tab.evaluate(opened) == "0.5"


@in_a_browser
def test_what_if_computes_everything_anew(show: Callable[..., Any]) -> None:
    """A typed weight changes what follows from it, and can be undone, redone and reset."""
    net = mazur()
    before = net.value("o1.out")
    tab = show()
    field = tab.locator('#whatif input[type=text][data-address="w5.weight"]')
    field.fill("0.75")
    field.press("Tab")
    scenario = ng.load_scenario("mazur_2015")
    net.set_value("w5.weight", 0.75)
    net.forward(scenario.inputs)
    assert number(tab, "o1.out") == pytest.approx(net.value("o1.out"), rel=1e-12)
    assert "differs" in tab.locator('#picture [data-address="o1.out"]').get_attribute("class")
    assert "differs" not in tab.locator('#picture [data-address="o2.out"]').get_attribute("class")
    tab.click("#whatif-undo")
    assert number(tab, "o1.out") == pytest.approx(before, rel=1e-12)
    tab.click("#whatif-redo")
    assert number(tab, "o1.out") == pytest.approx(net.value("o1.out"), rel=1e-12)
    tab.click("#whatif-reset")
    assert number(tab, "o1.out") == pytest.approx(before, rel=1e-12)


@in_a_browser
@pytest.mark.parametrize("typed", ["", "abc", "1e999", "--1"])
def test_what_is_no_number_is_refused_beside_its_field(
    typed: str, show: Callable[..., Any]
) -> None:
    """A wrong number changes nothing, and the field says what it takes."""
    tab = show()
    field = tab.locator('#whatif input[type=text][data-address="w5.weight"]')
    field.fill(typed)
    field.press("Tab")
    assert field.get_attribute("aria-invalid") == "true"
    message = tab.locator('#whatif .field:has([data-address="w5.weight"]) .message')
    assert message.inner_text().startswith("Type a number")
    assert number(tab, "w5.weight") == 0.4
    field.fill("0.4")
    field.press("Tab")
    assert field.get_attribute("aria-invalid") is None


@in_a_browser
def test_what_is_typed_stays_when_something_else_changes(show: Callable[..., Any]) -> None:
    """A step of the player neither empties a field nor takes back that it was refused."""
    tab = show()
    field = tab.locator('#whatif input[type=text][data-address="w5.weight"]')
    field.fill("0.7x")
    tab.evaluate("() => document.querySelector('#player button').click()")
    assert field.input_value() == "0.7x"
    field.press("Tab")
    tab.click("#player button >> nth=2")
    assert field.get_attribute("aria-invalid") == "true"
    assert field.input_value() == "0.7x"
    tab.focus('#whatif input[type=range][aria-label="w5.weight"]')
    tab.keyboard.press("Home")
    assert field.get_attribute("aria-invalid") is None
    assert float(field.input_value()) < 0.4


def typed(tab: Any, address: str, text: str) -> str:
    """Type into a field, leave it, and return what is said beside it."""
    field = tab.locator(f'#whatif input[type=text][data-address="{address}"]')
    field.fill(text)
    field.press("Tab")
    return str(tab.inner_text(f'#whatif .field:has([data-address="{address}"]) .message'))


@in_a_browser
def test_what_cannot_be_is_refused_with_the_reason(show: Callable[..., Any]) -> None:
    """Rates and constants say what they may be; a number too large, or one of two, says so."""
    tab = show()
    assert typed(tab, "learning_rate", "-1") == "Type a number of zero or more."
    assert "1.234 or 1234" in typed(tab, "w5.weight", "1,234")
    assert typed(tab, "w6.weight", "1/0") == "That divides by zero."
    assert "this one is too large" in typed(tab, "w7.weight", "-1e309")
    tab.select_option('#whatif select[aria-label="optimiser"]', label=ADAM)
    assert typed(tab, "beta1", "1") == "Type a number of at least 0 and less than 1."
    assert typed(tab, "epsilon", "0") == "Type a number above zero."
    assert number(tab, "w5.weight") == 0.4


ADAM = "Adam(beta1=0.9, beta2=0.999, epsilon=1e-08)"


@in_a_browser
@pytest.mark.parametrize(
    ("text", "value"),
    [("3/8", 0.375), ("0,75", 0.75), ("1.5·10⁻³", 0.0015), ("-0", 0.0), ("25 %", 0.25),
     ("−2", -2.0), ("1/3", 1 / 3), ("w5 = 0.1234567890123456789", 0.1234567890123456789)],
)  # fmt: skip
def test_numbers_are_typed_as_people_write_them(
    text: str, value: float, show: Callable[..., Any]
) -> None:
    """Fractions, commas, powers and percents are read; the nearest float is taken."""
    tab = show()
    assert typed(tab, "w5.weight", text) == ""
    assert number(tab, "w5.weight") == value


@in_a_browser
def test_constants_of_the_optimiser_are_changed(show: Callable[..., Any]) -> None:
    """A beta that is typed trains as the library does, is marked, and is undone."""
    tab = show()
    tab.select_option('#whatif select[aria-label="optimiser"]', label=ADAM)
    typed(tab, "beta1", "0.5")
    field = tab.locator('#whatif .field:has([data-address="beta1"])')
    assert "changed" in field.get_attribute("class")
    tab.click("#train-10")
    tab.wait_for_selector("#train-stop:disabled")
    scenario = ng.load_scenario("mazur_2015")
    net = scenario.network()
    net.train(scenario.inputs, scenario.targets, learning_rate=0.5, epochs=10,
              optimizer=Adam(beta1=0.5))  # fmt: skip
    assert number(tab, "w5.weight") == pytest.approx(net.value("w5.weight"), rel=1e-12)
    tab.click('[data-element="c6"] .line', force=True)
    card = tab.locator('#inspector .card[aria-label="w5.m"]')
    card.locator('[data-to="beta1"]').first.click()
    assert number(tab, "beta1", "#inspector") == 0.5
    for _ in range(2):
        tab.click("#whatif-undo")
    assert tab.input_value('#whatif [data-address="beta1"]') == "0.9"
    tab.click("#whatif-undo")
    assert tab.locator('#whatif [data-address="beta1"]').count() == 0


@in_a_browser
def test_what_is_squared_has_parentheses(show: Callable[..., Any]) -> None:
    """Of a fraction and of a number with a power of ten it is seen what the exponent is of."""
    tab = show()
    tab.select_option('#whatif select[aria-label="optimiser"]', label=ADAM)
    typed(tab, "i1.out", "1e-6")
    tab.focus('#picture [data-element="c0"]')
    tab.keyboard.press("Enter")
    card = tab.locator('#inspector .card[aria-label="w1.v"]')
    symbols, numbers = card.locator("math").all()
    assert symbols.text_content() == "vw1=beta2⋅vw1+(1−beta2)⋅(∂E∂w1)2"
    assert re.search(r"⋅\(8\.\d+⋅10−9\)2$", numbers.text_content())


@in_a_browser
def test_a_softmax_is_put_on_a_level_and_taken_off(show: Callable[..., Any]) -> None:
    """All of the level send out shares of one; deltas are the library's, and undo leads back."""
    tab = show()
    before = number(tab, "o1.out")
    tab.select_option('#whatif select[aria-label="activation of level 2 (o1, o2)"]', "softmax")
    tab.select_option('#whatif select[aria-label="loss"]', "cross_entropy")
    scenario = ng.load_scenario("mazur_2015")
    net = scenario.network()
    net.neuron("o1").activation = net.neuron("o2").activation = "softmax"
    net.loss = "cross_entropy"
    net.forward(scenario.inputs)
    net.backward(scenario.targets)
    assert number(tab, "o1.out") == pytest.approx(net.value("o1.out"), rel=1e-12)
    tab.select_option("#shown select >> nth=0", "delta")
    for name in ("h1", "h2", "o1", "o2"):
        assert number(tab, f"{name}.delta") == pytest.approx(net.value(f"{name}.delta"), rel=1e-12)
    tab.select_option("#shown select >> nth=0", "out")
    tab.click('[data-element="n4"] circle')
    assert tab.locator('#whatif select[aria-label="activation of o1"]').count() == 0
    tab.wait_for_url(re.compile("#.*softmax"))
    reload(tab)
    assert number(tab, "o1.out") == pytest.approx(net.value("o1.out"), rel=1e-12)
    tab.click("#whatif-undo")
    assert number(tab, "o1.out") == pytest.approx(before, rel=1e-12)


@in_a_browser
def test_a_wheel_turns_the_number_that_has_the_focus(show: Callable[..., Any]) -> None:
    """Turns over a field with the focus are one change, elsewhere they scroll."""
    tab = show()
    field = tab.locator('#whatif input[type=text][data-address="w5.weight"]')
    field.hover()
    tab.mouse.wheel(0, -100)
    assert number(tab, "w5.weight") == 0.4
    field.focus()
    field.hover()
    for _ in range(3):
        tab.mouse.wheel(0, -100)
    until(tab, "document.querySelector('#whatif [data-address=\"w5.weight\"]').value === '0.43'")
    tab.click("#whatif-undo")
    assert number(tab, "w5.weight") == 0.4


@in_a_browser
def test_a_shared_bias_is_one_number(show: Callable[..., Any]) -> None:
    """A tied parameter changes wherever it is used."""
    tab = show()
    field = tab.locator('#whatif input[type=text][data-address="h1.bias"]')
    field.fill("0.5")
    field.press("Tab")
    shown = tab.locator('#whatif input[type=text][data-address="h2.bias"]')
    assert shown.input_value() == "0.5"


@in_a_browser
def test_a_dragged_slider_is_undone_at_once(show: Callable[..., Any]) -> None:
    """All moves of one drag are one change."""
    tab = show()
    slider = tab.locator('#whatif .field:has([data-address="w5.weight"]) input[type=range]')
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.mouse.down()
    for part in (0.6, 0.7, 0.8):
        tab.mouse.move(box["x"] + box["width"] * part, box["y"] + box["height"] / 2)
    tab.mouse.up()
    assert number(tab, "w5.weight") > 0.5
    tab.click("#whatif-undo")
    assert number(tab, "w5.weight") == 0.4
    assert tab.locator("#whatif-undo").is_disabled()


@in_a_browser
def test_conventions_are_changed(show: Callable[..., Any]) -> None:
    """Activation, loss, order and optimiser are chosen, and the numbers are the library's."""
    tab = show()
    tab.click('[data-element="n2"] circle')
    choices = {"activation of h1": "tanh", "loss": "squared_error", "order of updates": "in_place",
               "optimiser": "Momentum(momentum=0.9)"}  # fmt: skip
    for label, value in choices.items():
        tab.select_option(f'#whatif select[aria-label="{label}"]', value)
    scenario = ng.load_scenario("mazur_2015")
    net = scenario.network()
    net.neuron("h1").activation, net.loss = "tanh", "squared_error"
    net.step(scenario.inputs, scenario.targets, 0.5, order="in_place")
    tab.select_option("#shown select >> nth=1", "new_weight")
    tab.select_option("#shown select >> nth=0", "delta")
    for name in ("h1", "h2", "o1"):
        assert number(tab, f"{name}.delta") == pytest.approx(net.value(f"{name}.delta"), rel=1e-12)
    for name in ("w1", "w5"):
        wanted = net.value(f"{name}.weight")
        assert number(tab, f"{name}.new_weight") == pytest.approx(wanted, rel=1e-12)


@in_a_browser
def test_training_is_that_of_the_library(show: Callable[..., Any]) -> None:
    """Rounds of training end where `Network.train` ends, and are undone as one change."""
    scenario = ng.load_scenario("mazur_2015")
    net = scenario.network()
    net.train(scenario.inputs, scenario.targets, learning_rate=0.5, epochs=1110)
    tab = show()
    for rounds in (10, 100, 1000):
        tab.click(f"#train-{rounds}")
        tab.wait_for_selector("#train-stop:disabled")
    assert tab.locator("#trained").inner_text().startswith("1,110 rounds trained")
    assert number(tab, "w5.weight") == pytest.approx(net.value("w5.weight"), rel=1e-12)
    tab.click("#whatif-undo")
    assert tab.locator("#trained").inner_text().startswith("110 rounds trained")
    tab.click("#whatif-reset")
    assert number(tab, "w5.weight") == 0.4


@in_a_browser
def test_any_number_is_a_curve_of_the_training(show: Callable[..., Any]) -> None:
    """The curve of an address ends where the library ends, and leads through its rounds."""
    scenario = ng.load_scenario("mazur_2015")
    net = scenario.network()
    tab = show()
    tab.select_option('#whatif select[aria-label="optimiser"]', label=ADAM)
    tab.click("#train-10")
    tab.wait_for_selector("#train-stop:disabled")
    optimizer, outs, values = Adam(), [], (scenario.inputs, scenario.targets)
    for rounds in range(11):
        net = scenario.network()
        if rounds:
            net.train(*values, learning_rate=0.5, epochs=rounds, optimizer=optimizer)
        net.forward(scenario.inputs)
        outs.append(net.value("h1.out"))
    tab.select_option("#curve", "h1.out")
    last = float(tab.get_attribute(".chart", "data-last"))
    assert last == pytest.approx(outs[-1], rel=1e-12)
    heights = [float(point.split(",")[1]) for point in
               tab.get_attribute(".chart .curve", "points").split()]  # fmt: skip
    low, high = min(outs), max(outs)
    np.testing.assert_allclose(
        heights, [14 + 172 * (high - out) / (high - low) for out in outs], atol=0.06
    )
    tab.select_option("#curve", "w5.m")
    assert tab.locator(".chart title").text_content().startswith("w5.m after each round")
    tab.select_option("#curve", "")
    assert float(tab.get_attribute(".chart", "data-last")) < 0.3


@in_a_browser
def test_training_goes_on_until_stopped(show: Callable[..., Any]) -> None:
    """Until stopped trains round after round, and Stop keeps what was reached."""
    tab = show()
    tab.click("#train-on")
    tab.locator("#trained", has_text=re.compile(r"^\d\d\d+ rounds")).wait_for()
    tab.click("#train-stop")
    tab.wait_for_selector("#train-stop:disabled")
    assert number(tab, "w5.weight") != 0.4


@in_a_browser
@pytest.mark.parametrize("run", ["mini_batch", "online", "shuffled"])
def test_batches_train_as_in_the_library(run: str, show: Callable[..., Any]) -> None:
    """Mini-batches, single samples and shuffled ones take the samples of `Network.train`."""
    scenario = ng.load_scenario("spacagna_2017_batches")
    facts = scenario.run(run)
    training = facts.training(next(step for step in facts.steps if step.trains))
    net = scenario.network(facts)
    net.train(
        *scenario.data_of(facts), learning_rate=training.learning_rate, epochs=10,
        batch_size=training.batch_size, shuffle=training.shuffle, seed=training.seed,
    )  # fmt: skip
    tab = show("spacagna_2017_batches")
    tab.select_option("#run", str(scenario.runs.index(facts)))
    tab.click("#train-10")
    tab.wait_for_selector("#train-stop:disabled")
    ((pre, post),) = net.edges
    connection = net.edges[pre, post]
    assert number(tab, f"{connection.name}.weight") == pytest.approx(connection.weight, rel=1e-10)


@in_a_browser
@pytest.mark.parametrize("size", [1, 5])
def test_a_shuffled_run_is_about_the_samples_of_its_first_round(
    size: int, show: Callable[..., Any], tmp_path: Path
) -> None:
    """Tables and explanations without JavaScript take the batch that the live page takes first."""
    runs = example_of(ng.load_scenario("spacagna_2017_batches")).runs
    (run,) = (one for one in runs if one.name == "shuffled")
    run = replace(run, batch_size=size)
    file = tmp_path / "shuffled.html"
    file.write_text(web_page(Example(title="Shuffled", runs=(run,))), encoding="utf-8")
    batch = np.random.default_rng(run.seed).permutation(len(run.inputs))[:size]
    rows = batch[0] if size == 1 else batch
    net = run.network.copy()
    net.forward(run.inputs[rows])
    net.backward(run.targets[rows])
    still, live = show(file, java_script_enabled=False), show(file)
    live.click("#tables summary")
    read = "nodes => nodes.map(({ dataset }) => [dataset.address, dataset.value])"
    before, after = (
        tab.locator("#tables [data-value]").evaluate_all(read) for tab in (still, live)
    )
    assert [address for address, _ in before] == [address for address, _ in after]
    for (address, stated), (_, computed) in zip(before, after, strict=True):
        expected = pytest.approx(np.atleast_1d(net.value(address))[0], rel=1e-12, abs=1e-15)
        assert float(stated) == expected, address
        assert float(computed) == expected, address
    told = " ".join(still.locator("noscript").inner_text().split())
    for address in ("y.net", "y.delta", "w.gradient"):
        reason = explain(net, address, depth=0, sample=None if size == 1 else 1).text()
        assert " ".join(reason.split()) in told


@in_a_browser
def test_a_diverged_training_says_where(show: Callable[..., Any], tmp_path: Path) -> None:
    """A rate that is too large ends the training with the round, and undo leads back."""
    net = ng.Network.layered(1, 1, weights=1.0, bias=0.0, activation="identity")
    ng.page(net, [2.0], [0.0], path=tmp_path / "a.html", learning_rate=100.0)
    tab = show(tmp_path / "a.html")
    tab.click("#train-1000")
    tab.wait_for_selector("#train-stop:disabled")
    assert re.match(
        r"Round \d+ made a number infinite", tab.locator("#training .message").inner_text()
    )
    tab.click("#whatif-undo")
    assert tab.locator("#training .message").inner_text() == ""


def until(tab: Any, script: str) -> None:
    """Wait until something is so; the page itself must not evaluate text."""
    for _ in range(600):
        if tab.evaluate(script):
            return
        tab.wait_for_timeout(50)
    raise AssertionError(f"never so: {script}")


def ball(tab: Any) -> Any:
    """Return the ball, when the landscape has been computed."""
    tab.locator("#landscape").scroll_into_view_if_needed()
    tab.locator(".ground[data-ready]").wait_for()
    return tab.locator(".ball")


@in_a_browser
def test_the_ball_is_moved_with_keys_and_sets_the_weights(show: Callable[..., Any]) -> None:
    """Each arrow moves the ball by a hundredth of half the width; its error is the library's."""
    tab = show()
    ball(tab).focus()
    for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
        tab.keyboard.press(key)
    assert number(tab, "w5.weight") == 0.44
    assert number(tab, "w6.weight") == 0.53
    net = mazur()
    net.set_value("w5.weight", 0.44)
    net.set_value("w6.weight", 0.53)
    scenario = ng.load_scenario("mazur_2015")
    net.forward(scenario.inputs)
    net.backward(scenario.targets)
    until(tab, "document.querySelector('.ball').dataset.loss < 0.32")
    loss = float(ball(tab).get_attribute("data-loss"))
    assert loss == pytest.approx(net.value("loss"), rel=1e-12)


@in_a_browser
def test_the_ball_is_dragged_and_a_drag_undone_at_once(show: Callable[..., Any]) -> None:
    """The ball follows the pointer on both axes, and a whole drag is one change."""
    tab = show()
    box = ball(tab).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 30, y)
    tab.mouse.move(x + 60, y - 40)
    tab.mouse.up()
    assert number(tab, "w5.weight") > 0.8
    assert number(tab, "w6.weight") > 0.8
    tab.click("#whatif-undo")
    assert number(tab, "w5.weight") == 0.4
    assert tab.locator("#whatif-undo").is_disabled()


@in_a_browser
def test_walkers_and_trainings_leave_their_paths(show: Callable[..., Any]) -> None:
    """A click starts a walker from there, Enter one from the ball; the training has a path too."""
    tab = show(reduced_motion="reduce")
    ball(tab)
    tab.click("#landscape .ground-lines", position={"x": 300, "y": 60})
    told = tab.locator("#landscape-told", has_text="The walker went 200 steps, always down")
    told.wait_for()
    assert tab.locator(".ground .walker").count() == 1
    ball(tab).press("Enter")
    until(tab, "document.querySelectorAll('.ground .walker').length === 2")
    tab.click("#landscape-clear")
    assert tab.locator(".ground .walker").count() == 0
    tab.click("#train-100")
    tab.wait_for_selector("#train-stop:disabled")
    ball(tab)
    tab.locator(".ground .training-path").wait_for(state="attached")


@in_a_browser
def test_no_walker_starts_on_a_ground_of_before(show: Callable[..., Any]) -> None:
    """A click after other axes were chosen, before their ground is there, starts nothing."""
    tab = show(reduced_motion="reduce")
    ball(tab)
    tab.evaluate("""() => {
        const up = document.querySelector("#landscape-y");
        up.value = "";
        up.dispatchEvent(new Event("change"));
        const svg = document.querySelector(".ground-lines");
        const { x, y } = svg.getBoundingClientRect();
        svg.dispatchEvent(new MouseEvent("click", { clientX: x + 300, clientY: y + 60 }));
    }""")
    tab.locator(".ground .hill").wait_for(state="attached")
    assert tab.locator(".ground .walker").count() == 0


@in_a_browser
def test_a_rate_that_is_too_large_jumps(show: Callable[..., Any]) -> None:
    """On the mountain of one weight a walker with a large rate goes up, and the page says so."""
    tab = show("klein_undated_mountain", reduced_motion="reduce")
    field = tab.locator('#whatif input[type=text][data-address="learning_rate"]')
    field.fill("5")
    field.press("Tab")
    ball(tab)
    assert tab.locator(".ground .hill").count() == 1
    tab.click("#landscape-walk")
    tab.locator("#landscape-told", has_text="a rate of 5 jumps over the valley").wait_for()


@in_a_browser
def test_the_axes_of_the_landscape_are_chosen(show: Callable[..., Any]) -> None:
    """Two parameters, or one and the error; a shared bias is there once."""
    tab = show()
    ball(tab)
    names = tab.locator("#landscape-x option").all_inner_texts()
    assert "h1.bias" in names
    assert "h2.bias" not in names
    tab.select_option("#landscape-x", label="h1.bias")
    tab.locator(".ground .name", has_text="h1.bias").wait_for()
    tab.select_option("#landscape-y", "")
    tab.locator(".ground .hill").wait_for(state="attached")
    ball(tab).press("ArrowRight")
    shown = tab.locator('#whatif input[type=text][data-address="h2.bias"]')
    assert shown.input_value() == "0.39"
    for name in ("nearer", "farther", "centre"):
        tab.click(f"#landscape-{name}")
    ball(tab)


@in_a_browser
def test_a_notebook_shows_the_page_in_a_frame(show: Callable[..., Any], tmp_path: Path) -> None:
    """The page computes within a frame that can reach nothing around it."""
    net = mazur()
    scenario = ng.load_scenario("mazur_2015")
    shown = frame(net, scenario.inputs, scenario.targets, title=HOSTILE, height=700)
    path = tmp_path / "notebook.html"
    body = shown._repr_html_()
    path.write_text(f"<!DOCTYPE html><title>a</title><body>{body}", encoding="utf-8")
    tab = show(path)
    inside = tab.frame_locator("iframe")
    inside.locator('[data-element="n4"] circle').click()
    text = inside.locator('#picture [data-address="o1.out"]').get_attribute("data-value")
    assert float(text) == pytest.approx(net.value("o1.out"), rel=1e-12)
    assert inside.locator("#inspector .card").count() > 5


def test_the_height_of_a_frame_is_a_whole_number() -> None:
    """No frame is 0 pixels high."""
    with pytest.raises(InvalidValueError, match="height"):
        frame("mazur_2015", height=0)


@in_a_browser
def test_samples_are_paged_through(show: Callable[..., Any]) -> None:
    """Of a batch the numbers of each sample are shown."""
    scenario = ng.load_scenario("spacagna_2017_softmax")
    net = scenario.network()
    net.forward(scenario.inputs)
    tab = show("spacagna_2017_softmax")
    tab.fill("#sample", "60")
    tab.press("#sample", "Tab")
    name = next(name for name in net if net.in_degree(name))
    outs = net.value(f"{name}.out")
    assert number(tab, f"{name}.out") == pytest.approx(outs[59], rel=1e-12)
    tab.click("#sample-next")
    assert number(tab, f"{name}.out") == pytest.approx(outs[60], rel=1e-12)
    tab.fill("#sample", "1")
    tab.press("#sample", "Tab")
    tab.click("#sample-previous")
    assert tab.input_value("#sample") == str(len(outs))
    assert number(tab, f"{name}.out") == pytest.approx(outs[-1], rel=1e-12)


HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>{name}&amp;\"'`"


@in_a_browser
@pytest.mark.parametrize(
    "name",
    [HOSTILE, "\u202eabc\u202c עברית", "🙂\u200d\U0001f3fd", "x" * 300, "a\"b'c<!--", "__proto__",
     "</title><script>", "]]>\u2028\x85"],
)  # fmt: skip
def test_names_and_titles_are_data(name: str, show: Callable[..., Any], tmp_path: Path) -> None:
    """Markup, other ways of writing and long texts are shown as they are in every view."""
    net = ng.Network()
    net.add_neuron(name)
    net.add_neuron("o", activation="identity", bias=0.5)
    net.connect(name, "o", 0.5, label=f"</template><svg onload=alert(3)>{name}")
    path = tmp_path / "a.html"
    ng.page(net, [1.0], [0.0], path=path, title=name)
    html5lib.HTMLParser(strict=True).parse(path.read_text(encoding="utf-8"))
    tab = show(path, viewport={"width": 820, "height": 900}, reduced_motion="reduce")
    assert tab.locator("h1").text_content() == printable(name)
    tab.click("#tables summary")
    for key in ("n0", "n1", "c0"):
        tab.focus(f'[data-element="{key}"]')
        tab.keyboard.press("Enter")
        assert tab.locator("#inspector .card").count() > 0
    for sentence in range(8):
        tab.locator("#player input[type=range]").fill(str(sentence))
    tab.select_option("#curve", "o.out")
    tab.click("#train-1")
    walk(tab)
    tab.fill("#own-number", "0.25")
    tab.press("#own-number", "Enter")
    assert tab.locator("img, svg[onload], main script, header script").count() == 0
    assert tab.evaluate("document.documentElement.scrollWidth") <= 820


@in_a_browser
@pytest.mark.parametrize(
    ("name", "seed"),
    [("mazur_2015", 1), ("spacagna_2017_softmax", 2), ("klein_undated_mountain", 3)],
)
def test_random_use_leaves_nothing_in_the_console(
    name: str, seed: int, show: Callable[..., Any]
) -> None:
    """Clicks, drags, keys and texts at random leave no message, and a page that computes."""
    tab = show(name)
    user = RandomUser(tab, seed)
    for _ in range(50):
        user.act()
    reload(tab)
    tab.click('#picture [data-element="n1"] circle', force=True)
    assert tab.locator("#inspector .card").count() > 0


@in_a_browser
def test_without_javascript_there_are_picture_tables_and_explanations(
    show: Callable[..., Any],
) -> None:
    """A browser that runs no script shows the picture with its numbers, tables and reasons."""
    tab = show(java_script_enabled=False)
    net = mazur()
    assert number(tab, "o1.out") == net.value("o1.out")
    assert tab.locator("#tables td.number").count() > 30
    text = tab.locator("noscript").inner_text()
    assert "net_h1 = w1*i1 + w2*i2 + b1" in " ".join(text.split())
    assert not tab.locator("#whatif").is_visible()


@in_a_browser
def test_a_large_network_shows_its_largest_parts(show: Callable[..., Any], tmp_path: Path) -> None:
    """784-20-10 is drawn by its first and last neurons, and says what is left out."""
    rng = np.random.default_rng(3)
    net = ng.Network.layered(784, 20, 10, seed=3)
    path = tmp_path / "a.html"
    ng.page(net, rng.random(784), np.zeros(10), path=path)
    tab = show(path)
    words = tab.locator("#left-out").inner_text()
    assert "of 814 neurons" in words
    assert "too large to be computed in a page" in words
    assert tab.locator("script, template").count() == 0


@in_a_browser
@pytest.mark.parametrize("width", [360, 820, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(
    width: int, scheme: str, show: Callable[..., Any]
) -> None:
    """On a telephone and on a projector the page is as wide as its window."""
    tab = show(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab.click('[data-element="n4"] circle')
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


# -- who is right -------------------------------------------------------------------------------


@in_a_browser
def test_printed_values_stand_beside_computed_ones(show: Callable[..., Any]) -> None:
    """Each run shows its printed values with the verdicts of `neurograph run`; causes open."""
    tab = show()
    result = ng.run_scenario(ng.load_scenario("mazur_2015"))
    for number, run in enumerate(result.runs):
        if number:
            tab.select_option("#run", str(number))
        verdicts = [one.verdict for step in run.steps for one in step.verdicts]
        cells = tab.locator("#source .verdict")
        assert cells.count() == len(verdicts)
        assert cells.all_inner_texts() == verdicts
    tab.select_option("#run", "0")
    tab.locator("#source td summary").focus()
    tab.keyboard.press("Enter")
    (erratum,) = result.errata
    assert erratum.cause in tab.inner_text("#source td details")
    tab.click('#source th button:has-text("h1.net")')
    assert tab.locator("#inspector h2").inner_text() == "The numbers of h1"


OTHERWISE = """
title = "Otherwise"
author = "A. Teacher"
year = 2024
source = "a sheet"

[network]
neurons = [{ name = "i" }, { name = "h", bias = 0.5 }, { name = "o" }]
connections = [{ pre = "i", post = "h", weight = 0.5 }, { pre = "h", post = "o", weight = 0.25 }]

[data]
inputs = [1]
targets = [0]

[[runs]]
name = "as_it_is"
learning_rate = 0.5
steps = [{ do = "step" }]

[[runs]]
name = "otherwise"
learning_rate = "0.5 / (1 + epoch)"
steps = [
    { do = "set", values = { "h.out" = 0.9, "h.bias" = 0.0 } },
    { do = "forward" },
    { do = "loss", loss = "squared_error" },
    { do = "attribute" },
    { do = "train", rounds = 3 },
    { do = "train", rounds = 2, learning_rate = 0.25 },
]

[[runs]]
name = "without"
edits = ["the bias of h left out"]
steps = [{ do = "forward" }]

[[slips]]
place = "line 3"
printed = "<i>h</i>"
meant = "o"
cause = "a wrong letter"
"""


@in_a_browser
@pytest.mark.parametrize("language", ["en", "de"])
def test_what_a_page_does_not_heed_is_said(
    language: str, show: Callable[..., Any], tmp_path: Path
) -> None:
    """What is given, set or trained otherwise, and runs left out, are named; slips are listed."""
    file = tmp_path / "otherwise.toml"
    file.write_text(OTHERWISE, encoding="utf-8")
    ng.page(str(file), path=tmp_path / "a.html", language=language)
    tab, words = show(tmp_path / "a.html"), catalogue(language)
    edits = words["unheeded_edits"].format(names="without")
    assert tab.inner_text("#unheeded") == edits
    tab.select_option("#run", "1")
    sentences = [
        words[f"unheeded_{key}"].format(names=names)
        for key, names in {
            "given": "h.out", "set": "h.bias", "loss": "squared_error",
            "training": "", "step": "attribute",
        }.items()
    ]  # fmt: skip
    assert tab.inner_text("#unheeded") == " ".join([*sentences, edits])
    assert tab.inner_text(".slips td >> nth=1") == "<i>h</i>"


@in_a_browser
def test_a_number_of_ones_own_is_explained(show: Callable[..., Any]) -> None:
    """The slope left out of a delta is named; so is what the number is rightly."""
    tab = show()
    tab.select_option("#own-address", label="o1.delta")
    tab.fill("#own-number", "0,7413651")  # 0.75136507 - 0.01, as in dE/dout of the source
    tab.press("#own-number", "Enter")
    answer = tab.locator("#own-answer")
    assert answer.get_attribute("aria-live") == "polite"
    text = answer.inner_text()
    assert "The comma was taken for a decimal point." in text
    assert "It is given by: the derivative f' of the outputs left out" in text
    assert "It is o1.out_gradient" in text
    assert "would agree by chance" in text
    tab.fill("#own-number", "0.1384986")
    tab.click("#own-check")
    assert answer.inner_text().startswith("0.1384986 is o1.delta, to all digits")


@in_a_browser
@pytest.mark.parametrize(
    ("typed", "said"), [("", "That is no number"), ("1,234", "1.234 or 1234"), ("1/0", "by zero")]
)
def test_what_is_no_number_of_ones_own_is_refused(
    typed: str, said: str, show: Callable[..., Any]
) -> None:
    """The message stands at the field, and nothing is answered."""
    tab = show()
    tab.fill("#own-number", typed)
    tab.press("#own-number", "Enter")
    assert said in tab.inner_text("#own-message")
    assert tab.get_attribute("#own-number", "aria-invalid") == "true"
    assert tab.inner_text("#own-answer") == ""


# -- sharing ------------------------------------------------------------------------------------


@in_a_browser
def test_an_address_leads_to_one_moment(show: Callable[..., Any], tmp_path: Path) -> None:
    """What is chosen, shown and changed stands in the address, and comes back from it."""
    tab = show()
    tab.select_option("#run", "5")
    tab.select_option("#shown select >> nth=0", "delta")
    ball(tab)
    tab.select_option("#landscape-y", "")
    tab.click("#landscape-nearer")
    tab.select_option("#curve", "h1.bias")
    field = tab.locator('#whatif input[type=text][data-address="w5.weight"]')
    field.fill("0.75")
    field.press("Tab")
    tab.click('[data-element="n2"] circle')
    tab.locator("#player input[type=range]").fill("12")
    tab.wait_for_url(re.compile("#.*step"))
    ng.page("mazur_2015", path=tmp_path / "a.html")
    other = show(tmp_path / "a.html")
    hashed = tab.evaluate("location.hash")
    other.evaluate("(hash) => { location.hash = hash; }", hashed)
    other.locator("#player .count", has_text="12 of").wait_for()
    assert number(other, "w5.weight") == 0.75
    assert other.input_value("#run") == "5"
    assert other.input_value("#shown select >> nth=0") == "delta"
    assert other.input_value("#curve") == "h1.bias"
    ball(other)
    assert other.input_value("#landscape-y") == ""
    assert other.locator("#landscape .hill").count() == 1
    assert other.locator("#inspector h2").inner_text() == "The numbers of h1"
    reload(other)
    assert number(other, "w5.weight") == 0.75
    other.click("#whatif-undo")
    assert number(other, "w5.weight") == 0.4


@in_a_browser
@pytest.mark.parametrize(
    "hostile",
    [
        "%", "null", "[]", "5", '"run"', "<img src=x>", '{"edits":5}', '{"chosen":"__proto__"}',
        '{"run":"__proto__","step":-1,"sample":1e9,"address":{}}', '{"step":"x","chosen":[]}',
        '{"edits":{"weights":{"0":"1","99":1,"__proto__":1},"inputs":{"0 0":null,"9 9":1}}}',
        '{"edits":{"setting":{"order":"toString","loss":"x","rate":-1,"digits":99,"k":1}}}',
        '{"show":{"neuron":"constructor","line":5},"landscape":{"x":0,"y":0,"half":1}}',
        '{"show":5,"landscape":{"x":0,"y":1,"half":1e99}}', '{"show":null,"landscape":"x"}',
        '{"edits":{"activation":{"0":"tanh","2":"nothing","constructor":"tanh"}}}',
        '{"edits":{"activation":{"4":"softmax","0":"softmax","__proto__":"softmax"}}}',
        '{"edits":{"constants":{"beta1":0.5,"momentum":2,"toString":1,"epsilon":null}}}',
    ],
)  # fmt: skip
def test_what_an_address_says_wrongly_is_left_out(hostile: str, show: Callable[..., Any]) -> None:
    """An address that fits no page changes nothing, and the page goes on."""
    tab = show()
    tab.evaluate("(hash) => { location.hash = hash; }", hostile)
    tab.click('[data-element="n2"] circle')
    assert number(tab, "o1.out") == pytest.approx(0.7513650695523157, rel=1e-12)
    assert tab.locator("#whatif-undo").is_disabled()
    assert tab.input_value("#shown select >> nth=0") == "out"


# -- the file of what is on the screen ----------------------------------------------------------

#: The step after which a number is to be compared.
_AFTER = {
    "forward": ("net", "out", "message"),
    "loss": ("loss", "target"),
    "backward": ("out_gradient", "slope", "delta", "gradient", "error_message"),
}


def saved(tab: Any, folder: Path) -> dict[str, Any]:
    """Return what the file says that the page saves."""
    with tab.expect_download() as download:
        tab.click("#save")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    assert tab.inner_text("#saved").startswith(f"{path.name} is saved")
    assert main(["run", str(path)]) == 0
    return tomllib.loads(path.read_text(encoding="utf-8"))


def shown_numbers(tab: Any) -> dict[str, str]:
    """Return every number of the picture and the tables by its address."""
    tab.click("#tables summary")
    read = "nodes => nodes.map(({ dataset }) => [dataset.address, dataset.value])"
    where = "#picture [data-value], #tables [data-value]"
    numbers = dict(tab.locator(where).evaluate_all(read))
    tab.select_option("#shown select >> nth=1", "new_weight")
    return numbers | dict(tab.locator(where).evaluate_all(read))


def assert_the_same(content: dict[str, Any], numbers: dict[str, str], folder: Path) -> None:
    """Compare numbers of a page with those that `run` has after the steps of its file."""
    run = content["runs"][0]
    steps = {step["do"]: step for step in run["steps"]}
    last = run["steps"][-1]
    first = next(iter(content["data"]["inputs"].values()))
    samples = run.get("samples", [*range(1, len(first) + 1)] if isinstance(first, list) else [1])
    step_of = {name: step for step, names in _AFTER.items() for name in names}
    for address, value in numbers.items():
        name, _, quantity = address.rpartition(".")
        one = {"value": value}
        if len(samples) > 1 and quantity not in ("weight", "new_weight", "gradient"):
            one["sample"] = 1
        if quantity == "new_weight":
            last.setdefault("printed", {})[f"{name}.weight"] = one
        elif quantity in step_of:
            steps.get(step_of[quantity], last).setdefault("printed", {})[address] = one
    result = run_scenario(scenario_of(content, folder / "saved.toml"), run=run["name"])
    verdicts = [one for step in result.runs[0].steps for one in step.verdicts]
    assert len(verdicts) > len(content["network"]["connections"])
    for one in verdicts:
        wanted = pytest.approx(float(one.printed.value), rel=1e-12, abs=1e-15)
        assert one.computed == wanted, one.printed.address


class Steep(Optimizer):
    """An optimiser that no file knows."""

    row = OptimizerRow(
        "steep", "a lesson", (("parameter", "parameter - 2 * learning_rate * gradient", ""),)
    )


def type_in(tab: Any, address: str, text: str) -> None:
    """Type a number into a field of what can be changed."""
    field = tab.locator(f'#whatif input[type=text][data-address="{address}"]')
    field.fill(text)
    field.press("Tab")


@in_a_browser
@pytest.mark.parametrize(
    ("name", "run", "typed", "chosen"),
    [
        ("mazur_2015", None, {}, {}),
        (
            "mazur_2015",
            None,
            {"w5.weight": "0,75", "i1.out": "-3e-7", "o2.target": "1", "learning_rate": "0.125"},
            {"loss": "squared_error", "order of updates": "in_place"},
        ),
        (
            "mazur_2015",
            "in_place",
            {"h1.bias": "0.5"},
            {"optimiser": "Adam(beta1=0.9, beta2=0.999, epsilon=1e-08)"},
        ),
        (
            "mazur_2015",
            None,
            {"w1.weight": "0.2"},
            {"decimals kept": "6"},
        ),
        ("spacagna_2017_batches", "mini_batch", {"learning_rate": "0.01"}, {}),
        ("spacagna_2017_batches", "shuffled", {}, {"optimiser": "Momentum(momentum=0.9)"}),
        ("spacagna_2017_softmax", None, {}, {}),
    ],
)
def test_what_is_on_the_screen_is_saved_as_a_scenario(
    name: str,
    run: str | None,
    typed: dict[str, str],
    chosen: dict[str, str],
    show: Callable[..., Any],
    tmp_path: Path,
) -> None:
    """The numbers that `run` has for the saved file are those of the page."""
    scenario = ng.load_scenario(name)
    names = [one.name for one in scenario.runs]
    number = names.index(run) if run in names else 0
    tab = show(name)
    if len(names) > 1:
        tab.select_option("#run", str(number))
    for address, text in typed.items():
        type_in(tab, address, text)
    for label, value in chosen.items():
        tab.select_option(f'#whatif select[aria-label="{label}"]', value)
    content = saved(tab, tmp_path)
    assert content["runs"][0]["name"] == names[number]
    changed = " (changed)" if typed or chosen else ""
    assert content["title"] == scenario.title + changed
    assert [content["author"], content["source"]] == [scenario.author, scenario.source]
    assert_the_same(content, shown_numbers(tab), tmp_path)
    facts = scenario.runs[number]
    training = facts.training(next((one for one in facts.steps if one.trains), facts.steps[0]))
    if training.batch_size:
        epoch = content["runs"][1]
        stated = [epoch["batch_size"], epoch.get("shuffle", False), epoch.get("seed")]
        assert stated == [training.batch_size, training.shuffle, training.seed]


@in_a_browser
def test_a_file_holds_what_few_networks_have(show: Callable[..., Any], tmp_path: Path) -> None:
    """Masks, ties, combine rules, what is fixed, and names of any letters come back."""
    net = ng.Network(loss="squared_error")
    net.add_neuron('Größe "x"')
    net.add_neuron("b\\c]")
    net.add_neuron("ünï.h1", activation="tanh", bias=0.25, tie="t", mask=2.0)
    net.add_neuron("h 2", activation="net / (1 + abs(net))", bias=0.25, tie="t", combine="product")
    net.add_neuron("o", activation="identity", bias=-0.5, trainable=False)
    for number, pre in enumerate(['Größe "x"', "b\\c]"]):
        for post in ("ünï.h1", "h 2"):
            net.connect(pre, post, 0.5 + number)
    net.connect("ünï.h1", "o", 1.5, label="v'1")
    net.connect("h 2", "o", -0.75, trainable=False)
    title = 'Say "ä" \\ # = [x]'
    ng.page(net, [0.3, -0.7], [0.2], path=tmp_path / "a.html", title=title, learning_rate=0.25)
    tab = show(tmp_path / "a.html")
    type_in(tab, "ünï.h1.bias", "-1e-9")
    content = saved(tab, tmp_path)
    assert content["title"] == f"{title} (changed)"
    tied = {one["name"]: one["bias"] for one in content["network"]["neurons"] if "tie" in one}
    assert tied == {"ünï.h1": -1e-9, "h 2": -1e-9}
    assert_the_same(content, shown_numbers(tab), tmp_path)


@in_a_browser
def test_a_file_says_what_it_cannot_hold(show: Callable[..., Any], tmp_path: Path) -> None:
    """Remembered steps, names that no file takes and unknown optimisers are named."""
    tab = show()
    tab.select_option('#whatif select[aria-label="optimiser"]', "Momentum(momentum=0.9)")
    tab.click("#train-10")
    tab.wait_for_selector("#train-stop:disabled")
    content = saved(tab, tmp_path)
    assert "remembers of the training (velocity) no file can say" in tab.inner_text("#saved")
    assert content["network"]["connections"][4]["weight"] == number(tab, "w5.weight")
    tab.select_option('#whatif select[aria-label="decimals kept"]', "4")
    tab.click("#save")
    assert tab.inner_text("#saved").startswith("A file rounds while computing by plain")
    net = ng.Network.layered(1, 1, weights=0.5)
    net.neuron("i1")["colour"] = object()
    ng.page(net, [1.0], [0.0], path=tmp_path / "a.html", optimizer=Steep())
    tab = show(tmp_path / "a.html")
    tab.click("#save")
    assert "No file can say this network: attributes of neuron" in tab.inner_text("#saved")
    ng.page(mazur(), [0.5, 1.0], [0.0, 1.0], path=tmp_path / "a.html", optimizer=Steep())
    tab = show(tmp_path / "a.html")
    tab.click("#save")
    assert tab.inner_text("#saved") == "No file knows the optimiser steep: choose another."


def test_a_combine_rule_of_ones_own_stands_in_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that only this program knows is refused by its name."""
    net = ng.Network.layered(1, 1, weights=0.5)
    net.neuron("o1").combine = "product"
    assert "refused" not in network_template(net)
    monkeypatch.setattr("neurograph.pages.scenario_template.STANDARD", {"sum"})
    assert network_template(net) == {"refused": "no file knows the combine rule 'product'"}


# -- as a reader likes it -----------------------------------------------------------------------


@in_a_browser
def test_colours_and_size_of_text_are_chosen(show: Callable[..., Any]) -> None:
    """Dark and larger text hold against the system, and after the page is loaded again."""
    tab = show(color_scheme="light")
    background = "getComputedStyle(document.body).backgroundColor"
    assert tab.evaluate(background) == "rgb(255, 255, 255)"
    tab.select_option("#theme", "dark")
    tab.check("#large")
    for _ in range(2):
        assert tab.evaluate(background) == "rgb(20, 24, 29)"
        assert tab.evaluate("getComputedStyle(document.documentElement).fontSize") == "21.6px"
        reload(tab)
    assert tab.input_value("#theme") == "dark"


@in_a_browser
def test_all_numbers_are_printed(show: Callable[..., Any]) -> None:
    """What is printed has the tables, which the page itself shows on request."""
    tab = show()
    for event, is_open in (("beforeprint", True), ("afterprint", False)):
        tab.evaluate("(name) => { window.dispatchEvent(new Event(name)); }", event)
        assert tab.evaluate("document.getElementById('tables').open") is is_open


@in_a_browser
def test_a_german_page_has_decimal_commas(show: Callable[..., Any], tmp_path: Path) -> None:
    """Numbers are shown, said and typed with a comma; programs find them with a point."""
    ng.page("mazur_2015", path=tmp_path / "a.html", language="de")
    for tab in (show(tmp_path / "a.html", java_script_enabled=False), show(tmp_path / "a.html")):
        out = tab.locator('#picture [data-address="h1.out"]')
        assert out.text_content() == "0,5933"
        assert float(out.get_attribute("data-value")) == pytest.approx(0.5932699921071872)
        weight = tab.locator('#tables [data-address="w1.weight"]')
        assert (weight.text_content(), weight.get_attribute("data-value")) == ("0,15", "0.15")
    assert tab.get_attribute('[data-element="n2"]', "aria-label").startswith("h1 0,5933")
    tab.click('[data-element="n2"] circle')
    card = tab.locator('#inspector .card[aria-label="h1.net"]')
    assert "=0,15⋅0,05+0,2⋅0,1+0,35" in card.inner_text().replace("\n", "")
    tab.click('[data-element="c6"] .line', force=True)
    field = tab.locator('#whatif input[type=text][data-address="w5.weight"]')
    for typed, shown, value in [
        ("1,234", "1,234", 1.234), ("0.75", "0,75", 0.75), ("-2,5e-7", "-2,5e-7", -2.5e-7),
    ]:  # fmt: skip
        field.fill(typed)
        field.press("Tab")
        assert field.input_value() == shown
        assert number(tab, "w5.weight") == value
    assert tab.locator('#picture [data-address="w5.weight"]').text_content() == "−2,5·10⁻⁷"
    field.fill("1.234,5")
    field.press("Tab")
    assert field.input_value() == "1234,5"
    field.fill("-2,5*10^-7")
    field.press("Tab")
    assert number(tab, "w5.weight") == -2.5e-7
    field.fill("1,2,3")
    field.press("Tab")
    assert "0,5" in tab.inner_text("#whatif .field:has([aria-invalid=true]) .message")


@in_a_browser
def test_a_page_speaks_german(show: Callable[..., Any], tmp_path: Path) -> None:
    """Headings, sentences and verdicts are those of the German catalogue."""
    assert main(["page", "mazur_2015", "-o", str(tmp_path / "a.html"), "--language", "de"]) == 0
    tab = show(tmp_path / "a.html", viewport={"width": 360, "height": 800})
    assert tab.get_attribute("html", "lang") == "de"
    heads = tab.locator("main h2").all_inner_texts()
    assert {"Was wäre, wenn", "Die Landschaft", "Wer hat recht", "Alle Zahlen"} <= {*heads}
    assert {*tab.locator("#source .verdict").all_inner_texts()} == {"stimmt", "Druckfehler"}
    assert tab.evaluate("document.documentElement.scrollWidth") == 360


# -- for everybody ------------------------------------------------------------------------------


def nothing(tab: Any) -> None:
    """Leave a page as it opens."""


def choose(tab: Any) -> None:
    """Have a neuron's equations, the tables and the causes of errata on the page."""
    tab.click('[data-element="n2"] circle')
    tab.click("#tables summary")
    for summary in tab.locator("#source td summary").all():
        summary.click()


def walk(tab: Any) -> None:
    """Have the landscape with a walker."""
    ball(tab)
    tab.click("#landscape-walk")
    tab.locator(".ground .walker").wait_for(state="attached")


def mistype(tab: Any) -> None:
    """Have changed numbers, wrong ones with their messages, and colours."""
    typed(tab, "learning_rate", "abc")
    address = tab.locator("#whatif fieldset:nth-child(3) [data-address]").first
    typed(tab, address.get_attribute("data-address"), "0.123")
    tab.select_option("#shown select >> nth=2", "delta")
    tab.fill("#own-number", "0.5")
    tab.press("#own-number", "Enter")


def step(tab: Any) -> None:
    """Be in the middle of a round, with larger text."""
    tab.locator("#player input[type=range]").fill("9")
    tab.check("#large")


def practise(tab: Any) -> None:
    """Have numbers hidden, and one answer that is wrong."""
    tab.click("#practice-toggle")
    answer = tab.locator("#practice [data-answer]").first
    answer.fill("0.123")
    answer.press("Tab")
    tab.click('[data-element="n2"] circle')


def printed(tab: Any) -> None:
    """Be what a printer gets."""
    tab.emulate_media(media="print")


@in_a_browser
@pytest.mark.parametrize(
    ("act", "name", "width", "scheme"),
    [(nothing, "mazur_2015", 1600, "light"), (choose, "mazur_2015", 1600, "light"),
     (choose, "mazur_2015", 360, "dark"), (walk, "mazur_2015", 820, "light"),
     (mistype, "mazur_2015", 1600, "dark"), (step, "mazur_2015", 820, "dark"),
     (printed, "mazur_2015", 820, "light"), (practise, "mazur_2015", 1600, "light"),
     (practise, "mazur_2015", 360, "dark"), (choose, "spacagna_2017_softmax", 360, "light"),
     (walk, "klein_undated_mountain", 360, "dark")],
)  # fmt: skip
def test_a_view_is_accessible(
    act: Callable[[Any], None], name: str, width: int, scheme: str, show: Callable[..., Any]
) -> None:
    """No rule of axe-core is broken, on telephones and large screens, light and dark."""
    tab = show(name, viewport={"width": width, "height": 900}, color_scheme=scheme)
    act(tab)
    assert violations(tab) == []


@in_a_browser
def test_german_pages_and_the_index_are_accessible(
    show: Callable[..., Any], tmp_path: Path
) -> None:
    """No rule of axe-core is broken by the German page, and by the index of a site."""
    site([ng.load_scenario("mazur_2015")], tmp_path / "site", "de")
    for name in ("index.html", "mazur_2015_step_by_step.html"):
        tab = show(tmp_path / "site" / name)
        assert violations(tab) == []


@in_a_browser
def test_tab_leads_through_the_page_and_out_of_it(show: Callable[..., Any]) -> None:
    """Each control has the focus once, in the order of the page, where it can be seen."""
    tab = show()
    state = """() => {
        const { activeElement: node } = document;
        if (node === document.body) return null;
        const ring = getComputedStyle(node).outlineStyle !== "none" || node.matches("svg *");
        const { top, bottom } = node.getBoundingClientRect();
        const place = node.id || node.getAttribute("class") || node.localName;
        return [place, ring && bottom > 0 && top < innerHeight];
    }"""
    ball(tab)  # which is there when its ground is
    places = []
    for _ in range(300):
        tab.keyboard.press("Tab")
        reached = tab.evaluate(state)
        if reached is None:
            break
        places.append(reached[0])
        assert reached[1], reached
    wanted = ["theme", "run", "neuron input chosen", "player-first", "to", "train-1", "curve",
              "landscape-x", "ball", "own-number", "own-check"]  # fmt: skip
    at = [places.index(place) for place in wanted]
    assert at == sorted(at)
    assert len(places) < 300


@in_a_browser
def test_operands_are_followed_with_keys(show: Callable[..., Any]) -> None:
    """The operand whose button has the focus stands out, and Enter leads to its equation."""
    tab = show()
    tab.focus('#picture [data-element="n2"]')
    tab.keyboard.press("Enter")
    card = tab.locator('#inspector .card[aria-label="h1.net"]')
    card.locator('.to[data-to="w2.weight"]').focus()
    assert card.locator(".operand.focused").all_text_contents() == ["w2", "0.2"]
    tab.keyboard.press("Enter")
    assert tab.locator("#inspector .card.current").get_attribute("aria-label") == "w2.weight"
    tab.locator("#inspector .trail button, #inspector .card.current").first.press("Tab")
    assert tab.locator(".operand.focused").count() > 0


def violations(tab: Any) -> list[Any]:
    """Return what axe-core has to say against what a page shows."""
    pytest.importorskip("axe_playwright_python")
    script = files("axe_playwright_python") / "axe.min.js"
    tab.evaluate(script.read_text(encoding="utf-8"))
    run = """async () => {
        const names = { "label-content-name-mismatch": { enabled: true } };
        const { violations } = await axe.run(document, { rules: names });
        return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
    }"""
    found: list[Any] = tab.evaluate(run)
    return found


def test_colours_stand_out_from_what_they_are_on() -> None:
    """Text has a contrast of 4.5 to 1, by the formula of WCAG 2.2, light, dark and on paper."""
    rules = re.findall(r":root[^{]*\{(?:\s*color-scheme[^;]*;)?\s*(--paper[^}]*)}", style_sheet())
    assert len(rules) == 4
    for rule in rules:
        colours = {name: luminance(hexes) for name, hexes in re.findall(r"--(\w+): #(\w{6})", rule)}
        for text in ("ink", "soft", "positive", "negative", "accent", "mark", "wrong"):
            for ground in ("paper", "surface", "button"):
                light, dark = sorted((colours[text], colours[ground]), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


def luminance(hexes: str) -> float:
    """Return the relative luminance of a colour."""
    parts = [int(hexes[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# -- in a notebook ----------------------------------------------------------------------------


@in_a_browser
def test_what_is_on_the_screen_comes_back_from_a_widget(
    show: Callable[..., Any], tmp_path: Path
) -> None:
    """A weight that a reader changes in a notebook is that of a network in Python."""
    pytest.importorskip("anywidget")
    held = live("mazur_2015", height=700)
    with pytest.raises(ng.NeurographError, match="show the page first"):
        _ = held.network
    script = held.widget._esm.replace("export default", "const widget =")
    document = json.dumps(held.widget.document).replace("</", "<\\/")
    host = f"""<!DOCTYPE html><html lang="en"><head><title>a notebook</title></head><body><script>
        var known = {{ document: {document}, height: 700 }};
        {script}
        const set = (name, value) => {{ known[name] = value; }};
        const model = {{ get: (name) => known[name], set, save_changes: () => {{}} }};
        widget.render({{ model, el: document.body }});
        </script></body></html>"""
    path = tmp_path / "notebook.html"
    path.write_text(host, encoding="utf-8")
    tab = show(path)
    field = tab.frame_locator("iframe").get_by_label("w1.weight").first
    field.fill("0.16")
    field.press("Enter")
    tab.wait_for_function("known.text?.includes('0.16')")
    held.widget.text = tab.evaluate("known.text")
    assert held.network.value("w1.weight") == 0.16
    assert held.network.value("w2.weight") == 0.2
    assert np.ravel(held.scenario.inputs).tolist() == [0.05, 0.1]


def test_a_widget_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without anywidget it says what to install."""
    monkeypatch.setitem(sys.modules, "anywidget", None)
    live_widget._widget_class.cache_clear()
    with pytest.raises(InvalidValueError, match=r"install neurograph with the extra \[notebook\]"):
        live("mazur_2015")
