"""Any form, drawn from its model: a widget for each field, the values back, and what is wrong with them in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

import streamlit as st
from pydantic import AwareDatetime, BaseModel
from pydantic_core import PydanticCustomError

from mdt import forms
from mdt.acts import is_asked, is_words
from mdt.law.period import EASTERN

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import ValidationError
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

Choices = Mapping[str, str]  # what is stored -> what is shown
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2100, 12, 31)
FEW_LETTERS = 72  # radio buttons whose words are longer than this together stand below each other
FEW = 5  # more options than this are a list to open
LINES_OF_A_NOTE, LINES_OF_A_TEXT = 68, 100  # pixels
KEPT: Final = "session"  # a draft outlives a look at another page


class Suggested(dict[str, str]):
    """Choices among which another may be typed."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field as a widget needs it. `given` is what it starts with."""

    name: str
    title: str
    key: str
    kind: str
    options: tuple[Any, ...]
    needed: bool
    given: Any

    @property
    def label(self) -> str:
        """The title; what may be left out says so."""
        chosen = self.kind == "one" and self.given in self.options
        says_so = self.needed or chosen or self.kind in ("tick", "unknown") or self.title.endswith(")")
        return self.title if says_so else f"{self.title} (optional)"


def draw(
    model: type[BaseModel], key: str, *, names: Sequence[str] = (), given: Mapping[str, Any] | None = None,
    choices: Mapping[str, Choices] | None = None, titles: Mapping[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Draw the fields and return what they hold; a field left empty is left out.

    `given` prefills, `choices` turns a text field into a list, `titles` names fields whose model does not.
    """
    values: dict[str, Any] = {}
    for name in names or tuple(model.model_fields):
        info = model.model_fields[name]
        one = _field(name, info, f"{key}-{name}", given or {}, (titles or {}).get(name))
        shown = (choices or {}).get(name)
        value = _choice(one, shown) if shown is not None and one.kind in _CHOSEN else _WIDGETS[one.kind](one)
        if value not in (None, "") and not (one.kind == "must" and not value):
            values[name] = value
        elif is_asked(info.metadata):
            values[name] = None  # silence is refused, and never the default
    return values


def _field(name: str, info: FieldInfo, key: str, given: Mapping[str, Any], title: str | None) -> Field:
    kind, options = _kind(info)
    needed = info.is_required() or is_asked(info.metadata)
    default = None if needed else info.get_default(call_default_factory=True)
    title = title or info.title or name.replace("_", " ")
    return Field(name, title, key, kind, options, needed, given.get(name, default))


def _kind(info: FieldInfo) -> tuple[str, tuple[Any, ...]]:
    """Which widget: by the type of the field, None aside."""
    parts = [part for part in get_args(info.annotation) if part is not NoneType]
    bare = parts[0] if NoneType in get_args(info.annotation) else info.annotation
    if get_origin(bare) is Literal:
        options = get_args(bare)
        return ("must", ()) if options == (True,) else ("one", options)
    if get_origin(bare) is list:
        return "many", get_args(get_args(bare)[0])
    if bare is bool:
        return _yes_or_no(info), ()
    words = "words" if is_words(info.metadata) else "line"
    plain: dict[Any, str] = {datetime: "instant", AwareDatetime: "instant", date: "day", int: "number"}
    return plain.get(bare, words), ()


def _yes_or_no(info: FieldInfo) -> str:
    if info.is_required():
        return "yes or no"
    return "tick" if isinstance(info.default, bool) else "unknown"


_CHOSEN = frozenset({"line", "words", "many"})


def _choice(one: Field, choices: Choices) -> str | list[Any] | None:
    """A list of ids or codes, each shown by its name; where they are but suggested, another may be typed."""
    if one.kind == "many":
        return _many(one, choices)
    free = isinstance(choices, Suggested)
    return st.selectbox(
        one.label, list(choices), None, lambda o: choices.get(o, o), one.key, accept_new_options=free,
        placeholder="Choose or type" if free else "Choose", persist_state=KEPT,
    )  # fmt: skip


def _one(one: Field) -> object:
    at = one.options.index(one.given) if one.given in one.options else None
    if len(one.options) > FEW:
        return st.selectbox(one.label, one.options, at, key=one.key, placeholder="Choose", persist_state=KEPT)
    return _radio(one, one.options, at)


def _radio(one: Field, options: Sequence[Any], at: int | None) -> object:
    flat = sum(len(str(option)) for option in options) <= FEW_LETTERS
    return st.radio(one.label, options, at, key=one.key, horizontal=flat, persist_state=KEPT)


def _many(one: Field, names: Choices | None = None) -> list[Any]:
    return st.multiselect(
        one.label, one.options, one.given or [], lambda o: (names or {}).get(o, str(o)), key=one.key, placeholder="Choose any",
        persist_state=KEPT,
    )  # fmt: skip


def _tick(one: Field) -> bool:
    return st.checkbox(one.label, bool(one.given), key=one.key, persist_state=KEPT)


def _yes_no(one: Field) -> bool | None:
    said = _radio(one, ("yes", "no"), None)
    return None if said is None else said == "yes"


def _unknown(one: Field) -> str:
    return str(_radio(one, ("unknown", "yes", "no"), 0))


def _number(one: Field) -> int | None:
    return st.number_input(one.label, value=one.given, min_value=0, step=1, key=one.key, width=220, persist_state=KEPT)


def _day(one: Field) -> date | None:
    return _date(one.label, one.given, one.key)


def _date(label: str, given: date | None, key: str) -> date | None:
    found = st.date_input(label, given, FIRST_DAY, LAST_DAY, key, format="MM/DD/YYYY", width=220, persist_state=KEPT)
    return found if isinstance(found, date) else None


def _instant(one: Field) -> datetime | date | None:
    """A day and a time in Connecticut. Left as it was given, it is the very instant given, seconds included."""
    start = one.given.astimezone(EASTERN).replace(tzinfo=None, second=0, microsecond=0) if one.given else None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        day = _date(one.label, start.date() if start else None, f"{one.key}-day")
        at = _time(start.time() if start else None, f"{one.key}-time")
    if day is None or at is None:
        return day
    return one.given if start and (day, at) == (start.date(), start.time()) else _eastern(day, at)


def _time(given: time | None, key: str) -> time | None:
    return st.time_input("Eastern time", given, key, step=60, width=160, persist_state=KEPT)


def _eastern(day: date, at: time) -> datetime | date:
    """The instant in UTC; only the day, which is then refused, for an hour that the clocks left out."""
    try:
        return forms.instant(datetime.combine(day, at)) or day
    except PydanticCustomError:
        return day


def _line(one: Field) -> str:
    return st.text_input(one.label, one.given or "", key=one.key, persist_state=KEPT).strip()


def _words(one: Field) -> str:
    height = LINES_OF_A_NOTE if one.name == "note" else LINES_OF_A_TEXT
    return st.text_area(one.label, one.given or "", key=one.key, height=height, persist_state=KEPT).strip()


_WIDGETS: dict[str, Callable[[Field], Any]] = {
    "one": _one, "many": _many, "must": _tick, "tick": _tick, "yes or no": _yes_no, "unknown": _unknown, "number": _number,
    "day": _day, "instant": _instant, "line": _line, "words": _words,
}  # fmt: skip

_WRONG = {
    "missing": "is needed",
    "string_pattern_mismatch": "is a code of capital letters, digits and dashes",
    "too_short": "choose at least one",
    "string_too_short": "say a little more",
    "string_too_long": "is too long",
    "timezone_aware": "needs a day and a time that the clock showed",
    "literal_error": "choose one of the list",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
}


def wrong(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """What is to be corrected, field by field, without any value."""
    found = error.errors(include_url=False, include_input=False)
    return [f"{_title(model, e['loc'])}: {_what_is_wrong(e)}." for e in found]


def _what_is_wrong(error: ErrorDetails) -> str:
    if error["type"] == forms.REFUSED:
        return str(error["ctx"]["reason"])
    return _WRONG.get(error["type"], "cannot be read")


def _title(model: type[BaseModel], where: tuple[int | str, ...]) -> str:
    info = model.model_fields.get(str(where[0])) if where else None
    return (info.title or "") if info else "The form"
