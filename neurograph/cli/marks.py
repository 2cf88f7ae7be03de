"""Marks on the terminal: of one student, and of a class."""

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text

from neurograph.cli.printer import Printer
from neurograph.exercises import ClassMarks, Mark, Marked
from neurograph.exercises.marker import VERDICTS
from neurograph.exercises.reports import has_comma, listed_mistakes, listed_of

__all__ = ["MarksScreen"]

#: With fewer columns on the terminal tables would break within words.
NARROW = 70

_STYLES = {
    "right": "green",
    "right in method": "cyan",
    "wrong": "bold red",
    "blank": "dim",
    "malformed": "yellow",
}


class MarksScreen(Printer):
    """Prints marks as tables."""

    def show(self, marks: Marked | ClassMarks) -> None:
        """Print what ``neurograph mark`` shows."""
        heading = self._text(f"{marks.exercise.title}, exercise {marks.exercise.id}", "bold")
        parts = self._of_student(marks) if isinstance(marks, Marked) else self._of_class(marks)
        self._show([heading, *parts])

    def _of_student(self, marked: Marked) -> list[object]:
        points = f"{marked.points} of {marked.most} points"
        counts = ((marked.count(verdict), verdict) for verdict in VERDICTS)
        said = ", ".join(f"{n} {verdict}" for n, verdict in counts if n)
        first = next((mark for mark in marked.marks if has_comma(mark)), None)
        rows = [
            [
                self._text(str(mark.question.number)),
                self._text(mark.question.symbol),
                self._text(mark.written or ""),
                self._text(mark.question.answer),
                self._verdict(mark, again=has_comma(mark) and mark is not first),
            ]
            for mark in marked.marks
        ]
        table = self._marks(("", "quantity", "written", "right value", "verdict"), rows, (0, 2, 3))
        parts = [self._text(f"{marked.student or 'answers'}: {points}"), "", table, "",
                 self._text(f"{said}: {points}")]  # fmt: skip
        commas = sum(map(has_comma, marked.marks))
        if commas:
            many = (f"{commas} answers have", "they")
            which, they = ("1 answer has", "it") if commas == 1 else many
            parts.append(
                self._text(f"{which} a decimal comma; with a decimal point {they} can be marked.")
            )
        return parts

    def _verdict(self, mark: Mark, *, again: bool = False) -> Text:
        """Return the verdict and its reason; the reason of a comma in few words if it is known."""
        text = self._text(mark.verdict, _STYLES[mark.verdict])
        said = f"comma; meant {mark.note.rpartition(' ')[2]}?" if again else mark.said
        if said:
            text = Text.assemble(text, self._text(f": {said}"), overflow="fold")
        return text

    def _of_class(self, marks: ClassMarks) -> list[object]:
        n = len(marks.students)
        questions = [
            [
                self._text(str(count.question.number)),
                self._text(count.question.symbol),
                *(self._text(str(count.verdicts[each] or "")) for each in VERDICTS[:3]),
                self._text(str(count.verdicts["blank"] + count.verdicts["malformed"] or "")),
                self._text(listed_mistakes(count)),
            ]
            for count in marks.questions
        ]
        columns = ("", "quantity", "right", "in method", "wrong", "blank", "likely mistakes")
        students = [
            [
                self._text(student.student),
                self._text(f"{student.points}/{student.most}"),
                self._text(str(student.count("wrong") or "")),
                self._text(listed_of(student)),
            ]
            for student in marks.students
        ]
        parts: list[object] = [
            self._text(f"{n} student{'s' * (n != 1)}"),
            "",
            self._marks(columns, questions, (0, 2, 3, 4, 5)),
            "",
            self._marks(("student", "points", "wrong", "likely mistakes"), students, (1, 2)),
        ]
        if marks.unread:
            parts += ["", self._text("Not marked:", "bold")]
            parts += [self._text(f"  {each.name}: {each.reason}") for each in marks.unread]
        return parts

    def _marks(
        self, columns: Sequence[str], rows: Iterable[Sequence[Text]], right: Sequence[int]
    ) -> Table | Text:
        """Return a table, with some columns on the right; where it is narrow, lines instead."""
        if self._console.width < NARROW:
            return Text("\n").join(_in_words(columns, row) for row in rows)
        table = Table(box=self._box, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        for place, column in enumerate(columns):
            table.add_column(
                self._text(column),
                overflow="fold",
                justify="right" if place in right else "left",
                no_wrap=place in right,
            )
        for row in rows:
            table.add_row(*row)
        return table


def _in_words(columns: Sequence[str], row: Sequence[Text]) -> Text:
    """Return a row as words: what it is about, and each cell with its heading."""
    lead = 1 if columns[0] else 2
    about = Text(" ").join(row[:lead])
    cells = [
        Text.assemble(cell, f" {column}") if cell.plain.isdecimal()
        else cell if column in ("verdict", "points", "likely mistakes")
        else Text.assemble(f"{column} ", cell)
        for column, cell in zip(columns[lead:], row[lead:], strict=True)
        if cell.plain
    ]  # fmt: skip
    return Text.assemble(about, ": ", Text(", ").join(cells), overflow="fold")
