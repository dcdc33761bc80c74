import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { studyJsonSchema } from '../../src/config/schema.ts';

describe('schema/study.json', () => {
  test('is what `npm run schema` writes', () => {
    const file = readFileSync(new URL('../../schema/study.json', import.meta.url), 'utf8');
    expect(JSON.parse(file)).toEqual(studyJsonSchema());
  });

  test('describes every setting of a study and a deployment', () => {
    const undescribed = (properties: object) =>
      Object.entries(properties).filter(
        ([, property]) => (property as { description?: string }).description === undefined,
      );
    const schema = studyJsonSchema() as { properties: Record<string, { properties: object }> };
    expect(undescribed(schema.properties)).toEqual([]);
    expect(undescribed(schema.properties.deployment!.properties)).toEqual([]);
    expect(undescribed(schema.properties.workload!.properties)).toEqual([]);
  });
});
