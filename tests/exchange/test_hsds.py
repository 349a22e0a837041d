"""A directory by HSDS: read whole or not at all, each fault by its place, and nothing lost on the way out and in again."""

from __future__ import annotations

import copy
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdt.errors import BadFile
from mdt.exchange import hsds_check, hsds_csv, hsds_json
from mdt.exchange.hsds import MOST_FAULTS, WRONG_VERSION
from mdt.exchange.hsds_fields import WORDS, Shape, holders, nested_in, shapes

SAMPLE = Path(__file__).parents[1] / "data" / "hsds-service.json"
SPACE = UUID(int=7)
Objects = dict[str, dict[str, dict[str, Any]]]


def sample() -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(SAMPLE.read_bytes())
    return told


def faults(content: object) -> list[str]:
    return [str(fault) for fault in hsds_check.read(orjson.dumps(content)).faults]


def packed(tables: dict[str, str], version: str = "3.0") -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, text in tables.items():
            package.writestr(name, text)
        package.writestr("datapackage.json", orjson.dumps({"version": version}))
    return out.getvalue()


def tabular(objects: Objects) -> bytes:
    return hsds_csv.write(objects)


def id_of(kind: str, n: int = 0) -> str:
    return str(uuid5(SPACE, f"{kind}/{n}"))


# What is read, and that it comes back. -----------------------------------------------------------------------------------


def test_a_service_with_all_that_a_standard_one_holds_has_no_fault_and_comes_back_as_it_was() -> None:
    found = hsds_check.read(SAMPLE.read_bytes())
    assert found.faults == []
    kinds = set(shapes()) - {"meta_table_description"}
    assert set(found.objects) == kinds
    assert hsds_json.document(found.objects)["services"] == [sample()]


@pytest.mark.parametrize("wrap", [lambda one: [one], lambda one: {"total_items": 1, "contents": [one]}], ids=["list", "page"])
def test_a_list_and_a_page_of_an_api_are_read_as_the_service_itself(wrap: Any) -> None:
    assert hsds_check.read(orjson.dumps(wrap(sample()))).objects == hsds_check.read(SAMPLE.read_bytes()).objects


def test_all_objects_by_their_tables_are_read_too_under_either_name() -> None:
    objects = hsds_check.read(SAMPLE.read_bytes()).objects
    for name in (lambda shape: shape.file, lambda shape: shape.kind):
        by_table = {name(shapes()[kind]): list(of_kind.values()) for kind, of_kind in objects.items()}
        again = hsds_check.read(orjson.dumps({"version": "3.0", **by_table, "mine": 1}))
        assert (again.faults, again.objects, again.left_out) == ([], objects, ["mine"])


def test_the_sample_goes_through_tables_and_back() -> None:
    objects = hsds_check.read(SAMPLE.read_bytes()).objects
    again = hsds_check.read(tabular(objects))
    assert (again.faults, again.objects) == ([], objects)


def test_the_same_directory_is_the_same_file() -> None:
    objects = hsds_check.read(SAMPLE.read_bytes()).objects
    assert tabular(objects) == tabular(objects)


def test_numbers_may_be_texts_and_what_is_no_number_stays_where_the_standard_takes_it_for_one() -> None:
    one = sample() | {"minimum_age": "12", "maximum_age": 17.5, "name": 24}
    one["phones"] = [{"id": id_of("phone"), "number": 18605550100, "extension": "007"}]
    one["schedules"] = [{"id": id_of("schedule"), "timezone": "America/New_York"}]
    found = hsds_check.read(orjson.dumps(one))
    assert found.faults == []
    (service,) = found.objects["service"].values()
    assert (service["minimum_age"], service["maximum_age"], service["name"]) == (12, 17.5, "24")
    phone = found.objects["phone"][id_of("phone")]
    assert (phone["number"], phone["extension"]) == ("18605550100", "007")
    assert found.objects["schedule"][id_of("schedule")]["timezone"] == "America/New_York"


def test_fields_that_nobody_knows_stay_through_json_and_tables() -> None:
    one = sample() | {"x_text": "=1+1", "x_list": [1, {"a": None}], "x_yes": True}
    objects = hsds_check.read(orjson.dumps(one)).objects
    assert hsds_check.read(tabular(objects)).objects == objects
    assert hsds_check.read(hsds_json.write(objects)).objects == objects


def test_a_text_that_a_spreadsheet_works_out_is_guarded_and_a_telephone_number_is_not() -> None:
    texts = ["=1+1", "@x", "-a", "'=1", "''=1", "'a", "+1 (860) 555-0100", "-72.6"]
    objects: Objects = {"unit": {id_of("unit", n): {"id": id_of("unit", n), "name": text} for n, text in enumerate(texts)}}
    with zipfile.ZipFile(BytesIO(tabular(objects))) as package:
        cells = [line.split(",", 1)[1] for line in package.read("units.csv").decode().splitlines()[1:]]
    assert cells == ["'=1+1", "'@x", "'-a", "''=1", "'''=1", "'a", "+1 (860) 555-0100", "-72.6"]
    assert hsds_check.read(tabular(objects)).objects == objects


def test_an_organization_of_many_services_is_written_whole_once() -> None:
    one, other = sample(), sample()
    other = {"id": id_of("service"), "name": "Other", "status": "active", "organization": one["organization"]}
    objects = hsds_check.read(orjson.dumps([one, other])).objects
    written = hsds_json.document(objects)["services"]
    assert set(written[1]["organization"]) == {"id", "name", "description"}
    assert hsds_check.read(hsds_json.write(objects)).objects == objects


# Faults. -----------------------------------------------------------------------------------------------------------------

SERVICE = "ac148810-d857-441c-9679-408f346de14b"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": None}, "/: id is missing."),
        ({"id": "7"}, "/: id is not an id as the standard has them (a UUID)."),
        ({"name": ""}, "/: name is missing."),
        ({"status": "open"}, "/: status is none of: active, inactive, defunct, temporarily closed."),
        ({"minimum_age": -1}, "/: minimum_age is no age in years, from 0 to 120."),
        ({"maximum_age": 121}, "/: maximum_age is no age in years, from 0 to 120."),
        ({"minimum_age": 18, "maximum_age": 17}, "/: maximum_age is below the minimum age."),
        ({"minimum_age": "twelve"}, "/: minimum_age is not a number."),
        ({"minimum_age": True}, "/: minimum_age is not a number."),
        ({"name": ["a"]}, "/: name is not a text."),
        ({"assured_date": "2026-02-30"}, "/: assured_date is not a day (2026-05-31)."),
        ({"assured_date": "2005-01-01T10:00"}, "/: assured_date is not a day (2026-05-31)."),
        ({"last_modified": "yesterday"}, "/: last_modified is not a day and time (2026-05-31T09:00:00Z)."),
        ({"phones": {}}, "/: phones is not a list."),
        ({"phones": ["x"]}, "/phones/0: This is not an object with fields."),
        ({"phones": [{"id": id_of("phone")}]}, "/phones/0: number is missing."),
        ({"program": None, "program_id": id_of("program")}, "/: program_id refers to a program that is not there."),
        ({"program_id": id_of("program")}, "/: program_id is not the id of what it stands in."),
        ({"service_areas": [{"id": SERVICE, "service_id": id_of("x")}]},
         "/service_areas/0: service_id is not the id of what it stands in."),
        ({"regular_schedules": []}, f"/: version {WRONG_VERSION}"),
        ({"capacities": [{"id": id_of("c"), "available": -1, "updated": "2026-05-31"}]},
         "/capacities/0: available is no number of places, from 0 to 9,999."),
        ({"capacities": [{"id": id_of("c"), "available": 1e300, "updated": "2026-05-31"}]},
         "/capacities/0: available is no number of places, from 0 to 9,999."),
        ({"capacities": [{"id": id_of("c"), "maximum": 3_000_000_000, "updated": "2026-05-31"}]},
         "/capacities/0: maximum is no number of places, from 0 to 9,999."),
        ({"description": "Ring\x00twice"}, "/: description holds a character that no text has."),
    ],
)  # fmt: skip
def test_each_fault_is_told_by_its_place_in_a_sentence(change: dict[str, Any], says: str) -> None:
    one = sample()
    one.update(change)
    assert says in faults(one)


@pytest.mark.parametrize(("told", "fault"), [("2026-06-02T16:00:00Z", False), ("2026-06-02T16:00:01Z", True)])
def test_a_capacity_told_on_a_day_to_come_is_a_fault(told: str, *, fault: bool) -> None:
    now = datetime(2026, 6, 1, 16, tzinfo=UTC)
    one = sample() | {"capacities": [{"id": id_of("c"), "available": 1, "updated": told}]}
    found = [str(one) for one in hsds_check.read(orjson.dumps(one), now=now).faults]
    assert found == (["/capacities/0: updated has not come yet."] if fault else [])


def test_of_very_many_faults_the_first_are_listed_and_the_rest_is_not_looked_at() -> None:
    rows = "\n".join(",x" for _ in range(MOST_FAULTS + 5))
    found = hsds_check.read(packed({"services.csv": f"id,name\n{rows}\n"})).faults
    assert len(found) == MOST_FAULTS + 1
    assert str(found[-1]) == hsds_check.AND_MORE
    many = [{"name": "x"} for _ in range(MOST_FAULTS + 5)]
    assert len(hsds_check.read(orjson.dumps(many)).faults) == MOST_FAULTS + 1


def test_objects_within_objects_without_end_are_refused_in_a_sentence() -> None:
    deep = '{"service_at_locations": [{"service": ' * 330 + "{}" + "}]}" * 330
    with pytest.raises(BadFile, match="deeper than any directory"):
        hsds_check.read(f'{{"id": "{SERVICE}", "service_at_locations": [{{"service": {deep}}}]}}'.encode())


@pytest.mark.parametrize("fields", ["null", "[null]", '[{"mdt:json": true}]', '[{"mdt:json": true, "name": []}]', '"x"'])
def test_a_description_of_tables_that_is_none_marks_nothing(fields: str) -> None:
    package = f'{{"hsds_version": "3.0", "resources": [{{"path": "services.csv", "schema": {{"fields": {fields}}}}}]}}'
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("datapackage.json", package)
        made.writestr("services.csv", "id,name,status\n" + f"{SERVICE},A,active\n")
    assert hsds_check.read(out.getvalue()).count == 1


def test_an_age_at_either_end_is_an_age() -> None:
    assert faults(sample() | {"minimum_age": 0, "maximum_age": 120}) == []


def test_every_fault_is_listed_and_not_the_first_alone() -> None:
    one = sample() | {"status": "open", "minimum_age": -3, "assured_date": "no day"}
    one["organization"] = one["organization"] | {"name": ""}
    assert len(faults(one)) == 4


def test_what_stands_twice_must_say_the_same() -> None:
    one = sample()
    other = copy.deepcopy(one) | {"id": id_of("service"), "service_areas": [], "service_at_locations": []}
    other["organization"]["name"] = "Another name"
    assert "/1/organization: name is not what it is at /0/organization, where the same id stands." in faults([one, other])
    assert "/1: id stands twice in the list." in faults([one, one])


@pytest.mark.parametrize("version", ["2.0", "1.1", 3, "4.0", None])
def test_another_version_is_refused_and_nothing_else_is_said(version: object) -> None:
    content = {"version": version, "services": [{"id": "x"}]}
    assert faults(content) == [f"/: version {WRONG_VERSION}"]


@pytest.mark.parametrize("version", ["3.0", "3.0.0", "v3.0", "3.1", "3.1-dev"])
def test_these_versions_are_read(version: str) -> None:
    assert faults({"version": version, "services": [sample()]}) == []


@pytest.mark.parametrize("content", [b"", b"{", b"7", b"{}", b'{"a": 1}', b"[]", b"[" * 5000, b"PK\x03\x04", b"\xff\xfe"])
def test_what_is_no_directory_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(BadFile, match=r"^The (file|ZIP) "):
        hsds_check.read(content)


def test_a_file_may_refer_to_what_the_directory_holds() -> None:
    one = {"id": SERVICE, "name": "A", "status": "active", "organization_id": id_of("organization")}
    content = orjson.dumps({"services": [one]})
    assert [str(fault) for fault in hsds_check.read(content).faults] == [
        "/services/0: organization_id refers to an organization that is not there."
    ]
    assert hsds_check.read(content, lambda kind, ids: frozenset(ids if kind == "organization" else ())).faults == []


ORGANIZATIONS = f"id,name,description\n{id_of('organization')},A,B\n"
SERVICES = f"id,organization_id,name,status\n{SERVICE},{id_of('organization')},A,active\n"


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"services.csv": SERVICES}, "services.csv, row 2: organization_id refers to an organization that is not there."),
        ({"services.csv": SERVICES.replace("active", "Active")}, "services.csv, row 2: status is none of: active"),
        ({"services.csv": SERVICES + SERVICES.splitlines()[1]}, "services.csv, row 3: id stands twice; first at row 2."),
        ({"services.csv": f"id,name,status\n{SERVICE},A,active\n"}, "services.csv, row 2: organization_id is missing."),
        ({"services.csv": SERVICES + "a,b,c,d,e\n"}, "services.csv, row 3: The row has more cells than there are columns."),
        ({"services.csv": SERVICES + ",,A,active\n"}, "services.csv, row 3: id is missing."),
        ({"services.csv": "id,id\n"}, "services.csv, row 1: A column has no name, or two have the same."),
        ({"services.csv": SERVICES + '"'}, "services.csv: A cell is opened and never closed, or is longer than any is."),
        ({"attributes.csv": f"id,link_id,taxonomy_term_id,link_entity\n{id_of('a')},{SERVICE},{id_of('t')},service\n"},
         "attributes.csv, row 2: link_id refers to a service that is not there."),
        ({"attributes.csv": f"id,link_id,taxonomy_term_id,link_entity\n{id_of('a')},{SERVICE},{id_of('t')},whatever\n"},
         "attributes.csv, row 2: link_id refers to something that is not there."),
        ({"services.csv": SERVICES, "eligibility.csv": "id\n"}, "eligibility.csv: The file is of another version"),
    ],
)  # fmt: skip
def test_a_fault_of_a_table_is_told_by_file_and_row(tables: dict[str, str], says: str) -> None:
    assert any(str(fault).startswith(says) for fault in hsds_check.read(packed(tables)).faults)


def test_a_package_of_another_version_or_in_another_encoding_is_refused() -> None:
    good = {"organizations.csv": ORGANIZATIONS, "deep/services.csv": SERVICES, "notes.txt": "x"}
    found = hsds_check.read(packed(good))
    assert (found.faults, found.left_out, found.count) == ([], ["notes.txt"], 2)
    of_2 = hsds_check.read(packed(good, "2.0"))
    assert [str(one) for one in of_2.faults] == [f"datapackage.json: version {WRONG_VERSION}"]
    with zipfile.ZipFile(out := BytesIO(), "w") as package:
        package.writestr("units.csv", "id,name\n\xe9,x\n".encode("latin-1"))
    assert [str(one) for one in hsds_check.read(out.getvalue()).faults] == ["units.csv: The file is not UTF-8."]
    with pytest.raises(BadFile, match="no table"):
        hsds_check.read(packed({"notes.csv": "a\n"}))


def test_faults_stand_in_the_order_of_rows() -> None:
    rows = "".join(f"{id_of('unit', n)},\n" for n in range(12))
    found = hsds_check.read(packed({"units.csv": "id,name\n" + rows}))
    assert [fault.at for fault in found.faults] == [f"row {n}" for n in range(2, 14)]


# Invented directories. ---------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=1, max_size=12)
UNKNOWN = st.recursive(st.booleans() | st.integers(-9, 9) | TEXTS, lambda inner: st.lists(inner, max_size=2), max_leaves=3)
SAYS_WHERE = {"id", "link_id", "link_entity", "resource_id", "resource_type", "parent_id", "parent_organization_id"}


def value_of(chance: Random, of: str, texts: list[str]) -> object:
    if of == "number":
        return chance.randint(0, 18)
    if of in WORDS:
        return chance.choice(WORDS[of])
    return "2026-05-31" if of in ("day", "instant") else chance.choice(texts)


def directory(chance: Random, texts: list[str], more: object) -> Objects:
    """Objects of every kind, each referring to one that is there."""
    sizes = {kind: chance.randint(1, 2) for kind in shapes()}
    made: Objects = {}
    for shape, n in ((shape, n) for kind, shape in shapes().items() for n in range(sizes[kind])):
        data = one_of(chance, shape, sizes, texts) | {"id": id_of(shape.kind, n)}
        made.setdefault(shape.kind, {})[id_of(shape.kind, n)] = data | ({"x_more": more} if chance.random() < 0.1 else {})
    return made


def one_of(chance: Random, shape: Shape, sizes: dict[str, int], texts: list[str]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name in [name for name in shape.fields if not name.endswith("imum_age") and name not in SAYS_WHERE]:
        to = shape.refers.get(name)
        if to and (name in shape.in_tables or chance.random() < 0.5):
            data[name] = id_of(to, chance.randrange(sizes[to]))
        elif not name.endswith("id") and (name in shape.required or chance.random() < 0.3):
            data[name] = value_of(chance, shape.fields[name], texts)
    if shape.kind in ("attribute", "metadata"):
        by, entity = ("link_id", "link_entity") if shape.kind == "attribute" else ("resource_id", "resource_type")
        data |= {by: id_of("service"), entity: chance.choice(["service", "whatever"])}
    return data


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), texts=st.lists(TEXTS, min_size=3, max_size=3), more=UNKNOWN.filter(lambda one: one != ""))
def test_an_invented_directory_comes_back_from_both_kinds_of_file(seed: int, texts: list[str], more: object) -> None:
    objects = directory(Random(seed), texts, more)
    for content in (hsds_json.write(objects), tabular(objects)):
        again = hsds_check.read(content)
        assert again.faults == []
        assert again.objects == objects


def test_what_is_held_in_an_object_says_so_by_a_field_of_its_own() -> None:
    for kind in shapes():
        for child, by in nested_in(kind).values():
            assert by in shapes()[child].fields
            assert kind in holders(child)[by]
