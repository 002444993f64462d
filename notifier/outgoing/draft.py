"""A mail as its writer sees it: the fields as typed, nothing checked away, so that nothing typed is ever lost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from notifier.outgoing.addresses import Mailbox, parse_list


@dataclass(frozen=True, slots=True)
class Draft:
    """`account` is an account's name; `to`, `cc`, `bcc` are lists as typed; `attachments` are paths of files."""

    account: str = ""
    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    text: str = ""
    attachments: tuple[str, ...] = field(default=())
    in_reply_to: str = ""  # a Message-ID with its angle brackets, from a mailto link

    @property
    def empty(self) -> bool:
        """Whether there is nothing that its writer could miss; the account alone is not writing."""
        return not (self.attachments or any((self.to, self.cc, self.bcc, self.subject, self.text)))

    def mailboxes(self) -> list[Mailbox]:
        """Everybody it goes to, To before Cc before Bcc, nobody twice."""
        found: dict[str, Mailbox] = {}
        for typed in (self.to, self.cc, self.bcc):
            for mailbox in parse_list(typed):
                found.setdefault(mailbox.address.casefold() or mailbox.typed, mailbox)
        return list(found.values())

    def to_json(self) -> str:
        return json.dumps(asdict(self))  # ASCII: a file's name may hold octets that are no character at all


def from_json(text: str) -> Draft:
    """The draft that `to_json` wrote; fields it does not know (a newer program's) are left out."""
    return from_mapping(json.loads(text))


def from_mapping(values: Mapping[str, Any]) -> Draft:
    """A draft from loose values, e.g. a window's request. Raises TypeError for a value of another kind."""
    known: dict[str, Any] = {}
    for name in (f.name for f in fields(Draft)):
        if name not in values:
            continue
        value = values[name]
        if name == "attachments":
            value = _paths(value)
        elif not isinstance(value, str):
            raise TypeError(f"{name} is not text")
        known[name] = value
    return Draft(**known)


def _paths(value: Iterable[Any]) -> tuple[str, ...]:
    paths = tuple(value)
    if isinstance(value, str) or not all(isinstance(path, str) for path in paths):
        raise TypeError("attachments are a list of paths")
    return paths
