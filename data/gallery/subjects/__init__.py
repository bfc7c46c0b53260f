"""What pictures show: marks about an origin at the feet or the centre, about 1 high."""
