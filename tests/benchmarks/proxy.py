"""A TCP proxy that makes a round trip take time, and counts turns and bytes: the network a laptop really has."""

from __future__ import annotations

import asyncio
import socket
import threading
from dataclasses import dataclass, field


@dataclass
class Traffic:
    """One connection. A *turn* is a change of who speaks; each of the client's turns costs a round trip."""

    up: int = 0
    down: int = 0
    speakers: list[str] = field(default_factory=list)

    def note(self, speaker: str, octets: int) -> None:
        if speaker == "client":
            self.up += octets
        else:
            self.down += octets
        if not self.speakers or self.speakers[-1] != speaker:
            self.speakers.append(speaker)

    @property
    def round_trips(self) -> int:
        """The TCP handshake, and every turn of the client's that the server answered."""
        answered = sum(a == "client" and b == "server" for a, b in zip(self.speakers, self.speakers[1:], strict=False))
        greeted = bool(self.speakers) and self.speakers[0] == "server"
        return 1 + answered + (1 if greeted else 0)


class DelayingProxy:
    """Forwards 127.0.0.1:`port` to `target`, each direction `delay` seconds later. Use as a context."""

    def __init__(self, target: int, delay: float) -> None:
        self.target, self.delay = target, delay
        self.traffic: list[Traffic] = []
        self._loop = asyncio.new_event_loop()
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(listener.getsockname()[1])
        self._listener = listener
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> DelayingProxy:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._listener.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._serve, sock=self._listener))
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        traffic = Traffic()
        self.traffic.append(traffic)
        await asyncio.sleep(2 * self.delay)  # the TCP handshake, which the kernel answers at once on loopback
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(
            self._pump(reader, server_writer, "client", traffic),
            self._pump(server_reader, writer, "server", traffic),
        )

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, who: str, traffic: Traffic
    ) -> None:
        late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        sender = asyncio.create_task(self._send_late(late, writer))
        try:
            while data := await reader.read(65536):
                traffic.note(who, len(data))
                late.put_nowait((self._loop.time() + self.delay, data))
        except OSError:
            pass
        late.put_nowait((self._loop.time() + self.delay, b""))
        await sender

    async def _send_late(self, late: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            at, data = await late.get()
            await asyncio.sleep(max(0.0, at - self._loop.time()))
            if not data:
                writer.close()
                return
            try:
                writer.write(data)
                await writer.drain()
            except OSError:
                return
