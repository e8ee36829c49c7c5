"""What the tab Video says, in English and Chinese."""

CLIP_TEXT: dict[str, tuple[str, str]] = {
    "clips": ("Video", "视频"),  # "video" is a key of Gradio's own
    "clip_welcome": (
        "### A clip becomes HDR video\n"
        "1. **Give a clip.** Its length, rate, rotation and sound stay as they are.\n"
        "2. **Try an operator on one frame** before the long run.\n"
        "3. **Start.** You may stop at any time; what is finished by then is a file that plays.\n\n"
        "You get a tone-mapped clip that plays everywhere, and HDR10 or HLG for screens that show it.",
        "### 把视频变成 HDR\n"
        "1. **给一段视频**。时长、帧率、方向和声音保持不变。\n"
        "2. **先在一帧上试用算子**，再开始长时间的计算。\n"
        "3. **开始**。可以随时停止；此前完成的部分会保存为可播放的文件。\n\n"
        "您会得到处处可播放的色调映射视频，以及供 HDR 屏幕使用的 HDR10 或 HLG 视频。",
    ),
    "clip": ("Clip", "视频片段"),
    "clip_example": ("Try the example clip", "试试示例视频"),
    "clip_example_credit": (
        "A virtual camera turns past a low sun, in the panorama "
        "[Pedestrian Overpass](https://polyhaven.com/a/pedestrian_overpass) of Poly Haven (CC0).",
        "虚拟相机转过低垂的太阳；画面取自 Poly Haven 的全景图 [Pedestrian Overpass](https://polyhaven.com/a/pedestrian_overpass)（CC0）。",
    ),
    # What the header says
    "clip_size": ("{width} × {height} px", "{width} × {height} 像素"),
    "clip_rate": ("{rate} frames a second", "每秒 {rate} 帧"),
    "clip_bits": ("{bits} bit", "{bits} 位"),
    "clip_sound": ("sound: {codecs}", "声音：{codecs}"),
    "clip_silent": ("no sound", "无声音"),
    "clip_subtitles": ("subtitles: {codecs}", "字幕：{codecs}"),
    # The choices
    "clip_start": ("From (seconds)", "从（秒）"),
    "clip_end": ("To (seconds)", "到（秒）"),
    "clip_side": ("Longer side at most", "长边上限"),
    "clip_side_keep": ("As it is", "保持原样"),
    "clip_speed": ("The network reads", "网络读取"),
    "clip_speed_info": (
        "Draft is faster, and chosen for long clips on a CPU; light is less exact around small highlights.",
        "草稿更快，CPU 上的长视频默认选它；细小高光周围的光不够精确。",
    ),
    "clip_speed_exact": ("Every pixel (exact)", "每个像素（精确）"),
    "clip_speed_draft": ("A reduced copy (draft)", "缩小的副本（草稿）"),
    "clip_files": ("Files to make", "要生成的文件"),
    "clip_scale_info": (
        "Calibrated: 1.0 is the clip's white, what did not clip stays as it is. Radiometric: the same unit, all light "
        "is the network's, whatever the camera did to it.",
        "校准：1.0 为视频的白色，未过曝处保持原样。辐射：单位相同，全部光由网络给出，不受相机响应影响。",
    ),
    "clip_peak": ("Peak of the HDR files (nits)", "HDR 文件的峰值（尼特）"),
    "clip_peak_info": ("White is 203 nits.", "白色为 203 尼特。"),
    "clip_begin": ("Start", "开始"),
    "clip_stop": ("Stop and keep", "停止并保留"),
    # Trying an operator
    "clip_at": ("Frame at (seconds)", "取帧时间（秒）"),
    "clip_stops": ("Exposure (stops)", "曝光（档）"),
    "clip_try": ("Left: the clip. Right: HDR, tone-mapped.", "左：原视频。右：色调映射后的 HDR。"),
    "clip_try_note": (
        "Left: the clip. Right: the same frame through {operator}, as the SDR file will show it. "
        "HDR files have the light itself, without any operator.",
        "左：原视频。右：同一帧经 {operator} 映射，SDR 文件即如此显示。HDR 文件保存光本身，不经过算子。",
    ),
    "clip_estimate": (
        "{frames} frames: about {left} if nobody else is at work.",
        "共 {frames} 帧：若无他人使用，约需 {left}。",
    ),
    # The long run
    "clip_trying": ("The network looks at one frame…", "网络正在处理一帧……"),
    "clip_reading": ("Reading the clip…", "正在读取视频……"),
    "clip_ready": ("Ready. Try an operator, then press Start.", "就绪。先试用算子，再按“开始”。"),
    "clip_waiting": ("The clip waits for its turn…", "视频正在排队……"),
    "clip_starting": ("The first frames are being made…", "正在生成最初几帧……"),
    "clip_running": (
        "{done} of {total} frames, {rate} a second, {left} left",
        "已完成 {done}/{total} 帧，每秒 {rate} 帧，还需 {left}",
    ),
    "clip_running_on": ("{done} frames, {rate} a second", "已完成 {done} 帧，每秒 {rate} 帧"),
    "clip_stopping": ("Stopping; finishing the files…", "正在停止，并完成文件……"),
    "clip_done": ("Done: {frames} frames in {seconds}", "完成：{frames} 帧，用时 {seconds}"),
    "clip_stopped": (
        "Stopped after {frames} frames. The files below end there and play.",
        "已在 {frames} 帧后停止。下方的文件到此为止，可以播放。",
    ),
    "clip_stopped_early": (
        "Stopped before the first frame was finished; there is no file.",
        "在第一帧完成之前已停止；没有生成文件。",
    ),
    "clip_progress": ("Progress by frames", "按帧计算的进度"),
    # The results
    "clip_input": ("The clip that you gave", "您提供的视频"),
    "clip_in_step": ("All players run in step.", "所有播放器同步播放。"),
    "clip_no_player": (
        "This browser cannot play this file; download it.",
        "此浏览器无法播放该文件；请下载。",
    ),
    "clip_save": ("Download ({size})", "下载（{size}）"),
    "clip_light": (
        "Brightest pixel {max_cll} nits, brightest frame {max_fall} nits on the average.",
        "最亮像素 {max_cll} 尼特，最亮一帧平均 {max_fall} 尼特。",
    ),
    "screen_high": (
        "This screen shows HDR: the player gives it the light of the file.",
        "此屏幕可显示 HDR：播放器直接呈现文件中的光。",
    ),
    "screen_video": (
        "This screen shows HDR in videos: the player gives it the light of the file, the page around it stays SDR.",
        "此屏幕可在视频中显示 HDR：播放器呈现文件中的光，页面其余部分仍为 SDR。",
    ),
    "screen_standard": (
        "This screen, or this browser, has no HDR: the player shows a reduced range. See the file on an HDR screen.",
        "此屏幕或浏览器不支持 HDR：播放器显示的是压缩后的范围。请在 HDR 屏幕上观看文件。",
    ),
    "clip_no_files": ("Choose at least one file to make.", "请至少选择一种要生成的文件。"),
    "clip_gone": ("The clip is no longer here; give it again.", "视频已不在这里；请重新提供。"),
    # What the table `VIDEO_OUTPUTS` says in English, by the names of its rows; the page does not wait for PyAV.
    "output_sdr": ("SDR (H.264)", "SDR（H.264）"),
    "output_hdr10_av1": ("HDR10 (AV1)", "HDR10（AV1）"),
    "output_hdr10_hevc": ("HDR10 (HEVC)", "HDR10（HEVC）"),
    "output_hlg_av1": ("HLG (AV1)", "HLG（AV1）"),
    "output_hlg_hevc": ("HLG (HEVC)", "HLG（HEVC）"),
    "output_side_by_side": ("Side by side (H.264)", "并排对比（H.264）"),
    "output_exr_sequence": ("OpenEXR sequence", "OpenEXR 序列"),
}

# What `VIDEO_OUTPUTS` says of who can play a file, by the names of its rows.
PLAYS_ON_ZH = {
    "sdr": "所有浏览器、手机、电脑和电视。",
    "hdr10_av1": "Chrome、Edge、Firefox、约 2020 年后的安卓手机和电视、iPhone 15 Pro 及以后、M3 及以后的 Mac。",
    "hdr10_hevc": "iPhone、iPad、Mac 和约 2016 年后的电视；浏览器有 Safari，以及有 HEVC 解码器的 Chrome、Edge。",
    "hlg_av1": "同 HDR10（AV1）的设备；HLG 会适应屏幕亮度。",
    "hlg_hevc": "同 HDR10（HEVC）的设备；HLG 会适应屏幕亮度。",
    "side_by_side": "所有浏览器、手机、电脑和电视；左为原视频，右为色调映射后的视频。",
    "exr_sequence": "不能直接播放；供 DaVinci Resolve、Nuke、Blender 等软件后期处理。不含声音。",
}
