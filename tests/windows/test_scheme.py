"""Light or dark, and the scale: what the desktop says, and what is made of odd answers."""

from __future__ import annotations

import pytest

from notifier.windows import scheme


@pytest.mark.parametrize("asked", ["light", "dark", "DARK"])
def test_the_users_own_word_comes_first(asked: str) -> None:
    assert scheme.preferred({scheme.OVERRIDE: asked}, "linux") == asked.lower()


@pytest.mark.parametrize(
    ("theme", "expected"),
    [("Adwaita:dark", "dark"), ("Adwaita-dark", "dark"), ("Adwaita", "light"), ("Darkroom", "light")],
)
def test_a_gtk_theme_in_the_environment_is_believed(theme: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheme, "_from_portal", lambda: None)
    assert scheme.preferred({"GTK_THEME": theme}, "linux") == expected


def test_nobody_to_ask_means_light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    monkeypatch.setenv("PATH", "")
    assert scheme.preferred({}, "linux") == "light"


@pytest.mark.parametrize(
    ("resources", "dpi"),
    [
        ("Xft.dpi:\t192\n", 192.0),
        ("Xcursor.size: 24\nXft.dpi: 144.5\nXft.rgba: rgb\n", 144.5),
        ("Xft.dpi: much\n", None),
        ("Xft.dpi: 100000\n", None),
        ("*Xft.dpi.x: 96\n", None),
        ("", None),
    ],
)
def test_the_desktops_scale_is_read_from_x_resources(resources: str, dpi: float | None) -> None:
    assert scheme.resource_dpi(resources) == dpi
