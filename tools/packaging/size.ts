/**
 * What @plumbline/norm adds to a page: `npm run size` prints the table of its README, measured on the built packages.
 */
import { gzipSync } from 'node:zlib';
import { bundle } from './bundle.ts';
import { buildPublished, folderOf } from './workspace.ts';

const PROGRAMS: readonly { readonly what: string; readonly program: string }[] = [
  { what: '`GroupNorm`', program: "export { GroupNorm } from '@plumbline/norm';" },
  {
    what: '`NormConv2D` and `WeightAlign`',
    program: "export { NormConv2D, WeightAlign } from '@plumbline/norm';",
  },
  { what: '`parseRecipe`: every recipe', program: "export { parseRecipe } from '@plumbline/norm';" },
  { what: 'everything', program: "export * from '@plumbline/norm';" },
];

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

await buildPublished();
console.log('| import | minified | gzipped |\n| --- | --- | --- |');
for (const { what, program } of PROGRAMS) {
  const code = await bundle(program, folderOf('norm'));
  console.log(
    `| ${what} | ${kilobytes(Buffer.byteLength(code))} | ${kilobytes(gzipSync(code, { level: 9 }).length)} |`,
  );
}
