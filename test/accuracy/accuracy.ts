/**
 * `npm run accuracy`: replays every public measurement that this project has at hand and writes docs/ACCURACY.md. The
 * measurements are not part of the repository; `--data DIR` says where they are.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { blisSection } from './blis-section.ts';
import { cpuSection } from './cpu-section.ts';
import { measuredRunsSection } from './measured-runs-section.ts';
import { accuracyPage } from './page.ts';
import { servingPointsSection } from './serving-points-section.ts';
import { versionsSection } from './versions-section.ts';

const { values } = parseArgs({ options: { data: { type: 'string' }, output: { type: 'string' } } });
const data = values.data ?? fileURLToPath(new URL('../../../shared', import.meta.url));
const output = values.output ?? fileURLToPath(new URL('../../docs/ACCURACY.md', import.meta.url));

const FILES = ['ground-truth/llmservingsim', 'ground-truth/blis', 'ground-truth/cpu-vllm', 'facts/e2e.json'];

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

async function main(): Promise<number> {
  const missing = FILES.filter((file) => !existsSync(`${data}/${file}`));
  if (missing.length > 0) {
    process.stderr.write(`accuracy: ${data} has no ${missing.join(', no ')}; --data DIR says where the runs are.\n`);
    return 2;
  }
  const [runs, blis, cpu, points] = FILES.map((file) => `${data}/${file}`) as [string, string, string, string];
  progress('runs with every request recorded');
  const measuredRuns = await measuredRunsSection(runs);
  progress('what the versions of vLLM differ by');
  const versions = await versionsSection(runs);
  progress('H100 runs of the BLIS project');
  const blisRuns = await blisSection(blis);
  progress('a server on a CPU');
  const cpuRuns = await cpuSection(cpu);
  const servingPoints = await servingPointsSection(points, progress);
  progress('');
  writeFileSync(`${output}.tmp`, accuracyPage({ measuredRuns, versions, blisRuns, cpuRuns, servingPoints }));
  renameSync(`${output}.tmp`, output);
  return 0;
}

process.exitCode = await main();
