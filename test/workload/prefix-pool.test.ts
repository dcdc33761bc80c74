import { describe, expect, test } from 'vitest';
import type { SyntheticSpec, Workload } from '../../src/config/resolved.ts';
import { randomStreams } from '../../src/core/random.ts';
import { syntheticSource } from '../../src/workload/synthetic.ts';
import { collect, fitsChance, requestClass, syntheticWorkload } from './support.ts';

const draw = (spec: Partial<SyntheticSpec>, settings: Partial<Workload> = {}) =>
  collect(syntheticSource(syntheticWorkload(spec, settings), randomStreams(1)));

describe('a pool of prefixes', () => {
  test('stands before the drawn prompt, with the same tokens wherever the same text is used', async () => {
    const prefix_pool = { size: 3, zipf: 0, tokens: { uniform: { min: 10, max: 1000 } } };
    const requests = await draw({ prefix_pool });
    const texts = new Map(requests.map(({ prompt }) => [prompt[0]!.segment, prompt[0]!.tokens]));
    expect(texts.size).toBe(3);
    for (const { prompt, promptTokens } of requests) {
      expect(prompt.length).toBe(2);
      expect(prompt[0]!.tokens).toBe(texts.get(prompt[0]!.segment));
      expect(prompt[1]!.tokens).toBe(100);
      expect(promptTokens).toBe(prompt[0]!.tokens + 100);
    }
  });

  test("is used as Zipf's law says", async () => {
    const prefix_pool = { size: 3, zipf: 1, tokens: { constant: 5 } };
    const requests = await draw({ prefix_pool }, { num_requests: 6000 });
    const used = new Map<number, number>();
    for (const { prompt } of requests) used.set(prompt[0]!.segment, (used.get(prompt[0]!.segment) ?? 0) + 1);
    const counts = [...used.values()].sort((a, b) => b - a);
    // 1, 1/2 and 1/3 of 11/6
    for (const [i, chance] of [6 / 11, 3 / 11, 2 / 11].entries())
      expect(fitsChance(counts[i]! / 6000, chance, 6000)).toBe(true);
  });

  test('comes after a shared prefix, which is part of the drawn length', async () => {
    const spec = {
      prefix_pool: { size: 1, zipf: 0, tokens: { constant: 50 } },
      shared_prefix: { share: 1, tokens: 30 },
    };
    expect((await draw(spec))[0]!.prompt.map(({ tokens }) => tokens)).toEqual([30, 50, 70]);
  });

  test('changes no other draw', async () => {
    const plain = await draw({ shared_prefix: { share: 0.5, tokens: 8 } });
    const pooled = await draw({
      shared_prefix: { share: 0.5, tokens: 8 },
      prefix_pool: { size: 9, zipf: 1, tokens: { constant: 5 } },
    });
    expect(pooled.map(({ arrivalUs, outputTokens, prompt }) => [arrivalUs, outputTokens, prompt.length - 1])).toEqual(
      plain.map(({ arrivalUs, outputTokens, prompt }) => [arrivalUs, outputTokens, prompt.length]),
    );
  });

  test('of the workload is one for all classes, and one of a class is its own', async () => {
    const prefix_pool = { size: 1, zipf: 0, tokens: { constant: 5 } };
    const classes = [
      requestClass('a', { share: 1 }),
      requestClass('b', { share: 1 }),
      requestClass('c', { share: 1, overrides: { prefix_pool: { ...prefix_pool } } }),
    ];
    const requests = await draw({ prefix_pool }, { classes });
    const textOf = (index: number) => requests.find((request) => request.class === index)!.prompt[0]!.segment;
    expect(textOf(0)).toBe(textOf(1));
    expect(textOf(2)).not.toBe(textOf(0));
  });
});
