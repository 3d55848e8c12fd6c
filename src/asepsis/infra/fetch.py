"""Small documents from elsewhere, such as a provider's keys: by https, by http on loopback, or from a file.

No redirect is followed, and an answer that is too long or not 200 is none.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

from asepsis.core.errors import ConfigError, Unavailable
from asepsis.core.ports import Request, Transport
from asepsis.infra.peers import is_loopback

__all__ = ["check_address", "fetched", "posted"]

_SECONDS: Final = 10.0
_PLAIN: Final = (("accept", "application/json"), ("accept-encoding", "identity"))


def check_address(address: str, /, *, place: str) -> None:
    """Raises ConfigError for an address that is not fetched from; the file need not be there."""
    split = urlsplit(address)
    if split.scheme in ("", "file") or (split.scheme == "https" and split.hostname):
        return
    if split.scheme != "http" or not is_loopback(split.hostname or ""):
        raise ConfigError("expected an https address, http on loopback, or a file", place=place)


async def fetched(address: str, transport: Transport, /, *, most: int) -> bytes:
    """Returns the document; raises Unavailable when it can't be had or has more than `most` bytes."""
    split = urlsplit(address)
    if split.scheme in ("", "file"):
        return await asyncio.to_thread(_read, Path(split.path), most)
    return await _in_time(Request("GET", address, _PLAIN, b""), transport, most)


async def posted(
    address: str,
    form: Mapping[str, str],
    transport: Transport,
    /,
    *,
    most: int,
    headers: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Posts a form and returns the answer; raises Unavailable as `fetched` does."""
    body = urlencode(form).encode()
    said = ("content-type", "application/x-www-form-urlencoded")
    return await _in_time(Request("POST", address, (*_PLAIN, said, *headers), body), transport, most)


async def _in_time(request: Request, transport: Transport, most: int) -> bytes:
    try:
        async with asyncio.timeout(_SECONDS):
            return await _asked(request, transport, most)
    except TimeoutError as error:
        raise Unavailable("expected an answer in time", place=request.url) from error


async def _asked(request: Request, transport: Transport, most: int) -> bytes:
    answer = await transport.send(request)
    try:
        if answer.status != 200:
            raise Unavailable(f"expected status 200, got {answer.status}", place=request.url)
        data = b""
        async for chunk in answer.chunks():
            data += chunk
            if len(data) > most:
                raise Unavailable(f"expected at most {most} bytes", place=request.url)
        return data
    finally:
        answer.close()


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise Unavailable("expected a readable file", place=str(path)) from error
    if len(data) > most:
        raise Unavailable(f"expected at most {most} bytes", place=str(path))
    return data
