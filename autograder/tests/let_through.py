"""Wrong variants that the visible checks let through, and the words of the TODO from which a student could have known.

A visible check answers within a second, on the device at hand, and holds no formula of the solution.
"""

BY_TODO = {
    "spiral/q_sample": {  # a tenth: it takes a million draws to tell that from chance
        "independent for each number, fresh at each call": "shared_by_calls_in_part shared_by_columns_in_part",
    },
    "spiral/backward_network": {
        "The forward pass is read from the cache that is passed in.": "last_forward_global",
        "with m the momentum of the net": "momentum_capped",  # at 0.9, the check's own
    },
    "spiral/train": {
        "each step is one update on all of X": "bootstrap",
        "each point has its own fresh noise and its own fresh random t": (
            "cycling_t eps_drawn_once half_same_t t_drawn_once"
        ),
        "the loss is mse_loss against the eps that made x_t": "alphas_for_bars inlined_offby",
        "its gradient goes to backward_network with lr": "lr_cosine",
        "momentum and velocities are left to backward_network": "momentum_overwritten velocities_reset",
        "all steps are made, however small the loss": "early_stop",
        "the network's input is [x_t, t/T]": "time_max",
    },
    "spiral/p_sample": {
        "the mean is the one of the DDPM update with the network's answer at [x_t, t/T]": "eps_averaged hard_T",
        "fresh standard normal noise, independent for each number, is added": "no_cast_int no_noise_at_T",
        "with variance betas[t-1] or the posterior variance": "sigma_previous_beta",
    },
    "mnist/add_noise": {
        "with the shape, dtype and device of x_0": "noise_always_float32",
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
}


def files(todo: str, names: str) -> list[str]:
    return [f"{todo}/chaff_{name}.py" for name in names.split()]


LET_THROUGH = {
    file: words for todo, reasons in BY_TODO.items() for words, names in reasons.items() for file in files(todo, names)
}
GPU_ONLY = [file for todo, names in GPU_ONLY_BY_TODO.items() for file in files(todo, names)]
