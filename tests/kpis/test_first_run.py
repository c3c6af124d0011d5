"""While a first run goes on, what rests on its source is unknown, and how far it is can be read everywhere."""

from __future__ import annotations

from exporter.kpis.reading import Reason
from exporter.records.batch import Records, Unfinished
from exporter.web.json_view import document
from exporter.web.pages.links import PageLinks
from exporter.web.pages.sources import company_sources
from tests.support.world import MakeWorld, utc

NOW = utc("2026-04-02T12:00")
ROWS = [
    {"incident_id": str(number), "priority": "P1", "triggered_at": f"2026-03-0{number}T10:00:00Z"}
    for number in range(1, 4)
]


def test_no_part_of_a_first_run_is_taken_for_the_whole(world: MakeWorld) -> None:
    acme = world({"incidents": ROWS})
    slice_ = Records("incidents", iter(ROWS[:1]), snapshot=False)
    with acme.store.intake("acme", "books", "UTC", "EUR") as intake:
        intake.take(slice_)
        intake.commit(NOW, {"position": "1"}, Unfinished(0.409, "incidents until 2026-03-02"))
    unknown = acme.read("p1_incidents", NOW).unknown
    assert unknown is not None
    assert unknown.reason is Reason.NOT_POLLED
    text = "40%, incidents until 2026-03-02"
    assert unknown.detail == f"the first run of the source books is not over yet: {text}"
    series = acme.series(NOW)
    labels = '{company="acme",source="books"}'
    assert series[f"kpi_source_first_run_ratio{labels}"] == 0.409
    assert series[f"kpi_source_up{labels}"] == 1
    assert not any(name.startswith(("kpi_p1_incidents{", "kpi_source_last_success")) for name in series)
    reading = acme.take(NOW)
    (source,) = company_sources(reading, {}, [], PageLinks(""), NOW).sources
    assert source.first_run == text
    assert text in str(document([reading]))
    acme.poll(NOW)
    assert acme.read("p1_incidents", NOW).value == 3
    assert acme.series(NOW)[f"kpi_source_first_run_ratio{labels}"] == 1
