"""What the page says where merges are compared, in English and Chinese."""

BRACKET_COMPARE_TEXT: dict[str, tuple[str, str]] = {
    "bracket_compare": ("Compared", "比较"),
    "bracket_compare_gallery": ("All results", "全部结果"),
    "bracket_compare_ghosts": ("Where the exposures disagree", "各曝光不一致之处"),
    "bracket_compare_photo": ("Photo: {name}", "照片：{name}"),
    "bracket_compare_agree": ("the same", "一致"),
    "bracket_compare_differ": ("a fifth of all codes apart, or more", "相差全部编码的五分之一或更多"),
    "bracket_compare_legend": (
        "Colours of the map: from grey, where the exposures show the same, through brown and orange to pale yellow, "
        "where they differ by a fifth of all codes or more",
        "图中颜色：灰色表示各曝光一致，经棕色、橙色到浅黄色，表示相差全部编码的五分之一或更多",
    ),
    "bracket_compare_note": (
        "All merges are shown by one tone mapper at one exposure, Mertens as its own picture. The map of disagreement "
        "stays grey where all photos show the same after the camera's motion is taken out, and has a colour where "
        "something moved, or one of them is too noisy to tell.",
        "所有合成结果使用同一种色调映射和同一曝光，Mertens 显示其自身的图像。在不一致图中，灰色表示去除相机运动后各照片"
        "一致，彩色表示有物体移动，或某张照片噪声太大而无法判断。",
    ),
}

# All of it is sent to the browser, which fills in the blanks.
WIPE_TEXT: dict[str, tuple[str, str]] = {
    "left": ("Left", "左"),
    "right": ("Right", "右"),
    "swap": ("Swap left and right", "左右互换"),
    "out": ("Smaller", "缩小"),
    "fit": ("Fit", "适合"),
    "whole": ("100 %: one pixel for one", "100 %：逐像素"),
    "in": ("Larger", "放大"),
    "stage": (
        "Two results. Keys: + and − zoom, 0 fits, 1 shows 100 %, arrows move, S swaps.",
        "两个结果。按键：+ 与 − 缩放，0 适合，1 为 100 %，方向键移动，S 互换。",
    ),
    "alt": ("Left: {left}. Right: {right}.", "左：{left}。右：{right}。"),
    "divider": ("Divider between the two results", "两个结果的分隔线"),
    "divider_value": ("left {percent} %: {left}; the rest: {right}", "左侧 {percent} %：{left}；其余：{right}"),
    "keys": (
        "Drag the line, or move it by the arrow keys. Ctrl and wheel, or two fingers: zoom; then drag to move.",
        "拖动分隔线，或用方向键移动。Ctrl 加滚轮或双指缩放，放大后拖动画面。",
    ),
    "gone": (
        "This picture is no longer here; merge the photos again.",
        "该图片已不在这里；请重新合成。",
    ),
}
