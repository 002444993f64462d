"""Where the drawings are: beside the package's code when installed, in `icons/` of a checkout otherwise."""

from __future__ import annotations

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
LAYER_SIZES = (16, 22, 24, 32, 48, 64, 128, 256)


@cache
def folder() -> Path:
    """The folder of the artwork. Raises FileNotFoundError when the installation is incomplete."""
    for candidate in (PACKAGE / "icons", PACKAGE.parent / "icons"):
        if (candidate / "notifier.svg").is_file():
            return candidate
    raise FileNotFoundError(f"the artwork is missing: neither {PACKAGE / 'icons'} nor {PACKAGE.parent / 'icons'}")


def layers(size: int) -> Path:
    """The strip of layers of the tray icon at `size` pixels, one of `LAYER_SIZES`."""
    return folder() / f"layers-{size}.png"


def app_icon() -> Path:
    """The program's own icon, scalable."""
    return folder() / "notifier.svg"


def app_icon_pixels(size: int) -> Path:
    """The program's own icon at `size` pixels, one of `LAYER_SIZES`."""
    return folder() / "hicolor" / f"{size}x{size}" / "apps" / "notifier.png"


def windows_icon() -> Path:
    """The program's own icon as Windows takes it, all sizes in one file."""
    return folder() / "notifier.ico"
