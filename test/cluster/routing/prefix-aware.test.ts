import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prefixAware } from '../../../src/cluster/routing/prefix-aware.ts';
import { RoutedPrefixes } from '../../../src/cluster/routing/routed-prefixes.ts';
import { ask, replicas } from './replicas.ts';

const options = { threshold: 0.3, balanceAbs: 64, balanceRel: 1.5, maxNodes: 1000 };

describe('the prefix-aware router', () => {
  test('sends a prompt where the longest prefix of it was sent', () => {
    const routing = prefixAware(options);
    const fleet = replicas(3);
    const route = (...spans: [number, number][]) => routing.route(ask(...spans), fleet)!.id;
    // Nothing is known: to the least text, of equals the lowest number.
    expect(route([1, 1000], [2, 100])).toBe(0);
    expect(route([3, 500])).toBe(1);
    expect(route([4, 200])).toBe(2);
    // 1,000 of 1,400 tokens are on 0; 500 of 900 on 1; 200 of 1,000 are below the threshold: to the least text, which is 2.
    expect(route([1, 1000], [5, 400])).toBe(0);
    expect(route([3, 500], [6, 400])).toBe(1);
    expect(route([3, 200], [7, 800])).toBe(2);
  });

  test('looks at load alone while it is uneven by both bounds', () => {
    const routing = prefixAware({ ...options, balanceAbs: 4 });
    const fleet = replicas(2);
    routing.route(ask([1, 100]), fleet);
    const again = () => routing.route(ask([1, 100]), fleet)!.id;
    // 5 over the idlest, but not 1.5 times as many.
    [fleet[0]!.outstanding, fleet[1]!.outstanding] = [15, 10];
    expect(again()).toBe(0);
    // 1.5 times as many, but not more than 4 over.
    [fleet[0]!.outstanding, fleet[1]!.outstanding] = [4, 0];
    expect(again()).toBe(0);
    [fleet[0]!.outstanding, fleet[1]!.outstanding] = [5, 0];
    expect(again()).toBe(1);
  });

  test('passes over who takes no requests, and forgets a replica whose cache is gone', () => {
    const routing = prefixAware(options);
    const fleet = replicas(2);
    const route = () => routing.route(ask([1, 100]), fleet)!.id;
    expect(route()).toBe(0);
    fleet[0]!.isAccepting = false;
    expect(route()).toBe(1);
    fleet[0]!.isAccepting = true;
    routing.forget(1);
    expect(route()).toBe(0);
    routing.forget(0);
    routing.forget(1);
    fleet[0]!.outstanding = 1;
    expect(route()).toBe(1);
  });
});

describe('the memory of prefixes', () => {
  const all = () => true;

  test('matches spans as far as they agree', () => {
    const sent = new RoutedPrefixes(100);
    sent.add(ask([1, 100], [2, 50]).prompt, 0);
    sent.add(ask([1, 60], [3, 50]).prompt, 1);
    const match = (...spans: [number, number][]) => sent.longestMatch(ask(...spans).prompt, all);
    expect(match([1, 100], [2, 80])).toEqual({ tokens: 150, replicas: [0] });
    expect(match([1, 60], [3, 10])).toEqual({ tokens: 70, replicas: [1] });
    expect(match([1, 40])).toEqual({ tokens: 40, replicas: [0, 1] });
    // Another text after 60 tokens of the first segment.
    expect(match([1, 60], [2, 50])).toEqual({ tokens: 60, replicas: [0, 1] });
    expect(match([9, 10])).toEqual({ tokens: 0, replicas: [] });
    expect(sent.longestMatch(ask([1, 100]).prompt, (id) => id === 1)).toEqual({ tokens: 60, replicas: [1] });
    expect([sent.sizeOf(0), sent.sizeOf(1)]).toEqual([150, 110]);
  });

  test('is bounded: what was used longest ago is forgotten', () => {
    const sent = new RoutedPrefixes(3);
    sent.add(ask([1, 10], [2, 10]).prompt, 0);
    sent.add(ask([1, 10], [3, 10]).prompt, 0);
    sent.add(ask([1, 10], [4, 10]).prompt, 0);
    const tokens = (...spans: [number, number][]) => sent.longestMatch(ask(...spans).prompt, all).tokens;
    expect([tokens([1, 10], [2, 10]), tokens([1, 10], [3, 10]), tokens([1, 10], [4, 10])]).toEqual([10, 20, 20]);
    expect(sent.sizeOf(0)).toBe(30);
  });

  test('agrees with all prompts kept and compared, as long as nothing is forgotten', () => {
    const prompt = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 4 })
      .map((spans) => spans.filter(([segment], i) => segment !== spans[i - 1]?.[0]))
      .map((spans) => ask(...spans).prompt);
    // Token t of segment s is the pair (s, t): no two segments share any.
    const tokensOf = (spans: ReturnType<typeof ask>['prompt']) =>
      spans.flatMap(({ segment, tokens }) => Array.from({ length: tokens }, (_, t) => `${segment}.${t}`));
    const shared = (a: string[], b: string[]) => {
      const end = a.findIndex((token, i) => token !== b[i]);
      return end < 0 ? a.length : end;
    };
    fc.assert(
      fc.property(
        fc.array(fc.tuple(prompt, fc.integer({ min: 0, max: 2 })), { maxLength: 12 }),
        prompt,
        (sent, asked) => {
          const prefixes = new RoutedPrefixes(1000);
          for (const [spans, replica] of sent) prefixes.add(spans, replica);
          const longest = sent.map(([spans]) => shared(tokensOf(asked), tokensOf(spans)));
          expect(prefixes.longestMatch(asked, all).tokens).toBe(Math.max(0, ...longest));
        },
      ),
    );
  });
});
