"""Stands in for Docker's network in deploy/try-compose: its name server, and the ports that it publishes."""

import asyncio
import json
import socket
import sys
from collections.abc import Mapping, Sequence

_RECURSED, _UNKNOWN = b"\x81\x80", b"\x81\x83"  # flags of an answer: there is such a name; there is none
_ADDRESS = b"\0\1"  # the type of a question for an IPv4 address


def serve_names(addresses: Mapping[str, str]) -> None:
    """Answers at 127.0.0.11, as Docker does in each container (RFC 1035 §4); for five seconds, so that one may move."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.11", 53))
    print("ready", flush=True)
    while True:
        asked, peer = server.recvfrom(512)
        at, labels = 12, []
        while asked[at]:
            labels.append(asked[at + 1 : at + 1 + asked[at]].decode())
            at += 1 + asked[at]
        address = addresses.get(".".join(labels).lower())
        record = b""
        if address and asked[at + 1 : at + 3] == _ADDRESS:
            record = b"\xc0\x0c\0\1\0\1\0\0\0\5\0\4" + socket.inet_aton(address)
        head = asked[:2] + (_RECURSED if address else _UNKNOWN) + b"\0\1\0" + bytes([bool(record)]) + bytes(4)
        server.sendto(head + asked[12 : at + 5] + record, peer)


async def publish(address: str, container: str, ports: Sequence[str]) -> None:
    """At our address each port of the container, `here:there`."""

    async def listen(here: str, there: str) -> asyncio.Server:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                inner_reader, inner_writer = await asyncio.open_connection(container, int(there))
            except OSError:
                writer.close()
                return
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))

        return await asyncio.start_server(connected, address, int(here))

    servers = [await listen(*each.split(":")) for each in ports]
    print("ready", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


if __name__ == "__main__":
    if sys.argv[1] == "names":
        serve_names(json.loads(sys.argv[2]))
    else:
        asyncio.run(publish(sys.argv[2], sys.argv[3], sys.argv[4:]))
