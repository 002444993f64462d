"""What stands in the fields of the set-up window, and the account it means. Pure: texts in, account or faults out."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from notifier.config import DEFAULT_PORTS, Account, Server
from notifier.config_edit import size_text, span_text
from notifier.errors import NotifierError
from notifier.outgoing import addresses
from notifier.setting_values import (
    parse_host,
    parse_interval,
    parse_name,
    parse_port,
    parse_size,
    parse_steps,
    parse_user,
)
from notifier.setup.offers import Offer
from notifier.setup.saving import Entered
from notifier.system.passwords import TOKENS, shares_password
from notifier.words import _

ALWAYS, DAYS, NEVER = "always", "days", "never"


@dataclass(frozen=True, slots=True)
class ServerFields:
    host: str = ""
    port: str = ""
    security: str = "tls"
    user: str = ""
    auth: str = "auto"
    ca_file: str = ""
    password_command: str = ""
    allow_plaintext: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """As typed. `keep` is ALWAYS, DAYS or NEVER; an empty `limit` is unknown, an empty `interval` the usual one."""

    full_name: str = ""
    address: str = ""
    name: str = ""
    pop3: ServerFields = ServerFields()
    sends: bool = True
    smtp: ServerFields = ServerFields()
    limit: str = ""
    warn_at: str = "80, 90, 95"
    keep: str = ALWAYS
    keep_days: str = "14"
    interval: str = ""
    sound: bool = False
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """`field` is a dotted name such as `pop3.port`; `sentence` for a person. `plaintext`: may be said a second time."""

    field: str
    sentence: str
    plaintext: bool = False


class FaultsError(NotifierError):
    """Some fields cannot be used."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f.sentence for f in faults))
        self.faults = faults


# --- to the fields -----------------------------------------------------------------------------------------------


def fields_of(account: Account) -> Fields:
    days = account.keep_on_server
    return Fields(
        account.full_name,
        account.address,
        account.name,
        _server_fields(account.pop3),
        bool(account.smtp),
        _server_fields(account.smtp[0]) if account.smtp else ServerFields(port="465"),
        size_text(account.mailbox_limit) if account.mailbox_limit else "",
        ", ".join(map(str, account.warn_at)),
        ALWAYS if days is None else DAYS if days else NEVER,
        str(days or 14),
        span_text(account.interval) if account.interval else "",
        account.sound,
        account.muted,
    )


def _server_fields(server: Server) -> ServerFields:
    return ServerFields(
        server.host,
        str(server.port),
        server.security,
        server.user,
        server.auth,
        server.ca_file,
        server.password_command,
        server.allow_plaintext,
    )


def with_offer(fields: Fields, offer: Offer) -> Fields:
    """The fields with what was found; what the user typed elsewhere stays."""
    smtp = offer.smtp[0] if offer.smtp else None
    return replace(
        fields,
        name=fields.name or fields.address,
        pop3=_server_fields(offer.pop3[0]) if offer.pop3 else fields.pop3,
        smtp=_server_fields(smtp) if smtp else fields.smtp,
        sends=fields.sends if smtp or fields.smtp.host else False,
        limit=fields.limit or (size_text(offer.limit) if offer.limit else ""),
        interval=fields.interval or (span_text(offer.interval) if offer.interval else ""),
    )


def other_port(role: str, port: str, before: str, after: str) -> str:
    """The port after the security was changed from `before` to `after`: moved along only if it was the usual one."""
    usual = {str(number) for (r, _s), number in DEFAULT_PORTS.items() if r == role}
    return str(DEFAULT_PORTS[role, after]) if port in usual | {""} and before != after else port


# --- from the fields ---------------------------------------------------------------------------------------------


def account_of(fields: Fields, old: Account | None, taken: Collection[str]) -> Account:
    """The account that `fields` mean, over what `old` was. `taken` are the other accounts' names.

    Raises FaultsError with everything that is wrong, so that all of it can be shown at once.
    """
    reader = _Reader()
    address = reader.address(fields.address)
    pop3 = reader.server("pop3", fields.pop3, address)
    smtp = reader.server("smtp", fields.smtp, address) if fields.sends else None
    name = reader.name(fields.name or fields.address, taken)
    limit = reader.get("limit", parse_size, fields.limit.strip(), _("a size such as “500 MB”, or nothing"))
    warn_at = reader.get("warn_at", _steps, fields.warn_at, _("percentages from 1 to 99, such as “80, 90, 95”"))
    keep = reader.keep(fields)
    interval = None
    if fields.interval.strip():
        allowed = _("a time of at least 60 seconds, such as “10 min”")
        interval = reader.get("interval", parse_interval, fields.interval.strip(), allowed)
    if reader.faults or pop3 is None:
        raise FaultsError(reader.faults)
    base = old or Account(name, address, pop3)
    return replace(
        base,
        name=name,
        address=address,
        pop3=pop3,
        smtp=(smtp, *base.smtp[1:]) if smtp else (),
        mailbox_limit=limit,
        warn_at=warn_at,
        keep_on_server=keep,
        interval=interval,
        muted=fields.muted,
        sound=fields.sound,
        full_name=" ".join(fields.full_name.split()),
    )


class _Reader:
    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def get(self, field: str, read: Callable[[Any], Any], value: Any, allowed: str) -> Any:
        try:
            return read(value)
        except (ValueError, TypeError):
            self.faults.append(Fault(field, _("Here goes {allowed}.").format(allowed=allowed)))
            return None

    def address(self, text: str) -> str:
        mailbox = addresses.check(text.strip())
        if mailbox.problem:
            sentence = addresses.explain(mailbox) if text.strip() else _("Which mail address is it?")
            self.faults.append(Fault("address", sentence))
            return ""
        return mailbox.address

    def name(self, text: str, taken: Collection[str]) -> str:
        name: str = self.get("name", parse_name, text, _("a short name for the account")) or ""
        if name in taken:
            self.faults.append(Fault("name", _("Another account has this name already.")))
        return name

    def keep(self, fields: Fields) -> int | None:
        if fields.keep == ALWAYS:
            return None
        if fields.keep == NEVER:
            return 0
        days: int | None = self.get("keep_days", _days, fields.keep_days, _("a number of days"))
        return days

    def server(self, role: str, fields: ServerFields, address: str) -> Server | None:
        before = len(self.faults)
        host = self.get(f"{role}.host", parse_host, fields.host, _("a server name such as pop.example.org"))
        usual = DEFAULT_PORTS[role, fields.security]
        allowed = _("a port number, such as {port}").format(port=usual)
        port = self.get(f"{role}.port", _port, fields.port or str(usual), allowed)
        user = self.get(f"{role}.user", parse_user, fields.user.strip(), _("a user name"))
        if len(self.faults) > before:
            return None
        server = Server(
            host,
            port,
            fields.security,
            user or (address if role == "pop3" else ""),
            fields.auth,
            fields.password_command.strip(),
            fields.ca_file.strip(),
            fields.allow_plaintext,
        )
        if server.security == "none" and not server.may_speak_plainly:
            sentence = _("The password would travel to {host} unencrypted, for others to read.").format(host=host)
            self.faults.append(Fault(f"{role}.security", sentence, plaintext=True))
        return server


def _steps(text: str) -> tuple[int, ...]:
    words = [w for w in re.split(r"[\s,;%]+", text) if w]
    return parse_steps([int(w) for w in words])


def _days(text: str) -> int:
    days = int(text.strip())
    if not 1 <= days <= 36500:
        raise ValueError(text)
    return days


def _port(text: str) -> int:
    return parse_port(int(text.strip()))


def wants_sign_in(fields: Fields) -> bool:
    return fields.pop3.auth in TOKENS


def entered_by(
    account: Account, typed: str, typed_for_sending: str, signed_in: Entered | None
) -> dict[Server, Entered]:
    """The secrets that were entered anew, by the server they are for; nothing typed for sending means the same."""
    entered: dict[Server, Entered] = {}
    if signed_in:
        entered[account.pop3] = signed_in
    elif typed and not account.pop3.password_command:
        entered[account.pop3] = Entered.password(typed)
    if account.smtp and typed_for_sending:
        entered[account.smtp[0]] = Entered.password(typed_for_sending)
    elif typed and account.smtp and not signed_in and not shares_password(account, account.smtp[0]):
        entered[account.smtp[0]] = Entered.password(typed)
    return entered
