"""What `retrace_indexes` says of a collection: whose vectors it holds, and up to which change."""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256

from search.vector_index.contract import IndexIdentity
from search.vector_index.milvus.address import MilvusAddress
from search.vector_index.milvus.client import Milvus


@dataclass(frozen=True, slots=True)
class Record:
    """Whose vectors a collection holds, how it is searched, and the last change of the catalogue that is in it."""

    identity: IndexIdentity
    metric: str
    method: str
    change: int

    def fits(self, identity: IndexIdentity, address: MilvusAddress) -> bool:
        """Return whether an index of this identity at this address is the one."""
        return (self.identity, self.metric, self.method) == (identity, address.metric, address.method)


def read_record(milvus: Milvus, name: str) -> Record | None:
    """Return what is recorded of a collection; None of one that was never filled to the end."""
    text = milvus.record(name)
    if text is None:
        return None
    said = json.loads(text)
    return Record(IndexIdentity(**said["identity"]), said["metric"], said["method"], said["change"])


def write_record(milvus: Milvus, identity: IndexIdentity, change: int) -> None:
    """Keep the number of the last change that the rows hold; call it after the rows are written."""
    record = Record(identity, milvus.address.metric, milvus.address.method, change)
    milvus.put_record(collection_name(identity), json.dumps(asdict(record), sort_keys=True))


def collection_name(identity: IndexIdentity) -> str:
    """Return the name of the collection of these vectors: descriptor, model and catalogue, so that none ever mix."""
    catalogue = sha256(identity.catalogue_id.encode()).hexdigest()
    return f"retrace_{identity.kind}_{identity.model_id[:16]}_{catalogue[:16]}"
