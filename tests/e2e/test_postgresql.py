"""The whole system with its control database on a real PostgreSQL."""

import stat

import openai
import pytest


@pytest.fixture(scope="module")
def system(make_system, postgresql):
    system = make_system()
    secret = system.file.parent / "database.url"
    secret.write_text(postgresql)
    secret.chmod(stat.S_IRUSR | stat.S_IWUSR)
    system.file.write_text(f'database = "file:{secret}"\n' + system.file.read_text())
    system.start()
    yield system
    system.end()


def test_it_comes_up_and_a_switch_reaches_the_workers(system, eventually):
    client = system.openai()
    say = lambda: client.chat.completions.create(  # noqa: E731 it is short
        model="lab-assistant", messages=[{"role": "user", "content": "hi"}]
    )
    assert say().choices[0].message.content == "You wrote: hi"
    done = system.run("kill", "set", "model", "lab-assistant", "--reason", "test", "--config", str(system.file))
    assert done.returncode == 0, done.stderr

    def denied():
        try:
            say()
        except openai.PermissionDeniedError:
            return True
        return False

    assert eventually(5, denied)
    assert eventually(5, lambda: system.events("kill.set"))
    assert not (system.state / "control.db").exists()
    assert "postgresql://" not in system.log
    done = system.run("db", "current", "--config", str(system.file))
    assert done.returncode == 0, done.stderr
    assert "postgresql://" not in (system.state / "snapshot.json").read_text()
