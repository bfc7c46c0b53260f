"""What a calibration learns from decisions, and what teaches it nothing."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from data.decisions import Subject
from errors import BadInput
from evaluation.calibrating_by_decisions import DecisionsWeighed, hold_out, weigh_decisions
from evaluation.calibration_fit import fit_calibration
from evaluation.calibration_pairs import MEASURES
from evaluation.decided_pairs import DecidedPairs, learnable, parse_lines, read_catalogue, read_export
from search.answer import Verdict
from search.confidence import PairEvidence
from search.decide import decide_pair
from search.open_engine import close_engine
from search.query import Engine, describe_query, query_from_catalogue
from search.stopwatch import Stopwatch
from search.why import trace_pair
from tests.engines import encode, make_engine, offer
from tests.evaluation.decisions import MODEL_ID, PER_SEARCH, decision, decisions, sample
from tests.search.known_copies import blots


def learnt(lines: list[str]) -> DecidedPairs:
    return learnable(parse_lines(lines, "here"), model_id=MODEL_ID, per_search=PER_SEARCH)


def weighed(lines: list[str]) -> DecisionsWeighed:
    return weigh_decisions(sample(), learnt(lines), seed=3)


def test_decisions_move_the_probability_and_held_out_ones_are_told_truer() -> None:
    found = weighed(decisions())
    assert found.held_out is not None
    before, after = found.held_out.decided_before, found.held_out.decided_after
    assert after.log_loss < before.log_loss
    assert after.error < before.error
    assert found.calibration is not None
    evidence = PairEvidence(0.75, is_laid=False)
    alone = fit_calibration(sample()).probability(Verdict.UNCONFIRMED, evidence)
    told = found.calibration.probability(Verdict.UNCONFIRMED, evidence)
    assert alone is not None
    assert told is not None
    assert told < alone
    noted = found.calibration.fitted.decisions
    assert noted is not None
    assert (noted.decisions, noted.copies, noted.weight) == (200, found.copies, 200 * PER_SEARCH)
    assert noted.held_out["log_loss_after"] == round(after.log_loss, 4)
    assert found.calibration.fitted.pairs == len(sample().pairs)  # of the sample alone
    assert any("200 decisions" in line for line in found.lines())


def test_decisions_that_say_what_is_known_already_change_little_and_those_by_lot_nothing() -> None:
    rng = np.random.default_rng(5)
    by_lot = [
        decision(number, 0.6 + 0.4 * share, is_copy=bool(rng.random() < 1 - share))
        for number, share in enumerate(rng.random(60))
    ]
    asked = sample(20_000)
    found = weigh_decisions(asked, learnt(by_lot), seed=3)
    assert found.held_out is not None
    assert (found.calibration is None) == (not found.held_out.is_better)
    same = hold_out(sample().pairs, learnt(decisions(middle=0.6)).pairs, seed=3)
    assert same.decided_after.log_loss == pytest.approx(same.decided_before.log_loss, abs=0.05)


def test_few_decisions_change_nothing_and_are_told_so() -> None:
    found = weighed(decisions(49))
    assert (found.calibration, found.held_out) == (None, None)
    assert "Fewer than 50 change nothing" in " ".join(found.lines())
    assert found.to_record()["is_changed"] is False
    assert weighed([]).decisions == 0


def test_decisions_of_one_kind_or_on_one_picture_are_refused() -> None:
    mistakes = [decision(number, 0.9, is_copy=False) for number in range(80)]
    with pytest.raises(BadInput, match="at least 5 decisions of each kind; of 80, 0 of copies"):
        weighed(mistakes)
    of_one = [decision(number, number / 100, is_copy=number > 40, query=7) for number in range(80)]
    with pytest.raises(BadInput, match="at least 5 originals"):
        weighed(of_one)


def test_the_hits_of_one_query_weigh_as_one_search_and_are_held_out_together() -> None:
    pairs = learnt([decision(number, 0.8, is_copy=True, query=7) for number in range(10, 14)] + decisions(3)).pairs
    assert pairs.weight.tolist() == [PER_SEARCH / 4] * 4 + [PER_SEARCH] * 3
    assert len(set(pairs.group[:4].tolist())) == 1
    assert len(set(pairs.group.tolist())) == 4


def test_pictures_that_lead_to_each_other_are_one_group_whatever_the_order() -> None:
    def line(number: int, query: int, picture: int) -> str:
        named = {"query_sha256": f"{query:064x}", "picture_sha256": f"{picture:064x}"}
        return json.dumps(json.loads(decision(number, 0.9, is_copy=True)) | named)

    lines = [line(1, 1, 2), line(2, 3, 4), line(3, 5, 6), line(4, 2, 3)]
    for order in (lines, lines[::-1]):
        group = learnt(order).pairs.group.tolist()
        assert sorted(Counter(group).values()) == [1, 3]
    steps = [100 * chain + step for chain in (1, 2) for step in range(40)]
    chains = [line(step, step, step + 1) for step in steps]
    for seed in range(5):
        mixed = np.random.default_rng(seed).permutation(chains).tolist()
        assert sorted(Counter(learnt(mixed).pairs.group.tolist()).values()) == [40, 40]


def test_what_teaches_nothing_is_left_out_and_counted() -> None:
    found = learnt([
        decision(1, 0.9, is_copy=True, is_same_pixels=True),
        decision(2, 0.9, is_copy=True, model_id="b" * 64),
        decision(3, 0.9, is_copy=True, method="another"),
        decision(4, 0.9, is_copy=True, copy_score=None),
        decision(5, 0.9, is_copy=True),
    ])  # fmt: skip
    assert len(found.pairs) == 1
    assert sorted(found.left_out.values()) == [1, 1, 2]
    assert found.newest is not None
    assert found.newest.second == 5


def test_of_two_decisions_on_one_pair_the_later_counts_whichever_is_read_first() -> None:
    def line(minute: int, *, is_copy: bool) -> str:
        return json.dumps(json.loads(decision(1, 0.9, is_copy=is_copy)) | {"decided_at": f"2026-01-01T00:{minute}:00Z"})

    for lines in ([line(10, is_copy=True), line(20, is_copy=False)], [line(20, is_copy=False), line(10, is_copy=True)]):
        found = learnt(lines)
        assert found.pairs.is_copy.tolist() == [False]
        assert found.left_out == {"decided anew since, or twice": 1}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no json", "line 2 .* Invalid JSON"),
        ('{"is_copy": true}', "line 2 .*Field required"),
        (decision(1, 7.0, is_copy=True), "copy_score"),
        (decision(1, 0.5, is_copy=True).replace("0.5", "NaN"), "line 2"),
    ],
)
def test_a_file_of_something_else_is_refused_by_its_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(f"{decision(9, 0.5, is_copy=True)}\n{line}\n")
    with pytest.raises(BadInput, match=said) as raised:
        list(read_export(path))
    assert "export --evidence" in raised.value.remedy


def test_a_file_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(f'{{"x": "{"y" * 40_000}"}}')
    with pytest.raises(BadInput, match="32,000 bytes"):
        list(read_export(path))
    with pytest.raises(BadInput, match="No such file"):
        list(read_export(tmp_path / "absent"))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    records = [offer(encode(blots(seed, 320, 240)), f"/{seed}.png", collection="shop") for seed in range(3)]
    engine = make_engine(tmp_path_factory.mktemp("decided"), records)
    yield engine
    close_engine(engine)


def test_what_is_kept_with_a_decision_is_what_the_engine_measured(engine: Engine) -> None:
    query = describe_query(engine, encode(blots(0, 320, 240)[:180, :260], "JPEG", quality=60), Stopwatch())
    pictures = [query_from_catalogue(engine, image_id, Stopwatch()) for image_id in (1, 2, 3)]
    decide_pair(engine, query, pictures[0], "licensed", "ann")
    decide_pair(engine, query, pictures[1], "not_a_copy", "ann")
    undone = decide_pair(engine, query, pictures[2], "not_a_copy", "ann")
    engine.decisions.undo(undone.id, "ann")
    engine.decisions.decide("mine", Subject.of_collection("shop"), "ann")
    engine.decisions.decide("licensed", Subject.of_pair(pictures[0].key, pictures[2].key), "ann")
    left_out: Counter[str] = Counter()
    read = read_catalogue(engine.decisions, left_out)
    found = learnable(read, model_id=engine.extractor.model_id, per_search=1, left_out=left_out)
    assert found.pairs.is_copy.tolist() == [True, False]
    assert found.pairs.is_laid.all()
    assert found.left_out == {
        "on places and collections: they say whose copies are, not what two pictures show": 1,
        "without anything measured": 1,
    }
    for picture, measures in zip(pictures, found.pairs.measures, strict=False):
        trace = trace_pair(engine, query, picture)
        seen = PairEvidence(float(trace.copy_score), is_laid=True, proof=trace.proof).measures()
        assert measures.tolist() == pytest.approx([seen[name] for name in MEASURES], abs=1e-5)
    assert found.pairs.measures[0, 1] > 0.9 > found.pairs.measures[1, 1]
