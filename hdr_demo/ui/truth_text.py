"""What the tab Compare with the truth says, in English and Chinese."""

from hdr_demo.camera import RESPONSES
from hdr_demo.evaluation import MEASURES

TRUTH_TEXT: dict[str, tuple[str, str]] = {
    "your_photo": ("Your photo", "您的照片"),
    "truth": ("Compare with the truth", "与真值比较"),
    "truth_welcome": (
        "### How good is the guess?\n"
        "Of an HDR scene all the light is known, also where a photograph turns white. "
        "Take a photo of such a scene and see how close the network comes.\n"
        "1. **Choose a scene**, or give your own HDR image.\n"
        "2. **Set the camera**: where it looks, how long it exposes, how it writes light down.\n"
        "3. **Take the photo.** You see what clipped, what the network made of it, and by how many stops it is wrong.",
        "### 猜得有多准？\n"
        "HDR 场景的光是全部已知的，包括照片里变成白色的地方。给这样的场景拍一张照片，看看网络能接近到什么程度。\n"
        "1. **选择场景**，或上传您自己的 HDR 图像。\n"
        "2. **设置相机**：朝向、曝光、响应曲线。\n"
        "3. **拍照**。您会看到哪里过曝、网络给出了什么，以及误差有多少档。",
    ),
    "scenes": ("Scenes whose light is known", "光照已知的场景"),
    "example_kiara_1_dawn": ("Dawn", "黎明"),
    "example_pedestrian_overpass": ("Overpass", "天桥"),
    "example_thatch_chapel": ("Chapel", "礼拜堂"),
    "example_workshop": ("Workshop", "车间"),
    "truth_upload": ("Or give an HDR image (.exr, .hdr)", "或上传 HDR 图像（.exr、.hdr）"),
    # The camera
    "finder": ("Viewfinder", "取景器"),
    "finder_alt": ("What the camera sees as it is set now", "相机按当前设置看到的画面"),
    "finder_note": (
        "{percent}\u00a0% clipped, {width} × {height} px",
        "{percent}\u00a0% 过曝，{width} × {height} 像素",
    ),
    "finder_note_free": (
        "This response squeezes the whole scene into the picture; the exposure changes little.",
        "这种响应把整个场景压缩进画面，曝光设置影响很小。",
    ),
    "yaw": ("Turn (degrees)", "左右转动（度）"),
    "pitch": ("Tilt (degrees)", "上下倾斜（度）"),
    "field_of_view": ("Field of view (degrees)", "视角（度）"),
    "exposed_by": ("Exposure set by", "曝光方式"),
    "exposed_by_share": ("Share clipped", "过曝比例"),
    "exposed_by_stops": ("Stops", "档数"),
    "clipped_share": ("Of the picture too bright (%)", "画面过亮的比例（%）"),
    "meter_stops": ("Stops from the light meter's", "相对测光值的档数"),
    "response": ("Response of the camera", "相机响应"),
    "defects": ("Noise and JPEG", "噪点与 JPEG"),
    "noise": ("Sensor noise", "传感器噪点"),
    "quality": ("JPEG quality", "JPEG 质量"),
    "take": ("Take the photo", "拍照"),
    "taking": ("The network looks at the photo…", "网络正在处理照片……"),
    "taken": ("Photo taken; the network took {seconds}.", "照片已拍好；网络用时 {seconds}。"),
    "not_taken": ("The camera is set differently now: take the photo.", "相机设置已改变：请重新拍照。"),
    "no_scene": ("Choose a scene first, or give an HDR image.", "请先选择场景，或上传 HDR 图像。"),
    # What came of it
    "truth_photo": ("The photo", "照片"),
    "truth_photo_alt": ("The photo that the virtual camera took", "虚拟相机拍摄的照片"),
    "truth_clipped": ("What was clipped", "过曝之处"),
    "truth_clipped_alt": ("The photo in grey, with its clipped pixels in colour", "灰度照片，过曝像素以颜色标出"),
    "truth_all_clipped": ("all channels: {percent}\u00a0%", "全部通道：{percent}\u00a0%"),
    "truth_partly_clipped": ("one or two channels: {percent}\u00a0%", "一或两个通道：{percent}\u00a0%"),
    "truth_method": ("Compare the truth with", "与真值比较的对象"),
    "truth_method_network": ("Network", "网络"),
    "truth_method_linearized": ("Linearised photo", "线性化的照片"),
    "truth_slider": ("Left: the truth. Right: the result.", "左：真值。右：结果。"),
    "truth_slider_note": (
        "Left: the truth, {stops} stops. Right: {method}, {stops} stops.",
        "左：真值，{stops} 档。右：{method}，{stops} 档。",
    ),
    "truth_slider_fitted": (
        "The result has no unit on this scale; it was given the mean brightness of the truth.",
        "此标度没有单位；结果已调整到与真值相同的平均亮度。",
    ),
    "truth_error": ("Where it is wrong, after one fitted gain", "误差所在（拟合一个增益之后）"),
    "truth_error_alt": ("Map of the error: blue too dark, red too bright", "误差图：蓝色偏暗，红色偏亮"),
    "truth_error_legend": ("Error in stops: blue too dark, red too bright", "误差（档）：蓝色偏暗，红色偏亮"),
    "truth_more": ("More measures", "更多指标"),
    "better_higher": ("higher is better", "越高越好"),
    "better_lower": ("lower is better", "越低越好"),
    "better_zero": ("closer to 0 is better", "越接近 0 越好"),
    "unit_dB": ("dB", "dB"),
    "unit_stops": ("stops", "档"),
    "unit_%": ("%", "%"),
    # What the first measures mean
    "score_note_pu21_psnr": ("Likeness as the eye sees it, after one gain", "拟合一个增益之后，人眼所见的相似程度"),
    "score_note_pu21_psnr_crf": (
        "The same, after the camera's response is fitted too",
        "同上，并拟合相机响应之后",
    ),
    "score_note_hi": ("Mean error of the clipped pixels", "过曝像素的平均误差"),
    "score_note_hi_gain": ("The same, after one gain", "同上，拟合一个增益之后"),
    "score_note_range_bias": ("Dynamic range, result minus truth", "动态范围：结果减真值"),
    "score_note_harmed": ("Well-exposed pixels made worse", "曝光正常却变差的像素"),
}

# What the tables `RESPONSES` and `MEASURES` say in English, by the names of their rows.
_RESPONSES_ZH = {
    "gamma": "伽马",
    "sigmoid": "类胶片（S 形）",
    "percentile": "对比度拉伸",
    "reinhard": "色调映射：Reinhard",
    "mantiuk": "色调映射：Mantiuk",
    "drago": "色调映射：Drago",
    "durand": "色调映射：Durand",
}
_MEASURES_ZH = {
    "pu21_psnr_crf": "PU21-PSNR（拟合响应）",
    "pu21_ssim_crf": "PU21-SSIM（拟合响应）",
    "hi": "高光误差",
    "hi_gain": "高光误差（拟合增益）",
    "range_bias": "动态范围偏差",
    "harmed": "受损比例",
    "linear_psnr": "线性 PSNR",
    "linear_ssim": "线性 SSIM",
    "mu_psnr": "µ 律 PSNR",
    "mu_ssim": "µ 律 SSIM",
    "display_psnr": "显示参照 PU21-PSNR",
    "display_ssim": "显示参照 PU21-SSIM",
    "scene_psnr": "场景参照 PU21-PSNR",
    "scene_ssim": "场景参照 PU21-SSIM",
}
for _row in RESPONSES.values():
    TRUTH_TEXT[f"response_{_row.name}"] = (_row.label, _RESPONSES_ZH.get(_row.name, _row.label))
for _row in MEASURES.values():
    TRUTH_TEXT[f"score_{_row.name}"] = (_row.label, _MEASURES_ZH.get(_row.name, _row.label))
