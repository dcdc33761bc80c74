import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  apiUsd,
  blendedUsdPerMillion,
  breakEvenRequestsPerMonth,
  fleetUsd,
  type GpuUsage,
  money,
  type PaidWork,
} from '../../src/metrics/money.ts';

const api = { name: 'API', input: 0.5, output: 2 };
const onDemand: GpuUsage = { gpu: 'h100-sxm', market: 'on_demand', gpuHours: 8, usdPerGpuHour: 2.5 };
const spot: GpuUsage = { gpu: 'h100-sxm', market: 'spot', gpuHours: 4, usdPerGpuHour: 0.75 };

/** Two hours in which 1,000 requests of 1,000 + 3,000 tokens are finished, 900 of them completely. */
const work: PaidWork = {
  hours: 2,
  inputTokens: 1_000_000,
  outputTokens: 3_000_000,
  usefulOutputTokens: 2_500_000,
  finishedRequests: 1000,
  goodRequests: 800,
};

describe('money', () => {
  it('is GPU-hours times their prices, by the hour, by tokens and by good requests', () => {
    // 8 × 2.5 + 4 × 0.75 = 23.
    expect(money([onDemand, spot], work, null)).toEqual({
      gpu_hours_on_demand: 8,
      gpu_hours_spot: 4,
      usd: 23,
      usd_per_hour: 11.5,
      usd_per_million_output_tokens: 23 / 3,
      usd_per_million_useful_tokens: 23 / 2.5,
      usd_per_1000_good_requests: 23 / 0.8,
      api: null,
    });
  });

  it('is unknown as a whole where the price of a part is', () => {
    expect(money([onDemand, { ...spot, usdPerGpuHour: null }], work, api)).toBeNull();
    expect(fleetUsd([onDemand, { ...spot, usdPerGpuHour: null, gpuHours: 0 }])).toBe(20);
  });

  it('compares with an API at the mix of the run', () => {
    // 1 M × 0.5 + 3 M × 2 = 6.5 dollars for 4 M tokens and 1,000 requests.
    const { api: compared } = money([onDemand], work, api)!;
    expect(compared).toMatchObject({ usd: 6.5, usd_per_million_tokens: 6.5 / 4, usd_per_1000_requests: 6.5 });
    expect(compared!.usd_per_million_output_tokens).toBeCloseTo(6.5 / 3, 12);
  });

  it('names no volume where the fleet would have to finish more than it does', () => {
    // 10 an hour, 7,200 a month; the API asks 0.0065 a request: 1,107,692 requests; 500 an hour are 360,000.
    expect(money([onDemand], work, api)!.api).toMatchObject({
      break_even_requests_per_month: null,
      break_even_output_tokens_per_month: null,
      no_break_even_because: 'it takes 1,107,692 requests a month, and at this load the fleet finishes 360,000',
    });
  });

  it('names the volume from which on the fleet costs less', () => {
    const cheap = { ...onDemand, usdPerGpuHour: 0.25 };
    // 1 an hour, 720 a month.
    const { api: compared } = money([cheap], work, api)!;
    expect(compared!.break_even_requests_per_month).toBeCloseTo(720 / 0.0065, 6);
    expect(compared!.break_even_output_tokens_per_month).toBeCloseTo((720 / 0.0065) * 3000, 3);
    expect(compared!.no_break_even_because).toBeNull();
  });

  it('never breaks even with an API that asks nothing, or where nothing was finished', () => {
    const free = { name: 'free', input: 0, output: 0 };
    expect(money([onDemand], work, free)!.api!.no_break_even_because).toBe('the API asks nothing for it');
    const nothing = { ...work, finishedRequests: 0, inputTokens: 0, outputTokens: 0, usefulOutputTokens: 0 };
    const compared = money([onDemand], nothing, api)!;
    expect(compared.usd_per_million_output_tokens).toBeNull();
    expect(compared.api!.no_break_even_because).toBe('nothing was finished');
  });

  it('leaves out what is not known: useful tokens, good requests', () => {
    const summary = money([onDemand], { ...work, usefulOutputTokens: null, goodRequests: null }, null)!;
    expect(summary.usd_per_million_useful_tokens).toBeNull();
    expect(summary.usd_per_1000_good_requests).toBeNull();
  });
});

describe('the blended price', () => {
  it('lies between the prices of input and output', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 1, max: 1e9 }), (input, output) => {
        const blended = blendedUsdPerMillion(input, output, api)!;
        return blended >= 0.5 - 1e-9 && blended <= 2 + 1e-9;
      }),
    );
  });

  it('is 0.3 × 2 + 0.7 × 8 for three parts of input and seven of output', () => {
    expect(blendedUsdPerMillion(3, 7, { input: 2, output: 8 })).toBeCloseTo(6.2, 12);
    expect(blendedUsdPerMillion(0, 0, api)).toBeNull();
  });
});

describe('the break-even volume', () => {
  it('is where a month of the fleet costs what the API asks for the requests', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 100, noNaN: true }),
        fc.integer({ min: 1, max: 100_000 }),
        (usd, tokens) => {
          const each = apiUsd(tokens, tokens, api);
          return Math.abs(breakEvenRequestsPerMonth(usd, each) * each - usd * 720) < 1e-6 * usd * 720;
        },
      ),
    );
  });
});
