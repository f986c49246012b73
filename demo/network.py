"""A bad network: a TCP proxy that delays, limits the rate, and cuts connections in the middle of bodies and answers."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from demo.chance import dice
from demo.wire import Address

CHUNK = 4096
BUFFER = 8192
"""Bytes that the proxy's socket takes ahead: few, so that a phone feels how slowly its link carries."""
STALLS = 0.3
"""The share of cuts that are stalls, where there are any."""


@dataclass(frozen=True)
class Weather:
    """How bad it is: a cut about every `cut_s` (0: never), `delay_s` each way, `rate` bytes a second (0: unlimited).

    `stall_s` makes some of the cuts stalls: for so long nothing moves, then everything goes on. `half_open` lets the
    server wait as well when a phone falls silent, instead of telling it by a reset.
    """

    cut_s: float = 30
    delay_s: float = 0.03
    rate: int = 64 * 1024
    outage_s: float = 1
    stall_s: float = 0
    half_open: bool = False


@dataclass
class Traffic:
    """What went over a link."""

    up: int = 0
    down: int = 0
    cuts: int = 0
    stalls: int = 0


class Network:
    """Runs links on a thread of its own; `with Network() as network:`."""

    def __enter__(self) -> Network:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._thread.start()
        self.links: list[Link] = []
        return self

    def __exit__(self, *_: object) -> None:
        for link in self.links:
            self._run(link.close())
        self._run(_end_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def link(self, seed: str, weather: Weather, *urls: str) -> Link:
        """One phone's radio link to some servers. The same seed gives the same cuts and delays."""
        link = Link(seed, weather)
        self._run(link.open(urls))
        self.links.append(link)
        return link

    def die(self) -> None:
        """As if the proxy was killed: every connection of every phone is reset, now; new ones are taken at once."""
        for link in self.links:
            self._run(link.reset())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


class Link:
    """One phone's radio: a listener a server, one rate and one fate for all its connections.

    When its time has come a cut waits for the next transfer in the direction drawn, so that it hits a body or an answer
    and not an idle line: part of a chunk passes (perhaps none: the whole answer is lost), then comes either a reset or
    silence. Afterwards there is no signal for a while.
    """

    def __init__(self, seed: str, weather: Weather) -> None:
        self.weather = weather
        self.traffic = Traffic()
        self.dial: dict[str, Address] = {}
        self._dice = dice(seed)
        self._servers: list[asyncio.Server] = []
        self._open: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._silent: list[asyncio.StreamWriter] = []
        self._free_at = {"up": 0.0, "down": 0.0}
        self._dark_until = 0.0
        self._arm()

    async def open(self, urls: tuple[str, ...]) -> None:
        """Listen for each server; `dial` then says where, as a `Wire` wants it."""
        for url in urls:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
            accept = partial(self._connection, (parts.hostname or "127.0.0.1", port))
            listener = socket.create_server(("127.0.0.1", 0))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            server = await asyncio.start_server(accept, sock=listener, limit=CHUNK)
            self._servers.append(server)
            self.dial[parts.netloc] = server.sockets[0].getsockname()[:2]

    async def reset(self) -> None:
        """Drop what is open."""
        self._drop(reset=True)

    async def close(self) -> None:
        """Stop listening and drop what is open."""
        for server in self._servers:
            server.close()
        self._drop(reset=True)
        for writer in self._silent:
            _reset(writer)

    def _arm(self) -> None:
        """Draw the next cut."""
        wait = self.weather.cut_s * self._dice.uniform(0.5, 1.5)
        self._cut_at = time.monotonic() + wait if self.weather.cut_s else float("inf")
        self._cut_way = self._dice.choice(["up", "down", "down"])
        self._cut_share = self._dice.choice([0.0, self._dice.random()])
        self._cut_reset = self._dice.choice([True, True, False])
        self._stalls = bool(self.weather.stall_s) and self._dice.random() < STALLS

    async def _connection(self, target: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if time.monotonic() < self._dark_until:
                raise OSError("no signal")
            there, onward = await asyncio.open_connection(*target, limit=CHUNK)
        except OSError:
            _reset(writer)
            return
        pair = (writer, onward)
        self._open.add(pair)
        try:
            await asyncio.gather(self._carry("up", reader, onward, pair), self._carry("down", there, writer, pair))
        except (OSError, asyncio.IncompleteReadError):
            _reset(writer)
            _reset(onward)
        except asyncio.CancelledError:  # the network closes
            pass
        finally:
            if pair in self._open:
                self._open.discard(pair)
                writer.close()
                onward.close()

    async def _carry(self, way: str, source: asyncio.StreamReader, sink: asyncio.StreamWriter, pair: Any) -> None:
        """Carry bytes one way, late and slowly, until the end, an error or a cut."""
        while chunk := await source.read(CHUNK):
            await asyncio.sleep(self._wait(way, len(chunk)))
            if pair not in self._open:
                return
            if time.monotonic() >= self._cut_at and way == self._cut_way:
                sink.write(chunk[: int(len(chunk) * self._cut_share)])
                if not self._stalls:
                    self._cut()
                    return
                chunk = chunk[int(len(chunk) * self._cut_share) :]
                await self._stall()
                if pair not in self._open:
                    return
            self._count(way, len(chunk))
            sink.write(chunk)
            await sink.drain()
        if pair in self._open and sink.can_write_eof():
            sink.write_eof()

    def _wait(self, way: str, size: int) -> float:
        """How long a chunk takes: the delay if the line was idle, then its turn at the link's rate."""
        now = time.monotonic()
        starts = self._free_at[way]
        if starts < now - self.weather.delay_s:
            starts = now + self.weather.delay_s
        self._free_at[way] = starts + (size / self.weather.rate if self.weather.rate else 0)
        return max(0.0, self._free_at[way] - now)

    def _count(self, way: str, size: int) -> None:
        if way == "up":
            self.traffic.up += size
        else:
            self.traffic.down += size

    def _cut(self) -> None:
        """The signal goes: every connection of this phone ends, by a reset or without a word."""
        self.traffic.cuts += 1
        self._dark_until = time.monotonic() + self.weather.outage_s * self._dice.uniform(0.2, 1)
        self._drop(reset=self._cut_reset)
        self._arm()

    async def _stall(self) -> None:
        """Nothing moves for a while."""
        self.traffic.stalls += 1
        self._arm()
        wait = self.weather.stall_s * self._dice.uniform(0.3, 1)
        self._free_at = {way: time.monotonic() + wait for way in self._free_at}
        await asyncio.sleep(wait)

    def _drop(self, *, reset: bool) -> None:
        for writer, onward in self._open:
            for end, told in ((writer, reset), (onward, reset or not self.weather.half_open)):
                if told:
                    _reset(end)
                else:
                    self._silent.append(end)
        self._open.clear()


async def _end_all() -> None:
    """Let nothing be left of what still carries."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST: what is still buffered is lost, as on a real cut."""
    with suppress(OSError):  # it is closed already
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
