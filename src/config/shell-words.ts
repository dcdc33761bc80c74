/**
 * Splits a pasted command line into words as a POSIX shell does (quotes, backslashes, line continuations, comments),
 * without running anything: what only a shell can work out is refused by name.
 */
import { InputError } from '../core/input-error.ts';

const SHELL_ONLY: Record<string, string> = {
  $: 'a shell variable; write its value instead',
  '`': 'a command substitution; write its output instead',
  '|': 'a pipe; paste the vllm command alone',
  '&': 'a shell operator; paste the vllm command alone',
  ';': 'a shell operator; paste the vllm command alone',
  '>': 'a redirection; paste the vllm command alone',
  '<': 'a redirection; paste the vllm command alone',
};

/** The words of a command line. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (char === "'") {
      const end = line.indexOf("'", i + 1);
      if (end < 0) throw unclosed(line, i);
      word = (word ?? '') + line.slice(i + 1, end);
      i = end;
    } else if (char === '"') {
      const quote = doubleQuoted(line, i);
      word = (word ?? '') + quote.text;
      i = quote.end;
    } else if (char === '\\') {
      i += line.startsWith('\r\n', i + 1) ? 2 : 1;
      if (line[i] !== '\n' && i < line.length) word = (word ?? '') + line[i];
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === '#' && word === null) {
      const end = line.indexOf('\n', i);
      i = end < 0 ? line.length : end;
    } else {
      refuseShell(line, i);
      word = (word ?? '') + char;
    }
  }
  if (word !== null) words.push(word);
  return words;
}

function doubleQuoted(line: string, start: number): { text: string; end: number } {
  let text = '';
  for (let i = start + 1; i < line.length; i++) {
    const char = line[i]!;
    if (char === '"') return { text, end: i };
    if (char === '\\' && /["\\$`\n]/.test(line[i + 1] ?? '')) {
      i += 1;
      if (line[i] !== '\n') text += line[i];
    } else {
      if (char === '$' || char === '`') refuseShell(line, i);
      text += char;
    }
  }
  throw unclosed(line, start);
}

function refuseShell(line: string, at: number): void {
  const why = SHELL_ONLY[line[at]!];
  if (why === undefined || (line[at] === '$' && !/[A-Za-z_{(0-9?@*]/.test(line[at + 1] ?? ''))) return;
  const excerpt = line.slice(at, at + 20).split(/[\s"']/)[0];
  throw new InputError(`"${excerpt}" is ${why}`);
}

function unclosed(line: string, at: number): InputError {
  return new InputError(`the quote ${line[at]} before "${line.slice(at + 1, at + 21)}" is never closed`);
}

/** A word as it must be written so that `shellWords` reads it back. */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
