"""Another model takes over at once and wholly, or not at all; and there is a way back."""

from collections.abc import Sequence

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.models import DescribedAgain, ServingModel
from data.records import Label
from data.word_query import parse_words
from errors import BadInput, ModelChanged
from tests.data.new_images import MODEL, new_image, vector

NEW = "b" * 64
DOG, COMIC = "content_dog", "media_comic"


def described(ids: Sequence[int], *, dog: float = 0.9) -> list[DescribedAgain]:
    """Return what NEW says of pictures: dogs, and nothing of comics."""
    return [
        DescribedAgain(each, {"copy": vector(1000 + each), "similar": vector(2000 + each)}, {DOG: dog}) for each in ids
    ]


@pytest.fixture
def filled(catalogue: Catalogue) -> Catalogue:
    """Give a catalogue of three pictures by MODEL; a person says of the last that it is no dog."""
    labels: list[dict[str, Label]] = [{}, {}, {DOG: "negative"}]
    catalogue.add_batch([new_image(number, labels=said) for number, said in enumerate(labels)])
    return catalogue


def found(catalogue: Catalogue, words: str) -> list[int]:
    """Return the ids of what is found by words, in order."""
    return sorted(image.id for image in catalogue.words.find(parse_words(words)).images)


def vectors(catalogue: Catalogue, model_id: str) -> list[int]:
    """Return the ids that a model's `copy` descriptors are kept of."""
    return [*map(int, catalogue.descriptors_of([1, 2, 3, 4], "copy", model_id).ids)]


def test_nobody_has_chosen_at_first(filled: Catalogue) -> None:
    assert filled.models.serving() == ServingModel(None, None)
    assert filled.models.described() == {MODEL: 3}
    assert filled.models.count_lacking(NEW) == 3
    assert [image_id for image_id, _ in filled.models.lacking(NEW, after_id=1, limit=1)] == [2]


def test_nothing_changes_before_every_picture_is_described(filled: Catalogue) -> None:
    assert filled.models.put(NEW, described([1, 2, 77])) == 2  # one is not there (any more)
    assert filled.models.put(NEW, described([2, 3])) == 1  # one was described
    filled.add_batch([new_image(9)])
    assert filled.models.switch(MODEL, NEW) == 1
    assert filled.models.serving().now is None
    assert filled.ids_with_attribute(DOG).tolist() == []
    assert filled.models.put(NEW, described([4])) == 1
    assert filled.models.switch(MODEL, NEW) == 0
    assert filled.models.serving() == ServingModel(NEW, None)


def test_attributes_and_facets_change_hands_with_it_and_come_back(filled: Catalogue) -> None:
    before = [filled.image(each).probabilities for each in (1, 2, 3)]
    filled.models.put(NEW, described([1, 2, 3]))
    assert [filled.image(each).probabilities for each in (1, 2, 3)] == before
    filled.models.switch(MODEL, NEW)
    assert filled.ids_with_attribute(DOG).tolist() == [1, 2]  # what a person says stands
    assert filled.ids_with_attribute(COMIC).tolist() == []
    assert found(filled, "dog") == [1, 2]
    assert found(filled, "comic") == []
    assert filled.image(1).probabilities == {DOG: pytest.approx(0.9, abs=1e-3)}
    filled.models.switch(NEW, MODEL)
    assert filled.ids_with_attribute(DOG).tolist() == []
    assert filled.ids_with_attribute(COMIC).tolist() == [1, 2, 3]
    assert found(filled, "comic") == [1, 2, 3]
    assert [filled.image(each).probabilities for each in (1, 2, 3)] == before
    assert filled.models.switch(MODEL, NEW) == 0  # nothing was lost on the way


def test_only_the_model_that_serves_may_add(filled: Catalogue) -> None:
    filled.models.put(NEW, described([1, 2, 3]))
    filled.models.switch(MODEL, NEW)
    with pytest.raises(ModelChanged):
        filled.add_batch([new_image(9)])
    assert filled.last_change() == 3
    filled.add_batch([new_image(9, model_id=NEW)])
    assert filled.models.switch(NEW, MODEL) == 1  # the way back takes what came since


def test_a_model_is_announced_and_taken_back(filled: Catalogue) -> None:
    filled.models.announce(NEW)
    assert filled.models.serving() == ServingModel(None, NEW)
    filled.models.announce(None)
    assert filled.models.serving() == ServingModel(None, None)


def test_what_serves_is_not_forgotten_and_what_does_not_goes_wholly(filled: Catalogue) -> None:
    filled.models.put(NEW, described([1, 2, 3]))
    with pytest.raises(BadInput):
        filled.models.forget(MODEL)  # nobody chose it, and it speaks
    filled.models.switch(MODEL, NEW)
    with pytest.raises(BadInput):
        filled.models.forget(NEW)
    assert filled.models.forget(MODEL) == 3
    assert filled.models.forget("c" * 64) == 0
    assert (vectors(filled, MODEL), vectors(filled, NEW)) == ([], [1, 2, 3])
    assert filled.models.described() == {NEW: 3}
    assert filled.models.count_lacking(MODEL) == 3


def test_a_picture_that_goes_takes_along_what_all_models_said(filled: Catalogue) -> None:
    filled.models.put(NEW, described([1, 2, 3]))
    filled.remove([1])
    assert (vectors(filled, MODEL), vectors(filled, NEW)) == ([2, 3], [2, 3])
    assert filled.models.switch(MODEL, NEW) == 0


def test_descriptors_of_both_lie_beside_each_other(filled: Catalogue) -> None:
    filled.models.put(NEW, described([1, 2, 3]))
    old, new = (filled.descriptors_of([1], "copy", each).vectors[0] for each in (MODEL, NEW))
    np.testing.assert_allclose(new, vector(1001), atol=1e-3)
    assert float(old @ new) < 0.9
