"""Training and evaluation: data, loss, loop, scores."""
