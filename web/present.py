"""An answer as a page: every sentence a visitor reads about a search is written here."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from data.attribute_words import attribute_words
from data.records import Image
from feature_extractor.preview import PREVIEW_SIDE_PX, THUMBNAIL_SIDE_PX, preview_size
from search.answer import Answer, Ask, Facet, Hit, HitPage, NoCopies, SearchParts, Verdict
from search.confidence import confidence_text
from search.regions import placed_box
from search.residual import Box
from search.sentence import describe_place, describe_transform
from search.transform import Polygon
from search.vector_index.contract import SearchReport
from search.words import count
from web import words
from web.cards import carried_texts, picture_card, title_of
from web.choices import everything, kept, narrowing_groups, sort_choices
from web.contexts import FacetChoice, HitCard, Mark, Pager, QueryCard, ResultsContext, StepTime
from web.links import compare_href, compare_upload_href, family_href
from web.present_decisions import pair_controls
from web.searches import region_value
from web.video_contexts import SeenInVideos

STEP_TEXTS: Mapping[str, str] = {
    "fetch": "Fetch the picture",
    "unseal": "Go on with the same picture",
    "decode": "Read the picture",
    "hash": "Judge whether it is too plain",
    "describe": "Describe it in numbers",
    "preview": "Draw the preview",
    "copies": "Look for copies",
    "geometry": "Lay the nearest on it",
    "region": "Describe the part of it",
    "parts": "Look at parts of it",
    "decisions": "Look up what was decided",
    "similar": "Look for similar works",
    "rows": "Read the catalogue",
    "videos": "Look through the videos",
}
LONGEST_NAME = 120
"""Characters of a file name or an address beside the query."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How a search came in.

    Attributes:
        name: what the query was called.
        sealed: the query for the forms of the page, '' when it is a picture of the catalogue.
        image: that picture, else None.
        ask: what of the answer is wanted.
        is_signed_in: who reads it may decide on copies, and sees what was decided.
    """

    name: str
    sealed: str
    image: Image | None
    ask: Ask
    is_signed_in: bool = False


def results_context(answer: Answer, asked: Asked, seen: SeenInVideos | None = None) -> ResultsContext:
    """Return the page of an answer; `seen` is what of it is seen in videos, None where there are none."""
    headline, kind, explanation = _headline(answer)
    if asked.ask.narrows_copies and answer.no_copies is None:
        explanation += " Only what you chose is counted."
    total_ms, region = sum(answer.steps_ms.values()), region_value(answer.region)
    return ResultsContext(
        query=_query_card(answer, asked),
        headline=headline,
        headline_kind=kind,
        explanation=explanation,
        copies=tuple(_hit_card(hit, asked, region) for hit in answer.copies.hits),
        copies_title=_copies_title(answer),
        copies_total_text=_copies_total(answer),
        copies_pager=_pager("copies_page", answer.copies),
        refuted=tuple(_hit_card(hit, asked, region) for hit in answer.refuted),
        refuted_text=_refuted(answer.refuted_total),
        shows_refuted=asked.ask.show_decided,
        settled_text=_settled(answer) if asked.is_signed_in else "",
        similar=tuple(_hit_card(hit, asked, region) for hit in answer.similar.hits if hit.verdict is Verdict.SIMILAR),
        similar_total_text=_similar_total(answer),
        distant=tuple(_hit_card(hit, asked, region) for hit in answer.similar.hits if hit.verdict is Verdict.DISTANT),
        similar_pager=_pager("similar_page", answer.similar),
        no_similar_text=_no_similar(answer, asked),
        facets=tuple(_facet_choice(facet, asked.ask.attributes) for facet in answer.facets),
        sealed=asked.sealed,
        image_id=asked.image.id if asked.image is not None else None,
        kept=kept(asked.ask),
        words_text="" if asked.ask.words is None else asked.ask.words.text,
        sorts=sort_choices(answer, asked.ask),
        narrowing=narrowing_groups(answer, asked.ask),
        everything=everything(asked.ask),
        time_text=words.milliseconds(total_ms),
        steps=tuple(
            StepTime(
                name=STEP_TEXTS.get(name, name.capitalize()),
                time_text=words.milliseconds(taken),
                percent=round(100 * taken / total_ms) if total_ms else 0,
            )
            for name, taken in answer.steps_ms.items()
        ),
        seen=seen,
        report_text=_report(answer.similar.report),
        searched_text=f"{count(answer.searched, 'picture')} searched",
        marks=tuple(_marks(answer)),
        parts_text=_parts(answer),
        region_value=region,
        region_percents=_percents(answer.region or _TO_BEGIN_WITH),
        offers_parts=not answer.proven and answer.region is None and asked.ask.parts is not SearchParts.ALL,
        drawn_from_text=(
            f"The part is cut from the small version of {PREVIEW_SIDE_PX} px that this page keeps; "
            "for more detail cut it out yourself and upload it."
            if asked.image is None
            else f"The part is cut from the small version of {THUMBNAIL_SIDE_PX} px that the catalogue keeps."
        ),
    )


_TO_BEGIN_WITH = Box(0.25, 0.25, 0.75, 0.75)


def _percents(box: Box) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of a part in per cent."""
    return round(100 * box.left), round(100 * box.top), round(100 * box.right), round(100 * box.bottom)


def _parts(answer: Answer) -> str:
    """Return which parts of the query were searched, as a sentence; '' where it was the whole alone."""
    if answer.region is not None:
        return f"Searched with a part of the picture alone: {describe_place(answer.region)}."
    if not answer.parts:
        return ""
    return f"{count(len(answer.parts), 'part')} of the picture searched as well."


def _marks(answer: Answer) -> Iterator[Mark]:
    """Yield what is drawn on the query: the part that was searched with, and where what parts of it found lies."""
    region = answer.region
    if region is not None:
        left, top, right, bottom = region.left, region.top, region.right, region.bottom
        yield Mark(_points(((left, top), (right, top), (right, bottom), (left, bottom))), "region")
    for hit in answer.copies.hits:
        if hit.part is not None and hit.proof is not None and hit.proof.transform.placed:
            yield Mark(_points(hit.proof.transform.placed), "found")


def _points(polygon: Polygon) -> str:
    """Return corners in shares of a picture as SVG writes them, in thousandths."""
    return " ".join(f"{1000 * x:.0f},{1000 * y:.0f}" for x, y in polygon)


def _headline(answer: Answer) -> tuple[str, str, str]:
    """Return the answer to 'Is there a copy?', its kind, and a second sentence: yes for what is proven alone."""
    if answer.no_copies is not None:
        return _no_copies(answer.no_copies, answer)
    other, probable = _other(answer), answer.copies.total - answer.proven
    if not answer.proven:
        headline = (
            f"Probably: one {other}picture looks like a copy."
            if probable == 1
            else f"Probably: {_at_least(answer.copies)}{probable:,} {other}pictures look like copies."
        )
        return headline, "probable", _proof(answer)
    headline = f"Yes: one {other}copy" if answer.proven == 1 else f"Yes: {answer.proven:,} {other}copies"
    if probable == 1:
        headline += ", and one picture that is probably a copy"
    elif probable:
        headline += f", and {_at_least(answer.copies)}{probable:,} pictures that are probably copies"
    elif answer.copies.is_capped:
        headline = f"Yes: at least {answer.proven:,} {other}copies"
    return f"{headline}.", "copies", _proof(answer)


_PROOFS: Mapping[Verdict, str] = {
    Verdict.IDENTICAL: "The very same file is in the catalogue, byte for byte.",
    Verdict.SAME_PIXELS: "Another file in the catalogue shows exactly the same pixels.",
    Verdict.COPY: "Laid on each other, your picture and the catalogue's agree.",
}


def _proof(answer: Answer) -> str:
    """Return what proves the copies of this page, or that nothing does."""
    best = answer.copies.surest
    if best is None:
        return "This page is beyond the last one."
    if best in _PROOFS:
        return _PROOFS[best]
    if answer.proven:
        return "This page shows the probable ones, which nothing has proven. Look for yourself."
    if answer.copies.total == 1:
        return "It is so alike that it is most likely a copy, but nothing has proven it. Look for yourself."
    return "They are so alike that they are most likely copies, but nothing has proven it. Look for yourself."


def _no_copies(why: NoCopies, answer: Answer) -> tuple[str, str, str]:
    """Return headline, kind and second sentence where there is no copy."""
    if why is NoCopies.CATALOGUE_EMPTY:
        return (
            "The catalogue is empty.",
            "empty",
            "There is nothing to compare with yet; the owner of this site adds pictures.",
        )
    if why is NoCopies.NONE_CHOSEN:
        return (
            f"No {_other(answer)}copy is among what you chose.",
            "none",
            "There may be others: take your choices away to see whether there are.",
        )
    if why is NoCopies.TOO_PLAIN:
        return (
            "This picture is too plain to judge.",
            "plain",
            "There is so little in it that every plain picture looks like a copy. The same file would have been found.",
        )
    if why is NoCopies.ALL_REFUTED:
        return (
            f"No: no {_other(answer)}copy of this picture was found.",
            "none",
            "What looks like a copy of it was looked at by a person, who decided that it is none.",
        )
    return (
        f"No: no {_other(answer)}copy of this picture was found.",
        "none",
        f"None of {count(answer.searched, 'picture')} comes close enough to be one."
        + (" The works below are like it, but are others." if answer.alike else ""),
    )


def _other(answer: Answer) -> str:
    """Return 'other ' where the query is itself a picture of the catalogue."""
    return "other " if answer.query.image_id is not None else ""


def _at_least(copies: HitPage) -> str:
    """Return 'at least ' where no more were looked at."""
    return "at least " if copies.is_capped else ""


def _copies_title(answer: Answer) -> str:
    """Return the heading of the list of copies, which claims no more than the list holds."""
    return "Copies" if answer.proven else "Probable copies"


def _copies_total(answer: Answer) -> str:
    """Return how many copies, beside the heading."""
    copies, probable = answer.copies, answer.copies.total - answer.proven
    if copies.is_capped:
        return f"the surest {copies.total:,}"
    if answer.proven and probable:
        return f"{count(answer.proven, 'copy', 'copies')}, {probable:,} probable"
    if probable:
        return count(probable, "probable copy", "probable copies")
    return count(answer.proven, "copy", "copies")


def _refuted(total: int) -> str:
    """Return how many pictures were decided not to be copies, '' where there is none."""
    if not total:
        return ""
    if total == 1:
        return "One picture looks like a copy, and was decided to be none."
    return f"{total:,} pictures look like copies, and were decided to be none."


def _settled(answer: Answer) -> str:
    """Return how many of the copies nobody need look into, '' where there is none."""
    if not answer.settled:
        return ""
    if answer.settled == answer.copies.total:
        return "All of them are decided on: licensed, or your own."
    return f"{answer.settled:,} of them {'is' if answer.settled == 1 else 'are'} decided on: licensed, or your own."


def _similar_total(answer: Answer) -> str:
    """Return how many similar works, beside the heading; '' where there is none."""
    if not answer.alike:
        return ""
    is_capped = answer.similar.is_capped and answer.alike == answer.similar.total
    return f"the {answer.alike:,} nearest works" if is_capped else count(answer.alike, "work")


def _no_similar(answer: Answer, asked: Asked) -> str:
    """Return why there is no similar work, '' where there is one."""
    if answer.alike and answer.similar.hits:
        return ""
    if answer.similar.hits:
        whose = "among what you chose" if _is_narrowed(asked.ask) else "in the catalogue"
        return f"Nothing {whose} is much like this picture."
    if answer.similar.total:
        return "This page is beyond the last."
    if answer.no_copies is NoCopies.CATALOGUE_EMPTY:
        return "There are no pictures to compare with yet."
    if _is_narrowed(asked.ask):
        return "No similar work is all that you chose. Take a choice away to see more."
    return "There are no other pictures in the catalogue."


def _is_narrowed(ask: Ask) -> bool:
    """Return whether there may be similar works that were not asked for."""
    return bool(ask.attributes) or ask.narrows_copies


def _query_card(answer: Answer, asked: Asked) -> QueryCard:
    """Return the picture that was searched with."""
    query = answer.query
    size_text = words.size_px(query.width, query.height)
    format_text = f"{words.file_format(query.format)}, {words.size_bytes(query.size_bytes)}"
    if asked.image is not None:
        card = picture_card(asked.image)
        return QueryCard(
            preview_src=card.thumb_src,
            preview_width=card.thumb_width,
            preview_height=card.thumb_height,
            name=title_of(asked.image),
            size_text=size_text,
            format_text=format_text,
            attributes=card.attributes,
            href=card.href,
        )
    width, height = preview_size(query.width, query.height, PREVIEW_SIDE_PX)
    return QueryCard(
        preview_src=f"data:image/webp;base64,{b64encode(query.preview).decode()}",
        preview_width=width,
        preview_height=height,
        name=words.shorten(asked.name, LONGEST_NAME),
        size_text=size_text,
        format_text=format_text,
        attributes=carried_texts({}, query.attributes),
    )


def _hit_card(hit: Hit, asked: Asked, region: str) -> HitCard:
    """Return a hit as a card."""
    sentence = ""
    if hit.verdict is Verdict.COPY and hit.proof is not None:
        sentence = describe_transform(hit.proof.transform)
    name, text, share = _score(hit)
    is_same = hit.verdict in {Verdict.IDENTICAL, Verdict.SAME_PIXELS}
    return HitCard(
        card=picture_card(hit.image),
        score_name=name,
        score_text=text,
        score_percent=round(100 * min(max(share, 0.0), 1.0)),
        measured_text="" if hit.probability is None else _measured(hit),
        sentence=sentence,
        verdict=hit.verdict.value,
        verdict_text=words.VERDICT_TEXTS[hit.verdict],
        is_copy=hit.verdict.is_copy,
        altered_text="" if hit.alteration is None or not sentence else f"{round(100 * hit.alteration)} %",
        compare_href=(
            compare_upload_href(hit.image.id, region)
            if asked.image is None
            else compare_href(hit.image.id, asked.image.id, region)
        ),
        family_href=family_href(hit.image.id),
        found_in=_found_in(hit),
        controls=(
            pair_controls(hit.decision, hit.image.id, _way_back(asked), is_same=is_same)
            if asked.is_signed_in and hit.verdict.is_copy
            else None
        ),
    )


def _way_back(asked: Asked) -> dict[str, object]:
    """Return what brings a reader back to this very page, in the address of a button."""
    ask = asked.ask
    back: dict[str, object] = {**kept(ask), "to": "results"}
    if asked.image is not None:
        back["image"] = asked.image.id
    if ask.copies_page > 1:
        back["copies_page"] = ask.copies_page
    if ask.similar_page > 1:
        back["similar_page"] = ask.similar_page
    return back


def _found_in(hit: Hit) -> str:
    """Return where in the query a hit lies that only a part of it found; '' of the others."""
    if hit.part is None:
        return ""
    is_placed = hit.verdict is Verdict.COPY and hit.proof is not None and hit.proof.transform.placed
    box = placed_box(hit.proof) if hit.proof is not None and is_placed else hit.part
    return f"Found in a part of your picture: {describe_place(box)}."


def _score(hit: Hit) -> tuple[str, str, float]:
    """Return what stands beside a hit, its text, and its share of a bar."""
    if hit.probability is not None:
        return "Confidence", confidence_text(hit.probability), hit.probability
    is_same = hit.verdict in {Verdict.IDENTICAL, Verdict.SAME_PIXELS}
    name, score = "Similarity", hit.score
    if hit.verdict is Verdict.COPY and hit.proof is not None:
        name, score = "Agreement", hit.proof.overlay.agreement
    # 1.00 would say that it is the same, which is for proof to say.
    return name, f"{score if is_same else min(score, 0.99):.2f}", score


def _measured(hit: Hit) -> str:
    """Return what a confidence rests on."""
    if hit.verdict in {Verdict.IDENTICAL, Verdict.SAME_PIXELS}:
        return "equal bytes" if hit.verdict is Verdict.IDENTICAL else "equal pixels"
    agreement = "" if hit.proof is None else f"agreement {hit.proof.overlay.agreement:.2f}, "
    return f"{agreement}cosine {hit.score:.2f}"


def _pager(name: str, page: HitPage) -> Pager:
    """Return where a list stands; from beyond its end one step back is its last page, if it has any."""
    return Pager(
        name=name,
        page=page.page,
        pages=page.pages,
        previous=min(page.page - 1, page.pages) if page.page > 1 and page.total else None,
        next=page.page + 1 if page.page < page.pages else None,
    )


def _facet_choice(facet: Facet, chosen: Sequence[str]) -> FacetChoice:
    """Return an attribute to narrow by; a click on a chosen one takes it away."""
    group, text = attribute_words(facet.name)
    after = [name for name in chosen if name != facet.name] if facet.is_chosen else [*chosen, facet.name]
    return FacetChoice(
        name=facet.name,
        group=group,
        text=text,
        count=facet.count,
        is_chosen=facet.is_chosen,
        value_after_click=",".join(after),
    )


def _report(report: SearchReport | None) -> str:
    """Return one sentence on how the index answered."""
    if report is None:
        return "The index was not asked."
    if report.exact:
        return f"Every picture was compared exactly ({count(report.candidates, 'comparison')})."
    if report.estimated_recall == 0:
        return f"{count(report.candidates, 'candidate')} compared exactly; how many it missed the index does not tell."
    return (
        f"{count(report.candidates, 'candidate')} compared exactly; "
        f"they are expected to hold {report.estimated_recall:.1%} of the works that are truly nearest."
    )
