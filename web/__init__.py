"""The site and its JSON API: requests in, pages and documents out; all decisions are taken below, in `search`."""

from web.app import create_app

__all__ = ["create_app"]
