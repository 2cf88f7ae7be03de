"""Reading inputs and targets."""

import re
from collections import namedtuple
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from strategies import snapshot

import neurograph as ng
from neurograph.samples import read_samples

NAMES = ["i1", "i2"]
V, T, U = ng.InvalidValueError, ng.InvalidTypeError, ng.UnknownNameError
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "values",
    [
        [1, 0],
        (1, False),
        [True, False],
        np.array([1, 0], dtype=np.uint8),
        np.float32([1, 0]),
        [Fraction(1), Fraction(0)],
        {"i1": 1, "i2": 0},
        {"i2": np.int64(0), "i1": Fraction(1)},
        {"i2": np.array(0.0), "i1": np.array(1)},
    ],
)
def test_one_sample(values: Any) -> None:
    """One sample is a list of Python floats in the order of the names, whatever it came as."""
    found = read_samples(values, NAMES, "input")
    assert found == [1.0, 0.0]
    assert [type(value) for value in found] == [float, float]


@pytest.mark.parametrize(
    "values",
    [
        [[1, 0], [0, 1], [1, 1]],
        np.array([[1, 0], [0, 1], [1, 1]], dtype=bool),
        np.asfortranarray([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
        {"i1": [1, 0, 1], "i2": [0, 1, 1]},
        {"i2": (0, 1, 1), "i1": np.array([1, 0, 1])},
    ],
)
def test_a_batch(values: Any) -> None:
    """A batch is one float array (n_samples,) for each name."""
    found = read_samples(values, NAMES, "input")
    assert [column.tolist() for column in found] == [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]
    assert all(column.dtype == np.float64 and column.shape == (3,) for column in found)


def test_a_batch_is_a_copy_that_nobody_writes_on() -> None:
    """What the caller does with his array later changes nothing; the columns are read-only."""
    given = np.ones((3, 2))
    found = read_samples(given, NAMES, "input")
    given[:] = 5
    assert found[0].tolist() == [1.0] * 3
    with pytest.raises(ValueError, match="read-only"):
        found[0][0] = 2.0


def test_one_name_takes_a_plain_number() -> None:
    """With one name a number is one sample, and so is a list of one; a column is a batch."""
    assert read_samples(0.5, ["o"], "target") == [0.5]
    assert read_samples([0.5], ["o"], "target") == [0.5]
    assert read_samples({"o": 0.5}, ["o"], "target") == [0.5]
    (column,) = read_samples([[0.5], [0.25]], ["o"], "target")
    assert column.tolist() == [0.5, 0.25]


WRONG = [
    ([1], V, "expected 2 inputs (i1, i2), got 1"),
    ([1, 2, 3], V, "expected 2 inputs (i1, i2), got 3"),
    ([], V, "expected 2 inputs (i1, i2), got 0"),
    (1.0, V, "expected 2 inputs (i1, i2): shape (2,) or (n_samples, 2), not ()"),
    ([[1, 2, 3]], V, "in each sample, got 3 (shape (1, 3))"),
    (np.ones((2, 2, 2)), V, "shape (2,) or (n_samples, 2), not (2, 2, 2)"),
    (np.ones((0, 2)), V, "there are no samples: inputs have shape (0, 2)"),
    ([[1, 2], [3]], V, "inputs have rows of different lengths"),
    ([1, NAN], V, "input 'i2' must be a finite number, not nan"),
    ([[1, 2], [INF, 1]], V, "'i1' must be a finite number, not inf in sample 1"),
    ([1, 10**400], V, "input 'i2' must be a finite number"),
    ({"i1": 1}, V, "expected 2 inputs (i1, i2), got 1: 'i2' missing"),
    ({"i1": 1, "i2": -INF}, V, "input 'i2' must be a finite number, not -inf"),
    ({"i1": [1, 2], "i2": 1}, V, "differ in their number of samples: 'i1' 2, 'i2' one"),
    ({"i1": [1, 2], "i2": [1]}, V, "'i1' 2, 'i2' 1"),
    ({"i1": [[1]], "i2": 1}, V, "or have shape (n_samples,), not (1, 1)"),
    ({"i1": [1, [2]], "i2": 1}, V, "input 'i1' have rows of different lengths"),
    ({"i1": [], "i2": []}, V, "there are no samples"),
    ({}, V, "expected 2 inputs (i1, i2), got 0: 'i1', 'i2' missing"),
    ({"i1": 1, "i3": 1}, U, "'i3'; did you mean 'i2'? (the inputs are 'i1', 'i2')"),
    ({"i1": 1, "i2": 1, "xyz": 0}, U, "no input neuron 'xyz' (the inputs"),
    ("text", T, "inputs must be real numbers, not 'text'"),
    (["a", "b"], T, "inputs must be real numbers, not ['a', 'b']"),
    ([1, "2"], T, "inputs must be real numbers"),
    ([1, None], T, "inputs must be real numbers, not [1, None]"),
    (None, T, "inputs must be real numbers, not None"),
    ([1, 1j], T, "inputs must be real numbers"),
    ({"i1": "a", "i2": 1}, T, "input 'i1' must be real numbers, not 'a'"),
    ({1, 2}, T, "inputs must be real numbers, not {1, 2}"),
    (["x" * 100, 1], T, "x..."),
]  # fmt: skip


@pytest.mark.parametrize(("values", "error", "message"), WRONG)
def test_wrong_samples(values: Any, error: type[Exception], message: str) -> None:
    """What cannot be read says which neuron, what was expected and what was given."""
    with pytest.raises(error, match=re.escape(message)):
        read_samples(values, NAMES, "input")


@pytest.mark.parametrize(("values", "error", "message"), WRONG)
@pytest.mark.parametrize("verb", ["forward", "step", "messages", "check_gradients"])
def test_wrong_inputs_change_nothing(
    values: Any, error: type[Exception], message: str, verb: str
) -> None:
    """Wrong inputs to any verb leave the network as it was, and a backward pass still possible."""
    net = ng.Network.layered(2, 2, 1, weights=0.3, bias=0.1)
    net.forward([0.5, 1.0])
    net.backward([1.0])
    before = snapshot(net)
    calls = {
        "forward": lambda: net.forward(values),
        "step": lambda: net.step(values, [1.0], 0.1),
        "messages": lambda: net.messages(values, [1.0], 0.1),
        "check_gradients": lambda: ng.check_gradients(net, values, [1.0]),
    }
    with pytest.raises(error, match=re.escape(message)):
        calls[verb]()
    assert snapshot(net) == before
    net.backward([1.0])
    assert snapshot(net) == before


@pytest.mark.parametrize(
    ("targets", "error", "message"),
    [
        ([1, 2], V, "expected 1 target (o1), got 2"),
        ([0.5, 0.5, 0.5], V, "for 3 samples of one target, give shape (3, 1)"),
        ([[1]], V, "are for a batch of 1 samples, inputs for one sample"),
        ([NAN], V, "target 'o1' must be a finite number, not nan"),
        ({"o2": 1}, U, "there is no target neuron 'o2'; did you mean 'o1'?"),
        ("one", T, "targets must be real numbers, not 'one'"),
    ],
)
@pytest.mark.parametrize("verb", ["backward", "total_error", "step", "messages", "check_gradients"])
def test_wrong_targets_change_nothing(
    targets: Any, error: type[Exception], message: str, verb: str
) -> None:
    """Wrong targets to any verb leave the network as it was."""
    _refuse_targets(targets, error, message, verb)


@pytest.mark.parametrize("verb", ["backward", "step", "check_gradients"])
def test_no_targets_are_wrong_targets(verb: str) -> None:
    """None is no target, where there has to be one."""
    _refuse_targets(None, T, "targets must be real numbers, not None", verb)


def _refuse_targets(targets: Any, error: type[Exception], message: str, verb: str) -> None:
    net = ng.Network.layered(2, 2, 1, weights=0.3, bias=0.1)
    net.forward([0.5, 1.0])
    net.backward([1.0])
    before = snapshot(net)
    calls = {
        "backward": lambda: net.backward(targets),
        "total_error": lambda: net.total_error(targets),
        "step": lambda: net.step([0.1, 0.2], targets, 0.1),
        "messages": lambda: net.messages([0.1, 0.2], targets, 0.1),
        "check_gradients": lambda: ng.check_gradients(net, [0.1, 0.2], targets),
    }
    with pytest.raises(error, match=re.escape(message)):
        calls[verb]()
    assert snapshot(net) == before
    net.backward([1.0])
    assert snapshot(net) == before


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ([1.0], "targets are for one sample, inputs for a batch of 2 samples"),
        ([[1.0]] * 3, "targets are for a batch of 3 samples, inputs for a batch of 2 samples"),
    ],
)
def test_targets_for_another_number_of_samples(targets: Any, message: str) -> None:
    """Inputs and targets are for equally many samples; both counts are named."""
    net = ng.Network.layered(2, 1, weights=0.3)
    with pytest.raises(V, match=message):
        net.step([[0, 0], [1, 1]], targets, 0.1)
    net.forward([[0, 0], [1, 1]])
    before = snapshot(net)
    with pytest.raises(V, match=message):
        net.backward(targets)
    assert snapshot(net) == before


def test_long_lists_of_names_are_cut() -> None:
    """A message names the first eight neurons."""
    names = [f"i{k}" for k in range(1, 11)]
    message = re.escape("expected 10 inputs (i1, i2, i3, i4, i5, i6, i7, i8, ...), got 1")
    with pytest.raises(V, match=message):
        read_samples([1], names, "input")


# -- named data ----------------------------------------------------------------------------------

Pair = namedtuple("Pair", ["i2", "i1"])
TABLE = pd.DataFrame({"i2": [0.0, 1.0, 1.0], "i1": [1, 0, 1]})
RECORDS = np.array([(0, 1.0), (1, 0.0), (1, 1.0)], dtype=[("i2", int), ("i1", float)])


class Labelled:
    """An array with labels along its last axis, in the shape that xarray gives it."""

    def __init__(self, values: Any, labels: list[str]) -> None:
        self._values = np.array(values)
        self.ndim = self._values.ndim
        self.dims = ("sample", "neuron")[-self.ndim :]
        self.coords = {"neuron": np.array(labels).view(_WithToNumpy)} if labels else {}

    def to_numpy(self) -> Any:
        """Return the values."""
        return self._values

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self._values


class _WithToNumpy(np.ndarray):
    def to_numpy(self) -> Any:
        """Return a plain array."""
        return np.asarray(self)


@pytest.mark.parametrize(
    "values",
    [
        TABLE,
        TABLE.astype({"i1": bool}),
        TABLE.convert_dtypes(),
        RECORDS,
        RECORDS.view(np.recarray),
        [Pair(0, 1), Pair(1, 0), Pair(1, 1)],
        [{"i2": 0, "i1": 1}, {"i1": 0, "i2": 1}, {"i1": 1, "i2": 1}],
        [row for _, row in TABLE.iterrows()],
        list(TABLE.itertuples(index=False)),
        {name: TABLE[name] for name in TABLE},
        np.ma.array([[1, 0], [0, 1], [1, 1]], mask=False),
        Labelled([[0, 1], [1, 0], [1, 1]], ["i2", "i1"]),
        Labelled([[1, 0], [0, 1], [1, 1]], []),
    ],
    ids=lambda values: type(values).__name__,
)
def test_a_batch_with_names(values: Any) -> None:
    """Data that name their values go by name, in whatever order their columns stand."""
    columns = read_samples(values, NAMES, "input")
    assert [column.tolist() for column in columns] == [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]


@pytest.mark.parametrize(
    "values",
    [
        TABLE.iloc[0],
        pd.Series({"i2": 0, "i1": 1}, name="i2"),
        RECORDS[0],
        Pair(0, 1),
        pd.Index([1, 0]),
        Labelled([0, 1], ["i2", "i1"]),
    ],
    ids=lambda values: type(values).__name__,
)
def test_one_sample_with_names(values: Any) -> None:
    """One row of a table is one sample."""
    assert read_samples(values, NAMES, "input") == [1.0, 0.0]


def test_a_column_with_the_name_of_the_only_neuron() -> None:
    """A series that is named as the neuron and not its values is a batch."""
    (column,) = read_samples(TABLE["i2"], ["i2"], "input")
    assert column.tolist() == [0.0, 1.0, 1.0]


def test_neurons_whose_names_are_numbers_go_by_number() -> None:
    """Columns 1, 0 of a table are the neurons 1, 0."""
    table = pd.DataFrame({1: [0.0], 0: [1.0]})
    assert [column.item() for column in read_samples(table, [0, 1], "input")] == [1.0, 0.0]
    assert read_samples(table.iloc[0], [0, 1], "input") == [1.0, 0.0]


WITHOUT_NAMES = "there is no input neuron 0 (the inputs are 'i1', 'i2'; if the data have no names"

WRONGLY_NAMED = [
    (TABLE.rename(columns={"i1": "i11"}), U, "no input neuron 'i11'; did you mean 'i1'?"),
    (TABLE.assign(target=1), U, "there is no input neuron 'target'"),
    (TABLE[["i2"]], V, "expected 2 inputs (i1, i2), got 1: 'i1' missing"),
    (TABLE["i2"], V, "expected 2 inputs (i1, i2), got 1: 'i1' missing"),
    (TABLE["i2"].rename("i3"), U, "there is no input neuron 'i3'; did you mean 'i2'?"),
    (TABLE.iloc[0].rename({"i1": "x"}), U, "there is no input neuron 'x'"),
    (pd.concat([TABLE, TABLE["i1"]], axis=1), V, "inputs have 'i1' twice"),
    (pd.DataFrame([[1, 0]]), U, WITHOUT_NAMES),
    (pd.Series([1, 0]), U, WITHOUT_NAMES),
    (TABLE.iloc[:0], V, "there are no samples"),
    (TABLE.astype({"i1": str}), T, "input 'i1' must be real numbers, not"),
    (TABLE.where(TABLE["i1"] == 1), V, "input 'i1' must be a finite number, not nan in sample 1"),
    (RECORDS[["i2"]], V, "got 1: 'i1' missing"),
    (list(TABLE.itertuples()), U, "there is no input neuron 'Index'"),
    ([{"i1": 1, "i2": 0}, {"i1": 1}], V, "got 1: 'i2' missing"),
    ([{"i1": 1, "i2": 0}, [1, 0]], T, "inputs have samples with names and samples without"),
    (Labelled([0, 1], ["i2", "i3"]), U, "there is no input neuron 'i3'"),
]


@pytest.mark.parametrize(("values", "error", "message"), WRONGLY_NAMED)
def test_wrong_names(values: Any, error: type[Exception], message: str) -> None:
    """Names that are unknown, missing or there twice are refused."""
    with pytest.raises(error, match=re.escape(message)):
        read_samples(values, NAMES, "input")


@pytest.mark.parametrize(
    ("values", "whose"),
    [
        (np.ma.array([[1, 0]], mask=[[0, 1]]), "inputs"),
        ([np.ma.array([1, 0], mask=[0, 1])], "inputs"),
        ([1, np.ma.masked], "inputs"),
        ({"i1": np.ma.array([1, 0], mask=[0, 1]), "i2": [1, 0]}, "input 'i1'"),
        (np.ma.array(RECORDS, mask=[(0, 0), (0, 1), (0, 0)]), "input 'i1'"),
    ],
)
def test_masked_values_are_refused(values: Any, whose: str) -> None:
    """A masked value is no number, whatever lies under the mask."""
    with pytest.raises(V, match=f"there are masked values in {whose}"):
        read_samples(values, NAMES, "input")


INPUT_TABLE = pd.DataFrame({"i2": [0.1, 0.9, 0.4], "i1": [0.8, 0.2, 0.6]})
TARGET_TABLE = pd.DataFrame({"o2": [0.0, 1.0, 0.5], "o1": [1.0, 0.25, 0.0]})


def _after_forward(net: ng.Network, x: Any, call: Callable[[], Any]) -> Any:
    net.forward(x)
    return call()


VERBS: dict[str, Callable[[ng.Network, Any, Any], Any]] = {
    "forward": lambda net, x, t: net.forward(x),
    "forward on blocks": lambda net, x, t: net.forward(x, engine="blocks"),
    "predict": lambda net, x, t: net.predict(x),
    "backward": lambda net, x, t: _after_forward(net, x, lambda: net.backward(t)),
    "total_error": lambda net, x, t: _after_forward(net, x, lambda: net.total_error(t)),
    "attribute": lambda net, x, t: _after_forward(net, x, lambda: net.attribute(t)),
    "step": lambda net, x, t: net.step(x, t, 0.5),
    "messages": lambda net, x, t: str([np.asarray(m.value).tolist() for m in net.messages(x, t)]),
    "train": lambda net, x, t: net.train(x, t, learning_rate=0.5, epochs=3, batch_size=2)["loss"],
    "check_gradients": lambda net, x, t: [
        p.central for p in ng.check_gradients(net, x, t).parameters
    ],
    "trace": lambda net, x, t: str(ng.trace(net, x, t, 0.5)),
    "curve": lambda net, x, t: ng.landscape.loss_curve(net, x, t, "w1").losses,
    "decision": lambda net, x, t: ng.landscape.decision(net, x, t, output="o1").targets,
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_takes_named_data(verb: str) -> None:
    """Tables whose columns stand in another order give what arrays in the right order give."""
    arrays = INPUT_TABLE[["i1", "i2"]].to_numpy(), TARGET_TABLE[["o1", "o2"]].to_numpy()
    net = ng.Network.layered(2, 2, 2, bias=0.1, seed=5)
    by_name = VERBS[verb](net.copy(), INPUT_TABLE, TARGET_TABLE)
    by_place = VERBS[verb](net.copy(), *arrays)
    assert np.array_equal(by_name, by_place)
