"""A service of the directory: in a line of the list, as a card of its own, and the form by which an advocate changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import streamlit as st

from dashboard import changing, session, words
from mdt import directory
from mdt.board import directory as board
from mdt.casework import directory as casework
from mdt.casework.directory import Word
from mdt.directory_entry import LANGUAGES, NEEDS
from mdt.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdt.board.directory import Card
    from mdt.directory import Match, Service

CHOSEN, CHANGE = "directory-service", "service"
OFFERED = ("Phone", "E-mail", "Web")


def choose(service_id: str) -> None:
    """Open the card of a service."""
    changing.close()
    st.session_state[CHOSEN] = service_id


def chosen() -> str:
    """The service whose card is open; empty for none."""
    found: str = st.session_state.get(CHOSEN, "")
    return found


def _leave() -> None:
    changing.close()
    st.session_state.pop(CHOSEN, None)


def why(one: Match) -> str:
    """The reasons, what stands against it first; a stale capacity is grey."""
    against = [words.orange(f"**{reason}**") for reason in one.why_nots]
    grey = {"capacity not told"} | {part.says for part in one.parts if part.says.endswith("stale")}
    reasons = [f":gray[{words.plain(says)}]" if says in grey else words.plain(says) for says in one.reasons]
    return words.joined([*against, *reasons])


def serves(service: Service) -> str:
    """For whom it is, in one line: ages, languages, areas."""
    areas = [directory.in_words(area) for area in service.areas]
    band = directory.ages(service.minimum_age, service.maximum_age)
    spoken = ", ".join(service.languages)
    return words.joined((band, words.plain(spoken) or "languages not told", words.plain(", ".join(areas)) or "area not told"))


def reached(service: Service) -> str:
    """How to refer."""
    lines = [service.phone, service.email, service.refer]
    return "  \n".join(words.plain(line) for line in lines if line) or "How to refer is not told."


def card(service_id: str) -> None:
    """The service whole."""
    st.button("Back to the list", key="directory-back", on_click=_leave)
    try:
        found = board.service(session.store(), session.viewer(), service_id, session.now())
    except NotFound as gone:
        st.error(str(gone))
        return
    service = found.service
    st.subheader(words.plain(service.name), anchor=False)
    status = None if service.status == directory.ACTIVE else words.orange(f"**{service.status}**")
    st.markdown(words.joined((status, f"**{words.plain(service.provider_name)}**", f"code {service.provider}")))
    if service.confidential:
        st.info("Where it is, is confidential: the address is not shown here, nor given away with the directory.")
    left, right = st.columns(2, gap="medium")
    with left:
        _facts(service)
    with right:
        _ways(found)
    _own_words(found)
    if found.may_change:
        _change(found)


def _facts(service: Service) -> None:
    known = directory.capacity(service, session.now())
    places = f"{known.says}{f', of {service.maximum}' if service.maximum and known.told == 'free' else ''}"
    _lines(
        ("Needs", ", ".join(service.needs) or "not told"),
        ("Places", places),
        ("Ages", directory.ages(service.minimum_age, service.maximum_age)),
        ("Languages", ", ".join(service.languages) or "not told"),
        ("Interpreters", service.interprets),
        ("Serves", ", ".join(map(directory.in_words, service.areas)) or "not told"),
        ("Record checked", f"{service.assured_on:%-d %b %Y}" if service.assured_on else "not told"),
    )


def _ways(found: Card) -> None:
    service, details = found.service, found.details
    ways = zip(OFFERED, (service.phone, service.email, service.url), strict=True)
    addresses = [_address(one) for one in details.get("address", ())]
    documents = [str(one.get("document", "")) for one in details.get("required_document", ())]
    hours = [str(one.get("description", "")) for one in details.get("schedule", ())]
    _lines(
        *ways,
        ("How to refer", service.refer or "not told"),
        ("Address", "confidential" if service.confidential else "; ".join(addresses)),
        ("Hours", "; ".join(filter(None, hours))),
        ("Papers", "; ".join(filter(None, documents))),
    )


def _address(one: dict[str, Any]) -> str:
    named = (one.get("address_1"), one.get("address_2"), one.get("city"), one.get("state_province"), one.get("postal_code"))
    return ", ".join(str(part) for part in named if part)


def _own_words(found: Card) -> None:
    _lines(*found.came.get("says", {}).items())


def _lines(*named: tuple[str, str]) -> None:
    """Each name with its value; what is empty is left out."""
    told = [f":gray[{name}]  \n{words.plain(value)}" for name, value in named if value]
    if told:
        st.markdown("\n\n".join(told))


def _change(found: Card) -> None:
    if found.changed_by and found.changed_at:
        st.caption(
            f"Changed here by {found.changed_by} on {words.moment(found.changed_at)}: {', '.join(found.own) or 'nothing'}."
        )
    if not changing.is_open(CHANGE, found.service.id):
        changing.opener("Change it", CHANGE, found.service.id)
        return
    with st.container(border=True):
        st.caption("What is said here goes before what is imported. Say it as it was imported, and the import counts again.")
        seen = st.session_state.setdefault(f"{changing.command()}-seen", found.changed_at)
        word = _form(found.service, changing.command())

        def save(_command: str) -> str:
            who, store, now = session.viewer(), session.store(), session.now()
            changed = casework.change(store, found.service.id, Word.model_validate(word), by=who, now=now, seen=seen)
            return f"Saved: {', '.join(changed)}." if changed else "Nothing was different."

        changing.send("Save", save, Word)


def _form(service: Service, key: str) -> dict[str, Any]:
    statuses = get_args(directory.Status)
    at = statuses.index(service.status) if service.status in statuses else 0
    with st.container(horizontal=True, gap="small"):
        word: dict[str, Any] = {
            "status": st.selectbox("Status", statuses, at, key=f"{key}-status", width=200),
            "minimum_age": st.number_input(
                "From age", 0, directory.OLDEST, service.minimum_age, 1, key=f"{key}-from", width=120
            ),
            "maximum_age": st.number_input("To age", 0, directory.OLDEST, service.maximum_age, 1, key=f"{key}-to", width=120),
            "available": st.number_input("Places free", 0, 9_999, service.available, 1, key=f"{key}-free", width=120),
            "maximum": st.number_input("Places in all", 0, 9_999, service.maximum, 1, key=f"{key}-all", width=120),
        }
    told = st.checkbox("The provider told the places free today", key=f"{key}-told")
    languages = sorted({*LANGUAGES.values(), *service.languages})
    word |= {
        "told_now": told,
        "needs": _many("Needs it meets", NEEDS, service.needs, f"{key}-needs"),
        "areas": _many("Areas served", directory.areas(), service.areas, f"{key}-areas"),
        "languages": _many("Languages", languages, service.languages, f"{key}-languages"),
        "confidential": st.checkbox("Where it is, is confidential", service.confidential, key=f"{key}-confidential"),
    }
    return word


def _many(label: str, options: Sequence[str], now: Sequence[str], key: str) -> list[str]:
    return st.multiselect(label, options, [one for one in now if one in options], key=key, placeholder="Choose any")
