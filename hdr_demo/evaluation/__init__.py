"""How good a method is: held-out views and measured pairs, measures, intervals, reports."""

from hdr_demo.evaluation.error_map import LARGEST_STOPS, draw_error, error_stops
from hdr_demo.evaluation.jod import available_measures
from hdr_demo.evaluation.measures import MEASURES, Measure, measure
from hdr_demo.evaluation.methods import as_method, list_methods
from hdr_demo.evaluation.scores import (
    BASELINE,
    Interval,
    Method,
    Record,
    differences,
    evaluate,
    linearize,
    summarize,
)
from hdr_demo.evaluation.shots import CAMERAS, Shot, pair_shots, take_shots
from hdr_demo.evaluation.tables import csv_text, markdown_table, say_scores, scene_table

__all__ = [
    "BASELINE",
    "CAMERAS",
    "LARGEST_STOPS",
    "MEASURES",
    "Interval",
    "Measure",
    "Method",
    "Record",
    "Shot",
    "as_method",
    "available_measures",
    "csv_text",
    "differences",
    "draw_error",
    "error_stops",
    "evaluate",
    "linearize",
    "list_methods",
    "markdown_table",
    "measure",
    "pair_shots",
    "say_scores",
    "scene_table",
    "summarize",
    "take_shots",
]
