"""Says in a sentence why files of a bucket, a container or an SFTP server cannot be read."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from os import strerror
from socket import gaierror

from exporter.records.batch import ChangedMeanwhile, SourceFailed
from exporter.sources.address import Address

_KINDS = {"s3": "bucket", "gcs": "bucket", "azure": "container", "sftp": "SFTP server"}


@contextmanager
def short_failures(address: Address, redact: Callable[[str], str]) -> Iterator[None]:
    """Turn what a library raises into a `SourceFailed` without secrets."""
    try:
        yield
    except SourceFailed as failure:
        raise type(failure)(redact(str(failure))) from None
    except Exception as error:
        if type(error).__name__ == "FileExpired":
            raise ChangedMeanwhile(f"{address} changed while it was read") from None
        raise SourceFailed(redact(_sentence(error, address))) from None


def _sentence(error: BaseException, address: Address) -> str:
    """Say in a sentence why a store cannot be read."""
    causes = _causes(error)
    names = {type(cause).__name__ for cause in causes}
    messages = " ".join(map(str, causes))
    place = f"{_KINDS[address.system]} {address.host.partition('@')[0]}"
    for cause in causes:
        # aiohttp's error of a certificate is one too, and has no message of its own.
        if isinstance(cause, ssl.SSLCertVerificationError) and hasattr(cause, "verify_message"):
            return f"TLS with the server of the {place} failed: {cause.verify_message}"
    if names & {
        "NoCredentialsError",
        "PartialCredentialsError",
        "DefaultCredentialsError",
        "CredentialUnavailableError",
    }:
        return f"there are no credentials for the {place}; write them under `storage`, or `anonymous: true`"
    if "SSLError" in names:
        return f"TLS with the server of the {place} failed"
    if "AuthenticationException" in names:
        return f"the {place} refuses the user; check `storage`"
    for cause in causes:
        if isinstance(cause, PermissionError) or type(cause).__name__ == "ClientAuthenticationError":
            return f"access to {address} is denied ({_first_line(str(cause))}); check `storage` and what it may read"
    if any(isinstance(cause, FileNotFoundError) for cause in causes) or "ResourceNotFoundError" in names:
        is_bucket = any(word in messages.lower() for word in ("bucket does not exist", "container does not exist"))
        return f"there is no {place}" if is_bucket else f"no file matches {address}"
    if any(isinstance(cause, TimeoutError) for cause in causes) or names & {"ReadTimeoutError", "ConnectTimeoutError"}:
        return f"the {place} did not answer: no answer in time"
    for cause in reversed(causes):
        if isinstance(cause, OSError) and cause.errno and cause.strerror:
            # asyncio writes the port into the words of the system, but for names that are not resolved.
            reason = cause.strerror if isinstance(cause, gaierror) else strerror(cause.errno)
            return f"the {place} did not answer: {reason}"
    return f"the {place} cannot be read: {_first_line(str(error)) or type(error).__name__}"


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0]


def _causes(error: BaseException) -> Sequence[BaseException]:
    """Return an error, then what caused it, also where a library keeps that aside; each once."""
    causes: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and not any(cause is other for other in causes):
            causes.append(cause)
            errors = getattr(cause, "errors", None)  # paramiko's, by the address that it tried
            waiting += errors.values() if isinstance(errors, dict) else ()
            waiting += [getattr(cause, "os_error", None), cause.__cause__, cause.__context__]
    return causes
