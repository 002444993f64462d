"""The table of known providers: complete, encrypted, and with the hint a person needs before the first login."""

from __future__ import annotations

import pytest

from notifier.setting_values import parse_host
from notifier.setup import providers
from notifier.setup.offers import Offer

ROWS = providers._tables()["provider"]
EVERY = [(row["name"], domain) for row in ROWS for domain in row["domains"]]


def known(address: str) -> Offer:
    offer = providers.known(address)
    assert offer is not None
    return offer


@pytest.mark.parametrize(("name", "domain"), EVERY, ids=[d for _n, d in EVERY])
def test_every_row_gives_encrypted_servers(name: str, domain: str) -> None:
    offer = known(f"ann@{domain}")
    assert offer.provider == name, "no domain stands in two rows"
    assert offer.smtp
    assert bool(offer.pop3) != offer.no_pop3
    for server in (*offer.pop3, *offer.smtp):
        assert parse_host(server.host) == server.host
        assert (server.security, server.port) in {("tls", 995), ("tls", 465), ("starttls", 587)}
        assert server.user in {f"ann@{domain}", "ann", f"recent:ann@{domain}"}
    assert all("{" not in hint for hint in offer.hints)


def test_every_hint_is_used() -> None:
    used = {key for row in ROWS for key in row.get("hints", ())}
    assert used == set(providers.HINTS)


def test_gmail_is_read_in_recent_mode_and_shows_no_fill_level() -> None:
    offer = known("ann@gmail.com")
    assert offer.pop3[0].user == "recent:ann@gmail.com"
    assert offer.smtp[0].user == "ann@gmail.com"
    assert offer.inbox_is_partial
    assert offer.limit is None


def test_web_de_takes_the_local_part_and_wants_patience() -> None:
    offer = known("ann.lee@web.de")
    assert offer.pop3[0].user == "ann.lee"
    assert offer.interval == 720


def test_outlook_takes_no_passwords() -> None:
    offer = known("ann@hotmail.fr")
    assert not offer.passwords
    assert offer.pop3[0].auth == "xoauth2"
    assert offer.sign_in is not None
    assert offer.sign_in.key == "microsoft"


def test_icloud_has_no_pop3() -> None:
    offer = known("ann@icloud.com")
    assert offer.no_pop3
    assert not offer.usable


@pytest.mark.parametrize(
    ("exchanger", "name"),
    [
        ("aspmx.l.google.com", "Gmail"),
        ("example-org.mail.protection.outlook.com.", "Microsoft 365"),
        ("eur.olc.protection.outlook.com", "Outlook.com"),
        ("in1-smtp.messagingengine.com", "Fastmail"),
    ],
)
def test_a_domain_of_ones_own_is_known_by_where_its_mail_goes(exchanger: str, name: str) -> None:
    offer = providers.known_by_exchanger("ann@example.org", exchanger)
    assert offer is not None
    assert offer.provider == name
    assert offer.smtp[0].user == "ann@example.org"


@pytest.mark.parametrize("exchanger", ["mx.example.org", "notgoogle.com", "google.com.evil.example", ""])
def test_nobody_passes_for_a_known_provider(exchanger: str) -> None:
    assert providers.known_by_exchanger("ann@example.org", exchanger) is None


def test_unknown_domains_are_unknown() -> None:
    assert providers.known("ann@example.org") is None
    assert providers.known("ann@sub.gmail.com") is None


def test_the_way_to_tokens_is_found_by_the_server() -> None:
    found = providers.sign_in_for("outlook.office365.com")
    assert found is not None
    assert found.device.startswith("https://")
    assert providers.sign_in_for("pop.example.org") is None
