"""What moves, as files: frames of GIFs, pages with a player, and videos."""

import base64
import re
import shutil
import stat
import subprocess
import sys
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from matplotlib.animation import FuncAnimation
from matplotlib.figure import Figure
from PIL import Image

import neurograph as ng
from neurograph.drawing import Moving, alt_text, animate_passes, save
from neurograph.drawing.pictures import rendered


def moving(**look: object) -> Moving:
    """Return the passes of a small network, in ten frames."""
    net = ng.Network.layered(1, 1, 1, weights=0.5, bias=0.1)
    return animate_passes(net, [1.0], frames_each=2, **look)  # type: ignore[arg-type]


class Page(HTMLParser):
    """Collects the tags of a page, and what is left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag."""
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close a tag."""
        assert self.open.pop() == tag


def test_a_page_holds_every_frame_and_needs_nothing_else() -> None:
    """The frames are in the page, as many as move; no address leads out of it."""
    animation = moving()
    text = rendered(animation, "html").decode()
    frames = re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", text)
    assert len(frames) == animation.n_frames == 10
    sizes = {Image.open(BytesIO(base64.b64decode(frame))).size for frame in frames}
    assert len(sizes) == 1
    assert not re.search(r"(src|href)=\"(?!data:)", text)
    assert "http" not in text


def test_a_page_is_read_aloud() -> None:
    """Its language, title and picture have words, and so has every control."""
    animation = moving(language="de", theme="dark")
    page = Page(rendered(animation, "html").decode())
    assert not page.open
    tags = [tag for tag, _ in page.tags]
    assert tags.count("button") == 3
    attributes = dict(page.tags)
    assert attributes["html"]["lang"] == "de"
    assert attributes["img"]["alt"] == alt_text(animation).split(". ")[0]
    named = [given.get("aria-label") for tag, given in page.tags if tag in ("button", "input")]
    assert named == ["ein Bild zurück", "abspielen", "ein Bild weiter", "Bild"]


@pytest.mark.parametrize("kind", ["gif", "html"])
def test_the_same_film_is_the_same_file(kind: str) -> None:
    """Two runs write the same bytes."""
    assert rendered(moving(), kind) == rendered(moving(), kind)


def test_a_film_has_the_size_and_the_dots_that_are_asked_for() -> None:
    """Frames of 4 by 2 inches at 50 dots an inch are 200 by 100 pixels."""
    film = Image.open(BytesIO(rendered(moving(size=(4, 2), dpi=50), "gif")))
    assert film.size == (200, 100)


def test_a_page_of_another_animation() -> None:
    """An animation that Matplotlib made becomes a page too."""
    figure = Figure(figsize=(2, 1))
    (line,) = figure.add_subplot().plot([0, 1], [0, 1])
    animation = FuncAnimation(figure, lambda k: line.set_data([0, 1], [0, k]), frames=3)
    text = rendered(animation, "html").decode()
    assert len(re.findall("data:image/png", text)) == 3


def test_a_page_replaces_only_a_page(tmp_path: Path) -> None:
    """A file that is no page is not overwritten."""
    target = tmp_path / "net.html"
    save(moving(), target)
    save(moving(), target)
    (tmp_path / "other.html").write_text("notes", encoding="utf-8")
    with pytest.raises(ng.UnwritableError, match=r"other.html"):
        save(moving(), tmp_path / "other.html")


def test_without_ffmpeg_a_video_is_one_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It says what is missing and what can be saved instead; nothing is written."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ng.InvalidValueError, match=r"needs the program ffmpeg.* \.html or \.gif"):
        save(moving(), tmp_path / "net.mp4")
    assert not list(tmp_path.iterdir())


def program(folder: Path, code: str) -> None:
    """Put a program that is called ffmpeg into a folder."""
    path = folder / "ffmpeg"
    path.write_text(f"#!{sys.executable}\nimport sys\n{code}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_ffmpeg_gets_every_pixel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is told the size, which is even, and is given three bytes for each pixel of each frame."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program(
        folder,
        "n = len(sys.stdin.buffer.read())\n"
        "size = sys.argv[sys.argv.index('-video_size') + 1]\n"
        "open(sys.argv[-1], 'wb').write(b'0000ftyp' + f'{n} {size}'.encode())",
    )
    monkeypatch.setenv("PATH", str(folder))
    path = save(moving(size=(2.03, 1.01), dpi=100), tmp_path / "net.mp4")
    n, size = path.read_bytes()[8:].decode().split()
    width, height = map(int, size.split("x"))
    assert (width, height) == (202, 100)
    assert int(n) == 10 * width * height * 3


def test_what_ffmpeg_says_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where ffmpeg fails, its last line is the reason."""
    program(tmp_path, "sys.stdin.buffer.read(); sys.exit('Unknown encoder libx264')")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ng.InvalidValueError, match=r"ffmpeg made no video: Unknown encoder"):
        save(moving(), tmp_path / "net.mp4")


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="there is no ffmpeg here")
def test_a_video_has_the_frames(tmp_path: Path) -> None:
    """Decoded by ffmpeg, a video has as many frames as move."""
    animation = moving()
    path = save(animation, tmp_path / "net.mp4")
    command = ["ffmpeg", "-loglevel", "error", "-i", str(path), "-f", "rawvideo", "-"]
    raw = subprocess.run([*command[:-1], "-pix_fmt", "gray", "-"], capture_output=True, check=True)
    height, width = (np.array(animation.drawing.figure.get_size_inches()) * 100 // 2 * 2)[::-1]
    assert len(raw.stdout) == animation.n_frames * int(width) * int(height)
