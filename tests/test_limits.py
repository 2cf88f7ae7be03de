"""Limits of what is read from files: accepted up to them, refused beyond, in linear work."""

import sys

import pytest
from scenario_files import SMALL, changed

from neurograph.errors import InvalidValueError, ScenarioError, did_you_mean
from neurograph.exercises import exercise, read_answers
from neurograph.scenario import load_scenario, run_scenario

STEP = '[[runs.steps]]\ndo = "forward"\n'
RUN = '[[runs]]\nname = "r{}"\nsteps = [{{ do = "forward" }}]\n'
SLIP = '[[slips]]\nplace = "a"\nprinted = "b"\nmeant = "c"\ncause = "d"\n'
FIGURE = '[[figures]]\nwhat = "network"\n'
NETWORK = SMALL[SMALL.index("neurons =") : SMALL.index("[data]")]


def runs(n):
    """Return a scenario of n runs."""
    return SMALL + "".join(map(RUN.format, range(n - 1)))


def steps(n):
    """Return a scenario with n steps."""
    return SMALL + STEP * (n - 2)


def slips(n):
    """Return a scenario with n slips."""
    return SMALL + SLIP * n


def figures(n):
    """Return a scenario with n figures."""
    return SMALL + FIGURE * n


def layers(n):
    """Return a scenario with a network n layers deep."""
    text = SMALL.replace(NETWORK, f"seed = 1\nlayers = [{'{ size = 1 },' * n}]\n")
    return text.replace('"o1.out" = "2.0"', "").replace('"loss" = "0.5"', "")


def texts(n):
    """Return a scenario with a title of n characters."""
    return changed('"Small"', f'"{"x" * n}"')


def names(n):
    """Return a scenario with a name of n characters."""
    return SMALL.replace('"i1"', f'"{"x" * n}"')


def columns(n):
    """Return a scenario whose CSV file has n columns."""
    data = 'file = "t.csv"\ninputs = { i1 = "c0" }\ntargets = { o1 = "c1" }\n'
    return (
        SMALL.replace("inputs = [2.0]\ntargets = [3.0]\n", data)
        .replace('"loss" = "0.5"', "")
        .replace('"o1.out" = "2.0"', "")
    )


def written(folder, text, n):
    """Write a scenario, and a CSV file of n columns beside it."""
    (folder / "t.csv").write_text(
        ",".join(f"c{k}" for k in range(n)) + "\n" + ",".join(["1"] * n) + "\n"
    )
    path = folder / "s.toml"
    path.write_text(text, encoding="utf-8")
    return path


KINDS = [(runs, 1000), (steps, 1000), (slips, 1000), (figures, 1000), (layers, 1000)]


@pytest.mark.parametrize(
    ("of", "most", "message"),
    [
        *(
            (of, most, "1,001 are too many; a file has at most 1,000 of these")
            for of, most in KINDS
        ),
        (texts, 5000, "5,001 characters long; a text has at most 5,000"),
        (names, 200, "201 characters long; a name has at most 200"),
        (columns, 1000, r"1,001 columns; a table has at most 1,000"),
    ],
)
def test_a_file_is_read_up_to_the_limit_and_refused_beyond(of, most, message, tmp_path):
    """At the limit a scenario loads; with one more there is an error that says the limit."""
    assert load_scenario(written(tmp_path, of(most), most)).runs
    with pytest.raises(ScenarioError, match=message):
        load_scenario(written(tmp_path, of(most + 1), most + 1))


def calls(function):
    """Count the calls of functions, those written in C too."""
    count = 0

    def note(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("of", [runs, steps, slips, figures, layers])
def test_work_grows_with_the_size_of_a_file(of, tmp_path):
    """A file of twice as many parts takes about twice the work to read and to run."""

    def work(n):
        path = written(tmp_path, of(n), 2)
        return calls(lambda: run_scenario(load_scenario(path)))

    work(20)
    assert work(300) < 2.3 * work(150)


@pytest.mark.parametrize(
    "key", ["a" + ".a" * 20, '"a"' + " . 'b'" * 30, "[" + "a." * 50_000 + "a]"]
)
def test_a_key_of_many_parts_is_refused_before_it_is_read(key, tmp_path):
    """TOML's reader needs the square of their number in memory."""
    path = tmp_path / "s.toml"
    path.write_text(f"{SMALL}\n{key} = 1\n")
    with pytest.raises(ScenarioError, match=r"line \d+: a key of more than 20 parts"):
        load_scenario(path)
    form = tmp_path / "a.toml"
    form.write_text(f"[answers]\n{key} = 1\n")
    with pytest.raises(InvalidValueError, match=r"a key of more than 20 parts"):
        read_answers(form, exercise("mazur_2015", ask="forward", hide=1))


def test_an_address_has_a_largest_length(tmp_path):
    """Each arrow of an address may part two names, so a long one could be read in many ways."""
    address = "a->" * 200 + "b.weight"
    path = written(tmp_path, changed('"o1.out" =', f'"{address}" ='), 2)
    with pytest.raises(ScenarioError, match="608 characters long; an address has at most 420"):
        load_scenario(path)


def test_an_answer_has_a_largest_length(tmp_path):
    """A name of a pupil that would fill the report is refused."""
    made = exercise("mazur_2015", ask="forward", hide=1)
    path = tmp_path / "a.csv"
    path.write_text(f"student,{'x' * 200}\n{made.asked[0].address},0.5\n")
    assert read_answers(path, made).student == "x" * 200
    path.write_text(f"student,{'x' * 201}\n{made.asked[0].address},0.5\n")
    with pytest.raises(InvalidValueError, match="201 characters long; a name or an answer has at"):
        read_answers(path, made)


def test_answers_without_an_equals_sign_are_refused_in_linear_work(tmp_path):
    """A large file that is no TOML is read once, and not from each of its lines to the end."""
    path = tmp_path / "a.toml"
    for text in ("x\n" * 400_000, " " * 900_000 + "x", "x = 1,5 " * 100_000):
        path.write_text(text)
        with pytest.raises(InvalidValueError, match="is not TOML"):
            read_answers(path, exercise("mazur_2015", ask="forward", hide=1))


def test_the_nearest_name_is_sought_among_few_and_short_names():
    """Comparing long names letter by letter would take the product of their lengths."""
    assert did_you_mean("w55", ["x" * 101, "w5"]) == "; did you mean 'w5'?"
    assert did_you_mean("x" * 101, ["x" * 100]) == ""
    assert did_you_mean("w", (f"{number}{number}" for number in range(10**9))) == ""
