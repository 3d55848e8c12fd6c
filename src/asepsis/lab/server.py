"""The lab's server: the scripted assistant behind the OpenAI and Anthropic APIs, and an issuer of tokens, on loopback.

It checks no key and guards nothing: it is what is to be guarded.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from asepsis.infra.clock import SystemClock
from asepsis.infra.ids import SystemIds
from asepsis.lab import reading, writing
from asepsis.lab.assistant import Asked, Json, Turn, answer
from asepsis.lab.config import LabConfig
from asepsis.lab.issuer import LabIssuer
from asepsis.lab.plan import HealthPlan, health_plan

__all__ = ["create", "serve"]

Document = dict[str, Json]
_MODELS: Final = ("lab-assistant", "lab-embedding")
_CREATED: Final = 1_764_000_000
_DIMENSIONS: Final = 8


def serve(config: LabConfig, cache: Path) -> None:
    """Serves the scripted assistant, or the local model whose weights lie in `cache`, until a signal comes."""
    if config.model == "local":
        from asepsis.lab import local  # noqa: PLC0415 an extra

        local.serve(config, cache)
        return
    uvicorn.run(create(config), host=config.host, port=config.port, log_level="warning")


def create(config: LabConfig) -> Starlette:
    """Returns the server's application."""
    plan = health_plan(config.seed, config.members)
    pace = _Pace(config.piece, config.delay_ms / 1000)
    clock = SystemClock()
    issuer = LabIssuer(f"http://{config.host}:{config.port}/issuer", clock=clock, ids=SystemIds(clock))

    def surface(
        read: Callable[[Document], Asked], whole: _Whole, stream: _Stream
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            """Answers one request of the surface."""
            return await _turn(request, plan, pace, (read, whole, stream))

        return endpoint

    return Starlette(
        routes=[
            Route("/v1/chat/completions", surface(reading.chat, writing.chat, writing.chat_stream), methods=["POST"]),
            Route(
                "/v1/completions",
                surface(reading.prompt, writing.completion, writing.completion_stream),
                methods=["POST"],
            ),
            Route(
                "/v1/responses", surface(reading.responses, writing.response, writing.response_stream), methods=["POST"]
            ),
            Route("/v1/messages", surface(reading.messages, writing.message, writing.message_stream), methods=["POST"]),
            Route("/v1/messages/count_tokens", _count, methods=["POST"]),
            Route("/v1/responses/input_tokens", _count, methods=["POST"]),
            Route("/v1/embeddings", _embed, methods=["POST"]),
            Route("/v1/models", _models, methods=["GET"]),
            Route("/health", _health, methods=["GET"]),
            Route("/v1/models/{name}", _model, methods=["GET"]),
            *issuer.routes(),
        ]
    )


_Whole = Callable[[Turn, str], Document]
_Stream = Callable[[Turn, str, int], Iterator[bytes]]


class _Pace(msgspec.Struct, frozen=True):
    """How many characters a piece has, and how many seconds lie between two."""

    piece: int
    delay: float

    async def spread(self, events: Iterator[bytes]) -> AsyncIterator[bytes]:
        for event in events:
            yield event
            await asyncio.sleep(self.delay)


async def _turn(
    request: Request, plan: HealthPlan, pace: _Pace, surface: tuple[Callable[[Document], Asked], _Whole, _Stream]
) -> Response:
    read, whole, stream = surface
    document = await _read(request)
    if document is None:
        return _json({"error": {"message": "expected a JSON object", "type": "invalid_request_error"}}, 400)
    turn = answer(read(document), plan)
    model = str(document.get("model"))
    if document.get("stream") is True:
        return StreamingResponse(pace.spread(stream(turn, model, pace.piece)), media_type="text/event-stream")
    return _json(whole(turn, model))


async def _health(request: Request) -> Response:  # noqa: ARG001 the server passes it
    return _json({"status": "ok"})


async def _count(request: Request) -> Response:
    size = len(await request.body()) // 4
    return _json({"object": "response.input_tokens", "input_tokens": size})


async def _embed(request: Request) -> Response:
    document = await _read(request) or {}
    given = document.get("input")
    texts = given if isinstance(given, list) else [given]
    data: Json = [
        {"object": "embedding", "index": number, "embedding": _vector(str(text))} for number, text in enumerate(texts)
    ]
    return _json(
        {
            "object": "list",
            "data": data,
            "model": document.get("model"),
            "usage": {"prompt_tokens": 1, "total_tokens": 1},
        }
    )


def _vector(text: str) -> list[Json]:
    total = sum(text.encode()) or 1
    return [((total * step) % 997) / 997 for step in range(1, _DIMENSIONS + 1)]


async def _models(request: Request) -> Response:  # noqa: ARG001 the server passes it
    return _json(
        {
            "object": "list",
            "data": [_described(name) for name in _MODELS],
            "has_more": False,
            "first_id": _MODELS[0],
            "last_id": _MODELS[-1],
        }
    )


async def _model(request: Request) -> Response:
    name = request.path_params["name"]
    return _json(_described(name)) if name in _MODELS else _json({"error": {"message": "no such model"}}, 404)


def _described(name: str) -> Document:
    return {
        "id": name,
        "object": "model",
        "created": _CREATED,
        "owned_by": "asepsis-lab",
        "type": "model",
        "display_name": name,
        "created_at": "2026-01-01T00:00:00Z",
    }


async def _read(request: Request) -> Document | None:
    try:
        document = msgspec.json.decode(await request.body())
    except msgspec.DecodeError:
        return None
    return document if isinstance(document, dict) else None


def _json(document: Document, status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status, media_type="application/json")
