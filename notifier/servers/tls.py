"""TLS as every server conversation uses it: verified always, never older than 1.2, never weaker for being asked to."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path

from notifier.errors import Reason, Trouble

_contexts: dict[str, ssl.SSLContext] = {}
_lock = threading.Lock()


def context(ca_file: str = "") -> ssl.SSLContext:
    """A verifying context that trusts the system's authorities and those in `ca_file`; made once, for all threads.

    Raises Trouble(BAD_SETTING) when `ca_file` cannot be used.
    """
    with _lock:
        if ca_file not in _contexts:
            _contexts[ca_file] = _make(ca_file)
        return _contexts[ca_file]


def _make(ca_file: str) -> ssl.SSLContext:
    made = ssl.create_default_context()
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        try:
            made.load_verify_locations(cafile=str(Path(ca_file).expanduser()))
        except (OSError, ssl.SSLError) as error:
            raise Trouble(Reason.BAD_SETTING, said=f"ca_file {ca_file}: {error.strerror or error}") from error
    return made


def server_name(host: str) -> str:
    """`host` as DNS and certificates spell it (IDNA). Raises Trouble(NAME_NOT_FOUND) for what cannot be a name."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise Trouble(Reason.NAME_NOT_FOUND, host=host) from error
