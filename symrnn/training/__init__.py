"""Gradient descent on a text, character by character, with gradients compiled from proven statements."""

from symrnn.training.command import train_command
from symrnn.training.descent import Descent, Settings
from symrnn.training.text import Text

__all__ = ["Descent", "Settings", "Text", "train_command"]
