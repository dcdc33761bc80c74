import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/core/input-error.ts';
import { keptRequests } from '../../../src/record/run-record.ts';
import { openValidation, replay } from '../../../src/study/validate/replay.ts';
import { validate } from '../../../src/study/validate/validate.ts';
import { checkResultsFolder, writeFiles } from '../../../src/study/validate/write-files.ts';

const STUDY = `# Is it close?
deployment:
  serve: vllm serve meta-llama/Llama-3.1-8B-Instruct --max-model-len 4096 --num-gpu-blocks-override 400
  gpu: h100-sxm
`;
const HEADER = 'id,arrival_s,input_tokens,output_tokens,queued_s,first_token_s,last_token_s';
/** Eight requests of 64 to 71 prompt tokens, one every 10 ms, each with the same prediction of a peer. */
const ROWS = Array.from({ length: 8 }, (_, i) => {
  const sentS = i / 100;
  return `r${i},${sentS},${64 + i},${1 + i},${sentS + 7.002},${sentS + 7.05},${sentS + 7.05 + 0.01 * i}`;
});
const MEASURED = `${[HEADER, ...ROWS].join('\n')}\n`;
const PEER = `id,ttft_ms,tpot_ms,e2e_ms\n${ROWS.map((_, i) => `r${i},55,10,${55 + 10 * i}`).join('\n')}\n`;
const PREFIXES = `${ROWS.map((_, i) => `{"id":"r${i}","block_ids":[0,1,2]}`).join('\n')}\n`;

function folderWith(files: Readonly<Record<string, string | Uint8Array>>): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'servesim-validate-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return (name) => join(folder, name);
}

const plain = () => folderWith({ 'run.csv': MEASURED, 'study.yaml': STUDY });

describe('a validation', () => {
  test('replays arrivals and lengths as they were measured, on the deployment of the study', async () => {
    const at = plain();
    const { run, inputs, measured, question } = await openValidation(at('run.csv'), at('study.yaml'));
    expect(question).toBe('Is it close?');
    expect(run.workload).toMatchObject({ ignore_eos: true, request_rate: null, num_requests: null });
    expect(run.deployment.engine.num_gpu_blocks).toBe(400);
    const requests = keptRequests((await replay(run, inputs)).result.record);
    expect([...requests.arrivalUs]).toEqual(measured.requests.map(({ arrivalUs }) => arrivalUs));
    expect([...requests.promptTokens]).toEqual(measured.requests.map(({ promptTokens }) => promptTokens));
    expect([...requests.outputTokens]).toEqual(measured.requests.map(({ outputTokens }) => outputTokens));
  });

  test('gives the same latencies each time, without reading files again', async () => {
    const at = plain();
    const { run, inputs } = await openValidation(at('run.csv'), at('study.yaml'));
    const first = await replay(run, inputs);
    writeFileSync(at('run.csv'), '');
    const second = await replay(run, inputs);
    expect(second.e2elUs).toEqual(first.e2elUs);
    // One output token has no time between tokens.
    expect(first.tpotUs[0]).toBeNaN();
    expect(first.ttftUs[0]).toBe(first.e2elUs[0]);
  });

  test('compares request by request, and has the statistics of both sides', async () => {
    const at = plain();
    const report = await validate(at('run.csv'), at('study.yaml'), { reference: 'arrival' });
    expect(report.errors.requests).toBe(8);
    // Each request waited 2 ms for the queue and 48 ms more for its first token, then 10 ms for every other one.
    const measuredMs = (metric: string, statistic: string) =>
      report.errors.cells.find((cell) => cell.metric === metric && cell.statistic === statistic)!.measuredMs;
    expect(measuredMs('ttft', 'p99')).toBeCloseTo(50, 6);
    expect(measuredMs('tpot', 'mean')).toBeCloseTo(10, 6);
    expect(measuredMs('e2el', 'mean')).toBeCloseTo(50 + 35, 6);
    expect(report.requests.map(({ id }) => id)).toEqual(ROWS.map((_, i) => `r${i}`));
    expect(report.requests[3]!.measured.e2el).toBeCloseTo(80, 6);
    expect(report.requests[0]!.simulated!.tpot).toBeNull();
    expect(report.measured).toMatchObject({ promptTokens: 8 * 64 + 28, outputTokens: 36, arrivalsS: 0.07 });
    expect(report.measured.spanS).toBeCloseTo(0.07 + 0.05 + 0.07, 9);
    expect([report.shortened, report.preemptions, report.peer]).toEqual([0, 0, null]);
    expect(report.sides.map(({ name }) => name)).toEqual(['measured', 'simulated']);
  });

  test('can start the clock of measured requests where the engine queues them', async () => {
    const at = plain();
    const { errors } = await validate(at('run.csv'), at('study.yaml'), { reference: 'queued' });
    expect(errors.cells[0]!.measuredMs).toBeCloseTo(48, 6);
  });

  test('finds prefixes and a peer beside the measured run', async () => {
    const at = folderWith({
      'run.csv': MEASURED,
      'study.yaml': STUDY,
      'prefix_blocks.jsonl': PREFIXES,
      'peer_requests.csv': PEER,
    });
    const report = await validate(at('run.csv'), at('study.yaml'), { reference: 'arrival' });
    expect(report.prefixFile).toBe(at('prefix_blocks.jsonl'));
    // 48 shared tokens of each prompt are found, but for those of the first requests, which compute them.
    expect(report.run.summary.sim.prefix_cache_hit_rate).toBeGreaterThan(0.2);
    // The peer's TTFT is 55 where 50 was measured.
    expect(report.peer!.errors.cells[0]!.errorPercent).toBeCloseTo(10, 6);
    expect(report.requests[2]!.peer).toEqual({ ttft: 55, tpot: 10, e2el: 75 });
    const without = await validate(at('run.csv'), at('study.yaml'), { reference: 'arrival', prefixes: 'none' });
    expect(without.prefixFile).toBeNull();
    expect(without.run.summary.sim.prefix_cache_hit_rate).toBe(0);
    expect(without.run.runId).not.toBe(report.run.runId);
  });

  test('passes over a peer and prefixes that are none', async () => {
    const at = folderWith({ 'run.csv': MEASURED, 'study.yaml': STUDY, 'peer_requests.csv': 'no peer' });
    const report = await validate(at('run.csv'), at('study.yaml'), { reference: 'arrival', peer: 'none' });
    expect(report.peer).toBeNull();
  });

  test('says that a closed loop was replayed as it was sent', async () => {
    const bench = { ...{ num_prompts: 1, input_lens: [10], output_lens: [2], start_times: [0] }, max_concurrency: 7 };
    const text = JSON.stringify({ ...bench, ttfts: [0.1], itls: [[0.1]] });
    const at = folderWith({ 'bench.json': text, 'study.yaml': STUDY });
    const notes = async (set: string[]) =>
      (await validate(at('bench.json'), at('study.yaml'), { reference: 'arrival', set })).run.notes.not_modelled;
    expect((await notes([])).join('\n')).toContain('bench.json was measured in a closed loop (max_concurrency 7)');
    expect((await notes(['workload.max_concurrency=7'])).join('\n')).not.toContain('closed loop');
  });

  test('replaces the workload of a study, whatever that says', async () => {
    const at = folderWith({ 'run.csv': MEASURED, 'study.yaml': `${STUDY}workload: { synthetic: 3 }\nseeds: [7, 8]\n` });
    const { run } = await openValidation(at('run.csv'), at('study.yaml'));
    expect([run.workload.name, run.seed]).toEqual(['run.csv', 7]);
  });

  test('reads a packed file, and files in other folders than the study', async () => {
    const measured = folderWith({ 'run.csv.gz': gzipSync(MEASURED) });
    const at = plain();
    const packed = await validate(measured('run.csv.gz'), at('study.yaml'), { reference: 'arrival' });
    const unpacked = await validate(at('run.csv'), at('study.yaml'), { reference: 'arrival' });
    expect(packed.errors).toEqual(unpacked.errors);
  });

  test('says how many requests the simulation cut short, unlike the server', async () => {
    const at = plain();
    const set = ['deployment.max_model_len=72', 'workload.long_prompts=reject'];
    // 72 tokens hold the prompt and output of r0 to r3: 65, 67, 69 and 71; r4 has 68 + 5.
    const report = await validate(at('run.csv'), at('study.yaml'), { reference: 'arrival', set });
    expect(report.shortened).toBe(4);
  });
});

describe('a validation refuses', () => {
  const refusal = async (
    options: Record<string, unknown> = {},
    files: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const at = folderWith({ 'run.csv': MEASURED, 'study.yaml': STUDY, ...files });
    const named = Object.fromEntries(
      Object.entries(options).map(([key, value]) => [key, typeof value === 'string' ? at(value) : value]),
    );
    const failed = validate(at('run.csv'), at('study.yaml'), { reference: 'arrival', ...named });
    await expect(failed).rejects.toThrow(InputError);
    return failed.then(
      () => '',
      (error) => (error as Error).message,
    );
  };

  test('a sweep, as one server was measured', async () => {
    const study = `${STUDY}sweep: { deployment.gpu: [h100-sxm, h200-sxm] }\n`;
    expect(await refusal({}, { 'study.yaml': study })).toMatch(
      /the study sweeps deployment\.gpu; expected one deployment.*--set deployment\.gpu=…/,
    );
    const at = folderWith({ 'run.csv': MEASURED, 'study.yaml': study });
    const { run } = await openValidation(at('run.csv'), at('study.yaml'), { set: ['deployment.gpu=h200-sxm'] });
    expect(run.deployment.gpu.id).toBe('h200-sxm');
  });

  test('another load', async () => {
    expect(await refusal({ set: ['workload.num_requests=2'] })).toMatch(
      /--set workload\.num_requests=2: the load is replayed as it was measured/,
    );
  });

  test('a file that measured nothing', async () => {
    const plan = 'arrival_s,input_tokens,output_tokens\n0,10,10\n';
    expect(await refusal({}, { 'run.csv': plan })).toMatch(
      /run\.csv: holds arrivals and lengths, but no measured times/,
    );
  });

  test('the queue as reference where it was not recorded', async () => {
    const text = MEASURED.replaceAll('queued_s', 'other_s');
    const at = folderWith({ 'run.csv': text, 'study.yaml': STUDY });
    await expect(validate(at('run.csv'), at('study.yaml'), { reference: 'queued' })).rejects.toThrow(
      /does not say when requests entered the engine's queue/,
    );
  });

  test('standard input and pipes, which can be read only once', async () => {
    const at = plain();
    await expect(validate('-', at('study.yaml'), { reference: 'arrival' })).rejects.toThrow(
      '-: standard input can be read only once; expected the name of a file.',
    );
    await expect(validate('/dev/null', at('study.yaml'), { reference: 'arrival' })).rejects.toThrow(
      '/dev/null: a pipe or device, which can be read only once; save it to a file first.',
    );
    await expect(
      validate(at('run.csv'), at('study.yaml'), { reference: 'arrival', peer: '/dev/null' }),
    ).rejects.toThrow('/dev/null: a pipe or device');
  });

  test('a peer or prefixes of another run', async () => {
    const peer = 'id,ttft_ms,tpot_ms,e2e_ms\nx,1,2,3\n';
    expect(await refusal({ peer: 'p.csv' }, { 'p.csv': peer })).toMatch(/p\.csv: none of its ids/);
    const prefixes = '{"id":"x","block_ids":[0]}\n';
    expect(await refusal({ prefixes: 'p.jsonl' }, { 'p.jsonl': prefixes })).toMatch(/p\.jsonl: none of its ids/);
    expect(await refusal({ prefixes: 'q.jsonl' })).toMatch(/q\.jsonl: no such file/);
    expect(await refusal({ peer: 'q.csv' })).toMatch(/q\.csv: no such file/);
  });
});

describe('results', () => {
  test('are written into a folder that is made where it is missing, and replace older ones', () => {
    const at = folderWith({});
    writeFiles(at('a/b'), { x: 'old' });
    writeFiles(at('a/b'), { x: 'new', y: '' });
    expect(readdirSync(at('a/b')).sort()).toEqual(['x', 'y']);
    expect(readFileSync(at('a/b/x'), 'utf8')).toBe('new');
  });

  test('that could not be written are noticed beforehand', () => {
    const at = folderWith({ file: '' });
    mkdirSync(at('out/report.html'), { recursive: true });
    const names = ['errors.csv', 'report.html'];
    expect(() => checkResultsFolder(at('file'), names)).toThrow(
      /file: results cannot be written there: .*is not a folder/,
    );
    expect(() => checkResultsFolder(at('file/a/b'), names)).toThrow(/is not a folder/);
    expect(() => checkResultsFolder(at('out'), names)).toThrow(/report\.html: is a folder; a file of that name/);
    expect(() => checkResultsFolder(at('new/er'), names)).not.toThrow();
    expect(existsSync(at('new'))).toBe(false);
  });

  test('that cannot be written leave nothing behind', () => {
    const at = folderWith({ file: '' });
    expect(() => writeFiles(at('file'), { x: '' })).toThrow(/file: results cannot be written there/);
    expect(() => writeFiles(at('new'), { 'no/such/folder': '' })).toThrow(InputError);
    expect(existsSync(at('new'))).toBe(false);
  });
});
