"""Nets in the form of Keras and TensorFlow: what is written is read and asked before it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mgc.errors import ModelError
from mgc.nets import image_cnn, layers, table_mlp
from mgc.training import export

if TYPE_CHECKING:
    from pathlib import Path

# Keras 3.15 converts TensorFlow variables in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def test_a_net_with_a_layer_of_our_own_becomes_a_saved_model(tmp_path: Path) -> None:
    import tensorflow as tf

    net = image_cnn.build(image_cnn.Config(size=32, filters=(4,), units=0), 3)
    path = export.save_keras(net, tmp_path)
    assert path.name == "saved_model"
    x = np.random.default_rng(3).random((2, 128, 334, 1), dtype=np.float32)
    read = tf.saved_model.load(str(path))
    np.testing.assert_allclose(read.serve(x), layers.compiled(net)(x), atol=1e-6)


def test_a_file_that_answers_otherwise_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    config = table_mlp.Config(units=(4,), inputs=2, mean=(0.0, 0.0), scale=(1.0, 1.0))
    net, other = table_mlp.build(config, 3), export._with_softmax(table_mlp.build(config, 3))
    monkeypatch.setattr(keras.models, "load_model", lambda path: other)
    with pytest.raises(ModelError, match="gives other predictions than the model"):
        export.save_keras(net, tmp_path)
