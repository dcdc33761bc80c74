import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runCurves } from '../../src/metrics/curves.ts';
import { logTicks, roundOutward, tickDuration } from '../../src/report/chart/axis.ts';
import { cdfChart } from '../../src/report/chart/cdf.ts';
import { lineChart } from '../../src/report/chart/line.ts';
import { rangeChart } from '../../src/report/chart/range.ts';
import { spread } from '../../src/report/chart/spread.ts';
import { escapeText } from '../../src/report/chart/svg.ts';
import { syntheticRecord } from './fixture.ts';
import { expectWellFormed } from './well-formed.ts';

const { cdf, timeline } = runCurves(syntheticRecord({ requests: 60 }));
const series = (name: string, style = 0) => ({ name, style, labelled: true, curve: cdf.ttft });
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
    runs: [{ seed: 1, p50, p99: p50 === null ? null : p50 * 3 }],
  });

  test('looks as stored', async () => {
    const rows = [row('max_model_len 8192', 40), { ...row('max_model_len 16384', 90), style: 1 }];
    const svg = rangeChart({ title: 'Time to first token', metric: 'TTFT', rows, limits: [LIMIT] });
    await expect(svg).toMatchFileSnapshot('pictures/range.svg');
  });

  test('cuts long names and keeps a row for a variant without numbers', () => {
    const svg = rangeChart({
      title: 't',
      metric: 'TTFT',
      rows: [row('a name that is much too long', null), row('b', 3)],
      limits: [],
    });
    expectWellFormed(svg);
    expect(svg).toContain('a name that is much …');
  });
});

describe('axes', () => {
  test('limits of a scale are rounded outward to 1, 2 or 5 times a power of ten', () => {
    expect([roundOutward(3, 'down'), roundOutward(3, 'up'), roundOutward(0.2, 'up'), roundOutward(60, 'up')]).toEqual([
      2, 5, 0.2, 100,
    ]);
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
