"""The mail as it travels: RFC 5322 and MIME, written to a file with attachments streamed through, seven bits wide.

Everything but addresses is encoded into ASCII, so that any server takes it as it is; only a non-ASCII local part of an
address makes a mail need SMTPUTF8 (RFC 6531). Bcc stands in the envelope and nowhere else.
"""

from __future__ import annotations

import base64
import mimetypes
import os
import secrets
import stat
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import getaddresses
from pathlib import Path
from typing import BinaryIO

from notifier.errors import NotifierError
from notifier.outgoing.addresses import Mailbox, explain, parse_list
from notifier.outgoing.draft import Draft
from notifier.words import _

_CHUNK = 57 * 1024  # octets read at a time; 57 make one line of base64 (RFC 2045 §6.8)
_HEADER_LINE = 998  # octets, RFC 5322 §2.1.1


class UnfitError(NotifierError):
    """The draft cannot become a mail. `problems` are sentences for its writer, all of them at once."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What SMTP needs to know beside the mail itself. `octets` as they travel, without the doubled dots."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    octets: int
    needs_utf8: bool


def problems_of(draft: Draft) -> list[str]:
    """Everything that stops this draft, as sentences; files are looked at, not read."""
    found = [explain(mailbox) for mailbox in draft.mailboxes() if mailbox.problem]
    if not draft.mailboxes():
        found.append(_("Who is it for? Nobody is named in To, Cc or Bcc."))
    for path in draft.attachments:
        try:
            status = Path(path).stat()
        except OSError as error:
            found.append(_("The file “{name}” cannot be attached: {why}").format(name=path, why=error.strerror))
            continue
        if not stat.S_ISREG(status.st_mode):
            found.append(_("“{name}” is not a file, so it cannot be attached.").format(name=path))
    return found


def new_message_id(sender: str) -> str:
    """Unique, and tells nothing of this computer: chance, and the domain that is in the sender's address anyway."""
    return f"<{secrets.token_hex(16)}@{sender.rpartition('@')[2] or 'localhost'}>"


def write(draft: Draft, sender: Mailbox, out: BinaryIO, *, message_id: str, date: datetime) -> Envelope:
    """Writes the mail to `out` and returns its envelope. `date` carries its time zone.

    Holds no more than the text and one chunk of one attachment in memory. Raises UnfitError with every problem, OSError
    when an attachment cannot be read.
    """
    if problems := problems_of(draft):
        raise UnfitError(problems)
    everybody = draft.mailboxes()
    needs_utf8 = sender.needs_utf8 or any(m.needs_utf8 for m in everybody)
    policy = SMTP.clone(cte_type="7bit", utf8=needs_utf8)
    message = _headers(draft, sender, policy, message_id, date)
    message.set_content(plain(draft.text), charset="utf-8" if not draft.text.isascii() else "us-ascii")
    places = [_attach(message, path) for path in draft.attachments]
    octets = _stream(message.as_bytes(policy=policy), places, draft.attachments, out)
    return Envelope(message_id, sender.address, tuple(m.address for m in everybody), octets, needs_utf8)


def _headers(
    draft: Draft, sender: Mailbox, policy: EmailPolicy[EmailMessage], message_id: str, date: datetime
) -> EmailMessage:
    message = EmailMessage(policy)
    message["From"] = _field([sender], policy)
    to, cc = parse_list(draft.to), parse_list(draft.cc)
    if to:
        message["To"] = _field(to, policy)
    elif not cc:
        message["To"] = "undisclosed-recipients:;"  # RFC 5322 §3.6.3 wants one destination field at least
    if cc:
        message["Cc"] = _field(cc, policy)
    message["Subject"] = one_line(draft.subject)
    message["Date"] = date
    message["Message-ID"] = message_id
    if draft.in_reply_to and draft.in_reply_to.isascii():
        message["In-Reply-To"] = one_line(draft.in_reply_to)
        message["References"] = one_line(draft.in_reply_to)
    return message


def _field(mailboxes: Iterable[Mailbox], policy: EmailPolicy[EmailMessage]) -> list[Address]:
    """The addresses for one header field; a name that would not come back as written is left out.

    Some Python versions fold a quoted name with a comma in it into two addresses. A name is worth less than that.
    """
    made = []
    for mailbox in mailboxes:
        address = _address(mailbox, one_line(mailbox.name))
        alone = EmailMessage(policy)
        alone["To"] = [address]
        text = alone.as_bytes().decode("utf-8").partition(":")[2].strip()
        read = [found for _name, found in getaddresses([text.replace("\r\n", "")])]
        made.append(address if read == [mailbox.address] else _address(mailbox, ""))
    return made


def _address(mailbox: Mailbox, name: str) -> Address:
    local, _at, domain = mailbox.address.rpartition("@")
    if local.startswith('"'):
        local = local[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return Address(display_name=name, username=local, domain=domain)


def _attach(message: EmailMessage, path: str) -> bytes:
    """Adds an empty part for the file; returns the mark that stands where its octets will go."""
    if not message.is_multipart():
        message.make_mixed()
    name = one_line(Path(path).name) or "file"
    kind, encoding = mimetypes.guess_type(name)
    if kind is None or encoding or kind.startswith(("message/", "multipart/")):
        kind = "application/octet-stream"  # base64 is not allowed for messages (RFC 2046 §5.2.1)
    mark = f"octets-of-{secrets.token_hex(16)}"
    part = EmailMessage(message.policy)
    part["Content-Type"] = kind
    part["Content-Transfer-Encoding"] = "base64"
    part.add_header("Content-Disposition", "attachment", filename=name)
    part.set_payload(mark)
    del part["MIME-Version"]
    message.attach(part)
    return mark.encode()


def _stream(skeleton: bytes, marks: Sequence[bytes], paths: Sequence[str], out: BinaryIO) -> int:
    octets, rest = 0, skeleton
    for mark, path in zip(marks, paths, strict=True):
        before, _mark, rest = rest.partition(mark)
        octets += out.write(before)
        with Path(path).open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnfitError([_("“{name}” is not a file, so it cannot be attached.").format(name=path)])
            while chunk := file.read(_CHUNK):
                octets += out.write(base64.encodebytes(chunk).replace(b"\n", b"\r\n"))
    return octets + out.write(rest)


def one_line(text: str) -> str:
    """`text` for a header field: no line break, no control, no half character; the length is the writer's own."""
    line = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text)
    return " ".join(line.encode("utf-8", "replace").decode().split())


def plain(text: str) -> str:
    """`text` with line ends as `\\n`, ending in one, without NUL and other controls that terminals act upon."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    text = "".join(c for c in text if c in "\n\t\f" or unicodedata.category(c) != "Cc")
    return text if text.endswith("\n") else text + "\n"
