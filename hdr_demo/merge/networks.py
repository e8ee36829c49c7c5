"""The networks that merge three aligned exposures, behind one contract.

All take the five sources of a bracket, display-encoded, and give linear light in which 1.0 is what the shortest
exposure clips at.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

# The sources, in the order in which all of them lie.
REFERENCE, SHORT_FLOW, SHORT_POSE, LONG_FLOW, LONG_POSE = range(5)
# Which of short, reference and long each source is.
EXPOSURE_OF = (1, 0, 0, 2, 2)
# A source with at least this code is clipped: it says nothing of the light but that there is more.
CLIPPED = 0.985


def decode(encoded: Tensor) -> Tensor:
    """Decode sRGB (IEC 61966-2-1); `color.decode_srgb` for tensors."""
    return torch.where(encoded <= 0.04045, encoded / 12.92, ((encoded.clamp_min(0) + 0.055) / 1.055) ** 2.4)


def encode(light: Tensor) -> Tensor:
    """Encode sRGB; `color.encode_srgb` for tensors."""
    light = light.clamp_min(1e-8)
    return torch.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def light_of(sources: Tensor, times: Tensor) -> Tensor:
    """Give what each source says of the light.

    Args:
        sources: Display-encoded, float32, (N, 5, 3, H, W), [0, 1].
        times: Of the short, the reference's and the long exposure, float32, (N, 3).

    Returns:
        Linear, float32, (N, 5, 3, H, W), [0, 1]; 1.0 is what the shortest exposure clips at.
    """
    ratios = (times / times[:, :1])[:, EXPOSURE_OF, None, None, None]
    return decode(sources) / ratios


class KalantariNet(nn.Module):
    """The network of Kalantari & Ramamoorthi 2017, section 3.3, in its three variants.

    The paper codes light by a gamma of 2.2; here it is sRGB, as everywhere in this package. Its convolutions are valid
    ones; in front of them the border is mirrored, so that the answer has the size of the photos.
    """

    border = 6
    # What a tile has to see around it, and its side, in pixels: a hundred channels at full size take memory.
    halo, tile = 16, 512

    def __init__(self, outputs: int) -> None:
        """Make the layers; first weights as in the paper (Xavier)."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(18, 100, 7),
            nn.ReLU(),
            nn.Conv2d(100, 100, 5),
            nn.ReLU(),
            nn.Conv2d(100, 50, 3),
            nn.ReLU(),
            nn.Conv2d(50, outputs, 1),
            nn.Sigmoid(),
        )
        for layer in self.layers:
            if isinstance(layer, nn.Conv2d):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def see(self, sources: Tensor, valid: Tensor, times: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Choose the three photos aligned by flow; where one has nothing, the reference stands in (section 3.2).

        Returns:
            The photos, display-encoded, (N, 3, 3, H, W); their light; and the exposure ratios, (N, 3, 1, 1, 1).
        """
        ratios = (times / times[:, :1])[:, :, None, None, None]
        reference = sources[:, REFERENCE]
        photos = []
        for number, source in ((0, SHORT_FLOW), (2, LONG_FLOW)):
            shown = encode((decode(reference) * ratios[:, number] / ratios[:, 1]).clamp(0, 1))
            photos.append(torch.where(valid[:, source, None], sources[:, source], shown))
        ldr = torch.stack([photos[0], reference, photos[1]], dim=1)
        return ldr, decode(ldr) / ratios, ratios

    def answer(self, ldr: Tensor, hdr: Tensor) -> Tensor:
        """Run the layers on the 18 channels."""
        stacked = torch.cat([ldr.flatten(1, 2), hdr.flatten(1, 2)], dim=1)
        mode = "reflect" if min(stacked.shape[-2:]) > self.border else "replicate"
        features = self.layers[:-2](nn.functional.pad(stacked, [self.border] * 4, mode=mode))
        with torch.autocast(features.device.type, enabled=False):  # eight bits say no light
            return self.layers[-2:](features.float())


class Triangle(nn.Module):
    """No network: the triangle weights with which the paper makes its truth, decided by the reference alone.

    Kalantari & Ramamoorthi 2017, section 3.2. Where a neighbour has nothing, the reference has its weight.
    """

    halo, tile = 16, 1024

    def forward(self, sources: Tensor, valid: Tensor, times: Tensor, light: Tensor | None = None) -> Tensor:
        """Merge as `Selector.forward` does, by the sources aligned by flow."""
        lights = light_of(sources, times)
        twice = 2 * sources[:, REFERENCE] - 1
        short = twice.clamp_min(0) * valid[:, SHORT_FLOW, None]
        long = (-twice).clamp_min(0) * valid[:, LONG_FLOW, None]
        reference = lights[:, REFERENCE] if light is None else light
        return reference + short * (lights[:, SHORT_FLOW] - reference) + long * (lights[:, LONG_FLOW] - reference)


class Direct(KalantariNet):
    """The network says the light itself."""

    def __init__(self) -> None:
        super().__init__(3)

    def forward(self, sources: Tensor, valid: Tensor, times: Tensor) -> Tensor:
        """Merge: (N, 5, 3, H, W) to (N, 3, H, W)."""
        ldr, hdr, _ = self.see(sources, valid, times)
        return self.answer(ldr, hdr)


def weigh(hdr: Tensor, weights: Tensor) -> Tensor:
    """Take the weighted mean, equation 6 of the paper; both (N, 3, 3, H, W)."""
    return (hdr * weights).sum(1) / weights.sum(1).clamp_min(1e-6)


class WeightEstimator(KalantariNet):
    """WE: the network says how much each photo counts."""

    def __init__(self) -> None:
        super().__init__(9)

    def forward(self, sources: Tensor, valid: Tensor, times: Tensor) -> Tensor:
        """Merge: (N, 5, 3, H, W) to (N, 3, H, W)."""
        ldr, hdr, _ = self.see(sources, valid, times)
        return weigh(hdr, self.answer(ldr, hdr).unflatten(1, (3, 3)))


class WeightAndImageEstimator(KalantariNet):
    """WIE: the network says the aligned photos anew, and how much each of them counts."""

    def __init__(self) -> None:
        super().__init__(18)

    def refine(self, sources: Tensor, valid: Tensor, times: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Give the photos as they are, the photos as the network says them, their weights, and the ratios."""
        ldr, hdr, ratios = self.see(sources, valid, times)
        said = self.answer(ldr, hdr).unflatten(1, (6, 3))
        return ldr, said[:, :3], said[:, 3:], ratios

    def forward(self, sources: Tensor, valid: Tensor, times: Tensor) -> Tensor:
        """Merge: (N, 5, 3, H, W) to (N, 3, H, W)."""
        _, refined, weights, ratios = self.refine(sources, valid, times)
        return weigh(decode(refined) / ratios, weights)


def smooth(image: Tensor, side: int) -> Tensor:
    """Take the mean of squares of pixels, at the border of those that are there; (N, C, H, W)."""
    return nn.functional.avg_pool2d(image, side, stride=1, padding=side // 2, count_include_pad=False)


def differ(sources: Tensor, valid: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
    """Show each neighbour and the reference at the longer of their exposures.

    Where the reference is clipped, a neighbour that is as bright or brighter does not differ.

    Returns:
        Neighbour minus reference, display-encoded, (N, 4, 3, H, W), 0 where there is no neighbour; and the
        reference at the long exposure, (N, 3, H, W).
    """
    ratios = (times / times[:, :1])[:, :, None, None, None]
    reference = sources[:, REFERENCE]
    brighter = encode((decode(reference) * ratios[:, 2] / ratios[:, 1]).clamp(0, 1))
    short = encode((decode(sources[:, [SHORT_FLOW, SHORT_POSE]]) * ratios[:, 1:2]).clamp(0, 1))
    differences = torch.cat([short - reference[:, None], sources[:, [LONG_FLOW, LONG_POSE]] - brighter[:, None]], dim=1)
    return differences * valid[:, 1:, None], brighter


def _block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1),
        nn.LeakyReLU(0.1),
        nn.Conv2d(outputs, outputs, 3, padding=1),
        nn.LeakyReLU(0.1),
    )


class Selector(nn.Module):
    """Ours: chooses, pixel by pixel, among what was measured, and invents nothing.

    Each neighbour is offered twice, aligned by one pose for the whole frame and by optical flow. Without a network,
    the choice would be a triangle merge that takes the pose's light where it agrees with the reference, else the
    flow's where that does, else the reference's own. A U-Net at half resolution sees all five, at equal exposures, and
    says how far to depart from that. What disagrees blatantly has no weight whatever the network says.
    """

    WIDTHS = (32, 48, 64, 96)
    # Multiples of what the network halves its input by, so that a tile sees what the whole picture would.
    halo, tile = 128, 1024
    # Differences of codes at equal exposure: where the prior gives up a neighbour, and where nothing brings it back.
    AGREES, GHOST = 0.06, 0.3
    LEAST = 1e-3
    REACH = 8.0

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = self.WIDTHS
        self.enter = nn.Conv2d(4 * 38, a, 3, padding=1)
        self.down = nn.ModuleList([_block(a, a), _block(a, b, 2), _block(b, c, 2), _block(c, d, 2)])
        self.up = nn.ModuleList([_block(d + c, c), _block(c + b, b), _block(b + a, a)])
        self.leave = nn.Conv2d(a, 4 * 5, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    @classmethod
    def prior(cls, sources: Tensor, valid: Tensor, differences: Tensor) -> tuple[Tensor, Tensor]:
        """Weigh without a network.

        Returns:
            The weights of the five sources, (N, 5, 3, H, W), none of which is quite 0; and how well the neighbours
            agree with the reference, (N, 4, H, W), [0, 1].
        """
        difference = smooth(differences.flatten(1, 2), 3).abs().unflatten(1, (4, 3)).amax(2)
        agree = torch.exp(-((difference / cls.AGREES) ** 2)) * valid[:, 1:]
        twice = 2 * sources[:, REFERENCE] - 1
        weights = []
        for triangle, flow, pose in ((twice.clamp_min(0), 0, 1), ((-twice).clamp_min(0), 2, 3)):
            by_pose = agree[:, pose, None]
            weights += [triangle * (1 - by_pose) * agree[:, flow, None], triangle * by_pose]
        neighbours = torch.stack(weights, dim=1)
        reference = 1 - neighbours.sum(1, keepdim=True)
        return torch.cat([reference, neighbours], dim=1) + cls.LEAST, agree

    @classmethod
    def allow(cls, sources: Tensor, valid: Tensor, differences: Tensor) -> Tensor:
        """Say which sources may have weight at all: (N, 5, 3, H, W), [0, 1]; the reference always may."""
        # Not of signed differences, which cancel along an edge.
        ghost = smooth(differences.flatten(1, 2).abs(), 3).unflatten(1, (4, 3)).amax(2)
        allowed = torch.exp(-((ghost / cls.GHOST) ** 4)) * valid[:, 1:]
        allowed = allowed[:, :, None].expand(-1, -1, 3, -1, -1)
        long = allowed[:, 2:] * (sources[:, [LONG_FLOW, LONG_POSE]] < CLIPPED)
        return torch.cat([torch.ones_like(allowed[:, :1]), allowed[:, :2], long], dim=1)

    def weights(self, sources: Tensor, valid: Tensor, times: Tensor) -> Tensor:
        """Say how much each source counts: float32, (N, 5, 3, H, W); their sum over the sources is 1."""
        height, width = sources.shape[-2:]
        differences, brighter = differ(sources, valid, times)
        prior, agree = self.prior(sources, valid, differences)
        reference = sources[:, REFERENCE]
        clipped = (reference.amax(1, keepdim=True) >= CLIPPED).float()
        shown = [reference, brighter, sources[:, 1:].flatten(1, 2), differences.flatten(1, 2)]
        seen = torch.cat([*shown, agree, valid[:, 1:3].float(), valid[:, 3:4].float(), clipped], dim=1)
        # Sides that three halvings of half the size divide.
        rows, columns = -height % 16, -width % 16
        seen = nn.functional.pad(seen, (0, columns, 0, rows), mode="replicate")
        features = nn.functional.leaky_relu(self.enter(nn.functional.pixel_unshuffle(seen, 2)), 0.1)
        kept = []
        for block in self.down:
            features = block(features)
            kept.append(features)
        for block, skip in zip(self.up, reversed(kept[:-1]), strict=True):
            larger = nn.functional.interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)
            features = block(torch.cat([larger, skip], dim=1))
        said = nn.functional.pixel_shuffle(self.leave(features), 2)[..., :height, :width].float()
        factors = torch.exp(self.REACH * torch.tanh(said / 2))[:, :, None]
        weights = prior * factors * self.allow(sources, valid, differences)
        return weights / weights.sum(1, keepdim=True)

    def forward(self, sources: Tensor, valid: Tensor, times: Tensor, light: Tensor | None = None) -> Tensor:
        """Merge: (N, 5, 3, H, W) to (N, 3, H, W).

        Args:
            sources: Display-encoded, float32, (N, 5, 3, H, W), [0, 1].
            valid: Where they are something, bool, (N, 5, H, W).
            times: Of short, reference and long, float32, (N, 3).
            light: What is known of the reference's light beyond its photo, linear, float32, (N, 3, H, W), in the unit
                of the answer.

        Returns:
            Linear light, float32, (N, 3, H, W); 1.0 is what the shortest exposure clips at.
        """
        lights = light_of(sources, times)
        if light is not None:
            lights = torch.cat([light[:, None], lights[:, 1:]], dim=1)
        return (lights * self.weights(sources, valid, times)).sum(1)


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "selector": Selector,
    "direct": Direct,
    "we": WeightEstimator,
    "wie": WeightAndImageEstimator,
}
