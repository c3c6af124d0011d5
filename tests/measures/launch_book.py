"""Records of a cloud provider's launch at random, for tests that ask every measure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from exporter.records.batch import Row
from tests.measures.book import Book, item

_FIRST = datetime(2025, 1, 1)  # noqa: DTZ001 - the book's times are those of its company
_DAYS = 480


def fill_launch(book: Book, seed: int) -> None:
    """Rows in every table that only measures of a launch read, over sixteen months."""
    random = Random(seed)

    def instant() -> datetime:
        return _FIRST + timedelta(minutes=random.randrange(_DAYS * 24 * 60))

    def day() -> date:
        return _FIRST.date() + timedelta(days=random.randrange(_DAYS))

    def trial() -> Row:
        started = instant()
        if random.random() < 0.2:
            return {"started_at": started}
        ended = started + timedelta(minutes=random.randrange(14 * 1440))
        return {"started_at": started, "ended_at": ended, "converted": random.random() < 0.4}

    def ticket() -> Row:
        opened = instant()
        return {
            "priority": random.choice(("P1", "P2", "")),
            "opened_at": opened,
            "first_response_at": opened + timedelta(minutes=random.randrange(500)),
            "resolved_at": random.choice((opened + timedelta(hours=random.randrange(99)), "")),
            "contacts": random.choice((1, 2, "")),
        }

    def rental() -> Row:
        starts = instant()
        ends = random.choice((starts + timedelta(days=random.randrange(200)), ""))
        return {"kind": random.choice(("vm", "gpu")), "starts_at": starts, "ends_at": ends}

    def answers(on: date, up_to: str) -> Row:
        requests = random.randrange(1, 99)
        failed = random.randrange(requests)
        return {
            "service": "api",
            "served_on": on,
            "up_to": up_to,
            "requests": requests,
            "failed": failed,
            "seconds": requests * random.randrange(1, 9) / 100,
        }

    days = sorted({day() for _ in range(60)})
    resources = ("vcpu", "ram", "nvme", "gpu_t4", "gpu_4090", "gpu_a100")
    every = [_FIRST + timedelta(hours=20 * place) for place in range(_DAYS * 24 // 20)]
    book.put("trials", *(trial() for _ in range(60)))
    book.put("tickets", *(ticket() for _ in range(60)))
    book.put("assets", *(rental() for _ in range(60)), source="platform")
    book.put("signups", *({"signed_up_at": instant()} for _ in range(60)))
    book.put("articles", *({"published_at": instant()} for _ in range(60)))
    book.put("deployments", *({"deployed_at": instant(), "automated": random.random() < 0.5} for _ in range(60)))
    book.put("api_requests", *(answers(on, up_to) for on in days for up_to in ("0.1", "0.5")))
    book.put("customers", *({"customer_id": each, "tier": "enterprise"} for each in (6, 7, "returns")))
    book.put(
        "subscription_items",
        item("returns", 10, "2025-02-03", "2025-04-05"),
        item("returns", 20, "2025-07-08"),
        source="platform",
    )
    book.put(
        "resource_samples",
        *(
            {"resource": each, "sampled_at": at, "used": random.randrange(100), "capacity": 100}
            for each in resources
            for at in every
        ),
    )
    book.put("data_transfers", *({"region": "a", "transferred_on": on, "bytes": random.randrange(9**9)} for on in days))
    uses = ({"user_id": on.day, "customer_id": on.day % 7, "feature": "api", "used_on": on} for on in days)
    book.put("feature_uses", *uses, source="platform")
    for channel in ("organic", "paid"):
        book.put(
            "web_visits", *({"visited_on": on, "channel": channel, "visitors": random.randrange(99)} for on in days)
        )
        book.put("search_positions", *({"keyword": channel, "searched_on": on, "position": 1 + on.day} for on in days))
