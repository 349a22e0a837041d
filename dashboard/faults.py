"""What nobody foresaw: a number to quote on the page, and in the log that number with the place, never a value."""

from __future__ import annotations

import logging
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.errors import FragmentHandledException

from mdt.errors import MdtError
from mdt.faults import numbered, places

if TYPE_CHECKING:
    from collections.abc import Iterator


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


class _ByNumber(logging.Filter):
    """What Streamlit itself would log of an exception, in a fragment or in the answer to a click: the same number and place."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1]:
            record.msg, record.args = f"Fault {secrets.token_hex(4)}: {places(record.exc_info[1])}", ()
            record.exc_info = record.exc_text = None
        return True


logging.getLogger("streamlit.error_util").addFilter(_ByNumber())
logging.raiseExceptions = False  # where a log cannot be written, logging would print the exception that was to be told
