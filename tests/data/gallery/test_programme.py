from collections import Counter

from data.gallery.colour import PALETTES
from data.gallery.edits import EDITS
from data.gallery.programme import programme
from data.gallery.scenes.compositions import COMPOSITIONS
from data.gallery.studies import STUDIES
from feature_extractor.descriptors import ATTRIBUTES

WORKS, COPIES = programme()


def test_there_are_a_few_hundred_pictures_in_every_medium() -> None:
    media = Counter(work.medium for work in WORKS)
    assert len(WORKS) >= 220
    assert len(COPIES) >= 50
    assert set(media) == {"vector", "ink", "oil", "watercolour", "graphite", "comic", "3d", "photo"}
    assert min(media.values()) >= 15


def test_names_and_titles_are_unique() -> None:
    assert len({piece.name for piece in WORKS} | {piece.name for piece in COPIES}) == len(WORKS) + len(COPIES)
    assert len({work.title for work in WORKS}) == len(WORKS)


def test_sides_are_of_a_size_to_look_at() -> None:
    assert min(min(work.width, work.height) for work in WORKS) >= 390
    assert all(480 <= max(work.width, work.height) <= 768 for work in WORKS)
    assert len({(work.width, work.height) for work in WORKS}) >= 4


def test_labels_are_attributes_and_say_the_medium() -> None:
    for work in WORKS:
        assert set(work.labels) <= set(ATTRIBUTES)
        said = [name for name, label in work.labels.items() if name.startswith("media_") and label == "positive"]
        assert len(said) == (0 if work.medium == "photo" else 1)


def test_every_attribute_is_shown_somewhere() -> None:
    shown = {name for work in WORKS for name, label in work.labels.items() if label == "positive"}
    assert shown == set(ATTRIBUTES)


def test_everything_that_can_be_drawn_hangs() -> None:
    assert {work.subject for work in WORKS} == set(COMPOSITIONS) | set(STUDIES)
    assert {work.light for work in WORKS} == set(PALETTES)
    assert {copy.edit for copy in COPIES} == set(EDITS)


def test_a_study_hangs_in_its_own_medium() -> None:
    assert all(STUDIES[work.subject].medium == work.medium for work in WORKS if work.subject in STUDIES)


def test_people_keep_their_colour() -> None:
    assert not [
        copy.name
        for copy in COPIES
        if copy.edit == "recoloured" and copy.original.labels.get("content_people") == "positive"
    ]


def test_copies_of_many_originals() -> None:
    assert len({copy.original.name for copy in COPIES}) >= 35
