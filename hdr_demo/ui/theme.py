"""Colours and type of the page. Pictures are judged on neutral grey, so the page has little colour of its own."""

import gradio as gr

# The fonts that the visitor's system has: none is fetched.
_FONTS = (
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "Noto Sans",
    "Noto Sans CJK SC",
    "PingFang SC",
    "sans-serif",
)
_FONTS_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

THEME = gr.themes.Base(
    primary_hue=gr.themes.colors.amber,
    secondary_hue=gr.themes.colors.neutral,
    neutral_hue=gr.themes.colors.neutral,
    font=_FONTS,
    font_mono=_FONTS_MONO,
    radius_size=gr.themes.sizes.radius_md,
).set(
    body_background_fill="*neutral_50",
    body_background_fill_dark="*neutral_950",
    block_shadow="none",
    block_border_width="1px",
    # Amber as text or under white text needs its dark shades to be legible (WCAG 2.2, 1.4.3).
    color_accent="*primary_700",
    body_text_color_subdued="*neutral_500",
    body_text_color_subdued_dark="*neutral_400",
    link_text_color="*primary_700",
    slider_color_dark="*primary_400",
    checkbox_background_color_selected_dark="*primary_600",
    checkbox_border_color_selected_dark="*primary_600",
    button_primary_text_color="*neutral_900",
    button_primary_text_color_dark="*neutral_900",
)
