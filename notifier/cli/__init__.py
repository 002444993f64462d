"""The front door: one function per command. Everything a command needs is imported inside it, to stay light."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from notifier import logs
from notifier.cli import watching
from notifier.cli.terminal import FAILED, WRONG_USE
from notifier.config import SettingsError
from notifier.errors import NotifierError
from notifier.places import places

if TYPE_CHECKING:
    import argparse

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the result is the exit status."""
    words = sys.argv[1:] if argv is None else list(argv)
    options = _plain_start(words) or _parsed(words)
    where = places(options.home)
    logs.set_up(options.verbose, file=where.log if options.run is watching.run else None)
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
    except OSError as error:  # a folder that cannot be written, a full disk
        log.info("what ended the command:", exc_info=error)
        what = f"{error.filename}: {error.strerror}" if error.filename else error
        print(f"notifier: {what}", file=sys.stderr)
        return FAILED
    return status


def _plain_start(words: Sequence[str]) -> argparse.Namespace | None:
    """The start at login, understood without a parser, which would stay in memory all day; None: anything else."""
    home = words[1] if len(words) > 1 and words[0] == "--home" else None
    rest = words if home is None else words[2:]
    if [*rest] not in ([], ["run"]):
        return None
    return cast("argparse.Namespace", SimpleNamespace(home=home, verbose=0, run=watching.run, no_tray=False))


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    from notifier.cli.parser import parser_for

    return parser_for(words).parse_args(words)
