"""A real SMTP server on loopback that keeps the e-mail it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Condition
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.process import free_port


@dataclass
class Smtp:
    """`with` runs it; `smarthost` is its host and port. It takes e-mail only after a login with `password`."""

    password: str
    messages: list[EmailMessage] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._arrived = Condition()
        self.smarthost = f"127.0.0.1:{(port := free_port())}"
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=port,
            authenticator=self._knows,
            auth_require_tls=False,
            auth_exclude_mechanism=["LOGIN"],  # its words differ from those that Go expects
        )

    def __enter__(self) -> Smtp:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    def wait_for(self, wanted: Callable[[EmailMessage], bool], timeout: float = 30.0) -> EmailMessage:
        """Wait for the first e-mail that is `wanted`; `TimeoutError` has the subjects that came instead."""
        with self._arrived:
            self._arrived.wait_for(lambda: any(map(wanted, self.messages)), timeout)
            for message in self.messages:
                if wanted(message):
                    return message
            raise TimeoutError(
                f"no such e-mail in {timeout:g}s; there were {[each['Subject'] for each in self.messages]}"
            )

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content
        assert isinstance(content, bytes)
        with self._arrived:
            self.messages.append(message_from_bytes(content, policy=policy.default))
            self._arrived.notify_all()
        return "250 OK"

    def _knows(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: Any) -> AuthResult:
        accepted = isinstance(login, LoginPassword) and login.password == self.password.encode()
        return AuthResult(success=accepted, handled=accepted)
