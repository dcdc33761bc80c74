import { describe, expect, test } from 'vitest';
import { resolvedStudyYaml } from '../../src/config/resolved-yaml.ts';
import { deploymentOf, errorLines, resolveText, studyText } from './fixtures.ts';

const POOLS = `deployments:
  small: { model: tiny-1b, gpu: l40s, replicas: 6, max_model_len: 8k }
  large: { model: tiny-1b, gpu: h100-sxm, replicas: 2 }
workload: { synthetic: chat, num_requests: 10 }
`;

/** The only pool of a study with these lines under `deployment:`. */
function poolOf(...lines: string[]) {
  return resolveText(studyText(['model: tiny-1b', 'gpu: h100-sxm', ...lines])).runs[0]!.pools[0]!;
}

function clusterOf(text: string) {
  return resolveText(text).runs[0]!.cluster;
}

const errors = (text: string) => errorLines(() => resolveText(text));
const poolErrors = (...lines: string[]) => errorLines(() => poolOf(...lines));

const HOUR_US = 3600e6;

describe('pools', () => {
  test('of a study with one deployment are one, on demand, and nothing changes', () => {
    const [run] = resolveText(studyText()).runs;
    expect(run!.pools.map(({ name, market, autoscale }) => [name, market, autoscale])).toEqual([
      ['deployment', { kind: 'on_demand' }, null],
    ]);
    expect(run!.pools[0]!.deployment).toEqual(run!.deployment);
    expect(run!.cluster).toEqual({
      router: 'round_robin',
      ...{ expected_length: null, prefix_aware: null, queue: null, retries: 5, time_limit_us: null },
      ...{ on_lost: 'restart', health_check_us: 0 },
    });
  });

  test('have deployments of their own; the first is that of the run', () => {
    const [run] = resolveText(POOLS).runs;
    expect(run!.pools.map(({ name, deployment }) => [name, deployment.gpu.id, deployment.replicas])).toEqual([
      ['small', 'l40s', 6],
      ['large', 'h100-sxm', 2],
    ]);
    expect(run!.deployment).toEqual(run!.pools[0]!.deployment);
    expect(run!.pools.map(({ deployment }) => deployment.engine.max_model_len)).toEqual([8000, 32_768]);
  });

  test('and the router can be swept', () => {
    const text = `${POOLS}sweep: { deployments.small.replicas: [2, 4], cluster.router: [random, session] }\n`;
    const { runs } = resolveText(text);
    expect(runs.map(({ pools, cluster }) => [pools[0]!.deployment.replicas, cluster.router])).toEqual([
      [2, 'random'],
      [2, 'session'],
      [4, 'random'],
      [4, 'session'],
    ]);
    expect(new Set(runs.map(({ run_id }) => run_id)).size).toBe(4);
  });

  test.each([
    [
      'neither of both sections',
      ['study.yaml:1:1 deployment: missing; expected a mapping with gpu and model or serve.'],
      `workload: { synthetic: chat, num_requests: 1 }\n`,
    ],
    [
      'both of them',
      ['study.yaml:5:1: expected deployment, or deployments with several pools by name, not both.'],
      POOLS.replace('workload', 'deployment: { model: tiny-1b, gpu: l40s }\nworkload'),
    ],
    [
      'a name with a dot',
      ['study.yaml:2:3 deployments: expected a name of letters, digits, _ and -, beginning with a letter.'],
      POOLS.replace('small', 'small.one'),
    ],
    [
      'a mistake inside one',
      ['study.yaml:2:48 deployments.small: unknown key "replica". Did you mean "replicas"?'],
      POOLS.replace('replicas: 6', 'replica: 6'),
    ],
    [
      'a limit that its model has not',
      [
        'study.yaml:2:76 deployments.small.max_model_len: read 64000, but tiny-1b was made for at most 32,768 tokens and vLLM refuses more.',
      ],
      POOLS.replace('8k', '64k'),
    ],
    [
      'a router of one pool',
      ['study.yaml:2:85 deployments.small.router: one router stands before all pools; expected it as cluster.router.'],
      POOLS.replace('8k', '8k, router: random'),
    ],
  ])('%s is refused at its place', (_, messages, text) => {
    const found = errors(text);
    expect(found.map((line) => line.replace(/:\d+:\d+/, ''))).toEqual(
      messages.map((line) => line.replace(/:\d+:\d+/, '')),
    );
    expect(found.map((line) => /^study\.yaml:\d+:\d+/.test(line))).toEqual(messages.map(() => true));
  });
});

describe('the market', () => {
  const market = (...lines: string[]) => poolOf('replicas: 4', ...lines).market;

  test('of spot replicas has laws scaled from public traces, and says what else is the default', () => {
    expect(market('market: spot')).toEqual({
      kind: 'spot',
      law: {
        kind: 'weibull',
        up: { shape: 0.59, scale_us: 1.8 * HOUR_US },
        down: { shape: 0.71, scale_us: 1.3 * HOUR_US },
      },
      zones: 3,
      correlation: { between_zones: 0.44, within_zone: 0.9 },
      begin: 'held',
      ...{ notice_us: 30e6, on_notice: 'drain', fallback: 'none', on_demand: 0 },
    });
    expect(market('market: { spot: { profile: average } }')).toEqual(market('market: spot'));
  });

  test('of Poisson interruptions is that of exponential laws', () => {
    expect(market('market: { spot: { law: { poisson: { mean_up: 3h, mean_down: 30m } } } }')).toMatchObject({
      law: { up: { shape: 1, scale_us: 3 * HOUR_US }, down: { shape: 1, scale_us: HOUR_US / 2 } },
    });
  });

  test('of traces has a zone a file, and no correlation but theirs', () => {
    expect(market('market: { spot: { trace: [a.json, b.json], offset: 2h, notice: 2m, on_demand: 1 } }')).toMatchObject(
      {
        law: {
          kind: 'trace',
          files: [
            { path: 'a.json', sha256: 'digest of a.json' },
            { path: 'b.json', sha256: 'digest of b.json' },
          ],
          offset_us: 2 * HOUR_US,
        },
        ...{ zones: 2, correlation: null, begin: 'stationary', notice_us: 120e6, on_demand: 1 },
      },
    );
  });

  test.each([
    [
      'market: spto',
      'deployment.market: read "spto", expected on_demand, spot, or { spot: { profile: average, notice: 30s } }.',
    ],
    [
      'market: { spot: { profile: stabel } }',
      'deployment.market.spot.profile: read "stabel", expected one of stable, average, tight. Did you mean "stable"?',
    ],
    [
      'market: { spot: { profile: tight, trace: a.json } }',
      'deployment.market.spot.trace: beside profile, expected one of profile, law and trace.',
    ],
    [
      'market: { spot: { trace: a.json, zones: 3 } }',
      'deployment.market.spot.zones: a trace brings its own; give a file for each zone.',
    ],
    ['market: { spot: { offset: 1h } }', 'deployment.market.spot.offset: there is no trace to begin in.'],
    [
      'market: { spot: { within_zone: 0.2 } }',
      'deployment.market.spot.within_zone: read 0.2, expected 0.44 or more: that between zones.',
    ],
    ['market: { spot: { on_demand: 9 } }', 'deployment.market.spot.on_demand: read 9, but the pool has 4 replicas.'],
    [
      'market: { spot: { law: { poisson: { mean_up: 0s, mean_down: 1h } } } }',
      'deployment.market.spot.law: read 0, expected times above 0.',
    ],
  ])('%s is refused', (line, message) => {
    expect(poolErrors('replicas: 4', line).map((found) => found.replace(/^study\.yaml:\d+:\d+ /, ''))).toEqual([
      message,
    ]);
  });
});

describe('a start', () => {
  test('takes as long as public reports say, with the weights that are stored', () => {
    // 16 layers of tiny-1b: attention 2048 × (32 + 2 × 8 + 32) × 64, feed-forward 3 × 2048 × 8192 and two norms; embedding
    // and head 2 × 32,000 × 2048, and the last norm.
    const parameters = 16 * (2048 * 80 * 64 + 3 * 2048 * 8192 + 2 * 2048) + 2 * 32_000 * 2048 + 2048;
    expect(poolOf().start_up).toEqual({
      ...{ provision_us: 60e6, image_us: 60e6, weight_bytes: 2 * parameters, bandwidth_gb_s: 2 },
      ...{ compile_us: 70e6, capture_us: 30e6, warm_up_us: 30e6 },
    });
    // vLLM quantises to fp8 what it has read in bf16.
    expect(poolOf('quantization: fp8').start_up.weight_bytes).toBe(2 * parameters);
    expect(poolOf('quantization: awq').start_up.weight_bytes).toBeLessThan(parameters);
  });

  test('without compilation and graphs has none of their time, and reads from where it is told', () => {
    expect(poolOf('enforce_eager: true', 'start_up: { from: nvme }').start_up).toMatchObject({
      ...{ bandwidth_gb_s: 6, compile_us: 0, capture_us: 0 },
    });
    expect(poolOf('start_up: { from: nvme, bandwidth_gb_s: 3.5, image: 0 }').start_up).toMatchObject({
      ...{ bandwidth_gb_s: 3.5, image_us: 0 },
    });
  });

  test('that never happens in the run is said to change nothing', () => {
    const note = 'start_up: no replica starts or stops during the run';
    expect(poolOf('start_up: { image: 0 }').deployment.notes.no_effect).toContain(note);
    expect(poolOf('start_up: { image: 0 }', 'market: spot').deployment.notes.no_effect).not.toContain(note);
  });
});

describe('autoscaling', () => {
  test('is as Kubernetes does it where nothing is said, from its fewest replicas on', () => {
    const pool = poolOf('autoscale: { min: 2, max: 8, on: waiting, target: 4 }');
    expect(pool.deployment.replicas).toBe(2);
    expect(pool.autoscale).toEqual({
      ...{ min: 2, max: 8, on: 'waiting', target: 4, interval_us: 15e6, tolerance: 0.1 },
      ...{ up_delay_us: 0, down_delay_us: 300e6 },
    });
  });

  test.each([
    [
      'autoscale: { min: 3, max: 2, on: waiting, target: 4 }',
      'deployment.autoscale.max: read 2, expected 3 or more, as min says.',
    ],
    [
      'autoscale: { max: 2, on: waiting, target: 4, interval: 0 }',
      'deployment.autoscale.interval: read 0, expected a time above 0.',
    ],
  ])('%s is refused', (line, message) => {
    expect(poolErrors(line)[0]).toContain(message);
  });

  test('begins within its limits', () => {
    expect(poolErrors('replicas: 9', 'autoscale: { max: 4, on: kv_usage, target: 0.7 }')[0]).toContain(
      'deployment.replicas: read 9, expected 1 to 4, as autoscale says.',
    );
  });
});

describe('the cluster', () => {
  test('has its router by the name it has in a single deployment, too', () => {
    expect(clusterOf(studyText(['model: tiny-1b', 'gpu: l40s', 'router: power_of_two'])).router).toBe('power_of_two');
    expect(deploymentOf('model: tiny-1b', 'gpu: l40s', 'router: random').router).toBe('random');
    const both = studyText(['model: tiny-1b', 'gpu: l40s', 'router: random'], ['cluster: { router: session }']);
    expect(errors(both)[0]).toContain(
      'deployment.router: read random, but cluster.router is session; expected one of them.',
    );
  });

  test('by expected length names pools', () => {
    const lengths = (pools: string, more = '') =>
      `${POOLS}cluster: { router: expected_length, expected_length: { pools: ${pools}${more} } }\n`;
    expect(
      clusterOf(lengths('[{ pool: small, below: 2k }, { pool: large }]', ', by: classifier')).expected_length,
    ).toEqual({
      ...{ by: 'classifier', error: 0.2 },
      pools: [
        { pool: 'small', below: 2000 },
        { pool: 'large', below: null },
      ],
    });
    expect(errors(lengths('[{ pool: smal, below: 2k }, { pool: large }]'))[0]).toContain(
      'unknown pool "smal". Did you mean "small"?',
    );
    expect(errors(lengths('[{ pool: small }, { pool: large }]'))[0]).toContain('only the last pool takes any');
    expect(errors(lengths('[{ pool: small, below: 5 }, { pool: large, below: 9 }]'))[0]).toContain(
      'expected none for the last pool',
    );
    expect(errors(`${POOLS}cluster: { router: expected_length }\n`)[0]).toContain(
      'expected_length needs cluster.expected_length',
    );
  });

  test('has limits where they are given', () => {
    const cluster = clusterOf(
      studyText(undefined, [
        'cluster: { router: prefix_aware, prefix_aware: { balance_abs: 8 }, queue: 100, retries: 0, time_limit: 10m, on_lost: resume, health_check: { interval: 10s } }',
      ]),
    );
    expect(cluster).toEqual({
      ...{ router: 'prefix_aware', expected_length: null },
      prefix_aware: { threshold: 0.3, balance_abs: 8, balance_rel: 1.5, max_nodes: 100_000 },
      ...{ queue: 100, retries: 0, time_limit_us: 600e6, on_lost: 'resume', health_check_us: 10e6 },
    });
  });
});

describe('a setting that nothing would read', () => {
  const RULES = 'pools: [{ pool: small, below: 2k }, { pool: large }]';
  const study = (cluster: string, rest = '') => `${POOLS}cluster: { ${cluster} }\n${rest}`;
  const routed = (lengths: string) => study(`router: expected_length, expected_length: { ${lengths} }`);

  test.each([
    ['a time limit of 0', study('time_limit: 0s'), 'cluster.time_limit: read "0s", expected a duration above 0.'],
    [
      'looks at the replicas without time between them',
      study('health_check: { interval: 0s }'),
      'cluster.health_check.interval: read "0s", expected a duration above 0.',
    ],
    [
      'rules by expected length before another router',
      study(`router: random, expected_length: { ${RULES} }`),
      'cluster: the router is random, which does not read expected_length; expected router: expected_length, or expected_length: null (--set cluster.expected_length=null).',
    ],
    [
      'rules by expected length without a router',
      study(`expected_length: { ${RULES} }`),
      'cluster: the router is round_robin, which does not read expected_length; expected router: expected_length, or expected_length: null (--set cluster.expected_length=null).',
    ],
    [
      'options of prefix_aware before another router',
      study('router: session, prefix_aware: { threshold: 0.5 }'),
      'cluster: the router is session, which does not read prefix_aware; expected router: prefix_aware, or prefix_aware: null (--set cluster.prefix_aware=null).',
    ],
    [
      'a second rule for a pool',
      routed('pools: [{ pool: small, below: 9 }, { pool: large, below: 20 }, { pool: small }]'),
      'cluster.expected_length.pools[2].pool: read "small" twice, expected every pool once; remove one of them.',
    ],
    [
      'a pool without a rule',
      routed('pools: [{ pool: large }]'),
      'cluster.expected_length.pools: no rule names the pool "small", so no request would reach it; add { pool: small }, or remove the pool.',
    ],
    [
      'the error of an oracle',
      routed(`by: oracle, error: 0.3, ${RULES}`),
      'cluster.expected_length: by is oracle, which has no error; expected by: classifier, or remove error.',
    ],
    [
      'an error without one who guesses',
      routed(`error: 0.3, ${RULES}`),
      'cluster.expected_length: by is oracle, which has no error; expected by: classifier, or remove error.',
    ],
    [
      'a guess by class without classes',
      routed(`by: class, ${RULES}`),
      'cluster.expected_length.by: read class, but the workload has none; expected workload.classes, or by: oracle or classifier.',
    ],
  ])('%s is refused at its place', (_, text, message) => {
    const found = errors(text);
    expect(found.map((line) => line.replace(/^study\.yaml:5:\d+ /, ''))).toEqual([message]);
  });

  test('is none once it is null', () => {
    const { cluster } = resolveText(study('router: random, expected_length: null, prefix_aware: null')).runs[0]!;
    expect([cluster.expected_length, cluster.prefix_aware]).toEqual([null, null]);
  });

  test('is none where a named variant or a candidate of a search reads it', () => {
    const swept = study(
      `expected_length: { ${RULES} }`,
      'sweep: { variants: [{ name: plain }, { name: by length, cluster.router: expected_length }] }\n',
    );
    expect(resolveText(swept).runs.map(({ cluster }) => cluster.router)).toEqual(['round_robin', 'expected_length']);
    const searched = study(
      'router: random, prefix_aware: { threshold: 0.5 }',
      'tune: { cheapest: { cluster.router: [random, prefix_aware] }, constraints: { goodput: ">= 90%" } }\n',
    );
    expect(resolveText(searched).runs[0]!.cluster.router).toBe('random');
  });

  test('is none where a variant of the sweep reads it', () => {
    const swept = study(
      `expected_length: { error: 0.3, ${RULES} }`,
      'sweep: { cluster.router: [random, expected_length], cluster.expected_length.by: [oracle, classifier] }\n',
    );
    expect(resolveText(swept).runs.map(({ cluster }) => cluster.expected_length?.error ?? null)).toEqual([
      null,
      null,
      0,
      0.3,
    ]);
  });

  test('of classes before a scheduler that reads none is said to change nothing', () => {
    const note = 'class priorities: scheduling_policy is fcfs; --scheduling-policy priority uses them';
    const notes = (policy: string, second: number) =>
      resolveText(`deployment: { model: tiny-1b, gpu: l40s, scheduling_policy: ${policy} }
workload: { synthetic: chat, num_requests: 10, classes: { a: { share: 1 }, b: { share: 1, priority: ${second} } } }
`).runs[0]!.deployment.notes.no_effect;
    expect(notes('fcfs', 1)).toContain(note);
    expect(notes('fcfs', 0)).not.toContain(note);
    expect(notes('priority', 1)).not.toContain(note);
  });
});

describe('a resolved run with pools', () => {
  test.each([
    [
      'several',
      `${POOLS}cluster: { router: expected_length, expected_length: { by: class, pools: [{ pool: small, below: 9 }, { pool: large }] } }\n`.replace(
        'num_requests: 10',
        'num_requests: 10, classes: { a: { share: 1 } }',
      ),
    ],
    [
      'on the spot market',
      studyText([
        'model: tiny-1b',
        'gpu: l40s',
        'replicas: 3',
        'market: { spot: { profile: tight, zones: 2, notice: 2m, fallback: on_demand, on_demand: 1 } }',
        'start_up: { from: page_cache }',
      ]),
    ],
    [
      'with a trace',
      studyText(['model: tiny-1b', 'gpu: l40s', 'market: { spot: { trace: a.json, on_notice: migrate } }']),
    ],
    [
      'that scale',
      studyText(
        ['model: tiny-1b', 'gpu: l40s', 'autoscale: { max: 4, on: kv_usage, target: 0.7, up_delay: 30s }'],
        ['cluster: { router: prefix_aware, queue: 5, time_limit: 90s, retries: 1 }'],
      ),
    ],
  ])('%s is written so that running it again is the same run', (_, text) => {
    const [run] = resolveText(text).runs;
    const [again] = resolveText(resolvedStudyYaml(run!)).runs;
    expect(again!.run_id).toBe(run!.run_id);
    expect(again!.pools.map(({ market, start_up, autoscale }) => [market, start_up, autoscale])).toEqual(
      run!.pools.map(({ market, start_up, autoscale }) => [market, start_up, autoscale]),
    );
    expect(again!.cluster).toEqual(run!.cluster);
  });
});
