"""Exports as companies have them: ten files of different programs and countries, each with what is right for it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
from openpyxl import Workbook

GERMAN = """Vertragsnr;Kunde;Tarif;Monatspreis;Währung;Beginn;Ende;Turnus
1001;Müller GmbH;Pro;1.049,00;EUR;01.02.2025;;monatlich
1002;Öko AG;Basis;49,50;EUR;15.03.2025;31.10.2026;monatlich
1003;Bäckerei Süß;Pro;12.490,00;EUR;20.04.2025;;jährlich
"""

FRENCH = """Date;Catégorie;Montant
05/01/2026;Hébergement;1 200,00
06/01/2026;Publicité;300,00
25/01/2026;Loyer;900,50
"""

MONTHS = """Kategorie,2026-01,2026-02,2026-03,2026-04
Hosting,1200.00,1250.50,1190.00,1300.00
Werbung,300.00,400.00,350.00,500.00
Sonstiges,10.00,20.00,30.00,40.00
"""

EPOCH = """id,priority,created,acknowledged,resolved
I1,P1,1767225600,1767225700,1767229200
I2,P3,1767325600,1767325700,1767329200
"""

TEAM = """# Personnel
# exported by HR tool

Équipe;Depuis;Effectif
Support;01.03.2025;2,5
Développement;15.04.2025;6
"""

AMBIGUOUS = """Deal ID,Amount,Created,Won
D1,"1,200",01/02/2026,yes
D2,"3,400",02/05/2026,no
"""


def write(folder: Path) -> None:
    """Write the ten files into a folder."""
    (folder / "Abos.csv").write_bytes(GERMAN.encode("cp1252"))
    (folder / "depenses.csv").write_text(FRENCH, encoding="utf-8-sig")
    (folder / "kosten_2026.csv").write_text(MONTHS, encoding="utf-8")
    (folder / "incidents.csv").write_text(EPOCH, encoding="utf-8")
    (folder / "effectifs.csv").write_text(TEAM, encoding="utf-8")
    (folder / "empty.csv").touch()
    (folder / "weather.csv").write_text(
        "station,temperature,humidity\nBerlin,12.5,80\nParis,14.1,75\n", encoding="utf-8"
    )
    (folder / "tickets.jsonl").write_text(
        "".join(
            json.dumps({"id": n, "created_at": f"2026-10-{n:02d}T08:00:00Z", "solved_at": None, "priority": "high"})
            + "\n"
            for n in range(1, 10)
        ),
        encoding="utf-8",
    )
    duckdb.sql(
        "COPY (SELECT 'p' || range AS payment_id, 'c' || range AS customer, 19.99 AS amount, 'EUR' AS currency, "
        "TIMESTAMPTZ '2026-01-01' + range * INTERVAL 1 DAY AS attempted_at, true AS succeeded FROM range(30)) "
        f"TO '{folder / 'payments.parquet'}'"
    )
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "Kasse"
    sheet.append(["Kontostand 2026"])
    sheet.append([])
    sheet.append(["Datum", "Konto", "Saldo"])
    for month in range(1, 11):
        sheet.append([date(2026, month, 28), "DE12", 50000.25 + month])
    workbook.save(folder / "bank.xlsx")
