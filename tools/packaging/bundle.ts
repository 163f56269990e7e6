/** What a bundler makes of a program that uses @plumbline/norm, TensorFlow.js left outside. */
import { build } from 'esbuild';

/**
 * The minified ES module of `program`, for a browser.
 *
 * @param folder Where `@plumbline/norm` is resolved from. Its built files are taken, as a user's bundler takes them.
 */
export async function bundle(program: string, folder: string): Promise<string> {
  const { outputFiles, warnings } = await build({
    stdin: { contents: program, resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['@tensorflow/*'],
    logLevel: 'silent',
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join('\n'));
  return outputFiles.map(({ text }) => text).join('');
}
