"""The words of pages, pictures, sheets and reports in each language, from one catalogue.

A language is one file of JSON. At its top stand the words of pages. Under ``texts`` stand those of
pictures, sheets and reports, under the keys that all files have, with places such as ``{name}`` for
what changes; what is counted has two forms, ``"neuron|neurons"``. ``numerals`` says how numbers are
written. ``meanings`` has what quantities are in a line, by the English, ``mistakes`` has the
sentences of the table of edits, by the English ones, and ``places_of_mistakes`` what stands in
their places, as patterns. What a file does not have is taken from the English one.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import Any

from neurograph.errors import UnknownNameError

__all__ = [
    "LANGUAGES", "Sentence", "catalogue", "counted", "meaning_in", "numeral", "phrase", "place_in",
    "quantity_words", "sentence_in", "words_of", "written_in",
]  # fmt: skip

#: The decimal point of a number that is no part of a name.
_POINT = re.compile(r"(?<![\w.])(\d+)\.(?=\d)")
#: A sentence about one equation.
_PLACED = "in {where}: {words}"
_FOLDER = files("neurograph.words")
#: What of a file is no word of pages.
_SECTIONS = ("texts", "meanings", "mistakes", "places_of_mistakes")


class _Languages(Mapping[str, Mapping[str, str]]):
    """The texts of each language, by the code that HTML gives it; read when they are asked for."""

    def __getitem__(self, language: str) -> Mapping[str, str]:
        if language not in [*self]:
            raise KeyError(language)
        texts: Mapping[str, str] = words_of(language)["texts"]
        return texts

    def __iter__(self) -> Iterator[str]:
        names = (PurePath(file.name) for file in _FOLDER.iterdir())
        codes = (name.stem for name in names if name.suffix == ".json")
        return iter(sorted(codes, key=lambda code: (code != "en", code)))

    def __len__(self) -> int:
        return sum(1 for _ in self)


#: The texts of pictures, sheets and reports in each language.
LANGUAGES: Mapping[str, Mapping[str, str]] = _Languages()


@cache
def words_of(language: str) -> dict[str, Any]:
    """Return the file of a language; what it lacks is that of the English one."""
    own: dict[str, Any] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return own if language == "en" else _completed(own, words_of("en"))


def _completed(own: Mapping[str, Any], english: Mapping[str, Any]) -> dict[str, Any]:
    return {**english, **own} | {
        key: {**words, **own.get(key, {})}
        for key, words in english.items()
        if isinstance(words, dict)
    }


def catalogue(language: str) -> dict[str, Any]:
    """Return the words of a page, and how numbers are written in them.

    Raises
    ------
    UnknownNameError
        If there are none in the language.
    """
    if language not in LANGUAGES:
        known = ", ".join(sorted(LANGUAGES))
        raise UnknownNameError(f"no words of a page in language {language!r}; there are {known}")
    return {key: words for key, words in words_of(language).items() if key not in _SECTIONS}


def phrase(key: str, language: str = "en", /, **parts: object) -> str:
    """Return a text of the catalogue, with its places filled.

    Parameters
    ----------
    key : str
    language : {"en", "de"}
    **parts
        What stands in its places.

    Returns
    -------
    str

    Examples
    --------
    >>> phrase("steps to loss", "de", steps="20 Schritte", loss="0,125")
    '20 Schritte bis zum Verlust 0,125'
    """
    return LANGUAGES[language][key].format(**parts)


def counted(n: int, thing: str, language: str = "en") -> str:
    """Return a number of things.

    Examples
    --------
    >>> counted(1, "minimum"), counted(1200, "neuron"), counted(1200, "neuron", "de")
    ('1 minimum', '1,200 neurons', '1.200 Neuronen')
    """
    singular, plural = LANGUAGES[language][thing].split("|")
    return f"{numeral(f'{n:,}', language)} {singular if n == 1 else plural}"


def numeral(text: str, language: str = "en") -> str:
    """Return a number that is written in English as another language writes it.

    Examples
    --------
    >>> numeral("1,200.5", "de")
    '1.200,5'
    """
    signs = words_of(language)["numerals"]
    return text.translate({ord("."): signs["decimal"], ord(","): signs["thousands"]})


def quantity_words(quantity: str, language: str = "en") -> str:
    """Return what a quantity is called in a sentence: by its own name, where no other is known.

    Examples
    --------
    >>> quantity_words("error_message"), quantity_words("weight", "de"), quantity_words("velocity")
    ('error message', 'Gewicht', 'velocity')
    """
    return LANGUAGES[language].get(f"quantity {quantity}", quantity.replace("_", " "))


def meaning_in(language: str, english: str) -> str:
    """Return what a quantity is, in a line, in a language.

    Examples
    --------
    >>> meaning_in("de", "the factor on the message"), meaning_in("en", "dE/dout")
    ('der Faktor vor der Nachricht', 'dE/dout')
    """
    return str(words_of(language).get("meanings", {}).get(english, english))


def written_in(equation: str, language: str, *, latex: bool = False) -> str:
    """Return an equation with the numbers of a language, and no decimal sign between numbers.

    Examples
    --------
    >>> written_in("max(0, 0.5) = 0.5", "de"), written_in("0.5", "de", latex=True)
    ('max(0; 0,5) = 0,5', '0{,}5')
    """
    if words_of(language)["numerals"]["decimal"] == ".":
        return equation
    comma = "{,}" if latex else ","
    return re.sub(r"(?<=\d)\.(?=\d)", comma, re.sub(r"(?<!\\),(?=\\? )", ";", equation))


def sentence_in(language: str, english: str, /, **parts: str) -> str:
    """Return a sentence of the table of edits with its places filled, in a language.

    Examples
    --------
    >>> sentence_in("de", "{own} rounded to {which}", own="the value", which="3 decimals")
    'der Wert auf 3 Nachkommastellen gerundet'
    """
    parts = {name: place_in(language, text) for name, text in parts.items()}
    return place_in(language, english).format(**parts)


class Sentence(str):
    """A sentence of the table of edits in English, with what makes it in another language.

    Parameters
    ----------
    pattern : str
        Of the table.
    parts : mapping from str to str
        What stands in its places.
    where : str
        In which equation, where it is in one only.

    Examples
    --------
    >>> forgotten = Sentence.of("{own} left out", {"own": "the bias of h2"}, "net of h2")
    >>> print(forgotten)
    in net of h2: the bias of h2 left out
    >>> forgotten.said("de")
    'der Bias von h2 weggelassen (net von h2)'
    """

    pattern: str
    parts: Mapping[str, str]
    where: str

    @classmethod
    def of(cls, pattern: str, parts: Mapping[str, str], where: str = "") -> "Sentence":
        """Return a sentence with its places filled."""
        words = pattern.format(**parts)
        sentence = cls(_PLACED.format(where=where, words=words) if where else words)
        sentence.pattern, sentence.parts, sentence.where = pattern, parts, where
        return sentence

    def said(self, language: str) -> str:
        """Return it in a language."""
        if language == "en":
            return str(self)
        words = sentence_in(language, self.pattern, **self.parts)
        if not self.where:
            return words
        return place_in(language, _PLACED).format(where=place_in(language, self.where), words=words)


def place_in(language: str, english: str) -> str:
    """Return such a sentence, or what stands in a place of it, in a language.

    Examples
    --------
    >>> place_in("de", "3 decimals"), place_in("de", "w1")
    ('3 Nachkommastellen', 'w1')
    """
    own = words_of(language)
    for pattern, words in own.get("places_of_mistakes", {}).items():
        if re.fullmatch(pattern, english):
            english = re.sub(pattern, words, english)
            break
    words = str(own.get("mistakes", {}).get(english, english))
    return _POINT.sub(rf"\1{own['numerals']['decimal']}", words)
