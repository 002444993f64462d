"""SASL logins (RFC 4422) for POP3 and SMTP alike, and the choice among them. Pure: challenges in, answers out."""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import ClassVar

from notifier.servers.secret import Secret


@dataclass
class Mechanism:
    """One login. `initial` is the first answer where the client speaks first, None where the server must begin."""

    user: str
    secret: Secret
    host: str = ""
    port: int = 0
    answers: ClassVar[int] = 1  # what the client has to say before a server can know who it is
    name: str = field(default="", init=False)
    said: str = field(default="", init=False)  # what the server explained inside a challenge

    @property
    def initial(self) -> bytes | None:
        return None

    def answer(self, challenge: bytes) -> bytes:
        """The answer to a challenge, both without their base64 coat."""
        raise NotImplementedError


class Plain(Mechanism):
    """RFC 4616."""

    @property
    def initial(self) -> bytes:
        return f"\0{self.user}\0{self.secret.reveal()}".encode()

    def answer(self, challenge: bytes) -> bytes:  # noqa: ARG002 - PLAIN's one challenge is empty
        return self.initial


class Login(Mechanism):
    """The unwritten standard: the server asks for the user, then for the password."""

    answers = 2
    asked = 0

    def answer(self, challenge: bytes) -> bytes:  # noqa: ARG002 - its wording differs from server to server
        self.asked += 1
        return (self.user if self.asked == 1 else self.secret.reveal()).encode()


class CramMd5(Mechanism):
    """RFC 2195: the password itself does not travel."""

    def answer(self, challenge: bytes) -> bytes:
        digest = hmac.new(self.secret.reveal().encode(), challenge, "md5").hexdigest()
        return f"{self.user} {digest}".encode()


class XOAuth2(Mechanism):
    """Google's and Microsoft's form; the secret is an access token. After an error challenge comes an empty answer."""

    begun = False

    def answer(self, challenge: bytes) -> bytes:
        if self.begun:
            self.said = _explained(challenge)
            return b""
        self.begun = True
        return f"user={self.user}\x01auth=Bearer {self.secret.reveal()}\x01\x01".encode()


class OAuthBearer(Mechanism):
    """RFC 7628; the secret is an access token. After an error challenge comes a lone 0x01."""

    begun = False

    def answer(self, challenge: bytes) -> bytes:
        if self.begun:
            self.said = _explained(challenge)
            return b"\x01"
        self.begun = True
        user = self.user.replace("=", "=3D").replace(",", "=2C")  # RFC 5801 §4
        port = f"\x01port={self.port}" if self.port else ""
        return f"n,a={user},\x01host={self.host}{port}\x01auth=Bearer {self.secret.reveal()}\x01\x01".encode()


def _explained(challenge: bytes) -> str:
    """What the server's error challenge (JSON) says; for a person, so never trusted to be well formed."""
    from notifier.untrusted import clean

    try:
        facts = json.loads(challenge)
        return clean(str(facts.get("error_description") or facts.get("status") or ""), 120)
    except (ValueError, AttributeError, RecursionError):
        return ""


MECHANISMS: dict[str, type[Mechanism]] = {
    "PLAIN": Plain,
    "LOGIN": Login,
    "CRAM-MD5": CramMd5,
    "XOAUTH2": XOAuth2,
    "OAUTHBEARER": OAuthBearer,
}
TOKENS = ("XOAUTH2", "OAUTHBEARER")
# Inside TLS the plain forms are as good as any and work with every password store of the server;
# in the clear (loopback, or said twice) a form that keeps the password from travelling comes first.
_ENCRYPTED = ("PLAIN", "LOGIN", "CRAM-MD5")
_CLEAR = ("CRAM-MD5", "PLAIN", "LOGIN")


def choose(auth: str, offered: Collection[str], *, encrypted: bool) -> str | None:
    """The mechanism to use: the one that `auth` (config.LOGINS) names, or the strongest that fits the channel.

    None: nothing in common. Tokens are used only when asked for: nothing else tells a token from a password.
    """
    names = {name.upper() for name in offered}
    if auth != "auto":
        wanted = auth.upper()
        return wanted if wanted in MECHANISMS else None
    return next((name for name in (_ENCRYPTED if encrypted else _CLEAR) if name in names), None)


def mechanism(name: str, user: str, secret: Secret, *, host: str = "", port: int = 0) -> Mechanism:
    made = MECHANISMS[name](user, secret, host, port)
    made.name = name
    return made
