import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logTicks, roundOutward, tickDuration } from '../../src/report/chart/axis.ts';
import { cdfChart } from '../../src/report/chart/cdf.ts';
import { lineChart } from '../../src/report/chart/line.ts';
import { type RangeRow, rangeChart } from '../../src/report/chart/range.ts';
import { spread } from '../../src/report/chart/spread.ts';
import { escapeText } from '../../src/report/chart/svg.ts';
import { curvesOf, syntheticRecord } from './fixture.ts';
import { expectWellFormed } from './well-formed.ts';

const { cdf, timeline } = curvesOf(syntheticRecord({ requests: 60 }));
const series = (name: string, style = 0) => ({ name, style, curve: cdf.ttft });
const LIMIT = { name: 'p99 ≤ 2.00 s', ms: 2000 };

describe('the distribution chart', () => {
  const base = { title: 'Time to first token', metric: 'TTFT', counted: 'requests', limits: [LIMIT] };

  test('looks as stored', async () => {
    const svg = cdfChart({ ...base, series: [series('one run')] });
    await expect(svg).toMatchFileSnapshot('pictures/cdf.svg');
  });

  test('of one curve names its percentiles, of several tells them apart by style', () => {
    expect(cdfChart({ ...base, series: [series('one run')] })).toMatch(/>p50 [\d.]+ ms<.*>p99 [\d.]+ ms</);
    const two = cdfChart({ ...base, series: [series('a'), series('b', 1)] });
    expect(two).toContain('class="curve s0"');
    expect(two).toContain('class="curve s1"');
  });

  test('is well-formed whatever the names, with a tooltip on each mark', () => {
    const svg = cdfChart({ ...base, series: [series('<b>&"'), series("it's", 1)], limits: [{ name: '<', ms: 5 }] });
    expectWellFormed(svg);
    expect(svg.match(/<path/g)).toHaveLength(svg.match(/<title>[^<]*p50/g)!.length);
  });

  test('has at most the asked number of points a curve', () => {
    const svg = cdfChart({ ...base, series: [series('a')], points: 20 });
    const path = /class="curve s0" d="([^"]*)"/.exec(svg)![1]!;
    expect(path.match(/[ML]/g)).toHaveLength(20);
  });

  test('names every percentile inside the plot, also where the curve ends at its right edge', () => {
    const late = { shares: [0, 0.5, 0.9, 0.99, 1], valuesMs: [1, 1000, 1900, 1990, 2000] };
    const svg = cdfChart({ ...base, series: [{ ...series('a'), curve: late }] });
    for (const [, x, anchor, text] of svg.matchAll(
      /class="mark-name" x="([\d.]+)" y="[\d.]+"( text-anchor="end")?>([^<]+)</g,
    )) {
      expect(Number(x) + (anchor === undefined ? text!.length * 7.4 : 0)).toBeLessThanOrEqual(444);
    }
    expect(svg.match(/class="mark-name"/g)).toHaveLength(3);
  });

  test('is left out where nothing was measured', () => {
    expect(cdfChart({ ...base, series: [{ ...series('a'), curve: { shares: [], valuesMs: [] } }] })).toBe('');
  });

  test('draws a latency that is the same for all', () => {
    const svg = cdfChart({ ...base, series: [{ ...series('a'), curve: { shares: [0, 1], valuesMs: [5, 5] } }] });
    expectWellFormed(svg);
  });
});

describe('the chart over time', () => {
  const line = (values: number[], drawn: 'line' | 'area' | 'bars' = 'line') => ({
    name: 'running',
    style: 0,
    values,
    drawn,
    intervalS: timeline.intervalS,
    endS: timeline.endS,
  });
  const base = { title: 'Requests', quantity: 'Requests', format: String };

  test('looks as stored', async () => {
    const svg = lineChart({
      ...base,
      series: [line(timeline.running), { ...line(timeline.waiting), name: 'waiting', style: 1 }],
    });
    await expect(svg).toMatchFileSnapshot('pictures/line.svg');
  });

  test('may be cut off at the top and in time: nothing is drawn outside', () => {
    const svg = lineChart({ ...base, series: [line([1, 2, 500, 3, 2, 1])], top: 4, untilS: 3 });
    const path = /class="curve s0" d="([^"]*)"/.exec(svg)![1]!;
    const points = [...path.matchAll(/([\d.]+),([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
    expect(points).toHaveLength(Math.ceil(3 / timeline.intervalS));
    expect(Math.min(...points.map(([, y]) => y!))).toBe(48);
  });

  test('is well-formed as line, area and bars, also for a run that did nothing', () => {
    for (const drawn of ['line', 'area', 'bars'] as const) {
      expectWellFormed(lineChart({ ...base, series: [line(timeline.running, drawn)] }));
      expectWellFormed(lineChart({ ...base, series: [line([0, 0], drawn)] }));
    }
    expect(lineChart({ ...base, series: [line([])] })).toBe('');
  });
});

describe('the chart of variants', () => {
  const row = (name: string, p50: number | null) => ({
    name,
    style: 0,
    runs: [{ seed: 1, p50, tail: p50 === null ? null : p50 * 3 }],
  });

  test('looks as stored', async () => {
    const rows = [row('max_model_len 8192', 40), { ...row('max_model_len 16384', 90), style: 1 }];
    const svg = rangeChart({ title: 'Time to first token', metric: 'TTFT', tail: 'p99', rows, limits: [LIMIT] });
    await expect(svg).toMatchFileSnapshot('pictures/range.svg');
  });

  const range = (rows: RangeRow[]) => rangeChart({ title: 't', metric: 'TTFT', tail: 'p95', rows, limits: [] });

  test('breaks long names at a sign into lines, so that every value stays visible', () => {
    const svg = range([row('rtx-pro-6000 × TP 8 × max_model_len 32768', 40), row('b', 3)]);
    expectWellFormed(svg);
    expect(svg).toMatch(/>rtx-pro-6000 × TP 8<.*>× max_model_len 32768</);
    expect(svg).toContain('<title>rtx-pro-6000 × TP 8 × max_model_len 32768</title>');
  });

  test('keeps the end of an endless word, and a row for a variant without numbers', () => {
    const svg = range([row('an-endless-name-without-a-place-to-break-it-anywhere', null), row('b', 3)]);
    expectWellFormed(svg);
    expect(svg).toContain('>…to-break-it-anywhere<');
    expect(svg).toContain('>b<');
  });

  test('names the statistic of its dots, and draws one that is infinite as such', () => {
    const never = { ...row('b', 3), runs: [{ seed: 1, p50: 3, tail: Number.POSITIVE_INFINITY }] };
    const svg = range([row('a', 3), never]);
    expectWellFormed(svg);
    expect(svg).toContain('○ p50, ● p95, log scale');
    expect(svg).toContain('>∞</text>');
    expect(svg.match(/class="dot"/g)).toHaveLength(1);
  });
});

describe('axes', () => {
  test('limits of a scale are rounded outward to 1, 1.5, 2, 3, 5 or 7 times a power of ten', () => {
    expect([roundOutward(4, 'down'), roundOutward(4, 'up'), roundOutward(0.2, 'up'), roundOutward(80, 'up')]).toEqual([
      3, 5, 0.2, 100,
    ]);
  });

  test('an axis of less than a decade has more labels than 1, 2 and 5', () => {
    expect(logTicks([15, 50], 7)).toEqual([15, 20, 30, 40, 50]);
    expect(logTicks([20, 30], 8)).toEqual([20, 25, 30]);
    expect(logTicks([10, 20], 8)).toEqual([10, 12, 14, 16, 18, 20]);
  });

  test('labels are thinned to what fits, and durations have no idle zeros', () => {
    expect(logTicks([10, 100], 6)).toEqual([10, 20, 50, 100]);
    expect(logTicks([1, 1000], 7)).toEqual([1, 3, 10, 30, 100, 300, 1000]);
    expect(logTicks([1, 1000], 4)).toEqual([1, 10, 100, 1000]);
    expect([tickDuration(500), tickDuration(2000), tickDuration(0.2), tickDuration(1e6)]).toEqual([
      '500 ms',
      '2 s',
      '0.2 ms',
      '1,000 s',
    ]);
  });

  test('there are always few enough labels, and always one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -3, max: 7 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 2, max: 9 }),
        (start, decades, most) => {
          const ticks = logTicks([10 ** start, 10 ** (start + decades)], most);
          expect(ticks.length).toBeGreaterThan(0);
          expect(ticks.length).toBeLessThanOrEqual(most);
        },
      ),
    );
  });
});

test('labels moved apart keep their order and their distance', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 10 }), (wanted) => {
      const places = spread(wanted, 13, [0, 200]);
      const ordered = wanted.map((want, i) => ({ want, place: places[i]! })).sort((a, b) => a.place - b.place);
      ordered.slice(1).forEach(({ want, place }, i) => {
        expect(place - ordered[i]!.place).toBeGreaterThanOrEqual(13);
        expect(want).toBeGreaterThanOrEqual(ordered[i]!.want);
      });
      expect(Math.max(...places)).toBeLessThanOrEqual(200);
    }),
  );
});

test('text is escaped for content and attributes', () => {
  expect(escapeText(`<a href="x">'&`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
});
