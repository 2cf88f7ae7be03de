"""The page in a notebook as a widget: what is on its screen comes back to Python.

Needs the extra ``[notebook]``. The page stands in a frame that reaches nothing of the notebook; it
sends the text of a scenario file whenever something is changed, and that is all that comes back.
"""

from functools import cache
from importlib import import_module
from typing import Any

from neurograph.errors import InvalidValueError, NeurographError
from neurograph.network import Network
from neurograph.scenario import Scenario
from neurograph.scenario.schema import read_scenario

__all__ = ["Live"]

_SCRIPT = """
export default {
  render({ model, el }) {
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts allow-downloads";
    frame.style.cssText = `width: 100%; height: ${model.get("height")}px; border: 0`;
    const read = ({ source, data }) => {
      if (source !== frame.contentWindow || typeof data?.neurograph !== "string") return;
      model.set("text", data.neurograph);
      model.save_changes();
    };
    window.addEventListener("message", read);
    frame.srcdoc = model.get("document");
    el.append(frame);
    return () => window.removeEventListener("message", read);
  },
};
"""


@cache
def _widget_class() -> Any:
    try:
        anywidget, traitlets = import_module("anywidget"), import_module("traitlets")
    except ImportError:
        raise InvalidValueError(
            "a page whose values come back needs anywidget: install neurograph with the extra"
            " [notebook]"
        ) from None
    members = {
        "_esm": _SCRIPT,
        "document": traitlets.Unicode().tag(sync=True),
        "height": traitlets.Int(900).tag(sync=True),
        "text": traitlets.Unicode().tag(sync=True),
    }
    return type("PageWidget", (anywidget.AnyWidget,), members)


class Live:
    """A page in a notebook, and what a reader has made of it.

    Attributes
    ----------
    widget : anywidget.AnyWidget
        What the notebook shows; `observe` of it tells of changes of ``text``.
    """

    def __init__(self, document: str, height: int) -> None:
        self.widget = _widget_class()(document=document, height=height)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.widget._repr_mimebundle_(**options)

    @property
    def text(self) -> str:
        """The scenario file of what is on the screen; empty before the page is shown.

        It is empty, too, while something is on the screen that no such file can state.
        """
        text: str = self.widget.text
        return text

    @property
    def scenario(self) -> Scenario:
        """What is on the screen, as a scenario.

        Raises
        ------
        NeurographError
            If the page has not been shown yet, or shows what no file can state.
        """
        if not self.text:
            raise NeurographError(
                "nothing has come back: show the page first, and change only what a scenario file"
                " can state"
            )
        return read_scenario(self.text, "on the screen")

    @property
    def network(self) -> Network:
        """The network on the screen, with its weights as they are there.

        Raises
        ------
        NeurographError
            As for `scenario`.
        """
        return self.scenario.network()
