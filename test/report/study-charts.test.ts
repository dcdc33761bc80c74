import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CurvePoint, curveChart } from '../../src/report/chart/curve.ts';
import { type HeatCell, heatMap } from '../../src/report/chart/heat-map.ts';
import { placeNames } from '../../src/report/chart/labels.ts';
import { lineChart } from '../../src/report/chart/line.ts';
import { quantityScale } from '../../src/report/chart/quantity-scale.ts';
import { rangeChart } from '../../src/report/chart/range.ts';
import { type ScatterPoint, scatterChart } from '../../src/report/chart/scatter.ts';
import { sweptScale } from '../../src/report/chart/swept-scale.ts';
import { expectWellFormed } from './well-formed.ts';

const EVIL = `<b>&"'`;

describe('a curve over a swept setting', () => {
  const point = (x: number, mean: number, half: number | null = null): CurvePoint => ({
    x,
    value: { mean, low: half === null ? null : mean - half, high: half === null ? null : mean + half },
    withheld: false,
    tooltip: `${x}: ${mean}`,
  });
  const base = {
    title: 'Output',
    x: { title: 'requests/s', label: String },
    y: { title: 'tokens/s', format: String, unitSize: 1 },
    limits: [],
  };

  // The plot reaches from 68 to 434 across and from 58 up to 228 below; 0 to 10 upwards, so 17 pixels each.
  test('puts means, band and intervals where the scales say', () => {
    const points = [point(1, 4, 2), point(2, 6, 1), point(4, 8, 2)];
    const svg = curveChart({ ...base, series: [{ name: 'a', style: 0, points }] });
    expect(svg).toContain('<path class="curve s0" d="M68,160L251,126L434,92"/>');
    expect(svg).toContain('<path class="fill s0" d="M68,126L251,109L434,58L434,126L251,143L68,194Z"/>');
    expectWellFormed(svg);
  });

  test('looks as stored', async () => {
    const points = [point(1, 4, 2), point(2, 6, 1), point(4, 8, 2)];
    const limits = [{ name: 'p99 ≤ 7', value: 7 }];
    const svg = curveChart({ ...base, limits, series: [{ name: 'a', style: 0, points }] });
    await expect(svg).toMatchFileSnapshot('pictures/curve.svg');
  });

  test('has a gap and a cross where a figure is withheld, and neither where it was not measured', () => {
    const missing = (withheld: boolean): CurvePoint => ({ x: 4, value: null, withheld, tooltip: 'why' });
    const series = (withheld: boolean) => [
      { name: 'a', style: 0, points: [point(1, 4), point(2, 6), missing(withheld), point(8, 9)] },
    ];
    const svg = curveChart({ ...base, series: series(true) });
    expect(svg.match(/class="curve/g)).toHaveLength(1);
    expect(svg).toContain('<title>why</title></path>');
    expect(curveChart({ ...base, series: series(false) })).not.toContain('class="cross"');
    expect(curveChart({ ...base, series: [{ name: 'a', style: 0, points: [missing(true)] }] })).toBe('');
  });

  test('tells many lines apart without bands on top of each other', () => {
    const series = [0, 1, 2, 3].map((style) => ({ name: `${style}`, style, points: [point(1, 4, 1), point(2, 6, 1)] }));
    expect(curveChart({ ...base, series: series.slice(0, 3) }).match(/class="fill/g)).toHaveLength(3);
    const four = curveChart({ ...base, series });
    expect(four).not.toContain('class="fill');
    expect(four.match(/class="whisker"/g)).toHaveLength(8);
  });

  test('escapes what comes from the study', () => {
    const evil = { ...point(1, 4), tooltip: EVIL };
    expectWellFormed(
      curveChart({
        ...{ title: EVIL, x: { title: EVIL, label: () => EVIL }, y: { title: EVIL, format: () => EVIL, unitSize: 1 } },
        limits: [{ name: EVIL, value: 4 }],
        series: [{ name: EVIL, style: 0, points: [evil, point(2, 5)] }],
      }),
    );
  });

  test('has a logarithmic axis where values grow by factors, else a linear one', () => {
    const isLog = (values: number[]) => sweptScale(values, [0, 100]).isLog;
    expect([isLog([1, 2, 4, 8]), isLog([8192, 16384, 32768]), isLog([1, 10])]).toEqual([true, true, true]);
    expect([isLog([1, 2, 3, 4]), isLog([8, 12, 16, 20]), isLog([10, 12]), isLog([0, 1, 10])]).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(sweptScale([5], [0, 100]).place(5)).toBe(50);
  });
});

describe('scales of measured quantities', () => {
  const scale = (values: number[]) => quantityScale(values, [0, 100], { format: String, unitSize: 1 }, 5)!;

  test('begin at zero where the values leave room for it', () => {
    expect([scale([1, 4]).domain[0], scale([1, 4]).note]).toEqual([0, '']);
  });

  test('say so where they do not, and where they are logarithmic', () => {
    expect(scale([98, 99.5]).note).toBe(', not from 0');
    expect(scale([98, 99.5]).domain[0]).toBeGreaterThan(90);
    expect(scale([1, 500]).note).toBe(', log scale');
  });

  test('have labels that are round in the unit they are told in', () => {
    const minutes = (ms: number) => String(ms / 60_000);
    const { ticks, place } = quantityScale([0, 470_000], [0, 100], { format: minutes, unitSize: 60_000 }, 5)!;
    expect(ticks.map(({ text, at }) => [text, at])).toEqual([
      ['0', 0],
      ['2', 25],
      ['4', 50],
      ['6', 75],
      ['8', 100],
    ]);
    expect(place(240_000)).toBe(50);
  });

  test('hold every value between their ends and have a label', () => {
    const value = fc.integer({ min: -1e6, max: 1e6 }).map((whole) => whole / 1000);
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
        const { domain, place, ticks } = scale(values);
        for (const each of values) {
          expect(each).toBeGreaterThanOrEqual(domain[0] - 1e-6);
          expect(each).toBeLessThanOrEqual(domain[1] + 1e-6);
          expect(place(each)).toBeGreaterThanOrEqual(0);
          expect(place(each)).toBeLessThanOrEqual(100);
        }
        expect(ticks.length).toBeGreaterThan(0);
      }),
    );
    expect(quantityScale([], [0, 1], { format: String, unitSize: 1 }, 5)).toBeNull();
  });
});

describe('a heat map', () => {
  const cell = (value: number | null, rest: Partial<HeatCell> = {}): HeatCell => ({
    ...{
      value,
      text: value === null ? '×' : String(value),
      detail: '',
      tooltip: `is ${value ?? 'withheld'}`,
      outlined: false,
    },
    ...rest,
  });
  const base = {
    title: 'TTFT, ms',
    x: { title: 'max_num_seqs', labels: ['8', '16'] },
    y: { title: 'TP', labels: ['1', '2'] },
  };

  // Labels of three characters at least: the cells begin at 12 + 3 × 7.4 = 34.2 and are (460 - 34.2 - 16) / 2 = 204.9 wide.
  test('prints each figure in the middle of its cell and shades from 0.06 to 0.52', () => {
    const svg = heatMap({
      ...base,
      rows: [
        [cell(10), cell(20)],
        [cell(30), cell(null)],
      ],
    });
    expectWellFormed(svg);
    expect(svg).toContain('<rect class="heat" fill-opacity="0.06" x="34.2" y="48" width="204.9" height="25"/>');
    expect(svg).toContain('<rect class="heat" fill-opacity="0.29" x="239.1" y="48" width="204.9" height="25"/>');
    expect(svg).toContain('<rect class="heat" fill-opacity="0.52" x="34.2" y="73" width="204.9" height="25"/>');
    expect(svg).toContain('<text class="heat-text" x="136.7" text-anchor="middle" y="64.5">10</text>');
    expect(svg).toContain('<rect class="heat empty" x="239.1" y="73" width="204.9" height="25"/>');
  });

  test('looks as stored', async () => {
    const rows = [
      [cell(10, { detail: '± 1' }), cell(20, { detail: '± 2', outlined: true })],
      [cell(30, { detail: '± 3' }), cell(null)],
    ];
    await expect(heatMap({ ...base, rows })).toMatchFileSnapshot('pictures/heat-map.svg');
  });

  test('shades by logarithms where figures span more than a factor of twenty', () => {
    const svg = heatMap({
      ...base,
      rows: [
        [cell(1), cell(10)],
        [cell(100), cell(null)],
      ],
    });
    expect([...svg.matchAll(/fill-opacity="([\d.]+)"/g)].map(([, opacity]) => opacity)).toEqual([
      '0.06',
      '0.29',
      '0.52',
    ]);
  });

  test('leaves out the second line where it would not fit, and the whole where nothing was measured', () => {
    const long = { detail: '1,234.56–7,890.12' };
    const labels = Array.from({ length: 8 }, (_, i) => String(i));
    const svg = heatMap({ ...base, x: { title: 'x', labels }, rows: [labels.map((_, i) => cell(i, long))] });
    expect(svg).not.toContain('heat-detail');
    expect(heatMap({ ...base, rows: [[cell(null), cell(null)]] })).toBe('');
  });

  test('escapes what comes from the study and shortens what is long', () => {
    const labels = [EVIL, 'an-endless-name-of-a-setting'];
    const text = { title: EVIL, labels };
    const evil = cell(1, { text: EVIL, detail: EVIL, tooltip: EVIL });
    const svg = heatMap({
      title: EVIL,
      x: text,
      y: text,
      rows: [
        [evil, evil],
        [evil, evil],
      ],
    });
    expectWellFormed(svg);
    expect(svg).toContain('<title>an-endless-name-of-a-setting</title><text class="tick" x="137.2"');
    expect(svg).toContain('>an-endless-name-o…</text>');
  });
});

describe('a scatter of candidates', () => {
  const value = (mean: number, half: number | null = null) => ({
    ...{ mean, low: half === null ? null : mean - half, high: half === null ? null : mean + half },
  });
  const point = (name: string, x: number, y: number, onFront: boolean): ScatterPoint => ({
    ...{ name, style: 0, x: value(x), y: value(y), onFront, tooltip: `${x}, ${y}` },
  });
  const axis = (title: string, better: 'less' | 'more') => ({ title, better, format: String, unitSize: 1 });
  const base = { title: 'Trade-offs', x: axis('latency, s', 'less'), y: axis('tokens/s', 'more') };
  const points = [point('a', 1, 2, true), point('b', 2, 6, true), point('c', 4, 10, true), point('d', 3, 4, false)];

  // 0 to 4 from 66 to 436: 92.5 pixels each; 0 to 10 from 248 up to 56: 19.2 each.
  test('puts marks where the scales say, filled on the front, and joins the front by a stair', () => {
    const svg = scatterChart({ ...base, points });
    expect(svg).toContain('<circle class="dot" cx="158.5" cy="209.6" r="5"/>');
    expect(svg).toContain('<circle class="ring" cx="343.5" cy="171.2" r="4"/>');
    expect(svg).toContain('<path class="front" d="M158.5,209.6H251V132.8H436V56"/>');
    expect(svg).toContain('tokens/s, more is better');
    expectWellFormed(svg);
  });

  test('looks as stored', async () => {
    await expect(scatterChart({ ...base, points })).toMatchFileSnapshot('pictures/scatter.svg');
  });

  test('draws intervals that fit, and leaves out those that would run from edge to edge', () => {
    const narrow = { ...points[0]!, x: value(1, 0.1) };
    const wide = { ...points[1]!, x: value(2, 50) };
    expect(scatterChart({ ...base, points: [narrow, wide, points[2]!] }).match(/class="whisker"/g)).toHaveLength(1);
  });

  test('is empty without points, and well-formed with one or whatever the names', () => {
    expect(scatterChart({ ...base, points: [] })).toBe('');
    const evil = { ...point(EVIL, 1, 1, true), tooltip: EVIL };
    expectWellFormed(scatterChart({ title: EVIL, x: axis(EVIL, 'less'), y: axis(EVIL, 'more'), points: [evil] }));
  });
});

test('names are placed only where they cover neither marks nor each other, inside the bounds', () => {
  const bounds = { left: 0, right: 400, top: 0, bottom: 200 };
  const mark = fc.record({
    name: fc.string({ minLength: 1, maxLength: 12 }),
    x: fc.integer({ min: 0, max: 400 }),
    y: fc.integer({ min: 0, max: 200 }),
  });
  fc.assert(
    fc.property(fc.array(mark, { maxLength: 12 }), (marks) => {
      const boxes = placeNames(marks, marks, bounds).map(({ name, x, y, anchor }) => {
        const width = name.length * 7.4;
        const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
        return { left, right: left + width, top: y - 10, bottom: y + 3 };
      });
      for (const [i, box] of boxes.entries()) {
        expect(box.left).toBeGreaterThanOrEqual(bounds.left);
        expect(box.right).toBeLessThanOrEqual(bounds.right);
        for (const other of boxes.slice(i + 1)) {
          const apart =
            box.right <= other.left || other.right <= box.left || box.bottom <= other.top || other.bottom <= box.top;
          expect(apart).toBe(true);
        }
        for (const { x, y } of marks)
          expect(x > box.left && x < box.right && y > box.top && y < box.bottom).toBe(false);
      }
    }),
  );
});

describe('a row of variants with several seeds', () => {
  const seeds = [1, 2].map((seed) => ({ seed, p50: 10 * seed, tail: 100 * seed }));
  const base = { title: 't', metric: 'TTFT', tail: 'p99', limits: [] };

  test('has a tick for each seed, the means as dots and the interval of the tail', () => {
    const svg = rangeChart({ ...base, rows: [{ name: 'a', style: 0, runs: seeds, interval: { low: 90, high: 210 } }] });
    expect(svg.match(/class="seed"/g)).toHaveLength(4);
    expect(svg).toContain('mean of 2 seeds: p50 15.0 ms, p99 150 ms');
    expect(svg.match(/class="interval"/g)).toHaveLength(1);
  });

  test('has a cross instead of means where these are withheld', () => {
    const svg = rangeChart({ ...base, rows: [{ name: 'a', style: 0, runs: seeds, withheld: true }] });
    expect(svg).toContain('class="cross"');
    expect(svg).not.toContain('class="dot"');
    expect(svg.match(/class="seed"/g)).toHaveLength(4);
  });
});

test('queues of very different lengths stand on an axis that cuts none of them off', () => {
  const series = (values: number[], style: number) => ({
    ...{ name: '', style, values, intervalS: 1, endS: 3, drawn: 'line' as const },
  });
  const svg = lineChart({
    ...{ title: 'Requests waiting', quantity: 'Requests', format: String, log: true },
    series: [series([0, 1, 2], 0), series([0, 900, 2500], 1)],
  });
  expect([...svg.matchAll(/text-anchor="end">(\d+)</g)].map(([, text]) => text)).toEqual([
    '0',
    '1',
    '10',
    '100',
    '1000',
  ]);
  expect(svg).toContain('Requests, log scale above 1');
  const tops = [...svg.matchAll(/class="curve s1" d="([^"]*)"/g)].flatMap(([, d]) =>
    [...d!.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y)),
  );
  expect(Math.min(...tops)).toBeGreaterThan(48);
});
