"""The commands for the program's place on the desktop: start at login, mailto: links, what works and what does not."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from notifier.cli.terminal import FAILED, secret_for
from notifier.places import Places
from notifier.words import _

if TYPE_CHECKING:
    import argparse


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
    for line in examination.examine(where, secret_for):
        lines.append(line)
        if not options.json:
            print(examination.as_text(line), flush=True)
    if options.json:
        print(json.dumps({"lines": [examination.as_facts(line) for line in lines]}, ensure_ascii=False))
    return FAILED if any(line.state == examination.FAILS for line in lines) else 0
