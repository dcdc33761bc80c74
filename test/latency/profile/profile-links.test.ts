import { expect, it } from 'vitest';
import { allReduce } from '../../../src/latency/all-reduce.ts';
import { allGather, handOver, reduceScatter } from '../../../src/latency/collectives.ts';
import { type LinkedRanks, profileLinks } from '../../../src/latency/profile/profile-links.ts';
import { catalog } from '../fixtures.ts';
import { model } from './fixtures.ts';

const kernels = catalog.kernels('h100-sxm')!;
const dense = model('llama-3.1-8b');
const moe = model('qwen3-30b-a3b');

function linked(changes: Partial<LinkedRanks>): LinkedRanks {
  return {
    ...{ gpu: 'h100-sxm', kernels, interconnect: null, model: dense },
    ...{ tensorParallelSize: 1, pipelineParallelSize: 1, dataParallelSize: 1, expertParallel: false },
    ...changes,
  };
}

it('is silent on one GPU and between data-parallel ranks of a dense model', () => {
  for (const ranks of [linked({ kernels: null }), linked({ kernels: null, dataParallelSize: 4 })]) {
    const links = profileLinks(ranks);
    expect([links.allReduceUs(64, true), links.exchangeUs(64, 64), links.handOverUs(64)]).toEqual([0, 0, 0]);
    expect(links.notes).toEqual([]);
  }
});

it.each([{ tensorParallelSize: 2 }, { pipelineParallelSize: 2 }, { dataParallelSize: 2, model: moe }])(
  'refuses %j on a GPU whose communication nobody published',
  (changes) => {
    expect(() => profileLinks(linked({ ...changes, kernels: null, gpu: 'xeon' }))).toThrow(
      'nobody published that of xeon',
    );
  },
);

it('sums hidden states of two bytes an element over tensor-parallel ranks', () => {
  const links = profileLinks(linked({ tensorParallelSize: 2 }));
  expect(links.allReduceUs(64, true)).toBe(allReduce(kernels, 2).us(64 * 4096 * 2, true));
  expect(links.allReduceUs(1024, false)).toBe(allReduce(kernels, 2).us(1024 * 4096 * 2, false));
  expect(links.notes[0]).toBe('communication is not in a kernel profile; published times of h100-sxm are used');
});

it('hands tokens over between stages', () => {
  const links = profileLinks(linked({ pipelineParallelSize: 2 }));
  expect(links.handOverUs(64)).toBe(handOver({ kernels, interconnect: null, hidden: 4096 }, 1)(64));
});

it('gathers all tokens before the experts and scatters their sums after', () => {
  const links = profileLinks(linked({ model: moe, dataParallelSize: 4 }));
  const on = { kernels, interconnect: null, hidden: moe.hidden };
  expect(links.exchangeUs(256, 64)).toBe(allGather(on, 4)(256) + reduceScatter(on, 4)(256));
  expect(links.reducesBesideExperts).toBe(2);
});

it('exchanges between all ranks where tensor-parallel ranks share the tokens, which they then gather, not sum', () => {
  const ranks = linked({ model: moe, tensorParallelSize: 2, dataParallelSize: 4, expertParallel: true });
  const on = { kernels, interconnect: null, hidden: moe.hidden };
  const links = profileLinks(ranks);
  expect(links.exchangeUs(256, 64)).toBe(allGather(on, 8)(256) + reduceScatter(on, 8)(256) + allGather(on, 2)(64));
  expect(links.reducesBesideExperts).toBe(1);
});
