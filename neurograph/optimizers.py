"""The optimisers: how a gradient changes a parameter, one row each.

An optimiser is its formulas. Every engine, on arrays, in generated code or compiled, is made from
the same ones. A row is a class: its constants with their usual values, and an `OptimizerRow`.
Nothing else names it: files, commands and what objects carry are made from the classes here.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import FrozenInstanceError, fields
from functools import cache, cached_property, lru_cache
from types import MappingProxyType
from typing import (
    Annotated,
    Any,
    ClassVar,
    NamedTuple,
    NoReturn,
    dataclass_transform,
    get_type_hints,
)

from neurograph.checks import finite_number, not_negative
from neurograph.errors import (
    FormulaError,
    InvalidTypeError,
    InvalidValueError,
    UnknownNameError,
    did_you_mean,
)
from neurograph.formulas import Formula, name_of
from neurograph.formulas.tree import Call, Name, Node
from neurograph.records import record

__all__ = [
    "GRADIENT_DESCENT",
    "OPTIMIZERS",
    "REMEMBERED",
    "ROWS",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "Fraction",
    "GradientDescent",
    "Momentum",
    "Nesterov",
    "NotNegative",
    "Optimizer",
    "OptimizerRow",
    "RMSProp",
    "get_optimizer",
    "taken_from_parameter",
]

#: What is computed, by name, in its order.
Rules = tuple[tuple[str, Formula], ...]

#: What a rule changes when it does not change something that is remembered.
PARAMETER = "parameter"
#: What is added to the parameter.
CHANGE = "change"
#: The constant that shrinks parameters beside a rule: 0 is none, and the rule stays as it is.
DECAY = "weight_decay"


def _fraction(value: object, name: str, of: str) -> float:
    number = finite_number(value, name)
    if not 0 <= number < 1:
        raise InvalidValueError(f"{name} must be at least 0 and less than 1, not {number}")
    return number


def _not_negative(value: object, name: str, of: str) -> float:
    return not_negative(value, f"{name} of {of}")


#: What a constant of a row may be, if not any number: at least 0 and less than 1, or at least 0.
Fraction = Annotated[float, _fraction]
NotNegative = Annotated[float, _not_negative]


class OptimizerRow(NamedTuple):
    """What an optimiser does, as a source prints it.

    Attributes
    ----------
    name : str
        What `train` and files call it.
    source : str
        Where it was published, with the number of the equation.
    rules : tuple of (str, str, str)
        As those of `Optimizer`, with formulas as text; each with what it computes in one line,
        which makes it a quantity that objects carry. Nothing for the parameter, and for what an
        earlier row says.
    state : tuple of str
    each_step : tuple of (str, str)
        As those of `Optimizer`.
    variants : tuple of (str, bool or float, tuple of (str, str))
        An option or a constant, a value of it, and the rules that are others then: what sources do
        differently under the same name. Of its options one at most may be on.
    coupled : bool
        Whether its rules say what the weight decay does, which is then not beside them.
    usual_rate : float, optional
        The learning rate of a file that states none, of an optimiser that has none of its own.
    """

    name: str
    source: str
    rules: tuple[tuple[str, str, str], ...]
    state: tuple[str, ...] = ()
    each_step: tuple[tuple[str, str], ...] = ()
    variants: tuple[tuple[str, bool | float, tuple[tuple[str, str], ...]], ...] = ()
    coupled: bool = False
    usual_rate: float | None = None


@dataclass_transform(frozen_default=True, eq_default=False)
class Optimizer:
    """How one step of training changes each parameter, in formulas.

    The rules are applied to each trainable parameter in their order; each sees what the rules
    before it have changed.

    Parameters
    ----------
    name : str
        What `train` calls it.
    source : str
        Where it was published, with the number of the equation.
    constants : mapping from str to float
        Such as ``{"momentum": 0.9}``.
    state : tuple of str
        What is remembered of each parameter from step to step; it starts at 0.
    each_step : tuple of (str, Formula)
        Numbers that are the same for all parameters, computed once a step: in ``step``, which
        counts 1, 2, ..., and the constants.
    rules : tuple of (str, Formula)
        What is computed, and how: a name of `state`, ``"parameter"``, or a name for what lies
        between; in ``parameter``, ``gradient``, ``learning_rate``, the names of `state`,
        `each_step` and `constants`, and of the rules before.
    biases : bool
        Whether a constant ``weight_decay`` is for biases too, also those that are weights of a bias
        neuron; without, the terms in which it is a factor are left out of theirs.

    Notes
    -----
    Each class of the table takes a ``weight_decay`` too: learning_rate * weight_decay * w is then
    taken from each trainable parameter beside its rule and past what that remembers; from biases
    too, but for ``biases=False``.
    Loshchilov and Hutter, "Decoupled weight decay regularization" (2019), algorithm 2, without a
    rate of its own: `Adam` with it is their AdamW. A `Penalty` goes through the gradient instead.

    Raises
    ------
    FormulaError
        If a formula uses a name it cannot know, something that is remembered has no rule, or no
        rule changes the parameter.
    InvalidValueError, InvalidTypeError
        If a constant is not a finite number.

    Examples
    --------
    >>> from neurograph import Formula
    >>> from neurograph.optimizers import Optimizer
    >>> rule = Formula("parameter - learning_rate * sign(gradient)",
    ...                ["parameter", "learning_rate", "gradient"])
    >>> manhattan = Optimizer("manhattan", rules=(("parameter", rule),))
    >>> manhattan.updated(0.5, gradient=-3.0, learning_rate=0.125, state={}, step=1)
    0.625
    """

    row: ClassVar[OptimizerRow]
    #: What a row can be told by true or false, such as ``{"average": False}``.
    options: Mapping[str, bool] = MappingProxyType({})

    name: str
    source: str
    constants: Mapping[str, float]
    state: tuple[str, ...]
    each_step: Rules
    rules: Rules
    biases: bool

    def __init_subclass__(cls) -> None:
        if "row" in vars(cls):
            record(eq=False)(cls)

    def __init__(
        self,
        name: str,
        source: str = "",
        constants: Mapping[str, float] = MappingProxyType({}),
        state: tuple[str, ...] = (),
        each_step: Rules = (),
        rules: Rules = (),
        biases: bool = True,
    ) -> None:
        checked = {
            key: finite_number(value, f"{key} of {name}") for key, value in constants.items()
        }
        vars(self).update(
            name=name, source=source, constants=MappingProxyType(checked), state=tuple(state),
            each_step=tuple(each_step), rules=tuple(rules), biases=biases,
        )  # fmt: skip
        self._check_rules()

    def __post_init__(self) -> None:
        """Be what the row of a class says, with the constants that were given."""
        row, kinds = self.row, get_type_hints(type(self), include_extras=True)
        constants = {option.name: getattr(self, option.name) for option in fields(self)}  # type: ignore[arg-type]  # of a row
        for name in constants:
            for checked in getattr(kinds[name], "__metadata__", ()):
                constants[name] = checked(constants[name], name, row.name)
        options = {name: constants.pop(name) for name in [*constants] if kinds[name] is bool}
        for name, value in options.items():
            if not isinstance(value, bool):
                raise InvalidTypeError(f"{name} of {row.name} must be True or False, not {value!r}")
        rivals = [option for option, _, _ in row.variants if options.get(option)]
        if len(rivals) > 1:
            message = f"{row.name} is with {' or with '.join(rivals)}, not with both"
            raise InvalidValueError(message)
        vars(self).update(constants)
        biases = options.get("biases", True)
        if not constants.get(DECAY):
            constants.pop(DECAY, None)
            options.pop("biases", None)
            if not biases:
                raise InvalidValueError(
                    f"biases of {row.name} says what its {DECAY} is for, and it has none"
                )
        vars(self).update(options, options=MappingProxyType(options))
        chosen = tuple(
            (name, text)
            for option, value, rules in row.variants
            if (constants | options)[option] == value
            for name, text in rules
        )
        Optimizer.__init__(
            self, row.name, row.source, constants, row.state,
            *_formulas(row, tuple(constants), chosen), biases,
        )  # fmt: skip

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def _check_rules(self) -> None:
        constants = self.constants
        once = {"step", *constants}
        for key, formula in self.each_step:
            self._check(key, formula, once)
        known = {PARAMETER, "gradient", "learning_rate", *self.state, *constants}
        known.update(key for key, _ in self.each_step)
        for key, formula in self.rules:
            self._check(key, formula, known)
            known.add(key)
        for key in self.state:
            if key not in dict(self.rules):
                near = did_you_mean(key, dict(self.rules))
                raise FormulaError(
                    f"optimizer {self.name!r}: no rule changes {key!r}, which is remembered{near}"
                )
        if PARAMETER not in dict(self.rules):
            raise FormulaError(f"optimizer {self.name!r}: no rule changes {PARAMETER!r}")

    def _check(self, key: str, formula: Formula, known: set[str]) -> None:
        for variable in formula.variables:
            if variable not in known:
                raise FormulaError(
                    f"optimizer {self.name!r}: the formula of {key!r} uses {variable!r}, which is"
                    f" not known there{did_you_mean(variable, sorted(known))}"
                )

    def updated(
        self,
        parameter: Any,
        gradient: Any,
        learning_rate: float,
        state: MutableMapping[str, Any],
        step: int,
    ) -> Any:
        """Return what a step makes of one parameter, or of an array of them.

        Parameters
        ----------
        parameter, gradient : float or ndarray
        learning_rate : float
        state : mutable mapping from str to float or ndarray
            What is remembered, by the names of `state`: new values are put in.
        step : int
            Number of the step, counted from 1.

        Returns
        -------
        float or ndarray of the same shape

        Examples
        --------
        >>> from neurograph.optimizers import Momentum
        >>> state = {"velocity": 1.0}
        >>> Momentum(momentum=0.5).updated(2.0, 1.0, 0.1, state, step=2)
        1.85
        >>> state
        {'velocity': 1.5}
        """
        known = self.known_at(learning_rate, step)
        return self.changed(parameter, gradient, known, state)

    def known_at(self, learning_rate: float, step: int) -> dict[str, float]:
        """Return what is the same for all parameters in one step: what `changed` needs."""
        return {"learning_rate": learning_rate, **self.constants, **self.at_step(step)}

    def changed(
        self,
        parameter: Any,
        gradient: Any,
        known: Mapping[str, float],
        state: MutableMapping[str, Any],
    ) -> Any:
        """Return what a parameter becomes, as `updated` does, from what `known_at` returned."""
        values = {
            **known,
            PARAMETER: parameter,
            "gradient": gradient,
            **{name: state[name] for name in self.state},
        }
        for key, formula in self.rules:
            values[key] = formula(**{name: values[name] for name in formula.variables})
        state.update({name: values[name] for name in self.state})
        return values[PARAMETER]

    def at_step(self, step: int) -> dict[str, float]:
        """Return the numbers of `each_step` at one step, counted from 1.

        Examples
        --------
        >>> from neurograph.optimizers import Adam
        >>> Adam(beta1=0.5, beta2=0.75).at_step(2)
        {'correction1': 0.75, 'correction2': 0.4375}
        """
        values = {"step": float(step), **self.constants}
        return {
            key: formula(**{name: values[name] for name in formula.variables})
            for key, formula in self.each_step
        }

    @cached_property
    def faded_change(self) -> str | None:
        """What is remembered that is -change / learning_rate of the step before, if anything is.

        Examples
        --------
        >>> from neurograph.optimizers import Adam, Momentum
        >>> Momentum().faded_change, Adam().faded_change
        ('velocity', None)
        """
        rule = dict(self.rules)[PARAMETER].text
        steps = (name for name in self.state if rule == f"parameter - learning_rate * {name}")
        return next(steps, None)

    @cached_property
    def equations(self) -> tuple[tuple[str, Formula], ...]:
        """The rules as the equations of a round have them: the last gives the change."""
        return _equations(self.rules)

    @property
    def spares_biases(self) -> bool:
        """Whether there is a weight decay, and not of biases."""
        return not self.biases and DECAY in self.constants

    @cached_property
    def bias_equations(self) -> tuple[tuple[str, Formula], ...]:
        """The equations of a bias: those of a weight, but for a weight decay that spares it.

        Examples
        --------
        >>> from neurograph.optimizers import GradientDescent
        >>> optimizer = GradientDescent(weight_decay=0.5, biases=False)
        >>> optimizer.equations[-1][1]
        Formula('-(learning_rate * gradient + learning_rate * weight_decay * parameter)')
        >>> optimizer.bias_equations[-1][1]
        Formula('-(learning_rate * gradient)')
        """
        if not self.spares_biases:
            return self.equations
        rules = (
            (key, Formula.of(_undecayed(formula.tree), formula)) for key, formula in self.rules
        )
        return _equations(rules)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._parts == other._parts

    @property
    def _parts(self) -> tuple[Any, ...]:
        """What it is made of."""
        parts = (self.name, self.source, dict(self.constants), self.state, self.each_step)
        return (*parts, self.rules, self.biases)

    @property
    def settings(self) -> dict[str, bool | float]:
        """Its constants, and those of its options that are not as usual: what a file would say."""
        row_of = type(self)
        chosen = {key: on for key, on in self.options.items() if on is not getattr(row_of, key)}
        return {**self.constants, **chosen}

    def __repr__(self) -> str:
        if type(self) is Optimizer:
            return f"Optimizer({self.name!r})"
        settings = ", ".join(f"{key}={value!r}" for key, value in self.settings.items())
        return f"{type(self).__name__}({settings})"

    def __hash__(self) -> int:
        return hash((type(self), self.name, *self.constants.items(), self.rules))

    def __reduce__(self) -> tuple[Any, ...]:
        if type(self) is not Optimizer:
            return _again, (type(self), self.settings)
        return Optimizer, self._parts


def _equations(rules: Iterable[tuple[str, Formula]]) -> Rules:
    return tuple(
        (CHANGE, _change(formula)) if key == PARAMETER else (key, formula) for key, formula in rules
    )


def _undecayed(node: Node) -> Node:
    """Return a rule without the terms that weight decay adds or subtracts."""
    if not isinstance(node, Call):
        return node
    if node.name in ("+", "-") and _decays(node.arguments[1]):
        return _undecayed(node.arguments[0])
    return Call(node.name, tuple(map(_undecayed, node.arguments)))


def _decays(node: Node) -> bool:
    """Whether the weight decay is a factor."""
    if isinstance(node, Call) and node.name == "*":
        return any(map(_decays, node.arguments))
    return node == Name(DECAY)


def _change(rule: Formula) -> Formula:
    """Return what a rule adds to a parameter: -x where it is parameter - x."""
    if taken := taken_from_parameter(rule):
        return Formula("-x", ["x"]).filled(x=taken)
    tree = rule.tree
    if isinstance(tree, Call) and tree.name == "+" and tree.arguments[0] == Name(PARAMETER):
        return Formula.of(tree.arguments[1], rule)
    return Formula("x - parameter", ["x", PARAMETER]).filled(x=rule)


def taken_from_parameter(rule: Formula) -> Formula | None:
    """Return x of a rule that is parameter - x.

    Examples
    --------
    >>> from neurograph.optimizers import GRADIENT_DESCENT, taken_from_parameter
    >>> taken_from_parameter(dict(GRADIENT_DESCENT.rules)["parameter"])
    Formula('learning_rate * gradient')
    """
    tree = rule.tree
    if isinstance(tree, Call) and tree.name == "-" and tree.arguments[0] == Name(PARAMETER):
        return Formula.of(tree.arguments[1], rule)
    return None


def _again(of: Callable[..., Optimizer], settings: dict[str, bool | float]) -> Optimizer:
    return of(**settings)


@cache
def _formulas(
    row: OptimizerRow, constants: tuple[str, ...], chosen: tuple[tuple[str, str], ...]
) -> tuple[Rules, Rules]:
    """Return what a row computes once a step, and its rules with those of chosen variants."""
    once = [name for name, _ in row.each_step]
    known = [PARAMETER, "gradient", "learning_rate", *constants, *once]
    known += [name for name, _, _ in row.rules]
    texts = {name: text for name, text, _ in row.rules} | dict(chosen)
    rules = {name: Formula(text, known) for name, text in texts.items()}
    if DECAY in constants and not row.coupled:
        rules[PARAMETER] = _decayed(rules[PARAMETER])
    once_a_step = [(name, Formula(text, ["step", *constants])) for name, text in row.each_step]
    return tuple(once_a_step), tuple(rules.items())


def _decayed(rule: Formula) -> Formula:
    """Return the rule of the parameter with weight decay beside it."""
    names = ["x", PARAMETER, "learning_rate", DECAY]
    decay = f"learning_rate * {DECAY} * {PARAMETER}"
    if taken := taken_from_parameter(rule):
        return Formula(f"{PARAMETER} - (x + {decay})", names).filled(x=taken)
    return Formula(f"x - {decay}", names).filled(x=rule)


def _with_epsilon(mean: str, what: str = "gradient") -> Any:
    """Return the variants of a row that divides by a root of `mean`, plus epsilon.

    Without epsilon a parameter whose gradient was 0 from the start stays, as on paper: 0 / 0 is
    no change.
    """
    inside = f"parameter - learning_rate * {what} / sqrt({mean} + epsilon)"
    without = f"parameter - xdivy(learning_rate * {what}, sqrt({mean}))"
    return (
        ("epsilon_inside", True, ((PARAMETER, inside),)),
        ("epsilon", 0.0, ((PARAMETER, without),)),
    )


class GradientDescent(Optimizer):
    r"""Move against the gradient: w+ = w - learning_rate * dE/dw.

    Parameters
    ----------
    weight_decay : float
        At least 0; see `Optimizer`.
    biases : bool
        Whether the weight decay is for biases too.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is not.

    Notes
    -----
    Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées", Comptes
    rendus 25 (1847); for networks Rumelhart, Hinton and Williams, "Learning representations by
    back-propagating errors", Nature 323 (1986), equation 8.

    Examples
    --------
    >>> from neurograph.optimizers import GradientDescent
    >>> GradientDescent().updated(0.4, gradient=0.5, learning_rate=0.5, state={}, step=1)
    0.15000000000000002
    """

    weight_decay: NotNegative = 0.0
    biases: bool = True

    row = OptimizerRow(
        "gradient_descent",
        "Rumelhart, Hinton and Williams, Learning representations by back-propagating errors"
        " (1986), equation 8",
        ((PARAMETER, "parameter - learning_rate * gradient", ""),),
    )


#: The velocity as a moving average, as A. Ng, "Improving deep neural networks" (2017), has it.
_AVERAGE = ("average", True, (("velocity", "momentum * velocity + (1 - momentum) * gradient"),))
#: The velocity with the rate in it, as Rumelhart, Hinton and Williams (1986) have it.
_FASTER = ("velocity", "momentum * velocity + learning_rate * gradient")


class Momentum(Optimizer):
    r"""Keep part of the velocity of the step before: v+ = momentum * v + dE/dw.

    w+ = w - learning_rate * v+.

    Parameters
    ----------
    momentum : float
        At least 0 and less than 1.
    average : bool
        Whether the velocity is a moving average of the gradients instead of their faded sum:
        v+ = momentum * v + (1 - momentum) * dE/dw.
    rate_inside : bool
        Whether the learning rate stands in the velocity: v+ = momentum * v + learning_rate * dE/dw,
        and w+ = w - v+. Not with `average`.
    weight_decay : float
        At least 0; see `Optimizer`.
    biases : bool
        Whether the weight decay is for biases too.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is not.

    Notes
    -----
    Polyak, "Some methods of speeding up the convergence of iteration methods" (1964), in the form
    of Goh, "Why momentum really works", Distill (2017). Rumelhart, Hinton and Williams (1986),
    equation 9, and Sutskever, Martens, Dahl and Hinton (2013), equations 1 and 2, have the learning
    rate inside the velocity. That is the same while the learning rate stays the same; when it
    falls, their steps shrink only as fast as their velocity fades.

    Examples
    --------
    >>> from neurograph.optimizers import Momentum
    >>> state = {"velocity": 2.0}
    >>> Momentum(0.5).updated(1.0, gradient=1.0, learning_rate=0.25, state=state, step=2)
    0.5
    """

    momentum: Fraction = 0.9
    average: bool = False
    rate_inside: bool = False
    weight_decay: NotNegative = 0.0
    biases: bool = True

    row = OptimizerRow(
        "momentum",
        "Polyak, Some methods of speeding up the convergence of iteration methods (1964), as in"
        " Goh, Why momentum really works (2017)",
        (
            (
                "velocity",
                "momentum * velocity + gradient",
                "the gradients so far, each faded by the momentum",
            ),
            (PARAMETER, "parameter - learning_rate * velocity", ""),
        ),
        state=("velocity",),
        variants=(
            _AVERAGE,
            ("rate_inside", True, (_FASTER, (PARAMETER, "parameter - velocity"))),
        ),
    )


class Nesterov(Optimizer):
    r"""Momentum with a look ahead: v+ = momentum * v + dE/dw.

    w+ = w - learning_rate * (dE/dw + momentum * v+).

    Parameters
    ----------
    momentum : float
        At least 0 and less than 1.
    average, rate_inside : bool
        As for `Momentum`.
    weight_decay : float
        At least 0; see `Optimizer`.
    biases : bool
        Whether the weight decay is for biases too.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is not.

    Notes
    -----
    Nesterov, "A method of solving a convex programming problem with convergence rate O(1/k^2)"
    (1983). Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum
    in deep learning" (2013), equations 3 and 4, take the gradient at the place where the velocity
    is about to lead. Here w is that place, as in Bengio, Boulanger-Lewandowski and Pascanu,
    "Advances in optimizing recurrent networks" (2013), and the learning rate stands outside
    the velocity, as in `Momentum`: the gradient is that of the parameters the objects carry.
    What they print as theta is ``unshifted``: with w = theta - learning_rate * momentum * v, where
    v leads, w+ + learning_rate * momentum * v+ is w - learning_rate * dE/dw. It holds for a rate
    that stays the same, and without weight decay; where v begins at 0, theta begins as w does.

    Examples
    --------
    >>> from neurograph.optimizers import Nesterov
    >>> state = {"velocity": 2.0}
    >>> Nesterov(0.5).updated(1.0, gradient=1.0, learning_rate=0.25, state=state, step=2)
    0.5
    """

    momentum: Fraction = 0.9
    average: bool = False
    rate_inside: bool = False
    weight_decay: NotNegative = 0.0
    biases: bool = True

    row = OptimizerRow(
        "nesterov",
        "Sutskever, Martens, Dahl and Hinton, On the importance of initialization and momentum in"
        " deep learning (2013), equations 3 and 4, as in Bengio, Boulanger-Lewandowski and Pascanu,"
        " Advances in optimizing recurrent networks (2013)",
        (
            ("velocity", "momentum * velocity + gradient", ""),
            (
                "unshifted",
                "parameter - learning_rate * gradient",
                "the parameter after the update without its look ahead, theta of most papers",
            ),
            (PARAMETER, "parameter - learning_rate * (gradient + momentum * velocity)", ""),
        ),
        state=("velocity",),
        variants=(
            _AVERAGE,
            (
                "rate_inside",
                True,
                (
                    _FASTER,
                    (PARAMETER, "parameter - (learning_rate * gradient + momentum * velocity)"),
                ),
            ),
        ),
    )


class AdaGrad(Optimizer):
    r"""Divide by the length of all gradients so far: s+ = s + (dE/dw)^2.

    w+ = w - learning_rate * dE/dw / (sqrt(s+) + epsilon).

    Parameters
    ----------
    epsilon : float
        At least 0; keeps the quotient finite where every gradient was 0. With 0, as exercises by
        hand have it, such a parameter does not change.
    epsilon_inside : bool
        Whether epsilon is added to what the root is taken of, instead of to the root.
    weight_decay : float
        At least 0; see `Optimizer`.
    biases : bool
        Whether the weight decay is for biases too.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is not.

    Notes
    -----
    Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", Journal of Machine Learning Research 12 (2011), equation 1 and figure 1, with the
    diagonal matrix; epsilon is their delta.

    Examples
    --------
    >>> from neurograph.optimizers import AdaGrad
    >>> state = {"squares": 9.0}
    >>> round(AdaGrad().updated(1.0, gradient=4.0, learning_rate=0.5, state=state, step=2), 6)
    0.6
    """

    epsilon: NotNegative = 1e-8
    epsilon_inside: bool = False
    weight_decay: NotNegative = 0.0
    biases: bool = True

    row = OptimizerRow(
        "adagrad",
        "Duchi, Hazan and Singer, Adaptive subgradient methods for online learning and stochastic"
        " optimization (2011), equation 1 and figure 1",
        (
            ("squares", "squares + gradient**2", "the sum of the squared gradients so far"),
            (PARAMETER, "parameter - learning_rate * gradient / (sqrt(squares) + epsilon)", ""),
        ),
        state=("squares",),
        variants=_with_epsilon("squares"),
    )


class RMSProp(Optimizer):
    r"""Divide by a running mean of the gradient's size: s+ = decay * s + (1 - decay) * (dE/dw)^2.

    w+ = w - learning_rate * dE/dw / (sqrt(s+) + epsilon).

    Parameters
    ----------
    decay : float
        At least 0 and less than 1.
    epsilon : float
        At least 0; see `AdaGrad`.
    epsilon_inside : bool
        Whether epsilon is added to what the root is taken of, instead of to the root.
    weight_decay : float
        At least 0; see `Optimizer`.
    biases : bool
        Whether the weight decay is for biases too.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If one is not.

    Notes
    -----
    Tieleman and Hinton, "Neural networks for machine learning", lecture 6.5 (2012), slide 29,
    which has no epsilon.

    Examples
    --------
    >>> from neurograph.optimizers import RMSProp
    >>> state = {"mean_square": 13.0}
    >>> rmsprop = RMSProp(decay=0.75)
    >>> round(rmsprop.updated(1.0, gradient=5.0, learning_rate=0.5, state=state, step=2), 6)
    0.375
    """

    decay: Fraction = 0.9
    epsilon: NotNegative = 1e-8
    epsilon_inside: bool = False
    weight_decay: NotNegative = 0.0
    biases: bool = True

    row = OptimizerRow(
        "rmsprop",
        "Tieleman and Hinton, Neural networks for machine learning, lecture 6.5 (2012)",
        (
            (
                "mean_square",
                "decay * mean_square + (1 - decay) * gradient**2",
                "a running mean of the squared gradient",
            ),
            (PARAMETER, "parameter - learning_rate * gradient / (sqrt(mean_square) + epsilon)", ""),
        ),
        state=("mean_square",),
        variants=_with_epsilon("mean_square"),
    )


class AdaDelta(Optimizer):
    r"""Give a gradient the size of the changes so far: w+ = w - learning_rate * c.

    s+ = decay * s + (1 - decay) * (dE/dw)^2, c = dE/dw * sqrt(u + epsilon) / sqrt(s+ + epsilon),
    and u+ = decay * u + (1 - decay) * c^2.

    Parameters
    ----------
    decay : float
        At least 0 and less than 1.
    epsilon : float
        At least 0. What the first change is made of: with 0 there is never any.
    weight_decay : float
        At least 0; see `Optimizer`.
    biases : bool
        Whether the weight decay is for biases too.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If one is not.

    Notes
    -----
    Zeiler, "ADADELTA: an adaptive learning rate method" (2012), algorithm 1, with the constants of
    its section 4.1. It has no learning rate: with 1 it is as printed there. Another, which
    libraries offer, is past what is remembered.

    Examples
    --------
    >>> from neurograph.optimizers import AdaDelta
    >>> state = {"mean_square": 0.0, "mean_square_change": 3.0}
    >>> adadelta = AdaDelta(decay=0.75, epsilon=1.0)
    >>> round(adadelta.updated(1.0, gradient=-2.0, learning_rate=1.0, state=state, step=2), 6)
    3.828427
    """

    decay: Fraction = 0.95
    epsilon: NotNegative = 1e-6
    weight_decay: NotNegative = 0.0
    biases: bool = True

    row = OptimizerRow(
        "adadelta",
        "Zeiler, ADADELTA: an adaptive learning rate method (2012), algorithm 1",
        (
            ("mean_square", "decay * mean_square + (1 - decay) * gradient**2", ""),
            (
                "rescaled",
                "gradient * sqrt(mean_square_change + epsilon) / sqrt(mean_square + epsilon)",
                "the gradient with the size of the changes so far",
            ),
            (
                "mean_square_change",
                "decay * mean_square_change + (1 - decay) * rescaled**2",
                "a running mean of the squared change, as it is with a learning rate of 1",
            ),
            (PARAMETER, "parameter - learning_rate * rescaled", ""),
        ),
        state=("mean_square", "mean_square_change"),
        variants=(
            (
                "epsilon",
                0.0,
                (("rescaled", "xdivy(gradient * sqrt(mean_square_change), sqrt(mean_square))"),),
            ),
        ),
        usual_rate=1.0,
    )


class Adam(Optimizer):
    r"""Divide a running mean of the gradient by a running mean of its size.

    m+ = beta1 * m + (1 - beta1) * dE/dw, v+ = beta2 * v + (1 - beta2) * (dE/dw)^2, and in step t

    w+ = w - learning_rate * (m+ / (1 - beta1^t)) / (sqrt(v+ / (1 - beta2^t)) + epsilon).

    Parameters
    ----------
    beta1, beta2 : float
        At least 0 and less than 1.
    epsilon : float
        At least 0; see `AdaGrad`.
    epsilon_inside : bool
        Whether epsilon is added to what the root is taken of, instead of to the root.
    weight_decay : float
        At least 0; see `Optimizer`.
    biases : bool
        Whether the weight decay is for biases too.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If one is not.

    Notes
    -----
    Kingma and Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1. The means start
    at 0; dividing by 1 - beta^t makes up for that.

    Examples
    --------
    >>> from neurograph.optimizers import Adam
    >>> state = {"m": 0.0, "v": 0.0}
    >>> round(Adam().updated(1.0, gradient=4.0, learning_rate=0.1, state=state, step=1), 6)
    0.9
    """

    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    epsilon: NotNegative = 1e-8
    epsilon_inside: bool = False
    weight_decay: NotNegative = 0.0
    biases: bool = True

    row = OptimizerRow(
        "adam",
        "Kingma and Ba, Adam: a method for stochastic optimization (2015), algorithm 1",
        (
            ("m", "beta1 * m + (1 - beta1) * gradient", "a running mean of the gradient"),
            (
                "v",
                "beta2 * v + (1 - beta2) * gradient**2",
                "a running mean of the squared gradient",
            ),
            ("m_hat", "m / correction1", "m, corrected for its start at 0"),
            ("v_hat", "v / correction2", "v, corrected for its start at 0"),
            (PARAMETER, "parameter - learning_rate * m_hat / (sqrt(v_hat) + epsilon)", ""),
        ),
        state=("m", "v"),
        each_step=(("correction1", "1 - beta1**step"), ("correction2", "1 - beta2**step")),
        variants=_with_epsilon("v_hat", "m_hat"),
    )


_CLASSES = Optimizer.__subclasses__()

#: The row of each class above.
ROWS: tuple[OptimizerRow, ...] = tuple(of.row for of in _CLASSES)

#: What the optimisers of the table remember of a parameter.
REMEMBERED = frozenset(name for row in ROWS for name in row.state)

#: Every optimiser by its name, with its usual constants when called.
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {of.row.name: of for of in _CLASSES}

#: What changes parameters where nothing else is said.
GRADIENT_DESCENT = GradientDescent()

#: What other books and libraries call a row of the table.
SYNONYMS = {
    "sgd": "gradient_descent", "gd": "gradient_descent", "steepest_descent": "gradient_descent",
    "heavy_ball": "momentum",
    "nag": "nesterov", "nesterov_momentum": "nesterov",
    "rms_prop": "rmsprop", "ada_grad": "adagrad", "ada_delta": "adadelta",
}  # fmt: skip

#: What others call a row that has a weight decay.
DECAYING = {"adamw": "adam"}
#: What others have and is not here: none of the table is meant by it.
_ELSEWHERE = dict.fromkeys((
    "nadam", "adamax", "amsgrad", "radam", "adabelief", "adafactor", "lion", "lamb", "lars",
    "yogi", "ftrl", "rprop", "newton", "bfgs", "lbfgs", "l_bfgs", "conjugate_gradient",
    "levenberg_marquardt",
))  # fmt: skip


def check_optimizer_name(name: str, decay: float = 0.0) -> None:
    """Check that the name of an optimiser is not that of one which is not here.

    Parameters
    ----------
    name : str
    decay : float
        The weight decay that is stated with it.

    Raises
    ------
    UnknownNameError
        If it is known elsewhere only, or says that weights decay, and not how much.
    """
    if name_of(name, _ELSEWHERE, {}):
        raise UnknownNameError(f"no optimizer {name!r} here; there are {', '.join(OPTIMIZERS)}")
    if (decaying := name_of(name, DECAYING, {})) and not decay:
        row = DECAYING[decaying]
        raise UnknownNameError(
            f"{name!r} is {row!r} with a weight_decay, which it needs: such as"
            f' {{ name = "{row}", weight_decay = 0.01 }} in a file,'
            f" {OPTIMIZERS[row].__name__}(weight_decay=0.01) in Python"
        )


def get_optimizer(optimizer: str | Optimizer) -> Optimizer:
    """Return the optimiser of this name with its usual constants, or the one that is given.

    Parameters
    ----------
    optimizer : str or Optimizer
        A name of `OPTIMIZERS`, one of `SYNONYMS`, or an object such as ``Adam(beta1=0.8)``.

    Returns
    -------
    Optimizer

    Raises
    ------
    UnknownNameError
        If there is none of that name; the nearest is named. If it needs a weight decay.
    InvalidTypeError
        On anything else.

    Examples
    --------
    >>> from neurograph.optimizers import get_optimizer
    >>> get_optimizer("adam")
    Adam(beta1=0.9, beta2=0.999, epsilon=1e-08)
    >>> get_optimizer("adma")
    Traceback (most recent call last):
    neurograph.errors.UnknownNameError: no optimizer 'adma'; did you mean 'adam'?
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    if not isinstance(optimizer, str):
        raise InvalidTypeError(
            f"an optimizer is given by its name or as an object such as Adam(), not"
            f" {optimizer!r}{_called(optimizer)}"
        )
    check_optimizer_name(optimizer)
    if name := name_of(optimizer, OPTIMIZERS, SYNONYMS):
        return _usual(OPTIMIZERS[name])
    hint = did_you_mean(optimizer, [*OPTIMIZERS, *SYNONYMS])
    raise UnknownNameError(
        f"no optimizer {optimizer!r}{hint or '; there are ' + ', '.join(OPTIMIZERS)}"
    )


@lru_cache(maxsize=64)
def _usual(of: Callable[[], Optimizer]) -> Optimizer:
    # An optimiser keeps nothing of a run: one is as good as another, and reading formulas takes
    # longer than a hundred steps.
    return of()


def _called(optimizer: Any) -> str:
    if isinstance(optimizer, type) and issubclass(optimizer, Optimizer):
        return f"; did you mean {optimizer.__name__}()?"
    return ""
