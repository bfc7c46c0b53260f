"""Addresses that are written out are those of the routes."""

import pytest
from flask import url_for

from web import links
from web.app import Site


@pytest.mark.parametrize("root", ["", "/below"])
def test_links_are_those_of_the_routes(app: Site, root: str) -> None:
    with app.test_request_context(environ_overrides={"SCRIPT_NAME": root}):
        assert links.picture_href(12) == url_for("pages.picture", image_id=12)
        assert links.search_href(12) == url_for("pages.search_catalogue", image=12)
        assert links.thumbnail_src("0" * 64) == url_for("pages.thumbnail", sha256="0" * 64)
        assert links.compare_href(12, 7) == url_for("comparisons.compare_catalogue", first=12, second=7)
        assert links.compare_upload_href(12) == url_for("comparisons.compare_upload", picture=12)
        assert links.family_href(12) == url_for("families.family", image_id=12)
        assert links.evidence_href(12, 7) == url_for("evidence.evidence_of_catalogue", first=12, second=7)
        assert links.video_href(12) == url_for("videos.video", video_id=12)
        assert links.video_href(12, 1500) == url_for("videos.video", video_id=12, at="1.500")
        assert links.video_file_href(12) == url_for("videos.video_file", video_id=12)
        assert links.video_file_href(12, as_download=True) == url_for("videos.download", video_id=12)
        assert links.poster_src("0" * 64) == url_for("videos.poster", sha256="0" * 64)
        assert links.evidence_upload_href(12) == url_for("evidence.evidence_of_upload", picture=12)
