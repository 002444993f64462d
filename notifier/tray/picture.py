"""Draws a face with Pillow from the rendered layers: each size has its own pixels, so nothing is blurred by scaling.

The layers of one size lie side by side in `icons/layers-SIZE.png`; `scripts/render-icons` makes them from the drawings.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from notifier.tray import artwork
from notifier.tray.face import COUNT_MOST, Face, State

LAYERS = (
    "envelope",
    "envelope-new",
    *(f"count-{n}" for n in range(1, COUNT_MOST)),
    "count-9+",
    *("checking", "trouble", "paused", "offline"),
)
"""The order of the layers in a strip: that of the groups in the drawings."""

INK = (27, 36, 48, 255)
TRACK = (70, 84, 104, 255)
LEVEL = (255, 255, 255, 255)
LEVEL_HIGH = (255, 180, 0, 255)
LEVEL_FULL = (255, 72, 60, 255)
HIGH, FULL = 0.8, 0.95  # shares of the mailbox from which the bar has another colour; its length tells the same


@dataclass(frozen=True, slots=True)
class Grid:
    """Where things lie at one size, in pixels. `lower`: how far the envelope moves down where no bar is drawn."""

    left: int
    right: int  # the first column the bar does not take
    top: int  # of the bar
    bottom: int
    ink: int  # the trough's thickness
    gap: int  # of nothing around number and sign
    lower: int

    @property
    def trough(self) -> tuple[int, int, int, int]:
        return (self.left, self.top, self.right - 1, self.bottom - 1)

    def inside(self, fill: float) -> tuple[int, int, int, int]:
        """The part of the trough that a mailbox filled to `fill` takes: a pixel at least, all of it only when full."""
        left, right = self.left + self.ink, self.right - self.ink
        length = max(int((right - left) * min(max(fill, 0.0), 1.0)), 1)
        return (left, self.top + self.ink, left + length - 1, self.bottom - self.ink - 1)


_SMALL = {
    16: Grid(0, 16, 12, 16, 1, 1, 3),
    22: Grid(1, 21, 16, 21, 1, 1, 3),
    24: Grid(2, 22, 17, 22, 1, 1, 3),
}
_LARGE = Grid(1, 31, 25, 31, 1, 1, 4)  # for 32 pixels and what is a multiple of them


def grid(size: int) -> Grid:
    """The places at `size`, one of `artwork.LAYER_SIZES`."""
    if size in _SMALL:
        return _SMALL[size]
    scale = size / 32
    return Grid(
        left=round(_LARGE.left * scale),
        right=round(_LARGE.right * scale),
        top=round(_LARGE.top * scale),
        bottom=round(_LARGE.bottom * scale),
        ink=int(1.4 * scale),
        gap=round(_LARGE.gap * scale),
        lower=round(_LARGE.lower * scale),
    )


@lru_cache(maxsize=64)
def picture(face: Face, size: int) -> Image.Image:
    """`face` as an RGBA picture of `size` by `size` pixels. Do not change it: it is shared."""
    if size not in artwork.LAYER_SIZES:
        return _resized(face, size)
    places = grid(size)
    canvas = _envelope(face, size, places)
    if face.fill is not None:
        draw = ImageDraw.Draw(canvas)
        draw.rounded_rectangle(places.trough, radius=places.ink, fill=INK)
        draw.rectangle(places.inside(1.0), fill=TRACK)
        if face.fill > 0:
            draw.rectangle(places.inside(face.fill), fill=_level_colour(face.fill))
    return canvas


def template(face: Face, size: int) -> Image.Image:
    """`face` in black and nothing, as macOS menu bars take it: what is dark stays, what is light becomes a hole."""
    places = grid(size)
    colours = _envelope(face, size, places)
    darkness = ImageChops.invert(colours.convert("L")).point(_steepen)
    black = Image.new("RGBA", colours.size, (0, 0, 0, 0))
    black.putalpha(ImageChops.multiply(colours.getchannel("A"), darkness))
    if face.fill is not None:
        draw = ImageDraw.Draw(black)
        draw.rectangle(places.trough, outline="black", width=places.ink)
        draw.rectangle(places.inside(face.fill), fill="black")
    return black


def _steepen(darkness: int) -> int:
    """Ink, signs and the number's ground become solid; paper and white become nothing."""
    return min(max((darkness - 100) * 4, 0), 255)


def _envelope(face: Face, size: int, places: Grid) -> Image.Image:
    """The envelope with its sign and number, moved to the middle where no bar is needed."""
    down = places.lower if face.fill is None else 0
    canvas = Image.new("RGBA", (size, size))
    canvas.alpha_composite(_layer("envelope-new" if face.count else "envelope", size), (0, down))
    if face.state not in {State.QUIET, State.NEW}:
        _stamp(canvas, _layer(face.state.value, size), places.gap, down)
    if face.count:
        _stamp(canvas, _layer(_count_layer(face.count), size), places.gap)
    return canvas


def _resized(face: Face, size: int) -> Image.Image:
    """A size without artwork of its own is scaled down from the next larger one."""
    larger = next((s for s in artwork.LAYER_SIZES if s > size), artwork.LAYER_SIZES[-1])
    return picture(face, larger).resize((size, size), Image.Resampling.LANCZOS)


@lru_cache(maxsize=1)
def _strip(size: int) -> Image.Image:
    with Image.open(artwork.layers(size)) as image:
        return image.convert("RGBA")


def _layer(name: str, size: int) -> Image.Image:
    left = LAYERS.index(name) * size
    return _strip(size).crop((left, 0, left + size, size))


def _count_layer(count: int) -> str:
    return "count-9+" if count >= COUNT_MOST else f"count-{count}"


def _stamp(canvas: Image.Image, layer: Image.Image, gap: int, down: int = 0) -> None:
    """Puts `layer` on top with `gap` pixels of nothing around its shape: it stands out on any panel, in any colour."""
    if down:
        layer = ImageChops.offset(layer, 0, down)
    around = layer.getchannel("A").filter(ImageFilter.MaxFilter(2 * gap + 1))
    canvas.putalpha(ImageChops.subtract(canvas.getchannel("A"), around))
    canvas.alpha_composite(layer)


def _level_colour(fill: float) -> tuple[int, int, int, int]:
    if fill >= FULL:
        return LEVEL_FULL
    return LEVEL_HIGH if fill >= HIGH else LEVEL
