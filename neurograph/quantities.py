"""The quantities: every kind of number that a network carries, one row each.

Attributes, addresses, recordings, traces, drawings, `inspect`, symbols and the messages that say
what to call first are made from this table. A new quantity is a row here and a rule in
`neurograph.equations`.
"""


from neurograph.display import Brief
from neurograph.optimizers import ROWS
from neurograph.records import record

__all__ = [
    "BY_ADDRESS",
    "CONNECTION_QUANTITIES",
    "NEURON_QUANTITIES",
    "PHASES",
    "QUANTITIES",
    "Quantity",
]

#: The phases of a round, in their order.
PHASES = ("forward", "backward", "update")

# By the phase that computes a quantity, the call that makes it known.
_KNOWN_BY = {
    "forward": "net.forward(inputs)",
    "backward": "net.backward(targets)",
    "update": "net.update_weights(learning_rate)",
    "attribution": "net.attribute(targets)",
    "curvature": "net.curvatures(targets)",
}


@record
class Quantity(Brief):
    """One kind of number, such as net or gradient.

    Parameters
    ----------
    name : str
        What addresses call it: ``"net"`` in ``"h1.net"``.
    owner : {"neuron", "connection", "parameter", "network"}
        Whose it is. A quantity of parameters belongs to connections and, under the name
        `of_bias`, to neurons that have a bias.
    phase : str
        What computes it: one of `PHASES`, ``"attribution"`` or ``"curvature"``, which are no part
        of a round; empty for what is set.
    symbol, latex : str
        How an equation writes it, before the name of its owner.
    meaning : str
        What it is, in one line.
    of_bias : str
        What the quantity of a parameter is called where the parameter is a bias.
    meaning_of_bias : str
        What it is there, if that is not the same.
    rounded : bool
        Whether somebody who computes on paper rounds it.
    stop : bool
        Whether a walk through a round stops at it.
    carried : bool
        Whether objects carry it.
    optimizer : str
        Which one remembers it, of what only some do.
    only : str
        What alone has it, if not every owner does.

    Examples
    --------
    >>> from neurograph.quantities import QUANTITIES
    >>> QUANTITIES["delta"].meaning, QUANTITIES["gradient"].of_bias
    ('dE/dnet', 'bias_gradient')
    >>> QUANTITIES["delta"].call
    'net.backward(targets)'
    """

    name: str
    owner: str
    phase: str
    symbol: str
    latex: str
    meaning: str
    of_bias: str = ""
    meaning_of_bias: str = ""
    rounded: bool = False
    stop: bool = True
    carried: bool = True
    optimizer: str = ""
    only: str = ""

    @property
    def call(self) -> str:
        """The call that makes it known; nothing for what is set."""
        if self.optimizer:
            return f"net.train(inputs, targets, optimizer={self.optimizer!r}, ...)"
        return _KNOWN_BY.get(self.phase, "")


def _of_optimizers() -> list[Quantity]:
    """Return what optimisers compute of each parameter, each by the first that does."""
    rows: dict[str, Quantity] = {}
    for optimizer in ROWS:
        for name, _, meaning in optimizer.rules:
            if meaning and name not in rows:
                rows[name] = Quantity(
                    name, "parameter", "update", name, _latex(name), meaning, f"bias_{name}",
                    stop=False, optimizer=optimizer.name,
                )  # fmt: skip
    return list(rows.values())


def _latex(name: str) -> str:
    if name.endswith("_hat"):
        return rf"\hat{{{_latex(name.removesuffix('_hat'))}}}"
    return name if len(name) == 1 else rf"\mathrm{{{name}}}".replace("_", r"\_")


# fmt: off
_TABLE = [
    # name, owner, phase, symbol, LaTeX, meaning
    Quantity("weight", "parameter", "", "w", "w",
             "the factor on the message", "bias", "the constant added to net"),
    Quantity("net", "neuron", "forward", "net", r"\mathrm{net}",
             "net_j = sum_i w_ij * out_i + bias_j", rounded=True),
    Quantity("activated", "neuron", "forward", "f(net)", r"f(\mathrm{net})",
             "f(net), before the mask of a neuron that has one", stop=False, carried=False),
    Quantity("out", "neuron", "forward", "out", r"\mathrm{out}",
             "out_j = f(net_j)", rounded=True),
    Quantity("message", "connection", "forward", "message", r"\mathrm{message}",
             "w * out_pre, travelling forward"),
    Quantity("slope", "neuron", "backward", "slope", r"\mathrm{slope}",
             "dout/dnet = f'(net)"),
    Quantity("target", "neuron", "backward", "target", r"\mathrm{target}",
             "the wanted out of an output neuron"),
    Quantity("loss", "neuron", "backward", "E", "E",
             "an output neuron's share of the total error"),
    Quantity("data_loss", "network", "backward", "E_data", r"E_{\mathrm{data}}",
             "E without the penalty", stop=False, carried=False),
    Quantity("penalty", "network", "backward", "penalty", r"\mathrm{penalty}",
             "what is added to E for the size of the weights", stop=False, carried=False),
    Quantity("total_error", "network", "backward", "E_total", r"E_{\mathrm{total}}",
             "E, summed over the outputs and reduced over the samples", stop=False, carried=False),
    Quantity("message_slope", "connection", "backward", "message_slope",
             r"\mathrm{message\_slope}",
             "dnet/dmessage, where the combine rule of post is not a sum", stop=False,
             only="a connection into a neuron whose combine rule is not a sum"),
    Quantity("error_message", "connection", "backward", "error_message",
             r"\mathrm{error\_message}", "w * delta_post, travelling back"),
    Quantity("out_gradient", "neuron", "backward", "out_gradient", r"\mathrm{out\_gradient}",
             "dE/dout"),
    Quantity("delta", "neuron", "backward", "δ", r"\delta",
             "dE/dnet", rounded=True),
    Quantity("own_gradient", "parameter", "backward", "own_gradient", r"\mathrm{own\_gradient}",
             "what this use of a shared parameter adds to its gradient", "own_bias_gradient",
             stop=False, only="a shared parameter"),
    Quantity("data_gradient", "parameter", "backward", "data_gradient",
             r"\mathrm{data\_gradient}", "dE/dw without what the penalty adds",
             "data_bias_gradient", "dE/dbias without what the penalty adds", stop=False,
             only="a parameter that the penalty counts"),
    Quantity("penalty_gradient", "parameter", "backward", "penalty_gradient",
             r"\mathrm{penalty\_gradient}", "what the penalty adds to dE/dw",
             "penalty_bias_gradient", "what the penalty adds to dE/dbias", stop=False,
             only="a parameter that the penalty counts"),
    Quantity("gradient", "parameter", "backward", "gradient", r"\mathrm{gradient}",
             "dE/dw = delta_post * out_pre", "bias_gradient", "dE/dbias", rounded=True),
    *_of_optimizers(),
    Quantity("change", "parameter", "update", "change", r"\mathrm{change}",
             "what the last update added to the parameter", "bias_change", stop=False,
             only="a trainable parameter"),
    Quantity("step", "parameter", "update", "step", r"\mathrm{step}",
             "the change without its minus: the learning rate times the gradient, or what the"
             " optimiser takes for that", "bias_step",
             stop=False, only="a trainable parameter"),
    Quantity("new_weight", "parameter", "update", "w+", "w^{+}",
             "w+ = w + change: the parameter after an update", "new_bias", carried=False),
    Quantity("error", "neuron", "attribution", "error", r"\mathrm{error}",
             "target - out, or the sum of the shares that came back"),
    Quantity("share", "connection", "attribution", "share", r"\mathrm{share}",
             "error_post * w, over the sum of the weights into post if normalised"),
    Quantity("curvature", "parameter", "curvature", "∂²E/∂w²", r"\partial^2 E / \partial w^2",
             "d2E/dw2, how fast the gradient changes with the parameter itself", "bias_curvature",
             "d2E/dbias2"),
    Quantity("gauss_newton", "parameter", "curvature", "G", "G",
             "d2E/dw2 after Gauss and Newton: as if every out were linear in w",
             "bias_gauss_newton", "d2E/dbias2 after Gauss and Newton"),
]
# fmt: on

#: Every quantity by its name.
QUANTITIES: dict[str, Quantity] = {row.name: row for row in _TABLE}

#: By what an address calls it, every quantity: those of biases have a name of their own.
BY_ADDRESS: dict[str, Quantity] = QUANTITIES | {row.of_bias: row for row in _TABLE if row.of_bias}

#: What a neuron can carry, and what a connection can: by address, what each is.
NEURON_QUANTITIES: dict[str, str] = {
    row.of_bias or row.name: row.meaning_of_bias or row.meaning
    for row in _TABLE
    if row.carried and (row.owner == "neuron" or row.of_bias)
}
CONNECTION_QUANTITIES: dict[str, str] = {
    row.name: row.meaning
    for row in _TABLE
    if row.carried and row.owner in ("connection", "parameter")
}
