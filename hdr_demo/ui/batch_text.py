"""What the tab Many photos says, in English and Chinese."""

BATCH_TEXT: dict[str, tuple[str, str]] = {
    "batch": ("Many photos", "多张照片"),
    "batch_speed_info": (
        "Draft is several times faster; light is less exact around small highlights.",
        "草稿快数倍；细小高光周围的光不够精确。",
    ),
    "batch_welcome": (
        "### Many photos at once\n"
        "1. **Drop your photos.** HDR files among them are converted and keep their own light.\n"
        "2. **Choose the files** to make of each.\n"
        "3. **Start.** You may stop at any time; what is finished by then is yours.\n\n"
        "You get one archive with all files, a contact sheet, and a report of what failed and why.",
        "### 一次处理多张照片\n"
        "1. **拖入照片**。其中的 HDR 文件保留自身的光，只作格式转换。\n"
        "2. **选择**每张照片要生成的**文件**。\n"
        "3. **开始**。可以随时停止；此前完成的文件都会保留。\n\n"
        "您会得到一个包含全部文件的压缩包、一张缩略图总览，以及说明失败原因的报告。",
    ),
    "batch_photos": ("Photos", "照片"),
    "batch_count": ("{count} of at most {most} photos.", "已选 {count} 张，最多 {most} 张。"),
    "batch_too_many": (
        "These are {count} photos, and {most} are taken at once: remove some, and leave them for the next batch.",
        "共 {count} 张照片，一次最多 {most} 张：请移除一些，留到下一批。",
    ),
    "batch_formats": ("Files to make of each photo", "每张照片要生成的文件"),
    "batch_base_photo": ("Each photo, unchanged", "每张照片，保持不变"),
    "batch_base_toned": ("Its tone-mapped picture", "色调映射后的图像"),
    "batch_operator_info": (
        "For the tone-mapped picture, and for the contact sheet.",
        "用于色调映射后的图像和缩略图总览。",
    ),
    "batch_exif": ("Keep the photos' EXIF", "保留照片的 EXIF"),
    "batch_exif_info": (
        "Camera, time and place, if a photo tells them.",
        "相机、时间和地点（如照片中有记录）。",
    ),
    "batch_begin": ("Start", "开始"),
    "batch_stop": ("Stop and keep", "停止并保留"),
    # Before it starts
    "batch_none": ("Choose at least one photo first.", "请先选择至少一张照片。"),
    "batch_no_formats": ("Choose at least one kind of file.", "请至少选择一种文件格式。"),
    "batch_busy": (
        "Your photos are being worked on already; wait for the end, or stop it.",
        "您的照片正在处理中；请等待完成，或先停止。",
    ),
    # While it runs
    "batch_queued": ("The photos wait for their turn…", "照片正在排队……"),
    "batch_running": ("{done} of {total} photos, {left} left", "已完成 {done}/{total} 张，还需 {left}"),
    "batch_running_on": ("{done} of {total} photos", "已完成 {done}/{total} 张"),
    "batch_stopping": ("Stopping; what is expanded is still written…", "正在停止，并写完已算好的照片……"),
    "batch_packing": ("Packing the archive…", "正在打包……"),
    "batch_progress": ("Progress of all photos", "全部照片的进度"),
    # What becomes of each photo
    "batch_stage_waiting": ("waiting", "等待中"),
    "batch_stage_reading": ("reading", "读取中"),
    "batch_stage_expanding": ("expanding, {percent}\u00a0%", "扩展中，{percent}\u00a0%"),
    "batch_stage_writing": ("writing", "写入中"),
    "batch_stage_done": ("done", "完成"),
    "batch_stage_failed": ("failed", "失败"),
    "batch_stage_stopped": ("stopped", "已停止"),
    "batch_size": ("{width} × {height} px", "{width} × {height} 像素"),
    "batch_gained": ("{stops} stops of range", "动态范围 {stops} 档"),
    "batch_list": ("What becomes of each photo", "每张照片的进展"),
    # At the end
    "batch_done": ("Done: {done} of {total} photos in {seconds}", "完成：{done}/{total} 张，用时 {seconds}"),
    "batch_failed": (
        "Done in {seconds}; {failed} of {total} photos failed, and the list says why.",
        "处理完毕，用时 {seconds}；{total} 张中有 {failed} 张失败，原因见列表。",
    ),
    "batch_stopped": (
        "Stopped: {done} of {total} photos are finished.",
        "已停止：{total} 张中已完成 {done} 张。",
    ),
    "batch_stopped_early": (
        "Stopped before it began; there is no file.",
        "在开始之前已停止；没有生成文件。",
    ),
    "batch_save": ("Download everything .zip ({size})", "下载全部 .zip（{size}）"),
    "batch_kept": ("Files are deleted after an hour.", "文件将在一小时后删除。"),
    "batch_no_archive": (
        "The archive could not be made; each file below can be downloaded by itself. The reason:",
        "无法生成压缩包；可在下方逐个下载文件。原因：",
    ),
    "batch_sheet": ("Contact sheet", "缩略图总览"),
    "batch_sheet_alt": (
        "Contact sheet, page {page}: each photo beside its result. The list below says the same in words.",
        "缩略图总览，第 {page} 页：每张照片与其结果并列。下方列表以文字列出同样的内容。",
    ),
}
