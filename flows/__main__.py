"""`python -m flows`: the carrier, and the schedules beside it."""

from __future__ import annotations

import logging
import signal
import threading
from contextlib import suppress

from flows.carry import carry
from flows.schedules import keep


def main() -> None:
    """Carry until stopped; SIGTERM and Ctrl-C end it at once, as every row is safe in the outbox."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # The schedules serve beside it: in the main thread Prefect would take SIGTERM for itself.
    threading.Thread(target=keep, name="schedules", daemon=True).start()
    carry()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
