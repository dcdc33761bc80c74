import { describe, expect, it } from 'vitest';
import type { ResolvedRun } from '../../src/config/resolved.ts';
import { movedRun } from '../../src/study/moved-run.ts';

/** Only what names files. */
const deployment = (model: string) => ({
  model_file: model,
  latency: { profile: { path: 'profile', sha256: '' }, calibration_file: 'fit.json' },
  speculation: { draft_model: { model_file: '../draft/config.json' } },
});
const RUN = {
  deployment: deployment('./config.json'),
  pools: [
    {
      deployment: deployment('/models/config.json'),
      market: { kind: 'spot', law: { kind: 'trace', files: [{ path: 'zone-a.json', sha256: '' }] } },
    },
  ],
  workload: { trace: { path: 'trace.csv', prefix_blocks: { path: 'blocks.jsonl' } } },
} as unknown as ResolvedRun;

describe('a run that is told from another folder', () => {
  it('names all its files from there, in every pool; absolute paths stay', () => {
    const moved = movedRun(RUN, '/studies', '/studies/out/runs/1');
    expect(moved.deployment.model_file).toBe('../../../config.json');
    expect(moved.workload.trace).toEqual({
      path: '../../../trace.csv',
      prefix_blocks: { path: '../../../blocks.jsonl' },
    });
    const [pool] = moved.pools;
    expect(pool!.deployment.model_file).toBe('/models/config.json');
    expect(pool!.deployment.latency.profile!.path).toBe('../../../profile');
    expect(pool!.deployment.latency.calibration_file).toBe('../../../fit.json');
    expect(pool!.deployment.speculation!.draft_model!.model_file).toBe('../../../../draft/config.json');
    expect(pool!.market).toMatchObject({ law: { files: [{ path: '../../../zone-a.json' }] } });
  });

  it('names a model beside it as a path, since a bare name is one of the catalog', () => {
    expect(movedRun(RUN, '/studies', '/studies').deployment.model_file).toBe('./config.json');
  });
});
