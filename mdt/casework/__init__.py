"""EVERY WRITE, a file a room, over one shared door. Pages, flows and the command line call nothing else to change a case."""

from mdt.casework.door import Receipt, carry_out
from mdt.casework.room import ACT, ACTS, acts_for

__all__ = ["ACT", "ACTS", "Receipt", "acts_for", "carry_out"]
