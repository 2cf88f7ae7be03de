"""The conventions of a run, and what a step does, in words."""

from collections.abc import Iterator

from neurograph.cli.words import count
from neurograph.optimizers import Optimizer
from neurograph.scenario import Run, Step

__all__ = ["conventions_of", "details_of"]

_BIASES = {
    "trained": "every bias trained",
    "fixed": "no bias trained",
    "shared": "one trained bias for each level",
    "none": "no biases",
}


def conventions_of(run: Run) -> Iterator[str]:
    """Yield the conventions of a run: its order, and what else it states.

    Parameters
    ----------
    run : Run

    Yields
    ------
    str
    """
    yield f"order {run.order}"
    if run.learning_rate is not None:
        yield f"learning rate {run.learning_rate:g}"
    if run.optimizer != "gradient_descent":
        yield _optimizer(run.optimizer)
    yield from _batches(run.batch_size, run.shuffle, run.seed)
    if run.loss is not None:
        yield f"loss {run.loss}"
    if run.reduction is not None:
        yield f"{run.reduction} over the samples"
    if run.biases != "as_given":
        yield _BIASES[run.biases]
    if run.samples is not None:
        shown = ", ".join(map(str, run.samples[:8])) + (", ..." if len(run.samples) > 8 else "")
        yield f"only sample{'s' if len(run.samples) > 1 else ''} {shown}"
    if run.digits is not None:
        yield f"every value rounded to {run.digits} decimals"


def details_of(step: Step) -> Iterator[str]:
    """Yield what a step says beside its name.

    Parameters
    ----------
    step : Step

    Yields
    ------
    str
    """
    if step.do == "train":
        yield f"{step.rounds:,} {'round' if step.rounds == 1 else 'rounds'}"
    if step.order is not None:
        yield f"order {step.order}"
    if step.learning_rate is not None:
        yield f"learning rate {step.learning_rate:g}"
    if step.optimizer is not None:
        yield _optimizer(step.optimizer)
    yield from _batches(step.batch_size, step.shuffle, step.seed)
    if step.stop is not None:
        if step.stop.loss is not None:
            yield f"until the loss is {step.stop.loss:g}"
        if step.stop.no_improvement is not None:
            yield f"until {count(step.stop.no_improvement, 'round', 'rounds')} without a lower loss"
        if step.stop.gradient_norm is not None:
            yield f"until the gradient is no longer than {step.stop.gradient_norm:g}"
    for address, value in step.values:
        yield f"{address} = {value:g}"
    if step.gradients is not None:
        yield f"gradients {step.gradients}"
    if step.do == "attribute":
        yield "normalised" if step.normalised else "without the denominator"


def _optimizer(stated: str | Optimizer) -> str:
    if isinstance(stated, str):
        return f"optimizer {stated}"
    constants = ", ".join(f"{name} {value:g}" for name, value in stated.constants.items())
    return f"optimizer {stated.name} ({constants})"


def _batches(batch_size: int | None, shuffle: bool | None, seed: int | None) -> Iterator[str]:
    if batch_size is not None:
        yield "one sample at a time" if batch_size == 1 else f"batches of {batch_size}"
    if shuffle:
        yield f"shuffled with seed {seed}" if seed is not None else "shuffled"
