"""The law page: each rule with its versions, and the steps that rest on it; and what a bill would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdt.law.rulebook import load, overlays
from mdt.process import STANDING, STEPS

if TYPE_CHECKING:
    from mdt.law.rulebook import Rule, Standard


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule and the steps (or standing duties) that rest on it."""

    rule: Rule
    steps: tuple[str, ...]


def rules(overlay: str | None = None) -> list[RuleLine]:
    """Every rule, in order of section; with a named overlay, as if it were law."""
    book = load().with_overlay(overlays()[overlay]) if overlay else load()
    named = {d.rule: (d.title,) for d in STANDING}
    return [RuleLine(rule, tuple(s.title for s in STEPS if s.rule == rule.key) or named.get(rule.key, ())) for rule in book]


def standards() -> list[Standard]:
    """The team's own figures."""
    return list(load().standards.values())


def what_if() -> list[str]:
    """The names of the overlays there are."""
    return list(overlays())
