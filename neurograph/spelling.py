"""Symbols of the subject, spelt out where only ASCII can be shown."""

__all__ = ["SPELLED", "in_ascii"]

#: How ASCII writes the symbols of equations.
SPELLED = {"∂": "d", "δ": "delta", "η": "eta", "→": "->", "≈": "~", "∑": "sum", "…": "..."}


def in_ascii(text: str) -> str:
    """Return text with the symbols of equations spelt out.

    Examples
    --------
    >>> in_ascii("∂E_total/∂w1 = δ_h1*i1")
    'dE_total/dw1 = delta_h1*i1'
    """
    return "".join(SPELLED.get(character, character) for character in text)
