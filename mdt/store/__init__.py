"""The memory: one database behind one URL (SQLite or PostgreSQL), its hash-chained ledger, and the outbox."""

from mdt.store.engine import Store, open_store

__all__ = ["Store", "open_store"]
