"""Where things lie and what the environment may change. Everything the product keeps is under one folder of mode 0700."""

from __future__ import annotations

import os
from pathlib import Path

ONLY_ME = 0o700


def home() -> Path:
    """The folder of all state: `MDT_HOME`, or ./var. Made on first use, readable by its owner alone."""
    folder = Path(os.environ.get("MDT_HOME", "var")).absolute()
    if not folder.is_dir():
        folder.mkdir(mode=ONLY_ME, parents=True, exist_ok=True)
    folder.chmod(ONLY_ME)
    return folder


def database_url() -> str:
    """The SQLAlchemy URL of the database: `MDT_DATABASE_URL`, or an SQLite file in `home()`."""
    return os.environ.get("MDT_DATABASE_URL") or f"sqlite:///{home() / 'mdt.db'}"


def vault_url() -> str:
    """The SQLAlchemy URL of the advocates' vault: `MDT_VAULT_URL`, or an SQLite file in `home()`. Never the database's own."""
    return os.environ.get("MDT_VAULT_URL") or f"sqlite:///{home() / 'vault.db'}"


def inbox() -> Path:
    """The watched folder of partners' files, a folder in it for each source: `MDT_INBOX`, or inbox in `home()`."""
    return Path(os.environ.get("MDT_INBOX") or home() / "inbox").absolute()


def public_url() -> str:
    """Where others reach the board, for links that are sent out: `MDT_URL`, without a slash at its end; empty if not set."""
    return os.environ.get("MDT_URL", "").rstrip("/")


def phone() -> str:
    """The telephone number that a provider without an account may call: `MDT_PHONE`; empty if not set."""
    return os.environ.get("MDT_PHONE", "").strip()


def ovs_phone() -> str:
    """The telephone number of the Office of Victim Services: `MDT_OVS_PHONE`, else the one its victims are told (2026)."""
    return os.environ.get("MDT_OVS_PHONE", "").strip() or "1-888-286-7347"


def ovs_mail() -> str:
    """The address that takes applications by e-mail: `MDT_OVS_MAIL`, else the one its victims are told (2026)."""
    return os.environ.get("MDT_OVS_MAIL", "").strip() or "OVSCompensation@jud.ct.gov"


def is_demo() -> bool:
    """Whether sign-in is a choice from a list. Set only by `mdt run`, which listens on 127.0.0.1 alone."""
    return os.environ.get("MDT_DEMO") == "1"
