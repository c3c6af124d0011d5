"""Polls every feed at its time. One job of APScheduler per feed, and one thread per poll under way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobSubmissionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from exporter.polling.feed import Feed, Key, Stats
from exporter.polling.lane import Lane
from exporter.polling.schedule import Schedule, first_run, schedule_of, stagger_of
from exporter.records.state import SourceState
from exporter.records.store import Store

AT_ONCE = 8
"""Polls under way at the same time; more wait for their turn, and their timeouts begin with it."""


class Poller:
    """Takes over the feeds' sources. `clock` tells the time in UTC.

    `on_poll` is called after each poll, failed or not, with the company and the source, from the poll's
    thread. All methods may be called from any thread.
    """

    def __init__(
        self,
        store: Store,
        feeds: Iterable[Feed],
        clock: Callable[[], datetime],
        on_poll: Callable[[str, str], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._on_poll = on_poll
        self._lanes: dict[Key, Lane] = {}
        self._restored: set[Key] = set()
        self._changing = Lock()
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

    def stop(self) -> None:
        """Begin no more polls, drop those under way, bring commits to their end and close the sources."""
        self.replace(())
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def replace(self, feeds: Iterable[Feed]) -> None:
        """Poll these feeds from now on. Those that are equal to a present one go on undisturbed.

        Counts go on where a feed was changed and not removed. `ValueError` names a cron line that cannot be
        read; then nothing was changed.
        """
        given = {feed.key: feed for feed in feeds}
        schedules = {key: schedule_of(feed.options, *key, feed.timezone) for key, feed in given.items()}
        with self._changing:
            old, self._lanes = self._lanes, {}
            states = {company: self._store.state(company) for company in {company for company, _ in given}}
            for key, feed in given.items():
                if key in old and old[key].feed == feed:
                    self._lanes[key] = old.pop(key)
                    continue
                stats = old[key].stats if key in old else None
                self._lanes[key] = Lane(feed, self._store, self._clock, self._on_poll, stats)
                self._schedule(feed, schedules[key], states[feed.company].get(feed.name))
            for key, lane in old.items():
                if key not in given:
                    self._scheduler.remove_job(str(key))
                lane.retire()

    def stats(self) -> Mapping[Key, Stats]:
        """What is counted about each feed's polls."""
        with self._changing:
            lanes = list(self._lanes.items())
        return {key: replace(lane.stats, next_run=self._next_run(key)) for key, lane in lanes}

    def tried(self) -> bool:
        """Whether every feed was polled at least once, by this process or an earlier one."""
        with self._changing:
            return all(key in self._restored or lane.stats.polls for key, lane in self._lanes.items())

    def _schedule(self, feed: Feed, schedule: Schedule, state: SourceState | None) -> None:
        if state:
            self._restored.add(feed.key)
        self._scheduler.add_job(
            self._lanes[feed.key].run,
            trigger=schedule,
            id=str(feed.key),
            name="/".join(feed.key),
            replace_existing=True,
            next_run_time=first_run(
                schedule,
                self._clock(),
                state.last_attempt if state else None,
                state.last_success if state else None,
                stagger_of(schedule, *feed.key),
            ),
        )

    def _next_run(self, key: Key) -> datetime | None:
        job = self._scheduler.get_job(str(key))
        return job.next_run_time if job else None

    def _skipped(self, event: JobSubmissionEvent) -> None:
        with self._changing:
            lanes = list(self._lanes.values())
        for lane in lanes:
            if str(lane.feed.key) == event.job_id:
                lane.skip()
