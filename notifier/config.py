"""Settings and accounts: dataclasses <-> config.toml. A bad value is named with file, key, and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from notifier.errors import NotifierError
from notifier.setting_values import (
    ALLOWED_INTERVAL,
    choices,
    one_of,
    parse_arguments,
    parse_flag,
    parse_host,
    parse_interval,
    parse_keep,
    parse_name,
    parse_port,
    parse_size,
    parse_steps,
    parse_text,
    parse_user,
)

SECURITIES = ("tls", "starttls", "none")
LOGINS = ("auto", "plain", "login", "cram-md5", "apop", "user", "xoauth2", "oauthbearer")
CLICKS = ("menu", "check", "compose", "mail-program")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


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


class SettingsError(NotifierError):
    """The settings cannot be used. `problems` names every fault at once: file, key, value, what is allowed."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        super().__init__("\n".join(f"{path}: {p}" for p in problems))
        self.path = path
        self.problems = problems


def load(path: Path) -> Settings:
    """The settings in `path`; none there means none set.

    Raises SettingsError with every problem found, so that one edit can mend them all.
    """
    import tomllib

    try:
        table = tomllib.loads(path.read_text("utf-8-sig"))  # some editors of Windows begin with a mark
    except FileNotFoundError:
        return Settings()
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(path, [f"this is not valid TOML: {error}"]) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsError(path, [f"line {line} is not written in UTF-8, as TOML has to be"]) from error
    except OSError as error:
        raise SettingsError(path, [f"cannot be read: {error.strerror}"]) from error
    problems: list[str] = []
    settings = _settings(table, problems)
    if problems:
        raise SettingsError(path, problems)
    return settings


# --- reading one table -------------------------------------------------------------------------------------------


class _Table:
    """One table of the file: hands out values by key, notes what is wrong, and which keys were never asked for."""

    def __init__(self, table: Mapping[str, Any], where: str, problems: list[str]) -> None:
        self._table = table
        self.where = where
        self.problems = problems
        self._asked: list[str] = []

    def fault(self, key: str, value: object, allowed: str) -> None:
        self.problems.append(f"{self.where} {key} = {_show(value)}: allowed is {allowed}")

    def get(self, key: str, read: Callable[[Any], Any], allowed: str, default: Any = None) -> Any:
        """The value of `key` as `read` understands it; `read` raises ValueError for what is not allowed."""
        self._asked.append(key)
        if key not in self._table:
            return default
        try:
            return read(self._table[key])
        except (ValueError, TypeError, OverflowError):
            self.fault(key, self._table[key], allowed)
            return default

    def need(self, key: str, read: Callable[[Any], Any], allowed: str, default: Any) -> Any:
        if key not in self._table:
            self._asked.append(key)
            self.problems.append(f"{self.where} {key} is missing: it takes {allowed}")
            return default
        return self.get(key, read, allowed, default)

    def raw(self, key: str) -> Any:
        self._asked.append(key)
        return self._table.get(key)

    def close(self) -> None:
        for key in self._table:
            if key not in self._asked:
                import difflib

                near = difflib.get_close_matches(key, self._asked, 1, 0.5)
                hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(sorted(self._asked))}"
                self.problems.append(f"{self.where} {key} is not a setting{hint}")


def _show(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _settings(table: Mapping[str, Any], problems: list[str]) -> Settings:
    top = _Table(table, "at the top:", problems)
    general = _general(_subtable(top, "general", problems), problems)
    accounts = top.raw("account")
    found: list[Account] = []
    if accounts is not None and not isinstance(accounts, list):
        top.fault("account", accounts, "one [[account]] section for each account")
    elif accounts:
        found = [_account(a, n, problems) for n, a in enumerate(accounts, 1) if isinstance(a, dict)]
    names = [a.name for a in found]
    problems += [
        f'[[account]] name = "{name}" is used twice: each account needs a name of its own'
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    top.close()
    return Settings(general, tuple(found))


def _subtable(parent: _Table, key: str, problems: list[str]) -> Mapping[str, Any]:
    value = parent.raw(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append(f"{parent.where} {key} must be a section, written [{key}]")
        return {}
    return value


def _general(values: Mapping[str, Any], problems: list[str]) -> General:
    t = _Table(values, "[general]", problems)
    clients = _subtable(t, "oauth_clients", problems)
    general = General(
        interval=t.get("interval", parse_interval, ALLOWED_INTERVAL, 600),
        quiet_hours=t.get("quiet_hours", parse_quiet_hours, 'a span such as "22:00-07:00", or ""'),
        on_click=t.get("on_click", one_of(CLICKS), choices(CLICKS), "menu"),
        mail_program=t.get("mail_program", parse_text, "a command, or an empty string", ""),
        oauth_clients=tuple(sorted((str(k), str(v)) for k, v in clients.items())),
    )
    t.close()
    return general


def _account(values: Mapping[str, Any], number: int, problems: list[str]) -> Account:
    name = values.get("name")
    t = _Table(values, f'[[account]] "{name}"' if isinstance(name, str) else f"[[account]] number {number}", problems)
    account = Account(
        name=t.need("name", parse_name, "a short name, not empty, without line breaks", f"account {number}"),
        address=t.get("address", parse_text, "a mail address", ""),
        pop3=_server(t, "pop3", problems) or Server("", 995),
        smtp=_smtp(t, problems),
        mailbox_limit=t.get("mailbox_limit", parse_size, 'a size such as "500 MB" or "1.5 GB"'),
        warn_at=t.get("warn_at", parse_steps, "a list of percentages from 1 to 99, such as [80, 90, 95]", (80, 90, 95)),
        keep_on_server=t.get("keep_on_server", parse_keep, '"always", "never" or "N days"'),
        interval=t.get("interval", parse_interval, ALLOWED_INTERVAL),
        muted=t.get("muted", parse_flag, "true or false", False),
        sound=t.get("sound", parse_flag, "true or false", False),
        command=t.get("command", parse_arguments, 'a list of texts such as ["my-program", "--flag"]', ()),
        full_name=t.get("full_name", parse_text, "a name", ""),
    )
    t.close()
    return account


def _smtp(account: _Table, problems: list[str]) -> tuple[Server, ...]:
    """One [account.smtp] section, or several [[account.smtp]] tried in order."""
    value = account.raw("smtp")
    if value is None:
        return ()
    several = value if isinstance(value, list) else [value]
    servers = [_server_of(s, f"{account.where} smtp", "smtp", problems) for s in several if isinstance(s, dict)]
    if len(servers) != len(several):
        problems.append(f"{account.where} smtp must be a section, written [account.smtp]")
    return tuple(s for s in servers if s is not None)


def _server(account: _Table, key: str, problems: list[str]) -> Server | None:
    value = account.raw(key)
    if not isinstance(value, dict):
        problems.append(f"{account.where} has no [account.{key}] section with at least host and user")
        return None
    return _server_of(value, f"{account.where} {key}", key, problems)


DEFAULT_PORTS = {
    ("pop3", "tls"): 995, ("pop3", "starttls"): 110, ("pop3", "none"): 110,
    ("smtp", "tls"): 465, ("smtp", "starttls"): 587, ("smtp", "none"): 25,
}  # fmt: skip


def _server_of(values: Mapping[str, Any], where: str, role: str, problems: list[str]) -> Server:
    t = _Table(values, where, problems)
    security = t.get("security", one_of(SECURITIES), choices(SECURITIES), "tls")
    server = Server(
        host=t.need("host", parse_host, "a server name such as pop.example.org", ""),
        port=t.get("port", parse_port, "a number from 1 to 65535", DEFAULT_PORTS[role, security]),
        security=security,
        user=t.get("user", parse_user, "a user name without line breaks", ""),
        auth=t.get("auth", one_of(LOGINS), choices(LOGINS), "auto"),
        password_command=t.get("password_command", parse_text, "a command, or an empty string", ""),
        ca_file=t.get("ca_file", parse_text, "the path of a certificate file, or an empty string", ""),
        allow_plaintext=t.get("allow_plaintext", parse_flag, "true or false", False),
    )
    if "password" in values:
        t.raw("password")
        problems.append(f"{where} password must not stand in this file; use “notifier setup” or password_command")
    if security == "none" and server.host and not server.may_speak_plainly:
        problems.append(
            f'{where} security = "none" would send the password unencrypted to {server.host}: use "tls" or '
            f'"starttls", or add allow_plaintext = true'
        )
    t.close()
    return server


def parse_quiet_hours(value: object) -> QuietHours | None:
    if value == "":
        return None
    found = re.fullmatch(r"\s*(\d{1,2}):(\d\d)\s*[-\u2013]\s*(\d{1,2}):(\d\d)\s*", parse_text(value))
    if not found:
        raise ValueError(value)
    h1, m1, h2, m2 = map(int, found.groups())
    if max(h1, h2) > 23 or max(m1, m2) > 59 or (h1, m1) == (h2, m2):
        raise ValueError(value)
    return QuietHours(h1 * 60 + m1, h2 * 60 + m2)
