"""What nobody foresaw: a number to quote on the page, and in the log that number with the place, never a value."""

from __future__ import annotations

import logging
import secrets
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.errors import FragmentHandledException

from mdt.errors import MdtError

if TYPE_CHECKING:
    from collections.abc import Iterator

LOG = logging.getLogger("mdt.faults")
ROOT = Path(__file__).parents[1]


@contextmanager
def told() -> Iterator[None]:
    """A refusal is shown as it reads. Anything else is a number: what an exception says may be about a child."""
    try:
        yield
    except MdtError as refusal:
        st.error(str(refusal))
    except FragmentHandledException:  # it has been told within the fragment
        raise
    except Exception as fault:  # noqa: BLE001  # whatever it is
        st.error(f"Something went wrong. Nothing was recorded. Quote number {numbered(fault)}.")


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


class _ByNumber(logging.Filter):
    """What Streamlit itself would log of an exception, in a fragment or in the answer to a click: the same number and place."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1]:
            record.msg, record.args = f"Fault {secrets.token_hex(4)}: {places(record.exc_info[1])}", ()
            record.exc_info = record.exc_text = None
        return True


logging.getLogger("streamlit.error_util").addFilter(_ByNumber())
logging.raiseExceptions = False  # where a log cannot be written, logging would print the exception that was to be told
