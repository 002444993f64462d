"""What providers publish: read where it is good, left out where it is nonsense, refused where it is an attack."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.config import Server
from notifier.setup import autoconfig
from notifier.setup.autoconfig import AutoconfigError
from notifier.setup.offers import Offer, Source

ADDRESS = "ann.lee@example.org"


def server(kind: str = "pop3", **values: str) -> str:
    facts = {"hostname": "mail.example.org", "port": "995", "socketType": "SSL", "username": "%EMAILADDRESS%",
             "authentication": "password-cleartext", **values}  # fmt: skip
    tag = "incomingServer" if kind in {"pop3", "imap"} else "outgoingServer"
    return f'<{tag} type="{kind}">' + "".join(f"<{k}>{v}</{k}>" for k, v in facts.items()) + f"</{tag}>"


def document(*parts: str, after: str = "") -> bytes:
    inside = "".join(parts)
    return (
        f'<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="example.org">'
        f"<domain>example.org</domain><displayName>Example</displayName>{inside}</emailProvider>{after}</clientConfig>"
    ).encode()


def read(*parts: str, after: str = "") -> Offer:
    return autoconfig.read(document(*parts, after=after), ADDRESS, Source.PROVIDER)


def test_receiving_and_sending_server_are_found() -> None:
    offer = read(server("imap", port="993"), server(), server("smtp", port="587", socketType="STARTTLS"))
    assert offer.provider == "Example"
    assert offer.pop3 == (Server("mail.example.org", 995, "tls", ADDRESS),)
    assert offer.smtp == (Server("mail.example.org", 587, "starttls", ADDRESS),)
    assert offer.passwords
    assert not offer.no_pop3


def test_tls_from_the_start_comes_before_starttls_and_the_providers_order_stays_otherwise() -> None:
    offer = read(
        server(hostname="a.example.org", port="110", socketType="STARTTLS"),
        server(hostname="b.example.org"),
        server(hostname="c.example.org"),
    )
    assert [s.host for s in offer.pop3] == ["b.example.org", "c.example.org", "a.example.org"]


@pytest.mark.parametrize(
    ("written", "user"),
    [
        ("%EMAILADDRESS%", ADDRESS),
        ("%EMAILLOCALPART%", "ann.lee"),
        ("%EMAILLOCALPART%#%EMAILDOMAIN%", "ann.lee#example.org"),
        ("customer-7", "customer-7"),
        ("", ADDRESS),
    ],
)
def test_placeholders_are_filled_in(written: str, user: str) -> None:
    assert read(server(username=written)).pop3[0].user == user


def test_a_host_may_hold_the_domain() -> None:
    assert read(server(hostname="mx.%EMAILDOMAIN%")).pop3[0].host == "mx.example.org"


@pytest.mark.parametrize(
    "values",
    [
        {"socketType": "plain"},
        {"socketType": ""},
        {"port": "0"},
        {"port": "70000"},
        {"port": "nine"},
        {"port": ""},
        {"hostname": ""},
        {"hostname": "-oProxyCommand=x"},
        {"hostname": "a b"},
        {"hostname": "mail.example.org/x"},
        {"hostname": "%PASSWORD%.evil.example"},
        {"username": "%REALNAME%"},
        {"username": "x" * 400},
        {"authentication": "GSSAPI"},
        {"authentication": "none"},
    ],
)
def test_a_server_of_no_use_is_left_out(values: dict[str, str]) -> None:
    assert read(server(**values), server(hostname="good.example.org")).pop3 == (
        Server("good.example.org", 995, "tls", ADDRESS),
    )


def test_imap_alone_says_that_there_is_no_pop3() -> None:
    offer = read(server("imap"), server("smtp"))
    assert offer.no_pop3
    assert not offer.usable


def test_a_sign_in_alone_is_told_from_a_password() -> None:
    both = server().replace("<authentication>", "<authentication>OAuth2</authentication><authentication>")
    assert read(both).pop3[0].auth == "auto"
    assert read(both).passwords
    only = read(server(authentication="OAuth2"))
    assert only.pop3[0].auth == "xoauth2"
    assert not only.passwords


def oauth(**values: str) -> str:
    facts = {"issuer": "login.example.org", "scope": "mail", "authURL": "https://login.example.org/a",
             "tokenURL": "https://login.example.org/t", **values}  # fmt: skip
    return "<oAuth2>" + "".join(f"<{k}>{v}</{k}>" for k, v in facts.items()) + "</oAuth2>"


def test_where_tokens_come_from_is_read() -> None:
    sign_in = read(server(authentication="OAuth2"), after=oauth()).sign_in
    assert sign_in is not None
    assert (sign_in.key, sign_in.authorize, sign_in.token) == (
        "login.example.org", "https://login.example.org/a", "https://login.example.org/t")  # fmt: skip


@pytest.mark.parametrize(
    "values", [{"tokenURL": "http://login.example.org/t"}, {"authURL": "javascript:alert(1)"}, {"issuer": ""},
               {"scope": "x" * 3000}],
)  # fmt: skip
def test_tokens_travel_over_https_only(values: dict[str, str]) -> None:
    assert read(server(), after=oauth(**values)).sign_in is None


def test_words_from_outside_are_made_safe() -> None:
    xml = document(server()).replace(b">Example<", ">Ex\u202eample\n\u2066 &#x9;Mail<".encode())
    assert autoconfig.read(xml, ADDRESS, Source.PROVIDER).provider == "Example Mail"


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">]>
<clientConfig><emailProvider><displayName>&f;</displayName></emailProvider></clientConfig>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<clientConfig><emailProvider><displayName>&x;</displayName></emailProvider></clientConfig>"""


@pytest.mark.parametrize(
    "xml",
    [
        LAUGHS,
        OUTSIDE,
        LAUGHS.decode().encode("utf-16"),
        b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x"><html/>',
        b"<clientConfig>" + b"<a>" * 100_000,
        b"<clientConfig><emailProvider>" + b"<domain>x</domain>" * 5000 + b"</emailProvider></clientConfig>",
        b"x" * 300_000,
        b"",
        b"<html>no such page</html>",
        b"<clientConfig/>",
        b'<?xml version="1.0" encoding="klingon"?><clientConfig/>',
        b"<clientConfig><emailProvider></clientConfig>",
    ],
    ids=["laughs", "outside", "utf-16", "doctype", "depth", "number", "length", "empty", "html", "no provider",
         "encoding", "broken"],
)  # fmt: skip
def test_what_is_no_configuration_is_refused(xml: bytes) -> None:
    with pytest.raises(AutoconfigError) as caught:
        autoconfig.read(xml, ADDRESS, Source.PROVIDER)
    assert "haha" not in str(caught.value)
    assert "root:" not in str(caught.value)


@given(st.binary(max_size=300), st.integers(0, 700), st.integers(0, 60))
def test_whatever_arrives_is_an_offer_or_refused(noise: bytes, place: int, cut: int) -> None:
    good = document(server(), server("smtp"))
    xml = good[:place] + noise + good[place + cut :]
    try:
        offer = autoconfig.read(xml, ADDRESS, Source.PROVIDER)
    except AutoconfigError:
        return
    assert all(s.security in {"tls", "starttls"} and 0 < s.port < 65536 and s.host for s in offer.pop3 + offer.smtp)
