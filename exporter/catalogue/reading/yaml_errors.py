"""Text that is not YAML: where it stops being so, in words for people, and the line without what may be secret."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from exporter.catalogue.reading.problems import Place, Problem
from exporter.catalogue.reading.secrets import LOGIN

_SECTIONS_SHOWN = ("extends", "company", "title", "currency", "timezone", "launch", "kpis", "measures", "phases")
_SECRET_WORD = re.compile(r"pass|pwd|token|secret|dsn|url|bearer|credential|auth|key|header|value", re.IGNORECASE)
_KEY = re.compile(r"[\s{[,-]*[\w\"'-]+\s*(:\s|:$)")

_SENTENCES = (
    (r"found character '\\t'", "a tab stands where a value or an indentation should; indent with spaces"),
    (r"found character '%'", "a value that begins with % needs quotes"),
    (r"found character '[@`]'", "a value that begins with @ or ` needs quotes"),
    (
        r"undefined alias",
        "a value that begins with * needs quotes; YAML reads it as an alias",
    ),
    (
        r"chomping or indentation|comment or a line break",
        'a text that begins with > or | needs quotes, such as "> 99.9%"',
    ),
    (
        r"mapping values are not allowed",
        "a colon stands where none can; quote texts that have ': ' in them",
    ),
    (r"expected ',' or '\}'", "a { that opens here is not closed by a }, or a comma is missing"),
    (r"expected ',' or '\]'", "a [ that opens here is not closed by a ], or a comma is missing"),
    (r"unexpected end of stream", "a quote that opens here is never closed"),
    (
        r"expected <block end>",
        "this line is not indented like those above it",
    ),
    (r"could not find expected ':'", "a key is not followed by ': ' and a value"),
    (r"single document", "a catalogue is one document; a second one begins here with ---"),
    (r"unknown escape", "a backslash in \"double quotes\" begins an escape; write the text in 'single quotes'"),
    (r"duplicate anchor", "this anchor was given before"),
)


def syntax_problem(file: Path, text: str, error: yaml.YAMLError) -> Problem:
    """Describe a syntax error and its place. PyYAML's own words may repeat a secret, so they are not passed on."""
    lines = text.splitlines() or [""]
    line, column, words = _located(text, error)
    line = min(line, len(lines) - 1)
    sentence = next((sentence for form, sentence in _SENTENCES if re.search(form, words)), "this cannot be read")
    if "\t" in lines[line].removesuffix(lines[line].lstrip()):
        sentence, column = "lines are indented with spaces, not with tabs", lines[line].index("\t")
    visible = _visible(lines, line)
    return Problem(Place(file, line, min(column, len(lines[line])), visible), "", f"is not YAML: {sentence}")


def place_in(text: str, index: int) -> tuple[int, int]:
    """Return the line and column, from 0, of a character of a text."""
    lines = f"{text[:index]}^".splitlines()
    return len(lines) - 1, len(lines[-1]) - 1


def _located(text: str, error: yaml.YAMLError) -> tuple[int, int, str]:
    if isinstance(error, yaml.MarkedYAMLError):
        words = f"{error.problem} {error.context}"
        opening = re.search(r"expected ',' or '[\]}]'|unexpected end of stream", words)
        mark = (error.context_mark if opening else None) or error.problem_mark or error.context_mark
        return (mark.line, mark.column, words) if mark else (0, 0, words)
    position = getattr(error, "position", 0)
    return *place_in(text, position), "an unprintable character"


def _visible(lines: list[str], number: int) -> str:
    """Return the line if its part of the file holds no secrets; else no more of it than its key."""
    line = lines[number]
    tops = [match[1] for each in lines[: number + 1] if (match := re.match(r"[\"']?([^\s:#\"'-][^\s:\"']*)", each))]
    harmless = bool(tops) and tops[-1] in _SECTIONS_SHOWN
    if harmless and not LOGIN.search(line) and not any(_SECRET_WORD.search(key[0]) for key in _KEY.finditer(line)):
        return re.sub(r"(^|\s)#.*", "", line).rstrip()
    key = _KEY.match(line)
    return f"{key[0].rstrip()} ***" if key else "***"
