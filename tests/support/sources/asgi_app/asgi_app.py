"""An ASGI application of Starlette's that says what the server made of it."""

import contextlib
import sys
import zlib

from starlette.applications import Starlette
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    StreamingResponse,
)
from starlette.routing import Route, WebSocketRoute

started = []


@contextlib.asynccontextmanager
async def lifespan(app):
    started.append("started")
    yield


async def seen(request):
    """The scope, as JSON; bytes are shown as Latin-1."""
    scope = request.scope
    return JSONResponse({
        "scheme": scope["scheme"], "client": scope["client"][0],
        "server": list(scope["server"]), "root_path": scope["root_path"],
        "path": scope["path"], "raw_path": scope["raw_path"].decode("latin-1"),
        "query": scope["query_string"].decode("latin-1"),
        "headers": {name.decode("latin-1"): value.decode("latin-1")
                    for name, value in scope["headers"]},
        "url": str(request.url), "linked": str(request.url_for("linked")),
        "started": started})


async def linked(request):
    return PlainTextResponse("linked")


async def digest(request):
    size = checksum = 0
    async for piece in request.stream():
        size += len(piece)
        checksum = zlib.crc32(piece, checksum)
    return PlainTextResponse(f"{size} {checksum}")


async def stream(request):
    async def pieces():
        for _ in range(100):
            yield bytes(range(256)) * 64
    return StreamingResponse(pieces())


class Late:
    """Begin to answer before the request is read."""

    async def __call__(self, scope, receive, send):
        await send({"type": "http.response.start", "status": 200,
                    "headers": []})
        piece, more = b"late ", True
        while more or piece:
            await send({"type": "http.response.body", "body": piece,
                        "more_body": True})
            message = await receive() if more else {}
            piece = message.get("body", b"")
            more = message.get("more_body", False)
        await send({"type": "http.response.body", "body": b""})


async def leave(request):
    """What would end a program."""
    sys.exit(3)


async def echo(websocket):
    """Send back what comes, after the path and the scheme."""
    await websocket.accept()
    await websocket.send_text(
        websocket.scope["scheme"] + " " + websocket.scope["path"])
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if message.get("text") is not None:
            await websocket.send_text(message["text"])
        else:
            await websocket.send_bytes(message["bytes"])


app = Starlette(lifespan=lifespan, routes=[
    Route("/linked", linked, methods=["GET", "POST"], name="linked"),
    Route("/digest", digest, methods=["POST"]),
    Route("/stream", stream, methods=["GET", "POST"]),
    Route("/late", Late()),
    Route("/leave", leave, methods=["GET", "POST"]),
    WebSocketRoute("/echo", echo),
    Route("/{path:path}", seen)])
