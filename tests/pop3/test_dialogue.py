"""The dialogue without a socket: scripted servers, odd servers, hostile bytes."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.config import Server
from notifier.errors import Reason, Trouble
from notifier.mailbox.snapshot import Known, Snapshot
from notifier.pop3.capabilities import Capabilities, parse
from notifier.pop3.commands import Verb, command
from notifier.pop3.dialogue import converse
from notifier.pop3.exchange import BeginTls, ReadLine, Send
from notifier.pop3.lines import LONGEST_LINE, Lines
from notifier.pop3.plan import Look, Plan
from notifier.servers.secret import Secret

SERVER = Server("pop.example.org", 995, "tls", "ann")
ABLE = Capabilities({"SASL": ("PLAIN",), "PIPELINING": (), "UIDL": ()}, {"UIDL": ()})
PLAIN = b"AUTH PLAIN " + base64.b64encode(b"\0ann\0pw")


def talk(plan: Plan, said: Iterable[bytes], sent: list[bytes] | None = None) -> tuple[Look, list[bytes]]:
    """Holds the dialogue with a server that says the lines `said`; what we sent, write by write."""
    lines = iter(said)
    sent = [] if sent is None else sent
    conversation = converse(plan)
    answer: bytes | None = None
    while True:
        try:
            want = conversation.send(answer) if answer is not None else next(conversation)
        except StopIteration as end:
            return end.value, sent
        answer = None
        if isinstance(want, Send):
            sent.append(b"".join(c.line for c in want.commands))
        elif isinstance(want, ReadLine):
            answer = next(lines, None)
            if answer is None:
                raise Trouble(Reason.CLOSED)
        else:
            assert isinstance(want, BeginTls)


def plan(known: Known | None = None, remembered: Capabilities | None = ABLE, **words: object) -> Plan:
    return Plan(SERVER, Secret("pw"), known, remembered, **words)  # type: ignore[arg-type]


KNOWN = Known(3, 300, ("a", "b", "c"))


def test_a_quiet_look_is_three_writes() -> None:
    look, sent = talk(plan(KNOWN), [b"+OK hi", b"+OK in", b"+OK 3 300", b"+OK 1 a", b"+OK 3 c"])
    assert look.snapshot == Snapshot(3, 300, (), 3)
    assert sent == [PLAIN + b"\r\n", b"STAT\r\nUIDL 1\r\nUIDL 3\r\n", b"QUIT\r\n"]


def test_new_mail_asks_for_the_new_ids_only() -> None:
    look, sent = talk(
        plan(KNOWN),
        [b"+OK", b"+OK", b"+OK 5 500", b"+OK 1 a", b"+OK 3 c", b"+OK 4 d", b"+OK 5 e"],
    )
    assert look.snapshot == Snapshot(5, 500, ("d", "e"), 3)
    assert sent[2] == b"UIDL 4\r\nUIDL 5\r\n"


@pytest.mark.parametrize(
    ("stat", "probes"),
    [
        (b"+OK 2 200", [b"+OK 1 a", b"-ERR none such"]),  # fewer than known
        (b"+OK 3 310", [b"+OK 1 a", b"+OK 3 c"]),  # other octets under the same ids
        (b"+OK 3 300", [b"+OK 1 x", b"+OK 3 c"]),  # the first is another
        (b"+OK 3 300", [b"+OK 1 a", b"+OK 3 z"]),  # the last is another
        (b"+OK 3 300", [b"+OK 1 a", b"-ERR"]),
        (b"+OK 200 90000", [b"+OK 1 a", b"+OK 3 c"]),  # so many new ones that the list is no dearer
    ],
)
def test_the_full_list_is_asked_for_only_when_needed(stat: bytes, probes: list[bytes]) -> None:
    count = int(stat.split()[1])
    listed = [f"{n} u{n}".encode() for n in range(1, count + 1)]
    look, sent = talk(plan(KNOWN), [b"+OK", b"+OK", stat, *probes, b"+OK", *listed, b"."])
    assert look.snapshot.kept == 0
    assert look.snapshot.uids == tuple(f"u{n}" for n in range(1, count + 1))
    assert sent[2] == b"UIDL\r\n"


@pytest.mark.parametrize("known", [None, Known(0, 0, ()), Known(3, 3, None), Known(2, 2, ("a", "a"))])
def test_without_ids_to_lean_on_the_list_is_asked_for(known: Known | None) -> None:
    look, sent = talk(plan(known), [b"+OK", b"+OK", b"+OK 1 9", b"+OK", b"1 a", b"."])
    assert look.snapshot == Snapshot(1, 9, ("a",))
    assert sent[1:3] == [b"STAT\r\n", b"UIDL\r\n"]


def test_full_means_full() -> None:
    look, _ = talk(plan(KNOWN, full=True), [b"+OK", b"+OK", b"+OK 1 9", b"+OK", b"1 a", b"."])
    assert look.snapshot.kept == 0


def test_a_server_that_does_not_pipeline_gets_one_command_at_a_time() -> None:
    able = Capabilities({"SASL": ("PLAIN",)}, {})
    _, sent = talk(plan(KNOWN, able), [b"+OK", b"+OK", b"+OK 3 300", b"+OK 1 a", b"+OK 3 c"])
    assert sent[1:4] == [b"STAT\r\n", b"UIDL 1\r\n", b"UIDL 3\r\n"]


def test_a_server_without_uidl_gives_counts() -> None:
    look, _ = talk(plan(), [b"+OK", b"+OK", b"+OK 7 700", b"-ERR unknown command"])
    assert look.snapshot == Snapshot(7, 700, None)


def test_a_server_without_capa_is_logged_into_with_user_and_pass() -> None:
    said = [b"+OK", b"-ERR", b"+OK", b"+OK", b"+OK 1 9", b"+OK", b"1 a", b"."]
    look, sent = talk(plan(remembered=None), said)
    assert sent[:3] == [b"CAPA\r\n", b"USER ann\r\n", b"PASS pw\r\n"]
    assert look.snapshot.uids == ("a",)


def test_limits_told_only_after_the_login_are_heard() -> None:
    said = [b"+OK", b"+OK", b"SASL PLAIN", b".", b"+OK", b"+OK", b"LOGIN-DELAY 900 USER", b"EXPIRE 30", b"."]
    look, _ = talk(plan(remembered=None), [*said, b"+OK 0 0", b"+OK", b"."])
    assert (look.login_delay, look.expire) == (900, 30)


def test_mailutils_that_offers_plain_and_does_not_know_it() -> None:
    said = [b"+OK", b"-ERR Invalid command", b"+OK", b"+OK", b"+OK 0 0", b"+OK", b"."]
    _, sent = talk(plan(), said)
    assert sent[1:3] == [b"USER ann\r\n", b"PASS pw\r\n"]


def test_a_wrong_password_is_tried_once() -> None:
    with pytest.raises(Trouble) as caught:
        talk(plan(), [b"+OK", b"-ERR [AUTH] Authentication failed."])
    assert (caught.value.reason, caught.value.said) == (Reason.WRONG_PASSWORD, "Authentication failed.")


@pytest.mark.parametrize(
    "listed",
    [
        [b"1 a", b"."],  # fewer than STAT says
        [b"1 a", b"2 b", b"3 c", b"."],  # more
        [b"1 a", b"1 b", b"."],  # a number twice
        [b"2 a", b"1 b", b"."],  # backwards
        [b"1 a", b"7 b", b"."],  # out of range
        [b"1 a", b"nonsense", b"."],
        [b"1 a", b"2", b"."],  # no id
    ],
)
def test_a_list_that_does_not_add_up_is_inconsistent(listed: list[bytes]) -> None:
    with pytest.raises(Trouble) as caught:
        talk(plan(), [b"+OK", b"+OK", b"+OK 2 20", b"+OK", *listed])
    assert caught.value.reason is Reason.INCONSISTENT


def test_odd_lists_of_real_servers_are_understood() -> None:
    long = b"x" * 200
    listed = [b"1    a", b"+OK 2 b", b"3 same", b"4 same", b"5 " + long, b"6 \xff\xfe", b"."]
    look, _ = talk(plan(), [b"+OK", b"+OK", b"+OK 6 60", b"+OK", *listed])
    assert look.snapshot.uids == ("a", "b", "same", "same", long.decode(), "\\xff\\xfe")


@pytest.mark.parametrize(
    "stat", [b"+OK", b"+OK x y", b"+OK -1 5", b"+OK 1", b"+OK 99999999999999999999 1", b"HTTP/1.1 400 Bad", b""]
)
def test_a_stat_that_is_none_is_garbage(stat: bytes) -> None:
    with pytest.raises(Trouble) as caught:
        talk(plan(), [b"+OK", b"+OK", stat])
    assert caught.value.reason is Reason.GARBAGE


def test_more_messages_than_any_mailbox_holds() -> None:
    with pytest.raises(Trouble) as caught:
        talk(plan(), [b"+OK", b"+OK", b"+OK 2000001 5"])
    assert caught.value.reason is Reason.LIST_TOO_LONG


def test_an_endless_list_ends() -> None:
    def endless() -> Iterable[bytes]:
        yield from [b"+OK", b"+OK", b"+OK 3 30", b"+OK"]
        for n in range(10**9):
            yield f"{n + 1} u{n}".encode()

    with pytest.raises(Trouble) as caught:
        talk(plan(), endless())
    assert caught.value.reason is Reason.INCONSISTENT


def test_starttls_that_is_refused_ends_it() -> None:
    server = Server("pop.example.org", 110, "starttls", "ann")
    with pytest.raises(Trouble) as caught:
        talk(Plan(server, Secret("pw"), None, ABLE), [b"+OK", b"-ERR no"])
    assert caught.value.reason is Reason.STARTTLS_MISSING


def test_plaintext_needs_to_be_said_twice() -> None:
    server = Server("pop.example.org", 110, "none", "ann")
    with pytest.raises(Trouble) as caught:
        talk(Plan(server, Secret("pw"), None, ABLE), [b"+OK", b"+OK"])
    assert caught.value.reason is Reason.PLAINTEXT_REFUSED


STAMPED = b"+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>"
EMPTY = [b"+OK", b"+OK 0 0", b"+OK", b"."]
ABROAD = Server("pop.example.org", 110, "none", "mrose", allow_plaintext=True)
HERE = Server("127.0.0.1", 110, "none", "mrose")
SAFE = Server("pop.example.org", 995, "tls", "mrose")
APOP = b"APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n"  # RFC 1939 §7


@pytest.mark.parametrize(
    ("server", "abilities", "first"),
    [
        (dataclasses.replace(SAFE, auth="apop"), {}, APOP),
        (ABROAD, {"SASL": ("PLAIN",), "USER": ()}, APOP),  # others could read the password
        (ABROAD, {"SASL": ("PLAIN", "CRAM-MD5"), "USER": ()}, b"AUTH CRAM-MD5\r\n"),
        (SAFE, {"UIDL": ()}, APOP),  # nothing else is offered
        (SAFE, {"SASL": ("PLAIN",)}, b"AUTH PLAIN "),
        (SAFE, {"USER": ()}, b"USER mrose\r\n"),  # every mailutils greets with a stamp, few users have a secret for it
        (HERE, {"USER": ()}, b"USER mrose\r\n"),
        (HERE, {}, b"USER mrose\r\n"),
        (SAFE, {"SASL": ("PLAIN", "LOGIN", "CRAM-MD5"), "USER": ()}, b"AUTH PLAIN "),
        (SAFE, {"SASL": ("CRAM-MD5", "LOGIN")}, b"AUTH LOGIN\r\n"),
    ],
)
def test_the_login_that_fits_the_channel_and_the_server(
    server: Server, abilities: dict[str, tuple[str, ...]], first: bytes
) -> None:
    sent: list[bytes] = []
    with pytest.raises(Trouble):
        talk(Plan(server, Secret("tanstaaf"), None, Capabilities(abilities, {})), [STAMPED, b"-ERR [AUTH]"], sent)
    assert sent[0].startswith(first)
    assert len(sent) == 1  # a refused password is not tried in another form


@pytest.mark.parametrize(
    ("auth", "greeting", "offered"),
    [
        ("apop", b"+OK no stamp", {"USER": ()}),
        ("auto", b"+OK no stamp", {"SASL": ("SCRAM-SHA-1", "XOAUTH2")}),  # a password is no use there
    ],
)
def test_no_login_in_common(auth: str, greeting: bytes, offered: dict[str, tuple[str, ...]]) -> None:
    sent: list[bytes] = []
    with pytest.raises(Trouble) as caught:
        talk(
            Plan(dataclasses.replace(SAFE, auth=auth), Secret("pw"), None, Capabilities(offered, {})), [greeting], sent
        )
    assert caught.value.reason is Reason.NO_COMMON_LOGIN
    assert sent == []


def test_a_form_of_login_that_was_asked_for_and_is_unknown_there_is_not_a_wrong_password() -> None:
    with pytest.raises(Trouble) as caught:
        talk(Plan(dataclasses.replace(SAFE, auth="cram-md5"), Secret("pw"), None, ABLE), [b"+OK", b"-ERR bad command"])
    assert caught.value.reason is Reason.NO_COMMON_LOGIN


def test_exchanges_judgement_is_not_taken_for_an_unknown_command() -> None:
    sent: list[bytes] = []
    with pytest.raises(Trouble) as caught:
        talk(plan(), [b"+OK", b"-ERR Logon failure: unknown user name or bad password."], sent)
    assert caught.value.reason is Reason.WRONG_PASSWORD
    assert len(sent) == 1


@pytest.mark.parametrize("more", [b"+", b"+ ", b"+OK", b"+OK go on"])
def test_a_challenge_may_be_written_as_ok(more: bytes) -> None:
    """Exchange does so (field notes); a login is over only when there is nothing left to say."""
    _, sent = talk(
        Plan(dataclasses.replace(SAFE, auth="login"), Secret("pw"), None, ABLE), [b"+OK", more, more, *EMPTY]
    )
    assert sent[:3] == [b"AUTH LOGIN\r\n", b"bXJvc2U=\r\n", b"cHc=\r\n"]
    _, sent = talk(Plan(dataclasses.replace(SAFE, auth="xoauth2"), Secret("t"), None, ABLE), [b"+OK", more, *EMPTY])
    assert base64.b64decode(sent[1]) == b"user=mrose\x01auth=Bearer t\x01\x01"


def test_a_password_too_long_for_one_line_follows_on_its_own() -> None:
    long = "p" * 300
    _, sent = talk(Plan(SAFE, Secret(long), None, ABLE), [b"+OK", b"+ ", *EMPTY])
    assert sent[0] == b"AUTH PLAIN\r\n"
    assert base64.b64decode(sent[1]) == b"\0mrose\0" + long.encode()


def test_a_login_without_end_ends() -> None:
    with pytest.raises(Trouble) as caught:
        talk(plan(), [b"+OK", *[b"+ more"] * 100])
    assert caught.value.reason is Reason.GARBAGE


def test_names_beyond_ascii_are_announced_where_the_server_knows_utf8() -> None:
    able = Capabilities({"USER": (), "UTF8": ("USER",)}, {})
    server = dataclasses.replace(SAFE, user="j\u00f6rg")
    _, sent = talk(Plan(server, Secret("pw"), None, able), [b"+OK", b"+OK", b"+OK", *EMPTY])
    assert sent[:2] == [b"UTF8\r\n", "USER j\u00f6rg\r\n".encode()]


def test_outlook_gets_its_token_in_two_lines() -> None:
    server = Server("pop.example.org", 995, "tls", "ann", "xoauth2")
    _, sent = talk(Plan(server, Secret("tok"), None, ABLE), [b"+OK", b"+ ", b"+OK", b"+OK 0 0", b"+OK", b"."])
    assert sent[0] == b"AUTH XOAUTH2\r\n"
    assert base64.b64decode(sent[1]) == b"user=ann\x01auth=Bearer tok\x01\x01"


def test_a_refused_token_is_answered_and_explained() -> None:
    server = Server("pop.example.org", 995, "tls", "ann", "xoauth2")
    why = base64.b64encode(b'{"status":"400","error_description":"expired"}')
    with pytest.raises(Trouble) as caught:
        talk(Plan(server, Secret("tok"), None, ABLE), [b"+OK", b"+ ", b"+ " + why, b"-ERR no"])
    assert (caught.value.reason, caught.value.said) == (Reason.SIGN_IN_NEEDED, "expired")


@pytest.mark.parametrize("text", ["a\r\nDELE 1", "a\nb", "a\rb", "a\0b"])
def test_a_line_break_never_becomes_a_second_command(text: str) -> None:
    with pytest.raises(Trouble) as caught:
        command(Verb.USER, text)
    assert caught.value.reason is Reason.BAD_SETTING
    assert text not in str(caught.value)


def test_there_is_no_command_that_touches_mail() -> None:
    assert {str(v) for v in Verb} == {
        "CAPA",
        "STLS",
        "AUTH",
        "USER",
        "PASS",
        "APOP",
        "UTF8",
        "STAT",
        "UIDL",
        "NOOP",
        "QUIT",
    }


# --- bytes -------------------------------------------------------------------------------------------------------

SCRIPT = b"+OK hi\r\n+OK in\r\n+OK 3 300\r\n+OK 1 a\r\n+OK 3 c\r\n"


def hear(data: bytes, sizes: Iterable[int]) -> Look:
    """The dialogue fed with `data` in pieces of `sizes` octets, closed at its end."""
    lines, rest = Lines(), data
    pieces = iter(sizes)

    def read() -> Iterable[bytes]:
        nonlocal rest
        while True:
            while (line := lines.next()) is None:
                if not rest:
                    return
                size = next(pieces, len(rest))
                lines.feed(rest[:size])
                rest = rest[size:]
            yield line

    return talk(plan(KNOWN), read())[0]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
def test_pieces_of_any_size_read_the_same(size: int) -> None:
    assert hear(SCRIPT, iter(lambda: size, 0)).snapshot == Snapshot(3, 300, (), 3)


def test_what_follows_the_last_answer_harms_nobody() -> None:
    assert hear(SCRIPT + b"+OK bye\r\nand more", iter(lambda: 5, 0)).snapshot.kept == 3


def test_a_connection_closed_at_any_byte_is_trouble() -> None:
    for end in range(len(SCRIPT) - 1):
        with pytest.raises(Trouble) as caught:
            hear(SCRIPT[:end], iter(lambda: 4, 0))
        assert caught.value.reason is Reason.CLOSED


@given(st.binary(max_size=400), st.lists(st.integers(1, 9), max_size=50))
def test_any_bytes_give_a_look_or_trouble(data: bytes, sizes: list[int]) -> None:
    try:
        hear(data, sizes)
    except Trouble as trouble:
        assert str(trouble)


pieces = st.sampled_from(
    [b"+OK", b"-ERR", b"+", b" ", b"1", b"2", b"3", b"300", b"a", b"c", b".", b"\r\n", b"\n", b"[AUTH]"]
)


@given(st.lists(pieces, max_size=80).map(b"".join))
def test_any_half_sensible_server_gives_a_look_or_trouble(data: bytes) -> None:
    try:
        look = hear(b"+OK\r\n+OK\r\n" + data, [])
    except Trouble:
        return
    snapshot = look.snapshot
    assert snapshot.uids is None or snapshot.kept + len(snapshot.uids) == snapshot.count


def test_an_endless_line_ends() -> None:
    lines = Lines()
    with pytest.raises(Trouble) as caught:
        for _ in range(100):
            lines.feed(b"x" * 1000)
            assert lines.next() is None
    assert caught.value.reason is Reason.LINE_TOO_LONG
    assert lines.received <= LONGEST_LINE + 1000


def test_capabilities_are_read_leniently() -> None:
    found = parse(["SASL PLAIN LOGIN", "EXPIRENEVER", "LOGIN-DELAY 10", "", "X-ODD thing", "sasl XOAUTH2"])
    able = Capabilities(found, {})
    assert able.sasl == ("PLAIN", "LOGIN", "XOAUTH2")
    assert (able.expire, able.login_delay) == (None, 10)
    assert Capabilities.from_facts(able.to_facts()) == able
