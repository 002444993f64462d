"""The providers known by heart (`providers.toml`): servers, and what a person has to do before the first login."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any

from notifier.config import Server
from notifier.setting_values import parse_interval, parse_size
from notifier.setup.offers import Offer, SignIn, Source
from notifier.words import _

TABLE = Path(__file__).parent / "providers.toml"

HINTS = {
    "app-password": "{name} wants a password made for this program: an “app password”, made on its web page "
    "under account security. The usual password is refused.",
    "att-key": "{name} wants a “secure mail key” in place of the password; it is made on its web page.",
    "authorization-code": "{name} wants an authorization code in place of the password; its web page makes one "
    "when POP3 is switched on.",
    "enable-pop": "{name} keeps POP3 switched off until you allow it on its web page, in the mail settings.",
    "gmail-recent": "{name} shows POP3 programs only part of a mailbox, so its size is unknown here and no fill level "
    "is shown. With the user name “recent:…” every new mail of the last 30 days is seen.",
    "google-password": "{name} wants an “app password”, made in your Google account under security; Google Workspace "
    "accounts need a sign-in instead.",
    "local-user": "{name} takes the part before the @ as user name.",
    "mail-password": "{name} has a mail password of its own, set in its customer centre; it is not the usual one.",
    "microsoft-admin": "In a company the administrator may have switched POP3 off.",
    "microsoft-sign-in": "{name} takes no passwords here any more, only a sign-in in the web browser. It needs a "
    "client id in the settings (see the README).",
    "moving-to-yahoo": "{name} is moving its mailboxes to Yahoo; if this does not work, try the servers of Yahoo.",
    "paid-pop": "{name} offers POP3 with paid plans only.",
    "some-webmail-only": "Some free mailboxes of {name} can be read on the web only.",
}


@functools.cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text("utf-8"))


@functools.cache
def _by_domain() -> dict[str, dict[str, Any]]:
    return {domain: row for row in _tables()["provider"] for domain in row["domains"]}


def known(address: str) -> Offer | None:
    """What the table says for `address` (its domain as in DNS)."""
    row = _by_domain().get(_domain(address))
    return _offer(row, address) if row else None


def known_by_exchanger(address: str, exchanger: str) -> Offer | None:
    """What the table says for an address in a domain of somebody's own, whose mail goes to the host `exchanger`."""
    host = exchanger.lower().rstrip(".")
    rows = [(end, row) for row in _tables()["provider"] for end in row.get("mx", ())]
    fitting = [(end, row) for end, row in rows if host == end or host.endswith(f".{end}")]
    return _offer(max(fitting, key=lambda f: len(f[0]))[1], address) if fitting else None


def sign_in(key: str) -> SignIn | None:
    """The way to tokens of the provider called `key` in [general.oauth_clients]."""
    for row in _tables()["sign_in"]:
        if row["key"] == key:
            return SignIn(**{**row, "extras": tuple(row.get("extras", {}).items())})
    return None


def sign_in_for(host: str) -> SignIn | None:
    """The way to tokens for a server of the table, by its name."""
    for row in _tables()["provider"]:
        if host in {row.get("pop3"), row["smtp"].partition(":")[0]} and "sign_in" in row:
            return sign_in(row["sign_in"])
    return None


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _offer(row: dict[str, Any], address: str) -> Offer:
    name = row["name"]
    local = address.rpartition("@")[0]
    sending = {"local": local}.get(row.get("user", "address"), address)
    receiving = f"recent:{address}" if row.get("user") == "recent" else sending
    auth = "auto" if row.get("passwords", True) else "xoauth2"
    host, _colon, port = row["smtp"].partition(":")
    smtp = Server(host, int(port), "starttls" if port == "587" else "tls", sending, auth)
    return Offer(
        Source.TABLE,
        name,
        (Server(row["pop3"], 995, "tls", receiving, auth),) if "pop3" in row else (),
        (smtp,),
        tuple(_(HINTS[key]).format(name=name) for key in row.get("hints", ())),
        no_pop3="pop3" not in row,
        passwords=row.get("passwords", True),
        sign_in=sign_in(row["sign_in"]) if "sign_in" in row else None,
        limit=parse_size(row["limit"]) if "limit" in row else None,
        interval=parse_interval(row["interval"]) if "interval" in row else None,
        inbox_is_partial=row.get("inbox_is_partial", False),
    )
