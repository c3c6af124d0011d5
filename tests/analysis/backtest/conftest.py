"""Worlds as the tests of the KPIs have them."""

from __future__ import annotations

from tests.kpis.conftest import world

__all__ = ["world"]
