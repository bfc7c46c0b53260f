"""How weights are moved: AdamW over a schedule of the rate, with a moving average that takes their place at the end."""

import keras


class AveragedAdamW(keras.optimizers.AdamW):  # type: ignore[misc]  # Keras ships no types
    """AdamW whose weights can go on learning once the moving average was put in their place.

    On JAX one array would then serve as both, and the next step, which takes over the memory of all it is handed,
    refuses an array that comes twice.
    """

    def finalize_variable_values(self, var_list: list[keras.Variable]) -> None:
        """Put a copy of the moving average in place of the weights."""
        super().finalize_variable_values(var_list)
        for variable in var_list:
            variable.assign(keras.ops.copy(variable))


def averaged_adamw(
    rate: float, *, steps: int, warm_up: float, decay: float, clip: float, average: float
) -> AveragedAdamW:
    """Return the optimizer of a training.

    Args:
        rate: highest learning rate; it rises linearly, then falls as a cosine to 0.
        steps: batches in all.
        warm_up: share of them in which it rises.
        decay: of weights (Loshchilov and Hutter, "Decoupled weight decay", 2019).
        clip: greatest norm of all gradients together.
        average: momentum of the moving average.
    """
    rising = max(1, round(steps * warm_up))
    return AveragedAdamW(
        learning_rate=keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=0.0, warmup_target=rate, warmup_steps=rising, decay_steps=max(1, steps - rising)
        ),
        weight_decay=decay,
        global_clipnorm=clip,
        use_ema=True,
        ema_momentum=average,
    )
