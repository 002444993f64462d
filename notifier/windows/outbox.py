"""The outbox window: what waits, what was refused and why, and what a person can do about each mail.

The request holds `home` (see `places`). What is shown follows the outbox, whichever process works on it.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from tkinter import ttk
from typing import Any

from notifier.config import load
from notifier.errors import NotifierError
from notifier.outgoing.commands import recipients_words, sentences, state_words
from notifier.outgoing.mail import Mail
from notifier.outgoing.outbox import Outbox
from notifier.outgoing.sending import send_due
from notifier.outgoing.states import State
from notifier.places import Places, places
from notifier.system import instance
from notifier.untrusted import clean
from notifier.windows import process
from notifier.windows.look import Look, StatusLine, dress, keys
from notifier.windows.question import ask
from notifier.windows.setup_parts import mnemonic
from notifier.words import _, span

WIDTH, HEIGHT = 720, 430  # points
LOOK_EVERY = 700  # milliseconds between two looks into the outbox

# What can be done in which state; the first is what Enter and a double click do.
_ABLE: dict[State, tuple[str, ...]] = {
    State.DRAFT: ("edit", "delete"),
    State.WAITING: ("edit", "retry", "delete"),
    State.SENDING: (),
    State.REFUSED: ("edit", "retry", "delete"),
    State.UNCERTAIN: ("retry", "arrived", "delete"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What the list shows of a mail."""

    state: str
    people: str
    subject: str
    when: str


def row_of(mail: Mail, now: float) -> Row:
    when = _("{span} ago").format(span=span(max(1.0, now - (mail.queued_at or mail.saved_at))))
    if mail.state == State.WAITING and mail.next_try is not None and mail.next_try > now:
        when = _("again in {span}").format(span=span(mail.next_try - now))
    subject = clean(mail.draft.subject, 120) or _("(no subject)")
    return Row(state_words(mail.state), clean(recipients_words(mail), 80), subject, when)


def details_of(mail: Mail, now: float) -> str:
    """What there is to know beside the row: why, and what to do."""
    return "\n".join(sentences(mail, now)[1:])


class OutboxWindow:
    """The list, the words about the chosen mail, and the buttons."""

    def __init__(self, look: Look, where: Places) -> None:
        self._look, self._where = look, where
        self._outbox = Outbox(where.outbox, now=time.time())
        self._mails: dict[int, Mail] = {}
        self._failures: queue.SimpleQueue[str] = queue.SimpleQueue()  # of sending by this window
        px = look.px
        frame = ttk.Frame(look.root, padding=px(16))
        frame.pack(fill="both", expand=True)
        frame.columnconfigure(0, weight=1)
        frame.rowconfigure(1, weight=1)
        ttk.Label(frame, text=_("Outbox"), style="Title.TLabel").grid(sticky="w")
        self._build_table(frame)
        self._empty = ttk.Label(frame, text=_("Nothing waits to be sent."), style="Faint.TLabel")
        self._words = ttk.Label(frame, justify="left", anchor="nw", wraplength=px(WIDTH - 40))
        self._words.grid(row=2, sticky="ew", pady=(px(10), 0))
        self._words.bind("<Configure>", lambda event: self._words.configure(wraplength=max(event.width, 100)))
        self._status = StatusLine(frame)
        self._status.grid(row=3, sticky="ew", pady=(px(6), 0))
        self._build_buttons(frame)
        keys(look, close=look.root.destroy)
        look.root.bind("<F5>", lambda _event: self._retry_all())
        self._show()
        look.every(LOOK_EVERY, self._show)

    # --- building ------------------------------------------------------------------------------------------------

    def _build_table(self, frame: ttk.Frame) -> None:
        px = self._look.px
        ttk.Style(frame).configure("Outbox.Treeview", rowheight=px(30))
        columns = {
            "state": (_("State"), 150),
            "people": (_("To"), 150),
            "subject": (_("Subject"), 210),
            "when": ("", 160),
        }
        self.table = ttk.Treeview(
            frame, columns=list(columns), show="headings", selectmode="browse", height=6, style="Outbox.Treeview"
        )
        for key, (title, width) in columns.items():
            self.table.heading(key, text=f" {title}", anchor="w")
            self.table.column(key, width=px(width), minwidth=px(60), anchor="w")
        self.table.grid(row=1, sticky="nsew", pady=(px(8), 0))
        self.table.bind("<<TreeviewSelect>>", lambda _event: self._show_chosen())
        for event in ("<Double-Button-1>", "<Return>", "<KP_Enter>"):
            self.table.bind(event, lambda _event: self._do_first())
        self.table.bind("<Delete>", lambda _event: self._act("delete"))

    def _build_buttons(self, frame: ttk.Frame) -> None:
        px = self._look.px
        row = ttk.Frame(frame)
        row.grid(row=4, sticky="ew", pady=(px(12), 0))
        self._buttons: dict[str, ttk.Button] = {}
        for name, text in (
            ("edit", _("&Edit…")),
            ("retry", _("&Try now")),
            ("arrived", _("It &arrived")),
            ("delete", _("Throw a&way")),
        ):
            self._buttons[name] = self._button(row, text, lambda name=name: self._act(name))  # type: ignore[misc]
            self._buttons[name].pack(side="left", padx=(0, px(8)))
        self._button(row, _("&Close"), self._look.root.destroy).pack(side="right")

    def _button(self, parent: ttk.Frame, text: str, act: Callable[[], object]) -> ttk.Button:
        button = ttk.Button(parent, command=act)
        mnemonic(self._look, button, text, act)
        button.bind("<Return>", lambda _event: act())
        return button

    # --- showing -------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        """Follows the outbox; what is chosen stays chosen."""
        now = time.time()
        if not self._failures.empty():
            self._status.say(self._failures.get(), "error")
        try:
            self._mails = {mail.id: mail for mail in self._outbox.mails() if not mail.draft.empty}
        except NotifierError as error:
            self._status.say(str(error), "error")
        there = {int(item) for item in self.table.get_children()}
        for gone in there - set(self._mails):
            self.table.delete(str(gone))
        for mail in self._mails.values():
            row = row_of(mail, now)
            values = (row.state, row.people, row.subject, row.when)
            if mail.id in there:
                self.table.item(str(mail.id), values=values)
            else:
                self.table.insert("", "end", iid=str(mail.id), values=values)
        self._choose_something()
        self._show_chosen()

    def _choose_something(self) -> None:
        items = self.table.get_children()
        if items and not self.table.selection():
            self.table.selection_set(items[0])
            self.table.focus(items[0])
        if items:
            self._empty.place_forget()
        else:
            self._empty.place(in_=self.table, relx=0.5, rely=0.5, anchor="center")

    def _chosen(self) -> Mail | None:
        selection = self.table.selection()
        return self._mails.get(int(selection[0])) if selection else None

    def _show_chosen(self) -> None:
        mail = self._chosen()
        able = _ABLE.get(mail.state, ()) if mail else ()
        for name, button in self._buttons.items():
            button.state(["!disabled" if name in able else "disabled"])
        again = _("Send again") if mail and mail.state == State.UNCERTAIN else _("Try now")
        self._buttons["retry"].configure(text=again)
        words = details_of(mail, time.time()) if mail else ""
        if words != self._words.cget("text"):
            self._words.configure(text=words)

    # --- doing ---------------------------------------------------------------------------------------------------

    def _do_first(self) -> None:
        mail = self._chosen()
        if mail is not None and _ABLE.get(mail.state):
            self._act(_ABLE[mail.state][0])

    def _act(self, name: str) -> None:
        mail = self._chosen()
        if mail is None or name not in _ABLE.get(mail.state, ()):
            return
        self._status.say("")
        {"edit": self._edit, "retry": self._retry, "arrived": self._arrived, "delete": self._delete}[name](mail)

    def _edit(self, mail: Mail) -> None:
        home = str(self._where.home or "")
        process.open_window("compose", {"home": home or None, "mail": mail.id})

    def _retry(self, mail: Mail) -> None:
        if mail.state == State.UNCERTAIN and not self._sure(
            _("It may have arrived already. Send it once more?"), _("Send again")
        ):
            return
        self._outbox.retry(now=time.time(), mail=mail.id)
        self._have_it_sent()

    def _retry_all(self) -> None:
        if self._outbox.retry(now=time.time()):
            self._have_it_sent()

    def _arrived(self, mail: Mail) -> None:
        self._outbox.delete(mail.id, now=time.time())
        self._status.say(_("Good: it is not kept any longer."), "good")

    def _delete(self, mail: Mail) -> None:
        subject = clean(mail.draft.subject, 60) or _("(no subject)")
        if self._sure(_("Throw “{subject}” away for good?").format(subject=subject), _("Throw away")):
            self._outbox.delete(mail.id, now=time.time())

    def _sure(self, words: str, yes: str) -> bool:
        answers = (("no", _("Keep it")), ("yes", yes))
        return ask(self._look, _("Outbox"), words, answers, default="no", escape="no") == "yes"

    def _have_it_sent(self) -> None:
        """By the running program; where none runs, by this window."""
        if not instance.tell(self._where.door, {"do": "outbox"}):
            threading.Thread(target=self._send, name="send", daemon=True).start()

    def _send(self) -> None:
        from notifier.system import passwords

        try:
            with Outbox(self._where.outbox, now=time.time()) as outbox:
                send_due(
                    outbox,
                    load(self._where.config),
                    lambda account, server: passwords.secret_for(account, server, interactive=True),
                )
        except (NotifierError, OSError) as error:  # faulty settings, a full disk
            self._failures.put(str(error))


def window(request: Mapping[str, Any]) -> dict[str, Any]:
    """Shows the window until it is closed."""
    look = dress(_("Outbox"))
    shown = OutboxWindow(look, places(request.get("home")))
    look.show(WIDTH, HEIGHT)
    shown.table.focus_set()
    look.root.mainloop()
    return {}


if __name__ == "__main__":
    sys.exit(process.serve(window))
