"""A folder of pages: examples, lessons with figures, errata and guide, linked to one another."""

import html
import re
from pathlib import Path
from typing import Any

import html5lib
import pytest
from scenario_files import SMALL

from neurograph.cli import living_page, main
from neurograph.errors import UnknownNameError, UnwritableError
from neurograph.lessons import LessonCell, cells, find_lessons, program_of
from neurograph.pages import site
from neurograph.pages.articles import lesson_body, markdown_body, titled
from neurograph.scenario import errata, find_scenarios, load_scenario
from neurograph.scenario.library import find_pages
from neurograph.words import catalogue

KLEIN = "klein_undated_logistic_derivation"
HOSTILE = '<script>alert(1)</script>"&\\u2028'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of one example with a lesson and errata, and of one with a hostile title."""
    root = tmp_path_factory.mktemp("site")
    text = SMALL.replace("Small", "Hostile").replace("A. Uthor", HOSTILE.replace('"', '\\"'))
    (root / "own.toml").write_text(text, encoding="utf-8")
    (root / "own.py").write_text("# %% [markdown]\n# # Never run\n\n# %%\n1 / 0\n", "utf-8")
    scenarios = [load_scenario(KLEIN), load_scenario(root / "own.toml")]
    begun: list[str] = []
    pages = site(scenarios, root / "pages", begin=begun.append)
    assert begun == [KLEIN, "own"]
    assert [page.name for page in pages][:2] == ["index.html", f"{KLEIN}.html"]
    assert {page.name for page in pages} == {
        path.name for path in (root / "pages").iterdir() if path.is_file()
    }
    return root / "pages"


def parsed(path: Path) -> Any:
    """Return a page as a tree; a mistake of its syntax raises."""
    reader = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return reader.parse(path.read_text(encoding="utf-8"))


def test_every_page_is_valid_and_asks_for_nothing(folder: Path) -> None:
    """Each has a policy that forbids everything but itself, and no script of its own to run."""
    pages = list(folder.glob("*.html"))
    assert len(pages) == 2 + 1 + 2 + len(find_pages())
    for path in pages:
        parsed(path)
        text = path.read_text(encoding="utf-8")
        assert "default-src 'none'" in text
        assert not re.search(r"<th[^>]*></th>", text), path.name
        assert not re.search(r'src="(?!figures/)|<link|@import|url\(', text), path.name
        assert text.startswith('<!DOCTYPE html>\n<html lang="en">')


def test_every_link_leads_to_a_page_of_the_folder(folder: Path) -> None:
    """Relative links alone, to files and places that are there; from each page all are reached."""
    names = {path.name for path in folder.glob("*.html")}
    for path in folder.glob("*.html"):
        tree = parsed(path)
        links = [link.get("href") for link in tree.iter("a") if link.get("rel") != "noreferrer"]
        files = {link.partition("#")[0] for link in links}
        assert files <= names | {""}, path.name
        assert {"index.html", "errata.html", "format.html", "learner.html"} <= files
        for link in links:
            file, _, place = link.partition("#")
            if place:
                there = parsed(folder / (file or path.name))
                assert any(part.get("id") == place for part in there.iter())
        pictures = [picture.get("src") for picture in tree.iter("img")]
        assert all((folder / picture).is_file() for picture in pictures)
    reached = set(re.findall(r'href="([^"#]+)', (folder / "index.html").read_text("utf-8")))
    assert names <= reached


def test_a_lesson_has_its_cells_output_and_figures(folder: Path) -> None:
    """Everything that the program says, draws and is stands on its page."""
    tree = parsed(folder / f"{KLEIN}_lesson.html")
    shown = ["".join(part.itertext()) for part in tree.iter("pre")]
    program = list(cells(program_of(find_lessons()[KLEIN])))
    codes = [cell.text for cell in program if cell.kind == "code"]
    assert [text for text in shown if text in codes] == codes
    assert load_scenario(KLEIN).title in "".join(shown)
    pictures = list(tree.iter("img"))
    assert [picture.get("src") for picture in pictures] == [
        f"figures/{KLEIN}_network.svg", f"figures/{KLEIN}_surface.svg"
    ]  # fmt: skip
    assert all(len(picture.get("alt")) > 40 for picture in pictures)
    assert titled(program[0].text)[0] == "".join(tree.find(".//h1").itertext())


def test_only_lessons_that_come_with_neurograph_are_run(folder: Path) -> None:
    """A program that lies beside a file of somebody is neither run nor shown."""
    assert not (folder / "own_lesson.html").exists()
    assert "own_lesson" not in (folder / "index.html").read_text(encoding="utf-8")


def test_names_are_data(folder: Path) -> None:
    """What a file calls itself and its author is never markup."""
    for name in ("index.html", "own.html"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "<script>alert" not in text
        assert html.escape("<script>alert(1)</script>") in text


def test_all_errata_are_on_their_page(folder: Path) -> None:
    """Each with what is printed, what is right and the cause."""
    text = " ".join("".join(parsed(folder / "errata.html").itertext()).split())
    listed = list(errata([load_scenario(KLEIN)]))
    assert len(listed) == 7
    for erratum in listed:
        for part in (erratum.printed, erratum.correct, erratum.cause):
            assert " ".join(part.split()) in text
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert f'<a href="errata.html#{KLEIN}">7 errata</a>' in index
    assert "errata.html#own" not in index


def test_the_guide_is_rendered(folder: Path) -> None:
    """Headings and tables of the page of the format are elements."""
    tree = parsed(folder / "format.html")
    heads = ["".join(head.itertext()) for head in tree.iter("h2")]
    source = find_pages()["format"].read_text(encoding="utf-8")
    outside = re.sub(r"```.*?```", "", source, flags=re.DOTALL)
    assert heads == [
        line[3:].replace("`", "") for line in outside.splitlines() if line[:3] == "## "
    ]
    assert ["".join(part.itertext()) for part in tree.iter("th")][:2] == [
        "of a neuron",
        "of a connection",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a <b>b</b>", "<p>a &lt;b&gt;b&lt;/b&gt;</p>\n"),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>\n"),
        ("[a](teacher.md)", '<p><a href="teacher.html">a</a></p>\n'),
        ("## `[data]` of a\n[x](#data-of-a) [y](#b)",
         '<h2 id="data-of-a"><code>[data]</code> of a</h2>\n<p><a href="#data-of-a">x</a> y</p>\n'),
        ("[*a*](../README.md) b", "<p><em>a</em> b</p>\n"),
        ("<https://a.b/c>", '<p><a href="https://a.b/c" rel="noreferrer">https://a.b/c</a></p>\n'),
        ("```toml\na = '<'\n```", '<pre tabindex="0"><code class="language-toml">a = \'&lt;\'\n'
         "</code></pre>\n"),
    ],
)  # fmt: skip
def test_markdown_is_rendered_without_trust(text: str, expected: str) -> None:
    """HTML is shown as it is written, and links lead to known pages or to the web."""
    assert markdown_body(text, {"teacher.md": "teacher.html"}) == expected


def test_what_a_cell_prints_is_text() -> None:
    """Output and code keep their lines, and are never markup."""
    cell = LessonCell("code", "if a < b:\n    c", "<i>\n  x\n", (("f.svg", "<svg></svg>"),))
    _, code, output, figure, _ = lesson_body([cell], {}, "Output")
    assert "<code>if a &lt; b:\n    c</code>" in code
    assert ">&lt;i&gt;\n  x</pre>" in output
    assert figure == '<figure><img src="figures/f.svg" alt="f.svg"></figure>'


def test_a_site_in_german(tmp_path: Path) -> None:
    """Words of the pages are German; the guide says that it is English."""
    site([], tmp_path, "de")
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert '<html lang="de">' in index
    assert f"<h1>{catalogue('de')['site']['index']}</h1>" in index
    guide = (tmp_path / "teacher.html").read_text(encoding="utf-8")
    assert '<section lang="en">' in guide
    with pytest.raises(UnknownNameError, match="no words of a page in language 'tlh'"):
        site([], tmp_path, "tlh")


def test_a_site_needs_a_folder(tmp_path: Path) -> None:
    """Where a file stands, no folder can be made; a file that is no page is not overwritten."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(UnwritableError, match="cannot be made"):
        site([], tmp_path / "file")
    (tmp_path / "index.html").write_text("mine", encoding="utf-8")
    with pytest.raises(UnwritableError, match="is no page of neurograph"):
        site([], tmp_path)
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "mine"


def test_the_command_writes_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--all` takes every scenario there is, and replaces the pages of before."""
    monkeypatch.setattr(living_page, "find_scenarios", lambda: {KLEIN: find_scenarios()[KLEIN]})
    number = 2 + 2 + len(find_pages())
    for _ in range(2):
        assert main(["page", "--all", "-o", str(tmp_path / "site")]) == 0
        assert f"{number} pages" in capsys.readouterr().out
