"""A small program that shows the real tray for a scripted mailbox; live tests drive it by lines on standard input.

Commands: `unseen N`, `pause`, `resume`, `more` (another account), `quit`. It says PRESENCE, ACTION and READY lines.
Arguments: `menu` or `click`, what a left click does.
"""

from __future__ import annotations

import dataclasses
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from notifier import tray
from notifier.overview import AccountState, Overview

NOW = time.time()
WORK = AccountState("Work_a", 41, 412_000_000, 3, 500_000_000, 62.0, "ok", NOW)
HOME = AccountState("Home", 2, 9000, checked_at=NOW)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")  # one write: several threads speak here
    sys.stdout.flush()


def main() -> None:
    overview = Overview((WORK, HOME))
    choice = tray.choose(lambda action: say(f"ACTION {action}"), lambda presence: say(f"PRESENCE {presence}"))
    if choice.tray is None:
        say(f"NO TRAY {choice.probes}")
        return
    icon = choice.tray

    def show() -> None:
        options = tray.Options(start_at_login=True, on_click=sys.argv[1] if len(sys.argv) > 1 else "menu")
        view = tray.View(
            tray.face_of(overview),
            tray.tooltip(overview, NOW),
            tray.menu(overview, NOW, options),
            options.on_click == "menu",
        )
        icon.show(view)

    def listen() -> None:
        nonlocal overview
        for line in sys.stdin:
            command, *words = line.split()
            if command == "unseen":
                work = dataclasses.replace(overview.accounts[0], unseen=int(words[0]))
                overview = dataclasses.replace(overview, accounts=(work, *overview.accounts[1:]))
            elif command == "more":
                overview = dataclasses.replace(overview, accounts=(*overview.accounts, AccountState("Club", 7, 70)))
            elif command in {"pause", "resume"}:
                overview = dataclasses.replace(overview, paused_until=float("inf") if command == "pause" else None)
            elif command == "balloon":
                icon.notify("Work", "3 new messages")  # type: ignore[attr-defined]
            elif command == "quit":
                break
            show()
        icon.stop()

    show()
    threading.Thread(target=listen, daemon=True).start()
    icon.run(lambda: say(f"READY {icon.name}"))
    say("END")


if __name__ == "__main__":
    main()
