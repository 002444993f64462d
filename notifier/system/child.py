"""A question to a short-lived child process: JSON in on its stdin, JSON out on its stdout, killed when time is up.

Libraries that are heavy (keyring, OAuth2) live in such children, so that the tray never carries them. Secrets may
travel here: a pipe is read by nobody else, unlike arguments and environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
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
        done = subprocess.run(
            [sys.executable, "-P", "-m", module],
            input=json.dumps(request),
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environment,
            timeout=seconds,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        answer = json.loads(done.stdout.strip().rpartition("\n")[2])
    except subprocess.TimeoutExpired:
        # Not chained: the exception holds what was said so far, which may be a secret.
        raise ChildError(module, late=True) from None
    except (OSError, ValueError):
        raise ChildError(module) from None
    if not isinstance(answer, dict):
        raise ChildError(module)
    return answer


def serve(answer: Callable[[Facts], Facts]) -> int:
    """The child's side: one request, one answer. What a library prints goes to stderr."""
    out, sys.stdout = sys.stdout, sys.stderr
    facts = answer(json.loads(sys.stdin.buffer.read()))
    out.write(json.dumps(facts) + "\n")  # ASCII only, so the console's encoding does not matter
    out.flush()
    return 0
