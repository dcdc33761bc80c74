import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contents, folderWith, servesim } from './servesim.ts';

const study = (flags: string, more = '') => `name: spec
deployment:
  serve: >-
    vllm serve meta-llama/Llama-3.1-8B-Instruct --max-model-len 8k ${flags}
  gpu: h100-sxm
${more}workload: { synthetic: chat, request_rate: 3, num_requests: 120 }
`;
const EAGLE3 = `--speculative-config '{"method": "eagle3", "model": "yuhuili/EAGLE3-LLaMA3.1-Instruct-8B", "num_speculative_tokens": 3}'`;

function summaryOf(text: string) {
  const folder = folderWith({ 'study.yaml': text });
  const { stderr, stdout } = servesim(folder, 'run', 'study.yaml', '-o', 'out');
  expect(stderr).toBe('');
  const name = [...contents(join(folder, 'out')).keys()].find((file) => file.endsWith('summary.json'))!;
  return { folder, stdout, summary: JSON.parse(readFileSync(join(folder, 'out', name), 'utf8')) };
}

describe('a pasted --speculative-config', () => {
  it('is simulated, and its outcome reported with the names of vllm bench serve', () => {
    const { folder, stdout, summary } = summaryOf(study(EAGLE3));
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /Speculation \d+\.\d % of the drafts accepted, 2\.\d+ tokens a verification/,
    );
    expect(stdout.replace(/\s+/g, ' ')).toContain('acceptance of eagle3 drafts on chat: 0.66 each');
    // A constant .66: 1 + .66 + .66² + .66³ = 2.383 tokens, (.66 + .66² + .66³) / 3 = 46.1 %.
    expect(summary.spec_decode_acceptance_length).toBeCloseTo(2.383, 1);
    expect(summary.spec_decode_acceptance_rate).toBeCloseTo(46.1, -0.5);
    expect(summary.spec_decode_per_position_acceptance_rates).toHaveLength(3);
    expect(summary.completed).toBe(120);
    const plain = summaryOf(study('')).summary;
    expect(summary.total_output_tokens).toBe(plain.total_output_tokens);
    expect(summary.mean_tpot_ms).toBeLessThan(plain.mean_tpot_ms / 1.5);
    expect(plain.spec_decode_acceptance_rate).toBeNull();
    expect(readFileSync(join(folder, 'out/report.html'), 'utf8')).toContain('Speculative decoding');
  });

  it('gives the same run again from its own configuration', () => {
    const { folder } = summaryOf(study(EAGLE3));
    const [id] = [...contents(join(folder, 'out/runs')).keys()].map((name) => name.split('/')[0]!);
    expect(servesim(folder, 'run', `out/runs/${id}/config.yaml`, '-o', 'again').code).toBe(0);
    const again = [...contents(join(folder, 'again/runs')).keys()].map((name) => name.split('/')[0]!);
    expect(new Set(again)).toEqual(new Set([id]));
  });

  it('says what is wrong with it, where', () => {
    const folder = folderWith({ 'study.yaml': study('--spec-method medusa --spec-tokens 3') });
    const { code, stderr } = servesim(folder, 'run', 'study.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('--speculative-config.method: read "medusa", this method of vLLM is not modelled');
  });
});
