"""Records weighed against each other by the Splink library, in a database that is nothing but memory.

Between two questions nothing is kept but the models, the text of the SQL that Splink makes of them, and an empty database.
"""

from __future__ import annotations

import logging
import re
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection
    from pyarrow import Table  # type: ignore[import-untyped]  # it tells no types

MODELS = Path(__file__).parent / "data" / "likeness.yaml"
MEMORY = "1400MB"  # of the two gigabytes that comparing a file may take, records in Python included
THREADS = 2
ONES, OTHERS = "ones", "others"
# In this order: the last but one forbids files and the network, the last that any of it is changed.
SHUT = (
    "SET enable_progress_bar = false",
    "SET temp_directory = ''",  # too much data fails; it is never written to a disk in clear
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
logging.getLogger("splink").setLevel(logging.CRITICAL)  # it would tell of its SQL

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records and how alike they are: `score` from 0 to 1, and in words what agrees and what does not."""

    one: str
    other: str
    score: float
    reasons: tuple[str, ...]
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """One model of `data/likeness.yaml`. `levels`: by comparison, the (reason, weight) of each level, the least alike first."""

    name: str
    threshold: float
    shown: float
    rests_on: tuple[str, ...]
    settings: Mapping[str, Any]
    levels: Mapping[str, tuple[tuple[str, float], ...]]


@cache
def told() -> Any:  # noqa: ANN401  # a file of ours
    """What the data file says."""
    return YAML(typ="safe").load(MODELS.read_text(encoding="utf-8"))


@cache
def model(name: str) -> Model:
    """The model of that name."""
    given = told()[name]
    settings = {
        "link_type": "dedupe_only",
        "unique_id_column_name": "id",
        "probability_two_random_records_match": given["prior"],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "comparisons": [_comparison(what, levels) for what, levels in given["comparisons"].items()],
    }
    levels = {what: tuple(_weighed(level) for level in reversed(some[1:])) for what, some in given["comparisons"].items()}
    return Model(name, given["threshold"], given["shown"], tuple(given["rests_on"]), settings, levels)


def _comparison(what: str, levels: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    unknown, *known = levels
    nothing = {"sql_condition": unknown["when"], "is_null_level": True, "label_for_charts": "unknown"}
    return {"output_column_name": what, "comparison_levels": [nothing, *map(_level, known)]}


def _level(level: Mapping[str, Any]) -> dict[str, Any]:
    weights = {"m_probability": level["m"], "u_probability": level["u"]}
    return {"sql_condition": level["when"], "label_for_charts": level["reason"], **weights}


def _weighed(level: Mapping[str, Any]) -> tuple[str, float]:
    return level["reason"], level["m"] / level["u"]


def compare(name: str, columns: Mapping[str, str], some: Sequence[Record], many: Sequence[Record], least: float) -> list[Pair]:
    """Some records, each against those of many whose `of_id` is its own; pairs of that score or more, best first."""
    if not some or not many:
        return []
    by, asked = model(name), _sql(name, tuple(columns.items()))
    with closing(_kept().cursor()) as connection:  # what is registered belongs to it, and goes with it
        connection.register(ONES, _table(columns, some))
        connection.register(OTHERS, _table(columns, many))
        return list(_pairs(connection, f"({asked})", by, least))


@cache
def _sql(name: str, columns: tuple[tuple[str, str], ...]) -> str:
    """What Splink asks for some records against many; made of tables without a row."""
    from splink import DuckDBAPI  # noqa: PLC0415  # a second of imports that most processes never need
    from splink.internals.realtime import compare_records  # noqa: PLC0415

    nobody = _table(dict(columns), [])
    with closing(_memory()) as connection:
        found = compare_records(
            nobody, nobody, dict(model(name).settings), DuckDBAPI(connection), join_condition="l.id = r.of_id"
        )
        made = str(found.sql_used_to_create)
    return re.sub(r"__splink__compare_records_left_\w+", ONES, re.sub(r"__splink__compare_records_right_\w+", OTHERS, made))


@cache
def _kept() -> DuckDBPyConnection:
    """An empty database that stays open, as opening one takes longer than the question."""
    return _memory()


def _memory() -> DuckDBPyConnection:
    import duckdb  # noqa: PLC0415

    connection = duckdb.connect(":memory:", config={"threads": THREADS, "memory_limit": MEMORY})
    for statement in SHUT:
        connection.execute(statement)
    return connection


def _table(columns: Mapping[str, str], records: Sequence[Record]) -> Table:
    import pyarrow as pa  # noqa: PLC0415

    kinds = {"text": pa.string(), "number": pa.int32(), "texts": pa.list_(pa.string())}
    made = {column: pa.array((record[column] for record in records), kinds[kind]) for column, kind in columns.items()}
    return pa.table(made)


def _pairs(connection: DuckDBPyConnection, table: str, by: Model, least: float) -> Iterator[Pair]:
    columns = ", ".join(f"gamma_{what}" for what in by.levels)
    rests = " OR ".join(f"mw_{what} > 0" for what in by.rests_on)
    asked = (
        f"SELECT id_l, id_r, match_probability, {columns} FROM {table} "  # noqa: S608  # names of ours
        f"WHERE id_l <> id_r AND match_probability >= {least} AND ({rests}) ORDER BY match_probability DESC, id_l, id_r"
    )
    for one, other, score, *levels in connection.execute(asked).fetchall():
        met = [some[level] for some, level in zip(by.levels.values(), levels, strict=True) if level >= 0]
        agree, differ = (tuple(r for r, weight in met if (weight > 1) is yes) for yes in (True, False))
        yield Pair(one, other, score, agree, differ)
