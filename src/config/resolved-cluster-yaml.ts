/** Pools and cluster of a resolved run as study fields, every default spelled out. */
import type { AutoscaleSettings, ClusterSettings, Market, Pool, StartUpSettings } from './resolved-cluster.ts';

/** What a pool has beside its deployment's own fields. */
export function poolFields({ market, start_up, autoscale }: Pool): Record<string, unknown> {
  return {
    market: marketField(market),
    start_up: startUpFields(start_up),
    ...(autoscale === null ? {} : { autoscale: autoscaleFields(autoscale) }),
  };
}

export function clusterFields(cluster: ClusterSettings): Record<string, unknown> {
  const { expected_length: lengths, prefix_aware } = cluster;
  const limited = (pool: string, below: number | null) => (below === null ? { pool } : { pool, below });
  return {
    router: cluster.router,
    ...(lengths === null
      ? {}
      : {
          expected_length: {
            by: lengths.by,
            ...(lengths.by === 'classifier' ? { error: lengths.error } : {}),
            pools: lengths.pools.map(({ pool, below }) => limited(pool, below)),
          },
        }),
    ...(prefix_aware === null ? {} : { prefix_aware }),
    ...(cluster.queue === null ? {} : { queue: cluster.queue }),
    retries: cluster.retries,
    time_limit: cluster.time_limit_us === null ? null : us(cluster.time_limit_us),
    on_lost: cluster.on_lost,
    // Without looks the router knows at once.
    ...(cluster.health_check_us === 0 ? {} : { health_check: { interval: us(cluster.health_check_us) } }),
  };
}

function marketField(market: Market): unknown {
  if (market.kind === 'on_demand') return 'on_demand';
  const { law, correlation, notice_us, on_notice, fallback, on_demand } = market;
  const whole = { notice: us(notice_us), on_notice, fallback, on_demand };
  if (law.kind === 'trace') {
    const offset = law.offset_us === null ? {} : { offset: us(law.offset_us) };
    return { spot: { trace: law.files.map(({ path }) => path), ...offset, ...whole } };
  }
  const fields = ({ shape, scale_us }: typeof law.up) => ({ shape, scale: us(scale_us) });
  return {
    spot: {
      law: { weibull: { up: fields(law.up), down: fields(law.down) } },
      zones: market.zones,
      correlation: correlation!.between_zones,
      within_zone: correlation!.within_zone,
      begin: market.begin,
      ...whole,
    },
  };
}

function startUpFields(startUp: StartUpSettings): Record<string, unknown> {
  return {
    provision: us(startUp.provision_us),
    image: us(startUp.image_us),
    bandwidth_gb_s: startUp.bandwidth_gb_s,
    compile: us(startUp.compile_us),
    capture: us(startUp.capture_us),
    warm_up: us(startUp.warm_up_us),
  };
}

function autoscaleFields(rule: AutoscaleSettings): Record<string, unknown> {
  const { interval_us, up_delay_us, down_delay_us, ...rest } = rule;
  return { ...rest, interval: us(interval_us), up_delay: us(up_delay_us), down_delay: us(down_delay_us) };
}

function us(value: number): string {
  return `${value}us`;
}
