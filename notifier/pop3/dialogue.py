"""The POP3 session as a conversation without I/O: a generator that asks for lines and gives commands.

It yields what it wants of the outside: `Send` (bytes to write), `ReadLine` (answered with one line), `BeginTls`.
It returns a `Look`. Whatever a server says leads to a `Look` or to Trouble. The socket lives in `connection.py`;
in tests a list of lines does as well.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from notifier.config import LOOPBACK, Server
from notifier.errors import Reason, Trouble
from notifier.mailbox.snapshot import Known, Snapshot
from notifier.pop3.capabilities import NONE, Capabilities, parse
from notifier.pop3.commands import Command, Verb, answer, command
from notifier.pop3.replies import During, is_ok, refusal, text_of
from notifier.servers import sasl
from notifier.servers.secret import Secret
from notifier.untrusted import clean

MOST_MESSAGES = 2_000_000
MOST_CAPABILITIES = 200
# Up to so many new messages their ids are asked for one by one in one write; beyond it the full list is no dearer.
SINGLE_IDS = 64
LONGEST_INITIAL_RESPONSE = 255 - len("AUTH PLAIN \r\n")  # RFC 5034 §4
_STAMP = re.compile(rb"<[\x21-\x3b\x3d\x3f-\x7e]+@[\x21-\x3b\x3d\x3f-\x7e]+>")  # RFC 1939 §7, APOP
_UIDL = re.compile(rb"(?:\+OK\s+)?(\d{1,10})\s+(\S{1,1000})\s*")


@dataclass(frozen=True, slots=True)
class Send:
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class ReadLine:
    pass


@dataclass(frozen=True, slots=True)
class BeginTls:
    """Encrypt from here on; refused (STARTTLS_INJECTED) when bytes are waiting already."""


Want = Send | ReadLine | BeginTls
Talk = Generator[Want, bytes, "Look"]


@dataclass(frozen=True, slots=True)
class Look:
    """What one session found. `login_delay` in seconds and `expire` in days, where the server announces them."""

    snapshot: Snapshot
    capabilities: Capabilities
    login_delay: int | None = None
    expire: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a session for a person who watches it (`doctor`, the set-up's test)."""

    name: str  # name connection tls greeting capabilities login count ids
    detail: str = ""


OnStep = Callable[[Step], None]


def _nobody(_step: Step) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Plan:
    """What a session is to do. `remembered` spares asking for the abilities; `full` asks for the whole list."""

    server: Server
    secret: Secret
    known: Known | None = None
    remembered: Capabilities | None = None
    full: bool = False
    on_step: OnStep = _nobody


def converse(plan: Plan) -> Talk:
    """The whole session, greeting to QUIT. Raises Trouble."""
    greeting = yield from _line()
    if not is_ok(greeting):
        raise refusal(greeting, plan.server.host, During.GREETING)
    plan.on_step(Step("greeting", text_of(greeting)))
    if plan.server.security == "starttls":
        yield from _start_tls(plan)
    if plan.server.security == "none" and not plan.server.may_speak_plainly:
        raise Trouble(Reason.PLAINTEXT_REFUSED, host=plan.server.host)
    before = plan.remembered or Capabilities((yield from _capa(plan)) or {}, {}, has_capa=True)
    yield from _log_in(plan, before, greeting)
    plan.on_step(Step("login", plan.server.user))
    abilities = yield from _abilities_after(plan, before)
    snapshot = yield from _look(plan, abilities)
    yield Send((command(Verb.QUIT),))  # not waited for: nothing was changed that could be lost
    return Look(snapshot, abilities, abilities.login_delay, abilities.expire)


# --- before the login --------------------------------------------------------------------------------------------


def _start_tls(plan: Plan) -> Generator[Want, bytes, None]:
    """STLS (RFC 2595), never skipped: a server that does not offer it gets nothing from us."""
    yield Send((command(Verb.STLS),))
    reply = yield from _line()
    if not is_ok(reply):
        raise Trouble(Reason.STARTTLS_MISSING, host=plan.server.host, said=text_of(reply))
    yield BeginTls()


def _capa(plan: Plan) -> Generator[Want, bytes, dict[str, tuple[str, ...]] | None]:
    """The capabilities; None from a server that does not know the command (popa3d, solid-pop3d)."""
    yield Send((command(Verb.CAPA),))
    reply = yield from _line()
    if not is_ok(reply):
        return None
    lines = yield from _list(MOST_CAPABILITIES, Reason.LIST_TOO_LONG)
    found = parse(clean(line, 400) for line in lines)
    plan.on_step(Step("capabilities", " ".join(found)))
    return found


def _abilities_after(plan: Plan, before: Capabilities) -> Generator[Want, bytes, Capabilities]:
    """Asked again once logged in, when nothing is remembered: limits may be told only now (RFC 2449 §6.5, §6.7)."""
    if plan.remembered is not None:
        return plan.remembered
    if not before.before:
        return NONE
    return Capabilities(before.before, (yield from _capa(plan)) or {})


# --- the login ---------------------------------------------------------------------------------------------------


def _log_in(plan: Plan, abilities: Capabilities, greeting: bytes) -> Generator[Want, bytes, None]:
    server = plan.server
    stamp = _STAMP.search(greeting)
    name = None if server.auth in {"user", "apop"} else _mechanism(server, abilities)
    if server.auth == "apop" or (stamp and server.auth == "auto" and _apop_is_best(server, abilities, name)):
        yield from _apop(plan, stamp[0] if stamp else None)
    elif name is not None:
        refused = yield from _sasl(plan, name, offered=name in abilities.sasl)
        if refused is None:
            return
        # GNU mailutils advertises PLAIN and does not understand it: it judged the command, not the password.
        if server.auth != "auto" or refused.reason is not Reason.NO_COMMON_LOGIN:
            if name in sasl.TOKENS and refused.reason is Reason.WRONG_PASSWORD:
                refused.reason = Reason.SIGN_IN_NEEDED  # a token that was fresh a moment ago: only the user can help
            raise refused
        yield from _user_pass(plan, abilities)
    elif server.auth in {"auto", "user"} and not _no_use_for_passwords(server, abilities):
        yield from _user_pass(plan, abilities)
    else:
        raise Trouble(Reason.NO_COMMON_LOGIN, host=server.host, said=" ".join(abilities.sasl))


def _mechanism(server: Server, abilities: Capabilities) -> str | None:
    return sasl.choose(server.auth, abilities.sasl, encrypted=not _overheard(server))


def _overheard(server: Server) -> bool:
    """Whether others may read along: in the clear, and not only within this computer."""
    return server.security == "none" and server.host not in LOOPBACK


def _apop_is_best(server: Server, abilities: Capabilities, name: str | None) -> bool:
    """Servers greet everybody with a stamp, though few of their users have an APOP secret (GNU mailutils).

    So it is worth a try only where the password would travel in the clear, or where nothing else is offered.
    """
    if _overheard(server):
        return name != "CRAM-MD5"
    return name is None and bool(abilities.before) and "USER" not in abilities.before


def _no_use_for_passwords(server: Server, abilities: Capabilities) -> bool:
    """The server lists its logins, and all of them want something else (a token, a ticket)."""
    return server.auth == "auto" and bool(abilities.sasl) and "USER" not in abilities.before


def _sasl(plan: Plan, name: str, *, offered: bool) -> Generator[Want, bytes, Trouble | None]:
    """AUTH (RFC 5034). None when it went well, the refusal otherwise.

    The first answer goes along with the command only where the mechanism is `offered`: else a bare -ERR would leave
    open whether it is about the mechanism or the password.
    """
    server = plan.server
    login = sasl.mechanism(name, server.user, plan.secret, host=server.host, port=server.port)
    initial = _base64(login.initial) if login.initial is not None else None
    at_once = offered and initial is not None and len(initial) <= LONGEST_INITIAL_RESPONSE
    arguments = (name, initial) if at_once and initial is not None else (name,)
    yield Send((command(Verb.AUTH, *arguments, secret=at_once),))
    given = 1 if at_once else 0
    for _round in range(6):
        reply = yield from _line()
        if is_ok(reply) and not _is_challenge(reply) and given >= login.answers:
            return None
        if not is_ok(reply):
            trouble = refusal(reply, server.host, During.LOGIN)
            trouble.said = login.said or trouble.said
            if not given and trouble.reason is Reason.WRONG_PASSWORD and not reply.startswith(b"-ERR ["):
                trouble.reason = Reason.NO_COMMON_LOGIN  # it has not heard yet who asks
            return trouble
        # Exchange says "+OK" for "+" now and then: while there is something left to answer, it is a challenge.
        challenge = _unbase64(reply[1:].strip()) if _is_challenge(reply) else b""
        yield Send((answer(_base64(login.answer(challenge))),))
        given += 1
    raise Trouble(Reason.GARBAGE, host=server.host, said="a login without end")


def _is_challenge(reply: bytes) -> bool:
    return reply == b"+" or reply.startswith(b"+ ")


def _user_pass(plan: Plan, abilities: Capabilities) -> Generator[Want, bytes, None]:
    """USER and PASS (RFC 1939 §7)."""
    user, password = plan.server.user, plan.secret.reveal()
    if not (user.isascii() and password.isascii()) and abilities.utf8_logins:
        yield Send((command(Verb.UTF8),))
        yield from _ok(plan, During.LOGIN)
    yield Send((command(Verb.USER, user),))
    yield from _ok(plan, During.LOGIN)
    yield Send((command(Verb.PASS, password, secret=True),))
    yield from _ok(plan, During.LOGIN)


def _apop(plan: Plan, stamp: bytes | None) -> Generator[Want, bytes, None]:
    """RFC 1939 §7: a digest over the greeting's time stamp."""
    if stamp is None:
        raise Trouble(Reason.NO_COMMON_LOGIN, host=plan.server.host)
    digest = hashlib.md5(stamp + plan.secret.reveal().encode(), usedforsecurity=False).hexdigest()
    yield Send((command(Verb.APOP, plan.server.user, digest, secret=True),))
    yield from _ok(plan, During.LOGIN)


# --- the two facts -----------------------------------------------------------------------------------------------


def _look(plan: Plan, abilities: Capabilities) -> Generator[Want, bytes, Snapshot]:
    """STAT, with the probes in the same write where the server takes that; the full list only when needed."""
    probes = _probes(plan)
    if probes and abilities.pipelining:
        yield Send((command(Verb.STAT), *(command(Verb.UIDL, str(n)) for n, _ in probes)))
        count, octets = _stat((yield from _line()), plan)
        replies = yield from _several(len(probes))
    else:
        yield Send((command(Verb.STAT),))
        count, octets = _stat((yield from _line()), plan)
        replies = []
        for n, _ in probes:
            yield Send((command(Verb.UIDL, str(n)),))
            replies.append((yield from _line()))
    plan.on_step(Step("count", f"{count}, {octets}"))
    found = [_single(reply) for reply in replies]
    if probes and all(f == (n, uid) for f, (n, uid) in zip(found, probes, strict=True)):
        quick = yield from _tail(plan, abilities, count, octets)
        if quick is not None:
            return quick
    return Snapshot(count, octets, (yield from _ids(plan, count)))


def _probes(plan: Plan) -> list[tuple[int, str]]:
    """The first and the last known message, by number: if both still bear their ids, all between do.

    Not where ids repeat, or where nothing is known (facts: measured on servers that number by arrival).
    """
    known = plan.known
    if plan.full or known is None or not known.uids or len(set(known.uids)) != len(known.uids):
        return []
    last = (len(known.uids), known.uids[-1])
    return [(1, known.uids[0]), last] if len(known.uids) > 1 else [last]


def _tail(plan: Plan, abilities: Capabilities, count: int, octets: int) -> Generator[Want, bytes, Snapshot | None]:
    """The known messages are as they were: ask for the ids behind them. None when only a full list tells."""
    known = plan.known
    assert known is not None  # noqa: S101 - there are no probes without
    new = count - known.count
    if new == 0:
        # Octets that changed under the same ids (a shared mbox rewritten) deserve a closer look.
        return Snapshot(count, octets, (), count) if octets == known.octets else None
    if not 0 < new <= SINGLE_IDS or not abilities.pipelining:
        return None
    numbers = range(known.count + 1, count + 1)
    yield Send(tuple(command(Verb.UIDL, str(n)) for n in numbers))
    replies = yield from _several(len(numbers))
    found = [_single(reply) for reply in replies]
    if any(f is None or f[0] != n for f, n in zip(found, numbers, strict=True)):
        return None
    return Snapshot(count, octets, tuple(f[1] for f in found if f), known.count)


def _ids(plan: Plan, count: int) -> Generator[Want, bytes, tuple[str, ...] | None]:
    """The full UIDL list; None from a server without UIDL. Raises Trouble(INCONSISTENT) when it does not add up."""
    yield Send((command(Verb.UIDL),))
    reply = yield from _line()
    if not is_ok(reply):
        trouble = refusal(reply, plan.server.host, During.SESSION)
        if trouble.reason in {Reason.SERVER_TEMPORARY, Reason.SERVER_PERMANENT, Reason.IN_USE}:
            raise trouble
        plan.on_step(Step("ids", "-"))
        return None
    lines = yield from _list(count, Reason.INCONSISTENT)
    uids: list[str] = []
    for number, line in enumerate(lines, 1):
        found = _single(line)
        if found is None or found[0] != number:  # numbers that repeat, skip or run backwards
            raise Trouble(Reason.INCONSISTENT, host=plan.server.host)
        uids.append(found[1])
    if len(uids) != count:
        raise Trouble(Reason.INCONSISTENT, host=plan.server.host)
    plan.on_step(Step("ids", str(len(uids))))
    return tuple(uids)


def _stat(line: bytes, plan: Plan) -> tuple[int, int]:
    """`+OK count octets` (RFC 1939 §5)."""
    if not is_ok(line):
        raise refusal(line, plan.server.host, During.SESSION)
    words = line.split()[1:3]
    if len(words) < 2 or not all(w.isdigit() and len(w) <= 18 for w in words):
        raise Trouble(Reason.GARBAGE, host=plan.server.host, said=clean(line, 80))
    count, octets = map(int, words)
    if count > MOST_MESSAGES:
        raise Trouble(Reason.LIST_TOO_LONG, host=plan.server.host)
    return count, octets


def _single(line: bytes) -> tuple[int, str] | None:
    """Number and unique-id of one UIDL line, as lenient as real servers need (several spaces, +OK before each)."""
    found = _UIDL.fullmatch(line)
    return (int(found[1]), found[2].decode("ascii", "backslashreplace")) if found else None


# --- lines -------------------------------------------------------------------------------------------------------


def _line() -> Generator[Want, bytes, bytes]:
    return (yield ReadLine())


def _several(n: int) -> Generator[Want, bytes, list[bytes]]:
    lines: list[bytes] = []
    for _ in range(n):
        lines.append((yield ReadLine()))  # noqa: PERF401 - a generator cannot be asked from within a comprehension
    return lines


def _ok(plan: Plan, during: During) -> Generator[Want, bytes, bytes]:
    reply = yield from _line()
    if not is_ok(reply):
        raise refusal(reply, plan.server.host, during)
    return reply


def _list(most: int, otherwise: Reason) -> Generator[Want, bytes, Sequence[bytes]]:
    """The lines up to the lone dot, dots unstuffed (RFC 1939 §3). Raises Trouble(`otherwise`) beyond `most`."""
    lines: list[bytes] = []
    while (line := (yield ReadLine())) != b".":
        if len(lines) >= most:
            raise Trouble(otherwise)
        lines.append(line[1:] if line.startswith(b"..") else line)
    return lines


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unbase64(data: bytes) -> bytes:
    try:
        return base64.b64decode(data)
    except (binascii.Error, ValueError):
        return data  # GNU mailutils and others put plain words here; no mechanism of ours needs them
