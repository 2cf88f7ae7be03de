"""What training asks of a network: `Network` is one, and training knows no more of it."""

from collections.abc import Hashable
from typing import Any, Protocol

from neurograph.columns import Storage
from neurograph.elements import Connection, Neuron
from neurograph.losses import Loss
from neurograph.structure import Structure

__all__ = ["Trainee"]


class Trainee(Protocol):
    """A network, as far as training is concerned."""

    @property
    def storage(self) -> Storage:
        """The arrays that its objects are views of."""

    @property
    def structure(self) -> Structure:
        """The network in numbers."""

    @property
    def reduction(self) -> str:
        """How the total error of a batch follows from those of its samples."""

    def checked_loss(self) -> Loss:
        """Return the loss to compute."""

    def uses(self, storage: Storage) -> bool:
        """Whether its objects are still views of a storage."""

    def neuron(self, name: Hashable) -> Neuron:
        """Return a neuron by its name or label."""

    def connection(self, name: Hashable) -> Connection:
        """Return a connection by its label or its ends."""

    def forward(self, inputs: Any) -> Any:
        """Send messages forward."""

    def backward(self, targets: Any) -> float:
        """Send error messages back."""
