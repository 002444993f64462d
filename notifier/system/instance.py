"""One running program per folder, and a way to speak to it: one JSON object asked, one answered, a line each."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from notifier.errors import NotifierError
from notifier.private import private_folder
from notifier.system import door

log = logging.getLogger(__name__)

Request = dict[str, Any]
Handler = Callable[[Request], Request]

VISIT = 10.0  # seconds a visitor has to say what it wants
VISITORS = 8  # at one time; a further one waits
_START = 3.0  # seconds a starting program waits for one that is just ending


class AlreadyRunningError(NotifierError):
    """Another process runs here; `ask` speaks to it."""


class Server:
    """Makes this process the one that runs, and answers what others ask it.

    `handler` gets each request on a thread of its own and gives the reply; what it raises becomes
    `{"error": …}`. Between requests nothing wakes up.
    """

    def __init__(self, path: Path, handler: Handler) -> None:
        """Raises AlreadyRunningError when another process holds `path`, OSError when no door can be made."""
        self._handler = handler
        private_folder(path.parent)
        self._lock = _take_lock(path)
        try:
            self._door = door.build(path)
        except OSError:
            self._lock.release()
            raise
        self._room = threading.BoundedSemaphore(VISITORS)
        self._stopping = False
        self._doorkeeper = threading.Thread(target=self._serve, name="door", daemon=True)
        self._doorkeeper.start()

    def stop(self) -> None:
        """Takes the door away and lets another process run. May be called twice."""
        if self._stopping:
            return
        self._stopping = True
        with contextlib.suppress(OSError):  # wakes the doorkeeper out of `accept`
            _wake(self._door.listener)
        self._doorkeeper.join(timeout=2)
        self._door.close()
        self._lock.release()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def _serve(self) -> None:
        while True:
            self._room.acquire()
            try:
                visitor, _address = self._door.listener.accept()
            except OSError:
                if self._stopping:
                    return
                self._room.release()
                time.sleep(0.2)  # out of file handles: better later than a busy loop
                continue
            if self._stopping:
                visitor.close()
                return
            threading.Thread(target=self._welcome, args=(visitor,), name="visitor", daemon=True).start()

    def _welcome(self, visitor: socket.socket) -> None:
        try:
            with visitor:
                lines = door.Lines(visitor, VISIT)
                if door.may_enter(self._door, lines):
                    reply = self._answer(lines.read())
                    visitor.settimeout(VISIT)
                    visitor.sendall(reply)
        except OSError as error:
            log.debug("a visitor left early: %s", error)
        finally:
            self._room.release()

    def _answer(self, line: bytes) -> bytes:
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise TypeError("a request is a JSON object")  # noqa: TRY301 - one answer for every misuse
        except (ValueError, TypeError, RecursionError) as error:
            return _line({"error": f"not understood: {error}"})
        try:
            return _line(self._handler(request))
        except Exception as error:  # the visitor gets an answer whatever happens here
            log.exception("the request %r failed", request.get("do"))
            return _line({"error": f"{type(error).__name__}: {error}"})


def ask(path: Path, request: Request, timeout: float = 10.0) -> Request | None:
    """The running program's reply; None when no program runs at `path`.

    A program that is just starting is waited for. Raises TimeoutError when one runs and does not answer within
    `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while True:
        reply = _ask_once(path, request, deadline)
        if reply is not None:
            return reply
        if not _is_locked(path):
            return None
        if time.monotonic() >= deadline:
            raise TimeoutError("the running program does not answer")
        time.sleep(0.05)


def tell(path: Path, request: Request, timeout: float = 1.0) -> bool:
    """Hands `request` to the running program without waiting for what comes of it. Never raises.

    False when no program takes it within `timeout` seconds.
    """
    visitor = door.knock(path, timeout)
    if visitor is None:
        return False
    with visitor:
        try:
            visitor.sendall(_line(request))
        except OSError:
            return False
    return True


def _ask_once(path: Path, request: Request, deadline: float) -> Request | None:
    left = deadline - time.monotonic()
    visitor = door.knock(path, max(left, 0.1))
    if visitor is None:
        return None
    with visitor:
        try:
            visitor.sendall(_line(request))
            reply = json.loads(door.Lines(visitor, max(left, 0.1)).read() or b"null")
        except TimeoutError:
            raise
        except (OSError, ValueError):  # it ended while it was asked
            return None
    return reply if isinstance(reply, dict) else None


def _line(value: Request) -> bytes:
    return json.dumps(value).encode("utf-8") + b"\n"


def _wake(listener: socket.socket) -> None:
    """Ends a waiting `accept`: by shutting the listener down where that does it (Linux), by a visit elsewhere."""
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    with socket.socket(listener.family) as knock:
        knock.settimeout(1)
        knock.connect(listener.getsockname())


# --- the lock: held for as long as the process lives, let go by the system even after kill -9 --------------------


class _Lock:
    def __init__(self, path: Path) -> None:
        """Raises BlockingIOError when another process holds it."""
        self._handle = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._handle)
        except OSError as error:
            os.close(self._handle)
            raise BlockingIOError(str(error)) from error

    def release(self) -> None:
        os.close(self._handle)


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _take_lock(path: Path) -> _Lock:
    """Raises AlreadyRunningError, at once when somebody answers, else after waiting for one who may just be ending."""
    deadline = time.monotonic() + _START
    while True:
        try:
            return _Lock(path)
        except BlockingIOError as error:
            visitor = door.knock(path, 1.0)
            if visitor is not None:
                visitor.close()
            if visitor is not None or time.monotonic() >= deadline:
                raise AlreadyRunningError(str(path)) from error
        time.sleep(0.05)


def _is_locked(path: Path) -> bool:
    """Whether a process runs behind `path`. Holds the lock for an instant: that is why a start tries more than once."""
    try:
        _Lock(path).release()
    except BlockingIOError:
        return True
    except OSError:  # no such folder: nothing ever ran here
        return False
    return False
