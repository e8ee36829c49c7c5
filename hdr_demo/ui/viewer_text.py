"""What the viewer says, in English and Chinese. All of it is sent to the browser, which fills in the blanks."""

VIEWER_TEXT: dict[str, tuple[str, str]] = {
    # The picture
    "operator": ("Shown by", "显示方式"),
    "compare": ("Split with the photo", "与照片分屏"),
    "zebra": ("Stripes where clipped", "截断处显示斑马纹"),
    "colors": ("Stops as colours", "以颜色表示档数"),
    "exposure": ("Exposure (stops)", "曝光（档）"),
    "auto": ("Auto", "自动"),
    "zero": ("0", "0"),
    "out": ("−", "−"),
    "in": ("+", "+"),
    "fit": ("Fit", "适合"),
    "whole": ("1:1", "1:1"),
    "settings": ("Operator settings", "算子设置"),
    "defaults": ("Defaults", "默认值"),
    "side_photo": ("Photo {stops}", "照片 {stops}"),
    "side_hdr": ("HDR {stops} · {operator}", "HDR {stops} · {operator}"),
    "side_true": ("HDR {stops} · true light", "HDR {stops} · 真正的光"),
    "alt": ("The HDR image at {stops} stops, {operator}", "HDR 图像，{stops} 档，{operator}"),
    "alt_compare": (
        "Left the photo, right the HDR image, both at {stops} stops; {operator}",
        "左为照片，右为 HDR 图像，均为 {stops} 档；{operator}",
    ),
    "stage": ("Picture. Keys are listed below it.", "画面。按键说明见下方。"),
    "divider": ("Divider between photo and HDR image", "照片与 HDR 图像的分隔线"),
    "divider_value": ("photo on the left {percent} %", "左侧 {percent} % 为照片"),
    "said_exposure": ("{stops} stops", "{stops} 档"),
    "probe": (
        "{x}, {y}: {about}R G B {rgb} · {stops} stops · {nits} nits · photo {photo}",
        "{x}, {y}：{about}R G B {rgb} · {stops} 档 · {nits} 尼特 · 照片 {photo}",
    ),
    "probe_without_unit": (
        "{x}, {y}: {about}R G B {rgb} · {stops} stops · photo {photo}",
        "{x}, {y}：{about}R G B {rgb} · {stops} 档 · 照片 {photo}",
    ),
    "clipped": ("(clipped)", "（截断）"),
    "stored": ("in the file {rgb}", "文件中 {rgb}"),
    "opacity": ("opacity {percent} %", "不透明度 {percent} %"),
    "pinned": ("Pinned {pixel}", "已固定 {pixel}"),
    "unpin": ("Unpin", "取消固定"),
    "full": ("Full screen", "全屏"),
    "leave_full": ("Leave full screen", "退出全屏"),
    "keys_title": ("Keys and gestures", "按键与手势"),
    "keys": (
        "[ and ]: exposure. A: automatic exposure. R: 0 stops. Arrows: read the light pixel by pixel. P, click or tap: "
        "pin a pixel. Shift and arrows: move. + and −: zoom. 0: fit. 1: one pixel for one. S: split. Z: stripes. "
        "C: colours. F: full screen. Wheel with Shift: exposure; with Ctrl: zoom. Two fingers: zoom and move; double "
        "click: one pixel for one.",
        "[ 与 ]：曝光。A：自动曝光。R：0 档。方向键：逐像素读取光。P、单击或轻触：固定一个像素。Shift 加方向键：移动。"
        "+ 与 −：缩放。0：适合。1：逐像素。S：分屏。Z：斑马纹。C：颜色。F：全屏。"
        "Shift 加滚轮：曝光；Ctrl 加滚轮：缩放。双指：缩放与移动；双击：逐像素。",
    ),
    # How much light there is
    "light_title": ("Light, and what this operator makes of it", "光，以及该算子的映射"),
    "light_axis": ("Stops relative to the photo's white", "相对于照片白色的档数"),
    "key_photo": ("Photo", "照片"),
    "key_hdr": ("HDR", "HDR"),
    "key_curve": ("Shown as", "显示为"),
    "range": (
        "The display shows light from {low} to {high} stops; what is brighter is white.",
        "屏幕显示 {low} 到 {high} 档的光；更亮的成为白色。",
    ),
    "range_all": (
        "The display shows light from {low} stops up; none of it becomes white.",
        "屏幕显示 {low} 档以上的光；没有成为白色的。",
    ),
    "range_true": (
        "This screen shows light from {low} stops up, and above the page's white as far as it can.",
        "此屏幕显示 {low} 档以上的光，高于本页白色的光也在其能力范围内显示。",
    ),
    # What happens
    "server_draws": (
        "This operator looks at the surroundings of each pixel; the server is drawing it…",
        "该算子考虑每个像素的周围；服务器正在绘制……",
    ),
    "by_server": (
        "This operator looks at the surroundings of each pixel; the server drew this picture.",
        "该算子考虑每个像素的周围；此画面由服务器绘制。",
    ),
    "lost": (
        "The graphics processor was taken away; the picture returns when it is back.",
        "图形处理器暂时不可用；恢复后画面会重新出现。",
    ),
    "failed": ("The picture did not arrive. Reload the page, or try again.", "画面未能送达。请刷新页面或重试。"),
    "without_webgl": (
        "This browser has no WebGL 2, which the live viewer needs. The tab Exposures shows the same, step by step.",
        "此浏览器没有实时查看所需的 WebGL 2。“曝光”标签页会逐档显示同样的内容。",
    ),
    # True HDR
    "hdr_title": ("True HDR", "真正的 HDR"),
    "hdr_alt": ("The photo with the light behind its white, in HDR", "照片及其白色之上的光，以 HDR 显示"),
    "hdr_switch": ("HDR", "HDR"),
    "no_switch": (
        "This browser cannot switch the HDR of a picture off.",
        "此浏览器无法关闭图片的 HDR。",
    ),
    "screen_high": (
        "HDR screen: below, white stays as bright as on this page, and the light behind it is brighter.",
        "HDR 屏幕：下图中白色与本页一样亮，白色之上的光更亮。",
    ),
    "extended": (
        "The viewer above shows true light too, as long as it shows it by {operator}, without stripes or colours.",
        "上方的查看器以“{operator}”显示、且没有斑马纹和颜色时，同样显示真正的光。",
    ),
    "screen_video": (
        "This screen shows HDR in videos, but not in pictures: they end at the white of the page.",
        "此屏幕可显示 HDR 视频，但图片只能到本页的白色为止。",
    ),
    "screen_standard": (
        "Standard screen: light above the page's white cannot be shown, so the viewer maps it. On an HDR screen, the "
        "true light appears here.",
        "标准屏幕：无法显示高于本页白色的光，因此由查看器映射。在 HDR 屏幕上，这里会显示真正的光。",
    ),
}
