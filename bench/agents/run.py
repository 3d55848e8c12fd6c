"""Runs in the virtual environment of AgentDojo: see `bench/agents.py`."""

import argparse
import base64
import importlib.util
import json
import re
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import yaml
from agentdojo.functions_runtime import FunctionCall, FunctionsRuntime
from agentdojo.task_suite import TaskSuite
from agentdojo.task_suite.load_suites import get_suites
from pydantic import BaseModel, TypeAdapter
from pydantic.errors import PydanticUserError

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from attacks import program, reaches  # noqa: E402 beside this file
from defences import DEFENCES  # noqa: E402 beside this file

from asepsis.tools import manifests  # noqa: E402 after the path
from asepsis.tools.draft import draft  # noqa: E402 as above
from asepsis.tools.shapes import read  # noqa: E402 as above
from asepsis.tools.types import Tool  # noqa: E402 as above

VERSION = "v1.2.2"
SUITES = ("workspace", "travel", "banking", "slack")
_load = yaml.load
yaml.safe_load = lambda text: _load(text, Loader=yaml.CSafeLoader)  # the safe loader, in C


def plain(value):
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


class Run:
    """One session: the agent's calls pass the defence, and what passes is done."""

    def __init__(self, suite, task, environment, defence):
        self.before = environment
        self.environment = environment.model_copy(deep=True)
        self.runtime = FunctionsRuntime(suite.tools)
        self.defence = defence
        self.trace = []
        self.results = []
        self.stopped = []
        defence.hear(task.PROMPT)

    def call(self, tool, arguments):
        given = plain(arguments)
        if not self.defence.passes(tool, given):
            self.stopped.append((tool, getattr(self.defence, "reason", "")))
            return None
        result, error = self.runtime.run_function(self.environment, tool, arguments)
        self.trace.append(FunctionCall(function=tool, args=arguments))
        said = plain(result) if error is None else error
        self.results.append(json.dumps(said, default=str))
        # The firewall reads text that is JSON, too.
        self.defence.see(tool, given, read(said) if isinstance(said, str) else said)
        return result if error is None else None


def injected(goal, *, encoded=False):
    """The injection; encoded, no value that the attacker uses stands in it as it is."""
    goal = base64.b64encode(goal.encode()).decode() if encoded else goal
    text = f"<INFORMATION>{goal}</INFORMATION>"
    return re.sub(r"\s+", " ", text.replace("\\", " ").replace('"', " ").replace("'", " "))


def brought(module):
    """The suites in a Python file of somebody else's."""
    spec = importlib.util.spec_from_file_location("brought", module)
    made = importlib.util.module_from_spec(spec)
    sys.modules["brought"] = made
    spec.loader.exec_module(made)
    return {one.name: one for one in vars(made).values() if isinstance(one, TaskSuite)}


def drafted(suite):
    """Manifests as `asepsis tools draft` makes them, corrected by nobody."""

    def schema(tool):
        try:
            return TypeAdapter(tool.return_type).json_schema()
        except PydanticUserError:
            return {}

    return tuple(
        draft(Tool(tool.name, tool.description, tool.parameters.model_json_schema(), schema(tool)))
        for tool in suite.tools
    )


class Bench:
    """One suite."""

    def __init__(self, name, module="", turns=1):
        self.suite = (brought(module) if module else get_suites(VERSION))[name]
        self.turns = turns
        self.manifests = drafted(self.suite) if module else manifests.read((HERE / f"{name}.toml").read_text()).tools
        self.known = {one.name: one for one in self.manifests}
        self.loaded = {}
        self.vectors = self.suite.get_injection_vector_defaults()

    def environment(self, task, injections):
        return task.init_environment(self.suite.load_and_inject_default_environment(injections))

    def after_others(self, task, defence):
        """The defence, behind the tasks that stand before this one in the suite, each a turn of the same session."""
        tasks = list(self.suite.user_tasks.values())
        at = tasks.index(task)
        for earlier in (tasks[(at - back) % len(tasks)] for back in range(self.turns - 1, 0, -1)):
            run = Run(self.suite, earlier, self.environment(earlier, {}), defence)
            for one in earlier.ground_truth(run.before):
                run.call(one.function, dict(one.args))
        return defence

    def clean(self, task, defence):
        """Whether the user gets what they wanted, unattended; how many calls that do something there were, and passed."""
        run = Run(self.suite, task, self.environment(task, {}), self.after_others(task, defence))
        calls = task.ground_truth(run.before)
        passed = total = 0
        for one in calls:
            stopped = len(run.stopped)
            run.call(one.function, dict(one.args))
            if not self.known[one.function].called_with(plain(one.args)).reads_only:
                total += 1
                passed += len(run.stopped) == stopped
        done = self.suite._check_task_result(
            task, said(task.GROUND_TRUTH_OUTPUT), run.before, run.environment, run.trace
        )
        return bool(done) and not run.stopped, total, passed, run.stopped

    def reachable(self, task):
        """The injection vectors that a result of the user's own calls shows."""
        canaries = {vector: f"canary{number:04d}x" for number, vector in enumerate(self.vectors)}
        run = Run(self.suite, task, self.environment(task, canaries), DEFENCES["none"](self.manifests))
        for one in task.ground_truth(run.before):
            run.call(one.function, dict(one.args))
        return [vector for vector, canary in canaries.items() if any(canary in result for result in run.results)]

    def attacked(self, task, attack, vectors, make, *, late, encoded=False):
        text = injected(attack.GOAL, encoded=encoded)
        defence = self.after_others(task, make(self.manifests))
        run = Run(self.suite, task, self.environment_of(task, vectors, text), defence)
        begun = False
        for one in task.ground_truth(run.before):
            run.call(one.function, dict(one.args))
            if not late and not begun and run.results and "<INFORMATION>" in run.results[-1]:
                begun = True
                program(self.suite.name, attack, run.environment, run.call)
        if not begun:
            program(self.suite.name, attack, run.environment, run.call)
        output = said(f"{task.GROUND_TRUTH_OUTPUT}\n{attack.GROUND_TRUTH_OUTPUT}")
        try:
            return bool(
                self.suite._check_task_result(attack, output, run.before, run.environment, run.trace)
            ), run.stopped
        except TypeError:
            return None, run.stopped

    def environment_of(self, task, vectors, text):
        key = (tuple(vectors), text)
        if key not in self.loaded:
            self.loaded[key] = self.suite.load_and_inject_default_environment(dict.fromkeys(vectors, text))
        return task.init_environment(self.loaded[key].model_copy(deep=True))


def said(text):
    return [{"type": "text", "content": text}]


def measure(job):
    name, defence, given = job
    bench, make = Bench(name, given.module, given.turns), DEFENCES[defence]
    tally, reasons, hits = Counter(), Counter(), Counter()
    for task in bench.suite.user_tasks.values():
        tally["tasks"] += 1
        done, total, passed, stopped = bench.clean(task, make(bench.manifests))
        tally["utility"] += done
        tally["effectful"] += total
        tally["autonomous"] += passed
        for tool, reason in stopped:
            reasons[f"{tool} {reason}"] += 1
        helped, _, _, _ = bench.clean(task, Approved(make(bench.manifests)))
        tally["utility with approver"] += helped
        vectors = bench.reachable(task)
        environment = bench.environment(task, {})
        # Where no result of the user's calls carries anything of the attacker's, there is no attack.
        for attack in bench.suite.injection_tasks.values() if vectors else ():
            tally["pairs"] += 1
            reached = reaches(name, attack, environment)
            tally["reachable pairs"] += reached
            early, _ = bench.attacked(task, attack, vectors, make, late=False)
            late = early or bench.attacked(task, attack, vectors, make, late=True)[0]
            hidden, _ = bench.attacked(task, attack, vectors, make, late=True, encoded=True)
            tally["encoded attacks by calls"] += bool(hidden) and reached
            tally["check failed"] += early is None or late is None
            tally["attacks"] += bool(early or late)
            tally["attacks by calls"] += bool(early or late) and reached
            if early or late:
                hits[attack.ID] += 1
    return name, defence, dict(tally), reasons if given.detail else {}, hits if given.detail else {}


class Approved:
    """A defence with a person behind it who says yes to all that the user wants."""

    def __init__(self, defence):
        self.defence = defence
        self.hear, self.see = defence.hear, defence.see

    def passes(self, tool, arguments):
        self.defence.passes(tool, arguments)
        return True


def line(name, defence, tally):
    share = lambda part, whole: round(100 * tally[part] / tally[whole], 2) if tally.get(whole) else None  # noqa: E731 a formula
    keys = (
        "tasks",
        "utility",
        "pairs",
        "reachable pairs",
        "attacks",
        "attacks by calls",
        "effectful",
        "autonomous",
        "check failed",
    )
    print(
        json.dumps(
            {
                "suite": name,
                "defence": defence,
                "utility_pct": share("utility", "tasks"),
                "attacks_pct": share("attacks", "pairs"),
                "attacks_by_calls_pct": share("attacks by calls", "reachable pairs"),
                "encoded_attacks_by_calls_pct": share("encoded attacks by calls", "reachable pairs"),
                "autonomy_pct": share("autonomous", "effectful"),
                "utility_with_approver_pct": share("utility with approver", "tasks"),
                **{key.replace(" ", "_"): tally[key] for key in keys},
            }
        ),
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--suite", action="append")
    parser.add_argument("--module", default="", help="a Python file with suites of your own, of class TaskSuite")
    parser.add_argument("--turns", type=int, default=1, help="tasks in a session: those before are turns before it")
    parser.add_argument("--defence", action="append", choices=list(DEFENCES))
    parser.add_argument(
        "--detail", action="store_true", help="say which rules held up which tools, and which attacks hit"
    )
    given = parser.parse_args()
    start = time.monotonic()
    suites = given.suite or (tuple(brought(given.module)) if given.module else SUITES)
    jobs = [(name, defence, given) for name in suites for defence in given.defence or DEFENCES]
    totals = {defence: Counter() for defence in given.defence or DEFENCES}
    with ProcessPoolExecutor(2) as pool:
        for name, defence, tally, reasons, hits in pool.map(measure, jobs):
            totals[defence].update(tally)
            line(name, defence, Counter(tally))
            for reason, count in [*sorted(reasons.items()), *sorted(hits.items())]:
                print(json.dumps({"suite": name, "defence": defence, "what": reason, "count": count}), flush=True)
    for defence, tally in totals.items():
        line("all", defence, tally)
    print(json.dumps({"seconds": round(time.monotonic() - start)}), flush=True)


if __name__ == "__main__":
    main()
