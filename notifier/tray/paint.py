"""Paints faces outside the tray process, so that the process that stays all day never loads Pillow.

As a program, `python -m notifier.tray.paint STATE COUNT FILL`, it draws one face and writes its pixels.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import zlib
from collections import OrderedDict
from threading import Lock

from notifier.tray.artwork import PACKAGE
from notifier.tray.face import Face, State

SIZES = (16, 22, 24, 32, 48, 64)  # what panels ask for, with and without doubled pixels
REMEMBERED = 48  # faces; some 3 kB each
PATIENCE = 20.0  # seconds for a child that needs a tenth of one

Pixmap = tuple[int, int, bytes]
"""Width, height and the pixels, four bytes each: alpha, red, green, blue (StatusNotifierItem's order)."""

log = logging.getLogger(__name__)


class Painter:
    """Gives the pixmaps of a face and remembers them: the same few faces come again all day."""

    def __init__(self) -> None:
        self._known: OrderedDict[Face, bytes] = OrderedDict()
        self._lock = Lock()

    def pixmaps(self, face: Face) -> tuple[Pixmap, ...]:
        with self._lock:
            packed = self._known.get(face)
            if packed is None:
                packed = self._known[face] = zlib.compress(_painted(face))
            self._known.move_to_end(face)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return _apart(zlib.decompress(packed))


def _painted(face: Face) -> bytes:
    """All sizes' pixels in one piece: from a child process, or drawn here should it fail."""
    fill = "" if face.fill is None else str(face.fill)
    command = [sys.executable, "-P", "-m", "notifier.tray.paint", face.state.value, str(face.count), fill]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=PATIENCE, check=True, env=_environment()
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("the icon is drawn in this process: %s", error)
        return pixels(face)
    return done.stdout if len(done.stdout) == sum(s * s * 4 for s in SIZES) else pixels(face)


def _environment() -> dict[str, str]:
    """The child's environment: it finds this very package, wherever that was started from."""
    paths = [str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}


def _apart(joined: bytes) -> tuple[Pixmap, ...]:
    start, pixmaps = 0, []
    for size in SIZES:
        pixmaps.append((size, size, joined[start : start + size * size * 4]))
        start += size * size * 4
    return tuple(pixmaps)


def pixels(face: Face) -> bytes:
    """The pixels of `face` in all `SIZES`, joined. Loads Pillow."""
    from PIL import Image

    from notifier.tray.picture import picture

    def argb(image: Image.Image) -> bytes:
        red, green, blue, alpha = image.split()
        return Image.merge("RGBA", (alpha, red, green, blue)).tobytes()

    return b"".join(argb(picture(face, size)) for size in SIZES)


if __name__ == "__main__":
    state, count, fill = sys.argv[1:4]
    sys.stdout.buffer.write(pixels(Face(State(state), int(count), float(fill) if fill else None)))
