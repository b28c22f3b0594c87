"""GETs through a FastAPI application, over ASGI, without a server or a client library."""

from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.get("/items/{number}")
async def item(number: int):
    if number > 100:
        raise HTTPException(404)
    return {"number": number}


SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "query_string": b"",
    "headers": [(b"host", b"localhost")],
    "server": ("localhost", 80),
}


async def receive():
    return {"type": "http.request", "body": b"", "more_body": False}


async def get(path):
    replies = []

    async def send(message):
        replies.append(message)

    await app({**SCOPE, "path": path, "raw_path": path.encode()}, receive, send)
    return replies[0]["status"]


async def op():
    assert await get("/items/7") == 200


async def missing():
    assert await get("/items/700") == 404


async def invalid():
    assert await get("/items/seven") == 422
