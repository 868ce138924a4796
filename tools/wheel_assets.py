"""Build hook: a wheel carries the page assets, an editable install leaves them to make setup."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelAssets(BuildHookInterface[Any]):
    """Found by hatchling through pyproject.toml."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """version: `standard` for a wheel, `editable` for pip install --editable."""
        if version == "editable":
            return
        from tools.vendor_assets import SOURCE, TARGET, copy_assets  # noqa: PLC0415

        if SOURCE.is_dir():
            copy_assets()
        elif not (TARGET / "vendor.json").is_file():
            message = "No page assets: run npm ci --ignore-scripts before building the wheel."
            raise FileNotFoundError(message)
