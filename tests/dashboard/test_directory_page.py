"""The Directory page: it reads well, an advocate changes what she is told, a file is tried and imported whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from mdt import demo_directory
from mdt.board import directory as board
from mdt.directory import Asked
from tests.dashboard.conftest import fine, shown

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from mdt.directory import Service
    from tests.dashboard.conftest import Office

SHELTER = "Short-stay shelter"


def opened(office: Office, role: str = "victim advocate") -> AppTest:
    demo_directory.fill(office.store, datetime.now(UTC))
    return fine(office.sign_in(role).switch_page("directory.py").run())


def service(office: Office, name: str = SHELTER) -> Service:
    return (
        board.search(office.store, office.people["victim advocate"], Asked(), datetime.now(UTC), text=name).matches[0].service
    )


def press(page: AppTest, label: str) -> AppTest:
    return fine(next(b for b in page.button if label in b.label).click().run())


def field(kind: Any, label: str) -> Any:
    return next(one for one in kind if one.label == label)


def ask(page: AppTest) -> AppTest:
    for label, value in (("Need", "shelter"), ("Town", "Hartford"), ("Language", "Portuguese")):
        field(page.selectbox, label).select(value).run()
    return fine(field(page.number_input, "Age").set_value(14).run())


def test_what_fits_a_child_is_listed_with_reasons_and_what_does_not_with_what_stands_against_it(office: Office) -> None:
    page = ask(opened(office))
    said = shown(page)
    assert "2 of 8 services fit." in said
    assert "serves DCF region 4 · ages 10 to 17 · speaks Portuguese · 1 place free, told 1 day ago" in said
    assert "North gate house \\(invented\\) · confidential address" in said
    assert "Host homes" not in said
    said = shown(fine(next(one for one in page.toggle if "do not fit" in one.label).set_value(True).run()))
    assert ":orange[**language**] · serves DCF region 4" in said
    assert ":gray[capacity told 94 days ago\\: stale]" in said
    assert ":orange[**out of area**] · :orange[**age**] · :orange[**no capacity**]" in said


def test_nothing_that_fits_is_said(office: Office) -> None:
    page = opened(office)
    assert "Nothing in the directory fits." in shown(fine(field(page.text_input, "Name").input("zzz").run()))


def test_the_card_of_a_confidential_service_tells_no_address(office: Office) -> None:
    page = press(opened(office), SHELTER)
    said = shown(page)
    assert "Where it is, is confidential" in said
    assert ":gray[Address]  \nconfidential" in said
    assert "Example Street" not in said
    page = press(press(page, "Back to the list"), "Tutoring")
    assert "Example Street, Norwalk, CT, 06000" in shown(page)


def test_an_advocate_says_what_she_was_told_and_it_is_shown_with_who_and_when(office: Office) -> None:
    page = press(press(opened(office), SHELTER), "Change it")
    field(page.number_input, "Places free").set_value(4).run()
    field(page.multiselect, "Languages").set_value(["Spanish"]).run()
    page = press(page, "Save")
    assert [one.value for one in page.success] == ["Saved: capacity, languages."]
    assert "Changed here by Advocate C on" in shown(page)
    now = service(office)
    assert (now.available, now.languages) == (4, ("Spanish",))


def test_what_cannot_be_saved_is_said_and_nothing_changes(office: Office) -> None:
    page = press(press(opened(office), SHELTER), "Change it")
    field(page.number_input, "From age").set_value(18).run()
    page = press(page, "Save")
    assert [one.value for one in page.error] == ["Can't save it: the lowest age is above the highest."]
    assert service(office).minimum_age == 10


@pytest.mark.parametrize("role", ["intake worker", "team member"])
def test_who_does_not_keep_the_directory_reads_it_and_changes_nothing(office: Office, role: str) -> None:
    page = press(opened(office, role), SHELTER)
    assert not [b for b in page.button if b.label == "Change it"]
    assert "860-555" in shown(page)
    assert not [tab for tab in opened(office, role).tabs if tab.label == "Import and export"]
    assert [tab for tab in opened(office).tabs if tab.label == "Import and export"]


def filed(office: Office, content: object) -> AppTest:
    page = opened(office)
    page.session_state["directory-tab"] = "Import and export"
    page = fine(page.run())
    page.file_uploader[0].upload("directory.json", orjson.dumps(content), "application/json").run()
    return press(page, "Try it")


ONE = {"id": "ac148810-d857-441c-9679-408f346de14b", "name": "A new service", "status": "active"}


def test_every_fault_of_a_file_is_listed_and_nothing_can_be_imported(office: Office) -> None:
    page = filed(office, [ONE | {"status": "open", "minimum_age": -1}])
    assert "faults: 2" in shown(page)
    table = page.dataframe[0].value
    assert list(table["Field"]) == ["minimum_age", "status"]
    assert list(table["Place"]) == ["/0", "/0"]
    assert not [b for b in page.button if b.label.startswith("Import 1")]


def test_a_good_file_is_imported_once(office: Office) -> None:
    page = filed(office, [ONE])
    assert "Tried: new services: 1 · known: 0 · objects: 1 · faults: 0" in shown(page)
    page = press(page, "Import 1 service")
    assert "Imported: new services: 1" in shown(page)
    assert service(office, "A new service").provider == "A-NEW-SERVICE"
    assert not [b for b in page.button if b.label.startswith("Import 1")]


def test_what_is_no_directory_is_refused(office: Office) -> None:
    assert "neither a service, a list of services" in "".join(one.value for one in filed(office, 7).error)


def test_the_directory_is_taken_out_by_either_kind_of_file(office: Office) -> None:
    page = opened(office)
    page.session_state["directory-tab"] = "Import and export"
    page = fine(page.run())
    for label, ending in (("Make the file (JSON)", ".json (40 rows)"), ("Make the file (tables, ZIP)", ".zip (40 rows)")):
        page = press(page, label)
        assert page.download_button[0].label.endswith(ending)
