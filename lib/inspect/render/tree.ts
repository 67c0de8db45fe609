import type { Decoded, DecodedFragment } from '../types';
import { outline, type Line, type Role } from './outline';

/** How `formatTree` draws. */
export interface TreeOptions {
  /** Draw with ASCII characters only. Texts from the token stay as they are. Default: false. */
  readonly ascii?: boolean;
  /**
   * Called for each piece of text with its kind; returns it with colours or other marks. `label` and `masked` are for names of
   * fields and for masked values. Default: the text itself.
   */
  readonly style?: (text: string, role: Role | 'label' | 'masked' | 'branch') => string;
}

const unicode = { branch: '├─ ', last: '└─ ', down: '│  ', gap: '   ', info: '· ', warning: '! ', problem: '✗ ' };
const ascii: typeof unicode = { ...unicode, branch: '|- ', last: '`- ', down: '|  ', info: '- ', problem: 'x ' };

export function formatTree(decoded: Decoded | DecodedFragment, options: TreeOptions = {}): string {
  const marks = options.ascii === true ? ascii : unicode;
  const style = options.style ?? ((text: string) => text);
  const root = outline(decoded);
  const out: string[] = [text(root)];
  children(root, '');
  return out.join('\n');

  function children(parent: Line, prefix: string): void {
    parent.children.forEach((child, index) => {
      const isLast = index === parent.children.length - 1;
      out.push(style(prefix + (isLast ? marks.last : marks.branch), 'branch') + text(child));
      children(child, prefix + (isLast ? marks.gap : marks.down));
    });
  }

  function text({ role, label, value, masked }: Line): string {
    const shown = masked ? style(value, 'masked') : style(mark(role) + value, role);
    if (label === '') return shown;
    return style(label, 'label') + (value === '' ? '' : `: ${shown}`);
  }

  function mark(role: Role): string {
    return role === 'info' || role === 'warning' || role === 'problem' ? marks[role] : '';
  }
}
