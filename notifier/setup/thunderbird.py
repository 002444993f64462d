"""Reads the POP3 accounts of a Thunderbird profile: servers and names. Passwords stay where they are.

`prefs.js` looks like JavaScript and is never run: it is taken apart token by token, and what does not fit is skipped.
"""

from __future__ import annotations

import configparser
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from notifier.config import DEFAULT_PORTS, Account, Server
from notifier.setting_values import parse_host, parse_name, parse_port, parse_user
from notifier.untrusted import clean

Value = str | int | bool
LONGEST = 20 * 1024 * 1024  # octets; profiles of many years have about one megabyte of settings
MOST_ACCOUNTS = 100

_PREF = re.compile(
    r"""\s*(?:user_pref|pref|sticky_pref)\s*\(\s*
        "(?P<name>(?:[^"\\]|\\.){1,200})"\s*,\s*
        (?:"(?P<text>(?:[^"\\]|\\.)*)"|(?P<number>-?\d{1,12})|(?P<flag>true|false))
        \s*\)\s*;""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t"}
# Thunderbird's numbers (nsMsgSocketType, nsMsgAuthMethod).
_SECURITY = {3: "tls", 2: "starttls", 1: "starttls"}

_TOKEN_LOGIN = 10


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    folder: Path
    is_default: bool


def profiles(home: Path | None = None, platform: str = sys.platform) -> list[Profile]:
    """The profiles on this computer, the default one first."""
    found: dict[Path, Profile] = {}
    for place in places(home or Path.home(), platform):
        for profile in _profiles_in(place):
            known = found.get(profile.folder)
            if known is None or profile.is_default:
                found[profile.folder] = profile
    return sorted(found.values(), key=lambda p: (not p.is_default, p.name))


def places(home: Path, platform: str) -> list[Path]:
    """Where Thunderbird keeps its `profiles.ini`."""
    if platform == "win32":
        return [Path(os.environ.get("APPDATA", home / "AppData/Roaming")) / "Thunderbird"]
    if platform == "darwin":
        return [home / "Library/Thunderbird"]
    return [
        home / ".thunderbird",
        home / ".mozilla-thunderbird",
        home / "snap/thunderbird/common/.thunderbird",
        home / ".var/app/org.mozilla.Thunderbird/.thunderbird",
    ]


def _profiles_in(folder: Path) -> Iterator[Profile]:
    ini = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        ini.read_string((folder / "profiles.ini").read_text("utf-8", "replace"))
    except (OSError, configparser.Error):
        return
    chosen = {ini[s].get("Default", "") for s in ini.sections() if s.startswith("Install")}
    for section in ini.sections():
        if not section.startswith("Profile") or not ini[section].get("Path"):
            continue
        where = ini[section]["Path"]
        path = folder / where if ini[section].get("IsRelative", "1") == "1" else Path(where)
        if (path / "prefs.js").is_file():
            default = where in chosen or (not chosen and ini[section].get("Default") == "1")
            yield Profile(clean(ini[section].get("Name", path.name), 60), path, default)


def accounts(profile: Path) -> list[Account]:
    """The POP3 accounts in a profile's `prefs.js`, in its order. Raises OSError where it cannot be read."""
    with (profile / "prefs.js").open("rb") as file:
        text = file.read(LONGEST).decode("utf-8", "replace")
    settings = Settings(dict(preferences(text)))
    found = (settings.account(key) for key in settings.keys("mail.accountmanager.accounts")[:MOST_ACCOUNTS])
    return [account for account in found if account]


def preferences(text: str) -> Iterator[tuple[str, Value]]:
    """Name and value of every preference in `text`; other lines are skipped."""
    for line in text.splitlines():
        found = _PREF.match(line)
        if not found:
            continue
        name = _unescaped(found["name"])
        if found["flag"]:
            yield name, found["flag"] == "true"
        elif found["number"]:
            yield name, int(found["number"])
        else:
            yield name, _unescaped(found["text"] or "")


def _unescaped(text: str) -> str:
    def char(match: re.Match[str]) -> str:
        what = match[1]
        if what[0] in "ux" and len(what) > 1:
            return chr(int(what[1:], 16))
        return _SIMPLE.get(what, what)

    joined = _ESCAPE.sub(char, text)
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # pairs become one character


class Settings:
    """A profile's preferences, and the accounts in them."""

    def __init__(self, values: dict[str, Value]) -> None:
        self._values = values

    def keys(self, name: str) -> list[str]:
        return [k for k in (part.strip() for part in self._text(name).split(",")) if re.fullmatch(r"\w{1,40}", k)]

    def account(self, key: str) -> Account | None:
        """None for what is no POP3 account, or has no usable server."""
        server = self._text(f"mail.account.{key}.server")
        if self._text(f"mail.server.{server}.type") != "pop3":
            return None
        identities = self.keys(f"mail.account.{key}.identities")
        identity = f"mail.identity.{identities[0]}" if identities else ""
        address = clean(self._text(f"{identity}.useremail"), 320)
        try:
            pop3 = self._server(f"mail.server.{server}", "pop3", address)
            name = parse_name(clean(self._text(f"mail.server.{server}.name"), 80) or address or pop3.user or pop3.host)
        except ValueError:
            return None
        smtp = self._smtp(identity, address)
        keep = self._keep(f"mail.server.{server}")
        full_name = clean(self._text(f"{identity}.fullName"), 100)
        return Account(name, address, pop3, (smtp,) if smtp else (), keep_on_server=keep, full_name=full_name)

    def _smtp(self, identity: str, address: str) -> Server | None:
        key = self._text(f"{identity}.smtpServer") or self._text("mail.smtp.defaultserver")
        try:
            return self._server(f"mail.smtpserver.{key}", "smtp", address) if key else None
        except ValueError:
            return None

    def _server(self, prefix: str, role: str, address: str) -> Server:
        """Raises ValueError where it cannot be one."""
        receiving = role == "pop3"
        # A changed host name or user is kept beside the original one, which stays the folder's name.
        host = self._text(f"{prefix}.realhostname") if receiving else ""
        user = self._text(f"{prefix}.realuserName") if receiving else ""
        host = parse_host(host or self._text(f"{prefix}.hostname"))
        user = parse_user(user or self._text(f"{prefix}.{'userName' if receiving else 'username'}"))
        method = self._number(f"{prefix}.authMethod", 3)
        security = _SECURITY.get(self._number(f"{prefix}.{'socketType' if receiving else 'try_ssl'}", 0), "tls")
        port = self._number(f"{prefix}.port", 0) or DEFAULT_PORTS[role, security]
        if self._number(f"{prefix}.{'socketType' if receiving else 'try_ssl'}", 0) == 0:
            # Unencrypted there; here encryption is tried instead, on its own port.
            port = DEFAULT_PORTS[role, security]
        auth = "xoauth2" if method == _TOKEN_LOGIN else "auto"
        return Server(host, parse_port(port), security, user or ("" if not receiving else address), auth)

    def _keep(self, prefix: str) -> int | None:
        """How Thunderbird keeps mail on the server, in days: None for ever, 0 not at all."""
        if self._values.get(f"{prefix}.leave_on_server") is not True:
            return 0
        if self._values.get(f"{prefix}.delete_by_age_from_server") is True:
            return max(1, self._number(f"{prefix}.num_days_to_leave_on_server", 7))
        return None

    def _text(self, name: str) -> str:
        value = self._values.get(name, "")
        return value if isinstance(value, str) else ""

    def _number(self, name: str, default: int) -> int:
        value = self._values.get(name, default)
        return value if isinstance(value, int) and not isinstance(value, bool) else default
