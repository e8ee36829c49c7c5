"""What the tab Download says, in English and Chinese."""

from hdr_demo.io import HDR_FORMATS

_TEXT: dict[str, tuple[str, str]] = {
    "download": ("Download", "下载"),
    "download_wait": (
        "Files are made from the exact full-size result; they will be ready when its pass ends.",
        "文件由精确的原尺寸结果生成；计算结束后即可下载。",
    ),
    "download_stopped": (
        "Files are made from the exact full-size result, and its pass was stopped. Press Full size to run it.",
        "文件由精确的原尺寸结果生成，而计算已停止。请按“原尺寸”继续。",
    ),
    "download_ready": (
        "Ready: {width} × {height} px. Files are made when you ask for them and deleted after an hour.",
        "就绪：{width} × {height} 像素。文件按需生成，一小时后删除。",
    ),
    "download_paper": (
        "In the scale Paper the numbers have no unit: 1.0 is the brightest light of the picture, and stands in every "
        "file as its white. No screen will show more than white; choose Calibrated for that.",
        "在“论文”标度下数值没有单位：1.0 为画面中最亮的光，在各文件中即为白色，任何屏幕都不会显示得比白色更亮。"
        "如需 HDR 显示，请选择“校准”。",
    ),
    "download_shifted": (
        "Files hold the light as it is shown, {stops} stops from how your file stores it.",
        "生成的文件保存所显示的光，与您文件中存储的数值相差 {stops} 档。",
    ),
    "download_panorama": (
        "This is a panorama all round, which can light a scene. For that choose the scale Radiometric under Settings: "
        "it gives all light in one unit, whatever the camera did to it. Then take the HDRI.",
        "这是一幅全景图，可以用来照亮场景。为此请在“设置”中选择“辐射”标度：全部光使用同一单位，不受相机响应影响；"
        "然后下载 HDRI。",
    ),
    "download_panorama_light": (
        "This is a panorama all round: as an HDRI it lights the ground with about {lux} lux, white being 203 nits.",
        "这是一幅全景图：作为 HDRI，以白色为 203 尼特计，它照在地面上的照度约为 {lux} 勒克斯。",
    ),
    # Groups
    "download_share": (
        "To share: opens as HDR on phones, in browsers and galleries",
        "分享：在手机、浏览器和相册中显示为 HDR",
    ),
    "download_edit": (
        "To edit and render: all light, nothing rolled off",
        "编辑与渲染：保留全部的光，不作压缩",
    ),
    "download_show": ("For ordinary screens and slides", "用于普通屏幕与幻灯片"),
    # What is no HDR format
    "download_toned": ("Tone-mapped .png", "色调映射 .png"),
    "download_toned_note": ("For any screen, as set under Tone mapping.", "适合任何屏幕，按“色调映射”的设置。"),
    "download_exposures": ("Exposures .zip", "曝光序列 .zip"),
    "download_exposures_note": (
        "PNGs at the stops chosen under Exposures, and meta.json with all settings.",
        "按“曝光”中所选档数生成的 PNG，以及记录全部设置的 meta.json。",
    ),
    "download_hdri": ("HDRI for lighting .exr", "照明用 HDRI .exr"),
    "download_hdri_note": (
        "The panorama as a light source: linear 32-bit floats, opaque, nothing rolled off.",
        "作为光源的全景图：线性 32 位浮点，不透明，不作压缩。",
    ),
    "download_figure_pdf": ("Figure .pdf", "插图 .pdf"),
    "download_figure_pdf_note": (
        "One page as in a paper: the photo, exposures, tone-mapped. For print and slides.",
        "如论文插图的一页：照片、各档曝光、色调映射结果。用于印刷与幻灯片。",
    ),
    "download_figure_png": ("Figure .png", "插图 .png"),
    "download_figure_png_note": (
        "The same page as a picture of 3840 × 2160 pixels.",
        "同一页，为 3840 × 2160 像素的图片。",
    ),
    # The choices
    "download_base": ("On ordinary screens the JPEG shows", "在普通屏幕上，JPEG 显示"),
    "download_base_info": (
        "HDR screens show the same light either way.",
        "无论选择哪一项，HDR 屏幕显示的光相同。",
    ),
    "download_base_photo": ("Your photo, unchanged", "您的照片，保持不变"),
    "download_base_own": ("Its own base image", "文件自带的基础图像"),
    "download_base_clipped": ("The light up to white", "白色以下的光"),
    "download_base_toned": ("The tone-mapped picture", "色调映射后的图像"),
    "download_choices": ("Brightness, quality, EXIF", "亮度、质量、EXIF"),
    "download_white": ("White (nits)", "白色（尼特）"),
    "download_white_info": (
        "How bright the photo's white is where a format counts in nits: 203 is the standard.",
        "在以尼特计的格式中照片白色的亮度；标准值为 203。",
    ),
    "download_peak": ("Peak (nits)", "峰值（尼特）"),
    "download_peak_info": (
        "Brighter light is rolled off in files to share. Most HDR screens reach about 1,000.",
        "分享用文件中更亮的光会被平滑压缩。多数 HDR 屏幕可达约 1,000。",
    ),
    "download_quality": ("Quality", "质量"),
    "download_quality_info": ("Of JPEG, AVIF and JPEG XL.", "用于 JPEG、AVIF 与 JPEG XL。"),
    "download_float": ("OpenEXR with 32 bits", "OpenEXR 使用 32 位"),
    "download_float_info": (
        "Twice as large. Half floats keep 11 bits of each value, which is enough for nearly everything.",
        "文件大一倍。半浮点为每个数值保留 11 位，几乎总是足够。",
    ),
    "download_exif": ("Keep the photo's EXIF", "保留照片的 EXIF"),
    "download_exif_info": (
        "Camera, time and place, if the photo tells them. Untick it before you share where you were.",
        "相机、时间和地点（如照片中有记录）。若不想透露拍摄地点，请取消勾选。",
    ),
    # What was made
    "downloaded": ("Files made", "已生成的文件"),
    "download_making": ("Making {name}…", "正在生成 {name}……"),
    "download_made": ("{name}, {size}", "{name}，{size}"),
    "download_headroom": ("headroom {stops} stops above white", "高出白色 {stops} 档"),
    "download_no_headroom": ("nothing brighter than white", "没有比白色更亮的部分"),
    "download_earlier": (
        "Made from the photo and settings that were shown when you asked for it.",
        "按您点击时所显示的照片和设置生成。",
    ),
    "download_full": (
        "{name} could not be made, because the disk of the computer that runs this page is full. Nothing of it was "
        "kept; try again later, or choose a smaller file.",
        "无法生成 {name}：运行本页面的计算机磁盘已满。未留下任何残缺文件；请稍后再试，或选择较小的文件。",
    ),
    "download_memory": (
        "{name} could not be made, because the computer that runs this page has too little memory for it. Try again "
        "later, or give a smaller photo.",
        "无法生成 {name}：运行本页面的计算机内存不足。请稍后再试，或使用较小的照片。",
    ),
    # A format that the table below does not know
    "download_scene_note": ("Linear light, for programs that read it.", "线性光，供能读取它的软件使用。"),
    "download_display_note": ("For HDR screens, in programs that read it.", "用于 HDR 屏幕，供能读取它的软件使用。"),
}

# Of each row of `HDR_FORMATS`, by its first suffix: its name in Chinese, and what it is for.
_FORMATS: dict[str, tuple[str, tuple[str, str]]] = {
    ".jpg": (
        "带增益图的 JPEG",
        (
            "The one to send: HDR on phones, Chrome, Edge, Safari and Windows; an ordinary photo everywhere else.",
            "首选：在手机、Chrome、Edge、Safari 和 Windows 中为 HDR，在其他地方就是一张普通照片。",
        ),
    ),
    ".avif": (
        "AVIF（PQ）",
        (
            "The smallest. HDR in Chrome, Edge and Safari; without HDR it looks as its viewer decides.",
            "体积最小。在 Chrome、Edge、Safari 中为 HDR；在非 HDR 屏幕上的效果取决于软件。",
        ),
    ),
    ".png": (
        "PNG（PQ）",
        (
            "16 bits, nothing lost but above the peak. HDR in Chrome, Edge and Safari; large.",
            "16 位，除峰值以上外无损。在 Chrome、Edge、Safari 中为 HDR；体积大。",
        ),
    ),
    ".jxl": (
        "JPEG XL（PQ）",
        (
            "Small and fine. HDR in Safari, and in editors that read JPEG XL.",
            "小而精细。在 Safari 及支持 JPEG XL 的软件中为 HDR。",
        ),
    ),
    ".exr": (
        "OpenEXR",
        (
            "Lossless half floats: Blender, Nuke, Photoshop, Affinity, DaVinci Resolve.",
            "无损半浮点：Blender、Nuke、Photoshop、Affinity、DaVinci Resolve。",
        ),
    ),
    ".hdr": (
        "Radiance",
        (
            "8-bit mantissas; every renderer and editor. Ordinary viewers show it dark: it is light, not a picture.",
            "8 位尾数；所有渲染器和编辑软件均可读取。普通看图软件会显得很暗：它保存的是光，而不是图像。",
        ),
    ),
    ".tif": (
        "浮点 TIFF",
        (
            "32-bit floats, lossless and large: Photoshop, Affinity, GIMP.",
            "32 位浮点，无损，体积大：Photoshop、Affinity、GIMP。",
        ),
    ),
}

# In Chinese; in English `io.Loss` says it.
LOSSES_ZH = {
    "no_number": "{number:,} 个数值不是数（NaN），已改为 0。",
    "infinite": "{number:,} 个数值为无穷大，已改为该格式的最大值。",
    "negative": "{number:,} 个数值为负，该格式无法保存，已改为 0。",
    "beyond_half": "{number:,} 个数值超过半浮点的上限 {most:,.0f}，已改为该值；32 位浮点可以保留。",
    "alpha": "该格式不能保存透明度，已略去。",
    "peak": "最亮处为 {nits:,.0f} 尼特，高于峰值 {peak:,.0f} 尼特，已平滑压缩。",
}


def _format_texts() -> dict[str, tuple[str, str]]:
    texts = {}
    for suffix, row in HDR_FORMATS.items():
        general = _TEXT["download_display_note" if row.for_display else "download_scene_note"]
        chinese, note = _FORMATS.get(suffix, (row.name, general))
        texts[f"download_{suffix[1:]}"] = (f"{row.name} {suffix}", f"{chinese} {suffix}")
        texts[f"download_{suffix[1:]}_note"] = note
    return texts


DOWNLOAD_TEXT = {**_TEXT, **_format_texts()}
