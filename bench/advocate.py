"""The advocate's start page with three hundred cases of hers: what it asks of the board, and the page as it is drawn."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streamlit.testing.v1 import AppTest

from bench import referrals
from bench.measure import Row, folder, p50, p95, timed
from mdt.board import overview, work
from mdt.board.overview import PAGE
from mdt.casework import ACT, carry_out
from mdt.demo import add_people
from mdt.law.period import local_date
from mdt.process import STEPS, Room
from mdt.scenario import PEOPLE
from mdt.store.engine import shared

if TYPE_CHECKING:
    from mdt.store import Store

CASES, AGAIN = 300, 20
A_SECOND = 1_000.0  # milliseconds
ADVOCATE = PEOPLE["victim advocate"]
EVERYONE = work.WAITS_FOR[ADVOCATE.role]
SERVICES = tuple(step.key for step in STEPS if step.room is Room.SERVICES)
APP = Path(__file__).parents[1] / "dashboard" / "app.py"
CONSENT: dict[str, Any] = {
    "signer": "parent", "signer_name": "Parent A", "signer_is_not_suspected": True, "recipient": "A shelter",
    "fields": ["age"], "purpose": "to provide the service", "provider": "SHELTER-1",
}  # fmt: skip
_commands = count(1)


def _do(store: Store, case_id: str, act: str, by: str, now: datetime, **form: object) -> None:
    told = ACT[act].form.model_validate({"happened_at": now, **form})
    carry_out(store, case_id, ACT[act], told, by=PEOPLE[by], now=now, command=f"bench-{next(_commands)}")


def _hers(store: Store, now: datetime) -> None:
    """Three hundred cases on which she is engaged, each with a need, a consent that ends within days, and a referral."""
    for n, case_id in enumerate(referrals.take(store, iter(referrals.grave(CASES)), now)):
        _do(store, case_id, "engage_person", "intake supervisor", now, person=ADVOCATE.id)
        _do(store, case_id, "classify_report", "intake worker", now, classification="other")
        _do(store, case_id, "believe_victim", "intake worker", now, band="high", note="What the child told")
        _do(store, case_id, "list_needs", "victim advocate", now, needs=["shelter"])
        ends = local_date(now) + timedelta(days=n % 60)
        _do(store, case_id, "give_consent", "victim advocate", now, **CONSENT, expires_on=ends)
        _do(store, case_id, "refer_to_service", "victim advocate", now, provider="SHELTER-1")


def _asked(store: Store, now: datetime) -> None:
    """All that the page asks of the board, whatever tab is open."""
    for owners, steps in ((("advocate",), ()), (EVERYONE[1:], ()), (overview.owners(), SERVICES)):
        work.tally(store, ADVOCATE, owners, now, steps=steps)
        work.waiting(store, ADVOCATE, owners, now, steps=steps, most=PAGE)
    work.waiting(store, ADVOCATE, EVERYONE, now, which="week", most=PAGE)
    overview.consents_ending(store, ADVOCATE, now, within=timedelta(days=14))
    work.notices_for(store, ADVOCATE, EVERYONE)


def run() -> list[Row]:
    """The board's functions, then the page; the bounds are of the page."""
    now = datetime.now(UTC)
    with folder() as here:
        url = f"sqlite:///{here / 'advocate.db'}"
        os.environ |= {"MDT_DEMO": "1", "MDT_DATABASE_URL": url}
        store = shared(url)
        store.create()
        add_people(store)
        _hers(store, now)
        asked = timed([partial(_asked, store, now)] * AGAIN)
        page = AppTest.from_file(str(APP), default_timeout=60).run()
        page.button(key=f"sign-in-{ADVOCATE.id}").click().run()
        page.switch_page("services.py").run()
        drawn = timed([page.run] * AGAIN)
        store.close()
    return [
        Row(f"all lists of the start page, {CASES} cases, p50", p50(asked) * 1000, "ms"),
        Row(f"the start page drawn, {CASES} cases, p95", p95(drawn) * 1000, "ms", most=A_SECOND),
    ]
