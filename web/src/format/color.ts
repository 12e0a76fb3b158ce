import type { Attributes, Json } from '../api/types';
import { asNumber } from './numbers';

function triple(value: Json | undefined, length: number): number[] | undefined {
  if (!Array.isArray(value) || value.length < length) return undefined;
  const numbers = value.slice(0, length).map(asNumber);
  return numbers.every((one) => one !== undefined) ? (numbers) : undefined;
}

/** Hue (0 to 360) and saturation (0 to 100) of red, green and blue (0 to 255). */
export function hsOfRgb(red: number, green: number, blue: number): [number, number] {
  const high = Math.max(red, green, blue);
  const spread = high - Math.min(red, green, blue);
  if (spread === 0) return [0, 0];
  let hue: number;
  if (high === red) hue = ((green - blue) / spread + 6) % 6;
  else if (high === green) hue = (blue - red) / spread + 2;
  else hue = (red - green) / spread + 4;
  return [hue * 60, (spread / high) * 100];
}

/** Red, green and blue (0 to 255) at full value. */
export function rgbOfHs(hue: number, saturation: number): [number, number, number] {
  const channel = (n: number) => {
    const k = (n + hue / 60) % 6;
    return Math.round(255 * (1 - (saturation / 100) * Math.max(0, Math.min(k, 4 - k, 1))));
  };
  return [channel(5), channel(3), channel(1)];
}

/** Roughly what white of a colour temperature looks like on a screen, warm to cold. */
export function rgbOfKelvin(kelvin: number): [number, number, number] {
  const warmth = Math.min(1, Math.max(0, (kelvin - 2_000) / 4_500));
  return [
    Math.round(255 - 30 * Math.max(0, warmth - 0.7)),
    Math.round(178 + 70 * Math.min(1, warmth * 1.3)),
    Math.round(92 + 163 * warmth),
  ];
}

/** The colour in which a light shines, whatever form its device tells it in. */
export function hsOf(attributes: Attributes): [number, number] | undefined {
  const hs = triple(attributes.hs_color, 2);
  if (hs) return [hs[0] ?? 0, hs[1] ?? 0];
  const rgb = triple(attributes.rgb_color, 3);
  if (rgb) return hsOfRgb(rgb[0] ?? 0, rgb[1] ?? 0, rgb[2] ?? 0);
  const xy = triple(attributes.xy_color, 2);
  return xy ? hsOfXy(xy[0] ?? 0, xy[1] ?? 0) : undefined;
}

/** By way of CIE 1931 XYZ and the sRGB matrix. */
export function hsOfXy(x: number, y: number): [number, number] {
  if (y <= 0) return [0, 0];
  const [bigX, bigZ] = [x / y, (1 - x - y) / y];
  const linear = [
    3.2406 * bigX - 1.5372 - 0.4986 * bigZ,
    -0.9689 * bigX + 1.8758 + 0.0415 * bigZ,
    0.0557 * bigX - 0.204 + 1.057 * bigZ,
  ].map((value) => Math.max(0, value));
  const high = Math.max(...linear, 1e-6);
  const rgb = linear.map((value) => 255 * (value / high) ** (1 / 2.2));
  return hsOfRgb(rgb[0] ?? 0, rgb[1] ?? 0, rgb[2] ?? 0);
}

/** The colour of a light that is on, for its card. */
export function lightColor(attributes: Attributes): string | undefined {
  const kelvin = asNumber(attributes.color_temp_kelvin);
  const byTemperature = attributes.color_mode === 'color_temp' || !hsOf(attributes);
  if (byTemperature && kelvin !== undefined) return `rgb(${rgbOfKelvin(kelvin).join(' ')})`;
  const hs = hsOf(attributes);
  return hs ? `rgb(${rgbOfHs(hs[0], hs[1]).join(' ')})` : undefined;
}
