"""The options of the commands that serve: where they listen, and who may come how."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click
from click.core import ParameterSource

from exporter.conventions import DEFAULT_ADDRESS
from exporter.web.access.gate import AccessFiles
from exporter.web.access.hosts import AllowedHosts, is_loopback
from exporter.web.access.prefix import ExternalUrl, route_prefix
from exporter.web.access.settings import WebSettings
from exporter.web.connections import MOST_CONNECTIONS, most_connections
from exporter.web.listening import CannotListen, listen, systemd_sockets

F = TypeVar("F", bound=Callable[..., Any])

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WebOptions:
    """The options as they were given. `listen_given` is whether an address was named, not only the default."""

    addresses: Sequence[str] = (DEFAULT_ADDRESS,)
    listen_given: bool = True
    systemd_socket: bool = False
    config_file: Path | None = None
    access_file: Path | None = None
    allowed_hosts: Sequence[str] = ()
    external: ExternalUrl = field(default_factory=ExternalUrl)
    route_prefix: str | None = None
    lifecycle: bool = False
    connections: int = MOST_CONNECTIONS

    @property
    def most_connections(self) -> int:
        """The connections that may be open at once: as many as are wanted and files may be open."""
        return most_connections(self.connections)

    def listeners(self) -> Sequence[socket.socket]:
        """Return the sockets to serve on: those of systemd, and those of the addresses that were named.

        Raises:
            CannotListen: If an address cannot be listened on, or systemd gave no socket although one is wanted.
        """
        inherited = systemd_sockets(os.environ)
        if self.systemd_socket and not inherited:
            raise CannotListen("--web.systemd-socket: systemd gave no socket; LISTEN_FDS is not set for this process")
        wanted = self.listen_given or not inherited
        return [*inherited, *(listen(address) for address in self.addresses if wanted)]

    def settings(self, listeners: Sequence[socket.socket]) -> WebSettings:
        """Return how the application may be reached, and warn where everybody on a network may reach it.

        Raises:
            CatalogueError: If the file of the web configuration or of the users' rights cannot be used.
        """
        files = AccessFiles(self.config_file, self.access_file)
        if not all(is_loopback(each) for each in listeners):
            if not files.web_config.users:
                _log.warning("everybody who reaches this address reads all KPIs; see docs/security.md for users")
            elif not files.web_config.tls:
                _log.warning("passwords come over the network as they are; see docs/security.md for TLS")
        named = [address.rpartition(":")[0] for address in self.addresses]
        names = [*self.allowed_hosts, *filter(None, [*named, self.external.host])]
        prefix = route_prefix(self.route_prefix, self.external)
        return WebSettings(AllowedHosts.of(listeners, names), self.external, prefix, self.lifecycle, files)


def web_options(function: F) -> F:
    """Add the options to a command; it gets them as one `WebOptions` in `web`."""

    @click.pass_context
    @wraps(function)
    def wrapped(context: click.Context, /, **arguments: Any) -> Any:
        web = WebOptions(
            addresses=arguments.pop("addresses"),
            listen_given=context.get_parameter_source("addresses") is not ParameterSource.DEFAULT,
            systemd_socket=arguments.pop("systemd_socket"),
            config_file=arguments.pop("config_file"),
            access_file=arguments.pop("access_file"),
            allowed_hosts=arguments.pop("allowed_hosts"),
            external=arguments.pop("external"),
            route_prefix=arguments.pop("route_prefix"),
            lifecycle=arguments.pop("lifecycle"),
            connections=arguments.pop("connections"),
        )
        return function(web=web, **arguments)

    command: Any = wrapped
    for option in reversed(_OPTIONS):
        command = option(command)
    return cast("F", command)


def _external(_: click.Context, __: click.Parameter, text: str) -> ExternalUrl:
    try:
        return ExternalUrl.of(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


_OPTIONS: Sequence[Callable[[Any], Any]] = (
    click.option(
        "--listen",
        "addresses",
        multiple=True,
        default=(DEFAULT_ADDRESS,),
        show_default=True,
        help="Address to serve on, host:port; `:port` is every interface. May be repeated.",
    ),
    click.option(
        "--web.systemd-socket",
        "systemd_socket",
        is_flag=True,
        help="Fail unless systemd opened the sockets; they are used without this option too.",
    ),
    click.option(
        "--web.config.file",
        "config_file",
        type=click.Path(path_type=Path),
        help="TLS and users, in the format of Prometheus's exporter-toolkit.",
    ),
    click.option(
        "--web.access.file",
        "access_file",
        type=click.Path(path_type=Path),
        help="What each user may see; without it everything.",
    ),
    click.option(
        "--web.allowed-host",
        "allowed_hosts",
        multiple=True,
        metavar="NAME",
        help="Answer under this name too, such as that of a service or a proxy; `*` is any. May be repeated.",
    ),
    click.option(
        "--web.external-url",
        "external",
        default="",
        callback=_external,
        metavar="URL",
        help="Where browsers reach the exporter, behind a proxy.",
    ),
    click.option(
        "--web.route-prefix",
        "route_prefix",
        metavar="PATH",
        help="Prefix of all paths; the path of --web.external-url if not given. `/` for a proxy that strips it.",
    ),
    click.option(
        "--web.enable-lifecycle",
        "lifecycle",
        is_flag=True,
        help="Let POST /-/reload from other machines do what SIGHUP does.",
    ),
    click.option(
        "--web.max-connections",
        "connections",
        type=click.IntRange(min=1),
        default=MOST_CONNECTIONS,
        show_default=True,
        metavar="NUMBER",
        help="Connections that may be open at once; one more takes the place of the one that waits longest.",
    ),
)
