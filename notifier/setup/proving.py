"""The test before saving: logs in where the account would, and says each step in plain words as it happens.

Receiving: the same session as a check, so what works here works there. Sending: as far as a mail would go, and none
is sent.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from notifier import pop3, words
from notifier.config import Account, Server
from notifier.errors import Reason, Trouble
from notifier.outgoing import refusals
from notifier.outgoing.submission import Submission
from notifier.pop3 import Plan, Session, Step
from notifier.servers import reach, tls
from notifier.servers.failures import trouble_of
from notifier.servers.secret import Secret
from notifier.untrusted import clean
from notifier.words import Explanation, _, ngettext

SECONDS = 45.0
NAME_SECONDS = 10.0


class State(StrEnum):
    OK = "ok"
    NOTE = "note"  # worth knowing; nothing is wrong
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report: which server (`role` "pop3" or "smtp"), what happened, and what can be done about it."""

    role: str
    state: State
    what: str
    remedy: str = ""
    reason: Reason | None = None
    interval: int | None = None  # seconds; what the server wants at least, in a note about it


OnLine = Callable[[Line], None]
SecretOf = Callable[[Server], Secret]


def prove(account: Account, secret_of: SecretOf, on_line: OnLine, sessions: list[Session] | None = None) -> bool:
    """Tries the account's receiving server and all its sending ones. True when nothing failed.

    `secret_of` may raise Trouble. `sessions` gets what can be closed from another thread to break it off.
    """
    good = _prove_receiving(account.pop3, secret_of, on_line, sessions if sessions is not None else [])
    for server in account.smtp:
        good = _prove_sending(server, account.address, secret_of, on_line) and good
    return good


# --- receiving ---------------------------------------------------------------------------------------------------


def _prove_receiving(server: Server, secret_of: SecretOf, on_line: OnLine, sessions: list[Session]) -> bool:
    def on_step(step: Step) -> None:
        sentence = _sentence(step, server)
        if sentence:
            on_line(Line("pop3", State.OK, sentence))

    try:
        secret = secret_of(server)
        session = Session(server, SECONDS)
        sessions.append(session)
        look = session.run(Plan(server, secret, None, None, full=True, on_step=on_step))
    except Trouble as trouble:
        on_line(_failed("pop3", trouble))
        return False
    for note in _notes(look):
        on_line(note)
    return True


def _notes(look: pop3.Look) -> list[Line]:
    notes = []
    if look.login_delay and look.login_delay > 60:
        delay = words.span(look.login_delay)
        sentence = _("The server wants at least {span} between two checks.").format(span=delay)
        notes.append(Line("pop3", State.NOTE, sentence, interval=look.login_delay))
    if look.expire is not None:
        days = look.expire
        sentence = ngettext(
            "The server deletes mail by itself after {n} day.",
            "The server deletes mail by itself after {n} days.",
            days,
        ).format(n=days)
        notes.append(Line("pop3", State.NOTE, sentence))
    if look.snapshot.count and not look.snapshot.uids:
        sentence = _("The server cannot tell messages apart (no UIDL): only their number is watched.")
        notes.append(Line("pop3", State.NOTE, sentence))
    return notes


def _sentence(step: Step, server: Server) -> str:
    """A step that went well, in words; empty for one that nobody needs to see."""
    if step.name == "name":
        return _("{host} was found.").format(host=server.host)
    if step.name == "connection":
        return _("It answers on port {port}.").format(port=server.port)
    if step.name == "tls":
        return _tls_sentence(step.detail)
    if step.name == "login":
        return _("It accepted user name and password.")
    if step.name == "count":
        count, _comma, octets = step.detail.partition(", ")
        return ngettext(
            "There is {n} message in the mailbox, {size}.", "There are {n} messages in the mailbox, {size}.", int(count)
        ).format(n=count, size=words.size(int(octets)))
    return ""


def _tls_sentence(detail: str) -> str:
    version, _semicolon, end = detail.partition("; ")
    try:
        day = time.strftime("%Y-%m-%d", time.gmtime(ssl.cert_time_to_seconds(end)))
    except ValueError:
        return _("The connection is encrypted ({version}).").format(version=version)
    return _("The connection is encrypted ({version}); the certificate fits and is valid until {day}.").format(
        version=version, day=day
    )


# --- sending -----------------------------------------------------------------------------------------------------


class _Quiet:
    """A journal for a conversation that sends no mail."""

    def tick(self) -> None:
        pass

    def progress(self, octets: int) -> None:
        pass

    def commit(self, accepted: tuple[str, ...]) -> bool:  # noqa: ARG002 - no final dot is ever sent
        return False


def _prove_sending(server: Server, address: str, secret_of: SecretOf, on_line: OnLine) -> bool:
    def on_step(step: str) -> None:
        on_line(Line("smtp", State.OK, _sending_sentence(step, server)))

    try:
        _look_up(server)
        on_line(Line("smtp", State.OK, _("{host} was found.").format(host=server.host)))
        with Submission(server, lambda: secret_of(server), _Quiet()) as submission:
            refusal = submission.rehearse(address, on_step)
    except Trouble as trouble:
        on_line(_failed("smtp", trouble))
        return False
    if refusal is not None:
        on_line(_line("smtp", refusals.explain(refusal)))
        return False
    on_line(Line("smtp", State.OK, _("It would take mail from {address}.").format(address=clean(address, 80))))
    return True


def _look_up(server: Server) -> None:
    try:
        reach.look_up(tls.server_name(server.host), server.port, NAME_SECONDS)
    except OSError as error:
        raise trouble_of(error, server.host) from error


def _sending_sentence(step: str, server: Server) -> str:
    if step == "login":
        return _("It accepted user name and password.")
    if server.security == "none":
        return _("It answers on port {port}, unencrypted.").format(port=server.port)
    return _("It answers on port {port}, encrypted; the certificate fits.").format(port=server.port)


def _failed(role: str, trouble: Trouble) -> Line:
    return _line(role, words.explain(trouble.reason, trouble.host, trouble.said), trouble.reason)


def _line(role: str, explanation: Explanation, reason: Reason | None = None) -> Line:
    return Line(role, State.FAILED, explanation.what, explanation.remedy, reason)
