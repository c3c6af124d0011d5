"""Threads for one kind of request, so that it waits only for its own kind, and never makes others wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from threading import Thread
from typing import TypeVar

from anyio import CancelScope
from anyio.lowlevel import checkpoint_if_cancelled
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from exporter.web.http_stats import HttpStats, Refusal

T = TypeVar("T")

RETRY_SECONDS = 5
"""When a client for which there is no room is told to come again."""

CLIENT_LEFT = 499
"""The status, known from nginx, of an answer that nobody waits for any more."""


_COME_AGAIN = {"retry-after": str(RETRY_SECONDS)}


class Pool:
    """Computes some answers at once, lets some requests wait, and tells the others to come again.

    A thread that does not end keeps its place in the pool, and does not keep the process from ending.
    """

    def __init__(self, stats: HttpStats, threads: int, waiting: int) -> None:
        self._stats = stats
        self._threads = asyncio.Semaphore(threads)
        self._free_places = threads + waiting

    def endpoint(self, answer: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        """Return an endpoint whose answers are computed in the pool."""

        async def computed(request: Request) -> Response:
            with self.place():
                try:
                    await self._threads.acquire()
                    if await request.is_disconnected():
                        self._threads.release()
                        return Response(status_code=CLIENT_LEFT)
                    return await self._in_thread(partial(answer, request))
                except asyncio.CancelledError:  # the server ends, and waited long enough
                    return PlainTextResponse("the exporter ends; try again\n", 503, _COME_AGAIN)

        return computed

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take one of the places during the block.

        Raises:
            HTTPException: 503, if there is none.
        """
        if not self._free_places:
            self._stats.refused[Refusal.BUSY] += 1
            raise HTTPException(503, "too much is asked for at once; try again", _COME_AGAIN)
        self._free_places -= 1
        try:
            yield
        finally:
            self._free_places += 1

    async def run(self, work: Callable[[], T]) -> T:
        """Return what a call returns, once there is a thread for it."""
        await checkpoint_if_cancelled()  # nothing else here would notice that the client has left
        await self._threads.acquire()
        return await self._in_thread(work)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Run a call in a thread of its own, and wait for it even if the client leaves."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def end(set_result: Callable[[], None]) -> None:
            self._threads.release()
            if not done.done():
                set_result()

        def run() -> None:
            try:
                set_result = partial(done.set_result, work())
            except Exception as error:
                set_result = partial(done.set_exception, error)
            with suppress(RuntimeError):  # the server has ended
                loop.call_soon_threadsafe(end, set_result)

        Thread(target=run, name="request", daemon=True).start()
        with CancelScope(shield=True):
            await asyncio.wait([done])
        return done.result()


class PooledStream(StreamingResponse):
    """An answer in parts, each computed in a thread of a pool; it keeps its place until the client has taken all."""

    def __init__(self, pool: Pool, parts: Iterator[bytes], media_type: str) -> None:
        super().__init__(self._computed(), media_type=media_type)
        self._pool = pool
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the parts; end the computation if the client leaves."""
        with self._pool.place():
            try:
                await super().__call__(scope, receive, send)
            except asyncio.CancelledError:
                pass  # the server ends
            finally:
                with CancelScope(shield=True):
                    await self._pool.run(self._end)

    async def _computed(self) -> AsyncIterator[bytes]:
        while (part := await self._pool.run(lambda: next(self._parts, None))) is not None:
            yield part

    def _end(self) -> None:
        if isinstance(self._parts, Generator):
            with suppress(ValueError):  # when the server ends, a thread may still compute the next part
                self._parts.close()
