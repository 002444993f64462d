"""The fields of one server in the set-up window: name, port, security, user, login; for sending, whether at all."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import filedialog, ttk

from notifier.windows.look import Look
from notifier.windows.setup_parts import Choice, Grid, fault, mnemonic
from notifier.windows.setup_values import ServerFields, other_port
from notifier.words import _


def securities() -> list[tuple[str, str]]:
    return [("tls", "TLS"), ("starttls", "STARTTLS"), ("none", _("not encrypted"))]


def logins(role: str) -> list[tuple[str, str]]:
    """The kinds of login; APOP and USER are POP3's own."""
    own = [("apop", "APOP"), ("user", _("USER and PASS"))] if role == "pop3" else []
    return [
        ("auto", _("automatic")),
        ("plain", "PLAIN"),
        ("login", "LOGIN"),
        ("cram-md5", "CRAM-MD5"),
        *own,
        ("xoauth2", _("sign-in (XOAUTH2)")),
        ("oauthbearer", _("sign-in (OAUTHBEARER)")),
    ]


class ServerPane(ttk.LabelFrame):
    """One server's fields. `on_change` hears of every change."""

    def __init__(self, parent: tk.Misc, look: Look, role: str, title: str, on_change: Callable[[], None]) -> None:
        super().__init__(parent, text=title, padding=look.px(12))
        self._look = look
        self._role = role
        self._changed = on_change
        self._command = ""
        self._allow_plaintext = False
        self._before = "tls"
        self.texts = {name: tk.StringVar(self) for name in ("host", "port", "user", "ca_file", "password")}
        for text in self.texts.values():
            text.trace_add("write", lambda *_: on_change())
        self.entries: dict[str, ttk.Entry] = {}
        self._build()

    def _build(self) -> None:
        look, sending = self._look, self._role == "smtp"
        grid = Grid(self, look, first=1)
        grid.add(_("Ser&ver") if not sending else _("Server"), self._entry("host"))
        row = ttk.Frame(self)
        row.columnconfigure(1, weight=1)
        self._entry("port", row, width=6).grid(row=0, column=0, padx=(0, look.px(6)))
        self.security = Choice(row, securities(), width=12)
        self.security.grid(row=0, column=1, sticky="ew")
        self.security.bind("<<ComboboxSelected>>", lambda _event: self._security_chosen(), add=True)
        label = grid.add(_("Port"), row)
        label.bind("<Button-1>", lambda _event: self.entries["port"].focus_set())
        grid.add(_("User name"), self._entry("user"))
        self.auth = Choice(self, logins(self._role))
        self.auth.bind("<<ComboboxSelected>>", lambda _event: self._changed(), add=True)
        grid.add(_("Login"), self.auth)
        if sending:
            self._own_password(grid)
        self._authority(grid)

    def _entry(self, name: str, parent: tk.Misc | None = None, **options: int | str) -> ttk.Entry:
        entry = ttk.Entry(parent or self, textvariable=self.texts[name], **options)  # type: ignore[arg-type]
        self.texts[name].trace_add("write", lambda *_: fault(entry, False))
        self.entries[name] = entry
        return entry

    def _own_password(self, grid: Grid) -> None:
        """Most providers take one password for both; the server of an internet connection has one of its own."""
        self.sends = tk.BooleanVar(self, value=True)
        box = ttk.Checkbutton(self, variable=self.sends, command=self._sends_chosen)
        mnemonic(self._look, box, _("Send mail &from this account"), box.invoke)
        box.grid(row=0, column=0, columnspan=2, sticky="w")
        grid.add(_("Password"), self._entry("password", show="•"))
        self._note = ttk.Label(self, style="Small.TLabel", text=_("empty: the same as for receiving"))
        grid.below(self._note)

    def _authority(self, grid: Grid) -> None:
        """Shown when a certificate is not trusted, or when one is set."""
        row = ttk.Frame(self)
        row.columnconfigure(0, weight=1)
        self._entry("ca_file", row).grid(row=0, column=0, sticky="ew")
        ttk.Button(row, text="…", width=2, command=self._choose_authority).grid(row=0, column=1, padx=(4, 0))
        self._authority_parts = (grid.add(_("Authority"), row), row)
        self.show_authority(False)

    def show_authority(self, shown: bool = True) -> None:
        for part in self._authority_parts:
            part.grid() if shown else part.grid_remove()

    def _choose_authority(self) -> None:
        types = [(_("Certificates"), "*.pem *.crt *.cer"), (_("All files"), "*")]
        chosen = filedialog.askopenfilename(
            parent=self, title=_("A certificate authority of your own"), filetypes=types
        )
        if chosen:
            self.texts["ca_file"].set(chosen)

    def _security_chosen(self) -> None:
        port = self.texts["port"].get().strip()
        self.texts["port"].set(other_port(self._role, port, self._before, self.security.value))
        self._before = self.security.value
        self._allow_plaintext = False
        self._changed()

    def _sends_chosen(self) -> None:
        state = "!disabled" if self.sends.get() else "disabled"
        for name in ("host", "port", "user", "password"):
            self.entries[name].state([state])
        self.security.state([state])
        self.auth.state([state])
        self._changed()

    # --- values --------------------------------------------------------------------------------------------------

    def put(self, fields: ServerFields, *, sends: bool = True) -> None:
        for name in ("host", "port", "user", "ca_file"):
            self.texts[name].set(getattr(fields, name))
        self.security.value = self._before = fields.security
        self.auth.value = fields.auth
        self._command = fields.password_command
        self._allow_plaintext = fields.allow_plaintext
        if fields.ca_file:
            self.show_authority()
        if self._role == "smtp":
            self.sends.set(sends)
            self._sends_chosen()

    def get(self) -> ServerFields:
        return ServerFields(
            self.texts["host"].get().strip(),
            self.texts["port"].get().strip(),
            self.security.value,
            self.texts["user"].get(),
            self.auth.value,
            self.texts["ca_file"].get(),
            self._command,
            self._allow_plaintext,
        )

    @property
    def password(self) -> str:
        return self.texts["password"].get()

    def allow_plaintext(self) -> None:
        self._allow_plaintext = True
