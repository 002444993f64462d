"""What a failed connection means: the system's errors as Trouble, each with the exact reason."""

from __future__ import annotations

import errno
import socket
import ssl

from notifier.errors import Reason, Trouble
from notifier.untrusted import clean

# OpenSSL's X509_V_ERR_* numbers (x509_vfy.h); Python passes them on as `verify_code`.
_NOT_YET_VALID, _EXPIRED = 9, 10
_HOSTNAME_MISMATCH, _IP_MISMATCH = 62, 64
_REFUSED = {errno.ECONNREFUSED}
_CLOSED = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ESHUTDOWN, errno.ENOTCONN, errno.EBADF}


def trouble_of(error: Exception, host: str) -> Trouble:
    """The Trouble that `error`, raised by a socket or by TLS, means."""
    if isinstance(error, Trouble):
        return error
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble(_certificate(error), host=host)
    if isinstance(error, TimeoutError):  # before ssl.SSLError and OSError: it is both at times
        return Trouble(Reason.TIMED_OUT, host=host)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Trouble(Reason.CLOSED, host=host)
    if isinstance(error, ssl.SSLError):
        return Trouble(Reason.HANDSHAKE_FAILED, host=host, said=clean(getattr(error, "reason", None) or "", 80))
    if isinstance(error, socket.gaierror):
        return Trouble(Reason.NAME_NOT_FOUND, host=host)
    if isinstance(error, OSError):
        return Trouble(_system(error), host=host)
    return Trouble(Reason.GARBAGE, host=host, said=type(error).__name__)


def _certificate(error: ssl.SSLCertVerificationError) -> Reason:
    if error.verify_code in {_NOT_YET_VALID, _EXPIRED}:
        return Reason.CERTIFICATE_EXPIRED
    if error.verify_code in {_HOSTNAME_MISMATCH, _IP_MISMATCH}:
        return Reason.CERTIFICATE_NAME
    return Reason.CERTIFICATE_UNTRUSTED


def _system(error: OSError) -> Reason:
    if error.errno in _REFUSED:
        return Reason.CONNECTION_REFUSED
    if error.errno in _CLOSED:
        return Reason.CLOSED
    return Reason.TIMED_OUT if error.errno == errno.ETIMEDOUT else Reason.UNREACHABLE
