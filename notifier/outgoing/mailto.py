"""`mailto:` links (RFC 6068): a stranger's words on a web page become the first lines of a draft, and nothing more."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from notifier.errors import NotifierError
from notifier.outgoing.draft import Draft
from notifier.untrusted import clean
from notifier.words import _

URL_LIMIT = 100_000  # characters; browsers cut links earlier
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]+@[\x21-\x3b\x3d\x3f-\x7e]+>")


class NotMailtoError(NotifierError):
    """The text is not a `mailto:` link."""


def parse(url: str) -> Draft:
    """The draft that a link asks for. Raises NotMailtoError for anything that is not a mailto link.

    Only the fields of RFC 6068 §4 that are safe to fill in are taken: to, cc, bcc, subject, body, in-reply-to. A link
    can never attach a file, name a sender or add a header. `+` is a plus, as the RFC has it, not a space.
    """
    scheme, colon, rest = url.strip()[:URL_LIMIT].partition(":")
    if not colon or scheme.lower() != "mailto":
        raise NotMailtoError(_("“{url}” is no mailto: link.").format(url=clean(url, 100)))
    rest = rest.partition("#")[0]  # a fragment means nothing here (§2)
    addresses, _mark, query = rest.partition("?")
    fields: dict[str, list[str]] = {"to": _addresses(addresses)}
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        name = _line(name).lower().removeprefix("amp;")  # a link copied out of HTML source
        if equals:
            fields.setdefault(name, []).extend(_addresses(value) if name in {"to", "cc", "bcc"} else [value])
    reply = _MESSAGE_ID.fullmatch(_line(_first(fields, "in-reply-to")))
    return Draft(
        to=", ".join(fields["to"]),
        cc=", ".join(fields.get("cc", ())),
        bcc=", ".join(fields.get("bcc", ())),
        subject=_line(_first(fields, "subject")),
        text="\n".join(_text(value) for value in fields.get("body", ())),
        in_reply_to=reply.group() if reply else "",
    )


def _first(fields: dict[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0]


def _addresses(value: str) -> list[str]:
    """Cut at the commas of the link before decoding: an encoded comma belongs to an address (§2)."""
    return [address for part in value.split(",") if (address := _line(part).strip(" ,;"))]


def _line(value: str) -> str:
    """Decoded, on one line: a line break in a header field would begin another one."""
    decoded = _decoded(value)
    return " ".join("".join(" " if _control(c) else c for c in decoded).split())


def _text(value: str) -> str:
    """Decoded, line ends as `\\n` (a link has CRLF, or whatever its author's tool left), other controls left out."""
    decoded = _decoded(value).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in decoded if c in "\n\t" or not _control(c))


def _decoded(value: str) -> str:
    return unquote(value, encoding="utf-8", errors="replace").encode("utf-8", "replace").decode("utf-8")


def _control(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Zl", "Zp"}
