"""How good a method is: held-out views and measured pairs, measures, intervals, reports."""

from hdr_demo.evaluation.held_out import Scores, evaluate, held_out_views, linearize

__all__ = ["Scores", "evaluate", "held_out_views", "linearize"]
