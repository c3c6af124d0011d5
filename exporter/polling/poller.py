"""Polls every source at its time. One job of APScheduler per source, and one thread per poll under way.

APScheduler plans by the time of day, and would wait for an hour once the clock was set back by one: all is planned anew
then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Lock, Thread

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobSubmissionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from exporter.calendar.clock import Clock
from exporter.calendar.schedule import Schedule, first_run, replan, stagger_of
from exporter.polling.dates import Dates
from exporter.polling.polled_source import Key, PolledSource, PollStats
from exporter.polling.source_poller import SourcePoller
from exporter.records.state import SourceState
from exporter.records.store import Store

AT_ONCE = 8
"""Polls under way at the same time; more wait for their turn, and their timeouts begin with it."""

LOOK_EVERY = 1.0
"""Seconds between two looks at the clock. A poll is late by so much at most when the clock is set, or after a sleep."""

BETWEEN_SLICES = 0.5
"""Seconds until a first run goes on, in which other sources come to their turn."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PollPlan:
    """Sources with their schedules, the states that the store has of them, and when each is polled first."""

    sources: Mapping[Key, PolledSource]
    schedules: Mapping[Key, Schedule]
    states: Mapping[Key, SourceState]
    first_runs: Mapping[Key, datetime]


class Poller:
    """Polls each source by its schedule, and closes it when it is dropped. `clock` returns the time in UTC.

    `on_poll` is called after each poll, failed or not, with the company and the source, from the poll's
    thread; `on_set` after the clock was set. All methods may be called from any thread.
    """

    def __init__(
        self,
        store: Store,
        sources: Iterable[PolledSource],
        clock: Callable[[], datetime],
        on_poll: Callable[[str, str], None],
        on_set: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = Clock.of(clock)
        self._on_poll = on_poll
        self._on_set = on_set
        self._pollers: dict[Key, SourcePoller] = {}
        self._schedules: Mapping[Key, Schedule] = {}
        self._restored: set[Key] = set()
        self._changing = Lock()
        self._stopping = Event()
        self._looked = self._clock.mark()
        self._watch = Thread(target=self._look_for_ever, name="clock", daemon=True)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(AT_ONCE)},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        self._scheduler.add_listener(self._skipped, EVENT_JOB_MAX_INSTANCES)
        self.replace(sources)

    def start(self) -> None:
        """Begin to poll; what is due is polled at once."""
        self._scheduler.start()
        self._watch.start()

    def stop(self) -> None:
        """Begin no more polls, drop those under way, bring commits to their end and close the sources."""
        self._stopping.set()
        self.replace(())
        if self._scheduler.running:
            self._watch.join()
            self._scheduler.shutdown(wait=True)

    def replace(self, sources: Iterable[PolledSource]) -> None:
        """Plan to poll these sources, and use the plan; if one cannot be planned, nothing is changed."""
        self.use(self.plan(sources))

    def plan(self, sources: Iterable[PolledSource]) -> PollPlan:
        """Return what `use` needs to poll these sources, and change nothing.

        Raises:
            ValueError: A cron line cannot be read, which it names.
        """
        by_key = {source.key: source for source in sources}
        schedules = {key: source.options.schedule(*key, source.timezone) for key, source in by_key.items()}
        stored = {company: self._store.polls.state(company) for company, _ in by_key}
        states = {(company, name): state for company, of in stored.items() for name, state in of.items()}
        first_runs = {key: self._first_run(key, schedule, states.get(key)) for key, schedule in schedules.items()}
        return PollPlan(by_key, schedules, states, first_runs)

    def use(self, plan: PollPlan) -> None:
        """Poll the sources of a plan from now on. Those that are equal to a present one go on undisturbed.

        Counts go on where a source was changed and not removed.
        """
        with self._changing:
            self._schedules = plan.schedules
            old, self._pollers = self._pollers, {}
            for key, source in plan.sources.items():
                if key in old and old[key].source == source:
                    self._pollers[key] = old.pop(key)
                    continue
                state = plan.states.get(key)
                stats = old[key].stats if key in old else None
                dates = old[key].dates if key in old else Dates(self._store, key, self._clock, state)
                self._pollers[key] = SourcePoller(
                    source, self._store, self._clock, self._on_poll, stats, dates, partial(self._go_on, key)
                )
                if state:
                    self._restored.add(key)
                self._schedule(key, plan)
            for key, source_poller in old.items():
                if key not in plan.sources:
                    self._scheduler.remove_job(str(key))
                source_poller.retire()

    def poll_now(self, company: str, source: str) -> None:
        """Do not wait for the source's next run; its schedule goes on from there."""
        if self._scheduler.get_job(str((company, source))) is not None:
            self._scheduler.modify_job(str((company, source)), next_run_time=self._clock())

    def _go_on(self, key: Key) -> None:
        """Poll a source again as soon as the poll that asks for it has left its job."""
        if self._scheduler.get_job(str(key)) is not None:
            again = self._clock() + timedelta(seconds=BETWEEN_SLICES)
            self._scheduler.modify_job(str(key), next_run_time=again)

    def stats(self) -> Mapping[Key, PollStats]:
        """Return what is counted about each source's polls."""
        with self._changing:
            pollers = [(key, source_poller, self._schedules[key]) for key, source_poller in self._pollers.items()]
        return {
            key: replace(
                source_poller.stats,
                next_run=self._next_run(key),
                overdue=source_poller.dates.overdue(schedule, source_poller.source.options.timeout),
            )
            for key, source_poller, schedule in pollers
        }

    def tried(self) -> bool:
        """Return whether every source was polled at least once, by this process or an earlier one."""
        with self._changing:
            pollers = self._pollers.items()
            return all(key in self._restored or source_poller.stats.polls for key, source_poller in pollers)

    def correct(self) -> None:
        """Bring the dates of polls in the store to the clock as it is set now."""
        with self._changing:
            pollers = list(self._pollers.values())
        for source_poller in pollers:
            source_poller.dates.correct()

    def _schedule(self, key: Key, plan: PollPlan) -> None:
        self._scheduler.add_job(
            self._pollers[key].run,
            trigger=plan.schedules[key],
            id=str(key),
            name="/".join(key),
            replace_existing=True,
            next_run_time=plan.first_runs[key],
        )

    def _first_run(self, key: Key, schedule: Schedule, state: SourceState | None) -> datetime:
        now = self._clock()
        success = state.last_success if state else None
        return first_run(
            schedule,
            now,
            state.last_attempt if state else None,
            success if success and success <= now else None,  # one that is yet to come is none
            stagger_of(schedule, *key),
        )

    def _look_for_ever(self) -> None:
        while not self._stopping.wait(LOOK_EVERY):
            try:
                self._look()
            except Exception:
                _log.exception("the schedules could not be held to the clock")

    def _look(self) -> None:
        """Plan anew if the clock was set since the last look. What is due after a sleep is due now."""
        looked, self._looked = self._looked, self._clock.mark()
        if shift := self._clock.shift(looked):
            _log.warning("the clock was set by %+.1f s; polls are planned anew", shift.total_seconds())
            self.correct()
            self._plan_anew()
            self._on_set()
        self._scheduler.wakeup()

    def _plan_anew(self) -> None:
        with self._changing:
            for key, source_poller in self._pollers.items():
                planned, idle = self._next_run(key), self._clock.passed(source_poller.dates.idle_since)
                if planned is not None:
                    again = replan(self._schedules[key], planned, self._clock(), idle)
                    self._scheduler.modify_job(str(key), next_run_time=again)

    def _next_run(self, key: Key) -> datetime | None:
        job = self._scheduler.get_job(str(key))
        return job.next_run_time if job else None

    def _skipped(self, event: JobSubmissionEvent) -> None:
        with self._changing:
            pollers = list(self._pollers.values())
        for source_poller in pollers:
            if str(source_poller.source.key) == event.job_id:
                source_poller.skip()
