"""What stands around the link to the page, in English and Chinese. All of it is sent to the browser."""

DEEP_LINK_TEXT: dict[str, tuple[str, str]] = {
    "copy": ("Copy link", "复制链接"),
    "hint": (
        "A link to this photo, tab and settings. Your own photo is then kept for an hour for whoever has the link.",
        "指向当前照片、标签页与设置的链接。您自己的照片将为持有链接的人保留一小时。",
    ),
    "making": ("Making the link…", "正在生成链接……"),
    "copied": ("Copied. It opens this page at the same tab and settings.", "已复制。打开后为相同的标签页与设置。"),
    "copy_it": (
        "Copy this link; it opens this page at the same tab and settings.",
        "请复制此链接；打开后为相同的标签页与设置。",
    ),
    "failed": ("The server gave no link; try again.", "服务器未能生成链接，请重试。"),
    "own": (
        "Whoever has this link sees your photo and its result, and can download both. The server keeps them for an "
        "hour at most, and only as long as it runs.",
        "持有此链接的人可以看到并下载您的照片及其结果。服务器最多保留一小时，停止运行后即失效。",
    ),
    "close": ("Close", "关闭"),
    "address": ("Link", "链接"),
    "gone": (
        "The photo of this link is no longer on this server; give it again: the link's settings are in place.",
        "此链接的照片已不在服务器上；请重新提供照片，链接中的设置已生效。",
    ),
}
