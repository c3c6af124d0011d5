"""Billing and the inventory: customers, what they pay for, and their clusters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from exporter.demo.kit.cutoff import Cutoff
from exporter.demo.kit.rows import Row
from exporter.demo.managed_kubernetes.base_plan import ENTERPRISE, FEES, INFRASTRUCTURE_MARGINS, SMALL
from exporter.demo.managed_kubernetes.customers import Cluster, Customer, clusters


def accounts(customers: list[Customer]) -> Iterator[Row]:
    """Export every customer."""
    for customer in customers:
        yield {"id": customer.id, "created": customer.won_at, "price_plan": customer.tier}


def subscription_items(customers: list[Customer]) -> Iterator[Row]:
    """Export what every customer pays for; one item has, on purpose, a code that is no currency."""
    for customer in customers:
        if customer.support:
            yield _item(customer, customer, f"support {customer.tier}", customer.support)
        for cluster in customer.clusters:
            yield _item(customer, cluster, "cluster management", Decimal(FEES[cluster.type]))
            margin = INFRASTRUCTURE_MARGINS.get(cluster.type)
            if margin:
                yield _item(customer, cluster, "infrastructure margin", Decimal(margin))
    first = customers[0]
    yield {**_item(first, first, "migration package", Decimal(900)), "currency": "EUX"}


def inventory(customers: list[Customer], cut: Cutoff) -> Iterator[Row]:
    """Export every cluster; one was taken out of service, on purpose, before it was put into it."""
    yield from cut(
        (
            {
                "tenant": customer.id,
                "cluster_id": cluster.id,
                "flavor": cluster.type,
                "commissioned": cluster.starts,
                "decommissioned": cluster.ends,
            }
            for customer, cluster in clusters(customers)
        ),
        "commissioned",
    )
    yield {
        "tenant": customers[0].id,
        "cluster_id": "k8s-mistyped",
        "flavor": SMALL,
        "commissioned": cut.now,
        "decommissioned": cut.now - timedelta(days=365),
    }


def _item(customer: Customer, asset: Customer | Cluster, product: str, monthly: Decimal) -> Row:
    """Export an item; enterprises are billed by the year."""
    yearly = customer.tier == ENTERPRISE
    return {
        "id": f"si_{asset.id}_{product.split()[0]}",
        "subscription": customer.subscription,
        "customer": customer.id,
        "product": product,
        "cluster": asset.id if isinstance(asset, Cluster) else None,
        "quantity": 1,
        "unit_amount": 12 * monthly if yearly else monthly,
        "currency": "EUR",
        "interval": "year" if yearly else "month",
        "start_date": asset.starts,
        "ended_at": asset.ends,
    }
