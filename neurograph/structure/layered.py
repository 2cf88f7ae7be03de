"""The structure of a network of layers, without looking at its connections one by one."""

from itertools import pairwise

import numpy as np

from neurograph.activations import get_activation
from neurograph.combinations import get_combination
from neurograph.layers import Layout
from neurograph.structure.model import BIAS, EMPTY, Block, Structure, row_ranges

__all__ = ["layered_structure"]


def layered_structure(layout: Layout) -> Structure:
    """Return the structure of a layered network, as `read_structure` would find it."""
    levels = row_ranges([len(layer) for layer in layout.names])
    blocks: list[Block] = []
    pres, posts, values, trainable = [], [], [], []
    bias_slot: dict[int, int] = {}
    tied: dict[str, list[int]] = {}
    start = 0
    for number, (before, rows) in enumerate(pairwise(levels), start=1):
        weights, biases = layout.weights[number - 1], layout.biases[number - 1]
        has_bias = np.array([bias is not None for bias in biases])
        width = len(before) + 1
        slots = slice(start, start + len(rows) * width)
        blocks.append(Block(rows, slots, before.start + number - 1, width))
        pre = np.empty((len(rows), width), dtype=np.int32)
        pre[:, :-1] = before
        pre[:, -1] = np.where(has_bias, BIAS, EMPTY)
        pres.append(pre.ravel())
        posts.append(np.repeat(np.array(rows, dtype=np.int32), width))
        filled = np.array([0.0 if bias is None else bias for bias in biases])
        values.append(np.column_stack([weights, filled]).ravel())
        change = np.ones((len(rows), width), dtype=np.bool_)
        change[:, -1] = has_bias & layout.trainable_bias
        trainable.append(change.ravel())
        found = {row: start + n * width + width - 1 for n, row in enumerate(rows) if has_bias[n]}
        bias_slot |= found
        if layout.shared_bias and found:
            tied[f"b{number}"] = list(found.values())
        start = slots.stop
    return Structure(
        names=[name for layer in layout.names for name in layer],
        levels=levels,
        inputs=list(levels[0]),
        bias_neurons=[],
        outputs=list(levels[-1]),
        activations=[
            get_activation(name)
            for name, level in zip(["identity", *layout.activations], levels, strict=True)
            for _ in level
        ],
        blocks=blocks,
        pre=np.concatenate(pres),
        post=np.concatenate(posts),
        bias_slot=bias_slot,
        trainable=np.concatenate(trainable),
        values=np.concatenate(values),
        tied=tied,
        combinations=[get_combination("sum")] * levels[-1].stop,
        masks={},
    )
