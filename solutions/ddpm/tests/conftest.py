"""What all tests of the package share."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """So small a model is faster without help, and by far on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
