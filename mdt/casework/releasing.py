"""THE ONE WAY to what a provider is told of a child: the fields that a consent releases, opened from what is sealed.

Every channel asks here, at the moment something leaves; what no consent releases is not even opened for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt.casework import child
from mdt.casework.pages import history_of
from mdt.consent import FIELDS, Consent, latest, refuse_unless_released
from mdt.errors import NotAllowed, NotPossible
from mdt.facts import Fact
from mdt.history import contact_is_unsafe, live
from mdt.law.period import age_on, eighteenth_birthday, local_date
from mdt.records.tables import CASES, NARRATIVES
from mdt.referring import BY_WORD, Leaving, may_leave
from mdt.referring import Consent as Signed
from mdt.signing import OF_AGE, refuse_suspected
from mdt.store import keys, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from mdt.acts import Form
    from mdt.facts import Event, History

F = Fact
OF_THE_CHILD = ("given_name", "family_name", "gender", "town", "address", "phone")
UNSAFE = "UNSAFE. Do not call, write or leave a message without asking whoever sent this."


@dataclass(frozen=True, slots=True)
class Released:
    """What may be told: each released field's title and value, in the order of `FIELDS`; and by which consent, to whom.

    `recipient` is who the consent names. A value that is not known is left out.
    """

    lines: tuple[tuple[str, str], ...]
    consent: Consent
    recipient: str

    def __repr__(self) -> str:
        """Nothing of what is released."""
        return f"Released({len(self.lines)} fields)"


def sheet(connection: Connection, case_id: str, about: str, provider: str, now: datetime) -> Released:
    """What this provider may be told now of this need's child, nothing else. Raises `NotYet` without a consent (§ 17a-28)."""
    history = live(history_of(connection, case_id))
    fields = refuse_unless_released(history, about, provider, now, "tell the provider of the child")
    consent = latest(history, about, provider, now)
    assert consent is not None  # noqa: S101  # it released the fields
    known = dict(_values(connection, case_id, history, consent, fields, now))
    lines = tuple((title, known[field]) for field, title in FIELDS.items() if field in fields and known.get(field))
    return Released(lines, consent, words_with(connection, case_id, consent.id).get("recipient", ""))


def _values(
    connection: Connection, case_id: str, history: History, consent: Consent, fields: frozenset[str], now: datetime
) -> Iterator[tuple[str, str]]:  # fmt: skip
    need = next(e for e in reversed(history) if e.fact is F.NEED_LISTED and e.about == consent.about)
    if fields & {*OF_THE_CHILD, "birthdate", "age"}:
        told = child.as_told(connection, case_id, history).child
        yield from _of_the_child(told, fields, now)
        if "age" in fields and not told["birthdate"]:
            yield "age", _age_told(connection, case_id, history)
    yield from ((name, str(need.data.get(name, ""))) for name in ("need", "urgency", "language") if name in fields)
    if "reasons" in fields:
        yield "reasons", words_with(connection, case_id, need.id).get("reasons", "")
    if "contact" in fields:
        yield "contact", _contact(connection, case_id, history)
    if "guardian" in fields:
        signed = words_with(connection, case_id, consent.id)
        yield "guardian", ", ".join(filter(None, (consent.signer, signed.get("signer_name"), signed.get("reach"))))


def _of_the_child(told: Mapping[str, str], fields: frozenset[str], now: datetime) -> Iterator[tuple[str, str]]:
    yield from ((name, told[name]) for name in OF_THE_CHILD if name in fields)
    if told["birthdate"]:
        born = date.fromisoformat(told["birthdate"])
        yield from (pair for pair in (("birthdate", f"{born:%-d %b %Y}"), ("age", str(age_on(local_date(now), born))))
                    if pair[0] in fields)  # fmt: skip


def _age_told(connection: Connection, case_id: str, history: History) -> str:
    """The age told with the first report, and when that was; empty if none was told."""
    age = connection.execute(select(CASES.c.age).where(CASES.c.id == case_id)).scalar_one_or_none()
    first = next((e for e in history if e.fact is F.REPORT_RECEIVED), None)
    return f"{age}, as told on {local_date(first.happened_at):%-d %b %Y}" if age is not None and first else ""


def _contact(connection: Connection, case_id: str, history: History) -> str:
    """Whether contact is safe, as it was last said, and what is safe."""
    unsafe = contact_is_unsafe(history)
    if unsafe is None:
        return ""
    said = next(e for e in reversed(history) if e.fact is F.CONTACT_SAFETY_LEARNED)
    return " ".join(filter(None, (UNSAFE if unsafe else "Said to be safe.", _safe_way(connection, case_id, said))))


def _safe_way(connection: Connection, case_id: str, said: Event) -> str:
    return words_with(connection, case_id, said.id).get("what_is_safe", "")


def words_with(connection: Connection, case_id: str, event_id: str) -> dict[str, str]:
    """The words that were kept apart from a fact, by field, opened."""
    key = keys.of(connection).case(connection, case_id)
    asked = select(NARRATIVES).where(NARRATIVES.c.case_id == case_id, NARRATIVES.c.event_id == event_id)
    return {row["field"]: sealed.unseal_words(key, dict(row)) for row in connection.execute(asked).mappings()}


def refuse(connection: Connection, case_id: str, form: Form, history: History, now: datetime) -> None:
    """Raise, with the section, for a consent of a suspected person, or for what leaves now without a consent that stands.

    What was told by word is told at the time that is said; what is written leaves now, whatever time stands on the form.
    """
    if isinstance(form, Signed):
        _refuse_signer(connection, case_id, form, history)
    elif isinstance(form, Leaving) and form.how not in BY_WORD:
        may_leave(form, history, now)


def _refuse_signer(connection: Connection, case_id: str, form: Signed, history: History) -> None:
    """28 CFR 94.115, § 17a-28(a)(1): not the abuser; herself once of age, and from then on nobody as her parent or guardian."""
    told = child.as_told(connection, case_id, history)
    refuse_suspected(form.signer, form.signer_name, (one for report in told.reports for one in report.get("suspected", ())))
    born = told.child["birthdate"]
    of_age = local_date(form.happened_at) >= eighteenth_birthday(date.fromisoformat(born)) if born else None
    if form.signer == OF_AGE and of_age is False:
        message = (
            "Can't record the consent: by the birthdate told the child is under 18 on that day. Whoever may act for her signs,"
            " or she alone where the law lets her (28 CFR 94.115)."
        )
        raise NotPossible(message)
    if form.signer in ("parent", "guardian") and of_age:
        message = "Can't record the consent: she is of age on that day, and signs herself (§ 17a-28(a)(1))."
        raise NotAllowed(message)
