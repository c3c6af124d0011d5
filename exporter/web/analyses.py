"""The addresses of the analyses: query parameters in, the answer or the reason why there is none out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from exporter.analysis.definition import Analysis, Content
from exporter.analysis.parameters import NotFound, Texts
from exporter.analysis.registry import ANALYSES
from exporter.catalogue.reading.problems import CatalogueError
from exporter.web.headers import policy
from exporter.web.interface import Exporter
from exporter.web.pool import Pool, PooledStream


def routes(exporter: Exporter, pool: Pool) -> Sequence[Route]:
    """Return a route for each analysis; all are computed in one pool."""
    return [Route(each.path, pool.endpoint(_endpoint(exporter, each, pool))) for each in ANALYSES]


def _endpoint(exporter: Exporter, analysis: Analysis[Any, Any], pool: Pool) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        try:
            return _response(exporter.analyses.answer(analysis, _texts(analysis, request)), pool)
        except NotFound as error:
            return PlainTextResponse(f"{error}\n", 404)
        except (ValueError, CatalogueError) as error:
            return PlainTextResponse(f"{error}\n", 400)

    return answer


def _texts(analysis: Analysis[Any, Any], request: Request) -> Texts:
    return {
        each.name: [each.from_query(text) for text in request.query_params.getlist(each.name)]
        for each in analysis.parameters.values()
    }


def _response(content: Content, pool: Pool) -> Response:
    if not isinstance(content.body, bytes):
        return PooledStream(pool, content.body, content.media_type)
    headers = {"content-security-policy": policy(content.style_hash)} if content.style_hash else None
    return Response(content.body, media_type=content.media_type, headers=headers)
