"""What a figure says, in English and Chinese.

The English keeps to letters that the embedded font has: no ×, no − (a hyphen), no ⅓. A key that ends in `_opened` takes
the place of the one without that ending where the light is the file's own; one that ends in `_merged`, where it was
merged of several photos.
"""

from collections.abc import Sequence

from hdr_demo.expanded import ExpandedPhoto
from hdr_demo.gained import measure
from hdr_demo.tonemap import TONE_MAPPERS

LANGUAGES = ("en", "zh")

FIGURE_TEXT: dict[str, tuple[str, str]] = {
    "photo": ("Photo", "照片"),
    "photo_opened": ("8-bit picture", "8 位图像"),
    "toned": ("HDR, tone-mapped: {operator}", "HDR，色调映射：{operator}"),
    "photo_at": ("Photo, {stops} stops", "照片，{stops} 档"),
    "photo_at_opened": ("8 bits, {stops} stops", "8 位，{stops} 档"),
    "hdr_at": ("HDR, {stops} stops", "HDR，{stops} 档"),
    "method": (
        "The HDR light is an estimate by ExpandNet (Marnerides et al. 2018), checkpoint {checkpoint}.",
        "HDR 光由 ExpandNet（Marnerides 等，2018）估计，模型 {checkpoint}。",
    ),
    "method_unnamed": (
        "The HDR light is an estimate by ExpandNet (Marnerides et al. 2018).",
        "HDR 光由 ExpandNet（Marnerides 等，2018）估计。",
    ),
    "method_opened": ("The HDR light is the file's own ({origin}).", "HDR 光来自文件本身（{origin}）。"),
    "method_merged": (
        "The HDR image was merged of a {origin}, of which the photo shown is the reference.",
        "HDR 图像由多张不同曝光的照片合成（{origin}），所示照片为参考。",
    ),
    "calibrated": ('Scale "calibrated": 1.0 is the photo\'s white.', "标度“校准”：1.0 为照片的白色。"),
    "calibrated_opened": ("1.0 is white.", "1.0 为白色。"),
    "radiometric": (
        'Scale "radiometric": 1.0 is the photo\'s white; the response is read by the network.',
        "标度“辐射”：1.0 为照片的白色；相机响应由网络给出。",
    ),
    "paper": (
        'Scale "paper": stretched to 0 to 1, in no unit; its exposures and those of the photo have different whites.',
        "标度“论文”：拉伸到 0 至 1，没有单位；其曝光与照片的曝光白色不同。",
    ),
    "exposed": (
        "Exposures of both at {stops} stops: where the photo turns evenly grey, its light was lost.",
        "两者的曝光：{stops} 档；照片中一片均匀的灰色就是丢失的光。",
    ),
    "exposed_opened": (
        "Exposures of both at {stops} stops: where 8 bits turn evenly grey, they end.",
        "两者的曝光：{stops} 档；8 位图像中一片均匀的灰色就是 8 位的尽头。",
    ),
    "clipped": (
        "Of the photo's pixels {clipped} % are clipped; {recovered} % of these got at least 1/3 stop more light.",
        "照片中 {clipped} % 的像素截断，其中 {recovered} % 至少多得 1/3 档的光。",
    ),
    "clipped_opened": (
        "Of the pixels {clipped} % clip in 8 bits; the file holds at least 1/3 stop more light for {recovered} % of "
        "these.",
        "8 位中 {clipped} % 的像素截断，其中 {recovered} % 在文件里至少多存 1/3 档的光。",
    ),
    "unclipped": ("No pixel of the photo is clipped.", "照片中没有截断的像素。"),
    "unclipped_opened": ("Nothing is brighter than 8 bits hold.", "没有超出 8 位的光。"),
    "brightest": (
        "The brightest 0.1 % are {stops} stops from white.",
        "最亮的 0.1 % 距白色 {stops} 档。",
    ),
    "size": ("{width} by {height} pixels.", "{width}×{height} 像素。"),
    "joint": (", ", "、"),
    "space": (" ", ""),
}


def say_figure(photo: ExpandedPhoto, language: str, key: str, **values: object) -> str:
    """Say a text of the table, of a photo that was expanded, a file that was opened or a bracket that was merged."""
    other = f"{key}_{'merged' if photo.is_merged else 'opened'}"
    chosen = other if photo.origin and other in FIGURE_TEXT else key
    return FIGURE_TEXT[chosen][LANGUAGES.index(language)].format(**values)


def name_pictures(photo: ExpandedPhoto, operator: str, stops: Sequence[float], language: str) -> list[str]:
    """Name the photo, the tone-mapped picture, and the exposures of photo and HDR image in turn."""
    names = [say_figure(photo, language, "photo")]
    names.append(say_figure(photo, language, "toned", operator=TONE_MAPPERS[operator].label))
    for change in stops:
        shown = say_change(change)
        names += [say_figure(photo, language, key, stops=shown) for key in ("photo_at", "hdr_at")]
    return names


def write_caption(photo: ExpandedPhoto, stops: Sequence[float], language: str) -> str:
    """Say how the figure came about, and what was measured."""
    measures = measure(photo)
    height, width, _ = photo.hdr.shape
    paper = photo.scale == "paper"
    changes = say_figure(photo, language, "joint").join(say_change(change) for change in stops)
    method = "method" if photo.checkpoint or photo.origin else "method_unnamed"
    shares = {"clipped": _say_share(measures.clipped), "recovered": _say_share(measures.recovered)}
    sentences = [
        say_figure(photo, language, method, checkpoint=photo.checkpoint, origin=photo.origin),
        say_figure(photo, language, photo.scale),
        say_figure(photo, language, "exposed", stops=changes),
    ]
    if not paper:  # neither more nor less than the photo's light: there is no common unit
        sentences.append(say_figure(photo, language, "clipped" if measures.clipped else "unclipped", **shares))
        sentences.append(say_figure(photo, language, "brightest", stops=f"{measures.brightest_stops:+.1f}"))
    sentences.append(say_figure(photo, language, "size", width=width, height=height))
    return say_figure(photo, language, "space").join(sentences)


def say_change(stops: float) -> str:
    """Write an exposure change with its sign and a hyphen: "-2", "0", "+1.5"."""
    return "0" if stops == 0 else f"{stops:+.4g}"


def _say_share(share: float) -> str:
    """Write a share in per cent: none of what is there as 0, and some of it never as 0."""
    return f"{100 * share:.1f}" if share >= 0.001 or share == 0 else "<0.1"
