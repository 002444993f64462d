"""Draws menus and tooltips with Pillow, for panels that give an icon a place and nothing else."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from notifier.tray.menu import Item

FONT_SIZE = 13  # pixels
ROW, RULE, EDGE = 25, 9, 5  # heights of a line and of a separator, and the margin around all
MARK, ARROW = 26, 24  # widths of the places for a tick, at the left, and for a submenu's arrow, at the right
WIDEST = 560

GROUND = (250, 250, 251)
FRAME = (170, 178, 189)
TEXT = (27, 36, 48)
FAINT = (128, 138, 150)
CHOSEN = (31, 95, 191)
ON_CHOSEN = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a menu in its place, in pixels from the menu's top."""

    item: Item
    top: int
    height: int

    @property
    def selectable(self) -> bool:
        return self.item.enabled and not self.item.separator


@dataclass(frozen=True, slots=True)
class Layout:
    """A menu's lines and its size in pixels."""

    rows: tuple[Row, ...]
    width: int
    height: int

    def row_at(self, y: int) -> int | None:
        """The number of the line at `y`, None where there is none to choose."""
        for number, row in enumerate(self.rows):
            if row.top <= y < row.top + row.height:
                return number if row.selectable else None
        return None

    def next_row(self, current: int | None, step: int) -> int | None:
        """The next line to choose from `current` on, around the ends; `step` 1 down, -1 up."""
        count = len(self.rows)
        start = (-1 if step > 0 else count) if current is None else current
        turns = ((start + step * n) % count for n in range(1, count + 1))
        return next((n for n in turns if self.rows[n].selectable), None)


def lay_out(items: tuple[Item, ...]) -> Layout:
    rows, top, width = [], EDGE, 120
    for item in items:
        height = RULE if item.separator else ROW
        rows.append(Row(item, top, height))
        top += height
        width = max(width, MARK + round(_font(item.default).getlength(item.label)) + ARROW)
    return Layout(tuple(rows), min(width, WIDEST), top + EDGE)


def draw(layout: Layout, chosen: int | None) -> Image.Image:
    """The menu as a picture, with line `chosen` marked."""
    picture = Image.new("RGB", (layout.width, layout.height), GROUND)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, layout.width - 1, layout.height - 1), outline=FRAME)
    for number, row in enumerate(layout.rows):
        _draw_row(pen, row, layout.width, chosen=number == chosen)
    return picture


def _draw_row(pen: ImageDraw.ImageDraw, row: Row, width: int, *, chosen: bool) -> None:
    middle = row.top + row.height // 2
    if row.item.separator:
        pen.line((EDGE + 4, middle, width - EDGE - 5, middle), fill=FRAME)
        return
    if chosen:
        pen.rounded_rectangle((EDGE - 1, row.top, width - EDGE, row.top + row.height - 1), radius=4, fill=CHOSEN)
    colour = ON_CHOSEN if chosen else TEXT if row.item.enabled else FAINT
    pen.text((MARK, middle), row.item.label, fill=colour, font=_font(row.item.default), anchor="lm")
    if row.item.checked is not None:
        _draw_mark(pen, middle, colour, checked=row.item.checked)
    if row.item.children:
        tip = width - EDGE - 7
        pen.polygon([(tip - 5, middle - 4), (tip, middle), (tip - 5, middle + 4)], fill=colour)


def _draw_mark(pen: ImageDraw.ImageDraw, middle: int, colour: tuple[int, int, int], *, checked: bool) -> None:
    """A box, so that an empty one shows that there is something to tick."""
    pen.rounded_rectangle((8, middle - 6, 19, middle + 5), radius=2, outline=colour)
    if checked:
        pen.line([(10, middle - 1), (13, middle + 2), (17, middle - 4)], fill=colour, width=2)


def draw_note(text: str) -> Image.Image:
    """A tooltip: the first line in bold."""
    lines = [line[:100] for line in text.split("\n")[:20]]
    fonts = [_font(bold=number == 0) for number in range(len(lines))]
    width = max(round(font.getlength(line)) for font, line in zip(fonts, lines, strict=True)) + 16
    picture = Image.new("RGB", (min(width, 2 * WIDEST), 19 * len(lines) + 10), GROUND)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, picture.width - 1, picture.height - 1), outline=FRAME)
    for number, (font, line) in enumerate(zip(fonts, lines, strict=True)):
        pen.text((8, 15 + 19 * number), line, fill=TEXT, font=font, anchor="lm")
    return picture


@cache
def _font(bold: bool = False) -> Any:
    """The desktop's sans-serif; Pillow's own letters where there is none, or no way to ask for it."""
    pattern = "sans-serif:bold" if bold else "sans-serif"
    try:
        asked = subprocess.run(
            ["fc-match", "--format=%{file}", pattern], capture_output=True, text=True, timeout=5, check=True
        )
        return ImageFont.truetype(Path(asked.stdout.strip()), FONT_SIZE)
    except (OSError, subprocess.SubprocessError):
        return ImageFont.load_default(FONT_SIZE)
