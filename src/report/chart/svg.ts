/** Small pieces of SVG text shared by the charts. Colours and type come from classes in the page's style. */

/** Text made safe for HTML and SVG content and attributes. */
export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A coordinate with one decimal: a tenth of a pixel is finer than anyone sees. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element; attributes that are undefined are left out, numbers rounded to a tenth. `content` is markup. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const pairs = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? coordinate(value) : escapeText(value!)}"`);
  return content === '' ? `<${name}${pairs.join('')}/>` : `<${name}${pairs.join('')}>${content}</${name}>`;
}

/** A text element with escaped content. */
export function label(text: string, attributes: Attributes): string {
  return element('text', attributes, escapeText(text));
}

/** The tooltip of the element it is put into. */
export function tooltip(text: string): string {
  return element('title', {}, escapeText(text));
}

/** Drawn size in pixels; the page scales it to the column. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Mean width of a character on a phone, where letters are largest in relation to the chart, in pixels of the frame. */
export const CHARACTER = 7.4;

/* Two charts fit beside each other on a page, one on a phone. Margins leave room for the axes. */
/** Small charts without names beside the plot. */
export const FRAME: Frame = { width: 460, height: 276, left: 50, right: 16, top: 48, bottom: 44 };

/** The same with room for names at the right. */
export const NAMED_FRAME: Frame = { ...FRAME, right: 84 };

/** The whole picture. `title` is shown above the plot and read out by screen readers. */
export function chart(frame: Frame, title: string, content: string): string {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'chart',
      viewBox: `0 0 ${frame.width} ${frame.height}`,
      role: 'img',
      'aria-label': title,
    },
    label(title, { class: 'chart-title', x: 0, y: 13 }) + content,
  );
}
