"""The front door: one function per command. Everything a command needs is imported inside it, to stay light."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from notifier import __version__, logs
from notifier.config import Account, Server, Settings, SettingsError, load
from notifier.errors import NotifierError
from notifier.places import Places, places
from notifier.words import _

if TYPE_CHECKING:
    import argparse

    from notifier.prospects import Prospects
    from notifier.servers.secret import Secret

Command = Callable[["argparse.Namespace", Places], int]
Add = Callable[[str, Command, str], "argparse.ArgumentParser"]

WRONG_USE, FAILED = 2, 3
ASK_PATIENCE = 100.0  # seconds: a running program's checks have a deadline of their own


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the result is the exit status."""
    words = sys.argv[1:] if argv is None else list(argv)
    options = _plain_start(words) or _parser(words).parse_args(words)
    where = places(options.home)
    logs.set_up(options.verbose, file=where.log if options.run is run else None)
    try:
        status: int = options.run(options, where)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    except NotifierError as error:
        print(f"notifier: {error}", file=sys.stderr)
        return FAILED
    except TimeoutError as error:  # of the running program, when it is asked
        print(f"notifier: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `notifier … | head` is no error
        sys.stderr.close()
        return 0
    return status


# --- commands ----------------------------------------------------------------------------------------------------


def run(options: argparse.Namespace, where: Places) -> int:
    """The tray, in the foreground; without one it goes on and says where its alerts go."""
    from notifier.system import instance
    from notifier.watch import starting

    settings = load(where.config)
    try:
        return starting.run(where, settings, _secret_for, tray_wanted=not options.no_tray)
    except instance.AlreadyRunningError:
        return _started_again(where, window_wanted=not options.no_tray)


def _started_again(where: Places, *, window_wanted: bool) -> int:
    """Who starts a running program wants to see it: its icon where there is one, and else the window."""
    from notifier.system import instance
    from notifier.watch.opening import can_show_windows

    instance.ask(where.door, {"do": "act", "action": "check"}, timeout=5.0)
    print(_("Notifier is running already; it was asked to check now."), flush=True)
    reply = instance.ask(where.door, {"do": "status"}, timeout=5.0)
    if window_wanted and can_show_windows() and reply is not None and not reply.get("icon_seen"):
        return _window("status", {"home": _home_of(where) or None})
    return 0


def demo(options: argparse.Namespace, _where: Places) -> int:
    """The program against the embedded servers; its folder is thrown away at the end."""
    from notifier.watch import starting

    return starting.demo(tray_wanted=not options.no_tray, speed=options.speed)


def check(options: argparse.Namespace, where: Places) -> int:
    """One check now, by the running program if there is one, and by this process otherwise."""
    from notifier.watch import report

    settings = load(where.config)
    unknown = [name for name in options.accounts if settings.account(name) is None]
    if unknown or not settings.accounts:
        return _no_such_account(unknown, settings, where)
    rows = _checked_by_the_running(options.accounts, where)
    if rows is None:
        from notifier.watch.once import check_once

        rows = check_once(where, settings, options.accounts, lambda account: _secret_for(account, account.pop3))
    if options.json:
        print(json.dumps({"accounts": rows}, ensure_ascii=False))
    else:
        for row in rows:
            print(report.sentence(row))
    return report.exit_status(rows)


def _checked_by_the_running(names: list[str], where: Places) -> list[dict[str, Any]] | None:
    from notifier.system import instance

    reply = instance.ask(where.door, {"do": "check", "accounts": names}, timeout=ASK_PATIENCE)
    return reply["accounts"] if reply and reply.get("ok") else None


def _no_such_account(unknown: list[str], settings: Settings, where: Places) -> int:
    if not settings.accounts:
        print(
            _("No account is set up in {path}. “notifier setup” makes one.").format(path=where.config), file=sys.stderr
        )
        return WRONG_USE
    there = ", ".join(a.name for a in settings.accounts)
    for name in unknown:
        print(_("There is no account “{name}”; there are: {names}").format(name=name, names=there), file=sys.stderr)
    return WRONG_USE


def accounts(options: argparse.Namespace, where: Places) -> int:
    """The accounts as they are set up."""
    settings = load(where.config)
    rows = [_account_row(a, settings) for a in settings.accounts]
    if options.json:
        print(json.dumps({"config": str(where.config), "accounts": rows}, ensure_ascii=False))
        return 0
    if not rows:
        return _no_such_account([], settings, where)
    for row in rows:
        print(f"{row['name']}: {row['user']} · {row['pop3']} · {row['smtp'] or _('no sending server')}")
    return 0


def _account_row(account: Account, settings: Settings) -> dict[str, Any]:
    return {
        "name": account.name,
        "address": account.address,
        "user": account.pop3.user,
        "pop3": f"{account.pop3.host}:{account.pop3.port} ({account.pop3.security})",
        "smtp": ", ".join(f"{s.host}:{s.port} ({s.security})" for s in account.smtp) or None,
        "mailbox_limit": account.mailbox_limit,
        "keep_on_server": account.keep_on_server,
        "interval": settings.interval_of(account),
        "muted": account.muted,
    }


def status(options: argparse.Namespace, where: Places) -> int:
    """What the running program sees; exit status 1 when none runs."""
    from notifier.system import instance

    if options.window:
        return _window("status", {"home": _home_of(where) or None})
    reply = instance.ask(where.door, {"do": "status"}, timeout=5.0)
    if options.json:
        print(json.dumps(reply or {"running": False}, ensure_ascii=False))
    elif reply is None:
        print(_("Notifier is not running."))
    else:
        _print_status(reply)
    return 0 if reply else 1


def _print_status(reply: dict[str, Any]) -> None:
    shown = _("icon: {tray}; alerts: {alerts}")
    print(_("Notifier is running (process {pid}).").format(pid=reply["pid"]))
    print(shown.format(tray=reply["tray"] or _("none"), alerts=reply["alerts"]))
    if reply["note"]:
        print(reply["note"])
    for account in reply["accounts"]:
        print(f"{account['name']}: {_status_of(account)}")


def _status_of(account: dict[str, Any]) -> str:
    """One account's line: what is there and how full it is, or why nobody knows."""
    from notifier.words import size

    if account["error"]:
        return str(account["error"]["message"])
    messages, quota = account["messages"], account["quota"]
    count = _("{n} messages, {unseen} unseen")
    parts = [count.format(n="?" if messages is None else messages, unseen=account["unseen"])]
    if quota:
        full = _("at least {percent} % of {limit}")
        parts.append(full.format(percent=round(quota["percent"]), limit=size(quota["limit"])))
    return ", ".join([*parts, *filter(None, [account["forecast"]])])


def quit_(_options: argparse.Namespace, where: Places) -> int:
    """Ends the running program; exit status 1 when none runs."""
    from notifier.system import instance

    if instance.ask(where.door, {"do": "quit"}, timeout=5.0) is None:
        print(_("Notifier is not running."))
        return 1
    return 0


def autostart(options: argparse.Namespace, where: Places) -> int:
    """Starts with the desktop, or no longer; `status` says which, exit status 1 when it does not."""
    from notifier.system import autostart as login

    try:
        state = {"on": lambda: login.turn_on(where.home), "off": login.turn_off, "status": login.status}[options.do]()
    except OSError as error:
        print(f"notifier: {error}", file=sys.stderr)
        return FAILED
    if not state.on:
        print(_("Notifier does not start at login."))
    elif state.stale:
        print(_("Notifier would start at login, but {why}").format(why=state.why))
    else:
        print(_("Notifier starts at login ({where}).").format(where=state.where))
    return 1 if options.do == "status" and not state.on else 0


def mailto(options: argparse.Namespace, where: Places) -> int:
    """Lets mailto: links open the window to write in, or no longer; exit status 1 when they do not."""
    from notifier.system import mail_links

    try:
        state = {"on": lambda: mail_links.turn_on(where.home), "off": mail_links.turn_off, "status": mail_links.status}[
            options.do
        ]()
    except OSError as error:
        print(f"notifier: {error}", file=sys.stderr)
        return FAILED
    print(_("mailto: links open Notifier.") if state.on else _("mailto: links do not open Notifier."))
    if state.rest:
        print(state.rest)
    return 0 if state.on or options.do == "off" else 1


def doctor(options: argparse.Namespace, where: Places) -> int:
    """What works here and what does not; exit status 0 when nothing fails, 3 otherwise."""
    from notifier import doctor as examination

    lines = []
    for line in examination.examine(where, _secret_for):
        lines.append(line)
        if not options.json:
            print(examination.as_text(line), flush=True)
    if options.json:
        print(json.dumps({"lines": [examination.as_facts(line) for line in lines]}, ensure_ascii=False))
    return FAILED if any(line.state == examination.FAILS for line in lines) else 0


def setup(options: argparse.Namespace, where: Places) -> int:
    """The set-up window; with options, set-up without a window."""
    from notifier.setup import commands

    status = commands.run(options, where)
    _tell_the_running("reload", where)
    return status


def compose(options: argparse.Namespace, where: Places) -> int:
    """The quick-send window, in a process of its own: Tk never enters this one."""
    return _window("compose", {"home": _home_of(where) or None, "mailto": options.url})


def send(options: argparse.Namespace, where: Places) -> int:
    """Sends a mail from the terminal; its text comes on standard input."""
    from notifier.outgoing import commands

    report = commands.send(
        where.outbox,
        load(where.config),
        _secret_for,
        to=options.to,
        cc=options.cc,
        bcc=options.bcc,
        subject=options.subject,
        text=sys.stdin.read(),
        attach=options.attach,
        account=options.account,
    )
    _tell_the_running("outbox", where)
    return _print_report(report.sentences, report.status)


def outbox(options: argparse.Namespace, where: Places) -> int:
    """What waits to be sent; `retry` tries at once, `delete` throws a mail away."""
    from notifier.outgoing import commands
    from notifier.outgoing.outbox import Outbox

    if options.do is None and options.window:
        return _window("outbox", {"home": _home_of(where) or None})
    if not where.outbox.exists() and options.do is None:
        print(json.dumps({"mails": []}) if options.json else _("The outbox is empty."))
        return 0
    with Outbox(where.outbox, now=time.time()) as box:
        if options.do == "retry":
            report = commands.retry(box, load(where.config), _secret_for, options.id)
        elif options.do == "delete":
            report = commands.delete(box, options.id)
        elif options.json:
            print(json.dumps({"mails": commands.rows(box)}, ensure_ascii=False))
            return 0
        else:
            print("\n".join(commands.show(box, now=time.time())))
            return 0
    _tell_the_running("outbox", where)
    return _print_report(report.sentences, report.status)


def history(options: argparse.Namespace, where: Places) -> int:
    """How full each mailbox is, how fast it fills, and when it will be full as far as can be said."""
    from notifier import prospects, prospects_words

    settings = load(where.config)
    if options.account and settings.account(options.account) is None:
        return _no_such_account([options.account], settings, where)
    wanted = [a for a in settings.accounts if options.account in {None, a.name}]
    if options.provider_says is not None and not _calibrate(wanted, options.provider_says, where):
        return WRONG_USE
    if options.window:
        return _window("history", {"home": _home_of(where) or None, "account": options.account})
    found = prospects.of_accounts(where, wanted)
    if options.png or options.csv:
        return _history_files(found, options)
    if options.json:
        print(json.dumps({"accounts": [prospects.facts(p) for p in found]}, ensure_ascii=False))
        return 0
    for number, one in enumerate(found):
        first, *rest = prospects_words.sentences(one)
        print("\n" * bool(number) + "\n".join([first, *(f"  {line}" for line in rest)]))
    return 0


def _history_files(found: Sequence[Prospects], options: argparse.Namespace) -> int:
    """The picture and the table as files; neither needs a display."""
    from pathlib import Path

    from notifier.windows import chart_files

    try:
        if options.png:
            chart_files.save_picture(Path(options.png), found, options.range, dark=options.dark)
        if options.csv:
            chart_files.save_table(Path(options.csv), found)
    except OSError as error:
        print(f"notifier: {error}", file=sys.stderr)
        return FAILED
    return 0


def _calibrate(wanted: Sequence[Account], said: str, where: Places) -> bool:
    """What the provider's page says is used, for one account; "none" forgets it. False: wrong use, and said so."""
    from notifier import prospects
    from notifier.setting_values import parse_size

    try:
        octets = None if said == "none" else parse_size(said)
    except ValueError:
        octets = 0
    if len(wanted) != 1 or octets == 0:
        print(_('notifier: name one account and a size such as "812 MB", or "none"'), file=sys.stderr)
        return False
    prospects.calibrate(where, wanted[0], octets, time.time())
    _tell_the_running("reload", where)
    return True


def _window(name: str, request: dict[str, Any]) -> int:
    """Shows a window, a process of its own, and waits until it is closed."""
    from notifier.windows import process

    answer = process.open_window(name, request).answer() or {}
    if not answer.get("trouble"):
        return 0
    print(f"notifier: {answer.get('message') or _('the window ended in an unforeseen way')}", file=sys.stderr)
    return FAILED


def _print_report(sentences: Sequence[str], status: int) -> int:
    for sentence in sentences:
        print(sentence, file=sys.stderr if status >= WRONG_USE else sys.stdout)
    return status


# --- what the commands share -------------------------------------------------------------------------------------


def _secret_for(account: Account, server: Server) -> Secret:
    """The password of an account's server, from `password_command` or the desktop's store."""
    from notifier.system import passwords

    return passwords.secret_for(account, server)


def _tell_the_running(what: str, where: Places) -> None:
    """Lets the running program, if there is one, look at what this process changed."""
    from notifier.system import instance

    instance.ask(where.door, {"do": what}, timeout=1.0)


def _home_of(where: Places) -> str:
    return str(where.home or "")


def _plain_start(words: Sequence[str]) -> argparse.Namespace | None:
    """The start at login, understood without a parser, which would stay in memory all day; None: anything else."""
    home = words[1] if len(words) > 1 and words[0] == "--home" else None
    rest = words if home is None else words[2:]
    if [*rest] not in ([], ["run"]):
        return None
    return cast("argparse.Namespace", SimpleNamespace(home=home, verbose=0, run=run, no_tray=False))


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    import argparse

    parser = argparse.ArgumentParser(
        prog="notifier", description=_("Watches POP3 mailboxes, announces new mail, warns before the mailbox is full.")
    )
    parser.add_argument("--version", action="version", version=f"notifier {__version__}")
    parser.add_argument("--home", metavar="DIR", help=_("keep settings and state in DIR (or set NOTIFIER_HOME)"))
    parser.add_argument("-v", "--verbose", action="count", default=0, help=_("say more; twice: every command sent"))
    parser.set_defaults(run=run, no_tray=False)
    commands = parser.add_subparsers(metavar="COMMAND")

    def add(name: str, function: Command, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=function)
        return command

    no_tray: dict[str, Any] = {"action": "store_true", "help": _("no icon; alerts are written to the terminal")}
    as_json: dict[str, Any] = {"action": "store_true", "help": _("print JSON")}
    add("run", run, _("the tray, in the foreground (what “notifier” alone does)")).add_argument("--no-tray", **no_tray)
    command = add("check", check, _("check now; exit status 0 new mail, 1 nothing new, 2 wrong use, 3 failed"))
    command.add_argument("accounts", nargs="*", metavar="ACCOUNT")
    command.add_argument("--json", **as_json)
    add("accounts", accounts, _("list the accounts")).add_argument("--json", **as_json)
    command = add("status", status, _("what the running program sees"))
    command.add_argument("--json", **as_json)
    command.add_argument("--window", action="store_true", help=_("show it in a window, live"))
    add("doctor", doctor, _("what works here and what does not, each with its remedy")).add_argument(
        "--json", **as_json
    )
    add("quit", quit_, _("end the running program"))
    _add_sending(add, as_json)
    command = add("history", history, _("how full, how fast, and full when"))
    command.add_argument("account", nargs="?", metavar="ACCOUNT")
    command.add_argument("--json", **as_json)
    command.add_argument("--png", metavar="FILE", help=_("save the picture"))
    command.add_argument("--csv", metavar="FILE", help=_("save all sizes as a table"))
    command.add_argument("--range", choices=("week", "month", "year", "all"), default="month", help=_("of the picture"))
    command.add_argument("--dark", action="store_true", help=_("a dark picture"))
    command.add_argument("--provider-says", metavar="SIZE", help=_("what the provider's page says is used, or none"))
    command.add_argument("--window", action="store_true", help=_("show it in a window"))
    command = add("autostart", autostart, _("start at login"))
    command.add_argument("do", choices=("on", "off", "status"))
    command = add("mailto", mailto, _("let mailto: links open the window to write a mail"))
    command.add_argument("do", choices=("on", "off", "status"))
    command = add("setup", setup, _("add or change an account"))
    if "setup" in words:  # its many options are read from a room that other commands need not load
        from notifier.setup.options import add_options

        add_options(command)
    command = add("demo", demo, _("try the program without an account, on embedded servers"))
    command.add_argument("--no-tray", **no_tray)
    command.add_argument("--speed", type=float, default=1.0, help=argparse.SUPPRESS)
    return parser


def _add_sending(add: Add, as_json: dict[str, Any]) -> None:
    command = add("compose", compose, _("write a mail in a window"))
    command.add_argument("url", nargs="?", metavar="MAILTO-URL")
    command = add("send", send, _("send a mail; its text comes on standard input"))
    command.add_argument("--to", action="append", required=True, metavar="ADDRESS")
    command.add_argument("--cc", action="append", default=[], metavar="ADDRESS")
    command.add_argument("--bcc", action="append", default=[], metavar="ADDRESS")
    command.add_argument("--subject", default="")
    command.add_argument("--account", metavar="NAME")
    command.add_argument("--attach", action="append", default=[], metavar="FILE")
    command = add("outbox", outbox, _("what waits to be sent"))
    command.add_argument("--json", **as_json)
    command.add_argument("--window", action="store_true", help=_("show it in a window"))
    command.set_defaults(do=None)
    actions = command.add_subparsers(metavar="ACTION")
    retry = actions.add_parser("retry", help=_("try again at once"))
    retry.add_argument("id", nargs="?", type=int, metavar="ID")
    retry.set_defaults(do="retry")
    delete = actions.add_parser("delete", help=_("throw a mail away"))
    delete.add_argument("id", type=int, metavar="ID")
    delete.set_defaults(do="delete")
