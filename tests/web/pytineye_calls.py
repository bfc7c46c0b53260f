"""Every call of pytineye's API class; test_pytineye.py runs it in the environment of that package alone.

Usage: python pytineye_calls.py ADDRESS KEY PICTURE PICTURE_ADDRESS
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytineye import TinEyeAPIError, TinEyeAPIRequest  # type: ignore[import-not-found]  # has an environment of its own


def told(response: Any) -> dict[str, Any]:
    """Return a response as plain values, by the attributes that the package documents."""
    return {
        "stats": response.stats,
        "matches": [
            {
                **{name: getattr(match, name) for name in FIELDS},
                "backlinks": [[link.url, link.backlink, link.crawl_date.isoformat()] for link in match.backlinks],
            }
            for match in response.matches
        ],
    }


FIELDS = ("image_url", "domain", "score", "width", "height", "size", "format", "filesize", "overlay", "tags")


def refused(call: Callable[[], Any]) -> list[Any] | None:
    """Return code and messages of a call that is refused."""
    try:
        call()
    except TinEyeAPIError as exc:
        return [exc.code, exc.message, repr(exc)]
    return None


def main() -> None:
    """Print what every call answers, as JSON."""
    address, key, picture, picture_address = sys.argv[1:]
    api = TinEyeAPIRequest(api_url=address, api_key=key)
    data = Path(picture).read_bytes()
    remaining = api.remaining_searches()
    answers = {
        "search_data": told(api.search_data(data)),
        "search_url": told(api.search_url(picture_address)),
        "sorted": {
            f"{sort} {order}": [match.filesize for match in api.search_data(data, sort=sort, order=order).matches]
            for sort in ("score", "size", "crawl_date")
            for order in ("asc", "desc")
        },
        "second": told(api.search_data(data, offset=1, limit=1)),
        "no_backlinks": told(api.search_data(data, backlink_limit=0)),
        "domain": told(api.search_data(data, domain="example.org")),
        "image_count": api.image_count(),
        "remaining_before": remaining["total_remaining_searches"],
        "remaining": [
            [bundle["remaining_searches"], bundle["start_date"].isoformat(), bundle["expire_date"].isoformat()]
            for bundle in api.remaining_searches()["bundles"]
        ],
        "no_picture": refused(lambda: api.search_data(b"no picture")),
        "empty": refused(lambda: api.search_data(b"")),
        "no_address": refused(lambda: api.search_url("")),
        "private": refused(lambda: api.search_url("http://10.0.0.1/a.png")),
        "gone": refused(lambda: api.search_url(f"{picture_address}.gone")),
        "sort": refused(lambda: api.search_data(data, sort="colour")),
        "limit": refused(lambda: api.search_data(data, limit=0)),
        "offset": refused(lambda: api.search_data(data, offset=-1)),
        "wrong_key": refused(TinEyeAPIRequest(api_url=address, api_key="wrong").image_count),
        "visitor": TinEyeAPIRequest(api_url=address).image_count(),
        "unknown": refused(lambda: api._request("no_such_method")),
    }
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
