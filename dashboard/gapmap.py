"""The map of the 169 towns as equal tiles, each coloured by the number of its judicial district; in Vega-Lite's words.

A drawing of our own: nothing is fetched from outside. Each tile bears its district's number, so that colour never stands
alone; a number that is not shown is hatched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdt import geography

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_SHOWN = "not shown"
PALE, DEEP, PAPER, EDGE = "#d6e6ed", "#1f5f7a", "#f4f4f4", "#8a979e"
HATCHED = -1  # in place of a share, of a number that is not shown: a tile without a value would not be drawn
Tile = dict[str, str | int | float]


def numbers() -> dict[str, int]:
    """A number of each judicial district, for its tiles and for its line of the table."""
    return {district: n for n, district in enumerate(geography.districts(), 1)}


def tiles(gaps: Mapping[str, int | None]) -> list[Tile]:
    """A tile a town, with what is shown of its district: None is withheld."""
    most = max((number for number in gaps.values() if number), default=0)
    return [_tile(town, geography.tiles()[town.name], gaps[town.judicial_district], most) for town in geography.towns()]


def _tile(town: geography.Town, place: tuple[int, int], number: int | None, most: int) -> Tile:
    return {
        "Town": town.name, "District": town.judicial_district, "No": numbers()[town.judicial_district],
        "column": place[0], "row": place[1], "Gaps": NOT_SHOWN if number is None else f"{number:,}",
        "share": HATCHED if number is None else number / most if most else 0.0,
        "hatch": "///" if number is None else "", "ink": "white" if number and number > most / 2 else "#1d2b33",
    }  # fmt: skip


def chart() -> dict[str, object]:
    """The tiles, hatched where a number is not shown, and on each the number of its district."""
    place = {
        "x": {"field": "column", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0.06}},
        "y": {"field": "row", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0.06}},
    }
    shade = {
        "condition": {"test": f"datum.share === {HATCHED}", "value": PAPER},
        "field": "share", "type": "quantitative", "legend": None, "scale": {"domain": [0, 1], "range": [PALE, DEEP]},
    }  # fmt: skip
    told = [{"field": name, "type": "nominal"} for name in ("Town", "District", "Gaps")]
    square = {"mark": {"type": "rect", "stroke": EDGE, "strokeWidth": 0.5}, "encoding": {"color": shade, "tooltip": told}}
    hatch = {
        "mark": {"type": "text", "color": EDGE, "fontSize": 17, "opacity": 0.9, "fontWeight": 300, "tooltip": None},
        "encoding": {"text": {"field": "hatch", "type": "nominal"}},
    }
    number = {
        "mark": {"type": "text", "fontSize": 10, "tooltip": None},
        "encoding": {"text": {"field": "No", "type": "nominal"}, "color": {"field": "ink", "type": "nominal", "scale": None}},
    }
    return {
        "encoding": place, "layer": [square, hatch, number], "height": 380, "resolve": {"scale": {"color": "independent"}},
        "config": {"view": {"stroke": None}},
    }  # fmt: skip
