"""Polls every feed at its time. One job of APScheduler per feed, and one thread per poll under way.

APScheduler plans by the time of day, and would wait for an hour once the clock was set back by one: all is planned anew
then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event, Lock, Thread

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobSubmissionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from exporter.calendar.clock import Clock
from exporter.calendar.schedule import Schedule, first_run, planned_anew, stagger_of
from exporter.polling.dates import Dates
from exporter.polling.polled_source import Key, PolledSource, PollStats
from exporter.polling.source_poller import SourcePoller
from exporter.records.state import SourceState
from exporter.records.store import Store

AT_ONCE = 8
"""Polls under way at the same time; more wait for their turn, and their timeouts begin with it."""

LOOK_EVERY = 0.25
"""Seconds between two looks at the clock. A poll is late by so much at most when the clock is set, or after a sleep."""

_log = logging.getLogger(__name__)


class Poller:
    """Takes over the feeds' sources. `clock` tells the time in UTC.

    `on_poll` is called after each poll, failed or not, with the company and the source, from the poll's
    thread; `on_set` after the clock was set. All methods may be called from any thread.
    """

    def __init__(
        self,
        store: Store,
        feeds: Iterable[PolledSource],
        clock: Callable[[], datetime],
        on_poll: Callable[[str, str], None],
        on_set: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = Clock.of(clock)
        self._on_poll = on_poll
        self._on_set = on_set
        self._lanes: dict[Key, SourcePoller] = {}
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
        self.replace(feeds)

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

    def replace(self, feeds: Iterable[PolledSource]) -> None:
        """Poll these feeds from now on. Those that are equal to a present one go on undisturbed.

        Counts go on where a feed was changed and not removed. `ValueError` names a cron line that cannot be
        read; then nothing was changed.
        """
        given = {feed.key: feed for feed in feeds}
        schedules = {key: feed.options.schedule(*key, feed.timezone) for key, feed in given.items()}
        with self._changing:
            self._schedules = schedules
            old, self._lanes = self._lanes, {}
            states = {company: self._store.state(company) for company in {company for company, _ in given}}
            for key, feed in given.items():
                if key in old and old[key].feed == feed:
                    self._lanes[key] = old.pop(key)
                    continue
                state = states[feed.company].get(feed.name)
                stats = old[key].stats if key in old else None
                dates = old[key].dates if key in old else Dates(self._store, key, self._clock, state)
                self._lanes[key] = SourcePoller(feed, self._store, self._clock, self._on_poll, stats, dates)
                self._schedule(feed, schedules[key], state)
            for key, lane in old.items():
                if key not in given:
                    self._scheduler.remove_job(str(key))
                lane.retire()

    def poll_now(self, company: str, source: str) -> None:
        """Do not wait for the source's next run; its schedule goes on from there."""
        if self._scheduler.get_job(str((company, source))) is not None:
            self._scheduler.modify_job(str((company, source)), next_run_time=self._clock())

    def stats(self) -> Mapping[Key, PollStats]:
        """What is counted about each feed's polls."""
        with self._changing:
            lanes = [(key, lane, self._schedules[key]) for key, lane in self._lanes.items()]
        return {
            key: replace(
                lane.stats,
                next_run=self._next_run(key),
                overdue=lane.dates.overdue(schedule, lane.feed.options.timeout),
            )
            for key, lane, schedule in lanes
        }

    def tried(self) -> bool:
        """Whether every feed was polled at least once, by this process or an earlier one."""
        with self._changing:
            return all(key in self._restored or lane.stats.polls for key, lane in self._lanes.items())

    def correct(self) -> None:
        """Bring the dates of polls in the store to the clock as it is set now."""
        with self._changing:
            lanes = list(self._lanes.values())
        for lane in lanes:
            lane.dates.correct()

    def _schedule(self, feed: PolledSource, schedule: Schedule, state: SourceState | None) -> None:
        if state:
            self._restored.add(feed.key)
        now = self._clock()
        success = state.last_success if state else None
        self._scheduler.add_job(
            self._lanes[feed.key].run,
            trigger=schedule,
            id=str(feed.key),
            name="/".join(feed.key),
            replace_existing=True,
            next_run_time=first_run(
                schedule,
                now,
                state.last_attempt if state else None,
                success if success and success <= now else None,  # one that is yet to come is none
                stagger_of(schedule, *feed.key),
            ),
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
            for key, lane in self._lanes.items():
                planned, idle = self._next_run(key), self._clock.passed(lane.dates.idle_since)
                if planned is not None:
                    again = planned_anew(self._schedules[key], planned, self._clock(), idle)
                    self._scheduler.modify_job(str(key), next_run_time=again)

    def _next_run(self, key: Key) -> datetime | None:
        job = self._scheduler.get_job(str(key))
        return job.next_run_time if job else None

    def _skipped(self, event: JobSubmissionEvent) -> None:
        with self._changing:
            lanes = list(self._lanes.values())
        for lane in lanes:
            if str(lane.feed.key) == event.job_id:
                lane.skip()
