import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { replayCapacity } from '../../src/study/conform/capacity.ts';
import { isCapacityFile, parseCapacityFile } from '../../src/study/conform/capacity-file.ts';
import { repositoryCatalog } from '../catalog/repository-catalog.ts';

const catalog = repositoryCatalog();
const json = JSON.parse(gunzipSync(readFileSync(new URL('kv-capacity.json.gz', import.meta.url))).toString());
const recorded = parseCapacityFile(json, 'kv-capacity.json');
const changed = (row: number, columns: Record<string, unknown>) => ({
  ...recorded,
  rows: recorded.rows.map((each, i) => (i === row ? { ...each, ...columns } : each)),
});

describe('KV capacities recorded from vLLM', () => {
  it('are ours in every row and column', () => {
    expect(isCapacityFile(json)).toBe(true);
    expect(replayCapacity(recorded, catalog)).toEqual({ verdict: 'identical', rows: 779 });
  });

  it.each([
    ['fits', false],
    ['num_gpu_blocks', 1],
    ['max_concurrency', 1.5],
    ['groups', []],
    ['auto_fit_max_model_len', 17],
    ['estimated_max_model_len', 17],
    ['bytes_per_block', 5],
  ])('differ where a recorded %s does', (field, value) => {
    const row = recorded.rows.findIndex((each) => each.fits === true);
    expect(replayCapacity(changed(row, { [field]: value }), catalog)).toEqual({
      verdict: 'differs',
      rows: 779,
      differing_rows: 1,
      differences: [{ row, field, recorded: value, ours: recorded.rows[row]![field] }],
    });
  });

  it.each([
    [{ model: 'Mamba-3B' }, 'model Mamba-3B'],
    [{ kv_dtype: 'nvfp4' }, 'KV dtype nvfp4'],
    [{ host_bytes: 5 }, 'column host_bytes'],
  ])('that ask for %o are not supported', (columns, feature) => {
    expect(replayCapacity(changed(3, columns), catalog)).toEqual({
      verdict: 'not supported',
      rows: 779,
      row: 3,
      feature,
    });
  });

  it('with both differ', () => {
    const unknown = changed(3, { model: 'Mamba-3B' });
    const rows = unknown.rows.map((row, i) => (i === 5 ? { ...row, fits: row.fits !== true } : row));
    expect(replayCapacity({ ...recorded, rows }, catalog).verdict).toBe('differs');
  });
});
