"""What no release of a privileged note may do, asked at the door: show it to strangers, or name a counselor (§ 52-146k(b))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mdt import vault
from mdt.errors import NotPossible
from mdt.policy import ADVOCATES
from mdt.records.tables import PEOPLE
from mdt.vault import ReleaseVaultNote

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from mdt.access import Viewer
    from mdt.acts import Form

NO_STRANGERS = "Can't release the note: it is shown to persons who sign in here, and one of these does not."
IDENTITY = (
    "Can't release the note: the text names a counselor of your agency, and her identity is not disclosed (§ 52-146k(b))."
    " Type an excerpt without the name."
)


def refuse(connection: Connection, form: Form, by: Viewer) -> None:
    """Raise `NotPossible` for a release to somebody who does not sign in here, or whose text names a counselor of hers."""
    if not isinstance(form, ReleaseVaultNote):
        return
    known = select(PEOPLE.c.id).where(PEOPLE.c.disabled_at.is_(None), PEOPLE.c.id.in_(form.recipients))
    if set(connection.execute(known).scalars()) != set(form.recipients):
        raise NotPossible(NO_STRANGERS)
    ours = select(PEOPLE.c.name).where(PEOPLE.c.agency == by.agency, PEOPLE.c.role.in_(ADVOCATES))
    if vault.names_somebody(form.released, connection.execute(ours).scalars().all()):
        raise NotPossible(IDENTITY)
