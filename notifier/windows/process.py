"""How a window is started and answers: a child process, its request as JSON on stdin, its answer as JSON on stdout.

Tk never enters the tray process, and what a window costs in memory is given back when it closes. Secrets may travel
this way (a pipe is read by nobody else), never on the command line or in the environment.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from notifier.errors import NotifierError

Request = Mapping[str, Any]
Answer = dict[str, Any]

NO_WINDOW = 3  # exit status: no window could be shown; the answer's `trouble` says why
NO_TK, NO_DISPLAY, BROKEN = "no-tk", "no-display", "broken"
SETTINGS, REFUSED = "settings", "refused"  # the window could not open, and has said why on the screen


class WindowProcess:
    """A window that is open. Nothing here waits, except `answer`."""

    def __init__(self, process: subprocess.Popen[str], request: Request) -> None:
        self._process = process
        self._said = ""
        self._reader = threading.Thread(target=self._talk, args=(json.dumps(request),), daemon=True)
        self._reader.start()

    def _talk(self, request: str) -> None:
        self._said, _ = self._process.communicate(request)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def finished(self) -> bool:
        return not self._reader.is_alive()

    def answer(self, timeout: float | None = None) -> Answer | None:
        """What the window answered; waits `timeout` seconds for it to close (None: until it does), then None."""
        self._reader.join(timeout)
        if self._reader.is_alive():
            return None
        return read_answer(self._said)

    def close(self) -> None:
        """Asks the window to end, as when the session ends: it keeps what was typed as a draft."""
        self._process.terminate()


def open_window(name: str, request: Request) -> WindowProcess:
    """Starts `notifier.windows.<name>` with `request`. Raises OSError if no process can be started."""
    environment = dict(os.environ)
    root = str(Path(__file__).resolve().parents[2])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environment.get("PYTHONPATH", "")]))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", f"notifier.windows.{name}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    return WindowProcess(process, request)


def read_answer(said: str) -> Answer:
    """The answer on the last line; a window that ended without one (killed, say) is `broken`."""
    lines = said.strip().splitlines()
    try:
        answer = json.loads(lines[-1]) if lines else None
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {"ok": False, "trouble": BROKEN, "message": ""}


def serve(window: Callable[[Request], Answer]) -> int:
    """The child's side: reads the request, shows `window`, writes its answer; returns the exit status.

    Anything the window prints goes to stderr, so that the answer stands alone on stdout.
    """
    out, sys.stdout = sys.stdout, sys.stderr
    try:
        answer = _shown(window, _request())
    finally:
        sys.stdout = out
    out.write(json.dumps(answer) + "\n")
    out.flush()
    return NO_WINDOW if answer.get("trouble") in {NO_TK, NO_DISPLAY} else 0


def _request() -> Request:
    if sys.stdin is None or sys.stdin.isatty():
        return {}
    request = json.loads(sys.stdin.read() or "{}")
    if not isinstance(request, dict):
        raise TypeError("a request is a JSON object")
    return request


def _shown(window: Callable[[Request], Answer], request: Request) -> Answer:
    from notifier.words import _

    try:
        import tkinter as tk
    except ImportError:
        words = _("Windows need Tk, which this Python does not have. On Debian: apt install python3-tk")
        return {"ok": False, "trouble": NO_TK, "message": words}
    try:
        return {"ok": True, **window(request)}
    except NotifierError as error:
        return _refused(error)
    except tk.TclError as error:
        if "display" not in str(error):
            raise
        words = _("There is no display to show a window on.")
        return {"ok": False, "trouble": NO_DISPLAY, "message": words}


def _refused(error: NotifierError) -> Answer:
    """Said in words, not as a fault: settings to be mended, a file that cannot be written."""
    import tkinter as tk

    from notifier.config import SettingsError
    from notifier.windows.notice import notice

    with contextlib.suppress(tk.TclError):  # no display: who started us has the answer
        notice(str(error))
    return {
        "ok": False,
        "trouble": SETTINGS if isinstance(error, SettingsError) else REFUSED,
        "message": str(error),
    }
