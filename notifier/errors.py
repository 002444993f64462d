"""What can go wrong with a server, sorted by what a person can do about it. Facts only: the prose is in `words.py`."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The public kinds of trouble (`notifier check --json`, `error.kind`)."""

    AUTH = "auth"
    TLS = "tls"
    NETWORK = "network"
    IN_USE = "in-use"
    TOO_SOON = "too-soon"
    SERVER = "server"
    PROTOCOL = "protocol"
    CONFIG = "config"


class Reason(StrEnum):
    """What exactly happened. Each reason belongs to one kind (`KIND_OF`) and has one explanation (`words.explain`)."""

    NAME_NOT_FOUND = "name-not-found"
    CONNECTION_REFUSED = "connection-refused"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed-out"
    CLOSED = "closed"
    CERTIFICATE_UNTRUSTED = "certificate-untrusted"
    CERTIFICATE_EXPIRED = "certificate-expired"
    CERTIFICATE_NAME = "certificate-name"
    HANDSHAKE_FAILED = "handshake-failed"
    STARTTLS_MISSING = "starttls-missing"
    STARTTLS_INJECTED = "starttls-injected"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - a reason's name, not a secret
    PASSWORD_MISSING = "password-missing"  # noqa: S105
    PASSWORD_COMMAND_FAILED = "password-command-failed"  # noqa: S105
    STORE_LOCKED = "store-locked"
    STORE_MISSING = "store-missing"
    SIGN_IN_NEEDED = "sign-in-needed"
    APP_PASSWORD_NEEDED = "app-password-needed"  # noqa: S105
    POP_SWITCHED_OFF = "pop-switched-off"
    NO_COMMON_LOGIN = "no-common-login"
    IN_USE = "in-use"
    TOO_SOON = "too-soon"
    SERVER_TEMPORARY = "server-temporary"
    SERVER_PERMANENT = "server-permanent"
    SERVER_REFUSED = "server-refused"
    GARBAGE = "garbage"
    LINE_TOO_LONG = "line-too-long"
    LIST_TOO_LONG = "list-too-long"
    INCONSISTENT = "inconsistent"
    PLAINTEXT_REFUSED = "plaintext-refused"
    BAD_SETTING = "bad-setting"


KIND_OF: dict[Reason, Kind] = {
    Reason.NAME_NOT_FOUND: Kind.NETWORK,
    Reason.CONNECTION_REFUSED: Kind.NETWORK,
    Reason.UNREACHABLE: Kind.NETWORK,
    Reason.TIMED_OUT: Kind.NETWORK,
    Reason.CLOSED: Kind.NETWORK,
    Reason.CERTIFICATE_UNTRUSTED: Kind.TLS,
    Reason.CERTIFICATE_EXPIRED: Kind.TLS,
    Reason.CERTIFICATE_NAME: Kind.TLS,
    Reason.HANDSHAKE_FAILED: Kind.TLS,
    Reason.STARTTLS_MISSING: Kind.TLS,
    Reason.STARTTLS_INJECTED: Kind.TLS,
    Reason.WRONG_PASSWORD: Kind.AUTH,
    Reason.PASSWORD_MISSING: Kind.AUTH,
    Reason.PASSWORD_COMMAND_FAILED: Kind.AUTH,
    Reason.STORE_LOCKED: Kind.AUTH,
    Reason.STORE_MISSING: Kind.AUTH,
    Reason.SIGN_IN_NEEDED: Kind.AUTH,
    Reason.APP_PASSWORD_NEEDED: Kind.AUTH,
    Reason.POP_SWITCHED_OFF: Kind.AUTH,
    Reason.NO_COMMON_LOGIN: Kind.AUTH,
    Reason.IN_USE: Kind.IN_USE,
    Reason.TOO_SOON: Kind.TOO_SOON,
    Reason.SERVER_TEMPORARY: Kind.SERVER,
    Reason.SERVER_PERMANENT: Kind.SERVER,
    Reason.SERVER_REFUSED: Kind.SERVER,
    Reason.GARBAGE: Kind.PROTOCOL,
    Reason.LINE_TOO_LONG: Kind.PROTOCOL,
    Reason.LIST_TOO_LONG: Kind.PROTOCOL,
    Reason.INCONSISTENT: Kind.PROTOCOL,
    Reason.PLAINTEXT_REFUSED: Kind.CONFIG,
    Reason.BAD_SETTING: Kind.CONFIG,
}


class NotifierError(Exception):
    """The base of every error this program raises on purpose; any other exception is a bug."""


class Trouble(NotifierError):
    """A server (or the way to it) did not do what was asked.

    `said` holds the server's own words, already cleaned by `untrusted.clean`; `host` the name asked;
    `wait` the seconds the server wants us to stay away, if it named any.
    """

    def __init__(self, reason: Reason, *, host: str = "", said: str = "", wait: float | None = None) -> None:
        super().__init__(reason, host, said)
        self.reason = reason
        self.host = host
        self.said = said
        self.wait = wait

    @property
    def kind(self) -> Kind:
        return KIND_OF[self.reason]

    def __str__(self) -> str:
        return f"{self.reason}{f' at {self.host}' if self.host else ''}{f': {self.said}' if self.said else ''}"
