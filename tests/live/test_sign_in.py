"""Signing in by OAuth2 against an authorization server of our own, up to mail counted by Dovecot with the token."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from notifier import pop3
from notifier.config import Account, General, Server
from notifier.errors import Reason, Trouble
from notifier.setup import grants, signing_in
from notifier.setup.grants import Client, Grant, NoClientError
from notifier.setup.https import Ending, Way
from notifier.setup.offers import SignIn
from notifier.setup.signing_in import DeviceCode, in_browser, with_code
from notifier.system import passwords
from tests.live import certificates
from tests.live.authorization_server import AuthorizationServer, browse
from tests.live.certificates import Certificate
from tests.live.dovecot import Dovecot
from tests.live.test_keyring import Desk, desk

__all__ = ["desk"]
pytestmark = pytest.mark.live
CLIENT = Client("our-client")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificates.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(certificate: Certificate) -> Iterator[AuthorizationServer]:
    with AuthorizationServer(certificate) as server:
        yield server


@pytest.fixture
def way(certificate: Certificate) -> Way:
    return Way(str(certificate.ca))


class Browser:
    """Opens what it is shown in a thread, as a browser does."""

    def __init__(self, certificate: Certificate) -> None:
        self._certificate = certificate
        self.page = ""
        self.url = ""

    def __call__(self, url: str) -> None:
        self.url = url
        threading.Thread(target=self._open, daemon=True).start()

    def _open(self) -> None:
        try:
            self.page = browse(self.url, self._certificate)
        except urllib.error.HTTPError as error:
            self.page = str(error.code)


def test_a_sign_in_in_the_browser_gives_tokens(server: AuthorizationServer, certificate: Certificate, way: Way) -> None:
    browser = Browser(certificate)
    token = in_browser(server.sign_in, CLIENT, "ann@example.org", show=browser, way=way)
    assert token.access.reveal() in server.tokens
    assert token.grant.refresh_token.startswith("refresh-")
    assert 3000 < token.good_for < 3600
    asked = server.requests[0]
    assert asked["code_challenge_method"] == "S256"
    assert asked["login_hint"] == "ann@example.org"
    assert asked["redirect_uri"].startswith("http://127.0.0.1:")
    assert "client_secret" not in server.forms[0]
    assert "refresh-" not in repr(token)
    assert "access-" not in repr(token)


def test_the_way_back_takes_nobody_elses_answer(
    server: AuthorizationServer, certificate: Certificate, way: Way
) -> None:
    answers: list[int] = []

    def show(url: str) -> None:
        back = dict(parse_qsl(urlsplit(url).query))["redirect_uri"]
        for forged in ("?code=evil", "?code=evil&state=guessed", "favicon.ico", ""):
            try:
                urllib.request.urlopen(back + forged, timeout=5)
            except urllib.error.HTTPError as error:
                answers.append(error.code)
        threading.Thread(target=browse, args=(url, certificate), daemon=True).start()

    token = in_browser(server.sign_in, CLIENT, "ann", show=show, way=way)
    assert answers == [404] * 4
    assert token.access.reveal() in server.tokens


def test_a_refused_sign_in_says_why(server: AuthorizationServer, certificate: Certificate, way: Way) -> None:
    server.allow = False
    with pytest.raises(Trouble) as caught:
        in_browser(server.sign_in, CLIENT, "ann", show=Browser(certificate), way=way)
    assert (caught.value.reason, caught.value.said) == (Reason.SIGN_IN_NEEDED, "Ann said no")


def test_a_sign_in_that_is_given_up_ends(server: AuthorizationServer, way: Way) -> None:
    ending = Ending()
    with pytest.raises(Trouble) as caught:
        in_browser(server.sign_in, CLIENT, "ann", show=lambda _url: ending.now(), way=way, ending=ending)
    assert caught.value.reason is Reason.TIMED_OUT


def test_a_code_on_another_device_gives_tokens(server: AuthorizationServer, way: Way) -> None:
    server.device_waits = 2
    shown: list[DeviceCode] = []
    slept: list[float] = []
    token = with_code(server.sign_in, CLIENT, show=shown.append, way=way, sleep=slept.append)
    assert shown == [DeviceCode("https://login.example/device", "WDJB-MJHT")]
    assert slept == [1, 1, 6], "slow_down adds five seconds (RFC 8628 §3.5)"
    assert token.access.reveal() in server.tokens


def test_a_code_that_is_refused_ends(server: AuthorizationServer, way: Way) -> None:
    server.allow = False
    with pytest.raises(Trouble) as caught:
        with_code(server.sign_in, CLIENT, show=lambda _code: None, way=way, sleep=lambda _seconds: None)
    assert caught.value.reason is Reason.SIGN_IN_NEEDED


def test_a_token_server_that_cannot_prove_itself_gets_nothing(server: AuthorizationServer) -> None:
    with pytest.raises(Trouble) as caught:
        grants.renew(Grant(server.sign_in, CLIENT, "refresh-x"))
    assert caught.value.reason is Reason.CERTIFICATE_UNTRUSTED
    assert server.forms == []


@pytest.mark.parametrize("url", ["http://localhost/token", "ftp://x/y", "https://user@localhost/t"])
def test_a_token_travels_over_https_only(url: str, way: Way) -> None:
    with pytest.raises(Trouble) as caught:
        grants.renew(Grant(SignIn("test", "https://a", url, "mail"), CLIENT, "refresh-x"), way=way)
    assert caught.value.reason is Reason.GARBAGE


# --- kept, renewed, used -----------------------------------------------------------------------------------------


def account_at(server: Server) -> Account:
    return Account("Work", "ann@example.org", replace(server, auth="xoauth2"))


def signed_in(server: AuthorizationServer, certificate: Certificate, way: Way) -> Grant:
    return in_browser(server.sign_in, CLIENT, "ann", show=Browser(certificate), way=way).grant


@pytest.mark.parametrize("auth", ["xoauth2", "oauthbearer"])
def test_mail_is_counted_with_a_token_that_a_child_renewed(
    desk: Desk, server: AuthorizationServer, certificate: Certificate, way: Way, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, auth: str,
) -> None:  # fmt: skip
    desk.start_store("open sesame")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.ca))
    folder = tmp_path / "oauth"
    folder.mkdir()
    extra = server.dovecot(folder)
    with Dovecot(tmp_path / "d", mechanisms="xoauth2 oauthbearer", certificate=certificate, extra=extra) as dovecot:
        dovecot.deliver(3)
        account = account_at(dovecot.server())
        account = replace(account, pop3=replace(account.pop3, auth=auth))
        passwords.keep(account, account.pop3, signed_in(server, certificate, way).to_secret())

        first = passwords.secret_for(account, account.pop3)
        assert pop3.look(account.pop3, first).snapshot.count == 3
        assert first.good_until is not None
        second = passwords.secret_for(account, account.pop3)
        assert second.reveal() != first.reveal(), "the refresh token that came back was kept and used"
        assert pop3.look(account.pop3, second).snapshot.count == 3

        server.tokens.clear()
        with pytest.raises(Trouble) as caught:
            pop3.look(account.pop3, second)
        assert caught.value.reason is Reason.SIGN_IN_NEEDED, "the server does not take the token any more"

        server.revoked = True
        with pytest.raises(Trouble) as caught:
            passwords.secret_for(account, account.pop3)
        assert (caught.value.reason, caught.value.host) == (Reason.SIGN_IN_NEEDED, "localhost")


def test_a_password_from_before_asks_for_a_sign_in(desk: Desk) -> None:
    desk.start_store("open sesame")
    account = account_at(Server("localhost", 995))
    passwords.keep(account, account.pop3, passwords.Secret("an old password"))
    with pytest.raises(Trouble) as caught:
        passwords.secret_for(account, account.pop3)
    assert caught.value.reason is Reason.SIGN_IN_NEEDED


def test_a_kept_sign_in_is_never_sent_as_a_password(desk: Desk, server: AuthorizationServer) -> None:
    desk.start_store("open sesame")
    account = account_at(Server("localhost", 995))
    passwords.keep(account, account.pop3, Grant(server.sign_in, CLIENT, "refresh-x").to_secret())
    back = replace(account, pop3=replace(account.pop3, auth="auto"))
    with pytest.raises(Trouble) as caught:
        passwords.secret_for(back, back.pop3)
    assert caught.value.reason is Reason.PASSWORD_MISSING


def test_the_client_comes_from_the_settings() -> None:
    sign_in = signing_in.sign_in_of(Account("a", "a@b.c", Server("outlook.office365.com", 995)))
    assert sign_in is not None
    general = General(oauth_clients=(("microsoft", "id"), ("microsoft_secret", "not so secret")))
    assert grants.client_of(general, sign_in) == Client("id", "not so secret")
    with pytest.raises(NoClientError, match="microsoft"):
        grants.client_of(General(), sign_in)


def test_a_grant_survives_the_store() -> None:
    sign_in = SignIn("k", "https://a", "https://t", "s", "https://d", "localhost", (("access_type", "offline"),))
    grant = Grant(sign_in, Client("i", "s"), "r")
    assert Grant.from_secret(grant.to_secret()) == grant
    for text in ("", "password", '{"oauth2":', '{"oauth2":{}}', '{"oauth2":[]}'):
        assert Grant.from_secret(passwords.Secret(text)) is None
