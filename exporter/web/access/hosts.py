"""The names under which the exporter answers: a page whose name was bound to this machine must not read it.

A browser sends the name in the address of the page as `Host`. In an attack by DNS rebinding that is the name of the
other site, although the connection comes here.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

ANY = "*"
"""Allows every name, for those who have another defence."""

_HOST = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<name>[^\s:/@\[\]]+))(?::\d{0,5})?")
_Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class AllowedHosts:
    """Loopback, the addresses that are listened on, and `names`.

    `every_address` allows each IP address: of an exporter that listens on all, behind whatever network. An attacker
    can rebind a name, but not an address.
    """

    names: frozenset[str] = frozenset()
    addresses: frozenset[_Address] = frozenset()
    every_address: bool = False

    @classmethod
    def of(cls, listeners: Iterable[socket.socket], names: Sequence[str] = ()) -> AllowedHosts:
        """Return what follows from the listening sockets, and from names such as `kpi.example.com` or `*`."""
        inet = [each for each in listeners if each.family in (socket.AF_INET, socket.AF_INET6)]
        addresses = frozenset(ip for each in inet if (ip := _address(each.getsockname()[0])) is not None)
        return cls(
            frozenset(host_name(name) or name for name in names),
            addresses,
            any(address.is_unspecified for address in addresses),
        )

    def allows(self, host: str) -> bool:
        """Return whether the exporter answers to this Host header, of which the port says nothing."""
        if ANY in self.names:
            return True
        name = host_name(host)
        if name is None:
            return False
        if name == "localhost" or name in self.names:
            return True
        address = _address(name)
        return address is not None and (self.every_address or address.is_loopback or address in self.addresses)


def host_name(host: str) -> str | None:
    """Return the name or address in a Host header, in lower case and without port and brackets; None for neither."""
    match = _HOST.fullmatch(host)
    return (match["six"] or match["name"]).lower().rstrip(".") if match else None


def is_loopback(listener: socket.socket) -> bool:
    """Return whether only this machine reaches a listening socket."""
    if listener.family not in (socket.AF_INET, socket.AF_INET6):
        return True
    return is_loopback_host(listener.getsockname()[0])


def is_loopback_host(host: str) -> bool:
    """Return whether an address, or the name `localhost`, is that of this machine."""
    address = _address(host.strip("[]"))
    return host == "localhost" if address is None else address.is_loopback


def _address(text: str) -> _Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped
