// Gradio knows Chinese as zh-CN and zh-TW only and shows English for "zh", "zh-HK", "zh-Hans-SG" and the like.
if (/^zh\b/i.test(navigator.language) && !/^zh-(CN|TW)$/i.test(navigator.language)) {
  const traditional = /hant|hk|mo/i.test(navigator.language);
  Object.defineProperty(navigator, "language", { value: traditional ? "zh-TW" : "zh-CN" });
}
