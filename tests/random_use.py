"""A page used at random: clicks, drags, keys and typed texts, as nobody would in their right mind.

``python tests/random_use.py --minutes 20 page.html ...`` goes on until something stands in the
console, and prints the actions that led there. Each run is repeated by its ``--seed``.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

#: What is typed: numbers at the edge, texts that are none, markup, and much too much.
TEXTS = (
    "0.5", "-0", "1e999", "-1e308", "1e-320", "nan", "NaN", "inf", "", " ", "3/8", "1/0", "0,5",
    "1,234", "1.5·10⁻³", "--1", "abc", "<script>alert(1)</script>", "'\"`&amp;{name}", "١٢٣",
    "0x10", "\u202e123", "🙂", "9" * 5000, "1" + "0" * 400, "-", ".", "e5", "1e-999", "null",
    "__proto__",
)  # fmt: skip
KEYS = (
    "Tab", "Shift+Tab", "Enter", "Space", "Escape", "Home", "End", "ArrowLeft", "ArrowRight",
    "ArrowUp", "ArrowDown", "PageDown", "Delete", "Backspace", "a", "Shift+ArrowUp",
)  # fmt: skip
_CLICKABLE = "button, summary, [data-element], .operand, .ball, .ground-lines, input, select, th"
#: Printing and links lead out of the page.
_LEFT_ALONE = "#print, a, :disabled, [hidden] *"
_PLACE = """([selector, without, share]) => {
    const nodes = [...document.querySelectorAll(selector)].filter((node) =>
        !node.matches(without) && node.getClientRects().length > 0);
    if (nodes.length === 0) return null;
    const node = nodes[Math.floor(share * nodes.length)];
    node.scrollIntoView({ block: "center" });
    const { x, y, width, height } = node.getBoundingClientRect();
    return [x + width / 2, y + height / 2, node.outerHTML.slice(0, 80)];
}"""
_OPTION = """([share, other]) => {
    const selects = [...document.querySelectorAll("select:enabled")].filter((node) =>
        node.options.length > 0 && node.getClientRects().length > 0);
    if (selects.length === 0) return "nothing";
    const select = selects[Math.floor(share * selects.length)];
    const options = [...select.options].filter((option) => !option.disabled);
    select.value = options[Math.floor(other * options.length)].value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    return `${select.id} ${select.ariaLabel} ${select.value}`;
}"""


class RandomUser:
    """Somebody who uses a page at random.

    Parameters
    ----------
    tab : playwright page
    seed : int

    Attributes
    ----------
    actions : list of str
        What was done so far.
    """

    def __init__(self, tab: Any, seed: int) -> None:
        self.tab, self.rng = tab, np.random.default_rng(seed)
        self.actions: list[str] = []

    def act(self) -> None:
        """Do one thing."""
        kinds = (self.click, self.click, self.key, self.type, self.select, self.drag, self.wheel)
        self.actions.append(kinds[self.rng.integers(len(kinds))]())

    def place(self, selector: str) -> Any:
        """Scroll to something at random; return its middle, and its markup."""
        arguments = [selector, _LEFT_ALONE, self.rng.random()]
        return self.tab.evaluate(_PLACE, arguments) or [5, 5, "corner"]

    def click(self) -> str:
        """Click on something."""
        x, y, markup = self.place(_CLICKABLE)
        self.tab.mouse.click(x, y)
        return f"click {markup}"

    def key(self) -> str:
        """Press a key, wherever the focus is."""
        key = str(self.rng.choice(KEYS))
        self.tab.keyboard.press(key)
        return f"key {key}"

    def type(self) -> str:
        """Type into a field."""
        x, y, markup = self.place("input:not([type=range]):not([type=checkbox])")
        text = TEXTS[self.rng.integers(len(TEXTS))]
        self.tab.mouse.click(x, y, click_count=3)
        self.tab.keyboard.insert_text(text)
        self.tab.keyboard.press("Enter" if self.rng.random() < 0.5 else "Tab")
        return f"type {text[:30]!r} into {markup}"

    def select(self) -> str:
        """Choose another option of a list."""
        return f"select {self.tab.evaluate(_OPTION, [self.rng.random(), self.rng.random()])}"

    def drag(self) -> str:
        """Drag the ball, a slider or a line to somewhere else."""
        x, y, markup = self.place(".ball, input[type=range], [data-element]")
        self.tab.mouse.move(x, y)
        self.tab.mouse.down()
        for dx, dy in self.rng.normal(scale=80, size=(3, 2)).tolist():
            self.tab.mouse.move(max(1, x + dx), max(1, y + dy))
        self.tab.mouse.up()
        return f"drag {markup}"

    def wheel(self) -> str:
        """Turn the wheel."""
        way = int(self.rng.integers(-300, 300))
        self.tab.mouse.wheel(0, way)
        return f"wheel {way}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Use pages in turn until the time is over, or until one has something in its console."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args(arguments)
    end, seed, total = time.monotonic() + 60 * options.minutes, options.seed, 0
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        while time.monotonic() < end:
            file = options.pages[seed % len(options.pages)]
            tab = browser.new_page(viewport={"width": (360, 1400)[seed % 2], "height": 900})
            messages: list[str] = []
            for event in ("console", "pageerror"):
                tab.on(
                    event, lambda one, kept=messages: kept.append(getattr(one, "text", str(one)))
                )
            tab.goto(file.resolve().as_uri())
            tab.wait_for_selector("html.alive")
            user = RandomUser(tab, seed)
            while not messages and len(user.actions) < 400 and time.monotonic() < end:
                user.act()
            total += len(user.actions)
            if messages:
                print(f"seed {seed}, {file}: {messages}", *user.actions[-12:], sep="\n")
                return 1
            tab.close()
            seed += 1
    print(f"{total:,} actions, nothing in the console")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
