"""What each template receives: one frozen dataclass a page, all decisions taken.

A template knows its context as `page` and the facts of the whole site as `site`: `render_template("home.html",
page=HomeContext(...))`, with `site` (SiteFacts) given by a context processor, on error pages too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from web.video_contexts import SeenInVideos

Wanted = Mapping[str, str | int | None]
"""What an address asks for, by the names of its parameters; None is left out."""


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """Known to every page as `site`.

    Attributes:
        images: pictures in the catalogue.
        fetch_urls: whether searching by address is offered.
        max_upload_mb: largest file accepted, MiB.
        formats: names of the formats read, for people.
        accept: value of the file field's `accept` attribute.
        version: of Retrace.
        api_href: where the JSON API describes itself.
        model_notice: one sentence on what the model may be used for, or ''.
        videos: of the catalogue; 0 where there are none.
        max_video_mb: largest video to search with, MiB; 0 where none is taken.
        user: name of who is signed in, or ''.
        most_word_characters: that may be searched for.
    """

    images: int
    fetch_urls: bool
    max_upload_mb: int
    formats: tuple[str, ...]
    accept: str
    version: str
    api_href: str
    model_notice: str
    videos: int
    max_video_mb: int
    user: str
    most_word_characters: int


@dataclass(frozen=True, slots=True)
class PictureCard:
    """A picture of the catalogue as a card.

    Attributes:
        thumb_width, thumb_height: px of the thumbnail as served, so that cards keep their size while loading.
        title: never empty; the source's last part where there is no title.
        source_text: where it comes from, shortened for people; source_href only for http(s) addresses.
        href: its own page; search_href: search with it; thumb_src: its thumbnail.
        size_text: width and height; format_text: 'JPEG, 48 kB'; added_text: '21 November 2026'; added_iso for <time>.
    """

    image_id: int
    href: str
    search_href: str
    thumb_src: str
    thumb_width: int
    thumb_height: int
    title: str
    source_text: str
    source_href: str | None
    size_text: str
    format_text: str
    added_text: str
    added_iso: str
    collection: str | None
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What was decided of a hit or of a pair, for the signed-in.

    Attributes:
        kind: 'not_a_copy', 'licensed' or 'mine'; text: in words.
        reach: 'all of example.org/' where it is no decision on the pair itself, else ''.
        by: who decided, and when; note: why, or ''.
        undo_href: where to post to take it back.
    """

    kind: str
    text: str
    reach: str
    by: str
    note: str
    undo_href: str


@dataclass(frozen=True, slots=True)
class DecisionChoice:
    """Something to press: what it says, and its address."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class DecisionControls:
    """What the signed-in can do beside a hit or below a pair; its buttons belong to the form `again` of the page.

    Attributes:
        decision: what stands, or None.
        choices: what can be decided on the pair instead.
        more_href: a page to decide on all that comes from where the picture comes from.
    """

    decision: DecisionView | None
    choices: tuple[DecisionChoice, ...]
    more_href: str


@dataclass(frozen=True, slots=True)
class HitCard:
    """A card in a list of hits.

    Attributes:
        score_name: what the score tells: 'Confidence' that it is a copy; where nothing tells that, 'Agreement' of
            pixels laid on each other, or 'Similarity' of descriptors.
        score_text: '98 %' or '0.93'; score_percent: 0..100 for a bar.
        measured_text: what a confidence rests on: 'agreement 0.97, cosine 0.91'; else ''.
        sentence: what was done to the picture, where geometry proves a copy; else ''.
        verdict: 'identical', 'same_pixels', 'copy', 'unconfirmed', 'similar' or 'distant': names the style.
        verdict_text: in words: 'Identical file', 'Same pixels', 'Copy', 'Probable copy', 'Similar work',
            'Further away'.
        is_copy: stands under Copies.
        altered_text: '38 %' of it altered, where geometry proves what was done; else ''.
        compare_href: it beside what was searched with; an upload is posted there, sealed.
        family_href: the versions of it that the catalogue holds.
        found_in: where in the query it lies, where only a part of that found it; else ''.
        controls: to decide on it; None for visitors, and for similar works.
    """

    card: PictureCard
    score_name: str
    score_text: str
    score_percent: int
    measured_text: str
    sentence: str
    verdict: str
    verdict_text: str
    is_copy: bool
    altered_text: str
    compare_href: str
    family_href: str
    found_in: str
    controls: DecisionControls | None = None


@dataclass(frozen=True, slots=True)
class Pager:
    """Where a list stands; the page numbers that its controls ask for go by `name`.

    Attributes:
        name: 'copies_page', 'similar_page' or 'page'.
        previous, next: page numbers, None at the ends.
    """

    name: str
    page: int
    pages: int
    previous: int | None
    next: int | None


@dataclass(frozen=True, slots=True)
class FacetChoice:
    """An attribute to narrow the similar works by.

    Attributes:
        name: 'content_dog'; group: 'Content', 'Medium' or 'Mood'; text: 'dog'.
        count: similar works that carry it.
        is_chosen: whether the list is narrowed by it now.
        value_after_click: comma-separated attributes to ask for when it is clicked.
    """

    name: str
    group: str
    text: str
    count: int
    is_chosen: bool
    value_after_click: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A control that asks for the same query in another order, or for other hits of it.

    Attributes:
        text: for people.
        count: hits of this kind; None where they are not counted.
        is_chosen: whether it holds now.
        wanted: what its address asks for: to take it away where it may be taken away and is chosen, else to choose it.
    """

    text: str
    count: int | None
    is_chosen: bool
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """Choices of one kind, such as 'Collection'."""

    title: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class QueryCard:
    """The picture that was searched with.

    Attributes:
        preview_src: `data:` address of the preview, or the thumbnail when it is a picture of the catalogue.
        name: what it was called: file name, address or title; shortened.
        href: its own page when it is a picture of the catalogue, else None.
    """

    preview_src: str
    preview_width: int
    preview_height: int
    name: str
    size_text: str
    format_text: str
    attributes: tuple[str, ...]
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of the query, drawn on it.

    Attributes:
        points: corners in thousandths of its sides, as SVG writes them.
        kind: 'region' for the part that was searched with, 'found' for where a copy lies that a part found.
    """

    points: str
    kind: str


@dataclass(frozen=True, slots=True)
class StepTime:
    """A step of the search: name for people, '10.7 ms', and its share of the whole in 0..100."""

    name: str
    time_text: str
    percent: int


@dataclass(frozen=True, slots=True)
class HomeContext:
    """home.html.

    Attributes:
        samples: a few pictures of the catalogue to try, each linking to a search with it.
        prefilled_url: address to put in the form; it is not fetched until the form is sent.
        collections: name and number of pictures.
    """

    samples: tuple[PictureCard, ...]
    prefilled_url: str
    collections: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ResultsContext:
    """results.html.

    Attributes:
        headline: the answer to 'Is there a copy?' in one sentence.
        headline_kind: 'copies', 'probable', 'none', 'plain' or 'empty'.
        explanation: a second sentence: why, or what to do next.
        copies_title: 'Copies', or 'Probable copies' where none is proven.
        copies_total_text, similar_total_text: '3 copies', 'the 240 nearest works', or ''.
        distant: the nearest of the works that are not called similar; shown apart, after those that are.
        refuted: what looks like a copy and was decided to be none; empty unless asked for.
        refuted_text: how many there are, or ''; shows_refuted: whether they are asked for.
        settled_text: for the signed-in: how many of the copies are licensed or their own, or ''.
        no_similar_text: a sentence when there is no similar work, else ''.
        sealed: value of the one hidden field `sealed`; empty when the query is a picture of the catalogue (`image_id`).
        image_id: id for a search with a picture of the catalogue, else None.
        kept: what was chosen, to carry through paging; without page numbers.
        words_text: the words that the answer is narrowed by, or ''.
        sorts: orders of the copies; empty where there are not two of them.
        narrowing: by what the answer can be narrowed; groups of one choice that nobody made are left out.
        everything: to ask for everything again; None where nothing was chosen there.
        time_text: '31 ms' for the whole; steps for the detail; report_text: one sentence on how the index answered.
        marks: parts of the query that say where the copies lie, or what was searched with.
        parts_text: which parts were searched, as a sentence, or ''.
        region_value: the part that was searched with, as an address says it; '' for the whole.
        region_percents: left, top, right and bottom of the part, or of one to begin with, in per cent.
        offers_parts: searching all parts of it is worth offering.
        drawn_from_text: what a part is cut from.
        seen: what of it is seen in videos; None where the catalogue holds none.
    """

    query: QueryCard
    headline: str
    headline_kind: str
    explanation: str
    copies: tuple[HitCard, ...]
    copies_title: str
    copies_total_text: str
    copies_pager: Pager
    refuted: tuple[HitCard, ...]
    refuted_text: str
    shows_refuted: bool
    settled_text: str
    similar: tuple[HitCard, ...]
    similar_total_text: str
    distant: tuple[HitCard, ...]
    similar_pager: Pager
    no_similar_text: str
    facets: tuple[FacetChoice, ...]
    sealed: str
    image_id: int | None
    kept: Wanted
    words_text: str
    sorts: tuple[Choice, ...]
    narrowing: tuple[ChoiceGroup, ...]
    everything: Wanted | None
    time_text: str
    steps: tuple[StepTime, ...]
    report_text: str
    searched_text: str
    marks: tuple[Mark, ...]
    parts_text: str
    region_value: str
    region_percents: tuple[int, int, int, int]
    offers_parts: bool
    drawn_from_text: str
    seen: SeenInVideos | None


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A place where a picture was seen."""

    text: str
    href: str | None
    backlink_href: str | None
    seen_text: str
    seen_iso: str


@dataclass(frozen=True, slots=True)
class AttributeLine:
    """An attribute of a picture: what a person said, what the model says.

    Attributes:
        label_text: 'yes', 'no', 'unsure' or ''.
        percent: the model's probability in 0..100, None where it was never taught this attribute.
    """

    group: str
    text: str
    label_text: str
    percent: int | None


@dataclass(frozen=True, slots=True)
class PictureContext:
    """picture.html.

    Attributes:
        family_href: the versions of it that the catalogue holds.
        sources: the oldest; sources_note says where there are more, else ''.
    """

    card: PictureCard
    family_href: str
    facts: tuple[tuple[str, str], ...]
    sources: tuple[SourceLine, ...]
    sources_note: str
    attributes: tuple[AttributeLine, ...]


@dataclass(frozen=True, slots=True)
class StillView:
    """A picture of a comparison: its address, often `data:`, its size in px, and what it shows in words."""

    src: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class ComparedCard:
    """One of two pictures that are compared.

    Attributes:
        label: 'In the catalogue', 'Yours', 'First' or 'Second'.
        name: what it is called; href: its own page where it is in the catalogue, else None.
        text: '640 × 480, JPEG, 48 kB'.
    """

    label: str
    name: str
    href: str | None
    text: str
    picture: StillView


@dataclass(frozen=True, slots=True)
class OverlayView:
    """Two pictures laid on each other.

    Attributes:
        title, note: of the section; the note may be ''.
        second: as it is; laid: the first as it lies in it, of the same size; blend: half of each.
        heat: what differs, None where that cannot be told.
        first_outlined, second_outlined: where one lies in the other, and what was added.
        outlines_note: what the lines mean.
    """

    title: str
    note: str
    second: StillView
    laid: StillView
    blend: StillView
    heat: StillView | None
    first_outlined: StillView
    second_outlined: StillView
    outlines_note: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A line of what was done: name, value with its unit, and what it counts in or means, or ''."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A line of what is known of both files.

    Attributes:
        first, second: as text; 'not known' where it is not.
        difference: 'same', 'differs', '25 % of the pixels', or '' where one is not known.
    """

    name: str
    first: str
    second: str
    difference: str


@dataclass(frozen=True, slots=True)
class TraceLine:
    """A step on the pair's way to its verdict, what was found there, and what that was held against, or ''."""

    step: str
    found: str
    limit: str


@dataclass(frozen=True, slots=True)
class ComparisonContext:
    """compare.html.

    Attributes:
        headline: the answer to 'Is one a copy of the other?'; headline_kind: 'copies', 'probable', 'none' or 'plain'.
        verdict, verdict_text: as in HitCard.
        confidence_text: '98 %', or '' of what is not called a copy and where nothing tells it.
        sentence: what was done to the first to make the second of it, where that is proven; else ''.
        explanation: why, or what that sentence does not say.
        swap_href: the same two, the other way round; None where one is an upload.
        evidence_href: the evidence pack of the two; an upload is posted there, sealed.
        sealed: the upload, for that form and the buttons of `controls`; '' where both are pictures of the catalogue.
        overlay: None where no map between the two was found.
        transform: what was done, in numbers; empty where nothing is proven.
        decision: how a search shows the first and what settled that; trace: every step.
        time_text: '31 ms' for the whole.
        controls: to decide on the pair; None for visitors.
    """

    headline: str
    headline_kind: str
    verdict: str
    verdict_text: str
    confidence_text: str
    sentence: str
    explanation: str
    first: ComparedCard
    second: ComparedCard
    swap_href: str | None
    evidence_href: str
    sealed: str
    overlay: OverlayView | None
    transform: tuple[Quantity, ...]
    differences: tuple[Difference, ...]
    decision: str
    trace: tuple[TraceLine, ...]
    time_text: str
    controls: DecisionControls | None


@dataclass(frozen=True, slots=True)
class SignInContext:
    """sign_in.html.

    Attributes:
        next: address on this site to go on to.
        name: as it was typed.
        refusal: why nobody was signed in, or ''; remedy: what to do.
        has_users: whether anybody may sign in; where nobody may, the page says how to change that.
    """

    next: str
    name: str
    refusal: str
    remedy: str
    has_users: bool


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """A link that narrows a page."""

    text: str
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """Links of which one is chosen."""

    title: str
    choices: tuple[FilterChoice, ...]


@dataclass(frozen=True, slots=True)
class DecidedPicture:
    """A picture of a pair that was decided on.

    Attributes:
        card: None where it is not in the catalogue: of an upload nothing is kept but its digest.
        text: what to say then.
    """

    card: PictureCard | None
    text: str


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A line of decisions.html.

    Attributes:
        kind: 'not_a_copy', 'licensed' or 'mine'; kind_text: in words.
        pictures: of a pair, the one that was searched with first; what: the places or the collection otherwise.
        engine_text: what the engine had said of the pair, or ''.
        note: why, or ''.
        undone_text: who took it back and when, or ''; undo_href: where to post to do so, '' where that was done.
    """

    id: int
    kind: str
    kind_text: str
    pictures: tuple[DecidedPicture, ...]
    what: str
    engine_text: str
    note: str
    by: str
    at_text: str
    at_iso: str
    undone_text: str
    undo_href: str


@dataclass(frozen=True, slots=True)
class DecisionsContext:
    """decisions.html.

    Attributes:
        total_text: '3 decisions', or ''.
        nothing_text: why there is no line, or ''.
        older_href, newest_href: further pages, None where there are none.
        exports: of the whole history.
    """

    total_text: str
    filters: tuple[FilterGroup, ...]
    lines: tuple[DecisionLine, ...]
    nothing_text: str
    older_href: str | None
    newest_href: str | None
    exports: tuple[DecisionChoice, ...]


@dataclass(frozen=True, slots=True)
class SubjectContext:
    """decide.html.

    Attributes:
        card: the picture on whose account it is decided.
        action: where the form is posted to.
        subjects: hosts, folders and collection to choose from, sent by their place in this list.
        kinds: value and text.
    """

    card: PictureCard
    action: str
    subjects: tuple[str, ...]
    kinds: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FamilyEdge:
    """What leads from one version of a picture to another.

    Attributes:
        sentence: what was done.
        reason: why the one is said to come later, or that it is undecided.
        is_decided: names the style of the line.
        compare_href: the two beside each other.
    """

    sentence: str
    reason: str
    is_decided: bool
    compare_href: str


@dataclass(frozen=True, slots=True)
class FamilyNode:
    """A version of a picture, and those that hang from it.

    Attributes:
        href: its own versions, or its own page where it is the one asked for.
        marks: 'Likely the original', 'Biggest' and the like.
        edge: what leads to it; None at the top.
    """

    card: PictureCard
    href: str
    is_asked: bool
    marks: tuple[str, ...]
    edge: FamilyEdge | None
    children: tuple["FamilyNode", ...]


@dataclass(frozen=True, slots=True)
class FamilyContext:
    """family.html.

    Attributes:
        headline: how many versions there are; headline_kind: 'copies' or 'none'.
        explanation: which is likely the original.
        tree: None where there is no other version.
        pairs_text: how much was compared, or ''; notes: why there may be more.
        time_text: '310 ms' for the whole.
    """

    asked: PictureCard
    headline: str
    headline_kind: str
    explanation: str
    tree: FamilyNode | None
    pairs_text: str
    notes: tuple[str, ...]
    time_text: str


@dataclass(frozen=True, slots=True)
class WordsContext:
    """words.html.

    Attributes:
        words: what was typed.
        most_characters: that may be typed.
        kept: what else was chosen, carried by the form: name of a field and its value.
        since, before: days, as typed into the fields, or ''.
        headline: what was found, in one sentence; explanation: how it is ordered, or what to do where it is nothing.
        ways_on: other questions where nothing was found.
        cards: the pictures of this page.
        narrowing: by what they can be narrowed.
        everything: to take all choices away; None where none was made.
        pager: its controls ask for `kept_by_pager` beside the number of a page.
        time_text: '12 ms'.
    """

    words: str
    most_characters: int
    kept: tuple[tuple[str, str], ...]
    since: str
    before: str
    headline: str
    explanation: str
    ways_on: tuple[Choice, ...]
    cards: tuple[PictureCard, ...]
    narrowing: tuple[ChoiceGroup, ...]
    everything: Wanted | None
    pager: Pager
    kept_by_pager: Wanted
    time_text: str


@dataclass(frozen=True, slots=True)
class AboutContext:
    """about.html: what this engine holds, its model, index and limits; name and value for each line."""

    holds: tuple[tuple[str, str], ...]
    collections: tuple[tuple[str, int], ...]
    model: tuple[tuple[str, str], ...]
    model_notice: str
    index: tuple[tuple[str, str], ...]
    limits: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ErrorContext:
    """error.html.

    Attributes:
        status: HTTP status code.
        title: 'The picture is too large', without the status, which stands beside it.
        message: what happened; remedy: what to do.
        request_id: to quote to the owner.
    """

    status: int
    title: str
    message: str
    remedy: str
    request_id: str


@dataclass(frozen=True, slots=True)
class DuplicateCard:
    """A picture of a group of duplicates.

    Attributes:
        kind_text: 'Same pixels', 'Copy', or 'Stands for the group'; sentence: what was done to that one to make it.
        marks: 'Biggest', 'Oldest here'.
        compare_href: it beside the one that stands for the group; '' for that one itself.
        controls: to decide on the two; None for that one itself.
    """

    card: PictureCard
    kind_text: str
    sentence: str
    marks: tuple[str, ...]
    compare_href: str
    controls: DecisionControls | None


@dataclass(frozen=True, slots=True)
class DuplicateGroupView:
    """A group of duplicates.

    Attributes:
        number: counted from 1 over all pages.
        gone_text: how many of its pictures were removed since, or ''.
    """

    number: int
    title: str
    members: tuple[DuplicateCard, ...]
    gone_text: str


@dataclass(frozen=True, slots=True)
class DuplicatesContext:
    """duplicates.html.

    Attributes:
        headline: how many groups the last run found.
        run_text: when that was, and of how many pictures; '' where there was none.
        stale_text: what has changed since, or ''.
        nothing_text: why there is no group, or ''.
        previous_href, next_href: other pages; None at the ends. page_text: 'Page 2 of 7', or ''.
    """

    headline: str
    run_text: str
    stale_text: str
    nothing_text: str
    groups: tuple[DuplicateGroupView, ...]
    previous_href: str | None
    next_href: str | None
    page_text: str
