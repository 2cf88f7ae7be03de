"""Traces: every message of a pass in order, to walk along forwards and backwards.

`trace` works out one round on paper, so to speak: the network itself changes only when one walks.
"""

from neurograph.tracing.events import Difference, TraceEvent
from neurograph.tracing.keeping import check_trace_file
from neurograph.tracing.recording import trace
from neurograph.tracing.sequence import Trace

__all__ = ["Difference", "Trace", "TraceEvent", "check_trace_file", "trace"]
