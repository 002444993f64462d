"""`python -m notifier` is the same as the `notifier` command; so is this file's path, as a checkout's login entry."""

import os
import sys

if not __package__:  # started by path: the folder that matters is not this file's, but the one above
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib is not needed this early
    if sys.path[:1] == [here]:
        del sys.path[0]
    sys.path.insert(0, os.path.dirname(here))  # noqa: PTH120

from notifier.cli import main

if __name__ == "__main__":
    sys.exit(main())
