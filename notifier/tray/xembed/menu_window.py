"""A menu of our own under the pointer, for panels that report a click and open no menu by one (LXQt 1.2), on X11.

As a program (`python -m notifier.tray.xembed.menu_window`) it reads the menu as JSON from its stdin, and writes the
number of the chosen line, or none. A process of its own, because it needs Pillow and Xlib only while the menu is open.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from typing import Any

from notifier.tray.actions import Action, CheckNow
from notifier.tray.artwork import PACKAGE
from notifier.tray.menu import Item

PATIENCE = 120.0  # seconds an open menu waits for a choice

log = logging.getLogger(__name__)


def is_possible() -> bool:
    """Only plain X11 lets a program put a menu where it likes."""
    return bool(os.environ.get("DISPLAY")) and not os.environ.get("WAYLAND_DISPLAY")


def ask(items: tuple[Item, ...]) -> Action | None:
    """Opens the menu and waits for a choice; None when it was closed without one, or could not be opened."""
    lines: list[Item] = []
    plain = [_plain(item, lines) for item in items]
    path = os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")]))
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", __name__],
            input=json.dumps(plain),
            stdout=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            check=True,
            env={**os.environ, "PYTHONPATH": path},
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("the menu could not be opened: %s", error)
        return None
    chosen = done.stdout.strip()
    return lines[int(chosen)].action if chosen else None


def _plain(item: Item, lines: list[Item]) -> dict[str, Any]:
    """What the child needs to draw the line, and its number. What the line does stays here."""
    lines.append(item)
    return {
        "number": len(lines) - 1,
        "label": item.label,
        "enabled": item.enabled,
        "checked": item.checked,
        "default": item.default,
        "separator": item.separator,
        "acts": item.action is not None,
        "children": [_plain(child, lines) for child in item.children],
    }


def _drawable(plain: dict[str, Any]) -> Item:
    """The child's side: here an action only says which line it belongs to."""
    return Item(
        plain["label"],
        CheckNow(str(plain["number"])) if plain["acts"] else None,
        enabled=plain["enabled"],
        checked=plain["checked"],
        default=plain["default"],
        separator=plain["separator"],
        children=tuple(_drawable(child) for child in plain["children"]),
    )


def _open(items: tuple[Item, ...]) -> Action | None:
    import Xlib.display

    from notifier.tray.xembed.popup import PopupMenu

    display = Xlib.display.Display()
    chosen: list[Action] = []
    menu = PopupMenu(display, chosen.append)
    pointer = display.screen().root.query_pointer()
    menu.open(items, pointer.root_x, pointer.root_y)
    while menu.is_open:
        menu.handle(display.next_event())
    return chosen[0] if chosen else None


if __name__ == "__main__":
    choice = _open(tuple(_drawable(plain) for plain in json.load(sys.stdin)))
    sys.stdout.write(choice.account or "" if isinstance(choice, CheckNow) else "")
