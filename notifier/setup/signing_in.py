"""The sign-in itself: in the web browser with a way back over loopback (RFC 8252, PKCE), or with a code on any device.

Each flow takes minutes, because a person is at work; it runs in a window's or command's own process, in a thread.
"""

from __future__ import annotations

import contextlib
import html
import json
import secrets
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from notifier.config import Account, General
from notifier.errors import Reason, Trouble
from notifier.servers.secret import Secret
from notifier.setup import providers
from notifier.setup.grants import Client, Grant, Pending, Token, ask, client_of, host_of, token_in
from notifier.setup.https import Ending, Way
from notifier.setup.offers import SignIn
from notifier.untrusted import clean
from notifier.words import _

PATIENCE = 300.0  # seconds; a second factor may have to be fetched from another room
ASK_SECONDS = 20.0
LONGEST_WAIT = 60.0  # seconds between two questions of the device flow


def sign_in_of(account: Account, kept: Secret | None = None) -> SignIn | None:
    """Where `account` signs in: by its server, or as it did the last time."""
    found = providers.sign_in_for(account.pop3.host)
    if found is None and kept is not None:
        grant = Grant.from_secret(kept)
        found = grant.sign_in if grant else None
    return found


# --- in the browser ----------------------------------------------------------------------------------------------


def in_browser(
    sign_in: SignIn,
    client: Client,
    user: str,
    *,
    show: Callable[[str], object],
    way: Way | None = None,
    ending: Ending | None = None,
    patience: float = PATIENCE,
) -> Token:
    """Has the user sign in; `show` is given the page's address. Raises Trouble (SIGN_IN_NEEDED when refused)."""
    from oauthlib.oauth2 import WebApplicationClient

    ending = ending or Ending()
    protocol = WebApplicationClient(client.id)
    verifier = secrets.token_urlsafe(64)
    challenge = protocol.create_code_challenge(verifier, "S256")
    state = secrets.token_urlsafe(24)
    with _Return(sign_in.redirect_host, state) as way_back:
        page = protocol.prepare_request_uri(
            sign_in.authorize,
            redirect_uri=way_back.url,
            scope=sign_in.scope,
            state=state,
            code_challenge=challenge,
            code_challenge_method="S256",
            login_hint=user,
            **dict(sign_in.extras),
        )
        show(page)
        query = way_back.wait(patience, ending)
        code = _code(query, host_of(sign_in.authorize))
        more = {"client_secret": client.secret} if client.secret else {}
        body = protocol.prepare_request_body(code=code, redirect_uri=way_back.url, code_verifier=verifier, **more)
    answer = ask(sign_in.token, body, way or Way(), ASK_SECONDS, ending)
    return token_in(answer, Grant(sign_in, client, ""))


def _code(query: dict[str, str], host: str) -> str:
    if "code" in query:
        return query["code"]
    said = query.get("error_description") or query.get("error") or ""
    raise Trouble(Reason.SIGN_IN_NEEDED, host=host, said=clean(said, 160))


class _Return:
    """The place on this computer where the browser comes back to, once, with the right `state`."""

    def __init__(self, host: str, state: str) -> None:
        self._state = state
        self._arrived = threading.Event()
        self._query: dict[str, str] = {}
        self._servers = [_Door(("127.0.0.1", 0), self)]
        port = self._servers[0].server_address[1]
        if host == "localhost":  # a browser may take that for ::1
            with contextlib.suppress(OSError):
                self._servers.append(_Door6(("::1", port), self))
        self.url = f"http://{host}:{port}/"

    def __enter__(self) -> _Return:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def arrived(self, query: dict[str, str]) -> bool:
        """Whether this is the answer that was waited for; any other page may try to come here too."""
        if self._arrived.is_set() or not secrets.compare_digest(query.get("state", ""), self._state):
            return False
        self._query = query
        self._arrived.set()
        return True

    def wait(self, seconds: float, ending: Ending) -> dict[str, str]:
        end = time.monotonic() + seconds
        while not self._arrived.wait(0.1):
            if ending.come or time.monotonic() > end:
                raise Trouble(Reason.TIMED_OUT)
        return self._query


class _Visit(BaseHTTPRequestHandler):
    server: _Door
    timeout = 10

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, max_num_fields=30)) if parts.path == "/" else {}
        welcome = query != {} and self.server.place.arrived(query)
        if welcome and "code" in query:
            words = _("You are signed in. This page can be closed; go back to Notifier.")
        elif welcome:
            words = _("The sign-in was refused. Go back to Notifier to try again.")
        else:
            words = _("There is nothing here.")
        body = f"<!doctype html><meta charset=utf-8><title>Notifier</title><p>{html.escape(words)}</p>".encode()
        self.send_response(200 if welcome else 404)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("Content-Security-Policy", "default-src 'none'"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the line holds the code."""


class _Door(HTTPServer):
    def __init__(self, address: tuple[str, int], place: _Return) -> None:
        super().__init__(address, _Visit)
        self.place = place

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a visitor that breaks off harms only itself."""


class _Door6(_Door):
    address_family = socket.AF_INET6


# --- with a code -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the user is to type where."""

    page: str
    code: str


def with_code(
    sign_in: SignIn,
    client: Client,
    *,
    show: Callable[[DeviceCode], object],
    way: Way | None = None,
    ending: Ending | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> Token:
    """The device flow (RFC 8628): `show` is given what to type where. Raises Trouble."""
    way, ending = way or Way(), ending or Ending()
    host = host_of(sign_in.token)
    if not sign_in.device:
        raise Trouble(Reason.NO_COMMON_LOGIN, host=host)
    facts = _device_facts(sign_in, client, way, ending)
    show(DeviceCode(facts["verification_uri"], facts["user_code"]))
    pause = float(facts["interval"])
    end = time.monotonic() + float(facts["expires_in"])
    for _try in _until(end, ending):
        sleep(pause)
        try:
            body = _device_body(client, facts["device_code"])
            return token_in(ask(sign_in.token, body, way, ASK_SECONDS, ending), Grant(sign_in, client, ""))
        except Pending as pending:
            pause = min(pause + 5 * pending.slower, LONGEST_WAIT)
    raise Trouble(Reason.TIMED_OUT, host=host)


def _until(end: float, ending: Ending) -> Iterator[None]:
    while time.monotonic() < end and not ending.come:
        yield


def _device_facts(sign_in: SignIn, client: Client, way: Way, ending: Ending) -> dict[str, Any]:
    """The device authorization response (RFC 8628 §3.2), every field checked. Raises Trouble."""
    from oauthlib.common import urlencode

    body = urlencode([("client_id", client.id), ("scope", sign_in.scope)])
    answer = ask(sign_in.device, body, way, ASK_SECONDS, ending)
    host = host_of(sign_in.device)
    try:
        facts = json.loads(answer.body)
        if answer.status != 200:
            said = clean(str(facts.get("error_description") or facts.get("error") or answer.status), 160)
            raise Trouble(Reason.SIGN_IN_NEEDED, host=host, said=said)
        page = str(facts.get("verification_uri") or facts["verification_url"])
        checked = {
            "device_code": str(facts["device_code"]),
            "user_code": clean(str(facts["user_code"]), 40),
            "verification_uri": page,
            "interval": min(max(float(facts.get("interval", 5)), 1.0), LONGEST_WAIT),
            "expires_in": min(float(facts["expires_in"]), 3600.0),
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Trouble(Reason.GARBAGE, host=host) from None
    if not page.startswith("https://") or not page.isprintable() or len(page) > 200:
        raise Trouble(Reason.GARBAGE, host=host)
    return checked


def _device_body(client: Client, device_code: str) -> str:
    from oauthlib.oauth2.rfc8628.clients import DeviceClient

    more = {"client_secret": client.secret} if client.secret else {}
    protocol = DeviceClient(client.id)
    body: str = protocol.prepare_request_body(device_code=device_code, include_client_id=True, **more)
    return body


# --- on the terminal ---------------------------------------------------------------------------------------------


def on_the_terminal(account: Account, general: General, how: str) -> Token:
    """Signs in for `account`, `how` "browser" or "device". Raises Trouble, NoClientError."""
    sign_in = sign_in_of(account)
    if sign_in is None:
        raise Trouble(Reason.NO_COMMON_LOGIN, host=account.pop3.host)
    client = client_of(general, sign_in)
    if how == "device":
        return with_code(sign_in, client, show=_print_code)
    return in_browser(sign_in, client, account.address, show=_open_page)


def _print_code(code: DeviceCode) -> None:
    sys.stdout.write(_("Open {page} on any device and enter {code}").format(page=code.page, code=code.code) + "\n")
    sys.stdout.flush()


def _open_page(page: str) -> None:
    sys.stdout.write(_("Sign in here: {page}").format(page=page) + "\n")
    sys.stdout.flush()
    webbrowser.open(page)
