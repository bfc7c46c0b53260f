"""Searches with many pictures of one's own, and the report of them."""
