import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { contents, folderWith, interrupted, servesim } from './servesim.ts';

const STUDY = `# Does it fit?
name: tiny
deployment: { serve: vllm serve meta-llama/Llama-3.1-8B-Instruct --max-model-len 8k, gpu: h100-sxm }
workload: { synthetic: chat, request_rate: 4, num_requests: 200 }
slo: { ttft_p99: 2s, tpot_p99: 60ms }
`;
const AZURE = `TIMESTAMP,ContextTokens,GeneratedTokens
2023-11-16 18:17:03.9799600,374,44
2023-11-16 18:17:04.0319600,396,109
2023-11-16 18:17:04.0781490,879,55
`;
const RUN_FILES = ['config.yaml', 'report.html', 'report.json', 'requests.parquet', 'summary.json', 'timeline.parquet'];
const traceStudy = (trace: string) =>
  `deployment: { model: llama-3.1-8b, gpu: h100-sxm }\nworkload: { trace: ${trace} }\n`;

describe('servesim run', () => {
  it('prints the question, an answer, the numbers and the conservation line', () => {
    const { code, stdout, stderr } = servesim(folderWith({ 'tiny.yaml': STUDY }), 'run', 'tiny.yaml');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tiny\nDoes it fit\?\n\nThe SLO is met: /);
    for (const name of ['TTFT', 'TPOT', 'ITL', 'E2EL', 'Preemptions', 'Prefix cache']) expect(stdout).toContain(name);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'arrived 200 = finished 200 + rejected 0 + aborted 0 + waiting 0 + running 0; KV blocks in use 0',
    );
  });

  it('writes the resolved configuration, summary, requests and timeline of each run, and a report', () => {
    const folder = folderWith({ 'tiny.yaml': STUDY });
    const { stdout } = servesim(folder, 'run', 'tiny.yaml', '-o', 'out', '--seeds', '2');
    expect(stdout).toContain('Report: out/report.html');
    const names = [...contents(join(folder, 'out')).keys()];
    const runs = [...new Set(names.filter((name) => name.startsWith('runs/')).map((name) => name.split('/')[1]))];
    expect(runs).toHaveLength(2);
    expect(names).toEqual(
      [
        ...['report.html', 'statistics.csv', 'study.json', 'summary.csv', 'summary.parquet'],
        ...runs.flatMap((id) => RUN_FILES.map((file) => `runs/${id}/${file}`)),
      ].sort(),
    );
  });

  it('gives the same bytes again, each time in a process of its own', () => {
    const folder = folderWith({ 'tiny.yaml': STUDY });
    servesim(folder, 'run', 'tiny.yaml', '-o', 'first');
    servesim(folder, 'run', 'tiny.yaml', '-o', 'second');
    const first = contents(join(folder, 'first'));
    expect(first.size).toBeGreaterThan(RUN_FILES.length);
    expect(contents(join(folder, 'second'))).toEqual(first);
  });

  it('gives the same bytes when a run is repeated from its own configuration', () => {
    const folder = folderWith({ 'tiny.yaml': traceStudy('azure.csv'), 'azure.csv': AZURE });
    servesim(folder, 'run', 'tiny.yaml', '-o', 'first');
    const first = contents(join(folder, 'first'));
    const config = [...first.keys()].find((name) => name.endsWith('config.yaml'))!;
    expect(servesim(folder, 'run', join('first', config), '-o', 'second').stderr).toBe('');
    const second = contents(join(folder, 'second'));
    // The study's name is the label of a summary; everything else must be the same, the folder's name (run id) too.
    const measured = (files: Map<string, Buffer>) =>
      [...files]
        .filter(([name]) => /summary\.json|(requests|timeline)\.parquet/.test(name))
        .map(([name, bytes]) => [name, bytes.toString('latin1').replace(/"label": .*/, '')]);
    expect(measured(second)).toEqual(measured(first));
  });

  it('writes requests that read back as the table that was simulated', async () => {
    const folder = folderWith({ 'trace.yaml': traceStudy('azure.csv'), 'azure.csv': AZURE });
    servesim(folder, 'run', 'trace.yaml', '-o', 'out');
    const name = [...contents(join(folder, 'out')).keys()].find((file) => file.endsWith('requests.parquet'))!;
    const bytes = readFileSync(join(folder, 'out', name));
    const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    expect(rows.map((row) => [row.request_id, row.prompt_tokens, row.output_tokens, row.finish_reason])).toEqual([
      [0, 374, 44, 'stop'],
      [1, 396, 109, 'stop'],
      [2, 879, 55, 'stop'],
    ]);
    expect(rows.map((row) => row.arrival_s)).toEqual([0, 0.052, 0.098189]);
  });

  it('reads a gzip trace whatever its name', () => {
    const folder = folderWith({ 'trace.yaml': traceStudy('azure.csv'), 'azure.csv': gzipSync(AZURE) });
    expect(servesim(folder, 'run', 'trace.yaml').stdout).toContain('arrived 3 = finished 3');
  });

  it('prints JSON alone with --json', () => {
    const { stdout } = servesim(folderWith({ 'tiny.yaml': STUDY }), 'run', 'tiny.yaml', '--json');
    const { runs } = JSON.parse(stdout) as { runs: { summary: Record<string, unknown> }[] };
    expect(runs[0]!.summary).toMatchObject({ num_prompts: 200, completed: 200, failed: 0 });
  });

  it('only plans with --dry-run', () => {
    const folder = folderWith({ 'tiny.yaml': `${STUDY}sweep: { deployment.max_model_len: [4096, 8192] }\nseeds: 3\n` });
    const { code, stdout } = servesim(folder, 'run', 'tiny.yaml', '--dry-run', '-o', 'out');
    expect(code).toBe(0);
    expect(stdout).toContain('6 runs; every deployment starts.');
    expect([...contents(folder).keys()]).toEqual(['tiny.yaml']);
  });

  it('meets every variant of a sweep with the same arrivals', () => {
    const folder = folderWith({ 'tiny.yaml': `${STUDY}sweep: { deployment.max_num_seqs: [4, 64] }\n` });
    const { stdout } = servesim(folder, 'run', 'tiny.yaml', '--json');
    const { runs } = JSON.parse(stdout) as { runs: { summary: Record<string, number> }[] };
    const [few, many] = runs.map(({ summary }) => summary);
    expect(few!.total_input_tokens).toBe(many!.total_input_tokens);
    expect(few!.mean_ttft_ms).toBeGreaterThan(many!.mean_ttft_ms!);
  });

  it('tells which variants of a sweep would not start, and simulates the others', () => {
    const sweep = 'sweep: { deployment.tensor_parallel_size: [1, 4] }\n';
    const study = `${STUDY.replace('Llama-3.1-8B', 'Llama-3.1-70B')}${sweep}`;
    const folder = folderWith({ 'tiny.yaml': study });
    const { code, stdout, stderr } = servesim(folder, 'run', 'tiny.yaml', '-o', 'out');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/Does not start\n- tensor_parallel_size=1: llama-3\.1-70b leaves no memory for KV blocks/);
    expect(readFileSync(join(folder, 'out/report.html'), 'utf8')).toContain('What does not start');
    expect(servesim(folder, 'run', 'tiny.yaml', '--dry-run').stdout).toContain(
      '1 run; 1 of the variants would not start.',
    );
  });

  it('takes a model from its config.json', () => {
    const config = {
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      hidden_size: 4096,
      intermediate_size: 14336,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      vocab_size: 128256,
      max_position_embeddings: 131072,
      tie_word_embeddings: false,
      torch_dtype: 'bfloat16',
    };
    const study = STUDY.replace('meta-llama/Llama-3.1-8B-Instruct', './config.json');
    const folder = folderWith({ 'tiny.yaml': STUDY, 'own.yaml': study, 'config.json': JSON.stringify(config) });
    const meanTtft = (file: string) =>
      (JSON.parse(servesim(folder, 'run', file, '--json').stdout) as { runs: { summary: { mean_ttft_ms: number } }[] })
        .runs[0]!.summary.mean_ttft_ms;
    expect(meanTtft('own.yaml')).toBe(meanTtft('tiny.yaml'));
  });
});

describe('bad input ends with exit code 2, one clear message, and nothing written', () => {
  const llama = 'deployment: { model: llama-3.1-8b, gpu: h100-sxm }\n';
  const inline = (input: number) =>
    `{ arrivals: { process: poisson }, lengths: { input: { constant: ${input} }, output: { constant: 9 } } }`;
  const cases: [what: string, files: Record<string, string | Uint8Array>, message: RegExp, args?: string[]][] = [
    ['a missing study', {}, /^servesim: study\.yaml: no such file\.$/],
    ['a study that is no YAML', { 'study.yaml': 'deployment: {' }, /study\.yaml:1:\d+: /],
    [
      'a value of the wrong type',
      { 'study.yaml': `${llama}workload: { synthetic: chat, num_requests: many }\n` },
      /study\.yaml:2:44 workload\.num_requests: read "many", expected a whole number/,
    ],
    [
      'a misspelt key',
      { 'study.yaml': `${llama}workload: { synthetic: chat, num_request: 3 }\n` },
      /study\.yaml:2:30 workload: unknown key "num_request"\. Did you mean "num_requests"\?/,
    ],
    [
      'an unknown flag',
      {
        'study.yaml':
          'deployment:\n  serve: vllm serve llama-3.1-8b --max-modle-len 8192\n  gpu: h100-sxm\nworkload: { synthetic: chat, num_requests: 3 }\n',
      },
      /study\.yaml:2:\d+ deployment\.serve: .*"--max-modle-len"\. Did you mean "--max-model-len"\?/,
    ],
    [
      'a flag that changes the outcome but is not modelled',
      {
        'study.yaml':
          'deployment:\n  serve: vllm serve llama-3.1-8b --enable-lora\n  gpu: h100-sxm\nworkload: { synthetic: chat, num_requests: 3 }\n',
      },
      /--enable-lora.*not modelled/,
    ],
    [
      'an unknown GPU',
      {
        'study.yaml':
          'deployment: { model: llama-3.1-8b, gpu: h100sxm }\nworkload: { synthetic: chat, num_requests: 3 }\n',
      },
      /study\.yaml:1:41 deployment\.gpu: no GPU "h100sxm".* Did you mean "h100-sxm"\?/,
    ],
    [
      'an unknown model',
      {
        'study.yaml':
          'deployment: { model: lama-3.1-8b, gpu: h100-sxm }\nworkload: { synthetic: chat, num_requests: 3 }\n',
      },
      /study\.yaml:1:22 deployment\.model: no model "lama-3\.1-8b".* Did you mean "llama-3\.1-8b"\?/,
    ],
    [
      'engines with experts in a pipeline',
      {
        'study.yaml':
          'deployment: { model: mixtral-8x7b, gpu: h100-sxm, pipeline_parallel_size: 2, data_parallel_size: 2 }\nworkload: { synthetic: chat, num_requests: 3 }\n',
      },
      /data-parallel engines of mixtral-8x7b wait for each other .* in a pipeline that is not modelled/,
    ],
    [
      'a GPU nobody measured',
      {
        'study.yaml':
          'deployment: { model: llama-3.2-1b, gpu: { name: xeon-amx, memory_gib: 64 } }\nworkload: { synthetic: chat, num_requests: 3 }\n',
      },
      /xeon-amx is not in the catalog.*h100-sxm/,
    ],
    [
      'a model that does not fit',
      {
        'study.yaml':
          'deployment: { model: llama-3.1-70b, gpu: h100-sxm }\nworkload: { synthetic: chat, num_requests: 3 }\n',
      },
      /llama-3\.1-70b leaves no memory for KV blocks on h100-sxm/,
    ],
    [
      'a max_model_len that does not fit',
      {
        'study.yaml':
          'deployment: { model: llama-3.1-8b, gpu: rtx4090 }\nworkload: { synthetic: chat, num_requests: 3 }\n',
      },
      /max_model_len/,
    ],
    [
      'a negative rate',
      { 'study.yaml': `${llama}workload: { synthetic: chat, num_requests: 3, request_rate: -1 }\n` },
      /study\.yaml:2:\d+ workload\.request_rate: read -1, expected requests per second above 0/,
    ],
    [
      'a workload without an end',
      { 'study.yaml': `${llama}workload: { synthetic: chat }\n` },
      /study\.yaml:2:11 workload: .*num_requests or duration/,
    ],
    [
      'prompts that are all longer than max_model_len',
      { 'study.yaml': `${llama}workload: { synthetic: ${inline(200_000)}, request_rate: 1, num_requests: 5 }\n` },
      /every request is refused: the shortest prompt has 200000 tokens, but max_model_len is 131072/,
    ],
    [
      'a trace row whose prompt is longer than max_model_len',
      { 'study.yaml': traceStudy('t.csv'), 't.csv': AZURE.replace('396', '131072') },
      /t\.csv:3: a prompt of 131072 tokens, but max_model_len is 131072/,
    ],
    [
      'a missing trace',
      { 'study.yaml': traceStudy('none.csv') },
      /study\.yaml:2:20 workload\.trace: none\.csv: no such file/,
    ],
    ['an empty trace', { 'study.yaml': traceStudy('t.csv'), 't.csv': '' }, /t\.csv: the trace is empty/],
    [
      'a trace without rows',
      { 'study.yaml': traceStudy('t.csv'), 't.csv': AZURE.split('\n')[0]! },
      /t\.csv: .*no rows/,
    ],
    [
      'a broken CSV row',
      { 'study.yaml': traceStudy('t.csv'), 't.csv': AZURE.replace('396', 'x') },
      /t\.csv:3: ContextTokens is "x"/,
    ],
    [
      'a truncated gzip trace',
      { 'study.yaml': traceStudy('t.csv.gz'), 't.csv.gz': gzipSync(AZURE.repeat(200)).subarray(0, 60) },
      /t\.csv\.gz: the gzip data ends early; the file is truncated/,
    ],
    [
      'an unknown option',
      { 'study.yaml': STUDY },
      /Unknown argument: outptu\. Did you mean "output"\?/,
      ['--outptu', 'x'],
    ],
    [
      'an unknown path in --set',
      { 'study.yaml': STUDY },
      /--set deployment\.max_modle_len=8.*Did you mean "max_model_len"\?/,
      ['--set', 'deployment.max_modle_len=8'],
    ],
    [
      'admission limits that let nobody in',
      { 'study.yaml': STUDY.replace('gpu: h100-sxm', 'gpu: h100-sxm, max_num_queued_reqs: 0') },
      /max_num_queued_reqs/,
    ],
    [
      'more seeds than anyone can run',
      { 'study.yaml': STUDY },
      /--seeds 99999999999: expected/,
      ['--seeds', '99999999999'],
    ],
    ['a seed twice', { 'study.yaml': STUDY }, /--seeds 1,2,1: read 1 twice, expected/, ['--seeds', '1,2,1']],
    ['seeds that are no numbers', { 'study.yaml': STUDY }, /--seeds zero: expected/, ['--seeds', 'zero']],
  ];

  it.each(cases)('%s', (_what, files, message, args = []) => {
    const folder = folderWith(files);
    const { code, stdout, stderr } = servesim(folder, 'run', 'study.yaml', '-o', 'out', ...args);
    expect(stderr.trim()).toMatch(message);
    expect(stderr).not.toContain('    at ');
    expect(stdout).toBe('');
    expect(code).toBe(2);
    expect([...contents(folder).keys()].sort()).toEqual(Object.keys(files).sort());
  });

  it('an output folder that cannot be made', () => {
    const folder = folderWith({ 'study.yaml': STUDY, out: 'a file' });
    const { code, stderr } = servesim(folder, 'run', 'study.yaml', '-o', 'out');
    expect(code).toBe(2);
    expect(stderr).toContain('out: results cannot be written there');
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const study = STUDY.replace('num_requests: 200', 'num_requests: 1000000');
    const folder = folderWith({ 'study.yaml': study });
    const { code, signal } = await interrupted(folder, 'run', 'study.yaml', '-o', 'out');
    expect([code, signal]).toEqual([130, null]);
    expect([...contents(folder).keys()]).toEqual(['study.yaml']);
  });

  it('leaves earlier results as they are', () => {
    const folder = folderWith({ 'study.yaml': STUDY, 'bad.yaml': traceStudy('none.csv') });
    servesim(folder, 'run', 'study.yaml', '-o', 'out');
    const before = contents(join(folder, 'out'));
    expect(servesim(folder, 'run', 'bad.yaml', '-o', 'out').code).toBe(2);
    expect(contents(join(folder, 'out'))).toEqual(before);
  });
});
