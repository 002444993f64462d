"""Asks the X server whether a panel owns the system tray selection (XEMBED system tray protocol)."""

from __future__ import annotations

from notifier.tray.library import Unavailable
from notifier.words import _


def manager_is_there() -> bool:
    """Whether a tray is there now. Raises Unavailable when there is no display on which one could appear."""
    try:
        import Xlib.display
    except ImportError as error:
        raise Unavailable(_("The package python-xlib is missing."), "python-xlib") from error
    try:
        display = Xlib.display.Display()
    except Exception as error:  # Xlib raises its own errors, and OSError for a socket that is there but dead
        raise Unavailable(_("The X display does not answer: {error}").format(error=error)) from error
    try:
        selection = display.intern_atom(f"_NET_SYSTEM_TRAY_S{display.get_default_screen()}")
        return bool(display.get_selection_owner(selection))
    finally:
        display.close()
