"""An OAuth2 authorization server of a test's own: the browser's page, tokens that change at each use, device codes."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from notifier.setup.offers import SignIn
from tests.live.certificates import Certificate
from tests.live.web_server import Visit, WebServer


class AuthorizationServer:
    """Use as a context. `user` is who signs in; `allow` whether they do; `revoked` refuses every refresh token."""

    def __init__(self, certificate: Certificate) -> None:
        self.web = WebServer(certificate)
        self.user = "ann"
        self.allow = True
        self.revoked = False
        self.device_waits = 1
        self.forms: list[dict[str, str]] = []
        self.requests: list[dict[str, str]] = []
        self.tokens: set[str] = set()
        self._codes: dict[str, dict[str, str]] = {}
        self._refresh: set[str] = set()
        self._introspection = ThreadingHTTPServer(("127.0.0.1", 0), self._introspector())
        self._introspection.daemon_threads = True
        base = f"localhost:{self.web.port}"
        self.sign_in = SignIn(
            "test", f"https://{base}/authorize", f"https://{base}/token", "mail", f"https://{base}/device"
        )
        self.web.pages = {
            "localhost/authorize": self._authorize, "localhost/token": self._token, "localhost/device": self._device
        }  # fmt: skip

    @property
    def introspection_url(self) -> str:
        return f"http://127.0.0.1:{self._introspection.server_address[1]}/introspect"

    def __enter__(self) -> AuthorizationServer:
        self.web.__enter__()
        threading.Thread(target=self._introspection.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.web.__exit__()
        self._introspection.shutdown()
        self._introspection.server_close()

    # --- what it serves ------------------------------------------------------------------------------------------

    def _authorize(self, visit: Visit) -> None:
        """The user decides at once."""
        query = dict(parse_qsl(urlsplit(visit.path).query))
        self.requests.append(query)
        answer = {"state": query["state"]}
        if self.allow:
            code = secrets.token_urlsafe(8)
            self._codes[code] = query
            answer["code"] = code
        else:
            answer |= {"error": "access_denied", "error_description": "Ann said no"}
        visit.send_response(302)
        visit.send_header("Location", f"{query['redirect_uri']}?{urlencode(answer)}")
        visit.send_header("Content-Length", "0")
        visit.end_headers()

    def _token(self, visit: Visit) -> None:
        form = self._form(visit)
        kind = form.get("grant_type", "")
        if kind == "authorization_code":
            good = self._good_code(form)
        elif kind == "refresh_token":
            good = not self.revoked and form.get("refresh_token") in self._refresh
            self._refresh.discard(form.get("refresh_token", ""))
        else:
            self._poll(visit)
            return
        self._reply(visit, 200 if good else 400, self._fresh() if good else {"error": "invalid_grant"})

    def _good_code(self, form: dict[str, str]) -> bool:
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return False
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]

    def _poll(self, visit: Visit) -> None:
        if self.device_waits > 0:
            self.device_waits -= 1
            self._reply(visit, 400, {"error": "slow_down" if self.device_waits == 0 else "authorization_pending"})
        else:
            self._reply(visit, *((200, self._fresh()) if self.allow else (400, {"error": "access_denied"})))

    def _device(self, visit: Visit) -> None:
        self._form(visit)
        self._reply(visit, 200, {"device_code": "dev", "user_code": "WDJB-MJHT", "interval": 1, "expires_in": 60,
                                 "verification_uri": "https://login.example/device"})  # fmt: skip

    def _fresh(self) -> dict[str, Any]:
        access, refresh = "access-" + secrets.token_urlsafe(8), "refresh-" + secrets.token_urlsafe(8)
        self.tokens.add(access)
        self._refresh.add(refresh)
        return {"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": 3600,
                "scope": "mail and more"}  # fmt: skip

    def _form(self, visit: Visit) -> dict[str, str]:
        form = dict(parse_qsl(visit.rfile.read(int(visit.headers["Content-Length"])).decode()))
        self.forms.append(form)
        return form

    def _reply(self, visit: BaseHTTPRequestHandler, status: int, facts: dict[str, Any]) -> None:
        body = json.dumps(facts).encode()
        visit.send_response(status)
        visit.send_header("Content-Type", "application/json")
        visit.send_header("Content-Length", str(len(body)))
        visit.end_headers()
        visit.wfile.write(body)

    def _introspector(self) -> type[BaseHTTPRequestHandler]:
        """Where Dovecot asks whose a token is."""
        outer = self

        class Introspector(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                known = token in outer.tokens
                facts = {"active": True, "username": outer.user} if known else {"active": False}
                outer._reply(self, 200, facts)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Introspector

    # --- around it -----------------------------------------------------------------------------------------------

    def dovecot(self, folder: Path) -> str:
        """What Dovecot's settings need to take these tokens; writes its own file to `folder`."""
        settings = folder / "oauth2.conf.ext"
        settings.write_text(
            f"introspection_url = {self.introspection_url}\nintrospection_mode = auth\n"
            "force_introspection = yes\nusername_attribute = username\n"
            "active_attribute = active\nactive_value = true\n"
        )
        return f"passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {settings}\n}}\n"


def browse(url: str, certificate: Certificate) -> str:
    """What a web browser would do: follows redirections, back to this computer too; the last page's text."""
    import ssl

    context = ssl.create_default_context(cafile=str(certificate.ca))
    with urllib.request.urlopen(url, context=context, timeout=10) as page:
        return str(page.read().decode())
