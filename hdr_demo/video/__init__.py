"""Clips: ordinary video in, steady high dynamic range video out, frame by frame.

`read_frames → expand → steady → render → write`: each generator is the argument of the next; nothing holds the clip.
"""
