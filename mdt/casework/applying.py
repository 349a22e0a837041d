"""Who applies, signs, or consents to OVS, held against whom the reports suspect: at the door, not only ticked."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mdt.applying import Drafted, SignedBy, ToOvs
from mdt.casework import child
from mdt.errors import NotAllowed, NotPossible
from mdt.law.period import eighteenth_birthday, local_date
from mdt.signing import APPLICATION, CONSENT, OF_AGE, refuse_suspected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from mdt.acts import Form
    from mdt.casework.child import AsTold
    from mdt.facts import History


def refuse(connection: Connection, case_id: str, form: Form, history: History) -> None:
    """Raise `NotAllowed`, with the section, for a person whom a report suspects; the child herself is none."""
    if isinstance(form, ToOvs):
        told = child.as_told(connection, case_id, history)
        refuse_suspected(form.signer, form.signer_name, _suspected(told), CONSENT)
        _refuse_age(form, told.child)
        return
    who, name = _who(form)
    if who not in ("", "child"):
        refuse_suspected(who, name, _suspected(child.as_told(connection, case_id, history)), APPLICATION)


def _who(form: Form) -> tuple[str, str]:
    if isinstance(form, Drafted):
        return form.applicant, form.applicant_name
    return (form.signed_by, form.signed_by_name) if isinstance(form, SignedBy) else ("", "")


def _suspected(told: AsTold) -> list[Mapping[str, object]]:
    return [one for report in told.reports for one in report.get("suspected", ())]


def _refuse_age(form: ToOvs, told: Mapping[str, str]) -> None:
    """§ 17a-28(a)(1): herself once of age, and from then on nobody as her parent or guardian."""
    if not told["birthdate"]:
        return
    of_age = local_date(form.happened_at) >= eighteenth_birthday(date.fromisoformat(told["birthdate"]))
    if form.signer == OF_AGE and not of_age:
        message = (
            "Can't record the consent: by the birthdate told the child is under 18 on that day. A parent, guardian, legal"
            " representative or attorney signs (§ 17a-28(a)(1), (4))."
        )
        raise NotPossible(message)
    if form.signer in ("parent", "guardian") and of_age:
        raise NotAllowed("Can't record the consent: she is of age on that day, and signs herself (§ 17a-28(a)(1)).")
