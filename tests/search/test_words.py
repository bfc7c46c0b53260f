from search.words import count


def test_a_number_and_its_noun_agree() -> None:
    assert count(0, "picture") == "0 pictures"
    assert count(1, "copy", "copies") == "1 copy"
    assert count(2, "copy", "copies") == "2 copies"
    assert count(13_160, "picture") == "13,160 pictures"
