"""What is said to whoever does not get a call made: the rule that closed it, and what would open it, if anything does.

It is for the model to go on by and for a person to act on, so it names settings and pages, and never what was said.
"""

from collections.abc import Sequence
from typing import Final

__all__ = ["denied", "nobody", "reached", "refused", "unanswered", "unseen", "waiting"]

_ASK: Final = "ask:"
_UNMADE: Final = {
    "tools.overtaken": "for the user said more while it waited, or a switch was thrown; make it again if it is wanted",
    "tools.unlisted": "for its server began anew; make it again",
}
_UNREACHED: Final = frozenset({"upstream.connect", "upstream.timeout", "upstream.tls"})


def refused(reason: str, rule: str, more: str = "", /) -> str:
    """Returns the refusal in a line; the rule is named once, `more` is what there is to do."""
    named = "" if not rule or f"({rule})" in reason else f" (rule {rule})"
    return f"asepsis refused this call: {reason}{named}{more}"


def unseen(why: str, /) -> tuple[str, str]:
    """Returns the reason and the rule against a call of what agents do not see."""
    match why:
        case "unknown":
            return "there is no such tool", "tools.unknown"
        case "down":
            return "the tool's server does not answer; the page `/tools` says why", "tools.down"
        case "gone":
            return "the tool's server offers it no longer", "tools.gone"
        case _:
            said = "the page `/tools` and `asepsis tools check` say why, `asepsis tools pin` confirms it"
            return f"the tool is kept from agents until somebody has confirmed it ({why}); {said}", "tools.kept"


def reached(code: str, /) -> bool:
    """Whether a call that failed by that rule may have reached its server."""
    return code not in _UNMADE and code not in _UNREACHED


def unanswered(code: str, /, *, came: bool) -> str:
    """Returns in a line why there is no result of a call that was let through; `came` is whether the server gave one.

    Whoever would make the call again has to know whether it may have been made.
    """
    if came:
        said = "the call was made, and its result is kept back"
    elif code in _UNMADE:
        said = f"the call was not made, {_UNMADE[code]}"
    elif code in _UNREACHED:
        said = "the call was not made, for its server can't be reached"
    else:
        said = "the server gave none, and may have done what the call asks for all the same"
    return f"asepsis has no result of this call: {said} (rule {code})"


def waiting(case: str, duties: Sequence[str], /) -> str:
    """Returns that a case waits, for whom by the duties of a decision, and what to do once it is approved."""
    groups = [duty.removeprefix(_ASK).split()[0] for duty in duties if duty.startswith(_ASK) and duty != _ASK]
    who = " and ".join(f"`{group}`" for group in groups) or "an approver"
    said = f"make the same call again once {who} has given it (`/approvals`, `asepsis approvals`)"
    return f"; approval {case} is asked for: {said}"


def denied(case: str, /) -> str:
    """Returns that an approval was denied."""
    return f"; approval {case} was denied"


def nobody(*, users: bool) -> str:
    """Returns that nobody can release a call here, and which settings would name somebody; `users` can, too, or not."""
    said = "; nobody can release it here: name approvers in `policy.approvers` or `console.access`"
    own = ", or, for a client that can ask its user, its application in `tools.asking`"
    return said + (own if users else "")
