"""What the network is taught by: pure functions of tensors, for any backend of Keras."""

from typing import Any

from keras import ops

Tensor = Any  # a tensor of whichever backend Keras runs on

_FAR = 1e9
_TINY = 1e-6


def show_nothing_alike(ids: Tensor, companions: Tensor, other_ids: Tensor, other_companions: Tensor) -> Tensor:
    """Return which pairs of views may be told apart: neither shows the picture of the other.

    A collage of pictures that are learnt from shows those too, and is no more a negative of theirs than of its own.

    Args:
        ids: int32 (n,), the picture of each view; -1 for a place that holds none, which nothing is told apart from.
        companions: int32 (n, c), the other pictures that a view shows, or maybe shows; -1 where there are fewer.
        other_ids, other_companions: of the other views, (m,) and (m, c).
    Returns:
        bool (n, m).
    """
    alike = ops.equal(ids[:, None], other_ids[None, :])
    shown = ops.any(ops.equal(companions[:, :, None], other_ids[None, None, :]), axis=1)
    shows = ops.any(ops.equal(ids[:, None, None], other_companions[None, :, :]), axis=2)
    absent = ops.logical_or(ids[:, None] < 0, other_ids[None, :] < 0)
    return ops.logical_not(ops.logical_or(ops.logical_or(alike, absent), ops.logical_or(shown, shows)))


def contrastive(
    copies: Tensor, ids: Tensor, bank: Tensor, apart: Tensor, bank_apart: Tensor, *, temperature: float
) -> Tensor:
    """Return the normalised cross-entropy of finding the other views of a picture among everything else.

    For each view and each other view of its picture: the negative logarithm of the softmax share of that pair among
    the pair and all views of other pictures, those of earlier batches too (Chen et al., "SimCLR", 2020; Pizzi et al.,
    "SSCD", 2022; the bank: Wang et al., "Cross-batch memory", 2020). A view without another counts as a negative only.

    Args:
        copies: float32 (n, dim), L2 norm 1.
        ids: int32 (n,), the picture of each view.
        bank: float32 (m, dim), views of earlier batches, without a gradient.
        apart, bank_apart: bool (n, n) and (n, m), which are negatives of each other; see `show_nothing_alike`. The
            same picture in the bank is neither sought nor avoided.
        temperature: divides the cosines.
    Returns:
        float32 scalar.
    """
    logits = ops.matmul(copies, ops.transpose(copies)) / temperature  # (n, n)
    banked = ops.matmul(copies, ops.transpose(bank)) / temperature  # (n, m)
    same = ops.equal(ids[:, None], ids[None, :])
    itself = ops.cast(ops.eye(ops.shape(ids)[0]), "bool")
    positive = ops.logical_and(same, ops.logical_not(itself))
    avoided = ops.concatenate([ops.where(apart, logits, -_FAR), ops.where(bank_apart, banked, -_FAR)], axis=1)
    negatives = ops.logsumexp(avoided, axis=1, keepdims=True)  # (n, 1)
    missed = ops.logaddexp(logits, negatives) - logits  # (n, n)
    chosen = ops.cast(positive, "float32")
    return ops.sum(ops.where(positive, missed, 0.0)) / ops.maximum(ops.sum(chosen), 1.0)


def entropy(copies: Tensor, bank: Tensor, apart: Tensor, bank_apart: Tensor) -> Tensor:
    """Return the negative mean logarithm of the distance to the nearest view of another picture.

    It spreads descriptors over the sphere, so that one threshold means the same everywhere (Kozachenko and Leonenko's
    estimate of the entropy, as in Sablayrolles et al., "Spreading vectors", 2019, and SSCD).

    Args:
        copies, bank, apart, bank_apart: as for `contrastive`.
    Returns:
        float32 scalar.
    """
    here = ops.where(apart, ops.matmul(copies, ops.transpose(copies)), -_FAR)
    there = ops.where(bank_apart, ops.matmul(copies, ops.transpose(bank)), -_FAR)
    nearest = ops.max(ops.concatenate([here, there], axis=1), axis=1)  # cosine, (n,)
    known = ops.cast(nearest > -1.5, "float32")  # a batch of one picture has no other
    squared = ops.maximum(2.0 - 2.0 * ops.maximum(nearest, -1.0), _TINY)
    return -0.5 * ops.sum(known * ops.log(squared)) / ops.maximum(ops.sum(known), 1.0)


def masked_cross_entropy(logits: Tensor, labels: Tensor, rows: Tensor) -> Tensor:
    """Return the mean binary cross-entropy over what is labelled.

    Args:
        logits: float32 (n, attributes).
        labels: float32 (n, attributes): 1 positive, 0 negative, -1 unsure or unlabelled, which carries no loss.
        rows: float32 (n,), the weight of each row.
    Returns:
        float32 scalar; 0 where nothing is labelled.
    """
    known = ops.cast(labels >= 0, "float32") * rows[:, None]
    # The stable form of -[y log σ(x) + (1 - y) log(1 - σ(x))].
    losses = ops.maximum(logits, 0.0) - logits * labels + ops.log1p(ops.exp(-ops.abs(logits)))
    return ops.sum(known * losses) / ops.maximum(ops.sum(known), 1.0)


def category_cross_entropy(logits: Tensor, categories: Tensor, rows: Tensor) -> Tensor:
    """Return the mean cross-entropy over the rows whose category is known.

    Args:
        logits: float32 (n, categories).
        categories: int32 (n,); -1 where unknown, which carries no loss.
        rows: float32 (n,), the weight of each row.
    Returns:
        float32 scalar; 0 where no category is known.
    """
    known = ops.cast(categories >= 0, "float32") * rows
    chosen = ops.one_hot(ops.maximum(categories, 0), ops.shape(logits)[1])
    losses = ops.logsumexp(logits, axis=1) - ops.sum(logits * chosen, axis=1)
    return ops.sum(known * losses) / ops.maximum(ops.sum(known), 1.0)


def relational_distillation(similar: Tensor, teacher: Tensor, rows: Tensor, *, temperature: float) -> Tensor:
    """Return how far the neighbours of each row are from those that a teacher gives it.

    The Kullback-Leibler divergence from the teacher's softmax over cosines to the other rows to ours, so that what the
    teacher knows of pictures without labels is kept, whatever the dimensions (after Passalis and Tefas, "Probabilistic
    knowledge transfer", 2018).

    Args:
        similar: float32 (n, dim), L2 norm 1.
        teacher: float32 (n, any dim), L2 norm 1.
        rows: float32 (n,), the weight of each row; rows of weight 0 are no neighbours either.
        temperature: divides the cosines of both.
    Returns:
        float32 scalar.
    """
    left_out = ops.logical_or(ops.cast(ops.eye(ops.shape(rows)[0]), "bool"), rows[None, :] <= 0)
    ours = _log_softmax(ops.where(left_out, -_FAR, ops.matmul(similar, ops.transpose(similar)) / temperature))
    theirs = _log_softmax(ops.where(left_out, -_FAR, ops.matmul(teacher, ops.transpose(teacher)) / temperature))
    gaps = ops.where(left_out, 0.0, ops.exp(theirs) * (theirs - ours))
    return ops.sum(rows * ops.sum(gaps, axis=1)) / ops.maximum(ops.sum(rows), 1.0)


def cosine_distillation(look: Tensor, teacher: Tensor, rows: Tensor) -> Tensor:
    """Return how far each row is from what a teacher says of it: one minus their cosine, the mean over the rows.

    Args:
        look: float32 (n, dim), L2 norm 1.
        teacher: float32 (n, dim), L2 norm 1.
        rows: float32 (n,), the weight of each row.
    Returns:
        float32 scalar.
    """
    return ops.sum(rows * (1 - ops.sum(look * teacher, axis=1))) / ops.maximum(ops.sum(rows), 1.0)


def _log_softmax(logits: Tensor) -> Tensor:
    return logits - ops.logsumexp(logits, axis=1, keepdims=True)
