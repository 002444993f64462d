"""Ports that a test's server may count on: nobody else gets them between the choice and the server's own bind."""

from __future__ import annotations

import fcntl
import functools
import os
import random
import socket
import tempfile
from pathlib import Path

LOWEST = 10_000
ATTEMPTS = 10_000
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A port of loopback that is this process's until it ends.

    It lies below those the kernel hands out for `connect` and `bind(0)`, of which any may be gone a moment later; one
    that is asked again and again whether its server is up even connects to itself sooner or later. Other test
    processes are kept off it by a lock, which is never given back, so that no port is had twice.
    """
    for _ in range(ATTEMPTS):
        port = random.SystemRandom().randrange(LOWEST, _first_ephemeral())
        if port not in _mine() and _lock(port):
            _mine().add(port)
            if _unused(port):
                return port
    raise AssertionError("no port of loopback is free")


@functools.cache
def _mine() -> set[int]:
    return set()


@functools.cache
def _register() -> int:
    # Closing any descriptor of this file would drop all locks of the process: it is opened once and stays open.
    path = Path(tempfile.gettempdir()) / f"notifier-test-ports-{os.geteuid()}"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _lock(port: int) -> bool:
    try:
        fcntl.lockf(_register(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


def _unused(port: int) -> bool:
    with socket.socket() as sock:
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _first_ephemeral() -> int:
    try:
        first = int(EPHEMERAL.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768
    return first if first > LOWEST + 5_000 else 32_768
