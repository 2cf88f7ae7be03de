"""Addresses: one grammar that names every quantity, such as ``h1.net`` or ``w5.gradient``.

The same text names the same number in the Python API, on the command line, in scenario files,
in recordings and in explanations.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from neurograph.errors import InvalidTypeError, UnknownNameError, did_you_mean
from neurograph.formulas import Formula
from neurograph.quantities import CONNECTION_QUANTITIES, NEURON_QUANTITIES

__all__ = ["Address", "AddressFormula", "parse_address"]

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


#: In a formula, an address: a name, or two with an arrow between them, and a quantity.
_IN_FORMULA = re.compile(r"[^\W\d]\w*(?:->[^\W\d]\w*)?\.[^\W\d]\w*")


class AddressFormula(str):
    """A number that a page makes of others: a formula in addresses.

    Parameters
    ----------
    text : str
        Such as ``"-w1.weight / w2.weight"`` or ``"sqrt(loss)"``. ``total``, ``product``,
        ``largest`` and ``least`` are taken over the samples.

    Attributes
    ----------
    addresses : tuple of str
        Those that occur in it.

    Raises
    ------
    FormulaError
        If the text is no formula, or names something that is no address.
    UnknownNameError
        If an address has a quantity that does not exist; the nearest is named.

    Examples
    --------
    >>> boundary = AddressFormula("-w1.weight / w2.weight")
    >>> boundary.addresses
    ('w1.weight', 'w2.weight')
    >>> boundary.of({"w1.weight": 3.0, "w2.weight": 2.0}.__getitem__)
    -1.5
    """

    addresses: tuple[str, ...]
    _formula: Formula
    _names: dict[str, str]

    def __new__(cls, text: str) -> "AddressFormula":
        """Return the formula of a text."""
        names: dict[str, str] = {}
        for address in _IN_FORMULA.findall(text):
            parse_address(address)
            name = address.replace("->", "_to_").replace(".", "_")
            while name in names.values() and address not in names:
                name += "_"  # of h.bias_gradient and h_bias.gradient
            names.setdefault(address, name)
        written = _IN_FORMULA.sub(lambda its: names[its.group()], text)
        formula = super().__new__(cls, text)
        formula._formula = Formula(written, [*_ALONE, *names.values()])
        names |= {word: word for word in _ALONE}
        used = formula._formula.variables
        formula._names = {its: name for its, name in names.items() if name in used}
        formula.addresses = tuple(formula._names)
        return formula

    def of(self, value_of: Callable[[str], Any]) -> Any:
        """Return its value.

        Parameters
        ----------
        value_of : function of an address
            Its number; for several samples a `Group`.

        Returns
        -------
        float, or ndarray of shape (n_samples,) where it is one for each sample
        """
        return self._formula(**{name: value_of(its) for its, name in self._names.items()})

    def __reduce__(self) -> tuple[Any, ...]:
        return AddressFormula, (str(self),)
