//! Colours in the forms that lights speak, and the way from one to the other.

use serde_json::json;

use crate::devices::kinds::Draft;
use crate::model::Color;

/// A colour in the form in which a light wants it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shade {
    Hs(f64, f64),
    Xy(f64, f64),
    Rgb([u8; 3]),
    Rgbw([u8; 4]),
    Rgbww([u8; 5]),
}

fn byte(value: f64) -> u8 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
    let byte = value.round().clamp(0.0, 255.0) as u8;
    byte
}

fn round_to(value: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (value * scale).round() / scale
}

/// Red, green and blue of a hue (degrees) and saturation (percent) at full brightness.
pub(super) fn hs_to_rgb(hue: f64, saturation: f64) -> [u8; 3] {
    let (h, s) = (hue.rem_euclid(360.0) / 60.0, saturation.clamp(0.0, 100.0) / 100.0);
    let part = |offset: f64| {
        let k = (offset + h).rem_euclid(6.0);
        byte(255.0 * (1.0 - s * k.min(4.0 - k).clamp(0.0, 1.0)))
    };
    [part(5.0), part(3.0), part(1.0)]
}

/// Hue and saturation of red, green and blue; brightness is lost.
pub(super) fn rgb_to_hs(rgb: [u8; 3]) -> (f64, f64) {
    let [r, g, b] = rgb.map(f64::from);
    let (max, min) = (r.max(g).max(b), r.min(g).min(b));
    let span = max - min;
    if span == 0.0 {
        return (0.0, 0.0);
    }
    let sector = if max == r {
        (g - b) / span
    } else if max == g {
        2.0 + (b - r) / span
    } else {
        4.0 + (r - g) / span
    };
    (round_to((sector * 60.0).rem_euclid(360.0), 3), round_to(span / max * 100.0, 3))
}

/// CIE 1931 x and y of red, green and blue, by the wide-gamut matrix that Philips published for Hue.
pub(super) fn rgb_to_xy(rgb: [u8; 3]) -> (f64, f64) {
    let linear = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value > 0.04045 { ((value + 0.055) / 1.055).powf(2.4) } else { value / 12.92 }
    };
    let [r, g, b] = rgb.map(linear);
    let x = r * 0.664_511 + g * 0.154_324 + b * 0.162_028;
    let y = r * 0.283_881 + g * 0.668_433 + b * 0.047_685;
    let z = r * 0.000_088 + g * 0.072_310 + b * 0.986_039;
    let sum = x + y + z;
    if sum == 0.0 { (0.0, 0.0) } else { (round_to(x / sum, 3), round_to(y / sum, 3)) }
}

/// Red, green and blue of x and y at full brightness.
pub(super) fn xy_to_rgb(x: f64, y: f64) -> [u8; 3] {
    let y = if y == 0.0 { 1e-11 } else { y };
    let (big_x, big_z) = (x / y, (1.0 - x - y) / y);
    let mut rgb = [
        big_x * 1.656_492 - 0.354_851 - big_z * 0.255_038,
        -big_x * 0.707_196 + 1.655_397 + big_z * 0.036_152,
        big_x * 0.051_713 - 0.121_364 + big_z * 1.011_530,
    ];
    for value in &mut rgb {
        *value = if *value <= 0.003_130_8 { 12.92 * *value } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
        *value = value.max(0.0);
    }
    let max = rgb.iter().copied().fold(0.0, f64::max);
    let scale = if max > 1.0 { max } else { 1.0 };
    rgb.map(|value| byte(value / scale * 255.0))
}

/// Red, green and blue of a black body, by Tanner Helland's approximation.
pub(super) fn kelvin_to_rgb(kelvin: f64) -> [u8; 3] {
    let t = kelvin.clamp(1000.0, 40_000.0) / 100.0;
    let red = if t <= 66.0 { 255.0 } else { 329.698_727_446 * (t - 60.0).powf(-0.133_204_759_2) };
    let green = if t <= 66.0 {
        99.470_802_586_1 * t.ln() - 161.119_568_166_1
    } else {
        288.122_169_528_3 * (t - 60.0).powf(-0.075_514_849_2)
    };
    let blue = if t >= 66.0 {
        255.0
    } else if t <= 19.0 {
        0.0
    } else {
        138.517_731_223_1 * (t - 10.0).ln() - 305.044_792_730_7
    };
    [byte(red), byte(green), byte(blue)]
}

/// A colour temperature in the other unit: kelvin from mired, or mired from kelvin.
pub(super) fn mired_kelvin(value: f64) -> f64 {
    if value > 0.0 { (1_000_000.0 / value).floor() } else { 0.0 }
}

impl Shade {
    /// The colour that somebody asked for, in one of the forms that the light has.
    pub(super) fn wanted(color: Color, supports: impl Fn(&str) -> bool) -> Option<Self> {
        let (hs, rgb) = match color {
            Color::Rgb(r, g, b) => (rgb_to_hs([r, g, b]), [r, g, b]),
            Color::Hs(h, s) => ((f64::from(h), f64::from(s)), hs_to_rgb(f64::from(h), f64::from(s))),
            Color::Xy(x, y) => {
                let rgb = xy_to_rgb(f64::from(x), f64::from(y));
                (rgb_to_hs(rgb), rgb)
            }
        };
        let xy = match color {
            Color::Xy(x, y) => (f64::from(x), f64::from(y)),
            _ => rgb_to_xy(rgb),
        };
        let as_asked = match color {
            Color::Rgb(..) => "rgb",
            Color::Hs(..) => "hs",
            Color::Xy(..) => "xy",
        };
        let forms = [as_asked, "hs", "xy", "rgb", "rgbww", "rgbw"];
        let form = forms.into_iter().find(|form| supports(form))?;
        Some(match form {
            "hs" => Self::Hs(hs.0, hs.1),
            "xy" => Self::Xy(xy.0, xy.1),
            "rgb" => Self::Rgb(rgb),
            "rgbw" => {
                let [r, g, b, w] = with_white(rgb);
                Self::Rgbw([r, g, b, w])
            }
            _ => Self::Rgbww([rgb[0], rgb[1], rgb[2], 0, 0]),
        })
    }

    /// Red, green and blue, as near as they come.
    pub(super) fn rgb(self) -> [u8; 3] {
        match self {
            Self::Hs(h, s) => hs_to_rgb(h, s),
            Self::Xy(x, y) => xy_to_rgb(x, y),
            Self::Rgb(rgb) => rgb,
            Self::Rgbw([r, g, b, w]) => [r, g, b].map(|part| part.max(w)),
            Self::Rgbww([r, g, b, c, w]) => [r, g, b].map(|part| part.max(c).max(w)),
        }
    }

    /// Writes the colour into a state: its own form, and the three that Home Assistant always gives.
    pub(super) fn store(self, draft: &mut Draft<'_>) {
        let rgb = self.rgb();
        let (hs, xy) = match self {
            Self::Hs(h, s) => ((round_to(h, 3), round_to(s, 3)), rgb_to_xy(rgb)),
            Self::Xy(x, y) => (rgb_to_hs(rgb), (x, y)),
            _ => (rgb_to_hs(rgb), rgb_to_xy(rgb)),
        };
        let mode = match self {
            Self::Hs(..) => "hs",
            Self::Xy(..) => "xy",
            Self::Rgb(_) => "rgb",
            Self::Rgbw(all) => {
                draft.set("rgbw_color", json!(all));
                "rgbw"
            }
            Self::Rgbww(all) => {
                draft.set("rgbww_color", json!(all));
                "rgbww"
            }
        };
        draft.set("color_mode", mode);
        draft.set("hs_color", json!([hs.0, hs.1]));
        draft.set("rgb_color", json!(rgb));
        draft.set("xy_color", json!([xy.0, xy.1]));
        draft.remove("color_temp_kelvin");
    }
}

/// Moves the grey part of a colour to the white channel.
fn with_white(rgb: [u8; 3]) -> [u8; 4] {
    let [r, g, b] = rgb;
    let (max, white) = (r.max(g).max(b), r.min(g).min(b));
    let rest = [r - white, g - white, b - white];
    let top = rest[0].max(rest[1]).max(rest[2]).max(white);
    if top == 0 {
        return [0; 4];
    }
    // As bright as it was asked for.
    let scale = f64::from(max) / f64::from(top);
    [rest[0], rest[1], rest[2], white].map(|part| byte(f64::from(part) * scale))
}

/// Writes a colour temperature into a state, with the colours that it looks like.
pub(super) fn store_kelvin(kelvin: f64, draft: &mut Draft<'_>) {
    let rgb = kelvin_to_rgb(kelvin);
    let (hs, xy) = (rgb_to_hs(rgb), rgb_to_xy(rgb));
    draft.set("color_mode", "color_temp");
    draft.set_number("color_temp_kelvin", kelvin.round());
    draft.set("hs_color", json!([hs.0, hs.1]));
    draft.set("rgb_color", json!(rgb));
    draft.set("xy_color", json!([xy.0, xy.1]));
}

/// Leaves a state without colour: the light is merely bright or white.
pub(super) fn store_plain(mode: &str, draft: &mut Draft<'_>) {
    draft.set("color_mode", mode);
    for name in ["hs_color", "rgb_color", "xy_color", "rgbw_color", "rgbww_color", "color_temp_kelvin"] {
        draft.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_convert_both_ways() {
        assert_eq!(hs_to_rgb(0.0, 100.0), [255, 0, 0]);
        assert_eq!(hs_to_rgb(120.0, 100.0), [0, 255, 0]);
        assert_eq!(hs_to_rgb(240.0, 50.0), [128, 128, 255]);
        assert_eq!(rgb_to_hs([255, 0, 0]), (0.0, 100.0));
        assert_eq!(rgb_to_hs([0, 0, 255]), (240.0, 100.0));
        assert_eq!(rgb_to_xy([255, 0, 0]), (0.701, 0.299));
        let [r, g, b] = xy_to_rgb(0.701, 0.299);
        assert!(r == 255 && g < 5 && b < 5, "{r} {g} {b}");
        assert_eq!(xy_to_rgb(0.0, 0.0).len(), 3);
    }

    #[test]
    fn a_form_is_chosen_that_the_light_has() {
        let red = Color::Rgb(255, 0, 0);
        assert_eq!(Shade::wanted(red, |form| form == "hs"), Some(Shade::Hs(0.0, 100.0)));
        assert_eq!(Shade::wanted(red, |form| form == "rgbw"), Some(Shade::Rgbw([255, 0, 0, 0])));
        assert_eq!(Shade::wanted(red, |_| false), None);
        assert_eq!(with_white([255, 255, 255]), [0, 0, 0, 255]);
    }
}
