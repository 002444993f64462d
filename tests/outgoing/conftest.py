"""What tests of sending share: an outbox, an account of a server, and a certificate authority made once."""

from __future__ import annotations

import pytest

from tests.live import certificates
from tests.live.certificates import Certificate


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificates.make(tmp_path_factory.mktemp("authority"))
