"""The log file stays small and private."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from notifier.logs import LogFile


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("notifier", logging.INFO, __file__, 1, text, None, None)


def test_begins_anew_when_it_has_grown(tmp_path: Path) -> None:
    path = tmp_path / "state" / "notifier.log"
    log = LogFile(path, most=100)
    for n in range(60):
        log.handle(record(f"line {n:03}"))
    log.close()
    older = path.with_name("notifier.log.1")
    assert sorted(path.parent.iterdir()) == [path, older]
    kept = older.read_text().splitlines() + path.read_text().splitlines()
    assert kept[-1] == "line 059" and kept == [f"line {n:03}" for n in range(60 - len(kept), 60)]
    assert older.stat().st_size < 120
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == older.stat().st_mode & 0o777 == 0o600


def test_goes_on_where_the_old_one_was(tmp_path: Path) -> None:
    path = tmp_path / "notifier.log"
    for text in ("yesterday", "today"):
        log = LogFile(path)
        log.handle(record(text))
        log.close()
    assert path.read_text().splitlines() == ["yesterday", "today"]


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        LogFile(tmp_path / "file" / "notifier.log")
