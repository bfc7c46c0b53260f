"""Adding more than one machine describes in time: shards of the sources, described on a Ray cluster, kept here.

The life of a bulk run is search.bulk.run. A shard becomes a Parquet file on a node, whole or not at all, and then rows
of the catalogue here; nothing else passes between the two.
"""
