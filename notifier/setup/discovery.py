"""Finds the servers behind an address: the table, then the network's sources at once, then usual names that answer.

Only the domain ever leaves this computer, never the address or a password, and only over TLS (DNS apart, which knows
the domain anyway). A provider in the table is not asked about anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from notifier.config import Server
from notifier.errors import NotifierError, Reason, Trouble
from notifier.outgoing import addresses
from notifier.setup import autoconfig, dns_entries, providers
from notifier.setup.dns_entries import Names
from notifier.setup.https import Ending, Way, fetch
from notifier.setup.offers import Offer, Source, merged
from notifier.setup.probing import probe
from notifier.setup.together import Questions, best

SECONDS = 10.0  # for the network's sources together
GUESS_SECONDS = 8.0
DATABASE = "https://autoconfig.thunderbird.net/v1.1/"


@dataclass(frozen=True, slots=True)
class Progress:
    """One line of what a person sees meanwhile. `state`: asking, found, nothing, late, cancelled."""

    source: Source
    state: str


@dataclass(frozen=True, slots=True)
class Means:
    """What the search goes through. Tests lead it to servers of their own; nothing is checked less for that."""

    way: Way = field(default_factory=Way)
    names: Names = field(default_factory=lambda: Names(SECONDS / 2))
    database: str = DATABASE
    seconds: float = SECONDS
    guess_seconds: float = GUESS_SECONDS


@dataclass(frozen=True, slots=True)
class Found:
    """`offer` is the best there is, or None; `elsewhere` its hosts outside the address's domain.

    `no_pop3`: the provider is known to offer none. `cancelled`: the search was broken off. `offline`: not even the
    public database could be reached.
    """

    offer: Offer | None
    elsewhere: tuple[str, ...] = ()
    no_pop3: bool = False
    cancelled: bool = False
    offline: bool = False


Tell = Callable[[Progress], None]


def discover(
    address: str, *, means: Means | None = None, tell: Tell = lambda _: None, ending: Ending | None = None
) -> Found:
    """The servers for `address`. Raises AddressError. Takes a few seconds; `ending.now()` breaks it off.

    `tell` is called in this thread only.
    """
    search = _Search(_checked(address), means or Means(), tell, ending or Ending())
    return search.run()


class AddressError(NotifierError):
    """That is no address. The message is a sentence for a person."""


def _checked(address: str) -> str:
    mailbox = addresses.check(address)
    if mailbox.problem:
        raise AddressError(addresses.explain(mailbox))
    return mailbox.address


class _Search:
    def __init__(self, address: str, means: Means, tell: Tell, ending: Ending) -> None:
        self._address, self._means, self._tell, self._ending = address, means, tell, ending
        self._domain = address.rpartition("@")[2]
        self._unreached = False  # the public database, which is always there

    def run(self) -> Found:
        known = providers.known(self._address)
        if known:
            self._tell(Progress(Source.TABLE, "found"))
            return Found(known, no_pop3=known.no_pop3)
        self._tell(Progress(Source.TABLE, "nothing"))
        offers = self._sources()
        if not self._ending.come and not (offers and offers[0].pop3 and offers[0].smtp):
            offers += self._guesses(offers)
        found = self._found(offers)
        self._ending.now()  # whoever is still waiting for an answer need not
        return found

    def _found(self, offers: list[Offer]) -> Found:
        offer = None
        for one in offers:
            offer = merged(offer, one) if offer else one
        denied = any(o.no_pop3 for o in offers)
        if offer is None or not offer.pop3:
            offline = self._unreached and not offers
            return Found(None, no_pop3=denied, cancelled=self._ending.come, offline=offline)
        return Found(replace(offer, no_pop3=False), offer.elsewhere(self._domain), False, self._ending.come)

    # --- the network's sources -----------------------------------------------------------------------------------

    def _sources(self) -> list[Offer]:
        """Their offers, the most trusted first; a less trusted one is waited for only while a better one lacks some."""
        questions: list[tuple[Source, Callable[[], Offer | None]]] = [
            (Source.TABLE, self._by_exchanger),
            (Source.PROVIDER, partial(self._published, f"https://autoconfig.{self._domain}/mail/config-v1.1.xml")),
            (
                Source.PROVIDER,
                partial(self._published, f"https://{self._domain}/.well-known/autoconfig/mail/config-v1.1.xml"),
            ),
            (Source.DATABASE, self._database),
            (Source.SRV, lambda: dns_entries.offer(self._means.names, self._address)),
        ]
        for source in dict.fromkeys(source for source, _question in questions):
            self._tell(Progress(source, "asking"))
        asked: Questions[Offer] = Questions([q for _source, q in questions], self._means.seconds)
        found: dict[int, Offer] = {}
        for place, answer in asked.answers(lambda: self._ending.come):
            if answer is not None:
                found[place] = answer
            self._report(questions[place][0], {questions[p][0] for p in asked.open}, found.values())
            if _complete(found, asked.open):
                break
        self._report_open({questions[p][0] for p in asked.open}, found.values())
        return [found[place] for place in sorted(found)]

    def _report(self, source: Source, still_open: set[Source], found: Iterable[Offer]) -> None:
        if any(o.source == source for o in found):
            self._tell(Progress(source, "found"))
        elif source not in still_open:
            self._tell(Progress(source, "nothing"))

    def _report_open(self, still_open: set[Source], found: Iterable[Offer]) -> None:
        state = "cancelled" if self._ending.come else "late"
        for source in still_open - {o.source for o in found}:
            self._tell(Progress(source, state))

    def _published(self, url: str, source: Source = Source.PROVIDER) -> Offer:
        means = self._means
        xml = fetch(url, way=means.way, seconds=means.seconds, ending=self._ending)
        return autoconfig.read(xml, self._address, source)

    def _database(self) -> Offer | None:
        """Asked for the domain; for a domain of somebody's own, for the provider its mail goes to."""
        try:
            return self._published(self._means.database + self._domain, Source.DATABASE)
        except Trouble as trouble:
            self._unreached = trouble.reason in {Reason.NAME_NOT_FOUND, Reason.UNREACHABLE}
        except NotifierError:
            pass
        for exchanger in self._means.names.exchangers(self._domain)[:1]:
            for name in dns_entries.provider_domains(exchanger):
                try:
                    return self._published(self._means.database + name, Source.DATABASE)
                except NotifierError:
                    continue
        return None

    def _by_exchanger(self) -> Offer | None:
        exchangers = self._means.names.exchangers(self._domain)
        return next(filter(None, (providers.known_by_exchanger(self._address, e) for e in exchangers)), None)

    # --- guesses -------------------------------------------------------------------------------------------------

    def _guesses(self, offers: list[Offer]) -> list[Offer]:
        """Usual names in the domain itself, if a server there proves to be one."""
        self._tell(Progress(Source.GUESS, "asking"))
        roles = [role for role in ("pop3", "smtp") if not any(getattr(o, role) for o in offers)]
        both: Questions[tuple[str, Server]] = Questions(
            [partial(self._first_answering, role) for role in roles], self._means.guess_seconds + 1
        )
        found = dict(answer for _place, answer in both.answers(lambda: self._ending.come) if answer)
        self._tell(Progress(Source.GUESS, "found" if found else "cancelled" if self._ending.come else "nothing"))
        if not found:
            return []
        servers = {role: (found[role],) if role in found else () for role in ("pop3", "smtp")}
        return [Offer(Source.GUESS, "", servers["pop3"], servers["smtp"])]

    def _first_answering(self, role: str) -> tuple[str, Server] | None:
        tries = [partial(self._tried, server, role) for server in guesses(role, self._domain, self._address)]
        server = best(tries, self._means.guess_seconds, lambda: self._ending.come)
        return (role, server) if server else None

    def _tried(self, server: Server, role: str) -> Server:
        means = self._means
        probe(server, role, way=means.way, seconds=means.guess_seconds, ending=self._ending)
        return server


def _complete(found: dict[int, Offer], still_open: set[int]) -> bool:
    """Whether the offers that nothing better can come before have both kinds of server."""
    settled = [offer for place, offer in found.items() if place < min(still_open, default=len(found) + 99)]
    return any(o.pop3 for o in settled) and any(o.smtp for o in settled)


def guesses(role: str, domain: str, user: str) -> list[Server]:
    """The usual names of a domain's servers, the likeliest first; TLS from the start before STARTTLS."""
    hosts = {"pop3": ("pop.", "pop3.", "mail.", ""), "smtp": ("smtp.", "mail.", "")}[role]
    ports = {"pop3": ((995, "tls"), (110, "starttls")), "smtp": ((465, "tls"), (587, "starttls"))}[role]
    return [Server(f"{host}{domain}", port, security, user) for port, security in ports for host in hosts]
