import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellQuote, shellWords } from '../../src/config/shell-words.ts';

describe('shellWords', () => {
  test.each([
    ['vllm serve x', ['vllm', 'serve', 'x']],
    ['  a\t b \n c ', ['a', 'b', 'c']],
    ['a \\\n  --b 2 \\\r\n  --c', ['a', '--b', '2', '--c']],
    [`--j '{"a": 1}'`, ['--j', '{"a": 1}']],
    ['--j "{\\"a\\": 1}"', ['--j', '{"a": 1}']],
    [`a''b "" ''`, ['ab', '', '']],
    ['a\\ b', ['a b']],
    ['a # a comment\nb', ['a', 'b']],
    ['a#b', ['a#b']],
    ['costs$', ['costs$']],
    ['', []],
  ])('splits %j as a shell does', (line, words) => {
    expect(shellWords(line)).toEqual(words);
  });

  test.each([
    ['vllm serve $MODEL', '"$MODEL" is a shell variable; write its value instead'],
    ['vllm serve "$MODEL"', '"$MODEL" is a shell variable'],
    ['vllm serve x > log', '">" is a redirection; paste the vllm command alone'],
    ['vllm serve x &', '"&" is a shell operator'],
    ['vllm serve x | tee', '"|" is a pipe'],
    ['vllm serve `cat m`', '"`cat" is a command substitution'],
    ["vllm 'serve x", `the quote ' before "serve x" is never closed`],
    ['vllm "serve', 'the quote " before "serve" is never closed'],
  ])('refuses %j by name', (line, message) => {
    expect(() => shellWords(line)).toThrow(message);
  });

  test('reads back whatever shellQuote wrote', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
        expect(shellWords(words.map(shellQuote).join(' '))).toEqual(words);
      }),
    );
  });
});
