"""Weights by a formula of name and index, the same as in formula-weights.ts, and samples of what comes out."""
import numpy as np


def mixed(count, name):
    """`count` values in [-1, 1) from a 32-bit hash of name and index."""
    seed = 0
    for character in name:
        seed = (seed * 31 + ord(character)) & 0xFFFFFFFF
    with np.errstate(over="ignore"):
        x = (np.arange(count, dtype=np.uint32) + np.uint32(seed)) * np.uint32(2654435761)
        x ^= x >> np.uint32(15)
        x *= np.uint32(2246822519)
        x ^= x >> np.uint32(13)
    return x.astype(np.float64) / 2**31 - 1


def filled(model):
    """A PyTorch model in evaluation mode, every array filled by its name."""
    import torch

    state = model.state_dict()
    for name, value in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        u = mixed(value.numel(), name)
        if value.dim() == 4:
            u = u * np.sqrt(6 / (value.shape[1] * value.shape[2] * value.shape[3]))
        elif name.endswith("running_var"):
            u = 1 + 0.5 * u
        elif name.endswith("weight"):
            u = 0.5 + 0.2 * u
        else:
            u = 0.1 * u
        state[name] = torch.tensor(u.astype(np.float32)).reshape(value.shape)
    model.load_state_dict(state)
    return model.eval()


def image(side):
    """[1, 3, side, side], for PyTorch."""
    import torch

    return torch.tensor(mixed(3 * side * side, "image").astype(np.float32)).reshape(1, 3, side, side)


def sample(features, step):
    """Every `step`-th value of features [1, C, h, w], counted over [1, h, w, C]."""
    values = features.permute(0, 2, 3, 1)
    chosen = [float(f"{value:.7g}") for value in values.reshape(-1)[::step].tolist()]
    return {"shape": list(values.shape), "step": step, "values": chosen}
