"""Memory that is not needed any more goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

from notifier.system import memory

# Strings of a size that glibc's heap holds, not a mapping of their own, and one at the end that pins the heap's top.
HELD = """
from notifier.system import memory
memory.keep_together()
def resident():
    return next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmRSS"))
many = [bytes(50_000) for _ in range(800)]
pin = bytes(50_000)
before = resident()
del many
memory.give_back()
print(before - resident())
"""


@pytest.mark.skipif(memory._function("malloc_trim") is None, reason="another C library than glibc")
def test_unused_memory_is_given_back() -> None:
    said = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, timeout=60, check=True).stdout
    assert int(said) > 30_000  # of 40,000 kB


def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    memory._function.cache_clear()
    monkeypatch.setattr(sys, "platform", "win32")
    try:
        memory.keep_together()
        memory.give_back()
        assert memory._function("malloc_trim") is None
    finally:
        memory._function.cache_clear()
