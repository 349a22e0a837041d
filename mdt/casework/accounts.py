"""Signing in: a password with a second factor, an identity provider's word, or, in the demo, a choice from a list.

Every answer is one sentence that tells nobody whether there is such an account; every failure counts and is logged.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import and_, delete, func, insert, select, update

from mdt import settings
from mdt.accounts import DEMO, REFUSED, UNCONFIRMED, Vouched, is_fresh, is_inactive, locks, login_of, step_of
from mdt.casework import sittings
from mdt.errors import NotAllowed
from mdt.records.tables import ACCOUNTS, FAILURES, PEOPLE, SITTINGS
from mdt.store import keys, sealed, trace
from mdt.store.inserts import insert_into

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, RowMapping

    from mdt.access import Viewer
    from mdt.store import Store

LOCAL, OIDC, DEMONSTRATION = "local", "oidc", "demo"
NOBODY = "nobody"  # who signs in under a login that there is not
HASHER = PasswordHasher()
# Verified for a login that there is not, so that the answer takes as long.
NO_PASSWORD = HASHER.hash(secrets.token_urlsafe())
UNKNOWN = "Not signed in: there is no open account here for you. Ask the administrator of your team."
STALE = "Not signed in: this sign-in is too old. Sign in again."


def sign_in(store: Store, login: str, password: str, code: str, now: datetime) -> str:
    """The token of a new sitting. Raises `NotAllowed`, in the same words whatever was wrong."""
    local = and_(ACCOUNTS.c.login == login_of(login), ACCOUNTS.c.password.is_not(None))
    with store.read() as connection:
        known = _account(connection, local)
    # Verifying takes long on purpose, so it is done before the transaction that decides.
    kept = known["password"] if known else None
    is_right = _is_password(kept, password)
    token = secrets.token_urlsafe(32)
    with store.write() as connection:
        account = _account(connection, local, to_change=True)
        if account is None:
            trace.append(connection, NOBODY, "sign-in failed", now, detail={"how": LOCAL})
            wrong = "unknown"
        elif not (wrong := _wrong(connection, account, code, now, is_right=is_right and account["password"] == kept)):
            _let_in(connection, account, password, token, now)
    if wrong:
        raise NotAllowed(REFUSED)
    return token


def _account(connection: Connection, which: ColumnElement[bool], *, to_change: bool = False) -> RowMapping | None:
    statement = select(ACCOUNTS, PEOPLE.c.disabled_at).join(PEOPLE, PEOPLE.c.id == ACCOUNTS.c.person_id).where(which)
    if to_change:  # whoever tries the same account meanwhile waits: no failure goes uncounted, no code counts twice
        statement = statement.with_for_update(of=ACCOUNTS)
    return connection.execute(statement).mappings().first()


def _is_password(kept: str | None, password: str) -> bool:
    try:
        HASHER.verify(kept or NO_PASSWORD, password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def _wrong(connection: Connection, account: RowMapping, code: str, now: datetime, *, is_right: bool) -> str:
    """Why not, as a code for the log; empty if the person may come in, and then the code is used up."""
    closed = _closed(connection, account, now)
    if closed:
        trace.append(connection, account["person_id"], "sign-in failed", now, detail={"how": LOCAL, "why": closed})
        return closed
    if _use_code(connection, account, code, now, only_if=is_right):
        return ""
    _fail(connection, account, now, how=LOCAL)
    return "wrong"


def _closed(connection: Connection, account: RowMapping, now: datetime) -> str:
    if account["disabled_at"]:
        return "disabled"
    if account["locked_at"]:
        return "locked"
    last = select(func.max(SITTINGS.c.seen_at)).where(SITTINGS.c.person_id == account["person_id"])
    seen = connection.execute(last).scalar()
    return "inactive" if is_inactive(max(filter(None, (seen, account["made_at"]))), now) else ""


def _use_code(connection: Connection, account: RowMapping, code: str, now: datetime, *, only_if: bool = True) -> bool:
    """Whether this is a right code that was never used; from now on it was."""
    secret = second_factor(connection, account)
    step = step_of(secret, code, now, account["last_step"]) if secret else None
    if step is None or not only_if:
        return False
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.person_id == account["person_id"]).values(last_step=step))
    return True


def _fail(connection: Connection, account: RowMapping, now: datetime, *, how: str) -> None:
    """Count a failure; the fifth within a quarter of an hour locks the account."""
    login, person_id = account["login"], account["person_id"]
    connection.execute(insert(FAILURES).values(login=login, at=now))
    trace.append(connection, person_id, "sign-in failed", now, detail={"how": how, "why": "wrong"})
    if locks(connection.execute(select(FAILURES.c.at).where(FAILURES.c.login == login)).scalars(), now):
        connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.person_id == person_id).values(locked_at=now))
        trace.append(connection, person_id, "locked", now)


def _let_in(connection: Connection, account: RowMapping, password: str, token: str, now: datetime) -> None:
    connection.execute(delete(FAILURES).where(FAILURES.c.login == account["login"]))
    if HASHER.check_needs_rehash(account["password"]):
        stronger = HASHER.hash(password)
        connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.person_id == account["person_id"]).values(password=stronger))
    sittings.begin(connection, account["person_id"], LOCAL, token, now)


def enter(store: Store, who: Vouched, now: datetime) -> str:
    """The token of the sitting that an identity provider's word began, now or before; one that has ended stays ended.

    The first time, the account that awaits this e-mail address is bound to the subject for good. Raises `NotAllowed`.
    """
    with store.read() as connection:
        if sittings.is_known(connection, who.token):
            return who.token
    with store.write() as connection:
        refusal = _enter(connection, who, now)
    if refusal:
        raise NotAllowed(refusal)
    return who.token


def _enter(connection: Connection, who: Vouched, now: datetime) -> str:
    """Begin the sitting; or why not, in a sentence."""
    bound = _account(connection, ACCOUNTS.c.subject == who.pin, to_change=True)
    account = bound or _account(connection, ACCOUNTS.c.subject == who.awaited, to_change=True)
    closed = _closed(connection, account, now) if account else "unknown"
    stale = "" if is_fresh(who, now) else "stale"
    if account is None or closed or stale:
        person_id = account["person_id"] if account else NOBODY
        trace.append(connection, person_id, "sign-in failed", now, detail={"how": OIDC, "why": closed or stale})
        return UNKNOWN if closed else STALE
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.person_id == account["person_id"]).values(subject=who.pin))
    if not sittings.is_known(connection, who.token):  # two windows may come with one sign-in
        sittings.begin(connection, account["person_id"], OIDC, who.token, now)
    return ""


def refused_word(store: Store, now: datetime) -> None:
    """An identity provider's word that was not enough has been turned away."""
    with store.write() as connection:
        trace.append(connection, NOBODY, "sign-in failed", now, detail={"how": OIDC, "why": "claims"})


def confirm(store: Store, viewer: Viewer, code: str, now: datetime) -> None:
    """The second factor once more, for what is out of the ordinary. Raises `NotAllowed`; a wrong code counts as a failure."""
    with store.write() as connection:
        account = _account(connection, ACCOUNTS.c.person_id == viewer.id, to_change=True)
        if account is None or account["second_factor"] is None:
            raise NotAllowed("Your account has no second factor. Ask the administrator of your team for one.")
        is_open = not account["disabled_at"] and not account["locked_at"]
        is_right = is_open and _use_code(connection, account, code, now)
        if is_open and not is_right:
            _fail(connection, account, now, how="confirm")
    if not is_right:
        raise NotAllowed(UNCONFIRMED)


# Somebody's own account: with a password, or an identity provider's. The invented people have neither.
IS_REAL = ACCOUNTS.c.password.is_not(None) | ACCOUNTS.c.subject.is_not(None)


def begin_demo(store: Store, person_id: str, now: datetime) -> str:
    """The token of a sitting of one of the invented people. Raises `NotAllowed` outside the demo, and for anybody else."""
    if not settings.is_demo() or not person_id.startswith(DEMO):
        raise NotAllowed(REFUSED)
    token = secrets.token_urlsafe(32)
    with store.write() as connection:
        if connection.execute(select(ACCOUNTS.c.login).where(IS_REAL).limit(1)).first() is not None:
            raise NotAllowed(REFUSED)  # people work here; nobody chooses who she is
        if connection.execute(select(ACCOUNTS.c.login).where(ACCOUNTS.c.person_id == person_id)).first() is None:
            row = account_row(connection, person_id, person_id, now)[0]
            connection.execute(insert_into(connection, ACCOUNTS).values(row).on_conflict_do_nothing())
        sittings.begin(connection, person_id, DEMONSTRATION, token, now)
    return token


def account_row(connection: Connection, person_id: str, login: str, now: datetime) -> tuple[dict[str, Any], str]:
    """A new account's row, with neither a password nor a subject yet, and the secret of its second factor."""
    secret = pyotp.random_base32()
    row = {"person_id": person_id, "login": login_of(login), "password": None, "subject": None, "last_step": 0,
           "second_factor": seal_second_factor(connection, person_id, secret), "locked_at": None, "made_at": now}  # fmt: skip
    return row, secret


def seal_second_factor(connection: Connection, person_id: str, secret: str) -> bytes:
    """The secret as it is kept."""
    return sealed.seal(keys.of(connection).house(connection, "accounts"), _place(person_id), secret)


def second_factor(connection: Connection, account: RowMapping) -> str | None:
    """The secret of a person's second factor, for one moment."""
    blob = account["second_factor"]
    key = keys.of(connection).house(connection, "accounts") if blob else b""
    return sealed.unseal(key, _place(account["person_id"]), blob) if blob else None


def _place(person_id: str) -> str:
    return f"account|second_factor|{person_id}"
