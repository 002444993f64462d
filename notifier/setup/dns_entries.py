"""What the domain's DNS entries tell of its mail servers: SRV (RFC 6186, RFC 8314) and the mail exchanger (MX)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from notifier.config import Server
from notifier.setting_values import parse_host
from notifier.setup.offers import Offer, Source

if TYPE_CHECKING:
    from dns.resolver import Resolver

# Service, security; TLS from the start first (RFC 8314 §3). RFC 6186 §3.2 has POP3, RFC 8314 §5.1 the submissions.
_RECEIVING = (("_pop3s", "tls"), ("_pop3", "starttls"))
_SENDING = (("_submissions", "tls"), ("_submission", "starttls"))
MOST_ENTRIES = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One SRV entry. `host` is "." where a domain says that it has no such service (RFC 6186 §4)."""

    priority: int
    weight: int
    port: int
    host: str


class Names:
    """Looks entries up; each question ends within `seconds`. What cannot be answered is no entry."""

    def __init__(self, seconds: float, resolver: Resolver | None = None) -> None:
        self._seconds = seconds
        self._given = resolver

    def service(self, service: str, domain: str) -> list[Entry]:
        found = self._ask(f"{service}._tcp.{domain}", "SRV")
        entries = [Entry(r.priority, r.weight, r.port, r.target.to_text(omit_final_dot=True) or ".") for r in found]
        return sorted(entries, key=lambda e: (e.priority, -e.weight))[:MOST_ENTRIES]

    def exchangers(self, domain: str) -> list[str]:
        """The domain's mail exchangers, the preferred one first."""
        found = sorted(self._ask(domain, "MX"), key=lambda r: r.preference)
        return [r.exchange.to_text(omit_final_dot=True).lower() for r in found][:MOST_ENTRIES]

    def _ask(self, name: str, kind: str) -> list[Any]:
        import dns.exception
        import dns.resolver

        try:
            resolver = self._given or dns.resolver.Resolver()
            return list(resolver.resolve(f"{name}.", kind, lifetime=self._seconds, search=False))
        except (dns.exception.DNSException, OSError, ValueError):
            return []


def offer(names: Names, address: str) -> Offer | None:
    """The servers in the domain's SRV entries; None where there are none."""
    domain = address.rpartition("@")[2]
    pop3, denied = _servers(names, _RECEIVING, address, domain)
    smtp, _denied = _servers(names, _SENDING, address, domain)
    if not pop3 and not smtp and not denied:
        return None
    return Offer(Source.SRV, "", tuple(pop3), tuple(smtp), no_pop3=denied and not pop3)


def _servers(
    names: Names, services: tuple[tuple[str, str], ...], address: str, domain: str
) -> tuple[list[Server], bool]:
    """The servers, and whether the domain says outright that it has none."""
    found: list[Server] = []
    denied = False
    for service, security in services:
        entries = names.service(service, domain)
        denied = denied or (bool(entries) and all(e.host == "." for e in entries))
        found += _usable(entries, security, address)
    return found, denied


def _usable(entries: list[Entry], security: str, address: str) -> Iterator[Server]:
    for entry in entries:
        try:
            host = parse_host(entry.host).lower()
        except ValueError:
            continue
        if entry.port and host.isascii() and "." in host:
            yield Server(host, entry.port, security, address)


def provider_domains(exchanger: str) -> list[str]:
    """Under which names the provider behind a mail exchanger may be filed, the most exact first.

    `a-b.mail.protection.outlook.com` gives `mail.protection.outlook.com`, `protection.outlook.com`, `outlook.com`.
    """
    labels = exchanger.lower().rstrip(".").split(".")
    return [".".join(labels[n:]) for n in range(1, len(labels) - 1)][:4]
