"""Addresses: one grammar that names every quantity, such as ``h1.net`` or ``w5.gradient``.

The same text names the same number in the Python API, on the command line, in scenario files,
in recordings and in explanations.
"""

from typing import NamedTuple

from neurograph.errors import InvalidTypeError, UnknownNameError, did_you_mean
from neurograph.quantities import CONNECTION_QUANTITIES, NEURON_QUANTITIES

__all__ = ["Address", "parse_address"]

#: The address of the total error.
LOSS = "loss"
#: What a network has once: that, and the two parts of it where weights have a penalty.
OF_NETWORK = (LOSS, "data_loss", "penalty")
#: What each sample has a share of, which is the same sum over the outputs.
OF_SAMPLES = (LOSS, "data_loss")
#: What a training reports: the losses of its last round, added up, and how many rounds it made.
OF_TRAINING = ("running_loss", "rounds")
#: The factor that the last update took, which a formula may give.
LEARNING_RATE = "learning_rate"
#: How many samples an output answers rightly, as a part of all and as a number.
OF_ANSWERS = ("accuracy", "n_right")
#: What no neuron or connection has.
_ALONE = (*OF_NETWORK, *OF_TRAINING, LEARNING_RATE, *OF_ANSWERS)
#: What a parameter is after an update: of a weight, and of a bias.
NEW = ("new_weight", "new_bias")


class Address(NamedTuple):
    """One parsed address: whose quantity (`None` for the network's own), and which.

    Examples
    --------
    >>> parse_address("i1->h1.weight")
    Address(target='i1->h1', quantity='weight')
    """

    target: str | None
    quantity: str

    @property
    def of_connection(self) -> bool:
        """Whether the quantity belongs to a connection."""
        return self.quantity in CONNECTION_QUANTITIES


def parse_address(text: str, *, new: bool = False) -> Address:
    """Split an address into the name of a neuron or connection and a quantity.

    Parameters
    ----------
    text : str
        ``"name.quantity"``, where the name is that of a neuron, the label of a connection or
        ``"pre->post"``; or ``"loss"``, the total error, which is ``"data_loss"`` and
        ``"penalty"`` together; or ``"running_loss"`` and ``"rounds"``, what a training reports, or
        ``"learning_rate"``, that of the last update, or ``"accuracy"`` and ``"n_right"``.
    new : bool
        Whether ``"w5.new_weight"`` and ``"h1.new_bias"`` are addresses too, which no object
        carries.

    Returns
    -------
    Address

    Raises
    ------
    UnknownNameError
        If the text has no quantity, or one that does not exist; the nearest is named.
    InvalidTypeError
        If it is not text.

    Examples
    --------
    >>> parse_address("h1.net")
    Address(target='h1', quantity='net')
    >>> parse_address("loss")
    Address(target=None, quantity='loss')
    >>> parse_address("h1.nett")
    Traceback (most recent call last):
    neurograph.errors.UnknownNameError: no quantity 'nett' in address 'h1.nett'; did you mean 'net'?
    """
    if not isinstance(text, str):
        raise InvalidTypeError(f"an address is text such as 'h1.net', not {text!r}")
    if text in _ALONE:
        return Address(None, text)
    target, dot, quantity = text.rpartition(".")
    if not dot or not target:
        hint = did_you_mean(text, _ALONE)
        raise UnknownNameError(
            f"'{text}' is not an address: expected 'name.quantity' such as 'h1.net' or"
            f" 'w5.gradient', or 'loss'{hint}"
        )
    known = [*NEURON_QUANTITIES, *CONNECTION_QUANTITIES, *(NEW if new else ())]
    if quantity not in known:
        raise UnknownNameError(
            f"no quantity {quantity!r} in address {text!r}"
            + (did_you_mean(quantity, known) or f"; the quantities are {', '.join(known)}")
        )
    return Address(target, quantity)
