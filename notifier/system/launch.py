"""Starting other programs: by argument list, never through a shell, never left as zombies, ended when they hang."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)


def launch(command: Sequence[str], more: Mapping[str, str] | None = None) -> None:
    """Starts a program that lives on its own, such as the mail program; it survives this one.

    `more` is added to the environment. Raises OSError when it cannot be started.
    """
    process = _start(command, more)
    threading.Thread(target=process.wait, name=f"reaps-{process.pid}", daemon=True).start()


def run_bounded(command: Sequence[str], limit: float, more: Mapping[str, str] | None = None) -> threading.Thread:
    """Starts a program and ends it, with all that it started, when it runs longer than `limit` seconds.

    Returns at once; the thread given back ends when the program has. Raises OSError when it cannot be started.
    """
    process = _start(command, more)
    watcher = threading.Thread(target=_watch, args=(process, command[0], limit), name=f"watches-{process.pid}")
    watcher.daemon = True
    watcher.start()
    return watcher


def _start(command: Sequence[str], more: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
    new_group = 0
    if sys.platform == "win32":
        new_group = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    return subprocess.Popen(
        list(command),
        env={**os.environ, **(more or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a group of its own, to be ended as one; no part of it on Windows
        creationflags=new_group,
    )


def _watch(process: subprocess.Popen[bytes], name: str, limit: float) -> None:
    try:
        status = process.wait(limit)
    except subprocess.TimeoutExpired:
        log.warning("%s ran for more than %g seconds and was ended", name, limit)
        end_group(process)
    else:
        if status:
            log.warning("%s ended with status %d", name, status)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Ends a program started here and everything in its group, and waits for it."""
    if sys.platform == "win32":
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            tree = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
            subprocess.run(tree, check=False, timeout=5, capture_output=True)
        process.kill()
    else:
        # The process is not waited for yet, so its number, which is that of the group, cannot be anybody else's.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
