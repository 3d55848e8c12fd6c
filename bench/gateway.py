"""The gateway and its peers side by side in one run: direct, ours (rules, durable Events), LiteLLM with its content filter.

    make bench-gateway

Each stands before the same upstream and takes the same requests (2.4 KB in, 1.2 KB out; streams of 40 events, 20 ms
apart). CPU is that of the whole process tree, from /proc. Read ratios: the machine is whatever it is. Load comes from
`wrk` (Debian package) on one core, the measured tree is bound to the other. LiteLLM lives in its own virtual
environment, `.venv-bench-litellm`, made here when it is missing.
"""

import asyncio
import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import uvloop

ROOT = Path(__file__).resolve().parent.parent
LITELLM = ROOT / ".venv-bench-litellm"
LITELLM_VERSION = "1.106.2"
UPSTREAM, OURS, PEER = 18090, 18080, 18070
PROMPT = ("The member asked whether the visit is covered and what the copay would be. " * 28)[:2200]
REQUEST = {
    "model": "bench",
    "messages": [{"role": "system", "content": "You help members."}, {"role": "user", "content": PROMPT}],
}
TICK = os.sysconf("SC_CLK_TCK")
SETTLE = 0.5
SECONDS = int(os.environ.get("BENCH_SECONDS", "6"))


def tree(pid: int) -> list[int]:
    kids = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for kid in kids for one in tree(int(kid)))]


def cpu(pid: int) -> float:
    total = 0
    for one in tree(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICK


def resident(pid: int) -> dict[str, float]:
    sizes = {}
    for one in tree(pid):
        with contextlib.suppress(OSError):
            name = Path(f"/proc/{one}/comm").read_text().strip()
            pages = int(Path(f"/proc/{one}/statm").read_text().split()[1])
            sizes[f"{one} {name}"] = round(pages * 4096 / 1e6, 1)
    return sizes


def wait(port: int, seconds: float = 90.0) -> float:
    start = time.perf_counter()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/chat/completions", json.dumps(REQUEST).encode(), {"content-type": "application/json", "authorization": "Bearer sk-bench"})  # fmt: skip
    while time.perf_counter() - start < seconds:
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
            return time.perf_counter() - start
        time.sleep(0.02)
    sys.exit(f"nothing answers on port {port}")


def ready(seconds: float = 30.0) -> None:
    """Waits for the control plane, which starts behind the gateway: its start is no part of a call."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{OURS + 1}/readyz", timeout=5):
            return
        time.sleep(0.05)
    sys.exit("the control plane does not become ready")


def start(*argv: str, core: str = "0", **environment: str) -> subprocess.Popen:
    log = open(os.environ.get("BENCH_LOG", os.devnull), "ab")
    return subprocess.Popen(["taskset", "-c", core, *argv], stdout=log, stderr=log, env={**os.environ, **environment})


def wrk(port: int, connections: int, script: Path, pid: int | None) -> dict:
    before = cpu(pid) if pid else 0.0
    out = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", "-s", str(script), f"http://127.0.0.1:{port}/v1/chat/completions"], capture_output=True, text=True, check=True).stdout  # fmt: skip
    used = cpu(pid) - before if pid else 0.0
    count = int(re.search(r"(\d+) requests in", out)[1])
    times = {name: value for name, value in re.findall(r"(50|99)%\s+([\d.]+\w+)", out)}
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return {
        "connections": connections, "rps": round(count / SECONDS), "p50": times["50"], "p99": times["99"],
        "cpu_us": round(used * 1e6 / count) if pid and count else None, "failed": int(failed[1]) if failed else 0,
    }  # fmt: skip


async def streams(port: int, parallel: int, rounds: int) -> tuple[float, float]:
    """Runs paced streams; returns the medians of the seconds to the first event with text, and to the last byte."""
    body = json.dumps({**REQUEST, "stream": True}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-bench\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    firsts, lasts = [], []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(rounds):
            begun = time.perf_counter()
            writer.write(head.encode() + body)
            data, first = b"", 0.0
            while not data.endswith(b"0\r\n\r\n"):
                data += await reader.read(65_536)
                if not first and b'"content":"the' in data.replace(b": ", b":"):
                    first = time.perf_counter() - begun
            firsts.append(first)
            lasts.append(time.perf_counter() - begun)
            assert b"[DONE]" in data, data[-300:]
        writer.close()

    await asyncio.gather(*(one() for _ in range(parallel)))
    return statistics.median(firsts), statistics.median(lasts)


class Paced(asyncio.Protocol):
    """One connection that has a request due every `gap` seconds and notes how long each answer took from then.

    A request that is due while an answer is outstanding is sent behind it; its waiting counts.
    """

    def __init__(self, data: bytes, gap: float, times: list[float]) -> None:
        self.data, self.gap, self.times = data, gap, times
        self.loop = asyncio.get_running_loop()
        self.due: list[float] = []
        self.got, self.size = b"", 0

    def connection_made(self, transport):
        self.transport = transport

    def begin(self, at: float, until: float) -> None:
        self.loop.call_at(at, self.send, at, until)

    def send(self, at: float, until: float) -> None:
        self.due.append(at)
        if len(self.due) == 1:
            self.transport.write(self.data)
        if at + self.gap < until:
            self.begin(at + self.gap, until)

    def data_received(self, data):
        self.got += data
        while True:
            head, mark, rest = self.got.partition(b"\r\n\r\n")
            size = int(re.search(rb"(?i)content-length: (\d+)", head)[1]) if mark else 0
            if not mark or len(rest) < size:
                return
            self.got = rest[size:]
            self.times.append(self.loop.time() - self.due.pop(0))
            if self.due:
                self.transport.write(self.data)


async def paced(port: int, rate: int) -> dict:
    """Sends `rate` requests a second over 128 connections, whether answers come or not; returns times in milliseconds."""
    body = json.dumps(REQUEST).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-bench\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    loop, many, times = asyncio.get_running_loop(), 128, []
    made = [
        await loop.create_connection(lambda: Paced(head.encode() + body, many / rate, times), "127.0.0.1", port)
        for _ in range(many)
    ]
    start = loop.time() + 0.1
    for number, (_, connection) in enumerate(made):
        connection.begin(start + number / rate, start + SECONDS)
    await asyncio.sleep(SECONDS + 1)
    for transport, _ in made:
        transport.close()
    times.sort()
    return {"rate": rate, "answers": len(times), "p50_ms": round(times[len(times) // 2] * 1e3, 3), "p99_ms": round(times[len(times) * 99 // 100] * 1e3, 3)}  # fmt: skip


def measure(name: str, port: int, pid: int | None, script: Path, started: float) -> dict:
    subprocess.run(["wrk", "-t1", "-c4", "-d1s", "-s", str(script), f"http://127.0.0.1:{port}/v1/chat/completions"], capture_output=True, check=True)  # fmt: skip
    result = {
        "name": name,
        "start_s": round(started, 2),
        "whole": [wrk(port, many, script, pid) for many in (1, 16, 64)],
    }
    time.sleep(SETTLE)  # what follows the log has yet to read the load before
    before = cpu(pid) if pid else 0.0
    first, last = asyncio.run(streams(port, 32 if name == "litellm" else 64, 2))
    time.sleep(SETTLE)
    count = (32 if name == "litellm" else 64) * 2
    result["streams"] = {"first_ms": round(first * 1e3, 1), "last_ms": round(last * 1e3, 1), "cpu_us": round((cpu(pid) - before) * 1e6 / count) if pid else None}  # fmt: skip
    result["resident_mb"] = resident(pid) if pid else {}
    print(json.dumps(result), flush=True)
    return result


def ours(folder: Path) -> subprocess.Popen:
    config = folder / "asepsis.toml"
    config.write_text(
        f'state = "{folder}/state"\n[identity]\nanonymous = "bench"\n[gateway]\nport = {OURS}\n[console]\nport = {OURS + 1}\n'
        f'[[gateway.upstreams]]\nname = "bench"\nbase_url = "http://127.0.0.1:{UPSTREAM}/v1"\n[[policy.applications]]\nname = "bench"\n'
    )
    return start(sys.executable, "-m", "asepsis", "serve", "--config", str(config))


def litellm(folder: Path) -> subprocess.Popen:
    if not (LITELLM / "bin" / "litellm").exists():
        subprocess.run([sys.executable, "-m", "venv", str(LITELLM)], check=True)
        subprocess.run([LITELLM / "bin" / "pip", "install", "-q", f"litellm[proxy]=={LITELLM_VERSION}"], check=True)
    config = folder / "litellm.yaml"
    config.write_text(f"""
model_list:
  - model_name: bench
    litellm_params: {{model: openai/bench, api_base: "http://127.0.0.1:{UPSTREAM}/v1", api_key: sk-x}}
guardrails:
  - guardrail_name: filter
    litellm_params:
      guardrail: litellm_content_filter
      mode: [pre_call, post_call]
      default_on: true
      patterns:
        - {{pattern_type: prebuilt, pattern_name: us_ssn, action: MASK}}
        - {{pattern_type: prebuilt, pattern_name: email, action: MASK}}
        - {{pattern_type: prebuilt, pattern_name: visa, action: MASK}}
""")
    return start(str(LITELLM / "bin" / "litellm"), "--config", str(config), "--port", str(PEER), "--num_workers", "1", "--telemetry", "False", LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY="true", PATH=f"{LITELLM}/bin:{os.environ['PATH']}")  # fmt: skip


def main() -> None:
    if not shutil.which("wrk"):
        sys.exit("the bench needs `wrk` (Debian package wrk)")
    running: list[subprocess.Popen] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = folder / "post.lua"
        script.write_text(f"wrk.method='POST'\nwrk.headers['content-type']='application/json'\nwrk.headers['authorization']='Bearer sk-bench'\nwrk.body={json.dumps(json.dumps(REQUEST))}\n")  # fmt: skip
        try:
            running.append(start(sys.executable, str(ROOT / "bench" / "upstream.py"), str(UPSTREAM), core="1"))
            wait(UPSTREAM)
            direct = measure("direct", UPSTREAM, None, script, 0.0)
            running.append(ours(folder))
            started = wait(OURS)
            ready()
            us = measure("asepsis", OURS, running[-1].pid, script, started)
            half = us["whole"][-1]["rps"] // 2
            half_load = {"direct": uvloop.run(paced(UPSTREAM, half)), "asepsis": uvloop.run(paced(OURS, half))}
            print(json.dumps({"name": "half load", **half_load}), flush=True)
            running.append(litellm(folder))
            started = wait(PEER)
            peer = measure("litellm", PEER, running[-1].pid, script, started)
        finally:
            for process in reversed(running):
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(20)
    ratio = {
        "cpu_per_request": [
            round(b["cpu_us"] / a["cpu_us"], 1) for a, b in zip(us["whole"], peer["whole"], strict=True)
        ],
        "cpu_per_stream": round(peer["streams"]["cpu_us"] / us["streams"]["cpu_us"], 1),
        "added_at_half_load_ms": [
            round(half_load["asepsis"][one] - half_load["direct"][one], 3) for one in ("p50_ms", "p99_ms")
        ],
        "rps_of_direct": [round(a["rps"] / d["rps"], 3) for a, d in zip(us["whole"], direct["whole"], strict=True)],
    }
    print(json.dumps({"name": "ratios: litellm / asepsis", **ratio}))


if __name__ == "__main__":
    main()
