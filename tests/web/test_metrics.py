"""Numbers for Prometheus, of routes and never of visitors."""

from collections.abc import Callable

from flask.testing import FlaskClient


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


def test_numbers_are_off_unless_asked_for(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404
