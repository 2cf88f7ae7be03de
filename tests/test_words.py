"""The catalogue of words: the same keys and places in each language."""

import re
import string
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import neurograph as ng
from neurograph.activations import ACTIVATIONS
from neurograph.combinations import COMBINATIONS
from neurograph.edits import EDITS, slips_of
from neurograph.equations import Equations
from neurograph.pages.edit_table import edit_table
from neurograph.pages.page_data import SHOWN
from neurograph.quantities import QUANTITIES
from neurograph.slips import Places
from neurograph.terms import Penalty, Terms
from neurograph.words import (
    LANGUAGES,
    counted,
    meaning_in,
    numeral,
    phrase,
    place_in,
    sentence_in,
    words_of,
)

PACKAGE = Path(__file__).parent.parent / "neurograph"


def places(text: str) -> set[str]:
    """Return the names of the places in a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_language_has_the_same_keys() -> None:
    """No word is missing in a language, and none is left over."""
    assert LANGUAGES["de"].keys() == LANGUAGES["en"].keys()


@pytest.mark.parametrize("key", LANGUAGES["en"])
def test_a_text_has_the_same_places_in_every_language(key: str) -> None:
    """What is filled into an English text is filled into the German one, and plurals are two."""
    english, german = LANGUAGES["en"][key], LANGUAGES["de"][key]
    assert places(german) == places(english)
    assert german.count("|") == english.count("|") <= 1


def test_every_key_that_drawing_asks_for_is_there() -> None:
    """A key that stands in the source of pictures stands in the catalogue."""
    files = [*(PACKAGE / "drawing").glob("*.py"), PACKAGE / "figures.py"]
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    asked = re.findall(r"phrase\(\s*[\"']([^\"']+)[\"']", source)
    counts = re.findall(r"counted\([^()]*(?:\([^()]*\))?[^()]*, \"(\w[\w ]*)\"\)", source)
    assert len(asked) > 60
    assert len(counts) > 5
    assert {*asked, *counts} <= LANGUAGES["en"].keys()


@pytest.mark.parametrize("loss", ["half_squared_error", "cross_entropy"])
def test_every_edit_of_a_page_has_german_words(loss: str) -> None:
    """No sentence of the table of edits, and nothing that stands in its places, stays English."""
    net = ng.Network.layered(
        2, 2, 2, weights=0.5, bias=0.25, loss=loss,
        activation=["tanh", "softmax" if loss == "cross_entropy" else "identity"],
    )  # fmt: skip
    english, german = (edit_table(net, language) for language in ("en", "de"))
    assert len(english["texts"]) == len(german["texts"]) > 20
    for text, other in zip(english["texts"], german["texts"], strict=True):
        assert text != other or text == "{which}", text
        assert places(text) == places(other)
    said = [text for row in german["rows"] for text in (row[2], row[3], row[5])]
    said += [text for row in german["operands"] for text in row[2:4]]
    words = " ".join([*german["texts"], *(text for text in said if isinstance(text, str))])
    assert not re.search(r"\b(the|of|times|decimals|left|with|after|used)\b", words)


SAMPLES = np.array([0.25, 0.35, 0.45])


def rounds() -> Iterator[Places]:
    """Yield rounds in which, together, every row of the table of edits has a place."""
    optimizers = (
        ng.Adam(weight_decay=0.1), ng.AdaGrad(epsilon_inside=True), ng.Momentum(),
        ng.Nesterov(average=True),
    )  # fmt: skip
    penalties = (Penalty(l2=0.5), Penalty(l2=0.5, half=False, per_sample=True, biases=True))
    for activation, loss, outputs in (
        ("identity", "half_squared_error", 2), ("sin", "mean_squared_error", 3),
        ("logistic", "binary_cross_entropy", 1), ("softmax", "cross_entropy", 3),
    ):  # fmt: skip
        net = ng.Network.layered(
            2, 2, outputs, weights=0.5, bias=0.25, loss=loss, activation=["tanh", activation]
        )
        own = [Terms(penalty=penalty) for penalty in penalties]
        for terms, optimizer, by in zip(own * 2, optimizers, ("n", "n-1") * 2, strict=True):
            yield Places(
                equations=Equations(net.round().on(terms)),
                parameters=[0.75, *net.structure.values.tolist()[1:]],
                n_samples=3, n_data=3, digits=3, decimals=4, terms=terms, optimizer=optimizer,
                standardized=by, goes_on=True, inputs=[SAMPLES] * 2, targets=[SAMPLES] * outputs,
            )  # fmt: skip
    for name in ("klein_undated_linear_network", "neurograph_undated_max_pooling", "yasmeen_akl",
                 "prachub_undated_time"):
        net = ng.load_scenario(name).network()
        values = net.structure.values.tolist()
        for reduction in ("mean", "sum"):
            equations = Equations(replace(net.round(), reduction=reduction))
            yield Places(equations=equations, parameters=values, n_samples=2, shares=True)
    chain = ng.Network()
    for name, kind in {"i": "", "h": "", "o1": "output", "o2": ""}.items():
        chain.add_neuron(name, kind=kind or None)
    chain.nodes["h"].mask = 2.0
    chain.nodes["h"].activation = "leaky_relu"
    for pre, post in (("i", "h"), ("h", "o1"), ("o1", "o2")):
        chain.add_edge(pre, post, weight=0.5)
    yield Places(
        equations=Equations(chain.round("in_place")), parameters=chain.structure.values.tolist(),
        inputs=[0.25], targets=[0.5] * len(chain.structure.outputs),
    )  # fmt: skip



def test_every_row_of_the_table_of_edits_has_german_words() -> None:
    """In rounds where each row has a place, all that it says is German, of pupils and of pages."""
    said = {words for row in EDITS.values() for words in (row.page, row.pupil)}
    rows: set[int] = set()
    for places in rounds():
        for row, slip in slips_of(places):
            rows.add(id(row))
            said |= {slip.page, slip.pupil, slip.which}
            said |= {text for text in (slip.own, slip.other) if isinstance(text, str)}
    assert [name for name, row in EDITS.items() if id(row) not in rows] == []
    names = {*ACTIVATIONS, *COMBINATIONS, "{which}", ""}
    same = {text for text in said if place_in("de", text) == text}
    left = {text for text in same if not {*text.split(", ")} <= names}
    # Formulas are the same everywhere.
    left -= {text for text in left if {*re.findall(r"[^\W\d]+", text)} <= {"net", "out"}}
    assert {text for text in left if not re.fullmatch(r"\d+| in \w+(, \w+)*", text)} == set()


def test_a_sentence_of_the_table_of_edits_is_said_in_german() -> None:
    """The sentence and what stands in its places are German, numbers with a comma too."""
    assert sentence_in("de", "half {own}{which}", own="the loss", which=" (times 0.5)") == (
        "halbiert: der Fehler (mal 0,5)"
    )
    assert sentence_in("en", "half {own}{which}", own="w1", which="") == "half w1"
    words = "the bias of h1.2 (0.1) in place of its own (-1.25)"
    assert place_in("de", words) == "der Bias von h1.2 (0,1) statt des eigenen (-1,25)"
    assert place_in("en", words) == words


def test_every_quantity_of_a_page_has_a_german_meaning() -> None:
    """What a quantity is in a line stands in the German file, for neurons and for biases."""
    rows = [QUANTITIES[name] for name in SHOWN]
    lines = {line for row in rows for line in (row.meaning, row.meaning_of_bias) if line}
    assert lines == {*words_of("de")["meanings"]}
    left = [line for line in lines if re.search(r"\b(the|of|what|a)\b", meaning_in("de", line))]
    assert left == []


def test_numbers_are_written_as_the_language_does() -> None:
    """In German a comma stands before the decimals, and a point between thousands."""
    assert numeral("1,234.5", "de") == "1.234,5"
    assert numeral("1,234.5", "en") == "1,234.5"
    assert counted(1, "minimum", "de") == "1 Minimum"
    assert counted(2000, "minimum", "de") == "2.000 Minima"
    assert phrase("with rate", "de", name="adam", rate="0,1") == "adam, Lernrate 0,1"
