"""The error classes and the search for what was meant."""

import builtins
import pickle

import pytest

import neurograph as ng
from neurograph import errors
from neurograph.errors import did_you_mean

MEANT = {
    "StructureError": ["ValueError"],
    "UnknownNameError": ["KeyError"],
    "NotComputedError": ["KeyError", "AttributeError"],
    "UnknownAttributeError": ["AttributeError"],
    "InvalidValueError": ["ValueError"],
    "UnwritableError": ["ValueError", "OSError"],
    "InvalidTypeError": ["TypeError"],
    "FormulaError": ["ValueError"],
    "GradientError": ["ValueError"],
    "DivergedError": ["ArithmeticError"],
    "ScenarioError": ["ValueError"],
}


@pytest.mark.parametrize("name", MEANT)
def test_each_error_is_also_the_builtin_it_means(name: str) -> None:
    """Every error is a NeurographError, its builtin, and reads as the sentence it was given."""
    kind = getattr(ng, name)
    error = kind("no neuron 'h3'; did you mean 'h1'?")
    assert isinstance(error, ng.NeurographError)
    assert all(isinstance(error, getattr(builtins, builtin)) for builtin in MEANT[name])
    assert str(error) == "no neuron 'h3'; did you mean 'h1'?"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(kind()) == ""
    assert kind.__doc__


def test_no_error_is_forgotten() -> None:
    """The table above and the package list every error there is."""
    assert {*MEANT, "NeurographError"} == set(errors.__all__)
    assert set(errors.__all__) <= set(ng.__all__)


@pytest.mark.parametrize(
    ("name", "candidates", "expected"),
    [
        ("w55", ["w4", "w5"], "; did you mean 'w5'?"),
        ("W5", ["w4", "w5"], "; did you mean 'w5'?"),
        ("tanhh", ["Tanh"], "; did you mean 'Tanh'?"),
        (11, [1, 22], "; did you mean 1?"),
        ("zebra", ["w4"], ""),
        ("anything", [], ""),
        ("a", ["A", "a "], "; did you mean 'A'?"),
    ],
)
def test_did_you_mean(name: object, candidates: list[object], expected: str) -> None:
    """The nearest candidate is named as it is written, without regard to case; or nothing is."""
    assert did_you_mean(name, candidates) == expected
