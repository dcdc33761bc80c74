import { describe, expect, test } from 'vitest';
import { errorLines, resolveText, studyText } from './fixtures.ts';

/** The lines come first, so that a message is at line 1. */
const study = (...lines: string[]) => resolveText(`${lines.join('\n')}\n${studyText()}`);

describe('without a word on statistics a study', () => {
  test('has intervals of 95 %, no warm-up, no stopping rule and one seed', () => {
    const { warm_up, confidence, until, comparisons, runs } = resolveText(studyText());
    expect({ warm_up, confidence, until, comparisons, seeds: runs.length }).toEqual({
      warm_up: { kind: 'none' },
      confidence: 0.95,
      until: null,
      comparisons: [],
      seeds: 1,
    });
  });
});

describe('statistics', () => {
  test('leave out a warm-up by MSER-5 or by time', () => {
    expect(study('warm_up: mser-5').warm_up).toEqual({ kind: 'mser_5' });
    expect(study('warm_up: 5m').warm_up).toEqual({ kind: 'time', us: 300e6 });
    expect(study('warm_up: 90').warm_up).toEqual({ kind: 'time', us: 90e6 });
    expect(study('warm_up: none').warm_up).toEqual({ kind: 'none' });
    expect(study('warm_up: 0s').warm_up).toEqual({ kind: 'none' });
  });

  test('have the level that is asked', () => {
    expect(study('confidence: 99.9%').confidence).toBe(0.999);
    expect(study('confidence: 0.9').confidence).toBe(0.9);
  });

  test('go on until intervals are narrow, from ten seeds on', () => {
    const { until, runs } = study('until: { ci_halfwidth: 5% of ttft_p99 }');
    expect(until).toEqual({ precisions: ['5% of ttft_p99'], max_seeds: 40 });
    expect(runs.map(({ seed }) => seed)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const both = study('seeds: 3', 'until: { ci_halfwidth: [5% of ttft_p99, 1ms of tpot_mean], max_seeds: 20 }');
    expect(both.until).toEqual({ precisions: ['5% of ttft_p99', '1ms of tpot_mean'], max_seeds: 20 });
    expect(both.runs).toHaveLength(3);
  });

  test.each([
    ['confidence: 95', 'study.yaml:1:13 confidence: read 95, expected a level from 50% to 99.99%, such as 95%.'],
    ['warm_up: mser', 'study.yaml:1:10 warm_up: read "mser", expected none, mser-5, or a duration such as 5m.'],
    [
      'until: { ci_halfwidth: 5% }',
      'study.yaml:1:24 until.ci_halfwidth: read "5%", expected half the width of an interval and its metric, such as 5% of ttft_p99 or 20ms of tpot_mean.',
    ],
    [
      'until: { ci_halfwidth: 5% of ttft_p99, max_seeds: 5 }',
      'study.yaml:1:51 until.max_seeds: 5 seeds at most, but the study begins with 10; expected seeds of 5 or less, or more max_seeds.',
    ],
    [
      'until: { ci_halfwidth: 5% of ttft_p99 }\nseeds: [3, 7]',
      'study.yaml:2:8 seeds: read [3,7], expected how many to begin with, since until adds the ones after them.',
    ],
  ])('are refused at their place: %s', (lines, message) => {
    expect(errorLines(() => study(lines))).toEqual([message]);
  });

  test('whose metric there is not are refused where metrics are known', () => {
    const precisionProblem = (text: string) => (text.endsWith('ttft_p99') ? undefined : `no metric in ${text}`);
    const text = `until: { ci_halfwidth: [5% of ttft_p99, 5% of ttft_p9] }\n${studyText()}`;
    expect(errorLines(() => resolveText(text, { precisionProblem }))).toEqual([
      'study.yaml:1:41 until.ci_halfwidth[1]: no metric in 5% of ttft_p9.',
    ]);
  });
});
