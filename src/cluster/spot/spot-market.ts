/**
 * The spot market of one pool: a slot for each of its spot replicas, spread over zones by turns.
 *
 * Slots share fate by common shocks: those of the region hit slots of all zones, those of a zone its own. With
 * exponential laws two slots of which a share ρ of all changes are common have availabilities correlated by exactly
 * ρ / (2 − ρ), whatever their means; for Weibull laws this is what is aimed at. Reproduced are the laws of up and down times
 * (exactly), the correlation of availability within and between zones, and losses of many at once. Not reproduced: the
 * time of day, prices, correlation between regions, and a shape of the joint law beyond these pairs.
 */
import type { RandomStreams } from '../../core/random.ts';
import { type AvailabilityTrace, TraceSlot } from './availability-trace.ts';
import { ShockClock } from './shock-clock.ts';
import { LawSlot, type Phase, type SpotSlot } from './spot-slot.ts';
import { meanUs, sharedHeight, type WeibullLaw } from './weibull-law.ts';

export type SpotLaw =
  | { readonly kind: 'weibull'; readonly up: WeibullLaw; readonly down: WeibullLaw }
  /** A trace for each zone, played from `offsetUs` on; null: from a place drawn by the seed. */
  | { readonly kind: 'trace'; readonly zones: readonly AvailabilityTrace[]; readonly offsetUs: number | null };

export interface SpotMarketOptions {
  /** Of the pool; its draws have streams of that name. */
  readonly name: string;
  readonly law: SpotLaw;
  /** Zones of one region; a trace brings its own. */
  readonly zones: number;
  /** Correlation of availability of two slots in different zones, 0 to 1; a trace brings its own. */
  readonly correlation: number;
  /** That of two slots of one zone, at least as large. */
  readonly withinZone: number;
  /** `held`: every slot is up, just got, at time 0. `stationary`: the market has been running for long. */
  readonly begin: 'held' | 'stationary';
}

/** So many mean cycles make the beginning forgotten. */
const CYCLES_BEFORE = 20;

/** The slots of a market, in the order of the pool's spot replicas: slot i is in zone i mod zones. */
export function createSpotSlots(options: SpotMarketOptions, slots: number, streams: RandomStreams): SpotSlot[] {
  const { law } = options;
  return law.kind === 'trace' ? traceSlots(options.name, law, slots, streams) : lawSlots(options, law, slots, streams);
}

/** Which share of all changes must be common for availabilities to be correlated so. */
export function commonShare(correlation: number): number {
  return (2 * correlation) / (1 + correlation);
}

function lawSlots(
  options: SpotMarketOptions,
  law: Extract<SpotLaw, { kind: 'weibull' }>,
  slots: number,
  streams: RandomStreams,
): SpotSlot[] {
  const { name, zones, begin, correlation, withinZone } = options;
  const startUs = begin === 'held' ? 0 : -Math.ceil(CYCLES_BEFORE * (meanUs(law.up) + meanUs(law.down)));
  const { inZone, inRegion } = commonShares(options);
  const ofRegion = inZone === 0 ? 0 : inRegion / inZone;
  const heights = { up: sharedHeight(law.up, inZone), down: sharedHeight(law.down, inZone) };
  const region = `spot/${name}/region`;
  return Array.from({ length: slots }, (_, slot) => {
    const zone = `spot/${name}/zone-${slot % zones}`;
    const phase = (state: 'up' | 'down'): Phase => {
      const height = heights[state];
      const clock = (from: string, rate: number) => new ShockClock(streams(`${from}/${state}`), rate, startUs);
      const shocks = height === 0 ? [] : [clock(region, height * ofRegion), clock(zone, height * (1 - ofRegion))];
      return { law: law[state], sharedHeight: height, shocks };
    };
    // Slots that share everything are one slot, seen several times.
    const own = correlation === 1 ? region : withinZone === 1 ? zone : `spot/${name}/slot-${slot}`;
    const created = new LawSlot(streams(`${own}/own`), phase('up'), phase('down'), startUs);
    while (created.changeUs <= 0) created.change();
    return created;
  });
}

/** Shares of changes that come from shocks: all of them, and the region's among them. */
function commonShares({ correlation, withinZone }: SpotMarketOptions): { inZone: number; inRegion: number } {
  const inRegion = correlation === 1 ? 0 : commonShare(correlation);
  return { inRegion, inZone: withinZone === 1 ? inRegion : commonShare(withinZone) };
}

function traceSlots(
  name: string,
  { zones, offsetUs }: Extract<SpotLaw, { kind: 'trace' }>,
  slots: number,
  streams: RandomStreams,
): SpotSlot[] {
  // Zones stay aligned in every round: all are cut to the shortest.
  const lengthUs = Math.min(...zones.map(({ gapUs, counts }) => gapUs * counts.length));
  const beginUs = offsetUs ?? Math.floor(streams(`spot/${name}/offset`)() * lengthUs);
  return Array.from({ length: slots }, (_, slot) => {
    const trace = zones[slot % zones.length]!;
    const ticks = Math.max(1, Math.floor(lengthUs / trace.gapUs));
    return new TraceSlot(trace, Math.floor(slot / zones.length), beginUs % (ticks * trace.gapUs), ticks);
  });
}
