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
  /** The class of each row's cell. */
  classes?: readonly string[];
  /** What each row's text links to: a path relative to the page. */
  links?: readonly string[];
}

/** Names longer than this break into lines: on a phone they would leave no room for what they name. */
export const LONG_NAME = 22;

/** No line ends between a number and its unit, or around ≈ and ±. */
export function keptTogether(text: string): string {
  return text.replace(/(?<=[\d)]) (?=(?:%|µs|ms|s|min|h)(?!\w))|(?<=[≈±]) |(?<=\d) (?=±)/g, '\u00a0');
}

/** The first column names the rows. Equally many texts in each. */
export function htmlTable(columns: readonly HtmlColumn[]): string {
  const head = columns.map((column) => cell('th', column, null, ' scope="col"'));
  const rows = (columns[0]?.texts ?? []).map((_, row) => {
    const cells = columns.map((column, i) => cell(i === 0 ? 'th' : 'td', column, row, i === 0 ? ' scope="row"' : ''));
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="scroll" tabindex="0"><table><thead><tr>${head.join('')}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table></div>\n`;
}

/** `row`: null for the header. */
function cell(tag: 'th' | 'td', column: HtmlColumn, row: number | null, attributes: string): string {
  const text = row === null ? column.header : column.texts[row]!;
  const classes = [
    column.align === 'left' ? 'text' : '',
    column.wideOnly ? 'wide' : '',
    column.wraps ? 'wraps' : '',
    column.classOf?.(text) ?? '',
    row === null ? '' : (column.classes?.[row] ?? ''),
  ].filter((name) => name !== '');
  const classAttribute = classes.length === 0 ? '' : ` class="${classes.join(' ')}"`;
  const target = row === null ? undefined : column.links?.[row];
  const content = target === undefined ? escapeText(text) : `<a href="${escapeText(target)}">${escapeText(text)}</a>`;
  return `<${tag}${classAttribute}${attributes}>${content}</${tag}>`;
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
    ([label, value]) => `<tr><th scope="row">${escapeText(label)}</th><td>${escapeText(keptTogether(value))}</td></tr>`,
  );
  return `<table class="facts"><tbody>\n${rows.join('\n')}\n</tbody></table>\n`;
}
