/** The frame of every page: one file that needs nothing else, no network and no script. */
import { escapeText } from './chart/svg.ts';
import { STYLE } from './style.ts';

export interface HtmlPage {
  /** Of the window. */
  readonly title: string;
  /** Above the heading, small. */
  readonly eyebrow: string;
  /** The question. */
  readonly heading: string;
  readonly answer: string;
  /** Below the answer, smaller. */
  readonly remarks?: string;
  /** Markup beside the answer. */
  readonly glance: string;
  /** Markup below. */
  readonly content: string;
}

/** The page's text. What is not markup is escaped. */
export function htmlPage({ title, eyebrow, heading, answer, remarks = '', glance, content }: HtmlPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="servesim">
<title>${escapeText(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<p class="eyebrow">${escapeText(eyebrow)}</p>
<h1>${escapeText(heading)}</h1>
<div class="lead"><div><p class="answer">${escapeText(answer)}</p>${remarks === '' ? '' : `\n<p class="remarks">${escapeText(remarks)}</p>`}</div>
${glance}</div>
${content}</main>
</body>
</html>
`;
}
