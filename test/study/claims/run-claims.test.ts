import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runClaims } from '../../../src/study/claims/run-claims.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claims-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const write = (name: string, id: string) =>
  writeFileSync(join(folder, name), `claim: { id: ${id}, says: x. }\nexpect: [{ what: x, quantity: 1, claimed: 1 }]\n`);

it('claims of a folder come in the order of their files', async () => {
  write('b1.yaml', 'B1');
  write('b2.yaml', 'B2');
  const { claims } = await runClaims(folder, () => {});
  expect(claims.map(({ id, verdict }) => [id, verdict])).toEqual([
    ['B1', 'holds'],
    ['B2', 'holds'],
  ]);
});

it('two claims with one id are refused, by the names of both files', async () => {
  write('b1.yaml', 'B1');
  write('b2.yaml', 'B1');
  await expect(runClaims(folder, () => {})).rejects.toThrow(
    `${join(folder, 'b2.yaml')}:1:14 claim.id: read "B1", which ${join(folder, 'b1.yaml')} has as well`,
  );
});

it('a folder without any claim is told once what a folder means, and to name a file', async () => {
  for (const name of ['a.yaml', 'b.yaml']) writeFileSync(join(folder, name), 'deployment: {}\n');
  await expect(runClaims(folder, () => {})).rejects.toThrow(
    `${folder}: is a folder, and run FOLDER tests the claims in it; none of its 2 *.yaml files has claim:. For a study expected its file, such as ${join(folder, 'a.yaml')}.`,
  );
});
