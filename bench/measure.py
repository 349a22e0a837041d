"""Times, ratios and the table they are printed in."""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, and what it must not pass (`most`) or fall short of (`least`); neither: it is only shown."""

    what: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the goal is met."""
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)

    @property
    def goal(self) -> str:
        """The goal in words."""
        if self.most is None and self.least is None:
            return ""
        return f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}"


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder on the disk that everything measured shares."""
    with tempfile.TemporaryDirectory(prefix="mdt-bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def timed(work: Iterable[Callable[[], object]]) -> list[float]:
    """Seconds each piece of work took, one after the other, the garbage collected before and not between."""
    gc.collect()
    gc.disable()
    try:
        return [_seconds(one) for one in work]
    finally:
        gc.enable()


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def p50(times: Sequence[float]) -> float:
    """The median."""
    return statistics.median(times)


def p95(times: Sequence[float]) -> float:
    """What nineteen of twenty stay under."""
    return sorted(times)[int(len(times) * 0.95)]


def ratio(ones: Sequence[float], others: Sequence[float]) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(a / b for a, b in zip(ones, others, strict=True))


def shown(title: str, rows: Sequence[Row]) -> None:
    """Print the figures of a bench, each with its goal."""
    print(f"\n{title}")
    for row in rows:
        verdict = "" if not row.goal else "  ok" if row.holds else "  MISSED"
        print(f"  {row.what:<62} {row.value:>10.2f} {row.unit:<8} {row.goal:>8}{verdict}", flush=True)
