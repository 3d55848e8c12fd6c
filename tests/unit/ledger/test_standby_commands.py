from click.testing import CliRunner

from asepsis.core.errors import Unavailable
from asepsis.ledger.standby_commands import standby_command


def test_it_waits_as_long_as_it_is_told():
    waited = []
    done = CliRunner().invoke(standby_command(waited.append), ["--patience", "9"])
    assert (done.exit_code, waited) == (0, [9.0])
    assert CliRunner().invoke(standby_command(waited.append), ["--patience", "1"]).exit_code == 2


def test_what_goes_wrong_is_told():
    def run(_):
        raise Unavailable("another writer took over", code="ledger_deposed")

    done = CliRunner().invoke(standby_command(run))
    assert (done.exit_code, "another writer took over" in done.output) == (1, True)
