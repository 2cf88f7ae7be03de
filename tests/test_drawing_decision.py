"""What a network answers over two of its inputs."""

import numpy as np
import pytest

import neurograph as ng
from neurograph.landscape import decision

INPUTS = np.array([[0.0, 1.0, 4.0], [1.0, 0.0, 2.0]])
TARGETS = np.array([[0.1, 1.0], [0.9, 0.0]])


@pytest.fixture
def net() -> ng.Network:
    """Return a 3-2 network."""
    return ng.Network.layered(3, 2, seed=1, bias=0.5)


def test_every_point_is_what_the_network_answers_there(net: ng.Network) -> None:
    """Each value of the grid is the forward pass at its point, the third input at its mean."""
    found = decision(net, INPUTS, TARGETS, over=("i2", "i1"), output="o2", points=(7, 4))
    assert found.outputs.shape == (4, 7)
    for row, column in np.ndindex(found.outputs.shape):
        answer = net.forward([found.y[row], found.x[column], 3.0])
        assert found.outputs[row, column] == pytest.approx(answer[1], rel=1e-12)
    assert found.others == {"i3": 3.0}
    assert found.inputs.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert found.targets.tolist() == [1.0, 0.0]


def test_the_grid_surrounds_the_samples(net: ng.Network) -> None:
    """By default the grid reaches beyond the samples, and the threshold is between targets."""
    found = decision(net, INPUTS, TARGETS, points=3)
    assert found.x.tolist() == pytest.approx([-0.15, 0.5, 1.15])
    assert found.threshold == pytest.approx(0.5)
    assert found.over == ("i1", "i2")
    assert found.output == "o1"


def test_one_sample_and_given_values(net: ng.Network) -> None:
    """A single sample has room of 1 around it; spans, thresholds and other inputs can be given."""
    found = decision(net, INPUTS[0], TARGETS[0], points=2)
    assert found.x.tolist() == [-1.0, 1.0]
    given = decision(net, INPUTS, TARGETS, span=((0, 1), (-1, 2)), threshold=0.25,
                     others={"i3": -1.0}, points=2)  # fmt: skip
    assert given.y.tolist() == [-1.0, 2.0]
    assert given.threshold == 0.25
    assert given.outputs[0, 0] == pytest.approx(net.forward([0.0, -1.0, -1.0])[0], rel=1e-12)
    assert "2 x 2 points" in repr(given)


def test_the_network_stays_as_it_is(net: ng.Network) -> None:
    """No object carries anything of the answers."""
    decision(net, INPUTS, TARGETS, points=2)
    assert "out" not in net.nodes["o1"]


def test_a_large_grid_is_answered_in_pieces(net: ng.Network) -> None:
    """Pieces fit together: a fine grid agrees with a coarse one where they meet."""
    fine = decision(net, INPUTS, TARGETS, points=501)
    coarse = decision(net, INPUTS, TARGETS, points=3)
    assert np.allclose(fine.outputs[::250, ::250], coarse.outputs, rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"over": ("i1", "i1")}, ng.InvalidValueError, "two different inputs, not 'i1' twice"),
        ({"over": ("i1", "j2")}, ng.UnknownNameError, "no input 'j2'; did you mean 'i2'"),
        ({"over": "i1"}, ng.InvalidTypeError, "over must be a pair of inputs, not 'i1'"),
        ({"output": "o3"}, ng.UnknownNameError, "no output 'o3'; did you mean"),
        ({"others": {"i9": 1}}, ng.UnknownNameError, "no input 'i9'; did you mean"),
        ({"others": {"i3": float("nan")}}, ng.InvalidValueError, "must be a finite number"),
        ({"threshold": "a"}, ng.InvalidTypeError, "threshold must be a number, not 'a'"),
        ({"points": 0}, ng.InvalidValueError, "points must be at least 1, not 0"),
    ],
)
def test_wrong_options(net: ng.Network, options: dict, error: type[Exception], words: str) -> None:
    """Each mistake is an error that says what fits."""
    with pytest.raises(error, match=words):
        decision(net, INPUTS, TARGETS, **options)


def test_wrong_networks() -> None:
    """One input is too few, and something else is no network."""
    with pytest.raises(ng.InvalidValueError, match=r"one input only: a decision is over two"):
        decision(ng.Network.layered(1, 1, seed=1), [1.0], [1.0])
    with pytest.raises(ng.InvalidTypeError, match=r"expected a Network, not 3"):
        decision(3, [1.0], [1.0])
