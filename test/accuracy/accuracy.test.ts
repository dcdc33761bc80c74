/** The published accuracy does not get worse unnoticed. The measurements are not part of the repository. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compareRuns } from '../../src/metrics/error-table.ts';
import { measuredLatencies } from '../../src/study/validate/latencies.ts';
import { openValidation, replay } from '../../src/study/validate/replay.ts';
import { replayBlisRuns } from './blis-runs.ts';
import { meanAbsolute, percentError } from './markdown.ts';

const DATA = fileURLToPath(new URL('../../../shared/ground-truth', import.meta.url));
const STUDIES = fileURLToPath(new URL('./studies', import.meta.url));

// Skipped, saying so, where the measurements are not at hand.
describe.skipIf(!existsSync(DATA))('against measured runs, with nothing fitted to them', () => {
  const RUNS = [
    ['rtx4090-llama-3.1-8b', 'RTX4090/meta-llama/Llama-3.1-8B/bf16', 3],
    ['rtxpro6000-llama-3.1-8b', 'RTXPRO6000/meta-llama/Llama-3.1-8B/bf16', 2.2],
  ] as const;

  async function meanError(name: string, set: string[]): Promise<number> {
    const open = await openValidation(`${DATA}/llmservingsim/${name}/requests.csv`, `${STUDIES}/${name}.yaml`, { set });
    const measured = measuredLatencies(open.measured, 'arrival', name);
    return compareRuns(measured, await replay(open.run, open.inputs)).meanAbsErrorPercent;
  }

  test.each(RUNS)('%s: published kernels are within 5 %% on average over 15 statistics', async (name) => {
    expect(await meanError(name, [])).toBeLessThan(5);
  });

  test.each(RUNS)("%s: the GPU's own profile %s is within %s %%", async (name, profile, bound) => {
    const path = `${DATA}/llmservingsim/kernel-profiles/${profile}`;
    expect(await meanError(name, [`deployment.latency.profile=${path}`])).toBeLessThan(bound);
  });

  test('H100 runs: TPOT and E2E within 5 % on average and 10 % each, TTFT within 20 % on average', async () => {
    const results = await replayBlisRuns(`${DATA}/blis`);
    const errors = (key: 'ttftMs' | 'tpotMs' | 'e2elMs') =>
      results.map((r) => percentError(r.simulated[key], r.measured[key]));
    for (const key of ['tpotMs', 'e2elMs'] as const) {
      expect(meanAbsolute(errors(key))).toBeLessThan(5);
      expect(Math.max(...errors(key).map(Math.abs))).toBeLessThan(10);
    }
    expect(meanAbsolute(errors('ttftMs'))).toBeLessThan(20);
  });
});
