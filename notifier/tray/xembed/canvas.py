"""Bare X11 windows with a picture in them, through python-xlib: what menus, tooltips and the icon are made of."""

from __future__ import annotations

from typing import Any

from PIL import Image
from Xlib import X

STRIP = 200_000  # octets of pixels in one request; the protocol's bound is 262,140 (X11, "Big requests" aside)


def put(window: Any, gc: Any, picture: Image.Image, depth: int) -> None:
    """Paints `picture` into `window`, whose `depth` is 24, or 32 with an alpha channel of its own."""
    pixels = _pixels(picture, depth)
    row = picture.width * 4
    rows = max(STRIP // row, 1)
    for top in range(0, picture.height, rows):
        part = pixels[top * row : (top + rows) * row]
        window.put_image(gc, 0, top, picture.width, len(part) // row, X.ZPixmap, depth, 0, part)


def _pixels(picture: Image.Image, depth: int) -> bytes:
    if depth != 32:
        return picture.convert("RGB").tobytes("raw", "BGRX")
    return picture.convert("RGBa").tobytes("raw", "BGRa")  # colours already multiplied by alpha, as compositors take it


def grab(window: Any, width: int, height: int) -> Image.Image | None:
    """What `window` shows now, None when the server does not say (hidden, or another kind of pixels)."""
    from Xlib import error

    try:
        reply = window.get_image(0, 0, width, height, X.ZPixmap, 0xFFFFFFFF)
    except error.XError:
        return None
    if reply.depth not in {24, 32} or len(reply.data) < width * height * 4:
        return None
    return Image.frombytes("RGB", (width, height), bytes(reply.data), "raw", "BGRX")


def floating(display: Any, x: int, y: int, picture: Image.Image, events: int) -> Any:
    """A window that no window manager touches, moved so that all of `picture` is on the screen."""
    screen = display.screen()
    left = max(0, min(x, screen.width_in_pixels - picture.width))
    top = max(0, min(y, screen.height_in_pixels - picture.height))
    window = screen.root.create_window(
        left,
        top,
        picture.width,
        picture.height,
        0,
        screen.root_depth,
        X.InputOutput,
        override_redirect=True,
        event_mask=events | X.ExposureMask,
    )
    window.map()
    return window
