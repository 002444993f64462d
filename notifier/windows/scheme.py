"""Whether the desktop prefers light or dark windows, and how many pixels it puts into an inch."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

LIGHT, DARK = "light", "dark"
OVERRIDE = "NOTIFIER_LOOK"  # "light" or "dark", for people whose desktop does not say, and for pictures
_PATIENCE = 0.5  # seconds; a desktop that is slow to say gets a light window


def preferred(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> str:
    """`light` or `dark`: what the user set for this program, else for the desktop; light where neither says."""
    asked = environment.get(OVERRIDE, "").lower()
    if asked in {LIGHT, DARK}:
        return asked
    if platform == "win32":
        return _from_registry()
    if platform == "darwin":
        return DARK if "dark" in _said_by("defaults", "read", "-g", "AppleInterfaceStyle") else LIGHT
    return _from_portal() or _from_gtk(environment)


def _from_portal() -> str | None:
    """The freedesktop portal's `color-scheme`: 1 prefers dark, 2 light, 0 does not care; None without a portal."""
    try:
        from jeepney import DBusAddress, MessageFlag, new_method_call
        from jeepney.io.blocking import open_dbus_connection

        portal = DBusAddress(
            "/org/freedesktop/portal/desktop",
            bus_name="org.freedesktop.portal.Desktop",
            interface="org.freedesktop.portal.Settings",
        )
        call = new_method_call(portal, "Read", "ss", ("org.freedesktop.appearance", "color-scheme"))
        call.header.flags |= MessageFlag.no_auto_start  # a portal that is not there must not hold up a window
        with open_dbus_connection("SESSION") as bus:
            reply = bus.send_and_get_reply(call, timeout=_PATIENCE)
        value = reply.body[0]
        while isinstance(value, tuple):  # a variant in a variant
            value = value[1]
        return {1: DARK, 2: LIGHT}.get(value)
    except Exception:  # noqa: BLE001 - a D-Bus library, a bus and a portal have many ways not to be there
        return None


def _from_gtk(environment: Mapping[str, str]) -> str:
    """What GTK programs go by: the environment, then the desktop's settings."""
    if environment.get("GTK_THEME"):
        return DARK if environment["GTK_THEME"].lower().endswith((":dark", "-dark")) else LIGHT
    asked = _said_by("gsettings", "get", "org.gnome.desktop.interface", "color-scheme")
    if "prefer" not in asked:
        asked = _said_by("gsettings", "get", "org.gnome.desktop.interface", "gtk-theme")
    return DARK if "dark" in asked else LIGHT


def _said_by(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.lower()


def _from_registry() -> str:
    if sys.platform != "win32":
        return LIGHT
    import winreg

    where = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, where) as key:
            return LIGHT if winreg.QueryValueEx(key, "AppsUseLightTheme")[0] else DARK
    except OSError:
        return LIGHT


def resource_dpi(resources: str) -> float | None:
    """`Xft.dpi` in an X resource string: where desktops put the user's scale; None where it is not set."""
    for line in resources.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "Xft.dpi":
            try:
                dpi = float(value)
            except ValueError:
                return None
            return dpi if 50 <= dpi <= 600 else None
    return None


def x_resources() -> str:
    """The X server's resource string. Tk reads the screen's size in millimetres only, and that one often lies."""
    import ctypes

    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return ""
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XResourceManagerString.argtypes = [ctypes.c_void_p]
    x11.XResourceManagerString.restype = ctypes.c_char_p
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    display = x11.XOpenDisplay(None)
    if not display:
        return ""
    try:
        return (x11.XResourceManagerString(display) or b"").decode("latin-1")
    finally:
        x11.XCloseDisplay(display)
