"""The fields of a mail as widgets: what is typed into them is a Draft, and a Draft can be put into them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from notifier.config import Account
from notifier.outgoing.addresses import Mailbox
from notifier.outgoing.draft import Draft
from notifier.windows.compose_addresses import AddressField
from notifier.windows.compose_attachments import Attachments, pasted_files
from notifier.windows.look import Look
from notifier.words import _

_CHECKED = ("to", "cc", "bcc")


class Form(ttk.Frame):
    """`on_change` hears of every change, `on_complaint` of what is wrong with an address (or an empty sentence)."""

    def __init__(
        self,
        parent: tk.Misc,
        look: Look,
        accounts: list[Account],
        *,
        complete: Callable[[str], list[Mailbox]],
        limit_of: Callable[[Account], int | None],
        on_change: Callable[[], None],
        on_complaint: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._accounts = accounts
        self._complete = complete
        self._limit_of = limit_of
        self._on_complaint = on_complaint
        self._changed = on_change
        self._in_reply_to = ""
        self._complaints: dict[AddressField, str] = {}
        self._labels: dict[str, ttk.Label] = {}
        self.columnconfigure(1, weight=1)
        self.rowconfigure(5, weight=1)
        self._make_sender()
        self.fields = {name: self._make_addresses(row, name) for row, name in enumerate(_CHECKED, start=1)}
        self._more = ttk.Button(self, text=_("Cc, Bcc"), style="Toolbutton", command=self.show_copies, takefocus=False)
        self._more.grid(row=1, column=2, padx=(look.px(6), 0))
        self._copies_shown = True
        self._show_copies(False)
        self._make_subject()
        self._make_text()
        self.attachments = Attachments(self, look, on_change)
        self.attachments.grid(row=6, column=0, columnspan=3, sticky="ew", pady=(look.px(6), 0))

    # --- the parts -----------------------------------------------------------------------------------------------

    def _place(self, row: int, name: str, label: str, widget: tk.Widget, *, wide: bool = True) -> None:
        self._labels[name] = ttk.Label(self, text=label, style="Faint.TLabel")
        self._labels[name].grid(row=row, column=0, sticky="w", padx=(0, self._look.px(10)))
        span = 2 if wide else 1
        widget.grid(row=row, column=1, columnspan=span, sticky="ew", pady=self._look.px(3))

    def _make_sender(self) -> None:
        self._sender = ttk.Combobox(self, state="readonly", values=[_shown(a) for a in self._accounts])
        if self._accounts:
            self._sender.current(0)
        self._sender.bind("<<ComboboxSelected>>", lambda _: self._sender_chosen())
        self._place(0, "from", _("From"), self._sender)

    def _make_addresses(self, row: int, name: str) -> AddressField:
        field = AddressField(
            self, self._look, complete=self._complete, on_change=self._changed, on_check=self._complain
        )
        self._place(row, name, {"to": _("To"), "cc": _("Cc"), "bcc": _("Bcc")}[name], field, wide=name != "to")
        return field

    def _make_subject(self) -> None:
        self._subject = tk.StringVar(self)
        self._subject.trace_add("write", lambda *_: self._changed())
        self.subject = ttk.Entry(self, textvariable=self._subject)
        self._place(4, "subject", _("Subject"), self.subject)

    def _make_text(self) -> None:
        look = self._look
        self.text = look.text(self, width=64, height=12)
        self.text.border.columnconfigure(0, weight=1)
        self.text.border.rowconfigure(0, weight=1)
        self.text.grid(row=0, column=0, sticky="nsew")
        scrollbar = ttk.Scrollbar(self.text.border, command=self.text.yview)
        scrollbar.grid(row=0, column=1, sticky="ns")
        self.text.configure(yscrollcommand=lambda first, last: _scroll(scrollbar, first, last))
        self.text.border.grid(row=5, column=0, columnspan=3, sticky="nsew", pady=(look.px(6), 0))
        self.text.bind("<<Modified>>", lambda _: self._text_changed())
        self.text.bind("<<Paste>>", lambda _: self._pasted())

    def _text_changed(self) -> None:
        if self.text.edit_modified():
            self.text.edit_modified(False)
            self._changed()

    def _pasted(self) -> str | None:
        """Files copied in a file manager become attachments; anything else is text."""
        files = pasted_files(self._look.root)
        if files:
            self.attachments.add(files)
            return "break"
        return None

    def show_copies(self) -> None:
        """The fields for Cc and Bcc."""
        self._show_copies(True)
        self.fields["cc"].focus_set()

    def _show_copies(self, shown: bool) -> None:
        if shown == self._copies_shown:
            return
        self._copies_shown = shown
        for name in ("cc", "bcc"):
            for widget in (self._labels[name], self.fields[name]):
                if shown:
                    widget.grid()
                else:
                    widget.grid_remove()
        if shown:
            self._more.grid_remove()
            self.fields["to"].grid(columnspan=2)

    def _complain(self, field: AddressField, words: str) -> None:
        self._complaints[field] = words
        self._on_complaint(next(filter(None, self._complaints.values()), ""))

    # --- the draft in it -----------------------------------------------------------------------------------------

    @property
    def account(self) -> Account | None:
        index = self._sender.current()
        return self._accounts[index] if 0 <= index < len(self._accounts) else None

    def _sender_chosen(self) -> None:
        self._sender.selection_clear()
        account = self.account
        self.attachments.limit(self._limit_of(account) if account else None)
        self._changed()

    def draft(self) -> Draft:
        return Draft(
            account=self.account.name if self.account else "",
            to=self.fields["to"].value.get(),
            cc=self.fields["cc"].value.get(),
            bcc=self.fields["bcc"].value.get(),
            subject=self._subject.get(),
            text=self.text.get("1.0", "end-1c"),
            attachments=self.attachments.paths,
            in_reply_to=self._in_reply_to,
        )

    def put(self, draft: Draft) -> None:
        """Shows `draft`. A Bcc is never there unseen: a link may have brought it."""
        names = [a.name for a in self._accounts]
        if draft.account in names:
            self._sender.current(names.index(draft.account))
        self._sender_chosen()
        for name, typed in (("to", draft.to), ("cc", draft.cc), ("bcc", draft.bcc)):
            self.fields[name].value.set(typed)
        if draft.cc or draft.bcc:
            self._show_copies(True)
        self._subject.set(draft.subject)
        self.text.delete("1.0", "end")
        self.text.insert("1.0", draft.text)
        self.text.mark_set("insert", "1.0")
        self.text.edit_reset()
        self.text.edit_modified(False)
        self.attachments.put(draft.attachments)
        self._in_reply_to = draft.in_reply_to

    def focus_first_gap(self) -> None:
        """Puts the cursor where writing goes on: whom to, what about, or the text."""
        if not self.fields["to"].value.get():
            self.fields["to"].focus_set()
        elif not self._subject.get():
            self.subject.focus_set()
        else:
            self.text.focus_set()

    def focus_problem(self) -> None:
        for name in _CHECKED:
            if self.fields[name].problem:
                if name != "to":
                    self._show_copies(True)
                self.fields[name].check(finished=True)
                self.fields[name].focus_set()
                return
        if not any(self.fields[name].value.get().strip() for name in _CHECKED):
            self.fields["to"].focus_set()

    def enable(self, enabled: bool) -> None:
        """Nothing can be typed into a mail that is on its way."""
        flags = ["!disabled"] if enabled else ["disabled"]
        for widget in (self._sender, *self.fields.values(), self.subject, self._more):
            widget.state(flags)
        colours = self._look.colours
        self.text.configure(
            state="normal" if enabled else "disabled", foreground=colours.text if enabled else colours.faint
        )
        self.attachments.enable(enabled)


def _scroll(scrollbar: ttk.Scrollbar, first: float, last: float) -> None:
    """Moves the scrollbar; there is none while everything is in sight."""
    if float(first) <= 0 and float(last) >= 1:  # Tk hands over text, whatever its Python side promises
        scrollbar.grid_remove()
    else:
        scrollbar.grid()
    scrollbar.set(first, last)


def _shown(account: Account) -> str:
    who = f"{account.full_name} <{account.address}>" if account.full_name else account.address
    return f"{who}   ·   {account.name}" if account.name != account.address else who
