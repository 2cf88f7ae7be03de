"""What is handed on: the source distribution, the wheel made of it, and the page of an index."""

import configparser
import email
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import neurograph as ng
from neurograph.cli.arguments import parser
from neurograph.cli.manual import manual_page
from neurograph.scenario import find_scenarios

ROOT = Path(__file__).parent.parent
FOLDERS = (".ci", "figures", "neurograph", "scenarios", "tests")
OFFLINE = ("--no-deps", "--no-index", "--no-build-isolation")


def ran(*arguments: str | Path, cwd: Path, path: Path | None = None) -> str:
    """Return what Python prints; fail if it fails."""
    environment = os.environ | ({"PYTHONPATH": str(path)} if path else {})
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def unpacked(folder: Path, project_urls: str = "") -> Path:
    """Make the source distribution without the network, and unpack it."""
    pytest.importorskip("setuptools", "70.1", reason="older ones build no wheel by themselves")
    source = folder / "source"
    source.mkdir()
    for path in ROOT.iterdir():
        if path.is_file() and path.name != ".git":
            shutil.copy(path, source)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    settings = (source / "setup.cfg").read_text(encoding="utf-8")
    settings = settings.replace("[metadata]\n", f"[metadata]\n{project_urls}", 1)
    (source / "setup.cfg").write_text(settings, encoding="utf-8")
    code = "import setuptools.build_meta as backend; print(backend.build_sdist('dist'))"
    name = ran("-c", code, cwd=source).splitlines()[-1]
    with tarfile.open(source / "dist" / name) as archive:
        archive.extractall(folder, filter="data")
    return folder / name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the source distribution, unpacked."""
    return unpacked(tmp_path_factory.mktemp("sdist"))


def files(folder: Path) -> set[Path]:
    """Return the files of a folder that are kept, relative to the root."""
    return {
        path.relative_to(folder.parent)
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }


def test_sdist_holds_every_file(sdist: Path) -> None:
    """The package, its tests, scenarios and figures are whole, and nothing is missing beside."""
    for name in FOLDERS:
        assert files(ROOT / name) == files(sdist / name)
    beside = {
        "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "MANIFEST.in", "README.md",
        "pyproject.toml", "setup.cfg",
    }  # fmt: skip
    assert beside <= {path.name for path in sdist.iterdir()}


def test_sdist_tests_itself(sdist: Path) -> None:
    """A part of the suite, and what it reads beside the tests, passes in the unpacked folder."""
    tests = [f"tests/test_{name}.py" for name in ("losses", "scenario_readme", "traces")]
    said = ran(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests,
        "tests/test_readme.py", "neurograph/losses.py", "README.md",
        "-k", "not learner and not teacher",  # which take long
        cwd=sdist, path=sdist,
    )  # fmt: skip
    assert re.search(r"\d+ passed", said)
    where = ran("-c", "import neurograph; print(neurograph.__file__)", cwd=sdist, path=sdist)
    assert Path(where.strip()).is_relative_to(sdist)


def test_wheel_holds_the_package_and_finds_its_scenarios(sdist: Path, tmp_path: Path) -> None:
    """A wheel of it, installed without the source tree, finds its scenarios by name."""
    pip = ("-m", "pip", "--quiet", "--disable-pip-version-check")
    wheels, installed = tmp_path / "wheels", tmp_path / "installed"
    ran(*pip, "wheel", *OFFLINE, "--wheel-dir", wheels, sdist, cwd=tmp_path)
    (wheel,) = wheels.iterdir()
    ran(*pip, "install", *OFFLINE[:2], "--target", installed, wheel, cwd=tmp_path)
    # The manual page is made while the wheel is built.
    with zipfile.ZipFile(wheel) as archive:
        (page,) = (name for name in archive.namelist() if name.endswith("/neurograph.1"))
        assert page.endswith(".data/data/share/man/man1/neurograph.1")
        assert archive.read(page).decode() == manual_page(parser())
    modules = {path for path in files(ROOT / "neurograph") if path.suffix == ".py"}
    assert modules <= {path.relative_to(installed) for path in installed.rglob("*.py")}
    listed = ran("-m", "neurograph", "list", "--json", cwd=tmp_path, path=installed)
    assert [entry["scenario"] for entry in json.loads(listed)] == list(find_scenarios())
    page = ran("-m", "neurograph", "guide", "teacher", cwd=tmp_path, path=installed)
    assert page == (ROOT / "scenarios" / "teacher.md").read_text(encoding="utf-8")
    ran("-m", "neurograph", "lesson", "mazur_2015", cwd=tmp_path, path=installed)
    assert (tmp_path / "mazur_2015_step_by_step.ipynb").is_file()
    where = ran("-c", "import neurograph; print(neurograph.__file__)", cwd=tmp_path, path=installed)
    assert Path(where.strip()).is_relative_to(installed)


def test_every_folder_of_the_package_is_installed() -> None:
    """The list of packages in setup.cfg names every folder that is a package, and the scenarios."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    modules = (ROOT / "neurograph").rglob("__init__.py")
    folders = {path.parent.relative_to(ROOT) for path in modules}
    expected = {".".join(folder.parts) for folder in folders} | {"neurograph.scenarios"}
    assert set(settings["options"]["packages"].split()) == expected


def test_citation_agrees_with_the_package() -> None:
    """CITATION.cff has the keys that its format demands, and version, title and licence of here."""
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^([a-z-]+): *(.*)$", text, re.MULTILINE))
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    assert {"cff-version", "message", "title", "authors", "version"} <= set(stated)
    assert stated["cff-version"] == "1.2.0"
    assert stated["version"] == ng.__version__
    assert stated["title"] == settings["metadata"]["name"]
    assert stated["license"] == settings["metadata"]["license"]
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith(f"{stated['license']} License")
    assert "  - name: The neurograph developers\n" in text


# -- the page of a package index -----------------------------------------------------------------

PICTURES = re.findall(r"!\[([^\]]+)\]\((\S+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))


def page(sdist: Path) -> str:
    """Return the description that a package index shows."""
    message = email.message_from_bytes((sdist / "PKG-INFO").read_bytes())
    return message.get_payload(decode=True).decode("utf-8")  # type: ignore[union-attr]


def test_page_has_no_link_that_leads_nowhere(sdist: Path) -> None:
    """A page elsewhere has only whole addresses; without one a picture is its words."""
    links = re.findall(r"\]\((\S+?)\)", page(sdist))
    assert all(link.startswith(("https://", "#")) for link in links)
    assert len(PICTURES) == 5
    for words, _ in PICTURES:
        assert words in page(sdist)


@pytest.mark.parametrize("end", ["", "/"])
def test_page_shows_the_pictures_of_the_repository(tmp_path: Path, end: str) -> None:
    """Once setup.cfg says where the source is, pictures come from there, in this version."""
    source = "https://example.org/people/project"
    made = unpacked(tmp_path, f"project_urls =\n    Source = {source}{end}\n")
    for words, path in PICTURES:
        assert (made / path).is_file()
        assert f"![{words}]({source}/raw/v{ng.__version__}/{path})" in page(made)
    assert f"[LICENSE]({source}/raw/v{ng.__version__}/LICENSE)" in page(made)
