"""Plays an S3-compatible store at the wire: put, get, list and delete in one bucket, for whoever signs."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import md5
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

BUCKET = "files"
KEY_ID = "AKIDEXAMPLE"
WRITTEN = "2026-11-23T09:00:00.000Z"


class Bucket:
    """What was put, by key; `away`: the store answers nothing useful."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.away = False
        self.address = ""

    async def answer(self, request: Request) -> Response:
        signed = f"Credential={KEY_ID}/" in request.headers.get("authorization", "")
        if self.away or not signed:
            return Response(status_code=403)
        key = request.path_params.get("key", "")
        match request.method, key:
            case "PUT", _:
                self.objects[key] = await request.body()
                return Response(headers={"ETag": _etag(self.objects[key])})
            case "GET", "":
                return self._list(request.query_params.get("prefix", ""))
            case "POST", "":
                return self._delete(await request.body())
            case "DELETE", _:
                self.objects.pop(key, None)
                return Response(status_code=204)
            case _ if key in self.objects:
                headers = {"ETag": _etag(self.objects[key]), "Last-Modified": "Mon, 23 Nov 2026 09:00:00 GMT"}
                return Response(self.objects[key], headers=headers)
        return Response("<Error><Code>NoSuchKey</Code></Error>", status_code=404, media_type="application/xml")

    def _list(self, prefix: str) -> Response:
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{WRITTEN}</LastModified>"
            f"<ETag>{_etag(data)}</ETag><Size>{len(data)}</Size></Contents>"
            for key, data in sorted(self.objects.items())
            if key.startswith(prefix)
        )
        listed = f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
        return Response(listed, media_type="application/xml")

    def _delete(self, body: bytes) -> Response:
        asked = [element.text or "" for element in ET.fromstring(body).iter() if element.tag.endswith("Key")]  # noqa: S314  # Our own client's.
        for key in asked:
            self.objects.pop(key, None)
        deleted = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in asked)
        return Response(f"<DeleteResult>{deleted}</DeleteResult>", media_type="application/xml")

    @property
    def environment(self) -> dict[str, str]:
        """What a client must have in its environment."""
        return {
            "AWS_ENDPOINT_URL": self.address, "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "eu-west-3", "AWS_ALLOW_HTTP": "true",
        }  # fmt: skip


def _etag(data: bytes) -> str:
    return f'"{md5(data, usedforsecurity=False).hexdigest()}"'


@asynccontextmanager
async def running() -> AsyncIterator[Bucket]:
    """One bucket on a port of this machine."""
    bucket = Bucket()
    methods = ["GET", "PUT", "POST", "DELETE"]
    routes = [Route(path, bucket.answer, methods=methods) for path in (f"/{BUCKET}", f"/{BUCKET}/{{key:path}}")]
    config = uvicorn.Config(Starlette(routes=routes), log_level="warning", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        bucket.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield bucket
        finally:
            server.should_exit = True
            await task
