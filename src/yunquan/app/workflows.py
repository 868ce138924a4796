"""Durable workflows: one DBOS a process, whose workflows rooms register before it is launched."""

from __future__ import annotations

import json
from typing import Any

from dbos import DBOS, DBOSConfig, Serializer

NAME = "yunquan"


class PlainJson(Serializer):
    """Arguments and results as JSON: readable by whoever looks into the file."""

    def name(self) -> str:
        return "yunquan_json"

    def serialize(self, data: Any) -> str:
        if isinstance(data, BaseException):
            return json.dumps({"error": repr(data)[:500]})
        return json.dumps(data, ensure_ascii=False)

    def deserialize(self, serialized_data: str) -> Any:
        found: Any = json.loads(serialized_data)
        if isinstance(found, dict) and set(found) == {"error"}:  # pyright: ignore[reportUnknownArgumentType]
            return RuntimeError(str(found["error"]))  # pyright: ignore[reportUnknownArgumentType]
        return found  # pyright: ignore[reportUnknownVariableType]


def configure(name: str, database_url: str) -> None:
    """Make this process's DBOS; once, before anything is registered with it."""
    config: DBOSConfig = {
        "name": name,
        "system_database_url": database_url,
        "application_version": "1",
        "executor_id": "jobs",
        "serializer": PlainJson(),
        "log_level": "WARNING",
        "enable_otlp": False,
    }
    DBOS(config=config)


def launch() -> None:
    """Begin, and go on with what an earlier process left unfinished."""
    DBOS.launch()


def destroy() -> None:
    """Leave; a step at hand is begun again by the next process."""
    DBOS.destroy(destroy_registry=True)
