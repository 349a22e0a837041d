"""The rows of the directory: objects as they came, and of each service the one row that is searched, projected from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, or_, select, update

from mdt.directory_entry import MARKED, code_of, columns, effective, listed, told
from mdt.directory_hiding import hidden_objects
from mdt.exchange.hsds_fields import shapes
from mdt.exchange.hsds_own import codes_told
from mdt.records.tables import DIRECTORY_AREAS, DIRECTORY_OBJECTS, DIRECTORY_PROVIDERS, DIRECTORY_SERVICES
from mdt.store.inserts import insert_into

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement, Connection, Table

    from mdt.directory_entry import Told
    from mdt.directory_hiding import Objects

OWNERS = ("service_id", "service_at_location_id", "location_id", "contact_id", "phone_id", "link_id", "resource_id",
          "organization_id")  # fmt: skip
AT_ONCE = 5_000  # rows sent to the database together; also ids asked after at once
O = DIRECTORY_OBJECTS.c  # noqa: E741  # beside S of the services


def batches(rows: list[Any]) -> Iterator[list[Any]]:
    """The rows, so many at once."""
    return (rows[n : n + AT_ONCE] for n in range(0, len(rows), AT_ONCE))


def keep(connection: Connection, objects: Objects) -> None:
    """Add the objects, or put them in place of those of the same id; whether they are hidden is left as it was."""
    rows = [
        {"kind": kind, "id": id_, "owner": _owner(data), "place": place, "hidden": False, "data": data}
        for kind, of_kind in objects.items()
        for place, (id_, data) in enumerate(of_kind.items())
    ]
    added = insert_into(connection, DIRECTORY_OBJECTS)
    kept = {name: added.excluded[name] for name in ("owner", "data")}
    differs = O.data != added.excluded.data  # what came as it was is not written again
    for some in batches(rows):
        connection.execute(added.on_conflict_do_update(index_elements=["kind", "id"], set_=kept, where=differs), some)


def _owner(data: dict[str, Any]) -> str:
    return next((data[name] for name in OWNERS if name in data), "")


def objects_of(connection: Connection, where: ColumnElement[bool] | None = None) -> Objects:
    """The objects that the directory holds, in the order in which they came."""
    query = select(O.kind, O.id, O.data).order_by(O.place, O.id)
    found: Objects = {kind: {} for kind in shapes()}
    for kind, id_, data in connection.execute(query if where is None else query.where(where)):
        found[kind][id_] = data
    return {kind: of_kind for kind, of_kind in found.items() if of_kind}


def around(connection: Connection, service_id: str) -> Objects:
    """A service, those that share a place with it or with one of them, and whatever their rows are projected from.

    Whole: of none a place is left out, since a row that is projected from a part would show what the rest hides.
    """
    at, services, places = _sharing(connection, service_id)
    found = objects_of(connection, O.id.in_(services) & (O.kind == "service"))
    owners = sorted({one.get("organization_id", "") for one in found.get("service", {}).values()} - {""})
    _join(found, objects_of(connection, (O.kind == "location") & (O.id.in_(places) | O.owner.in_(owners))))
    layer = [*services, *found.get("location", {}), *at, *owners]
    _join(found, objects_of(connection, (O.kind == "organization") & O.id.in_(owners)), {"service_at_location": at})
    while layer:
        held = objects_of(connection, O.owner.in_(layer) & O.kind.not_in(["service", "location", "service_at_location"]))
        layer = [id_ for of_kind in held.values() for id_ in of_kind]
        _join(found, held)
    terms = {one.get("taxonomy_term_id", "") for one in found.get("attribute", {}).values()}
    _join(found, objects_of(connection, (O.kind == "taxonomy_term") & O.id.in_(sorted(terms))))
    return found


def _sharing(connection: Connection, service_id: str) -> tuple[dict[str, Any], list[str], list[str]]:
    """All who are reached from a service by way of shared places: what links them, the services, the places."""
    at: dict[str, Any] = {}
    services, places = {service_id}, set[str]()
    while True:
        near = O.owner.in_(sorted(services)) | O.data["location_id"].as_string().in_(sorted(places))
        found = objects_of(connection, (O.kind == "service_at_location") & near).get("service_at_location", {})
        if len(found) == len(at):
            return at, sorted(services), sorted(places)
        at = found
        services |= {one["service_id"] for one in at.values() if "service_id" in one}
        places |= {one["location_id"] for one in at.values() if "location_id" in one}


def _join(found: Objects, *more: Objects) -> None:
    for objects in more:
        for kind, of_kind in objects.items():
            found.setdefault(kind, {}).update(of_kind)


def hidden_places(connection: Connection) -> frozenset[str]:
    """The locations that are hidden now."""
    return frozenset(connection.execute(select(O.id).where(O.kind == "location", O.hidden.is_(True))).scalars())


def said_here(connection: Connection, ids: Iterable[str] | None = None) -> dict[str, Told]:
    """By service, what was said of it here."""
    query = select(DIRECTORY_SERVICES.c.id, DIRECTORY_SERVICES.c.own)
    chosen = query if ids is None else query.where(DIRECTORY_SERVICES.c.id.in_(list(ids)))
    return {id_: own for id_, own in connection.execute(chosen) if own}


def marked_services(connection: Connection) -> frozenset[str]:
    """The services whose own record says, or once said, that they are confidential."""
    marked = DIRECTORY_SERVICES.c.came[MARKED].as_boolean().is_(True)
    return frozenset(connection.execute(select(DIRECTORY_SERVICES.c.id).where(marked)).scalars())


def project(
    connection: Connection, objects: Objects, own: dict[str, Told], hidden_before: Iterable[str], marked_before: Iterable[str]
) -> dict[str, Told]:
    """Hide what is to be hidden, and project every service of these objects anew; what came of each."""
    secret = [id_ for id_, said in own.items() if said.get("confidential")]
    before, marked = frozenset(hidden_before), frozenset(marked_before)
    _hide(connection, objects, hidden_objects(objects, {*secret, *marked}, before))
    codes = codes_of(connection, objects)
    rows, came = [], dict(told(objects, secret, before, marked))
    for id_, one in came.items():
        held = columns(effective(one, own.get(id_, {})))
        rows.append({"id": id_, "provider": codes[one["organization_id"] or id_], **held, "came": one, "own": own.get(id_, {})})
    served = {row.id: row.areas for row in connection.execute(select(DIRECTORY_SERVICES.c.id, DIRECTORY_SERVICES.c.areas))}
    _put(connection, DIRECTORY_SERVICES, rows)
    _put_areas(connection, [(row["id"], row["areas"]) for row in rows if served.get(row["id"]) != row["areas"]])
    return came


def _hide(connection: Connection, objects: Objects, hidden: frozenset[tuple[str, str]]) -> None:
    """Hide these of the objects, and show again whichever of them was hidden and is not any more."""
    were = {(kind, id_) for kind, id_ in connection.execute(select(O.kind, O.id).where(O.hidden.is_(True)))}
    here = {(kind, id_) for kind, of_kind in objects.items() for id_ in of_kind}
    change = update(DIRECTORY_OBJECTS).where(O.kind == bindparam("of_kind"), O.id == bindparam("of_id"))
    turned = [{"of_kind": kind, "of_id": id_, "hides": (kind, id_) in hidden}
              for kind, id_ in sorted((hidden - were) | ((were & here) - hidden))]  # fmt: skip
    if turned:
        connection.execute(change.values(hidden=bindparam("hides")), turned)


def codes_given(connection: Connection) -> dict[str, str]:
    """By organization, the code that it has."""
    rows = connection.execute(select(DIRECTORY_PROVIDERS.c.organization_id, DIRECTORY_PROVIDERS.c.code))
    return {owner: code for owner, code in rows}  # noqa: C416  # a result has `keys`, so `dict` takes it for a mapping


def codes_of(connection: Connection, objects: Objects) -> dict[str, str]:
    """By organization the code of the provider; a service of none is one by itself. New ones are given, old ones stay."""
    given = codes_given(connection)
    known, taken = set(given), set(given.values())
    for _, owner, one in codes_told(objects):
        if owner not in given and one["identifier"] not in taken:
            given[owner] = one["identifier"]
            taken.add(one["identifier"])
    alone = {id_: one for id_, one in objects.get("service", {}).items() if not one.get("organization_id")}
    for owner, one in (objects.get("organization", {}) | alone).items():
        if owner not in given:
            given[owner] = code_of(str(one.get("name", "")), taken)
            taken.add(given[owner])
    fresh = [{"organization_id": owner, "code": code} for owner, code in given.items() if owner not in known]
    if fresh:
        connection.execute(insert(DIRECTORY_PROVIDERS), fresh)
    return given


def _put(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    added = insert_into(connection, table)
    kept = {name: added.excluded[name] for name in (rows[0] if rows else ()) if name != "id"}
    for some in batches(rows):
        connection.execute(added.on_conflict_do_update(index_elements=["id"], set_=kept), some)


def _put_areas(connection: Connection, areas: list[tuple[str, str]]) -> None:
    for some in batches([id_ for id_, _ in areas]):
        connection.execute(delete(DIRECTORY_AREAS).where(DIRECTORY_AREAS.c.service_id.in_(some)))
    rows = [{"service_id": id_, "area": area} for id_, text in areas for area in (listed(text) or ("",))]
    for some in batches(rows):
        connection.execute(insert(DIRECTORY_AREAS), some)


def known_ids(connection: Connection, kind: str, ids: Iterable[str]) -> frozenset[str]:
    """Which of these ids of a kind, or of any, the directory holds."""
    of_kind = O.kind == kind if kind in shapes() else or_(*(O.kind == one for one in shapes()))
    wanted = sorted(ids)
    return frozenset(id_ for some in batches(wanted)
                     for id_ in connection.execute(select(O.id).where(of_kind, O.id.in_(some))).scalars())  # fmt: skip
