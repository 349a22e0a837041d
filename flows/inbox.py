"""The inbox: partners' files that lie in the watched folder are taken in. What they are called and hold never comes here."""

from __future__ import annotations

from prefect import flow, get_run_logger

from flows import ground
from mdt import inbox, settings
from mdt.faults import by_number


@flow(name="take_inbox", retries=2, retry_delay_seconds=5)
@by_number
def take_inbox() -> int:
    """Take in what is whole; how many referrals were new."""
    did = inbox.take_all(ground.store(), settings.inbox(), ground.now)
    told = (did.files, did.again, did.turned_away, did.waiting, did.taken, did.repeats, did.refused)
    get_run_logger().info(
        "files: %s taken, %s again, %s turned away, %s waiting; referrals: %s taken, %s repeats, %s refused", *told
    )
    return did.taken
