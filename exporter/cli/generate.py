"""`kpi-exporter generate`: write what follows from the catalogues, or check whether it is in step with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from exporter.catalogue.loading import load_all, shipped, shipped_file
from exporter.generate.kubernetes import Cluster, manifests
from exporter.generate.mimir import namespaces
from exporter.generate.options import OLDEST, GenerateOptions, Version, parse_version
from exporter.generate.tree import apply, differences

FILES, PROMETHEUS_RULE, MIMIR, GRAFANA_ALERTING = "files", "prometheus-rule", "mimir", "grafana-alerting"


@click.command("generate")
@click.argument("files", nargs=-1, metavar="[COMPANY_FILE]...", type=click.Path(path_type=Path))
@click.option("--out", "folder", default=".", type=click.Path(path_type=Path), help="Folder to write to.")
@click.option("--check", is_flag=True, help="Write nothing; show what differs, and exit with 1 if anything does.")
@click.option(
    "--format",
    "form",
    default=FILES,
    show_default=True,
    type=click.Choice([FILES, PROMETHEUS_RULE, MIMIR, GRAFANA_ALERTING]),
    help="Files for servers of your own, manifests in kubernetes/ for the Prometheus operator, rules in mimir/, or "
    "in grafana-alerting/ rules, contact points and policies that Grafana provisions.",
)
@click.option("--namespace", help="Where the manifests go; without it, the namespace they are applied to.")
@click.option(
    "--label", "labels", multiple=True, metavar="KEY=VALUE", help="A label of the manifests. May be repeated."
)
@click.option("--datasource", metavar="UID", help="Grafana's uid of the Prometheus; `prometheus` unless given.")
@click.option(
    "--prometheus-version",
    "version",
    default=str(OLDEST),
    show_default=True,
    callback=lambda _context, _parameter, text: _version(text),
    help="The oldest Prometheus that is to take the rules, such as 2.42 or 3.x.",
)
def command(
    files: tuple[Path, ...],
    folder: Path,
    check: bool,
    form: str,
    namespace: str | None,
    labels: tuple[str, ...],
    datasource: str | None,
    version: Version,
) -> None:
    """Write rules, their tests, runbooks, boards and the catalogue's JSON Schema.

    They are made from each COMPANY_FILE, or from the catalogues that ship. Files in rules/ and grafana/ that an
    earlier run wrote and that are no longer generated are removed; with another --format, those in its own folder.
    Secrets of sources are not needed.
    """
    # Twenty generators, which no other command needs.
    from exporter.generate.grafana.provisioning import DATASOURCE
    from exporter.generate.grafana_alerting.files import provisioning
    from exporter.generate.registry import generated

    companies = load_all(files or [shipped_file(name) for name in shipped()], not_set=[])
    try:
        wanted = generated(list(companies.values()), GenerateOptions(version))
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if form == PROMETHEUS_RULE:
        wanted = _manifests(wanted, namespace, labels)
    elif namespace is not None or labels:
        raise click.UsageError(f"--namespace and --label are of manifests; add --format {PROMETHEUS_RULE}")
    elif datasource is not None and form != GRAFANA_ALERTING:
        raise click.UsageError(f"--datasource is of Grafana's rules; add --format {GRAFANA_ALERTING}")
    elif form == MIMIR:
        wanted = namespaces(wanted)
    elif form == GRAFANA_ALERTING:
        wanted = provisioning(list(companies.values()), datasource or DATASOURCE)
    changes = list(differences(folder, wanted))
    for difference in changes:
        if check:
            click.echo(difference.diff(), nl=False)
        else:
            apply(folder, difference)
            click.echo(f"{'removed' if difference.wanted is None else 'wrote'} {difference.path}")
    if check and changes:
        click.echo("The generated files are not in step with the catalogues; run: kpi-exporter generate", err=True)
        raise SystemExit(1)


def _version(text: str) -> Version:
    try:
        return parse_version(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _manifests(wanted: Mapping[str, str], namespace: str | None, labels: Sequence[str]) -> Mapping[str, str]:
    """Return the generated files as manifests."""
    try:
        return manifests(wanted, Cluster(namespace, dict(_label(text) for text in labels)))
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is not a label; write KEY=VALUE, such as release=prometheus")
    return key, value
