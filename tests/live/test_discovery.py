"""The search for servers on loopback: real HTTPS with an authority of our own, real DNS, real and hostile answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from notifier.config import Server
from notifier.setup import discovery
from notifier.setup.discovery import AddressError, Found, Means, Progress, discover
from notifier.setup.dns_entries import Names
from notifier.setup.https import Ending, FetchError, Way, fetch
from notifier.setup.offers import Source
from tests.live import certificates
from tests.live.certificates import Certificate
from tests.live.dovecot import Dovecot
from tests.live.name_server import NameServer
from tests.live.web_server import WebServer, dripping, endless, moved, page, silent

pytestmark = pytest.mark.live

ADDRESS = "ann@example.test"
AUTOCONFIG = "autoconfig.example.test/mail/config-v1.1.xml"
WELL_KNOWN = "example.test/.well-known/autoconfig/mail/config-v1.1.xml"
DATABASE = "autoconfig.thunderbird.net/v1.1/"
HOSTS = ("example.test", "autoconfig.example.test", "autoconfig.thunderbird.net", "elsewhere.test", "pop.example.test",
         "mail.example.test", "localhost")  # fmt: skip


def settings(pop3: str = "pop.example.test", smtp: str = "smtp.example.test") -> bytes:
    def one(tag: str, kind: str, host: str, port: int) -> str:
        return (
            f'<{tag} type="{kind}"><hostname>{host}</hostname><port>{port}</port><socketType>SSL</socketType>'
            f"<username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></{tag}>"
        )

    servers = one("incomingServer", "pop3", pop3, 995) if pop3 else one("incomingServer", "imap", "i.test", 993)
    servers += one("outgoingServer", "smtp", smtp, 465) if smtp else ""
    return f"<clientConfig><emailProvider id='x'>{servers}</emailProvider></clientConfig>".encode()


class World:
    """A small internet: whatever host is asked for, it is on loopback."""

    def __init__(self, stack: ExitStack, certificate: Certificate) -> None:
        self.certificate = certificate
        self.web = stack.enter_context(WebServer(certificate))
        self.dns = stack.enter_context(NameServer({}))
        self.ports: dict[tuple[str, int], int] = {}
        self.visited: list[tuple[str, int]] = []

    def address(self, host: str, port: int) -> tuple[str, int]:
        self.visited.append((host, port))
        if port == 443 and host in HOSTS:
            return "127.0.0.1", self.web.port
        return "127.0.0.1", self.ports.get((host, port), 1)

    @property
    def way(self) -> Way:
        return Way(str(self.certificate.ca), self.address)

    def means(self, seconds: float = 5.0) -> Means:
        return Means(self.way, Names(2.0, self.dns.resolver()), seconds=seconds, guess_seconds=3.0)

    def find(self, address: str = ADDRESS, seconds: float = 5.0) -> Found:
        return discover(address, means=self.means(seconds))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificates.make(tmp_path_factory.mktemp("tls"), HOSTS)


@pytest.fixture
def world(certificate: Certificate) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(stack, certificate)


def hosts(found: Found) -> tuple[str | None, str | None]:
    if found.offer is None:
        return None, None
    return (found.offer.pop3[0].host if found.offer.pop3 else None), (
        found.offer.smtp[0].host if found.offer.smtp else None
    )


# --- where it is found -------------------------------------------------------------------------------------------


def test_the_table_needs_no_network(world: World) -> None:
    found = world.find("ann@gmx.de")
    assert hosts(found) == ("pop.gmx.net", "mail.gmx.net")
    assert world.visited == []
    assert world.dns.asked == []


def test_a_provider_without_pop3_is_named(world: World) -> None:
    found = world.find("ann@icloud.com")
    assert found.no_pop3
    assert found.offer is not None
    assert found.offer.provider == "iCloud"


def test_the_provider_itself_is_asked_and_never_told_the_address(world: World) -> None:
    world.web.pages[AUTOCONFIG] = page(settings())
    found = world.find()
    assert hosts(found) == ("pop.example.test", "smtp.example.test")
    assert found.offer is not None
    assert found.offer.source is Source.PROVIDER
    assert found.elsewhere == ()
    assert not [asked for asked in world.web.asked + world.dns.asked if "ann" in asked]


def test_the_well_known_place_is_asked_too(world: World) -> None:
    world.web.pages[WELL_KNOWN] = page(settings())
    assert hosts(world.find()) == ("pop.example.test", "smtp.example.test")


def test_the_provider_counts_more_than_the_database(world: World) -> None:
    world.web.pages[AUTOCONFIG] = page(settings("own.example.test"))
    world.web.pages[DATABASE + "example.test"] = page(settings("other.example.test"))
    assert hosts(world.find())[0] == "own.example.test"


def test_the_public_database_learns_the_domain_only(world: World) -> None:
    world.web.pages[DATABASE + "example.test"] = page(settings("pop.hoster.test", "smtp.hoster.test"))
    found = world.find()
    assert found.offer is not None
    assert found.offer.source is Source.DATABASE
    assert found.elsewhere == ("pop.hoster.test", "smtp.hoster.test"), "a person should see where the password goes"
    assert not [asked for asked in world.web.asked if "ann" in asked]


def test_a_domain_of_ones_own_is_found_by_its_mail_exchanger(world: World) -> None:
    world.dns.entries["example.test", "MX"] = ["10 mx1.in.hoster.test."]
    world.web.pages[DATABASE + "hoster.test"] = page(settings("pop.hoster.test"))
    assert hosts(world.find())[0] == "pop.hoster.test"
    assert DATABASE + "in.hoster.test" in world.web.asked


def test_a_known_provider_is_found_by_its_mail_exchanger(world: World) -> None:
    world.dns.entries["example.test", "MX"] = ["1 aspmx.l.google.com.", "5 alt1.aspmx.l.google.com."]
    world.web.pages[WELL_KNOWN] = page(settings("cpanel.webspace.test"))
    found = world.find()
    assert hosts(found) == ("pop.gmail.com", "smtp.gmail.com")
    assert found.offer is not None
    assert found.offer.pop3[0].user == "recent:ann@example.test"


def test_dns_entries_lead_to_the_servers(world: World) -> None:
    world.dns.entries["_pop3s._tcp.example.test", "SRV"] = ["20 0 995 two.example.test.", "10 0 1995 one.example.test."]
    world.dns.entries["_submissions._tcp.example.test", "SRV"] = ["0 1 465 out.example.test."]
    world.dns.entries["_submission._tcp.example.test", "SRV"] = ["0 1 587 out.example.test."]
    found = world.find()
    assert found.offer is not None
    assert found.offer.pop3[0] == Server("one.example.test", 1995, "tls", ADDRESS)
    assert [s.port for s in found.offer.smtp] == [465, 587]


def test_a_domain_may_say_that_it_has_no_pop3(world: World) -> None:
    world.dns.entries["_pop3s._tcp.example.test", "SRV"] = ["0 0 0 ."]
    found = world.find()
    assert found.offer is None
    assert found.no_pop3


def test_imap_only_is_told_as_such(world: World) -> None:
    world.web.pages[AUTOCONFIG] = page(settings(pop3=""))
    assert world.find().no_pop3


def test_what_one_source_lacks_another_gives(world: World) -> None:
    world.web.pages[AUTOCONFIG] = page(settings(smtp=""))
    world.dns.entries["_submissions._tcp.example.test", "SRV"] = ["0 1 465 out.example.test."]
    assert hosts(world.find()) == ("pop.example.test", "out.example.test")


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_usual_name_that_answers_is_found(world: World, security: str, tmp_path: Path) -> None:
    with Dovecot(tmp_path, certificate=world.certificate) as dovecot:
        usual = {"tls": 995, "starttls": 110}[security]
        port = dovecot.tls_port if security == "tls" else dovecot.port
        world.ports["mail.example.test", usual] = port
        found = world.find()
    assert found.offer is not None
    assert found.offer.source is Source.GUESS
    assert found.offer.pop3 == (Server("mail.example.test", usual, security, ADDRESS),)


def test_a_usual_name_must_prove_who_it_is(world: World, tmp_path: Path) -> None:
    with Dovecot(tmp_path, certificate=world.certificate) as dovecot:
        world.ports["pop3.example.test", 995] = dovecot.tls_port  # the certificate does not name pop3.example.test
        world.ports["pop3.example.test", 110] = dovecot.port
        assert world.find().offer is None


def test_nothing_is_found_without_a_network(world: World) -> None:
    nowhere = Means(Way(address=lambda _host, _port: ("127.0.0.1", 1)), Names(0.5, world.dns.resolver()))
    world.dns.__exit__()
    assert discover(ADDRESS, means=nowhere) == Found(None)
    unplugged = Means(Way(address=lambda _host, port: ("no-network.invalid", port)), nowhere.names)
    assert discover(ADDRESS, means=unplugged) == Found(None, offline=True)


# --- hostile and broken ------------------------------------------------------------------------------------------


def test_a_redirection_within_https_is_followed(world: World) -> None:
    world.web.pages[AUTOCONFIG] = moved("https://elsewhere.test/settings.xml")
    world.web.pages["elsewhere.test/settings.xml"] = page(settings())
    assert hosts(world.find())[0] == "pop.example.test"


@pytest.mark.parametrize(
    "url",
    [
        "http://autoconfig.example.test/plain.xml",
        "https://autoconfig.example.test:8443/port.xml",
        "https://ann:pw@elsewhere.test/settings.xml",
        "file:///etc/passwd",
        "/mail/config-v1.1.xml",
        "",
        "https://[broken/",
        "https://elsewhere.test/a b\r\nX: y",
    ],
)
def test_other_redirections_are_not(world: World, url: str) -> None:
    world.web.pages[AUTOCONFIG] = moved(url) if "\r" not in url else moved(url.replace("\r\n", "%0d%0a "))
    world.web.pages["elsewhere.test/settings.xml"] = page(settings())
    with pytest.raises(FetchError):
        fetch(f"https://{AUTOCONFIG}", way=world.way, seconds=5, ending=Ending())
    assert all(port == 443 for _host, port in world.visited)


def test_a_hundred_megabytes_are_left_where_they_are(world: World) -> None:
    world.web.pages[AUTOCONFIG] = endless
    world.web.pages[DATABASE + "example.test"] = page(settings("pop.hoster.test"))
    assert hosts(world.find())[0] == "pop.hoster.test"
    assert world.web.asked.count("more") < 500


@pytest.mark.parametrize("behaviour", [dripping, silent], ids=["dripping", "silent"])
def test_a_slow_source_does_not_spoil_the_others(world: World, behaviour: object) -> None:
    world.web.pages[AUTOCONFIG] = behaviour  # type: ignore[assignment]
    world.web.pages[DATABASE + "example.test"] = page(settings("pop.hoster.test"))
    assert hosts(world.find(seconds=1.5))[0] == "pop.hoster.test"
    end = time.monotonic() + 10
    while askers() and time.monotonic() < end:
        time.sleep(0.02)
    assert askers() == [], "whoever still waited was told to stop"


def askers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "_ask" in thread.name]


def test_a_certificate_for_another_name_counts_for_nothing(world: World, tmp_path: Path) -> None:
    wrong = certificates.make(tmp_path, ("other.test",))
    with WebServer(wrong) as impostor:
        impostor.pages[AUTOCONFIG] = page(settings("pop.evil.test"))
        way = Way(str(wrong.ca), lambda _host, _port: ("127.0.0.1", impostor.port))
        found = discover(ADDRESS, means=Means(way, Names(1.0, world.dns.resolver()), seconds=3, guess_seconds=1))
        assert found.offer is None
        assert impostor.asked == []


# --- watching and cancelling -------------------------------------------------------------------------------------


def test_each_source_is_reported_as_it_goes(world: World) -> None:
    world.web.pages[DATABASE + "example.test"] = page(settings())
    said: list[Progress] = []
    discover(ADDRESS, means=world.means(), tell=said.append)
    for source in (Source.PROVIDER, Source.DATABASE, Source.SRV):
        assert Progress(source, "asking") in said
    assert Progress(Source.DATABASE, "found") in said
    assert Progress(Source.PROVIDER, "nothing") in said


def test_the_search_can_be_broken_off(world: World) -> None:
    for place in (AUTOCONFIG, WELL_KNOWN, DATABASE + "example.test"):
        world.web.pages[place] = silent
    ending = Ending()
    said: list[Progress] = []
    threading.Timer(0.3, ending.now).start()
    found = discover(ADDRESS, means=world.means(60), tell=said.append, ending=ending)
    assert found.cancelled
    assert found.offer is None
    assert Progress(Source.PROVIDER, "cancelled") in said


@pytest.mark.parametrize("address", ["", "ann", "ann@", "@example.test", "ann@exa mple.test", "ann@-x.test"])
def test_what_is_no_address_is_not_looked_for(world: World, address: str) -> None:
    with pytest.raises(AddressError) as caught:
        world.find(address)
    assert str(caught.value)
    assert world.visited == []


def test_a_domain_with_other_letters_is_looked_up_as_dns_spells_it(world: World) -> None:
    world.find("ann@müller.test")
    assert "xn--mller-kva.test MX" in world.dns.asked


def test_guesses_are_encrypted_and_in_the_domain() -> None:
    for role in ("pop3", "smtp"):
        for server in discovery.guesses(role, "example.test", ADDRESS):
            assert server.host.endswith("example.test")
            assert server.security in {"tls", "starttls"}
