"""Wrong variants that the visible checks let through, and the words of the TODO from which a student could have known.

A visible check answers within a second, on the device at hand, and holds no formula of the solution.
"""

BY_TODO = {
    "spiral/make_spiral": {
        "independent Gaussian jitter on both coordinates": "mirrored_arm",
    },
    "spiral/forward_network": {
        "neither net nor x is changed.": "upcasts_net",
    },
    "spiral/q_sample": {  # a tenth: it takes a million draws to tell that from chance
        "independent for each number, fresh at each call": "shared_by_calls_in_part shared_by_columns_in_part",
    },
    "spiral/backward_network": {
        "Nothing else is added: no weight decay, no clipping.": "clipped_at_five",
    },
    "spiral/train": {
        "random t, uniform over 1..T": "int8_steps",  # and the T is an argument
        "then follows smoothing * average + (1 - smoothing) * loss": "smoothing_or_default",  # of 0, no average at all
    },
    "mnist/add_noise": {
        "with the shape, dtype and device of x_0": "noise_always_float32",
    },
    "mnist/residual_block": {
        "and the block's weights and mode are left as they were": "asks_gradients_of_x",
    },
    "mnist/simple_unet": {
        "the network's mode (train or eval) stay as they were": "last_norm_left_in_eval",
    },
    "mnist/train_step": {
        "also in a batch of one": "timesteps_squeezed",
    },
    "sampling/ddim_step": {
        "if its image is x_0": "clipped",  # x_0 lies within [-1, 1] there
        "fresh standard normal noise": "generator_set_back",
    },
    "sampling/sample": {
        "to the level of the timestep listed next": "even_strides",  # those listed are even there
        "No gradients.": "detached_at_the_end",
    },
    "sampling/guided": {
        "m = model(x, t, labels) and n = model(x, t)": "answers_kept_by_t t_of_first_image",
    },
    "sampling/ema_update": {
        "becomes decay * itself + (1 - decay) * the model's": "float16 tied_twice",
        "requires_grad stays": "requires_grad_taken_over",
        "buffers (floating-point or not)": "state_dict_alone",
    },
    "sampling/frechet_distance": {
        "|mean_a - mean_b|^2 + trace": "rounded",
    },
}

# Right on the CPU, where nearly everybody runs the notebook; on a GPU the same checks stop at most of them.
GPU_ONLY_BY_TODO = {
    "mnist/noise_scheduler": "lookup_without_devices",
    "mnist/add_noise": "noise_on_cpu table_indexed_directly",
    "mnist/time_embedding": "cpu_frequencies global_device numpy_without_cpu",
    "mnist/residual_block": "factors_on_cpu",
    "mnist/simple_unet": "cpu_time",
    "mnist/train_step": "numpy_loss table_on_cpu timesteps_on_cpu",
    "mnist/train_epoch": "cpu_written_out",
    "mnist/main": "device_cpu model_not_moved",
    "sampling/ddim_step": "noise_on_cpu",
    "sampling/sample": "images_to_cpu levels_by_numpy noise_on_cpu timesteps_on_cpu",
    "sampling/guided": "by_numpy computed_on_cpu labels_to_cpu",
}


def files(todo: str, names: str) -> list[str]:
    return [f"{todo}/chaff_{name}.py" for name in names.split()]


LET_THROUGH = {
    file: words for todo, reasons in BY_TODO.items() for words, names in reasons.items() for file in files(todo, names)
}
GPU_ONLY = [file for todo, names in GPU_ONLY_BY_TODO.items() for file in files(todo, names)]
