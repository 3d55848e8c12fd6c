"""Faults in files of manifests are told with their line and what would be right."""

import pytest

from asepsis.core.errors import ConfigError
from asepsis.tools.manifests import read

HEAD = 'server = "rx"\n\n[[tools]]\nname = "a"\ndigest = ""\neffects = ["read"]\n\n[[tools]]\nname = "b"\ndigest = ""\n'
EFFECTS = "`read`, `write`, `egress`, `irreversible`, `determination`, `memory`"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f'{HEAD}effects = ["read", "egres"]\n',
            f"rx.toml:11: expected one of {EFFECTS}, got `egres` in `tools[1].effects[1]`",
        ),
        (
            f'{HEAD}effect = ["read"]\neffects = []\n',
            "rx.toml:11: there is no `effect`; the nearest name is `effects` in `tools[1]`",
        ),
        (
            f'{HEAD}effects = []\narguments = [\n  {{ path = "q", rule = "query" }},\n]\n',
            "rx.toml:12: there is no `rule`; the nearest name is `role` in `tools[1].arguments[0]`",
        ),
        (HEAD, "rx.toml:8: object missing required field `effects` in `tools[1]`"),
        ('sevrer = "a"\n', "rx.toml:1: there is no `sevrer`; the nearest name is `server`"),
        (f"{HEAD}effects = [\n", "rx.toml:11: expected TOML: invalid value"),
        ('server = "rx"\n[[tools]\n', "rx.toml:2: expected TOML: expected ']]' at the end of an array declaration"),
        (HEAD + "effects = []\n" + HEAD.partition("\n")[2] + "effects = []\n", "rx.toml: expected each tool once"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text, said):
    with pytest.raises(ConfigError) as caught:
        read(text, place="rx.toml")
    assert str(caught.value) == said
