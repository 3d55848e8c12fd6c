"""Evidence that goes out: Events of a range of a log with all that it takes to check them without the log.

An inclusion proof shows that an Event is there, not that none was left out. So a bundle carries every entry of its
range of the log (entries hold no content, only kinds, counts and keyed digests) and the proof that exactly these stand
there: which of them were asked for, whoever checks it finds out anew.
"""

__all__ = ["bag", "claim", "commands", "cover", "export", "page", "standalone", "verify"]
