/**
 * Loaded into a measured process (`node --import`): when it ends, its CPU time and peak memory go to the file named in
 * SERVESIM_BENCH_USAGE. The process measures itself because Node tells a parent nothing about its children.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const file = process.env.SERVESIM_BENCH_USAGE;

if (isMainThread && file !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = { cpuS: (userCPUTime + systemCPUTime) / 1e6, peakRssBytes: peakRssKiB(maxRSS) * 1024 };
    writeFileSync(file, JSON.stringify(usage));
  });
}

/** Linux lets a new process inherit its parent's peak in `maxRSS`; VmHWM is its own. */
function peakRssKiB(maxRSS) {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  } catch {
    return maxRSS;
  }
}
