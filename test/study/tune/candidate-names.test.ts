import { describe, expect, it } from 'vitest';
import { candidateNames } from '../../../src/study/tune/candidate-names.ts';

const of = (settings: Record<string, unknown>, name: string | null = null) => ({ name, settings, value: null });

describe('names of candidates', () => {
  it('are their values where one setting is searched', () => {
    expect(candidateNames([{ name: null, settings: { 'workload.request_rate': 2.5 }, value: 2.5 }])).toEqual(['2.5']);
  });

  it('say what tells them apart, and what a number is of', () => {
    const [first, second] = candidateNames([
      of({
        'deployment.gpu': 'l40s',
        'deployment.tensor_parallel_size': 1,
        'deployment.replicas': 1,
        'cluster.queue': 4,
      }),
      of({
        'deployment.gpu': 'h100-sxm',
        'deployment.tensor_parallel_size': 2,
        'deployment.replicas': 3,
        'cluster.queue': 4,
      }),
    ]);
    expect([first, second]).toEqual(['l40s × TP 1 × 1 replica', 'h100-sxm × TP 2 × 3 replicas']);
  });

  it('keep whole paths where two settings end alike', () => {
    const paths = ['deployments.small.max_num_seqs', 'deployments.large.max_num_seqs'] as const;
    expect(candidateNames([of({ [paths[0]]: 8, [paths[1]]: 8 }), of({ [paths[0]]: 16, [paths[1]]: 32 })])).toEqual([
      `${paths[0]} 8 × ${paths[1]} 8`,
      `${paths[0]} 16 × ${paths[1]} 32`,
    ]);
  });

  it('are those of named variants, with what varies beside them', () => {
    const settings = (gpu: string, replicas: number) => ({ 'deployment.gpu': gpu, 'deployment.replicas': replicas });
    expect(
      candidateNames([
        of(settings('l40s', 1), 'small'),
        of(settings('l40s', 2), 'small'),
        of(settings('h100-sxm', 1), 'large'),
      ]),
    ).toEqual(['small × 1 replica', 'small × 2 replicas', 'large × 1 replica']);
  });
});
