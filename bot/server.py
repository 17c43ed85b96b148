"""The HTTP server: one process, quiet about who asks for what."""

from __future__ import annotations

import socket

import uvicorn
from starlette.applications import Starlette

from bot.visit import Front


class Server(uvicorn.Server):
    """Lets open pages go before it waits for them, so that a stop takes no longer than the work in hand."""

    def __init__(self, web: Starlette, *, host: str, port: int) -> None:
        self._front: Front = web.state.front
        super().__init__(
            uvicorn.Config(
                web, host=host, port=port, log_level="warning", access_log=False, server_header=False,
                lifespan="off", timeout_keep_alive=30, timeout_graceful_shutdown=10,
            )
        )  # fmt: skip

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._front.closing.set()
        await super().shutdown(sockets)
