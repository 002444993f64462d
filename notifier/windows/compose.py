"""The quick-send window: write, Ctrl+Enter, undo for a few seconds, gone. Nothing typed is ever lost.

What is typed is in the outbox as a draft two seconds later; Send makes it a mail there; closing the window while it is
on its way only hides it. `python -m notifier.windows.compose` takes a request as JSON on stdin (`process`).
"""

from __future__ import annotations

import signal
import sys
import time
import tkinter as tk
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from tkinter import ttk
from typing import Any

from notifier.config import Account, Settings, load
from notifier.errors import NotifierError
from notifier.outgoing.commands import state_words
from notifier.outgoing.draft import Draft
from notifier.outgoing.mail import Mail
from notifier.outgoing.mailto import parse
from notifier.outgoing.message import problems_of
from notifier.outgoing.outbox import Outbox
from notifier.outgoing.sending import SecretFor
from notifier.outgoing.states import State
from notifier.places import Places, places
from notifier.untrusted import clean
from notifier.windows import process
from notifier.windows.compose_attachments import accept_drops
from notifier.windows.compose_form import Form
from notifier.windows.compose_journey import Journey
from notifier.windows.compose_sending import UNDO, Progress
from notifier.windows.look import Look, StatusLine, dress, keys
from notifier.windows.question import ask
from notifier.words import _, ngettext

AUTOSAVE_MS = 2000


class Compose:
    """One window and the one mail in it."""

    def __init__(self, look: Look, where: Places, settings: Settings, secret_for: SecretFor, draft: Draft) -> None:
        self._look = look
        self._settings = settings
        self._outbox = Outbox(where.outbox, now=time.time())
        self._mail: int | None = None  # its number in the outbox, once it has one
        self._saved = Draft()
        self._untouched: Draft | None = None
        self._result: dict[str, Any] = {"result": "closed"}
        self._shown: tuple[tuple[str, str], ...] | None = None
        self._journey = Journey(
            look, self._outbox, settings, secret_for, show=self._show, back=self._back_to_writing, end=self._end
        )
        self._build()
        self._put(draft)

    # --- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        look = self._look
        outer = ttk.Frame(look.root, padding=look.px(16))
        outer.pack(fill="both", expand=True)
        outer.columnconfigure(0, weight=1)
        outer.rowconfigure(0, weight=1)
        able = [a for a in self._settings.accounts if a.smtp]
        self._form = Form(
            outer,
            look,
            able,
            complete=self._outbox.complete,
            limit_of=self._limit_of,
            on_change=self._changed,
            on_complaint=lambda words: self._status.say(words, "error"),
        )
        self._form.grid(row=0, column=0, sticky="nsew")
        self._status = StatusLine(outer)
        self._status.grid(row=1, column=0, sticky="ew", pady=(look.px(8), 0))
        self._bar = ttk.Progressbar(outer, maximum=1.0)
        self._bar.grid(row=2, column=0, sticky="ew", pady=(look.px(4), 0))
        self._bar.grid_remove()
        self._buttons = ttk.Frame(outer)
        self._buttons.grid(row=3, column=0, sticky="ew", pady=(look.px(10), 0))
        self._writing_buttons()
        keys(look, close=self.close, accept=self.send)
        accept_drops(outer, self._form.attachments.add)
        if not able:
            self._status.say(
                _("No account has a sending server yet. “notifier setup” adds one; what you write is kept."), "error"
            )

    def _writing_buttons(self) -> None:
        look = self._look
        self._clear_buttons()
        ttk.Button(self._buttons, text=_("Attach…"), command=self._form.attachments.choose).pack(side="left")
        drafts = [m for m in self._outbox.mails(State.DRAFT) if m.id != self._mail and not m.draft.empty]
        if drafts:
            self._draft_menu(drafts).pack(side="left", padx=(look.px(8), 0))
        send = ttk.Button(self._buttons, text=_("Send"), style="Accent.TButton", command=self.send, width=10)
        send.pack(side="right")
        if not any(a.smtp for a in self._settings.accounts):
            send.state(["disabled"])
        key = "⌘↩" if sys.platform == "darwin" else _("Ctrl+Enter")
        ttk.Label(self._buttons, text=key, style="Small.TLabel").pack(side="right", padx=look.px(10))

    def _draft_menu(self, drafts: list[Mail]) -> ttk.Menubutton:
        n = len(drafts)
        button = ttk.Menubutton(self._buttons, text=ngettext("{n} draft", "{n} drafts", n).format(n=n))
        colours = self._look.colours
        menu = tk.Menu(button, tearoff=False, background=colours.field, foreground=colours.text, relief="flat")
        for mail in reversed(drafts[-12:]):
            menu.add_command(label=_draft_label(mail), command=lambda m=mail.id: self._open_draft(m))  # type: ignore[misc]
        button.configure(menu=menu)
        return button

    def _clear_buttons(self) -> None:
        for child in self._buttons.winfo_children():
            child.destroy()

    def _limit_of(self, account: Account) -> int | None:
        return self._outbox.size_limit(f"{account.smtp[0].host}:{account.smtp[0].port}") if account.smtp else None

    # --- life ----------------------------------------------------------------------------------------------------

    def run(self) -> dict[str, Any]:
        """Shows the window until it is done; what became of the mail."""
        root = self._look.root
        self._look.every(AUTOSAVE_MS, self._autosave)
        self._look.show(640, 560)
        self._form.focus_first_gap()
        signal.signal(signal.SIGTERM, lambda *_: self._end("draft"))
        root.mainloop()
        self._outbox.close()
        return {**self._result, "mail": self._journey.mail if self._journey.under_way else self._mail}

    def _end(self, result: str) -> None:
        if result == "draft" and not self._journey.under_way:
            self._save()
        self._result = {"result": result}
        self._look.root.destroy()

    def _changed(self) -> None:
        draft_title = self._form.draft().subject if hasattr(self, "_form") else ""
        self._look.root.title(clean(draft_title, 80) or _("New mail"))

    def _autosave(self) -> None:
        if not self._journey.under_way:
            self._save()

    def _save(self) -> None:
        draft = self._form.draft()
        if draft == self._saved or (draft.empty and self._mail is None):
            return
        try:
            self._mail = self._outbox.save_draft(draft, now=time.time(), mail=self._mail)
            self._saved = draft
        except NotifierError as error:
            self._status.say(_("The draft cannot be kept at the moment: {why}").format(why=error), "error")

    def _put(self, draft: Draft, mail: int | None = None) -> None:
        self._mail = mail
        if not draft.account:
            draft = replace(draft, account=self._outbox.last_account())
        self._form.put(draft)
        self._saved = self._untouched = self._form.draft()
        self._changed()

    def _open_draft(self, mail: int) -> None:
        self._save()
        found = self._outbox.get(mail)
        if found is not None and found.state == State.DRAFT:
            self._put(found.draft, mail)
            self._writing_buttons()
            self._form.focus_first_gap()

    def edit(self, mail: int) -> None:
        """Shows a draft, or a mail that was not sent and becomes a draft again."""
        draft = self._outbox.reopen(mail, now=time.time())
        if draft is None:
            self._status.say(_("That mail is being sent, or was sent already."), "error")
        else:
            self._put(draft, mail)
            self._writing_buttons()

    def close(self) -> None:
        """What Escape and the window's own button do: never loses a word without being told to."""
        if self._journey.under_way:
            self._journey.leave()
            return
        draft = self._form.draft()
        if draft.empty and self._mail is not None:
            self._outbox.delete(self._mail, now=time.time())  # everything was deleted again
        if draft.empty or draft == self._untouched:
            self._end("closed")
            return
        answers = [("cancel", _("Go on writing")), ("throw", _("Throw away")), ("keep", _("Keep as draft"))]
        if any(a.smtp for a in self._settings.accounts):
            answers.append(("send", _("Send")))
        answer = ask(
            self._look, _("Close"), _("This mail has not been sent."), answers, default="keep", escape="cancel"
        )
        if answer == "send":
            self.send()
        elif answer == "keep":
            self._end("draft")
        elif answer == "throw":
            if self._mail is not None:
                self._outbox.delete(self._mail, now=time.time())
            self._end("thrown-away")

    # --- sending -------------------------------------------------------------------------------------------------

    def send(self) -> None:
        """Stores the mail, then sends it when the time for Undo is over."""
        draft, account = self._form.draft(), self._form.account
        if self._journey.under_way or account is None:
            return
        if problems := problems_of(draft):
            self._form.focus_problem()
            self._status.say(problems[0], "error")
            return
        self._shown = None
        self._form.enable(False)
        self._clear_buttons()
        self._status.say(_("One moment…"))
        self._save()
        self._journey.begin(draft, account, self._mail)

    def _show(self, progress: Progress) -> None:
        self._status.say(progress.words, progress.kind)
        self._show_bar(progress)
        if progress.buttons == self._shown:
            return
        self._shown = progress.buttons
        self._clear_buttons()
        for place, (value, label) in enumerate(progress.buttons):
            style = "TButton" if place or value == UNDO else "Accent.TButton"
            act = partial(self._journey.do, value)
            button = ttk.Button(self._buttons, text=label, style=style, command=act)
            button.pack(side="right", padx=(self._look.px(8), 0))
            if place == 0:
                button.focus_set()

    def _show_bar(self, progress: Progress) -> None:
        if progress.done:
            self._bar.grid_remove()
            return
        self._bar.grid()
        if progress.share is None:
            self._bar.configure(mode="indeterminate")
            self._bar.step(0.03)
        else:
            self._bar.configure(mode="determinate", value=progress.share)

    def _back_to_writing(self, words: str) -> None:
        self._mail = self._journey.mail
        self._form.enable(True)
        found = self._outbox.get(self._mail) if self._mail is not None else None
        if found is not None and found.state == State.DRAFT:
            self._put(found.draft, found.id)
            self._untouched = None  # it was meant to be sent: closing the window asks
        self._bar.grid_remove()
        self._status.say(words, "error")
        self._writing_buttons()
        self._form.text.focus_set()


def _draft_label(mail: Mail) -> str:
    when = datetime.fromtimestamp(mail.saved_at).astimezone().strftime("%d %b, %H:%M").lstrip("0")
    words = mail.draft.subject or mail.draft.text[:60] or mail.draft.to or state_words(mail.state)
    return f"{clean(words, 50)}   {when}"


# --- starting ----------------------------------------------------------------------------------------------------


def compose(where: Places, settings: Settings, secret_for: SecretFor, draft: Draft, mail: int | None = None) -> Any:
    """Shows the window for `draft` (or for the draft or unsent mail `mail`) and waits; what became of it.

    Raises TclError where there is no display, OutboxStuckError where nothing could be kept.
    """
    look = dress(_("New mail"))
    window = Compose(look, where, settings, secret_for, draft)
    if mail is not None:
        window.edit(mail)
    return window.run()


def window(request: Mapping[str, Any]) -> dict[str, Any]:
    """The window for a request: `home`, `mailto` (a link), `account` (a name), `mail` (a number in the outbox)."""
    from notifier.system import passwords

    where = places(request.get("home"))
    draft = parse(str(request["mailto"])) if request.get("mailto") else Draft()
    if request.get("account"):
        draft = replace(draft, account=str(request["account"]))
    answer: dict[str, Any] = compose(
        where,
        load(where.config),
        lambda account, server: passwords.secret_for(account, server, interactive=True),
        draft,
        request.get("mail"),
    )
    return answer


if __name__ == "__main__":
    sys.exit(process.serve(window))
