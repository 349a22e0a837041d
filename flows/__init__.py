"""Prefect carries a referral from room to room. Flows hold only opaque case ids, are short, and may be run again."""
