/** The markup of tables on the page: columns to compare, and labels with values to read. */
import { escapeText } from './chart/svg.ts';

export interface HtmlColumn {
  header: string;
  align: 'left' | 'right';
  /** One text a row. */
  texts: readonly string[];
  /** Left out on a phone. */
  wideOnly?: boolean;
  /** Text that may break into lines. */
  wraps?: boolean;
  /** The class of a cell, by its text. */
  classOf?: (text: string) => string;
}

/** Names longer than this break into lines: on a phone they would leave no room for what they name. */
export const LONG_NAME = 22;

/** The first column names the rows. Equally many texts in each. */
export function htmlTable(columns: readonly HtmlColumn[]): string {
  const head = columns.map((column) => cell('th', column, column.header, ' scope="col"'));
  const rows = (columns[0]?.texts ?? []).map((_, row) => {
    const cells = columns.map((column, i) =>
      i === 0 ? cell('th', column, column.texts[row]!, ' scope="row"') : cell('td', column, column.texts[row]!, ''),
    );
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="scroll" tabindex="0"><table><thead><tr>${head.join('')}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table></div>\n`;
}

function cell(tag: 'th' | 'td', column: HtmlColumn, text: string, attributes: string): string {
  const classes = [
    column.align === 'left' ? 'text' : '',
    column.wideOnly ? 'wide' : '',
    column.wraps ? 'wraps' : '',
    column.classOf?.(text) ?? '',
  ].filter((name) => name !== '');
  const classAttribute = classes.length === 0 ? '' : ` class="${classes.join(' ')}"`;
  return `<${tag}${classAttribute}${attributes}>${escapeText(text)}</${tag}>`;
}

/** Label and value. */
export type Fact = readonly [label: string, value: string];

/** For reading rather than comparing: in two columns where the page is wide enough. */
export function factsTable(facts: readonly Fact[]): string {
  const half = Math.ceil(facts.length / 2);
  const tables = [facts.slice(0, half), facts.slice(half)].filter((part) => part.length > 0).map(factsPart);
  return `<div class="pair">${tables.join('')}</div>\n`;
}

function factsPart(facts: readonly Fact[]): string {
  const rows = facts.map(
    ([label, value]) => `<tr><th scope="row">${escapeText(label)}</th><td>${escapeText(value)}</td></tr>`,
  );
  return `<table class="facts"><tbody>\n${rows.join('\n')}\n</tbody></table>\n`;
}
