"""Numbers for Prometheus, of routes and never of visitors."""

from collections.abc import Callable

from flask.testing import FlaskClient
from prometheus_client import generate_latest

from search.shadow import LiveRecall
from web.metrics import Metrics


def test_requests_steps_and_verdicts_are_counted(make_client: Callable[..., FlaskClient]) -> None:
    client = make_client(metrics=True)
    client.get("/search?image=3")
    client.get("/picture/4")
    client.get("/picture/5")
    client.get("/no/such/page/of/a/visitor")
    text = client.get("/metrics").text
    assert 'retrace_requests_total{method="GET",route="/picture/<int:image_id>",status="200"} 2.0' in text
    assert 'retrace_requests_total{method="GET",route="none",status="404"} 1.0' in text
    assert 'retrace_search_step_seconds_count{step="similar"} 1.0' in text
    assert 'retrace_searches_total{verdict="none_found"} 1.0' in text
    assert "no/such/page" not in text


def test_live_recall_is_told_once_and_from_the_start_again_after_the_engine_was_opened_anew() -> None:
    told = Metrics(None)
    for live in (LiveRecall(1, 10, 8), LiveRecall(3, 30, 27), LiveRecall(3, 30, 27), LiveRecall(1, 10, 10)):
        told.tell_recall("copies", live)
    text = generate_latest(told.registry).decode()
    assert 'retrace_shadow_neighbours_total{index="copies",outcome="found"} 37.0' in text
    assert 'retrace_shadow_neighbours_total{index="copies",outcome="missed"} 3.0' in text


def test_numbers_are_off_unless_asked_for(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404
