"""The POP3 session as a conversation without I/O: a generator that asks for lines and gives commands.

It yields what it wants of the outside: `Send` (bytes to write), `ReadLine` (answered with one line), `BeginTls`.
It returns a `Look`. Whatever a server says leads to a `Look` or to Trouble. The socket lives in `connection.py`;
in tests a list of lines does as well.
"""

from __future__ import annotations

import re
from collections.abc import Generator

from notifier.errors import Reason, Trouble
from notifier.mailbox.snapshot import Snapshot
from notifier.pop3.capabilities import NONE, Capabilities, parse
from notifier.pop3.commands import Verb, command
from notifier.pop3.exchange import BeginTls, Send, Want, lines_to_dot, one_line, several
from notifier.pop3.login import log_in
from notifier.pop3.plan import Look, Plan, Step
from notifier.pop3.replies import During, is_ok, refusal, text_of
from notifier.untrusted import clean

MOST_MESSAGES = 2_000_000
MOST_CAPABILITIES = 200
# Up to so many new messages their ids are asked for one by one in one write; beyond it the full list is no dearer.
SINGLE_IDS = 64
_UIDL = re.compile(rb"(?:\+OK\s+)?(\d{1,10})\s+(\S{1,1000})\s*")


Talk = Generator[Want, bytes, Look]


def converse(plan: Plan) -> Talk:
    """The whole session, greeting to QUIT. Raises Trouble."""
    greeting = yield from one_line()
    if not is_ok(greeting):
        raise refusal(greeting, plan.server.host, During.GREETING)
    plan.on_step(Step("greeting", text_of(greeting)))
    if plan.server.security == "starttls":
        yield from _start_tls(plan)
    if plan.server.security == "none" and not plan.server.may_speak_plainly:
        raise Trouble(Reason.PLAINTEXT_REFUSED, host=plan.server.host)
    before = plan.remembered or Capabilities((yield from _capa(plan)) or {}, {}, has_capa=True)
    yield from log_in(plan, before, greeting)
    plan.on_step(Step("login", plan.server.user))
    abilities = yield from _abilities_after(plan, before)
    snapshot = yield from _look(plan, abilities)
    yield Send((command(Verb.QUIT),))  # not waited for: nothing was changed that could be lost
    return Look(snapshot, abilities, abilities.login_delay, abilities.expire)


# --- before the login --------------------------------------------------------------------------------------------


def _start_tls(plan: Plan) -> Generator[Want, bytes, None]:
    """STLS (RFC 2595), never skipped: a server that does not offer it gets nothing from us."""
    yield Send((command(Verb.STLS),))
    reply = yield from one_line()
    if not is_ok(reply):
        raise Trouble(Reason.STARTTLS_MISSING, host=plan.server.host, said=text_of(reply))
    yield BeginTls()


def _capa(plan: Plan) -> Generator[Want, bytes, dict[str, tuple[str, ...]] | None]:
    """The capabilities; None from a server that does not know the command (popa3d, solid-pop3d)."""
    yield Send((command(Verb.CAPA),))
    reply = yield from one_line()
    if not is_ok(reply):
        return None
    lines = yield from lines_to_dot(MOST_CAPABILITIES, Reason.LIST_TOO_LONG)
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


# --- the two facts -----------------------------------------------------------------------------------------------


def _look(plan: Plan, abilities: Capabilities) -> Generator[Want, bytes, Snapshot]:
    """STAT, with the probes in the same write where the server takes that; the full list only when needed."""
    probes = _probes(plan)
    if probes and abilities.pipelining:
        yield Send((command(Verb.STAT), *(command(Verb.UIDL, str(n)) for n, _ in probes)))
        count, octets = _stat((yield from one_line()), plan)
        replies = yield from several(len(probes))
    else:
        yield Send((command(Verb.STAT),))
        count, octets = _stat((yield from one_line()), plan)
        replies = []
        for n, _ in probes:
            yield Send((command(Verb.UIDL, str(n)),))
            replies.append((yield from one_line()))
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
    replies = yield from several(len(numbers))
    found = [_single(reply) for reply in replies]
    if any(f is None or f[0] != n for f, n in zip(found, numbers, strict=True)):
        return None
    return Snapshot(count, octets, tuple(f[1] for f in found if f), known.count)


def _ids(plan: Plan, count: int) -> Generator[Want, bytes, tuple[str, ...] | None]:
    """The full UIDL list; None from a server without UIDL. Raises Trouble(INCONSISTENT) when it does not add up."""
    yield Send((command(Verb.UIDL),))
    reply = yield from one_line()
    if not is_ok(reply):
        trouble = refusal(reply, plan.server.host, During.SESSION)
        if trouble.reason in {Reason.SERVER_TEMPORARY, Reason.SERVER_PERMANENT, Reason.IN_USE}:
            raise trouble
        plan.on_step(Step("ids", "-"))
        return None
    lines = yield from lines_to_dot(count, Reason.INCONSISTENT)
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
