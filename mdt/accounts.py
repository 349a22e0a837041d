"""The rules of signing in: passwords, second factors, locks, and how long a sitting lasts. Pure; the figures are CJIS's.

Idle and absolute time: CJISSECPOL AC-11, IA-5 j; locks: AC-7; inactive accounts: AC-2(3); second factor: IA-2(1)(2).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pyotp
from zxcvbn import zxcvbn

from mdt.errors import NotAllowed, NotPossible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_AFTER = timedelta(minutes=1)  # a sitting's `seen_at` is written no more often
FAILURES = 5
WINDOW = timedelta(minutes=15)
INACTIVE = timedelta(days=90)
FRESH = timedelta(minutes=10)  # so old may an identity provider's word be when a sitting begins with it
CODE_LASTS = 30  # seconds
NEAR = (0, -1, 1)  # steps: a code counts just before and just after its own time too
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 128
SHORTEST_OWN = 3  # a login of one letter is in every password
LEAST_SCORE = 3
ZXCVBN_READS = 72  # characters; it refuses more
DEMO = "demo-"  # how the ids of the invented people begin
LIKE_PASSWORDS = ("mdt", "dcf", "connecticut", "multidisciplinary", "careline")

REFUSED = (
    "Not signed in: login, password or code is wrong. "
    "After five failures an account is locked until an administrator releases it."
)  # the same words for everybody: they tell nobody whether there is such an account
UNCONFIRMED = (
    "Not confirmed: the code is wrong or has been used. "
    "After five failures an account is locked until an administrator releases it."
)


class Ending(StrEnum):
    """Why a sitting is over. Each value is what the person reads."""

    IDLE = "You were signed out: nothing was clicked for 30 minutes."
    LONGEST = "You were signed out: after 12 hours everybody signs in again."
    ENDED = "You are signed out here: this sign-in was ended."


def ending(began_at: datetime, seen_at: datetime, ended_at: datetime | None, now: datetime) -> Ending | None:
    """Why a sitting is over; None while it goes on. At 30 minutes to the second it is over."""
    if ended_at is not None:
        return Ending.ENDED
    if now - began_at >= LONGEST:
        return Ending.LONGEST
    return Ending.IDLE if now - seen_at >= IDLE else None


def locks(failures: Iterable[datetime], now: datetime) -> bool:
    """Whether these failures, the one just now among them, lock the account: five within 15 minutes."""
    return sum(now - at <= WINDOW for at in failures) >= FAILURES


def is_inactive(seen_at: datetime, now: datetime) -> bool:
    """Whether nobody has used the account for 90 days."""
    return now - seen_at >= INACTIVE


def login_of(typed: str) -> str:
    """A login or an e-mail address as it is kept: without spaces around it, in small letters."""
    return typed.strip().casefold()


def refuse_weak(password: str, login: str, name: str) -> None:
    """Raise `NotPossible`, in plain words, for a password that is short, holds the login, or is soon guessed."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise NotPossible(f"The password must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters. A sentence is good.")
    own = login_of(login).partition("@")[0]
    if len(own) >= SHORTEST_OWN and own in password.casefold():
        raise NotPossible("The password must not contain the login.")
    found = zxcvbn(password[:ZXCVBN_READS], user_inputs=[login, *name.split(), *LIKE_PASSWORDS])
    if found["score"] < LEAST_SCORE:
        raise NotPossible("The password is too easily guessed. Take four or more words that do not belong together.")


def step_of(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The time step of a right code that has not been used, nor a later one; None if it is not right."""
    totp, typed = pyotp.TOTP(secret), "".join(code.split()).encode()
    this = step_at(now)
    right = [this + n for n in NEAR if hmac.compare_digest(totp.generate_otp(this + n).encode(), typed)]
    return next((step for step in right if step > last_step), None)


def step_at(now: datetime) -> int:
    """The number of the half minute."""
    return int(now.timestamp()) // CODE_LASTS


def code_at(secret: str, now: datetime, last_step: int) -> str:
    """A code that counts now; if this half minute's is used, the next one's."""
    return pyotp.TOTP(secret).generate_otp(max(step_at(now), last_step + 1))


def enrolment(secret: str, login: str) -> str:
    """What the authenticator app reads, as a link."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="Case coordination")


def digest(*parts: str) -> str:
    """A hash of the parts, of which none can be moved into its neighbour."""
    return hashlib.sha256("\x1f".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom an identity provider vouches for. `provider` is its name in our own secrets, `nonce` what makes this sign-in one."""

    provider: str
    issuer: str
    subject: str
    email: str
    issued_at: datetime
    nonce: str

    @property
    def pin(self) -> str:
        """Who it is, for good: e-mail addresses change hands, subjects do not."""
        return digest("subject", self.issuer, self.subject)

    @property
    def awaited(self) -> str:
        """Who it is before her first sign-in."""
        return awaited(self.provider, self.email)

    @property
    def token(self) -> str:
        """This one sign-in: the same in each of a browser's windows, another the next time."""
        return digest("sign-in", self.issuer, self.subject, self.issued_at.isoformat(), self.nonce)


def awaited(provider: str, email: str) -> str:
    """The mark of an account whose person has not signed in yet through that provider."""
    return digest("awaited", provider, login_of(email))


def vouched(claims: Mapping[str, Any], now: datetime) -> Vouched:
    """What the claims of an ID token say. Raises `NotAllowed` if something is missing or the address is not verified."""
    texts = [claims.get(name) for name in ("provider", "iss", "sub", "email")]
    issued = claims.get("iat")
    if not all(isinstance(text, str) and text for text in texts) or not isinstance(issued, int | float):
        raise NotAllowed("Not signed in: your agency's sign-in does not say who you are and by which e-mail address.")
    if claims.get("email_verified") is not True:
        raise NotAllowed("Not signed in: your agency's sign-in does not vouch for your e-mail address.")
    provider, issuer, subject, email = map(str, texts)
    issued_at = datetime.fromtimestamp(issued, now.tzinfo)
    return Vouched(provider, issuer, subject, login_of(email), issued_at, str(claims.get("nonce", "")))


def is_fresh(vouched: Vouched, now: datetime) -> bool:
    """Whether the provider's word is new enough to begin a sitting with. Clocks may differ a little."""
    return abs(now - vouched.issued_at) <= FRESH
