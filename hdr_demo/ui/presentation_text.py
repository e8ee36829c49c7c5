"""What the presentation says, in English and Chinese. All of it is sent to the browser, which fills in the blanks."""

PRESENTATION_TEXT: dict[str, tuple[str, str]] = {
    # The button
    "present": ("Present", "演示"),
    "present_hint": ("Present on the whole screen (P)", "全屏演示（P）"),
    "title": ("Presentation", "演示"),
    "own": ("Your photo", "您的照片"),
    # The story: one sentence for each step
    "step_photo": ("A photo: what was too bright became white.", "一张照片：太亮的地方都成了白色。"),
    "step_grey": (
        "{stops} stops: what was white is flat grey. Its light is lost.",
        "{stops} 档：照片中白色的地方只剩一片灰，光已丢失。",
    ),
    "step_network": (
        "{stops} stops: on the right, the light that the network estimates.",
        "{stops} 档：右侧是网络估计的光。",
    ),
    "step_true_high": (
        "True HDR: the light behind white is brighter than the white of this page.",
        "真正的 HDR：白色之上的光比本页的白色更亮。",
    ),
    "step_true_off": (
        "HDR switched off: the same picture ends at white.",
        "HDR 已关闭：同一画面止于白色。",
    ),
    "step_true_standard": (
        "This screen ends at white: each colour is one stop of light.",
        "此屏幕止于白色：每种颜色表示一档光。",
    ),
    "step_true_video": (
        "This screen has HDR for videos only: each colour is one stop of light.",
        "此屏幕只有视频支持 HDR：每种颜色表示一档光。",
    ),
    "step_tone": (
        "For an ordinary screen, the light is mapped below white.",
        "在普通屏幕上，色调映射把光压到白色以下。",
    ),
    # The same for a file that brought its own light
    "step_photo_opened": (
        "An HDR file as an ordinary picture holds it: what is too bright is white.",
        "普通图片所能保存的 HDR 文件：太亮的地方都成了白色。",
    ),
    "step_grey_opened": (
        "{stops} stops: what was white is flat grey.",
        "{stops} 档：普通图片中白色的地方只剩一片灰。",
    ),
    "step_network_opened": (
        "{stops} stops: on the right, the light that the file holds.",
        "{stops} 档：右侧是文件中保存的光。",
    ),
    # Around it
    "step_of": ("Step {step} of {steps}: {name}", "第 {step} 步，共 {steps} 步：{name}"),
    "name_photo": ("the photo", "照片"),
    "name_grey": ("its exposures", "照片的曝光"),
    "name_network": ("what is added", "增加了什么"),
    "name_true": ("true HDR", "真正的 HDR"),
    "name_tone": ("tone mapping", "色调映射"),
    "previous": ("Previous step", "上一步"),
    "next": ("Next step", "下一步"),
    "pictures": ("Pictures", "图片"),
    "pictures_hint": ("Choose another picture (up and down keys, or its number)", "选择其他图片（上下键或数字键）"),
    "fullscreen": ("Full screen", "全屏"),
    "leave": ("Leave", "退出"),
    "keys": (
        "Right arrow, Space or a click: next step. Left arrow: back. Up and down: another picture. Escape: leave.",
        "右方向键、空格或点击：下一步。左方向键：返回。上下键：换图片。Esc：退出。",
    ),
    "preview": ("Preview; the exact result is on its way.", "当前为预览；精确结果正在计算。"),
    "computing": ("The network is looking at the photo…", "网络正在处理照片……"),
    "failed": ("The picture did not arrive. Choose another one, or try again.", "画面未能送达。请换一张或重试。"),
    "empty": ("There is no picture to present. Give a photo first.", "没有可演示的图片。请先提供一张照片。"),
    "drawn": ("Drawn by the server: this browser has no WebGL 2.", "由服务器绘制：此浏览器没有 WebGL 2。"),
    "side_photo": ("Photo", "照片"),
    "side_hdr": ("HDR", "HDR"),
}
