"""The icon's pixels: every face at every size is distinct by shape, legible on any panel, and shows how full it is."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from notifier.tray import artwork
from notifier.tray.face import Face, State
from notifier.tray.picture import LAYERS, grid, picture, template
from tests.live.needs import artefact

SIGNS = (State.QUIET, State.CHECKING, State.TROUBLE, State.PAUSED, State.OFFLINE)
PANELS = {"dark": (0x2B, 0x2B, 0x2B), "light": (0xF0, 0xF0, 0xF0), "grey": (0x80, 0x80, 0x80)}
SMALL = (16, 22, 24, 32, 48, 64)


def on_panel(face: Face, size: int, panel: tuple[int, int, int]) -> Image.Image:
    shown = Image.new("RGB", (size, size), panel)
    drawn = picture(face, size)
    shown.paste(drawn, (0, 0), drawn)
    return shown


def differing(a: Image.Image, b: Image.Image, least: int = 48) -> float:
    """The share of pixels whose lightness differs by at least `least` of 255: what an eye without colour sees."""
    difference = ImageChops.difference(a.convert("L"), b.convert("L")).point(lambda v: 255 * (v >= least))
    return ImageStat.Stat(difference).mean[0] / 255


@pytest.mark.parametrize("size", artwork.LAYER_SIZES)
def test_strip_has_every_layer(size: int) -> None:
    with Image.open(artwork.layers(size)) as strip:
        assert strip.size == (size * len(LAYERS), size)
        for number in range(len(LAYERS)):
            assert strip.crop((number * size, 0, (number + 1) * size, size)).getbbox(), LAYERS[number]


@pytest.mark.parametrize("size", SMALL)
@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_stands_out_on_any_panel(size: int, panel: tuple[int, int, int]) -> None:
    plain = Image.new("RGB", (size, size), panel)
    for state in SIGNS:
        assert differing(on_panel(Face(state, 0, 0.5), size, panel), plain) > 0.25, state


@pytest.mark.parametrize("size", SMALL)
@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_states_differ_without_colour(size: int, panel: tuple[int, int, int]) -> None:
    for one, other in itertools.combinations(SIGNS, 2):
        assert differing(on_panel(Face(one), size, panel), on_panel(Face(other), size, panel)) > 0.02, (one, other)


@pytest.mark.parametrize("size", SMALL)
def test_numbers_differ_without_colour(size: int) -> None:
    panel = PANELS["dark"]
    for one, other in itertools.combinations(range(11), 2):
        shown = [on_panel(Face(State.NEW if n else State.QUIET, n), size, panel) for n in (one, other)]
        assert differing(*shown) > 0.007, (one, other)  # two whole pixels of 16 by 16


@pytest.mark.parametrize("size", artwork.LAYER_SIZES)
def test_bar_grows_with_the_mailbox(size: int) -> None:
    """The level is lighter than the empty trough, never shorter for more mail, and reaches the end only when full."""
    places = grid(size)
    row = places.top + places.ink
    lengths = []
    for step in range(21):
        lightness = on_panel(Face(fill=step / 20), size, PANELS["dark"]).convert("L")
        level = [lightness.getpixel((x, row)) > 100 for x in range(places.left + places.ink, places.right - places.ink)]
        assert level == sorted(level, reverse=True)
        lengths.append(sum(level))
    assert lengths == sorted(lengths)
    assert lengths[0] == 0
    assert lengths[1] >= 1
    assert lengths[19] < lengths[20] == places.right - places.left - 2 * places.ink


@pytest.mark.parametrize("size", SMALL)
def test_template_is_black_and_tells_the_same(size: int) -> None:
    drawn = [template(Face(state, count, 0.5), size) for state in SIGNS for count in (0, 3, 10)]
    assert all(max(high for _, high in image.convert("RGB").getextrema()) == 0 for image in drawn)
    shapes = [image.getchannel("A") for image in drawn]
    for one, other in itertools.combinations(shapes, 2):
        assert differing(one, other) > 0.01


@pytest.mark.parametrize("size", [18, 20, 44, 512])
def test_odd_sizes_are_drawn_too(size: int) -> None:
    assert picture(Face(State.NEW, 3, 0.5), size).size == (size, size)


def test_rendered_layers_are_those_of_the_drawings(tmp_path: Path) -> None:
    """A changed drawing must be rendered again (scripts/render-icons)."""
    if shutil.which("rsvg-convert") is None:
        pytest.skip("rsvg-convert is not installed (Debian package librsvg2-bin)")
    icons = artwork.folder()
    copy = tmp_path / "icons"
    shutil.copytree(icons, copy)
    script = tmp_path / "scripts" / "render-icons"
    script.parent.mkdir()
    shutil.copy(icons.parent / "scripts" / "render-icons", script)
    subprocess.run([sys.executable, str(script)], check=True, timeout=60)
    for size in artwork.LAYER_SIZES:
        with Image.open(icons / f"layers-{size}.png") as kept, Image.open(copy / f"layers-{size}.png") as fresh:
            worst = ImageStat.Stat(ImageChops.difference(kept.convert("RGBA"), fresh.convert("RGBA"))).extrema
        assert max(high for _, high in worst) <= 24, size  # another version of the renderer may round differently


def test_contact_sheet() -> None:
    """Leaves a sheet of all states and sizes for a person to look at, in tests/artefacts."""
    faces = [
        Face(state, count, fill) for state in SIGNS for count, fill in ((0, None), (0, 0.35), (4, 0.85), (10, 1.0))
    ]
    sizes = (*SMALL, 128)
    width, height = sum(sizes) + 8 * len(sizes), max(sizes) + 8
    sheet = Image.new("RGB", (width * len(PANELS), height * len(faces)))
    for column, panel in enumerate(PANELS.values()):
        ImageDraw.Draw(sheet).rectangle((column * width, 0, (column + 1) * width, sheet.height), fill=panel)
        for row, face in enumerate(faces):
            left = column * width + 4
            for size in sizes:
                drawn = picture(face, size)
                sheet.paste(drawn, (left, row * height + 4), drawn)
                left += size + 8
    sheet.save(artefact("tray-contact-sheet.png"))
    assert len({picture(face, 22).tobytes() for face in faces}) == len(faces)
