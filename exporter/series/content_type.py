"""The content type of series in OpenMetrics."""

from __future__ import annotations

from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE_OPENMETRICS = f"{CONTENT_TYPE_LATEST}; escaping=underscores"
"""No name here needs escaping, so this holds whatever escaping a client asks for."""
