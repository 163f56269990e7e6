/**
 * The API reference packages/norm/API.md, made of the doc comments:
 *
 *     npm run api              writes it
 *     npm run api -- --check   fails when it is not what the sources say
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import {
  Application,
  Converter,
  DeclarationReflection,
  ReflectionKind,
  type Context,
  type TypeDocOptions,
} from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { folderOf, ROOT } from './workspace.ts';

const FILE = join(folderOf('norm'), 'API.md');
const HEADER = '<!-- Made by `npm run api` of the doc comments. Do not edit. -->\n\n';

const options: TypeDocOptions & Partial<PluginOptions> = {
  name: '@plumbline/norm',
  entryPoints: [join(folderOf('norm'), 'src/index.ts')],
  tsconfig: join(folderOf('norm'), 'tsconfig.json'),
  plugin: ['typedoc-plugin-markdown'],
  readme: 'none',
  router: 'module',
  entryFileName: 'API.md',
  // Lines move with every change; the reference should change with the interface only.
  disableSources: true,
  excludeExternals: true,
  excludePrivate: true,
  excludeProtected: true,
  // `npm run typecheck` does that.
  skipErrorChecking: true,
  logLevel: 'Error',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
};

/** What every layer has by being one (`build`, `call`, `getConfig` …), and fields that only repeat the options. */
function isNoise(member: DeclarationReflection): boolean {
  if (member.kindOf(ReflectionKind.Constructor)) return false;
  if (member.inheritedFrom !== undefined || member.overwrites !== undefined) return true;
  return member.kindOf(ReflectionKind.Property) && !member.hasComment();
}

function clarify({ project }: Context): void {
  for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
    // What typedoc calls a parameter that is taken apart in the signature.
    if (parameter.name === '__namedParameters') parameter.name = 'options';
  }
  for (const owner of project.getReflectionsByKind(ReflectionKind.Class)) {
    if (!(owner instanceof DeclarationReflection)) continue;
    for (const member of [...(owner.children ?? [])]) {
      if (isNoise(member)) project.removeReflection(member);
      // "Overrides Layer.constructor" says nothing.
      delete member.overwrites;
      for (const signature of member.signatures ?? []) delete signature.overwrites;
    }
  }
}

async function makeReference(): Promise<string> {
  // typedoc empties the folder it writes to, `docs` unless told otherwise.
  const out = await mkdtemp(join(tmpdir(), 'plumbline-api-'));
  try {
    const app = await Application.bootstrapWithPlugins({ ...options, out });
    app.converter.on(Converter.EVENT_RESOLVE_END, clarify);
    const project = await app.convert();
    if (project === undefined) throw new Error('typedoc could not read packages/norm/src.');
    await app.generateOutputs(project);
    return HEADER + (await readFile(join(out, 'API.md'), 'utf8'));
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const reference = await makeReference();
const name = relative(ROOT, FILE);
if (!values.check) {
  await writeFile(FILE, reference);
  console.log(`Wrote ${name}.`);
} else if ((await readFile(FILE, 'utf8').catch(() => '')) === reference) {
  console.log(`${name} is what the doc comments say.`);
} else {
  console.error(`${name} is not what the doc comments say: run \`npm run api\` and commit it.`);
  process.exitCode = 1;
}
