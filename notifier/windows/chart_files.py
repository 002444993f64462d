"""The history as files: the picture as PNG, the sizes as a table (CSV). Both work without a display."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from notifier.private import write_where_told
from notifier.prospects import Prospects
from notifier.windows.chart_figures import figures_of

COLUMNS = ("account", "time", "messages", "octets", "arrived", "departed", "octets_in", "octets_out", "span")


def save_picture(path: Path, found: Sequence[Prospects], span: str = "month", *, dark: bool = False) -> None:
    """Writes all accounts, one below the other. Raises OSError."""
    from notifier.windows import chart

    write_where_told(path, chart.png([figures_of(one, span) for one in found], dark=dark))


def save_table(path: Path, found: Sequence[Prospects]) -> None:
    """Writes every stored sample, times in ISO 8601 with their offset. Raises OSError."""
    write_where_told(path, table(found))


def table(found: Sequence[Prospects]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    writer.writerow(COLUMNS)
    for one in found:
        name = _no_formula(one.account.name)
        for s in one.samples:
            at = datetime.fromtimestamp(s.at).astimezone().isoformat(timespec="seconds")
            facts = (s.count, s.octets, s.arrived, s.departed, s.octets_in, s.octets_out, s.span)
            writer.writerow((name, at, *facts))
    return out.getvalue()


def _no_formula(name: str) -> str:
    """Spreadsheets take a text that begins so for something to calculate."""
    return f"'{name}" if name[:1] in {"=", "+", "-", "@", "\t", "\r"} else name
