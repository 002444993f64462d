"""How well the forecast does on mailboxes whose future is known. Run it:
python -m tests.benchmarks.forecast_coverage [cases of each kind] [first seed]

Coverage: of the cases in which it spoke, how often the true day lay in the stated 80 % range. Error: how far the middle
was from the truth, as a part of the truth. Certain: cases said as one figure, and the worst of them. A forecast of a
mailbox that never got full is a miss. Needless: a person tidied up in time, so that what was said never came.
"""

from __future__ import annotations

import math
import statistics
import sys
from dataclasses import dataclass

from notifier.mailbox.forecast import Forecast, forecast
from tests.benchmarks.simulated import CASES, Mailbox, simulate

FIRST_SEED = 30_000  # no forecast was ever tuned to these


@dataclass(frozen=True, slots=True)
class Score:
    """One kind of mailbox: how many, how many spoken for, how many right; errors of all and of the certain ones."""

    kind: str
    asked: int
    spoke: int
    held: int
    early: int
    needless: int
    errors: tuple[float, ...]
    certain: tuple[float, ...]
    silences: tuple[str, ...] = ()

    @property
    def coverage(self) -> float:
        return self.held / self.spoke if self.spoke else math.nan


def judge(kind: str, results: list[tuple[Mailbox, Forecast]]) -> Score:
    spoken = [(box, f.days) for box, f in results if f.days is not None]
    held = sum(box.full_at is not None and days.low <= box.full_at <= days.high for box, days in spoken)
    early = sum(box.full_at is None or box.full_at > days.high for box, days in spoken)
    errors = [abs(days.middle - (box.full_at or 1e9)) / (box.full_at or 1e9) for box, days in spoken]
    off = [abs(days.middle - (box.full_at or 1e9)) / days.middle for box, days in spoken if days.certain]
    needless = sum(box.kept_clear for box, _ in spoken)
    silences = tuple(str(f.silence) for _, f in results if f.silence)
    return Score(kind, len(results), len(spoken), held, early, needless, tuple(errors), tuple(off), silences)


def run(seeds: int, first: int = FIRST_SEED) -> list[Score]:
    scores = []
    for case in CASES:
        boxes = [simulate(case, seed) for seed in range(first, first + seeds)]
        scores.append(judge(case.kind, [(b, forecast(b.samples, b.limit, b.now, b.period)) for b in boxes]))
    return scores


def total(scores: list[Score]) -> Score:
    return Score(
        "all",
        sum(s.asked for s in scores),
        sum(s.spoke for s in scores),
        sum(s.held for s in scores),
        sum(s.early for s in scores),
        sum(s.needless for s in scores),
        tuple(e for s in scores for e in s.errors),
        tuple(e for s in scores for e in s.certain),
    )


def table(scores: list[Score]) -> str:
    head = f"{'mailbox':<24}{'asked':>6}{'spoke':>6}{'in range':>9}{'too early':>10}{'needless':>9}{'median error':>13}"
    lines = [head + f"{'certain':>9}{'worst':>7}"]
    for s in [*scores, total(scores)]:
        error = f"{statistics.median(s.errors):.0%}" if s.errors else "-"
        worst = f"{max(s.certain):.0%}" if s.certain else "-"
        coverage = f"{s.coverage:.0%}" if s.spoke else "-"
        early = f"{s.early / s.spoke:.0%}" if s.spoke else "-"
        line = f"{s.kind:<24}{s.asked:>6}{s.spoke:>6}{coverage:>9}{early:>10}{s.needless:>9}{error:>13}"
        line += f"{len(s.certain):>9}{worst:>7}"
        counts = sorted({(s.silences.count(x), x) for x in s.silences}, reverse=True)
        lines.append(line + "   " + ", ".join(f"{n} {x}" for n, x in counts))
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(run(*(int(word) for word in sys.argv[1:] or ["100"]))))
