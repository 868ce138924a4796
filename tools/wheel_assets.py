"""Build hook: a wheel carries the page assets, an editable install leaves them to make setup."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelAssets(BuildHookInterface[Any]):
    """Found by hatchling through pyproject.toml."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """version: `standard` for a wheel, `editable` for pip install --editable."""
        if version == "editable":
            return
        # Run by path: a build imports nothing from the tree it builds.
        tool = runpy.run_path(str(Path(self.root) / "tools" / "vendor_assets.py"))
        if tool["SOURCE"].is_dir():
            tool["copy_assets"]()
            tool["copy_fonts"]()
        elif not (tool["TARGET"] / "vendor.json").is_file():
            message = "No page assets: run npm ci --ignore-scripts before building the wheel."
            raise FileNotFoundError(message)
