/** Claim files → their report: every case is checked, simulated where it has a workload, and every figure judged. */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Catalog } from '../../catalog/catalog.ts';
import { resolveStudy } from '../../config/resolve.ts';
import type { ResolvedRun } from '../../config/resolved.ts';
import { VLLM_VERSION } from '../../config/vllm-defaults.ts';
import { InputError } from '../../core/input-error.ts';
import type { Summary } from '../../metrics/summary.ts';
import type { ClaimReport, ClaimsReport } from '../../report/claims/claims.ts';
import { checkLoaded } from '../check.ts';
import { studyContext } from '../open-study.ts';
import { PACKAGE_VERSION, packagedCatalog, packagedPriceBook } from '../package-files.ts';
import { readLines, readPlainText } from '../read-lines.ts';
import { profileReader } from '../read-profile.ts';
import { runOne } from '../run.ts';
import { runReport } from '../run-report.ts';
import type { CaseResult, CaseRun } from './case-results.ts';
import { isClaim, type LoadedCase, type LoadedClaim, loadClaim } from './load-claim.ts';
import { reportClaim } from './report-claim.ts';

export interface ClaimsProgress {
  readonly claim: string;
  /** From 1. */
  readonly index: number;
  readonly of: number;
}

/** A claim that is ready to run: its file is checked and its cases are resolved. */
interface PreparedClaim {
  readonly loaded: LoadedClaim;
  readonly folder: string;
  readonly cases: readonly PreparedCase[];
}

interface PreparedCase {
  readonly result: Omit<CaseResult, 'runs'>;
  readonly runs: readonly ResolvedRun[];
}

/** Whether the path is a folder, or a file with a claim in it. */
export function isClaims(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  return stats.isDirectory() || (stats.isFile() && /\.ya?ml$/.test(path) && holdsClaim(path));
}

/** A file that is no YAML is no claim; as a study it is reported in full. */
function holdsClaim(file: string): boolean {
  try {
    return isClaim(readPlainText(file), file);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return false;
  }
}

/** Runs the claims of a folder, or of one file. All files are checked before anything is simulated. */
export async function runClaims(path: string, onProgress: (progress: ClaimsProgress) => void): Promise<ClaimsReport> {
  const catalog = packagedCatalog();
  const prepared = prepareAll(claimFiles(path), catalog);
  const simulated = new Map<string, Summary | InputError>();
  const claims: ClaimReport[] = [];
  for (const [index, claim] of prepared.entries()) {
    onProgress({ claim: claim.loaded.claim.id, index: index + 1, of: prepared.length });
    const cases: CaseResult[] = [];
    for (const { result, runs } of claim.cases) {
      cases.push({ ...result, runs: await caseRuns(runs, claim.folder, catalog, simulated) });
    }
    claims.push(reportClaim(claim.loaded, { cases, catalog, priceBook: packagedPriceBook() }));
  }
  return { servesimVersion: PACKAGE_VERSION, vllmVersion: VLLM_VERSION, claims };
}

/** Files in the order of their ids: M1, M2, M10. */
function claimFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => /\.ya?ml$/.test(name));
  if (names.length === 0) throw new InputError(`${path}: no claim file (*.yaml) in this folder.`);
  if (!names.some((name) => holdsClaim(join(path, name))))
    throw new InputError(
      `${path}: is a folder, and run FOLDER tests the claims in it; none of its ${names.length} *.yaml files has claim:. For a study expected its file, such as ${join(path, names[0]!)}.`,
    );
  return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((name) => join(path, name));
}

function prepareAll(files: readonly string[], catalog: Catalog): PreparedClaim[] {
  const messages: string[] = [];
  const prepared = files.flatMap((file) => {
    try {
      return [prepare(file, catalog)];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      messages.push(error.message);
      return [];
    }
  });
  messages.push(...sameIds(prepared.map(({ loaded }) => loaded)));
  if (messages.length > 0) throw new InputError(messages.join('\n'));
  return prepared;
}

/** The page of claims, and whoever cites it, tells them apart by their ids alone. */
function sameIds(claims: readonly LoadedClaim[]): string[] {
  return claims.flatMap(({ claim: { id }, source }, i) => {
    const earlier = claims.slice(0, i).find(({ claim }) => claim.id === id);
    if (earlier === undefined) return [];
    const here = source.locate(['claim', 'id'], 'value');
    return [
      `${here} claim.id: read "${id}", which ${earlier.source.fileName} has as well; give one of them another id.`,
    ];
  });
}

function prepare(file: string, catalog: Catalog): PreparedClaim {
  const loaded = loadClaim(readPlainText(file), file);
  const folder = dirname(file);
  return { loaded, folder, cases: loaded.cases.map((each) => prepareCase(each, folder, catalog)) };
}

function prepareCase(
  { name, study, refused, hasWorkload }: LoadedCase,
  folder: string,
  catalog: Catalog,
): PreparedCase {
  if (study === null) return { result: { name, refused, checks: [] }, runs: [] };
  const checks = checkLoaded(study, folder);
  const starts = checks.some(({ startUp }) => startUp.starts);
  const runs = hasWorkload && starts ? resolveStudy(study, studyContext(study, folder, catalog)).runs : [];
  return { result: { name, refused, checks }, runs };
}

/** Runs that resolve alike are simulated once, whichever claim they belong to. */
async function caseRuns(
  runs: readonly ResolvedRun[],
  folder: string,
  catalog: Catalog,
  simulated: Map<string, Summary | InputError>,
): Promise<CaseRun[]> {
  const results: CaseRun[] = [];
  for (const run of runs) {
    const result = simulated.get(run.run_id) ?? (await simulateRun(run, folder, catalog));
    simulated.set(run.run_id, result);
    const failed = result instanceof InputError ? result.message : null;
    results.push({
      seed: run.seed,
      variant: run.variant,
      summary: failed === null ? (result as Summary) : null,
      failed,
    });
  }
  return results;
}

/** What cannot be simulated, for want of kernel times for instance, leaves its claim open. */
async function simulateRun(run: ResolvedRun, folder: string, catalog: Catalog): Promise<Summary | InputError> {
  try {
    const result = await runOne(run, {
      catalog,
      readLines: (path) => readLines(resolve(folder, path), path),
      readProfile: profileReader(folder),
    });
    return runReport('claim', result).summary;
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}
