"""What can be read in every format: a record says what stands in it, writers know how."""

import os
import pkgutil
from abc import ABC, abstractmethod
from importlib import import_module
from pathlib import Path
from typing import Any, Self

from neurograph import documents
from neurograph.checks import one_of
from neurograph.display import Displayed
from neurograph.documents.document import WRITERS, Document, Style
from neurograph.documents.latex import write_formula
from neurograph.errors import InvalidValueError, did_you_mean
from neurograph.files import write_whole

__all__ = ["Readable", "format_of"]

# Each writer registers itself, so that a further format is one file.
for _module in pkgutil.iter_modules(documents.__path__):
    if _module.name != "readable":
        import_module(f"{documents.__name__}.{_module.name}")
# Whichever was imported first, they stand in one order.
for _name in sorted(WRITERS):
    WRITERS[_name] = WRITERS.pop(_name)


def format_of(file: str | os.PathLike[str], what: str, also: str = "") -> str:
    """Return the name of the format that the suffix of a file says.

    Parameters
    ----------
    file : path
    what : str
        What is to be written, for the message.
    also : str
        What else it may be.

    Raises
    ------
    InvalidValueError
        If no format has this suffix.
    """
    path = Path(file)
    names = {row.suffix: name for name, row in WRITERS.items()}
    if path.suffix.lower() not in names:
        near = did_you_mean(path.suffix, names) if path.suffix else ""
        *rows, last = (f"{row.called or row.name} ({row.suffix})" for row in WRITERS.values())
        also = also and f"; or {also}"
        raise InvalidValueError(f"{path}: {what} is {', '.join(rows)} or {last}{also}{near}")
    return names[path.suffix.lower()]


class Readable(Displayed, ABC):
    """Something that can be written in every format, and shows itself in notebooks."""

    @abstractmethod
    def document(self) -> Document:
        """Return what stands in it."""

    def written(self, format: str, **style: Any) -> str:
        """Return it in a format.

        Parameters
        ----------
        format : str
            A name in `neurograph.documents.document.WRITERS`.
        **style
            As for `neurograph.documents.document.Style`.

        Raises
        ------
        InvalidValueError
            If there is no such format.
        """
        one_of(format, tuple(WRITERS), "format")
        return WRITERS[format].write(self.document(), Style(**style))

    def save(self, file: str | os.PathLike[str]) -> None:
        """Write it to a file, whole, in the format that its suffix says.

        Raises
        ------
        InvalidValueError
            If no format has this suffix.
        UnwritableError
            If the file cannot be written.
        """
        text = self.written(format_of(file, "a document"), whole=True)
        write_whole(file, text.rstrip("\n") + "\n")

    def text(self, *, ascii: bool = False, width: int = 80) -> str:
        """Return it as lines of text."""
        return self.written("text", width=width, ascii=ascii)

    def markdown(self) -> str:
        """Return it as Markdown, with LaTeX equations."""
        return self.written("markdown")

    def latex(self, *, document: bool = False) -> str:
        """Return it as LaTeX: what goes into a document, or a whole one."""
        return self.written("latex", whole=document)

    def html(self, *, document: bool = False) -> str:
        """Return it as HTML with MathML: a fragment, or a whole page."""
        return self.written("html", whole=document)

    def json(self) -> str:
        """Return it as JSON: what each part is, and numbers with all their digits."""
        return self.written("json")

    def __str__(self) -> str:
        return self.text()

    def _portrait(self, *, picture: bool = False) -> Self:
        return self

    def _repr_latex_(self) -> str:
        return write_formula(self.document(), Style())
