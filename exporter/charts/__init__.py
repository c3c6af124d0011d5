"""Charts as SVG: lines over time, sparklines, ticks."""
