"""A Ray cluster of two nodes on this machine: loopback only, nothing reported to anyone, no dashboard."""

from collections.abc import Iterator
from typing import Any

import pytest

NODE: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 80 * 2**20, "node_ip_address": "127.0.0.1"}
HEALTH = {
    # A lost node is missed within two seconds; half a minute, as Ray has it, is long for a test.
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 200,
    "health_check_timeout_ms": 2_000,
    "health_check_failure_threshold": 5,
}


@pytest.fixture(scope="session")
def ray_settings() -> Iterator[None]:
    """Say what Ray reads when it is imported, here and in the processes that it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # Without clusters of several machines Ray stays on the loopback interface.
        patch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        yield


def _start_head() -> Any:
    """Start the first node; once more where a busy machine had no half minute for its server to write its port."""
    from ray.cluster_utils import Cluster

    head = {**NODE, "include_dashboard": False, "_system_config": HEALTH}
    try:
        return Cluster(initialize_head=True, head_node_args=head)
    except RuntimeError as exc:
        if "Timed out" not in str(exc):
            raise
        return Cluster(initialize_head=True, head_node_args=head)


@pytest.fixture(scope="session")
def cluster(ray_settings: None) -> Iterator[Any]:
    """Run a cluster of two nodes with a core each."""
    cluster = _start_head()
    try:
        cluster.add_node(**NODE)
        yield cluster
    finally:
        cluster.shutdown()
