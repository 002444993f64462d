"""`org.kde.StatusNotifierItem`: the icon as the panel reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from notifier.tray.paint import Pixmap
from notifier.tray.sni.bus import Answer, Variant
from notifier.tray.sni.introspection import ITEM_XML


@dataclass
class ItemObject:
    """The icon on the bus. `is_menu`: a click opens the menu, and only panels can do that."""

    menu_path: str
    on_click: Callable[[], None]
    id: str = "notifier"
    tooltip: str = "Notifier"
    pixmaps: tuple[Pixmap, ...] = ()
    is_menu: bool = True
    visible: bool = False

    path = "/StatusNotifierItem"
    interface = "org.kde.StatusNotifierItem"
    introspection = ITEM_XML

    @property
    def status(self) -> str:
        return "Active" if self.visible else "Passive"

    def properties(self) -> dict[str, Variant]:
        title, _, text = self.tooltip.partition("\n")
        return {
            "Category": ("s", "Communications"),
            "Id": ("s", self.id),
            "Title": ("s", title),
            "Status": ("s", self.status),
            "WindowId": ("i", 0),
            "IconName": ("s", ""),
            "IconThemePath": ("s", ""),
            "IconPixmap": ("a(iiay)", list(self.pixmaps)),
            # The text is a subset of HTML by the specification (FreeDesktop StatusNotifierItem, "ToolTip").
            "ToolTip": ("(sa(iiay)ss)", ("", [], title, _escaped(text))),
            "ItemIsMenu": ("b", self.is_menu),
            "Menu": ("o", self.menu_path),
        }

    def call(self, member: str, _body: tuple[Any, ...]) -> Answer | None:
        if member == "Activate":
            self.on_click()  # also when the menu is wanted: a panel that asks this overlooks ItemIsMenu
            return "", ()
        if member in {"SecondaryActivate", "ContextMenu", "Scroll"}:
            return "", ()  # a middle click or a turn of the wheel has no meaning here
        return None


def _escaped(text: str) -> str:
    """As `html.escape`, whose module loads a table of two thousand names."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
