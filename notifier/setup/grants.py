"""Signing in by OAuth2 (RFC 6749): what is kept of a sign-in, and how it is turned into access tokens.

`oauthlib` knows the protocol; what travels goes over `https.py`. Runs in windows and children only, never in the tray.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from notifier.config import General
from notifier.errors import NotifierError, Reason, Trouble
from notifier.servers.secret import Secret
from notifier.setup.https import Answer, Ending, FetchError, Way, post
from notifier.setup.offers import SignIn
from notifier.system.passwords import SIGN_IN_MARK as MARK
from notifier.untrusted import clean
from notifier.words import _

SPARE = 60  # seconds a token must still be good for when it is handed out
UNKNOWN_LIFE = 600  # seconds, for servers that do not tell (RFC 6749 §5.1 only recommends it)


@dataclass(frozen=True, slots=True)
class Client:
    """This program as the provider knows it. The `secret` of a desktop program is no secret, yet some want one."""

    id: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """What the user granted: kept in the password store, renewed into access tokens."""

    sign_in: SignIn
    client: Client
    refresh_token: str = field(repr=False)

    def to_secret(self) -> Secret:
        facts = {"sign_in": asdict(self.sign_in), "client": asdict(self.client), "refresh_token": self.refresh_token}
        return Secret(MARK + json.dumps(facts) + "}")

    @classmethod
    def from_secret(cls, secret: Secret) -> Grant | None:
        """None for what is no grant, such as a password."""
        if not secret.reveal().startswith(MARK):
            return None
        try:
            facts = json.loads(secret.reveal())["oauth2"]
            sign_in = SignIn(**{**facts["sign_in"], "extras": tuple(map(tuple, facts["sign_in"]["extras"]))})
            return cls(sign_in, Client(**facts["client"]), str(facts["refresh_token"]))
        except (ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, good for `good_for` seconds; `grant` is to be kept in place of the one it was made from."""

    access: Secret
    good_for: float
    grant: Grant


class NoClientError(NotifierError):
    """The settings name no client for this provider. The message says what to write where."""


def client_of(general: General, sign_in: SignIn) -> Client:
    """Raises NoClientError."""
    clients = dict(general.oauth_clients)
    if sign_in.key not in clients:
        raise NoClientError(
            _(
                "Signing in needs a client id, which you register with the provider. Put it into the settings, "
                'section [general.oauth_clients]: {key} = "…"'
            ).format(key=sign_in.key)
        )
    return Client(clients[sign_in.key], clients.get(f"{sign_in.key}_secret", ""))


def renew(grant: Grant, *, way: Way | None = None, seconds: float = 20.0) -> Token:
    """A fresh access token. Raises Trouble: SIGN_IN_NEEDED when the grant is not good any more."""
    from oauthlib.oauth2 import WebApplicationClient

    client = WebApplicationClient(grant.client.id)
    # The scope is left out: it stays what was granted (RFC 6749 §6).
    body = client.prepare_refresh_body(refresh_token=grant.refresh_token, **_credentials(grant.client))
    answer = ask(grant.sign_in.token, body, way or Way(), seconds, Ending())
    return token_in(answer, grant)


def _credentials(client: Client) -> dict[str, str]:
    return {"client_id": client.id, **({"client_secret": client.secret} if client.secret else {})}


def ask(url: str, body: str, way: Way, seconds: float, ending: Ending) -> Answer:
    """Raises Trouble."""
    try:
        return post(url, body, way=way, seconds=seconds, ending=ending)
    except FetchError as error:
        raise Trouble(Reason.GARBAGE, host=host_of(url), said=error.why) from error


def token_in(answer: Answer, grant: Grant) -> Token:
    """The token in a token server's answer. Raises Trouble."""
    facts = understood(answer, host_of(grant.sign_in.token))
    refresh = str(facts.get("refresh_token") or grant.refresh_token)
    if not refresh:
        raise Trouble(Reason.SIGN_IN_NEEDED, host=host_of(grant.sign_in.token), said="no refresh token")
    life = facts.get("expires_in")
    good_for = float(life) if isinstance(life, int | float) and life > 0 else UNKNOWN_LIFE
    return Token(Secret(str(facts["access_token"])), max(good_for - SPARE, 1.0), replace(grant, refresh_token=refresh))


class Pending(NotifierError):
    """The user has not yet allowed it (RFC 8628 §3.5). `slower`: asked too often."""

    def __init__(self, *, slower: bool) -> None:
        super().__init__("pending")
        self.slower = slower


def understood(answer: Answer, host: str) -> dict[str, Any]:
    """The facts in an answer of a token server. Raises Trouble, and Pending while the user decides."""
    from oauthlib.oauth2 import OAuth2Error, WebApplicationClient

    if answer.status >= 500 or answer.status == 429:
        raise Trouble(Reason.SERVER_TEMPORARY, host=host, said=f"HTTP {answer.status}")
    try:
        facts: dict[str, Any] = WebApplicationClient("").parse_request_body_response(answer.body.decode("utf-8"))
    except OAuth2Error as error:
        kind = str(error.error)
        if kind in {"authorization_pending", "slow_down"}:
            raise Pending(slower=kind == "slow_down") from None
        raise Trouble(_REASONS.get(kind, Reason.SIGN_IN_NEEDED), host=host, said=_words(error)) from None
    except (ValueError, TypeError, AttributeError, Warning):
        # Not chained: the text may hold a token.
        raise Trouble(Reason.GARBAGE, host=host, said=f"HTTP {answer.status}") from None
    return facts


_REASONS = {"temporarily_unavailable": Reason.SERVER_TEMPORARY, "server_error": Reason.SERVER_TEMPORARY}


def _words(error: Any) -> str:
    return clean(str(error.description or error.error), 160)


def host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]
