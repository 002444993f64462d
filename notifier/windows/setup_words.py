"""What the set-up window says of where it looks, what it found there, and what went wrong."""

from __future__ import annotations

from notifier import words
from notifier.errors import Trouble
from notifier.setup.discovery import Found, Progress
from notifier.setup.offers import Source
from notifier.words import _


def progress_words(progress: Progress) -> str:
    """Where is looked for the servers."""
    source = {
        Source.TABLE: _("Known providers"),
        Source.PROVIDER: _("The provider's own settings page"),
        Source.DATABASE: _("Thunderbird's public database"),
        Source.SRV: _("The domain's DNS entries"),
        Source.GUESS: _("Servers with usual names"),
    }[progress.source]
    return source + " " + _("(no answer in time)") if progress.state == "late" else source


def not_found_words(found: Found) -> str:
    """Why there is nothing to take, and what to do."""
    if found.no_pop3:
        name = found.offer.provider if found.offer and found.offer.provider else _("This provider")
        sentence = _("{name} offers no POP3, so its mailbox cannot be watched by this program.")
        return sentence.format(name=name)
    if found.offline:
        return _("Nothing on the internet could be reached. Is there a network? Then look again.")
    return _("No servers were found. Your provider names them, on its help pages.")


def elsewhere_words(hosts: tuple[str, ...]) -> str:
    """A warning of servers outside the address's own domain; empty when there are none."""
    if not hosts:
        return ""
    sentence = _("These servers belong to another provider than your address: {hosts}. Go on only if you know them.")
    return sentence.format(hosts=", ".join(hosts))


def failure_words(error: Exception) -> str:
    """Why something failed, for the person who waits for it."""
    if isinstance(error, Trouble):
        return str(words.explain(error.reason, error.host, error.said))
    if isinstance(error, OSError):
        return f"{error.filename or ''}: {error.strerror or type(error).__name__}".strip(": ")
    return str(error)
