"""The container of a bundle: a BagIt folder (RFC 8493) in a zip, each file listed with its SHA-256."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Final

from asepsis.core.errors import NotTrusted

__all__ = ["MAX_BYTES", "PAYLOAD", "pack", "refused", "unpack"]

MAX_BYTES: Final = 1 << 30
PAYLOAD: Final = "data/"

_ROOT: Final = "evidence/"
_MAX_FILES: Final = 64
_LINES: Final = {"data": "manifest-sha256.txt", "tags": "tagmanifest-sha256.txt"}
_DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def refused(what: str, /) -> NotTrusted:
    """Returns the error for a bundle that does not hold; `what` names the check, never the content."""
    return NotTrusted(what, place="evidence", code="evidence_refused")


def pack(files: Mapping[str, bytes], /) -> bytes:
    """Returns the zip of a bag: those files under `data/` are its payload, the others stand beside it."""
    whole = dict(files) | {"bagit.txt": _DECLARATION}
    whole[_LINES["data"]] = _manifest({name: data for name, data in whole.items() if name.startswith(PAYLOAD)})
    whole[_LINES["tags"]] = _manifest({name: data for name, data in whole.items() if not name.startswith(PAYLOAD)})
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(whole.items()):
            archive.writestr(zipfile.ZipInfo(_ROOT + name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def unpack(data: bytes, /) -> dict[str, bytes]:
    """Returns a bag's files, each as its manifest says; raises NotTrusted for any other zip, and for one too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = _files(archive)
    except NotTrusted:
        raise
    except Exception as error:  # whatever a broken zip makes of its reader, it is no bundle
        raise refused("expected a zip that can be read") from error
    payload = {name: one for name, one in found.items() if name.startswith(PAYLOAD)}
    tags = {name: one for name, one in found.items() if not name.startswith(PAYLOAD) and name != _LINES["tags"]}
    for listed, lines in ((payload, _LINES["data"]), (tags, _LINES["tags"])):
        if found.get(lines) != _manifest(listed):
            raise refused("expected the files that the manifest lists")
    return found


def _files(archive: zipfile.ZipFile, /) -> dict[str, bytes]:
    infos = archive.infolist()
    if len(infos) > _MAX_FILES or sum(one.file_size for one in infos) > MAX_BYTES:
        raise refused(f"expected at most {_MAX_FILES} files and {MAX_BYTES} bytes")
    found: dict[str, bytes] = {}
    for one in infos:
        name = one.filename.removeprefix(_ROOT)
        if name in found or not one.filename.startswith(_ROOT):
            raise refused("expected each file once, in the bag's folder")
        with archive.open(one) as file:
            found[name] = file.read(one.file_size + 1)
        if len(found[name]) != one.file_size:
            raise refused("expected files of the sizes they say")
    return found


def _manifest(files: Mapping[str, bytes], /) -> bytes:
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())).encode()
