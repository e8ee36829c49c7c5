"""What tests of the viewer share: a browser whose GPU is computed by the processor."""

GPU_ARGUMENTS = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
