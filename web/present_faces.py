"""Faces as a page: every word that the signed-in read about them."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from data.face_records import Box, FaceConsent
from feature_extractor.preview import THUMBNAIL_SIDE_PX, preview_size
from search.faces.query import FaceHit
from search.words import count
from web import words
from web.cards import picture_card
from web.face_contexts import FaceBox, FaceCard, FaceCollection, FaceQuery, FacesContext
from web.face_seal import SealedFaces

MOST_FACES = 24
"""Faces of one picture that can be chosen: the largest."""
CROP_MARGIN = 0.35
"""Shown around a face on each side, as a share of it: hair and chin tell people more than a tight box."""
_ADD = "the owner runs `python3 index.py faces add` with the collection."


@dataclass(frozen=True, slots=True)
class FacesFound:
    """An answer to a picture.

    Attributes:
        seen: its faces.
        sealed: the same for the next form.
        chosen: place of the face that was searched with; None where there is none.
        hits: of that face, nearest first, one a picture.
        same_person: least cosine at which two faces are called one person's.
    """

    seen: SealedFaces
    sealed: str
    chosen: int | None
    hits: Sequence[FaceHit]
    same_person: float


def faces_context(consents: Sequence[FaceConsent], collection: str | None, found: FacesFound | None) -> FacesContext:
    """Return the page.

    Args:
        consents: the collections that have faces switched on.
        collection: the one that is searched alone; None: all of them.
        found: of the picture that was sent; None before one was.
    """
    headline, explanation = _sentences(consents, found)
    return FacesContext(
        headline=headline,
        explanation=explanation,
        collections=tuple(_collection(one, is_chosen=one.collection == collection) for one in consents),
        query=_query(found) if found is not None else None,
        sealed=found.sealed if found is not None and found.chosen is not None else "",
        hits=tuple(map(_card, found.hits)) if found is not None else (),
        mark_note=(
            f"Marked are cosines from {found.same_person:.2f} up, which faces of one person usually have. It is no "
            "proof of who somebody is."
            if found is not None and found.hits
            else ""
        ),
    )


def _sentences(consents: Sequence[FaceConsent], found: FacesFound | None) -> tuple[str, str]:
    """Return headline and explanation."""
    if found is not None:
        return _answer_sentences(found)
    if not consents:
        return "Faces are off", "No face is looked for, kept or searched here."
    if not any(one.faces for one in consents):
        return "Faces", f"No face is kept yet: {_ADD}"
    return "Who is in this picture too?", (
        "Give a picture of somebody, and Retrace shows the pictures with the faces nearest to theirs."
    )


def _answer_sentences(found: FacesFound) -> tuple[str, str]:
    """Return headline and explanation of an answer."""
    if found.chosen is None:
        return "No face was found", (
            "Faces smaller than 20 px, turned far away or half hidden are not found. Try a picture that shows the "
            "face larger and from the front."
        )
    if not found.hits:
        return "Nothing to compare with", f"No face is kept that it could be compared with: {_ADD}"
    which = f"face {found.chosen + 1} of {len(found.seen.faces)}" if len(found.seen.faces) > 1 else "the face"
    same = sum(hit.is_same_person for hit in found.hits)
    if not same:
        return "Probably nobody here", (
            f"No face is as near to {which} as faces of one person usually are. These are the nearest."
        )
    return f"{count(same, 'picture')} with a face that may be the same person’s", (
        f"The {count(len(found.hits), 'picture')} nearest to {which}, the nearest first."
    )


def _collection(one: FaceConsent, *, is_chosen: bool) -> FaceCollection:
    return FaceCollection(
        name=one.collection,
        because=one.because,
        since_text=words.day(one.since),
        since_iso=one.since.isoformat(timespec="seconds"),
        held_text=f"{count(one.faces, 'face')}, {one.looked_at:,} of {count(one.pictures, 'picture')} looked at",
        is_chosen=is_chosen,
    )


def _query(found: FacesFound) -> FaceQuery:
    seen = found.seen
    return FaceQuery(
        name=words.shorten(seen.name, 80),
        preview_src=f"data:image/webp;base64,{base64.b64encode(seen.preview).decode()}",
        preview_width=seen.width,
        preview_height=seen.height,
        faces=tuple(
            _box(face.box, number, seen, is_chosen=number == found.chosen) for number, face in enumerate(seen.faces)
        ),
        left_out_text=(
            f"{count(seen.left_out, 'smaller face is', 'smaller faces are')} not numbered." if seen.left_out else ""
        ),
    )


def _box(box: Box, number: int, seen: SealedFaces, *, is_chosen: bool) -> FaceBox:
    left, top, right, bottom = _in_px(box, seen.width, seen.height)
    return FaceBox(
        number=number + 1,
        href=url_for("face_pages.search", face=number + 1) + "#answer",
        is_chosen=is_chosen,
        left=round(left, 1),
        top=round(top, 1),
        width=round(right - left, 1),
        height=round(bottom - top, 1),
        number_size=round(max(14.0, (seen.width * seen.height) ** 0.5 / 20), 1),
        crop=_crop(box, seen.width, seen.height),
    )


def _card(hit: FaceHit) -> FaceCard:
    width, height = preview_size(hit.image.width, hit.image.height, THUMBNAIL_SIDE_PX)
    return FaceCard(
        card=picture_card(hit.image),
        crop=_crop(hit.face.box, width, height),
        is_same_person=hit.is_same_person,
        mark="mine" if hit.is_same_person else "distant",
        mark_text="Same person?" if hit.is_same_person else "Less alike",
        cosine_text=f"{hit.cosine:.3f}",
    )


def _crop(box: Box, width: int, height: int) -> str:
    """Return the viewBox of a square around a face, moved into the picture where there is room for it."""
    left, top, right, bottom = _in_px(box, width, height)
    side = max(right - left, bottom - top, 1.0) * (1 + 2 * CROP_MARGIN)
    corner = []
    for low, high, length in ((left, right, width), (top, bottom, height)):
        start = (low + high - side) / 2
        corner.append(min(max(start, 0.0), length - side) if side <= length else (length - side) / 2)
    return f"{corner[0]:.1f} {corner[1]:.1f} {side:.1f} {side:.1f}"


def _in_px(box: Box, width: int, height: int) -> Box:
    left, top, right, bottom = box
    return left * width, top * height, right * width, bottom * height
