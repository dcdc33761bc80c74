/**
 * What a run costs, and what an API would ask for the same work. A fleet is paid for every hour that its servers are
 * held, from the start of the run to its last event, whatever they do in it; an API is paid by the token. All pure:
 * prices and hours come in, dollars come out. A month has 30 days.
 */

import { formatCount } from '../core/units.ts';
import { ratio } from './ratio.ts';

/** GPU-hours held on one kind of GPU in one market, and what an hour of one of these GPUs costs. */
export interface GpuUsage {
  /** Short name. */
  readonly gpu: string;
  readonly market: 'on_demand' | 'spot';
  readonly gpuHours: number;
  /** $ a GPU and hour, in servers of this size; null: nobody gave a price. */
  readonly usdPerGpuHour: number | null;
}

/** $ per million tokens. */
export interface TokenPrices {
  readonly name: string;
  readonly input: number;
  readonly output: number;
}

/** What was done for the money. */
export interface PaidWork {
  /** From the start to the last event, hours: as long as the fleet is paid. */
  readonly hours: number;
  /** Of finished requests. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Output tokens of complete answers; null where that is not known. */
  readonly usefulOutputTokens: number | null;
  readonly finishedRequests: number;
  /** Complete answers within the service-level objective; null without one. */
  readonly goodRequests: number | null;
}

/** The field `sim.money` of a summary. US dollars. */
export interface MoneySummary {
  /** GPU-hours held, by market. */
  gpu_hours_on_demand: number;
  gpu_hours_spot: number;
  /** For the whole run, and on average for an hour of it. */
  usd: number;
  usd_per_hour: number | null;
  usd_per_million_output_tokens: number | null;
  /** Per million output tokens of complete answers. */
  usd_per_million_useful_tokens: number | null;
  usd_per_1000_good_requests: number | null;
  /** The same requests bought from an API; null where no API is named. */
  api: ApiComparison | null;
}

/** The same requests, paid by the token. */
export interface ApiComparison {
  name: string;
  usd: number;
  /** Per million tokens of input and output together, at the run's own mix: the blended price. */
  usd_per_million_tokens: number | null;
  /** The same, per million output tokens. */
  usd_per_million_output_tokens: number | null;
  usd_per_1000_requests: number | null;
  /** Requests and output tokens a month from which on this fleet costs less than the API; null where it never does. */
  break_even_requests_per_month: number | null;
  break_even_output_tokens_per_month: number | null;
  /** Why it never does; null where it does. */
  no_break_even_because: string | null;
}

export const HOURS_PER_MONTH = 720;

/** Null where a part of the fleet has no price: a total without it would be wrong. */
export function money(usage: readonly GpuUsage[], work: PaidWork, api: TokenPrices | null): MoneySummary | null {
  const usd = fleetUsd(usage);
  if (usd === null) return null;
  const usdPerHour = ratio(usd, work.hours);
  return {
    gpu_hours_on_demand: gpuHours(usage, 'on_demand'),
    gpu_hours_spot: gpuHours(usage, 'spot'),
    usd,
    usd_per_hour: usdPerHour,
    usd_per_million_output_tokens: perMillion(usd, work.outputTokens),
    usd_per_million_useful_tokens: work.usefulOutputTokens === null ? null : perMillion(usd, work.usefulOutputTokens),
    usd_per_1000_good_requests: work.goodRequests === null ? null : ratio(1000 * usd, work.goodRequests),
    api: api === null ? null : apiComparison(usdPerHour, work, api),
  };
}

/** $ for all hours; null where one of them has no price. */
export function fleetUsd(usage: readonly GpuUsage[]): number | null {
  return usage.reduce<number | null>((sum, { gpuHours, usdPerGpuHour }) => {
    if (gpuHours === 0) return sum;
    return sum === null || usdPerGpuHour === null ? null : sum + gpuHours * usdPerGpuHour;
  }, 0);
}

/** $ that an API asks for so many tokens. */
export function apiUsd(
  inputTokens: number,
  outputTokens: number,
  { input, output }: Omit<TokenPrices, 'name'>,
): number {
  return (inputTokens * input + outputTokens * output) / 1e6;
}

/** $ per million tokens, input and output together, at a mix of them: the blended price. */
export function blendedUsdPerMillion(
  inputTokens: number,
  outputTokens: number,
  prices: Omit<TokenPrices, 'name'>,
): number | null {
  return perMillion(apiUsd(inputTokens, outputTokens, prices), inputTokens + outputTokens);
}

/**
 * Requests a month at which a fleet of fixed size costs what the API asks for them: a fleet costs the same however much
 * it does, an API grows with every request.
 */
export function breakEvenRequestsPerMonth(usdPerHour: number, apiUsdPerRequest: number): number {
  return (usdPerHour * HOURS_PER_MONTH) / apiUsdPerRequest;
}

function apiComparison(usdPerHour: number | null, work: PaidWork, api: TokenPrices): ApiComparison {
  const { inputTokens, outputTokens, finishedRequests, hours } = work;
  const usd = apiUsd(inputTokens, outputTokens, api);
  return {
    name: api.name,
    usd,
    usd_per_million_tokens: blendedUsdPerMillion(inputTokens, outputTokens, api),
    usd_per_million_output_tokens: perMillion(usd, outputTokens),
    usd_per_1000_requests: ratio(1000 * usd, finishedRequests),
    ...breakEven(usdPerHour, ratio(usd, finishedRequests), outputTokens / finishedRequests, finishedRequests / hours),
  };
}

type BreakEven = Pick<
  ApiComparison,
  'break_even_requests_per_month' | 'break_even_output_tokens_per_month' | 'no_break_even_because'
>;

/** What this run finished in an hour is all that is known of what the fleet can do. */
function breakEven(
  usdPerHour: number | null,
  apiUsdPerRequest: number | null,
  outputTokensPerRequest: number,
  finishedPerHour: number,
): BreakEven {
  if (usdPerHour === null || apiUsdPerRequest === null) return never('nothing was finished');
  if (apiUsdPerRequest === 0) return never('the API asks nothing for it');
  const requests = breakEvenRequestsPerMonth(usdPerHour, apiUsdPerRequest);
  const finished = finishedPerHour * HOURS_PER_MONTH;
  if (requests > finished) {
    return never(
      `it takes ${formatCount(requests)} requests a month, and at this load the fleet finishes ${formatCount(finished)}`,
    );
  }
  return {
    break_even_requests_per_month: requests,
    break_even_output_tokens_per_month: requests * outputTokensPerRequest,
    no_break_even_because: null,
  };
}

function never(because: string): BreakEven {
  return {
    break_even_requests_per_month: null,
    break_even_output_tokens_per_month: null,
    no_break_even_because: because,
  };
}

function gpuHours(usage: readonly GpuUsage[], market: GpuUsage['market']): number {
  return usage.reduce((sum, part) => sum + (part.market === market ? part.gpuHours : 0), 0);
}

function perMillion(usd: number, tokens: number): number | null {
  return ratio(usd * 1e6, tokens);
}
