"""What nobody foresaw: a number to quote, and in the log that number with the kind and the place, never a value.

What an exception says may be about a child. So it is neither shown nor kept: not on a page, not at a terminal, not by Prefect.
"""

from __future__ import annotations

import logging
import secrets
from functools import wraps
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from mdt.errors import MdtError

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")
LOG = logging.getLogger("mdt.faults")
ROOT = Path(__file__).parents[1]


class Fault(Exception):
    """Something that nobody foresaw, by its number alone."""


def numbered(fault: BaseException) -> str:
    """The number under which the fault stands in the log."""
    number = secrets.token_hex(4)
    LOG.error("Fault %s: %s", number, places(fault))
    return number


def places(fault: BaseException) -> str:
    """Of what kind it is and through which lines it came; the one that caused it too."""
    frames = " > ".join(f"{_short(frame.f_code.co_filename)}:{line}" for frame, line in walk_tb(fault.__traceback__))
    said = f"{type(fault).__name__} at {frames or 'no place'}"
    return f"{said}; caused by {places(fault.__cause__)}" if fault.__cause__ else said


def _short(file: str) -> str:
    return str(Path(file).relative_to(ROOT)) if Path(file).is_relative_to(ROOT) else Path(file).name


def by_number(run: Callable[P, R]) -> Callable[P, R]:
    """The function, whose faults are raised as their number; a refusal is a sentence of our own and passes."""

    @wraps(run)
    def runs(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return run(*args, **kwargs)
        except (MdtError, Fault):
            raise
        except Exception as fault:  # noqa: BLE001  # whatever it is
            number = numbered(fault)
        raise Fault(f"Fault {number}: the log of this number says where.")  # here, where nothing hangs on it any more

    return runs
