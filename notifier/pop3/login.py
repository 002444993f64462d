"""Logging in: the strongest way that server, channel and settings have in common (RFC 1939 §7, RFC 5034)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Generator

from notifier.config import LOOPBACK, Server
from notifier.errors import Reason, Trouble
from notifier.pop3.capabilities import Capabilities
from notifier.pop3.commands import Verb, answer, command
from notifier.pop3.exchange import Send, Want, ok, one_line
from notifier.pop3.plan import Plan
from notifier.pop3.replies import During, is_ok, refusal
from notifier.servers import sasl

LONGEST_INITIAL_RESPONSE = 255 - len("AUTH PLAIN \r\n")  # RFC 5034 §4
_STAMP = re.compile(rb"<[\x21-\x3b\x3d\x3f-\x7e]+@[\x21-\x3b\x3d\x3f-\x7e]+>")  # RFC 1939 §7, APOP


def log_in(plan: Plan, abilities: Capabilities, greeting: bytes) -> Generator[Want, bytes, None]:
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
        reply = yield from one_line()
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
        yield from ok(plan.server.host, During.LOGIN)
    yield Send((command(Verb.USER, user),))
    yield from ok(plan.server.host, During.LOGIN)
    yield Send((command(Verb.PASS, password, secret=True),))
    yield from ok(plan.server.host, During.LOGIN)


def _apop(plan: Plan, stamp: bytes | None) -> Generator[Want, bytes, None]:
    """RFC 1939 §7: a digest over the greeting's time stamp."""
    if stamp is None:
        raise Trouble(Reason.NO_COMMON_LOGIN, host=plan.server.host)
    digest = hashlib.md5(stamp + plan.secret.reveal().encode(), usedforsecurity=False).hexdigest()
    yield Send((command(Verb.APOP, plan.server.user, digest, secret=True),))
    yield from ok(plan.server.host, During.LOGIN)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unbase64(data: bytes) -> bytes:
    try:
        return base64.b64decode(data)
    except (binascii.Error, ValueError):
        return data  # GNU mailutils and others put plain words here; no mechanism of ours needs them
