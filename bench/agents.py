"""The worst case on AgentDojo: an agent whose model obeys the attacker, in front of each defence, in one run.

    make bench-agents
    make bench-agents SUITE=bench/agents/health.py      (made-up health plans)
    make bench-agents TURNS=3                           (each task behind two others, as turns of one session)
    make bench-agents SUITE=plans.py        (suites of your own: a Python file with objects of AgentDojo's TaskSuite)

AgentDojo 0.1.35, suites v1.2.2, no model. The user's calls are the tasks' own; the attacker's calls are issued from the
first result that carries the injection (again: after the user's last call; one success counts; and once more with the
injection encoded, so that no value of the attacker's stands in what was read). Manifests are those in
`bench/agents/*.toml`, drafted from the tools' schemas alone and never changed for a task; those of your own suites are
drafted as they are and corrected by nobody. Figures with a plan stand apart: rules draft it from the prompt and the
schemas alone (`bench/agents/planning.py`). AgentDojo runs in a virtual
environment of its own, `.venv-bench-agents`, made here when it is missing. One JSON line each.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / ".venv-bench-agents"
WANTED = ("agentdojo==0.1.35", "msgspec==0.22.0")


def main():
    if not (PEER / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
        subprocess.run([PEER / "bin" / "pip", "install", "-q", *WANTED], check=True)
    command = [PEER / "bin" / "python", "-W", "ignore", str(ROOT / "bench" / "agents" / "run.py"), *sys.argv[1:]]
    return subprocess.run(
        command, check=False, env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"}
    ).returncode


sys.exit(main())
