"""Says in a sentence why files of a bucket, a container or an SFTP server cannot be read."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from exporter.records.batch import ChangedMeanwhile, SourceFailed
from exporter.sources.address import Address


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
    causes = list(_causes(error))
    names = {type(cause).__name__ for cause in causes}
    messages = " ".join(map(str, causes))
    place = f"{address.system} {'server' if address.system == 'sftp' else 'bucket'} {address.host.partition('@')[0]}"
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"TLS with the server of {place} failed: {cause.verify_message}"
    if names & {
        "NoCredentialsError",
        "PartialCredentialsError",
        "DefaultCredentialsError",
        "CredentialUnavailableError",
    }:
        return f"there are no credentials for {place}; write them under `storage`, or `anonymous: true`"
    if "SSLError" in names:
        return f"TLS with the server of {place} failed"
    if "AuthenticationException" in names:
        return f"{place} refuses the user; check `storage`"
    if any(isinstance(cause, PermissionError) for cause in causes) or {"ClientAuthenticationError"} & names:
        return f"access to {address} is denied ({_first_line(messages)}); check `storage` and what it may read"
    if any(isinstance(cause, FileNotFoundError) for cause in causes) or "ResourceNotFoundError" in names:
        is_bucket = any(word in messages.lower() for word in ("bucket does not exist", "container does not exist"))
        return f"there is no {place.split(' ', 1)[1]}" if is_bucket else f"no file matches {address}"
    if any(isinstance(cause, TimeoutError) for cause in causes) or names & {"ReadTimeoutError", "ConnectTimeoutError"}:
        return f"{place} did not answer: no answer in time"
    for cause in reversed(causes):
        if isinstance(cause, OSError) and cause.strerror:
            return f"{place} did not answer: {cause.strerror}"
    return f"{place} cannot be read: {_first_line(str(error)) or type(error).__name__}"


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, then what caused it, also where a library keeps that aside."""
    while error is not None:
        yield error
        errors = getattr(error, "errors", None)  # paramiko's, by the address that it tried
        if isinstance(errors, dict):
            yield from errors.values()
        error = getattr(error, "os_error", None) or error.__cause__ or error.__context__
