import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportHtml } from '../../src/report/html.ts';
import type { StudyReport } from '../../src/report/study-report.ts';
import { singleStudy, sweepStudy } from './fixture.ts';

const CHROMIUM = '/usr/bin/chromium';
const missing = !existsSync(CHROMIUM);
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

/** Facts about the laid-out page, computed in it. */
const LAYOUT = `({
  width: document.documentElement.scrollWidth,
  charts: [...document.querySelectorAll('svg.chart')].map((svg) => svg.getBoundingClientRect().height),
  ground: getComputedStyle(document.body).backgroundColor,
  limit: getComputedStyle(document.querySelector('line.limit')).strokeDasharray,
  outside: [...document.querySelectorAll('svg text')]
    .filter((text) => text.getBoundingClientRect().left < 0 || text.getBoundingClientRect().right > innerWidth)
    .map((text) => text.textContent),
})`;
interface Layout {
  width: number;
  charts: number[];
  ground: string;
  limit: string;
  /** Texts of charts that leave the window. */
  outside: string[];
}

describe.skipIf(missing)(missing ? `in a browser (skipped: there is no ${CHROMIUM})` : 'in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  });
  afterAll(() => browser.close());

  async function open(html: string, width: number, colorScheme: 'light' | 'dark') {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    const errors: string[] = [];
    page.on('console', (message) => errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('request', (request) => errors.push(`loads ${request.url()}`));
    await page.setContent(html);
    const layout = (await page.evaluate(LAYOUT)) as Layout;
    await page.close();
    return { layout, errors };
  }

  const pages = {
    'one run': reportHtml(singleStudy({ thinking: true })),
    'a sweep': reportHtml(sweepStudy([16, 32], [1, 2])),
    'a sweep with long names': reportHtml(longNames(sweepStudy([16, 32, 64], [1]))),
  };
  for (const [name, html] of Object.entries(pages)) {
    for (const width of [390, 1200]) {
      test(`the page of ${name} fits ${width} pixels, shows its charts and loads nothing`, async () => {
        const { layout, errors } = await open(html, width, 'light');
        expect(errors.filter((error) => !error.startsWith('loads data:'))).toEqual([]);
        expect(layout.width).toBeLessThanOrEqual(width);
        expect(layout.charts.length).toBeGreaterThan(4);
        expect(layout.charts.every((height) => height > 80)).toBe(true);
        expect(layout.limit).not.toBe('none');
        expect(layout.outside).toEqual([]);
      });
    }
  }

  test('the ground is light or dark as the reader prefers', async () => {
    const lightness = async (scheme: 'light' | 'dark') => {
      const { layout } = await open(pages['one run'], 800, scheme);
      return Number(/\d+/.exec(layout.ground)![0]);
    };
    expect(await lightness('light')).toBeGreaterThan(240);
    expect(await lightness('dark')).toBeLessThan(40);
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
