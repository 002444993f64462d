"""`notifier setup`: the window, or with options the same without one.

The password comes on standard input or from a prompt, never as an option: those are for every program to read.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from notifier.config import Account, Server, Settings, load
from notifier.errors import Trouble
from notifier.places import Places
from notifier.servers.secret import Secret
from notifier.setup.options import UseError, add_options, assemble
from notifier.words import _, explain

if TYPE_CHECKING:
    from notifier.setup.discovery import Found, Means
    from notifier.setup.proving import Line
    from notifier.setup.saving import Entered

__all__ = ["add_options", "run"]

WRONG_USE, FAILED = 2, 3
_MARKS = {"ok": "✓", "note": "·", "failed": "✗"}
_ROLES = {"pop3": "POP3", "smtp": "SMTP"}


def run(options: argparse.Namespace, where: Places, *, means: Means | None = None) -> int:
    """Does what `options` (of `add_options`) say; the result is the exit status. Raises SettingsError."""
    try:
        if options.remove:
            return _remove(options.remove, where)
        if options.export or options.import_ or options.import_thunderbird is not None:
            from notifier.setup import moving

            return moving.run(options, where)
        if options.address or _changes_something(options):
            return _set_up(options, where, means)
        return _window(options.account, where)
    except UseError as error:
        print(f"notifier: {error}", file=sys.stderr)
        return WRONG_USE
    except Trouble as trouble:
        print(f"notifier: {explain(trouble.reason, trouble.host, trouble.said)}", file=sys.stderr)
        return FAILED


def _changes_something(options: argparse.Namespace) -> bool:
    plain = {"account", "run", "home", "verbose", "no_tray"}
    return any(value for key, value in vars(options).items() if key not in plain)


def _window(account: str | None, where: Places) -> int:
    from notifier.windows.process import SETTINGS, open_window

    home = str(where.home) if where.home else None
    request = {"home": home, "account": account}
    answer = open_window("setup", request).answer() or {}
    if answer.get("message"):
        print(f"notifier: {answer['message']}", file=sys.stderr)
    if answer.get("trouble") == SETTINGS:
        return WRONG_USE
    if answer.get("message"):
        print(_("“notifier setup --address ADDRESS” sets up an account without a window."), file=sys.stderr)
    return 0 if answer.get("ok") else FAILED


def _remove(name: str, where: Places) -> int:
    from notifier.setup import saving

    account = _named(load(where.config), name)
    saving.remove(where, account)
    print(_("“{name}” was removed.").format(name=account.name))
    return 0


def _named(settings: Settings, name: str) -> Account:
    account = settings.account(name)
    if account is None:
        there = ", ".join(a.name for a in settings.accounts) or _("none")
        raise UseError(_("There is no account “{name}”; there are: {names}").format(name=name, names=there))
    return account


# --- one account -------------------------------------------------------------------------------------------------


def _set_up(options: argparse.Namespace, where: Places, means: Means | None) -> int:
    from notifier.setup import saving

    settings = load(where.config)
    old = _named(settings, options.account) if options.account else None
    account = assemble(options, old, lambda address: _search(address, means))
    if settings.account(account.name) not in {None, old}:
        raise UseError(
            _("There is an account “{name}” already: choose another --name, or change it with “setup {name}”.").format(
                name=account.name
            )
        )
    entered = _entered(options, account, settings)
    if not options.no_test and not _test(account, entered) and not options.anyway:
        print(_("Nothing was saved. --anyway saves all the same, --no-test does not try."), file=sys.stderr)
        return FAILED
    saving.save(where, account, old, entered)
    print(_("“{name}” was saved in {path}.").format(name=account.name, path=where.config))
    return 0


# --- what is shown meanwhile -------------------------------------------------------------------------------------


def _search(address: str, means: Means | None) -> Found:
    from notifier.setup.discovery import discover

    print(_("Looking for the servers of {address} …").format(address=address))
    found = discover(address, means=means)
    offer = found.offer
    if offer is None:
        return found
    for server in (*offer.pop3[:1], *offer.smtp[:1]):
        print(f"  {server.host}:{server.port} ({server.security})")
    if found.elsewhere:
        print(_("These belong to another provider: {hosts}").format(hosts=", ".join(found.elsewhere)))
    for hint in offer.hints:
        print(f"  {hint}")
    return found


def _entered(options: argparse.Namespace, account: Account, settings: Settings) -> dict[Server, Entered]:
    """What was entered, by server; the sending server shares the receiving one's, unless it belongs to another."""
    from notifier.setup.saving import Entered
    from notifier.system.passwords import TOKENS, shares_password

    if options.sign_in:
        from notifier.setup import signing_in

        token = signing_in.on_the_terminal(account, settings.general, options.sign_in)
        return {account.pop3: Entered(token.grant.to_secret(), token.access)}
    if options.no_password or account.pop3.password_command:
        return {}
    if account.pop3.auth in TOKENS:
        raise UseError(_("This provider wants a sign-in: --sign-in browser, or --sign-in device."))
    entered = {account.pop3: Entered.password(_password(options, account.pop3))}
    for server in account.smtp:
        if server.user and not server.password_command and not shares_password(account, server):
            entered[server] = Entered.password(_password(options, server))
    return entered


def _password(options: argparse.Namespace, server: Server) -> str:
    if options.password_stdin:
        text = _first_line_of_input()
    elif sys.stdin.isatty():
        text = getpass.getpass(_("Password of {user} at {host}: ").format(user=server.user, host=server.host))
    else:
        raise UseError(_("There is no terminal to ask for the password: --password-stdin reads it."))
    if not text:
        raise UseError(_("That is no password: it is empty."))
    return text


def _first_line_of_input() -> str:
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        # Not chained: what cannot be read is the password.
        raise UseError(_("The password on standard input is not written in UTF-8.")) from None


def _test(account: Account, entered: dict[Server, Entered]) -> bool:
    from notifier.setup import proving, saving

    def secret_of(server: Server) -> Secret:
        return saving.secret_of(account, server, entered)

    def show(line: Line) -> None:
        words = f"{_MARKS[line.state]} {_ROLES[line.role]}: {line.what} {line.remedy}".rstrip()
        print(words, file=sys.stderr if line.state == "failed" else sys.stdout)

    return proving.prove(account, secret_of, show)
