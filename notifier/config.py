"""Settings and accounts: dataclasses <-> config.toml. Every bad value is named with file, key, value and what is allowed."""

from __future__ import annotations

import difflib
import os
import re
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from notifier.errors import NotifierError

SECURITIES = ("tls", "starttls", "none")
LOGINS = ("auto", "plain", "login", "cram-md5", "apop", "user", "xoauth2", "oauthbearer")
CLICKS = ("menu", "check", "compose", "mail-program")
LOOPBACK = ("localhost", "127.0.0.1", "::1")

INTERVAL_FLOOR = 60  # seconds; providers lock accounts that ask more often
UNITS = {"b": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3, "tb": 1000**4, "kib": 1024, "mib": 1024**2, "gib": 1024**3, "tib": 1024**4}
SPANS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}


@dataclass(frozen=True, slots=True)
class Server:
    """One server of an account: the receiving one (POP3) or a sending one (SMTP submission)."""

    host: str
    port: int
    security: str = "tls"
    user: str = ""
    auth: str = "auto"
    password_command: str = ""
    ca_file: str = ""
    allow_plaintext: bool = False

    @property
    def may_speak_plainly(self) -> bool:
        """Whether a login may travel unencrypted: only to this very machine, or when the user said it twice."""
        return self.security == "none" and (self.host in LOOPBACK or self.allow_plaintext)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end`, minutes after midnight, local time; may pass over midnight."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Account:
    """One mailbox. Its `name` is its identity: state survives a change of port, security or password."""

    name: str
    address: str
    pop3: Server
    smtp: tuple[Server, ...] = ()  # tried in order, only when a refusal is about relaying or reach
    mailbox_limit: int | None = None  # octets; None: unknown, and then no percentage is invented
    warn_at: tuple[int, ...] = (80, 90, 95)
    keep_on_server: int | None = None  # days; 0 the mail program does not keep mail; None for ever ("always")
    interval: int | None = None  # seconds; None: the general one
    muted: bool = False
    sound: bool = False
    command: tuple[str, ...] = ()  # a program and its arguments, run on new mail, never through a shell
    full_name: str = ""  # the sender's name in mails written here


@dataclass(frozen=True, slots=True)
class General:
    interval: int = 600  # seconds
    quiet_hours: QuietHours | None = None
    on_click: str = "menu"
    mail_program: str = ""
    oauth_clients: tuple[tuple[str, str], ...] = ()  # provider -> client id, for sign-in (public identifiers)


@dataclass(frozen=True, slots=True)
class Settings:
    general: General = field(default_factory=General)
    accounts: tuple[Account, ...] = ()

    def account(self, name: str) -> Account | None:
        return next((a for a in self.accounts if a.name == name), None)

    def interval_of(self, account: Account) -> int:
        return account.interval or self.general.interval
