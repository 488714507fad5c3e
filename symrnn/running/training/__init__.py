"""Gradient descent on a text, character by character, with gradients compiled from proven statements."""

from symrnn.running.training.command import train_command
from symrnn.running.training.descent import Descent, Settings
from symrnn.running.training.text import Text

__all__ = ["Descent", "Settings", "Text", "train_command"]
