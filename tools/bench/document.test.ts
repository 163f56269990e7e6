import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BenchDocument } from './document.ts';

beforeEach(() => vi.spyOn(console, 'log').mockImplementation(() => undefined));
afterEach(() => vi.restoreAllMocks());

const newFile = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), 'bench-')), 'found.md');

it('writes facts, tables and remarks, and leaves the text around them alone', async () => {
  const path = await newFile();
  const document: BenchDocument = new BenchDocument('npm run bench', () => document.save(path));
  document.addFacts({ Memory: '1 GiB' });
  document.remark('One peer is missing.');
  const add = document.table('A step', 'Milliseconds.', ['pixels', 'eager']);
  document.table('Never filled', 'Nothing.', ['pixels']);
  await add(['65²', '12.5']);
  const first = await readFile(path, 'utf8');
  expect(first).toContain(
    '- Memory: 1 GiB\n\n## A step\n\nMilliseconds.\n\n| pixels | eager |\n| -----: | ----: |\n|    65² |  12.5 |\n\n',
  );
  expect(first).toContain('## Remarks\n\n- One peer is missing.\n');
  expect(first).not.toContain('Never filled');

  await writeFile(path, `${first}\nWhat people say.\n`);
  await add(['129²', '30.0']);
  const second = await readFile(path, 'utf8');
  expect(second).toContain('|   129² |  30.0 |');
  expect(second.match(/What people say\.\n$/)).not.toBeNull();
  expect(second.match(/## A step/g)).toHaveLength(1);
});

it('refuses a file without a place for the tables', async () => {
  const path = await newFile();
  const document = new BenchDocument('npm run bench', () => Promise.resolve());
  await document.checkPlace(path);
  await writeFile(path, '# Something else\n');
  await expect(document.checkPlace(path)).rejects.toThrow(
    /found\.md has no lines "<!-- npm run bench: begin -->"/,
  );
});
