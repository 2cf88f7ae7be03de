"""Plain text on the standard output, whatever its encoding can show."""

import codecs
import sys

from neurograph.cli.words import spell
from neurograph.escapes import printable

__all__ = ["say", "showable"]

codecs.register_error("neurograph.spelled", spell)


def say(text: str, *, errors: str = "neurograph.spelled") -> None:
    """Print text; what the encoding lacks is written with what it has.

    Parameters
    ----------
    text : str
    errors : str
        How, as for `str.encode`.
    """
    # What a text of several lines holds of others is printable already.
    print(showable(printable(text, keep="\n"), sys.stdout.encoding or "utf-8", errors=errors))


def showable(text: str, encoding: str, *, errors: str = "neurograph.spelled") -> str:
    """Return text as an encoding can show it.

    Examples
    --------
    >>> showable("∂E/∂w5 → 0.08", "ascii")
    'dE/dw5 -> 0.08'
    """
    return text.encode(encoding, errors).decode(encoding)
