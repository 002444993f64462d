"""Copies of our own mails: some providers put what is sent through them into the POP mailbox as well. Pure.

A look at the mailbox sees counts and unique-ids, no Message-ID, so which message is the copy cannot be known. What can
be known is that one is due: it comes through the same provider, minutes after the server's final 250. One arrival per
own mail is taken for the copy within that time; a mail from somebody else in the same minutes is announced with the
next one that comes, or shows as unseen, but is never lost.
"""

from __future__ import annotations

from notifier.config import Account

WITHIN = 300.0  # seconds between the final 250 and the copy's arrival
_COPYING = ("gmail.com", "googlemail.com")  # domains of sending servers that are known to do it


def copies_expected(account: Account) -> bool:
    """Whether the provider of this account is known to put sent mails into the mailbox that is watched."""
    return any(_belongs(server.host, domain) for server in account.smtp for domain in _COPYING) and any(
        _belongs(account.pop3.host, domain) for domain in _COPYING
    )


def earliest(since: float) -> float:
    """Mails sent before this cannot be the cause of what arrived after `since` (POSIX seconds)."""
    return since - WITHIN


def _belongs(host: str, domain: str) -> bool:
    return host.lower() == domain or host.lower().endswith("." + domain)
