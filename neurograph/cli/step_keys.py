"""What is typed while stepping: single keys on a terminal, else lines."""

import contextlib
import os
import select
import sys
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, NamedTuple

from neurograph.signals import at_the_end

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Command", "commands"]

PROMPT = "n next, p previous, f NAME, ? help, q quit "

#: What a key that is no letter sends, and what it means.
_SENT = {
    "[C": "n", "[B": "n", "OC": "n", "OB": "n", "[6~": "n",
    "[D": "p", "[A": "p", "OD": "p", "OA": "p", "[5~": "p",
    "[H": "s", "OH": "s", "[1~": "s", "[F": "e", "OF": "e", "[4~": "e",
}  # fmt: skip
_ESCAPE = "\x1b"
_KEYS = {"\n": "n", "\r": "n", " ": "n", "\x7f": "p", "\x08": "p", _ESCAPE: "q", "\x04": "q",
         "\x03": "q"} | {_ESCAPE + sent: letter for sent, letter in _SENT.items()}  # fmt: skip
#: Keys after which something more is typed.
_WITH_TEXT = {"f": "to which neuron, connection, address or phase? ", "g": "to which event? "}
#: Words of a line that are more than a letter and a name.
_WORDS = {"next": "n", "previous": "p", "prev": "p", "back": "p", "quit": "q", "exit": "q",
          "help": "?", "start": "s", "end": "e"}  # fmt: skip
#: Seconds in which the rest of what one key sends arrives.
_AT_ONCE = 0.05
_LONGEST = 8


class Command(NamedTuple):
    """What was typed: a letter, and the text after it."""

    letter: str
    text: str = ""


def commands(console: "Console") -> Generator[Command, None, None]:
    """Yield what is typed; the terminal is as it was when the generator is closed."""
    if sys.stdin is not None and sys.stdin.isatty():
        with contextlib.suppress(ImportError):
            import termios  # not on Windows, where lines are read instead

            yield from _keys(console, termios)
            return
    yield from _lines()


def _lines() -> Iterator[Command]:
    for line in sys.stdin or ():
        typed = line.strip()
        if typed.lower() in _WORDS:
            yield Command(_WORDS[typed.lower()])
            continue
        letter, _, text = typed.partition(" ")
        # A line may also be "f h1" without its space, or empty for the next event.
        yield Command(letter[:1] or "n", (letter[1:] + " " + text).strip())


def _keys(console: "Console", termios: object) -> Iterator[Command]:
    """Yield keys as they are pressed; after some of them a line is read."""
    import tty

    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)  # type: ignore[attr-defined]

    def as_before() -> None:
        with contextlib.suppress(termios.error):  # type: ignore[attr-defined]
            # Not the mode that would drop what was typed ahead.
            termios.tcsetattr(handle, termios.TCSADRAIN, before)  # type: ignore[attr-defined]

    with at_the_end(as_before):
        while True:
            console.print(PROMPT, end="", style="dim")
            tty.setcbreak(handle, termios.TCSADRAIN)  # type: ignore[attr-defined]
            sent = _pressed(lambda: _read(handle), lambda: _has_more(handle))
            console.print()
            letter = _KEYS.get(sent, sent) if sent else "q"
            text = ""
            if letter in _WITH_TEXT:
                as_before()
                try:
                    text = console.input(_WITH_TEXT[letter])
                except EOFError:
                    return
            yield Command(letter, text.strip())


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 1)
    except OSError:  # the terminal was closed
        return b""


def _has_more(handle: int) -> bool:
    return bool(select.select([handle], [], [], _AT_ONCE)[0])


def _pressed(read: Callable[[], bytes], has_more: Callable[[], bool]) -> str:
    """Return what one key sent; what was typed after it is left for later.

    An arrow key sends several characters at once, a letter of another alphabet several bytes.
    """
    sent = read()
    if sent == _ESCAPE.encode():
        while len(sent) < _LONGEST and has_more():
            sent += read()
            if len(sent) > 2 and not (sent[-1:].isdigit() or sent[-1:] == b";"):
                break
    elif sent and sent[0] >= 0x80:
        while len(sent) < 4 and not _is_whole(sent) and has_more():
            sent += read()
    return sent.decode(errors="ignore")


def _is_whole(sent: bytes) -> bool:
    try:
        sent.decode()
    except UnicodeDecodeError:
        return False
    return True
