"""The upstream client: aiohttp behind the port `Transport`.

It follows no redirect, keeps no cookie, reads no proxy from the environment and decodes no content encoding, so that
what the guard sees is what came. Closing an answer that was not read to its end closes the connection.
"""

from collections.abc import AsyncIterator, Sequence

import aiohttp

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Request

__all__ = ["AiohttpTransport"]


class AiohttpTransport:
    """Sends requests over one pool of connections.

    An upstream has `connect` seconds to accept a connection, and may be silent for `idle` seconds at a time.
    """

    def __init__(self, *, connect: float, idle: float) -> None:
        self._connect = connect
        self._idle = idle
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request, /) -> "AiohttpAnswer":
        """Sends a request and returns the answer once its head is there; raises Unavailable."""
        session = self._session or self._open()
        try:
            response = await session.request(
                request.method, request.url, headers=request.headers, data=request.body or None, allow_redirects=False
            )
        except TimeoutError as error:
            raise Unavailable("the upstream did not answer in time", code="upstream.timeout") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable("the upstream can't be reached", code="upstream.connect") from error
        return AiohttpAnswer(response)

    async def close(self) -> None:
        """Closes all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        """A session belongs to the loop that it was made in, so it is made at the first request."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=60),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect, sock_read=self._idle),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=("user-agent", "content-type", "accept", "accept-encoding"),
        )
        return self._session


class AiohttpAnswer:
    """One answer."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers: Sequence[tuple[str, str]] = [(name.lower(), value) for name, value in response.headers.items()]

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yields the body as it comes; raises Unavailable when it breaks off before its end."""
        content = self._response.content
        try:
            while chunk := await content.readany():
                yield chunk
        except TimeoutError as error:
            raise Unavailable("the upstream fell silent", code="upstream.idle") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable("the upstream broke off", code="upstream.broken") from error

    def close(self) -> None:
        """Ends the exchange: a connection that was read to its end is kept, any other is closed."""
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()
