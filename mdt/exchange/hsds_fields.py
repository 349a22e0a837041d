"""The objects of the Human Services Data Specification (Open Referral HSDS 3.0, and what 3.1 adds), as one compact table.

Facts of the standard in our own notation. After a field: `!` it is required, `+` it is required where objects stand in tables,
`#` a number, `@` a day, `@@` an instant, `=x` one of the words of `WORDS["x"]`. A field `x_id`, where x is an object, refers
to one. Every object has an `id!` besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

ATTRIBUTE, METADATA = "attribute", "metadata"
WORDS = {
    "status": ("active", "inactive", "defunct", "temporarily closed"),
    "place": ("physical", "postal", "virtual", "redacted"),  # `redacted` is proposed for confidential places
    "address": ("physical", "postal", "virtual"),
    "weekday": ("MO", "TU", "WE", "TH", "FR", "SA", "SU"),
    "frequency": ("WEEKLY", "MONTHLY"),
}
_TABLE = """
organization organizations: name! alternate_name description! email website tax_status tax_id year_incorporated# legal_status
  logo uri parent_organization_id
program programs: organization_id+ name! alternate_name description!
service services: organization_id+ program_id name! alternate_name description url email status!=status interpretation_services
  application_process fees_description wait_time fees accreditations eligibility_description minimum_age# maximum_age#
  assured_date@ assurer_email licenses alert last_modified@@
service_area service_areas: service_id service_at_location_id name description extent extent_type uri
service_at_location service_at_location: service_id+ location_id+ description
location locations: location_type!=place url organization_id name alternate_name description transportation latitude#
  longitude# external_identifier external_identifier_type
address addresses: location_id attention address_1! address_2 city! region state_province! postal_code! country!
  address_type!=address
phone phones: location_id service_id organization_id contact_id service_at_location_id number! extension# type description
contact contacts: organization_id service_id service_at_location_id location_id name title department email
schedule schedules: service_id location_id service_at_location_id valid_from@ valid_to@ dtstart@ timezone# until@ count#
  wkst=weekday freq=frequency interval# byday byweekno bymonthday byyearday description opens_at closes_at schedule_link
  attending_type notes
funding funding: organization_id service_id source
cost_option cost_options: service_id+ valid_from@ valid_to@ option currency amount# amount_description
language languages: service_id location_id phone_id name code note
required_document required_documents: service_id document uri
accessibility accessibility: location_id description details url
organization_identifier organization_identifiers: organization_id+ identifier_scheme identifier_type! identifier!
taxonomy taxonomies: name! description! uri version
taxonomy_term taxonomy_terms: code name! description! parent_id taxonomy language taxonomy_id term_uri
attribute attributes: link_id+ taxonomy_term_id+ link_type link_entity+ value label
metadata metadata: resource_id+ resource_type+ last_action_date!@ last_action_type! field_name! previous_value!
  replacement_value! updated_by!
meta_table_description meta_table_descriptions: name language character_set
service_capacity service_capacities: service_id unit unit_id available!# updated!@@ maximum# description
unit units: name! scheme identifier uri
url urls: url! label organization_id service_id
"""
# Where an object's JSON holds another whole, under which name, and which field of a table says the same.
ONE_IN: dict[str, dict[str, tuple[str, str]]] = {
    "service": {"organization": ("organization", "organization_id"), "program": ("program", "program_id")},
    "service_at_location": {"location": ("location", "location_id"), "service": ("service", "service_id")},
    "attribute": {"taxonomy_term": ("taxonomy_term", "taxonomy_term_id")},
    "taxonomy_term": {"taxonomy_detail": ("taxonomy", "taxonomy_id")},
    "service_capacity": {"unit": ("unit", "unit_id")},
}
NAMES_IN_JSON = {"service_capacity": "capacities", "service_at_location": "service_at_locations", "url": "additional_urls"}
# What refers to an object as one of many do, and is not held in its JSON.
REFERRED_TO = frozenset(
    {("taxonomy", "taxonomy_term"), ("taxonomy_term", ATTRIBUTE), ("unit", "service_capacity"), ("organization", "service"),
     ("program", "service"), ("location", "service_at_location"), ("service_at_location", "service_area")}
)  # fmt: skip
NO_ATTRIBUTES = frozenset({ATTRIBUTE, METADATA, "taxonomy", "taxonomy_term"})
ENTITY = {"link_id": "link_entity", "resource_id": "resource_type"}  # which field says of what kind the other's object is
OTHER_FILES = {
    "service_at_locations": "service_at_location",
    "service_capacity": "service_capacity",
    "unit": "unit",
    "url": "url",
}
# What may be a foreign thing: a parent body, a broader term, or what a note of the past was about.
MAY_LIE_OUTSIDE = frozenset({"parent_organization_id", "parent_id", "resource_id"})
ANY_TEXT = frozenset({"extension", "timezone"})  # numbers by the standard; `007` and `America/New_York` are none and stay
# Tables and fields that version 2 had and version 3 has not.
OF_VERSION_2 = frozenset(
    {"services_at_location", "physical_addresses", "postal_addresses", "regular_schedules", "holiday_schedules",
     "service_taxonomy", "eligibility", "payments_accepted", "service_attributes"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """One object: the name of its table, and its fields by their kind: text, number, day, instant, or a key of `WORDS`."""

    kind: str
    file: str
    fields: dict[str, str]
    required: tuple[str, ...]
    in_tables: tuple[str, ...]
    refers: dict[str, str]  # field: the object that it refers to; "" for whichever


@lru_cache(maxsize=1)
def shapes() -> dict[str, Shape]:
    """Every object by its name, in the order in which they are written."""
    lines = _TABLE.strip().replace("\n  ", " ").splitlines()
    heads = {line.split()[0] for line in lines}
    return {shape.kind: shape for shape in (_shape(line, heads) for line in lines)}


def _shape(line: str, kinds: set[str]) -> Shape:
    head, _, rest = line.partition(":")
    kind, file = head.split()
    told = [_field(word) for word in ("id!", *rest.split())]
    fields = {name: of for name, of, _ in told}
    stems = {name: name.removesuffix("_id") for name in fields if name.endswith("_id")}
    refers = {name: stem for name, stem in stems.items() if stem in kinds}
    if kind == ATTRIBUTE:
        refers["link_id"] = ""
    required = tuple(name for name, _, mark in told if mark == "!")
    return Shape(kind, file, fields, required, tuple(name for name, _, mark in told if mark == "+"), refers)


def _field(word: str) -> tuple[str, str, str]:
    """The name of a field, its kind, and whether it is required (`!`) or required in tables (`+`)."""
    word, _, words = word.partition("=")
    name = word.rstrip("!+#@")
    marks = word[len(name) :]
    of = words or ("number" if "#" in marks else "instant" if "@@" in marks else "day" if "@" in marks else "text")
    return name, of, "!" if "!" in marks else "+" if "+" in marks else ""


@lru_cache(maxsize=1)
def kinds_of_files() -> dict[str, str]:
    """The object by the name of its table, in the standard's spelling or another that is met."""
    return {shape.file: shape.kind for shape in shapes().values()} | OTHER_FILES | {kind: kind for kind in shapes()}


@lru_cache(maxsize=64)
def nested_in(kind: str) -> dict[str, tuple[str, str]]:
    """What the JSON of an object holds lists of: the name in it, the object, and which field of a table says the same."""
    held = {name_in_json(child.kind, kind): (child.kind, f"{kind}_id") for child in shapes().values()
            if f"{kind}_id" in child.fields and (kind, child.kind) not in REFERRED_TO}  # fmt: skip
    if kind == METADATA:
        return held
    held["metadata"] = (METADATA, "resource_id")
    return held if kind in NO_ATTRIBUTES else held | {"attributes": (ATTRIBUTE, "link_id")}


@lru_cache(maxsize=64)
def holders(kind: str) -> dict[str, tuple[str, ...]]:
    """The fields by which an object says in what it is held, each with the objects that may hold it."""
    found: dict[str, tuple[str, ...]] = {}
    for parent in shapes():
        for child, by in nested_in(parent).values():
            if child == kind:
                found[by] = (*found.get(by, ()), parent)
    return found


def name_in_json(kind: str, parent: str) -> str:
    """The name under which the JSON of the parent holds a list of these."""
    if kind == "url" and parent == "organization":
        return "additional_websites"
    return NAMES_IN_JSON.get(kind, shapes()[kind].file)
