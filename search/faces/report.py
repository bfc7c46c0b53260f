"""Answers about faces as plain values and as lines of text."""

from collections.abc import Iterator, Sequence

from data.face_records import Box, FaceConsent, KeptFace
from data.records import Image
from search.faces.query import FaceAnswer
from search.words import count


def answer_record(answers: Sequence[FaceAnswer], consents: Sequence[FaceConsent]) -> dict[str, object]:
    """Return the answers of a query as plain JSON values, and why these faces are kept."""
    return {
        "faces": [
            {
                "box": answer.box,
                "score": answer.score,
                "quality": answer.quality,
                "exact": answer.report.exact,
                "hits": [
                    {
                        **face_record(hit.face),
                        "box_px": _in_px(hit.face.box, hit.image),
                        "cosine": hit.cosine,
                        "same_person": hit.is_same_person,
                        "locator": _place(hit.image),
                    }
                    for hit in answer.hits
                ],
            }
            for answer in answers
        ],
        "kept_because": {consent.collection: consent.because for consent in consents},
    }


def answer_lines(answers: Sequence[FaceAnswer], consents: Sequence[FaceConsent]) -> Iterator[str]:
    """Yield the answers of a query as lines, and why these faces are kept."""
    if not answers:
        yield "No face was found in the picture."
    for number, answer in enumerate(answers, start=1):
        where = ", ".join(f"{100 * share:.0f}" for share in answer.box)
        yield f"Face {number} of {len(answers)} (at {where} % of the sides, quality {answer.quality:.2f}):"
        if not answer.hits:
            yield "  no face is kept that it could be compared with"
        for hit in answer.hits:
            mark = "=" if hit.is_same_person else " "
            left, top, right, bottom = _in_px(hit.face.box, hit.image)
            yield (
                f"  {mark} {hit.cosine:.3f}  face {hit.face.id}, picture {hit.image.id} "
                f"({left}, {top}, {right}, {bottom} px)  {_place(hit.image)}"
            )
    yield from consent_lines(consents)


def consent_lines(consents: Sequence[FaceConsent]) -> Iterator[str]:
    """Yield which collections' faces are kept, and why."""
    if not consents:
        yield "Faces of no collection may be kept: they are off."
    for one in consents:
        yield (
            f"{one.collection}: {count(one.faces, 'face')}, {one.looked_at} of {count(one.pictures, 'picture')} "
            f"looked at; since {one.since:%Y-%m-%d}, because: {one.because}"
        )


def face_record(face: KeptFace) -> dict[str, object]:
    """Return a face as plain JSON values."""
    return {
        "id": face.id,
        "image_id": face.image_id,
        "collection": face.collection,
        "box": face.box,
        "score": face.score,
        "quality": face.quality,
    }


def face_line(face: KeptFace) -> str:
    """Return a face as one line."""
    where = ", ".join(f"{100 * share:.0f}" for share in face.box)
    return f"{face.id}\tpicture {face.image_id}\t{face.collection}\tat {where} %\tquality {face.quality:.2f}"


def _in_px(box: Box, image: Image) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    return (
        round(left * image.width),
        round(top * image.height),
        round(right * image.width),
        round(bottom * image.height),
    )


def _place(image: Image) -> str:
    return image.sources[0].locator if image.sources else ""
