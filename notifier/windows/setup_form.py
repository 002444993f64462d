"""One account in the set-up window: find its servers, see and change what was found, test it, save it.

One button leads through: *Find servers*, then *Test and save*, then, should the test fail, *Save anyway*.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from notifier import words
from notifier.config import Account, Settings
from notifier.errors import Reason, Trouble
from notifier.places import Places
from notifier.setup import discovery, proving, signing_in
from notifier.setup.discovery import Found, Means, Progress
from notifier.setup.grants import NoClientError, Token, client_of
from notifier.setup.offers import Offer, SignIn, Source
from notifier.setup.options import with_tokens
from notifier.setup.saving import Entered
from notifier.windows import setup_jobs as jobs
from notifier.windows.look import Look
from notifier.windows.question import ask
from notifier.windows.setup_footer import ANYWAY, FIND, SAVE, Footer
from notifier.windows.setup_pages import Pages
from notifier.windows.setup_parts import Report, fault
from notifier.windows.setup_values import Fields, entered_by, fields_of, wants_sign_in, with_offer
from notifier.windows.setup_words import elsewhere_words, failure_words, not_found_words, progress_words
from notifier.windows.setup_work import Work
from notifier.words import _

_MARKS = {"asking": "asking", "found": "ok", "nothing": "none", "late": "none", "cancelled": "none"}


class Form(ttk.Frame):
    """`on_close` hears the name of the account that was saved, or None."""

    def __init__(
        self,
        parent: tk.Misc,
        look: Look,
        where: Places,
        settings: Settings,
        old: Account | None,
        *,
        means: Means | None,
        on_close: Callable[[str | None], None],
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._where = where
        self._settings = settings
        self._old = old
        self._means = means
        self._on_close = on_close
        self._offer: Offer | None = None
        self._signed_in: Entered | None = None
        self._work = Work(look.root)
        self._build()
        self.pages.put(fields_of(old) if old else Fields())
        self._untouched = self.pages.everything
        if old is None:
            self._show_new()
        else:
            self._show_old(old)
        self._show_step(SAVE if old else FIND)

    # --- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        look = self._look
        self.columnconfigure(0, weight=1)
        self.rowconfigure(1, weight=1)
        self.rowconfigure(2, weight=4)  # on a low screen the report gives way, not the fields
        title = _("Add an account") if self._old is None else self._old.name
        ttk.Label(self, text=title, style="Title.TLabel").grid(row=0, column=0, sticky="w")
        usual = words.span(self._settings.general.interval)
        self.pages = Pages(
            self, look, usual, on_change=self._changed, on_find=self.find_servers, on_sign_in=self.sign_in
        )
        self.pages.grid(row=1, column=0, sticky="nsew", pady=(look.px(8), 0))
        for entry in self.pages.account.entries.values():
            for key in ("<Return>", "<KP_Enter>"):
                entry.bind(key, lambda _event: self.go_on())
        self.report = Report(self, look)
        self.report.grid(row=2, column=0, sticky="nsew", pady=(look.px(8), 0))
        self._footer = Footer(
            self, look, on_test=self.test, on_stop=self._work.stop, on_go=self.go_on, on_cancel=self.close
        )
        self._footer.grid(row=3, column=0, sticky="ew", pady=(look.px(6), 0))
        self.status = self._footer.status

    def _show_new(self) -> None:
        sentence = _("With the address and the password the servers are found for you.")
        more = _("If you know them, you can enter them on the page “Servers”.")
        self.report.put("", "note", sentence, more)

    def _show_old(self, old: Account) -> None:
        if self._signs_in:
            self.pages.account.take_passwords(False)
            self.pages.account.note_password(_("Not needed: this account signs in on its provider's page."))
        else:
            self.pages.account.note_password(_("Leave it empty to keep the password that is stored."))
        if old.pop3.password_command:
            self.pages.account.show_command()
        self._offer_sign_in(signing_in.sign_in_of(old))
        self.report.put("", "note", _("What is changed here is tested before it is saved."))

    @property
    def _signs_in(self) -> bool:
        """Whether the account as it is saved has a sign-in instead of a password."""
        return self._old is not None and wants_sign_in(fields_of(self._old))

    def start(self) -> None:
        """Puts the focus where typing begins; called again once the window stands."""
        if self._signs_in:
            self.pages.turn_to(self.pages.account)
            self.pages.account.sign_in.focus_set()
        else:
            self.pages.turn_to(self.pages.account, "full_name" if self._old is None else "password")

    # --- fields --------------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        """Something was typed: what was tested before is not what would be saved."""
        if self._work.busy:
            return
        self.status.say("")
        self._show_step(SAVE if self.pages.pop3.texts["host"].get().strip() else FIND)

    def _account(self) -> Account | None:
        """The account in the fields; None when something is wrong with them, which is then shown."""
        taken = [a.name for a in self._settings.accounts if self._old is None or a.name != self._old.name]
        account = self.pages.read(self._old, taken, lambda sentence: self.status.say(sentence, "error"))
        return with_tokens(account) if account and self._signed_in else account

    # --- the way through -----------------------------------------------------------------------------------------

    def go_on(self) -> None:
        """What the main button says."""
        if self._work.busy:
            return
        {FIND: self.find_servers, SAVE: lambda: self.test(then_save=True), ANYWAY: self.save}[self._footer.step]()

    def close(self) -> None:
        """Stops what goes on; else leaves, asking first if something was typed."""
        if self._work.busy:
            self._work.stop()
            return
        if self.pages.everything != self._untouched:
            answers = [("stay", _("Go on")), ("leave", _("Discard"))]
            question = _("Discard what you typed?")
            if ask(self._look, _("Not saved"), question, answers, default="stay", escape="stay") != "leave":
                return
        self._on_close(None)

    def _show_step(self, step: str) -> None:
        self._footer.show(step)
        self.pages.account.show_find(step != FIND)

    def _busy(self, words_: str) -> None:
        self._footer.busy(words_)
        self.pages.account.find.state(["disabled"])

    def _idle(self) -> None:
        self._footer.idle()
        self.pages.account.find.state(["!disabled"])

    def _stopped(self) -> None:
        self._idle()
        self.status.say(_("Stopped."))

    def _failed(self, error: Exception) -> None:
        self._idle()
        self.status.say(failure_words(error), "error")

    # --- finding -------------------------------------------------------------------------------------------------

    def find_servers(self) -> None:
        if self._work.busy:
            return
        address = self.pages.account.texts["address"].get().strip()
        self.report.clear()

        job = jobs.find(address, self._means, self._show_progress)
        self._busy(_("Looking for the servers…"))
        self._work.start(job, done=self._found, failed=self._not_found, stopped=self._stopped)

    def _show_progress(self, progress: Progress) -> None:
        self.report.put(progress.source, _MARKS[progress.state], progress_words(progress))

    def _not_found(self, error: Exception) -> None:
        self._failed(error)
        if isinstance(error, discovery.AddressError):
            self.pages.turn_to(self.pages.account)
            fault(self.pages.account.entries["address"], True)
            self.pages.account.entries["address"].focus_set()

    def _found(self, found: Found) -> None:
        self._idle()
        if found.offer is not None and not found.no_pop3:
            self._take(found.offer, found.elsewhere)
            return
        if not (found.no_pop3 or found.offline):
            self.pages.turn_to(self.pages.servers)
            self.pages.pop3.entries["host"].focus_set()
        self.status.say(not_found_words(found), "error")

    def _take(self, offer: Offer, elsewhere: tuple[str, ...]) -> None:
        self._offer = offer
        self.pages.put(with_offer(self.pages.get(), offer))
        self._offer_sign_in(offer.sign_in)
        self.pages.account.take_passwords(offer.passwords)
        if offer.inbox_is_partial:
            self.pages.mailbox.note_limit(_("Here it is better left empty: POP3 shows only part of this mailbox."))
        self.pages.warn(elsewhere_words(elsewhere) if offer.source is not Source.TABLE else "")
        name = offer.provider or ", ".join(dict.fromkeys(s.host for s in (*offer.pop3[:1], *offer.smtp[:1])))
        self.report.put("", "ok", _("Found: {name}").format(name=name))
        for hint in offer.hints:
            self.report.put("", "note", hint)
        self._show_step(SAVE)
        self._after_finding(offer)

    def _after_finding(self, offer: Offer) -> None:
        """To where there is something to do: the sign-in, the password, or the servers that were found."""
        if not offer.passwords:
            self.status.say(_("This provider wants a sign-in."))
            return
        if not self.pages.password and self._old is None and not self._signed_in:
            self.status.say(_("Now the password, please."))
            self.pages.account.entries["password"].focus_set()
            return
        self.pages.turn_to(self.pages.servers)
        self.status.say("")

    # --- signing in ----------------------------------------------------------------------------------------------

    def _offer_sign_in(self, sign_in: SignIn | None) -> None:
        self.pages.account.show_sign_in(shown=sign_in is not None, device=bool(sign_in and sign_in.device))

    def sign_in(self, how: str) -> None:
        """Signs in with the web browser, or (`how` "device") with a code on any device."""
        if self._work.busy:
            return
        sign_in = self._offer.sign_in if self._offer else signing_in.sign_in_of(self._old) if self._old else None
        if sign_in is None:
            return
        try:
            client = client_of(self._settings.general, sign_in)
        except NoClientError as error:
            self.status.say(str(error), "error")
            return
        user = self.pages.account.texts["address"].get().strip()

        job = jobs.sign_in(sign_in, client, user, how, self._show_code)
        self._busy(_("Sign in in your web browser; this window waits."))
        self._work.start(job, done=self._is_signed_in, failed=self._failed, stopped=self._stopped)

    def _show_code(self, code: signing_in.DeviceCode) -> None:
        sentence = _("Open {page} on any device and enter {code}").format(page=code.page, code=code.code)
        self.report.put("code", "note", sentence)
        self.status.say(sentence)

    def _is_signed_in(self, token: Token) -> None:
        self._signed_in = Entered(token.grant.to_secret(), token.access)
        for pane in (self.pages.pop3, self.pages.smtp):
            if pane.auth.value not in {"xoauth2", "oauthbearer"}:
                pane.auth.value = "xoauth2"
        self._idle()
        self.report.put("", "ok", _("You are signed in."))
        self.status.say(_("You are signed in."), "good")

    # --- testing -------------------------------------------------------------------------------------------------

    def test(self, *, then_save: bool = False) -> None:
        """Logs in to both servers; then saves, if that is wanted and nothing failed."""
        if self._work.busy:
            return
        account = self._account()
        if account is None or not self._has_password(account):
            return
        entered = entered_by(account, self.pages.password, self.pages.smtp.password, self._signed_in)
        self.report.clear()

        job = jobs.test(account, entered, self._show_line)
        self._busy(_("Testing…"))
        self._work.start(
            job,
            done=lambda good: self._tested(good, then_save=then_save),
            failed=self._failed,
            stopped=self._stopped,
        )

    def _has_password(self, account: Account) -> bool:
        """A new account needs one: typed, by a command, or in the form of a sign-in."""
        typed = self.pages.password
        if self._old is not None or typed or self._signed_in or account.pop3.password_command:
            return True
        self.pages.turn_to(self.pages.account)
        if wants_sign_in(self.pages.get()):
            self.status.say(_("This provider wants a sign-in."), "error")
        else:
            self.pages.account.entries["password"].focus_set()
            self.status.say(_("Now the password, please."), "error")
        return False

    def _show_line(self, line: proving.Line) -> None:
        role = {"pop3": _("Receiving"), "smtp": _("Sending")}[line.role]
        self.report.put("", line.state, f"{role}: {line.what}", line.remedy)
        if line.reason is Reason.CERTIFICATE_UNTRUSTED:
            self.pages.pane(line.role).show_authority()
        if line.reason in {Reason.STORE_MISSING, Reason.PASSWORD_COMMAND_FAILED}:
            self.pages.account.show_command()
        if line.interval:
            self.pages.suggest_interval(line.interval)

    def _tested(self, good: bool, *, then_save: bool) -> None:
        if good and then_save:
            self._work_on(self.save)
            return
        self._idle()
        self._show_step(SAVE if good else ANYWAY)
        if good:
            self.status.say(_("Everything works."), "good")
        else:
            self.status.say(_("Not everything works. Change it and test again, or save it anyway."), "error")

    def _work_on(self, then: Callable[[], None]) -> None:
        self._idle()
        then()

    # --- saving --------------------------------------------------------------------------------------------------

    def save(self) -> None:
        account = self._account()
        if account is None:
            return
        entered = entered_by(account, self.pages.password, self.pages.smtp.password, self._signed_in)

        job = jobs.save(self._where, account, self._old, entered)
        self._busy(_("Saving…"))
        self._work.start(job, done=self._saved, failed=self._not_saved, stopped=self._stopped)

    def _saved(self, name: str) -> None:
        self._idle()
        self._on_close(name)

    def _not_saved(self, error: Exception) -> None:
        self._failed(error)
        if isinstance(error, Trouble) and error.reason is Reason.STORE_MISSING:
            self.pages.turn_to(self.pages.account)
            self.pages.account.show_command()
            self.pages.account.entries["password_command"].focus_set()
