"""The lab as it ships: visitors, sample users, and what the policies beside it say of each."""

import json
import re
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import openai
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lab(make_system):
    """Runs `examples/lab.toml` on other ports, without the server of tools."""
    system = make_system()
    text = (ROOT / "examples" / "lab.toml").read_text()
    text = re.sub(r"\[tools\].*?(?=\[console\])", "", text, flags=re.DOTALL)
    text = text.replace('state = "state"', f'state = "{system.state}"')
    text = text.replace('bundle = "examples', f'bundle = "{ROOT}/examples')
    for port, ours in ((8080, system.gateway), (8081, system.console), (8090, system.lab)):
        text = text.replace(f"{port}", f"{ours}")
    system.file.write_text(text)
    system.start()
    return system


@pytest.fixture
def ask(lab):
    """Asks as a sample user, or as a visitor; returns what was said, or the denial."""

    def make(user, text):
        token = "any"
        if user:
            form = urlencode({"grant_type": "client_credentials", "client_id": user}).encode()
            with urlopen(f"http://127.0.0.1:{lab.lab}/issuer/token", form) as answer:
                token = json.load(answer)["access_token"]
        with openai.OpenAI(base_url=f"http://127.0.0.1:{lab.gateway}/v1", api_key=token, max_retries=0) as client:
            try:
                asked = [{"role": "user", "content": text}]
                return client.chat.completions.create(model="lab-assistant", messages=asked).choices[0].message.content
            except (openai.PermissionDeniedError, openai.AuthenticationError) as denied:
                return denied.body["message"]

    return make


@pytest.mark.parametrize(
    ("user", "text", "says"),
    [
        ("", "Is SSN 123-45-6789 covered?", r"You wrote: Is SSN \[SSN\] covered\?"),
        ("rep", "Member 7122250, SSN 123-45-6789: covered?", r"You wrote: Member 7122250, SSN \[SSN\]: covered\?"),
        ("engineer", "Why does this fail for SSN 123-45-6789?", r"denied .*policy\.default"),
        (
            "rep",
            "The member has HIV. Is PrEP covered?",
            r"denied .*approval [0-9a-f-]{36} is asked for.*limits\.topics",
        ),
        ("", "The member has HIV. Is PrEP covered?", r"denied .*approval .*limits\.topics"),
    ],
)
def test_one_text_is_another_decision_for_another_person(ask, eventually, user, text, says):
    assert eventually(10, lambda: re.match(says, ask(user, text)))
