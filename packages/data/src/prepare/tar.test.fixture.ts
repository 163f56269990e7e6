// Archives for the tests, in memory.
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** Names with contents; a link's content is where it leads, a folder's null. */
export type TarEntries = Readonly<Record<string, string | Uint8Array | { readonly link: string } | null>>;

export async function tarOf(entries: TarEntries): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(entries)) {
    if (content === null) archive.entry({ name, type: 'directory' });
    else if (typeof content === 'string' || content instanceof Uint8Array) archive.entry({ name }, content);
    else archive.entry({ name, type: 'symlink', linkname: content.link });
  }
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

export const tgzOf = async (entries: TarEntries): Promise<Buffer> => gzipSync(await tarOf(entries));
