/** The frame of a group of charts on the page: heading, caption, legend, grid. */
import { element, escapeText } from './chart/svg.ts';

/** How the legend shows a style. */
export type Swatch = 'line' | 'dot';

/** A heading, what to know of the charts, the charts; empty where none was drawn. `names`: of the styles in use, null for one that is not. */
export function figure(
  heading: string,
  charts: readonly string[],
  notes: readonly string[],
  names: readonly (string | null)[] = [],
  swatch: Swatch = 'line',
): string {
  const drawn = charts.filter((chart) => chart !== '');
  if (drawn.length === 0) return '';
  const caption = notes.filter((note) => note !== '').join(' ');
  return `<h2>${escapeText(heading)}</h2>
${caption === '' ? '' : `<p class="caption">${escapeText(caption)}</p>\n`}<figure>${legend(names, swatch)}<div class="charts">
${drawn.join('\n')}
</div></figure>
`;
}

function legend(names: readonly (string | null)[], kind: Swatch): string {
  if (names.length === 0) return '';
  const items = names.map((name, style) => {
    if (name === null) return '';
    const swatch =
      kind === 'line'
        ? element('line', { class: `swatch s${style}`, x1: 0, x2: 30, y1: 5, y2: 5 })
        : element('circle', { class: `dot s${style}`, cx: 24, cy: 5, r: 5 });
    return `<li><svg viewBox="0 0 30 10" aria-hidden="true">${swatch}</svg>${escapeText(name)}</li>`;
  });
  return `<ul class="legend">${items.join('')}</ul>`;
}
