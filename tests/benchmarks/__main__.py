"""`make bench`: every benchmark in this folder that has a `main`, one after the other."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path


def run_all() -> None:
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        if path.stem.startswith(("test_", "proxy")):
            continue
        module = importlib.import_module(f"tests.benchmarks.{path.stem}")
        if inspect.isfunction(getattr(module, "main", None)):
            print(f"\n## {(module.__doc__ or path.stem).splitlines()[0]}\n", flush=True)
            module.main()


run_all()
