"""The sentences of a results page: right in number, honest about proof."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from data.records import Image
from search.answer import Answer, Ask, Counts, Facet, Hit, HitPage, NoCopies, Verdict
from search.vector_index.contract import SearchReport
from tests.web.test_seal import query
from web.app import Site
from web.contexts import ResultsContext
from web.present import STEP_TEXTS, Asked, results_context
from web.words import VERDICT_TEXTS


def image(number: int) -> Image:
    return Image(
        id=number,
        sha256=f"{number:064x}",
        pixel_sha256=None,
        pdq=None,
        width=4000,
        height=3000,
        format="JPEG",
        size_bytes=1_500_000,
        title=None,
        licence=None,
        project=None,
        collection=None,
        mature=False,
        added_at=datetime(2026, 11, 21, tzinfo=UTC),
    )


def hits(*verdicts: Verdict, total: int | None = None, page: int = 1, is_capped: bool = False) -> HitPage:
    return HitPage(
        hits=tuple(Hit(image(number), 0.9 - number / 100, verdict) for number, verdict in enumerate(verdicts, 1)),
        total=len(verdicts) if total is None else total,
        page=page,
        page_size=24,
        is_capped=is_capped,
        report=SearchReport(candidates=1200, estimated_recall=0.995, exact=False),
    )


def answer(
    copies: HitPage,
    similar: HitPage | None = None,
    no_copies: NoCopies | None = None,
    *,
    proven: int | None = None,
    alike: int | None = None,
) -> Answer:
    similar = similar or hits(Verdict.SIMILAR)
    return Answer(
        query=query(),
        copies=copies,
        similar=similar,
        proven=sum(hit.verdict is not Verdict.UNCONFIRMED for hit in copies.hits) if proven is None else proven,
        alike=sum(hit.verdict is Verdict.SIMILAR for hit in similar.hits) if alike is None else alike,
        no_copies=no_copies,
        facets=(Facet("content_dog", 3, True), Facet("media_comic", 2, False)),
        counts=Counts({}, {}, {}),
        steps_ms={"decode": 5.0, "describe": 15.0},
        searched=13_160,
    )


def shown(app: Site, given: Answer, *, attributes: tuple[str, ...] = ()) -> ResultsContext:
    with app.test_request_context():
        return results_context(given, Asked(name="a.jpg", sealed="sealed", image=None, ask=Ask(attributes=attributes)))


@pytest.mark.parametrize(
    ("copies", "proven", "headline", "heading", "number"),
    [
        (hits(Verdict.IDENTICAL), 1, "Yes: one copy.", "Copies", "1 copy"),
        (hits(Verdict.SAME_PIXELS, Verdict.SAME_PIXELS), 2, "Yes: 2 copies.", "Copies", "2 copies"),
        (
            hits(Verdict.SAME_PIXELS, Verdict.UNCONFIRMED),
            1,
            "Yes: one copy, and one picture that is probably a copy.",
            "Copies",
            "1 copy, 1 probable",
        ),
        (
            hits(Verdict.UNCONFIRMED, total=30, page=2),
            2,
            "Yes: 2 copies, and 28 pictures that are probably copies.",
            "Copies",
            "2 copies, 28 probable",
        ),
        (
            hits(Verdict.UNCONFIRMED),
            0,
            "Probably: one picture looks like a copy.",
            "Probable copies",
            "1 probable copy",
        ),
        (
            hits(*[Verdict.UNCONFIRMED] * 3),
            0,
            "Probably: 3 pictures look like copies.",
            "Probable copies",
            "3 probable copies",
        ),
        (
            hits(Verdict.UNCONFIRMED, total=200, is_capped=True),
            0,
            "Probably: at least 200 pictures look like copies.",
            "Probable copies",
            "the surest 200",
        ),
        (
            hits(Verdict.IDENTICAL, total=200, is_capped=True),
            200,
            "Yes: at least 200 copies.",
            "Copies",
            "the surest 200",
        ),
        (
            hits(Verdict.IDENTICAL, total=200, is_capped=True),
            1,
            "Yes: one copy, and at least 199 pictures that are probably copies.",
            "Copies",
            "the surest 200",
        ),
        (hits(total=3, page=9), 3, "Yes: 3 copies.", "Copies", "3 copies"),
    ],
)
def test_headline_says_how_many_and_how_sure(  # noqa: PLR0917 - a column of the table each
    app: Site, copies: HitPage, proven: int, headline: str, heading: str, number: str
) -> None:
    context = shown(app, answer(copies, proven=proven))
    assert (context.headline, context.copies_title, context.copies_total_text) == (headline, heading, number)
    assert context.headline_kind == ("copies" if proven else "probable")


@pytest.mark.parametrize("copies", [hits(Verdict.UNCONFIRMED), hits(*[Verdict.UNCONFIRMED] * 3)])
def test_descriptors_alone_are_never_called_proof(app: Site, copies: HitPage) -> None:
    context = shown(app, answer(copies))
    assert "Yes" not in context.headline
    assert "nothing has proven it" in context.explanation
    assert {hit.verdict_text for hit in context.copies} == {"Probable copy"}


@pytest.mark.parametrize(
    ("why", "kind"),
    [
        (NoCopies.NONE_FOUND, "none"),
        (NoCopies.TOO_PLAIN, "plain"),
        (NoCopies.CATALOGUE_EMPTY, "empty"),
        (NoCopies.ALL_REFUTED, "none"),
    ],
)
def test_no_copy_has_a_reason(app: Site, why: NoCopies, kind: str) -> None:
    context = shown(app, answer(hits(), no_copies=why))
    assert context.headline_kind == kind
    assert context.explanation
    assert not context.copies


def test_every_verdict_and_step_has_words() -> None:
    assert set(VERDICT_TEXTS) == set(Verdict)
    assert {"decode", "hash", "describe", "preview", "copies", "similar", "rows"} <= set(STEP_TEXTS)


def test_a_similar_work_is_never_called_a_copy(app: Site) -> None:
    context = shown(app, answer(hits(Verdict.IDENTICAL), hits(Verdict.SIMILAR, Verdict.SIMILAR)))
    assert [hit.is_copy for hit in context.copies] == [True]
    assert [hit.is_copy for hit in context.similar] == [False, False]
    assert {hit.verdict_text for hit in context.similar} == {"Similar work"}


@pytest.mark.parametrize(
    ("similar", "alike", "shown_alike", "shown_apart", "number", "sentence"),
    [
        (hits(Verdict.SIMILAR, Verdict.SIMILAR), 2, 2, 0, "2 works", ""),
        (hits(Verdict.SIMILAR, Verdict.DISTANT, Verdict.DISTANT), 1, 1, 2, "1 work", ""),
        (hits(Verdict.DISTANT, total=60, page=2), 24, 0, 1, "24 works", ""),
        (hits(Verdict.SIMILAR, total=240, is_capped=True), 240, 1, 0, "the 240 nearest works", ""),
        (hits(Verdict.SIMILAR, total=240, is_capped=True), 30, 1, 0, "30 works", ""),
        (hits(Verdict.DISTANT), 0, 0, 1, "", "Nothing in the catalogue is much like this picture."),
    ],
)
def test_works_that_are_only_nearest_stand_apart(  # noqa: PLR0917 - a column of the table each
    app: Site, similar: HitPage, alike: int, shown_alike: int, shown_apart: int, number: str, sentence: str
) -> None:
    context = shown(app, answer(hits(), similar, NoCopies.NONE_FOUND, alike=alike))
    assert (len(context.similar), len(context.distant)) == (shown_alike, shown_apart)
    assert {hit.verdict_text for hit in context.distant} <= {"Further away"}
    assert (context.similar_total_text, context.no_similar_text) == (number, sentence)
    assert ("are like it" in context.explanation) is bool(alike)


@pytest.mark.parametrize(
    ("verdict", "text"), [(Verdict.IDENTICAL, "1.00"), (Verdict.UNCONFIRMED, "0.99"), (Verdict.SIMILAR, "0.99")]
)
def test_full_likeness_is_for_what_is_proven(app: Site, verdict: Verdict, text: str) -> None:
    page = replace(hits(verdict), hits=(Hit(image(1), 0.998, verdict),))
    context = shown(app, answer(page, page))
    assert {hit.score_text for hit in (*context.copies, *context.similar)} == {text}


def test_numbers_for_people(app: Site) -> None:
    context = shown(app, answer(hits(Verdict.IDENTICAL)), attributes=("content_dog",))
    card = context.copies[0].card
    assert (card.thumb_width, card.thumb_height) == (384, 288)
    assert card.format_text == "JPEG, 1.5 MB"
    assert card.title == "Picture 1"
    assert context.copies[0].score_percent == 89
    assert context.time_text == "20 ms"
    assert [step.percent for step in context.steps] == [25, 75]
    assert "99.5%" in context.report_text
    assert context.searched_text == "13,160 pictures searched"


def test_a_click_adds_a_choice_or_takes_it_away(app: Site) -> None:
    context = shown(app, answer(hits(Verdict.IDENTICAL)), attributes=("content_dog",))
    dog, comic = context.facets
    assert (dog.value_after_click, comic.value_after_click) == ("", "content_dog,media_comic")
    assert (comic.group, comic.text) == ("Medium", "comic")


@pytest.mark.parametrize(("page", "previous", "following"), [(1, None, 2), (2, 1, 3), (3, 2, None), (9, 3, None)])
def test_pager_always_leads_back(app: Site, page: int, previous: int | None, following: int | None) -> None:
    context = shown(app, answer(hits(), hits(total=60, page=page), NoCopies.NONE_FOUND))
    pager = context.similar_pager
    assert (pager.pages, pager.previous, pager.next) == (3, previous, following)


def test_empty_list_of_similar_works_has_a_reason(app: Site) -> None:
    nothing = answer(hits(Verdict.IDENTICAL), hits())
    assert "other pictures" in shown(app, nothing).no_similar_text
    assert "chose" in shown(app, nothing, attributes=("content_dog",)).no_similar_text
    empty = replace(nothing, copies=hits(), no_copies=NoCopies.CATALOGUE_EMPTY)
    assert "compare" in shown(app, empty).no_similar_text
    unlike = answer(hits(Verdict.IDENTICAL), hits(Verdict.DISTANT))
    assert "among what you chose" in shown(app, unlike, attributes=("content_dog",)).no_similar_text
    assert "beyond" in shown(app, answer(hits(Verdict.IDENTICAL), hits(total=60, page=9))).no_similar_text


def test_a_confidence_stands_in_place_of_a_cosine_which_stays_among_the_facts(app: Site) -> None:
    page = hits(Verdict.IDENTICAL, Verdict.UNCONFIRMED, Verdict.UNCONFIRMED)
    told = (1.0, 0.9995, 0.6)
    sure = replace(page, hits=tuple(replace(hit, probability=one) for hit, one in zip(page.hits, told, strict=True)))
    cards = shown(app, answer(sure)).copies
    assert {card.score_name for card in cards} == {"Confidence"}
    assert [card.score_text for card in cards] == ["100 %", "> 99 %", "60 %"]
    assert [card.score_percent for card in cards] == [100, 100, 60]
    assert [card.measured_text for card in cards] == ["equal bytes", "cosine 0.88", "cosine 0.87"]


def test_where_nothing_tells_how_sure_a_copy_is_a_cosine_does_not_pass_for_it(app: Site) -> None:
    page = shown(app, answer(hits(Verdict.UNCONFIRMED)))
    assert {card.score_name for card in (*page.copies, *page.similar)} == {"Similarity"}
    assert {card.measured_text for card in (*page.copies, *page.similar)} == {""}
