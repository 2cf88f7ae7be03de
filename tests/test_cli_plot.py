"""The commands ``plot`` and ``figures``: which files they write, and what they say."""

import contextlib
import io
import os
from pathlib import Path

import pytest
from PIL import Image

import neurograph as ng
from neurograph import lessons
from neurograph.cli import main
from neurograph.scenario import find_scenarios, load_scenario

SMALL = """
title = "A linear neuron"
author = "A. Uthor"
year = 2001
source = "a notebook"
[network]
neurons = [{ name = "i1" }, { name = "i2" }, { name = "o1", activation = "identity", bias = 1.0 }]
connections = [
    { pre = "i1", post = "o1", weight = 0.5, label = "w1" },
    { pre = "i2", post = "o1", weight = -0.5, label = "w2" },
]
[data]
inputs = [[2.0, 0.0], [0.0, 1.0]]
targets = [[3.0], [0.0]]
[[runs]]
name = "one"
order = "simultaneous"
learning_rate = 0.1
steps = [{ do = "forward" }, { do = "backward" }, { do = "train", rounds = 3 }]
[[runs]]
name = "two"
order = "simultaneous"
learning_rate = 0.1
steps = [{ do = "forward" }]
"""

# Whose training is a path over all that it trains.
TINY = """
title = "One weight"
author = "A. Uthor"
year = 2001
source = "a notebook"
[network]
neurons = [{ name = "i1" }, { name = "o1", activation = "identity", bias = 1.0 }]
connections = [{ pre = "i1", post = "o1", weight = 0.5, label = "w1" }]
[data]
inputs = [2.0]
targets = [3.0]
[[runs]]
name = "one"
order = "simultaneous"
learning_rate = 0.1
steps = [{ do = "train", rounds = 2 }]
"""

FIGURES = """
[[figures]]
what = "network"
step = 2
title = "The network"
[[figures]]
what = "curve"
over = ["w1"]
[[figures]]
what = "curve"
over = ["w2"]
"""

#: The first bytes of each kind of file.
HEADS = {".png": b"\x89PNG\r\n\x1a\n", ".pdf": b"%PDF-", ".svg": b"<?xml", ".gif": b"GIF89a"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder, with a scenario in it."""
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the one line of a command that is refused; nothing is written."""
    before = sorted(Path.cwd().rglob("*"))
    assert main(["plot", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("neurograph: ")
    assert err.count("\n") == 1
    assert sorted(Path.cwd().rglob("*")) == before
    return err


# -- pictures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "name", "words"),
    [
        ("--what network", "small_network.svg", "A feed-forward network of 3 neurons"),
        ("--what network --step 2 --show out,delta -o net.pdf", "net.pdf", "Sample 1 of 2;"),
        ("--what curve --over w2 -o curve.png", "curve.png", "The loss along w2 from"),
        ("--what curve --over o1.bias", "small_curve.svg", "The loss along o1.bias from"),
        ("--what surface --over w1,w2", "small_surface.svg", "The loss over w1 from"),
        ("--what surface --over w1,w2 --run two", "small_surface.svg", "is at (0.5, −0.5)"),
        ("--what history --run one --show loss,w1.weight", "small_history.svg", "epochs 1 to 3"),
        ("--what basins --over w1,w2", "small_basins.svg", "Basins over w1 and w2, 1 minimum"),
        ("--what path --over w1,w2", "small_path.svg", "Path only w1 and w2 move: 200 steps"),
        ("--what decision --over i2,i1", "small_decision.svg", "The output o1 over i2 from"),
    ],
)
def test_one_picture(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, name: str, words: str
) -> None:
    """A picture is one file of the kind its suffix says, and one line with its numbers."""
    assert main(["plot", "small.toml", *arguments.split()]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith(f"{name}: ")
    assert words in out
    assert out.count("\n") == 1
    assert {path.name for path in folder.iterdir()} == {"small.toml", name}
    assert (folder / name).read_bytes().startswith(HEADS[Path(name).suffix])


def test_size_and_dots_of_a_picture(folder: Path) -> None:
    """A PNG of 4 by 3 inches with 50 dots each has 200 by 150 of them."""
    arguments = "--what curve --size 4,3 --dpi 50 -o curve.png"
    assert main(["plot", "small.toml", *arguments.split()]) == 0
    # Bytes 16 to 24 of a PNG are its width and its height.
    head = (folder / "curve.png").read_bytes()[16:24]
    assert (int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")) == (200, 150)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--what curve --over w2 --span -4,4", "The loss along w2 from −4 to 4"),
        ("--what surface --over w1,w2 --span -1,1 --span 2,3", "over w1 from −1 to 1"),
        ("--what surface --over w1,w2 --span -1,1 --span 2,3", "w2 from 2 to 3"),
        ("--what path --over w1,w2 --start 2,-2 --steps 7", "7 steps"),
        ("--what curve --over w2 --language de", "Der Verlust entlang w2"),
        ("--what network --at 2", "A feed-forward network"),
        ("--what network --at 2 --digits 2 --labels both --direction up", "A feed-forward"),
    ],
)
def test_what_python_takes_the_command_takes(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, words: str
) -> None:
    """The description of the picture says what became of an option."""
    assert main(["plot", "small.toml", *arguments.split()]) == 0
    assert words in capsys.readouterr().out


def test_a_theme_of_all_figures_of_a_scenario(folder: Path) -> None:
    """What concerns every picture needs no --what; the ground of a dark one is dark."""
    (folder / "small.toml").write_text(SMALL + FIGURES, encoding="utf-8")
    assert main(["plot", "small.toml", "--theme", "dark", "-o", "made"]) == 0
    pictures = sorted((folder / "made").iterdir())
    assert len(pictures) == 3
    assert all("#14181d" in path.read_text(encoding="utf-8") for path in pictures)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--what network --at nosuch", "has no step 'nosuch'"),
        ("--what network --highlight w9", "'w9' to highlight"),
        ("--what network --steps 3", "'network' takes no 'steps': it belongs to path"),
        ("--what network --span 1,2", "'network' takes no --span: it belongs to curve, surface"),
        ("--what curve --over w1 --span 2,1", "--span goes from low to high, not from 2 to 1"),
        ("--what curve --span 1,2 --span 1,2", "2 times --span: 'curve' has at most 1"),
        ("--what curve --size 1e9", "size must be above 0 and at most 200 inches"),
        ("--what curve --dpi 0", "dpi must be from 1 to 4800"),
        ("--what curve --digits 99", "digits must be between 1 and 17, not 99"),
        ("--what path --over w1,w2 --steps 0", "steps must be at least 1, not 0"),
        ("--what path --over w1,w2 --start 1", "start must have a number for each of w1"),
        ("--what path --over w1,w2 --learning-rate -1", "learning_rate must be"),
        ("--learning-rate 3", "--learning-rate is for one picture: say which with --what"),
        ("--at 1", "--at is for one picture"),
    ],
)
def test_options_that_do_not_fit(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, words: str
) -> None:
    """Each is one line, and nothing is written."""
    assert words in complaint(capsys, "small.toml", *arguments.split())


def test_a_title_is_in_the_picture(folder: Path) -> None:
    """Text is text in a picture of vectors, the title too."""
    assert main(["plot", "small.toml", "--what", "curve", "--title", "Ups & downs"]) == 0
    assert "Ups &amp; downs" in (folder / "small_curve.svg").read_text(encoding="utf-8")


def test_a_folder_for_one_picture(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a folder the file has the name that it would have had anyway."""
    (folder / "figures").mkdir()
    assert main(["plot", "small.toml", "--what", "network", "-o", "figures"]) == 0
    assert capsys.readouterr().out.startswith("figures/small_network.svg: ")


def test_a_picture_of_the_same_kind_is_replaced(folder: Path) -> None:
    """What is no picture of this kind is not, and nothing is lost."""
    target = folder / "net.png"
    assert main(["plot", "small.toml", "--what", "network", "-o", "net.png"]) == 0
    before = target.read_bytes()
    assert main(["plot", "small.toml", "--what", "network", "--step", "1", "-o", "net.png"]) == 0
    assert target.read_bytes() != before
    target.write_text("mine", encoding="utf-8")
    assert main(["plot", "small.toml", "--what", "network", "-o", "net.png"]) == 2
    assert target.read_text(encoding="utf-8") == "mine"


def test_the_figures_that_a_scenario_asks_for(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --what all are made, in a folder that need not exist; two of a kind are numbered."""
    (folder / "small.toml").write_text(SMALL + FIGURES, encoding="utf-8")
    names = ["small_network.svg", "small_curve_1.svg", "small_curve_2.svg"]
    assert main(["plot", "small.toml", "-o", "made/here"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [f"made/here/{name}" for name in names]
    assert {path.name for path in (folder / "made" / "here").iterdir()} == set(names)
    assert "The network" in (folder / "made/here/small_network.svg").read_text(encoding="utf-8")


def test_what_moves(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Passes and descents are GIF files with many frames."""
    (folder / "tiny.toml").write_text(TINY, encoding="utf-8")
    assert main(["plot", "tiny.toml", "--what", "passes"]) == 0
    assert main(["plot", "tiny.toml", "--what", "descent", "-o", "d.gif"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("tiny_passes.gif: An animation of the passes in 5 stages")
    assert lines[1].startswith("d.gif: An animation. The loss over w1")
    # Frames that are alike are one that lasts longer: in one of five stages eight differ, but for
    # those in which the message is behind its label.
    for name, frames in (("tiny_passes.gif", range(8, 13)), ("d.gif", [3])):
        with Image.open(folder / name) as moving:
            assert moving.format == "GIF"
            assert moving.n_frames in frames
            first = moving.convert("RGB")
            moving.seek(moving.n_frames - 1)
            assert moving.convert("RGB").tobytes() != first.tobytes()
            # Paper stays white, but for a step of the palette.
            assert min(first.getpixel((1, 1))) > 250


# -- wrong use -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("mazur_2016", "no scenario 'mazur_2016'; did you mean"),
        ("small.toml", "small asks for no figures; say what to draw with --what (network, curve"),
        ("small.toml --over w1", "--over is for one picture: say which with --what (network, "),
        ("small.toml --step 1", "--step is for one picture: say which with --what"),
        ("small.toml --title T", "--title is for one picture: say which with --what"),
        ("small.toml --what network -o net.bmp", "'.bmp' of 'net.bmp': the formats are .png, .sv"),
        ("small.toml --what network -o net", "no suffix, as in 'net': the formats are .png"),
        (
            "small.toml --what network -o net.gif",
            "does not move is saved as .png, .svg, .pdf or .tex",
        ),
        (
            "small.toml --what passes -o p.png",
            "an animation is saved as .gif, .html or .mp4, not .png",
        ),
        (
            "small.toml --what descent -o p.svg",
            "an animation is saved as .gif, .html or .mp4, not .svg",
        ),
        ("small.toml --what network -o no/net.svg", "there is no folder"),
        ("small.toml --what network -o other.png", "is there already and is no PNG picture"),
        ("small.toml --what passes -o other.gif", "is there already and is no GIF picture"),
        ("small.toml --what curve --over w3", "no connection 'w3'; did you mean"),
        ("small.toml --what curve --over w1,", "a name between commas, and 'w1,' has not"),
        ("small.toml --what curve --over nan", "no connection 'nan'"),
        (
            "small.toml --what surface --over w1,w1",
            "the same parameter is given twice: 'w1.weight'",
        ),
        ("small.toml --what surface --over w1", "'surface' is drawn over two weights or biases"),
        ("small.toml --what curve --run tow", "small has no run 'tow'; did you mean 'two'?"),
        ("small.toml --what curve --step 4", "no step 4: those of run 'one' are 1 to 3"),
        ("small.toml --what curve --step 0", "no step 0: those of run 'one' are 1 to 3"),
        ("small.toml --what network --show outt", "no field 'outt' to show; did you mean 'out'?"),
        ("small.toml --what network --run two --show delta", "do 'backward' first"),
        ("small.toml --what passes --show out", "'network' that moves takes no 'show'"),
        ("small.toml --what history --run two", "no step 'train', so there is no history to draw"),
    ],
)
def test_wrong_use(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, words: str
) -> None:
    """Each mistake is one line on standard error, and nothing is written."""
    for name in ("other.png", "other.gif"):
        (folder / name).write_text("mine", encoding="utf-8")
    assert words in complaint(capsys, *arguments.split())


def test_a_file_where_a_folder_is_needed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Several figures need a folder."""
    (folder / "small.toml").write_text(SMALL + FIGURES, encoding="utf-8")
    (folder / "plain").touch()
    assert "give a folder for them" in complaint(capsys, "small.toml", "-o", "all.svg")
    assert "'plain' is not a folder" in complaint(capsys, "small.toml", "-o", "plain")
    assert "is not a folder" in complaint(capsys, "small.toml", "-o", "plain/in")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--what pie", "--what: no figure 'pie'; expected one of network, curve, surface, "),
        ("--what curv", "--what: no figure 'curv'; did you mean 'curve'?"),
        ("--what curve --step x", "--step: expected a whole number, got 'x'"),
        ("--theme drak", "--theme: no theme 'drak'; did you mean 'dark'?"),
        ("--language fr", "--language: no language 'fr'; expected one of en, de"),
        ("--size 1,2,3", "--size: expected inches such as 8 or 8,5; got '1,2,3'"),
        ("--size nan", "--size: expected a finite number, got 'nan'"),
        ("--dpi inf", "--dpi: expected a finite number, got 'inf'"),
        ("--dpi =", "--dpi: expected a number, got '='"),
        ("--span 4", "--span: expected two numbers such as -4,4; got '4'"),
        ("--span 1,,2", "--span: expected a number, got ''"),
        ("--start 0,5;1", "--start: expected a number, got '5;1'"),
        ("--learning-rate 0,5", "got '0,5' (a decimal sign is a point)"),
        ("--kind 2d", "--kind: invalid choice: '2d'"),
        ("--at 1 --step 1", "--step: not allowed with argument --at"),
        ("--highligth w5", "unrecognized arguments: --highligth; did you mean '--highlight'?"),
    ],
)
def test_wrong_words(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, words: str
) -> None:
    """What is no choice or no number is refused with those there are."""
    with pytest.raises(SystemExit) as stopped:
        main(["plot", "small.toml", *arguments.split()])
    assert stopped.value.code == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith("usage: neurograph plot ")
    assert words in complaint.splitlines()[-1]


@pytest.mark.parametrize("span", ["[nan, 1]", "[1, inf]", "[2, 1]"])
def test_a_wrong_span_of_a_figure(
    folder: Path, capsys: pytest.CaptureFixture[str], span: str
) -> None:
    """A span that is no span is a mistake in the file, and its place is named."""
    figure = f'[[figures]]\nwhat = "curve"\nover = ["w1"]\nspan = {span}\n'
    (folder / "small.toml").write_text(SMALL + figure, encoding="utf-8")
    assert "figures[0].span" in complaint(capsys, "small.toml", "-o", "made")


# -- all lessons ---------------------------------------------------------------------------------


def test_the_figures_of_lessons(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each lesson saves its figures in the folder and says nothing; without one there are none."""
    stem = "klein_undated_linear_network"
    chosen = {stem: find_scenarios()[stem], "small": folder / "small.toml"}
    monkeypatch.setattr(lessons, "find_scenarios", lambda: chosen)
    monkeypatch.delenv("NEUROGRAPH_FIGURES", raising=False)
    assert main(["figures", "-o", "made"]) == 0
    names = sorted(path.name for path in (folder / "made").iterdir())
    assert len(names) >= len(load_scenario(stem).figures)
    assert all(name.startswith(stem) for name in names)
    assert capsys.readouterr().out == f"{stem}: {len(names)} figures in made\n"
    assert "NEUROGRAPH_FIGURES" not in os.environ
    (folder / "plain").touch()
    assert main(["figures", "-o", "plain"]) == 2
    assert "'plain' is not a folder to write figures in" in capsys.readouterr().err


def test_descriptions_are_spelt_out_where_the_terminal_knows_ascii_only(tmp_path: Path) -> None:
    """What a picture shows is said in ASCII, if that is all there is."""
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), "ascii")) as output:
        assert main(["plot", "mazur_2015", "--what", "curve", "--over", "w5",
                     "-o", str(tmp_path / "curve.svg")]) == 0  # fmt: skip
        output.seek(0)
        assert "The loss along w5 from -" in output.read()


def test_a_saved_training_has_a_history(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One weight from 0 to target 1 by half of what is missing: 1/2, 1/8, 1/32 of loss."""
    net = ng.Network.layered(1, 1, weights=0.0, activation="identity")
    net.train([1.0], [1.0], learning_rate=0.5, epochs=3, record=["loss", "w1.weight"])
    net.save("with.json", training=True)
    net.save("without.json")
    assert main(["plot", "with.json", "--what", "history", "-o", "loss.svg"]) == 0
    assert "epochs 1 to 3: loss from 0.5 to 0.0313" in " ".join(capsys.readouterr().out.split())
    assert (
        main(["plot", "with.json", "--what", "history", "--show", "w1.weight", "-o", "w.svg"]) == 0
    )
    assert "w1.weight from 0 to 0.875" in " ".join(capsys.readouterr().out.split())
    assert main(["plot", "without.json", "--what", "history", "-o", "no.svg"]) == 2
    assert "saved with its history by net.save(path, training=True)" in " ".join(
        capsys.readouterr().err.split()
    )
