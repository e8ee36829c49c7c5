"""ExpandNet, the network of Marnerides et al. 2018 (Computer Graphics Forum 37(2), arXiv 1803.02266).

Attribute names and layer order are those of the published code, so that the published `weights.pth` loads with
`strict=True`.
"""

import math

import torch
from torch import nn
from torch.nn import functional

# The global branch sees every photo at this size, whatever its aspect.
GLOBAL_SIZE = 256

LOCAL_CHANNELS = 128
BRANCH_CHANNELS = 64


def _block(inputs: int, outputs: int, *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=dilation, dilation=dilation), nn.SELU(inplace=True)
    )


class ExpandNet(nn.Module):
    """Three branches read a photo at three scales; 1×1 convolutions fuse them into light.

    `local_net` sees 5×5 pixels, `mid_net` (the dilation branch) 17×17, `glob_net` the whole photo as 64 numbers.
    456,899 parameters in 30 tensors.
    """

    def __init__(self) -> None:
        super().__init__()
        width = BRANCH_CHANNELS
        self.local_net = nn.Sequential(_block(3, 64), _block(64, LOCAL_CHANNELS))
        self.mid_net = nn.Sequential(
            _block(3, width, dilation=2),
            _block(width, width, dilation=2),
            _block(width, width, dilation=2),
            nn.Conv2d(width, width, 3, padding=2, dilation=2),
        )
        self.glob_net = nn.Sequential(
            _block(3, width, stride=2), *(_block(width, width, stride=2) for _ in range(5)), nn.Conv2d(width, width, 4)
        )
        self.end_net = nn.Sequential(
            nn.Sequential(nn.Conv2d(LOCAL_CHANNELS + 2 * width, 64, 1), nn.SELU(inplace=True)),
            nn.Conv2d(64, 3, 1),
            nn.Sigmoid(),
        )

    def initialize(self, mean_raw: float = 0.5) -> None:
        """Start from random numbers: LeCun normal, as SELU needs (Klambauer et al. 2017), and a chosen mean answer.

        Args:
            mean_raw: What the untrained network says on the average, in (0, 1).
        """
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                fan_in = module.in_channels * module.kernel_size[0] * module.kernel_size[1]
                nn.init.normal_(module.weight, std=1 / math.sqrt(fan_in))
                nn.init.zeros_(module.bias)
        nn.init.constant_(self.end_net[1].bias, math.log(mean_raw / (1 - mean_raw)))

    def summarize(self, ldr: torch.Tensor) -> torch.Tensor:
        """Run the global branch.

        Args:
            ldr: Display-encoded sRGB, float, (N, 3, H, W), [0, 1].

        Returns:
            Global features, float, (N, 64, 1, 1).
        """
        return self.glob_net(resize_for_global_branch(ldr))

    def mix(self, local: torch.Tensor, dilated: torch.Tensor, glob: torch.Tensor) -> torch.Tensor:
        """Join the branches by the first 1×1 convolution, which takes them in the order local, dilation, global.

        The share of the global features is one number for each channel of a whole picture, so it is computed once and
        added, instead of being spread over the picture, joined and multiplied there.

        Args:
            local: Local features, float, (N, 128, H, W).
            dilated: Dilation features, float, (N, 64, H, W).
            glob: Global features, float, (M, 64, 1, 1); each serves N / M pictures in a row.

        Returns:
            Fused features, float, (N, 64, H, W).
        """
        first = self.end_net[0][0]
        seen, known = first.weight.split((LOCAL_CHANNELS + BRANCH_CHANNELS, BRANCH_CHANNELS), dim=1)
        shares = functional.conv2d(glob, known, first.bias).repeat_interleave(local.shape[0] // glob.shape[0], dim=0)
        return functional.selu(functional.conv2d(torch.cat((local, dilated), dim=1), seen) + shares)

    def answer(self, features: torch.Tensor) -> torch.Tensor:
        """Turn fused features into the network's answer.

        Args:
            features: From `mix`, float, (N, 64, H, W).

        Returns:
            `raw`, float, (N, 3, H, W), (0, 1).
        """
        return self.end_net[2](self.end_net[1](features))

    def fuse(self, local: torch.Tensor, dilated: torch.Tensor, glob: torch.Tensor) -> torch.Tensor:
        """Join the branches and answer.

        Args:
            local: Local features, float, (N, 128, H, W).
            dilated: Dilation features, float, (N, 64, H, W).
            glob: Global features, float, (M, 64, 1, 1); each serves N / M pictures in a row.

        Returns:
            `raw`, float, (N, 3, H, W), (0, 1).
        """
        return self.answer(self.mix(local, dilated, glob))

    def forward(self, ldr: torch.Tensor) -> torch.Tensor:
        """Read a whole image in one pass.

        Args:
            ldr: Display-encoded sRGB, float, (N, 3, H, W), [0, 1].

        Returns:
            `raw`, float, (N, 3, H, W), (0, 1).
        """
        return self.fuse(self.local_net(ldr), self.mid_net(ldr), self.summarize(ldr))


def resize_for_global_branch(ldr: torch.Tensor) -> torch.Tensor:
    """Shrink or stretch a batch to the square that the global branch reads.

    Args:
        ldr: Display-encoded sRGB, float, (N, 3, H, W), [0, 1].

    Returns:
        The same pictures, float, (N, 3, 256, 256); bilinear without antialiasing, as published.
    """
    return functional.interpolate(ldr, (GLOBAL_SIZE, GLOBAL_SIZE), mode="bilinear", align_corners=False)
