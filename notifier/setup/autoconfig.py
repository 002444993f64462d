"""Reads what providers publish for mail programs (`config-v1.1.xml`): bytes in, an offer out. Pure, and trusts nothing.

The format is Mozilla's: https://www.bucksch.org/1/projects/thunderbird/autoconfiguration/config-file-format.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from notifier.config import Server
from notifier.errors import NotifierError
from notifier.setting_values import parse_host, parse_port, parse_user
from notifier.setup.offers import Offer, SignIn, Source
from notifier.untrusted import clean

LONGEST = 256 * 1024  # octets; the longest real one met has 12 kB
MOST_ELEMENTS = 2000
DEEPEST = 30
MOST_SERVERS = 10
_PLACEHOLDER = re.compile("%[A-Z]+%")
_SECURITY = {"SSL": "tls", "STARTTLS": "starttls"}
_PASSWORDS = {"password-cleartext", "password-encrypted", "plain", "secure"}
# Fed in so small pieces that a document type is refused before the first entity in it could be used.
_PIECE = 64


class AutoconfigError(NotifierError):
    """The answer is not what it should be."""


def read(xml: bytes, address: str, source: Source) -> Offer:
    """The servers that `xml` names for `address`. Raises AutoconfigError.

    Servers without encryption, with another kind of login than we have, or with nonsense in a field are left out.
    """
    root = _parsed(xml)
    provider = root.find("emailProvider")
    if root.tag != "clientConfig" or provider is None:
        raise AutoconfigError("this is no mail configuration")
    sign_in = _sign_in(root.find("oAuth2"))
    pop3 = list(_servers(provider, "incomingServer", "pop3", address))
    smtp = list(_servers(provider, "outgoingServer", "smtp", address))
    return Offer(
        source,
        clean(provider.findtext("displayName") or provider.findtext("displayShortName") or "", 60),
        tuple(sorted(pop3, key=_preference)[:MOST_SERVERS]),
        tuple(sorted(smtp, key=_preference)[:MOST_SERVERS]),
        # A list of other protocols without POP3 is a statement; an empty one is not.
        no_pop3=not pop3 and provider.find("incomingServer") is not None,
        passwords=all(s.auth == "auto" for s in pop3[:1]),
        sign_in=sign_in,
    )


def _preference(server: Server) -> int:
    """TLS from the start before STARTTLS; otherwise as the provider sorted them."""
    return 0 if server.security == "tls" else 1


# --- the document ------------------------------------------------------------------------------------------------


class _Builder(TreeBuilder):
    """Builds the tree, refusing what only an attack needs: document types (and so entities), depth and number."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._count += 1
        self._depth += 1
        if self._count > MOST_ELEMENTS or self._depth > DEEPEST:
            raise AutoconfigError("this is too long or too deep")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)

    def doctype(self, *_declared: object) -> None:
        raise AutoconfigError("a document type is not allowed")


def _parsed(xml: bytes) -> Element:
    if len(xml) > LONGEST:
        raise AutoconfigError("this is too long")
    parser = XMLParser(target=_Builder())  # noqa: S314 - what makes XML dangerous needs a document type, which is refused
    try:
        for start in range(0, len(xml), _PIECE):
            parser.feed(xml[start : start + _PIECE])
        root = parser.close()
    except (ParseError, ValueError, LookupError) as error:  # LookupError: an encoding that does not exist
        raise AutoconfigError(f"this is not XML: {error}") from None
    if not isinstance(root, Element):
        raise AutoconfigError("this is empty")
    return root


# --- servers -----------------------------------------------------------------------------------------------------


def _servers(provider: Element, tag: str, kind: str, address: str) -> Iterator[Server]:
    for element in provider.findall(tag):
        if element.get("type") != kind:
            continue
        try:
            yield _server(element, address)
        except ValueError:
            continue


def _server(element: Element, address: str) -> Server:
    """Raises ValueError for a server that is of no use to us."""
    user = _filled(_text(element, "username"), address)
    return Server(
        host=_host(_filled(_text(element, "hostname"), address)),
        port=parse_port(int(_text(element, "port"))),
        security=_security(_text(element, "socketType")),
        user=parse_user(user) or address,
        auth=_auth([(e.text or "").strip() for e in element.findall("authentication")]),
    )


def _text(element: Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()


def _security(socket_type: str) -> str:
    if socket_type not in _SECURITY:
        raise ValueError(socket_type)
    return _SECURITY[socket_type]


def _auth(logins: list[str]) -> str:
    if not logins or _PASSWORDS.intersection(logins):
        return "auto"
    if "OAuth2" in logins:
        return "xoauth2"
    raise ValueError(logins)


def _host(text: str) -> str:
    host = parse_host(text).lower()
    if not host.isascii() or len(host) > 253 or ":" in host:
        raise ValueError(host)
    return host


def _filled(text: str, address: str) -> str:
    """`text` with the format's placeholders filled in. Raises ValueError for one that is not known."""
    local, _at, domain = address.rpartition("@")
    values = {"%EMAILADDRESS%": address, "%EMAILLOCALPART%": local, "%EMAILDOMAIN%": domain}

    def value(found: re.Match[str]) -> str:
        if found[0] not in values:
            raise ValueError(found[0])
        return values[found[0]]

    return _PLACEHOLDER.sub(value, text)


def _sign_in(element: Element | None) -> SignIn | None:
    """OAuth2's addresses, where given: HTTPS or nothing."""
    if element is None:
        return None
    issuer, scope, authorize, token = (_text(element, tag) for tag in ("issuer", "scope", "authURL", "tokenURL"))
    urls_are_fine = all(u.startswith("https://") and len(u) < 500 and u.isprintable() for u in (authorize, token))
    if not (issuer and urls_are_fine and len(scope) < 2000 and scope.isprintable()):
        return None
    return SignIn(clean(issuer, 100).lower(), authorize, token, scope)
