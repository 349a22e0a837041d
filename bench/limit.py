"""The limit: what five steps come to in bare SQL on the same tables, one durable commit a step, the hash chain included."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Each step's fact, the tasks it ends and those it opens, as our process has them for a grave report.
FACTS = (
    ("report classified", ("classify",), ("commence-other", "complete-investigation", "screen")),
    ("investigation commenced", ("commence-other",), ("notify-parents",)),
    ("police notified", ("notify-police-mandated",), ()),
    ("victim identified", ("screen",), ("put-on-agenda", "propose-needs", "list-needs", "open-compensation")),
    ("investigation completed", ("complete-investigation",), ()),
)
HEAD = "SELECT version, events, head FROM cases WHERE id = ?"
EVENT = (
    "INSERT INTO event (id, case_id, seq, act, fact, about, happened_at, recorded_at, by, data) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
LEDGER = (
    "INSERT INTO ledger (case_id, version, command, act, by, at, digest, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
END = "DELETE FROM task WHERE case_id = ? AND step = ? AND about = ?"
OPEN = (
    "INSERT INTO task (case_id, step, about, opened_at, opened_by, started_at, owner, force, due_at, next_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
CASE = (
    "UPDATE cases SET version = ?, events = ?, head = ?, open_tasks = ?, next_at = ?, next_step = ?, changed_at = ? "
    "WHERE id = ?"
)
OUTBOX = "INSERT INTO outbox (case_id, made_at) VALUES (?, ?)"
AT, DUE = "2026-03-02 10:00:00.000000", "2026-03-05 04:59:59.999999"


class Limit:
    """Bare statements through `execute`; `mark` is how this driver writes a parameter."""

    def __init__(self, execute: Callable[[str, Sequence[Any]], Any], begin: str, mark: str = "?") -> None:
        self.execute = execute
        self.begin = begin
        # asked for once more than our own code asks: PostgreSQL locks the row it is about to change
        head = HEAD if mark == "?" else f"{HEAD} FOR UPDATE"
        said = [s.replace("?", mark) for s in (head, EVENT, LEDGER, END, OPEN, CASE, OUTBOX)]
        self.head, self.event, self.ledger, self.end, self.open, self.case, self.outbox = said

    def step(self, case: str, report: str, n: int) -> None:
        """Record one fact."""
        fact, ended, opened = FACTS[n]
        execute = self.execute
        execute(self.begin, ())
        version, events, head = execute(self.head, (case,)).fetchone()
        made = hashlib.sha256(f"{case}/{n}".encode()).hexdigest()[:32]
        digest = hashlib.sha256(f"{made}{case}{fact}{AT}".encode()).hexdigest()
        link = hashlib.sha256(f"{digest}{head}{version}".encode()).hexdigest()
        execute(self.event, (made, case, events + 1, version + 1, fact, report, AT, AT, "bench", "{}"))
        execute(self.ledger, (case, version + 1, made, fact, "bench", AT, digest, head, link))
        for step in ended:
            execute(self.end, (case, step, report))
        for step in opened:
            execute(self.open, (case, step, report, AT, made, AT, "DCF", "shall", DUE, DUE))
        execute(self.case, (version + 1, events + 1, link, 3, DUE, "screen", AT, case))
        execute(self.outbox, (case, AT))
        execute("COMMIT", ())
