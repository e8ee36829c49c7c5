"""What the page says where merges are compared, in English and Chinese."""

BRACKET_COMPARE_TEXT: dict[str, tuple[str, str]] = {
    "bracket_compare": ("Compared", "比较"),
    "bracket_compare_slider": ("Two results under one divider", "分隔线两侧的两个结果"),
    "bracket_compare_left": ("Left", "左"),
    "bracket_compare_right": ("Right", "右"),
    "bracket_compare_gallery": ("All results", "全部结果"),
    "bracket_compare_ghosts": ("Where the exposures disagree", "各曝光不一致之处"),
    "bracket_compare_photo": ("Photo: {name}", "照片：{name}"),
    "bracket_compare_note": (
        "All merges are shown by one tone mapper, Mertens as its own picture. In the map of disagreement, grey is "
        "where all photos show the same after the camera's motion is taken out, and orange where something moved, or "
        "one of them is too noisy to tell.",
        "所有合成结果使用同一种色调映射，Mertens 显示其自身的图像。在不一致图中，灰色表示去除相机运动后各照片一致，"
        "橙色表示有物体移动，或某张照片噪声太大而无法判断。",
    ),
}
