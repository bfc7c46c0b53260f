"""Measures search by words: how long a question takes, alone and beside a picture, and what the words weigh.

The pictures are made up (evaluation.made_titles) in a database of their own, with descriptors drawn at random, of which
none is near another: what a search by picture does beyond its filter, such as geometry, is measured elsewhere. The
questions are drawn from the titles, so that frequent words are asked for often, as people do.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Catalogue
from data.decisions import Decisions
from data.folding import fold
from data.records import NewImage, SourceRecord
from data.thumbnails import ThumbnailStore
from data.word_query import WordQuery, parse_words
from data.word_upkeep import words_bytes
from errors import BadInput
from evaluation.made_titles import MadePicture, TitleMaker
from evaluation.markdown import table
from feature_extractor.descriptors import ATTRIBUTES, DIM, Extractor
from feature_extractor.picture import Limits
from search.answer import Ask
from search.open_engine import EngineSource, open_indexes
from search.query import Engine, query_from_catalogue, search_described
from search.stopwatch import Stopwatch

_BATCH = 500
_KEYPOINTS = "none"

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, in ms, and what it found.

    Attributes:
        found_median, found_most: pictures that a question found.
    """

    what: str
    questions: int
    median_ms: float
    p90_ms: float
    worst_ms: float
    found_median: int
    found_most: int


@dataclass(frozen=True, slots=True)
class WordSpeed:
    """What was measured.

    Attributes:
        database: 'sqlite' or 'postgresql'.
        add_ms_each: to add a picture, all of its rows included.
        words_bytes_each: on disk, of words, facets and what finds them, a picture.
        grown_mib: of this process's memory, by all questions in words.
        times: of questions, by their kind and all together; 'a picture alone' and 'a picture and words' at the end.
    """

    database: str
    pictures: int
    seed: int
    add_ms_each: float
    words_bytes_each: float
    grown_mib: float
    times: tuple[Times, ...]

    def lines(self) -> Iterator[str]:
        """Yield the figures as Markdown."""
        yield f"{self.pictures:,} made pictures in {self.database}, seed {self.seed}."
        yield (
            f"{self.add_ms_each:.2f} ms to add one; words, facets and what finds them: {self.words_bytes_each:,.0f} "
            f"bytes each; the process grew by {self.grown_mib:.1f} MiB over all questions."
        )
        yield ""
        yield from table(
            ("what", "questions", "median", "p90", "worst", "found (median)", "found (most)"),
            [
                (
                    one.what,
                    f"{one.questions:,}",
                    f"{one.median_ms:.1f} ms",
                    f"{one.p90_ms:.1f} ms",
                    f"{one.worst_ms:.1f} ms",
                    f"{one.found_median:,}",
                    f"{one.found_most:,}",
                )
                for one in self.times
            ],
        )


def measure_word_search(
    url: str,
    folder: Path,
    extractor: Extractor | None,
    *,
    pictures: int,
    questions: int,
    seed: int,
    progress: Progress,
) -> WordSpeed:
    """Return what searching by words costs in an up-to-date empty database.

    Args:
        url: of the database.
        folder: empty, for indexes.
        extractor: of which an engine is made, to search with pictures; None: leave that out.
        pictures: made up.
        questions: of each kind.
        seed: of what is drawn.
        progress: of making pictures up.
    Raises:
        BadInput: the database has held pictures.
    """
    model_id = "made" if extractor is None else extractor.model_id
    with Catalogue.open(url) as catalogue:
        made, took_s = make_rows(catalogue, pictures, seed, model_id, progress)
        asked = draw_questions(made, questions, seed)
        before_mib = resident_mib()
        times = measure_words(catalogue, asked)
        grown_mib = resident_mib() - before_mib
        if extractor is not None:
            source = EngineSource(
                catalogue_url=url,
                model=folder / "none.xml",
                models_dir=folder / "models",
                thumbnail_dir=folder / "thumbnails",
                index_dir=folder / "index",
                index_url="lsh:",
                threads=1,
                limits=Limits(max_bytes=1, max_pixels=1),
            )
            copies, similars = open_indexes(source, catalogue, extractor.model_id)
            engine = Engine(
                extractor=extractor,
                catalogue=catalogue,
                thumbnails=ThumbnailStore(folder / "thumbnails"),
                copies=copies,
                similars=similars,
                decisions=Decisions(catalogue.database),
                limits=source.limits,
            )
            every = [query for queries in asked.values() for query in queries]
            times += measure_beside_picture(engine, every, pictures, seed)
            copies.close()
            similars.close()
        return WordSpeed(
            database=catalogue.database.dialect.name,
            pictures=pictures,
            seed=seed,
            add_ms_each=took_s * 1000 / pictures,
            words_bytes_each=words_bytes(catalogue.database) / pictures,
            grown_mib=grown_mib,
            times=tuple(times),
        )


def make_rows(
    catalogue: Catalogue, pictures: int, seed: int, model_id: str, progress: Progress
) -> tuple[list[MadePicture], float]:
    """Fill an empty catalogue with made pictures, and return them and how many seconds it took to add them.

    Raises:
        BadInput: the catalogue holds, or held, something: nobody's pictures are to be mixed with made ones.
    """
    if catalogue.last_change():
        raise BadInput(
            "expected an empty database to make pictures in; this one has held some",
            remedy="Name a new one with --database.",
        )
    maker, draw = TitleMaker(seed, ATTRIBUTES), np.random.default_rng(seed)
    made, took_s = list[MadePicture](), 0.0
    for start in range(0, pictures, _BATCH):
        some = [maker.make(number) for number in range(start, min(start + _BATCH, pictures))]
        vectors = draw.standard_normal((len(some), 2, DIM)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
        batch = [_new_image(start + place, one, vectors[place], model_id) for place, one in enumerate(some)]
        begun = time.perf_counter()
        catalogue.add_batch(batch)
        took_s += time.perf_counter() - begun
        made += some
        progress(len(made), pictures)
    return made, took_s


def draw_questions(made: Sequence[MadePicture], number: int, seed: int) -> dict[str, list[WordQuery]]:
    """Return questions by their kind, `number` of each, drawn from the pictures."""
    draw = np.random.default_rng(seed)

    def picture() -> MadePicture:
        return made[int(draw.integers(len(made)))]

    def word() -> str:
        words = [one for one in fold(picture().title) if len(one) > 2]
        return words[int(draw.integers(len(words)))]

    def two() -> str:
        words = fold(picture().title)
        return " ".join(words[int(place)] for place in draw.choice(len(words), min(2, len(words)), replace=False))

    def phrase() -> str:
        words = fold(picture().title)
        first = int(draw.integers(max(1, len(words) - 1)))
        return f'"{" ".join(words[first : first + 2])}"'

    def beginning() -> str:
        return word()[:3]

    def narrowed() -> str:
        one = picture()
        fields = (
            f"medium:{'oil' if draw.random() < 0.5 else 'ink'}",
            f'licence:"{one.licence}"',
            f'collection:"{one.collection}"',
            f"source:{one.locator.split('/')[2]}",
            "since:2020",
        )
        return f"{fields[int(draw.integers(len(fields)))]} {word()}"

    def excluding() -> str:
        return f"{word()} -{word()}"

    kinds = {
        "one word": word,
        "two words": two,
        "a phrase": phrase,
        "three letters": beginning,
        "a word and a field": narrowed,
        "a word without another": excluding,
    }
    return {kind: [parse_words(ask()) for _ in range(number)] for kind, ask in kinds.items()}


def measure_words(catalogue: Catalogue, questions: dict[str, list[WordQuery]]) -> list[Times]:
    """Return how long the first page of each kind of question takes, with counts of all that is found."""
    rows, every = list[Times](), list[tuple[float, int]]()
    catalogue.words.find(parse_words("harbour"))  # the first question builds statements
    for kind, asked in questions.items():
        taken = [_timed(lambda query=query: catalogue.words.find(query).total) for query in asked]  # type: ignore[misc]
        rows.append(_times(kind, taken))
        every += taken
    everything = [_timed(lambda: catalogue.words.find(WordQuery()).total) for _ in range(5)]
    return [*rows, _times("all of these", every), _times("everything there is", everything)]


def measure_beside_picture(engine: Engine, queries: Sequence[WordQuery], pictures: int, seed: int) -> list[Times]:
    """Return how long a search with a picture of the catalogue takes, alone and narrowed by words."""
    draw = np.random.default_rng(seed)
    ids = [int(one) + 1 for one in draw.integers(pictures, size=len(queries))]

    def search(image_id: int, ask: Ask) -> int:
        watch = Stopwatch()
        answer = search_described(engine, query_from_catalogue(engine, image_id, watch), ask, watch)
        return answer.similar.total

    search(ids[0], Ask())
    alone = [_timed(lambda one=one: search(one, Ask())) for one in ids]  # type: ignore[misc]
    both = [
        _timed(lambda one=one, query=query: search(one, Ask(words=query)))  # type: ignore[misc]
        for one, query in zip(ids, queries, strict=True)
    ]
    return [_times("a picture alone", alone), _times("a picture and words", both)]


def resident_mib() -> float:
    """Return this process's memory, MiB."""
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def _timed(work: Callable[[], int]) -> tuple[float, int]:
    begun = time.perf_counter()
    found = work()
    return (time.perf_counter() - begun) * 1000, found


def _times(what: str, taken: Sequence[tuple[float, int]]) -> Times:
    ms, found = np.array([one for one, _ in taken]), np.array([number for _, number in taken])
    return Times(
        what=what,
        questions=len(taken),
        median_ms=float(np.median(ms)),
        p90_ms=float(np.quantile(ms, 0.9)),
        worst_ms=float(ms.max()),
        found_median=int(np.median(found)),
        found_most=int(found.max()),
    )


def _new_image(number: int, one: MadePicture, vectors: NDArray[np.float32], model_id: str) -> NewImage:
    digest = sha256(f"made picture {number}".encode()).hexdigest()
    return NewImage(
        sha256=digest,
        pixel_sha256=None,
        pdq=bytes(32),
        width=1024,
        height=768,
        format="JPEG",
        size_bytes=200_000,
        model_id=model_id,
        descriptors={"copy": vectors[0], "similar": vectors[1]},
        attributes=dict.fromkeys(one.attributes, 0.9),
        keypoints_method=_KEYPOINTS,
        keypoints=b"",
        source=SourceRecord(
            locator=one.locator,
            read=bytes,
            title=one.title,
            licence=one.licence,
            project=one.project,
            collection=one.collection,
        ),
    )
