"""The canary and the token, once a provider has come by a link and written it: in no log, no file, no table, no refusal."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect, text

from mdt.answer import Answer, Choice
from mdt.casework import answer_links, answers
from mdt.casework.check import check
from mdt.errors import MdtError
from tests import making
from tests.answered import ADVOCATE, referred
from tests.making import MONDAY
from tests.privacy.canary import CANARY, FAMILY, NARRATIVE, PHONE, as_bytes, hits, in_files, in_tables

if TYPE_CHECKING:
    from pathlib import Path

    from mdt.store import Store

GUESS = "Gq4ssed-by-nobody-yqzx"
CHILD = {"child_given_name": CANARY, "child_family_name": FAMILY, "child_phone": PHONE}
HOUR = timedelta(hours=1)


def in_any_row(store: Store, *words: str) -> list[str]:
    with making.as_owner(store) as connection:
        names = inspect(connection).get_table_names()
        rows = b"\n".join(
            as_bytes(v) for name in names for row in connection.execute(text(f"SELECT * FROM {name}")) for v in row
        )
    return hits(rows, words)


def refused(store: Store, token: str, said: Answer) -> list[str]:
    """Every way in which the answer is not taken, as it is said."""
    told = []
    for come in (answers.opened, answers.again):
        with pytest.raises(MdtError) as caught:
            come(store, token, MONDAY + HOUR)
        told.append(repr(caught.value))
    with pytest.raises(MdtError) as caught:
        answers.give(store, token, said, MONDAY + HOUR)
    return [*told, repr(caught.value)]


def test_neither_the_token_nor_what_the_provider_wrote_is_anywhere_in_the_clear(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "sqlalchemy.engine")
    case, need = referred(store, told=CHILD, fields=["given_name", "family_name", "phone", "contact"])
    token = answer_links.issue(store, ADVOCATE, case, need, MONDAY).token
    shown = answers.opened(store, token, MONDAY)
    assert hits(str(shown.lines)) != []  # they are what the consent releases
    assert hits(repr(shown)) == []
    told = refused(store, GUESS, Answer(Choice.ASK, message=NARRATIVE))
    with pytest.raises(MdtError) as caught:
        answers.give(store, token, Answer(Choice.DECLINE, because=NARRATIVE, message=NARRATIVE), MONDAY)
    told.append(repr(caught.value) + repr(caught.value.__context__ and str(type(caught.value.__context__))))
    answers.give(store, token, Answer(Choice.ASK, message=NARRATIVE), MONDAY)
    told += [*refused(store, token, Answer(Choice.ASK, message=NARRATIVE)), *check(store).faults]
    assert in_tables(store) == {}
    assert in_any_row(store, token, GUESS) == []
    assert in_files(tmp_path) == {}
    logged = "".join((*capfd.readouterr(), caplog.text, *told))
    assert "INSERT INTO answer_link" in caplog.text  # each statement
    assert hits(logged) == hits(logged, (token, GUESS)) == []
    assert not any(token.encode() in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
