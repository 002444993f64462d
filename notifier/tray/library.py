"""The way to pystray, which may raise anything when imported: one backend is asked for at a time, and reasons are kept.

`import pystray` picks a backend at once, and on Linux opens the display for it. We name the backend ourselves, so that
the StatusNotifierItem needs neither display nor X library.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from notifier.errors import NotifierError
from notifier.tray.interface import OnAction
from notifier.tray.menu import Item


class Unavailable(NotifierError):
    """A backend cannot be used on this desktop; `why` and `remedy` are sentences for `notifier doctor`."""

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.remedy = remedy


def pystray() -> Any:
    """The library without any backend of its own. Raises Unavailable."""
    try:
        with _no_backend():
            return importlib.import_module("pystray")
    except Exception as error:
        raise Unavailable(f"pystray cannot be loaded: {error or type(error).__name__}") from error


def backend(name: str) -> Any:
    """The module of pystray's own backend `name` ("xorg", "win32", "darwin"). Raises Unavailable."""
    pystray()
    try:
        return importlib.import_module(f"pystray._{name}")
    except Exception as error:  # a missing display raises Xlib's own errors, a missing typelib ValueError
        raise Unavailable(f"pystray's {name} backend cannot be used: {error or type(error).__name__}") from error


@contextmanager
def _no_backend() -> Iterator[None]:
    """pystray reads this variable while it is imported, and only then."""
    before = os.environ.get("PYSTRAY_BACKEND")
    os.environ["PYSTRAY_BACKEND"] = "dummy"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYSTRAY_BACKEND"]
        else:
            os.environ["PYSTRAY_BACKEND"] = before


def as_pystray(items: tuple[Item, ...], on_action: OnAction) -> Any:
    """Our menu as pystray's. Every entry keeps its `item`, for backends that draw from our values."""
    library = pystray()
    return library.Menu(*(_entry(library, item, on_action) for item in items))


def _entry(library: Any, item: Item, on_action: OnAction) -> Any:
    if item.separator:
        return library.Menu.SEPARATOR
    chosen = as_pystray(item.children, on_action) if item.children else _chosen(item, on_action)
    checked = item.checked
    entry = library.MenuItem(
        item.label,
        chosen,
        checked=None if checked is None else lambda _: bool(checked),
        default=item.default,
        enabled=item.enabled,
    )
    entry.item = item
    return entry


def _chosen(item: Item, on_action: OnAction) -> Any:
    def choose() -> None:
        if item.action is not None:
            on_action(item.action)

    return choose
