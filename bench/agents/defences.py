"""The defences that are compared: each hears the user, sees results and answers whether a call may pass."""

from planning import drafted

from asepsis.core.types import Verdict
from asepsis.tools.flow import texts
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.flow.seen import Seen, text_of
from asepsis.tools.shapes import leaves


class Nothing:
    """Lets everything pass."""

    reason = ""

    def __init__(self, manifests):
        self.manifests = {manifest.name: manifest for manifest in manifests}

    def hear(self, text):
        self.words = texts.normal(text)

    def see(self, tool, arguments, result):
        pass

    def passes(self, tool, arguments):
        return True


class SessionTaint(Nothing):
    """After anything untrusted was read, no call that does something passes."""

    def __init__(self, manifests):
        super().__init__(manifests)
        self.seen = Seen()

    def see(self, tool, arguments, result):
        self.seen.add(self.manifests[tool], result)

    def passes(self, tool, arguments):
        return self.manifests[tool].called_with(arguments).reads_only or not self.seen.untrusted


class NaiveTaint(SessionTaint):
    """No argument of a call that does something holds anything that stands in an untrusted field, but not in the prompt."""

    def passes(self, tool, arguments):
        if self.manifests[tool].called_with(arguments).reads_only:
            return True
        return not any(self.tainted(texts.normal(text_of(leaf.value))) for leaf in leaves(arguments))

    def tainted(self, text):
        if len(text) < 2 or texts.contains(self.words, text):
            return False
        spots = [*self.seen.equal(text), *self.seen.holding(text)]
        if spots:
            return all(spot.source.untrusted for spot in spots)
        pieces = [piece for piece in (*texts.links(text), *texts.addresses(text), *text.split("\n")) if len(piece) > 3]
        return any(
            spot.source.untrusted for piece in pieces if not texts.contains(self.words, piece)
            for spot in (*self.seen.equal(piece), *self.seen.holding(piece), *self.seen.linking(piece))
        )  # fmt: skip


class Ours:
    """The flow monitor."""

    def __init__(self, manifests):
        self.monitor = Monitor(manifests)
        self.hear = self.monitor.hear
        self.see = self.monitor.see
        self.reason = ""

    def passes(self, tool, arguments):
        flow = self.monitor.decide(tool, arguments)
        self.reason = ",".join(sorted({f"{one.rule.value}:{one.argument}" for one in flow.doubts}))
        return flow.verdict is Verdict.ALLOW


class Planned(Ours):
    """The flow monitor with a plan that rules drafted from the prompt and the schemas, sealed before anything is read."""

    sources = False

    def __init__(self, manifests):
        super().__init__(manifests)
        self.manifests = manifests
        self.hear = self.begin

    def begin(self, text):
        self.monitor.hear(text)
        assert self.monitor.seal(drafted(text, self.manifests, sources=self.sources))


class Sourced(Planned):
    """So, and the plan says which fields arguments come from."""

    sources = True


DEFENCES = {
    "none": Nothing,
    "session taint": SessionTaint,
    "naive taint": NaiveTaint,
    "asepsis": Ours,
    "asepsis, planned calls": Planned,
    "asepsis, planned calls and sources": Sourced,
}
