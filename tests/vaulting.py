"""What tests of the vault begin with: the vault beside a store, and notes in it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from mdt.access import Viewer
from mdt.casework import vault as casework
from mdt.policy import Role
from mdt.store.vault import open_vault
from mdt.vault import ReleaseVaultNote, WriteNote
from tests.making import MONDAY, PEOPLE

if TYPE_CHECKING:
    from datetime import datetime

    from mdt.store import Store
    from mdt.store.vault import Vault

ADVOCATE, SUPERVISOR = PEOPLE["victim advocate"], PEOPLE["advocate supervisor"]
ELSEWHERE = Viewer("advocate-else", "Advocate Quince", Role.ADVOCATE, "Another center")
SUPERVISOR_ELSEWHERE = Viewer("supervisor-else", "Supervisor Rowan", Role.ADVOCATE_SUPERVISOR, "Another center")
COLLEAGUE = Viewer("advocate-two", "Advocate Saffron", Role.ADVOCATE, ADVOCATE.agency)
WAIVED = {
    "signer": "child", "ground": "the child knowingly waives", "signer_is_not_suspected": True, "expires_on": "2026-03-31",
    "recipients": [PEOPLE["chairperson"].id], "no_location_no_identity": True, "purpose": "For the review",
    "waiver": "Signed today before the supervisor",
}  # fmt: skip
_numbers = count(1)


def beside(url: str, main: str) -> Vault:
    """A vault with its tables, beside the main database."""
    vault = open_vault(url, main)
    vault.create()
    return vault


def command() -> str:
    """A command that no other has."""
    return f"vault-command-{next(_numbers)}"


def write(store: Store, vault: Vault, case_id: str, text: str, *, by: Viewer = ADVOCATE, now: datetime = MONDAY) -> str:
    """A note of hers."""
    form = WriteNote(capacity="sexual assault counselor", text=text)
    return casework.write_note(store, vault, case_id, form, by=by, now=now, command=command())


def waiver(released: str, at: datetime = MONDAY, **more: Any) -> ReleaseVaultNote:
    """A waiver that a child signed, as a form."""
    return ReleaseVaultNote.model_validate({"happened_at": at, "released": released, **WAIVED, **more})


def release(
    store: Store, vault: Vault, case_id: str, note: str, released: str, *, by: Viewer = ADVOCATE, now: datetime = MONDAY,
    command_: str = "", **more: Any,
) -> Any:  # fmt: skip
    """Release that text of a note."""
    form = waiver(released, now, **more)
    return casework.release(store, vault, case_id, note, form, by=by, now=now, command=command_ or command())
