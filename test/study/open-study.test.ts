import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStudy } from '../../src/study/open-study.ts';

test('a study that is open reads its trace once, however often it is resolved', () => {
  const folder = mkdtempSync(join(tmpdir(), 'servesim-open-'));
  const trace = join(folder, 'trace.jsonl');
  writeFileSync(trace, '{"timestamp": 0, "input_length": 64, "output_length": 4, "hash_ids": [1]}\n');
  writeFileSync(
    join(folder, 'study.yaml'),
    'deployment: { model: qwen3-8b, gpu: h100-sxm, max_model_len: 8192 }\nworkload: { trace: trace.jsonl }\n',
  );
  const study = openStudy(join(folder, 'study.yaml'));
  rmSync(trace);
  const again = study.withSettings({ 'deployment.max_num_seqs': 8 }, [1]);
  expect(again.runs[0]!.workload).toEqual(study.resolved.runs[0]!.workload);
});
