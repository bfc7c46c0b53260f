"""Migrations of the catalogue, run by data.migrate: `versions/` in order.

They only go forward. The way back is a backup: undoing the tables would undo what they hold.
"""
