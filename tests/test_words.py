"""The catalogue of words: the same keys and places in each language."""

import re
import string
from pathlib import Path

import pytest

from neurograph.words import LANGUAGES, counted, numeral, phrase

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


def test_numbers_are_written_as_the_language_does() -> None:
    """In German a comma stands before the decimals, and a point between thousands."""
    assert numeral("1,234.5", "de") == "1.234,5"
    assert numeral("1,234.5", "en") == "1,234.5"
    assert counted(1, "minimum", "de") == "1 Minimum"
    assert counted(2000, "minimum", "de") == "2.000 Minima"
    assert phrase("with rate", "de", name="adam", rate="0,1") == "adam, Lernrate 0,1"
