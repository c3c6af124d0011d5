"""Refuse names that docs/glossary.md does not explain, and docstrings that do not begin with a verb.

Run on folders or files: `python scripts/check_words.py exporter/kpis`; on the whole tree without arguments.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("exporter", "tests", "scripts")

PARTICIPLES = {
    "found": "the noun: rows, names, levels, by_source",
    "known": "the noun: companies, kpis, by_name",
    "asked": "request, or the noun",
    "given": "row, options, arguments",
    "kept": "stored, cached, history",
    "shown": "visible, text",
    "told": "reported, recipients",
    "said": "message, text",
    "mended": "adapted",
    "judged": "context, evaluation",
}
"""Participles that stand alone where a noun belongs, with what to write instead."""

METAPHORS = {
    "film": "timeline",
    "course": "threshold_test, assumptions",
    "scene": "phase",
    "sitting": "context",
    "lane": "source_poller",
    "keeper": "writer",
    "keepers": "operating_teams",
    "chance": "rng",
    "drill": "health_alert_test",
    "drills": "company_alert_tests",
    "rivals": "divergence_kpis",
    "addressee": "recipient",
}
"""Metaphors, refused as any part of a name, with the term that the field uses."""

NOT_VERBS = frozenset(
    """
    a all an and any are as at both by each every for from he how if in is it its no none of on one only or such than
    that the their there these this those to two what when where whether which who whose with without
    """.split()  # noqa: SIM905 - a list would take fifty lines
)
"""Words with which the docstring of a function may not begin: the first is the verb that tells what it does."""

Problem = tuple[int, str]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _names(node: ast.AST) -> Iterator[tuple[str, int]]:
    match node:
        case ast.Name(id=name, ctx=ast.Store(), lineno=line):
            yield name, line
        case ast.FunctionDef(name=name, lineno=line) | ast.AsyncFunctionDef(name=name, lineno=line):
            yield name, line
        case ast.ClassDef(name=name, lineno=line):
            yield name, line
        case ast.arg(arg=name, lineno=line):
            yield name, line
        case ast.Attribute(attr=name, ctx=ast.Store(), lineno=line):
            yield name, line
        case _:
            return


def _refused(name: str) -> str | None:
    bare = name.strip("_").lower()
    if bare in PARTICIPLES:
        return PARTICIPLES[bare]
    return next((METAPHORS[part] for part in bare.split("_") if part in METAPHORS), None)


def _is_exempt(function: Function) -> bool:
    """Return whether a docstring may be a noun phrase: of a property, or of a test, whose name is its sentence."""
    return function.name.startswith("test_") or any(
        ast.unparse(decorator).split(".")[-1] in {"property", "cached_property"}
        for decorator in function.decorator_list
    )


def problems(tree: ast.Module) -> Iterator[Problem]:
    """Yield what is wrong in a module, with the line of each.

    Of the names, those that the module defines: variables, parameters, attributes, functions and classes.
    """
    for node in ast.walk(tree):
        for name, line in _names(node):
            if instead := _refused(name):
                yield line, f"`{name}`: write {instead}"
        if isinstance(node, Function) and not _is_exempt(node) and (text := ast.get_docstring(node)):
            first = text.split(maxsplit=1)[0].strip("`,.:;").lower()
            if first in NOT_VERBS:
                yield node.lineno, f"the docstring of `{node.name}` begins with `{first}`: begin with a verb"


def twins(modules: dict[Path, ast.Module]) -> Iterator[str]:
    """Yield each public class name that more than one room of the exporter defines."""
    rooms: dict[str, set[str]] = defaultdict(set)
    for path, tree in modules.items():
        if path.parts[0] == "exporter" and path.parts[1] != "demo":
            for node in tree.body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    rooms[node.name].add(path.parts[1])
    for name, where in sorted(rooms.items()):
        if len(where) > 1:
            yield f"class `{name}` stands in {' and in '.join(sorted(where))}: rename one"


def main(arguments: list[str]) -> int:
    """Print each problem as file:line and return 1 if there is any."""
    files = [
        path
        for start in map(Path, arguments or FOLDERS)
        for path in ([start] if start.is_file() else sorted(start.rglob("*.py")))
    ]
    modules = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}
    lines = [f"{path}:{line}: {text}" for path, tree in modules.items() for line, text in sorted(problems(tree))]
    lines += twins(modules)
    sys.stdout.write("\n".join(lines or ["words: nothing to mend"]) + "\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
