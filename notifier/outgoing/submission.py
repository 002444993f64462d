"""One conversation with a submission server (RFC 6409): greeting, encryption, login, and one mail to its recipients.

`smtplib` knows the commands; what it leaves open is closed here: a deadline for everything, STARTTLS that is never
downgraded, a record of how far it came, so that "lost before the final dot" and "lost after it" are told apart.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO, Protocol

from notifier.config import Server
from notifier.errors import Reason, Trouble
from notifier.outgoing.channel import Channel
from notifier.outgoing.message import Envelope
from notifier.outgoing.refusals import Cause, Phase, Refusal, of_trouble, read
from notifier.outgoing.spool import SpoolError
from notifier.outgoing.states import Outcome
from notifier.servers import sasl
from notifier.servers.failures import trouble_of
from notifier.servers.secret import Secret
from notifier.untrusted import clean

DIALOGUE_SECONDS = 60.0  # from the first packet to the server's "354 go ahead"
SLOWEST = 4000  # octets a second the whole mail must make; a slower line has not been sold for decades
CHUNK_SECONDS = 60.0  # for each chunk of the mail, so that a server that stopped reading is noticed
FINAL_SECONDS = 600.0  # RFC 5321 §4.5.3.2.6: the server may think for ten minutes; giving up earlier leaves doubt
QUIT_SECONDS = 5.0
_CHUNK = 65536
# An address literal, so that neither this computer's name nor its network is told (RFC 5321 §4.1.3).
_OWN_NAME = "[127.0.0.1]"


class Journal(Protocol):
    """Whom the conversation tells what it does, as it does it."""

    def tick(self) -> None:
        """A few seconds passed."""

    def progress(self, octets: int) -> None:
        """So many octets of the mail are on their way."""

    def commit(self, accepted: tuple[str, ...]) -> bool:
        """The final dot is to go out for `accepted`. Must be on the disk when this returns; False: do not send it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of it. `refused` says why for each recipient who was not taken; the others were `accepted`.

    `outcome` is what the final dot came to for the accepted: SENT, WAITING or REFUSED as `whole` says, UNCERTAIN; None:
    no dot was sent. `whole` is what stopped or ended the conversation as a whole.
    """

    accepted: tuple[str, ...] = ()
    refused: Mapping[str, Refusal] = field(default_factory=dict)
    outcome: Outcome | None = None
    whole: Refusal | None = None
    size_limit: int | None = None


class _Smtp(smtplib.SMTP):
    """`smtplib`'s command and reply handling, on a channel of ours."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(local_hostname=_OWN_NAME)
        self.sock = channel  # type: ignore[assignment]  # sends, reads lines and closes, which is all that is asked


class Submission:
    """A conversation with `server`. `secret` is asked for only when a login is due."""

    def __init__(self, server: Server, secret: Callable[[], Secret], journal: Journal) -> None:
        self._server = server
        self._secret = secret
        self._journal = journal
        self._phase = Phase.CONNECT
        self._channel: Channel | None = None
        self._polite = False  # whether the conversation is at a point where QUIT makes sense

    def __enter__(self) -> Submission:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._channel is None:
            return
        if self._polite:
            with contextlib.suppress(Trouble, smtplib.SMTPException):
                self._channel.allow(QUIT_SECONDS)
                self._smtp.docmd("QUIT")
        self._channel.close()

    def deliver(self, envelope: Envelope, body: BinaryIO) -> Delivery:
        """Hands over the mail in `body` (`envelope.octets` long, CRLF line ends). Raises SpoolError for `body`.

        Whatever the server or the network does becomes a Delivery.
        """
        accepted: tuple[str, ...] = ()
        refused: dict[str, Refusal] = {}
        limit: int | None = None
        try:
            self._open()
            limit = self._size_limit()
            if unfit := self._unfit(envelope, limit):
                return Delivery(whole=unfit, size_limit=limit)
            accepted, refused, whole = self._address(envelope)
            if not accepted:
                return Delivery(refused=refused, whole=whole, size_limit=limit)
            outcome, whole = self._hand_over(envelope, body, accepted)
        except Trouble as trouble:
            trouble.host = trouble.host or self._server.host
            outcome, whole = self._broken(trouble)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            outcome, whole = self._broken(trouble_of(error, self._server.host))
        return Delivery(accepted, refused, outcome, whole, limit)

    def rehearse(self, address: str, on_step: Callable[[str], None]) -> Refusal | None:
        """Everything up to where a mail from and to `address` would follow; None: it would be taken. None is sent.

        `on_step` hears `connection`, `login` and `sender` as they succeed. Raises Trouble.
        """
        try:
            self._open(on_step)
            _accepted, refused, whole = self._address(Envelope("", address, (address,), 1000, not address.isascii()))
            self._smtp.docmd("RSET")
        except (smtplib.SMTPException, ValueError) as error:
            raise Trouble(Reason.GARBAGE, host=self._server.host, said=type(error).__name__) from error
        except Trouble as trouble:
            self._polite = False
            trouble.host = trouble.host or self._server.host
            raise
        return whole or next(iter(refused.values()), None)

    def _broken(self, trouble: Trouble) -> tuple[Outcome | None, Refusal]:
        """A conversation that broke off: before the dot nothing was sent, after it nobody knows."""
        self._polite = False
        if self._phase == Phase.FINAL:
            lost = Refusal(Cause.LOST_AFTER, True, self._server.host, trouble.said)
            return Outcome.UNCERTAIN, lost
        return None, of_trouble(trouble)

    # --- greeting, encryption, login -----------------------------------------------------------------------------

    def _open(self, on_step: Callable[[str], None] = lambda _step: None) -> None:
        server = self._server
        if server.security == "none" and not server.may_speak_plainly:
            raise Trouble(Reason.PLAINTEXT_REFUSED)
        self._channel = Channel(server, DIALOGUE_SECONDS, self._journal.tick)
        self._smtp = _Smtp(self._channel)
        self._expect(self._smtp.getreply(), 220)
        self._hello()
        if server.security == "starttls":
            self._begin_tls(self._channel)
        on_step("connection")
        self._polite = True
        self._phase = Phase.LOGIN
        if server.user:
            self._log_in(self._channel.encrypted)
            on_step("login")
        self._phase = Phase.SENDER

    def _hello(self) -> None:
        self._smtp.ehlo_resp = self._smtp.helo_resp = None
        self._smtp.esmtp_features = {}
        code, words = self._smtp.ehlo()
        if code >= 500 and not self._server.user and self._server.security != "starttls":
            code, words = self._smtp.helo()  # an old relay that takes mail without a login
        self._expect((code, words), 250)

    def _begin_tls(self, channel: Channel) -> None:
        if not self._smtp.has_extn("starttls"):
            raise Trouble(Reason.STARTTLS_MISSING)
        code, words = self._smtp.docmd("STARTTLS")
        if code != 220:
            raise Trouble(Reason.STARTTLS_MISSING, said=clean(words))
        channel.begin_tls()
        self._hello()  # what was said in the clear counts for nothing (RFC 3207 §4.2)

    def _expect(self, reply: tuple[int, bytes], wanted: int) -> None:
        code, words = reply
        if code == wanted:
            return
        if code < 200 or code >= 600:
            raise Trouble(Reason.GARBAGE, said=clean(words))
        if code in {421, 450, 451, 452, 454}:
            raise Trouble(Reason.SERVER_TEMPORARY, said=clean(words))
        raise Trouble(Reason.SERVER_REFUSED, said=clean(words))

    def _log_in(self, encrypted: bool) -> None:
        offered = self._smtp.esmtp_features.get("auth", "").split()
        name = sasl.choose(self._server.auth, offered, encrypted=encrypted)
        if name is None:
            raise Trouble(Reason.NO_COMMON_LOGIN)
        server = self._server
        login = sasl.mechanism(name, server.user, self._secret(), host=server.host, port=server.port)
        begin = f"{name} {_base64(login.initial)}" if login.initial is not None else name
        code, words = self._smtp.docmd("AUTH", begin)
        rounds = 0
        while code == 334 and rounds < 5:
            rounds += 1
            code, words = self._smtp.docmd(_base64(login.answer(_unbase64(words))) or "=")
        if code != 235:
            raise Trouble(_login_failure(code, words, name), said=clean(login.said or words))

    # --- the mail ------------------------------------------------------------------------------------------------

    def _size_limit(self) -> int | None:
        """SIZE as offered (RFC 1870); 0 or nothing means that the server names none."""
        stated = self._smtp.esmtp_features.get("size", "").strip()
        return int(stated) if re.fullmatch(r"[0-9]{1,18}", stated) and int(stated) else None

    def _unfit(self, envelope: Envelope, limit: int | None) -> Refusal | None:
        """Why this mail cannot go to this server at all; known without sending a line of it."""
        if limit is not None and envelope.octets > limit:
            return Refusal(Cause.TOO_BIG, True, self._server.host, code=552, enhanced="5.3.4")
        if envelope.needs_utf8 and not self._smtp.has_extn("smtputf8"):
            return Refusal(Cause.NO_UTF8, True, self._server.host, code=553, enhanced="5.6.7")
        return None

    def _address(self, envelope: Envelope) -> tuple[tuple[str, ...], dict[str, Refusal], Refusal | None]:
        """MAIL and RCPT: who was accepted, who was refused and why, and why all of it was."""
        commands = [self._mail_command(envelope)]
        commands += [f"RCPT TO:{smtplib.quoteaddr(recipient)}" for recipient in envelope.recipients]
        replies = self._converse(commands)
        self._phase = Phase.SENDER
        code, words = next(replies)
        if code != 250:
            sender = self._meaning(code, words)
            if self._smtp.has_extn("pipelining"):
                list(replies)  # "503 need MAIL first" tells nothing about a recipient
            return (), {}, sender
        accepted, refused = [], {}
        self._phase = Phase.RECIPIENT
        for recipient, (code, words) in zip(envelope.recipients, replies, strict=True):
            if code in {250, 251}:
                accepted.append(recipient)
            else:
                refused[recipient] = self._meaning(code, words)
        return tuple(accepted), refused, None

    def _mail_command(self, envelope: Envelope) -> str:
        options = ""
        if self._smtp.has_extn("size"):
            options += f" SIZE={envelope.octets}"
        if envelope.needs_utf8:
            self._smtp.command_encoding = "utf-8"
            options += " BODY=8BITMIME SMTPUTF8"
        return f"MAIL FROM:{smtplib.quoteaddr(envelope.sender)}{options}"

    def _converse(self, commands: list[str]) -> Iterator[tuple[int, bytes]]:
        """The replies to `commands`, which go out at once if the server takes that (RFC 2920), else one by one."""
        if any("\r" in command or "\n" in command for command in commands):
            raise ValueError("a command is one line")
        if self._smtp.has_extn("pipelining"):
            self._smtp.send("".join(f"{command}\r\n" for command in commands))
            for _command in commands:
                yield self._smtp.getreply()
        else:
            for command in commands:
                yield self._smtp.docmd(command)

    def _meaning(self, code: int, words: bytes) -> Refusal:
        """A reply that is not the wanted one. Raises Trouble when it is none at all, or the server hangs up with it."""
        if not 400 <= code < 600:
            raise Trouble(Reason.GARBAGE, said=clean(words))
        return read(self._phase, code, words.decode("utf-8", "replace"), self._server.host)

    def _hand_over(
        self, envelope: Envelope, body: BinaryIO, accepted: tuple[str, ...]
    ) -> tuple[Outcome | None, Refusal | None]:
        assert self._channel is not None  # noqa: S101 - set when the conversation was opened
        self._phase = Phase.BODY
        code, words = self._smtp.docmd("DATA")
        if code != 354:
            return None, self._meaning(code, words)
        self._polite = False
        try:
            self._send_body(self._channel, envelope, body)
        except Trouble as trouble:
            return None, self._last_words() or of_trouble(trouble)
        if not self._journal.commit(accepted):
            raise Trouble(Reason.TIMED_OUT, said="lease")
        self._phase = Phase.FINAL
        self._channel.allow(FINAL_SECONDS)
        self._smtp.send(b".\r\n")
        code, words = self._smtp.getreply()
        self._polite = True
        if 200 <= code < 300:
            return Outcome.SENT, None
        refusal = self._meaning(code, words)
        return Outcome.REFUSED if refusal.permanent else Outcome.WAITING, refusal

    def _send_body(self, channel: Channel, envelope: Envelope, body: BinaryIO) -> None:
        end = time.monotonic() + CHUNK_SECONDS + envelope.octets / SLOWEST
        sent, line_start = 0, True
        while sent < envelope.octets:
            chunk = _read(body, min(_CHUNK, envelope.octets - sent))
            sent += len(chunk)
            channel.allow(min(CHUNK_SECONDS, end - time.monotonic()))
            self._smtp.send(stuffed(chunk, line_start=line_start))
            line_start = chunk.endswith(b"\n")
            self._journal.progress(sent)
        if not line_start:
            self._smtp.send(b"\r\n")

    def _last_words(self) -> Refusal | None:
        """Why the server hung up in the middle of the mail, if it said so before."""
        with contextlib.suppress(Trouble, smtplib.SMTPException):
            code, words = self._smtp.getreply()
            return self._meaning(code, words)
        return None


def _read(body: BinaryIO, octets: int) -> bytes:
    try:
        chunk = body.read(octets)
    except OSError as error:
        raise SpoolError(str(error)) from error
    if not chunk:
        raise SpoolError("the stored mail is shorter than it should be")
    return chunk


def stuffed(chunk: bytes, *, line_start: bool) -> bytes:
    """`chunk` with the dot at each line's start doubled (RFC 5321 §4.5.2); `line_start`: whether it begins a line."""
    doubled = chunk.replace(b"\n.", b"\n..")
    return b"." + doubled if line_start and chunk.startswith(b".") else doubled


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _unbase64(words: bytes) -> bytes:
    try:
        return b64decode(words.strip(), validate=False)
    except ValueError:
        return b""


def _login_failure(code: int, words: bytes, mechanism: str) -> Reason:
    """What a refused AUTH means (RFC 4954 §6), and where big providers say more than the code does."""
    if code < 400 or code >= 600:
        return Reason.GARBAGE
    if code < 500:
        return Reason.SERVER_TEMPORARY
    said = words.decode("utf-8", "replace").lower()
    if "5.7.9" in said or "app password" in said or "application-specific" in said:
        return Reason.APP_PASSWORD_NEEDED
    if mechanism in {"XOAUTH2", "OAUTHBEARER"} or "5.7.139" in said or "basic authentication is disabled" in said:
        return Reason.SIGN_IN_NEEDED
    if code in {504, 534, 538}:
        return Reason.NO_COMMON_LOGIN
    return Reason.WRONG_PASSWORD
