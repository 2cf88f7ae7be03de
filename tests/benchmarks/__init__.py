"""How long the library takes, measured beside what people write without it.

Run from the folder of the repository::

    python -m tests.benchmarks

Every contender starts from the same weights, sees the same samples in the same order and must end
with the same parameters, or it is not timed. Nothing here is collected by the test command, and
no time is asserted: what a machine can do is reported, not tested.
"""
