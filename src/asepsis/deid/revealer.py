"""A Deidentifier the other way round: at the same places of the same formats it puts values back.

What a format's converter asks to be replaced comes back where it is a stand-in of the form that the place asks for, or
holds tokens of the scope; everything else stays.
"""

from collections.abc import Sequence

from asepsis.core.ports import OpenScan
from asepsis.core.types import Finding, Kind, ObligationKind, Part
from asepsis.deid.known import Known
from asepsis.deid.profiles import read_profiles
from asepsis.deid.restore import Restorer
from asepsis.deid.scope import Memory
from asepsis.deid.standing import Form
from asepsis.deid.text import Clean, Deidentifier, Span

__all__ = ["Revealer", "Unscanned"]


class Revealer(Deidentifier):
    """Puts the values of one scope back into one document; `restorer` counts what was shown."""

    def __init__(self, memory: Memory, restorer: Restorer) -> None:
        super().__init__(Unscanned(), read_profiles()["token"], memory)
        self.restorer = restorer
        self.counts = restorer.shown

    def texts(
        self,
        texts: Sequence[str],
        /,
        *,
        keys: Sequence[str] = (),  # noqa: ARG002 a token means the same in each field
        known: Known | None = None,  # noqa: ARG002 nothing is looked for
        subject: str = "",  # noqa: ARG002 a token means the same for each subject
    ) -> list[Clean]:
        """Returns the texts with their values back."""
        return [self._whole(text) for text in texts]

    def value(
        self,
        kind: Kind,  # noqa: ARG002 the token says it
        text: str,
        /,
        *,
        subject: str = "",  # noqa: ARG002 as above
        part: str = "",  # noqa: ARG002 as above
        do: ObligationKind | None = None,  # noqa: ARG002 as above
    ) -> str:
        """Returns a value whose token or tokens a text is."""
        return self.restorer.whole(text)

    def code(self, text: str, /) -> str:
        """Returns the identifier for which a code stands."""
        return self.restorer.stood("code", text) or text

    def stand_in(self, form: Form, kind: Kind, text: str, /) -> str | None:  # noqa: ARG002 the form says it
        """Returns the value for which a stand-in of a form stands, None for what is none."""
        return self.restorer.stood(form, text)

    def count(self, kind: Kind, /) -> None:
        """Counts nothing: the restorer does."""

    def _whole(self, text: str) -> Clean:
        new = self.restorer.whole(text)
        if new == text:
            return Clean(text, (), ())
        found = Finding("deid.token", Kind.OTHER_ID, "text", 0, len(text), 1000)
        return Clean(new, (found,), (Span(0, len(new), Kind.OTHER_ID),))


class Unscanned:
    """Implements the port `Scanner`: nothing is looked for where values come back."""

    def scan(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns that nothing is found."""
        return [() for _ in parts]

    def scan_document(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns that nothing is found."""
        return self.scan(parts)

    def scan_open(self, part: Part, /) -> OpenScan:
        """Returns that nothing is found and nothing can be."""
        return OpenScan((), len(part.text), len(part.text))
