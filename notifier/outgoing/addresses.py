"""Addresses as people type and paste them: lists in any usual form, checked with a reason, made ready for the wire.

Words of this room: an *address* is `local@domain` (RFC 5321 §4.1.2); a *mailbox* is an address with an optional name
(RFC 5322 §3.4); a *doubt* is worth a look but stops nothing, a *problem* stops the mail.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from notifier.words import _

LOCAL_LIMIT = 64  # octets, RFC 5321 §4.5.3.1.1
DOMAIN_LIMIT = 255  # octets, RFC 5321 §4.5.3.1.2
LABEL_LIMIT = 63  # octets, RFC 1035 §2.3.4
LIST_LIMIT = 100_000  # characters of pasted text looked at


class Problem(StrEnum):
    NO_AT = "no-at"
    NO_LOCAL = "no-local"
    NO_DOMAIN = "no-domain"
    BAD_LOCAL = "bad-local"
    BAD_DOMAIN = "bad-domain"
    TOO_LONG = "too-long"
    OPEN_ENDED = "open-ended"
    ONE_LABEL = "one-label"  # the only doubt: a domain without a dot exists on a few inner networks


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One entry of a list. `address` has its domain in ASCII and is usable when `problem` is None."""

    name: str
    address: str
    typed: str
    problem: Problem | None = None
    doubt: Problem | None = None

    @property
    def needs_utf8(self) -> bool:
        """Whether the part before the @ needs SMTPUTF8 (RFC 6531); a domain never does."""
        return not self.address.isascii()

    @property
    def shown(self) -> str:
        """As a person reads and types it, the domain in its own letters."""
        return f"{_quoted(self.name)} <{readable(self.address)}>" if self.name else readable(self.address)


def explain(mailbox: Mailbox) -> str:
    """A sentence on what is wrong with an entry; empty if nothing is."""
    found = mailbox.problem or mailbox.doubt
    return _(_SENTENCES[found]).format(typed=mailbox.typed[:60]) if found else ""


_SENTENCES = {
    Problem.NO_AT: "“{typed}” is not an address: there is no @ in it.",
    Problem.NO_LOCAL: "“{typed}” has nothing before the @.",
    Problem.NO_DOMAIN: "“{typed}” has nothing after the @.",
    Problem.BAD_LOCAL: "“{typed}”: the part before the @ has a character or a dot where none may be.",
    Problem.BAD_DOMAIN: "“{typed}”: the part after the @ is not a name that a server can have.",
    Problem.TOO_LONG: "“{typed}” is longer than an address can be.",
    Problem.OPEN_ENDED: "“{typed}”: a quote or an angle bracket is not closed.",
    Problem.ONE_LABEL: "“{typed}”: is the part after the @ complete?",
}


# --- lists -------------------------------------------------------------------------------------------------------


def parse_list(text: str) -> list[Mailbox]:
    """Every entry of a typed or pasted list, in order, without repeats; entries that are no address carry a problem.

    Commas, semicolons and line ends separate; so do spaces between bare addresses. Understood are `a@x`, `<a@x>`,
    `Name <a@x>`, `"Last, First" <a@x>`, `Last, First <a@x>` as some programs copy it, `a@x (Name)` and `mailto:a@x`.
    """
    found: dict[str, Mailbox] = {}
    for piece in _rejoin(list(_split(text[:LIST_LIMIT]))):
        for mailbox in _mailboxes(piece):
            key = mailbox.address.casefold() if not mailbox.problem else mailbox.typed
            if key not in found or (mailbox.name and not found[key].name):
                found[key] = mailbox
    return list(found.values())


def _split(text: str) -> Iterator[str]:
    """Cuts at line ends, and at separators that stand outside of quotes, angle brackets and comments.

    A line end cuts always: one stray quote must not swallow the rest of a pasted list.
    """
    piece, closer, escaped = "", "", False
    for char in text:
        if char in "\n\r" or (not closer and char in ",;"):
            if piece.strip():
                yield piece.strip()
            piece, closer, escaped = "", "", False
            continue
        piece += char
        if escaped:
            escaped = False
        elif char == "\\" and closer == '"':
            escaped = True
        elif closer:
            closer = "" if char == closer else closer
        elif char in _CLOSERS and (char != '"' or not piece[:-1].strip() or piece[-2:-1] in " \t"):
            closer = _CLOSERS[char]
    if piece.strip():
        yield piece.strip()


_CLOSERS = {'"': '"', "<": ">", "(": ")"}


def _rejoin(pieces: list[str]) -> Iterator[str]:
    """Puts `Last` and `First <a@x>` together again: a name that was cut at its unquoted comma."""
    held = ""
    for piece in pieces:
        joined = f"{held}, {piece}" if held else piece
        if held and not ("<" in piece and "@" in piece and not piece.startswith("<")):
            yield held
            joined = piece
        held = ""
        if "@" in joined or "<" in joined or '"' in joined:
            yield joined
        else:
            held = joined
    if held:
        yield held


_BRACKETED = re.compile(r"(?P<name>.*?)<\s*(?P<address>[^<>]*)\s*>\s*", re.DOTALL)
_COMMENTED = re.compile(r"(?P<address>\S+@\S+)\s*\((?P<name>[^()]*)\)\s*")


def _mailboxes(piece: str) -> Iterator[Mailbox]:
    if (match := _BRACKETED.fullmatch(piece)) or (match := _COMMENTED.fullmatch(piece)):
        yield check(match["address"], name=_unquoted(match["name"]), typed=piece)
    elif "<" in piece or ">" in piece or piece.count('"') % 2:
        yield Mailbox("", "", piece, Problem.OPEN_ENDED)
    elif '"' not in piece and len(words := piece.split()) > 1 and all("@" in word for word in words):
        for word in words:
            yield check(word)
    else:
        yield check(piece)


def _unquoted(name: str) -> str:
    """A display name without its quotes and without what could break a header line."""
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    elif name.count('"') == 1:
        name = name.strip('"')
    name = "".join(" " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in name)
    return " ".join(name.split())


def _quoted(name: str) -> str:
    if re.search(r'[,;<>@"\\()\[\]:.]', name):
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return name


# --- one address -------------------------------------------------------------------------------------------------

# RFC 5322 atext, and any letter beyond ASCII (RFC 6532 §3.2).
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_LOCAL = re.compile(rf'{_ATOM}(\.{_ATOM})*|"([^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])+"')
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_LITERAL = re.compile(r"\[(\d{1,3}(\.\d{1,3}){3}|IPv6:[0-9A-Fa-f:.]+)\]")


def check(bare: str, *, name: str = "", typed: str = "") -> Mailbox:
    """One bare address, checked; `typed` is the whole entry it came from. Never raises."""
    entry = typed or bare.strip()
    bare = bare.strip().removeprefix("mailto:").strip()
    local, at, domain = bare.rpartition("@")
    problem: Problem | None = None
    if not at:
        problem = Problem.NO_AT
    elif not local or not domain:
        problem = Problem.NO_DOMAIN if local else Problem.NO_LOCAL
    if problem:
        return Mailbox(name, "", entry, problem)
    local = unicodedata.normalize("NFC", local)
    if not _LOCAL.fullmatch(local) or _hidden(local):
        return Mailbox(name, "", entry, Problem.BAD_LOCAL)
    wire = ascii_domain(domain)
    if wire is None:
        return Mailbox(name, "", entry, Problem.BAD_DOMAIN)
    if len(local.encode()) > LOCAL_LIMIT or len(wire) > DOMAIN_LIMIT:
        return Mailbox(name, "", entry, Problem.TOO_LONG)
    doubt = Problem.ONE_LABEL if "." not in wire and wire != "localhost" and wire[0] != "[" else None
    return Mailbox(name, f"{local}@{wire}", entry, None, doubt)


def _hidden(text: str) -> bool:
    """Whether there is a character that nobody can see, or half of one: such an address is a trick or an accident."""
    return any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"} for c in text if c != " ")


def ascii_domain(domain: str) -> str | None:
    """A domain as DNS knows it (`müller.example` -> `xn--mller-kva.example`), or None if it cannot be one.

    Mapped as in IDNA 2003 (lower case, full-width dots and letters), except that ß, ς and the joiners stay what they
    are, as in IDNA 2008: they name other domains than ss and σ.
    """
    if _LITERAL.fullmatch(domain):
        return domain
    domain = re.sub("[\u3002\uff0e\uff61]", ".", domain).removesuffix(".")
    labels = []
    for label in domain.split("."):
        wire = _ascii_label(label)
        if wire is None or len(wire) > LABEL_LIMIT or not _LABEL.fullmatch(wire):
            return None
        labels.append(wire)
    return ".".join(labels)


def _ascii_label(label: str) -> str | None:
    if label.isascii():
        return label.lower()
    try:
        if any(c in "ßς\u200c\u200d" for c in label.lower()):
            kept = unicodedata.normalize("NFC", label.lower())
            hidden = _hidden(kept.replace("\u200c", "").replace("\u200d", ""))
            return None if hidden else "xn--" + kept.encode("punycode").decode("ascii")
        return label.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None


def readable(address: str) -> str:
    """The address with its domain in its own letters, where that gives back the same domain and nothing else."""
    local, _at, domain = address.rpartition("@")
    if "xn--" not in domain:
        return address
    labels = []
    for label in domain.split("."):
        shown = label
        if label.startswith("xn--"):
            try:
                shown = label[4:].encode("ascii").decode("punycode")
            except UnicodeError:
                return address
        labels.append(shown)
    decoded = ".".join(labels)
    return f"{local}@{decoded}" if ascii_domain(decoded) == domain and not _hidden(decoded) else address
