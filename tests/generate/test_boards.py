"""Every generated board: Grafana accepts it, its panels fit, and its links have a target."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from grafana_foundation_sdk.models.playlistv1 import Playlist, PlaylistItem

from exporter import conventions
from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.generate.grafana.board import WALL_TAG
from exporter.generate.grafana.linting import EXCLUSIONS, OF_WALLS
from exporter.generate.registry import generated
from tests.generate.board_lints import LINTS, OF_THE_LINTER
from tests.generate.rules_files import alerts
from tests.support.boards import Board, check_places, of_texts, queries, variables
from tests.support.synthetic_company import write
from tests.support.yaml_text import read_yaml

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def boards(all_texts: Mapping[str, str]) -> Mapping[str, Board]:
    return of_texts(all_texts)


def every_kind(company: str, areas: list[str]) -> set[str]:
    wall = f"grafana/dashboards/{company}/wall.json"
    names = ["overview", "kpi", "health", *(f"area-{area}" for area in areas)]
    return {wall, *(f"grafana/dashboards/{company}/{name}.json" for name in names)}


def test_every_company_has_every_kind_of_board(boards: Mapping[str, Board], companies: list[Company]) -> None:
    for company in companies:
        assert every_kind(company.name, list(company.areas())) <= boards.keys()
        sells = "ltv_cac" in company.kpis or any("movement" in kpi.by for kpi in company.kpis.values())
        assert (f"grafana/dashboards/{company.name}/unit-economics.json" in boards) == sells
    panels = sum(len(board["panels"]) for board in boards.values())
    print(f"\n{len(boards)} boards, {panels} panels")


def lost(original: Any, rewritten: Any, path: str = "") -> Iterator[str]:
    """Yield where the original has something that the rewritten document lacks; additions are format defaults."""
    if isinstance(original, dict) and isinstance(rewritten, dict):
        for key, value in original.items():
            yield from lost(value, rewritten[key], f"{path}.{key}") if key in rewritten else [f"{path}.{key}"]
    elif isinstance(original, list) and isinstance(rewritten, list) and len(original) == len(rewritten):
        for number, (one, other) in enumerate(zip(original, rewritten, strict=True)):
            yield from lost(one, other, f"{path}[{number}]")
    elif original != rewritten:
        yield path


def there_and_back(board: Board) -> Board:
    """Return the board as the SDK reads and writes it."""
    register_default_plugins()
    answer: Board = json.loads(json.dumps(Dashboard.from_json(board), cls=JSONEncoder))
    return answer


def test_the_sdk_of_grafana_understands_all_of_every_board(boards: Mapping[str, Board]) -> None:
    assert [(path, each) for path, board in boards.items() for each in lost(board, there_and_back(board))] == []


@pytest.mark.parametrize("place", ["", "panels/0", "panels/0/options", "panels/0/targets/0", "panels/0/fieldConfig"])
def test_a_key_that_the_sdk_does_not_know_is_lost(boards: Mapping[str, Board], place: str) -> None:
    board = json.loads(json.dumps(boards["grafana/dashboards/acme/health.json"]))
    target = board
    for step in filter(None, place.split("/")):
        target = target[int(step) if step.isdigit() else step]
    target["titel"] = "misspelt"
    assert [path.rpartition(".")[2] for path in lost(board, there_and_back(board))] == ["titel"]


def test_the_sdk_understands_the_playlists(all_texts: Mapping[str, str], boards: Mapping[str, Board]) -> None:
    uids = {board["uid"] for board in boards.values()}
    playlists = [json.loads(text) for path, text in all_texts.items() if path.startswith("grafana/playlists/")]
    assert len(playlists) >= 4
    for each in playlists:
        spec = each["spec"]
        items = [PlaylistItem.from_json(item) for item in spec["items"]]
        understood = Playlist(spec["title"], spec["interval"], items)
        assert json.loads(json.dumps(understood, cls=JSONEncoder)) == spec
        assert {item["value"] for item in spec["items"]} <= uids
        assert re.fullmatch(r"[a-z0-9-]{1,63}", each["metadata"]["name"])


def test_no_panels_overlap_or_leave_the_grid(boards: Mapping[str, Board]) -> None:
    for path, board in boards.items():
        check_places(path, board)


def test_ids_are_unique_and_those_grafana_takes(boards: Mapping[str, Board]) -> None:
    uids = [board["uid"] for board in boards.values()]
    assert len(set(uids)) == len(uids)
    for board in boards.values():
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids)
        assert all(0 < id_ < 2**31 for id_ in ids)
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", board["uid"])
        assert (board.get("id"), board.get("version"), board["schemaVersion"]) == (None, None, 42)


def test_ids_stay_when_the_catalogue_gets_another_kpi(tmp_path: Path) -> None:
    """Keep links and bookmarks valid."""
    before = {"churn": {"unit": "ratio"}, "uptime": {"unit": "ratio"}}
    one, other = (
        of_texts(generated([load(write(tmp_path, "acme", kpis))]))
        for kpis in (before, {"arr": {"unit": "EUR"}, **before})
    )
    for path, board in one.items():
        assert other[path]["uid"] == board["uid"]
        assert {panel["id"] for panel in board["panels"]} <= {panel["id"] for panel in other[path]["panels"]}


def test_names_that_are_too_long_for_a_uid_stay_apart(tmp_path: Path) -> None:
    areas = [f"the_costs_of_infrastructure_in_region_{number}" for number in range(3)]
    kpis = {f"kpi_{number}": {"unit": "count", "area": area} for number, area in enumerate(areas)}
    uids = [board["uid"] for board in of_texts(generated([load(write(tmp_path, "acme", kpis))])).values()]
    assert len(uids) == len(set(uids))
    assert max(map(len, uids)) <= 40


@pytest.mark.parametrize("lint", LINTS)
def test_boards_pass_the_lint_or_say_why_not(
    all_texts: Mapping[str, str], boards: Mapping[str, Board], lint: str
) -> None:
    if lint in EXCLUSIONS:
        return
    checked = {path: board for path, board in boards.items() if lint not in OF_WALLS or WALL_TAG not in board["tags"]}
    assert [(path, each) for path, board in checked.items() for each in LINTS[lint](board)] == []


def test_every_exclusion_is_one_of_a_rule_that_would_find_something(
    all_texts: Mapping[str, str], boards: Mapping[str, Board]
) -> None:
    files = [read_yaml(text) for path, text in all_texts.items() if path.endswith("/.lint")]
    assert len(files) >= 4
    for file in files:
        assert {rule: each["reason"] for rule, each in file["exclusions"].items()} == {**EXCLUSIONS, **OF_WALLS}
        walls = {entry["dashboard"] for rule in OF_WALLS for entry in file["exclusions"][rule]["entries"]}
        assert walls <= {board["title"] for board in boards.values() if WALL_TAG in board["tags"]}
    assert EXCLUSIONS.keys() <= LINTS.keys() | OF_THE_LINTER
    for rule in {*EXCLUSIONS, *OF_WALLS} & LINTS.keys() - {"panel-units-rule"}:
        assert any(any(LINTS[rule](board)) for board in boards.values()), f"{rule} need not be left out"


def test_links_lead_to_boards_panels_and_kpis(boards: Mapping[str, Board], companies: list[Company]) -> None:
    by_uid = {board["uid"]: board for board in boards.values()}
    kpis = {company.name: set(company.kpis) for company in companies}
    followed = 0
    for board in boards.values():
        assert [(each["type"], each["includeVars"], each["keepTime"]) for each in board["links"]] == [
            ("dashboards", True, True)
        ]
        assert set(board["links"][0]["tags"]) < set(board["tags"])
        for url in set(re.findall(r'"url": "(/d/[^"]*)"', json.dumps(board))):
            uid, _, query = url.removeprefix("/d/").partition("?")
            assert uid in by_uid
            followed += 1
            if kpi := re.match(r"var-kpi=(\w+)", query):
                assert kpi[1] in kpis[by_uid[uid]["tags"][1]]
    print(f"\n{followed} links")
    assert followed > 500


def test_every_alert_leads_to_its_kpi_or_to_what_it_is_about(
    all_texts: Mapping[str, str], boards: Mapping[str, Board]
) -> None:
    by_uid = {board["uid"]: board for board in boards.values()}
    files = [text for path, text in all_texts.items() if path.endswith(".rules.yml")]
    for alert in (alert for file in files for alert in alerts(file)):
        link = urlsplit(alert["annotations"]["dashboard_url"])
        board, chosen = by_uid[link.path.removeprefix("/d/")], parse_qs(link.query)
        if "kpi" in alert["labels"]:
            assert chosen == {"var-kpi": [alert["labels"]["kpi"]]}
            assert alert["labels"]["kpi"] in variables(board)["kpi"]
        else:
            (panel,) = (each for each in board["panels"] if [str(each["id"])] == chosen["viewPanel"])
            named = re.findall(r"\b(kpi_\w+|up)(?=\{)", alert["expr"]) or ["ALERTS"]
            assert named[0] in panel["targets"][0]["expr"], alert["alert"]


def test_the_chosen_kpi_can_be_every_kpi_and_names_its_own_series_only(
    boards: Mapping[str, Board], companies: list[Company]
) -> None:
    """Refuse an id that matches another one's series, such as `mrr` for `mrr_growth`."""
    for company in companies:
        board = boards[f"grafana/dashboards/{company.name}/kpi.json"]
        series = {
            kpi.metric(dimension): (kpi.id, dimension) for kpi in company.kpis.values() for dimension in (None, *kpi.by)
        }
        chosen = {query.chosen for query in queries(board)}
        assert chosen - {""} == set(company.kpis)
        for query in queries(board):
            for pattern in set(re.findall(r'__name__=~"([^"]*)"', query.expression)):
                named = {series[name] for name in series if re.fullmatch(pattern, name)}
                kpi = company.kpis[query.chosen]
                wanted = {(kpi.id, dimension) for dimension in kpi.by} if "_by_" in pattern else {(kpi.id, None)}
                assert named == wanted, (query.chosen, pattern)


def test_a_kpi_is_chosen_by_its_title_whatever_signs_are_in_it(boards: Mapping[str, Board]) -> None:
    """Split the list as Grafana does: at commas without a backslash, and at a colon between spaces."""
    for board in boards.values():
        for variable in board["templating"]["list"]:
            if variable["type"] == "custom":
                parts = re.findall(r"(?:\\,|[^,])+", variable["query"])
                read = [re.fullmatch(r"\s*(.+)\s:\s(.+)", part.replace("\\,", ",")) for part in parts]
                options = [(option["text"], option["value"]) for option in variable["options"]]
                assert [match and (match[1], match[2].strip()) for match in read] == options


UNITS = {
    "uptime": "percentunit",
    "arpc": "currency:€",
    "cash": "currency:¥",
    "resolution": "s",
    "runway": "suffix:months",
    "deployments": "suffix:per month",
    "nps": "none",
    "disk": "decbytes",
}


@pytest.mark.parametrize(("kpi", "unit"), UNITS.items())
def test_units(boards: Mapping[str, Board], acme: Company, kpi: str, unit: str) -> None:
    """Check the unit on the KPI's own panels, and on the board with a chosen KPI, where the line's name has it."""
    for name in ("wall", f"area-{acme.kpis[kpi].area}"):
        panels = {
            panel["id"]: panel
            for path, board in boards.items()
            if path.startswith(f"grafana/dashboards/acme/{name}")
            for panel in board["panels"]
        }
        assert panels[conventions.panel_id(kpi)]["fieldConfig"]["defaults"]["unit"] == unit
    in_tables = {
        rule["properties"][1]["value"]
        for panel in boards["grafana/dashboards/acme/overview.json"]["panels"]
        if re.search(rf'"(?:[^"]*\|)?{kpi}(?:\|[^"]*)?"', panel["targets"][0]["expr"])
        for rule in panel["fieldConfig"]["overrides"]
        if rule["matcher"]["options"] == "Value"
    }
    assert in_tables == {unit}
    detail = {panel["title"]: panel for panel in boards["grafana/dashboards/acme/kpi.json"]["panels"]}
    text = acme.kpis[kpi].unit.text
    line_names = {
        "Value": text,
        "Over time": f"value     ({text})",
        "Parts": f"all ({text})",
        "Inputs": f"measures only: the value ({text})",
    }
    for title, name in line_names.items():
        units_ = [
            rule["properties"][0]["value"]
            for rule in detail[title]["fieldConfig"]["overrides"]
            if rule["properties"][0]["id"] == "unit" and re.search(rule["matcher"]["options"].strip("/"), name)
        ]
        assert units_ == ([] if unit == "none" else [unit]), title
