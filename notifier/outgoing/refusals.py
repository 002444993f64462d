"""What an SMTP server means when it refuses: its reply becomes a cause, and a cause becomes plain words. Pure.

A reply is a code (RFC 5321 §4.2), often an enhanced code (RFC 3463) and a sentence. The enhanced code is believed
first, then the sentence where servers are known to misuse codes, then the code with the phase it came in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from notifier import words
from notifier.errors import Reason, Trouble
from notifier.untrusted import clean
from notifier.words import Explanation, _


class Phase(StrEnum):
    """How far a conversation was when something happened."""

    CONNECT = "connect"
    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    BODY = "body"
    FINAL = "final"  # the final dot is on its way: from here on the mail may have been sent


class Cause(StrEnum):
    """Why a server refused. Troubles of the way to the server keep their `errors.Reason`."""

    RELAY = "relay"
    LOGIN_WANTED = "login-wanted"
    SENDER_REFUSED = "sender-refused"
    UNKNOWN = "unknown-recipient"
    NO_SUCH_DOMAIN = "no-such-domain"
    MAILBOX_FULL = "mailbox-full"
    MAILBOX_OFF = "mailbox-off"
    RECIPIENT_REFUSED = "recipient-refused"
    TOO_BIG = "too-big"
    LATER = "later"
    TOO_MANY = "too-many"
    SPAM = "spam"
    CONTENT = "content"
    NO_UTF8 = "no-utf8"
    SERVER_FULL = "server-full"
    BUSY = "busy"
    TEMPORARY = "temporary"
    REFUSED = "refused"
    GAVE_UP = "gave-up"
    LOST_AFTER = "lost-after"
    ACCOUNT_GONE = "account-gone"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal, or one trouble on the way. `said` are the server's own words, cleaned; `code` 0: it said nothing."""

    cause: Cause | Reason
    permanent: bool
    host: str = ""
    said: str = ""
    code: int = 0
    enhanced: str = ""

    @property
    def elsewhere(self) -> bool:
        """Whether another server of the account may be tried: only for relaying and reach, never for a password."""
        return self.cause == Cause.RELAY or self.cause in _REACH


_REACH = frozenset(
    {Reason.NAME_NOT_FOUND, Reason.CONNECTION_REFUSED, Reason.UNREACHABLE, Reason.TIMED_OUT, Reason.CLOSED}
)
# What only the user can change; everything else on the way to a server may pass by itself.
_FOR_THE_USER = frozenset(
    {
        Reason.WRONG_PASSWORD,
        Reason.PASSWORD_MISSING,
        Reason.STORE_MISSING,
        Reason.SIGN_IN_NEEDED,
        Reason.APP_PASSWORD_NEEDED,
        Reason.NO_COMMON_LOGIN,
        Reason.PLAINTEXT_REFUSED,
        Reason.BAD_SETTING,
    }
)


def for_the_user(refusal: Refusal) -> bool:
    """Whether trying again, here or elsewhere, would do harm before the user has changed something."""
    return refusal.cause in _FOR_THE_USER


def of_trouble(trouble: Trouble) -> Refusal:
    """The way to the server, its encryption or the login failed."""
    return Refusal(trouble.reason, trouble.reason in _FOR_THE_USER, trouble.host, trouble.said)


def read(phase: Phase, code: int, text: str, host: str = "") -> Refusal:
    """What the reply `code` `text` (4yz or 5yz) means when it comes in `phase`."""
    enhanced = match.group() if (match := re.match(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)", text)) else ""
    said = clean(text[len(enhanced) :])
    permanent = code >= 500
    cause = _relay(phase, code, said) or _by_words(phase, said) or _by_enhanced(phase, enhanced)
    if cause is None:
        cause = _by_code(phase, code)
    if not permanent and cause in {Cause.REFUSED, Cause.RECIPIENT_REFUSED, Cause.SENDER_REFUSED, Cause.CONTENT}:
        cause = Cause.TEMPORARY
    return Refusal(cause, permanent, host, said, code, enhanced)


# "Relay access denied" (Postfix), "relaying denied" (Sendmail), "relay not permitted" (Exim), "Unable to relay"
# (Exchange), "isn't in my list of allowed rcpthosts" (qmail), "We do not relay" and their kin.
_RELAY = re.compile(r"\brelay|rcpthosts|not (a )?local (domain|user|recipient)", re.IGNORECASE)


def _relay(phase: Phase, code: int, said: str) -> Cause | None:
    if phase in {Phase.SENDER, Phase.RECIPIENT} and (code == 551 or _RELAY.search(said)):
        return Cause.RELAY
    return None


_WORDS: tuple[tuple[re.Pattern[str], Cause, frozenset[Phase]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), cause, frozenset(phases))
    for pattern, cause, phases in (
        (r"gr[ea]y-?list", Cause.LATER, set(Phase)),
        (r"try again (later|in)|retry later", Cause.LATER, {Phase.RECIPIENT, Phase.BODY, Phase.FINAL}),
        (r"(auth(entication|orization)?|log ?in) (is )?required|must (be )?(authenticated|log ?in)|after pop",
         Cause.LOGIN_WANTED, {Phase.SENDER, Phase.RECIPIENT}),
        (r"not owned by|send as|sender (address )?(rejected|not allowed)|from address", Cause.SENDER_REFUSED,
         {Phase.SENDER, Phase.RECIPIENT, Phase.BODY, Phase.FINAL}),
        (r"over ?quota|mailbox (is )?full|quota exceeded|out of storage", Cause.MAILBOX_FULL,
         {Phase.RECIPIENT, Phase.FINAL}),
        (r"user unknown|unknown user|no such (user|recipient|mailbox|address)|does not exist|unknown recipient",
         Cause.UNKNOWN, {Phase.RECIPIENT}),
        (r"domain not found|host (or domain name )?not found|no such domain|unrouteable", Cause.NO_SUCH_DOMAIN,
         {Phase.RECIPIENT}),
        (r"too (many|much)|rate limit|limit exceeded|sending limit", Cause.TOO_MANY, set(Phase)),
        (r"\bspam|\bvirus|malware|blacklist|block ?list|reputation", Cause.SPAM, set(Phase)),
    )
)  # fmt: skip


def _by_words(phase: Phase, said: str) -> Cause | None:
    return next((cause for pattern, cause, phases in _WORDS if phase in phases and pattern.search(said)), None)


# RFC 3463 §3, and the registry's later additions (RFC 4954 §6, RFC 6531 §3.6). The first figure only says for how long.
_ENHANCED: dict[str, Cause] = {
    "1.0": Cause.RECIPIENT_REFUSED,
    "1.1": Cause.UNKNOWN,
    "1.2": Cause.NO_SUCH_DOMAIN,
    "1.3": Cause.RECIPIENT_REFUSED,
    "1.6": Cause.UNKNOWN,
    "1.7": Cause.SENDER_REFUSED,
    "1.8": Cause.SENDER_REFUSED,
    "1.10": Cause.NO_SUCH_DOMAIN,
    "2.1": Cause.MAILBOX_OFF,
    "2.2": Cause.MAILBOX_FULL,
    "2.3": Cause.TOO_BIG,
    "3.1": Cause.SERVER_FULL,
    "3.2": Cause.BUSY,
    "3.4": Cause.TOO_BIG,
    "4.4": Cause.NO_SUCH_DOMAIN,
    "4.5": Cause.BUSY,
    "5.3": Cause.TOO_MANY,
    "6.7": Cause.NO_UTF8,
    "7.0": Cause.REFUSED,
    "7.8": Cause.LOGIN_WANTED,
}


def _by_enhanced(phase: Phase, enhanced: str) -> Cause | None:
    detail = enhanced.partition(".")[2]
    if detail == "7.1":
        return _by_policy(phase)
    if detail == "7.0" and phase == Phase.SENDER:
        return Cause.LOGIN_WANTED  # "530 5.7.0 Authentication required", "Must issue a STARTTLS command first"
    cause = _ENHANCED.get(detail)
    return None if cause == Cause.REFUSED else cause


def _by_policy(phase: Phase) -> Cause:
    """`x.7.1` is "delivery not authorized" and says nothing more: who was looked at decides."""
    return {
        Phase.SENDER: Cause.SENDER_REFUSED,
        Phase.RECIPIENT: Cause.RECIPIENT_REFUSED,
        Phase.BODY: Cause.CONTENT,
        Phase.FINAL: Cause.CONTENT,
    }.get(phase, Cause.REFUSED)


def _by_code(phase: Phase, code: int) -> Cause:
    if code == 421:
        return Cause.BUSY
    if code in {530, 535} or (code == 550 and phase == Phase.SENDER):
        return Cause.LOGIN_WANTED if code != 550 else Cause.SENDER_REFUSED
    if code == 552:
        return Cause.MAILBOX_FULL if phase == Phase.RECIPIENT else Cause.TOO_BIG
    if code == 452:
        return Cause.TOO_MANY if phase == Phase.RECIPIENT else Cause.SERVER_FULL
    if code == 553:
        return Cause.SENDER_REFUSED if phase == Phase.SENDER else Cause.UNKNOWN
    if phase == Phase.RECIPIENT:
        return Cause.LATER if code in {450, 451} else Cause.RECIPIENT_REFUSED
    if phase in {Phase.BODY, Phase.FINAL} and code >= 500:
        return Cause.CONTENT
    return Cause.TEMPORARY if code < 500 else Cause.REFUSED


# --- words -------------------------------------------------------------------------------------------------------


def explain(refusal: Refusal) -> Explanation:
    """What happened and what can be done, for the outbox, the window and the alert. The server's words are quoted."""
    if isinstance(refusal.cause, Reason):
        return words.explain(refusal.cause, refusal.host, refusal.said)
    what, remedy = _EXPLANATIONS[refusal.cause]
    sentence = _(what).format(host=refusal.host or _("the server"))
    if not refusal.host:
        sentence = sentence[:1].upper() + sentence[1:]
    if refusal.said:
        sentence += " " + _("It says: “{said}”.").format(said=refusal.said)
    return Explanation(sentence, _(remedy) if remedy else "")


_EXPLANATIONS: dict[Cause, tuple[str, str]] = {
    Cause.RELAY: (
        "{host} passes mail on only for its own customers, and did not take this one.",
        "Use the sending server that belongs to this address, with its login; or name another one for the account: "
        "the sending server of the internet connection in use takes mail from its customers.",
    ),
    Cause.LOGIN_WANTED: (
        "{host} sends only after a login.",
        "Enter user name and password for the sending server in the account's settings.",
    ),
    Cause.SENDER_REFUSED: (
        "{host} does not let this login send under this address.",
        "Choose the account that the address belongs to, or allow the address on the provider's web page.",
    ),
    Cause.UNKNOWN: ("{host} knows nobody by this address.", "Check how it is written."),
    Cause.NO_SUCH_DOMAIN: ("The part after the @ does not exist.", "Check how it is written."),
    Cause.MAILBOX_FULL: ("The recipient's mailbox is full.", "Reach the person in another way, or try again later."),
    Cause.MAILBOX_OFF: ("The recipient's mailbox takes no mail.", "Reach the person in another way."),
    Cause.RECIPIENT_REFUSED: ("{host} did not take this recipient.", "Check the address."),
    Cause.TOO_BIG: (
        "The mail is larger than {host} takes.",
        "Send the attachments apart, smaller, or as a link.",
    ),
    Cause.LATER: ("{host} wants the mail to be offered again later.", ""),
    Cause.TOO_MANY: ("{host} takes no more mails or recipients from this account for now.", ""),
    Cause.SPAM: (
        "{host} takes the mail, or this internet connection, for a source of unwanted mail.",
        "Say it in other words, leave out links and attachments, or ask the provider.",
    ),
    Cause.CONTENT: (
        "{host} did not like the content of the mail.",
        "Say it in other words, or leave out an attachment.",
    ),
    Cause.NO_UTF8: (
        "{host} cannot send to an address with such letters before the @.",
        "Ask the recipient for an address in plain letters, or use another account.",
    ),
    Cause.SERVER_FULL: ("{host} has no room for the mail at the moment.", ""),
    Cause.BUSY: ("{host} is too busy at the moment.", ""),
    Cause.TEMPORARY: ("{host} could not take the mail at the moment.", ""),
    Cause.REFUSED: ("{host} did not take the mail.", ""),
    Cause.GAVE_UP: (
        "The mail could not be sent for days.",
        "Send it again when the cause is gone, or reach the person in another way.",
    ),
    Cause.LOST_AFTER: (
        "The connection to {host} was lost at the very end: the mail may have been sent, or not.",
        "Ask the recipient, or look whether a copy arrived; then send it again or delete it here.",
    ),
    Cause.ACCOUNT_GONE: (
        "The account this mail was written for is not in the settings any more, or has no sending server.",
        "Set up its sending server, or write the mail anew from another account.",
    ),
    Cause.UNREADABLE: (
        "The stored mail cannot be read any more.",
        "Open it again in the window and send it from there.",
    ),
}
