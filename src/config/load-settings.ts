/**
 * Which settings make the load of a study: the requests, and when they come. Variants under one load meet the same requests, seed by
 * seed. What is done with them, such as limits on answers, priorities and bounds, is no part of it.
 */
import { parsePath } from './set-path.ts';
import type { SweepPoint } from './sweep-axes.ts';

/** Settings of a workload that act on the same requests. */
const POLICIES = ['budget', 'max_tokens', 'ignore_eos', 'long_prompts'];
const CLASS_POLICIES = ['budget', 'max_tokens', 'priority', 'slo'];

/** `workload.request_rate` and `workload.synthetic.lengths` are; `workload.budget` and `deployment.gpu` are not. */
export function isOfLoad(setting: string): boolean {
  const [section, key, , ofClass] = parsePath(setting, 'sweep');
  if (section !== 'workload') return false;
  return key === 'classes' ? !CLASS_POLICIES.some((each) => each === ofClass) : !POLICIES.some((each) => each === key);
}

/** The settings of the load among these, as a text that is the same for the same ones. */
export function loadOf(settings: Readonly<Record<string, unknown>>): string {
  const own = Object.entries(settings).filter(([setting]) => isOfLoad(setting));
  return JSON.stringify(own.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The load of a point of a sweep, as `loadOf` has it. */
export function pointLoad({ settings }: SweepPoint): string {
  return loadOf(Object.fromEntries(settings.map(({ name, value }) => [name, value])));
}
