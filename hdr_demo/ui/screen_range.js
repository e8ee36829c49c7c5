// Calls `say` with what this screen shows, now and whenever that changes: "high" (pictures and video in HDR), "video"
// (video alone), "standard".
function followScreen(say) {
  const pictures = matchMedia("(dynamic-range: high)");
  const videos = matchMedia("(video-dynamic-range: high)");
  const sayNow = () => say(pictures.matches ? "high" : videos.matches ? "video" : "standard");
  for (const query of [pictures, videos]) query.addEventListener("change", sayNow);
  sayNow();
}
