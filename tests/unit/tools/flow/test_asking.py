from asepsis.tools.flow.asking import asking
from asepsis.tools.vocabulary import vocabulary


def test_closer_ways_of_doing_win(manifests):
    create = next(one for one in manifests if one.name == "create_event")
    assert [one.name for one in asking().doings(create)] == ["schedule"]


def test_what_tools_do_has_ways_of_asking_for_it():
    rare = {"collect", "convert", "copy", "dispute", "launch", "learn", "memorise", "memorize", "offer", "onboard"}
    rare |= {"reconcile", "sync", "synchronize", "transcribe"}
    known = {verb.split()[0] for doing in asking().doing for verb in doing.tools}
    doings = {verb.split()[0] for said, verbs in vocabulary().effects.items() if said != "read" for verb in verbs}
    assert doings - known == rare  # those are asked for by themselves alone
