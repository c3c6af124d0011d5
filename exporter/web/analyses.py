"""The addresses of the analyses: query parameters in, the answer or the reason why there is none out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from exporter.analysis.definition import Analysis, Content
from exporter.analysis.parameters import NotFound, Texts
from exporter.analysis.registry import ANALYSES
from exporter.catalogue.reading.problems import CatalogueError
from exporter.web.headers import policy
from exporter.web.interface import Exporter


def routes(exporter: Exporter) -> Sequence[Route]:
    """Return a route for each analysis."""
    return [Route(analysis.path, _endpoint(exporter, analysis)) for analysis in ANALYSES]


def _endpoint(exporter: Exporter, analysis: Analysis[Any, Any]) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        try:
            return _response(exporter.analyses.answer(analysis, _texts(analysis, request)))
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


def _response(content: Content) -> Response:
    if not isinstance(content.body, bytes):
        return StreamingResponse(content.body, media_type=content.media_type)
    headers = {"content-security-policy": policy(content.style_hash)} if content.style_hash else None
    return Response(content.body, media_type=content.media_type, headers=headers)
