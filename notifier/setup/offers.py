"""What a source knows of the servers behind an address: the value that discovery collects and the window shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from notifier.config import Server


class Source(StrEnum):
    """Where an offer came from, the most trusted first."""

    TABLE = "table"  # known to this program
    PROVIDER = "provider"  # said by the provider itself, over HTTPS
    DATABASE = "database"  # Thunderbird's public database
    SRV = "srv"  # the domain's DNS entries
    GUESS = "guess"  # usual names that answered


RANK = {source: rank for rank, source in enumerate(Source)}


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to get tokens at a provider (OAuth2). `key` names the client in [general] oauth_clients."""

    key: str
    authorize: str
    token: str
    scope: str
    device: str = ""
    redirect_host: str = "127.0.0.1"
    # Further parameters of the authorization request, such as Google's access_type.
    extras: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """Servers for one address, best first, users filled in. Hosts and words from outside are cleaned already."""

    source: Source
    provider: str = ""
    pop3: tuple[Server, ...] = ()
    smtp: tuple[Server, ...] = ()
    hints: tuple[str, ...] = ()  # whole sentences, to be read before the first login
    no_pop3: bool = False  # the provider is known to have none
    passwords: bool = True  # False: only a sign-in will do
    sign_in: SignIn | None = None
    limit: int | None = None  # octets; what the provider's free mailbox holds
    interval: int | None = None  # seconds; the provider wants no more frequent logins
    inbox_is_partial: bool = False  # what POP3 shows says nothing about how full the mailbox is

    @property
    def usable(self) -> bool:
        return bool(self.pop3)

    def elsewhere(self, domain: str) -> tuple[str, ...]:
        """The hosts that do not belong to `domain`: right for most hosted mail, yet a person should see them."""
        hosts = dict.fromkeys(s.host for s in (*self.pop3[:1], *self.smtp[:1]))
        return tuple(h for h in hosts if h != domain and not h.endswith(f".{domain}"))


def merged(first: Offer, second: Offer) -> Offer:
    """`first`, with what it lacks taken from `second`: some sources know the receiving server only."""
    return replace(
        first,
        pop3=first.pop3 or second.pop3,
        smtp=first.smtp or second.smtp,
        sign_in=first.sign_in or second.sign_in,
        provider=first.provider or second.provider,
    )
