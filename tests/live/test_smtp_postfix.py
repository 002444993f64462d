"""Sending through a real Postfix: every login and refusal it has, and swaks as a second opinion on the same server."""

from __future__ import annotations

import email
import email.policy
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifier.config import Account, Server, Settings
from notifier.errors import Reason
from notifier.outgoing.addresses import check
from notifier.outgoing.draft import Draft
from notifier.outgoing.mail import Mail
from notifier.outgoing.outbox import Outbox
from notifier.outgoing.refusals import Cause
from notifier.outgoing.sending import events, send_due
from notifier.outgoing.states import Outcome, State
from notifier.servers.secret import Secret
from tests.live import certificates
from tests.live.certificates import Certificate
from tests.live.desktop import wait_for
from tests.live.dovecot import Dovecot
from tests.live.needs import need
from tests.live.postfix import DOMAIN, FOR_POSTFIX, Postfix

pytestmark = pytest.mark.live

PASSWORDS = {"ann": "secret", "bob": "b0b"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificates.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def dovecot(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[Dovecot]:
    folder = tmp_path_factory.mktemp("servers")
    mechanisms = "plain login cram-md5"
    with Dovecot(folder, users=PASSWORDS, certificate=certificate, mechanisms=mechanisms, extra=FOR_POSTFIX) as running:
        yield running


@pytest.fixture(scope="module")
def postfix(dovecot: Dovecot, certificate: Certificate) -> Iterator[Postfix]:
    with Postfix(dovecot, certificate, size_limit=30_000_000) as running:
        yield running


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "outbox.db", now=time.time()) as opened:
        yield opened


def sent(box: Outbox, draft: Draft, *servers: Server, password: str = "secret") -> Mail:
    account = Account("Work", f"ann@{DOMAIN}", Server("localhost", 995), smtp=servers)
    number = box.submit(draft, check(account.address), now=time.time(), date=datetime.now(UTC))
    send_due(box, Settings(accounts=(account,)), lambda _account, _server: Secret(password))
    mail = box.get(number)
    assert mail is not None
    return mail


def to(*users: str) -> str:
    return ", ".join(user if "@" in user else f"{user}@{DOMAIN}" for user in users)


def arrived(dovecot: Dovecot, subject: str, user: str = "bob") -> bytes:
    """The mail with that subject, as Postfix delivered it (line ends LF)."""

    def look() -> bytes | None:
        for path in (dovecot.maildir(user) / "new").iterdir():
            data = path.read_bytes()
            if f"Subject: {subject}\n".encode() in data:
                return data
        return None

    return wait_for(f"the mail {subject!r}", look) or b""


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("auth", ["auto", "plain", "login", "cram-md5"])
def test_every_login_on_both_ports(box: Outbox, postfix: Postfix, dovecot: Dovecot, security: str, auth: str) -> None:
    subject = f"login {auth} {security}"
    mail = sent(
        box, Draft("Work", to("bob"), subject=subject, text="Hello\n.\n.."), postfix.server(security, auth=auth)
    )
    assert mail.state == State.SENT, mail.refusal
    assert arrived(dovecot, subject).endswith(b"\n\nHello\n.\n..\n")


def test_a_wrong_password(box: Outbox, postfix: Postfix) -> None:
    mail = sent(box, Draft("Work", to("bob"), text="x"), postfix.server(), password="wrong")
    assert mail.state == State.REFUSED
    assert mail.refusal is not None
    assert mail.refusal.cause == Reason.WRONG_PASSWORD


def test_without_a_login_it_does_not_relay_and_says_why(box: Outbox, postfix: Postfix) -> None:
    mail = sent(box, Draft("Work", to("bob", "carol@elsewhere.example"), text="x"), postfix.server(user=""))
    assert mail.state == State.REFUSED
    assert mail.addresses(Outcome.SENT) == (to("bob"),)
    (refused,) = [r for r in mail.recipients if r.outcome == Outcome.REFUSED]
    assert refused.address == "carol@elsewhere.example"
    assert refused.refusal is not None
    assert refused.refusal.cause == Cause.RELAY
    assert (refused.refusal.code, refused.refusal.enhanced) == (554, "5.7.1")
    (event,) = events(box, now=time.time())
    assert "passes mail on only for its own customers" in event.said


def test_the_accounts_other_server_relays_when_the_first_does_not(box: Outbox, postfix: Postfix) -> None:
    draft = Draft("Work", to("carol@elsewhere.example"), text="x")
    mail = sent(box, draft, postfix.server(user=""), postfix.server("tls"))
    assert mail.state == State.SENT


def test_greylisting_full_and_unknown_are_told_apart(box: Outbox, postfix: Postfix) -> None:
    mail = sent(box, Draft("Work", to("grey", "full", "nobody", "bob"), subject="four", text="x"), postfix.server())
    assert mail.state == State.WAITING
    assert mail.addresses(Outcome.SENT) == (to("bob"),)
    assert {r.address: (r.outcome, r.refusal.cause) for r in mail.recipients if r.refusal} == {
        to("grey"): (Outcome.WAITING, Cause.LATER),
        to("full"): (Outcome.WAITING, Cause.MAILBOX_FULL),
        to("nobody"): (Outcome.REFUSED, Cause.UNKNOWN),
    }
    assert mail.next_try is not None
    assert 50 < mail.next_try - time.time() < 70


def test_too_big_is_known_before_a_line_of_it_travels(
    box: Outbox, postfix: Postfix, tmp_path: Path, dovecot: Dovecot
) -> None:
    big = tmp_path / "big.bin"
    with big.open("wb") as file:
        file.truncate(25_000_000)  # 34 MB when sent
    mail = sent(box, Draft("Work", to("bob"), text="x", attachments=(str(big),)), postfix.server())
    assert mail.state == State.REFUSED
    assert mail.refusal is not None
    assert mail.refusal.cause == Cause.TOO_BIG
    assert mail.progress == 0
    assert box.size_limit(f"localhost:{postfix.port}") == 30_000_000


def test_ten_megabytes_arrive_byte_for_byte(box: Outbox, postfix: Postfix, dovecot: Dovecot, tmp_path: Path) -> None:
    content = bytes(range(256)) * 40_960
    path = tmp_path / "Zürich “10 MB”.bin"
    path.write_bytes(content)
    draft = Draft("Work", to("bob"), subject="ten megabytes", text="see", attachments=(str(path),))
    assert sent(box, draft, postfix.server()).state == State.SENT
    read = email.message_from_bytes(arrived(dovecot, "ten megabytes"), policy=email.policy.default)
    (part,) = read.iter_attachments()  # type: ignore[attr-defined]
    assert part.get_filename() == path.name
    assert part.get_payload(decode=True) == content


def test_letters_beyond_ascii(box: Outbox, postfix: Postfix, dovecot: Dovecot) -> None:
    draft = Draft("Work", to=f'"Bób, Größe" <{to("bob")}>', subject="beyond ascii", text="Grüße aus Zürich ✓")
    assert sent(box, draft, postfix.server()).state == State.SENT
    read = email.message_from_bytes(arrived(dovecot, "beyond ascii"), policy=email.policy.default)
    assert read["To"].addresses[0].display_name == "Bób, Größe"
    assert read.get_content().strip() == "Grüße aus Zürich ✓"  # type: ignore[attr-defined]


def test_bcc_arrives_and_is_not_seen(box: Outbox, postfix: Postfix, dovecot: Dovecot) -> None:
    mail = sent(box, Draft("Work", to("bob"), bcc=to("ann"), subject="blind copy", text="x"), postfix.server())
    assert mail.state == State.SENT
    for user in ("bob", "ann"):
        headers = arrived(dovecot, "blind copy", user).partition(b"\n\n")[0] + b"\n"
        ours = re.sub(rb"(?m)^(Delivered-To|X-Original-To|Return-Path|Received):.*(\n[ \t].*)*\n", b"", headers)
        assert b"Bcc" not in ours
        assert ours.count(b"ann@") == 1, "in From, and nowhere else"


SWAKS = [
    (["--to", to("bob")], 0, State.SENT),
    (["--to", to("nobody")], 24, State.REFUSED),
    (["--to", to("grey")], 24, State.WAITING),
    (["--to", to("full")], 24, State.WAITING),
]


@pytest.mark.parametrize(("arguments", "status", "state"), SWAKS)
def test_swaks_sees_the_same_server(
    box: Outbox, postfix: Postfix, arguments: list[str], status: int, state: State
) -> None:
    swaks = need("swaks", package="swaks")
    command = [swaks, "--server", "127.0.0.1", "--port", str(postfix.port), "--from", f"ann@{DOMAIN}", "-tls",
               "--auth", "PLAIN", "--auth-user", "ann", "--auth-password", "secret", *arguments]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status, done.stdout[-1500:]
    assert sent(box, Draft("Work", arguments[1], text="x"), postfix.server()).state == state


def test_swaks_is_refused_relaying_as_we_are(box: Outbox, postfix: Postfix) -> None:
    swaks = need("swaks", package="swaks")
    command = [swaks, "--server", "127.0.0.1", "--port", str(postfix.port), "--from", f"ann@{DOMAIN}", "-tls",
               "--to", "carol@elsewhere.example"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "Relay access denied" in done.stdout
    mail = sent(box, Draft("Work", "carol@elsewhere.example", text="x"), postfix.server(user=""))
    assert mail.refusal is not None
    assert mail.refusal.cause == Cause.RELAY
