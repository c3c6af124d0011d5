"""Records at random of mail, payments and workspaces, over sixteen months."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

from exporter.records.batch import Row
from tests.measures.book import Book

_FIRST = datetime(2025, 1, 1, tzinfo=UTC)
_DAYS = 480
_CUSTOMERS = 8


def fill_mail(book: Book, seed: int) -> None:
    random = Random(seed)

    def instant() -> datetime:
        return _FIRST + timedelta(minutes=random.randrange(_DAYS * 1440))

    def day() -> date:
        return instant().date()

    def customer() -> int:
        return random.randrange(_CUSTOMERS)

    def money() -> Row:
        return {"amount": random.randrange(500), "customer_id": customer()}

    def lasting(starts: str, ends: str, days: int) -> Row:
        at = instant()
        return {starts: at, ends: random.choice((at + timedelta(days=random.randrange(1, days)), ""))}

    volumes = {(customer(), day()) for _ in range(400)}
    sizes = {(number, n): ("smb", "enterprise")[n] for number in range(_CUSTOMERS) for n in range(2)}
    grown = {number: instant() for number in range(_CUSTOMERS)}
    filled: dict[str, list[Row]] = {
        "mail_volumes": [
            {"customer_id": who, "sent_on": on, "sent": 100, "delivered": random.randrange(101)} for who, on in volumes
        ],
        "queue_samples": [
            {"server_id": n % 3, "sampled_at": instant(), "messages": random.randrange(900)} for n in range(1500)
        ],
        "health_checks": [
            {
                "kind": ("smtp", "server")[n % 2],
                "server_id": n % 7,
                "checked_at": instant(),
                "healthy": random.random() < 0.7,
            }
            for n in range(3000)
        ],
        "campaigns": [
            {"campaign_id": n, "due_at": instant(), "launched": random.choice((True, True, False, ""))}
            for n in range(200)
        ],
        "payments": [
            {**money(), "payment_id": n, "attempted_at": instant(), "succeeded": random.random() < 0.5}
            for n in range(200)
        ],
        "refunds": [{**money(), "refund_id": n, "refunded_at": instant()} for n in range(80)],
        "acquisition_costs": [
            {**money(), "cost_id": n, "spent_on": day(), "segment": random.choice(("starter", "pro", ""))}
            for n in range(200)
        ],
        "customer_sizes": [
            {
                "customer_id": number,
                "size": size,
                "starts_at": grown[number] if n else _FIRST,
                "ends_at": "" if n else grown[number],
            }
            for (number, n), size in sizes.items()
        ],
        "provisioning_jobs": [{"job_id": n, **lasting("requested_at", "ready_at", 3)} for n in range(150)],
        "domains": [{"domain_id": n, "added_at": instant()} for n in range(80)],
        "team_members": [
            {"member_id": n, "customer_id": customer(), **lasting("joined_at", "left_at", 200)} for n in range(80)
        ],
        "feature_uses": [
            {
                "user_id": n % 20,
                "customer_id": customer(),
                "feature": random.choice("abc"),
                "core": random.random() < 0.8,
                "used_on": day(),
            }
            for n in range(400)
        ],
        "roadmap_features": [{"feature_id": n, "milestone": "mvp", "completed_on": day()} for n in range(22)],
    }
    for table, rows in filled.items():
        book.put(table, *rows)
