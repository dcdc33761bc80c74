import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RouterQueue, sentAgain } from '../../src/cluster/pending.ts';
import { request } from './fixtures.ts';

describe("the router's queue", () => {
  test('is first come, first served; those who were served before come first', () => {
    const queue = new RouterQueue<string>(null);
    queue.add(1, 'a', false);
    queue.add(2, 'b', true);
    queue.add(3, 'c', false);
    queue.add(4, 'd', true);
    expect([...queue.entries()]).toEqual(['b', 'd', 'a', 'c']);
    expect(queue.first()).toBe('b');
    expect([queue.remove(2), queue.remove(2), queue.remove(4)]).toEqual([true, false, true]);
    expect([queue.first(), queue.length]).toEqual(['a', 2]);
  });

  test('has room for as many as its limit says', () => {
    const queue = new RouterQueue<string>(1);
    expect([queue.add(1, 'a', false), queue.add(2, 'b', true)]).toEqual([true, false]);
    expect(new RouterQueue(0).add(1, 'a', false)).toBe(false);
    expect(queue.first()).toBe('a');
  });
});

describe('a request that is sent again', () => {
  const lost = { ...request(7, 0, 100, 500), thinkingTokens: 300, maxTokens: 600 };

  test('begins anew where its client restarts, or has got nothing', () => {
    expect(sentAgain(lost, 200, 'restart', 99)).toBe(lost);
    expect(sentAgain(lost, 0, 'resume', 99)).toBe(lost);
  });

  test('has what was streamed as the end of its prompt where its client resumes', () => {
    expect(sentAgain(lost, 200, 'resume', 99)).toEqual({
      ...lost,
      prompt: [...lost.prompt, { segment: lost.outputSegment, tokens: 200 }],
      promptTokens: 300,
      outputSegment: 99,
      outputTokens: 300,
      thinkingTokens: 100,
      maxTokens: 400,
    });
    expect(sentAgain(lost, 350, 'resume', 99).thinkingTokens).toBe(0);
  });

  test('writes in all what it would have written, however often it is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 6 }), (streamed) => {
        let again = lost;
        let written = 0;
        for (const [i, tokens] of streamed.entries()) {
          const before = again.promptTokens;
          again = { ...sentAgain(again, tokens, 'resume', 1000 + i) } as typeof lost;
          written += again.promptTokens - before;
        }
        expect(written + again.outputTokens).toBe(500);
        expect(again.outputTokens).toBeGreaterThanOrEqual(1);
        expect(again.prompt.reduce((sum, span) => sum + span.tokens, 0)).toBe(again.promptTokens);
        const segments = again.prompt.map(({ segment }) => segment);
        expect(segments.every((segment, i) => segment !== segments[i - 1])).toBe(true);
      }),
    );
  });
});
