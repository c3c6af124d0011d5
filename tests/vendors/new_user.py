"""What a new user does with two keys: `init` and `try`, each as a process, before the exporter is run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.servers.exporter_process import COMMAND
from tests.vendors import company
from tests.vendors.pagerduty import server as pagerduty
from tests.vendors.pagerduty.account import PagerDutyAccount
from tests.vendors.pagerduty.server import PagerDutyServer
from tests.vendors.stripe import server as stripe
from tests.vendors.stripe.account import StripeAccount
from tests.vendors.stripe.server import StripeServer


@dataclass(frozen=True)
class NewUser:
    """Someone in `folder` with a key of Stripe and one of PagerDuty, and nothing else."""

    folder: Path
    billing: StripeAccount
    oncall: PagerDutyAccount
    systems: Sequence[str]
    environ: Mapping[str, str]

    @property
    def catalogue(self) -> Path:
        """The file that `init` writes."""
        return self.folder / "company.yaml"

    def init(self) -> subprocess.CompletedProcess[str]:
        """Write the catalogue; it asks nothing, as there is no terminal."""
        return self._command("init", str(self.folder), "--company", "acme", "--title", "Acme", *self.systems)

    def attempt(self) -> subprocess.CompletedProcess[str]:
        """Try the catalogue as it was written."""
        return self._command("try", str(self.catalogue))

    def _command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **self.environ},
        )


@contextmanager
def new_user(folder: Path, now: datetime) -> Iterator[NewUser]:
    """Serve both vendors, with a company's past until now in them."""
    billing, oncall = company.billing(now), company.oncall(now)
    with StripeServer(billing) as one, PagerDutyServer(oncall) as other:
        systems = ["--system", f"stripe={one.url}", "--system", f"pagerduty={other.url}"]
        keys = {"STRIPE_KEY": stripe.KEY, "PAGERDUTY_KEY": pagerduty.KEY}
        yield NewUser(folder, billing, oncall, systems, keys)
