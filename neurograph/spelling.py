"""How symbols are spelt where only ASCII can be shown, and how many digits numbers need."""

from typing import Any

import numpy as np

__all__ = ["SPELLED", "digits_apart", "in_ascii"]

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


# Relative: what differs by less is the same number but for rounding.
_ROUNDING = 1e-12

# That a float keeps of any decimal number.
_MOST_DIGITS = 15


def digits_apart(values: Any, digits: int = 3, *, least: float = 0.0) -> int:
    """Return how many significant digits numbers beside each other need to differ.

    Parameters
    ----------
    values : array-like
        What is not finite needs none.
    digits : int
        At least so many.
    least : float
        The least difference that is to be seen, in parts of the range.

    Returns
    -------
    int
        So many that each difference between neighbours, as written, is right to a quarter.

    Examples
    --------
    >>> digits_apart([0.29837, 0.29841]), digits_apart([0.5, 0.25])
    (5, 3)
    """
    flat = np.ravel(np.asarray(values, dtype=np.float64))
    with np.errstate(all="ignore"):
        known = _seen_apart(np.unique(flat[np.isfinite(flat)]), least)
        gaps = np.diff(known)
        while digits < _MOST_DIGITS:
            written = np.diff([float(f"{value:.{digits}g}") for value in known])
            if (np.abs(written - gaps) <= gaps / 4).all():
                break
            digits += 1
    return digits


def _seen_apart(known: Any, least: float) -> Any:
    """Return, of sorted numbers, some whose differences are to be seen."""
    apart = known[:1].tolist()
    for value in known[1:].tolist():
        reach = max(least * (known[-1] - known[0]), _ROUNDING * max(abs(value), abs(apart[-1])))
        if value - apart[-1] > reach:
            apart.append(value)
    return np.array(apart)
