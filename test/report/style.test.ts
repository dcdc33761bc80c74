import { describe, expect, test } from 'vitest';
import { DEEPEST } from '../../src/report/chart/heat-map.ts';
import { STYLE } from '../../src/report/style.ts';

type Color = readonly [number, number, number];

/** The variables of the light theme, or of the dark one, which comes second. */
function theme(place: 0 | 1): (name: string) => Color {
  return (name) => {
    const [, hex] = [...STYLE.matchAll(new RegExp(`--${name}:#([0-9a-f]{6})`, 'g'))][place]!;
    return [0, 2, 4].map((at) => Number.parseInt(hex!.slice(at, at + 2), 16)) as unknown as Color;
  };
}

/** Contrast as WCAG 2.2 defines it. */
function contrast(a: Color, b: Color): number {
  const luminance = (color: Color) => {
    const [red, green, blue] = color.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

const over = (color: Color, ground: Color, opacity: number) =>
  color.map((value, i) => value * opacity + ground[i]! * (1 - opacity)) as unknown as Color;

describe.each([
  ['light', 0],
  ['dark', 1],
] as const)('on %s pages', (_, place) => {
  const color = theme(place);

  test('text, verdicts and muted text stand out from the ground by 4.5 to 1', () => {
    for (const name of ['ink', 'muted', 'good', 'bad', 'accent'])
      expect(contrast(color(name), color('ground'))).toBeGreaterThanOrEqual(4.5);
  });

  test('the figures of a heat map stand out from their cells, the deepest among them', () => {
    for (const opacity of [0, DEEPEST / 2, DEEPEST])
      expect(contrast(color('ink'), over(color('accent'), color('ground'), opacity))).toBeGreaterThanOrEqual(4.5);
  });

  test('the colours of variants are told from the ground by more than 2 to 1, with names and dashes beside them', () => {
    for (let i = 0; i < 7; i++) expect(contrast(color(`c${i}`), color('ground'))).toBeGreaterThan(2);
  });
});
