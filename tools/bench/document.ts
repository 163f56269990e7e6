/** What the benchmark found, on the screen while it goes on and in a file. */
import { atomicWrite } from '@plumbline/data';
import { readFile } from 'node:fs/promises';
import { markdown, type Table } from './table.ts';
import type { About } from './protocol.ts';

const BEGIN = '<!-- npm run bench: begin -->';
const END = '<!-- npm run bench: end -->';

/** `content` in place of what stands between the marks of `text`; the text around them is people's. */
export function between(text: string, content: string, path: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) {
    throw new Error(
      `${path} has no lines "${BEGIN}" and "${END}": put them where the tables belong, or name another file.`,
    );
  }
  return `${text.slice(0, begin)}${BEGIN}\n\n${content}\n\n${text.slice(end)}`;
}

export class BenchDocument {
  readonly #about = new Map<string, string>();
  readonly #tables: Table[] = [];
  readonly #remarks = new Set<string>();
  readonly #command: string;
  readonly #changed: () => Promise<void>;

  /** @param changed runs after every row. */
  constructor(command: string, changed: (document: BenchDocument) => Promise<void>) {
    this.#command = command;
    this.#changed = () => changed(this);
  }

  addFacts(about: About): void {
    for (const [name, value] of Object.entries(about)) this.#about.set(name, value);
  }

  /** Something that readers of the numbers must know; said once. */
  remark(sentence: string): void {
    if (!this.#remarks.has(sentence)) console.log(sentence);
    this.#remarks.add(sentence);
  }

  /** A table to which rows are added as they are found. */
  table(title: string, note: string, columns: readonly string[]): (row: readonly string[]) => Promise<void> {
    const rows: (readonly string[])[] = [];
    this.#tables.push({ title, note, columns, rows });
    return async (row) => {
      rows.push(row);
      console.log(`${title}: ${columns.map((name, k) => `${name} ${row[k] ?? ''}`).join(', ')}`);
      await this.#changed();
    };
  }

  markdown(): string {
    const facts = [...this.#about].map(([name, value]) => `- ${name}: ${value}`);
    const command = `\`${this.#command}\`, ${new Date().toISOString().slice(0, 10)}.`;
    const filled = this.#tables.filter(({ rows }) => rows.length > 0);
    const remarks = [...this.#remarks].map((sentence) => `- ${sentence}`);
    return [
      [command, '', ...facts].join('\n'),
      ...filled.map(markdown),
      ...(remarks.length === 0 ? [] : [['## Remarks', '', ...remarks].join('\n')]),
    ].join('\n\n');
  }

  /** Writes the tables between the marks of a file, or into a new one. */
  async save(path: string): Promise<void> {
    await atomicWrite(path, Buffer.from(between(await textOf(path), this.markdown(), path)));
  }

  /** @throws if the file is there and has no place for the tables. */
  async checkPlace(path: string): Promise<void> {
    between(await textOf(path), '', path);
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return `# Performance\n\n${BEGIN}\n${END}\n`;
    throw error;
  }
}
