import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type CalibrationLaw, parseCalibration, type StepModelCalibration } from '../../../src/catalog/calibration.ts';
import { compareRuns } from '../../../src/metrics/error-table.ts';
import { calibrate } from '../../../src/study/calibrate/calibrate.ts';
import { withLaw } from '../../../src/study/calibrate/replays.ts';
import { checkCalibrationFile, writeCalibration } from '../../../src/study/calibrate/write-calibration.ts';
import { measuredLatencies } from '../../../src/study/validate/latencies.ts';
import { openValidation, replay } from '../../../src/study/validate/replay.ts';
import { serve } from './made-up-server.ts';

const STUDY = `deployment:
  serve: vllm serve meta-llama/Llama-3.1-8B --max-model-len 8192 --max-num-seqs 32 --num-gpu-blocks-override 2000
  gpu: rtx4090
  latency: { front_end: 2ms }
`;

function folderWith(files: Readonly<Record<string, string>>): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'servesim-calibrate-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return (name) => join(folder, name);
}

const seconds = (us: number) => (us / 1e6).toFixed(6);

/** Requests every so often, with prompts of 100 to 1,600 tokens and outputs of 20 to 119. */
const load = (count: number, everyUs: number) =>
  Array.from({ length: count }, (_, i) => ({
    arrivalUs: i * everyUs,
    promptTokens: 100 + 100 * ((i * 7) % 16),
    outputTokens: 20 + ((i * 37) % 100),
  }));

const csv = (rows: readonly (readonly (string | number)[])[]) =>
  ['id,arrival_s,input_tokens,output_tokens,first_token_s,last_token_s', ...rows.map((row) => row.join(','))].join(
    '\n',
  );

/** What a client would measure of the study's server, were its kernels to follow `law`: written as `name`. */
async function measure(
  path: (name: string) => string,
  name: string,
  count: number,
  everyUs: number,
  law: CalibrationLaw,
) {
  // The times of the plan are made up: they are not replayed.
  const plan = load(count, everyUs).map(({ arrivalUs, promptTokens, outputTokens }, i) => [
    ...[i, seconds(arrivalUs), promptTokens, outputTokens],
    ...[seconds(arrivalUs + 1e6), seconds(arrivalUs + 2e6)],
  ]);
  writeFileSync(path(name), csv(plan));
  const { run, inputs, measured } = await openValidation(path(name), path('study.yaml'));
  const { ttftUs, e2elUs } = await replay(withLaw(run, { law, frontEndUs: null }), inputs);
  const rows = measured.requests.map(({ arrivalUs, promptTokens, outputTokens }, i) => [
    ...[i, seconds(arrivalUs), promptTokens, outputTokens],
    ...[seconds(arrivalUs + ttftUs[i]!), seconds(arrivalUs + e2elUs[i]!)],
  ]);
  writeFileSync(path(name), csv(rows));
  return path(name);
}

const truth = (scale: number, step_overhead_us: number): CalibrationLaw => ({
  form: 'scale',
  scale,
  step_overhead_us,
  prompt_step_overhead_us: 0,
});

describe('a calibration of kernel times', () => {
  it('finds the scale of a run at one load, keeps the overhead, and scores each half with the other', async () => {
    const path = folderWith({ 'study.yaml': STUDY });
    const file = await measure(path, 'full.csv', 80, 100_000, truth(1.07, 300));
    const { calibration, runs } = await calibrate([file], path('study.yaml'));
    const { law } = calibration;
    if (law.form !== 'scale') throw new Error('expected a scale');
    expect(law.scale).toBeCloseTo(1.07, 2);
    expect([law.step_overhead_us, law.prompt_step_overhead_us]).toEqual([300, 0]);
    expect(runs[0]!.before!.meanAbsErrorPercent).toBeGreaterThan(4);
    expect(runs[0]!.after.meanAbsErrorPercent).toBeLessThan(0.3);
    expect(calibration.cross_validation.map(({ fitted_on, scored_on }) => [fitted_on, scored_on])).toEqual([
      ['full.csv, even ids', 'full.csv, odd ids'],
      ['full.csv, odd ids', 'full.csv, even ids'],
    ]);
    expect(Math.max(...calibration.cross_validation.map(({ percent }) => percent))).toBeLessThan(1);
    expect(calibration.notes.join('\n')).toContain('not identified (one run tells one number): the overhead of a step');
  });

  it('finds an overhead where that fits the run better than a scale does', async () => {
    const path = folderWith({ 'study.yaml': STUDY });
    const file = await measure(path, 'full.csv', 80, 100_000, truth(1, 2500));
    const { law } = (await calibrate([file], path('study.yaml'))).calibration;
    expect(law).toMatchObject({ form: 'scale', scale: 1 });
    expect(law.form === 'scale' && law.step_overhead_us).toBeGreaterThan(2300);
    expect(law.form === 'scale' && law.step_overhead_us).toBeLessThan(2700);
  });

  it('finds both from a run at light load and one that fills the server, and tests each on the other', async () => {
    const path = folderWith({ 'study.yaml': STUDY });
    const light = await measure(path, 'light.csv', 40, 3_000_000, truth(0.92, 3000));
    const full = await measure(path, 'full.csv', 80, 100_000, truth(0.92, 3000));
    const { calibration } = await calibrate([light, full], path('study.yaml'));
    const { law } = calibration;
    if (law.form !== 'scale') throw new Error('expected a scale');
    expect(law.scale).toBeCloseTo(0.92, 2);
    expect(law.step_overhead_us / 3000).toBeCloseTo(1, 1);
    // A run alone tells one number, so the two of both cannot be tested on it.
    expect(calibration.cross_validation.map(({ fitted_on, scored_on }) => [fitted_on, scored_on])).toEqual([
      ['light.csv (one number)', 'full.csv'],
      ['full.csv (one number)', 'light.csv'],
    ]);
  });

  it('does not calibrate a calibration: one that the study names is set aside', async () => {
    const path = folderWith({ 'study.yaml': STUDY });
    const file = await measure(path, 'full.csv', 40, 100_000, truth(1.07, 300));
    const first = await calibrate([file], path('study.yaml'));
    writeCalibration(path('calibration.json'), first.calibration);
    writeFileSync(path('again.yaml'), STUDY.replace('front_end: 2ms', 'front_end: 2ms, calibration: calibration.json'));
    expect(await calibrate([file], path('again.yaml'))).toEqual(first);
  });

  it('refuses the same run twice, under another name and packed, too', async () => {
    const path = folderWith({ 'study.yaml': STUDY });
    const file = await measure(path, 'full.csv', 40, 100_000, truth(1, 300));
    await expect(calibrate([file, file], path('study.yaml'))).rejects.toThrow('given twice; expected different runs.');
    writeFileSync(path('copy.csv.gz'), gzipSync(readFileSync(file)));
    await expect(calibrate([file, path('copy.csv.gz')], path('study.yaml'))).rejects.toThrow(
      `copy.csv.gz: the same run as ${file}; expected different runs.`,
    );
  });

  it('writes no number that makes nothing better', async () => {
    const path = folderWith({ 'study.yaml': STUDY });
    const file = await measure(path, 'full.csv', 40, 100_000, truth(1, 300));
    await expect(calibrate([file], path('study.yaml'))).rejects.toThrow(
      /^full\.csv: no scale and no overhead .* than the study as it stands \(mean \|error\| [\d.]+ %\), so there is nothing/,
    );
  });

  it('of one request has no halves to test, and says none', async () => {
    const path = folderWith({ 'study.yaml': STUDY });
    const file = await measure(path, 'one.csv', 1, 100_000, truth(1.07, 300));
    const { calibration, numbers } = await calibrate([file], path('study.yaml'));
    expect(calibration.cross_validation).toEqual([]);
    expect(numbers.map(({ range }) => range)).toEqual([null, null, null]);
  });

  it('notes a few requests that the study refuses, and is refused with many', async () => {
    const path = folderWith({ 'study.yaml': STUDY });
    const file = await measure(path, 'full.csv', 80, 100_000, truth(1.07, 300));
    const refusing = (tokens: number) => ({
      set: [`deployment.max_model_len=${tokens}`, 'workload.long_prompts=reject'],
    });
    // The longest prompts have 1,600 tokens, every sixteenth request; a prompt of 1,500 with its output fits into 1,600.
    await expect(calibrate([file], path('study.yaml'), refusing(1500))).rejects.toThrow(
      /full\.csv: \d+ of 80 requests that the server served are refused or cut short in the replay, so the study does not/,
    );
    // One of 80 alone reaches 1,700 tokens: 1,600 and an output of 100 or more.
    const longest = load(80, 1).map(({ promptTokens, outputTokens }) => promptTokens + outputTokens);
    const [first, second] = [...longest].sort((a, b) => b - a);
    expect(first! - second!).toBeGreaterThan(0);
    const { calibration } = await calibrate([file], path('study.yaml'), refusing(first! - 1));
    expect(calibration.notes).toContain(
      'full.csv: 1 of 80 requests that the server served are refused or cut short in the replay',
    );
  });

  it('a study that cannot be simulated is a mistake, not hardware without kernel times', async () => {
    const path = folderWith({ 'study.yaml': STUDY.replace('rtx4090', 'h100-sxm\n  interconnect: pcie_host') });
    const file = path('run.csv');
    writeFileSync(file, csv([[0, 0, 100, 10, 1, 2]]));
    await expect(calibrate([file], path('study.yaml'), { set: ['deployment.tensor_parallel_size=2'] })).rejects.toThrow(
      'h100-sxm GPUs are joined by NVLink. Leave interconnect out.',
    );
  });

  it('leaves out what was measured as 0', async () => {
    const path = folderWith({ 'study.yaml': STUDY });
    // All tokens of a request came at once, so every TPOT is 0; the other latencies remain.
    const rows = Array.from({ length: 20 }, (_, i) => [i, i / 10, 100, 10, i / 10 + 0.02, i / 10 + 0.02]);
    writeFileSync(path('run.csv'), csv(rows));
    const { calibration } = await calibrate([path('run.csv')], path('study.yaml'));
    expect(calibration.error_percent).toBeGreaterThan(0);
    expect(calibration.error_percent).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});

const CPU_STUDY = STUDY.replace('rtx4090', '{ name: some-cpu, memory_gib: 24 }').replace(
  '--num-gpu-blocks-override',
  '--max-num-batched-tokens 1024 --no-async-scheduling --num-gpu-blocks-override',
);

const law: StepModelCalibration = {
  form: 'step_model',
  base_us: 17_000,
  per_decode_us: 700,
  per_prompt_token_us: 200,
  per_context_token_us: 1.5,
};

/** What `vllm bench serve --save-detailed` would write of a server that follows the law. */
function bench(everyUs: number, changed: object = {}): string {
  const requests = serve(load(100, everyUs), { law, frontEndUs: 8000, stepTokens: 1024, spreadUs: 50 });
  return JSON.stringify({
    ...changed,
    num_prompts: requests.length,
    total_input_tokens: 1,
    request_throughput: 1,
    input_lens: requests.map(({ promptTokens }) => promptTokens),
    output_lens: requests.map(({ outputTokens }) => outputTokens),
    start_times: requests.map(({ arrivalUs }) => arrivalUs / 1e6),
    ttfts: requests.map(({ arrivalUs, tokenTimesUs }) => (tokenTimesUs[0]! - arrivalUs) / 1e6),
    itls: requests.map(({ tokenTimesUs }) => tokenTimesUs.slice(1).map((us, i) => (us - tokenTimesUs[i]!) / 1e6)),
    errors: requests.map(() => ''),
  });
}

describe('a calibration of hardware without kernel times', () => {
  it('predicts another load of the server from one', async () => {
    const path = folderWith({ 'study.yaml': CPU_STUDY, 'light.json': bench(1_500_000), 'busy.json': bench(500_000) });
    const { calibration, runs } = await calibrate([path('light.json')], path('study.yaml'));
    expect(calibration.law.form).toBe('step_model');
    expect(runs[0]!.before).toBeNull();
    expect(runs[0]!.after.meanAbsErrorPercent).toBeLessThan(3);
    const { run, inputs, measured } = await openValidation(path('busy.json'), path('study.yaml'));
    const simulated = await replay(
      withLaw(run, { law: calibration.law, frontEndUs: calibration.front_end_us }),
      inputs,
    );
    expect(compareRuns(measuredLatencies(measured, 'arrival', ''), simulated).meanAbsErrorPercent).toBeLessThan(5);
  });

  it('tells the error of held-out step durations beside that of a replay', async () => {
    const path = folderWith({ 'study.yaml': CPU_STUDY, 'light.json': bench(1_500_000) });
    const { calibration, basis } = await calibrate([path('light.json')], path('study.yaml'));
    expect(calibration.cross_validation).toHaveLength(2);
    // The made-up server follows the law exactly.
    for (const { step_percent } of calibration.cross_validation) expect(step_percent).toBeLessThan(2);
    expect(basis.join('\n')).toMatch(/half of the durations are within [\d.]+ % of the law/);
  });

  it('says that a closed loop was replayed as it was sent, unless the bound is kept', async () => {
    const closed = bench(1_500_000, { max_concurrency: 4 });
    const path = folderWith({ 'study.yaml': CPU_STUDY, 'closed.json': closed });
    const notes = async (...set: string[]) =>
      (await calibrate([path('closed.json')], path('study.yaml'), { set })).calibration.notes.join('\n');
    expect(await notes()).toMatch(
      /closed\.json was measured in a closed loop \(max_concurrency 4\) .* --set workload\.max_concurrency=4/,
    );
    expect(await notes('workload.max_concurrency=4')).not.toContain('closed loop');
  });

  it.each([
    ['replicas: 2', /is read off the steps of one engine, not of several \(replicas\)/],
    ['data_parallel_size: 2', /not of several \(data_parallel_size\)/],
    ['pipeline_parallel_size: 2', /knows no pipeline_parallel_size/],
  ])('%s cannot be told from token times', async (line, message) => {
    const path = folderWith({ 'study.yaml': `${CPU_STUDY}  ${line}\n`, 'light.json': bench(1_500_000) });
    await expect(calibrate([path('light.json')], path('study.yaml'))).rejects.toThrow(message);
  });

  it('refuses a run that tells no decodes, and says what is needed', async () => {
    const path = folderWith({ 'study.yaml': CPU_STUDY });
    const one = Array.from({ length: 100 }, (_, i) => i);
    const text = JSON.stringify({
      ...{ num_prompts: 100, total_input_tokens: 1, request_throughput: 1 },
      ...{ input_lens: one.map((i) => 100 + i), output_lens: one.map(() => 1), start_times: one },
      ...{ ttfts: one.map((i) => 0.05 + 1e-4 * i), itls: one.map(() => []), errors: one.map(() => '') },
    });
    writeFileSync(path('prompts.json'), text);
    await expect(calibrate([path('prompts.json')], path('study.yaml'))).rejects.toThrow(
      'prompts.json: the cost of a decode cannot be told: no step of the runs had any. Expected a run of 100 requests',
    );
  });

  it('needs the times of tokens', async () => {
    const path = folderWith({ 'study.yaml': CPU_STUDY, 'run.csv': csv([[0, 0, 100, 10, 1, 2]]) });
    await expect(calibrate([path('run.csv')], path('study.yaml'))).rejects.toThrow(
      'run.csv: has no times of single tokens, from which step times of some-cpu could be read. Measure with vllm bench ' +
        'serve --save-result --save-detailed.',
    );
  });
});

describe('the file of a calibration', () => {
  it('is read as it was written, and nothing is left beside it', async () => {
    const path = folderWith({ 'study.yaml': CPU_STUDY, 'light.json': bench(1_500_000) });
    const { calibration } = await calibrate([path('light.json')], path('study.yaml'));
    writeCalibration(path('calibration.json'), calibration);
    expect(parseCalibration(JSON.parse(readFileSync(path('calibration.json'), 'utf8')), 'c')).toEqual(calibration);
    expect(existsSync(`${path('calibration.json')}.partial-${process.pid}`)).toBe(false);
  });

  it('a name under which nothing can be written is refused beforehand', () => {
    const path = folderWith({});
    expect(() => checkCalibrationFile(path('no/such.json'))).toThrow('does not exist.');
    expect(() => checkCalibrationFile(path('.'))).toThrow('is a folder; expected the name of a file');
    writeFileSync(path('file'), '');
    expect(() => checkCalibrationFile(path('file/c.json'))).toThrow('is not a folder.');
    expect(() => checkCalibrationFile(path('file/no/c.json'))).toThrow('does not exist.');
    expect(() => checkCalibrationFile('/dev/null')).toThrow('/dev/null: is no regular file; expected one.');
    expect(() => checkCalibrationFile(path('file'), [path('./file')])).toThrow('would be overwritten');
  });
});

const MEASURED = new URL('../../../../shared/ground-truth/', import.meta.url).pathname;

describe.skipIf(!existsSync(MEASURED))('on measured runs (skipped where they are not at hand)', () => {
  it('a vLLM server on a CPU: fitted at light load, its saturated run is predicted within 10 %, preemptions within 20 %', async () => {
    const path = folderWith({
      'study.yaml': `deployment:
  serve: >-
    vllm serve ${MEASURED}cpu-vllm/model-config.json --max-model-len 2048 --max-num-seqs 32 --max-num-batched-tokens 1024
    --block-size 128 --num-gpu-blocks-override 56 --no-async-scheduling --enforce-eager
  gpu: { name: xeon-amx, memory_gib: 8 }
`,
    });
    const { calibration } = await calibrate([`${MEASURED}cpu-vllm/B1.json`], path('study.yaml'));
    const { run, inputs, measured } = await openValidation(`${MEASURED}cpu-vllm/B3.json`, path('study.yaml'));
    const simulated = await replay(
      withLaw(run, { law: calibration.law, frontEndUs: calibration.front_end_us }),
      inputs,
    );
    const { cells } = compareRuns(measuredLatencies(measured, 'arrival', ''), simulated);
    const means = cells
      .filter(({ statistic }) => statistic === 'mean')
      .map(({ errorPercent }) => Math.abs(errorPercent));
    expect(Math.max(...means)).toBeLessThan(10);
    expect(Math.abs(simulated.preemptions / 45 - 1)).toBeLessThan(0.2);
  });

  it.each([
    ['rtx4090', 'RTX4090', '--max-model-len 32768 --max-num-seqs 256 --num-gpu-blocks-override 2588', 0.5],
    ['rtxpro6000', 'RTXPRO6000', '--max-num-seqs 128 --num-gpu-blocks-override 36578', 1.2],
  ])(
    '%s with its kernel profile and one number: fitted on half of the ids, the other half within the bar',
    async (gpu, profile, flags, bar) => {
      const runs = `${MEASURED}llmservingsim/`;
      const path = folderWith({
        'study.yaml': `deployment:
  serve: vllm serve meta-llama/Llama-3.1-8B --max-num-batched-tokens 2048 ${flags}
  gpu: ${gpu}
  latency: { front_end: 2ms, step_overhead: 0ms, profile: ${runs}kernel-profiles/${profile}/meta-llama/Llama-3.1-8B/bf16 }
`,
      });
      const { calibration } = await calibrate([`${runs}${gpu}-llama-3.1-8b/requests.csv`], path('study.yaml'));
      expect(calibration.error_percent).toBeLessThan(bar);
      for (const { percent } of calibration.cross_validation) expect(percent).toBeLessThan(bar);
    },
  );
});
