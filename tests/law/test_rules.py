"""The law as data: its figures, both sides of every change, what the loader refuses, and the bill that is not law."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from mdt.errors import LawError, NoRuleInForce
from mdt.law.rulebook import HERE, Actor, Force, Rule, Rulebook, Version, load_from, overlays

if TYPE_CHECKING:
    from pathlib import Path

FIRST_OF_JULY_2026 = date(2026, 7, 1)
TODAY = date(2026, 11, 21)

# Every statutory clock as read in the statutes: deadline, rule, what the law says today.
DEADLINES = [
    ("D01", "17a-101b(a)/oral-report", "within 12 hours"),
    ("D02", "17a-101b(a)/answer-inquiries", "window 24 hours"),
    ("D03", "17a-101c/written-report", "within 48 hours"),
    ("D04", "17a-101b(a)/police-tell-dcf", "immediately"),
    ("D05", "17a-101b(c)/notify-police", "within 12 hours"),
    ("D06", "17a-103(c)/notify-police", "within 24 hours"),
    ("D07", "17a-101g(a)/classify", "immediately"),
    ("D08", "17a-101g(a)/commence-emergency", "within 2 hours"),
    ("D09", "17a-101g(a)/commence-other", "within 72 hours"),
    ("D10", "17a-101g(a)/complete", "within 33 business days"),
    ("D11", "17a-101g(a)/refer-to-police", "no figure"),
    ("D12", "17a-103b(a)/parents-opening", "within 5 business days"),
    ("D13", "17a-103b(b)/parents-substantiation", "within 10 days"),
    ("D14", "17a-101k(b)/notice-of-finding", "within 5 business days"),
    ("D15", "17a-101k(c)/internal-review", "within 30 days"),
    ("D16", "17a-101k(c)/notice-of-review", "within 5 business days"),
    ("D17", "17a-101k(c)/request-hearing", "within 30 days"),
    ("D18", "17a-101k(c)/schedule-hearing", "within 30 days"),
    ("D19", "17a-101k(d)/decide", "within 30 days"),
    ("D20", "17a-101k(e)/court-appeal", "within 45 days"),
    ("D21", "17a-101g(f)/removal-limit", "within 96 hours"),
    ("D22", "17a-101f/hospital-hold", "within 96 hours"),
    ("D23", "46b-129(b)/preliminary-hearing", "within 10 days"),
    ("D24", "46b-129(f)/contested-hearing", "within 10 days"),
    ("D25", "46b-129(b)/reasonable-efforts", "within 60 days"),
    ("D26", "46b-129(a)/summons", "before 14 days"),
    ("D27", "17a-101m/notify-relatives", "within 30 days"),
    ("D28", "17a-101g(b)/notify-attorney", "before 5 days"),
    ("D29", "46b-129(j)/notify-attorney", "within 2 business days"),
    ("D29", "46b-129(j)/notify-attorney-planned", "before 10 business days"),
    ("D30", "7-282c/accept-missing", "immediately"),
    ("D31", "46b-149a(a)/custody-limit", "within 12 hours"),
    ("D32", "29-7e(c)/icac-notice", "within 14 days"),
    ("D33", "29-7e(d)/report", "by 2026-01-01, 2027-01-01"),
    ("D34", "17a-106i/compensation-notice", "no figure"),
    ("D35", "54-222a(a)/rights-card", "no figure"),
    ("D36", "54-211(a)/apply", "within 3 years"),
    ("D37", "54-211(a)/apply-dependant", "within 3 years"),
    ("D38", "54-211(a)/police-report", "no figure"),
    ("D39", "54-211(a)/exam", "within 120 hours"),
    ("D40", "54-203(b)/rights-list", "within 10 days"),
    ("D41", "54-205(a)/determine", "no figure"),
    ("D42", "54-205(b)/request-review", "within 30 days"),
    ("D43", "54-211(a)/review-of-waiver-denial", "within 30 days"),
    ("D44", "54-211a/appeal", "within 30 days"),
    ("D45", "54-208(f)/claim-award", "within 45 days"),
    ("D46", "54-212(b)/tell-of-suit", "within 30 days"),
    ("D52", "671(a)(34)/tell-police", "within 24 hours"),
    ("D53", "671(a)(35)/tell-police-and-ncmec", "within 24 hours"),
    ("D54", "7105(b)(1)/tell-hhs", "within 24 hours"),
    ("D57", "17a-15(c)/hearing", "within 30 days"),
    ("D58", "17a-15(b)/review-plan", "within 6 months"),
]

# Every day on which a figure changed: rule, the day, what held the day before, what held from that day.
CHANGES = [
    ("17a-101b(a)/oral-report", date(2002, 10, 1), "within 24 hours", "within 12 hours"),
    ("17a-101b(c)/notify-police", date(2002, 10, 1), "within 24 hours", "within 12 hours"),
    ("17a-101g(a)/complete", date(2005, 10, 1), "within 30 days", "within 45 days"),
    ("17a-101g(a)/complete", date(2019, 7, 1), "within 45 days", "within 33 business days"),
    ("17a-103b(b)/parents-substantiation", date(1999, 10, 1), "no figure", "within 10 days"),
    ("46b-149a(a)/custody-limit", date(1989, 10, 1), "within 6 hours", "within 12 hours"),
    ("54-205(b)/request-review", date(1996, 10, 1), "within 14 days", "within 30 days"),
    ("54-211(a)/apply", date(2024, 7, 1), "within 2 years", "within 3 years"),
    ("54-211(a)/apply-dependant", date(2024, 7, 1), "within 2 years", "within 3 years"),
    ("54-211(a)/police-report", date(2024, 7, 1), "within 5 days", "no figure"),
    ("54-211(a)/exam", date(2017, 10, 1), "within 72 hours", "within 120 hours"),
    ("54-211(a)/review-of-waiver-denial", date(1997, 5, 8), "within 14 days", "within 30 days"),
]

BILL = {
    "B01": ("17a-106a(b)/establish-mdts", "no figure"),
    "B02": ("17a-106f(a)/provide-services", "no figure"),
    "B03": ("17a-106f(b)/train-police", "no figure"),
    "B04": ("rb-5476(4)/train-dcf-and-providers", "by 2027-07-01"),
    "B05": ("rb-5476(5)/train-cssd", "by 2027-07-01"),
    "B06": ("17a-3(b)/train-social-worker-trainees", "by 2027-01-01"),
    "B07": ("rb-5476(6)/assess-placements", "by 2027-07-01, 2027-08-01"),
    "B08": ("rb-5476(1)(f)/coordinator-report", "by 2027-01-01"),
    "B09": ("rb-5476(8)(d)/task-force-report", "by 2027-01-01"),
}

SECTION = """\
section: 1-1
title: A made-up section
href: https://example.org/1-1
checked_on: 2026-11-21
edition: made up
rules:
  - key: 1-1(a)/act
    says: Somebody acts.
    cite: CGS § 1-1(a)
    actor: DCF
    force: shall
    clock: report received
    versions:
      - effective: 2020-10-01
        act: P.A. 20-1
        within: 5 days
"""

STANDARDS = "first-review:\n  says: The team looks at the case soon.\n  source: the team's protocol\n"


def figure(version: Version) -> str:
    """The figure of a version in words, "no figure" where the law gives none."""
    if version.dates:
        return "by " + ", ".join(map(str, version.dates))
    for name in ("within", "before", "window"):
        if (value := getattr(version, name)) is not None:
            return value if value == "immediately" else f"{name} {value}"
    return "no figure"


def force(rule: Rule, day: date) -> Force:
    """How a rule binds on a day."""
    return rule.on(day).force or rule.force


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    standards = tmp_path_factory.mktemp("law") / "standards.yaml"
    standards.write_text(STANDARDS, encoding="utf-8")
    return load_from(HERE / "rules", standards)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "standards.yaml").write_text(STANDARDS, encoding="utf-8")
    (tmp_path / "rules").mkdir()
    return tmp_path


def read(folder: Path, **files: str) -> Rulebook:
    """The rulebook of a folder with these section files."""
    for name, text in files.items():
        (folder / "rules" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_from(folder / "rules", folder / "standards.yaml")


# The figures


@pytest.mark.parametrize(("deadline", "key", "today"), DEADLINES, ids=[key for _, key, _ in DEADLINES])
def test_a_deadline_has_the_figure_read_in_its_statute(book: Rulebook, deadline: str, key: str, today: str) -> None:
    assert book[key].deadline_id == deadline
    assert figure(book[key].on(TODAY)) == today


def test_every_deadline_is_in_the_book_as_often_as_in_the_table(book: Rulebook) -> None:
    assert sorted((r.deadline_id, r.key) for r in book if r.deadline_id) == sorted((d, k) for d, k, _ in DEADLINES)


def test_rules_without_a_deadline_give_no_figure_but_at_once_for_a_school(book: Rulebook) -> None:
    assert {r.key: figure(r.on(TODAY)) for r in book if not r.deadline_id} == {
        "10-221v/act-on-school-report": "immediately",
        "5106a(b)(2)(B)(xxiv)/screen": "no figure",
        "17a-106f(a)/provide-services": "no figure",
        "17a-28/consent": "no figure",
        "17a-106a(h)/certify": "no figure",
        "17a-106a(j)/meeting-record": "no figure",
        "54-204(b)/papers": "no figure",
        "54-205(c)/decide-review": "no figure",
        "54-211(a)/waiver": "no figure",
        "671(a)(35)/locate": "no figure",
    }


@pytest.mark.parametrize(("key", "day", "old", "new"), CHANGES, ids=[f"{k} {d}" for k, d, _, _ in CHANGES])
def test_a_figure_changes_on_its_effective_date_and_not_a_day_before(
    book: Rulebook, key: str, day: date, old: str, new: str
) -> None:
    assert figure(book[key].on(day - timedelta(days=1))) == old
    assert figure(book[key].on(day)) == new


def test_no_other_figure_ever_changed(book: Rulebook) -> None:
    pairs = [(r, a, b) for r in book for a, b in zip(r.versions, r.versions[1:], strict=False)]
    assert sorted((r.key, b.effective) for r, a, b in pairs if figure(a) != figure(b)) == sorted(
        (k, d) for k, d, _, _ in CHANGES
    )


def test_a_day_before_the_first_version_is_refused_for_every_rule(book: Rulebook) -> None:
    for rule in book:
        first = rule.versions[0].effective
        assert rule.on(first) is rule.versions[0]
        with pytest.raises(NoRuleInForce, match=re.escape(rule.cite)):
            rule.on(first - timedelta(days=1))


# How rules bind


def test_only_the_two_court_appeals_roll_over_to_the_next_open_day(book: Rulebook) -> None:
    assert {r.deadline_id for r in book if r.court_filing} == {"D20", "D44"}


def test_a_best_efforts_duty_is_told_apart_from_a_duty(book: Rulebook) -> None:
    assert {r.deadline_id for r in book if r.force is Force.SHALL_TRY} == {"D08", "D12", "D13"}


def test_a_right_that_can_be_lost_belongs_to_the_applicant_or_the_person_named(book: Rulebook) -> None:
    lost = {r.key: r.actor for r in book if r.force is Force.ONLY_IF}
    assert {book[k].deadline_id for k in lost} == {"D17", "D20", "D36", "D37", "D38", "D39", "D42", "D43", "D44", "D45", None}
    assert set(lost.values()) == {Actor.APPLICANT, Actor.INDIVIDUAL}


def test_services_for_a_victim_are_the_only_may(book: Rulebook) -> None:
    assert [r.key for r in book if r.force is Force.MAY] == ["17a-106f(a)/provide-services"]


def test_only_the_standing_report_of_the_state_police_has_no_clock(book: Rulebook) -> None:
    assert [r.key for r in book if r.clock is None] == ["29-7e(d)/report"]


def test_the_day_that_picks_the_version_is_the_day_that_starts_the_clock(book: Rulebook) -> None:
    assert [r.key for r in book if r.governed_by != r.clock] == []


def test_a_late_application_can_be_saved_on_three_grounds_that_ovs_decides(book: Rulebook) -> None:
    for key in ("54-211(a)/apply", "54-211(a)/waiver"):
        grounds = book[key].waivers
        assert [w.cite for w in grounds] == ["CGS § 54-211(a)(2)", "CGS § 54-211(a)(3)", "CGS § 54-211(a)(6)"]
        assert {w.decided_by for w in grounds} == {Actor.OVS}


# What people read


def test_every_rule_links_to_its_text_over_https(book: Rulebook) -> None:
    assert [r.key for r in book if not r.href.startswith("https://")] == []


def test_every_rule_is_said_in_fewer_than_sixty_words(book: Rulebook) -> None:
    assert [r.key for r in book if not 0 < len(r.says.split()) < 60] == []


def test_every_version_names_its_act(book: Rulebook) -> None:
    assert [r.key for r in book if not all(re.match(r".*P\.[AL]\. \d+-\d+", v.act) for v in r.versions)] == []


def test_a_question_left_open_is_not_empty_and_d36_has_one(book: Rulebook) -> None:
    assert [r.key for r in book if r.doubt == ""] == []
    assert "1 July 2024" in (book["54-211(a)/apply"].doubt or "")


def test_what_was_not_read_in_full_says_so(book: Rulebook) -> None:
    second_hand = {r.key.split("(")[0].split("/")[0] for r in book if r.confidence == "secondary"}
    assert second_hand == {"17a-101k", "17a-101m", "17a-15", "46b-129", "46b-149a", "7-282c", "671", "5106a", "7105"}


def test_a_file_holds_one_section_and_is_named_after_it() -> None:
    for path in (HERE / "rules").glob("*.yaml"):
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        assert content["section"] == path.stem
        assert {re.split(r"[(/]", rule["key"])[0] for rule in content["rules"]} == {path.stem}


# What the loader refuses

SECOND = "      - effective: {day}\n        act: P.A. 21-1\n        within: 6 days\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SECTION.replace("    force:", "    colour: red\n    force:"), "colour"),
        (SECTION.replace("title:", "colour: red\ntitle:"), "colour"),
        (SECTION.replace("    force:", "    actor: police\n    force:"), 'duplicate key "actor"'),
        (SECTION + SECOND.format(day="2019-10-01"), "the oldest first"),
        (SECTION + SECOND.format(day="2020-10-01"), "the oldest first"),
        (SECTION + "        before: 3 days\n", "more than one figure"),
        (SECTION.replace("report received", "report arrived"), "report received"),
        (SECTION.replace("5 days", "5 weeks"), "not a period of time"),
        (SECTION.split("    versions:", maxsplit=1)[0], "versions"),
        (SECTION.replace("    force:", "    governed_by: child removed\n    force:"), "picked by the day of its clock"),
    ],
    ids=[
        "an unknown key in a rule",
        "an unknown key in a section",
        "a key given twice",
        "versions out of order",
        "two versions of one day",
        "two figures in one version",
        "an unknown fact",
        "no period of time",
        "no version",
        "a version picked by another fact than the clock's",
    ],
)
def test_the_loader_refuses_and_names_the_file(folder: Path, text: str, said: str) -> None:
    with pytest.raises(LawError, match=r"^wrong\.yaml: ") as refused:
        read(folder, right=SECTION.replace("1-1", "2-2"), wrong=text)
    assert said in str(refused.value)


def test_the_loader_takes_the_section_that_the_refused_ones_are_made_from(folder: Path) -> None:
    assert figure(read(folder, right=SECTION)["1-1(a)/act"].on(TODAY)) == "within 5 days"


def test_the_loader_refuses_a_rule_that_two_files_hold(folder: Path) -> None:
    with pytest.raises(LawError, match=r"^second\.yaml: the key 1-1\(a\)/act is used twice"):
        read(folder, first=SECTION, second=SECTION)


def test_the_loader_refuses_a_standard_it_cannot_read(folder: Path) -> None:
    (folder / "standards.yaml").write_text(STANDARDS + "  colour: red\n", encoding="utf-8")
    with pytest.raises(LawError, match=r"^standards\.yaml: "):
        read(folder, right=SECTION)


@pytest.mark.parametrize(
    ("rules", "standards", "said"),
    [
        ({"1-1(a)/act", "9-9/ghost"}, {"first-review"}, "a rule that does not exist: 9-9/ghost"),
        (set(), {"first-review"}, "No step names the rule 1-1(a)/act"),
        ({"1-1(a)/act"}, {"first-review", "ghost"}, "a standard that does not exist: ghost"),
        ({"1-1(a)/act"}, set(), "No step names the standard first-review"),
    ],
    ids=["a missing rule", "an unused rule", "a missing standard", "an unused standard"],
)
def test_process_and_law_must_name_each_other(folder: Path, rules: set[str], standards: set[str], said: str) -> None:
    book = read(folder, right=SECTION)
    book.check_named({"1-1(a)/act"}, {"first-review"})
    with pytest.raises(LawError, match=re.escape(said)):
        book.check_named(rules, standards)


def test_asking_for_a_rule_or_standard_by_a_wrong_name_is_refused(book: Rulebook) -> None:
    with pytest.raises(LawError, match="9-9/ghost"):
        book["9-9/ghost"]
    with pytest.raises(LawError, match="ghost"):
        book.standard("ghost")


# The bill


@pytest.fixture(scope="module")
def if_enacted(book: Rulebook) -> Rulebook:
    return book.with_overlay(overlays()["rb-5476"])


def test_the_bill_is_complete_and_called_a_bill() -> None:
    written = YAML(typ="safe").load(overlays()["rb-5476"].read_text(encoding="utf-8"))["rules"]
    assert {r["deadline_id"]: r["key"] for r in written} == {b: key for b, (key, _) in BILL.items()}
    assert {r["confidence"] for r in written} == {"bill"}
    assert [r["key"] for r in written if not 0 < len(r["says"].split()) < 60] == []


@pytest.mark.parametrize(("key", "expected"), BILL.values(), ids=BILL)
def test_the_bill_would_say_this(if_enacted: Rulebook, key: str, expected: str) -> None:
    assert figure(if_enacted[key].on(TODAY)) == expected
    assert if_enacted[key].href.startswith("https://")


def test_the_bill_is_off_unless_asked_for(book: Rulebook, if_enacted: Rulebook) -> None:
    assert {r.key for r in book} & {key for key, _ in BILL.values()} == {"17a-106f(a)/provide-services"}
    assert [r.key for r in book if r.confidence == "bill"] == []
    assert len(if_enacted.rules) == len(book.rules) + len(BILL) - 1


def test_the_bill_turns_may_into_shall_from_its_first_day_on(book: Rulebook, if_enacted: Rulebook) -> None:
    now, then = book["17a-106f(a)/provide-services"], if_enacted["17a-106f(a)/provide-services"]
    assert force(then, FIRST_OF_JULY_2026 - timedelta(days=1)) is Force.MAY
    assert force(then, FIRST_OF_JULY_2026) is Force.SHALL
    assert force(now, FIRST_OF_JULY_2026) is Force.MAY


def test_the_bill_leaves_every_other_rule_as_it_is(book: Rulebook, if_enacted: Rulebook) -> None:
    assert [r.key for r in book if if_enacted[r.key] != r] == ["17a-106f(a)/provide-services"]


@pytest.mark.parametrize(
    ("key", "subsection"),
    [
        ("54-211(a)/apply", "(a)(1)(A)"),
        ("17a-101g(a)/complete", "(a)"),
        ("54-211a/appeal", ""),
        ("17a-101c/written-report", ""),
    ],
)
def test_a_rule_knows_its_subsection(book: Rulebook, key: str, subsection: str) -> None:
    assert book[key].subsection == subsection
