"""The door by which one program reaches the running one: a Unix socket, or loopback TCP behind a secret word.

Behind `path` stands either a socket (mode 0600), or, where the system has no such sockets or the path is too long for
one, a small file (0600) that names a loopback port and the word to say there.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from notifier.private import private_folder, write_private

LINE_LIMIT = 1 << 20  # octets of one request or reply
_ADDRESS_LIMIT = 100  # `sun_path` holds 104 octets on macOS, 108 on Linux, its closing zero included


@dataclass(frozen=True, slots=True)
class Door:
    """An open door: the listening socket and the word a visitor has to say first (empty: the file's mode suffices)."""

    listener: socket.socket
    word: str
    path: Path

    def close(self) -> None:
        """Takes the door away, so that nobody knocks in vain."""
        with contextlib.suppress(OSError):
            self.path.unlink()
        self.listener.close()


def build(path: Path) -> Door:
    """Opens a door at `path`, in place of what was left there. The caller holds the lock. Raises OSError."""
    private_folder(path.parent)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    if sys.platform != "win32" and len(os.fsencode(path)) <= _ADDRESS_LIMIT:
        try:
            return Door(_unix_listener(path), "", path)
        except OSError:  # a file system without sockets (some network and container mounts)
            with contextlib.suppress(OSError):
                path.unlink()
    return _loopback(path)


def _unix_listener(path: Path) -> socket.socket:
    if sys.platform == "win32":
        raise OSError("Python has no Unix sockets on Windows")
    listener = socket.socket(socket.AF_UNIX)
    try:
        os.fchmod(listener.fileno(), 0o600)  # on Linux the file is then private from its first moment
        listener.bind(os.fspath(path))
        path.chmod(0o600)
        listener.listen(32)
    except OSError:
        listener.close()
        raise
    return listener


def _loopback(path: Path) -> Door:
    import secrets

    listener = socket.socket(socket.AF_INET)
    try:
        if sys.platform == "win32":
            # Without it another program could bind the same port and be asked in our place.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(32)
        word = secrets.token_urlsafe(24)
        write_private(path, json.dumps({"port": listener.getsockname()[1], "word": word}))
    except OSError:
        listener.close()
        raise
    return Door(listener, word, path)


def knock(path: Path, timeout: float) -> socket.socket | None:
    """A connection to the program behind `path`, the word already said. None: nobody opens (now)."""
    try:
        if sys.platform != "win32" and stat.S_ISSOCK(path.stat().st_mode):
            return _connected(socket.AF_UNIX, os.fspath(path), timeout)
        note = json.loads(path.read_text("utf-8"))
        visitor = _connected(socket.AF_INET, ("127.0.0.1", int(note["port"])), timeout)
        visitor.sendall(f"{note['word']}\n".encode("ascii"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return visitor


def _connected(family: int, address: str | tuple[str, int], timeout: float) -> socket.socket:
    visitor = socket.socket(family)
    try:
        visitor.settimeout(timeout)
        visitor.connect(address)
    except OSError:
        visitor.close()
        raise
    return visitor


def may_enter(door: Door, visitor: Lines) -> bool:
    """Whether the visitor knows the word, where one is needed."""
    if not door.word:
        return True
    import hmac

    return hmac.compare_digest(visitor.read().strip(), door.word.encode("ascii"))


class Lines:
    """Reads lines from a socket: bounded in length, and with one deadline for all of them together."""

    def __init__(self, connection: socket.socket, timeout: float) -> None:
        self._connection = connection
        self._deadline = time.monotonic() + timeout
        self._buffer = b""

    def read(self) -> bytes:
        """The next line without its end; empty when the other side closed. Raises OSError when late or too long."""
        while b"\n" not in self._buffer:
            if len(self._buffer) > LINE_LIMIT:
                raise OSError("the line is too long")
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the line did not come in time")
            self._connection.settimeout(left)
            piece = self._connection.recv(65536)
            if not piece:
                return b""
            self._buffer += piece
        line, _end, self._buffer = self._buffer.partition(b"\n")
        return line
