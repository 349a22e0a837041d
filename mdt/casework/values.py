"""What a document says of a case, by name: read from what is sealed (§ 17a-28(f)).

Nothing of it says who reported; where the free texts of a report do, the reporter's name and numbers are taken out of them.
What else in a text points to somebody, only a reader finds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from mdt.exchange.documents import clean
from mdt.facts import DETERMINATIONS, VICTIM, Fact
from mdt.history import contact_is_unsafe
from mdt.law.period import EASTERN, age_on, local_date
from mdt.names import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from mdt.facts import Event, History
    from mdt.fanout import Outgoing

F = Fact
SOMEBODY = "[not named]"
SHORTEST_WORD = 3  # letters of a name; something shorter stands in half of all texts
NO_NAMES = frozenset({"and", "for", "from", "her", "his", "not", "she", "the", "who", "with"})
LOCAL, NATIONAL = 7, 10  # digits of a telephone number, without and with its area code
BETWEEN = r"[\s().\-/\u2010-\u2015]*"  # what is written between them
TOKEN = re.compile(r"[^\W\d_]+(?:['`.\u00b4\u02bb\u02bc\u2018\u2019]+[^\W\d_]+)*")
APART = re.compile(r"[/;,\n]|\s{2,}")  # what stands between two numbers
NUMBER = re.compile(rf"(?:1{BETWEEN})?\d(?:{BETWEEN}\d){{{NATIONAL - 1}}}|\d(?:{BETWEEN}\d){{{LOCAL - 1}}}")
AGAIN = re.compile(rf"{re.escape(SOMEBODY)}(?:\s+{re.escape(SOMEBODY)})+")
POINT = re.compile(r"[^\w]+")
TEXTS = ("parents", "narrative", "prior_harm", "prior_cases", "action_taken")
ALLEGED = {
    "commercial_sex": "commercial sexual exploitation",
    "forced_labor": "forced labor",
    "force_fraud_coercion": "force, fraud or coercion",
    "online_component": "abuse over the Internet",
    "imminent_risk": "imminent risk of harm",
}
OF_A_PERSON = {
    "name": "name", "alias": "alias", "phone": "telephone", "handle": "name online", "vehicle": "vehicle", "place": "place",
    "relationship": "relationship", "has_care_or_access": "has care of, or access to, the child",
}  # fmt: skip
UNSAFE = "UNSAFE. Ask the worker before anybody calls, writes to or visits them."


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What was read for a document: the child's row, what its report told, and the words of the report and of the telling."""

    child: Mapping[str, str]
    told: Mapping[str, Any]
    report: Mapping[str, str]
    telling: Mapping[str, str]


def values(case: Mapping[str, Any], history: History, row: Outgoing, found: Unsealed) -> dict[str, str]:
    """The named values of a case, of the report that the row is about."""
    received = next(report_of(history, row.about), None)
    of_child = {f"child_{name}": found.child[name] for name in ("gender", "town", "address", "phone", "citizenship")}
    return {
        "case_number": case["number"],
        "child_name": _name(found.child),
        "child_birthdate": _day(found.child["birthdate"]),
        "child_age": _age(case["age"], history, received, found),
        **of_child,
        **_sent(row, found),
        **_reported(received, found.told),
        **_where_it_stands(history, row.about),
        **_without_the_reporter(
            {**_texts(found), "suspected": _suspected(found), "incident_when": _when(history, received, found.told)}, found
        ),
    }


def report_of(history: History, about: str) -> Iterator[Event]:
    """The report of that id; for what is about the child, that on which she was found a victim, else the last one first."""
    meant = about or next((e.about for e in reversed(history) if e.fact in VICTIM), None)
    return (e for e in reversed(history) if e.fact is F.REPORT_RECEIVED and meant in (None, e.about))


def moment(at: datetime) -> str:
    """The Connecticut day and time."""
    return f"{at.astimezone(EASTERN):%-d %b %Y, %H:%M} Eastern time"


def _name(child: Mapping[str, str]) -> str:
    return f"{child['given_name']} {child['family_name']}".strip()


def _age(first: int | None, history: History, received: Event | None, found: Unsealed) -> str:
    """By the birthdate, or as it was told, and on which day: an age told once grows old."""
    told, on = found.told.get("child_age"), received
    if found.child["birthdate"] and received:
        told = age_on(local_date(received.happened_at), date.fromisoformat(found.child["birthdate"]))
    elif told is None:
        told, on = first, next((e for e in history if e.fact is F.REPORT_RECEIVED), None)
    return "" if told is None or on is None else f"{told} when reported on {local_date(on.happened_at):%-d %b %Y}"


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%-d %b %Y}" if iso else ""


def _sent(row: Outgoing, found: Unsealed) -> dict[str, str]:
    sent = {
        "sent_to": found.telling.get("person", ""),
        "proof": found.telling.get("proof", ""),
        "sent_how": row.how,
        "sent_at": moment(row.sent_at) if row.sent_at else "",
        "town_referred_to": found.telling.get("town", ""),
    }
    return sent | ({"to": row.agency} if row.agency not in ("", "other") else {})


def _reported(received: Event | None, told: Mapping[str, Any]) -> dict[str, str]:
    if received is None:
        return {}
    return {
        "report_received": moment(received.happened_at),
        "report_mode": received.data.get("mode", ""),
        "alleged": ", ".join(words for name, words in ALLEGED.items() if told.get(name)) or "abuse or neglect",
        "incident_town": told.get("incident_town", ""),
    }


def _when(history: History, received: Event | None, told: Mapping[str, Any]) -> str:
    days = [e.happened_at for e in history if received and e.fact is F.INJURY_OCCURRED and e.act == received.act]
    when = [f"{days[0].astimezone(EASTERN):%-d %b %Y}"] if days else []
    return ", ".join([*when, *filter(None, [told.get("incident_time")])])


def _where_it_stands(history: History, about: str) -> dict[str, str]:
    def last(*facts: Fact) -> Event | None:
        return next((e for e in reversed(history) if e.fact in facts), None)

    classified = next((e for e in reversed(history) if e.fact is F.REPORT_CLASSIFIED and about in ("", e.about)), None)
    determined, missing, unsafe = last(*DETERMINATIONS), last(F.MISSING_FROM_CARE), contact_is_unsafe(history)
    return {
        "classification": classified.data["classification"] if classified else "",
        "determination": f"{determined.fact.value}, {moment(determined.happened_at)}" if determined else "",
        "missing_since": moment(missing.happened_at) if missing else "",
        "contact": "" if unsafe is None else UNSAFE if unsafe else "said to be safe",
    }


def _texts(found: Unsealed) -> dict[str, str]:
    return {name: found.report.get(name, "") for name in TEXTS}


def _suspected(found: Unsealed) -> str:
    people = found.told.get("suspected") or [
        {"name": found.report.get("suspected_person"), "relationship": found.told.get("suspected_relationship")}
    ]
    return "\n".join(line for line in map(_person, people) if line)


def _person(one: Mapping[str, Any]) -> str:
    said = {True: "yes", False: "no"}
    known = {label: one[name] for name, label in OF_A_PERSON.items() if one.get(name) not in (None, "")}
    return "; ".join(f"{label}: {said.get(value, value)}" for label, value in known.items())


def _without_the_reporter(texts: dict[str, str], found: Unsealed) -> dict[str, str]:
    """The texts with each word of the reporter's name, and each number, blotted out; a child who reported keeps her name."""
    name, phone = (found.report.get(field, "") for field in ("reporter_name", "reporter_phone"))
    names = _words(name)
    if names <= _words(_name(found.child)):
        names = frozenset()
    numbers = [_spelled(digits) for written in (name, phone) for digits in _numbers(written)]
    return {label: _blotted(clean(text), names, numbers) for label, text in texts.items()}


def _words(name: str) -> frozenset[str]:
    """The words of a name as names are compared, whole and as they stand between points and apostrophes."""
    told = {*words_of(name), *words_of(POINT.sub(" ", name))}
    return frozenset(word for word in told - NO_NAMES if len(word) >= SHORTEST_WORD and not word.isdecimal())


def _numbers(written: str) -> list[str]:
    """The digits of each number in it that is long enough for a telephone's; of several, each."""
    found = [one for part in APART.split(written) for one in NUMBER.findall(part)]
    return [re.sub(r"\D", "", one) for one in found]


def _spelled(digits: str) -> re.Pattern[str]:
    """That number however it is written: with or without country and area code, and with whatever between its digits."""
    national = digits[-NATIONAL:]
    area, local = BETWEEN.join(national[:-LOCAL]), BETWEEN.join(national[-LOCAL:])
    before = rf"(?:\(?{area}{BETWEEN})?" if area else rf"(?:\(?\d{{3}}{BETWEEN})?"
    return re.compile(rf"(?<!\d)(?:\+?1{BETWEEN})?{before}{local}(?!\d)")


def _blotted(text: str, names: frozenset[str], numbers: list[re.Pattern[str]]) -> str:
    for number in numbers:
        text = number.sub(SOMEBODY, text)
    text = TOKEN.sub(lambda word: SOMEBODY if names & _words(word.group()) else word.group(), text)
    return AGAIN.sub(SOMEBODY, text)
