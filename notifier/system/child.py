"""A question to a short-lived child process: JSON in on its stdin, JSON out on its stdout, killed when time is up.

Libraries that are heavy (keyring, OAuth2) live in such children, so that the tray never carries them. Secrets may
travel here: a pipe is read by nobody else, unlike arguments and environment.
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

Facts = dict[str, Any]


class ChildError(NotifierError):
    """The child gave no answer: it ended early, wrote something else, or (`late`) took too long."""

    def __init__(self, module: str, *, late: bool = False) -> None:
        super().__init__(module, "took too long" if late else "gave no answer")
        self.late = late


def ask(module: str, request: Mapping[str, Any], seconds: float) -> Facts:
    """What `python -m module` answers to `request` within `seconds`. Raises ChildError."""
    environment = dict(os.environ)
    root = str(Path(__file__).resolve().parents[2])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environment.get("PYTHONPATH", "")]))
    try:
        output = _told(module, json.dumps(request), environment, seconds)
        answer = json.loads(output.strip().rpartition("\n")[2])
    except subprocess.TimeoutExpired:
        # Not chained: the exception holds what was said so far, which may be a secret.
        raise ChildError(module, late=True) from None
    except (OSError, ValueError):
        raise ChildError(module) from None
    if not isinstance(answer, dict):
        raise ChildError(module)
    return answer


def _told(module: str, request: str, environment: Mapping[str, str], seconds: float) -> str:
    """The child's output. Its stdin stays open meanwhile: the end of that tells it that nobody waits any more."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    question, process.stdin = process.stdin, None  # `communicate` would close it
    assert question is not None  # noqa: S101 - asked for above
    with process:
        try:
            question.write(request + "\n")
            question.flush()
            output, _errors = process.communicate(timeout=seconds)
        except BaseException:
            process.kill()
            raise
        finally:
            with contextlib.suppress(OSError):
                question.close()
    return str(output)


def serve(answer: Callable[[Facts], Facts]) -> int:
    """The child's side: one request, one answer. What a library prints goes to stderr; ends when its parent has."""
    out, sys.stdout = sys.stdout, sys.stderr
    request = json.loads(sys.stdin.buffer.readline())
    if os.name == "posix":  # Windows lets nobody ask about a handle, as new processes do, while it is being read
        threading.Thread(target=_end_with_parent, daemon=True).start()
    facts = answer(request)
    out.write(json.dumps(facts) + "\n")  # ASCII only, so the console's encoding does not matter
    out.flush()
    return 0


def _end_with_parent() -> None:
    """Nobody writes a second line: what is read is the end, when the parent is gone or waits no longer."""
    os.read(0, 1)  # not through sys.stdin, whose lock would be held while the interpreter ends
    os._exit(1)
