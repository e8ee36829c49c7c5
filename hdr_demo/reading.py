"""How a checkpoint's output is to be read: its units, and the input that it was trained on.

A checkpoint carries this in the metadata of its safetensors file; a published `.pth` carries none and is
`PUBLISHED_READING`.
"""

from dataclasses import asdict, dataclass
from typing import TypeVar

import numpy as np

Array = TypeVar("Array")


@dataclass(frozen=True)
class Reading:
    """The meaning of the numbers that a network takes and gives.

    Attributes:
        kind: "absolute": 1.0 of the decoded output is the photo's white. "relative": a scale (or a scale and a slope)
            must be fitted to the photo.
        encoding: "log2": light is 2 ** (stops_range * raw + stops_floor). "linear": light is raw itself.
        stops_range: For "log2", the stops between raw = 0 and raw = 1.
        stops_floor: For "log2", the stops at raw = 0.
        above_white: For "log2", what the stops above white are multiplied by. A network that learned from means and
            medians of what a white area may hide is timid on scenes that it has not seen; this factor is fitted on
            held-out ones.
        pyramid: Whether the network was trained on reductions of its photos, so that it may be asked at several sizes.
    """

    kind: str
    encoding: str
    stops_range: float = 16.0
    stops_floor: float = -10.0
    above_white: float = 1.0
    pyramid: bool = False

    def __post_init__(self) -> None:
        if self.kind not in ("absolute", "relative"):
            raise ValueError(f"kind must be 'absolute' or 'relative', not {self.kind!r}")
        if self.encoding not in ("log2", "linear"):
            raise ValueError(f"encoding must be 'log2' or 'linear', not {self.encoding!r}")
        if not np.isfinite([self.stops_range, self.stops_floor, self.above_white]).all():
            raise ValueError("stops_range, stops_floor and above_white must be finite")

    def decode(self, raw: np.ndarray) -> np.ndarray:
        """Turn what the network says into light.

        Args:
            raw: The network's own scale, float32, any shape, [0, 1].

        Returns:
            Linear, float32, the same shape, [0, inf); absolute or relative as `kind` says.
        """
        if self.encoding == "linear":
            return raw
        stops = self.to_stops(raw)
        if self.above_white != 1:
            stops += np.float32(self.above_white - 1) * np.maximum(stops, 0)
        return np.exp2(stops)

    def to_stops(self, raw: Array) -> Array:
        """Turn what the network says in the encoding "log2" into stops above the photo's white.

        Args:
            raw: The network's own scale, float32, any shape, numpy or torch, [0, 1].

        Returns:
            float32, the same shape; before `above_white`.
        """
        return raw * self.stops_range + self.stops_floor

    @property
    def ceiling_stops(self) -> float:
        """The brightest light that can be said, in stops above raw = 1 of a linear encoding or above white."""
        return (self.stops_range + self.stops_floor) * self.above_white if self.encoding == "log2" else 0.0

    def to_metadata(self) -> dict[str, str]:
        """Spell the reading as the strings that a safetensors header can hold."""
        return {name: str(value) for name, value in asdict(self).items()}

    @classmethod
    def from_metadata(cls, metadata: dict[str, str]) -> "Reading":
        """Understand the strings of a safetensors header.

        Raises:
            KeyError: If `kind` or `encoding` is missing.
            ValueError: If a value is not one of those above.
        """
        return cls(
            kind=metadata["kind"],
            encoding=metadata["encoding"],
            stops_range=float(metadata.get("stops_range", 16.0)),
            stops_floor=float(metadata.get("stops_floor", -10.0)),
            above_white=float(metadata.get("above_white", 1.0)),
            pyramid=metadata.get("pyramid") == "True",
        )


OUR_READING = Reading(kind="absolute", encoding="log2", pyramid=True)
PUBLISHED_READING = Reading(kind="relative", encoding="linear")
