"""`python -m bench [name ...]`: all benches, or those named."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from bench.measure import folder, shown

BENCHES = {
    "steps": "Recording a decision, embedded database",
    "steps_pg": "Recording a decision, PostgreSQL",
    "lists": "Lists, embedded database",
    "policy": "Who sees what, embedded database",
    "queue": "The queue of reports, embedded database",
    "sealing": "Sealed columns",
    "imports": "Files and flows, a real Prefect server",
    "likeness": "Who this may be, embedded database",
    "meeting": "A team's meeting, and twelve at once",
    "directory": "The directory of services, both databases",
    "advocate": "The advocate's start page with three hundred cases",
    "sockets": "Twelve meetings at once through the board's own server",
    "whole": "Everything together",
}


def main(names: list[str]) -> int:
    """Run the benches of these names; 1 if a goal was missed."""
    held = True
    with folder() as home:
        os.environ["MDT_HOME"] = str(home)  # the keys are this run's alone
        for name in names or BENCHES:
            rows = import_module(f"bench.{name}").run()
            shown(f"{name}: {BENCHES[name]}", rows)
            held &= all(row.holds for row in rows)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
