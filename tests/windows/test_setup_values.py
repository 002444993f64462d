"""The fields of the set-up window: what they mean, what is wrong with them, all of it at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.config import Account, Server
from notifier.setup.offers import Offer, Source
from notifier.windows.setup_values import (
    ALWAYS,
    DAYS,
    NEVER,
    FaultsError,
    Fields,
    ServerFields,
    account_of,
    entered_by,
    fields_of,
    other_port,
    wants_sign_in,
    with_offer,
)

ADDRESS = "ann@example.org"
POP3 = ServerFields("pop.example.org", "995", "tls", ADDRESS)
SMTP = ServerFields("smtp.example.org", "465", "tls", ADDRESS)
GOOD = Fields("Ann Lee", ADDRESS, "Work", POP3, True, SMTP)


def faults(fields: Fields, taken: tuple[str, ...] = ()) -> dict[str, str]:
    with pytest.raises(FaultsError) as caught:
        account_of(fields, None, taken)
    return {fault.field: fault.sentence for fault in caught.value.faults}


def test_an_account_goes_into_the_fields_and_comes_back_the_same() -> None:
    relay = Server("mail.isp.example", 587, "starttls", "line")
    account = Account(
        "Work", ADDRESS, Server("pop.example.org", 1995, "starttls", "ann", "cram-md5", "pass x", "/ca.pem"),
        (Server("smtp.example.org", 465, "tls", ADDRESS), relay), 1_500_000_000, (70, 99), 14, 900, True, True,
        ("beep",), "Ann Lee",
    )  # fmt: skip
    assert account_of(fields_of(account), account, ()) == account


@pytest.mark.parametrize(("keep", "days"), [(ALWAYS, None), (NEVER, 0), (DAYS, 30)])
def test_how_long_mail_is_kept(keep: str, days: int | None) -> None:
    account = account_of(replace(GOOD, keep=keep, keep_days="30"), None, ())
    assert account.keep_on_server == days
    assert fields_of(account).keep == keep


def test_little_has_to_be_typed() -> None:
    fields = Fields(address=ADDRESS, pop3=ServerFields("pop.example.org"), sends=False)
    assert account_of(fields, None, ()) == Account(ADDRESS, ADDRESS, Server("pop.example.org", 995, "tls", ADDRESS))


def test_an_empty_limit_is_unknown_and_an_empty_interval_the_usual_one() -> None:
    account = account_of(replace(GOOD, limit=" ", interval=" "), None, ())
    assert (account.mailbox_limit, account.interval) == (None, None)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        (replace(GOOD, address=""), "address"),
        (replace(GOOD, address="ann"), "address"),
        (replace(GOOD, name="Home"), "name"),
        (replace(GOOD, pop3=replace(POP3, host="")), "pop3.host"),
        (replace(GOOD, pop3=replace(POP3, port="70000")), "pop3.port"),
        (replace(GOOD, smtp=replace(SMTP, port="x")), "smtp.port"),
        (replace(GOOD, smtp=replace(SMTP, user="a\nb")), "smtp.user"),
        (replace(GOOD, limit="plenty"), "limit"),
        (replace(GOOD, warn_at="50, 120"), "warn_at"),
        (replace(GOOD, warn_at="early"), "warn_at"),
        (replace(GOOD, keep=DAYS, keep_days="0"), "keep_days"),
        (replace(GOOD, interval="5 s"), "interval"),
    ],
)
def test_a_fault_is_named_at_its_field(fields: Fields, field: str) -> None:
    found = faults(fields, ("Home",))
    assert list(found) == [field]
    assert found[field].endswith((".", "?"))


def test_all_faults_are_named_at_once() -> None:
    fields = Fields(address="", limit="plenty", interval="soon", pop3=ServerFields("", "x"))
    assert {"address", "limit", "interval", "pop3.host", "pop3.port", "smtp.host"} <= set(faults(fields))


def test_what_does_not_send_needs_no_sending_server() -> None:
    assert account_of(replace(GOOD, sends=False, smtp=ServerFields()), None, ()).smtp == ()


def test_a_password_in_the_clear_must_be_wanted_twice() -> None:
    plain = replace(GOOD, pop3=replace(POP3, security="none", port="110"))
    with pytest.raises(FaultsError) as caught:
        account_of(plain, None, ())
    assert [f.plaintext for f in caught.value.faults] == [True]
    twice = replace(plain, pop3=replace(plain.pop3, allow_plaintext=True))
    assert account_of(twice, None, ()).pop3.may_speak_plainly


@pytest.mark.parametrize(
    ("port", "before", "after", "becomes"),
    [("995", "tls", "starttls", "110"), ("110", "starttls", "tls", "995"), ("1995", "tls", "starttls", "1995"),
     ("", "tls", "starttls", "110"), ("995", "tls", "tls", "995")],
)  # fmt: skip
def test_the_usual_port_follows_the_security(port: str, before: str, after: str, becomes: str) -> None:
    assert other_port("pop3", port, before, after) == becomes


def test_an_offer_fills_the_fields_and_leaves_what_was_typed() -> None:
    offer = Offer(
        Source.TABLE, "X", (Server("p.example.org", 995, "tls", "ann", "xoauth2"),),
        (Server("s.example.org", 587, "starttls", "ann"),), limit=10**9, interval=720,
    )  # fmt: skip
    fields = with_offer(Fields(address=ADDRESS, full_name="Ann", limit="2 GB"), offer)
    assert (fields.pop3.host, fields.smtp.port, fields.name) == ("p.example.org", "587", ADDRESS)
    assert (fields.limit, fields.interval, fields.full_name) == ("2 GB", "12 min", "Ann")
    assert wants_sign_in(fields)


def test_an_offer_without_a_sending_server_makes_an_account_that_receives() -> None:
    fields = with_offer(Fields(address=ADDRESS), Offer(Source.SRV, "", (Server("p.example.org", 995, "tls", "ann"),)))
    assert not fields.sends


def test_one_password_typed_is_for_both_servers_wherever_they_are() -> None:
    pop3, same, other = Server("pop.a.org", 995, user="ann"), Server("smtp.a.org", 465), Server("smtp.b.net", 465)
    account = Account("Work", "ann@a.org", pop3, (same,))
    assert set(entered_by(account, "typed", "", None)) == {pop3}, "what is shared is stored once"
    elsewhere = replace(account, smtp=(other,))
    assert entered_by(elsewhere, "typed", "", None)[other].use.reveal() == "typed"
    assert entered_by(elsewhere, "typed", "another", None)[other].use.reveal() == "another"
    assert entered_by(elsewhere, "", "", None) == {}
