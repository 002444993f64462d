"""`python -m notifier` is the same as the `notifier` command."""

import sys

if not __package__:  # started by this file's path, as the login entry of a checkout does: sys.path[0] is this folder
    sys.path[0] = sys.path[0].rpartition("notifier")[0] or "."

from notifier.cli import main

if __name__ == "__main__":
    sys.exit(main())
