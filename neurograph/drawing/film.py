"""What moves, as a file: its frames as GIF, as a page with a player, or as a video."""

import base64
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.animation import Animation, PillowWriter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from neurograph.drawing.style import phrase
from neurograph.drawing.themes import current_look, theme
from neurograph.errors import InvalidValueError
from neurograph.escapes import html_words

__all__ = ["FILMS", "gif_of", "html_of", "mp4_of"]

Frame = NDArray[np.uint8]

# Of an animation that says none, in milliseconds between frames.
_INTERVAL = 200

#: One file: the frames are in it, and nothing is fetched.
_PAGE = """<!DOCTYPE html>
<html lang="%(language)s">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>%(title)s</title>
<style>
body { margin: 1rem; background: %(paper)s; color: %(ink)s; font: 1rem/1.4 sans-serif; }
figure { margin: 0 auto; max-width: %(width)dpx; }
img { width: 100%%; height: auto; }
nav { display: flex; gap: .5rem; align-items: center; }
input { flex: 1; }
button { font: inherit; min-width: 2.6rem; }
figcaption { margin-top: .6rem; font-size: .9rem; }
</style>
</head>
<body>
<figure>
<img id="picture" alt="%(title)s" src="%(first)s">
<nav>
<button id="back" aria-label="%(back)s">‹</button>
<button id="play" aria-label="%(play)s">▶</button>
<button id="on" aria-label="%(on)s">›</button>
<input id="place" type="range" min="0" max="%(last)d" value="0" aria-label="%(frame)s">
<output id="count" for="place">1 / %(frames)d</output>
</nav>
<figcaption>%(description)s</figcaption>
</figure>
<script>
const frames = [%(others)s];
const [picture, play, place, count] =
  ["picture", "play", "place", "count"].map(id => document.getElementById(id));
let timer = null;
frames[0] = picture.src;
function show(frame) {
  const n = (frame + frames.length) %% frames.length;
  picture.src = frames[n];
  place.value = n;
  count.textContent = `${n + 1} / ${frames.length}`;
}
function stop() {
  clearInterval(timer);
  timer = null;
  play.textContent = "▶";
  play.setAttribute("aria-label", "%(play)s");
}
function step(by) { stop(); show(Number(place.value) + by); }
play.onclick = () => {
  if (timer !== null) { stop(); return; }
  timer = setInterval(() => show(Number(place.value) + 1), %(interval)d);
  play.textContent = "❚❚";
  play.setAttribute("aria-label", "%(pause)s");
};
document.getElementById("back").onclick = () => step(-1);
document.getElementById("on").onclick = () => step(1);
place.oninput = () => step(0);
</script>
</body>
</html>
"""


def gif_of(animation: Any, description: str) -> bytes:
    """Return an animation as a GIF file, which runs for ever."""
    first, *others = _quantized(_frames(animation))
    buffer = BytesIO()
    interval = _interval(animation)
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=interval, loop=0)
    return buffer.getvalue()


def html_of(animation: Any, description: str) -> bytes:
    """Return an animation as one page with a player that needs nothing else."""
    frames = _frames(animation)
    first, *others = (_as_source(image) for image in _quantized(frames))
    title = description.partition(". ")[0].removesuffix(".")
    parts = {
        name: html_words(phrase(key))
        for name, key in (
            ("play", "play"), ("pause", "pause"), ("back", "one frame back"),
            ("on", "one frame on"), ("frame", "frame"),
        )
    }  # fmt: skip
    page = _PAGE % {
        **parts,
        "language": current_look().language,
        "title": html_words(title),
        "description": html_words(description),
        "paper": theme().paper,
        "ink": theme().ink,
        "width": frames[0].shape[1],
        "first": first,
        "others": ", ".join(["null", *(f'"{source}"' for source in others)]),
        "last": len(frames) - 1,
        "frames": len(frames),
        "interval": _interval(animation),
    }
    return page.encode()


def mp4_of(animation: Any, description: str) -> bytes:
    """Return an animation as a video, which ffmpeg makes.

    Raises
    ------
    InvalidValueError
        If there is no ffmpeg, or it does not make one.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise InvalidValueError(
            "a video needs the program ffmpeg, which is not on the search path: install it, or save"
            " the animation as .html or .gif"
        )
    frames = _frames(animation)
    height, width, _ = frames[0].shape
    # The colours of a video are kept for squares of four pixels.
    frames = [frame[: height // 2 * 2, : width // 2 * 2] for frame in frames]
    height, width, _ = frames[0].shape
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "moving.mp4")
        command = [
            program, "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24",
            "-video_size", f"{width}x{height}", "-framerate", f"{1000 / _interval(animation):.6g}",
            "-i", "-", "-codec:v", "libx264", "-pix_fmt", "yuv420p", "-threads", "1",
            "-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart",
            "-metadata", f"comment={description}", str(path),
        ]  # fmt: skip
        pixels = b"".join(frame.tobytes() for frame in frames)
        done = subprocess.run(command, input=pixels, capture_output=True, check=False)
        if done.returncode or not path.is_file():
            said = done.stderr.decode(errors="replace").strip().splitlines()
            why = said[-1] if said else f"it ended with status {done.returncode}"
            raise InvalidValueError(f"ffmpeg made no video: {why}")
        return path.read_bytes()


#: How an animation becomes each kind of file.
FILMS = {"gif": gif_of, "html": html_of, "mp4": mp4_of}


def _interval(animation: Any) -> int:
    """Return the milliseconds between two frames."""
    return max(round(getattr(animation, "_interval", _INTERVAL)), 1)


def _frames(animation: Any) -> list[Frame]:
    return _drawn(animation) if hasattr(animation, "drawing") else _saved(animation)


def _saved(animation: Animation) -> list[Frame]:
    """Return the frames of an animation of Matplotlib, which writes them to a path only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "moving.gif")
        animation.save(str(path), writer=PillowWriter(fps=max(1000 // _interval(animation), 1)))
        with Image.open(path) as film:
            return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)]


def _drawn(moving: Any) -> list[Frame]:
    """Draw each frame once, where `Animation.save` draws it three times."""
    figure = moving.drawing.figure
    canvas, engine = figure.canvas, figure.get_layout_engine()
    agg = FigureCanvasAgg(figure)
    try:
        if engine is not None:
            # Laid out once: to do it for every frame takes longer than to draw it.
            figure.draw_without_rendering()
            figure.set_layout_engine("none")
        frames = []
        for frame in range(moving.n_frames):
            moving.show(frame)
            # Matplotlib leaves these two without annotations.
            agg.draw()  # type: ignore[no-untyped-call]
            drawn = np.asarray(agg.buffer_rgba())  # type: ignore[no-untyped-call]
            frames.append(drawn[..., :3].copy())
    finally:
        moving.show(0)
        figure.set_layout_engine(engine)
        figure.set_canvas(canvas)
    return frames


def _quantized(frames: Sequence[Frame]) -> list[Image.Image]:
    """Return frames in one palette for all, from frames all along: what stays the same is small."""
    some = [frames[k] for k in np.unique(np.linspace(0, len(frames) - 1, 8).astype(int))]
    palette = Image.fromarray(np.concatenate(some)).quantize(256, Image.Quantize.FASTOCTREE)
    return [
        Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE)
        for frame in frames
    ]


def _as_source(image: Image.Image) -> str:
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
