"""Serves sample readings on the address given, in a process of its own; reloading is refused from the second time."""

from __future__ import annotations

import logging
import sys

from exporter.catalogue.reading.problems import CatalogueError
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from exporter.web.listening import listen
from exporter.web.server import serve
from tests.support.readings import acme, snapshot
from tests.support.web_server import StandInExporter


class RefusesTwice(StandInExporter):
    def reload(self) -> None:
        self.refusal = CatalogueError([]) if self.reloads else None
        super().reload()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s")
    exporter = RefusesTwice(snapshot(acme()))
    serve(create_app(exporter, Exposition(exporter.snapshot)), [listen(sys.argv[1])], exporter.reload)
