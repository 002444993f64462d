"""The commands of quick-send: a window, a mail from the terminal, the outbox."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING

from notifier.cli.terminal import WRONG_USE, home_of, print_report, secret_for, tell_the_running, window
from notifier.config import load
from notifier.places import Places
from notifier.words import _

if TYPE_CHECKING:
    import argparse


def compose(options: argparse.Namespace, where: Places) -> int:
    """The quick-send window, in a process of its own: Tk never enters this one."""
    from notifier.outgoing.mailto import NotMailtoError, parse

    try:
        parse(options.url or "mailto:")
    except NotMailtoError as error:
        return print_report([str(error)], WRONG_USE)
    return window("compose", {"home": home_of(where) or None, "mailto": options.url})


def send(options: argparse.Namespace, where: Places) -> int:
    """Sends a mail from the terminal; its text comes on standard input."""
    from notifier.outgoing import commands

    report = commands.send(
        where.outbox,
        load(where.config),
        secret_for,
        to=[as_text(os.fsencode(address)) for address in options.to],
        cc=[as_text(os.fsencode(address)) for address in options.cc],
        bcc=[as_text(os.fsencode(address)) for address in options.bcc],
        subject=as_text(os.fsencode(options.subject)),
        text=as_text(sys.stdin.buffer.read()),
        attach=options.attach,
        account=options.account,
    )
    tell_the_running("outbox", where)
    return print_report(report.sentences, report.status)


def as_text(octets: bytes) -> str:
    """What a script hands over, in UTF-8 or else in the Western encoding that old programs write."""
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")


def outbox(options: argparse.Namespace, where: Places) -> int:
    """What waits to be sent; `retry` tries at once, `delete` throws a mail away."""
    from notifier.outgoing import commands
    from notifier.outgoing.outbox import Outbox

    if options.do is None and options.window:
        return window("outbox", {"home": home_of(where) or None})
    if not where.outbox.exists() and options.do is None:
        print(json.dumps({"mails": []}) if options.json else _("The outbox is empty."))
        return 0
    with Outbox(where.outbox, now=time.time()) as box:
        if options.do == "retry":
            report = commands.retry(box, load(where.config), secret_for, options.id)
        elif options.do == "delete":
            report = commands.delete(box, options.id)
        elif options.json:
            print(json.dumps({"mails": commands.rows(box)}, ensure_ascii=False))
            return 0
        else:
            print("\n".join(commands.show(box, now=time.time())))
            return 0
    tell_the_running("outbox", where)
    return print_report(report.sentences, report.status)
