"""What the page says of brackets, in English and Chinese: the tab Bracket, and the other tabs after a merge.

A text whose key ends in `_merged` takes the place of the one without that ending; `opened.say_of` chooses.
"""

from hdr_demo.merge.methods import METHODS

BRACKET_TEXT: dict[str, tuple[str, str]] = {
    "bracket": ("Bracket", "包围曝光"),
    "bracket_welcome": (
        "### Several exposures, one HDR image\n"
        "1. **Drop 2 to 9 photos** of one scene, taken at different exposures. By hand is fine, and so are people "
        "who walk through.\n"
        "2. **Check the exposure times.** They come from the camera; where it tells none, from the pictures.\n"
        "3. **Merge.** The light is measured, not estimated, and what moves is shown once: where it is in the "
        "reference.\n\n"
        "The result opens in the tabs of Your photo: exposures, tone mapping, measures, downloads.",
        "### 多张曝光，一幅 HDR 图像\n"
        "1. **拖入 2 至 9 张**以不同曝光拍摄的同一场景的**照片**。手持拍摄、有人走过都没有关系。\n"
        "2. **核对曝光时间**。它们来自相机记录；没有记录时由画面估计。\n"
        "3. **合成**。光来自测量，而非估计；运动的物体只出现一次，即参考照片中的位置。\n\n"
        "结果会在“您的照片”的各标签页中打开：曝光、色调映射、测量、下载。",
    ),
    "bracket_photos": ("Photos of one scene", "同一场景的照片"),
    "bracket_examples": ("Or try a bracket", "或者试试这组照片"),
    "example_bracket": ("Example bracket", "示例包围曝光"),
    "bracket_one_more": (
        "That is one photo; add at least one more of the same scene.",
        "只有一张照片；请至少再添加一张同一场景的照片。",
    ),
    "bracket_too_many": (
        "These are {count} photos, and a bracket has at most {most}: remove some.",
        "共 {count} 张照片，一组最多 {most} 张：请移除一些。",
    ),
    "bracket_reading": ("Reading the photos…", "正在读取照片……"),
    # The table of photos
    "bracket_table": (
        "The photos, from the shortest exposure to the longest. Exposure times may be edited.",
        "照片按曝光由短到长排列。曝光时间可以修改。",
    ),
    "bracket_column_photo": ("Photo", "照片"),
    "bracket_column_time": ("Exposure time", "曝光时间"),
    "bracket_column_stops": ("Stops", "档"),
    "bracket_column_reference": ("Reference", "参考"),
    "bracket_time_of": ("Exposure time of {name}", "{name} 的曝光时间"),
    "bracket_reference_of": ("{name} is the reference", "以 {name} 为参考"),
    "bracket_seconds": ("s", "秒"),
    "bracket_source_exif": ("EXIF", "EXIF"),
    "bracket_source_typed": ("typed", "手动输入"),
    "bracket_source_estimated": ("estimated", "估计"),
    "bracket_note_exif": (
        "Exposure times as the camera wrote them down; aperture and ISO count too.",
        "曝光时间取自相机记录；光圈与 ISO 也计算在内。",
    ),
    "bracket_note_estimated": (
        "Exposures estimated from the pictures, as multiples of the reference's: at least one photo tells no exposure "
        "time. Type better ones if you know them.",
        "至少一张照片没有记录曝光时间，因此由画面估计曝光，以参考照片的倍数表示。如果知道更准确的数值，请手动输入。",
    ),
    "bracket_note_against_exif": (
        "Exposures estimated from the pictures, as multiples of the reference's. What EXIF says may differ.",
        "曝光由画面估计，以参考照片的倍数表示；可能与 EXIF 不同。",
    ),
    "bracket_note_guessed": (
        "Neither the camera nor the pictures tell the exposures; two stops apart is only a guess. Type the times.",
        "相机与画面都无法给出曝光；相差两档只是猜测。请手动输入曝光时间。",
    ),
    "bracket_note_typed": ("Only the ratios of the exposures matter.", "只有曝光之间的比例起作用。"),
    "bracket_note_reference": (
        "The result has the framing and the moment of the reference.",
        "结果采用参考照片的取景与瞬间。",
    ),
    "bracket_no_time": (
        "“{text}” is no exposure time; write seconds, such as 1/250 or 0.5.",
        "“{text}”不是曝光时间；请以秒为单位填写，例如 1/250 或 0.5。",
    ),
    "bracket_estimate": ("Estimate from the pictures", "由画面估计"),
    "bracket_from_exif": ("Take from EXIF", "取自 EXIF"),
    # The choices
    "bracket_method": ("Method", "方法"),
    "bracket_method_info": (
        "How the exposures become one. The first is ours; Debevec, Robertson and Mertens know no motion.",
        "如何合成。第一种是本项目的方法；Debevec、Robertson 与 Mertens 不处理运动。",
    ),
    "bracket_response": ("Camera response", "相机响应"),
    "bracket_response_info": (
        "What the code values mean. Camera JPEGs are near sRGB; calibrated is found from the bracket itself.",
        "编码值的含义。相机 JPEG 接近 sRGB；“标定”由这组照片自身求得。",
    ),
    "bracket_response_srgb": ("sRGB", "sRGB"),
    "bracket_response_gamma": ("A gamma", "伽马"),
    "bracket_response_calibrated": ("Calibrated from the bracket (Debevec & Malik)", "由照片标定（Debevec & Malik）"),
    "bracket_gamma": ("Gamma", "伽马值"),
    "bracket_border": ("Where a moved photo ends", "移动后的照片边缘之外"),
    "bracket_border_fill": ("Keep the reference's frame", "保留参考照片的画幅"),
    "bracket_border_crop": ("Crop to what all share", "裁剪到共同区域"),
    "bracket_begin": ("Merge", "合成"),
    "bracket_stop": ("Stop", "停止"),
    # Before it starts
    "bracket_none": ("Choose at least two photos first.", "请先选择至少两张照片。"),
    "bracket_gone": ("The photos are no longer here; give them again.", "照片已不在这里；请重新提供。"),
    "bracket_busy": (
        "Your photos are being merged already; wait for the end, or stop it.",
        "您的照片正在合成中；请等待完成，或先停止。",
    ),
    # While it runs
    "bracket_queued": ("The bracket waits for its turn…", "正在排队……"),
    "bracket_running": ("Merging: {percent}\u00a0%, {left} left", "正在合成：{percent}\u00a0%，还需 {left}"),
    "bracket_starting": ("Merging…", "正在合成……"),
    "bracket_stopping": ("Stopping…", "正在停止……"),
    "bracket_comparing": ("Merging by the other methods, to compare…", "正在以其他方法合成以作比较……"),
    "bracket_progress": ("Progress of merging", "合成进度"),
    # At the end
    "bracket_stopped": ("Stopped; nothing was merged.", "已停止；没有合成。"),
    "bracket_done": ("Merged {count} photos in {seconds}", "已合成 {count} 张照片，用时 {seconds}"),
    "bracket_open": ("See it in all tabs", "在各标签页中查看"),
    "bracket_summary": ("What came of it", "结果"),
    "bracket_fact_photos": ("Photos", "照片"),
    "bracket_fact_photos_note": ("{method}, reference {name}", "{method}，参考 {name}"),
    "bracket_fact_range": ("Exposures span", "曝光跨度"),
    "bracket_fact_range_value": ("{stops} stops", "{stops} 档"),
    "bracket_fact_range_note": ("the brightest light is {headroom} stops above white", "最亮处高出白色 {headroom} 档"),
    "bracket_fact_moved": ("Moved", "移动"),
    "bracket_fact_moved_value": ("{pixels} px", "{pixels} 像素"),
    "bracket_fact_moved_note": ("at most, to lie on the reference", "为与参考对齐而移动的最大距离"),
    "bracket_fact_ghosts": ("Disagreement", "不一致"),
    "bracket_fact_ghosts_note": (
        "of the frame: the exposures still show different things there",
        "的画面：对齐之后各曝光仍显示不同内容",
    ),
    "bracket_fact_time": ("Time", "用时"),
    "bracket_fact_time_note": ("{width} × {height} px", "{width} × {height} 像素"),
    "bracket_moved_each": ("How far each photo was moved: {moved}.", "各照片移动的距离：{moved}。"),
    "bracket_moved_one": ("{name} {pixels}\u00a0px", "{name} {pixels}\u00a0像素"),
    "bracket_left_out": (
        "This method takes {most} photos: {names} was left out.",
        "此方法使用 {most} 张照片，未用：{names}。",
    ),
    "bracket_were_estimated": (
        "The exposures were estimated from the pictures; so is the scale of the light.",
        "曝光由画面估计，光的比例也随之为估计值。",
    ),
    "bracket_joint": (", ", "，"),
    "bracket_cropped": (
        "Cropped to the {width} × {height} px that all photos share.",
        "已裁剪到所有照片共有的 {width} × {height} 像素。",
    ),
    "bracket_no_light": (
        "Exposure fusion makes a picture, not light: there is no HDR here, and what you see of it above white means "
        "nothing.",
        "曝光融合得到的是图像，不是光：这里没有 HDR 数据。",
    ),
    "bracket_alone": (
        "This is the reference photo alone: nothing was merged.",
        "这只是参考照片本身：没有合成。",
    ),
    "bracket_all_differ": (
        "Most of the frame disagrees. Are these photos of one scene, and are the exposure times right?",
        "画面大部分不一致。这些照片是同一场景吗？曝光时间正确吗？",
    ),
    # The panel and the tabs of a photo, after a merge
    "opened_merged": (
        "Merged a {kind}, {width} × {height} px. Headroom {stops} stops.",
        "已合成{kind}，{width} × {height} 像素。高出白色 {stops} 档。",
    ),
    "opened_no_headroom_merged": (
        "Merged a {kind}, {width} × {height} px. Nothing in it is brighter than the reference's white.",
        "已合成{kind}，{width} × {height} 像素。没有比参考照片的白色更亮的部分。",
    ),
    "compare_label_merged": ("Left: the reference photo. Right: HDR.", "左：参考照片。右：HDR。"),
    "compare_note_exposed_merged": (
        "Left: the reference photo, {stops} stops. Right: the merged light, {stops} stops. Where the photo is evenly "
        "grey, its light was lost; on the right the other exposures measured it.",
        "左：参考照片，{stops} 档。右：合成的光，{stops} 档。照片中一片均匀的灰色就是丢失的光；右边由其他曝光测得。",
    ),
    "compare_note_toned_merged": (
        "Left: the reference photo as it is. Right: the merged light through {operator}.",
        "左：参考照片。右：合成的光经 {operator} 映射。",
    ),
    "exposures_note_merged": (
        "Each exposure of the merged light stands beside the same exposure of the reference photo. Darkened, a photo "
        "turns its clipped parts grey; there the HDR image shows what the other exposures measured.",
        "合成的光的每一档曝光都与参考照片的同档曝光并列。压暗之后，照片的过曝处只剩灰色，"
        "HDR 图像则显示其他曝光测得的内容。",
    ),
    "recovered_merged": ("Measured by the others", "由其他曝光测得"),
}

# What `merge.methods.METHODS` says, in Chinese; the others are names.
_METHODS_ZH = {
    "selector": "hdr_demo 的 selector",
    "triangle": "三角权重",
    "mertens": "Mertens 等 2007，曝光融合（OpenCV）",
    "robertson": "Robertson 等 2003（OpenCV）",
    "reference": "仅参考照片",
}
for _name, _label in METHODS.items():
    BRACKET_TEXT[f"bracket_method_{_name}"] = (_label, _METHODS_ZH.get(_name, _label))
