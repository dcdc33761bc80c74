/** Generated parts of a document stand between `<!-- NAME -->` and `<!-- /NAME -->`. */
import { InputError } from '../../src/core/input-error.ts';

/** The document with another content between the marks of that name. */
export function replaceSection(document: string, name: string, content: string): string {
  const begin = `<!-- ${name} -->`;
  const end = `<!-- /${name} -->`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new InputError(`the document has no ${begin} with ${end} after it.`);
  return `${document.slice(0, from + begin.length)}\n\n${content}\n\n${document.slice(to)}`;
}
