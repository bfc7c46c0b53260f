"""Where pictures come from: files, folders, archives, tables, BAM! files and addresses, one record a picture."""

from data.sources.bam import read_bam
from data.sources.kept import read_again
from data.sources.opening import count_source, open_source
from data.sources.source import PictureSource, Skip

__all__ = ["PictureSource", "Skip", "count_source", "open_source", "read_again", "read_bam"]
