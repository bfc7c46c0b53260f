"""The evidence of a pair of pictures, as one file that anybody can check again: made by `make`, checked by `verify`."""
