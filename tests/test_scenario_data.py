"""Data of a scenario from a CSV file beside it."""

import math
import re
import statistics
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scenario_files import SMALL, TABLE, as_toml, load

from neurograph.cli import main
from neurograph.errors import ScenarioError
from neurograph.scenario import Scenario, run_scenario

DATA = {"file": "table.csv", "inputs": {"i1": "length"}, "targets": {"o1": "width"}}


def _with(tmp_path: Path, table: str | bytes = TABLE, **data: Any) -> Scenario:
    content = tomllib.loads(SMALL) | {"data": DATA | data}
    content["runs"] = [{"name": "one", "steps": [{"do": "forward"}]}]
    raw = table if isinstance(table, bytes) else table.encode()
    (tmp_path / "table.csv").write_bytes(raw)
    return load(tmp_path, as_toml(content))


def _refused(tmp_path: Path, message: str, **changes: Any) -> None:
    with pytest.raises(ScenarioError, match=re.escape(message)) as caught:
        _with(tmp_path, **changes)
    assert str(caught.value).startswith(f"{tmp_path / 'small.toml'}: ")


def test_columns_become_inputs_and_targets(tmp_path: Path) -> None:
    """Every row is a sample; remarks and empty lines are none."""
    scenario = _with(tmp_path)
    assert scenario.inputs.tolist() == [[1.0], [2.0], [3.5], [1.0], [4.0]]
    assert scenario.targets.tolist() == [[2.0], [3.0], [1.0], [5.0], [2.5]]
    assert scenario.data.file == tmp_path / "table.csv"
    assert run_scenario(scenario).passed


def test_rows_and_classes(tmp_path: Path) -> None:
    """Some rows, and a target of 1 where a column holds a text; spaces do not matter."""
    for column in ("kind = b", "kind=b", " kind =  b "):
        scenario = _with(tmp_path, rows=[2, 4], targets={"o1": column})
        assert scenario.inputs.tolist() == [[2.0], [3.5], [1.0]]
        assert scenario.targets.tolist() == [[0.0], [1.0], [1.0]]


def test_standardized_inputs(tmp_path: Path) -> None:
    """Every input has the mean 0 and the standard deviation 1, over the rows that are taken."""
    scenario = _with(tmp_path, rows=[2, 5], standardize=True)
    column = [2.0, 3.5, 1.0, 4.0]
    mean, deviation = statistics.fmean(column), statistics.pstdev(column)
    expected = [[(x - mean) / deviation] for x in column]
    np.testing.assert_allclose(scenario.inputs, expected, rtol=1e-14)
    assert scenario.targets.tolist() == [[3.0], [1.0], [5.0], [2.5]]
    assert scenario.data.standardized


def test_standardized_inline_samples(tmp_path: Path) -> None:
    """Samples that stand in the file itself can be standardised too."""
    data = {"inputs": [[1.0], [3.0]], "targets": [[1.0], [1.0]], "standardize": True}
    assert load(
        tmp_path, as_toml(tomllib.loads(SMALL) | {"data": data, "runs": _forward()})
    ).inputs.tolist() == [[-1.0], [1.0]]


def _forward() -> list[dict[str, Any]]:
    return [{"name": "one", "steps": [{"do": "forward"}]}]


@pytest.mark.parametrize("table", [TABLE.replace("\n", "\r\n"), "\ufeff" + TABLE])
def test_files_of_other_systems(tmp_path: Path, table: str) -> None:
    """Line ends and a byte order mark of Windows make no difference."""
    assert _with(tmp_path, table).inputs[0].tolist() == [1.0]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "table.csv: has no rows; expected names of columns and rows below them"),
        ("length,width\n", "table.csv: has no rows"),
        ("# only\n\n", "table.csv: has no rows"),
        ("length,width\n1,2\n1\n", "table.csv, line 3: expected 2 values (length, width), got 1"),
        ("length,width\n\n1,2,3\n", "table.csv, line 3: expected 2 values (length, width), got 3"),
        ("length,width\n1,x\n", "table.csv, line 2, column 'width': expected a number, got 'x'"),
        ("length,width\n1,\n", "line 2, column 'width': expected a number, got ''"),
        ("length,width\nnan,1\n", "line 2, column 'length': expected a number, got 'nan'"),
        (
            "length,width\n1e999,1\n",
            "line 2, column 'length': expected a finite number, got '1e999'",
        ),
        ('length,width\n"1,5",2\n', "expected a number, got '1,5'; did you mean '1.5'?"),
        ("#\nlength,length\n1,2\n", "table.csv, line 2: there are two columns 'length'"),
        ("length,\n1,2\n", "table.csv, line 1: column 2 has no usable name ('')"),
        ("a\x1bb\n1\n", r"line 1: column 1 has no usable name ('a\x1bb')"),
        ("1.5,2\n1,2\n", "line 1: expected names of columns in the first line, got the number 1.5"),
        ("length;width\n1;2\n", "line 1: columns are separated by commas, not by semicolons"),
        ('length,width\n"1,2\n', "table.csv, line 2: is not CSV: unexpected end of data"),
        ("length,width\n" + "1" * 200_000 + ",2", "table.csv, line 2: is not CSV: field larger"),
        (b"length,width\n\xff,2", "table.csv: is not UTF-8 text (byte 13 is 0xff); expected a CSV"),
        ("length,width\n\0,2", "table.csv: is binary data; expected a CSV file"),
    ],
)
def test_mistake_in_a_table(tmp_path: Path, table: str | bytes, message: str) -> None:
    """Every mistake names the file and the line."""
    _refused(tmp_path, message, table=table)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"rows": [3, 6]}, "data.rows: no row 6; table.csv has 5"),
        ({"rows": [3, 2]}, "data.rows: expected the first and the last row such as [51, 150], got"),
        (
            {"rows": [3]},
            "data.rows: expected the first and the last row such as [51, 150], got [3]",
        ),
        ({"rows": [0, 1]}, "data.rows[0]: expected a whole number from 1 to"),
        ({"inputs": {"i1": "lenght"}}, "data.inputs.i1: table.csv has no column 'lenght'; did you"),
        ({"inputs": {"i1": "zzz"}}, "no column 'zzz'; its columns are length, width, kind"),
        ({"inputs": {"i2": "length"}}, "data.inputs.i2: no such neuron here; did you mean 'i1'?"),
        ({"inputs": {}}, "data.inputs: missing key 'i1'"),
        ({"inputs": [1.0]}, "data.inputs: expected a table, got a list"),
        ({"inputs": {"i1": 1}}, "data.inputs.i1: expected text, got the number 1"),
        (
            {"targets": {"o1": "kind"}},
            "table.csv, line 3, column 'kind': expected a number, got 'a'",
        ),
        (
            {"targets": {"o1": "kind = aa"}},
            "data.targets.o1: no row of table.csv has 'aa' in column",
        ),
        ({"targets": {"o1": "kin = a"}}, "no column 'kin'; did you mean 'kind'?"),
        (
            {"rows": [1, 1], "standardize": True},
            "data.standardize: input 'i1' is the same in every",
        ),
        ({"standarize": True}, "data: unknown key 'standarize'; did you mean 'standardize'?"),
    ],
)
def test_mistake_in_what_is_taken(tmp_path: Path, data: dict[str, Any], message: str) -> None:
    """Columns and rows that are not there are named, with the nearest that is."""
    _refused(tmp_path, message, **data)


def test_inline_data_has_no_rows(tmp_path: Path) -> None:
    """Rows are those of a file; one sample has no standard deviation; nor have huge numbers."""
    for data, message in (
        ({"inputs": [1.0], "targets": [1.0], "rows": [1, 2]}, "data: 'rows' needs 'file': the CSV"),
        (
            {"inputs": [1.0], "targets": [1.0], "standardize": True},
            "data.standardize: needs a list of samples, got one sample",
        ),
        (
            {"inputs": [[1e308], [-1e308]], "targets": [[1.0], [1.0]], "standardize": True},
            "data.standardize: the numbers of input 'i1' are too large",
        ),
    ):
        with pytest.raises(ScenarioError, match=re.escape(message)):
            load(tmp_path, as_toml(tomllib.loads(SMALL) | {"data": data}))


# -- only beside the scenario --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("/etc/passwd", "data.file: expected a path beside the scenario such as 'data/iris.csv'"),
        ("C:/x.csv", "data.file: expected a path beside the scenario"),
        ("a\\b.csv", "data.file: expected a path beside the scenario"),
        ("../table.csv", "data.file: '../table.csv' leads out of the folder of the scenario"),
        ("data/../../table.csv", "leads out of the folder of the scenario"),
        ("..", "data.file: '..' leads out of the folder of the scenario"),
        ("no.csv", "no.csv: no such file"),
        (".", "is a directory; expected a CSV file"),
        ("x" * 5000, "cannot be"),
        ("", "data.file: expected text, got an empty text"),
        ("a\0b", "data.file: holds the unprintable character U+0000"),
    ],
)
def test_path_that_is_refused(tmp_path: Path, file: str, message: str) -> None:
    """A file reads nothing but what lies in its own folder."""
    _refused(tmp_path, message, file=file)


def test_link_out_of_the_folder(tmp_path: Path) -> None:
    """A link is followed within the folder of the scenario, and not out of it."""
    inside, outside = tmp_path / "inside", tmp_path / "outside.csv"
    inside.mkdir()
    outside.write_text(TABLE, encoding="utf-8")
    (inside / "link.csv").symlink_to(outside)
    (inside / "folder").symlink_to(tmp_path)
    (inside / "near.csv").symlink_to("table.csv")
    for file in ("link.csv", "folder/outside.csv"):
        _refused(inside, f"data.file: {file!r} is a link out of the folder", file=file)
    assert _with(inside, file="near.csv").n_samples == 5


def test_large_table_is_refused_by_its_size(tmp_path: Path) -> None:
    """A table of more than 1 MiB is not read."""
    with (tmp_path / "large.csv").open("wb") as file:
        file.truncate(2 * 1024 * 1024)
    _refused(tmp_path, "is 2.0 MiB large; a CSV file holds at most 1 MiB", file="large.csv")


# -- scaling by a table ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "minus", "over"),
    [
        ("n", 6, math.sqrt(56 / 3)), (True, 6, math.sqrt(56 / 3)), ("n-1", 6, math.sqrt(28)),
        ("range", 2, 10), ("range from -1 to 1", 7, 5), ("mean", 6, 1), ("mean and range", 6, 10),
        ("largest", 0, 12), (False, 0, 1), ({"minus": -5, "over": 2}, -5, 2), ({"over": 10}, 0, 10),
    ],
)  # fmt: skip
def test_a_way_of_scaling(tmp_path: Path, way: Any, minus: float, over: float) -> None:
    """Of 2, 4 and 12 the mean is 6, the squares about it are 56, and the range is 10."""
    rows = [[2.0], [4.0], [12.0]]
    for key, of in (("inputs", "inputs"), ("i1", "inputs"), ("targets", "targets")):
        data = {"inputs": rows, "targets": rows, "standardize": {key: way}}
        runs = [{"name": "r", "steps": [{"do": "forward"}]}]
        content = tomllib.loads(SMALL) | {"data": data, "runs": runs}
        scenario = load(tmp_path, as_toml(content))
        columns = {"inputs": scenario.inputs[:, 0], "targets": scenario.targets[:, 0]}
        scaled = [(x - minus) / over for x in (2.0, 4.0, 12.0)]
        assert columns.pop(of).tolist() == pytest.approx(scaled, rel=1e-12, abs=1e-15)
        (other,) = columns.values()
        assert other.tolist() == [2.0, 4.0, 12.0]


def test_what_is_scaled_is_said_and_scaled_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of inputs 1, 2 mean 1.5 by the first two; out 0.5 z + 1; a price is 30 + 20 * out."""
    data = {
        "inputs": [[1], [2], [4.5]], "targets": [[30], [50], [40]],
        "standardize": {"i1": "mean", "targets": "range", "samples": [1, 2]},
    }  # fmt: skip
    printed = {
        "i1.out": {"value": "3", "sample": 3}, "o1.out": {"value": "2.5", "sample": 3},
        "o1.prediction": [{"value": "80", "sample": 3}, {"value": "45", "sample": 1}],
    }  # fmt: skip
    targets = {"o1.target": [{"value": "1", "sample": 2}, {"value": "0.5", "sample": 3}]}
    steps = [{"do": "forward", "printed": printed}, {"do": "loss", "printed": targets}]
    content = tomllib.loads(SMALL) | {"data": data, "runs": [{"name": "r", "steps": steps}]}
    scenario = load(tmp_path, as_toml(content))
    assert run_scenario(scenario).passed, run_scenario(scenario).failed
    assert (scenario.data.standardized, scenario.data.scales[0].back(0.5)) == ("own", 40)
    for command in ("run", "audit", "inspect"):
        assert main([command, str(scenario.file), *["o1"][: command == "inspect"]]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "i1: x - mean, over samples 1, 2" in shown
    assert "every target column: (x - least) / (largest - least), over samples 1, 2" in shown
    formulas = {verdict.formula for verdict in run_scenario(scenario).verdicts}
    assert formulas == {None, "20.0 * o1.out + 30.0"}


@pytest.mark.parametrize(
    ("scaling", "message"),
    [
        ({"inputs": "rnage"}, "standardize.inputs: unknown choice 'rnage'; did you mean 'range'"),
        ({"input": "n"}, "standardize.input: no such input or output here; did you mean 'inputs'"),
        ({"o1": {"over": 0}}, "standardize.o1.over: nothing can be divided by 0"),
        ({"o1": {"ovr": 2}}, "standardize.o1: unknown key 'ovr'; did you mean 'over'"),
        ({"targets": "n"}, "data.standardize: target 'o1' is the same in every sample"),
        ({"targets": "largest"}, "target 'o1' has no larger number than 0"),
        ({"inputs": "n", "samples": [4]}, "standardize.samples: no sample 4; the data has 2"),
        (3, "data.standardize: expected true or false, got the number 3"),
    ],
)
def test_a_mistake_in_scaling_is_named(tmp_path: Path, scaling: Any, message: str) -> None:
    """What is not there has the nearest name; nothing is divided by 0."""
    data = {"inputs": [[1], [2]], "targets": [[0], [0]], "standardize": scaling}
    content = tomllib.loads(SMALL) | {
        "data": data, "runs": [{"name": "r", "steps": [{"do": "forward"}]}]
    }  # fmt: skip
    with pytest.raises(ScenarioError, match=re.escape(message)):
        load(tmp_path, as_toml(content))


def test_a_prediction_is_explained_by_its_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is 10 - 4 * out, whether or not the page prints it; out is 0.5 * 3 + 1."""
    data = {
        "inputs": [[1], [3]], "targets": [[10], [2]],
        "standardize": {"targets": {"minus": 10, "over": -4}},
    }  # fmt: skip
    for printed in ({}, {"o1.prediction": {"value": "0", "sample": 2}}):
        steps = [{"do": "forward", "printed": printed}]
        content = tomllib.loads(SMALL) | {"data": data, "runs": [{"name": "r", "steps": steps}]}
        file = str(load(tmp_path, as_toml(content)).file)
        assert main(["explain", file, "o1.prediction", "--sample", "2"]) == 0
        said = " ".join(capsys.readouterr().out.split())
        assert "o1.prediction = 0 (sample 2 of 2)" in said
        assert "-4*out_o1 + 10 = -4*2.5 + 10 = 0" in said
        assert "o1.out: the out of o1" in said
        assert main(["explain", file, "i1.prediction"]) == 2
        assert "a prediction is the out of an output" in capsys.readouterr().err


def test_a_prediction_needs_a_target_that_is_scaled(tmp_path: Path) -> None:
    """Without one the out has the units of the data already; targets must be there too."""
    steps = [{"do": "forward", "printed": {"o1.prediction": "1"}}]
    content = tomllib.loads(SMALL) | {"runs": [{"name": "r", "steps": steps}]}
    with pytest.raises(ScenarioError, match="a prediction needs a target that 'standardize'"):
        load(tmp_path, as_toml(content))
    content = tomllib.loads(SMALL) | {"runs": [{"name": "r", "steps": [{"do": "forward"}]}]}
    content["data"] = {"inputs": [[1], [2]], "standardize": {"targets": "n"}}
    with pytest.raises(ScenarioError, match="scales targets, and 'data' has none"):
        load(tmp_path, as_toml(content))
