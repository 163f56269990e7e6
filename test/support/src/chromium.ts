/** Finds a Chromium on this machine and opens a page with a script in it. Nothing is downloaded or served. */
import { build } from 'esbuild';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from 'puppeteer-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The browser that `PLUMBLINE_CHROMIUM` names, else the first usual name in PATH, else null. */
export function findChromium(): string | null {
  const asked = process.env['PLUMBLINE_CHROMIUM'];
  if (asked !== undefined && asked !== '') {
    if (isExecutable(asked)) return asked;
    throw new Error(
      `PLUMBLINE_CHROMIUM is "${asked}", which is no executable file: give a browser's path or unset it.`,
    );
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

/** A page in which a script has run. */
export interface ScriptedPage {
  /** What the page's global function `name` returns or resolves to for `argument`; both pass as JSON. */
  call(name: string, argument: string): Promise<unknown>;
  /** Ends the browser. */
  close(): Promise<void>;
}

/**
 * An empty page in which the module `entry`, bundled with all it imports, has run. WebGL is computed on the processor
 * (SwiftShader), so that a machine's graphics driver changes nothing.
 */
export async function openPage(chromium: string, entry: URL): Promise<ScriptedPage> {
  const bundle = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    // The sources, as the tests in Node use them, and TensorFlow.js's ES modules, as a browser's bundler takes them.
    conditions: ['@plumbline/source'],
    mainFields: ['module', 'main'],
    logLevel: 'error',
  });
  const browser = await launch({
    executablePath: chromium,
    headless: true,
    // Chromium has no sandbox for root, which is what a container usually runs as.
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-dev-shm-usage',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
    ],
  });
  try {
    const page = await browser.newPage();
    for (const { text } of bundle.outputFiles) await page.addScriptTag({ content: text });
    return {
      call: (name, argument) =>
        page.evaluate(`globalThis[${JSON.stringify(name)}](${JSON.stringify(argument)})`),
      close: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}
