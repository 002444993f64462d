"""What tests of sending share: an outbox, an account of a server, and a certificate authority made once."""

from __future__ import annotations

import pytest

from tests.live.authority import Authority, make_authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))
