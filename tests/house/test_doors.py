"""Rooms are entered by their doors. Floors and layers are import-linter's (.importlinter)."""

from __future__ import annotations

import configparser
import functools

import grimp

from tools.tree import NOT_SHAPED, ROOT, rooms

DOORS = {"types", "events", "errors", "rules"}


@functools.cache
def graph() -> grimp.ImportGraph:
    # No cache: one that was written while files changed would tell of a tree that never was.
    return grimp.build_graph(
        "yunquan", "yunquan_world", include_external_packages=True, cache_dir=None
    )


def imports() -> list[tuple[str, str]]:
    """(importer, imported) for every import between our own modules."""
    modules = [
        name for name in graph().modules if name.split(".")[0] in {"yunquan", "yunquan_world"}
    ]
    return [
        (importer, imported)
        for importer in modules
        for imported in graph().find_modules_directly_imported_by(importer)
        if imported in modules
    ]


def room_of(module: str) -> str:
    """`yunquan.counter.rules.place` -> `counter`; the package itself -> an empty string."""
    parts = module.split(".")
    return parts[1] if parts[0] == "yunquan" and len(parts) > 1 else ""


def inside(module: str) -> str:
    """`yunquan.counter.rules.place` -> `rules`; a room's door -> an empty string."""
    parts = module.split(".")
    return parts[2] if len(parts) > 2 else ""


def test_another_room_is_entered_by_its_door_only() -> None:
    burglars = [
        f"{importer} imports {imported}"
        for importer, imported in imports()
        if room_of(importer) != room_of(imported)
        if room_of(importer) != "app" and room_of(imported) not in {"", "kernel"}
        if inside(imported) not in DOORS | {""}
    ]
    assert burglars == [], "from another room import its __init__, types, events, errors or rules"


def test_a_rule_imports_no_door() -> None:
    # A door runs its room's services and stores: importing it would end the purity of rules.
    impure = [
        f"{importer} imports {imported}"
        for importer, imported in imports()
        if inside(importer) == "rules"
        if room_of(importer) != room_of(imported)
        if inside(imported) == ""
    ]
    assert impure == [], "rules import types, events, errors or rules of a room, never its door"


def test_only_jobs_and_app_know_the_workflow_engine() -> None:
    users = (
        graph().find_modules_that_directly_import("dbos") if "dbos" in graph().modules else set()
    )
    assert {user for user in users if room_of(user) != "app" and inside(user) != "jobs"} == set()


def test_every_room_stands_under_the_contract_of_layers() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    named = {
        container.removeprefix("yunquan.")
        for section in contracts.sections()
        if ":inside-" in section
        for container in contracts[section]["containers"].split()
    }
    # A room that only has a door and types has no layers to keep yet, but is named all the same.
    assert named == set(rooms()) - NOT_SHAPED, "name each room in .importlinter's inside-a-room"
