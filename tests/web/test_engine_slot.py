"""A request keeps to one engine; another takes its place at the catalogue's word, and is closed when nobody has it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Any, cast

import pytest

from data.models import ServingModel
from errors import ModelUnusable
from search.query import Engine
from web.engine_slot import EngineSlot

PATIENCE_S = 20.0
OLD, NEW = "a" * 64, "b" * 64


@dataclass
class Catalogue:
    """The catalogue's word."""

    word: ServingModel = field(default_factory=lambda: ServingModel(None, None))

    @property
    def models(self) -> "Catalogue":
        return self

    def serving(self) -> ServingModel:
        return self.word


class World:
    """Engines that are no more than a model's id, and a slot for them that looks a hundred times a second."""

    def __init__(self) -> None:
        self.catalogue = Catalogue()
        self.opened_ahead, self.closed, self.looks = Event(), list[str](), list[str | None]()
        self.fault: ModelUnusable | None = None
        self.slot = EngineSlot(
            lambda: self._engine(OLD),
            self._ahead,
            self._close,
            self._look,
            engine=None,
            waiting=1,
            interval_s=0.01,
        )

    def _engine(self, model_id: str) -> Engine:
        made: Any = type("E", (), {"catalogue": self.catalogue, "extractor": type("X", (), {"model_id": model_id})})
        return cast(Engine, made)

    def _ahead(self, engine: Engine, model_id: str) -> Engine:
        if self.fault is not None:
            self.opened_ahead.set()
            raise self.fault
        made = self._engine(model_id)
        self.opened_ahead.set()
        return made

    def _look(self, engine: Engine | None) -> None:
        self.looks.append(engine.extractor.model_id if engine is not None else None)

    def _close(self, engine: Engine) -> None:
        self.closed.append(engine.extractor.model_id)

    def wait(self, condition: Callable[[], bool]) -> None:
        looks = Event()
        for _ in range(int(PATIENCE_S * 100)):
            if condition():
                return
            looks.wait(0.01)
        raise AssertionError("it never came to be")


@pytest.fixture
def world() -> World:
    return World()


def answering(world: World) -> str:
    lease = world.slot.take()
    world.slot.give_back(lease)
    return lease.engine.extractor.model_id


def test_what_is_announced_is_opened_and_does_not_answer(world: World) -> None:
    assert answering(world) == OLD
    world.catalogue.word = ServingModel(None, NEW)
    assert world.opened_ahead.wait(PATIENCE_S)
    assert answering(world) == OLD
    world.catalogue.word = ServingModel(NEW, None)
    world.wait(lambda: answering(world) == NEW)
    assert world.closed == [OLD]
    world.wait(lambda: NEW in world.looks)  # who works with the engine beside requests goes over to it
    world.slot.close()
    assert world.closed == [OLD, NEW]
    assert (world.looks[0], world.looks[-1]) == (OLD, None)


def test_once_it_is_open_the_first_request_after_the_word_has_it(world: World) -> None:
    world.slot.open()
    world.catalogue.word = ServingModel(OLD, NEW)
    world.wait(lambda: world.slot._ahead is not None)
    world.catalogue.word = ServingModel(NEW, None)
    assert answering(world) == NEW
    world.slot.close()


def test_a_request_keeps_its_engine_and_it_stays_open(world: World) -> None:
    begun = world.slot.take()
    world.catalogue.word = ServingModel(NEW, None)
    world.wait(lambda: answering(world) == NEW)
    assert begun.engine.extractor.model_id == OLD
    assert world.closed == []
    world.slot.give_back(begun)
    assert world.closed == [OLD]
    world.slot.close()


def test_what_is_withdrawn_is_let_go_of(world: World) -> None:
    world.slot.open()
    world.catalogue.word = ServingModel(None, NEW)
    assert world.opened_ahead.wait(PATIENCE_S)
    world.catalogue.word = ServingModel(None, None)
    world.wait(lambda: world.closed == [NEW])
    assert answering(world) == OLD
    world.slot.close()


def test_a_model_that_this_machine_lacks_leaves_the_one_before_to_answer(world: World) -> None:
    world.fault = ModelUnusable("this machine lacks it")
    world.slot.open()
    world.catalogue.word = ServingModel(NEW, None)
    assert world.opened_ahead.wait(PATIENCE_S)
    assert answering(world) == OLD
    world.slot.close()


def test_an_engine_that_was_given_is_neither_followed_nor_closed(world: World) -> None:
    given = world._engine(OLD)
    slot = EngineSlot(lambda: given, world._ahead, world._close, world._look, engine=given, waiting=1, interval_s=0.01)
    slot.give_back(slot.take())
    slot.close()
    assert (world.closed, world.looks) == ([], [])
