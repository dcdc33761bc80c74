import { describe, expect, test } from 'vitest';
import { resolveText } from './fixtures.ts';

const study = (...lines: string[]) =>
  `deployment: { model: tiny-1b, gpu: h100-sxm }\nworkload:\n${lines.map((line) => `  ${line}\n`).join('')}`;
const bundledWorkloads = {
  library: {
    base_rate: 2,
    classes: {
      documents: {
        share: 0.7,
        prefix_pool: { size: 1000, zipf: 0.5, tokens: 9000 },
        lengths: { input: 30, output: 10 },
      },
      chats: { share: 0.3, lengths: { input: 100, output: 200 } },
    },
  },
  broken: { base_rate: 2, classes: { chats: { share: 0.3 } } },
};
const resolve = (...lines: string[]) => resolveText(study(...lines), { bundledWorkloads });
const workload = (...lines: string[]) => resolve(...lines).runs[0]!.workload;
const LAWS = 'lengths: { input: 100, output: 10 }, base_rate: 2';
const SESSIONS = 'sessions: { requests: 3, gap_s: { mu: 1, sigma: 1 }, new_tokens: 20 }';

function problem(...lines: string[]): string {
  try {
    resolve(...lines);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('sessions and pools of prefixes', () => {
  test('have their defaults', () => {
    const { spec } = workload(
      `synthetic: { ${LAWS}, ${SESSIONS}, prefix_pool: { size: 4, tokens: 64 } }`,
      'num_requests: 5',
    );
    expect(spec!.sessions).toEqual({
      requests: { constant: 3 },
      gap_s: { mu: 1, sigma: 1 },
      new_tokens: { constant: 20 },
      includes_reply: false,
      strip_thinking: false,
      compaction: null,
    });
    expect(spec!.prefix_pool).toEqual({ size: 4, zipf: 0, tokens: { constant: 64 } });
  });

  test('with max_sessions begin as soon as there is room', () => {
    const given = workload(`synthetic: { ${LAWS}, ${SESSIONS} }`, 'num_requests: 5', 'max_sessions: 2');
    expect(given).toMatchObject({ max_sessions: 2, request_rate: 'inf' });
  });

  test.each([
    [
      [
        `synthetic: { ${LAWS}, ${SESSIONS}, follow_up: { probability: 0.1, gap_s: { mu: 1, sigma: 1 }, strip_thinking: true } }`,
        'num_requests: 1',
      ],
      'study.yaml:3:14 workload.synthetic: read both follow_up and sessions, expected one of them.',
    ],
    [
      [`synthetic: { ${LAWS} }`, 'num_requests: 1', 'max_sessions: 2'],
      'study.yaml:5:3 workload: this workload has no sessions; remove max_sessions, or give sessions.',
    ],
    [
      [
        `synthetic: { ${LAWS}, follow_up: { probability: 0.1, gap_s: { mu: 1, sigma: 1 }, strip_thinking: true } }`,
        'num_requests: 1',
        'max_sessions: 2',
      ],
      'study.yaml:5:3 workload: second turns of a follow_up belong to no session; remove max_sessions, or give sessions instead.',
    ],
    [
      ['trace: a.csv', 'max_sessions: 2'],
      'study.yaml:4:3 workload: max_sessions belongs to a workload with sessions; remove it.',
    ],
    [
      [`synthetic: { ${LAWS}, sessions: { requests: { go_on: [1] }, gap_s: { mu: 1, sigma: 1 }, new_tokens: 1 } }`],
      'study.yaml:3:99 workload.synthetic.sessions.requests.go_on[0]: read 1, expected a chance from 0 to below 1.',
    ],
  ])('%j is refused', (lines, message) => {
    expect(problem(...lines)).toBe(message);
  });
});

describe('a bundled workload of classes', () => {
  test('brings them along', () => {
    const { classes, spec } = workload('synthetic: library', 'num_requests: 5');
    expect(classes.map(({ name, share }) => [name, share])).toEqual([
      ['documents', 0.7],
      ['chats', 0.3],
    ]);
    expect(classes[0]!.overrides.prefix_pool).toEqual({ size: 1000, zipf: 0.5, tokens: { constant: 9000 } });
    expect(spec!.lengths).toEqual(classes[0]!.overrides.lengths);
  });

  test('takes what a study says about one of them', () => {
    const lines = ['num_requests: 5', 'classes: { chats: { priority: -1, slo: { ttft_p99: 1s } } }'];
    const { classes } = workload('synthetic: library', ...lines);
    expect(classes.map(({ name, share, priority }) => [name, share, priority])).toEqual([
      ['documents', 0.7, 0],
      ['chats', 0.3, -1],
    ]);
    expect(classes[1]!.slo).toEqual([{ metric: 'ttft', statistic: 'p99', limit_us: 1e6 }]);
    expect(classes[1]!.overrides.lengths).toBeDefined();
  });

  test('may be given rates of their own in place of their shares', () => {
    const lines = ['num_requests: 5', 'classes: { chats: { request_rate: 2 }, documents: { request_rate: 1 } }'];
    const { classes } = workload('synthetic: library', ...lines);
    expect(classes.map(({ share, request_rate }) => [share, request_rate])).toEqual([
      [null, 1],
      [null, 2],
    ]);
  });

  test('knows no others', () => {
    const lines = ['synthetic: library', 'num_requests: 5', 'classes: { chat: { priority: 1 } }'];
    expect(problem(...lines)).toContain('unknown class "chat". Did you mean "chats"? of workload library');
  });

  test('is made of classes that all have lengths', () => {
    expect(problem('synthetic: broken', 'num_requests: 5')).toContain('workloads/broken.yaml lengths: missing');
  });
});
