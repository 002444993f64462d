"""Host names of real providers that lead to loopback, for one program and its children in a mount namespace."""

from __future__ import annotations

import os
from pathlib import Path

from tests.live.needs import missing, need


def names_on_loopback(folder: Path, *names: str) -> tuple[str, ...]:
    """The words to put before a command so that it finds `names` at 127.0.0.1 and no other host at all."""
    if os.geteuid() != 0:
        missing("a namespace of the test's own needs root")
    hosts = folder / "hosts"
    hosts.write_text("127.0.0.1 localhost " + " ".join(names) + "\n")
    script = f'mount --bind {hosts} /etc/hosts && exec "$@"'
    return (need("unshare", package="util-linux"), "--mount", "sh", "-c", script, "sh")
