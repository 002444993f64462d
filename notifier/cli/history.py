"""The command for how full each mailbox is and will be: in words, as a picture, as a table, in a window."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from notifier.cli.terminal import FAILED, WRONG_USE, home_of, no_such_account, tell_the_running, window
from notifier.config import Account, load
from notifier.places import Places
from notifier.words import _

if TYPE_CHECKING:
    import argparse

    from notifier.prospects import Prospects


def history(options: argparse.Namespace, where: Places) -> int:
    """How full each mailbox is, how fast it fills, and when it will be full as far as can be said."""
    from notifier import prospects, prospects_words

    if options.window and options.provider_says is None:  # which says itself what is wrong with the settings
        return _window(options, where)
    settings = load(where.config)
    if options.account and settings.account(options.account) is None:
        return no_such_account([options.account], settings, where)
    wanted = [a for a in settings.accounts if options.account in {None, a.name}]
    if options.provider_says is not None and not _calibrate(wanted, options.provider_says, where):
        return WRONG_USE
    if options.window:
        return _window(options, where)
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


def _window(options: argparse.Namespace, where: Places) -> int:
    return window("history", {"home": home_of(where) or None, "account": options.account})


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
    tell_the_running("reload", where)
    return True
