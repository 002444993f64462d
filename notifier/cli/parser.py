"""Every command with its options; not loaded at the start at login."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from notifier import __version__
from notifier.cli import accounts, desktop, history, watching, writing
from notifier.places import Places
from notifier.words import _

Command = Callable[[argparse.Namespace, Places], int]
Add = Callable[[str, Command, str], argparse.ArgumentParser]

_AS_JSON: dict[str, Any] = {"action": "store_true", "help": _("print JSON")}
_NO_TRAY: dict[str, Any] = {"action": "store_true", "help": _("no icon; alerts are written to the terminal")}


def parser_for(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser for the command line `words`, which say what of it is needed."""
    parser = argparse.ArgumentParser(
        prog="notifier", description=_("Watches POP3 mailboxes, announces new mail, warns before the mailbox is full.")
    )
    parser.add_argument("--version", action="version", version=f"notifier {__version__}")
    parser.add_argument("--home", metavar="DIR", help=_("keep settings and state in DIR (or set NOTIFIER_HOME)"))
    parser.add_argument("-v", "--verbose", action="count", default=0, help=_("say more; twice: every command sent"))
    parser.set_defaults(run=watching.run, no_tray=False)
    commands = parser.add_subparsers(metavar="COMMAND")

    def add(name: str, function: Command, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=function)
        return command

    _watching(add)
    _writing(add)
    _history(add)
    _setting_up(add, words)
    _desktop(add)
    command = add("demo", watching.demo, _("try the program without an account, on embedded servers"))
    command.add_argument("--no-tray", **_NO_TRAY)
    command.add_argument("--speed", type=float, default=1.0, help=argparse.SUPPRESS)
    return parser


def _watching(add: Add) -> None:
    command = add("run", watching.run, _("the tray, in the foreground (what “notifier” alone does)"))
    command.add_argument("--no-tray", **_NO_TRAY)
    command = add("check", watching.check, _("check now; exit status 0 new mail, 1 nothing new, 2 wrong use, 3 failed"))
    command.add_argument("accounts", nargs="*", metavar="ACCOUNT")
    command.add_argument("--json", **_AS_JSON)
    command = add("status", watching.status, _("what the running program sees"))
    command.add_argument("--json", **_AS_JSON)
    command.add_argument("--window", action="store_true", help=_("show it in a window, live"))
    add("quit", watching.quit_, _("end the running program"))


def _writing(add: Add) -> None:
    command = add("compose", writing.compose, _("write a mail in a window"))
    command.add_argument("url", nargs="?", metavar="MAILTO-URL")
    command = add("send", writing.send, _("send a mail; its text comes on standard input"))
    command.add_argument("--to", action="append", required=True, metavar="ADDRESS")
    command.add_argument("--cc", action="append", default=[], metavar="ADDRESS")
    command.add_argument("--bcc", action="append", default=[], metavar="ADDRESS")
    command.add_argument("--subject", default="")
    command.add_argument("--account", metavar="NAME")
    command.add_argument("--attach", action="append", default=[], metavar="FILE")
    command = add("outbox", writing.outbox, _("what waits to be sent"))
    command.add_argument("--json", **_AS_JSON)
    command.add_argument("--window", action="store_true", help=_("show it in a window"))
    command.set_defaults(do=None)
    actions = command.add_subparsers(metavar="ACTION")
    retry = actions.add_parser("retry", help=_("try again at once"))
    retry.add_argument("id", nargs="?", type=int, metavar="ID")
    retry.set_defaults(do="retry")
    delete = actions.add_parser("delete", help=_("throw a mail away"))
    delete.add_argument("id", type=int, metavar="ID")
    delete.set_defaults(do="delete")


def _history(add: Add) -> None:
    command = add("history", history.history, _("how full, how fast, and full when"))
    command.add_argument("account", nargs="?", metavar="ACCOUNT")
    command.add_argument("--json", **_AS_JSON)
    command.add_argument("--png", metavar="FILE", help=_("save the picture"))
    command.add_argument("--csv", metavar="FILE", help=_("save all sizes as a table"))
    command.add_argument("--range", choices=("week", "month", "year", "all"), default="month", help=_("of the picture"))
    command.add_argument("--dark", action="store_true", help=_("a dark picture"))
    command.add_argument("--provider-says", metavar="SIZE", help=_("what the provider's page says is used, or none"))
    command.add_argument("--window", action="store_true", help=_("show it in a window"))


def _setting_up(add: Add, words: Sequence[str]) -> None:
    add("accounts", accounts.accounts, _("list the accounts")).add_argument("--json", **_AS_JSON)
    command = add("setup", accounts.setup, _("add or change an account"))
    if "setup" in words:  # its many options are read from a room that other commands need not load
        from notifier.setup.options import add_options

        add_options(command)


def _desktop(add: Add) -> None:
    command = add("autostart", desktop.autostart, _("start at login"))
    command.add_argument("do", choices=("on", "off", "status"))
    command = add("mailto", desktop.mailto, _("let mailto: links open the window to write a mail"))
    command.add_argument("do", choices=("on", "off", "status"))
    command = add("doctor", desktop.doctor, _("what works here and what does not, each with its remedy"))
    command.add_argument("--json", **_AS_JSON)
