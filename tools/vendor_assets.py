"""Copy what the pages load from node_modules to the investor's static folder, with licences, and
the fonts of printed papers to the room that prints them.

Writes vendor.json: file name -> first 16 hex digits of its SHA-256, for the URL (?v=...), so that
a browser may keep a file for ever. Also called by the wheel's build hook: who installs the wheel
needs no Node.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "node_modules"
TARGET = ROOT / "src" / "yunquan" / "investor" / "static" / "vendor"
PRINTING = ROOT / "src" / "yunquan" / "statements" / "fonts"
FONTS = {
    "NotoSansSC-Regular.ttf": "400Regular/NotoSansSC_400Regular.ttf",
    "NotoSansSC-Bold.ttf": "700Bold/NotoSansSC_700Bold.ttf",
    "OFL.txt": "LICENSE_FONT",
}
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "hx-sse.min.js": "htmx.org/dist/ext/hx-sse.min.js",
    "hx-csp.min.js": "htmx.org/dist/ext/hx-csp.min.js",
    "klinecharts.min.js": "klinecharts/dist/umd/klinecharts.min.js",
}
LICENCES = {
    "htmx.LICENSE.txt": "htmx.org/LICENSE",
    "klinecharts.LICENSE.txt": "klinecharts/LICENSE",
    "klinecharts.NOTICE.txt": "klinecharts/NOTICE",
    "lightweight-charts.LICENSE.txt": "klinecharts/licenses/LICENSE-lightweight-charts",
}


def copy_assets(source: Path = SOURCE, target: Path = TARGET) -> dict[str, str]:
    """Fill `target` anew; returns the manifest."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name, origin in (FILES | LICENCES).items():
        shutil.copyfile(source / origin, target / name)
    manifest = {
        name: hashlib.sha256((target / name).read_bytes()).hexdigest()[:16] for name in FILES
    }
    (target / "vendor.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def copy_fonts(source: Path = SOURCE, target: Path = PRINTING) -> None:
    """Fill `target` anew."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name, origin in FONTS.items():
        shutil.copyfile(source / "@expo-google-fonts" / "noto-sans-sc" / origin, target / name)


if __name__ == "__main__":
    copy_assets()
    copy_fonts()
