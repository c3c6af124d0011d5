"""Time: windows, business hours, schedules, staleness, durations, instants and clocks."""
