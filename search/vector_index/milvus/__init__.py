"""An index kept by Milvus: a file of Milvus Lite, a server or a managed service.

The collection is the durable state, and every process that searches it shares it. `retrace_indexes` holds one record a
collection: whose vectors they are, and the number of the last catalogue change that is in them. A process writes rows
first and the number afterwards, so that one killed in between repeats its last changes, which changes nothing: rows
are upserted by the picture's id. Two processes that catch up at once write the same rows; each goes on from its own
number until it has seen the catalogue's last change, so that a picture which a slower one brought back after its
removal goes again. Only a process killed exactly there leaves one behind: `check` finds it, `rebuild` mends it.
"""
