"""Prefect carries a referral from room to room. Flows hold only opaque case ids, are short, and may be run again."""

import os

# Whoever starts the flows, and however: nothing calls home. Before Prefect is imported, as it reads them then.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
