import itertools

from asepsis.lab.day import OFFICES, faxes, tasks
from asepsis.lab.plan import health_plan

PLAN = health_plan(3, 40)


def day(seed, many=200):
    return list(itertools.islice(tasks(seed, PLAN, faxes(seed, 25), staff=12), many))


def test_a_seed_makes_one_day():
    assert [(who, one.words) for who, one in day(1)] == [(who, one.words) for who, one in day(1)]
    assert [one.words for _, one in day(1)] != [one.words for _, one in day(2)]
    assert faxes(1, 25) == faxes(1, 25)


def test_some_faxes_tell_agents_what_to_do_and_all_come_from_offices():
    tray = faxes(1, 100)
    assert 1 <= sum("AI agents" in str(fax["body"]) for fax in tray) <= 30
    assert {fax["sender"] for fax in tray} <= set(OFFICES)


def test_what_is_done_for_a_task_follows_from_what_was_answered():
    answered = {
        "find_members": [{"member_id": "M-1", "name": "a", "email": "a@example.org"}],
        "list_claims": [{"claim_id": "C-1", "code": "I10", "amount": 12.5}],
        "list_faxes": faxes(1, 25),
    }
    seen = set()
    for _, task in day(4):
        done = []
        for step in task.steps:
            tool, arguments = step(done)
            seen.add(tool)
            done.append(answered.get(tool, []))
            assert all(value for value in arguments.values())
    assert seen == {*answered, "send_message", "send_email", "pay_claim", "delete_fax", "create_event"}


def test_an_agent_that_finds_nothing_stops():
    for _, task in day(4):
        done = []
        for step in task.steps[:2]:
            if step(done) is None:
                break
            done.append([])
