"""Words a person reads: translation, sizes, spans of time, and the one explanation each kind of trouble has."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from notifier.errors import Reason

LOCALE = Path(__file__).parent / "locale"


class _Catalogue(Protocol):
    def gettext(self, message: str, /) -> str: ...

    def ngettext(self, one: str, many: str, n: int, /) -> str: ...


class _AsWritten:
    """The sentences themselves: where no translation is installed, gettext and its table of locales stay unloaded."""

    def gettext(self, message: str, /) -> str:
        return message

    def ngettext(self, one: str, many: str, n: int, /) -> str:
        return one if n == 1 else many


_catalogue: _Catalogue | None = None


def _translations() -> _Catalogue:
    """Loaded at the first sentence, so that a quiet check costs nothing."""
    global _catalogue  # noqa: PLW0603 - one catalogue for the process, as gettext itself keeps one
    if _catalogue is None:
        _catalogue = _loaded() if LOCALE.is_dir() else _AsWritten()
    return _catalogue


def _loaded() -> _Catalogue:
    import gettext

    return gettext.translation("notifier", LOCALE, fallback=True)


def _(sentence: str) -> str:
    return _translations().gettext(sentence)


def ngettext(one: str, many: str, n: int) -> str:
    return _translations().ngettext(one, many, n)


def size(octets: float) -> str:
    """`octets` as people write sizes: decimal units, three figures at the most ("412 MB", "1.2 GB", "12 B", "0 MB")."""
    value, unit = abs(octets) / 1e6, "MB"
    if value and value < 0.0009995:
        value, unit = abs(octets), "B"
    elif value and value < 0.9995:
        value, unit = value * 1000, "kB"
    elif value >= 999.5:
        value, unit = value / 1000, "GB"
        if value >= 999.5:
            value, unit = value / 1000, "TB"
    figure = f"{value:.0f}" if value >= 9.95 or value == 0 else f"{value:.1f}".removesuffix(".0")
    return f"{'-' if octets < 0 else ''}{figure} {unit}"


def share(octets: float, limit: float) -> str:
    """How much of the limit, the unit once where it is the same: "456 of 500 MB"."""
    used, unit = size(octets).rsplit(" ", 1)
    whole = size(limit)
    return _("{used} of {limit}").format(used=used if whole.endswith(f" {unit}") else size(octets), limit=whole)


def span(seconds: float) -> str:
    """A length of time in its one best unit: "20 seconds", "3 minutes", "2 hours", "9 days"."""
    seconds = max(0, seconds)
    if seconds < 90:
        n = math.ceil(seconds)
        return ngettext("{n} second", "{n} seconds", n).format(n=n)
    if seconds < 90 * 60:
        n = round(seconds / 60)
        return ngettext("{n} minute", "{n} minutes", n).format(n=n)
    if seconds < 48 * 3600:
        n = round(seconds / 3600)
        return ngettext("{n} hour", "{n} hours", n).format(n=n)
    n = round(seconds / 86400)
    return ngettext("{n} day", "{n} days", n).format(n=n)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened, and what a person can do about it. Both are whole sentences; `remedy` may be empty."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


def explain(reason: Reason | str, host: str = "", said: str = "") -> Explanation:
    """Plain words for a trouble; `said` is the server's own sentence (already cleaned), quoted as such."""
    what, remedy = _EXPLANATIONS[Reason(reason)]
    sentence = _(what).format(host=host or _("the server"))
    if not host:
        sentence = sentence[:1].upper() + sentence[1:]
    if said:
        sentence += " " + _("It says: “{said}”.").format(said=said.rstrip("."))
    return Explanation(sentence, _(remedy) if remedy else "")


_EXPLANATIONS: dict[Reason, tuple[str, str]] = {
    Reason.NAME_NOT_FOUND: (
        "The name {host} was not found.",
        "Check the server's name in the settings, and the network connection.",
    ),
    Reason.CONNECTION_REFUSED: (
        "{host} refused the connection.",
        "Check the port in the settings; a firewall may also be in the way.",
    ),
    Reason.UNREACHABLE: ("{host} could not be reached.", "Check the network connection."),
    Reason.TIMED_OUT: ("{host} did not answer in time.", ""),
    Reason.CLOSED: ("{host} closed the connection before it was done.", ""),
    Reason.CERTIFICATE_UNTRUSTED: (
        "The certificate of {host} is not from an authority that this computer trusts.",
        "If this is your own server, name its authority as ca_file; otherwise ask the provider and do not log in.",
    ),
    Reason.CERTIFICATE_EXPIRED: (
        "The certificate of {host} has expired or is not valid yet.",
        "Check this computer's clock; if it is right, the provider has to renew the certificate.",
    ),
    Reason.CERTIFICATE_NAME: (
        "The certificate of {host} was made out for another name.",
        "Use the server name that the provider gives; it may have changed.",
    ),
    Reason.HANDSHAKE_FAILED: (
        "No encrypted connection to {host} could be agreed on.",
        "The port and the security setting may not belong together: 995 and 465 are “tls”, 110 and 587 “starttls”.",
    ),
    Reason.STARTTLS_MISSING: (
        "{host} does not offer encryption on this port, so nothing was sent.",
        'Use the encrypted port (995 for POP3, 465 for SMTP) with security = "tls".',
    ),
    Reason.STARTTLS_INJECTED: (
        "{host} sent data before the encryption began; somebody may be tampering with the connection.",
        "Nothing was sent. Try from another network.",
    ),
    Reason.WRONG_PASSWORD: (
        "{host} did not accept the user name and password.",
        "Enter the password again in the account's settings. Checks of this account wait until then.",
    ),
    Reason.PASSWORD_MISSING: (
        "There is no password for this account.",
        "Enter it in the account's settings, or name a password_command.",
    ),
    Reason.STORE_LOCKED: (
        "The desktop's password store is locked.",
        "Unlock it; the check is tried again by itself.",
    ),
    Reason.PASSWORD_COMMAND_FAILED: (
        "The password_command of this account gave no password.",
        "Run it in a terminal to see why; it is tried again by itself.",
    ),
    Reason.STORE_MISSING: (
        "There is no password store on this desktop.",
        "Start one (such as GNOME Keyring, KWallet or KeePassXC), or name a password_command in the settings.",
    ),
    Reason.SIGN_IN_NEEDED: ("{host} wants a new sign-in.", "Open the account's settings and sign in again."),
    Reason.APP_PASSWORD_NEEDED: (
        "{host} wants a password made for this program.",
        "Make an app password on the provider's web page and enter it in the account's settings.",
    ),
    Reason.POP_SWITCHED_OFF: (
        "POP3 is switched off for this account.",
        "Allow POP3 in the settings of the provider's web page.",
    ),
    Reason.NO_COMMON_LOGIN: (
        "{host} offers no way to log in that fits the settings.",
        'Set auth = "auto", or the kind of login that the provider names.',
    ),
    Reason.IN_USE: ("The mailbox is in use by another program.", ""),
    Reason.TOO_SOON: ("{host} does not want to be asked so often.", "A longer interval helps."),
    Reason.SERVER_TEMPORARY: ("{host} has trouble of its own at the moment.", ""),
    Reason.SERVER_PERMANENT: (
        "{host} says that this mailbox cannot be used.",
        "Ask the provider; this does not go away by itself.",
    ),
    Reason.SERVER_REFUSED: ("{host} refused.", ""),
    Reason.GARBAGE: ("{host} gave an answer that is not POP3.", "Check server name and port."),
    Reason.LINE_TOO_LONG: ("{host} sent an endless line.", "Check server name and port."),
    Reason.LIST_TOO_LONG: ("{host} sent a list of messages without end.", ""),
    Reason.INCONSISTENT: ("{host} contradicted itself about what is in the mailbox.", ""),
    Reason.PLAINTEXT_REFUSED: (
        "The settings would send the password to {host} unencrypted, so nothing was sent.",
        'Use security = "tls", or add allow_plaintext = true if you accept the risk.',
    ),
    Reason.BAD_SETTING: ("A setting of this account does not work.", "Run “notifier accounts” to see which."),
}
