"""Sheets for Moodle and PrairieLearn: their structure, their fields, and what these accept."""

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

import neurograph as ng
from neurograph.errors import InvalidValueError, UnwritableError
from neurograph.exercises import Exercise, exercise, write_sheet

#: The children of a cloze question that Moodle XML documents, with what each holds.
QUESTION = {
    "name": {"text"},
    "questiontext": {"text", "file"},
    "generalfeedback": {"text"},
    "penalty": set(),
    "hidden": set(),
    "idnumber": set(),
}
#: A numerical field of a cloze: {weight:NUMERICAL:=answer:tolerance}.
FIELD = re.compile(r"\{1:NUMERICAL:=(-?\d+(?:\.\d+)?(?:e-?\d+)?):(\d+(?:\.\d+)?)\}")
#: The attributes of a field for a number in PrairieLearn that are used, and their values.
NUMBER_INPUT = {
    "answers-name": r"q\d+",
    "correct-answer": r"-?\d+\.\d+",
    "comparison": "relabs",
    "rtol": "0",
    "atol": r"0\.0*1",
    "show-help-text": "false",
}


def awkward() -> Exercise:
    """Return an exercise whose names mean something in XML, in a cloze and in a template."""
    net = ng.Network()
    net.add_neuron("{{x}} & ]]>")
    net.add_neuron("{1:SA:=y}", activation="identity", bias=-0.5)
    net.connect("{{x}} & ]]>", "{1:SA:=y}", weight=0.25, label="w~#")
    return exercise(net, [1], [0.5], 0.1, title="50 % of <all> & ]]> {more}")


EXERCISES = {
    "mazur": exercise("mazur_2015"),
    "few": exercise("mazur_2015", hide=3, significant=3, language="de"),
    "awkward": awkward(),
}


def moodle(made: Exercise, tmp_path: Path) -> ElementTree.Element:
    """Write an exercise for Moodle; return the question."""
    (path,) = write_sheet(made, tmp_path / "quiz.xml")
    quiz = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert quiz.tag == "quiz"
    (question,) = quiz
    return question


@pytest.mark.parametrize("made", EXERCISES.values(), ids=EXERCISES)
def test_moodle_xml_has_the_documented_structure(made: Exercise, tmp_path: Path) -> None:
    """One cloze question with its text as HTML, its picture, and feedback; nothing else."""
    question = moodle(made, tmp_path)
    assert (question.tag, question.attrib) == ("question", {"type": "cloze"})
    assert [child.tag for child in question] == list(QUESTION)
    for child in question:
        assert {inner.tag for inner in child} == QUESTION[child.tag]
    for name in ("questiontext", "generalfeedback"):
        part = question.find(name)
        assert part is not None
        assert part.attrib == {"format": "html"}
    assert question.findtext("name/text") == (
        f"{'Übung' if made.language == 'de' else 'Exercise'}: {made.title} ({made.id})"
    )
    picture = question.find("questiontext/file")
    assert picture is not None
    assert picture.attrib == {"name": "network.svg", "path": "/", "encoding": "base64"}
    svg = ElementTree.fromstring(base64.b64decode(picture.text or ""))
    assert svg.tag.endswith("svg")
    assert "@@PLUGINFILE@@/network.svg" in str(question.findtext("questiontext/text"))


@pytest.mark.parametrize("made", EXERCISES.values(), ids=EXERCISES)
def test_a_cloze_has_a_field_for_every_blank_and_no_other(made: Exercise, tmp_path: Path) -> None:
    """Each holds the answer and one unit of its last digit; braces of names are none of theirs."""
    text = str(moodle(made, tmp_path).findtext("questiontext/text"))
    fields = FIELD.findall(text)
    assert [answer for answer, _ in fields] == [question.answer for question in made.asked]
    for (answer, tolerance), question in zip(fields, made.asked, strict=True):
        decimals = len(answer.partition(".")[2])
        assert float(tolerance) == pytest.approx(10.0**-decimals)
        assert abs(float(answer) - question.value) <= float(tolerance) / 2 * (1 + 1e-9)
    assert "{" not in FIELD.sub("", text)
    assert "____" not in text


def test_moodle_shows_the_worked_steps_as_feedback(tmp_path: Path) -> None:
    """The answers stand in the feedback alone."""
    question = moodle(EXERCISES["mazur"], tmp_path)
    feedback = str(question.findtext("generalfeedback/text"))
    assert "<math>" in feedback
    assert "<mn>0.593269992</mn>" in feedback
    shown = FIELD.sub("", str(question.findtext("questiontext/text")))
    assert "0.593270" not in shown


class Tags(HTMLParser):
    """Collects the fields for numbers, and checks that what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fields: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag."""
        self.open.append(tag)
        if tag == "pl-number-input":
            self.fields.append(dict(attrs))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Pass a tag that closes itself."""

    def handle_endtag(self, tag: str) -> None:
        """Check that this is the tag to close."""
        assert self.open.pop() == tag


@pytest.mark.parametrize("made", EXERCISES.values(), ids=EXERCISES)
def test_a_question_of_prairielearn(made: Exercise, tmp_path: Path) -> None:
    """`info.json` has the keys that are required; the page a field for every blank."""
    written = write_sheet(made, tmp_path / "info.json")
    assert [path.name for path in written] == ["info.json", "question.html"]
    info = json.loads(written[0].read_text(encoding="utf-8"))
    assert info.keys() == {"uuid", "title", "comment", "topic", "tags", "type", "singleVariant"}
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", info["uuid"])
    assert info["type"] == "v3"
    page = written[1].read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(page)
    assert not tags.open
    assert [field["correct-answer"] for field in tags.fields] == [q.answer for q in made.asked]
    for field in tags.fields:
        assert field.keys() == NUMBER_INPUT.keys()
        for key, pattern in NUMBER_INPUT.items():
            assert re.fullmatch(pattern, str(field[key])), (key, field[key])
    assert len({field["answers-name"] for field in tags.fields}) == len(made.asked)
    assert "{{" not in page
    assert page.count("<pl-answer-panel>") == 1


def test_a_quiz_replaces_itself_and_nothing_else(tmp_path: Path) -> None:
    """The same question is the same file; a file of someone else stays."""
    for name in ("quiz.xml", "info.json"):
        first = [path.read_bytes() for path in write_sheet(EXERCISES["few"], tmp_path / name)]
        assert first == [p.read_bytes() for p in write_sheet(EXERCISES["few"], tmp_path / name)]
        (tmp_path / name).write_text("<mine/>", encoding="utf-8")
        with pytest.raises(UnwritableError, match="is no exercise sheet"):
            write_sheet(EXERCISES["few"], tmp_path / name)
    with pytest.raises(InvalidValueError, match="holds its solution already"):
        write_sheet(EXERCISES["few"], tmp_path / "b.xml", solved=True)
