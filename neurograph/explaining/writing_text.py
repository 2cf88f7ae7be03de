"""Explanations as text: one step under the other, those behind it further right."""

import re
from collections.abc import Callable, Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from neurograph.escapes import printable
from neurograph.explaining.lines import Line, filled_in, number_node
from neurograph.explaining.steps import Step, walked
from neurograph.explaining.text import expression, pieces
from neurograph.spelling import in_ascii

if TYPE_CHECKING:
    from neurograph.explaining.explanation import Explanation

__all__ = [
    "as_text", "definition_lines", "heading", "notes", "number_text", "path_words", "titled",
    "wrapped",
]  # fmt: skip

_INDENT, _DEEPEST = 2, 16
#: Right of a longer left side there would be no room.
_LONGEST_LEFT = 40


def as_text(explanation: "Explanation", *, width: int = 80, ascii: bool = False) -> str:
    """Return an explanation as lines of text, at most `width` wide where words allow it."""
    writer = _Writer(explanation, width, _spelled_out if ascii else printable)
    return "\n".join(line.rstrip() for line in writer.lines())


def definition_lines(explanation: "Explanation", width: int, *, indent: int) -> Iterator[str]:
    """Yield the first equation of the number itself, in lines of at most a width."""
    equation = explanation.root.equations[0]
    writer = _Writer(explanation, width, printable)
    yield from writer.equation(equation.left.text, equation, indent)


def _spelled_out(text: str) -> str:
    return printable(in_ascii(text))


def number_text(value: float, digits: int) -> str:
    """Return a number as it is shown."""
    return expression(number_node(value, digits), {})


def heading(explanation: "Explanation") -> str:
    """Return the question and its answer: ``"w1.gradient = 0.000438568"``."""
    value = number_text(explanation.value, explanation.digits)
    return f"{explanation.address} = {value}{sample_words(explanation)}"


def sample_words(explanation: "Explanation") -> str:
    """Return which sample is explained, if there is a batch."""
    if explanation.sample is None or explanation.n_samples is None:
        return ""
    return f" (sample {explanation.sample} of {explanation.n_samples})"


def path_words(explanation: "Explanation") -> str:
    """Return what is said above the paths of a gradient."""
    paths = explanation.path_sum
    if paths is None or paths.count < 2:
        return ""
    words = f"sum over {paths.count:,} paths"
    if len(paths.lines) < paths.count:
        shown = len(paths.lines)
        rest = explanation.value - sum(share.contribution for share, _ in paths.lines)
        others = paths.count - shown
        which = "largest" if len(paths.shares) == paths.count else "largest found first"
        words += (
            f" (the {shown} {which}; the other {others:,} add up to"
            f" {number_text(rest, explanation.digits)})"
        )
    if paths.ends_in_group:
        words += ", which end at a softmax: its delta stands for what lies behind"
    return words


def listed(names: Sequence[str]) -> str:
    """Return a few names in words."""
    shown = ", ".join(names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown


def titled(step: Step, explanation: "Explanation") -> str:
    """Return the address of a step, with its sample where there are several."""
    if step.sample is None or explanation.sample is not None:
        return step.address
    return f"{step.address}, sample {step.sample}"


def notes(step: Step) -> Iterator[str]:
    """Yield what is said below the equations of a step."""
    yield from step.notes
    if step.repeated:
        yield f"(see {listed(step.repeated)} on this page)"
    if step.folded:
        yield f"(not unfolded further: {listed(step.folded)})"


class _Writer:
    """Writes one explanation as lines.

    Parameters
    ----------
    explanation : Explanation
    width : int
    spell : callable
        Gives each text as it is to be written.
    """

    def __init__(self, explanation: "Explanation", width: int, spell: Callable[[str], str]) -> None:
        self.explanation = explanation
        self.digits = explanation.digits
        self.width = width
        self.spell = spell

    def lines(self) -> Iterator[str]:
        """Yield the explanation line by line."""
        yield self.spell(heading(self.explanation))
        for step, depth in walked(self.explanation.root):
            indent = min(_INDENT * depth, _DEEPEST)
            if depth:
                yield ""
                title = titled(step, self.explanation)
                yield from self.sentence(f"{title}: {step.words}", indent)
            else:
                yield from self.sentence(step.words, indent)
                yield ""
            for equation in step.equations:
                if equation.label:
                    yield " " * (indent + 2) + self.spell(equation.label) + ":"
                yield from self.equation(equation.left.text, equation, indent + 2)
            if not depth:
                yield from self.paths()
            for note in notes(step):
                yield from self.sentence(note, indent + 2)

    def sentence(self, text: str, indent: int) -> Iterator[str]:
        """Yield words as indented lines."""
        return wrapped(self.spell(text), indent, self.width)

    def paths(self) -> Iterator[str]:
        """Yield the sum over paths of a gradient."""
        words = path_words(self.explanation)
        if not words or self.explanation.path_sum is None:
            return
        yield from self.sentence(f"{words}:", 2)
        for _, equation in self.explanation.path_sum.lines:
            lines = list(self.equation(f"{equation.left.text}:", equation, 4))
            if len(lines) > 1:
                lines = [
                    *self.sentence(f"{equation.left.text}:", 4),
                    *self.equation("", equation, 6),
                ]
            yield from lines

    def sides(self, equation: Line) -> list[tuple[str, list[str]]]:
        """Return each side of an equation: its sign, and pieces that belong together."""
        found = [pieces(form, equation.terms) for form in equation.forms]
        if equation.forms:
            numbers = filled_in(equation.forms[-1], equation.terms, self.digits)
            found.append(pieces(numbers, equation.terms))
        found.append([number_text(equation.value, self.digits)])
        sides = [
            ("= ", list(map(self.spell, side)))
            for n, side in enumerate(found)
            if n == 0 or side != found[n - 1]
        ]
        if not equation.is_exact:
            sides[-1] = (self.spell("≈ "), sides[-1][1])
        return sides

    def equation(self, left: str, equation: Line, indent: int) -> Iterator[str]:
        """Yield an equation on one line, or with each side on a line of its own."""
        left = self.spell(left)
        sides = self.sides(equation)
        whole = " ".join([left, *(sign + " ".join(side) for sign, side in sides)]).lstrip()
        if len(whole) + indent <= self.width:
            yield " " * indent + whole
            return
        start = left + " " if left else ""
        column = indent + len(start)
        if len(start) > _LONGEST_LEFT:
            yield " " * indent + left
            start, column = "", indent + 4
        for number, (sign, side) in enumerate(sides):
            before = " " * indent + start if number == 0 and start else " " * column
            yield from self.broken(before + sign, column + 2, side)

    def broken(self, start: str, column: int, side: Sequence[str]) -> Iterator[str]:
        """Yield one side, broken between its pieces where it is too long for the line."""
        line, empty = start, True
        room = self.width - column
        for piece in (part for one in side for part in _parts(one, room)):
            if not empty and len(line) + 1 + len(piece) > self.width:
                yield line
                line, empty = " " * column, True
            line += piece if empty else f" {piece}"
            empty = False
        yield line


def _parts(piece: str, room: int) -> list[str]:
    """Return a piece that is too long for a line in parts, each of which begins with a plus."""
    return [piece] if len(piece) <= room else re.split(r" (?=\+ )", piece)


def wrapped(text: str, indent: int, width: int) -> Iterator[str]:
    """Yield a sentence as indented lines."""
    space = " " * indent
    yield from wrap(
        text, max(width, indent + 20), initial_indent=space, subsequent_indent=space,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
