"""A batched executor for GraphQL: a whole level of the query at a time."""

from executor.at_hand import AtHand
from executor.batched import batched
from executor.execute import execute
from executor.extension import BatchedExecutor
from executor.fallback import Fallback
from executor.instance_test import InstanceTest

__all__ = ["AtHand", "BatchedExecutor", "Fallback", "InstanceTest", "batched", "execute"]
