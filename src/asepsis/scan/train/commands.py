"""Training in one command: fit without what is held back, measure on that, fit with all, write.

1. Word lists are gathered, and written wider than models are fitted with.
2. A model is fitted without a fifth of the templates and texts and a tenth of the names, and measured on them.
3. For each source of texts, a model is fitted without that source and measured on it (`--sources`).
4. The model that ships is fitted with everything, and written with its card and its provenance.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from importlib import metadata
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

import click
import msgspec
import numpy as np

from asepsis import __version__
from asepsis.core.types import Part, PartKind
from asepsis.scan.measuring import Annotated, Mark, Outcome, outcome
from asepsis.scan.names.lists import FLAGS, Lists
from asepsis.scan.names.model import Learned, Model
from asepsis.scan.names.service import NameScanner
from asepsis.scan.names.store import write
from asepsis.scan.names.tokens import LONGEST, tokens
from asepsis.scan.train.card import NAMES_ALONE, Provenance, card
from asepsis.scan.train.corpora import CARRIERS, LABELLED, carried, labelled_texts
from asepsis.scan.train.disturb import disturbed
from asepsis.scan.train.draw import Draw
from asepsis.scan.train.fit import LABELS, fit
from asepsis.scan.train.gazetteers import gather, widened
from asepsis.scan.train.generate import FILES, Composer, Document
from asepsis.scan.train.mix import held_back, mixture
from asepsis.scan.train.world import Half, World

__all__ = ["Settings", "held_back_texts", "named", "train"]

_SOURCES: Final = (*LABELLED, *CARRIERS)
_TESTED: Final = 12_000
_NAMED: Final = 4000
_NOBODY: Final = "the employer"
_UNSEEN: Final = "questions"
_WORDS: Final = 16_000
"""How many words' blocks are made at the start."""

_ORDINARY: Final = 20_000
_CORES: Final = 2
"""How many models are fitted at the same time."""


class Settings(NamedTuple):
    """What a run was asked for."""

    data: Path
    seed: int
    documents: int
    iterations: int


@click.command()
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="The folder with `phi-train` and `names`.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Where lists, weights and provenance go.",
)
@click.option("--card", "page", type=click.Path(dir_okay=False, path_type=Path), help="Where the model card goes.")
@click.option("--seed", default=1, show_default=True)
@click.option("--count", default=20_000, show_default=True, help="How many documents are generated.")
@click.option("--iterations", default=60, show_default=True)
@click.option("--quick", is_flag=True, help="Only the model that ships: nothing is measured, no card is written.")
@click.option("--held-back", "held", is_flag=True, help="Only a model without what is held back, for benchmarks.")
def train(data: Path, out: Path, page: Path | None, *, quick: bool, held: bool, **sizes: int) -> None:
    """Train the model of names from DATA. The same data, seed and versions give the same weights."""
    settings = Settings(data, sizes["seed"], sizes["count"], sizes["iterations"])
    out.mkdir(parents=True, exist_ok=True)
    lists = Lists.of(gather(data / "names"))
    keys, flags = _wide(settings, "train" if held else "all").arrays
    outputs = {"lists.bin": write(out / "lists.bin", {"keys": keys, "flags": flags}, facts={"flags": list(FLAGS)})}
    click.echo("fitting without what is held back" if held else "fitting with everything", err=True)
    if quick or held:
        learned, measured = _fitted(settings, lists, held=held), []
    else:
        # Each fit takes a core; the longest begins first.
        with ProcessPoolExecutor(_CORES, mp_context=get_context("spawn")) as pool:
            whole = pool.submit(_fitted, settings, lists)
            measured = list(_measurements(settings, pool))
            learned = whole.result()
    arrays = {**learned._asdict(), "vocabulary": np.frombuffer("\0".join(_vocabulary(settings)).encode(), np.uint8)}
    outputs["weights.bin"] = write(out / "weights.bin", arrays, facts={"labels": list(LABELS)})
    record = _provenance(settings, outputs)
    (out / "provenance.json").write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
    if page is not None and measured:
        page.write_text(card(measured, record))
    click.echo(f"{len(learned.keys)} features, {learned.weights.nbytes} bytes", err=True)


def _measurements(settings: Settings, pool: Executor) -> Iterator[tuple[str, list[Outcome]]]:
    """Yields what models are measured on, and how they did: each is fitted without it, in half the time."""
    smaller = settings._replace(documents=settings.documents // 2, iterations=settings.iterations // 2)
    some = [pool.submit(one, smaller) for one in (_held_back, _unseen_file)]
    some[1:1] = [pool.submit(_unseen, smaller, *both) for both in ((LABELLED, CARRIERS), (CARRIERS, LABELLED))]
    return (one for each in some for one in each.result())


def _held_back(settings: Settings) -> list[tuple[str, list[Outcome]]]:
    """What is held back, measured with a model that saw nothing of it."""
    lists = Lists.of(gather(settings.data / "names"))
    model = _model(_wide(settings, "train"), _fitted(settings, lists, held=True))
    return [
        ("held-back templates, texts and names", _measured(model, held_back_texts(settings))),
        (NAMES_ALONE, _measured(model, named(settings))),
    ]


def _unseen(settings: Settings, group: Sequence[str], others: Sequence[str]) -> list[tuple[str, list[Outcome]]]:
    """Sources, measured with a model that saw nothing of them."""
    lists = Lists.of(gather(settings.data / "names"))
    model = _model(_wide(settings, "all"), _fitted(settings, lists, sources=others))
    texts = chain.from_iterable(_texts(settings, source) for source in group)
    return [(f"{', '.join(group)}, of which nothing was trained on", _measured(model, texts))]


def _unseen_file(settings: Settings) -> list[tuple[str, list[Outcome]]]:
    """A file of templates, measured with a model that saw nothing of it, nor of the names it is filled with."""
    lists = Lists.of(gather(settings.data / "names"))
    files = [name for name in FILES if name != _UNSEEN]
    model = _model(_wide(settings, "train"), _fitted(settings, lists, held=True, files=files))
    draw = Draw(settings.seed + 1)
    unseen = Composer(World.read(settings.data / "names", "test"), draw).documents(_TESTED // 4, files=[_UNSEEN])
    texts = (disturbed(one, draw) for one in unseen)
    return [(f"a file of templates, {_UNSEEN}, of which nothing was trained on", _measured(model, texts))]


def _fitted(
    settings: Settings,
    lists: Lists,
    *,
    held: bool = False,
    sources: Sequence[str] = _SOURCES,
    files: Sequence[str] = FILES,
) -> Learned:
    draw = Draw(settings.seed)
    world = World.read(settings.data / "names", "train" if held else "all")
    documents = mixture(settings.data, world, draw, count=settings.documents, sources=sources, files=files)
    kept = (one for one in documents if not (held and held_back(one)))
    return fit(kept, lists, draw, iterations=settings.iterations)


def _wide(settings: Settings, half: Half) -> Lists:
    """The lists that a model runs with; `train` leaves out names that are kept for tests."""
    names = settings.data / "names"
    return Lists.of(widened(gather(names), names, half))


def _model(lists: Lists, learned: Learned) -> Model:
    return Model(lists, learned, LABELS)


def held_back_texts(settings: Settings, /) -> Iterator[Document]:
    """Yields documents of held-back templates and names, and the held-back texts of the corpora."""
    draw = Draw(settings.seed + 1)
    world = World.read(settings.data / "names", "test")
    for document in Composer(world, draw).documents(_TESTED):
        if held_back(document):
            yield disturbed(document, draw)
    for source in _SOURCES:
        yield from (one for one in _texts(settings, source) if held_back(one))


def named(settings: Settings, /) -> Iterator[Document]:
    """Yields documents of held-back templates with held-back names, of people alone, of each origin in turn.

    All origins are drawn the same, so that they differ by their names and by little else.
    """
    world = World.read(settings.data / "names", "test")
    world = world._replace(forms={**world.forms, "employers": (_NOBODY,)})
    for origin in dict.fromkeys(world.origins):
        draw = Draw(settings.seed + 4)
        composer = Composer(world._replace(origins=(origin,), listed=origin), draw)
        for document in composer.documents(_NAMED, twins=0):
            if held_back(document):
                people = (span for span in document.spans if document.text[span.start : span.end] != _NOBODY)
                names = tuple(span for span in people if span.label == "NAME")
                yield disturbed(document._replace(spans=names, origin=origin.name), draw)


def _texts(settings: Settings, source: str) -> Iterator[Document]:
    folder = settings.data / "phi-train"
    if source in LABELLED:
        yield from labelled_texts(folder, source)
    else:
        yield from carried(
            folder, source, World.read(settings.data / "names", "test"), Draw(settings.seed + 2), most=250
        )


def _measured(model: Model, documents: Iterator[Document]) -> list[Outcome]:
    scanner = NameScanner(model)
    outcomes = []
    for number, one in enumerate(documents):
        text = Annotated(str(number), one.text, tuple(Mark(*span) for span in one.spans), _slices(one))
        (findings,) = scanner.scan([Part(PartKind.TEXT, "text", one.text)])
        outcomes.append(outcome(text, [Mark(found.start, found.end, found.kind.value) for found in findings]))
    return outcomes


def _slices(document: Document) -> tuple[str, ...]:
    text = document.text
    case = "lower" if text.islower() else "upper" if text.isupper() else "mixed"
    slices = [f"source={document.source}", f"case={case}"]
    if document.origin:
        slices.append(f"origin={document.origin}")
    return tuple(slices)


def _vocabulary(settings: Settings) -> list[str]:
    """The tokens that texts about health are made of, as they are written there; the most frequent first."""
    draw = Draw(settings.seed + 3)
    world = World.read(settings.data / "names")
    seen: Counter[str] = Counter()
    for document in mixture(settings.data, world, draw, count=_TESTED):
        if len(document.text) < _ORDINARY:
            seen.update(tokens(document.text))
    return [one for one, _ in seen.most_common(_WORDS) if len(one) < LONGEST]


def _provenance(settings: Settings, outputs: dict[str, str]) -> Provenance:
    files = [path for folder in ("names", "phi-train") for path in sorted((settings.data / folder).glob("*.*"))]
    templates = sorted(Path(__file__).with_name("templates").glob("*.toml"))
    return Provenance(
        version=__version__,
        seed=settings.seed,
        documents=settings.documents,
        iterations=settings.iterations,
        packages={name: metadata.version(name) for name in ("faker", "numpy", "python-crfsuite", "symspellpy")},
        inputs={
            **{f"{path.parent.name}/{path.name}": _digest(path) for path in files},
            **{f"templates/{path.name}": _digest(path) for path in templates},
        },
        outputs=outputs,
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
