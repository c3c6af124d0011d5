"""What `kpi-exporter check` says about catalogues that cannot be used: the whole text, as its user reads it.

Each `malformed/NAME.yaml` has what it must say in `NAME.txt`. After a change of words, in that folder:
`kpi-exporter check NAME.yaml 2> NAME.txt`, and read what it says.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from exporter.catalogue.loading import load_all
from exporter.catalogue.reading.problems import CatalogueError
from exporter.cli import main

MALFORMED = Path(__file__).parent / "malformed"
NEEDED_TO_RUN = ["env_missing.yaml", "file_missing.yaml"]
"""What lacks a variable or a file is a mistake for `run` alone."""
FILES = sorted({path.name for path in MALFORMED.glob("*.yaml")} - {*NEEDED_TO_RUN})


@pytest.mark.parametrize("file", FILES)
def test_every_mistake_is_told_with_its_place_and_what_to_write(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(MALFORMED)
    monkeypatch.setattr(sys, "argv", ["kpi-exporter", "check", file])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == (MALFORMED / file).with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", NEEDED_TO_RUN)
def test_what_only_run_needs_is_told_in_the_same_way(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(MALFORMED)
    with pytest.raises(CatalogueError) as refused:
        load_all([Path(file)])
    assert f"{refused.value}\n" == (MALFORMED / file).with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.process
@pytest.mark.parametrize("file", ["five_mistakes.yaml", "not_utf8.yaml", "yaml_tab.yaml"])
def test_the_installed_command_ends_with_exit_code_2_and_no_traceback(file: str) -> None:
    command = [str(Path(sys.executable).with_name("kpi-exporter")), "check", file]
    ended = subprocess.run(command, cwd=MALFORMED, capture_output=True, encoding="utf-8", check=False)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr == (MALFORMED / file).with_suffix(".txt").read_text(encoding="utf-8")


def test_the_mistakes_of_several_files_are_told_together_and_a_good_one_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "good.yaml").write_text("extends: managed-kubernetes\ncompany: good\n")
    (tmp_path / "again.yaml").write_text("extends: good.yaml\n")
    (tmp_path / "bad.yaml").write_text("extends: managed-kubernetes\ncurrency: EUX\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["kpi-exporter", "check", "good.yaml", "bad.yaml", "none.yaml", "again.yaml"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    first_lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith(("good", "bad", "n", "a"))]
    assert first_lines == [
        "again.yaml:1:1: company: good is given by two files; each company has one",
        "bad.yaml:2:11: currency: 'EUX' is not an ISO 4217 currency code, such as EUR",
        "none.yaml:1:1: cannot read the file: No such file or directory",
    ]


@pytest.mark.parametrize(
    ("written", "caret_under"),
    [
        ("'mrr * nonesuch'", "nonesuch"),
        ("mrr   *   nonesuch", "nonesuch"),
        ('"mrr * (1 - nonesuch)"', "nonesuch"),
        ("'headcount[\"L''équipe\"] * nonesuch'", "nonesuch"),
        ('"headcount[\\"B\\u00fcro\\"] * nonesuch"', "nonesuch"),
        ("&formula mrr * nonesuch", "nonesuch"),
        ("!!str mrr * nonesuch", "nonesuch"),
        (">-\n      mrr\n      * nonesuch", "nonesuch"),
        ("|\n      mrr *\n\n      nonesuch", "nonesuch"),
        ("mrr *\n      2 * nonesuch", "nonesuch"),
        ('"mrr * \\\n      nonesuch"', "nonesuch"),
        ("(mrr + 0 * mrr) - logo_churn", "- logo_churn"),
    ],
)
def test_the_caret_stands_under_the_word_that_is_wrong(
    written: str, caret_under: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.yaml").write_text(f"extends: managed-kubernetes\nkpis:\n  arr:\n    formula: {written}\n")
    monkeypatch.setattr(sys, "argv", ["kpi-exporter", "check", str(tmp_path / "c.yaml")])
    with pytest.raises(SystemExit):
        main()
    message, line, caret = capsys.readouterr().err.splitlines()[:3]
    assert "kpis.arr.formula: " in message
    assert line[caret.index("^") :].startswith(caret_under)


@pytest.mark.process
def test_a_good_catalogue_ends_with_exit_code_0() -> None:
    command = [str(Path(sys.executable).with_name("kpi-exporter")), "check", "managed-kubernetes.yaml"]
    folder = Path(__file__).parents[2] / "exporter" / "catalogues"
    ended = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "managed-kubernetes: 49 KPIs, 0 sources, no mistakes\n"
