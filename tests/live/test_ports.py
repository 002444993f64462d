"""No two servers of the tests get the same port, whichever process starts them."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from tests.live.ports import EPHEMERAL, LOWEST, free_port


def test_no_port_is_had_twice_by_one_process() -> None:
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) == 200


def test_another_process_gets_none_of_ours() -> None:
    ours = {free_port() for _ in range(50)}
    ask = "from tests.live.ports import _lock; import sys; print(sum(_lock(int(port)) for port in sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", ask, *map(str, ours)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_a_port_in_use_is_left_alone() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        assert free_port() != taken.getsockname()[1]


def test_the_kernel_hands_none_of_them_to_others() -> None:
    first = int(EPHEMERAL.read_text().split()[0])
    if first <= LOWEST + 5_000:
        pytest.skip("this kernel leaves no ports to others")
    assert free_port() < first
