import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { conformFile } from '../../src/study/conform/conform.ts';

const folder = new URL('traces/', import.meta.url).pathname;
const files = readdirSync(folder).filter((file) => file.endsWith('.json.gz'));

describe('the engine decides what vLLM 0.33.0 decided, step by step', () => {
  it.each(files)('%s, with and without a decode cohort and numbers of blocks', (file) => {
    for (const [decodeCohort, blockNumbers] of [
      [true, true],
      [false, true],
      [true, false],
    ] as const) {
      const { file: _, vllm, ...verdict } = conformFile(`${folder}${file}`, decodeCohort, blockNumbers);
      expect(vllm).toBe('0.33.0');
      expect(verdict).toMatchObject({ verdict: 'identical' });
    }
  });

  it('over all 119 recorded scenarios and 71,796 schedule calls', () => {
    const verdicts = files.map((file) => conformFile(`${folder}${file}`));
    expect(verdicts).toHaveLength(119);
    expect(verdicts.reduce((sum, each) => sum + ('steps' in each ? each.steps : 0), 0)).toBe(71_796);
  });
});
