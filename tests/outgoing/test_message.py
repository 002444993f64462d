"""The mail as it travels: right MIME, clean lines, no injection, attachments byte for byte."""

from __future__ import annotations

import email
import email.policy
import io
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.outgoing.addresses import check
from notifier.outgoing.draft import Draft
from notifier.outgoing.message import Envelope, UnfitError, new_message_id, write

WHEN = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def made(draft: Draft, name: str = "", sender: str = "me@example.org") -> tuple[bytes, EmailMessage, Envelope]:
    out = io.BytesIO()
    envelope = write(draft, check(sender, name=name), out, message_id="<1@example.org>", date=WHEN)
    wire = out.getvalue()
    assert envelope.octets == len(wire)
    assert b"\n" not in wire.replace(b"\r\n", b""), "a bare LF"
    assert b"\r" not in wire.replace(b"\r\n", b""), "a bare CR"
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    read = email.message_from_bytes(wire, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return wire, read, envelope


def text_of(message: EmailMessage) -> str:
    body = message.get_body()
    assert isinstance(body, EmailMessage)
    return str(body.get_content()).replace("\r\n", "\n")


def test_the_headers_say_what_was_typed() -> None:
    draft = Draft(to="Ann <a@x.org>, b@y.org", cc='"Müller, Hans" <h@müller.example>', subject="Grüße", text="Hallo")
    wire, read, envelope = made(draft, name="Jürgen, D.")
    assert read["To"].addresses[0].display_name == "Ann"
    assert read["Cc"].addresses[0].display_name == "Müller, Hans"
    assert read["Cc"].addresses[0].addr_spec == "h@xn--mller-kva.example"
    assert read["From"].addresses[0].display_name == "Jürgen, D."
    assert read["Subject"] == "Grüße"
    assert read["Date"].datetime == WHEN
    assert read["Message-ID"] == "<1@example.org>"
    assert text_of(read) == "Hallo\n"
    assert wire.isascii()
    assert envelope.recipients == ("a@x.org", "b@y.org", "h@xn--mller-kva.example")
    assert not envelope.needs_utf8


def test_bcc_is_in_the_envelope_and_nowhere_else() -> None:
    wire, read, envelope = made(Draft(to="a@x.org", bcc="Secret <s@y.org>", text="x"))
    assert envelope.recipients == ("a@x.org", "s@y.org")
    assert b"s@y.org" not in wire
    assert read["Bcc"] is None


def test_only_bcc_says_undisclosed_recipients() -> None:
    _wire, read, envelope = made(Draft(bcc="s@y.org", text="x"))
    assert "undisclosed-recipients" in read["To"]
    assert read["To"].addresses == ()
    assert envelope.recipients == ("s@y.org",)


def test_nobody_gets_it_twice() -> None:
    assert made(Draft(to="a@x.org", cc="A@x.org", bcc="a@X.ORG, b@x.org"))[2].recipients == ("a@x.org", "b@x.org")


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85"])
def test_no_header_can_be_injected(break_: str) -> None:
    draft = Draft(
        to=f"Ann{break_}Bcc: z@z.org <a@x.org>", subject=f"x{break_}Bcc: z@z.org", in_reply_to=f"<a@b>{break_}Q: r"
    )
    _wire, read, _envelope = made(draft, name=f"Me{break_}X-Evil: 1")
    assert set(read.keys()) <= {
        "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
        "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    }  # fmt: skip


def test_line_ends_are_made_one_kind_and_dots_are_left_alone() -> None:
    _wire, read, _envelope = made(Draft(to="a@x.org", text="one\rtwo\r\nthree\n\n.\n..\nFrom me\n"))
    assert text_of(read) == "one\ntwo\nthree\n\n.\n..\nFrom me\n"


def test_a_local_part_beyond_ascii_needs_utf8_and_a_domain_does_not() -> None:
    wire, read, envelope = made(Draft(to="用户@例子.example", subject="ü", text="ü"))
    assert envelope.needs_utf8
    assert "用户@xn--fsqu00a.example".encode() in wire
    assert read["Subject"] == "ü"


def test_the_message_id_tells_nothing_of_this_computer() -> None:
    import socket

    first, second = new_message_id("me@example.org"), new_message_id("me@example.org")
    assert first != second
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", first)
    assert socket.gethostname() not in first


@pytest.mark.parametrize(
    "name",
    [
        "plan.pdf",
        "Zürich “plan”, 2.pdf",
        "a" * 200 + ".txt",
        "no extension",
        "letter.eml",
        "x.tar.gz",
        "semi;colon.html",
    ],
)
def test_an_attachment_arrives_under_its_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(bytes(range(256)) * 5 + b"\r\n.\r\n")
    _wire, read, _envelope = made(Draft(to="a@x.org", text="see", attachments=(str(path),)))
    (part,) = read.iter_attachments()
    assert part.get_filename() == name
    assert part.get_payload(decode=True) == path.read_bytes()
    assert text_of(read) == "see\n"


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(contents=st.lists(st.binary(max_size=400_000), min_size=1, max_size=3))
def test_attachments_come_out_as_they_went_in(contents: list[bytes], tmp_path: Path) -> None:
    paths = []
    for number, content in enumerate(contents):
        paths.append(str(tmp_path / f"{number}.bin"))
        Path(paths[-1]).write_bytes(content)
    _wire, read, _envelope = made(Draft(to="a@x.org", attachments=tuple(paths)))
    assert [part.get_payload(decode=True) for part in read.iter_attachments()] == contents


@given(subject=st.text(max_size=300), text=st.text(max_size=300), name=st.text(max_size=40), who=st.text(max_size=40))
def test_any_words_make_a_mail_for_the_same_people(subject: str, text: str, name: str, who: str) -> None:
    who = who.replace("<", "").replace(">", "").replace("@", "").replace('"', "").replace(",", "").replace(";", "")
    who = " ".join(who.replace("(", "").replace(")", "").split())
    _wire, read, envelope = made(Draft(to=f"{who} <a@x.org>", cc="b@y.org", subject=subject, text=text), name=name)
    assert [a.addr_spec for a in read["To"].addresses] == ["a@x.org"]
    assert [a.addr_spec for a in read["From"].addresses] == ["me@example.org"]
    assert envelope.recipients == ("a@x.org", "b@y.org")
    assert len(read.keys()) == len(set(read.keys()))
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    if kept.isprintable() and kept.isascii():
        assert text_of(read) == kept + "\n"


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    gone = tmp_path / "gone.txt"
    draft = Draft(to="ann, b@x.org", cc="@y", attachments=(str(gone), str(tmp_path)))
    with pytest.raises(UnfitError) as caught:
        made(draft)
    problems = caught.value.problems
    assert len(problems) == 4
    assert "ann" in problems[0]
    assert any(str(gone) in p for p in problems)
    with pytest.raises(UnfitError, match="Nobody"):
        made(Draft(text="x"))
