"""A batched executor for GraphQL: it runs a whole level of a query at a time.

Everything public is here; modules whose names begin with an underscore may change at any time.
"""

from executor._documents.document import Document
from executor._execute import execute
from executor._extension import BatchedExecutor
from executor._fallback import Fallback
from executor._lru import LRU
from executor._schema.batched import batched
from executor._schema.instance_of import InstanceOf
from executor._schema.prefetched import Prefetched

__all__ = ["LRU", "BatchedExecutor", "Document", "Fallback", "InstanceOf", "Prefetched", "batched", "execute"]
