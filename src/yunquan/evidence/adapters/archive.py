"""A pack as a ZIP: the same files give the same bytes. Reading trusts nothing in it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Final

from yunquan.kernel.errors import Invalid

MOST_FILES: Final = 5_000
LARGEST_BYTES: Final = 512 << 20
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def packed(files: Mapping[str, bytes]) -> bytes:
    """The archive of these files, by path."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path, body in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, body)
    return target.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of an archive. Raises Invalid evidence.archive: no archive, a name twice or
    outside of it, more than anybody would pack.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if len(names) > MOST_FILES or len(set(names)) != len(names):
                raise Invalid("evidence.archive", reason="names")
            if any(name.startswith(("/", "\\")) or ".." in name.split("/") for name in names):
                raise Invalid("evidence.archive", reason="names")
            # The sizes it tells may be lies: what is read is counted as well.
            left, found = LARGEST_BYTES, {}
            for entry in entries:
                with archive.open(entry) as file:
                    body = file.read(left + 1)
                left -= len(body)
                if left < 0:
                    raise Invalid("evidence.archive", reason="size")
                found[entry.filename] = body
            return found
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise Invalid("evidence.archive", reason=type(error).__name__) from error
    except Exception as error:
        if isinstance(error, Invalid):
            raise
        # zlib says what is wrong with a damaged stream in an error of its own.
        raise Invalid("evidence.archive", reason=type(error).__name__) from error
