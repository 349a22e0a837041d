"""Where files of referrals come from, and how the columns of each source are read: remembered by whoever may take them in."""

from __future__ import annotations

import hmac
import json
import re
from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt import access
from mdt.casework import refusals
from mdt.casework.opening import RECEIVE, index_key
from mdt.errors import BadFile, NotPossible
from mdt.exchange import mapping as mappings
from mdt.records.tables import IMPORT_SOURCES
from mdt.store.inserts import insert_into

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mdt.access import Viewer
    from mdt.exchange.mapping import Mapping
    from mdt.store import Store

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)
DIGITS = 12  # of a report number made here, as hexadecimal


def refuse_unless_receiving(store: Store, by: Viewer, now: datetime) -> None:
    """Raise `NotAllowed`, which is logged, unless this person takes referrals in."""
    if not access.may(by, RECEIVE):
        refusals.log(store, by, RECEIVE.key, now)
    access.refuse_unless_allowed(by, RECEIVE)


def names(store: Store) -> list[str]:
    """Every source that is known."""
    with store.read() as connection:
        return list(connection.execute(select(IMPORT_SOURCES.c.name).order_by(IMPORT_SOURCES.c.name)).scalars())


def recall(store: Store, name: str) -> Mapping:
    """How this source's columns are read. Raises `BadFile` if nobody has said it yet."""
    with store.read() as connection:
        kept = connection.execute(select(IMPORT_SOURCES.c.mapping).where(IMPORT_SOURCES.c.name == name)).scalar_one_or_none()
    if kept is None:
        raise BadFile("Nobody has said yet how the columns of this source are read; say it once on the Import page.")
    return mappings.read(kept)


def remember(store: Store, by: Viewer, name: str, mapping: Mapping, now: datetime) -> None:
    """Keep how this source's columns are read, in place of what was kept. Raises `NotAllowed` and `NotPossible`."""
    refuse_unless_receiving(store, by, now)
    if not NAME.fullmatch(name):
        raise NotPossible("The name of a source is short and of small letters, digits, - and _; like police-feed.")
    row = {"name": name, "mapping": mappings.written(mapping), "changed_by": by.id, "changed_at": now}
    with store.write() as connection:
        added = insert_into(connection, IMPORT_SOURCES).values(row)
        connection.execute(added.on_conflict_do_update(index_elements=["name"], set_=row))


def numbering(store: Store, name: str) -> Callable[[dict[str, str]], str]:
    """What makes a report number of a row of a source that has none: the same row has the same, which tells nothing of it."""
    with store.read() as connection:
        key = index_key(connection)

    def number(cells: dict[str, str]) -> str:
        told = json.dumps({"source": name, "cells": cells}, sort_keys=True).encode()
        return f"{name}-{hmac.digest(key, b'import' + told, 'sha256').hex()[:DIGITS]}"

    return number
