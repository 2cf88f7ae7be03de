"""What can be read in every format: a record says what stands in it, writers know how."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from neurograph.documents.document import Document, Style
from neurograph.documents.html import write_html
from neurograph.documents.latex import write_formula, write_latex
from neurograph.documents.markdown import write_markdown
from neurograph.documents.plain import write_text

__all__ = ["WRITERS", "Readable"]

#: By format, what writes a document in it; a formula is what notebooks show of LaTeX.
WRITERS: dict[str, Callable[[Document, Style], str]] = {
    "text": write_text,
    "markdown": write_markdown,
    "latex": write_latex,
    "html": write_html,
    "formula": write_formula,
}


class Readable(ABC):
    """Something that can be written in every format, and shows itself in notebooks."""

    @abstractmethod
    def _document(self) -> Document:
        """Return what stands in it."""

    def _written(self, format: str, style: Style | None = None) -> str:
        return WRITERS[format](self._document(), style or Style())

    def text(self, *, ascii: bool = False, width: int = 80) -> str:
        """Return it as lines of text."""
        return self._written("text", Style(width=width, ascii=ascii))

    def markdown(self) -> str:
        """Return it as Markdown, with LaTeX equations."""
        return self._written("markdown")

    def latex(self, *, document: bool = False) -> str:
        """Return it as LaTeX: what goes into a document, or a whole one."""
        return self._written("latex", Style(whole=document))

    def html(self, *, document: bool = False) -> str:
        """Return it as HTML with MathML: a fragment, or a whole page."""
        return self._written("html", Style(whole=document))

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.html()

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_latex_(self) -> str:
        return self._written("formula")
