"""`import pystray` may raise anything; the program must hear a reason instead."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from notifier.tray import Action, CheckNow, Item, Quit
from notifier.tray.library import as_pystray

ROOT = Path(__file__).resolve().parent.parent.parent


def run(code: str, **env: str) -> str:
    """What `code` prints in a fresh process without desktop, but with `env`."""
    clean = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"}}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**clean, "PYTHONPATH": str(ROOT), "XDG_RUNTIME_DIR": "/nonexistent", **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


CHOOSE = "from notifier import tray; c = tray.choose(print); print(c.tray); [print(p.name, p.works) for p in c.probes]"


@pytest.mark.skipif(sys.platform != "linux", reason="the ways of free desktops")
@pytest.mark.parametrize("display", ["", ":987"], ids=["no display", "a dead display"])
def test_no_desktop_gives_reasons_instead_of_an_icon(display: str) -> None:
    env = {"DISPLAY": display} if display else {}
    assert run(CHOOSE, **env).splitlines() == ["None", "StatusNotifierItem False", "XEMBED False"]


@pytest.mark.parametrize("broken", ["raise ValueError('no typelib')", "raise SystemError", "import nothing_like_it"])
def test_a_broken_pystray_gives_a_reason(broken: str, tmp_path: Path) -> None:
    (tmp_path / "pystray.py").write_text(broken)
    code = (
        "from notifier.tray.library import pystray, Unavailable\n"
        "try: pystray()\nexcept Unavailable as error: print(error.why.split(':')[0])"
    )
    assert run(f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{code}") == "pystray cannot be loaded"


def test_loading_leaves_the_environment_alone() -> None:
    code = (
        "import os; from notifier.tray.library import pystray; pystray();"
        "import sys; print(os.environ.get('PYSTRAY_BACKEND'), 'Xlib' in sys.modules, 'PIL' in sys.modules)"
    )
    assert run(code) == "None False False"
    assert run(code, PYSTRAY_BACKEND="gtk") == "gtk False False"


def test_the_tray_room_is_light() -> None:
    """What every second of the day pays for: no image library, no Tk, no X, no mail."""
    heavy = "PIL Xlib tkinter keyring email ssl asyncio pystray jeepney dns smtplib"
    code = f"import sys; import notifier.tray; print([m for m in {heavy!r}.split() if m in sys.modules])"
    assert run(code) == "[]"


def test_menu_becomes_pystrays() -> None:
    chosen: list[Action] = []
    items = (
        Item("More", children=(Item("Check", CheckNow("A")),)),
        Item(separator=True),
        Item("Quit", Quit(), checked=True, enabled=False, default=True),
    )
    menu = as_pystray(items, chosen.append)
    more, line, last = menu
    assert (more.text, [entry.text for entry in more.submenu], more.item) == ("More", ["Check"], items[0])
    assert line is type(menu).SEPARATOR
    assert (last.text, last.checked, last.enabled, last.default) == ("Quit", True, False, True)
    next(iter(more.submenu))(None)
    assert chosen == [CheckNow("A")]
