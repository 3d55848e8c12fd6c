"""Plans as rules draft them from what the user says and the tools' schemas, before anything is read: no model, no answer.

1. A step for each tool that does something and that the user's words ask for, by the lists that the monitor has itself.
2. A step is made as often as the prompt can mean: once for each of the words that ask for it and each address or quoted
   name, whichever are more; without a limit where the prompt speaks of all, of everybody, or in the plural of its things.
3. Where a receiver is written as an address and the prompt has addresses, it comes from the user's words.
4. With `sources`, an argument whose name is that of a field comes from that field, where one tool alone that only reads
   and that the prompt speaks of has such a field: `channel` from what lists channels, `file_id` from `id` of files.

Neither ground truths, nor what tools answer, nor what the monitor says of a call is looked at.
"""

from asepsis.core.plans import MAX_STEPS, Origin, Plan, Step
from asepsis.tools.flow import texts
from asepsis.tools.flow.asking import asking
from asepsis.tools.flow.words import Words
from asepsis.tools.types import ArgumentRole
from asepsis.tools.vocabulary import singular, words_of

MANY = 1000
CHOOSING = frozenset({ArgumentRole.OBJECT, ArgumentRole.SUBJECT, ArgumentRole.DESTINATION})


def drafted(prompt, manifests, *, sources):
    words = Words()
    words.hear(prompt)
    doing = [one for one in manifests if not one.reads_only]
    reading = [one for one in manifests if one.reads_only and words.mentions(one)]
    steps = [
        Step(one.name, tuple(origins(one, words, reading if sources else ())), times(one, words, prompt))
        for one in doing
        if words.asks_for(one, doing)
    ]
    return Plan(tuple(steps[:MAX_STEPS]))


def times(manifest, words, prompt):
    said = texts.tokens(texts.normal(prompt))
    if words.any_of((*asking().all.words, *asking().everybody.words)):
        return MANY
    named = {same for noun in asking().names(manifest) for same in noun.split()}
    if any(word != singular(word) and singular(word) in named for word in said):
        return MANY
    asked = {texts.stem(word) for one in asking().doings(manifest) for word in one.words if " " not in word}
    return max(1, sum(texts.stem(word) in asked for word in said), len(words.addresses), len(words.quoted))


def origins(manifest, words, reading):
    for one in manifest.arguments:
        last = words_of(one.path)[-1:]
        if (
            one.role is ArgumentRole.DESTINATION
            and words.addresses
            and last
            and singular(last[0]) in {"email", "recipient"}
        ):
            yield Origin(one.path)
        elif one.role in CHOOSING:
            found = [
                (tool.name, field.path) for tool in reading for field in tool.results if fits(one.path, tool, field)
            ]
            if len(found) == 1:
                yield Origin(one.path, "", *found[0])


def fits(path, tool, field):
    """Whether an argument is called what a tool's field is: by itself, or as the number of what the tool is about."""
    argument, found = [singular(word) for word in words_of(path)], [singular(word) for word in words_of(field.path)]
    if not found:
        return len(argument) == 1 and argument[0] in tool.nouns
    return argument == found[-len(argument) :] or (
        argument[:-1] == list(tool.nouns)[-1:] and argument[-1:] == found[-1:]
    )
