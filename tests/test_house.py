"""The rules of the house that no tool checks."""

import ast
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import msgspec
import pytest

from asepsis.core import errors
from asepsis.core.events import PAYLOADS
from asepsis.testing import published

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "asepsis"
UNIT = ROOT / "tests" / "unit"
REFERENCE = ROOT / "docs" / "reference"

FORBIDDEN = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}

# Alembic runs these, nobody imports them; tests/unit/infra/test_database.py runs all of them.
MIGRATIONS = SOURCE / "infra" / "migrations"

# The number of modules in a fresh process: set at the first measurement, then only lowered.
BUDGETS = {
    "asepsis.core.events": 115,
    "asepsis.cli": 120,
    "asepsis.app": 460,
}

# What a gateway worker never loads: it would cost memory and start time in each of them.
NOT_IN_WORKERS = {"alembic", "jinja2", "opentelemetry", "pydantic", "requests", "sqlalchemy", "starlette", "uvicorn"}

WATCH = """
import os, sys
done = []
def watch(event, arguments):
    if event == "open":
        path, _, flags = arguments
        if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and path != os.devnull:
            done.append(f"open {path}")
    elif event in {"socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir"}:
        done.append(event)
sys.addaudithook(watch)

# Python 3.11 has no audit event for a thread; `threading` takes these names when it is imported.
def watched(start):
    def run(*arguments, **more):
        done.append("thread")
        return start(*arguments, **more)
    return run
import _thread
for name in {"start_new_thread", "start_joinable_thread"} & set(dir(_thread)):
    setattr(_thread, name, watched(getattr(_thread, name)))
"""


def sources():
    return [path for path in sorted(SOURCE.rglob("*.py")) if MIGRATIONS not in path.parents]


def named(path):
    return path.relative_to(ROOT).as_posix()


def module_of(path):
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")


def run(code):
    command = [sys.executable, "-B", "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_each_source_file_has_its_test_and_each_test_its_source():
    wanted = {
        UNIT / path.relative_to(SOURCE).with_name(f"test_{path.name}")
        for path in sources()
        if not path.name.startswith("__")
    }
    # A folder of data, such as rule packs, has a test of its own name.
    data = {path for path in SOURCE.rglob("*") if path.is_dir() and not (path / "__init__.py").exists()}
    wanted_by_data = {UNIT / path.relative_to(SOURCE).with_name(f"test_{path.name}.py") for path in data}
    found = set(UNIT.rglob("test_*.py"))
    assert [named(path) for path in sorted(wanted - found)] == [], "source files without a test file"
    assert [named(path) for path in sorted(found - wanted - wanted_by_data)] == [], "test files without a source file"


def test_each_folder_of_code_says_what_it_offers():
    folders = {path.parent for path in SOURCE.rglob("*.py")}
    for folder in sorted(folders):
        tree = ast.parse((folder / "__init__.py").read_text())
        offered = [
            node.value
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and "__all__" in ast.unparse(node).split(" = ")[0]
        ]
        assert len(offered) == 1, named(folder)
        names = ast.literal_eval(offered[0])
        assert names == sorted(names, key=lambda name: (not name.isupper(), not name[:1].isupper(), name)), named(
            folder
        )


def test_no_name_hides_what_is_inside():
    wrong = [named(path) for path in SOURCE.rglob("*") if path.stem in FORBIDDEN]
    assert wrong == []


def test_core_stands_on_the_standard_library_and_msgspec():
    for path in (SOURCE / "core").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            else:
                continue
            for module in modules:
                top = module.split(".")[0]
                allowed = top in sys.stdlib_module_names or top == "msgspec" or module.startswith("asepsis.core")
                assert allowed, f"{named(path)}:{node.lineno} imports {module}"


def test_each_exception_to_a_rule_is_explained():
    """`# noqa: CODE reason` and `# type: ignore[code]  # reason`; this line itself is text, not a comment."""
    noqa = re.compile(r"#\s*noqa(?P<rest>.*)")
    ignore = re.compile(r"#\s*(?:type|pyright): ?ignore(?P<rest>.*)")
    bare = []
    for path in [*SOURCE.rglob("*.py"), *(ROOT / "bench").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]:
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if (found := noqa.search(line)) and not re.match(r": [A-Z]+\d+(?:, ?[A-Z]+\d+)* \S.{3,}", found["rest"]):
                bare.append(f"{named(path)}:{number}")
            if (found := ignore.search(line)) and not re.match(r"\[[\w, -]+\] +# \S.{3,}", found["rest"]):
                bare.append(f"{named(path)}:{number}")
    assert bare == []


def headings(page):
    text = (REFERENCE / page).read_text()
    return {match[1] for match in re.finditer(r"^#{2,4} `([^`]+)`", text, re.MULTILINE)}


def settings_of(kind, prefix=""):
    for field in msgspec.inspect.type_info(kind).fields:
        yield from paths_of(field.type, f"{prefix}{field.encode_name}")


def paths_of(kind, path):
    kinds = kind.types if isinstance(kind, msgspec.inspect.UnionType) else (kind,)
    for one in kinds:
        if isinstance(one, msgspec.inspect.StructType):
            yield from settings_of(one.cls, f"{path}.")
            return
        item = getattr(one, "item_type", None) or getattr(one, "value_type", None)
        if isinstance(item, msgspec.inspect.StructType):
            yield from settings_of(item.cls, f"{path}[].")
            return
    yield path


def test_each_setting_is_documented():
    from asepsis.app import Settings

    wanted = set(settings_of(Settings))
    assert wanted - headings("settings.md") == set(), "settings without a heading"
    assert headings("settings.md") - wanted == set(), "headings without a setting"


def test_each_kind_of_event_is_documented():
    assert headings("events.md") == set(PAYLOADS)


def nodes():
    for path in sources():
        yield from ast.walk(ast.parse(path.read_text()))


def codes_in_code():
    for node in nodes():
        if isinstance(node, ast.ClassDef):
            yield from (one.value for one in node.body if isinstance(one, ast.Assign) and "code" in names_of(one))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in errors.__all__:
            yield from (keyword.value for keyword in node.keywords if keyword.arg == "code")


def names_of(assignment):
    return {ast.unparse(target) for target in assignment.targets}


def test_each_error_code_is_documented():
    codes = {node.value for node in codes_in_code() if isinstance(node, ast.Constant)}
    words = {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert codes - headings("errors.md") == set(), "codes without a heading"
    assert headings("errors.md") - words == set(), "headings without a code"


def test_published_events_keep_their_shape():
    file = REFERENCE / "events.json"
    stored = msgspec.json.decode(file.read_bytes(), type=published.Shapes)
    assert published.breaks(stored, published.shapes()) == ()
    assert stored == published.shapes(), "something is new: publish it with `make events`"


@pytest.mark.parametrize("module", BUDGETS)
def test_a_process_loads_no_more_modules_than_its_budget(module):
    (count,) = run(f"import sys, {module}; print(len(sys.modules))")
    assert int(count) <= BUDGETS[module]


def test_a_gateway_worker_loads_nothing_of_the_control_plane():
    loaded = run("import sys, asepsis.app; print(*{name.split('.')[0] for name in sys.modules})")
    assert NOT_IN_WORKERS & set(loaded) == set()


def test_importing_writes_nothing_opens_no_connection_and_starts_no_thread():
    modules = [module_of(path) for path in sources() if path.name != "__main__.py"]
    imports = "\n".join(f"import {module}" for module in modules)
    assert run(f"{WATCH}\n{imports}\nprint(*done, sep='\\n')") == []
