"""Where the X11 menu opens and what it paints, on a screen that only notes what it is told."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from notifier.tray import Action, CheckNow, Item, OpenMail, Quit

X = pytest.importorskip("Xlib.X")
from notifier.tray.xembed.canvas import STRIP, floating, put  # noqa: E402 - only where Xlib is there
from notifier.tray.xembed.lettering import EDGE, ROW, lay_out  # noqa: E402
from notifier.tray.xembed.popup import PopupMenu  # noqa: E402

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="X11")
WIDTH, HEIGHT = 800, 600
ITEMS = (
    Item("Work", children=(Item("Open mail", OpenMail("Work")), Item("Check", CheckNow("Work")))),
    Item("Check now", CheckNow()),
    Item("Quit", Quit()),
)


class Window:
    def __init__(self, x: int, y: int, width: int, height: int, number: int) -> None:
        self.x, self.y, self.width, self.height, self.id = x, y, width, height, number
        self.painted: list[tuple[int, int, int, bytes]] = []
        self.gone = False

    def put_image(
        self, _gc: object, x: int, y: int, w: int, h: int, _format: int, depth: int, _pad: int, data: bytes
    ) -> None:
        assert x == 0 and w == self.width
        self.painted.append((y, h, depth, data))

    def get_geometry(self) -> Window:
        return self

    def destroy(self) -> None:
        self.gone = True

    def configure(self, *, width: int, height: int) -> None:
        self.width, self.height = width, height

    def __getattr__(self, _name: str) -> Any:
        return lambda *_args, **_options: None  # map, create_gc, grabs


class Display:
    """A screen of 800 by 600 pixels."""

    def __init__(self) -> None:
        self.windows: list[Window] = []
        root = SimpleNamespace(create_window=self._window)
        self._screen = SimpleNamespace(width_in_pixels=WIDTH, height_in_pixels=HEIGHT, root_depth=24, root=root)

    def _window(self, x: int, y: int, width: int, height: int, *_rest: object, **_options: object) -> Window:
        self.windows.append(Window(x, y, width, height, len(self.windows)))
        return self.windows[-1]

    def screen(self) -> SimpleNamespace:
        return self._screen

    def open_ones(self) -> list[Window]:
        return [window for window in self.windows if not window.gone]

    def __getattr__(self, _name: str) -> Any:
        return lambda *_args, **_options: None  # flush, sync, ungrabs


def pointer(kind: int, x: int, y: int) -> SimpleNamespace:
    return SimpleNamespace(type=kind, root_x=x, root_y=y)


def row_of(window: Window, number: int) -> tuple[int, int]:
    return window.x + 10, window.y + EDGE + number * ROW + ROW // 2


@pytest.mark.parametrize(("x", "y"), [(10, 10), (WIDTH - 1, 10), (10, HEIGHT - 1), (WIDTH - 1, HEIGHT - 1)])
def test_all_of_the_menu_is_on_the_screen(x: int, y: int) -> None:
    display = Display()
    menu = PopupMenu(display, lambda _action: None)
    menu.open(ITEMS, x, y)
    (window,) = display.open_ones()
    assert window.x >= 0 and window.x + window.width <= WIDTH
    assert window.y >= 0 and window.y + window.height <= HEIGHT
    assert window.y == (10 if y == 10 else y - window.height), "upwards where there is no room below"


@pytest.mark.parametrize(("x", "to_the_right"), [(10, True), (WIDTH - 1, False)])
def test_a_submenu_opens_beside_its_line(x: int, to_the_right: bool) -> None:
    display, chosen = Display(), list[Action]()
    menu = PopupMenu(display, chosen.append)
    menu.open(ITEMS, x, 100)
    menu.handle(pointer(X.MotionNotify, *row_of(display.windows[0], 0)))
    first, second = display.open_ones()
    assert second.y == first.y and (second.x > first.x) is to_the_right
    menu.handle(pointer(X.MotionNotify, *row_of(second, 1)))
    menu.handle(pointer(X.ButtonRelease, *row_of(second, 1)))
    assert chosen == [CheckNow("Work")] and display.open_ones() == [] and not menu.is_open


def test_the_click_that_opens_it_chooses_nothing() -> None:
    display, chosen = Display(), list[Action]()
    menu = PopupMenu(display, chosen.append)
    menu.open(ITEMS, 100, 100)
    menu.handle(pointer(X.ButtonRelease, *row_of(display.windows[0], 1)))
    assert chosen == [] and menu.is_open
    menu.handle(pointer(X.ButtonPress, 700, 500))
    assert chosen == [] and not menu.is_open, "a click beside it closes it"


def test_new_words_in_an_open_menu() -> None:
    display = Display()
    menu = PopupMenu(display, lambda _action: None)
    menu.open(ITEMS, 10, 10)
    menu.handle(pointer(X.MotionNotify, *row_of(display.windows[0], 0)))
    before = display.windows[0].width
    menu.update((Item("Work: 3 unseen, 41 messages, 62 % full", children=ITEMS[0].children), *ITEMS[1:]))
    first, second = display.open_ones()
    assert first is display.windows[0] and first.width > before
    menu.update((Item("Home", children=(Item("Open mail", OpenMail("Home")),)), *ITEMS[1:]))
    assert display.open_ones() == [first] and second.gone, "another account's lines are another submenu"


def test_large_pictures_go_in_strips() -> None:
    """A request of X11 holds a quarter of a megabyte at the most."""
    picture = Image.effect_noise((400, 700), 50).convert("RGBA")
    window = Window(0, 0, 400, 700, 1)
    put(window, None, picture, 24)
    assert all(len(data) <= STRIP for _, _, _, data in window.painted)
    assert sum(rows for _, rows, _, _ in window.painted) == 700
    assert b"".join(data for _, _, _, data in window.painted) == picture.convert("RGB").tobytes("raw", "BGRX")


def test_blending_panels_get_multiplied_colours() -> None:
    window = Window(0, 0, 1, 1, 1)
    put(window, None, Image.new("RGBA", (1, 1), (200, 100, 0, 128)), 32)
    assert list(window.painted[0][3]) == [0, 50, 100, 128]


def test_a_note_near_the_edge_is_whole() -> None:
    window = floating(Display(), 790, -20, Image.new("RGBA", (100, 40)), 0)
    assert (window.x, window.y) == (WIDTH - 100, 0)
    assert lay_out(ITEMS).width <= WIDTH
