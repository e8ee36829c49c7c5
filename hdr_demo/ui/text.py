"""What the page says, in English and Chinese: one table, parts of which are in modules of their own.

Text that stands on the page from the start is translated in the browser (`label`); text made later is translated here
(`say`) for the language that the browser asks for (`language_of`).
"""

import gradio as gr
from gradio.i18n import I18nData

from hdr_demo.tonemap import TONE_MAPPERS
from hdr_demo.ui.batch_text import BATCH_TEXT
from hdr_demo.ui.bracket_compare_text import BRACKET_COMPARE_TEXT
from hdr_demo.ui.bracket_text import BRACKET_TEXT
from hdr_demo.ui.clip_text import CLIP_TEXT
from hdr_demo.ui.download_text import DOWNLOAD_TEXT
from hdr_demo.ui.opened_text import OPENED_TEXT
from hdr_demo.ui.truth_text import TRUTH_TEXT

LANGUAGES = ("en", "zh")

TEXT: dict[str, tuple[str, str]] = {
    # The frame of the page
    "title": ("hdr_demo", "hdr_demo"),
    "subtitle": (
        "Turn an ordinary photograph into high dynamic range, see what was gained, and take it away.",
        "把普通照片变成高动态范围图像：看见找回的细节，量化它，带走它。",
    ),
    "photo_given": ("Photo", "照片"),
    "photo_placeholder": (
        "Drop a photo or an HDR file here\n– or –\nclick to choose one",
        "把照片或 HDR 文件拖到这里\n– 或 –\n点击选择",
    ),
    "photo_alt": ("The photo that you gave", "您提供的照片"),
    "examples": ("Or try one of these", "或者试试这些照片"),
    "example_brushes": ("Brushes", "画笔"),
    "example_chapel": ("Chapel", "礼拜堂"),
    "example_courtyard": ("Courtyard", "庭院"),
    "example_dandelions": ("Dandelions", "蒲公英"),
    "example_lamps": ("Lamps", "灯"),
    "example_mountain": ("Mountain", "雪山"),
    "example_portrait": ("Portrait", "人像"),
    "example_sunset": ("Sunset", "日落"),
    "settings": ("Settings", "设置"),
    "scale": ("What the HDR numbers mean", "HDR 数值的含义"),
    "scale_info": (
        "Calibrated: 1.0 is the photo's white, what did not clip stays as it is. Radiometric: the same unit, "
        "all light is the network's, whatever the camera did to it. Paper: stretched to 0–1, as published, in no unit.",
        "校准：1.0 为照片的白色，未过曝处保持原样。辐射：单位相同，全部光由网络给出，不受相机响应影响。"
        "论文：如论文所述拉伸到 0–1，没有单位。",
    ),
    "scale_calibrated": ("Calibrated", "校准"),
    "scale_radiometric": ("Radiometric", "辐射"),
    "checkpoint": ("Checkpoint", "模型"),
    "checkpoint_info": ("Loaded when it is chosen.", "选中时加载。"),
    "scale_paper": ("Paper", "论文"),
    "welcome": (
        "### What you get\n"
        "- **A preview in seconds**, then the exact full-size result.\n"
        "- **The proof**: every exposure beside the same exposure of your photo.\n"
        "- **Files**: .hdr, .exr, tone-mapped PNG, and an exposure series.\n\n"
        "Choose a photo with a blown-out sky, a lamp or a window: that is where light was lost.",
        "### 您会得到\n"
        "- **几秒内的预览**，然后是精确的原尺寸结果。\n"
        "- **证据**：每一档曝光都与您照片的同档曝光并列。\n"
        "- **文件**：.hdr、.exr、色调映射后的 PNG，以及一组曝光序列。\n\n"
        "请选一张天空、灯光或窗户过曝的照片：丢失的光就在那里。",
    ),
    # The pass of the network
    "reading": ("Reading the photo…", "正在读取照片……"),
    "previewing": ("Making the preview…", "正在生成预览……"),
    "loading_network": ("Loading the network…", "正在加载网络……"),
    "waiting": (
        "Preview. The full-size pass waits for its turn…",
        "当前为预览。原尺寸计算正在排队……",
    ),
    "starting": ("Preview. The full-size pass begins…", "当前为预览。原尺寸计算即将开始……"),
    "running": (
        "Preview. Full size: {percent}\u00a0% of {megapixels}\u00a0MP, {left} left",
        "当前为预览。原尺寸 {megapixels}\u00a0MP 已完成 {percent}\u00a0%，还需 {left}",
    ),
    "full_size_done": (
        "Full size: {width} × {height} px, exact, in {seconds}",
        "原尺寸：{width} × {height} 像素，精确结果，用时 {seconds}",
    ),
    "stopped": (
        "Stopped. The preview stays; press Full size to make the downloads.",
        "已停止。预览仍可使用；要下载请按“原尺寸”。",
    ),
    "seconds": ("{seconds}\u00a0s", "{seconds}\u00a0秒"),
    "minutes": ("{minutes} min {seconds} s", "{minutes} 分 {seconds} 秒"),
    "stop": ("Stop", "停止"),
    "resume": ("Full size", "原尺寸"),
    "progress": ("Progress of the full-size pass", "原尺寸计算进度"),
    "status": (
        "Checkpoint <b>{checkpoint}</b> ({source}) on <b>{device}</b>",
        "模型 <b>{checkpoint}</b>（{source}），运行于 <b>{device}</b>",
    ),
    "status_preview": ("preview in {seconds}", "预览用时 {seconds}"),
    "status_exact": ("full size in {seconds}", "原尺寸用时 {seconds}"),
    "source_bundled": ("bundled", "内置"),
    "source_hub": ("Hugging Face Hub", "Hugging Face Hub"),
    "source_file": ("your file", "您的文件"),
    # View; what stands in it is in viewer_text.py
    "viewer": ("View", "查看"),
    # Compare
    "compare": ("Compare", "对比"),
    "compare_show": ("Show", "显示"),
    "compare_exposed": ("Same exposure", "同一曝光"),
    "compare_toned": ("Tone-mapped", "色调映射"),
    "compare_stops": ("Exposure of both (stops)", "两者的曝光（档）"),
    "compare_label": ("Left: your photo. Right: HDR.", "左：您的照片。右：HDR。"),
    "compare_note_exposed": (
        "Left: your photo, {stops} stops. Right: the HDR image, {stops} stops. "
        "Where the photo is evenly grey, its light was lost; the network estimated it on the right.",
        "左：照片，{stops} 档。右：HDR 图像，{stops} 档。照片中一片均匀的灰色就是丢失的光；右边是网络的估计。",
    ),
    "compare_note_toned": (
        "Left: your photo as it is. Right: the HDR image through {operator}.",
        "左：原照片。右：经 {operator} 映射的 HDR 图像。",
    ),
    # Exposures
    "exposures": ("Exposures", "曝光"),
    "exposures_stops": ("Stops", "档"),
    "exposures_note": (
        "Each exposure of the HDR image stands beside the same exposure of your photo. "
        "Darkened, a photo turns its clipped parts grey; there the HDR image shows the network's estimate.",
        "HDR 图像的每一档曝光都与您照片的同档曝光并列。压暗之后，照片的过曝处只剩灰色，HDR 图像则显示网络的估计。",
    ),
    "exposures_gallery": ("Exposures: photo and HDR in turn", "曝光：照片与 HDR 交替"),
    "caption_photo": ("Photo {stops}", "照片 {stops}"),
    "caption_hdr": ("HDR {stops}", "HDR {stops}"),
    # Tone mapping
    "tone_mapping": ("Tone mapping", "色调映射"),
    "operator": ("Operator", "算子"),
    "reset": ("Defaults", "默认值"),
    "tone_label": ("Tone-mapped HDR", "色调映射后的 HDR"),
    "tone_alt": ("The HDR image, tone-mapped", "色调映射后的 HDR 图像"),
    "sheet": ("All operators at their defaults: choose one", "全部算子（默认参数）：点击选用"),
    # Measure
    "measure": ("Measure", "测量"),
    "histogram_title": ("How much of the picture has how much light", "画面中各亮度所占的比例"),
    "histogram_alt": (
        "Histogram of log luminance. The photo ends at white, 0 stops; the HDR image reaches {high} stops above it.",
        "对数亮度直方图。照片止于白色（0 档）；HDR 图像高出白色 {high} 档。",
    ),
    "histogram_axis": ("Stops relative to the photo's white", "相对于照片白色的档数"),
    "clip_point": ("the photo clips here", "照片在此截断"),
    "measured_photo": ("Photo", "照片"),
    "measured_hdr": ("HDR", "HDR"),
    "range": ("Dynamic range", "动态范围"),
    "range_value": ("{before} → {after} stops", "{before} → {after} 档"),
    "range_note": ("between the darkest and the brightest 0.1 %", "最暗与最亮 0.1 % 之间"),
    "clipped": ("Clipped in the photo", "照片中截断"),
    "clipped_note": ("of the pixels have a channel at 250 or more", "的像素有通道达到 250 以上"),
    "recovered": ("Recovered", "找回"),
    "recovered_note": ("of them got at least ⅓ stop more light", "其中至少多得 ⅓ 档的光"),
    "brightest": ("Brightest 0.1 %", "最亮 0.1 %"),
    "brightest_value": ("{stops} stops", "{stops} 档"),
    "brightest_note": ("above white; {nits} nits where white is 203", "高于白色；白色为 203 尼特时是 {nits} 尼特"),
    "brightest_note_paper": ("relative to 1.0; this scale has no unit", "相对于 1.0；此标度没有单位"),
    "false_color": ("Light in stops, as colours", "以颜色表示光的档数"),
    "false_color_alt": ("The HDR image in false colours, one for each stop", "HDR 图像的伪彩色，每档一种颜色"),
    "legend": ("Colours in stops relative to the photo's white", "颜色表示相对于照片白色的档数"),
    "pixel_hint": (
        "Light in stops, as colours. Click a pixel for its numbers.",
        "以颜色表示光的档数。点击像素查看其数值。",
    ),
    "pixel_at": ("Pixel {x}, {y}", "像素 {x}, {y}"),
    "pixel_linear": ("HDR, linear RGB", "HDR 线性 RGB"),
    "pixel_stops": ("Luminance", "亮度"),
    "pixel_stops_value": ("{stops} stops from white", "距白色 {stops} 档"),
    "pixel_black": ("no light", "无光"),
    "pixel_nits": ("{nits} nits", "{nits} 尼特"),
    "pixel_code": ("Photo, code values", "照片编码值"),
    "pixel_clipped": ("clipped", "截断"),
    # Errors
    "unexpected": (
        "Something went wrong here; it was noted in the log. Try again, or try another photo.",
        "出了点问题，已记入日志。请重试，或换一张照片。",
    ),
    "gone": ("The photo is no longer here; give it again.", "照片已不在这里；请重新提供。"),
    **TRUTH_TEXT,
    **CLIP_TEXT,
    **BATCH_TEXT,
    **BRACKET_TEXT,
    **BRACKET_COMPARE_TEXT,
    **DOWNLOAD_TEXT,
    **OPENED_TEXT,
}

# What `TONE_MAPPERS` says in English, by the names of its rows.
_OPERATORS_ZH = {"exposure": "曝光", "photographic": "摄影式（Reinhard 2002）"}
_PARAMETERS_ZH = {
    "stops": "曝光（档）",
    "gamma": "伽马",
    "saturation": "饱和度",
    "intensity": "强度",
    "light_adaptation": "亮度适应",
    "color_adaptation": "色彩适应",
    "scale": "对比度缩放",
    "bias": "偏置",
    "contrast": "基础层对比度",
    "sigma_space": "滤波宽度（长边的 %）",
    "sigma_color": "边缘阈值（log10）",
    "key": "基调",
    "white": "白点",
}
for _row in TONE_MAPPERS.values():
    TEXT[f"operator_{_row.name}"] = (_row.label, _OPERATORS_ZH.get(_row.name, _row.label))
    for _parameter in _row.parameters:
        TEXT[f"parameter_{_row.name}_{_parameter.name}"] = (
            _parameter.label,
            _PARAMETERS_ZH.get(_parameter.name, _parameter.label),
        )

_ENGLISH = {key: english for key, (english, _) in TEXT.items()}
_CHINESE = {key: chinese for key, (_, chinese) in TEXT.items()}
# Gradio knows Chinese by these two names only; language.js brings the others to one of them.
TRANSLATIONS = gr.I18n(**{"en": _ENGLISH, "zh-CN": _CHINESE, "zh-TW": _CHINESE})


def label(key: str) -> I18nData:
    """Name a text that the browser translates; for labels and other text that stands on the page from the start."""
    if key not in TEXT:
        raise KeyError(key)
    return TRANSLATIONS(key)


def say(language: str, key: str, **values: object) -> str:
    """Translate a text here and fill in its values."""
    return TEXT[key][LANGUAGES.index(language)].format(**values)


def say_seconds(language: str, seconds: float) -> str:
    """Say a duration as a person would: "1.4 s", "58 s", "3 min 20 s"; whole seconds where an int is given."""
    if seconds < 9.95 and not isinstance(seconds, int):
        return say(language, "seconds", seconds=f"{seconds:.1f}")
    if round(seconds) < 100:
        return say(language, "seconds", seconds=round(seconds))
    return say(language, "minutes", minutes=round(seconds) // 60, seconds=round(seconds) % 60)


def say_size(size: int) -> str:
    """Write a number of bytes with a unit: "31 kB", "4.2 MB"."""
    return f"{size / 1e3:.0f}\u00a0kB" if size < 1e6 else f"{size / 1e6:.1f}\u00a0MB"


def say_stops(stops: float) -> str:
    """Write an exposure change with its sign: "−2", "0", "+1.5"."""
    return "0" if round(stops, 1) == 0 else f"{stops:+.1f}".removesuffix(".0").replace("-", "−")


def language_of(request: gr.Request | None) -> str:
    """Choose the language of a visitor: the first that the browser asks for, if it is Chinese, else English."""
    asked = request.headers.get("accept-language", "") if request else ""
    return "zh" if asked.strip().lower().startswith("zh") else "en"
