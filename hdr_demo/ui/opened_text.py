"""What the page says of a file that is HDR already, in English and Chinese.

A text whose key ends in `_opened` takes the place of the one without that ending; `opened.say_of` chooses. What it says
of a bracket is in bracket_text.py.
"""

OPENED_TEXT: dict[str, tuple[str, str]] = {
    # The panel
    "opened": (
        "Opened {kind}, {width} × {height} px: its own light, no network. Headroom {stops} stops.",
        "已打开 {kind}，{width} × {height} 像素：文件自身的光，未经网络。高出白色 {stops} 档。",
    ),
    "opened_no_headroom": (
        "Opened {kind}, {width} × {height} px: its own light, no network. Nothing in it is brighter than white.",
        "已打开 {kind}，{width} × {height} 像素：文件自身的光，未经网络。没有比白色更亮的部分。",
    ),
    "opened_darker": (
        "Its numbers are far above 1.0, so everything is shown {stops} stops darker than it is stored.",
        "其数值远高于 1.0，因此整幅图像显示得比存储值暗 {stops} 档。",
    ),
    "opened_brighter": (
        "Its numbers are far below 1.0, so everything is shown {stops} stops brighter than it is stored.",
        "其数值远低于 1.0，因此整幅图像显示得比存储值亮 {stops} 档。",
    ),
    "opened_oddities": ("Pixels that no screen can show: {found}.", "屏幕无法显示的像素：{found}。"),
    "odd_no_number": ("{count} no number (NaN), now black", "{count} 个不是数（NaN），已改为黑色"),
    "odd_infinite": (
        "{count} infinite, now as bright as the brightest other",
        "{count} 个为无穷大，已改为其余像素的最大值",
    ),
    "odd_negative": (
        "{count} negative in a channel, drawn as 0 there but kept in files that can hold it",
        "{count} 个含负值，显示为 0，但保留在能够容纳它的文件中",
    ),
    "odd_joint": ("; ", "；"),
    "light": ("Light", "光"),
    "light_info": (
        "This photo brings a gain map: light that its camera or editor stored with it.",
        "这张照片带有增益图：由相机或编辑软件随照片存储的光。",
    ),
    "light_own": ("Its own gain map", "自带的增益图"),
    "light_network": ("The network's estimate", "网络的估计"),
    "settings_opened": (
        "Scale and checkpoint are choices about the network; this light is the file's own.",
        "标度与模型只与网络有关；这里的光来自文件本身。",
    ),
    "broken_gain_map": (
        "The gain map of this photo cannot be read; the network estimates the light of its base image.",
        "无法读取这张照片的增益图；由网络估计其基础图像的光。",
    ),
    # The tabs
    "compare_label_opened": ("Left: 8 bits. Right: HDR.", "左：8 位。右：HDR。"),
    "compare_note_exposed_opened": (
        "Left: what an ordinary 8-bit picture keeps of the file, {stops} stops. Right: the file's own light, {stops} "
        "stops. Where the left is evenly grey, 8 bits end.",
        "左：普通 8 位图像所能保留的部分，{stops} 档。右：文件自身的光，{stops} 档。"
        "左边一片均匀的灰色就是 8 位的尽头。",
    ),
    "compare_note_toned_opened": (
        "Left: what an ordinary 8-bit picture keeps of the file. Right: its light through {operator}.",
        "左：普通 8 位图像所能保留的部分。右：文件的光经 {operator} 映射。",
    ),
    "exposures_note_opened": (
        "Each exposure of the file's own light stands beside the same exposure of what an ordinary 8-bit picture keeps "
        "of it. Darkened, those 8 bits turn grey where they end.",
        "文件自身的光的每一档曝光都与普通 8 位图像的同档曝光并列。压暗之后，8 位图像在其尽头只剩灰色。",
    ),
    "caption_photo_opened": ("8 bits {stops}", "8 位 {stops}"),
    "histogram_alt_opened": (
        "Histogram of log luminance. 8 bits end at white, 0 stops; the file's light reaches {high} stops above it.",
        "对数亮度直方图。8 位止于白色（0 档）；文件的光高出白色 {high} 档。",
    ),
    "histogram_axis_opened": ("Stops relative to white, 1.0", "相对于白色（1.0）的档数"),
    "clip_point_opened": ("8 bits end here", "8 位止于此"),
    "measured_photo_opened": ("8 bits", "8 位"),
    "clipped_opened": ("Clipped in 8 bits", "8 位中截断"),
    "recovered_opened": ("Kept by the file", "文件保留"),
    "recovered_note_opened": ("of them hold at least ⅓ stop more light", "其中至少多存 ⅓ 档的光"),
    "legend_opened": ("Colours in stops relative to white, 1.0", "颜色表示相对于白色（1.0）的档数"),
    "pixel_stored": ("In the file", "文件中的数值"),
    "pixel_code_opened": ("8 bits, code values", "8 位编码值"),
}

# In the place of texts in viewer_text.py.
VIEWER_TEXT_OPENED: dict[str, tuple[str, str]] = {
    "side_photo": ("8 bits {stops}", "8 位 {stops}"),
    "alt_compare": (
        "Left what 8 bits keep, right the file's light, both at {stops} stops; {operator}",
        "左为 8 位所保留的，右为文件的光，均为 {stops} 档；{operator}",
    ),
    "divider_value": ("8 bits on the left {percent} %", "左侧 {percent} % 为 8 位"),
    "light_axis": ("Stops relative to white, 1.0", "相对于白色（1.0）的档数"),
    "key_photo": ("8 bits", "8 位"),
    "probe": (
        "{x}, {y}: {about}R G B {rgb} · {stops} stops · {nits} nits · 8 bits {photo}",
        "{x}, {y}：{about}R G B {rgb} · {stops} 档 · {nits} 尼特 · 8 位 {photo}",
    ),
}

# What `io.hdr_kind` says, in Chinese; the others are names.
KINDS_ZH = {
    "JPEG with a gain map": "带增益图的 JPEG",
    "HEIC with a gain map": "带增益图的 HEIC",
    "TIFF of floats": "浮点 TIFF",
}
