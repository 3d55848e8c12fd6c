from asepsis.tools.live import Live, nobody_elevated
from asepsis.tools.members import Members


def test_nobody_is_elevated_and_nothing_is_counted_where_nothing_says_so():
    live = Live(None, None, None, lambda tenant, names: "", Members(None))
    assert (live.budgets, live.directives, live.elevations("local", ["ann"], 0)) == (None, None, ())
    assert nobody_elevated("local", (), 1) == ()
