"""Random edits of pictures, for the descriptors to learn from.

`view_lightly` gives a picture nearly as it is; `edit_strongly` does what thieves do. Both are pure functions of picture
and generator. They share no code with the grid of edits that the result is judged on, and reach further than it.
"""

from feature_extractor.training.augment.views import MOST_OTHERS, edit_strongly, view_lightly

__all__ = ["MOST_OTHERS", "edit_strongly", "view_lightly"]
