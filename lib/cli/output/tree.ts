import { styleFor } from './style';
import type { Io } from '../io';

/** Paints a tree of `formatTree`: its lines dim, its warnings yellow, its titles bold. */
export function colourTree(tree: string, io: Io): string {
  const { bold, dim, yellow } = styleFor(io.stdout, io.env);
  return tree
    .split('\n')
    .map((line) => {
      const [, branches = '', text = ''] = /^([│├└─ ]*)(.*)$/su.exec(line) ?? [];
      if (text.startsWith('!')) return dim(branches) + yellow(text);
      return branches === '' ? bold(text) : dim(branches) + text;
    })
    .join('\n');
}
