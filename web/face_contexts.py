"""What the template of the page of faces receives; see web.contexts."""

from dataclasses import dataclass

from web.contexts import PictureCard


@dataclass(frozen=True, slots=True)
class FaceCollection:
    """A collection whose faces may be searched.

    Attributes:
        because: the owner's sentence why.
        since_text, since_iso: when it was said.
        held_text: '30 faces, 25 of 26 pictures looked at'.
        is_chosen: whether it is the one that is searched alone.
    """

    name: str
    because: str
    since_text: str
    since_iso: str
    held_text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A face of what was searched with.

    Attributes:
        number: 1 is the largest.
        href: where to post, to search with it.
        is_chosen: whether the page shows what is near it.
        left, top, width, height: in px of the preview.
        number_size: of the number beside it, px of the preview.
        crop: viewBox of a square around it.
    """

    number: int
    href: str
    is_chosen: bool
    left: float
    top: float
    width: float
    height: float
    number_size: float
    crop: str


@dataclass(frozen=True, slots=True)
class FaceQuery:
    """What was searched with.

    Attributes:
        name: what the visitor called it.
        preview_src, preview_width, preview_height: of the small version, in the page itself.
        faces: found in it, the largest first.
        left_out_text: that there are more, or ''.
    """

    name: str
    preview_src: str
    preview_width: int
    preview_height: int
    faces: tuple[FaceBox, ...]
    left_out_text: str


@dataclass(frozen=True, slots=True)
class FaceCard:
    """A picture with a face near the one searched with.

    Attributes:
        crop: viewBox of a square around the face, in px of the card's thumbnail.
        is_same_person: as search.faces.query.FaceHit has it; mark: names the icon; mark_text: the same in words.
        cosine_text: '0.713'.
    """

    card: PictureCard
    crop: str
    is_same_person: bool
    mark: str
    mark_text: str
    cosine_text: str


@dataclass(frozen=True, slots=True)
class FacesContext:
    """faces.html.

    Attributes:
        headline, explanation: what was found, or what the page is for.
        collections: that have faces switched on, by name; empty: none has, and the page says how to.
        query: None before a picture was sent.
        sealed: the faces of the query for the next form; '' where it has none.
        hits: nearest first, one a picture.
        mark_note: what the mark means, or '' without hits.
    """

    headline: str
    explanation: str
    collections: tuple[FaceCollection, ...]
    query: FaceQuery | None
    sealed: str
    hits: tuple[FaceCard, ...]
    mark_note: str
