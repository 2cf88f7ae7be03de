"""The words of pictures and pages in each language, from one catalogue.

A text stands in the file of its language under a key that all files have, with places such as
``{name}`` for what changes. What is counted has two forms, ``"neuron|neurons"``.
"""

import re
from collections.abc import Mapping

from neurograph.words.english import ENGLISH
from neurograph.words.german import GERMAN, MISTAKES, PLACES

__all__ = [
    "LANGUAGES", "counted", "numeral", "phrase", "quantity_words", "sentence_in", "written_in",
]  # fmt: skip

#: The catalogue of each language, by the code that HTML gives it.
LANGUAGES: dict[str, Mapping[str, str]] = {"en": ENGLISH, "de": GERMAN}

# Of languages that write numbers otherwise: the comma of thousands and the point of decimals.
_NUMERALS = {"de": str.maketrans(",.", ".,")}


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
    return text.translate(_NUMERALS.get(language, {}))


def quantity_words(quantity: str, language: str = "en") -> str:
    """Return what a quantity is called in a sentence: by its own name, where no other is known.

    Examples
    --------
    >>> quantity_words("error_message"), quantity_words("weight", "de"), quantity_words("velocity")
    ('error message', 'Gewicht', 'velocity')
    """
    return LANGUAGES[language].get(f"quantity {quantity}", quantity.replace("_", " "))


def written_in(equation: str, language: str, *, latex: bool = False) -> str:
    """Return an equation with the numbers of a language, and no decimal sign between numbers.

    Examples
    --------
    >>> written_in("max(0, 0.5) = 0.5", "de"), written_in("0.5", "de", latex=True)
    ('max(0; 0,5) = 0,5', '0{,}5')
    """
    if language not in _NUMERALS:
        return equation
    comma = "{,}" if latex else ","
    return re.sub(r"(?<=\d)\.(?=\d)", comma, re.sub(r"(?<!\\),(?=\\? )", ";", equation))


#: Of languages other than English, the sentences of the table of edits by the English ones, and
#: what stands in their places.
_SENTENCES = {"de": (MISTAKES, PLACES)}


def sentence_in(language: str, english: str, /, **parts: str) -> str:
    """Return a sentence of the table of edits with its places filled, in a language.

    Examples
    --------
    >>> sentence_in("de", "{own} rounded to {which}", own="the value", which="3 decimals")
    'der Wert auf 3 Nachkommastellen gerundet'
    """
    if language not in _SENTENCES:
        return english.format(**parts)
    sentences, places = _SENTENCES[language]
    for name, text in parts.items():
        for pattern, words in places.items():
            if re.fullmatch(pattern, text):
                text = re.sub(pattern, words, text)
                break
        parts[name] = sentences.get(text, text)
    return sentences.get(english, english).format(**parts)
