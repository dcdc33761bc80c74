/**
 * What is around the servers of a study: the market they are rented on, how long one takes to start, how their number
 * follows the load (`market`, `start_up` and `autoscale` of a deployment), and what stands between clients and servers
 * (`cluster:`).
 */
import { z } from 'zod';
import {
  choice,
  count,
  duration,
  durationAbove0,
  expectedOneOf,
  list,
  notNegative,
  oneOf,
  positive,
  section,
  share,
  text,
  tokenCount,
} from './schema-parts.ts';

export const ROUTERS = [
  'round_robin',
  'random',
  'least_outstanding',
  'least_kv_usage',
  'power_of_two',
  'prefix_aware',
  'session',
  'expected_length',
] as const;

export const router = choice(ROUTERS);

const lasting = (of: string) => duration().describe(of);

const weibull = (what: string) =>
  section(
    {
      shape: positive().describe('Below 1 the hazard falls with age.'),
      scale: duration().describe('Time by which 63 % have ended.'),
    },
    'a mapping with shape and scale, such as { shape: 0.59, scale: 1.8h }',
  ).describe(what);

const law = oneOf(
  [
    section(
      {
        poisson: section(
          {
            mean_up: lasting('Mean time an instance is held.'),
            mean_down: lasting('Mean time until there is one again.'),
          },
          'a mapping with mean_up and mean_down, such as { mean_up: 3h, mean_down: 1h }',
        ),
      },
      'a mapping with poisson',
    ),
    section(
      {
        weibull: section(
          { up: weibull('How long an instance is held.'), down: weibull('How long there is none.') },
          'a mapping with up and down',
        ),
      },
      'a mapping with weibull',
    ),
  ],
  '{ poisson: { mean_up, mean_down } } or { weibull: { up: { shape, scale }, down: { shape, scale } } }',
  ['poisson', 'weibull'],
);

const spot = section(
  {
    profile: choice(['stable', 'average', 'tight'])
      .optional()
      .describe('Laws scaled from public traces of V100s. Default: average, without law and trace.'),
    law: law.optional().describe('How long instances are held, and away.'),
    trace: z
      .union([text('the path of an availability trace'), list(text('a path'), 'paths of availability traces')], {
        error: 'expected the path of an availability trace (JSON), or a list of them, one a zone',
      })
      .optional()
      .describe('Recorded availability in the layout of skypilot-org/spot-traces: a file, or one for each zone.'),
    offset: duration()
      .optional()
      .describe('Where in the trace the run begins. Default: at a time drawn from the seed.'),
    zones: count(1)
      .optional()
      .describe('Zones the replicas are spread over by turns. Default: 3; of a trace: its files.'),
    correlation: share().optional().describe('Correlation of availability between zones. Default: 0.44.'),
    within_zone: share()
      .optional()
      .describe('Correlation of availability within a zone. Default: 0.9, or correlation where that is higher.'),
    begin: choice(['held', 'stationary'])
      .optional()
      .describe('held: every instance is there when the run begins; stationary: as on any day. Default: held.'),
    notice: duration().optional().describe('Warning before an instance is taken away. Default: 30s.'),
    on_notice: choice(['drain', 'migrate', 'ignore'])
      .optional()
      .describe(
        'drain: admit no more, finish what can be; migrate: also send waiting requests elsewhere; ignore: go on. Default: drain.',
      ),
    fallback: choice(['none', 'on_demand'])
      .optional()
      .describe('on_demand: a replica on demand stands in for one that is away. Default: none.'),
    on_demand: count(0).optional().describe("So many of the pool's replicas are on demand. Default: 0."),
  },
  'a mapping with profile, law or trace, and notice, on_notice, …',
);

export const market = oneOf(
  [choice(['on_demand', 'spot']), section({ spot }, 'a mapping with spot')],
  'on_demand, spot, or { spot: { profile: average, notice: 30s } }',
  ['spot'],
);

export const startUp = section(
  {
    provision: duration().optional().describe('Until the machine runs. Default: 60s.'),
    image: duration().optional().describe('Boot and container image. Default: 60s.'),
    from: choice(['network', 'nvme', 'page_cache'])
      .optional()
      .describe('Where the weights are read: 2, 6 or 20 GB/s a machine. Default: network.'),
    bandwidth_gb_s: positive().optional().describe('Of reading weights, GB/s a machine, in place of from.'),
    compile: duration().optional().describe('torch.compile. Default: 70s; 0 with enforce_eager.'),
    capture: duration().optional().describe('Capturing CUDA graphs. Default: 30s; 0 with enforce_eager.'),
    warm_up: duration().optional().describe('Process start, profiling, first requests. Default: 30s.'),
  },
  'a mapping with provision, image, from or bandwidth_gb_s, compile, capture and warm_up',
);

export const autoscale = section(
  {
    min: count(1).optional().describe('Fewest replicas. Default: 1.'),
    max: count(1).describe('Most replicas.'),
    on: choice(['waiting', 'kv_usage']).describe(
      'Requests waiting for a replica, or the share of its KV cache in use.',
    ),
    target: positive().describe('What each replica should have of it.'),
    interval: duration().optional().describe('Between decisions. Default: 15s.'),
    tolerance: notNegative().optional().describe('No change within this share of the target. Default: 0.1.'),
    up_delay: duration().optional().describe('More replicas once recommended for so long. Default: 0s.'),
    down_delay: duration().optional().describe('Fewer replicas once recommended for so long. Default: 5m.'),
  },
  'a mapping with max, on and target, such as { max: 8, on: waiting, target: 4 }',
);

const expectedLength = section(
  {
    by: choice(['class', 'classifier', 'oracle'])
      .optional()
      .describe(
        'Who guesses: the mean of the class so far, a classifier with an error, or one who knows. Default: oracle.',
      ),
    error: notNegative()
      .optional()
      .describe('Standard deviation of the logarithm of what the classifier says. Default: 0.2.'),
    pools: list(
      section(
        {
          pool: text('the name of a pool').describe('One of deployments.'),
          below: tokenCount(1)
            .optional()
            .describe('It takes requests of fewer expected output tokens. Default: any; for the last one.'),
        },
        'a mapping such as { pool: small, below: 2000 }',
      ),
      'pools, from the shortest answers to the longest',
    ).describe('From the shortest answers to the longest.'),
  },
  'a mapping with by and pools',
);

const queueLimit = z.union([count(0), z.literal('unbounded')], {
  error: (issue) =>
    typeof issue.input === 'string'
      ? expectedOneOf(['unbounded'], issue.input)
      : 'expected a whole number of 0 or more, or unbounded',
});

export const clusterSchema = section(
  {
    router: router.optional().describe('How requests are spread over replicas. Default: round_robin.'),
    expected_length: expectedLength
      .nullable()
      .optional()
      .describe('For the router expected_length: who guesses, and which pool takes what.'),
    prefix_aware: section(
      {
        threshold: share().optional().describe('Share of a prompt that must match. Default: 0.3.'),
        balance_abs: count(0).optional().describe('Uneven from so many requests between replicas. Default: 64.'),
        balance_rel: positive().optional().describe('… and from so many times as many. Default: 1.5.'),
        max_nodes: count(1).optional().describe('Segments remembered at most. Default: 100000.'),
      },
      'a mapping with threshold, balance_abs, balance_rel and max_nodes',
    )
      .nullable()
      .optional()
      .describe('For the router prefix_aware.'),
    queue: queueLimit
      .optional()
      .describe(
        'Requests that may wait at the router while no replica takes any. Default: unbounded while none is up; full ones refuse.',
      ),
    retries: count(0).optional().describe('Times a request is sent again after its replica was lost. Default: 5.'),
    time_limit: durationAbove0()
      .nullable()
      .optional()
      .describe('The client gives a request up after so long. Default: never.'),
    on_lost: choice(['restart', 'resume'])
      .optional()
      .describe('What a lost request is sent again with: its prompt, or also what was streamed. Default: restart.'),
    health_check: section(
      { interval: durationAbove0().describe('Between looks at each replica.') },
      'a mapping with interval, such as { interval: 10s }',
    )
      .optional()
      .describe('How the router learns that a replica is gone or back. Default: at once.'),
  },
  'a mapping with router, queue, retries, time_limit, …',
)
  .optional()
  .describe('What stands between clients and servers.');

export type MarketInput = z.infer<typeof market> | undefined;
export type SpotInput = z.infer<typeof spot>;
export type StartUpInput = z.infer<typeof startUp> | undefined;
export type AutoscaleInput = z.infer<typeof autoscale> | undefined;
export type ClusterInput = z.infer<typeof clusterSchema>;
