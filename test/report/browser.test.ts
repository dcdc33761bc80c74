import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportHtml } from '../../src/report/html.ts';
import type { StudyReport } from '../../src/report/study-report.ts';
import { singleStudy, sweepStudy } from './fixture.ts';
import { curveStudy, fleetStudy, gridStudy, oneRunStudy } from './studies.ts';

const CHROMIUM = '/usr/bin/chromium';
const missing = !existsSync(CHROMIUM);
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

/** Facts about the laid-out page, computed in it. */
const LAYOUT = `(() => {
  const charts = [...document.querySelectorAll('svg.chart')];
  const boxes = charts.map((svg) => [...svg.querySelectorAll('text')].map((text) => {
    const { left, right, top, height } = text.getBoundingClientRect();
    // What is seen of a line is less than its box, which has room for accents.
    return { text: text.textContent, left, right, top: top + 0.22 * height, bottom: top + 0.78 * height };
  }));
  const touch = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5;
  return {
    width: document.documentElement.scrollWidth,
    charts: charts.map((svg) => svg.getBoundingClientRect().height),
    ground: getComputedStyle(document.body).backgroundColor,
    limits: [...document.querySelectorAll('line.limit')].map((line) => getComputedStyle(line).strokeDasharray),
    outside: boxes.flat().filter(({ left, right }) => left < 0 || right > innerWidth).map(({ text }) => text),
    overlapping: boxes.flatMap((own) => own.flatMap((a, i) =>
      own.slice(i + 1).filter((b) => touch(a, b)).map((b) => a.text + ' / ' + b.text))),
    wideTables: [...document.querySelectorAll('table')].filter((table) => table.offsetParent !== null &&
      table.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map((table) => table.textContent.slice(0, 60)),
  };
})()`;
interface View {
  width: number;
  colorScheme: 'light' | 'dark';
  media?: 'print';
}
/** The last is A4 within its margins, printed by someone who prefers dark pages. */
const VIEWS: readonly View[] = [
  { width: 360, colorScheme: 'light' },
  { width: 390, colorScheme: 'dark' },
  { width: 1200, colorScheme: 'light' },
  { width: 680, colorScheme: 'dark', media: 'print' },
];

interface Layout {
  width: number;
  charts: number[];
  ground: string;
  limits: string[];
  /** Texts of charts that leave the window. */
  outside: string[];
  /** Pairs of texts of a chart that cover each other. */
  overlapping: string[];
  /** Tables that reach beyond the page. */
  wideTables: string[];
}

describe.skipIf(missing)(missing ? `in a browser (skipped: there is no ${CHROMIUM})` : 'in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  });
  afterAll(() => browser.close());

  /** The page under each of the views, and what it complained of or loaded. */
  async function look(html: string, views: readonly View[]): Promise<{ layouts: Layout[]; errors: string[] }> {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('console', (message) => errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('request', (request) => errors.push(`loads ${request.url()}`));
    await page.setContent(html);
    const layouts: Layout[] = [];
    for (const { width, ...media } of views) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ media: 'screen', ...media });
      layouts.push((await page.evaluate(LAYOUT)) as Layout);
    }
    await page.close();
    return { layouts, errors: errors.filter((error) => !error.startsWith('loads data:')) };
  }

  const pages = {
    'one run': reportHtml(oneRunStudy()),
    'a sweep': reportHtml(sweepStudy([16, 32], [1, 2])),
    'a sweep with long names': reportHtml(longNames(sweepStudy([16, 32, 64], [1]))),
    'a sweep over seeds': reportHtml(curveStudy()),
    'two settings': reportHtml(gridStudy()),
    'named fleets': reportHtml(fleetStudy()),
  };
  for (const [name, html] of Object.entries(pages)) {
    test(`the page of ${name} fits phones, screens and paper, shows its charts, covers no text and loads nothing`, async () => {
      const { layouts, errors } = await look(html, VIEWS);
      expect(errors).toEqual([]);
      for (const [i, layout] of layouts.entries()) {
        expect(layout.width).toBeLessThanOrEqual(VIEWS[i]!.width);
        expect(layout.charts.length).toBeGreaterThan(4);
        expect(layout.charts.every((height) => height > 80)).toBe(true);
        expect(layout.limits).not.toContain('none');
        expect(layout.outside).toEqual([]);
        expect(layout.overlapping).toEqual([]);
      }
      const printed = layouts.at(-1)!;
      expect(printed.ground).toBe('rgb(255, 255, 255)');
      expect(printed.wideTables).toEqual([]);
    });
  }

  test('the ground is light or dark as the reader prefers', async () => {
    const views = [
      { width: 800, colorScheme: 'light' },
      { width: 800, colorScheme: 'dark' },
    ] as const;
    const { layouts } = await look(reportHtml(singleStudy()), views);
    const [light, dark] = layouts.map(({ ground }) => Number(/\d+/.exec(ground)![0]));
    expect(light).toBeGreaterThan(240);
    expect(dark).toBeLessThan(40);
  });
});

/** The same study over keys and values that are long in words. */
function longNames(study: StudyReport): StudyReport {
  const runs = study.runs.map((run, i) => ({
    ...run,
    variant: {
      'deployment.gpu': ['rtx-pro-6000-blackwell', 'h100-sxm', 'h200-sxm'][i],
      'deployment.tensor_parallel_size': 2 ** i,
      'deployment.long_prefill_token_threshold': 2048 * i,
    },
  }));
  return { ...study, runs };
}
