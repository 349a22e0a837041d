"""The peer: SpiffWorkflow, five user tasks in a row, the state as JSON in SQLite, a durable commit a step."""

from __future__ import annotations

import io
import sqlite3
from itertools import pairwise
from typing import TYPE_CHECKING

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NAMESPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def _bpmn(steps: Sequence[str]) -> bytes:
    """The process: a start, the steps in order, an end."""
    nodes = ["start", *steps, "end"]
    kinds = ["startEvent", *["userTask"] * len(steps), "endEvent"]
    drawn = [f'<{kind} id="{node}" name="{node}"/>' for kind, node in zip(kinds, nodes, strict=True)]
    flows = [f'<sequenceFlow id="f{n}" sourceRef="{a}" targetRef="{b}"/>' for n, (a, b) in enumerate(pairwise(nodes))]
    process = f'<process id="case" isExecutable="true">{"".join([*drawn, *flows])}</process>'
    return f'<definitions xmlns="{NAMESPACE}" id="d">{process}</definitions>'.encode()


TABLE = "CREATE TABLE workflow (id INTEGER PRIMARY KEY, state TEXT NOT NULL)"
WRITE = "UPDATE workflow SET state = ? WHERE id = ?"


class Spiff:
    """A database of workflows."""

    def __init__(self, file: Path, steps: Sequence[str], cases: int) -> None:
        self.steps = steps
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
        self.database = sqlite3.connect(file, isolation_level=None)
        self.database.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {TABLE}")
        parser = BpmnParser()
        parser.add_bpmn_io(io.BytesIO(_bpmn(steps)))
        spec = parser.get_spec("case")
        self.database.execute("BEGIN")
        for _ in range(cases):
            workflow = BpmnWorkflow(spec)
            workflow.do_engine_steps()
            self.database.execute("INSERT INTO workflow (state) VALUES (?)", (self.serializer.serialize_json(workflow),))
        self.database.execute("COMMIT")

    def step(self, case: int, n: int) -> None:
        """Do the step that waits: read the workflow, complete the task, write it back."""
        self.database.execute("BEGIN IMMEDIATE")
        (state,) = self.database.execute("SELECT state FROM workflow WHERE id = ?", (case + 1,)).fetchone()
        workflow = self.serializer.deserialize_json(state)
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        task.data |= {"step": self.steps[n], "by": "bench", "at": "2026-03-02T09:00:00Z"}
        task.run()
        workflow.do_engine_steps()
        self.database.execute(WRITE, (self.serializer.serialize_json(workflow), case + 1))
        self.database.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()
