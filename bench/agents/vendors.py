"""Suites of hospitals and health plans whose vendors have little in common; `vendors/*.toml` holds them.

    make bench-agents SUITE=bench/agents/vendors.py

As `health.py`, and besides: arguments may be objects and lists of objects, rows may be nested, and what a tool answers
may be JSON as text, a table in Markdown, CSV, lines, columns and rows, an envelope, a page or a bundle; one tool may
run actions that are named in an argument. Done is what was called with just those arguments.
"""

import csv
import io
import json
import sys
import tomllib
from pathlib import Path
from typing import Any, Literal

from agentdojo.functions_runtime import Depends, Function
from agentdojo.task_suite import TaskSuite
from health import PLACE, Plan, attack, called, task
from pydantic import Field, create_model

KINDS = {"number": float, "integer": int, "flag": bool, "texts": list[str], "free": dict[str, Any]}
SHAPES = dict.fromkeys(("json", "text", "markdown", "csv"), str)
SHAPES |= dict.fromkeys(("untyped", "envelope", "bundle", "page", "grid"), dict)


class Vendor(TaskSuite):
    """One vendor's suite."""

    def __init__(self, path):
        written = tomllib.loads(path.read_text())
        self.rows = written["tables"]
        tools = [tool(one, self.rows, written["confirms"]) for one in written["tools"]]
        super().__init__(path.stem, Plan, tools)
        for number, one in enumerate(written["tasks"]):
            self.register_user_task(task(number, one["says"], called(one["calls"])))
        for number, one in enumerate(written["attacks"]):
            calls = called(one["calls"])
            harm = [call for call in calls if call.function in one["harm"]]
            self.register_injection_task(attack(number, one["goal"], calls, harm))

    def get_injection_vector_defaults(self):
        return dict.fromkeys(PLACE.findall(str(self.rows)), "")

    def load_and_inject_default_environment(self, injections):
        words = {**self.get_injection_vector_defaults(), **injections}
        return Plan(tables=filled(self.rows, words))


def filled(value, words):
    if isinstance(value, dict):
        return {key: filled(one, words) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, words) for one in value]
    return PLACE.sub(lambda found: words[found[1]], value) if isinstance(value, str) else value


def tool(one, tables, confirms):
    def run(plan, **given):
        given = stripped(given)
        plan.done.append((one["name"], given))
        does = one["actions"][given[one["picks"]]] if "actions" in one else one
        if "reads" in does:
            return answered(does, [row for row in plan.tables[does["reads"]] if fits(row, given, does.get("where"))])
        return filled(confirms, {"number": f"{len(plan.done):05d}"})

    return Function(
        name=one["name"], description=one.get("text", ""), parameters=model(one["name"], one["takes"]), run=run,
        full_docstring=one.get("text", ""), dependencies={"plan": Depends(lambda plan: plan)},
        return_type=returned(one, tables, confirms),
    )  # fmt: skip


def model(name, takes):
    fields = {}
    for key, written in takes.items():
        said = {"text": written} if isinstance(written, str) else written
        kind = KINDS.get(said.get("kind"), str)
        if "one_of" in said:
            kind = Literal[tuple(said["one_of"])]
        if "fields" in said:
            kind = model(key, said["fields"])
            kind = list[kind] if said.get("kind") == "objects" else kind
        text = said.get("text") or None
        optional = key.endswith("?")
        fields[key.rstrip("?")] = (
            (kind | None, Field(None, description=text)) if optional else (kind, Field(description=text))
        )
    return create_model(name, **fields)


def returned(one, tables, confirms):
    if "actions" in one:
        return dict
    if "reads" not in one:
        return type(confirms)
    if one.get("gives") in SHAPES:
        return SHAPES[one["gives"]]
    shows = shown(one, tables[one["reads"]][0])
    row = create_model(one["reads"].title(), **{key: (type(value), ...) for key, value in shows.items()})
    return row if one.get("one") else list[row]


def shown(does, row):
    return {key: row[key] for key in does["shows"]} if "shows" in does else row


def fits(row, given, where):
    """Whether a row's fields are what was asked; a field after `~` is looked through for words."""
    for path, field in (where if where is not None else {key: key for key in given}).items():
        wanted = at(given, path)
        if wanted is None:
            continue
        held = str(at(row, field.lstrip("~")))
        if not (str(wanted).lower() in held.lower() if field.startswith("~") else held == str(wanted)):
            return False
    return True


def at(value, path):
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def answered(does, rows):
    rows, gives = [shown(does, row) for row in rows], does.get("gives")
    if not rows and does.get("one"):
        raise ValueError("no such record")
    if gives == "text":
        return "\n".join(does["line"].format(**row) for row in rows)
    if gives == "markdown":
        heads = list(does.get("shows", rows[0] if rows else []))
        lines = [heads, ["---"] * len(heads), *([str(row[head]) for head in heads] for row in rows)]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)
    if gives == "bundle":
        return {"resourceType": "Bundle", "total": len(rows), "entry": [{"resource": row} for row in rows]}
    if gives == "csv":
        return separated([list(rows[0]), *(list(row.values()) for row in rows)] if rows else [])
    if gives == "page":
        return {"data": rows, "links": {"next": None}, "meta": {"count": len(rows)}}
    if gives == "grid":
        heads = list(rows[0]) if rows else []
        return {"columns": heads, "rows": [list(row.values()) for row in rows]}
    found = rows[0] if does.get("one") else rows
    if gives == "envelope":
        return {"Acknowledgement": "AA", "Payload": found}
    return json.dumps({"data": found}) if gives == "json" else found


def separated(lines):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def stripped(value):
    if isinstance(value, dict):
        return {key: stripped(one) for key, one in value.items() if one is not None}
    return [stripped(one) for one in value] if isinstance(value, list) else value


for path in sorted(Path(__file__).with_name("vendors").glob("*.toml")):
    setattr(sys.modules[__name__], path.stem, Vendor(path))
