"""The directory of services is imported whole or not at all, changed service by service, and given away; each time logged.

None of it is about a child, so it passes no case's door. Advocates keep it. What they say of a service goes before what is
imported; that it is confidential no import takes back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select, update

from mdt import access, directory
from mdt.casework import directory_rows as rows
from mdt.casework import refusals
from mdt.casework.exporting import Exported
from mdt.directory_entry import NEEDS, effective, indexed
from mdt.directory_hiding import CONFIDENTIAL, places_of
from mdt.errors import NotAllowed, NotFound, NotPossible
from mdt.exchange import hsds_check, hsds_csv, hsds_json
from mdt.exchange.hsds import Fault
from mdt.exchange.hsds_own import codes_told, for_others
from mdt.law.period import local_date
from mdt.policy import Role
from mdt.records.tables import DIRECTORY_OBJECTS, DIRECTORY_SERVICES
from mdt.referring import DCF
from mdt.services import NeedKind
from mdt.store import trace
from mdt.store.engine import KEEPING_DIRECTORY, one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.directory_entry import Told
    from mdt.exchange.hsds import Read
    from mdt.store import Store

CHANGE, EXPORT = "the directory, to change it", "directory"
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}", re.ASCII)
FORMATS = {"json": ("application/json", hsds_json.write), "zip": (hsds_csv.MEDIA, hsds_csv.write)}
NO_SUCH_SERVICE = "There is no such service in the directory."
CHANGED_MEANWHILE = (
    "Can't save it: somebody else changed this service since the form was opened. Close the form and look at it as it is now."
)
ANY: Final = object()  # whatever was seen


@dataclass(frozen=True, slots=True)
class Trial:
    """What a file holds: objects, services that are new, and that are known; every fault; files that are left out."""

    objects: int
    new: int
    known: int
    faults: tuple[Fault, ...]
    left_out: tuple[str, ...]


class Word(BaseModel):
    """What is said of a service here. `told_now`: the provider told the places free today, even if the number is the same."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)

    status: directory.Status = Field(title="Status")
    needs: tuple[NeedKind, ...] = Field(title="Needs it meets")
    minimum_age: int | None = Field(default=None, title="From age", ge=0, le=directory.OLDEST)
    maximum_age: int | None = Field(default=None, title="To age", ge=0, le=directory.OLDEST)
    languages: tuple[str, ...] = Field(default=(), title="Languages")
    areas: tuple[str, ...] = Field(default=(), title="Areas served")
    available: int | None = Field(default=None, title="Places free", ge=0, le=9_999)
    maximum: int | None = Field(default=None, title="Places in all", ge=0, le=9_999)
    told_now: bool = Field(default=False, title="The provider told the places today")
    confidential: bool = Field(default=False, title="Where it is, is confidential")


def tried(store: Store, content: bytes, by: Viewer, now: datetime) -> Trial:
    """What would become of a file; nothing is written. Raises `BadFile`, and `NotAllowed`, which is logged."""
    refuse_unless_changing(store, by, now)
    with store.read() as connection:
        return _trial(connection, _read(connection, content, now))


def take_in(store: Store, content: bytes, by: Viewer, now: datetime) -> Trial:
    """Import a file whole. Raises `NotPossible`, and nothing was imported, if it has a fault; `BadFile` and `NotAllowed`."""
    refuse_unless_changing(store, by, now)
    with store.read() as connection:  # it takes a while, and nobody has to wait for it
        found = _read(connection, content, now)
        trial = _trial(connection, found)
    if trial.faults:
        raise NotPossible(f"Nothing was imported. Faults in the file: {len(trial.faults):,}; the first is {trial.faults[0]}")
    with store.write() as connection:
        one_at_a_time(connection, KEEPING_DIRECTORY)  # what is said of a service meanwhile would be lost
        is_first = connection.execute(select(func.count()).select_from(DIRECTORY_OBJECTS)).scalar_one() == 0
        rows.keep(connection, found.objects)
        objects = found.objects if is_first else rows.objects_of(connection)
        before = rows.hidden_places(connection), rows.marked_services(connection)
        rows.project(connection, objects, rows.said_here(connection), *before)
        _log(connection, by, now, trial.new + trial.known, what="imported", objects=trial.objects, new=trial.new)
    return trial


def _read(connection: Connection, content: bytes, now: datetime) -> Read:
    found = hsds_check.read(content, lambda kind, ids: rows.known_ids(connection, kind, ids), now)
    found.faults.extend(_codes_in_use(connection, found))
    return found


def _codes_in_use(connection: Connection, found: Read) -> Iterator[Fault]:
    """A code that no provider can have, or that is another's, here or in the file."""
    taken = {code: owner for owner, code in rows.codes_given(connection).items()}
    for id_, owner, one in codes_told(found.objects):
        code, place = str(one.get("identifier", "")), found.places["organization_identifier", id_]
        if not CODE.fullmatch(code) or code == DCF:
            yield Fault(*place, "identifier", "is no code of a provider: capital letters, digits and -, at most 40.")
        elif taken.setdefault(code, owner) != owner:
            yield Fault(*place, "identifier", "is the code of another provider.")


def _trial(connection: Connection, found: Read) -> Trial:
    services = found.objects.get("service", {})
    known = len(rows.known_ids(connection, "service", services))
    return Trial(found.count, len(services) - known, known, tuple(found.faults), tuple(found.left_out))


def change(store: Store, service_id: str, word: Word, *, by: Viewer, now: datetime, seen: object = ANY) -> tuple[str, ...]:
    """Say something of a service; the names of what changed. Raises `NotAllowed`, logged, `NotFound` and `NotPossible`.

    `seen`: when it was last changed by what its form shows; a form that is older than another's word is refused.
    """
    refuse_unless_changing(store, by, now)
    _refuse_bad(word)
    with store.write() as connection:
        one_at_a_time(connection, KEEPING_DIRECTORY)
        query = select(DIRECTORY_SERVICES).where(DIRECTORY_SERVICES.c.id == service_id).with_for_update()
        row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound(NO_SUCH_SERVICE)
        if seen is not ANY and row["changed_at"] != seen:
            raise NotPossible(CHANGED_MEANWHILE)
        own = _own(word, row["came"], row["own"], now)
        held = effective(row["came"], row["own"])
        changed = tuple(sorted({key for key in own.keys() | row["own"].keys() if own.get(key) != row["own"].get(key)}))
        if word.confidential != held[CONFIDENTIAL]:
            changed = tuple(sorted({*changed, CONFIDENTIAL}))
        if changed:
            _project(connection, service_id, own, forget=held[CONFIDENTIAL] and not word.confidential)
            who = {"changed_by": by.id, "changed_at": now}
            connection.execute(update(DIRECTORY_SERVICES).where(DIRECTORY_SERVICES.c.id == service_id).values(who))
            _log(connection, by, now, 1, what="service changed", service=service_id, fields=list(changed))
    return changed


def _project(connection: Connection, service_id: str, own: Told, *, forget: bool) -> None:
    """The service and those around it anew. `forget`: that its places were hidden; what says so by itself is hidden again."""
    objects = rows.around(connection, service_id)
    said = rows.said_here(connection, objects.get("service", {})) | {service_id: own}
    hidden = rows.hidden_places(connection) & set(objects.get("location", {}))
    marked = rows.marked_services(connection) & set(objects.get("service", {}))
    if forget:
        hidden, marked = hidden - places_of(objects).get(service_id, set()), marked - {service_id}
    came = rows.project(connection, objects, said, hidden, marked)
    if forget and came[service_id][CONFIDENTIAL]:
        raise NotPossible("Can't take it back: the provider's own record, or another service there, says it is confidential.")


def _refuse_bad(word: Word) -> None:
    if word.minimum_age is not None and word.maximum_age is not None and word.minimum_age > word.maximum_age:
        raise NotPossible("Can't save it: the lowest age is above the highest.")
    if other := sorted(set(word.areas) - set(directory.areas())):
        raise NotPossible(f"Not an area that is known here: {other[0][:40]}.")
    if word.available is not None and word.maximum is not None and word.available > word.maximum:
        raise NotPossible("Can't save it: more places are free than there are.")


def _own(word: Word, came: Told, before: Told, now: datetime) -> Told:
    """What differs from what came; what is said as it came is no longer our own word."""
    said: dict[str, Any] = {
        "status": word.status,
        "needs": [need for need in NEEDS if need in word.needs],
        "ages": [word.minimum_age, word.maximum_age],
        "languages": list(word.languages),
        "areas": list(word.areas),
    }
    own = {key: value for key, value in said.items() if value != came[key]}
    held = effective(came, before)["capacity"]
    if word.told_now or [word.available, word.maximum] != held[:2]:
        own["capacity"] = [word.available, word.maximum, now.isoformat()]
    elif "capacity" in before:
        own["capacity"] = before["capacity"]
    # What the file itself says is not said here as well: then it would stay when the file says otherwise, which nobody meant.
    return own | ({CONFIDENTIAL: True} if word.confidential and (before.get(CONFIDENTIAL) or not came[CONFIDENTIAL]) else {})


def give_away(store: Store, by: Viewer, kind: Literal["json", "zip"], now: datetime) -> Exported:
    """The directory by HSDS 3.0, logged before it is handed over, without a confidential place. Raises `NotAllowed`."""
    if not access.may_export(by, EXPORT):
        refusals.log(store, by, "export", now)
        raise NotAllowed(f"The directory is not taken out by this role ({by.role}).")
    media, write = FORMATS[kind]
    with store.write() as connection:
        objects = rows.objects_of(connection)
        own = rows.said_here(connection)
        secret = {id_ for id_, said in own.items() if said.get(CONFIDENTIAL)} | rows.marked_services(connection)
        index = indexed(objects, secret, rows.hidden_places(connection))
        services = len(objects.get("service", {}))
        codes = rows.codes_of(connection, objects)
        trace.append(connection, by.id, "export", now, count=services, detail={"what": EXPORT, "format": kind})
    return Exported(f"directory-{local_date(now)}.{kind}", media, write(for_others(index, own, codes)), services)


def refuse_unless_changing(store: Store, by: Viewer, now: datetime) -> None:
    """Raise `NotAllowed`, which is logged, unless this person keeps the directory."""
    if not access.may_look_into(by, CHANGE) and by.role != Role.SYSTEM:
        refusals.log(store, by, "directory changed", now)
        raise NotAllowed(f"The directory is kept by the victim advocates, not by this role ({by.role}).")


def _log(connection: Connection, by: Viewer, now: datetime, count: int, **detail: str | int | list[str]) -> None:
    trace.append(connection, by.id, "directory changed", now, count=count, detail=detail)
