"""The standards that no step of the process names: the figures that some room, screen or flow asks for."""

from __future__ import annotations

OTHER_STANDARDS = frozenset(
    {"ask-for-updates", "packet-expires", "seat-empty", "not-reviewed-for", "meeting-series", "notice-before-meeting",
     "repeat-screen-outs", "compensation-warning", "audit-names-a-day", "audit-cases-outside",
     "audit-cases-without-act", "audit-night", "audit-emergencies", "audit-refusals", "audit-failed-sign-ins",
     "keep-drafts", "keep-refused-rows", "export-rows", "cover-at-most", "agenda-look-ahead", "agenda-opening-minutes",
     "agenda-full-minutes", "agenda-short-minutes", "capacity-stale"}
)  # fmt: skip
