"""Opening a window of this program: a process of its own with the running program's folders."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

from notifier.places import Places

# These commands speak in a terminal unless they are asked for their window.
_ALSO_IN_A_TERMINAL = {"history", "outbox"}
_OF_AN_ACCOUNT = {"history", "setup"}


def can_show_windows() -> bool:
    """Whether there is a screen to show a window on."""
    unix = sys.platform not in {"win32", "darwin"}
    return not unix or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def open_window(command: str, places: Places, account: str | None = None) -> None:
    """Starts `notifier COMMAND [ACCOUNT]`. Raises OSError when no process can be started."""
    words = [sys.executable, "-m", "notifier", command]
    if command in _ALSO_IN_A_TERMINAL:
        words.append("--window")
    if account and command in _OF_AN_ACCOUNT:
        words += ["--", account]  # a name may begin with a dash
    environment = {**os.environ}
    if (home := places.home) is not None:
        environment["NOTIFIER_HOME"] = str(home)
    process = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    threading.Thread(target=process.wait, name=f"window {command}", daemon=True).start()
