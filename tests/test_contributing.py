"""CONTRIBUTING.md says what is so; its Python blocks are doctests of their own."""

import ast
import re
from pathlib import Path

import pytest

import neurograph as ng

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "neurograph"
RECIPES = dict(re.findall(r"^### ([^\n]+)\n(.*?)(?=^### |\Z)", PAGE, re.MULTILINE | re.DOTALL))
_FLOOR = re.compile(r"^\| (\d+) \| ([^|]+) \|", re.MULTILINE)
FLOORS = {
    name: int(floor)
    for floor, names in _FLOOR.findall(PAGE)
    for name in re.findall(r"`(\w+)`", names)
}


def _quoted(text: str) -> list[str]:
    """Return what stands between backticks."""
    return re.findall(r"`([^`\n]+)`", text)


def _imports(path: Path) -> set[str]:
    """Return the modules of the package that a file imports when it runs, by their first name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing = {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for part in ast.walk(node)
    }
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node not in typing:
            module = node.module or ""
            names = [alias.name for alias in node.names] if module == "neurograph" else [module]
            modules |= {name.removeprefix("neurograph.").partition(".")[0] for name in names}
    return modules & set(FLOORS)


def test_every_module_is_on_one_floor() -> None:
    """The map names every module and folder of the package, each once."""
    names = [name for _, row in _FLOOR.findall(PAGE) for name in re.findall(r"`(\w+)`", row)]
    modules = {path.stem for path in PACKAGE.glob("[!_]*.py")}
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert sorted(names) == sorted(modules | folders)


@pytest.mark.parametrize("module", FLOORS)
def test_imports_run_downwards(module: str) -> None:
    """What runs in a module imports only from its own floor and those below."""
    file = PACKAGE / f"{module}.py"
    files = [file] if file.is_file() else (PACKAGE / module).rglob("*.py")
    above = {other for path in files for other in _imports(path) if FLOORS[other] > FLOORS[module]}
    assert not above


def test_there_is_a_recipe_for_each_kind_of_thing() -> None:
    """The page has a recipe for each."""
    assert list(RECIPES) == [
        "An activation", "A loss", "An optimiser", "A combine rule", "A quantity",
        "A step of a scenario", "A convention or a slip", "A figure", "An output format",
        "A view of the page", "A language", "A command",
    ]  # fmt: skip


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_names_what_is_there(recipe: str) -> None:
    """Each file that a recipe names is there, and each name of code stands in one of its files."""
    quoted = _quoted(RECIPES[recipe])
    paths = [ROOT / text for text in quoted if "/" in text and " " not in text]
    assert paths
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))]
    assert all(path.exists() for path in paths)
    code = "\n".join(file.read_text(encoding="utf-8") for file in files)
    for name in quoted:
        if re.fullmatch(r"_?[A-Za-z]\w*(\.\w+)*", name) and not name.startswith("plt."):
            assert re.search(rf"\b{name.rpartition('.')[2]}\b", code), name


def test_the_set_up_installs_every_extra_that_it_names() -> None:
    """The one command of the set-up names extras that setup.cfg has."""
    (command,) = re.findall(r"^```sh\n(.*)\n```$", PAGE, re.MULTILINE)
    (extras,) = re.findall(r"'\.\[([\w,]+)\]'", command)
    settings = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    assert all(f"\n{extra} =\n" in settings for extra in extras.split(","))


def test_every_function_of_the_package_that_is_called_is_public() -> None:
    """What the page calls as ng.something is a public name."""
    called = re.findall(r"`ng\.(\w+)\(", PAGE)
    assert called
    assert set(called) <= set(ng.__all__)
