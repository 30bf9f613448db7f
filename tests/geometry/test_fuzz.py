"""Random sequences of operations keep the partition gap-free, overlap-free and balanced (`random_flows` says what is asserted)."""

import pytest

from tests.geometry import random_flows


@pytest.mark.parametrize("seed", range(30))
def test_random_flow_keeps_the_partition(seed):
    _, done = random_flows.run(seed)
    assert done > 0


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 5000, 100))
def test_thousands_of_random_flows_keep_the_partition(first):
    operations = sum(random_flows.run(seed)[1] for seed in range(first, first + 100))
    assert operations > 500  # of 1200: most are done, the others refused


def test_the_assertions_of_the_fuzz_can_fail():
    rng = random_flows.np.random.default_rng(0)
    section = random_flows.start(rng).grown("film", "Cu", 1e-6)
    with pytest.raises(AssertionError, match="must not touch"):
        random_flows.hold(section, section.etched({"Cu": 1e-8}, 20.0), set(), set())
