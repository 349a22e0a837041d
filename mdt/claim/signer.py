"""Who applies, as § 54-204(a) has it: whoever may be eligible; for a minor a parent, guardian or other legal representative."""

from __future__ import annotations

from typing import Literal

from mdt.claim.known import Element, Status, href

Applicant = Literal["child", "parent", "guardian", "legal representative", "dependant"]
TITLE, CITE = "Who signs", "CGS § 54-204(a)"
ONE_OF = "A parent, guardian or other legal representative who is not suspected may sign instead."
# Who applies, whether the child is a minor (None: not known), how that stands and why.
_SAYS: dict[tuple[bool, bool | None], tuple[Status, str]] = {
    (True, False): (Status.SATISFIED, "The victim is of age and applies herself."),
    (True, True): (
        Status.OVS,
        "The section does not forbid a minor to apply herself; whether her signature is enough, OVS decides.",
    ),
    (True, None): (
        Status.OVS,
        "Of age, she applies herself; as a minor, the section does not forbid it, and OVS decides. Only the birthdate tells.",
    ),
    (False, True): (Status.SATISFIED, "A parent, guardian or other legal representative may apply for a minor."),
    (False, False): (
        Status.OVS,
        "The victim is of age. Somebody else may apply for her only if she lacks capacity; whether she does, OVS decides.",
    ),
    (False, None): (
        Status.OVS, "Somebody may apply for her while she is a minor, or if she lacks capacity. Only the birthdate tells.",
    ),
}  # fmt: skip


def signer(applicant: str, minor: bool | None) -> Element:  # noqa: FBT001  # what is known of the age, None if nothing is
    """How it stands with this applicant. Never a refusal: that one is suspected, the door finds."""
    if applicant == "dependant":
        return Element(
            "signer", TITLE, Status.SATISFIED, "Whoever may be eligible applies, a dependant too.", CITE, href("54-204")
        )
    status, says = _SAYS[applicant == "child", minor]
    return Element("signer", TITLE, status, says, CITE, href("54-204"), (), "" if status is Status.SATISFIED else ONE_OF)
