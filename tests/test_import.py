"""What `import neurograph` gives, and what it leaves for later."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

import neurograph as ng


def test_every_public_name_is_there() -> None:
    """Each name of `__all__` can be read and is listed, whenever it is imported."""
    assert all(getattr(ng, name) is not None for name in ng.__all__)
    assert set(ng.__all__) <= set(dir(ng))


@pytest.mark.parametrize("module", ["checking", "scenario", "schedules", "training"])
def test_a_later_module_is_reached_through_the_package(module: str) -> None:
    """A module that is imported on demand is an attribute of the package, and is listed."""
    code = f"import neurograph as ng; assert {module!r} in dir(ng); print(ng.{module}.__name__)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == f"neurograph.{module}"


def test_import_leaves_for_later_what_many_never_use() -> None:
    """Scenarios, training, drawing and numba wait until they are used."""
    later = ["neurograph.scenario", "neurograph.training", "matplotlib", "rich", "numba", "tomllib"]
    code = f"import sys, neurograph; print([one for one in {later} if one in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_first_training_needs_no_more_of_numpy() -> None:
    """Where weights are given and nothing is drawn, random numbers and masked arrays wait."""
    code = (
        "import sys, neurograph as ng\n"
        "net = ng.Network.layered(1, 1, weights=0.5, bias=0.1)\n"
        "net.train([[0.5]], [[1.0]], learning_rate=0.1, epochs=3)\n"
        "print([name for name in ('numpy.ma', 'numpy.random') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A name that the package does not have is refused as a module refuses it."""
    with pytest.raises(AttributeError, match="module 'neurograph' has no attribute 'Netwrok'"):
        _ = ng.Netwrok  # type: ignore[attr-defined]


def test_the_command_line_leaves_for_later_what_one_command_uses() -> None:
    """Explanations, searches, traces and exercises wait for the command that needs them."""
    later = ["explanations", "conventions", "traces", "exercises", "landscape", "drawing"]
    code = (
        "import sys; from neurograph.cli import main; main(['list', '--json']);"
        f" print([one for one in {later} if 'neurograph.' + one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


# -- imports run downwards -------------------------------------------------------------------------


def import_graph(package: Path) -> "nx.DiGraph[str]":
    """Return which module of a package imports which, for types alone and in functions too."""
    files = {
        ".".join(path.relative_to(package.parent).with_suffix("").parts).removesuffix(
            ".__init__"
        ): path
        for path in package.rglob("*.py")
    }
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(files)
    for module, path in files.items():
        for name in imported_names(path):
            target = name if name in files else name.rpartition(".")[0]
            if target in files and target != module:
                graph.add_edge(module, target)
    return graph


def imported_names(path: Path) -> Iterator[str]:
    """Yield each name that a file imports, with the module it is from."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno} imports by a relative name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def circle_of(graph: "nx.DiGraph[str]") -> list[str]:
    """Return a shortest circle of imports, or nothing."""
    circles = (
        [module, *nx.shortest_path(graph, after, module)]
        for module in graph
        for after in graph.successors(module)
        if nx.has_path(graph, after, module)
    )
    return min(circles, key=len, default=[])


def test_imports_run_in_no_circle() -> None:
    """No module imports, over however many others, a module that imports it."""
    assert " -> ".join(circle_of(import_graph(Path(ng.__file__).parent))) == ""


def test_a_circle_of_imports_is_named(tmp_path: Path) -> None:
    """An import for types alone and one in a function make a circle; one of a name does not."""
    package = tmp_path / "house"
    package.mkdir()
    texts = {
        "__init__": "",
        "cellar": "if TYPE_CHECKING:\n    from house.roof import Tile",
        "floor": "import house.cellar",
        "roof": "def rain():\n    from house import floor",
        "garden": "from house.roof import rain",
    }
    for name, text in texts.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    graph = import_graph(package)
    circle = circle_of(graph)
    assert circle[0] == circle[-1]
    assert set(circle) == {"house.cellar", "house.roof", "house.floor"}
    graph.remove_edge("house.floor", "house.cellar")
    assert circle_of(graph) == []
