from data.catalogue import Catalogue
from data.hashes import HashedPicture, Hashes
from tests.data.new_images import digest, new_image


def test_hashes_are_read_in_order_of_id(catalogue: Catalogue) -> None:
    hashes = Hashes(catalogue.database)
    number, rows = hashes.snapshot()
    assert (number, rows.ids.shape, rows.hashes.shape) == (0, (0,), (0, 32))
    new = [new_image(number, collection="cats" if number % 4 == 1 else None) for number in range(9)]
    catalogue.add_batch(new)
    catalogue.remove([2])
    held = {number + 1: one.pdq for number, one in enumerate(new) if one.pdq is not None and number != 1}
    assert list(held) == [4, 6, 8]
    number, rows = hashes.snapshot()
    assert number == catalogue.last_change()
    assert dict(zip(rows.ids.tolist(), map(bytes, rows.hashes), strict=True)) == held
    assert hashes.of([8, 2, 4, 1, 99]).ids.tolist() == [4, 8]
    whole = [HashedPicture(image_id, pdq, digest(image_id - 1)) for image_id, pdq in sorted(held.items())]
    assert list(hashes.all()) == whole
    assert hashes.page(after_id=whole[0].image_id, limit=1) == whole[1:2]
    assert list(hashes.all(collection="cats")) == whole[1:2]
    assert list(hashes.all(collection="dogs")) == []
