"""How the columns of somebody else's file become the fields of a referral. Pure: nothing is read or kept here.

Each column goes into a field, into the words that stand behind the narrative, or is left out; nothing goes anywhere by itself.
What is proposed is by likeness of names alone, for a person to look at.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from mdt.countries import OURS
from mdt.errors import BadFile
from mdt.exchange import htcds, spelling
from mdt.exchange.columns import ALL, NEEDED, SUSPECTED, YES_OR_NO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Mapping as Cells

WORDS, OUT = "words", "out"  # where a column goes that is no field's: behind the narrative, or nowhere
PARTS = ("child_street", "child_city", "child_state", "child_zip", "child_country")  # become child_address, and the town
FIELDS = (*(name for name in ALL if name != SUSPECTED), *PARTS)
LIKE = 0.84  # from 0 to 1; below it two names are not taken for each other
HEAD = "From the file:"

ALIASES = {
    "report_no": "report number|report id|case number|case id|case uid|incident number|intake number|reference|ref|id|number",
    "received_at": "received|received on|date received|report date|date of report|reported on|reported at|date and time",
    "mode": "method|how received|how reported|contact method|channel",
    "reporter_mandated": "mandated|mandated reporter",
    "reporter_name": "reporter|caller|caller name|reported by|name of reporter",
    "reporter_class": "reporter type|reporter role|reporter occupation|occupation",
    "reporter_phone": "caller phone|phone of reporter",
    "child_given_name": "first name|given name|forename|child first name|victim first name|firstname",
    "child_family_name": "last name|family name|surname|child last name|victim last name|lastname",
    "child_birthdate": "birthdate|birth date|date of birth|dob|born|born on",
    "child_age": "age|age in years",
    "child_gender": "gender|sex",
    "child_residence_town": "town|residence town|town of residence|home town",
    "child_address": "address|home address",
    "child_phone": "phone|telephone|mobile|cell phone|phone number",
    "child_street": "street|street address|address line 1",
    "child_city": "city",
    "child_state": "state|province",
    "child_zip": "zip|zip code|postal code|postcode",
    "child_country": "country",
    "citizenship": "nationality|country of citizenship",
    "incident_town": "town of incident|place of incident|location|incident location",
    "incident_from": "incident date|date of incident|from",
    "incident_to": "to|until",
    "narrative": "description|details|allegation|allegations|summary|notes|what happened",
    "suspected_person": "suspect|suspect name|alleged perpetrator|perpetrator|offender",
    "suspected_relationship": "relationship|relationship to child",
    "police_agency": "police department|police",
    "action_taken": "actions|actions taken",
    "parents": "parent|guardian|guardians|parents or guardians",
}
# Words that mean one of ours; proposed with the mapping, and shown with it.
_YES_NO = {"ja": "yes", "nein": "no", "si": "yes", "sí": "yes", "oui": "yes", "non": "no", "t": "yes", "f": "no", "x": "yes"}
_WORDS = {
    "mode": {"phone": "oral", "telephone": "oral", "call": "oral", "in person": "oral", "hotline": "oral",
             "online": "electronic",
             "portal": "electronic", "web": "electronic", "email": "electronic", "e-mail": "electronic", "letter": "written",
             "mail": "written", "fax": "written", "form": "written"},
    "child_gender": {"f": "female", "m": "male", "girl": "female", "boy": "male", "woman": "female", "man": "male",
                     "feminine": "female", "masculine": "male", "transgenderfeminine": "transgender feminine",
                     "transgendermasculine": "transgender masculine", "nonconforming": "nonconforming",
                     "nonspecifiedunknown": ""},
    "suspected_relationship": {"familial": "family member", "acquainted": "acquainted", "unaquainted": "not acquainted"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mapping:
    """What becomes of each column, and of the words in it. Holds names of columns and words of codes, never a child's.

    `values`: by field, a word of the source in small letters and what it means here. `constants`: what a field holds where the
    file leaves it blank. `dates`: how the source writes days (`spelling.DATES`). `time`: which time is meant where it gives
    only a day. `numbered`: report numbers are made here, as the file has none. `sure`: columns that look wrong and are right.
    """

    columns: dict[str, str]
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    dates: str = ""
    time: str = ""
    numbered: bool = False
    sure: tuple[str, ...] = ()


def written(mapping: Mapping) -> dict[str, Any]:
    """The mapping as JSON knows it; `read` makes the same mapping of it."""
    return asdict(mapping) | {"sure": list(mapping.sure)}


def read(kept: Cells[str, Any]) -> Mapping:
    """The mapping that was written. Raises `BadFile` if it is none that this product knows."""
    names = {one.name for one in fields(Mapping)}
    if not names.issuperset(kept) or set(kept.get("columns", {}).values()) - {*FIELDS, WORDS, OUT}:
        raise BadFile("How this source's columns are read was written by another version; map them again on the Import page.")
    return Mapping(**{**kept, "sure": tuple(kept.get("sure", ()))})


def propose(columns: Iterable[str]) -> Mapping:
    """A mapping by the names of the columns: our own, those of HTCDS, usual other ones, and names that are like them."""
    given: dict[str, str] = {}
    for column in columns:
        found = _field_of(column)
        taken = found in given.values() and not found.endswith("_phone")  # of two telephones the second goes into the words
        given[column] = WORDS if taken else found
    values = {name: dict(_WORDS[name]) for name in given.values() if name in _WORDS}
    values |= {name: dict(_YES_NO) for name in given.values() if name in YES_OR_NO}
    return Mapping(given, values)


def _field_of(column: str) -> str:
    if (standard := htcds.canonical(column)) is not None:
        return htcds.OURS.get(standard, WORDS)
    key = htcds.key(column)
    known = _by_key()
    like = [] if key in known else get_close_matches(key, known, 1, LIKE)
    return known.get(like[0] if like else key, WORDS)


def _by_key() -> dict[str, str]:
    known = {htcds.key(alias): name for name, aliases in ALIASES.items() for alias in aliases.split("|")}
    return known | {htcds.key(name): name for name in FIELDS}


def in_words(mapping: Mapping) -> list[str]:
    """The columns that are no field's, and are kept behind the narrative."""
    return [column for column, where in mapping.columns.items() if where == WORDS]


def left_out(mapping: Mapping) -> list[str]:
    """The columns of which nothing is kept."""
    return [column for column, where in mapping.columns.items() if where == OUT]


def lacking(mapping: Mapping) -> list[str]:
    """The fields that every referral needs and that come neither from a column nor from a word given for all rows."""
    given = {*mapping.columns.values(), *(name for name, text in mapping.constants.items() if text)}
    return [name for name in NEEDED if name not in given and not (name == "report_no" and mapping.numbered)]


def apply(mapping: Mapping, named: Cells[str, str], label: Callable[[str], str] = str) -> dict[str, str]:
    """A row as the fields of a referral, in our own layout. What no field takes stands behind the narrative, by its label."""
    said: dict[str, str] = {}
    words: list[tuple[str, str]] = []
    for column, text in named.items():
        where = mapping.columns.get(column, WORDS)
        if text.strip() and where != OUT and not _put(mapping, said, where, text.strip()):
            words.append((label(column), text.strip()))
    for name, text in mapping.constants.items():
        said.setdefault(name, text)
    _put_address(said)
    if words:
        lines = "\n".join(f"{name}: {text}" for name, text in words)
        said["narrative"] = "\n\n".join(filter(None, (said.get("narrative"), f"{HEAD}\n{lines}")))
    return said


def _put(mapping: Mapping, said: dict[str, str], where: str, text: str) -> bool:
    """Put a cell into its field; whether the field now says all that the cell said."""
    if where == WORDS or where in said:
        return False
    meant = mapping.values.get(where, {}).get(text.casefold(), text)
    if where != "citizenship":
        said[where] = spelling.ours(where, meant, mapping.dates, mapping.time)
        return True
    if (country := spelling.citizenship(meant)) is not None:
        said[where] = country
    return country is not None and not {";", "|"} & {*text}


def _put_address(said: dict[str, str]) -> None:
    """The parts of an address as one line; its city as the town where the child lives, if the state is ours."""
    street, city, state, code, country = (said.pop(part, "") for part in PARTS)
    line = ", ".join(filter(None, (street, city, f"{state} {code}".strip(), country)))
    if line:
        said["child_address"] = ", ".join(filter(None, (said.get("child_address"), line)))
    if city and state.strip(". ").casefold() in OURS:
        said.setdefault("child_residence_town", city)
