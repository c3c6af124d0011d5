"""The sockets that are listened on: addresses, and those that systemd opened."""

from __future__ import annotations

import errno
import os
import re
import socket
from collections.abc import MutableMapping, Sequence

from exporter.conventions import DEFAULT_ADDRESS

FIRST_SYSTEMD_DESCRIPTOR = 3
"""Where systemd puts the first socket, see sd_listen_fds(3)."""

_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.%\w]+)\]|(?P<host>[^:\[\]]*)):(?P<port>\d{1,5})")


class CannotListen(Exception):
    """The address cannot be listened on; the message is for people."""


def listen(address: str) -> socket.socket:
    """Return a socket that listens on `host:port`; no host means every interface, port 0 a free one.

    Every interface is that of IPv6 and IPv4 where the system has both.

    Raises:
        CannotListen: If the address is wrong or taken.
    """
    match = _ADDRESS.fullmatch(address.strip())
    if not match or int(match["port"]) > 65535:
        raise CannotListen(f"{address!r} is not an address; write host:port, such as {DEFAULT_ADDRESS}")
    host, port = match["six"] or match["host"] or "", int(match["port"])
    try:
        return _listening(host, port) if host else _listening_everywhere(port)
    except socket.gaierror as error:
        raise CannotListen(f"cannot listen on {address}: {error.strerror}") from None
    except OSError as error:
        raise CannotListen(f"cannot listen on {address}: {_reason(error)}") from None


def _listening_everywhere(port: int) -> socket.socket:
    if socket.has_dualstack_ipv6():
        try:
            return _listening("::", port)
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):  # IPv6 is switched off in many containers
                raise
    return _listening("0.0.0.0", port)  # noqa: S104 - what was asked for


def _listening(host: str, port: int) -> socket.socket:
    """Return the listening socket; it names its protocol, because asyncio sets TCP_NODELAY only on those."""
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, place = infos[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
        listener.bind(place)
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _reason(error: OSError) -> str:
    match error:
        case PermissionError():
            return "ports below 1024 are for root; choose a higher one"
        case OSError(errno=errno.EADDRINUSE):
            return "another program listens there; stop it, or choose another port with --listen"
    return error.strerror or str(error)


def systemd_sockets(environ: MutableMapping[str, str]) -> Sequence[socket.socket]:
    """Return the listening sockets that systemd opened for this process, none if it did not start it with any.

    The variables that say so are removed, as they do not hold for processes that this one starts.

    Raises:
        CannotListen: If one is no listening stream socket.
    """
    number = environ.pop("LISTEN_FDS", "")
    meant = environ.pop("LISTEN_PID", "") == str(os.getpid())
    environ.pop("LISTEN_FDNAMES", None)
    if not meant or not number.isascii() or not number.isdigit():
        return []
    return [_inherited(FIRST_SYSTEMD_DESCRIPTOR + place) for place in range(int(number))]


def _inherited(descriptor: int) -> socket.socket:
    try:
        os.set_inheritable(descriptor, False)
        listener = socket.socket(fileno=descriptor)
        listening = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise CannotListen(f"descriptor {descriptor} of systemd is no socket: {error.strerror}") from None
    if listener.type != socket.SOCK_STREAM or not listening:
        raise CannotListen(f"descriptor {descriptor} of systemd does not listen; write ListenStream= and Accept=no")
    return listener


def url(listener: socket.socket, scheme: str = "http") -> str:
    """Return the address for a browser, `http://127.0.0.1:9847/`; of a Unix socket, its path."""
    if listener.family == socket.AF_UNIX:
        return f"unix:{listener.getsockname()}"
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}/" if listener.family == socket.AF_INET6 else f"{scheme}://{host}:{port}/"
