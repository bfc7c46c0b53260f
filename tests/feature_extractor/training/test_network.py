import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow greets everybody who imports it
import keras

from feature_extractor.picture import Picture
from feature_extractor.training.network import build_trunk
