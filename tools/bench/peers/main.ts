/** The program of every peer on Node: `main.ts <role> [<folder of VOC2012>]`. */
import { limit } from './limit.ts';
import { loader } from './loader.ts';
import { captured, eager, folded, recomputed } from './plumbline.ts';
import { serve, type Role } from './serve.ts';
import { stock } from './stock.ts';

const [role = '', folder = ''] = process.argv.slice(2);
const roles: Readonly<Record<string, Role>> = {
  eager,
  captured,
  recomputed,
  folded,
  stock,
  limit,
  loader: loader(folder),
};
const chosen = roles[role];
if (chosen === undefined) {
  throw new Error(`"${role}" is no role of a peer; give one of ${Object.keys(roles).join(', ')}.`);
}
await serve(chosen);
